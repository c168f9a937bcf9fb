"""The report of each day and week to those who lead: the picture first, the words second."""

import io
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from PIL import Image

from bot.app import Muster
from bot.policy import load_policy, work_calendar
from models import cases, messaging, performance
from models.audit import AuditEvent
from models.cases import Case
from models.messaging import OutboundMessage
from models.performance import Window
from models.policy import Policy
from tests.chat.floor import Floor
from tests.chat.quizzes import enrol, publish
from tests.models.desk import pays
from tests.simulator import Member, Messenger, TestClock, rows

MONDAY = "2026-03-09"


@pytest.fixture
def policy() -> Policy:
    """As it is delivered: with reports."""
    return load_policy()


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams: on Monday 赵六 is paid 1,200 of 3,000 yuan, and 周七 500 of 4,000."""
    floor = Floor(muster, client, messenger, clock)
    clock.passes_to("10:05")
    hers = floor.case(owner="zhaoliu", balance=300000)
    his = floor.case(owner="zhouqi", balance=400000, bucket=3, name="陈大山", phone="13900139000")
    pays(floor, "zhaoliu", hers, 120000)
    pays(floor, "zhouqi", his, 50000)
    floor.everybody_reads()
    return floor


def reports(member: Member) -> list[str]:
    """What somebody got of their team, without the other news of a morning."""
    return [one for one in member.reads() if one == "[image]" or "周报 " in one or "日报 " in one]


def pictures(floor: Floor) -> list[Image.Image]:
    """Every picture that was sent."""
    sent = [one for one in rows(floor.muster, OutboundMessage) if "image" in one.payload]
    found = []
    with floor.muster.database.reading() as session:
        for one in sent:
            content = messaging.kept_content(session, one.payload["image"]["media_id"]["attachment"])
            assert content is not None
            found.append(Image.open(io.BytesIO(content)))
    return found


def test_the_first_workday_of_a_week_tells_of_the_week_before(floor: Floor) -> None:
    floor["leader2"].says("不要日报")
    floor.everybody_reads()

    floor.clock.passes_to(f"{MONDAY} 09:11")

    image, words = reports(floor["leader2"])
    assert image == "[image]"
    assert words == (
        "二组周报 3月2日到3月8日 收回 1,700 元\n"
        "比前一周↑1,700 元。\n"
        "4 人，09:11 现算，最近到账 3月2日 10:05。\n"
        "[业绩表][看业绩]"
    )
    assert floor["leader2"].last_card is not None
    shown = {row["keyname"]: row["value"] for row in floor["leader2"].last_card["horizontal_content_list"]}
    assert shown == {"承诺兑现率": "没有数", "过期跟进": "0 个"}
    assert {one.width for one in pictures(floor)} == {900}
    floor.clock.passes_to(f"{MONDAY} 11:00")
    floor.clock.passes_to("2026-03-10 11:00")
    assert reports(floor["leader2"]) == []


def test_what_was_due_to_be_learnt_stands_beside_the_rest(floor: Floor) -> None:
    version, now = publish(floor.muster), floor.clock.now()
    for account, done in (("zhaoliu", now), ("zhouqi", None), ("lisi2", now + timedelta(hours=3))):
        due = now + timedelta(hours=2)
        enrol(floor.muster, account, version, sent_at=now, next_at=None, due_at=due, completed_at=done)

    floor.clock.passes_to("2026-03-03 08:51")

    reports(floor["leader2"])
    assert floor["leader2"].last_card is not None
    shown = {row["keyname"]: row["value"] for row in floor["leader2"].last_card["horizontal_content_list"]}
    assert shown["按时学完率"] == "33.33%（1 ÷ 3）"


def test_the_button_brings_the_table_of_those_days(floor: Floor) -> None:
    floor.clock.passes_to(f"{MONDAY} 09:11")
    leader = floor["leader2"]
    reports(leader)
    assert leader.last_card is not None

    leader.taps_card(leader.last_card["button_list"][0]["key"])

    told, *_ = leader.reads()
    assert told.startswith("二组 3月2日到3月8日，4 人，回收金额 1,700 元。")


def test_each_workday_tells_of_the_one_before_until_it_is_switched_off(floor: Floor) -> None:
    boss, leader = floor["boss"], floor["leader2"]

    floor.clock.passes_to("2026-03-03 08:51")

    _, words = reports(leader)
    assert words.startswith("二组日报 3月2日 收回 1,700 元\n比前一天↑1,700 元。")
    assert words.endswith("[业绩表][不要日报]")
    _, words = reports(boss)
    assert words.startswith("城北分公司日报 3月2日 收回 1,700 元\n")
    leader.says("不要日报")
    leader.sees("好，以后不发日报了，周报照常。想再收，发「要日报」。")
    leader.says("不要日报")
    leader.sees("日报本来就没在发，周报照常。想再收，发「要日报」。")
    floor.everybody_reads()
    floor.clock.passes_to("2026-03-04 08:51")
    assert reports(leader) == []
    assert len(reports(boss)) == 1  # nobody was paid: there is nothing to draw
    leader.says("要日报")
    leader.sees("好，每个工作日 08:50 说前一个工作日的。不想收，发「不要日报」。")
    floor.everybody_reads()
    floor.clock.passes_to("2026-03-05 08:51")
    [words] = reports(leader)
    assert words.startswith("二组日报 3月4日 收回 0 元\n")
    kept = [one.action for one in rows(floor.muster, AuditEvent)]
    assert kept.count("performance.choose_report") == 2


def test_who_is_behind_is_named_without_reproach(floor: Floor) -> None:
    with floor.muster.database.writing() as session:
        cases.plan_follow_up(
            session,
            actor=floor.employee("zhaoliu"),
            case=session.get_one(Case, 1001),
            due_at=floor.clock.now() + timedelta(hours=4),
            at=floor.clock.now(),
            policy=floor.policy,
        )

    floor.clock.passes_to("2026-03-04 08:51")

    words = reports(floor["leader2"])[-1]
    assert "可以看一眼：赵六过期跟进 1 个。" in words


def test_nobody_is_told_on_leave_on_a_day_off_or_too_late(floor: Floor) -> None:
    floor["boss"].says("请假 孙组长 3月3日 给 赵六")
    floor["boss"].says("确认")
    floor.everybody_reads()
    floor.clock.passes_to("2026-03-03 08:51")
    assert reports(floor["leader2"]) == []
    assert reports(floor["leader"]) != []

    floor.clock.passes_to("2026-03-07 10:00")  # a Saturday
    assert reports(floor["leader2"]) == reports(floor["leader"]) == []

    floor.clock.passes_to(f"{MONDAY} 12:30")
    assert reports(floor["leader2"]) == reports(floor["leader"]) == []


def test_reports_are_for_those_who_lead(floor: Floor) -> None:
    floor.clock.passes_to("2026-03-03 08:51")
    assert reports(floor["zhaoliu"]) == []
    floor["zhaoliu"].says("要日报")

    assert (
        floor["zhaoliu"].reads()[-1] == "日报和周报只发给带队的人（组长、主管、经理）。自己的发「业绩」看。"
    )


@pytest.mark.parametrize(
    ("day", "begins", "of_day", "of_week"),
    [
        ("2026-03-09", True, ("2026-03-06", "2026-03-08"), ("2026-03-02", "2026-03-08")),
        ("2026-03-10", False, ("2026-03-09", "2026-03-09"), ("2026-03-02", "2026-03-08")),
        # after the spring festival (15 to 23 February): the week that was worked last, with its Saturday
        ("2026-02-24", True, ("2026-02-14", "2026-02-23"), ("2026-02-09", "2026-02-15")),
        ("2026-02-25", False, ("2026-02-24", "2026-02-24"), ("2026-02-09", "2026-02-15")),
    ],
)
def test_days_that_are_told_of(
    policy: Policy, day: str, begins: bool, of_day: tuple[str, str], of_week: tuple[str, str]
) -> None:
    calendar, today = work_calendar(policy), date.fromisoformat(day)

    assert performance.begins_week(today, calendar) is begins
    assert performance.days_told_of(today, calendar) == Window(*map(date.fromisoformat, of_day))
    assert performance.week_told_of(today, calendar) == Window(*map(date.fromisoformat, of_week))


def test_whom_reports_go_to_is_policy(policy: Policy) -> None:
    assert policy.team_reports.roles == ("team_leader", "supervisor", "manager")
    with pytest.raises(ValueError, match="team_reports"):
        replace(policy.team_reports, until=policy.team_reports.daily_at)
