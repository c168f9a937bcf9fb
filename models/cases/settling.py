"""Settlement offers: less than is owed, if it is paid by a day; who decides hangs on how much is waived."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import String, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from models import handover, staff
from models.cases.access import (
    WORK,
    record,
    require_case,
    require_open,
    seal_words,
    take,
)
from models.cases.errors import (
    AboveTier,
    AmountOutOfRange,
    DayOutOfRange,
    NobodyDecides,
    NoSuchOffer,
    OfferDecided,
    OfferOpen,
    WrongState,
)
from models.cases.hearing import hear_reason, heed_reason
from models.cases.kinds import OfferState, PaymentState
from models.cases.putting_back import put_back
from models.cases.rules import HALTED, offer_deadline, tiers_for
from models.cases.tables import Case, Payment, SettlementOffer
from models.cases.working import begin
from models.policy import Policy
from models.staff import Employee, Role

DECIDE = "settlements.decide"
"""The right to decide about waivers."""
WAITING = (OfferState.ASKED, OfferState.APPROVED)
_WAITING_WRITTEN_OUT = [literal_column(f"'{state}'", String) for state in WAITING]
"""As the index of open offers has it: SQLite uses that index for nothing else."""
MOST_DAYS = 31
"""An offer is good for so many days at most."""


def ask_settlement(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    pay_amount: int,
    pay_by: date,
    reason: str,
    at: datetime,
    policy: Policy,
) -> SettlementOffer:
    """Ask that the debtor be let off the rest, if `pay_amount` fen are paid by a day.

    It goes to the nearest who may decide about a waiver of that share and amount, and who is not the asker.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; CaseClosed: it has ended; WrongState: contact
        is stopped; OfferOpen: there is one; AmountOutOfRange: nothing, or not less than is owed;
        DayOutOfRange: the day has passed, or lies too far ahead; ReasonMissing: there is none; NobodyDecides:
        it is too much.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    require_open(case)
    if case.status in HALTED:
        raise WrongState(number=case.id, status=case.status)
    known = open_offer(session, case)
    if known is not None:
        raise OfferOpen(number=case.id, pay_amount=known.pay_amount, pay_by=known.pay_by)
    if not 0 < pay_amount < case.balance:
        raise AmountOutOfRange(number=case.id, most=case.balance - 1)
    first, last = at.date(), at.date() + timedelta(days=MOST_DAYS)
    if not first <= pay_by <= last:
        raise DayOutOfRange(number=case.id, first=first, last=last)
    reason = hear_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    waived = case.balance - pay_amount
    tier, decider = _decider(session, case, waived, actor, at, policy)
    begin(session, actor=actor, case=case, at=at)
    offer = SettlementOffer(
        case_id=case.id,
        pay_amount=pay_amount,
        waived_amount=waived,
        pay_by=pay_by,
        tier=tier,
        state=OfferState.ASKED,
        asked_at=at,
        asked_by_id=actor.id,
        decider_id=decider.id,
        words=seal_words(session, case, reason),
    )
    session.add(offer)
    session.flush()
    record(session, "cases.ask_settlement", case, actor, at, words=reason, offer=offer.id, waived=waived)
    heed_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    return offer


def _decider(
    session: Session, case: Case, waived: int, asker: Employee, at: datetime, policy: Policy
) -> tuple[str, Employee]:
    """The lowest tier that may decide, and the nearest of it who is here and is not the asker."""
    for tier in tiers_for(waived, case.balance, policy.cases.tiers):
        for person in handover.nearest(session, (Role(tier.role),), unit_id=case.unit_id, at=at):
            here = handover.stand_in(session, employee_id=person.id, at=at)
            stands_in = None if here is None else session.get(Employee, here)
            decider = stands_in or person
            if decider.id != asker.id:
                return tier.role, decider
    raise NobodyDecides(number=case.id)


def open_offer(session: Session, case: Case) -> SettlementOffer | None:
    """The offer that waits for a decision or for money."""
    return session.scalars(
        select(SettlementOffer)
        .where(SettlementOffer.case_id == case.id, SettlementOffer.state.in_(_WAITING_WRITTEN_OUT))
        .execution_options(populate_existing=True)
    ).one_or_none()


def paid_towards_offer(
    session: Session, offer: SettlementOffer, states: Collection[PaymentState], policy: Policy
) -> int:
    """The fen of the payments in these states, reported since the offer was made and paid in time.

    The reversal of a payment from before it takes nothing away from that.
    """
    reversed_one = aliased(Payment)
    return int(
        session.scalar(
            select(func.coalesce(func.sum(Payment.amount), 0))
            .outerjoin(reversed_one, reversed_one.id == Payment.reverses_id)
            .where(
                Payment.case_id == offer.case_id,
                Payment.state.in_(states),
                Payment.paid_on <= offer_deadline(offer.pay_by, policy.cases.grace_days),
                Payment.reported_at >= offer.asked_at,
                or_(reversed_one.id.is_(None), reversed_one.reported_at >= offer.asked_at),
            )
        )
        or 0
    )


