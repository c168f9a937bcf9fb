"""Who hears that somebody contests a figure, and again when nobody has decided."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy.orm import Session

from jobs.base import JobContext, Notice
from models import performance
from models.performance import ContestView
from models.staff import Employee


def tell_deciders(session: Session, view: ContestView, at: datetime, name: str) -> list[Notice]:
    """Everybody who may decide gets the card; `name` is what the measure is called."""
    return [
        Notice(one, "contests/card", {"v": view, "name": name}, about=view.contest.about)
        for one in performance.deciders_of_contest(session, view, at)
    ]


def remind_of_contests(ctx: JobContext) -> list[Notice]:
    """Once a workday: what has waited since before today comes to its deciders again, in one message."""
    if not ctx.calendar.is_workday(ctx.now.date()):
        return []
    begin = ctx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    waiting: dict[int, list[ContestView]] = defaultdict(list)
    people: dict[int, Employee] = {}
    for view in performance.contests_open_since(ctx.session, before=begin):
        for one in performance.deciders_of_contest(ctx.session, view, ctx.now):
            waiting[one.id].append(view)
            people[one.id] = one
    return [Notice(people[id_], "contests/still_waiting", {"views": views}) for id_, views in waiting.items()]
