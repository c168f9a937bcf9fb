"""Figures of performance: what they cost with 1,000,000 records of 200 people, beside 10,000 records.

Beside both stands what a plain aggregate over the raw table costs in the same run.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from benchmarks.company import settings_in
from benchmarks.table import Figure, percentile
from bot.app import keyring
from bot.database import Database
from bot.migrations import migrate
from bot.policy import load_policy, work_calendar
from models import cases, performance, staff, tally
from models.base import SHANGHAI
from models.calendar import WorkCalendar
from models.cases import Assignment, AssignmentCause, Case, CaseStatus, Payment
from models.contact import Debtor
from models.policy import Policy
from models.secrecy import Keyring
from models.staff import Employee, Post, Role
from tests.servers import postgresql

NOW = datetime(2026, 12, 15, 9, tzinfo=SHANGHAI)
MONTH = (date(2026, 11, 1), date(2026, 11, 30))
PART = (date(2026, 11, 5), date(2026, 12, 4))
"""Thirty days that are no whole month: they are added up from the days."""
PEOPLE, BUCKETS = 200, 4
FEW = 10_000
ROUNDS = 100
MOST_SECONDS, MOST = 0.020, 2.0
BATCH = 20
"""So many people's tallies are counted in one transaction."""


@dataclass(frozen=True)
class Asking:
    """An installation with so many records."""

    database: Database
    people: Sequence[int]
    policy: Policy
    calendar: WorkCalendar


Question = Callable[[Session, Asking, int], object]
"""(session, installation, number of the round)"""


def measure(folder: Path, records: int) -> Iterator[Figure]:
    """Each question on SQLite and on PostgreSQL."""
    settings = settings_in(folder / "performance")
    keys = keyring(settings)
    urls = [f"sqlite:///{folder / 'performance' / size}.db" for size in ("small", "large")]
    yield from _compare("SQLite", urls[0], urls[1], keys, records)
    with postgresql() as small, postgresql() as large:
        yield from _compare("PostgreSQL", small, large, keys, records)


def _compare(name: str, small: str, large: str, keys: Keyring | None, records: int) -> Iterator[Figure]:
    few, many = _prepare(small, keys, FEW), _prepare(large, keys, records)
    for question, (ask, raw) in QUESTIONS.items():
        taken: dict[str, list[float]] = {"few": [], "many": [], "raw": []}
        with few.database.reading() as one, many.database.reading() as other:
            for number in range(-5, ROUNDS):
                pairs = ((one, few, ask, "few"), (other, many, ask, "many"), (other, many, raw, "raw"))
                for session, asking, what, kind in pairs:
                    if kind == "raw" and number > ROUNDS // 4:
                        continue
                    seconds = _once(session, what, asking, number)
                    if number >= 0:
                        taken[kind].append(seconds)
        p95 = percentile(taken["many"], 0.95)
        yield _line(f"{question} on {name}, p95", p95, "", None, "< 20 ms", p95 < MOST_SECONDS)
        middle, base = statistics.median(taken["many"]), statistics.median(taken["few"])
        met = middle <= MOST * base
        beside = f"{FEW:,} records"
        yield _line(f"{question} on {name}, median", middle, beside, base, f"≤ {MOST:.0f}×", met)
        plain = statistics.median(taken["raw"])
        yield _line(f"the same by a plain aggregate on {name}", plain, "with tallies", middle)
    yield _line(f"recount of one person-day on {name}, median", *_recounts(many, few))
    for asking in (few, many):
        asking.database.close()


def _line(
    name: str,
    seconds: float,
    baseline: str = "",
    base: float | None = None,
    floor: str = "",
    met: bool | None = None,
) -> Figure:
    return Figure(f"performance: {name}", seconds * 1e3, "ms", baseline, base and base * 1e3, floor, met)


def _once(session: Session, ask: Question, asking: Asking, number: int) -> float:
    session.expunge_all()
    start = time.perf_counter()
    ask(session, asking, number)
    return time.perf_counter() - start


