"""The areas whose open items have an owner: whatever owns something registers here, with one call.

docs/handover.md shows how an area joins.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class OwnedItem:
    """One open item of somebody."""

    kind: str
    """What it is, for the words (`config/texts/work.j2`)."""
    id: int
    """Its number, unique within its area."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What its label says; read anew whenever it is shown, never stored."""
    due_at: datetime | None = None
    weight: int = 1
    """How much it counts in somebody's load."""
    unit_id: int | None = None
    """The unit it belongs to: who goes to a unit beside it leaves it behind. None: it goes along anywhere."""
    skill: str = ""
    """The role that it takes; empty: the role of who owns it."""


@dataclass(frozen=True)
class Ownership:
    """How one area is asked and told who owns what."""

    area: str
    open_items: Callable[[Session, int, datetime], Sequence[OwnedItem]]
    """(session, owner, at) → what this employee owns and has not finished."""
    owner_of: Callable[[Session, int, datetime], int | None]
    """(session, item, at) → the employee who owns it; None if it is finished."""
    reassign: Callable[[Session, int, int, int, datetime], bool]
    """(session, item, from, to, at) → whether it was open and with `from`, and now is with `to`."""
    loads: Callable[[Session, Collection[int], datetime], Mapping[int, int]] | None = None
    """(session, owners, at) → the weight of what each owns, where there is a quicker way than listing it."""


_areas: dict[str, Ownership] = {}


def register(ownership: Ownership) -> None:
    """Let an area take part in every handover, cover and load from now on (S3-03)."""
    assert ownership.area not in _areas, f"{ownership.area} is registered already"
    _areas[ownership.area] = ownership


def unregister(area: str) -> None:
    """Leave an area out again; for tests."""
    del _areas[area]


def area(name: str) -> Ownership:
    """The area with this name."""
    return _areas[name]


Key = tuple[str, int]
"""Area and number: what names an item."""


def open_items(session: Session, owner_id: int, at: datetime) -> Mapping[Key, OwnedItem]:
    """Everything open that an employee owns, of all areas."""
    return {
        (name, item.id): item
        for name, ownership in sorted(_areas.items())
        for item in ownership.open_items(session, owner_id, at)
    }


def load(session: Session, owner_id: int, at: datetime) -> int:
    """How much open work somebody has: the weights of the open items."""
    return loads(session, (owner_id,), at)[owner_id]


def loads(session: Session, owners: Collection[int], at: datetime) -> Mapping[int, int]:
    """Employee → how much open work they have."""
    found = dict.fromkeys(owners, 0)
    for _, ownership in sorted(_areas.items()):
        quick = None if ownership.loads is None else ownership.loads(session, owners, at)
        for owner in found:
            if quick is not None:
                found[owner] += quick.get(owner, 0)
            else:
                found[owner] += sum(item.weight for item in ownership.open_items(session, owner, at))
    return found


def owner_of(session: Session, key: Key, at: datetime) -> int | None:
    """Who really owns an item; None if it is finished."""
    return _areas[key[0]].owner_of(session, key[1], at)
