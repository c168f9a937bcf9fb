"""What people type about giving out cases: which ones, how many, to whom; the words around that."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_BUCKET = re.compile(
    r"(?<![a-z0-9])m\s*(?P<first>[0-7])(?:\s*[-~到至]\s*m?\s*(?P<last>[0-7])(?![\d件个户单条]))?\+?", re.I
)
_COUNT = re.compile(r"(?P<count>\d{1,6})\s*(?:件|个|户|单|条)")
_NUMBER = re.compile(r"(?<![a-z0-9])\d{1,9}(?![a-z0-9])", re.I)
_FILLING = re.compile(r"案件|案子|单子|新案|新来|池子|公池|全部|所有|里的|里|的|把|号|[\s,，、;；和及]+")
_BETWEEN = re.compile(r"[\s,，、;；和及]+")
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


def read_cases(text: str) -> Said:
    """The cases of 「M1-M3 30件」 or 「1024、1025」."""
    said = plain(text)
    buckets: set[int] = set()
    for found in _BUCKET.finditer(said):
        first = int(found["first"])
        buckets.update(range(first, int(found["last"] or first) + 1))
    rest = _BUCKET.sub(" ", said)
    counted = _COUNT.search(rest)
    rest = _COUNT.sub(" ", rest)
    numbers = tuple(dict.fromkeys(int(number) for number in _NUMBER.findall(rest)))
    rest = _FILLING.sub("", _NUMBER.sub(" ", rest))
    return Said(tuple(sorted(buckets)), int(counted["count"]) if counted else None, numbers, rest)


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
    return [name for name in _BETWEEN.split(text) if name]


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
