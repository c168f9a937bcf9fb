"""What people may ask about performance: of themselves, of somebody, of a unit; each within their reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import staff
from models.base import among, find_rows
from models.cases import Payment
from models.performance import rules
from models.performance.around import LEADING, Around, Asked, measures_of, people_behind, people_of, together
from models.performance.catalogue import CATALOGUE, Term
from models.performance.kinds import KINDS
from models.performance.placing import Standing, standing_of
from models.performance.queries import Record, records_of
from models.performance.rules import (
    Direction,
    Figure,
    Gap,
    Score,
)
from models.performance.scoring import mixes_of, parts_of, score_of
from models.performance.seeing import SEE
from models.performance.windows import Window
from models.staff import Employee, Role
from models.staff import Unit as OrgUnit


@dataclass(frozen=True)
class Line:
    """One figure, with what it is held against."""

    measure: str
    figure: Figure
    before: Decimal | None
    """Of the days before; None: there was nothing to make it from."""
    target: Decimal | None = None

    @property
    def change(self) -> Decimal | None:
        """By how much it has grown."""
        if self.figure.value is None or self.before is None:
            return None
        return self.figure.value - self.before

    @property
    def better(self) -> bool | None:
        """Whether the change is to the good; None without one."""
        if not self.change:
            return None
        return (self.change > 0) == (CATALOGUE[self.measure].direction is Direction.HIGHER)


@dataclass(frozen=True)
class View:
    """The figures of somebody, or of a unit, over some days."""

    window: Window
    lines: Sequence[Line]
    score: Score | None
    """None: the role is not scored."""
    bucket: int | None
    people: Sequence[Employee]
    """Whose records they are made from."""
    loaded_at: datetime | None
    """When the newest payment of theirs was posted."""
    person: Employee | None = None
    unit: OrgUnit | None = None
    standing: Standing | None = None

    def line(self, measure: str) -> Line | None:
        """The line of a measure."""
        return next((one for one in self.lines if one.measure == measure), None)


def view_of(around: Around, person: Employee, asked: Asked, *, actor: Employee) -> View:
    """Somebody's figures; of who leads a unit, those of its people.

    Raises:
        NotPermitted, staff.OutOfReach: the actor does not see this person's performance.
    """
    session, at, policy = around.session, around.at, around.policy
    staff.require_for_person(session, actor=actor, action=SEE, person=person, at=at, policy=policy)
    [person] = staff.with_posts(session, [person], at=at)
    people = people_behind(around, person, asked.window)
    unit = session.get(OrgUnit, person.unit_id) if person.unit_id is not None else None
    posts = person.posts
    standing = None if person.role in LEADING or unit is None else standing_of(around, person, unit, asked)
    person.posts = posts  # those of now: peers are loaded with what they held when the days ended
    view = _view(around, people, asked, person)  # what the peers were asked is known of the person, too
    return View(
        view.window,
        view.lines,
        view.score,
        view.bucket,
        people,
        view.loaded_at,
        person,
        unit,
        standing,
    )


def view_of_unit(around: Around, unit: OrgUnit, asked: Asked, *, actor: Employee) -> View:
    """The figures of all people of a unit together.

    Raises:
        NotPermitted, staff.OutOfReach: the actor does not see the performance there.
    """
    session, policy = around.session, around.policy
    staff.require_for_unit(session, actor=actor, action=SEE, unit_id=unit.id, policy=policy)
    people = people_of(around, unit, asked.window)
    view = _view(around, people, asked, None)
    return View(view.window, view.lines, None, view.bucket, people, view.loaded_at, person=None, unit=unit)


def _view(around: Around, people: Sequence[Employee], asked: Asked, person: Employee | None) -> View:
    role = Role.COLLECTOR if person is None else person.role
    measures = [asked.measure] if asked.measure else list(measures_of(role, around.policy))
    weights = around.policy.performance.weights.get(role, {})
    wanted = {*measures, *(code for code in weights if code in CATALOGUE), "cases_assigned"}
    window = asked.window
    now = together(around.figures(people, window, wanted, asked.bucket), people)
    then = together(around.figures(people, window.before(around.at.date()), measures, asked.bucket), people)
    score, targets = None, {}
    if person is not None:
        aims = around.aims([person], window)[person.id]
        mixes = mixes_of(around, people, aims, window)
        parts = parts_of(around, person, people, now, aims, window, asked.bucket, mixes)
        targets = {one.measure: one.target for one in parts if one.target is not None}
        if weights and asked.bucket is None:
            score = score_of(around, person, [one for one in parts if one.measure in weights], window)
    lines = [
        Line(code, now[code], then[code].value if code in then else None, targets.get(code))
        for code in measures
        if code in now
    ]
    return View(window, lines, score, asked.bucket, people, _loaded_at(around.session, people))


_LAST = select(func.max(Payment.posted_at, type_=Payment.posted_at.type)).where(
    Payment.credited_to_id == Employee.id
)
_NEWEST = select(func.max(_LAST.scalar_subquery(), type_=Payment.posted_at.type)).where(among(Employee.id))
"""Of each the last entry of an index, whatever is before it."""


def _loaded_at(session: Session, people: Sequence[Employee]) -> datetime | None:
    [[newest]] = find_rows(session, _NEWEST, {"people": [one.id for one in people]})
    return cast("datetime | None", newest)


def missing(view: View, measure: str, target: Decimal | None = None) -> Gap | None:
    """How much more it takes to reach the target of a measure, or another one (what-if)."""
    line = view.line(measure)
    aim = target if target is not None else None if line is None else line.target
    if line is None or aim is None:
        return None
    known = CATALOGUE[measure]
    grows = measure in KINDS and KINDS[measure].grows
    return rules.gap(line.figure, known.unit, aim, known.direction, grows=grows)


@dataclass(frozen=True)
class Explained:
    """What a figure was made from: the records of somebody, or the figure of each person."""

    measure: str
    figure: Figure
    terms: Mapping[Term, Sequence[Record]]
    """Of one person; empty for several, and for what is not made from rows."""
    by_person: Sequence[tuple[Employee, Figure]]


def explain(view: View, around: Around, measure: str) -> Explained | None:
    """The records behind a figure of a view; None if the view has no such figure.

    They are those out of which the figure was added up (docs/adr/0030).
    """
    line, window = view.line(measure), view.window
    if line is None:
        return None
    if view.person is None or len(view.people) != 1 or view.people[0].id != view.person.id:
        found = around.figures(view.people, window, [measure], view.bucket)
        return Explained(measure, line.figure, {}, [(one, found[one.id][measure]) for one in view.people])
    if CATALOGUE[measure].live:
        return Explained(measure, line.figure, {}, [])
    terms = records_of(
        around.session,
        view.person.id,
        measure,
        window.first,
        window.last,
        at=around.at,
        bucket=view.bucket,
    )
    return Explained(measure, line.figure, terms, [])
