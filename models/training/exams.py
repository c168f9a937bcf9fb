"""Exams: a try is drawn at its start, every first answer counts, and the server keeps the time (domain.md 8).

Whoever starts, answers or hands in holds the row of the enrolment: two phones, or fifty requests at once,
get one try, one answer a question and one result.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import audit, planning, staff
from models.policy import Policy
from models.staff import Employee
from models.training.certificates import certify, standing_certificate
from models.training.enrolling import IS_OPEN, LEARN, acknowledge, complete, enrol
from models.training.errors import (
    AlreadyPassed,
    ChoiceNotRead,
    NoExam,
    NoOpenExam,
    NoSuchCourse,
    NothingToLearn,
    NothingToTeach,
    NoWayBack,
    OwnHomework,
    Superseded,
    TriesOver,
    TryLater,
)
from models.training.publishing import current_version, current_versions
from models.training.reviewing import remember
from models.training.rules import Bank, Tries, draw, score_of, tries_of
from models.training.tables import (
    Attempt,
    AttemptAnswer,
    Certificate,
    Course,
    CourseVersion,
    Enrolment,
    Homework,
    HomeworkState,
    PushReason,
    Question,
    QuestionKind,
    ReceiptBy,
)

REVIEW = "training.review"
"""The right to look at homework and to give live lessons (config/rights.toml)."""
ENDS = "exam_ends"
"""The kind of the due item that closes a try when its time is over."""
KEPT_DUE = timedelta(days=30)
"""What is due is done late rather than never: a try is closed, homework is remembered."""


@dataclass(frozen=True)
class Asked:
    """A question of a try as the person sees it; `place` counts from 0."""

    attempt_id: int
    enrolment_id: int
    place: int
    total: int
    kind: QuestionKind
    stem: str
    options: Sequence[str]
    """In the order shown."""
    answered: Sequence[int] | None
    """What stands, as places in the order shown; None if there is no answer yet."""
    ends_at: datetime

    @property
    def named(self) -> str:
        """How buttons name it."""
        return f"{self.attempt_id}.{self.place}"

    @property
    def about(self) -> str:
        """How cards name it (`Notice.about`)."""
        return f"exam:{self.named}"


@dataclass(frozen=True)
class Mistake:
    """A question that was answered wrongly, or not at all."""

    place: int
    stem: str
    chosen: Sequence[str]
    right: Sequence[str]
    explanation: str
    source: str


@dataclass(frozen=True)
class Outcome:
    """How a try ended."""

    attempt: Attempt
    enrolment: Enrolment
    version: CourseVersion
    right: int
    total: int
    mistakes: Sequence[Mistake]
    tries: Tries
    certificate: Certificate | None
    waits_for_homework: bool
    timed_out: bool
    newer: CourseVersion | None
    """The version that has taken the place of this one meanwhile."""

    @property
    def needs_lesson(self) -> bool:
        """Whether all tries are used up without passing."""
        return not self.attempt.passed and self.tries.left == 0 and self.newer is None


@dataclass(frozen=True)
class Sitting:
    """What somebody sees of an exam: the open try, or how the last one ended."""

    enrolment: Enrolment
    version: CourseVersion
    attempt: Attempt | None
    """The open one."""
    outcome: Outcome | None
    """Of the last one that is over."""
    tries: Tries
    is_new: bool = False
    """Whether this call began, or ended, a try."""


@dataclass(frozen=True)
class Answered:
    """What became of an answer."""

    is_new: bool
    """False: an earlier answer stands, or the time was over."""
    next: Asked | None
    """The first question without an answer."""
    outcome: Outcome | None
    """Where the try is over now."""
    late: bool = False
    """Whether it came after the time."""


# --- before -----------------------------------------------------------------------------------------------


def exams_to_sit(session: Session, person: Employee) -> Sequence[tuple[Enrolment, CourseVersion]]:
    """What somebody still has to pass: of their open enrolments those with questions, in their order."""
    found = session.execute(
        select(Enrolment, CourseVersion)
        .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
        .where(Enrolment.employee_id == person.id, IS_OPEN, CourseVersion.draws > 0)
        .order_by(Enrolment.id)
    ).all()
    passed = set(
        session.scalars(
            select(Attempt.enrolment_id).where(
                Attempt.enrolment_id.in_([one.id for one, _ in found]), Attempt.passed.is_(True)
            )
        )
    )
    press = list(PushReason).index
    open_ones = [(one, version) for one, version in found if one.id not in passed]
    return sorted(open_ones, key=lambda pair: (press(pair[0].reason), pair[0].id))


def courses_called(session: Session, asked: str) -> Sequence[CourseVersion]:
    """The courses that people may mean by these words: of this code or title, else with it in the title."""
    said = asked.strip().strip("《》「」").lower()
    given = list(current_versions(session).items())
    codes = dict(
        session.execute(select(Course.id, Course.code).where(Course.id.in_([id_ for id_, _ in given]))).all()
    )
    exact = [one for id_, one in given if said in (codes[id_].lower(), one.title.lower())]
    return exact or [one for _, one in given if said and said in one.title.lower()]


def take_up(session: Session, *, actor: Employee, course_id: int, at: datetime, policy: Policy) -> Enrolment:
    """The enrolment of somebody for the version that holds now; a new one where there is none.

    Raises:
        NotPermitted: the actor learns nothing; NoSuchCourse: it is given to nobody (any more).
    """
    staff.require(actor, LEARN, policy.rights)
    course = session.get(Course, course_id)
    version = None if course is None or course.retired_at is not None else current_version(session, course_id)
    if version is None:
        raise NoSuchCourse(asked=str(course_id))
    if (done := done_by(session, actor, version, at)) is not None:
        return done
    enrolment, _ = enrol(session, person=actor, version=version, reason=PushReason.OWN, at=at)
    return enrolment


def done_by(session: Session, person: Employee, version: CourseVersion, at: datetime) -> Enrolment | None:
    """The enrolment by which somebody has done this very version, while its certificate stands."""
    if version.valid_days is not None and not standing_certificate(session, person.id, version.course_id, at):
        return None
    found = session.scalars(
        select(Enrolment)
        .where(
            Enrolment.employee_id == person.id,
            Enrolment.course_id == version.course_id,
            Enrolment.withdrawn_at.is_(None),
        )
        .order_by(Enrolment.id.desc())
        .limit(1)
    ).first()
    done = found is not None and found.completed_at is not None and found.version_id == version.id
    return found if done else None


def start(session: Session, *, actor: Employee, enrolment_id: int, at: datetime, policy: Policy) -> Sitting:
    """Begin a try, or go on with the one that is open. One whose time is over is closed instead.

    Raises:
        NotPermitted: the actor learns nothing; NothingToLearn: it is none of theirs.
        Superseded, NoExam, AlreadyPassed, TriesOver, TryLater: as named.
    """
    enrolment, version = _held(session, actor, enrolment_id, policy)
    newer = _newer(session, version)
    if enrolment.withdrawn_at is not None:
        raise _superseded(version, newer)
    running = _open_try(session, enrolment)
    if running is not None:
        if at < running.ends_at:
            return Sitting(enrolment, version, running, None, tries_for(session, enrolment, at, policy))
        return _over(session, enrolment, version, running, at, policy)
    tries = require_start(session, enrolment=enrolment, version=version, at=at, policy=policy)
    attempt = _begin(session, enrolment, version, at)
    _record(session, "training.start_exam", actor, enrolment, at, attempt=attempt.number)
    left = Tries(tries.left - 1, None)
    return Sitting(enrolment, version, attempt, None, left, is_new=True)


def require_start(
    session: Session, *, enrolment: Enrolment, version: CourseVersion, at: datetime, policy: Policy
) -> Tries:
    """How many tries are left, where a new one may begin now; whose enrolment it is was asked before.

    Raises:
        NothingToLearn, Superseded, NoExam, AlreadyPassed, TriesOver, TryLater: as named.
    """
    newer = _newer(session, version)
    if enrolment.withdrawn_at is not None:
        raise _superseded(version, newer)
    if not version.draws:
        raise NoExam(title=version.title)
    passed = _passed_try(session, enrolment)
    if passed is not None or enrolment.completed_at is not None:
        certificate = standing_certificate(session, enrolment.employee_id, enrolment.course_id, at)
        raise AlreadyPassed(
            title=version.title,
            score=None if passed is None else passed.score,
            expires_at=None if certificate is None else certificate.expires_at,
        )
    if newer is not None:
        raise _superseded(version, newer)
    tries = tries_for(session, enrolment, at, policy)
    if not tries.left:
        raise TriesOver(title=version.title, tries=policy.training.tries)
    if tries.next_at is not None:
        raise TryLater(title=version.title, next_at=tries.next_at, left=tries.left)
    return tries


def _begin(session: Session, enrolment: Enrolment, version: CourseVersion, at: datetime) -> Attempt:
    number = 1 + _begun(session, enrolment)
    bank = [
        Bank(one.id, len(one.options), one.kind == QuestionKind.JUDGE)
        for one in session.scalars(select(Question).where(Question.version_id == version.id))
    ]
    drawn = draw(bank, version.draws, f"attempt:{enrolment.id}:{number}")
    attempt = Attempt(
        enrolment_id=enrolment.id,
        number=number,
        started_at=at,
        ends_at=at + timedelta(minutes=version.minutes),
        questions=[[id_, order] for id_, order in drawn],
    )
    session.add(attempt)
    session.flush()
    planning.plan_due(session, [(ENDS, attempt.id, attempt.ends_at, attempt.ends_at + KEPT_DUE)])
    return attempt


# --- while it goes on -------------------------------------------------------------------------------------


def open_try(session: Session, person: Employee, at: datetime) -> Attempt | None:
    """The try that somebody is at, the newest if there are several."""
    return session.scalars(
        select(Attempt)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(
            Enrolment.employee_id == person.id,
            Enrolment.withdrawn_at.is_(None),
            Attempt.submitted_at.is_(None),
            Attempt.ends_at > at,
        )
        .order_by(Attempt.id.desc())
        .limit(1)
    ).first()


def asked_in(session: Session, attempt: Attempt) -> Sequence[Asked]:
    """The questions of a try in their order, with what was answered."""
    ids = [id_ for id_, _ in attempt.questions]
    questions = {one.id: one for one in session.scalars(select(Question).where(Question.id.in_(ids)))}
    answers = _answers(session, attempt)
    told = []
    for place, (id_, order) in enumerate(attempt.questions):
        question, answer = questions[id_], answers.get(place)
        told.append(
            Asked(
                attempt.id,
                attempt.enrolment_id,
                place,
                len(ids),
                question.kind,
                question.stem,
                [question.options[one] for one in order],
                None if answer is None else sorted(order.index(one) for one in answer.chosen),
                attempt.ends_at,
            )
        )
    return told


def next_question(session: Session, attempt: Attempt) -> Asked | None:
    """The first question of a try that is not answered."""
    return next((one for one in asked_in(session, attempt) if one.answered is None), None)


def answer(
    session: Session,
    *,
    actor: Employee,
    attempt_id: int,
    place: int,
    shown: Sequence[int],
    at: datetime,
    policy: Policy,
) -> Answered:
    """Keep the first answer to a question; `shown` are places of options in the order shown, from 0.

    With the last answer the try is handed in. After its time nothing counts any more: it is closed with what
    was answered in time.

    Raises:
        NotPermitted: the actor learns nothing; NoOpenExam: it is no try of theirs, or has no such question.
        ChoiceNotRead: the choice does not fit the question. Superseded: a newer version took its place.
    """
    attempt, enrolment, version = _held_try(session, actor, attempt_id, policy)
    if attempt.submitted_at is not None:
        return Answered(False, None, outcome_of(session, attempt, at, policy))
    if at >= attempt.ends_at:
        sitting = _over(session, enrolment, version, attempt, at, policy)
        return Answered(False, None, sitting.outcome, late=True)
    if enrolment.withdrawn_at is not None:
        raise _superseded(version, _newer(session, version))
    if not 0 <= place < len(attempt.questions):
        raise NoOpenExam()
    if place in _answers(session, attempt):
        return Answered(False, next_question(session, attempt), None)
    question_id, order = attempt.questions[place]
    question = session.get_one(Question, question_id)
    chosen = sorted(set(shown))
    several = question.kind == QuestionKind.MULTIPLE
    if not chosen or not set(chosen) <= set(range(len(order))) or (len(chosen) > 1 and not several):
        raise ChoiceNotRead(
            several=several, judge=question.kind == QuestionKind.JUDGE, count=len(question.options)
        )
    picked = sorted(order[one] for one in chosen)
    session.add(
        AttemptAnswer(
            attempt_id=attempt.id,
            place=place,
            question_id=question.id,
            chosen=picked,
            correct=picked == sorted(question.answer),
            answered_at=at,
        )
    )
    session.flush()
    _record(session, "training.answer", actor, enrolment, at, attempt=attempt.number, place=place)
    following = next_question(session, attempt)
    if following is not None:
        return Answered(True, following, None)
    return Answered(True, None, _close(session, actor, enrolment, version, attempt, at, at, policy))


def submit(session: Session, *, actor: Employee, attempt_id: int, at: datetime, policy: Policy) -> Outcome:
    """Hand in a try as it is; one that was handed in before stays as it was.

    Raises:
        NotPermitted: the actor learns nothing; NoOpenExam: it is no try of theirs.
    """
    attempt, enrolment, version = _held_try(session, actor, attempt_id, policy)
    if attempt.submitted_at is not None:
        return outcome_of(session, attempt, at, policy)
    ended = min(at, attempt.ends_at)
    return _close(session, actor, enrolment, version, attempt, at, ended, policy)


def close_ended(
    session: Session, *, attempt_ids: Iterable[int], at: datetime, policy: Policy
) -> Sequence[Outcome]:
    """Close the tries among these whose time is over, with what was answered in time."""
    closed = []
    for id_ in sorted(attempt_ids):
        attempt = session.get(Attempt, id_)
        if attempt is None:
            continue
        enrolment = session.get_one(
            Enrolment, attempt.enrolment_id, with_for_update=True, populate_existing=True
        )
        session.refresh(attempt)
        if attempt.submitted_at is None and attempt.ends_at <= at:
            person = session.get_one(Employee, enrolment.employee_id)
            version = session.get_one(CourseVersion, enrolment.version_id)
            closed.append(_close(session, person, enrolment, version, attempt, at, attempt.ends_at, policy))
    return closed


# --- afterwards -------------------------------------------------------------------------------------------


def sitting_of(
    session: Session, *, actor: Employee, enrolment_id: int, at: datetime, policy: Policy
) -> Sitting:
    """Where somebody stands in an exam of theirs; it only reads.

    Raises:
        NotPermitted: the actor learns nothing; NothingToLearn: it is none of theirs.
    """
    staff.require(actor, LEARN, policy.rights)
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.employee_id != actor.id:
        raise NothingToLearn()
    version = session.get_one(CourseVersion, enrolment.version_id)
    running = _open_try(session, enrolment)
    last = session.scalars(
        select(Attempt)
        .where(Attempt.enrolment_id == enrolment.id, Attempt.submitted_at.is_not(None))
        .order_by(Attempt.number.desc())
        .limit(1)
    ).first()
    return Sitting(
        enrolment,
        version,
        running,
        None if last is None else outcome_of(session, last, at, policy),
        tries_for(session, enrolment, at, policy),
    )


def outcome_of(session: Session, attempt: Attempt, at: datetime, policy: Policy) -> Outcome:
    """How a try ended that is over."""
    assert attempt.submitted_at is not None, "it is still open"
    enrolment = session.get_one(Enrolment, attempt.enrolment_id)
    version = session.get_one(CourseVersion, enrolment.version_id)
    mistakes = mistakes_of(session, attempt)
    certificate = session.scalars(select(Certificate).where(Certificate.attempt_id == attempt.id)).first()
    waits = bool(attempt.passed and version.homework and enrolment.completed_at is None)
    total = len(attempt.questions)
    return Outcome(
        attempt,
        enrolment,
        version,
        total - len(mistakes),
        total,
        mistakes,
        tries_for(session, enrolment, at, policy),
        certificate,
        waits,
        attempt.submitted_at >= attempt.ends_at,
        _newer(session, version),
    )


def tries_for(session: Session, enrolment: Enrolment, at: datetime, policy: Policy) -> Tries:
    """How many tries somebody has left in an enrolment, and from when on."""
    last_at = session.scalar(
        select(func.max(Attempt.submitted_at)).where(Attempt.enrolment_id == enrolment.id)
    )
    return tries_of(
        _begun(session, enrolment),
        last_at,
        rounds=enrolment.rounds,
        tries=policy.training.tries,
        gap_hours=policy.training.try_gap_hours,
        at=at,
    )


def taught(
    session: Session, *, actor: Employee, enrolment_id: int, at: datetime, policy: Policy
) -> tuple[Employee, Enrolment, CourseVersion]:
    """Whoever leads has given the live lesson that follows the last try: there are new tries (domain.md 8).

    Raises:
        NotPermitted: the actor gives none; OutOfReach: not to this person; OwnHomework: to themselves.
        NothingToLearn: there is no such enrolment. NothingToTeach: no lesson is waited for.
    """
    person, enrolment = _of_others(session, actor, enrolment_id, at, policy)
    waits = enrolment.completed_at is None and enrolment.withdrawn_at is None
    tries = tries_for(session, enrolment, at, policy)
    over = not tries.left and _open_try(session, enrolment) is None
    if not waits or not over or _passed_try(session, enrolment) is not None:
        raise NothingToTeach()
    enrolment.rounds += 1
    session.flush()
    _record_of(session, "training.teach", actor, person, enrolment, at, rounds=enrolment.rounds)
    return person, enrolment, session.get_one(CourseVersion, enrolment.version_id)


def not_taught(
    session: Session, *, actor: Employee, enrolment_id: int, at: datetime, policy: Policy
) -> tuple[Employee, Enrolment, CourseVersion]:
    """Take the live lesson back, as long as no new try has begun.

    Raises:
        NotPermitted, OutOfReach, OwnHomework, NothingToLearn: as `taught` says. NoWayBack: a try has begun.
    """
    person, enrolment = _of_others(session, actor, enrolment_id, at, policy)
    if enrolment.rounds < 2 or _begun(session, enrolment) > (enrolment.rounds - 1) * policy.training.tries:
        raise NoWayBack()
    enrolment.rounds -= 1
    session.flush()
    _record_of(session, "training.teach", actor, person, enrolment, at, rounds=enrolment.rounds)
    return person, enrolment, session.get_one(CourseVersion, enrolment.version_id)


# --- shared -----------------------------------------------------------------------------------------------


def finish(
    session: Session, *, person: Employee, enrolment: Enrolment, at: datetime, attempt: Attempt | None = None
) -> Certificate | None:
    """Conclude an enrolment once the exam is passed and the homework accepted, with its certificate.

    `attempt` is the one that was passed just now; without it the passed one is looked up.
    """
    version = session.get_one(CourseVersion, enrolment.version_id)
    passed = attempt if attempt is not None else _passed_try(session, enrolment)
    if enrolment.completed_at is not None or enrolment.withdrawn_at is not None:
        return None
    if (version.draws and passed is None) or (version.homework and not _is_accepted(session, enrolment)):
        return None
    complete(session, person=person, enrolment=enrolment, at=at)
    return certify(session, person=person, version=version, attempt=passed, at=at)


def _close(
    session: Session,
    person: Employee,
    enrolment: Enrolment,
    version: CourseVersion,
    attempt: Attempt,
    at: datetime,
    ended: datetime,
    policy: Policy,
) -> Outcome:
    """Give a try its score; the row of the enrolment is held."""
    right = sum(one.correct for one in _answers(session, attempt).values())
    attempt.submitted_at = ended
    attempt.score = score_of(right, len(attempt.questions))
    attempt.passed = attempt.score >= version.pass_mark
    session.flush()
    _record(
        session,
        "training.exam",
        person,
        enrolment,
        at,
        attempt=attempt.number,
        score=attempt.score,
        passed=attempt.passed,
    )
    remember(session, attempt=attempt, at=at, policy=policy.training)
    if attempt.passed and enrolment.withdrawn_at is None:
        acknowledge(session, person=person, enrolment=enrolment, by=ReceiptBy.QUIZ, at=at)
        finish(session, person=person, enrolment=enrolment, at=at, attempt=attempt)
    return outcome_of(session, attempt, at, policy)


def _over(
    session: Session,
    enrolment: Enrolment,
    version: CourseVersion,
    attempt: Attempt,
    at: datetime,
    policy: Policy,
) -> Sitting:
    """Close a try whose time is over."""
    person = session.get_one(Employee, enrolment.employee_id)
    outcome = _close(session, person, enrolment, version, attempt, at, attempt.ends_at, policy)
    return Sitting(enrolment, version, None, outcome, outcome.tries, is_new=True)


def _held(
    session: Session, actor: Employee, enrolment_id: int, policy: Policy
) -> tuple[Enrolment, CourseVersion]:
    """Somebody's own enrolment, its row held."""
    staff.require(actor, LEARN, policy.rights)
    enrolment = session.get(Enrolment, enrolment_id, with_for_update=True, populate_existing=True)
    if enrolment is None or enrolment.employee_id != actor.id:
        raise NothingToLearn()
    return enrolment, session.get_one(CourseVersion, enrolment.version_id)


