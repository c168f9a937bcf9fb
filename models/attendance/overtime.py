"""Overtime as it stands: what was asked for, and how much of it the check-ins bear out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attendance.overtime_rules import Overtime, minutes_confirmed, overtime_kind
from models.attendance.queries import day_statuses
from models.attendance.rules import DayStatus, Mark
from models.attendance.tables import Asked, AskedState, AttendanceRequest, OvertimeTalk
from models.base import in_chunks, insert_once
from models.calendar import WorkCalendar, add_months
from models.policy import CheckInPolicy


def overtime_on(
    status: DayStatus, request: AttendanceRequest, *, policy: CheckInPolicy, calendar: WorkCalendar
) -> Overtime:
    """What of a request for overtime counts on a day that became so."""
    holiday = calendar.is_day_of_holiday(request.day)
    return Overtime(
        request_id=request.id,
        employee_id=request.employee_id,
        day=request.day,
        kind=overtime_kind(works=Mark.REST not in status.marks, holiday=holiday),
        begins_at=request.begins_at,
        ends_at=request.ends_at,
        approved=request.state == AskedState.APPROVED,
        minutes=minutes_confirmed(
            (request.begins_at, request.ends_at), status.over, policy.overtime_from_minutes
        ),
        waits_for_check_out=status.last_out is None,
    )


def overtime_of(
    session: Session,
    found: Mapping[int, Sequence[DayStatus]],
    *,
    policy: CheckInPolicy,
    calendar: WorkCalendar,
) -> Mapping[int, Sequence[Overtime]]:
    """The overtime of these people on these days that is approved or waits, in the order of days.

    `found` is what `day_statuses` says of them; who has none is not among the answer.
    """
    days = [one.day for statuses in found.values() for one in statuses]
    if not days:
        return {}
    listed: dict[int, list[Overtime]] = defaultdict(list)
    for chunk in in_chunks(found):
        rows = session.scalars(
            select(AttendanceRequest)
            .where(
                AttendanceRequest.employee_id.in_(chunk),
                AttendanceRequest.kind == Asked.OVERTIME,
                AttendanceRequest.state.in_((AskedState.OPEN, AskedState.APPROVED)),
                AttendanceRequest.day.between(min(days), max(days)),
            )
            .order_by(AttendanceRequest.day)
        )
        for row in rows:
            status = next((one for one in found[row.employee_id] if one.day == row.day), None)
            if status is not None:
                listed[row.employee_id].append(overtime_on(status, row, policy=policy, calendar=calendar))
    return listed


def minutes_in_month(
    session: Session,
    employee_id: int,
    day: date,
    *,
    at: datetime,
    policy: CheckInPolicy,
    calendar: WorkCalendar,
) -> int:
    """The approved minutes of somebody in the month of a day."""
    asked = session.scalars(
        select(AttendanceRequest.day).where(
            AttendanceRequest.employee_id == employee_id,
            AttendanceRequest.kind == Asked.OVERTIME,
            AttendanceRequest.state == AskedState.APPROVED,
            AttendanceRequest.day >= day.replace(day=1),
            AttendanceRequest.day < add_months(day.replace(day=1), 1),
        )
    ).all()
    found = day_statuses(session, [employee_id], sorted(asked), at=at, policy=policy, calendar=calendar)
    listed = overtime_of(session, found, policy=policy, calendar=calendar).get(employee_id, ())
    return sum(one.minutes for one in listed if one.approved)


def worked_long(
    session: Session, *, month: date, at: datetime, policy: CheckInPolicy, calendar: WorkCalendar
) -> Sequence[tuple[int, int]]:
    """(who, approved minutes) of those who worked over the hours of the policy in a month, each once.

    They are marked as told (domain.md section 9: shown to the leader as "talk").
    """
    first, last = month, add_months(month, 1) - timedelta(days=1)
    people = session.scalars(
        select(AttendanceRequest.employee_id)
        .outerjoin(
            OvertimeTalk,
            (OvertimeTalk.employee_id == AttendanceRequest.employee_id) & (OvertimeTalk.month == month),
        )
        .where(
            AttendanceRequest.kind == Asked.OVERTIME,
            AttendanceRequest.state == AskedState.APPROVED,
            AttendanceRequest.day.between(first, last),
            OvertimeTalk.month.is_(None),
        )
        .distinct()
        .order_by(AttendanceRequest.employee_id)
    ).all()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = day_statuses(session, people, days, at=at, policy=policy, calendar=calendar)
    listed = overtime_of(session, found, policy=policy, calendar=calendar)
    sums = [(one, sum(row.minutes for row in listed.get(one, ()) if row.approved)) for one in people]
    long = [(one, minutes) for one, minutes in sums if minutes > policy.overtime_talk_hours * 60]
    insert_once(session, OvertimeTalk, [{"employee_id": one, "month": month, "at": at} for one, _ in long])
    return long
