"""The one clock of the sandbox: platform time can be set, moved and run faster."""

import time
from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock:
    """Platform time, which starts as the machine's and may be moved away from it."""

    def __init__(self) -> None:
        self.rate = 1.0
        self._base = datetime.now(UTC)
        self._mark = time.monotonic()

    def now(self) -> datetime:
        """The platform's present moment, with China's offset."""
        passed = (time.monotonic() - self._mark) * self.rate
        return (self._base + timedelta(seconds=passed)).astimezone(CHINA)

    def timestamp(self) -> float:
        """The present moment in Unix seconds."""
        return self.now().timestamp()

    def seconds(self) -> int:
        """The present moment in whole Unix seconds, as the wire carries it."""
        return int(self.timestamp())

    def set(self, now: datetime | None = None, rate: float | None = None) -> None:
        """Move to ``now`` (without offset: China's) and run at ``rate`` from there; a rate of 0 stops."""
        moment = self.now() if now is None else now
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=CHINA)
        if rate is not None:
            if rate < 0:
                raise ValueError("rate must not be negative")
            self.rate = rate
        self._base = moment.astimezone(UTC)
        self._mark = time.monotonic()

    def advance(self, seconds: float) -> None:
        """Jump by ``seconds``; negative goes back."""
        self.set(self.now() + timedelta(seconds=seconds))

    def reset(self) -> None:
        """Return to the machine's time at its own pace."""
        self.rate = 1.0
        self._base = datetime.now(UTC)
        self._mark = time.monotonic()

    @property
    def moved(self) -> bool:
        """Whether platform time differs from the machine's."""
        return self.rate != 1.0 or abs((self.now() - datetime.now(UTC)).total_seconds()) > 2


def iso(moment: datetime) -> str:
    """ISO 8601 with China's offset, to the second."""
    return moment.astimezone(CHINA).isoformat(timespec="seconds")
