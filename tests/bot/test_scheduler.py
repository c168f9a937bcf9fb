"""The timetable: every planned moment once, and what becomes of missed ones."""

import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import redis
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import Muster, build
from bot.scheduler import ALIVE_KEY, ALIVE_SECONDS, Scheduler, moments_of
from bot.store import connect
from jobs.base import JobContext, Notice
from jobs.schedule import DUE, TIMETABLE, Entry, Missed
from models import planning
from models.attendance import REMINDER
from models.base import SHANGHAI
from models.planning import DueItem, JobRun
from tests.bot.delivery import put, said
from tests.simulator import InlineWakeups, Member, Messenger, TestClock, rows


def nothing(ctx: JobContext) -> list[Notice]:
    """A job without effect."""
    return []


def scheduler_of(muster: Muster, *entries: Entry, store: redis.Redis | None = None) -> Scheduler:
    """A scheduler with a timetable of its own; what it plans stays planned."""

    class NoWakeups:
        def deliver(self) -> None: ...
        def work(self) -> None: ...

    return Scheduler(
        muster.database,
        muster.outbox,
        muster.runner,
        NoWakeups(),
        muster.clock,
        muster.policy,
        entries,
        store,
    )


def planned(muster: Muster, state: str = "due") -> list[str]:
    """The planned moments in this state."""
    return sorted(f"{run.planned_at:%H:%M}" for run in rows(muster, JobRun) if run.state == state)


