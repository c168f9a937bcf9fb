"""Whole placements go back to the creditor, or a kind of their cases: part by part, each part at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import secrecy
from models.cases.access import STEER
from models.cases.ending import give_back
from models.cases.errors import NothingPlaced
from models.cases.hearing import hear_reason
from models.cases.kinds import CaseStatus
from models.cases.overview import scope_of
from models.cases.ownership import take_households
from models.cases.queries import Filter, conditions
from models.cases.rules import Trigger
from models.cases.tables import Case, CaseEvent, Placement
from models.policy import Policy
from models.proposals import Proposal
from models.staff import Employee

RETURN_MORE = "case_return"
"""Kind of a due item: what is left of a placement that goes back; its subject is the proposal."""


@dataclass(frozen=True)
class Recall:
    """What would go back."""

    which: Filter
    """Within the actor's reach."""
    up_to: int
    """The highest number among them: what is imported later is not meant."""
    cases: int
    amount: int
    retained: int
    """How many of them somebody had asked to leave where they are."""
    people: int
    """How many people have them."""


def placements_numbered(session: Session, number: str) -> Sequence[int]:
    """The ids of the placements that a creditor calls so, in their order."""
    found = select(Placement.id).where(Placement.number == number.strip()).order_by(Placement.id)
    return session.scalars(found).all()


def numbers_of(session: Session, placement_ids: Sequence[int]) -> Sequence[str]:
    """What creditors call these placements, each name once."""
    found = select(Placement.number).where(Placement.id.in_(placement_ids)).order_by(Placement.id)
    return list(dict.fromkeys(session.scalars(found)))


def to_recall(
    session: Session, *, actor: Employee, which: Filter, named: str, at: datetime, policy: Policy
) -> Recall:
    """What would go back of what the actor means: open cases within their reach.

    Raises:
        NotPermitted: the actor does not steer cases; NothingPlaced: there are none such (facts: `named`).
    """
    within = scope_of(session, actor=actor, action=STEER, at=at, policy=policy).within(which)
    count, amount, last, people, retained = session.execute(
        select(
            func.count(),
            func.sum(Case.balance),
            func.max(Case.id),
            func.count(Case.owner_id.distinct()),
            func.count().filter(Case.retained_until >= at.date()),
        ).where(*conditions(within, at))
    ).one()
    if not which.placement_ids or not count:
        raise NothingPlaced(placement=named)
    return Recall(within, int(last), int(count), int(amount), int(retained), int(people))


def kept_reason(session: Session, *, actor: Employee, reason: str) -> str:
    """The reason of a recall for its proposal, sealed under the key of who gave it."""
    sealed = secrecy.seal(session, actor.subject, reason)
    return "" if sealed is None else sealed.hex()


def reason_kept(session: Session, *, actor: Employee, kept: str) -> str:
    """The words again."""
    return secrecy.open_text(session, actor.subject, bytes.fromhex(kept)) or "" if kept else ""


def begin_recall(
    session: Session, *, actor: Employee, proposal: Proposal, at: datetime, policy: Policy
) -> None:
    """What was previewed and confirmed begins; `recall_some` does it.

    Raises:
        NotPermitted, NothingPlaced: as `to_recall`, as things are now; ReasonMissing: there is none.
    """
    kept = proposal.arguments
    which = replace(Filter.from_json(kept["which"]), owner_ids=(), unit_ids=())
    now = to_recall(session, actor=actor, which=which, named=kept["named"], at=at, policy=policy)
    first = session.scalars(select(Case).where(*conditions(now.which, at)).order_by(Case.id).limit(1)).one()
    reason = reason_kept(session, actor=actor, kept=kept["reason"])
    heard = hear_reason(session, actor=actor, case=first, reason=reason, at=at, policy=policy)
    proposal.arguments = {
        **kept,
        "which": now.which.as_json(),
        "reason": kept_reason(session, actor=actor, reason=heard),
        "began": at.isoformat(),
    }
    session.flush()


def recall_some(
    session: Session, *, actor: Employee, proposal: Proposal, at: datetime, limit: int
) -> Sequence[int]:
    """Return so many of the cases, all of them or none; their numbers: fewer than the limit are the last."""
    kept = proposal.arguments
    which = Filter.from_json(kept["which"])
    numbers = session.scalars(
        select(Case.id).where(*conditions(which, at), Case.id <= kept["up_to"]).order_by(Case.id).limit(limit)
    ).all()
    if numbers:
        held = take_households(session, numbers)
        words = reason_kept(session, actor=actor, kept=kept["reason"])
        give_back(session, held, numbers, by=actor, at=at, words=words, proposal=proposal.id)
    return numbers


def recalled(session: Session, *, proposal: Proposal) -> Mapping[int, tuple[int, int]]:
    """Employee → how many of their cases went back, and what was owed in them, in fen; by id."""
    kept = proposal.arguments
    began = datetime.fromisoformat(kept["began"])
    rows = session.execute(
        select(Case.owner_id, func.count(), func.sum(Case.balance))
        .join(CaseEvent, CaseEvent.case_id == Case.id)
        .where(
            Case.placement_id.in_(Filter.from_json(kept["which"]).placement_ids),
            Case.status == CaseStatus.RETURNED,
            CaseEvent.kind == Trigger.RETURN,
            CaseEvent.by_id == proposal.employee_id,
            CaseEvent.at >= began,
        )
        .group_by(Case.owner_id)
        .order_by(Case.owner_id)
    )
    return {owner: (int(count), int(amount)) for owner, count, amount in rows}
