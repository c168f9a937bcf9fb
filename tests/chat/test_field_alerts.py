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


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two branches at work, on a Monday."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return floor


def the_card(member: Member, title: str) -> str:
    """The one new message that begins so."""
    [found] = [text for text in member.reads() if text.startswith(title)]
    return found


def test_a_note_of_a_visit_without_a_check_in_is_asked_about_the_next_workday(
    floor: Floor, muster: Muster
) -> None:
    zhangsan, leader = floor["zhangsan"], floor["leader"]
    number = floor.case(owner="zhangsan", name="韩梅")
    zhangsan.says(f"催记 {number} 上门，家里没人")
    zhangsan.says(f"催记 {number} 电话没人接")
    floor.everybody_reads()

    floor.clock.passes_to("2026-03-03 09:16")

    assert the_card(zhangsan, "那天上门") == (
        "那天上门签到了吗？\n"
        f"张三，3月2日 周一有 1 条催记写了上门，那天没有在客户附近签到（{number} 韩* 10:05）。"
        "点一下就行，说明了就不用再管；没有对错，也可能是定位不准。\n"
        "[忘了签到][没信号][写的是别的日子][其他]"
    )
    zhangsan.taps_card(f"explain_alert:{rows(muster, FieldAlert)[0].id}.forgot")
    zhangsan.sees("(按钮:已说明)", "好的，记下了：忘了签到。")
    leader.news()
    leader.says("外勤异常")
    assert (
        f"写了上门，那天没有在客户附近签到（{number} 韩* 10:05）（本人已说明：忘了签到）" in leader.reads()[0]
    )


def test_who_leads_hears_of_a_claimed_visit_that_nobody_explained(floor: Floor, muster: Muster) -> None:
    number = floor.case(owner="zhangsan", name="韩梅")
    floor["zhangsan"].says(f"催记 {number} 上门，家里没人")
    floor.clock.passes_to("2026-03-03 09:16")
    floor.everybody_reads()

    floor.clock.passes_to("2026-03-04 09:26")

    told = the_card(floor["leader"], "张三：可以问一句")
    assert f"（{number} 韩* 10:05），本人还没有说明。可能是忘了签到，也可能是写错了日子，先问再说。" in told
    assert "发「上门核对 张三 3月2日」可以看。" in told
    floor["leader"].taps_card(f"alert_false:{rows(muster, FieldAlert)[0].id}")
    floor["leader"].sees("(按钮:误报)", "好的，记为误报。")


def test_a_visit_that_was_checked_in_and_one_that_is_planned_raise_nothing(
    floor: Floor, muster: Muster
) -> None:
    zhangsan = floor["zhangsan"]
    visited = floor.case(owner="zhangsan", name="韩梅")
    planned = floor.case(owner="zhangsan", name="李雷", phone="13800138001")
    zhangsan.says(f"到了 {visited}")
    zhangsan.says(f"催记 {visited} 上门，家里没人")
    zhangsan.says(f"催记 {planned} 约了明天上门")

    floor.clock.passes_to("2026-03-03 09:16")

    assert rows(muster, FieldAlert) == []
    floor.everybody_reads()


def test_who_calls_a_flagged_person_again_is_advised_to_stop(floor: Floor, muster: Muster) -> None:
    zhangsan = floor["zhangsan"]
    number = floor.case(owner="zhangsan", name="王小明")
    zhangsan.says(f"催记 {number} 电话没人接")
    floor["fenghegui"].says("加入风险名单 失信名单 王小明")
    floor.clock.at("10:20")
    zhangsan.says(f"催记 {number} 电话没人接")
    floor.clock.passes_to("10:28")
    assert rows(muster, FieldAlert) == [], "the first contact since the flag"
    floor.clock.at("2026-03-03 10:40")
    zhangsan.says(f"催记 {number} 电话没人接")
    floor.everybody_reads()

    floor.clock.passes_to("2026-03-03 10:48")

    assert the_card(zhangsan, "建议先停一停") == (
        "建议先停一停\n"
        "张三，最近 2 次联系了名单上的高风险客户"
        f"（{number} 王* 3月2日 周一 10:20、{number} 王* 3月3日 周二 10:40）。"
        "建议先停止联系，发「案件」看看标记，或请合规核对名单。"
        "点一下就行，说明了就不用再管；没有对错，也可能只是同名。\n"
        "[客户要我联系][不知道在名单上][核对过不是本人][其他]"
    )
    zhangsan.says(f"催记 {number} 电话没人接")
    zhangsan.news()
    floor.clock.passes_to("2026-03-03 10:58")
    [alert] = rows(muster, FieldAlert)
    assert alert.figures == {"contacts": 3, "customers": 1}
    zhangsan.taps_card(f"explain_alert:{alert.id}.not_them")
    assert zhangsan.reads()[-1] == "好的，记下了：核对过不是本人。"

    floor.clock.at("2026-03-04 10:40")
    zhangsan.says(f"催记 {number} 电话没人接")
    floor.clock.passes_to("2026-03-04 10:58")
    assert len(rows(muster, FieldAlert)) == 1, "it is somebody else"
    floor.everybody_reads()
