"""Running what the timetable planned: one run, one transaction, with its notices."""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.database import Database, is_unavailable
from bot.errands import Errands
from bot.outbox import Outbox
from bot.posting import Posting
from bot.reporting import Reporting
from jobs.base import JobContext
from jobs.schedule import AT_ONCE, DUE, TIMETABLE
from models import planning
from models.calendar import WorkCalendar
from models.planning import DueItem, JobRun, RunState
from models.policy import Policy

DUE_BATCH = 1000

log = structlog.get_logger("runner")


@dataclass(frozen=True)
class Taken:
    """Due items on their way, apart from the database."""

    kind: str
    due_at: datetime
    attempts: int
    ids: Sequence[int]


class Runner:
    """Runs due job runs and due items, in the order of their planned moments."""

    def __init__(
        self,
        database: Database,
        posting: Posting,
        reporting: Reporting,
        outbox: Outbox,
        clock: Clock,
        policy: Policy,
        calendar: WorkCalendar,
        errands: Errands,
    ) -> None:
        self.outbox = outbox
        self._errands = errands
        self._database = database
        self._posting = posting
        self._reporting = reporting
        self.clock = clock
        self._policy = policy
        self._calendar = calendar
        self._stopping = threading.Event()
        self._jobs = {entry.name: entry.job for entry in TIMETABLE}

    def run_due(self) -> int:
        """Run everything that is due; returns how many transactions that took."""
        count = 0
        while not self._stopping.is_set() and self._run_one():
            count += 1
        return count

    def run_errands(self) -> int:
        """Do errands piece by piece until none is due, with answers sent in between; returns how many."""
        count = 0
        while not self._stopping.is_set() and self._errands.step():
            self.outbox.drain()
            count += 1
        return count

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()
        self.outbox.stop()

    def anything_due(self) -> bool:
        """Whether something waits to be run."""
        with self._database.reading() as session:
            if planning.anything_due(session, now=self.clock.now()):
                return True
        return self._errands.anything_due()

    def _run_one(self) -> bool:
        """Run the earliest job run that is due; without one, the due items of one kind and moment."""
        now = self.clock.now()
        key: tuple[str, datetime] | None = None
        taken: Taken | None = None
        try:
            with self._database.writing() as session:
                if (run := planning.next_run(session, now=now)) is not None:
                    key = (run.name, run.planned_at)
                    self._do_run(session, run, now)
                    return True
                items = list(planning.due_items(session, now=now, limit=DUE_BATCH, fewer=AT_ONCE))
                if not items:
                    return False
                taken = Taken(items[0].kind, items[0].due_at, items[0].attempts, [i.id for i in items])
                self._do_items(session, items, now)
                return True
        except Exception as bug:
            if is_unavailable(bug) or (key is None and taken is None):
                raise
            if key is not None:
                self._note_failure(*key, bug)
            elif taken is not None:
                self._note_item_failure(taken, bug)
            return True

    def _do_run(self, session: Session, run: JobRun, now: datetime) -> None:
        job = self._jobs.get(run.name)
        if job is None:  # a line removed from the timetable
            run.state, run.finished_at = RunState.SKIPPED, now
            return
        notices = job(self._context(session, run.planned_at))
        name = f"job:{run.name}:{run.planned_at.timestamp():.0f}:{secrets.token_hex(4)}"
        self._posting.post_notices(session, name, notices, now)
        run.state, run.finished_at = RunState.DONE, now
        run.attempts += 1

    def _do_items(self, session: Session, items: Sequence[DueItem], now: datetime) -> None:
        fresh = [item for item in items if item.expires_at > now]
        planning.settle(session, [i.id for i in items if i not in fresh], RunState.SKIPPED)
        if fresh:
            notices = DUE[fresh[0].kind](self._context(session, fresh[0].due_at), fresh)
            key = f"due:{fresh[0].kind}:{fresh[0].due_at.timestamp():.0f}:{secrets.token_hex(4)}"
            self._posting.post_notices(session, key, notices, now)
            planning.settle(session, [i.id for i in fresh], RunState.DONE)

    def _context(self, session: Session, planned_at: datetime) -> JobContext:
        return JobContext(session, planned_at, self._calendar, self._policy)

    def _note_failure(self, name: str, planned_at: datetime, bug: Exception) -> None:
        """Try a failed run again a little later; after the last attempt tell the maintainers."""
        log.error("job_failed", job=name, planned_at=planned_at.isoformat(), exc_info=bug)
        now = self.clock.now()
        with self._database.writing() as session:
            run = session.get(JobRun, (name, planned_at))
            assert run is not None
            run.attempts += 1
            run.error = f"{type(bug).__name__}: {bug}"
            run.due_at = now + timedelta(seconds=self._policy.jobs.retry_seconds * 2 ** (run.attempts - 1))
            if run.attempts >= self._policy.jobs.attempts:
                run.state, run.finished_at = RunState.FAILED, now
                self._report(session, name, planned_at, bug, run.attempts, now)

    def _note_item_failure(self, taken: "Taken", bug: Exception) -> None:
        """The same for due items."""
        log.error("job_failed", job=taken.kind, planned_at=taken.due_at.isoformat(), exc_info=bug)
        now = self.clock.now()
        attempts = taken.attempts + 1
        with self._database.writing() as session:
            if attempts >= self._policy.jobs.attempts:
                planning.settle(session, taken.ids, RunState.FAILED)
                self._report(session, taken.kind, taken.due_at, bug, attempts, now)
            else:
                until = now + timedelta(seconds=self._policy.jobs.retry_seconds * 2 ** (attempts - 1))
                planning.postpone(session, taken.ids, until=until)

    def _report(
        self, session: Session, job: str, planned_at: datetime, bug: Exception, attempts: int, now: datetime
    ) -> None:
        values = {
            "job": job,
            "planned_at": planned_at,
            "error": type(bug).__name__,
            "attempts": attempts,
        }
        key = f"failed:{job}:{planned_at.timestamp():.0f}"
        self._reporting.tell_maintainers(session, key, "common/job_failed", values, now)
