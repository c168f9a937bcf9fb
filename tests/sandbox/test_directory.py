"""The directory's writes, and what the contact-sync callback hears of them (protocol 2.4, 3.9)."""

from typing import Any

import pytest

from sandbox.client import Sandbox, SandboxError
from tests.sandbox.scene import AGENT, CORP, Api, Bot, corp_body


def fields(received: Any) -> dict[str, str]:
    """The elements of a directory event, without its head."""
    head = {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"}
    return {child.tag: child.text or "" for child in received.message if child.tag not in head}


def changes(sandbox: Sandbox, bot: Bot) -> list[dict[str, str]]:
    """What the contact-sync callback heard so far."""
    assert sandbox.settle()
    assert all(received.path == "/contacts" for received in bot.events("change_contact"))
    return [fields(received) for received in bot.events("change_contact")]


@pytest.mark.parametrize(
    ("code", "call", "body"),
    [
        (0, "create", {"tagname": "外访"}),
        (0, "create", {"tagname": "外访", "tagid": 9}),
        (40071, "create", {"tagname": "骨干"}),
        (40072, "create", {"tagname": ""}),
        (40072, "create", {"tagname": "字" * 33}),
        (40068, "create", {"tagname": "外访", "tagid": 7}),
        (0, "update", {"tagid": 7, "tagname": "核心"}),
        (40068, "update", {"tagid": 8, "tagname": "核心"}),
        (0, "addtagusers", {"tagid": 7, "userlist": ["zhangwei"]}),
        (0, "addtagusers", {"tagid": 7, "partylist": [2]}),
        (40031, "addtagusers", {"tagid": 7, "userlist": ["nobody"]}),
        (40031, "addtagusers", {"tagid": 7}),
        (40032, "addtagusers", {"tagid": 7, "userlist": ["u"] * 1001}),
        (40032, "addtagusers", {"tagid": 7, "partylist": [1] * 101}),
        (40068, "addtagusers", {"tagid": 8, "userlist": ["zhangwei"]}),
        (0, "deltagusers", {"tagid": 7, "userlist": ["LiHua"]}),
    ],
)
def test_tags(sandbox: Sandbox, wecom: Api, code: int, call: str, body: dict[str, Any]) -> None:
    sandbox.call("PUT", f"corps/{CORP}/tags/7", {"tagname": "骨干", "userlist": ["LiHua"]})
    assert wecom.post(f"cgi-bin/tag/{call}", body)["errcode"] == code


def test_a_tag_from_first_to_last(sandbox: Sandbox, wecom: Api, contacts: Api, bot: Bot) -> None:
    number = wecom.post("cgi-bin/tag/create", {"tagname": "骨干"})["tagid"]
    add = {"tagid": number, "userlist": ["lihua", "nobody"], "partylist": [2, 77]}
    answer = wecom.post("cgi-bin/tag/addtagusers", add)
    assert (answer["errcode"], answer["invalidlist"], answer["invalidparty"]) == (0, "nobody", [77])
    assert wecom.get("cgi-bin/tag/get", tagid=number)["userlist"] == [{"userid": "LiHua", "name": "李华"}]
    assert wecom.get("cgi-bin/tag/get", tagid=number)["partylist"] == [2]
    assert wecom.send("text", {"content": "早"}, "", totag=str(number))["errcode"] == 0
    assert len(sandbox.person("LiHua").inbox()) == 1
    assert wecom.get("cgi-bin/tag/delete", tagid=number)["errcode"] == 40068
    assert wecom.post("cgi-bin/tag/deltagusers", {"tagid": number, "userlist": ["lihua"]})["errcode"] == 0
    contacts.post("cgi-bin/tag/deltagusers", {"tagid": number, "partylist": [2]})
    assert wecom.get("cgi-bin/tag/delete", tagid=number)["errcode"] == 0
    assert wecom.get("cgi-bin/tag/get", tagid=number)["errcode"] == 40068
    told = changes(sandbox, bot)
    assert told == [
        {
            "ChangeType": "update_tag",
            "TagId": str(number),
            "AddUserItems": "LiHua",
            "DelUserItems": "",
            "AddPartyItems": "2",
            "DelPartyItems": "",
        },
        {
            "ChangeType": "update_tag",
            "TagId": str(number),
            "AddUserItems": "",
            "DelUserItems": "LiHua",
            "AddPartyItems": "",
            "DelPartyItems": "",
        },
    ]


def test_departments_are_called_back(sandbox: Sandbox, bot: Bot) -> None:
    path = f"corps/{CORP}/departments/5"
    sandbox.call("PUT", path, {"name": "外访组", "parentid": 1, "order": 3})
    sandbox.call("PUT", path, {"name": "外访一组"})
    sandbox.call("PUT", path, {"name": "外访一组"})
    sandbox.call("DELETE", path)
    assert changes(sandbox, bot) == [
        {"ChangeType": "create_party", "Id": "5", "Name": "外访组", "ParentId": "1", "Order": "3"},
        {"ChangeType": "update_party", "Id": "5", "Name": "外访一组"},
        {"ChangeType": "delete_party", "Id": "5"},
    ]


@pytest.mark.parametrize(
    ("words", "method", "number"),
    [
        ("还有成员", "DELETE", 2),
        ("不能删除", "DELETE", 1),
        ("没有部门", "DELETE", 88),
        ("上级部门不存在", "PUT", 3),
    ],
)
def test_departments_are_guarded(sandbox: Sandbox, words: str, method: str, number: int) -> None:
    body = {"name": "x", "parentid": 77} if method == "PUT" else None
    with pytest.raises(SandboxError, match=words):
        sandbox.call(method, f"corps/{CORP}/departments/{number}", body)


def test_a_new_configuration_tells_the_differences(sandbox: Sandbox, bot: Bot) -> None:
    body = corp_body(bot.url)
    body["departments"] += [{"id": 4, "name": "人事部", "parentid": 1}]
    body["tags"] = [{"tagid": 3, "tagname": "骨干", "userlist": ["LiHua"]}]
    sandbox.put_corp(CORP, body)
    body["departments"] = body["departments"][:2]
    sandbox.put_corp(CORP, body)
    kinds = [change["ChangeType"] for change in changes(sandbox, bot)]
    assert kinds == ["create_party", "update_tag", "delete_party"]


def test_ids_are_converted(sandbox: Sandbox, wecom: Api) -> None:
    openid = wecom.post("cgi-bin/user/convert_to_openid", {"userid": "lihua"})["openid"]
    assert wecom.post("cgi-bin/user/convert_to_userid", {"openid": openid})["userid"] == "LiHua"
    assert wecom.post("cgi-bin/user/convert_to_openid", {"userid": "nobody"})["errcode"] == 60111
    assert wecom.post("cgi-bin/user/convert_to_userid", {"openid": "o"})["errcode"] == 40003
    sandbox.call("PUT", f"corps/{CORP}/members/lihua", {"biz_mail": "lihua@example.com"})
    body = {"email": "LiHua@example.com", "email_type": 1}
    assert wecom.post("cgi-bin/user/get_userid_by_email", body)["userid"] == "LiHua"
    assert wecom.post("cgi-bin/user/get_userid_by_email", {**body, "email_type": 2})["errcode"] == 46004


def test_an_app_trusts_callers_and_domains(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    token = wecom.token()
    body = corp_body(bot.url)
    body["apps"][0] |= {"trusted_ips": ["10.0.0.1"], "trusted_domains": ["app.example.com"]}
    sandbox.put_corp(CORP, body)
    params = {"access_token": token, "agentid": AGENT}
    assert wecom.http.get("cgi-bin/agent/get", params=params).json()["errcode"] == 60020
    secret = {"corpid": CORP, "corpsecret": body["apps"][0]["secret"]}
    assert wecom.http.get("cgi-bin/gettoken", params=secret).json()["errcode"] == 60020
    base = f"{sandbox.url}/open/connect/oauth2/authorize?appid={CORP}&response_type=code&scope=snsapi_base"
    with pytest.raises(SandboxError, match="50001"):
        sandbox.person("lihua").authorize(f"{base}&agentid={AGENT}&redirect_uri=https://other.example.com/")
    good = f"{base}&agentid={AGENT}&redirect_uri=https://app.example.com/x"
    assert "code=" in sandbox.person("lihua").authorize(good)


def test_a_mini_program_logs_in(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    body = corp_body(bot.url)
    body["apps"][0]["miniprogram"] = "wxmini0001"
    sandbox.put_corp(CORP, body)

    def session(code: str, grant_type: str = "authorization_code") -> dict[str, Any]:
        return wecom.get("cgi-bin/miniprogram/jscode2session", js_code=code, grant_type=grant_type)

    code = sandbox.person("lihua").act("mini-login")["code"]
    answer = session(code)
    assert (answer["corpid"], answer["userid"]) == (CORP, "LiHua")
    assert answer["session_key"]
    assert [session(code)["errcode"], session("")["errcode"], session("x", "other")["errcode"]] == [
        40029,
        41008,
        40002,
    ]
    late = sandbox.person("lihua").act("mini-login")["code"]
    assert wecom.get("cgi-bin/auth/getuserinfo", code=late)["errcode"] == 40029
    sandbox.advance(301)
    assert session(late)["errcode"] == 42003
    body["apps"][0]["miniprogram"] = ""
    sandbox.put_corp(CORP, body)
    assert session(late)["errcode"] == 40014


def test_an_app_reads_only_what_it_sees(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    body = corp_body(bot.url)
    body["departments"] += [{"id": 4, "name": "外访组", "parentid": 2}]
    body["apps"][0]["departments"] = [2]
    sandbox.put_corp(CORP, body)
    assert [node["id"] for node in wecom.get("cgi-bin/department/list")["department"]] == [2, 4]
    assert [node["id"] for node in wecom.get("cgi-bin/department/simplelist", id=4)["department_id"]] == [4]
    codes = [
        wecom.get("cgi-bin/department/list", id=1)["errcode"],
        wecom.get("cgi-bin/department/get", id=1)["errcode"],
        wecom.get("cgi-bin/department/get", id=77)["errcode"],
        wecom.get("cgi-bin/user/simplelist", department_id=1)["errcode"],
        wecom.get("cgi-bin/user/get", userid="zhangwei")["errcode"],
        wecom.get("cgi-bin/user/get", userid="lihua")["errcode"],
    ]
    assert codes == [60011, 60011, 60003, 60011, 60111, 0]
