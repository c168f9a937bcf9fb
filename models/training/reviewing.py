"""Questions that come back to somebody until they sit: spaced repetition by `fsrs` (domain.md section 8).

What comes in: own mistakes; of a course that a conduct alert or a weak figure led to, everything that was
asked; of compliance, everything, so that it returns at least twice a year.
"""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, cast

from fsrs import Card, Scheduler
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import audit, staff
from models.base import in_chunks, insert_once
from models.errors import DomainError, NotFound
from models.policy import Policy, TrainingPolicy
from models.staff import Employee, Unit, UnitKind
from models.training.enrolling import LEARN
from models.training.errors import ChoiceNotRead
from models.training.memory import Answer, points_of, rating, standing_streak, streak_after
from models.training.publishing import current_versions
from models.training.tables import (
    Attempt,
    AttemptAnswer,
    CourseVersion,
    Enrolment,
    Learner,
    PushReason,
    Question,
    QuestionKind,
    ReviewAnswer,
    ReviewItem,
)
from models.worktime import IsWorkday


class CameFrom(StrEnum):
    """Why a question comes back."""

    MISTAKE = "mistake"
    ALERT = "alert"
    WEAK = "weak"
    COMPLIANCE = "compliance"


_FROM_REASON = {
    PushReason.CONDUCT: CameFrom.ALERT,
    PushReason.BROKEN_PROMISES: CameFrom.WEAK,
    PushReason.WEAK_MEASURE: CameFrom.WEAK,
    PushReason.WEAK_DIMENSION: CameFrom.WEAK,
}


class NothingToReview(NotFound):
    """Nothing of the person is due (facts: next_on, the day something is; None: there is nothing at all)."""

    texts = "reviews"


class NoSuchReview(NotFound):
    """The question is not open, or somebody else's."""

    texts = "reviews"


class OutsideDay(DomainError):
    """The daily questions cannot come at such a time (facts: first, last)."""

    texts = "reviews"


@dataclass(frozen=True)
class Reviewing:
    """A question as it is shown; `place` counts from 1 within the questions of the day."""

    answer_id: int
    place: int
    total: int
    kind: QuestionKind
    stem: str
    options: Sequence[str]
    title: str
    """Of the course."""
    came_from: CameFrom

    @property
    def named(self) -> str:
        """How buttons name it."""
        return str(self.answer_id)

    @property
    def about(self) -> str:
        """How cards name it (`Notice.about`)."""
        return f"review:{self.named}"


@dataclass(frozen=True)
class Reviewed:
    """What an answer was worth, and what comes next."""

    is_new: bool
    correct: bool
    right: Sequence[str]
    explanation: str
    source: str
    again_on: date
    next: Reviewing | None
    day: "Day | None"
    """Once the questions of the day are done."""


@dataclass(frozen=True)
class Day:
    """The questions of a day: how many were asked, how many were right, and for how long it has gone on."""

    asked: int
    right: int
    streak: int
    best: int


# --- what comes in ------------------------------------------------------------------------------------


def remember(session: Session, *, attempt: Attempt, at: datetime, policy: TrainingPolicy) -> None:
    """Have the questions of a finished try come back, as far as they should."""
    enrolment = session.get_one(Enrolment, attempt.enrolment_id)
    version = session.get_one(CourseVersion, enrolment.version_id)
    correct = dict(
        session.execute(
            select(AttemptAnswer.question_id, AttemptAnswer.correct).where(
                AttemptAnswer.attempt_id == attempt.id
            )
        ).all()
    )
    everything = _FROM_REASON.get(enrolment.reason) or (
        CameFrom.COMPLIANCE if version.compliance or version.licence else None
    )
    asked = [int(id_) for id_, _ in attempt.questions]
    coming = {
        id_: CameFrom.MISTAKE if not correct.get(id_, False) else everything
        for id_ in asked
        if everything is not None or not correct.get(id_, False)
    }
    codes = dict(session.execute(select(Question.id, Question.code).where(Question.id.in_(coming))).all())
    known = {
        one.question_code: one
        for one in session.scalars(
            select(ReviewItem).where(
                ReviewItem.employee_id == enrolment.employee_id,
                ReviewItem.course_id == enrolment.course_id,
                ReviewItem.question_code.in_(codes.values()),
            )
        )
    }
    scheduler = _scheduler(policy)
    for id_, came_from in coming.items():
        assert came_from is not None
        item = known.get(codes[id_])
        if item is None:
            item = ReviewItem(
                employee_id=enrolment.employee_id,
                course_id=enrolment.course_id,
                question_code=codes[id_],
                state=Card(card_id=id_, due=at.astimezone(UTC)).to_dict(),
                due_at=at,
                right_in_a_row=0,
                reason=came_from,
                added_at=at,
            )
            session.add(item)
        elif came_from is CameFrom.MISTAKE or item.reason == CameFrom.COMPLIANCE:
            item.reason = came_from
        item.removed_at = None
        _schedule(scheduler, item, Answer(correct.get(id_, False)), at, policy)
    session.flush()


