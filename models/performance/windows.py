"""The days that a figure is about, and those before that it is compared with."""

from dataclasses import dataclass
from datetime import date, timedelta

from models.calendar import add_months

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """From the first to the last day, both included."""

    first: date
    last: date

    @property
    def months(self) -> int:
        """How many whole months it is; 0 if it begins or ends within one."""
        after = self.last + DAY
        if self.first.day != 1 or after.day != 1:
            return 0
        return (after.year - self.first.year) * 12 + after.month - self.first.month

    def runs(self, today: date) -> bool:
        """Whether it is not over yet."""
        return self.last >= today

    def until(self, today: date) -> date:
        """Its last day that has begun."""
        return max(min(self.last, today), self.first)

    def before(self, today: date) -> "Window":
        """The same length before it; of one that is not over, as many days of that as have begun."""
        days = (self.until(today) - self.first).days
        if not self.months:
            first = self.first - (self.last - self.first) - DAY
            return Window(first, first + timedelta(days=days))
        first = add_months(self.first, -self.months)
        last = self.first - DAY
        return Window(first, min(first + timedelta(days=days), last) if self.runs(today) else last)


def month_of(day: date) -> Window:
    """The month of a day."""
    first = day.replace(day=1)
    return Window(first, add_months(first, 1) - DAY)