def _recounts(many: Asking, few: Asking) -> tuple[float, str, float]:
    """What a transaction pays that has changed a payment of one person."""
    found = []
    for asking in (many, few):
        taken = []
        for number in range(ROUNDS // 2):
            with asking.database.writing() as session:
                tally.touch(session, "payments", [(asking.people[number % PEOPLE], MONTH[0])])
                start = time.perf_counter()
                tally.recount(session)
                taken.append(time.perf_counter() - start)
        found.append(statistics.median(taken))
    return found[0], f"{FEW:,} records", found[1]


# --- the questions -----------------------------------------------------------------------------------


def _mine(session: Session, asking: Asking, number: int) -> object:
    return _figures(session, asking, [asking.people[number % PEOPLE]], MONTH)


def _my_days(session: Session, asking: Asking, number: int) -> object:
    return _figures(session, asking, [asking.people[number % PEOPLE]], PART)


def _ranking(session: Session, asking: Asking, _number: int) -> object:
    return _figures(session, asking, asking.people, MONTH, "recovery_rate_amount")


def _ranking_of_days(session: Session, asking: Asking, _number: int) -> object:
    return _figures(session, asking, asking.people, PART, "recovery_rate_amount")


def _figures(
    session: Session, asking: Asking, people: Sequence[int], days: tuple[date, date], *measures: str
) -> object:
    return performance.figures(
        session,
        people,
        *days,
        at=NOW,
        policy=asking.policy,
        calendar=asking.calendar,
        measures=measures or tuple(performance.CATALOGUE),
    )


def _raw(people: Callable[[Asking, int], Sequence[int]], days: tuple[date, date]) -> Question:
    def ask(session: Session, asking: Asking, number: int) -> object:
        begin, end = (datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) for day in days)
        return session.execute(
            select(Payment.credited_to_id, func.sum(Payment.amount), func.count())
            .where(
                Payment.credited_to_id.in_(people(asking, number)),
                Payment.posted_at >= begin,
                Payment.posted_at < end,
            )
            .group_by(Payment.credited_to_id)
        ).all()

    return ask


def _one(asking: Asking, number: int) -> Sequence[int]:
    return [asking.people[number % PEOPLE]]


def _all(asking: Asking, _number: int) -> Sequence[int]:
    return asking.people


QUESTIONS: Mapping[str, tuple[Question, Question]] = {
    "my performance, a month, all measures": (_mine, _raw(_one, MONTH)),
    "my performance, thirty days, all measures": (_my_days, _raw(_one, PART)),
    "ranking of 200, a month": (_ranking, _raw(_all, MONTH)),
    "ranking of 200, thirty days": (_ranking_of_days, _raw(_all, PART)),
}


# --- the installation --------------------------------------------------------------------------------


def _prepare(url: str, keys: Keyring | None, records: int) -> Asking:
    """So many records over a year: three fifths payments, the rest calls; made inside the database."""
    migrate(url)
    database = Database(url, keys)
    policy = load_policy()
    with database.writing() as session:
        people = _company(session)
        _cases(session, people)
        _records(session, records, sqlite=database.sqlite)
    for first in range(0, PEOPLE, BATCH):
        with database.writing() as session:
            tally.count_anew(session, people[first : first + BATCH], date(2026, 1, 1), NOW.date())
    with database.writing() as session:
        session.execute(text("ANALYZE"))
    return Asking(database, people, policy, work_calendar(policy))


def _company(session: Session) -> Sequence[int]:
    unit = staff.ensure_root(session)
    accounts = [f"c{number}" for number in range(PEOPLE)]
    session.execute(
        insert(Employee), [{"wecom_id": one, "wecom_key": one, "name": f"员工{one}"} for one in accounts]
    )
    people = session.scalars(select(Employee.id).order_by(Employee.id)).all()
    post = {"unit_id": unit.id, "role": Role.COLLECTOR, "title": "", "is_main": True, "ends_at": None}
    rows = [{**post, "employee_id": id_, "starts_at": staff.ALWAYS} for id_ in people]
    session.execute(insert(Post), rows)
    return people


