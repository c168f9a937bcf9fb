"""The platform falls silent, for a token too: callbacks are taken, and answers go out later."""

import os
import signal
import time
from pathlib import Path

import pytest

from bot.channels.base import Unreachable
from bot.channels.tokens import Tokens
from tests.survival.installation import LONG, installation

SILENT = "/wecom/" if LONG else "message/send"
"""Without a token nothing can even be tried, which takes longer to show."""
SILENT_SECONDS = 40 if LONG else 2
PATIENCE_SECONDS = 400 if LONG else 60
"""By then a retry comes round: pauses grow with the silence, to 375 s."""


def test_a_silent_platform_is_waited_for_and_does_not_keep_us_from_stopping(tmp_path: Path) -> None:
    with installation(tmp_path) as muster:
        muster.sandbox.faults(api_timeout={"value": 9, "path": SILENT})
        muster.up()
        talk = muster.talk()
        talk.everybody_says("有人在吗")
        muster.wait_for(lambda: muster.outcomes().get("ok") == len(talk.people), "all callbacks taken")
        time.sleep(SILENT_SECONDS)
        os.kill(muster.platform.pid, signal.SIGSTOP)  # and now not even a connection is accepted
        time.sleep(SILENT_SECONDS)
        os.kill(muster.platform.pid, signal.SIGCONT)
        muster.sandbox.faults(api_timeout={"value": 9, "path": "message/send"})
        muster.wait_for(lambda: len(muster.sends()) >= 2, "sending, which hangs", PATIENCE_SECONDS)

        muster.ends_cleanly(signal.SIGINT)

        muster.sandbox.faults()
        muster.up()
        muster.everybody_is_answered_once(talk, PATIENCE_SECONDS)
        assert set(muster.outcomes()) == {"ok"}
        muster.ends_cleanly()


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
