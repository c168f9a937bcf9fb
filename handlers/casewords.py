"""What people type behind a command word: numbers of cases, money, counts, buckets, and the words for codes.

Amounts, counts and buckets are read as they are in sentences (docs/sentences.md); here they are looked for
anywhere in a text, and taken out of it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from handlers.parsing import take_days
from handlers.sentences import amounts, buckets, counts, joined

Value = TypeVar("Value")

LONGEST_NUMBER = 9
"""Digits of the longest case number."""

_LEADING = re.compile(
    r"^\s*(?:案件|案子|单子|编号|第|#|№|no\.?)*\s*(?P<number>\d{1,9})\s*(?:号案件|号|案件)?(?![\d.])", re.I
)
_NTH = re.compile(r"^\s*第?\s*(?P<number>\d{1,9})\s*笔(?:还款)?")
_BELOW_NOTHING = re.compile(r"(?:^|\s)(?:[-−]|负的?)\s*$")
"""What stands before an amount that is none: 「-5」, 「负五百」."""
_BETWEEN = re.compile(r"^[\s,，、;；/和跟与及]+(?=\d)")
_WITH_UNIT = re.compile(r"[百佰千仟万kw元块圆¥]|rmb")
_FIGURE = re.compile(r"[百佰千仟万十kw元块圆¥\d]|rmb")
_ALL = re.compile(r"全部|全额|全款|全还|一次性还清|还清|结清|付清")
_WEEKDAY = re.compile(r"(?<![上下这本个])((?:周|星期|礼拜)[一二三四五六日天])(?![\d一二三四五六日天])")
_UNTIL = re.compile(r"(?:留|停留)?(?:到|至)")
_NAME_AND_TAIL = re.compile(
    r"(?P<name>[^\s\d]{2,10}?)\s*(?:的)?(?:手机|电话)?(?:尾号|后四位)?(?:是)?\s*(?P<tail>\d{11}|\d{4})(?!\d)"
)
_NUMBER = re.compile(r"(?<![a-z0-9])\d{1,9}(?![a-z0-9])", re.I)
_FILLING = re.compile(r"案件|案子|单子|新案|新来|池子|公池|全部|所有|里的|里|的|把|号|[\s,，、;；和及]+")
_NAMES = re.compile(r"[\s,，、;；和及]+")
_OF_A_LIMIT = re.compile(r"上限|额度|案件|案子|最多|[的号件]|[\s,，、:：]+")


@dataclass(frozen=True)
class Said:
    """Which cases are meant; what was not said is empty."""

    buckets: tuple[int, ...] = ()
    count: int | None = None
    numbers: tuple[int, ...] = ()
    rest: str = ""
    """Words that were not understood."""


def plain(text: str) -> str:
    """The text in half width, without space around it."""
    return unicodedata.normalize("NFKC", text).strip()


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
    rest = whole = unicodedata.normalize("NFKC", text)
    while (found := _LEADING.match(rest)) is not None:
        numbers.append(int(found["number"]))
        rest = rest[found.end() :]
        between = _BETWEEN.match(rest)
        if between is None:
            break
        rest = rest[between.end() :]
    return list(dict.fromkeys(numbers)), _left(text, len(whole) - len(rest))


def _left(text: str, place: int) -> str:
    """What follows a place of the normal form, with its own marks."""
    half = unicodedata.normalize("NFKC", text)
    written = text if len(text) == len(half) else half
    return written[place:].lstrip(" ,，、;；:：。的").rstrip(" ,，、;；。")


def take_amount(text: str) -> tuple[int | None, str]:
    """(the amount of money in fen that a text names, the rest): 3000, 3,000.50 元, 2.5万, 两千五, ¥800."""
    text = unicodedata.normalize("NFKC", text)
    found = [one for one in _found(text, amounts) if not _BELOW_NOTHING.search(text[: one[0]])]
    for sign in (_WITH_UNIT, _FIGURE):
        for start, end, fen in found:
            if sign.search(text[start:end].lower()):
                return fen, " ".join(f"{text[:start]} {text[end:]}".split())
    return None, " ".join(text.split())


def take_sum_and_day(text: str, today: date) -> tuple[int | None, date | None, str]:
    """(amount in fen, day, the rest) of 「3000 周五」, 「周五还两千五」, 「3月6日前还 2.5万」.

    Raises:
        NoSuchDay: a day written with its month is none.
    """
    said = _WEEKDAY.sub(r" \1 ", unicodedata.normalize("NFKC", text))
    amount: int | None = None
    if any(_WITH_UNIT.search(said[start:end].lower()) for start, end, _ in _found(said, amounts)):
        amount, said = take_amount(said)
    days, rest = take_days(said, today)
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


_DEAD = re.compile(r"去世|身故|过世|死亡|身亡|病逝|离世")
_NO_WAY = re.compile(r"没有?\w{0,5}路\w{0,5}走")


def tells_of_death(text: str) -> bool:
    """Whether somebody's death is told in so many words; 「走了」 alone may be anything."""
    return _DEAD.search(text) is not None


