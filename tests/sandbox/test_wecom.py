"""The WeCom API: tokens, sending, recall, card updates, menu, directory, identity (protocol section 3)."""

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox.client import Sandbox
from tests.sandbox.scene import AGENT, BUTTONS, CORP, OTHER_AGENT, OTHER_SECRET, SECRET, Api, wecom_token

CARD = {"title": "任务", "description": "三户", "url": "https://example.com"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def gettoken(api: Api, **query: str) -> dict[str, Any]:
    answer: dict[str, Any] = api.http.get("cgi-bin/gettoken", params=query).json()
    return answer


@pytest.mark.parametrize(
    ("code", "query"),
    [
        (41002, {}),
        (41004, {"corpid": CORP}),
        (40013, {"corpid": "wwother", "corpsecret": SECRET}),
        (40001, {"corpid": CORP, "corpsecret": "wrong"}),
        (40091, {"corpid": CORP, "corpsecret": "not a secret!"}),
    ],
)
def test_token_refusals(wecom: Api, code: int, query: dict[str, str]) -> None:
    answer = gettoken(wecom, **query)
    assert answer["errcode"] == code
    assert f"more info at https://open.work.weixin.qq.com/devtool/query?e={code}" in answer["errmsg"]
    assert ", hint: [" in answer["errmsg"]
    assert ", from ip: 127.0.0.1" in answer["errmsg"]


def test_token_stays_the_same_until_it_expires(sandbox: Sandbox, wecom: Api) -> None:
    first = gettoken(wecom, corpid=CORP, corpsecret=SECRET)
    assert 7198 <= first["expires_in"] <= 7200
    sandbox.advance(3600)
    second = gettoken(wecom, corpid=CORP, corpsecret=SECRET)
    assert second["access_token"] == first["access_token"]
    assert second["expires_in"] <= 3600
    sandbox.advance(3601)
    params = {"access_token": first["access_token"], "agentid": AGENT}
    assert wecom.http.get("cgi-bin/agent/get", params=params).json()["errcode"] == 42001
    assert gettoken(wecom, corpid=CORP, corpsecret=SECRET)["access_token"] != first["access_token"]


def test_token_belongs_in_the_query(wecom: Api) -> None:
    body = {
        "touser": "lihua",
        "msgtype": "text",
        "agentid": AGENT,
        "text": {"content": "x"},
        "access_token": wecom.token(),
    }
    assert wecom.http.post("cgi-bin/message/send", json=body).json()["errcode"] == 41001
    answer = wecom.http.post("cgi-bin/message/send?access_token=garbled", json=body).json()
    assert answer["errcode"] == 40014


def test_escapes_of_chinese_are_refused_and_of_ascii_are_not(wecom: Api) -> None:
    body = {"touser": "lihua", "msgtype": "text", "agentid": AGENT, "text": {"content": "你好"}}
    url = f"cgi-bin/message/send?access_token={wecom.token()}"
    assert wecom.http.post(url, content=json.dumps(body)).json()["errcode"] == 40033
    raw = json.dumps(body, ensure_ascii=False).replace("你好", "\\u0041 \\\\u4f60")
    assert wecom.http.post(url, content=raw.encode()).json()["errcode"] == 0
    assert wecom.http.post(url, content=b"{").json()["errcode"] == 47001


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (0, {}),
        (41011, {"agentid": ""}),
        (40056, {"agentid": "x"}),
        (301002, {"agentid": OTHER_AGENT}),
        (82001, {"touser": ""}),
        (81013, {"touser": "nobody"}),
        (40032, {"touser": "|".join(f"u{i}" for i in range(1001))}),
        (82002, {"toparty": "|".join(map(str, range(101)))}),
        (82003, {"totag": "|".join(map(str, range(101)))}),
        (40008, {"msgtype": "poem"}),
        (44004, {"text": {"content": " "}}),
        (44004, {"text": None}),
        (40058, {"safe": 7}),
        (40074, {"safe": 2}),
        (40074, {"msgtype": "news", "news": {"articles": [CARD]}, "safe": 1}),
        (45002, {"msgtype": "markdown", "markdown": {"content": "字" * 683}}),
        (0, {"msgtype": "markdown", "markdown": {"content": "字" * 682}}),
        (0, {"msgtype": "textcard", "textcard": CARD}),
        (41016, {"msgtype": "textcard", "textcard": {**CARD, "title": ""}}),
        (41033, {"msgtype": "textcard", "textcard": {**CARD, "description": ""}}),
        (41010, {"msgtype": "textcard", "textcard": {**CARD, "url": ""}}),
        (45034, {"msgtype": "textcard", "textcard": {**CARD, "url": "example.com"}}),
        (40058, {"msgtype": "textcard", "textcard": {**CARD, "url": "https://a/" + "x" * 2048}}),
        (0, {"msgtype": "news", "news": {"articles": [CARD] * 8}}),
        (45008, {"msgtype": "news", "news": {"articles": [CARD] * 9}}),
        (40007, {"msgtype": "image", "image": {"media_id": "?"}}),
        (
            90208,
            {
                "touser": "@all",
                "msgtype": "miniprogram_notice",
                "miniprogram_notice": {"appid": "a", "title": "班次提醒"},
            },
        ),
        (42014, {"msgtype": "template_card", "template_card": {**BUTTONS, "task_id": "a b"}}),
        (0, {"msgtype": "template_card", "template_card": BUTTONS}),
    ],
)
def test_send(wecom: Api, code: int, changes: dict[str, Any]) -> None:
    body = {"touser": "lihua", "msgtype": "text", "agentid": AGENT, "text": {"content": "早"}, **changes}
    answer = wecom.post("cgi-bin/message/send", body)
    assert answer["errcode"] == code, answer
    assert bool(answer.get("msgid")) == (code == 0)


