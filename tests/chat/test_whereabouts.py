"""Places of work, consent, and what one's phone is known to have told."""

import pytest

from bot.app import Muster
from models import locations
from models.locations import LocationFix
from tests.simulator import Given, Member, TestClock, rows

OFFICE = (30.658601, 104.064855)


@pytest.fixture
def here(leader: Member, clock: TestClock) -> Member:
    """The leader has set the place of work: where they stand."""
    clock.at("08:31")
    leader.opens_chat(*OFFICE)
    leader.says("加打卡地点 一组")
    leader.sees("✅ 一组和它下面的人，在「一组」300 米以内打卡都算在场。\n设错了，发「撤销」。")
    return leader


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("north", "told"),
    [
        (0.0, "📍 已记录位置，在打卡范围内"),
        (0.0025, "📍 已记录位置，在打卡范围内"),
        (0.02, "📍 已记录位置，离打卡地点 2.2 公里，已如实记下"),
    ],
)
def test_a_check_in_says_whether_it_was_at_the_place(
    alice: Member, clock: TestClock, north: float, told: str
) -> None:
    clock.at("08:55")
    alice.opens_chat(OFFICE[0] + north, OFFICE[1])

    alice.taps("check_in")

    alice.sees(f"✅ 08:55 打卡成功\n{told}")


def test_a_place_set_by_mistake_is_taken_back(here: Member) -> None:
    here.says("撤销")
    here.sees("已停用打卡地点「一组」。")

    here.says("打卡地点")
    assert "还没有打卡地点" in here.reads()[0]


def test_nobody_is_set_as_a_place_without_standing_there(leader: Member) -> None:
    leader.says("加打卡地点 一组")

    assert "还不知道你在哪里" in leader.reads()[0]


def test_a_second_place_of_the_same_name_is_refused(here: Member) -> None:
    here.opens_chat(*OFFICE)
    here.says("加打卡地点 一组")

    assert "已经有叫「一组」的打卡地点了" in here.reads()[0]


def test_somebody_new_is_asked_once_and_checks_in_all_the_same(
    messenger: object, client: object, clock: TestClock, given: Given, muster: Muster
) -> None:
    given.employee("newbie", "新来的", agreed=False)
    newbie = Member("newbie", client, messenger, clock)  # type: ignore[arg-type]
    clock.at("08:55")
    newbie.opens_chat(*OFFICE)
    newbie.taps("check_in")

    first, card = newbie.reads()
    assert first == "✅ 08:55 打卡成功"
    assert "打卡可以带上位置吗" in card
    assert not [fix for fix in rows(muster, LocationFix) if fix.sealed]

    newbie.taps("agree_location")
    button, told = newbie.reads()
    assert (button, "以后打卡会带上位置" in told) == ("(按钮:已同意)", True)
    clock.at("2026-03-03 08:55")
    newbie.opens_chat(*OFFICE)
    newbie.taps("check_in")
    newbie.sees("✅ 08:55 打卡成功\n📍 已记录位置")


def test_the_person_sees_what_is_known_and_who_looked(
    alice: Member, leader: Member, clock: TestClock
) -> None:
    clock.at("08:55")
    alice.opens_chat(*OFFICE)
    alice.taps("check_in")
    alice.news()
    clock.at("10:00")
    leader.says("轨迹 李爱丽")
    leader.sees(
        "李爱丽 3月2日 周一：\n08:55 上班打卡 已记录位置\n你看过这一天，李爱丽会知道。",
        "李爱丽 3月2日 周一的轨迹\n按时间回放，看每个点和拜访。",
    )

    alice.says("它知道我什么")

    alice.sees(
        "【位置】3月2日 周一你同意打卡时用位置（说明第 1 版）。\n"
        "现在能看到的位置有 1 个，最早的是 3月2日 周一；满 30 天自动删除，只留「在不在范围内」的结论。\n"
        "今天：\n08:55 上班打卡 已记录位置\n"
        "【谁看过】最近 30 天：\n3月2日 周一 10:00 赵组长 看了你 3月2日 周一的轨迹\n"
        "不想再用，发「撤回定位同意」。"
    )


def test_taking_the_consent_back_empties_every_point(alice: Member, clock: TestClock, muster: Muster) -> None:
    clock.at("08:55")
    alice.opens_chat(*OFFICE)
    alice.taps("check_in")
    alice.news()

    alice.says("撤回定位同意")

    assert "已经记下的 1 个位置刚刚删掉了" in alice.reads()[0]
    [fix] = rows(muster, LocationFix)
    assert (fix.sealed, fix.point_hash, fix.device_hash) == (None, None, None)
    clock.at("2026-03-03 08:55")
    alice.opens_chat(*OFFICE)
    alice.taps("check_in")
    alice.sees("✅ 08:55 打卡成功")


def test_points_can_be_read_for_thirty_days(alice: Member, clock: TestClock, muster: Muster) -> None:
    clock.at("08:55")
    alice.opens_chat(*OFFICE)
    alice.taps("check_in")
    alice.news()
    policy = muster.policy.locations

    for day, left in (("2026-03-31 09:00", 1), ("2026-04-02 09:00", 0)):
        clock.at(day)
        with muster.database.writing() as session:
            locations.forget_fixes(session, at=clock.now(), policy=policy)
        assert sum(fix.sealed is not None for fix in rows(muster, LocationFix)) == left
    assert rows(muster, LocationFix)[0].grade == "C"


def test_out_of_shift_no_location_is_kept(alice: Member, clock: TestClock, muster: Muster) -> None:
    clock.at("2026-03-07 10:00")  # a Saturday
    alice.opens_chat(*OFFICE)
    clock.at("2026-03-09 02:00")
    alice.opens_chat(*OFFICE)

    assert rows(muster, locations.RecentReport) == []
