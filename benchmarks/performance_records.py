"""An installation with so many records of 200 people, made inside the database: benchmarks/performance.py."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Date, bindparam, insert, select, text
from sqlalchemy.orm import Session

from benchmarks.company import NoWakeups, settings_in
from bot.app import Muster, build
from bot.migrations import migrate
from config.settings import Settings
from models import attendance, cases, staff, tally
from models.attendance import AttendanceRequest, RosterEntry, ShiftAssignment, Way
from models.base import SHANGHAI, Moment
from models.cases import Assignment, AssignmentCause, Case, CaseStatus
from models.contact import Debtor
from models.performance import ANY_BUCKET, Around, Target
from models.staff import Employee, Post, Role, UnitKind

NOW = datetime(2026, 12, 15, 9, tzinfo=SHANGHAI)
BEGIN = datetime(2026, 1, 1, 9, tzinfo=SHANGHAI)
PEOPLE, TEAM, BUCKETS, CASES = 200, 20, 4, 3
"""So many people, of whom so many in each team; so many buckets, and cases of each for everybody."""
EVERY_LEAVE = 10
"""One of so many had two days of leave each month."""
BATCH = 20
"""So many people's tallies are counted in one transaction."""


@dataclass(frozen=True)
class Asking:
    """An installation with so many records, and who asks."""

    muster: Muster
    people: Sequence[int]
    branch_id: int
    team_ids: Sequence[int]
    leader_ids: Sequence[int]
    """Of each team, and the supervisor of the branch last."""

    def around(self, session: Session) -> Around:
        """What every question needs."""
        return Around(session, NOW, self.muster.policy, self.muster.calendar)

    def employee(self, session: Session, number: int) -> Employee:
        """Somebody who asks, as a message finds them."""
        found = staff.find_employee(session, f"c{number}", at=NOW)
        assert found is not None
        return found


def prepare(folder: Path, url: str, records: int) -> Asking:
    """So many records over a year: three fifths payments, the rest calls."""
    settings: Settings = settings_in(folder).model_copy(update={"database_url": url})
    migrate(url)
    muster = build(settings, messengers={}, wakeups=NoWakeups())
    with muster.database.writing() as session:
        branch_id, team_ids, people = _company(session)
        _cases(session, people)
        _attendance(session, people, muster.calendar.is_workday)
        _targets(session, branch_id)
        _records(session, records, sqlite=muster.database.sqlite)
    for first in range(0, PEOPLE, BATCH):
        with muster.database.writing() as session:
            tally.count_anew(session, people[first : first + BATCH], BEGIN.date(), NOW.date())
    with muster.database.writing() as session:
        session.execute(text("ANALYZE"))
    leaders = range(PEOPLE, PEOPLE + len(team_ids) + 1)
    return Asking(muster, people, branch_id, team_ids, leaders)


def _company(session: Session) -> tuple[int, Sequence[int], Sequence[int]]:
    """Ten teams of twenty in a branch, each with a leader, and a supervisor of them all."""
    branch = staff.add_unit(session, name="城东分公司", kind=UnitKind.BRANCH)
    teams = [staff.add_unit(session, name=f"{n}组", parent=branch) for n in range(PEOPLE // TEAM)]
    accounts = [f"c{number}" for number in range(PEOPLE + len(teams) + 1)]
    session.execute(
        insert(Employee), [{"wecom_id": one, "wecom_key": one, "name": f"员工{one}"} for one in accounts]
    )
    people = session.scalars(select(Employee.id).order_by(Employee.id)).all()
    places = [(teams[n // TEAM], Role.COLLECTOR) for n in range(PEOPLE)]
    places += [(team, Role.TEAM_LEADER) for team in teams]
    places.append((branch, Role.SUPERVISOR))
    rows = [
        {
            "employee_id": id_,
            "unit_id": unit.id,
            "role": role,
            "title": "",
            "is_main": True,
            "starts_at": staff.ALWAYS,
            "ends_at": None,
        }
        for id_, (unit, role) in zip(people, places, strict=True)
    ]
    session.execute(insert(Post), rows)
    return branch.id, [team.id for team in teams], people[:PEOPLE]


def _attendance(session: Session, people: Sequence[int], is_workday: Callable[[date], bool]) -> None:
    """Everybody came and went on every workday of the year; some had leave, one team works by roster."""
    shift = attendance.add_shift(session, name="九点班", starts_at=time(9), ends_at=time(18))
    session.flush()
    session.execute(
        insert(ShiftAssignment),
        [
            {"employee_id": one, "since": date(2026, 1, 1), "shift_id": shift.id, "by_roster": n < TEAM}
            for n, one in enumerate(people)
        ],
    )
    days = [BEGIN.date() + timedelta(days=n) for n in range((NOW.date() - BEGIN.date()).days)]
    worked = [day for day in days if is_workday(day)]
    session.execute(
        insert(RosterEntry),
        [{"employee_id": one, "day": day, "shift_id": shift.id} for one in people[:TEAM] for day in worked],
    )
    punch = text(
        "INSERT INTO check_in (employee_id, day, way, at, minutes_late, source)"
        " SELECT id, :day, :way, :at, 0, 'word' FROM employee WHERE id BETWEEN :first AND :last"
    ).bindparams(bindparam("day", type_=Date), bindparam("at", type_=Moment))
    values = {"first": people[0], "last": people[-1]}
    for day in worked:
        for way, clock in ((Way.IN, time(8, 50)), (Way.OUT, time(18, 5))):
            moment = datetime.combine(day, clock, tzinfo=SHANGHAI)
            session.execute(punch, {**values, "day": day, "way": way, "at": moment})
    session.execute(
        insert(AttendanceRequest),
        [
            {
                "kind": "leave",
                "employee_id": one,
                "day": date(2026, month, 10),
                "leave_kind": "annual",
                "begins_at": datetime(2026, month, 10, tzinfo=SHANGHAI),
                "ends_at": datetime(2026, month, 12, tzinfo=SHANGHAI),
                "state": "approved",
                "asked_at": datetime(2026, month, 1, tzinfo=SHANGHAI),
            }
            for one in people[::EVERY_LEAVE]
            for month in range(1, 13)
        ],
    )


def _targets(session: Session, branch_id: int) -> None:
    """A collector's targets, those of the recovery rate for each bucket."""
    rows = [("recovery_rate_amount", bucket, 5000 - 1000 * bucket) for bucket in range(1, BUCKETS + 1)]
    rows += [
        (code, ANY_BUCKET, value)
        for code, value in (("rpc_rate", 4000), ("complaints_per_100", 100), ("attendance_rate", 9500))
    ]
    session.add_all(
        Target(
            unit_id=branch_id,
            role=Role.COLLECTOR,
            measure=code,
            bucket=bucket,
            starts_on=date(2026, 1, 1),
            value=value,
            set_at=BEGIN,
        )
        for code, bucket, value in rows
    )


def _cases(session: Session, people: Sequence[int]) -> None:
    """Some cases of each bucket for everybody, worked since January."""
    begin = BEGIN
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
    both = [(who, bucket) for who in people for bucket in range(1, BUCKETS + 1) for _ in range(CASES)]
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
    both = PEOPLE * BUCKETS * CASES
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
