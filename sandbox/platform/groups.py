"""Group chats of apps, and group robots (protocol 3.6 and 5)."""

import base64
import binascii
import hashlib
import re
import secrets
from typing import Any

from sandbox import cards
from sandbox.errors import ApiError
from sandbox.groups import GroupChat, Robot
from sandbox.limits import DAY, HOUR, MINUTE, Recent, size
from sandbox.platform import contents, media
from sandbox.platform.access import Access
from sandbox.platform.api import OK, Call, Handler
from sandbox.render import render
from sandbox.world import App, Corp, Json, Media, World

CHATID = re.compile(r"[0-9A-Za-z]{1,32}")
MEMBERS = range(2, 2001)
NAME_CHARS = 50
CHAT_TYPES = frozenset({"text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown"})
ROBOT_TEXT_BYTES, ROBOT_MARKDOWN_BYTES = 2048, 4096
ROBOT_SIZES = {"file": 20 * media.MEGABYTE, "voice": 2 * media.MEGABYTE}


class AppChatApi:
    """``appchat/…``."""

    def __init__(self, world: World, access: Access) -> None:
        self.world = world
        self.access = access
        self.reset()

    def reset(self) -> None:
        """Forget every count."""
        self.received = Recent()

    def get(self) -> dict[str, Handler]:
        """Calls by GET."""
        return {"appchat/get": self.read}

    def post(self) -> dict[str, Handler]:
        """Calls by POST."""
        return {"appchat/create": self.create, "appchat/update": self.update, "appchat/send": self.send}

    def _root_app(self, call: Call) -> tuple[Corp, App]:
        corp, app = self.access.app(call)
        if not corp.is_root_app(app):
            raise ApiError(48002, "the app's visible range is not the root department")
        return corp, app

    def _group(self, call: Call, chatid: Any) -> tuple[Corp, App, GroupChat]:
        corp, app = self._root_app(call)
        if not isinstance(chatid, str) or not CHATID.fullmatch(chatid):
            raise ApiError(86001)
        group = corp.groups.get(chatid)
        if group is None:
            raise ApiError(86003)
        if group.agent_id != app.agent_id:
            raise ApiError(86008)
        if group.dissolved:
            raise ApiError(49008)
        return corp, app, group

    def _members(self, corp: Corp, given: Any) -> list[str]:
        if not isinstance(given, list):
            raise ApiError(86006)
        found = [corp.member(str(userid)) for userid in given]
        if not all(member and member.status in (1, 4) for member in found):
            raise ApiError(86007)
        return list(dict.fromkeys(member.userid for member in found if member))

    @staticmethod
    def _name(given: Any) -> str:
        if not isinstance(given, str) or not given or len(given) > NAME_CHARS:
            raise ApiError(86004)
        return given

    def _owner(self, corp: Corp, given: Any, users: list[str]) -> str:
        member = corp.member(str(given))
        if member is None:
            raise ApiError(86005)
        if member.userid not in users:
            raise ApiError(86207)
        return member.userid

    async def create(self, call: Call) -> Json:
        """A new group; nobody sees it before the first message."""
        corp, app = self._root_app(call)
        body, now = call.body, self.world.clock.timestamp()
        users = self._members(corp, body.get("userlist"))
        if len(users) not in MEMBERS:
            raise ApiError(86006)
        names = "、".join(corp.members[userid.lower()].name for userid in users)
        name = self._name(body["name"]) if body.get("name") else names[:NAME_CHARS]
        owner = self._owner(corp, body["owner"], users) if body.get("owner") else users[0]
        chatid = body.get("chatid") or secrets.token_hex(16)
        if not isinstance(chatid, str) or not CHATID.fullmatch(chatid):
            raise ApiError(86001)
        if chatid in corp.groups:
            raise ApiError(86215)
        most = self.world.settings.chat_create_per_day
        self.access.rates.count(f"appchat create {corp.id}", now, (DAY, most))
        corp.groups[chatid] = GroupChat(chatid, corp.id, name, owner, users, app.agent_id)
        return {**OK, "chatid": chatid}

    async def update(self, call: Call) -> Json:
        """Another name or owner, members added and taken out."""
        body, now = call.body, self.world.clock.timestamp()
        corp, _, group = self._group(call, body.get("chatid"))
        added = self._members(corp, body.get("add_user_list") or [])
        removed = {str(userid).lower() for userid in body.get("del_user_list") or []}
        users = [user for user in group.users if user.lower() not in removed]
        users = list(dict.fromkeys(users + added))
        if len(users) not in MEMBERS:
            raise ApiError(86006)
        name = self._name(body["name"]) if body.get("name") else group.name
        owner = self._owner(corp, body.get("owner") or group.owner, users)
        most = self.world.settings.chat_update_per_hour
        self.access.rates.count(f"appchat update {corp.id}", now, (HOUR, most))
        group.users, group.name, group.owner = users, name, owner
        return OK

    async def read(self, call: Call) -> Json:
        """The group as it is."""
        _, _, group = self._group(call, call.query.get("chatid", ""))
        about = {"chatid": group.chatid, "name": group.name, "owner": group.owner, "userlist": group.users}
        return {**OK, "chat_info": about}

    async def send(self, call: Call) -> Json:
        """A message to everybody in the group; nobody gets more than 200 a minute."""
        body, now, settings = call.body, self.world.clock.timestamp(), self.world.settings
        corp, app, group = self._group(call, body.get("chatid"))
        msgtype = body.get("msgtype")
        if not isinstance(msgtype, str) or msgtype not in CHAT_TYPES:
            raise ApiError(40008)
        contents.check_safe(msgtype, body.get("safe", 0))
        content = contents.read(call, msgtype, body.get(msgtype))
        windows = (MINUTE, settings.chat_sending_per_minute), (HOUR, settings.chat_sending_per_hour)
        for _ in group.users:
            self.access.rates.count(f"appchat send {corp.id}", now, *windows)
        limits = (MINUTE, settings.chat_member_per_minute), (DAY, settings.chat_member_per_day)
        receivers = [
            u for u in group.users if not self.received.is_over((corp.id, app.agent_id, u), now, *limits)
        ]
        self.world.post_in_group(
            group,
            sender=app.name,
            msgtype=msgtype,
            content=content,
            text=render(msgtype, content),
            receivers=receivers,
        )
        return OK


