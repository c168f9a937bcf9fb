"""Template messages, subscription notices and their templates, of a service account (protocol 4.3, 4.4)."""

import secrets
from typing import TYPE_CHECKING, Any

from sandbox import inbound
from sandbox.callbacks import Delivery, account_route
from sandbox.errors import ApiError
from sandbox.platform import templates
from sandbox.platform.api import OK, Call, Endpoint
from sandbox.platform.contents import web_address
from sandbox.world import Account, Follower, Json, Template

if TYPE_CHECKING:
    from sandbox.platform.official import OfficialApi

PRIVATE_TEMPLATES, SCENES = 25, range(10_001)
ONCE_TITLE, ONCE_CONTENT = 15, 200
CATEGORIES = [{"id": 307, "name": "人力资源"}, {"id": 612, "name": "生活服务"}]
INDUSTRIES = {1: ("IT科技", "互联网/电子商务"), 16: ("商业服务", "人力资源")}
LIBRARY = {
    "43": ("面试邀约通知", (("thing1", "岗位"), ("time2", "时间"), ("thing3", "地点"))),
    "71": ("审核结果通知", (("phrase1", "结果"), ("thing2", "说明"))),
    "93": ("进度提醒", (("thing1", "事项"), ("time2", "时间"))),
}
"""Public templates: number, title, typed keywords."""


