"""What became of notices: read from receipts, never assumed; and what follows (S1-16, S1-18, S1-52)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from models.base import insert_once
from models.candidates import Application
from models.messaging import Channel, HeldReason, InboundMessage, OutboundMessage, OutboundState
from models.notices.items import close_by_itself, open_item
from models.notices.rules import together
from models.notices.sending import stands, text_to
from models.notices.tables import (
    WATCHED,
    CandidateNotice,
    ChannelOutage,
    DeliveryState,
    FollowUpKind,
    NoticeDelivery,
    NoticeState,
)
from models.policy import Policy
from models.staff import Candidate

_AS_DELIVERY = {
    OutboundState.INTENT: DeliveryState.QUEUED,
    OutboundState.HELD: DeliveryState.QUEUED,
    OutboundState.SENDING: DeliveryState.QUEUED,
    OutboundState.UNCERTAIN: DeliveryState.QUEUED,
    OutboundState.ACCEPTED: DeliveryState.ACCEPTED,
    OutboundState.DELIVERED: DeliveryState.DELIVERED,
    OutboundState.ANSWERED: DeliveryState.READ,
    OutboundState.WITHDRAWN: DeliveryState.WITHDRAWN,
    OutboundState.RECALLED: DeliveryState.WITHDRAWN,
    OutboundState.FAILED: DeliveryState.FAILED,
}
WRITTEN_OFF = "uncertain"
EXPIRED = "expired"


@dataclass(frozen=True)
class Seen:
    """A delivery and what its messages say."""

    delivery: NoticeDelivery
    notice: CandidateNotice
    state: str
    reason: str
    stuck: bool
    """It has waited long, and not because the candidate has to write first."""
    lost: bool
    """It failed, or has waited so long that nobody counts on it."""


def watch(session: Session, *, at: datetime, policy: Policy) -> Sequence[ChannelOutage]:
    """Look what became of all notices under way, and go on where they failed; returns outages that began.

    A channel on which several are stuck is out: what is on it goes over the next one at once.
    """
    _note_signs_of_life(session, at)
    seen = _look(session, at, policy)
    for one in seen:
        if one.delivery.state != one.state or one.delivery.reason != one.reason:
            one.delivery.state, one.delivery.reason = one.state, one.reason[:100]
            one.delivery.changed_at = at
    session.flush()
    begun = _note_outages(session, seen, at, policy)
    for one in seen:
        _go_on(session, one, at, policy)
    session.flush()
    return begun


def read(session: Session, *, person: Candidate, notice_id: int, at: datetime) -> bool:
    """The person tapped the notice; False if it is not theirs."""
    notice = session.get(CandidateNotice, notice_id)
    rows = {person.id, person.merged_into_id}
    if notice is None or notice.person_id not in rows:
        return False
    _note_read(session, [notice.id], at)
    return True


def opened(session: Session, *, application: Application, about: str, at: datetime) -> int:
    """Somebody looked at what notices are about, by a link or in 我的流程: those are read; how many.

    `about` is what their events begin with, such as `stage:12`. A notice that has not left is not read.
    """
    found = session.scalars(
        select(CandidateNotice.id).where(
            CandidateNotice.application_id == application.id,
            CandidateNotice.event.startswith(f"{about}:", autoescape=True),
            CandidateNotice.state == NoticeState.SENT,
            CandidateNotice.read_at.is_(None),
        )
    ).all()
    _note_read(session, found, at)
    return len(found)


def _note_signs_of_life(session: Session, at: datetime) -> None:
    """Who has written or tapped since the service account spoke has seen it (contradiction 5)."""
    follower = aliased(Candidate)
    came = exists().where(
        or_(follower.id == CandidateNotice.person_id, follower.merged_into_id == CandidateNotice.person_id),
        InboundMessage.account == Channel.OFFICIAL,
        InboundMessage.sender == follower.openid,
        InboundMessage.received_at > NoticeDelivery.posted_at,
        InboundMessage.received_at <= at,
        InboundMessage.event.not_in(("unsubscribe", "templatesendjobfinish")),
    )
    found = session.scalars(
        select(CandidateNotice.id)
        .join(NoticeDelivery, NoticeDelivery.notice_id == CandidateNotice.id)
        .where(
            NoticeDelivery.channel == Channel.OFFICIAL,
            NoticeDelivery.state.in_(WATCHED),
            NoticeDelivery.watched_until > at,
            CandidateNotice.read_at.is_(None),
            came,
        )
    ).all()
    _note_read(session, found, at)


def _note_read(session: Session, ids: Sequence[int], at: datetime) -> None:
    if not ids:
        return
    session.execute(
        update(CandidateNotice)
        .where(CandidateNotice.id.in_(ids), CandidateNotice.read_at.is_(None))
        .values(read_at=at)
    )
    session.execute(
        update(NoticeDelivery)
        .where(
            NoticeDelivery.notice_id.in_(ids),
            NoticeDelivery.channel == Channel.OFFICIAL,
            NoticeDelivery.state.in_(WATCHED),
        )
        .values(state=DeliveryState.READ, changed_at=at)
    )
    for notice in session.scalars(select(CandidateNotice).where(CandidateNotice.id.in_(ids))):
        close_by_itself(session, notice, FollowUpKind.UNREACHED, at=at)


def _look(session: Session, at: datetime, policy: Policy) -> Sequence[Seen]:
    """Every delivery of which more may be learnt, with what its messages say now."""
    rows = session.execute(
        select(
            NoticeDelivery,
            CandidateNotice,
            OutboundMessage.state,
            OutboundMessage.error,
            OutboundMessage.held_reason,
            OutboundMessage.claimed_at,
        )
        .join(CandidateNotice, CandidateNotice.id == NoticeDelivery.notice_id)
        .outerjoin(OutboundMessage, OutboundMessage.about == NoticeDelivery.about)
        .where(NoticeDelivery.state.in_(WATCHED), NoticeDelivery.watched_until > at)
        .order_by(NoticeDelivery.id)
    ).all()
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row[0].id, []).append(row)
    return [_seen(group, at, policy) for group in grouped.values()]


def _seen(group: Sequence[Any], at: datetime, policy: Policy) -> Seen:
    delivery, notice = group[0][0], group[0][1]
    numbers = policy.notices
    states, reasons = [], []
    for _, _, state, error, held, claimed_at in group:
        if state is None:  # its message is forgotten: nothing more is learnt
            states.append(delivery.state)
            continue
        became = _AS_DELIVERY[OutboundState(state)]
        why = _code(error)
        if state == OutboundState.UNCERTAIN and at - claimed_at >= timedelta(minutes=numbers.receipt_minutes):
            became, why = DeliveryState.FAILED, WRITTEN_OFF
        elif became is DeliveryState.WITHDRAWN and why == EXPIRED:
            became = DeliveryState.FAILED
        if held == HeldReason.NO_WINDOW and became is DeliveryState.QUEUED:
            why = str(held)
        states.append(str(became))
        reasons.append(why)
    state = together(states)
    reason = next((why for why in reasons if why), "") if state in ("failed", "queued") else ""
    waits = at - delivery.posted_at >= timedelta(minutes=numbers.stuck_minutes)
    stuck = state == DeliveryState.QUEUED and waits and HeldReason.NO_WINDOW not in reasons
    given_up = at - delivery.posted_at >= timedelta(minutes=numbers.receipt_minutes)
    lost = state == DeliveryState.FAILED or (stuck and given_up)
    return Seen(delivery, notice, state, reason, stuck, lost)


def _code(error: str | None) -> str:
    """The code at the beginning of what a channel said."""
    return (error or "").split(" ", 1)[0]


def _go_on(session: Session, seen: Seen, at: datetime, policy: Policy) -> None:
    """Where a delivery failed, the next channel; after the last one a human."""
    notice, channel = seen.notice, seen.delivery.channel
    if notice.read_at is not None or notice.state != NoticeState.SENT or not stands(session, notice):
        return
    if channel == Channel.OFFICIAL and (seen.lost or seen.stuck):
        text_to(session, notice, at=at, policy=policy)
    elif channel == Channel.SMS and seen.lost:
        failed = session.execute(
            select(NoticeDelivery.channel, NoticeDelivery.reason).where(
                NoticeDelivery.notice_id == notice.id, NoticeDelivery.state == DeliveryState.FAILED
            )
        )
        reasons = {str(channel): seen.reason or "stuck"} | dict(failed.all())
        open_item(session, notice, FollowUpKind.UNREACHED, {"reasons": reasons}, at=at)
    elif channel == Channel.SMS and seen.state == DeliveryState.DELIVERED:
        close_by_itself(session, notice, FollowUpKind.UNREACHED, at=at)


def _note_outages(
    session: Session, seen: Sequence[Seen], at: datetime, policy: Policy
) -> Sequence[ChannelOutage]:
    """Begin an outage where several notices are stuck, end it where none is; returns those begun."""
    stuck: dict[str, int] = {}
    for one in seen:
        stuck[one.delivery.channel] = stuck.get(one.delivery.channel, 0) + one.stuck
    begun: list[ChannelOutage] = []
    for outage in session.scalars(select(ChannelOutage).where(ChannelOutage.ended_at.is_(None))):
        if not stuck.get(outage.channel):
            outage.ended_at = at
    session.flush()
    for channel, count in stuck.items():
        if count >= policy.notices.stuck_notices:
            row = {"channel": channel, "began_at": at, "ended_at": None}
            if insert_once(session, ChannelOutage, row):
                begun += session.scalars(
                    select(ChannelOutage).where(
                        ChannelOutage.channel == channel, ChannelOutage.ended_at.is_(None)
                    )
                ).all()
    return begun
