"""What Prometheus reads at /metrics."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.channels.base import ApiError, NotSent
from models.messaging import Channel, OutboundKind, Priority
from tests.bot.delivery import open_window, put
from tests.simulator import Messenger, TestClock


def figures(client: FlaskClient, *names: str) -> dict[str, float]:
    """The figures whose names, after `muster_`, begin with one of these."""
    lines = client.get("/metrics").get_data(as_text=True).splitlines()
    told = [line.removeprefix("muster_").rsplit(" ", 1) for line in lines if line.startswith("muster_")]
    return {name: float(value) for name, value in told if name.startswith(names)}


def answer_times(*seconds: float, channel: str = "wecom") -> dict[str, float]:
    """The figures of answers that took 0.5, 0.9, 0.99 and all of them so long."""
    names = ("0.5", "0.9", "0.99", "1")
    return {
        f'answer_seconds{{channel="{channel}",quantile="{name}"}}': took
        for name, took in zip(names, seconds, strict=True)
    }


def test_how_long_answers_took_is_told_in_quantiles(
    muster: Muster, client: FlaskClient, clock: TestClock
) -> None:
    for number in range(10):
        clock.at("08:31:00")
        put(muster, "回答", to=f"m{number}")
        clock.at(f"08:31:{number + 1:02}")
        muster.outbox.drain()

    assert figures(client, "answer") == {
        'answers_timed{channel="wecom"}': 10,
        **answer_times(5, 9, 10, 10),
    }


@pytest.mark.parametrize(
    ("kind", "priority", "trouble", "moment", "timed"),
    [
        (OutboundKind.MESSAGE, Priority.ANSWER, None, "08:46:01", 1),
        (OutboundKind.MESSAGE, Priority.ANSWER, None, "08:46:03", 0),
        (OutboundKind.MESSAGE, Priority.PUSH, None, "08:40", 0),
        (OutboundKind.CARD_UPDATE, Priority.ANSWER, None, "08:40", 0),
        (OutboundKind.MESSAGE, Priority.ANSWER, ApiError(81013, "gone"), "08:40", 0),
    ],
)
def test_answers_of_a_quarter_of_an_hour_are_timed_and_nothing_else(
    muster: Muster,
    messenger: Messenger,
    client: FlaskClient,
    clock: TestClock,
    kind: OutboundKind,
    priority: Priority,
    trouble: Exception | None,
    moment: str,
    timed: int,
) -> None:
    clock.at("08:31")
    put(muster, "一条", kind=kind, priority=priority)
    messenger.fails_with = trouble
    clock.at("08:31:02")
    muster.outbox.drain()

    clock.at(moment)

    expected = {'answers_timed{channel="wecom"}': 1.0, **answer_times(2, 2, 2, 2)}
    assert figures(client, "answer") == (expected if timed else {})


def test_each_channel_has_its_own_times(muster: Muster, client: FlaskClient, clock: TestClock) -> None:
    open_window(muster, "c")
    put(muster, "快", to="bob")
    put(muster, "慢", to="c", channel=Channel.OFFICIAL)
    clock.at("08:30:03")
    muster.outbox.drain()

    assert figures(client, "answer_seconds") == {
        **answer_times(3, 3, 3, 3),
        **answer_times(3, 3, 3, 3, channel="official"),
    }


def test_what_waits_is_counted_however_old_and_what_is_settled_for_a_day(
    muster: Muster, messenger: Messenger, client: FlaskClient, clock: TestClock
) -> None:
    put(muster, "发出", to="anna")
    muster.outbox.drain()
    messenger.fails_with = ApiError(81013, "gone")
    put(muster, "没发成", to="ben")
    muster.outbox.drain()
    messenger.fails_with = NotSent("silent")
    put(muster, "再试", to="cara", hours=72)
    muster.outbox.drain()
    put(muster, "等窗口", to="c", channel=Channel.OFFICIAL, hours=72)
    muster.outbox.drain()

    waiting = {
        'outbox_messages{channel="official",state="held"}': 1.0,
        'outbox_messages{channel="wecom",state="intent"}': 1.0,
    }
    settled = {
        'outbox_messages{channel="wecom",state="accepted"}': 1.0,
        'outbox_messages{channel="wecom",state="failed"}': 1.0,
    }
    counted = ("outbox_messages", "outbox_waiting", "outbox_oldest")
    clock.at("2026-03-03 08:29")
    a_day = 24 * 3600 - 60
    assert figures(client, *counted) == {
        **waiting, **settled, "outbox_waiting": 2, "outbox_oldest_seconds": a_day
    }  # fmt: skip
    clock.at("2026-03-03 08:31")
    assert figures(client, *counted) == {**waiting, "outbox_waiting": 2, "outbox_oldest_seconds": a_day + 120}


def test_with_nothing_to_send_nothing_waits(client: FlaskClient) -> None:
    assert figures(client, "outbox", "answer") == {"outbox_waiting": 0, "outbox_oldest_seconds": 0}