def sees_no_way(text: str) -> bool:
    """Whether words are those of somebody without a way out: 「没有路走了」."""
    return _NO_WAY.search(text) is not None


def read_cases(text: str) -> Said:
    """The cases of 「M1-M3 30件」 or 「1024、1025」."""
    rest, marks, count = plain(text), set[int](), None
    for start, end, some in reversed(list(_found(rest, buckets))):
        marks.update(some)
        rest = f"{rest[:start]} {rest[end:]}"
    counted = next((one for one in _found(rest, counts) if one[2].number and not one[2].each), None)
    if counted is not None:
        start, end, value = counted
        count, rest = value.number, f"{rest[:start]} {rest[end:]}"
    numbers = tuple(dict.fromkeys(int(number) for number in _NUMBER.findall(rest)))
    rest = _FILLING.sub("", _NUMBER.sub(" ", rest))
    return Said(tuple(sorted(marks)), count, numbers, rest)


def split_giving(text: str) -> tuple[str, str] | None:
    """(what, to whom) of 「M3 30件 给 一组」; None if nobody is named."""
    before, _, after = plain(text).partition("给")
    return (before.strip(), after.strip()) if after.strip() else None


def take_strategy(text: str, strategies: Mapping[str, Sequence[str]]) -> tuple[str | None, str]:
    """(the code of the strategy that is named, the rest), from code → what it is called."""
    known = [(word, code) for code, words in strategies.items() for word in words]
    for word, code in sorted(known, key=lambda one: -len(one[0])):
        if word in text:
            return code, text.replace(word, " ")
    return None, text


def read_names(text: str) -> list[str]:
    """The names of 「张三、李四和王五」."""
    return [name for name in _NAMES.split(text) if name]


def read_number(text: str) -> int | None:
    """The first number of a text."""
    found = _NUMBER.search(plain(text))
    return None if found is None else int(found[0])


def read_name_and_number(text: str) -> tuple[str, int] | None:
    """(name, number) of 「张三 120」 or 「张三的上限 120 件」; None if one is missing."""
    said = plain(text)
    found = _NUMBER.search(re.sub(r"(?<=\d)(?=[件个])", " ", said))
    if found is None:
        return None
    name = _OF_A_LIMIT.sub(" ", said.replace(found[0], " ", 1)).strip()
    return (name, int(found[0])) if name and " " not in name else None


def _found(
    text: str, read: Callable[[str, int], Iterator[tuple[int, Value, float]]]
) -> Iterator[tuple[int, int, Value]]:
    """(start, end, value) of everything of a kind in a text, none inside another."""
    said, place = text.lower(), 0
    if len(said) != len(text):
        said = text
    while place < len(said):
        best = max(read(said, place), key=lambda one: one[0], default=None)
        if best is None or joined(said, place):
            place += 1
            continue
        yield place, best[0], best[1]
        place = max(best[0], place + 1)
