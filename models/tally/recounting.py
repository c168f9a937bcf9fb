"""Counting anew: the tallies of some person-days, from the records, in the transaction that changed them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Integer,
    String,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Session

from models.base import find_rows, in_chunks, run, upsert_all
from models.tally.columns import month_of
from models.tally.sources import Source, Who, begins, one_person, rows_of, several, sources
from models.tally.tables import MonthTally, Tally
from models.tally.touching import TOUCHED

FEW = 3
"""So many people are asked about one by one, by statements that SQLite gets past SQLAlchemy."""
APART = timedelta(days=7)
"""Days that lie further apart are asked about separately."""
LOCKS = 4529
"""The family of the advisory locks of PostgreSQL: one for each person."""
DAY_KEYS = ("employee_id", "measure", "day", "entry_bucket")
MONTH_KEYS = ("employee_id", "measure", "month", "entry_bucket")

Key = tuple[int, str, date, int]
Amounts = tuple[int, int]
"""Value and count."""
NOTHING: Amounts = (0, 0)


@dataclass(frozen=True)
class Change:
    """A tally that was not what the records say."""

    employee_id: int
    measure: str
    day: date
    entry_bucket: int
    was: Amounts
    now: Amounts
    of_month: bool = False
    """Whether the days of a month were right, and only their sum was not."""

    @property
    def key(self) -> Key:
        """Which one: `day` is the first of the month where it is of a month."""
        return self.employee_id, self.measure, self.day, self.entry_bucket


def recount(session: Session) -> None:
    """Count anew whatever this transaction has touched; the last thing before it commits.

    On PostgreSQL a person's tallies are taken first: whoever has changed a record of the same person at the
    same moment waits, and then sees this record too. Nothing else is waited for after that.
    """
    session.flush()
    touched: Mapping[str, set[tuple[int, date]]] = session.info.pop(TOUCHED, {})
    if not touched:
        return
    _take(session, {person for pairs in touched.values() for person, _ in pairs})
    for name in sorted(touched):
        for first, last, people in _windows(touched[name]):
            _count(session, sources[name], people, first, last)


def count_anew(session: Session, people: Collection[int], first: date, last: date) -> Sequence[Change]:
    """Count everything of these people anew from one day to another, and add up their months.

    Returns what was not right before.
    """
    session.flush()
    _take(session, people)
    changes = [
        change for name in sorted(sources) for change in _count(session, sources[name], people, first, last)
    ]
    return [*changes, *_add_up(session, people)]


def _add_up(session: Session, people: Collection[int]) -> Sequence[Change]:
    """Let months be their days."""
    changes: list[Change] = []
    for some in in_chunks(people):
        days: Mapping[Key, Amounts] = _amounts(session.execute(_DAYS, {"people": some}))
        months: Mapping[Key, Amounts] = _amounts(session.execute(_MONTHS, {"people": some}))
        changes += _differences(months, days, of_month=True)
    rows = [
        {**dict(zip(MONTH_KEYS, one.key, strict=True)), "value": one.now[0], "count": one.now[1]}
        for one in changes
    ]
    upsert_all(session, MonthTally, MONTH_KEYS, rows)
    gone = [dict(zip(MONTH_KEYS, one.key, strict=True)) for one in changes if one.now == NOTHING]
    if gone:
        run(session.connection(), _DROP_MONTH, gone)
    return changes


def _differences(
    before: Mapping[Key, Amounts], now: Mapping[Key, Amounts], *, of_month: bool = False
) -> Sequence[Change]:
    return [
        Change(*key, before.get(key, NOTHING), now.get(key, NOTHING), of_month)
        for key in sorted({*now, *before})
        if now.get(key, NOTHING) != before.get(key, NOTHING)
    ]


def _amounts(rows: Iterable[Any]) -> Mapping[Key, Amounts]:
    return {
        (employee_id, measure, day, bucket): (int(value), int(count))
        for employee_id, measure, day, bucket, value, count in rows
        if value or count
    }


def _take(session: Session, people: Iterable[int]) -> None:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"family": LOCKS, "people": sorted(people)})


_LOCK = text(
    "SELECT pg_advisory_xact_lock(:family, one.id)"
    " FROM (SELECT unnest(CAST(:people AS integer[])) AS id ORDER BY 1) AS one"
)


def _windows(pairs: Collection[tuple[int, date]]) -> Iterator[tuple[date, date, Collection[int]]]:
    """The days in stretches without wide gaps, with the people touched in each."""
    ordered = sorted(pairs, key=lambda pair: pair[1])
    first = last = ordered[0][1]
    people: set[int] = set()
    for person, day in ordered:
        if day - last > APART:
            yield first, last, people
            first, people = day, set()
        last = day
        people.add(person)
    yield first, last, people


def _count(
    session: Session, source: Source, people: Collection[int], first: date, last: date
) -> Sequence[Change]:
    """Count a source anew and write what has changed, days and months."""
    now = _ask(session, _counted, source.name, people, first, last)
    before = _ask(session, _kept, source.name, people, first, last)
    changes = _differences(before, now)
    if changes:
        _write(session, changes)
    return changes


def _ask(
    session: Session, statement: Any, source: str, people: Collection[int], first: date, last: date
) -> Mapping[Key, Amounts]:
    days = {
        "first": first,
        "last": last,
        "first_at": begins(first),
        "end_at": _after(last),
    }
    if len(people) <= FEW:
        asked = [find_rows(session, statement(source, one_person), {**days, "person": one}) for one in people]
    else:
        asked = [
            session.execute(statement(source, several), {**days, "people": some}).all()
            for some in in_chunks(people)
        ]
    return _amounts(chain.from_iterable(asked))


def _after(day: date) -> datetime:
    return begins(day + timedelta(days=1))


@cache
def _counted(source: str, who: Who) -> Any:
    """What the records of a source add up to."""
    rows = rows_of(sources[source], who).c
    keys = (rows.employee_id, rows.measure, rows.day, rows.entry_bucket)
    value = func.sum(rows.value, type_=BigInteger)
    return select(*keys, value, func.sum(rows.count, type_=Integer)).group_by(*keys)


@cache
def _kept(source: str, who: Who) -> Any:
    """What is kept of a source; its names are written out, so that the index is used."""
    names = [literal_column(f"'{name}'", String) for name in sources[source].parts]
    columns = [getattr(Tally, name) for name in (*DAY_KEYS, "value", "count")]
    return select(*columns).where(
        who(Tally.employee_id),
        Tally.measure.in_(names),
        Tally.day.between(bindparam("first"), bindparam("last")),
    )


_DROP = delete(Tally).where(*(getattr(Tally, name) == bindparam(name) for name in DAY_KEYS))
_DROP_MONTH = delete(MonthTally).where(
    *(getattr(MonthTally, name) == bindparam(name) for name in MONTH_KEYS),
    MonthTally.value == 0,
    MonthTally.count == 0,
)


_PEOPLE: BindParameter[Sequence[int]] = bindparam("people", expanding=True)
_DAYS = (
    select(
        Tally.employee_id,
        Tally.measure,
        month_of(Tally.day).label("month"),
        Tally.entry_bucket,
        func.sum(Tally.value, type_=BigInteger),
        func.sum(Tally.count, type_=Integer),
    )
    .where(Tally.employee_id.in_(_PEOPLE))
    .group_by(Tally.employee_id, Tally.measure, literal_column("month"), Tally.entry_bucket)
)
_MONTHS = select(
    MonthTally.employee_id,
    MonthTally.measure,
    MonthTally.month,
    MonthTally.entry_bucket,
    MonthTally.value,
    MonthTally.count,
).where(MonthTally.employee_id.in_(_PEOPLE))


def _write(session: Session, changes: Sequence[Change]) -> None:
    rows, gone = [], []
    months: dict[Key, Amounts] = {}
    for one in changes:
        key = dict(zip(DAY_KEYS, one.key, strict=True))
        if one.now == NOTHING:
            gone.append(key)
        else:
            rows.append({**key, "value": one.now[0], "count": one.now[1]})
        month = (one.employee_id, one.measure, one.day.replace(day=1), one.entry_bucket)
        value, count = months.get(month, NOTHING)
        months[month] = value + one.now[0] - one.was[0], count + one.now[1] - one.was[1]
    upsert_all(session, Tally, DAY_KEYS, rows)
    connection = session.connection()
    if gone:
        run(connection, _DROP, gone)
    together = [
        {**dict(zip(MONTH_KEYS, key, strict=True)), "value": value, "count": count}
        for key, (value, count) in months.items()
        if value or count
    ]
    upsert_all(session, MonthTally, MONTH_KEYS, together, add=True)
    less = [
        dict(zip(MONTH_KEYS, key, strict=True))
        for key, (value, count) in months.items()
        if value < 0 or count < 0
    ]
    if less:
        run(connection, _DROP_MONTH, less)


def records(
    session: Session, person: int, part: str, first: date, last: date
) -> Sequence[tuple[date, int, int, int, int, int]]:
    """The records behind a tally of somebody: day, bucket, id, case, value and count of each."""
    source = next(one for one in sources.values() if part in one.parts)
    days = {"first": first, "last": last, "first_at": begins(first), "end_at": _after(last)}
    found = session.execute(_listed(source.name, part), {**days, "person": person})
    return [
        (day, bucket, id_, case_id, int(value), int(count))
        for day, bucket, id_, case_id, value, count in found
    ]


@cache
def _listed(source: str, part: str) -> Any:
    rows = rows_of(sources[source], one_person, part).c
    columns = (rows.day, rows.entry_bucket, rows.id, rows.case_id, rows.value, rows.count)
    return select(*columns).order_by(rows.day, rows.id, rows.count.desc())
