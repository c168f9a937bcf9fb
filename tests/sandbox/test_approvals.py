"""Approvals: forms, the way through the approvers, both callbacks (protocol 2.5, 3.13)."""

from typing import Any

import pytest

from sandbox.client import Sandbox, SandboxError
from tests.sandbox.scene import AGENT, CORP, Api, Bot, corp_body

REASON = {"control": "Text", "id": "Text-1", "value": {"text": "换班申请"}}
DAY = {"control": "Date", "id": "Date-1", "value": {"date": {"type": "day", "s_timestamp": "1772380800"}}}
FILES = {"control": "File", "id": "File-1", "value": {"files": [{"file_id": "f"}] * 7}}
SUMMARY = [{"summary_info": [{"text": "换班", "lang": "zh_CN"}]}]
TEMPLATE = {
    "name": "换班",
    "controls": [
        {"control": "Text", "id": "Text-1", "title": "事由", "require": 1},
        {"control": "Date", "id": "Date-1", "title": "日期"},
        {"control": "File", "id": "File-1", "title": "附件"},
    ],
    "approvers": [{"attr": 1, "userid": ["zhangwei"]}],
    "notifyers": ["wangfang"],
}


@pytest.fixture
def office(sandbox: Sandbox, bot: Bot) -> Sandbox:
    """The company with a form, and a second approver."""
    sandbox.call("PUT", f"corps/{CORP}/members/wangfang", {"name": "王芳", "department": [1]})
    sandbox.call("PUT", f"corps/{CORP}/approval-templates/3Tk1", TEMPLATE)
    sandbox.call("PUT", f"corps/{CORP}/approval-templates/sys", {**TEMPLATE, "system": True})
    assert sandbox.settle()
    bot.received.clear()
    return sandbox


def apply(wecom: Api, **changes: Any) -> dict[str, Any]:
    body = {
        "creator_userid": "lihua",
        "template_id": "3Tk1",
        "use_template_approver": 0,
        "approver": [{"attr": 2, "userid": ["zhangwei", "wangfang"]}, {"attr": 1, "userid": ["zhangwei"]}],
        "notifyer": ["wangfang"],
        "notify_type": 1,
        "apply_data": {"contents": [REASON, DAY]},
        "summary_list": SUMMARY,
    }
    return wecom.post("cgi-bin/oa/applyevent", {**body, **changes})


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (0, {}),
        (0, {"use_template_approver": 1, "approver": None}),
        (
            0,
            {"approver": None, "process": {"node_list": [{"type": 1, "apv_rel": 1, "userid": ["zhangwei"]}]}},
        ),
        (60111, {"creator_userid": "nobody"}),
        (301026, {"template_id": "none"}),
        (301055, {"template_id": "sys"}),
        (301025, {"apply_data": {"contents": [DAY]}}),
        (301025, {"apply_data": {"contents": [{**REASON, "value": {"text": ""}}]}}),
        (301025, {"apply_data": {"contents": [{**REASON, "id": "Text-9"}]}}),
        (301025, {"apply_data": {"contents": [{**REASON, "control": "Number"}]}}),
        (301025, {"apply_data": {"contents": [REASON, FILES]}}),
        (301025, {"apply_data": {"contents": [REASON, {**DAY, "value": {"date": {"s_timestamp": 1}}}]}}),
        (301025, {"apply_data": None}),
        (301025, {"approver": []}),
        (301025, {"approver": [{"attr": 7, "userid": ["zhangwei"]}]}),
        (301025, {"approver": [{"attr": 1, "userid": ["nobody"]}]}),
        (301025, {"notifyer": ["nobody"]}),
        (301025, {"notify_type": 4}),
        (301025, {"summary_list": []}),
        (301025, {"summary_list": SUMMARY * 4}),
    ],
)
def test_apply(office: Sandbox, wecom: Api, code: int, changes: dict[str, Any]) -> None:
    answer = apply(wecom, **changes)
    assert answer["errcode"] == code, answer
    assert bool(answer.get("sp_no")) == (code == 0)


def test_a_creator_outside_the_visible_range(office: Sandbox, wecom: Api, bot: Bot) -> None:
    body = corp_body(bot.url)
    body["apps"][0]["members"] = ["zhangwei"]
    office.put_corp(CORP, body)
    assert apply(wecom, approver=[{"attr": 1, "userid": ["zhangwei"]}], notifyer=[])["errcode"] == 60011


