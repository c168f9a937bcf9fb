"""The governor: keeps what leaves within what the platform really delivers, and says why something waits."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models import messaging
from models.messaging import Channel, HeldReason, OutboundKind, Priority, Tried, Waiting, Window
from models.policy import GovernorPolicy

BUSY_MINUTES = frozenset({0, 30})
"""The platform asks apps not to push at these minutes."""
CANDIDATE_SPAN = timedelta(hours=48)
LONGEST_TRIED = timedelta(hours=29)
"""How long ago an answer may have been tried first that the platform has taken only lately."""
COUNTED_LATER = timedelta(seconds=2)
"""How much later than we the platform may count a message: what is over its limit it drops in silence."""
COUNT_AGAIN = timedelta(seconds=10)
"""How long the count of the day's messages is carried on before it is asked for again."""


@dataclass(frozen=True)
class Hold:
    """A message waits until then, for this reason."""

    until: datetime
    reason: HeldReason


@dataclass(frozen=True)
class Verdict:
    """What may leave, with how many equal messages went before, and what waits."""

    free: Sequence[tuple[Waiting, int]]
    held: Sequence[tuple[Waiting, Hold]]


class Governor:
    """Decides over a batch at once, with one look per channel at what was sent before."""

    def __init__(self, policy: GovernorPolicy) -> None:
        self._policy = policy
        self._sent_today = 0
        self._counted_at: datetime | None = None
        self._windows = (
            Window(policy.member_per_minute, timedelta(minutes=1) + COUNTED_LATER),
            Window(policy.member_per_hour, timedelta(hours=1) + COUNTED_LATER),
        )

        self._text_windows = (
            Window(policy.texts_per_minute, timedelta(minutes=1) + COUNTED_LATER),
            Window(policy.texts_per_hour, timedelta(hours=1) + COUNTED_LATER),
            Window(policy.texts_per_day, timedelta(days=1)),
        )

    def judge(self, session: Session, rows: Sequence[Waiting], now: datetime) -> Verdict:
        """Which of the rows may leave now."""
        free: list[tuple[Waiting, int]] = []
        held: list[tuple[Waiting, Hold]] = []
        wecom = [row for row in rows if row.channel == Channel.WECOM and row.kind == OutboundKind.MESSAGE]
        before = self._sent_before(session, Channel.WECOM, wecom, now, LONGEST_TRIED)
        room = self._room_today(session, now) if any(row.first_tried_at is None for row in wecom) else 0
        texts = [row for row in rows if row.channel == Channel.SMS]
        texts_before = self._sent_before(session, Channel.SMS, texts, now, timedelta(days=1))
        official = [row for row in rows if row.channel == Channel.OFFICIAL]
        paused = messaging.paused_until(session, now=now)
        official_before = self._sent_before(session, Channel.OFFICIAL, official, now, CANDIDATE_SPAN)
        candidates = {row.recipient for row in official}
        acts = messaging.acts_since(session, senders=candidates, since=now - CANDIDATE_SPAN)
        for row in rows:
            hold: Hold | None = None
            repeat = row.repeat
            if (pause := paused.get((row.channel, row.kind))) is not None:
                hold = Hold(*pause)
            elif row.first_tried_at is not None:
                pass  # it has been counted, and perhaps delivered: it must be settled first
            elif row.channel == Channel.WECOM and row.kind == OutboundKind.MESSAGE:
                sent = before[row.recipient]
                hold = self._hold_member(row, _counted(sent, now), room, now)
                repeat = _unused_mark(sent, row.content, now)
                room -= hold is None
                self._sent_today += hold is None
            elif row.channel == Channel.OFFICIAL and row.kind == OutboundKind.MESSAGE:
                times = [t.last_at for t in official_before[row.recipient] if t.last_at <= now]
                if not messaging.has_allowance(acts[row.recipient], times, now):
                    hold = Hold(row.expires_at, HeldReason.NO_WINDOW)
            elif row.channel == Channel.SMS:
                sent_at = [tried.at for tried in texts_before[row.recipient] if tried.at <= now]
                until = messaging.next_allowed(sent_at, self._text_windows, now)
                hold = Hold(until, HeldReason.MEMBER_LIMIT) if until > now else None
            if hold is None:
                free.append((row, repeat))
            else:
                held.append((row, replace(hold, until=min(hold.until, row.expires_at))))
        return Verdict(free, held)

    def _hold_member(
        self, row: Waiting, sent_at: Sequence[datetime], room: int, now: datetime
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
            if next_minute + spread < row.expires_at:  # else it cannot wait
                return Hold(next_minute + spread, HeldReason.BUSY_MINUTE)
        return None

    def _room_today(self, session: Session, now: datetime) -> int:
        """How many messages the app may still send today; counted anew every few seconds."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        last = self._counted_at
        if last is None or last < midnight or not timedelta() <= now - last < COUNT_AGAIN:
            self._sent_today = messaging.sent_between(
                session, channel=Channel.WECOM, since=midnight, until=now
            )
            self._counted_at = now
        return self._policy.account_limit * self._policy.per_account_day - self._sent_today

    @staticmethod
    def _sent_before(
        session: Session, channel: Channel, rows: Sequence[Waiting], now: datetime, span: timedelta
    ) -> Mapping[str, list[Tried]]:
        recipients = {row.recipient for row in rows}
        return messaging.tried_since(session, channel=channel, recipients=recipients, since=now - span)


def _counted(sent: Sequence[Tried], now: datetime) -> list[datetime]:
    """When the platform may have counted messages: as it took them, or at a try before that went astray.

    Later moments are of before the clock was put back.
    """
    moments = [tried.last_at for tried in sent] + [tried.at for tried in sent if tried.attempts > 1]
    return [moment for moment in moments if moment <= now]


def _unused_mark(sent: Sequence[Tried], content: str | None, now: datetime) -> int:
    """The lowest number that no equal message carries which the platform may still remember."""
    remembered = now - messaging.WECOM_KEY_MEMORY
    used = {tried.repeat for tried in sent if tried.content == content and tried.last_at > remembered}
    return next(number for number in range(len(used) + 1) if number not in used)
