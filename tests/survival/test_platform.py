"""The platform falls silent, for a token too: callbacks are taken, and answers go out later."""

import os
import signal
import time
from pathlib import Path

import pytest

from bot.channels.base import Unreachable
from bot.channels.tokens import Tokens
from tests.survival.installation import LONG, installation

SILENT_SECONDS = 200 if LONG else 4


def test_a_platform_that_is_silent_from_the_start_is_waited_for(tmp_path: Path) -> None:
    with installation(tmp_path) as muster:
        muster.sandbox.faults(api_timeout={"value": 30, "path": "/wecom/"})
        muster.up()
        talk = muster.talk()
        talk.everybody_says("有人在吗")
        muster.wait_for(lambda: muster.outcomes().get("ok") == len(talk.people), "all callbacks taken")
        time.sleep(SILENT_SECONDS)
        os.kill(muster.platform.pid, signal.SIGSTOP)  # and now not even a connection is accepted
        time.sleep(SILENT_SECONDS)
        os.kill(muster.platform.pid, signal.SIGCONT)
        silent = [call for call in muster.sandbox.log(kind="api") if "no answer" in call["outcome"]]

        muster.sandbox.faults()

        muster.everybody_is_answered_once(talk)
        assert set(muster.outcomes()) == {"ok"}
        assert silent
        assert muster.stop()[0] == 0


def test_those_who_wait_for_a_token_do_not_each_wait_for_another_failure() -> None:
    asked = []

    def fetch() -> tuple[str, int]:
        asked.append(1)
        raise Unreachable("ReadTimeoutError")

    tokens = Tokens(None, "test", fetch)
    for _ in range(64):
        with pytest.raises(Unreachable):
            tokens.get()

    assert len(asked) == 1
