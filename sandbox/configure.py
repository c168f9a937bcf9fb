"""Reads corps and accounts from JSON into the world, and tells bots what changed."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox import inbound
from sandbox.actions import read_place
from sandbox.approvals import ApprovalTemplate, read_nodes
from sandbox.callbacks import CallbackSender, Delivery, app_route, contacts_route
from sandbox.envelope import EnvelopeError, aes_key
from sandbox.errors import ControlError
from sandbox.world import (
    Account,
    App,
    Callback,
    Contacts,
    Corp,
    Department,
    Follower,
    Json,
    Member,
    Template,
    World,
)

USERID = re.compile(r"[A-Za-z0-9_\-.@]{1,64}")
TOKEN = re.compile(r"[A-Za-z0-9]{1,32}")
MODES = ("secure", "compatible", "plain")


def need(body: Mapping[str, Any], name: str, kind: type) -> Any:
    """A field that must be there and of this type."""
    value = body.get(name)
    if not isinstance(value, kind) or isinstance(value, bool) or value == "":
        raise ControlError(f"缺少 {name},或类型不对")
    return value


def read_callback(body: Any) -> Callback | None:
    """A callback's three values, or none."""
    if body is None:
        return None
    if not isinstance(body, dict):
        raise ControlError("callback 必须是对象或 null")
    url, token, key = (need(body, name, str) for name in ("url", "token", "encoding_aes_key"))
    if not url.startswith(("http://", "https://")):
        raise ControlError("callback.url 必须以 http:// 或 https:// 开头")
    if not TOKEN.fullmatch(token):
        raise ControlError("callback.token 只能是字母和数字，最多 32 个")
    try:
        aes_key(key)
    except EnvelopeError as error:
        raise ControlError(f"callback.encoding_aes_key: {error}") from error
    return Callback(url, token, key)


def read_member(body: Any, before: Member | None = None) -> Member:
    """A member; the phone of one who was there before stays in the same place."""
    if not isinstance(body, dict):
        raise ControlError("members 里必须是对象")
    userid = need(body, "userid", str)
    if not USERID.fullmatch(userid):
        raise ControlError(f"userid 不合法：{userid}")
    departments = body.get("department") or [1]
    if not isinstance(departments, list) or not all(isinstance(number, int) for number in departments):
        raise ControlError("department 必须是数字列表")
    place = read_place(body["place"]) if body.get("place") else (before.place if before else None)
    known = {"userid", "name", "department", "position", "mobile", "avatar", "status", "place"}
    return Member(
        userid=userid,
        name=need(body, "name", str),
        department=departments,
        position=str(body.get("position") or ""),
        mobile=str(body.get("mobile") or ""),
        avatar=str(body.get("avatar") or ""),
        status=int(body.get("status") or 1),
        place=place,
        extra={name: value for name, value in body.items() if name not in known},
    )


def read_app(body: Any, before: App | None) -> App:
    """An app; one that was there before keeps its menu."""
    if not isinstance(body, dict):
        raise ControlError("apps 里必须是对象")
    app = App(
        agent_id=need(body, "agent_id", int),
        name=need(body, "name", str),
        secret=need(body, "secret", str),
        callback=read_callback(body.get("callback")),
        report_location=bool(body.get("report_location")),
        report_enter=bool(body.get("report_enter")),
        legacy_fields=bool(body.get("legacy_fields")),
        members=body.get("members"),
        departments=body.get("departments"),
        trusted_ips=body.get("trusted_ips"),
        trusted_domains=body.get("trusted_domains"),
        miniprogram=str(body.get("miniprogram") or ""),
        checkin=bool(body.get("checkin", True)),
        approval=bool(body.get("approval", True)),
    )
    if before is not None:
        app.menu, app.task_ids = before.menu, before.task_ids
    return app