def _schedule(
    scheduler: Scheduler, item: ReviewItem, answer: Answer, at: datetime, policy: TrainingPolicy
) -> None:
    """Note an answer: when the question comes back, at the earliest on the next day."""
    given = rating(answer, item.right_in_a_row, slow_seconds=policy.slow_seconds)
    card, _ = scheduler.review_card(Card.from_dict(cast(Any, item.state)), given, at.astimezone(UTC))
    item.state = dict(card.to_dict())
    tomorrow = datetime.combine(at.date() + timedelta(days=1), time(), tzinfo=at.tzinfo)
    item.due_at = max(card.due.astimezone(at.tzinfo), tomorrow)
    item.right_in_a_row = item.right_in_a_row + 1 if answer.correct else 0


def _scheduler(policy: TrainingPolicy) -> Scheduler:
    return _made(policy.review_retention, policy.review_interval_days)


@cache
def _made(retention: float, interval_days: int) -> Scheduler:
    """Without chance in it: a message that is dealt with again leads to the same (docs/adr/0031)."""
    return Scheduler(
        desired_retention=retention,
        learning_steps=(timedelta(minutes=1), timedelta(minutes=10)),
        relearning_steps=(timedelta(minutes=10),),
        maximum_interval=interval_days,
        enable_fuzzing=False,
    )


# --- the questions of a day ----------------------------------------------------------------------------


def begin_review(session: Session, *, actor: Employee, at: datetime, policy: Policy) -> Reviewing:
    """The open question of the person, else the first of those that are due.

    Raises:
        NotPermitted: the actor learns nothing here; NothingToReview: nothing is due, or the day is done.
    """
    staff.require(actor, LEARN, policy.rights)
    _learner(session, actor.id)
    running = open_review(session, actor, at, policy.training)
    if running is not None:
        return running
    found = _next(session, actor, at, policy.training)
    if found is None:
        raise NothingToReview(next_on=_next_day(session, actor.id))
    return found


