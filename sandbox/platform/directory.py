"""The directory: members, departments, tags, apps (protocol 3.9)."""

import hashlib
from collections.abc import Callable
from typing import Any

from sandbox.configure import Configurator
from sandbox.errors import ApiError
from sandbox.platform.access import CONTACTS, Access
from sandbox.platform.api import OK, Call, Handler
from sandbox.world import App, Corp, Department, Json, Member, Token, World

TAG_NAME_CHARS, TAG_USERS, TAG_PARTIES = 32, 1000, 100


def openid_of(corp: Corp, member: Member) -> str:
    """The openid of a member, made from the two names."""
    digest = hashlib.sha256(f"{corp.id}/{member.userid.lower()}".encode()).hexdigest()
    return f"o{digest[:27]}"


class DirectoryApi:
    """``user/…``, ``department/…``, ``tag/…``, ``agent/get``."""

    def __init__(self, world: World, access: Access, configure: Configurator) -> None:
        self.world = world
        self.access = access
        self.configure = configure

    def get(self) -> dict[str, Handler]:
        """Calls by GET."""
        return {
            "user/get": self.user_get,
            "user/simplelist": self.user_simplelist,
            "user/list": self.user_list,
            "department/list": self.department_list,
            "department/simplelist": self.department_simplelist,
            "department/get": self.department_get,
            "tag/list": self.tag_list,
            "tag/get": self.tag_get,
            "tag/delete": self.tag_delete,
            "agent/get": self.agent_get,
        }

    def post(self) -> dict[str, Handler]:
        """Calls by POST."""
        return {
            "user/list_id": self.user_list_id,
            "user/getuserid": self.user_getuserid,
            "user/get_userid_by_email": self.user_by_email,
            "user/convert_to_openid": self.convert_to_openid,
            "user/convert_to_userid": self.convert_to_userid,
            "tag/create": self.tag_create,
            "tag/update": self.tag_update,
            "tag/addtagusers": self.tag_add,
            "tag/deltagusers": self.tag_remove,
        }

    def _readable(self, call: Call) -> tuple[Corp, Token, list[Member], App | None]:
        """Who may be read: an app sees its range; the contact-sync assistant, where restricted, nobody."""
        corp, token = self.access.authorize(call)
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
        department = self._department_id(corp, call.query.get("department_id", ""), app)
        wanted = corp.below(department) if call.query.get("fetch_child") == "1" else {department}
        members = [member for member in visible if wanted.intersection(member.department)]
        if len(members) > self.world.settings.directory_answer_users:
            raise ApiError(45029)
        return members, app

    @staticmethod
    def _departments(corp: Corp, app: App | None) -> set[int]:
        """Departments an app may see; all without an app."""
        return set(corp.departments) if app is None else corp.seen_departments(app)

    def _department_id(self, corp: Corp, given: str, app: App | None) -> int:
        if not given.isdigit() or int(given) not in corp.departments:
            raise ApiError(60003)
        if int(given) not in self._departments(corp, app):
            raise ApiError(60011)
        return int(given)

    async def user_list_id(self, call: Call) -> Json:
        """One row per member and department; the contact-sync assistant's only."""
        corp, token = self.access.authorize(call)
        if token.scope != CONTACTS:
            raise ApiError(48002)
        limit = call.body.get("limit")
        limit = 10000 if limit is None else limit
        if type(limit) is not int or not 1 <= limit <= 10000:
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
        corp, app = self.access.app(call)
        mobile = str(call.body.get("mobile") or "")
        found = next((m for m in corp.visible(app) if mobile and m.mobile == mobile), None)
        if found is None:
            raise ApiError(46004)
        return {**OK, "userid": found.userid}

    async def user_by_email(self, call: Call) -> Json:
        """The member with this address: 1 the corp's mailbox, 2 a personal one."""
        corp, app = self.access.app(call)
        field = {1: "biz_mail", 2: "email"}.get(call.body.get("email_type", 1))
        if field is None:
            raise ApiError(40058, "email_type")
        wanted = str(call.body.get("email") or "").lower()
        members = corp.visible(app)
        found = next((m for m in members if wanted and str(m.extra.get(field, "")).lower() == wanted), None)
        if found is None:
            raise ApiError(46004)
        return {**OK, "userid": found.userid}

    async def convert_to_openid(self, call: Call) -> Json:
        """The openid a member has in this corp, always the same one."""
        corp, _ = self.access.app(call)
        member = corp.member(str(call.body.get("userid") or ""))
        if member is None:
            raise ApiError(60111)
        return {**OK, "openid": openid_of(corp, member)}

    async def convert_to_userid(self, call: Call) -> Json:
        """The member behind such an openid."""
        corp, _ = self.access.app(call)
        wanted = call.body.get("openid")
        found = next((m for m in corp.members.values() if openid_of(corp, m) == wanted), None)
        if found is None:
            raise ApiError(40003, "openid")
        return {**OK, "userid": found.userid}

    async def department_list(self, call: Call) -> Json:
        """A department and everything below it."""
        corp, _, _, app = self._readable(call)
        nodes = [
            {
                "id": node.id,
                "name": node.name,
                "parentid": node.parentid,
                "order": node.order,
                "department_leader": [],
            }
            for node in self._subtree(corp, call.query.get("id", ""), app)
        ]
        return {**OK, "department": nodes}

    async def department_simplelist(self, call: Call) -> Json:
        """Ids of a department and everything below it; open to the contact-sync assistant."""
        corp, token = self.access.authorize(call)
        app = corp.apps[token.agent_id] if token.agent_id is not None else None
        nodes = self._subtree(corp, call.query.get("id", ""), app)
        rows = [{"id": node.id, "parentid": node.parentid, "order": node.order} for node in nodes]
        return {**OK, "department_id": rows}

    async def department_get(self, call: Call) -> Json:
        """One department."""
        corp, _, _, app = self._readable(call)
        node = corp.departments[self._department_id(corp, call.query.get("id", ""), app)]
        fields = {"id": node.id, "name": node.name, "parentid": node.parentid, "order": node.order}
        return {**OK, "department": {**fields, "department_leader": []}}

    def _subtree(self, corp: Corp, given: str, app: App | None) -> list[Department]:
        below = corp.below(self._department_id(corp, given, app)) if given else set(corp.departments)
        seen = below & self._departments(corp, app)
        return [node for node in corp.departments.values() if node.id in seen]

    async def tag_list(self, call: Call) -> Json:
        """All tags."""
        corp, _ = self.access.authorize(call)
        return {
            **OK,
            "taglist": [{"tagid": number, "tagname": tag["tagname"]} for number, tag in corp.tags.items()],
        }

    @staticmethod
    def _tag(corp: Corp, given: Any) -> tuple[int, Json]:
        number = int(given) if str(given).isdigit() else 0
        tag = corp.tags.get(number)
        if tag is None:
            raise ApiError(40068)
        return number, tag

    async def tag_get(self, call: Call) -> Json:
        """One tag's members and departments."""
        corp, _ = self.access.authorize(call)
        _, tag = self._tag(corp, call.query.get("tagid", ""))
        members = [corp.member(str(userid)) for userid in tag.get("userlist") or []]
        rows = [{"userid": member.userid, "name": member.name} for member in members if member]
        parties = list(tag.get("partylist") or [])
        return {**OK, "tagname": tag["tagname"], "userlist": rows, "partylist": parties}

    @staticmethod
    def _tag_name(corp: Corp, given: Any, number: int | None) -> str:
        if not isinstance(given, str) or not given.strip() or len(given) > TAG_NAME_CHARS:
            raise ApiError(40072)
        if any(tag["tagname"] == given for other, tag in corp.tags.items() if other != number):
            raise ApiError(40071)
        return given

    async def tag_create(self, call: Call) -> Json:
        """A new tag, under the number given or the next one."""
        corp, _ = self.access.authorize(call)
        given = call.body.get("tagid")
        number = max(corp.tags, default=0) + 1 if given is None else given
        if not isinstance(number, int) or number < 1 or number in corp.tags:
            raise ApiError(40068)
        name = self._tag_name(corp, call.body.get("tagname"), None)
        corp.tags[number] = {"tagname": name, "userlist": [], "partylist": []}
        return {**OK, "tagid": number}

    async def tag_update(self, call: Call) -> Json:
        """Another name."""
        corp, _ = self.access.authorize(call)
        number, tag = self._tag(corp, call.body.get("tagid"))
        corp.tags[number] = {**tag, "tagname": self._tag_name(corp, call.body.get("tagname"), number)}
        return OK

    async def tag_delete(self, call: Call) -> Json:
        """Remove a tag nobody has."""
        corp, _ = self.access.authorize(call)
        number, tag = self._tag(corp, call.query.get("tagid", ""))
        if tag.get("userlist") or tag.get("partylist"):
            raise ApiError(40068, "the tag still has members")
        del corp.tags[number]
        return OK

    async def tag_add(self, call: Call) -> Json:
        """Give members and departments a tag."""
        return self._change_tag(call, lambda now, given: [*now, *(one for one in given if one not in now)])

    async def tag_remove(self, call: Call) -> Json:
        """Take a tag from members and departments."""
        return self._change_tag(call, lambda now, given: [one for one in now if one not in given])

    def _change_tag(self, call: Call, change: Callable[[list[Any], list[Any]], list[Any]]) -> Json:
        corp, token = self.access.authorize(call)
        number, before = self._tag(corp, call.body.get("tagid"))
        users, parties = call.body.get("userlist") or [], call.body.get("partylist") or []
        if not users and not parties:
            raise ApiError(40031)
        if len(users) > TAG_USERS or len(parties) > TAG_PARTIES:
            raise ApiError(40032)
        known = [member.userid for user in users if (member := corp.member(str(user)))]
        parties_known = [party for party in parties if party in corp.departments]
        invalid = {
            "invalidlist": "|".join(str(user) for user in users if corp.member(str(user)) is None),
            "invalidparty": [party for party in parties if party not in corp.departments],
        }
        if not known and not parties_known:
            raise ApiError(40031)
        after = {
            **before,
            "userlist": change(list(before.get("userlist") or []), known),
            "partylist": change(list(before.get("partylist") or []), parties_known),
        }
        corp.tags[number] = after
        if token.scope != CONTACTS:
            self.configure.tell_tag(corp, number, before, after)
        if not self.world.settings.tag_invalidparty_list:
            invalid["invalidparty"] = "|".join(map(str, invalid["invalidparty"]))
        return {**OK, **{name: value for name, value in invalid.items() if value}}

    async def agent_get(self, call: Call) -> Json:
        """The app as its administrator sees it."""
        corp, app = self.access.app(call, call.query.get("agentid", ""))
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
            "redirect_domain": next(iter(app.trusted_domains or []), ""),
            "report_location_flag": int(app.report_location),
            "isreportenter": int(app.report_enter),
            "home_url": "",
        }


def private_fields(member: Member) -> Json:
    """What only older apps read, and others with the member's consent; all are strings (3.9, 3.11)."""
    given = {name: str(member.extra.get(name) or "") for name in ("email", "biz_mail", "qr_code", "address")}
    gender = str(member.extra.get("gender") or "0")
    return {"mobile": member.mobile, "avatar": member.avatar, "gender": gender, **given}


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
        fields |= private_fields(member)
    return fields