def read_corp(corp_id: str, body: Json, before: Corp | None) -> Corp:
    """A corp from its JSON."""
    corp = Corp(corp_id, need(body, "name", str), account_limit=int(body.get("account_limit") or 1000))
    for given in body.get("apps") or []:
        app = read_app(given, before.apps.get(given.get("agent_id", -1)) if before else None)
        corp.apps[app.agent_id] = app
    if body.get("contacts"):
        given = body["contacts"]
        restricted = bool(given.get("restricted", True))
        secret, callback = need(given, "secret", str), read_callback(given.get("callback"))
        corp.contacts = Contacts(secret, callback, restricted, bool(given.get("full_events")))
    corp.departments = {1: Department(1, corp.name)}
    for given in body.get("departments") or []:
        number = need(given, "id", int)
        parent = int(given.get("parentid") or 0)
        order = int(given.get("order") or 0)
        corp.departments[number] = Department(number, need(given, "name", str), parent, order)
    for given in body.get("members") or []:
        old = before.member(str(given.get("userid", ""))) if before else None
        member = read_member(given, old)
        unknown = set(member.department) - corp.departments.keys()
        if unknown:
            raise ControlError(f"{member.userid} 的部门不存在：{sorted(unknown)}")
        corp.members[member.userid.lower()] = member
    for given in body.get("tags") or []:
        corp.tags[need(given, "tagid", int)] = {
            "tagname": need(given, "tagname", str),
            "userlist": list(given.get("userlist") or []),
            "partylist": list(given.get("partylist") or []),
        }
    if before is not None:
        _keep(before, corp)
    for given in body.get("approval_templates") or []:
        template = read_approval_template(given)
        corp.approval_templates[template.template_id] = template
    for given in body.get("checkin_groups") or []:
        corp.checkin_groups[need(given, "groupid", int)] = read_checkin_group(given)
    if body.get("vacations"):
        corp.vacations = list(body["vacations"])
    return corp


def _keep(before: Corp, corp: Corp) -> None:
    """What people did stays when a corp is configured again."""
    corp.groups, corp.approvals, corp.checkins = before.groups, before.approvals, before.checkins
    corp.approval_templates, corp.checkin_groups = before.approval_templates, before.checkin_groups
    corp.schedules, corp.vacations = before.schedules, before.vacations
    corp.vacation_quotas = before.vacation_quotas


def read_approval_template(body: Any) -> ApprovalTemplate:
    """A form of the approval application."""
    if not isinstance(body, dict):
        raise ControlError("approval_templates 里必须是对象")
    template = ApprovalTemplate(
        template_id=need(body, "template_id", str),
        name=need(body, "name", str),
        controls=list(body.get("controls") or []),
        approvers=list(body.get("approvers") or []),
        notifyers=[str(userid) for userid in body.get("notifyers") or []],
        system=bool(body.get("system")),
    )
    try:
        read_nodes(template.approvers)
    except (ValueError, AttributeError) as error:
        raise ControlError("approvers 形如 [{attr: 1 或 2, userid: [...]}]") from error
    for control in template.controls:
        if not all(need(control, name, str) for name in ("control", "id")):
            raise ControlError("controls 里要有 control 和 id")
    return template


def read_checkin_group(body: Json) -> Json:
    """A check-in rule, in the words of ``getcorpcheckinoption``."""
    defaults: Json = {"grouptype": 1, "groupname": "打卡规则", "checkindate": [], "loc_infos": []}
    group = {**defaults, "wifimac_infos": [], "spe_workdays": [], "spe_offdays": [], **body}
    if group["grouptype"] not in (1, 2, 3):
        raise ControlError("grouptype 只能是 1、2、3")
    return group


def read_account(app_id: str, body: Json, before: Account | None, world: World) -> Account:
    """A service account from its JSON; people who were there before stay as they are."""
    mode: Any = body.get("mode") or "secure"
    if mode not in MODES:
        raise ControlError(f"mode 只能是 {'、'.join(MODES)}")
    account = Account(
        id=app_id,
        name=need(body, "name", str),
        original_id=need(body, "original_id", str),
        secret=need(body, "secret", str),
        mode=mode,
        callback=read_callback(body.get("callback")),
    )
    account.report_location = bool(body.get("report_location"))
    account.trusted_ips, account.trusted_domains = body.get("trusted_ips"), body.get("trusted_domains")
    if before is not None:
        account.menu, account.menu_id, account.qrcodes = before.menu, before.menu_id, before.qrcodes
        account.conditional_menus = before.conditional_menus
    for given in body.get("templates") or []:
        template = read_template(given)
        account.templates[template.template_id] = template
    for given in body.get("people") or []:
        openid = need(given, "openid", str)
        old = before.people.get(openid) if before else None
        account.people[openid] = read_follower(given, old, world)
    return account


