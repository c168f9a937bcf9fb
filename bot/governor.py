"""The governor: keeps what leaves within what the platform really delivers, and says why something waits."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models import messaging
from models.messaging import Channel, HeldReason, OutboundKind, OutboundMessage, Priority, Window
from models.policy import GovernorPolicy

BUSY_MINUTES = frozenset({0, 30})
"""The platform asks apps not to push at these minutes."""
CANDIDATE_SPAN = timedelta(hours=48)


@dataclass(frozen=True)
class Hold:
    """A message waits until then, for this reason."""

    until: datetime
    reason: HeldReason


@dataclass(frozen=True)
class Verdict:
    """What may leave, with how many equal messages went before, and what waits."""

    free: Sequence[tuple[OutboundMessage, int]]
    held: Sequence[tuple[OutboundMessage, Hold]]


class Governor:
    """Decides over a batch at once, with one look per channel at what was sent before."""

    def __init__(self, policy: GovernorPolicy) -> None:
        self._policy = policy
        self._windows = (
            Window(policy.member_per_minute, timedelta(minutes=1)),
            Window(policy.member_per_hour, timedelta(hours=1)),
        )

    def judge(self, session: Session, rows: Sequence[OutboundMessage], now: datetime) -> Verdict:
        """Which of the rows may leave now."""
        free: list[tuple[OutboundMessage, int]] = []
        held: list[tuple[OutboundMessage, Hold]] = []
        wecom = [row for row in rows if row.channel == Channel.WECOM and row.kind == OutboundKind.MESSAGE]
        before = self._sent_before(session, Channel.WECOM, wecom, now)
        room = self._room_today(session, now) if any(row.first_tried_at is None for row in wecom) else 0
        official = [row for row in rows if row.channel == Channel.OFFICIAL]
        official_before = self._sent_before(session, Channel.OFFICIAL, official, now, CANDIDATE_SPAN)
        acts = messaging.acts_since(
            session, senders={row.recipient for row in official}, since=now - CANDIDATE_SPAN
        )
        for row in rows:
            hold: Hold | None = None
            repeat = row.repeat
            if row.first_tried_at is not None:
                pass  # it has been counted, and perhaps delivered: it must be settled first
            elif row.channel == Channel.WECOM and row.kind == OutboundKind.MESSAGE:
                sent = before[row.recipient]
                hold = self._hold_member(row, [at for at, _ in sent], room, now)
                repeat = sum(content == row.content for _, content in sent)
                room -= hold is None
            elif row.channel == Channel.OFFICIAL and row.kind == OutboundKind.MESSAGE:
                times = [at for at, _ in official_before[row.recipient]]
                if not messaging.has_allowance(acts[row.recipient], times, now):
                    hold = Hold(row.expires_at, HeldReason.NO_WINDOW)
            if hold is None:
                free.append((row, repeat))
            else:
                held.append((row, hold))
        return Verdict(free, held)

    def _hold_member(
        self, row: OutboundMessage, sent_at: Sequence[datetime], room: int, now: datetime
    ) -> Hold | None:
        until = messaging.next_allowed(sent_at, self._windows, now)
        if until > now:
            return Hold(until, HeldReason.MEMBER_LIMIT)
        if room <= 0:
            tomorrow = now.replace(hour=0, minute=0, second=5, microsecond=0) + timedelta(days=1)
            return Hold(tomorrow, HeldReason.ACCOUNT_LIMIT)
        if row.priority == Priority.PUSH and now.minute in BUSY_MINUTES:
            next_minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
            spread = timedelta(seconds=random.uniform(0, self._policy.spread_seconds))
            return Hold(next_minute + spread, HeldReason.BUSY_MINUTE)
        return None

    def _room_today(self, session: Session, now: datetime) -> int:
        """How many messages the app may still send today."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        sent = messaging.sent_today(session, channel=Channel.WECOM, since=midnight)
        return self._policy.account_limit * self._policy.per_account_day - sent

    @staticmethod
    def _sent_before(
        session: Session,
        channel: Channel,
        rows: Sequence[OutboundMessage],
        now: datetime,
        span: timedelta = timedelta(hours=4),
    ) -> Mapping[str, list[tuple[datetime, str | None]]]:
        recipients = {row.recipient for row in rows}
        return messaging.tried_since(session, channel=channel, recipients=recipients, since=now - span)
