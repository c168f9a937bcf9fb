"""Pure decisions about shifts and lateness."""

from datetime import date, datetime, time, timedelta


def work_day(at: datetime, starts_at: time, ends_at: time, early: timedelta) -> date:
    """The day a moment belongs to: a night shift belongs to the day it starts (domain.md 6.3).

    The shift whose hours, and `early` before them, hold the moment; of two the one that starts nearest.
    Outside all hours it is the calendar day.
    """
    length = timedelta(days=1) if ends_at <= starts_at else timedelta(0)
    near: list[tuple[timedelta, date]] = []
    for offset in (-1, 0, 1):
        day = at.date() + timedelta(days=offset)
        start = datetime.combine(day, starts_at, tzinfo=at.tzinfo)
        end = datetime.combine(day, ends_at, tzinfo=at.tzinfo) + length
        if start - early <= at < end:
            near.append((abs(at - start), day))
    return min(near)[1] if near else at.date()


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
