"""The scheduler: plans the timetable's moments, wakes workers, sweeps up what was left behind."""

import contextlib
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache

import redis
import structlog
from apscheduler.triggers.cron import CronTrigger

from bot.clock import Clock
from bot.database import Database
from bot.outbox import Outbox
from bot.queue import Wakeups
from bot.runner import Runner
from bot.trail import Trail
from jobs.schedule import TIMETABLE, Entry, Missed
from models import messaging, planning
from models.base import SHANGHAI
from models.planning import RunState
from models.policy import Policy

TICK_SECONDS = 1.0
SWEEP_EVERY_TICKS = 15
SMALL_STEP = timedelta(minutes=1)
"""Two schedulers, or a clock being set right, may differ by this much without meaning anything."""
SETTLING_TICKS = 3
"""After the clock went back, the other processes may go by the old time for so many ticks more."""
BEAT_EVERY_TICKS = 10
ALIVE_KEY = "muster:scheduler:alive"
ALIVE_SECONDS = 35
"""How long a beat is remembered in Redis."""
EVERY_DAY = " * * *"
"""How the cron of a line ends that names no day."""
ANY_DAY = datetime(2026, 1, 1, tzinfo=SHANGHAI)
LAST_MINUTE = timedelta(hours=23, minutes=59)

Moments = Callable[[datetime, datetime], list[datetime]]
"""Lists the moments after the first, up to and including the second."""

log = structlog.get_logger("scheduler")


