"""Delivery: what is committed is handed to the platform, and what it said is written down."""

import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256

import structlog

from bot.channels.base import ApiError, Messenger, NotSent, Parcel, Receipt, Unreachable
from bot.channels.errors import Fault, fault_of
from bot.clock import Clock
from bot.database import Database
from bot.governor import Governor
from jobs.base import JobContext
from jobs.schedule import CHECKS
from models import messaging
from models.calendar import WorkCalendar
from models.messaging import HeldReason, OutboundKind, OutboundMessage, OutboundState, Priority
from models.policy import Policy

BATCH = 64
THREADS = 32

RETRIED = frozenset({Fault.TRANSIENT, Fault.QUOTA})
WINDOW_CLOSED = frozenset({45015, 45047})
"""The service account may not write to this candidate until the candidate does something (protocol 4.2)."""

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
        self._governor = Governor(policy.governor)
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

    def release_left_behind(self, *, at_once: bool = False) -> int:
        """Decide over rows whose worker died while sending; returns how many there were.

        With `at_once` every row under way counts: the caller knows that nobody else is sending.
        """
        now = self._clock.now()
        lease = timedelta(seconds=0 if at_once else self._policy.delivery.sending_lease_seconds)
        with self._database.writing() as session:
            rows = messaging.left_behind(session, claimed_before=now - lease)
            for row in rows:
                self._decide_unknown(row, "left behind while sending", now)
            return len(rows)

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
            verdict = self._governor.judge(session, wanted, now)
            for row, hold in verdict.held:
                messaging.hold(row, until=hold.until, reason=hold.reason)
            for row, repeat in verdict.free:
                row.repeat = repeat
            free = [row for row, _ in verdict.free]
            messaging.claim(free, now=now)
            return [(row.channel, _parcel(row)) for row in free]

    def _still_wanted(self, ctx: JobContext, row: OutboundMessage) -> bool:
        if row.expires_at <= ctx.now:
            reason = "expired"
        elif row.only_if is not None and not CHECKS[row.only_if](ctx, row.subject_id or 0):
            reason = f"no longer {row.only_if}"
        else:
            return True
        if row.unknown:
            messaging.leave_uncertain(row, at=ctx.now, error=reason)
        else:
            messaging.withdraw(row, at=ctx.now, reason=reason)
        return False

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
                row = session.get(OutboundMessage, parcel.ids[0], with_for_update=True)
                if row is not None and row.settled_at is None:
                    self._settle_one(row, result, now)

    def _settle_one(self, row: OutboundMessage, result: Result, now: datetime) -> None:
        if isinstance(result, Receipt):
            if row.recipient.lower() in result.refused:
                messaging.fail(row, at=now, error="81013 the receiver is unknown or out of range")
                return
            messaging.accept(row, at=now, msgid=result.msgid, response_code=result.response_code)
        elif row.state != OutboundState.SENDING:
            return  # taken back meanwhile, and perhaps under way again: only a success counts now
        elif isinstance(result, NotSent):
            self._retry(row, str(result), now, unknown=False)
        elif isinstance(result, Unreachable):
            self._decide_unknown(row, str(result), now)
        elif isinstance(result, ApiError) and result.code in WINDOW_CLOSED:
            messaging.hold(row, until=row.expires_at, reason=HeldReason.NO_WINDOW)
        elif isinstance(result, ApiError) and (
            fault_of(row.channel, result.code) in RETRIED or row.kind == OutboundKind.MENU
        ):
            self._retry(row, str(result), now, unknown=False)
        else:
            trace = None if isinstance(result, ApiError) else result
            error = str(result) if isinstance(result, ApiError) else type(result).__name__
            log.error("message_failed", id=row.id, channel=row.channel, error=error, exc_info=trace)
            messaging.fail(row, at=now, error=error)

    @staticmethod
    def _may_heal(row: OutboundMessage, error: ApiError) -> bool:
        """A menu that cannot be set yet, say from an address not yet trusted, is tried until it can."""
        return row.kind == OutboundKind.MENU or fault_of(row.channel, error.code) in RETRIED

    def _retry(self, row: OutboundMessage, error: str, now: datetime, *, unknown: bool) -> None:
        log.warning("message_retry", id=row.id, channel=row.channel, error=error, unknown=unknown)
        messaging.retry(row, due_at=now + self._pause(row.attempts), error=error, unknown=unknown)

    def _decide_unknown(self, row: OutboundMessage, error: str, now: datetime) -> None:
        """Nobody knows whether the platform has it: send it again only where that cannot do harm."""
        if messaging.may_repeat(
            channel=row.channel,
            kind=row.kind,
            is_answer=row.priority == Priority.ANSWER,
            first_tried_at=row.first_tried_at or now,
            now=now,
        ):
            self._retry(row, error, now, unknown=True)
        else:
            log.warning("message_uncertain", id=row.id, channel=row.channel, error=error)
            messaging.leave_uncertain(row, at=now, error=error)

    def _pause(self, attempts: int) -> timedelta:
        """Doubling from the first to the longest pause, with jitter of a quarter."""
        policy = self._policy.delivery
        seconds = min(policy.retry_first_seconds * 2.0 ** min(attempts - 1, 20), policy.retry_longest_seconds)
        return timedelta(seconds=seconds * random.uniform(0.75, 1.25))


def _parcel(row: OutboundMessage) -> Parcel:
    """The row on its way, apart from the database."""
    key = sha256(row.key.encode()).hexdigest()[:32]
    return Parcel(
        (row.id,), OutboundKind(row.kind), (row.recipient,), row.payload, row.unknown, row.repeat, key
    )
