"""A track drawn without a map: points on a square, north up, every distance in the same scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from models.locations.rules import Point, metres_between

SIDE = 1000
"""Units of the drawing from edge to edge."""
MARGIN = 90
LEAST_METRES = 200.0
"""A drawing shows at least so much ground, so that jitter does not look like a journey."""
ROUND_METRES = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


@dataclass(frozen=True)
class Drawing:
    """Where the points lie, and how long the bar is that stands for so many metres."""

    places: Sequence[tuple[int, int]]
    """(to the right, down) from the upper left corner, in units of the drawing."""
    bar_units: int
    bar_metres: int


def draw(points: Sequence[Point]) -> Drawing:
    """Lay out points: the middle of them in the middle."""
    if not points:
        return Drawing((), 0, 0)
    north, south = max(p.latitude for p in points), min(p.latitude for p in points)
    east, west = max(p.longitude for p in points), min(p.longitude for p in points)
    middle = Point((north + south) / 2, (east + west) / 2)
    height = metres_between(Point(north, middle.longitude), Point(south, middle.longitude))
    width = metres_between(Point(middle.latitude, east), Point(middle.latitude, west))
    ground = max(height, width, LEAST_METRES)
    scale = (SIDE - 2 * MARGIN) / ground
    places = [
        (
            round(SIDE / 2 + math.copysign(_east(middle, p), p.longitude - middle.longitude) * scale),
            round(SIDE / 2 - math.copysign(_north(middle, p), p.latitude - middle.latitude) * scale),
        )
        for p in points
    ]
    bar = max((m for m in ROUND_METRES if m <= ground * 0.6), default=ROUND_METRES[0])
    return Drawing(tuple(places), round(bar * scale), bar)


def _east(middle: Point, point: Point) -> float:
    return metres_between(Point(middle.latitude, point.longitude), middle)


def _north(middle: Point, point: Point) -> float:
    return metres_between(Point(point.latitude, middle.longitude), middle)
