"""What people type about cases: their numbers, amounts of money, and the words for codes."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date

from handlers.parsing import take_days

LONGEST_NUMBER = 9
"""Digits of the longest case number."""

_LEADING = re.compile(
    r"^\s*(?:案件|案子|单子|编号|第|#|№|no\.?)*\s*(?P<number>\d{1,9})\s*(?:号案件|号|案件)?(?![\d.])", re.I
)
_NTH = re.compile(r"^\s*第?\s*(?P<number>\d{1,9})\s*笔(?:还款)?")
_BETWEEN = re.compile(r"^[\s,，、;；/和跟与及]+(?=\d)")
_UNITS = {"百": 100, "佰": 100, "千": 1000, "仟": 1000, "k": 1000, "万": 10_000, "w": 10_000}
_YUAN = r"(?:块钱|元钱|块|元|圆|rmb)"
_FIGURE = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?"
_WITH_UNIT = re.compile(
    rf"[¥￥]?\s*(?P<figure>{_FIGURE})\s*(?P<unit>[百佰千仟万kw])(?P<more>\d)?(?![\d天日号月])\s*{_YUAN}?"
    rf"|[¥￥]?\s*(?P<plain>{_FIGURE})\s*{_YUAN}(?P<jiao>\d)?(?!\d)"
    rf"|[¥￥]\s*(?P<signed>{_FIGURE})",
    re.I,
)
_DIGITS = {mark: value for value, mark in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "俩": 2}
_SPOKEN = re.compile(
    r"(?P<spoken>[零〇一二两俩三四五六七八九]?[十百千万][零〇一二两俩三四五六七八九十百千万]*)\s*(?:块钱|元|块)?"
)
_BARE = re.compile(rf"(?<![\d.])(?P<bare>{_FIGURE})(?![\d.]*\d|[天日号月个笔次期%点:])")
_ALL = re.compile(r"全部|全额|全款|全还|一次性还清|还清|结清|付清")
_WEEKDAY = re.compile(r"(?<![上下这本个])((?:周|星期|礼拜)[一二三四五六日天])(?![\d一二三四五六日天])")

_UNTIL = re.compile(r"(?:留|停留)?(?:到|至)")
_NAME_AND_TAIL = re.compile(
    r"(?P<name>[^\s\d]{2,10}?)\s*(?:的)?(?:手机|电话)?(?:尾号|后四位)?(?:是)?\s*(?P<tail>\d{11}|\d{4})(?!\d)"
)


def take_case(text: str) -> tuple[int | None, str]:
    """(the case number a text begins with, the rest): 「1024 没人接」, 「案件1024」, 「#1024」."""
    found = _LEADING.match(unicodedata.normalize("NFKC", text))
    if found is None:
        return None, text.strip()
    return int(found["number"]), _left(text, found.end())


def take_nth(text: str) -> tuple[int | None, str]:
    """(the number of the payment a text begins with, the rest): 「第17笔 没有到账」."""
    found = _NTH.match(unicodedata.normalize("NFKC", text))
    return (None, text.strip()) if found is None else (int(found["number"]), _left(text, found.end()))


def take_cases(text: str) -> tuple[list[int], str]:
    """(all case numbers a text begins with, each once; the rest): 「1024、1031 和 1032」."""
    numbers: list[int] = []
    rest = plain = unicodedata.normalize("NFKC", text)
    while (found := _LEADING.match(rest)) is not None:
        numbers.append(int(found["number"]))
        rest = rest[found.end() :]
        between = _BETWEEN.match(rest)
        if between is None:
            break
        rest = rest[between.end() :]
    return list(dict.fromkeys(numbers)), _left(text, len(plain) - len(rest))


def _left(text: str, place: int) -> str:
    """What follows a place of the normal form, with its own marks."""
    plain = unicodedata.normalize("NFKC", text)
    written = text if len(text) == len(plain) else plain
    return written[place:].lstrip(" ,，、;；:：。的").rstrip(" ,，、;；。")


