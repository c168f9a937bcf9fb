"""External results from tables, from the API and taken back, as the people concerned see it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from bot import sheets
from bot.app import Muster
from bot.cli import main
from bot.importing import Report, import_file, template
from bot.miniapp import Tokens
from config.settings import as_environment
from models import staff
from models.audit import AuditEvent
from models.performance import ExternalResult, ResultImport
from models.staff import Role
from tests.chat.floor import Floor
from tests.models.test_measures import figure
from tests.simulator import Messenger, TestClock, rows

HEAD = ("外部编号", "类别", "工号", "日期", "数值", "客户编号", "借据编号", "首访日期", "笔数")
S1 = ("S1", "成交", "zhangsan", "2026-03-01", "1,000.00", "K10086", "", "", "")
L1 = ("L1", "放款", "zhangsan", "2026-02-01", "10万", "", "", "2026-01-30", "")
O1 = ("", "逾期余额", "", "2026-02-28", "8000", "", "L1", "", "")


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams of collectors, their leaders, and finance."""
    return Floor(muster, client, messenger, clock)


def run(floor: Floor, path: Path, lines: Sequence[Sequence[str]], *, preview: bool = False) -> Report:
    """Import these lines as a file of the core system."""
    sheets.write(path, [HEAD, *lines])
    return import_file(
        floor.muster.database,
        "external-results",
        path,
        at=floor.clock.now(),
        policy=floor.policy,
        calendar=floor.calendar,
        given={"来源系统": "核心系统"},
        preview=preview,
    )


def counts(report: Report) -> tuple[int, int, int, int]:
    """New, changed, unchanged, refused."""
    return report.new, report.changed, report.unchanged, len(report.refused)


@pytest.mark.parametrize("name", ["业绩.csv", "业绩.xlsx"])
def test_a_table_is_taken_once_and_corrected_by_a_later_one(floor: Floor, tmp_path: Path, name: str) -> None:
    first = run(floor, tmp_path / name, [S1, L1, O1])
    again = run(floor, tmp_path / name, [S1, L1, O1])
    other = run(floor, tmp_path / name, [(*S1[:4], "900", *S1[5:]), L1, (*O1[:4], "5000", *O1[5:])])

    assert [counts(one) for one in (first, again, other)] == [(3, 0, 0, 0), (0, 0, 3, 0), (0, 2, 1, 0)]
    march = figure(floor, "zhangsan", "overdue_rate")
    assert march == "500000 / 10000000 = 5.00"
    assert figure(floor, "zhangsan", "sales_amount") == "90000 = 900.00"
    assert first.told == ["导入号 1；整批撤回：muster import external-results --withdraw 1"]
    assert not again.told


def test_every_row_that_is_refused_says_column_reason_and_remedy(floor: Floor, tmp_path: Path) -> None:
    report = run(
        floor,
        tmp_path / "业绩.csv",
        [
            S1,
            ("S2", "卖出", "zhangsan", "2026-03-01", "5", "K1", "", "", ""),
            ("S3", "成交", "E9", "2026-03-01", "5", "K1", "", "", ""),
            ("S4", "成交", "E9", "2026-03-01", "5", "K1", "", "", ""),
            ("S5", "成交", "lisi", "三月一日", "五块", "K1", "", "", ""),
            ("S1", "成交", "lisi", "2026-03-01", "5", "K1", "", "", ""),
            ("S6", "成交", "lisi", "2026-03-01", "5", "13800138000", "", "", ""),
            ("", "逾期余额", "", "2026-03-01", "5", "", "L7", "", ""),
        ],
    )

    assert counts(report) == (1, 0, 0, 7)
    assert [(line, why) for line, _, why in report.refused] == [
        (3, "类别：没有「卖出」这个类别，写成交、放款、逾期余额、通话或客户评价"),
        (4, "工号：不认识「E9」，请核对工号，或先导入这个员工"),
        (5, "工号：不认识「E9」，请核对工号，或先导入这个员工"),
        (6, "看不懂数值「五块」，写成 12345.67（元）；看不懂日期「三月一日」，写成 2026-03-09"),
        (7, "外部编号和第 2 行重复"),
        (8, "客户编号：里有手机号、身份证号或邮箱，请换成对方系统里的客户编号"),
        (9, "借据编号：没有借据「L7」的放款，请先导入放款"),
    ]
    assert report.told[0] == "不认识 1 个人：E9（2 行）"


