"""What whoever works a case asks of the guard: dial a number, stop, agree to hours, plan a visit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import contact
from models.calendar import WorkCalendar
from models.cases.access import STEER, WORK, record, require_case, require_open, take
from models.cases.relaying import SEND
from models.cases.tables import Case, FollowUp
from models.cases.working import LIFT, begin, cancel_follow_ups, plan_follow_up
from models.contact import (
    ContactAttempt,
    ContactConsent,
    Debtor,
    DebtorContact,
    NoSuchNumber,
    Purpose,
)
from models.policy import Policy
from models.staff import Employee

RULES = "contact.rules"
"""The right of compliance (config/rights.toml)."""


@dataclass(frozen=True)
class Dialled:
    """A number that is shown to be dialled now."""

    number: str
    contact: DebtorContact
    attempt: ContactAttempt


@contact.on_stop
def drop_follow_ups(session: Session, debtor: Debtor, at: datetime) -> None:
    """Nothing is planned any more about a debtor whom nobody contacts."""
    for case in _open_cases(session, debtor.id):
        cancel_follow_ups(session, case, at)


def open_numbers(session: Session, debtor_ids: Collection[int]) -> dict[int, list[int]]:
    """Debtor → the numbers of the open cases."""
    rows = session.execute(
        select(Case.debtor_id, Case.id)
        .where(Case.debtor_id.in_(debtor_ids), Case.closed_at.is_(None))
        .order_by(Case.id)
    )
    found: dict[int, list[int]] = {id_: [] for id_ in debtor_ids}
    for debtor_id, number in rows:
        found[debtor_id].append(number)
    return found


def numbers(
    session: Session, *, actor: Employee, case: Case, at: datetime, policy: Policy
) -> Sequence[DebtorContact]:
    """By which numbers the debtor of a case, and who knows the debtor, may be reached; masked.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`.
    """
    require_case(session, actor=actor, case=case, actions=(WORK, RULES), at=at, policy=policy)
    return contact.contacts_of(session, _debtor(session, case))


def dial(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    contact_id: int,
    at: datetime,
    policy: Policy,
    purpose: Purpose | None = None,
    calendar: WorkCalendar | None = None,
) -> Dialled:
    """Show one number in full, to dial it now: the guard is asked, and the attempt counts.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; CaseClosed: it has ended; ContactRefused,
        TooManyDials, NoSuchNumber: as `contact.reveal_number`.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    require_open(case)
    debtor, one = _debtor(session, case), _contact(session, case, contact_id)
    number, attempt = contact.reveal_number(
        session,
        actor=actor,
        debtor=debtor,
        contact=one,
        at=at,
        policy=policy,
        purpose=purpose,
        calendar=calendar,
    )
    begin(session, actor=actor, case=case, at=at)
    return Dialled(number, one, attempt)


def stop_contact(
    session: Session, *, actor: Employee, case: Case, why: str, words: str, at: datetime, policy: Policy
) -> Debtor:
    """The debtor is not to be contacted any more, at once, whatever case it is about; `why` is a code.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`.
    """
    take(session, case)
    who = (WORK, STEER, SEND, RULES)
    require_case(session, actor=actor, case=case, actions=who, at=at, policy=policy)
    debtor = _debtor(session, case)
    contact.stop(session, debtor=debtor, why=why, words=words, at=at, by=actor)
    return debtor


def lift_stop(
    session: Session, *, actor: Employee, case: Case, at: datetime, policy: Policy, words: str = ""
) -> Debtor:
    """The debtor may be contacted again; only compliance says so.

    Raises:
        NotPermitted, NoSuchCase: as `find_case`; NotStopped: nobody has stopped it.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(RULES,), at=at, policy=policy)
    debtor = _debtor(session, case)
    contact.lift_stop(session, actor=actor, debtor=debtor, at=at, policy=policy, words=words)
    return debtor