def test_an_app_that_is_not_listed(office: Sandbox, wecom: Api, bot: Bot) -> None:
    body = corp_body(bot.url)
    body["apps"][0]["approval"] = False
    office.put_corp(CORP, body)
    assert apply(wecom)["errcode"] == 301055


def test_template_shows_its_controls(office: Sandbox, wecom: Api) -> None:
    answer = wecom.post("cgi-bin/oa/gettemplatedetail", {"template_id": "3Tk1"})
    assert answer["template_names"] == [{"text": "换班", "lang": "zh_CN"}]
    first = answer["template_content"]["controls"][0]["property"]
    assert (first["control"], first["id"], first["require"]) == ("Text", "Text-1", 1)
    assert wecom.post("cgi-bin/oa/gettemplatedetail", {"template_id": "x"})["errcode"] == 301026


def told(sandbox: Sandbox, bot: Bot) -> list[tuple[str, str]]:
    """``SpStatus`` and ``StatuChangeEvent`` of every callback so far."""
    assert sandbox.settle()
    found = [event["ApprovalInfo/SpStatus"] for event in bot.events("sys_approval_change")]
    events = [event["ApprovalInfo/StatuChangeEvent"] for event in bot.events("sys_approval_change")]
    return list(zip(found, events, strict=True))


def test_all_of_the_first_step_then_any_of_the_second(office: Sandbox, wecom: Api, bot: Bot) -> None:
    number = apply(wecom)["sp_no"]
    leader, colleague = office.person("zhangwei"), office.person("wangfang")
    with pytest.raises(SandboxError, match="现在不等"):
        office.person("LiHua").decide(number, "agree")
    assert leader.decide(number, "agree", "同意")["status"] == 1
    assert colleague.decide(number, "comment", "快一点")["status"] == 1
    assert office.person("LiHua").decide(number, "urge")["waiting_for"] == ["wangfang"]
    assert colleague.decide(number, "agree")["waiting_for"] == ["zhangwei"]
    assert leader.decide(number, "agree")["status"] == 2
    assert told(office, bot) == [("1", "1"), ("1", "2"), ("1", "10"), ("1", "5"), ("1", "2"), ("2", "2")]
    last = bot.events("sys_approval_change")[-1]
    assert (last["FromUserName"], last["AgentID"]) == ("sys", str(AGENT))
    assert (last["ApprovalInfo/SpNo"], last["ApprovalInfo/Applyer/UserId"]) == (number, "LiHua")
    info = wecom.post("cgi-bin/oa/getapprovaldetail", {"sp_no": number})["info"]
    assert (info["sp_status"], len(info["sp_record"]), info["applyer"]) == (
        2,
        2,
        {"userid": "LiHua", "partyid": "2"},
    )
    assert info["sp_record"][0]["details"][0]["speech"] == "同意"
    assert info["comments"][0]["commentcontent"] == "快一点"
    assert info["apply_data"]["contents"][0]["value"]["text"] == "换班申请"
    assert wecom.post("cgi-bin/oa/getapprovaldetail", {"sp_no": "x"})["errcode"] == 301063


@pytest.mark.parametrize(
    ("steps", "statuses"),
    [
        ([("zhangwei", "reject", "")], [("1", "1"), ("3", "3")]),
        ([("LiHua", "withdraw", "")], [("1", "1"), ("4", "6")]),
        (
            [("zhangwei", "transfer", "wangfang"), ("wangfang", "agree", "")],
            [("1", "1"), ("1", "4"), ("2", "2")],
        ),
        ([("zhangwei", "agree", ""), ("LiHua", "revoke", "")], [("1", "1"), ("2", "2"), ("6", "8")]),
        ([("zhangwei", "add", "wangfang"), ("wangfang", "agree", "")], [("1", "1"), ("1", "12"), ("2", "2")]),
        ([("LiHua", "withdraw", ""), ("LiHua", "delete", "")], [("1", "1"), ("4", "6")]),
    ],
)
def test_ways_a_form_may_go(
    office: Sandbox, bot: Bot, steps: list[tuple[str, str, str]], statuses: list[tuple[str, str]]
) -> None:
    number = office.person("LiHua").submit_approval("3Tk1", [REASON])["no"]
    assert office.person("LiHua").act(f"approvals/{number}/urge")["waiting_for"] == ["zhangwei"]
    assert told(office, bot)[-1] == ("1", "5")
    for userid, action, to in steps:
        office.person(userid).decide(number, action, to=to or None)
    seen = [pair for pair in told(office, bot) if pair[1] != "5"]
    assert seen == statuses


