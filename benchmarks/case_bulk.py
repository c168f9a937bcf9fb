"""Large work on cases as the product does it: given out by its errand, taken back, and tended at night."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from benchmarks.case_files import NOW
from benchmarks.company import Silent, StillClock
from benchmarks.meanwhile import Longest, Meanwhile, Timed, answers, lock
from benchmarks.table import Figure
from bot.distributing import Distributing
from bot.errands import Errands
from bot.outbox import Outbox
from bot.policy import work_calendar
from bot.posting import Posting
from bot.reporting import Reporting
from bot.runner import Runner
from bot.texts import Texts
from jobs import case_reminders
from jobs.base import JobContext
from jobs.distribution import RECYCLE
from models import distribution, planning, proposals, staff
from models.cases import (
    Assignment,
    AssignmentBatch,
    Case,
    CaseStatus,
    Filter,
    PromiseToPay,
    PtpStatus,
    reminding,
)
from models.contact import Debtor
from models.distribution import DistributionRun, Plan
from models.messaging import Channel
from models.planning import DueItem, RunState
from models.policy import Policy
from models.staff import Employee

NONE = Longest()
PIECES = 8
"""So many transactions are measured of work that goes on for a whole night."""
GIVEN = 10_000
"""Cases given out at once."""
GIVING_SECONDS = 15
"""So long callbacks come in beside a giving out."""
LONGEST_GIVING = 10


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and of CPU."""

    seconds: float
    cpu: float


def timed(what: Callable[[], object]) -> Took:
    """Do it once."""
    start, cpu = time.perf_counter(), time.process_time()
    what()
    return Took(time.perf_counter() - start, time.process_time() - cpu)


class Hand(StillClock):
    """A clock that is put forward by hand."""

    def put(self, moment: datetime) -> None:
        """Stand still at that moment."""
        self._moment = moment


class Worker:
    """What a worker process is made of, on a database that is timed, at a moment that stands still."""

    def __init__(self, database: Timed, policy: Policy, moment: datetime) -> None:
        calendar = work_calendar(policy)
        self.clock = clock = Hand(moment)
        self.database = database
        self.policy = policy
        posting = Posting(Texts(), policy.delivery, public_url="")
        reporting = Reporting(database, posting, clock, ())
        outbox = Outbox(
            database, {Channel.WECOM: Silent()}, clock, policy, calendar, reporting.report_refusal
        )
        self.distributing = Distributing(database, posting, reporting, clock, policy, calendar)
        self.runner = Runner(
            database, posting, reporting, outbox, clock, policy, calendar, Errands([self.distributing])
        )

    def run(self, until: datetime, kinds: Collection[str], most: int = 1_000_000) -> Mapping[str, Longest]:
        """Everything of these kinds that is due up to a moment, each at its own time, and not more than so
        many transactions of a kind: how long the longest of each kind took."""
        found: dict[str, Longest] = {}
        while (
            item := self._next(until, [kind for kind in kinds if found.get(kind, NONE).count < most])
        ) is not None:
            kind, moment = item
            self.clock.put(max(moment, self.clock.now()))
            self.database.forget()
            assert self.runner._run_one()
            one, longest = found.setdefault(kind, Longest()), self.database.longest
            one.seconds, one.cpu = max(one.seconds, longest.seconds), max(one.cpu, longest.cpu)
            one.count += 1
        return found

    def _next(self, until: datetime, kinds: Collection[str]) -> tuple[str, datetime] | None:
        """Kind and moment of what is due next; what is of other kinds is put aside."""
        with self.database.writing() as session:
            aside = update(DueItem).where(DueItem.state == RunState.DUE, DueItem.kind.not_in(kinds))
            session.execute(aside.values(state=RunState.SKIPPED))
            row = session.execute(
                select(DueItem.kind, DueItem.try_at)
                .where(DueItem.state == RunState.DUE, DueItem.try_at <= until)
                .order_by(DueItem.try_at, DueItem.kind)
                .limit(1)
            ).one_or_none()
            return None if row is None else (row.kind, row.try_at)

    def distribute(self) -> None:
        """Step the errand until nothing of it is due."""
        while self.distributing.is_due():
            self.distributing.step()


# --- giving out ------------------------------------------------------------------------------------------


