"""Check-in data: records, rules, days, months, schedules, terminals (protocol 3.10)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox import checkins
from sandbox.checkins import FREE, LATE, OFF_DUTY, ON_DUTY, OUTSIDE, SCHEDULED, Checkin, midnight
from sandbox.clock import CHINA
from sandbox.errors import ApiError
from sandbox.limits import DAY
from sandbox.platform.access import Access
from sandbox.platform.api import OK, Call, Handler
from sandbox.world import Corp, Json, Member, World

MOST_USERS, LONGEST = 100, 30 * DAY
DUTY, OUTSIDE_ONLY, ALL = 1, 2, 3
RULE_ONLY_FOR_CORP = ("range", "create_time", "white_users", "reporterinfo", "ot_info")
LATE_KIND, EARLY_KIND, MISSING_KIND, ABSENT_KIND, PLACE_KIND, DEVICE_KIND = 1, 2, 3, 4, 5, 6
RECORD_TYPES = {1: 1, 2: 3, 3: 4}
"""``record_type`` by ``grouptype``; 7 without a rule."""


def group_of(corp: Corp, member: Member) -> Json:
    """The rule a member falls under, or none."""
    for group in corp.checkin_groups.values():
        area = group.get("range") or {}
        users = {str(userid).lower() for userid in area.get("userid") or ()}
        parties = set[int]().union(*(corp.below(party) for party in area.get("partyid") or ()))
        if not area or member.userid.lower() in users or parties.intersection(member.department):
            return group
    return {}


def hours(corp: Corp, member: Member, day: int) -> tuple[int, int] | None:
    """When a member's work begins and ends on a day, in seconds from midnight."""
    group = group_of(corp, member)
    schedule = corp.schedules.get((member.userid.lower(), day), 0)
    return checkins.hours_of(group, day, schedule) if group else None


