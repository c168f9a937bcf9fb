"""Large work on one database while callbacks come in: who is held up, and how they are answered."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from benchmarks.callbacks import save
from benchmarks.company import text_callbacks
from benchmarks.machine import output_of
from benchmarks.table import Figure, percentile
from bot.database import Database

PER_SECOND = 10
LONGEST_ANSWER_MS, LONGEST_LOCK_MS = 1000, 1000


@dataclass
class Longest:
    """The longest of several writing transactions, its commit included: seconds by the clock, and of CPU."""

    seconds: float = 0.0
    cpu: float = 0.0
    count: int = 0
    """How many transactions there were."""


class Timed(Database):
    """Keeps in mind how long the longest writing transaction took."""

    longest = Longest()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction, timed from when its turn has come."""
        with self.turn:
            start, cpu = time.perf_counter(), time.thread_time()
            try:
                with self._session() as session, session.begin():
                    yield session
            finally:
                one = self.longest
                one.seconds = max(one.seconds, time.perf_counter() - start)
                one.cpu = max(one.cpu, time.thread_time() - cpu)
                one.count += 1

    def forget(self) -> None:
        """Begin anew."""
        self.longest = Longest()


@dataclass
class Meanwhile:
    """Callbacks sent at a steady pace while something else goes on."""

    port: int
    file: Path
    took: list[float] = field(default_factory=list)

    @contextmanager
    def going_on(self, seconds: int, first: int) -> Iterator[None]:
        """Send callbacks for so many seconds, beside the block."""
        save(self.file, text_callbacks(seconds * PER_SECOND, first=first))
        thread = threading.Thread(target=self._send, name="callbacks")
        thread.start()
        yield
        thread.join()

    def _send(self) -> None:
        told = output_of(
            *("benchmarks.generator", str(self.file), str(self.port), str(PER_SECOND), "0", "0"), timeout=900
        )
        self.took = json.loads(told)["took"]


def lock(name: str, longest: Longest) -> Iterator[Figure]:
    """The longest write lock; the CPU time of it says how much of that was the machine's being busy."""
    milliseconds = longest.seconds * 1000
    met = milliseconds <= LONGEST_LOCK_MS
    yield Figure(
        f"{name}: longest write lock",
        milliseconds,
        "ms",
        "its CPU time",
        longest.cpu * 1000,
        f"≤ {LONGEST_LOCK_MS} ms",
        met,
    )


def answers(name: str, meanwhile: Meanwhile) -> Iterator[Figure]:
    """How the callbacks were answered."""
    took = [one * 1000 for one in meanwhile.took]
    worst = max(took)
    yield Figure(f"{name}: p50", percentile(took, 0.5), "ms")
    met = worst <= LONGEST_ANSWER_MS
    yield Figure(f"{name}: worst of {len(took)}", worst, "ms", floor=f"≤ {LONGEST_ANSWER_MS} ms", met=met)
