"""Figures of people over some days, out of the tallies, and the very records that each was made from.

A figure and its records come from the same SELECTs (sources.py) and are put together in the same way
(`compose`): what differs is only whether the database has added the rows up before (docs/adr/0030).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Integer, String, bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from models import attendance, tally
from models.attendance import DayStatus, Mark
from models.base import in_chunks
from models.calendar import WorkCalendar
from models.performance.catalogue import CATALOGUE, Measure, Over, Term
from models.performance.rules import Figure, figure, rounded
from models.policy import Policy
from models.tally import MonthTally, Tally

Amounts = tuple[int, int]
"""Value (fen) and count."""
WHOLE = Decimal(1)
BEGINNING = date(2000, 1, 1)
"""There are no records of before."""


@dataclass(frozen=True)
class Record:
    """A row that a figure was made from."""

    part: str
    """What is counted (models/performance/sources.py)."""
    over: Over
    """Of which days it is."""
    id: int
    """Of its table; 0 where the day itself is the record."""
    case_id: int | None
    day: date
    entry_bucket: int
    value: int
    """Fen."""
    count: int


@dataclass(frozen=True)
class Days:
    """The days of a period, with what is known of each day's evening as far as `today`."""

    first: date
    last: date
    today: date

    @property
    def passed(self) -> date:
        """The last of them that is over."""
        return min(self.last, self.today - timedelta(days=1))

    @property
    def counted(self) -> date:
        """The last of them of which anybody can say what somebody held."""
        return min(self.last, self.today)

    def range_of(self, over: Over) -> tuple[date, date]:
        """From which to which day is looked for it."""
        if over is Over.BEFORE:
            return BEGINNING, self.first - timedelta(days=1)
        return self.first, self.passed if over is Over.PASSED else self.last


def figures(
    session: Session,
    people: Collection[int],
    first: date,
    last: date,
    *,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    measures: Collection[str] = tuple(CATALOGUE),
    bucket: int | None = None,
) -> Mapping[int, Mapping[str, Figure]]:
    """Person → measure → the figure from the first to the last day, as `at` can tell.

    `bucket`: only of cases that came in at it; measures that know no bucket are left out then. A handful of
    questions for any number of people, of as many rows as they have days or months, however many records.
    """
    wanted = [CATALOGUE[code] for code in measures]
    if bucket is not None:
        wanted = [one for one in wanted if one.by_bucket]
    days = Days(first, last, at.date())
    sums = _sums(session, people, {term for one in wanted for term in one.terms}, days, bucket)
    live = {one.code for one in wanted if one.live}
    attended = _attendance(session, people, days, at, policy, calendar) if live else {}
    return {
        person: {
            one.code: _figure(one, attended[person]) if one.live else compose(one, _amounts(sums, person))
            for one in wanted
        }
        for person in people
    }


def _amounts(sums: Mapping[tuple[int, Term], int], person: int) -> Callable[[Term], int]:
    return lambda term: sums.get((person, term), 0)


def compose(measure: Measure, amount: Callable[[Term], int]) -> Figure:
    """The figure of a measure, from what each of its terms amounts to."""
    parts = sum(amount(term) for term in measure.numerator)
    whole = sum(amount(term) for term in measure.denominator) if measure.denominator else None
    return figure(measure.code, measure.unit, parts, whole)


def _figure(measure: Measure, parts: Amounts) -> Figure:
    return figure(measure.code, measure.unit, *parts)


# --- out of the tallies ------------------------------------------------------------------------------


def _sums(
    session: Session, people: Collection[int], terms: Collection[Term], days: Days, bucket: int | None
) -> Mapping[tuple[int, Term], int]:
    """What each term amounts to for each person."""
    found: dict[tuple[int, Term], int] = {}
    by_over: dict[Over, set[Term]] = defaultdict(set)
    for term in terms:
        by_over[term.over].add(term)
    for over, some in by_over.items():
        parts = {term.part for term in some}
        first, last = days.range_of(over)
        if over is Over.AVERAGE:
            averages = _averages(session, people, parts, days, bucket)
            found |= {(who, term): averages.get((who, term.part), 0) for who in people for term in some}
            continue
        amounts = _added_up(session, people, parts, first, last, bucket)
        for who in people:
            for term in some:
                value, count = amounts.get((who, term.part), (0, 0))
                found[who, term] = value if term.money else count
    return found


def _added_up(
    session: Session,
    people: Collection[int],
    parts: Collection[str],
    first: date,
    last: date,
    bucket: int | None,
) -> Mapping[tuple[int, str], Amounts]:
    """Whole months out of the months, the days around them out of the days."""
    found: dict[tuple[int, str], Amounts] = {}
    if last < first:
        return found
    begins, ends = _whole_months(first, last)
    ranges: list[tuple[Any, date, date]] = []
    if begins < ends:
        ranges.append((MonthTally, begins, ends - timedelta(days=1)))
        ranges += [(Tally, first, begins - timedelta(days=1)), (Tally, ends, last)]
    else:
        ranges.append((Tally, first, last))
    for table, start, end in ranges:
        if start > end:
            continue
        statement = _added(table, tuple(sorted(parts)), bucket is not None)
        for some in in_chunks(people):
            values = {"people": some, "first": start, "last": end}
            for who, part, value, count in session.execute(
                statement, values if bucket is None else {**values, "bucket": bucket}
            ):
                before = found.get((who, part), (0, 0))
                found[who, part] = before[0] + int(value), before[1] + int(count)
    return found


