"""Which rule pack a creditor's debtors live by."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit, staff
from models.contact.errors import CallsOutOfRange, NoSuchCreditor, NoSuchPack
from models.contact.standing import RULES
from models.contact.tables import Creditor
from models.policy import Policy
from models.rule_packs import RulePack
from models.staff import Employee


def creditors(session: Session, *, actor: Employee, policy: Policy) -> Sequence[Creditor]:
    """Every creditor, in the order of their names.

    Raises:
        NotPermitted: the actor may not change the rules of contact.
    """
    staff.require(actor, RULES, policy.rights)
    return session.scalars(select(Creditor).order_by(Creditor.name)).all()


def pack_called(name: str, policy: Policy) -> RulePack:
    """The rule pack of this name or title.

    Raises:
        NoSuchPack: there is none.
    """
    for pack in policy.packs.values():
        if name in (pack.name, pack.title):
            return pack
    titles = [f"{pack.title}（{pack.name}）" for pack in policy.packs.values()]
    raise NoSuchPack(name=name, packs=titles)


def choose_pack(
    session: Session,
    *,
    actor: Employee,
    creditor: str | int,
    pack: str,
    calls_per_day: int | None,
    at: datetime,
    policy: Policy,
) -> Creditor:
    """From now on the debtors of a creditor (its name or id) live by this pack, at most with its own number.

    Raises:
        NotPermitted: the actor may not; NoSuchCreditor, NoSuchPack: there is none; CallsOutOfRange: the
        creditor's number would not be a lower one.
    """
    staff.require(actor, RULES, policy.rights)
    named = Creditor.id == creditor if isinstance(creditor, int) else Creditor.name == creditor
    found = session.scalars(select(Creditor).where(named)).one_or_none()
    if found is None:
        raise NoSuchCreditor(name=str(creditor))
    chosen = pack_called(pack, policy)
    calls = chosen.on(at.date()).calls
    if calls_per_day is not None and not 1 <= calls_per_day <= (calls.value if calls else calls_per_day):
        raise CallsOutOfRange(most=calls.value if calls else None)
    before = {"pack": found.pack, "calls": found.calls_per_day}
    found.pack, found.calls_per_day = chosen.name, calls_per_day
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="contact.choose_pack",
        subject=f"creditor:{found.id}",
        details={"pack": chosen.name, "calls": calls_per_day, "before": before},
    )
    return found
