"""Rights as a pure decision: role × action, deny by default."""

from collections.abc import Mapping
from typing import Protocol

from models.errors import NotPermitted


class Actor(Protocol):
    """Anybody who acts: has a role."""

    @property
    def role(self) -> str:
        """The key into the permissions of the policy."""


def may(actor: Actor, action: str, permissions: Mapping[str, frozenset[str]]) -> bool:
    """Whether the actor's role includes `action`."""
    return action in permissions.get(actor.role, frozenset())


def require(actor: Actor, action: str, permissions: Mapping[str, frozenset[str]]) -> None:
    """Refuse unless the actor may do `action`.

    Raises:
        NotPermitted: the role does not include it.
    """
    if not may(actor, action, permissions):
        raise NotPermitted(action=action)