def test_totals_in_the_table_are_compared_line_by_line(floor: Floor, tmp_path: Path) -> None:
    report = run(
        floor,
        tmp_path / "业绩.csv",
        [
            S1,
            ("S2", "成交", "lisi", "2026-03-01", "50", "K1", "", "", ""),
            ("合计", "成交", "zhangsan", "2026-03", "1500", "", "", "", "2"),
            ("合计", "成交", "wangwu", "2026年3月", "", "", "", "", "0"),
        ],
    )

    assert counts(report) == (2, 0, 0, 0)
    assert report.told[:3] == [
        "和对方的 2 个合计核对，2 处对不上",
        "  ✗ 张三 2026年3月 成交：对方 2 条、1,500.00 元，我们 1 条、1,000.00 元",
        "  ✗ 李四 2026年3月 成交：对方没有说，我们有 1 条、50.00 元",
    ]
    assert report.wrong.startswith("有 2 处和对方的合计对不上")


def test_a_preview_of_a_table_keeps_nothing(floor: Floor, tmp_path: Path) -> None:
    report = run(floor, tmp_path / "业绩.csv", [S1, L1, O1, ("S9", *S1[1:2], "E9", *S1[3:])], preview=True)

    assert counts(report) == (3, 0, 0, 1)
    assert report.told[0] == "这是预览，什么都没有记；去掉 --dry-run 就真的导入"
    assert not rows(floor.muster, ExternalResult)
    assert not rows(floor.muster, ResultImport)
    assert not [one for one in rows(floor.muster, AuditEvent) if one.action.startswith("import.")]


