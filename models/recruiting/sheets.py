"""What interviewers note, on the fixed dimensions of the job, so that it can be compared (S0-06, S0-33)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, secrecy
from models.policy import Policy
from models.recruiting import reading, rules
from models.recruiting.errors import NotTheInterviewer, SheetIncomplete, StageSettled
from models.recruiting.kinds import INTERVIEW, StageStatus
from models.recruiting.reading import Process
from models.recruiting.tables import InterviewSheet, StageRecord
from models.staff import Employee

LONGEST_WORDS = 2000
FILLABLE = (StageStatus.SCHEDULED, StageStatus.ALTERNATIVE, StageStatus.COMPLETED)


@dataclass(frozen=True)
class SheetView:
    """A sheet as it is read."""

    sheet: InterviewSheet
    interviewer: Employee
    words: str


def dimensions_of(process: Process, stage: StageRecord, policy: Policy) -> Mapping[str, int]:
    """Dimension → weight of a sheet for a stage: those of the job, or of what stands in for it."""
    flow = policy.flows.get(process.row.flow)
    if stage.alternative is not None and flow is not None and flow.alternative_dimensions:
        return dict.fromkeys(flow.alternative_dimensions, 1)
    return {one.name: one.weight for one in process.version.dimensions}


def fill_sheet(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    scores: Mapping[str, float],
    words: str,
    at: datetime,
    policy: Policy,
) -> InterviewSheet:
    """Fill in one's sheet of the current stage, or fill it in anew; a named human decides afterwards.

    Raises:
        NotPermitted, ProcessNotFound: the actor holds no interviews, or it is not within reach.
        ProcessSettled, StageSettled: as named. NotTheInterviewer: somebody else holds it.
        SheetIncomplete: a dimension has no points between 0 and 100, or the job has no such one.
    """
    process = reading.process_within(
        session, actor=actor, application_id=application_id, action=INTERVIEW, policy=policy, lock=True
    )
    stage = reading.require_open(process)
    if stage.interviewer_id != actor.id:
        raise NotTheInterviewer()
    if stage.status not in FILLABLE:
        raise StageSettled(stage=stage.name, status=str(stage.status))
    weights = dimensions_of(process, stage, policy)
    unknown = [name for name in scores if name not in weights]
    missing = [name for name in weights if not 0 <= scores.get(name, -1) <= 100]
    if unknown or missing:
        raise SheetIncomplete(missing=missing, unknown=unknown)
    person = reading.person_of(session, process.application)
    subject = reading.sealed_under(process.application)
    sealed = secrecy.seal(session, subject, words.strip()[:LONGEST_WORDS])
    filled = InterviewSheet(
        stage_id=stage.id,
        interviewer_id=actor.id,
        scores={name: float(scores[name]) for name in weights},
        words=sealed,
        at=at,
    )
    sheet = session.merge(filled)
    session.flush()
    _sum_up(session, stage, weights)
    stage.status = StageStatus.COMPLETED
    reading.settle(session, process, at=at)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.fill_sheet",
        subject=person.subject,
        details={"application": application_id, "stage": stage.code},
    )
    return sheet


def _sum_up(session: Session, stage: StageRecord, weights: Mapping[str, int]) -> None:
    """The stage has the mean of its sheets."""
    sheets = session.scalars(select(InterviewSheet).where(InterviewSheet.stage_id == stage.id)).all()
    means = {
        name: rules.rounded(sum(one.scores.get(name, 0) for one in sheets) / len(sheets)) for name in weights
    }
    stage.dimensions = means
    stage.score = rules.rounded(
        sum(means[name] * weight for name, weight in weights.items()) / sum(weights.values())
    )


def sheets_of(session: Session, process: Process, stage: StageRecord) -> Sequence[SheetView]:
    """The sheets of a stage, in the order in which they were filled in."""
    subject = reading.sealed_under(process.application)
    rows = session.execute(
        select(InterviewSheet, Employee)
        .join(Employee, Employee.id == InterviewSheet.interviewer_id)
        .where(InterviewSheet.stage_id == stage.id)
        .order_by(InterviewSheet.at, InterviewSheet.interviewer_id)
    )
    return [
        SheetView(sheet, interviewer, secrecy.open_text(session, subject, sheet.words) or "")
        for sheet, interviewer in rows
    ]
