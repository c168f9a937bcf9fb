"""The service-account API: tokens, messages, templates, users, menu, QR codes (protocol section 4)."""

import math
import secrets
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from sandbox.callbacks import CallbackSender
from sandbox.errors import ApiError, official_error
from sandbox.faults import Faults
from sandbox.limits import DAY, MINUTE, MONTH, Rates, spend_allowance
from sandbox.platform import media, menus
from sandbox.platform.api import OK, Call, Endpoint, Gateway
from sandbox.platform.notices import NoticesApi
from sandbox.render import render
from sandbox.world import Account, Follower, Json, Token, World

LIFETIME = 7200
RENEW_BEFORE = OVERLAP = 300
FORCE_INTERVAL = 30
TYPING_AFTER, TYPING_LASTS = 30, 15
"""「对方正在输入」: how long after the person did something, and for how long (unconfirmed)."""
CODE_LIFETIME = 300
STABLE, PLAIN, WEB, REFRESH = "stable", "plain", "web", "refresh"
DAILY = {
    "cgi-bin/token": "official_token_per_day",
    "cgi-bin/stable_token": "official_stable_token_per_day",
    "cgi-bin/stable_token force": "official_forced_token_per_day",
    "cgi-bin/menu/create": "official_menu_create_per_day",
    "cgi-bin/menu/get": "official_menu_get_per_day",
    "cgi-bin/menu/delete": "official_menu_delete_per_day",
    "cgi-bin/media/upload": "official_media_upload_per_day",
    "cgi-bin/media/get": "official_media_get_per_day",
    "cgi-bin/message/custom/send": "official_custom_per_day",
    "cgi-bin/message/template/send": "official_template_per_day",
    "cgi-bin/qrcode/create": "official_qrcode_per_day",
    "cgi-bin/user/get": "official_user_get_per_day",
    "cgi-bin/user/info": "official_user_info_per_day",
}
"""The switch that holds the day's quota of a call (4.6)."""
CUSTOM_TYPES = frozenset(
    {
        "text",
        "image",
        "voice",
        "video",
        "music",
        "news",
        "mpnews",
        "mpnewsarticle",
        "msgmenu",
        "wxcard",
        "miniprogrampage",
    }
)


