"""Remarks about candidates: never without their own side, for some time only, and readers are logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import audit, secrecy
from models.base import insert_once
from models.candidates import Application, require_bound, require_for_candidate, rows_of
from models.policy import Policy
from models.recruiting import reading
from models.recruiting.errors import RemarkNotFound
from models.recruiting.kinds import DECIDE, SEE
from models.recruiting.tables import Remark, RemarkReading
from models.staff import Candidate, Employee

LONGEST_WORDS = 1000
GAVE_UP = "gave_up"


@dataclass(frozen=True)
class RemarkView:
    """A remark with everything that belongs to it."""

    remark: Remark
    words: str
    candidate_words: str
    """What the candidate says to it; empty if nothing."""
    application: Application


def remark(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    code: str,
    words: str,
    at: datetime,
    policy: Policy,
    stage_code: str = "",
) -> Remark:
    """Note something with a fixed code and free words (S0-18).

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
        StageNotFound: as named.
    """
    process = reading.process_within(
        session, actor=actor, application_id=application_id, action=DECIDE, policy=policy
    )
    person = reading.person_of(session, process.application)
    stage = process.stage(stage_code) if stage_code else None
    row = Remark(
        person_id=person.id,
        application_id=application_id,
        stage_id=None if stage is None else stage.id,
        code=code,
        words=secrecy.seal(session, person.subject, words.strip()[:LONGEST_WORDS]),
        author=actor.subject,
        at=at,
        not_at_fault=stage is not None and stage.not_at_fault,
        expires_at=at + timedelta(days=policy.recruiting.remark_days),
    )
    session.add(row)
    if code == GAVE_UP:
        process.row.tag = GAVE_UP
        reading.settle(session, process, at=at)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.remark",
        subject=person.subject,
        details={"remark": row.id, "application": application_id, "code": code},
    )
    return row


def explain_remark(
    session: Session, *, person: Candidate, remark_id: int, words: str, at: datetime
) -> Remark:
    """The candidate's side of a remark, kept beside it; said again, the newest counts (S0-20).

    Raises:
        NotBound: nobody knows who this follower is. RemarkNotFound: it is nobody's, or somebody else's.
    """
    row = session.get(Remark, remark_id, with_for_update=True, populate_existing=True)
    if row is None or row.person_id not in {
        one.id for one in rows_of(session, require_bound(session, person))
    }:
        raise RemarkNotFound()
    row.candidate_words = secrecy.seal(session, f"candidate:{row.person_id}", words.strip()[:LONGEST_WORDS])
    row.candidate_said_at = at
    session.flush()
    audit.record(
        session,
        at=at,
        actor=f"candidate:{row.person_id}",
        action="recruiting.explain_remark",
        subject=f"candidate:{row.person_id}",
        details={"remark": row.id},
    )
    return row


def remarks_for_reader(
    session: Session, *, actor: Employee, person: Candidate, at: datetime, policy: Policy
) -> Sequence[RemarkView]:
    """The remarks about a person over all applications, newest first; that the actor read them is logged.

    Raises:
        NotPermitted, OutOfReach: the actor may not, or not about this person.
    """
    require_for_candidate(session, actor=actor, action=SEE, person=person, policy=policy)
    found = _of(session, person, at)
    insert_once(
        session,
        RemarkReading,
        [{"remark_id": one.remark.id, "reader_id": actor.id, "at": at} for one in found],
    )
    if found:
        audit.record(
            session,
            at=at,
            actor=actor.subject,
            action="recruiting.read_remarks",
            subject=person.subject,
            details={"remarks": [one.remark.id for one in found]},
        )
    return found


def own_remarks(session: Session, *, person: Candidate, at: datetime) -> Sequence[RemarkView]:
    """What is noted of a candidate, as they see it themselves.

    Raises:
        NotBound: nobody knows who this follower is.
    """
    return _of(session, require_bound(session, person), at)


def _of(session: Session, person: Candidate, at: datetime) -> list[RemarkView]:
    ids = [row.id for row in rows_of(session, person)]
    rows = session.execute(
        select(Remark, Application)
        .join(Application, Application.id == Remark.application_id)
        .where(Remark.person_id.in_(ids), Remark.expires_at > at)
        .order_by(Remark.at.desc(), Remark.id.desc())
    )
    return [
        RemarkView(
            row,
            secrecy.open_text(session, f"candidate:{row.person_id}", row.words) or "",
            secrecy.open_text(session, f"candidate:{row.person_id}", row.candidate_words) or "",
            application,
        )
        for row, application in rows
    ]


def forget_remarks(session: Session, *, at: datetime) -> int:
    """Delete the remarks whose time is over; returns how many."""
    old = session.scalars(select(Remark.id).where(Remark.expires_at <= at).limit(1000)).all()
    session.execute(delete(RemarkReading).where(RemarkReading.remark_id.in_(old)))
    session.execute(delete(Remark).where(Remark.id.in_(old)))
    return len(old)
