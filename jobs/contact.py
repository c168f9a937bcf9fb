"""What people hear of the guard by themselves: a debtor of theirs is on a risk list."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from jobs.base import JobContext, Notice
from models import cases, staff
from models.contact import Debtor
from models.planning import DueItem
from models.staff import Employee, Role

SHOWN = 10
"""So many debtors are named in one message."""


def tell_of_risk(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Who has a debtor on a risk list hears of it, and so does compliance: one message for all of them."""
    debtors = [ctx.session.get(Debtor, item.subject_id) for item in items]
    found = [debtor for debtor in debtors if debtor is not None and debtor.risk]
    numbers = cases.open_numbers(ctx.session, [debtor.id for debtor in found])
    of_owner: dict[int, list[dict[str, Any]]] = defaultdict(list)
    lines = []
    for debtor in found:
        line = {
            "name": debtor.name_mask,
            "kind": ctx.policy.contact.risk_kinds.get(debtor.risk.rstrip("?"), debtor.risk),
            "stopped": debtor.stopped_at is not None,
            "numbers": numbers[debtor.id],
        }
        lines.append(line)
        if numbers[debtor.id]:
            of_owner[debtor.owner_id].append(line)
    told = []
    for owner_id, some in of_owner.items():
        owner = ctx.session.get(Employee, owner_id)
        if owner is not None:
            told.append(Notice(owner, "risk/yours_are_listed", {"lines": some[:SHOWN], "count": len(some)}))
    if lines:
        for person in staff.holders(ctx.session, Role.COMPLIANCE, unit_id=None, at=ctx.now):
            told.append(Notice(person, "risk/are_listed", {"lines": lines[:SHOWN], "count": len(lines)}))
    return told
