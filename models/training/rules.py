"""Exams without a database: which questions, in which order, what an answer says, when the next try is."""

import random
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LETTERS = "ABCDEF"
"""What people see before the options; a question has at most so many (models/training/content.py)."""
LONGEST_CHOICE = 20
"""A text longer than this chooses an option only by being its very words."""
RIGHT_WORDS = ("对", "正确", "对的", "是", "是的", "√", "✓", "✅", "TRUE", "T", "YES")
WRONG_WORDS = ("错", "错误", "错的", "不对", "不是", "不正确", "×", "✗", "❌", "X", "FALSE", "F", "NO")

_NUMBERS = {mark: place for place, mark in enumerate("一二三四五六")} | {
    str(place + 1): place for place in range(6)
}
_BEFORE = re.compile(r"^(?:答案|我的答案)?(?:是|为)?(?:我)?(?:选择|选|答)?[:,、]?")
_LETTERS = re.compile(r"[A-F](?:(?:和|[,、./;+&])?[A-F])*")
_NAMED = re.compile(
    r"第?[一二三四五六1-6](?:个|项|条)?(?:(?:和|[,、./;+&])第?[一二三四五六1-6](?:个|项|条)?)*"
)
_BARE = re.compile(r"[一二三四五六]")


@dataclass(frozen=True)
class Bank:
    """A question as far as drawing goes; `fixed` if its options stay in their order."""

    id: int
    options: int
    fixed: bool


@dataclass(frozen=True)
class Tries:
    """How many tries are left, and from when on; `next_at` is empty if the next one may begin at once."""

    left: int
    next_at: datetime | None


def draw(bank: Iterable[Bank], count: int, key: str) -> list[tuple[int, list[int]]]:
    """`count` questions at random, each with its options in the order shown (domain.md section 8).

    The same key draws the same: a repeat of the same start shows the same try.
    """
    rng = random.Random(key)
    inside = sorted(bank, key=lambda one: one.id)
    drawn = []
    for one in rng.sample(inside, min(count, len(inside))):
        order = list(range(one.options))
        if not one.fixed:
            rng.shuffle(order)
        drawn.append((one.id, order))
    return drawn


def score_of(right: int, total: int) -> int:
    """Right answers in percent, rounded down; 0 of no questions."""
    return 100 * right // total if total else 0


def tries_of(
    begun: int, last_at: datetime | None, *, rounds: int, tries: int, gap_hours: int, at: datetime
) -> Tries:
    """What may still be tried after so many tries begun, the last one handed in at `last_at`.

    Between two tries of a round lies the gap; the first of a round waits for nothing but the live lesson.
    """
    left = max(0, rounds * tries - begun)
    if last_at is None or begun <= (rounds - 1) * tries:
        return Tries(left, None)
    next_at = last_at + timedelta(hours=gap_hours)
    return Tries(left, next_at if at < next_at else None)


def read_choice(said: str, options: Sequence[str], *, several: bool, judge: bool) -> list[int] | None:
    """Which options a text chooses, as places in the order shown; None if it is no plain answer.

    「B」, 「选AC」, 「a、c」, 「第二个」, 「1和3」, 「对」, or the very words of an option. All else is
    none: an ordinary sentence never counts as an answer.
    """
    text = _plain(said)
    if not text:
        return None
    known = [_plain(option) for option in options]
    if known.count(text) == 1:
        return [known.index(text)]
    if len(text) > LONGEST_CHOICE:
        return None
    rest = _BEFORE.sub("", text)
    if judge and (judged := _judged(rest, known)) is not None:
        return [judged]
    places = _places(rest, asked_for=rest != text)
    if places is None or not places or max(places) >= len(options):
        return None
    if not several and len(places) > 1:
        return None
    return sorted(places)


def _judged(text: str, known: Sequence[str]) -> int | None:
    """The option that means yes or no, where a text says so."""
    for words in (RIGHT_WORDS, WRONG_WORDS):
        if text in words:
            return next((place for place, option in enumerate(known) if option in words), None)
    return None


def _places(text: str, *, asked_for: bool) -> set[int] | None:
    """The places that letters or ordinals name; a lone 「一」 is one only behind a word like 「选」."""
    if _LETTERS.fullmatch(text):
        return {LETTERS.index(mark) for mark in text if mark in LETTERS}
    if _NAMED.fullmatch(text) and (asked_for or not _BARE.fullmatch(text)):
        return {_NUMBERS[mark] for mark in text if mark in _NUMBERS}
    return None


def _plain(said: str) -> str:
    text = unicodedata.normalize("NFKC", said).upper()
    return "".join(text.split()).strip(".,!?。，！？~、;；:：()（）「」“”\"'")
