"""What became of notices: read from receipts, never assumed; and what follows (S1-16, S1-18, S1-52)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from models.base import in_chunks, insert_once
from models.candidates import Application
from models.messaging import Channel, HeldReason, InboundMessage, OutboundMessage, OutboundState
from models.notices.items import close_all, open_items, opened_of
from models.notices.rules import together
from models.notices.sending import gone_over, standing, text_all
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


GONE_ON_AT_ONCE = 200
"""For so many notices the next channel, or a human, is seen to in one transaction."""


@dataclass(frozen=True)
class Seen:
    """A delivery and what its messages say."""

    id: int
    notice_id: int
    channel: str
    state: str
    reason: str
    changed: bool
    """Whether that is not what the delivery says so far."""
    stuck: bool
    """It has waited long, and not because the candidate has to write first."""
    lost: bool
    """It failed, or has waited so long that nobody counts on it."""
    under_way: bool
    """Whether the person has not read the notice, and it is not stopped."""


@dataclass(frozen=True)
class Watched:
    """What a look at everything under way has found."""

    outages: Sequence[ChannelOutage]
    """Those that began."""
    more: bool
    """Whether notices are left that wait for their next channel: look again at once."""


def watch(session: Session, *, at: datetime, policy: Policy) -> Watched:
    """Look what became of all notices under way, and go on where they failed.

    A channel on which several are stuck is out: what is on it goes over the next one at once. What is looked
    at are the deliveries about which the outbox says something new, and those that wait; so many go on in
    one transaction, and those that do not get to it are found again by the next look.
    """
    _note_signs_of_life(session, at)
    seen = _look(session, at, policy)
    begun = _note_outages(session, seen, at, policy)
    going_on, left = _next(session, seen)
    now = {one.id for one in going_on}
    _enter(session, [one for one in seen if one.changed and (one.id in now or one.id not in left)], at)
    _go_on(session, going_on, at, policy)
    reached = [one for one in seen if one.changed and one.under_way]
    close_all(
        session,
        [
            one.notice_id
            for one in reached
            if one.channel == Channel.SMS and one.state == DeliveryState.DELIVERED
        ],
        FollowUpKind.UNREACHED,
        at=at,
    )
    session.flush()
    return Watched(begun, bool(left))


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


def _note_read(session: Session, notice_ids: Collection[int], at: datetime) -> None:
    for ids in in_chunks(notice_ids):
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
    close_all(session, notice_ids, FollowUpKind.UNREACHED, at=at)


def _look(session: Session, at: datetime, policy: Policy) -> Sequence[Seen]:
    """The deliveries that wait, and those of which a message says something else than they do."""
    said = aliased(OutboundMessage)
    news = exists().where(said.about == NoticeDelivery.about, said.state != NoticeDelivery.state)
    rows = session.execute(
        select(
            NoticeDelivery.id,
            NoticeDelivery.notice_id,
            NoticeDelivery.channel,
            NoticeDelivery.state,
            NoticeDelivery.reason,
            NoticeDelivery.posted_at,
            CandidateNotice.read_at.is_(None) & (CandidateNotice.state == NoticeState.SENT),
            OutboundMessage.state,
            OutboundMessage.error,
            OutboundMessage.held_reason,
            OutboundMessage.claimed_at,
        )
        .join(CandidateNotice, CandidateNotice.id == NoticeDelivery.notice_id)
        .outerjoin(OutboundMessage, OutboundMessage.about == NoticeDelivery.about)
        .where(
            NoticeDelivery.state.in_(WATCHED),
            NoticeDelivery.watched_until > at,
            or_(NoticeDelivery.state == DeliveryState.QUEUED, news),
        )
        .order_by(NoticeDelivery.id)
    ).all()
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    return [_seen(group, at, policy) for group in grouped.values()]


def _seen(group: Sequence[Any], at: datetime, policy: Policy) -> Seen:
    id_, notice_id, channel, was, why_was, posted_at, under_way, *_ = group[0]
    numbers = policy.notices
    states, reasons = [], []
    for *_, state, error, held, claimed_at in group:
        if state is None:  # its message is forgotten: nothing more is learnt
            states.append(was)
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
    reason = next((why for why in reasons if why), "")[:100] if state in ("failed", "queued") else ""
    waits = at - posted_at >= timedelta(minutes=numbers.stuck_minutes)
    stuck = state == DeliveryState.QUEUED and waits and HeldReason.NO_WINDOW not in reasons
    given_up = at - posted_at >= timedelta(minutes=numbers.receipt_minutes)
    lost = state == DeliveryState.FAILED or (stuck and given_up)
    changed = (state, reason) != (was, why_was)
    return Seen(id_, notice_id, channel, state, reason, changed, stuck, lost, bool(under_way))


def _code(error: str | None) -> str:
    """The code at the beginning of what a channel said."""
    return (error or "").split(" ", 1)[0]


def _next(session: Session, seen: Sequence[Seen]) -> tuple[Sequence[Seen], set[int]]:
    """(Deliveries whose notices go over the next channel or to a human now, the ids of those that wait.)"""
    failing = [one for one in seen if one.under_way and (one.lost or one.stuck)]
    spoken = [one for one in failing if one.channel == Channel.OFFICIAL]
    texts = [one for one in failing if one.channel == Channel.SMS and one.lost]
    texted = gone_over(session, [one.notice_id for one in spoken], Channel.SMS)
    known = opened_of(session, [one.notice_id for one in texts], FollowUpKind.UNREACHED)
    wanted = [one for one in spoken if one.notice_id not in texted]
    wanted += [one for one in texts if one.changed or one.notice_id not in known]
    standing_ = {one.id for one in standing(session, _notices(session, wanted))}
    wanted = [one for one in wanted if one.notice_id in standing_]
    return wanted[:GONE_ON_AT_ONCE], {one.id for one in wanted[GONE_ON_AT_ONCE:]}


def _notices(session: Session, seen: Sequence[Seen]) -> Sequence[CandidateNotice]:
    return [
        one
        for ids in in_chunks(one.notice_id for one in seen)
        for one in session.scalars(select(CandidateNotice).where(CandidateNotice.id.in_(ids)))
    ]


def _enter(session: Session, seen: Sequence[Seen], at: datetime) -> None:
    """Let the deliveries say what their messages do."""
    same: dict[tuple[str, str], list[int]] = {}
    for one in seen:
        same.setdefault((one.state, one.reason), []).append(one.id)
    for (state, reason), all_of_them in same.items():
        for ids in in_chunks(all_of_them):
            session.execute(
                update(NoticeDelivery)
                .where(NoticeDelivery.id.in_(ids))
                .values(state=state, reason=reason, changed_at=at)
            )


def _go_on(session: Session, seen: Sequence[Seen], at: datetime, policy: Policy) -> None:
    """Where a delivery failed, the next channel; after the last one a human."""
    notices = {one.id: one for one in _notices(session, seen)}
    spoken = {one.notice_id for one in seen if one.channel == Channel.OFFICIAL}
    text_all(session, [one for id_, one in notices.items() if id_ in spoken], at=at, policy=policy)
    failed = _failed(session, notices)
    lost = [
        (
            notices[one.notice_id],
            {"reasons": {one.channel: one.reason or "stuck", **failed.get(one.notice_id, {})}},
        )
        for one in seen
        if one.channel == Channel.SMS
    ]
    open_items(session, lost, FollowUpKind.UNREACHED, at=at)


def _failed(session: Session, notice_ids: Collection[int]) -> Mapping[int, Mapping[str, str]]:
    """Notice → the channels on which it failed, with the reasons."""
    found: dict[int, dict[str, str]] = {}
    for ids in in_chunks(notice_ids):
        rows = session.execute(
            select(NoticeDelivery.notice_id, NoticeDelivery.channel, NoticeDelivery.reason).where(
                NoticeDelivery.notice_id.in_(ids), NoticeDelivery.state == DeliveryState.FAILED
            )
        )
        for notice_id, channel, reason in rows:
            found.setdefault(notice_id, {})[channel] = reason
    return found


def _note_outages(
    session: Session, seen: Sequence[Seen], at: datetime, policy: Policy
) -> Sequence[ChannelOutage]:
    """Begin an outage where several notices are stuck, end it where none is; returns those begun."""
    stuck: dict[str, int] = {}
    for one in seen:
        stuck[one.channel] = stuck.get(one.channel, 0) + one.stuck
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
