"""Figures of performance: what they cost with 1,000,000 records of 200 people, beside 10,000 records.

Whole questions are measured, as a card asks them: rights, people, figures, targets, scores, places. Beside
each stands what a plain aggregate of payments over the raw table costs in the same run. CPU time is that of
this process and of the server's for it.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from benchmarks.performance_records import NOW, PEOPLE, TEAM, Asking, prepare
from benchmarks.table import Figure, percentile
from models import performance, tally
from models.base import SHANGHAI
from models.cases import Payment
from models.performance import Asked, Window
from models.staff import Unit
from tests.servers import postgresql

THIS_MONTH = Window(date(2026, 12, 1), date(2026, 12, 31))
"""It runs: what came before it is half a month of days."""
MONTH = Window(date(2026, 11, 1), date(2026, 11, 30))
PART = Window(date(2026, 11, 16), date(2026, 12, 15))
"""Thirty days, as many of each month as they can be."""
FEW = 10_000
ROUNDS, RAW_ROUNDS, WARMING = 100, 20, 5
PICTURES = 20
MOST_SECONDS, MOST, MOST_OF_PICTURE = 0.020, 2.0, 0.120

Question = Callable[[Session, Asking, int], object]
"""(session, installation, number of the round)"""


@dataclass
class Taken:
    """What the rounds of a question took, in seconds."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Of the seconds."""
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        """Of the seconds."""
        return percentile(self.seconds, 0.95)

    @property
    def work(self) -> float:
        """CPU time of each, on average."""
        return statistics.fmean(self.cpu)


def measure(folder: Path, records: int) -> Iterator[Figure]:
    """Each question on SQLite and on PostgreSQL."""
    home = folder / "performance"
    urls = [f"sqlite:///{home / size}.db" for size in ("small", "large")]
    home.mkdir(parents=True, exist_ok=True)
    yield from _compare("SQLite", home, urls[0], urls[1], records)
    with postgresql() as small, postgresql() as large:
        yield from _compare("PostgreSQL", home, small, large, records)


def _compare(name: str, home: Path, small: str, large: str, records: int) -> Iterator[Figure]:
    few, many = prepare(home / "few", small, FEW), prepare(home / "many", large, records)
    for question, (ask, raw) in QUESTIONS.items():
        yield from _lines(f"{question} on {name}", few, many, ask, raw)
    yield from _picture(name, few, many)
    yield _line(f"recount of one person-day on {name}, median", *_recounts(many, few))
    for asking in (few, many):
        asking.muster.close()


def _lines(question: str, few: Asking, many: Asking, ask: Question, raw: Question) -> Iterator[Figure]:
    small, large, plain = Taken(), Taken(), Taken()
    with few.muster.database.reading() as one, many.muster.database.reading() as other:
        for number in range(-WARMING, ROUNDS):
            _once(one, ask, few, number, small)
            _once(other, ask, many, number, large)
            if number < RAW_ROUNDS:
                _once(other, raw, many, number, plain)
    beside = f"{FEW:,} records"
    met = large.p95 < MOST_SECONDS
    yield _line(f"{question}, p95", large.p95, beside, small.p95, "< 20 ms", met)
    met = large.median <= MOST * small.median
    yield _line(f"{question}, median", large.median, beside, small.median, f"≤ {MOST:.0f}×", met)
    met = large.work <= MOST * small.work
    yield _line(f"{question}, CPU", large.work, beside, small.work, f"≤ {MOST:.0f}×", met)
    yield _line("plain aggregate of payments, median", plain.median, "with tallies", large.median)
    yield _line("plain aggregate of payments, CPU", plain.work, "with tallies", large.work)


def _picture(name: str, few: Asking, many: Asking) -> Iterator[Figure]:
    """The picture of my performance as a worker draws it, once it has drawn one."""
    small, large = Taken(), Taken()
    for number in range(-1, PICTURES):
        for asking, taken in ((few, small), (many, large)):
            with asking.muster.database.reading() as session:
                _once(session, _drawn, asking, number, taken)
    met = large.p95 < MOST_OF_PICTURE
    yield _line(f"picture, warm, on {name}, p95", large.p95, f"{FEW:,} records", small.p95, "< 120 ms", met)
    yield _line(f"picture, warm, on {name}, median", large.median, f"{FEW:,} records", small.median)
    yield _line(f"picture, warm, on {name}, CPU", large.work, f"{FEW:,} records", small.work)


def _line(
    name: str,
    seconds: float,
    baseline: str = "",
    base: float | None = None,
    floor: str = "",
    met: bool | None = None,
) -> Figure:
    return Figure(f"performance: {name}", seconds * 1e3, "ms", baseline, base and base * 1e3, floor, met)


