"""Pure decisions about handing over: who comes first, and how long an answer may take."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

IsWorkday = Callable[[date], bool]


@dataclass(frozen=True)
class Successor:
    """Somebody who could take an item."""

    employee_id: int
    same_unit: bool
    role: str
    load: int


def ranked(people: Iterable[Successor]) -> list[Successor]:
    """Those of the unit first, then by load, then by id (domain.md 5.3: BY_AREA, LOAD_BALANCED)."""
    return sorted(people, key=lambda one: (not one.same_unit, one.load, one.employee_id))


def overlap(
    starts_at: datetime, ends_at: datetime | None, other_starts: datetime, other_ends: datetime | None
) -> bool:
    """Whether two stretches of time share a moment; one without an end goes on."""
    return (other_ends is None or starts_at < other_ends) and (ends_at is None or other_starts < ends_at)


def add_workdays(moment: datetime, days: int, is_workday: IsWorkday) -> datetime:
    """The same time of day so many workdays later, or earlier if `days` is negative."""
    step = timedelta(days=1 if days >= 0 else -1)
    left = abs(days)
    while left:
        moment += step
        if is_workday(moment.date()):
            left -= 1
    return moment


def workdays_between(first: date, last: date, is_workday: IsWorkday) -> int:
    """How many workdays lie from one day to another, both counted."""
    days = (last - first).days
    return sum(is_workday(first + timedelta(days=number)) for number in range(days + 1))
