"""The two minutes of the day: each at the own time, on days that are worked (domain.md section 8)."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select

from jobs.base import JobContext, Notice
from models import attendance, planning, training
from models.planning import DueItem
from models.staff import Employee

REVIEW = "review"
"""The kind of the due item; the subject is the employee."""
DAY = timedelta(days=1)


def plan_reviews(ctx: JobContext) -> list[Notice]:
    """Plan the questions of this day for everybody of whom some are due; what is planned stays."""
    day = ctx.now.date()
    end = datetime.combine(day + DAY, time(), tzinfo=ctx.now.tzinfo)
    found = training.who_reviews(ctx.session, until=end)
    worth = timedelta(hours=ctx.policy.training.review_worth_hours)
    rows = []
    for person, own in found.items():
        clock = ctx.policy.training.review_at if own is None else own
        due = datetime.combine(day, clock, tzinfo=ctx.now.tzinfo)
        if due >= ctx.now:
            rows.append((REVIEW, person, due, due + worth))
    planning.plan_due(ctx.session, rows)
    return []


def start_reviews(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """The card of the day, to who works today, is not on leave and has not done it already."""
    moment = items[0].due_at
    ids = [item.subject_id for item in items]
    day = moment.date()
    away = attendance.away_between(ctx.session, ids, moment, moment + timedelta(minutes=1))
    rostered = attendance.hours_of(ctx.session, ids, day)
    works = attendance.duties(ctx.session, ids, [day], calendar=ctx.calendar, like=moment)
    coming = training.due_for(
        ctx.session,
        ids,
        at=ctx.now,
        policy=ctx.policy.training,
        is_workday=ctx.calendar.is_workday,
    )
    people = {one.id: one for one in ctx.session.scalars(select(Employee).where(Employee.id.in_(coming)))}
    told = []
    for item in items:
        person = people.get(item.subject_id)
        if person is None:
            continue
        working = (person.id, day) in works if person.id in rostered else ctx.calendar.is_workday(day)
        if working and person.id not in away and person.is_here(ctx.now):
            told.append(
                Notice(
                    person,
                    "reviews/come",
                    {"coming": coming[person.id]},
                    expires_at=item.expires_at,
                    about=f"reviews:{day:%Y%m%d}",
                )
            )
    return told
