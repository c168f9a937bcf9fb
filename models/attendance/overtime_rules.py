"""Pure decisions about overtime: which stretch is asked for, what of it counts, and as which kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from models.attendance.request_rules import claimed
from models.attendance.rules import Duty
from models.attendance.tables import Way

Stretch = tuple[datetime, datetime]
"""From when to when."""


class OvertimeKind(StrEnum):
    """On which kind of day it was; what each is paid is no matter of this system."""

    WORKDAY = "workday"
    REST_DAY = "rest_day"
    HOLIDAY = "holiday"
    """A day of a published holiday, weekends inside it among them."""


def overtime_kind(*, works: bool, holiday: bool) -> OvertimeKind:
    """The kind of a day on which the person `works` a shift or not, and which may be one of a holiday."""
    if holiday:
        return OvertimeKind.HOLIDAY
    return OvertimeKind.WORKDAY if works else OvertimeKind.REST_DAY


def stretch_asked(duty: Duty | None, day: date, hours: tuple[time, time], like: datetime) -> Stretch:
    """The stretch that two times of day mean on a day, in the time zone of `like`.

    Of a workday only what comes after the shift (a flexible one: after its earliest end); the end may lie at
    or before the begin if nothing is left. An end at or before the begin is one of the next day.
    """
    begin, end = (
        datetime.combine(day, clock, tzinfo=like.tzinfo)
        if duty is None
        else claimed(duty, day, Way.OUT, clock)
        for clock in hours
    )
    if end <= begin:
        end += timedelta(days=1)
    if duty is None:
        return begin, end
    overnight = duty.ends_at.date() > day
    before_the_next = duty.ends_at + (duty.starts_at + timedelta(days=1) - duty.ends_at) / 2
    if end <= duty.starts_at or (overnight and begin >= before_the_next):
        return begin, begin
    return max(begin, duty.ends_at - timedelta(minutes=duty.flex_minutes)), end


def minutes_confirmed(asked: Stretch, borne_out: Stretch | None, least: int) -> int:
    """Whole minutes of what was asked for that the check-ins bear out; 0 below the least."""
    if borne_out is None:
        return 0
    begin, end = max(asked[0], borne_out[0]), min(asked[1], borne_out[1])
    minutes = int((end - begin).total_seconds() // 60)
    return minutes if minutes >= least else 0


@dataclass(frozen=True)
class Overtime:
    """Overtime that was asked for, and what the check-ins bear out of it."""

    request_id: int
    employee_id: int
    day: date
    kind: OvertimeKind
    begins_at: datetime
    ends_at: datetime
    approved: bool
    minutes: int
    """What counts of it: never more than was asked for, nor than the check-ins bear out."""
    waits_for_check_out: bool
    """Whether a check-out is missing, so that nothing can count yet."""


def minutes_by_kind(overtime: Iterable[Overtime]) -> dict[OvertimeKind, int]:
    """The approved minutes of each kind that there is any of."""
    found: dict[OvertimeKind, int] = {}
    for one in overtime:
        if one.approved and one.minutes:
            found[one.kind] = found.get(one.kind, 0) + one.minutes
    return {kind: found[kind] for kind in OvertimeKind if kind in found}
