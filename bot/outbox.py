"""Delivery: what is committed is handed to the platform, and what it said is written down."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from bot.channels.base import (
    ApiError,
    GatewayError,
    Messenger,
    NotSent,
    Parcel,
    Receipt,
    TokenRefused,
    Unreachable,
    UploadRefused,
)
from bot.channels.errors import NOT_CONFIGURED, Fault, fault_in, fault_of, quota_ends
from bot.clock import Clock
from bot.database import Database, is_unavailable
from bot.governor import Governor
from jobs.base import JobContext
from jobs.schedule import CHECKS
from models import messaging
from models.calendar import WorkCalendar
from models.messaging import Channel, HeldReason, OutboundKind, Priority, Waiting
from models.policy import Policy

CALLS = 64
"""How many calls of the platform are under way at the same time."""
MOST_RECIPIENTS = 1000
"""How many members one call takes equal messages to (protocol 3.2)."""
GATHER_SECONDS = 0.01
"""How long answers of the platform are gathered, to be written down together."""
LOOK_SECONDS = 0.05
"""How often new messages are looked for while calls are under way."""
DRAIN_SECONDS = 5.0
"""After this time a drain takes nothing more: whoever called it looks after other work, and calls again."""
STOP_SECONDS = 6.0
"""How long calls under way may take to end once a drain is told to stop."""
BUSY_TRIES = 3
"""How often in a row a busy platform is tried before it gets a longer rest (protocol 3.15)."""
UNAUTHORISED_REST = timedelta(minutes=1)
"""How often it is looked whether we get a token again: too many refusals block us (protocol 3.14)."""
ALL_REFUSED = 81013
"""Every receiver of the call is unknown or out of range."""

log = structlog.get_logger("outbox")

Result = Receipt | Exception
Sent = tuple[str, Parcel, Result]
"""Channel, what was handed over, and what came of it."""
Alarm = Callable[[Session, str, int | str, str, datetime], None]
"""Tells the people who run the installation: (session, channel, error code, error, now)."""


class Outbox:
    """Drains the outbox over the messengers of each channel."""

    def __init__(
        self,
        database: Database,
        messengers: Mapping[str, Messenger],
        clock: Clock,
        policy: Policy,
        calendar: WorkCalendar,
        alarm: Alarm,
    ) -> None:
        self._database = database
        self._messengers = messengers
        self._clock = clock
        self._policy = policy
        self._calendar = calendar
        self._alarm = alarm
        self._governor = Governor(policy.governor)
        self._threads = ThreadPoolExecutor(CALLS, thread_name_prefix="outbox")
        self._stopping = threading.Event()
        self._silent = set(messengers)
        """The channels that did not answer lately; at the start nobody knows."""

    def stop(self) -> None:
        """Take nothing more; a drain under way ends with the calls under way."""
        self._stopping.set()

    def drain(self) -> int:
        """Send what is due; returns how many messages were tried.

        Calls overlap: while some are under way, what the others brought is written down and more is taken,
        both in one transaction.
        """
        tried = 0
        under_way: set[Future[list[Sent]]] = set()
        came: list[Sent] = []
        until, stop_by = time.monotonic() + DRAIN_SECONDS, 0.0
        while True:
            stopping = self._stopping.is_set()
            stop_by = stop_by or (time.monotonic() + STOP_SECONDS if stopping else 0.0)
            room = 0 if stopping or time.monotonic() > until else CALLS - len(under_way)
            try:
                looked, parcels = self._turn_over(came, room)
                came = []
            except Exception as error:
                if not is_unavailable(error) or not (came or under_way):
                    raise
                log.warning("database_unavailable", error=type(error).__name__)
                looked, parcels = False, []  # what came back is kept, and written down once it can be
            tried += sum(len(parcel.ids) for _, parcel in parcels)
            under_way |= {self._threads.submit(self._send, *parcel) for parcel in parcels}
            if not (under_way or came or looked):
                return tried
            patience = max(stop_by - time.monotonic(), 0.0) if stopping else LOOK_SECONDS
            if under_way:
                came += self._gather(under_way, patience)
            elif came:
                time.sleep(LOOK_SECONDS)
            if stopping and time.monotonic() > stop_by:
                return tried  # what is still under way is left to whoever starts next

    def release_left_behind(self, *, at_once: bool = False) -> int:
        """Decide over rows whose worker died while sending; returns how many there were.

        With `at_once` every row under way counts: the caller knows that nobody else is sending.
        """
        now = self._clock.now()
        lease = timedelta(seconds=0 if at_once else self._policy.delivery.sending_lease_seconds)
        with self._database.writing() as session:
            rows = messaging.left_behind(session, claimed_before=now - lease)
            for row in rows:
                self._decide_unknown(session, row, "left behind while sending", now)
            return len(rows)

    def anything_due(self) -> bool:
        """Whether a message waits to be sent."""
        with self._database.reading() as session:
            return messaging.anything_to_send(session, now=self._clock.now())

    @staticmethod
    def _gather(under_way: "set[Future[list[Sent]]]", seconds: float) -> list[Sent]:
        """What came back within that time, or a moment after the first; it is taken out of `under_way`."""
        done, _ = wait(under_way, max(seconds, 0.0), FIRST_COMPLETED)
        if done and len(done) < len(under_way):
            done, _ = wait(under_way, GATHER_SECONDS)
        under_way -= done
        return [sent for future in done for sent in future.result()]

    def _turn_over(self, came: Sequence[Sent], room: int) -> tuple[bool, list[tuple[str, Parcel]]]:
        """Write down what came back, and take the next messages for `room` calls into sending.

        Returns whether there were any, and those that may leave.
        """
        now = self._clock.now()
        if not came and not (room and self.anything_due()):
            return False, []
        with self._database.writing() as session:
            self._settle(session, came, now)
            return self._claim(session, room, now) if room else (False, [])

    def _claim(self, session: Session, room: int, now: datetime) -> tuple[bool, list[tuple[str, Parcel]]]:
        messaging.one_at_a_time(session)
        rows = messaging.sendable(session, now=now, limit=room)
        if not rows:
            return False, []
        ctx = JobContext(session, now, self._calendar, self._policy)
        wanted = [row for row in self._with_equals(session, rows, now) if self._still_wanted(ctx, row)]
        wanted = [known for row in wanted if (known := messaging.with_its_card(session, row, now))]
        verdict = self._governor.judge(session, wanted, now)
        messaging.hold(session, [(row.id, hold.until, hold.reason) for row, hold in verdict.held])
        messaging.claim(session, [(row.id, repeat) for row, repeat in verdict.free], now=now)
        groups: dict[object, list[tuple[Waiting, int]]] = {}
        for row, repeat in verdict.free:
            together = (row.channel, row.content, repeat, row.unknown) if _shareable(row) else row.id
            groups.setdefault(together, []).append((row, repeat))
        return True, [
            (group[0][0].channel, _parcel(group[first : first + MOST_RECIPIENTS]))
            for group in groups.values()
            for first in range(0, len(group), MOST_RECIPIENTS)
        ]

    @staticmethod
    def _with_equals(session: Session, rows: Sequence[Waiting], now: datetime) -> Sequence[Waiting]:
        """The rows, and more that can leave in the same calls since many people get the same text."""
        contents = [row.content for row in rows if _shareable(row)]
        found = {row.id: row for row in rows}
        for content in {content for content in contents if content and contents.count(content) > 1}:
            equal = messaging.sendable_equal(
                session, channel=Channel.WECOM, content=content, now=now, limit=MOST_RECIPIENTS
            )
            have = {row.recipient for row in found.values() if row.channel == Channel.WECOM}
            found |= {row.id: row for row in equal if row.recipient not in have}
        return list(found.values())

    def _still_wanted(self, ctx: JobContext, row: Waiting) -> bool:
        reason = ""
        if row.unknown and not self._may_repeat(row, ctx.now):
            reason = "no answer, and too late to ask again"
        elif row.expires_at <= ctx.now:
            reason = "expired"
        elif row.only_if is not None:
            try:
                with ctx.session.begin_nested():
                    holds = CHECKS[row.only_if](ctx, row.subject_id or 0)
            except Exception as bug:
                if is_unavailable(bug):
                    raise
                log.error("check_failed", id=row.id, check=row.only_if, exc_info=bug)
                messaging.fail(ctx.session, row.id, at=ctx.now, error=f"{row.only_if}: {type(bug).__name__}")
                return False
            reason = "" if holds else f"no longer {row.only_if}"
        if not reason:
            return True
        if row.unknown:
            messaging.leave_uncertain(ctx.session, row.id, at=ctx.now, error=reason)
        else:
            messaging.withdraw(ctx.session, row.id, at=ctx.now, reason=reason)
        return False

    def _send(self, channel: str, parcel: Parcel) -> list[Sent]:
        """One call; if it is refused because of somebody among many, as many as find out whom."""
        messenger = self._messengers.get(channel)
        if messenger is None:
            return [(channel, parcel, _not_configured(channel))]
        try:
            return [(channel, parcel, messenger.send(parcel))]
        except ApiError as error:
            receivers = fault_of(Channel.WECOM, error.code) is Fault.RECEIVER and error.code != ALL_REFUSED
            if len(parcel.ids) == 1 or not receivers:
                return [(channel, parcel, error)]
            return [sent for half in _halves(parcel) for sent in self._send(channel, half)]
        except Exception as error:
            return [(channel, parcel, error)]

    def _settle(self, session: Session, came: Sequence[Sent], now: datetime) -> None:
        accepted: list[tuple[int, str | None, str | None]] = []
        speaking: set[str] = set()
        for channel, parcel, result in came:
            if isinstance(result, Unreachable):
                self._silent.add(channel)
            if isinstance(result, Receipt):
                speaking.add(channel)
                taken = list(_taken(parcel, result))
                accepted += [(id_, result.msgid, result.response_code) for id_ in taken]
                if parcel.kind is OutboundKind.RECALL:
                    messaging.note_recalled(session, msgid=parcel.payload["msgid"])
                for id_ in set(parcel.ids) - set(taken):
                    messaging.fail(session, id_, at=now, error=f"{ALL_REFUSED} unknown or out of range")
                continue
            # What was taken back meanwhile is perhaps under way again: then only a success counts.
            attempts = dict(zip(parcel.ids, parcel.attempts, strict=True))
            for row in messaging.sending(session, parcel.ids).values():
                if row.attempts == attempts[row.id]:
                    self._settle_refused(session, row, result, now)
        messaging.accept(session, accepted, at=now)
        if again := speaking & self._silent:
            messaging.hasten(session, channels=again, now=now)
            self._silent -= again

    def _settle_refused(self, session: Session, row: Waiting, error: Exception, now: datetime) -> None:
        if isinstance(error, NotSent):
            self._retry(session, row, str(error), now, unknown=False)
        elif isinstance(error, Unreachable):
            self._decide_unknown(session, row, str(error), now)
        elif isinstance(error, ApiError):
            self._settle_error(session, row, error, now)
        else:
            log.error("message_failed", id=row.id, channel=row.channel, exc_info=error)
            messaging.fail(session, row.id, at=now, error=type(error).__name__)

    def _settle_error(self, session: Session, row: Waiting, error: ApiError, now: datetime) -> None:
        """What an error code asks for (protocol 3.15, 4.6)."""

        def hold(until: datetime, reason: HeldReason) -> None:
            messaging.hold(session, [(row.id, min(until, row.expires_at), reason)])

        fault = fault_in(row.channel, error)
        if fault is Fault.QUOTA and isinstance(error, UploadRefused):  # another API than the message's
            hold(quota_ends(error.message, now), HeldReason.PLATFORM_BUSY)
        elif fault is Fault.QUOTA:
            until = quota_ends(error.message, now)
            log.error("platform_limit", channel=row.channel, kind=row.kind, until=until.isoformat())
            hold(until, HeldReason.PLATFORM_LIMIT)
        # Without a token nothing has left, and somebody may set it right.
        elif fault is Fault.REFRESH or (fault is Fault.SETUP and isinstance(error, TokenRefused)):
            hold(now + UNAUTHORISED_REST, HeldReason.UNAUTHORISED)
        elif fault is Fault.TRANSIENT and row.attempts % BUSY_TRIES == 0:
            hold(now + self._longest_pause(), HeldReason.PLATFORM_BUSY)
        elif fault is Fault.WINDOW:
            hold(row.expires_at, HeldReason.NO_WINDOW)
        # A menu that cannot be set yet, say from an address not yet trusted, is tried until it can.
        elif fault is Fault.TRANSIENT or row.kind == OutboundKind.MENU:
            self._retry(session, row, str(error), now, unknown=False)
        else:
            log.error("message_failed", id=row.id, channel=row.channel, error=str(error))
            messaging.fail(session, row.id, at=now, error=str(error))
        if fault in (Fault.SETUP, Fault.REFRESH, Fault.ABUSE):
            code = error.word if isinstance(error, GatewayError) else error.code
            self._alarm(session, row.channel, code, error.message, now)

    def _retry(self, session: Session, row: Waiting, error: str, now: datetime, *, unknown: bool) -> None:
        log.warning("message_retry", id=row.id, channel=row.channel, error=error, unknown=unknown)
        due_at = now + self._pause(row.attempts)
        messaging.retry(session, row.id, due_at=due_at, error=error, unknown=unknown)

    def _decide_unknown(self, session: Session, row: Waiting, error: str, now: datetime) -> None:
        """Nobody knows whether the platform has it: send it again only where that cannot do harm."""
        if self._may_repeat(row, now):
            self._retry(session, row, error, now, unknown=True)
        else:
            log.warning("message_uncertain", id=row.id, channel=row.channel, error=error)
            messaging.leave_uncertain(session, row.id, at=now, error=error)

    @staticmethod
    def _may_repeat(row: Waiting, now: datetime) -> bool:
        return messaging.may_repeat(
            channel=row.channel,
            kind=row.kind,
            is_answer=row.priority == Priority.ANSWER,
            first_tried_at=row.first_tried_at or now,
            now=now,
        )

    def _longest_pause(self) -> timedelta:
        return _jittered(self._policy.delivery.retry_longest_seconds)

    def _pause(self, attempts: int) -> timedelta:
        """Doubling from the first to the longest pause."""
        policy = self._policy.delivery
        seconds = policy.retry_first_seconds * 2.0 ** min(attempts - 1, 20)
        return _jittered(min(seconds, policy.retry_longest_seconds))


def _jittered(seconds: float) -> timedelta:
    """The pause, a quarter shorter to a quarter longer: not everybody comes back at once."""
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))


def _not_configured(channel: str) -> ApiError:
    """Whoever leaves a way out has to find another one; only WeCom and the service account are a fault."""
    if channel in (Channel.SMS, Channel.EMAIL):
        return GatewayError(NOT_CONFIGURED)
    return ApiError(48001, "this channel is not configured")


def _shareable(row: Waiting) -> bool:
    """Whether one call may take it to many people: WeCom messages whose content is the same."""
    return row.channel == Channel.WECOM and row.kind == OutboundKind.MESSAGE and row.content is not None


def _parcel(group: Sequence[tuple[Waiting, int]]) -> Parcel:
    """Rows on their way, apart from the database."""
    row, repeat = group[0]
    return Parcel(
        tuple(row.id for row, _ in group),
        OutboundKind(row.kind),
        tuple(row.recipient for row, _ in group),
        row.payload,
        row.unknown,
        repeat,
        messaging.handle_of(row.key),
        tuple(row.attempts + 1 for row, _ in group),
    )


def _halves(parcel: Parcel) -> Iterator[Parcel]:
    middle = len(parcel.ids) // 2
    for part in (slice(None, middle), slice(middle, None)):
        yield replace(
            parcel, ids=parcel.ids[part], recipients=parcel.recipients[part], attempts=parcel.attempts[part]
        )


def _taken(parcel: Parcel, receipt: Receipt) -> Iterator[int]:
    """The rows whose receivers the platform did not refuse."""
    for id_, recipient in zip(parcel.ids, parcel.recipients, strict=True):
        if recipient.lower() not in receipt.refused:
            yield id_
