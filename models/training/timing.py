"""Pure decisions about when people are told of what they are to learn, and until when they have.

A day of a person is what they work on it; leave, days off and holidays are none (docs/adr/0031).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import NamedTuple

Span = tuple[datetime, datetime]
"""From a moment up to, and without, a later one."""

HORIZON_DAYS = 60
"""So far ahead the days of a person are looked for."""
BEFORE_QUIET = timedelta(hours=2)
"""Who works only when nothing is pushed gets it so long before the quiet time."""
DAY = timedelta(days=1)


def without(span: Span, taken: Iterable[Span]) -> Sequence[Span]:
    """What of a stretch is left without others, in its order."""
    left = [span]
    for begin, end in taken:
        left = [
            part
            for first, last in left
            for part in ((first, min(last, begin)), (max(first, end), last))
            if part[0] < part[1]
        ]
    return sorted(set(left))


def is_worked(duty: Span, leave: Iterable[Span]) -> bool:
    """Whether somebody is there for at least half of a duty; otherwise it is a day of leave."""
    there = sum((end - begin for begin, end in without(duty, leave)), timedelta())
    return 2 * there >= duty[1] - duty[0]


def awake(span: Span, quiet: tuple[time, time]) -> Sequence[Span]:
    """What of a stretch lies outside the quiet time of the nights (from, to)."""
    begins, ends = quiet
    found: list[Span] = []
    day = span[0].date()
    while day <= span[1].date():
        first = datetime.combine(day, ends, tzinfo=span[0].tzinfo)
        last = datetime.combine(day, begins, tzinfo=span[0].tzinfo)
        part = max(span[0], first), min(span[1], last)
        if part[0] < part[1]:
            found.append(part)
        day += DAY
    return found


def windows(
    duty: Span, leave: Sequence[Span], *, after: timedelta, before: timedelta, quiet: tuple[time, time]
) -> Sequence[Span]:
    """When somebody who works this may be pushed to: some time after its start and before its end.

    Never in the quiet time: who works only then gets it in the last hours before it.
    """
    begin, end = duty[0] + after, duty[1] - before
    found = awake((begin, end), quiet) if begin < end else ()
    if not found:
        evening = datetime.combine(duty[0].date(), quiet[0], tzinfo=duty[0].tzinfo)
        if evening > duty[0]:
            evening -= DAY
        found = [(evening - BEFORE_QUIET, evening)]
    return [part for one in found for part in without(one, leave)]


def next_within(now: datetime, found: Iterable[Span]) -> datetime | None:
    """The first moment from now on that lies in one of the stretches, which are in their order."""
    return next((max(begin, now) for begin, end in found if end > now), None)


def days_after(day: date, worked: Callable[[date], bool]) -> Iterator[date]:
    """The days somebody works after a day, as far as they are looked for."""
    for number in range(1, HORIZON_DAYS):
        if worked(day + timedelta(days=number)):
            yield day + timedelta(days=number)


def nth_day_after(day: date, count: int, worked: Callable[[date], bool]) -> date | None:
    """The day that is the count-th somebody works after a day; None if it is not in sight."""
    for number, one in enumerate(days_after(day, worked), start=1):
        if number == count:
            return one
    return None


class Step(IntEnum):
    """What happens to a lesson that was pushed and is not done, in this order."""

    REMIND = 1
    LEADER = 2
    GATE = 3


class Planned(NamedTuple):
    """A step and when it is due: days of the person after the push, and the time of day of the push."""

    step: Step
    days: int
    hours: int


def planned_steps(reminder_hours: Sequence[int], leader_hours: int) -> Sequence[Planned]:
    """The steps of the policy: 24 hours are one day of work of the person, so that holidays do not count."""
    reminders = [Planned(Step.REMIND, *divmod(hours, 24)) for hours in sorted(reminder_hours)]
    return [*reminders, Planned(Step.LEADER, *divmod(leader_hours, 24))]
