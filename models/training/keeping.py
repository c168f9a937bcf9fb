"""How long receipts and answers are kept: as long as the compliance file (domain.md section 8)."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from models.training.enrolling import touch_figures
from models.training.tables import Attempt, AttemptAnswer, Certificate, Enrolment, Homework

AT_ONCE = 500


def forget_receipts(session: Session, *, at: datetime, years: int) -> int:
    """Delete what ended so many years ago or earlier, with its answers; how many enrolments it was.

    What is open stays, and a certificate stays without the exam behind it.
    """
    before = at.replace(year=at.year - years, day=min(at.day, 28))
    ended = func.coalesce(Enrolment.completed_at, Enrolment.withdrawn_at)
    ids = session.scalars(
        select(Enrolment.id).where(ended < before).order_by(Enrolment.id).limit(AT_ONCE)
    ).all()
    if not ids:
        return 0
    touch_figures(session, Enrolment.id.in_(ids))
    tries = select(Attempt.id).where(Attempt.enrolment_id.in_(ids))
    session.execute(update(Certificate).where(Certificate.attempt_id.in_(tries)).values(attempt_id=None))
    session.execute(delete(AttemptAnswer).where(AttemptAnswer.attempt_id.in_(tries)))
    session.execute(delete(Attempt).where(Attempt.enrolment_id.in_(ids)))
    session.execute(delete(Homework).where(Homework.enrolment_id.in_(ids)))
    session.execute(delete(Enrolment).where(Enrolment.id.in_(ids)))
    return len(ids)
