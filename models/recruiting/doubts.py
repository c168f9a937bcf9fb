"""A manager doubts a dimension and asks for a supplementary assessment; HR puts it in or says no (S2-17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, handover, secrecy, staff
from models.base import mark_once
from models.calendar import WorkCalendar
from models.candidates import Application
from models.policy import Policy
from models.recruiting import reading
from models.recruiting.errors import (
    DoubtNotFound,
    DoubtSettled,
    DoubtStands,
    SaysNoReason,
    UnknownDimension,
)
from models.recruiting.kinds import CONFIRM_NEED, DECIDE, DoubtState
from models.recruiting.stages import insert_stage
from models.recruiting.tables import Doubt, StageRecord
from models.staff import Candidate, Employee, Unit


@dataclass(frozen=True)
class DoubtView:
    """A doubt with whom it is about."""

    doubt: Doubt
    application: Application
    person: Candidate
    unit: Unit
    asker: Employee
    points: float | None
    """What the AI interview found in the dimension."""
    words: str
    answer: str


def doubt(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    dimension: str,
    words: str,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> DoubtView:
    """The department doubts what is known of a dimension and asks HR to look closer.

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
        ProcessSettled: as named. UnknownDimension: the job has no such dimension.
        SaysNoReason: as named. DoubtStands: it was asked, and HR has not answered.
    """
    process = reading.process_within(
        session, actor=actor, application_id=application_id, action=CONFIRM_NEED, policy=policy, lock=True
    )
    reading.require_open(process)
    names = [one.name for one in process.version.dimensions]
    named = [name for name in names if dimension and (dimension in name or name in dimension)]
    if len(named) != 1:
        raise UnknownDimension(asked=dimension, names=names)
    if not words.strip():
        raise SaysNoReason()
    standing = select(Doubt.id).where(
        Doubt.application_id == application_id, Doubt.dimension == named[0], Doubt.state == DoubtState.OPEN
    )
    if session.scalars(standing).first() is not None:
        raise DoubtStands(dimension=named[0])
    numbers = policy.recruiting
    made = Doubt(
        application_id=application_id,
        dimension=named[0],
        words=secrecy.seal(session, reading.sealed_under(process.application), words.strip()),
        asked_by_id=actor.id,
        asked_at=at,
        remind_at=handover.add_workdays(at, numbers.remind_workdays, calendar.is_workday),
        due_at=handover.add_workdays(at, numbers.answer_workdays, calendar.is_workday),
        state=DoubtState.OPEN,
    )
    session.add(made)
    session.flush()
    _record(session, made, "recruiting.doubt", at, actor)
    return doubt_view(session, made, policy=policy)


def answer_doubt(
    session: Session,
    *,
    actor: Employee,
    doubt_id: int,
    inserts: bool,
    words: str,
    at: datetime,
    policy: Policy,
) -> tuple[DoubtView, StageRecord | None]:
    """HR puts a stage of this name in, or says no with this reason.

    Raises:
        NotPermitted, DoubtNotFound: the actor may not, or it is not within reach.
        DoubtSettled: it was answered. SaysNoReason, ProcessSettled: as named.
    """
    view = doubt_within(session, actor=actor, doubt_id=doubt_id, policy=policy, lock=True)
    if view.doubt.state != DoubtState.OPEN:
        raise DoubtSettled(state=str(view.doubt.state))
    if not words.strip():
        raise SaysNoReason()
    stage = None
    if inserts:
        stage = insert_stage(
            session,
            actor=actor,
            application_id=view.application.id,
            name=words,
            at=at,
            policy=policy,
            reason=view.words,
        )
    view.doubt.state = DoubtState.INSERTED if inserts else DoubtState.REFUSED
    view.doubt.decided_by, view.doubt.decided_at = actor.subject, at
    view.doubt.answer = secrecy.seal(session, reading.sealed_under(view.application), words.strip())
    session.flush()
    _record(session, view.doubt, "recruiting.answer_doubt", at, actor)
    return doubt_view(session, view.doubt, policy=policy), stage


def doubt_within(
    session: Session, *, actor: Employee, doubt_id: int, policy: Policy, lock: bool = False
) -> DoubtView:
    """A doubt that the actor may answer.

    Raises:
        NotPermitted, DoubtNotFound: the actor may not, or it is not within reach.
    """
    allowed = staff.require(actor, DECIDE, policy.rights)
    found = session.get(Doubt, doubt_id, with_for_update=lock or None, populate_existing=lock)
    application = None if found is None else session.get(Application, found.application_id)
    within = application is not None and staff.covers_unit(session, allowed, application.unit_id)
    if found is None or not within:
        raise DoubtNotFound()
    return doubt_view(session, found, policy=policy)


def doubts_within(session: Session, *, actor: Employee, policy: Policy, limit: int = 20) -> list[DoubtView]:
    """The doubts within reach that wait for an answer, the oldest first.

    Raises:
        NotPermitted: the actor decides on none.
    """
    allowed = staff.require(actor, DECIDE, policy.rights)
    found = session.scalars(
        select(Doubt)
        .join(Application, Application.id == Doubt.application_id)
        .where(Doubt.state == DoubtState.OPEN, staff.unit_in_reach(allowed, Application.unit_id))
        .order_by(Doubt.due_at, Doubt.id)
        .limit(limit)
    ).all()
    return [doubt_view(session, one, policy=policy) for one in found]


def doubt_view(session: Session, found: Doubt, *, policy: Policy) -> DoubtView:
    """Everything about a doubt."""
    process = reading.process_of(session, found.application_id, policy=policy)
    under = reading.sealed_under(process.application)
    return DoubtView(
        found,
        process.application,
        reading.person_of(session, process.application),
        reading.unit_of(session, process.application),
        session.get_one(Employee, found.asked_by_id),
        None if process.ai is None else process.ai.dimensions.get(found.dimension),
        secrecy.open_text(session, under, found.words) or "",
        secrecy.open_text(session, under, found.answer) or "",
    )


def doubts_to_remind(session: Session, *, at: datetime) -> Sequence[Doubt]:
    """Doubts of which HR is to be reminded now, each once; they are marked as such."""
    return mark_once(
        session,
        Doubt,
        waits=Doubt.state == DoubtState.OPEN,
        due=Doubt.remind_at,
        marked=Doubt.reminded_at,
        at=at,
    )


def doubts_to_escalate(session: Session, *, at: datetime) -> Sequence[Doubt]:
    """Doubts that nobody has answered in time, each once; they are marked as such."""
    return mark_once(
        session,
        Doubt,
        waits=Doubt.state == DoubtState.OPEN,
        due=Doubt.due_at,
        marked=Doubt.escalated_at,
        at=at,
    )


def _record(session: Session, found: Doubt, action: str, at: datetime, actor: Employee) -> None:
    application = session.get_one(Application, found.application_id)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=reading.person_of(session, application).subject,
        details={"application": application.id, "doubt": found.id, "state": str(found.state)},
    )
