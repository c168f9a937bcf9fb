"""A year whose holidays nobody has published: administrators are told, and answers say so."""

import pytest
from flask.testing import FlaskClient

from models.staff import Role
from tests.simulator import Given, Member, Messenger, TestClock

MISSING = "2027 年的放假安排点将还不知道，先按周一到周五算："
PLAIN = "2027 年的放假安排还没公布，先按周一到周五算。"


@pytest.fixture
def admin(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Member:
    """Who runs it all."""
    given.employee("root", "王管理", role=Role.ADMIN, shift="")
    return Member("root", client, messenger, clock)


@pytest.fixture
def bella(
    client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given, leader: Member
) -> Member:
    """A collector who checks out as well."""
    given.employee("bella", "白小贝", shift="09:00", out=True)
    return Member("bella", client, messenger, clock)


@pytest.mark.parametrize(
    ("morning", "is_told"),
    [
        ("2026-11-09", False),
        ("2026-11-14", False),
        ("2026-11-16", True),
        ("2026-11-17", False),
        ("2026-11-23", True),
        ("2026-12-28", True),
        ("2027-01-04", True),
    ],
)
def test_administrators_hear_of_it_on_mondays_from_the_middle_of_november(
    admin: Member, clock: TestClock, morning: str, is_told: bool
) -> None:
    clock.at(f"{morning} 09:38")
    clock.passes_to(f"{morning} 09:42")

    told = admin.reads()
    assert any(one.startswith(MISSING) for one in told) is is_told


def test_answers_about_such_days_say_so_once(bella: Member, leader: Member, clock: TestClock) -> None:
    clock.at("2026-12-30 10:03")
    bella.says("请假 2026年12月31日 到 2027年1月4日 结婚")

    told = bella.reads()[0]
    assert told == (
        "已经发给赵组长\n婚假：12月31日 周四 到 1月4日 周一 全天。"
        "批了马上告诉你；发「我的申请」看进度。\n"
        f"{PLAIN}\n[撤回申请][我的申请]"
    )
    assert leader.reads()[0].count(PLAIN) == 1


def test_answers_about_days_that_are_known_say_nothing(
    bella: Member, leader: Member, clock: TestClock
) -> None:
    clock.at("2026-12-30 10:03")
    bella.says("加班 今晚 18:00-20:00 年终")
    bella.says("我的考勤")

    assert not any("还没公布" in told for told in [*bella.reads(), *leader.reads()])


def test_attendance_of_such_a_month_says_so(bella: Member, clock: TestClock) -> None:
    clock.at("2027-01-06 10:03")
    bella.says("我的考勤")

    assert bella.reads()[0].startswith(f"你 1月1日 周五 到 1月6日 周三\n{PLAIN}\n")
