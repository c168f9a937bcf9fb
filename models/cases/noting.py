"""A contact note as people write it: with what follows from it for the case."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.cases.relaying import waiting_signals
from models.cases.tables import Case, ContactNote, Signal
from models.cases.views import words_of
from models.cases.working import add_note, plan_next
from models.contact import ContactRefused
from models.policy import Policy
from models.staff import Employee

OTHER = "other"
"""The outcome of what fits none of the others."""


@dataclass(frozen=True)
class Noted:
    """A note, and what came of writing it."""

    note: ContactNote
    words: str
    """What was kept of the free words."""
    handled: Sequence[Signal] = field(default_factory=tuple)
    """What customer service had passed on and is dealt with by it."""
    refused: ContactRefused | None = None
    """Why the next call is not planned: it would not be lawful then."""


def must_state_identity(session: Session, *, case: Case, outcome: str, policy: Policy) -> bool:
    """Whether a note has to tell if the institution was named: of the first talk (domain.md 2.2, 10)."""
    known = policy.cases.outcomes.get(outcome)
    if known is None or not known.connected:
        return False
    told = exists().where(ContactNote.case_id == case.id, ContactNote.identity_stated.is_not(None))
    return not session.scalar(select(told))


def newest_own_note(session: Session, *, case: Case, author: Employee) -> ContactNote | None:
    """The last note that somebody has written about a case."""
    return session.scalars(
        select(ContactNote)
        .where(ContactNote.case_id == case.id, ContactNote.employee_id == author.id)
        .order_by(ContactNote.at.desc(), ContactNote.id.desc())
        .limit(1)
    ).one_or_none()


def note_down(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    outcome: str,
    words: str,
    at: datetime,
    policy: Policy,
    identity_stated: bool | None = None,
    next_at: datetime | None = None,
    corrects: ContactNote | None = None,
    attempt_id: int | None = None,
) -> Noted:
    """Note what came of a contact; if it reached the debtor, what customer service passed on is dealt with.

    A correction is a row of its own about the same contact; `attempt_id` as `add_note` says. A next call that
    would not be lawful is not planned, and the note kept all the same.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged, UnknownOutcome, TimeHasPassed: as `add_note`.
    """
    waiting = waiting_signals(session, case)
    note = add_note(
        session,
        actor=actor,
        case=case,
        outcome=outcome,
        words=words,
        identity_stated=identity_stated,
        attempt_id=attempt_id if corrects is None else corrects.attempt_id,
        corrects=None if corrects is None else corrects.id,
        at=at,
        policy=policy,
    )
    refused = None
    if next_at is not None and case.closed_at is None:
        try:
            plan_next(session, actor=actor, note=note, case=case, next_at=next_at, at=at, policy=policy)
        except ContactRefused as said:
            refused = said
    handled = [signal for signal in waiting if signal.handled_at is not None]
    return Noted(note, words_of(session, case, note.words), handled, refused)


def state_identity(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    note: ContactNote,
    stated: bool,
    at: datetime,
    policy: Policy,
) -> ContactNote:
    """Add to a note, as a correction of it, whether the institution was named at the beginning.

    Raises:
        As `add_note`.
    """
    return add_note(
        session,
        actor=actor,
        case=case,
        outcome=note.outcome,
        words=words_of(session, case, note.words),
        identity_stated=stated,
        attempt_id=note.attempt_id,
        corrects=note.id,
        at=at,
        policy=policy,
    )
