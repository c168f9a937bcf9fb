"""Payments, work profiles, risk lists and targets from tables."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bot import sheets
from bot.app import Muster
from bot.importing import Report, import_file, template
from models import cases, staff
from models.base import SHANGHAI
from models.cases import Case, Payment, PaymentState, WorkProfile
from models.contact import Debtor, RiskEntry
from models.performance import Target
from models.training import Certificate
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

PAYMENTS = ("案件编号", "甲方", "流水号", "还款金额", "还款日期")


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams of collectors, and their leaders."""
    return Floor(muster, client, messenger, clock)


def run(floor: Floor, path: Path, kind: str, lines: Sequence[Sequence[str]], **given: str) -> Report:
    """Import these lines as a file."""
    sheets.write(path, lines)
    return import_file(
        floor.muster.database,
        kind,
        path,
        at=floor.clock.now(),
        policy=floor.policy,
        calendar=floor.calendar,
        given=given,
    )


def reasons(report: Report) -> list[str]:
    """Why lines were refused."""
    return [why for _, _, why in report.refused]


def case(floor: Floor, number: int) -> Case:
    """A case as it stands."""
    return next(one for one in rows(floor.muster, Case) if one.id == number)


# --- payments --------------------------------------------------------------------------------------------


def test_a_payment_of_the_creditor_is_booked_once(floor: Floor, tmp_path: Path) -> None:
    number = floor.case(owner="zhangsan", balance=300000)
    lines = [PAYMENTS, [f"RC{number}", "蓉城银行", "L1", "1,000.00", "2026-03-02"]]

    first = run(floor, tmp_path / "还款.csv", "payments", lines)
    again = run(floor, tmp_path / "还款.csv", "payments", lines)

    assert (first.new, again.new, again.unchanged) == (1, 0, 1)
    assert case(floor, number).balance == 200000
    [payment] = rows(floor.muster, Payment)
    assert (payment.state, payment.paid_on) == (PaymentState.CONFIRMED, date(2026, 3, 2))
    assert "  逐行相加，和文件一致 ✓" in first.told


def test_all_that_is_owed_ends_the_case(floor: Floor, tmp_path: Path) -> None:
    number = floor.case(owner="zhangsan", balance=300000)

    lines = [PAYMENTS[:1] + PAYMENTS[2:], [f"RC{number}", "L1", "3000", "2026-03-02"]]
    run(floor, tmp_path / "还款.csv", "payments", lines, 甲方="蓉城银行")

    assert case(floor, number).status == "paid"


def test_what_a_collector_reported_is_the_same_money(floor: Floor, tmp_path: Path) -> None:
    number = floor.case(owner="zhangsan", balance=300000)
    report_payment(floor, number, 100000)

    lines = [PAYMENTS, [f"RC{number}", "蓉城银行", "L1", "1000", "2026-03-01"]]
    report = run(floor, tmp_path / "还款.csv", "payments", lines)

    assert (report.new, report.changed) == (0, 1)
    [payment] = rows(floor.muster, Payment)
    assert (payment.state, case(floor, number).balance) == (PaymentState.CONFIRMED, 200000)
    assert "「更新」的 1 笔是催收员报过的同一笔钱，对上了，没有重复入账" in report.told


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"案件编号": "RC9"}, "蓉城银行没有案件编号是「RC9」的案件"),
        ({"甲方": "别家"}, "没有甲方「别家」；整份文件都一样的话，用 --creditor 给"),
        ({"流水号": ""}, "流水号没有填，或者太长"),
        ({"还款金额": "9000"}, "还款比现在的欠款（3,000.00 元）多，请和甲方核对"),
        ({"还款日期": "2027-03-02"}, "还款日期早于委案，或者还没到"),
        ({"还款金额": "-10"}, "冲正（负数）不能导入，请财务在企业微信里冲正那一笔"),
        ({"还款日期": ""}, "还款日期没有填"),
    ],
)
def test_a_payment_is_refused_with_its_reason(
    floor: Floor, tmp_path: Path, wrong: dict[str, str], why: str
) -> None:
    floor.case(owner="zhangsan", balance=300000)

    usual = ("RC1001", "蓉城银行", "L1", "10", "2026-03-02")
    line = list({**dict(zip(PAYMENTS, usual, strict=True)), **wrong}.values())
    report = run(floor, tmp_path / "还款.csv", "payments", [PAYMENTS, line])

    assert reasons(report) == [why]
    assert rows(floor.muster, Payment) == []


