"""A client that knows nothing of the sandbox: wechatpy 1.8.18, with only its base address changed."""

import warnings
from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.sandbox.scene import ACCOUNT, ACCOUNT_SECRET, AGENT, CORP, KEY, SECRET, TOKEN, Bot, account_body

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import wechatpy.enterprise.crypto
    from wechatpy import WeChatClient, parse_message
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.enterprise import WeChatClient as WeComClient
    from wechatpy.enterprise import parse_message as parse_wecom_message
    from wechatpy.exceptions import WeChatClientException
    from wechatpy.oauth import WeChatOAuth

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


class ToSandbox:
    """wechatpy hard-codes the host of its token calls: they go through here."""

    API_BASE_URL: str

    def fetch(self, url: str, params: dict[str, str]) -> Any:
        answer = self._http.get(url, params=params).json()  # type: ignore[attr-defined]
        return self._finish(answer)

    def _finish(self, answer: dict[str, Any]) -> dict[str, Any]:
        assert not answer.get("errcode"), answer
        self.session.set(self.access_token_key, answer["access_token"], answer["expires_in"])  # type: ignore[attr-defined]
        return answer


@pytest.fixture
def wecom_client(sandbox: Sandbox) -> Any:
    class Client(ToSandbox, WeComClient):  # type: ignore[misc]
        API_BASE_URL = f"{sandbox.url}/wecom/cgi-bin/"

        def fetch_access_token(self) -> Any:
            return self.fetch(f"{self.API_BASE_URL}gettoken", {"corpid": CORP, "corpsecret": SECRET})

    return Client(CORP, SECRET)


@pytest.fixture
def official_client(sandbox: Sandbox) -> Any:
    class Client(ToSandbox, WeChatClient):  # type: ignore[misc]
        API_BASE_URL = f"{sandbox.url}/official/cgi-bin/"

        def fetch_access_token(self) -> Any:
            credentials = {"grant_type": "client_credential", "appid": ACCOUNT, "secret": ACCOUNT_SECRET}
            return self.fetch(f"{self.API_BASE_URL}token", credentials)

    return Client(ACCOUNT, ACCOUNT_SECRET)


def test_sends_in_wecom(sandbox: Sandbox, wecom_client: Any) -> None:
    answer = wecom_client.message.send_text(AGENT, "lihua|nobody", "你好,李华")
    assert answer["invaliduser"] == "nobody"
    wecom_client.message.send_markdown(AGENT, "lihua", "**概览**")
    media = wecom_client.media.upload("image", ("a.png", PNG))
    wecom_client.message.send_image(AGENT, "lihua", media["media_id"])
    with pytest.raises(WeChatClientException) as refusal:
        wecom_client.message.send_text(AGENT, "nobody", "你好")
    assert refusal.value.errcode == 81013
    assert [m["msgtype"] for m in sandbox.person("LiHua").inbox()] == ["text", "markdown", "image"]
    assert sandbox.person("LiHua").inbox()[0]["text"] == "你好,李华"
    assert wecom_client.user.get("lihua")["name"] == "李华"
    wecom_client.menu.create(AGENT, {"button": [{"type": "click", "name": "打卡", "key": "in"}]})
    assert wecom_client.menu.get(AGENT)["button"][0]["name"] == "打卡"
    assert wecom_client.jsapi.get_ticket()["ticket"]


