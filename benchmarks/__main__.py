"""`python -m benchmarks [PART …]`: both sides of every ratio in one run, on this machine alone."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import (
    callbacks,
    cases,
    delivery,
    hiring,
    installation,
    peak,
    performance,
    pictures,
    reminders,
    scope,
    seals,
    stages,
)
from benchmarks.table import Figure, table

PARTS = (
    "callbacks",
    "stages",
    "delivery",
    "taps",
    "reminders",
    "pictures",
    "seals",
    "scope",
    "cases",
    "hiring",
    "performance",
    "peak",
    "memory",
)


def arguments() -> argparse.Namespace:
    """What to measure, and how much of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all of them if none")
    parser.add_argument("--callbacks", type=int, default=3000, help="callbacks a round, two rounds a side")
    parser.add_argument("--stages", type=int, default=1500, help="messages of the stages")
    parser.add_argument(
        "--messages", type=int, default=2000, help="messages to a platform that answers at once"
    )
    parser.add_argument("--slow-messages", type=int, default=600, help="messages to one that takes 100 ms")
    parser.add_argument("--jobs", type=int, default=800, help="no-op jobs of RQ")
    parser.add_argument("--seconds", type=int, default=15, help="seconds of taps, 50 a second")
    parser.add_argument("--reminders", type=int, default=10_000, help="due items of one instant")
    parser.add_argument("--seals", type=int, default=20_000, help="rows of the evidence trail")
    parser.add_argument("--people", type=int, default=5000, help="people of the questions of scope")
    parser.add_argument("--cases", type=int, default=100_000, help="cases in the large size")
    parser.add_argument("--records", type=int, default=1_000_000, help="records behind figures of people")
    parser.add_argument("--candidates", type=int, default=100_000, help="candidates of the campaign")
    parser.add_argument("--peak", type=int, default=5000, help="people of the morning peak")
    parser.add_argument("--peak-seconds", type=int, default=300, help="within so many seconds they check in")
    parser.add_argument("--postgresql", action="store_true", help="the campaign on PostgreSQL, too")
    parser.add_argument(
        "--folder", type=Path, help="where the databases are written (a real disk, not tmpfs)"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a floor is missed")
    chosen = parser.parse_args()
    unknown = set(chosen.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return chosen


def main() -> int:
    """Measure, print the table, and with --strict exit with 1 if a floor is missed."""
    chosen = arguments()
    parts = set(chosen.parts or PARTS)
    memory, taps = "memory" in parts, "taps" in parts
    plan: list[tuple[bool, str, Callable[[Path], Iterator[Figure]]]] = [
        ("callbacks" in parts, "callbacks", lambda at: callbacks.measure(at, chosen.callbacks)),
        ("stages" in parts, "stages", lambda at: stages.measure(at, chosen.stages)),
        (
            "delivery" in parts,
            "delivery",
            lambda at: delivery.measure(at, chosen.messages, chosen.slow_messages, chosen.jobs),
        ),
        (
            memory or taps,
            "taps and memory",
            lambda at: installation.measure(at, chosen.seconds, memory=memory, taps=taps),
        ),
        ("reminders" in parts, "reminders", lambda at: reminders.measure(at, chosen.reminders)),
        ("seals" in parts, "seals", lambda at: seals.measure(at, chosen.seals)),
        ("scope" in parts, "scope", lambda at: scope.measure(at, chosen.people)),
        ("cases" in parts, "cases", lambda at: cases.measure(at, chosen.cases)),
        (
            "hiring" in parts,
            "hiring",
            lambda at: hiring.measure(at, chosen.candidates, on_postgresql=chosen.postgresql),
        ),
        ("peak" in parts, "peak", lambda at: peak.measure(at, chosen.peak, chosen.peak_seconds)),
        ("performance" in parts, "performance", lambda at: performance.measure(at, chosen.records)),
        ("pictures" in parts, "pictures", lambda _at: pictures.measure()),
    ]
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="muster-bench-", dir=chosen.folder) as folder:
        for wanted, name, measure in plan:
            if wanted:
                start = time.monotonic()
                for figure in measure(Path(folder)):
                    print("| " + " | ".join(figure.cells) + " |", file=sys.stderr, flush=True)
                    figures.append(figure)
                print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    print(table(figures))
    missed = any(figure.met is False and figure.counted for figure in figures)
    return 1 if chosen.strict and missed else 0


if __name__ == "__main__":
    sys.exit(main())