def agree_hours(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    begin: time,
    end: time,
    expires_at: datetime,
    evidence: str,
    at: datetime,
    policy: Policy,
) -> ContactConsent:
    """The debtor has agreed to be contacted at other hours (`contact.agree_hours`).

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; EvidenceMissing, HoursNotNeeded,
        ConsentTooLong: as `contact.agree_hours`.
    """
    require_case(session, actor=actor, case=case, actions=(WORK, RULES), at=at, policy=policy)
    return contact.agree_hours(
        session,
        actor=actor,
        debtor=_debtor(session, case),
        begin=begin,
        end=end,
        expires_at=expires_at,
        evidence=evidence,
        at=at,
        policy=policy,
    )


def withdraw_hours(session: Session, *, actor: Employee, case: Case, at: datetime, policy: Policy) -> int:
    """The debtor takes back every consent; returns how many there were.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; NoConsent: there is none.
    """
    who = (WORK, STEER, SEND, RULES)
    require_case(session, actor=actor, case=case, actions=who, at=at, policy=policy)
    return contact.withdraw_hours(session, actor=actor, debtor=_debtor(session, case), at=at)


def refuse_contact(
    session: Session, *, actor: Employee, case: Case, contact_id: int, at: datetime, policy: Policy
) -> DebtorContact:
    """A third party does not want to be contacted about this debtor: final.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; NoSuchNumber: it is not of this debtor;
        NotAThirdParty: it is the debtor's own.
    """
    require_case(session, actor=actor, case=case, actions=(WORK, RULES), at=at, policy=policy)
    one = _contact(session, case, contact_id)
    contact.refuse_contact(session, actor=actor, contact=one, at=at)
    return one


def mark_number(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    contact_id: int,
    valid: bool,
    at: datetime,
    policy: Policy,
) -> DebtorContact:
    """The number is known to be none of theirs, or is right after all.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; NoSuchNumber: it is not of this debtor.
    """
    require_case(session, actor=actor, case=case, actions=(WORK, RULES), at=at, policy=policy)
    one = _contact(session, case, contact_id)
    mark = contact.mark_valid if valid else contact.mark_invalid
    mark(session, actor=actor, contact=one, at=at)
    return one


def plan_visit(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    due_at: datetime,
    at: datetime,
    policy: Policy,
    words: str = "",
) -> FollowUp:
    """Plan a visit; the guard is asked about its moment.

    Raises:
        ContactRefused: it would not be lawful then; else as `plan_follow_up`.
    """
    return plan_follow_up(
        session, actor=actor, case=case, due_at=due_at, kind="visit", words=words, at=at, policy=policy
    )


def lift_visit(
    session: Session, *, actor: Employee, case: Case, due_at: datetime, at: datetime, policy: Policy
) -> FollowUp:
    """Plan one visit more than the pack allows, for the owner of the case; who leads answers for it.

    Raises:
        NotPermitted, NoSuchCase: as `find_case`; ContactRefused: a rule that nobody lifts says no;
        CaseClosed, WrongState, TimeHasPassed: as `plan_follow_up`.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(LIFT,), at=at, policy=policy)
    planned = plan_follow_up(
        session, actor=actor, case=case, due_at=due_at, kind="visit", at=at, policy=policy, lifted=True
    )
    record(session, "contact.override", case, actor, at, follow_up=planned.id)
    return planned


def _open_cases(session: Session, debtor_id: int) -> Sequence[Case]:
    return session.scalars(
        select(Case).where(Case.debtor_id == debtor_id, Case.closed_at.is_(None)).order_by(Case.id)
    ).all()


def _debtor(session: Session, case: Case) -> Debtor:
    return session.get_one(Debtor, case.debtor_id)


def _contact(session: Session, case: Case, contact_id: int) -> DebtorContact:
    one = session.get(DebtorContact, contact_id)
    if one is None or one.debtor_id != case.debtor_id:
        raise NoSuchNumber()
    return one
