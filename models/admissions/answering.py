"""What who applied answers to an offer; acceptance begins the joining (S2-10)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import candidates, lifecycle, recruiting, staff
from models.admissions.errors import NoOffer, OfferSettled
from models.admissions.offers import OfferView, end, maker_of, offer_view, record, require_open
from models.admissions.tables import Offer, OfferState
from models.calendar import WorkCalendar
from models.candidates import Application, Decided
from models.lifecycle import Onboarding
from models.policy import Policy
from models.recruiting import StageStatus
from models.staff import Candidate, Employee, Role


@dataclass(frozen=True)
class Accepted:
    """What an acceptance began."""

    view: OfferView
    onboarding: Onboarding
    employee: Employee
    decided: Decided


def own_offers(session: Session, *, person: Candidate) -> list[OfferView]:
    """The offers to a candidate, the newest first.

    Raises:
        NotBound: nobody knows who this follower is.
    """
    root = candidates.require_bound(session, person)
    rows = [row.id for row in candidates.rows_of(session, root)]
    found = session.scalars(select(Offer).where(Offer.person_id.in_(rows)).order_by(Offer.id.desc())).all()
    return [offer_view(session, one) for one in found]


def own_offer(session: Session, *, person: Candidate, offer_id: int, at: datetime | None = None) -> OfferView:
    """One of them; with `at` one that can still be answered.

    Raises:
        NotBound: as named. NoOffer: there is none. OfferSettled: it was answered, or its time is over.
    """
    found = next((one for one in own_offers(session, person=person) if one.offer.id == offer_id), None)
    if found is None:
        raise NoOffer()
    if at is not None:
        require_open(found.offer, at)
    return found


def accept_offer(
    session: Session,
    *,
    person: Candidate,
    offer_id: int,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> Accepted:
    """A candidate accepts: what was accepted and when is kept, and the joining begins by itself (S2-10).

    Raises:
        NotBound, NoOffer, OfferSettled: as `own_offer`; another unit may have admitted the person meanwhile.
    """
    own_offer(session, person=person, offer_id=offer_id, at=at)
    offer = session.get_one(Offer, offer_id, with_for_update=True, populate_existing=True)
    require_open(offer, at)
    application = session.get_one(Application, offer.application_id)
    if candidates.is_admitted_elsewhere(session, application) and not offer.overrides:
        raise OfferSettled(state="elsewhere")
    view = offer_view(session, offer)
    offer.state, offer.answered_at = OfferState.ACCEPTED, at
    offer.text_hash = hashlib.sha256(view.text.encode()).hexdigest()
    decided = candidates.admit_accepted(session, application=application, by=offer.made_by, at=at)
    _pass_last_stage(session, application.id, view.person.subject, at=at, policy=policy)
    employee, onboarding = _begin_joining(session, offer, view, at=at, policy=policy, calendar=calendar)
    details = {"text": offer.text_hash, "onboarding": onboarding.id}
    record(session, offer, "recruiting.accept_offer", at, view.person.subject, details)
    return Accepted(view, onboarding, employee, decided)


def _pass_last_stage(session: Session, application_id: int, by: str, *, at: datetime, policy: Policy) -> None:
    process = recruiting.process_of(session, application_id, policy=policy, lock=True)
    stage = process.current
    if stage is not None:
        stage.status, stage.decided_by, stage.decided_at = StageStatus.PASSED, by, at
        recruiting.settle(session, process, at=at)


def _begin_joining(
    session: Session, offer: Offer, view: OfferView, *, at: datetime, policy: Policy, calendar: WorkCalendar
) -> tuple[Employee, Onboarding]:
    """The starter gets a number, which is the account that IT opens; nothing else of the file goes along."""
    start_on = max(offer.start_on, at.date() + timedelta(days=1))
    number = staff.next_number(session, prefix=policy.joining.number_prefix)
    employee = staff.add_employee(
        session,
        wecom_id=number,
        name=view.person.name or "",
        role=Role(offer.role),
        unit=view.unit,
        since=datetime.combine(start_on, time(), tzinfo=at.tzinfo),
    )
    employee.number, offer.employee_id, offer.start_on = number, employee.id, start_on
    onboarding = lifecycle.begin_onboarding(
        session,
        employee=employee,
        start_on=start_on,
        at=at,
        actor=None,
        policy=policy,
        calendar=calendar,
        application=view.application,
        otherwise=maker_of(session, offer),
    )
    return employee, onboarding


def decline_offer(
    session: Session, *, person: Candidate, offer_id: int, reason: str, at: datetime
) -> OfferView:
    """A candidate declines and says why.

    Raises:
        NotBound, NoOffer, OfferSettled: as `own_offer`. SaysNoReason: as named.
    """
    own_offer(session, person=person, offer_id=offer_id, at=at)
    if not reason.strip():
        raise recruiting.SaysNoReason()
    offer = session.get_one(Offer, offer_id, with_for_update=True, populate_existing=True)
    require_open(offer, at)
    view = end(session, offer, OfferState.DECLINED, reason, at)
    record(session, offer, "recruiting.decline_offer", at, view.person.subject, {}, reason)
    return view