def report_payment(floor: Floor, number: int, amount: int) -> None:
    """Zhang San reports that the debtor has paid."""
    now = floor.clock.now()
    with floor.muster.database.writing() as session:
        actor = staff.find_employee(session, "zhangsan", at=now)
        assert actor is not None
        found = session.get_one(Case, number)
        cases.report_payment(
            session, actor=actor, case=found, amount=amount, paid_on=now.date(), at=now, policy=floor.policy
        )


def owe(floor: Floor, number: int, amount: int, due: date) -> None:
    """Zhang San notes what was promised."""
    floor["zhangsan"].says(f"承诺 {number} {amount} {due:%m月%d日}")


def test_the_owner_hears_once_of_what_falls_short_of_promises(
    floor: Floor, tmp_path: Path, clock: TestClock
) -> None:
    debtors = [("李小红", "13800138001"), ("赵小军", "13800138002"), ("孙小兰", "13800138003")]
    little, nothing_left, kept = [
        floor.case(owner="zhangsan", balance=300000, name=name, phone=phone) for name, phone in debtors
    ]
    other = floor.case(owner="lisi", balance=300000, name="周小林", phone="13800138004")
    owe(floor, little, 2000, date(2026, 3, 6))
    owe(floor, kept, 1000, date(2026, 3, 6))
    floor.everybody_reads()
    paid = [(little, "500"), (little, "300"), (nothing_left, "3000"), (kept, "1000"), (other, "100")]
    lines = [
        [f"RC{number}", "蓉城银行", f"L{line}", amount, "2026-03-02"]
        for line, (number, amount) in enumerate(paid)
    ]

    run(floor, tmp_path / "还款.csv", "payments", [PAYMENTS, *lines])
    clock.passes_to("10:06")

    floor["zhangsan"].sees(
        "甲方账上刚入了你 3 件案子的钱，共 4,800 元，余额和承诺都改好了；1 件因此结清，不用再联系。\n"
        f"比承诺少的：\n{little} 李*承诺 2,000 元，还差 1,200 元，3月6日 周五到期"
    )
    floor["lisi"].sees("甲方账上刚入了你 1 件案子的钱，共 100 元，余额和承诺都改好了。")
    run(floor, tmp_path / "还款.csv", "payments", [PAYMENTS, *lines])
    clock.passes_to("10:20")
    floor.hears_only()