def test_text_is_cut_at_2048_bytes_between_characters(sandbox: Sandbox, wecom: Api) -> None:
    wecom.send("text", {"content": "字" * 700})
    assert sandbox.person("LiHua").inbox()[0]["content"]["content"] == "字" * 682


def test_receivers_in_part_unknown(sandbox: Sandbox, wecom: Api) -> None:
    answer = wecom.send("text", {"content": "早"}, "LIHUA|Nobody|ZhangWei", toparty="2|99", totag="5")
    assert answer["errcode"] == 0
    assert (answer["invaliduser"], answer["invalidparty"], answer["invalidtag"]) == ("nobody", "99", "5")
    assert [len(sandbox.person(name).inbox()) for name in ("LiHua", "zhangwei")] == [1, 1]


def test_everybody_and_departments(sandbox: Sandbox, wecom: Api) -> None:
    wecom.send("text", {"content": "全体"}, "@all")
    wecom.send("text", {"content": "一组"}, "", toparty="2")
    wecom.send("text", {"content": "公司"}, "", toparty="1")
    assert [m["text"] for m in sandbox.person("LiHua").inbox()] == ["全体", "一组", "公司"]
    assert [m["text"] for m in sandbox.person("zhangwei").inbox()] == ["全体", "公司"]


def test_duplicate_check_suppresses_silently_within_the_interval(sandbox: Sandbox, wecom: Api) -> None:
    more = {"enable_duplicate_check": 1, "duplicate_check_interval": 600}
    for _ in range(2):
        assert wecom.send("text", {"content": "同一句"}, **more)["errcode"] == 0
    wecom.send("text", {"content": "另一句"}, **more)
    wecom.send("text", {"content": "同一句"}, "zhangwei", **more)
    assert [m["text"] for m in sandbox.person("LiHua").inbox()] == ["同一句", "另一句"]
    assert len(sandbox.person("zhangwei").inbox()) == 1
    sandbox.advance(601)
    wecom.send("text", {"content": "同一句"}, **more)
    assert len(sandbox.person("LiHua").inbox()) == 3


def test_the_thirty_first_message_in_a_minute_is_dropped_silently(sandbox: Sandbox, wecom: Api) -> None:
    sandbox.set_clock("2026-03-02T09:00:00+08:00", rate=0)
    for number in range(32):
        assert wecom.send("text", {"content": str(number)})["errcode"] == 0
    assert len(sandbox.person("LiHua").inbox()) == 30
    assert len(sandbox.log(kind="drop")) == 2
    sandbox.advance(61)
    wecom.send("text", {"content": "又可以了"})
    assert len(sandbox.person("LiHua").inbox()) == 31


def test_recall_within_a_day_by_the_same_app(sandbox: Sandbox, wecom: Api) -> None:
    msgid = wecom.send("text", {"content": "发错了"})["msgid"]
    other = Api(str(wecom.http.base_url), wecom_token(OTHER_SECRET))
    assert other.post("cgi-bin/message/recall", {"msgid": msgid})["errcode"] == 40058
    other.http.close()
    assert wecom.post("cgi-bin/message/recall", {"msgid": msgid})["errcode"] == 0
    assert sandbox.person("LiHua").inbox()[0]["recalled"] is True
    late = wecom.send("text", {"content": "太晚"})["msgid"]
    sandbox.advance(86401)
    assert wecom.post("cgi-bin/message/recall", {"msgid": late})["errcode"] == 42052


def update(wecom: Api, code: str, **changes: Any) -> int:
    body = {
        "userids": ["LiHua"],
        "agentid": AGENT,
        "response_code": code,
        "button": {"replace_name": "已处理"},
    }
    return int(wecom.post("cgi-bin/message/update_template_card", {**body, **changes})["errcode"])


