"""Forms of sentences: compact patterns over slots, and how a text is matched against one.

A form is a row of elements. `{to}` is a slot, `{count}?` may be missing, `转给|分给|交给` are words of which
one stands there, `<give>` the words of that name in `vocabulary`. A word counts as heard when it only sounds
right, with some doubt. What `vocabulary` passes over may stand between any two elements; the elements of
`anywhere` may stand there, too, in any order.
"""

import heapq
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from handlers.sentences.lexing import joined, slurred, syllables
from handlers.sentences.vocabulary import BESIDES, DEEDS, LIKEWISE, NEGATIONS, ORDERS, PASSED_OVER, WORDS

HEARD = 1.0
"""The doubt of a word that only sounds right."""
BLURRED = 1.3
"""The same where zh and z, n and l, ang and an are taken for one another."""
PASSING = 0.1
"""The doubt of a word that is passed over."""
GAP = 0.4
"""The doubt of words in the middle that say nothing known."""
LONGEST_GAP = 14
TURNING = "不没别未无"
"""Marks that turn round what stands behind them."""
REMARK = 2.0
"""The doubt of a remark that stands behind a command and is no part of it."""
SAID_FREELY, RUN_ON = 0.3, 0.5
"""The doubt of free words, behind a mark and without one: what can be read as a slot is one."""
TELLING = frozenset({"filter", "count", "part", "by", "day", "amount", "strategy"})
"""What a remark must not hold, where the form could have read it."""
UNSURE = 0.2
"""From this doubt on a number or a name in free words begins no command of its own."""
SMALLEST = 100
"""Smaller numbers in free words are no cases."""
MARGIN = 0.06
"""Readings whose doubts differ by less rival each other."""
MOST_STEPS = 6000
"""So many steps a form takes at most; a longer search has gone astray."""

Read = Callable[[str, str, int], Iterator[tuple[int, Any, float]]]
"""(type of a slot, text, place) → what can be read there."""

TYPES = {
    "from": "person_or_team", "person": "person", "to": "people_or_teams", "who": "people_or_team",
    "without": "people", "filter": "filter", "pool": "pool", "count": "count", "part": "part",
    "cases": "cases", "amount": "amount",
    "day": "day", "days": "days", "leave": "leave", "moment": "moment", "deadline": "deadline", "by": "by",
    "strategy": "strategy", "outcome": "outcome", "words": "words", "said": "said", "gap": "gap",
}  # fmt: skip
"""Slot → what it is read as."""


ALIASES = {"by": "deadline", "leave": "days", "pool": "filter", "said": "words"}
"""Slots that only say how strictly another one is read: 「周五前」 but not 「周五」, words behind a mark."""


class FormError(Exception):
    """A form cannot be read; the start is refused."""


@dataclass(frozen=True)
class Element:
    """One place of a form: a slot, or words of which one stands there."""

    slot: str = ""
    words: tuple[str, ...] = ()
    optional: bool = False

    @cached_property
    def by_mark(self) -> Mapping[str, Sequence[str]]:
        """First character → the words that begin with it."""
        return _grouped(self.words, lambda word: word[0])

    @cached_property
    def by_sound(self) -> Mapping[str, Sequence[str]]:
        """How the first character sounds, slurred → the words of several characters that begin so."""
        return _grouped([word for word in self.words if len(word) > 1], lambda word: slurred(word[0])[0])


def _grouped(words: Sequence[str], key: Callable[[str], str]) -> Mapping[str, Sequence[str]]:
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(key(word), []).append(word)
    return groups


_ELEMENT = re.compile(r"(?:\{(?P<slot>\w+)\}|(?P<words>[^\s{}?]+))(?P<optional>\?)?$")


@cache
def read_form(form: str) -> tuple[Element, ...]:
    """The elements of a form.

    Raises:
        FormError: it is none.
    """
    elements = []
    for part in form.split():
        found = _ELEMENT.match(part)
        if found is None or (found["slot"] and found["slot"] not in TYPES):
            raise FormError(f"{form}: {part}")
        words = _together(tuple(_words(found["words"], form))) if found["words"] else ()
        elements.append(Element(found["slot"] or "", words, bool(found["optional"])))
    return tuple(elements)


@cache
def _together(words: tuple[str, ...]) -> tuple[str, ...]:
    """The same words as one and the same tuple, in whichever form they stand."""
    return words


def _words(alternatives: str, form: str) -> Iterator[str]:
    for word in alternatives.split("|"):
        if word.startswith("<") and word.endswith(">"):
            if word[1:-1] not in WORDS:
                raise FormError(f"{form}: {word}")
            yield from WORDS[word[1:-1]]
        else:
            yield word


_PASSED = Element(words=PASSED_OVER)


