"""Large distributions: computed and laid down piece by piece, then written by one short transaction."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.database import Database, is_unavailable
from bot.errands import PIECE_SECONDS
from bot.posting import Posting
from bot.reporting import Reporting
from handlers.base import Reply
from jobs.base import Notice
from jobs.distribution import cards_of
from models import audit, cases, distribution, messaging, proposals, staff
from models.calendar import WorkCalendar
from models.errors import DomainError
from models.policy import Policy
from models.proposals import Undoable
from models.staff import Employee

ROWS = 250
"""So many drafts in one transaction: each holds the database for some milliseconds."""
TRIES = 3
"""After so many dead processes nobody tries again."""

log = structlog.get_logger("distributing")


class _TakenOver(Exception):
    """This worker took too long: another one does it now."""


@dataclass(frozen=True)
class _Taken:
    """A distribution, or the taking back of one, on its way, apart from the database."""

    id: int
    key: str
    cause: str
    employee_id: int
    attempts: int
    undoable_id: int | None
    """What is to be taken back, if that is what was asked for."""
    happened: bool
    """Whether all that is left is to tell people."""


class Distributing:
    """An errand: does one large distribution after the other (docs/adr/0025).

    Computing takes no turn to write; laying down takes short ones; what people see happens in a single one,
    or not at all, and they are told of it in the next. A process that dies before leaves drafts that nobody
    reads, and the next one begins anew; after it the next one tells people.
    """

    name = "distributing"

    def __init__(
        self,
        database: Database,
        posting: Posting,
        reporting: Reporting,
        clock: Clock,
        policy: Policy,
        calendar: WorkCalendar,
    ) -> None:
        self._database = database
        self._posting = posting
        self._reporting = reporting
        self._clock = clock
        self._policy = policy
        self._calendar = calendar
        self._under_way: Iterator[None] | None = None

    def is_due(self) -> bool:
        """Whether one is under way here, or waits."""
        if self._under_way is not None:
            return True
        with self._database.reading() as session:
            return distribution.any_run(session, now=self._clock.now())

    def step(self) -> None:
        """Do a piece of it."""
        pieces = self._under_way or self._pieces()
        self._under_way = None
        if next(pieces, self) is None:
            self._under_way = pieces

    def _pieces(self) -> Iterator[None]:
        with self._database.writing() as session:
            run = distribution.take_run(session, now=self._clock.now())
            if run is None:
                return
            taken = _Taken(
                run.id,
                run.key,
                run.cause,
                run.employee_id,
                run.attempts,
                run.undoable_id,
                run.batch_id is not None,
            )
        try:
            if taken.attempts > TRIES:
                raise TimeoutError("nobody finished it")
            if not taken.happened:
                yield from self._clear(taken)
                yield from self._take_back(taken) if taken.undoable_id else self._give_out(taken)
                yield
            if taken.undoable_id is None:
                self._tell(taken)
            else:
                self._tell_taken_back(taken, taken.undoable_id)
        except _TakenOver:
            return
        except DomainError as refusal:
            self._refuse(taken, [Reply(f"{refusal.texts}/{refusal.code()}", **refusal.facts)])
        except Exception as bug:
            if is_unavailable(bug):
                raise
            self._give_up(taken, bug)
        yield
        with suppress(_TakenOver):
            yield from self._clear(taken)

    def _give_out(self, taken: _Taken) -> Iterator[None]:
        drafted = self._draft(taken)
        yield
        yield from self._lay_down(taken, drafted.rows)
        self._finish(taken, drafted)

    def _take_back(self, taken: _Taken) -> Iterator[None]:
        with self._database.reading() as session:
            run = session.get_one(distribution.DistributionRun, taken.id)
            actor = _who_asked(session, taken, self._clock)
            rows = distribution.draft_undo(
                session, run=run, actor=actor, at=self._clock.now(), policy=self._policy
            )
        yield
        yield from self._lay_down(taken, rows)
        with self._database.writing() as session:
            session.info[audit.CAUSE] = taken.cause
            distribution.finish_undo(
                session,
                run_id=taken.id,
                attempt=taken.attempts,
                actor=_who_asked(session, taken, self._clock),
                at=self._clock.now(),
                policy=self._policy,
            )

    def _hold(self, session: Session, taken: _Taken) -> None:
        now = self._clock.now()
        if not distribution.hold_run(session, run_id=taken.id, attempt=taken.attempts, now=now):
            log.warning("distribution_taken_over", run=taken.id, attempt=taken.attempts)
            raise _TakenOver

    def _draft(self, taken: _Taken) -> distribution.Drafted:
        with self._database.reading() as session:
            now = self._clock.now()
            run = session.get_one(distribution.DistributionRun, taken.id)
            actor = _who_asked(session, taken, self._clock)
            return distribution.draft(
                session, run=run, actor=actor, at=now, policy=self._policy, calendar=self._calendar
            )

    def _lay_down(self, taken: _Taken, rows: Sequence[Mapping[str, Any]]) -> Iterator[None]:
        since = time.monotonic()
        for first in range(0, len(rows), ROWS):
            with self._database.writing() as session:
                self._hold(session, taken)
                cases.lay_down(session, rows[first : first + ROWS])
            if time.monotonic() - since > PIECE_SECONDS:
                yield
                since = time.monotonic()

    def _clear(self, taken: _Taken) -> Iterator[None]:
        while True:
            with self._database.writing() as session:
                self._hold(session, taken)
                if not cases.clear_drafts(session, run_id=taken.id, most=ROWS):
                    return
            yield

    def _finish(self, taken: _Taken, drafted: distribution.Drafted) -> None:
        with self._database.writing() as session:
            session.info[audit.CAUSE] = taken.cause
            distribution.finish(
                session,
                run_id=taken.id,
                attempt=taken.attempts,
                drafted=drafted,
                actor=_who_asked(session, taken, self._clock),
                at=self._clock.now(),
                policy=self._policy,
            )

    def _tell(self, taken: _Taken) -> None:
        now = self._clock.now()
        with self._database.writing() as session:
            session.info[audit.CAUSE] = taken.cause
            batch = distribution.note_told(session, run_id=taken.id, attempt=taken.attempts)
            if batch is None:
                return
            actor = _who_asked(session, taken, self._clock)
            key = f"{taken.cause}:distributed"
            undoable = proposals.remember(
                session,
                actor=actor,
                kind="distribute_many",
                arguments={"batch": batch.id},
                cause=key,
                at=now,
                minutes=self._policy.cases.undo_minutes,
            )
            told = distribution.told_of(session, batch)
            answer = Reply(
                "distribution/given_out",
                batch=batch,
                people=len(told.got),
                staying=sum(batch.details["stays"].values()),
                until=undoable.expires_at,
            )
            self._posting.post_answers(session, key, actor, [answer], now)
            self._posting.post_notices(session, key, cards_of(session, batch, now, told=told), now)

    def _tell_taken_back(self, taken: _Taken, undoable_id: int) -> None:
        now = self._clock.now()
        with self._database.writing() as session:
            session.info[audit.CAUSE] = taken.cause
            batch = distribution.note_told(session, run_id=taken.id, attempt=taken.attempts)
            if batch is None:
                return
            actor = _who_asked(session, taken, self._clock)
            undoable = session.get_one(Undoable, undoable_id)
            recalled = messaging.recall_because(session, cause=undoable.cause, at=now)
            key = f"{taken.cause}:taken_back"
            answer = Reply("distribution/taken_back", count=batch.cases, taken=recalled)
            self._posting.post_answers(session, key, actor, [answer], now)
            kept = [staff.find_employee(session, wecom_id, at=now) for wecom_id in recalled.kept_by]
            notices = [
                Notice(person, "undo/never_mind", {"by": actor, "at": undoable.done_at})
                for person in kept
                if person is not None and person.id != actor.id
            ]
            self._posting.post_notices(session, key, notices, now)

    def _refuse(self, taken: _Taken, answers: Sequence[Reply]) -> None:
        with self._database.writing() as session:
            if distribution.refuse_run(session, run_id=taken.id, attempt=taken.attempts):
                actor = session.get_one(Employee, taken.employee_id)
                key = f"{taken.cause}:distributed"
                self._posting.post_answers(session, key, actor, answers, self._clock.now())

    def _give_up(self, taken: _Taken, bug: Exception) -> None:
        """Apologise once, and tell the maintainers."""
        trace_id = secrets.token_hex(4)
        log.error("distribution_failed", trace_id=trace_id, exc_info=bug)
        said = "distribution/run_failed" if taken.undoable_id is None else "distribution/undo_failed"
        self._refuse(taken, [Reply(said)])
        with self._database.writing() as session:
            key = f"{taken.cause}:distributed"
            self._reporting.tell_of_crash(session, key, self.name, bug, trace_id, self._clock.now())


def _who_asked(session: Session, taken: _Taken, clock: Clock) -> Employee:
    """The employee with the posts of now; who has left has none, and so no right."""
    person = session.get_one(Employee, taken.employee_id)
    return staff.with_posts(session, [person], at=clock.now())[0]
