"""Group chats of apps and group robots (protocol 3.6 and 5)."""

import base64
import hashlib
from typing import Any

import httpx
import pytest

from sandbox.client import Sandbox, SandboxError
from tests.sandbox.scene import AGENT, CORP, OTHER_SECRET, Api, Bot, corp_body, wecom_token

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
CARD = {"title": "任务", "description": "三户", "url": "https://example.com"}
NOTICE = {
    "card_type": "text_notice",
    "main_title": {"title": "日报"},
    "card_action": {"type": 1, "url": "https://example.com"},
}


def create(wecom: Api, **changes: Any) -> dict[str, Any]:
    body = {"name": "一组", "owner": "zhangwei", "userlist": ["lihua", "zhangwei"], "chatid": "team1"}
    return wecom.post("cgi-bin/appchat/create", {**body, **changes})


def say(wecom: Api, **changes: Any) -> int:
    body = {"chatid": "team1", "msgtype": "text", "text": {"content": "早"}, "safe": 0, **changes}
    return int(wecom.post("cgi-bin/appchat/send", body)["errcode"])


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (0, {}),
        (0, {"chatid": ""}),
        (0, {"name": ""}),
        (86001, {"chatid": "a-b"}),
        (86001, {"chatid": "x" * 33}),
        (86004, {"name": "字" * 51}),
        (86005, {"owner": "nobody"}),
        (86207, {"owner": "lihua", "userlist": ["zhangwei", "wangfang"]}),
        (86006, {"userlist": ["lihua"]}),
        (86006, {"userlist": "lihua"}),
        (86007, {"userlist": ["lihua", "nobody"]}),
    ],
)
def test_create(sandbox: Sandbox, wecom: Api, code: int, changes: dict[str, Any]) -> None:
    sandbox.call("PUT", f"corps/{CORP}/members/wangfang", {"name": "王芳", "department": [1]})
    answer = create(wecom, **changes)
    assert answer["errcode"] == code, answer
    assert bool(answer.get("chatid")) == (code == 0)


def test_a_group_lives_and_ends(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    assert create(wecom)["chatid"] == "team1"
    assert create(wecom)["errcode"] == 86215
    update = {"chatid": "team1", "name": "催收一组", "owner": "lihua"}
    assert wecom.post("cgi-bin/appchat/update", update)["errcode"] == 0
    assert wecom.get("cgi-bin/appchat/get", chatid="team1")["chat_info"] == {
        "chatid": "team1",
        "name": "催收一组",
        "owner": "LiHua",
        "userlist": ["LiHua", "zhangwei"],
    }
    assert (
        wecom.post("cgi-bin/appchat/update", {"chatid": "team1", "del_user_list": ["lihua"]})["errcode"]
        == 86006
    )
    assert wecom.get("cgi-bin/appchat/get", chatid="other")["errcode"] == 86003
    sandbox.put_group(CORP, "team2", users=["LiHua", "zhangwei"])
    assert say(wecom, chatid="team2") == 86008
    sandbox.call("DELETE", f"corps/{CORP}/groups/team1")
    assert say(wecom) == 49008


def test_only_an_app_seen_by_the_whole_corp(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    body = corp_body(bot.url)
    body["apps"][0]["departments"] = [2]
    sandbox.put_corp(CORP, body)
    assert create(wecom)["errcode"] == 48002


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (0, {}),
        (0, {"text": {"content": "早", "mentioned_list": ["@all"]}}),
        (0, {"msgtype": "markdown", "markdown": {"content": "**早**"}}),
        (0, {"msgtype": "textcard", "textcard": CARD}),
        (0, {"msgtype": "news", "news": {"articles": [CARD]}}),
        (40008, {"msgtype": "template_card", "template_card": NOTICE}),
        (44004, {"text": {}}),
        (40007, {"msgtype": "file", "file": {"media_id": "x"}}),
        (40074, {"msgtype": "news", "news": {"articles": [CARD]}, "safe": 1}),
        (86001, {"chatid": ""}),
    ],
)
def test_send(wecom: Api, code: int, changes: dict[str, Any]) -> None:
    create(wecom)
    assert say(wecom, **changes) == code


