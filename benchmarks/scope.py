"""Questions of scope: what they cost with 1 + 30 + 200 units and 5,000 people, beside 50 people.

The team of who asks has the same size in both: what grows is everything around it.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from benchmarks.company import settings_in
from benchmarks.table import Figure
from bot.app import keyring
from bot.database import Database
from bot.migrations import migrate
from bot.policy import load_policy
from models import staff
from models.base import SHANGHAI
from models.policy import Policy
from models.secrecy import Keyring
from models.staff import Employee, Post, Role, UnitKind
from tests.servers import postgresql

NOW = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
TEAM = 20
"""People in the team that is asked about."""
BRANCH_TEAMS = 2
"""Teams of the branch that is asked about; the others lie elsewhere."""
ROUNDS = 200
MOST = 2.0


@dataclass(frozen=True)
class Asking:
    """Who asks, and about whom."""

    leader: Employee
    supervisor: Employee
    near: Employee
    far: Employee
    team_id: int
    branch_id: int


Question = Callable[[Session, Asking, Policy], object]


def measure(folder: Path, people: int) -> Iterator[Figure]:
    """Each question on SQLite and on PostgreSQL."""
    keys = keyring(settings_in(folder / "scope"))
    urls = [f"sqlite:///{folder / 'scope' / size}.db" for size in ("small", "large")]
    yield from _compare("SQLite", urls[0], urls[1], keys, people)
    with postgresql() as small, postgresql() as large:
        yield from _compare("PostgreSQL", small, large, keys, people)


def _compare(name: str, small: str, large: str, keys: Keyring | None, people: int) -> Iterator[Figure]:
    """Both sizes are asked in turn, so that whatever else the machine does meets both alike."""
    few = _prepare(small, keys, branches=1, teams=BRANCH_TEAMS, people=50)
    many = _prepare(large, keys, branches=30, teams=200, people=people)
    policy = load_policy()
    for question, ask in QUESTIONS.items():
        with few[0].reading() as one, many[0].reading() as other:
            pairs = [
                (_once(one, ask, few[1], policy), _once(other, ask, many[1], policy)) for _ in range(ROUNDS)
            ]
        base, seconds = (statistics.median(taken) for taken in zip(*pairs, strict=True))
        yield Figure(
            f"scope on {name}: {question}",
            seconds * 1e6,
            "µs",
            "50 people",
            base * 1e6,
            f"≤ {MOST:.0f}×",
            seconds <= MOST * base,
        )
    few[0].close()
    many[0].close()


def _prepare(
    url: str, keys: Keyring | None, *, branches: int, teams: int, people: int
) -> tuple[Database, Asking]:
    migrate(url)
    database = Database(url, keys)
    with database.writing() as session:
        asking = _company(session, branches, teams, people)
    with database.writing() as session:
        session.execute(text("ANALYZE"))
    return database, asking


def _once(session: Session, ask: Question, asking: Asking, policy: Policy) -> float:
    session.expunge_all()
    start = time.perf_counter()
    ask(session, asking, policy)
    return time.perf_counter() - start


def _company(session: Session, branches: int, teams: int, people: int) -> Asking:
    """Head office, branches, teams in them, and people; the first branch and its team are always alike."""
    root = staff.ensure_root(session)
    heads = [
        staff.add_unit(session, name=f"分公司{n}", parent=root, kind=UnitKind.BRANCH) for n in range(branches)
    ]
    others = heads[1:] or heads
    parents = [heads[0] if n < BRANCH_TEAMS else others[n % len(others)] for n in range(teams)]
    units = [staff.add_unit(session, name=f"组{n}", parent=parent) for n, parent in enumerate(parents)]
    _hire(session, "near", units[0].id, TEAM)
    _hire(session, "beside", units[1].id, people - TEAM if teams == BRANCH_TEAMS else TEAM)
    rest, left = units[BRANCH_TEAMS:], people - 2 * TEAM
    for n, unit in enumerate(rest):
        _hire(session, f"far{n}x", unit.id, left // len(rest) + (n < left % len(rest)))
    for account, role, unit in (
        ("leader", Role.TEAM_LEADER, units[0]),
        ("supervisor", Role.SUPERVISOR, heads[0]),
        ("outsider", Role.COLLECTOR, root),
    ):
        staff.add_employee(session, wecom_id=account, name=account, role=role, unit=unit)
    leader, supervisor, near, far = (
        staff.find_employee(session, account, at=NOW)
        for account in ("leader", "supervisor", "near0", "outsider")
    )
    assert leader is not None
    assert supervisor is not None
    assert near is not None
    assert far is not None
    return Asking(leader, supervisor, near, far, units[0].id, heads[0].id)


def _hire(session: Session, prefix: str, unit_id: int, number: int) -> None:
    """So many collectors of a unit, in two statements."""
    accounts = [f"{prefix}{n}" for n in range(number)]
    if not accounts:
        return
    session.execute(
        insert(Employee), [{"wecom_id": one, "wecom_key": one, "name": f"员工{one}"} for one in accounts]
    )
    ids = session.scalars(select(Employee.id).where(Employee.wecom_key.in_(accounts))).all()
    post = {"unit_id": unit_id, "role": Role.COLLECTOR, "title": "", "is_main": True, "ends_at": None}
    session.execute(insert(Post), [{**post, "employee_id": id_, "starts_at": staff.ALWAYS} for id_ in ids])


def _is_in_reach(session: Session, asking: Asking, policy: Policy) -> object:
    allowed = staff.reach(asking.supervisor, "people.see", policy.rights)
    return [
        staff.covers_person(session, allowed, asking.supervisor, person, at=NOW)
        for person in (asking.near, asking.far)
    ]


def _may_i(session: Session, asking: Asking, policy: Policy) -> object:
    me = staff.find_employee(session, asking.leader.wecom_id, at=NOW)
    assert me is not None
    return staff.require(me, "people.see", policy.rights)


def _my_team(session: Session, asking: Asking, policy: Policy) -> object:
    allowed = staff.require(asking.leader, "people.see", policy.rights)
    within = staff.person_in_reach(allowed, asking.leader, NOW)
    return session.scalars(select(Employee).where(within, staff.active(NOW))).all()


def _units_below(session: Session, asking: Asking, _policy: Policy) -> object:
    return staff.units_below(session, asking.branch_id)


def _first_page(session: Session, asking: Asking, policy: Policy) -> object:
    unit = session.get_one(staff.Unit, asking.team_id)
    return staff.roster(session, actor=asking.leader, unit=unit, at=NOW, policy=policy)


QUESTIONS: Mapping[str, Question] = {
    "is X in my reach": _is_in_reach,
    "may I": _may_i,
    "my team's people": _my_team,
    "units below": _units_below,
    "first page of the list": _first_page,
}
