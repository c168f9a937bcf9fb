"""Check-ins: what is recorded, what is wrong with it, what the day makes of it (protocol 3.10)."""

from datetime import datetime
from typing import Any

import pytest

from sandbox.client import Sandbox, SandboxError
from tests.sandbox.scene import CORP, Api, Bot, corp_body

NINE, SIX = 9 * 3600, 18 * 3600
GROUP = {
    "groupname": "日班",
    "grouptype": 1,
    "checkindate": [{"workdays": [1, 2, 3, 4, 5], "checkintime": [{"work_sec": NINE, "off_work_sec": SIX}]}],
    "loc_infos": [{"lat": 30657420, "lng": 104065840, "loc_title": "天府广场", "distance": 300}],
    "wifimac_infos": [{"wifiname": "office", "wifimac": "3c:46:d8:00:00:01"}],
}
OFFICE = {"latitude": 30.65742, "longitude": 104.06584, "label": "天府广场"}
STATION = {"latitude": 30.62961, "longitude": 104.14131, "label": "成都东站"}


def at(hour: str, day: str = "2026-03-02") -> int:
    """Unix seconds of a moment in China."""
    return int(datetime.fromisoformat(f"{day}T{hour}:00+08:00").timestamp())


@pytest.fixture
def office(sandbox: Sandbox) -> Sandbox:
    """The company with a rule for fixed hours, on a Monday."""
    sandbox.set_clock("2026-03-02T20:00:00+08:00", rate=0)
    sandbox.call("PUT", f"corps/{CORP}/checkin-groups/12", GROUP)
    return sandbox


def query(api: Api, call: str, **changes: Any) -> dict[str, Any]:
    body = {"starttime": at("00:00"), "endtime": at("23:59"), "useridlist": ["LiHua"], **changes}
    return api.post(f"cgi-bin/{call}", body)


def data(api: Api, **changes: Any) -> dict[str, Any]:
    return query(api, "checkin/getcheckindata", **{"opencheckindatatype": 3, **changes})


@pytest.mark.parametrize(
    ("exceptions", "about"),
    [
        ("", {"at": at("08:55"), **OFFICE}),
        ("时间异常", {"at": at("09:07"), **OFFICE}),
        ("地点异常", {"at": at("08:55"), **STATION}),
        ("时间异常;地点异常", {"at": at("09:07"), **STATION}),
        ("地点异常", {"at": at("08:55")}),
        ("", {"at": at("08:55"), **STATION, "wifimac": "3c:46:d8:00:00:01", "wifiname": "office"}),
        ("时间异常", {"at": at("17:30"), "type": "下班打卡", **OFFICE}),
        ("", {"at": at("18:01"), "type": "下班打卡", **OFFICE}),
        ("", {"at": at("11:00"), "type": "外出打卡", **STATION}),
        ("未打卡", {"missed": True, "type": "上班打卡"}),
        ("地点异常;非常用设备", {"at": at("08:55"), "exceptions": ["非常用设备", "地点异常"]}),
    ],
)
def test_exceptions(office: Sandbox, wecom: Api, exceptions: str, about: dict[str, Any]) -> None:
    office.person("LiHua").check_in(**about)
    [row] = data(wecom)["checkindata"]
    assert row["exception_type"] == exceptions


def test_a_row_as_the_platform_gives_it(office: Sandbox, wecom: Api) -> None:
    office.person("LiHua").check_in(at=at("09:07"), notes="堵车", **OFFICE)
    [row] = data(wecom)["checkindata"]
    assert row == {
        "userid": "LiHua",
        "groupname": "日班",
        "checkin_type": "上班打卡",
        "exception_type": "时间异常",
        "checkin_time": at("09:07"),
        "location_title": "天府广场",
        "location_detail": "天府广场",
        "wifiname": "",
        "notes": "堵车",
        "wifimac": "",
        "mediaids": [],
        "lat": 30657420,
        "lng": 104065840,
        "deviceid": "sandbox-phone",
        "sch_checkin_time": at("09:00"),
        "groupid": 12,
        "schedule_id": 0,
        "timeline_id": 0,
    }


def test_missed_ones_have_no_time(office: Sandbox, wecom: Api) -> None:
    office.person("LiHua").check_in(missed=True, type="下班打卡")
    [row] = data(wecom)["checkindata"]
    assert (row["checkin_time"], row["sch_checkin_time"], row["lat"]) == (0, at("18:00"), 0)


def test_another_device_is_noticed(office: Sandbox, wecom: Api) -> None:
    for device in ("phone-1", "phone-2"):
        office.person("LiHua").check_in(at=at("08:55"), type="上班打卡", device=device, **OFFICE)
    assert [row["exception_type"] for row in data(wecom)["checkindata"]] == ["", "非常用设备"]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (0, {}),
        (301021, {"useridlist": ["nobody"]}),
        (301023, {"useridlist": []}),
        (301023, {"useridlist": ["LiHua"] * 101}),
        (301023, {"useridlist": "LiHua"}),
        (301024, {"endtime": 1}),
        (301024, {"starttime": "x"}),
        (301024, {"endtime": at("23:59") + 31 * 86400}),
        (40058, {"opencheckindatatype": 9}),
    ],
)
def test_requests(office: Sandbox, wecom: Api, code: int, changes: dict[str, Any]) -> None:
    assert data(wecom, **changes)["errcode"] == code