@dataclass(frozen=True)
class Match:
    """One way to read a text by a form: the values of its slots, and how doubtful it is."""

    values: Mapping[str, Any]
    doubt: float
    heard: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """A form, with what may stand anywhere between its elements."""

    elements: tuple[Element, ...]
    anywhere: tuple[tuple[Element, ...], ...] = ()
    remark: bool = True
    """Whether a remark may follow that is no part of it."""

    @cached_property
    def types(self) -> frozenset[str]:
        """What its slots are read as."""
        rows = (self.elements, *self.anywhere)
        return frozenset(TYPES[element.slot] for row in rows for element in row if element.slot)

    @cached_property
    def needed(self) -> Sequence[tuple[str, ...]]:
        """The words without which it cannot be meant."""
        return [element.words for element in self.elements if element.words and not element.optional]

    def possible(self, heard: "Heard") -> bool:
        """Whether a text could be meant, judged by its words alone."""
        return all(heard.has(words) for words in self.needed)


@cache
def _sounds(words: tuple[str, ...]) -> tuple[str, ...]:
    """How words of several characters sound, slurred."""
    return tuple(dict.fromkeys(_sounding(word) for word in words if len(word) > 1))


def _sounding(text: str) -> str:
    return f" {' '.join(slurred(text))} "


@dataclass
class Heard:
    """Which words a text holds, or sounds as if it held; looked for once for all forms."""

    text: str
    by_ear: bool
    _known: dict[int, bool] = field(default_factory=dict)

    @cached_property
    def _sound(self) -> str:
        return _sounding(self.text)

    def has(self, words: tuple[str, ...]) -> bool:
        """Whether one of the words of a form is heard."""
        if id(words) not in self._known:
            there = any(word in self.text for word in words)
            if not there and self.by_ear:
                there = any(sound in self._sound for sound in _sounds(words))
            self._known[id(words)] = there
        return self._known[id(words)]


