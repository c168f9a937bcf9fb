"""What a switch changes, where it does not set a limit; faults; what else the phones can do."""

import base64
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.client import Sandbox, SandboxError
from tests.sandbox.scene import (
    ACCOUNT,
    ACCOUNT_SECRET,
    AGENT,
    BUTTONS,
    CONTACTS_SECRET,
    CORP,
    KEY,
    OTHER_AGENT,
    OTHER_SECRET,
    ROOT,
    TOKEN,
    Api,
    Bot,
    account_body,
    corp_body,
    wecom_token,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
TIANFU = (30.65742, 104.06584, "天府广场")
DATA = {"thing1": {"value": "电话催收员"}, "time2": {"value": "2026-03-02 14:00"}}


def template(official: Api, **changes: Any) -> dict[str, Any]:
    body = {"touser": "oChen", "template_id": "T1", "data": DATA, **changes}
    return official.post("cgi-bin/message/template/send", body)


# -- switches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reencrypt", "nonces"), [(True, 4), (False, 1)])
def test_retries_are_encrypted_again_or_not(sandbox: Sandbox, bot: Bot, reencrypt: bool, nonces: int) -> None:
    sandbox.settings(callback_reencrypt=reencrypt)
    bot.answer = lambda received: (500, "")
    sandbox.person("LiHua").say("打卡")
    assert sandbox.settle()
    assert (len(bot.received), len({r.query["nonce"] for r in bot.received})) == (4, nonces)
    assert len({r["MsgId"] for r in bot.received}) == 1


@pytest.mark.parametrize(("system", "moved"), [("gcj02", False), ("wgs84", True)])
def test_coordinates(sandbox: Sandbox, bot: Bot, system: str, moved: bool) -> None:
    body = corp_body(bot.url)
    body["apps"][0]["report_location"] = True
    sandbox.put_corp(CORP, body)
    sandbox.settings(location_message_system=system, location_event_system=system)
    person = sandbox.person("LiHua")
    person.place(*TIANFU)
    person.send_location(*TIANFU)
    person.open_chat()
    assert sandbox.settle()
    message, event = bot.received
    assert (message["Location_X"] != "30.657420", event["Latitude"] != "30.657420") == (moved, moved)


def test_pictures_come_in_two_shapes(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    menu = {"button": [{"type": "pic_weixin", "name": "照片", "key": "pic"}]}
    wecom.post("cgi-bin/menu/create", menu, agentid=AGENT)
    for repeat in (False, True):
        sandbox.settings(pictures_repeat_list=repeat)
        sandbox.person("LiHua").tap_menu("pic", count=2)
    assert sandbox.settle()
    shapes = [
        (len(e.message.findall("SendPicsInfo/PicList")), len(e.message.findall("SendPicsInfo/PicList/item")))
        for e in bot.events("pic_weixin")
        if e.message is not None
    ]
    assert shapes == [(1, 2), (2, 2)]


def test_service_account_details(sandbox: Sandbox, official: Api, bot: Bot) -> None:
    person = sandbox.person("oChen")
    person.say("在吗")
    menu = {"head_content": "选", "list": [{"id": "1", "content": "进度"}], "tail_content": ""}
    body = {"touser": "oChen", "msgtype": "msgmenu", "msgmenu": menu}
    assert official.post("cgi-bin/message/custom/send", body)["errcode"] == 0
    person.tap_option("1")
    person.send_voice()
    assert sandbox.settle()
    sandbox.settings(official_menu_option_id=False, official_voice_16k=True, official_openid_parameter=False)
    person.tap_option("1")
    person.send_voice()
    assert sandbox.settle()
    options, voices = bot.events("text")[1:], bot.events("voice")
    assert [option["bizmsgmenuid"] for option in options] == ["1", ""]
    assert [bool(voice["MediaId16K"]) for voice in voices] == [False, True]
    assert [r.query.get("openid") for r in bot.received] == ["oChen"] * 3 + [None] * 2


def test_answers_that_no_source_confirms(sandbox: Sandbox, wecom: Api, official: Api) -> None:
    sandbox.settings(duplicate_errcode=40058)
    more = {"enable_duplicate_check": 1}
    assert [wecom.send("text", {"content": "同"}, **more)["errcode"] for _ in "ab"] == [0, 40058]
    for as_list, shape in ((True, ["zhangwei"]), (False, "zhangwei")):
        sandbox.settings(update_card_invaliduser_list=as_list)
        code = wecom.send("template_card", {**BUTTONS, "task_id": f"t-{as_list}"})["response_code"]
        body = {
            "userids": ["LiHua", "zhangwei"],
            "agentid": AGENT,
            "response_code": code,
            "button": {"replace_name": "好"},
        }
        assert wecom.post("cgi-bin/message/update_template_card", body)["invaliduser"] == shape
    sandbox.settings(tag_invalidparty_list=False)
    number = wecom.post("cgi-bin/tag/create", {"tagname": "骨干"})["tagid"]
    add = {"tagid": number, "userlist": ["lihua"], "partylist": [77, 78]}
    assert wecom.post("cgi-bin/tag/addtagusers", add)["invalidparty"] == "77|78"
    sandbox.settings(official_wrong_secret=40125)
    wrong = {"grant_type": "client_credential", "appid": ACCOUNT, "secret": "x"}
    assert official.http.get("cgi-bin/token", params=wrong).json()["errcode"] == 40125
    sandbox.settings(official_profile_fields=True)
    assert official.get("cgi-bin/user/info", openid="oChen")["nickname"] == "陈晨"
    sandbox.settings(template_type_caps=False)
    assert template(official, data={**DATA, "thing1": {"value": "字" * 21}})["errcode"] == 0


def test_ranges_of_a_file(sandbox: Sandbox, wecom: Api) -> None:
    token = wecom.token()
    files = {"media": ("a.png", PNG)}
    params = {"access_token": token, "type": "image"}
    media_id = wecom.http.post("cgi-bin/media/upload", params=params, files=files).json()["media_id"]
    params = {"access_token": token, "media_id": media_id}

    def fetch(wanted: str) -> httpx.Response:
        return wecom.http.get("cgi-bin/media/get", params=params, headers={"Range": wanted})

    part = fetch("bytes=1-3")
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"PNG", "bytes 1-3/48")
    assert fetch("bytes=45-").content == PNG[45:]
    assert fetch("bytes=90-").status_code == 416
    sandbox.settings(media_ranges=False)
    assert fetch("bytes=1-3").content == PNG


# -- faults -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "codes"),
    [
        ({"api_errcode": {"value": -1, "times": 1}}, [-1, 0]),
        ({"api_errcode": {"value": 60020, "times": 1}}, [60020, 0]),
        ({"token_revoked": {"times": 1}}, [40014, 0]),
        ({"token_expired": {"times": 1}}, [42001, 0]),
        ({"api_errcode": {"value": 45009, "times": 1, "path": "/wecom/cgi-bin/message/"}}, [45009, 0]),
        ({"out_of_reach": {"value": True, "person": "lihua", "times": 1}}, [81013, 0]),
        ({"out_of_reach": {"value": True, "person": "zhangwei"}}, [0, 0]),
    ],
)
def test_wecom_faults(sandbox: Sandbox, wecom: Api, faults: dict[str, Any], codes: list[int]) -> None:
    body = {"touser": "lihua", "msgtype": "text", "agentid": AGENT, "text": {"content": "早"}}
    tokens = [wecom.token()]
    sandbox.faults(**{name: {"path": "message/send", **given} for name, given in faults.items()})
    seen = []
    for _ in codes:
        answer = wecom.http.post("cgi-bin/message/send", params={"access_token": tokens[-1]}, json=body)
        seen.append(answer.json()["errcode"])
        tokens.append(wecom.token())
    assert seen == codes


