"""The track of a day: in words, and as a page that plays it back."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models.audit import AuditEvent
from models.contact import Debtor
from models.fieldwork import Visit
from models.locations import LocationFix, TrackReading
from tests.chat.floor import Floor
from tests.chat.test_visits import FAR, HOME, NEXT_DOOR, lives_at
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """张三 has been to 王小明 and to 李雷, and has noted the first visit."""
    made = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    lives_at(made, made.case(owner="zhangsan"), *HOME)
    lives_at(made, made.case(owner="zhangsan", name="李雷", phone="13800138001"), *HOME)
    zhangsan = made["zhangsan"]
    zhangsan.says("同意定位")
    zhangsan.says("计划上门 1001 今天下午3点 谈分期")
    zhangsan.says("计划上门 1002 今天下午4点")
    clock.at("15:00")
    zhangsan.opens_chat(30.6524, 104.0775)
    zhangsan.says("到了 1001")
    clock.at("15:20")
    zhangsan.says("离开")
    zhangsan.says("催记 1001 本人接听")
    clock.at("16:00")
    zhangsan.opens_chat(FAR[0] + 0.0024, FAR[1] - 0.0025)
    zhangsan.says("到了 1002")
    made.everybody_reads()
    clock.at("16:05")
    return made


def opens(client: FlaskClient, account: str, path: str) -> tuple[int, str]:
    """Somebody opens a page inside WeCom."""
    with client.session_transaction() as browser:
        browser["who"], browser["fresh"] = account, True
    told = client.get(path)
    return told.status_code, told.get_data(as_text=True)


def test_the_day_tells_the_visits_too(floor: Floor) -> None:
    floor["leader"].says("轨迹 张三")

    told, card, _ = floor["leader"].reads()
    assert told.startswith("张三 3月2日 周一：\n15:00 到客户处 在范围内\n15:20 离开客户处 ")
    assert (
        "【拜访】\n15:00–15:20 1001 客户王*，事由：谈分期；证据 B，有效\n"
        "16:00–（还在） 1002 客户李*，事由：沟通还款；证据 D，"
        "不算有效（签到时不在客户地址附近、没有签离开、没写催记）\n"
        "你看过这一天，张三会知道。"
    ) in told
    assert card == "张三 3月2日 周一的轨迹\n按时间回放，看每个点和拜访。"


def test_one_sees_ones_own_track_and_nobody_is_a_reader(floor: Floor, client: FlaskClient) -> None:
    floor["zhangsan"].says("我的轨迹")

    assert floor["zhangsan"].reads()[0].startswith("你 3月2日 周一：\n15:00 到客户处 在范围内")
    status, page = opens(client, "zhangsan", "/app/my-track/2026-03-02")
    assert (status, "我的轨迹" in page, "客户王*" in page) == (200, True, True)
    assert rows(floor.muster, TrackReading) == []


def test_the_page_draws_the_points_and_tells_who_looked(floor: Floor, client: FlaskClient) -> None:
    status, page = opens(client, "leader", "/app/track/zhangsan/2026-03-02")

    assert status == 200
    assert page.count('class="stop ') == 2
    assert "客户王*" in page
    assert "王小明" not in page
    [reading] = rows(floor.muster, TrackReading)
    assert reading.reader_id == floor.employee("leader").id
    assert "command.tracks.page" in [one.action for one in rows(floor.muster, AuditEvent)]
    floor["zhangsan"].says("它知道我什么")
    assert "赵组长 看了你 3月2日 周一的轨迹" in floor["zhangsan"].reads()[0]


@pytest.mark.parametrize(
    ("account", "path"),
    [
        ("far", "/app/track/zhangsan/2026-03-02"),
        ("leader", "/app/track/nobody/2026-03-02"),
        ("lisi", "/app/track/zhangsan/2026-03-02"),
        ("leader", "/app/track/zhangsan/yesterday"),
    ],
)
def test_who_may_not_see_it_is_no_reader(floor: Floor, client: FlaskClient, account: str, path: str) -> None:
    status, page = opens(client, account, path)

    assert (status, "客户王" in page) == (403, False)
    assert rows(floor.muster, TrackReading) == []


def test_a_look_of_a_link_preview_is_none(floor: Floor, client: FlaskClient) -> None:
    with client.session_transaction() as browser:
        browser["who"], browser["fresh"] = "leader", True

    client.head("/app/track/zhangsan/2026-03-02")

    assert rows(floor.muster, TrackReading) == []


def test_a_day_without_points_says_why(floor: Floor, client: FlaskClient) -> None:
    status, page = opens(client, "leader", "/app/track/lisi/2026-03-02")

    assert (status, "这一天没有能看的位置" in page) == (200, True)


def test_where_somebody_is_stays_beside_the_point(floor: Floor, client: FlaskClient) -> None:
    floor["zhangsan"].sends_location(*NEXT_DOOR, "<b>楼下</b>")
    floor["zhangsan"].says("离开")

    _, page = opens(client, "leader", "/app/track/zhangsan/2026-03-02")

    assert "<b>楼下" not in page


def test_who_leads_confirms_where_the_customer_is(floor: Floor) -> None:
    floor["leader"].says("轨迹 张三")
    _, _, card = floor["leader"].reads()
    assert card == (
        "这几次签到，是在客户的地址吗？\n16:00 1002 客户李*，和已知的坐标不符\n"
        "核实过的点一下，以后的签到就和它比；没核实的不要点。\n[1002 李*]"
    )
    second = rows(floor.muster, Visit)[1].id

    floor["leader"].taps_card(f"visit_place:{second}")

    assert floor["leader"].reads()[1] == (
        "记下了：1002 客户李*的地址就在这次签到的位置，以后 300 米以内算到了。"
        "这次签到现在是证据等级 B：人在客户地址附近、定位准、时间和计划相符。点错了发「撤销」。"
    )
    floor.clock.at("16:10")
    floor["zhangsan"].says("离开")
    floor["leader"].says("轨迹 张三")
    assert "16:10 离开客户处 在范围内" in floor["leader"].reads()[0]


def known(floor: Floor) -> list[object]:
    """What is known of where customers are, and what each visit is worth."""
    debtors = [(one.place, one.place_origin) for one in rows(floor.muster, Debtor)]
    fixes = [(one.standing, one.grade, one.distance, one.reasons) for one in rows(floor.muster, LocationFix)]
    return [debtors, fixes]


def test_a_place_that_was_confirmed_by_mistake_is_taken_back(floor: Floor) -> None:
    before = known(floor)
    second = rows(floor.muster, Visit)[1].id
    floor["leader"].says("轨迹 张三")
    floor["leader"].news()
    floor["leader"].taps_card(f"visit_place:{second}")
    assert known(floor) != before
    floor["leader"].news()

    floor["leader"].says("撤销")

    told = floor["leader"].reads()[0]
    assert told.startswith("已撤销：1002 客户李*的地址还是原来知道的。这次签到又是证据等级 ")
    assert known(floor) == before


def test_a_place_that_somebody_else_has_confirmed_since_stays(floor: Floor) -> None:
    second = rows(floor.muster, Visit)[1].id
    for account in ("leader", "boss"):
        floor[account].says("轨迹 张三")
        floor[account].news()
        floor[account].taps_card(f"visit_place:{second}")
        floor[account].news()
    before = known(floor)

    floor["leader"].says("撤销")

    floor["leader"].sees("1002 的客户地址后来又改过，撤不了。要改就在「轨迹」里确认另一次签到。")
    assert known(floor) == before


@pytest.mark.parametrize("account", ["far", "zhangsan"])
def test_nobody_else_says_where_the_customer_is(floor: Floor, client: FlaskClient, account: str) -> None:
    second = rows(floor.muster, Visit)[1].id

    told = client.post(
        f"/api/v1/visits/{second}/place",
        headers={"Authorization": f"Bearer {Tokens(floor.muster).issue(account)}"},
    )

    assert told.status_code in (403, 404)
    assert [debtor.place_origin for debtor in rows(floor.muster, Debtor)] == ["confirmed", "confirmed"]


def test_a_note_that_claims_a_visit_without_a_check_in_is_marked(floor: Floor) -> None:
    zhangsan, leader = floor["zhangsan"], floor["leader"]
    number = floor.case(owner="zhangsan", name="韩梅", phone="13800138002")
    zhangsan.says(f"催记 {number} 上门，家里没人")
    zhangsan.says("催记 1001 上门谈过，周五还")
    zhangsan.says("催记 1002 约了明天上门")

    leader.says("上门核对")

    leader.sees(
        "3月2日 周一，1 笔催记说去过客户处，那天却没有在客户处签到：\n"
        f"张三 16:05 {number} 客户韩*：上门，家里没人\n"
        "可能是忘了签到、手机没信号或说法不准，先问问本人，不直接下结论。"
    )
    leader.says("轨迹 张三")
    assert f"【没有签到支持的催记】\n16:05 {number} 客户韩*：上门，家里没人\n你看过" in leader.reads()[0]
    leader.says("上门核对 李四")
    leader.sees("3月2日 周一李四的催记里，说去过客户处的都有签到。")
    floor["far"].says("上门核对")
    floor["far"].sees("3月2日 周一的催记里，说去过客户处的都有签到。")
    floor["lisi"].says("上门核对")
    assert "客户韩*" not in floor["lisi"].reads()[0]


def test_a_check_in_far_from_the_address_supports_nothing(floor: Floor) -> None:
    floor["zhangsan"].says("催记 1002 上门，没人在家")

    floor["leader"].says("上门核对 张三")

    assert "16:05 1002 客户李*：上门，没人在家" in floor["leader"].reads()[0]


def test_what_was_corrected_claims_nothing_any_more(floor: Floor) -> None:
    floor["zhangsan"].says("催记 1002 上门，没人在家")
    floor["zhangsan"].says("更正 1002 打了电话，没人接")

    floor["leader"].says("上门核对 张三")

    floor["leader"].sees("3月2日 周一张三的催记里，说去过客户处的都有签到。")
