"""A track on a page: north up, one scale, nothing outside the edge."""

import pytest

from models.fieldwork.drawing import SIDE, draw
from models.locations import Point

HERE = Point(30.65, 104.08)
KILOMETRE_NORTH = Point(30.658993, 104.08)
KILOMETRE_EAST = Point(30.65, 104.090454)


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw([]).places == ()


def test_one_point_stands_in_the_middle() -> None:
    assert draw([HERE]).places == ((SIDE // 2, SIDE // 2),)


def test_north_is_up_and_east_is_right() -> None:
    here, north, east = draw([HERE, KILOMETRE_NORTH, KILOMETRE_EAST]).places

    assert north[1] < here[1]
    assert abs(north[0] - here[0]) <= 1
    assert east[0] > here[0]
    assert abs(east[1] - here[1]) <= 1


def test_a_kilometre_is_as_long_to_the_north_as_to_the_east() -> None:
    here, north, east = draw([HERE, KILOMETRE_NORTH, KILOMETRE_EAST]).places

    assert abs((here[1] - north[1]) - (east[0] - here[0])) <= 4


@pytest.mark.parametrize(("further", "metres"), [(HERE, 100), (KILOMETRE_NORTH, 500)])
def test_the_bar_is_a_round_number_of_metres(further: Point, metres: int) -> None:
    drawn = draw([HERE, further])

    assert drawn.bar_metres == metres
    assert 0 < drawn.bar_units < SIDE


def test_everything_lies_inside_the_edges() -> None:
    drawn = draw([HERE, KILOMETRE_NORTH, KILOMETRE_EAST, Point(30.3, 103.9)])

    assert all(0 < x < SIDE and 0 < y < SIDE for x, y in drawn.places)
