"""PostgreSQL is stopped and started, or its disk is full: 500 until it is back, and then everybody once."""

import time
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
