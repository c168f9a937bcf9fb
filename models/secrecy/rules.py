"""Pure decisions about sensitive values: their normal form, and what may be shown of them (domain.md 2.5)."""

import re
import unicodedata

HIDDEN = "*"
_DISTRICT = re.compile(r"^.*?(?:区|县|旗|市(?=[^区县旗市]*$))")
_TOWN = re.compile(r"^.*?(?:市|省|自治区)")


def normal_phone(text: str) -> str:
    """A mainland mobile number as 11 digits; empty if it is none."""
    digits = re.sub(r"[\s\-()（）]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(?:\+?86)(?=1\d{10}$)", "", digits)
    return digits if re.fullmatch(r"1\d{10}", digits) else ""


def normal_id_number(text: str) -> str:
    """A resident identity number of 18 places whose check digit holds (GB 11643); empty if it is none."""
    number = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return ""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
    return number if "10X98765432"[total % 11] == number[17] else ""


def mask_phone(text: str | None) -> str:
    """The first 3 and the last 4 digits: 138****8000."""
    return _ends(text, 3, 4)


def mask_id_number(text: str | None) -> str:
    """The first 3 and the last 4 places."""
    return _ends(text, 3, 4)


def mask_card(text: str | None) -> str:
    """The first 4 and the last 4 digits of a bank card."""
    return _ends(text, 4, 4)


def mask_email(text: str | None) -> str:
    """The first letter and the domain: z***@example.com."""
    name, at, domain = (text or "").partition("@")
    return f"{name[:1]}***{at}{domain}" if at else _ends(text, 1, 0)


def mask_name(text: str | None) -> str:
    """The surname and one star: 张*."""
    return f"{text[0]}{HIDDEN}" if text else ""


def mask_address(text: str | None) -> str:
    """Down to the district: 成都市锦江区***; where none is named, the town; else the first two characters."""
    if not text:
        return ""
    found = _DISTRICT.match(text) or _TOWN.match(text)
    return f"{found[0] if found else text[:2]}***"


def _ends(text: str | None, first: int, last: int) -> str:
    """The ends of a value; of one too short to hide anything in between, nothing."""
    if not text:
        return ""
    hidden = len(text) - first - last
    if hidden < 3:
        return HIDDEN * max(len(text), 3)
    return text[:first] + HIDDEN * hidden + (text[-last:] if last else "")
