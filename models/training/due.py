"""Enrolments that the job has to look at: whose, which, and what is known of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import staff
from models.base import in_chunks
from models.policy import Policy
from models.staff import Employee
from models.training.enrolling import IS_OPEN, is_mandatory, presses
from models.training.pushing import PUSH
from models.training.tables import Course, CourseKind, CourseVersion, Enrolment, Lesson, PushReason


@dataclass(frozen=True)
class Due:
    """An enrolment with what it is about."""

    enrolment: Enrolment
    version: CourseVersion
    regulation: bool

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.enrolment.completed_at is None and self.enrolment.withdrawn_at is None

    @property
    def mandatory(self) -> bool:
        """Whether it gates new cases."""
        return is_mandatory(self.version, self.enrolment.reason, regulation=self.regulation)

    @property
    def order(self) -> tuple[bool, int, int]:
        """Of several that wait the lowest comes first."""
        return not self.regulation, presses(self.enrolment.reason), self.enrolment.id

    @property
    def about(self) -> str:
        """What its cards are called, so that they can be closed."""
        return f"lesson:{self.enrolment.id}"


def due_people(session: Session, *, at: datetime, limit: int) -> Sequence[Employee]:
    """People with something to look at, locked; those whom somebody else deals with are passed over."""
    waiting = (
        select(Enrolment.employee_id)
        .where(Enrolment.next_at <= at)
        .distinct()
        .order_by(Enrolment.employee_id)
        .limit(limit)
    )
    found = session.scalars(
        select(Employee)
        .where(Employee.id.in_(session.scalars(waiting).all()))
        .order_by(Employee.id)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    return staff.with_posts(session, found, at=at)


def due_of(session: Session, ids: Collection[int], *, at: datetime) -> Mapping[int, Sequence[Due]]:
    """Employee → what is to be looked at."""
    return _by_person(session, Enrolment.employee_id.in_(ids), Enrolment.next_at <= at)


def found_of(session: Session, enrolment_ids: Collection[int]) -> Sequence[Due]:
    """These enrolments with what they are about, as far as they are still open."""
    found: list[Due] = []
    for some in in_chunks(enrolment_ids):
        for one in _by_person(session, Enrolment.id.in_(some), IS_OPEN).values():
            found += one
    return found


def _by_person(session: Session, *which: object) -> Mapping[int, list[Due]]:
    rows = session.execute(
        select(Enrolment, CourseVersion, Course.kind)
        .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
        .join(Course, Course.id == Enrolment.course_id)
        .where(*which)  # type: ignore[arg-type]
        .order_by(Enrolment.id)
        .with_for_update(of=Enrolment)
        .execution_options(populate_existing=True)
    )
    found: dict[int, list[Due]] = {}
    for enrolment, version, kind in rows:
        regulation = kind == CourseKind.REGULATION or enrolment.reason == PushReason.REGULATION
        found.setdefault(enrolment.employee_id, []).append(Due(enrolment, version, regulation))
    return found


def pushed_on(session: Session, ids: Collection[int], day: date) -> set[int]:
    """Who of these was pushed something on a day."""
    found: set[int] = set()
    for some in in_chunks(ids):
        sent = select(Enrolment.employee_id).where(Enrolment.employee_id.in_(some), Enrolment.sent_on == day)
        found.update(session.scalars(sent))
    return found


def minutes_of(session: Session, version_ids: Collection[int], policy: Policy) -> Mapping[int, int]:
    """Version → about how many minutes it takes to read."""
    letters = session.execute(
        select(Lesson.version_id, func.sum(func.length(Lesson.markdown)))
        .where(Lesson.version_id.in_(version_ids))
        .group_by(Lesson.version_id)
    )
    return {id_: reading_minutes(int(count), policy) for id_, count in letters}


def reading_minutes(letters: int, policy: Policy) -> int:
    """How long a text of so many characters takes to read on a phone."""
    return max(1, ceil(letters / policy.training.letters_a_minute))


def gated_at(session: Session, *, since: datetime, until: datetime, limit: int) -> Sequence[int]:
    """Who has something open of which the gate closes in this time, so that leave is looked at before."""
    return session.scalars(
        select(Enrolment.employee_id)
        .where(IS_OPEN, Enrolment.gates_at > since, Enrolment.gates_at <= until)
        .distinct()
        .order_by(Enrolment.employee_id)
        .limit(limit)
    ).all()


def moving_of(session: Session, ids: Collection[int]) -> Sequence[Due]:
    """What these people have open with a gate."""
    found: list[Due] = []
    for some in in_chunks(ids):
        rows = _by_person(session, Enrolment.employee_id.in_(some), IS_OPEN, Enrolment.gates_at.is_not(None))
        found += [one for ones in rows.values() for one in ones]
    return found


def move_gate(session: Session, *, enrolment: Enrolment, to: datetime, at: datetime) -> None:
    """The deadline and the gate come later: the person was on leave."""
    enrolment.due_at = enrolment.gates_at = to
    if to > at:
        enrolment.gate_told_at = None
    enrolment.next_at = at
    session.flush()


def lagging_within(
    session: Session, *, actor: Employee, at: datetime, policy: Policy, all_sent: bool = False
) -> Sequence[int]:
    """The open enrolments of people within reach of which whoever leads has heard.

    With `all_sent` those as well of which they have not heard, as far as they have arrived with a deadline.

    Raises:
        NotPermitted: the actor pushes nothing.
    """
    allowed = staff.require(actor, PUSH, policy.rights)
    heard = Enrolment.leader_told_at.is_not(None) | Enrolment.gate_told_at.is_not(None)
    if all_sent:
        heard = Enrolment.due_at.is_not(None) & (Enrolment.reason != PushReason.OWN)
    return session.scalars(
        select(Enrolment.id)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .where(IS_OPEN, heard, staff.active(at), staff.person_in_reach(allowed, actor, at))
        .order_by(Enrolment.id)
    ).all()