def take_amount(text: str) -> tuple[int | None, str]:
    """(the amount of money in fen that a text names, the rest): 3000, 3,000.50 元, 2.5万, 两千五, ¥800."""
    plain = unicodedata.normalize("NFKC", text)
    for pattern in (_WITH_UNIT, _SPOKEN, _BARE):
        found = pattern.search(plain)
        fen = None if found is None else _fen({k: v for k, v in found.groupdict().items() if v})
        if found is not None and fen:
            return fen, " ".join(f"{plain[: found.start()]} {plain[found.end() :]}".split())
    return None, " ".join(plain.split())


def take_sum_and_day(text: str, today: date) -> tuple[int | None, date | None, str]:
    """(amount in fen, day, the rest) of 「3000 周五」, 「周五还两千五」, 「3月6日前还 2.5万」.

    Raises:
        NoSuchDay: a day written with its month is none.
    """
    plain = _WEEKDAY.sub(r" \1 ", unicodedata.normalize("NFKC", text))
    amount: int | None = None
    found = _WITH_UNIT.search(plain)
    if found is not None:
        amount, plain = take_amount(plain)
    days, rest = take_days(plain, today)
    if amount is None:
        amount, rest = take_amount(rest)
    rest = re.sub(r"^[之以]?前\s*|(?<=\s)[之以]?前(?=\s|$)", "", rest).strip(" ,，、;；:：。的")
    return amount, (days[-1] if days else None), rest


def take_last_day(text: str, today: date) -> tuple[date | None, str]:
    """(the last day named, the rest) of 「到3月31日 下周回款」, 「留到月底 客户下周回款」.

    Raises:
        NoSuchDay: a day written with its month is none.
    """
    found = _UNTIL.search(text)
    before, after = (text[: found.start()], text[found.end() :]) if found else (text, "")
    days, rest = take_days(_WEEKDAY.sub(r" \1 ", after or before), today)
    words = f"{before} {rest}" if after else rest
    return (days[0] if days else None), " ".join(words.split()).strip(" ,，、;；:：")


def take_name_and_tail(text: str) -> tuple[str, str, str]:
    """(name, last four digits of the phone, the rest) of 「王小明 尾号8000 周五能还」; else empty ones."""
    found = _NAME_AND_TAIL.match(text.strip())
    if found is None:
        return "", "", text
    return found["name"], found["tail"][-4:], text.strip()[found.end() :].lstrip(" ,，、;；:：")


def says_all(text: str) -> bool:
    """Whether the whole balance is meant: 全部, 结清, 还清."""
    return _ALL.search(text) is not None


def code_of(text: str, words: Mapping[str, Iterable[str]]) -> str | None:
    """The code whose words stand first and longest in a text; None if none does."""
    best: tuple[int, int, str] | None = None
    for code, phrases in words.items():
        for phrase in phrases:
            place = text.find(phrase)
            if phrase and place >= 0:
                candidate = (-len(phrase), place, code)
                best = candidate if best is None else min(best, candidate)
    return None if best is None else best[2]


def _fen(parts: Mapping[str, str]) -> int | None:
    if "spoken" in parts:
        yuan = _spoken(parts["spoken"])
        return None if yuan is None else yuan * 100
    figure = parts.get("figure") or parts.get("plain") or parts.get("signed") or parts["bare"]
    whole, _, cents = figure.replace(",", "").partition(".")
    fen = int(whole) * 100 + int((cents + "00")[:2])
    if "unit" in parts:
        unit = _UNITS[parts["unit"].lower()]
        fen = fen * unit + int(parts.get("more", "0")) * unit // 10 * 100
    if "jiao" in parts:
        fen += int(parts["jiao"]) * 10
    return fen


def _spoken(text: str) -> int | None:
    """两千五 is 2500, 一万二 is 12000, 五百 is 500, 三千零五十 is 3050, 十五 is 15; in yuan."""
    total = section = digit = 0
    last = 1
    for mark in text:
        if mark in _DIGITS:
            digit = _DIGITS[mark]
            if digit == 0:
                last = 1
        elif mark == "万":
            section += digit
            total, section, digit, last = (total + (section or 1)) * 10_000, 0, 0, 10_000
        else:
            unit = {"十": 10, "百": 100, "千": 1000}[mark]
            section += (digit or 1) * unit
            digit, last = 0, unit
    if digit:
        section += digit * (last // 10 if last > 1 and text[-1] in _DIGITS and last >= 100 else 1)
    return total + section or None
