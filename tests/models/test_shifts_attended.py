"""The rate of attendance, put together from whole stretches of days, is what each day says by itself."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot.app import Muster
from models import attendance, performance, staff, tally
from models.attendance import (
    AttendanceRequest,
    CheckIn,
    Mark,
    RosterEntry,
    ShiftAssignment,
    ShiftHours,
    Way,
)
from models.base import SHANGHAI
from models.staff import Role

FIRST = date(2026, 2, 9)
"""A week before the Spring Festival, with days off and days made up for."""
LONGEST = 75
NAMES = ("zhangsan", "lisi")
SHIFTS = {
    "day": (time(9), time(18), 0),
    "night": (time(22), time(6), 0),
    "flexible": (time(9), time(18), 60),
    "late": (time(15), time(23, 30), 0),
}


@dataclass(frozen=True)
class Life:
    """What one person was put on, did and was given."""

    assigned: dict[int, tuple[str, bool]]
    """Day → shift, and whether by roster."""
    roster: dict[int, str]
    """Day → shift; empty: a day off."""
    came: frozenset[int]
    went: frozenset[int]
    leave: list[tuple[int, int]]
    """From which hour on, and for so many."""


days = st.integers(-3, LONGEST)
names = st.sampled_from(sorted(SHIFTS))
lives = st.builds(
    Life,
    st.dictionaries(days, st.tuples(names, st.booleans()), max_size=3),
    st.dictionaries(days, st.one_of(names, st.just("")), max_size=8),
    st.frozensets(days, max_size=60),
    st.frozensets(days, max_size=20),
    st.lists(st.tuples(st.integers(-48, LONGEST * 24), st.integers(1, 80)), max_size=4),
)


def live(session: Session, name: str, life: Life) -> int:
    """Write down what somebody did; returns their number."""
    person = staff.add_employee(
        session, wecom_id=name, name=name, role=Role.COLLECTOR, unit=staff.ensure_root(session)
    )
    shifts = {
        shift: attendance.add_shift(session, name=shift, starts_at=begin, ends_at=end, flex_minutes=flex).id
        for shift, (begin, end, flex) in SHIFTS.items()
    }
    session.merge(
        ShiftHours(
            shift_id=shifts["day"], since=FIRST + timedelta(days=20), starts_at=time(7), ends_at=time(11)
        )
    )
    session.add_all(
        ShiftAssignment(employee_id=person.id, since=on(day), shift_id=shifts[shift], by_roster=by_roster)
        for day, (shift, by_roster) in life.assigned.items()
    )
    session.add_all(
        RosterEntry(employee_id=person.id, day=on(day), shift_id=shifts[shift] if shift else None)
        for day, shift in life.roster.items()
    )
    for way, some in ((Way.IN, life.came), (Way.OUT, life.went)):
        session.add_all(
            CheckIn(
                employee_id=person.id,
                day=on(day),
                way=way,
                at=moment(day * 24 + 9),
                minutes_late=0,
                source="word",
            )
            for day in some
        )
    session.add_all(
        AttendanceRequest(
            kind="leave",
            employee_id=person.id,
            day=moment(hour).date(),
            begins_at=moment(hour),
            ends_at=moment(hour + hours),
            state="approved",
            asked_at=moment(0),
        )
        for hour, hours in life.leave
    )
    return person.id


def on(day: int) -> date:
    """The n-th day."""
    return FIRST + timedelta(days=day)


def moment(hour: int) -> datetime:
    """So many hours after the first day began."""
    return datetime.combine(FIRST, time(), SHANGHAI) + timedelta(hours=hour)


@pytest.mark.parametrize("examples", [60, pytest.param(1500, marks=pytest.mark.proof)])
def test_the_rate_is_what_each_day_says(muster: Muster, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(
        st.tuples(lives, lives),
        st.integers(0, 20),
        st.integers(0, LONGEST),
        st.integers(0, (LONGEST + 2) * 24),
    )
    def check(people: tuple[Life, Life], first: int, length: int, now: int) -> None:
        at = moment(now)
        with Session(muster.database.engine, info=muster.database.info) as session:
            ids = [live(session, name, life) for name, life in zip(NAMES, people, strict=True)]
            tally.recount(session)
            begin, last = on(first), on(min(first + length, LONGEST))
            found = performance.figures(
                session,
                ids,
                begin,
                last,
                at=at,
                calendar=muster.calendar,
                measures=["attendance_rate"],
            )
            for id_ in ids:
                figure = found[id_]["attendance_rate"]
                assert (figure.numerator, figure.denominator) == expected(
                    session, muster, id_, begin, min(last, at.date()), at
                )
            session.rollback()

    check()


def expected(
    session: Session, muster: Muster, person: int, first: date, last: date, at: datetime
) -> tuple[int, int]:
    """Shifts attended and to be attended, day by day."""
    asked = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    statuses = attendance.day_statuses(
        session, [person], asked, at=at, policy=muster.policy.checkin, calendar=muster.calendar
    )[person]
    counted = [one for one in statuses if one.duty is not None and one.mark is not Mark.LEAVE]
    due = [one for one in counted if one.attended or Mark.PENDING not in one.marks]
    return sum(one.attended for one in due), len(due)
