"""What is left of the learning of an erased person: what was done, and no word of theirs."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.redaction import Words
from models.staff import Employee, Person, on_erase
from models.training.tables import Enrolment, Homework, Learner, QuestionDoubt, ReviewAnswer, ReviewItem


@on_erase
def forget_learner(session: Session, person: Person, _words: Words, _at: datetime) -> None:
    """Delete what came back to the person, how they wanted to learn, and why they doubted a question."""
    if isinstance(person, Employee):
        items = select(ReviewItem.id).where(ReviewItem.employee_id == person.id)
        session.execute(delete(ReviewAnswer).where(ReviewAnswer.item_id.in_(items)))
        session.execute(delete(ReviewItem).where(ReviewItem.employee_id == person.id))
        session.execute(delete(Learner).where(Learner.employee_id == person.id))
        session.execute(
            update(QuestionDoubt).where(QuestionDoubt.employee_id == person.id).values(words=None)
        )


@on_erase
def erase_homework(session: Session, person: Person, _words: Words, _at: datetime) -> None:
    """Delete the words of homework and of what was said to it; answers and results stay under the number."""
    if isinstance(person, Employee):
        own = select(Enrolment.id).where(Enrolment.employee_id == person.id)
        session.execute(
            update(Homework)
            .where(Homework.enrolment_id.in_(own))
            .values(words=None, remark=None, file_ids=[])
        )
