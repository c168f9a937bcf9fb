"""100,000 cases beside 1,000, their import, 10,000 given out at once, and callbacks meanwhile.

Who asks has the same 50 cases among the same 20 people in both sizes: what grows is everything around them.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from benchmarks import case_bulk, case_files
from benchmarks.callbacks import web
from benchmarks.case_files import NOW
from benchmarks.case_import import BARE, LEAST, bare_insert, imported, rows_of
from benchmarks.company import settings_in
from benchmarks.meanwhile import Meanwhile, Timed, answers, lock
from benchmarks.table import Figure
from bot.app import keyring
from bot.database import Database
from bot.migrations import migrate
from bot.policy import load_policy, work_calendar
from models import cases, contact, staff
from models.cases import AssignmentCause, Case
from models.policy import Policy
from models.staff import Employee
from tests.servers import postgresql

PEOPLE, TEAM = 200, 20
FEW = 1000
"""Cases of the small size: all of them with the team that is asked about."""
ROUNDS = 100
MOST = 1.5
IMPORT_SECONDS = 30
"""So long callbacks come in beside an import."""


@dataclass(frozen=True)
class Asking:
    """Who asks, and about which case."""

    me: Employee
    number: int
    team: Sequence[int]


Question = Callable[[Session, Asking, Policy], object]


def measure(folder: Path, rows: int) -> Iterator[Figure]:
    """All of it on SQLite; without the callbacks on PostgreSQL, too."""
    folder = folder / "cases"
    folder.mkdir()
    file = case_files.write(folder / "cases.csv", rows)
    few = case_files.write(folder / "few.csv", FEW)
    with web(folder / "web") as (port, _group):
        url = settings_in(folder / "web").database
        meanwhile = Meanwhile(port, folder / "callbacks")
        yield from _compare(
            "SQLite", url, [f"sqlite:///{folder / name}.db" for name in ("bare", "few")], file, few, meanwhile
        )
    with postgresql() as many, postgresql() as bare, postgresql() as small:
        yield from _compare("PostgreSQL", many, [bare, small], file, few, None)


def _compare(
    name: str, url: str, others: Sequence[str], file: Path, few: Path, meanwhile: Meanwhile | None
) -> Iterator[Figure]:
    large, bare, small = (_opened(one, file.parent) for one in (url, *others))
    yield from _import(name, large, bare, file, meanwhile)
    imported(small, few)
    policy = load_policy()
    near = [_give_to_the_team(database, policy) for database in (small, large)]
    with large.reading() as session:
        far = [person.id for person in _people(session)[TEAM:]]
    yield from case_bulk.give_out(name, large, far, policy, meanwhile)
    for database in (small, large):
        with database.writing() as session:
            session.execute(text("ANALYZE"))
    yield from _ask(name, (small, large), near, policy)
    yield from case_bulk.take_back(name, large, far, policy)
    yield from case_bulk.tend(name, large, policy)
    for database in (large, bare, small):
        database.close()


def _opened(url: str, folder: Path) -> Timed:
    migrate(url)
    database = Timed(url, keyring(settings_in(folder)))
    with database.writing() as session:
        case_files.company(session, PEOPLE)
    database.forget()
    return database


# --- import ----------------------------------------------------------------------------------------------


def _import(
    name: str, large: Timed, bare: Database, file: Path, meanwhile: Meanwhile | None
) -> Iterator[Figure]:
    if meanwhile is None:
        report, seconds = imported(large, file)
    else:
        with meanwhile.going_on(IMPORT_SECONDS, first=0):
            report, seconds = imported(large, file)
    assert not report.refused
    longest = large.longest
    base = report.new / bare_insert(bare, rows_of(large))
    rate = report.new / seconds
    yield Figure(
        f"import of {report.new:,} cases on {name}",
        rate,
        "cases/s",
        BARE,
        base,
        f"≥ {LEAST}×",
        rate >= LEAST * base,
    )
    for stage, took in report.seconds.items():
        yield Figure(f"import on {name}: {stage}", took, "s", "whole import", seconds)
    again, further = imported(large, file)
    assert again.unchanged == report.new
    yield Figure(f"import on {name}: the same file again", further, "s", "whole import", seconds)
    if meanwhile is not None:
        yield from lock(f"import on {name}", longest)
        yield from answers(f"callbacks during the import on {name}", meanwhile)


def _give_to_the_team(database: Database, policy: Policy) -> Asking:
    """The first thousand cases go to the first team, fifty each."""
    with database.writing() as session:
        team = _people(session)[:TEAM]
        rows = session.execute(
            select(Case.debtor_id, Case.id).where(Case.reference < f"RC{FEW:08}").order_by(Case.id)
        ).all()
        debtors = {debtor: place for place, debtor in enumerate(dict.fromkeys(debtor for debtor, _ in rows))}
        to = {number: team[debtors[debtor] % TEAM].id for debtor, number in rows}
        cases.assign(
            session,
            to=to,
            cause=AssignmentCause.ASSIGN,
            by=None,
            at=NOW,
            key="benchmark:near",
            policy=policy,
            calendar=work_calendar(policy),
        )
        me = staff.find_employee(session, team[3].wecom_id, at=NOW)
        assert me is not None
        number = next(number for number, owner in to.items() if owner == me.id)
        return Asking(me, number, [person.id for person in team])


def _people(session: Session) -> Sequence[Employee]:
    return session.scalars(
        select(Employee).where(Employee.wecom_id.startswith("collector")).order_by(Employee.wecom_id)
    ).all()


# --- questions -------------------------------------------------------------------------------------------


def _ask(
    name: str, databases: Sequence[Database], asking: Sequence[Asking], policy: Policy
) -> Iterator[Figure]:
    """Both sizes are asked in turn, so that whatever else the machine does meets both alike."""
    small, large = databases
    for question, ask in QUESTIONS.items():
        with small.reading() as one, large.reading() as other:
            pairs = [
                (_once(one, ask, asking[0], policy), _once(other, ask, asking[1], policy))
                for _ in range(ROUNDS)
            ]
        base, seconds = (statistics.median(taken) for taken in zip(*pairs, strict=True))
        yield Figure(
            f"cases on {name}: {question}",
            seconds * 1e6,
            "µs",
            f"{FEW:,} cases",
            base * 1e6,
            f"≤ {MOST}×",
            seconds <= MOST * base,
        )


def _once(session: Session, ask: Question, asking: Asking, policy: Policy) -> float:
    session.expunge_all()
    start = time.perf_counter()
    ask(session, asking, policy)
    return time.perf_counter() - start


def _my_tasks(session: Session, asking: Asking, _policy: Policy) -> object:
    return cases.agenda(session, owner_id=asking.me.id, at=NOW)


def _detail(session: Session, asking: Asking, policy: Policy) -> object:
    case = cases.find_case(
        session, actor=asking.me, number=asking.number, action=cases.SEE, at=NOW, policy=policy
    )
    seen = cases.view(session, case, at=NOW)
    return contact.allowance(
        session,
        debtor=seen.debtor,
        at=NOW,
        policy=policy,
        actor=asking.me,
        calendar=work_calendar(policy),
    )


def _progress(session: Session, asking: Asking, _policy: Policy) -> object:
    return cases.counts(session, asking.team, NOW)


QUESTIONS: Mapping[str, Question] = {
    "my tasks": _my_tasks,
    "detail": _detail,
    "progress of a team": _progress,
}
