"""Phones, identity numbers and addresses of the sample company's people: nobody's, and right in form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.demo.customers import DISTRICTS, STREETS
from bot.demo.names import stream

FICTITIOUS = "1540001"
"""154 is handed out to no operator; the last four digits are the person's."""
NO_REGION = "990101"
"""No place has this code."""
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
OLDEST, AGES = date(1975, 1, 1), 11_000
"""The first day of birth, and how many days they lie apart at most."""
STRIDE = 7919
"""A prime, so that ten thousand people in a row have ten thousand numbers."""


@dataclass(frozen=True)
class Identity:
    """What only those may see in full who have to."""

    phone: str
    id_number: str
    address: str


def identities(accounts: Sequence[str]) -> Iterator[Identity]:
    """One for each account, in their order; the first are always the same."""
    for position, account in enumerate(accounts):
        rng = stream(f"identity/{account}")
        born = OLDEST + timedelta(days=rng.randrange(AGES))
        street = rng.choice(STREETS.split())
        yield Identity(
            phone=f"{FICTITIOUS}{position * STRIDE % 10_000:04d}",
            id_number=with_check_digit(f"{NO_REGION}{born:%Y%m%d}{rng.randint(1, 999):03d}"),
            address=f"{rng.choice(DISTRICTS)}{street}{rng.randint(1, 120)}号{rng.randint(1, 12)}栋",
        )


def with_check_digit(body: str) -> str:
    """17 digits with the last place that GB 11643 puts behind them."""
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]
