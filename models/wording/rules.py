"""What must not be said: the wording filter, as a pure decision over a text (domain.md section 3)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from models.policy import Policy
from models.wording.lexicon import Found, letters_of, lexicon_of
from models.wording.normal import COMMAS, STOPS, Normal
from models.wording.numbers import hide, numbers_in
from models.wording_policy import Severity, WordingPolicy

PII = "PII_LEAK"
SELF_HARM = "SELF_HARM"
_GRAVITY = {severity: place for place, severity in enumerate(Severity)}
_STOP = re.compile(f"[{re.escape(''.join(STOPS))}]")
_CLAUSE = re.compile(f"[{re.escape(''.join((STOPS | COMMAS) - frozenset('、:')))}]")


class Mode(StrEnum):
    """What a text is (domain.md 3, rule 1)."""

    NOTE = "note"
    """About what happened: always kept, because it must stay complete and true."""
    OUTGOING = "outgoing"
    """To be sent or read out: a hit that blocks stops it."""


@dataclass(frozen=True)
class Allowed:
    """Words that compliance has found to be innocent for a rule."""

    code: str
    words: str


@dataclass(frozen=True)
class Hit:
    """Something in a text that a rule is about, by its places in the original."""

    code: str
    severity: Severity
    start: int
    end: int
    quoted: bool
    """Somebody else's words: for review only (domain.md 3, rule 3)."""
    phrase: str
    """The phrase or expression of the policy; of a number, its kind."""


@dataclass(frozen=True)
class Examination:
    """What the filter says about a text."""

    hits: Sequence[Hit]
    masked: str
    """The text with numbers masked; as long as the text."""
    version: str
    """Of the rules."""
    mode: Mode

    @property
    def worst(self) -> Severity | None:
        """The gravest severity; None for a text without hits."""
        return max((hit.severity for hit in self.hits), key=_GRAVITY.__getitem__, default=None)

    @property
    def codes(self) -> Sequence[str]:
        """The rules that were hit, once each, in the order of the text."""
        return list(dict.fromkeys(hit.code for hit in self.hits))

    def words(self, hit: Hit) -> str:
        """What stands there, with numbers masked."""
        return self.masked[hit.start : hit.end]


def examine(
    text: str, policy: Policy, *, mode: Mode = Mode.NOTE, allowed: Iterable[Allowed] = ()
) -> Examination:
    """Look for everything that must not be said, and mask numbers; the same text always gives the same.

    `allowed` are the entries of compliance (`wording.allowed`).
    """
    wording = policy.wording
    lexicon = lexicon_of(wording)
    letters = lexicon.normal.letters(text)
    found, innocent = lexicon.search(text, letters)
    masked = text
    if not found and not lexicon.long_number.search(letters):
        return Examination((), masked, wording.version, mode)
    normal = lexicon.normal(text)
    hits = list(_numbers(text, normal, wording, lexicon.numerals))
    for hit, shown in hits:
        masked = hide(masked, hit.start, hit.end, shown)
    told = [hit for hit, _ in hits]
    if found:
        told += _judged(normal, found, [*innocent, *_entries(normal, allowed, wording)], wording, mode)
    return Examination(sorted(told, key=lambda hit: (hit.start, hit.end)), masked, wording.version, mode)


def escalates(examination: Examination) -> bool:
    """Whether contact about the case has to stop at once and people have to be told now (SELF_HARM)."""
    return examination.worst == Severity.ESCALATE


def blocking(examination: Examination) -> Hit | None:
    """The gravest hit because of which an outgoing text must not leave; None if it may."""
    if examination.mode != Mode.OUTGOING:
        return None
    stopping = [hit for hit in examination.hits if hit.severity == Severity.BLOCK]
    return stopping[0] if stopping else None


def _numbers(
    text: str, normal: Normal, wording: WordingPolicy, numerals: Mapping[int, str]
) -> Iterator[tuple[Hit, int]]:
    rule = wording.rules.get(PII)
    if rule is None:
        return
    for start, end, shown in numbers_in(normal, numerals):
        places = sum(map(str.isalnum, text[start:end]))
        yield Hit(PII, rule.severity, start, end, False, str(places)), shown


def _entries(normal: Normal, allowed: Iterable[Allowed], wording: WordingPolicy) -> Iterator[Found]:
    for entry in allowed:
        letters = letters_of(wording, entry.words)
        start = normal.tight.find(letters) if letters else -1
        while start >= 0:
            yield Found(entry.code, start, start + len(letters), entry.words)
            start = normal.tight.find(letters, start + 1)


