"""Where the sample company works: points of one city on a Chinese map (GCJ-02)."""

import math
import random
from dataclasses import asdict, dataclass

METRES_PER_DEGREE = 111_320
SOUTH, NORTH, WEST, EAST = 30.55, 30.71, 103.99, 104.16
"""The edges of the city, in degrees."""


@dataclass(frozen=True)
class Spot:
    """A named point: degrees, GCJ-02."""

    latitude: float
    longitude: float
    label: str

    def as_json(self) -> dict[str, object]:
        """The point as the sandbox's control interface wants it."""
        return asdict(self)

    def moved(self, metres: float, heading: float, label: str) -> "Spot":
        """The point so many metres away; the heading in radians, 0 is north."""
        north, east = metres * math.cos(heading), metres * math.sin(heading)
        shrink = math.cos(math.radians(self.latitude))
        latitude = self.latitude + north / METRES_PER_DEGREE
        longitude = self.longitude + east / (METRES_PER_DEGREE * shrink)
        return Spot(round(latitude, 6), round(longitude, 6), label)


HEAD_OFFICE = Spot(30.584190, 104.062190, "金融城双塔")
"""Where the head office is: everybody who is named is there in the morning."""
NORTH_BRANCH = Spot(30.694360, 104.073480, "城北分公司")
EAST_BRANCH = Spot(30.640520, 104.121370, "城东分公司")


def scattered(rng: random.Random, spot: Spot) -> Spot:
    """Where a phone in this building reports itself: 5 to 80 m beside it (domain.md 10)."""
    return spot.moved(rng.uniform(5, 80), rng.uniform(0, math.tau), spot.label)
