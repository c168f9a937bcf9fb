"""The clock jumps: nothing happens twice, nothing of passed days is sent late, and nobody waits for a day."""

import pytest

from bot.app import Muster
from bot.channels.base import NotSent
from models import attendance
from models.planning import DueItem
from tests.simulator import Member, Messenger, TestClock, rows

REMINDER = "09:00 上班，还没打卡\n李爱丽，到岗后别忘了打卡。\n[一键打卡]"


@pytest.fixture(params=[True, False], ids=["sandbox", "production"])
def clock(request: pytest.FixtureRequest) -> TestClock:
    """A clock that may be moved, or a machine's that is wrong for a while."""
    made = TestClock()
    made.movable = request.param
    return made


def test_a_day_ahead_nobody_is_reminded_late_and_back_again_everybody_is_once(
    alice: Member, clock: TestClock, muster: Muster
) -> None:
    clock.passes_to("08:40")
    clock.passes_to("2026-03-03 10:30")
    alice.sees_nothing()
    reminders = [item for item in rows(muster, DueItem) if item.kind == attendance.REMINDER]
    assert {item.state for item in reminders if item.due_at <= clock.now()} == {"skipped"}

    for moment in ("2026-03-02 08:41", "08:49:59", "08:50", "08:51", "12:00"):
        clock.passes_to(moment)
    alice.sees(REMINDER)

    for moment in ("2026-03-03 08:41", "08:50", "08:51", "12:00"):
        clock.passes_to(moment)
    alice.sees(REMINDER)


def test_ahead_and_back_after_the_reminder_production_does_not_remind_again(
    alice: Member, clock: TestClock
) -> None:
    """In sandbox mode the morning is played again, which is what one puts the clock back for."""
    clock.passes_to("08:50")
    alice.sees(REMINDER)
    clock.passes_to("2026-03-03 10:30")

    clock.passes_to("2026-03-02 08:45")
    clock.passes_to("08:50")

    assert alice.reads() == ([REMINDER] if clock.movable else [])


def test_put_back_while_an_answer_waits_nobody_waits_for_the_time_to_come_round(
    alice: Member, clock: TestClock, messenger: Messenger
) -> None:
    messenger.fails_with = NotSent("down")
    alice.says("帮助")
    messenger.fails_with = None

    clock.passes_to("2026-03-01 08:30")
    alice.says("帮助")
    clock.passes_to("2026-03-01 08:31")

    assert len(alice.reads()) == 2


def test_put_back_while_a_message_is_under_way_it_is_not_stuck(
    alice: Member, clock: TestClock, messenger: Messenger, muster: Muster
) -> None:
    messenger.fails_with = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        alice.says("帮助")
    messenger.fails_with = None

    clock.passes_to("2026-03-01 08:30")
    muster.outbox.release_left_behind()
    clock.passes_to("2026-03-01 08:31")
    muster.outbox.release_left_behind()
    clock.passes_to("2026-03-01 08:32")

    assert len(alice.reads()) == 1
