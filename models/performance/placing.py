"""People beside each other: places among peers, and the ranking of a unit (domain.md 4.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from models import staff
from models.performance import rules
from models.performance.around import FIRST, Around, Asked, measures_of, people_of
from models.performance.catalogue import CATALOGUE
from models.performance.rules import (
    Direction,
    Entrant,
    Figure,
    Ranking,
    Unit,
)
from models.performance.scoring import scores
from models.performance.seeing import SEE
from models.performance.windows import Window
from models.policy import Policy
from models.staff import Employee, UnitKind, UnitTree
from models.staff import Unit as OrgUnit

COMPARED = ("cases_assigned", "customers", "attended_days", "complaints_per_100", "ptp_kept_rate")
"""What a place needs beside what is compared: who takes part, and how a tie is shown."""
SCORE = ""
"""The measure that stands for the composite score."""


@dataclass(frozen=True)
class Standing:
    """A place among peers: the same role, in the nearest unit that has enough of them."""

    unit: OrgUnit
    measure: str
    """A code, or `SCORE`."""
    ranking: Ranking
    place: rules.Place
    cases: int
    customers: int
    days: int
    """What the person was given, sold to and attended, where that is too little to be ranked."""
    peers: int
    running: int
    """How many of them are ranked."""


@dataclass(frozen=True)
class Ranked:
    """The people of a unit in one role, beside each other."""

    role: str
    measure: str
    ranking: Ranking
    people: Mapping[int, Employee]
    figures: Mapping[int, Mapping[str, Figure]]

    def value(self, place: rules.Place) -> Decimal | None:
        """What is shown of a place: the figure itself where a shrunk one is compared, else the score."""
        if not self.measure:
            return place.entrant.value
        own = self.figures[place.entrant.person].get(self.measure)
        return None if own is None else own.value


def standing_of(around: Around, person: Employee, unit: OrgUnit, asked: Asked) -> Standing | None:
    there = _peers(around, person, unit, asked.window)
    if there is None:
        return None
    where, peers = there
    ranked = _rank(around, person.role, peers, asked)
    place = ranked.ranking.of(person.id)
    if place is None:
        return None
    own = ranked.figures[person.id]
    return Standing(
        where,
        ranked.measure,
        ranked.ranking,
        place,
        cases=_count(own, "cases_assigned"),
        customers=_count(own, "customers"),
        days=_count(own, "attended_days"),
        peers=len(peers),
        running=sum(one.rank is not None for one in ranked.ranking.places),
    )


def _count(own: Mapping[str, Figure], code: str) -> int:
    return own[code].numerator if code in own else 0


def _things(own: Mapping[str, Figure]) -> int:
    """What the figures of somebody rest on: cases they had, and customers whom they sold to."""
    return _count(own, "cases_assigned") + _count(own, "customers")


def _peers(
    around: Around, person: Employee, unit: OrgUnit, window: Window
) -> tuple[OrgUnit, Sequence[Employee]] | None:
    """The people of the same role in the own team, else in the nearest unit with enough of them, up to the
    own branch."""
    session = around.session
    above = session.scalars(
        select(OrgUnit)
        .join(UnitTree, UnitTree.ancestor_id == OrgUnit.id)
        .where(UnitTree.unit_id == unit.id)
        .order_by(UnitTree.depth)
    ).all()
    found: tuple[OrgUnit, Sequence[Employee]] | None = None
    for where in above:
        peers = [one for one in people_of(around, where, window) if one.role == person.role]
        if any(one.id == person.id for one in peers):
            found = where, peers
            if len(peers) >= around.policy.performance.least_people:
                return found
        if where.kind != UnitKind.TEAM:
            break
    return found


def ranking_of(around: Around, unit: OrgUnit, asked: Asked, *, actor: Employee) -> Sequence[Ranked]:
    """The people of a unit beside each other, each role apart; only those whom the actor sees.

    Raises:
        NotPermitted, staff.OutOfReach: the actor does not see the performance there.
    """
    session, policy = around.session, around.policy
    staff.require_for_unit(session, actor=actor, action=SEE, unit_id=unit.id, policy=policy)
    by_role: dict[str, list[Employee]] = {}
    for one in people_of(around, unit, asked.window):
        by_role.setdefault(one.role, []).append(one)
    return [_rank(around, role, people, asked) for role, people in sorted(by_role.items())]


def _rank(around: Around, role: str, people: Sequence[Employee], asked: Asked) -> Ranked:
    """By the measure asked for; else by the score where anybody has one, else by the first of the role."""
    values = around.policy.performance
    main = _main(role, around.policy)
    wanted = [asked.measure] if asked.measure else measures_of(role, around.policy)
    found = around.figures(people, asked.window, [*wanted, *COMPARED], asked.bucket)
    if asked.bucket is not None:
        days = around.figures(people, asked.window, ["attended_days"])
        found = {who: {**own, **days[who]} for who, own in found.items()}
    measure, compared = asked.measure, dict[int, Decimal | None]()
    if not measure and asked.bucket is None:
        made = scores(around, people, found, asked.window)
        compared = {who: one.value for who, one in made.items()}
    if measure or all(value is None for value in compared.values()):
        measure = measure or main
        compared = _shrunk(around, measure, people, found)
    direction = CATALOGUE[measure].direction if measure else Direction.HIGHER
    entrants = [
        Entrant(
            one.id,
            one.number or one.wecom_id,
            compared.get(one.id),
            rules.eligible(
                _things(found[one.id]),
                _count(found[one.id], "attended_days"),
                least_cases=values.least_cases,
                least_days=values.least_days,
            ),
            _value(found[one.id], "complaints_per_100") or Decimal(0),
            _value(found[one.id], "ptp_kept_rate"),
        )
        for one in people
    ]
    ranking = rules.ranked(entrants, direction, least_people=values.least_people)
    return Ranked(role, measure, ranking, {one.id: one for one in people}, found)


def _main(role: str, policy: Policy) -> str:
    weights = policy.performance.weights.get(role, {})
    return next((code for code in weights if code in CATALOGUE), FIRST[-1])


def _value(own: Mapping[str, Figure], code: str) -> Decimal | None:
    return own[code].value if code in own else None


def _shrunk(
    around: Around, measure: str, people: Sequence[Employee], found: Mapping[int, Mapping[str, Figure]]
) -> dict[int, Decimal | None]:
    """What is compared: rates drawn towards what all reach together, everything else as it is (4.3)."""
    rows = {one.id: found[one.id][measure] for one in people if measure in found[one.id]}
    unit = CATALOGUE[measure].unit
    mean = rules.peer_mean(rows.values(), unit)
    if unit is not Unit.RATE or mean is None:
        return {who: row.value for who, row in rows.items()}
    money = any(term.money for term in CATALOGUE[measure].denominator)
    return {
        who: rules.shrunk(
            row,
            mean,
            cases=_things(found[who]) if money else None,
            strength=around.policy.performance.shrink_strength,
        )
        for who, row in rows.items()
    }
