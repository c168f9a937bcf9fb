"""Cases as a table: masked by default, in full only with a reason, in the columns that an import reads."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot import sheets
from bot.app import Muster
from bot.exporting_cases import Wanted, export_cases
from bot.importing import Report, import_file
from bot.importing.case_rows import NEEDED, OPTIONAL
from bot.importing.columns import OURS
from models.audit import AuditEvent
from models.cases import Case
from models.staff import Role
from tests.simulator import Given, rows

FACTS: Mapping[str, str] = {
    "案件编号": "RC0001",
    "甲方": "蓉城银行",
    "批次": "2026-03批",
    "姓名": "张三丰",
    "身份证号": "11010519491231002X",
    "手机号": "13900000001",
    "住址": "成都市锦江区示例路8号",
    "欠款": "1200.50",
    "产品": "信用卡",
    "地区": "成都",
    "逾期日期": "2026-01-17",
    "委案到期": "2026-05-31",
    "催收单位": "城北分公司",
    "佣金": "35%",
    "联系人1姓名": "李小四",
    "联系人1关系": "担保人",
    "联系人1电话": "13900000003",
    "卡种": "金卡",
}
OTHER = {
    **FACTS,
    "案件编号": "RC0002",
    "批次": "2026-04批",
    "姓名": "吴小莉",
    "身份证号": "440524188001010014",
}


@pytest.fixture(autouse=True)
def imported(muster: Muster, given: Given, tmp_path: Path) -> None:
    """Two cases in the pool of the branch, of two placements."""
    given.employee("boss", "钱主管", role=Role.SUPERVISOR, team="城北分公司")
    path = tmp_path / "来的.csv"
    sheets.write(path, [list(FACTS), list(FACTS.values()), list(OTHER.values())])
    report = taken(muster, path)
    assert (report.new, report.refused) == (2, [])


def taken(muster: Muster, path: Path) -> Report:
    """Import a file of cases."""
    now, policy, calendar = muster.clock.now(), muster.policy, muster.calendar
    return import_file(muster.database, "cases", path, at=now, policy=policy, calendar=calendar)


ALL = Wanted()


def exported(muster: Muster, path: Path, wanted: Wanted = ALL, reason: str = "") -> Path:
    """Export cases."""
    written, _ = export_cases(muster.database, path, wanted=wanted, at=muster.clock.now(), reason=reason)
    return written


def lines_of(path: Path) -> list[Mapping[str, str]]:
    """The rows of a table with the columns of an export."""
    return [row for _, row in sheets.read(path, needed=OURS, optional=(*NEEDED, *OPTIONAL, "卡种")).lines]


@pytest.mark.parametrize("kind", [".csv", ".xlsx"])
def test_cases_go_out_masked(muster: Muster, tmp_path: Path, kind: str) -> None:
    path = exported(muster, tmp_path / f"案件{kind}", Wanted(placement="2026-03批"))

    [row] = lines_of(path)
    assert {name: row[name] for name in (*FACTS, *OURS, "余额")} == {
        **FACTS,
        "点将编号": row["点将编号"],
        "状态": "池子里",
        "负责人": "钱主管",
        "余额": "1200.50",
        "姓名": "张*",
        "身份证号": "110***********002X",
        "手机号": "139****0001",
        "住址": "成都市锦江区***",
        "联系人1姓名": "李*",
        "联系人1电话": "139****0003",
    }
    assert path.stat().st_mode & 0o077 == 0
    assert taken(muster, path).taken == 0
    [event] = [event for event in rows(muster, AuditEvent) if event.action == "export.cases"]
    assert event.details == {"count": 1, "full": False}


@pytest.mark.parametrize("kind", [".csv", ".xlsx"])
def test_in_full_they_say_why_and_come_in_again_unchanged(muster: Muster, tmp_path: Path, kind: str) -> None:
    path = exported(muster, tmp_path / f"案件{kind}", reason="甲方对账")

    assert path.name == f"案件-完整-20260302-甲方对账{kind}"
    first, second = lines_of(path)
    assert {name: first[name] for name in FACTS} == FACTS
    assert second["姓名"] == "吴小莉"
    before = [(case.id, case.balance, case.custom, case.owner_id) for case in rows(muster, Case)]
    report = taken(muster, path)
    assert (report.new, report.refused) == (0, [])
    assert [(case.id, case.balance, case.custom, case.owner_id) for case in rows(muster, Case)] == before
    [event] = [event for event in rows(muster, AuditEvent) if event.action == "export.cases"]
    assert event.details == {"count": 2, "full": True}
    assert "operator" in event.personal


def test_what_has_ended_goes_out_only_if_asked_for(muster: Muster, tmp_path: Path) -> None:
    with muster.database.writing() as session:
        ended = session.get_one(Case, min(case.id for case in rows(muster, Case)))
        ended.status, ended.closed_at, ended.live_owner_id = "returned", muster.clock.now(), None

    [row] = lines_of(exported(muster, tmp_path / "在跟.csv"))
    assert row["案件编号"] == "RC0002"
    first, _ = lines_of(exported(muster, tmp_path / "全部.csv", Wanted(ended=True)))
    assert first["状态"] == "已退案"
    assert not lines_of(exported(muster, tmp_path / "没有.csv", Wanted(creditor="别家银行")))


def test_an_export_is_read_piece_by_piece_and_says_how_far_it_is(
    muster: Muster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.exporting_cases.AT_ONCE", 1)
    said: list[tuple[int, int]] = []

    export_cases(
        muster.database,
        tmp_path / "案件.xlsx",
        wanted=ALL,
        at=muster.clock.now(),
        say=lambda done, expected: said.append((done, expected)),
    )

    assert said == [(1, 2), (2, 2)]
    assert len(lines_of(tmp_path / "案件.xlsx")) == 2


@pytest.mark.parametrize("kind", [".csv", ".xlsx"])
def test_an_export_that_is_broken_off_leaves_no_file(muster: Muster, tmp_path: Path, kind: str) -> None:
    def stop(_done: int, _expected: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_cases(muster.database, tmp_path / f"半截{kind}", wanted=ALL, at=muster.clock.now(), say=stop)

    assert not [path for path in tmp_path.iterdir() if "半截" in path.name]
    path = tmp_path / "已有.csv"
    path.write_text("别的", encoding="utf-8")
    with pytest.raises(FileExistsError):
        exported(muster, path)
    assert path.read_text(encoding="utf-8") == "别的"
