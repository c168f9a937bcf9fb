"""Tokens and errors of the platform's API, against a tiny server that plays the platform."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import redis

from bot.channels.base import ApiError, NotSent, Parcel, TokenRefused, Unreachable, UploadRefused
from bot.channels.errors import Fault, fault_in
from bot.channels.official import OfficialClient, OfficialMessenger
from bot.channels.tokens import Tokens
from bot.channels.wecom import WeComClient, WeComMessenger
from bot.store import connect
from config.settings import Settings
from models.messaging import Channel, OutboundKind

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
                platform.calls.append((parts.path, query, raw.decode(errors="replace")))
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
    made.answers["/cgi-bin/message/custom/typing"] = lambda *_: {"errcode": 0}
    made.answers["/cgi-bin/media/upload"] = lambda *_: {"errcode": 0, "media_id": f"file-{next(numbers)}"}
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
    return WeComMessenger(client, settings.wecom_agent_id, FILES.get)


@pytest.fixture
def official(settings: Settings, platform: Platform, store: redis.Redis) -> OfficialMessenger:
    """The service account's way out."""
    client = OfficialClient(settings.model_copy(update={"official_api_base": platform.url}), store)
    return OfficialMessenger(client, FILES.get)


FILES = {"hash-of-chart": b"\x89PNG\r\n\x1a\n-chart", "hash-of-cover": b"\xff\xd8\xff-cover"}
CHART = {"attachment": "hash-of-chart", "as": "image", "name": "回收率.png"}
PICTURE = {"msgtype": "image", "image": {"media_id": CHART}}
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


@pytest.mark.parametrize("code", [40001, 40013, 40091, 60020])
def test_who_is_refused_a_token_asks_once_for_many_messages(
    wecom: WeComMessenger, platform: Platform, code: int
) -> None:
    platform.answers["/cgi-bin/gettoken"] = lambda *_: {"errcode": code, "errmsg": "refused"}

    for _ in range(20):
        with pytest.raises(TokenRefused, match=str(code)) as refusal:
            wecom.send(parcel())
        assert fault_in(Channel.WECOM, refusal.value) is Fault.SETUP

    assert platform.paths() == ["/cgi-bin/gettoken"]


