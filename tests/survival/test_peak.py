"""The morning peak: all check in, in the chat and on the page, and the process that answers is killed."""

from pathlib import Path

import pytest

from benchmarks.peak import Peak, morning
from benchmarks.table import percentile
from tests.survival.installation import LONG

PEOPLE, SECONDS, KILLS = (5000, 300, 2) if LONG else (100, 20, 1)


@pytest.mark.timeout(1200)
def test_everybody_is_checked_in_and_told_once_whoever_is_killed(tmp_path: Path) -> None:
    seen = morning(tmp_path / "peak", people=PEOPLE, seconds=SECONDS, kills=KILLS)
    print(f"\n{in_words(seen)}")
    assert seen.killed == KILLS
    assert (seen.lost, seen.doubled) == ([], [])
    assert len(seen.in_chat) + len(seen.on_page) == PEOPLE
    assert seen.grades == {"B": PEOPLE}, "every place was kept and measured"


def in_words(seen: Peak) -> str:
    """How long people waited, and what it took."""
    waits = [
        f"{name} {percentile(found, 0.5):.2f}, {percentile(found, 0.99):.2f}, {max(found):.2f} s"
        for name, found in (("chat", seen.in_chat), ("page", seen.on_page))
    ]
    return (
        f"{seen.people} people, {seen.killed} workers killed; p50, p99, longest: {'; '.join(waits)}; "
        f"{seen.milliseconds:.0f} ms of CPU each, {seen.cores:.2f} cores busy, {seen.again} sent again"
    )
