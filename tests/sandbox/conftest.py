"""Fixtures: one running sandbox, a company and a service account in it, and a bot that listens."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.client import Sandbox
from tests.sandbox.scene import (
    ACCOUNT,
    ACCOUNT_SECRET,
    CONTACTS_SECRET,
    CORP,
    SECRET,
    Api,
    Bot,
    account_body,
    corp_body,
    running_sandbox,
    wecom_token,
)


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    """The address of one sandbox for the whole session."""
    with running_sandbox() as (url, _):
        yield url


@pytest.fixture
def bot() -> Iterator[Bot]:
    """A listening bot."""
    state = Bot()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Stay silent."""

        def answer(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            official = parts.path.startswith("/official")
            self.answer(200, query["echostr"] if official else state.wecom.decrypt(query["echostr"]))

        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if parts.path.startswith("/receipts"):
                state.receipts += json.loads(body)
                self.answer(200, state.receipt_answer)
                return
            given = state.take(parts.path, query, body)
            if given is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.answer(*given)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield state
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def sandbox(sandbox_url: str, bot: Bot) -> Iterator[Sandbox]:
    """A fresh sandbox with the company and the account, retrying quickly."""
    with Sandbox(sandbox_url) as client:
        client.reset()
        client.settings(callback_retry_seconds=0.02, callback_timeout=2.0)
        client.put_corp(CORP, corp_body(bot.url))
        client.put_account(ACCOUNT, account_body(bot.url))
        yield client
        client.reset()


@pytest.fixture
def wecom(sandbox: Sandbox) -> Iterator[Api]:
    """The app's API."""
    api = Api(f"{sandbox.url}/wecom/", wecom_token(SECRET))
    yield api
    api.http.close()


@pytest.fixture
def contacts(sandbox: Sandbox) -> Iterator[Api]:
    """The contact-sync assistant's API."""
    api = Api(f"{sandbox.url}/wecom/", wecom_token(CONTACTS_SECRET))
    yield api
    api.http.close()


@pytest.fixture
def official(sandbox: Sandbox) -> Iterator[Api]:
    """The service account's API."""

    def fetch(api: Api) -> str:
        body = {"grant_type": "client_credential", "appid": ACCOUNT, "secret": ACCOUNT_SECRET}
        return str(api.http.post("cgi-bin/stable_token", json=body).json()["access_token"])

    api = Api(f"{sandbox.url}/official/", fetch)
    yield api
    api.http.close()
