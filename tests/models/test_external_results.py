"""What other systems say: each figure as docs/external-results.md works it, corrected and taken back."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import performance, tally
from models.performance import (
    Difference,
    ExternalResult,
    Intake,
    NoSuchImport,
    Outcome,
    ResultKind,
    ResultState,
    Told,
    Total,
    Why,
)
from models.performance.queries import BEGINNING
from models.staff import Employee
from tests.chat.floor import Floor
from tests.models.test_measures import figure
from tests.simulator import Messenger, TestClock, rows

DOCS = Path(__file__).parents[2] / "docs" / "external-results.md"
KINDS = {
    "成交": ResultKind.PURCHASE,
    "放款": ResultKind.LOAN,
    "逾期余额": ResultKind.OVERDUE,
    "通话": ResultKind.TALK,
    "客户评价": ResultKind.FEEDBACK,
}
MONEY = (ResultKind.PURCHASE, ResultKind.LOAN, ResultKind.OVERDUE)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams and head office, in April."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("2026-04-02 10:00")
    return floor


def worked() -> list[list[str]]:
    """The cases that are worked by hand."""
    text = DOCS.read_text(encoding="utf-8").partition("## 手算")[2]
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return lines[1:]


def told(said: str, number: int = 0) -> Told:
    """「3-02 成交 K1 1000 首访 3-01」 as a row of 张三."""
    day, name, which, value, *more = said.split()
    kind = KINDS[name]
    amount = int(Decimal(value) * (100 if kind in MONEY else 1))
    if kind is ResultKind.OVERDUE:
        return Told(kind, _day(day), amount, loan=which)
    return Told(
        kind,
        _day(day),
        amount,
        person="zhangsan",
        external_id=which if kind is ResultKind.LOAN else f"X{number}",
        customer=which if kind is ResultKind.PURCHASE else "",
        first_visit_on=_day(more[1]) if more else None,
    )


def _day(said: str) -> date:
    month, day = map(int, said.split("-"))
    return date(2026, month, day)


def takes(floor: Floor, told: Sequence[Told], *, by: str | None = None, **more: Any) -> Intake:
    """These rows come in."""
    actor = None if by is None else floor.employee(by)
    with floor.muster.database.writing() as session:
        return performance.take_results(
            session,
            told,
            actor=actor,
            at=floor.clock.now(),
            policy=floor.policy,
            **{"system": "核心系统", **more},
        )


def withdraws(floor: Floor, number: int | None) -> performance.Withdrawn:
    """What came under a number is taken back."""
    assert number is not None
    with floor.muster.database.writing() as session:
        return performance.withdraw_import(
            session, number, actor=None, at=floor.clock.now(), policy=floor.policy
        )


def refused(intake: Intake) -> list[Why]:
    """Why rows were refused."""
    return [one.refusal.why for one in intake.rows if one.refusal is not None]


def tallies_are_right(floor: Floor) -> bool:
    """Whether a recount changes nothing."""
    people = [one.id for one in rows(floor.muster, Employee)]
    with floor.muster.database.writing() as session:
        return not tally.count_anew(session, people, BEGINNING, date(2026, 12, 31))


@pytest.mark.parametrize("case", worked(), ids=lambda case: case[0])
def test_figures_are_as_worked_by_hand(floor: Floor, case: list[str]) -> None:
    _, records, measure, month, expected = case
    days = FEBRUARY if month == "2" else MARCH

    takes(floor, [told(one, number) for number, one in enumerate(re.split("；", records))])

    assert figure(floor, "zhangsan", measure, days) == expected


def test_the_same_id_again_is_the_same_record_or_corrects_it(floor: Floor) -> None:
    first = takes(floor, [told("3-02 成交 K1 1000")])
    again = takes(floor, [told("3-02 成交 K1 1000")])
    other = takes(floor, [told("3-04 成交 K1 900")])

    assert [one.rows[0].outcome for one in (first, again, other)] == [
        Outcome.ACCEPTED,
        Outcome.REPEATED,
        Outcome.CORRECTED,
    ]
    assert again.number is None
    assert figure(floor, "zhangsan", "sales_amount") == "90000 = 900.00"
    assert [(row.amount, row.state) for row in rows(floor.muster, ExternalResult)] == [
        (100000, ResultState.CORRECTED),
        (90000, ResultState.HOLDS),
    ]


def test_the_same_id_of_another_system_is_another_record(floor: Floor) -> None:
    takes(floor, [told("3-02 成交 K1 1000")])
    takes(floor, [told("3-02 成交 K1 1000")], system="CRM")

    assert figure(floor, "zhangsan", "sales_amount") == "200000 = 2000.00"
    assert figure(floor, "zhangsan", "customers") == "2 = 2.00"


def test_a_purchase_that_turns_out_to_be_earlier_moves_the_first_one(floor: Floor) -> None:
    takes(floor, [told("3-20 成交 K1 10", 1)])
    assert figure(floor, "zhangsan", "repurchase_rate", FEBRUARY) == "0 / 0 = None"
    takes(floor, [told("2-10 成交 K1 10", 2)])

    assert figure(floor, "zhangsan", "repurchase_rate", FEBRUARY) == "0 / 1 = 0.00"
    assert figure(floor, "zhangsan", "repurchase_rate") == "1 / 1 = 100.00"
    assert tallies_are_right(floor)


def test_a_correction_moves_a_record_to_somebody_else(floor: Floor) -> None:
    takes(floor, [told("1-10 放款 L1 1000"), told("2-28 逾期余额 L1 120")])
    moved = told("1-10 放款 L1 1000")
    takes(floor, [Told(moved.kind, moved.day, moved.amount, person="lisi", external_id="L1")])

    assert figure(floor, "zhangsan", "overdue_rate") == "0 / 0 = None"
    assert figure(floor, "lisi", "overdue_rate") == "12000 / 100000 = 12.00"
    assert tallies_are_right(floor)


def test_taking_an_import_back_brings_back_what_it_corrected(floor: Floor) -> None:
    first = takes(floor, [told("3-02 成交 K1 1000", 1), told("3-03 成交 K1 500", 2)])
    second = takes(floor, [told("3-02 成交 K1 700", 1), told("3-04 成交 K2 50", 3)])
    assert figure(floor, "zhangsan", "sales_amount") == "125000 = 1250.00"

    done = withdraws(floor, second.number)

    assert (done.gone, done.restored, done.stay) == (2, 1, 0)
    assert figure(floor, "zhangsan", "sales_amount") == "150000 = 1500.00"
    assert figure(floor, "zhangsan", "repurchase_rate") == "1 / 1 = 100.00"
    withdraws(floor, first.number)
    assert figure(floor, "zhangsan", "sales_amount") == "0 = 0.00"
    assert tallies_are_right(floor)


def test_what_was_corrected_later_stays_when_the_earlier_import_goes(floor: Floor) -> None:
    first = takes(floor, [told("3-02 成交 K1 1000")])
    second = takes(floor, [told("3-02 成交 K1 700")])

    done = withdraws(floor, first.number)

    assert (done.gone, done.stay) == (0, 1)
    assert figure(floor, "zhangsan", "sales_amount") == "70000 = 700.00"
    withdraws(floor, second.number)
    assert figure(floor, "zhangsan", "sales_amount") == "0 = 0.00"
    takes(floor, [told("3-02 成交 K1 1000")])
    assert figure(floor, "zhangsan", "sales_amount") == "100000 = 1000.00"


def test_nothing_is_taken_back_twice(floor: Floor) -> None:
    first = takes(floor, [told("3-02 成交 K1 1000")])
    withdraws(floor, first.number)

    with pytest.raises(performance.ImportWithdrawn):
        withdraws(floor, first.number)
    with pytest.raises(NoSuchImport):
        withdraws(floor, 99)


def test_a_loan_that_is_taken_back_takes_its_overdue_balance_along(floor: Floor) -> None:
    loan = takes(floor, [told("1-10 放款 L1 1000")])
    takes(floor, [told("1-11 放款 L2 1000"), told("2-28 逾期余额 L1 120")])

    withdraws(floor, loan.number)

    assert figure(floor, "zhangsan", "overdue_rate") == "0 / 100000 = 0.00"
    takes(floor, [told("1-10 放款 L1 1000")])
    assert figure(floor, "zhangsan", "overdue_rate") == "12000 / 200000 = 6.00"
    assert tallies_are_right(floor)


def test_a_preview_says_the_same_and_keeps_nothing(floor: Floor) -> None:
    some = [told("1-10 放款 L1 1000"), told("2-28 逾期余额 L1 120"), told("9-09 成交 K1 1", 1)]

    before = takes(floor, some, preview=True)

    assert [one.outcome for one in before.rows] == [Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.REFUSED]
    assert before.number is None
    assert not rows(floor.muster, ExternalResult)
    assert figure(floor, "zhangsan", "loans_booked") == "0 = 0.00"
    assert [one.outcome for one in takes(floor, some).rows] == [one.outcome for one in before.rows]


GOOD = {"kind": "purchase", "day": date(2026, 3, 2), "amount": 100, "person": "zhangsan"}
GOOD |= {"external_id": "X", "customer": "K1"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "sale"}, Why.NO_KIND),
        ({"day": None}, Why.NO_DAY),
        ({"day": date(2026, 4, 3)}, Why.DAY_AHEAD),
        ({"amount": None}, Why.NO_AMOUNT),
        ({"amount": 0}, Why.AMOUNT),
        ({"kind": "feedback", "amount": 101}, Why.AMOUNT),
        ({"kind": "talk", "amount": 1441}, Why.AMOUNT),
        ({"person": ""}, Why.NO_PERSON),
        ({"person": "nobody"}, Why.UNKNOWN_PERSON),
        ({"person": "wukuaiji"}, Why.OWN),
        ({"external_id": ""}, Why.NO_ID),
        ({"external_id": "X" * 81}, Why.LONG),
        ({"customer": ""}, Why.NO_CUSTOMER),
        ({"customer": "13800138000"}, Why.PERSONAL),
        ({"customer": "王 51010419900101123X"}, Why.PERSONAL),
        ({"kind": "overdue"}, Why.NO_LOAN),
        ({"kind": "overdue", "loan": "L9"}, Why.UNKNOWN_LOAN),
        ({"first_visit_on": date(2026, 3, 3)}, Why.FIRST_VISIT),
        ({"kind": "talk", "first_visit_on": date(2026, 3, 1)}, Why.FIRST_VISIT),
    ],
)
def test_a_row_that_is_not_right_says_why_and_the_others_come_in(
    floor: Floor, change: dict[str, Any], why: Why
) -> None:
    good = Told(**{**GOOD, "external_id": "Y"})

    intake = takes(floor, [Told(**{**GOOD, **change}), good], by="wukuaiji")

    assert refused(intake) == [why]
    assert figure(floor, "zhangsan", "sales_amount") == "100 = 1.00"


def test_an_id_does_not_change_its_kind_or_come_twice(floor: Floor) -> None:
    takes(floor, [Told(**GOOD)])

    intake = takes(floor, [Told(**{**GOOD, "kind": "talk", "amount": 5})])
    assert refused(intake) == [Why.OTHER_KIND]
    twice = takes(floor, [Told(**{**GOOD, "external_id": "Z"}), Told(**{**GOOD, "external_id": "Z"})])
    assert refused(twice) == [Why.TWICE]
    overdue = Told("overdue", date(2026, 3, 2), 1, "lisi", loan="L1")
    others = takes(floor, [told("1-10 放款 L1 1000"), overdue])
    assert refused(others) == [Why.OTHERS_LOAN]


def test_totals_are_held_against_what_is_here(floor: Floor) -> None:
    rows = [told("3-02 成交 K1 1000", 1), told("3-03 成交 K2 500", 2)]
    lisi = Told(**{**GOOD, "person": "lisi", "external_id": "Y"})
    march = date(2026, 3, 1)

    same = takes(floor, [*rows, lisi], totals=[Total("zhangsan", "purchase", march, 2, 150000)])
    less = takes(
        floor,
        [],
        totals=[
            Total("zhangsan", "purchase", march, 3, 160000),
            Total("lisi", "purchase", march, None, 100),
            Total("nobody", "purchase", march, 1, None),
        ],
    )

    unsaid = Difference("李四", True, "purchase", march, None, (1, 100))
    assert same.differences == [unsaid]
    assert less.differences == [
        Difference("张三", True, "purchase", march, (3, 160000), (2, 150000)),
        Difference("nobody", False, "purchase", march, (1, None), (0, 0)),
    ]


def test_totals_of_balances_are_those_at_the_end_of_the_month(floor: Floor) -> None:
    takes(
        floor,
        [told("1-10 放款 L1 1000"), told("2-28 逾期余额 L1 120"), told("3-15 逾期余额 L1 0")],
    )

    found = takes(
        floor,
        [],
        totals=[
            Total("zhangsan", "overdue", date(2026, 2, 1), 1, 12000),
            Total("zhangsan", "overdue", date(2026, 3, 1), 1, 12000),
        ],
    ).differences

    assert found == [Difference("张三", True, "overdue", date(2026, 3, 1), (1, 12000), (0, 0))]
