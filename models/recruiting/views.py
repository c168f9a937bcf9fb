"""What people see of hiring: the candidate's own process, and the lists of HR."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models import staff
from models.candidates import Application, ApplicationState, require_bound, rows_of
from models.policy import Policy
from models.recruiting import reading, requests, rules
from models.recruiting.kinds import SEE, Tag
from models.recruiting.reading import Process
from models.recruiting.tables import HiringProcess, RemedialRequest, StageRecord
from models.staff import Candidate, Employee, Unit


@dataclass(frozen=True)
class ProcessView:
    """An application as it stands."""

    process: Process
    unit: Unit
    actions: Sequence[rules.Action]
    window: rules.Window
    request: RemedialRequest | None
    """The one that is not decided, about the current stage."""
    score: rules.Score

    @property
    def application(self) -> Application:
        """Whose process it is."""
        return self.process.application

    @property
    def current(self) -> StageRecord | None:
        """Where it stands."""
        return self.process.current

    def action(self, code: str) -> rules.Action:
        """Whether something can be done."""
        return next(one for one in self.actions if one.code == code)


def view(session: Session, process: Process, *, at: datetime, policy: Policy) -> ProcessView:
    """Everything about a process, and what could be done with it."""
    stage = process.current
    request, window = None, rules.Window(open=False, ends_at=None, begun=False)
    standing = rules.Standing(
        open=process.application.state == ApplicationState.OPEN,
        frozen=process.row.frozen_at is not None,
        window=window,
        open_request=False,
    )
    if stage is not None:
        standing = requests.standing_of(session, process, stage, at=at, policy=policy)
        window, request = standing.window, reading.open_request(session, stage.id)
    return ProcessView(
        process,
        reading.unit_of(session, process.application),
        rules.actions_of(process.version, process.stages, standing),
        window,
        request,
        reading.score_of(session, process),
    )


def process_view(
    session: Session, *, actor: Employee, application_id: int, at: datetime, policy: Policy
) -> ProcessView:
    """One process within reach.

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
    """
    process = reading.process_within(
        session, actor=actor, application_id=application_id, action=SEE, policy=policy
    )
    return view(session, process, at=at, policy=policy)


def processes_of_person(
    session: Session, *, actor: Employee, person: Candidate, at: datetime, policy: Policy
) -> Sequence[ProcessView]:
    """The processes of a person within reach, the newest first.

    Raises:
        NotPermitted: the actor sees none.
    """
    allowed = staff.require(actor, SEE, policy.rights)
    ids = [row.id for row in rows_of(session, person)]
    found = session.scalars(
        select(Application.id)
        .join(HiringProcess, HiringProcess.application_id == Application.id)
        .where(Application.person_id.in_(ids), staff.unit_in_reach(allowed, Application.unit_id))
        .order_by(Application.id.desc())
    ).all()
    processes = [reading.process_of(session, id_, policy=policy) for id_ in found]
    return [view(session, process, at=at, policy=policy) for process in processes]


def my_process(session: Session, *, person: Candidate, at: datetime, policy: Policy) -> Sequence[ProcessView]:
    """A candidate's own processes: those that are open first, the newest first (S0-43, S0-45).

    Raises:
        NotBound: nobody knows who this follower is.
    """
    ids = [row.id for row in rows_of(session, require_bound(session, person))]
    found = session.scalars(
        select(Application.id)
        .join(HiringProcess, HiringProcess.application_id == Application.id)
        .where(Application.person_id.in_(ids))
        .order_by((Application.state != ApplicationState.OPEN), Application.id.desc())
    ).all()
    processes = [reading.process_of(session, id_, policy=policy) for id_ in found]
    return [view(session, process, at=at, policy=policy) for process in processes]


@dataclass(frozen=True)
class Queued:
    """One line of the recruiter's list."""

    application: Application
    row: HiringProcess
    person: Candidate
    unit: Unit
    stage: str
    """The name of the current one; empty at the end."""


@dataclass(frozen=True)
class Queue:
    """The recruiter's list: who has done the AI interview first, who has not at its end (S0-09, S0-10)."""

    lines: Sequence[Queued]
    total: int
    """How many there are in all, hidden ones not counted."""
    hidden: int
    """How many the filter hides; it is always said (S0-11)."""


def queue(
    session: Session,
    *,
    actor: Employee,
    policy: Policy,
    limit: int = 10,
    offset: int = 0,
    hide_not_done: bool = False,
) -> Queue:
    """The open applications within reach, in the order in which they are to be looked at.

    Raises:
        NotPermitted: the actor sees none.
    """
    allowed = staff.require(actor, SEE, policy.rights)
    within = (Application.state == ApplicationState.OPEN, staff.unit_in_reach(allowed, Application.unit_id))
    done = HiringProcess.tag == Tag.DONE
    grouped = session.execute(
        select(HiringProcess.tag, func.count())
        .join(Application, Application.id == HiringProcess.application_id)
        .where(*within)
        .group_by(HiringProcess.tag)
    )
    counts: dict[str, int] = {str(tag): int(count) for tag, count in grouped}
    shown = counts.get(Tag.DONE, 0) if hide_not_done else sum(counts.values())
    statement = (
        select(Application, HiringProcess, Candidate, Unit, func.coalesce(StageRecord.name, ""))
        .join(HiringProcess, HiringProcess.application_id == Application.id)
        .outerjoin(
            StageRecord,
            and_(StageRecord.application_id == Application.id, StageRecord.code == HiringProcess.current),
        )
        .join(Candidate, Candidate.id == Application.person_id)
        .join(Unit, Unit.id == Application.unit_id)
        .where(*within)
        .order_by(
            done.desc(),
            HiringProcess.adjusted_score.is_(None),
            HiringProcess.adjusted_score.desc(),
            Application.id,
        )
        .limit(limit)
        .offset(offset)
    )
    if hide_not_done:
        statement = statement.where(done)
    lines = [Queued(*row) for row in session.execute(statement)]
    return Queue(lines, shown, sum(counts.values()) - shown)


@dataclass(frozen=True)
class Brief:
    """What an interviewer is given before the interview (S2-05, S2-06)."""

    process: Process
    stage: StageRecord
    score: rules.Score
    dimensions: Sequence[tuple[str, float | None, int]]
    """Dimension, points of the AI interview, and what the job asks for."""
    weak: Sequence[tuple[str, float, int, Sequence[str]]]
    """The same of each weak one, with what may be asked about it."""


def brief(session: Session, process: Process, stage: StageRecord) -> Brief:
    """The brief for a stage: the AI report by dimensions, and questions for the weak ones."""
    version, points = process.version, {} if process.ai is None else process.ai.dimensions
    dimensions = [(one.name, points.get(one.name), one.requirement) for one in version.dimensions]
    named = {one.name: one.questions for one in version.dimensions}
    weak = [(name, mine, asked, named[name]) for name, mine, asked in rules.weak(version, points)]
    return Brief(process, stage, reading.score_of(session, process), dimensions, weak)


def briefs_within(session: Session, *, actor: Employee, application_id: int, policy: Policy) -> Brief:
    """The brief of the current stage, for who holds it or decides about it.

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
        ProcessSettled: as named.
    """
    process = reading.process_within(
        session, actor=actor, application_id=application_id, action=SEE, policy=policy
    )
    return brief(session, process, reading.require_open(process))
