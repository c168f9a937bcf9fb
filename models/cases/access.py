"""Whose business a case is, and how an operation takes hold of it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models import audit, handover, secrecy, staff
from models.cases.errors import CaseChanged, CaseClosed, NoSuchCase, WrongState
from models.cases.kinds import AssignmentCause, CaseStatus
from models.cases.rules import Trigger, state_after
from models.cases.tables import Assignment, Case, CaseEvent
from models.contact import Debtor
from models.policy import Policy
from models.staff import Employee, Role

WORK, SEE, ASSIGN, STEER = "cases.work", "cases.see", "cases.assign", "cases.steer"
"""The rights of this area (config/rights.toml)."""
MOST_DIGITS = 18


def subject_of(case: Case) -> str:
    """The pseudonym of the debtor, under whose key all words about the case are sealed."""
    return f"debtor:{case.debtor_id}"


def find_case(
    session: Session,
    *,
    actor: Employee,
    number: str | int,
    action: str,
    at: datetime,
    policy: Policy,
    after_halt: bool = False,
) -> Case:
    """The case with this number, if the actor may do `action` to it; `after_halt` as `require_case` says.

    Raises:
        NotPermitted: no role of the actor includes the action; NoSuchCase: there is none within reach;
        CaseChanged: it was the actor's, and is somebody else's now.
    """
    staff.require(actor, action, policy.rights)
    digits = str(number).strip()
    known = digits.isdecimal() and len(digits) <= MOST_DIGITS
    case = session.get(Case, int(digits)) if known else None
    if case is None:
        raise NoSuchCase(number=digits)
    require_case(
        session, actor=actor, case=case, actions=(action,), at=at, policy=policy, after_halt=after_halt
    )
    return case


def require_case(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    actions: Collection[str],
    at: datetime,
    policy: Policy,
    after_halt: bool = False,
) -> None:
    """Refuse unless one of the actions reaches this case: the actor's own, somebody's whom the actor stands
    in for during a short leave, or one in a unit within reach.

    `after_halt`: also one that was theirs until contact stopped and a supervisor got it, as long as it is
    suspended; they know what happened to it, and money goes on coming in.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case` says.
    """
    reaches = [staff.reach(actor, action, policy.rights) for action in actions]
    if not any(reaches):
        staff.require(actor, min(actions), policy.rights)
    own = any(allowed.own for allowed in reaches)
    if own and case.owner_id == actor.id:
        return
    if any(staff.covers_unit(session, allowed, case.unit_id) for allowed in reaches if allowed):
        return
    owners = {case.owner_id, _owner_before_halt(session, case)} if after_halt else {case.owner_id}
    if own and owners.intersection([actor.id, *handover.stands_in_for(session, employee_id=actor.id, at=at)]):
        return
    was_theirs = exists().where(Assignment.case_id == case.id, Assignment.owner_id == actor.id)
    if WORK in actions and session.scalar(select(was_theirs)):
        raise CaseChanged(number=case.id, owner=name_of(session, case.owner_id))
    raise NoSuchCase(number=str(case.id))


def _owner_before_halt(session: Session, case: Case) -> int | None:
    """Who had a suspended case that a supervisor has got because of that."""
    if case.status != CaseStatus.SUSPENDED:
        return None
    last = session.scalars(
        select(Assignment).where(Assignment.case_id == case.id, Assignment.ended_at.is_(None))
    ).one_or_none()
    if last is None or last.cause != AssignmentCause.DISPUTE:
        return None
    return int(last.before["owner_id"])


def take(session: Session, case: Case) -> Case:
    """The case, as it is now and for this transaction alone.

    Whoever changes cases takes the debtor first and then the cases, several in the order of their numbers, so
    that nobody waits for somebody who waits for them.
    """
    session.flush()
    session.execute(select(Debtor.id).where(Debtor.id == case.debtor_id).with_for_update())
    session.refresh(case, with_for_update=True)
    return case


def require_open(case: Case) -> None:
    """Refuse what has ended.

    Raises:
        CaseClosed: as named.
    """
    if case.closed_at is not None:
        raise CaseClosed(number=case.id, status=case.status)


def seal_words(session: Session, case: Case, words: str) -> bytes | None:
    """Words about a debtor, sealed under the debtor's own key."""
    return secrecy.seal(session, subject_of(case), words.strip())


def enter(
    session: Session,
    case: Case,
    kind: str,
    *,
    at: datetime,
    by: Employee | None,
    was: str,
    details: dict[str, object] | None = None,
    words: str = "",
) -> None:
    """Write down what moved a case from the state `was` to the one it is in."""
    session.add(
        CaseEvent(
            case_id=case.id,
            at=at,
            by_id=None if by is None else by.id,
            kind=kind,
            from_status=was,
            to_status=case.status,
            details=details or {},
            words=seal_words(session, case, words),
        )
    )
    session.flush()


def shift(
    session: Session,
    case: Case,
    trigger: Trigger,
    *,
    at: datetime,
    by: Employee | None,
    to: str | None = None,
    details: dict[str, object] | None = None,
    words: str = "",
) -> None:
    """Move a case to where the trigger leads from its state, or to `to`, with an event.

    Raises:
        WrongState: it leads nowhere from there.
    """
    target = state_after(case.status, trigger)
    if target is None:
        raise WrongState(number=case.id, status=case.status)
    was, case.status = case.status, to or target
    case.version += 1
    enter(session, case, trigger, at=at, by=by, was=was, details=details, words=words)


def record(
    session: Session,
    action: str,
    case: Case,
    actor: Employee | None,
    at: datetime,
    *,
    words: str = "",
    **details: object,
) -> None:
    """Enter it into the evidence trail: ids and codes, and words under the debtor's key."""
    audit.record(
        session,
        at=at,
        actor=audit.SYSTEM if actor is None else actor.subject,
        action=action,
        subject=subject_of(case),
        details={"case": case.id, **details},
        personal={subject_of(case): {"words": words}} if words else None,
    )


def name_of(session: Session, employee_id: int) -> str:
    """What an employee is called."""
    return session.scalars(select(Employee.name).where(Employee.id == employee_id)).one()


def leading(session: Session, unit_id: int, at: datetime, *, but_for: int | None = None) -> Employee | None:
    """Who holds the pool of a unit: its nearest supervisor or manager, else who leads it or one above it."""
    for roles in ((Role.SUPERVISOR, Role.MANAGER), (Role.TEAM_LEADER,), (Role.ADMIN,)):
        for person in handover.nearest(session, roles, unit_id=unit_id, at=at):
            if person.id != but_for:
                return person
    return None


class Leading:
    """The same for many cases: asks once for each unit."""

    def __init__(self, session: Session, at: datetime) -> None:
        self._session, self._at = session, at
        self._of: dict[int, Sequence[Employee]] = {}

    def of(self, unit_id: int, *, but_for: int) -> Employee | None:
        """Who holds the pool of a unit, other than this person."""
        if unit_id not in self._of:
            first = leading(self._session, unit_id, self._at)
            second = first and leading(self._session, unit_id, self._at, but_for=first.id)
            self._of[unit_id] = [one for one in (first, second) if one is not None]
        return next((one for one in self._of[unit_id] if one.id != but_for), None)
