"""The service-account API: tokens, messages, templates, users, menu, QR codes (protocol section 4)."""

import secrets
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from sandbox import inbound
from sandbox.callbacks import CallbackSender, Delivery, account_route
from sandbox.errors import ApiError, official_error
from sandbox.faults import Faults
from sandbox.limits import spend_allowance
from sandbox.platform import media, menus, templates
from sandbox.platform.api import OK, Call, Endpoint, Gateway
from sandbox.render import render
from sandbox.world import Account, Follower, Json, Token, World

LIFETIME = 7200
RENEW_BEFORE = OVERLAP = 300
FORCE_INTERVAL = 30
CODE_LIFETIME = 300
CLIENT_ID_WINDOW = 600
STABLE, PLAIN, WEB = "stable", "plain", "web"
CUSTOM_TYPES = frozenset(
    {"text", "image", "voice", "video", "music", "news", "mpnews", "msgmenu", "miniprogrampage"}
)


class OfficialApi:
    """Everything under ``/official``."""

    def __init__(self, world: World, faults: Faults, sender: CallbackSender) -> None:
        self.world = world
        self.faults = faults
        self.sender = sender
        self.gateway = Gateway(world, faults, "official", self._endpoints(), official_error)
        self.reset()

    def reset(self) -> None:
        """Forget every count."""
        self._forced: dict[str, float] = {}
        self._client_ids: dict[tuple[str, str], tuple[float, int]] = {}

    def _endpoints(self) -> dict[str, Endpoint]:
        return {
            "cgi-bin/token": Endpoint("GET", self.token),
            "cgi-bin/stable_token": Endpoint("POST", self.stable_token),
            "cgi-bin/message/custom/send": Endpoint("POST", self.custom_send),
            "cgi-bin/message/custom/typing": Endpoint("POST", self.custom_typing),
            "cgi-bin/message/template/send": Endpoint("POST", self.template_send),
            "cgi-bin/template/get_all_private_template": Endpoint("GET", self.template_list),
            "cgi-bin/media/upload": Endpoint("POST", self.media_upload),
            "cgi-bin/media/get": Endpoint("GET", self.media_get),
            "cgi-bin/user/info": Endpoint("GET", self.user_info),
            "cgi-bin/user/get": Endpoint("GET", self.user_get),
            "cgi-bin/menu/create": Endpoint("POST", self.menu_create),
            "cgi-bin/menu/get": Endpoint("GET", self.menu_get),
            "cgi-bin/menu/delete": Endpoint("GET", self.menu_delete),
            "cgi-bin/qrcode/create": Endpoint("POST", self.qrcode_create),
            "cgi-bin/ticket/getticket": Endpoint("GET", self.jsapi_ticket),
            "cgi-bin/getcallbackip": Endpoint("GET", self.ip_list),
            "sns/oauth2/access_token": Endpoint("GET", self.web_token),
            "sns/userinfo": Endpoint("GET", self.web_userinfo),
        }

    # -- tokens (4.1) ---------------------------------------------------------------------------------------

    def _account(self, call: Call, app_id: Any, secret: Any) -> Account:
        account = self.world.accounts.get(str(app_id or ""))
        if account is None:
            raise ApiError(40013)
        call.home, call.name = account.id, account.name
        if not secrets.compare_digest(account.secret.encode(), str(secret or "").encode()):
            raise ApiError(40001)
        return account

    def _new_token(self, account: Account, scope: str) -> Token:
        token = Token(secrets.token_urlsafe(96), account.id, scope, self.world.clock.timestamp() + LIFETIME)
        self.world.tokens[token.value] = token
        return token

    def _live(self, account: Account, scope: str) -> list[Token]:
        now = self.world.clock.timestamp()
        mine = [t for t in self.world.tokens.values() if (t.home, t.scope) == (account.id, scope)]
        return [token for token in mine if token.expires > now]

    async def token(self, call: Call) -> Json:
        """A new token every time; the previous one lives on for five minutes."""
        if call.query.get("grant_type") != "client_credential":
            raise ApiError(40002, "grant_type")
        account = self._account(call, call.query.get("appid"), call.query.get("secret"))
        now = self.world.clock.timestamp()
        for old in self._live(account, PLAIN):
            old.expires = min(old.expires, now + OVERLAP)
        return {"access_token": self._new_token(account, PLAIN).value, "expires_in": LIFETIME}

    async def stable_token(self, call: Call) -> Json:
        """The same token until five minutes before its end; forced renewal ends the old one at once."""
        body = call.body
        if body.get("grant_type") != "client_credential":
            raise ApiError(40002, "grant_type")
        account = self._account(call, body.get("appid"), body.get("secret"))
        now = self.world.clock.timestamp()
        live = self._live(account, STABLE)
        if body.get("force_refresh"):
            if 0 <= now - self._forced.get(account.id, float("-inf")) < FORCE_INTERVAL:
                raise ApiError(45009)
            self._forced[account.id] = now
            for old in live:
                old.expires = now
            live = []
        newest = max(live, key=lambda token: token.expires, default=None)
        if newest is None or newest.expires - now < RENEW_BEFORE:
            newest = self._new_token(account, STABLE)
        return {"access_token": newest.value, "expires_in": int(newest.expires - now)}

    def _authorize(self, call: Call) -> Account:
        value = call.need("access_token", 41001)
        token = self.world.tokens.get(value)
        account = self.world.accounts.get(token.home) if token else None
        if token is None or account is None or token.scope not in (STABLE, PLAIN):
            raise ApiError(40001, "access_token is invalid or not latest")
        call.home, call.name = account.id, account.name
        self._strike(call, token)
        if token.expires <= self.world.clock.timestamp():
            raise ApiError(42001)
        return account

    def _strike(self, call: Call, token: Token) -> None:
        path = f"/official/{call.path}"
        if self.faults.take("token_revoked", path) is not None:
            del self.world.tokens[token.value]
            raise ApiError(40001, "access_token is invalid or not latest")
        if self.faults.take("token_expired", path) is not None:
            token.expires = 0

    # -- messages (4.2, 4.3) --------------------------------------------------------------------------------

    @staticmethod
    def _follower(account: Account, openid: Any) -> Follower:
        follower = account.people.get(str(openid or ""))
        if follower is None:
            raise ApiError(40003, "openid")
        if not follower.following:
            raise ApiError(43004)
        return follower

    async def custom_send(self, call: Call) -> Json:
        """A customer-service message, while the person's window is open."""
        account = self._authorize(call)
        follower = self._follower(account, call.body.get("touser"))
        msgtype = call.body.get("msgtype")
        if not isinstance(msgtype, str) or msgtype not in CUSTOM_TYPES:
            raise ApiError(40008)
        content = self._custom_content(call, msgtype)
        spend_allowance(follower, self.world.clock.timestamp())
        self._show(account, follower, msgtype, content)
        return OK

    @staticmethod
    def _custom_content(call: Call, msgtype: str) -> Json:
        content = call.body.get(msgtype)
        if not isinstance(content, dict):
            raise ApiError(44004 if msgtype == "text" else 40035, msgtype)
        if msgtype == "text":
            if not isinstance(content.get("content"), str) or not content["content"].strip():
                raise ApiError(44004)
            if len(content["content"].encode()) > 2048:
                raise ApiError(45002)
        if msgtype in ("image", "voice", "video"):
            kept = media.find(call, str(content.get("media_id") or ""))
            content = {**content, "filename": kept.filename}
        if msgtype == "news":
            articles = content.get("articles")
            if not isinstance(articles, list) or len(articles) != 1:
                raise ApiError(45008)
            if not all(isinstance(article, dict) and article.get("title") for article in articles):
                raise ApiError(41016)
        if msgtype == "msgmenu":
            options = content.get("list")
            valid = isinstance(options, list) and options
            if not valid or not all(
                isinstance(o, dict) and o.get("id") and o.get("content") for o in options or []
            ):
                raise ApiError(40035, "msgmenu.list")
        return content

    async def custom_typing(self, call: Call) -> Json:
        """Show or hide 「对方正在输入」."""
        account = self._authorize(call)
        follower = self._follower(account, call.body.get("touser"))
        command = call.body.get("command")
        if command not in ("Typing", "CancelTyping"):
            raise ApiError(45072)
        now = self.world.clock.timestamp()
        if not any(a.opened <= now < a.opened + a.seconds for a in follower.allowances.values()):
            raise ApiError(45015)
        data = {"home": account.id, "person": follower.openid, "typing": command == "Typing"}
        self.world.feed.publish("typing", data)
        return OK

    async def template_send(self, call: Call) -> Json:
        """A template message, followed by its TEMPLATESENDJOBFINISH."""
        account, body = self._authorize(call), call.body
        follower = account.people.get(str(body.get("touser") or ""))
        if follower is None:
            raise ApiError(40003, "openid")
        template = account.templates.get(str(body.get("template_id") or ""))
        if template is None:
            raise ApiError(40037)
        if not follower.following:
            raise ApiError(43004)
        filled = templates.fill(template, body.get("data"))
        client_id = str(body.get("client_msg_id") or "")
        if len(client_id) > 32:
            raise ApiError(40035, "client_msg_id")
        now = self.world.clock.timestamp()
        sent = self._client_ids.get((account.id, client_id)) if client_id else None
        if sent is not None and 0 <= now - sent[0] < CLIENT_ID_WINDOW:
            return {**OK, "msgid": sent[1]}
        number = self.world.number() % 10**15
        if client_id:
            self._client_ids[account.id, client_id] = (now, number)
        self._send_template(account, follower, body, template.title, filled, number)
        return {**OK, "msgid": number}

    def _send_template(
        self, account: Account, follower: Follower, body: Json, title: str, filled: str, number: int
    ) -> None:
        status = "success" if follower.accepts_templates else "failed:user block"
        if follower.accepts_templates:
            content = {
                "template_id": body["template_id"],
                "title": title,
                "body": filled,
                "url": body.get("url") or "",
                "miniprogram": body.get("miniprogram") or None,
                "data": body.get("data"),
            }
            self._show(account, follower, "template", content, str(number))
        route = account_route(account, follower.openid)
        if route is not None:
            fields = inbound.event("TEMPLATESENDJOBFINISH", MsgID=number, Status=status)
            xml = inbound.from_account(account, follower.openid, self.world.clock.seconds(), fields)
            self.sender.send(Delivery(route, xml, follower.openid))

    async def template_list(self, call: Call) -> Json:
        """The account's templates."""
        account = self._authorize(call)
        rows = [
            {"template_id": t.template_id, "title": t.title, "content": t.content, "example": ""}
            for t in account.templates.values()
        ]
        return {"template_list": rows}

    def _show(self, account: Account, follower: Follower, msgtype: str, content: Json, id: str = "") -> None:
        self.world.add_message(
            home=account.id,
            agent_id=None,
            person=follower.openid,
            direction="in",
            msgtype=msgtype,
            content=content,
            text=render(msgtype, content),
            id=id,
        )

    # -- media, users, menu, QR codes, tickets (4.5) --------------------------------------------------------

    async def media_upload(self, call: Call) -> Json:
        """Keep a file for three days."""
        self._authorize(call)
        kept = await media.upload(call, media.OFFICIAL_SIZES, media.OFFICIAL_STARTS)
        name = "thumb_media_id" if kept.kind == "thumb" else "media_id"
        return {"type": kept.kind, name: kept.media_id, "created_at": int(kept.created)}

    async def media_get(self, call: Call) -> Response:
        """The file, or a JSON error."""
        self._authorize(call)
        return media.download(call, media.find(call, call.need("media_id", 41006)))

    async def user_info(self, call: Call) -> Json:
        """A follower; somebody who left shows only the openid."""
        account = self._authorize(call)
        follower = account.people.get(call.query.get("openid", ""))
        if follower is None:
            raise ApiError(40003, "openid")
        unionid = {"unionid": follower.unionid} if follower.unionid else {}
        if not follower.following:
            return {"subscribe": 0, "openid": follower.openid, **unionid}
        return {
            "subscribe": 1,
            "openid": follower.openid,
            "language": "zh_CN",
            "subscribe_time": follower.followed_at,
            **unionid,
            "remark": "",
            "groupid": 0,
            "tagid_list": [],
            "subscribe_scene": "ADD_SCENE_QR_CODE" if follower.scene else "ADD_SCENE_SEARCH",
            "qr_scene": int(follower.scene) if follower.scene.isdigit() else 0,
            "qr_scene_str": "" if follower.scene.isdigit() else follower.scene,
        }

    async def user_get(self, call: Call) -> Json:
        """Openids of the followers."""
        account = self._authorize(call)
        ids = [follower.openid for follower in account.people.values() if follower.following]
        start = call.query.get("next_openid", "")
        page = ids[ids.index(start) + 1 :] if start in ids else ids
        answer: Json = {"total": len(ids), "count": len(page), "next_openid": page[-1] if page else ""}
        return {**answer, "data": {"openid": page}} if page else answer

    async def menu_create(self, call: Call) -> Json:
        """Replace the account's menu."""
        account = self._authorize(call)
        account.menu = menus.validate(call.body, menus.OFFICIAL)
        account.menu_id += 1
        self.world.feed.publish("people", {})
        return OK

    async def menu_get(self, call: Call) -> Json:
        """The account's menu."""
        account = self._authorize(call)
        if not account.menu:
            raise ApiError(46003)
        return {"menu": {"button": account.menu, "menuid": account.menu_id}}

    async def menu_delete(self, call: Call) -> Json:
        """Remove the account's menu."""
        self._authorize(call).menu = []
        self.world.feed.publish("people", {})
        return OK

    async def qrcode_create(self, call: Call) -> Json:
        """A QR code with a scene; a phone scans it with its ticket."""
        account, body = self._authorize(call), call.body
        action = body.get("action_name")
        scene = (body.get("action_info") or {}).get("scene") or {}
        if action not in ("QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"):
            raise ApiError(40035, "action_name")
        if "STR" in action:
            value = str(scene.get("scene_str") or "")
            if not 1 <= len(value) <= 64:
                raise ApiError(40035, "scene_str")
        else:
            number = scene.get("scene_id")
            if not isinstance(number, int) or number < 1 or ("LIMIT" in action and number > 100000):
                raise ApiError(40035, "scene_id")
            value = str(number)
        seconds = min(int(body.get("expire_seconds") or 30), 2592000)
        ticket = secrets.token_urlsafe(48)
        expires = None if "LIMIT" in action else self.world.clock.timestamp() + seconds
        account.qrcodes[ticket] = {"scene": value, "expires": expires}
        url = f"{self.world.public_url}/?scan={quote(ticket)}&home={quote(account.id)}"
        return {"ticket": ticket, "url": url} | ({} if expires is None else {"expire_seconds": seconds})

    async def jsapi_ticket(self, call: Call) -> Json:
        """The ticket that signs pages."""
        account = self._authorize(call)
        if call.query.get("type") != "jsapi":
            raise ApiError(40035, "type")
        now = self.world.clock.timestamp()
        for ticket in self.world.tickets.values():
            if (ticket.home, ticket.scope) == (account.id, "jsapi") and ticket.expires > now:
                return {**OK, "ticket": ticket.value, "expires_in": int(ticket.expires - now)}
        ticket = Token(secrets.token_urlsafe(64), account.id, "jsapi", now + LIFETIME)
        self.world.tickets[ticket.value] = ticket
        return {**OK, "ticket": ticket.value, "expires_in": LIFETIME}

    async def ip_list(self, call: Call) -> Json:
        """Where callbacks come from: this machine."""
        self._authorize(call)
        return {"ip_list": ["127.0.0.1"]}

    # -- OAuth (4.5) ----------------------------------------------------------------------------------------

    async def web_token(self, call: Call) -> Json:
        """Who an OAuth code stands for; single use, five minutes."""
        account = self._account(call, call.query.get("appid"), call.query.get("secret"))
        grant = self.world.grants.get(call.need("code", 41008))
        if grant is None or grant.home != account.id:
            raise ApiError(40029)
        if grant.used:
            raise ApiError(40163)
        if self.world.clock.timestamp() - grant.issued > CODE_LIFETIME:
            raise ApiError(42003)
        grant.used = True
        token = self._new_token(account, f"{WEB}:{grant.person}")
        follower = account.people[grant.person]
        unionid = (
            {"unionid": follower.unionid} if follower.unionid and grant.scope == "snsapi_userinfo" else {}
        )
        return {
            "access_token": token.value,
            "expires_in": LIFETIME,
            "refresh_token": secrets.token_urlsafe(64),
            "openid": grant.person,
            "scope": grant.scope,
            **unionid,
        }

    async def web_userinfo(self, call: Call) -> Json:
        """The person's profile, for a token of scope snsapi_userinfo."""
        token = self.world.tokens.get(call.need("access_token", 41001))
        openid = call.query.get("openid", "")
        if token is None or token.scope != f"{WEB}:{openid}":
            raise ApiError(40001)
        if token.expires <= self.world.clock.timestamp():
            raise ApiError(42001)
        account = self.world.accounts[token.home]
        call.home, call.name = account.id, account.name
        follower = account.people[openid]
        fields = {
            "openid": openid,
            "nickname": follower.name,
            "sex": 0,
            "province": "",
            "city": "",
            "country": "",
        }
        return {**fields, "headimgurl": "", "privilege": [], "unionid": follower.unionid}
