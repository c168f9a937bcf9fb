"""The company, the service account, the callers and the bot that the sandbox's tests play with."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sandbox.envelope import Element, Envelope, parse_xml, text_of, to_xml

CORP, AGENT, SECRET = "wwdemo0123456789ab", 1000002, "app-secret"
OTHER_AGENT, OTHER_SECRET, CONTACTS_SECRET = 1000003, "other-secret", "contacts-secret"
ACCOUNT, ORIGINAL, ACCOUNT_SECRET = "wxdemo0123456789ab", "gh_demo", "account-secret"
ROOT = Path(__file__).parents[2]
TOKEN, KEY = "demoTok3n", "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
BUTTONS: dict[str, Any] = {
    "card_type": "button_interaction",
    "task_id": "task-1",
    "main_title": {"title": "补卡审批"},
    "button_list": [{"text": "同意", "key": "ok", "style": 1}, {"text": "驳回", "key": "no", "style": 2}],
}


@dataclass
class Received:
    """One callback request as it arrived."""

    path: str
    query: dict[str, str]
    body: str
    message: Element | None

    def __getitem__(self, name: str) -> str:
        assert self.message is not None
        return text_of(self.message, name)


@dataclass
class Bot:
    """A bot's callback side: records what comes and answers as told."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], tuple[int, str] | None] | None = None
    receipts: list[dict[str, Any]] = field(default_factory=list)
    receipt_answer: str = '{"result":0,"errmsg":"OK","code":0,"msg":"成功"}'

    def __post_init__(self) -> None:
        self.wecom = Envelope(TOKEN, KEY, CORP)
        self.official = Envelope(TOKEN, KEY, ACCOUNT)

    def envelope(self, path: str) -> Envelope:
        """The cryptography of the callback at this path."""
        return self.official if path.startswith("/official") else self.wecom

    def take(self, path: str, query: dict[str, str], body: str) -> tuple[int, str] | None:
        """Record a POST and decide the answer; none breaks the connection."""
        document = parse_xml(body)
        cipher = text_of(document, "Encrypt")
        message: Element = document
        if cipher:
            envelope = self.envelope(path)
            assert envelope.sign(query["timestamp"], query["nonce"], cipher) == query["msg_signature"]
            message = parse_xml(envelope.decrypt(cipher))
        received = Received(path, query, body, message)
        self.received.append(received)
        return self.answer(received) if self.answer else (200, "")

    def reply(self, received: Received, **fields: Any) -> str:
        """An encrypted passive reply to whoever wrote."""
        head = {"ToUserName": received["FromUserName"], "FromUserName": CORP, "CreateTime": 1}
        return self.seal(self.envelope(received.path), to_xml({**head, **fields}))

    @staticmethod
    def seal(envelope: Envelope, xml: str) -> str:
        """The encrypted envelope of a reply."""
        cipher = envelope.encrypt(xml)
        sign = envelope.sign("1700000001", "12345678", cipher)
        return to_xml({"Encrypt": cipher, "MsgSignature": sign, "TimeStamp": 1700000001, "Nonce": "12345678"})

    def events(self, name: str) -> list[Received]:
        """What came with this Event or MsgType."""
        return [r for r in self.received if name in (r["Event"], r["MsgType"])]


def corp_body(bot_url: str, **changes: Any) -> dict[str, Any]:
    """A small company."""
    callback = {"url": f"{bot_url}/wecom", "token": TOKEN, "encoding_aes_key": KEY}
    app = {"agent_id": AGENT, "name": "点将", "secret": SECRET, "callback": callback}
    other = {"agent_id": OTHER_AGENT, "name": "公告", "secret": OTHER_SECRET, "callback": None}
    body = {
        "name": "青禾资产服务",
        "apps": [app, other],
        "contacts": {"secret": CONTACTS_SECRET, "callback": {**callback, "url": f"{bot_url}/contacts"}},
        "departments": [
            {"id": 1, "name": "青禾资产服务", "parentid": 0},
            {"id": 2, "name": "催收一组", "parentid": 1},
        ],
        "members": [
            {
                "userid": "LiHua",
                "name": "李华",
                "department": [2],
                "position": "催收员",
                "mobile": "13800000001",
            },
            {"userid": "zhangwei", "name": "张伟", "department": [1], "position": "主管"},
        ],
    }
    return {**body, **changes}


def account_body(bot_url: str, mode: str = "secure") -> dict[str, Any]:
    """A small service account."""
    return {
        "name": "青禾招聘",
        "original_id": ORIGINAL,
        "secret": ACCOUNT_SECRET,
        "mode": mode,
        "callback": {"url": f"{bot_url}/official", "token": TOKEN, "encoding_aes_key": KEY},
        "templates": [
            {"template_id": "T1", "title": "面试通知", "content": "岗位:{{thing1.DATA}}\n时间:{{time2.DATA}}"}
        ],
        "people": [
            {"openid": "oChen", "name": "陈晨", "following": True},
            {"openid": "oZhou", "name": "周舟", "following": False},
        ],
    }


class Api:
    """A caller of one platform's API."""

    def __init__(self, base: str, fetch_token: Callable[["Api"], str]) -> None:
        self.http = httpx.Client(base_url=base, trust_env=False, timeout=10)
        self._fetch = fetch_token

    def token(self) -> str:
        """A valid token."""
        return self._fetch(self)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """GET with a token."""
        answer: dict[str, Any] = self.http.get(path, params={"access_token": self.token(), **query}).json()
        return answer

    def post(self, path: str, body: dict[str, Any], **query: Any) -> dict[str, Any]:
        """POST raw UTF-8 JSON with a token."""
        content = json.dumps(body, ensure_ascii=False).encode()
        params = {"access_token": self.token(), **query}
        answer: dict[str, Any] = self.http.post(path, params=params, content=content).json()
        return answer

    def send(self, msgtype: str, content: Any, touser: str = "lihua", **more: Any) -> dict[str, Any]:
        """message/send."""
        body = {"touser": touser, "msgtype": msgtype, "agentid": AGENT, msgtype: content, **more}
        return self.post("cgi-bin/message/send", body)


def wecom_token(secret: str) -> Callable[[Api], str]:
    """Fetches a WeCom token with a secret."""

    def fetch(api: Api) -> str:
        answer = api.http.get("cgi-bin/gettoken", params={"corpid": CORP, "corpsecret": secret}).json()
        return str(answer["access_token"])

    return fetch


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_sandbox() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A sandbox in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "sandbox", "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                httpx.get(f"{url}/healthz", trust_env=False)
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        yield url, process
    finally:
        process.terminate()
        process.wait(15)
        if process.stdout:
            process.stdout.close()
