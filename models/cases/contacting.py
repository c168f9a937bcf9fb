"""The contact behind a note, as the guard records it, and what cases have against contacting a debtor."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import contact
from models.cases.kinds import ENDED
from models.cases.rules import HALTED
from models.cases.tables import Case
from models.contact import (
    ContactAttempt,
    ContactChannel,
    Debtor,
    DebtorContact,
    Direction,
    Reached,
    Relation,
    Rule,
)
from models.policy import CaseOutcome, Policy
from models.staff import Employee


@contact.on_deciding
def what_cases_say(session: Session, debtor: Debtor, _at: datetime) -> Iterable[Rule]:
    """`HALTED` while contact about an open case is stopped, `ENDED` once no case is open."""
    states = set(session.scalars(select(Case.status).where(Case.debtor_id == debtor.id)))
    if states.intersection(HALTED):
        yield Rule.HALTED
    if states and states <= set(ENDED):
        yield Rule.ENDED


def contact_noted(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    contact_id: int | None,
    attempt_id: int | None,
    channel: ContactChannel,
    direction: Direction,
    outcome: CaseOutcome,
    at: datetime,
    policy: Policy,
) -> ContactAttempt:
    """The attempt of the actor a note is about: the one that was begun by dialling, else one recorded now.

    A call for which no attempt is named is the newest one that the actor began that day and said nothing of.

    Where no number is named it was the debtor's only one, if there is only one.
    """
    reached = Reached(outcome.reached) if outcome.reached else None
    attempt = None if attempt_id is None else session.get(ContactAttempt, attempt_id)
    if attempt_id is None and (channel, direction) == (ContactChannel.CALL, Direction.OUT):
        attempt = contact.newest_unsettled(
            session, employee_id=actor.id, debtor_id=case.debtor_id, contact_id=contact_id, at=at
        )
    if attempt is not None and (attempt.debtor_id, attempt.employee_id) == (case.debtor_id, actor.id):
        if outcome.connected is not None:
            contact.settle(
                session,
                attempt=attempt,
                connected=outcome.connected,
                reached=reached,
                at=at,
                policy=policy,
            )
        return attempt
    return contact.record(
        session,
        actor=actor,
        debtor=session.get_one(Debtor, case.debtor_id),
        contact=_number(session, case, contact_id),
        channel=channel,
        direction=direction,
        at=at,
        policy=policy,
        connected=outcome.connected,
        reached=reached,
    )


def _number(session: Session, case: Case, contact_id: int | None) -> DebtorContact | None:
    numbers = session.scalars(select(DebtorContact).where(DebtorContact.debtor_id == case.debtor_id)).all()
    if contact_id is not None:
        return next((one for one in numbers if one.id == contact_id), None)
    own = [one for one in numbers if one.relation == Relation.DEBTOR]
    return own[0] if len(own) == 1 else None
