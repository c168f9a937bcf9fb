"""Pure decisions about shifts, lateness and locations."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True)
class Fix:
    """A location as reported: degrees, metres of accuracy, and the coordinate system it is in."""

    latitude: float
    longitude: float
    origin: str
    coord_type: str
    accuracy: float | None = None
    place: str | None = None


def work_day(at: datetime, starts_at: time, ends_at: time) -> date:
    """The day a moment belongs to: a night shift belongs to the day it starts (domain.md 6.3)."""
    overnight = ends_at <= starts_at
    if overnight and at.time() < ends_at:
        return at.date() - timedelta(days=1)
    return at.date()


def shift_start(day: date, starts_at: time, at: datetime) -> datetime:
    """The moment the shift of `day` starts, in the time zone of `at`."""
    return datetime.combine(day, starts_at, tzinfo=at.tzinfo)


def minutes_late(at: datetime, start: datetime, grace_minutes: int) -> int:
    """Whole minutes after the start; 0 within the grace (domain.md 6.3)."""
    late = int((at - start).total_seconds() // 60)
    return late if late > grace_minutes else 0


def reminder_due(start: datetime, minutes_before: int) -> datetime:
    """When the reminder for a shift that starts at `start` is due."""
    return start - timedelta(minutes=minutes_before)
