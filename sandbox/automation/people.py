"""People over the control interface: everything a hand can do on a phone, and what the phone shows."""

import base64
import binascii
from collections.abc import Callable
from itertools import takewhile

from starlette.requests import Request

from sandbox.actions import Phone, plain_png, read_place
from sandbox.callbacks import CallbackSender
from sandbox.errors import ControlError
from sandbox.operation import Operation, need_person, number, timeout_of
from sandbox.platform.identity import MINI
from sandbox.platform.oauth import AuthorizePage
from sandbox.world import Corp, Follower, Home, Json, Member, Message, Person, World


class PeopleControl:
    """``/control/people``."""

    def __init__(self, world: World, sender: CallbackSender, authorize: AuthorizePage) -> None:
        self.world = world
        self.sender = sender
        self.authorize_page = authorize

    def operations(self) -> list[Operation]:
        """All endpoints."""
        person, chat = "/control/people/{person}", ("home", "agent_id")
        attachment = {"base64": "string", "name": "string"}
        coordinates = {"latitude": "number", "longitude": "number", "label": "string"}
        return [
            Operation("GET", "/control/people", "所有人", self.get_people),
            Operation(
                "POST",
                f"{person}/say",
                "发文字",
                self.say,
                {"text": "string", "to": "integer", "chat": "string"},
                chat,
            ),
            Operation(
                "POST",
                f"{person}/tap-menu",
                "点菜单",
                self.tap_menu,
                {"key": "string", "name": "string"},
                chat,
            ),
            Operation(
                "POST",
                f"{person}/tap-card",
                "点卡片按钮、提交选择或点右上角菜单",
                self.tap_card,
                {"message_id": "string", "key": "string", "selected": "object"},
                chat,
            ),
            Operation(
                "POST",
                f"{person}/tap-option",
                "点 msgmenu 选项",
                self.tap_option,
                {"id": "string", "message_id": "string"},
                chat,
            ),
            Operation(
                "POST",
                f"{person}/send-location",
                "发位置",
                self.send_location,
                {**coordinates, "via": "string", "key": "string"},
                chat,
            ),
            Operation(
                "POST",
                f"{person}/send-image",
                "发图片",
                self.send_image,
                attachment,
                chat,
            ),
            Operation(
                "POST",
                f"{person}/send-voice",
                "发语音",
                self.send_voice,
                {"seconds": "integer", "base64": "string"},
                chat,
            ),
            Operation("POST", f"{person}/send-video", "发视频", self.send_video, attachment, chat),
            Operation("POST", f"{person}/send-file", "发文件", self.send_file, attachment, chat),
            Operation(
                "POST",
                f"{person}/upload",
                "网页经 JS-SDK 上传图片或录音",
                self.upload,
                {"kind": "string", **attachment},
                chat,
            ),
            Operation(
                "POST",
                f"{person}/send-link",
                "分享链接",
                self.send_link,
                {"title": "string", "description": "string", "url": "string"},
                chat,
            ),
            Operation("POST", f"{person}/place", "把手机带到某处", self.place, coordinates, ("home",)),
            Operation("POST", f"{person}/open-chat", "进入会话", self.open_chat, {}, chat),
            Operation("POST", f"{person}/follow", "关注服务号", self.follow, {"ticket": "string"}, ("home",)),
            Operation("POST", f"{person}/unfollow", "取消关注", self.unfollow, {}, ("home",)),
            Operation(
                "POST", f"{person}/scan", "扫带参数的二维码", self.scan, {"ticket": "string"}, ("home",)
            ),
            Operation("POST", f"{person}/pay", "付款给服务号：48 小时内不限条数", self.pay, {}, ("home",)),
            Operation(
                "POST",
                f"{person}/answer-popup",
                "回答订阅弹窗，accept 一次可收一条",
                self.answer_popup,
                {"template_ids": "array", "answer": "string"},
                ("home",),
            ),
            Operation(
                "POST",
                f"{person}/notices",
                "在设置里拒收某些订阅通知，或开关总开关",
                self.notices,
                {"refuse": "array", "on": "boolean"},
                ("home",),
            ),
            Operation(
                "POST",
                f"{person}/confirm-once",
                "确认一次性订阅",
                self.confirm_once,
                {"template_id": "string", "scene": "integer"},
                ("home",),
            ),
            Operation(
                "POST",
                f"{person}/mini-login",
                "打开应用关联的小程序，得到 wx.login 的 code",
                self.mini_login,
                {"agent_id": "integer"},
                ("home",),
            ),
            Operation(
                "POST",
                f"{person}/authorize",
                "以此人身份走网页授权",
                self.authorize,
                {"url": "string"},
                ("home",),
            ),
            Operation(
                "GET",
                f"{person}/inbox",
                "手机上的消息",
                self.inbox,
                None,
                ("home", "agent_id", "chat", "after", "changed_after"),
            ),
            Operation(
                "GET",
                f"{person}/inbox/wait",
                "等消息",
                self.inbox_wait,
                None,
                ("home", "agent_id", "chat", "after", "changed_after", "count", "timeout"),
            ),
        ]

    async def get_people(self, request: Request, body: Json) -> Json:
        """Everybody with a phone."""
        return {"people": [person_json(home, person) for home, person in self.world.people()]}

    def phone(self, request: Request, body: Json) -> Phone:
        """The phone the address names, with the chat in front."""
        home, person = need_person(self.world, request)
        given = body.get("to") or body.get("agent_id") or request.query_params.get("agent_id")
        try:
            agent_id = int(given) if given and isinstance(home, Corp) else None
        except (TypeError, ValueError) as error:
            raise ControlError("to 必须是应用的 agent_id") from error
        return Phone(self.world, self.sender, home, person, agent_id)

    def _sent(self, message: Message) -> Json:
        return {**message.as_json(), "after": self.world.last_seq}

    def _done(self, answer: Json | None = None) -> Json:
        return {
            "ok": True,
            **(answer or {}),
            "after": self.world.last_seq,
            "revision": self.world.last_revision,
        }

    async def say(self, request: Request, body: Json) -> Json:
        """Type and send."""
        phone, text = self.phone(request, body), str(body.get("text") or "")
        chat = str(body.get("chat") or "")
        return self._sent(phone.say_in_group(chat, text) if chat else phone.say(text))

    async def tap_menu(self, request: Request, body: Json) -> Json:
        """Tap a menu button by key or name."""
        key = body.get("key") or body.get("name")
        if not key:
            raise ControlError("需要 key 或 name")
        given = [attached({"base64": picture}) for picture in body.get("pictures") or []]
        detail = {**body, "pictures": [picture for picture in given if picture]}
        return self._done(self.phone(request, body).tap_menu(str(key), detail))

    async def tap_card(self, request: Request, body: Json) -> Json:
        """Tap a card."""
        message_id, selected = body.get("message_id"), body.get("selected") or {}
        if not isinstance(selected, dict):
            raise ControlError("selected 必须是 {question_key: [id]}")
        chosen = {
            key: [ids] if isinstance(ids, str) else [str(i) for i in ids] for key, ids in selected.items()
        }
        key = str(body.get("key") or "")
        return self._done(
            self.phone(request, body).tap_card(key, str(message_id) if message_id else None, chosen)
        )

    async def tap_option(self, request: Request, body: Json) -> Json:
        """Tap a msgmenu option."""
        message_id = body.get("message_id")
        phone = self.phone(request, body)
        return self._sent(
            phone.tap_option(str(body.get("id") or ""), str(message_id) if message_id else None)
        )

    async def send_location(self, request: Request, body: Json) -> Json:
        """Send a place."""
        via, key = str(body.get("via") or "message"), body.get("key")
        phone = self.phone(request, body)
        place = phone.person.place if "latitude" not in body and phone.person.place else read_place(body)
        return self._sent(phone.send_location(place, via, str(key) if key else None))

    async def send_image(self, request: Request, body: Json) -> Json:
        """Send a picture."""
        name = str(body.get("name") or "照片.png")
        return self._sent(self.phone(request, body).send_image(attached(body), name))

    async def send_voice(self, request: Request, body: Json) -> Json:
        """Send a voice message."""
        seconds = int(body.get("seconds") or 3)
        return self._sent(self.phone(request, body).send_voice(seconds, attached(body)))

    async def send_video(self, request: Request, body: Json) -> Json:
        """Send a video."""
        name = str(body.get("name") or "视频.mp4")
        return self._sent(self.phone(request, body).send_video(attached(body), name))

    async def send_file(self, request: Request, body: Json) -> Json:
        """Send a file."""
        name = str(body.get("name") or "文件.txt")
        return self._sent(self.phone(request, body).send_file(attached(body) or b"sandbox file\n", name))

    async def upload(self, request: Request, body: Json) -> Json:
        """What a page uploads through the JS-SDK: a picture or a voice, by its media_id."""
        kind = str(body.get("kind") or "image")
        if kind not in ("image", "voice"):
            raise ControlError("kind 只能是 image 或 voice")
        phone = self.phone(request, body)
        name, content_type = ("照片.png", "image/png") if kind == "image" else ("录音.speex", "audio/speex")
        data = attached(body) or (plain_png() if kind == "image" else b"speex")
        return {"media_id": phone.keep(kind, str(body.get("name") or name), content_type, data).media_id}

    async def send_link(self, request: Request, body: Json) -> Json:
        """Share a link."""
        parts = [str(body.get(name) or "") for name in ("title", "description", "url")]
        return self._sent(self.phone(request, body).send_link(*parts))

    async def place(self, request: Request, body: Json) -> Json:
        """Carry the phone somewhere."""
        phone = self.phone(request, body)
        place = read_place(body)
        phone.place(place)
        return place.as_json()

    async def open_chat(self, request: Request, body: Json) -> Json:
        """Enter the chat."""
        self.phone(request, body).open_chat()
        return self._done()

    async def follow(self, request: Request, body: Json) -> Json:
        """Follow."""
        self.phone(request, body).follow(str(body.get("ticket") or body.get("scene") or ""))
        return self._done()

    async def unfollow(self, request: Request, body: Json) -> Json:
        """Stop following."""
        self.phone(request, body).unfollow()
        return self._done()

    async def scan(self, request: Request, body: Json) -> Json:
        """Scan a QR code by its ticket or scene."""
        self.phone(request, body).scan(str(body.get("ticket") or body.get("scene") or ""))
        return self._done()

    async def pay(self, request: Request, body: Json) -> Json:
        """Pay the account."""
        self.phone(request, body).pay()
        return self._done()

    async def answer_popup(self, request: Request, body: Json) -> Json:
        """Answer the subscription popup."""
        ids = [str(template_id) for template_id in body.get("template_ids") or []]
        self.phone(request, body).answer_popup(ids, str(body.get("answer") or "accept"))
        return self._done()

    async def notices(self, request: Request, body: Json) -> Json:
        """Refuse notices one by one, or all by the main switch."""
        phone = self.phone(request, body)
        if body.get("refuse"):
            phone.refuse_notices([str(template_id) for template_id in body["refuse"]])
        if "on" in body:
            phone.switch_notices(bool(body["on"]))
        return self._done()

    async def confirm_once(self, request: Request, body: Json) -> Json:
        """Confirm a one-time subscription."""
        self.phone(request, body).confirm_once(
            str(body.get("template_id") or ""), int(body.get("scene") or 0)
        )
        return self._done()

    async def mini_login(self, request: Request, body: Json) -> Json:
        """The code of ``wx.login`` in the mini-program linked to an app."""
        phone = self.phone(request, body)
        if phone.app is None or not phone.app.miniprogram:
            raise ControlError("这个应用没有关联小程序", 409)
        return {"code": self.authorize_page.grant(phone.home, phone.person, MINI, phone.app.agent_id)}

    async def authorize(self, request: Request, body: Json) -> Json:
        """Where an authorize URL leads for this person."""
        home, person = need_person(self.world, request)
        return {"redirect": self.authorize_page.authorize(str(body.get("url") or ""), home.id, person)}

    # -- inbox ----------------------------------------------------------------------------------------------

    def _wanted(self, request: Request) -> Callable[[], list[Message]]:
        """Reads the messages the query asks for; made once, as a waiting request looks again and again."""
        home, person = need_person(self.world, request)
        query = request.query_params
        after, changed = number(query.get("after"), 0), query.get("changed_after")
        since, by_change = number(changed, 0), changed is not None
        agent_id, chat = query.get("agent_id"), query.get("chat")

        def here(message: Message) -> bool:
            return agent_id in (None, str(message.agent_id)) and chat in (None, message.chat)

        def read() -> list[Message]:
            messages = self.world.chat(home.id, person.id)
            if by_change:
                return [message for message in messages if message.revision > since and here(message)]
            newer = takewhile(lambda message: message.seq > after, reversed(messages))
            return [message for message in newer if here(message)][::-1]

        return read

    def _inbox(self, messages: list[Message], complete: bool = True) -> Json:
        return {
            "messages": [message.as_json() for message in messages],
            "complete": complete,
            "last_seq": self.world.last_seq,
            "last_revision": self.world.last_revision,
        }

    async def inbox(self, request: Request, body: Json) -> Json:
        """The phone's messages."""
        return self._inbox(self._wanted(request)())

    async def inbox_wait(self, request: Request, body: Json) -> Json:
        """Wait until ``count`` messages have arrived at the phone (or changed on it)."""
        count, changes = number(request.query_params.get("count"), 1), "changed_after" in request.query_params
        read = self._wanted(request)

        def enough() -> bool:
            return sum(1 for message in read() if changes or message.direction == "in") >= count

        complete = await self.world.wait_until(enough, timeout_of(request, 10))
        return self._inbox(read(), complete)


