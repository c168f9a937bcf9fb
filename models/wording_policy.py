"""What must not be said, as an administrator writes it down (config/wording.toml, domain.md section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a hit of the wording filter leads to, from the mildest on (domain.md section 3)."""

    MASK = "mask"
    """Numbers are masked, and somebody looks at it."""
    REVIEW = "review"
    """Somebody looks at it."""
    BLOCK = "block"
    """An outgoing text does not leave; a note is kept, and somebody looks at it."""
    ESCALATE = "escalate"
    """Leader, supervisor and compliance hear of it at once."""


@dataclass(frozen=True)
class WordingRule:
    """What must not be said, by one code of domain.md section 3 (config/wording.toml)."""

    name: str
    """In words."""
    severity: Severity
    rewrite: str
    """What may be said instead."""
    tell: tuple[str, ...]
    """Who hears of a hit: roles; `leader` is who leads the unit of the author."""
    source: str
    phrases: tuple[str, ...] = ()
    """`{a|b}` is either, `…` a gap of a few characters inside one clause."""
    patterns: tuple[str, ...] = ()
    """Regular expressions over the normalised text without its punctuation."""
    allow: tuple[str, ...] = ()
    """Written like phrases: a hit that touches one of them is none."""
    outgoing_only: bool = False
    """Whether it blocks in outgoing texts alone and is for review in notes."""
    always: bool = False
    """Whether quotes and negations make no difference."""
    suspends: bool = False
    """Whether a confirmed hit takes the right to contact debtors away (domain.md 3, rule 6)."""


@dataclass(frozen=True)
class WordingMarks:
    """Words by which quotes and negations are known, and characters that stand for others."""

    speakers: tuple[str, ...]
    verbs: tuple[str, ...]
    addressed: tuple[str, ...]
    """Straight before a speaker: it is that one who is talked to."""
    pronouns: tuple[str, ...]
    """May stand between the two."""
    own: tuple[str, ...]
    """From here on the author speaks again."""
    negations: tuple[str, ...]
    unless: tuple[str, ...]
    """Between a negation and a hit: it is no negation."""
    denials: str
    """An expression: in a gap of a phrase it makes a hit none."""
    joiners: str
    """Characters between the items of a list that a negation begins."""
    opening: str
    closing: str
    folds: str
    traditional: str
    numerals: str
    """Pairs of characters: the first one is read as the second."""


@dataclass(frozen=True)
class WordingReview:
    """Values of reviewing hits."""

    workdays: int
    """Workdays within which a hit is reviewed; then the supervisor hears of it."""


@dataclass(frozen=True, eq=False)
class WordingPolicy:
    """The wording filter (domain.md section 3); compared by identity, so that what is made of it is kept."""

    version: str
    gap: int
    """How many characters a `…` stands for at most."""
    near: int
    """Within how many characters after a negation there is no hit."""
    review: WordingReview
    marks: WordingMarks
    rules: Mapping[str, WordingRule]