def test_somebody_out_of_reach_is_named(sandbox: Sandbox, wecom: Api, official: Api) -> None:
    sandbox.faults(out_of_reach=[{"person": "lihua"}, {"person": "oChen"}])
    answer = wecom.send("text", {"content": "早"}, "LiHua|zhangwei")
    assert (answer["errcode"], answer["invaliduser"]) == (0, "lihua")
    assert template(official)["errcode"] == 48002
    assert sandbox.call("GET", "faults")["faults"][0]["person"] == "lihua"


def test_accepted_and_never_delivered(sandbox: Sandbox, wecom: Api, official: Api, bot: Bot) -> None:
    sandbox.faults(delivery_drop=True)
    assert wecom.send("text", {"content": "早"})["errcode"] == 0
    assert template(official)["errcode"] == 0
    assert sandbox.person("LiHua").inbox() == sandbox.person("oChen").inbox() == []
    assert len(sandbox.log(kind="drop")) == 2
    sandbox.faults(token_revoked={"path": "/official", "times": 1})
    assert official.get("cgi-bin/user/info", openid="oChen")["errcode"] == 40001


# -- phones -------------------------------------------------------------------------------------------------


def test_voice_video_and_files(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    person = sandbox.person("LiHua")
    person.send_voice(2)
    person.send_video()
    person.send_file("合同.pdf")
    assert sandbox.settle()
    voice, video = bot.received
    assert (voice["MsgType"], voice["Format"], video["MsgType"]) == ("voice", "amr", "video")
    assert [m["msgtype"] for m in person.inbox()] == ["voice", "video", "file"]
    params = {"access_token": wecom.token(), "media_id": voice["MediaId"]}
    sound = wecom.http.get("cgi-bin/media/get", params=params)
    assert len(sound.content) == 6 + 32 * 100
    assert wecom.http.get("cgi-bin/media/get", params={**params, "media_id": video["ThumbMediaId"]}).content
    assert wecom.http.get("cgi-bin/media/get/jssdk", params=params).headers["content-type"] == "audio/speex"
    params["media_id"] = video["MediaId"]
    assert wecom.http.get("cgi-bin/media/get/jssdk", params=params).json()["errcode"] == 40007
    picture = person.act("upload", kind="image", base64=base64.b64encode(PNG).decode())["media_id"]
    assert wecom.http.get("cgi-bin/media/get", params={**params, "media_id": picture}).content == PNG


@pytest.mark.parametrize(
    ("code", "kind", "data"),
    [
        (0, "voice", b"#!AMR\n" + (bytes([0x3C]) + bytes(31)) * 3000),
        (45007, "voice", b"#!AMR\n" + (bytes([0x3C]) + bytes(31)) * 3001),
        (301016, "voice", b"ID3" + bytes(30)),
        (40123, "image", b"GIF89a" + bytes(30)),
        (45001, "image", PNG + bytes(10 * 1024 * 1024)),
        (40006, "file", b"1234"),
        (40004, "video", b"not a film"),
        (40004, "poem", b"123456"),
    ],
)
def test_uploads(wecom: Api, code: int, kind: str, data: bytes) -> None:
    params = {"access_token": wecom.token(), "type": kind}
    files = {"media": ("a.bin", data)}
    answer = wecom.http.post("cgi-bin/media/upload", params=params, files=files).json()
    assert answer["errcode"] == code


def test_pictures_that_stay(sandbox: Sandbox, wecom: Api) -> None:
    params, files = {"access_token": wecom.token()}, {"media": ("a.png", PNG)}
    answer = wecom.http.post("cgi-bin/media/uploadimg", params=params, files=files).json()
    assert answer["errcode"] == 0
    sandbox.advance(30 * 86400)
    path = answer["url"].split("/media/")[1]
    assert httpx.get(f"{sandbox.url}/media/{path}", trust_env=False).content == PNG
    assert wecom.get("cgi-bin/media/get", media_id=path)["errcode"] == 40007
    bad = {"media": ("a.txt", b"hello world")}
    params = {"access_token": wecom.token()}
    assert wecom.http.post("cgi-bin/media/uploadimg", params=params, files=bad).json()["errcode"] == 40123


def test_articles_have_a_page(sandbox: Sandbox, wecom: Api) -> None:
    params = {"access_token": wecom.token(), "type": "image"}
    thumb = wecom.http.post("cgi-bin/media/upload", params=params, files={"media": ("a.png", PNG)}).json()
    article = {
        "title": "制度",
        "thumb_media_id": thumb["media_id"],
        "content": "<p>正文</p>",
        "digest": "摘要",
    }
    assert wecom.send("mpnews", {"articles": [article]})["errcode"] == 0
    [shown] = sandbox.person("LiHua").inbox()[0]["content"]["articles"]
    assert "content" not in shown
    page = httpx.get(f"{sandbox.url}/articles/{shown['url'].split('/articles/')[1]}", trust_env=False)
    assert (page.text, page.headers["content-security-policy"]) == ("<p>正文</p>", "sandbox")
    long = {**article, "content": "x" * (666 * 1024 + 1)}
    assert wecom.send("mpnews", {"articles": [long]})["errcode"] == 45002
    assert wecom.send("mpnews", {"articles": [{**article, "content": ""}]})["errcode"] == 44004


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (0, {}),
        (40058, {"appid": ""}),
        (90204, {"title": "三个字"}),
        (90205, {"description": "三个字"}),
        (90206, {"content_item": [{"key": "k", "value": "v"}] * 11}),
        (90206, {"content_item": [{"key": "x" * 11, "value": "v"}]}),
        (90207, {"content_item": [{"key": "k", "value": "v" * 31}]}),
    ],
)
def test_mini_program_notices(wecom: Api, code: int, changes: dict[str, Any]) -> None:
    notice = {
        "appid": "wx1",
        "title": "班次提醒",
        "content_item": [{"key": "时间", "value": "9:00"}],
        **changes,
    }
    assert wecom.send("miniprogram_notice", notice)["errcode"] == code


