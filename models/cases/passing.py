"""What is planned about a case goes to its new owner; what is due stays with whose it was."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from models import tally
from models.base import in_chunks, run
from models.cases.kinds import FOLLOW_UPS, FollowUpState
from models.cases.tables import FollowUp


def hand_follow_ups(session: Session, owners: Mapping[int, int], at: datetime) -> None:
    """What is planned about cases, and not due yet, is their new owner's (case → owner)."""
    handed = []
    for some in in_chunks(owners):
        planned = session.execute(
            select(FollowUp.id, FollowUp.case_id, FollowUp.owner_id, FollowUp.due_at).where(
                FollowUp.case_id.in_(some), FollowUp.state == FollowUpState.OPEN, FollowUp.due_at > at
            )
        )
        for id_, case_id, before, due_at in planned:
            tally.touch(session, FOLLOW_UPS, [(before, due_at), (owners[case_id], due_at)])
            handed.append({"follow_up": id_, "owner": owners[case_id]})
    if handed:
        run(session.connection(), _HAND, handed)


_HAND = (
    update(FollowUp)
    .where(FollowUp.id == bindparam("follow_up", required=True))
    .values(owner_id=bindparam("owner", required=True))
)
