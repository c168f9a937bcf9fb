"""Reads for the turnover report, within the reach of who asks."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from models import staff
from models.calendar import add_months
from models.errors import DomainError, NotFound
from models.lifecycle import REASONS, Separation, SeparationState
from models.policy import Policy
from models.staff import Employee, OutOfReach, Post, Reach, Unit, UnitTree
from models.turnover import rules
from models.turnover.rules import Cohort, Held, Leaving, Period, Rate, Reasons, Spell, Survival, Timeline

SEE = "turnover.see"


class PeriodAhead(DomainError):
    """The period has not begun (facts: period)."""

    texts = "turnover"


class UnknownScope(NotFound):
    """There is no such unit or time, or the unit is not within reach: they look the same (facts: asked)."""

    texts = "turnover"


class WhichUnit(DomainError):
    """More than one unit within reach has this name (facts: asked, names)."""

    texts = "turnover"


@dataclass(frozen=True)
class Report:
    """Turnover of some units in a period, as far as `as_of` knows."""

    name: str
    """The unit, or the units, that are looked at."""
    period: Period
    as_of: datetime
    figures: Rate
    before: Rate | None
    """The period of the same length before it; None if it cannot be compared."""
    annual: Rate | None
    months: Sequence[tuple[Rate | None, Rate | None]]
    """Of the twelve months that end with the one of `as_of`: the monthly rate, and the annual one up to
    then."""
    early: Cohort | None
    """Of the year's hirings that are old enough; None if they are too few."""
    cohorts: Sequence[Cohort]
    """By quarter of hiring; those that are too small are one, at the end (`merged`)."""
    merged: Cohort | None
    survival: Survival
    reasons: Reasons
    leavers: Sequence[Spell]
    undated: int
    """How many people's date of hiring is not known: they are in no cohort."""
    closed: int
    days_to_close: Fraction | None
    """Median of days from announcing a leaving to closing it, of so many (S3-20)."""


def find_scope(session: Session, *, actor: Employee, asked: str, policy: Policy) -> Unit | None:
    """The unit that is asked for, by its name, its path, or a part of the name; None for all within reach.

    Raises:
        NotPermitted: the actor may not see turnover.
        UnknownScope: there is no such unit, or not within reach: the two look the same.
        WhichUnit: more than one has that name.
    """
    reach = staff.require(actor, SEE, policy.rights)
    if not asked:
        return None
    exact = staff.find_unit(session, asked)
    if exact is not None:
        if not staff.covers_unit(session, reach, exact.id):
            raise UnknownScope(asked=asked)
        return exact
    within = select(Unit).where(staff.unit_in_reach(reach, Unit.id), Unit.closed_at.is_(None))
    like = session.scalars(
        within.where(Unit.name.contains(asked, autoescape=True)).order_by(Unit.id).limit(6)
    ).all()
    if not like:
        raise UnknownScope(asked=asked)
    if len(like) > 1:
        raise WhichUnit(asked=asked, names=[unit.name for unit in like])
    return like[0]


def report(
    session: Session, *, actor: Employee, unit: Unit | None, period: Period, at: datetime, policy: Policy
) -> Report:
    """The turnover report of a unit with all below it, as far as the actor's reach goes (S3-19, S2-24).

    Raises:
        NotPermitted: the actor may not see turnover; OutOfReach: not of this unit.
        PeriodAhead: the period has not begun.
    """
    reach = staff.require(actor, SEE, policy.rights)
    if unit is not None and not staff.covers_unit(session, reach, unit.id):
        raise OutOfReach(action=SEE)
    values = policy.turnover
    as_of = min(at, period.ends_at)
    year = Period(add_months(_today(as_of).replace(day=1), -11), 12)
    horizon = add_months(year.first, -12 - values.survival_months)
    spells = _spells(session, _scope(reach, unit), since=rules.midnight(horizon))
    people = rules.Timeline(spells)
    figures = _rate(people, period, as_of, policy)
    if figures is None:
        raise PeriodAhead(period=period)
    gone = rules.leavers(spells, year.starts_at, as_of)
    cohorts, merged = rules.merge_small(_cohorts(spells, as_of, policy), values.least_people)
    closed, days_to_close = rules.lead_days(gone)
    return Report(
        name=_name(session, reach, unit),
        period=period,
        as_of=as_of,
        figures=figures,
        before=_before(people, period, as_of, policy),
        annual=_rate(people, year, as_of, policy),
        months=[
            (
                _rate(people, month, as_of, policy),
                _rate(people, month.year_to_its_end(), min(as_of, month.ends_at), policy),
            )
            for month in year.each()
        ],
        early=_early(spells, as_of, policy),
        cohorts=cohorts,
        merged=merged,
        survival=_survival(spells, as_of, policy),
        reasons=rules.reasons(gone, REASONS, values.least_people),
        leavers=gone,
        undated=sum(s.joined_here and s.hired_on is None and s.is_member(as_of) for s in spells),
        closed=closed,
        days_to_close=days_to_close,
    )