def test_a_group_is_a_chat_of_its_own_on_the_phone(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    create(wecom)
    assert sandbox.person("LiHua").inbox() == []
    assert say(wecom) == 0
    wecom.send("text", {"content": "只给你"})
    group, own = sandbox.person("LiHua").inbox()
    assert (group["chat"], group["chat_name"], group["sender"]) == ("team1", "一组", "点将")
    assert (group["agent_id"], own["chat"], own["agent_id"]) == (None, None, AGENT)
    only = sandbox.call("GET", "people/lihua/inbox", chat="team1")["messages"]
    assert [m["text"] for m in only] == ["早"]
    sandbox.person("LiHua").say("收到", chat="team1")
    assert sandbox.settle()
    assert bot.received == []
    assert [(m["text"], m["direction"]) for m in sandbox.person("zhangwei").inbox()] == [
        ("早", "in"),
        ("收到", "in"),
    ]
    assert [(m["sender"], m["text"]) for m in sandbox.group_messages(CORP, "team1")] == [
        ("点将", "早"),
        ("李华", "收到"),
    ]
    with pytest.raises(SandboxError, match="没有群聊"):
        sandbox.person("LiHua").say("有人吗", chat="team9")


def test_nobody_gets_more_than_the_limit_from_one_app(sandbox: Sandbox, wecom: Api) -> None:
    create(wecom)
    sandbox.settings(chat_member_per_minute=3)
    sandbox.set_clock("2026-03-02T09:00:00+08:00", rate=0)
    assert [say(wecom) for _ in range(5)] == [0] * 5
    assert len(sandbox.person("LiHua").inbox()) == 3


def test_the_limit_of_a_member_is_of_one_corp(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    second = corp_body(bot.url, contacts=None)
    second["apps"][0]["secret"] = "second-secret"
    sandbox.put_corp("wwsecond", second)
    query = {"corpid": "wwsecond", "corpsecret": "second-secret"}
    token = wecom.http.get("cgi-bin/gettoken", params=query).json()["access_token"]
    other = Api(str(wecom.http.base_url), lambda api: token)
    sandbox.settings(chat_member_per_minute=1)
    sandbox.set_clock("2026-03-02T09:00:00+08:00", rate=0)
    for api, corp in ((wecom, CORP), (other, "wwsecond")):
        create(api)
        assert say(api) == 0
        assert len(sandbox.person("LiHua", corp).inbox()) == 1
    other.http.close()


@pytest.fixture
def robot(sandbox: Sandbox) -> Any:
    """Posts to a robot's webhook; answers with the errcode."""
    sandbox.put_group(CORP, "team1", name="一组", owner="zhangwei", users=["LiHua", "zhangwei"])
    url = sandbox.put_robot(CORP, "robot-key-1", chatid="team1", name="日报")

    def post(body: dict[str, Any], to: str = url) -> int:
        return int(httpx.post(to, json=body, trust_env=False).json()["errcode"])

    return post


def image(data: bytes, md5: str = "") -> dict[str, str]:
    digest = md5 or hashlib.md5(data).hexdigest()
    return {"base64": base64.b64encode(data).decode(), "md5": digest}


@pytest.mark.parametrize(
    ("code", "msgtype", "content"),
    [
        (0, "text", {"content": "good", "mentioned_list": ["@all"]}),
        (0, "text", {"content": "x" * 2048}),
        (40058, "text", {"content": "x" * 2049}),
        (44004, "text", {"content": ""}),
        (40058, "text", {"content": "x", "mentioned_list": "@all"}),
        (0, "markdown", {"content": "x" * 4096}),
        (40058, "markdown", {"content": "x" * 4097}),
        (0, "markdown_v2", {"content": "|a|b|"}),
        (0, "image", image(PNG)),
        (301019, "image", image(PNG, md5="0" * 32)),
        (40123, "image", image(b"GIF89a" + bytes(9))),
        (40009, "image", image(PNG + bytes(2 * 1024 * 1024))),
        (0, "news", {"articles": [CARD] * 8}),
        (45008, "news", {"articles": [CARD] * 9}),
        (0, "template_card", NOTICE),
        (42031, "template_card", {**NOTICE, "card_type": "button_interaction"}),
        (40007, "file", {"media_id": "x"}),
        (40007, "voice", {"media_id": "x"}),
        (40008, "poem", {}),
    ],
)
def test_robot(robot: Any, code: int, msgtype: str, content: dict[str, Any]) -> None:
    assert robot({"msgtype": msgtype, msgtype: content}) == code


def test_robot_speaks_in_its_group_twenty_times_a_minute(sandbox: Sandbox, robot: Any) -> None:
    sandbox.set_clock("2026-03-02T09:00:00+08:00", rate=0)
    body = {"msgtype": "text", "text": {"content": "hello"}}
    assert [robot(body) for _ in range(21)] == [0] * 20 + [45009]
    assert robot(body) == 45009
    sandbox.advance(61)
    assert robot(body) == 0
    message = sandbox.person("LiHua").inbox()[0]
    assert (message["chat"], message["sender"], message["text"]) == ("team1", "日报", "hello")
    assert "robot-key-1" not in str(sandbox.log())


def test_robot_keys(sandbox: Sandbox, robot: Any) -> None:
    body = {"msgtype": "text", "text": {"content": "hello"}}
    base = f"{sandbox.url}/wecom/cgi-bin/webhook/send"
    assert robot(body, f"{base}?key=unknown") == 93000
    sandbox.put_robot(CORP, "robot-key-1", enabled=False)
    assert robot(body) == 93004
    sandbox.put_robot(CORP, "robot-key-1")
    sandbox.call("DELETE", f"corps/{CORP}/groups/team1")
    assert robot(body) == 93008
    sandbox.call("DELETE", f"corps/{CORP}/robots/robot-key-1")
    assert robot(body) == 93000


def test_robot_files_are_its_own(sandbox: Sandbox, robot: Any) -> None:
    other = sandbox.put_robot(CORP, "robot-key-2", chatid="team1", name="另一个")
    upload = f"{sandbox.url}/wecom/cgi-bin/webhook/upload_media"
    files = {"media": ("日报.txt", b"some report")}
    kept = httpx.post(
        upload, params={"key": "robot-key-1", "type": "file"}, files=files, trust_env=False
    ).json()
    body = {"msgtype": "file", "file": {"media_id": kept["media_id"]}}
    assert robot(body, other) == 40007
    assert robot(body) == 0
    assert sandbox.person("LiHua").inbox()[-1]["content"]["filename"] == "日报.txt"
    sandbox.advance(3 * 86400)
    assert robot(body) == 40007


def test_a_robot_card_takes_the_robots_own_files(sandbox: Sandbox, wecom: Api, robot: Any) -> None:
    base, files = f"{sandbox.url}/wecom/cgi-bin/webhook/upload_media", {"media": ("日报.txt", b"some report")}
    query = {"key": "robot-key-1", "type": "file"}
    own = httpx.post(base, params=query, files=files, trust_env=False).json()["media_id"]
    params = {"access_token": wecom.token(), "type": "file"}
    apps = wecom.http.post("cgi-bin/media/upload", params=params, files=files).json()["media_id"]

    def send(media_id: str) -> int:
        line = {"keyname": "附件", "type": 2, "media_id": media_id, "value": "日报.txt"}
        return int(
            robot(
                {"msgtype": "template_card", "template_card": {**NOTICE, "horizontal_content_list": [line]}}
            )
        )

    assert (send(own), send(apps)) == (0, 42029)
    sandbox.advance(3 * 86400)
    assert send(own) == 42029


def test_another_app_may_not_use_the_group(sandbox: Sandbox, wecom: Api) -> None:
    create(wecom)
    other = Api(str(wecom.http.base_url), wecom_token(OTHER_SECRET))
    assert other.get("cgi-bin/appchat/get", chatid="team1")["errcode"] == 86008
    other.http.close()


def test_two_corps_know_nothing_of_each_other(sandbox: Sandbox, wecom: Api, bot: Bot, robot: Any) -> None:
    second = corp_body(bot.url, contacts=None)
    second["apps"][0]["secret"] = "second-secret"
    sandbox.put_corp("wwsecond", second)
    query = {"corpid": "wwsecond", "corpsecret": "second-secret"}
    token = wecom.http.get("cgi-bin/gettoken", params=query).json()["access_token"]
    other = Api(str(wecom.http.base_url), lambda api: token)
    assert create(wecom, chatid="team7")["errcode"] == 0
    assert other.get("cgi-bin/appchat/get", chatid="team7")["errcode"] == 86003
    assert create(other, chatid="team7", name="另一家")["errcode"] == 0
    assert say(other, chatid="team7") == 0
    assert sandbox.person("LiHua", CORP).inbox() == []
    assert [m["chat_name"] for m in sandbox.person("LiHua", "wwsecond").inbox()] == ["另一家"]
    with pytest.raises(SandboxError, match="没有这个机器人"):
        sandbox.call("DELETE", "corps/wwsecond/robots/robot-key-1")
    tag = wecom.post("cgi-bin/tag/create", {"tagname": "骨干"})["tagid"]
    assert other.get("cgi-bin/tag/get", tagid=tag)["errcode"] == 40068
    other.http.close()
