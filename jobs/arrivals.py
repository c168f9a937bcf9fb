"""What an import has brought to somebody, cases or payments: told once, when it is through."""

from collections.abc import Sequence

from jobs.base import JobContext, Notice
from jobs.case_cards import about_case
from jobs.case_desk import people_of
from models import cases, planning
from models.cases import ARRIVED, ARRIVED_UNTIL, BOOKED, TOLD_UNTIL, Case
from models.planning import DueItem
from models.staff import Employee


def tell_of_arrivals(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Each owner hears how many there are and until when to accept them; in their hours."""
    people = people_of(ctx)
    people.load([item.subject_id for item in items])
    told: list[Notice] = []
    for item in items:
        person, free = people.person(item.subject_id), people.told_from(item.subject_id)
        if person is None:
            continue
        if free > ctx.now:
            planning.plan_due(ctx.session, [(ARRIVED, item.subject_id, free, item.expires_at)])
            continue
        came = cases.came_in(ctx.session, owner_id=person.id, at=item.expires_at - ARRIVED_UNTIL)
        if came.cases:
            told.append(Notice(person, "arrivals/given", {"came": came}))
    return told


LISTED = 5
"""So many promises that fall short stand in one message; of more their number is told."""


def tell_of_bookings(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Each owner hears in one message what came in, and which promises it falls short of; in their hours.

    Of a settlement that was paid, but leaves more than was approved, whoever decided it hears as well.
    """
    people = people_of(ctx)
    people.load([item.subject_id for item in items])
    told: list[Notice] = []
    for item in items:
        person, free = people.person(item.subject_id), people.told_from(item.subject_id)
        if person is None:
            continue
        if free > ctx.now:
            planning.plan_due(ctx.session, [(BOOKED, item.subject_id, free, item.expires_at)])
            continue
        found = cases.booked(ctx.session, owner_id=person.id, at=item.expires_at - TOLD_UNTIL)
        if found.cases:
            told.append(Notice(person, "arrivals/booked", {"booked": found, "listed": LISTED}))
        told += _falling_short(ctx, found.offers)
    return told


def _falling_short(ctx: JobContext, numbers: Sequence[int]) -> list[Notice]:
    told = []
    for number in numbers:
        case = ctx.session.get_one(Case, number)
        offer = cases.offer_falling_short(ctx.session, case, ctx.policy)
        if offer is None:
            continue
        values = {"v": cases.view(ctx.session, case, at=ctx.now), "offer": offer}
        for id_ in dict.fromkeys((case.owner_id, offer.decided_by_id or offer.decider_id)):
            person = ctx.session.get_one(Employee, id_)
            told.append(Notice(person, "payments/offer_falls_short", values, about=about_case(number)))
    return told