class CheckinApi:
    """``checkin/…`` and ``hardware/…``."""

    def __init__(self, world: World, access: Access) -> None:
        self.world = world
        self.access = access

    def get(self) -> dict[str, Handler]:
        """Calls by GET."""
        return {}

    def post(self) -> dict[str, Handler]:
        """Calls by POST."""
        return {
            "checkin/getcheckindata": self.data,
            "checkin/getcheckinoption": self.option,
            "checkin/getcorpcheckinoption": self.corp_option,
            "checkin/getcheckin_daydata": self.days,
            "checkin/getcheckin_monthdata": self.months,
            "checkin/getcheckinschedulist": self.schedules,
            "checkin/setcheckinschedulist": self.set_schedules,
            "hardware/get_hardware_checkin_data": self.hardware,
        }

    # -- what every call checks -----------------------------------------------------------------------------

    def _corp(self, call: Call) -> Corp:
        corp, app = self.access.app(call)
        if not app.checkin:
            raise ApiError(301062)
        return corp

    @staticmethod
    def _members(corp: Corp, body: Json) -> list[Member]:
        names = body.get("useridlist")
        if not isinstance(names, list) or not 1 <= len(names) <= MOST_USERS:
            raise ApiError(301023)
        found = [corp.member(str(name)) for name in names]
        if not all(found):
            raise ApiError(301021)
        return [member for member in found if member]

    @staticmethod
    def _interval(body: Json) -> tuple[int, int]:
        start, end = body.get("starttime"), body.get("endtime")
        if type(start) is not int or type(end) is not int or not 0 < start <= end or end - start > LONGEST:
            raise ApiError(301024)
        return start, end

    def _records(self, corp: Corp, body: Json, wanted: Callable[[Checkin], bool]) -> list[Checkin]:
        members = {member.userid for member in self._members(corp, body)}
        start, end = self._interval(body)
        found = [r for r in corp.checkins if r.userid in members and start <= r.at <= end and wanted(r)]
        return sorted(found, key=lambda record: (record.userid, record.at))

    # -- records --------------------------------------------------------------------------------------------

    async def data(self, call: Call) -> Json:
        """Check-ins from phones."""
        corp, kind = self._corp(call), call.body.get("opencheckindatatype")
        if kind not in (DUTY, OUTSIDE_ONLY, ALL):
            raise ApiError(40058, "opencheckindatatype")

        def wanted(record: Checkin) -> bool:
            outside = record.kind == OUTSIDE
            return not record.device_sn and kind in (ALL, OUTSIDE_ONLY if outside else DUTY)

        rows = [self._row(record) for record in self._records(corp, call.body, wanted)]
        return {**OK, "checkindata": rows}

    def _row(self, record: Checkin) -> Json:
        place, group = record.place, record.group
        row = {
            "userid": record.userid,
            "groupname": group.get("groupname", ""),
            "checkin_type": record.kind,
            "exception_type": ";".join(record.exceptions),
            "checkin_time": self.world.settings.missed_checkin_time if record.missed else record.at,
            "location_title": place.label if place else "",
            "location_detail": place.label if place else "",
            "wifiname": record.wifiname,
            "notes": record.notes,
            "wifimac": record.wifimac,
            "mediaids": record.mediaids,
            "lat": round(place.latitude * 1e6) if place else 0,
            "lng": round(place.longitude * 1e6) if place else 0,
            "deviceid": "" if record.missed else record.deviceid,
        }
        if group.get("grouptype") in (None, FREE):
            return row
        scheduled = {"schedule_id": record.schedule_id, "timeline_id": 0}
        return {**row, "sch_checkin_time": record.due, "groupid": group["groupid"], **scheduled}

    async def hardware(self, call: Call) -> Json:
        """Check-ins from terminals."""
        corp = self._corp(call)
        if call.body.get("filter_type", 1) not in (1, 2):
            raise ApiError(40058, "filter_type")
        rows = [
            {
                "userid": record.userid,
                "checkin_time": record.at,
                "device_sn": record.device_sn,
                "device_name": record.device_name,
            }
            for record in self._records(corp, call.body, lambda record: bool(record.device_sn))
        ]
        return {**OK, "checkindata": rows}

    # -- rules ----------------------------------------------------------------------------------------------

    async def option(self, call: Call) -> Json:
        """Each member's rule on a day."""
        corp, day = self._corp(call), call.body.get("datetime")
        if type(day) is not int or day <= 0:
            raise ApiError(301024)
        rows = []
        for member in self._members(corp, call.body):
            group = group_of(corp, member)
            if group:
                shown = {name: value for name, value in group.items() if name not in RULE_ONLY_FOR_CORP}
                rows.append({"userid": member.userid, "group": shown})
        return {**OK, "info": rows}

    async def corp_option(self, call: Call) -> Json:
        """Every rule of the corp."""
        return {**OK, "group": list(self._corp(call).checkin_groups.values())}

    # -- days and months ------------------------------------------------------------------------------------

    def _day_range(self, body: Json) -> list[int]:
        start, end = self._interval(body)
        return list(range(midnight(start), end + 1, DAY))

    async def days(self, call: Call) -> Json:
        """What each day made of the check-ins."""
        corp = self._corp(call)
        members = self._members(corp, call.body)
        days = self._day_range(call.body)
        return {**OK, "datas": [self._day(corp, member, day) for member in members for day in days]}

    def _day(self, corp: Corp, member: Member, day: int) -> Json:
        group, due = group_of(corp, member), hours(corp, member, day)
        mine = [r for r in corp.checkins if r.userid == member.userid and day <= (r.due or r.at) < day + DAY]
        real = sorted(record.at for record in mine if not record.missed)
        worked = real[-1] - real[0] if len(real) > 1 else 0
        summary = {
            "checkin_count": len(real),
            "regular_work_sec": worked,
            "standard_work_sec": due[1] - due[0] if due else 0,
            "earliest_time": real[0] - day if real else 0,
            "lastest_time": real[-1] - day if real else 0,
        }
        return {
            "base_info": {
                "date": day,
                "record_type": RECORD_TYPES[group["grouptype"]] if group else 7,
                **self._about(corp, member, group, day, due),
                "day_type": 0 if due else 1,
            },
            "summary_info": summary,
            "holiday_infos": [],
            "exception_infos": _exceptions(mine, due, day, self.world.clock.seconds()),
            "ot_info": {"ot_status": 0, "ot_duration": 0, "exception_duration": []},
            "sp_items": [],
        }

    def _about(self, corp: Corp, member: Member, group: Json, day: int, due: tuple[int, int] | None) -> Json:
        schedule = corp.schedules.get((member.userid.lower(), day), 0)
        names = {row["schedule_id"]: row["schedule_name"] for row in group.get("schedulelist") or []}
        rule = {
            "groupid": group.get("groupid", 0),
            "groupname": group.get("groupname", ""),
            "scheduleid": schedule,
            "schedulename": names.get(schedule, ""),
            "checkintime": [{"work_sec": due[0], "off_work_sec": due[1]}] if due else [],
        }
        departments = [corp.departments[d].name for d in member.department if d in corp.departments]
        about = {"name": member.name, "name_ex": member.name, "departs_name": ";".join(departments)}
        return {**about, "acctid": member.userid, "rule_info": rule}

    async def months(self, call: Call) -> Json:
        """The days of an interval added up."""
        corp = self._corp(call)
        members = self._members(corp, call.body)
        days = self._day_range(call.body)
        return {**OK, "datas": [self._month(corp, member, days) for member in members]}

    def _month(self, corp: Corp, member: Member, days: list[int]) -> Json:
        rows = [self._day(corp, member, day) for day in days]
        work = [row for row in rows if row["base_info"]["day_type"] == 0]
        found: dict[int, Json] = {}
        for row in rows:
            for entry in row["exception_infos"]:
                total = found.setdefault(entry["exception"], {**entry, "count": 0, "duration": 0})
                total["count"] += entry["count"]
                total["duration"] += entry["duration"]
        except_days = sum(1 for row in work if row["exception_infos"])
        about = self._about(corp, member, group_of(corp, member), days[0], hours(corp, member, days[0]))
        return {
            "base_info": {**about, "record_type": rows[0]["base_info"]["record_type"]},
            "summary_info": {
                "work_days": len(work),
                "except_days": except_days,
                "regular_days": len(work) - except_days,
                "regular_work_sec": sum(row["summary_info"]["regular_work_sec"] for row in rows),
                "standard_work_sec": sum(row["summary_info"]["standard_work_sec"] for row in rows),
            },
            "exception_infos": list(found.values()),
            "sp_items": [],
            "overwork_info": {"workday_over_sec": 0, "holidays_over_sec": 0, "restdays_over_sec": 0},
        }

    # -- schedules ------------------------------------------------------------------------------------------

    async def schedules(self, call: Call) -> Json:
        """Who works which shift on which day, month by month."""
        corp = self._corp(call)
        members = self._members(corp, call.body)
        months: dict[tuple[str, int], list[Json]] = {}
        for member in members:
            group = group_of(corp, member)
            known = {row["schedule_id"]: row for row in group.get("schedulelist") or []}
            for day in self._day_range(call.body):
                number = corp.schedules.get((member.userid.lower(), day))
                if number is None:
                    continue
                moment = datetime.fromtimestamp(day, CHINA)
                row = known.get(number) or {}
                info = {
                    "schedule_id": number,
                    "schedule_name": row.get("schedule_name", "休息"),
                    "time_section": row.get("time_section") or [],
                }
                month = moment.year * 100 + moment.month
                months.setdefault((member.userid, month), []).append(
                    {"day": moment.day, "schedule_info": info}
                )
        rows = []
        for (userid, month), days in months.items():
            found = corp.member(userid)
            group = group_of(corp, found) if found else {}
            about = {"userid": userid, "yearmonth": month, "groupid": group.get("groupid", 0)}
            rows.append(
                {**about, "groupname": group.get("groupname", ""), "schedule": {"scheduleList": days}}
            )
        return {**OK, "schedule_list": rows}

    async def set_schedules(self, call: Call) -> Json:
        """Set shifts of days to come."""
        corp, body = self._corp(call), call.body
        group = corp.checkin_groups.get(body.get("groupid", 0))
        if group is None or group.get("grouptype") != SCHEDULED:
            raise ApiError(40058, "groupid")
        known = {0, *(row["schedule_id"] for row in group.get("schedulelist") or [])}
        year, month = divmod(int(body.get("yearmonth") or 0), 100)
        today, changes = midnight(self.world.clock.timestamp()), {}
        for item in body.get("items") or []:
            member = corp.member(str(item.get("userid") or ""))
            if member is None:
                raise ApiError(301021)
            if item.get("schedule_id") not in known:
                raise ApiError(40058, "schedule_id")
            try:
                day = int(datetime(year, month, int(item["day"]), tzinfo=CHINA).timestamp())
            except ValueError as error:
                raise ApiError(40058, "yearmonth or day") from error
            if day < today:
                raise ApiError(301073)
            changes[member.userid.lower(), day] = item["schedule_id"]
        corp.schedules |= changes
        return OK


def _exceptions(mine: list[Checkin], due: tuple[int, int] | None, day: int, now: int) -> list[Json]:
    """``exception_infos`` of one day."""
    found: list[tuple[int, int]] = []
    for record in mine:
        if record.missed:
            found.append((MISSING_KIND, 0))
        if LATE in record.exceptions:
            kind = LATE_KIND if record.kind == ON_DUTY else EARLY_KIND
            found.append((kind, abs(record.at - record.due)))
        if checkins.WRONG_PLACE in record.exceptions:
            found.append((PLACE_KIND, 0))
        if checkins.WRONG_DEVICE in record.exceptions:
            found.append((DEVICE_KIND, 0))
    over = due is not None and day + due[1] < now
    done = {record.kind for record in mine if not record.missed}
    if over and due is not None and not done & {ON_DUTY, OFF_DUTY}:
        found = [(kind, length) for kind, length in found if kind != MISSING_KIND]
        found.append((ABSENT_KIND, due[1] - due[0]))
    totals: dict[int, Json] = {}
    for kind, length in found:
        row: dict[str, Any] = totals.setdefault(kind, {"exception": kind, "count": 0, "duration": 0})
        row["count"] += 1
        row["duration"] += length
    return list(totals.values())
