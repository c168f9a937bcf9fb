"""Placements: on which terms a creditor has placed a batch, what it declares, and what is there."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import audit
from models.cases.entering import creditor_called
from models.cases.tables import Case, Placement
from models.contact import Creditor
from models.errors import DomainError


class TermsMissing(DomainError):
    """A new placement needs more to be said of it (facts: what: `end_on`, `unit_id`)."""

    texts = "placements"


class PlacementOver(DomainError):
    """The placement has ended already (facts: end_on)."""

    texts = "placements"


class TermsReversed(DomainError):
    """The placement would end before it starts."""

    texts = "placements"


@dataclass(frozen=True)
class Terms:
    """What a file says of a placement; None: nothing."""

    start_on: date | None = None
    end_on: date | None = None
    commission_permille: int | None = None

    def goes_with(self, other: "Terms") -> bool:
        """Whether this says nothing else than the other."""
        return (
            self.start_on in (None, other.start_on)
            and self.end_on in (None, other.end_on)
            and self.commission_permille in (None, other.commission_permille)
        )


@dataclass(frozen=True)
class Totals:
    """How many cases there are, and what was owed when they were placed, in fen."""

    cases: int
    amount: int


def creditor_id(session: Session, name: str) -> int | None:
    """The creditor with this name."""
    return session.scalars(select(Creditor.id).where(Creditor.name == name)).one_or_none()


def find_placement(session: Session, *, creditor: str, number: str) -> Placement | None:
    """The placement with this number of the creditor with this name."""
    return session.scalars(
        select(Placement)
        .join(Creditor, Creditor.id == Placement.creditor_id)
        .where(Creditor.name == creditor, Placement.number == number)
    ).one_or_none()


def bring_up_to_date(
    session: Session,
    *,
    creditor: str,
    number: str,
    unit_id: int | None,
    terms: Terms,
    at: datetime,
    actor: str,
) -> Placement:
    """The placement with these terms, made at the first use; what the terms leave open stays as it is.

    Raises:
        TermsMissing: it is new, and nobody says until when or into whose pool; TermsReversed,
        PlacementOver: as named.
    """
    known = find_placement(session, creditor=creditor, number=number)
    if known is None:
        if terms.end_on is None or unit_id is None:
            raise TermsMissing(what="unit_id" if terms.end_on else "end_on")
        known = Placement(
            creditor_id=creditor_called(session, creditor).id,
            number=number,
            unit_id=unit_id,
            start_on=min(at.date(), terms.end_on),
            end_on=terms.end_on,
            created_at=at,
        )
        session.add(known)
        session.flush()
        changed = ["new"]
    else:
        changed = []
    for name in ("start_on", "end_on", "commission_permille"):
        said = getattr(terms, name)
        if said is not None and said != getattr(known, name):
            setattr(known, name, said)
            changed.append(name)
    if known.end_on < known.start_on:
        raise TermsReversed()
    if known.end_on < at.date():
        raise PlacementOver(end_on=known.end_on)
    session.flush()
    if changed:
        _record(session, "cases.keep_placement", known, at, actor, changed=changed)
    return known


def declare(
    session: Session, *, placement: Placement, cases: int | None, amount: int | None, at: datetime, actor: str
) -> None:
    """Keep what the creditor says the placement holds, in cases and fen (S3-45)."""
    if (placement.declared_cases, placement.declared_amount) == (cases, amount):
        return
    placement.declared_cases, placement.declared_amount = cases, amount
    session.flush()
    _record(session, "cases.declare_totals", placement, at, actor, cases=cases, amount=amount)


def totals(session: Session, placement: Placement) -> Totals:
    """What is there under a placement, ended cases included."""
    count, amount = session.execute(
        select(func.count(), func.sum(Case.placed_balance)).where(Case.placement_id == placement.id)
    ).one()
    return Totals(int(count), int(amount or 0))


def _record(
    session: Session, action: str, placement: Placement, at: datetime, actor: str, **details: object
) -> None:
    audit.record(
        session, at=at, actor=actor, action=action, subject=f"placement:{placement.id}", details=details
    )
