"""Whom a question about performance is about, and what all questions need."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from sqlalchemy import String, bindparam, literal_column, select
from sqlalchemy.orm import Session

from models import staff
from models.base import SHANGHAI
from models.calendar import WorkCalendar
from models.performance import rules
from models.performance.catalogue import CATALOGUE, Measure
from models.performance.queries import figures
from models.performance.rules import (
    Figure,
)
from models.performance.targets import Standard, standards
from models.performance.windows import DAY, Window
from models.policy import Policy
from models.staff import Employee, Post, Role, UnitTree
from models.staff import Unit as OrgUnit

FIRST = ("recovered_amount", "recovery_rate_amount")
"""Shown of everybody, before what their role is scored by."""
LEADING = (Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER)
"""Whose figures are those of their people."""


@dataclass(frozen=True)
class Asked:
    """What is wanted: over which days, of which measures, of which bucket."""

    window: Window
    measure: str = ""
    """Only this one; empty: all of the role."""
    bucket: int | None = None


@dataclass(frozen=True)
class Around:
    """What every question needs; it serves one question, and asks nothing twice."""

    session: Session
    at: datetime
    policy: Policy
    calendar: WorkCalendar
    _figures: dict[tuple[Window, int | None], dict[int, dict[str, Figure]]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _aims: dict[tuple[object, ...], Sequence[Standard]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def figures(
        self,
        people: Collection[Employee],
        window: Window,
        measures: Collection[str],
        bucket: int | None = None,
    ) -> Mapping[int, Mapping[str, Figure]]:
        """Person → measure → figure."""
        codes = [one for one in dict.fromkeys(measures) if bucket is None or CATALOGUE[one].by_bucket]
        ids = [one.id for one in people]
        known = self._figures.setdefault((window, bucket), {})
        lacking = [code for code in codes if any(code not in known.get(id_, ()) for id_ in ids)]
        if lacking:
            found = figures(
                self.session,
                ids,
                window.first,
                window.last,
                at=self.at,
                calendar=self.calendar,
                measures=lacking,
                bucket=bucket,
            )
            for id_, own in found.items():
                known.setdefault(id_, {}).update(own)
        return {id_: {code: known[id_][code] for code in codes} for id_ in ids}

    def aims(self, people: Collection[Employee], window: Window) -> Mapping[int, Sequence[Standard]]:
        """Person → what they are to reach, as the month of the first day says."""
        first = window.first.replace(day=1)
        keys = {one.id: (first, one.id, one.role, one.unit_id) for one in people}
        lacking = [one for one in people if keys[one.id] not in self._aims]
        if lacking:
            found = standards(self.session, lacking, first=first, policy=self.policy)
            self._aims.update({keys[id_]: own for id_, own in found.items()})
        return {id_: self._aims[key] for id_, key in keys.items()}


_PEOPLE = (
    select(Employee)
    .join(Post, Post.employee_id == Employee.id)
    .join(UnitTree, UnitTree.unit_id == Post.unit_id)
    .where(
        UnitTree.ancestor_id == bindparam("unit"),
        Post.is_main.is_(True),
        Post.role.in_(literal_column(f"'{role}'", String) for role in (Role.COLLECTOR, Role.FIELD_REP)),
        staff.held(bindparam("at", type_=Post.starts_at.type)),
    )
    .order_by(Employee.id)
)


def people_of(around: Around, unit: OrgUnit, window: Window) -> Sequence[Employee]:
    """Who worked on cases in a unit and below it when the days ended, by id."""
    end = min(around.at, datetime.combine(window.last + DAY, time(), tzinfo=SHANGHAI) - timedelta(seconds=1))
    found = around.session.scalars(_PEOPLE, {"unit": unit.id, "at": end})
    return staff.with_posts(around.session, list(dict.fromkeys(found)), at=end)


def people_behind(around: Around, person: Employee, window: Window) -> Sequence[Employee]:
    if person.role not in LEADING or person.unit_id is None:
        return [person]
    return people_of(around, around.session.get_one(OrgUnit, person.unit_id), window)


def measures_of(role: str, policy: Policy) -> Sequence[str]:
    """What is shown of a role: what it is scored by, as far as it is counted."""
    weights = policy.performance.weights.get(role) or policy.performance.weights[Role.COLLECTOR]
    return [code for code in dict.fromkeys((*FIRST, *weights)) if code in CATALOGUE]


def together(found: Mapping[int, Mapping[str, Figure]], people: Collection[Employee]) -> Mapping[str, Figure]:
    """What several people reach together: everything they did over everything they had."""
    rows = [found[one.id] for one in people]
    codes = rows[0] if rows else {}
    return {
        code: rows[0][code] if len(rows) == 1 else _added(CATALOGUE[code], [row[code] for row in rows])
        for code in codes
    }


def _added(measure: Measure, some: Sequence[Figure]) -> Figure:
    whole = sum(one.denominator or 0 for one in some)
    parts = sum(one.numerator for one in some)
    return rules.figure(measure.code, measure.unit, parts, whole)
