"""Group chats and robots over the control interface."""

import secrets

from starlette.requests import Request

from sandbox.errors import ControlError
from sandbox.groups import GroupChat, Robot
from sandbox.operation import Operation, need_corp, number
from sandbox.world import Corp, Json, World


class GroupControl:
    """``/control/corps/{corp}/groups`` and ``…/robots``."""

    def __init__(self, world: World) -> None:
        self.world = world

    def operations(self) -> list[Operation]:
        """All endpoints."""
        groups, robots = "/control/corps/{corp}/groups", "/control/corps/{corp}/robots"
        about = {"name": "string", "owner": "string", "users": "array", "robots": "array"}
        return [
            Operation("GET", groups, "所有群聊和机器人", self.list_groups),
            Operation("PUT", f"{groups}/{{chatid}}", "建群或改群", self.put_group, about),
            Operation("DELETE", f"{groups}/{{chatid}}", "解散群", self.dissolve),
            Operation(
                "GET", f"{groups}/{{chatid}}/messages", "群里说过的话", self.messages, None, ("after",)
            ),
            Operation(
                "PUT",
                f"{robots}/{{key}}",
                "放一个群机器人，或启用、停用",
                self.put_robot,
                {"chatid": "string", "name": "string", "enabled": "boolean"},
            ),
            Operation("DELETE", f"{robots}/{{key}}", "移除群机器人", self.delete_robot),
        ]

    def _robots(self, corp: Corp, chatid: str) -> list[Json]:
        mine = [r for r in self.world.robots.values() if (r.corp, r.chatid) == (corp.id, chatid)]
        return [{"key": robot.key, "name": robot.name, "enabled": robot.enabled} for robot in mine]

    def _as_json(self, corp: Corp, group: GroupChat) -> Json:
        return {**group.as_json(), "robots": self._robots(corp, group.chatid)}

    def _group(self, corp: Corp, chatid: str) -> GroupChat:
        group = corp.groups.get(chatid)
        if group is None:
            raise ControlError(f"没有群聊 {chatid}", 404)
        return group

    async def list_groups(self, request: Request, body: Json) -> Json:
        """Every group of the corp."""
        corp = need_corp(self.world, request)
        return {"groups": [self._as_json(corp, group) for group in corp.groups.values()]}

    async def put_group(self, request: Request, body: Json) -> Json:
        """A group that members made, or another name, owner or list of members."""
        corp, chatid = need_corp(self.world, request), request.path_params["chatid"]
        before = corp.groups.get(chatid)
        users = [str(userid) for userid in body.get("users") or (before.users if before else [])]
        members = [corp.member(userid) for userid in users]
        if not users or not all(members):
            raise ControlError("users 里要有群成员，并且都在企业里")
        names = [member.userid for member in members if member]
        name = str(body.get("name") or (before.name if before else "群聊"))
        owner = str(body.get("owner") or (before.owner if before else names[0]))
        group = before or GroupChat(chatid, corp.id, name, owner, names)
        group.name, group.owner, group.users, group.dissolved = name, owner, names, False
        corp.groups[chatid] = group
        for given in body.get("robots") or []:
            self._put_robot(corp, str(given.get("key") or secrets.token_hex(16)), {**given, "chatid": chatid})
        return self._as_json(corp, group)

    async def dissolve(self, request: Request, body: Json) -> Json:
        """End the group."""
        self._group(need_corp(self.world, request), request.path_params["chatid"]).dissolved = True
        return {"ok": True}

    async def messages(self, request: Request, body: Json) -> Json:
        """What was said, once each."""
        group = self._group(need_corp(self.world, request), request.path_params["chatid"])
        after = number(request.query_params.get("after"), 0)
        said = [message for message in group.messages if message["seq"] > after]
        return {"messages": said, "last_seq": self.world.last_seq}

    def _put_robot(self, corp: Corp, key: str, body: Json) -> Robot:
        before = self.world.robots.get(key)
        chatid = str(body.get("chatid") or (before.chatid if before else ""))
        self._group(corp, chatid)
        name = str(body.get("name") or (before.name if before else "机器人"))
        robot = Robot(key, corp.id, chatid, name, bool(body.get("enabled", True)))
        self.world.robots[key] = robot
        return robot

    async def put_robot(self, request: Request, body: Json) -> Json:
        """A webhook into a group."""
        robot = self._put_robot(need_corp(self.world, request), request.path_params["key"], body)
        url = f"{self.world.public_url}/wecom/cgi-bin/webhook/send?key={robot.key}"
        return {**vars(robot), "webhook": url}

    async def delete_robot(self, request: Request, body: Json) -> Json:
        """Take the robot out."""
        corp, key = need_corp(self.world, request), request.path_params["key"]
        robot = self.world.robots.get(key)
        if robot is None or robot.corp != corp.id:
            raise ControlError("没有这个机器人", 404)
        del self.world.robots[key]
        return {"ok": True}
