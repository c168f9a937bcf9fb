"""Writes about stages: arranging them, who was absent, what a named human decides, and overriding."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from models import audit, secrecy, staff
from models.audit import SYSTEM
from models.candidates import Application, ApplicationState
from models.flows import StageKind
from models.policy import Policy
from models.recruiting import clocks, reading, reversing, rules
from models.recruiting.errors import (
    NotInTheFuture,
    NotTheInterviewer,
    ProcessFrozen,
    SaysNoReason,
    StageLocked,
    StageSettled,
    TooEarly,
)
from models.recruiting.kinds import (
    DECIDE,
    INTERVIEW,
    OVERRIDE,
    RequestKind,
    RequestState,
    StageStatus,
    StopReason,
)
from models.recruiting.reading import Process
from models.recruiting.reversing import Decided
from models.recruiting.tables import Remark, RemarkReading, StageRecord
from models.staff import Employee

MISSED = "missed"
"""The remark that an absence makes by itself (S0-18)."""
LINK = "interview_link"
"""The kind of the hash of a link."""
DECIDABLE = frozenset(StageStatus) - {StageStatus.REMEDIAL_REQUESTED, *rules.CLEARED}


def require_free(process: Process, stage: StageRecord) -> None:
    """Refuse while something stands before a stage (S0-14, S0-15, S0-17).

    Raises:
        StageLocked, ProcessFrozen: as named.
    """
    missing = rules.missing_for(process.version, process.stages, stage.code)
    if missing:
        names = [process.stage(code).name for code in missing]
        raise StageLocked(stage=stage.name, missing=names)
    if process.row.frozen_at is not None:
        frozen = process.stage(process.row.frozen_why or stage.code)
        raise ProcessFrozen(stage=frozen.name)


def schedule(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    starts_at: datetime,
    at: datetime,
    policy: Policy,
    interviewer: Employee | None = None,
    place: str = "",
    minutes: int | None = None,
) -> StageRecord:
    """Arrange the current stage; an earlier time of it is given up.

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
        ProcessSettled, StageLocked, ProcessFrozen, NotInTheFuture, StageSettled: as named.
    """
    process = reading.process_within(
        session,
        actor=actor,
        application_id=application_id,
        action=DECIDE,
        policy=policy,
        lock=True,
    )
    stage = reading.require_open(process)
    require_free(process, stage)
    if starts_at <= at:
        raise NotInTheFuture(starts_at=starts_at)
    if stage.status not in rules.TO_COME:
        raise StageSettled(stage=stage.name, status=str(stage.status))
    _arrange(process, stage, starts_at, minutes, interviewer, place)
    if stage.status == StageStatus.PENDING:
        stage.status = StageStatus.SCHEDULED
    reading.settle(session, process, at=at)
    _record(session, process, stage, "recruiting.schedule", at, actor, starts_at=starts_at.isoformat())
    return stage


def _arrange(
    process: Process,
    stage: StageRecord,
    starts_at: datetime,
    minutes: int | None,
    interviewer: Employee | None,
    place: str,
) -> None:
    planned = process.version.stage(stage.code)
    length = minutes or (planned.duration_minutes if planned else 30)
    stage.starts_at, stage.ends_at = starts_at, starts_at + timedelta(minutes=length)
    stage.interviewer_id = None if interviewer is None else interviewer.id
    stage.place = place


def open_link(session: Session, stage: StageRecord, *, at: datetime, policy: Policy) -> str:
    """A fresh secret for the link of a stage; an earlier one opens nothing any more (S0-27)."""
    token = secrets.token_urlsafe(18)
    stage.link_hash = secrecy.identity_hash(session, LINK, token)
    stage.link_expires_at = at + timedelta(hours=policy.recruiting.link_hours)
    session.flush()
    return token


def stage_of_link(session: Session, token: str, *, at: datetime) -> StageRecord | None:
    """The stage that a link opens; None once it is used up, too old, or another one took its place."""
    found = session.scalars(
        select(StageRecord).where(StageRecord.link_hash == secrecy.identity_hash(session, LINK, token))
    ).one_or_none()
    if found is None or found.link_expires_at is None or found.link_expires_at <= at:
        return None
    return found if found.status in rules.TO_COME else None


def mark_no_shows(session: Session, *, at: datetime, policy: Policy, limit: int = 200) -> list[StageRecord]:
    """Whoever is not there some minutes after the start was absent (domain.md 7); returns the new ones.

    A result that comes later says otherwise and counts. Of what a human holds, the human says who came
    (`absent`).
    """
    since = at - timedelta(minutes=policy.recruiting.no_show_minutes)
    found = session.scalars(
        select(StageRecord)
        .join(Application, Application.id == StageRecord.application_id)
        .where(
            StageRecord.status == StageStatus.SCHEDULED,
            or_(StageRecord.kind == StageKind.AI_INTERVIEW, StageRecord.interviewer_id.is_(None)),
            StageRecord.starts_at.is_not(None),
            StageRecord.starts_at <= since,
            Application.state == ApplicationState.OPEN,
        )
        .order_by(StageRecord.starts_at, StageRecord.id)
        .limit(limit)
        .with_for_update(of=StageRecord, skip_locked=True)
    ).all()
    for stage in found:
        process = reading.process_of(session, stage.application_id, policy=policy)
        assert stage.starts_at is not None
        missed(session, process, stage, at=stage.starts_at, policy=policy)
        reading.settle(session, process, at=at)
        _record(session, process, stage, "recruiting.miss", at, None)
    return list(found)


def absent(
    session: Session, *, actor: Employee, application_id: int, at: datetime, policy: Policy
) -> StageRecord:
    """Who holds the current stage, or decides about it, says that nobody came.

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
        ProcessSettled: as named. StageSettled: nothing is arranged. NotTheInterviewer: as named.
        TooEarly: some minutes after the start it can be said.
    """
    decides = bool(staff.reach(actor, DECIDE, policy.rights))
    action = DECIDE if decides else INTERVIEW
    process = reading.process_within(
        session, actor=actor, application_id=application_id, action=action, policy=policy, lock=True
    )
    stage = reading.require_open(process)
    if stage.status not in (StageStatus.SCHEDULED, StageStatus.ALTERNATIVE) or stage.starts_at is None:
        raise StageSettled(stage=stage.name, status=str(stage.status))
    if not decides and stage.interviewer_id != actor.id:
        raise NotTheInterviewer()
    since = stage.starts_at + timedelta(minutes=policy.recruiting.no_show_minutes)
    if at < since:
        raise TooEarly(since=since)
    missed(session, process, stage, at=stage.starts_at, policy=policy)
    reading.settle(session, process, at=at)
    _record(session, process, stage, "recruiting.miss", at, actor)
    return stage


def missed(session: Session, process: Process, stage: StageRecord, *, at: datetime, policy: Policy) -> None:
    """Enter an absence: the time, and one remark with a fixed code, however often it is told."""
    stage.status, stage.missed_at = StageStatus.NO_SHOW, at
    expires_at = at + timedelta(days=policy.recruiting.remark_days)
    known = _own_remark(session, stage)
    if known is not None:
        known.at, known.expires_at = at, expires_at
    else:
        session.add(
            Remark(
                person_id=reading.person_of(session, process.application).id,
                application_id=process.application.id,
                stage_id=stage.id,
                code=MISSED,
                author=SYSTEM,
                at=at,
                not_at_fault=stage.not_at_fault,
                expires_at=expires_at,
            )
        )
    session.flush()


def came_after_all(session: Session, stage: StageRecord, *, at: datetime) -> None:
    """A result shows that somebody was there: an absence that nobody has dealt with never was one."""
    if stage.status not in (StageStatus.NO_SHOW, StageStatus.REMEDIAL_REQUESTED):
        return
    request = reading.open_request(session, stage.id)
    if request is not None and request.kind != RequestKind.REVIEW:
        request.state, request.changed_at = RequestState.WITHDRAWN, at
        clocks.start_clock(session, stage=stage, why=StopReason.PENDING_REQUEST, at=at)
    if stage.missed_at is None or (stage.opened_at is not None and stage.missed_at <= stage.opened_at):
        return
    stage.missed_at = _missed_before(session, stage)
    known = _own_remark(session, stage)
    if known is not None and known.candidate_words is None:
        session.execute(delete(RemarkReading).where(RemarkReading.remark_id == known.id))
        session.delete(known)
        session.flush()


def _missed_before(session: Session, stage: StageRecord) -> datetime | None:
    """The absence that another chance was given for."""
    if stage.opened_at is None:
        return None
    own = (Remark.stage_id == stage.id, Remark.code == MISSED, Remark.author == SYSTEM)
    return session.scalar(
        select(Remark.at).where(*own, Remark.at <= stage.opened_at).order_by(Remark.id.desc()).limit(1)
    )


def _own_remark(session: Session, stage: StageRecord) -> Remark | None:
    """The remark that the newest absence made by itself."""
    statement = select(Remark).where(
        Remark.stage_id == stage.id, Remark.code == MISSED, Remark.author == SYSTEM
    )
    if stage.opened_at is not None:
        statement = statement.where(Remark.at > stage.opened_at)
    return session.scalars(statement.order_by(Remark.id.desc()).limit(1)).first()


def require_decidable(
    session: Session, process: Process, stage: StageRecord, *, passed: bool, reason: str
) -> None:
    """Refuse what cannot be decided so now.

    Raises:
        StageLocked, StageSettled, ProcessFrozen, SaysNoReason: as `decide_stage` says.
    """
    missing = rules.missing_for(process.version, process.stages, stage.code)
    if missing:
        raise StageLocked(stage=stage.name, missing=[process.stage(one).name for one in missing])
    if stage.status not in DECIDABLE or reading.open_request(session, stage.id) is not None:
        raise StageSettled(stage=stage.name, status=str(stage.status))
    if stage.status == StageStatus.NO_SHOW and passed:
        raise ProcessFrozen(stage=stage.name)
    line = process.version.stage(stage.code)
    below = line is not None and line.pass_line is not None and (stage.score or 0) < line.pass_line
    if not reason.strip() and (not passed or (below and stage.status == StageStatus.COMPLETED)):
        raise SaysNoReason()


def decide_stage(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    passed: bool,
    reason: str,
    at: datetime,
    policy: Policy,
    code: str = "",
) -> Decided:
    """A named human says whether a stage is passed: the current one, or that of the code (S2-03).

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
        ProcessSettled, StageNotFound, StageLocked: as named.
        SaysNoReason: somebody is to fail, or to pass in spite of a score or an absence, and no reason stands.
        StageSettled: a request about it is open: that is decided first.
    """
    process = reading.process_within(
        session,
        actor=actor,
        application_id=application_id,
        action=DECIDE,
        policy=policy,
        lock=True,
    )
    current = reading.require_open(process)
    stage = process.stage(code) if code else current
    require_decidable(session, process, stage, passed=passed, reason=reason)
    status = StageStatus.PASSED if passed else StageStatus.FAILED
    before = reversing.as_undecided(process, stage)
    _decide(session, process, stage, status, reason, at, actor)
    _record(session, process, stage, "recruiting.decide", at, actor, passed=passed)
    return Decided(stage, before)


def _decide(
    session: Session,
    process: Process,
    stage: StageRecord,
    status: StageStatus,
    reason: str,
    at: datetime,
    actor: Employee,
) -> None:
    stage.status = status
    stage.decided_by, stage.decided_at = actor.subject, at
    stage.reason = secrecy.seal(session, reading.sealed_under(process.application), reason.strip())
    reading.settle(session, process, at=at)


def override(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    reason: str,
    at: datetime,
    policy: Policy,
) -> Decided:
    """Let an application past its current stage in spite of the lock; the reason is kept (S0-17, S0-30).

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
        ProcessSettled, SaysNoReason: as named.
    """
    process = reading.process_within(
        session,
        actor=actor,
        application_id=application_id,
        action=OVERRIDE,
        policy=policy,
        lock=True,
    )
    stage = reading.require_open(process)
    if not reason.strip():
        raise SaysNoReason()
    was, before = str(stage.status), reversing.as_undecided(process, stage)
    _decide(session, process, stage, StageStatus.WAIVED, reason, at, actor)
    person = reading.person_of(session, process.application)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.override",
        subject=person.subject,
        details={"application": application_id, "stage": stage.code, "was": was},
        personal={person.subject: {"reason": reason.strip()}},
    )
    return Decided(stage, before)


def insert_stage(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    name: str,
    at: datetime,
    policy: Policy,
    reason: str = "",
) -> StageRecord:
    """Put a supplementary stage before the current one; what comes after needs it passed (S2-17).

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
        ProcessSettled: as named.
    """
    process = reading.process_within(
        session,
        actor=actor,
        application_id=application_id,
        action=DECIDE,
        policy=policy,
        lock=True,
    )
    current = reading.require_open(process)
    number = sum(one.inserted_by is not None for one in process.stages) + 1
    before = max((one.position for one in process.stages if one.position < current.position), default=0)
    position = (before + current.position) // 2
    if position in (before, current.position):
        for one in reversed([one for one in process.stages if one.position >= current.position]):
            one.position += 10
        position = current.position - 5
    stage = StageRecord(
        application_id=application_id,
        code=f"supplementary_{number}",
        name=name.strip()[:50],
        kind="supplementary",
        position=position,
        dimensions={},
        inserted_by=actor.subject,
        reason=secrecy.seal(session, reading.sealed_under(process.application), reason.strip()),
    )
    session.add(stage)
    session.flush()
    process = reading.process_of(session, application_id, policy=policy)
    reading.settle(session, process, at=at)
    _record(session, process, stage, "recruiting.insert_stage", at, actor)
    return stage


def _record(
    session: Session,
    process: Process,
    stage: StageRecord,
    action: str,
    at: datetime,
    actor: Employee | None,
    **details: object,
) -> None:
    audit.record(
        session,
        at=at,
        actor=SYSTEM if actor is None else actor.subject,
        action=action,
        subject=reading.person_of(session, process.application).subject,
        details={"application": process.application.id, "stage": stage.code, **details},
    )
