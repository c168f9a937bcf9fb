"""招聘报表, as it is asked."""

import io
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from bot.app import Muster
from bot.channels.base import GatewayError
from models import messaging, notices, recruiting
from models.audit import AuditEvent
from models.candidates import Application
from models.messaging import OutboundMessage
from models.notices import CandidateNotice, NoticeReply
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock, rows

CARD = "要看每一条记录？\n表格里有每次缺席、每条通知和回话、各环节、各人办了多少。\n[看记录]"


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """The branch that hires."""
    return Recruiters(muster, client, messenger, clock)


def tells(office: Recruiters, application: int, event: str, **more: Any) -> CandidateNotice | None:
    """The bot is to tell who applied that there is news."""
    with office.writing() as session:
        found = session.get_one(Application, application)
        return notices.plan(
            session,
            person=office.person(session, application),
            application=found,
            event=event,
            template=more.pop("template", "update"),
            values=more.pop("values", {"answer": "笔试安排好了"}),
            at=office.now,
            policy=office.policy,
            **more,
        )


def book(office: Recruiters) -> CalamineWorkbook:
    """The newest file that was sent."""
    sent = [one for one in rows(office.muster, OutboundMessage) if "file" in one.payload]
    with office.muster.database.reading() as session:
        content = messaging.kept_content(session, sent[-1].payload["file"]["media_id"]["attachment"])
    assert content is not None
    return CalamineWorkbook.from_filelike(io.BytesIO(content))


def sheet(office: Recruiters, name: str) -> list[list[Any]]:
    """The rows of one of its sheets, without the notes and the head."""
    lines = book(office).get_sheet_by_name(name).to_python()
    notes = 3 if str(lines[2][0]).startswith(("「", "一般", "后来", "平台", "回话", "几分钟")) else 2
    return lines[notes + 1 :]


def test_absences_are_told_by_reason_and_receipts_are_kept_apart_from_claims(office: Recruiters) -> None:
    rain, high, lost = office.applies("林小雨"), office.applies("高远"), office.applies("周未到")
    office.applies("别处人", unit="城东分公司")
    for application in (rain, high, lost):
        office.arranges(application)
    office.hours_pass(1.5)
    office.hands_in(rain)
    with office.writing() as session:
        stage = session.merge(office.stage(lost))
        recruiting.notice_failed(session, stage=stage, at=office.now, policy=office.policy)
    office.hours_pass(0.1)

    office["north"].says("招聘报表")
    text = (
        "招聘报表（你的范围），2026年3月1日 周日 到 3月31日 周二\n新应聘 3 份，录取 0 份，缺席 3 次。\n"
        "缺席的原因：生病 1 次，通知没有送到（按送达记录） 1 次，没有说明 1 次\n"
        "走到哪一步：AI面试 3 人、过了 0 人\n通知 3 条：送到 100%，有动静 0%，回话 0%\n"
        "从有事到发出：一半 0 分钟以内，九成 0 分钟以内；没有超过 120 分钟的\n"
        "重复的通知：拦下 0 次，真的发重 0 条"
    )
    office["north"].sees(text, CARD)
    office.hours_pass(0.1)
    office["north"].sees("[image]")
    office["north"].says("招聘报表 导出")
    office.hours_pass(0.1)
    office["north"].sees(text, "[file]")

    assert sheet(office, "缺席记录") == [
        ["A1", "林*", "AI面试", "2026-03-02 10:03", "生病"],
        ["A2", "高*", "AI面试", "2026-03-02 10:03", "没有说明"],
        ["A3", "周*", "AI面试", "2026-03-02 10:03", "通知没有送到（按送达记录）"],
    ]
    assert "recruiting.export" in {event.action for event in rows(office.muster, AuditEvent)}
    status, told = office.calls("east", "GET", "/hiring-report")
    assert (status, told["applied"], told["reasons"]) == (200, 1, {})


def test_somebody_who_misses_twice_was_absent_twice(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.misses(rain)
    request = office.hands_in(rain)
    office.acts("north", recruiting.approve, request_id=request)
    office.misses(rain)

    status, told = office.calls("north", "GET", "/hiring-report")

    assert (status, told["missed"], told["reasons"]) == (200, 2, {"ill": 1, "unexplained": 1})


def test_where_nothing_has_happened_that_is_said(office: Recruiters) -> None:
    office["north"].says("招聘报表")

    office["north"].sees(
        "招聘报表（你的范围），2026年3月1日 周日 到 3月31日 周二\n新应聘 0 份，录取 0 份，缺席 0 次。\n"
        "这段时间没有发过通知。"
    )


def test_who_applied_and_came_nowhere_makes_no_picture(office: Recruiters) -> None:
    office.applies("林小雨")

    office["north"].says("招聘报表 本周")
    office.hours_pass(0.1)

    text, card, picture = office["north"].reads()
    assert text.startswith(
        "招聘报表（你的范围），2026年3月2日 周一 到 3月8日 周日\n新应聘 1 份，录取 0 份，缺席 0 次。"
    )
    assert card == CARD
    assert picture == "还没有人来过哪个环节，也没有人缺席，没有图可画。"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("上周", "招聘报表（你的范围），2026年2月23日 周一 到 3月1日 周日"),
        ("二月", "招聘报表（你的范围），2026年2月1日 周日 到 2月28日 周六"),
        ("十月", "招聘报表（你的范围），2025年10月1日 周三 到 10月31日 周五"),
        ("城北分公司 上月", "招聘报表（城北分公司），2026年2月1日 周日 到 2月28日 周六"),
        ("城东分公司", "「城东分公司」：没有这个单位或时间，或者不在你的范围里。"),
        ("阿尔法公司", "「阿尔法公司」：没有这个单位或时间，或者不在你的范围里。"),
        ("2027年1月", "2027年1月1日 周五还没到。"),
    ],
)
def test_the_time_and_the_unit_are_said_in_words(office: Recruiters, asked: str, told: str) -> None:
    office["north"].says(f"招聘报表 {asked}")

    assert office["north"].reads()[0].startswith(told)


