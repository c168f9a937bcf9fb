"""Writes about alerts of field work: raising, explaining, telling, deciding."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import attendance, audit, cases, fieldwork, secrecy, staff
from models.calendar import WorkCalendar
from models.errors import DomainError, NotFound
from models.fieldalerts.queries import fences_of, find_alert, track_of
from models.fieldalerts.raising import raise_alert
from models.fieldalerts.rules import Code, Stay, StopLimits, low_average, silent_days, stays
from models.fieldalerts.tables import OPEN, AlertState, FieldAlert
from models.locations import LocationFix
from models.policy import FieldAlertPolicy, Policy
from models.redaction import Words
from models.staff import Employee, Person, active, on_erase

DECIDE = "field_alerts.decide"

Explanation = Literal[
    "waiting",
    "traffic",
    "meal",
    "errand",
    "at_customer",
    "forgot",
    "no_signal",
    "other_day",
    "asked_for",
    "not_known",
    "not_them",
    "other",
]
REASONS: tuple[str, ...] = get_args(Explanation)
"""What it was, by one tap."""


class AlertNotFound(NotFound):
    """No such alert, or out of reach."""

    texts = "field_alerts"


class AlertSettled(DomainError):
    """Somebody has decided about it (facts: state)."""

    texts = "field_alerts"


def limits_of(policy: FieldAlertPolicy) -> StopLimits:
    """The numbers for stays."""
    return StopLimits(
        radius=policy.stop_radius_metres,
        minutes=policy.stop_minutes,
        points=policy.stop_points,
        gap_minutes=policy.stop_gap_minutes,
        noon_from=policy.noon_from,
        noon_until=policy.noon_until,
    )


def raise_stops(
    session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[FieldAlert]:
    """Look at the tracks of today that have a new point in the last hour; returns the alerts that are new.

    A stay that goes on makes its alert longer, and no second one.
    """
    recent = session.scalars(
        select(LocationFix.employee_id)
        .where(LocationFix.at >= at - timedelta(hours=1), LocationFix.sealed.is_not(None))
        .distinct()
    ).all()
    if not recent:
        return []
    day = at.date()
    worked = attendance.duties(session, recent, [day], calendar=calendar, like=at)
    found = []
    people = session.scalars(select(Employee).where(Employee.id.in_(recent), active(at))).all()
    for person in staff.with_posts(session, people, at=at):
        duty = worked.get((person.id, day))
        if duty is None or person.role not in policy.field_alerts.track_roles:
            continue
        seen = stays(
            track_of(session, person, day),
            fences_of(session, person, policy),
            limits_of(policy.field_alerts),
            (duty.starts_at, duty.ends_at),
        )
        if seen:
            alert = _keep_stay(
                session, person, day, max(seen, key=lambda one: one.minutes), at, policy, calendar
            )
            found += [alert] if alert is not None else []
    return found


def _keep_stay(
    session: Session,
    person: Employee,
    day: date,
    stay: Stay,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> FieldAlert | None:
    known = session.scalars(
        select(FieldAlert).where(
            FieldAlert.employee_id == person.id, FieldAlert.code == Code.STOP, FieldAlert.day == day
        )
    ).one_or_none()
    figures = {"minutes": stay.minutes, "points": len(stay.points)}
    if known is not None:
        if known.state == AlertState.RAISED and known.begins_at == stay.begin:
            known.ends_at, known.rests_on, known.figures = stay.end, list(stay.points), figures
        return None
    return raise_alert(
        session,
        person,
        Code.STOP,
        day,
        rests_on=list(stay.points),
        figures=figures,
        at=at,
        policy=policy,
        calendar=calendar,
        begins_at=stay.begin,
        ends_at=stay.end,
    )


def raise_silence(
    session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[FieldAlert]:
    """Who has cases to work and wrote no note on so many workdays in a row (S4-22); the new alerts."""
    run = policy.field_alerts.silent_workdays
    days = [day for n in range(60, 0, -1) if calendar.is_workday(day := at.date() - timedelta(days=n))]
    holders = cases.holders_of_open_cases(session)
    noted = cases.days_noted(session, holders, since=days[0])
    found = []
    people = session.scalars(select(Employee).where(Employee.id.in_(holders), active(at))).all()
    statuses = attendance.day_statuses(
        session, [one.id for one in people], days, at=at, policy=policy.checkin, calendar=calendar
    )
    for person in people:
        away = [one.day for one in statuses[person.id] if attendance.Mark.LEAVE in one.marks]
        since = [day for day in days if day > holders[person.id]]
        silent = silent_days(since, noted.get(person.id, ()), away, run=run)
        if silent and silent[-1] == _last_working(days, away):
            alert = raise_alert(
                session,
                person,
                Code.NO_FOLLOW_UP,
                silent[-1],
                rests_on=[day.isoformat() for day in silent],
                figures={"days": len(silent)},
                at=at,
                policy=policy,
                calendar=calendar,
            )
            found += [alert] if alert is not None else []
    return found


def raise_low_visits(
    session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[FieldAlert]:
    """Whose valid visits lie below what is expected, over the newest attended workdays (S4-22)."""
    numbers = policy.field_alerts
    days = [at.date() - timedelta(days=n) for n in range(LOOK_BACK_DAYS, 0, -1)]
    people = staff.people_in_roles(session, numbers.track_roles, at=at)
    statuses = attendance.day_statuses(
        session, [one.id for one in people], days, at=at, policy=policy.checkin, calendar=calendar
    )
    made: Counter[tuple[int, date]] = Counter()
    ids = [one.id for one in people]
    for seen in fieldwork.visits_of(session, ids, days[0], days[-1], at=at, policy=policy.fieldwork):
        if seen.verdict.valid or seen.verdict.is_open:
            made[seen.visit.employee_id, seen.visit.day] += 1
    found = []
    for person in people:
        attended = [one.day for one in statuses[person.id] if one.attended and one.duty is not None]
        counts = [(day, made[person.id, day]) for day in attended]
        average = low_average(counts, days=numbers.visit_days, least=numbers.visits_least)
        if average is None:
            continue
        newest = attended[-numbers.visit_days :]
        alert = raise_alert(
            session,
            person,
            Code.LOW_VISITS,
            newest[-1],
            rests_on=[day.isoformat() for day in newest],
            figures={"days": len(newest), "average": f"{average:.1f}"},
            at=at,
            policy=policy,
            calendar=calendar,
        )
        found += [alert] if alert is not None else []
    return found


LOOK_BACK_DAYS = 21
"""So many days hold the newest attended workdays that visits are counted over."""


def _last_working(days: Sequence[date], away: Collection[date]) -> date | None:
    return next((day for day in reversed(days) if day not in away), None)


def explain(
    session: Session, *, actor: Employee, alert_id: int, reason: str, at: datetime, words: str = ""
) -> FieldAlert:
    """The person says what it was; whoever leads is then told nothing of their own accord.

    Raises:
        AlertNotFound: there is none of theirs.
        AlertSettled: somebody has decided.
    """
    alert = session.get(FieldAlert, alert_id, with_for_update=True)
    if alert is None or alert.employee_id != actor.id or reason not in REASONS:
        raise AlertNotFound()
    if alert.state not in OPEN:
        raise AlertSettled(state=alert.state)
    alert.state, alert.reason, alert.explained_at, alert.tell_at = AlertState.EXPLAINED, reason, at, None
    alert.words = secrecy.seal(session, actor.subject, words or None)
    details = {"alert": alert.id, "reason": reason}
    _note(session, actor, "field_alerts.explain", actor.subject, details, at)
    return alert


def to_tell(session: Session, *, at: datetime, limit: int = 50) -> Sequence[FieldAlert]:
    """The alerts that nobody explained in time; they count as told from now on."""
    due = session.scalars(
        select(FieldAlert)
        .where(FieldAlert.tell_at.is_not(None), FieldAlert.tell_at <= at)
        .order_by(FieldAlert.tell_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for alert in due:
        alert.state, alert.tell_at = AlertState.TOLD, None
    return due


def decide(
    session: Session, *, actor: Employee, alert_id: int, state: AlertState, at: datetime, policy: Policy
) -> FieldAlert:
    """Whoever leads has dealt with it, or it was a false alarm.

    Raises:
        NotPermitted, AlertNotFound: the actor may not, or there is none within reach.
        AlertSettled: somebody has decided.
    """
    alert = find_alert(session, actor=actor, alert_id=alert_id, at=at, policy=policy, lock=True)
    if alert is None:
        raise AlertNotFound()
    if alert.state not in OPEN:
        raise AlertSettled(state=alert.state)
    alert.state, alert.decided_by, alert.decided_at, alert.tell_at = state, actor.id, at, None
    subject = f"employee:{alert.employee_id}"
    _note(session, actor, "field_alerts.decide", subject, {"alert": alert.id, "state": state}, at)
    return alert


def look(alerts: Sequence[FieldAlert], *, at: datetime) -> None:
    """Whoever leads has seen them."""
    for alert in alerts:
        alert.seen_at = alert.seen_at or at


def forget_words(session: Session, *, at: datetime, policy: Policy) -> int:
    """Points are emptied after some days: the words of explanations go with them, the reason stays."""
    before = at - timedelta(days=policy.locations.keep_days)
    done = session.execute(
        update(FieldAlert)
        .where(FieldAlert.words.is_not(None), FieldAlert.raised_at < before)
        .values(words=None)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _note(
    session: Session, actor: Employee, action: str, subject: str, details: Mapping[str, object], at: datetime
) -> None:
    audit.record(session, at=at, actor=actor.subject, action=action, subject=subject, details=dict(details))


@on_erase
def erase_alerts(session: Session, person: Person, _words: Words, _at: datetime) -> None:
    """What an erased person said about them goes."""
    if isinstance(person, Employee):
        session.execute(update(FieldAlert).where(FieldAlert.employee_id == person.id).values(words=None))
