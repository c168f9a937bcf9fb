"""外勤提醒: asked first, explained by one tap; who leads hears only of what nobody explained."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models.fieldalerts import FieldAlert
from models.locations import LocationFix
from models.staff import Role
from tests.chat.floor import Floor
from tests.simulator import Given, Member, Messenger, TestClock, rows

CAFE = (30.6600, 104.0800)
ASKED = (
    "这段时间在忙什么？\n"
    "外小勤，14:03–14:43 在一个不是客户也不是办公室的地方停留了 40 分钟。"
    "点一下就行，说明了就不用再管；没有对错，也可能是定位不准。\n"
    "[等客户][堵车][吃饭休息][在客户处][办别的事]"
)


@pytest.fixture
def rep(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Member:
    """A field rep on the nine o'clock shift."""
    given.employee("rep", "外小勤", role=Role.FIELD_REP)
    return Member("rep", client, messenger, clock)


def sits_in_the_cafe(rep: Member, clock: TestClock) -> None:
    """Opens the chat every ten minutes for forty minutes, at one place."""
    for moment in ("14:03", "14:13", "14:23", "14:33", "14:43"):
        clock.at(f"2026-03-02 {moment}")
        rep.opens_chat(*CAFE)


def test_a_long_stay_is_asked_about_and_one_tap_explains_it(
    rep: Member, leader: Member, clock: TestClock, muster: Muster
) -> None:
    sits_in_the_cafe(rep, clock)
    clock.passes_to("14:54")
    rep.sees(ASKED)

    rep.taps_card(f"explain_alert:{rows(muster, FieldAlert)[0].id}.waiting")

    rep.sees("(按钮:已说明)", "好的，记下了：等客户。")
    clock.passes_to("2026-03-03 17:00")
    assert not [text for text in leader.reads() if "可以问一句" in text]
    rep.news()


def test_what_nobody_explains_reaches_who_leads_after_a_workday(
    rep: Member, leader: Member, clock: TestClock, muster: Muster
) -> None:
    sits_in_the_cafe(rep, clock)
    clock.passes_to("14:54")
    rep.news()
    clock.passes_to("2026-03-03 14:56")

    [told] = [text for text in leader.reads() if "外小勤" in text and "可以问一句" in text]
    assert "先问再说。依据是 5 个点，发「轨迹 外小勤 3月2日」可以看。" in told
    leader.taps_card(f"alert_remind:{rows(muster, FieldAlert)[0].id}")

    assert leader.reads() == ["(按钮:已提醒)", "已经提醒 外小勤。"]
    assert any("赵组长看到14:03–14:43 在一个不是客户也不是办公室的地方" in text for text in rep.reads())


def test_the_list_of_who_leads_says_what_was_explained(
    rep: Member, leader: Member, clock: TestClock, muster: Muster
) -> None:
    sits_in_the_cafe(rep, clock)
    clock.passes_to("14:54")
    rep.news()
    rep.taps_card(f"explain_alert:{rows(muster, FieldAlert)[0].id}.meal")
    rep.news()

    leader.says("外勤异常")

    assert leader.reads()[-1] == (
        "还没处理的外勤提醒 1 条，新的在前：\n"
        "· 外小勤 3月2日 周一 14:03–14:43 在一个不是客户也不是办公室的地方停留了 40 分钟"
        "（本人已说明：吃饭休息）\n"
        "本人说明了的不用再管。"
    )


def test_a_stay_at_the_office_is_nobodys_business(
    rep: Member, leader: Member, clock: TestClock, muster: Muster
) -> None:
    clock.at("2026-03-02 08:40")
    leader.opens_chat(*CAFE)
    leader.says("加打卡地点 一组")
    leader.news()
    sits_in_the_cafe(rep, clock)

    clock.passes_to("15:14")

    assert rows(muster, FieldAlert) == []
    rep.news()


def test_of_others_no_track_comes_into_being(alice: Member, clock: TestClock, muster: Muster) -> None:
    sits_in_the_cafe(alice, clock)
    clock.passes_to("14:54")

    assert rows(muster, LocationFix) == []
    assert rows(muster, FieldAlert) == []
    alice.news()


def test_three_silent_workdays_with_cases_are_asked_about(
    muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock
) -> None:
    floor = Floor(muster, client, messenger, clock)
    floor.case(owner="zhangsan")
    floor["zhangsan"].news()

    clock.passes_to("2026-03-05 09:14")
    assert rows(muster, FieldAlert) == []
    clock.passes_to("2026-03-06 09:16")

    [alert] = rows(muster, FieldAlert)
    assert (alert.code, alert.rests_on) == ("no_followup_3d", ["2026-03-03", "2026-03-04", "2026-03-05"])
    assert any("连着 3 个工作日没有催记" in text for text in floor["zhangsan"].reads())
