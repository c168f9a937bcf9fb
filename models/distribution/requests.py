"""What somebody asked to have given out: all that a plan is computed from beside the data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models.cases import Filter
from models.distribution.rules import MISMATCHES, Barrier, Strategy


@dataclass(frozen=True)
class Request:
    """Which cases, to whom, by which strategy; the same request gives the same plan for the same data."""

    filter: Filter
    to: tuple[int, ...]
    strategy: Strategy
    seed: int
    numbers: tuple[int, ...] = ()
    """Cases named by number, instead of the filter."""
    overridden: frozenset[Barrier] = frozenset()
    """Mismatches with a profile that somebody has decided to go past."""
    contact_by: datetime | None = None
    """By when the debtors are to be contacted."""
    of: int = 0
    """How many cases were meant, where the filter's limit is that of the policy; else 0."""

    def past_profiles(self) -> "Request":
        """The same, whatever the profiles say."""
        return replace(self, overridden=MISMATCHES)

    def as_json(self) -> dict[str, Any]:
        """The same for keeping in a proposal or a batch: ids, codes and dates."""
        return {
            "filter": self.filter.as_json(),
            "to": list(self.to),
            "strategy": str(self.strategy),
            "seed": self.seed,
            "numbers": list(self.numbers),
            "overridden": sorted(self.overridden),
            "contact_by": None if self.contact_by is None else self.contact_by.isoformat(),
            "of": self.of,
        }

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> "Request":
        """What `as_json` made."""
        contact_by = values["contact_by"]
        return Request(
            filter=Filter.from_json(values["filter"]),
            to=tuple(values["to"]),
            strategy=Strategy(values["strategy"]),
            seed=values["seed"],
            numbers=tuple(values["numbers"]),
            overridden=frozenset(Barrier(one) for one in values["overridden"]),
            contact_by=None if contact_by is None else datetime.fromisoformat(contact_by),
            of=values.get("of", 0),
        )
