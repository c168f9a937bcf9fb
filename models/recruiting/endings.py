"""How an application ends without an admission, and what the hiring department says beforehand."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import audit, secrecy, staff
from models.candidates import Application, ApplicationState, is_admitted_elsewhere, rows_of
from models.policy import Policy
from models.recruiting import reading, requests
from models.recruiting.errors import (
    CannotGoOn,
    NothingToReopen,
    ProcessSettled,
    SaysNoReason,
    StageSettled,
)
from models.recruiting.kinds import CONFIRM_NEED, DECIDE, RequestState, StageStatus, Tag
from models.recruiting.reading import Process
from models.recruiting.tables import InterviewSlot
from models.staff import Candidate, Employee


def confirm_need(
    session: Session, *, actor: Employee, application_id: int, at: datetime, policy: Policy
) -> Process:
    """The hiring department says that it needs somebody for the job; said again, nothing changes (S1-28).

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
        ProcessSettled: the application was decided.
    """
    process = reading.process_within(
        session, actor=actor, application_id=application_id, action=CONFIRM_NEED, policy=policy, lock=True
    )
    if process.application.state != ApplicationState.OPEN:
        raise ProcessSettled(state=process.application.state)
    if process.row.need_confirmed_at is None:
        process.row.need_confirmed_at, process.row.need_confirmed_by = at, actor.subject
        session.flush()
        audit.record(
            session,
            at=at,
            actor=actor.subject,
            action="recruiting.need",
            subject=reading.person_of(session, process.application).subject,
            details={"application": application_id},
        )
    return process


def reject(
    session: Session, *, actor: Employee, application_id: int, reason: str, at: datetime, policy: Policy
) -> Process:
    """End an application; a named human does, and says why. Until then a review can be asked for.

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
        ProcessSettled: it was decided. SaysNoReason: as named.
        StageSettled: a request is open: that is answered first.
    """
    process = reading.process_within(
        session, actor=actor, application_id=application_id, action=DECIDE, policy=policy, lock=True
    )
    if process.application.state != ApplicationState.OPEN:
        raise ProcessSettled(state=process.application.state)
    if not reason.strip():
        raise SaysNoReason()
    stage = process.current
    request = None if stage is None else reading.open_request(session, stage.id)
    if stage is not None and request is not None and request.state != RequestState.DRAFT:
        raise StageSettled(stage=stage.name, status=str(stage.status))
    person = reading.person_of(session, process.application)
    if stage is not None:
        stage.reason = secrecy.seal(session, reading.sealed_under(process.application), reason.strip())
        stage.status = StageStatus.FAILED
    _end(session, process, ApplicationState.REJECTED, at, actor.subject)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.reject",
        subject=person.subject,
        details={"application": application_id, "stage": None if stage is None else stage.code},
        personal={person.subject: {"reason": reason.strip()}},
    )
    return process


def give_up(
    session: Session, *, person: Candidate, application_id: int, at: datetime, policy: Policy
) -> Process:
    """The candidate takes an application back (S0-08).

    Raises:
        NotBound, ProcessNotFound: as `requests.own_process`. ProcessSettled: it was decided.
    """
    process = requests.own_process(session, person, application_id, policy=policy)
    if process.application.state != ApplicationState.OPEN:
        raise ProcessSettled(state=process.application.state)
    stage = process.current
    request = None if stage is None else reading.open_request(session, stage.id)
    if request is not None:
        request.state, request.changed_at = RequestState.WITHDRAWN, at
        requests.close(session, process, request, at=at)
    process.row.tag = Tag.GAVE_UP if process.row.tag != Tag.DONE else Tag.DONE
    subject = reading.person_of(session, process.application).subject
    _end(session, process, ApplicationState.WITHDRAWN, at, subject)
    audit.record(
        session,
        at=at,
        actor=subject,
        action="recruiting.give_up",
        subject=subject,
        details={"application": application_id},
    )
    return process


def take_back_giving_up(
    session: Session, *, person: Candidate, application_id: int, at: datetime, policy: Policy
) -> Process:
    """Who gave up goes on after all, while nobody else has decided about the application or the person.

    Raises:
        NotBound, ProcessNotFound: as `requests.own_process`. CannotGoOn: something has followed.
    """
    process = requests.own_process(session, person, application_id, policy=policy)
    subject = reading.person_of(session, process.application).subject
    own = process.application.decided_by == subject
    if process.application.state != ApplicationState.WITHDRAWN or not own:
        raise CannotGoOn(why="settled")
    if is_admitted_elsewhere(session, process.application):
        raise CannotGoOn(why="elsewhere")
    process.row.tag = Tag.NOT_DONE
    _open_again(session, process, at)
    audit.record(
        session,
        at=at,
        actor=subject,
        action="recruiting.go_on",
        subject=subject,
        details={"application": application_id},
    )
    return process


def reopen(
    session: Session, *, actor: Employee, person: Candidate, reason: str, at: datetime, policy: Policy
) -> Process:
    """The newest application of a person that somebody ended goes on after all, and the reason is kept.

    The stage that it ended at waits for a decision again, or for its turn where there is no result.

    Raises:
        NotPermitted: the actor decides on none. SaysNoReason: as named.
        NothingToReopen: none within reach was ended.
    """
    allowed = staff.require(actor, DECIDE, policy.rights)
    if not reason.strip():
        raise SaysNoReason()
    rows = [row.id for row in rows_of(session, person)]
    application_id = session.scalars(
        select(Application.id)
        .where(
            Application.person_id.in_(rows),
            Application.state == ApplicationState.REJECTED,
            staff.unit_in_reach(allowed, Application.unit_id),
        )
        .order_by(Application.decided_at.desc(), Application.id.desc())
        .limit(1)
    ).first()
    if application_id is None:
        raise NothingToReopen(name=person.name)
    process = reading.process_of(session, application_id, policy=policy, lock=True)
    stage = process.current
    if stage is not None and stage.status == StageStatus.FAILED:
        known = stage.score is not None or stage.result_at is not None
        stage.status = StageStatus.COMPLETED if known else StageStatus.PENDING
    _open_again(session, process, at)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.reopen",
        subject=person.subject,
        details={"application": application_id},
        personal={person.subject: {"reason": reason.strip()}},
    )
    return process


def _open_again(session: Session, process: Process, at: datetime) -> None:
    process.application.state = ApplicationState.OPEN
    process.application.decided_at = process.application.decided_by = None
    reading.settle(session, process, at=at)


def _end(session: Session, process: Process, state: ApplicationState, at: datetime, by: str) -> None:
    process.application.state = state
    process.application.decided_at, process.application.decided_by = at, by
    stages = [stage.id for stage in process.stages]
    session.execute(update(InterviewSlot).where(InterviewSlot.stage_id.in_(stages)).values(stage_id=None))
    reading.settle(session, process, at=at)
