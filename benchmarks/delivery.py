"""Messages a second of one worker, beside one RQ job a message."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from benchmarks.company import NoWakeups, hire, settings_in, userid
from benchmarks.machine import free_port, output_of, running
from benchmarks.table import Figure
from bot.app import build
from models import messaging
from models.messaging import Channel, OutboundKind, Outgoing
from tests.servers import redis_at

PAUSE = 100


def measure(folder: Path, count: int, paused_count: int, jobs: int) -> Iterator[Figure]:
    """`count` messages to a platform that answers at once, `paused_count` to one that takes 100 ms."""
    home = folder / "delivery"
    home.mkdir()
    with redis_at(home) as redis:
        noop = float(json.loads(output_of("benchmarks.noop", redis, "rate", str(jobs))))
        quick = drain(home / "quick", redis, count, 0)
        slow = drain(home / "slow", redis, paused_count, PAUSE)
    yield Figure(
        "delivery: answered at once", quick, "messages/s", "RQ no-op jobs/s", noop, "≥ 3×", quick >= 3 * noop
    )
    yield Figure(
        f"delivery: answered after {PAUSE} ms",
        slow,
        "messages/s",
        "RQ no-op jobs/s",
        noop,
        "≥ 200 messages/s",
        slow >= 200,
    )


def drain(folder: Path, redis: str, count: int, pause: int) -> float:
    """Messages a second from committed to accepted."""
    port = free_port()
    settings = settings_in(folder, platform=f"http://127.0.0.1:{port}", redis=redis)
    hire(settings, 1)
    muster = build(settings, wakeups=NoWakeups())
    try:
        with running("benchmarks.stub", str(port), str(pause), log=folder / "log", port=port):
            post(muster.database, count)
            start = time.monotonic()
            tried = muster.outbox.drain()
            seconds = time.monotonic() - start
            with muster.database.reading() as session:
                left = messaging.oldest_unsettled(session) is not None
    finally:
        muster.close()
    if tried != count or left:
        raise RuntimeError(f"{tried} of {count} messages were tried, some are not settled: {left}")
    return count / seconds


def post(database: "object", count: int) -> None:
    """Distinct texts to distinct people."""
    from bot.clock import SystemClock
    from bot.database import Database

    assert isinstance(database, Database)
    messages = [
        Outgoing(
            f"bench:{number}",
            Channel.WECOM,
            userid(number),
            OutboundKind.MESSAGE,
            {"msgtype": "text", "text": {"content": f"第{number}条消息"}},
        )
        for number in range(count)
    ]
    with database.writing() as session:
        messaging.post(session, messages, now=SystemClock().now(), lifetime=timedelta(hours=1))
