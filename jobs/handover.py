"""What people hear of handing over: who is asked, who has it now, and that it comes back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from jobs.base import CloseCards, JobContext, Notice
from models import handover, lifecycle
from models.handover import Carried, Cause, Handover, HandoverItem, HandoverState, ItemState
from models.planning import DueItem
from models.staff import Employee

Told = list[Notice | CloseCards]


def begin_leave(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """A leave begins: the cover has the work, or acts for the owner."""
    return [notice for item in items for notice in _begin(ctx, item.subject_id)]


def end_leave(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """A leave ends: what is open goes back."""
    return [notice for item in items for notice in _end(ctx, item.subject_id)]


def tend_handovers(ctx: JobContext) -> list[Notice]:
    """Plan the moments of leaves, ask the next where nobody answered, and list what turned up meanwhile."""
    told: list[Notice] = []
    for one in handover.open_handovers(ctx.session):
        handover.plan(ctx.session, one)
        if one.cause == Cause.LEAVE and one.begun_at is None and one.effective_at <= ctx.now:
            told += _begin(ctx, one.id)
        if one.returns_at is not None and one.returns_at <= ctx.now:
            told += _end(ctx, one.id)
        if one.cause in (Cause.TRANSFER, Cause.POST) and one.begun_at is not None:
            carried = handover.carry_out(ctx.session, handover=one, at=ctx.now)
            told += given(ctx.session, one, carried.moved)
        if one.begun_at is not None or one.effective_at <= ctx.now or one.state != HandoverState.OPEN:
            continue
        made = list(
            handover.pass_on_overdue(
                ctx.session, handover=one, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
            )
        )
        made += handover.refresh(ctx.session, handover=one, at=ctx.now)
        told += ask(ctx.session, made, ctx.now)
    return told


def _begin(ctx: JobContext, handover_id: int) -> list[Notice]:
    one = ctx.session.get(Handover, handover_id)
    if one is None or one.state != HandoverState.OPEN or one.begun_at is not None:
        return []
    carried = handover.carry_out(ctx.session, handover=one, at=ctx.now)
    if not carried.happened:
        return []
    person = ctx.session.get_one(Employee, one.employee_id)
    if one.delegated:
        cover = ctx.session.get_one(Employee, one.cover_id or 0)
        return [Notice(cover, "handover/you_stand_in", {"person": person, "handover": one})]
    return given(ctx.session, one, carried.moved)


def _end(ctx: JobContext, handover_id: int) -> list[Notice]:
    one = ctx.session.get(Handover, handover_id)
    if one is None or one.state != HandoverState.OPEN:
        return []
    return told_of_return(ctx.session, one, handover.give_back(ctx.session, handover=one, at=ctx.now))


def told_of_return(session: Session, one: Handover, carried: Carried) -> list[Notice]:
    """Who was away, and who covered, hear what has come back and what has not."""
    if not carried.happened:
        return []
    person = session.get_one(Employee, one.employee_id)
    covers = {row.to_id for row in (*carried.returned, *carried.kept)}
    if one.cover_id is not None:
        covers.add(one.cover_id)
    values = {"person": person, "returned": len(carried.returned), "kept": len(carried.kept)}
    notices = [Notice(person, "handover/welcome_back", values)]
    return notices + [
        Notice(session.get_one(Employee, id_), "handover/cover_ends", values) for id_ in sorted(covers)
    ]


def ask(session: Session, rows: Sequence[HandoverItem], at: datetime) -> list[Notice]:
    """One card for everybody who is asked, and one message for whom something fell to."""
    notices: list[Notice] = []
    for (handover_id, to_id), group in _by_receiver(rows).items():
        one = session.get(Handover, handover_id)
        assert one is not None
        asked = [row for row in group if row.state == ItemState.PROPOSED]
        fallen = [row for row in group if row.state == ItemState.ACCEPTED and "fallen" in row.why]
        receiver = session.get_one(Employee, to_id)
        values = {"person": session.get_one(Employee, one.employee_id), "handover": one}
        if asked:
            more = {**values, "counts": _counts(asked), "why": asked[0].why}
            about = card_of(handover_id, to_id)
            notices.append(Notice(receiver, "handover/asked", more, about=about))
        if fallen:
            notices.append(Notice(receiver, "handover/fell_to_you", {**values, "counts": _counts(fallen)}))
    return notices


def given(session: Session, one: Handover, moved: Sequence[HandoverItem]) -> list[Notice]:
    """Who has got what, once it has moved."""
    person = session.get_one(Employee, one.employee_id)
    return [
        Notice(
            session.get_one(Employee, to_id),
            "handover/yours_now",
            {"person": person, "handover": one, "counts": _counts(group)},
        )
        for (_, to_id), group in _by_receiver(moved).items()
    ]


def withdrawn(session: Session, one: Handover, people: Sequence[int]) -> Told:
    """Who had been asked hears that nothing comes of it, and the cards are closed."""
    person = session.get_one(Employee, one.employee_id)
    told: Told = []
    for id_ in people:
        told.append(CloseCards(card_of(one.id, id_), "handover/withdrawn_card"))
        told.append(
            Notice(session.get_one(Employee, id_), "handover/withdrawn", {"person": person, "handover": one})
        )
    return told


def card_of(handover_id: int, to_id: int) -> str:
    """What the card is about that asks somebody."""
    return f"handover:{handover_id}:{to_id}"


def remind_of_handovers(ctx: JobContext) -> list[Notice]:
    """Some workdays before the last day, leader and HR hear of what nobody has accepted."""
    notices: list[Notice] = []
    for one in handover.open_handovers(ctx.session):
        days = handover.workdays_between(ctx.now.date(), one.effective_at.date(), ctx.calendar.is_workday) - 1
        if one.cause != Cause.SEPARATION or one.begun_at is not None:
            continue
        waiting = handover.lines(ctx.session, one.id, (ItemState.PROPOSED,))
        if days not in ctx.policy.handover.remind_workdays or not waiting:
            continue
        person = ctx.session.get_one(Employee, one.employee_id)
        values = {"person": person, "handover": one, "days": days, "counts": _counts(waiting)}
        for other in lifecycle.those_to_tell(ctx.session, one.unit_id, ctx.now, but_for=one.employee_id):
            notices.append(Notice(other, "handover/still_waiting", values))
    return notices


def _counts(rows: Sequence[HandoverItem]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.kind] = counts.get(row.kind, 0) + 1
    return counts


def _by_receiver(rows: Sequence[HandoverItem]) -> Mapping[tuple[int, int], list[HandoverItem]]:
    groups: dict[tuple[int, int], list[HandoverItem]] = {}
    for row in rows:
        groups.setdefault((row.handover_id, row.to_id), []).append(row)
    return groups
