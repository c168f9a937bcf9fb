"""Callbacks: what arrives, how it is wrapped, how often, what a reply does (protocol sections 1 and 2)."""

import hashlib
import threading
from typing import Any

import pytest

from sandbox.client import Sandbox, SandboxError
from sandbox.envelope import parse_xml, signature, text_of, to_xml
from tests.sandbox.scene import (
    ACCOUNT,
    AGENT,
    BUTTONS,
    CORP,
    TOKEN,
    Api,
    Bot,
    Received,
    account_body,
    corp_body,
)

TIANFU = (30.65742, 104.06584, "天府广场")


def test_text_in_its_envelope(sandbox: Sandbox, bot: Bot) -> None:
    sent = sandbox.person("lihua").say("打卡")
    assert sandbox.settle()
    [received] = bot.received
    outside = parse_xml(received.body)
    assert (text_of(outside, "ToUserName"), text_of(outside, "AgentID")) == (CORP, str(AGENT))
    assert {
        name: received[name] for name in ("ToUserName", "FromUserName", "MsgType", "Content", "AgentID")
    } == {
        "ToUserName": CORP,
        "FromUserName": "LiHua",
        "MsgType": "text",
        "Content": "打卡",
        "AgentID": str(AGENT),
    }
    assert received["MsgId"] == sent["id"]
    assert abs(int(received["CreateTime"]) - int(received.query["timestamp"])) <= 1


def test_failure_is_retried_three_times_with_fresh_nonces(sandbox: Sandbox, bot: Bot) -> None:
    bot.answer = lambda received: (500, "")
    sandbox.person("LiHua").say("打卡")
    assert sandbox.settle()
    assert len(bot.received) == 4
    assert len({r["MsgId"] for r in bot.received}) == 1
    assert len({r.query["nonce"] for r in bot.received}) == 4
    assert [e["outcome"] for e in sandbox.log(kind="callback")] == ["http 500"] * 4


def test_broken_connection_is_retried_until_it_works(sandbox: Sandbox, bot: Bot) -> None:
    bot.answer = lambda received: None if len(bot.received) < 3 else (200, "")
    sandbox.person("LiHua").say("打卡")
    assert sandbox.settle()
    assert len(bot.received) == 3