def open_review(session: Session, person: Employee, at: datetime, policy: TrainingPolicy) -> Reviewing | None:
    """The question that was shown and waits for its answer, while the course still asks it so."""
    row = session.execute(
        select(ReviewAnswer, ReviewItem)
        .join(ReviewItem, ReviewItem.id == ReviewAnswer.item_id)
        .where(
            ReviewItem.employee_id == person.id,
            ReviewAnswer.answered_at.is_(None),
            ReviewAnswer.asked_at > at - timedelta(hours=policy.review_open_hours),
        )
        .order_by(ReviewAnswer.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    found = _question(session, row[1])
    if found is None or not _is_asked_so(row[0], *found):
        return None
    return _shown(session, row[0], row[1], *found, at)


def answer_review(
    session: Session,
    *,
    actor: Employee,
    answer_id: int,
    shown: Sequence[int],
    at: datetime,
    policy: Policy,
) -> Reviewed:
    """Answer the question that is open; the first answer stands.

    `shown` are places in the order shown, from 0.

    Raises:
        NotPermitted: the actor learns nothing here; NoSuchReview: there is no such question of theirs, or
        the course asks it differently by now. ChoiceNotRead: the choice does not fit the question.
    """
    staff.require(actor, LEARN, policy.rights)
    _learner(session, actor.id)
    row = session.get(ReviewAnswer, answer_id, populate_existing=True)
    item = None if row is None else session.get_one(ReviewItem, row.item_id, populate_existing=True)
    if row is None or item is None or item.employee_id != actor.id:
        raise NoSuchReview()
    found = _question(session, item)
    if found is None:
        raise NoSuchReview()
    question, version = found
    is_new = row.answered_at is None
    if is_new:
        if not _is_asked_so(row, question, version):
            raise NoSuchReview()
        several = question.kind == QuestionKind.MULTIPLE
        fits = all(0 <= one < len(row.shown) for one in shown)
        if not shown or not fits or (len(set(shown)) > 1 and not several):
            raise ChoiceNotRead(
                several=several, judge=question.kind == QuestionKind.JUDGE, count=len(row.shown)
            )
        row.chosen = sorted(row.shown[one] for one in set(shown))
        row.correct = row.chosen == question.answer
        row.answered_at = at
        seconds = (at - row.asked_at).total_seconds()
        _schedule(_scheduler(policy.training), item, Answer(row.correct, seconds), at, policy.training)
        session.flush()
    if is_new:
        following = _next(session, actor, at, policy.training)
    else:
        following = open_review(session, actor, at, policy.training)
    day = None
    if following is None:
        day = day_of(session, actor, at)
    return Reviewed(
        is_new,
        bool(row.correct),
        [question.options[one] for one in question.answer],
        question.explanation,
        question.source,
        item.due_at.date(),
        following,
        day,
    )


def learned_today(session: Session, *, person_id: int, at: datetime, is_workday: IsWorkday) -> Learner:
    """Note that somebody learned today: the streak of workdays grows, or begins anew."""
    learner = _learner(session, person_id)
    today = at.date()
    learner.streak = streak_after(learner.streak, learner.last_on, today, is_workday)
    learner.best_streak = max(learner.best_streak, learner.streak)
    learner.last_on = today
    session.flush()
    return learner


def _next(session: Session, person: Employee, at: datetime, policy: TrainingPolicy) -> Reviewing | None:
    """The next question of the day, shown from now on; None once there have been enough."""
    if len(_asked_today(session, person.id, at)) >= policy.review_cards:
        return None
    for item in _due(session, person.id, at):
        found = _question(session, item)
        if found is None:
            item.removed_at = at
            continue
        question, version = found
        order = list(range(len(question.options)))
        if question.kind != QuestionKind.JUDGE:
            random.Random(f"{item.id}:{at.isoformat()}").shuffle(order)
        row = ReviewAnswer(item_id=item.id, asked_at=at, shown=order)
        session.add(row)
        session.flush()
        return _shown(session, row, item, question, version, at)
    return None


def _due(session: Session, person_id: int, at: datetime) -> Iterable[ReviewItem]:
    return session.scalars(
        select(ReviewItem)
        .where(
            ReviewItem.employee_id == person_id,
            ReviewItem.removed_at.is_(None),
            ReviewItem.due_at <= at,
        )
        .order_by(ReviewItem.due_at, ReviewItem.id)
        .limit(50)
    ).all()


def _due_count(session: Session, person_id: int, at: datetime) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(ReviewItem)
            .where(
                ReviewItem.employee_id == person_id,
                ReviewItem.removed_at.is_(None),
                ReviewItem.due_at <= at,
            )
        )
        or 0
    )


def _asked_today(session: Session, person_id: int, at: datetime) -> Sequence[ReviewAnswer]:
    since = datetime.combine(at.date(), time(), tzinfo=at.tzinfo)
    return session.scalars(
        select(ReviewAnswer)
        .join(ReviewItem, ReviewItem.id == ReviewAnswer.item_id)
        .where(ReviewItem.employee_id == person_id, ReviewAnswer.asked_at >= since)
        .order_by(ReviewAnswer.id)
    ).all()


def _shown(
    session: Session,
    row: ReviewAnswer,
    item: ReviewItem,
    question: Question,
    version: CourseVersion,
    at: datetime,
) -> Reviewing:
    asked = [one.id for one in _asked_today(session, item.employee_id, at)]
    place = asked.index(row.id) + 1 if row.id in asked else 1
    left = _due_count(session, item.employee_id, at)
    return Reviewing(
        row.id,
        place,
        place + max(left - 1, 0),
        QuestionKind(question.kind),
        question.stem,
        [question.options[one] for one in row.shown],
        version.title,
        CameFrom(item.reason),
    )


def _question(session: Session, item: ReviewItem) -> tuple[Question, CourseVersion] | None:
    """The question as the course has it now; None if it is gone."""
    version = current_versions(session).get(item.course_id)
    if version is None:
        return None
    question = session.scalars(
        select(Question).where(Question.version_id == version.id, Question.code == item.question_code)
    ).one_or_none()
    return None if question is None else (question, version)


