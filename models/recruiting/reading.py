"""Finding an application's process and keeping what follows from its stages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import secrecy, staff
from models.candidates import Application, ApplicationState, root_of
from models.flows import FlowVersion, StageKind
from models.policy import Policy
from models.recruiting import rules
from models.recruiting.errors import ProcessNotFound, ProcessSettled, StageNotFound
from models.recruiting.kinds import RequestState, StageStatus, Tag
from models.recruiting.tables import ClockStop, HiringProcess, RemedialRequest, StageRecord
from models.staff import Candidate, Employee, Unit

OPEN_STATES = (RequestState.DRAFT, RequestState.SUBMITTED, RequestState.ASKED_BACK)
HANDED_IN = (RequestState.SUBMITTED, RequestState.ASKED_BACK)


@dataclass(frozen=True)
class Process:
    """An application with everything that decides about it."""

    application: Application
    row: HiringProcess
    stages: Sequence[StageRecord]
    """In their order."""
    version: FlowVersion

    @property
    def current(self) -> StageRecord | None:
        """Where it stands; None once everything is passed."""
        return next((one for one in self.stages if one.status not in rules.CLEARED), None)

    @property
    def ai(self) -> StageRecord | None:
        """The AI interview."""
        return next((one for one in self.stages if one.kind == StageKind.AI_INTERVIEW), None)

    def stage(self, code: str) -> StageRecord:
        """The stage with this code or name.

        Raises:
            StageNotFound: there is none.
        """
        found = next((one for one in self.stages if code in (one.code, one.name)), None)
        if found is None:
            raise StageNotFound(asked=code)
        return found


def process_of(session: Session, application_id: int, *, policy: Policy, lock: bool = False) -> Process:
    """The process of an application; with `lock`, changes to it come one after the other.

    Raises:
        ProcessNotFound: there is none.
    """
    row = session.get(HiringProcess, application_id, with_for_update=lock or None, populate_existing=lock)
    application = session.get(Application, application_id)
    if row is None or application is None:
        raise ProcessNotFound()
    stages = session.scalars(
        select(StageRecord)
        .where(StageRecord.application_id == application_id)
        .order_by(StageRecord.position)
        .execution_options(populate_existing=lock)
    ).all()
    return Process(application, row, stages, version_of(row, policy))


def version_of(row: HiringProcess, policy: Policy) -> FlowVersion:
    """The version by which an application goes; of a flow that was taken out, the one for every job."""
    flow = policy.flows.get(row.flow) or next(one for one in policy.flows.values() if not one.jobs)
    return flow.called(row.flow_version)


def process_within(
    session: Session, *, actor: Employee, application_id: int, action: str, policy: Policy, lock: bool = False
) -> Process:
    """The process of an application within the actor's reach for an action.

    Raises:
        NotPermitted: no role of the actor includes the action.
        ProcessNotFound: there is none, or not within reach: the two look the same.
    """
    allowed = staff.require(actor, action, policy.rights)
    process = process_of(session, application_id, policy=policy, lock=lock)
    if not staff.covers_unit(session, allowed, process.application.unit_id):
        raise ProcessNotFound()
    return process


def require_open(process: Process) -> StageRecord:
    """The current stage of an application that nobody has decided about.

    Raises:
        ProcessSettled: it was decided, or every stage is passed.
    """
    current = process.current
    if process.application.state != ApplicationState.OPEN or current is None:
        raise ProcessSettled(state=process.application.state)
    return current


def person_of(session: Session, application: Application) -> Candidate:
    """The row that stands for who applied."""
    person = session.get(Candidate, application.person_id)
    assert person is not None
    return root_of(session, person)


def sealed_under(application: Application) -> str:
    """Whose key seals words about an application: that row stays the same whatever is merged."""
    return f"candidate:{application.candidate_id}"


def reason_of(session: Session, process: Process, stage: StageRecord) -> str:
    """Why somebody decided as they did about a stage; empty if nothing was said."""
    return secrecy.open_text(session, sealed_under(process.application), stage.reason) or ""


def unit_of(session: Session, application: Application) -> Unit:
    """Where somebody applied."""
    unit = session.get(Unit, application.unit_id)
    assert unit is not None
    return unit


def stops_of(session: Session, stage_id: int) -> list[rules.Stop]:
    """What stopped the clock of a stage."""
    rows = session.scalars(select(ClockStop).where(ClockStop.stage_id == stage_id).order_by(ClockStop.id))
    return [rules.Stop(one.why, one.from_at, one.until_at) for one in rows]


def open_request(session: Session, stage_id: int) -> RemedialRequest | None:
    """The request about a stage that is not decided."""
    return session.scalars(
        select(RemedialRequest).where(
            RemedialRequest.stage_id == stage_id, RemedialRequest.state.in_(OPEN_STATES)
        )
    ).one_or_none()


def spared(session: Session, stage: StageRecord | None) -> str:
    """Why an absence costs nothing; empty if it does (requirements, S0-12 against S0-41)."""
    if stage is None:
        return ""
    if stage.not_at_fault:
        return "not_at_fault"
    handed_in = open_request(session, stage.id)
    if handed_in is not None and handed_in.state in HANDED_IN:
        return "request_open"
    return ""


def score_of(session: Session, process: Process) -> rules.Score:
    """The recommended score with its base and the reason of the factor (S0-12)."""
    stage = process.ai
    done = process.row.tag == Tag.DONE
    absent = (StageStatus.NO_SHOW, StageStatus.REMEDIAL_REQUESTED)
    missed = process.row.tag == Tag.GAVE_UP or (stage is not None and stage.status in absent)
    return rules.score_of(
        process.version,
        ai=None if stage is None else stage.score,
        screen=process.row.screen_score,
        done=done,
        missed=missed,
        spared=spared(session, stage) if missed and not done else "",
    )


def settle(session: Session, process: Process, *, at: datetime) -> None:
    """Keep what follows from the stages, and write it."""
    session.flush()
    follow(session, process, at=at)
    session.flush()


def follow(session: Session, process: Process, *, at: datetime) -> None:
    """Keep what follows from the stages: where it stands, the tag, whether it is frozen, the score."""
    row, current = process.row, process.current
    row.current = None if current is None else current.code
    row.tag = rules.tag_of(process.stages, gave_up=row.tag == Tag.GAVE_UP)
    if current is not None and current.mandatory and current.status == StageStatus.NO_SHOW:
        row.frozen_at = row.frozen_at or at
        row.frozen_why = current.code
    elif current is None or current.status != StageStatus.REMEDIAL_REQUESTED:
        row.frozen_at = row.frozen_why = None
    score = score_of(session, process)
    row.base_score, row.adjusted_score = score.base, score.adjusted
    row.updated_at = at
