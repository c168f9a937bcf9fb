"""What people hear in the morning of what the nights did about cases that nobody works."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.cases import AssignmentBatch, AssignmentCause, Case, Leading
from models.distribution.recycling import IDLE
from models.distribution.rungs import Rung
from models.distribution.tables import IdleDebtor

LATELY = timedelta(days=7)
"""For so long a step of the ladder needs no other reminder."""


@dataclass
class IdleNews:
    """What is still so: cases by who is to hear of it."""

    reminded: dict[int, list[int]] = field(default_factory=dict)
    """Owner → cases that will soon go to somebody else."""
    warned: dict[int, dict[int, list[int]]] = field(default_factory=dict)
    """Supervisor → owner → cases."""
    stuck: dict[int, list[int]] = field(default_factory=dict)
    """Supervisor → cases that nobody was free to take."""
    batches: Sequence[AssignmentBatch] = ()
    """What was given to others."""


def idle_news(session: Session, *, since: datetime, at: datetime) -> IdleNews:
    """What the nights since then did, as far as nobody has worked the cases meanwhile."""
    rows = session.execute(
        select(IdleDebtor.step, Case.id, Case.owner_id, Case.unit_id)
        .join(Case, Case.debtor_id == IdleDebtor.debtor_id)
        .where(
            IdleDebtor.stepped_at >= since,
            Case.closed_at.is_(None),
            Case.status.in_(IDLE),
            or_(Case.worked_at.is_(None), Case.worked_at <= IdleDebtor.since),
            or_(Case.retained_until.is_(None), Case.retained_until < at.date()),
        )
        .order_by(Case.id)
    ).all()
    news, leading = IdleNews(batches=_batches(session, since)), Leading(session, at)
    for step, number, owner_id, unit_id in rows:
        if step == Rung.REMIND:
            news.reminded.setdefault(owner_id, []).append(number)
            continue
        leader = leading.of(unit_id, but_for=owner_id)
        if leader is not None and step == Rung.WARN:
            news.warned.setdefault(leader.id, {}).setdefault(owner_id, []).append(number)
        elif leader is not None:
            news.stuck.setdefault(leader.id, []).append(number)
    return news


def _batches(session: Session, since: datetime) -> Sequence[AssignmentBatch]:
    made = select(AssignmentBatch).where(
        AssignmentBatch.cause == AssignmentCause.RECYCLE,
        AssignmentBatch.at >= since,
        AssignmentBatch.undone_at.is_(None),
    )
    return session.scalars(made.order_by(AssignmentBatch.id)).all()


def on_the_ladder(session: Session, *, at: datetime) -> frozenset[int]:
    """Debtors of whom the owners heard by the ladder lately: nothing else need remind them of these."""
    lately = IdleDebtor.stepped_at >= at - LATELY
    return frozenset(session.scalars(select(IdleDebtor.debtor_id).where(lately)))
