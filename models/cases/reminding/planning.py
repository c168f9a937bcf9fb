"""Due rows of reminders: planned from how things stand, again and again; known ones stay as they are."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from models.calendar import WorkCalendar
from models.cases.kinds import CaseStatus, FollowUpState
from models.cases.reminding.people import People
from models.cases.reminding.rules import Step, ladder, signal_ladder
from models.cases.reminding.teams import leads
from models.cases.reminding.topics import NO_CONTACT_YET
from models.cases.tables import Case, FollowUp, Signal
from models.handover import Cause, Handover, HandoverState
from models.planning import plan_due
from models.policy import Policy
from models.staff import Employee, active

ACCEPT = "case_accept"
CONTACT = "case_contact"
FOLLOW_SOON = "case_follow_soon"
FOLLOW_NOW = "case_follow_now"
SIGNAL = "case_signal"
NOTES = "case_notes"
PROMISES_BEFORE = "case_promises_before"
PROMISES_DUE = "case_promises_due"
PROMISES_BROKEN = "case_promises_broken"
REVIEW = "case_review"
MORNING = "case_morning"
EVENING = "case_evening"
HELD = "case_held"
NIGHT = "case_night"
DUE_KINDS = (
    ACCEPT,
    CONTACT,
    FOLLOW_SOON,
    FOLLOW_NOW,
    SIGNAL,
    NOTES,
    PROMISES_BEFORE,
    PROMISES_DUE,
    PROMISES_BROKEN,
    REVIEW,
    MORNING,
    EVENING,
    HELD,
    NIGHT,
)
"""Kinds of the due rows."""

AHEAD = timedelta(days=1, hours=2)
"""So far ahead the rows of single cases are planned; a run comes every few minutes."""
FOLLOW_UPS_AHEAD = timedelta(minutes=45)
"""The same of follow-ups, each of which is planned when it is made as well."""
DAYS_AHEAD = 4
"""So many days ahead the rows of a day are planned: nobody has to be there over a weekend."""
BACK = timedelta(days=5)
"""Deadlines that passed longer ago take no further step."""
CATCH_UP = timedelta(minutes=15)
"""What fell due since the last run but one is planned all the same."""
LATE = timedelta(hours=4)
"""A reminder that could not be made for so long is made no more."""
A_DAY = timedelta(days=1)
NIGHT_PARTS = 5
"""So many parts the nightly work on cases has (jobs/case_nights.py)."""
REVIEW_PARTS = 6
"""Into so many transactions the review of a morning is split, by owner."""
PROMISE_PARTS = 6
"""The same of what is said about promises."""
NIGHT_STARTS, NIGHT_STEP = time(0, 20), timedelta(minutes=1)
"""When the nightly work on cases begins, and how far its parts lie apart."""
NOTES_MINUTE = 50
"""At this minute of each hour it is looked for numbers that were dialled and never noted."""

Row = tuple[str, int, datetime, datetime]


def plan_reminders(session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar) -> int:
    """Plan everything that is to be reminded of from now on; returns how many rows are new."""
    people = People(session, at=at, policy=policy, calendar=calendar)
    rows: list[Row] = []
    rows += _deadline_rows(session, people, at, policy, calendar)
    rows += _contact_rows(session, people, at, policy, calendar)
    rows += _open_signals(session, people, at, policy, calendar)
    open_ones = select(FollowUp).where(
        FollowUp.state == literal_column(f"'{FollowUpState.OPEN}'"),
        FollowUp.due_at > at - CATCH_UP,
        FollowUp.due_at <= at + FOLLOW_UPS_AHEAD + timedelta(minutes=policy.reminders.follow_up_minutes),
    )
    rows += follow_up_rows(session.scalars(open_ones).all(), at=at, policy=policy)
    rows += _daily_rows(session, people, at, policy, calendar)
    return plan_due(session, rows)


def _deadline_rows(
    session: Session, people: People, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Iterable[Row]:
    """Owner and moment at which a step is taken about cases that were not accepted."""
    groups = select(Case.live_owner_id, Case.accept_by).where(
        Case.status == literal_column(f"'{CaseStatus.ASSIGNED}'"), Case.accept_by > at - BACK
    )
    return _ladder_rows(ACCEPT, session.execute(groups.distinct()).all(), people, at, policy, calendar)


def _contact_rows(
    session: Session, people: People, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Iterable[Row]:
    """The same about debtors who were not contacted."""
    groups = select(Case.live_owner_id, Case.contact_by).where(
        Case.contact_by > at - BACK, Case.status == CaseStatus.IN_PROGRESS, NO_CONTACT_YET
    )
    return _ladder_rows(CONTACT, session.execute(groups.distinct()).all(), people, at, policy, calendar)


def _ladder_rows(
    kind: str, groups: Sequence[Any], people: People, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Iterable[Row]:
    people.load({owner for owner, _ in groups})
    moments = {
        (owner, moment)
        for owner, deadline in groups
        for moment in steps_of(people, owner, deadline, policy, calendar).values()
        if at - CATCH_UP < moment <= at + AHEAD
    }
    return [(kind, owner, moment, moment + LATE) for owner, moment in sorted(moments)]


def steps_of(
    people: People, owner_id: int, deadline: datetime, policy: Policy, calendar: WorkCalendar
) -> dict[Step, datetime]:
    """Step → when it is taken about a deadline of somebody."""
    reminders = policy.reminders
    return dict(
        ladder(
            deadline,
            warning=timedelta(hours=reminders.deadline_warning_hours),
            supervisor=timedelta(hours=reminders.supervisor_hours),
            hours=people.work_hours(owner_id),
            is_workday=calendar.is_workday,
        )
    )


def follow_up_rows(follow_ups: Iterable[FollowUp], *, at: datetime, policy: Policy) -> list[Row]:
    """Some time before each follow-up, and its time; nothing before it if that is over."""
    before = timedelta(minutes=policy.reminders.follow_up_minutes)
    rows: list[Row] = []
    for one in follow_ups:
        soon = one.due_at - before
        if soon > at and not one.snoozes:
            rows.append((FOLLOW_SOON, one.id, soon, one.due_at))
        rows.append((FOLLOW_NOW, one.id, one.due_at, one.due_at + LATE))
    return rows


def plan_follow_up(session: Session, *, follow_up: FollowUp, at: datetime, policy: Policy) -> None:
    """Plan the reminders of one that has just been made or put off."""
    plan_due(session, follow_up_rows([follow_up], at=at, policy=policy))


def _open_signals(
    session: Session, people: People, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Iterable[Row]:
    rows = session.execute(
        select(Signal, Case.owner_id)
        .join(Case, Case.id == Signal.case_id)
        .where(Signal.handled_at.is_(None), Signal.due_at > at - BACK)
    )
    return [row for one, owner in rows for row in _signal_rows(people, one, owner, at, policy, calendar)]


def signal_steps(
    people: People, signal: Signal, owner_id: int, policy: Policy, calendar: WorkCalendar
) -> dict[Step, datetime]:
    """Step → when it is taken about what customer service passed on (S4-49)."""
    return dict(
        signal_ladder(
            signal.at,
            minutes=policy.reminders.signal_minutes,
            hours=people.work_hours(owner_id),
            is_workday=calendar.is_workday,
        )
    )


def _signal_rows(
    people: People, signal: Signal, owner_id: int, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Iterable[Row]:
    moments = signal_steps(people, signal, owner_id, policy, calendar).values()
    return [(SIGNAL, signal.id, moment, moment + LATE) for moment in moments if moment > at - CATCH_UP]


def plan_signal(
    session: Session, *, signal: Signal, owner_id: int, at: datetime, policy: Policy, calendar: WorkCalendar
) -> None:
    """Plan the steps about one that has just come."""
    people = People(session, at=at, policy=policy, calendar=calendar)
    plan_due(session, _signal_rows(people, signal, owner_id, at, policy, calendar))


def _daily_rows(
    session: Session, people: People, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Iterable[Row]:
    """What happens at its own time of every day, for some days ahead."""
    reminders = policy.reminders
    owners = owners_at_work(session, at)
    people.load(owners)
    rows: list[Row] = []
    for day in (at.date() + timedelta(days=number) for number in range(DAYS_AHEAD)):
        broken = _on(day, reminders.promise_broken_at, at)
        rows.append((PROMISES_BROKEN, 0, broken, broken + A_DAY))
        rows += [(NIGHT, part, *moments) for part, moments in night_parts(day, at)]
        for hour in range(24):
            noted = _on(day, time(hour, NOTES_MINUTE), at)
            rows.append((NOTES, 0, noted, noted + A_DAY))
        if not calendar.is_workday(day):
            continue
        for kind, clock in (
            (PROMISES_BEFORE, reminders.promise_before_at),
            (PROMISES_DUE, reminders.promise_due_at),
        ):
            moments = (_on(day, clock, at), _on(day, reminders.quiet_from, at))
            rows += [(kind, part, *moments) for part in range(PROMISE_PARTS)]
        review, too_late = _on(day, reminders.review_at, at), _on(day, reminders.quiet_from, at)
        rows += [(REVIEW, part, review, too_late) for part in range(REVIEW_PARTS + 1)]
        for owner in owners:
            morning, evening = day_bounds(people, owner, day, policy)
            noon = max(_on(day, reminders.morning_until, at), morning + A_DAY / 12)
            rows += [(MORNING, owner, morning, noon), (EVENING, owner, evening, evening + LATE / 2)]
    return [row for row in rows if row[2] > at]


def night_parts(day: date, at: datetime) -> Iterable[tuple[int, tuple[datetime, datetime]]]:
    """Number of each part of the nightly work, with its moment and from when on it is too late."""
    for part in range(NIGHT_PARTS):
        moment = _on(day, NIGHT_STARTS, at) + part * NIGHT_STEP
        yield part, (moment, moment + A_DAY)


def day_bounds(people: People, employee_id: int, day: date, policy: Policy) -> tuple[datetime, datetime]:
    """When somebody's morning and evening cards come on a workday."""
    reminders = policy.reminders
    shift = people.shift(employee_id)
    if shift is None:
        return _on(day, reminders.morning_at, people.at), _on(day, reminders.evening_at, people.at)
    start, end = shift.on(day, people.at)
    return start, end - timedelta(minutes=reminders.evening_minutes_before)


def owners_at_work(session: Session, at: datetime) -> Sequence[int]:
    """Who has open cases, leads them, or stands in for somebody: to whom the cards of a day may go."""
    worked = select(Case.live_owner_id).where(Case.live_owner_id.is_not(None)).distinct()
    owners = set(session.scalars(worked)) | set(leads(session, at))
    covers = select(Handover.cover_id).where(
        Handover.cause == Cause.LEAVE, Handover.state == HandoverState.OPEN, Handover.cover_id.is_not(None)
    )
    owners |= {cover for cover in session.scalars(covers) if cover is not None}
    here = select(Employee.id).where(Employee.id.in_(owners), active(at))
    return session.scalars(here.order_by(Employee.id)).all()


def hold(session: Session, *, card_id: int, until: datetime) -> None:
    """Deal with a held card at that time."""
    plan_due(session, [(HELD, card_id, until, until + A_DAY)])


def _on(day: date, clock: time, like: datetime) -> datetime:
    return datetime.combine(day, clock, tzinfo=like.tzinfo)
