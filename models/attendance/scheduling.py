"""How many shifts people were to work and worked, for figures of many people over many days.

A stretch of days is a number whose bit n is its n-th day (`tally.days_set`), so that people's days are put
together without going through them; `duties` and `day_statuses` say the same of each day in its moments,
which is worked out here only for the few days where moments matter.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models.attendance.duties import ShiftTimes
from models.attendance.queries import away_between
from models.attendance.rules import Duty, left_of
from models.attendance.tables import RosterEntry, Shift, ShiftAssignment, ShiftHours
from models.base import among, find_rows
from models.calendar import WorkCalendar
from models.tally import MOST_DAYS, days_set

DAY = timedelta(days=1)
Shifts = tuple[int, int]
"""Attended, and to be attended."""

_DAYS = RosterEntry.day.between(bindparam("first"), bindparam("last"))
_ASSIGNED = (
    select(
        ShiftAssignment.employee_id,
        ShiftAssignment.since,
        ShiftAssignment.by_roster,
        ShiftAssignment.shift_id,
    )
    .where(among(ShiftAssignment.employee_id))
    .order_by(ShiftAssignment.employee_id, ShiftAssignment.since)
)
_NAMED = (
    select(RosterEntry.employee_id, RosterEntry.shift_id.is_not(None), days_set(RosterEntry.day))
    .where(among(RosterEntry.employee_id), _DAYS)
    .group_by(RosterEntry.employee_id, RosterEntry.shift_id.is_not(None))
)
_ROSTER = select(RosterEntry.employee_id, RosterEntry.day, RosterEntry.shift_id).where(
    among(RosterEntry.employee_id), _DAYS
)
_HOURS = select(Shift, ShiftHours).join(ShiftHours).order_by(ShiftHours.since.desc())


@dataclass(frozen=True)
class Stretch:
    """Days one after the other, at most `MOST_DAYS`."""

    first: date
    last: date

    def bit(self, day: date) -> int:
        """A day of them; 0 if it is none."""
        return 1 << (day - self.first).days if self.first <= day <= self.last else 0

    def from_on(self, day: date) -> int:
        """That day and all after it."""
        length = (self.last - self.first).days + 1
        whole = (1 << length) - 1
        gone = min(max((day - self.first).days, 0), length)
        return whole >> gone << gone

    def days(self, some: int) -> Iterator[date]:
        """The days of a number."""
        while some:
            lowest = some & -some
            yield self.first + timedelta(days=lowest.bit_length() - 1)
            some ^= lowest


def shifts_attended(
    session: Session,
    attended: Mapping[int, int],
    first: date,
    last: date,
    *,
    at: datetime,
    calendar: WorkCalendar,
) -> Mapping[int, Shifts]:
    """Person → shifts attended and shifts that were to be attended, as far as `at` can tell.

    `attended` says of each person on which days they were at work. Shifts that are leave as a whole are out,
    and so are those that are not over and were not attended yet. At most `MOST_DAYS` days; a handful of
    questions for any number of people.
    """
    days = Stretch(first, last)
    assert days.from_on(first).bit_length() <= MOST_DAYS
    schedule = _Schedule(session, list(attended), days, at, calendar)
    away = away_between(session, attended, _begin(first, at), _begin(last + 2 * DAY, at))
    running = days.bit(at.date()) | days.bit(at.date() - DAY)
    found, unsure = dict[int, Shifts](), dict[int, int]()
    for person, came in attended.items():
        due = schedule.worked(person)
        doubtful = due & running & ~came
        for begin, end in away.get(person, ()):
            doubtful |= due & days.from_on(begin.date() - DAY) & ~days.from_on(end.date() + DAY)
        if doubtful:
            unsure[person] = doubtful
        found[person] = (came & due).bit_count(), due.bit_count()
    for (person, day), duty in schedule.duties(unsure).items():
        left = left_of(duty, away.get(person, ()))
        came = bool(attended[person] & days.bit(day))
        if left is None or (not came and at < left.ends_at):
            worked, due = found[person]
            found[person] = worked - came, due - 1
    return found


class _Schedule:
    """Who works when: `duties`, as far as days go."""

    def __init__(
        self,
        session: Session,
        people: Sequence[int],
        days: Stretch,
        at: datetime,
        calendar: WorkCalendar,
    ) -> None:
        self._session, self._days, self._at = session, days, at
        self._workdays = _workdays(calendar, days)
        values = {"people": people, "first": days.first, "last": days.last}
        self._assigned: dict[int, list[tuple[date, bool, int]]] = defaultdict(list)
        for person, *assigned in find_rows(session, _ASSIGNED, values):
            self._assigned[person].append(tuple(assigned))
        self._on, self._off = dict[int, int](), dict[int, int]()
        for person, works, some in find_rows(session, _NAMED, values):
            (self._on if works else self._off)[person] = some
        self._known: dict[tuple[tuple[date, bool, int], ...], int] = {}

    def worked(self, person: int) -> int:
        """The days on which somebody has a duty."""
        assigned = tuple(self._assigned.get(person, ()))
        days = self._known.get(assigned)
        if days is None:
            days = self._known[assigned] = self._by_shift(assigned)
        return (days & ~self._off.get(person, 0)) | self._on.get(person, 0)

    def _by_shift(self, assigned: Sequence[tuple[date, bool, int]]) -> int:
        found = 0
        for since, by_roster, _ in assigned:
            begun = self._days.from_on(since)
            found = found & ~begun if by_roster else found | begun
        return found & self._workdays

    def duties(self, some: Mapping[int, int]) -> Mapping[tuple[int, date], Duty]:
        """What people work on some days on which they have a duty."""
        if not some:
            return {}
        together = 0
        for days in some.values():
            together |= days
        listed = list(self._days.days(together))
        named: dict[tuple[int, date], int] = {}
        if any(days & self._on.get(person, 0) for person, days in some.items()):
            values = {"people": list(some), "first": listed[0], "last": listed[-1]}
            rows = find_rows(self._session, _ROSTER, values)
            named = {(person, day): shift for person, day, shift in rows}
        times = _times(self._session)
        known: dict[tuple[int, date], Duty] = {}
        found: dict[tuple[int, date], Duty] = {}
        for person, days in some.items():
            for day in self._days.days(days):
                shift = named.get((person, day)) or self._shift(person, day)
                duty = known.get((shift, day))
                if duty is None:
                    hours = next(hours for since, hours in times[shift] if since <= day)
                    duty = known[shift, day] = hours.on(day, self._at)
                found[person, day] = duty
        return found

    def _shift(self, person: int, day: date) -> int:
        return next(shift for since, _, shift in reversed(self._assigned[person]) if since <= day)


def _times(session: Session) -> Mapping[int, Sequence[tuple[date, ShiftTimes]]]:
    """Shift → its hours with the day from which they hold, the newest first."""
    found: dict[int, list[tuple[date, ShiftTimes]]] = defaultdict(list)
    for shift, hours in find_rows(session, _HOURS, {}):
        found[shift.id].append((hours.since, ShiftTimes.of(shift, hours)))
    return found


@lru_cache(maxsize=64)
def _workdays(calendar: WorkCalendar, days: Stretch) -> int:
    return sum(days.bit(day) for day in days.days(days.from_on(days.first)) if calendar.is_workday(day))


def _begin(day: date, like: datetime) -> datetime:
    return datetime.combine(day, time(), tzinfo=like.tzinfo)
