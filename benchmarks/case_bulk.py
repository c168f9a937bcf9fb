"""Large work on cases as the product does it: given out by its errand, taken back, and tended at night."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.case_files import NOW
from benchmarks.company import Silent, StillClock
from benchmarks.meanwhile import Meanwhile, Timed, answers, lock
from benchmarks.table import Figure
from bot.distributing import Distributing
from bot.errands import Errands
from bot.outbox import Outbox
from bot.policy import work_calendar
from bot.posting import Posting
from bot.reporting import Reporting
from bot.runner import Runner
from bot.texts import Texts
from models import distribution, staff
from models.cases import CaseStatus, Filter
from models.distribution import DistributionRun, Plan
from models.messaging import Channel
from models.policy import Policy
from models.staff import Employee

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


class Worker:
    """What a worker process is made of, on a database that is timed, at a moment that stands still."""

    def __init__(self, database: Timed, policy: Policy, moment: datetime) -> None:
        calendar = work_calendar(policy)
        clock = StillClock(moment)
        posting = Posting(Texts(), policy.delivery, public_url="")
        reporting = Reporting(database, posting, clock, ())
        outbox = Outbox(
            database, {Channel.WECOM: Silent()}, clock, policy, calendar, reporting.report_refusal
        )
        self.distributing = Distributing(database, posting, reporting, clock, policy, calendar)
        self.runner = Runner(
            database, posting, reporting, outbox, clock, policy, calendar, Errands([self.distributing])
        )

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