def test_reads_wecom_callbacks(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.person("LiHua").say("打卡")
    assert sandbox.settle()
    [received] = bot.received
    crypto = wechatpy.enterprise.crypto.WeChatCrypto(TOKEN, KEY, CORP)
    query = received.query
    xml = crypto.decrypt_message(received.body, query["msg_signature"], query["timestamp"], query["nonce"])
    message = parse_wecom_message(xml)
    assert (message.type, message.source, message.content, message.agent) == ("text", "LiHua", "打卡", AGENT)


def test_replies_in_wecom(sandbox: Sandbox, bot: Bot) -> None:
    crypto = wechatpy.enterprise.crypto.WeChatCrypto(TOKEN, KEY, CORP)
    plain = (
        "<xml><ToUserName>LiHua</ToUserName><FromUserName>x</FromUserName><CreateTime>1</CreateTime>"
        "<MsgType>text</MsgType><Content>收到</Content></xml>"
    )
    bot.answer = lambda received: (200, crypto.encrypt_message(plain, "77665544", "1700000000"))
    after = sandbox.person("LiHua").say("打卡")["after"]
    assert [m["text"] for m in sandbox.person("LiHua").wait(after)] == ["收到"]


def test_sends_in_the_service_account(sandbox: Sandbox, official_client: Any) -> None:
    sandbox.person("oChen").say("你好")
    official_client.message.send_text("oChen", "您好,陈晨")
    data = {"thing1": {"value": "电话催收员"}, "time2": {"value": "2026-03-02 14:00"}}
    official_client.message.send_template("oChen", "T1", data, url="https://example.com")
    assert [m["msgtype"] for m in sandbox.person("oChen").inbox()] == ["text", "text", "template"]
    assert official_client.user.get("oChen")["subscribe"] == 1


def test_reads_service_account_callbacks(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.person("oZhou").follow()
    assert sandbox.settle()
    [received] = bot.received
    query = received.query
    xml = WeChatCrypto(TOKEN, KEY, ACCOUNT).decrypt_message(
        received.body, query["msg_signature"], query["timestamp"], query["nonce"]
    )
    message = parse_message(xml)
    assert (message.event, message.source) == ("subscribe", "oZhou")


def test_groups_tags_and_files_in_wecom(sandbox: Sandbox, wecom_client: Any) -> None:
    chatid = wecom_client.appchat.create("team1", "一组", "lihua", ["lihua", "zhangwei"])["chatid"]
    wecom_client.appchat.send_text(chatid, "早会 9 点")
    assert wecom_client.appchat.get(chatid)["userlist"] == ["LiHua", "zhangwei"]
    assert [(m["chat"], m["text"]) for m in sandbox.person("zhangwei").inbox()] == [("team1", "早会 9 点")]
    number = wecom_client.tag.create("骨干")["tagid"]
    wecom_client.tag.add_users(number, ["lihua"])
    assert [user["userid"] for user in wecom_client.tag.get_users(number)["userlist"]] == ["LiHua"]
    wecom_client.message.send_text(AGENT, [], "早", tag_ids=str(number))
    assert len(sandbox.person("LiHua").inbox()) == 2
    assert wecom_client.media.upload_img(("a.png", PNG))["url"].startswith("http")
    openid = wecom_client.user.convert_to_openid("lihua")["openid"]
    assert wecom_client.user.convert_to_user_id(openid) == "LiHua"
    assert wecom_client.jsapi.get_agent_ticket()["ticket"]
    with pytest.raises(WeChatClientException) as refusal:
        wecom_client.appchat.send_text("unknown", "早")
    assert refusal.value.errcode == 86003


def test_approvals_in_wecom(sandbox: Sandbox, wecom_client: Any) -> None:
    oa = wecom_client.OA
    control = {"control": "Text", "id": "Text-1", "title": "事由", "require": 1}
    form = {"name": "换班", "controls": [control], "approvers": [{"attr": 1, "userid": ["zhangwei"]}]}
    sandbox.call("PUT", f"corps/{CORP}/approval-templates/3Tk1", form)
    assert oa.get_template_detail("3Tk1")["template_names"][0]["text"] == "换班"
    contents = [{"control": "Text", "id": "Text-1", "value": {"text": "换班"}}]
    summary = [{"summary_info": [{"text": "换班", "lang": "zh_CN"}]}]
    number = oa.apply_event("lihua", "3Tk1", 1, [], {"contents": contents}, summary)["sp_no"]
    sandbox.person("zhangwei").decide(number, "agree", "同意")
    assert oa.get_approval_detail(number)["info"]["sp_status"] == 2
    now = oa.get_approval_detail(number)["info"]["apply_time"]
    assert oa.get_approval_info(now - 60, now + 60, 0)["sp_no_list"] == [number]


def test_notices_users_and_pages_of_the_service_account(
    sandbox: Sandbox, official_client: Any, bot: Bot
) -> None:
    body = account_body(bot.url)
    notice = {"template_id": "S1", "title": "提醒", "content": "{{thing1.DATA}}", "kind": "subscribe"}
    sandbox.put_account(ACCOUNT, {**body, "templates": [*body["templates"], notice]})
    data = {"thing1": {"value": "面试"}}
    with pytest.raises(WeChatClientException) as refusal:
        official_client.message.send_subscribe_message("oChen", "S1", data)
    assert refusal.value.errcode == 43101
    sandbox.person("oChen").answer_popup(["S1"])
    official_client.message.send_subscribe_message("oChen", "S1", data)
    assert sandbox.person("oChen").inbox()[0]["text"] == "提醒\n面试"
    assert [u["openid"] for u in official_client.user.get_batch(["oChen", "oZhou"])] == ["oChen", "oZhou"]
    scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "fair"}}}
    sandbox.person("oZhou").scan(official_client.qrcode.create(scene)["ticket"])
    assert official_client.user.get("oZhou")["qr_scene_str"] == "fair"
    assert len(official_client.template.get_all_private_template()["template_list"]) == 1

    class Pages(WeChatOAuth):  # type: ignore[misc]
        API_BASE_URL = f"{sandbox.url}/official/"
        OAUTH_BASE_URL = f"{sandbox.url}/open/connect/"

    pages = Pages(ACCOUNT, ACCOUNT_SECRET, "http://127.0.0.1:9/app", "snsapi_userinfo", "abc")
    url = sandbox.person("oChen").authorize(pages.authorize_url)
    first = pages.fetch_access_token(url.split("code=")[1].split("&")[0])
    assert pages.get_user_info()["nickname"] == "陈晨"
    assert pages.refresh_access_token(first["refresh_token"])["openid"] == "oChen"
    assert pages.check_access_token()
