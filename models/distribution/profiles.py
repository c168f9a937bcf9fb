"""What somebody may be given: caps, conflicts of interest, and the profile as they see it themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import audit, cases, staff, training
from models.cases import Conflict, WorkProfile
from models.distribution.errors import CapOutOfRange, ConflictKnown, NoConflict
from models.distribution.operations import Claimable, claimable
from models.distribution.queries import ASSIGN
from models.policy import Policy
from models.staff import Employee


@dataclass(frozen=True)
class Profile:
    """What somebody may be given; empty lists allow everything."""

    buckets: Sequence[int]
    products: Sequence[str]
    areas: Sequence[str]
    languages: Sequence[str]
    licensed_until: date | None
    claims: Claimable


def own_profile(session: Session, *, actor: Employee, at: datetime, policy: Policy) -> Profile:
    """What the actor may be given and claim.

    Raises:
        NotPermitted: the actor works no cases.
    """
    claims = claimable(session, actor=actor, at=at, policy=policy)
    until = training.licensed_until(session, [actor.id], at=at).get(actor.id)
    known = session.get(WorkProfile, actor.id)
    if known is None:
        return Profile((), (), (), (), until, claims)
    return Profile(known.buckets, known.products, known.areas, known.languages, until, claims)


def set_cap(
    session: Session, *, actor: Employee, person: Employee, cap: int, at: datetime, policy: Policy
) -> int | None:
    """Say how many cases somebody may have at most; returns what it was, None if it was the policy's.

    Raises:
        NotPermitted, staff.OutOfReach: the actor gives this person no cases; CapOutOfRange: more than anybody
        may have.
    """
    staff.require_for_person(session, actor=actor, action=ASSIGN, person=person, at=at, policy=policy)
    if not 0 <= cap <= policy.cases.capacity_hard:
        raise CapOutOfRange(most=policy.cases.capacity_hard)
    profile = session.get(WorkProfile, person.id, with_for_update=True)
    if profile is None:
        profile = WorkProfile(employee_id=person.id)
        session.add(profile)
    before, profile.cap = profile.cap, cap
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="distribution.cap",
        subject=person.subject,
        details={"cap": cap, "before": before},
    )
    return before


def note_conflict(
    session: Session, *, actor: Employee, person: Employee, number: int, at: datetime, policy: Policy
) -> bool:
    """Keep the cases of a debtor from somebody from now on; whether they have them at the moment.

    Raises:
        NotPermitted, staff.OutOfReach: the actor gives this person no cases; cases.NoSuchCase: no such case
        within reach; ConflictKnown: it is on record.
    """
    staff.require_for_person(session, actor=actor, action=ASSIGN, person=person, at=at, policy=policy)
    case = cases.find_case(session, actor=actor, number=number, action=ASSIGN, at=at, policy=policy)
    if _conflict(session, person, case) is not None:
        raise ConflictKnown(person=person.named, number=case.id)
    session.add(Conflict(employee_id=person.id, debtor_id=case.debtor_id, noted_at=at, noted_by_id=actor.id))
    session.flush()
    _record(session, "distribution.conflict", actor, person, case, at)
    return case.live_owner_id == person.id


def withdraw_conflict(
    session: Session, *, actor: Employee, person: Employee, number: int, at: datetime, policy: Policy
) -> None:
    """Let somebody have the cases of a debtor again.

    Raises:
        NotPermitted, staff.OutOfReach, cases.NoSuchCase: as `note_conflict` says; NoConflict: there is none.
    """
    staff.require_for_person(session, actor=actor, action=ASSIGN, person=person, at=at, policy=policy)
    case = cases.find_case(session, actor=actor, number=number, action=ASSIGN, at=at, policy=policy)
    known = _conflict(session, person, case)
    if known is None:
        raise NoConflict(person=person.named, number=case.id)
    session.execute(delete(Conflict).where(Conflict.id == known))
    _record(session, "distribution.no_conflict", actor, person, case, at)


def _conflict(session: Session, person: Employee, case: cases.Case) -> int | None:
    return session.scalars(
        select(Conflict.id).where(Conflict.employee_id == person.id, Conflict.debtor_id == case.debtor_id)
    ).one_or_none()


def _record(
    session: Session, action: str, actor: Employee, person: Employee, case: cases.Case, at: datetime
) -> None:
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=f"debtor:{case.debtor_id}",
        details={"case": case.id, "employee": person.id},
    )
