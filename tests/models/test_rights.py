"""Rights as a table of cases: role × scope × action, deny by default."""

from dataclasses import dataclass

import pytest

from models.errors import NotPermitted
from models.policy import Action, Rights, RoleRights, Scope
from models.staff import Reach, may, reach, require

RIGHTS = Rights(
    actions={name: Action(name, "S1") for name in ("case.see", "case.assign", "case.erase")},
    roles={
        "collector": RoleRights("催收员", own=frozenset({"case.see"})),
        "leader": RoleRights("组长", team=frozenset({"case.see", "case.assign"})),
        "manager": RoleRights("经理", own=frozenset({"case.see"}), subtree=frozenset({"case.see"})),
        "admin": RoleRights("管理员", all=frozenset({"case.see"})),
    },
)


@dataclass(frozen=True)
class Held:
    """A post."""

    role: str
    unit_id: int


@dataclass(frozen=True)
class Somebody:
    """Holds posts."""

    posts: tuple[Held, ...]


@pytest.mark.parametrize(
    ("posts", "action", "reached"),
    [
        ((), "case.see", Reach()),
        ((Held("collector", 1),), "case.see", Reach(own=True)),
        ((Held("collector", 1),), "case.assign", Reach()),
        ((Held("leader", 2),), "case.see", Reach(own=True, teams=frozenset({2}))),
        ((Held("manager", 3),), "case.see", Reach(own=True, subtrees=frozenset({3}))),
        ((Held("admin", 4),), "case.see", Reach(own=True, everything=True)),
        ((Held("admin", 4),), "case.erase", Reach()),
        ((Held("stranger", 1),), "case.see", Reach()),
        (
            (Held("leader", 2), Held("leader", 5), Held("manager", 3)),
            "case.see",
            Reach(own=True, teams=frozenset({2, 5}), subtrees=frozenset({3})),
        ),
    ],
)
def test_how_far_posts_reach(posts: tuple[Held, ...], action: str, reached: Reach) -> None:
    somebody = Somebody(posts)

    assert reach(somebody, action, RIGHTS) == reached
    assert may([post.role for post in posts], action, RIGHTS) == bool(reached)
    if reached:
        assert require(somebody, action, RIGHTS) == reached
    else:
        with pytest.raises(NotPermitted):
            require(somebody, action, RIGHTS)


def test_the_widest_scope_counts() -> None:
    assert RIGHTS.scope("manager", "case.see") is Scope.SUBTREE
    assert RIGHTS.granted_to("leader") == ["case.see", "case.assign"]
