"""Delivery: what is committed is handed to the platform, and what it said is written down."""

import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from bot.channels.base import ApiError, Messenger, Parcel, Receipt, Unreachable, can_heal
from bot.clock import Clock
from bot.database import Database
from jobs.base import JobContext
from jobs.schedule import CHECKS
from models import messaging
from models.calendar import WorkCalendar
from models.messaging import OutboundKind, OutboundMessage
from models.policy import Policy

BATCH = 64
THREADS = 16

log = structlog.get_logger("outbox")

Result = Receipt | ApiError | Unreachable | Exception


class Outbox:
    """Drains the outbox over the messengers of each channel."""

    def __init__(
        self,
        database: Database,
        messengers: Mapping[str, Messenger],
        clock: Clock,
        policy: Policy,
        calendar: WorkCalendar,
    ) -> None:
        self._database = database
        self._messengers = messengers
        self._clock = clock
        self._policy = policy
        self._calendar = calendar
        self._threads: ThreadPoolExecutor | None = None

    def drain(self) -> int:
        """Send everything that is due; returns how many messages were tried."""
        tried = 0
        while True:
            claimed = self._claim()
            if claimed is None:
                return tried
            tried += len(claimed)
            self._settle(self._send(claimed))

    def release_left_behind(self) -> int:
        """Take back rows whose worker died while sending."""
        now = self._clock.now()
        lease = timedelta(seconds=self._policy.delivery.sending_lease_seconds)
        with self._database.writing() as session:
            return messaging.release_left_behind(session, claimed_before=now - lease, now=now)

    def anything_due(self) -> bool:
        """Whether a message waits to be sent."""
        with self._database.reading() as session:
            return messaging.anything_to_send(session, now=self._clock.now())

    def _claim(self) -> list[tuple[str, Parcel]] | None:
        """Take the next messages into sending; None when nothing is due."""
        now = self._clock.now()
        with self._database.writing() as session:
            rows = messaging.sendable(session, now=now, limit=BATCH)
            if not rows:
                return None
            ctx = JobContext(session, now, self._calendar, self._policy)
            wanted = [row for row in rows if self._still_wanted(ctx, row)]
            messaging.claim(wanted, now=now)
            return [
                (
                    row.channel,
                    Parcel(row.id, OutboundKind(row.kind), row.recipient, row.payload, row.attempts),
                )
                for row in wanted
            ]

    def _still_wanted(self, ctx: JobContext, row: OutboundMessage) -> bool:
        if row.expires_at <= ctx.now:
            messaging.withdraw(row, at=ctx.now, reason="expired")
            return False
        if row.only_if is not None and not CHECKS[row.only_if](ctx, row.subject_id or 0):
            messaging.withdraw(row, at=ctx.now, reason=f"no longer {row.only_if}")
            return False
        return True

    def _send(self, parcels: Sequence[tuple[str, Parcel]]) -> list[tuple[Parcel, Result]]:
        if len(parcels) == 1:
            return [self._send_one(parcels[0])]
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="outbox")
        return list(self._threads.map(self._send_one, parcels))

    def _send_one(self, parcel: tuple[str, Parcel]) -> tuple[Parcel, Result]:
        channel, content = parcel
        messenger = self._messengers.get(channel)
        if messenger is None:
            return content, ApiError(48001, f"the channel {channel} is not configured")
        try:
            return content, messenger.send(content)
        except Exception as error:
            return content, error

    def _settle(self, results: Sequence[tuple[Parcel, Result]]) -> None:
        if not results:
            return
        now = self._clock.now()
        with self._database.writing() as session:
            for parcel, result in results:
                row = session.get(OutboundMessage, parcel.id, with_for_update=True)
                if row is not None:
                    self._settle_one(row, result, now)

    def _settle_one(self, row: OutboundMessage, result: Result, now: datetime) -> None:
        if isinstance(result, Receipt):
            messaging.accept(row, at=now, msgid=result.msgid, response_code=result.response_code)
            return
        # A menu that cannot be set yet, say from an address not yet trusted, is tried until it can.
        heals = isinstance(result, ApiError) and (can_heal(result) or row.kind == OutboundKind.MENU)
        if isinstance(result, Unreachable) or heals:
            log.warning("message_retry", id=row.id, channel=row.channel, error=str(result))
            messaging.retry(row, due_at=now + self._pause(row.attempts), error=str(result))
            return
        if isinstance(result, ApiError):
            log.error("message_failed", id=row.id, channel=row.channel, error=str(result))
        else:
            log.error("message_failed", id=row.id, channel=row.channel, exc_info=result)
        messaging.fail(row, at=now, error=f"{type(result).__name__}: {result}")

    def _pause(self, attempts: int) -> timedelta:
        """Doubling from the first to the longest pause, with jitter of a quarter."""
        policy = self._policy.delivery
        seconds = min(policy.retry_first_seconds * 2.0 ** min(attempts - 1, 20), policy.retry_longest_seconds)
        return timedelta(seconds=seconds * random.uniform(0.75, 1.25))
