"""Sharing out: each group in its turn goes to who comes first by the strategy, among those who may have it.

Pure, as the rules are: no database, no clock, and no chance but the seed.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from models.distribution.rules import (
    TO_THE_BEST,
    USUAL,
    Barrier,
    Group,
    Left,
    Limits,
    Needs,
    Outcome,
    Placed,
    Strategy,
    Worker,
    barrier,
    best_third,
    fit,
    mismatch,
)


def share_out(
    groups: Iterable[Group],
    workers: Iterable[Worker],
    strategy: Strategy,
    *,
    seed: int,
    cursor: int | None = None,
    overridden: frozenset[Barrier] = frozenset(),
    limits: Limits = USUAL,
) -> Outcome:
    """Decide for each group who gets it; what nobody may have stays where it is.

    Bounds (kept by tests/models/test_distribution_rules.py): nobody gets what a barrier keeps from them, nor
    more cases than their cap; among people open to the same groups with room left, EVEN differs by at most
    one group, AMOUNT by at most the largest group; PERFORMANCE and POTENTIAL give nobody more than the
    share (or one group).
    """
    people = sorted(workers, key=lambda one: one.id)
    return _Sharing(people, strategy, Random(seed), cursor, overridden, limits).run(list(groups))


@dataclass
class _Given:
    """What somebody has been given so far, and since when it is so."""

    cases: int = 0
    groups: int = 0
    amount: int = 0
    turn: int = 0
    """When they had their last turn; who had none yet, in the order of the cursor, below zero."""
    rank: int = 0
    """The place in the order drawn by the seed."""


Entry = tuple[tuple[Any, ...], int, int]
"""In a queue: key, employee, how many groups they had when it was made."""


@dataclass
class _Sharing:
    """One sharing out: for each kind of need a queue of those who are open to it, best first.

    Needs for which the same people come in the same order have one queue. A placement changes the place of
    one person alone, so that it costs as much with 200 people as with 20.
    """

    people: Sequence[Worker]
    strategy: Strategy
    random: Random
    cursor: int | None
    overridden: frozenset[Barrier]
    limits: Limits
    given: dict[int, _Given] = field(default_factory=dict)
    queues: dict[tuple[Needs, bool], list[Entry]] = field(default_factory=dict)
    shared: dict[tuple[tuple[int, int], ...], list[Entry]] = field(default_factory=dict)
    """The same by who is open to it and how well they fit."""
    known: dict[tuple[Needs, int, int], Mapping[Barrier, int]] = field(default_factory=dict)
    """Why a group of these needs and this size stayed, once so many were placed."""
    by_id: Mapping[int, Worker] = field(default_factory=dict)
    special: Mapping[int, set[int]] = field(default_factory=dict)
    """Debtor → people whom a conflict keeps from them, or who had them before."""
    tight: set[int] = field(default_factory=set)
    """People who may not have room for every group any more."""
    most: int = 0
    largest: int = 0

    def run(self, groups: list[Group]) -> Outcome:
        """Give out all groups."""
        self._draw()
        by_potential = self.strategy == Strategy.POTENTIAL
        groups.sort(key=lambda one: (-one.potential if by_potential else 0.0, -one.amount, one.debtor_id))
        high = len(groups) * self.limits.high_value_percent // 100
        highest = {one.debtor_id for one in groups[:high]} if self.strategy in TO_THE_BEST else set()
        if self.strategy == Strategy.EVEN:
            self.random.shuffle(groups)
        self.most = sum(one.size for one in groups) * self.limits.share_percent // 100
        best = best_third(self.people)
        self.largest = max((one.size for one in groups), default=0)
        self.tight = {one.id for one in self.people if self._room(one) < self.largest}
        placed: list[Placed] = []
        left: list[Left] = []
        for group in groups:
            chosen = None
            if group.debtor_id in highest:
                chosen = self._choose(group, best)
            if chosen is None:
                chosen = self._choose(group, None)
            if chosen is None:
                left.append(Left(group, self._barriers(group, len(placed))))
                continue
            placed.append(self._place(group, *chosen, len(placed) + 1))
        over = [
            one.id
            for one in self.people
            if self.given[one.id].groups and one.load + self.given[one.id].cases > one.soft_cap
        ]
        last = max(self.people, key=lambda one: self.given[one.id].turn, default=None)
        served = last is not None and self.given[last.id].groups > 0
        return Outcome(placed, left, last.id if served and last is not None else self.cursor, over)

    def _draw(self) -> None:
        """Who comes first where nothing else decides: by the seed, or after the cursor."""
        order = [one.id for one in self.people]
        self.random.shuffle(order)
        after = [one.id for one in self.people if self.cursor is None or one.id > self.cursor]
        turns = after + [one.id for one in self.people if one.id not in set(after)]
        self.given = {id_: _Given(rank=place) for place, id_ in enumerate(order)}
        for place, id_ in enumerate(turns):
            self.given[id_].turn = place - len(turns)
        self.by_id = {one.id: one for one in self.people}
        special: dict[int, set[int]] = {}
        for one in self.people:
            for debtor_id in one.conflicts | one.previous:
                special.setdefault(debtor_id, set()).add(one.id)
        self.special = special

    def _key(self, worker: Worker, needs: Needs) -> tuple[Any, ...]:
        """Who comes first: the lowest key."""
        given = self.given[worker.id]
        if self.strategy == Strategy.EVEN:
            return given.groups, given.rank
        if self.strategy == Strategy.TURNS:
            return (given.turn,)
        if self.strategy == Strategy.AMOUNT:
            return given.amount, worker.balance, worker.id
        ratio = (worker.load + given.cases) / max(worker.cap, 1)
        return -fit(worker, needs, self.strategy), ratio, worker.balance + given.amount, worker.id

    def _queue(self, needs: Needs, best: frozenset[int] | None) -> list[Entry]:
        """Those whose profile is open to groups of these needs, best first."""
        key = (needs, best is not None)
        if key not in self.queues:
            people = [
                one
                for one in self.people
                if one.barrier is None
                and (best is None or one.id in best)
                and mismatch(one, needs, self.overridden) is None
            ]
            alike = tuple((one.id, fit(one, needs, self.strategy)) for one in people)
            if alike not in self.shared:
                queue = [(self._key(one, needs), one.id, self.given[one.id].groups) for one in people]
                heapq.heapify(queue)
                self.shared[alike] = queue
            self.queues[key] = self.shared[alike]
        return self.queues[key]

    def _choose(self, group: Group, best: frozenset[int] | None) -> tuple[Worker, int] | None:
        """Who comes first among those who may have a group, and how many those are."""
        queue = self._queue(group.needs, best)
        aside: list[Entry] = []
        chosen: Worker | None = None
        while queue and chosen is None:
            _, id_, groups = queue[0]
            worker = self.by_id[id_]
            if groups != self.given[id_].groups:
                heapq.heapreplace(queue, (self._key(worker, group.needs), id_, self.given[id_].groups))
            elif self._keeps(worker, group):
                aside.append(heapq.heappop(queue))
            else:
                chosen = worker
        candidates = 0 if chosen is None else len(queue) - self._doubtful(group, queue)
        for entry in aside:
            if self._room(self.by_id[entry[1]]) > 0:
                heapq.heappush(queue, entry)
        return None if chosen is None else (chosen, candidates)

    def _doubtful(self, group: Group, queue: Sequence[Entry]) -> int:
        """How many of those in a queue may not have this group after all."""
        few = self.tight | self.special.get(group.debtor_id, set()) | ({group.owner_id} & self.by_id.keys())
        if not few:
            return 0
        return sum(id_ in few and bool(self._keeps(self.by_id[id_], group)) for _, id_, _ in queue)

    def _keeps(self, worker: Worker, group: Group) -> Barrier | None:
        return barrier(worker, group, self.overridden) or self._limit(worker, group)

    def _room(self, worker: Worker) -> int:
        return worker.cap - worker.load - self.given[worker.id].cases

    def _limit(self, worker: Worker, group: Group) -> Barrier | None:
        given = self.given[worker.id]
        if self._room(worker) < group.size:
            return Barrier.FULL
        if self.strategy in TO_THE_BEST and given.cases and given.cases + group.size > self.most:
            return Barrier.SHARE
        return None

    def _place(self, group: Group, worker: Worker, candidates: int, place: int) -> Placed:
        given = self.given[worker.id]
        placed = Placed(
            group, worker.id, place, candidates, worker.load + given.cases, given.groups, given.amount
        )
        given.cases += group.size
        given.groups += 1
        given.amount += group.amount
        given.turn = place
        self._note_tight(worker)
        return placed

    def _note_tight(self, worker: Worker) -> None:
        if self.strategy in TO_THE_BEST or self._room(worker) < self.largest:
            self.tight.add(worker.id)

    def _barriers(self, group: Group, placed: int) -> Mapping[Barrier, int]:
        """What keeps how many people from a group; groups that are alike are looked at once."""
        alike = (group.needs, group.size, placed)
        if group.debtor_id in self.special or group.owner_id in self.given:
            return self._counted(group)
        if alike not in self.known:
            self.known[alike] = self._counted(group)
        return self.known[alike]

    def _counted(self, group: Group) -> Mapping[Barrier, int]:
        found = (self._keeps(one, group) for one in self.people)
        return Counter(one for one in found if one is not None)
