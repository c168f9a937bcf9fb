"""A question reaches the HR of the unit, and the answer comes back (S0-21)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, secrecy, staff
from models.candidates import Application, ApplicationState, require_bound, rows_of
from models.enquiries.errors import EnquiryNotFound, EnquirySettled, NothingSaid
from models.enquiries.tables import Enquiry
from models.policy import Policy
from models.staff import Candidate, Employee

LONGEST_WORDS = 1000
ANSWER = "enquiries.answer"


def application_to_ask_about(
    session: Session, *, person: Candidate, application_id: int | None = None
) -> Application | None:
    """The application a question is about: the one named, or the newest, those still open first.

    Raises:
        NotBound: nobody knows who this follower is.
    """
    ids = [row.id for row in rows_of(session, require_bound(session, person))]
    statement = select(Application).where(Application.person_id.in_(ids))
    if application_id is not None:
        statement = statement.where(Application.id == application_id)
    newest = statement.order_by((Application.state != ApplicationState.OPEN), Application.id.desc()).limit(1)
    return session.scalars(newest).first()


def ask_hr(
    session: Session, *, person: Candidate, words: str, at: datetime, application_id: int | None = None
) -> Enquiry:
    """Keep a question; who hears of it is for the caller.

    Raises:
        NotBound: nobody knows who this follower is. NothingSaid: there are no words.
        EnquiryNotFound: the application is none of the candidate's, or there is none at all.
    """
    person = require_bound(session, person)
    said = words.strip()[:LONGEST_WORDS]
    if not said:
        raise NothingSaid()
    application = application_to_ask_about(session, person=person, application_id=application_id)
    if application is None:
        raise EnquiryNotFound()
    row = Enquiry(
        person_id=person.id,
        application_id=application.id,
        words=secrecy.seal(session, person.subject, said),
        asked_at=at,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=person.subject,
        action="enquiries.ask",
        subject=person.subject,
        details={"enquiry": row.id, "application": application.id},
    )
    return row


def enquiry_within(session: Session, *, actor: Employee, enquiry_id: int, policy: Policy) -> Enquiry:
    """A question within the actor's reach.

    Raises:
        NotPermitted: the actor answers none. EnquiryNotFound: there is none, or not within reach.
    """
    allowed = staff.require(actor, ANSWER, policy.rights)
    found = session.get(Enquiry, enquiry_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise EnquiryNotFound()
    application = session.get_one(Application, found.application_id)
    if not staff.covers_unit(session, allowed, application.unit_id):
        raise EnquiryNotFound()
    return found


def answer_enquiry(
    session: Session, *, actor: Employee, enquiry_id: int, words: str, at: datetime, policy: Policy
) -> Enquiry:
    """Answer a question; once.

    Raises:
        NotPermitted, EnquiryNotFound: as `enquiry_within`.
        NothingSaid: there are no words. EnquirySettled: somebody was faster.
    """
    row = enquiry_within(session, actor=actor, enquiry_id=enquiry_id, policy=policy)
    said = words.strip()[:LONGEST_WORDS]
    if not said:
        raise NothingSaid()
    if row.answered_at is not None:
        raise EnquirySettled(answered_at=row.answered_at)
    subject = f"candidate:{row.person_id}"
    row.answer = secrecy.seal(session, subject, said)
    row.answered_by, row.answered_at = actor.subject, at
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=ANSWER,
        subject=subject,
        details={"enquiry": row.id, "application": row.application_id},
    )
    return row


def enquiries_of(session: Session, *, person: Candidate, limit: int = 10) -> Sequence[Enquiry]:
    """The candidate's own questions, the newest first.

    Raises:
        NotBound: nobody knows who this follower is.
    """
    ids = [row.id for row in rows_of(session, require_bound(session, person))]
    return session.scalars(
        select(Enquiry).where(Enquiry.person_id.in_(ids)).order_by(Enquiry.id.desc()).limit(limit)
    ).all()


def words_of(session: Session, enquiry: Enquiry) -> tuple[str, str]:
    """(the question, the answer); empty where there is none, or it was erased."""
    subject = f"candidate:{enquiry.person_id}"
    said = [secrecy.open_text(session, subject, sealed) or "" for sealed in (enquiry.words, enquiry.answer)]
    return said[0], said[1]
