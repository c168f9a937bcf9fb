"""Tokens and errors of the platform's API, against a tiny server that plays the platform."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import redis

from bot.channels.base import ApiError, NotSent, Parcel, Unreachable
from bot.channels.official import OfficialClient, OfficialMessenger
from bot.channels.tokens import Tokens
from bot.channels.wecom import WeComClient, WeComMessenger
from bot.queue import connect
from config.settings import Settings
from models.messaging import OutboundKind

Answer = Callable[[str, dict[str, str], Any], Any]


class Platform:
    """Remembers calls; `answers` maps a path to what it says."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], Any]] = []
        self.answers: dict[str, Answer] = {}
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                platform.calls.append((parts.path, query, raw.decode()))
                told = platform.answers[parts.path](parts.path, query, raw)
                status, body = told if isinstance(told, tuple) else (200, told)
                encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(encoded)))
                self.end_headers()
                self.wfile.write(encoded)

            do_POST = do_GET

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def paths(self) -> list[str]:
        """The paths that were called."""
        return [path for path, _, _ in self.calls]


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A platform that hands out numbered tokens and takes every message."""
    made = Platform()
    numbers = iter(range(1, 100))
    made.answers["/cgi-bin/gettoken"] = lambda *_: {
        "errcode": 0,
        "access_token": f"t{next(numbers)}",
        "expires_in": 7200,
    }
    made.answers["/cgi-bin/stable_token"] = lambda *_: {
        "access_token": f"s{next(numbers)}",
        "expires_in": 7200,
    }
    made.answers["/cgi-bin/message/send"] = lambda *_: {"errcode": 0, "msgid": "m1", "response_code": "rc"}
    made.answers["/cgi-bin/message/custom/send"] = lambda *_: {"errcode": 0, "errmsg": "ok"}
    made.answers["/cgi-bin/message/template/send"] = lambda *_: {"errcode": 0, "msgid": 7}
    made.answers["/cgi-bin/message/update_template_card"] = lambda *_: {"errcode": 0}
    made.answers["/cgi-bin/menu/create"] = lambda *_: {"errcode": 0}
    yield made
    made.server.shutdown()
    made.thread.join()
    made.server.server_close()


@pytest.fixture
def database_url(sqlite_template: object) -> str:
    """No database is needed here."""
    return f"sqlite:///{sqlite_template}"


@pytest.fixture
def store(redis_url: str) -> Iterator[redis.Redis]:
    """An empty Redis."""
    client = connect(redis_url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def wecom(settings: Settings, platform: Platform, store: redis.Redis) -> WeComMessenger:
    """The app's way out, to the platform of the test."""
    client = WeComClient(settings.model_copy(update={"wecom_api_base": platform.url}), store)
    return WeComMessenger(client, settings.wecom_agent_id)


@pytest.fixture
def official(settings: Settings, platform: Platform, store: redis.Redis) -> OfficialMessenger:
    """The service account's way out."""
    client = OfficialClient(settings.model_copy(update={"official_api_base": platform.url}), store)
    return OfficialMessenger(client)


TEXT = {"msgtype": "text", "text": {"content": "你好"}}


def parcel(
    kind: OutboundKind = OutboundKind.MESSAGE, unknown: bool = False, repeat: int = 0, **payload: Any
) -> Parcel:
    """A row on its way to Li Hua."""
    return Parcel((1,), kind, ("lihua",), payload or TEXT, unknown, repeat, "key-1")


def test_a_message_goes_out_as_raw_utf8_with_the_token_in_the_query(
    wecom: WeComMessenger, platform: Platform
) -> None:
    receipt = wecom.send(parcel())

    assert (receipt.msgid, receipt.response_code) == ("m1", "rc")
    path, query, body = platform.calls[-1]
    assert (path, query) == ("/cgi-bin/message/send", {"access_token": "t1"})
    assert "你好" in body
    assert json.loads(body) == {
        "touser": "lihua",
        "toparty": "",
        "totag": "",
        "agentid": 1000002,
        **TEXT,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 14400,
    }


def test_a_legitimate_repeat_differs_where_nobody_sees_it(wecom: WeComMessenger, platform: Platform) -> None:
    wecom.send(parcel())
    wecom.send(parcel(repeat=1))
    wecom.send(parcel(repeat=2))

    contents = [json.loads(body)["text"]["content"] for path, _, body in platform.calls if "send" in path]
    assert len(set(contents)) == 3
    assert {content.strip("\u200b\u200c") for content in contents} == {"你好"}


def test_a_used_response_code_after_an_unknown_outcome_means_it_was_done(
    wecom: WeComMessenger, platform: Platform
) -> None:
    platform.answers["/cgi-bin/message/update_template_card"] = lambda *_: {"errcode": 60140}
    update = {"response_code": "rc", "button": {"replace_name": "已打卡"}}

    wecom.send(parcel(OutboundKind.CARD_UPDATE, unknown=True, **update))
    with pytest.raises(ApiError, match="60140"):
        wecom.send(parcel(OutboundKind.CARD_UPDATE, **update))


