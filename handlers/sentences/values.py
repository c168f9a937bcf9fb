"""What a sentence means: the values of its slots, and the three ways in which it can be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from models.staff import Named


@dataclass(frozen=True)
class Count:
    """How many cases; None if somebody only said 「几个」. `each`: so many for every one of the people.

    `options`: the numbers that a vague word lies between, 3 and 5 for 「三五个」.
    """

    number: int | None
    each: bool = False
    options: tuple[int, ...] = ()


@dataclass(frozen=True)
class People:
    """Whom some words may mean: one name for each place, and for each the people it may be."""

    meant: tuple[tuple[Named, ...], ...]
    said: tuple[str, ...]

    @property
    def sure(self) -> bool:
        """Whether each name means exactly one."""
        return all(len(some) == 1 for some in self.meant)

    @property
    def named(self) -> tuple[Named, ...]:
        """The people, each once, if each name means exactly one."""
        return tuple(dict.fromkeys(some[0] for some in self.meant))


@dataclass(frozen=True)
class Team:
    """A unit by its name."""

    id: int
    name: str


@dataclass(frozen=True)
class Teams:
    """Several units, in the order said."""

    some: tuple[Team, ...]


@dataclass(frozen=True)
class Criteria:
    """Which cases; what is empty does not matter. Amounts in fen."""

    buckets: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    placements: tuple[int, ...] = ()
    amount_from: int | None = None
    amount_to: int | None = None
    not_accepted: bool = False
    not_worked_days: int | None = None
    promise_due: date | None = None
    status: str = ""

    def __bool__(self) -> bool:
        return self != Criteria()

    def joined(self, other: "Criteria") -> "Criteria | None":
        """Both together; None if they contradict each other."""
        changes: dict[str, Any] = {}
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if theirs == one.default or mine == theirs:
                continue
            if one.name in ("buckets", "products", "placements"):
                changes[one.name] = tuple(dict.fromkeys((*mine, *theirs)))
            elif mine != one.default:
                return None
            else:
                changes[one.name] = theirs
        return replace(self, **changes)


@dataclass(frozen=True)
class Slots:
    """The values that a sentence names, typed; what it does not name is empty."""

    people: Mapping[str, tuple[Named, ...]] = field(default_factory=dict)
    """By slot (`from`, `to`, `person`): whom it names, in the order said."""
    teams: Mapping[str, tuple[Team, ...]] = field(default_factory=dict)
    """By slot: whole units, where they are named instead of people."""
    cases: tuple[int, ...] = ()
    filter: Criteria = Criteria()
    count: int | None = None
    each: bool = False
    """Whether `count` is meant for every one of the people."""
    part: float | None = None
    """Which part of them, where no count is named: a half is 0.5."""
    amount: int | None = None
    """In fen."""
    day: date | None = None
    days: tuple[date, date] | None = None
    """The first and the last one."""
    moment: datetime | None = None
    deadline: datetime | None = None
    strategy: str = ""
    outcome: str = ""
    words: str = ""
    """What somebody wrote freely."""
    said: str = ""
    """Everything that was written behind the numbers of cases."""

    def to(self, slot: str = "to") -> tuple[Named, ...]:
        """The people of a slot."""
        return self.people.get(slot, ())

    def person(self, slot: str = "person") -> Named | None:
        """The one person of a slot."""
        return next(iter(self.people.get(slot, ())), None)

    def named(self, slot: str) -> str:
        """The people or the units of a slot as words."""
        people = [one.name for one in self.people.get(slot, ())]
        return "、".join([*people, *(team.name for team in self.teams.get(slot, ()))])


@dataclass(frozen=True)
class Choice:
    """One way to go on where a sentence could mean several: the words of the button, and the value."""

    label: str
    value: Any


@dataclass(frozen=True)
class Understood:
    """A sentence that means one thing."""

    command: str
    slots: Slots


@dataclass(frozen=True)
class Ask:
    """A sentence half understood: which slot is unclear, what was said there, what it could be.

    With the slot `command` the choices are commands, and `slots` is empty.
    """

    command: str
    slot: str
    choices: Sequence[Choice] = ()
    said: str = ""
    slots: Slots = Slots()
    raw: Mapping[str, Any] = field(default_factory=dict)


Reading = Understood | Ask