def find_offer(
    session: Session, *, actor: Employee, offer_id: int, at: datetime, policy: Policy
) -> tuple[SettlementOffer, Case]:
    """An offer within the reach of who decides, with its case.

    Raises:
        NotPermitted: the actor decides about none; NoSuchOffer: there is none within reach.
    """
    allowed = staff.require(actor, DECIDE, policy.rights)
    offer = session.get(SettlementOffer, offer_id)
    case = None if offer is None else session.get_one(Case, offer.case_id)
    if offer is None or case is None:
        raise NoSuchOffer()
    asked = {actor.id, *handover.stands_in_for(session, employee_id=actor.id, at=at)}
    if offer.decider_id not in asked and not staff.covers_unit(session, allowed, case.unit_id):
        raise NoSuchOffer()
    return offer, case


def decide_settlement(
    session: Session,
    *,
    actor: Employee,
    offer: SettlementOffer,
    approved: bool,
    at: datetime,
    policy: Policy,
    reason: str = "",
) -> SettlementOffer:
    """Say yes or no to a settlement offer: who was asked, who stands in for them, or who is of a higher tier.

    Raises:
        NotPermitted, NoSuchOffer: as `find_offer`; OfferDecided: it was decided before; AboveTier: it takes
        somebody else; ReasonMissing: a refusal takes one; CaseClosed: the case has ended.
    """
    find_offer(session, actor=actor, offer_id=offer.id, at=at, policy=policy)
    case = session.get_one(Case, offer.case_id)
    take(session, case)
    session.refresh(offer)
    if offer.state != OfferState.ASKED:
        raise OfferDecided(number=case.id, state=offer.state)
    require_open(case)
    if actor.id == offer.asked_by_id or not _may_decide(session, actor, offer, at, policy):
        raise AboveTier(number=case.id)
    if reason.strip() or not approved:
        reason = hear_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    offer.state = OfferState.APPROVED if approved else OfferState.REFUSED
    offer.decided_at, offer.decided_by_id = at, actor.id
    session.flush()
    record(
        session,
        "cases.decide_settlement",
        case,
        actor,
        at,
        words=reason,
        offer=offer.id,
        state=str(offer.state),
    )
    heed_reason(session, actor=actor, case=case, reason=reason, at=at, policy=policy)
    return offer


def _may_decide(
    session: Session, actor: Employee, offer: SettlementOffer, at: datetime, policy: Policy
) -> bool:
    if actor.id == offer.decider_id:
        return True
    if offer.decider_id in handover.stands_in_for(session, employee_id=actor.id, at=at):
        return True
    order = [tier.role for tier in policy.cases.tiers]
    needed = order.index(offer.tier) if offer.tier in order else len(order)
    return any(post.role in order[needed:] for post in actor.posts)


def withdraw_settlement(
    session: Session, *, actor: Employee, case: Case, at: datetime, policy: Policy, undo: bool = False
) -> SettlementOffer:
    """Take an offer back; with `undo` everything is as it was before it was asked for (`put_back`).

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; NoSuchOffer: none is open.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    offer = open_offer(session, case)
    if offer is None:
        raise NoSuchOffer()
    offer.state = OfferState.WITHDRAWN
    session.flush()
    record(session, "cases.withdraw_settlement", case, actor, at, offer=offer.id)
    if undo:
        put_back(session, actor=actor, case=case, made_at=offer.asked_at, at=at)
    return offer


def expire_offers(
    session: Session, *, at: datetime, policy: Policy, limit: int = 500
) -> Sequence[SettlementOffer]:
    """Give up offers that were not paid by their day and its grace; returns them, not more than `limit`.

    One that is paid as soon as finance has confirmed what was reported is left until that is decided.
    """
    today = at.date()
    rows = session.execute(
        select(SettlementOffer.id, Case.id, SettlementOffer.pay_by)
        .join(Case, Case.id == SettlementOffer.case_id)
        .where(SettlementOffer.state.in_(_WAITING_WRITTEN_OUT), SettlementOffer.pay_by < today)
        .order_by(Case.debtor_id, Case.id)
    ).all()
    expired: list[SettlementOffer] = []
    for offer_id, number, pay_by in rows:
        if today <= offer_deadline(pay_by, policy.cases.grace_days):
            continue
        if len(expired) == limit:
            break
        offer, case = session.get_one(SettlementOffer, offer_id), session.get_one(Case, number)
        take(session, case)
        session.refresh(offer)
        if offer.state not in WAITING or _waits_for_finance(session, offer, policy):
            continue
        offer.state = OfferState.EXPIRED
        session.flush()
        record(session, "cases.expire_settlement", case, None, at, offer=offer.id)
        expired.append(offer)
    return expired


def _waits_for_finance(session: Session, offer: SettlementOffer, policy: Policy) -> bool:
    """Whether an approved offer is paid if finance confirms what was reported in time."""
    reported = paid_towards_offer(session, offer, (PaymentState.REPORTED,), policy)
    confirmed = paid_towards_offer(session, offer, (PaymentState.CONFIRMED,), policy)
    return offer.state == OfferState.APPROVED and reported > 0 and reported + confirmed >= offer.pay_amount
