"""Visits to customers: planned, checked in at, left, noted; and taken back."""

from datetime import time

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models import attendance, fieldwork, files, locations, staff
from models.attendance import Mark
from models.cases import Case, FollowUp, FollowUpState
from models.contact import ContactAttempt, Debtor
from models.fieldwork import Visit
from models.files import MediaFetch
from models.locations import LocationFix, Point
from tests.chat.floor import Floor
from tests.models.test_file_rules import PNG
from tests.simulator import Messenger, TestClock, rows

HOME = (30.6500, 104.0800)
"""Where 王小明 lives: GCJ-02, as a location message tells it."""
NEXT_DOOR = (30.6509, 104.0800)
FAR = (30.7000, 104.0800)


def lives_at(floor: Floor, number: int, latitude: float, longitude: float) -> None:
    """It is known where the debtor of a case lives."""
    with floor.muster.database.writing() as session:
        debtor = session.get_one(Debtor, session.get_one(Case, number).debtor_id)
        fieldwork.keep_place(session, debtor=debtor, point=Point(latitude, longitude))


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """张三, who agreed to tell where he is, has a visit to 王小明 at three."""
    made = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    number = made.case(owner="zhangsan")
    lives_at(made, number, *HOME)
    made["zhangsan"].says("同意定位")
    made["zhangsan"].says("计划上门 1001 今天下午3点 谈分期")
    made.everybody_reads()
    return made


def attempts(floor: Floor) -> list[ContactAttempt]:
    """Every contact there was."""
    return list(rows(floor.muster, ContactAttempt))


