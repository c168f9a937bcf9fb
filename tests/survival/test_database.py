"""PostgreSQL is stopped and started, or its disk is full: 500 until it is back, and then everybody once."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import PostgresServer
from tests.survival.installation import LONG, installation

DOWN_SECONDS = 60 if LONG else 4


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of our own, to be stopped."""
    made = PostgresServer()
    made.start()
    yield made
    made.close()


@pytest.mark.parametrize("mode", ["fast", "immediate"] if LONG else ["fast"])
def test_while_postgresql_is_down_the_platform_sends_again_and_afterwards_everybody_is_answered(
    tmp_path: Path, server: PostgresServer, mode: str
) -> None:
    with installation(tmp_path, database_url=server.url) as muster:
        muster.sandbox.settings(callback_retry_seconds=DOWN_SECONDS / 2, callback_retries=10)
        server.stop(mode)
        muster.start("up")
        muster.wait_for(lambda: '"what": "database"' in muster.log(), "waiting for the database")
        server.start()
        muster.wait_until_up()
        talk = muster.talk()
        talk.everybody_says("开头的一句")

        server.stop(mode)
        talk.everybody_says("停着时的一句")
        muster.wait_for(lambda: any("http 500" in outcome for outcome in muster.outcomes()), "a 500")
        assert muster.status("/readyz") == 503
        assert "✗ 数据库" in muster.doctor()
        time.sleep(DOWN_SECONDS)
        server.start()

        muster.everybody_is_answered_once(talk, seconds=90)

        assert set(muster.outcomes()) == {"ok", "http 500"}
        assert muster.status("/readyz") == 200
        assert "child_died" not in muster.log()

        muster.ends_cleanly()


@pytest.mark.skipif(not LONG, reason="a minute of waiting for the lease: make survival-long")
def test_stopped_between_sending_and_noting_it_nobody_gets_it_twice(
    tmp_path: Path, server: PostgresServer
) -> None:
    """The platform has the messages, the database does not know it: sent again, they are not shown again."""
    with installation(tmp_path, database_url=server.url) as muster:
        muster.up()
        talk = muster.talk()
        muster.sandbox.faults(api_delay_ms={"value": 3000, "path": "message/send"})
        talk.everybody_says("在路上的一句")
        muster.wait_for(lambda: len(muster.callbacks()) == len(talk.people), "all callbacks taken")
        time.sleep(1)

        server.stop()
        muster.wait_for(muster.sends, "sending")
        time.sleep(1)
        sent = Counter(muster.sends())
        muster.sandbox.faults()
        server.start()

        def again() -> bool:
            calls = Counter(muster.sends())
            return all(calls[person] > times for person, times in sent.items())

        muster.wait_for(again, "sending again", seconds=100)
        talk.everybody_says("之后的一句")
        muster.everybody_is_answered_once(talk)
        muster.ends_cleanly()


def test_told_to_stop_while_it_waits_for_the_database_it_stops(tmp_path: Path) -> None:
    nowhere = "postgresql+psycopg://postgres@/postgres?host=/nonexistent"
    with installation(tmp_path, prepared=False, database_url=nowhere) as muster:
        muster.start("up")
        muster.wait_for(lambda: '"what": "database"' in muster.log(), "waiting for the database")

        muster.ends_cleanly()
