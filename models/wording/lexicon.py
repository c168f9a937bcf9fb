"""The phrases of the policy, ready to be looked for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from models.wording.normal import COMMAS, STOPS, Normal, Normaliser
from models.wording.numbers import LEAST
from models.wording_policy import WordingPolicy, WordingRule

GAP = "…"
_CHOICE = re.compile(r"\{([^{}]*)\}")
_BREAKS = re.compile(f"[{re.escape(''.join(STOPS | COMMAS))}]")
_STOP = re.compile(f"[{re.escape(''.join(STOPS))}]")


_HEAD_LETTERS = 2
"""So many letters of a phrase stand in the trie, if that takes no more ways to write it than"""
_MOST_HEADS = 400
"""these; the rest is an expression."""


class MalformedPhrase(Exception):
    """A phrase of config/wording.toml that cannot be understood; the phrase."""


@dataclass(frozen=True)
class Found:
    """A phrase found in a text, by its places in `Normal.tight`."""

    code: str
    start: int
    end: int
    phrase: str
    """The phrase as the policy writes it, or the expression."""


@dataclass(frozen=True)
class _End:
    """Where a phrase, or its part before the first gap, ends in the trie."""

    code: str
    phrase: str
    tail: "re.Pattern[str] | None"
    allow: bool


@dataclass(slots=True)  # there are many of them, in every process
class _Node:
    next: dict[str, "_Node"] = field(default_factory=dict)
    ends: tuple[_End, ...] = ()


class Lexicon:
    """All phrases of a policy in one trie, its expressions, and the normal form of its texts."""

    def __init__(self, policy: WordingPolicy) -> None:
        marks = policy.marks
        self.normal = Normaliser(
            {**_pairs(marks.traditional), **_pairs(marks.folds)}, marks.opening + marks.closing
        )
        self.numerals = str.maketrans(_pairs(marks.numerals))
        self.long_number = re.compile(f"[0-9{''.join(_pairs(marks.numerals))}]{{{LEAST}}}")
        """Finds whether letters hold digits enough to be looked at closely."""
        self._gap = policy.gap
        self._denials = re.compile(marks.denials)
        self._root = _Node()
        self._patterns: list[tuple[str, re.Pattern[str]]] = []
        for code, rule in policy.rules.items():
            self._learn(code, rule)

    def search(self, text: str, tight: str) -> tuple[list[Found], list[Found]]:
        """What of the phrases stands in a text, and what of those that make a hit none.

        `tight` are its letters, which the caller has at hand.
        """
        first = self._root.next
        length = len(tight)
        met: list[tuple[_End, int, int]] = []
        for start, character in enumerate(tight):
            node = first.get(character)
            place = start + 1
            while node is not None:
                if node.ends:
                    met += [(one, start, place) for one in node.ends]
                if place == length:
                    break
                node = node.next.get(tight[place])
                place += 1
        hits = [
            Found(code, match.start(), match.end(), pattern.pattern)
            for code, pattern in self._patterns
            for match in pattern.finditer(tight)
        ]
        allowed: list[Found] = []
        normal: Normal | None = None
        for one, start, place in sorted(met, key=lambda each: each[0].allow):
            if one.allow and not hits:
                break
            match = None if one.tail is None else one.tail.match(tight, place)
            if one.tail is not None and match is None:
                continue
            normal = normal or self.normal(text)
            if match is None:
                fits = place - start > 2 or not _broken(normal, start, place)
            else:
                fits = all(
                    self._is_gap(normal, *match.span(group), one.allow)
                    for group in range(1, match.re.groups + 1)
                )
            if fits:
                found = Found(one.code, start, place if match is None else match.end(), one.phrase)
                (allowed if one.allow else hits).append(found)
        return hits, allowed

    def _is_gap(self, text: Normal, start: int, end: int, allow: bool) -> bool:
        """Whether what stands in a gap leaves the phrase what it is."""
        gap = text.plain[text.tight_at[start - 1] + 1 : text.tight_at[end]]
        return not (_STOP.search(gap) if allow else _BREAKS.search(gap) or self._denials.search(gap))

    def _learn(self, code: str, rule: WordingRule) -> None:
        for phrases, allow in ((rule.phrases, False), (rule.allow, True)):
            for phrase in phrases:
                self._plant(code, phrase, allow)
        self._patterns += [(code, re.compile(pattern)) for pattern in rule.patterns]

    def _plant(self, code: str, phrase: str, allow: bool) -> None:
        try:
            parts = list(_parts(phrase, self.normal))
        except ValueError:
            raise MalformedPhrase(phrase) from None
        if parts[-1] is None or (parts[-2:-1] == [None] and "" in parts[-1]):
            raise MalformedPhrase(phrase)  # nothing ends the gap
        heads, used = {""}, 0
        for part in parts:
            least = min(map(len, heads))
            if part is None or least >= _HEAD_LETTERS or (least and len(heads) * len(part) > _MOST_HEADS):
                break
            heads = {head + one for head in heads for one in part}
            used += 1
        if "" in heads:
            raise MalformedPhrase(phrase)
        tail = self._tail(parts[used:])
        end = _End(code, phrase, re.compile(tail) if tail else None, allow)
        for letters in heads:
            node = self._root
            for character in letters:
                node = node.next.setdefault(character, _Node())
            node.ends += (end,)

    def _tail(self, parts: Iterable[Sequence[str] | None]) -> str:
        """The expression of what follows the head; each gap is a group of its own."""
        return "".join(
            f"(.{{0,{self._gap}}}?)" if part is None else f"(?:{'|'.join(map(re.escape, part))})"
            for part in parts
        )


def _broken(text: Normal, start: int, end: int) -> bool:
    """Whether two letters have met by chance, over a comma or the end of a sentence.

    Letters that stand alone between such marks are spelled out.
    """
    first, after = text.in_plain(start, end)
    alone = (first == 0 or _BREAKS.match(text.plain, first - 1)) and (
        after == len(text.plain) or _BREAKS.match(text.plain, after)
    )
    return not alone and _BREAKS.search(text.plain, first, after) is not None


def _parts(phrase: str, normal: Normaliser) -> Iterator[Sequence[str] | None]:
    """What a phrase is made of: at each place the ways to write it, the longest first; None for a gap.

    Raises:
        ValueError: a bracket is left over.
    """
    for number, part in enumerate(_CHOICE.split(phrase)):
        if "{" in part or "}" in part or (number % 2 == 0 and "|" in part):
            raise ValueError(phrase)
        if number % 2:
            yield sorted({normal.letters(one) for one in part.split("|")}, key=len, reverse=True)
            continue
        for place, letters in enumerate(part.split(GAP)):
            if place:
                yield None
            if letters:
                yield (normal.letters(letters),)


def _pairs(characters: str) -> dict[str, str]:
    letters = "".join(characters.split())
    return dict(zip(letters[::2], letters[1::2], strict=True))


@lru_cache(maxsize=8)
def lexicon_of(policy: WordingPolicy) -> Lexicon:
    """The lexicon of a policy, made once.

    Raises:
        MalformedPhrase: a phrase cannot be understood; re.error: an expression cannot.
    """
    return Lexicon(policy)


@lru_cache(maxsize=1024)
def letters_of(policy: WordingPolicy, phrase: str) -> str:
    """A phrase as it stands in normalised texts."""
    return lexicon_of(policy).normal.letters(phrase)
