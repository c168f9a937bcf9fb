"""Cases from a creditor's table: each taken or refused with a reason, totals reconciled, twice the same."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot import sheets
from bot.app import Muster
from bot.importing import Report, import_file, template, write_refused
from models import cases, contact, fieldwork, secrecy, staff
from models.audit import AuditEvent
from models.cases import Assignment, Case, CaseStatus, Placement
from models.contact import Creditor, Debtor, DebtorContact
from models.locations import Point, metres_between
from models.staff import Employee, Role
from tests.simulator import Given, Member, Messenger, TestClock, rows

COLUMNS = (
    "案件编号",
    "甲方",
    "批次",
    "姓名",
    "身份证号",
    "手机号",
    "欠款",
    "逾期天数",
    "催收单位",
    "委案到期",
)
ZHANG = {"姓名": "张三丰", "身份证号": "11010519491231002X", "手机号": "13900000001"}
WU = {"姓名": "吴小莉", "身份证号": "440524188001010014", "手机号": "13900000002"}


@pytest.fixture(autouse=True)
def boss(given: Given) -> None:
    """Who answers for the branch, and two collectors."""
    given.employee("boss", "钱主管", role=Role.SUPERVISOR, team="城北分公司")
    given.employee("zhangsan", "张三", team="城北分公司")


def row(number: int, **values: str) -> Mapping[str, str]:
    """A row of 蓉城银行, with these values."""
    usual = {"甲方": "蓉城银行", "批次": "2026-03批", "欠款": "1200.50", "逾期天数": "45"}
    usual |= {"催收单位": "城北分公司", "委案到期": "2026-05-31", "案件编号": f"RC{number:04}", **ZHANG}
    return {**usual, **values}


def table(path: Path, lines: Iterable[Mapping[str, str]]) -> Path:
    """A file with these rows."""
    found = list(lines)
    names = list(dict.fromkeys([*COLUMNS, *(name for line in found for name in line)]))
    sheets.write(path, [names, *([line.get(name, "") for name in names] for line in found)])
    return path


def run(muster: Muster, path: Path, **given: str) -> Report:
    """Import the file."""
    now = muster.clock.now()
    return import_file(
        muster.database,
        "cases",
        path,
        at=now,
        policy=muster.policy,
        calendar=muster.calendar,
        given=given,
    )


@pytest.mark.parametrize("kind", ["案件.csv", "案件.xlsx"])
def test_the_template_imports(muster: Muster, tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    sheets.write(path, template("cases"))

    report = run(muster, path)

    assert (report.new, report.refused) == (1, [])
    [case] = rows(muster, Case)
    assert (case.balance, case.principal, case.status, case.bucket) == (1234567, 1000000, "pool", 2)
    [debtor] = rows(muster, Debtor)
    with muster.database.reading() as session:
        assert secrecy.open_text(session, debtor.subject, debtor.name) == "张三"
        assert secrecy.open_text(session, debtor.subject, debtor.id_number) == "11010519491231002X"
    assert (debtor.name_mask, debtor.district) == ("张*", "成都市锦江区")
    numbers = [(contact.relation, contact.number_mask) for contact in rows(muster, DebtorContact)]
    assert numbers == [("debtor", "138****8000"), ("related_third_party", "138****8001")]


def test_a_case_comes_into_the_pool_of_its_unit(muster: Muster, tmp_path: Path) -> None:
    report = run(muster, table(tmp_path / "案件.csv", [row(1), row(2, **WU)]))

    assert report.new == 2
    boss_id = next(person.id for person in rows(muster, Employee) if person.wecom_id == "boss")
    assert {(case.status, case.owner_id, case.live_owner_id) for case in rows(muster, Case)} == {
        ("pool", boss_id, boss_id)
    }
    stretches = [(one.number, one.cause, one.owner_id) for one in rows(muster, Assignment)]
    assert stretches == [(1, "import", boss_id)] * 2
    [placement] = rows(muster, Placement)
    assert (placement.number, placement.end_on) == ("2026-03批", date(2026, 5, 31))
    assert [creditor.name for creditor in rows(muster, Creditor)] == ["蓉城银行"]


def test_the_same_file_twice_changes_nothing(muster: Muster, tmp_path: Path) -> None:
    path = table(tmp_path / "案件.xlsx", [row(n, 手机号=f"139000000{n:02}") for n in range(20)])

    first, again = run(muster, path), run(muster, path)

    assert (first.new, again.new, again.changed, again.unchanged) == (20, 0, 0, 20)
    assert len(rows(muster, Case)) == len(rows(muster, Assignment)) == 20
    assert len(rows(muster, Debtor)) == 1


def test_days_past_due_that_go_on_are_no_change(muster: Muster, clock: TestClock, tmp_path: Path) -> None:
    run(muster, table(tmp_path / "案件.csv", [row(1, 逾期天数="45")]))
    clock.at("2026-03-03 09:00")

    report = run(muster, table(tmp_path / "案件.csv", [row(1, 逾期天数="46")]))

    assert (report.changed, report.unchanged) == (0, 1)


def test_all_cases_of_a_debtor_have_one_owner(muster: Muster, clock: TestClock, tmp_path: Path) -> None:
    run(muster, table(tmp_path / "案件.csv", [row(1), row(2)]))
    zhangsan = give(muster, "zhangsan", [1, 2])
    clock.at("2026-03-03 09:00")

    report = run(muster, table(tmp_path / "新案.csv", [row(3, 批次="2026-04批"), row(4, **WU)]))

    assert report.new == 2
    assert "1 件是有人在跟的客户，直接给了原来的负责人，会通知他们" in report.told
    third, fourth = (found(muster, f"RC{n:04}") for n in (3, 4))
    assert (third.owner_id, third.status) == (zhangsan, "assigned")
    assert third.accept_by is not None
    assert fourth.status == "pool"


REFUSALS = [
    ({"案件编号": ""}, "案件编号没有填，或者超过 60 个字"),
    ({"姓名": ""}, "姓名没有填，或者太长"),
    ({"甲方": ""}, "甲方和批次都要填；整份文件都一样的话，用 --creditor 和 --placement 给"),
    ({"身份证号": "", "手机号": ""}, "身份证号和手机号至少要填一个"),
    ({"手机号": "12345"}, "手机号「1***」不是 11 位的手机号"),
    ({"欠款": "0"}, "欠款没有填，或者是 0；已经还清的，请用 muster import payments 导入还款"),
    ({"欠款": "很多"}, "看不懂欠款「很多」，写成 12345.67（元）"),
    ({"欠款": "-3"}, "欠款「-3」不对：要大于 0，单位是元"),
    ({"欠款": "1.234"}, "欠款「1.234」最多写到分（两位小数）"),
    ({"逾期天数": "很久"}, "看不懂逾期天数「很久」，写成 45"),
    ({"催收单位": "城南"}, "没有「城南」这个单位，或者不止一个：写全路径，如 城北分公司/催收一组"),
    ({"委案到期": ""}, "委案到期没有填：写在表里，或者用 --end 2026-12-31 给"),
    ({"委案到期": "2026-02-01"}, "委案到期（2026-02-01）已经过了"),
    ({"催收单位": ""}, "催收单位没有填：写在表里，或者用 --unit 城北分公司 给"),
    ({"佣金": "120%"}, "佣金「120%」要在 0% 和 100% 之间"),
]


@pytest.mark.parametrize(("wrong", "reason"), REFUSALS)
def test_a_row_is_refused_with_its_reason(
    muster: Muster, tmp_path: Path, wrong: dict[str, str], reason: str
) -> None:
    report = run(muster, table(tmp_path / "案件.csv", [row(1, **wrong)]))

    assert [why for _, _, why in report.refused] == [reason]
    assert rows(muster, Case) == []


@pytest.mark.parametrize("kind", ["案件.csv", "案件.xlsx"])
def test_refused_rows_are_mended_and_imported_alone(muster: Muster, tmp_path: Path, kind: str) -> None:
    lines = [row(1, 备注="急"), row(2, 欠款="一千", 备注="不急"), row(1)]
    path = table(tmp_path / kind, lines)
    report = run(muster, path)
    assert (report.new, [line for line, _, _ in report.refused]) == (1, [3, 4])

    beside = write_refused(path, report)
    assert beside.name.startswith("案件-未导入")
    refused = [dict(line) for _, line in sheets.read(beside, needed=["案件编号"], further=True).lines]
    assert refused[0]["原因"] == "看不懂欠款「一千」，写成 12345.67（元）"
    assert refused[1]["原因"] == "案件编号和第 2 行重复"
    table(beside, [{**refused[0], "欠款": "1000"}])
    again = run(muster, beside)

    assert (again.new, again.refused) == (1, [])
    assert found(muster, "RC0002").custom == {"备注": "不急"}


def test_a_later_file_brings_balances_and_numbers_and_no_other_owner(muster: Muster, tmp_path: Path) -> None:
    run(muster, table(tmp_path / "案件.csv", [row(1)]))
    zhangsan = give(muster, "zhangsan", [1])

    changes = {"欠款": "1300", "住址": "成都市锦江区示例路8号", "联系人1姓名": "李四", "联系人1关系": "同事"}
    later = row(1, **changes, 联系人1电话="028-61234567", 催收单位="")
    report = run(muster, table(tmp_path / "更新.csv", [later]))

    assert (report.changed, report.refused) == (1, [])
    case = found(muster, "RC0001")
    assert (case.balance, case.placed_balance, case.owner_id) == (130000, 130000, zhangsan)
    numbers = [(one.relation, one.number_mask) for one in rows(muster, DebtorContact)]
    assert numbers == [("debtor", "139****0001"), ("unrelated_third_party", "028****4567")]
    [event] = [one for one in rows(muster, AuditEvent) if one.action == "cases.amend"]
    assert event.details == {
        "case": case.id,
        "changed": ["balance", "address", "contacts"],
        "balance": [120050, 130000],
    }


@pytest.mark.parametrize("again", [{}, {"案件编号": "RC0002"}], ids=["the same case", "another case"])
def test_a_new_number_of_a_known_debtor_is_compared_with_the_risk_lists(
    muster: Muster, clock: TestClock, tmp_path: Path, again: Mapping[str, str]
) -> None:
    run(muster, table(tmp_path / "案件.csv", [row(1)]))
    with muster.database.writing() as session:
        given = {"source": "风险名单", "at": clock.now(), "policy": muster.policy}
        contact.add_risk(session, kind="money_laundering", number="13977770000", **given)

    report = run(muster, table(tmp_path / "更新.csv", [row(1, 手机号="13977770000", **again)]))

    [debtor] = rows(muster, Debtor)
    assert (debtor.risk, debtor.stopped_why) == ("money_laundering", "risk")
    assert "1 位客户在风险名单上（或同名），已按名单处理，会通知合规" in report.told


@pytest.mark.parametrize(
    ("column", "said", "owed"),
    [("欠款", "1200.50", 90050), ("欠款", "1300.50", 100050), ("余额", "800", 80000)],
)
def test_what_was_paid_stays_paid(muster: Muster, tmp_path: Path, column: str, said: str, owed: int) -> None:
    run(muster, table(tmp_path / "案件.csv", [row(1)]))
    with muster.database.writing() as session:
        case = session.get_one(Case, 1)
        case.balance -= 30000

    report = run(muster, table(tmp_path / "更新.csv", [row(1, 产品="消费贷", **{column: said})]))

    assert (report.changed, report.refused) == (1, [])
    case = found(muster, "RC0001")
    assert (case.balance, case.placed_balance - case.balance) == (owed, 30000)


def test_what_has_ended_or_is_somebody_elses_is_left_alone(muster: Muster, tmp_path: Path) -> None:
    run(muster, table(tmp_path / "案件.csv", [row(1), row(2, **WU), row(3)]))
    with muster.database.writing() as session:
        case = session.get_one(Case, 1)
        case.status, case.closed_at, case.live_owner_id = CaseStatus.RETURNED, muster.clock.now(), None
        session.get_one(Case, 3).balance -= 100000

    lines = [row(1, 批次="2026-04批"), row(2, **ZHANG, 产品="x"), row(3, 欠款="900")]
    report = run(muster, table(tmp_path / "新案.csv", lines))

    assert [why for _, _, why in report.refused] == [
        "这个案件已经结束（结清、退回或关闭），不能靠导入改；确实又委托了，请主管先重开",
        "这个案件编号登记的是另一位客户，请和甲方核对姓名和身份证号",
        "欠款比已经入账和减免的还少，请和甲方核对",
    ]


def test_the_totals_of_the_file_are_told_and_compared_with_what_is_declared(
    muster: Muster, tmp_path: Path
) -> None:
    total = {"案件编号": "合计", "姓名": "3件", "欠款": "3,601.50"}
    path = table(tmp_path / "案件.csv", [row(1), row(2, **WU), row(3, 手机号="1"), total])

    report = run(muster, path)

    assert report.read == 3
    told = [" ".join(line.split()) for line in report.told]
    assert told == [
        "行数 金额（元）",
        "文件 3 3,601.50",
        "新增 2 2,401.00",
        "更新 0 0.00",
        "没变 0 0.00",
        "没导入 1 1,200.50",
        "逐行相加，和文件一致 ✓",
        "蓉城银行 2026-03批 甲方声明 3 3,601.50",
        "蓉城银行 2026-03批 系统里 2 2,401.00",
        "✗ 和声明相差 -1 件、-1,200.50 元",
    ]
    assert report.wrong == "和甲方声明的件数或金额对不上，请核对。"
    [placement] = rows(muster, Placement)
    assert (placement.declared_cases, placement.declared_amount) == (3, 360150)


def test_what_is_declared_on_the_command_line_counts_for_the_batch(muster: Muster, tmp_path: Path) -> None:
    path = table(tmp_path / "案件.csv", [row(1), row(2)])

    report = run(muster, path, 声明件数="2", 声明金额="2401")

    assert "  和声明一致 ✓" in report.told
    assert report.wrong == ""
    [event] = [one for one in rows(muster, AuditEvent) if one.action == "import.cases"]
    assert event.details["amounts"] == {
        "read": 240100,
        "new": 240100,
        "changed": 0,
        "unchanged": 0,
        "refused": 0,
    }


def test_a_file_without_the_usual_columns_is_taken_with_what_is_given(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "原表.csv"
    sheets.write(
        path,
        [
            ["某银行委案清单"],
            ["借据号", "客户姓名", "证件号码", "联系电话", "委案金额(元)", "客群*", "工作单位", "微信"],
            ["X1", "张三丰", "", "13900000001", "￥1,200.5元", "白领", "某厂", "zsf"],
            ["X2", "吴小莉", "", "13900000002", "1.2万", "13812345678", "", ""],
        ],
    )

    given = {"甲方": "蓉城银行", "批次": "2026-03批", "催收单位": "城北分公司", "委案到期": "2026-05-31"}
    report = run(muster, path, **given)

    assert (report.new, report.refused) == (2, [])
    assert [(case.balance, case.custom) for case in rows(muster, Case)] == [
        (120050, {"客群": "白领"}),
        (1200000, {}),
    ]
    assert "没有收的列（看起来是个人信息，或者列太多）：工作单位、微信" in report.told
    assert "1 个格子看起来是个人信息，没有收" in report.told


def test_a_number_that_is_none_leaves_the_case_in(muster: Muster, tmp_path: Path) -> None:
    lines = [row(1, 联系人1姓名="李四", 联系人1电话="无", 联系人2姓名="王五", 联系人2电话="13700000000")]

    report = run(muster, table(tmp_path / "案件.csv", lines))

    assert (report.new, len(rows(muster, DebtorContact))) == (1, 2)
    assert "1 个联系人的电话看不懂，没有收（案件照收）" in report.told


def test_a_unit_without_a_leader_takes_no_cases(muster: Muster, given: Given, tmp_path: Path) -> None:
    given.employee("nobody", "孤岛", team="孤岛组")
    with muster.database.writing() as session:
        boss = staff.find_employee(session, "boss", at=muster.clock.now())
        assert boss is not None
    report = run(muster, table(tmp_path / "案件.csv", [row(1, 催收单位="孤岛组")]))

    assert [why for _, _, why in report.refused] == ["催收单位还没有人带，先任命组长或主管"]


def test_what_changes_between_looking_and_writing_is_looked_at_again(
    muster: Muster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table(tmp_path / "案件.csv", [row(1)])
    make_ready = cases.make_ready

    def somebody_is_faster(*args: Any, **kwargs: Any) -> Any:
        ready = make_ready(*args, **kwargs)
        monkeypatch.setattr(cases, "make_ready", make_ready)
        run(muster, table(tmp_path / "别的.csv", [row(2), row(3, **WU)]))
        return ready

    monkeypatch.setattr(cases, "make_ready", somebody_is_faster)
    report = run(muster, path)

    assert (report.new, len(rows(muster, Case)), len(rows(muster, Debtor))) == (1, 3, 2)


def found(muster: Muster, reference: str) -> Case:
    """The case with this number of the creditor."""
    return next(case for case in rows(muster, Case) if case.reference == reference)


def give(muster: Muster, account: str, numbers: Sequence[int]) -> int:
    """Give the cases to somebody, and return who it is."""
    now = muster.clock.now()
    with muster.database.writing() as session:
        person = staff.find_employee(session, account, at=now)
        assert person is not None
        cases.assign(
            session,
            to=dict.fromkeys(numbers, person.id),
            cause=cases.AssignmentCause.ASSIGN,
            by=None,
            at=now,
            key=f"test:{account}:{numbers}",
            policy=muster.policy,
            calendar=muster.calendar,
        )
        return person.id


def test_the_owner_of_the_debtor_hears_of_it_once(
    muster: Muster, given: Given, client: FlaskClient, messenger: Messenger, clock: TestClock, tmp_path: Path
) -> None:
    run(muster, table(tmp_path / "案件.csv", [row(1)]))
    give(muster, "zhangsan", [1])
    clock.at("2026-03-03 09:00")
    run(muster, table(tmp_path / "新案.csv", [row(2), row(3)]))

    clock.passes_to("2026-03-03 09:06")

    zhangsan = Member("zhangsan", client, messenger, clock)
    zhangsan.sees(
        "09:00 上班，还没打卡\n张三，到岗后别忘了打卡。\n[一键打卡]",
        "刚进来 2 件案子，共 2,401 元，是你手上客户的，已经直接给你，请在 03-03 13:00 前接单。"
        "发「我的案件」查看。",
    )


def test_what_comes_in_at_night_is_told_in_the_morning(
    muster: Muster, given: Given, client: FlaskClient, messenger: Messenger, clock: TestClock, tmp_path: Path
) -> None:
    run(muster, table(tmp_path / "案件.csv", [row(1)]))
    give(muster, "zhangsan", [1])
    clock.at("2026-03-03 22:30")
    run(muster, table(tmp_path / "新案.csv", [row(2)]))
    zhangsan = Member("zhangsan", client, messenger, clock)

    clock.passes_to("2026-03-04 07:30")
    assert [told for told in zhangsan.reads() if told.startswith("刚进来")] == []
    for minute in range(30, 34):  # one a minute and person
        clock.passes_to(f"2026-03-04 09:{minute}")

    assert len([told for told in zhangsan.reads() if told.startswith("刚进来 1 件案子")]) == 1


def test_where_an_address_is_comes_in_its_own_coordinates(muster: Muster, tmp_path: Path) -> None:
    said = [
        {"经度": "104.064855", "纬度": "30.658601", "坐标系": "GCJ-02"},
        {"经度": "104.064855", "纬度": "30.658601", "坐标系": "GPS"},
        {"经度": "104.064855", "纬度": "30.658601"},
        {"经度": "104.064855", "纬度": "30.658601", "坐标系": "西安80"},
        {"经度": "30.658601", "纬度": "104.064855"},
    ]
    lines = [row(n, 身份证号="", 手机号=f"1390000001{n}", **cells) for n, cells in enumerate(said, start=1)]

    report = run(muster, table(tmp_path / "案件.csv", lines))

    assert (report.new, report.refused) == (5, [])
    assert "2 个住址的坐标看不懂或不在国内，没有收（案件照收）" in report.told
    places = []
    with muster.database.reading() as session:
        for number in range(1, 6):
            case = session.scalars(select(Case).where(Case.reference == f"RC000{number}")).one()
            debtor = session.get_one(Debtor, case.debtor_id)
            assert b"104." not in (debtor.place or b"")
            places.append(fieldwork.place_of(session, debtor))
    assert places[0] == places[2] == Point(30.658601, 104.064855)
    assert places[1] is not None
    assert 200 < metres_between(places[0], places[1]) < 500
    assert places[3:] == [None, None]


def test_a_later_file_moves_an_address_that_nobody_has_confirmed(muster: Muster, tmp_path: Path) -> None:
    run(muster, table(tmp_path / "案件.csv", [row(1)]))
    later = row(1, 经度="104.064855", 纬度="30.658601")
    assert run(muster, table(tmp_path / "更新.csv", [later])).changed == 1
    with muster.database.writing() as session:
        [debtor] = session.scalars(select(Debtor)).all()
        assert debtor.place_origin == "import"
        fieldwork.keep_place(session, debtor=debtor, point=Point(30.66, 104.06))

    run(muster, table(tmp_path / "再更新.csv", [row(1, 经度="104.07", 纬度="30.65")]))

    with muster.database.reading() as session:
        [debtor] = session.scalars(select(Debtor)).all()
        assert fieldwork.place_of(session, debtor) == Point(30.66, 104.06)
