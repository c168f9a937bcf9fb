"""The check-in page and its API: silent login, the same operation, the same texts."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.channels.base import ApiError, Unreachable
from bot.miniapp import js_signature
from models.attendance import CheckIn
from models.locations import LocationFix
from models.staff import Role
from tests.simulator import Given, Member, TestClock, rows


@pytest.fixture
def login(client: FlaskClient, muster: Muster, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Goes through the silent login as somebody."""

    def go(who: dict[str, str] | Exception) -> Any:
        def get(path: str, **_: Any) -> dict[str, str]:
            if path == "auth/getuserinfo":
                if isinstance(who, Exception):
                    raise who
                return who
            raise Unreachable("no ticket")

        monkeypatch.setattr(muster.wecom, "get", get)
        there = client.get("/app/checkin")
        assert there.status_code == 302
        query = parse_qs(urlsplit(there.headers["Location"]).query)
        return client.get(f"/app/login?code=C0DE&state={query['state'][0]}")

    return go


def test_the_page_asks_wecom_who_is_there(client: FlaskClient, muster: Muster) -> None:
    there = client.get("/app/checkin").headers["Location"]

    parts = urlsplit(there)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert there.startswith(f"{muster.settings.open_base}/connect/oauth2/authorize?")
    assert parts.fragment == "wechat_redirect"
    assert query["scope"] == "snsapi_base"
    assert query["redirect_uri"] == "http://127.0.0.1:8000/app/login"
    assert query["state"].isalnum()


def test_a_tap_on_the_page_checks_in(
    client: FlaskClient, login: Any, alice: Member, clock: TestClock, muster: Muster
) -> None:
    clock.at("08:55")
    assert login({"userid": "AliceLi"}).headers["Location"] == "/app/checkin"
    page = client.get("/app/checkin").get_data(as_text=True)
    assert "李爱丽" in page
    assert "09:00" in page

    told = client.post("/api/v1/checkins", json={"latitude": 30.65, "longitude": 104.06, "accuracy": 20})

    assert told.status_code == 201
    assert told.json["message"] == "✅ 08:55 打卡成功\n📍 已记录位置"
    assert told.json["result"]["at"] == "2026-03-02T08:55:00+08:00"
    [record] = rows(muster, CheckIn)
    [fix] = rows(muster, LocationFix)
    assert (record.source, fix.coord_type, fix.accuracy) == ("page", "gcj02", 20)
    login({"userid": "AliceLi"})
    assert "今天 08:55 已经打过卡了" in client.get("/app/checkin").get_data(as_text=True)


def test_a_second_tap_is_refused_in_the_words_of_the_chat(
    client: FlaskClient, login: Any, alice: Member
) -> None:
    login({"userid": "AliceLi"})
    alice.says("打卡")
    alice.sees("✅ 08:30 打卡成功")

    told = client.post("/api/v1/checkins", json={})

    assert told.status_code == 409
    assert told.json["error"] == {
        "code": "already_checked_in",
        "message": "今天 08:30 已经打过卡了，不用重复打。",
    }


def test_the_token_of_a_page_speaks_for_its_reader_and_nobody_else(
    client: FlaskClient, login: Any, alice: Member, leader: Member, muster: Muster
) -> None:
    login({"userid": "AliceLi"})
    page = client.get("/app/checkin").get_data(as_text=True)
    token = page.partition('data-token="')[2].partition('"')[0]
    login({"userid": "leader"})

    told = client.post("/api/v1/checkins", json={}, headers={"Authorization": f"Bearer {token}"})
    forged = client.post("/api/v1/checkins", json={}, headers={"Authorization": f"Bearer {token}x"})

    assert (told.status_code, forged.status_code) == (201, 401)
    assert [record.employee_id for record in rows(muster, CheckIn)] == [1]


def test_without_login_the_api_refuses(client: FlaskClient, muster: Muster) -> None:
    told = client.post("/api/v1/checkins", json={})

    assert told.status_code == 401
    assert rows(muster, CheckIn) == []


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"latitude": "north"}', "application/json"),
        (b'{"latitude": 1e999, "longitude": 1}', "application/json"),
        (b'{"latitude": 91, "longitude": 1}', "application/json"),
        (b'{"latitude": 1}', "application/json"),
        (b'{"coord_type": "mars"}', "application/json"),
        (b'{"latitude": 1, "longitude": 1, "accuracy": -5}', "application/json"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_with_words(
    client: FlaskClient, login: Any, alice: Member, muster: Muster, body: bytes, type_: str
) -> None:
    login({"userid": "AliceLi"})

    told = client.post("/api/v1/checkins", data=body, content_type=type_)

    assert told.status_code == 422
    assert "请刷新页面后重试" in told.json["error"]["message"]
    assert rows(muster, CheckIn) == []


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Content-Type": "text/plain"}, {"Origin": "null"}],
)
def test_a_request_from_elsewhere_is_refused(
    client: FlaskClient, login: Any, alice: Member, muster: Muster, headers: dict[str, str]
) -> None:
    login({"userid": "AliceLi"})

    told = client.post("/api/v1/checkins", data="{}", headers={"Content-Type": "application/json", **headers})

    assert told.status_code == 403
    assert rows(muster, CheckIn) == []


