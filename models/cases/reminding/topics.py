"""What cards are about, whether that is still so, and what they show of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.cases.kinds import WORKED, CaseStatus, FollowUpState, OfferState, PtpStatus
from models.cases.tables import Case, FollowUp, Placement, PromiseToPay, SettlementOffer, Signal
from models.contact import ContactAttempt, Debtor
from models.staff import Employee


class Topic(StrEnum):
    """What a card is about. Those of the second half go to who leads, about the cases of others."""

    ACCEPT = "accept"
    CONTACT = "contact"
    NOTE = "note"
    FOLLOW_SOON = "follow_soon"
    FOLLOW_NOW = "follow_now"
    PROMISE_BEFORE = "promise_before"
    PROMISE_DUE = "promise_due"
    PROMISE_BROKEN = "promise_broken"
    OFFER_EXPIRED = "offer_expired"
    OFFER_UNDECIDED = "offer_undecided"
    """Nobody decided in time: whoever asked is told."""
    PLACEMENT = "placement"
    IDLE = "idle"
    SIGNAL = "signal"
    ACCEPT_LATE = "accept_late"
    CONTACT_LATE = "contact_late"
    SIGNAL_LATE = "signal_late"
    TEAM_BROKEN = "team_broken"
    TEAM_IDLE = "team_idle"
    TEAM_PLACEMENT = "team_placement"
    REASSIGN = "reassign"


URGENT = frozenset({Topic.SIGNAL, Topic.SIGNAL_LATE})
"""What goes past the limit of a day."""
OF_TEAM = frozenset(list(Topic)[list(Topic).index(Topic.ACCEPT_LATE) :])
NO_CONTACT_YET = or_(Case.worked_at.is_(None), Case.worked_at < Case.assigned_at)
"""Whether the owner has made no note since the case was given."""
IDLE_LEAST = timedelta(days=1)
"""Somebody who has made a note within this time has just worked the case."""


def _of_case() -> Any:
    return select(Case.id, Case.live_owner_id).where(Case.status.in_(WORKED))


def _of_promise() -> Any:
    return (
        select(PromiseToPay.id, Case.live_owner_id)
        .join(Case, Case.id == PromiseToPay.case_id)
        .where(Case.status.in_(WORKED))
    )


def _of_follow_up() -> Any:
    return (
        select(FollowUp.id, Case.live_owner_id)
        .join(Case, Case.id == FollowUp.case_id)
        .where(FollowUp.state == FollowUpState.OPEN, Case.status.in_(WORKED))
    )


def _true_now(topic: Topic, at: datetime) -> tuple[Any, Any]:
    """The column of the subject, and subjects with their owners of which it is true now."""
    match topic:
        case Topic.ACCEPT | Topic.ACCEPT_LATE:
            return Case.id, _of_case().where(Case.status == CaseStatus.ASSIGNED)
        case Topic.CONTACT | Topic.CONTACT_LATE:
            return Case.id, _of_case().where(
                Case.status == CaseStatus.IN_PROGRESS, Case.contact_by.is_not(None), NO_CONTACT_YET
            )
        case Topic.IDLE | Topic.TEAM_IDLE | Topic.REASSIGN:
            worked = func.coalesce(Case.worked_at, Case.accepted_at)
            return Case.id, _of_case().where(Case.status == CaseStatus.IN_PROGRESS, worked < at - IDLE_LEAST)
        case Topic.PLACEMENT | Topic.TEAM_PLACEMENT:
            still = select(Placement.id).where(Placement.end_on >= at.date())
            return Case.id, select(Case.id, Case.live_owner_id).where(
                Case.closed_at.is_(None), Case.placement_id.in_(still)
            )
        case Topic.PROMISE_BEFORE:
            return PromiseToPay.id, _of_promise().where(
                PromiseToPay.status == PtpStatus.OPEN, PromiseToPay.due_on > at.date()
            )
        case Topic.PROMISE_DUE:
            return PromiseToPay.id, _of_promise().where(
                PromiseToPay.status == PtpStatus.OPEN, PromiseToPay.due_on <= at.date()
            )
        case Topic.PROMISE_BROKEN | Topic.TEAM_BROKEN:
            return PromiseToPay.id, _of_promise().where(
                PromiseToPay.status.in_((PtpStatus.BROKEN, PtpStatus.PARTIAL))
            )
        case Topic.OFFER_EXPIRED:
            return SettlementOffer.id, (
                select(SettlementOffer.id, Case.live_owner_id)
                .join(Case, Case.id == SettlementOffer.case_id)
                .where(SettlementOffer.state == OfferState.EXPIRED, Case.closed_at.is_(None))
            )
        case Topic.OFFER_UNDECIDED:
            return SettlementOffer.id, (
                select(SettlementOffer.id, SettlementOffer.asked_by_id)
                .join(Case, Case.id == SettlementOffer.case_id)
                .where(
                    SettlementOffer.state == OfferState.EXPIRED,
                    SettlementOffer.decided_at.is_(None),
                    Case.closed_at.is_(None),
                )
            )
        case Topic.FOLLOW_SOON:
            return FollowUp.id, _of_follow_up().where(FollowUp.due_at > at)
        case Topic.FOLLOW_NOW:
            return FollowUp.id, _of_follow_up().where(FollowUp.due_at <= at)
        case Topic.SIGNAL | Topic.SIGNAL_LATE:
            return Signal.id, (
                select(Signal.id, Case.live_owner_id)
                .join(Case, Case.id == Signal.case_id)
                .where(Signal.handled_at.is_(None), Case.closed_at.is_(None))
            )
        case Topic.NOTE:
            return ContactAttempt.id, select(ContactAttempt.id, ContactAttempt.employee_id).where(
                ContactAttempt.connected.is_(None)
            )


def still_true(session: Session, topic: Topic, subjects: Collection[int], at: datetime) -> Mapping[int, int]:
    """Of these, those of which it is true now → who owns it now."""
    if not subjects:
        return {}
    column, statement = _true_now(topic, at)
    return dict(session.execute(statement.where(column.in_(subjects))).all())


@dataclass(frozen=True)
class Line:
    """What a card shows of one thing it is about; personal values are masked."""

    subject: int
    number: int
    """Of the case."""
    version: int
    name: str
    bucket: int
    balance: int
    """Fen."""
    owner_id: int
    owner: str
    unit_id: int
    due: datetime | date | None = None
    """When it is or was due."""
    amount: int | None = None
    """Fen that were promised, announced or agreed upon."""
    kind: str = ""
    """Of a follow-up or signal."""


_CASE = (
    Case.id,
    Case.version,
    Debtor.name_mask,
    Case.bucket,
    Case.balance,
    Case.owner_id,
    Employee.name,
    Case.unit_id,
)


def lines(session: Session, topic: Topic, subjects: Sequence[int]) -> Sequence[Line]:
    """What a card shows of these, in their order."""
    column, more, joined = _shown(topic)
    statement = (
        select(column, *_CASE, *more)
        .select_from(Case)
        .join(Debtor, Debtor.id == Case.debtor_id)
        .join(Employee, Employee.id == Case.owner_id)
    )
    for table, clause in joined:
        statement = statement.join(table, clause)
    found: dict[int, Line] = {}
    for subject, *rest in session.execute(statement.where(column.in_(subjects)).order_by(Case.id)):
        found.setdefault(subject, Line(subject, *rest))
    return [found[subject] for subject in subjects if subject in found]


def _shown(topic: Topic) -> tuple[Any, tuple[Any, ...], tuple[tuple[Any, Any], ...]]:
    """The subject's column, what is shown beside the case, and what is joined to it."""
    match topic:
        case Topic.ACCEPT | Topic.ACCEPT_LATE:
            return Case.id, (Case.accept_by,), ()
        case Topic.CONTACT | Topic.CONTACT_LATE:
            return Case.id, (Case.contact_by,), ()
        case Topic.IDLE | Topic.TEAM_IDLE | Topic.REASSIGN:
            return Case.id, (func.coalesce(Case.worked_at, Case.accepted_at).label("since"),), ()
        case Topic.PLACEMENT | Topic.TEAM_PLACEMENT:
            return Case.id, (Placement.end_on,), ((Placement, Placement.id == Case.placement_id),)
        case Topic.PROMISE_BEFORE | Topic.PROMISE_DUE | Topic.PROMISE_BROKEN | Topic.TEAM_BROKEN:
            promise = (PromiseToPay, PromiseToPay.case_id == Case.id)
            return PromiseToPay.id, (PromiseToPay.due_on, PromiseToPay.amount), (promise,)
        case Topic.OFFER_EXPIRED | Topic.OFFER_UNDECIDED:
            offer = (SettlementOffer, SettlementOffer.case_id == Case.id)
            return SettlementOffer.id, (SettlementOffer.pay_by, SettlementOffer.pay_amount), (offer,)
        case Topic.FOLLOW_SOON | Topic.FOLLOW_NOW:
            none = func.nullif(0, 0)
            return (
                FollowUp.id,
                (FollowUp.due_at, none, FollowUp.kind),
                ((FollowUp, FollowUp.case_id == Case.id),),
            )
        case Topic.SIGNAL | Topic.SIGNAL_LATE:
            return (
                Signal.id,
                (Signal.due_at, Signal.amount, Signal.kind),
                ((Signal, Signal.case_id == Case.id),),
            )
        case Topic.NOTE:
            dialled = (ContactAttempt.debtor_id == Case.debtor_id) & Case.closed_at.is_(None)
            return ContactAttempt.id, (ContactAttempt.at,), ((ContactAttempt, dialled),)