class RobotApi:
    """``webhook/…``: no token, the key is the secret."""

    def __init__(self, world: World, access: Access) -> None:
        self.world = world
        self.access = access

    def get(self) -> dict[str, Handler]:
        """Calls by GET."""
        return {}

    def post(self) -> dict[str, Handler]:
        """Calls by POST."""
        return {"webhook/send": self.send, "webhook/upload_media": self.upload}

    def _robot(self, call: Call) -> tuple[Robot, GroupChat]:
        key = call.query.get("key", "")
        call.query["key"] = f"{key[:4]}…"
        robot = self.world.robots.get(key)
        corp = self.world.corps.get(robot.corp) if robot else None
        if robot is None or corp is None:
            raise ApiError(93000)
        call.home, call.name = corp.id, robot.name
        group = corp.groups.get(robot.chatid)
        if not robot.enabled:
            raise ApiError(93004)
        if group is None or group.dissolved:
            raise ApiError(93008)
        return robot, group

    async def send(self, call: Call) -> Json:
        """Say something in the robot's group."""
        robot, group = self._robot(call)
        now, most = self.world.clock.timestamp(), self.world.settings.robot_per_minute
        msgtype = call.body.get("msgtype")
        content = self._content(robot, msgtype, call.body)
        self.access.rates.count(f"robot {robot.key}", now, (MINUTE, most))
        self.world.post_in_group(
            group,
            sender=robot.name,
            msgtype=str(msgtype),
            content=content,
            text=render(str(msgtype), content),
            receivers=group.users,
        )
        return OK

    def _content(self, robot: Robot, msgtype: Any, body: Json) -> Json:
        readers = {
            "text": self._text,
            "markdown": self._markdown,
            "image": self._image,
            "news": lambda robot, content: contents.news(content),
            "file": self._file,
            "voice": self._voice,
            "template_card": self._card,
        }
        if self.world.settings.robot_markdown_v2:
            readers["markdown_v2"] = self._markdown
        if not isinstance(msgtype, str) or msgtype not in readers:
            raise ApiError(40008)
        content = body.get(msgtype)
        if not isinstance(content, dict):
            raise ApiError(44004 if msgtype in ("text", "markdown", "markdown_v2") else 40058, msgtype)
        return readers[msgtype](robot, content)

    @staticmethod
    def _words(content: Json, longest: int) -> Json:
        text = content.get("content")
        if not isinstance(text, str) or not text.strip():
            raise ApiError(44004)
        if size(text) > longest:
            raise ApiError(40058, f"content exceed max length {longest}")
        return content

    def _text(self, robot: Robot, content: Json) -> Json:
        for name in ("mentioned_list", "mentioned_mobile_list"):
            if not isinstance(content.get(name, []), list):
                raise ApiError(40058, name)
        return self._words(content, ROBOT_TEXT_BYTES)

    def _markdown(self, robot: Robot, content: Json) -> Json:
        return self._words(content, ROBOT_MARKDOWN_BYTES)

    def _image(self, robot: Robot, content: Json) -> Json:
        try:
            data = base64.b64decode(str(content.get("base64") or ""), validate=True)
        except binascii.Error as error:
            raise ApiError(40058, "image.base64") from error
        if len(data) > self.world.settings.robot_image_bytes:
            raise ApiError(40009)
        if not data.startswith((media.PNG, media.JPEG)):
            raise ApiError(40123)
        if hashlib.md5(data, usedforsecurity=False).hexdigest() != content.get("md5"):
            raise ApiError(301019)
        kept = self._keep(robot, "image", "图片.png", "image/png", data)
        return {"media_id": kept.media_id, "filename": kept.filename}

    def _file(self, robot: Robot, content: Json) -> Json:
        return self._uploaded(robot, content, "file")

    def _voice(self, robot: Robot, content: Json) -> Json:
        return self._uploaded(robot, content, "voice")

    def _uploaded(self, robot: Robot, content: Json, kind: str) -> Json:
        kept = self.world.live_media(robot.media_home, content.get("media_id"), kind)
        if kept is None:
            raise ApiError(40007)
        return {"media_id": kept.media_id, "filename": kept.filename}

    def _card(self, robot: Robot, content: Json) -> Json:
        if content.get("card_type") not in ("text_notice", "news_notice"):
            raise ApiError(42031)
        corp = self.world.corps[robot.corp]
        return cards.validate(
            content,
            known_media=lambda media_id: self.world.live_media(robot.media_home, media_id) is not None,
            known_user=lambda userid: corp.member(userid) is not None,
        )

    def _keep(self, robot: Robot, kind: str, name: str, content_type: str, data: bytes) -> Media:
        now = self.world.clock.timestamp()
        kept = Media(secrets.token_urlsafe(48), robot.media_home, kind, name, content_type, data, now)
        self.world.media[kept.media_id] = kept
        return kept

    async def upload(self, call: Call) -> Json:
        """A file only this robot may send, for three days."""
        robot, _ = self._robot(call)
        kept = await media.upload(call, ROBOT_SIZES)
        kept.home = robot.media_home
        answer = {**OK, "type": kept.kind, "media_id": kept.media_id}
        return {**answer, "created_at": str(int(kept.created))}
