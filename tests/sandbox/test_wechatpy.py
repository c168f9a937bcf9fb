"""A client that knows nothing of the sandbox: wechatpy 1.8.18, with only its base address changed."""

import warnings
from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.sandbox.scene import ACCOUNT, ACCOUNT_SECRET, AGENT, CORP, KEY, SECRET, TOKEN, Bot

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import wechatpy.enterprise.crypto
    from wechatpy import WeChatClient, parse_message
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.enterprise import WeChatClient as WeComClient
    from wechatpy.enterprise import parse_message as parse_wecom_message
    from wechatpy.exceptions import WeChatClientException

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