def test_a_token_call_that_was_only_busy_is_made_again(
    wecom: WeComMessenger, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.tokens.REST_SECONDS", 0.0)
    right = platform.answers["/cgi-bin/gettoken"]
    platform.answers["/cgi-bin/gettoken"] = lambda *_: {"errcode": -1, "errmsg": "system busy"}
    with pytest.raises(TokenRefused, match="-1"):
        wecom.send(parcel())
    platform.answers["/cgi-bin/gettoken"] = right

    assert wecom.send(parcel()).msgid == "m1"


def test_40001_is_cured_by_a_fresh_token_on_the_service_account_alone(
    official: OfficialMessenger, wecom: WeComMessenger, platform: Platform
) -> None:
    def refuse_first(_: str, query: dict[str, str], __: Any) -> dict[str, Any]:
        return {"errcode": 40001} if query["access_token"].endswith("1") else {"errcode": 0}

    platform.answers["/cgi-bin/message/custom/send"] = refuse_first
    platform.answers["/cgi-bin/message/send"] = lambda *_: {"errcode": 40001}

    official.send(parcel())
    with pytest.raises(ApiError, match="40001"):
        wecom.send(parcel())

    assert platform.paths().count("/cgi-bin/stable_token") == 2
    assert platform.paths().count("/cgi-bin/gettoken") == 1


def test_a_service_account_with_a_wrong_secret_asks_once(
    official: OfficialMessenger, platform: Platform
) -> None:
    platform.answers["/cgi-bin/stable_token"] = lambda *_: {"errcode": 40001, "errmsg": "invalid credential"}

    for _ in range(5):
        with pytest.raises(TokenRefused) as refusal:
            official.send(parcel())
        assert fault_in(Channel.OFFICIAL, refusal.value) is Fault.SETUP

    assert platform.paths() == ["/cgi-bin/stable_token"]


def test_one_call_reaches_a_thousand_members(wecom: WeComMessenger, platform: Platform) -> None:
    platform.answers["/cgi-bin/message/send"] = lambda *_: {
        "errcode": 0,
        "msgid": "m1",
        "invaliduser": "u3|U7",
        "unlicenseduser": "u9",
    }
    people = tuple(f"U{number}" for number in range(1000))

    receipt = wecom.send(Parcel(tuple(range(1000)), OutboundKind.MESSAGE, people, TEXT))

    assert receipt.refused == {"u3", "u7", "u9"}
    assert json.loads(platform.calls[-1][2])["touser"].split("|") == list(people)


@pytest.mark.parametrize("people", [("lihua",), ("LiHua", "zhangwei")])
def test_when_nobody_can_be_reached_everybody_is_refused(
    wecom: WeComMessenger, platform: Platform, people: tuple[str, ...]
) -> None:
    platform.answers["/cgi-bin/message/send"] = lambda *_: {"errcode": 81013, "errmsg": "all invalid"}

    receipt = wecom.send(Parcel(tuple(range(len(people))), OutboundKind.MESSAGE, people, TEXT))

    assert receipt.refused == {person.lower() for person in people}
    assert receipt.msgid is None


@pytest.mark.parametrize("code", [40003, 40031])
def test_one_bad_id_that_spoils_the_call_is_an_error(
    wecom: WeComMessenger, platform: Platform, code: int
) -> None:
    platform.answers["/cgi-bin/message/send"] = lambda *_: {"errcode": code, "errmsg": "invalid userid"}

    with pytest.raises(ApiError, match=str(code)):
        wecom.send(Parcel((1, 2), OutboundKind.MESSAGE, ("lihua", "no|body"), TEXT))


@pytest.mark.parametrize(
    "payload",
    [
        {"msgtype": "textcard", "textcard": {"title": "题", "description": "文", "url": "https://x.cn"}},
        {"msgtype": "news", "news": {"articles": [{"title": "题", "url": "https://x.cn"}, {"title": "二"}]}},
        {
            "msgtype": "miniprogram_notice",
            "miniprogram_notice": {"appid": "wx1", "title": "回款提醒", "content_item": [{"value": "1"}]},
        },
        PICTURE,
    ],
    ids=lambda payload: payload["msgtype"],
)
def test_equal_messages_of_every_type_differ_for_the_platform(
    wecom: WeComMessenger, platform: Platform, payload: dict[str, Any]
) -> None:
    for repeat in (0, 1, 2, 2):
        wecom.send(parcel(repeat=repeat, **payload))

    bodies = [json.loads(body) for path, _, body in platform.calls if path.endswith("message/send")]
    contents = [json.dumps(body[body["msgtype"]], ensure_ascii=False) for body in bodies]
    assert len(set(contents)) == 3
    assert contents[2] == contents[3], "the same repeat is the same content, so that it can be suppressed"


def test_a_file_is_uploaded_before_its_message_and_only_once(
    wecom: WeComMessenger, platform: Platform
) -> None:
    wecom.send(parcel(**PICTURE))
    wecom.send(Parcel((2,), OutboundKind.MESSAGE, ("zhangwei",), PICTURE))

    assert platform.paths()[1:] == ["/cgi-bin/media/upload", "/cgi-bin/message/send", "/cgi-bin/message/send"]
    _, query, body = platform.calls[1]
    assert query["type"] == "image"
    assert 'name="media"; filename="回收率.png"' in body
    assert "PNG" in body
    assert [json.loads(call[2])["image"] for call in platform.calls[2:]] == [{"media_id": "file-2"}] * 2


def test_processes_share_the_ids_of_files(
    settings: Settings, platform: Platform, store: redis.Redis, wecom: WeComMessenger
) -> None:
    other = WeComClient(settings.model_copy(update={"wecom_api_base": platform.url}), store)
    wecom.send(parcel(**PICTURE))

    WeComMessenger(other, settings.wecom_agent_id, FILES.get).send(parcel(**PICTURE))

    assert platform.paths().count("/cgi-bin/media/upload") == 1
    [key] = store.keys("muster:media:*")  # type: ignore[misc]
    assert 0 < store.ttl(key) < 3 * 86400  # type: ignore[operator]


def test_of_two_processes_that_upload_at_once_both_use_one_id(
    settings: Settings, platform: Platform, store: redis.Redis
) -> None:
    def client() -> WeComClient:
        return WeComClient(settings.model_copy(update={"wecom_api_base": platform.url}), store)

    slow, fast = (WeComMessenger(client(), 1, FILES.get) for _ in range(2))
    upload = platform.answers["/cgi-bin/media/upload"]

    def upload_while_another_does(path: str, query: dict[str, str], body: Any) -> Any:
        platform.answers["/cgi-bin/media/upload"] = upload
        fast.send(parcel(**PICTURE))
        return upload(path, query, body)

    platform.answers["/cgi-bin/media/upload"] = upload_while_another_does
    slow.send(parcel(**PICTURE))

    sent = [json.loads(body)["image"] for path, _, body in platform.calls if path.endswith("message/send")]
    assert platform.paths().count("/cgi-bin/media/upload") == 2
    assert sent[0] == sent[1]


def test_without_redis_a_process_remembers_its_own_files(settings: Settings, platform: Platform) -> None:
    gone = connect("unix:///nonexistent/redis.sock")
    client = WeComClient(settings.model_copy(update={"wecom_api_base": platform.url}), gone)
    messenger = WeComMessenger(client, 1, FILES.get)

    messenger.send(parcel(**PICTURE))
    messenger.send(parcel(**PICTURE))

    assert platform.paths().count("/cgi-bin/media/upload") == 1


def test_a_file_that_the_platform_has_lost_is_uploaded_anew_once(
    wecom: WeComMessenger, platform: Platform, store: redis.Redis
) -> None:
    wecom.send(parcel(**PICTURE))

    def lost(_: str, __: object, raw: bytes) -> dict[str, Any]:
        stale = json.loads(raw)["image"]["media_id"] == "file-2"
        return {"errcode": 40007, "errmsg": "invalid media_id"} if stale else {"errcode": 0, "msgid": "m2"}

    platform.answers["/cgi-bin/message/send"] = lost

    assert wecom.send(parcel(**PICTURE)).msgid == "m2"
    assert platform.paths().count("/cgi-bin/media/upload") == 2
    assert store.get(store.keys("muster:media:*")[0]) == b"file-3"  # type: ignore[index]


def test_a_file_that_is_never_taken_is_tried_twice_and_no_more(
    wecom: WeComMessenger, platform: Platform
) -> None:
    platform.answers["/cgi-bin/message/send"] = lambda *_: {"errcode": 40007, "errmsg": "invalid media_id"}

    with pytest.raises(ApiError, match="40007"):
        wecom.send(parcel(**PICTURE))

    assert platform.paths().count("/cgi-bin/media/upload") == 2
    assert platform.paths().count("/cgi-bin/message/send") == 2


@pytest.mark.parametrize("trouble", [(502, b""), (200, b"<html>")])
def test_a_file_that_could_not_be_uploaded_leaves_the_message_unsent(
    wecom: WeComMessenger, platform: Platform, trouble: Any
) -> None:
    platform.answers["/cgi-bin/media/upload"] = lambda *_: trouble

    with pytest.raises(NotSent, match="not uploaded"):
        wecom.send(parcel(**PICTURE))

    assert "/cgi-bin/message/send" not in platform.paths()


def test_an_upload_that_is_refused_is_an_error_of_its_own(wecom: WeComMessenger, platform: Platform) -> None:
    platform.answers["/cgi-bin/media/upload"] = lambda *_: {"errcode": 45001, "errmsg": "too large"}

    with pytest.raises(UploadRefused, match="45001"):
        wecom.send(parcel(**PICTURE))


def test_an_upload_with_an_expired_token_gets_a_fresh_one(wecom: WeComMessenger, platform: Platform) -> None:
    platform.answers["/cgi-bin/media/upload"] = lambda _, query, __: (
        {"errcode": 42001} if query["access_token"] == "t1" else {"errcode": 0, "media_id": "file"}
    )

    wecom.send(parcel(**PICTURE))

    assert platform.paths().count("/cgi-bin/gettoken") == 2


def test_a_file_that_is_no_longer_kept_is_not_sent(wecom: WeComMessenger, platform: Platform) -> None:
    gone = {"media_id": {**CHART, "attachment": "unknown"}}

    with pytest.raises(ApiError, match="no longer kept"):
        wecom.send(parcel(msgtype="image", image=gone))

    assert platform.paths() == []


def test_the_service_account_calls_a_cover_a_thumb(official: OfficialMessenger, platform: Platform) -> None:
    platform.answers["/cgi-bin/media/upload"] = lambda _, query, __: (
        {"type": "thumb", "thumb_media_id": "T"}
        if query["type"] == "thumb"
        else {"type": "video", "media_id": "V"}
    )
    cover = {"attachment": "hash-of-cover", "as": "thumb", "name": "cover.jpg"}
    video = {"media_id": {**CHART, "as": "video"}, "thumb_media_id": cover, "title": "题"}

    official.send(parcel(msgtype="video", video=video))

    sent = json.loads(platform.calls[-1][2])["video"]
    assert (sent["media_id"], sent["thumb_media_id"]) == ("V", "T")


def test_typing_is_shown(official: OfficialMessenger, platform: Platform) -> None:
    official.send(parcel(OutboundKind.TYPING, command="Typing"))

    path, _, body = platform.calls[-1]
    assert path == "/cgi-bin/message/custom/typing"
    assert json.loads(body) == {"touser": "lihua", "command": "Typing"}


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