class OfficialApi:
    """Everything under ``/official``."""

    def __init__(self, world: World, faults: Faults, sender: CallbackSender) -> None:
        self.world = world
        self.faults = faults
        self.sender = sender
        self.notices = NoticesApi(self)
        table = self._endpoints() | self.notices.endpoints()
        self.gateway = Gateway(world, faults, "official", table, official_error)
        self.reset()

    def reset(self) -> None:
        """Forget every count."""
        self._forced: dict[str, float] = {}
        self._typing: dict[str, float] = {}
        self.rates = Rates()
        self.notices.reset()

    def _endpoints(self) -> dict[str, Endpoint]:
        return {
            "cgi-bin/token": Endpoint("GET", self.token),
            "cgi-bin/stable_token": Endpoint("POST", self.stable_token),
            "cgi-bin/message/custom/send": Endpoint("POST", self.custom_send),
            "cgi-bin/message/custom/typing": Endpoint("POST", self.custom_typing),
            "cgi-bin/media/upload": Endpoint("POST", self.media_upload),
            "cgi-bin/media/get": Endpoint("GET", self.media_get),
            "cgi-bin/user/info": Endpoint("GET", self.user_info),
            "cgi-bin/user/info/batchget": Endpoint("POST", self.user_batch),
            "cgi-bin/user/get": Endpoint("GET", self.user_get),
            "cgi-bin/menu/create": Endpoint("POST", self.menu_create),
            "cgi-bin/menu/get": Endpoint("GET", self.menu_get),
            "cgi-bin/menu/delete": Endpoint("GET", self.menu_delete),
            "cgi-bin/menu/addconditional": Endpoint("POST", self.menu_addconditional),
            "cgi-bin/menu/delconditional": Endpoint("POST", self.menu_delconditional),
            "cgi-bin/menu/trymatch": Endpoint("POST", self.menu_trymatch),
            "cgi-bin/clear_quota": Endpoint("POST", self.clear_quota),
            "cgi-bin/qrcode/create": Endpoint("POST", self.qrcode_create),
            "cgi-bin/ticket/getticket": Endpoint("GET", self.jsapi_ticket),
            "cgi-bin/getcallbackip": Endpoint("GET", self.ip_list),
            "sns/oauth2/access_token": Endpoint("GET", self.web_token),
            "sns/oauth2/refresh_token": Endpoint("GET", self.web_refresh),
            "sns/userinfo": Endpoint("GET", self.web_userinfo),
            "sns/auth": Endpoint("GET", self.web_auth),
        }

    # -- tokens (4.1) ---------------------------------------------------------------------------------------

    def _account(self, call: Call, app_id: Any, secret: Any) -> Account:
        account = self.world.accounts.get(str(app_id or ""))
        if account is None:
            raise ApiError(40013)
        call.home, call.name = account.id, account.name
        if not secrets.compare_digest(account.secret.encode(), str(secret or "").encode()):
            raise ApiError(self.world.settings.official_wrong_secret)
        return account

    def _trust(self, account: Account, call: Call) -> None:
        if account.trusted_ips is not None and call.caller not in account.trusted_ips:
            raise ApiError(40164)

    def _new_token(self, account: Account, scope: str) -> Token:
        token = Token(secrets.token_urlsafe(96), account.id, scope, self.world.clock.timestamp() + LIFETIME)
        self.world.tokens[token.value] = token
        return token

    def _live(self, account: Account, scope: str) -> list[Token]:
        now = self.world.clock.timestamp()
        mine = [t for t in self.world.tokens.values() if (t.home, t.scope) == (account.id, scope)]
        return [token for token in mine if token.expires > now and (token.superseded or math.inf) > now]

    async def token(self, call: Call) -> Json:
        """A new token every time; the previous one lives on for five minutes."""
        if call.query.get("grant_type") != "client_credential":
            raise ApiError(40002, "grant_type")
        account = self._account(call, call.query.get("appid"), call.query.get("secret"))
        now = self.world.clock.timestamp()
        self._trust(account, call)
        self._quota(account, call.path)
        for old in self._live(account, PLAIN):
            old.superseded = min(old.superseded or math.inf, now + OVERLAP)
        return {"access_token": self._new_token(account, PLAIN).value, "expires_in": LIFETIME}

    async def stable_token(self, call: Call) -> Json:
        """The same token until five minutes before its end; forced renewal ends the old one at once."""
        body = call.body
        if body.get("grant_type") != "client_credential":
            raise ApiError(40002, "grant_type")
        account = self._account(call, body.get("appid"), body.get("secret"))
        now = self.world.clock.timestamp()
        self._trust(account, call)
        self._quota(account, call.path)
        live = self._live(account, STABLE)
        if body.get("force_refresh"):
            self._quota(account, f"{call.path} force")
            if 0 <= now - self._forced.get(account.id, float("-inf")) < FORCE_INTERVAL:
                raise ApiError(45009)
            self._forced[account.id] = now
            for old in live:
                old.superseded = now
            live = []
        newest = max(live, key=lambda token: token.expires, default=None)
        if newest is None or newest.expires - now < RENEW_BEFORE:
            newest = self._new_token(account, STABLE)
        return {"access_token": newest.value, "expires_in": int(newest.expires - now)}

    def authorize(self, call: Call) -> Account:
        """The account of a call's token: 41001, 40001 (unknown or superseded), 42001, 40164, 45011, 45009."""
        value = call.need("access_token", 41001)
        token = self.world.tokens.get(value)
        account = self.world.accounts.get(token.home) if token else None
        if token is None or account is None or token.scope not in (STABLE, PLAIN):
            raise ApiError(40001, "access_token is invalid or not latest")
        call.home, call.name = account.id, account.name
        self._strike(call, token)
        now = self.world.clock.timestamp()
        if token.superseded is not None and token.superseded <= now:
            raise ApiError(40001, "access_token is invalid or not latest")
        if token.expires <= now:
            raise ApiError(42001)
        self._trust(account, call)
        self._quota(account, call.path)
        return account

    def _quota(self, account: Account, path: str) -> None:
        """Count the call: 45011 in a minute, 45009 in a day (4.6)."""
        settings, now = self.world.settings, self.world.clock.timestamp()
        key = f"{account.id} {path}"
        self.rates.count(key, now, (MINUTE, settings.official_api_per_minute), code=45011)
        if name := DAILY.get(path):
            self.rates.count(f"{key} day", now, (DAY, getattr(settings, name)))

    def _strike(self, call: Call, token: Token) -> None:
        path = f"/official/{call.path}"
        if self.faults.take("token_revoked", path) is not None:
            del self.world.tokens[token.value]
            raise ApiError(40001, "access_token is invalid or not latest")
        if self.faults.take("token_expired", path) is not None:
            token.expires = 0

    # -- messages (4.2, 4.3) --------------------------------------------------------------------------------

    def follower(self, call: Call, account: Account, openid: Any) -> Follower:
        """The follower a message is for: 40003, 43004 or, by a fault, 48002."""
        follower = account.people.get(str(openid or ""))
        if follower is None:
            raise ApiError(40003, "openid")
        if not follower.following:
            raise ApiError(43004)
        if self.faults.take("out_of_reach", f"/official/{call.path}", follower.openid) is not None:
            raise ApiError(48002, "the user refuses messages")
        return follower

    async def custom_send(self, call: Call) -> Json:
        """A customer-service message, while the person's window is open."""
        account = self.authorize(call)
        follower = self.follower(call, account, call.body.get("touser"))
        msgtype = call.body.get("msgtype")
        if not isinstance(msgtype, str) or msgtype not in CUSTOM_TYPES:
            raise ApiError(40008)
        content = self._custom_content(call, msgtype)
        agent = (call.body.get("customservice") or {}).get("kf_account")
        if agent is not None and "@" not in str(agent):
            raise ApiError(40035, "customservice.kf_account")
        spend_allowance(follower, self.world.clock.timestamp())
        self._typing.pop(follower.openid, None)
        self.show(account, follower, msgtype, content)
        return OK

    def _custom_content(self, call: Call, msgtype: str) -> Json:
        content = call.body.get(msgtype)
        if not isinstance(content, dict):
            raise ApiError(44004 if msgtype == "text" else 40035, msgtype)
        if msgtype == "text":
            if not isinstance(content.get("content"), str) or not content["content"].strip():
                raise ApiError(44004)
            if len(content["content"].encode()) > 2048:
                raise ApiError(45002)
        if msgtype in ("image", "voice", "video", "mpnews"):
            kept = media.find(call, content.get("media_id"), msgtype)
            content = {**content, "filename": kept.filename}
        if msgtype in ("music", "miniprogrampage") or (msgtype == "video" and content.get("thumb_media_id")):
            media.find(call, content.get("thumb_media_id"), "thumb")
        if msgtype == "miniprogrampage" and not (content.get("appid") and content.get("pagepath")):
            raise ApiError(40035, "miniprogrampage.appid and pagepath")
        if msgtype == "wxcard" and not content.get("card_id"):
            raise ApiError(40035, "wxcard.card_id")
        if msgtype == "mpnewsarticle" and not content.get("article_id"):
            raise ApiError(40035, "mpnewsarticle.article_id")
        if msgtype == "news":
            articles = content.get("articles")
            most = self.world.settings.custom_news_articles
            if not isinstance(articles, list) or not 1 <= len(articles) <= most:
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
        account = self.authorize(call)
        follower = self.follower(call, account, call.body.get("touser"))
        command = call.body.get("command")
        if command not in ("Typing", "CancelTyping"):
            raise ApiError(45072)
        now, is_typing = self.world.clock.timestamp(), command == "Typing"
        windows = [a for a in follower.allowances.values() if a.opened <= now < a.opened + a.seconds]
        if not windows:
            raise ApiError(45015)
        if is_typing and now - max(window.opened for window in windows) > TYPING_AFTER:
            raise ApiError(45080)
        since = self._typing.pop(follower.openid, None)
        if is_typing:
            self._typing[follower.openid] = now
            if since is not None and 0 <= now - since < TYPING_LASTS:
                raise ApiError(45081)
        data = {"home": account.id, "person": follower.openid, "typing": is_typing}
        self.world.feed.publish("typing", data)
        return OK

    def show(self, account: Account, follower: Follower, msgtype: str, content: Json, id: str = "") -> bool:
        """Put a message on the follower's phone; false if a fault loses it."""
        if self.faults.take("delivery_drop", "/official", follower.openid) is not None:
            lost = {"person": follower.openid, "outcome": "已受理，未送达(故障)"}
            self.world.record("drop", home=account.id, name=account.name, **lost)
            return False
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
        return True

    # -- media, users, menu, QR codes, tickets (4.5) --------------------------------------------------------

    async def media_upload(self, call: Call) -> Json:
        """Keep a file for three days."""
        self.authorize(call)
        kept = await media.upload(call, media.OFFICIAL_SIZES, media.OFFICIAL_STARTS)
        name = "thumb_media_id" if kept.kind == "thumb" else "media_id"
        return {"type": kept.kind, name: kept.media_id, "created_at": int(kept.created)}

    async def media_get(self, call: Call) -> Response:
        """The file, or a JSON error."""
        self.authorize(call)
        return media.download(call, media.find(call, call.need("media_id", 41006)))

    async def user_info(self, call: Call) -> Json:
        """A follower; somebody who left shows only the openid."""
        account = self.authorize(call)
        follower = account.people.get(call.query.get("openid", ""))
        if follower is None:
            raise ApiError(40003, "openid")
        return self._profile(follower)

    async def user_batch(self, call: Call) -> Json:
        """Up to 100 followers at once."""
        account, rows = self.authorize(call), call.body.get("user_list")
        if not isinstance(rows, list) or not 1 <= len(rows) <= self.world.settings.user_batch:
            raise ApiError(40032)
        people = [account.people.get(str(row.get("openid") or "")) for row in rows]
        if not all(people):
            raise ApiError(40003, "openid")
        return {"user_info_list": [self._profile(follower) for follower in people if follower]}

    def _profile(self, follower: Follower) -> Json:
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
            **self._shown(follower),
        }

    def _shown(self, follower: Follower) -> Json:
        shown = self.world.settings.official_profile_fields
        return {"nickname": follower.name, "headimgurl": ""} if shown else {}

    async def user_get(self, call: Call) -> Json:
        """Openids of the followers."""
        account = self.authorize(call)
        ids = [follower.openid for follower in account.people.values() if follower.following]
        start = call.query.get("next_openid", "")
        page = ids[ids.index(start) + 1 :] if start in ids else ids
        page = page[: self.world.settings.user_page]
        answer: Json = {"total": len(ids), "count": len(page), "next_openid": page[-1] if page else ""}
        return {**answer, "data": {"openid": page}} if page else answer

    async def menu_create(self, call: Call) -> Json:
        """Replace the account's menu."""
        account = self.authorize(call)
        account.menu = menus.validate(call.body, menus.OFFICIAL)
        account.menu_id += 1
        self.world.feed.publish("people", {})
        return OK

    async def menu_get(self, call: Call) -> Json:
        """The account's menu."""
        account = self.authorize(call)
        if not account.menu:
            raise ApiError(46003)
        return {"menu": {"button": account.menu, "menuid": account.menu_id}}

    async def menu_delete(self, call: Call) -> Json:
        """Remove the account's menu."""
        self.authorize(call).menu = []
        self.world.feed.publish("people", {})
        return OK

    async def menu_addconditional(self, call: Call) -> Json:
        """A menu for some followers; it needs the default one first."""
        account = self.authorize(call)
        if not account.menu:
            raise ApiError(46003)
        rule = call.body.get("matchrule")
        if not isinstance(rule, dict) or not any(rule.values()):
            raise ApiError(40035, "matchrule")
        account.menu_id += 1
        buttons = menus.validate(call.body, menus.OFFICIAL)
        account.conditional_menus[account.menu_id] = {"button": buttons, "matchrule": rule}
        return {"menuid": account.menu_id}

    async def menu_delconditional(self, call: Call) -> Json:
        """Remove one of them."""
        account, number = self.authorize(call), str(call.body.get("menuid") or "")
        if not number.isdigit() or account.conditional_menus.pop(int(number), None) is None:
            raise ApiError(40035, "menuid")
        return OK

    async def menu_trymatch(self, call: Call) -> Json:
        """The menu a follower sees: by language, the only part of a rule followers here differ in."""
        account = self.authorize(call)
        if str(call.body.get("user_id") or "") not in account.people:
            raise ApiError(40003, "user_id")
        for menu in reversed(account.conditional_menus.values()):
            if set(menu["matchrule"]) <= {"language"} and menu["matchrule"]["language"] == "zh_CN":
                return {"button": menu["button"]}
        return {"button": account.menu}

    async def clear_quota(self, call: Call) -> Json:
        """Start the day's counts again, ten times a month."""
        account = self.authorize(call)
        if call.body.get("appid") != account.id:
            raise ApiError(40013)
        most = self.world.settings.official_clear_quota_per_month
        self.rates.count(f"clear {account.id}", self.world.clock.timestamp(), (MONTH, most))
        self.rates.forget(f"{account.id} ")
        return OK

    async def qrcode_create(self, call: Call) -> Json:
        """A QR code with a scene; a phone scans it with its ticket."""
        account, body = self.authorize(call), call.body
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
        account = self.authorize(call)
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
        self.authorize(call)
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
        refresh = secrets.token_urlsafe(64)
        lifetime = self.world.settings.refresh_token_days * DAY
        about = Token(refresh, account.id, f"{REFRESH}:{grant.scope}:{grant.person}", 0.0)
        about.expires = self.world.clock.timestamp() + lifetime
        self.world.tokens[refresh] = about
        return self._web_answer(account, about)

    def _web_answer(self, account: Account, refresh: Token) -> Json:
        _, scope, openid = refresh.scope.split(":", 2)
        token = self._new_token(account, f"{WEB}:{openid}")
        follower = account.people[openid]
        unionid = {"unionid": follower.unionid} if follower.unionid and scope == "snsapi_userinfo" else {}
        answer = {"access_token": token.value, "expires_in": LIFETIME, "refresh_token": refresh.value}
        return {**answer, "openid": openid, "scope": scope, **unionid}

    async def web_refresh(self, call: Call) -> Json:
        """Another access token for a page, for thirty days."""
        if call.query.get("grant_type") != "refresh_token":
            raise ApiError(40002, "grant_type")
        account = self.world.accounts.get(call.query.get("appid", ""))
        if account is None:
            raise ApiError(40013)
        call.home, call.name = account.id, account.name
        refresh = self.world.tokens.get(call.query.get("refresh_token", ""))
        if refresh is None or refresh.home != account.id or not refresh.scope.startswith(f"{REFRESH}:"):
            raise ApiError(40030)
        if refresh.expires <= self.world.clock.timestamp():
            raise ApiError(42002)
        return self._web_answer(account, refresh)

    async def web_auth(self, call: Call) -> Json:
        """Whether a page's token is still good."""
        token = self.world.tokens.get(call.need("access_token", 41001))
        if token is None or token.scope != f"{WEB}:{call.query.get('openid', '')}":
            raise ApiError(40003, "openid")
        if token.expires <= self.world.clock.timestamp():
            raise ApiError(42001)
        return OK

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