def test_a_login_with_a_foreign_state_is_refused(client: FlaskClient) -> None:
    client.get("/app/checkin")

    assert client.get("/app/login?code=C0DE&state=forged").status_code == 403
    assert client.get("/app/login?code=C0DE&state=é").status_code == 403
    assert client.get("/app/login").status_code == 403


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ({"openid": "o1"}, 403),
        (ApiError(40029, "invalid code"), 403),
        (Unreachable("down"), 503),
    ],
)
def test_a_login_that_fails_says_so(login: Any, who: Any, status: int) -> None:
    assert login(who).status_code == status


def test_a_stranger_sees_how_to_join(client: FlaskClient, login: Any) -> None:
    login({"userid": "nobody"})

    page = client.get("/app/checkin")
    told = client.post("/api/v1/checkins", json={})

    assert (page.status_code, told.status_code) == (403, 403)
    assert "还没有在名单里找到你" in page.get_data(as_text=True)
    assert "还没有在名单里找到你" in told.json["error"]["message"]


def test_a_role_without_the_right_is_refused_by_page_and_api(
    client: FlaskClient, login: Any, given: Given
) -> None:
    given.employee("robot", "无权者", role=Role.CANDIDATE)
    login({"userid": "robot"})

    assert client.get("/app/checkin").status_code == 403
    told = client.post("/api/v1/checkins", json={})
    assert (told.status_code, told.json["error"]["code"]) == (403, "not_permitted")


def test_the_api_describes_itself(client: FlaskClient) -> None:
    described = client.get("/api/openapi.json").json

    operation = described["paths"]["/api/v1/checkins"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {
        *("latitude", "longitude", "accuracy", "coord_type"),
        *("way", "key", "at", "sent_at", "device"),
    }
    assert set(operation["responses"]) == {"201", "401", "403", "404", "409", "422"}


def test_the_js_signature_is_the_protocols() -> None:
    url = "https://example.com/h5/checkin?site=7#top"

    assert js_signature("TICKETdemo", "abc123", 1700000000, url) == "d9e8f937b637e33e5122f4ab541cd348ca7e9bee"


def test_pages_cannot_be_framed_in_production_and_load_no_foreign_script(
    client: FlaskClient, login: Any, alice: Member
) -> None:
    login({"userid": "AliceLi"})

    policy = client.get("/app/checkin").headers["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy
    assert "'unsafe" not in policy


def test_health_readiness_and_metrics(client: FlaskClient, alice: Member) -> None:
    alice.says("打卡")
    alice.news()

    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    everything = {"database": True, "disk": True, "migrations": True, "queue": True}
    assert (ready.status_code, ready.json) == (200, everything)
    metrics = client.get("/metrics").get_data(as_text=True)
    assert 'muster_outbox_messages{channel="wecom",state="accepted"} 1.0' in metrics


def test_a_page_opened_twice_works_twice(client: FlaskClient, login: Any, alice: Member) -> None:
    login({"userid": "AliceLi"})
    states = []
    for _ in range(2):
        there = client.get("/app/checkin").headers.get("Location", "")
        if there.startswith("http"):
            states.append(parse_qs(urlsplit(there).query)["state"][0])
        client.get("/app/checkin")

    for state in states:
        assert client.get(f"/app/login?code=C0DE&state={state}").status_code == 302


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/api/v1/nothing", 404), ("DELETE", "/api/v1/checkins", 405)]
)
def test_the_api_refuses_in_json_and_chinese(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    told = client.open(path, method=method)

    assert told.status_code == status
    assert told.json["error"]["message"]


def test_a_crash_in_the_api_apologises_and_tells_the_maintainer(
    client: FlaskClient,
    login: Any,
    alice: Member,
    maintainer: Member,
    muster: Muster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    login({"userid": "AliceLi"})
    monkeypatch.setattr("handlers.checkin._checked", lambda ctx, record: 1 / 0)

    told = client.post("/api/v1/checkins", json={})
    muster.outbox.drain()

    assert (told.status_code, told.json["error"]["code"]) == (500, "crashed")
    assert "ZeroDivisionError" in maintainer.reads()[0]
    assert rows(muster, CheckIn) == []
