"""What the tests of delivery share: messages in the outbox, and channels that take their time."""

import queue
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta

from bot.app import Muster
from bot.channels.base import Parcel, Receipt
from models import messaging
from models.messaging import Channel, OutboundKind, OutboundMessage, Outgoing, Priority
from tests.simulator import Messenger, rows

PATIENCE_SECONDS = 10.0


def put(
    muster: Muster,
    *texts: str,
    to: str = "bob",
    channel: Channel = Channel.WECOM,
    kind: OutboundKind = OutboundKind.MESSAGE,
    priority: Priority = Priority.ANSWER,
    key: str = "",
    only_if: str | None = None,
    expires_at: datetime | None = None,
    hours: float = 1,
) -> None:
    """Messages in the outbox; equal ones to the same person need a `key` each."""
    with muster.database.writing() as session:
        messaging.post(
            session,
            [
                Outgoing(
                    f"{key or text}:{to}",
                    channel,
                    to,
                    kind,
                    {"msgtype": "text", "text": {"content": text}},
                    priority,
                    only_if,
                    expires_at=expires_at,
                )
                for text in texts
            ],
            now=muster.clock.now(),
            lifetime=timedelta(hours=hours),
        )


def open_window(muster: Muster, *candidates: str) -> None:
    """Each of them has just written to the service account, so that it may write back."""
    now = muster.clock.now()
    with muster.database.writing() as session:
        for who in candidates:
            messaging.receive(
                session, key=f"{who}:{now}", account="official", sender=who, kind="text", event="",
                sent_at=now, received_at=now, fields={},
            )  # fmt: skip


def messages(muster: Muster) -> list[OutboundMessage]:
    """All messages in their order."""
    return sorted(rows(muster, OutboundMessage), key=lambda row: row.id)


def states(muster: Muster) -> list[str]:
    """Their states."""
    return [row.state for row in messages(muster)]


def said(messenger: Messenger, to: str = "bob") -> list[str]:
    """What arrived at a person."""
    return [words(parcel) for parcel in messenger.inbox[to]]


def words(parcel: Parcel) -> str:
    """The text of a message on its way."""
    return str(parcel.payload["text"]["content"])


def during_the_next_call(messenger: Messenger, act: Callable[[], object]) -> None:
    """Do something while the next message is on its way."""
    send = messenger.send

    def sending(parcel: Parcel) -> Receipt:
        messenger.send = send  # type: ignore[method-assign]
        act()
        return messenger.send(parcel)

    messenger.send = sending  # type: ignore[method-assign]


class Undecided:
    """A channel each of whose calls waits until the test says what the platform answers."""

    def __init__(self) -> None:
        self._calls: queue.Queue[tuple[Parcel, Future[Receipt]]] = queue.Queue()

    def send(self, parcel: Parcel) -> Receipt:
        """Wait for the answer."""
        answer: Future[Receipt] = Future()
        self._calls.put((parcel, answer))
        return answer.result(PATIENCE_SECONDS)

    def next_call(self) -> tuple[Parcel, "Future[Receipt]"]:
        """The next call that began, and where its answer goes."""
        return self._calls.get(timeout=PATIENCE_SECONDS)

    def is_idle(self) -> bool:
        """Whether no call began that the test has not met."""
        return self._calls.empty()