def test_card_is_updated_once(sandbox: Sandbox, wecom: Api) -> None:
    code = wecom.send("template_card", BUTTONS)["response_code"]
    assert update(wecom, code, userids=[]) == 82101
    assert update(wecom, code, userids=["zhangwei"]) == 82102
    assert update(wecom, code, button={}) == 40058
    assert update(wecom, "unknown") == 60140
    assert update(wecom, code) == 0
    assert update(wecom, code) == 60140
    card = sandbox.person("LiHua").inbox()[0]
    assert (card["replace_text"], card["updated"]) == ("已处理", True)


def test_card_is_replaced_by_another(sandbox: Sandbox, wecom: Api) -> None:
    code = wecom.send("template_card", BUTTONS)["response_code"]
    notice = {
        "card_type": "text_notice",
        "main_title": {"title": "已批准"},
        "card_action": {"type": 1, "url": "https://example.com"},
    }
    assert update(wecom, code, button=None, template_card={**notice, "card_action": None}) == 42045
    assert update(wecom, code, button=None, template_card=notice) == 0
    assert sandbox.person("LiHua").inbox()[0]["text"] == "已批准"


def test_response_code_dies_after_72_hours(sandbox: Sandbox, wecom: Api) -> None:
    code = wecom.send("template_card", BUTTONS)["response_code"]
    sandbox.advance(72 * 3600 + 1)
    assert update(wecom, code) == 60140


def test_task_id_is_unique_per_app_and_cards_need_a_callback(wecom: Api) -> None:
    assert wecom.send("template_card", BUTTONS)["errcode"] == 0
    assert wecom.send("template_card", BUTTONS)["errcode"] == 42014
    other = Api(str(wecom.http.base_url), wecom_token(OTHER_SECRET))
    assert other.send("template_card", BUTTONS, agentid=OTHER_AGENT)["errcode"] == 43012
    other.http.close()


def test_media(sandbox: Sandbox, wecom: Api) -> None:
    def upload(kind: str, data: bytes, name: str = "a.png") -> dict[str, Any]:
        params = {"access_token": wecom.token(), "type": kind}
        answer: dict[str, Any] = wecom.http.post(
            "cgi-bin/media/upload", params=params, files={"media": (name, data)}
        ).json()
        return answer

    kept = upload("image", PNG)
    assert isinstance(kept["created_at"], str)
    assert wecom.send("image", {"media_id": kept["media_id"]})["errcode"] == 0
    params = {"access_token": wecom.token(), "media_id": kept["media_id"]}
    response = wecom.http.get("cgi-bin/media/get", params=params)
    assert response.content == PNG
    assert response.headers["content-type"] == "image/png"
    assert upload("image", b"not a picture")["errcode"] == 40123
    assert upload("poem", PNG)["errcode"] == 40004
    assert upload("file", b"12345")["errcode"] == 40006
    assert upload("voice", b"x" * 10)["errcode"] == 301016
    sandbox.advance(3 * 86400)
    assert wecom.send("image", {"media_id": kept["media_id"]})["errcode"] == 40007


@pytest.mark.parametrize(
    ("code", "buttons"),
    [
        (0, [{"type": "click", "name": "打卡", "key": "in"}]),
        (40016, []),
        (40016, [{"type": "click", "name": "打卡", "key": "in"}] * 4),
        (41102, [{"type": "click", "key": "in"}]),
        (40018, [{"type": "click", "name": "六个汉字太长", "key": "in"}]),
        (40019, [{"type": "click", "name": "打卡"}]),
        (40020, [{"type": "view", "name": "打卡", "url": "example.com"}]),
        (40017, [{"type": "dance", "name": "打卡"}]),
        (40023, [{"name": "多", "sub_button": [{"type": "click", "name": "打卡", "key": "in"}] * 6}]),
        (
            40022,
            [
                {
                    "name": "多",
                    "sub_button": [
                        {"name": "深", "sub_button": [{"type": "click", "name": "x", "key": "x"}]}
                    ],
                }
            ],
        ),
    ],
)
def test_menu(wecom: Api, code: int, buttons: list[dict[str, Any]]) -> None:
    assert wecom.post("cgi-bin/menu/create", {"button": buttons}, agentid=AGENT)["errcode"] == code
    answer = wecom.get("cgi-bin/menu/get", agentid=AGENT)
    assert answer["errcode"] == (0 if code == 0 else 46003)
    assert wecom.get("cgi-bin/menu/delete", agentid=AGENT)["errcode"] == 0


