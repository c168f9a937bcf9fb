"""Subscription notices, their accept counter, template administration (protocol 4.3, 4.4)."""

from typing import Any

import pytest

from sandbox.client import Sandbox, SandboxError
from tests.sandbox.scene import ACCOUNT, Api, Bot, account_body

DATA = {"thing1": {"value": "电话催收员"}, "time2": {"value": "2026-03-02 14:00"}}
NOTICE = {"template_id": "S1", "title": "面试提醒", "content": "岗位:{{thing1.DATA}}", "kind": "subscribe"}
LONG = {**NOTICE, "template_id": "S2", "long_term": True}


@pytest.fixture
def subscribed(sandbox: Sandbox, bot: Bot) -> Sandbox:
    """The account with two subscription templates; 陈晨 accepted one message of the first."""
    body = account_body(bot.url)
    body["templates"] += [NOTICE, LONG]
    sandbox.put_account(ACCOUNT, body)
    sandbox.person("oChen").answer_popup(["S1"])
    return sandbox


def bizsend(official: Api, **changes: Any) -> int:
    body = {"touser": "oChen", "template_id": "S1", "data": DATA, **changes}
    return int(official.post("cgi-bin/message/subscribe/bizsend", body)["errcode"])


def test_one_accept_is_one_message(subscribed: Sandbox, official: Api, bot: Bot) -> None:
    assert [bizsend(official), bizsend(official)] == [0, 43101]
    subscribed.person("oChen").answer_popup(["S1"], "reject")
    assert bizsend(official) == 43101
    subscribed.person("oChen").answer_popup(["S1", "S2"])
    subscribed.person("oChen").answer_popup(["S1"])
    assert [bizsend(official) for _ in range(3)] == [0, 0, 43101]
    assert [bizsend(official, template_id="S2") for _ in range(3)] == [0, 0, 0]
    assert [m["text"] for m in subscribed.person("oChen").inbox()][:1] == ["面试提醒\n岗位:电话催收员"]
    assert subscribed.settle()
    answers = [
        e.message.findtext("SubscribeMsgPopupEvent/List/SubscribeStatusString")
        for e in bot.events("subscribe_msg_popup_event")
        if e.message is not None
    ]
    assert answers == ["accept", "reject", "accept", "accept"]
    sent = bot.events("subscribe_msg_sent_event")[0].message
    assert sent is not None
    row = {child.tag: child.text for child in sent.find("SubscribeMsgSentEvent/List") or []}
    assert (row["TemplateId"], row["ErrorCode"], row["ErrorStatus"]) == ("S1", "0", "success")


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (0, {}),
        (0, {"page": "https://example.com"}),
        (41030, {"page": "example"}),
        (40003, {"touser": "nobody"}),
        (40037, {"template_id": "S9"}),
        (40037, {"template_id": "T1"}),
        (47003, {"data": {}}),
        (47003, {"data": {"thing1": {"value": "字" * 21}}}),
        (40165, {"miniprogram": {"pagepath": "p"}}),
        (43101, {"touser": "oZhou"}),
        (43101, {"template_id": "S2"}),
    ],
)
def test_bizsend(subscribed: Sandbox, official: Api, code: int, changes: dict[str, Any]) -> None:
    assert bizsend(official, **changes) == code


def test_a_subscription_template_is_no_template_message(subscribed: Sandbox, official: Api) -> None:
    body = {"touser": "oChen", "template_id": "S1", "data": DATA}
    assert official.post("cgi-bin/message/template/send", body)["errcode"] == 40037


def test_people_refuse_notices_in_the_settings(subscribed: Sandbox, official: Api, bot: Bot) -> None:
    subscribed.person("oChen").act("notices", on=False)
    assert bizsend(official) == 43107
    subscribed.settings(subscribe_main_switch_errcode=43108)
    assert bizsend(official) == 43108
    subscribed.person("oChen").act("notices", on=True, refuse=["S1"])
    assert bizsend(official) == 43101
    assert subscribed.settle()
    assert len(bot.events("subscribe_msg_change_event")) == 1
    with pytest.raises(SandboxError, match="没有订阅模板"):
        subscribed.person("oChen").answer_popup(["S9"])


