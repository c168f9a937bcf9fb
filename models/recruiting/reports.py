"""What hiring comes to in some time: who missed what and why, how far people come, who decided (S0-41)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from models import audit, staff
from models.audit import SYSTEM
from models.base import in_chunks
from models.candidates import Application, ApplicationState
from models.errors import DomainError, NotFound
from models.policy import Policy
from models.recruiting import rules
from models.recruiting.kinds import SEE, RequestState, StageStatus, StopReason
from models.recruiting.measuring import Strength, median_days, strengths_of
from models.recruiting.stages import MISSED
from models.recruiting.tables import HiringProcess, Remark, RemedialRequest, StageRecord
from models.staff import Candidate, Employee, Unit, UnitTree

NOT_RECEIVED, UNEXPLAINED = "not_received", "unexplained"
"""Reasons of absences that nobody named: a notice is known not to have arrived; nothing was said."""


class ScopeNotFound(NotFound):
    """There is no such unit or time, or the unit is not within reach: they look the same (facts: asked)."""

    texts = "hiring_report"


class PeriodAhead(DomainError):
    """The time has not begun (facts: first)."""

    texts = "hiring_report"


@dataclass(frozen=True)
class Step:
    """A stage of those who applied in the time."""

    name: str
    reached: int
    passed: int
    waiting: int
    """How many stand there now."""
    days: float | None
    """Median from the end of the stage before, or the application, to its end."""


@dataclass(frozen=True)
class Absence:
    """One absence, and why."""

    application: Application
    person: Candidate
    stage: str
    at: datetime
    reason: str
    """A code of `policy.recruiting.reasons`, `NOT_RECEIVED` or `UNEXPLAINED`."""


@dataclass(frozen=True)
class Recruiter:
    """What one of HR decided in the time (S0-38)."""

    name: str
    stages: int
    requests: int


@dataclass(frozen=True)
class HiringReport:
    """Counts over the applications of some units."""

    unit: str
    """The unit that was asked for; empty: all within reach."""
    since: datetime
    until: datetime
    applied: int
    admitted: int
    missed: int
    reasons: Mapping[str, int]
    """Reason of an `Absence` → how many, most first."""
    absences: Sequence[Absence]
    steps: Sequence[Step]
    """In the order in which most applications pass them."""
    recruiters: Sequence[Recruiter]
    strengths: Sequence[Strength]


def find_scope(session: Session, *, actor: Employee, asked: str, policy: Policy) -> Unit | None:
    """The unit that is asked for by its name or path; None for everything within reach.

    Raises:
        NotPermitted: the actor sees none.
        ScopeNotFound: there is no such unit, or not within reach.
    """
    reach = staff.require(actor, SEE, policy.rights)
    if not asked:
        return None
    unit = staff.find_unit(session, asked)
    if unit is None or not staff.covers_unit(session, reach, unit.id):
        raise ScopeNotFound(asked=asked)
    return unit


def within(*, actor: Employee, unit: Unit | None, action: str, policy: Policy) -> list[ColumnElement[bool]]:
    """What applications a report counts: those within reach, of the unit and what is below it.

    Raises:
        NotPermitted: the actor sees none.
    """
    found = [staff.unit_in_reach(staff.require(actor, action, policy.rights), Application.unit_id)]
    if unit is not None:
        below = select(UnitTree.unit_id).where(UnitTree.ancestor_id == unit.id)
        found.append(Application.unit_id.in_(below))
    return found


def report(
    session: Session,
    *,
    actor: Employee,
    since: datetime,
    until: datetime,
    policy: Policy,
    unit: Unit | None = None,
) -> HiringReport:
    """Absences and decisions that fell into the time, and how far those came who applied in it.

    That a notice was not received is what receipts say, not what somebody claims: that is `not_told` (S0-41).

    Raises:
        NotPermitted: the actor sees none.
    """
    mine = within(actor=actor, unit=unit, action=SEE, policy=policy)
    entered = [*mine, Application.entered_at >= since, Application.entered_at < until]
    absences = _absences(session, mine, since, until)
    reasons = Counter(one.reason for one in absences)
    states = session.execute(
        select(Application.state, func.count()).where(*entered).group_by(Application.state)
    ).all()
    by_state = {str(state): int(count) for state, count in states}
    return HiringReport(
        unit="" if unit is None else unit.name,
        since=since,
        until=until,
        applied=sum(by_state.values()),
        admitted=by_state.get(ApplicationState.ADMITTED, 0),
        missed=len(absences),
        reasons=dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
        absences=absences,
        steps=_steps(session, entered),
        recruiters=_recruiters(session, mine, since, until),
        strengths=_strengths(session, entered, policy.recruiting.strong_score),
    )


def _absences(
    session: Session, mine: Sequence[ColumnElement[bool]], since: datetime, until: datetime
) -> list[Absence]:
    """One for each remark that an absence made by itself: a stage that was missed twice has two."""
    rows = session.execute(
        select(Remark, StageRecord, Application, Candidate)
        .join(StageRecord, StageRecord.id == Remark.stage_id)
        .join(Application, Application.id == Remark.application_id)
        .join(Candidate, Candidate.id == Application.person_id)
        .where(*mine, Remark.code == MISSED, Remark.author == SYSTEM)
        .where(Remark.at >= since, Remark.at < until)
        .order_by(Remark.at, Remark.id)
    ).all()
    said: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for ids in in_chunks(sorted({stage.id for _, stage, _, _ in rows})):
        given = session.execute(
            select(RemedialRequest.stage_id, RemedialRequest.begun_at, RemedialRequest.reason_code)
            .where(
                RemedialRequest.stage_id.in_(ids),
                RemedialRequest.reason_code.is_not(None),
                RemedialRequest.state.not_in((RequestState.DRAFT, RequestState.WITHDRAWN)),
            )
            .order_by(RemedialRequest.id)
        )
        for stage_id, begun_at, code in given:
            said[stage_id].append((begun_at, str(code)))
    found = []
    for remark, stage, application, person in rows:
        given_since = [code for at, code in said[stage.id] if at >= remark.at]
        reason = given_since[-1] if given_since else UNEXPLAINED
        if remark.not_at_fault and stage.cause == StopReason.NOTICE_FAILED:
            reason = NOT_RECEIVED
        found.append(Absence(application, person, stage.name, remark.at, reason))
    return found


def _steps(session: Session, entered: Sequence[ColumnElement[bool]]) -> list[Step]:
    reached = func.sum(case((StageRecord.status == StageStatus.PENDING, 0), else_=1))
    passed = func.sum(case((StageRecord.status.in_(rules.CLEARED), 1), else_=0))
    here = (HiringProcess.current == StageRecord.code) & (Application.state == ApplicationState.OPEN)
    rows = session.execute(
        select(StageRecord.name, reached, passed, func.sum(case((here, 1), else_=0)))
        .join(Application, Application.id == StageRecord.application_id)
        .join(HiringProcess, HiringProcess.application_id == Application.id)
        .where(*entered)
        .group_by(StageRecord.name)
        .order_by(func.min(StageRecord.position), StageRecord.name)
    ).all()
    days = _days(session, entered)
    return [
        Step(str(name), int(came), int(went), int(stand), median_days(days[name]))
        for name, came, went, stand in rows
    ]


def _days(session: Session, entered: Sequence[ColumnElement[bool]]) -> Mapping[str, list[timedelta]]:
    """Stage → how long it took each who passed it."""
    over = func.coalesce(StageRecord.decided_at, StageRecord.result_at)
    rows = session.execute(
        select(Application.id, Application.entered_at, StageRecord.name, over)
        .join(Application, Application.id == StageRecord.application_id)
        .where(*entered, StageRecord.status.in_(rules.CLEARED), over.is_not(None))
        .order_by(Application.id, StageRecord.position)
    )
    spans: dict[str, list[timedelta]] = defaultdict(list)
    before: dict[int, datetime] = {}
    for id_, entered_at, name, ended_at in rows:
        began = before.get(id_, entered_at)
        if ended_at >= began:
            spans[name].append(ended_at - began)
            before[id_] = ended_at
    return spans


def _recruiters(
    session: Session, mine: Sequence[ColumnElement[bool]], since: datetime, until: datetime
) -> list[Recruiter]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    tables: tuple[Any, ...] = (StageRecord, RemedialRequest)
    for number, decided in enumerate(tables):
        found = session.execute(
            select(decided.decided_by, func.count(decided.id))
            .join(Application, Application.id == decided.application_id)
            .where(*mine, decided.decided_by.is_not(None))
            .where(decided.decided_at >= since, decided.decided_at < until)
            .group_by(decided.decided_by)
        )
        for subject, count in found:
            counts[str(subject)][number] += int(count)
    told = []
    for subject, (stages, requests) in counts.items():
        kind, _, id_text = subject.partition(":")
        person = session.get(Employee, int(id_text)) if kind == "employee" and id_text.isdecimal() else None
        if person is not None:
            told.append(Recruiter(person.name, stages, requests))
    return sorted(told, key=lambda one: (-one.stages - one.requests, one.name))


def _strengths(session: Session, entered: Sequence[ColumnElement[bool]], least: float) -> list[Strength]:
    """Of those with points in a dimension whose later stages were decided: how many passed them all."""
    rows = session.execute(
        select(StageRecord.application_id, StageRecord.status, StageRecord.dimensions)
        .join(Application, Application.id == StageRecord.application_id)
        .where(*entered, StageRecord.status != StageStatus.PENDING)
        .order_by(StageRecord.application_id, StageRecord.position)
    )
    by_application: dict[int, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
    for id_, status, dimensions in rows:
        by_application[id_].append((status, dimensions or {}))
    return strengths_of(by_application.values(), least)


def note_export(session: Session, *, actor: Employee, since: datetime, until: datetime, at: datetime) -> None:
    """Somebody takes the records of a report away."""
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="recruiting.export",
        details={"since": since.isoformat(), "until": until.isoformat()},
    )
