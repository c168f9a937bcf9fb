"""The one clock. Everybody else is handed `now`; in sandbox mode it can be moved."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from models.base import SHANGHAI

REFRESH_SECONDS = 0.5
"""How long a reading of a movable clock is trusted, in real seconds."""
TIMEOUT_SECONDS = 2


class Clock(Protocol):
    """Tells the time; aware, Asia/Shanghai."""

    movable: bool
    """Whether somebody may move it (sandbox mode)."""

    def now(self) -> datetime:
        """The current moment."""

    def refresh(self) -> None:
        """Forget what was read before: somebody may just have moved the clock."""


class SystemClock:
    """The machine's own clock."""

    movable = False

    def now(self) -> datetime:
        """The current moment."""
        return datetime.now(SHANGHAI)

    def refresh(self) -> None:
        """Nothing: it cannot be moved."""


class OffsetClock:
    """The machine's clock plus an offset that is read anew every half second."""

    movable = True

    def __init__(self, read_offset: Callable[[], float]) -> None:
        self._read = read_offset
        self._offset = 0.0
        self._fresh_until = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The current moment, moved."""
        if time.monotonic() >= self._fresh_until:
            with self._lock:
                if time.monotonic() >= self._fresh_until:
                    self._offset = self._read()
                    self._fresh_until = time.monotonic() + REFRESH_SECONDS
        return datetime.now(SHANGHAI) + timedelta(seconds=self._offset)

    def refresh(self) -> None:
        """Read the offset anew at the next question."""
        self._fresh_until = 0.0


class SandboxClock:
    """The clock of the sandbox, followed over HTTP; between readings it runs at the sandbox's rate."""

    movable = True

    def __init__(self, sandbox_url: str) -> None:
        self._url = f"{sandbox_url}/control/clock"
        self._read_at = 0.0
        self._fresh_until = 0.0
        self._now = datetime.now(UTC)
        self._rate = 1.0
        self._known = False
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The sandbox's current moment; the last known one goes on while it is out of reach."""
        if time.monotonic() >= self._fresh_until:
            with self._lock:
                if time.monotonic() >= self._fresh_until:
                    self._read()
        elapsed = (time.monotonic() - self._read_at) * self._rate
        return (self._now + timedelta(seconds=elapsed)).astimezone(SHANGHAI)

    def refresh(self) -> None:
        """Ask the sandbox anew at the next question."""
        self._fresh_until = 0.0

    def _read(self) -> None:
        try:
            with urllib.request.urlopen(self._url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                told = json.load(answer)
            self._now = datetime.fromtimestamp(told["timestamp"], UTC)
            self._rate = float(told.get("rate", 1.0))
        except (OSError, ValueError, KeyError, TypeError):
            if self._known:
                elapsed = (time.monotonic() - self._read_at) * self._rate
                self._now += timedelta(seconds=elapsed)
            else:
                self._now = datetime.now(UTC)
        self._read_at = time.monotonic()
        self._fresh_until = self._read_at + REFRESH_SECONDS
        self._known = True
