"""What of hiring is left once a person was erased: figures, and nothing that could be read."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.candidates import Application, rows_of
from models.recruiting.kinds import DoubtState, RequestState
from models.recruiting.reading import OPEN_STATES
from models.recruiting.tables import (
    Doubt,
    HiringProcess,
    InterviewResult,
    InterviewSheet,
    InterviewSlot,
    Remark,
    RemarkReading,
    RemedialRequest,
    RequestEvidence,
    StageRecord,
)
from models.redaction import Words
from models.staff import Candidate, Person, on_erase


@on_erase
def erase_process(session: Session, person: Person, _words: Words, at: datetime) -> None:
    """Remarks go, requests that are open are withdrawn, and reports are linked no longer."""
    if not isinstance(person, Candidate):
        return
    ids = [row.id for row in rows_of(session, person)]
    applications = select(Application.id).where(Application.person_id.in_(ids))
    stages = select(StageRecord.id).where(StageRecord.application_id.in_(applications))
    mine = select(RemedialRequest.id).where(RemedialRequest.person_id.in_(ids))
    remarks = select(Remark.id).where(Remark.person_id.in_(ids))
    session.execute(delete(RemarkReading).where(RemarkReading.remark_id.in_(remarks)))
    session.execute(delete(Remark).where(Remark.person_id.in_(ids)))
    session.execute(delete(RequestEvidence).where(RequestEvidence.request_id.in_(mine)))
    session.execute(
        update(RemedialRequest)
        .where(RemedialRequest.person_id.in_(ids), RemedialRequest.state.in_(OPEN_STATES))
        .values(state=RequestState.WITHDRAWN, changed_at=at)
        .execution_options(synchronize_session="fetch")
    )
    words = dict.fromkeys(("reason", "interest", "wish", "supplement", "question", "answer"))
    session.execute(update(RemedialRequest).where(RemedialRequest.person_id.in_(ids)).values(words))
    session.execute(
        update(Doubt)
        .where(Doubt.application_id.in_(applications), Doubt.state == DoubtState.OPEN)
        .values(state=DoubtState.REFUSED, decided_at=at)
    )
    session.execute(
        update(Doubt).where(Doubt.application_id.in_(applications)).values(words=None, answer=None)
    )
    session.execute(update(InterviewSheet).where(InterviewSheet.stage_id.in_(stages)).values(words=None))
    session.execute(update(InterviewSlot).where(InterviewSlot.stage_id.in_(stages)).values(stage_id=None))
    session.execute(
        update(StageRecord)
        .where(StageRecord.application_id.in_(applications))
        .values(report_url=None, reason=None, link_hash=None)
    )
    session.execute(
        update(HiringProcess)
        .where(HiringProcess.application_id.in_(applications))
        .values(resume=None, hits=[])
    )
    session.execute(
        update(InterviewResult)
        .where(InterviewResult.application_id.in_(applications))
        .values(report_url=None)
    )
