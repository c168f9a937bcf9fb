"""Invented customers with addresses: no such street, no such number, nobody's telephone.

Doors stand on the phones' map, so that a field rep can walk up to one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

from bot.demo.city import EAST, NORTH, SOUTH, WEST, Spot
from bot.demo.names import invented, stream

FICTITIOUS = "1540000"
"""154 is handed out to no operator; the last four digits are the customer's."""
STRIDE = 7919
"""A prime, so that ten thousand customers in a row have ten thousand numbers."""
ON_THE_MAP = 24
DISTRICTS = ("砚湖区", "澄溪区", "霁山区")
STREETS = (
    "砚池街 听竹路 漱石巷 青箬路 望舒街 折柳巷 拾贝路 纸鸢街 枕溪路 晒谷巷 云笺路 半夏街 "
    "萤窗路 煮茶巷 梅坞街 星槎路 药圃街 归帆路 杉影巷 石磬路 落灯街 瓦雀巷 鹤汀路 棉铃街"
)
HOUSES, STEP = 120, 9.0
"""How many houses a street has, and the metres from one to the next."""
EDGE = 0.012
"""Degrees from the edge of the city in which no street begins: the longest stays inside."""


@dataclass(frozen=True)
class Street:
    """A street that begins somewhere and goes straight on."""

    name: str
    district: str
    beginning: Spot
    heading: float


@dataclass(frozen=True)
class Customer:
    """One invented customer."""

    name: str
    phone: str
    address: str
    door: Spot
    """Where the house stands; labelled with street, number and name."""


def customers(number: int) -> tuple[Customer, ...]:
    """The first `number` customers, ten thousand at most; the first are always the same."""
    return tuple(islice(_customers(), number))


def _customers() -> Iterator[Customer]:
    rng, streets = stream("customers"), _streets()
    for position, name in zip(count(), invented(rng), strict=False):
        street, house = rng.choice(streets), rng.randint(1, HOUSES)
        building, unit, floor, flat = (rng.randint(1, most) for most in (12, 3, 18, 4))
        yield Customer(
            name=name.text,
            phone=f"{FICTITIOUS}{position * STRIDE % 10_000:04d}",
            address=f"{street.district}{street.name}{house}号{building}栋{unit}单元{floor}{flat:02d}室",
            door=street.beginning.moved(
                house * STEP, street.heading, f"{street.name}{house}号（{name.text}）"
            ),
        )


def _streets() -> list[Street]:
    rng = stream("streets")
    return [
        Street(
            name=name,
            district=DISTRICTS[number % len(DISTRICTS)],
            beginning=Spot(
                rng.uniform(SOUTH + EDGE, NORTH - EDGE), rng.uniform(WEST + EDGE, EAST - EDGE), name
            ),
            heading=rng.uniform(0, math.tau),
        )
        for number, name in enumerate(STREETS.split())
    ]
