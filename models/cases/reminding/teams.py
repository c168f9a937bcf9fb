"""Who leads which cases."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import staff
from models.cases.tables import Case
from models.handover import LEADING
from models.staff import Post, Role, UnitTree


def leads(session: Session, at: datetime) -> Mapping[int, frozenset[int]]:
    """Who leads → the units with cases that are theirs: the team's, for those above everything below."""
    with_cases = select(Case.unit_id).where(Case.live_owner_id.is_not(None)).distinct()
    rows = session.execute(
        select(Post.employee_id, UnitTree.unit_id)
        .join(UnitTree, UnitTree.ancestor_id == Post.unit_id)
        .where(
            Post.role.in_(LEADING),
            staff.held(at),
            or_(Post.role != Role.TEAM_LEADER, UnitTree.inside),
            UnitTree.unit_id.in_(with_cases),
        )
    )
    found: dict[int, set[int]] = {}
    for employee_id, unit_id in rows:
        found.setdefault(employee_id, set()).add(unit_id)
    return {employee_id: frozenset(units) for employee_id, units in found.items()}
