"""Which shift counts on which day, and with which hours: what was changed for later days leaves the past."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.app import Muster
from models import attendance, staff
from models.attendance import ALWAYS, ShiftHours
from models.base import SHANGHAI
from tests.simulator import Given

MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 8, 30, tzinfo=SHANGHAI)


@pytest.fixture
def bella(given: Given) -> str:
    """A collector on 09:00 班, and her account."""
    given.employee("bella", "白小贝", shift="09:00")
    return "bella"


def of_march(number: int) -> date:
    """A day of March 2026, which begins on a Sunday."""
    return date(2026, 3, number)


def told(muster: Muster, session: Session, account: str, days: Sequence[date]) -> list[str]:
    """What the person works on these days: `早 09:00`, or nothing."""
    person = staff.find_known(session, account)
    assert person is not None
    found = attendance.duties(session, [person.id], days, calendar=muster.calendar, like=NOW)
    duties = [found.get((person.id, day)) for day in days]
    return ["" if one is None else f"{one.name} {one.starts_at:%H:%M}" for one in duties]


def test_a_change_from_a_day_on_leaves_the_days_before(muster: Muster, bella: str) -> None:
    days = [of_march(number) for number in (4, 5, 6, 9, 10)]
    with muster.database.writing() as session:
        person = staff.find_known(session, bella)
        assert person is not None
        nine = attendance.find_shift(session, "09:00 班")
        assert nine is not None
        night = attendance.add_shift(session, name="夜班", starts_at=time(22), ends_at=time(6))
        session.add(
            ShiftHours(shift_id=nine.id, since=of_march(6), starts_at=time(9, 30), ends_at=time(18, 30))
        )
        attendance.assign_shift(session, employee=person, shift=night, since=of_march(10))
        session.flush()

        assert told(muster, session, bella, days) == [
            "09:00 班 09:00",
            "09:00 班 09:00",
            "09:00 班 09:30",
            "09:00 班 09:30",
            "夜班 22:00",
        ]


def test_putting_somebody_elsewhere_takes_the_place_of_what_was_planned_from_there_on(
    muster: Muster, bella: str
) -> None:
    days = [of_march(number) for number in (4, 9, 16)]
    with muster.database.writing() as session:
        person = staff.find_known(session, bella)
        assert person is not None
        night = attendance.add_shift(session, name="夜班", starts_at=time(22), ends_at=time(6))
        late = attendance.add_shift(session, name="晚班", starts_at=time(13), ends_at=time(22))
        attendance.assign_shift(session, employee=person, shift=night, since=of_march(10))
        attendance.assign_shift(session, employee=person, shift=late, since=of_march(9))

        assert told(muster, session, bella, days) == ["09:00 班 09:00", "晚班 13:00", "晚班 13:00"]


def test_who_works_by_roster_has_the_days_alone_that_it_names_with_the_hours_of_each(
    muster: Muster, bella: str
) -> None:
    days = [of_march(number) for number in (4, 7, 11)]
    with muster.database.writing() as session:
        person = staff.find_known(session, bella)
        assert person is not None
        night = attendance.add_shift(session, name="夜班", starts_at=time(22), ends_at=time(6))
        session.add(ShiftHours(shift_id=night.id, since=of_march(9), starts_at=time(23), ends_at=time(7)))
        attendance.assign_shift(session, employee=person, shift=night, since=of_march(3), by_roster=True)
        attendance.keep_roster(session, employee=person, days=[of_march(7), of_march(11)], shift=night)

        assert told(muster, session, bella, days) == ["", "夜班 22:00", "夜班 23:00"]
        assert told(muster, session, bella, [MONDAY]) == ["09:00 班 09:00"]


def test_the_first_hours_hold_from_the_beginning(muster: Muster, bella: str) -> None:
    month = [ALWAYS + timedelta(days=number) for number in range(31)]
    with muster.database.reading() as session:
        assert told(muster, session, bella, month).count("09:00 班 09:00") > 15
