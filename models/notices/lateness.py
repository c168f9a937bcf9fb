"""Notices that have not left within the target (S1-02): whoever leads HR hears of each once."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from models.notices.items import open_items
from models.notices.planning import REMINDER
from models.notices.rules import waited
from models.notices.sending import standing
from models.notices.tables import CandidateNotice, FollowUpItem, FollowUpKind, NoticeState
from models.policy import Policy

NOT_LEFT = (NoticeState.BLOCKED, NoticeState.REVIEW, NoticeState.PLANNED)
LOOK_BACK = timedelta(days=7)
MOST = 200
"""So many items are opened in one transaction; the next look finds the others."""


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
            ~exists().where(
                FollowUpItem.notice_id == CandidateNotice.id, FollowUpItem.kind == FollowUpKind.LATE
            ),
        )
        .order_by(CandidateNotice.id)
    ).all()
    late = [
        one
        for one in found
        if waited(one.created_at, at, one.until, numbers.quiet_begins, numbers.quiet_ends) > target
    ]
    causes = [
        (one, {"state": str(one.state), "minutes": numbers.target_minutes})
        for one in standing(session, late)[:MOST]
    ]
    open_items(session, causes, FollowUpKind.LATE, at=at)
    left = exists().where(
        CandidateNotice.id == FollowUpItem.notice_id, CandidateNotice.state.not_in(NOT_LEFT)
    )
    session.execute(
        update(FollowUpItem)
        .where(
            FollowUpItem.kind == FollowUpKind.LATE,
            FollowUpItem.closed_at.is_(None),
            left,
        )
        .values(closed_at=at)
    )
