"""The phones and the control room themselves, by clicking: a small company, no product behind it."""

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from sandbox.client import Sandbox
from tests.e2e.conftest import phone
from tests.sandbox.scene import (
    ACCOUNT,
    ACCOUNT_SECRET,
    AGENT,
    BUTTONS,
    CORP,
    SECRET,
    Api,
    Bot,
    account_body,
    corp_body,
    running_sandbox,
    wecom_token,
)
from tests.sandbox.test_sms import KEY_ID, SEND, TENCENT, Tencent

MENU = {"button": [{"type": "click", "name": "今日班表", "key": "today"}]}
pytestmark = pytest.mark.browser

PAGE = """<!doctype html><meta charset="utf-8"><title>上传材料</title>
<script src="{sandbox}/open/js/jweixin.js"></script>
<button id="choose">选图</button><button id="where">定位</button>
<button id="close">关闭</button><output></output>
<script>
const say = (text) => document.querySelector("output").textContent = text;
const on = (id, run) => document.getElementById(id).onclick = run;
wx.config({config});
wx.error((error) => say("error " + error.errMsg));
wx.ready(() => say("ready"));
on("where", () => wx.getLocation({{ fail: (error) => say(error.errMsg) }}));
on("close", () => wx.closeWindow());
on("choose", () => wx.chooseImage({{ count: 2, success: ({{ localIds }}) => {{
  wx.getLocalImgData({{ localId: localIds[0], success: ({{ localData }}) =>
    wx.uploadImage({{ localId: localIds[0], success: ({{ serverId }}) =>
      say([localIds.length, localData.slice(0, 15), serverId].join(" ")) }}) }});
}} }}));
</script>"""


@dataclass
class Scene:
    """A running sandbox, its API, and the server behind its callbacks and pages."""

    sandbox: Sandbox
    wecom: Api
    bot: Bot

    def page(self) -> str:
        """Address of a page that uses the JS-SDK, with a signature of its own."""
        url = f"{self.bot.url}/page"
        ticket = self.wecom.get("cgi-bin/get_jsapi_ticket")["ticket"]
        text = f"jsapi_ticket={ticket}&noncestr=n&timestamp=1&url={url}"
        config = {"appId": CORP, "timestamp": 1, "nonceStr": "n", "jsApiList": ["chooseImage", "uploadImage"]}
        signed = {**config, "signature": hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()}
        PAGES[url] = PAGE.format(sandbox=self.sandbox.url, config=json.dumps(signed))
        return url


PAGES: dict[str, str] = {}


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    """One sandbox for the file."""
    with running_sandbox() as (url, _):
        yield url


