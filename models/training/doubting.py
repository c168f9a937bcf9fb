"""Doubts about questions: somebody says that the answer is wrong, whoever publishes courses decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, secrecy, staff
from models.errors import DomainError
from models.policy import Policy
from models.staff import Employee, Role
from models.training.enrolling import LEARN
from models.training.exams import next_question, open_try
from models.training.publishing import PUBLISH, current_version
from models.training.tables import (
    Attempt,
    AttemptAnswer,
    CourseVersion,
    Enrolment,
    Question,
    QuestionDoubt,
    ReviewAnswer,
    ReviewItem,
)


class NoQuestionMeant(DomainError):
    """No question was shown to them lately, or none with this number (facts: number)."""

    texts = "question_doubts"


class DoubtGone(DomainError):
    """There is no such doubt."""

    texts = "question_doubts"


class DoubtSettled(DomainError):
    """Somebody has decided it (facts: wrong)."""

    texts = "question_doubts"


@dataclass(frozen=True)
class DoubtView:
    """A doubt with what it is about."""

    doubt: QuestionDoubt
    person: Employee
    question: Question
    title: str
    """The title of the course."""
    words: str
    is_new: bool = False
    in_exam: bool = False
    """Whether the person is still at an exam: the right answer is not told them."""

    @property
    def about(self) -> str:
        """How cards name it."""
        return f"question_doubt:{self.doubt.id}"


def doubt_question(
    session: Session, *, actor: Employee, number: int | None, words: str, at: datetime, policy: Policy
) -> DoubtView:
    """Say that a question is wrong: that of this number in the last exam, else the one shown last.

    One doubt of a person about a question is kept once; said again, it is the same one.

    Raises:
        NotPermitted: the actor learns nothing; NoQuestionMeant: no question can be meant.
    """
    staff.require(actor, LEARN, policy.rights)
    session.get_one(Employee, actor.id, with_for_update=True)
    question = _meant(session, actor, number, at)
    if question is None:
        raise NoQuestionMeant(number=number)
    known = session.scalars(
        select(QuestionDoubt).where(
            QuestionDoubt.employee_id == actor.id, QuestionDoubt.question_id == question.id
        )
    ).first()
    if known is not None:
        return _view(session, known, at)
    doubt = QuestionDoubt(
        employee_id=actor.id,
        question_id=question.id,
        words=secrecy.seal(session, actor.subject, words) if words else None,
        asked_at=at,
    )
    session.add(doubt)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="training.doubt_question",
        subject=actor.subject,
        details={"doubt": doubt.id, "question": question.id},
    )
    return _view(session, doubt, at, is_new=True)


def settle_doubt(
    session: Session, *, actor: Employee, doubt_id: int, wrong: bool, at: datetime, policy: Policy
) -> DoubtView:
    """Decide whether a question that somebody doubts is wrong; the first decision stands.

    Raises:
        NotPermitted: the actor publishes no courses; DoubtGone: there is none; DoubtSettled: it is decided.
    """
    staff.require(actor, PUBLISH, policy.rights)
    doubt = session.get(QuestionDoubt, doubt_id, with_for_update=True)
    if doubt is None:
        raise DoubtGone()
    if doubt.answered_at is not None:
        raise DoubtSettled(wrong=doubt.wrong)
    doubt.answered_at, doubt.answered_by_id, doubt.wrong = at, actor.id, wrong
    session.flush()
    view = _view(session, doubt, at)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="training.settle_doubt",
        subject=view.person.subject,
        details={"doubt": doubt.id, "question": doubt.question_id, "wrong": wrong},
    )
    return view


def who_decides(session: Session, person: Employee, at: datetime) -> Sequence[Employee]:
    """Whom a doubt goes to: compliance nearest to the person, else the administrators; never themselves."""
    for role in (Role.COMPLIANCE, Role.ADMIN):
        found = [
            one for one in staff.holders(session, role, unit_id=person.unit_id, at=at) if one.id != person.id
        ]
        if found:
            return found
    return []


def _view(session: Session, doubt: QuestionDoubt, at: datetime, *, is_new: bool = False) -> DoubtView:
    person = session.get_one(Employee, doubt.employee_id)
    question = session.get_one(Question, doubt.question_id)
    version = session.get_one(CourseVersion, question.version_id)
    said = secrecy.open_text(session, person.subject, doubt.words) or ""
    running = open_try(session, person, at) is not None
    return DoubtView(doubt, person, question, version.title, said, is_new, running)


def _meant(session: Session, person: Employee, number: int | None, at: datetime) -> Question | None:
    """The question of this number in the last try, else the one that was shown last."""
    attempt = session.scalars(
        select(Attempt)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.employee_id == person.id)
        .order_by(Attempt.id.desc())
        .limit(1)
    ).first()
    if number is not None:
        if attempt is None or not 1 <= number <= len(attempt.questions):
            return None
        return session.get(Question, attempt.questions[number - 1][0])
    if open_try(session, person, at) is not None and attempt is not None:
        asked = next_question(session, attempt)
        return None if asked is None else session.get(Question, attempt.questions[asked.place][0])
    answered = session.scalars(
        select(AttemptAnswer)
        .join(Attempt, Attempt.id == AttemptAnswer.attempt_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.employee_id == person.id)
        .order_by(AttemptAnswer.id.desc())
        .limit(1)
    ).first()
    reviewed = session.execute(
        select(ReviewAnswer, ReviewItem)
        .join(ReviewItem, ReviewItem.id == ReviewAnswer.item_id)
        .where(ReviewItem.employee_id == person.id)
        .order_by(ReviewAnswer.answered_at.is_(None), ReviewAnswer.answered_at.desc(), ReviewAnswer.id.desc())
        .limit(1)
    ).first()
    if reviewed is not None:
        answer, item = reviewed
        moment = answer.answered_at or answer.asked_at
        if answered is None or moment >= answered.answered_at:
            return _of_item(session, item)
    return None if answered is None else session.get(Question, answered.question_id)


def _of_item(session: Session, item: ReviewItem) -> Question | None:
    version = current_version(session, item.course_id)
    if version is None:
        return None
    return session.scalars(
        select(Question).where(Question.version_id == version.id, Question.code == item.question_code)
    ).first()
