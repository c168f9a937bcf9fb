"""Reads about visits: which goes on, what was made of a day, and what it is worth."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import attendance, cases
from models.base import in_chunks
from models.cases import Case, ContactNote, FollowUp
from models.contact import Debtor
from models.fieldwork.rules import Needs, Verdict, VisitFacts, verdict
from models.fieldwork.tables import Visit, VisitState
from models.locations import LocationFix
from models.policy import FieldworkPolicy


@dataclass(frozen=True)
class Seen:
    """A visit with all that is told of it; personal values are masked."""

    visit: Visit
    name: str
    """The debtor's masked name."""
    purpose: str
    """What it was about, in the words of the plan; empty if nobody said."""
    fix: LocationFix
    """Where it began, and what that is worth."""
    note: ContactNote | None
    """The first note about it."""
    verdict: Verdict

    @property
    def number(self) -> int:
        """The number of the case."""
        return self.visit.case_id

    @property
    def minutes(self) -> int | None:
        """How long it took; None as long as nobody has left."""
        if self.visit.out_at is None:
            return None
        return int((self.visit.out_at - self.visit.in_at).total_seconds() // 60)


def needs_of(policy: FieldworkPolicy) -> Needs:
    """The numbers by which a visit is judged."""
    return Needs(
        timedelta(minutes=policy.stay_minutes), timedelta(hours=policy.note_hours), policy.photo_needed
    )


def find_key(session: Session, *, employee_id: int, key: str) -> Visit | None:
    """The visit that the phone of this person called so."""
    return session.scalars(
        select(Visit).where(Visit.key == key, Visit.employee_id == employee_id)
    ).one_or_none()


def visit_going_on(session: Session, employee_id: int) -> Visit | None:
    """The visit that somebody is on."""
    return session.scalars(
        select(Visit).where(Visit.employee_id == employee_id, Visit.state == VisitState.INSIDE)
    ).one_or_none()


def visits_of(
    session: Session,
    employee_ids: Collection[int],
    first: date,
    last: date,
    *,
    at: datetime,
    policy: FieldworkPolicy,
) -> Sequence[Seen]:
    """The visits that these people made from the first to the last day, in the order of time.

    Whether each is a valid one is judged as `at` can tell; those taken back are left out.
    """
    found: list[Visit] = []
    for some in in_chunks(employee_ids):
        found += session.scalars(
            select(Visit)
            .where(Visit.employee_id.in_(some), Visit.day.between(first, last))
            .where(Visit.state != VisitState.VOID)
        )
    return seen(session, sorted(found, key=lambda one: (one.in_at, one.id)), at=at, policy=policy)


def seen(
    session: Session, visits: Sequence[Visit], *, at: datetime, policy: FieldworkPolicy
) -> Sequence[Seen]:
    """What is told of these visits: a handful of questions for any number of them."""
    rows: dict[int, tuple[Case, Debtor]] = {}
    for some in in_chunks({one.case_id for one in visits}):
        for case, debtor in session.execute(
            select(Case, Debtor).join(Debtor, Debtor.id == Case.debtor_id).where(Case.id.in_(some))
        ):
            rows[case.id] = case, debtor
    fixes = _fixes(session, {one.in_fix_id for one in visits})
    plans = _plans(session, {one.follow_up_id for one in visits if one.follow_up_id is not None})
    notes = _first_notes(session, {one.attempt_id for one in visits if one.attempt_id is not None})
    needs, told = needs_of(policy), []
    for one in visits:
        case, debtor = rows[one.case_id]
        plan, note = plans.get(one.follow_up_id or 0), notes.get(one.attempt_id or 0)
        facts = VisitFacts(
            standing=fixes[one.in_fix_id].standing,
            in_at=one.in_at,
            out_at=one.out_at,
            note_at=None if note is None else note.at,
            photos=one.photos,
            going_on=one.state == VisitState.INSIDE and one.day == at.date(),
        )
        purpose = "" if plan is None else cases.words_of(session, case, plan.words)
        judged = verdict(facts, now=at, needs=needs)
        told.append(Seen(one, debtor.name_mask, purpose, fixes[one.in_fix_id], note, judged))
    return told


def _fixes(session: Session, ids: Collection[int]) -> Mapping[int, LocationFix]:
    found: dict[int, LocationFix] = {}
    for some in in_chunks(ids):
        rows = session.scalars(select(LocationFix).where(LocationFix.id.in_(some)))
        found |= {row.id: row for row in rows}
    return found


def _plans(session: Session, ids: Collection[int]) -> Mapping[int, FollowUp]:
    found: dict[int, FollowUp] = {}
    for some in in_chunks(ids):
        found |= {row.id: row for row in session.scalars(select(FollowUp).where(FollowUp.id.in_(some)))}
    return found


def _first_notes(session: Session, attempt_ids: Collection[int]) -> Mapping[int, ContactNote]:
    """Attempt → the first note about it."""
    found: dict[int, ContactNote] = {}
    for some in in_chunks(attempt_ids):
        notes = session.scalars(
            select(ContactNote)
            .where(ContactNote.attempt_id.in_(some))
            .order_by(ContactNote.at.desc(), ContactNote.id.desc())
        )
        found |= {note.attempt_id: note for note in notes if note.attempt_id is not None}
    return found


@attendance.on_field_days
def planned_field_days(
    session: Session, employee_ids: Collection[int], days: Sequence[date]
) -> Mapping[tuple[int, date], tuple[datetime, datetime | None]]:
    """Who was at customers on which days, from the first check-in to the last sign of life.

    Only visits that were planned count instead of the office (domain.md 6.3).
    """
    found: dict[tuple[int, date], tuple[datetime, datetime | None]] = {}
    for some in in_chunks(employee_ids):
        rows = session.execute(
            select(
                Visit.employee_id,
                Visit.day,
                func.min(Visit.in_at, type_=Visit.in_at.type),
                func.max(Visit.out_at, type_=Visit.out_at.type),
            )
            .where(Visit.employee_id.in_(some), Visit.day.between(min(days), max(days)))
            .where(Visit.state != VisitState.VOID, Visit.follow_up_id.is_not(None))
            .group_by(Visit.employee_id, Visit.day)
        )
        found |= {(employee_id, day): (begin, end) for employee_id, day, begin, end in rows}
    return found
