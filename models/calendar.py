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
    holidays: frozenset[date] = frozenset()
    """Holidays that the organisation knows of, rest days all; what it says of a day counts first."""
    is_holiday: Callable[[date], bool] = _none
    """Whether a day is one of a statutory holiday; False where nobody says anything of it."""

    def is_workday(self, day: date) -> bool:
        """Whether people work on `day` (domain.md 6.1: overrides → calendar → Monday to Friday)."""
        if day in self.workdays:
            return True
        if day in self.rest_days or day in self.holidays:
            return False
        try:
            return self.published(day)
        except NotImplementedError:
            return day.weekday() < 5

    def is_day_of_holiday(self, day: date) -> bool:
        """Whether a day off belongs to a holiday; a day that the organisation works does not."""
        if self.is_workday(day) or day in self.rest_days:
            return False
        return self.is_holiday(day)

    def says_nothing_of(self, day: date) -> bool:
        """Whether neither the organisation nor the published calendar says anything of the year of a day."""
        if any(one.year == day.year for one in (*self.workdays, *self.rest_days, *self.holidays)):
            return False
        try:
            self.published(day)
        except NotImplementedError:
            return True
        return False

    def unpublished(self, first: date, last: date) -> int | None:
        """The first year of these days of which nothing is known, if there is one."""
        years = range(first.year, last.year + 1)
        return next((year for year in years if self.says_nothing_of(date(year, 1, 1))), None)


def add_months(first: date, months: int) -> date:
    """The first day of the month that lies so many months later."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