def _once(session: Session, ask: Question, asking: Asking, number: int, taken: Taken) -> None:
    """Ask with nothing known yet; the first rounds do not count."""
    session.expunge_all()
    server = 0 if asking.muster.database.sqlite else session.scalar(text("SELECT pg_backend_pid()"))
    cpu, start = _cpu(server), time.perf_counter()
    ask(session, asking, number)
    seconds = time.perf_counter() - start
    if number >= 0:
        taken.seconds.append(seconds)
        taken.cpu.append(_cpu(server) - cpu)


def _cpu(server: int | None) -> float:
    """CPU seconds of this process, and of the process of a server."""
    own = time.process_time()
    if not server:
        return own
    return own + int(Path(f"/proc/{server}/schedstat").read_text().split()[0]) / 1e9


def _recounts(many: Asking, few: Asking) -> tuple[float, str, float]:
    """What a transaction pays that has changed a payment of one person."""
    found = []
    for asking in (many, few):
        taken = []
        for number in range(ROUNDS // 2):
            with asking.muster.database.writing() as session:
                tally.touch(session, "payments", [(asking.people[number % PEOPLE], MONTH.first)])
                start = time.perf_counter()
                tally.recount(session)
                taken.append(time.perf_counter() - start)
        found.append(statistics.median(taken))
    return found[0], f"{FEW:,} records", found[1]


# --- the questions -----------------------------------------------------------------------------------


def _mine(window: Window) -> Question:
    """The card of 业绩: figures, those before, targets, score, and the place in the team."""

    def ask(session: Session, asking: Asking, number: int) -> object:
        me = asking.employee(session, number * 7 % PEOPLE)
        return performance.view_of(asking.around(session), me, Asked(window), actor=me)

    return ask


def _team(window: Window) -> Question:
    """The list of 排名: a leader asks about the own team."""

    def ask(session: Session, asking: Asking, number: int) -> object:
        which = number % len(asking.team_ids)
        leader = asking.employee(session, PEOPLE + which)
        unit = session.get_one(Unit, asking.team_ids[which])
        return performance.ranking_of(asking.around(session), unit, Asked(window), actor=leader)

    return ask


def _branch(window: Window) -> Question:
    """The same of all 200 people at once."""

    def ask(session: Session, asking: Asking, _number: int) -> object:
        supervisor = asking.employee(session, PEOPLE + PEOPLE // TEAM)
        unit = session.get_one(Unit, asking.branch_id)
        return performance.ranking_of(asking.around(session), unit, Asked(window), actor=supervisor)

    return ask


def _figures(window: Window) -> Question:
    """One figure of all 200 people, and nothing else."""

    def ask(session: Session, asking: Asking, _number: int) -> object:
        return performance.figures(
            session,
            asking.people,
            window.first,
            window.last,
            at=NOW,
            calendar=asking.muster.calendar,
            measures=["recovery_rate_amount"],
        )

    return ask


def _raw(people: Callable[[Asking, int], Sequence[int]], window: Window) -> Question:
    def ask(session: Session, asking: Asking, number: int) -> object:
        begin, end = (
            datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
            for day in (window.first, window.last + performance.windows.DAY)
        )
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
    return [asking.people[number * 7 % PEOPLE]]


def _few(asking: Asking, number: int) -> Sequence[int]:
    first = number % len(asking.team_ids) * TEAM
    return asking.people[first : first + TEAM]


def _all(asking: Asking, _number: int) -> Sequence[int]:
    return asking.people


def _drawn(session: Session, asking: Asking, number: int) -> object:
    me = asking.employee(session, number * 7 % PEOPLE)
    window = THIS_MONTH
    arguments = {"asked": f"p{me.id}..{window.first:%Y%m%d}.{window.last:%Y%m%d}."}
    ctx = asking.muster.handling.context(session, me, NOW, arguments=arguments)
    return asking.muster.handling.make_deferred("performance_picture", ctx)


QUESTIONS: Mapping[str, tuple[Question, Question]] = {
    "my performance, this month": (_mine(THIS_MONTH), _raw(_one, THIS_MONTH)),
    "my performance, last month": (_mine(MONTH), _raw(_one, MONTH)),
    "my performance, thirty days": (_mine(PART), _raw(_one, PART)),
    "ranking of a team, this month": (_team(THIS_MONTH), _raw(_few, THIS_MONTH)),
    "ranking of a team, thirty days": (_team(PART), _raw(_few, PART)),
    "ranking of 200, last month": (_branch(MONTH), _raw(_all, MONTH)),
    "ranking of 200, thirty days": (_branch(PART), _raw(_all, PART)),
    "one figure of 200, thirty days": (_figures(PART), _raw(_all, PART)),
}
