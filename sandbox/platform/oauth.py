"""The authorize page both platforms share: it knows whose phone it is opened on (protocol 3.11, 4.5)."""

import re
import secrets
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.errors import ControlError
from sandbox.world import Corp, Follower, Grant, Home, Person, World

STATE = re.compile(r"[A-Za-z0-9]{0,128}")
SCOPES = {
    "corp": {"snsapi_base", "snsapi_privateinfo", "snsapi_userinfo"},
    "account": {"snsapi_base", "snsapi_userinfo"},
}
PERSON_HEADER = "x-sandbox-person"
PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>
<link rel="stylesheet" href="/static/authorize.css"><main>{content}</main></html>"""


class AuthorizePage:
    """``/open/connect/oauth2/authorize``, and the desktop's ``/open/wwlogin/sso/login``."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def serve(self, request: Request) -> Response:
        """Redirect with a code if the person is known; in a phone ask the phone; elsewhere offer a choice."""
        query = dict(request.query_params)
        if request.url.path.endswith("/sso/login"):
            query = {**query, "response_type": "code", "scope": "snsapi_base"}
        person_id = request.headers.get(PERSON_HEADER) or query.pop("sandbox_person", "")
        try:
            home = self._check(query)
            if person_id:
                return RedirectResponse(
                    self.redirect(query, home, self._person(home, person_id)), status_code=302
                )
        except ControlError as error:
            return HTMLResponse(
                PAGE.format(title="无法打开", content=f"<h1>{escape(error.message)}</h1>"), error.status
            )
        return HTMLResponse(PAGE.format(title="微信登录", content=self._choices(query, home)))

    def _choices(self, query: dict[str, str], home: Home) -> str:
        people = home.members if isinstance(home, Corp) else home.people
        links = ""
        for person in people.values():
            address = escape(urlencode({**query, "sandbox_person": person.id}))
            test_id = f"authorize-{escape(person.id)}"
            links += f'<li><a data-testid="{test_id}" href="?{address}">{escape(person.name)}</a></li>'
        heading = f"<h1>以谁的身份打开？</h1><p>{escape(home.name)}</p>"
        choices = f'<div id="choices" hidden>{heading}<ul>{links}</ul></div>'
        return f'<p id="waiting">正在登录…</p>{choices}<script src="/static/authorize.js"></script>'

    def authorize(self, url: str, home_id: str, person: Person) -> str:
        """Where an authorize URL leads for this person: the redirect address with a fresh code."""
        query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        home = self._check(query)
        if home.id != home_id and not (isinstance(home, Corp) and isinstance(person, Follower)):
            raise ControlError(f"这个链接属于 {home.name},{person.name} 不在那里")
        return self.redirect(query, home, person)

    def _check(self, query: dict[str, str]) -> Home:
        home = self.world.home(query.get("appid", ""))
        if home is None:
            raise ControlError("appid 不正确(40013)")
        if query.get("response_type") != "code":
            raise ControlError("response_type 必须是 code")
        scopes = SCOPES["corp" if isinstance(home, Corp) else "account"]
        if query.get("scope") not in scopes:
            raise ControlError("scope 参数错误(10005)")
        if not STATE.fullmatch(query.get("state", "")):
            raise ControlError("state 只能是字母和数字，最多 128 个(84025)")
        if isinstance(home, Corp):
            agent_id = query.get("agentid", "")
            if query["scope"] == "snsapi_privateinfo" and not agent_id:
                raise ControlError("snsapi_privateinfo 必须带 agentid")
            if agent_id and (not agent_id.isdigit() or int(agent_id) not in home.apps):
                raise ControlError("agentid 不正确(40056)")
        target = urlsplit(query.get("redirect_uri", ""))
        if target.scheme not in ("http", "https"):
            raise ControlError("redirect_uri 参数错误(10003)")
        domains = self._domains(home, query.get("agentid", ""))
        if domains is not None and (target.netloc not in domains and target.hostname not in domains):
            code = "50001" if isinstance(home, Corp) else "10003"
            raise ControlError(f"redirect_uri 与配置的可信域名不一致({code})")
        return home

    @staticmethod
    def _domains(home: Home, agent_id: str) -> list[str] | None:
        """Hosts a page may have; without an app named, those of any app."""
        if not isinstance(home, Corp):
            return home.trusted_domains
        apps = [home.apps[int(agent_id)]] if agent_id else list(home.apps.values())
        if any(app.trusted_domains is None for app in apps):
            return None
        return [domain for app in apps for domain in app.trusted_domains or ()]

    def _person(self, home: Home, person_id: str) -> Person:
        """Somebody of this home; a corp's page may also be opened by anybody in WeChat."""
        person: Person | None
        if isinstance(home, Corp):
            outsiders = (account.people.get(person_id) for account in self.world.accounts.values())
            person = home.member(person_id) or next((one for one in outsiders if one), None)
        else:
            person = home.people.get(person_id)
        if person is None:
            raise ControlError(f"{home.name} 没有 {person_id}", 404)
        return person

    def grant(self, home: Home, person: Person, scope: str, agent_id: int | None) -> str:
        """A fresh single-use code for this person."""
        code, now = secrets.token_urlsafe(32), self.world.clock.timestamp()
        outsider = isinstance(home, Corp) and isinstance(person, Follower)
        self.world.grants[code] = Grant(code, home.id, person.id, scope, now, agent_id, outsider=outsider)
        return code

    def redirect(self, query: dict[str, str], home: Home, person: Person) -> str:
        """The redirect address with ``code`` and ``state``."""
        agent_id = int(query["agentid"]) if query.get("agentid") else None
        code = self.grant(home, person, query["scope"], agent_id)
        parts = urlsplit(query["redirect_uri"])
        extra = urlencode({"code": code, "state": query.get("state", "")})
        return urlunsplit(parts._replace(query=f"{parts.query}&{extra}" if parts.query else extra))
