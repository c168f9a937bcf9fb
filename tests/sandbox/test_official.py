"""The service account's API: tokens, windows, templates, users, QR codes, login (protocol section 4)."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox.client import Sandbox
from tests.sandbox.scene import ACCOUNT, ACCOUNT_SECRET, KEY, ORIGINAL, TOKEN, Api, Bot

DATA = {"thing1": {"value": "电话催收员"}, "time2": {"value": "2026-03-02 14:00"}}
CREDENTIALS = {"grant_type": "client_credential", "appid": ACCOUNT, "secret": ACCOUNT_SECRET}


def custom(official: Api, text: str = "您好", openid: str = "oChen") -> int:
    body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
    return int(official.post("cgi-bin/message/custom/send", body)["errcode"])


def template(official: Api, **changes: Any) -> dict[str, Any]:
    body = {"touser": "oChen", "template_id": "T1", "data": DATA, **changes}
    return official.post("cgi-bin/message/template/send", body)


def stable(official: Api, **changes: Any) -> dict[str, Any]:
    answer: dict[str, Any] = official.http.post(
        "cgi-bin/stable_token", json={**CREDENTIALS, **changes}
    ).json()
    return answer


def works(official: Api, token: str) -> int:
    params = {"access_token": token, "openid": "oChen"}
    return int(official.http.get("cgi-bin/user/info", params=params).json().get("errcode", 0))


def test_refusals_end_with_a_request_id(official: Api) -> None:
    answer = stable(official, secret="wrong")
    assert answer["errcode"] == 40001
    assert answer["errmsg"].split(" rid: ")[1].count("-") == 2
    assert stable(official, appid="wxother")["errcode"] == 40013


def test_stable_token_renews_five_minutes_early_and_both_work(sandbox: Sandbox, official: Api) -> None:
    first = stable(official)
    assert "errcode" not in first
    sandbox.advance(7200 - 400)
    assert stable(official)["access_token"] == first["access_token"]
    sandbox.advance(200)
    second = stable(official)
    assert second["access_token"] != first["access_token"]
    assert [works(official, token["access_token"]) for token in (first, second)] == [0, 0]
    sandbox.advance(201)
    assert [works(official, token["access_token"]) for token in (first, second)] == [42001, 0]


def test_forced_renewal_ends_the_old_token_and_is_limited(official: Api) -> None:
    first = stable(official)["access_token"]
    second = stable(official, force_refresh=True)["access_token"]
    assert [works(official, token) for token in (first, second)] == [40001, 0]
    assert stable(official, force_refresh=True)["errcode"] == 45009


def test_plain_token_replaces_the_previous_one_after_five_minutes(sandbox: Sandbox, official: Api) -> None:
    stable_token = stable(official)["access_token"]
    first, second = (
        official.http.get("cgi-bin/token", params=CREDENTIALS).json()["access_token"] for _ in "ab"
    )
    assert [works(official, token) for token in (first, second)] == [0, 0]
    sandbox.advance(301)
    assert [works(official, token) for token in (first, second, stable_token)] == [40001, 0, 0]
    sandbox.advance(7000)
    assert works(official, second) == 42001


def test_five_messages_within_48_hours_of_a_message(sandbox: Sandbox, official: Api) -> None:
    assert custom(official) == 45015
    sandbox.person("oChen").say("你好")
    assert [custom(official) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    sandbox.person("oChen").say("还在吗")
    assert custom(official) == 0
    sandbox.advance(48 * 3600 + 1)
    assert custom(official) == 45015


def test_three_messages_within_a_minute_of_a_menu_tap(sandbox: Sandbox, official: Api) -> None:
    official.post("cgi-bin/menu/create", {"button": [{"type": "click", "name": "进度", "key": "progress"}]})
    sandbox.person("oChen").tap_menu("progress")
    assert [custom(official) for _ in range(4)] == [0, 0, 0, 45047]
    sandbox.advance(61)
    assert custom(official) == 45015


def test_who_does_not_follow_gets_nothing(sandbox: Sandbox, official: Api) -> None:
    assert custom(official, openid="oZhou") == 43004
    assert template(official, touser="oZhou")["errcode"] == 43004
    assert custom(official, openid="nobody") == 40003
    sandbox.person("oZhou").follow()
    assert custom(official, openid="oZhou") == 0


@pytest.mark.parametrize(
    ("code", "detail", "data"),
    [
        (0, "", DATA),
        (47003, "data.thing1.value is empty", {"time2": DATA["time2"]}),
        (47003, "data.thing1.value is empty", {**DATA, "thing1": {"value": " "}}),
        (47003, "data.thing1.value invalid", {**DATA, "thing1": {"value": "字" * 21}}),
        (47003, "data.time2.value invalid", {**DATA, "time2": {"value": "明天下午"}}),
    ],
)
def test_template_values(official: Api, code: int, detail: str, data: dict[str, Any]) -> None:
    answer = template(official, data=data)
    assert answer["errcode"] == code
    assert detail in answer["errmsg"]


def test_template_is_sent_once_per_client_msg_id_and_reported(
    sandbox: Sandbox, official: Api, bot: Bot
) -> None:
    first = template(official, client_msg_id="visit-9-v1")
    second = template(official, client_msg_id="visit-9-v1")
    assert first["msgid"] == second["msgid"]
    assert sandbox.settle()
    assert len(sandbox.person("oChen").inbox()) == 1
    [report] = bot.events("TEMPLATESENDJOBFINISH")
    assert (report["MsgID"], report["Status"]) == (str(first["msgid"]), "success")
    assert (report["ToUserName"], report["FromUserName"]) == (ORIGINAL, "oChen")
    sandbox.advance(601)
    assert template(official, client_msg_id="visit-9-v1")["msgid"] != first["msgid"]
    assert template(official, template_id="T9")["errcode"] == 40037


def test_person_who_blocks_templates_is_reported(sandbox: Sandbox, official: Api, bot: Bot) -> None:
    body = sandbox.call("GET", f"accounts/{ACCOUNT}")
    people = [{"openid": "oChen", "name": "陈晨", "accepts_templates": False}]
    callback = {"url": f"{bot.url}/official", "token": TOKEN, "encoding_aes_key": KEY}
    keep = {name: body[name] for name in ("name", "original_id", "mode", "templates")}
    sandbox.put_account(ACCOUNT, {**keep, "secret": ACCOUNT_SECRET, "callback": callback, "people": people})
    assert template(official)["errcode"] == 0
    assert sandbox.settle()
    assert bot.events("TEMPLATESENDJOBFINISH")[0]["Status"] == "failed:user block"
    assert sandbox.person("oChen").inbox() == []


def test_following_by_a_code_with_a_scene(sandbox: Sandbox, official: Api, bot: Bot) -> None:
    scene = {
        "action_name": "QR_STR_SCENE",
        "expire_seconds": 600,
        "action_info": {"scene": {"scene_str": "fair-7"}},
    }
    ticket = official.post("cgi-bin/qrcode/create", scene)["ticket"]
    sandbox.person("oZhou").scan(ticket)
    sandbox.person("oChen").scan("fair-7")
    assert sandbox.settle()
    assert (bot.events("subscribe")[0]["EventKey"], bot.events("subscribe")[0]["Ticket"]) == (
        "qrscene_fair-7",
        ticket,
    )
    assert bot.events("SCAN")[0]["EventKey"] == "fair-7"
    info = official.get("cgi-bin/user/info", openid="oZhou")
    assert (info["subscribe"], info["qr_scene_str"]) == (1, "fair-7")
    sandbox.person("oZhou").unfollow()
    assert sandbox.settle()
    assert bot.events("unsubscribe")[0]["FromUserName"] == "oZhou"
    assert official.get("cgi-bin/user/info", openid="oZhou") == {"subscribe": 0, "openid": "oZhou"}
    assert official.get("cgi-bin/user/get")["data"]["openid"] == ["oChen"]


def test_login_code(sandbox: Sandbox, official: Api) -> None:
    query = {
        "appid": ACCOUNT,
        "redirect_uri": "http://127.0.0.1:9/app",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "x",
    }
    url = f"{sandbox.url}/open/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect"
    code = parse_qs(urlsplit(sandbox.person("oChen").authorize(url)).query)["code"][0]
    params = {"appid": ACCOUNT, "secret": ACCOUNT_SECRET, "code": code, "grant_type": "authorization_code"}
    answer = official.http.get("sns/oauth2/access_token", params=params).json()
    assert (answer["openid"], answer["scope"]) == ("oChen", "snsapi_base")
    assert official.http.get("sns/oauth2/access_token", params=params).json()["errcode"] == 40163
    assert (
        official.http.get("sns/oauth2/access_token", params={**params, "code": "x"}).json()["errcode"]
        == 40029
    )


def test_typing_and_ticket(sandbox: Sandbox, official: Api) -> None:
    body = {"touser": "oChen", "command": "Typing"}
    assert official.post("cgi-bin/message/custom/typing", body)["errcode"] == 45015
    sandbox.person("oChen").say("在吗")
    assert official.post("cgi-bin/message/custom/typing", body)["errcode"] == 0
    assert official.post("cgi-bin/message/custom/typing", {**body, "command": "Sing"})["errcode"] == 45072
    assert official.get("cgi-bin/ticket/getticket", type="jsapi")["ticket"]
