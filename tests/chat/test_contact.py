"""停止联系, 同意时段, 计划上门 and 联系规则, as they are asked."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models import contact, secrecy
from models.cases import FollowUp, FollowUpState
from models.contact import ContactConsent, Debtor
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two branches at work, at no full hour; 张三 has cases 1001 and 1002 of 王小明."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    for _ in range(2):
        floor.case(owner="zhangsan", name="王小明")
    return floor


def says(floor: Floor, words: str, account: str = "zhangsan") -> list[str]:
    """What is answered to some words."""
    floor[account].says(words)
    return floor[account].reads()


def test_a_stop_holds_for_every_case_until_compliance_lifts_it(floor: Floor, muster: Muster) -> None:
    says(floor, "下次 1002 明天上午10点")
    assert says(floor, "停止联系 1001 本人要求，别再打了") == [
        "1001 王*已停止联系：本人要求。马上生效，他的所有案件都不能再联系，约好的跟进已取消。只有合规能解除。"
    ]

    assert rows(muster, Debtor)[0].stopped_why == "request"
    assert [one.state for one in rows(muster, FollowUp)] == [FollowUpState.CANCELLED]
    assert says(floor, "拨打 1002") == ["现在不能联系：这位债务人已停止联系（国家标准 2026.1）。"]
    assert says(floor, "下次 1002 明天上午10点") == [
        "现在不能联系：这位债务人已停止联系（国家标准 2026.1）。"
    ]
    assert "权限" in says(floor, "解除停止 1001 搞错了", "boss")[0]

    assert says(floor, "解除停止 1002 已核实", "fenghegui") == ["1002 王*可以联系了。"]
    floor["zhangsan"].sees("1002 王*的停止联系已由冯合规解除，可以按联系规则继续。")
    assert says(floor, "解除停止 1002", "fenghegui") == ["没有停止联系，不用解除。"]


def test_without_a_reason_it_is_asked_for(floor: Floor, muster: Muster) -> None:
    floor["zhangsan"].says("停止联系 1001")
    floor["zhangsan"].sees(
        "为什么停止联系 1001？\n停了以后谁都不能再联系他，约好的跟进全部取消，只有合规能解除。"
        "有争议、投诉或身故，请发「停催 1001」。\n[本人要求][委托律师][不是本人][风险名单][其他]"
    )
    floor["zhangsan"].taps_card("stop_contact:1001.lawyer")

    assert floor["zhangsan"].reads()[0] == "(按钮:已停止联系)"
    assert rows(muster, Debtor)[0].stopped_why == "lawyer"


def test_customer_service_stops_and_the_owner_hears_of_it(floor: Floor) -> None:
    says(floor, "停止联系 1001 委托律师处理", "zhengkefu")

    floor["zhangsan"].sees("1001 王*已停止联系：委托律师（郑客服登记）。不要再打，约好的跟进已取消。")


def test_hours_agreed_to_hold_until_they_are_taken_back(floor: Floor, muster: Muster) -> None:
    assert says(floor, "同意时段 1001 22:00-23:00 到 3月31日 录音A17") == [
        "记下了：1001 本人同意 22:00–23:00 联系，到 3月31日 周二 为止，凭据「录音A17」。"
        "本人随时可以收回，发「撤回同意 1001」。"
    ]
    floor.clock.at("22:30")
    assert "13800138000" in says(floor, "拨打 1001")[0]
    floor.clock.at("2026-03-31 22:30")
    assert "13800138000" in says(floor, "拨打 1001")[0]
    floor.clock.at("2026-04-01 22:30")
    assert says(floor, "拨打 1001")[0].startswith("现在不能联系：只能在 08:00–22:00 联系")

    says(floor, "同意时段 1001 晚上10点到11点 到 4月30日 录音A18")
    assert says(floor, "撤回同意 1001") == ["1001 本人同意的时段已撤回，马上生效。"]
    assert says(floor, "拨打 1001")[0].startswith("现在不能联系：只能在 08:00–22:00 联系")
    assert says(floor, "撤回同意 1001") == ["没有登记过同意的时段，不用撤回。"]
    with muster.database.reading() as session:
        kept = [
            secrecy.open_text(session, f"debtor:{one.debtor_id}", one.evidence)
            for one in rows(muster, ContactConsent)
        ]
    assert kept == ["录音A17", "录音A18"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (
            "同意时段 1001",
            "写上案件编号、时段、到哪天为止和凭据，如「同意时段 1001 22:00-23:00 到 3月31日 录音A17」。",
        ),
        (
            "同意时段 1001 22:00-23:00 到 3月31日",
            "要有凭据：写上录音或书面的编号，如「同意时段 1024 22:00-23:00 到 3月31日 录音A17」。",
        ),
        (
            "同意时段 1001 9:00-10:00 到 3月31日 录音A17",
            "08:00–22:00 本来就可以联系，不用登记同意。同意的时段要在这之外，如 22:00-23:00。",
        ),
        (
            "同意时段 1001 22:00-23:00 到 12月31日 录音A17",
            "同意的时段从现在算起最长 180 天，请写一个更早的截止日期，而且要在今天之后。",
        ),
    ],
)
def test_what_is_missing_of_a_consent_is_said(floor: Floor, words: str, answer: str) -> None:
    assert says(floor, words) == [answer]


def test_a_reminder_to_call_at_night_is_not_planned(floor: Floor, muster: Muster) -> None:
    assert says(floor, "下次 1001 今天晚上10点半") == [
        "现在不能联系：只能在 08:00–22:00 联系（国家标准 2026.1）。\n明天 08:00 以后可以。"
    ]
    assert rows(muster, FollowUp) == []


def test_visits_are_planned_within_the_rules_and_lifted_by_a_supervisor(floor: Floor) -> None:
    assert says(floor, "计划上门 1001 今天下午3点") == ["好的，1001 3月2日 周一 15:00 上门，到时提醒你。"]
    floor["zhangsan"].says("计划上门 1001 今天晚上10点")
    assert floor["zhangsan"].reads()[0].startswith("现在不能联系：只能在 08:00–22:00 联系")
    with floor.muster.database.writing() as session:
        contact.record(
            session,
            actor=floor.employee("zhangsan"),
            debtor=session.get_one(Debtor, 1),
            contact=None,
            channel=contact.ContactChannel.VISIT,
            direction=contact.Direction.OUT,
            at=floor.clock.now(),
            policy=floor.policy,
        )

    assert says(floor, "计划上门 1001 今天下午4点") == [
        "现在不能联系：今天已经上门 1 次（国家标准 2026.1）。\n明天 08:00 以后可以。\n急的话请主管放行。"
    ]
    assert "权限" in says(floor, "放行上门 1001 今天下午4点")[0]
    assert says(floor, "放行上门 1001 今天下午4点", "boss") == [
        "已放行：1001 3月2日 周一 16:00 可以再上门一次，到时提醒跟案件的人。"
    ]
    assert says(floor, "放行上门 1001 今天晚上11点", "boss")[0].startswith("现在不能联系")
    assert "1001" in says(floor, "放行上门 1001 今天下午4点", "farboss")[0]


def test_a_visit_that_was_allowed_may_be_put_off_on_the_same_day(floor: Floor, muster: Muster) -> None:
    with muster.database.writing() as session:
        contact.record(
            session,
            actor=floor.employee("zhangsan"),
            debtor=session.get_one(Debtor, 1),
            contact=None,
            channel=contact.ContactChannel.VISIT,
            direction=contact.Direction.OUT,
            at=floor.clock.now(),
            policy=floor.policy,
        )
    says(floor, "放行上门 1001 今天下午4点", "boss")
    floor.everybody_reads()
    floor.clock.at("16:05")

    floor["zhangsan"].taps("case_snooze:1.30")

    [visit] = rows(muster, FollowUp)
    assert f"{visit.due_at:%m-%d %H:%M}" == "03-02 16:35"
    floor.everybody_reads()


def test_what_is_still_possible_today(floor: Floor) -> None:
    assert says(floor, "联系规则 1001") == [
        "1001 王*，按「国家标准 2026.1」：\n现在可以打电话。\n时间 08:00–22:00\n"
        "和本人说上话：今天 0 次，最多 3 次\n短信和企业微信：今天 0 条，最多 2 条\n"
        "上门：今天 0 次，最多 1 次\n第三人：还没失联，不能找"
    ]
    floor.clock.at("22:00")
    assert "现在不能打：只能在 08:00–22:00 联系。明天 08:00 以后可以。" in says(floor, "联系规则 1001")[0]


def test_the_same_by_the_api(floor: Floor, muster: Muster, client: FlaskClient) -> None:
    def calls(account: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = client.open(
            f"/api/v1/cases/1001/{path}",
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {Tokens(muster).issue(account)}"},
        )
        return answer.status_code, answer.json.get("result")

    agreed = {"begin": "22:00", "end": "23:00", "until": "2026-03-31", "evidence": "录音A17"}
    assert calls("zhangsan", "POST", "consents", agreed) == (201, {"consent": 1})
    status, left = calls("zhangsan", "GET", "contact-rules")
    assert (status, left["pack"], left["calls"]) == (200, "standard@2026.1", {"made": 0, "most": 3})
    assert [one["begin"] for one in left["consents"]] == ["22:00"]
    assert calls("zhangsan", "DELETE", "consents")[0] == 200
    assert calls("zhangsan", "POST", "visits", {"due_at": "2026-03-02T15:00:00+08:00"})[0] == 201
    assert calls("boss", "POST", "visits/lift", {"due_at": "2026-03-02T16:00:00+08:00"})[0] == 201
    assert calls("zhangsan", "POST", "visits/lift", {"due_at": "2026-03-02T16:00:00+08:00"})[0] == 403
    assert calls("zhangsan", "POST", "stop-contact", {"why": "request"})[0] == 200
    assert calls("boss", "DELETE", "stop-contact")[0] == 403
    assert calls("fenghegui", "DELETE", "stop-contact")[0] == 200
    assert calls("yuansan", "POST", "stop-contact", {"why": "request"})[0] == 404
    floor.everybody_reads()


def test_the_history_names_the_rules_that_a_contact_broke(floor: Floor) -> None:
    floor.clock.at("22:30")
    says(floor, "催记 1001 没人接")

    assert "没人接（已标记：休息时间）" in says(floor, "历史 1001")[0]