def _rate(people: Timeline, period: Period, as_of: datetime, policy: Policy) -> Rate | None:
    values = policy.turnover
    return rules.rate(people, period, as_of=as_of, formula=values.formula, least=values.least_people)


def _before(people: Timeline, period: Period, as_of: datetime, policy: Policy) -> Rate | None:
    """The period before, unless this one is not over, or that one began before anybody's leaving was kept."""
    first = people.first_leaving
    before = period.before()
    if as_of < period.ends_at or first is None or before.first < rules.last_day(first).replace(day=1):
        return None
    return _rate(people, period.before(), as_of, policy)


def _early(spells: Sequence[Spell], as_of: datetime, policy: Policy) -> Cohort | None:
    """Of those hired in the year that ended `early_days` ago."""
    days = policy.turnover.early_days
    last = _today(as_of) - timedelta(days=days)
    found = rules.early(spells, last - timedelta(days=364), last, as_of=as_of, days=days)
    return found if found.hired >= max(policy.turnover.least_people, 1) else None


def _cohorts(spells: Sequence[Spell], as_of: datetime, policy: Policy) -> list[Cohort]:
    """By quarter of hiring, those of which everybody is old enough."""
    days = policy.turnover.early_days
    today = _today(as_of)
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    found = []
    for back in range(policy.turnover.survival_months // 3 + 1):
        first = add_months(quarter, -3 * back)
        end = add_months(first, 3) - timedelta(days=1)
        if end + timedelta(days=days) <= today:
            found.append(rules.early(spells, first, end, as_of=as_of, days=days))
    return found[::-1]


def _survival(spells: Sequence[Spell], as_of: datetime, policy: Policy) -> Survival:
    """Of those hired in the last months; whoever is still employed is censored."""
    today = _today(as_of)
    first = add_months(today.replace(day=1), -policy.turnover.survival_months)
    lives = [
        (spell.days(today), spell.left_by(as_of))
        for spell in spells
        if spell.joined_here and spell.hired_on is not None and first <= spell.hired_on <= today
    ]
    return rules.survival(lives, least=policy.turnover.least_people)


def _today(as_of: datetime) -> date:
    return rules.last_day(as_of)


def _scope(reach: Reach, unit: Unit | None) -> ColumnElement[bool]:
    """Posts in the units that are looked at."""
    inside = staff.unit_in_reach(reach, Post.unit_id)
    if unit is None:
        return inside
    below = select(UnitTree.unit_id).where(UnitTree.ancestor_id == unit.id)
    return inside & Post.unit_id.in_(below)


def _name(session: Session, reach: Reach, unit: Unit | None) -> str:
    """What the units that are looked at are called together."""
    if unit is not None:
        return unit.name
    if reach.everything:
        root = staff.root_unit(session)
        return "" if root is None else root.name
    ids = sorted(reach.teams | reach.subtrees)
    return "、".join(session.scalars(select(Unit.name).where(Unit.id.in_(ids)).order_by(Unit.id)))


def _spells(session: Session, scope: ColumnElement[bool], *, since: datetime) -> Sequence[Spell]:
    """Everybody who ever had a main post in these units and had not left before `since`."""
    ever = exists().where(Post.employee_id == Employee.id, Post.is_main.is_(True)).where(scope)
    relevant = or_(Employee.left_at.is_(None), Employee.left_at > since)
    people = session.execute(
        select(Employee.id, Employee.number, Employee.hired_on, Employee.left_at).where(ever, relevant)
    ).all()
    inside = set(
        session.scalars(
            select(Post.id).join(Employee, Employee.id == Post.employee_id).where(relevant, scope)
        )
    )
    held: dict[int, list[Held]] = defaultdict(list)
    posts = (
        select(Post.id, Post.employee_id, Post.starts_at, Post.ends_at, Unit.name)
        .join(Unit, Unit.id == Post.unit_id)
        .join(Employee, Employee.id == Post.employee_id)
        .where(Post.is_main.is_(True), relevant)
    )
    for id_, person, starts_at, ends_at, name in session.execute(posts):
        held[person].append(Held(starts_at, ends_at, id_ in inside, name))
    leavings = _leavings(session)
    found: list[Spell] = []
    for person, number, hired_on, left_at in people:
        known = leavings.get(person, [])
        if left_at is not None and all(one.at != left_at for one in known):
            known = [*known, Leaving(left_at)]
        found += rules.spells_of(person, number, hired_on, held[person], known, employed=left_at is None)
    return found


def _leavings(session: Session) -> dict[int, list[Leaving]]:
    """Person → the leavings that were announced and not called off."""
    found: dict[int, list[Leaving]] = defaultdict(list)
    rows = select(
        Separation.employee_id,
        Separation.leaves_at,
        Separation.reason,
        Separation.announced_at,
        Separation.closed_at,
    ).where(Separation.state != SeparationState.CANCELLED)
    for person, leaves_at, reason, announced_at, closed_at in session.execute(rows):
        found[person].append(Leaving(leaves_at, reason, announced_at, closed_at))
    return found
