"""The turn of a year whose holidays nobody has published yet, with and without days of one's own."""

from datetime import date, datetime, time
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.app import Muster
from bot.policy import POLICY_FILE, load_policy, work_calendar
from config.settings import SettingsError
from models import attendance, staff
from models.attendance import LeaveKind, OffAnyway, OvertimeInShift, OvertimeKind
from models.base import SHANGHAI
from models.calendar import WorkCalendar
from models.handover.rules import workdays_between
from models.planning import DueItem
from models.staff import Employee, Role
from models.worktime import next_workday
from tests.simulator import Given, TestClock, rows

OWN = (
    ("workdays", "[2027-01-03]"),
    ("rest_days", "[2027-01-04]"),
    ("holidays", "[2027-01-01]"),
)
"""What an administrator enters: New Year's Day is off, Sunday is worked for it, Monday the firm is closed."""


def entered(path: Path, days: tuple[tuple[str, str], ...] = OWN) -> Path:
    """The policy file as an administrator has changed it."""
    text = POLICY_FILE.read_text(encoding="utf-8")
    for name, value in days:
        before, mark, after = text.partition(f"\n{name} = {{ value = []")
        assert mark, name
        text = f"{before}\n{name} = {{ value = {value}{after}"
    file = path / "policy.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def without() -> WorkCalendar:
    """Nobody has said anything of 2027."""
    return work_calendar(load_policy())


@pytest.fixture
def own(tmp_path: Path) -> WorkCalendar:
    """The organisation has."""
    return work_calendar(load_policy(entered(tmp_path)))


DAYS = ("2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04", "2027-01-05")


def test_which_days_are_worked(without: WorkCalendar, own: WorkCalendar) -> None:
    days = [date.fromisoformat(day) for day in DAYS]

    assert [without.is_workday(day) for day in days] == [True, True, False, False, True, True]
    assert [own.is_workday(day) for day in days] == [True, False, False, True, False, True]
    assert [day for day in days if without.is_day_of_holiday(day)] == []
    assert [day for day in days if own.is_day_of_holiday(day)] == [date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("day", "unknown", "known"),
    [
        ("2026-12-30", "2026-12-31", "2026-12-31"),
        ("2026-12-31", "2027-01-01", "2027-01-03"),
        ("2027-01-01", "2027-01-04", "2027-01-03"),
        ("2027-01-03", "2027-01-04", "2027-01-05"),
    ],
)
def test_the_next_workday(
    without: WorkCalendar, own: WorkCalendar, day: str, unknown: str, known: str
) -> None:
    for calendar, expected in ((without, unknown), (own, known)):
        assert next_workday(date.fromisoformat(day), calendar.is_workday) == date.fromisoformat(expected)


def test_the_workdays_of_a_leave(without: WorkCalendar, own: WorkCalendar) -> None:
    for calendar, count in ((without, 3), (own, 2)):
        assert workdays_between(date(2026, 12, 31), date(2027, 1, 4), calendar.is_workday) == count


def test_it_is_known_which_year_nothing_is_known_of(without: WorkCalendar, own: WorkCalendar) -> None:
    over = (date(2026, 12, 31), date(2027, 1, 4))

    assert (without.unpublished(*over), own.unpublished(*over)) == (2027, None)
    assert without.unpublished(date(2026, 1, 1), date(2026, 12, 31)) is None


def test_what_the_organisation_says_of_a_published_year_counts_first(tmp_path: Path) -> None:
    days = (("workdays", "[2026-10-01]"), ("rest_days", "[2026-10-10]"), ("holidays", "[2026-10-09]"))
    calendar = work_calendar(load_policy(entered(tmp_path, days)))

    worked = [calendar.is_workday(date(2026, 10, day)) for day in (1, 2, 9, 10, 12)]
    holidays = [calendar.is_day_of_holiday(date(2026, 10, day)) for day in (1, 2, 9, 10, 12)]

    assert worked == [True, False, False, False, True]
    assert holidays == [False, True, True, False, False]


