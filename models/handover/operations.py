"""Writes of handing over: ask successors, take their answers, move, give back, undo."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import audit, planning
from models.calendar import WorkCalendar
from models.errors import DomainError, NotFound
from models.handover import registry
from models.handover.queries import (
    WAITING,
    Known,
    answerable,
    lines,
    open_handover_of,
    successors,
    to_hand_over,
    why_not,
)
from models.handover.registry import Key, OwnedItem
from models.handover.rules import add_workdays
from models.handover.tables import (
    Cause,
    Handover,
    HandoverItem,
    HandoverState,
    ItemState,
    Refusal,
)
from models.policy import Policy
from models.staff import Employee, require, require_for_unit

BEGINS = "handover.begins"
ENDS = "handover.ends"
"""Kinds of due items: a leave begins, and ends."""
_ROUNDS = 5
"""How often it is looked again for items that turned up meanwhile."""


class NothingToAnswer(NotFound):
    """The item is not (any more) for this person to answer (facts: none)."""

    texts = "handover"


class NotAvailable(DomainError):
    """Nothing can be handed to this person (facts: person, why)."""

    texts = "handover"


class AlreadyUnderWay(DomainError):
    """The person hands over for this cause already (facts: person)."""

    texts = "handover"


class TooLateToUndo(DomainError):
    """The handover has taken effect (facts: at)."""

    texts = "handover"


class Unbalanced(Exception):
    """An area says something else than what was moved: a mistake in that area, and nothing is kept."""


@dataclass
class Carried:
    """What a handover did when it took effect, or ended."""

    moved: list[HandoverItem] = field(default_factory=list)
    returned: list[HandoverItem] = field(default_factory=list)
    kept: list[HandoverItem] = field(default_factory=list)
    left: int = 0
    """How many items nobody could take."""
    happened: bool = True
    """False if it had been done before."""


def open_handover(
    session: Session,
    *,
    employee: Employee,
    cause: Cause,
    unit_id: int,
    role: str,
    effective_at: datetime,
    at: datetime,
    by: str,
    returns_at: datetime | None = None,
    cover: Employee | None = None,
    delegated: bool = False,
) -> Handover:
    """List what somebody owns and ask a successor for each item (S3-03, domain.md 5.3).

    What was on its way to this person is offered to others.

    Raises:
        AlreadyUnderWay: there is one for this cause.
        NotAvailable: the cover named cannot take over.
    """
    known = open_handover_of(session, employee_id=employee.id, cause=cause)
    if known is not None:
        raise AlreadyUnderWay(person=employee.named)
    handover = Handover(
        employee_id=employee.id,
        cause=cause,
        unit_id=unit_id,
        role=role,
        announced_at=at,
        announced_by=by,
        effective_at=effective_at,
        returns_at=returns_at,
        cover_id=None,
        delegated=delegated,
        state=HandoverState.OPEN,
    )
    if cover is not None:
        why = why_not(session, handover, cover.id, at)
        if why is not None:
            raise NotAvailable(person=cover.named, why=why)
        handover.cover_id = cover.id
    session.add(handover)
    session.flush()
    refresh(session, handover=handover, at=at)
    _free_from(session, employee.id, at)
    if cause == Cause.LEAVE and returns_at is not None:
        plan(session, handover)
    audit.record(
        session,
        at=at,
        actor=by,
        action="handover.open",
        subject=employee.subject,
        details={"handover": handover.id, "cause": str(cause), "items": len(lines(session, handover.id))},
    )
    return handover


def plan(session: Session, handover: Handover) -> None:
    """Enter the moments of a leave among what is due; known ones stay."""
    if handover.cause != Cause.LEAVE or handover.returns_at is None:
        return
    rows = [(ENDS, handover.id, handover.returns_at, planning_end(handover.returns_at))]
    if handover.begun_at is None:
        end = planning_end(handover.returns_at)
        rows.append((BEGINS, handover.id, handover.effective_at, end))
    planning.plan_due(session, rows)


def planning_end(moment: datetime) -> datetime:
    """Until when something that must happen is tried: ten years."""
    return moment.replace(year=moment.year + 10, day=min(moment.day, 28))


def refresh(session: Session, *, handover: Handover, at: datetime) -> list[HandoverItem]:
    """Bring the ledger in line with what the areas say: new items are offered, finished ones dropped.

    Returns the new lines.
    """
    there = to_hand_over(session, handover, at)
    listed: set[Key] = set()
    for row in lines(session, handover.id, WAITING):
        if (row.area, row.item_id) in there:
            listed.add((row.area, row.item_id))
        else:
            _settle(row, ItemState.DROPPED, at)
    session.flush()
    known: Known = {}
    return [
        made
        for key, item in there.items()
        if key not in listed
        and (made := _ask_next(session, handover, key, item, at, known=known)) is not None
    ]


def _ask_next(
    session: Session,
    handover: Handover,
    key: Key,
    item: OwnedItem,
    at: datetime,
    *,
    most: int | None = None,
    known: Known | None = None,
) -> HandoverItem | None:
    """Ask the best who has not been asked; after `most` refusals, or with none left, it falls upwards."""
    passed = {
        row.to_id
        for row in lines(session, handover.id, (ItemState.REFUSED,))
        if (row.area, row.item_id) == key
    }
    cover = handover.cover_id
    if cover is not None and cover not in passed and why_not(session, handover, cover, at) is None:
        return _line(session, handover, key, item.kind, cover, {"named": True}, at)
    if most is None or len(passed) < most:
        found = successors(session, handover, item, at, but_for=passed, known=known)
        if found:
            best = found[0]
            why = {"near": best.same_unit, "role": best.role, "load": best.load}
            return _line(session, handover, key, item.kind, best.employee_id, why, at)
    last = answerable(session, handover, at)
    if last is None:
        return None
    row = _line(session, handover, key, item.kind, last, {"fallen": True}, at)
    _settle(row, ItemState.ACCEPTED, at, by="system")
    return row


def _line(
    session: Session,
    handover: Handover,
    key: Key,
    kind: str,
    to_id: int,
    why: dict[str, object],
    at: datetime,
) -> HandoverItem:
    row = HandoverItem(
        handover_id=handover.id,
        area=key[0],
        kind=kind,
        item_id=key[1],
        to_id=to_id,
        why=why,
        state=ItemState.PROPOSED,
        proposed_at=at,
    )
    session.add(row)
    session.flush()
    return row


def _settle(row: HandoverItem, state: ItemState, at: datetime, by: str | None = None) -> None:
    row.state, row.decided_at = state, at
    row.decided_by = by or row.decided_by


def _free_from(session: Session, employee_id: int, at: datetime) -> None:
    """What others were to hand to somebody who goes away is offered to the next."""
    rows = session.scalars(
        select(HandoverItem)
        .join(Handover, Handover.id == HandoverItem.handover_id)
        .where(
            HandoverItem.to_id == employee_id,
            HandoverItem.state.in_(WAITING),
            Handover.state == HandoverState.OPEN,
        )
        .order_by(HandoverItem.id)
    ).all()
    for row in rows:
        handover = locked(session, row.handover_id)
        if why_not(session, handover, employee_id, at) is not None:
            _pass_on(session, handover, row, Refusal.UNAVAILABLE, at)


def _pass_on(
    session: Session,
    handover: Handover,
    row: HandoverItem,
    refusal: Refusal,
    at: datetime,
    *,
    by: str = "system",
    most: int | None = None,
) -> HandoverItem | None:
    """Close a line as refused and ask the next."""
    _settle(row, ItemState.REFUSED, at, by)
    row.refusal = refusal
    session.flush()
    key = (row.area, row.item_id)
    item = to_hand_over(session, handover, at).get(key)
    return None if item is None else _ask_next(session, handover, key, item, at, most=most)


def locked(session: Session, id_: int) -> Handover:
    """The handover, for this transaction alone: whatever changes its lines takes it first.

    Raises:
        NothingToAnswer: there is none.
    """
    handover = session.get(Handover, id_, populate_existing=True, with_for_update=True)
    if handover is None:
        raise NothingToAnswer()
    return handover


def accept(
    session: Session,
    *,
    actor: Employee,
    handover_id: int,
    at: datetime,
    policy: Policy,
    line_id: int | None = None,
) -> Sequence[HandoverItem]:
    """Take what one was asked to take: one line, or all of this handover.

    Raises:
        NotPermitted: the role takes part in no handover.
        NothingToAnswer: it is settled, has gone to somebody else, or was undone.
        NotAvailable: the actor goes away as well.
    """
    require(actor, "handover.answer", policy.rights)
    handover = locked(session, handover_id)
    rows = _asked_of(session, handover, actor, line_id)
    why = why_not(session, handover, actor.id, at)
    if why is not None:
        raise NotAvailable(person=actor.named, why=why)
    for row in rows:
        _settle(row, ItemState.ACCEPTED, at, actor.subject)
    _record(session, "handover.accept", handover, actor, rows, at)
    return rows


def refuse(
    session: Session,
    *,
    actor: Employee,
    handover_id: int,
    reason: Refusal,
    at: datetime,
    policy: Policy,
    line_id: int | None = None,
) -> Sequence[HandoverItem]:
    """Not take what one was asked to take; returns the lines that ask the next ones.

    Raises:
        NotPermitted: the role takes part in no handover.
        NothingToAnswer: it is settled, has gone to somebody else, or was undone.
    """
    require(actor, "handover.answer", policy.rights)
    handover = locked(session, handover_id)
    rows = _asked_of(session, handover, actor, line_id)
    _record(session, "handover.refuse", handover, actor, rows, at, reason=str(reason))
    following = [
        _pass_on(session, handover, row, reason, at, by=actor.subject, most=policy.handover.most_refusals)
        for row in rows
    ]
    return [row for row in following if row is not None]


def _asked_of(
    session: Session, handover: Handover, actor: Employee, line_id: int | None
) -> Sequence[HandoverItem]:
    rows = [
        row
        for row in lines(session, handover.id, (ItemState.PROPOSED,))
        if row.to_id == actor.id and line_id in (None, row.id)
    ]
    if not rows or handover.state != HandoverState.OPEN:
        raise NothingToAnswer()
    return rows


def name_successor(
    session: Session,
    *,
    actor: Employee,
    handover: Handover,
    successor: Employee,
    at: datetime,
    policy: Policy,
) -> Sequence[HandoverItem]:
    """Let one person be asked for everything that nobody has accepted; what fell to the actor is passed on.

    Who names themselves has accepted. Returns the lines that ask, or that moved.

    Raises:
        NotPermitted: the actor does not steer handovers; OutOfReach: not in this unit.
        NotAvailable: nothing can be handed to this person.
        NothingToAnswer: everything is settled.
    """
    require_for_unit(session, actor=actor, action="handover.steer", unit_id=handover.unit_id, policy=policy)
    handover = locked(session, handover.id)
    why = why_not(session, handover, successor.id, at)
    if why is not None:
        raise NotAvailable(person=successor.named, why=why)
    by_itself = [
        row
        for row in lines(session, handover.id, WAITING)
        if row.to_id != successor.id and (row.state == ItemState.PROPOSED or "fallen" in row.why)
    ]
    if handover.cause == Cause.LEAVE and handover.begun_at is None:
        handover.cover_id = successor.id
    made = [_replace(session, handover, row, successor, actor, at) for row in by_itself]
    if successor.id == actor.id:
        mine = [row for row in lines(session, handover.id, (ItemState.PROPOSED,)) if row.to_id == actor.id]
        for row in mine:
            _settle(row, ItemState.ACCEPTED, at, actor.subject)
        made = mine or made
    passed = [] if handover.cause == Cause.LEAVE else _pass_fallen(session, handover, actor, successor, at)
    there = [row for row in lines(session, handover.id, WAITING) if row.to_id == successor.id]
    if not there and not passed:
        raise NothingToAnswer()
    _record(session, "handover.name", handover, actor, [*made, *passed], at, to=successor.id)
    return [*made, *passed]


def _replace(
    session: Session,
    handover: Handover,
    row: HandoverItem,
    successor: Employee,
    actor: Employee,
    at: datetime,
) -> HandoverItem:
    _settle(row, ItemState.REFUSED, at, actor.subject)
    row.refusal = Refusal.REPLACED
    session.flush()
    return _line(session, handover, (row.area, row.item_id), row.kind, successor.id, {"named": True}, at)


def _pass_fallen(
    session: Session, handover: Handover, actor: Employee, successor: Employee, at: datetime
) -> list[HandoverItem]:
    """What fell to the actor when the handover took effect goes on at once."""
    passed = []
    for row in lines(session, handover.id, (ItemState.MOVED,)):
        if row.to_id != actor.id or "fallen" not in row.why or successor.id == actor.id:
            continue
        if _move(session, (row.area, row.item_id), actor.id, successor.id, at):
            row.to_id, row.why = successor.id, {"named": True}
            _settle(row, ItemState.MOVED, at, actor.subject)
            passed.append(row)
    session.flush()
    return passed


def _move(
    session: Session, key: Key, from_id: int, to_id: int, at: datetime, *, within: int | None = None
) -> bool:
    """Give an item to another owner; other covers that are to give it back later are followed.

    Raises:
        Unbalanced: the area does not say that it is there now.
    """
    assert from_id != to_id
    if not registry.area(key[0]).reassign(session, key[1], from_id, to_id, at):
        return False
    if registry.owner_of(session, key, at) not in (to_id, None):
        raise Unbalanced(f"{key} went to {to_id} and is with {registry.owner_of(session, key, at)}")
    session.execute(
        update(HandoverItem)
        .where(
            HandoverItem.area == key[0],
            HandoverItem.item_id == key[1],
            HandoverItem.to_id == from_id,
            HandoverItem.state == ItemState.MOVED,
            HandoverItem.handover_id.in_(
                select(Handover.id).where(
                    Handover.cause == Cause.LEAVE,
                    Handover.state == HandoverState.OPEN,
                    Handover.id != (within or 0),
                )
            ),
        )
        .values(to_id=to_id)
    )
    return True


def carry_out(session: Session, *, handover: Handover, at: datetime) -> Carried:
    """Move every item to who takes it; what nobody accepted falls to who is answerable (S3-03, S3-04).

    Items that turned up since the listing go along. A separation or transfer closes once nothing is left
    with the person; a leave stays open until its end. Doing it twice is doing it once.

    Raises:
        Unbalanced: count in is not count out; nothing is kept then.
    """
    handover = locked(session, handover.id)
    done = Carried()
    if handover.state != HandoverState.OPEN or (handover.returns_at is not None and handover.begun_at):
        return Carried(happened=False)
    for _ in range(_ROUNDS):
        refresh(session, handover=handover, at=at)
        waiting = lines(session, handover.id, WAITING)
        if not waiting:
            break
        for row in waiting:
            _carry(session, handover, row, at, done)
        session.flush()
    done.left = len(to_hand_over(session, handover, at))
    handover.begun_at = handover.begun_at or at
    if handover.cause != Cause.LEAVE and done.left == 0:
        _balance(session, done.moved, at)
        handover.state, handover.closed_at = HandoverState.CLOSED, at
    session.flush()
    _record(session, "handover.carry_out", handover, None, done.moved, at, left=done.left)
    return done


def _carry(session: Session, handover: Handover, row: HandoverItem, at: datetime, done: Carried) -> None:
    agreed = row.state == ItemState.ACCEPTED or row.to_id == handover.cover_id
    if not agreed or not _can_take(session, handover, row, at):
        last = answerable(session, handover, at)
        if last is not None:
            row.to_id, row.why = last, {"fallen": True}
        elif not _can_take(session, handover, row, at):
            _settle(row, ItemState.DROPPED, at)
            return
    if _move(session, (row.area, row.item_id), handover.employee_id, row.to_id, at):
        _settle(row, ItemState.MOVED, row.decided_at or at, row.decided_by or "system")
        row.moved_at = at
        done.moved.append(row)
    else:
        _settle(row, ItemState.DROPPED, at)


def _can_take(session: Session, handover: Handover, row: HandoverItem, at: datetime) -> bool:
    why = why_not(session, handover, row.to_id, at)
    return why is None or (why == "covering" and "fallen" in row.why)


def _balance(session: Session, moved: Sequence[HandoverItem], at: datetime) -> None:
    """Count out = count in, asked of the areas.

    Raises:
        Unbalanced: an item is with somebody else.
    """
    for row in moved:
        owner = registry.owner_of(session, (row.area, row.item_id), at)
        if owner not in (row.to_id, None):
            raise Unbalanced(f"{row.area} {row.item_id} is with {owner}, not with {row.to_id}")


def give_back(session: Session, *, handover: Handover, at: datetime) -> Carried:
    """The end of a leave: what is still open goes back to its owner, with what came in for this reason.

    What was finished, what somebody passed on otherwise, and everything if the owner has left, stays.
    """
    handover = locked(session, handover.id)
    done = Carried()
    if handover.state != HandoverState.OPEN or handover.cause != Cause.LEAVE:
        return Carried(happened=False)
    owner = session.get(Employee, handover.employee_id)
    assert owner is not None
    is_back = owner.left_at is None or owner.left_at > at
    for row in lines(session, handover.id):
        if row.state in WAITING:
            _settle(row, ItemState.DROPPED, at)
        if row.state != ItemState.MOVED:
            continue
        key = (row.area, row.item_id)
        there = is_back and registry.owner_of(session, key, at) == row.to_id
        if there and _move(session, key, row.to_id, owner.id, at, within=handover.id):
            _settle(row, ItemState.RETURNED, at)
            done.returned.append(row)
        else:
            _settle(row, ItemState.KEPT, at)
            done.kept.append(row)
    handover.state, handover.closed_at = HandoverState.CLOSED, at
    session.flush()
    _record(session, "handover.give_back", handover, None, done.returned, at, kept=len(done.kept))
    return done


def cancel(session: Session, *, handover: Handover, at: datetime, by: str) -> Sequence[int]:
    """Undo a handover before it takes effect: nothing has moved; returns who had been asked.

    Raises:
        TooLateToUndo: it has taken effect.
    """
    handover = locked(session, handover.id)
    if handover.begun_at is not None or handover.state != HandoverState.OPEN:
        raise TooLateToUndo(at=handover.begun_at or handover.closed_at)
    waiting = lines(session, handover.id, WAITING)
    for row in waiting:
        _settle(row, ItemState.DROPPED, at, by)
    handover.state, handover.closed_at = HandoverState.CANCELLED, at
    session.flush()
    audit.record(session, at=at, actor=by, action="handover.cancel", details={"handover": handover.id})
    return sorted({row.to_id for row in waiting})


def close_others(session: Session, *, employee: Employee, at: datetime, by: str) -> None:
    """Somebody leaves: all else that they hand over ends here; what a cover has stays there."""
    for cause in (Cause.LEAVE, Cause.TRANSFER, Cause.POST):
        other = open_handover_of(session, employee_id=employee.id, cause=cause)
        if other is None:
            continue
        if other.begun_at is None:
            cancel(session, handover=other, at=at, by=by)
        elif cause == Cause.LEAVE:
            give_back(session, handover=other, at=at)


def end_without_moving(session: Session, *, handover: Handover, at: datetime) -> None:
    """Somebody who had left is back before everything was handed over: the rest stays with them."""
    handover = locked(session, handover.id)
    for row in lines(session, handover.id, WAITING):
        _settle(row, ItemState.DROPPED, at)
    handover.state, handover.closed_at = HandoverState.CLOSED, at
    session.flush()


def mark_for_return(
    session: Session, *, key: Key, kind: str, owner_id: int, held_by: int, at: datetime
) -> bool:
    """A new item of somebody on leave went to the cover: it comes back with the others.

    False if there is no such leave.
    """
    leave = open_handover_of(session, employee_id=owner_id, cause=Cause.LEAVE)
    if leave is None or leave.begun_at is None:
        return False
    row = _line(session, leave, key, kind, held_by, {"named": True}, at)
    _settle(row, ItemState.MOVED, at, "system")
    row.moved_at = at
    session.flush()
    return True


def pass_on_overdue(
    session: Session, *, handover: Handover, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[HandoverItem]:
    """Ask the next where somebody has not answered in time; returns the new lines."""
    handover = locked(session, handover.id)
    if handover.state != HandoverState.OPEN or handover.begun_at is not None:
        return []
    made: list[HandoverItem] = []
    for row in lines(session, handover.id, (ItemState.PROPOSED,)):
        until = add_workdays(row.proposed_at, policy.handover.answer_workdays, calendar.is_workday)
        if row.to_id == handover.cover_id or until > at:
            continue
        following = _pass_on(session, handover, row, Refusal.SILENT, at, most=policy.handover.most_refusals)
        if following is not None:
            made.append(following)
    return made


def _record(
    session: Session,
    action: str,
    handover: Handover,
    actor: Employee | None,
    rows: Collection[HandoverItem],
    at: datetime,
    **details: object,
) -> None:
    items = [[row.area, row.item_id, row.to_id] for row in rows]
    audit.record(
        session,
        at=at,
        actor="system" if actor is None else actor.subject,
        action=action,
        subject=f"employee:{handover.employee_id}",
        details={"handover": handover.id, "items": items, **details},
    )