@dataclass
class Matcher:
    """Matches forms against one text; what is read at a place is read once."""

    text: str
    read: Read
    by_ear: bool = False
    pauses: frozenset[int] = frozenset()
    """Where something begins behind a mark or a blank."""
    _reads: dict[tuple[str, int], list[tuple[int, Any, float]]] = field(default_factory=dict)
    _commands: dict[tuple[int, int], bool] = field(default_factory=dict)

    def matches(self, form: Form) -> Sequence[Match]:
        """The ways to read the whole text by a form, the least doubtful first, with its rivals."""
        text, order = self.text, itertools.count()
        heap: list[tuple[float, int, int, int, int, Mapping[str, Any], tuple[int, int]]]
        heap = [(0.0, next(order), 0, 0, 0, {}, (-1, 0))]
        seen: set[Any] = set()
        found: list[Match] = []
        for _ in range(MOST_STEPS):
            if not heap:
                break
            doubt, _, at, place, used, values, inside = heapq.heappop(heap)
            if found and doubt > found[0].doubt + MARGIN:
                break
            state = (at, place, used, inside, tuple(sorted((k, repr(v)) for k, v in values.items())))
            if state in seen:
                continue
            seen.add(state)
            if inside[0] < 0 and at == len(form.elements):
                if place == len(text):
                    found.append(Match(values, doubt))
                    continue
                if form.remark and self._is_remark(form, place):
                    found_words = {**values, "words": (place, len(text))} if "words" not in values else values
                    heapq.heappush(
                        heap, (doubt + REMARK, next(order), at, len(text), used, found_words, inside)
                    )
            for step in self._steps(form, at, place, used, values, inside):
                heapq.heappush(heap, (doubt + step[0], next(order), *step[1:]))
        return found

    def _steps(
        self, form: Form, at: int, place: int, used: int, values: Mapping[str, Any], inside: tuple[int, int]
    ) -> Iterator[tuple[float, int, int, int, Mapping[str, Any], tuple[int, int]]]:
        which, step = inside
        row = form.elements if which < 0 else form.anywhere[which]
        index = at if which < 0 else step
        if index < len(row):
            element = row[index]
            for end, value, doubt in self._at(element, place):
                bound = values if not element.slot else _bind(values, element.slot, value)
                if bound is not None:
                    yield (doubt, *self._on(form, at, end, used, bound, inside))
            if element.optional:
                yield (0.0, *self._on(form, at, place, used, values, inside))
        if which < 0:
            for number, some in enumerate(form.anywhere):
                first = some[0]
                loose = len(some) == 1 and not first.slot
                if loose or first.slot == "filter" or not used & (1 << number):
                    for end, value, doubt in self._at(first, place):
                        bound = values if not first.slot else _bind(values, first.slot, value)
                        if bound is not None:
                            on = (number, 1) if len(some) > 1 else (-1, 0)
                            more = doubt + PASSING if loose else doubt
                            yield more, at, end, used | (1 << number), bound, on
                    if first.optional and len(some) > 1:
                        for end, value, doubt in self._at(some[1], place):
                            bound = values if not some[1].slot else _bind(values, some[1].slot, value)
                            if bound is not None:
                                on = (number, 2) if len(some) > 2 else (-1, 0)
                                yield doubt, at, end, used | (1 << number), bound, on
        if place < len(self.text):
            for word in _PASSED.by_mark.get(self.text[place], ()):
                if self.text.startswith(word, place):
                    yield (
                        PASSING if word not in "，、 。" else 0.0,
                        at,
                        place + len(word),
                        used,
                        values,
                        inside,
                    )

    @staticmethod
    def _on(
        form: Form, at: int, end: int, used: int, values: Mapping[str, Any], inside: tuple[int, int]
    ) -> tuple[int, int, int, Mapping[str, Any], tuple[int, int]]:
        which, step = inside
        if which < 0:
            return at + 1, end, used, values, inside
        done = step + 1 >= len(form.anywhere[which])
        return at, end, used, values, (-1, 0) if done else (which, step + 1)

    def _at(self, element: Element, place: int) -> Iterator[tuple[int, Any, float]]:
        if element.slot:
            type_ = TYPES[element.slot]
            if type_ in ("words", "said"):
                found = self._words(place)
                yield from (one for one in found if type_ == "words" or one[2] == SAID_FREELY)
                return
            if type_ == "gap":
                yield from self._gap(place)
                return
            yield from self._read(type_, place)
            return
        if place == len(self.text):
            return
        for word in element.by_mark.get(self.text[place], ()):
            if self.text.startswith(word, place) and not (word[0].isascii() and joined(self.text, place)):
                yield place + len(word), word, 0.0
        if not self.by_ear:
            return
        for word in element.by_sound.get(slurred(self.text[place])[0], ()):
            end = place + len(word)
            if len(self.text) < end or self.text.startswith(word, place):
                continue
            said = self.text[place:end]
            if syllables(said) == syllables(word):
                yield end, word, HEARD
            elif slurred(said) == slurred(word):
                yield end, word, BLURRED

    def _read(self, type_: str, place: int) -> Sequence[tuple[int, Any, float]]:
        key = (type_, place)
        if key not in self._reads:
            self._reads[key] = list(self.read(type_, self.text, place)) if place < len(self.text) else []
        return self._reads[key]

    def _words(self, place: int) -> Iterator[tuple[int, Any, float]]:
        start = place
        while start < len(self.text) and self.text[start] in "，、 。":
            start += 1
        if start < len(self.text) and not self._holds_a_command(start, len(self.text)):
            apart = start > place or place in self.pauses
            yield len(self.text), (start, len(self.text)), SAID_FREELY if apart else RUN_ON

    def _gap(self, place: int) -> Iterator[tuple[int, Any, float]]:
        """Some words that say nothing known, as long as they cannot turn round what follows."""
        for end in range(place + 1, min(place + LONGEST_GAP, len(self.text) - 1)):
            near = self.text[max(place, end - 2) : end]
            if joined(self.text, end) or any(mark in TURNING for mark in near):
                continue
            if not self._holds_a_command(place, end):
                yield end, (place, end), GAP

    def _is_remark(self, form: Form, place: int) -> bool:
        """Whether what is left cannot change the command: no number, no negation, no slot of the form."""
        rest = self.text[place:]
        if rest[0] not in "，。 " and place not in self.pauses:
            return False
        if any(mark.isdecimal() for mark in rest) or any(word in rest for word in NEGATIONS):
            return False
        return not any(
            doubt == 0.0
            for at in range(place, len(self.text))
            for type_ in ("person_or_team", *(form.types & TELLING))
            for _, _, doubt in self._read(type_, at)
        )

    def _holds_a_command(self, start: int, end: int) -> bool:
        """Whether free words are a second command, which must not be lost in the first one."""
        key = (start, end)
        if key not in self._commands:
            self._commands[key] = any(self._begins_command(at, start, end) for at in range(start, end))
        return self._commands[key]

    def _begins_command(self, at: int, start: int, end: int) -> bool:
        text, led = self.text, at == start or at in self.pauses
        if text[at].isdecimal() and not joined(text, at):
            for after, numbers, doubt in self._read("cases", at):
                if doubt >= UNSURE or numbers[0] < SMALLEST or not numbers[0] % 100:
                    continue
                after += text[after : after + 1] == " "
                if text.startswith(DEEDS, after) or (
                    led and after < end and text[after : after + 1] > "\u3400"
                ):
                    return True
        if not led and not text.startswith(BESIDES, at):
            return False
        for after, _, doubt in self._read("person_or_team", at):
            if doubt < UNSURE and text.startswith(LIKEWISE, after):
                return True
        at += next((len(word) for word in BESIDES if text.startswith(word, at)), 0)
        for word in ORDERS:
            if text.startswith(word, at):
                some = [*self._read("person", at + len(word)), *self._read("cases", at + len(word))]
                return any(doubt < UNSURE for _, _, doubt in some)
        return False


def _bind(values: Mapping[str, Any], slot: str, value: Any) -> Mapping[str, Any] | None:
    """The values with one more; None if it contradicts what stands there."""
    if slot == "gap":
        return values
    slot = ALIASES.get(slot, slot)
    known = values.get(slot)
    if known is None:
        return {**values, slot: value}
    if slot == "filter":
        both = known.joined(value)
        return None if both is None else {**values, slot: both}
    return values if known == value else None
