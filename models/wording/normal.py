"""One form for what is written in many: the same words, whatever stands between or in place of their letters.

domain.md 3, rule 4: NFKC, lower case, full width to half width, traditional to simplified, without spaces,
zero-width characters and decoration. Every character keeps its place in the original.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

STOPS = frozenset("。!?;\n\r")
"""Ends of a sentence, in their normal form."""
COMMAS = frozenset(",、:")


@dataclass(frozen=True)
class Normal:
    """A text in its normal form, twice: with its punctuation (`plain`) and without it (`tight`)."""

    wide: str
    """Characters in their normal form with all that stands between them but zero-width ones."""
    plain: str
    tight: str
    wide_at: Sequence[int]
    """Place in `wide` → place in the original."""
    plain_at: Sequence[int]
    """Place in `plain` → place in the original."""
    tight_at: Sequence[int]
    """Place in `tight` → place in `plain`."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of `tight` stands in the original."""
        return self.plain_at[self.tight_at[start]], self.plain_at[self.tight_at[end - 1]] + 1

    def in_plain(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of `tight` stands in `plain`."""
        return self.tight_at[start], self.tight_at[end - 1] + 1


_KEPT, _MARK, _BETWEEN, _NOTHING = range(4)


class _Letters(dict[int, str]):
    """Character → what stands for it in `tight`, learned as it is met."""

    def __init__(self, learn: Callable[[str], tuple[str, int]]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, code: int) -> str:
        characters, kind = self._learn(chr(code))
        self[code] = characters if kind == _KEPT else ""
        return self[code]


class Normaliser:
    """Brings texts into their normal form; what it has learned about a character it keeps.

    Args:
        folds: what else is read as another character, after NFKC and lower case.
        marks: punctuation to keep in `plain` besides stops and commas.
    """

    def __init__(self, folds: Mapping[str, str], marks: str) -> None:
        self._folds = folds
        self._marks = frozenset(marks) | STOPS | COMMAS
        self._known: dict[str, tuple[str, int]] = {}
        self._letters = _Letters(self._learn)

    def __call__(self, text: str) -> Normal:
        """The normal form of a text."""
        known = self._known
        wide: list[str] = []
        plain: list[str] = []
        tight: list[str] = []
        wide_at: list[int] = []
        plain_at: list[int] = []
        tight_at: list[int] = []
        for place, one in enumerate(text):
            found = known.get(one)
            if found is None:
                found = known[one] = self._learn(one)
            characters, kind = found
            if kind == _KEPT:
                for character in characters:
                    wide.append(character)
                    wide_at.append(place)
                    tight.append(character)
                    tight_at.append(len(plain))
                    plain.append(character)
                    plain_at.append(place)
            elif kind != _NOTHING:
                for character in characters:
                    wide.append(character)
                    wide_at.append(place)
                    if kind == _MARK:
                        plain.append(character)
                        plain_at.append(place)
        return Normal("".join(wide), "".join(plain), "".join(tight), wide_at, plain_at, tight_at)

    def letters(self, text: str) -> str:
        """The `tight` form alone, at a fraction of the cost."""
        return text.translate(self._letters)

    def _learn(self, one: str) -> tuple[str, int]:
        if one in STOPS:
            return one, _MARK
        form = unicodedata.normalize("NFKC", one).lower()
        form = "".join(self._folds.get(character, character) for character in form)
        digit = unicodedata.digit(one, None)
        if digit is not None:
            form = str(digit)
        kept = "".join(character for character in form if unicodedata.category(character)[0] in "LN")
        if kept:
            return kept, _KEPT
        if any(character in self._marks for character in form):
            return form, _MARK
        if unicodedata.category(one)[0] == "M" or unicodedata.category(one) in ("Cf", "Cn", "Cs", "Co"):
            return "", _NOTHING
        return form, _BETWEEN