def _held_try(
    session: Session, actor: Employee, attempt_id: int, policy: Policy
) -> tuple[Attempt, Enrolment, CourseVersion]:
    """Somebody's own try, the row of its enrolment held."""
    staff.require(actor, LEARN, policy.rights)
    enrolment_id = session.scalar(select(Attempt.enrolment_id).where(Attempt.id == attempt_id))
    if enrolment_id is None:
        raise NoOpenExam()
    enrolment = session.get_one(Enrolment, enrolment_id, with_for_update=True, populate_existing=True)
    if enrolment.employee_id != actor.id:
        raise NoOpenExam()
    attempt = session.get_one(Attempt, attempt_id, populate_existing=True)
    return attempt, enrolment, session.get_one(CourseVersion, enrolment.version_id)


def _of_others(
    session: Session, actor: Employee, enrolment_id: int, at: datetime, policy: Policy
) -> tuple[Employee, Enrolment]:
    """The enrolment of somebody whom the actor leads, its row held."""
    staff.require(actor, REVIEW, policy.rights)
    enrolment = session.get(Enrolment, enrolment_id, with_for_update=True, populate_existing=True)
    if enrolment is None:
        raise NothingToLearn()
    if enrolment.employee_id == actor.id:
        raise OwnHomework(action=REVIEW)
    person = session.get_one(Employee, enrolment.employee_id)
    staff.require_for_person(session, actor=actor, action=REVIEW, person=person, at=at, policy=policy)
    return person, enrolment


