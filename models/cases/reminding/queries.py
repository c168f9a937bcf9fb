"""What is due at one moment, of everybody at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from models.calendar import WorkCalendar
from models.cases.kinds import WORKED, CaseStatus, FollowUpState, OfferState, PtpStatus
from models.cases.reminding import planning
from models.cases.reminding.people import People
from models.cases.reminding.rules import Step, fallen_due, idle_since, told_today
from models.cases.reminding.topics import NO_CONTACT_YET, Topic
from models.cases.tables import Case, FollowUp, Placement, PromiseToPay, SettlementOffer, Signal
from models.contact import ContactAttempt
from models.policy import Policy

MOST_NAMED = 50
"""So many things of one owner are kept with a card."""


@dataclass(frozen=True)
class Wanted:
    """Something to be told: whose cases it is about, and at which step of the ladder."""

    topic: Topic
    owner_id: int
    unit_id: int
    subjects: Sequence[int]
    """The first of them, those with the highest balance or the nearest moment before others."""
    total: int
    step: Step = Step.OWNER
    asked: bool = False
    """Whether whose cases they are asked for it: then it comes also in quiet time."""


@dataclass(frozen=True)
class Found:
    """What somebody owns of something."""

    unit_id: int
    subjects: Sequence[int]
    total: int


def not_accepted(
    session: Session, owner_ids: Collection[int], people: People, policy: Policy, calendar: WorkCalendar
) -> Sequence[Wanted]:
    """Of these people, whose step about cases not yet accepted is taken at this moment."""
    still = and_(Case.status == CaseStatus.ASSIGNED, Case.live_owner_id.in_(owner_ids))
    names = {Step.OWNER: Topic.ACCEPT}
    return _at_steps(session, still, Case.accept_by, names, Topic.ACCEPT_LATE, people, policy, calendar)


def not_contacted(
    session: Session, owner_ids: Collection[int], people: People, policy: Policy, calendar: WorkCalendar
) -> Sequence[Wanted]:
    """The same about debtors who were not contacted for the first time."""
    still = and_(Case.status == CaseStatus.IN_PROGRESS, Case.live_owner_id.in_(owner_ids), NO_CONTACT_YET)
    names = {Step.OWNER: Topic.CONTACT}
    return _at_steps(session, still, Case.contact_by, names, Topic.CONTACT_LATE, people, policy, calendar)


def _at_steps(
    session: Session,
    still: ColumnElement[bool],
    deadline: Any,
    names: Mapping[Step, Topic],
    late: Topic,
    people: People,
    policy: Policy,
    calendar: WorkCalendar,
) -> Sequence[Wanted]:
    groups = session.execute(
        select(Case.live_owner_id, deadline).where(still, deadline > people.at - planning.BACK).distinct()
    ).all()
    people.load({owner for owner, _ in groups})
    now: dict[tuple[int, Step], list[datetime]] = {}
    for owner, moment in groups:
        for step, taken in planning.steps_of(people, owner, moment, policy, calendar).items():
            if taken == people.at:
                now.setdefault((owner, step), []).append(moment)
    together: dict[tuple[Step, tuple[datetime, ...]], list[int]] = {}
    for (owner, step), moments in sorted(now.items()):
        together.setdefault((step, tuple(sorted(moments))), []).append(owner)
    wanted = []
    for (step, moments_of_step), owners in together.items():
        mine = and_(still, Case.live_owner_id.in_(owners), deadline.in_(moments_of_step))
        topic = names.get(step, late)
        wanted += [
            Wanted(topic, owner, one.unit_id, one.subjects, one.total, step)
            for owner, one in _found(session, mine).items()
        ]
    return wanted


def _found(session: Session, where: ColumnElement[bool]) -> Mapping[int, Found]:
    """Owner → the open cases of which it is true, the highest balance first; one question for all owners."""
    ranked = (
        select(
            Case.id,
            Case.live_owner_id,
            Case.unit_id,
            func.row_number()
            .over(partition_by=Case.live_owner_id, order_by=(Case.balance.desc(), Case.id))
            .label("place"),
            func.count().over(partition_by=Case.live_owner_id).label("total"),
        )
        .where(where)
        .subquery()
    )
    groups: dict[int, list[Any]] = {}
    rows = select(ranked).where(ranked.c.place <= MOST_NAMED).order_by(ranked.c.live_owner_id, ranked.c.place)
    for row in session.execute(rows):
        groups.setdefault(row.live_owner_id, []).append(row)
    return {
        owner: Found(group[0].unit_id, [row.id for row in group], group[0].total)
        for owner, group in groups.items()
    }


def _each(topic: Topic, rows: Iterable[Any], step: Step = Step.OWNER) -> Sequence[Wanted]:
    """Rows of (subject, owner, unit) as what is to be told to each owner."""
    groups: dict[int, list[tuple[int, int]]] = {}
    for subject, owner, unit_id in rows:
        groups.setdefault(owner, []).append((subject, unit_id))
    return [
        Wanted(topic, owner, group[0][1], [one for one, _ in group][:MOST_NAMED], len(group), step)
        for owner, group in sorted(groups.items())
    ]


def follow_ups(
    session: Session, ids: Collection[int], *, soon: bool, people: People, policy: Policy
) -> Sequence[Wanted]:
    """Of these follow-ups, those that are open and of which it is time now; one put off has another time."""
    before = timedelta(minutes=policy.reminders.follow_up_minutes if soon else 0)
    rows = session.execute(
        select(FollowUp.id, Case.live_owner_id, Case.unit_id, FollowUp.created_by_id)
        .join(Case, Case.id == FollowUp.case_id)
        .where(
            FollowUp.id.in_(ids),
            FollowUp.state == FollowUpState.OPEN,
            FollowUp.due_at == people.at + before,
            Case.status.in_(WORKED),
        )
        .order_by(FollowUp.id)
    ).all()
    topic = Topic.FOLLOW_SOON if soon else Topic.FOLLOW_NOW
    asked = _each(topic, [row[:3] for row in rows if row[1] == row[3]])
    others = _each(topic, [row[:3] for row in rows if row[1] != row[3]])
    return [*(replace(one, asked=True) for one in asked), *others]


def signals(
    session: Session, ids: Collection[int], people: People, policy: Policy, calendar: WorkCalendar
) -> Sequence[Wanted]:
    """Of these, those that still wait, at the step that is taken now."""
    rows = session.execute(
        select(Signal, Case.owner_id, Case.unit_id)
        .join(Case, Case.id == Signal.case_id)
        .where(Signal.id.in_(ids), Signal.handled_at.is_(None), Case.closed_at.is_(None))
        .order_by(Signal.id)
    ).all()
    wanted = []
    for one, owner, unit_id in rows:
        for number, (step, taken) in enumerate(
            planning.signal_steps(people, one, owner, policy, calendar).items()
        ):
            if taken == people.at:
                one.escalated = max(one.escalated, number)
                topic = Topic.SIGNAL if step is Step.OWNER else Topic.SIGNAL_LATE
                wanted.append(Wanted(topic, owner, unit_id, [one.id], 1, step))
    return wanted


def not_noted(session: Session, *, at: datetime, policy: Policy) -> Sequence[Wanted]:
    """Numbers that were dialled so many hours and up to one more ago, and of which nobody said what came."""
    until = at - timedelta(hours=policy.reminders.note_hours)
    since = until - timedelta(hours=1)
    days = {since.date(), until.date()}
    people = select(Case.live_owner_id).where(Case.live_owner_id.is_not(None)).distinct()
    rows = session.execute(
        select(ContactAttempt.id, ContactAttempt.employee_id, func.min(Case.unit_id))
        .join(Case, and_(Case.debtor_id == ContactAttempt.debtor_id, Case.closed_at.is_(None)))
        .where(
            ContactAttempt.employee_id.in_(session.scalars(people).all()),
            ContactAttempt.day.in_(days),
            ContactAttempt.at > since,
            ContactAttempt.at <= until,
            ContactAttempt.connected.is_(None),
        )
        .group_by(ContactAttempt.id, ContactAttempt.employee_id)
        .order_by(ContactAttempt.id)
    )
    return _each(Topic.NOTE, rows)


def promises(
    session: Session, topic: Topic, parts: Collection[int], *, at: datetime, calendar: WorkCalendar
) -> Sequence[Wanted]:
    """Open promises of which a workday tells before they are due, or on the day itself.

    A part is a share of the owners.
    """
    if topic is Topic.PROMISE_BEFORE:
        first, last = told_today(at.date(), calendar.is_workday)
        first, last = first + timedelta(days=1), last + timedelta(days=1)
    else:
        first, last = fallen_due(at.date(), calendar.is_workday)
    rows = session.execute(
        select(PromiseToPay.id, Case.live_owner_id, Case.unit_id)
        .join(Case, Case.id == PromiseToPay.case_id)
        .where(
            PromiseToPay.status == PtpStatus.OPEN,
            PromiseToPay.due_on.between(first, last),
            Case.status.in_(WORKED),
            (Case.live_owner_id % planning.PROMISE_PARTS).in_(parts),
        )
        .order_by(PromiseToPay.due_on, PromiseToPay.amount.desc(), PromiseToPay.id)
    )
    return _each(topic, rows)


def ended_promises(session: Session, ids: Collection[int]) -> Sequence[Wanted]:
    """What owners, and those who lead them, hear of promises that were not kept."""
    rows = session.execute(
        select(PromiseToPay.id, Case.live_owner_id, Case.unit_id)
        .join(Case, Case.id == PromiseToPay.case_id)
        .where(
            PromiseToPay.id.in_(ids),
            PromiseToPay.status.in_((PtpStatus.BROKEN, PtpStatus.PARTIAL)),
            Case.status.in_(WORKED),
        )
        .order_by(PromiseToPay.amount.desc(), PromiseToPay.id)
    ).all()
    return [*_each(Topic.PROMISE_BROKEN, rows), *_each(Topic.TEAM_BROKEN, rows, Step.LEADER)]


def expired_offers(session: Session, ids: Collection[int]) -> Sequence[Wanted]:
    """What owners hear of settlements that were not paid in time, and who asked if nobody decided."""
    rows = session.execute(
        select(
            SettlementOffer.id,
            Case.live_owner_id,
            Case.unit_id,
            SettlementOffer.asked_by_id,
            SettlementOffer.decided_at,
        )
        .join(Case, Case.id == SettlementOffer.case_id)
        .where(
            SettlementOffer.id.in_(ids),
            SettlementOffer.state == OfferState.EXPIRED,
            Case.closed_at.is_(None),
        )
        .order_by(SettlementOffer.pay_amount.desc(), SettlementOffer.id)
    ).all()
    undecided = [(id_, asker, unit) for id_, _, unit, asker, decided_at in rows if decided_at is None]
    others = [
        (id_, owner, unit)
        for id_, owner, unit, asker, decided_at in rows
        if decided_at is not None or owner != asker
    ]
    return [*_each(Topic.OFFER_EXPIRED, others), *_each(Topic.OFFER_UNDECIDED, undecided)]


def idle(
    session: Session,
    *,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    but_for: Collection[int] = (),
) -> Sequence[Wanted]:
    """Cases in progress without a note for so many workdays, told of on one day and then on another.

    `but_for` are debtors of whom the owners hear otherwise.
    """
    reminders = policy.reminders
    wanted: list[Wanted] = []
    early = _idle_rows(session, reminders.idle_workdays, at, calendar)
    wanted += _each(Topic.IDLE, (row[:3] for row in early if row.debtor_id not in but_for))
    wanted += _each(Topic.TEAM_IDLE, (row[:3] for row in early), Step.LEADER)
    late = _idle_rows(session, reminders.reassign_workdays, at, calendar)
    return [*wanted, *_each(Topic.REASSIGN, (row[:3] for row in late), Step.SUPERVISOR)]


def _idle_rows(session: Session, workdays: int, at: datetime, calendar: WorkCalendar) -> Sequence[Any]:
    first, after = idle_since(at.date(), workdays, calendar.is_workday)
    since, until = _midnight(first, at), _midnight(after, at)
    in_progress = Case.status == literal_column(f"'{CaseStatus.IN_PROGRESS}'")
    noted = and_(Case.worked_at >= since, Case.worked_at < until)
    never = and_(Case.worked_at.is_(None), Case.accepted_at >= since, Case.accepted_at < until)
    return session.execute(
        select(Case.id, Case.live_owner_id, Case.unit_id, Case.debtor_id)
        .where(in_progress, or_(noted, never))
        .order_by(Case.balance.desc(), Case.id)
    ).all()


def ending_placements(
    session: Session, part: int, *, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[Wanted]:
    """Open cases of placements that end in so many days; what would fall on a rest day comes before it.

    A part is a share of the owners; with the first one comes what the supervisors hear.
    """
    first, last = told_today(at.date(), calendar.is_workday)
    days = {
        first + timedelta(days=number + before)
        for before in policy.reminders.placement_days
        for number in range((last - first).days + 1)
    }
    wanted: list[Wanted] = []
    ending = session.scalars(
        select(Placement).where(Placement.end_on.in_(days)).order_by(Placement.end_on, Placement.id)
    ).all()
    for placement in ending:
        of_it = and_(Case.placement_id == placement.id, Case.status.in_(WORKED))
        mine = and_(of_it, Case.live_owner_id % planning.REVIEW_PARTS == part)
        wanted += [
            Wanted(Topic.PLACEMENT, owner, one.unit_id, one.subjects, one.total)
            for owner, one in _found(session, mine).items()
        ]
        total = session.scalar(select(func.count()).select_from(Case).where(of_it)) if part == 0 else 0
        if total:
            some = select(Case.id).where(of_it).order_by(Case.balance.desc(), Case.id).limit(MOST_NAMED)
            wanted.append(
                Wanted(
                    Topic.TEAM_PLACEMENT,
                    0,
                    placement.unit_id,
                    session.scalars(some).all(),
                    total,
                    Step.SUPERVISOR,
                )
            )
    return wanted


def _midnight(day: date, like: datetime) -> datetime:
    return datetime.combine(day, time(0), tzinfo=like.tzinfo)
