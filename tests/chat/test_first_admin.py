"""The first administrator: a code from the doctor, said in the chat."""

import pytest

from bot.app import Muster
from models import bootstrap, staff
from models.audit import AuditEvent
from models.bootstrap import AdminCode
from models.staff import Employee
from tests.simulator import Given, Member, TestClock, rows

MADE = (
    "好了，你现在是点将的管理员。\n"
    "回复「帮助」看看能做什么；还没有同步通讯录的，请在服务器上运行 muster sync，大家的姓名和部门就有了。"
)
VOID = (
    "这个口令已经作废（过了一天、错了太多次，或已经用过）。请在服务器上再运行一次 muster doctor，用新的口令。"
)
USAGE = "要写成「管理员 12345678」，八位数字是服务器上运行 muster doctor 时给出的口令。"
NOT_NEEDED = "已经有管理员了，不能再用口令。需要管理员权限的话，请联系现在的管理员。"


@pytest.fixture
def code(muster: Muster) -> str:
    """What the doctor prints."""
    with muster.database.writing() as session:
        return bootstrap.make_code(session, at=muster.clock.now())


def wrong(code: str, number: int = 1) -> str:
    """Another code."""
    return f"{(int(code) + number) % 10**8:08}"


def wrong_answer(left: int) -> str:
    """What a wrong code is told."""
    return f"口令不对，还可以试 {left} 次。请照服务器上 muster doctor 最后一次给出的八位数字再发一遍。"


def roles(muster: Muster, wecom_id: str) -> list[str]:
    """The roles somebody holds now, that of the main post first."""
    with muster.database.reading() as session:
        person = staff.find_employee(session, wecom_id, at=muster.clock.now())
    return [] if person is None else [post.role for post in person.posts]


def test_an_unknown_member_becomes_the_administrator(stranger: Member, muster: Muster, code: str) -> None:
    stranger.says(f"管理员 {code}")

    stranger.sees(MADE)
    assert roles(muster, stranger.id) == ["admin"]
    assert [employee.name for employee in rows(muster, Employee)] == [stranger.id]
    assert "bootstrap.first_admin" in [event.action for event in rows(muster, AuditEvent)]


def test_an_employee_becomes_the_administrator_and_keeps_the_post(
    alice: Member, muster: Muster, code: str
) -> None:
    alice.says(f"管理员{code}")

    alice.sees(MADE)
    assert roles(muster, alice.id) == ["collector", "admin"]


@pytest.mark.parametrize("said", ["管理员 {}", "管理员：{}", "管理员{}。", "管理员  {}"])
def test_the_code_is_understood_however_it_is_written(stranger: Member, code: str, said: str) -> None:
    stranger.says(said.format(code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))))

    stranger.sees(MADE)


def test_a_wrong_code_is_told_with_the_attempts_that_are_left(
    stranger: Member, muster: Muster, code: str
) -> None:
    stranger.says(f"管理员 {wrong(code)}")
    stranger.sees(wrong_answer(4))

    stranger.says(f"管理员 {code}")
    stranger.sees(MADE)


def test_after_five_wrong_ones_the_right_one_is_void(stranger: Member, muster: Muster, code: str) -> None:
    for left in (4, 3, 2, 1):
        stranger.says(f"管理员 {wrong(code, left)}")
        stranger.sees(wrong_answer(left))
    stranger.says(f"管理员 {wrong(code, 9)}")
    stranger.sees(VOID)

    stranger.says(f"管理员 {code}")
    stranger.sees(VOID)
    assert roles(muster, stranger.id) == []


def test_a_code_works_for_a_day(stranger: Member, clock: TestClock, code: str) -> None:
    clock.at("2026-03-03T08:30")

    stranger.says(f"管理员 {code}")

    stranger.sees(VOID)


def test_a_new_code_replaces_the_one_before(stranger: Member, muster: Muster, code: str) -> None:
    with muster.database.writing() as session:
        newer = bootstrap.make_code(session, at=muster.clock.now())
    assert len(rows(muster, AdminCode)) == 1

    stranger.says(f"管理员 {code}")
    stranger.sees(wrong_answer(4))
    stranger.says(f"管理员 {newer}")
    stranger.sees(MADE)


def test_a_code_works_once(stranger: Member, alice: Member, code: str) -> None:
    stranger.says(f"管理员 {code}")
    stranger.sees(MADE)

    alice.says(f"管理员 {code}")

    alice.sees(NOT_NEEDED)


def test_the_code_stands_in_no_trail_and_no_row(stranger: Member, muster: Muster, code: str) -> None:
    stranger.says(f"管理员 {code}")
    stranger.sees(MADE)

    assert all(code not in str(event.details) for event in rows(muster, AuditEvent))
    assert all(code not in row.code_hash for row in rows(muster, AdminCode))


def test_without_a_code_it_is_told_how_to_write_it(stranger: Member, alice: Member) -> None:
    stranger.says("管理员")
    stranger.sees(USAGE)
    alice.says("管理员 张三")
    alice.sees(USAGE)


def test_help_does_not_name_it(alice: Member) -> None:
    alice.says("帮助")

    assert "管理员" not in "".join(alice.reads())


def test_an_unknown_member_is_told_the_account_whatever_else_is_said(stranger: Member, given: Given) -> None:
    stranger.says("打卡")

    stranger.sees(
        f"你好！我是点将，还没有在名单里找到你。\n"
        f"请把你的企业微信账号「{stranger.id}」告诉主管或 IT 管理员，加入名单后再发「帮助」就能用了。"
    )
