"""上班打卡, as it is talked and tapped."""

import pytest

from bot.app import Muster
from models import locations
from models.attendance import CheckIn
from models.locations import LocationFix, Point
from models.messaging import InboundMessage
from tests.simulator import Given, Member, TestClock, rows

OFFICE = (30.658601, 104.064855)
SEEN_BY_SATELLITE = Point(30.656179, 104.067361)
"""The same degrees as WGS-84, in our coordinate system."""


def points(muster: Muster) -> list[Point]:
    """Every point that can still be read, rounded as it is kept."""
    with muster.database.reading() as session:
        found = []
        for fix in session.query(LocationFix).where(LocationFix.sealed.is_not(None)):
            point = locations.point_of(session, f"employee:{fix.employee_id}", fix)
            assert point is not None
            found.append(point)
        return found


def test_late_arrival_is_told_how_late(alice: Member, clock: TestClock) -> None:
    clock.at("2026-03-02 09:07")

    alice.says("打卡")

    alice.sees("✅ 09:07 打卡成功，迟到 7 分钟")


def test_one_tap_uses_the_location_reported_on_opening_the_chat(
    alice: Member, clock: TestClock, muster: Muster
) -> None:
    clock.at("08:55")
    alice.opens_chat(*OFFICE)

    alice.taps("check_in")

    alice.sees("✅ 08:55 打卡成功\n📍 已记录位置")
    assert points(muster) == [SEEN_BY_SATELLITE]
    assert rows(muster, LocationFix)[0].coord_type == "wgs84"


def test_a_location_that_comes_a_moment_after_the_tap_still_counts(
    alice: Member, clock: TestClock, muster: Muster
) -> None:
    clock.at("08:55")
    alice.taps("check_in")
    clock.at("08:55:02")
    alice.opens_chat(*OFFICE)

    alice.sees("✅ 08:55 打卡成功")
    assert points(muster) == [SEEN_BY_SATELLITE]


def test_a_location_of_later_in_the_day_is_not_put_into_the_check_in(
    alice: Member, clock: TestClock, muster: Muster
) -> None:
    clock.at("08:55")
    alice.taps("check_in")
    clock.at("12:10")
    alice.opens_chat(*OFFICE)

    alice.sees("✅ 08:55 打卡成功")
    assert points(muster) == []


def test_a_location_from_an_hour_ago_does_not_count(alice: Member, clock: TestClock, muster: Muster) -> None:
    clock.at("07:30")
    alice.opens_chat(*OFFICE)
    clock.at("08:55")

    alice.taps("check_in")

    alice.sees("✅ 08:55 打卡成功")
    assert points(muster) == []


def test_the_second_tap_changes_nothing(alice: Member, clock: TestClock, muster: Muster) -> None:
    clock.at("08:50")
    alice.taps("check_in")
    clock.at("08:51")

    alice.taps("check_in")

    alice.sees("✅ 08:50 打卡成功", "今天 08:50 已经打过卡了，不用重复打。")
    assert len(rows(muster, CheckIn)) == 1


def test_a_location_message_checks_in_at_the_place(alice: Member, clock: TestClock) -> None:
    clock.at("08:50")

    alice.sends_location(*OFFICE, "锦江区示例路 8 号")

    alice.sees("✅ 08:50 打卡成功\n📍 锦江区示例路 8 号")


def test_a_location_from_the_menu_arrives_twice_and_counts_once(alice: Member, clock: TestClock) -> None:
    clock.at("08:50")

    alice.post(alice.location_event(*OFFICE, "示例大厦"))
    alice.post(alice.location_message(*OFFICE, "示例大厦"))

    alice.sees("✅ 08:50 打卡成功\n📍 示例大厦")


def test_the_halves_of_a_menu_location_may_change_places(alice: Member, clock: TestClock) -> None:
    clock.at("08:50")

    alice.post(alice.location_message(*OFFICE, "示例大厦"))
    alice.post(alice.location_event(*OFFICE, "示例大厦"))

    alice.sees("✅ 08:50 打卡成功\n📍 示例大厦")


def test_a_second_menu_location_is_answered_once_as_well(alice: Member, clock: TestClock) -> None:
    clock.at("08:50")
    for _ in range(2):
        alice.post(alice.location_event(*OFFICE, "示例大厦"))
        alice.post(alice.location_message(*OFFICE, "示例大厦"))
        clock.at("08:50:20")

    alice.sees("✅ 08:50 打卡成功\n📍 示例大厦", "今天 08:50 已经打过卡了，不用重复打。")


def test_after_midnight_the_night_shift_still_belongs_to_yesterday(
    alice: Member, clock: TestClock, given: Given, muster: Muster
) -> None:
    given.shift("AliceLi", "22:00")
    clock.at("2026-03-03 00:10")

    alice.says("打卡")

    alice.sees("✅ 00:10 打卡成功，迟到 130 分钟")
    assert rows(muster, CheckIn)[0].day.isoformat() == "2026-03-02"


@pytest.mark.parametrize(
    ("shift", "at", "late"),
    [
        ("00:00", "2026-03-02 23:55", ""),
        ("22:00", "2026-03-02 21:50", ""),
        ("09:00", "2026-03-02 06:01", ""),
        ("09:00", "2026-03-02 22:00", "，迟到 780 分钟"),
    ],
)
def test_a_check_in_belongs_to_the_shift_it_is_near(
    alice: Member, clock: TestClock, given: Given, shift: str, at: str, late: str
) -> None:
    given.shift("AliceLi", shift)
    clock.at(at)

    alice.says("打卡")

    alice.sees(f"✅ {at[-5:]} 打卡成功{late}")


def test_the_halves_of_a_menu_location_may_differ_in_a_digit(alice: Member, clock: TestClock) -> None:
    alice.post(alice.location_event(30.584190, 104.06219, "示例大厦"))
    alice.post(alice.location_message(30.5842, 104.0622, "示例大厦"))

    alice.sees("✅ 08:30 打卡成功\n📍 示例大厦")


def test_where_people_were_is_kept_in_the_check_in_alone(alice: Member, muster: Muster) -> None:
    alice.opens_chat(*OFFICE)
    alice.post(alice.location_event(*OFFICE, "示例大厦"))
    alice.news()

    kept = str([row.fields for row in rows(muster, InboundMessage)])
    assert str(OFFICE[0]) not in kept
    assert "示例大厦" not in kept
