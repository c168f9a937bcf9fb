"""Whom a question about performance is about, and what all questions need."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
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
    """What every question needs."""

    session: Session
    at: datetime
    policy: Policy
    calendar: WorkCalendar

    def figures(
        self,
        people: Collection[Employee],
        window: Window,
        measures: Collection[str],
        bucket: int | None = None,
    ) -> Mapping[int, Mapping[str, Figure]]:
        """Person → measure → figure."""
        return figures(
            self.session,
            [one.id for one in people],
            window.first,
            window.last,
            at=self.at,
            calendar=self.calendar,
            measures=tuple(dict.fromkeys(measures)),
            bucket=bucket,
        )


def people_of(around: Around, unit: OrgUnit, window: Window) -> Sequence[Employee]:
    """Who worked on cases in a unit and below it when the days ended, by id."""
    end = min(around.at, datetime.combine(window.last + DAY, time(), tzinfo=SHANGHAI) - timedelta(seconds=1))
    found = around.session.scalars(
        select(Employee)
        .join(Post, Post.employee_id == Employee.id)
        .join(UnitTree, UnitTree.unit_id == Post.unit_id)
        .where(
            UnitTree.ancestor_id == unit.id,
            Post.is_main.is_(True),
            Post.role.in_((Role.COLLECTOR, Role.FIELD_REP)),
            staff.held(end),
        )
        .order_by(Employee.id)
    ).all()
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