@given(
    cron=st.sampled_from(sorted({entry.cron for entry in TIMETABLE})),
    after=st.integers(0, 365 * 24 * 3600),
    minutes=st.integers(0, 3 * 24 * 60),
    on_the_minute=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_the_moments_of_a_line_are_those_of_its_cron(
    cron: str, after: int, minutes: int, on_the_minute: bool
) -> None:
    first = datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(seconds=after)
    first = first.replace(second=0) if on_the_minute else first
    last = first + timedelta(minutes=minutes)
    trigger = CronTrigger.from_crontab(cron, timezone=SHANGHAI)
    expected, moment = [], trigger.get_next_fire_time(None, first + timedelta(microseconds=1))
    while moment is not None and moment <= last:
        expected.append(moment)
        moment = trigger.get_next_fire_time(moment, moment)

    assert moments_of(cron)(first, last) == expected


@pytest.mark.parametrize(
    ("missed", "due", "skipped"),
    [
        (Missed.LATE, ["09:10", "10:10", "11:10"], []),
        (Missed.ONCE, ["11:10"], ["09:10", "10:10"]),
        (Missed.SKIP, [], ["09:10", "10:10", "11:10"]),
    ],
)
def test_missed_moments_follow_the_entrys_own_rule(
    muster: Muster, clock: TestClock, missed: Missed, due: list[str], skipped: list[str]
) -> None:
    scheduler = scheduler_of(muster, Entry(nothing, "10 * * * *", missed))
    scheduler.tick()

    clock.at("11:30")
    scheduler.tick()

    assert (planned(muster), planned(muster, "skipped")) == (due, skipped)


def test_what_is_too_old_to_add_anything_is_not_run_late(muster: Muster, clock: TestClock) -> None:
    scheduler = scheduler_of(muster, Entry(nothing, "10 * * * *", Missed.LATE, reach=timedelta(minutes=90)))
    scheduler.tick()

    clock.at("11:30")
    scheduler.tick()

    assert (planned(muster), planned(muster, "skipped")) == (["10:10", "11:10"], ["09:10"])


@pytest.mark.parametrize(
    ("until", "due", "skipped"),
    [
        ("08:55", ["08:40"], []),
        ("10:05", ["08:40", "09:40", "10:00"], ["09:00", "09:20"]),
        ("10:25", ["08:40", "09:40", "10:20"], ["09:00", "09:20", "10:00"]),
    ],
)
def test_of_missed_moments_close_together_not_all_are_run_late_but_the_newest_is(
    muster: Muster, clock: TestClock, until: str, due: list[str], skipped: list[str]
) -> None:
    scheduler = scheduler_of(muster, Entry(nothing, "*/20 * * * *", Missed.LATE, apart=timedelta(hours=1)))
    scheduler.tick()

    clock.at(until)
    scheduler.tick()

    assert (planned(muster), planned(muster, "skipped")) == (due, skipped)


@pytest.mark.parametrize("missed", list(Missed))
def test_a_moment_on_time_is_run_by_every_rule(muster: Muster, clock: TestClock, missed: Missed) -> None:
    scheduler = scheduler_of(muster, Entry(nothing, "10 * * * *", missed))
    scheduler.tick()
    clock.at("09:09:59")
    scheduler.tick()
    assert planned(muster) == []

    clock.at("09:10")
    scheduler.tick()

    assert planned(muster) == ["09:10"]


def test_two_schedulers_plan_every_moment_once(muster: Muster, clock: TestClock) -> None:
    entry = Entry(nothing, "*/5 * * * *", Missed.LATE)
    first, second = scheduler_of(muster, entry), scheduler_of(muster, entry)
    for minute in range(30, 60):
        clock.at(f"08:{minute}")
        first.tick()
        second.tick()

    assert planned(muster) == ["08:35", "08:40", "08:45", "08:50", "08:55"]


def test_a_clock_put_back_does_not_stop_the_timetable(muster: Muster, clock: TestClock) -> None:
    scheduler = scheduler_of(muster, Entry(nothing, "10 * * * *", Missed.LATE))
    clock.at("2026-03-05 08:00")
    scheduler.tick()
    clock.at("2026-03-02 08:00")
    scheduler.tick()

    clock.at("2026-03-02 08:10")
    scheduler.tick()

    assert f"{max(r.planned_at for r in rows(muster, JobRun) if r.planned_at.day == 2):%H:%M}" == "08:10"


def test_an_answer_by_a_process_that_still_goes_by_the_old_time_does_not_wait_for_it(
    muster: Muster, messenger: Messenger, clock: TestClock
) -> None:
    clock.at("2026-03-05 08:00")
    muster.scheduler.tick()
    clock.at("2026-03-02 08:00")
    muster.scheduler.tick()
    clock.at("2026-03-05 08:00")
    put(muster, "回答")

    clock.at("2026-03-02 08:00:01")
    muster.scheduler.tick()

    assert said(messenger) == ["回答"]


def test_a_failing_job_is_tried_again_and_then_reported(
    muster: Muster, clock: TestClock, maintainer: Member
) -> None:
    calls = []

    def failing(ctx: JobContext) -> list[Notice]:
        calls.append(ctx.now)
        raise RuntimeError("坏了")

    muster.runner._jobs["failing"] = failing  # type: ignore[attr-defined]
    scheduler_of(muster, Entry(failing, "10 * * * *", Missed.LATE, at_start=True)).tick()
    for hour in range(9, 21):
        muster.runner.run_due()
        clock.at(f"{hour:02}:00")
    muster.outbox.drain()

    assert len(calls) == muster.policy.jobs.attempts
    assert len(set(calls)) == 1, "now is the planned moment at every try"
    [report] = maintainer.news()
    assert "failing" in report.payload["markdown"]["content"]


def test_a_line_removed_from_the_timetable_is_skipped(muster: Muster) -> None:
    def removed(ctx: JobContext) -> list[Notice]:
        return []

    scheduler_of(muster, Entry(removed, "10 * * * *", Missed.LATE, at_start=True)).tick()

    muster.runner.run_due()

    assert planned(muster, "skipped") == ["08:30"]


def test_two_workers_run_every_reminder_once(
    muster: Muster, alice: Member, clock: TestClock, settings: object
) -> None:
    wakeups = InlineWakeups()
    other = build(
        muster.settings,
        clock=clock,
        messengers=muster.outbox._messengers,
        wakeups=wakeups,  # type: ignore[attr-defined]
    )
    wakeups.muster = other
    clock.passes_to("08:50")
    other.scheduler.tick()
    other.runner.run_due()
    other.outbox.drain()
    other.close()

    assert len(alice.news()) == 1


def test_a_failing_reminder_is_tried_again_and_then_reported(
    muster: Muster, alice: Member, clock: TestClock, maintainer: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
        raise RuntimeError("坏了")

    monkeypatch.setitem(DUE, REMINDER, failing)
    for minute in range(50, 59):
        clock.passes_to(f"08:{minute}")
    clock.passes_to("09:30")
    alice.sees_nothing()

    [report] = maintainer.reads()
    assert "checkin_reminder" in report
    reminders = [item for item in rows(muster, DueItem) if item.kind == REMINDER]
    assert {item.state for item in reminders if item.due_at < clock.now()} == {"failed"}


def ticked(muster: Muster) -> bool:
    """Whether the scheduler has reached a moment."""
    with muster.database.reading() as session:
        return "nothing" in planning.reached(session)


@pytest.mark.parametrize("down", [False, True])
def test_it_leaves_a_trace_while_it_ticks_if_redis_takes_one(
    muster: Muster, redis_url: str, down: bool
) -> None:
    store = connect("unix:///nonexistent/redis.sock" if down else redis_url)
    if not down:
        store.delete(ALIVE_KEY)
    scheduler = scheduler_of(muster, Entry(nothing, "10 * * * *", Missed.LATE, at_start=True), store=store)
    stop = threading.Event()
    ticking = threading.Thread(target=scheduler.run, args=(stop,))
    ticking.start()
    until = time.monotonic() + 10
    while not ticked(muster) and time.monotonic() < until:
        time.sleep(0.01)
    stop.set()
    ticking.join(10)

    assert not ticking.is_alive()
    assert ticked(muster)
    assert down or 30 < store.ttl(ALIVE_KEY) <= ALIVE_SECONDS
    store.close()


def test_a_small_step_back_plans_nothing_anew(muster: Muster, clock: TestClock) -> None:
    scheduler = scheduler_of(muster, Entry(nothing, "10 * * * *", Missed.LATE, at_start=True))
    clock.at("09:10:01")
    scheduler.tick()

    clock.at("09:09:59")
    scheduler.tick()
    clock.at("09:10:02")
    scheduler.tick()

    assert planned(muster) == ["09:10"]
