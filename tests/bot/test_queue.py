"""Wake-ups through a real Redis and a real RQ worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from rq import Queue

from bot.app import Muster
from bot.queue import DELIVER, RqWakeups
from bot.store import connect

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def store(redis_url: str) -> Iterator[redis.Redis]:
    """An empty Redis."""
    client = connect(redis_url)
    client.flushall()
    yield client
    client.close()


def waiting(store: redis.Redis) -> int:
    """Jobs in the queue of deliveries."""
    return len(Queue(DELIVER, connection=store))


def until_waiting(store: redis.Redis) -> None:
    """Wait until the thread has asked Redis."""
    until = time.monotonic() + 10
    while not waiting(store):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_many_wakeups_within_a_moment_become_one_job(store: redis.Redis) -> None:
    wakeups = RqWakeups(store)

    for _ in range(100):
        wakeups.deliver()
        time.sleep(0.001)

    until_waiting(store)
    time.sleep(0.2)
    assert waiting(store) == 1


def test_a_redis_that_is_down_costs_a_callback_nothing() -> None:
    wakeups = RqWakeups(connect("unix:///nonexistent/redis.sock"))

    wakeups.deliver()
    wakeups.work()


def test_a_redis_that_lost_everything_is_woken_again(store: redis.Redis) -> None:
    wakeups = RqWakeups(store)
    wakeups.deliver()
    until_waiting(store)
    store.flushall()

    wakeups.deliver()

    until_waiting(store)


def test_a_worker_process_drains_the_outbox_and_ends_on_sigterm(muster: Muster, store: redis.Redis) -> None:
    settings = muster.settings
    names = ["mode", "data_dir", "database_url", "redis_url", "wecom_corp_id", "wecom_agent_id"]
    environment = {f"MUSTER_{name.upper()}": str(getattr(settings, name)) for name in names}
    for name in ("wecom_secret", "wecom_token", "wecom_encoding_aes_key"):
        environment[f"MUSTER_{name.upper()}"] = getattr(settings, name).get_secret_value()
    environment["MUSTER_WECOM_API_BASE"] = "http://127.0.0.1:9"
    worker = subprocess.Popen(
        [sys.executable, "-m", "bot", "worker"], env={**os.environ, **environment}, cwd=ROOT
    )
    try:
        RqWakeups(store).deliver()
        until_waiting(store)
        until = time.monotonic() + 60
        while waiting(store) or store.get("muster:pending:deliver"):
            assert time.monotonic() < until
            assert worker.poll() is None
            time.sleep(0.05)
    finally:
        worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
