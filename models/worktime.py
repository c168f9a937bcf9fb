"""Working hours: how long something takes if only the hours of workdays count. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

IsWorkday = Callable[[date], bool]

HORIZON_DAYS = 400
"""So far ahead and back a workday is looked for."""


@dataclass(frozen=True)
class Hours:
    """The hours of a workday by the clock; an end at or before the start lies on the next day."""

    starts_at: time
    ends_at: time

    def on(self, day: date, like: datetime) -> tuple[datetime, datetime]:
        """Start and end on a day, in the time zone of `like`."""
        start = datetime.combine(day, self.starts_at, tzinfo=like.tzinfo)
        end = datetime.combine(day, self.ends_at, tzinfo=like.tzinfo)
        return start, end if end > start else end + timedelta(days=1)


class NoWorkday(Exception):
    """The calendar knows no workday for more than a year."""


def spans(moment: datetime, hours: Hours, is_workday: IsWorkday) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of work that end after a moment, in their order.

    Raises:
        NoWorkday: there is none for more than a year.
    """
    for number in range(-1, HORIZON_DAYS):
        day = moment.date() + timedelta(days=number)
        start, end = hours.on(day, moment)
        if end > moment and is_workday(day):
            yield start, end
    raise NoWorkday


def _spans_before(
    moment: datetime, hours: Hours, is_workday: IsWorkday
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of work that begin before a moment, latest first."""
    for number in range(HORIZON_DAYS):
        day = moment.date() - timedelta(days=number)
        start, end = hours.on(day, moment)
        if start < moment and is_workday(day):
            yield start, end
    raise NoWorkday


def next_working(moment: datetime, hours: Hours, is_workday: IsWorkday) -> datetime:
    """The moment itself if it is worked then, else the next start of work."""
    start, _ = next(spans(moment, hours, is_workday))
    return max(start, moment)


def is_working(moment: datetime, hours: Hours, is_workday: IsWorkday) -> bool:
    """Whether it is worked at a moment: the start counts, the end does not."""
    return next_working(moment, hours, is_workday) == moment


def add_work(moment: datetime, amount: timedelta, hours: Hours, is_workday: IsWorkday) -> datetime:
    """The moment by which so much work is done, or at which it began if the amount is negative.

    Four hours from 16:00 of a day that ends at 18:00 are 11:00 of the next workday that starts at 09:00;
    two hours are 18:00. Nothing at all is the moment itself.
    """
    if amount < timedelta(0):
        return _take_work(moment, -amount, hours, is_workday)
    if not amount:
        return moment
    for start, end in spans(moment, hours, is_workday):
        begin = max(start, moment)
        if amount <= end - begin:
            return begin + amount
        amount -= end - begin
    raise NoWorkday


def _take_work(moment: datetime, amount: timedelta, hours: Hours, is_workday: IsWorkday) -> datetime:
    for start, end in _spans_before(moment, hours, is_workday):
        finish = min(end, moment)
        if amount <= finish - start:
            return finish - amount
        amount -= finish - start
    raise NoWorkday


def work_between(first: datetime, last: datetime, hours: Hours, is_workday: IsWorkday) -> timedelta:
    """How much work lies from one moment to a later one."""
    total = timedelta(0)
    if last <= first:
        return total
    for start, end in spans(first, hours, is_workday):
        if start >= last:
            return total
        total += min(end, last) - max(start, first)
    raise NoWorkday


def next_workday(day: date, is_workday: IsWorkday) -> date:
    """The first workday after a day.

    Raises:
        NoWorkday: there is none for more than a year.
    """
    return _workday(day, 1, is_workday)


def last_workday(day: date, is_workday: IsWorkday) -> date:
    """The last workday before a day.

    Raises:
        NoWorkday: there is none for more than a year.
    """
    return _workday(day, -1, is_workday)


def workdays_before(day: date, count: int, is_workday: IsWorkday) -> date:
    """The workday that lies so many workdays before a day; 0 is the day itself."""
    for _ in range(count):
        day = last_workday(day, is_workday)
    return day


def workday_after(day: date, count: int, is_workday: IsWorkday) -> date:
    """The workday that lies so many workdays after a day; 0 is the day itself."""
    for _ in range(count):
        day = next_workday(day, is_workday)
    return day


def _workday(day: date, step: int, is_workday: IsWorkday) -> date:
    for number in range(1, HORIZON_DAYS):
        if is_workday(day + timedelta(days=step * number)):
            return day + timedelta(days=step * number)
    raise NoWorkday
