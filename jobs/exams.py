"""Exams whose time is over, homework that waits, and who hears of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from jobs.base import JobContext, Notice
from models import training
from models.planning import DueItem
from models.staff import Employee
from models.training import CourseVersion, Enrolment, HomeworkView, Outcome


def close_exams(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Tries whose time is over are closed, and their people hear how they ended."""
    ids = [item.subject_id for item in items]
    told: list[Notice] = []
    for outcome in training.close_ended(ctx.session, attempt_ids=ids, at=ctx.now, policy=ctx.policy):
        person = ctx.session.get_one(Employee, outcome.enrolment.employee_id)
        told.append(Notice(person, "exams/result", {"o": outcome, "letters": "", "late": True}))
        told += tell_of_lesson(ctx.session, outcome, ctx.now)
    return told


def tell_of_lesson(
    session: Session, outcome: Outcome | None, at: datetime, *, enrolment: Enrolment | None = None
) -> list[Notice]:
    """Whoever leads hears that somebody needs a live lesson: after the last try, or one was taken back."""
    if outcome is not None and not outcome.needs_lesson:
        return []
    wanted = outcome.enrolment if outcome is not None else enrolment
    assert wanted is not None
    person = session.get_one(Employee, wanted.employee_id)
    version = session.get_one(CourseVersion, wanted.version_id)
    values = {"person": person, "version": version, "enrolment": wanted}
    return [
        Notice(one, "exams/lesson_wanted", values, about=lesson_card(wanted.id))
        for one in training.reviewers_of(session, person, at)
    ]


def lesson_card(enrolment_id: int) -> str:
    """What the cards that ask for a live lesson are called; those of the course are another matter."""
    return f"live_lesson:{enrolment_id}"


def tell_taught(
    person: Employee, enrolment: Enrolment, version: CourseVersion, leader: Employee, tries: int
) -> Notice:
    """The person hears that they may try again."""
    values = {"version": version, "enrolment": enrolment, "leader": leader, "tries": tries}
    return Notice(person, "exams/taught_notice", values)


def tell_reviewers(session: Session, view: HomeworkView, at: datetime) -> list[Notice]:
    """Everybody who may look at homework gets the card."""
    return [_to_review(one, view, "new") for one in training.reviewers_of(session, view.person, at)]


def remind_of_homework(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """What has waited for a workday comes again to whoever is to look at it."""
    waiting = training.still_waiting(ctx.session, [item.subject_id for item in items])
    return [
        _to_review(one, view, "again")
        for view in waiting
        for one in training.reviewers_of(ctx.session, view.person, ctx.now)
    ]


def climb_homework(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """What has waited for two workdays goes to the next leaders."""
    waiting = training.still_waiting(ctx.session, [item.subject_id for item in items])
    return [
        _to_review(one, view, "higher")
        for view in waiting
        for one in training.reviewers_of(ctx.session, view.person, ctx.now, higher=True)
    ]


def _to_review(leader: Employee, view: HomeworkView, why: str) -> Notice:
    return Notice(leader, "homework/card", {"v": view, "why": why}, about=view.about)