def test_nobody_may_act_out_of_turn(office: Sandbox) -> None:
    number = office.person("LiHua").submit_approval("3Tk1", [REASON])["no"]
    for userid, action in (
        ("wangfang", "agree"),
        ("zhangwei", "withdraw"),
        ("LiHua", "revoke"),
        ("LiHua", "delete"),
    ):
        with pytest.raises(SandboxError):
            office.person(userid).decide(number, action)
    with pytest.raises(SandboxError, match="没有这个动作"):
        office.person("zhangwei").decide(number, "burn")
    with pytest.raises(SandboxError, match="表单不对"):
        office.person("LiHua").submit_approval("3Tk1", [])
    mine = office.call("GET", "people/zhangwei/approvals")
    assert [form["no"] for form in mine["waiting"]] == [number]


def test_numbers_of_an_interval_in_pages(office: Sandbox, wecom: Api) -> None:
    office.set_clock("2026-03-02T09:00:00+08:00", rate=0)
    numbers = [apply(wecom)["sp_no"] for _ in range(3)]
    assert numbers == ["202603020001", "202603020002", "202603020003"]

    def search(**changes: Any) -> dict[str, Any]:
        body = {"starttime": "1772323200", "endtime": "1772496000", "cursor": 0, "size": 2}
        return wecom.post("cgi-bin/oa/getapprovalinfo", {**body, **changes})

    first = search()
    assert (first["sp_no_list"], first["next_cursor"], first["new_next_cursor"]) == (numbers[:2], 2, "2")
    rest = search(cursor=first["next_cursor"])
    assert (rest["sp_no_list"], rest["new_next_cursor"], "next_cursor" in rest) == (numbers[2:], "", False)
    assert search(filters=[{"key": "creator", "value": "nobody"}])["sp_no_list"] == []
    assert search(filters=[{"key": "sp_status", "value": "1"}], size=100)["sp_no_list"] == numbers
    assert search(filters=[{"key": "mood", "value": "1"}])["errcode"] == 301025
    assert search(endtime="1776000000")["errcode"] == 301025
    assert search(starttime="x")["errcode"] == 301025
    assert search(size=101)["errcode"] == 301025


def test_an_app_of_ones_own_approval_engine(office: Sandbox, wecom: Api, bot: Bot) -> None:
    lihua = office.person("LiHua")
    lihua.submit_approval("3Tk1", [REASON], third_no="T-1", agent_id=AGENT)
    with pytest.raises(SandboxError, match="已经用过"):
        lihua.submit_approval("3Tk1", [REASON], third_no="T-1")
    office.person("zhangwei").decide("T-1", "reject", "没空")
    assert office.settle()
    first, last = bot.events("open_approval_change")
    assert [e["ApprovalInfo/OpenSpStatus"] for e in (first, last)] == ["1", "3"]
    assert last["ApprovalInfo/ApprovalNodes/ApprovalNode/Items/Item/ItemSpeech"] == "没空"
    assert (last["ApprovalInfo/ThirdNo"], last["ApprovalInfo/approverstep"]) == ("T-1", "0")
    data = wecom.post("cgi-bin/corp/getopenapprovaldata", {"thirdNo": "T-1"})["data"]
    assert (data["OpenSpstatus"], data["ApprovalNodes"]["ApprovalNode"][0]["NodeStatus"]) == (3, 3)
    assert wecom.post("cgi-bin/corp/getopenapprovaldata", {"thirdNo": "T-2"})["errcode"] == 301063
    assert bot.events("sys_approval_change") == []


def test_vacations(office: Sandbox, wecom: Api) -> None:
    kinds = [{"id": 1, "name": "年假", "time_attr": 0, "duration_type": 0}]
    office.call("PUT", f"corps/{CORP}/vacations", {"vacations": kinds, "quotas": {"LiHua": {"1": 432000}}})
    assert wecom.get("cgi-bin/oa/vacation/getcorpconf")["lists"] == kinds
    [row] = wecom.post("cgi-bin/oa/vacation/getuservacationquota", {"userid": "lihua"})["lists"]
    assert (row["id"], row["leftduration"], row["vacationname"]) == (1, 432000, "年假")
    assert wecom.post("cgi-bin/oa/vacation/getuservacationquota", {"userid": "x"})["errcode"] == 60111
