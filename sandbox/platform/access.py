"""Who may call WeCom, and how often: tokens, trusted callers, frequencies (protocol 3.1, 3.14)."""

import re
import secrets
from typing import Any

from sandbox.errors import ApiError
from sandbox.faults import Faults
from sandbox.limits import HOUR, MINUTE, Rates
from sandbox.platform.api import OK, Call
from sandbox.world import App, Corp, Json, Token, World

LIFETIME = 7200
APP, CONTACTS = "app", "contacts"
SECRET = re.compile(r"[A-Za-z0-9_\-]+")
UNCOUNTED = frozenset({"cgi-bin/message/send", "cgi-bin/auth/getuserinfo", "cgi-bin/user/getuserinfo"})
"""Not under the base limits: sending has its own, a valid code is not counted (3.11, 3.14)."""
PER_MINUTE = {
    "cgi-bin/checkin/getcheckindata": "checkin_per_minute",
    "cgi-bin/oa/getapprovaldetail": "approval_per_minute",
}


class Access:
    """Tokens of apps and of the contact-sync assistant."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self.rates = Rates()

    def reset(self) -> None:
        """Forget every count."""
        self.rates = Rates()

    async def gettoken(self, call: Call) -> Json:
        """The same token until it expires."""
        now, corp_id, secret = (
            self.world.clock.timestamp(),
            call.need("corpid", 41002),
            call.need("corpsecret", 41004),
        )
        failures = HOUR, self.world.settings.failed_gettoken_per_hour
        self.rates.check(f"gettoken {call.caller}", now, *failures)
        try:
            token = self._token_for(*self._secret_holder(call, corp_id, secret))
        except ApiError:
            self.rates.count(f"gettoken {call.caller}", now, failures)
            raise
        return {**OK, "access_token": token.value, "expires_in": int(token.expires - now)}

    def _secret_holder(self, call: Call, corp_id: str, secret: str) -> tuple[Corp, App | None]:
        corp = self.world.corps.get(corp_id)
        if corp is None:
            raise ApiError(40013)
        call.home, call.name = corp.id, corp.name
        if not SECRET.fullmatch(secret):
            raise ApiError(40091)
        app = next((app for app in corp.apps.values() if secrets.compare_digest(app.secret, secret)), None)
        assistant = corp.contacts is not None and secrets.compare_digest(corp.contacts.secret, secret)
        if app is None and not assistant:
            raise ApiError(40001)
        if app is not None:
            self._trust(app, call)
        return corp, app

    @staticmethod
    def _trust(app: App, call: Call) -> None:
        if app.trusted_ips is not None and call.caller not in app.trusted_ips:
            raise ApiError(60020)

    def _token_for(self, corp: Corp, app: App | None) -> Token:
        scope, agent_id = (APP, app.agent_id) if app else (CONTACTS, None)
        now = self.world.clock.timestamp()
        mine = (corp.id, scope, agent_id)
        for token in () if self.world.settings.token_rotates else self.world.tokens.values():
            if (token.home, token.scope, token.agent_id) == mine and token.expires > now:
                return token
        token = Token(secrets.token_urlsafe(96), corp.id, scope, now + LIFETIME, agent_id)
        self.world.tokens[token.value] = token
        return token

    def authorize(self, call: Call) -> tuple[Corp, Token]:
        """Corp and token of a call: 41001, 40014, 42001, 60020 or, too often, 45009."""
        value = call.need("access_token", 41001)
        token = self.world.tokens.get(value)
        corp = self.world.corps.get(token.home) if token else None
        if token is None or corp is None or token.scope not in (APP, CONTACTS):
            raise ApiError(40014)
        if token.scope == APP and token.agent_id not in corp.apps:
            raise ApiError(40014)
        call.home, call.name = corp.id, corp.name
        self._strike(call, token)
        if token.expires <= self.world.clock.timestamp():
            raise ApiError(42001)
        if token.agent_id is not None:
            self._trust(corp.apps[token.agent_id], call)
        self._count(call, corp)
        return corp, token

    def _strike(self, call: Call, token: Token) -> None:
        path = f"/wecom/{call.path}"
        if self.faults.take("token_revoked", path) is not None:
            del self.world.tokens[token.value]
            raise ApiError(40014)
        if self.faults.take("token_expired", path) is not None:
            token.expires = 0

    def _count(self, call: Call, corp: Corp) -> None:
        if call.path in UNCOUNTED:
            return
        settings, now = self.world.settings, self.world.clock.timestamp()
        by_corp, by_caller = f"{call.path} corp {corp.id}", f"{call.path} ip {call.caller}"
        if name := PER_MINUTE.get(call.path):
            self.rates.count(f"{by_corp} own", now, (MINUTE, getattr(settings, name)))
        self.rates.count(by_corp, now, (MINUTE, settings.api_per_minute), (HOUR, settings.api_per_hour))
        self.rates.count(by_caller, now, (MINUTE, settings.ip_per_minute), (HOUR, settings.ip_per_hour))

    def app(self, call: Call, agent_id: Any = None, missing: int = 41011) -> tuple[Corp, App]:
        """Corp and app of the token; ``agent_id``, where a call names one, must be the token's."""
        corp, token = self.authorize(call)
        if token.agent_id is None:
            raise ApiError(48002)
        app = corp.apps[token.agent_id]
        call.name = app.name
        if agent_id is not None:
            self._same_agent(corp, app, agent_id, missing)
        return corp, app

    @staticmethod
    def _same_agent(corp: Corp, app: App, agent_id: Any, missing: int) -> None:
        if agent_id == "":
            raise ApiError(missing)
        try:
            number = int(agent_id)
        except (TypeError, ValueError) as error:
            raise ApiError(40056) from error
        if isinstance(agent_id, bool) or number not in corp.apps:
            raise ApiError(40056)
        if number != app.agent_id:
            raise ApiError(301002)
