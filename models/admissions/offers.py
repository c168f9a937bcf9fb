"""Offers as they stand: what they say, to whom, and what became of them (S2-09)."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, candidates, recruiting, secrecy
from models.admissions.errors import OfferSettled
from models.admissions.tables import ACTIVE, Offer, OfferState
from models.base import in_chunks
from models.candidates import Application
from models.staff import Candidate, Employee, Unit

SEALED = ("pay", "benefits", "documents")


@dataclass(frozen=True)
class Terms:
    """What is offered; empty values are filled in from the policy and the chain."""

    pay: str = ""
    benefits: str = ""
    documents: str = ""
    start_on: date | None = None
    role: str = ""
    """The name of the role that the person will have here; of the job where it is the same."""


@dataclass(frozen=True)
class OfferView:
    """An offer with whom it is about and what it says."""

    offer: Offer
    application: Application
    person: Candidate
    unit: Unit
    text: str
    """Exactly what was offered, line by line."""
    why: str
    """Why it was declined or withdrawn."""


def active_offer(session: Session, person: Candidate) -> Offer | None:
    """The offer that a person has, open or accepted, under whatever row."""
    rows = [row.id for row in candidates.rows_of(session, person)]
    return session.scalars(
        select(Offer).where(Offer.person_id.in_(rows), Offer.state.in_(ACTIVE)).order_by(Offer.id.desc())
    ).first()


def require_open(offer: Offer, at: datetime) -> None:
    """Refuse what can be answered no more.

    Raises:
        OfferSettled: as named.
    """
    state = offer.state
    if state == OfferState.OPEN and offer.expires_at <= at:
        state = OfferState.EXPIRED
    if state != OfferState.OPEN:
        raise OfferSettled(state=str(state))


def end(session: Session, offer: Offer, state: OfferState, reason: str, at: datetime) -> OfferView:
    """An offer counts no longer."""
    application = session.get_one(Application, offer.application_id)
    offer.state, offer.answered_at = state, at
    if reason.strip():
        offer.why = secrecy.seal(session, recruiting.sealed_under(application), reason.strip())
    session.flush()
    return offer_view(session, offer)


def offer_view(session: Session, offer: Offer) -> OfferView:
    """An offer with everything about it."""
    application = session.get_one(Application, offer.application_id)
    under = recruiting.sealed_under(application)
    return OfferView(
        offer,
        application,
        recruiting.person_of(session, application),
        recruiting.unit_of(session, application),
        secrecy.open_text(session, under, offer.words) or "",
        secrecy.open_text(session, under, offer.why) or "",
    )


def offers_of(session: Session, application_id: int) -> Sequence[OfferView]:
    """The offers of an application, oldest first."""
    found = session.scalars(select(Offer).where(Offer.application_id == application_id).order_by(Offer.id))
    return [offer_view(session, one) for one in found.all()]


def maker_of(session: Session, offer: Offer) -> Employee | None:
    """Who of HR has made the offer."""
    kind, _, number = offer.made_by.partition(":")
    return session.get(Employee, int(number)) if kind == "employee" else None


def seal_terms(session: Session, person: Candidate, terms: Terms, reason: str) -> str:
    """Terms for a proposal, which holds nothing that can be read."""
    plain = {code: getattr(terms, code) for code in SEALED} | {
        "start_on": "" if terms.start_on is None else terms.start_on.isoformat(),
        "role": terms.role,
        "reason": reason,
    }
    return candidates.seal_words(session, person, json.dumps(plain))


def open_terms(session: Session, person: Candidate, sealed: str) -> tuple[Terms, str]:
    """(the terms, the reason) again."""
    plain: Mapping[str, str] = json.loads(candidates.open_words(session, person, sealed) or "{}")
    day = plain.get("start_on", "")
    terms = Terms(
        plain.get("pay", ""),
        plain.get("benefits", ""),
        plain.get("documents", ""),
        date.fromisoformat(day) if day else None,
        plain.get("role", ""),
    )
    return terms, plain.get("reason", "")


def record(
    session: Session,
    offer: Offer,
    action: str,
    at: datetime,
    actor: str,
    details: Mapping[str, object],
    reason: str = "",
) -> None:
    """Keep who did something about an offer."""
    subject = f"candidate:{offer.person_id}"
    audit.record(
        session,
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        details={"offer": offer.id, "application": offer.application_id, **details},
        personal={subject: {"reason": reason.strip()}} if reason.strip() else {},
    )


def applications_of(session: Session, employee_ids: Collection[int]) -> Mapping[int, int]:
    """Employee → the newest application because of which they are here; who came otherwise is left out."""
    found: dict[int, int] = {}
    for some in in_chunks(employee_ids):
        rows = session.execute(
            select(Offer.employee_id, Offer.application_id)
            .where(Offer.employee_id.in_(some), Offer.state == OfferState.ACCEPTED)
            .order_by(Offer.id)
        )
        found.update({employee or 0: application for employee, application in rows})
    return found
