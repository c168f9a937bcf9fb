"""Where customers are: sealed under the customer's own key, never a place of one of ours."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import secrecy
from models.cases import CONFIRMED, IMPORTED, OPEN, Case, place_text, read_place
from models.contact import Debtor
from models.locations import Fix, Point, Target, canonical, metres_between
from models.policy import FieldworkPolicy
from models.staff import Employee


@dataclass(frozen=True)
class Near:
    """A customer near a point."""

    case: Case
    name: str
    """The debtor's masked name."""
    metres: int


def place_of(session: Session, debtor: Debtor) -> Point | None:
    """Where the debtor's address is, GCJ-02; None if nobody has said so."""
    return read_place(secrecy.open_text(session, debtor.subject, debtor.place))


def target_of(session: Session, debtor: Debtor, policy: FieldworkPolicy) -> Target | None:
    """The place that a check-in at this debtor is compared with."""
    point = place_of(session, debtor)
    if point is None:
        return None
    return Target(point, policy.fence_metres, geocode=debtor.place_origin == IMPORTED)


def keep_place(session: Session, *, debtor: Debtor, point: Point) -> None:
    """Keep where a debtor is, as confirmed by who leads."""
    debtor.place = secrecy.seal(session, debtor.subject, place_text(point))
    debtor.place_origin = CONFIRMED
    session.flush()


def customers_near(
    session: Session, *, employee: Employee, fix: Fix, policy: FieldworkPolicy, limit: int
) -> Sequence[Near]:
    """The customers of somebody's own open cases around a point, the nearest first; one case of each."""
    here = canonical(fix.latitude, fix.longitude, fix.coord_type)
    rows = session.execute(
        select(Case, Debtor)
        .join(Debtor, Debtor.id == Case.debtor_id)
        .where(Case.live_owner_id == employee.id, Case.status.in_([str(one) for one in OPEN]))
        .where(Debtor.place.is_not(None))
        .order_by(Case.id)
    ).all()
    sealers = secrecy.sealers(session, {debtor.subject for _, debtor in rows})
    found: dict[int, Near] = {}
    for case, debtor in rows:
        sealer = sealers.get(debtor.subject)
        point = None if sealer is None else read_place(sealer.open(debtor.place))
        if point is None or debtor.id in found:
            continue
        metres = metres_between(here, point)
        if metres - min(fix.accuracy or 0.0, policy.fence_metres) <= policy.fence_metres:
            found[debtor.id] = Near(case, debtor.name_mask, round(metres))
    return sorted(found.values(), key=lambda one: one.metres)[:limit]


def places_of_cases(session: Session, *, owner_id: int) -> Sequence[Point]:
    """Where the customers of somebody's open cases are, as far as anybody has said so."""
    debtors = session.scalars(
        select(Debtor)
        .join(Case, Case.debtor_id == Debtor.id)
        .where(Case.live_owner_id == owner_id, Case.status.in_([str(one) for one in OPEN]))
        .where(Debtor.place.is_not(None))
        .distinct()
    ).all()
    sealers = secrecy.sealers(session, {debtor.subject for debtor in debtors})
    found = [
        read_place(sealer.open(debtor.place))
        for debtor in debtors
        if (sealer := sealers.get(debtor.subject)) is not None
    ]
    return [point for point in found if point is not None]