def test_the_template_can_be_read_as_it_is(floor: Floor, tmp_path: Path) -> None:
    path = tmp_path / "空表.xlsx"
    sheets.write(path, template("external-results"))

    report = import_file(
        floor.muster.database,
        "external-results",
        path,
        at=floor.clock.now(),
        policy=floor.policy,
        calendar=floor.calendar,
    )

    assert [why for _, _, why in report.refused] == ["日期：日期 2026-03-09 还没到或太早，请核对"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_the_command_line_it_is_previewed_taken_and_taken_back(
    floor: Floor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "业绩.csv"
    sheets.write(path, [HEAD, S1, ("合计", "成交", "zhangsan", "2026-03", "1000", "", "", "", "1")])
    for name, value in as_environment(floor.muster.settings).items():
        monkeypatch.setenv(name, value)

    def muster(*args: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["import", *args])
        return done.exit_code, done.output

    code, said = muster("external-results", str(path), "--system", "核心系统", "--dry-run")
    assert (code, "这是预览" in said) == (0, True)
    code, said = muster("external-results", str(path), "--system", "核心系统")
    assert (code, "0 处对不上" in said, "导入号 1" in said) == (0, True, True)
    code, said = muster("external-results", "--withdraw", "1")
    assert (code, "已撤回 1 号导入：1 条不再算" in said) == (0, True)
    code, said = muster("external-results", "--withdraw", "1")
    assert code != 0
    assert "已经撤回过了" in said
    code, said = muster("targets", str(path), "--dry-run")
    assert (code != 0, "不能预览" in said) == (True, True)


# --- the API, and what people see of it -------------------------------------------------------------------


class Caller:
    """A program that calls the API on somebody's behalf."""

    def __init__(self, floor: Floor, client: FlaskClient, account: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {Tokens(floor.muster).issue(account)}"}

    def post(self, path: str, body: Any) -> Any:
        return self._client.post(f"/api/v1{path}", json=body, headers=self._headers).get_json()


def sale(number: int, **more: Any) -> dict[str, Any]:
    """A sale of 张三 as another system tells it."""
    return {
        "kind": "purchase",
        "day": "2026-03-01",
        "amount": "1000.50",
        "external_id": f"S{number}",
        "person": "zhangsan",
        "customer": "K10086",
        **more,
    }


def test_the_api_says_of_each_row_what_became_of_it(floor: Floor, client: FlaskClient) -> None:
    finance = Caller(floor, client, "wukuaiji")
    body = {"system": "CRM", "results": [sale(1), sale(2, day="昨天"), sale(3, person="E9", amount=5)]}

    told = finance.post("/external-results", body)
    again = finance.post("/external-results", body)
    other = finance.post(
        "/external-results",
        {
            "system": "CRM",
            "results": [sale(1, amount=999)],
            "totals": [{"person": "zhangsan", "kind": "purchase", "month": "2026-03", "count": 2}],
        },
    )

    assert told["message"].startswith("收到 3 条：新增 1、重复 0、更正 0、没收 2。不认识：E9。导入号 1")
    assert told["result"]["counts"] == {"accepted": 1, "repeated": 0, "corrected": 0, "refused": 2}
    assert told["result"]["rows"][1:] == [
        {
            "row": 2,
            "external_id": "S2",
            "outcome": "refused",
            "column": "day",
            "reason": "no_day",
            "message": "日期没有填或看不懂，写成 2026-03-09",
        },
        {
            "row": 3,
            "external_id": "S3",
            "outcome": "refused",
            "column": "person",
            "reason": "unknown_person",
            "message": "不认识「E9」，请核对工号，或先导入这个员工",
        },
    ]
    assert again["result"]["counts"]["repeated"] == 1
    assert again["result"]["import"] is None
    assert other["result"]["counts"]["corrected"] == 1
    assert [one["message"] for one in other["result"]["differences"]] == [
        "张三 2026年3月 成交：对方 2 条，我们 1 条、999.0"
    ]


def test_somebody_sees_the_imported_record_behind_their_figure(floor: Floor, client: FlaskClient) -> None:
    Caller(floor, client, "wukuaiji").post("/external-results", {"system": "CRM", "results": [sale(1)]})
    Caller(floor, client, "wukuaiji").post(
        "/external-results", {"system": "CRM", "results": [sale(1, amount=800)]}
    )
    zhangsan = floor["zhangsan"]

    zhangsan.says("业绩 成交金额")
    assert "张三 3月 成交金额 800 元" in zhangsan.reads()[0]
    zhangsan.says("成交金额怎么算的")

    assert zhangsan.reads()[-1].endswith("成交 1 条：\n· 3月1日 800 元（CRM S1，客户 K***6，更正过）")


def test_a_field_rep_gets_a_score_and_is_named_for_quality(floor: Floor, client: FlaskClient) -> None:
    with floor.muster.database.writing() as session:
        team = staff.find_unit(session, "城北分公司/一组")
        assert team is not None
        staff.add_employee(session, wecom_id="rep", name="韩外勤", role=Role.FIELD_REP, unit=team)
    for said in ("回收金额 1000", "复购率 20%", "逾期率 10%"):
        floor["boss"].says(f"设目标 外勤 {said}")
        floor["boss"].says("确认")
    sales = [sale(one, person="rep", customer=f"K{one}", day="2026-03-01") for one in range(10)]
    again = [sale(10 + one, person="rep", customer=f"K{one}", day="2026-03-02") for one in range(2)]
    loan = {"kind": "loan", "day": "2026-03-01", "amount": 1000, "external_id": "L1", "person": "rep"}
    overdue = {"kind": "overdue", "day": "2026-03-02", "amount": 120, "loan": "L1"}
    body = {"system": "CRM", "results": [*sales, *again, loan, overdue]}
    Caller(floor, client, "wukuaiji").post("/external-results", body)
    rep = floor["rep"]
    floor.everybody_reads()

    rep.says("业绩")

    [told] = rep.reads()
    assert "综合分 58.46（65% 的权重有数据）" in told
    assert "复购奖励（复购率）：20%。建议培训（逾期率）：12%。" in told
    floor["boss"].says("业绩 一组")
    assert "复购奖励（复购率）：韩外勤 20%。建议培训（逾期率）：韩外勤 12%。" in floor["boss"].reads()[0]
    floor["boss"].says("业绩 一组 复购率")
    assert "复购奖励" not in floor["boss"].reads()[0]


def test_an_import_is_listed_and_taken_back_in_the_chat(floor: Floor, client: FlaskClient) -> None:
    Caller(floor, client, "wukuaiji").post("/external-results", {"system": "CRM", "results": [sale(1)]})
    finance = floor["wukuaiji"]

    finance.says("导入记录")
    [listed] = finance.reads()
    assert "最近 1 次，点一次可以撤回。" in listed
    finance.says("撤回导入")
    assert "要撤回哪一次？" in finance.reads()[0]
    finance.says("撤回导入 1")
    assert "吴会计导入的 1 条，1 条还算着" in finance.reads()[0]
    finance.says("确认")
    assert finance.reads()[0].startswith("已撤回 1 号导入：1 条不再算。")

    assert figure(floor, "zhangsan", "sales_amount") == "0 = 0.00"
    finance.says("撤回导入 1")
    finance.sees("1 号导入已经撤回过了，没有再变。")
    finance.says("撤回导入 7")
    finance.sees("没有 7 号导入，发「导入记录」看有哪些。")


def test_nobody_else_takes_anything_in(floor: Floor, client: FlaskClient) -> None:
    told = Caller(floor, client, "boss").post("/external-results", {"system": "CRM", "results": [sale(1)]})

    assert told["error"]["code"] == "not_permitted"
    assert not rows(floor.muster, ExternalResult)
