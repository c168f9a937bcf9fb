"""催: everybody who has something waiting is reminded once, with their own list."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router, to_confirm
from handlers.meant_cases import scope, wanted
from models import cases, proposals, secrecy, staff, wording
from models.cases import Filter, Overdue
from models.staff import Employee

router = Router(texts="chasing")

MAY = "cases.assign"
CHASE = "chase"
LISTED = 4
"""Numbers of cases that stand on a card; of more only their count is told."""
SHOWN = 5
"""People on a preview."""


@router.sentence(
    "chase",
    "<chase> {who}",
    "<chase>",
    "<take>? {who} <chase>",
    "<chase> {who} {words}",
    "<chase> {said}",
    "让|叫|喊 {who} <hurry>",
    anywhere=(
        "{filter}",
        "<hurry>",
        "<around_chase>",
        "<without> {without} <apart>?",
        "{without} <apart>",
    ),
    needs=("who|filter",),
    may=MAY,
)
def chase(ctx: Context) -> Reply:
    """催人办手上的案件，如「催一下还没接单的」"""
    words = wording.require_clean(ctx.session, ctx.slots.words, ctx.policy).masked
    whose, filter_ = scope(ctx, MAY), wanted(ctx)
    found = _found(ctx, whose, filter_)
    if not found:
        return Reply("nobody_to_chase")
    sealed = secrecy.seal(ctx.session, ctx.employee.subject, words) or b""
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind=CHASE,
        arguments={
            "people": {str(one.person_id): list(one.numbers) for one in found},
            "words": base64.b64encode(sealed).decode(),
            "filter": filter_.as_json(),
        },
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    return Reply(
        "preview",
        proposal=proposal,
        found=[(ctx.session.get_one(Employee, one.person_id).name, one) for one in found[:SHOWN]],
        people=len(found),
        count=sum(len(one.numbers) for one in found),
        amount=sum(one.amount for one in found),
        words=words,
        most=cases.MOST_CHASED,
        data=to_confirm(proposal),
    )


def _found(
    ctx: Context, whose: cases.Scope, filter_: Filter, among: Mapping[int, Sequence[int]] | None = None
) -> Sequence[Overdue]:
    return cases.to_chase(
        ctx.session,
        actor=ctx.employee,
        scope=whose,
        filter_=filter_,
        among=among,
        at=ctx.now,
        policy=ctx.policy,
    )


@router.confirmation(CHASE, may=MAY)
def send(ctx: Context) -> list[Part]:
    """确认催办"""
    assert ctx.proposal is not None
    kept = ctx.proposal.arguments
    words = (
        secrecy.open_text(ctx.session, ctx.employee.subject, base64.b64decode(kept["words"]) or None) or ""
    )
    asked = {int(id_): numbers for id_, numbers in kept["people"].items()}
    whose = cases.scope_of(
        ctx.session, actor=ctx.employee, action=MAY, people=list(asked), at=ctx.now, policy=ctx.policy
    )
    filter_ = Filter.from_json(kept["filter"])
    told: list[Part] = []
    chased: list[Overdue] = []
    for one in _found(ctx, whose, filter_, asked):
        person = ctx.session.get_one(Employee, one.person_id)
        if not person.is_here(ctx.now):
            continue
        chased.append(one)
        values: dict[str, Any] = {
            "by": ctx.employee,
            "lines": cases.listed(ctx.session, one.numbers[:LISTED]),
            "count": len(one.numbers),
            "words": words,
            "not_accepted": filter_.not_accepted,
        }
        [person] = staff.with_posts(ctx.session, [person], at=ctx.now)
        told.append(Notice(person, "chasing/please", values))
    if not chased:
        return [Reply("nobody_to_chase")]
    cases.note_chase(ctx.session, actor=ctx.employee, chased=chased, at=ctx.now)
    minutes = ctx.policy.cases.undo_minutes
    undo = proposals.remember(
        ctx.session,
        actor=ctx.employee,
        kind=CHASE,
        arguments={},
        cause=ctx.cause,
        at=ctx.now,
        minutes=minutes,
    )
    return [Reply("chased", people=len(chased), undo=undo, minutes=minutes), *told]


@router.inverse(CHASE, may=MAY)
def call_back(ctx: Context) -> Reply:
    """撤销催办"""
    return Reply("called_back", taken=ctx.taken_back)
