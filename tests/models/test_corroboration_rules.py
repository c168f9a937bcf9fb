"""What WeCom's own records say, and where they differ from ours: tables of cases."""

from datetime import date, datetime
from typing import Any

import pytest

from models.base import SHANGHAI
from models.corroboration.rules import (
    Difference,
    Exceptional,
    Kind,
    Pair,
    Seen,
    differences,
    record_of,
)

MONDAY = date(2026, 3, 2)


def at(clock: str) -> datetime:
    """A moment of Monday."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, 2, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("ours", "theirs", "metres", "both", "found"),
    [
        ("", "", None, True, []),
        ("08:55", "08:55", 20, True, []),
        ("08:55", "09:05", None, True, []),
        ("08:55", "09:06", None, True, [Difference.TIME]),
        ("09:06", "08:55", None, True, [Difference.TIME]),
        ("08:55", "08:56", 1000, True, []),
        ("08:55", "08:56", 1001, True, [Difference.PLACE]),
        ("08:55", "09:30", 5000, True, [Difference.TIME]),
        ("08:55", "", None, True, [Difference.ONLY_OURS]),
        ("", "08:55", None, True, [Difference.ONLY_THEIRS]),
        ("08:55", "", None, False, []),
        ("", "08:55", None, False, []),
    ],
)
def test_the_two_are_held_against_each_other(
    ours: str, theirs: str, metres: int | None, both: bool, found: list[Difference]
) -> None:
    pair = Pair(
        MONDAY, Kind.IN, at(ours) if ours else None, Seen(at(theirs)) if theirs else None, metres, both
    )

    assert [one.difference for one in differences(pair, minutes=10, metres=1000)] == found


def test_what_the_platform_finds_odd_is_told_but_lateness_is_our_own_matter() -> None:
    seen = Seen(at("08:56"), (Exceptional.TIME, Exceptional.DEVICE))

    [found] = differences(Pair(MONDAY, Kind.IN, at("08:55"), seen), minutes=10, metres=1000)

    assert (found.difference, found.exceptions) == (Difference.EXCEPTION, (Exceptional.DEVICE,))


ROW = {
    "userid": "lihua",
    "checkin_type": "上班打卡",
    "exception_type": "地点异常;时间异常",
    "checkin_time": 1772413000,
    "lat": 30658601,
    "lng": 104064855,
    "location_title": "示例大厦",
    "deviceid": "abc",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ("in", True, (30.658601, 104.064855))),
        ({"checkin_type": "外出打卡"}, ("field", True, (30.658601, 104.064855))),
        ({"lat": 0, "lng": 0}, ("in", True, (None, None))),
        ({"checkin_time": 0, "sch_checkin_time": 1772413000}, ("in", True, (30.658601, 104.064855))),
        ({"checkin_time": 0}, None),
        ({"checkin_type": "会议签到"}, None),
        ({"exception_type": ""}, ("in", False, (30.658601, 104.064855))),
        ({"exception_type": "以后才有的异常"}, ("in", False, (30.658601, 104.064855))),
    ],
)
def test_a_row_is_read(change: dict[str, Any], expected: tuple[Any, ...] | None) -> None:
    found = record_of({**ROW, **change}, SHANGHAI)

    if expected is None:
        assert found is None
        return
    kind, odd, where = expected
    assert found is not None
    assert (found.kind, bool(found.exceptions), (found.latitude, found.longitude)) == (kind, odd, where)
