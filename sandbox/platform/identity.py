"""Who opened the page, and what signs it: OAuth, mini-program login, tickets (protocol 3.11, 3.12)."""

import base64
import hashlib
import secrets

from sandbox.errors import ApiError
from sandbox.limits import HOUR
from sandbox.platform.access import LIFETIME, Access
from sandbox.platform.api import OK, Call, Handler
from sandbox.platform.directory import private_fields
from sandbox.world import Corp, Json, Token, World

CODE_LIFETIME = 300
MINI = "miniprogram"


def _outsider(corp: Corp, openid: str) -> Json:
    """Somebody who is no member, as the corp knows a person in WeChat (3.11)."""
    digest = hashlib.sha256(f"{corp.id}/{openid}".encode()).hexdigest()
    return {"openid": f"o{digest[:27]}", "external_userid": f"wm{digest[27:57]}"}


class IdentityApi:
    """``auth/…``, ``miniprogram/…``, the two tickets."""

    def __init__(self, world: World, access: Access) -> None:
        self.world = world
        self.access = access

    def get(self) -> dict[str, Handler]:
        """Calls by GET."""
        return {
            "auth/getuserinfo": self.auth_getuserinfo,
            "user/getuserinfo": self.user_getuserinfo,
            "miniprogram/jscode2session": self.jscode2session,
            "get_jsapi_ticket": self.corp_ticket,
            "ticket/get": self.agent_ticket,
        }

    def post(self) -> dict[str, Handler]:
        """Calls by POST."""
        return {"auth/getuserdetail": self.auth_getuserdetail}

    async def auth_getuserinfo(self, call: Call) -> Json:
        """Who an OAuth code stands for; single use, five minutes."""
        grant_ticket: Json = {}
        corp, _ = self.access.authorize(call)
        code = call.need("code", 41008)
        grant = self.world.grants.get(code)
        if grant is None or grant.used or grant.home != corp.id or grant.scope == MINI:
            raise ApiError(40029)
        if self.world.clock.timestamp() - grant.issued > CODE_LIFETIME:
            raise ApiError(42003)
        grant.used = True
        if grant.outsider:
            return {**OK, **_outsider(corp, grant.person)}
        if grant.scope == "snsapi_privateinfo":
            ticket = secrets.token_urlsafe(64)
            expires = self.world.clock.timestamp() + self.world.settings.user_ticket_seconds
            self.world.tickets[ticket] = Token(ticket, corp.id, f"user:{grant.person}", expires)
            grant_ticket = {"user_ticket": ticket}
        return {**OK, "userid": grant.person, **grant_ticket}

    async def user_getuserinfo(self, call: Call) -> Json:
        """The older path, which answers in CamelCase."""
        answer = await self.auth_getuserinfo(call)
        who = {"UserId": answer["userid"]} if "userid" in answer else {"OpenId": answer["openid"]}
        return {**OK, **who, "DeviceId": "sandbox-phone"}

    async def jscode2session(self, call: Call) -> Json:
        """Who a mini-program's login code stands for; only the app linked to that mini-program may ask."""
        corp, app = self.access.app(call)
        code = call.query.get("js_code", "")
        if call.query.get("grant_type") != "authorization_code":
            raise ApiError(40002)
        if not app.miniprogram:
            raise ApiError(40014, "the app is linked to no mini-program")
        if not code:
            raise ApiError(41008)
        grant = self.world.grants.get(code)
        if grant is None or grant.used or grant.home != corp.id or grant.scope != MINI:
            raise ApiError(40029)
        if grant.agent_id != app.agent_id:
            raise ApiError(40014, "the code belongs to another app's mini-program")
        if self.world.clock.timestamp() - grant.issued > CODE_LIFETIME:
            raise ApiError(42003)
        grant.used = True
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        return {**OK, "corpid": corp.id, "userid": grant.person, "session_key": key}

    async def auth_getuserdetail(self, call: Call) -> Json:
        """What the member agreed to show."""
        corp, _ = self.access.authorize(call)
        ticket = self.world.tickets.get(str(call.body.get("user_ticket") or ""))
        if ticket is None or ticket.home != corp.id or not ticket.scope.startswith("user:"):
            raise ApiError(84015)
        if ticket.expires <= self.world.clock.timestamp():
            raise ApiError(84014)
        member = corp.member(ticket.scope.removeprefix("user:"))
        if member is None:
            raise ApiError(60111)
        agreed = self.world.settings.user_detail_fields.split(",")
        shown = {name: value for name, value in private_fields(member).items() if name in agreed}
        return {**OK, "userid": member.userid, **shown}

    async def corp_ticket(self, call: Call) -> Json:
        """The ticket of ``wx.config``."""
        corp, _ = self.access.authorize(call)
        self._count(f"ticket corp {corp.id}", self.world.settings.ticket_per_corp_hour)
        return self._ticket(corp, "corp")

    async def agent_ticket(self, call: Call) -> Json:
        """The ticket of ``wx.agentConfig``."""
        corp, app = self.access.app(call)
        if call.query.get("type") != "agent_config":
            raise ApiError(91040)
        self._count(f"ticket app {corp.id} {app.agent_id}", self.world.settings.ticket_per_app_hour)
        return self._ticket(corp, f"agent:{app.agent_id}")

    def _count(self, key: str, most: int) -> None:
        self.access.rates.count(key, self.world.clock.timestamp(), (HOUR, most))

    def _ticket(self, corp: Corp, scope: str) -> Json:
        now = self.world.clock.timestamp()
        for ticket in self.world.tickets.values():
            if (ticket.home, ticket.scope) == (corp.id, scope) and ticket.expires > now:
                return {**OK, "ticket": ticket.value, "expires_in": int(ticket.expires - now)}
        ticket = Token(secrets.token_urlsafe(64), corp.id, scope, now + LIFETIME)
        self.world.tickets[ticket.value] = ticket
        return {**OK, "ticket": ticket.value, "expires_in": LIFETIME}