@pytest.fixture
def scene(running: str) -> Iterator[Scene]:
    """The small company, fresh."""
    bot = Bot()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Stay silent."""

        def answer(self, body: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def do_GET(self) -> None:
            self.answer(PAGES.get(f"{bot.url}{self.path}", ""))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer("")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    bot.url = f"http://127.0.0.1:{server.server_address[1]}"
    with Sandbox(running) as sandbox:
        sandbox.reset()
        sandbox.put_corp(CORP, corp_body(bot.url))
        sandbox.put_account(ACCOUNT, account_body(bot.url))
        sandbox.person("zhangwei").place(30.58419, 104.06219, "金融城双塔")
        wecom = Api(f"{running}/wecom/", wecom_token(SECRET))
        yield Scene(sandbox, wecom, bot)
        wecom.http.close()
    server.shutdown()
    server.server_close()
    thread.join(5)


def show(page: Page, scene: Scene, people: str = "", path: str = "/") -> None:
    """Open a page of the sandbox and wait until it lives."""
    page.goto(f"{scene.sandbox.url}{path}" + (f"?open={people}" if people else ""))
    expect(page.locator("body[data-ready]")).to_be_attached()


def last(scene: Scene, person: str) -> dict[str, Any]:
    """The newest bubble on a phone."""
    return scene.sandbox.person(person).inbox()[-1]


def wait_for_fault(page: Page, scene: Scene, name: str, **wanted: object) -> None:
    """Wait until the sandbox has this fault as the control room was told."""
    until = time.monotonic() + 10
    while True:
        set_now = [fault for fault in scene.sandbox.call("GET", "faults")["faults"] if fault["name"] == name]
        if [{key: fault[key] for key in wanted} for fault in set_now] == [wanted]:
            return
        assert time.monotonic() < until, set_now
        page.wait_for_timeout(50)


def test_whatever_the_plus_panel_offers_is_sent(page: Page, scene: Scene) -> None:
    show(page, scene, "zhangwei")
    mine = phone(page, "zhangwei")
    expect(mine.get_by_test_id("blank-chat")).to_be_visible()
    mine.get_by_test_id("plus").click()

    mine.get_by_test_id("send-image").click()
    mine.get_by_test_id("album-0").click()
    mine.get_by_test_id("album-3").click()
    mine.get_by_test_id("album-done").click()
    expect(mine.locator("[data-type=image]")).to_have_count(2)
    mine.get_by_test_id("send-photo").click()
    mine.get_by_test_id("camera-shoot").click()
    expect(mine.locator("[data-type=image]")).to_have_count(3)
    mine.get_by_test_id("send-location").click()
    mine.get_by_test_id("location-place-春熙路").click()
    mine.get_by_test_id("location-confirm").click()
    expect(mine.locator("[data-type=location]")).to_contain_text("春熙路")
    mine.get_by_test_id("send-video").click()
    mine.get_by_test_id("sample-video").click()
    expect(mine.locator("[data-type=video]")).to_be_visible()
    mine.get_by_test_id("send-file").click()
    mine.get_by_test_id("sample-file").click()
    expect(mine.locator("[data-type=file]")).to_contain_text("情况说明.txt")
    expect(mine.get_by_test_id("hint")).to_contain_text("企业微信不会把文件推给机器人")
    expect(mine.get_by_test_id("messages")).not_to_contain_text("推给机器人")
    mine.get_by_test_id("emoji").click()
    mine.get_by_test_id("emoji-0").click()
    mine.get_by_test_id("send").click()
    expect(mine.locator("[data-type=text]")).to_have_text("张伟😀")
    expect(mine.get_by_test_id("hint")).to_be_hidden()
    expect(mine.get_by_test_id("blank-chat")).to_have_count(0)

    assert scene.sandbox.settle()
    sent = {m["msgtype"] for m in scene.sandbox.person("zhangwei").inbox() if m["direction"] == "out"}
    assert sent >= {"image", "location", "video", "file", "text"}


def test_a_voice_lasts_as_long_as_the_button_is_held(page: Page, scene: Scene) -> None:
    show(page, scene, "zhangwei")
    mine = phone(page, "zhangwei")
    mine.get_by_test_id("voice-toggle").click()
    hold = mine.get_by_test_id("hold-to-talk")
    hold.click()
    expect(page.get_by_text("说话时间太短")).to_be_visible()

    hold.hover()
    page.mouse.down()
    expect(mine.get_by_text("松开发送")).to_be_visible()
    page.wait_for_timeout(1700)
    page.mouse.up()

    bubble = mine.get_by_test_id("bubble-voice")
    expect(bubble).to_contain_text("″")
    assert last(scene, "zhangwei")["content"]["seconds"] >= 2
    bubble.click()
    assert "playing" in str(bubble.get_attribute("class"))


def test_what_arrives_elsewhere_is_counted_and_announced(page: Page, scene: Scene) -> None:
    show(page, scene, "zhangwei")
    mine = phone(page, "zhangwei")
    mine.get_by_test_id("to-desk").click()
    expect(mine.get_by_test_id("app-chats")).to_be_visible()

    scene.wecom.send("text", {"content": "九点开会"}, touser="zhangwei")

    expect(mine.get_by_test_id("banner")).to_contain_text("九点开会")
    expect(page.get_by_test_id("unread-zhangwei")).to_have_text("1")
    expect(mine.get_by_test_id("app-chats")).to_contain_text("1")
    mine.get_by_test_id("app-chats").click()
    expect(mine.get_by_test_id("unread")).to_have_text("1")
    mine.get_by_test_id(f"chat-{AGENT}").click()
    expect(mine.get_by_test_id("bubble")).to_contain_text("九点开会")
    expect(page.get_by_test_id("unread-zhangwei")).to_have_count(0)


def test_a_recalled_message_leaves_one_line(page: Page, scene: Scene) -> None:
    show(page, scene, "zhangwei")
    mine = phone(page, "zhangwei")
    sent = scene.wecom.send("text", {"content": "发错了"}, touser="zhangwei")
    expect(mine.get_by_test_id("bubble")).to_contain_text("发错了")

    scene.wecom.post("cgi-bin/message/recall", {"msgid": sent["msgid"]})

    expect(mine.get_by_test_id("recalled")).to_have_text("对方撤回了一条消息")
    expect(mine.get_by_test_id("bubble")).to_have_count(0)


def test_a_tapped_card_is_locked_by_the_update(page: Page, scene: Scene) -> None:
    show(page, scene, "zhangwei")
    mine = phone(page, "zhangwei")
    card = {**BUTTONS, "task_id": "one"}
    sent = scene.wecom.send("template_card", card, touser="zhangwei")

    mine.get_by_test_id("card-button-ok").click()
    assert scene.sandbox.settle()
    update = {"userids": ["zhangwei"], "agentid": AGENT, "response_code": sent["response_code"]}
    scene.wecom.post("cgi-bin/message/update_template_card", {**update, "button": {"replace_name": "已同意"}})

    expect(mine.get_by_test_id("card-replaced")).to_have_text("已同意")
    assert last(scene, "zhangwei")["answered"]["key"] == "ok"


def test_a_file_can_be_saved_and_a_picture_seen_large(page: Page, scene: Scene) -> None:
    show(page, scene, "zhangwei")
    mine = phone(page, "zhangwei")
    upload = {"access_token": scene.wecom.token(), "type": "file"}
    files = {"media": ("三月业绩.xlsx", b"x" * 2048)}
    kept = scene.wecom.http.post("cgi-bin/media/upload", params=upload, files=files).json()
    scene.wecom.send("file", {"media_id": kept["media_id"]}, touser="zhangwei")

    file = mine.get_by_test_id("bubble-file")
    expect(file).to_contain_text("2.0 KB")
    with page.expect_download() as saved:
        file.click()
    assert saved.value.suggested_filename == "三月业绩.xlsx"

    scene.sandbox.person("zhangwei").send_image()
    mine.get_by_test_id("bubble-image").click()
    expect(mine.get_by_test_id("lightbox")).to_be_visible()
    mine.get_by_test_id("lightbox").click()
    expect(mine.get_by_test_id("lightbox")).to_have_count(0)


def test_sms_arrive_in_their_own_app(page: Page, scene: Scene) -> None:
    scene.sandbox.call("PUT", f"sms/tencent/{KEY_ID}", TENCENT)
    show(page, scene, "LiHua")
    mine = phone(page, "LiHua")
    mine.get_by_test_id("to-desk").click()

    gateway = Tencent(scene.sandbox)
    assert gateway.code(SEND) == "Ok"
    gateway.http.close()

    expect(mine.get_by_test_id("banner")).to_contain_text("还有3天到期")
    expect(mine.get_by_test_id("app-sms")).to_contain_text("1")
    mine.get_by_test_id("app-sms").click()
    mine.get_by_test_id("sms-演示").click()
    expect(mine.get_by_test_id("sms-text")).to_contain_text("还有3天到期")
    expect(page.get_by_test_id("unread-LiHua")).to_have_count(0)


def test_a_group_is_a_chat_of_its_own(page: Page, scene: Scene) -> None:
    group = {"chatid": "g1", "name": "催收一组", "owner": "LiHua", "userlist": ["LiHua", "zhangwei"]}
    assert scene.wecom.post("cgi-bin/appchat/create", group)["errcode"] == 0
    show(page, scene, "zhangwei,LiHua")
    mine, other = phone(page, "zhangwei"), phone(page, "LiHua")
    mine.get_by_test_id("back").click()
    sending = {"chatid": "g1", "msgtype": "text", "text": {"content": "九点碰头"}}
    assert scene.wecom.post("cgi-bin/appchat/send", sending)["errcode"] == 0
    expect(mine.get_by_test_id("chat-g1")).to_contain_text("九点碰头")
    expect(mine.get_by_test_id("unread")).to_have_text("1")

    mine.get_by_test_id("chat-g1").click()
    expect(mine.locator(".speaker")).to_have_text("点将")
    expect(mine.get_by_test_id("plus")).to_be_hidden()
    mine.get_by_test_id("input").fill("收到")
    mine.get_by_test_id("input").press("Enter")

    expect(mine.locator(".row.out")).to_contain_text("收到")
    other.get_by_test_id("banner").click()
    expect(other.get_by_test_id("messages")).to_contain_text("收到")
    expect(other.locator(".speaker").last).to_have_text("张伟")


def test_a_template_message_shows_its_fields(page: Page, scene: Scene) -> None:
    show(page, scene, "oChen")
    token = {"grant_type": "client_credential", "appid": ACCOUNT, "secret": ACCOUNT_SECRET}
    base = f"{scene.sandbox.url}/official/cgi-bin"
    fields = {"thing1": {"value": "客户经理"}, "time2": {"value": "3月4日 10:00"}}
    body = {"touser": "oChen", "template_id": "T1", "data": fields}
    with httpx.Client(trust_env=False) as http:
        query = {"access_token": http.post(f"{base}/stable_token", json=token).json()["access_token"]}
        answer = http.post(f"{base}/message/template/send", params=query, json=body).json()

    assert answer["errcode"] == 0
    card = phone(page, "oChen").get_by_test_id("template-card")
    expect(card.locator("dt")).to_have_text(["岗位", "时间"])
    expect(card.locator("dd")).to_have_text(["客户经理", "3月4日 10:00"])


def test_a_page_chooses_and_uploads_pictures(page: Page, scene: Scene) -> None:
    scene.wecom.send(
        "textcard", {"title": "材料", "description": "上传", "url": scene.page()}, touser="zhangwei"
    )
    show(page, scene, "zhangwei")
    mine = phone(page, "zhangwei")
    mine.get_by_test_id("card").click()
    inside = mine.frame_locator("iframe")
    expect(inside.locator("output")).to_have_text("ready")
    expect(mine.get_by_test_id("browser-title")).to_have_text("上传材料")

    inside.locator("#where").click()
    expect(inside.locator("output")).to_have_text("getLocation:fail permission denied")
    inside.locator("#choose").click()
    mine.get_by_test_id("album-1").click()
    mine.get_by_test_id("album-2").click()
    mine.get_by_test_id("album-done").click()

    expect(inside.locator("output")).to_contain_text("2 data:image/jpeg ")
    media_id = inside.locator("output").inner_text().split()[-1]
    query = {"access_token": scene.wecom.token(), "media_id": media_id}
    assert scene.wecom.http.get("cgi-bin/media/get", params=query).content.startswith(b"\xff\xd8\xff")
    inside.locator("#close").click()
    expect(mine.get_by_test_id("browser")).to_have_count(0)


def test_a_flood_of_messages_loses_none(page: Page, scene: Scene) -> None:
    """More in one moment than the stream holds: the page notices the gap and reads anew."""
    scene.sandbox.settings(member_per_minute=10_000)
    show(page, scene, "zhangwei")
    many = [{"userid": f"m{n}", "name": f"员工{n}", "department": [2]} for n in range(400)]
    scene.sandbox.put_corp(CORP, corp_body(scene.bot.url, members=[*corp_body("")["members"], *many]))

    for n in range(12):
        scene.wecom.send("text", {"content": f"第{n}条"}, touser="@all")

    texts = [f"点第{n}条" for n in range(12)]
    expect(phone(page, "zhangwei").get_by_test_id("bubble")).to_have_text(texts, timeout=15_000)


def test_people_are_found_by_name_position_and_department(page: Page, scene: Scene) -> None:
    show(page, scene)
    people = page.locator(".person-row")
    for words, found in (("李", ["李华"]), ("主管", ["张伟"]), ("催收一组", ["李华"]), ("OCHEN", ["陈晨"])):
        page.get_by_test_id("people-search").fill(words)
        expect(people.locator("b")).to_have_text(found)
    page.get_by_test_id("people-search").press("Enter")
    expect(phone(page, "oChen")).to_be_visible()


def test_the_clock_is_moved_from_the_bar(page: Page, scene: Scene) -> None:
    show(page, scene)
    reset = page.get_by_test_id("clock-reset")
    expect(reset).to_be_disabled()
    page.get_by_test_id("clock-morning").click()
    expect(page.get_by_test_id("clock-now")).to_contain_text("08:45")
    expect(page.get_by_test_id("clock-state")).to_have_text("演示时间")
    page.get_by_test_id("clock-fast").click()
    expect(page.get_by_test_id("clock-state")).to_have_text("60 倍速")
    reset.click()
    expect(page.get_by_test_id("clock-state")).to_be_hidden()
    assert scene.sandbox.clock()["rate"] == 1


def test_a_fault_is_set_limited_and_used_up(page: Page, scene: Scene) -> None:
    show(page, scene, path="/control-room")
    expect(page.get_by_test_id("fault-count")).to_have_text("一切正常")
    page.get_by_test_id("fault-45009").check()
    page.get_by_test_id("fault-45009-path").select_option("message/send")
    expect(page.get_by_test_id("fault-45009-path")).to_have_value("message/send")
    page.get_by_test_id("fault-45009-times").select_option("1")
    expect(page.get_by_text("还会发作 1 次")).to_be_visible()
    page.get_by_test_id("fault-shuffle").check()
    page.get_by_test_id("fault-shuffle-value").fill("2")
    page.get_by_test_id("fault-shuffle-value").press("Enter")
    expect(page.get_by_test_id("fault-count")).to_have_text("2 个开着")
    wait_for_fault(page, scene, "api_errcode", times=1, path="message/send")
    wait_for_fault(page, scene, "callback_shuffle", value=2)

    assert scene.wecom.send("text", {"content": "早"}, touser="zhangwei")["errcode"] == 45009

    expect(page.get_by_test_id("fault-45009")).not_to_be_checked()
    expect(page.get_by_test_id("log-rows")).to_contain_text("错误码 45009")
    page.get_by_test_id("faults-clear").click()
    expect(page.get_by_test_id("fault-count")).to_have_text("一切正常")
    assert scene.sandbox.call("GET", "faults") == {"faults": []}


def test_the_control_room_jumps_to_a_moment_written_in_digits(page: Page, scene: Scene) -> None:
    show(page, scene, path="/control-room")
    field, error = page.get_by_test_id("clock-when"), page.get_by_test_id("clock-error")
    expect(field).to_have_value(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"))
    for wrong in ("明早八点", "2026-02-30 08:45", "2026-11-26 24:10", "11/26/2026 08:45 AM"):
        field.fill(wrong)
        page.get_by_test_id("clock-go").click()
        expect(error).to_contain_text("24 小时制")
    field.fill("2027-11-26 20:45")
    field.press("Enter")
    expect(error).to_be_hidden()
    expect(page.get_by_test_id("clock-now")).to_contain_text("11月26日 周五 20:45")


@pytest.mark.parametrize(
    ("switch", "name", "path"),
    [
        ("lost", "accept_then_drop", "message/send"),
        ("40014", "api_errcode", None),
        ("42001", "token_expired", None),
        ("revoked", "token_revoked", None),
    ],
)
def test_faults_that_hurt_begin_with_one_strike(
    page: Page, scene: Scene, switch: str, name: str, path: str | None
) -> None:
    show(page, scene, path="/control-room")
    page.get_by_test_id(f"fault-{switch}").check()
    expect(page.get_by_test_id(f"fault-{switch}-path")).to_have_value(path or "")
    wait_for_fault(page, scene, name, times=1, path=path)


def test_the_log_tells_who_and_which_button(page: Page, scene: Scene) -> None:
    show(page, scene, path="/log")
    scene.wecom.post("cgi-bin/menu/create", MENU, agentid=AGENT)
    scene.wecom.send("template_card", BUTTONS, touser="zhangwei")
    scene.sandbox.person("zhangwei").tap_menu("today")
    scene.sandbox.person("zhangwei").tap_card("ok")
    assert scene.sandbox.settle()
    callback = scene.sandbox.log(kind="callback")[-1]["request"]
    code = callback.split("<ResponseCode><![CDATA[")[1].split("]]")[0]
    body = {"userids": ["zhangwei"], "agentid": AGENT, "response_code": code}
    update = {**body, "button": {"replace_name": "已同意"}}
    assert scene.wecom.post("cgi-bin/message/update_template_card", update)["errcode"] == 0
    rows = page.get_by_test_id("log-entry")
    expect(rows.filter(has_text="点菜单")).to_contain_text("今日班表（today）")
    expect(rows.filter(has_text="点卡片")).to_contain_text("同意（ok）")
    expect(rows.filter(has_text="更新卡片").locator(".whom")).to_have_text("张伟")


def test_somebody_is_put_out_of_reach(page: Page, scene: Scene) -> None:
    show(page, scene, path="/control-room")
    page.get_by_test_id("fault-reach").check()
    page.get_by_test_id("fault-reach-person").select_option(label="张伟")
    wait_for_fault(page, scene, "out_of_reach", person="zhangwei")

    assert scene.wecom.send("text", {"content": "在吗"}, touser="zhangwei")["errcode"] == 81013
    assert scene.wecom.send("text", {"content": "在吗"}, touser="LiHua")["errcode"] == 0


def test_one_message_is_followed_through_the_log(page: Page, scene: Scene) -> None:
    show(page, scene, path="/log")
    scene.sandbox.person("zhangwei").say("谁没打卡")
    assert scene.sandbox.settle()
    scene.wecom.send("text", {"content": "都到了"}, touser="zhangwei")
    scene.wecom.send("text", {"content": "别的事"}, touser="LiHua")
    rows = page.get_by_test_id("log-entry")
    expect(rows.locator("visible=true")).to_have_count(3)

    page.get_by_test_id("log-entry").filter(has_text="都到了").click()

    steps = page.get_by_test_id("story-step")
    expect(steps.locator("b")).to_have_text(
        ["张伟：发文字", "平台推给机器人", "机器人调用：发消息", "到了张伟的手机"]
    )
    expect(steps.nth(1).locator("pre")).to_contain_text("<Content>谁没打卡</Content>")
    expect(steps.nth(3)).to_contain_text("都到了")
    page.get_by_test_id("only-story").check()
    expect(rows.locator("visible=true")).to_have_count(2)
    page.get_by_test_id("story-close").click()
    page.get_by_test_id("log-search").fill("李华")
    expect(rows.locator("visible=true")).to_have_count(1)


def test_a_page_fills_the_phone_and_no_drawer_shows_its_shadow(page: Page, scene: Scene) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    show(page, scene, "zhangwei")
    expect(page.locator(".people")).to_have_css("box-shadow", "none")
    url = scene.page()
    scene.wecom.send("textcard", {"title": "上传", "description": "材料", "url": url}, touser="zhangwei")
    phone(page, "zhangwei").get_by_test_id("card").click()
    frame = phone(page, "zhangwei").get_by_test_id("browser-frame")
    expect(frame).to_be_visible()
    inner, outer = frame.bounding_box(), page.locator(".screen").bounding_box()
    assert inner is not None
    assert outer is not None
    assert inner["y"] + inner["height"] == pytest.approx(outer["y"] + outer["height"], abs=1)


@pytest.mark.parametrize("path", ["/", "/?open=zhangwei", "/?open=oChen", "/log", "/control-room"])
def test_nothing_leaves_a_narrow_screen(page: Page, scene: Scene, path: str) -> None:
    scene.sandbox.person("zhangwei").say("一段比较长的话" * 20)
    page.set_viewport_size({"width": 390, "height": 844})
    show(page, scene, path=path)
    expect(page.get_by_test_id("clock-now")).to_be_visible()

    outside = page.evaluate("""() => [...document.querySelectorAll("button, input, select, a, b, h2")]
      .filter((element) => element.checkVisibility() && !element.closest(".people"))
      .filter((element) => element.getBoundingClientRect().right > 390.5)
      .map((element) => element.outerHTML)""")
    assert outside == []


def test_a_narrow_screen_is_used_by_touch(page: Page, scene: Scene) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    show(page, scene)
    page.get_by_test_id("people-toggle").click()
    page.get_by_test_id("person-LiHua").click()
    mine = phone(page, "LiHua")
    mine.get_by_test_id("input").fill("打卡")
    mine.get_by_test_id("input").press("Enter")
    expect(mine.get_by_test_id("bubble")).to_contain_text("打卡")
    page.get_by_test_id("clock-toggle").click()
    page.get_by_test_id("clock-1h").click()
    expect(page.get_by_test_id("clock-state")).to_be_visible()
    clock, link = (page.get_by_test_id(name).bounding_box() for name in ("clock-toggle", "room-link"))
    assert clock is not None
    assert link is not None
    assert clock["x"] + clock["width"] <= link["x"]
    page.get_by_test_id("people-toggle").click()
    page.get_by_test_id("person-zhangwei").click()
    expect(phone(page, "zhangwei")).to_be_visible()
    expect(mine).to_have_count(0)
