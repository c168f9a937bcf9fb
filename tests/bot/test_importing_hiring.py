"""Many applications and interview results from tables: none lost, none twice, the refused with reasons."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import sheets
from bot.app import Muster
from bot.importing import Report, import_file, template
from models import secrecy
from models.candidates import Application, CandidateMatch
from models.recruiting import HiringProcess, InterviewResult, StageRecord, StageStatus
from models.staff import Candidate
from tests.models.hiring import Branch
from tests.simulator import TestClock, rows

APPLICANTS = ("姓名", "手机号", "应聘机构", "应聘岗位", "来源", "应聘编号", "初筛分", "简历", "邮箱")
SAYS = "做过催收，在银行实习"
RESULTS = ("应聘编号", "环节", "时间", "分数", "结果", "沟通表达", "抗压能力")


@pytest.fixture
def branch(muster: Muster, clock: TestClock) -> Branch:
    """Two branches that hire."""
    return Branch(muster, clock)


def run(branch: Branch, path: Path, kind: str, lines: list[list[Any]], columns: tuple[str, ...]) -> Report:
    """Import a table."""
    sheets.write(path, [columns, *([str(cell) for cell in line] for line in lines)])
    muster = branch.muster
    return import_file(
        muster.database, kind, path, at=branch.now, policy=branch.policy, calendar=muster.calendar
    )


def reasons(report: Report) -> list[tuple[int, str]]:
    """The refused lines with their reasons."""
    return [(number, reason) for number, _, reason in report.refused]


def applicants(count: int) -> list[list[Any]]:
    """People nobody knows."""
    where = ("城北分公司", "催收员", "校园招聘")
    return [
        [f"候选{one}", f"139{one:08}", *where, f"N-{one}", "", SAYS, f"a{one}@example.com"]
        for one in range(count)
    ]


def how_many(branch: Branch, *tables: Any) -> list[int]:
    """How many rows each table has."""
    with branch.muster.database.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def resumes(branch: Branch) -> list[bytes | None]:
    """The résumés as they are stored, in the order of the applications."""
    with branch.muster.database.reading() as session:
        stored = select(HiringProcess.resume).order_by(HiringProcess.application_id)
        return list(session.scalars(stored).all())


def test_many_new_people_apply_and_again_nothing_changes(branch: Branch, tmp_path: Path) -> None:
    lines = applicants(700)

    report = run(branch, tmp_path / "a.csv", "candidates", lines, APPLICANTS)

    assert (report.new, report.taken, reasons(report)) == (700, 700, [])
    assert how_many(branch, Candidate, Application, HiringProcess, StageRecord) == [700, 700, 700, 3500]
    with branch.muster.database.reading() as session:
        [application] = session.scalars(select(Application).where(Application.number == "N-699")).all()
        person = session.get_one(Candidate, application.person_id)
        assert secrecy.open_text(session, person.subject, person.phone) == "13900000699"
        assert secrecy.open_text(session, person.subject, person.email) == "a699@example.com"
        process = session.get_one(HiringProcess, application.id)
        assert (process.hits, process.screen_score, process.adjusted_score) == (["催收", "银行"], 55, 55)
    again = run(branch, tmp_path / "a.csv", "candidates", lines, APPLICANTS)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 700)
    assert how_many(branch, Candidate, Application, StageRecord) == [700, 700, 3500]


def test_a_resume_that_says_more_is_a_change_and_the_same_one_is_none(branch: Branch, tmp_path: Path) -> None:
    lines = applicants(3)
    run(branch, tmp_path / "a.csv", "candidates", lines, APPLICANTS)
    sealed = resumes(branch)

    lines[1][7] = "做过催收，在银行实习，会四川话"
    again = run(branch, tmp_path / "b.csv", "candidates", lines, APPLICANTS)

    assert (again.new, again.changed, again.unchanged) == (0, 1, 2)
    assert [one == other for one, other in zip(sealed, resumes(branch), strict=True)] == [True, False, True]


def test_who_may_be_known_is_looked_at_one_by_one(branch: Branch, tmp_path: Path) -> None:
    lines = applicants(30)
    run(branch, tmp_path / "a.csv", "candidates", lines, APPLICANTS)
    same_again, other_job, other_name, twice = (list(line) for line in lines[:4])
    other_job[3], other_job[5] = "客服", "N-100"
    other_name[0], other_name[5] = "另一位", "N-101"
    twice[4] = "内推"
    newcomer = ["新来", "13911111111", "城北分公司", "客服", "", "", 88, "", ""]
    newcomer_again = ["新来", "13911111111", "城东分公司", "客服", "", "", "", "", ""]

    report = run(
        branch,
        tmp_path / "b.csv",
        "candidates",
        [same_again, other_job, other_name, twice, newcomer, newcomer_again],
        APPLICANTS,
    )

    assert reasons(report) == []
    assert (report.new, report.changed, report.unchanged, report.possible) == (4, 1, 1, 2)
    assert len(rows(branch.muster, CandidateMatch)) == 2
    with branch.muster.database.reading() as session:
        screens = session.scalars(
            select(HiringProcess.screen_score).where(HiringProcess.screen_score > 80)
        ).all()
    assert screens == [88]


def test_a_number_belongs_to_one_application(branch: Branch, tmp_path: Path) -> None:
    lines = applicants(3)
    run(branch, tmp_path / "a.csv", "candidates", lines, APPLICANTS)
    taken = ["另一位", "13922222222", "城北分公司", "客服", "", "N-1", "", "", ""]
    made = ["又一位", "13933333333", "城北分公司", "客服", "", "A7", "", "", ""]
    wrong = ["再一位", "13944444444", "城北分公司", "客服", "", "", "120", "", ""]

    report = run(branch, tmp_path / "b.csv", "candidates", [taken, made, wrong], APPLICANTS)

    assert reasons(report) == [
        (2, "应聘编号 N-1 已经是别的应聘，请核对"),
        (3, "应聘编号不能是 A 加数字（A7）：没有编号的应聘就是这样自动编号的"),
        (4, "初筛分「120」要在 0 和 100 之间"),
    ]
    assert how_many(branch, Candidate, Application) == [3, 3]


def test_results_are_entered_and_again_nothing_changes(branch: Branch, tmp_path: Path) -> None:
    rain = branch.applies("林小雨", number="N-1")
    cloud = branch.applies("云朵")
    lines = [
        ["N-1", "AI面试", "2026-03-02 09:30", 82.5, "", 80, 90],
        ["N-1", "ai_interview", "2026/03/01 09:30", 12, "", "", ""],
        [f"A{cloud}", "AI面试", "2026-03-02T09:30:00+08:00", "", "没来", "", ""],
        ["N-9", "AI面试", "2026-03-02 09:30", 70, "", "", ""],
    ]

    report = run(branch, tmp_path / "r.csv", "results", lines, RESULTS)

    assert reasons(report) == []
    assert report.new == 4
    assert report.told == ["有 1 条结果还没有对应的应聘编号，登记应聘时会自动记入"]
    stage = branch.stage(rain)
    assert (stage.score, stage.dimensions, stage.status) == (
        82.5,
        {"沟通表达": 80, "抗压能力": 90},
        StageStatus.PASSED,
    )
    assert branch.stage(cloud).status == StageStatus.NO_SHOW
    again = run(branch, tmp_path / "r.csv", "results", lines, RESULTS)
    assert (again.new, again.unchanged) == (0, 4)
    late = branch.applies("迟到", number="N-9")
    assert branch.stage(late).score == 70


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (["", "AI面试", "2026-03-02 09:30", 80, "", "", ""], "应聘编号没有填"),
        (["N-1", "试岗", "2026-03-02 09:30", 80, "", "", ""], "没有「试岗」这个环节，可以写："),
        (["N-1", "AI面试", "昨天", 80, "", "", ""], "看不懂时间「昨天」，写成 2026-03-09 09:30"),
        (["N-1", "AI面试", "2026-03-02 09:30", "", "", "", ""], "分数没有填；没来的，在「结果」里写 没来"),
        (["N-1", "AI面试", "2026-03-02 09:30", "优", "", "", ""], "看不懂分数「优」，写成 82.5"),
        (["N-1", "AI面试", "2026-03-02 09:30", 80, "", 101, ""], "沟通表达「101」要在 0 和 100 之间"),
    ],
)
def test_a_result_that_is_wrong_is_refused_with_the_reason(
    branch: Branch, tmp_path: Path, line: list[Any], why: str
) -> None:
    report = run(branch, tmp_path / "r.csv", "results", [line], RESULTS)

    [(number, told)] = reasons(report)
    assert number == 2
    assert told.startswith(why)
    assert rows(branch.muster, InterviewResult) == []


def test_the_template_of_results_imports(branch: Branch, tmp_path: Path) -> None:
    columns, example = template("results")

    assert run(branch, tmp_path / "r.xlsx", "results", [list(example)], tuple(columns)).new == 1


def test_all_that_is_wrong_with_a_row_is_told_at_once(branch: Branch, tmp_path: Path) -> None:
    wrong = ["", "1380013", "城南分公司", "", "", "A17", "120", SAYS, "nobody"]
    masked = ["林*", "138****8000", "城北分公司", "催收员", "", "", "", "", "w***@example.com"]

    report = run(branch, tmp_path / "a.csv", "candidates", [wrong, masked], APPLICANTS)

    [(_, first), (_, second)] = reasons(report)
    assert first == (
        "姓名没有填，或者太长；应聘岗位没有填，或者太长；手机号「1***」不是 11 位的手机号；"
        "没有「城南分公司」这个机构，或者不止一个：写全路径，如 城北分公司/催收一组；"
        "邮箱不对，写成 name@example.com；没有就空着；初筛分「120」要在 0 和 100 之间；"
        "应聘编号不能是 A 加数字（A17）：没有编号的应聘就是这样自动编号的"
    )
    why = "是打了码的：这张表是打码的导出，请填完整的，或用完整的导出"
    assert second == f"姓名「林*」{why}；手机号「138****8000」{why}；邮箱「w***@example.com」{why}"


def test_all_that_is_wrong_with_a_result_is_told_at_once(branch: Branch, tmp_path: Path) -> None:
    report = run(
        branch, tmp_path / "r.csv", "results", [["", "唱歌", "昨天", "", "", "八十", "101"]], RESULTS
    )

    [(_, why)] = reasons(report)
    assert why.startswith("没有「唱歌」这个环节，可以写：")
    assert why.endswith(
        "；看不懂沟通表达「八十」，写成 82.5；抗压能力「101」要在 0 和 100 之间；应聘编号没有填；"
        "看不懂时间「昨天」，写成 2026-03-09 09:30；分数没有填；没来的，在「结果」里写 没来"
    )
