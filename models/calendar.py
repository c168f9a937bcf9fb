"""Workdays in China: the organisation's own overrides, the published calendar, then Monday to Friday."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


def _none(_day: date) -> bool:
    return False


@dataclass(frozen=True)
class WorkCalendar:
    """A value built at start-up; `published` answers for a day or raises NotImplementedError."""

    published: Callable[[date], bool]
    workdays: frozenset[date] = frozenset()
    rest_days: frozenset[date] = frozenset()
    is_holiday: Callable[[date], bool] = _none
    """Whether a day is one of a statutory holiday; False where none are published."""

    def is_workday(self, day: date) -> bool:
        """Whether people work on `day` (domain.md 6.1: overrides → calendar → Monday to Friday)."""
        if day in self.workdays:
            return True
        if day in self.rest_days:
            return False
        try:
            return self.published(day)
        except NotImplementedError:
            return day.weekday() < 5


def add_months(first: date, months: int) -> date:
    """The first day of the month that lies so many months later."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
