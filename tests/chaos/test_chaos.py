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

from bot.demo.company import PEOPLE
from tests.e2e.conftest import Demo, start_demo, stop_demo
from tests.servers import postgresql

CONVERSATIONS = int(os.environ.get("MUSTER_CHAOS", "80"))
SEED = 20260302
PAUSE_SECONDS = 0.05
GRACE_SECONDS = 180


def kill(demo: Demo, name: str) -> None:
    """SIGKILL one child of the demo, with whatever it started."""
    search = ["pgrep", "-P", str(demo.process.pid), "-f", f"bot {name}"]
    found = subprocess.run(search, capture_output=True, text=True, check=False)
    for pid in map(int, found.stdout.split()):
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def trouble(demo: Demo, stop: threading.Event, done: list[str]) -> None:
    """Kill a random child every few seconds; wipe Redis twice."""
    rng = random.Random(SEED)
    wipes = 2
    while not stop.wait(rng.uniform(2.0, 5.0)):
        name = rng.choice(["web", "worker", "worker", "scheduler"])
        kill(demo, name)
        done.append(name)
        if wipes and rng.random() < 0.5:
            wipes -= 1
            client = redis.Redis(unix_socket_path=str(demo.data_dir / "redis.sock"))
            client.flushall()
            client.close()
            done.append("redis")


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
    done: list[str] = []
    troublemaker = threading.Thread(target=trouble, args=(demo, stop, done))
    try:
        demo.sandbox.faults(accept_then_drop={"value": 0.05, "every": 20, "path": "message/send"})
        people = [person.userid for person in PEOPLE]
        said: dict[str, list[str]] = {person: [] for person in people}
        before = {person: last_seq(demo, person) for person in people}
        troublemaker.start()
        for number in range(CONVERSATIONS):
            person = people[number % len(people)]
            # Every fifth is the same question again: equal answers must all arrive.
            text = "帮助" if number % 5 == 0 else f"第{number}句话"
            demo.sandbox.person(person).say(text)
            said[person].append(text)
            time.sleep(PAUSE_SECONDS)
        stop.set()
        troublemaker.join()
        demo.sandbox.faults()
        wait_for_answers(demo, said, before)
        time.sleep(3)  # whatever would come twice, comes now
        lost, doubled = count(demo, said, before)
        print(f"\n{CONVERSATIONS} conversations, hit: {dict(Counter(done))}")
        print(f"lost {lost}, doubled {doubled}")
        assert (lost, doubled) == ({}, {})
    finally:
        stop.set()
        code = stop_demo(demo)
    assert code == 0


def last_seq(demo: Demo, person: str) -> int:
    """The number of the newest message on the phone."""
    return int(demo.sandbox.call("GET", f"people/{person}/inbox")["last_seq"])


def answers(demo: Demo, person: str, after: int) -> list[str]:
    """What the phone got since then, without the reminders that nobody asked for."""
    inbox = demo.sandbox.person(person).inbox(after)
    texts = [str(m["text"]).strip("\u200b\u200c") for m in inbox if m["direction"] == "in"]
    return [text for text in texts if "上班，还没打卡" not in text]


def expected(text: str, answer: str) -> bool:
    """Whether this is the answer to that."""
    return "你可以直接发给我" in answer if text == "帮助" else f"没听懂「{text}」" in answer


def wait_for_answers(demo: Demo, said: dict[str, list[str]], before: dict[str, int]) -> None:
    """Until everybody has as many answers as questions, or the grace is over."""
    until = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < until:
        if all(len(answers(demo, person, before[person])) >= len(asked) for person, asked in said.items()):
            return
        time.sleep(0.5)


def count(
    demo: Demo, said: dict[str, list[str]], before: dict[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    """(lost, doubled): question → how many answers too few, or too many."""
    lost: dict[str, int] = {}
    doubled: dict[str, int] = {}
    for person, asked in said.items():
        got = answers(demo, person, before[person])
        for text, times in Counter(asked).items():
            found = sum(expected(text, answer) for answer in got)
            if found < times:
                lost[f"{person}: {text}"] = times - found
            if found > times:
                doubled[f"{person}: {text}"] = found - times
    return lost, doubled
