"""Pure decisions about visits: what is missing for a valid one, and what a note claims."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.locations.rules import Standing


class Lack(StrEnum):
    """What a visit lacks to be a valid one; each is told in plain words."""

    OUTSIDE = "outside"
    UNCERTAIN = "uncertain"
    NO_PLACE = "no_place"
    """Nobody knows where that was, or where the customer is."""
    NOT_OUT = "not_out"
    SHORT = "short"
    NO_NOTE = "no_note"
    LATE_NOTE = "late_note"
    NO_PHOTO = "no_photo"


@dataclass(frozen=True)
class Needs:
    """The numbers of policy.toml by which a visit is judged."""

    stay: timedelta
    note_within: timedelta
    photo: bool


@dataclass(frozen=True)
class VisitFacts:
    """What is known of a visit."""

    standing: str
    in_at: datetime
    out_at: datetime | None
    note_at: datetime | None
    photos: int = 0
    going_on: bool = False


@dataclass(frozen=True)
class Verdict:
    """Whether a visit is a valid one (domain.md 6.4), and what it lacks."""

    lacks: tuple[Lack, ...]
    is_open: bool
    """Whether what is missing can still come: the check-out, the note."""

    @property
    def valid(self) -> bool:
        """Inside the fence, long enough, noted in time."""
        return not self.lacks


_WHERE = {
    Standing.OUTSIDE: Lack.OUTSIDE,
    Standing.UNCERTAIN: Lack.UNCERTAIN,
    Standing.UNKNOWN: Lack.NO_PLACE,
}


def verdict(facts: VisitFacts, *, now: datetime, needs: Needs) -> Verdict:
    """What a visit is worth in figures, as far as `now` can tell.

    Valid: checked in inside the fence, at least so many minutes until the check-out, a note within a day,
    and a photo if the policy asks for one.
    """
    lacks: list[Lack] = []
    where = _WHERE.get(Standing(facts.standing))
    if where is not None:
        lacks.append(where)
    if facts.out_at is None:
        lacks.append(Lack.NOT_OUT)
    elif facts.out_at - facts.in_at < needs.stay:
        lacks.append(Lack.SHORT)
    until = facts.in_at + needs.note_within
    if facts.note_at is None:
        lacks.append(Lack.NO_NOTE)
    elif facts.note_at > until:
        lacks.append(Lack.LATE_NOTE)
    if needs.photo and not facts.photos:
        lacks.append(Lack.NO_PHOTO)
    still = {Lack.NOT_OUT} if facts.going_on else set()
    if now <= until:
        still |= {Lack.NO_NOTE, Lack.NO_PHOTO}
    return Verdict(tuple(lacks), bool(lacks) and set(lacks) <= still)


SHORTLY = 6
"""Within so many characters before a claim a word of planning or denying belongs to it."""
_PAUSE = re.compile("[,.;!?\\s\uff0c\u3002\uff1b\uff01\uff1f\u3001]")


def claims_visit(words: str, *, claims: Sequence[str], not_yet: Sequence[str]) -> bool:
    """Whether the words of a note say that somebody was at the customer's, not that somebody will be.

    As a person skims: a word for a visit, before which no word of planning, asking or denying stands in the
    same breath.
    """
    for claim in claims:
        start = words.find(claim)
        while start >= 0:
            before = _PAUSE.split(words[max(0, start - SHORTLY) : start])[-1]
            if not any(word in before for word in not_yet):
                return True
            start = words.find(claim, start + 1)
    return False


def is_supported(standings: Sequence[str]) -> bool:
    """Whether the check-ins at that customer's let a claimed visit stand.

    One outside the fence does not; where nobody knows the place, the doubt speaks for the person.
    """
    return any(one != Standing.OUTSIDE for one in standings)