def _is_asked_so(row: ReviewAnswer, question: Question, version: CourseVersion) -> bool:
    """Whether what was shown is still what the course asks: no newer version came in between."""
    return version.published_at <= row.asked_at and len(row.shown) == len(question.options)


def day_of(session: Session, person: Employee, at: datetime) -> Day:
    """The questions of the day so far, and the streak with what was learned today."""
    asked = [one for one in _asked_today(session, person.id, at) if one.answered_at is not None]
    learner = session.get(Learner, person.id)
    return Day(
        len(asked),
        sum(bool(one.correct) for one in asked),
        0 if learner is None else learner.streak,
        0 if learner is None else learner.best_streak,
    )


def _next_day(session: Session, person_id: int) -> date | None:
    found = session.scalar(
        select(func.min(ReviewItem.due_at)).where(
            ReviewItem.employee_id == person_id, ReviewItem.removed_at.is_(None)
        )
    )
    return None if found is None else found.date()


# --- when and whether -----------------------------------------------------------------------------------


def who_reviews(session: Session, *, until: datetime) -> Mapping[int, time | None]:
    """Employee of whom something is due by `until` → the own time; who wants none is left out."""
    rows = session.execute(
        select(ReviewItem.employee_id, Learner.review_at)
        .outerjoin(Learner, Learner.employee_id == ReviewItem.employee_id)
        .where(ReviewItem.removed_at.is_(None), ReviewItem.due_at <= until, Learner.review_off_at.is_(None))
        .distinct()
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True)
class Coming:
    """What the questions of a day are for somebody: how many, and the streak that they go on with."""

    count: int
    streak: int


def due_for(
    session: Session,
    ids: Collection[int],
    *,
    at: datetime,
    policy: TrainingPolicy,
    is_workday: IsWorkday,
) -> Mapping[int, Coming]:
    """Of whom questions would be asked now: those due, as many as make a day, less those asked today."""
    since = datetime.combine(at.date(), time(), tzinfo=at.tzinfo)
    found: dict[int, Coming] = {}
    for some in in_chunks(ids):
        asked = dict(
            session.execute(
                select(ReviewItem.employee_id, func.count())
                .join(ReviewAnswer, ReviewAnswer.item_id == ReviewItem.id)
                .where(ReviewItem.employee_id.in_(some), ReviewAnswer.asked_at >= since)
                .group_by(ReviewItem.employee_id)
            ).all()
        )
        learners = {
            one.employee_id: one
            for one in session.scalars(select(Learner).where(Learner.employee_id.in_(some)))
        }
        due = session.execute(
            select(ReviewItem.employee_id, func.count())
            .where(ReviewItem.employee_id.in_(some), ReviewItem.removed_at.is_(None), ReviewItem.due_at <= at)
            .group_by(ReviewItem.employee_id)
        )
        for person_id, waiting in due:
            learner = learners.get(person_id)
            count = min(policy.review_cards - asked.get(person_id, 0), waiting)
            if count > 0 and (learner is None or learner.review_off_at is None):
                found[person_id] = Coming(count, _streak(learner, at, is_workday))
    return found


def _streak(learner: Learner | None, at: datetime, is_workday: IsWorkday) -> int:
    if learner is None:
        return 0
    return standing_streak(learner.streak, learner.last_on, at.date(), is_workday)


def review_time_of(session: Session, person: Employee, policy: Policy) -> tuple[time, bool]:
    """When the daily questions come to somebody, and whether they want them."""
    learner = session.get(Learner, person.id)
    if learner is None:
        return policy.training.review_at, True
    return learner.review_at or policy.training.review_at, learner.review_off_at is None


def choose_review_time(
    session: Session, *, actor: Employee, clock: time, at: datetime, policy: Policy
) -> Learner:
    """Have the daily questions come at a time of one's own; it takes back that one wants none.

    Raises:
        NotPermitted: the actor learns nothing here; OutsideDay: nobody is written to then.
    """
    staff.require(actor, LEARN, policy.rights)
    values = policy.training
    if not values.review_earliest <= clock <= values.review_latest:
        raise OutsideDay(first=values.review_earliest, last=values.review_latest)
    learner = _learner(session, actor.id)
    learner.review_at, learner.review_off_at = clock, None
    _note(session, actor, at, "training.choose_review_time", clock=clock.isoformat("minutes"))
    return learner


