"""Conversations while processes are killed, Redis is wiped and answers of the platform get lost.

Counted on the phones. A short run belongs to `make test`; `make chaos` runs 1,000 conversations on each
database, `make chaos-long` 20,000 (`MUSTER_CHAOS` is their number).
"""

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest
import redis

from bot.demo.company import PEOPLE, employees
from tests.e2e.conftest import Demo, start_demo, stop_demo
from tests.servers import postgresql
from tests.survival.talk import HELP, Count, Talk

CONVERSATIONS = int(os.environ.get("MUSTER_CHAOS", "80"))
ENOUGH_FOR_ALL = 500
"""In so many conversations every kind of process is killed."""
MANY = 5000
"""So many conversations are shared by the whole company: the platform takes 1,000 an hour for one person."""
SEED = 20260302
PAUSE_SECONDS = 0.05
GRACE_SECONDS = 180
KINDS = ("web", "worker", "worker", "scheduler")


def kill(demo: Demo, name: str) -> int:
    """SIGKILL one child of the demo, with whatever it started; returns how many were there to be killed."""
    search = ["pgrep", "-P", str(demo.process.pid), "-f", f"bot {name}"]
    found = subprocess.run(search, capture_output=True, text=True, check=False)
    hit = 0
    for pid in map(int, found.stdout.split()):
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        hit += 1
    return hit


def trouble(demo: Demo, stop: threading.Event, hits: "Counter[str]") -> None:
    """Kill a random child every second or two, at once to begin with."""
    rng = random.Random(SEED)
    while True:
        name = rng.choice(KINDS)
        hits[name] += kill(demo, name)
        if stop.wait(rng.uniform(0.7, 2.0)):
            return


REFILL_SECONDS = 10.0
"""For so long a second wipe waits for keys: a quick worker may have none for a moment."""


def wipe(demo: Demo) -> int:
    """Empty Redis, once there is something in it again; returns how many keys it had."""
    with redis.Redis(unix_socket_path=str(demo.data_dir / "redis.sock")) as client:
        until = time.monotonic() + REFILL_SECONDS
        while not (keys := int(client.dbsize())) and time.monotonic() < until:
            time.sleep(0.01)
        assert client.flushall()
        return keys


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_word_is_answered_exactly_once(tmp_path: Path, kind: str) -> None:
    if kind == "sqlite":
        run(tmp_path, None)
        return
    with postgresql() as url:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE DATABASE chaos")
        run(tmp_path, url.replace("/postgres?", "/chaos?"))


def run(folder: Path, database_url: str | None) -> None:
    """The conversations, the trouble, and the count."""
    demo = start_demo(folder / "var", *(["--database-url", database_url] if database_url else []))
    stop = threading.Event()
    hits: Counter[str] = Counter()
    troublemaker = threading.Thread(target=trouble, args=(demo, stop, hits))
    try:
        # As long as the platform really tries, but oftener: what it gives up, nobody can answer.
        demo.sandbox.settings(callback_retry_seconds=1, callback_retries=15)
        demo.sandbox.faults(accept_then_drop={"value": 0.05, "every": 20, "path": "message/send"})
        people = PEOPLE if CONVERSATIONS < MANY else employees()
        talk = Talk(demo.sandbox, [person.userid for person in people])
        troublemaker.start()
        wiped = converse(demo, talk)
        stop.set()
        troublemaker.join()
        demo.sandbox.faults()
        waited = talk.wait(GRACE_SECONDS)
        time.sleep(3)  # whatever would come twice, comes now
        found = talk.count()
        answers = sum(len(talk.answers(person)) for person in talk.people)
        print(
            f"\n{CONVERSATIONS} conversations, {answers} answers, the last {waited:.0f} s after the end\n"
            f"killed: {dict(hits)}; Redis wiped {len(wiped)} times, keys lost: {wiped}\n"
            f"lost {found.lost}, doubled {found.doubled}"
        )
        assert found == Count()
        assert answers == CONVERSATIONS
        check_that_there_was_trouble(demo, hits, wiped)
    finally:
        stop.set()
        code = stop_demo(demo)
    assert code == 0


def converse(demo: Demo, talk: Talk) -> list[int]:
    """Everybody talks in turn; Redis is wiped after a third and two thirds. Returns how many keys it had."""
    wiped = []
    for number in range(CONVERSATIONS):
        # Every fifth is the same question again: equal answers must all arrive.
        person = talk.people[number % len(talk.people)]
        talk.say(person, HELP if number % 5 == 0 else f"第{number}句话")
        if number in (CONVERSATIONS // 3, CONVERSATIONS * 2 // 3):
            wiped.append(wipe(demo))
        time.sleep(PAUSE_SECONDS)
    return wiped


def check_that_there_was_trouble(demo: Demo, hits: "Counter[str]", wiped: list[int]) -> None:
    """A run in which nothing was hit proves nothing."""
    assert len(wiped) == 2
    assert all(wiped), "there was something to lose"
    assert hits.total() >= 2
    assert demo.log.read_text(encoding="utf-8").count("child_died") >= 1
    if CONVERSATIONS >= ENOUGH_FOR_ALL:
        assert all(hits[name] for name in KINDS), hits