def test_kinds_and_listing(office: Sandbox, wecom: Api, bot: Bot) -> None:
    person = office.person("LiHua")
    person.check_in(at=at("08:55"), **OFFICE)
    person.check_in(at=at("18:05"), **OFFICE)
    person.check_in(at=at("11:00"), type="外出打卡", **STATION)
    person.check_in(at=at("08:50"), device_sn="SN1", device_name="前台")
    kinds = [
        [row["checkin_type"] for row in data(wecom, opencheckindatatype=k)["checkindata"]] for k in (1, 2, 3)
    ]
    assert kinds == [["上班打卡", "下班打卡"], ["外出打卡"], ["上班打卡", "外出打卡", "下班打卡"]]
    hardware = query(wecom, "hardware/get_hardware_checkin_data", filter_type=1)["checkindata"]
    assert hardware == [
        {"userid": "LiHua", "checkin_time": at("08:50"), "device_sn": "SN1", "device_name": "前台"}
    ]
    assert query(wecom, "hardware/get_hardware_checkin_data", filter_type=3)["errcode"] == 40058
    body = corp_body(bot.url)
    body["apps"][0]["checkin"] = False
    office.put_corp(CORP, body)
    assert data(wecom)["errcode"] == 301062


def test_rules(office: Sandbox, wecom: Api) -> None:
    about = {**GROUP, "range": {"partyid": [2], "userid": []}}
    office.call("PUT", f"corps/{CORP}/checkin-groups/12", about)
    body = {"datetime": at("00:00"), "useridlist": ["LiHua", "zhangwei"]}
    info = wecom.post("cgi-bin/checkin/getcheckinoption", body)["info"]
    assert [(row["userid"], row["group"]["groupid"], "range" in row["group"]) for row in info] == [
        ("LiHua", 12, False)
    ]
    [group] = wecom.post("cgi-bin/checkin/getcorpcheckinoption", {})["group"]
    assert (group["range"]["partyid"], group["loc_infos"][0]["lat"]) == ([2], 30657420)
    assert wecom.post("cgi-bin/checkin/getcheckinoption", {**body, "datetime": 0})["errcode"] == 301024
    with pytest.raises(SandboxError, match="grouptype"):
        office.call("PUT", f"corps/{CORP}/checkin-groups/13", {"grouptype": 7})


def test_a_day_and_a_month(office: Sandbox, wecom: Api) -> None:
    person = office.person("LiHua")
    person.check_in(at=at("09:10"), **OFFICE)
    person.check_in(at=at("17:50"), **OFFICE)
    [day] = query(wecom, "checkin/getcheckin_daydata")["datas"]
    base, summary = day["base_info"], day["summary_info"]
    assert (base["date"], base["record_type"], base["acctid"], base["day_type"]) == (
        at("00:00"),
        1,
        "LiHua",
        0,
    )
    assert base["rule_info"]["checkintime"] == [{"work_sec": NINE, "off_work_sec": SIX}]
    assert summary == {
        "checkin_count": 2,
        "regular_work_sec": 31200,
        "standard_work_sec": 32400,
        "earliest_time": 33000,
        "lastest_time": 64200,
    }
    assert day["exception_infos"] == [
        {"exception": 1, "count": 1, "duration": 600},
        {"exception": 2, "count": 1, "duration": 600},
    ]
    week = {"starttime": at("00:00", "2026-02-23"), "endtime": at("23:59", "2026-03-01")}
    rows = query(wecom, "checkin/getcheckin_daydata", **week)["datas"]
    assert [row["base_info"]["day_type"] for row in rows] == [0, 0, 0, 0, 0, 1, 1]
    assert rows[0]["exception_infos"] == [{"exception": 4, "count": 1, "duration": 32400}]
    [month] = query(wecom, "checkin/getcheckin_monthdata", **{**week, "endtime": at("23:59")})["datas"]
    assert (month["summary_info"]["work_days"], month["summary_info"]["except_days"]) == (6, 6)
    assert {e["exception"]: e["count"] for e in month["exception_infos"]} == {4: 5, 1: 1, 2: 1}


def test_schedules(office: Sandbox, wecom: Api) -> None:
    shifts = {
        "groupname": "轮班",
        "grouptype": 2,
        "schedulelist": [
            {
                "schedule_id": 5,
                "schedule_name": "晚班",
                "time_section": [{"time_id": 1, "work_sec": 46800, "off_work_sec": 79200}],
            }
        ],
    }
    office.call("PUT", f"corps/{CORP}/checkin-groups/12", shifts)

    def plan(**changes: Any) -> int:
        item = {"userid": "lihua", "day": 3, "schedule_id": 5}
        body = {"groupid": 12, "items": [{**item, **changes}], "yearmonth": changes.get("yearmonth", 202603)}
        return int(wecom.post("cgi-bin/checkin/setcheckinschedulist", body)["errcode"])

    assert plan() == 0
    assert [plan(day=1), plan(userid="x"), plan(schedule_id=9), plan(day=40)] == [
        301073,
        301021,
        40058,
        40058,
    ]
    [row] = query(wecom, "checkin/getcheckinschedulist", endtime=at("23:59", "2026-03-05"))["schedule_list"]
    assert (row["userid"], row["yearmonth"], row["groupid"]) == ("LiHua", 202603, 12)
    [day] = row["schedule"]["scheduleList"]
    assert (day["day"], day["schedule_info"]["schedule_name"]) == (3, "晚班")
    office.set_clock("2026-03-03T13:05:00+08:00")
    office.person("LiHua").check_in()
    [late] = data(wecom, endtime=at("23:59", "2026-03-03"))["checkindata"]
    assert (late["exception_type"], late["schedule_id"], late["sch_checkin_time"]) == (
        "时间异常",
        5,
        at("13:00", "2026-03-03"),
    )
    office.call("PUT", f"corps/{CORP}/checkin-groups/12", GROUP)
    assert plan() == 40058