def test_directory_of_an_app_hides_private_fields(wecom: Api) -> None:
    member = wecom.get("cgi-bin/user/get", userid="lihua")
    assert (member["userid"], member["name"], member["department"]) == ("LiHua", "李华", [2])
    assert "mobile" not in member
    assert wecom.get("cgi-bin/user/get", userid="nobody")["errcode"] == 60111
    names = [m["userid"] for m in wecom.get("cgi-bin/user/simplelist", department_id=1)["userlist"]]
    assert names == ["zhangwei"]
    everyone = wecom.get("cgi-bin/user/list", department_id=1, fetch_child=1)["userlist"]
    assert [m["userid"] for m in everyone] == ["LiHua", "zhangwei"]
    assert [d["id"] for d in wecom.get("cgi-bin/department/list")["department"]] == [1, 2]
    assert wecom.get("cgi-bin/user/list", department_id=9)["errcode"] == 60003
    assert wecom.get("cgi-bin/agent/get", agentid=AGENT)["name"] == "点将"
    assert wecom.post("cgi-bin/user/list_id", {})["errcode"] == 48002
    assert wecom.get("cgi-bin/message/send")["errcode"] == 43002


def test_contact_sync_reads_ids_only(contacts: Api) -> None:
    assert contacts.get("cgi-bin/user/get", userid="lihua")["errcode"] == 48009
    assert contacts.send("text", {"content": "x"})["errcode"] == 48002
    page = contacts.post("cgi-bin/user/list_id", {"limit": 1})
    assert page["dept_user"] == [{"userid": "LiHua", "department": 2}]
    rest = contacts.post("cgi-bin/user/list_id", {"limit": 1, "cursor": page["next_cursor"]})
    assert (rest["dept_user"], rest["next_cursor"]) == ([{"userid": "zhangwei", "department": 1}], "")
    assert [d["id"] for d in contacts.get("cgi-bin/department/simplelist")["department_id"]] == [1, 2]


def authorize_url(sandbox: Sandbox, **changes: str) -> str:
    query = {
        "appid": CORP,
        "redirect_uri": "http://127.0.0.1:9/app?next=1",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "abc",
        "agentid": str(AGENT),
        **changes,
    }
    return f"{sandbox.url}/open/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect"


def test_login_code_is_good_once_and_for_five_minutes(sandbox: Sandbox, wecom: Api) -> None:
    redirect = urlsplit(sandbox.person("LiHua").authorize(authorize_url(sandbox)))
    query = parse_qs(redirect.query)
    assert (redirect.netloc, query["next"], query["state"]) == ("127.0.0.1:9", ["1"], ["abc"])
    code = query["code"][0]
    assert wecom.get("cgi-bin/auth/getuserinfo", code=code)["userid"] == "LiHua"
    assert wecom.get("cgi-bin/auth/getuserinfo", code=code)["errcode"] == 40029
    assert wecom.get("cgi-bin/auth/getuserinfo", code="x")["errcode"] == 40029
    late = parse_qs(urlsplit(sandbox.person("LiHua").authorize(authorize_url(sandbox))).query)["code"][0]
    sandbox.advance(301)
    assert wecom.get("cgi-bin/auth/getuserinfo", code=late)["errcode"] == 42003


def test_private_fields_come_with_consent(sandbox: Sandbox, wecom: Api) -> None:
    url = authorize_url(sandbox, scope="snsapi_privateinfo")
    code = parse_qs(urlsplit(sandbox.person("LiHua").authorize(url)).query)["code"][0]
    ticket = wecom.get("cgi-bin/auth/getuserinfo", code=code)["user_ticket"]
    assert wecom.post("cgi-bin/auth/getuserdetail", {"user_ticket": ticket})["mobile"] == "13800000001"
    assert wecom.post("cgi-bin/auth/getuserdetail", {"user_ticket": "x"})["errcode"] == 84015


def test_authorize_page_redirects_a_known_person_and_offers_a_choice_to_others(
    sandbox: Sandbox, wecom: Api
) -> None:
    url = authorize_url(sandbox).split("#")[0]
    answer = wecom.http.get(url, headers={"X-Sandbox-Person": "lihua"})
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("http://127.0.0.1:9/app?next=1&code=")
    assert "李华" in wecom.http.get(url).text
    assert wecom.http.get(authorize_url(sandbox, state="a-b").split("#")[0]).status_code == 400


def test_tickets_are_two(wecom: Api) -> None:
    corp = wecom.get("cgi-bin/get_jsapi_ticket")
    agent = wecom.get("cgi-bin/ticket/get", type="agent_config")
    assert corp["ticket"] != agent["ticket"]
    assert wecom.get("cgi-bin/get_jsapi_ticket")["ticket"] == corp["ticket"]
    assert wecom.get("cgi-bin/ticket/get", type="jsapi")["errcode"] == 91040