def give_out(
    name: str, large: Timed, people: Sequence[int], policy: Policy, meanwhile: Meanwhile | None
) -> Iterator[Figure]:
    """From the confirmation of a preview up to everybody's card, as a worker does it."""
    plan: list[Plan] = []
    shown = timed(lambda: plan.append(_preview(large, people, policy, GIVEN)))
    yield Figure(f"preview of {GIVEN:,} cases on {name}", shown.seconds, "s", "CPU time", shown.cpu)
    worker = Worker(large, policy, NOW)
    large.forget()

    def given() -> None:
        _order(large, plan[0], policy)
        worker.distribute()

    if meanwhile is None:
        took = timed(given)
    else:
        with meanwhile.going_on(GIVING_SECONDS, first=100_000):
            took = timed(given)
    with large.reading() as session:
        batch = session.scalars(select(DistributionRun.batch_id)).one()
        assert batch is not None, "nothing was given out"
    yield Figure(
        f"{plan[0].cases:,} cases given out on {name}",
        took.seconds,
        "s",
        "CPU time",
        took.cpu,
        f"≤ {LONGEST_GIVING} s",
        took.seconds <= LONGEST_GIVING,
    )
    yield from lock(f"{plan[0].cases:,} cases given out on {name}", large.longest)
    if meanwhile is not None:
        yield from answers(f"callbacks while cases are given out on {name}", meanwhile)


def _boss(session: Session) -> Employee:
    boss = staff.find_employee(session, "boss", at=NOW)
    assert boss is not None
    return boss


def _preview(large: Timed, people: Sequence[int], policy: Policy, count: int | None) -> Plan:
    with large.reading() as session:
        return distribution.simulate(
            session,
            actor=_boss(session),
            filter=Filter(statuses=(CaseStatus.POOL,), limit=count),
            to=people,
            strategy=distribution.Strategy.EVEN,
            at=NOW,
            policy=policy,
        )


def _order(large: Timed, plan: Plan, policy: Policy) -> None:
    """As the handler of a confirmation does."""
    with large.writing() as session:
        distribution.order(
            session,
            actor=_boss(session),
            request=plan.request,
            fingerprint=plan.fingerprint,
            cause="benchmark:far",
            key="benchmark:far",
            at=NOW,
            policy=policy,
        )


# --- previews without a count, and taking back -----------------------------------------------------------


def take_back(name: str, large: Timed, people: Sequence[int], policy: Policy) -> Iterator[Figure]:
    """A preview of all that is in the pool, as far as a message and a worker do it; then what was given out
    goes back."""
    few = timed(lambda: _ask(large, people, policy))
    yield Figure(
        f"preview of the whole pool on {name}: in the message",
        few.seconds * 1000,
        "ms",
        "CPU time, ms",
        few.cpu * 1000,
    )
    whole = timed(lambda: _preview(large, people, policy, None))
    yield Figure(
        f"preview of the whole pool on {name}: by the worker", whole.seconds, "s", "CPU time", whole.cpu
    )
    worker = Worker(large, policy, NOW)
    large.forget()

    def taken_back() -> None:
        with large.writing() as session:
            boss = _boss(session)
            undoable = proposals.to_take_back(session, actor=boss, at=NOW)
            distribution.order_undo(
                session, actor=boss, undoable=undoable, cause="benchmark:back", at=NOW, policy=policy
            )
        worker.distribute()

    took = timed(taken_back)
    with large.reading() as session:
        assert session.scalars(select(AssignmentBatch.undone_at).where(AssignmentBatch.cases == GIVEN)).one()
    yield Figure(f"{GIVEN:,} cases taken back on {name}", took.seconds, "s", "CPU time", took.cpu)
    yield from lock(f"{GIVEN:,} cases taken back on {name}", large.longest)


def _ask(large: Timed, people: Sequence[int], policy: Policy) -> None:
    with large.reading() as session:
        distribution.ask(
            session,
            actor=_boss(session),
            filter=Filter(statuses=(CaseStatus.POOL,)),
            to=people,
            strategy=distribution.Strategy.EVEN,
            at=NOW,
            policy=policy,
        )


# --- what happens by itself ------------------------------------------------------------------------------

DAY = (
    reminding.ACCEPT,
    reminding.CONTACT,
    reminding.REVIEW,
    reminding.MORNING,
    reminding.EVENING,
    reminding.NOTES,
    reminding.PROMISES_BEFORE,
    reminding.PROMISES_DUE,
    reminding.HELD,
)


