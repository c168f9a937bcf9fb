"""The reminder ten minutes before the shift."""

from datetime import timedelta
from itertools import pairwise

import pytest

from bot.app import Muster
from bot.channels.base import NotSent
from models.messaging import OutboundMessage
from models.planning import DueItem, JobRun
from tests.simulator import Given, Member, Messenger, TestClock, rows

REMINDER = "09:00 上班，还没打卡\n李爱丽，到岗后别忘了打卡。\n[一键打卡]"


def test_the_absent_are_reminded_ten_minutes_before(alice: Member, clock: TestClock) -> None:
    clock.passes_to("08:49:59")
    alice.sees_nothing()

    clock.passes_to("08:50")

    alice.sees(REMINDER)


def test_one_tap_on_the_reminder_checks_in_and_settles_the_card(alice: Member, clock: TestClock) -> None:
    clock.passes_to("08:50")
    alice.sees(REMINDER)

    clock.at("08:52")
    alice.taps_card("check_in")

    alice.sees("(按钮:已打卡)", "✅ 08:52 打卡成功")


def test_a_second_tap_on_the_card_changes_nothing_but_is_answered(alice: Member, clock: TestClock) -> None:
    alice.says("打卡")
    alice.news()
    clock.at("2026-03-03 08:30")
    clock.passes_to("08:50")
    alice.sees(REMINDER)
    clock.at("08:51")
    alice.says("打卡")
    alice.sees("✅ 08:51 打卡成功")

    alice.taps_card("check_in")

    alice.sees("(按钮:已打卡)", "今天 08:51 已经打过卡了，不用重复打。")


def test_who_checked_in_a_second_before_gets_none(alice: Member, clock: TestClock) -> None:
    clock.passes_to("08:49:59")
    alice.says("打卡")
    alice.sees("✅ 08:49 打卡成功")

    clock.passes_to("08:50")

    alice.sees_nothing()


def test_who_checks_in_while_the_reminder_waits_to_leave_gets_none(
    alice: Member, clock: TestClock, messenger: Messenger, muster: Muster
) -> None:
    messenger.fails_with = NotSent("down")
    clock.passes_to("08:50")
    messenger.fails_with = None
    alice.says("打卡")

    clock.passes_to("08:51")

    alice.sees("✅ 08:50 打卡成功")
    states = {row.only_if: row.state for row in rows(muster, OutboundMessage)}
    assert states == {"not_checked_in": "withdrawn", None: "accepted"}


@pytest.mark.parametrize(
    ("day", "why"),
    [("2026-03-07", "Saturday"), ("2026-10-01", "National Day"), ("2026-02-17", "Spring Festival")],
)
def test_nobody_is_reminded_on_a_day_off(alice: Member, clock: TestClock, day: str, why: str) -> None:
    clock.at(f"{day} 08:00")
    clock.passes_to(f"{day} 08:50")

    alice.sees_nothing()


@pytest.mark.parametrize(
    ("day", "why"), [("2026-02-28", "a Saturday worked instead"), ("2027-03-01", "a year not yet published")]
)
def test_everybody_is_reminded_on_a_workday(alice: Member, clock: TestClock, day: str, why: str) -> None:
    clock.at(f"{day} 08:00")
    clock.passes_to(f"{day} 08:50")

    alice.sees(REMINDER)


def test_a_machine_asleep_over_the_moment_reminds_late(alice: Member, clock: TestClock) -> None:
    clock.passes_to("08:30")
    clock.passes_to("09:20")

    alice.sees(REMINDER)


def test_a_reminder_far_too_late_is_not_sent(alice: Member, clock: TestClock, muster: Muster) -> None:
    clock.passes_to("08:30")
    clock.passes_to("10:30")

    alice.sees_nothing()
    assert "skipped" in [item.state for item in rows(muster, DueItem)]


def test_a_changed_shift_moves_the_reminder(alice: Member, clock: TestClock, given: Given) -> None:
    clock.passes_to("08:31")
    given.shift("AliceLi", "13:00")
    clock.passes_to("08:50")
    alice.sees_nothing()

    clock.passes_to("12:50")

    alice.sees("13:00 上班，还没打卡\n李爱丽，到岗后别忘了打卡。\n[一键打卡]")


def test_each_shift_has_its_own_moment(alice: Member, leader: Member, clock: TestClock, given: Given) -> None:
    given.shift("leader", "08:45")
    clock.passes_to("08:35")
    leader.sees("08:45 上班，还没打卡\n赵组长，到岗后别忘了打卡。\n[一键打卡]")
    alice.sees_nothing()

    clock.passes_to("08:50")

    alice.sees(REMINDER)


def test_days_that_pass_at_once_are_caught_up_in_order(
    alice: Member, clock: TestClock, muster: Muster
) -> None:
    clock.passes_to("2026-03-02 20:00")
    clock.passes_to("2026-03-03 08:55")

    alice.sees(REMINDER)
    runs = [run for run in rows(muster, JobRun) if run.name == "plan_reminders"]
    done = [run.planned_at for run in runs[-70:] if run.state == "done"]  # further back adds nothing any more
    assert {run.state for run in runs[-70:]} == {"done", "skipped"}
    assert runs[-1].state == "done"
    assert max(after - before for before, after in pairwise(done)) <= timedelta(hours=1)
    assert done[0] - runs[-70].planned_at < timedelta(hours=1)


def test_a_reminder_is_not_sent_to_who_changed_shift_while_it_waited(
    alice: Member, clock: TestClock, messenger: Messenger, given: Given
) -> None:
    messenger.fails_with = NotSent("down")
    clock.passes_to("08:50")
    messenger.fails_with = None
    given.shift("AliceLi", "13:00")

    clock.passes_to("08:51")

    alice.sees_nothing()


def test_a_morning_can_be_played_again(alice: Member, clock: TestClock) -> None:
    clock.passes_to("08:50")
    alice.sees(REMINDER)
    clock.at("08:30")
    clock.passes_to("08:31")

    clock.passes_to("08:50")

    alice.sees(REMINDER)
