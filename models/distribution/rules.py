"""Pure decisions about who gets which cases (domain.md 5.3).

What is given out is a group: all cases of one debtor, which always go to one person. Everything here is
computed from what it is handed: the same groups, workers, strategy and seed give the same result.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Strategy(StrEnum):
    """By what it is decided who gets a group."""

    EVEN = "even"
    """As many groups for each; who gets one more is drawn by the seed."""
    TURNS = "turns"
    """One after the other, going on where the last time ended (round robin)."""
    LOAD = "load"
    """To who has the lowest number of cases for their cap, then the lowest balance, then the lowest id."""
    SKILL = "skill"
    """To who is named for its bucket, product and language, then by load."""
    AREA = "area"
    """To who is named for its area, then by load."""
    PERFORMANCE = "performance"
    """The highest balances to the best third, nobody more than a share of it all; the rest by load."""
    POTENTIAL = "potential"
    """Where most comes in (by area, lately) to the best third, nobody more than a share of it all; the rest
    by load (S4-27)."""
    AMOUNT = "amount"
    """So that the balances given out even out."""


class Barrier(StrEnum):
    """Why somebody is not given a group."""

    LEFT = "left"
    """Has left, or is about to."""
    ROLE = "role"
    """Holds no post in which cases are worked."""
    AWAY = "away"
    """Is on leave."""
    SUSPENDED = "suspended"
    """May contact nobody for now (domain.md section 3, rule 6)."""
    UNLICENSED = "unlicensed"
    """Has no licence to work that is valid today."""
    GATED = "gated"
    """Has not done in time what everybody it concerns must learn."""
    HOLDS = "holds"
    """Has it already."""
    PREVIOUS = "previous"
    """Had it before, and it is not to come back."""
    CONFLICT = "conflict"
    """A conflict of interest with the debtor."""
    BUCKET = "bucket"
    PRODUCT = "product"
    AREA = "area"
    LANGUAGE = "language"
    FULL = "full"
    """Would have more cases than the cap allows."""
    OWNED = "owned"
    """Somebody else has a case of the debtor already (domain.md 5.2: one debtor, one owner)."""
    STOPPED = "stopped"
    """Nobody contacts the debtor: a request to stop, a risk list … (domain.md 2.2)."""
    SHARE = "share"
    """Would get more than one person may of what is given out at once."""


TO_THE_BEST = (Strategy.PERFORMANCE, Strategy.POTENTIAL)
"""Strategies that give the first part to the best third, and to nobody more than a share."""

PERSONAL = frozenset(
    {Barrier.LEFT, Barrier.ROLE, Barrier.AWAY, Barrier.SUSPENDED, Barrier.UNLICENSED, Barrier.GATED}
)
"""What keeps somebody from everything."""
MISMATCHES = frozenset({Barrier.BUCKET, Barrier.PRODUCT, Barrier.AREA, Barrier.LANGUAGE})
"""What a second confirmation overrides; nothing else is."""


@dataclass(frozen=True)
class Group:
    """All cases of one debtor that are given out together."""

    debtor_id: int
    case_ids: tuple[int, ...]
    amount: int
    """What is owed in all of them, in fen."""
    owner_id: int = 0
    """Who has them now."""
    buckets: frozenset[int] = frozenset()
    products: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    potential: float = 0.0
    """How much of what is owed comes in where its cases are (`shrunk`); the highest of its areas."""

    @property
    def size(self) -> int:
        """How many cases."""
        return len(self.case_ids)

    @property
    def needs(self) -> "Needs":
        """What it takes to work them; groups of the same needs are open to the same people."""
        return self.buckets, self.products, self.areas, self.languages


Needs = tuple[frozenset[int], frozenset[str], frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class Worker:
    """Somebody who could be given cases. An empty set of a profile allows everything (domain.md 5.3)."""

    id: int
    load: int = 0
    """How many open cases they have."""
    balance: int = 0
    """What is owed in those, in fen."""
    cap: int = 200
    """How many they may have at most."""
    soft_cap: int = 150
    """From how many on it is pointed out."""
    barrier: Barrier | None = None
    """Why they are given nothing at all."""
    buckets: frozenset[int] = frozenset()
    products: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    conflicts: frozenset[int] = frozenset()
    """Debtors whose cases they must not work."""
    previous: frozenset[int] = frozenset()
    """Debtors whose cases must not come back to them."""
    score: float = 0.0
    """How well they recover (`shrunk`)."""


@dataclass(frozen=True)
class Placed:
    """A group and who gets it, with what decided."""

    group: Group
    worker_id: int
    place: int
    """Its place in the order in which groups were given out, from 1."""
    candidates: int
    """How many people were open to it."""
    load_before: int
    """How many cases the person had at that moment, those just given included."""
    given_before: int
    """How many groups they had been given of these."""
    amount_before: int
    """What was owed in those, in fen."""


@dataclass(frozen=True)
class Left:
    """A group that nobody gets."""

    group: Group
    barriers: Mapping[Barrier, int]
    """Barrier → how many people it keeps from it."""

    @property
    def reason(self) -> Barrier | None:
        """What keeps most people from it, of those who are given anything; None if there was nobody."""
        return max(
            self.barriers, key=lambda one: (one not in PERSONAL, self.barriers[one], one), default=None
        )


@dataclass(frozen=True)
class Outcome:
    """Who gets what, and what stays where it is."""

    placed: Sequence[Placed]
    left: Sequence[Left]
    cursor: int | None = None
    """Whose turn was the last, for the next time (`Strategy.TURNS`)."""
    over_soft_cap: Sequence[int] = ()
    """Who ends up with more cases than the soft cap."""

    def by_worker(self) -> Mapping[int, Sequence[Placed]]:
        """Employee → what they get, in the order of giving out."""
        found: dict[int, list[Placed]] = {}
        for one in self.placed:
            found.setdefault(one.worker_id, []).append(one)
        return found

    @property
    def targets(self) -> Mapping[int, int]:
        """Case → its new owner."""
        return {case_id: one.worker_id for one in self.placed for case_id in one.group.case_ids}


@dataclass(frozen=True)
class Limits:
    """Numbers of the policy that a strategy goes by."""

    share_percent: int = 40
    """The most that one person gets of what is given out by performance, by number of cases."""
    high_value_percent: int = 20
    """So many of the groups, the highest balances, go to the best third."""


USUAL = Limits()


def shrunk(rate: float, cases: int, mean: float, weight: int = 20) -> float:
    """A rate pulled towards the mean of the peers the fewer cases it rests on (domain.md 4.3)."""
    return (rate * cases + weight * mean) / (cases + weight)


def best_third(workers: Iterable[Worker]) -> frozenset[int]:
    """The ids of the best third of those who may be given anything, rounded up."""
    able = sorted((one for one in workers if one.barrier is None), key=lambda one: (-one.score, one.id))
    return frozenset(one.id for one in able[: (len(able) + 2) // 3])


def barrier(worker: Worker, group: Group, overridden: frozenset[Barrier] = frozenset()) -> Barrier | None:
    """What keeps somebody from a group whatever else they are given; None if nothing does."""
    if worker.barrier is not None:
        return worker.barrier
    if worker.id == group.owner_id:
        return Barrier.HOLDS
    if group.debtor_id in worker.conflicts:
        return Barrier.CONFLICT
    if group.debtor_id in worker.previous:
        return Barrier.PREVIOUS
    return mismatch(worker, group.needs, overridden)


def mismatch(worker: Worker, needs: Needs, overridden: frozenset[Barrier]) -> Barrier | None:
    """What of a profile does not fit the needs."""
    buckets, products, areas, languages = needs
    checks: tuple[tuple[Barrier, frozenset[Any], frozenset[Any]], ...] = (
        (Barrier.BUCKET, buckets, worker.buckets),
        (Barrier.PRODUCT, products, worker.products),
        (Barrier.AREA, areas, worker.areas),
        (Barrier.LANGUAGE, languages, worker.languages),
    )
    for reason, needed, allowed in checks:
        if allowed and not needed <= allowed and reason not in overridden:
            return reason
    return None


def fit(worker: Worker, needs: Needs, strategy: Strategy) -> int:
    """How many of the needs that a strategy looks at the worker is named for."""
    buckets, products, areas, languages = needs
    if strategy == Strategy.SKILL:
        return sum(
            bool(needed) and needed <= named
            for needed, named in (
                (buckets, worker.buckets),
                (products, worker.products),
                (languages, worker.languages),
            )
        )
    return int(strategy == Strategy.AREA and bool(areas) and areas <= worker.areas)


def take_up_to(groups: Sequence[Group], count: int | None) -> list[Group]:
    """The first groups that together are no more than so many cases; one that is too large is passed over.

    None: all of them.
    """
    if count is None:
        return list(groups)
    taken: list[Group] = []
    left = count
    for group in groups:
        if group.size <= left:
            taken.append(group)
            left -= group.size
    return taken
