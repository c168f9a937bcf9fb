"""交接: the ledger, and the answers of those who are asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.base import CloseCards, Context, Part, Reply, Router
from handlers.meant import person_called
from handlers.parsing import read_giving
from jobs.handover import ask, card_of, given
from models import handover, lifecycle
from models.handover import Handover, HandoverItem, ItemState, Refusal
from models.lifecycle import Ledger
from models.staff import Employee

router = Router(texts="handover")


@dataclass(frozen=True)
class Successor:
    """The account of who is to take over what nobody has accepted."""

    to: str


@dataclass(frozen=True)
class Declined:
    """Why somebody cannot take an item."""

    reason: Refusal


@router.command("交接", may="handover.steer", takes_args=True)
def show(ctx: Context) -> list[Part]:
    """看某人的交接；「交接 张三 给 王五」换人接"""
    if not ctx.args:
        return [Reply("how_to_hand_over")]
    from_and_to = read_giving(ctx.args)
    if from_and_to is not None:
        return _name(ctx, *from_and_to)
    return _show(ctx, ctx.args)


@router.endpoint("GET", "/people/<account>/handover", may="handover.steer")
def get_handover(ctx: Context) -> list[Part]:
    """看某人的交接：每一项由谁接，到哪一步"""
    return _show(ctx, ctx.path["account"])


@router.endpoint("POST", "/people/<account>/handover", may="handover.steer", body=Successor)
def post_successor(ctx: Context) -> list[Part]:
    """换人接：没人应下的都请这个人接"""
    return _name(ctx, ctx.path["account"], ctx.body.to)


def _show(ctx: Context, asked: str) -> list[Part]:
    person, one = _handover(ctx, asked)
    if one is None:
        return [Reply("nothing_under_way", person=person, data={"handover": None})]
    book = lifecycle.ledger(ctx.session, of=one, at=ctx.now)
    return [Reply("ledger", ledger=book, own=False, data={"handover": _as_data(book)})]


def _as_data(book: Ledger) -> Mapping[str, Any]:
    return {
        "id": book.handover.id,
        "account": book.person.wecom_id,
        "cause": book.handover.cause,
        "state": book.handover.state,
        "effective_at": book.handover.effective_at,
        "returns_at": book.handover.returns_at,
        "nobody": book.nobody,
        "items": [_item(row, to) for row, _, to in book.lines],
    }


def _item(row: HandoverItem, to: Employee) -> Mapping[str, Any]:
    return {"id": row.id, "kind": row.kind, "state": row.state, "to": to.wecom_id}


def _name(ctx: Context, who: str, to: str) -> list[Part]:
    person, one = _handover(ctx, who)
    successor = person_called(ctx, "handover.steer", to)
    if one is None:
        return [Reply("nothing_under_way", person=person)]
    before = {row.id: row.to_id for row in handover.lines(ctx.session, one.id, (ItemState.PROPOSED,))}
    rows = handover.name_successor(
        ctx.session, actor=ctx.employee, handover=one, successor=successor, at=ctx.now, policy=ctx.policy
    )
    left = {row.to_id for row in handover.lines(ctx.session, one.id, (ItemState.PROPOSED,))}
    closed: list[Part] = [
        CloseCards(card_of(one.id, id_), "handover/replaced_card")
        for id_ in sorted(set(before.values()) - left)
    ]
    moved = [row for row in rows if row.state == ItemState.MOVED]
    told: list[Part] = [*given(ctx.session, one, moved)] if successor.id != ctx.employee.id else []
    if successor.id == ctx.employee.id:
        return [Reply("accepted", count=len(rows), person=person, handover=one), *closed]
    return [
        Reply("named", person=person, successor=successor, asked=len(rows) - len(moved), moved=len(moved)),
        *closed,
        *ask(ctx.session, [row for row in rows if row.state == ItemState.PROPOSED], ctx.now),
        *told,
    ]


def _handover(ctx: Context, asked: str) -> tuple[Employee, Handover | None]:
    return lifecycle.the_handover(ctx.session, actor=ctx.employee, asked=asked, at=ctx.now, policy=ctx.policy)


@router.command("我的交接", may="handover.answer")
@router.endpoint("GET", "/handover-items", may="handover.answer")
def mine(ctx: Context) -> list[Part]:
    """看我要交出去的，和别人请我接的"""
    replies: list[Part] = []
    found = [one for one in handover.handovers_of(ctx.session, ctx.employee.id) if one.state == "open"]
    books = [lifecycle.ledger(ctx.session, of=one, at=ctx.now) for one in found]
    waiting = handover.asked(ctx.session, employee_id=ctx.employee.id)
    data = {
        "handovers": [_as_data(book) for book in books],
        "items": [{"handover": row.handover_id, **_item(row, ctx.employee)} for row in waiting],
    }
    replies += [Reply("ledger", ledger=book, own=True, data=data) for book in books]
    for id_ in dict.fromkeys(row.handover_id for row in waiting):
        replies.append(_card(ctx, id_, [row for row in waiting if row.handover_id == id_], data))
    return replies or [Reply("nothing_of_yours", data=data)]


@router.tap("handover_accept", may="handover.answer")
def accept(ctx: Context) -> list[Part]:
    """接下交接的工作"""
    id_, line_id, _ = _read(ctx.args)
    return _accept(ctx, id_, line_id)


@router.endpoint("POST", "/handover-items/<int:id>/accept", may="handover.answer")
def accept_item(ctx: Context) -> list[Part]:
    """接下一项交接的工作"""
    row = _asked_of_me(ctx)
    return _accept(ctx, row.handover_id, row.id)


def _accept(ctx: Context, id_: int, line_id: int | None) -> list[Part]:
    rows = handover.accept(
        ctx.session, actor=ctx.employee, handover_id=id_, at=ctx.now, policy=ctx.policy, line_id=line_id
    )
    one = ctx.session.get_one(Handover, id_)
    person = lifecycle.ledger(ctx.session, of=one, at=ctx.now).person
    done: list[Part] = [Reply("accepted", count=len(rows), person=person, handover=one)]
    return done + _rest(ctx, one, line_id)


@router.tap("handover_refuse", may="handover.answer")
def refuse(ctx: Context) -> list[Part]:
    """接不了，先说原因"""
    id_, line_id, reason = _read(ctx.args)
    if reason is None:
        return [Reply("why_not", key=ctx.args)]
    return _refuse(ctx, id_, line_id, reason)


@router.endpoint("POST", "/handover-items/<int:id>/refuse", may="handover.answer", body=Declined)
def refuse_item(ctx: Context) -> list[Part]:
    """接不了一项，要说原因"""
    row = _asked_of_me(ctx)
    return _refuse(ctx, row.handover_id, row.id, ctx.body.reason)


def _asked_of_me(ctx: Context) -> HandoverItem:
    """The line of the path.

    Raises:
        NothingToAnswer: there is none, or it is not for the asker to answer.
    """
    for row in handover.asked(ctx.session, employee_id=ctx.employee.id):
        if row.id == ctx.path["id"]:
            return row
    raise handover.NothingToAnswer()


def _refuse(ctx: Context, id_: int, line_id: int | None, reason: Refusal) -> list[Part]:
    rows = handover.refuse(
        ctx.session,
        actor=ctx.employee,
        handover_id=id_,
        reason=reason,
        at=ctx.now,
        policy=ctx.policy,
        line_id=line_id,
    )
    one = ctx.session.get_one(Handover, id_)
    done: list[Part] = [Reply("refused"), *ask(ctx.session, rows, ctx.now)]
    return done + _rest(ctx, one, line_id)


@router.tap("handover_each", may="handover.answer")
def one_by_one(ctx: Context) -> list[Part]:
    """逐项看要接的工作"""
    id_, _, _ = _read(ctx.args)
    waiting = _waiting(ctx, id_)
    if not waiting:
        raise handover.NothingToAnswer()
    return [_single(ctx, waiting)]


def _rest(ctx: Context, one: Handover, line_id: int | None) -> list[Part]:
    """The next item for who answers one by one; with none left the card of all is closed."""
    waiting = _waiting(ctx, one.id)
    if waiting:
        return [_single(ctx, waiting)] if line_id is not None else []
    return [CloseCards(card_of(one.id, ctx.employee.id), "handover/answered_card")]


def _waiting(ctx: Context, handover_id: int) -> list[HandoverItem]:
    asked = handover.asked(ctx.session, employee_id=ctx.employee.id)
    return [row for row in asked if row.handover_id == handover_id]


def _single(ctx: Context, waiting: list[HandoverItem]) -> Reply:
    [(row, item)] = handover.labelled(ctx.session, waiting[:1], ctx.now)
    one = ctx.session.get_one(Handover, row.handover_id)
    person = lifecycle.ledger(ctx.session, of=one, at=ctx.now).person
    return Reply("single", row=row, item=item, person=person, handover=one, more=len(waiting) - 1)


def _card(ctx: Context, handover_id: int, rows: Sequence[HandoverItem], data: Mapping[str, Any]) -> Reply:
    one = ctx.session.get_one(Handover, handover_id)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.kind] = counts.get(row.kind, 0) + 1
    person = lifecycle.ledger(ctx.session, of=one, at=ctx.now).person
    return Reply("asked", person=person, handover=one, counts=counts, why=rows[0].why, data=data)


def _read(args: str) -> tuple[int, int | None, Refusal | None]:
    """(handover, line, reason) of a button: `17`, `17.5`, `17.busy`, `17.5.busy`.

    Raises:
        NothingToAnswer: the button makes no sense.
    """
    found = re.fullmatch(r"(\d{1,9})(?:\.(\d{1,9}))?(?:\.(busy|unfamiliar|conflict))?", args)
    if found is None:
        raise handover.NothingToAnswer()
    line = int(found[2]) if found[2] else None
    return int(found[1]), line, Refusal(found[3]) if found[3] else None
