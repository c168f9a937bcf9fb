"""The web process is killed while it is told thousands of interview results: nothing is lost, nothing twice.

The interview system sends each call to two web processes, and again until it is taken.
"""

import contextlib
import hashlib
import hmac
import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.recruiting import InterviewResult, StageRecord
from tests.sandbox.scene import free_port
from tests.survival.campaign import campaign_in
from tests.survival.installation import LONG, Installation, children_of

SECRET = "a-secret-of-the-tests"
PATH, SIGNATURE = "/hooks/interview-results", "X-Muster-Signature"
PEOPLE = 400 if LONG else 60
CALLS, EACH = (40, 500) if LONG else (12, 50)
KILLS = 12 if LONG else 3
WEBS = ("web-1", "web-2")
SEED = 20260302
PATIENCE = 600.0


def results(number: int) -> list[dict[str, Any]]:
    """What one call says: of somebody, the later the better."""
    return [
        {
            "event_id": f"e-{number}-{place}",
            "type": "result",
            "application_no": f"A{(number * EACH + place) % PEOPLE + 1}",
            "stage": "ai_interview",
            "occurred_at": f"2026-03-01T10:{number % 60:02}:{place % 60:02}+08:00",
            "score": (number + place) % 101,
        }
        for place in range(EACH)
    ]


class System:
    """The interview system: it sends a call until somebody takes it."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self.accepted: list[str] = []
        self.statuses: Counter[int] = Counter()

    def tells(self, number: int, address: str) -> None:
        """One call to one of the addresses, again and again until it is taken."""
        body = json.dumps(results(number)).encode()
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            told = urllib.request.Request(f"{address}{PATH}", body, {SIGNATURE: signature})
            try:
                with urllib.request.urlopen(told, timeout=30) as answer:
                    self.statuses[answer.status] += 1
                    self.accepted += json.load(answer)["accepted"]
                    return
            except urllib.error.HTTPError as error:
                self.statuses[error.code] += 1
                error.close()
            except (OSError, ValueError):
                self.statuses[0] += 1
            time.sleep(0.2)

    def tells_everything(self) -> list[threading.Thread]:
        """Every call to each of the addresses, in another order."""
        threads = []
        for place, address in enumerate(self._addresses):
            numbers = list(range(CALLS))
            random.Random(SEED + place).shuffle(numbers)

            def tell(numbers: Sequence[int] = numbers, address: str = address) -> None:
                for number in numbers:
                    self.tells(number, address)

            threads.append(threading.Thread(target=tell))
            threads[-1].start()
        return threads


def kill(running: Installation, threads: Sequence[threading.Thread], addresses: Sequence[str]) -> int:
    """Kill a web process at random while results are told; returns how many."""
    dice, killed = random.Random(SEED), 0
    while any(thread.is_alive() for thread in threads):
        time.sleep(dice.uniform(0.2, 1.5))
        if killed < KILLS:
            place = dice.randrange(len(WEBS))
            stop(running, WEBS[place])
            start(running, WEBS[place], addresses[place])
            killed += 1
    return killed


def stop(running: Installation, name: str) -> None:
    """Kill a web process with those that it started."""
    below = children_of(running.processes[name].pid)
    running.stop(name, signal.SIGKILL)
    for pid in below:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def start(running: Installation, name: str, address: str) -> None:
    """A web process at this address."""
    running.start(name, "web", MUSTER_BIND=address.removeprefix("http://"))


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_whoever_is_killed_each_result_is_kept_and_entered_once(tmp_path: Path, kind: str) -> None:
    with campaign_in(tmp_path, kind, people=PEOPLE, following=0, interview_webhook_secret=SECRET) as (
        running,
        campaign,
    ):
        addresses = [f"http://127.0.0.1:{free_port()}" for _ in WEBS]
        for name, address in zip(WEBS, addresses, strict=True):
            start(running, name, address)
        system = System(addresses)
        killed = kill(running, system.tells_everything(), addresses)
        running.start("scheduler")
        running.start("worker")
        wanted = {one["event_id"] for number in range(CALLS) for one in results(number)}

        def unfinished() -> int:
            with campaign.muster.database.reading() as session:
                return session.scalar(select(func.count()).where(InterviewResult.state == "received")) or 0

        running.wait_for(lambda: not unfinished(), "entering", PATIENCE)
        with campaign.muster.database.reading() as session:
            kept = session.scalars(select(InterviewResult.event_id)).all()
            events = session.scalars(
                select(StageRecord.result_event).where(StageRecord.code == "ai_interview")
            ).all()
        print(f"\n{kind}: {len(wanted)} results told twice, {killed} killed, {dict(system.statuses)}")
        assert killed
        assert sorted(kept) == sorted(wanted)
        assert len(system.accepted) == len(set(system.accepted)), "accepted for one of the two calls alone"
        assert sorted(str(event) for event in events) == sorted(newest().values())


def newest() -> dict[str, str]:
    """Application → the event that counts in the end."""
    found: dict[str, tuple[str, str]] = {}
    for number in range(CALLS):
        for one in results(number):
            at = (one["occurred_at"], one["event_id"])
            found[one["application_no"]] = max(found.get(one["application_no"], at), at)
    return {number: event for number, (_, event) in found.items()}
