"""How an alert comes into being: at most one for each person, code and day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit
from models.base import insert_once
from models.calendar import WorkCalendar
from models.fieldalerts.rules import Code
from models.fieldalerts.tables import AlertState, FieldAlert
from models.policy import Policy
from models.staff import Employee
from models.worktime import next_workday


def raise_alert(
    session: Session,
    person: Employee,
    code: Code,
    day: date,
    *,
    rests_on: list[object],
    figures: Mapping[str, object],
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> FieldAlert | None:
    """The alert, if there is none of this person, code and day."""
    due = at.date()
    for _ in range(policy.field_alerts.explain_workdays):
        due = next_workday(due, calendar.is_workday)
    values = {
        "employee_id": person.id,
        "code": code,
        "day": day,
        "state": AlertState.RAISED,
        "begins_at": begins_at,
        "ends_at": ends_at,
        "rests_on": rests_on,
        "figures": dict(figures),
        "raised_at": at,
        "tell_at": datetime.combine(due, at.time(), tzinfo=at.tzinfo),
        "reason": "",
    }
    if not insert_once(session, FieldAlert, values):
        return None
    alert = session.scalars(
        select(FieldAlert).where(
            FieldAlert.employee_id == person.id, FieldAlert.code == code, FieldAlert.day == day
        )
    ).one()
    audit.record(
        session,
        at=at,
        action="field_alerts.raise",
        subject=person.subject,
        details={"alert": alert.id, "code": code, "day": day.isoformat(), **figures},
    )
    return alert


def keep_going(
    session: Session,
    person: Employee,
    code: Code,
    day: date,
    *,
    rests_on: Sequence[object],
    figures: Mapping[str, object],
) -> bool:
    """Enter what the same day brought more, while nobody has explained it; whether there is an alert."""
    known = session.scalars(
        select(FieldAlert).where(
            FieldAlert.employee_id == person.id, FieldAlert.code == code, FieldAlert.day == day
        )
    ).one_or_none()
    if known is not None and known.state == AlertState.RAISED:
        known.rests_on, known.figures = list(rests_on), dict(figures)
    return known is not None
