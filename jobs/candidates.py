"""What HR and the hiring departments hear about candidates: matches, admissions, requests."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from jobs.base import JobContext, Notice
from models import candidates, staff
from models.candidates import Application, Decided
from models.policy import Policy
from models.staff import Candidate, Employee, Reach, Role, Unit


def tell_of_matches(ctx: JobContext) -> list[Notice]:
    """Tell HR once a day how many new pairs may be one person; each pair is told once."""
    waiting: dict[int, int] = {}
    people: dict[int, Employee] = {}
    for match in candidates.untold(ctx.session):
        match.told_at = ctx.now
        asked = {
            person.id: person
            for unit_id in candidates.units_of(ctx.session, match)
            for person in candidates.responsible(ctx.session, unit_id=unit_id, at=ctx.now, policy=ctx.policy)
        }
        people |= asked
        for id_ in asked:
            waiting[id_] = waiting.get(id_, 0) + 1
    ctx.session.flush()
    return [Notice(people[id_], "candidates/new_matches", {"count": count}) for id_, count in waiting.items()]


def tell_admitted(
    session: Session, decided: Decided, at: datetime, policy: Policy, *, but_for: Employee
) -> list[Notice]:
    """The HR of the other open applications and the hiring department hear of an admission, each once."""
    told = tell_others_admitted(session, decided, at, policy, but_for=but_for)
    unit = _unit(session, decided.application)
    values = {"person": decided.person, "unit": unit.name, "job": decided.application.job}
    return told + [
        Notice(one, "candidates/admitted_notice", values)
        for one in _hiring(session, unit, at, policy)
        if one.id != but_for.id
    ]


def tell_others_admitted(
    session: Session, decided: Decided, at: datetime, policy: Policy, *, but_for: Employee | None
) -> list[Notice]:
    """The HR of the other open applications hear of an admission, each once (S1-22)."""
    return [
        Notice(hr, "candidates/admitted_elsewhere_notice", {"person": decided.person, "lines": lines})
        for hr, lines in _concerned(session, decided.others, at, policy, but_for)
    ]


def tell_undone(
    session: Session, decided: Decided, at: datetime, policy: Policy, *, but_for: Employee
) -> list[Notice]:
    """The same people hear that an admission was taken back."""
    told = [
        Notice(hr, "candidates/admission_undone_notice", {"person": decided.person, "lines": lines})
        for hr, lines in _concerned(session, decided.others, at, policy, but_for)
    ]
    unit = _unit(session, decided.application)
    lines = [f"{unit.name} {decided.application.job}"]
    return told + [
        Notice(one, "candidates/admission_undone_notice", {"person": decided.person, "lines": lines})
        for one in _hiring(session, unit, at, policy)
        if one.id != but_for.id
    ]


def tell_of_erasure_request(
    session: Session, person: Candidate, at: datetime, policy: Policy
) -> list[Notice]:
    """Compliance and the responsible HR hear that a candidate wants their data deleted."""
    applied = candidates.applications_of(session, person, Reach(everything=True))
    people = {one.id: one for one in staff.holders(session, Role.COMPLIANCE, unit_id=None, at=at)}
    for view in applied:
        unit_id = view.application.unit_id
        found = candidates.responsible(session, unit_id=unit_id, at=at, policy=policy)
        people |= {one.id: one for one in found}
    return [Notice(one, "candidates/erasure_request", {"person": person}) for one in people.values()]


def _concerned(
    session: Session,
    others: Sequence[Application],
    at: datetime,
    policy: Policy,
    but_for: Employee | None,
) -> list[tuple[Employee, list[str]]]:
    """Each HR once, with the applications they are responsible for."""
    lines: dict[int, list[str]] = {}
    people: dict[int, Employee] = {}
    for other in others:
        unit = _unit(session, other)
        for hr in candidates.responsible(session, unit_id=unit.id, at=at, policy=policy):
            if but_for is None or hr.id != but_for.id:
                people[hr.id] = hr
                lines.setdefault(hr.id, []).append(f"{unit.name} {other.job}")
    return [(people[id_], told) for id_, told in lines.items()]


def _hiring(session: Session, unit: Unit, at: datetime, policy: Policy) -> list[Employee]:
    """The hiring department nearest to a unit that may see its candidates (S2-15)."""
    return [
        one
        for one in staff.holders(session, Role.HIRING_DEPARTMENT, unit_id=unit.id, at=at)
        if staff.covers_unit(session, staff.reach(one, "candidates.see", policy.rights), unit.id)
    ]


def _unit(session: Session, application: Application) -> Unit:
    unit = session.get(Unit, application.unit_id)
    assert unit is not None
    return unit
