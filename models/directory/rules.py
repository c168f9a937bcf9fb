"""Pure decisions about the directory: what a position and a name mean, and when leaving is too much."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

NEVER_BY_POSITION = frozenset(
    {"admin", "hr_head", "hr_province", "hr_city", "compliance", "finance", "candidate"}
)
"""Roles that people are given by people alone."""
LEFT = 5
"""The status of a member who has left the corp (protocol 2.4)."""


@dataclass(frozen=True)
class Department:
    """A department as the platform tells it."""

    id: int
    parent_id: int
    name: str = ""


@dataclass(frozen=True)
class Details:
    """What is kept of a member as the platform tells it."""

    userid: str
    name: str
    position: str
    departments: tuple[int, ...]
    main_department: int
    leads: frozenset[int]
    """The departments in which the member is a leader."""
    status: int

    @property
    def has_left(self) -> bool:
        """Whether the member has left the corp."""
        return self.status == LEFT


def role_of(position: str, *, leads: bool, roles: Mapping[str, str]) -> str | None:
    """The role that a position stands for, by the words in it; None if there is none.

    Of several words the last one counts, for that is what the position is: 催收组长 is a 组长. Whoever leads
    the department and has no such word leads the team.
    """
    said = unicodedata.normalize("NFKC", position).lower().replace(" ", "")
    found = [
        (said.rfind(word.lower()) + len(word), len(word), role)
        for word, role in roles.items()
        if word.lower() in said and role not in NEVER_BY_POSITION
    ]
    if found:
        return max(found)[2]
    return "team_leader" if leads else None


def kind_of(name: str, kinds: Mapping[str, str]) -> str | None:
    """What a department of this name is, by how it ends; None if it is a team like any other."""
    fitting = [word for word in kinds if name.endswith(word)]
    return kinds[max(fitting, key=len)] if fitting else None


def is_too_much(leaving: int, active: int, *, percent: int, fewest: int) -> bool:
    """Whether so many of the active people leave at once that something else must be wrong."""
    return leaving > fewest and leaving * 100 > active * percent