def test_nobody_is_woken_by_what_was_booked_at_night(floor: Floor, tmp_path: Path, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan", balance=300000)
    floor.everybody_reads()
    clock.at("23:30")
    run(
        floor,
        tmp_path / "还款.csv",
        "payments",
        [PAYMENTS, [f"RC{number}", "蓉城银行", "L1", "100", "2026-03-02"]],
    )

    clock.passes_to("23:40")
    assert not [text for text in floor["zhangsan"].reads() if "甲方账上" in text]
    clock.passes_to("2026-03-03 08:41")
    clock.passes_to("08:45")

    assert len([text for text in floor["zhangsan"].reads() if "甲方账上刚入了你 1 件" in text]) == 1


# --- profiles --------------------------------------------------------------------------------------------


def test_the_template_of_profiles_imports_and_changes_nothing_again(floor: Floor, tmp_path: Path) -> None:
    first = run(floor, tmp_path / "可分.csv", "profiles", template("profiles"))
    again = run(floor, tmp_path / "可分.csv", "profiles", template("profiles"))

    assert (first.new, again.unchanged, again.changed) == (1, 1, 0)
    [profile] = rows(floor.muster, WorkProfile)
    assert (profile.buckets, profile.products) == ([1, 2, 3], ["信用卡", "消费贷"])
    assert profile.cap == 150
    [licence] = rows(floor.muster, Certificate)
    assert (licence.licence, licence.course_id) == (True, None)
    assert licence.expires_at == datetime(2030, 1, 1, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("said", "buckets"), [("M1、M3", [1, 3]), ("1~2", [1, 2]), ("m7+", [7]), ("", []), ("M2 到 M4", None)]
)
def test_buckets_are_read_as_people_write_them(
    floor: Floor, tmp_path: Path, said: str, buckets: list[int] | None
) -> None:
    report = run(floor, tmp_path / "可分.csv", "profiles", [["企业微信账号", "账龄"], ["zhangsan", said]])

    assert reasons(report) == ([] if buckets is not None else ["看不懂账龄「到」，写成 M1、M2 或 M1-M3"])
    assert [profile.buckets for profile in rows(floor.muster, WorkProfile)] == (
        [] if buckets is None else [buckets]
    )


def test_nobody_unknown_gets_a_profile(floor: Floor, tmp_path: Path) -> None:
    lines = [["账号", "上限"], ["nobody", "10"], ["lisi", "900"]]

    report = run(floor, tmp_path / "可分.csv", "profiles", lines)

    assert reasons(report) == ["没有账号是「nobody」的在职员工", "上限「900」要是 0 到 200 的整数"]


# --- risk lists ------------------------------------------------------------------------------------------


def test_a_risk_list_stops_whom_it_hits(floor: Floor, tmp_path: Path) -> None:
    floor.case(owner="zhangsan", name="王小明", phone="13800138000")
    lines = [
        ["类型", "姓名", "手机号", "来源"],
        ["失信名单", "王小明", "13800138000", "最高法 2026-03"],
        ["p2p", "某人", "", "公安通报"],
        ["别的", "某人", "", "公安通报"],
    ]

    report = run(floor, tmp_path / "名单.csv", "risk", lines)
    again = run(floor, tmp_path / "名单.csv", "risk", lines)

    assert (report.new, reasons(report)) == (2, ["类型只能是：失信名单、P2P、反洗钱名单、风险名单"])
    assert "名单上有 1 位是我们的客户，已停止联系；还有 0 位只是同名，等合规判断" in report.told
    [debtor] = rows(floor.muster, Debtor)
    assert (debtor.risk, debtor.stopped_why) == ("dishonest", "risk")
    assert len(rows(floor.muster, RiskEntry)) == 2
    assert again.taken == 2


def test_a_debtor_on_a_list_is_found_when_the_case_comes_in(floor: Floor, tmp_path: Path) -> None:
    run(floor, tmp_path / "名单.csv", "risk", template("risk"))

    report = run(floor, tmp_path / "案件.csv", "cases", template("cases"))

    assert "1 位客户在风险名单上（或同名），已按名单处理，会通知合规" in report.told
    [debtor] = rows(floor.muster, Debtor)
    assert debtor.risk == "dishonest"


# --- targets ---------------------------------------------------------------------------------------------

TARGETS = ("角色", "指标", "目标", "起始月份", "单位", "账龄")


def test_the_template_of_targets_imports_and_changes_nothing_again(floor: Floor, tmp_path: Path) -> None:
    first = run(floor, tmp_path / "目标.csv", "targets", template("targets"))
    again = run(floor, tmp_path / "目标.csv", "targets", template("targets"))
    more = [TARGETS, ["催收员", "回款率", "36", "2029-12-01", "", "m2"]]
    changed = run(floor, tmp_path / "目标.csv", "targets", more)

    assert (first.new, again.unchanged, changed.changed) == (1, 1, 1)
    assert [(one.value, one.starts_on, one.bucket, one.set_by_id) for one in rows(floor.muster, Target)] == [
        (3500, date(2029, 12, 1), 2, None),
        (3600, date(2029, 12, 1), 2, None),
    ]


def test_targets_of_a_table_hold_for_people(floor: Floor, tmp_path: Path) -> None:
    lines = [TARGETS, ["催收员", "回收金额", "20万", "2026-03", "城北分公司/一组", ""]]

    run(floor, tmp_path / "目标.csv", "targets", lines)

    floor["zhangsan"].says("目标")
    floor["zhangsan"].sees("你3月的目标：\n· 回收金额 200,000 元")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["保安", "回款率", "35%", "2026-12", "", ""], "没有「保安」这个角色"),
        (["财务", "回款率", "35%", "2026-12", "", ""], "「财务」不算综合分，能定目标的有："),
        (["催收员", "运气", "35%", "2026-12", "", ""], "没有「运气」这个指标"),
        (["催收员", "回款率", "0.35", "2026-12", "", ""], "看不懂目标「0.35」"),
        (["催收员", "回款率", "120%", "2026-12", "", ""], "目标「120%」太大，最高是 100"),
        (["催收员", "回款率", "35%", "以后", "", ""], "看不懂起始月份「以后」，写成 2026-12"),
        (["催收员", "回款率", "35%", "2026-02", "", ""], "过去的月份不能改目标，最早从 2026-03 起"),
        (["催收员", "回款率", "35%", "2026-12", "没有的组", ""], "没有单位「没有的组」"),
        (["催收员", "回款率", "35%", "2026-12", "", "老的"], "看不懂账龄「老的」，写成 M2"),
    ],
)
def test_why_a_target_is_not_taken(floor: Floor, tmp_path: Path, row: list[str], why: str) -> None:
    [reason] = reasons(run(floor, tmp_path / "目标.csv", "targets", [TARGETS, row]))

    assert reason.startswith(why)
    assert rows(floor.muster, Target) == []