class Scheduler:
    """Ticks once a second; two of them do no harm, since every planned moment is a row."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        runner: Runner,
        wakeups: Wakeups,
        clock: Clock,
        policy: Policy,
        timetable: Sequence[Entry] = TIMETABLE,
        store: redis.Redis | None = None,
        trail: Trail | None = None,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._runner = runner
        self._wakeups = wakeups
        self._clock = clock
        self._policy = policy
        self._store = store
        self._trail = trail
        self._latest: datetime | None = None
        self._settling = 0
        self._lines = [(entry, moments_of(entry.cron)) for entry in timetable]

    def run(self, stop: threading.Event) -> None:
        """Tick until `stop` is set. A tick that fails is logged and tried again."""
        ticks = 0
        while not stop.is_set():
            try:
                self.tick()
                if ticks % SWEEP_EVERY_TICKS == 0:
                    self._outbox.release_left_behind()
                if ticks % BEAT_EVERY_TICKS == 0:
                    self._beat()
            except Exception:
                log.exception("tick_failed")
            ticks += 1
            stop.wait(TICK_SECONDS - time.monotonic() % TICK_SECONDS)

    def tick(self) -> None:
        """Plan every moment since the last tick and wake workers for whatever is due."""
        now = self._clock.now()
        self._notice_put_back(now)
        self._plan(now)
        if self._runner.anything_due():
            self._wakeups.work()
        if self._outbox.anything_due():
            self._wakeups.deliver()
        self._seal()

    def _seal(self) -> None:
        """Seal what is new in the evidence trail; whatever hinders it, the rest goes on."""
        if self._trail is None:
            return
        try:
            self._trail.tick()
        except Exception:
            log.exception("not_sealed")

    def _beat(self) -> None:
        """Leave a trace in Redis, for `muster doctor`; without Redis there is none."""
        if self._store is not None:
            with contextlib.suppress(redis.RedisError):
                self._store.set(ALIVE_KEY, b"1", ex=ALIVE_SECONDS)

    def _notice_put_back(self, now: datetime) -> None:
        """Where the clock went back, nobody waits for the time to come round again."""
        if self._latest is None:  # the first tick: perhaps it went back while no scheduler ran
            with self._database.reading() as session:
                marks = planning.reached(session)
            known = [marks[entry.name] for entry, _ in self._lines if entry.name in marks]
            self._latest = max(known, default=now)
        if self._latest - now > SMALL_STEP:
            log.warning("clock_put_back", seconds=round((self._latest - now).total_seconds()))
            with self._database.writing() as session:
                messaging.put_back(session, now=now)
                if self._clock.movable:
                    planning.forget_after(session, now)
                else:
                    planning.unskip_after(session, now)
            self._settling = SETTLING_TICKS
        elif self._settling:
            self._settling -= 1
            with self._database.writing() as session:
                messaging.put_back(session, now=now)
        self._latest = now

    def _plan(self, now: datetime) -> None:
        with self._database.reading() as session:
            marks = planning.reached(session)
        planned: list[tuple[str, datetime, RunState]] = []
        reached: list[str] = []
        for entry, moments_of in self._lines:
            mark = marks.get(entry.name)
            if mark is None or mark - now > SMALL_STEP:  # first start, or the clock was put back
                reached.append(entry.name)
                planned += [(entry.name, now, RunState.DUE)] if entry.at_start else []
                continue
            moments = moments_of(mark, now)
            if moments:
                reached.append(entry.name)
                planned += self._choose(entry, moments, now)
        if not reached:
            return
        with self._database.writing() as session:
            planning.plan_runs(session, planned)
            planning.reach(session, names=reached, at=now)

    def _choose(
        self, entry: Entry, moments: list[datetime], now: datetime
    ) -> list[tuple[str, datetime, RunState]]:
        """Which of the passed moments are run: those on time, and of the missed ones what the entry says."""
        oldest = now - timedelta(seconds=self._policy.jobs.late_after_seconds)
        missed = [moment for moment in moments if moment < oldest]
        on_time = [moment for moment in moments if moment >= oldest]
        if entry.missed is Missed.LATE:
            worth = missed if entry.reach is None else [m for m in missed if now - m <= entry.reach]
            run = _thinned(worth, entry.apart, keep_newest=not on_time) + on_time
            skipped = [moment for moment in missed if moment not in run]
        elif entry.missed is Missed.ONCE and not on_time:
            run, skipped = missed[-1:], missed[:-1]
        else:
            run, skipped = on_time, missed
        if missed:
            log.warning("moments_missed", job=entry.name, missed=len(missed), rule=entry.missed)
        return [(entry.name, m, RunState.DUE) for m in run] + [
            (entry.name, m, RunState.SKIPPED) for m in skipped
        ]


def _thinned(moments: list[datetime], apart: timedelta | None, *, keep_newest: bool) -> list[datetime]:
    """The oldest of the moments and those at least so far after the one before; perhaps the newest too."""
    kept = moments[:1]
    for moment in moments[1:]:
        if apart is None or moment - kept[-1] >= apart or (keep_newest and moment == moments[-1]):
            kept.append(moment)
    return kept


@cache
def moments_of(cron: str) -> Moments:
    """What lists every moment of a line after one moment, up to and including another, in order.

    Where no day is named all days are alike, and there is no summer time: then the trigger is asked for one
    of them alone. It is slow, and after days of standstill there are thousands of moments.
    """
    trigger = CronTrigger.from_crontab(cron, timezone=SHANGHAI)

    def asked(after: datetime, until: datetime) -> list[datetime]:
        found = []
        moment = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
        while moment is not None and moment <= until:
            found.append(moment)
            moment = trigger.get_next_fire_time(moment, moment)
        return found

    if not cron.endswith(EVERY_DAY):
        return asked
    times = [moment.time() for moment in asked(ANY_DAY - timedelta(microseconds=1), ANY_DAY + LAST_MINUTE)]

    def daily(after: datetime, until: datetime) -> list[datetime]:
        after, until = after.astimezone(SHANGHAI), until.astimezone(SHANGHAI)
        found = []
        for number in range((until.date() - after.date()).days + 1):
            day = after.date() + timedelta(days=number)
            first = bisect_right(times, after.time()) if number == 0 else 0
            end = bisect_right(times, until.time()) if day == until.date() else len(times)
            found += [datetime.combine(day, at, tzinfo=SHANGHAI) for at in times[first:end]]
        return found

    return daily
