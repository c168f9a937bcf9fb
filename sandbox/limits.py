"""How much may be sent: byte limits and the silent quotas of protocol 3.2, 3.14 and 4.2."""

import hashlib
import json
from collections import deque
from typing import Any

from sandbox.errors import ApiError
from sandbox.world import Allowance, Follower

MINUTE, HOUR, DAY = 60, 3600, 86400
PER_MEMBER_MINUTE = 30
PER_MEMBER_HOUR = 1000
DUPLICATE_INTERVAL, DUPLICATE_INTERVAL_MAX = 1800, 14400
ALLOWANCES = {"message": (48 * HOUR, 5), "menu": (MINUTE, 3), "follow": (MINUTE, 3), "scan": (MINUTE, 3)}


def cut(text: str, limit: int) -> str:
    """The text cut to ``limit`` UTF-8 bytes, never inside a character."""
    return text.encode()[:limit].decode(errors="ignore")


def size(text: str) -> int:
    """Length in UTF-8 bytes."""
    return len(text.encode())


class SendingLimits:
    """Counts what each app sends: duplicates, per member, per day."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, int, str], deque[float]] = {}
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
        times = self._sent.setdefault((corp, agent_id, person), deque())
        while times and not now - HOUR < times[0] <= now:
            times.popleft()
        last_minute = sum(1 for moment in times if now - MINUTE < moment <= now)
        if last_minute >= PER_MEMBER_MINUTE or len(times) >= PER_MEMBER_HOUR:
            return True
        times.append(now)
        return False

    def count_day(self, corp: str, agent_id: int, receivers: int, account_limit: int, now: float) -> None:
        """Refuse what exceeds the app's person-times of the day."""
        day = int(now + 8 * HOUR) // DAY
        key = (corp, agent_id, day)
        used = self._days.get(key, 0) + receivers
        if used > account_limit * 200:
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
    usable = [allowance for allowance in live if allowance.left > 0]
    if not usable:
        raise ApiError(45047)
    min(usable, key=lambda allowance: allowance.opened + allowance.seconds).left -= 1
