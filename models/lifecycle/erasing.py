"""What an erased person leaves open among joinings, transfers and leavings, and what forbids the erasure."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.candidates import Application, rows_of
from models.lifecycle.queries import open_separation, planned_transfer
from models.lifecycle.tables import ChecklistItem, Onboarding, OnboardingState, StepState
from models.redaction import Words
from models.staff import Candidate, Employee, Person, on_asking_what_is_held, on_erase


@on_asking_what_is_held
def changes_under_way(session: Session, person: Person, _at: datetime) -> Iterable[str]:
    """`leaving` while a leaving is not closed, `moving` while a transfer is planned."""
    if not isinstance(person, Employee):
        return
    if open_separation(session, person.id) is not None:
        yield "leaving"
    if planned_transfer(session, person.id) is not None:
        yield "moving"


@on_erase
def end_onboarding(session: Session, person: Person, _words: Words, at: datetime) -> None:
    """Nobody prepares anything for an erased person any more; what happened stays, as codes and moments."""
    if isinstance(person, Candidate):
        rows = [row.id for row in rows_of(session, person)]
        applied = select(Application.id).where(Application.person_id.in_(rows))
        session.execute(
            update(ChecklistItem)
            .where(ChecklistItem.application_id.in_(applied), ChecklistItem.state == StepState.OPEN)
            .values(state=StepState.DROPPED, done_at=at)
        )
    if not isinstance(person, Employee):
        return
    under_way = select(Onboarding).where(
        Onboarding.employee_id == person.id, Onboarding.state == OnboardingState.OPEN
    )
    for onboarding in session.scalars(under_way).all():
        onboarding.state, onboarding.done_at = OnboardingState.CANCELLED, at
    session.execute(
        update(ChecklistItem)
        .where(ChecklistItem.employee_id == person.id, ChecklistItem.state == StepState.OPEN)
        .values(state=StepState.DROPPED, done_at=at)
    )
    session.flush()
