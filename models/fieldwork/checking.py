"""Notes that claim a visit, compared with the check-ins of that day (S4-03)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import secrecy
from models.base import SHANGHAI, in_chunks
from models.cases import Case, ContactNote
from models.contact import Debtor
from models.fieldwork.rules import claims_visit, is_supported
from models.fieldwork.tables import Visit, VisitState
from models.locations import LocationFix
from models.policy import Policy
from models.staff import Employee, person_in_reach, require

SEE = "attendance.see_track"
"""The right of who may compare (config/rights.toml)."""


@dataclass(frozen=True)
class Unsupported:
    """A note that says somebody was at the customer's, without a check-in there that day."""

    note: ContactNote
    author: Employee
    number: int
    """Of the case."""
    name: str
    """The debtor's masked name."""
    words: str


def unsupported_within(
    session: Session,
    *,
    actor: Employee,
    first: date,
    last: date,
    at: datetime,
    policy: Policy,
    person: Employee | None = None,
) -> Sequence[Unsupported]:
    """Such notes of those within the actor's reach (or of one of them) from the first to the last day.

    Raises:
        NotPermitted: the actor sees nobody's track.
    """
    allowed = require(actor, SEE, policy.rights)
    reached = select(Employee).where(person_in_reach(allowed, actor, at))
    if person is not None:
        reached = reached.where(Employee.id == person.id)
    people = {one.id: one for one in session.scalars(reached)}
    return unsupported_notes(session, people, first, last, policy=policy)


def unsupported_notes(
    session: Session, people: dict[int, Employee], first: date, last: date, *, policy: Policy
) -> Sequence[Unsupported]:
    """Such notes of these people, in the order of time. What was corrected is read as corrected."""
    begin, end = _begin(first), _begin(last + timedelta(days=1))
    rows: list[tuple[ContactNote, Case, Debtor]] = []
    for some in in_chunks(people):
        rows += [
            (note, case, debtor)
            for note, case, debtor in session.execute(
                select(ContactNote, Case, Debtor)
                .join(Case, Case.id == ContactNote.case_id)
                .join(Debtor, Debtor.id == Case.debtor_id)
                .where(ContactNote.employee_id.in_(some), ContactNote.at >= begin, ContactNote.at < end)
            )
        ]
    corrected = {note.corrects_id for note, _, _ in rows}
    sealers = secrecy.sealers(session, {debtor.subject for _, _, debtor in rows})
    fieldwork, found = policy.fieldwork, []
    for note, case, debtor in sorted(rows, key=lambda one: (one[0].at, one[0].id)):
        sealer = sealers.get(debtor.subject)
        words = None if sealer is None else sealer.open(note.words)
        if not words or note.id in corrected:
            continue
        if not claims_visit(words, claims=fieldwork.claim_words, not_yet=fieldwork.not_yet_words):
            continue
        if not is_supported(_standings(session, note, debtor)):
            author = people[note.employee_id]
            found.append(Unsupported(note, author, case.id, debtor.name_mask, words))
    return found


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def _standings(session: Session, note: ContactNote, debtor: Debtor) -> Sequence[str]:
    """Where the author checked in at that customer's on the day of the note, or for the visit noted."""
    here = note.at.astimezone(SHANGHAI).date()
    of_debtor = select(Case.id).where(Case.debtor_id == debtor.id)
    return session.scalars(
        select(LocationFix.standing)
        .join(Visit, Visit.in_fix_id == LocationFix.id)
        .where(Visit.employee_id == note.employee_id, Visit.state != VisitState.VOID)
        .where(Visit.case_id.in_(of_debtor))
        .where((Visit.day == here) | (Visit.attempt_id == note.attempt_id))
    ).all()