@pytest.mark.parametrize(
    "days",
    [
        (("workdays", "[2027-01-01]"), ("rest_days", "[]"), ("holidays", "[2027-01-01]")),
        (("workdays", "[2027-02-31]"),),
        (("workdays", '["next week"]'),),
    ],
)
def test_what_cannot_be_is_named_when_muster_starts(
    tmp_path: Path, days: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(SettingsError, match=r"policy\.toml"):
        load_policy(entered(tmp_path, days))


class Turn:
    """A collector, nine to six, and a leader, at the turn of the year."""

    def __init__(self, muster: Muster, given: Given, clock: TestClock, calendar: WorkCalendar) -> None:
        self.muster, self.clock, self.calendar = muster, clock, calendar
        given.employee("leader", "赵组长", role=Role.TEAM_LEADER, shift="")
        given.employee("bella", "白小贝", shift="09:00", out=True)

    def bella(self, session: Session) -> Employee:
        """The collector."""
        found = staff.find_employee(session, "bella", at=self.clock.now())
        assert found is not None
        return found

    def worked(self) -> list[str]:
        """On which of the days she works."""
        with self.muster.database.reading() as session:
            person = self.bella(session)
            days = [date.fromisoformat(day) for day in DAYS]
            found = attendance.duties(
                session, [person.id], days, calendar=self.calendar, like=self.clock.now()
            )
            return [f"{day:%m-%d}" for day in days if (person.id, day) in found]

    def reminded(self) -> list[str]:
        """On which days she is reminded to come."""
        with self.muster.database.writing() as session:
            attendance.plan_reminders(
                session,
                now=datetime(2026, 12, 31, 8, tzinfo=SHANGHAI),
                until=datetime(2027, 1, 5, 23, tzinfo=SHANGHAI),
                calendar=self.calendar,
                policy=self.muster.policy,
            )
        due = rows(self.muster, DueItem)
        return sorted(f"{one.due_at:%m-%d}" for one in due if one.kind == attendance.REMINDER)

    def leave(self, day: str) -> str:
        """Whether there is anything to ask leave from on a day."""
        with self.muster.database.writing() as session:
            try:
                view = attendance.ask_leave(
                    session,
                    actor=self.bella(session),
                    first=date.fromisoformat(day),
                    last=date.fromisoformat(day),
                    kind=LeaveKind.ANNUAL,
                    words="回家",
                    at=self.clock.now(),
                    policy=self.muster.policy,
                    calendar=self.calendar,
                )
            except OffAnyway:
                return "off"
            return f"{view.unpublished or 'known'}"

    def overtime(self, day: str) -> str:
        """Which kind of overtime from one to four in the afternoon would be."""
        with self.muster.database.writing() as session:
            try:
                view = attendance.ask_overtime(
                    session,
                    actor=self.bella(session),
                    day=date.fromisoformat(day),
                    hours=(time(13), time(16)),
                    words="年底",
                    at=self.clock.now(),
                    policy=self.muster.policy,
                    calendar=self.calendar,
                )
            except OvertimeInShift:
                return "in the shift"
            assert view.overtime is not None
            return view.overtime.kind


@pytest.fixture
def turn(
    muster: Muster, given: Given, clock: TestClock, without: WorkCalendar, own: WorkCalendar, known: bool
) -> Turn:
    """The people, with the calendar of the case; it is the last morning of the year."""
    clock.at("2026-12-31 08:00")
    return Turn(muster, given, clock, own if known else without)


@pytest.mark.parametrize(
    ("known", "days"),
    [
        (False, ["12-31", "01-01", "01-04", "01-05"]),
        (True, ["12-31", "01-03", "01-05"]),
    ],
)
def test_shifts_and_reminders_follow_what_is_known(turn: Turn, days: list[str]) -> None:
    assert turn.worked() == days
    assert turn.reminded() == sorted(days)


OFF, SHIFT, REST, HOLIDAY = "off", "in the shift", OvertimeKind.REST_DAY, OvertimeKind.HOLIDAY


@pytest.mark.parametrize(
    ("known", "day", "leave", "overtime"),
    [
        (False, "2026-12-31", "known", SHIFT),
        (False, "2027-01-01", "2027", SHIFT),
        (False, "2027-01-02", OFF, REST),
        (False, "2027-01-03", OFF, REST),
        (False, "2027-01-04", "2027", SHIFT),
        (True, "2026-12-31", "known", SHIFT),
        (True, "2027-01-01", OFF, HOLIDAY),
        (True, "2027-01-02", OFF, REST),
        (True, "2027-01-03", "known", SHIFT),
        (True, "2027-01-04", OFF, REST),
    ],
)
def test_leave_and_overtime_follow_what_is_known(turn: Turn, day: str, leave: str, overtime: str) -> None:
    assert (turn.leave(day), turn.overtime(day)) == (leave, overtime)