def _open_try(session: Session, enrolment: Enrolment) -> Attempt | None:
    return session.scalars(
        select(Attempt)
        .where(Attempt.enrolment_id == enrolment.id, Attempt.submitted_at.is_(None))
        .execution_options(populate_existing=True)
    ).one_or_none()


def _passed_try(session: Session, enrolment: Enrolment) -> Attempt | None:
    return session.scalars(
        select(Attempt)
        .where(Attempt.enrolment_id == enrolment.id, Attempt.passed.is_(True))
        .order_by(Attempt.number)
        .limit(1)
    ).first()


def _is_accepted(session: Session, enrolment: Enrolment) -> bool:
    accepted = select(Homework.id).where(
        Homework.enrolment_id == enrolment.id, Homework.state == HomeworkState.ACCEPTED
    )
    return session.scalar(accepted.limit(1)) is not None


def _begun(session: Session, enrolment: Enrolment) -> int:
    return session.scalar(select(func.max(Attempt.number)).where(Attempt.enrolment_id == enrolment.id)) or 0


def _answers(session: Session, attempt: Attempt) -> Mapping[int, AttemptAnswer]:
    found = session.scalars(select(AttemptAnswer).where(AttemptAnswer.attempt_id == attempt.id))
    return {one.place: one for one in found}


