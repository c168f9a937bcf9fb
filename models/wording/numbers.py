"""Numbers that do not belong into free text: mobiles, identity numbers, cards (domain.md 3, PII_LEAK)."""

import re
from collections.abc import Iterator, Mapping, Sequence

from models.wording.normal import Normal

HIDDEN = "*"
LEAST = 11
"""So many digits at least make such a number."""
_BETWEEN = r"[\s\-.·_—–/()~*,]"
_CHUNK = re.compile(rf"\d[\dx]*(?:{_BETWEEN}{{1,2}}\d[\dx]*)*")
_GROUP = re.compile(r"[\dx]+")
_MOBILE = re.compile(r"(?:00?86|86)?1[3-9]\d{9}")
_MOBILE_SHAPES = frozenset(
    {(3, 4, 4), (3, 8), (3, 3, 5), (7, 4), (4, 7), (5, 4, 4), (5, 8), (2, 3, 6), (3, 2, 6)}
)
_MAYBE_SHAPES = frozenset({(4, 4, 3), (4, 3, 4), (5, 6), (6, 5)})
"""Shapes that a list of amounts has as well."""
_ID_SHAPES = frozenset(
    {
        (6, 8, 4),
        (6, 4, 4, 4),
        (3, 3, 4, 4, 4),
        (6, 8, 3, 1),
        (6, 12),
        (14, 4),
        (10, 8),
        (6, 4, 2, 2, 4),
        (6, 6, 6),
        (3, 3, 8, 4),
    }
)
_MOST_GROUPS = 18


def numbers_in(text: Normal, numerals: Mapping[int, str]) -> Iterator[tuple[int, int, int]]:
    """Where such numbers stand in the original, and how many digits may be shown at the front (a card: 4)."""
    digits = text.wide.translate(numerals)
    for chunk in _CHUNK.finditer(digits):
        groups = [match.span() for match in _GROUP.finditer(digits, *chunk.span())]
        for first, last, shown in _numbers(digits, groups):
            start, end = groups[first][0], groups[last][1]
            yield text.wide_at[start], text.wide_at[end - 1] + 1, shown


def _numbers(digits: str, groups: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """First and last group of each number."""
    place = 0
    while place < len(groups):
        shown = _run(digits[slice(*groups[place])])
        if shown:
            yield place, place, shown
            place += 1
            continue
        for last in range(min(len(groups), place + _MOST_GROUPS) - 1, place, -1):
            parts = [digits[slice(*group)] for group in groups[place : last + 1]]
            between = digits[groups[place][1] : groups[last][0]]
            shown = _grouped(parts, all(not one.isspace() or one == "\n" for one in _GROUP.sub("", between)))
            if shown:
                yield place, last, shown
                place = last
                break
        place += 1


def _run(run: str) -> int:
    """How much of digits that stand together may be shown; 0: they are no such number."""
    length = len(run)
    if length < LEAST:
        return 0
    if 16 <= length <= 19 and not run.endswith("x"):
        return 3 if length == 18 else 4
    if length >= 15 or _MOBILE.search(run):
        return 3
    return 0


def _grouped(parts: Sequence[str], joined: bool) -> int:
    """The same of digits in groups; `joined`: by other marks than spaces, as amounts are not."""
    number, shape = "".join(parts), tuple(map(len, parts))
    small = max(shape) <= 2
    if _MOBILE.fullmatch(number):
        sure = joined or any(part.startswith("0") for part in parts[1:])
        if shape in _MOBILE_SHAPES or small or (sure and shape in _MAYBE_SHAPES):
            return 3
    if re.fullmatch(r"\d{17}[\dx]", number) and (shape in _ID_SHAPES or small):
        return 3
    if 16 <= len(number) <= 19 and number.isdigit() and (small or set(shape[:-1]) == {4} or shape == (6, 13)):
        later_zero = any(part.startswith("0") for part in parts[1:])
        if number[0] in "3456" and (later_zero or number.startswith("62") or joined or _luhn(number)):
            return 4
    return 0


def _luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def hide(text: str, start: int, end: int, shown: int) -> str:
    """A text with the letters of a number replaced, but for the first few and the last four of them."""
    places = [place for place in range(start, end) if text[place].isalnum()]
    hidden = set(places[shown:-4])
    return "".join(HIDDEN if place in hidden else one for place, one in enumerate(text))
