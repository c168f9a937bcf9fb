"""What a person can do with a phone; the browser's phones and the automation both come through here."""

import hashlib
import secrets
import struct
import zlib
from dataclasses import replace
from typing import Any

from sandbox import cards, inbound
from sandbox.callbacks import CallbackSender, Delivery, Route, account_route, app_route
from sandbox.errors import ControlError
from sandbox.geo import Place
from sandbox.limits import open_allowance
from sandbox.platform.menus import leaves
from sandbox.render import plain, render
from sandbox.replies import ReplyTaker
from sandbox.world import Account, App, Corp, Follower, Home, Json, Media, Message, Person, World

PICTURE_MENUS = frozenset({"pic_sysphoto", "pic_photo_or_album", "pic_weixin"})
SCAN_MENUS = frozenset({"scancode_push", "scancode_waitmsg"})
WINDOW_MENUS = frozenset({"click"}) | SCAN_MENUS
MENU_PICTURES = 9
JPEG = b"\xff\xd8\xff"


class Phone:
    """One person's phone, in one chat: an app of the corp, or the service account."""

    def __init__(
        self, world: World, sender: CallbackSender, home: Home, person: Person, agent_id: int | None
    ) -> None:
        self.world = world
        self.sender = sender
        self.home = home
        self.person = person
        self.app = self._app(home, agent_id)

    @staticmethod
    def _app(home: Home, agent_id: int | None) -> App | None:
        if isinstance(home, Account):
            return None
        app = next(iter(home.apps.values()), None) if agent_id is None else home.apps.get(agent_id)
        if app is None:
            raise ControlError(f"{home.name} 没有应用 {agent_id or ''}".strip(), 404)
        return app

    # -- plumbing -------------------------------------------------------------------------------------------

    @property
    def agent_id(self) -> int | None:
        """The app in front of the person, if this is WeCom."""
        return self.app.agent_id if self.app else None

    def _route(self) -> Route | None:
        if isinstance(self.home, Corp):
            return app_route(self.home, self.app) if self.app else None
        return account_route(self.home, self.person.id)

    def _tell(self, fields: Json, card: Message | None = None, tapped: str = "") -> None:
        route = self._route()
        if route is None:
            return
        at = self.world.clock.seconds()
        if isinstance(self.home, Corp) and self.app:
            xml = inbound.from_app(self.home, self.app, self.person.id, at, fields)
        elif isinstance(self.home, Account):
            xml = inbound.from_account(self.home, self.person.id, at, fields)
        else:
            return
        taker = ReplyTaker(self.world, self.home.id, self.agent_id, self.person.id, card)
        quiet = fields.get("Event") in ("unsubscribe", "view", "VIEW")
        on_failure = None if quiet else taker.fail
        self.sender.send(Delivery(route, xml, self.person.id, taker.take, on_failure, tapped))

    def _bubble(self, msgtype: str, content: Json, id: str = "") -> Message:
        return self.world.add_message(
            home=self.home.id,
            agent_id=self.agent_id,
            person=self.person.id,
            direction="out",
            msgtype=msgtype,
            content=content,
            text=render(msgtype, content),
            id=id,
        )

    def _note(self, text: str) -> Message:
        return self.world.add_message(
            home=self.home.id,
            agent_id=self.agent_id,
            person=self.person.id,
            direction="out",
            msgtype="notice",
            content={"content": text},
            text=text,
        )

    def _allow(self, action: str) -> None:
        if isinstance(self.person, Follower):
            open_allowance(self.person, action, self.world.clock.timestamp())

    def _must_follow(self) -> None:
        if isinstance(self.person, Follower) and not self.person.following:
            raise ControlError(f"{self.person.name} 没有关注 {self.home.name}", 409)

    @property
    def _in_wecom(self) -> bool:
        return isinstance(self.home, Corp)

    # -- messages -------------------------------------------------------------------------------------------

    def say(self, text: str) -> Message:
        """Type and send a text."""
        if not text.strip():
            raise ControlError("不能发送空白消息")
        self._must_follow()
        number = self.world.number()
        message = self._bubble("text", {"content": text}, str(number))
        self._allow("message")
        self._tell(inbound.message("text", number, Content=text))
        return message

    def say_in_group(self, chatid: str, text: str) -> Message:
        """Say something in a group chat: its members see it, no app hears of it."""
        group = self.home.groups.get(chatid) if isinstance(self.home, Corp) else None
        if group is None or group.dissolved:
            raise ControlError(f"没有群聊 {chatid}", 404)
        if not group.has(self.person.id):
            raise ControlError(f"{self.person.name} 不在这个群里", 409)
        if not text.strip():
            raise ControlError("不能发送空白消息")
        self.world.post_in_group(
            group,
            sender=self.person.name,
            msgtype="text",
            content={"content": text},
            text=text,
            receivers=group.users,
            speaker=self.person.id,
        )
        own = self.world.chat(self.home.id, self.person.id)
        return next(m for m in reversed(own) if m.chat == chatid and m.direction == "out")

    def send_video(self, data: bytes | None = None, name: str = "视频.mp4") -> Message:
        """Send a short video."""
        self._must_follow()
        media = self.keep("video", name, "video/mp4", data or b"\0\0\0\x18ftypmp42" + bytes(12))
        thumb = self.keep("thumb", "缩略图.png", "image/png", plain_png())
        number = self.world.number()
        content = {"media_id": media.media_id, "thumb_media_id": thumb.media_id, "filename": name}
        message = self._bubble("video", content, str(number))
        self._allow("message")
        self._tell(inbound.message("video", number, MediaId=media.media_id, ThumbMediaId=thumb.media_id))
        return message

    def send_file(self, data: bytes, name: str) -> Message:
        """Send a file: it is seen on the phone, but neither platform calls back for files (2.2, 2.7)."""
        self._must_follow()
        media = self.keep("file", name, "application/octet-stream", data)
        return self._bubble("file", {"media_id": media.media_id, "filename": name})

    def send_image(self, data: bytes | None = None, name: str = "照片.png") -> Message:
        """Send a picture; without one, a plain coloured one is taken."""
        self._must_follow()
        message, number = self._picture(data, name)
        self._allow("message")
        self._tell_picture(message, number)
        return message

    def _picture(self, data: bytes | None, name: str) -> tuple[Message, int]:
        shot = data or plain_png()
        content_type = "image/jpeg" if shot.startswith(JPEG) else "image/png"
        media = self.keep("image", name, content_type, shot)
        number = self.world.number()
        return self._bubble("image", {"media_id": media.media_id, "filename": name}, str(number)), number

    def _tell_picture(self, message: Message, number: int) -> None:
        media_id = message.content["media_id"]
        url = f"{self.world.public_url}/media/{media_id}"
        self._tell(inbound.message("image", number, PicUrl=url, MediaId=media_id))

    def send_voice(self, seconds: int = 3, data: bytes | None = None) -> Message:
        """Send a voice message; without one, silence of that length."""
        self._must_follow()
        silence = (bytes([0x3C]) + bytes(31)) * (50 * max(1, min(seconds, 60)))
        media = self.keep("voice", "语音.amr", "audio/amr", data or b"#!AMR\n" + silence)
        number = self.world.number()
        message = self._bubble("voice", {"media_id": media.media_id, "seconds": seconds}, str(number))
        self._allow("message")
        wide = not self._in_wecom and self.world.settings.official_voice_16k
        more = {"MediaId16K": media.media_id} if wide else {}
        self._tell(inbound.message("voice", number, MediaId=media.media_id, Format="amr", **more))
        return message

    def send_link(self, title: str, description: str, url: str) -> Message:
        """Share a link into the chat."""
        self._must_follow()
        number = self.world.number()
        content = {"title": title, "description": description, "url": url}
        message = self._bubble("link", content, str(number))
        self._allow("message")
        picture = {"PicUrl": ""} if self._in_wecom else {}
        self._tell(inbound.message("link", number, Title=title, Description=description, Url=url, **picture))
        return message

    def keep(self, kind: str, name: str, content_type: str, data: bytes) -> Media:
        """Store a file that a bot may fetch with media/get."""
        now = self.world.clock.timestamp()
        media = Media(secrets.token_urlsafe(48), self.home.id, kind, name, content_type, data, now)
        self.world.media[media.media_id] = media
        return media

    def send_location(self, place: Place, via: str = "message", key: str | None = None) -> Message:
        """Send a place, from the plus button or as the answer to a location_select menu."""
        self._must_follow()
        if via == "menu":
            button = self._button(key, kinds=frozenset({"location_select"}))
            asked = inbound.location_select(button["key"], self._in_system(place), self._in_wecom)
            self._tell(asked, tapped=button["name"])
        elif via != "message":
            raise ControlError("via 只能是 message 或 menu")
        number = self.world.number()
        content = {"latitude": place.latitude, "longitude": place.longitude, "label": place.label}
        message = self._bubble("location", content, str(number))
        self._allow("message")
        self._tell(inbound.location(self._in_system(place), number, self._in_wecom))
        return message

    def _in_system(self, place: Place, system: str = "") -> Place:
        """The place in the coordinates its message carries (2.2, two switches)."""
        if (system or self.world.settings.location_message_system) == "gcj02":
            return place
        latitude, longitude = place.as_wgs84()
        return replace(place, latitude=latitude, longitude=longitude)

    def tap_option(self, option_id: str, message_id: str | None = None) -> Message:
        """Tap an option of a msgmenu: sends its words; counts as a menu tap (4.2)."""
        self._must_follow()
        menu = self._latest(message_id, "msgmenu")
        option = next((o for o in menu.content["list"] if str(o["id"]) == option_id), None)
        if option is None:
            raise ControlError(f"没有选项 {option_id}", 404)
        number = self.world.number()
        text = plain(str(option["content"]))
        message = self._bubble("text", {"content": text}, str(number))
        self._allow("menu")
        more = {"bizmsgmenuid": str(option["id"])} if self.world.settings.official_menu_option_id else {}
        self._tell(inbound.message("text", number, Content=text, **more))
        return message

    # -- menu -----------------------------------------------------------------------------------------------

    def menu(self) -> list[Json]:
        """The chat's custom menu."""
        if isinstance(self.home, Account):
            return self.home.menu
        return self.app.menu if self.app else []

    def _button(self, key: str | None, kinds: frozenset[str] | None = None) -> Json:
        for button in leaves(self.menu()):
            if kinds is not None and button.get("type") not in kinds:
                continue
            if key is None or key in (button.get("key"), button.get("name"), button.get("url")):
                return button
        raise ControlError(f"菜单里没有 {key or '这种按钮'}", 404)

    def tap_menu(self, key: str, detail: Json) -> Json:
        """Tap a menu button; answers with what the phone does next."""
        self._must_follow()
        button = self._button(key)
        kind, name = button.get("type"), button["name"]
        if kind in WINDOW_MENUS:
            self._allow("menu")
        if kind == "click":
            asked = inbound.event("click" if self._in_wecom else "CLICK", EventKey=button["key"])
            self._tell(asked, tapped=name)
            return {"done": "click"}
        if kind == "view":
            menu_id = {} if isinstance(self.home, Corp) else {"MenuId": self.home.menu_id}
            opened = inbound.event("view" if self._in_wecom else "VIEW", EventKey=button["url"], **menu_id)
            self._tell(opened, tapped=name)
            return {"done": "view", "open": button["url"]}
        if kind == "location_select":
            place = self.person.place
            if "latitude" in detail:
                place = read_place(detail)
            if place is None:
                return {"done": "location_select", "needs": "location", "key": button["key"]}
            self.send_location(place, "menu", button["key"])
            return {"done": "location_select"}
        if kind in PICTURE_MENUS:
            count = max(1, int(detail.get("count") or 1))
            shots = detail.get("pictures") or [plain_png(index) for index in range(count)]
            return self._menu_pictures(button, shots[:MENU_PICTURES])
        if kind in SCAN_MENUS:
            result = str(detail.get("result") or "https://example.com/scan")
            self._tell(inbound.scan(str(kind), button["key"], result), tapped=name)
            return {"done": kind}
        menu_id = {} if isinstance(self.home, Corp) else {"MenuId": self.home.menu_id}
        path = button.get("pagepath") or ""
        self._tell(inbound.event("view_miniprogram", EventKey=path, **menu_id), tapped=name)
        return {"done": "view_miniprogram"}

    def _menu_pictures(self, button: Json, shots: list[bytes]) -> Json:
        kind, key = button["type"], button["key"]
        digests = [hashlib.md5(shot, usedforsecurity=False).hexdigest() for shot in shots]
        asked = inbound.pictures(kind, key, digests, self.world.settings.pictures_repeat_list)
        self._tell(asked, tapped=button["name"])
        for shot in shots:
            self._tell_picture(*self._picture(shot, "照片.png"))
        return {"done": kind, "count": len(shots)}

    # -- cards ----------------------------------------------------------------------------------------------

    def _latest(self, message_id: str | None, msgtype: str) -> Message:
        for message in reversed(self.world.chat(self.home.id, self.person.id)):
            if message.msgtype != msgtype or message.recalled or message.direction != "in" or message.chat:
                continue
            if message_id in (None, message.id, str(message.seq)):
                return message
        raise ControlError("没有这样的消息" if message_id else f"还没有收到 {msgtype} 消息", 404)

    def tap_card(
        self, key: str, message_id: str | None = None, selected: dict[str, list[str]] | None = None
    ) -> Json:
        """Tap a card's button, submit it, or choose from its menu."""
        message = self._latest(message_id, "template_card")
        card = message.content
        button = next(
            (b for b in card.get("button_list") or [] if key in (b.get("key"), b.get("text"))), None
        )
        if message.replace_text is not None and key not in cards.menu_keys(card):
            raise ControlError("这张卡片的按钮已经不能点了", 409)
        if button is not None and (button.get("type") or 0) == 1:
            return {"done": "view", "open": button["url"], "message_id": message.id}
        if button is not None:
            key = button["key"]
        elif key == (card.get("submit_button") or {}).get("text"):
            key = card["submit_button"]["key"]
        in_menu = key in cards.menu_keys(card) and key not in cards.tappable_keys(card)
        if not in_menu and key not in cards.tappable_keys(card):
            raise ControlError(f"卡片上没有按钮 {key}", 404)
        try:
            chosen = [] if in_menu else cards.selected_items(card, selected or {})
        except ValueError as error:
            raise ControlError(str(error)) from error
        app = self.app = self._app(self.home, message.agent_id)
        if app is None:
            raise ControlError("只有企业微信里有模板卡片", 409)
        code = self.world.issue_response_code(message.id, self.home.id, app.agent_id)
        name = "template_card_menu_event" if in_menu else "template_card_event"
        if not in_menu:
            answered = {
                "key": key,
                "selected": {i["QuestionKey"]: i["OptionIds"]["OptionId"] for i in chosen},
            }
            self.world.change_message(message, answered=answered)
        event = inbound.card_event(name, key, card, code, chosen)
        self._tell(event, None if in_menu else message, cards.words_of(card, key))
        return {"done": name, "message_id": message.id}

    # -- the phone itself -----------------------------------------------------------------------------------

    def place(self, place: Place) -> None:
        """Carry the phone to a place."""
        self.person.place = place
        self.world.feed.publish(
            "place", {"home": self.home.id, "person": self.person.id, "place": place.as_json()}
        )

    def open_chat(self) -> None:
        """Enter the chat: enter_agent and LOCATION go out where the app or the account asked for them."""
        if self.app is not None and self.app.report_enter:
            self._tell(inbound.event("enter_agent", EventKey=""))
        wanted = self.app.report_location if self.app else self._account_wants_location()
        if wanted and self.person.place is not None:
            point = self._in_system(self.person.place, self.world.settings.location_event_system)
            self._tell(inbound.location_report(point, self._in_wecom))

    def _account_wants_location(self) -> bool:
        following = isinstance(self.person, Follower) and self.person.following
        return isinstance(self.home, Account) and self.home.report_location and following

    def follow(self, ticket: str = "") -> None:
        """Follow the service account, perhaps by a QR code with a scene."""
        account, follower = self._follower()
        if follower.following:
            raise ControlError(f"{follower.name} 已经关注了", 409)
        scene = self._scene(account, ticket) if ticket else ""
        follower.following, follower.scene = True, scene
        follower.followed_at = self.world.clock.seconds()
        self._allow("follow")
        self._note(f"你已关注 {account.name}")
        extra = {"Ticket": ticket} if ticket else {}
        self._tell(inbound.event("subscribe", EventKey=f"qrscene_{scene}" if scene else "", **extra))
        self.world.feed.publish("people", {})

    def unfollow(self) -> None:
        """Stop following."""
        account, follower = self._follower()
        if not follower.following:
            raise ControlError(f"{follower.name} 本来就没有关注", 409)
        follower.following = False
        follower.allowances.clear()
        self._note(f"你已取消关注 {account.name}")
        self._tell(inbound.event("unsubscribe", EventKey=""))
        self.world.feed.publish("people", {})

    def scan(self, ticket: str) -> None:
        """Scan a QR code of the account: a follower causes SCAN, anybody else follows by it."""
        account, follower = self._follower()
        if not follower.following:
            self.follow(ticket)
            return
        scene = self._scene(account, ticket)
        self._allow("scan")
        self._tell(inbound.event("SCAN", EventKey=scene, Ticket=ticket))

    def pay(self) -> None:
        """Pay the account: it may write without a limit for 48 hours; no platform calls back for it (4.2)."""
        self._follower()
        self._must_follow()
        self._allow("payment")

    def answer_popup(self, template_ids: list[str], answer: str) -> None:
        """Answer the popup of ``wx-open-subscribe``; each accept is one notice (4.4)."""
        account, follower = self._follower()
        if answer not in ("accept", "reject"):
            raise ControlError("answer 只能是 accept 或 reject")
        if not 1 <= len(template_ids) <= 3:
            raise ControlError("一次弹窗要有 1 到 3 个 template_ids")
        for template_id in template_ids:
            template = account.templates.get(template_id)
            if template is None or template.kind != "subscribe":
                raise ControlError(f"没有订阅模板 {template_id}", 404)
            if answer == "accept":
                left = follower.subscriptions.get(template_id, 0)
                follower.subscriptions[template_id] = left + 1
        rows = [
            {"TemplateId": template_id, "SubscribeStatusString": answer, "PopupScene": 0}
            for template_id in template_ids
        ]
        self._tell(inbound.event("subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": rows}))

    def refuse_notices(self, template_ids: list[str]) -> None:
        """Refuse templates in the account's settings: what was accepted is void."""
        account, follower = self._follower()
        for template_id in template_ids:
            if template_id not in account.templates:
                raise ControlError(f"没有订阅模板 {template_id}", 404)
            follower.subscriptions.pop(template_id, None)
        rows = [
            {"TemplateId": template_id, "SubscribeStatusString": "reject"} for template_id in template_ids
        ]
        self._tell(inbound.event("subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": rows}))

    def switch_notices(self, on: bool) -> None:
        """The main switch of all subscription notices."""
        _, follower = self._follower()
        follower.notices_off = not on

    def confirm_once(self, template_id: str, scene: int) -> None:
        """Confirm a one-time subscription (the old ``template/subscribe``)."""
        _, follower = self._follower()
        follower.once.add((template_id, scene))

    def _scene(self, account: Account, ticket: str) -> str:
        code = account.qrcodes.get(ticket)
        if code is None:
            code = next((c for c in account.qrcodes.values() if c["scene"] == ticket), None)
        if code is None or (code["expires"] is not None and code["expires"] <= self.world.clock.timestamp()):
            raise ControlError("二维码不存在或已过期", 404)
        return str(code["scene"])

    def _follower(self) -> tuple[Account, Follower]:
        if not isinstance(self.home, Account) or not isinstance(self.person, Follower):
            raise ControlError("只有公众号的粉丝能关注、取消关注和扫码", 409)
        return self.home, self.person


def read_place(body: dict[str, Any]) -> Place:
    """A place from a request body, in GCJ-02."""
    try:
        latitude, longitude = float(body["latitude"]), float(body["longitude"])
    except (KeyError, TypeError, ValueError) as error:
        raise ControlError("需要数字 latitude 和 longitude") from error
    if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
        raise ControlError("latitude 或 longitude 超出范围")
    return Place(str(body.get("label") or ""), latitude, longitude, float(body.get("accuracy") or 30.0))


def plain_png(shade: int = 0) -> bytes:
    """A small picture of one colour."""
    width, height = 120, 90
    colour = bytes([(90 + shade * 40) % 256, (150 + shade * 25) % 256, (190 + shade * 15) % 256])
    rows = (b"\0" + colour * width) * height

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
