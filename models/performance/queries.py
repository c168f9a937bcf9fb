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
from typing import Any

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
from models.attendance import DayStatus, Mark
from models.base import find_rows, in_chunks
from models.calendar import WorkCalendar
from models.performance.catalogue import CATALOGUE, Measure, Over, Term
from models.performance.rules import Figure, figure, rounded
from models.policy import Policy
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
    live = any(one.live for one in wanted)
    attended = _attendance(session, people, days, at, policy, calendar) if live else {}
    found: dict[int, dict[str, Figure]] = {person: {} for person in people}
    for one in wanted:
        parts, whole = ([sums[term] for term in some] for some in (one.numerator, one.denominator))
        for person in found:
            found[person][one.code] = (
                figure(one.code, one.unit, *attended[person])
                if one.live
                else compose(
                    one, [amounts[person] for amounts in parts], [amounts[person] for amounts in whole]
                )
            )
    return found


def compose(measure: Measure, parts: Iterable[int], whole: Iterable[int]) -> Figure:
    """The figure of a measure, from what the terms of its numerator and its denominator amount to."""
    return figure(measure.code, measure.unit, sum(parts), sum(whole) if measure.denominator else None)


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
    session: Session, people: Collection[int], terms: Collection[Term], days: Days, bucket: int | None
) -> Mapping[Term, Mapping[int, int]]:
    """What each term amounts to for each person: one question."""
    amounts = _added_up(session, people, list(_ranges(terms, days)), bucket)
    found: dict[Term, Mapping[int, int]] = {}
    for term in terms:
        known = amounts.get((term.over, term.part), {})
        which = 0 if term.money else 1
        found[term] = {who: known.get(who, NOTHING)[which] for who in people}
        if term.over is Over.AVERAGE:
            before = amounts.get((Over.BEFORE, term.part), {})
            found[term] = {
                who: _mean(before.get(who, NOTHING)[1], count, days) for who, count in found[term].items()
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
    session: Session, people: Collection[int], ranges: Sequence[_Range], bucket: int | None
) -> Mapping[tuple[Over, str], Mapping[int, Amounts]]:
    asked = [one for one in ranges if one.first <= one.last]
    if not asked or not people:
        return {}
    shape = tuple(one.shape for one in asked)
    values: dict[str, Any] = {} if bucket is None else {"bucket": bucket}
    for number, one in enumerate(asked):
        values |= {f"first_{number}": one.first, f"last_{number}": one.last}
        if one.kind is _Kind.EVENINGS:
            values["after"] = one.last + timedelta(days=1)
    if len(people) == 1:
        statement = _question(shape, tally.one_person, bucket is not None)
        rows = find_rows(session, statement, {**values, "person": next(iter(people))})
    else:
        statement = _question(shape, tally.several, bucket is not None)
        rows = [
            row
            for some in in_chunks(people)
            for row in session.execute(statement, {**values, "people": some})
        ]
    found: dict[tuple[Over, str], dict[int, Amounts]] = defaultdict(dict)
    for use, who, part, value, count in rows:
        known = found[use, part]
        before = known.get(who, NOTHING)
        known[who] = before[0] + int(value), before[1] + int(count)
    return found


@cache
def _question(shape: tuple[_Shape, ...], who: tally.Who, of_bucket: bool) -> Any:
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
    return compose(made, map(amount, made.numerator), map(amount, made.denominator))


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
