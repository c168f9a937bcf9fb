"""Figures of people over some days, out of the tallies, and the very records that each was made from.

A figure and its records come from the same SELECTs (sources.py) and are put together in the same way
(`compose`): what differs is only whether the database has added the rows up before (docs/adr/0030).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    String,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from models import attendance, tally
from models.base import find_rows
from models.calendar import WorkCalendar
from models.performance.catalogue import CATALOGUE, Measure, Over, Term
from models.performance.rules import Figure, figure, rounded
from models.tally import MonthTally, Tally

Amounts = tuple[int, int]
"""Value (fen) and count."""
NOTHING: Amounts = (0, 0)
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
        if over is Over.UNTIL:
            return BEGINNING, self.last
        return self.first, self.passed if over is Over.PASSED else self.last


def figures(
    session: Session,
    people: Collection[int],
    first: date,
    last: date,
    *,
    at: datetime,
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
    live = any(one.live for one in wanted)
    attended = _attendance(session, people, days, at, calendar) if live else {}
    found: dict[int, dict[str, Figure]] = {person: {} for person in people}
    for one in wanted:
        if one.live:
            for person, own in found.items():
                own[one.code] = figure(one.code, one.unit, *attended[person])
            continue
        parts, whole = (_together([sums[term] for term in some]) for some in (one.numerator, one.denominator))
        for person, own in found.items():
            own[one.code] = compose(one, parts.get(person, 0), whole.get(person, 0))
    return found


def mixes(
    session: Session,
    people: Collection[int],
    first: date,
    last: date,
    *,
    at: datetime,
    measures: Collection[str],
) -> Mapping[str, Mapping[tuple[int, int], int]]:
    """Measure → (person, entry bucket) → what its figure of that bucket alone is divided by: one question.

    What is not there is nothing. All of them must be known by bucket, and count only the days of the period
    and what was there before it.
    """
    days = Days(first, last, at.date())
    terms = {term for code in measures for term in CATALOGUE[code].denominator}
    sums = _sums(session, people, terms, days, None, by_bucket=True)
    return {code: _together([sums[term] for term in CATALOGUE[code].denominator]) for code in measures}


K = TypeVar("K", int, tuple[int, int])


def _together(some: Sequence[Mapping[K, int]]) -> Mapping[K, int]:
    """The sum of several terms, by person, or by person and bucket."""
    if len(some) == 1:
        return some[0]
    found: dict[K, int] = defaultdict(int)
    for amounts in some:
        for person, amount in amounts.items():
            found[person] += amount
    return found


def compose(measure: Measure, parts: int, whole: int) -> Figure:
    """The figure of a measure, from what the terms of its numerator and its denominator amount to."""
    return figure(measure.code, measure.unit, parts, whole if measure.denominator else None)


# --- out of the tallies ------------------------------------------------------------------------------


class _Kind(StrEnum):
    """What is added up."""

    DAYS = "days"
    MONTHS = "months"
    EVENINGS = "evenings"
    """Days, each as often as there are evenings left."""


@dataclass(frozen=True)
class _Range:
    """Some parts, from one day to another, for one use."""

    use: Over
    kind: _Kind
    parts: tuple[str, ...]
    first: date
    last: date

    @property
    def shape(self) -> "_Shape":
        """The same without the days."""
        return self.use, self.kind, self.parts


_Shape = tuple[Over, _Kind, tuple[str, ...]]


def _sums(
    session: Session,
    people: Collection[int],
    terms: Collection[Term],
    days: Days,
    bucket: int | None,
    *,
    by_bucket: bool = False,
) -> Mapping[Term, Mapping[Any, int]]:
    """What each term amounts to for each person, or each (person, bucket): one question.

    Who is not there has nothing.
    """
    amounts = _added_up(session, people, list(_ranges(terms, days)), bucket, by_bucket)
    found: dict[Term, Mapping[Any, int]] = {}
    for term in terms:
        known = amounts.get((term.over, term.part), {})
        which = 0 if term.money else 1
        found[term] = {who: both[which] for who, both in known.items()}
        if term.over is Over.AVERAGE:
            before = amounts.get((Over.BEFORE, term.part), {})
            found[term] = {
                who: _mean(before.get(who, NOTHING)[1], known.get(who, NOTHING)[1], days)
                for who in {**before, **known}
            }
    return found


def _ranges(terms: Collection[Term], days: Days) -> Iterator[_Range]:
    """Whole months out of the months, the days around them out of the days."""
    by_over: dict[Over, set[str]] = defaultdict(set)
    for term in terms:
        by_over[term.over].add(term.part)
        if term.over is Over.AVERAGE:
            by_over[Over.BEFORE].add(term.part)
    for over, some in by_over.items():
        parts = tuple(sorted(some))
        if over is Over.AVERAGE:
            yield _Range(over, _Kind.EVENINGS, parts, days.first, days.counted)
            continue
        first, last = days.range_of(over)
        begins, ends = _whole_months(first, last)
        if begins < ends:
            yield _Range(over, _Kind.MONTHS, parts, begins, ends - timedelta(days=1))
            yield _Range(over, _Kind.DAYS, parts, first, begins - timedelta(days=1))
            yield _Range(over, _Kind.DAYS, parts, ends, last)
        else:
            yield _Range(over, _Kind.DAYS, parts, first, last)


def _whole_months(first: date, last: date) -> tuple[date, date]:
    """The first day of the first whole month within, and the day after the last one."""
    begins = first if first.day == 1 else (first.replace(day=1) + timedelta(days=31)).replace(day=1)
    return begins, (last + timedelta(days=1)).replace(day=1)


def _added_up(
    session: Session,
    people: Collection[int],
    ranges: Sequence[_Range],
    bucket: int | None,
    by_bucket: bool,
) -> Mapping[tuple[str, str], Mapping[Any, Amounts]]:
    asked = [one for one in ranges if one.first <= one.last]
    if not asked or not people:
        return {}
    shape = tuple(one.shape for one in asked)
    values: dict[str, Any] = {} if bucket is None else {"bucket": bucket}
    for number, one in enumerate(asked):
        values |= {f"first_{number}": one.first, f"last_{number}": one.last}
        if one.kind is _Kind.EVENINGS:
            values["after"] = one.last + timedelta(days=1)
    single = len(people) == 1
    who = tally.one_person if single else tally.several
    whom = {"person": next(iter(people))} if single else {"people": list(people)}
    statement = _question(shape, who, bucket is not None, by_bucket)
    found: dict[tuple[str, str], dict[Any, Amounts]] = defaultdict(dict)
    for use, employee_id, part, value, count, *apart in find_rows(session, statement, {**values, **whom}):
        known = found[use, part]
        key = (employee_id, apart[0]) if by_bucket else employee_id
        before = known.get(key)
        known[key] = (
            (int(value), int(count)) if before is None else (before[0] + int(value), before[1] + int(count))
        )
    return found


@cache
def _question(shape: tuple[_Shape, ...], who: tally.Who, of_bucket: bool, by_bucket: bool) -> Any:
    """Made once for each shape; names are written out so that the index is used."""
    selects = []
    for number, (use, kind, parts) in enumerate(shape):
        table: Any = MonthTally if kind is _Kind.MONTHS else Tally
        day = table.month if kind is _Kind.MONTHS else table.day
        names: list[ColumnElement[str]] = [literal_column(f"'{part}'", String) for part in parts]
        count = table.count
        if kind is _Kind.EVENINGS:
            count = count * tally.days_until(day, bindparam("after", type_=Date))
        rows = (
            select(
                literal_column(f"'{use}'", String).label("use"),
                table.employee_id,
                table.measure,
                func.sum(table.value, type_=BigInteger).label("value"),
                func.sum(count, type_=Integer).label("count"),
            )
            .where(
                who(table.employee_id),
                table.measure.in_(names),
                day.between(bindparam(f"first_{number}"), bindparam(f"last_{number}")),
            )
            .group_by(table.employee_id, table.measure)
        )
        if by_bucket:
            rows = rows.add_columns(table.entry_bucket).group_by(table.entry_bucket)
        if of_bucket:
            rows = rows.where(table.entry_bucket == bindparam("bucket"))
        selects.append(rows)
    return select(*union_all(*selects).subquery().c)


def average(before: int, changes: Iterable[tuple[date, int]], days: Days) -> int:
    """What was held on the mean evening from the first day on, to whole things, half up."""
    counted = (count * ((days.counted - day).days + 1) for day, count in changes if day <= days.counted)
    return _mean(before, sum(counted), days)


def _mean(before: int, since: int, days: Days) -> int:
    evenings = (days.counted - days.first).days + 1
    if evenings <= 0:
        return before
    return int(rounded(Fraction(before * evenings + since, evenings), WHOLE))


# --- attendance: nothing of the schedule is stored that could go stale ---------------------------------

_ATTENDED = (
    select(Tally.employee_id, tally.days_set(Tally.day))
    .where(
        tally.several(Tally.employee_id),
        Tally.measure == literal_column("'attended'", String),
        Tally.day.between(bindparam("first"), bindparam("last")),
    )
    .group_by(Tally.employee_id)
)


def _attendance(
    session: Session, people: Collection[int], days: Days, at: datetime, calendar: WorkCalendar
) -> Mapping[int, Amounts]:
    """Shifts attended, and shifts that were to be attended: those of leave, and of today to come, are out."""
    found = dict.fromkeys(people, NOTHING)
    first = days.first
    while first <= days.counted:
        last = min(days.counted, first + timedelta(days=tally.MOST_DAYS - 1))
        values = {"people": list(people), "first": first, "last": last}
        came = {**dict.fromkeys(people, 0), **dict(map(tuple, find_rows(session, _ATTENDED, values)))}
        shifts = attendance.shifts_attended(session, came, first, last, at=at, calendar=calendar)
        for person, (attended, due) in shifts.items():
            before = found[person]
            found[person] = before[0] + attended, before[1] + due
        first = last + timedelta(days=1)
    return found


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

    Of what somebody held before the period, and of what stands there at its end: only what is left. A live
    measure has no rows of its own: `attendance.day_statuses` tells its days.
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

    made = CATALOGUE[measure]
    return compose(made, sum(map(amount, made.numerator)), sum(map(amount, made.denominator)))


def _records(session: Session, person: int, term: Term, days: Days, bucket: int | None) -> Sequence[Record]:
    if term.over is Over.AVERAGE:
        before = _records(session, person, Term(term.part, over=Over.BEFORE), days, bucket)
        within = _rows(session, person, term, days.first, days.counted, bucket)
        return [*before, *within]
    rows = _rows(session, person, term, *days.range_of(term.over), bucket)
    if term.over not in (Over.BEFORE, Over.UNTIL):
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
