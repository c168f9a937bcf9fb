"""The directory: members, departments, tags, apps (protocol 3.9)."""

from sandbox.errors import ApiError
from sandbox.platform.access import CONTACTS, Access
from sandbox.platform.api import OK, Call, Handler
from sandbox.world import App, Corp, Department, Json, Member, Token, World


class DirectoryApi:
    """``user/…``, ``department/…``, ``tag/…``, ``agent/get``."""

    def __init__(self, world: World, access: Access) -> None:
        self.world = world
        self.access = access

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
            "agent/get": self.agent_get,
        }

    def post(self) -> dict[str, Handler]:
        """Calls by POST."""
        return {
            "user/list_id": self.user_list_id,
            "user/getuserid": self.user_getuserid,
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
        corp, token = self.access.authorize(call)
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
        corp, app = self.access.app(call)
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
        corp, _ = self.access.authorize(call)
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
        corp, _ = self.access.authorize(call)
        return {
            **OK,
            "taglist": [{"tagid": number, "tagname": tag["tagname"]} for number, tag in corp.tags.items()],
        }

    async def tag_get(self, call: Call) -> Json:
        """One tag's members."""
        corp, _ = self.access.authorize(call)
        given = call.query.get("tagid", "")
        tag = corp.tags.get(int(given)) if given.isdigit() else None
        if tag is None:
            raise ApiError(40068, "tagid")
        members = [corp.member(str(userid)) for userid in tag.get("userlist", [])]
        rows = [{"userid": member.userid, "name": member.name} for member in members if member]
        return {**OK, "tagname": tag["tagname"], "userlist": rows, "partylist": []}

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
            "redirect_domain": "",
            "report_location_flag": int(app.report_location),
            "isreportenter": int(app.report_enter),
            "home_url": "",
        }


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
