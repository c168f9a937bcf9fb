"""What candidates write after a notice: tied to the newest one, and classified by phrases (S1-14, S1-44)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import in_chunks, insert_once
from models.candidates import root_of, rows_of
from models.messaging import Channel, InboundMessage, Outcome
from models.notices.rules import OTHER, classify
from models.notices.tables import CandidateNotice, DeliveryState, NoticeDelivery, NoticeReply
from models.policy import Policy
from models.staff import Candidate

LOOK_BACK = timedelta(days=1)
OVERLAP = timedelta(minutes=5)
"""A message may be entered a little after its time."""
READ = (Outcome.ANSWERED, Outcome.REFUSED, Outcome.MISUNDERSTOOD, Outcome.KEPT)


def note_replies(session: Session, *, at: datetime, policy: Policy) -> None:
    """Enter the replies that came since the last look; each message once.

    Taps on menus and bare numbers are no replies, and a command only where a phrase says more.
    """
    newest = session.scalar(select(func.max(NoticeReply.at)))
    since = max(newest - OVERLAP, at - LOOK_BACK) if newest is not None else at - LOOK_BACK
    messages = session.scalars(
        select(InboundMessage)
        .outerjoin(NoticeReply, NoticeReply.message == InboundMessage.key)
        .where(
            InboundMessage.account == Channel.OFFICIAL,
            InboundMessage.kind == "text",
            InboundMessage.received_at > since,
            InboundMessage.received_at <= at,
            InboundMessage.outcome.in_(READ),
            NoticeReply.id.is_(None),
        )
        .order_by(InboundMessage.received_at, InboundMessage.key)
    ).all()
    told = _told(session, {message.sender for message in messages}, since)
    for message in messages:
        before = [id_ for posted_at, id_ in told.get(message.sender, ()) if posted_at < message.received_at]
        words = str(message.fields.get("Content", "")).strip()
        if not before or not words or words.isdecimal():
            continue
        kind, hits = classify(words, policy.notices.replies)
        if kind == OTHER and message.outcome == Outcome.ANSWERED:
            continue
        row = {
            "notice_id": before[-1],
            "message": message.key,
            "kind": kind,
            "hits": list(hits),
            "at": message.received_at,
        }
        insert_once(session, NoticeReply, row)


def _told(
    session: Session, senders: Collection[str], since: datetime
) -> Mapping[str, Sequence[tuple[datetime, int]]]:
    """OpenID → (when it was handed over, notice) of what is still looked at, in this order."""
    rows: dict[int, str] = {}
    found: dict[str, list[tuple[datetime, int]]] = {}
    for some in in_chunks(senders):
        for person in session.scalars(select(Candidate).where(Candidate.openid.in_(some))):
            rows[root_of(session, person).id] = rows[person.id] = person.openid or ""
    for ids in in_chunks(rows):
        notices = session.execute(
            select(CandidateNotice.person_id, NoticeDelivery.posted_at, CandidateNotice.id)
            .join(NoticeDelivery, NoticeDelivery.notice_id == CandidateNotice.id)
            .where(CandidateNotice.person_id.in_(ids), NoticeDelivery.watched_until > since)
        )
        for person_id, posted_at, id_ in notices:
            found.setdefault(rows[person_id], []).append((posted_at, id_))
    return {openid: sorted(told) for openid, told in found.items()}


def newest_told(session: Session, *, person: Candidate, at: datetime) -> CandidateNotice | None:
    """The notice that words of somebody belong to: the newest that was handed over and is still looked at."""
    rows = [row.id for row in rows_of(session, root_of(session, person))]
    return session.scalars(
        select(CandidateNotice)
        .join(NoticeDelivery, NoticeDelivery.notice_id == CandidateNotice.id)
        .where(
            CandidateNotice.person_id.in_(rows),
            NoticeDelivery.posted_at <= at,
            NoticeDelivery.watched_until > at,
            NoticeDelivery.state.not_in((DeliveryState.WITHDRAWN, DeliveryState.FAILED)),
        )
        .order_by(NoticeDelivery.posted_at.desc(), CandidateNotice.id.desc())
        .limit(1)
    ).first()


def keep_reply(
    session: Session, *, notice: CandidateNotice, message: str, words: str, at: datetime, policy: Policy
) -> str:
    """Keep what somebody writes as the reply to a notice, once for each message; its kind (S1-35)."""
    kind, hits = classify(words, policy.notices.replies)
    row = {"notice_id": notice.id, "message": message, "kind": kind, "hits": list(hits), "at": at}
    insert_once(session, NoticeReply, row)
    return kind


def replies_of(session: Session, notices: Sequence[CandidateNotice]) -> Sequence[NoticeReply]:
    """What came back after notices, the oldest first."""
    ids = [one.id for one in notices]
    return session.scalars(
        select(NoticeReply).where(NoticeReply.notice_id.in_(ids)).order_by(NoticeReply.id)
    ).all()