def test_non_200_may_count_as_received(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.settings(callback_retry_non_200=False)
    bot.answer = lambda received: (403, "")
    sandbox.person("LiHua").say("打卡")
    assert sandbox.settle()
    assert len(bot.received) == 1


def test_slow_bot_times_out(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.settings(callback_timeout=0.05, callback_retries=0)
    quiet = threading.Event()
    bot.answer = lambda received: (quiet.wait(0.4) and None) or (200, "")
    sandbox.person("LiHua").say("打卡")
    assert sandbox.settle()
    assert [e["outcome"] for e in sandbox.log(kind="callback")] == ["timeout"]


def test_passive_text_reply(sandbox: Sandbox, bot: Bot) -> None:
    bot.answer = lambda received: (200, bot.reply(received, MsgType="text", Content="已收到"))
    after = sandbox.person("LiHua").say("打卡")["after"]
    assert [m["text"] for m in sandbox.person("LiHua").wait(after)] == ["已收到"]


@pytest.mark.parametrize("reply", ["<xml><MsgType>text</MsgType></xml>", "plain", "{}"])
def test_unencrypted_reply_is_not_taken(sandbox: Sandbox, bot: Bot, reply: str) -> None:
    bot.answer = lambda received: (200, reply)
    sandbox.person("LiHua").say("打卡")
    assert sandbox.settle()
    assert [e["outcome"] for e in sandbox.log(kind="callback")] == ["bad reply"]
    assert [m["direction"] for m in sandbox.person("LiHua").inbox()] == ["out"]


def test_card_button_is_replaced_by_a_passive_reply(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    wecom.send(
        "template_card",
        {**BUTTONS, "button_selection": {"question_key": "q", "option_list": [{"id": "1", "text": "正常"}]}},
    )
    bot.answer = lambda received: (
        200,
        bot.reply(received, MsgType="update_button", Button={"ReplaceName": "已同意"}),
    )
    sandbox.person("LiHua").tap_card("ok", selected={"q": ["1"]})
    assert sandbox.settle()
    [event] = bot.events("template_card_event")
    assert (event["EventKey"], event["TaskId"], event["CardType"]) == ("ok", "task-1", "button_interaction")
    assert event["SelectedItems/SelectedItem/QuestionKey"] == "q"
    assert event["SelectedItems/SelectedItem/OptionIds/OptionId"] == "1"
    assert sandbox.person("LiHua").inbox()[0]["replace_text"] == "已同意"
    with pytest.raises(SandboxError, match="不能点"):
        sandbox.person("LiHua").tap_card("no")


def test_event_code_updates_the_card_later_apart_from_the_sending_code(
    sandbox: Sandbox, wecom: Api, bot: Bot
) -> None:
    sending_code = wecom.send("template_card", BUTTONS)["response_code"]
    sandbox.person("LiHua").tap_card("ok")
    assert sandbox.settle()
    code = bot.events("template_card_event")[0]["ResponseCode"]
    assert code != sending_code
    body = {"userids": ["lihua"], "agentid": AGENT, "button": {"replace_name": "已同意"}}
    url = "cgi-bin/message/update_template_card"
    answers = [wecom.post(url, {**body, "response_code": c})["errcode"] for c in (code, code, sending_code)]
    assert answers == [0, 60140, 0]


def test_card_is_replaced_by_a_passive_reply(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    wecom.send("template_card", BUTTONS)
    card = {
        "CardType": "button_interaction",
        "MainTitle": {"Title": "已处理"},
        "ButtonList": [{"Text": "同意", "Key": "ok"}],
        "ReplaceText": "已同意",
    }
    bot.answer = lambda received: (
        200,
        bot.reply(received, MsgType="update_template_card", TemplateCard=card),
    )
    sandbox.person("LiHua").tap_card("同意")
    assert sandbox.settle()
    [message] = sandbox.person("LiHua").inbox()
    assert (message["content"]["main_title"], message["replace_text"]) == ({"title": "已处理"}, "已同意")


def test_vote_and_menu_of_a_card(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    options = [{"id": name, "text": name} for name in "abc"]
    vote: dict[str, Any] = {
        "card_type": "vote_interaction",
        "task_id": "vote-1",
        "main_title": {"title": "每日一题"},
        "checkbox": {"question_key": "q1", "mode": 1, "option_list": options},
        "submit_button": {"text": "提交", "key": "submit"},
    }
    wecom.send("template_card", vote)
    with pytest.raises(SandboxError, match="没有"):
        sandbox.person("LiHua").tap_card("submit", selected={"q1": ["z"]})
    sandbox.person("LiHua").tap_card("submit", selected={"q1": ["a", "c"]})
    menu = {"desc": "更多", "action_list": [{"text": "静音", "key": "mute"}]}
    wecom.send("template_card", {**BUTTONS, "action_menu": menu})
    sandbox.person("LiHua").tap_card("mute")
    assert sandbox.settle()
    [event] = bot.events("template_card_event")
    assert event.message is not None
    assert [e.text for e in event.message.iter("OptionId")] == ["a", "c"]
    assert bot.events("template_card_menu_event")[0]["EventKey"] == "mute"


def test_opening_the_chat_reports_what_the_app_asked_for(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.person("LiHua").place(*TIANFU)
    sandbox.person("LiHua").open_chat()
    assert sandbox.settle()
    assert bot.received == []
    body = corp_body(bot.url)
    body["apps"][0] |= {"report_location": True, "report_enter": True}
    sandbox.put_corp(CORP, body)
    sandbox.person("LiHua").open_chat()
    assert sandbox.settle()
    assert [r["Event"] for r in bot.received] == ["enter_agent", "LOCATION"]
    latitude, longitude = float(bot.received[1]["Latitude"]), float(bot.received[1]["Longitude"])
    assert (round(latitude, 3), round(longitude, 3)) == (30.66, 104.063)


def menu(wecom: Api) -> None:
    buttons = [
        {"type": "click", "name": "打卡", "key": "in"},
        {
            "name": "更多",
            "sub_button": [
                {"type": "view", "name": "任务", "url": "https://example.com/tasks"},
                {"type": "location_select", "name": "位置", "key": "loc"},
                {"type": "pic_sysphoto", "name": "拍照", "key": "pic"},
                {"type": "scancode_waitmsg", "name": "扫码", "key": "scan"},
            ],
        },
    ]
    assert wecom.post("cgi-bin/menu/create", {"button": buttons}, agentid=AGENT)["errcode"] == 0


def test_every_menu_type(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    menu(wecom)
    person = sandbox.person("LiHua")
    person.tap_menu("打卡")
    assert person.tap_menu("任务")["open"] == "https://example.com/tasks"
    assert person.tap_menu("loc")["needs"] == "location"
    person.send_location(*TIANFU, via="menu", key="loc")
    person.tap_menu("pic", count=2)
    person.tap_menu("scan", result="CASE-7")
    assert sandbox.settle()
    assert [r["Event"] or r["MsgType"] for r in bot.received] == [
        "click",
        "view",
        "location_select",
        "location",
        "pic_sysphoto",
        "image",
        "image",
        "scancode_waitmsg",
    ]
    assert bot.received[1]["EventKey"] == "https://example.com/tasks"
    assert bot.received[2]["SendLocationInfo/Label"] == "天府广场"
    location = bot.received[3]
    assert (location["Location_X"], location["Location_Y"], location["AppType"]) == (
        "30.657420",
        "104.065840",
        "wxwork",
    )
    picture = bot.received[5]
    params = {"access_token": wecom.token(), "media_id": picture["MediaId"]}
    shot = wecom.http.get("cgi-bin/media/get", params=params).content
    digests = (
        [e.text for e in bot.received[4].message.iter("PicMd5Sum")]
        if bot.received[4].message is not None
        else []
    )
    assert hashlib.md5(shot).hexdigest() == digests[0]
    assert wecom.http.get(picture["PicUrl"]).content == shot
    assert bot.received[7]["ScanCodeInfo/ScanResult"] == "CASE-7"


@pytest.mark.parametrize("mode", ["plain", "compatible", "secure"])
def test_modes_of_the_service_account(sandbox: Sandbox, bot: Bot, mode: str) -> None:
    sandbox.put_account(ACCOUNT, account_body(bot.url, mode))

    def answer(received: Received) -> tuple[int, str]:
        head = {"ToUserName": "oChen", "FromUserName": "gh_demo", "CreateTime": 1}
        xml = to_xml({**head, "MsgType": "text", "Content": "您好"})
        return 200, xml if mode == "plain" else bot.seal(bot.official, xml)

    bot.answer = answer
    after = sandbox.person("oChen").say("你好")["after"]
    assert [m["text"] for m in sandbox.person("oChen").wait(after)] == ["您好"]
    [received] = bot.received
    query = received.query
    assert query["signature"] == signature(TOKEN, query["timestamp"], query["nonce"])
    assert query["openid"] == "oChen"
    assert ("msg_signature" in query) == (mode != "plain")
    outside = parse_xml(received.body)
    assert bool(text_of(outside, "Content")) == (mode != "secure")
    assert received["Content"] == "你好"


def test_follower_is_told_of_an_outage(sandbox: Sandbox, bot: Bot) -> None:
    bot.answer = lambda received: (500, "")
    sandbox.person("oChen").say("你好")
    assert sandbox.settle()
    assert "服务出现故障" in sandbox.person("oChen").inbox()[-1]["text"]


def test_directory_changes_go_to_contact_sync(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.call("PUT", f"corps/{CORP}/members/wangfang", {"name": "王芳", "department": [1, 2]})
    sandbox.call("PUT", f"corps/{CORP}/members/wangfang", {"position": "人事"})
    sandbox.call("DELETE", f"corps/{CORP}/members/wangfang")
    assert sandbox.settle()
    changes = [r for r in bot.received if r.path == "/contacts"]
    assert [r["ChangeType"] for r in changes] == ["create_user", "update_user", "delete_user"]
    assert {r["FromUserName"] for r in changes} == {"sys"}
    assert (changes[0]["UserID"], changes[0]["Department"], changes[0]["Name"]) == ("wangfang", "1,2", "")
    assert "AgentID" not in changes[0].body
    assert [r["Event"] for r in bot.received if r.path == "/wecom"] == ["subscribe", "unsubscribe"]


def test_address_verification(sandbox: Sandbox, bot: Bot) -> None:
    for path in (f"corps/{CORP}/apps/{AGENT}", f"corps/{CORP}/contacts", f"accounts/{ACCOUNT}"):
        assert sandbox.call("POST", f"{path}/verify")["ok"] is True
    body = corp_body(bot.url)
    body["apps"][0]["callback"]["url"] = "http://127.0.0.1:9/none"
    sandbox.put_corp(CORP, body)
    assert sandbox.call("POST", f"corps/{CORP}/apps/{AGENT}/verify")["ok"] is False
