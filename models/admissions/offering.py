"""What HR does about offers, and what time does: made, taken back, over (S2-09)."""

from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models import audit, candidates, lifecycle, recruiting, secrecy, staff
from models.admissions.chain import has_passed
from models.admissions.errors import (
    CannotBeReached,
    NeedUnanswered,
    NoOffer,
    NotPassedYet,
    OfferElsewhere,
    OfferSettled,
    OfferStands,
    OfferUnfinished,
    UnknownRole,
)
from models.admissions.offers import OfferView, Terms, active_offer, end, offer_view, record
from models.admissions.tables import ACTIVE, ChainState, HiringChain, Offer, OfferState
from models.candidates import Application, ApplicationState
from models.policy import Policy
from models.staff import Candidate, Employee, Role

ADMIT = "candidates.admit"
"""The right that an offer takes."""


def check_offer(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    terms: Terms,
    at: datetime,
    policy: Policy,
    reason: str = "",
) -> tuple[Terms, Role]:
    """The terms with what is known filled in; refuses what `make_offer` would, for a preview.

    Raises:
        DomainError: as `candidates.check_admission`.
        NotPassedYet, NeedUnanswered, CannotBeReached, OfferStands, OfferElsewhere: as named.
        OfferUnfinished, UnknownRole, InThePast: as named.
    """
    decided = candidates.check_admission(
        session, actor=actor, application_id=application_id, policy=policy, reason=reason
    )
    application, person = decided.application, candidates.root_of(session, decided.person)
    process = recruiting.process_of(session, application_id, policy=policy)
    if not has_passed(process):
        raise NotPassedYet(name=person.name)
    chain = session.get(HiringChain, application_id)
    if chain is not None and chain.state not in (ChainState.PREPARING, ChainState.ENDED):
        raise NeedUnanswered(state=str(chain.state), name=person.name)
    if candidates.wechat_of(session, person) is None:
        raise CannotBeReached(name=person.name)
    active = active_offer(session, person)
    if active is not None and active.application_id == application_id:
        raise OfferStands(name=person.name)
    if active is not None:
        head_office = staff.reach(actor, ADMIT, policy.rights).everything
        if not (head_office and reason.strip()):
            raise OfferElsewhere(name=person.name, may_override=head_office)
    if not terms.pay.strip():
        raise OfferUnfinished(name=person.name)
    start_on = terms.start_on or (chain.start_on if chain is not None else None) or at.date()
    if start_on < at.date():
        raise lifecycle.InThePast(at=start_on)
    numbers = policy.admissions
    role = _role(terms.role or application.job, policy)
    if role is None:
        names = [
            policy.rights.roles[one].name
            for one in policy.rights.roles
            if one not in (*policy.people.powerful_roles, Role.CANDIDATE)
        ]
        raise UnknownRole(job=application.job, roles=names)
    full = Terms(
        terms.pay.strip(),
        terms.benefits.strip() or numbers.benefits,
        terms.documents.strip() or numbers.documents,
        start_on,
        role.value,
    )
    return full, role


def _role(asked: str, policy: Policy) -> Role | None:
    """The role of this name, or whose name is part of the job; none with power over others."""
    names = {
        Role(code): one.name
        for code, one in policy.rights.roles.items()
        if code not in policy.people.powerful_roles and code != Role.CANDIDATE
    }
    exact = [role for role, name in names.items() if asked in (name, role.value)]
    within = sorted((-len(name), role) for role, name in names.items() if name in asked)
    return exact[0] if exact else (within[0][1] if within else None)


def make_offer(
    session: Session,
    *,
    actor: Employee,
    application_id: int,
    terms: Terms,
    at: datetime,
    policy: Policy,
    reason: str = "",
) -> OfferView:
    """Offer somebody a job; one active offer a person, but for what the head office gives a reason for.

    Raises:
        DomainError: as `check_offer`.
    """
    recruiting.process_of(session, application_id, policy=policy, lock=True)
    full, role = check_offer(
        session,
        actor=actor,
        application_id=application_id,
        terms=terms,
        at=at,
        policy=policy,
        reason=reason,
    )
    application = session.get_one(Application, application_id)
    person = recruiting.person_of(session, application)
    expire_person(session, person, at=at)
    active = active_offer(session, person)
    assert full.start_on is not None
    unit = recruiting.unit_of(session, application)
    text = written(full, job=application.job, unit=unit.name, day=full.start_on, policy=policy)
    offer = Offer(
        application_id=application_id,
        person_id=person.id,
        role=role,
        start_on=full.start_on,
        words=secrecy.seal(session, recruiting.sealed_under(application), text),
        state=OfferState.OPEN,
        made_by=actor.subject,
        made_at=at,
        expires_at=at + timedelta(days=policy.admissions.offer_days),
        overrides=active is not None or candidates.is_admitted_elsewhere(session, application),
    )
    session.add(offer)
    session.flush()
    record(session, offer, "recruiting.offer", at, actor.subject, {"overrides": offer.overrides}, reason)
    return offer_view(session, offer)