def test_a_visit_from_the_plan_to_the_note(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    zhangsan.says("今天拜访")
    zhangsan.sees(
        "今天还有 1 个拜访\n15:00 1001 客户王*，事由：谈分期\n到了就点对应的按钮。\n[到了 1001 王*]"
    )

    floor.clock.at("14:55")
    zhangsan.sends_location(*NEXT_DOOR, "楼下")
    zhangsan.sees(
        "14:55 已到客户王*处（1001）\n"
        "客户王*，事由：谈分期\n证据等级 C：人在客户地址附近、时间和计划相符、位置是在地图上选的\n"
        "要留现场照片就直接发给我，不要拍到客户的脸。 点错了发「撤销」。\n[离开]"
    )
    assert floor.look(1001).next_at is None

    floor.clock.at("15:20")
    zhangsan.taps_card("visit_out")
    zhangsan.sees(
        "(按钮:已离开)",
        "15:20 已离开客户王*处，停留 25 分钟\n"
        "结果怎么样？24 小时内要有催记；想多写几句，发「催记 1001 你要写的话」。\n"
        "[见到本人][只见到别人][没见到人][本人拒绝还款][其他]",
    )
    floor.clock.at("15:22")
    zhangsan.says("催记 1001 本人接听，说周五还")
    zhangsan.news()

    [attempt] = attempts(floor)
    assert (attempt.channel, attempt.connected, attempt.flags) == ("visit", True, [])
    zhangsan.says("今天拜访")
    zhangsan.sees("今天的拜访：\n14:55–15:20 1001 客户王*，有效")


def test_a_phone_that_measures_at_the_place_is_good_evidence(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    floor.clock.at("14:58")
    zhangsan.opens_chat(30.6524, 104.0775)

    zhangsan.says("到了")

    assert "证据等级 B：人在客户地址附近、定位准、时间和计划相符" in zhangsan.reads()[0]
    [fix] = rows(floor.muster, LocationFix)
    assert (fix.standing, fix.purpose) == ("inside", "visit_in")


def test_who_is_far_away_is_not_refused(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    floor.clock.at("15:00")
    zhangsan.opens_chat(*FAR)

    zhangsan.says("到了")

    assert "证据等级 D：人不在客户地址附近" in zhangsan.reads()[0]


def test_a_location_that_comes_afterwards_is_added(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    floor.clock.at("15:00")
    zhangsan.says("到了")
    assert "还没有收到位置：点菜单「发位置打卡」发一次就补上。" in zhangsan.reads()[0]

    zhangsan.sends_location(*NEXT_DOOR, "楼下")

    assert "证据等级 C：人在客户地址附近、位置是在地图上选的" in zhangsan.reads()[0]
    zhangsan.sends_location(*NEXT_DOOR, "楼下")
    zhangsan.sees("你还在客户王*那里（1001）\n位置收到了。要离开，点一下。\n[离开]")


def test_a_short_visit_is_kept_and_said_to_be_short(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    floor.clock.at("15:00")
    zhangsan.says("到了")
    zhangsan.news()
    floor.clock.at("15:03")

    zhangsan.says("离开")

    assert "不到 5 分钟，已照实记下，不算有效拜访。" in zhangsan.reads()[0]
    zhangsan.says("离开")
    zhangsan.sees("现在没有在拜访的客户。到了客户那里，发「到了」。")


def test_a_mistaken_check_in_is_taken_back(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    floor.clock.at("14:50")
    zhangsan.says("到了")
    zhangsan.news()
    floor.clock.at("14:52")

    zhangsan.says("撤销")

    zhangsan.sees("已撤销：1001 客户王*处的签到不算，15:00 的拜访还在计划里。")
    assert attempts(floor) == []
    [plan] = rows(floor.muster, FollowUp)
    assert plan.state == FollowUpState.OPEN
    floor.clock.at("14:58")
    zhangsan.says("到了")
    assert len(attempts(floor)) == 1


def test_what_was_left_is_no_mistake_any_more(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    floor.clock.at("15:00")
    zhangsan.says("到了")
    floor.clock.at("15:04")
    zhangsan.says("离开")
    zhangsan.news()

    zhangsan.says("撤销")

    assert "这次拜访已经离开或记了结果，撤不了" in zhangsan.reads()[0]


def test_a_visit_that_is_not_lawful_now_does_not_begin(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    floor.clock.at("22:30")

    zhangsan.says("到了 1001")

    assert "现在不能联系" in zhangsan.reads()[0]
    assert attempts(floor) == []
    assert rows(floor.muster, Visit) == []


def test_customers_nearby_are_offered_to_who_planned_nothing(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    floor.clock.at("10:10")
    number = floor.case(owner="zhangsan", name="李雷", phone="13800138001")
    lives_at(floor, number, *FAR)
    zhangsan.says("撤销")
    floor.clock.at("2026-03-03 15:00")
    zhangsan.news()
    zhangsan.says("到了")
    assert "今天没有约好的拜访。" in zhangsan.reads()[0]

    zhangsan.opens_chat(*locations_wgs(FAR))
    zhangsan.says("到了")

    [card] = zhangsan.reads()
    assert card.startswith("今天没有约好的拜访，是附近这几位吗？\n1002 客户李*，")
    assert card.endswith("\n点一下就签到，按没有约过的拜访记。\n[1002 李*]")
    zhangsan.taps_card("visit_in:1002")
    assert "已到客户李*处（1002）\n客户李*，事由：沟通还款\n证据等级 B" in zhangsan.reads()[-1]
    zhangsan.says("到了 1001")
    zhangsan.sees("你还在客户李*那里（1002），先发「离开」。")


def locations_wgs(point: tuple[float, float]) -> tuple[float, float]:
    """About where a phone says that it is, in its own system, at a point of the map."""
    there = locations.canonical(*point, "wgs84")
    return 2 * point[0] - there.latitude, 2 * point[1] - there.longitude


def test_a_picture_sent_meanwhile_speaks_for_the_visit(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    floor.clock.at("14:55")
    zhangsan.sends_location(*NEXT_DOOR, "楼下")
    zhangsan.news()

    zhangsan.post(zhangsan.message("image", MediaId="m1", PicUrl="http://p"))

    [card] = zhangsan.reads()
    assert card.startswith("收到照片，是在客户王*处拍的吗？")
    [fetch] = rows(floor.muster, MediaFetch)
    ticket = str(fetch.ticket)
    with floor.muster.database.writing() as session:
        files.finish_fetch(
            session, ticket=ticket, content=PNG, name="门.png", at=floor.clock.now(), policy=floor.policy
        )
    [visit] = rows(floor.muster, Visit)
    zhangsan.taps_card(f"visit_photo:{ticket}.{visit.id}")
    zhangsan.sees(
        "(按钮:已放好)",
        "照片放好了，在 1001 的材料里。"
        "证据等级 B：人在客户地址附近、时间和计划相符、位置是在地图上选的、有现场照片。",
    )
    [visit] = rows(floor.muster, Visit)
    assert visit.photos == 1


def test_a_location_may_mean_the_office_as_well(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    floor.clock.at("10:20")

    zhangsan.sends_location(*FAR, "路上")

    zhangsan.sees(
        "这个位置是拜访，还是上班打卡？\n15:00 1001 客户王*\n位置先记着，点一下就用上。\n[1001 王*][上班打卡]"
    )
    zhangsan.taps_card("check_in")
    assert "打卡成功" in zhangsan.reads()[-1]


def test_a_visit_of_somebody_elses_case_looks_like_none(floor: Floor) -> None:
    floor["lisi"].says("到了 1001")

    floor["lisi"].sees("没有找到案件 1001，请核对编号。")


def test_a_planned_visit_stands_for_the_office(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    zhangsan.says("计划上门 1001 明天上午9点")
    with floor.muster.database.writing() as session:
        me = staff.find_employee(session, "zhangsan", at=floor.clock.now())
        assert me is not None
        shift = attendance.add_shift(
            session, name="白班", starts_at=time(9), ends_at=time(18), needs_out=False
        )
        attendance.assign_shift(session, employee=me, shift=shift)
    floor.clock.at("2026-03-03 09:01")
    zhangsan.says("到了")
    floor.clock.at("09:40")
    zhangsan.says("离开")

    with floor.muster.database.reading() as session:
        found = attendance.day_statuses(
            session,
            [me.id],
            [floor.clock.now().date()],
            at=floor.clock.now(),
            policy=floor.policy.checkin,
            calendar=floor.calendar,
        )
    assert found[me.id][0].marks == (Mark.FIELD,)


def test_the_same_tap_from_the_page_counts_once(floor: Floor, client: FlaskClient) -> None:
    floor.clock.at("15:00")
    asks = {"headers": {"Authorization": f"Bearer {Tokens(floor.muster).issue('zhangsan')}"}}
    said = {"case": 1001, "latitude": HOME[0], "longitude": HOME[1], "accuracy": 20, "key": "tap-00000001"}

    told = [client.post("/api/v1/visits", json=said, **asks) for _ in range(2)]  # type: ignore[arg-type]

    assert [one.status_code for one in told] == [201, 201]
    first, again = (one.get_json()["result"] for one in told)
    assert (first["visit"], first["grade"]) == (again["visit"], "B")
    assert len(attempts(floor)) == 1
    left = client.post("/api/v1/visits/leave", **asks)  # type: ignore[arg-type]
    assert left.get_json()["result"]["lacks"] == ["short", "no_note"]


def test_what_waited_on_the_phone_counts_from_its_own_moment_and_once(
    floor: Floor, client: FlaskClient
) -> None:
    headers = {"Authorization": f"Bearer {Tokens(floor.muster).issue('zhangsan')}"}
    latitude, longitude = NEXT_DOOR
    there = {"latitude": latitude, "longitude": longitude, "accuracy": 20, "device": "phone-of-zhangsan"}
    floor.clock.at("16:00")
    sent = {"sent_at": "2026-03-02T08:00:00Z"}
    arrival = {**there, **sent, "case": 1001, "key": "tap-00000001", "at": "2026-03-02T06:58:00Z"}
    departure = {**there, **sent, "at": "2026-03-02T07:20:00Z"}

    for _ in range(2):
        assert client.post("/api/v1/visits", json=arrival, headers=headers).status_code == 201
    left = client.post("/api/v1/visits/departure", json=departure, headers=headers).get_json()
    assert left["message"].startswith("15:20 已离开客户王*处，停留 22 分钟")
    again = client.post("/api/v1/visits/departure", json=departure, headers=headers)

    assert again.get_json()["error"]["code"] == "not_inside"
    [visit], [attempt] = rows(floor.muster, Visit), attempts(floor)
    assert (visit.planned_at.hour, f"{visit.in_at:%H:%M}", f"{visit.out_at:%H:%M}") == (15, "14:58", "15:20")
    assert f"{attempt.at:%H:%M}" == "14:58"
    fix = rows(floor.muster, LocationFix)[0]
    assert (fix.standing, f"{fix.at:%H:%M}", f"{fix.received_at:%H:%M}") == ("inside", "14:58", "16:00")
    assert "sent_late" in fix.reasons


def test_the_page_lists_the_visits_of_today_and_the_one_that_goes_on(
    floor: Floor, client: FlaskClient
) -> None:
    def page() -> str:
        with client.session_transaction() as browser:
            browser["who"], browser["fresh"] = "zhangsan", True
        return client.get("/app/checkin").get_data(as_text=True)

    assert "15:00 1001 客户王*，谈分期" in page()
    floor.clock.at("14:55")
    floor["zhangsan"].says("到了 1001")
    assert "14:55 到了 1001 客户王*，谈分期" in page()
    floor["zhangsan"].says("离开")
    assert "今天的拜访" not in page()
    floor["zhangsan"].news()
