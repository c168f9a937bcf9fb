"""Who hears of what somebody asks for in attendance, and what became of it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobs.base import JobContext, Notice
from models import attendance, staff
from models.attendance import RequestView
from models.staff import Employee, Role


def tell_deciders(session: Session, view: RequestView, at: datetime) -> list[Notice]:
    """Everybody who may decide gets the card."""
    return [
        Notice(one, "attendance_requests/card", {"v": view, "waits": False}, about=view.request.about)
        for one in attendance.deciders_of(session, view.person, at)
    ]


def names_of_deciders(session: Session, view: RequestView, at: datetime) -> Sequence[str]:
    """Who gets the card, by name."""
    return [one.name for one in attendance.deciders_of(session, view.person, at)]


def tell_decided(view: RequestView) -> Notice:
    """The person hears what the leader said."""
    return Notice(view.person, "attendance_requests/decided_notice", {"v": view})


def tell_reopened(view: RequestView) -> Notice:
    """The person hears that the decision was taken back."""
    return Notice(view.person, "attendance_requests/reopened_notice", {"v": view})


def tell_of_missing_calendar(ctx: JobContext) -> list[Notice]:
    """Once a week: administrators hear of a year without holidays, from the day of the policy on the next."""
    today = ctx.now.date()
    ahead = f"{today:%m-%d}" >= ctx.policy.calendar.nag_from
    year = ctx.calendar.unpublished(today, today.replace(year=today.year + ahead, day=1))
    if year is None:
        return []
    admins = staff.holders(ctx.session, Role.ADMIN, unit_id=None, at=ctx.now)
    return [Notice(one, "calendar/missing", {"year": year}) for one in admins]


def tell_of_long_months(ctx: JobContext) -> list[Notice]:
    """Once a workday: whose overtime of the month has grown long, to their leaders, once a month each."""
    yesterday = ctx.now.date() - timedelta(days=1)
    if not ctx.calendar.is_workday(ctx.now.date()):
        return []
    month = yesterday.replace(day=1)
    told = []
    for employee_id, minutes in attendance.worked_long(
        ctx.session, month=month, at=ctx.now, policy=ctx.policy.checkin, calendar=ctx.calendar
    ):
        person = ctx.session.get_one(Employee, employee_id)
        values = {
            "person": person,
            "month": month,
            "minutes": minutes,
            "hours": ctx.policy.checkin.overtime_talk_hours,
        }
        told += [
            Notice(one, "overtime/worked_long", values)
            for one in attendance.deciders_of(ctx.session, person, ctx.now)
        ]
    return told


def remind_of_requests(ctx: JobContext) -> list[Notice]:
    """Once a workday: what has waited since before today comes to its deciders again, in one message."""
    if not ctx.calendar.is_workday(ctx.now.date()):
        return []
    begin = ctx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    waiting: dict[int, list[RequestView]] = defaultdict(list)
    people: dict[int, Employee] = {}
    for view in attendance.waiting_since(
        ctx.session, before=begin, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    ):
        for one in attendance.deciders_of(ctx.session, view.person, ctx.now):
            waiting[one.id].append(view)
            people[one.id] = one
    return [
        Notice(people[id_], "attendance_requests/still_waiting", {"views": views})
        for id_, views in waiting.items()
    ]