def mistakes_of(session: Session, attempt: Attempt) -> Sequence[Mistake]:
    """What was answered wrongly, or not at all, in a try that is over."""
    answers = _answers(session, attempt)
    ids = [id_ for id_, _ in attempt.questions]
    questions = {one.id: one for one in session.scalars(select(Question).where(Question.id.in_(ids)))}
    wrong = []
    for place, id_ in enumerate(ids):
        answered, question = answers.get(place), questions[id_]
        if answered is None or not answered.correct:
            wrong.append(
                Mistake(
                    place,
                    question.stem,
                    [] if answered is None else [question.options[one] for one in answered.chosen],
                    [question.options[one] for one in question.answer],
                    question.explanation,
                    question.source,
                )
            )
    return wrong


def _newer(session: Session, version: CourseVersion) -> CourseVersion | None:
    """The version that holds now, where it is another one."""
    now = current_version(session, version.course_id)
    return None if now is None or now.id == version.id else now


def _superseded(version: CourseVersion, newer: CourseVersion | None) -> Superseded | NothingToLearn:
    """What to say where an enrolment was withdrawn: there is a newer version, or nothing to learn."""
    if newer is None:
        return NothingToLearn()
    return Superseded(title=newer.title, course=version.course_id, note=newer.note)


def _record(
    session: Session, action: str, person: Employee, enrolment: Enrolment, at: datetime, **more: object
) -> None:
    _record_of(session, action, person, person, enrolment, at, **more)


def _record_of(
    session: Session,
    action: str,
    actor: Employee,
    person: Employee,
    enrolment: Enrolment,
    at: datetime,
    **more: object,
) -> None:
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=person.subject,
        details={"enrolment": enrolment.id, "version": enrolment.version_id, **more},
    )