def _judged(
    normal: Normal, found: Sequence[Found], innocent: Sequence[Found], wording: WordingPolicy, mode: Mode
) -> Iterator[Hit]:
    """Hits that stay, with what quotes, negations and the mode make of them."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        mine = [other for other in kept if other.code == one.code]
        if not _touch(one, mine) and not _touch(one, [other for other in innocent if other.code == one.code]):
            kept.append(one)
    quotes = _quotes(normal.plain, wording)
    denied = _denied(normal, kept, wording)
    for one in kept:
        rule = wording.rules[one.code]
        first, _ = normal.in_plain(one.start, one.end)
        quoted = not rule.always and any(start <= first < end for start, end in quotes)
        if not rule.always and one in denied:
            continue
        severity = rule.severity
        if quoted or (rule.outgoing_only and mode == Mode.NOTE):
            severity = min(severity, Severity.REVIEW, key=_GRAVITY.__getitem__)
        yield Hit(one.code, severity, *normal.original(one.start, one.end), quoted, one.phrase)


def _touch(one: Found, others: Iterable[Found]) -> bool:
    return any(one.start < other.end and other.start < one.end for other in others)


@dataclass(frozen=True)
class _Speech:
    """The expressions by which quotes and negations are found."""

    speaker: "re.Pattern[str]"
    addressed: "re.Pattern[str]"
    own: "re.Pattern[str]"
    negation: "re.Pattern[str]"
    unless: "re.Pattern[str]"
    listed: "re.Pattern[str]"


@lru_cache(maxsize=8)
def _speech(wording: WordingPolicy) -> _Speech:
    marks = wording.marks
    normal = lexicon_of(wording).normal

    def one_of(words: Iterable[str]) -> str:
        forms = {normal.letters(word) for word in words}
        return "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))

    aside = re.escape("".join(STOPS | COMMAS))
    return _Speech(
        speaker=re.compile(
            f"(?:{one_of(marks.speakers)})(?:[^{aside}]{{0,6}}?(?:{one_of(marks.verbs)})|(?=:))"
        ),
        addressed=re.compile(f"(?:{one_of(marks.addressed)})(?:{one_of(marks.pronouns)})?$"),
        own=re.compile(one_of(marks.own)),
        negation=re.compile(one_of(marks.negations)),
        unless=re.compile(one_of(marks.unless)),
        listed=re.compile(f"[、,{marks.joiners}{re.escape(marks.opening + marks.closing)}]*"),
    )


def _quotes(plain: str, wording: WordingPolicy) -> Sequence[tuple[int, int]]:
    """Where others are quoted: 客户说…, to the closing mark, the end of the sentence, or where 我 speaks."""
    speech = _speech(wording)
    opening, closing = wording.marks.opening, wording.marks.closing
    quotes: list[tuple[int, int]] = []
    place = 0
    while match := speech.speaker.search(plain, place):
        place = match.end()
        if speech.addressed.search(plain, max(0, match.start() - 6), match.start()):
            continue
        start = match.end()
        while start < len(plain) and plain[start] in ",:":
            start += 1
        if start < len(plain) and plain[start] in opening:
            ends = [at for at in (plain.find(mark, start + 1) for mark in closing) if at >= 0]
            end = min(ends, default=len(plain))
        else:
            end = _least(_STOP.search(plain, start), speech.own.search(plain, start), len(plain))
        quotes.append((start, end))
        place = max(place, min(end, len(plain)))
    return quotes


def _least(one: "re.Match[str] | None", other: "re.Match[str] | None", otherwise: int) -> int:
    return min(otherwise if match is None else match.start() for match in (one, other))


def _denied(normal: Normal, found: Sequence[Found], wording: WordingPolicy) -> Sequence[Found]:
    """Hits that a prohibition or a denial stands before (不得…), also further down its list.

    能不能 and its like ask, and 不得不 affirms; they deny nothing.
    """
    speech = _speech(wording)
    plain = normal.plain
    negations = [
        match.span()
        for match in speech.negation.finditer(plain)
        if plain[max(0, match.start() - 1) : match.start()] != plain[match.start() + 1 : match.start() + 2]
        and plain[match.end() : match.end() + 1] != plain[match.start()]
    ]
    denied: list[Found] = []
    reach = -1
    for one in found:
        first, after = normal.in_plain(one.start, one.end)
        near = any(
            start < first
            and sum(map(str.isalnum, plain[end:first])) <= wording.near
            and not _CLAUSE.search(plain, end, first)
            and not speech.unless.search(plain, end, first)
            for start, end in negations
        )
        listed = reach >= 0 and speech.listed.fullmatch(plain, reach, max(first, reach)) is not None
        if near or listed:
            denied.append(one)
            reach = max(reach, after)
    return denied
