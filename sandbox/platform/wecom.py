"""The WeCom API: tokens, messages, media, menus, directory, identity (protocol section 3)."""

import re
import secrets
from typing import Any

from starlette.responses import Response

from sandbox import cards
from sandbox.errors import ApiError, wecom_error
from sandbox.faults import Faults
from sandbox.limits import DAY, SendingLimits
from sandbox.platform import contents, media, menus
from sandbox.platform.api import Call, Endpoint, Gateway, Handler
from sandbox.render import render
from sandbox.replies import replace_card
from sandbox.world import App, Corp, Department, Json, Member, Sending, Token, World

LIFETIME = 7200
CODE_LIFETIME = 300
TICKET_LIFETIME = 1800
CARD_WINDOW = 72 * 3600
APP, CONTACTS = "app", "contacts"
SECRET = re.compile(r"[A-Za-z0-9_\-]+")
OK: Json = {"errcode": 0, "errmsg": "ok"}


class WecomApi:
    """Everything under ``/wecom/cgi-bin``."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.limits = SendingLimits(self.world.settings)
        self.gateway = Gateway(world, faults, "wecom", self._endpoints(), wecom_error)

    def reset(self) -> None:
        """Forget every count."""
        self.limits = SendingLimits(self.world.settings)

    def _endpoints(self) -> dict[str, Endpoint]:
        get: dict[str, Handler] = {
            "gettoken": self.gettoken,
            "media/get": self.media_get,
            "menu/get": self.menu_get,
            "menu/delete": self.menu_delete,
            "user/get": self.user_get,
            "user/simplelist": self.user_simplelist,
            "user/list": self.user_list,
            "department/list": self.department_list,
            "department/simplelist": self.department_simplelist,
            "department/get": self.department_get,
            "tag/list": self.tag_list,
            "tag/get": self.tag_get,
            "agent/get": self.agent_get,
            "auth/getuserinfo": self.auth_getuserinfo,
            "user/getuserinfo": self.user_getuserinfo,
            "get_jsapi_ticket": self.corp_ticket,
            "ticket/get": self.agent_ticket,
            "getcallbackip": self.ip_list,
            "get_api_domain_ip": self.ip_list,
        }
        post: dict[str, Handler] = {
            "message/send": self.message_send,
            "message/recall": self.message_recall,
            "message/update_template_card": self.update_template_card,
            "media/upload": self.media_upload,
            "menu/create": self.menu_create,
            "user/list_id": self.user_list_id,
            "user/getuserid": self.user_getuserid,
            "auth/getuserdetail": self.auth_getuserdetail,
        }
        table = {f"cgi-bin/{path}": Endpoint("GET", handler) for path, handler in get.items()}
        return table | {f"cgi-bin/{path}": Endpoint("POST", handler) for path, handler in post.items()}

    # -- tokens (3.1) ---------------------------------------------------------------------------------------

    async def gettoken(self, call: Call) -> Json:
        """The same token until it expires."""
        corp_id, secret = call.need("corpid", 41002), call.need("corpsecret", 41004)
        corp = self.world.corps.get(corp_id)
        if corp is None:
            raise ApiError(40013)
        call.home, call.name = corp.id, corp.name
        if not SECRET.fullmatch(secret):
            raise ApiError(40091)
        token = self._token_for(corp, secret)
        if token is None:
            raise ApiError(40001)
        left = int(token.expires - self.world.clock.timestamp())
        return {**OK, "access_token": token.value, "expires_in": left}

    def _token_for(self, corp: Corp, secret: str) -> Token | None:
        app = next((app for app in corp.apps.values() if secrets.compare_digest(app.secret, secret)), None)
        assistant = corp.contacts is not None and secrets.compare_digest(corp.contacts.secret, secret)
        if app is None and not assistant:
            return None
        scope, agent_id = (APP, app.agent_id) if app else (CONTACTS, None)
        now = self.world.clock.timestamp()
        for token in self.world.tokens.values():
            if (token.home, token.scope, token.agent_id) == (
                corp.id,
                scope,
                agent_id,
            ) and token.expires > now:
                return token
        token = Token(secrets.token_urlsafe(96), corp.id, scope, now + LIFETIME, agent_id)
        self.world.tokens[token.value] = token
        return token

    def _authorize(self, call: Call) -> tuple[Corp, Token]:
        value = call.need("access_token", 41001)
        token = self.world.tokens.get(value)
        corp = self.world.corps.get(token.home) if token else None
        if token is None or corp is None or token.scope not in (APP, CONTACTS):
            raise ApiError(40014)
        if token.scope == APP and token.agent_id not in corp.apps:
            raise ApiError(40014)
        call.home, call.name = corp.id, corp.name
        self.gateway.expire_if_told(token, call.path)
        if token.expires <= self.world.clock.timestamp():
            raise ApiError(42001)
        return corp, token

    def _app(self, call: Call, agent_id: Any = None, missing: int = 41011) -> tuple[Corp, App]:
        """Corp and app of the token; ``agent_id``, where a call names one, must be the token's."""
        corp, token = self._authorize(call)
        if token.agent_id is None:
            raise ApiError(48002)
        app = corp.apps[token.agent_id]
        call.name = app.name
        if agent_id is not None:
            self._same_agent(app, agent_id, missing)
        return corp, app

    @staticmethod
    def _same_agent(app: App, agent_id: Any, missing: int) -> None:
        if agent_id == "":
            raise ApiError(missing)
        try:
            number = int(agent_id)
        except (TypeError, ValueError) as error:
            raise ApiError(40056) from error
        if isinstance(agent_id, bool):
            raise ApiError(40056)
        if number != app.agent_id:
            raise ApiError(301002)

    # -- messages (3.2) -------------------------------------------------------------------------------------

    async def message_send(self, call: Call) -> Json:
        """Validate, resolve the receivers, deliver, and answer with what was accepted."""
        body = call.body
        msgtype = body.get("msgtype")
        agent_id = body.get("agentid", "") if msgtype != "miniprogram_notice" else None
        corp, app = self._app(call, agent_id)
        receivers, invalid = self._receivers(corp, app, body)
        content = self._content(call, corp, app, body)
        now = self.world.clock.timestamp()
        self.limits.count_day(corp.id, app.agent_id, len(receivers), corp.account_limit, now)
        sending = Sending(secrets.token_urlsafe(32), corp.id, app.agent_id, now, str(msgtype), set())
        self.world.sendings[sending.msgid] = sending
        for member in receivers:
            self._deliver(corp, app, member, sending, body, content, now)
        answer = {**OK, **invalid, "msgid": sending.msgid}
        if msgtype == "template_card":
            sending.task_id = str(content.get("task_id") or "")
            app.task_ids.add(sending.task_id)
            if cards.carries_response_code(content):
                answer["response_code"] = self.world.issue_response_code(sending.msgid, corp.id, app.agent_id)
        return answer

    def _deliver(
        self, corp: Corp, app: App, member: Member, sending: Sending, body: Json, content: Json, now: float
    ) -> None:
        sending.receivers.add(member.userid)
        if self.limits.is_duplicate(corp.id, app.agent_id, member.userid, body, now):
            return
        if self.limits.is_over_member_limit(corp.id, app.agent_id, member.userid, now):
            self.world.record(
                "drop", home=corp.id, name=app.name, person=member.userid, outcome="超过单人频率，静默丢弃"
            )
            return
        self.world.add_message(
            home=corp.id,
            agent_id=app.agent_id,
            person=member.userid,
            direction="in",
            msgtype=sending.msgtype,
            content=content,
            text=render(sending.msgtype, content),
            id=sending.msgid,
        )

    def _receivers(self, corp: Corp, app: App, body: Json) -> tuple[list[Member], Json]:
        users, parties, tags = (self._split(body.get(name)) for name in ("touser", "toparty", "totag"))
        if not users and not parties and not tags:
            raise ApiError(82001)
        visible = corp.visible(app)
        if users == ["@all"]:
            if not visible:
                raise ApiError(81013)
            return visible, {}
        if len(users) > 1000:
            raise ApiError(40032)
        if len(parties) > 100:
            raise ApiError(82002)
        if len(tags) > 100:
            raise ApiError(82003)
        allowed = {member.userid.lower(): member for member in visible}
        chosen: dict[str, Member] = {}
        bad_users = [user.lower() for user in users if user.lower() not in allowed]
        chosen |= {user.lower(): allowed[user.lower()] for user in users if user.lower() in allowed}
        bad_parties = []
        for party in parties:
            if not party.isdigit() or int(party) not in corp.departments:
                bad_parties.append(party)
                continue
            below = corp.below(int(party))
            chosen |= {name: m for name, m in allowed.items() if below.intersection(m.department)}
        bad_tags = [tag for tag in tags if not tag.isdigit() or int(tag) not in corp.tags]
        for tag in set(tags) - set(bad_tags):
            names = {str(userid).lower() for userid in corp.tags[int(tag)].get("userlist", [])}
            chosen |= {name: m for name, m in allowed.items() if name in names}
        if not chosen:
            raise ApiError(81013)
        invalid = {"invaliduser": bad_users, "invalidparty": bad_parties, "invalidtag": bad_tags}
        return list(chosen.values()), {name: "|".join(values) for name, values in invalid.items() if values}

    @staticmethod
    def _split(value: Any) -> list[str]:
        if value is None:
            return []
        if not isinstance(value, str | int):
            raise ApiError(40058, "receivers are strings joined by |")
        return [part for part in str(value).split("|") if part]

    def _content(self, call: Call, corp: Corp, app: App, body: Json) -> Json:
        msgtype = body.get("msgtype")
        if not isinstance(msgtype, str) or msgtype not in {
            *contents.PLAIN,
            *contents.UPLOADED,
            "template_card",
        }:
            raise ApiError(40008)
        contents.check_safe(msgtype, body.get("safe", 0))
        content = body.get(msgtype)
        if not isinstance(content, dict):
            raise ApiError(44004 if msgtype in ("text", "markdown") else 40058, msgtype)
        if msgtype == "miniprogram_notice" and "@all" in str(body.get("touser", "")):
            raise ApiError(90208)
        if msgtype in contents.PLAIN:
            return contents.PLAIN[msgtype](content)
        if msgtype in contents.UPLOADED:
            return contents.UPLOADED[msgtype](call, content)
        return self._template_card(corp, app, content)

    def _template_card(self, corp: Corp, app: App, content: Json) -> Json:
        card = self._checked_card(corp, content)
        if cards.needs_callback(card) and app.callback is None:
            raise ApiError(43012)
        if card.get("task_id") and card["task_id"] in app.task_ids:
            raise ApiError(42014, "task_id was used before")
        return card

    def _checked_card(self, corp: Corp, card: Any) -> Json:
        return cards.validate(
            card,
            known_media=lambda media_id: media_id in self.world.media,
            known_user=lambda userid: corp.member(userid) is not None,
        )

    # -- recall and update (3.4, 3.5) -----------------------------------------------------------------------

    async def message_recall(self, call: Call) -> Json:
        """Take a message back within 24 hours."""
        corp, app = self._app(call)
        sending = self.world.sendings.get(str(call.body.get("msgid") or ""))
        if sending is None or (sending.corp, sending.agent_id) != (corp.id, app.agent_id):
            raise ApiError(40058, "msgid")
        if self.world.clock.timestamp() - sending.at > DAY:
            raise ApiError(42052)
        for message in self.world.copies(sending.msgid, corp.id):
            if not message.recalled:
                self.world.change_message(message, recalled=True)
        return OK

    async def update_template_card(self, call: Call) -> Json:
        """Change a card once per response code, within 72 hours."""
        body = call.body
        corp, app = self._app(call, body.get("agentid", ""))
        code = self.world.response_codes.get(str(body.get("response_code") or ""))
        if code is None or code.corp != corp.id or self.world.clock.timestamp() - code.issued > CARD_WINDOW:
            raise ApiError(60140)
        if code.agent_id != app.agent_id:
            raise ApiError(42015)
        sending = self.world.sendings[code.msgid]
        targets, invalid = self._card_targets(corp, sending, body)
        copies = [m for m in self.world.copies(code.msgid, corp.id) if m.person in targets]
        button, card = body.get("button"), body.get("template_card")
        if isinstance(button, dict) and button.get("replace_name"):
            if any(copy.content.get("card_type") not in cards.INTERACTIVE for copy in copies):
                raise ApiError(40058, "this card has no buttons")
            for copy in copies:
                self.world.change_message(copy, replace_text=str(button["replace_name"]), updated=True)
        elif isinstance(card, dict):
            card = {**card, "task_id": card.get("task_id") or sending.task_id}
            self._checked_card(corp, card)
            for copy in copies:
                replace_card(self.world, copy, card)
        else:
            raise ApiError(40058, "button or template_card")
        del self.world.response_codes[code.code]
        return {**OK, **({"invaliduser": invalid} if invalid else {})}

    def _card_targets(self, corp: Corp, sending: Sending, body: Json) -> tuple[set[str], list[str]]:
        if body.get("atall") == 1:
            return sending.receivers, []
        users = [str(userid) for userid in body.get("userids") or []]
        parties = [int(party) for party in body.get("partyids") or []]
        tags = [int(tag) for tag in body.get("tagids") or []]
        if not users and not parties and not tags:
            raise ApiError(82101)
        named = {userid.lower() for userid in users}
        below = set[int]().union(*(corp.below(party) for party in parties))
        named |= {m.userid.lower() for m in corp.members.values() if below.intersection(m.department)}
        for tag in tags:
            named |= {str(userid).lower() for userid in corp.tags.get(tag, {}).get("userlist", [])}
        targets = {userid for userid in sending.receivers if userid.lower() in named}
        if not targets:
            raise ApiError(82102)
        reached = {userid.lower() for userid in targets}
        return targets, [userid.lower() for userid in users if userid.lower() not in reached]

    # -- media (3.7) ----------------------------------------------------------------------------------------

    async def media_upload(self, call: Call) -> Json:
        """Keep a file for three days."""
        self._authorize(call)
        kept = await media.upload(call, media.WECOM_SIZES)
        answer = {"errcode": 0, "errmsg": "ok", "type": kept.kind, "media_id": kept.media_id}
        return {**answer, "created_at": str(int(kept.created))}

    async def media_get(self, call: Call) -> Response:
        """The file, or a JSON error."""
        self._authorize(call)
        return media.download(media.find(call, call.need("media_id", 41006)))

    # -- menu (3.8) -----------------------------------------------------------------------------------------

    async def menu_create(self, call: Call) -> Json:
        """Replace the app's menu."""
        _, app = self._app(call, call.query.get("agentid", ""))
        app.menu = menus.validate(call.body, menus.WECOM)
        self.world.feed.publish("people", {})
        return OK

    async def menu_get(self, call: Call) -> Json:
        """The app's menu."""
        _, app = self._app(call, call.query.get("agentid", ""))
        if not app.menu:
            raise ApiError(46003)
        return {**OK, "button": app.menu}

    async def menu_delete(self, call: Call) -> Json:
        """Remove the app's menu."""
        _, app = self._app(call, call.query.get("agentid", ""))
        app.menu = []
        self.world.feed.publish("people", {})
        return OK

    # -- directory (3.9) ------------------------------------------------------------------------------------

    def _readable(self, call: Call) -> tuple[Corp, Token, list[Member], App | None]:
        """Who may be read: an app sees its range; the contact-sync assistant, where restricted, nobody."""
        corp, token = self._authorize(call)
        if token.agent_id is None:
            if corp.contacts is None or corp.contacts.restricted:
                raise ApiError(48009)
            return corp, token, list(corp.members.values()), None
        app = corp.apps[token.agent_id]
        call.name = app.name
        return corp, token, corp.visible(app), app

    async def user_get(self, call: Call) -> Json:
        """One member; private fields only for apps from before 2022-06-20."""
        userid = call.need("userid", 40003)
        corp, _, visible, app = self._readable(call)
        member = corp.member(userid)
        if member is None or member not in visible:
            raise ApiError(60111)
        return {**OK, **_details(member, app)}

    async def user_simplelist(self, call: Call) -> Json:
        """Ids, names and departments of a department's members."""
        members, _ = self._department_members(call)
        fields = [{"userid": m.userid, "name": m.name, "department": m.department} for m in members]
        return {**OK, "userlist": fields}

    async def user_list(self, call: Call) -> Json:
        """Details of a department's members."""
        members, app = self._department_members(call)
        return {**OK, "userlist": [_details(member, app) for member in members]}

    def _department_members(self, call: Call) -> tuple[list[Member], App | None]:
        corp, _, visible, app = self._readable(call)
        department = self._department_id(corp, call.query.get("department_id", ""))
        wanted = corp.below(department) if call.query.get("fetch_child") == "1" else {department}
        return [member for member in visible if wanted.intersection(member.department)], app

    @staticmethod
    def _department_id(corp: Corp, given: str) -> int:
        if not given.isdigit() or int(given) not in corp.departments:
            raise ApiError(60003)
        return int(given)

    async def user_list_id(self, call: Call) -> Json:
        """One row per member and department; the contact-sync assistant's only."""
        corp, token = self._authorize(call)
        if token.scope != CONTACTS:
            raise ApiError(48002)
        limit = call.body.get("limit") or 10000
        if not isinstance(limit, int) or not 1 <= limit <= 10000:
            raise ApiError(40058, "limit")
        cursor = str(call.body.get("cursor") or "0")
        if not cursor.isdigit():
            raise ApiError(40058, "cursor")
        rows = [{"userid": m.userid, "department": d} for m in corp.members.values() for d in m.department]
        start = int(cursor)
        end = start + limit
        return {**OK, "next_cursor": str(end) if end < len(rows) else "", "dept_user": rows[start:end]}

    async def user_getuserid(self, call: Call) -> Json:
        """The member with this mobile number."""
        corp, app = self._app(call)
        mobile = str(call.body.get("mobile") or "")
        found = next((m for m in corp.visible(app) if mobile and m.mobile == mobile), None)
        if found is None:
            raise ApiError(46004)
        return {**OK, "userid": found.userid}

    async def department_list(self, call: Call) -> Json:
        """A department and everything below it."""
        corp, _, _, _ = self._readable(call)
        nodes = [
            {
                "id": node.id,
                "name": node.name,
                "parentid": node.parentid,
                "order": node.order,
                "department_leader": [],
            }
            for node in self._subtree(corp, call.query.get("id", ""))
        ]
        return {**OK, "department": nodes}

    async def department_simplelist(self, call: Call) -> Json:
        """Ids of a department and everything below it; open to the contact-sync assistant."""
        corp, _ = self._authorize(call)
        nodes = self._subtree(corp, call.query.get("id", ""))
        rows = [{"id": node.id, "parentid": node.parentid, "order": node.order} for node in nodes]
        return {**OK, "department_id": rows}

    async def department_get(self, call: Call) -> Json:
        """One department."""
        corp, _, _, _ = self._readable(call)
        node = corp.departments[self._department_id(corp, call.query.get("id", ""))]
        fields = {"id": node.id, "name": node.name, "parentid": node.parentid, "order": node.order}
        return {**OK, "department": {**fields, "department_leader": []}}

    def _subtree(self, corp: Corp, given: str) -> list[Department]:
        if not given:
            return list(corp.departments.values())
        below = corp.below(self._department_id(corp, given))
        return [node for node in corp.departments.values() if node.id in below]

    async def tag_list(self, call: Call) -> Json:
        """All tags."""
        corp, _ = self._authorize(call)
        return {
            **OK,
            "taglist": [{"tagid": number, "tagname": tag["tagname"]} for number, tag in corp.tags.items()],
        }

    async def tag_get(self, call: Call) -> Json:
        """One tag's members."""
        corp, _ = self._authorize(call)
        given = call.query.get("tagid", "")
        tag = corp.tags.get(int(given)) if given.isdigit() else None
        if tag is None:
            raise ApiError(40068, "tagid")
        members = [corp.member(str(userid)) for userid in tag.get("userlist", [])]
        rows = [{"userid": member.userid, "name": member.name} for member in members if member]
        return {**OK, "tagname": tag["tagname"], "userlist": rows, "partylist": []}

    async def agent_get(self, call: Call) -> Json:
        """The app as its administrator sees it."""
        corp, app = self._app(call, call.query.get("agentid", ""))
        return {
            **OK,
            "agentid": app.agent_id,
            "name": app.name,
            "square_logo_url": "",
            "description": app.name,
            "allow_userinfos": {"user": [{"userid": member.userid} for member in corp.visible(app)]},
            "allow_partys": {"partyid": app.departments or ([1] if app.members is None else [])},
            "allow_tags": {"tagid": []},
            "close": 0,
            "redirect_domain": "",
            "report_location_flag": int(app.report_location),
            "isreportenter": int(app.report_enter),
            "home_url": "",
        }

    # -- identity and tickets (3.11, 3.12) ------------------------------------------------------------------

    async def auth_getuserinfo(self, call: Call) -> Json:
        """Who an OAuth code stands for; single use, five minutes."""
        grant_ticket: Json = {}
        corp, _ = self._authorize(call)
        code = call.need("code", 41008)
        grant = self.world.grants.get(code)
        if grant is None or grant.used or grant.home != corp.id:
            raise ApiError(40029)
        if self.world.clock.timestamp() - grant.issued > CODE_LIFETIME:
            raise ApiError(42003)
        grant.used = True
        if grant.scope == "snsapi_privateinfo":
            ticket = secrets.token_urlsafe(64)
            expires = self.world.clock.timestamp() + TICKET_LIFETIME
            self.world.tickets[ticket] = Token(ticket, corp.id, f"user:{grant.person}", expires)
            grant_ticket = {"user_ticket": ticket}
        return {**OK, "userid": grant.person, **grant_ticket}

    async def user_getuserinfo(self, call: Call) -> Json:
        """The older path, which answers in CamelCase."""
        answer = await self.auth_getuserinfo(call)
        return {**OK, "UserId": answer["userid"], "DeviceId": "sandbox-phone"}

    async def auth_getuserdetail(self, call: Call) -> Json:
        """What the member agreed to show."""
        corp, _ = self._authorize(call)
        ticket = self.world.tickets.get(str(call.body.get("user_ticket") or ""))
        if ticket is None or ticket.home != corp.id or not ticket.scope.startswith("user:"):
            raise ApiError(84015)
        if ticket.expires <= self.world.clock.timestamp():
            raise ApiError(84014)
        member = corp.member(ticket.scope.removeprefix("user:"))
        if member is None:
            raise ApiError(60111)
        fields = {"userid": member.userid, "gender": "0", "avatar": member.avatar, "mobile": member.mobile}
        return {**OK, **fields, "email": "", "biz_mail": "", "qr_code": "", "address": ""}

    async def corp_ticket(self, call: Call) -> Json:
        """The ticket of ``wx.config``."""
        corp, _ = self._authorize(call)
        return self._ticket(corp, "corp")

    async def agent_ticket(self, call: Call) -> Json:
        """The ticket of ``wx.agentConfig``."""
        corp, app = self._app(call)
        if call.query.get("type") != "agent_config":
            raise ApiError(91040)
        return self._ticket(corp, f"agent:{app.agent_id}")

    def _ticket(self, corp: Corp, scope: str) -> Json:
        now = self.world.clock.timestamp()
        for ticket in self.world.tickets.values():
            if (ticket.home, ticket.scope) == (corp.id, scope) and ticket.expires > now:
                return {**OK, "ticket": ticket.value, "expires_in": int(ticket.expires - now)}
        ticket = Token(secrets.token_urlsafe(64), corp.id, scope, now + LIFETIME)
        self.world.tickets[ticket.value] = ticket
        return {**OK, "ticket": ticket.value, "expires_in": LIFETIME}

    async def ip_list(self, call: Call) -> Json:
        """Where callbacks come from: this machine."""
        self._authorize(call)
        return {**OK, "ip_list": ["127.0.0.1"]}


def _details(member: Member, app: App | None) -> Json:
    fields: Json = {
        "userid": member.userid,
        "name": member.name,
        "department": member.department,
        "order": [0] * len(member.department),
        "position": member.position,
        "is_leader_in_dept": member.extra.get("is_leader_in_dept") or [0] * len(member.department),
        "direct_leader": member.extra.get("direct_leader") or [],
        "telephone": "",
        "alias": str(member.extra.get("alias") or ""),
        "main_department": member.department[0] if member.department else 0,
        "extattr": {"attrs": []},
        "status": member.status,
    }
    if app is not None and app.legacy_fields:
        fields |= {
            "mobile": member.mobile,
            "avatar": member.avatar,
            "gender": "0",
            "email": "",
            "biz_mail": "",
        }
    return fields