def test_a_message_is_taken_back_by_its_id(wecom: WeComMessenger, platform: Platform) -> None:
    platform.answers["/cgi-bin/message/recall"] = lambda *_: {"errcode": 0}

    wecom.send(parcel(OutboundKind.RECALL, msgid="m1"))

    assert json.loads(platform.calls[-1][2]) == {"msgid": "m1"}


def test_cards_are_updated_and_menus_created(wecom: WeComMessenger, platform: Platform) -> None:
    wecom.send(parcel(OutboundKind.CARD_UPDATE, response_code="rc", button={"replace_name": "已打卡"}))
    wecom.send(parcel(OutboundKind.MENU, button=[]))

    update, menu = platform.calls[-2:]
    assert json.loads(update[2])["userids"] == ["lihua"]
    assert menu[1]["agentid"] == "1000002"


def test_the_service_account_sends_custom_and_template_messages(
    official: OfficialMessenger, platform: Platform
) -> None:
    official.send(parcel())
    receipt = official.send(parcel(OutboundKind.TEMPLATE, template_id="T1", data={}))

    assert receipt.msgid == "7"
    assert json.loads(platform.calls[-1][2])["client_msg_id"] == "key-1"
    assert platform.paths() == [
        "/cgi-bin/stable_token",
        "/cgi-bin/message/custom/send",
        "/cgi-bin/message/template/send",
    ]


@pytest.mark.parametrize("code", [42001, 40014])
def test_an_expired_token_is_replaced_once(wecom: WeComMessenger, platform: Platform, code: int) -> None:
    platform.answers["/cgi-bin/message/send"] = lambda _, query, __: (
        {"errcode": code, "errmsg": "expired"} if query["access_token"] == "t1" else {"errcode": 0}
    )

    wecom.send(parcel())

    assert platform.paths().count("/cgi-bin/gettoken") == 2


def test_a_token_that_never_works_is_not_asked_for_forever(wecom: WeComMessenger, platform: Platform) -> None:
    platform.answers["/cgi-bin/message/send"] = lambda *_: {"errcode": 42001, "errmsg": "expired"}

    with pytest.raises(ApiError, match="42001"):
        wecom.send(parcel())

    assert len(platform.calls) == 4


def test_a_wrong_secret_is_not_tried_again(wecom: WeComMessenger, platform: Platform) -> None:
    platform.answers["/cgi-bin/gettoken"] = lambda *_: {"errcode": 40001, "errmsg": "invalid credential"}

    with pytest.raises(ApiError, match="40001"):
        wecom.send(parcel())

    assert platform.paths() == ["/cgi-bin/gettoken"]


def test_an_unknown_receiver_is_named_although_the_platform_says_ok(
    wecom: WeComMessenger, platform: Platform
) -> None:
    platform.answers["/cgi-bin/message/send"] = lambda *_: {"errcode": 0, "invaliduser": "lihua|WANGWU"}

    assert wecom.send(parcel()).refused == {"lihua", "wangwu"}


@pytest.mark.parametrize("answer", [(502, b"bad gateway"), (200, b"<html>"), (200, b"[]"), (200, b"")])
def test_an_answer_that_is_none_counts_as_unreachable(
    wecom: WeComMessenger, platform: Platform, answer: tuple[int, bytes]
) -> None:
    platform.answers["/cgi-bin/message/send"] = lambda *_: answer

    with pytest.raises(Unreachable):
        wecom.send(parcel())


def test_a_closed_port_counts_as_unreachable(settings: Settings) -> None:
    client = WeComClient(settings.model_copy(update={"wecom_api_base": "http://127.0.0.1:9"}))

    with pytest.raises(NotSent):
        WeComMessenger(client, 1).send(parcel())


def test_eight_threads_on_a_cold_cache_fetch_one_token(platform: Platform, store: redis.Redis) -> None:
    fetched = []

    def fetch() -> tuple[str, int]:
        fetched.append(1)
        return f"t{len(fetched)}", 7200

    shared = [Tokens(store, "cold", fetch) for _ in range(8)]
    got: list[str] = []
    threads = [threading.Thread(target=lambda tokens=tokens: got.append(tokens.get())) for tokens in shared]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (got, len(fetched)) == (["t1"] * 8, 1)


def test_processes_that_are_refused_together_fetch_one_new_token(store: redis.Redis) -> None:
    fetched = []

    def fetch() -> tuple[str, int]:
        fetched.append(1)
        return f"t{len(fetched)}", 7200

    first, second = Tokens(store, "both", fetch), Tokens(store, "both", fetch)
    assert first.get() == second.get() == "t1"

    assert first.renew(refused="t1") == "t2"
    assert second.renew(refused="t1") == "t2"
    assert len(fetched) == 2


def test_without_redis_a_process_has_its_own_token() -> None:
    gone = connect("unix:///nonexistent/redis.sock")

    assert Tokens(gone, "alone", lambda: ("own", 7200)).get() == "own"
