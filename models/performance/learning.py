"""What is known of the courses behind a figure, and how much of what they were given somebody has done."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import SHANGHAI, in_chunks
from models.performance.windows import DAY
from models.training import Attempt, CourseVersion, Enrolment, PushReason


@dataclass(frozen=True)
class Studied:
    """One enrolment behind a figure."""

    title: str
    due_at: datetime
    score: int | None
    """The best one; None: no try was handed in."""
    number: int | None
    """Which try that was, the first of several that are alike."""
    completed_at: datetime | None


def studied(session: Session, ids: Collection[int]) -> Mapping[int, Studied]:
    """Id of an enrolment with a deadline → what it was about, and what came of it."""
    found: dict[int, Studied] = {}
    for some in in_chunks(ids):
        tries = session.execute(
            select(Attempt.enrolment_id, Attempt.score, Attempt.number)
            .where(Attempt.enrolment_id.in_(some), Attempt.submitted_at.is_not(None))
            .order_by(Attempt.enrolment_id, Attempt.number)
        )
        best: dict[int, tuple[int, int]] = {}
        for id_, points, place in tries:
            if id_ not in best or (points or 0) > best[id_][0]:
                best[id_] = points or 0, place
        rows = session.execute(
            select(Enrolment, CourseVersion.title)
            .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
            .where(Enrolment.id.in_(some))
        )
        for row, title in rows:
            if row.due_at is not None:
                score, number = best.get(row.id) or (None, None)
                found[row.id] = Studied(title, row.due_at, score, number, row.completed_at)
    return found


def share_learnt(session: Session, person_id: int, first: date, last: date) -> int:
    """In percent, rounded down: what somebody has done of the courses planned for them in these days.

    What was taken back, and what they took up of their own will, is out; without any it is 0.
    """
    begins, ends = (datetime.combine(day, time(), SHANGHAI) for day in (first, last + DAY))
    planned, done = session.execute(
        select(func.count(), func.count(Enrolment.completed_at)).where(
            Enrolment.employee_id == person_id,
            Enrolment.planned_at >= begins,
            Enrolment.planned_at < ends,
            Enrolment.withdrawn_at.is_(None),
            Enrolment.reason != PushReason.OWN,
        )
    ).one()
    return int(done) * 100 // int(planned) if planned else 0
