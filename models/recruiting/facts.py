"""What HR is told of a request: who, what was missed, why, and whether the notices arrived (S0-26, S0-41)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from models import handover, staff
from models.candidates import HR, Application, wechat_of
from models.policy import Policy
from models.recruiting import clocks, deciding, reading, requests, rules
from models.recruiting.kinds import DECIDE, StopReason
from models.recruiting.tables import RemedialRequest, StageRecord
from models.staff import Candidate, Employee, Role, Unit


@dataclass(frozen=True)
class RequestFacts:
    """Everything by which a request is decided."""

    request: RemedialRequest
    application: Application
    person: Candidate
    unit: Unit
    stage: StageRecord
    words: Mapping[str, str]
    files: int
    """How many files stand by it."""
    bound: bool
    """Whether messages can reach the candidate at all."""
    notice_failed: bool
    """Whether a notice about the stage is known not to have arrived."""
    window: rules.Window


def facts_of(session: Session, request: RemedialRequest, *, at: datetime, policy: Policy) -> RequestFacts:
    """Everything about a request."""
    application = session.get_one(Application, request.application_id)
    person = reading.person_of(session, application)
    stage = session.get_one(StageRecord, request.stage_id)
    return RequestFacts(
        request,
        application,
        person,
        reading.unit_of(session, application),
        stage,
        requests.words_of(session, request),
        len(requests.evidence_of(session, request)),
        wechat_of(session, person) is not None,
        stage.cause == StopReason.NOTICE_FAILED,
        clocks.window(session, stage, at=at, policy=policy),
    )


def facts_within(
    session: Session, *, actor: Employee, request_id: int, at: datetime, policy: Policy
) -> RequestFacts:
    """Everything about a request within reach.

    Raises:
        NotPermitted: the actor decides on none. RequestNotFound: there is none, or not within reach.
    """
    request = deciding.request_within(session, actor=actor, request_id=request_id, policy=policy)
    return facts_of(session, request, at=at, policy=policy)


def who_answers(session: Session, *, unit_id: int, at: datetime, policy: Policy) -> Sequence[Employee]:
    """The HR nearest to a unit who may decide there and is not on leave; of those away, who acts for them."""
    for role in HR:
        found = _here(session, role, unit_id, at, policy)
        if found:
            return found
    return []


def who_leads(session: Session, *, unit_id: int, at: datetime, policy: Policy) -> Sequence[Employee]:
    """The HR above those who answer for a unit; the same where there is nobody above (S0-25)."""
    asked = who_answers(session, unit_id=unit_id, at=at, policy=policy)
    known = {one.id for one in asked}
    for role in HR:
        found = _here(session, role, unit_id, at, policy)
        if found and not known & {one.id for one in found}:
            return found
    return asked


def _here(session: Session, role: Role, unit_id: int, at: datetime, policy: Policy) -> list[Employee]:
    people: dict[int, Employee] = {}
    for person in staff.holders(session, role, unit_id=unit_id, at=at):
        here = person
        if handover.on_leave(session, employee_id=person.id, at=at):
            cover = handover.stand_in(session, employee_id=person.id, at=at)
            if cover is None:
                continue
            here = staff.with_posts(session, [session.get_one(Employee, cover)], at=at)[0]
        if staff.covers_unit(session, staff.reach(here, DECIDE, policy.rights), unit_id):
            people[here.id] = here
    return list(people.values())
