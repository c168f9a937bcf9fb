"""Pure decisions about what people ask for: which check-ins are wrong, and which moments can be right."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from models.attendance.rules import FAULTS, DayStatus, Duty, Mark
from models.attendance.tables import Way


def wrong_ends(status: DayStatus, now: datetime) -> list[Way]:
    """Which ends of a workday lack a check-in, or have one that is late or early.

    A day that is not over lacks nothing yet; who was late today may say so at once.
    """
    duty = status.duty
    if duty is None or Mark.LEAVE in status.marks:
        return []
    found = []
    if status.minutes_late or (status.first_in is None and now >= duty.ends_at and _faulty(status)):
        found.append(Way.IN)
    gone = status.last_out is None and set(status.marks) & {Mark.MISSING_OUT, Mark.ABSENT}
    if duty.needs_out and now >= duty.ends_at and (status.minutes_early or gone):
        found.append(Way.OUT)
    return found


def _faulty(status: DayStatus) -> bool:
    return any(mark in FAULTS for mark in status.marks)


def claimed(duty: Duty, day: date, way: Way, clock: time | None) -> datetime:
    """The moment a correction is about: the start or the end of the duty unless another time is said.

    A time before the start of a duty that ends on the next day is that of the next day.
    """
    if clock is None:
        return duty.starts_at if way is Way.IN else duty.ends_at
    moment = datetime.combine(day, clock, tzinfo=duty.starts_at.tzinfo)
    overnight = duty.ends_at.date() > day and moment <= duty.starts_at
    return moment + timedelta(days=1) if way is Way.OUT and overnight else moment


def fits(
    duty: Duty, way: Way, moment: datetime, other: datetime | None, early: timedelta, after: timedelta
) -> bool:
    """Whether a check-in can have been at a moment; `other` is the other end of the day."""
    if way is Way.IN:
        return duty.starts_at - early <= moment < duty.ends_at and (other is None or moment < other)
    return duty.starts_at < moment <= duty.ends_at + after and (other is None or moment > other)


def last_day_for(day: date, workdays: int, is_workday: Callable[[date], bool]) -> date:
    """The last day on which something of `day` can still be asked for."""
    left = workdays
    while left:
        day += timedelta(days=1)
        left -= is_workday(day)
    return day
