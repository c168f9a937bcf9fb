"""What those who lead are told of their people each day and each week, and who wants to hear it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models import attendance, audit, staff
from models.base import in_chunks, insert_once
from models.calendar import WorkCalendar
from models.cases import FollowUp, FollowUpState
from models.errors import NotPermitted
from models.performance.around import Around, Asked, together
from models.performance.looking import View, view_of_unit
from models.performance.pasts import Outlier, outliers
from models.performance.rules import Figure
from models.performance.seeing import SEE
from models.performance.tables import NoDailyReport
from models.performance.windows import DAY, Window, month_of
from models.policy import Policy
from models.staff import Employee
from models.staff import Unit as OrgUnit
from models.worktime import last_workday

WEEK = timedelta(days=7)
PAID, KEPT, LEARNT = "recovered_amount", "ptp_kept_rate", "training_completion"


class LeadsNobody(NotPermitted):
    """Reports about a team are for those who lead one."""

    texts = "team_reports"


@dataclass(frozen=True)
class Team:
    """How the people of a unit did."""

    view: View
    paid: Sequence[tuple[Employee, Figure]]
    """Of each person; the most first where there are enough people to be ranked, else by id."""
    overdue: Sequence[tuple[Employee, int]]
    """Who has follow-ups whose time is over, with how many; the most first."""
    learnt: Figure | None
    """How much of what was due to be learnt in these days was done in time; None: of nobody."""
    unlike: Sequence[Outlier]
    """Figures of the month that are unlike the person's own past."""


def begins_week(day: date, calendar: WorkCalendar) -> bool:
    """Whether a day is the first workday of its week."""
    before = (day - timedelta(days=n) for n in range(1, day.weekday() + 1))
    return calendar.is_workday(day) and not any(map(calendar.is_workday, before))


def days_told_of(day: date, calendar: WorkCalendar) -> Window:
    """What the report of a workday is about: the workday before it, and the days off since."""
    return Window(last_workday(day, calendar.is_workday), day - DAY)


def week_told_of(day: date, calendar: WorkCalendar) -> Window:
    """The week, from Monday on, that holds the last workday before the week of a day."""
    worked = last_workday(day - timedelta(days=day.weekday()), calendar.is_workday)
    first = worked - timedelta(days=worked.weekday())
    return Window(first, first + WEEK - DAY)


def team_of(around: Around, unit: OrgUnit, window: Window, *, actor: Employee) -> Team:
    """The figures of a unit's people over some days, and who might need a look.

    Raises:
        NotPermitted, staff.OutOfReach: the actor does not see the performance there.
    """
    view = view_of_unit(around, unit, Asked(window), actor=actor)
    found = around.figures(view.people, window, [PAID, LEARNT])
    learnt = together(found, view.people).get(LEARNT)
    paid = [(one, found[one.id][PAID]) for one in view.people]
    if len(paid) >= around.policy.performance.least_people:
        paid.sort(key=lambda pair: (-pair[1].numerator, pair[0].id))
    late = _overdue(around.session, [one.id for one in view.people], around.at)
    overdue = sorted(
        ((one, late[one.id]) for one in view.people if one.id in late),
        key=lambda pair: (-pair[1], pair[0].id),
    )
    return Team(view, paid, overdue, learnt, outliers(around, view.people, month_of(window.last)))


def _overdue(session: Session, people: Collection[int], at: datetime) -> Mapping[int, int]:
    found: dict[int, int] = {}
    for some in in_chunks(people):
        rows = session.execute(
            select(FollowUp.owner_id, func.count())
            .where(FollowUp.owner_id.in_(some), FollowUp.state == FollowUpState.OPEN, FollowUp.due_at < at)
            .group_by(FollowUp.owner_id)
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def led_by(session: Session, person: Employee, policy: Policy) -> OrgUnit | None:
    """The unit about whose people somebody gets reports; None: they lead none."""
    if person.role not in policy.team_reports.roles or person.unit_id is None:
        return None
    return session.get(OrgUnit, person.unit_id)


def who_hears(
    session: Session,
    ids: Collection[int],
    *,
    daily: bool,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Sequence[Employee]:
    """Of these, who leads and works now, and wants it: nobody on leave or with a day off."""
    asked = set(ids)
    everybody = staff.people_in_roles(session, policy.team_reports.roles, at=at)
    leading = [one for one in everybody if one.id in asked]
    known = [one.id for one in leading]
    away = attendance.away_between(session, known, at, at + timedelta(minutes=1))
    day = at.date()
    rostered = attendance.hours_of(session, known, day)
    works = attendance.duties(session, known, [day], calendar=calendar, like=at)
    silent = _without_daily(session, known) if daily else set()
    return [
        one
        for one in leading
        if one.id not in away and one.id not in silent and (one.id not in rostered or (one.id, day) in works)
    ]


def _without_daily(session: Session, ids: Collection[int]) -> set[int]:
    return {
        who
        for some in in_chunks(ids)
        for who in session.scalars(
            select(NoDailyReport.employee_id).where(NoDailyReport.employee_id.in_(some))
        )
    }


def choose_daily(session: Session, *, actor: Employee, wanted: bool, at: datetime, policy: Policy) -> bool:
    """Whoever leads a team hears of it each day, or no more; False if that was so already.

    Raises:
        NotPermitted: the actor sees no performance.
        LeadsNobody: they get no reports.
    """
    staff.require(actor, SEE, policy.rights)
    if led_by(session, actor, policy) is None:
        raise LeadsNobody()
    silent = actor.id in _without_daily(session, [actor.id])
    if silent is not wanted:
        return False
    if wanted:
        session.execute(delete(NoDailyReport).where(NoDailyReport.employee_id == actor.id))
    else:
        insert_once(session, NoDailyReport, {"employee_id": actor.id, "since": at})
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="performance.choose_report",
        subject=actor.subject,
        details={"daily": wanted},
    )
    return True
