"""Notices that have not left within the target (S1-02): whoever leads HR hears of each once."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.notices.items import open_item
from models.notices.planning import REMINDER
from models.notices.rules import waited
from models.notices.sending import stands
from models.notices.tables import CandidateNotice, FollowUpItem, FollowUpKind, NoticeState
from models.policy import Policy

NOT_LEFT = (NoticeState.BLOCKED, NoticeState.REVIEW, NoticeState.PLANNED)
LOOK_BACK = timedelta(days=7)


def note_late(session: Session, *, at: datetime, policy: Policy) -> None:
    """Open an item for what should have left by now, and close those of what has left meanwhile."""
    numbers = policy.notices
    target = timedelta(minutes=numbers.target_minutes)
    found = session.scalars(
        select(CandidateNotice)
        .where(
            CandidateNotice.created_at > at - LOOK_BACK,
            CandidateNotice.created_at <= at - target,
            CandidateNotice.due_at <= at - target,
            CandidateNotice.state.in_(NOT_LEFT),
            CandidateNotice.template != REMINDER,
            CandidateNotice.until > at,
        )
        .order_by(CandidateNotice.id)
    ).all()
    for notice in found:
        span = waited(notice.created_at, at, notice.until, numbers.quiet_begins, numbers.quiet_ends)
        if span > target and stands(session, notice):
            details = {"state": str(notice.state), "minutes": numbers.target_minutes}
            open_item(session, notice, FollowUpKind.LATE, details, at=at)
    left = select(CandidateNotice.id).where(CandidateNotice.state.not_in(NOT_LEFT))
    session.execute(
        update(FollowUpItem)
        .where(
            FollowUpItem.kind == FollowUpKind.LATE,
            FollowUpItem.closed_at.is_(None),
            FollowUpItem.notice_id.in_(left),
        )
        .values(closed_at=at)
    )