def test_one_time_subscription_is_another_thing(sandbox: Sandbox, official: Api) -> None:
    def send(**changes: Any) -> int:
        body = {
            "touser": "oChen",
            "template_id": "once",
            "scene": 5,
            "title": "进度",
            "data": {"content": {"value": "已到初面"}},
        }
        return int(official.post("cgi-bin/message/template/subscribe", {**body, **changes})["errcode"])

    assert send() == 43101
    sandbox.person("oChen").act("confirm-once", template_id="once", scene=5)
    assert [send(title=""), send(scene=20000), send(data={}), send(scene=6), send(), send()] == [
        47003,
        40035,
        47003,
        43101,
        0,
        43101,
    ]


def test_templates_are_taken_and_given_back(official: Api) -> None:
    add = {"template_id_short": "43", "keyword_name_list": ["岗位", "时间"]}
    added = official.post("cgi-bin/template/api_add_template", add)["template_id"]
    rows = official.get("cgi-bin/template/get_all_private_template")["template_list"]
    assert [row["template_id"] for row in rows] == ["T1", added]
    assert rows[1]["content"] == "岗位:{{thing1.DATA}}\n时间:{{time2.DATA}}"
    assert official.post("cgi-bin/template/api_add_template", {"template_id_short": "?"})["errcode"] == 40037
    wrong = {"template_id_short": "43", "keyword_name_list": ["薪资"]}
    assert official.post("cgi-bin/template/api_add_template", wrong)["errcode"] == 40035
    gone = {"template_id": added}
    assert [official.post("cgi-bin/template/del_private_template", gone)["errcode"] for _ in "ab"] == [
        0,
        40037,
    ]
    for _ in range(24):
        assert official.post("cgi-bin/template/api_add_template", add)["errcode"] == 0
    assert official.post("cgi-bin/template/api_add_template", add)["errcode"] == 45026


def test_subscription_templates_are_taken_and_given_back(official: Api) -> None:
    assert official.get("wxaapi/newtmpl/getcategory")["data"]
    titles = official.get("wxaapi/newtmpl/getpubtemplatetitles", ids="307", start=0, limit=30)
    tid = titles["data"][0]["tid"]
    assert (
        official.get("wxaapi/newtmpl/getpubtemplatetitles", ids="307", start=0, limit=31)["errcode"] == 40035
    )
    keywords = official.get("wxaapi/newtmpl/getpubtemplatekeywords", tid=tid)
    assert keywords["count"] == 3
    assert official.get("wxaapi/newtmpl/getpubtemplatekeywords", tid=9)["errcode"] == 40037
    body = {"tid": str(tid), "kidList": [1, 2], "sceneDesc": "面试"}
    added = official.post("wxaapi/newtmpl/addtemplate", body)["priTmplId"]
    assert official.post("wxaapi/newtmpl/addtemplate", {**body, "kidList": [1]})["errcode"] == 40035
    assert [row["priTmplId"] for row in official.get("wxaapi/newtmpl/gettemplate")["data"]] == [added]
    gone = {"priTmplId": added}
    assert [official.post("wxaapi/newtmpl/deltemplate", gone)["errcode"] for _ in "ab"] == [0, 40037]


def test_industry(official: Api) -> None:
    body = {"industry_id1": "1", "industry_id2": "16"}
    assert official.post("cgi-bin/template/api_set_industry", body)["errcode"] == 0
    assert (
        official.get("cgi-bin/template/get_industry")["primary_industry"]["second_class"] == "互联网/电子商务"
    )
    assert official.post("cgi-bin/template/api_set_industry", {"industry_id1": "x"})["errcode"] == 40035
