"""What goes along when people go: cases by debtor, pools by unit, and settlement offers to decide.

Promises, planned follow-ups and words from customer service ride with their case.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from models import handover
from models.cases.kinds import OPEN, AssignmentCause, CaseStatus, OfferState
from models.cases.ownership import hand_on
from models.cases.tables import Case, SettlementOffer
from models.contact import Debtor
from models.handover import OwnedItem, Ownership
from models.staff import Unit

WORKED_ON = [str(status) for status in OPEN if status != CaseStatus.POOL]
_TAKEN = "cases.taken"
"""Where a session keeps whose debtors it has taken for a handover."""


def _debtors_of(session: Session, owner_id: int, _at: datetime) -> Sequence[OwnedItem]:
    """The debtors whose cases somebody works: one question of an index. All cases of one go together."""
    rows = session.execute(
        select(Case.debtor_id, Case.id, Case.unit_id, Case.next_at, Debtor.name_mask)
        .join(Debtor, Debtor.id == Case.debtor_id)
        .where(Case.live_owner_id == owner_id, Case.status.in_(WORKED_ON))
        .order_by(Case.debtor_id, Case.id)
    )
    found: dict[int, OwnedItem] = {}
    for debtor_id, number, unit_id, next_at, name in rows:
        known = found.get(debtor_id)
        numbers = [*([] if known is None else known.values["numbers"]), number]
        due = [at for at in (next_at, None if known is None else known.due_at) if at is not None]
        found[debtor_id] = OwnedItem(
            "case",
            debtor_id,
            {"numbers": numbers, "name": name},
            due_at=min(due, default=None),
            weight=len(numbers),
            unit_id=unit_id if known is None else known.unit_id,
        )
    return list(found.values())


def _cases_held(session: Session, owners: Collection[int], _at: datetime) -> Mapping[int, int]:
    """How many cases people work on."""
    rows = session.execute(
        select(Case.live_owner_id, func.count())
        .where(Case.live_owner_id.in_(owners), Case.status.in_(WORKED_ON))
        .group_by(Case.live_owner_id)
    )
    return {owner: count for owner, count in rows if owner is not None}


def _owner_of_debtor(session: Session, debtor_id: int, _at: datetime) -> int | None:
    return session.scalar(
        select(Case.live_owner_id)
        .where(Case.debtor_id == debtor_id, Case.status.in_(WORKED_ON))
        .order_by(Case.id)
        .limit(1)
    )


def _hand_debtor(session: Session, debtor_id: int, from_id: int, to_id: int, at: datetime) -> bool:
    _take_all_of(session, from_id)
    return _hand(session, [debtor_id], from_id, to_id, at)


def _take_all_of(session: Session, owner_id: int) -> None:
    """Take all debtors of somebody at once, in the order of their ids: items come in any order."""
    taken = session.info.setdefault(_TAKEN, set())
    if owner_id not in taken:
        session.flush()
        mine = select(Debtor.id).where(Debtor.owner_id == owner_id).order_by(Debtor.id)
        session.execute(mine.with_for_update()).all()
        taken.add(owner_id)


def _hand(session: Session, debtors: Collection[int], from_id: int, to_id: int, at: datetime) -> bool:
    cause = AssignmentCause.HANDOVER
    return hand_on(session, debtors=debtors, from_id=from_id, to_id=to_id, cause=cause, by=None, at=at) > 0


def _only_in_pool() -> ColumnElement[bool]:
    """Cases in a pool whose debtor has no other case that somebody works."""
    other = aliased(Case)
    worked = exists().where(other.debtor_id == Case.debtor_id, other.status.in_(WORKED_ON))
    return (Case.status == CaseStatus.POOL) & ~worked


def _pools_of(session: Session, owner_id: int, _at: datetime) -> Sequence[OwnedItem]:
    """The pools that somebody holds, by unit."""
    rows = session.execute(
        select(Case.unit_id, Unit.name, func.count())
        .join(Unit, Unit.id == Case.unit_id)
        .where(Case.live_owner_id == owner_id, _only_in_pool())
        .group_by(Case.unit_id, Unit.name)
        .order_by(Case.unit_id)
    )
    return [
        OwnedItem("case_pool", unit_id, {"unit": name, "cases": count}, unit_id=unit_id)
        for unit_id, name, count in rows
    ]


def _pools_held(session: Session, owners: Collection[int], _at: datetime) -> Mapping[int, int]:
    """How many pools people hold."""
    rows = session.execute(
        select(Case.live_owner_id, func.count(Case.unit_id.distinct()))
        .where(Case.live_owner_id.in_(owners), Case.status == CaseStatus.POOL)
        .group_by(Case.live_owner_id)
    )
    return {owner: count for owner, count in rows if owner is not None}


def _owner_of_pool(session: Session, unit_id: int, _at: datetime) -> int | None:
    """Who alone holds the pool of a unit; None if several do, or nobody."""
    pool = select(Case.live_owner_id).where(Case.unit_id == unit_id, Case.status == CaseStatus.POOL)
    owners = session.scalars(pool.distinct()).all()
    return owners[0] if len(owners) == 1 else None


def _hand_pool(session: Session, unit_id: int, from_id: int, to_id: int, at: datetime) -> bool:
    _take_all_of(session, from_id)
    debtors = session.scalars(
        select(Case.debtor_id)
        .where(Case.unit_id == unit_id, Case.live_owner_id == from_id, _only_in_pool())
        .distinct()
    ).all()
    return _hand(session, debtors, from_id, to_id, at)


def _offers_of(session: Session, owner_id: int, _at: datetime) -> Sequence[OwnedItem]:
    """The settlement offers that somebody is to decide."""
    rows = session.execute(
        select(SettlementOffer, Case.unit_id)
        .join(Case, Case.id == SettlementOffer.case_id)
        .where(SettlementOffer.decider_id == owner_id, SettlementOffer.state == OfferState.ASKED)
        .order_by(SettlementOffer.id)
    )
    return [
        OwnedItem("settlement", offer.id, {"number": offer.case_id}, unit_id=unit_id, skill=offer.tier)
        for offer, unit_id in rows
    ]


def _offers_held(session: Session, owners: Collection[int], _at: datetime) -> Mapping[int, int]:
    """How many settlement offers people are to decide."""
    rows = session.execute(
        select(SettlementOffer.decider_id, func.count())
        .where(SettlementOffer.decider_id.in_(owners), SettlementOffer.state == OfferState.ASKED)
        .group_by(SettlementOffer.decider_id)
    )
    return {row.decider_id: int(row[1]) for row in rows}


def _decider_of(session: Session, offer_id: int, _at: datetime) -> int | None:
    offer = session.get(SettlementOffer, offer_id, populate_existing=True)
    return offer.decider_id if offer is not None and offer.state == OfferState.ASKED else None


def _hand_offer(session: Session, offer_id: int, from_id: int, to_id: int, _at: datetime) -> bool:
    session.flush()
    handed = session.execute(
        update(SettlementOffer)
        .where(
            SettlementOffer.id == offer_id,
            SettlementOffer.decider_id == from_id,
            SettlementOffer.state == OfferState.ASKED,
        )
        .values(decider_id=to_id)
        .returning(SettlementOffer.id)
    )
    return handed.first() is not None


handover.register(Ownership("cases", _debtors_of, _owner_of_debtor, _hand_debtor, _cases_held))
handover.register(Ownership("case_pools", _pools_of, _owner_of_pool, _hand_pool, _pools_held))
handover.register(Ownership("settlements", _offers_of, _decider_of, _hand_offer, _offers_held))