def _whole_months(first: date, last: date) -> tuple[date, date]:
    """The first day of the first whole month within, and the day after the last one."""
    begins = first if first.day == 1 else _next_month(first)
    after = last + timedelta(days=1)
    return begins, after.replace(day=1)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


@cache
def _added(table: Any, parts: tuple[str, ...], of_bucket: bool) -> Any:
    """Made once for each choice of parts, whose names are written out so that the index is used."""
    day = table.month if table is MonthTally else table.day
    names = [literal_column(f"'{part}'", String) for part in parts]
    found = (
        select(
            table.employee_id,
            table.measure,
            func.sum(table.value, type_=BigInteger),
            func.sum(table.count, type_=Integer),
        )
        .where(
            table.employee_id.in_(bindparam("people", expanding=True)),
            table.measure.in_(names),
            day.between(bindparam("first"), bindparam("last")),
        )
        .group_by(table.employee_id, table.measure)
    )
    return found.where(table.entry_bucket == bindparam("bucket")) if of_bucket else found


def _averages(
    session: Session, people: Collection[int], parts: Collection[str], days: Days, bucket: int | None
) -> Mapping[tuple[int, str], int]:
    """What people held on the mean evening of the period, as far as it has come."""
    before = _added_up(session, people, parts, BEGINNING, days.first - timedelta(days=1), bucket)
    changes: dict[tuple[int, str], list[tuple[date, int]]] = defaultdict(list)
    if days.counted >= days.first:
        names = sorted(parts)
        for some in in_chunks(people):
            rows = select(Tally.employee_id, Tally.measure, Tally.day, func.sum(Tally.count, type_=Integer))
            rows = rows.where(
                Tally.employee_id.in_(some),
                Tally.measure.in_(names),
                Tally.day.between(days.first, days.counted),
            ).group_by(Tally.employee_id, Tally.measure, Tally.day)
            if bucket is not None:
                rows = rows.where(Tally.entry_bucket == bucket)
            for who, part, day, count in session.execute(rows):
                changes[who, part].append((day, int(count)))
    return {
        (who, part): average(before.get((who, part), (0, 0))[1], changes[who, part], days)
        for who in people
        for part in parts
    }


def average(before: int, changes: Iterable[tuple[date, int]], days: Days) -> int:
    """What was held on the mean evening from the first day on, to whole things, half up."""
    evenings = (days.counted - days.first).days + 1
    if evenings <= 0:
        return before
    total = before * evenings
    total += sum(count * ((days.counted - day).days + 1) for day, count in changes if day <= days.counted)
    return int(rounded(Fraction(total, evenings), WHOLE))


# --- attendance: nothing of it is stored that could go stale ------------------------------------------


def _attendance(
    session: Session,
    people: Collection[int],
    days: Days,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Mapping[int, Amounts]:
    """Shifts attended, and shifts that were to be attended: those of leave, and of today to come, are out."""
    asked = [days.first + timedelta(days=n) for n in range((days.counted - days.first).days + 1)]
    found = attendance.day_statuses(session, people, asked, at=at, policy=policy.checkin, calendar=calendar)
    return {person: _shifts(found[person]) for person in people}


def _shifts(statuses: Iterable[DayStatus]) -> Amounts:
    counted = [one for one in statuses if one.duty is not None and one.mark is not Mark.LEAVE]
    due = [one for one in counted if one.attended or one.mark is not Mark.PENDING]
    return sum(one.attended for one in due), len(due)


# --- the records -------------------------------------------------------------------------------------


def records_of(
    session: Session,
    person: int,
    measure: str,
    first: date,
    last: date,
    *,
    at: datetime,
    bucket: int | None = None,
) -> Mapping[Term, Sequence[Record]]:
    """Term → the very rows that the figure of a measure was made from, in the order of days.

    Of what somebody held before the period: only what they held still. A live measure has no rows of its own:
    `attendance.day_statuses` tells its days.
    """
    days = Days(first, last, at.date())
    return {
        term: _records(session, person, term, days, bucket)
        for term in dict.fromkeys(CATALOGUE[measure].terms)
    }


def figure_of(measure: str, records: Mapping[Term, Sequence[Record]], days: Days) -> Figure:
    """The figure that these records make: the same as that out of the tallies."""

    def amount(term: Term) -> int:
        rows = records[term]
        if term.over is Over.AVERAGE:
            before = sum(row.count for row in rows if row.day < days.first)
            return average(before, [(row.day, row.count) for row in rows if row.day >= days.first], days)
        return sum(row.value if term.money else row.count for row in rows)

    return compose(CATALOGUE[measure], amount)


def _records(session: Session, person: int, term: Term, days: Days, bucket: int | None) -> Sequence[Record]:
    if term.over is Over.AVERAGE:
        before = _records(session, person, Term(term.part, over=Over.BEFORE), days, bucket)
        within = _rows(session, person, term, days.first, days.counted, bucket)
        return [*before, *within]
    rows = _rows(session, person, term, *days.range_of(term.over), bucket)
    if term.over is not Over.BEFORE:
        return rows
    left: dict[int, int] = defaultdict(int)
    for row in rows:
        left[row.id] += row.count
    return [row for row in rows if left[row.id] and row.count > 0]


def _rows(
    session: Session, person: int, term: Term, first: date, last: date, bucket: int | None
) -> Sequence[Record]:
    found = tally.records(session, person, term.part, first, last)
    return [
        Record(term.part, term.over, id_, case_id or None, day, entry_bucket, value, count)
        for day, entry_bucket, id_, case_id, value, count in found
        if bucket is None or entry_bucket == bucket
    ]
