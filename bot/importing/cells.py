"""What stands in a cell: days, numbers and amounts as people and table programs write them."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import TypeVar

from models import secrecy
from models.locations import CoordType, Point, canonical, in_china

PHONE, ID_NUMBER, EMAIL = "手机号", "身份证号", "邮箱"
_AS_TEXT = "请把这一列的格式设成「文本」，再重新填一遍"
_FIRST_DAY = date(1899, 12, 30)
"""From which Excel counts days."""
_PLAIN_AMOUNT = re.compile(r"(\d{1,13})(?:\.(\d{1,2}))?", re.ASCII)
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
MOST_FEN = 10**15
_TABLE_NOISE = Decimal("0.001")
"""By so much of a fen a table program may miss a number."""


class Refused(Exception):
    """Why a row is not taken."""


T = TypeVar("T")


class Checks:
    """Gathers why a row is not taken, so that everything is told at once."""

    def __init__(self) -> None:
        self.why: list[str] = []

    def of(self, read: Callable[..., T], *given: object) -> T | None:
        """What `read` makes of it; None where it refuses, which is noted."""
        try:
            return read(*given)
        except Refused as refused:
            self.note(str(refused))
            return None

    def note(self, why: str) -> None:
        """One more reason."""
        if why not in self.why:
            self.why.append(why)

    def done(self) -> None:
        """All is read.

        Raises:
            Refused: something was noted.
        """
        if self.why:
            raise Refused("；".join(self.why))


def unmasked(text: str, column: str) -> str:
    """The text, if nothing of it is masked.

    Raises:
        Refused: it comes from a masked export.
    """
    if "*" in unicodedata.normalize("NFKC", text):
        raise Refused(f"{column}「{text[:20]}」是打了码的：这张表是打码的导出，请填完整的，或用完整的导出")
    return text


def folded(text: str) -> str:
    """A text as it is compared: wide letters and capitals do not matter."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def email(text: str) -> str:
    """A mail address; empty for an empty cell.

    Raises:
        Refused: it is none.
    """
    said = unicodedata.normalize("NFKC", unmasked(text, EMAIL)).strip()
    if said and (len(said) > 254 or not _EMAIL.fullmatch(said)):
        raise Refused("邮箱不对，写成 name@example.com；没有就空着")
    return said


def moment(text: str) -> time:
    """A time of day, such as 09:00."""
    hour, _, minute = unicodedata.normalize("NFKC", text).partition(":")
    try:
        return time(int(hour), int(minute[:2]))
    except ValueError:
        raise Refused(f"看不懂时间「{text}」，写成 09:00") from None


def day(text: str, column: str) -> date | None:
    """A day as people and Excel write it: 2026-03-09, 2026.3.9, 2026年3月9日, 20260309, 46090."""
    said = unicodedata.normalize("NFKC", text).strip()
    if not said:
        return None
    found = re.fullmatch(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?", said)
    found = found or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", said)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
        if re.fullmatch(r"[2-7]\d{4}", said):
            return _FIRST_DAY + timedelta(days=int(said))
    except ValueError:
        pass
    raise Refused(f"看不懂{column}「{text[:20]}」，写成 2026-03-09")


def phone(text: str, column: str = PHONE) -> str:
    """A mobile number; empty for an empty cell.

    Raises:
        Refused: it is none.
    """
    said = digits(text, column)
    number = secrecy.normal_phone(said)
    if said and not number:
        raise Refused(f"{column}「{masked(said)}」不是 11 位的手机号")
    return number


def id_number(text: str) -> str:
    """An identity number; empty for an empty cell.

    Raises:
        Refused: it is none.
    """
    said = digits(text, ID_NUMBER)
    number = secrecy.normal_id_number(said)
    if said and not number:
        raise Refused(f"身份证号「{masked(said)}」不对：要 18 位，最后一位要对得上。{_AS_TEXT}")
    return number


def digits(text: str, column: str) -> str:
    """What was typed, also where a table program made a number of it.

    Raises:
        Refused: digits were lost by that, or it is masked.
    """
    unmasked(text, column)
    said = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"\d(?:\.\d+)?[eE]\+?\d+", said):
        raise Refused(f"{column}被表格软件改成了数字，后面几位已经丢了。{_AS_TEXT}")
    return re.sub(r"^(\d+)\.0+$", r"\1", said)


