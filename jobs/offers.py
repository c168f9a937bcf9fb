"""What is heard of offers: by who applied, by HR and by the department (S2-09, S2-10, S2-15)."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from jobs.base import JobContext, Notice
from jobs.candidates import tell_others_admitted
from jobs.lifecycle import tell_owners
from models import admissions, candidates, lifecycle, recruiting
from models.admissions import Accepted, OfferState, OfferView
from models.lifecycle import StepState
from models.policy import Policy
from models.staff import Employee


def tend_offers(ctx: JobContext) -> list[Notice]:
    """End offers whose time is over, and remind those who have not answered."""
    told: list[Notice] = []
    for view in admissions.end_offers(ctx.session, at=ctx.now):
        if view.offer.state == OfferState.EXPIRED:
            told += _tell_expired(ctx.session, view, ctx.now, ctx.policy)
    for view in admissions.offers_to_remind(ctx.session, at=ctx.now, policy=ctx.policy):
        to = candidates.wechat_of(ctx.session, view.person)
        if to is not None:
            told.append(Notice(to, "offers/offer", _asked(view, "waits"), expires_at=view.offer.expires_at))
    return told


def _asked(view: OfferView, how: str) -> dict[str, Any]:
    return {"v": view, "how": how}


def tell_offered(session: Session, view: OfferView, policy: Policy) -> list[Notice]:
    """The candidate gets the offer, and the department hears that it left (S2-15)."""
    to = candidates.wechat_of(session, view.person)
    assert to is not None  # who cannot be reached is offered nothing
    told = [Notice(to, "offers/offer", _asked(view, ""), expires_at=view.offer.expires_at)]
    department = _department(session, view, policy)
    return told if department is None else [*told, Notice(department, "offers/left", {"v": view})]


def tell_accepted(session: Session, accepted: Accepted, at: datetime, policy: Policy) -> list[Notice]:
    """HR, the department, IT and whoever prepares hear of an acceptance; IT of the account alone (S2-16)."""
    view, onboarding = accepted.view, accepted.onboarding
    steps = [
        (item, owner)
        for item, owner in lifecycle.steps_of(session, of=onboarding)
        if item.application_id is None and item.state == StepState.OPEN
    ]
    about = {
        "moves": False,
        "unit": lifecycle.unit_named(session, onboarding.unit_id),
        "role": policy.rights.roles[onboarding.role].name,
        "starts_at": onboarding.starts_at,
        "onboarding": onboarding,
    }
    values = {"v": view, "employee": accepted.employee}
    maker = admissions.maker_of(session, view.offer)
    return [
        *(Notice(one, "offers/accepted_notice", values) for one in _concerned(session, view, policy)),
        *tell_owners(session, steps, accepted.employee, about),
        *tell_others_admitted(session, accepted.decided, at, policy, but_for=maker),
    ]


def tell_declined(session: Session, view: OfferView, policy: Policy) -> list[Notice]:
    """HR and the department hear that somebody declines, and why."""
    return [Notice(one, "offers/declined_notice", {"v": view}) for one in _concerned(session, view, policy)]


def tell_withdrawn(session: Session, view: OfferView, policy: Policy) -> list[Notice]:
    """The candidate and the department hear that an offer counts no longer."""
    to = candidates.wechat_of(session, view.person)
    told = [] if to is None else [Notice(to, "offers/withdrawn_own", {"v": view})]
    department = _department(session, view, policy)
    return told if department is None else [*told, Notice(department, "offers/withdrawn_notice", {"v": view})]


def _tell_expired(session: Session, view: OfferView, at: datetime, policy: Policy) -> list[Notice]:
    to = candidates.wechat_of(session, view.person)
    told = [] if to is None else [Notice(to, "offers/expired_own", {"v": view})]
    return told + [
        Notice(one, "offers/expired_notice", {"v": view}) for one in _concerned(session, view, policy)
    ]


def _concerned(session: Session, view: OfferView, policy: Policy) -> list[Employee]:
    """Who made the offer and who of the department confirmed the need, each once."""
    people = [admissions.maker_of(session, view.offer), _department(session, view, policy)]
    return list({one.id: one for one in people if one is not None}.values())


def _department(session: Session, view: OfferView, policy: Policy) -> Employee | None:
    process = recruiting.process_of(session, view.application.id, policy=policy)
    kind, _, number = (process.row.need_confirmed_by or "").partition(":")
    return session.get(Employee, int(number)) if kind == "employee" else None
