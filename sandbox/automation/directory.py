"""Departments and tags over the control interface, as an administrator changes them."""

from starlette.requests import Request

from sandbox.configure import Configurator
from sandbox.errors import ControlError
from sandbox.operation import Operation, need_corp
from sandbox.world import Json, World


class DirectoryControl:
    """``/control/corps/{corp}/departments`` and ``…/tags``."""

    def __init__(self, world: World, configure: Configurator) -> None:
        self.world = world
        self.configure = configure

    def operations(self) -> list[Operation]:
        """All endpoints."""
        department, tag = "/control/corps/{corp}/departments/{number}", "/control/corps/{corp}/tags/{number}"
        about = {"name": "string", "parentid": "integer", "order": "integer"}
        members = {"tagname": "string", "userlist": "array", "partylist": "array"}
        return [
            Operation("PUT", department, "新建或修改部门", self.put_department, about),
            Operation("DELETE", department, "删除部门", self.delete_department),
            Operation(
                "POST",
                "/control/corps/{corp}/members/{userid}/rename",
                "给成员换一个 userid",
                self.rename,
                {"to": "string"},
            ),
            Operation("PUT", tag, "新建或修改标签及其成员", self.put_tag, members),
        ]

    @staticmethod
    def _number(request: Request) -> int:
        given = request.path_params["number"]
        if not given.isdigit() or int(given) < 1:
            raise ControlError("编号必须是正整数")
        return int(given)

    async def put_department(self, request: Request, body: Json) -> Json:
        """Create or change a department; the contact-sync callback hears of it."""
        corp = need_corp(self.world, request)
        return vars(self.configure.put_department(corp, {**body, "id": self._number(request)}))

    async def delete_department(self, request: Request, body: Json) -> Json:
        """Remove an empty department; the contact-sync callback hears of it."""
        self.configure.delete_department(need_corp(self.world, request), self._number(request))
        return {"ok": True}

    async def rename(self, request: Request, body: Json) -> Json:
        """Give a member another id; the contact-sync callback hears of it."""
        corp = need_corp(self.world, request)
        member = corp.member(request.path_params["userid"])
        if member is None:
            raise ControlError("没有这个成员", 404)
        self.configure.rename_member(corp, member, str(body.get("to") or ""))
        return {"userid": member.userid}

    async def put_tag(self, request: Request, body: Json) -> Json:
        """Create or change a tag; the contact-sync callback hears who came and who left."""
        number = self._number(request)
        return {"tagid": number, **self.configure.put_tag(need_corp(self.world, request), number, body)}