def written(terms: Terms, *, job: str, unit: str, day: date, policy: Policy) -> str:
    """What an offer says, line by line: the words that somebody accepts."""
    values = {
        "job": f"{unit} {job}",
        "pay": terms.pay,
        "benefits": terms.benefits,
        "start": f"{day:%Y-%m-%d}",
        "documents": terms.documents,
    }
    return "\n".join(
        f"{name}：{' '.join(values[code].split())}" for code, name in policy.admissions.lines.items()
    )


def withdraw_offer(
    session: Session, *, actor: Employee, application_id: int, reason: str, at: datetime, policy: Policy
) -> OfferView:
    """HR takes an offer back that was not accepted, or whose admission was undone, and says why.

    Raises:
        NotPermitted, OutOfReach: the actor may not, or not in this unit.
        NoOffer: there is none to take back. OfferSettled: it was accepted. SaysNoReason: as named.
    """
    application = session.get(Application, application_id)
    if application is None:
        raise NoOffer()
    staff.require_for_unit(session, actor=actor, action=ADMIT, unit_id=application.unit_id, policy=policy)
    offer = session.scalars(
        select(Offer)
        .where(Offer.application_id == application_id, Offer.state.in_(ACTIVE))
        .order_by(Offer.id.desc())
        .with_for_update()
    ).first()
    if offer is None:
        raise NoOffer()
    if not reason.strip():
        raise recruiting.SaysNoReason()
    if offer.state == OfferState.ACCEPTED and application.state != ApplicationState.OPEN:
        raise OfferSettled(state=str(offer.state))
    view = end(session, offer, OfferState.WITHDRAWN, reason, at)
    record(session, offer, "recruiting.withdraw_offer", at, actor.subject, {}, reason)
    return view


def end_offers(session: Session, *, at: datetime) -> list[OfferView]:
    """Offers whose time is over, or whose application ended otherwise, count no longer; the ended ones."""
    other = Application.__table__.alias("other")
    elsewhere = exists().where(
        other.c.person_id == Application.person_id,
        other.c.id != Application.id,
        other.c.state == ApplicationState.ADMITTED,
    )
    found = session.execute(
        select(Offer, Application.state, elsewhere)
        .join(Application, Application.id == Offer.application_id)
        .where(
            Offer.state == OfferState.OPEN,
            (Offer.expires_at <= at)
            | (Application.state != ApplicationState.OPEN)
            | (elsewhere & Offer.overrides.is_(False)),
        )
        .order_by(Offer.id)
        .with_for_update(of=Offer, skip_locked=True)
    ).all()
    ended = []
    for offer, state, taken in found:
        over = state == ApplicationState.OPEN and not (taken and not offer.overrides)
        ended.append(end(session, offer, OfferState.EXPIRED if over else OfferState.WITHDRAWN, "", at))
        record(session, offer, "recruiting.end_offer", at, audit.SYSTEM, {"state": str(offer.state)})
    return ended


def expire_person(session: Session, person: Candidate, *, at: datetime) -> None:
    """An offer whose time is over makes room for a new one at once."""
    offer = active_offer(session, person)
    if offer is not None and offer.state == OfferState.OPEN and offer.expires_at <= at:
        offer.state, offer.answered_at = OfferState.EXPIRED, at
        session.flush()


def offers_to_remind(session: Session, *, at: datetime, policy: Policy) -> list[OfferView]:
    """Offers that are answered soon or not at all, each once; they are marked as such."""
    soon = at + timedelta(hours=policy.admissions.offer_remind_hours)
    found = session.scalars(
        select(Offer)
        .where(
            Offer.state == OfferState.OPEN,
            Offer.reminded_at.is_(None),
            Offer.expires_at <= soon,
            Offer.expires_at > at,
        )
        .order_by(Offer.id)
        .with_for_update(skip_locked=True)
    ).all()
    for offer in found:
        offer.reminded_at = at
    session.flush()
    return [offer_view(session, one) for one in found]