def test_notices_are_measured_from_their_cause_to_the_reply(office: Recruiters, letterbox: Messenger) -> None:
    letterbox.fails_with = GatewayError("isv.MOBILE_NUMBER_ILLEGAL")
    rain, high, lost = office.applies("林小雨"), office.applies("高远"), office.applies("周未到")
    for application in (rain, high):
        office.candidate(application).says("你好")
    for application in (rain, high, lost):
        tells(office, application, "news")
    tells(office, rain, "news")
    tells(office, high, "news again")
    office.hours_pass(0.1)
    office.candidate(rain).says("收到，一定准时到！")
    office.candidate(high).says("请问几点开始？")
    office.hours_pass(0.1)
    assert office["north"].reads()[0].startswith("周未到没收到")

    office["north"].says("招聘报表 本月")

    text, _ = office["north"].reads()
    lines = text.split("\n")
    assert lines[2] == "通知 4 条：送到 75%，有动静 75%，回话 50%（期待 1，提问 1）"
    assert lines[3] == "从有事到发出：一半 0 分钟以内，九成 0 分钟以内；没有超过 120 分钟的"
    assert lines[4] == "重复的通知：拦下 1 次，真的发重 1 条"
    assert [(one.kind, one.hits) for one in rows(office.muster, NoticeReply)] == [
        ("expectation", ["准时", "收到"]),
        ("question", ["?", "几点", "请问"]),
    ]
    office["north"].taps_card("hiring_records:2026-03-01:2026-04-01:0")
    office.hours_pass(0.1)
    office["north"].sees("表格马上发来。", "[image]", "[file]")
    assert sheet(office, "各种通知") == [["进度更新", 4.0, 3.0, 3.0, 2.0, 50.0, 1.0, 1.0, 0.0, 0.0]]
    assert sheet(office, "通知记录")[0][2:] == [
        "林*", "进度更新", "2026-03-02 09:03", 0.0, "服务号已读", 1.0, "期待（准时、收到）"
    ]  # fmt: skip


def test_what_has_not_left_in_time_is_told_to_who_leads(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    tells(office, rain, "pass:ai", template="pass", values={"contact": "王人事"})
    office.hours_pass(0.1)
    [missing] = office["north"].reads()
    assert missing.startswith("林小雨的「通过通知」缺报到时间")

    office.hours_pass(2.1)

    office["head"].sees(
        "林小雨的「通过通知」超过 120 分钟还没发出\n缺内容，等人事补。请催一下，或打电话告诉本人。\n[已处理]"
    )
    office["north"].says("补通知 1 报到时间：3月9日")
    office["north"].reads()
    office.hours_pass(0.1)
    office["north"].says("通知待办")
    office["north"].sees("没有要跟进的。")
    _, told = office.calls("north", "GET", "/hiring-report")
    assert told["notices"]["latency_minutes"]["median"] > 120
    assert (told["notices"]["late"], told["notices"]["target_minutes"]) == (1, 120)


def test_who_gave_up_without_a_notice_is_counted_and_another_order_is_proposed(
    office: Recruiters, letterbox: Messenger
) -> None:
    letterbox.fails_with = GatewayError("isv.MOBILE_NUMBER_ILLEGAL")
    gone = [office.applies(name) for name in ("林小雨", "高远", "周未到")]
    told = office.applies("吴收到")
    office.candidate(told).says("你好")
    for application in (*gone, told):
        tells(office, application, "news")
    office.hours_pass(1.5)
    for application in gone:
        office.asks(application, recruiting.give_up, application_id=application, policy=office.policy)
    office["north"].reads()

    office["north"].says("招聘报表")

    lines = office["north"].reads()[0].split("\n")
    assert "本人放弃 3 份，其中没收到通知的 3 份" in lines
    assert lines[-1] == (
        "建议：好几位因为没收到通知缺席或放弃，服务号比短信送到的多。"
        "报名时就请候选人关注服务号并绑定，先走服务号。"
    )


def test_who_decided_how_much_and_whose_strength_told_is_in_the_table(office: Recruiters) -> None:
    rain, high = office.applies("林小雨"), office.applies("高远")
    office.scores(rain, 90)
    office.scores(high, 61)
    for application in (rain, high):
        passed = application == rain
        office.acts(
            "north", recruiting.decide_stage, application_id=application, passed=passed, reason="面谈的印象"
        )

    office["north"].says("招聘报表 导出")
    office.hours_pass(0.1)
    office["north"].reads()

    assert sheet(office, "各人办了多少") == [["白城北", 2.0, 0.0]]
    strengths = {row[0]: row[2:] for row in sheet(office, "强项和后来的通过率")}
    assert strengths["沟通表达"] == [1.0, 1.0, 100.0, 1.0, 2.0, 50.0]


def test_an_interviewer_sees_hiring_and_nothing_of_notices(office: Recruiters) -> None:
    tells(office, office.applies("林小雨"), "news")

    _, told = office.calls("asker", "GET", "/hiring-report")

    assert (told["applied"], told["notices"]) == (1, None)


def test_a_quiet_night_is_no_delay(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.hours_pass(13)
    tells(office, rain, "news", until=office.now + timedelta(days=2))
    office.hours_pass(11)

    _, told = office.calls("north", "GET", "/hiring-report")

    assert (told["notices"]["latency_minutes"]["median"], told["notices"]["late"]) == (0, 0)
