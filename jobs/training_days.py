"""The days of people: when they work, when something may be pushed to them, and until when they have."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from models import attendance
from models.calendar import WorkCalendar
from models.policy import Policy
from models.training.timing import DAY, Span, days_after, is_worked, next_within, nth_day_after, windows
from models.worktime import Hours, workday_after

AHEAD_DAYS = 21
"""So far ahead the days of people are looked at; beyond it the calendar counts."""


class Days:
    """What some people work around a moment: a few questions for all of them."""

    def __init__(
        self,
        session: Session,
        *,
        ids: Collection[int],
        at: datetime,
        policy: Policy,
        calendar: WorkCalendar,
        since: date | None = None,
    ) -> None:
        self.at, self._policy, self._calendar = at, policy, calendar
        self._first = min(at.date(), since or at.date()) - DAY
        self._last = at.date() + timedelta(days=AHEAD_DAYS)
        count = (self._last - self._first).days + 1
        days = [self._first + timedelta(days=number) for number in range(count)]
        self._duties = attendance.duties(session, ids, days, calendar=calendar, like=at)
        self._by_shift = set(attendance.shifts_of(session, ids, at.date()))
        self._by_shift.update(id_ for id_, _ in self._duties)
        begin, end = (
            datetime.combine(day, time(), tzinfo=at.tzinfo) for day in (days[0], days[-1] + 2 * DAY)
        )
        self._leave = attendance.away_between(session, ids, begin, end)
        reminders = policy.reminders
        self._usual = Hours(reminders.work_starts_at, reminders.work_ends_at)

    def duty(self, id_: int, day: date) -> Span | None:
        """What somebody works on a day; who has no shift at all works the usual hours of workdays."""
        found = self._duties.get((id_, day))
        if found is not None:
            return found.starts_at, found.ends_at
        if id_ not in self._by_shift and self._calendar.is_workday(day):
            return self._usual.on(day, self.at)
        return None

    def is_worked(self, id_: int, day: date) -> bool:
        """Whether somebody works on a day: it is no day off, no holiday and no day of leave."""
        duty = self.duty(id_, day)
        return duty is not None and is_worked(duty, self._leave.get(id_, ()))

    def windows(self, id_: int, day: date, *, urgent: bool = False) -> Sequence[Span]:
        """When somebody may be pushed to on a day; what is urgent may come all the time that they work."""
        duty = self.duty(id_, day)
        leave = self._leave.get(id_, ())
        if duty is None or not is_worked(duty, leave):
            return ()
        training = self._policy.training
        after, before = (
            timedelta(minutes=0 if urgent else minutes)
            for minutes in (training.push_from_minutes, training.push_until_minutes)
        )
        quiet = training.quiet_from, training.quiet_to
        return windows(duty, leave, after=after, before=before, quiet=quiet)

    def may_now(self, id_: int, *, urgent: bool = False) -> bool:
        """Whether something may be pushed to somebody at the moment."""
        return self.next_free(id_, urgent=urgent) == self.at

    def next_free(self, id_: int, *, urgent: bool = False, after: datetime | None = None) -> datetime:
        """When somebody may be pushed to next; far ahead, if nothing is known of when they work."""
        now = max(self.at, after or self.at)
        found = next_within(now, self._windows_from(id_, now.date() - DAY, urgent))
        return found or datetime.combine(self._last, time(), tzinfo=self.at.tzinfo)

    def _windows_from(self, id_: int, day: date, urgent: bool) -> Iterator[Span]:
        while day <= self._last + DAY:
            yield from self.windows(id_, day, urgent=urgent)
            day += DAY

    def tomorrow(self, id_: int, *, urgent: bool = False) -> datetime:
        """When somebody may be pushed to after today."""
        midnight = datetime.combine(self.at.date() + DAY, time(), tzinfo=self.at.tzinfo)
        return self.next_free(id_, urgent=urgent, after=midnight)

    def nth_day(self, id_: int, day: date, count: int) -> date:
        """The count-th day somebody works after a day: days of the calendar where theirs are not known."""
        found = nth_day_after(day, count, lambda one: one <= self._last and self.is_worked(id_, one))
        return found or workday_after(max(day, self._first), count, self._calendar.is_workday)

    def end_of(self, id_: int, day: date) -> datetime:
        """When the work of somebody ends on a day."""
        return (self.duty(id_, day) or self._usual.on(day, self.at))[1]

    def deadline(self, id_: int, day: date, count: int) -> datetime:
        """The end of the count-th day somebody works after a day."""
        return self.end_of(id_, self.nth_day(id_, day, count))

    def works_between(self, id_: int, first: date, last: date) -> int:
        """How many days somebody works after a day, up to and with another."""
        return sum(1 for day in days_after(first, lambda one: self.is_worked(id_, one)) if day <= last)
