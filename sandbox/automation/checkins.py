"""Check-ins over the control interface: what a person does in the check-in application."""

from typing import Any

from starlette.requests import Request

from sandbox import checkins
from sandbox.actions import read_place
from sandbox.checkins import EXCEPTIONS, KINDS, MISSED, OFF_DUTY, ON_DUTY, OUTSIDE, Checkin, midnight
from sandbox.configure import read_checkin_group
from sandbox.errors import ControlError
from sandbox.operation import Operation, need_corp, need_person
from sandbox.platform.checkins import group_of, hours
from sandbox.world import Corp, Json, Member, World


class CheckinControl:
    """``…/check-in``, rules, records."""

    def __init__(self, world: World) -> None:
        self.world = world

    def operations(self) -> list[Operation]:
        """All endpoints."""
        corp = "/control/corps/{corp}"
        fields = {
            "type": "string",
            "at": "integer",
            "missed": "boolean",
            "exceptions": "array",
            "latitude": "number",
            "longitude": "number",
            "label": "string",
            "notes": "string",
            "wifiname": "string",
            "wifimac": "string",
            "device": "string",
            "device_sn": "string",
        }
        person = "/control/people/{person}/check-in"
        return [
            Operation("POST", person, "打卡，或记一次未打卡", self.check_in, fields, ("home",)),
            Operation("GET", f"{corp}/checkins", "所有打卡记录", self.records),
            Operation(
                "PUT",
                f"{corp}/checkin-groups/{{number}}",
                "新建或替换打卡规则",
                self.put_group,
                {"groupname": "string", "grouptype": "integer", "checkindate": "array", "loc_infos": "array"},
            ),
        ]

    async def put_group(self, request: Request, body: Json) -> Json:
        """A check-in rule."""
        corp, number = need_corp(self.world, request), request.path_params["number"]
        if not number.isdigit():
            raise ControlError("编号必须是正整数")
        corp.checkin_groups[int(number)] = read_checkin_group({**body, "groupid": int(number)})
        return corp.checkin_groups[int(number)]

    async def records(self, request: Request, body: Json) -> Json:
        """Everything recorded, oldest first."""
        corp = need_corp(self.world, request)
        return {"checkins": [as_json(record) for record in corp.checkins]}

    async def check_in(self, request: Request, body: Json) -> Json:
        """Record a check-in as the phone, or a terminal, would."""
        corp, member = need_person(self.world, request)
        if not isinstance(corp, Corp) or not isinstance(member, Member):
            raise ControlError("只有企业成员能打卡", 409)
        record = self._record(corp, member, body)
        corp.checkins.append(record)
        self.world.wake()
        return as_json(record)

    def _record(self, corp: Corp, member: Member, body: Json) -> Checkin:
        at = int(body.get("at") or self.world.clock.seconds())
        kind = str(body.get("type") or self._next_kind(corp, member, at))
        if kind not in KINDS:
            raise ControlError(f"type 只能是 {'、'.join(KINDS)}")
        day = midnight(at)
        due = hours(corp, member, day)
        record = Checkin(
            userid=member.userid,
            kind=kind,
            at=at,
            due=day + due[0 if kind == ON_DUTY else 1] if due and kind != OUTSIDE else 0,
            place=read_place(body) if "latitude" in body else member.place,
            group=group_of(corp, member),
            notes=str(body.get("notes") or ""),
            wifiname=str(body.get("wifiname") or ""),
            wifimac=str(body.get("wifimac") or ""),
            deviceid=str(body.get("device") or "sandbox-phone"),
            mediaids=[str(media_id) for media_id in body.get("mediaids") or []],
            schedule_id=corp.schedules.get((member.userid.lower(), day), 0),
            device_sn=str(body.get("device_sn") or ""),
            device_name=str(body.get("device_name") or ""),
        )
        if body.get("missed"):
            record.at, record.place, record.exceptions = record.due or at, None, [MISSED]
        elif body.get("exceptions") is not None:
            record.exceptions = self._given(body["exceptions"])
        else:
            record.exceptions = checkins.find_exceptions(record, self._usual_device(corp, member))
        return record

    @staticmethod
    def _given(names: Any) -> list[str]:
        if not isinstance(names, list) or not set(names) <= set(EXCEPTIONS):
            raise ControlError(f"exceptions 只能来自 {'、'.join(EXCEPTIONS)}")
        return [name for name in EXCEPTIONS if name in names]

    @staticmethod
    def _next_kind(corp: Corp, member: Member, at: int) -> str:
        """The first of a day is for coming, the next ones for leaving."""
        today = midnight(at)
        before = [r for r in corp.checkins if r.userid == member.userid and midnight(r.at) == today]
        return OFF_DUTY if any(r.kind == ON_DUTY and not r.missed for r in before) else ON_DUTY

    @staticmethod
    def _usual_device(corp: Corp, member: Member) -> str:
        mine = (r.deviceid for r in corp.checkins if r.userid == member.userid and not r.missed)
        return next(mine, "")


def as_json(record: Checkin) -> Json:
    """A check-in as the control interface shows it."""
    place = record.place.as_json() if record.place else None
    group = record.group.get("groupid")
    return {**vars(record), "place": place, "group": group}
