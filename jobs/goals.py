"""Goals of probation, once a week: to the person, to whoever leads and to whoever set them (S2-28)."""

from datetime import timedelta

from jobs.base import JobContext, Notice
from models import lifecycle, performance
from models.performance import PlanView
from models.staff import Employee


def tell_of_goals(ctx: JobContext) -> list[Notice]:
    """On the first workday of a week: everybody hears how far they are, a leader of all of theirs at once."""
    today = ctx.now.date()
    week = [today - timedelta(days=days) for days in range(today.weekday() + 1)]
    if [day for day in week if ctx.calendar.is_workday(day)] != [today]:
        return []
    told: list[Notice] = []
    theirs: dict[int, list[tuple[Employee, PlanView]]] = {}
    leading: dict[int, Employee] = {}
    for person, view in performance.plans_running(ctx.session, at=ctx.now, policy=ctx.policy):
        told.append(Notice(person, "goals/your_week", {"person": person, "view": view}))
        by = ctx.session.get_one(Employee, view.plan.set_by_id)
        leader = None
        if person.unit_id is not None:
            leader = lifecycle.leader_of(ctx.session, person.unit_id, ctx.now, but_for=person.id)
        for one in {found.id: found for found in (leader, by) if found is not None}.values():
            leading[one.id] = one
            theirs.setdefault(one.id, []).append((person, view))
    told += [
        Notice(leading[number], "goals/their_week", {"plans": plans, "today": today})
        for number, plans in theirs.items()
    ]
    return told
