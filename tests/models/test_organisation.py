"""The tree of units, posts that begin and end at their moment, and who is within reach."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.app import Muster
from models import staff
from models.staff import Employee, Post, Reach, Role, Unit, UnitKind, UnitTree
from tests.simulator import MONDAY

BRANCH, TEAM = UnitKind.BRANCH, UnitKind.TEAM


def tree_of(session: Session) -> set[tuple[int, int, int, bool]]:
    """What the tree says."""
    session.flush()
    rows = session.scalars(select(UnitTree).execution_options(populate_existing=True))
    return {(row.ancestor_id, row.unit_id, row.depth, row.inside) for row in rows}


def walked(session: Session) -> set[tuple[int, int, int, bool]]:
    """The same, by walking from every unit up to the root."""
    units = {unit.id: unit for unit in session.scalars(select(Unit))}
    found = set()
    for unit in units.values():
        here: Unit | None = unit
        depth, inside = 0, True
        while here is not None:
            found.add((here.id, unit.id, depth, inside))
            inside = inside and here.kind == TEAM
            here, depth = units.get(here.parent_id or 0), depth + 1
    return found


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "move", "kind"]), st.integers(0, 30), st.integers(0, 30), st.booleans()
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_tree_is_what_walking_finds_whatever_is_added_and_moved(
    muster: Muster, steps: Sequence[tuple[str, int, int, bool]]
) -> None:
    with muster.database.writing() as session:
        for table in (Post, UnitTree, Unit):
            session.execute(delete(table))
        session.expunge_all()
        units = [staff.ensure_root(session)]
        for step, one, other, flag in steps:
            unit, target = units[one % len(units)], units[other % len(units)]
            kind = BRANCH if flag else TEAM
            if step == "add":
                units.append(staff.add_unit(session, name=f"单位{len(units)}", parent=target, kind=kind))
            elif unit is not units[0] and step == "kind":
                staff.change_kind(session, unit=unit, kind=kind)
            elif unit is not units[0]:
                try:
                    staff.move_unit(session, unit=unit, parent=target)
                except staff.UnitWithinItself:
                    continue
        assert tree_of(session) == walked(session)


@pytest.fixture
def company(muster: Muster) -> dict[str, Unit]:
    """A head office with a team, a branch with a team, and a sub-branch with a team below it."""
    with muster.database.writing() as session:
        head = staff.ensure_root(session)
        branch = staff.add_unit(session, name="城东分公司", kind=BRANCH)
        sub = staff.add_unit(session, name="东郊营业部", parent=branch, kind=UnitKind.SUB_BRANCH)
        return {
            "head": head,
            "head team": staff.add_unit(session, name="一组"),
            "branch": branch,
            "branch team": staff.add_unit(session, name="催收组", parent=branch),
            "sub": sub,
            "sub team": staff.add_unit(session, name="外访组", parent=sub),
        }


@pytest.mark.parametrize(
    ("scope", "at", "there"),
    [
        ("teams", "head", {"head", "head team"}),
        ("teams", "branch", {"branch", "branch team"}),
        ("teams", "sub", {"sub", "sub team"}),
        ("teams", "branch team", {"branch team"}),
        ("subtrees", "head", {"head", "head team", "branch", "branch team", "sub", "sub team"}),
        ("subtrees", "branch", {"branch", "branch team", "sub", "sub team"}),
        ("subtrees", "sub", {"sub", "sub team"}),
    ],
)
def test_a_branch_reaches_its_teams_and_only_a_subtree_the_branches_below(
    muster: Muster, company: dict[str, Unit], scope: str, at: str, there: set[str]
) -> None:
    allowed = Reach(**{scope: frozenset({company[at].id})})
    with muster.database.reading() as session:
        found = {name for name, unit in company.items() if staff.covers_unit(session, allowed, unit.id)}
    assert found == there


def test_a_unit_is_found_by_its_name_or_by_its_path(muster: Muster, company: dict[str, Unit]) -> None:
    with muster.database.writing() as session:
        staff.add_unit(session, name="外访组", parent=company["branch"])
        found = {
            path: getattr(staff.find_unit(session, path), "id", None)
            for path in ("催收组", "外访组", "东郊营业部/外访组", "城东分公司/东郊营业部/外访组", "没有", "")
        }
    assert found == {
        "催收组": company["branch team"].id,
        "外访组": None,
        "东郊营业部/外访组": company["sub team"].id,
        "城东分公司/东郊营业部/外访组": company["sub team"].id,
        "没有": None,
        "": None,
    }


def known(session: Session, minutes: int) -> Employee | None:
    """Zhang San, so many minutes after Monday 08:30."""
    session.expunge_all()
    return staff.find_employee(session, "ZhangSan", at=MONDAY + timedelta(minutes=minutes))


def test_post_and_rights_change_at_the_minute_with_nobody_doing_anything(
    muster: Muster, company: dict[str, Unit]
) -> None:
    with muster.database.writing() as session:
        zhang = staff.add_employee(
            session, wecom_id="zhangsan", name="张三", role=Role.COLLECTOR, unit=company["branch team"]
        )
        staff.put_in_post(
            session,
            employee=zhang,
            role=Role.TEAM_LEADER,
            unit=company["sub team"],
            at=MONDAY + timedelta(hours=1),
        )
        staff.put_in_post(
            session,
            employee=zhang,
            role=Role.QA,
            unit=company["head"],
            at=MONDAY,
            is_main=False,
            title="质检",
        )
        zhang.left_at = MONDAY + timedelta(hours=2)

    with muster.database.reading() as session:
        held = {
            minutes: [(post.role, post.unit_id) for post in person.posts]
            if (person := known(session, minutes))
            else None
            for minutes in (-1, 0, 59, 60, 119, 120)
        }
    before, after = (Role.COLLECTOR, company["branch team"].id), (Role.TEAM_LEADER, company["sub team"].id)
    qa = (Role.QA, company["head"].id)
    assert held == {
        -1: [before],
        0: [before, qa],
        59: [before, qa],
        60: [after, qa],
        119: [after, qa],
        120: None,
    }


def test_the_same_post_again_changes_nothing(muster: Muster, company: dict[str, Unit]) -> None:
    with muster.database.writing() as session:
        for _ in range(2):
            staff.add_employee(
                session, wecom_id="zhangsan", name="张三", role=Role.COLLECTOR, unit=company["branch team"]
            )
        assert len(session.scalars(select(Post)).all()) == 1


def test_the_nearest_holder_of_a_role_is_asked(muster: Muster, company: dict[str, Unit]) -> None:
    """Who serves others may sit beside or far away; who leads a team leads no other."""
    posts = (
        ("headhr", Role.HR_CITY, "head"),
        ("cityhr", Role.HR_CITY, "branch"),
        ("it", Role.IT, "head team"),
        ("clerk", Role.ADMINISTRATION, "branch team"),
        ("leader", Role.TEAM_LEADER, "head team"),
        ("boss", Role.SUPERVISOR, "branch"),
    )
    with muster.database.writing() as session:
        for name, role, unit in posts:
            staff.add_employee(session, wecom_id=name, name=name, role=role, unit=company[unit])

        def nearest(role: Role, unit: str | None) -> Sequence[str]:
            unit_id = None if unit is None else company[unit].id
            return [p.wecom_id for p in staff.holders(session, role, unit_id=unit_id, at=MONDAY)]

        assert nearest(Role.HR_CITY, "head team") == ["headhr"]
        assert nearest(Role.HR_CITY, "sub team") == nearest(Role.HR_CITY, "branch") == ["cityhr"]
        assert nearest(Role.HR_CITY, None) == ["headhr", "cityhr"]
        assert nearest(Role.IT, "head") == nearest(Role.IT, "sub team") == ["it"]
        assert nearest(Role.ADMINISTRATION, "branch") == nearest(Role.ADMINISTRATION, "sub team") == ["clerk"]
        assert nearest(Role.SUPERVISOR, "sub team") == ["boss"]
        assert nearest(Role.TEAM_LEADER, "branch team") == []
        assert nearest(Role.FINANCE, "sub team") == []


def test_employee_numbers_never_come_twice(muster: Muster) -> None:
    with muster.database.writing() as session:
        numbers = [staff.next_number(session, prefix=prefix) for prefix in ("E", "E", "F", "E")]
    assert numbers == ["E00001", "E00002", "F00001", "E00003"]
