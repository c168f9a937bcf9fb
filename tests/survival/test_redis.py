"""Redis hangs, dies, is wiped or comes late: callbacks are answered in time, and people later, each once."""

import os
import signal
import time
from pathlib import Path

from tests.servers import RedisServer
from tests.survival.installation import LONG, Installation, installation

HANG_SECONDS = 60 if LONG else 5


def test_while_redis_hangs_every_callback_is_taken_and_afterwards_everybody_is_answered(
    running: Installation,
) -> None:
    talk, before = running.talk(), len(running.callbacks())
    [server] = running.children("redis")

    os.kill(server, signal.SIGSTOP)
    try:
        until = time.monotonic() + HANG_SECONDS
        for number in range(3):
            talk.everybody_says(f"卡住时的第{number}句")
        assert running.status("/readyz") == 503
        assert "✗ Redis" in running.doctor()
        time.sleep(max(until - time.monotonic(), 0))
        assert not any(talk.answers(person) for person in talk.people)
    finally:
        os.kill(server, signal.SIGCONT)

    running.everybody_is_answered_once(talk)
    attempts = running.callbacks()[before:]
    assert len(attempts) == 3 * len(talk.people)
    assert {attempt["outcome"] for attempt in attempts} == {"ok"}


def test_a_redis_that_dies_is_started_again_and_everybody_is_answered(running: Installation) -> None:
    talk, before = running.talk(), len(running.callbacks())

    for number in range(2):
        running.kill("redis")
        talk.everybody_says(f"死了以后的第{number}句")
        running.wait_for(lambda: running.children("redis"), "a new Redis")

    running.everybody_is_answered_once(talk)
    assert {attempt["outcome"] for attempt in running.callbacks()[before:]} == {"ok"}
    assert running.status("/readyz") == 200


def test_a_redis_that_is_wiped_loses_nothing(running: Installation) -> None:
    talk = running.talk()

    with running.redis() as store:
        for number in range(3):
            talk.everybody_says(f"清空前的第{number}句")
            store.flushall()

    running.everybody_is_answered_once(talk)
    assert "✓ 后台进程" in running.doctor()


def test_processes_that_start_before_redis_wait_for_it(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    names = ("web", "worker", "scheduler")
    try:
        with installation(tmp_path, redis_url=server.url) as muster:
            for name in names:
                muster.start(name)
            muster.wait_for(lambda: muster.status("/healthz") == 200, "web")
            talk = muster.talk()
            talk.everybody_says("Redis 还没有来")
            time.sleep(1.5)
            assert not any(talk.answers(person) for person in talk.people)

            server.start()

            muster.everybody_is_answered_once(talk)
            assert {attempt["outcome"] for attempt in muster.callbacks()} == {"ok"}
            assert {name: muster.stop(name)[0] for name in names} == dict.fromkeys(names, 0)
    finally:
        server.close()
