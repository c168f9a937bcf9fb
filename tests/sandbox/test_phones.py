"""What the phones in the browser stand on: their pages, what they send, the windows they show."""

import base64
import re
from collections.abc import Iterator

import httpx
import pytest

from sandbox.client import Sandbox, SandboxError
from sandbox.phones import STATIC
from tests.sandbox.scene import ACCOUNT, Api, Bot

PICTURE = b"\xff\xd8\xff\xe0 a picture"
REFERENCE = re.compile(r'(?:from "\.|(?:href|src)="/static)(/[\w.]+)"')


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A browser without a screen."""
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        yield client


def as_text(data: bytes) -> str:
    """Bytes as a request carries them."""
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("path", ["/", "/log", "/control-room", "/open/js/jweixin.js", "/phones/state"])
def test_pages_are_there(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 200


def test_whatever_a_page_or_module_names_is_served(http: httpx.Client) -> None:
    files = [path for path in STATIC.iterdir() if path.suffix in (".html", ".js")]
    named = {name for path in files for name in REFERENCE.findall(path.read_text(encoding="utf-8"))}

    assert {"/phones.js", "/room.js", "/phone.js", "/base.css"} <= named
    assert [name for name in sorted(named) if http.get(f"/static{name}").status_code != 200] == []


@pytest.mark.parametrize(
    ("action", "body", "elements"),
    [
        ("send-image", {"base64": as_text(PICTURE)}, {"MsgType": "image"}),
        ("send-voice", {"seconds": 7}, {"MsgType": "voice", "Format": "amr"}),
        ("send-video", {}, {"MsgType": "video"}),
    ],
)
def test_what_a_follower_sends_reaches_the_bot(
    sandbox: Sandbox, bot: Bot, action: str, body: dict[str, object], elements: dict[str, str]
) -> None:
    sent = sandbox.person("oChen").act(action, **body)
    assert sandbox.settle()

    [received] = bot.received
    assert {name: received[name] for name in elements} == elements
    assert sent["id"] == received["MsgId"]


def test_a_video_and_its_cover_can_be_fetched(sandbox: Sandbox, bot: Bot, wecom: Api) -> None:
    sandbox.person("LiHua").act("send-video")
    assert sandbox.settle()

    [received] = bot.received
    for name, start in (("MediaId", b"\0\0\0\x18ftyp"), ("ThumbMediaId", b"\x89PNG")):
        query = {"access_token": wecom.token(), "media_id": received[name]}
        assert wecom.http.get("cgi-bin/media/get", params=query).content.startswith(start)


def test_a_picture_keeps_its_kind(sandbox: Sandbox, http: httpx.Client) -> None:
    sent = sandbox.person("LiHua").act("send-image", base64=as_text(PICTURE))

    answer = http.get(f"/media/{sent['content']['media_id']}")
    assert (answer.headers["content-type"], answer.content) == ("image/jpeg", PICTURE)


def test_a_photo_menu_sends_the_pictures_chosen(sandbox: Sandbox, bot: Bot, wecom: Api) -> None:
    menu = {"button": [{"name": "拍照", "type": "pic_sysphoto", "key": "shoot"}]}
    wecom.post("cgi-bin/menu/create", menu, agentid=1000002)
    sandbox.person("LiHua").tap_menu("shoot", pictures=[as_text(PICTURE)])
    assert sandbox.settle()

    [picture] = bot.events("image")
    query = {"access_token": wecom.token(), "media_id": picture["MediaId"]}
    assert wecom.http.get("cgi-bin/media/get", params=query).content == PICTURE


@pytest.mark.parametrize("given", ["%%%", 7])
def test_what_is_not_base64_is_refused(sandbox: Sandbox, given: object) -> None:
    with pytest.raises(SandboxError, match="base64"):
        sandbox.person("LiHua").act("send-image", base64=given)


def test_windows_open_shrink_and_shut(sandbox: Sandbox, http: httpx.Client, official: Api) -> None:
    query = {"home": ACCOUNT, "person": "oChen"}

    def windows() -> list[int]:
        return [window["left"] for window in http.get("/phones/windows", params=query).json()["windows"]]

    assert windows() == []
    sandbox.person("oChen").say("你好")
    assert windows() == [5]
    official.post(
        "cgi-bin/message/custom/send", {"touser": "oChen", "msgtype": "text", "text": {"content": "在"}}
    )
    assert windows() == [4]
    sandbox.advance(48 * 3600)
    assert windows() == []


def test_the_log_tells_platform_time_and_the_machines(sandbox: Sandbox) -> None:
    sandbox.advance(3600)
    sandbox.person("LiHua").say("打卡")
    assert sandbox.settle()

    [entry] = sandbox.log(kind="callback")
    assert entry["at"][:13] != entry["real"][:13]
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{3}\+08:00", entry["real"])
