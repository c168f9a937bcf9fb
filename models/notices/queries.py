"""Reads about notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import candidates, staff
from models.candidates import Application
from models.notices.planning import told_of
from models.notices.sending import title_of, words_of
from models.notices.tables import (
    CandidateNotice,
    DeliveryState,
    FollowUpItem,
    FollowUpKind,
    NoticeDelivery,
    NoticeState,
)
from models.policy import Policy
from models.staff import Candidate, Employee

MOST_SHOWN = 15
REACHED = (DeliveryState.READ, DeliveryState.DELIVERED, DeliveryState.ACCEPTED)


@dataclass(frozen=True)
class Told:
    """A notice as the person reads it in the message centre."""

    notice: CandidateNotice
    title: str
    words: str
    at: datetime


@dataclass(frozen=True)
class Record:
    """A notice and what became of it."""

    notice: CandidateNotice
    person: Candidate
    title: str
    deliveries: Mapping[str, str]
    """Channel → state."""


@dataclass(frozen=True)
class Progress:
    """Notices of the last days within reach."""

    days: int
    states: Mapping[tuple[str, str], int]
    """(channel, state) → how many."""
    notices: int
    read: int
    unread: int
    """Arrived as far as anybody knows, without a sign of life."""
    waiting: int
    """Blocked, to be reviewed, or planned for later."""
    unreached: Sequence[Record]
    unreached_count: int


def delivery_failed(session: Session, *, person: Candidate, event: str) -> bool:
    """Whether a notice of this event was to be given and did not arrive.

    Then nobody's silence is held against them (requirements, contradictions 1 and 2).
    """
    notice = told_of(session, candidates.root_of(session, person), event)
    if notice is None or notice.read_at is not None:
        return False
    states = session.scalars(select(NoticeDelivery.state).where(NoticeDelivery.notice_id == notice.id)).all()
    return not any(state in REACHED for state in states)


def was_reached(session: Session, *, person: Candidate, event: str) -> bool:
    """Whether somebody knows of a notice by now: it arrived, they gave a sign of life, or HR rang them."""
    notice = told_of(session, candidates.root_of(session, person), event)
    if notice is None:
        return False
    spoken = select(FollowUpItem.id).where(
        FollowUpItem.notice_id == notice.id,
        FollowUpItem.kind == FollowUpKind.UNREACHED,
        FollowUpItem.closed_by_id.is_not(None),
    )
    return not delivery_failed(session, person=person, event=event) or session.scalar(spoken) is not None


def deliveries_of(session: Session, *, person: Candidate, event: str) -> Mapping[str, str]:
    """Channel → state of the notice of this event; empty if there is none."""
    notice = told_of(session, candidates.root_of(session, person), event)
    return _deliveries(session, notice) if notice else {}


def messages_of(session: Session, *, person: Candidate, policy: Policy, limit: int = 10) -> Sequence[Told]:
    """What somebody was told, newest first (S0-44)."""
    rows = [row.id for row in candidates.rows_of(session, candidates.root_of(session, person))]
    found = session.scalars(
        select(CandidateNotice)
        .where(CandidateNotice.person_id.in_(rows), CandidateNotice.state == NoticeState.SENT)
        .order_by(CandidateNotice.due_at.desc(), CandidateNotice.id.desc())
        .limit(limit)
    ).all()
    told = [Told(one, title_of(one, policy), words_of(session, one), one.due_at) for one in found]
    return [one for one in told if one.words]


def progress(session: Session, *, actor: Employee, at: datetime, policy: Policy) -> Progress:
    """How far the notices of the last days within reach have come (S1-16).

    Raises:
        NotPermitted: the actor sends no notices.
    """
    allowed = staff.require(actor, "notices.send", policy.rights)
    within = [CandidateNotice.created_at >= at - timedelta(days=policy.notices.progress_days)]
    if not allowed.everything:
        mine = select(Application.id).where(staff.unit_in_reach(allowed, Application.unit_id))
        within.append(CandidateNotice.application_id.in_(mine))
    counts = session.execute(
        select(CandidateNotice.state, CandidateNotice.read_at.is_not(None), func.count())
        .where(*within)
        .group_by(CandidateNotice.state, CandidateNotice.read_at.is_not(None))
    ).all()
    by_channel = session.execute(
        select(NoticeDelivery.channel, NoticeDelivery.state, func.count())
        .join(CandidateNotice, CandidateNotice.id == NoticeDelivery.notice_id)
        .where(*within)
        .group_by(NoticeDelivery.channel, NoticeDelivery.state)
    ).all()
    reached = select(NoticeDelivery.notice_id).where(NoticeDelivery.state.in_(REACHED))
    lost = (
        select(CandidateNotice)
        .where(
            *within,
            CandidateNotice.state == NoticeState.SENT,
            CandidateNotice.read_at.is_(None),
            CandidateNotice.id.not_in(reached),
        )
        .order_by(CandidateNotice.due_at, CandidateNotice.id)
    )
    found = session.scalars(lost).all()
    unread = sum(count for state, was_read, count in counts if state == NoticeState.SENT and not was_read)
    return Progress(
        policy.notices.progress_days,
        {(channel, state): count for channel, state, count in by_channel},
        sum(count for _, _, count in counts),
        sum(count for _, was_read, count in counts if was_read),
        unread - len(found),
        sum(count for state, _, count in counts if state in ("blocked", "review", "planned")),
        [
            Record(
                one,
                session.get_one(Candidate, one.person_id),
                title_of(one, policy),
                _deliveries(session, one),
            )
            for one in found[:MOST_SHOWN]
        ],
        len(found),
    )


def record_of(
    session: Session, *, person: Candidate, policy: Policy, limit: int = MOST_SHOWN, about: str = ""
) -> Sequence[Record]:
    """The newest notices to somebody, of the events that begin with `about`, and what became of each."""
    rows = [row.id for row in candidates.rows_of(session, candidates.root_of(session, person))]
    found = session.scalars(
        select(CandidateNotice)
        .where(CandidateNotice.person_id.in_(rows))
        .where(CandidateNotice.event.startswith(about, autoescape=True))
        .order_by(CandidateNotice.id.desc())
        .limit(limit)
    ).all()
    return [Record(one, person, title_of(one, policy), _deliveries(session, one)) for one in found]


def _deliveries(session: Session, notice: CandidateNotice) -> Mapping[str, str]:
    rows = session.execute(
        select(NoticeDelivery.channel, NoticeDelivery.state)
        .where(NoticeDelivery.notice_id == notice.id)
        .order_by(NoticeDelivery.id)
    )
    return dict(rows.all())


@dataclass(frozen=True)
class Figures:
    """What the metrics tell."""

    notices: Mapping[str, int]
    """State → how many, of those made since then."""
    deliveries: Mapping[tuple[str, str], int]
    repeats: int
    """How often the same event was not told a second time."""
    open_items: Mapping[str, int]
    """Kind → how many."""


def figures(session: Session, *, since: datetime) -> Figures:
    """Counts over all notices made since then."""
    notices = session.execute(
        select(CandidateNotice.state, func.count())
        .where(CandidateNotice.created_at >= since)
        .group_by(CandidateNotice.state)
    ).all()
    deliveries = session.execute(
        select(NoticeDelivery.channel, NoticeDelivery.state, func.count())
        .where(NoticeDelivery.posted_at >= since)
        .group_by(NoticeDelivery.channel, NoticeDelivery.state)
    ).all()
    repeats = session.scalar(
        select(func.sum(CandidateNotice.repeats)).where(CandidateNotice.created_at >= since)
    )
    items = session.execute(
        select(FollowUpItem.kind, func.count())
        .where(FollowUpItem.closed_at.is_(None))
        .group_by(FollowUpItem.kind)
    ).all()
    return Figures(
        dict(notices),
        {(channel, state): count for channel, state, count in deliveries},
        int(repeats or 0),
        dict(items),
    )