def tend(name: str, large: Timed, policy: Policy) -> Iterator[Figure]:
    """A day of reminders, promises that end, the ladder of idle cases, and placements that have ended: how
    long the longest transaction of each takes."""
    _working(large)
    worker = Worker(large, policy, NOW + timedelta(minutes=9))
    with large.writing() as session:
        distribution.note_rules(session, policy=policy, at=NOW)
    yield from _one(
        f"reminders are planned on {name}", worker, lambda ctx: case_reminders.tend_reminders(ctx)
    )
    yield from _figures(name, worker.run(NOW + timedelta(days=1, hours=2), DAY))
    broken = NOW + timedelta(days=7)
    worker.clock.put(broken)
    _plan(large, reminding.PROMISES_BROKEN, broken)
    yield from _figures(name, worker.run(broken + timedelta(hours=1), (reminding.PROMISES_BROKEN,), PIECES))
    for number, night in enumerate(("reminded", "supervisors told", "moved")):
        two = datetime.combine(date(2026, 3, 17 + number), time_of_day(2), tzinfo=NOW.tzinfo)
        worker.clock.put(two)
        _plan(large, RECYCLE, two)
        found = worker.run(two + timedelta(hours=1), (RECYCLE,), PIECES)
        yield from _figures(name, {f"{RECYCLE}, {night}": one for one in found.values()})
    for part, what in enumerate(("buckets", "ended placements", "offers", "redaction", "cards")):
        night_ = datetime.combine(date(2026, 6, 2), time_of_day(0, 20), tzinfo=NOW.tzinfo)
        worker.clock.put(night_)
        _plan(large, reminding.NIGHT, night_, part)
        found = worker.run(night_ + timedelta(hours=1), (reminding.NIGHT,), PIECES)
        yield from _figures(name, {f"{reminding.NIGHT}, {what}": one for one in found.values()})


def _working(large: Timed) -> None:
    """Ten thousand cases are with people; half are accepted, and some have a promise."""
    with large.writing() as session:
        owners = session.scalars(
            select(Employee.id).where(Employee.wecom_id.startswith("collector")).order_by(Employee.id)
        ).all()
        units = dict(session.execute(select(staff.Post.employee_id, staff.Post.unit_id)).all())
        debtors = session.scalars(
            select(Debtor.id)
            .where(Debtor.id.in_(select(Case.debtor_id).where(Case.status == CaseStatus.POOL)))
            .order_by(Debtor.id)
            .limit(GIVEN)
        ).all()
        for first in range(0, len(debtors), 50):
            owner = owners[first // 50 % len(owners)]
            some = debtors[first : first + 50]
            accepted = first // 50 % 2
            session.execute(update(Debtor).where(Debtor.id.in_(some)).values(owner_id=owner))
            session.execute(
                update(Case)
                .where(Case.debtor_id.in_(some))
                .values(
                    owner_id=owner,
                    live_owner_id=owner,
                    unit_id=units[owner],
                    status=CaseStatus.IN_PROGRESS if accepted else CaseStatus.ASSIGNED,
                    accept_by=None if accepted else NOW + timedelta(hours=4),
                    contact_by=NOW + timedelta(days=1),
                    assigned_at=NOW,
                    accepted_at=NOW if accepted else None,
                )
            )
            cases_ = select(Case.id).where(Case.debtor_id.in_(some), Case.status == CaseStatus.IN_PROGRESS)
            for number in session.scalars(cases_).all()[:10]:
                session.add(
                    PromiseToPay(
                        case_id=number,
                        amount=100_000,
                        due_on=NOW.date() + timedelta(days=1),
                        grace_days=1,
                        counts_on=NOW.date() + timedelta(days=2),
                        threshold_percent=100,
                        status=PtpStatus.OPEN,
                        made_at=NOW,
                        made_by_id=owner,
                    )
                )
                session.execute(update(Case).where(Case.id == number).values(status=CaseStatus.PTP))
        stretches = update(Assignment).where(Assignment.case_id == Case.id, Assignment.ended_at.is_(None))
        session.execute(stretches.values(owner_id=Case.owner_id).execution_options(synchronize_session=False))


def _plan(large: Timed, kind: str, moment: datetime, subject: int = 0) -> None:
    with large.writing() as session:
        planning.plan_due(session, [(kind, subject, moment, moment + timedelta(hours=20))])


def _one(what: str, worker: Worker, job: Callable[[JobContext], object]) -> Iterator[Figure]:
    worker.database.forget()
    with worker.database.writing() as session:
        policy = worker.policy
        job(JobContext(session, worker.clock.now(), work_calendar(policy), policy))
    yield from lock(what, worker.database.longest)


def _figures(name: str, found: Mapping[str, Longest]) -> Iterator[Figure]:
    for kind, longest in found.items():
        yield from lock(f"{kind} on {name}, {longest.count} times", longest)