def read_template(body: Json) -> Template:
    """A template of template messages, or of subscription notices."""
    kind: Any = body.get("kind") or "template"
    if kind not in ("template", "subscribe"):
        raise ControlError("templates 的 kind 只能是 template 或 subscribe")
    return Template(
        template_id=need(body, "template_id", str),
        title=str(body.get("title") or ""),
        content=need(body, "content", str),
        kind=kind,
        long_term=bool(body.get("long_term")),
    )


def read_follower(body: Json, before: Follower | None, world: World) -> Follower:
    """A person in WeChat."""
    follower = before or Follower(need(body, "openid", str), "")
    follower.name = need(body, "name", str)
    follower.following = bool(body.get("following", before.following if before else True))
    follower.followed_at = follower.followed_at or (world.clock.seconds() if follower.following else 0)
    follower.accepts_templates = bool(body.get("accepts_templates", follower.accepts_templates))
    follower.mobile = str(body.get("mobile") or follower.mobile)
    follower.unionid = str(body.get("unionid") or follower.unionid)
    if body.get("place"):
        follower.place = read_place(body["place"])
    return follower


class Configurator:
    """Puts corps and accounts in place."""

    def __init__(self, world: World, sender: CallbackSender) -> None:
        self.world = world
        self.sender = sender

    def put_corp(self, corp_id: str, body: Json) -> Corp:
        """Create or replace a corp; differences in members are called back."""
        before = self.world.corps.get(corp_id)
        corp = read_corp(corp_id, body, before)
        self.world.corps[corp_id] = corp
        if before is not None:
            self._tell_changes(before, corp)
        self.world.feed.publish("people", {})
        return corp

    def put_account(self, app_id: str, body: Json) -> Account:
        """Create or replace a service account."""
        before = self.world.accounts.get(app_id)
        account = read_account(app_id, body, before, self.world)
        self.world.accounts[app_id] = account
        for openid in (before.people.keys() if before else set[str]()) - account.people.keys():
            self.world.drop_chat(app_id, openid)
        self.world.feed.publish("people", {})
        return account

    def put_member(self, corp: Corp, body: Json) -> Member:
        """Create or change one member."""
        before = corp.member(str(body.get("userid", "")))
        merged = {**_as_body(before), **body, "userid": before.userid} if before else body
        member = read_member(merged, before)
        unknown = set(member.department) - corp.departments.keys()
        if unknown:
            raise ControlError(f"部门不存在：{sorted(unknown)}")
        corp.members[member.userid.lower()] = member
        self._tell_member(corp, "update_user" if before else "create_user", member)
        self.world.feed.publish("people", {})
        return member

    def rename_member(self, corp: Corp, member: Member, userid: str) -> None:
        """Give a member another id; the chats stay with the person."""
        if not USERID.fullmatch(userid) or corp.member(userid) is not None:
            raise ControlError(f"userid 不合法，或已经有人用：{userid}")
        before = member.userid
        del corp.members[before.lower()]
        member.userid = userid
        corp.members[userid.lower()] = member
        self.world.move_chat(corp.id, before, userid)
        self._tell(corp, inbound.renamed(before, member))
        self.world.feed.publish("people", {})

    def delete_member(self, corp: Corp, userid: str) -> None:
        """Remove one member and the phone."""
        member = corp.members.pop(userid.lower(), None)
        if member is None:
            raise ControlError(f"没有成员 {userid}", 404)
        self._tell_member(corp, "delete_user", member)
        self.world.drop_chat(corp.id, member.userid)
        self.world.feed.publish("people", {})

    def put_department(self, corp: Corp, body: Json) -> Department:
        """Create or change a department; the contact-sync callback hears of it."""
        number = need(body, "id", int)
        before = corp.departments.get(number)
        fields = {"name": before.name, "parentid": before.parentid, "order": before.order} if before else {}
        body = {"parentid": 1, "order": 0, **fields, **body}
        if number != 1 and body["parentid"] not in corp.departments:
            raise ControlError(f"上级部门不存在：{body['parentid']}")
        node = Department(number, need(body, "name", str), int(body["parentid"]), int(body["order"]))
        corp.departments[number] = node
        self._tell_department(corp, node, before)
        self.world.feed.publish("people", {})
        return node

    def delete_department(self, corp: Corp, number: int) -> None:
        """Remove an empty department."""
        node = corp.departments.get(number)
        if node is None:
            raise ControlError(f"没有部门 {number}", 404)
        if number == 1 or corp.below(number) != {number}:
            raise ControlError("根部门和有下级的部门不能删除", 409)
        if any(number in member.department for member in corp.members.values()):
            raise ControlError("部门里还有成员", 409)
        del corp.departments[number]
        self._tell(corp, inbound.party_deleted(number))

    def put_tag(self, corp: Corp, number: int, body: Json) -> Json:
        """Create or change a tag; the contact-sync callback hears who came and who left."""
        before = corp.tags.get(number) or {"tagname": "", "userlist": [], "partylist": []}
        tag = {**before, **{name: body[name] for name in before if name in body}}
        need(tag, "tagname", str)
        corp.tags[number] = tag
        self.tell_tag(corp, number, before, tag)
        return tag

    def tell_tag(self, corp: Corp, number: int, before: Json, after: Json) -> None:
        """The contact-sync callback of a tag whose members changed."""
        fields = inbound.tag_change(number, before, after)
        if fields is not None:
            self._tell(corp, fields)

    def _tell(self, corp: Corp, fields: Json) -> None:
        route = contacts_route(corp, corp.contacts)
        if route is not None:
            xml = inbound.from_system(corp, self.world.clock.seconds(), fields)
            self.sender.send(Delivery(route, xml))

    def _tell_department(self, corp: Corp, node: Department, before: Department | None) -> None:
        if before is None:
            self._tell(corp, inbound.party_created(node))
        elif before != node:
            self._tell(corp, inbound.party_updated(before, node))

    def _tell_changes(self, before: Corp, corp: Corp) -> None:
        for number, node in corp.departments.items():
            self._tell_department(corp, node, before.departments.get(number))
        for number in before.departments.keys() - corp.departments.keys():
            self._tell(corp, inbound.party_deleted(number))
        for number, tag in corp.tags.items():
            self.tell_tag(corp, number, before.tags.get(number) or {}, tag)
        for name, member in corp.members.items():
            old = before.members.get(name)
            if old is None:
                self._tell_member(corp, "create_user", member)
            elif _as_body(old) != _as_body(member):
                self._tell_member(corp, "update_user", member)
        for name, member in before.members.items():
            if name not in corp.members:
                self._tell_member(corp, "delete_user", member)
                self.world.drop_chat(corp.id, member.userid)

    def _tell_member(self, corp: Corp, kind: str, member: Member) -> None:
        at = self.world.clock.seconds()
        full = corp.contacts is not None and corp.contacts.full_events
        self._tell(corp, inbound.contact_change(kind, member, full))
        joining = {"create_user": "subscribe", "delete_user": "unsubscribe"}.get(kind)
        for app in corp.apps.values() if joining else ():
            app_callback = app_route(corp, app)
            if app_callback is not None and (app.members is None or member.userid in app.members):
                fields = inbound.event(str(joining), EventKey="")
                xml = inbound.from_app(corp, app, member.userid, at, fields)
                self.sender.send(Delivery(app_callback, xml, member.userid))


def _as_body(member: Member) -> Json:
    return {
        "userid": member.userid,
        "name": member.name,
        "department": member.department,
        "position": member.position,
        "mobile": member.mobile,
        "avatar": member.avatar,
        "status": member.status,
        **member.extra,
    }