def _cases(session: Session, people: Sequence[int]) -> None:
    """One case of each bucket for everybody, worked since January."""
    begin = datetime(2026, 1, 1, 9, tzinfo=SHANGHAI)
    unit = staff.ensure_root(session)
    placement = cases.open_placement(
        session,
        creditor=cases.creditor_called(session, "蓉城银行"),
        number="2026",
        unit=unit,
        start_on=begin.date(),
        end_on=date(2026, 12, 31),
        at=begin,
    )
    both = [(who, bucket) for who in people for bucket in range(1, BUCKETS + 1)]
    session.execute(
        insert(Debtor),
        [
            {
                "id": number,
                "creditor_id": placement.creditor_id,
                "key_hash": str(number),
                "owner_id": who,
                "created_at": begin,
            }
            for number, (who, _) in enumerate(both, 1)
        ],
    )
    session.execute(
        insert(Case),
        [
            {
                "id": number,
                "placement_id": placement.id,
                "creditor_id": placement.creditor_id,
                "debtor_id": number,
                "reference": str(number),
                "placed_balance": 10**9,
                "balance": 10**9,
                "bucket": bucket,
                "entry_bucket": bucket,
                "unit_id": unit.id,
                "status": CaseStatus.IN_PROGRESS,
                "owner_id": who,
                "live_owner_id": who,
                "created_at": begin,
            }
            for number, (who, bucket) in enumerate(both, 1)
        ],
    )
    session.execute(
        insert(Assignment),
        [
            {
                "case_id": number,
                "number": 1,
                "owner_id": who,
                "started_at": begin,
                "cause": AssignmentCause.ASSIGN,
                "balance": 10**9,
            }
            for number, (who, _) in enumerate(both, 1)
        ],
    )


YEAR_MINUTES = 340 * 24 * 60
"""Up to early December."""


SLICE = 50_000
"""So many records by one statement: PostgreSQL is given half a minute for each."""


def _records(session: Session, records: int, *, sqlite: bool) -> None:
    payments = records * 3 // 5
    both = PEOPLE * BUCKETS
    for count, (insert_, rows) in ((payments, _PAYMENTS), (records - payments, _CALLS)):
        minutes = f"(n.i * {YEAR_MINUTES} / {count})"
        for first in range(0, count, SLICE):
            last = min(first + SLICE, count) - 1
            if sqlite:
                series = (
                    f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
                )
                more = f"'+' || {minutes} || ' minutes'"
                at = f"strftime('%Y-%m-%d %H:%M:%S', '2026-01-02', {more}) || '.000000'"
                day = f"date('2026-01-02', '+8 hours', {more})"
            else:
                series = (
                    f"WITH n(i) AS (SELECT CAST(i AS bigint) FROM generate_series({first}, {last}) AS g(i))"
                )
                at = f"TIMESTAMP '2026-01-02' + {minutes} * INTERVAL '1 minute'"
                day = f"CAST({at} + INTERVAL '8 hours' AS DATE)"
            number = f"(n.i * 7919) % {both} + 1"
            session.execute(text(f"{insert_} {series} {rows.format(at=at, day=day, case=number)}"))


_PAYMENTS = (
    "INSERT INTO payment (case_id, amount, paid_on, state, reported_at, decided_at, posted_at,"
    " credited_to_id)",
    "SELECT c.id, 1000 + n.i % 977, {day}, 'confirmed', {at}, {at}, {at}, c.owner_id"
    ' FROM n JOIN "case" c ON c.id = {case}',
)
_CALLS = (
    "INSERT INTO contact_attempt (creditor_id, debtor_id, employee_id, channel, direction, purpose, at, day,"
    " connected, reached, effective, pack, flags)",
    "SELECT c.creditor_id, c.debtor_id, c.owner_id, 'call', 'out', '', {at}, {day}, (n.i % 3 = 0),"
    " CASE WHEN n.i % 6 = 0 THEN 'debtor' ELSE 'nobody' END, (n.i % 6 = 0), '', '[]'"
    ' FROM n JOIN "case" c ON c.id = {case}',
)
