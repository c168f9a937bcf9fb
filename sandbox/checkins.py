"""Check-ins of a corp: rules, what was recorded, what was wrong with it (protocol 3.10)."""

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.clock import CHINA
from sandbox.geo import Place

Json = dict[str, Any]
ON_DUTY, OFF_DUTY, OUTSIDE = "上班打卡", "下班打卡", "外出打卡"
KINDS = (ON_DUTY, OFF_DUTY, OUTSIDE)
LATE, MISSED, WRONG_PLACE, WRONG_WIFI, WRONG_DEVICE = (
    "时间异常",
    "未打卡",
    "地点异常",
    "wifi异常",
    "非常用设备",
)
EXCEPTIONS = (LATE, WRONG_PLACE, MISSED, WRONG_WIFI, WRONG_DEVICE)
FIXED, SCHEDULED, FREE = 1, 2, 3
EARTH_METRES = 6371000.0


@dataclass
class Checkin:
    """One check-in; a missed one has no place."""

    userid: str
    kind: str
    at: int
    """When it was recorded; for a missed one when it was due."""
    due: int = 0
    exceptions: list[str] = field(default_factory=list)
    place: Place | None = None
    group: Json = field(default_factory=dict)
    notes: str = ""
    wifiname: str = ""
    wifimac: str = ""
    deviceid: str = "sandbox-phone"
    mediaids: list[str] = field(default_factory=list)
    schedule_id: int = 0
    device_sn: str = ""
    """Serial number of a terminal, for what did not come from a phone."""
    device_name: str = ""

    @property
    def missed(self) -> bool:
        """Whether nothing was recorded."""
        return MISSED in self.exceptions


def midnight(at: float) -> int:
    """The midnight in China before a moment."""
    day = datetime.fromtimestamp(at, CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(day.timestamp())


def hours_of(group: Json, day: int, schedule_id: int) -> tuple[int, int] | None:
    """Seconds from midnight at which work begins and ends on a day, if the rule asks for work then."""
    if group.get("grouptype") == SCHEDULED:
        for schedule in group.get("schedulelist") or []:
            if schedule["schedule_id"] == schedule_id and schedule.get("time_section"):
                sections = schedule["time_section"]
                return int(sections[0]["work_sec"]), int(sections[-1]["off_work_sec"])
        return None
    if group.get("grouptype") == FREE:
        return None
    weekday = (datetime.fromtimestamp(day, CHINA).weekday() + 1) % 7
    special = [d for d in group.get("spe_workdays") or [] if midnight(d["timestamp"]) == day]
    off = [d for d in group.get("spe_offdays") or [] if midnight(d["timestamp"]) == day]
    if off:
        return None
    usual = [d for d in group.get("checkindate") or [] if weekday in (d.get("workdays") or [])]
    for date in special + usual:
        if date.get("checkintime"):
            return int(date["checkintime"][0]["work_sec"]), int(date["checkintime"][-1]["off_work_sec"])
    return None


def find_exceptions(record: Checkin, usual_device: str) -> list[str]:
    """What is wrong with a check-in, by its rule."""
    found = []
    if record.due and (record.at > record.due if record.kind == ON_DUTY else record.at < record.due):
        found.append(LATE)
    if record.kind == OUTSIDE:
        return found
    places, networks = record.group.get("loc_infos") or [], record.group.get("wifimac_infos") or []
    on_network = any(network["wifimac"] == record.wifimac for network in networks)
    if places and not on_network and not any(_near(record.place, place) for place in places):
        found.append(WRONG_PLACE)
    elif networks and not places and not on_network:
        found.append(WRONG_WIFI)
    if usual_device and record.deviceid != usual_device:
        found.append(WRONG_DEVICE)
    return found


def _near(place: Place | None, spot: Json) -> bool:
    if place is None:
        return False
    return distance(place, spot["lat"] / 1e6, spot["lng"] / 1e6) <= (spot.get("distance") or 300)


def distance(place: Place, latitude: float, longitude: float) -> float:
    """Metres between a place and a point of the same system."""
    north = math.radians(latitude - place.latitude)
    east = math.radians(longitude - place.longitude) * math.cos(math.radians(latitude))
    return EARTH_METRES * math.hypot(north, east)
