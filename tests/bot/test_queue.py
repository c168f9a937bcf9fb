"""Wake-ups through a real Redis and a real RQ worker."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

import bot.queue
from bot.app import Muster
from bot.queue import DELIVER, WORK, RqWakeups
from bot.store import connect
from tests.simulator import Member, TestClock

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


def test_a_thread_that_could_not_be_started_is_started_the_next_time(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    wakeups = RqWakeups(store)
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(RuntimeError):
        wakeups.deliver()
    monkeypatch.undo()

    wakeups.deliver()

    until_waiting(store)


def test_a_redis_that_lost_everything_is_woken_again(store: redis.Redis) -> None:
    wakeups = RqWakeups(store)
    wakeups.deliver()
    until_waiting(store)
    store.flushall()

    wakeups.deliver()

    until_waiting(store)


def test_the_timetable_has_its_turn_while_deliveries_keep_coming(
    muster: Muster, store: redis.Redis, clock: TestClock, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    wakeups = RqWakeups(store)
    monkeypatch.setattr(bot.queue, "_runner", muster.runner)
    monkeypatch.setattr(bot.queue, "_store", store)
    clock.passes_to("08:49")
    clock.at("08:50")
    wakeups.work()
    wakeups.deliver()
    until_waiting(store)
    drain = muster.outbox.drain

    def drain_while_more_comes() -> int:
        sent = drain()
        wakeups.deliver()
        until_waiting(store)
        return sent

    monkeypatch.setattr(muster.outbox, "drain", drain_while_more_comes)
    monkeypatch.setattr(SimpleWorker, "_install_signal_handlers", lambda _worker: None)
    worker = SimpleWorker(
        [Queue(name, connection=store, serializer=JSONSerializer) for name in (DELIVER, WORK)],
        connection=store,
        serializer=JSONSerializer,
    )
    worker.work(burst=True, max_jobs=3, logging_level="WARNING")

    alice.sees("09:00 上班，还没打卡\n李爱丽，到岗后别忘了打卡。\n[一键打卡]")


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
