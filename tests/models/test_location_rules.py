"""What a location is worth: tables of cases, and what must hold for every point in the country."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.locations.rules import (
    Evidence,
    Known,
    Limits,
    Point,
    Reason,
    Standing,
    canonical,
    evidence,
    metres_between,
    speed_kmh,
    standing,
)

LIMITS = Limits(
    accurate_metres=50,
    vague_metres=100,
    speed_kmh=150,
    same_point_days=3,
    same_accuracy=5,
    clock_off_seconds=300,
)

IN_CHINA = st.builds(Point, st.floats(20, 45), st.floats(80, 125))


@pytest.mark.parametrize(
    ("city", "latitude", "longitude", "metres"),
    [
        ("Beijing", 39.9042, 116.4074, 555),
        ("Shanghai", 31.2304, 121.4737, 482),
        ("Shenzhen", 22.5431, 114.0579, 607),
        ("Chengdu", 30.5728, 104.0668, 364),
        ("Urumqi", 43.8256, 87.6168, 265),
    ],
)
def test_the_offset_is_as_it_was_measured(city: str, latitude: float, longitude: float, metres: int) -> None:
    """domain.md 6.2, to two metres."""
    moved = metres_between(Point(latitude, longitude), canonical(latitude, longitude, "wgs84"))

    assert moved == pytest.approx(metres, abs=2), city


@given(IN_CHINA)
def test_only_satellite_points_are_moved(point: Point) -> None:
    assert canonical(point.latitude, point.longitude, "gcj02") == point
    assert 20 < metres_between(point, canonical(point.latitude, point.longitude, "wgs84")) < 1000


@pytest.mark.parametrize(("latitude", "longitude"), [(35.68, 139.69), (-33.87, 151.21), (51.5, -0.12)])
def test_abroad_the_systems_are_one(latitude: float, longitude: float) -> None:
    assert canonical(latitude, longitude, "wgs84") == Point(latitude, longitude)


def test_a_point_of_baidu_lies_where_the_same_place_lies_for_tencent() -> None:
    """Tiananmen, as both maps have it: to fifteen metres."""
    assert metres_between(canonical(39.915, 116.40406, "bd09"), Point(39.908823, 116.39747)) < 100


def test_a_system_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="mars"):
        canonical(30, 104, "mars")


@given(IN_CHINA, IN_CHINA)
def test_it_is_as_far_there_as_back(a: Point, b: Point) -> None:
    assert metres_between(a, b) == pytest.approx(metres_between(b, a))
    assert metres_between(a, a) == 0


@pytest.mark.parametrize(
    ("metres", "accuracy", "radius", "expected"),
    [
        (0, None, 300, Standing.INSIDE),
        (300, None, 300, Standing.INSIDE),
        (301, None, 300, Standing.OUTSIDE),
        (340, 40, 300, Standing.INSIDE),
        (341, 40, 300, Standing.OUTSIDE),
        (400, 500, 300, Standing.INSIDE),
        (401, 500, 300, Standing.UNCERTAIN),
        (800, 500, 300, Standing.UNCERTAIN),
        (801, 500, 300, Standing.OUTSIDE),
    ],
)
def test_a_fence_is_widened_by_what_the_phone_is_unsure_of(
    metres: float, accuracy: float | None, radius: float, expected: Standing
) -> None:
    assert standing(metres, accuracy, radius) is expected


@pytest.mark.parametrize(
    ("known", "grade", "reasons"),
    [
        (Known(Standing.INSIDE, accuracy=20, photo=True), "A", "inside accurate photo"),
        (Known(Standing.INSIDE, accuracy=20, official=True), "A", "inside accurate official"),
        (Known(Standing.INSIDE, accuracy=20), "B", "inside accurate"),
        (Known(Standing.INSIDE, accuracy=80, in_time=True), "B", "inside in_time"),
        (Known(Standing.INSIDE, accuracy=400), "B", "inside vague"),
        (Known(Standing.INSIDE, chosen=True), "C", "inside chosen"),
        (Known(Standing.INSIDE, chosen=True, photo=True), "B", "inside photo chosen"),
        (Known(Standing.UNCERTAIN, accuracy=600), "C", "uncertain vague"),
        (Known(Standing.UNCERTAIN, accuracy=600, photo=True), "B", "uncertain vague photo"),
        (Known(Standing.UNKNOWN, accuracy=20), "C", "no_site accurate"),
        (Known(Standing.OUTSIDE, accuracy=20, photo=True), "D", "outside accurate photo"),
        (Known(Standing.UNKNOWN, absent=Reason.NO_PLACE), "D", "no_place"),
        (Known(Standing.UNKNOWN, absent=Reason.NO_CONSENT), "D", "no_consent"),
        (Known(Standing.INSIDE, accuracy=20, speed_kmh=151), "C", "inside accurate too_fast"),
        (Known(Standing.INSIDE, accuracy=20, speed_kmh=150), "B", "inside accurate"),
        (Known(Standing.INSIDE, accuracy=20, same_point_days=2), "C", "inside accurate repeated"),
        (Known(Standing.INSIDE, accuracy=20, same_point_days=1), "B", "inside accurate"),
        (Known(Standing.INSIDE, accuracy=0), "C", "inside flat"),
        (Known(Standing.INSIDE, accuracy=20, same_accuracy=5), "C", "inside accurate flat"),
        (
            Known(Standing.INSIDE, accuracy=20, metres_to_target=0.1, target_is_geocode=True),
            "C",
            "inside accurate exact",
        ),
        (Known(Standing.INSIDE, accuracy=20, metres_to_target=0.1), "B", "inside accurate"),
        (
            Known(Standing.INSIDE, accuracy=20, speed_kmh=900, device_shared=True),
            "D",
            "inside accurate too_fast shared_device",
        ),
        (Known(Standing.INSIDE, accuracy=20, clock_off_seconds=-301), "C", "inside accurate clock_off"),
        (Known(Standing.INSIDE, accuracy=20, official=False), "C", "inside accurate contradicted"),
        (Known(Standing.INSIDE, chosen=True, same_point_days=9), "C", "inside chosen"),
        (Known(Standing.INSIDE, accuracy=20, sent_late=True), "B", "inside accurate sent_late"),
    ],
)
def test_a_fix_has_a_grade_and_its_reasons(known: Known, grade: str, reasons: str) -> None:
    found = evidence(known, LIMITS)

    assert found == Evidence(grade, tuple(Reason(code) for code in reasons.split()))


@pytest.mark.parametrize(
    ("metres", "seconds", "accuracy", "before", "expected"),
    [
        (1000, 60, None, None, 60),
        (1000, 60, 300, 300, 24),
        (500, 60, 300, 300, 0),
        (1000, 0, None, None, None),
    ],
)
def test_what_phones_are_unsure_of_is_no_journey(
    metres: float, seconds: float, accuracy: float | None, before: float | None, expected: float | None
) -> None:
    assert speed_kmh(metres, seconds, accuracy, before) == (
        None if expected is None else pytest.approx(expected)
    )
