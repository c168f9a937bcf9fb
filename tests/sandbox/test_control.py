"""The control interface: clock, inbox, faults, log, reset, and its own description."""

import hashlib
import json
from datetime import datetime

import httpx
import pytest

from sandbox.app import create_app
from sandbox.client import Sandbox, SandboxError
from tests.sandbox.scene import AGENT, BUTTONS, CORP, ROOT, SECRET, Api, Bot, corp_body, running_sandbox


def test_clock_is_set_moved_and_stopped(sandbox: Sandbox) -> None:
    assert sandbox.set_clock("2026-03-02T08:45:00+08:00", rate=0) == {
        "now": "2026-03-02T08:45:00+08:00",
        "rate": 0,
    }
    assert sandbox.advance(600)["now"] == "2026-03-02T08:55:00+08:00"
    assert sandbox.set_clock("2026-03-02T09:00:00")["now"] == "2026-03-02T09:00:00+08:00"
    message = sandbox.person("LiHua").say("打卡")
    assert message["at"] == "2026-03-02T09:00:00+08:00"
    assert sandbox.advance(0.25)["now"] == "2026-03-02T09:00:00+08:00"
    assert sandbox.clock()["timestamp"] % 1 == 0.25, "who follows it needs more than seconds"
    assert sandbox.reset_clock()["rate"] == 1
    assert datetime.fromisoformat(sandbox.clock()["now"]).year > 2000
    with pytest.raises(SandboxError):
        sandbox.set_clock("someday")


def test_inbox_after_a_number_and_waiting(sandbox: Sandbox, wecom: Api) -> None:
    person = sandbox.person("LiHua")
    after = person.say("打卡")["after"]
    wecom.send("text", {"content": "一"})
    wecom.send("text", {"content": "二"})
    assert [m["text"] for m in person.wait(after, count=2)] == ["一", "二"]
    assert person.inbox(person.inbox()[-1]["seq"]) == []
    empty = sandbox.call("GET", "people/lihua/inbox/wait", after=after + 2, timeout=0)
    assert (empty["messages"], empty["complete"]) == ([], False)


def test_changes_are_found_by_revision(sandbox: Sandbox, wecom: Api) -> None:
    msgid = wecom.send("text", {"content": "一"})["msgid"]
    before = sandbox.call("GET", "people/lihua/inbox")["last_revision"]
    wecom.post("cgi-bin/message/recall", {"msgid": msgid})
    changed = sandbox.call("GET", "people/lihua/inbox/wait", changed_after=before)
    assert [m["recalled"] for m in changed["messages"]] == [True]


def test_configuration_keeps_the_chats_of_those_who_stay(sandbox: Sandbox, wecom: Api, bot: Bot) -> None:
    wecom.send("text", {"content": "早"}, "@all")
    body = corp_body(bot.url)
    body["members"] = body["members"][:1]
    sandbox.put_corp(CORP, body)
    assert len(sandbox.person("LiHua").inbox()) == 1
    with pytest.raises(SandboxError, match="没有 zhangwei"):
        sandbox.person("zhangwei").inbox()
    with pytest.raises(SandboxError, match="部门不存在"):
        sandbox.put_corp(CORP, {**body, "members": [{"userid": "a", "name": "a", "department": [77]}]})


def test_faults_strike_as_often_as_told(sandbox: Sandbox, wecom: Api) -> None:
    sandbox.faults(api_errcode={"value": 45009, "times": 1, "path": "message/send"})
    assert [wecom.send("text", {"content": "早"})["errcode"] for _ in "ab"] == [45009, 0]
    sandbox.faults(api_http_status={"value": 502, "times": 1, "path": "message/send"})
    response = wecom.http.post("cgi-bin/message/send", params={"access_token": wecom.token()}, content=b"{}")
    assert response.status_code == 502
    sandbox.faults(token_expired={"value": True, "times": 1})
    assert [wecom.send("text", {"content": "早"})["errcode"] for _ in "ab"] == [42001, 0]
    with pytest.raises(SandboxError, match="没有这种故障"):
        sandbox.faults(meteor=1)


def test_accepted_but_never_answered(sandbox: Sandbox, wecom: Api) -> None:
    token = wecom.token()
    sandbox.faults(accept_then_drop={"value": True, "times": 1, "path": "message/send"})
    body = {"touser": "lihua", "msgtype": "text", "agentid": 1000002, "text": {"content": "已到"}}
    content = json.dumps(body, ensure_ascii=False).encode()
    with pytest.raises(httpx.TransportError):
        wecom.http.post("cgi-bin/message/send", params={"access_token": token}, content=content)
    assert [m["text"] for m in sandbox.person("LiHua").inbox()] == ["已到"]


