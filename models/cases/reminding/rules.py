"""Pure decisions about reminders: whom a breach goes on to and when, and what becomes of too many cards."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from models.policy import RemindersPolicy
from models.worktime import Hours, add_work, last_workday, next_workday, workdays_before

IsWorkday = Callable[[date], bool]

SLOT_MINUTES = 5
"""Deadlines are looked at every so many minutes, so that what falls together becomes one card."""
TOMORROW = "tomorrow"
"""What the third snooze button says instead of minutes."""


class Step(StrEnum):
    """Who hears of something that was not done, one after the other (domain.md 5.4)."""

    OWNER = "owner"
    LEADER = "leader"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"


class Room(StrEnum):
    """What becomes of one card more."""

    CARD = "card"
    LAST = "last"
    """One more, which says that the rest of the day waits for the evening card."""
    NONE = "none"


def slot(moment: datetime) -> datetime:
    """The next full five minutes; the moment itself if it is one."""
    late = timedelta(
        minutes=moment.minute % SLOT_MINUTES, seconds=moment.second, microseconds=moment.microsecond
    )
    return moment if not late else moment - late + timedelta(minutes=SLOT_MINUTES)


def ladder(
    deadline: datetime, *, warning: timedelta, supervisor: timedelta, hours: Hours, is_workday: IsWorkday
) -> Mapping[Step, datetime]:
    """Step → when it is taken: before the deadline, at it, some working hours after it, the next workday."""
    third = add_work(deadline, supervisor, hours, is_workday)
    fourth, _ = hours.on(next_workday(third.date(), is_workday), third)
    return {
        Step.OWNER: slot(add_work(deadline, -warning, hours, is_workday)),
        Step.LEADER: slot(deadline),
        Step.SUPERVISOR: slot(third),
        Step.MANAGER: slot(fourth),
    }


def signal_ladder(
    at: datetime, *, minutes: tuple[int, ...], hours: Hours, is_workday: IsWorkday
) -> Mapping[Step, datetime]:
    """The same for what cannot wait: so many working minutes after it came (S4-49)."""
    return {
        step: add_work(at, timedelta(minutes=after), hours, is_workday)
        for step, after in zip(Step, minutes, strict=True)
    }


def push_hours(shift: Hours | None, policy: RemindersPolicy) -> Hours:
    """When somebody may be told what can wait: in the shift, else outside the quiet time."""
    return shift or Hours(policy.quiet_to, policy.quiet_from)


def room(cards: int, most: int) -> Room:
    """What becomes of the next card of somebody who had so many today; one is kept for the evening."""
    if cards < most - 2:
        return Room.CARD
    return Room.LAST if cards == most - 2 else Room.NONE


def idle_since(day: date, workdays: int, is_workday: IsWorkday) -> tuple[date, date]:
    """First day, and day after the last, of work that is so many whole workdays ago on a workday.

    Each day belongs to exactly one such stretch, so that a case is told of once.
    """
    first = workdays_before(day, workdays + 1, is_workday)
    return first, next_workday(first, is_workday)


def told_today(day: date, is_workday: IsWorkday) -> tuple[date, date]:
    """The days whose announcements are made on a workday: it and the rest days that follow, ends included."""
    return day, next_workday(day, is_workday) - timedelta(days=1)


def fallen_due(day: date, is_workday: IsWorkday) -> tuple[date, date]:
    """The days that are dealt with on a workday: it and the rest days before it, ends included."""
    return last_workday(day, is_workday) + timedelta(days=1), day


def snoozed_to(
    at: datetime, by: str, *, shift: Hours | None, policy: RemindersPolicy, is_workday: IsWorkday
) -> datetime:
    """To when a snooze button puts something off: some minutes, or the next workday's morning.

    Raises:
        ValueError: it is neither a number of minutes nor `tomorrow`.
    """
    if by != TOMORROW:
        return slot(at + timedelta(minutes=int(by)))
    day = next_workday(at.date(), is_workday)
    begins = policy.snooze_tomorrow_at
    if shift is not None:
        begins = max(begins, shift.starts_at)
    return datetime.combine(day, begins, tzinfo=at.tzinfo)
