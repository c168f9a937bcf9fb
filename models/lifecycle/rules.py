"""Pure decisions about joining, moving and leaving."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from models.handover.rules import IsWorkday, add_workdays


def step_due(
    starts_on: date,
    workdays: int,
    *,
    due_at: time,
    at: datetime,
    urgent_hours: int,
    is_workday: IsWorkday,
) -> datetime:
    """When a step is due: so many workdays from the start, at that time of day.

    One whose time has passed already is due `urgent_hours` from now.
    """
    start = datetime.combine(starts_on, due_at, tzinfo=at.tzinfo)
    due = add_workdays(start, workdays, is_workday)
    return due if due > at else at + timedelta(hours=urgent_hours)


def reason_of(word: str, words: Mapping[str, tuple[str, ...]]) -> str | None:
    """The reason that a word stands for; None if for none. 「因为薪资原因」 counts as well."""
    for reason, known in words.items():
        if word in known:
            return reason
    inside = [(len(one), reason) for reason, known in words.items() for one in known if one in word]
    return max(inside)[1] if inside else None


def age(since: datetime, at: datetime) -> tuple[int, int]:
    """How long something has been going on, as (days, hours)."""
    hours = max(0, int((at - since).total_seconds() // 3600))
    return hours // 24, hours % 24
