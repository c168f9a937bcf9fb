"""Every frequency and quota that is played: the call beyond it, its code, and when it ends (3.14, 4.6, 5)."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.client import Sandbox, SandboxError
from sandbox.settings import Settings
from tests.sandbox.scene import ACCOUNT, ACCOUNT_SECRET, AGENT, CORP, ROOT, Api

NOON = "2026-03-02T12:00:00+08:00"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
MINUTE, HOUR, DAY, MIDNIGHT, MONTH = 61, 3601, 86401, 12 * 3600 + 1, 30 * 86400 + 1

Call = Callable[[Api], dict[str, Any]]


def get(path: str, **query: Any) -> Call:
    return lambda api: api.get(path, **query)


def post(path: str, body: dict[str, Any]) -> Call:
    return lambda api: api.post(path, body)


def upload(path: str, **query: Any) -> Call:
    def call(api: Api) -> dict[str, Any]:
        params = {"access_token": api.token(), **query}
        answer: dict[str, Any] = api.http.post(path, params=params, files={"media": ("a.png", PNG)}).json()
        return answer

    return call


def new_token(api: Api) -> dict[str, Any]:
    params = {"grant_type": "client_credential", "appid": ACCOUNT, "secret": ACCOUNT_SECRET}
    answer: dict[str, Any] = api.http.get("cgi-bin/token", params=params).json()
    return answer


def failing_gettoken(api: Api) -> dict[str, Any]:
    answer: dict[str, Any] = api.http.get(
        "cgi-bin/gettoken", params={"corpid": CORP, "corpsecret": "x"}
    ).json()
    return answer


AGENT_GET = get("cgi-bin/agent/get", agentid=AGENT)
CHECKIN = post(
    "cgi-bin/checkin/getcheckindata",
    {"opencheckindatatype": 3, "starttime": 1, "endtime": 2, "useridlist": ["LiHua"]},
)
CHAT = post("cgi-bin/appchat/create", {"userlist": ["lihua", "zhangwei"]})
WECOM: list[tuple[str, Call, int]] = [
    ("api_per_minute", AGENT_GET, MINUTE),
    ("api_per_hour", AGENT_GET, HOUR),
    ("ip_per_minute", AGENT_GET, MINUTE),
    ("ip_per_hour", AGENT_GET, HOUR),
    ("checkin_per_minute", CHECKIN, MINUTE),
    ("approval_per_minute", post("cgi-bin/oa/getapprovaldetail", {"sp_no": "x"}), MINUTE),
    ("ticket_per_corp_hour", get("cgi-bin/get_jsapi_ticket"), HOUR),
    ("ticket_per_app_hour", get("cgi-bin/ticket/get", type="agent_config"), HOUR),
    ("chat_create_per_day", CHAT, MIDNIGHT),
    ("uploadimg_per_day", upload("cgi-bin/media/uploadimg"), MIDNIGHT),
    ("uploadimg_per_month", upload("cgi-bin/media/uploadimg"), MONTH),
    ("failed_gettoken_per_hour", failing_gettoken, HOUR),
]


@pytest.mark.parametrize(("name", "call", "seconds"), WECOM, ids=[row[0] for row in WECOM])
def test_wecom(sandbox: Sandbox, wecom: Api, name: str, call: Call, seconds: int) -> None:
    sandbox.set_clock(NOON, rate=0)
    sandbox.settings(**{name: 2})
    wecom.token()
    codes = [call(wecom)["errcode"] for _ in range(3)]
    assert 45009 not in codes[:2]
    assert codes[2] == 45009
    sandbox.advance(seconds - 60)
    if seconds != MINUTE:
        assert call(wecom)["errcode"] == 45009
    sandbox.advance(60)
    assert call(wecom)["errcode"] == codes[0]


def test_sending_has_its_own_limits(sandbox: Sandbox, wecom: Api) -> None:
    sandbox.set_clock(NOON, rate=0)
    sandbox.settings(api_per_minute=1, day_factor=1)
    assert [wecom.send("text", {"content": str(n)})["errcode"] for n in range(3)] == [0, 0, 0]
    body = sandbox.call("GET", f"corps/{CORP}")
    assert body["corp_id"] == CORP
    assert [wecom.send("text", {"content": str(n)}, "@all")["errcode"] for n in range(500)].count(0) == 498
    sandbox.advance(MIDNIGHT)
    assert wecom.send("text", {"content": "早"})["errcode"] == 0


def test_group_updates_and_sending(sandbox: Sandbox, wecom: Api) -> None:
    sandbox.set_clock(NOON, rate=0)
    CHAT(wecom)
    chatid = wecom.post("cgi-bin/appchat/create", {"userlist": ["lihua", "zhangwei"]})["chatid"]
    sandbox.settings(chat_update_per_hour=2)
    update = post("cgi-bin/appchat/update", {"chatid": chatid, "name": "群"})
    assert [update(wecom)["errcode"] for _ in range(3)] == [0, 0, 45009]
    say = post("cgi-bin/appchat/send", {"chatid": chatid, "msgtype": "text", "text": {"content": "早"}})
    sandbox.settings(chat_sending_per_minute=4)
    assert [say(wecom)["errcode"] for _ in range(3)] == [0, 0, 45009]
    sandbox.advance(MINUTE)
    sandbox.settings(chat_sending_per_minute=99, chat_sending_per_hour=6)
    assert [say(wecom)["errcode"] for _ in range(2)] == [0, 45009]


def test_the_same_file_over_and_over(sandbox: Sandbox, wecom: Api) -> None:
    sandbox.set_clock(NOON, rate=0)
    media_id = upload("cgi-bin/media/upload", type="image")(wecom)["media_id"]
    sandbox.settings(same_media_per_second=2)
    params = {"access_token": wecom.token(), "media_id": media_id}
    answers = [wecom.http.get("cgi-bin/media/get", params=params) for _ in range(3)]
    assert [answer.headers["content-type"] for answer in answers[:2]] == ["image/png"] * 2
    assert answers[2].json()["errcode"] == 45033
    sandbox.advance(2)
    assert wecom.http.get("cgi-bin/media/get", params=params).content == PNG


TEMPLATE = {
    "touser": "oChen",
    "template_id": "T1",
    "data": {"thing1": {"value": "岗位"}, "time2": {"value": "2026-03-02 14:00"}},
}
QR = {"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 1}}}
MENU = {"button": [{"type": "click", "name": "进度", "key": "p"}]}
CUSTOM = {"touser": "oChen", "msgtype": "text", "text": {"content": "您好"}}
OFFICIAL: list[tuple[str, Call]] = [
    ("official_token_per_day", new_token),
    ("official_menu_create_per_day", post("cgi-bin/menu/create", MENU)),
    ("official_menu_get_per_day", get("cgi-bin/menu/get")),
    ("official_menu_delete_per_day", get("cgi-bin/menu/delete")),
    ("official_media_upload_per_day", upload("cgi-bin/media/upload", type="image")),
    ("official_media_get_per_day", get("cgi-bin/media/get", media_id="x")),
    ("official_custom_per_day", post("cgi-bin/message/custom/send", CUSTOM)),
    ("official_template_per_day", post("cgi-bin/message/template/send", TEMPLATE)),
    ("official_qrcode_per_day", post("cgi-bin/qrcode/create", QR)),
    ("official_user_get_per_day", get("cgi-bin/user/get")),
    ("official_user_info_per_day", get("cgi-bin/user/info", openid="oChen")),
]


@pytest.mark.parametrize(("name", "call"), OFFICIAL, ids=[row[0] for row in OFFICIAL])
def test_service_account(sandbox: Sandbox, official: Api, name: str, call: Call) -> None:
    sandbox.set_clock(NOON, rate=0)
    sandbox.settings(**{name: 2})
    codes = [call(official).get("errcode", 0) for _ in range(3)]
    assert 45009 not in codes[:2]
    assert codes[2] == 45009
    if name != "official_token_per_day":
        assert official.post("cgi-bin/clear_quota", {"appid": ACCOUNT})["errcode"] == 0
        assert call(official).get("errcode", 0) == codes[0]
        call(official)
    assert call(official)["errcode"] == 45009
    sandbox.advance(MIDNIGHT)
    assert call(official).get("errcode", 0) not in (45009, 42001)


def test_service_account_per_minute_and_stable_tokens(sandbox: Sandbox, official: Api) -> None:
    sandbox.set_clock(NOON, rate=0)
    sandbox.settings(official_api_per_minute=5)
    info = get("cgi-bin/user/info", openid="oChen")
    token = official.token()
    params = {"access_token": token, "openid": "oChen"}
    codes = [official.http.get("cgi-bin/user/info", params=params).json().get("errcode", 0) for _ in range(6)]
    assert codes == [0] * 5 + [45011]
    sandbox.advance(MINUTE)
    assert "errcode" not in info(official)
    body = {"grant_type": "client_credential", "appid": ACCOUNT, "secret": ACCOUNT_SECRET}
    sandbox.settings(official_api_per_minute=999, official_stable_token_per_day=4)
    seen = [official.http.post("cgi-bin/stable_token", json=body).json().get("errcode", 0) for _ in range(4)]
    assert 45009 in seen
    sandbox.advance(MIDNIGHT)
    sandbox.settings(official_stable_token_per_day=999, official_forced_token_per_day=1)
    force = {**body, "force_refresh": True}
    assert "errcode" not in official.http.post("cgi-bin/stable_token", json=force).json()
    sandbox.advance(31)
    assert official.http.post("cgi-bin/stable_token", json=force).json()["errcode"] == 45009


def test_clearing_is_limited_too(sandbox: Sandbox, official: Api) -> None:
    codes = [official.post("cgi-bin/clear_quota", {"appid": ACCOUNT})["errcode"] for _ in range(11)]
    assert codes == [0] * 10 + [45009]
    assert official.post("cgi-bin/clear_quota", {"appid": "wxother"})["errcode"] == 40013


def test_every_switch_is_documented_and_typed(sandbox: Sandbox) -> None:
    text = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    fields = Settings.__dataclass_fields__
    assert [name for name in fields if f"`{name}`" not in text] == []
    for name in fields:
        default = getattr(Settings(), name)
        with pytest.raises(SandboxError, match="类型不对"):
            sandbox.settings(**{name: 1 if isinstance(default, bool | str) else True})
    with pytest.raises(SandboxError, match="没有这个开关"):
        sandbox.settings(mood=1)


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("token_rotates", True, lambda sandbox, wecom: wecom.token() != wecom.token()),
        ("token_rotates", False, lambda sandbox, wecom: wecom.token() == wecom.token()),
    ],
)
def test_tokens_may_rotate(
    sandbox: Sandbox, wecom: Api, name: str, value: bool, seen: Callable[[Sandbox, Api], bool]
) -> None:
    sandbox.settings(**{name: value})
    assert seen(sandbox, wecom)
