"""Rights as a pure decision: role × scope × action, deny by default."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.errors import NotPermitted
from models.policy import Rights, Scope


@dataclass(frozen=True)
class HeldPost:
    """A post somebody holds at the moment in question."""

    id: int
    unit_id: int
    role: str
    """The key into the rights of the policy."""
    title: str
    is_main: bool


class Actor(Protocol):
    """Anybody who acts: holds posts."""

    @property
    def posts(self) -> Sequence[HeldPost]:
        """The posts held now."""


class OutOfReach(NotPermitted):
    """The role includes the action, but not for this person or unit (facts: action)."""


@dataclass(frozen=True)
class Reach:
    """How far somebody may do something: not at all, for themselves, in some units, everywhere."""

    own: bool = False
    teams: frozenset[int] = frozenset()
    """Units that count with the teams inside them."""
    subtrees: frozenset[int] = frozenset()
    """Units that count with everything below them."""
    everything: bool = False

    def __bool__(self) -> bool:
        return self.own or self.everything or bool(self.teams or self.subtrees)


def reach(actor: Actor, action: str, rights: Rights) -> Reach:
    """How far the actor may do `action`: all posts together."""
    found: dict[Scope, set[int]] = {scope: set() for scope in Scope}
    for post in actor.posts:
        scope = rights.scope(post.role, action)
        if scope is not None:
            found[scope].add(post.unit_id)
    return Reach(
        own=any(found.values()),
        teams=frozenset(found[Scope.TEAM]),
        subtrees=frozenset(found[Scope.SUBTREE]),
        everything=bool(found[Scope.ALL]),
    )


def may(roles: Iterable[str], action: str, rights: Rights) -> bool:
    """Whether one of these roles includes `action`, however far."""
    return any(rights.scope(role, action) is not None for role in roles)


def require(actor: Actor, action: str, rights: Rights) -> Reach:
    """How far the actor may do `action`.

    Raises:
        NotPermitted: no role of theirs includes it.
    """
    allowed = reach(actor, action, rights)
    if not allowed:
        raise NotPermitted(action=action)
    return allowed


def roles_of(actor: Actor) -> frozenset[str]:
    """The roles somebody has in all posts."""
    return frozenset(post.role for post in actor.posts)


def is_held(starts_at: datetime, ends_at: datetime | None, at: datetime) -> bool:
    """Whether a post is held at a moment: from its start up to, and without, its end."""
    return starts_at <= at and (ends_at is None or at < ends_at)