def attached(body: Json) -> bytes | None:
    """The file in a request body, if it holds one."""
    try:
        return base64.b64decode(body["base64"], validate=True) if body.get("base64") else None
    except (binascii.Error, TypeError, ValueError) as error:
        raise ControlError("base64 不正确") from error


def member_json(corp: Corp, member: Member) -> Json:
    """A member as the control interface shows one."""
    fields = {
        "id": member.userid,
        "name": member.name,
        "kind": "member",
        "home": corp.id,
        "home_name": corp.name,
    }
    departments = [corp.departments[d].name for d in member.department if d in corp.departments]
    place = member.place.as_json() if member.place else None
    fields["mobile"] = member.mobile
    more = {"department": member.department, "departments": departments, "position": member.position}
    return {**fields, **more, "avatar": member.avatar, "status": member.status, "place": place}


def person_json(home: Home, person: Person) -> Json:
    """A person as the control interface shows one."""
    if isinstance(home, Corp) and isinstance(person, Member):
        return member_json(home, person)
    if not isinstance(person, Follower):
        raise TypeError("a follower belongs to an account")
    place = person.place.as_json() if person.place else None
    fields = {
        "id": person.openid,
        "name": person.name,
        "kind": "follower",
        "home": home.id,
        "home_name": home.name,
    }
    return {
        **fields,
        "following": person.following,
        "accepts_templates": person.accepts_templates,
        "mobile": person.mobile,
        "place": place,
    }
