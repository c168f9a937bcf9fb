"""When a visit is a valid one (domain.md 6.4)."""

from datetime import datetime, timedelta

import pytest

from models.base import SHANGHAI
from models.fieldwork import Lack, Needs, VisitFacts, verdict

THREE = datetime(2026, 3, 2, 15, tzinfo=SHANGHAI)
NEEDS = Needs(timedelta(minutes=5), timedelta(hours=24), photo=False)
WITH_PHOTO = Needs(timedelta(minutes=5), timedelta(hours=24), photo=True)


def facts(
    *,
    standing: str = "inside",
    stayed: float | None = 30,
    noted: float | None = 1,
    photos: int = 0,
    going_on: bool = False,
) -> VisitFacts:
    """A visit at three: minutes of stay, hours until the note."""
    return VisitFacts(
        standing,
        THREE,
        None if stayed is None else THREE + timedelta(minutes=stayed),
        None if noted is None else THREE + timedelta(hours=noted),
        photos,
        going_on,
    )


@pytest.mark.parametrize(
    ("known", "needs", "lacks"),
    [
        (facts(), NEEDS, ()),
        (facts(stayed=5), NEEDS, ()),
        (facts(stayed=4.9), NEEDS, (Lack.SHORT,)),
        (facts(stayed=None), NEEDS, (Lack.NOT_OUT,)),
        (facts(noted=24), NEEDS, ()),
        (facts(noted=24.1), NEEDS, (Lack.LATE_NOTE,)),
        (facts(noted=None), NEEDS, (Lack.NO_NOTE,)),
        (facts(standing="outside"), NEEDS, (Lack.OUTSIDE,)),
        (facts(standing="uncertain"), NEEDS, (Lack.UNCERTAIN,)),
        (facts(standing="unknown"), NEEDS, (Lack.NO_PLACE,)),
        (facts(), WITH_PHOTO, (Lack.NO_PHOTO,)),
        (facts(photos=1), WITH_PHOTO, ()),
        (facts(standing="outside", stayed=1, noted=None), NEEDS, (Lack.OUTSIDE, Lack.SHORT, Lack.NO_NOTE)),
    ],
)
def test_a_valid_visit(known: VisitFacts, needs: Needs, lacks: tuple[Lack, ...]) -> None:
    found = verdict(known, now=THREE + timedelta(days=2), needs=needs)

    assert (found.lacks, found.valid, found.is_open) == (lacks, not lacks, False)


@pytest.mark.parametrize(
    ("known", "hours", "is_open"),
    [
        (facts(stayed=None, noted=None, going_on=True), 0.5, True),
        (facts(noted=None), 23, True),
        (facts(noted=None), 25, False),
        (facts(stayed=None, noted=None), 5, False),
        (facts(standing="outside", noted=None), 1, False),
    ],
)
def test_what_can_still_come(known: VisitFacts, hours: float, is_open: bool) -> None:
    assert verdict(known, now=THREE + timedelta(hours=hours), needs=NEEDS).is_open is is_open
