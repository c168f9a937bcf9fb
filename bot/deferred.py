"""Slow parts of answers (`Later`): taken, made without holding the database, and posted as answers."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.database import Database, is_unavailable
from bot.handling import Handling
from bot.posting import Posting
from bot.reporting import Reporting
from handlers.base import Attachment, Reply
from models import audit, planning, staff
from models.planning import RunState
from models.policy import Policy
from models.staff import Employee

LEASE = timedelta(seconds=60)
"""So long a worker has for one; a process that died in between loses it after that."""
TRIES = 3
"""After so many dead processes nobody tries again."""

log = structlog.get_logger("deferred")


@dataclass(frozen=True)
class Taken:
    """A deferred answer on its way, apart from the database."""

    id: int
    key: str
    kind: str
    employee_id: int
    arguments: Mapping[str, Any]
    in_vain: bool
    """Whether it is too late, or was tried too often."""


class DeferredAnswers:
    """An errand: makes one deferred answer after the other (docs/adr/0022).

    Taking one and posting what became of it are two short transactions; nothing is written in between, so
    that nobody waits for a picture. What is posted has a key: a worker that was too slow changes nothing.
    """

    name = "deferred_answers"

    def __init__(
        self,
        database: Database,
        handling: Handling,
        posting: Posting,
        reporting: Reporting,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._database = database
        self._handling = handling
        self._posting = posting
        self._reporting = reporting
        self._clock = clock
        self._policy = policy

    def is_due(self) -> bool:
        """Whether somebody waits."""
        with self._database.reading() as session:
            return planning.any_deferred(session, now=self._clock.now())

    def step(self) -> None:
        """Make the one that has waited longest; who asked is told if that fails."""
        now = self._clock.now()
        taken = self._take(now)
        if taken is None:
            return
        if taken.in_vain:
            self._give_up(taken, now, TimeoutError("nobody finished it"))
            return
        try:
            me, answers = self._make(taken, now)
            self._post(taken, me, answers, now)
        except Exception as bug:
            if is_unavailable(bug):
                raise
            self._give_up(taken, now, bug)

    def _take(self, now: datetime) -> Taken | None:
        with self._database.writing() as session:
            row = planning.take_deferred(session, now=now, lease=LEASE)
            if row is None:
                return None
            in_vain = row.attempts > TRIES or row.expires_at <= now
            return Taken(row.id, row.key, row.kind, row.employee_id, row.arguments, in_vain)

    def _make(self, taken: Taken, now: datetime) -> tuple[Employee | None, Sequence[Reply | Attachment]]:
        with self._database.reading() as session:
            me = _who_asked(session, taken, now)
            if me is None:
                return None, []
            ctx = self._handling.context(session, me, now, arguments=taken.arguments)
            return me, self._handling.make_deferred(taken.kind, ctx)

    def _post(
        self,
        taken: Taken,
        me: Employee | None,
        answers: Sequence[Reply | Attachment],
        now: datetime,
    ) -> None:
        with self._database.writing() as session:
            session.info[audit.CAUSE] = taken.key
            state = RunState.DONE if me is not None else RunState.SKIPPED
            if planning.settle_deferred(session, id_=taken.id, state=state) and me is not None:
                complete = [_completed(session, answer, now) for answer in answers]
                self._posting.post_answers(session, taken.key, me, complete, now)

    def _give_up(self, taken: Taken, now: datetime, bug: Exception) -> None:
        """Apologise once, and tell the maintainers."""
        trace_id = secrets.token_hex(4)
        log.error("deferred_failed", trace_id=trace_id, kind=taken.kind, exc_info=bug)
        with self._database.writing() as session:
            if not planning.settle_deferred(session, id_=taken.id, state=RunState.FAILED):
                return
            me = _who_asked(session, taken, now)
            if me is not None:
                self._posting.post_answers(session, taken.key, me, [Reply("common/later_failed")], now)
            self._reporting.tell_of_crash(session, taken.key, taken.kind, bug, trace_id, now)


def _completed(session: Session, answer: Reply | Attachment, now: datetime) -> Reply | Attachment:
    """The answer with what is made only now that it is posted."""
    if isinstance(answer, Reply) and answer.completing is not None:
        return Reply(answer.block, about=answer.about, **answer.values, **answer.completing(session, now))
    return answer


def _who_asked(session: Session, taken: Taken, now: datetime) -> Employee | None:
    """The employee with the posts of now; None if they have left."""
    known = session.get(Employee, taken.employee_id)
    return None if known is None else staff.find_employee(session, known.wecom_id, at=now)
