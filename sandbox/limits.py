"""How much may be sent: byte limits, frequencies with their blocks, quotas (protocol 3.2, 3.14, 4.2, 4.6)."""

import hashlib
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from sandbox.errors import ApiError
from sandbox.settings import Settings
from sandbox.world import Allowance, Follower

MINUTE, HOUR, DAY, MONTH = 60, 3600, 86400, 30 * 86400
CHINA_OFFSET = 8 * HOUR
DUPLICATE_INTERVAL, DUPLICATE_INTERVAL_MAX = 1800, 14400
ALLOWANCES: dict[str, tuple[int, int | None]] = {
    "message": (48 * HOUR, 5),
    "menu": (MINUTE, 3),
    "follow": (MINUTE, 3),
    "scan": (MINUTE, 3),
    "payment": (48 * HOUR, None),
}
"""What a person does, and how long and how often the account may write then; none is no limit (4.2)."""


def cut(text: str, limit: int) -> str:
    """The text cut to ``limit`` UTF-8 bytes, never inside a character."""
    return text.encode()[:limit].decode(errors="ignore")


def size(text: str) -> int:
    """Length in UTF-8 bytes."""
    return len(text.encode())


@dataclass
class Slot:
    """Calls counted in one window, and until when it blocks once it overflowed."""

    start: float
    count: int = 0
    blocked_until: float | None = None


class Rates:
    """Counts calls in windows; the call beyond one is refused, and so is every other until the block ends.

    The block lasts as long as the window, a day's until midnight in China (protocol 3.14).
    """

    def __init__(self) -> None:
        self._slots: dict[tuple[str, int], Slot] = {}

    def count(self, key: str, now: float, *windows: tuple[int, int], code: int = 45009) -> None:
        """Count a call against ``(seconds, most)`` windows; over one of them raises ``ApiError(code)``."""
        slots = [(self._slot(key, seconds, now), seconds, most) for seconds, most in windows]
        if any(slot.blocked_until is not None for slot, _, _ in slots):
            raise ApiError(code)
        for slot, seconds, most in slots:
            slot.count += 1
            if slot.count > most:
                slot.blocked_until = next_midnight(now) if seconds == DAY else now + seconds
                raise ApiError(code)

    def check(self, key: str, now: float, seconds: int, most: int) -> None:
        """Refuse if the window is full, without counting."""
        if self._slot(key, seconds, now).count >= most:
            raise ApiError(45009)

    def forget(self, prefix: str) -> None:
        """Start the counts of these keys again (clear_quota)."""
        self._slots = {key: slot for key, slot in self._slots.items() if not key[0].startswith(prefix)}

    def _slot(self, key: str, seconds: int, now: float) -> Slot:
        slot = self._slots.get((key, seconds))
        if slot is not None:
            start = slot.start
            end = slot.blocked_until or (next_midnight(start) if seconds == DAY else start + seconds)
            if start <= now < end:
                return slot
        slot = self._slots[key, seconds] = Slot(now)
        return slot


def next_midnight(now: float) -> float:
    """The next midnight in China."""
    return (int(now + CHINA_OFFSET) // DAY + 1) * DAY - CHINA_OFFSET


class Recent:
    """Moments remembered per key, to tell how many fell into the last so many seconds."""

    def __init__(self) -> None:
        self._moments: dict[Any, deque[float]] = {}

    def is_over(self, key: Any, now: float, *windows: tuple[int, int]) -> bool:
        """Whether one of the ``(seconds, most)`` windows is full; counts this moment if none is."""
        if self.full(key, now, *windows) is not None:
            return True
        self.count(key, now)
        return False

    def full(self, key: Any, now: float, *windows: tuple[int, int], more: int = 0) -> int | None:
        """Which of the windows is full once ``more`` moments came on top, by its place; counts nothing."""
        longest = max(seconds for seconds, _ in windows)
        moments = self._moments.setdefault(key, deque())
        while moments and not now - longest < moments[0] <= now:
            moments.popleft()
        for place, (seconds, most) in enumerate(windows):
            inside = len(moments) if seconds == longest else sum(1 for m in moments if m > now - seconds)
            if inside + more >= most:
                return place
        return None

    def count(self, key: Any, now: float) -> None:
        """Remember this moment."""
        self._moments.setdefault(key, deque()).append(now)


class SendingLimits:
    """Counts what each app sends: duplicates, per member, per day."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sent = Recent()
        self._days: dict[tuple[str, int, int], int] = {}
        self._contents: dict[tuple[str, int, str, str], float] = {}

    def is_duplicate(self, corp: str, agent_id: int, person: str, body: dict[str, Any], now: float) -> bool:
        """Whether the same content went to the same person inside its interval; remembers it if not."""
        if not body.get("enable_duplicate_check"):
            return False
        interval = min(
            int(body.get("duplicate_check_interval") or DUPLICATE_INTERVAL), DUPLICATE_INTERVAL_MAX
        )
        content = json.dumps([body["msgtype"], body.get(body["msgtype"])], sort_keys=True)
        key = (corp, agent_id, person, hashlib.sha256(content.encode()).hexdigest())
        before = self._contents.get(key)
        if before is not None and 0 <= now - before < interval:
            return True
        self._contents[key] = now
        return False

    def is_over_member_limit(self, corp: str, agent_id: int, person: str, now: float) -> bool:
        """Whether this member already had 30 in a minute or 1000 in an hour; counts this one if not."""
        limits = (MINUTE, self._settings.member_per_minute), (HOUR, self._settings.member_per_hour)
        return self._sent.is_over((corp, agent_id, person), now, *limits)

    def count_day(self, corp: str, agent_id: int, receivers: int, account_limit: int, now: float) -> None:
        """Refuse what exceeds the app's person-times of the day."""
        day = int(now + CHINA_OFFSET) // DAY
        key = (corp, agent_id, day)
        used = self._days.get(key, 0) + receivers
        if used > account_limit * self._settings.day_factor:
            raise ApiError(45009)
        self._days[key] = used


def open_allowance(follower: Follower, action: str, now: float) -> None:
    """A person did something that lets the account write again."""
    seconds, count = ALLOWANCES[action]
    follower.allowances[action] = Allowance(now, seconds, count)


def spend_allowance(follower: Follower, now: float) -> None:
    """Use one message of whatever window is open: 45015 if none is, 45047 if all are used up."""
    live = [a for a in follower.allowances.values() if a.opened <= now < a.opened + a.seconds]
    if not live:
        raise ApiError(45015)
    if any(allowance.left is None for allowance in live):
        return
    usable = [(a.opened + a.seconds, a.left, a) for a in live if a.left]
    if not usable:
        raise ApiError(45047)
    _, left, soonest = min(usable, key=lambda one: one[0])
    soonest.left = left - 1
