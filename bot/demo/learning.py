"""What the people of the sample company have learned before the visitor comes (domain.md 8 and 10)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.demo.company import Sample
from bot.demo.names import stream
from models import staff, training
from models.policy import Policy
from models.staff import Employee, Role
from models.training import Attempt, CourseVersion, PushReason, Question

NEEDED = (Role.COLLECTOR, Role.FIELD_REP)
UNLICENSED = 2
"""So many at the end of the list still have to earn their licence."""
LEARNED = ("quiet_hours", "kept_promise", "words_not_said")
SHARE = 0.8
"""How many have done a course (domain.md section 10: 70 to 90 %)."""
RIGHT = 0.88
"""How likely an answer is right: quizzes have a mean of about 82 and a first-try pass of 65 to 80 %."""
OPEN = "third_parties"
"""What the named people are learning now."""
LICENCE_DAYS = (40, 340)


def enter_learning(session: Session, employees: Sequence[Sample], *, now: datetime, policy: Policy) -> None:
    """Licences, and exams of the last weeks; a second time changes nothing."""
    working = [one for one in employees if one.role in NEEDED]
    versions = {one.code: one for one in session.scalars(select(training.Course))}
    newest = training.current_versions(session)
    for place, sample in enumerate(working):
        person = staff.find_employee(session, sample.userid, at=now)
        if person is None:
            continue
        rng = stream(f"learning/{sample.userid}")
        until = (now + timedelta(days=rng.randint(*LICENCE_DAYS))).date()
        if place < len(working) - UNLICENSED:
            training.enter_licence(session, person=person, until=until, at=now, actor="operator")
        for number, code in enumerate(LEARNED):
            if code in versions and rng.random() < SHARE and not _known(session, person, versions[code].id):
                at = now - timedelta(days=40 - 9 * number + rng.randrange(5), minutes=rng.randrange(300))
                _sit(session, person, newest[versions[code].id], at, rng.random, policy)
    named = staff.find_employee(session, working[0].userid, at=now) if working else None
    if named is not None and OPEN in versions and not _known(session, named, versions[OPEN].id):
        training.enrol(
            session,
            person=named,
            version=newest[versions[OPEN].id],
            reason=PushReason.ASSIGNED,
            at=now - timedelta(hours=1),
        )


def _known(session: Session, person: Employee, course_id: int) -> bool:
    found = select(training.Enrolment.id).where(
        training.Enrolment.employee_id == person.id, training.Enrolment.course_id == course_id
    )
    return session.scalar(found.limit(1)) is not None


def _sit(
    session: Session,
    person: Employee,
    version: CourseVersion,
    at: datetime,
    chance: Callable[[], float],
    policy: Policy,
) -> None:
    """Somebody took a course up and sat its exam once, as they could have on their phone."""
    enrolment, _ = training.enrol(
        session, person=person, version=version, reason=PushReason.ASSIGNED, at=at - timedelta(hours=2)
    )
    sitting = training.start(session, actor=person, enrolment_id=enrolment.id, at=at, policy=policy)
    attempt: Attempt | None = sitting.attempt
    assert attempt is not None
    for place, (question_id, order) in enumerate(attempt.questions):
        question = session.get_one(Question, question_id)
        right = [order.index(one) for one in question.answer]
        wrong = [next(one for one in range(len(order)) if one not in right)]
        training.answer(
            session,
            actor=person,
            attempt_id=attempt.id,
            place=place,
            shown=right if chance() < RIGHT else wrong,
            at=at + timedelta(seconds=20 * (place + 1)),
            policy=policy,
        )
