"""The talent file: everything that is known of somebody who applied, on one sheet (S0-06, S0-39, S2-14)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from models import files, staff
from models.candidates import Application, units_applied_to
from models.errors import NotPermitted
from models.flows import StageKind
from models.policy import Policy
from models.recruiting import fitting, reading, remarks, rules, sheets, views
from models.recruiting.fitting import Fit
from models.recruiting.kinds import DECIDE, SEE
from models.recruiting.reading import Process
from models.recruiting.remarks import RemarkView
from models.recruiting.sheets import SheetView
from models.recruiting.tables import StageRecord
from models.recruiting.views import ProcessView
from models.staff import Candidate, Employee, OutOfReach, Unit


@dataclass(frozen=True)
class Filled:
    """The sheets of one stage."""

    stage: StageRecord
    views: Sequence[SheetView]


@dataclass(frozen=True)
class TalentFile:
    """What is known of somebody who applied."""

    person: Candidate
    view: ProcessView
    fit: Fit
    sheets: Sequence[Filled]
    background: StageRecord | None
    """The background check; none in this flow."""
    remarks: Sequence[RemarkView]
    materials: Mapping[str, int] | None
    """Kind → how many files; None: the reader may not see them."""
    others: Sequence[tuple[Application, Unit]]
    """Further applications within reach."""
    may_decide: bool
    """Whether the reader decides about stages, the background check among them."""

    @property
    def score(self) -> rules.Score:
        """Base and adjusted score with the reason."""
        return self.view.score


def fit_for(session: Session, process: Process) -> Fit:
    """How far somebody fits the job of an application."""
    filled = [
        one.sheet.scores for stage in process.stages for one in sheets.sheets_of(session, process, stage)
    ]
    return fitting.fit_of(
        process.version,
        ai={} if process.ai is None else process.ai.dimensions,
        sheets=filled,
        hits=process.row.hits,
        resume=process.row.screen_score is not None,
    )


def fit_within(
    session: Session, *, actor: Employee, application_id: int, policy: Policy
) -> tuple[Process, Candidate, Fit]:
    """The same for an application within reach, with who applied.

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
    """
    process = reading.process_within(
        session, actor=actor, application_id=application_id, action=SEE, policy=policy
    )
    return process, reading.person_of(session, process.application), fit_for(session, process)


def application_meant(
    session: Session, *, actor: Employee, person: Candidate, asked: str, at: datetime, policy: Policy
) -> int | None:
    """The application meant by parts of its job or unit: the newest, an open one first.

    None: no application within reach fits.

    Raises:
        NotPermitted: the actor sees none.
    """
    found = views.processes_of_person(session, actor=actor, person=person, at=at, policy=policy)
    fitting_ = [
        one
        for one in found
        if all(word in f"{one.unit.name} {one.application.job}" for word in asked.split())
    ]
    in_order = sorted(fitting_, key=lambda one: (one.application.state != "open", -one.application.id))
    return in_order[0].application.id if in_order else None


def talent_file(
    session: Session, *, actor: Employee, application_id: int, at: datetime, policy: Policy
) -> TalentFile:
    """Everything about one application and who applied; that the remarks were read is logged.

    Raises:
        NotPermitted, ProcessNotFound: the actor may not, or it is not within reach.
    """
    view = views.process_view(session, actor=actor, application_id=application_id, at=at, policy=policy)
    process = view.process
    person = reading.person_of(session, process.application)
    filled = [
        Filled(stage, found)
        for stage in process.stages
        if (found := sheets.sheets_of(session, process, stage))
    ]
    known = views.processes_of_person(session, actor=actor, person=person, at=at, policy=policy)
    deciding = staff.reach(actor, DECIDE, policy.rights)
    return TalentFile(
        person,
        view,
        fit_for(session, process),
        filled,
        next((one for one in process.stages if one.kind == StageKind.BACKGROUND), None),
        remarks.remarks_for_reader(session, actor=actor, person=person, at=at, policy=policy),
        _materials(session, actor, person, at, policy),
        [(one.application, one.unit) for one in known if one.application.id != application_id],
        staff.covers_unit(session, deciding, process.application.unit_id),
    )


def _materials(
    session: Session, actor: Employee, person: Candidate, at: datetime, policy: Policy
) -> Mapping[str, int] | None:
    """Kind → how many files the actor may see; None if none at all."""
    try:
        found = files.visible_files(
            session,
            actor=actor,
            person=person,
            unit_ids=units_applied_to(session, person),
            at=at,
            policy=policy,
        )
    except (NotPermitted, OutOfReach):
        return None
    return Counter(one.kind for one in found)