# -- events nobody on a phone causes ------------------------------------------------------------------------


def test_any_event_may_be_sent(sandbox: Sandbox, bot: Bot) -> None:
    about = {"event": "inactive_alert", "fields": {"EffectTime": 1700000000}}
    sandbox.call("POST", f"corps/{CORP}/apps/{AGENT}/event", about)
    about = {"event": "kf_create_session", "from": "oChen", "fields": {"KfAccount": "a@b"}}
    sandbox.call("POST", f"accounts/{ACCOUNT}/event", about)
    assert sandbox.settle()
    alert, session = bot.events("inactive_alert")[0], bot.events("kf_create_session")[0]
    assert (alert["FromUserName"], alert["EffectTime"], alert["AgentID"]) == ("sys", "1700000000", str(AGENT))
    assert (session["FromUserName"], session["KfAccount"]) == ("oChen", "a@b")
    with pytest.raises(SandboxError, match="需要 event"):
        sandbox.call("POST", f"corps/{CORP}/apps/{AGENT}/event", {})


def test_a_member_gets_another_id(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    code = wecom.send("template_card", BUTTONS)["response_code"]
    sandbox.call("POST", f"corps/{CORP}/members/lihua/rename", {"to": "li.hua"})
    assert sandbox.settle()
    [event] = bot.events("change_contact")
    assert (event["ChangeType"], event["UserID"], event["NewUserID"]) == ("update_user", "LiHua", "li.hua")
    assert len(sandbox.person("li.hua").inbox()) == 1
    body = {"atall": 1, "agentid": AGENT, "response_code": code, "button": {"replace_name": "好"}}
    assert wecom.post("cgi-bin/message/update_template_card", body)["errcode"] == 0
    assert sandbox.person("li.hua").inbox()[0]["replace_text"] == "好"
    with pytest.raises(SandboxError, match="已经有人用"):
        sandbox.call("POST", f"corps/{CORP}/members/li.hua/rename", {"to": "zhangwei"})


@pytest.mark.parametrize(("full", "name"), [(False, ""), (True, "李华华")])
def test_older_contact_callbacks_carry_every_field(sandbox: Sandbox, bot: Bot, full: bool, name: str) -> None:
    callback = {"url": f"{bot.url}/contacts", "token": TOKEN, "encoding_aes_key": KEY}
    contacts = {"secret": CONTACTS_SECRET, "callback": callback, "full_events": full}
    sandbox.put_corp(CORP, corp_body(bot.url, contacts=contacts))
    sandbox.call("PUT", f"corps/{CORP}/members/lihua", {"name": "李华华"})
    assert sandbox.settle()
    [event] = bot.events("change_contact")
    assert (event["UserID"], event["Department"], event["Name"]) == ("LiHua", "2", name)


# -- the rest of the service account ------------------------------------------------------------------------


def test_users_in_batches(sandbox: Sandbox, official: Api, bot: Bot) -> None:
    rows = [{"openid": "oChen", "lang": "zh_CN"}, {"openid": "oZhou"}]
    answer = official.post("cgi-bin/user/info/batchget", {"user_list": rows})
    assert [row["subscribe"] for row in answer["user_info_list"]] == [1, 0]
    assert official.post("cgi-bin/user/info/batchget", {"user_list": rows * 51})["errcode"] == 40032
    assert official.post("cgi-bin/user/info/batchget", {"user_list": [{"openid": "x"}]})["errcode"] == 40003
    sandbox.person("oZhou").follow()
    sandbox.settings(user_page=1)
    first = official.get("cgi-bin/user/get")
    assert (first["total"], first["count"]) == (2, 1)
    assert official.get("cgi-bin/user/get", next_openid=first["next_openid"])["data"]["openid"] == ["oZhou"]


def test_page_tokens_are_renewed_for_thirty_days(sandbox: Sandbox, official: Api) -> None:
    query = f"appid={ACCOUNT}&response_type=code&scope=snsapi_userinfo&redirect_uri=http://127.0.0.1:9/"
    url = f"{sandbox.url}/open/connect/oauth2/authorize?{query}"
    code = sandbox.person("oChen").authorize(url).split("code=")[1].split("&")[0]
    params = {"appid": ACCOUNT, "secret": ACCOUNT_SECRET, "code": code, "grant_type": "authorization_code"}
    first = official.http.get("sns/oauth2/access_token", params=params).json()

    def auth(token: str) -> int:
        params = {"access_token": token, "openid": "oChen"}
        return int(official.http.get("sns/auth", params=params).json()["errcode"])

    def renew(refresh: str, grant_type: str = "refresh_token") -> dict[str, Any]:
        params = {"appid": ACCOUNT, "grant_type": grant_type, "refresh_token": refresh}
        answer: dict[str, Any] = official.http.get("sns/oauth2/refresh_token", params=params).json()
        return answer

    sandbox.advance(7201)
    assert auth(first["access_token"]) == 42001
    second = renew(first["refresh_token"])
    assert (second["openid"], second["scope"], auth(second["access_token"])) == (
        "oChen",
        "snsapi_userinfo",
        0,
    )
    params = {"access_token": second["access_token"], "openid": "oChen", "lang": "zh_CN"}
    assert official.http.get("sns/userinfo", params=params).json()["nickname"] == "陈晨"
    assert (renew("x")["errcode"], renew("x", "other")["errcode"], auth("x")) == (40030, 40002, 40003)
    sandbox.advance(30 * 86400)
    assert renew(first["refresh_token"])["errcode"] == 42002


def test_menus_for_some(official: Api) -> None:
    button = [{"type": "click", "name": "进度", "key": "p"}]
    special = {
        "button": [{"type": "click", "name": "English", "key": "e"}],
        "matchrule": {"language": "zh_CN"},
    }
    assert official.post("cgi-bin/menu/addconditional", special)["errcode"] == 46003
    official.post("cgi-bin/menu/create", {"button": button})
    assert official.post("cgi-bin/menu/addconditional", {**special, "matchrule": {}})["errcode"] == 40035
    number = official.post("cgi-bin/menu/addconditional", special)["menuid"]
    assert official.post("cgi-bin/menu/trymatch", {"user_id": "oChen"})["button"] == special["button"]
    assert official.post("cgi-bin/menu/delconditional", {"menuid": str(number)})["errcode"] == 0
    assert official.post("cgi-bin/menu/trymatch", {"user_id": "oChen"})["button"] == button
    assert official.post("cgi-bin/menu/delconditional", {"menuid": str(number)})["errcode"] == 40035
    assert official.post("cgi-bin/menu/trymatch", {"user_id": "x"})["errcode"] == 40003


@pytest.mark.parametrize(
    ("code", "msgtype", "content"),
    [
        (0, "text", {"content": "您好"}),
        (44004, "text", {"content": ""}),
        (45002, "text", {"content": "字" * 683}),
        (40008, "poem", {}),
        (40007, "image", {"media_id": "x"}),
        (40007, "mpnews", {"media_id": "x"}),
        (40007, "music", {"thumb_media_id": "x"}),
        (0, "wxcard", {"card_id": "c"}),
        (40035, "wxcard", {}),
        (0, "mpnewsarticle", {"article_id": "a"}),
        (40035, "mpnewsarticle", {}),
        (0, "news", {"articles": [{"title": "一"}]}),
        (45008, "news", {"articles": [{"title": "一"}, {"title": "二"}]}),
        (41016, "news", {"articles": [{}]}),
        (40035, "msgmenu", {"list": []}),
    ],
)
def test_customer_messages(sandbox: Sandbox, official: Api, code: int, msgtype: str, content: Any) -> None:
    sandbox.person("oChen").say("在吗")
    body = {"touser": "oChen", "msgtype": msgtype, msgtype: content}
    assert official.post("cgi-bin/message/custom/send", body)["errcode"] == code


def test_typing_follows_what_the_person_did(sandbox: Sandbox, official: Api) -> None:
    sandbox.set_clock("2026-03-02T09:00:00+08:00", rate=0)

    def typing(command: str = "Typing") -> int:
        body = {"touser": "oChen", "command": command}
        return int(official.post("cgi-bin/message/custom/typing", body)["errcode"])

    sandbox.person("oChen").say("在吗")
    assert [typing(), typing(), typing("CancelTyping"), typing()] == [0, 45081, 0, 0]
    sandbox.advance(16)
    assert typing() == 0
    sandbox.advance(16)
    assert typing() == 45080


def test_service_account_trusts_callers_and_domains(sandbox: Sandbox, official: Api, bot: Bot) -> None:
    body = {**account_body(bot.url), "trusted_ips": ["10.0.0.1"], "trusted_domains": ["app.example.com"]}
    sandbox.put_account(ACCOUNT, body)
    params = {"grant_type": "client_credential", "appid": ACCOUNT, "secret": ACCOUNT_SECRET}
    assert official.http.get("cgi-bin/token", params=params).json()["errcode"] == 40164
    query = f"appid={ACCOUNT}&response_type=code&scope=snsapi_base&redirect_uri=https://other.example.com/"
    with pytest.raises(SandboxError, match="10003"):
        sandbox.person("oChen").authorize(f"{sandbox.url}/open/connect/oauth2/authorize?{query}")


def test_the_desktop_login_page(sandbox: Sandbox) -> None:
    query = f"login_type=CorpApp&appid={CORP}&agentid={AGENT}&redirect_uri=http://127.0.0.1:9/app&state=abc"
    url = f"{sandbox.url}/open/wwlogin/sso/login?{query}"
    answer = httpx.get(url, headers={"X-Sandbox-Person": "lihua"}, trust_env=False)
    assert answer.status_code == 302
    assert answer.headers["location"].endswith("&state=abc")


def test_the_account_sees_where_people_are(sandbox: Sandbox, official: Api, bot: Bot) -> None:
    sandbox.put_account(ACCOUNT, {**account_body(bot.url), "report_location": True})
    menu = {
        "button": [{"type": "miniprogram", "name": "报名", "url": "https://a", "appid": "w", "pagepath": "p"}]
    }
    assert official.post("cgi-bin/menu/create", menu)["errcode"] == 0
    person = sandbox.person("oChen")
    person.place(*TIANFU)
    person.open_chat()
    person.tap_menu("报名")
    assert sandbox.settle()
    place, view = bot.received
    assert (place["Event"], place["Precision"], place["AppType"]) == ("LOCATION", "30.0", "")
    assert (view["Event"], view["EventKey"], view["MenuId"]) == ("view_miniprogram", "p", "1")


# -- every refusal ------------------------------------------------------------------------------------------


def test_refusals_met_nowhere_else(sandbox: Sandbox, wecom: Api, official: Api, bot: Bot) -> None:
    params = {"access_token": wecom.token()}
    assert wecom.get("cgi-bin/media/get")["errcode"] == 41006
    assert wecom.http.post("cgi-bin/agent/get", params=params).json()["errcode"] == 43001
    assert wecom.http.get("cgi-bin/message/send", params=params).json()["errcode"] == 43002
    params["type"] = "file"
    empty = {"media": ("a.txt", b"")}
    assert wecom.http.post("cgi-bin/media/upload", params=params, files=empty).json()["errcode"] == 44001
    code = wecom.send("template_card", BUTTONS)["response_code"]
    other = Api(str(wecom.http.base_url), wecom_token(OTHER_SECRET))
    body = {"atall": 1, "agentid": OTHER_AGENT, "response_code": code, "button": {"replace_name": "好"}}
    assert other.post("cgi-bin/message/update_template_card", body)["errcode"] == 42015
    other.http.close()
    menu = {"action_list": [{"text": "不再提醒", "key": ""}]}
    assert wecom.send("template_card", {**BUTTONS, "task_id": "t2", "action_menu": menu})["errcode"] == 42017
    sandbox.settings(directory_answer_users=1)
    assert wecom.get("cgi-bin/user/list", department_id=1, fetch_child=1)["errcode"] == 45029
    query = f"appid={CORP}&agentid={AGENT}&response_type=code&scope=snsapi_privateinfo"
    url = f"{sandbox.url}/open/connect/oauth2/authorize?{query}&redirect_uri=http://127.0.0.1:9/"
    login = sandbox.person("lihua").authorize(url).split("code=")[1].split("&")[0]
    ticket = wecom.get("cgi-bin/auth/getuserinfo", code=login)["user_ticket"]
    sandbox.settings(user_ticket_seconds=600)
    sandbox.advance(1801)
    assert wecom.post("cgi-bin/auth/getuserdetail", {"user_ticket": ticket})["errcode"] == 84014


def test_every_refusal_has_a_case() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "sandbox").rglob("*.py"))
    cases = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
    refusals = set(re.findall(r"ApiError\((-?\d+)", code))
    refusals |= set(re.findall(r"SmsRefusal\(\s*\"([^\"]+)\"", code))
    refusals |= set(re.findall(r"return \"((?:Failed|Invalid|Limit)\w+\.\w+)\"", code))
    assert len(refusals) > 120
    assert sorted(name for name in refusals if name not in cases) == []
