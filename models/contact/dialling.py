"""Dialling: one number is shown in full, the guard is asked, the attempt counts."""

from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models import audit, secrecy
from models.base import SHANGHAI
from models.calendar import WorkCalendar
from models.contact.errors import NoSuchNumber, TooManyDials
from models.contact.kinds import ContactChannel, Direction, Purpose
from models.contact.operations import record, require
from models.contact.tables import ContactAttempt, Debtor, DebtorContact
from models.policy import Policy
from models.staff import Employee

NOTED_WITHIN = timedelta(hours=24)
"""So long after a visit a note is taken to be about it (domain.md 6.4)."""


def reveal_number(
    session: Session,
    *,
    actor: Employee,
    debtor: Debtor,
    contact: DebtorContact,
    at: datetime,
    policy: Policy,
    purpose: Purpose | None = None,
    calendar: WorkCalendar | None = None,
) -> tuple[str, ContactAttempt]:
    """One full number, to dial it now, and the attempt that it counts as; it leaves a trace.

    Whether the actor works the debtor's cases is for the area of cases to check. Two who dial at the same
    moment come one after the other, so that no limit is passed by both.

    Raises:
        ContactRefused: the guard says no; TooManyDials: enough for one day (policy `contact.dials_per_day`);
        NoSuchNumber: it is not of this debtor, or nobody can read it any more.
    """
    session.refresh(debtor, with_for_update=True)
    if contact.debtor_id != debtor.id:
        raise NoSuchNumber()
    require(
        session,
        debtor=debtor,
        channel=ContactChannel.CALL,
        at=at,
        policy=policy,
        contact=contact,
        actor=actor,
        purpose=purpose,
        calendar=calendar,
    )
    most = policy.contact.dials_per_day
    if _dialled(session, actor, at) >= most:
        raise TooManyDials(most=most)
    number = secrecy.open_text(session, debtor.subject, contact.number)
    if number is None:
        raise NoSuchNumber()
    attempt = record(
        session,
        actor=actor,
        debtor=debtor,
        contact=contact,
        channel=ContactChannel.CALL,
        direction=Direction.OUT,
        at=at,
        policy=policy,
        purpose=purpose,
        calendar=calendar,
    )
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="contact.dial",
        subject=debtor.subject,
        details={"contact": contact.id, "attempt": attempt.id, "relation": contact.relation},
    )
    return number, attempt


def newest_unsettled(
    session: Session, *, employee_id: int, debtor_id: int, at: datetime, contact_id: int | None = None
) -> ContactAttempt | None:
    """The newest call to a debtor's people that somebody began that day, or visit of the last 24 hours, of
    which nobody has said what came (domain.md 6.4: a visit is noted within 24 hours).

    `contact_id` asks for calls to this number alone.
    """
    named = [] if contact_id is None else [ContactAttempt.contact_id == contact_id]
    today = ContactAttempt.day == at.astimezone(SHANGHAI).date()
    lately = ContactAttempt.at > at - NOTED_WITHIN
    return session.scalars(
        select(ContactAttempt)
        .where(*named)
        .where(ContactAttempt.debtor_id == debtor_id)
        .where(
            or_(
                and_(ContactAttempt.channel == ContactChannel.CALL, today),
                and_(ContactAttempt.channel == ContactChannel.VISIT, lately),
            )
        )
        .where(ContactAttempt.employee_id == employee_id, ContactAttempt.connected.is_(None))
        .where(ContactAttempt.direction == Direction.OUT)
        .order_by(ContactAttempt.at.desc(), ContactAttempt.id.desc())
        .limit(1)
    ).one_or_none()


def _dialled(session: Session, actor: Employee, at: datetime) -> int:
    counted = select(func.count()).where(
        ContactAttempt.employee_id == actor.id,
        ContactAttempt.day == at.astimezone(SHANGHAI).date(),
        ContactAttempt.channel == ContactChannel.CALL,
        ContactAttempt.direction == Direction.OUT,
    )
    return int(session.scalars(counted).one())