def choose_review(session: Session, *, actor: Employee, wanted: bool, at: datetime, policy: Policy) -> bool:
    """Want the daily questions, or none; False if it was so before.

    Raises:
        NotPermitted: the actor learns nothing here.
    """
    staff.require(actor, LEARN, policy.rights)
    learner = _learner(session, actor.id)
    if (learner.review_off_at is None) is wanted:
        return False
    learner.review_off_at = None if wanted else at
    _note(session, actor, at, "training.choose_review", wanted=wanted)
    return True


def choose_board(session: Session, *, actor: Employee, wanted: bool, at: datetime, policy: Policy) -> bool:
    """Be named on the board, or not; False if it was so before.

    Raises:
        NotPermitted: the actor learns nothing here.
    """
    staff.require(actor, LEARN, policy.rights)
    learner = _learner(session, actor.id)
    if (learner.board_off_at is None) is wanted:
        return False
    learner.board_off_at = None if wanted else at
    _note(session, actor, at, "training.choose_board", wanted=wanted)
    return True


def _note(session: Session, actor: Employee, at: datetime, action: str, **details: object) -> None:
    session.flush()
    audit.record(session, at=at, actor=actor.subject, action=action, subject=actor.subject, details=details)


def _learner(session: Session, person_id: int) -> Learner:
    """The row of somebody, held: two phones at once go one after the other."""
    insert_once(session, Learner, {"employee_id": person_id, "streak": 0, "best_streak": 0})
    return session.get_one(Learner, person_id, with_for_update=True, populate_existing=True)


# --- the board ------------------------------------------------------------------------------------------


def beside(session: Session, person: Employee, at: datetime) -> Sequence[Employee]:
    """Everybody of the branch that somebody is in, who are on one board."""
    [person] = staff.with_posts(session, [person], at=at)
    if person.unit_id is None:
        return [person]
    unit = session.get_one(Unit, person.unit_id)
    while unit.kind == UnitKind.TEAM and unit.parent_id is not None:
        unit = session.get_one(Unit, unit.parent_id)
    return session.scalars(
        select(Employee).where(staff.active(at), staff.belongs_to(unit.id, at)).order_by(Employee.id)
    ).all()


@dataclass(frozen=True)
class Standing:
    """A place on the board of a month: what for, and how long the streak is."""

    person: Employee
    rank: int
    points: int
    courses: int
    right: int
    streak: int
    named: bool


def board(
    session: Session,
    people: Sequence[Employee],
    *,
    first: date,
    at: datetime,
    policy: TrainingPolicy,
    is_workday: IsWorkday,
) -> Sequence[Standing]:
    """Everybody with points since a day, the most first; equal points share a place."""
    since = datetime.combine(first, time(), tzinfo=at.tzinfo)
    ids = [one.id for one in people]
    courses: dict[int, int] = {}
    right: dict[int, int] = {}
    learners: dict[int, Learner] = {}
    for some in in_chunks(ids):
        courses.update(
            (person, int(count))
            for person, count in session.execute(
                select(Enrolment.employee_id, func.count())
                .where(Enrolment.employee_id.in_(some), Enrolment.completed_at >= since)
                .group_by(Enrolment.employee_id)
            )
        )
        right.update(
            (person, int(count))
            for person, count in session.execute(
                select(ReviewItem.employee_id, func.count())
                .join(ReviewAnswer, ReviewAnswer.item_id == ReviewItem.id)
                .where(
                    ReviewItem.employee_id.in_(some),
                    ReviewAnswer.answered_at >= since,
                    ReviewAnswer.correct.is_(True),
                )
                .group_by(ReviewItem.employee_id)
            )
        )
        for learner in session.scalars(select(Learner).where(Learner.employee_id.in_(some))):
            learners[learner.employee_id] = learner
    rows = []
    for one in people:
        known = learners.get(one.id)
        streak = _streak(known, at, is_workday)
        points = points_of(courses.get(one.id, 0), right.get(one.id, 0), streak, policy.board_points)
        if points:
            rows.append((points, one, courses.get(one.id, 0), right.get(one.id, 0), streak, known))
    rows.sort(key=lambda row: (-row[0], row[1].id))
    ranks: dict[int, int] = {}
    for place, (points, *_) in enumerate(rows, start=1):
        ranks.setdefault(points, place)
    return [
        Standing(
            one,
            ranks[points],
            points,
            done,
            good,
            streak,
            _is_named(known),
        )
        for points, one, done, good, streak, known in rows
    ]


def _is_named(learner: Learner | None) -> bool:
    return learner is None or learner.board_off_at is None
