"""撤销, of everything that can be done to a case: exactly as before, or said beforehand that it is not.

All tables of cases are compared, row by row: what was there is there again, and what was added is not alive.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

import handlers
from bot.app import Muster
from models.base import Base
from models.cases import (
    Case,
    FollowUp,
    FollowUpState,
    Halt,
    OfferState,
    Payment,
    PaymentState,
    PromiseToPay,
    PtpStatus,
    SettlementOffer,
    Signal,
)
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

Rows = Mapping[int, Mapping[str, Any]]

OVER: Mapping[type[Base], tuple[str, object]] = {
    PromiseToPay: ("status", PtpStatus.CANCELLED),
    Payment: ("state", PaymentState.WITHDRAWN),
    SettlementOffer: ("state", OfferState.WITHDRAWN),
    FollowUp: ("state", FollowUpState.CANCELLED),
}
"""Table → how a row says that it counts no more."""
TABLES: tuple[type[Base], ...] = (Case, Signal, Halt, *OVER)

DOINGS = {
    "accept": ("zhangsan", "接单 1001"),
    "promise": ("zhangsan", "承诺 1001 500 周五"),
    "report_payment": ("zhangsan", "还款 1001 500"),
    "ask_settlement": ("zhangsan", "减免 1001 2800 3月20日 生病"),
    "follow_up": ("zhangsan", "下次 1001 明天下午3点"),
    "retain": ("boss", "留案 1001 到20号 要回款"),
    "distribute": ("boss", "把1001给李四"),
}
"""What can be taken back → who says what."""
NO_WAY_BACK = {
    "note": ("zhangsan", "催记 1001", "写了只能更正，不能撤销"),
    "decline": ("zhangsan", "拒绝 1001", "拒绝了撤不回来"),
    "halt": ("zhangsan", "停催 1001", "自己撤不回来"),
    "return_cases": ("boss", "退案 1001 甲方要求", "确认后不能撤销"),
    "decide_payment": ("wukuaiji", "待确认还款", "确认了不能撤销"),
}
"""What cannot → who is asked after which words, and what is said on the card before anything is done."""
TOLD_ONLY = {"chase"}
"""What changes nothing but what people were told (tests/chat/test_chasing.py)."""
ELSEWHERE = {
    "cover",
    "distribute_many",
    "answer_request",
    "answer_need",
    "decide_stage",
    "notice_follow_up",
    "site_added",
    "visit_in",
    "visit_place",
    "attendance_decided",
    "retire_course",
    "set_target",
    "push_lesson",
    "contest",
    "contest_decided",
    "set_goals",
    "note_progress",
    "review_dimension",
    "shift",
    "roster",
    "exam_taught",
    "homework_decided",
}
"""What leaves cases alone or takes many: test_cover, test_distribution, test_requests, test_admissions,
test_recruiting, test_notices, test_whereabouts, test_visits, test_tracks, test_corrections, test_targets,
test_shifts, test_rosters, test_goals, test_coaching, test_exams, test_homework,
test_pushes."""


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with two teams, and head office."""
    return Floor(muster, client, messenger, clock)


def assigned(floor: Floor) -> None:
    """张三 has a case that he has not accepted."""
    floor.case(owner="zhangsan", accepted=False)


def accepted(floor: Floor) -> None:
    """张三 has accepted it."""
    floor.case(owner="zhangsan")


def waiting(floor: Floor) -> None:
    """He has accepted it, planned two calls, and customer service has passed something on."""
    floor.case(owner="zhangsan")
    floor["zhangsan"].says("下次 1001 今天下午4点")
    floor["zhangsan"].says("下次 1001 后天下午4点")
    floor["zhengkefu"].says("转告 1001 周五能还500")


def retained(floor: Floor) -> None:
    """He has it, and it was retained before."""
    floor.case(owner="zhangsan")
    floor["boss"].says("留案 1001 到10号 要回款")


def passed_on(floor: Floor) -> None:
    """He has not accepted it, and customer service has passed something on."""
    floor.case(owner="zhangsan", accepted=False)
    floor["zhengkefu"].says("转告 1001 周五能还500")


SITUATIONS = (assigned, accepted, waiting, retained, passed_on)


def standing(floor: Floor) -> dict[type[Base], Rows]:
    """Every row of a case, its version apart: it only ever goes on."""
    return {
        table: {
            row.id: {
                column.key: getattr(row, column.key)
                for column in table.__table__.columns
                if column.key != "version"
            }
            for row in rows(floor.muster, table)
        }
        for table in TABLES
    }


def is_as_before(before: Mapping[type[Base], Rows], after: Mapping[type[Base], Rows]) -> None:
    """What was there is the same; what is new says that it counts no more."""
    for table in TABLES:
        assert {id_: row for id_, row in after[table].items() if id_ in before[table]} == before[table]
        for id_ in after[table].keys() - before[table].keys():
            name, over = OVER[table]
            assert after[table][id_][name] == over


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("kind", DOINGS)
def test_what_is_taken_back_is_as_it_was(
    floor: Floor, clock: TestClock, kind: str, situation: Callable[[Floor], None]
) -> None:
    account, words = DOINGS[kind]
    situation(floor)
    clock.at("10:05")
    if kind == "accept" and floor.look(1001).status != "assigned":
        return
    before = standing(floor)
    floor.everybody_reads()

    floor[account].says(words)
    if kind == "distribute":
        floor[account].says("确认")
    assert standing(floor) != before, floor[account].reads()
    clock.at("10:10")
    floor[account].says("撤销")

    is_as_before(before, standing(floor))
    floor.everybody_reads()


@pytest.mark.parametrize("kind", NO_WAY_BACK)
def test_what_cannot_be_taken_back_is_said_before_it_is_done(floor: Floor, kind: str) -> None:
    account, words, said = NO_WAY_BACK[kind]
    floor.case(owner="zhangsan", accepted=kind != "decline")
    if kind == "decide_payment":
        floor["zhangsan"].says("还款 1001 500")
    floor.everybody_reads()
    before = standing(floor)

    floor[account].says(words)
    if kind == "decide_payment":
        floor[account].news()
        floor[account].taps_card("payment:1")

    assert any(said in text for text in floor[account].reads())
    assert standing(floor) == before


def test_every_way_back_is_looked_at_here() -> None:
    kinds = set(handlers.collect().inverses)

    assert kinds == {*DOINGS, *NO_WAY_BACK, *TOLD_ONLY, *ELSEWHERE}