class NoticesApi:
    """``message/template/…``, ``message/subscribe/…``, ``template/…``, ``wxaapi/newtmpl/…``."""

    def __init__(self, official: "OfficialApi") -> None:
        self.official = official
        self.world = official.world
        self.reset()

    def reset(self) -> None:
        """Forget what was sent under which client_msg_id."""
        self._client_ids: dict[tuple[str, str], tuple[float, int]] = {}

    def endpoints(self) -> dict[str, Endpoint]:
        """All calls."""
        return {
            "cgi-bin/message/template/send": Endpoint("POST", self.template_send),
            "cgi-bin/message/template/subscribe": Endpoint("POST", self.once_send),
            "cgi-bin/message/subscribe/bizsend": Endpoint("POST", self.subscribe_send),
            "cgi-bin/template/api_set_industry": Endpoint("POST", self.set_industry),
            "cgi-bin/template/get_industry": Endpoint("GET", self.get_industry),
            "cgi-bin/template/api_add_template": Endpoint("POST", self.add_template),
            "cgi-bin/template/get_all_private_template": Endpoint("GET", self.template_list),
            "cgi-bin/template/del_private_template": Endpoint("POST", self.delete_template),
            "wxaapi/newtmpl/addtemplate": Endpoint("POST", self.add_subscription),
            "wxaapi/newtmpl/deltemplate": Endpoint("POST", self.delete_subscription),
            "wxaapi/newtmpl/gettemplate": Endpoint("GET", self.subscription_list),
            "wxaapi/newtmpl/getcategory": Endpoint("GET", self.categories),
            "wxaapi/newtmpl/getpubtemplatetitles": Endpoint("GET", self.titles),
            "wxaapi/newtmpl/getpubtemplatekeywords": Endpoint("GET", self.keywords),
        }

    def _tell(self, account: Account, openid: str, fields: Json) -> None:
        route = account_route(account, openid)
        if route is not None:
            xml = inbound.from_account(account, openid, self.world.clock.seconds(), fields)
            self.official.sender.send(Delivery(route, xml, openid))

    # -- template messages (4.3) ----------------------------------------------------------------------------

    def _template(self, account: Account, body: Json, kind: str) -> Template:
        template = account.templates.get(str(body.get("template_id") or ""))
        if template is None or template.kind != kind:
            raise ApiError(40037)
        return template

    @staticmethod
    def _targets(body: Json) -> None:
        if body.get("url"):
            web_address(body["url"])
        program = body.get("miniprogram")
        if program and not (isinstance(program, dict) and program.get("appid")):
            raise ApiError(40165, "miniprogram")

    async def template_send(self, call: Call) -> Json:
        """A template message, followed by its TEMPLATESENDJOBFINISH."""
        account, body = self.official.authorize(call), call.body
        if str(body.get("touser") or "") not in account.people:
            raise ApiError(40003, "openid")
        template = self._template(account, body, "template")
        follower = self.official.follower(call, account, body["touser"])
        self._targets(body)
        filled = templates.fill(template, body.get("data"), self.world.settings.template_type_caps)
        client_id, settings = str(body.get("client_msg_id") or ""), self.world.settings
        if len(client_id) > settings.client_msg_id_chars:
            raise ApiError(40035, "client_msg_id")
        now = self.world.clock.timestamp()
        sent = self._client_ids.get((account.id, client_id)) if client_id else None
        if sent is not None and 0 <= now - sent[0] < settings.client_msg_id_seconds:
            return {**OK, "msgid": sent[1]}
        number = self.world.number() % 10**15
        if client_id:
            self._client_ids[account.id, client_id] = (now, number)
        status = "failed:user block"
        if follower.accepts_templates:
            shown = self._show(account, follower, "template", body, template.title, filled, str(number))
            status = "success" if shown else "failed: system failed"
        fields = inbound.event("TEMPLATESENDJOBFINISH", MsgID=number, Status=status)
        self._tell(account, follower.openid, fields)
        return {**OK, "msgid": number}

    def _show(
        self,
        account: Account,
        follower: Follower,
        msgtype: str,
        body: Json,
        title: str,
        filled: str,
        number: str,
    ) -> bool:
        content = {
            "template_id": body["template_id"],
            "title": title,
            "body": filled,
            "url": body.get("url") or body.get("page") or "",
            "miniprogram": body.get("miniprogram") or None,
            "data": body.get("data"),
        }
        return self.official.show(account, follower, msgtype, content, number)

    # -- subscription notices (4.4) -------------------------------------------------------------------------

    async def subscribe_send(self, call: Call) -> Json:
        """A subscription notice: one of the accepts this person gave for this template."""
        account, body = self.official.authorize(call), call.body
        follower = account.people.get(str(body.get("touser") or ""))
        if follower is None:
            raise ApiError(40003, "openid")
        template = self._template(account, body, "subscribe")
        if body.get("page"):
            try:
                web_address(body["page"])
            except ApiError as error:
                raise ApiError(41030) from error
        self._targets(body)
        filled = templates.fill(template, body.get("data"), self.world.settings.template_type_caps)
        if follower.notices_off:
            raise ApiError(self.world.settings.subscribe_main_switch_errcode)
        if follower.subscriptions.get(template.template_id, 0) < 1:
            raise ApiError(43101)
        if not template.long_term:
            follower.subscriptions[template.template_id] -= 1
        number = self.world.number() % 10**15
        self._show(account, follower, "template", body, template.title, filled, str(number))
        row = {"TemplateId": template.template_id, "MsgID": number, "ErrorCode": 0, "ErrorStatus": "success"}
        fields = inbound.event("subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": [row]})
        self._tell(account, follower.openid, fields)
        return OK

    async def once_send(self, call: Call) -> Json:
        """The old one-time subscription: one message for one confirmed scene."""
        account, body = self.official.authorize(call), call.body
        follower = account.people.get(str(body.get("touser") or ""))
        if follower is None:
            raise ApiError(40003, "openid")
        title = str(body.get("title") or "")
        text = ((body.get("data") or {}).get("content") or {}).get("value")
        if (
            not 1 <= len(title) <= ONCE_TITLE
            or not isinstance(text, str)
            or not 1 <= len(text) <= ONCE_CONTENT
        ):
            raise ApiError(47003, "title or data.content.value invalid")
        self._targets(body)
        key = str(body.get("template_id") or ""), body.get("scene")
        if not isinstance(key[1], int) or key[1] not in SCENES:
            raise ApiError(40035, "scene")
        if (key[0], key[1]) not in follower.once:
            raise ApiError(43101)
        follower.once.discard((key[0], key[1]))
        self._show(account, follower, "template", body, title, text, "")
        return OK

    # -- templates ------------------------------------------------------------------------------------------

    async def set_industry(self, call: Call) -> Json:
        """The account's two industries."""
        account = self.official.authorize(call)
        first, second = (str(call.body.get(f"industry_id{n}") or "") for n in (1, 2))
        if not first.isdigit() or not second.isdigit():
            raise ApiError(40035, "industry_id")
        account.industry = int(first), int(second)
        return OK

    async def get_industry(self, call: Call) -> Json:
        """The account's two industries, in words."""
        account = self.official.authorize(call)
        names = ("primary_industry", "secondary_industry")
        found = [INDUSTRIES.get(number, (f"行业 {number}", "")) for number in account.industry]
        return {
            name: {"first_class": first, "second_class": second}
            for name, (first, second) in zip(names, found, strict=True)
        }

    def _add(self, account: Account, number: Any, keywords: list[str] | None, kind: str) -> str:
        entry = LIBRARY.get(str(number or ""))
        if entry is None:
            raise ApiError(40037)
        title, fields = entry
        chosen = [f for f in fields if keywords is None or f[1] in keywords or f[0] in keywords]
        if not chosen or (keywords is not None and len(chosen) != len(keywords)):
            raise ApiError(40035, "keywords")
        content = "\n".join(f"{label}:{{{{{name}.DATA}}}}" for name, label in chosen)
        template_id = secrets.token_urlsafe(32)
        template = Template(template_id, title, content)
        template.kind = "subscribe" if kind == "subscribe" else "template"
        account.templates[template_id] = template
        return template_id

    async def add_template(self, call: Call) -> Json:
        """Take a public template for template messages; 25 at most."""
        account = self.official.authorize(call)
        if len(self._kind(account, "template")) >= PRIVATE_TEMPLATES:
            raise ApiError(45026)
        keywords = call.body.get("keyword_name_list")
        added = self._add(account, call.body.get("template_id_short"), keywords, "template")
        return {**OK, "template_id": added}

    @staticmethod
    def _kind(account: Account, kind: str) -> list[Template]:
        return [template for template in account.templates.values() if template.kind == kind]

    async def template_list(self, call: Call) -> Json:
        """The account's templates of template messages."""
        rows = [
            {"template_id": t.template_id, "title": t.title, "content": t.content, "example": ""}
            for t in self._kind(self.official.authorize(call), "template")
        ]
        return {"template_list": rows}

    def _delete(self, account: Account, template_id: Any, kind: str) -> Json:
        template = self._template(account, {"template_id": template_id}, kind)
        del account.templates[template.template_id]
        return OK

    async def delete_template(self, call: Call) -> Json:
        """Give a template back."""
        return self._delete(self.official.authorize(call), call.body.get("template_id"), "template")

    async def add_subscription(self, call: Call) -> Json:
        """Take a public template for subscription notices, with keywords by their numbers."""
        account, entry = self.official.authorize(call), LIBRARY.get(str(call.body.get("tid") or ""))
        numbers = call.body.get("kidList")
        if entry is None:
            raise ApiError(40037)
        if not isinstance(numbers, list) or not 2 <= len(numbers) <= 5:
            raise ApiError(40035, "kidList")
        names = [name for kid, (name, _) in enumerate(entry[1], 1) if kid in numbers]
        return {**OK, "priTmplId": self._add(account, call.body["tid"], names, "subscribe")}

    async def delete_subscription(self, call: Call) -> Json:
        """Give a subscription template back."""
        return self._delete(self.official.authorize(call), call.body.get("priTmplId"), "subscribe")

    async def subscription_list(self, call: Call) -> Json:
        """The account's subscription templates; type 2 one-off, 3 long-term."""
        rows = [
            {
                "priTmplId": t.template_id,
                "title": t.title,
                "content": t.content,
                "example": "",
                "type": 3 if t.long_term else 2,
            }
            for t in self._kind(self.official.authorize(call), "subscribe")
        ]
        return {**OK, "data": rows}

    async def categories(self, call: Call) -> Json:
        """The account's service categories."""
        self.official.authorize(call)
        return {**OK, "data": CATEGORIES}

    async def titles(self, call: Call) -> Json:
        """Public templates."""
        self.official.authorize(call)
        start, limit = (call.query.get(name, "") for name in ("start", "limit"))
        if not call.query.get("ids") or not start.isdigit() or not limit.isdigit() or int(limit) > 30:
            raise ApiError(40035, "ids, start, limit")
        rows = [{"tid": int(tid), "title": title, "type": 2} for tid, (title, _) in LIBRARY.items()]
        return {**OK, "count": len(rows), "data": rows[int(start) : int(start) + int(limit)]}

    async def keywords(self, call: Call) -> Json:
        """Keywords of a public template."""
        self.official.authorize(call)
        entry = LIBRARY.get(call.query.get("tid", ""))
        if entry is None:
            raise ApiError(40037)
        rows = [
            {"kid": kid, "name": label, "example": "", "rule": name.rstrip("0123456789")}
            for kid, (name, label) in enumerate(entry[1], 1)
        ]
        return {**OK, "count": len(rows), "data": rows}
