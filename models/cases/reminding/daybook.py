"""Somebody's day in figures: what it brings, what was done; the same of a team. Set-wise for everybody."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import ColumnElement, and_, func, literal_column, select
from sqlalchemy.orm import Session

from models.calendar import WorkCalendar
from models.cases.kinds import OPEN, WORKED, CaseStatus, FollowUpState, PaymentState, PtpStatus
from models.cases.reminding.topics import NO_CONTACT_YET
from models.cases.tables import Assignment, Case, ContactNote, FollowUp, Payment, Placement, PromiseToPay
from models.contact import ContactAttempt, ContactChannel, Direction
from models.policy import Policy
from models.worktime import last_workday, next_workday

Place = tuple[int, int]
"""A person and a unit: whose it is, and where it belongs."""


class Sum:
    """Figures that can be added."""

    def __add__(self, other: Self) -> Self:
        """Both together."""
        return type(self)(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))  # type: ignore[arg-type]
        )

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return any(getattr(self, one.name) for one in fields(self))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Morning(Sum):
    """What a day brings."""

    promises: int = 0
    promised: int = 0
    """Fen."""
    follow_ups: int = 0
    """Due today, or due before and not done."""
    not_accepted: int = 0
    new: int = 0
    """Of them and of those in progress: came since the last evening."""
    ending: int = 0
    """Cases whose placement ends within the longest of the times of the policy."""
    accept_late: int = 0
    contact_late: int = 0
    """Deadlines that have passed."""


@dataclass(frozen=True)
class Evening(Sum):
    """What was done on a day, and what is open for the next."""

    worked: int = 0
    """Cases with a note."""
    notes: int = 0
    calls: int = 0
    promises: int = 0
    promised: int = 0
    recovered: int = 0
    """Fen; what was posted today, minus what was reversed."""
    accept_late: int = 0
    contact_late: int = 0
    not_accepted: int = 0
    promises_next: int = 0
    follow_ups_next: int = 0
    """Due up to the end of the next workday."""

    @property
    def anything_done(self) -> bool:
        """Whether there was work at all."""
        return bool(self.notes or self.calls or self.promises or self.recovered)


S = TypeVar("S", Morning, Evening)


def mornings(
    session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Mapping[Place, Morning]:
    """Person and unit → what the day brings."""
    reminders = policy.reminders
    before = last_workday(at.date(), calendar.is_workday)
    evening = datetime.combine(before, reminders.evening_at, tzinfo=at.tzinfo)
    ends_by = at.date() + timedelta(days=max(reminders.placement_days, default=0))
    figures = _Figures(Morning)
    figures.add(
        session,
        _due_promises(PromiseToPay.due_on.between(before + timedelta(days=1), at.date())),
        promises=func.count(),
        promised=func.sum(PromiseToPay.amount),
    )
    figures.add(session, _due_follow_ups(_day_after(at)), follow_ups=func.count())
    figures.add(session, and_(Case.status == _ASSIGNED), not_accepted=func.count())
    figures.add(
        session,
        and_(
            Assignment.case_id == Case.id,
            Assignment.owner_id == Case.live_owner_id,
            Assignment.ended_at.is_(None),
            Assignment.started_at > evening,
            Case.status.in_(WORKED),
        ),
        new=func.count(),
    )
    figures.add(
        session,
        and_(
            Placement.id == Case.placement_id,
            Placement.end_on.between(at.date(), ends_by),
            Case.status.in_(OPEN),
            Case.status != CaseStatus.POOL,
        ),
        ending=func.count(),
    )
    _add_late(figures, session, at)
    return figures.found


def evenings(session: Session, *, at: datetime, calendar: WorkCalendar) -> Mapping[Place, Evening]:
    """Person and unit → what was done today and what is open."""
    begins = datetime.combine(at.date(), time(0), tzinfo=at.tzinfo)
    following = next_workday(at.date(), calendar.is_workday)
    figures = _Figures(Evening)
    figures.add(
        session,
        and_(ContactNote.case_id == Case.id, ContactNote.at >= begins, ContactNote.at <= at),
        who=ContactNote.employee_id,
        notes=func.count(),
        worked=func.count(ContactNote.case_id.distinct()),
    )
    figures.add(
        session,
        and_(
            PromiseToPay.case_id == Case.id,
            PromiseToPay.status.in_((PtpStatus.OPEN, PtpStatus.KEPT, PtpStatus.PARTIAL)),
            PromiseToPay.due_on >= at.date(),
            PromiseToPay.made_at >= begins,
        ),
        who=PromiseToPay.made_by_id,
        promises=func.count(),
        promised=func.sum(PromiseToPay.amount),
    )
    figures.add(
        session,
        and_(
            Payment.case_id == Case.id,
            Payment.state == PaymentState.CONFIRMED,
            Payment.credited_to_id.is_not(None),
            Payment.posted_at >= begins,
            Payment.posted_at <= at,
        ),
        who=Payment.credited_to_id,
        recovered=func.sum(Payment.amount),
    )
    figures.add(session, and_(Case.status == _ASSIGNED), not_accepted=func.count())
    figures.add(
        session,
        _due_promises(PromiseToPay.due_on.between(at.date() + timedelta(days=1), following)),
        promises_next=func.count(),
    )
    ends = datetime.combine(following + timedelta(days=1), time(0), tzinfo=at.tzinfo)
    figures.add(session, _due_follow_ups(ends), follow_ups_next=func.count())
    _add_late(figures, session, at)
    return figures.found


def calls_of_day(session: Session, employee_ids: Collection[int], *, at: datetime) -> Mapping[int, int]:
    """Employee → calls dialled on the day."""
    rows = session.execute(
        select(ContactAttempt.employee_id, func.count())
        .where(
            ContactAttempt.employee_id.in_(employee_ids),
            ContactAttempt.day == at.date(),
            ContactAttempt.channel == ContactChannel.CALL,
            ContactAttempt.direction == Direction.OUT,
        )
        .group_by(ContactAttempt.employee_id)
    )
    return {employee_id: int(count) for employee_id, count in rows}


_ASSIGNED: ColumnElement[str] = literal_column(f"'{CaseStatus.ASSIGNED}'")
"""Spelt out in the statement: SQLite uses a partial index only for the words of its definition."""


def _due_promises(when: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(
        PromiseToPay.case_id == Case.id,
        PromiseToPay.status == PtpStatus.OPEN,
        when,
        Case.status.in_(WORKED),
    )


def _due_follow_ups(before: datetime) -> ColumnElement[bool]:
    return and_(
        FollowUp.case_id == Case.id,
        FollowUp.state == literal_column(f"'{FollowUpState.OPEN}'"),
        FollowUp.due_at < before,
        Case.status.in_(WORKED),
    )


def _add_late(figures: "_Figures[Any]", session: Session, at: datetime) -> None:
    figures.add(session, and_(Case.status == _ASSIGNED, Case.accept_by <= at), accept_late=func.count())
    late = and_(Case.contact_by <= at, Case.status == CaseStatus.IN_PROGRESS, NO_CONTACT_YET)
    figures.add(session, late, contact_late=func.count())


def _day_after(at: datetime) -> datetime:
    return datetime.combine(at.date() + timedelta(days=1), time(0), tzinfo=at.tzinfo)


class _Figures(Generic[S]):
    """Figures by person and unit, gathered question by question."""

    def __init__(self, of: Callable[..., S]) -> None:
        self._of: Callable[..., S] = of
        self.found: dict[Place, S] = {}

    def add(
        self, session: Session, where: ColumnElement[bool], *, who: Any = None, **values: ColumnElement[Any]
    ) -> None:
        """Count or sum what is so, of each person and unit."""
        person = Case.live_owner_id if who is None else who
        rows = session.execute(
            select(person, Case.unit_id, *values.values())
            .where(where, person.is_not(None))
            .group_by(person, Case.unit_id)
        )
        for person_id, unit_id, *numbers in rows:
            place = (person_id, unit_id)
            more = self._of(**{name: int(number or 0) for name, number in zip(values, numbers, strict=True)})
            self.found[place] = self.found[place] + more if place in self.found else more


def of_people(figures: Mapping[Place, S], people: Collection[int], none: S) -> S:
    """The figures of some people together."""
    return _together((one for (person, _), one in figures.items() if person in people), none)


def of_units(figures: Mapping[Place, S], units: Collection[int], none: S) -> S:
    """The figures of some units together."""
    return _together((one for (_, unit), one in figures.items() if unit in units), none)


def late_people(figures: Mapping[Place, S], units: Collection[int]) -> Mapping[int, int]:
    """Of some units: who has deadlines that have passed → how many."""
    found: dict[int, int] = {}
    for (person, unit), one in figures.items():
        late = one.accept_late + one.contact_late
        if unit in units and late:
            found[person] = found.get(person, 0) + late
    return found


def _together(some: Iterable[S], none: S) -> S:
    total = none
    for one in some:
        total = total + one
    return total