def masked(text: str) -> str:
    """Enough of a wrong value to find it in the table."""
    return secrecy.mask_phone(text) if len(text) > 9 else f"{text[:1]}***"


def amount(text: str, column: str) -> int | None:
    """Yuan as people write them (12,345.67 · ¥300 · 1.2万元), in fen; None for an empty cell.

    Raises:
        Refused: it is none, is negative, or has more than two decimals.
    """
    plain = _PLAIN_AMOUNT.fullmatch(text)
    if plain:
        return int(plain[1]) * 100 + int((plain[2] or "").ljust(2, "0"))
    said = re.sub(r"[\s,¥]", "", unicodedata.normalize("NFKC", text)).removesuffix("元")
    if not said:
        return None
    times = 10_000 if said.endswith("万") else 1
    try:
        fen = Decimal(said.removesuffix("万")) * times * 100
        whole = int(fen.to_integral_value())
    except ArithmeticError:
        raise Refused(f"看不懂{column}「{text[:20]}」，写成 12345.67（元）") from None
    if fen < 0 or whole > MOST_FEN:
        raise Refused(f"{column}「{text[:20]}」不对：要大于 0，单位是元")
    if abs(fen - whole) > _TABLE_NOISE:
        raise Refused(f"{column}「{text[:20]}」最多写到分（两位小数）")
    return whole


def permille(text: str, column: str) -> int | None:
    """A share (35% · 0.35 · 35) in thousandths; None for an empty cell.

    Raises:
        Refused: it is none.
    """
    said = unicodedata.normalize("NFKC", text).strip()
    if not said:
        return None
    try:
        share = Decimal(said.removesuffix("%"))
    except ArithmeticError:
        raise Refused(f"看不懂{column}「{text[:20]}」，写成 35%") from None
    share = share if said.endswith("%") or share > 1 else share * 100
    if not 0 <= share <= 100:
        raise Refused(f"{column}「{text[:20]}」要在 0% 和 100% 之间")
    return round(share * 10)


def points(text: str, column: str) -> float | None:
    """A score between 0 and 100; None for an empty cell.

    Raises:
        Refused: it is none.
    """
    said = unicodedata.normalize("NFKC", text).strip().removesuffix("分")
    if not said:
        return None
    try:
        score = Decimal(said)
    except ArithmeticError:
        raise Refused(f"看不懂{column}「{text[:20]}」，写成 82.5") from None
    if not score.is_finite() or not 0 <= score <= 100:
        raise Refused(f"{column}「{text[:20]}」要在 0 和 100 之间")
    return float(score)


def any_number(text: str) -> str:
    """A mobile or a fixed number in digits; empty if it is none."""
    said = unicodedata.normalize("NFKC", text).strip()
    said = re.sub(r"^(\d+)\.0+$", r"\1", said)
    fixed = re.fullmatch(r"\(?(0\d{2,3})\)?[-\s]?(\d{7,8})", said)
    return fixed[1] + fixed[2] if fixed else secrecy.normal_phone(said)


_SYSTEMS = (
    (CoordType.BD09, ("bd", "百度")),
    (CoordType.WGS84, ("wgs", "gps", "大地", "84")),
    (CoordType.GCJ02, ("gcj", "国测", "火星", "高德", "腾讯")),
)
"""How people name coordinate systems."""


def point(latitude: str, longitude: str, system: str) -> Point | None:
    """Where something is, GCJ-02, from degrees; without a system named they are taken to be those of Chinese
    maps. None: it is no place in China, or nobody can say in which system."""
    said = unicodedata.normalize("NFKC", system).strip().lower()
    named = [one for one, words in _SYSTEMS if any(word in said for word in words)]
    try:
        north, east = float(latitude), float(longitude)
    except ValueError:
        return None
    if (said and len(named) != 1) or not in_china(north, east):
        return None
    return canonical(north, east, named[0] if named else CoordType.GCJ02)
