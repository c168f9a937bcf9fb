"""What a careless bot would get away with on a lenient platform: files, receivers, agents, lost answers."""

from typing import Any

import httpx
import pytest

from sandbox.client import Sandbox, SandboxError
from tests.sandbox.scene import (
    ACCOUNT,
    AGENT,
    BUTTONS,
    CORP,
    OTHER_AGENT,
    OTHER_SECRET,
    Api,
    Bot,
    account_body,
    corp_body,
    wecom_token,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
THREE_DAYS = 3 * 86400


def upload(api: Api, kind: str, data: bytes, name: str = "a.png") -> str:
    params = {"access_token": api.token(), "type": kind}
    answer = api.http.post("cgi-bin/media/upload", params=params, files={"media": (name, data)}).json()
    return str(answer.get("media_id") or answer["thumb_media_id"])


def with_file(media_id: str) -> dict[str, Any]:
    line = {"keyname": "附件", "type": 2, "media_id": media_id, "value": "a.pdf"}
    return {**BUTTONS, "horizontal_content_list": [line]}


# -- faults ------------------------------------------------------------------------------------------------


def test_an_answer_is_lost_only_where_the_call_was_accepted(sandbox: Sandbox, wecom: Api) -> None:
    wecom.token()
    sandbox.faults(accept_then_drop={"times": 1, "path": "message/send"})
    assert wecom.send("text", {"content": "早"}, touser="nobody")["errcode"] == 81013
    assert wecom.send("poem", {})["errcode"] == 40008
    with pytest.raises(httpx.TransportError):
        wecom.send("text", {"content": "早"})
    assert wecom.send("text", {"content": "晚"})["errcode"] == 0
    assert [m["text"] for m in sandbox.person("lihua").inbox()] == ["早", "晚"]


# -- files -------------------------------------------------------------------------------------------------


def test_cards_take_files_of_this_corp_while_they_live(
    sandbox: Sandbox, wecom: Api, official: Api, bot: Bot
) -> None:
    mine, foreign = upload(wecom, "file", b"some pdf", "a.pdf"), upload(official, "image", PNG)
    sent = wecom.send("template_card", with_file(mine))
    assert sent["errcode"] == 0
    assert wecom.send("template_card", {**with_file(foreign), "task_id": "t2"})["errcode"] == 42029
    body = {"userids": ["lihua"], "agentid": AGENT, "response_code": sent["response_code"]}
    other = {**body, "template_card": with_file(foreign)}
    assert wecom.post("cgi-bin/message/update_template_card", other)["errcode"] == 42029
    card = {
        "CardType": "button_interaction",
        "MainTitle": {"Title": "已处理"},
        "HorizontalContentList": {"KeyName": "附件", "Type": 2, "MediaId": foreign, "Value": "a.pdf"},
        "ButtonList": [{"Text": "同意", "Key": "ok"}],
    }
    bot.answer = lambda r: (200, bot.reply(r, MsgType="update_template_card", TemplateCard=card))
    sandbox.person("LiHua").tap_card("ok")
    assert sandbox.settle()
    assert sandbox.log(kind="callback")[-1]["outcome"] == "bad reply"
    sandbox.advance(THREE_DAYS)
    assert wecom.send("template_card", {**with_file(mine), "task_id": "t3"})["errcode"] == 42029


@pytest.mark.parametrize(
    ("outcome", "kind", "whose", "days"),
    [
        ("replied", "image", "own", 0),
        ("bad reply", "image", "own", 3),
        ("bad reply", "image", "foreign", 0),
        ("bad reply", "voice", "own", 0),
    ],
)
def test_passive_replies_take_files_of_their_kind(
    sandbox: Sandbox, wecom: Api, official: Api, bot: Bot, outcome: str, kind: str, whose: str, days: int
) -> None:
    media_id = upload(wecom if whose == "own" else official, "image", PNG)
    sandbox.advance(days * 86400)
    name = kind.capitalize()
    bot.answer = lambda r: (200, bot.reply(r, MsgType=kind, **{name: {"MediaId": media_id}}))
    sandbox.person("LiHua").say("照片")
    assert sandbox.settle()
    assert sandbox.log(kind="callback")[-1]["outcome"] == outcome


def test_music_and_customer_service_are_of_service_accounts(
    sandbox: Sandbox, official: Api, bot: Bot
) -> None:
    thumb = upload(official, "thumb", JPEG, "a.jpg")
    replies: list[dict[str, Any]] = [
        {"MsgType": "music", "Music": {"Title": "歌", "ThumbMediaId": thumb}},
        {"MsgType": "transfer_customer_service"},
    ]
    for reply in replies:
        bot.answer = lambda r, reply=reply: (200, bot.reply(r, **reply))  # type: ignore[misc]
        for person, outcome in (("LiHua", "bad reply"), ("oChen", "replied")):
            sandbox.person(person).say("你好")
            assert sandbox.settle()
            assert sandbox.log(kind="callback")[-1]["outcome"] == outcome


def test_customer_messages_take_files_of_their_kind(sandbox: Sandbox, official: Api) -> None:
    image, thumb = upload(official, "image", PNG), upload(official, "thumb", JPEG, "a.jpg")
    video = upload(official, "video", b"\0\0\0\x18ftypmp42" + bytes(12), "a.mp4")
    sandbox.person("oChen").say("在吗")

    def send(msgtype: str, **content: str) -> int:
        body = {"touser": "oChen", "msgtype": msgtype, msgtype: content}
        return int(official.post("cgi-bin/message/custom/send", body)["errcode"])

    page = {"appid": "wx", "pagepath": "p"}
    assert [
        send("image", media_id=image),
        send("voice", media_id=image),
        send("mpnews", media_id=image),
        send("video", media_id=video, thumb_media_id=thumb),
        send("video", media_id=video, thumb_media_id=image),
        send("music", musicurl="https://example.com/a.mp3", thumb_media_id=image),
        send("miniprogrampage", **page, thumb_media_id=thumb),
        send("miniprogrampage", **page, thumb_media_id=image),
    ] == [0, 40007, 40007, 0, 40007, 40007, 0, 40007]


@pytest.mark.parametrize(
    ("code", "name", "safe"),
    [(0, "报表.xlsx", 1), (0, "a.PDF", 1), (40074, "a.zip", 1), (0, "a.zip", 0), (40058, "a.pdf", True)],
)
def test_only_some_files_may_be_confidential(wecom: Api, code: int, name: str, safe: int) -> None:
    media_id = upload(wecom, "file", b"some bytes", name)
    assert wecom.send("file", {"media_id": media_id}, safe=safe)["errcode"] == code


# -- receivers and agents -----------------------------------------------------------------------------------


def test_a_card_update_names_no_more_than_a_message(wecom: Api) -> None:
    code = wecom.send("template_card", BUTTONS)["response_code"]
    body = {"agentid": AGENT, "response_code": code, "button": {"replace_name": "好"}, "userids": ["lihua"]}

    def update(**changes: Any) -> int:
        return int(wecom.post("cgi-bin/message/update_template_card", {**body, **changes})["errcode"])

    crowd = ["lihua", *(f"u{i}" for i in range(1000))]
    assert update(userids=crowd) == 40032
    assert update(partyids=list(range(1, 102))) == 82002
    assert update(tagids=list(range(1, 102))) == 82003
    assert update(userids=crowd[:1000], partyids=list(range(1, 101)), tagids=list(range(1, 101))) == 0


def test_departments_outside_the_range_are_invalid(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    body = corp_body(bot.url)
    body["apps"][0]["departments"] = [2]
    sandbox.put_corp(CORP, body)
    assert wecom.send("text", {"content": "早"}, touser="", toparty="1")["errcode"] == 81013
    answer = wecom.send("text", {"content": "早"}, touser="", toparty="1|2|9")
    assert (answer["errcode"], answer["invalidparty"]) == (0, "1|9")


@pytest.mark.parametrize(("code", "agent_id"), [(0, AGENT), (301002, OTHER_AGENT), (40056, 1999999)])
def test_whose_agent(wecom: Api, code: int, agent_id: int) -> None:
    assert wecom.send("text", {"content": "早"}, agentid=agent_id)["errcode"] == code


@pytest.mark.parametrize(("code", "limit"), [(0, None), (0, 1), (40058, 0), (40058, 10001), (40058, True)])
def test_the_page_of_list_id(contacts: Api, code: int, limit: Any) -> None:
    assert contacts.post("cgi-bin/user/list_id", {"cursor": "", "limit": limit})["errcode"] == code


@pytest.mark.parametrize(
    ("code", "amount"),
    [(0, "￥12.50"), (0, "1280元"), (0, "88"), (47003, "1280元？"), (47003, "一百元")],
)
def test_amounts_in_a_template(sandbox: Sandbox, official: Api, bot: Bot, code: int, amount: str) -> None:
    body = account_body(bot.url)
    body["templates"] = [{"template_id": "T2", "title": "还款", "content": "金额:{{amount1.DATA}}"}]
    sandbox.put_account(ACCOUNT, body)
    data = {"touser": "oChen", "template_id": "T2", "data": {"amount1": {"value": amount}}}
    assert official.post("cgi-bin/message/template/send", data)["errcode"] == code


def test_another_app_has_its_own_agent(sandbox: Sandbox, wecom: Api) -> None:
    other = Api(str(wecom.http.base_url), wecom_token(OTHER_SECRET))
    assert other.get("cgi-bin/agent/get", agentid=OTHER_AGENT)["errcode"] == 0
    assert other.get("cgi-bin/agent/get", agentid=AGENT)["errcode"] == 301002
    assert other.get("cgi-bin/agent/get", agentid=5)["errcode"] == 40056
    other.http.close()


# -- rows of the protocol that nobody meets every day -------------------------------------------------------


def test_a_payment_opens_a_window_without_a_limit(sandbox: Sandbox, official: Api) -> None:
    body = {"touser": "oChen", "msgtype": "text", "text": {"content": "您好"}}
    sandbox.person("oChen").say("在吗")
    sandbox.person("oChen").pay()
    for _ in range(12):
        assert official.post("cgi-bin/message/custom/send", body)["errcode"] == 0
    query = {"home": ACCOUNT, "person": "oChen"}
    windows = official.http.get(f"{sandbox.url}/phones/windows", params=query).json()["windows"]
    assert {window["left"] for window in windows} == {5, None}
    sandbox.advance(48 * 3600 + 1)
    assert official.post("cgi-bin/message/custom/send", body)["errcode"] == 45015
    with pytest.raises(SandboxError, match="没有关注"):
        sandbox.person("oZhou").pay()
    with pytest.raises(SandboxError, match="公众号"):
        sandbox.person("LiHua").pay()


def test_a_template_message_may_be_lost_by_the_system(sandbox: Sandbox, official: Api, bot: Bot) -> None:
    sandbox.faults(delivery_drop={"person": "oChen", "times": 1})
    data = {"thing1": {"value": "催收员"}, "time2": {"value": "2026-03-02 14:00"}}
    for _ in range(2):
        official.post("cgi-bin/message/template/send", {"touser": "oChen", "template_id": "T1", "data": data})
    assert sandbox.settle()
    reports = [report["Status"] for report in bot.events("TEMPLATESENDJOBFINISH")]
    assert reports == ["failed: system failed", "success"]
    assert len(sandbox.person("oChen").inbox()) == 1


def code_of(sandbox: Sandbox, person: str, scope: str = "snsapi_privateinfo") -> str:
    query = f"appid={CORP}&agentid={AGENT}&response_type=code&scope={scope}"
    url = f"{sandbox.url}/open/connect/oauth2/authorize?{query}&redirect_uri=http://127.0.0.1:9/"
    return str(sandbox.person(person).authorize(url).split("code=")[1].split("&")[0])


def test_who_is_no_member_has_an_openid(sandbox: Sandbox, wecom: Api) -> None:
    first, second = (wecom.get("cgi-bin/auth/getuserinfo", code=code_of(sandbox, "oChen")) for _ in range(2))
    assert set(first) == {"errcode", "errmsg", "openid", "external_userid"}
    assert first == second
    assert first["external_userid"].startswith("wm")
    older = wecom.get("cgi-bin/user/getuserinfo", code=code_of(sandbox, "oChen"))
    assert (older["OpenId"], "UserId" in older) == (first["openid"], False)
    url = f"{sandbox.url}/open/connect/oauth2/authorize?appid={CORP}&response_type=code&scope=snsapi_base"
    page = f"{url}&redirect_uri=http://127.0.0.1:9/"
    assert wecom.http.get(page, headers={"X-Sandbox-Person": "oChen"}).status_code == 302
    assert wecom.http.get(page, headers={"X-Sandbox-Person": "nobody"}).status_code == 404


def test_private_fields_are_the_members_own_and_need_consent(sandbox: Sandbox, wecom: Api) -> None:
    private = {"gender": "2", "email": "lihua@example.com", "biz_mail": "lihua@corp.example.com"}
    sandbox.call("PUT", f"corps/{CORP}/members/LiHua", {"name": "李华", "department": [2], **private})

    def detail() -> dict[str, Any]:
        ticket = wecom.get("cgi-bin/auth/getuserinfo", code=code_of(sandbox, "LiHua"))["user_ticket"]
        return wecom.post("cgi-bin/auth/getuserdetail", {"user_ticket": ticket})

    assert {name: detail()[name] for name in private} == private
    sandbox.settings(user_detail_fields="gender,biz_mail")
    assert set(detail()) == {"errcode", "errmsg", "userid", "gender", "biz_mail"}


@pytest.mark.parametrize(
    ("code", "child"),
    [
        (40024, {"type": "dance", "name": "打卡"}),
        (40025, {"type": "click", "name": "字" * 21, "key": "in"}),
        (40026, {"type": "click", "name": "打卡", "key": "k" * 129}),
        (40027, {"type": "view", "name": "打卡", "url": "example.com"}),
    ],
)
def test_a_menus_second_level_has_codes_of_its_own(wecom: Api, code: int, child: dict[str, Any]) -> None:
    body = {"button": [{"name": "更多", "sub_button": [child]}]}
    assert wecom.post("cgi-bin/menu/create", body, agentid=AGENT)["errcode"] == code
