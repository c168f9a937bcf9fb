"""A month after the hire: the leader looks again at what the assessment had found (S2-23)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, staff
from models.calendar import add_months
from models.coaching.suggesting import Finding, findings_of
from models.coaching.tables import DimensionReview
from models.errors import DomainError, NotFound, NotPermitted
from models.policy import Policy
from models.staff import Employee

COACH = "training.coach"
"""The right to suggest courses to others and to look again at assessments (config/rights.toml)."""
MOST = 100


class OwnReview(NotPermitted):
    """Nobody reviews themselves."""

    texts = "coaching"


class NothingFound(NotFound):
    """No assessment found the person weak in such a dimension (facts: person, asked, names)."""

    texts = "coaching"


class PointsOutOfRange(DomainError):
    """Points are 0 to 100."""

    texts = "coaching"


def review_dimension(
    session: Session,
    *,
    actor: Employee,
    person: Employee,
    dimension: str,
    points: int,
    at: datetime,
    policy: Policy,
) -> tuple[Finding, DimensionReview]:
    """Give somebody points in a dimension that an assessment had found weak; the finding as it was before.

    Raises:
        NotPermitted, staff.OutOfReach, OwnReview: the actor reviews nobody, or not this person;
        NothingFound: no such finding; PointsOutOfRange: not 0 to 100.
    """
    staff.require_for_person(session, actor=actor, action=COACH, person=person, at=at, policy=policy)
    if actor.id == person.id:
        raise OwnReview()
    if not 0 <= points <= MOST:
        raise PointsOutOfRange()
    known = findings_of(session, person, policy)
    named = [one for one in known if dimension and (dimension in one.dimension or one.dimension in dimension)]
    if len(named) != 1:
        raise NothingFound(person=person.named, asked=dimension, names=[one.dimension for one in known])
    row = DimensionReview(
        employee_id=person.id,
        dimension=named[0].dimension,
        points=points,
        reviewed_at=at,
        reviewed_by_id=actor.id,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="training.review_dimension",
        subject=person.subject,
        details={"dimension": named[0].dimension, "points": points},
    )
    return named[0], row


def take_back_review(
    session: Session, *, actor: Employee, review_id: int, at: datetime, policy: Policy
) -> tuple[Employee, str]:
    """Let a review be as if it had not been; returns whose it was and in which dimension.

    Raises:
        NotFound: there is none, or it was somebody else's.
    """
    row = session.get(DimensionReview, review_id, with_for_update=True)
    if row is None or row.reviewed_by_id != actor.id:
        raise NotFound()
    person, dimension = session.get_one(Employee, row.employee_id), row.dimension
    staff.require_for_person(session, actor=actor, action=COACH, person=person, at=at, policy=policy)
    session.delete(row)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="training.take_back_review",
        subject=person.subject,
        details={"dimension": dimension},
    )
    return person, dimension


def starters_of(session: Session, *, today: date, since: date) -> Sequence[Employee]:
    """Who was hired after `since` and by `today`, and is here."""
    return session.scalars(
        select(Employee)
        .where(Employee.hired_on > since, Employee.hired_on <= today, Employee.left_at.is_(None))
        .order_by(Employee.id)
    ).all()


def starters_to_review(session: Session, *, today: date, since: date) -> Sequence[Employee]:
    """Whose first month was over after `since` and by `today`."""
    hired = session.scalars(
        select(Employee)
        .where(
            Employee.hired_on.is_not(None),
            Employee.hired_on > since - timedelta(days=32),
            Employee.hired_on <= today,
            Employee.left_at.is_(None),
        )
        .order_by(Employee.id)
    ).all()
    return [one for one in hired if one.hired_on is not None and since < month_after(one.hired_on) <= today]


def month_after(day: date) -> date:
    """The same day of the next month, or its last one."""
    first = add_months(day.replace(day=1), 1)
    last = add_months(first, 1) - timedelta(days=1)
    return min(first + timedelta(days=day.day - 1), last)