def test_callback_faults(sandbox: Sandbox, bot: Bot) -> None:
    person = sandbox.person("LiHua")
    sandbox.faults(callback_drop={"times": 1})
    person.say("丢了")
    assert sandbox.settle()
    assert bot.received == []
    sandbox.faults(callback_double={"times": 1})
    person.say("两次")
    assert sandbox.settle()
    assert [r["Content"] for r in bot.received] == ["两次", "两次"]
    assert sandbox.call("GET", "faults") == {"faults": []}


def test_log_shows_everything_but_secrets(sandbox: Sandbox, wecom: Api) -> None:
    wecom.send("text", {"content": "早"})
    sandbox.person("LiHua").say("打卡")
    assert sandbox.settle()
    entries = sandbox.log()
    assert [(e["kind"], e["outcome"]) for e in entries] == [("api", "ok"), ("api", "ok"), ("callback", "ok")]
    assert entries[1]["request"]["text"] == {"content": "早"}
    assert "<Content><![CDATA[打卡]]></Content>" in entries[2]["request"]
    text = json.dumps(entries)
    assert SECRET not in text
    assert wecom.token() not in text
    assert [e["kind"] for e in sandbox.log(after=entries[1]["n"])][:1] == ["callback"]


def test_people_are_named_and_ambiguity_is_pointed_out(sandbox: Sandbox, bot: Bot) -> None:
    kinds = {person["id"]: person["kind"] for person in sandbox.people()}
    assert kinds == {"LiHua": "member", "zhangwei": "member", "oChen": "follower", "oZhou": "follower"}
    second = corp_body(bot.url, contacts=None)
    sandbox.put_corp("wwsecond", second)
    with pytest.raises(SandboxError, match="不止一个"):
        sandbox.person("LiHua").say("你好")
    assert sandbox.person("LiHua", home="wwsecond").say("你好")["home"] == "wwsecond"


def test_description_names_every_operation(sandbox: Sandbox) -> None:
    document = httpx.get(f"{sandbox.url}/control/openapi.json", trust_env=False).json()
    assert document["openapi"] == "3.1.0"
    assert "post" in document["paths"]["/control/people/{person}/say"]
    text = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    names = {[part for part in path.split("/") if not part.startswith("{")][-1] for path in document["paths"]}
    assert len(document["paths"]) >= 60
    assert sorted(name for name in names if name not in text) == []


def test_pages_are_served(sandbox: Sandbox) -> None:
    with httpx.Client(base_url=sandbox.url, trust_env=False) as http:
        for path in ("/", "/log", "/open/js/jweixin.js", "/static/phones.js", "/phones/state"):
            assert http.get(path).status_code == 200, path


def test_pages_sign_themselves_or_are_refused(sandbox: Sandbox, wecom: Api) -> None:
    ticket, url = wecom.get("cgi-bin/get_jsapi_ticket")["ticket"], "http://127.0.0.1:9/app?a=1"
    text = f"jsapi_ticket={ticket}&noncestr=n&timestamp=1&url={url}"
    body = {"kind": "config", "home": CORP, "appId": CORP, "timestamp": 1, "nonceStr": "n", "url": url}
    signed = {**body, "signature": hashlib.sha1(text.encode()).hexdigest()}
    with httpx.Client(base_url=sandbox.url, trust_env=False) as http:
        assert http.post("/phones/jssdk", json=signed).status_code == 200
        assert http.post("/phones/jssdk", json={**signed, "url": url + "#x"}).status_code == 400
        assert (
            http.post("/phones/jssdk", json={**signed, "kind": "agentConfig", "agentid": 1000002}).status_code
            == 400
        )


def test_reset_forgets_everything(sandbox: Sandbox) -> None:
    sandbox.advance(3600)
    sandbox.reset()
    assert sandbox.people() == []
    assert sandbox.log() == []


def test_application_starts_from_a_configuration() -> None:
    app = create_app({"corps": {CORP: corp_body("http://127.0.0.1:9")}})
    assert [member.name for member in app.state.world.corps[CORP].members.values()] == ["李华", "张伟"]


def test_misshapen_requests_are_refused_and_not_a_crash(sandbox: Sandbox, wecom: Api) -> None:
    assert wecom.send("template_card", {**BUTTONS, "main_title": "标题"})["errcode"] == 40058
    body = {
        "userids": 7,
        "agentid": AGENT,
        "response_code": wecom.send("template_card", BUTTONS)["response_code"],
    }
    assert wecom.post("cgi-bin/message/update_template_card", body)["errcode"] == 40058
    with pytest.raises(SandboxError, match="形状"):
        sandbox.put_corp(CORP, {"name": "x", "apps": ["app"]})


def test_stops_cleanly_with_an_open_stream() -> None:
    with (
        running_sandbox() as (url, process),
        httpx.Client(base_url=url, trust_env=False) as http,
        http.stream("GET", "/phones/stream") as stream,
    ):
        assert next(stream.iter_lines()) == "retry: 1000"
        process.terminate()
        assert process.wait(15) == 0
