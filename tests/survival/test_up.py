"""`muster up`: told to stop, it finishes what it has begun, within ten seconds; killed, it comes back."""

import os
import signal
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot import processes
from bot.clock import SystemClock
from bot.database import Database
from bot.keeping import SETTLED_SECONDS
from bot.processes import Child, Supervisor
from models import messaging
from models.messaging import Channel, OutboundKind, OutboundMessage, OutboundState, Outgoing
from tests.survival.installation import LONG, Installation, children_of, installation, is_alive

MANY = tuple(f"m{number:04}" for number in range(1000))
TIMES = 5 if LONG else 1


def queue(muster: Installation, people: tuple[str, ...]) -> None:
    """Put one message for each into the outbox."""
    database = Database(muster.settings.database)
    with database.writing() as session:
        outgoing = [
            Outgoing(
                f"test:{person}",
                Channel.WECOM,
                person,
                OutboundKind.MESSAGE,
                {"msgtype": "text", "text": {"content": f"{person} 的消息"}},
            )
            for person in people
        ]
        messaging.post(session, outgoing, now=SystemClock().now(), lifetime=timedelta(days=1))
    database.close()


def states(muster: Installation) -> Counter[str]:
    """State → how many messages to people are in it."""
    database = Database(muster.settings.database)
    with database.reading() as session:
        found = session.scalars(
            select(OutboundMessage.state).where(OutboundMessage.kind == OutboundKind.MESSAGE)
        ).all()
    database.close()
    return Counter(found)


def test_stopped_with_much_to_send_it_finishes_what_is_in_flight_and_sends_the_rest_next_time(
    tmp_path: Path,
) -> None:
    with installation(tmp_path, people=MANY) as muster:
        muster.sandbox.faults(api_delay_ms={"value": 300, "path": "message/send"})
        queue(muster, MANY)
        muster.up()
        muster.wait_for(lambda: len(muster.sends()) > 20, "sending")

        muster.ends_cleanly()

        assert "child_killed" not in muster.log()
        assert OutboundState.SENDING not in states(muster)
        muster.sandbox.faults()
        muster.up()
        muster.wait_for(lambda: states(muster) == {OutboundState.ACCEPTED: len(MANY)}, "the rest")
        assert Counter(muster.sends()) == dict.fromkeys(MANY, 1)


def test_killed_and_started_again_at_once_it_waits_for_what_is_left_of_itself(tmp_path: Path) -> None:
    with installation(tmp_path) as muster:
        muster.up()
        talk = muster.talk()
        muster.sandbox.faults(api_delay_ms={"value": 300, "path": "message/send"})
        for number in range(TIMES):
            talk.everybody_says(f"第{number}句")
            before = muster.everything()

            muster.stop(number=signal.SIGKILL)
            muster.up()

            assert not [pid for pid in before if is_alive(pid)]
        muster.everybody_is_answered_once(talk)
        assert len(muster.sends()) == TIMES * len(talk.people)
        assert muster.stop()[0] == 0


def test_the_process_that_sends_is_forked_anew_when_it_is_killed(tmp_path: Path) -> None:
    with installation(tmp_path) as muster:
        muster.up()
        talk = muster.talk()
        [keeper] = muster.children("worker")
        talk.everybody_says("被杀之前")
        for number in range(2):
            muster.wait_for(lambda: children_of(keeper), "the fork")
            [sender] = children_of(keeper)
            time.sleep(SETTLED_SECONDS)

            os.kill(sender, signal.SIGKILL)

            talk.everybody_says(f"被杀之后的第{number}句")
            muster.everybody_is_answered_once(talk)
            assert children_of(keeper) not in ([], [sender])
        assert "child_died" not in muster.log()
        muster.ends_cleanly()


def test_the_process_that_sends_does_not_outlive_the_one_that_forked_it(tmp_path: Path) -> None:
    with installation(tmp_path) as muster:
        muster.up()
        [keeper] = muster.children("worker")
        [sender] = children_of(keeper)

        os.kill(keeper, signal.SIGKILL)

        muster.wait_for(lambda: not is_alive(sender), "the end of the one that sends")
        talk = muster.talk()
        talk.everybody_says("都被杀之后")
        muster.everybody_is_answered_once(talk)
        muster.ends_cleanly()


def test_a_child_that_crashes_in_a_loop_is_restarted_with_growing_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (processes.FIRST_PAUSE, processes.LONGEST_PAUSE) == (0.5, 5.0)
    monkeypatch.setattr(processes, "LONGEST_PAUSE", 0.4)
    with (tmp_path / "lock").open("w") as lock, capture_logs() as logs:
        supervisor = Supervisor(lock.fileno())
        supervisor.add(Child("crasher", ["false"], pause=0.1))
        supervisor.stopping.wait(0.2)
        monkeypatch.setattr(supervisor.stopping, "wait", lambda _: time.sleep(0.02) or len(logs) >= 5)
        supervisor.run()
        supervisor.stop()

    assert [entry["restart_in"] for entry in logs] == [0.1, 0.2, 0.4, 0.4, 0.4]
    assert {(entry["event"], entry["child"], entry["code"]) for entry in logs} == {
        ("child_died", "crasher", 1)
    }
