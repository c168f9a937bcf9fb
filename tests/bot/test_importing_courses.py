"""Courses from folders, archives and workbooks: published whole or not at all, and out again the same."""

import stat
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from click.testing import CliRunner
from hypothesis import given as hypothesis_given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.app import Muster
from bot.cli import main
from bot.importing import course_sheets
from bot.importing.course_files import CourseFiles
from bot.importing.course_folder import read_folder, write_folder
from bot.importing.courses import CourseReport, export_courses, import_courses, write_problems
from bot.policy import load_policy
from config.settings import SettingsError
from models import training
from models.training import (
    Course,
    CourseDraft,
    CourseKind,
    CourseVersion,
    Family,
    LessonDraft,
    Question,
    QuestionDraft,
    QuestionKind,
    Where,
)
from tests import tencent
from tests.models.test_lessons import picture
from tests.simulator import rows

POLICY = load_policy().training
COURSE = """
title = "晚上几点以后不能联系"
family = "law"
compliance = true
roles = ["collector"]
"""
LESSON = "# 22 点到 8 点\n\n**22:00–8:00** 不联系。\n\n![时间](clock.png)\n"
QUESTIONS = """
[[question]]
code = "q1"
kind = "single"
stem = "22:30 可以打吗？"
options = ["可以", "不可以"]
answer = "B"
explanation = "22 点以后不联系。"
source = "公司规定第 3 条"

[[question]]
code = "q2"
kind = "judge"
stem = "客户同意的时段除外。"
answer = "对"
explanation = "同意要留记录。"
source = "公司规定第 3 条"
"""
FILES: dict[str, str | bytes] = {
    "course.toml": COURSE,
    "01-hours.md": LESSON,
    "questions.toml": QUESTIONS,
    "clock.png": picture(),
}


def folder(at: Path, code: str = "quiet_hours", **changed: str | bytes | None) -> Path:
    """A folder with one course; `changed`: a file's name with __ for a point → its content, None for none."""
    home = at / code
    home.mkdir(parents=True, exist_ok=True)
    for name, content in {**FILES, **{one.replace("__", "."): what for one, what in changed.items()}}.items():
        if content is not None:
            (home / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return at


def run(muster: Muster, path: Path) -> CourseReport:
    """Import it."""
    return import_courses(
        muster.database, path, at=muster.clock.now(), policy=muster.policy, texts=muster.texts
    )


def said(muster: Muster, report: CourseReport) -> list[str]:
    """Everything that is wrong, as it is said."""
    return [
        muster.texts.render("courses/refused_line", {"code": code, "one": one})
        for code, problems in report.refused.items()
        for one in problems
    ]


def test_a_folder_becomes_a_course_and_a_second_time_nothing(muster: Muster, tmp_path: Path) -> None:
    folder(tmp_path / "in")

    first, again = run(muster, tmp_path / "in"), run(muster, tmp_path / "in" / "quiet_hours")

    assert (first.new, first.told) == (1, ["quiet_hours：晚上几点以后不能联系，第 1 版"])
    assert (again.read, again.unchanged) == (1, 1)
    [version] = rows(muster, CourseVersion)
    assert (version.title, version.pass_mark, version.draws, version.delivered) == (
        "晚上几点以后不能联系",
        90,
        2,
        False,
    )
    with muster.database.reading() as session:
        asked = session.execute(select(Question.code, Question.options, Question.answer)).all()
    assert [tuple(one) for one in asked] == [("q1", ["可以", "不可以"], [1]), ("q2", ["对", "错"], [0])]


def test_everything_wrong_with_a_folder_is_said_at_once_and_nothing_is_published(
    muster: Muster, tmp_path: Path
) -> None:
    folder(
        tmp_path / "in",
        course__toml=COURSE.replace("law", "laws").replace("collector", "king") + "colour = 1\n",
        **{"01-hours.md": LESSON + "\n<b>x</b>\n", "02-two.md": "没有标题\n", "a.svg": "<svg/>"},
        questions__toml=QUESTIONS.replace('"B"', '"E"').replace('"对"', '"也许"'),
    )
    folder(tmp_path / "in", "good")

    report = run(muster, tmp_path / "in")

    assert (report.new, len(report.refused)) == (1, 1)
    assert [one.code for one in rows(muster, Course)] == ["good"]
    assert said(muster, report) == [
        "quiet_hours/01-hours.md 第 7 行：不能用 HTML「<b>」，用 Markdown 写；要写出这些符号，前面加反斜杠",
        "quiet_hours/01-hours.md 第 7 行：不能用 HTML「</b>」，用 Markdown 写；要写出这些符号，前面加反斜杠",
        "quiet_hours/02-two.md 第 1 行：第一行要是「# 标题」",
        "quiet_hours/a.svg：不是能用的图，换成 PNG、JPG、GIF 或 WebP（SVG 不收）",
        "quiet_hours/course.toml：类别「laws」看不懂，写法律、规则、流程、技巧、投诉、话术或产品",
        "quiet_hours/course.toml：没有「colour」这一项，请检查拼写或删掉",
        "quiet_hours/course.toml：角色「king」看不懂，写角色的名字，如催收员",
        "quiet_hours/questions.toml 第 2 行：答案不在选项里（有 2 个选项）",
        "quiet_hours/questions.toml 第 11 行：答案「也许」看不懂，写 B、AC、对或错",
    ]
    beside = write_problems(tmp_path / "in", report, muster.texts)
    assert beside.read_text("utf-8-sig").splitlines()[3] == "quiet_hours,02-two.md,1,第一行要是「# 标题」"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"course__toml": None}, ["course.toml：没有这个文件，补上"]),
        ({"course__toml": "title = \n"}, ["course.toml 第 1 行：TOML 写法不对，看看引号、括号和等号"]),
        ({"course__toml": b"\xff\xfet"}, ["course.toml 第 1 行：不是 UTF-8 的文字，另存为 UTF-8"]),
        ({"questions__toml": None}, ["course.toml：没有题目也没有作业，每门课最后要有一个检查"]),
        ({"01-hours.md": None}, ["course.toml：没有课文，至少写一课"]),
        ({"clock__png": None}, ["01-hours.md 第 5 行：没有「clock.png」这张图，放到一起或改名字"]),
        ({"clock__png": b"<svg/>"}, ["clock.png：不是能用的图，换成 PNG、JPG、GIF 或 WebP（SVG 不收）"]),
        (
            {"read__me": "x"},
            ["read.me：不认识这个文件，课程里只放 course.toml、questions.toml、01-名字.md 和图"],
        ),
        ({"course__toml": COURSE + "pass_mark = 120\n"}, ["course.toml：及格分写了 120，要在 1–100 之间"]),
        ({"course__toml": COURSE + "draws = 3\n"}, ["course.toml：要抽 3 题，题库只有 2 题，加题或少抽"]),
        ({"course__toml": COURSE + 'minutes = "x"\n'}, ["course.toml：限时分钟「x」看不懂，请改"]),
        ({"course__toml": "a = " + "[" * 2000}, ["course.toml：TOML 写法不对，看看引号、括号和等号"]),
    ],
)
def test_what_is_wrong_with_a_course_is_said_with_its_place(
    muster: Muster, tmp_path: Path, changed: dict[str, Any], expected: list[str]
) -> None:
    report = run(muster, folder(tmp_path / "in", **changed))

    found = [line.removeprefix("quiet_hours/") for line in said(muster, report)]
    assert expected[0] in found or [one.replace(" 第 1 行", "") for one in found] == expected, found
    assert not rows(muster, Course)


def test_ten_megabytes_are_refused_before_they_are_read(
    muster: Muster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder(tmp_path / "in", clock__png=None)
    big = tmp_path / "in" / "quiet_hours" / "clock.png"
    with big.open("wb") as target:
        target.truncate(10_000_000)
    read: list[str] = []
    plain = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read.append(self.name) or plain(self))  # type: ignore[func-returns-value]

    report = run(muster, tmp_path / "in")

    assert "quiet_hours/clock.png：图有 10.0 MB，最大 2.0 MB，请压缩" in said(muster, report)
    assert "clock.png" not in read


def test_links_out_of_a_folder_are_not_followed(muster: Muster, tmp_path: Path) -> None:
    folder(tmp_path / "in", **{"02-secret.md": None})
    (tmp_path / "secret").write_text("# 秘密\n\n不给看")
    (tmp_path / "in" / "quiet_hours" / "02-secret.md").symlink_to(tmp_path / "secret")
    (tmp_path / "in" / "elsewhere").symlink_to(tmp_path)

    report = run(muster, tmp_path / "in")

    assert said(muster, report) == [
        "elsewhere/elsewhere：是链接，请放文件本身",
        "quiet_hours/02-secret.md：是链接，请放文件本身",
    ]


# --- archives --------------------------------------------------------------------------------------------


def packed(at: Path, **changed: str | bytes) -> Path:
    """A zip file with the course in a folder; `changed`: further entries by their full names."""
    with zipfile.ZipFile(at, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in {
            **{f"quiet_hours/{one}": what for one, what in FILES.items()},
            **changed,
        }.items():
            made.writestr(name, content)
    return at


def test_an_archive_is_a_folder_of_courses(muster: Muster, tmp_path: Path) -> None:
    extra = {"__MACOSX/quiet_hours/._course.toml": b"x", "说明.txt": "不读"}
    other = {f"night/{name}": content for name, content in FILES.items()}

    report = run(muster, packed(tmp_path / "all.zip", **extra, **other))

    assert (report.new, report.refused) == (2, {})
    assert [one.code for one in rows(muster, Course)] == ["quiet_hours", "night"]


def test_one_course_or_a_wrapped_folder_may_be_packed(muster: Muster, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "flat.zip", "w") as made:
        for name, content in FILES.items():
            made.writestr(name, content)
    with zipfile.ZipFile(tmp_path / "wrapped.zip", "w") as made:
        for name, content in FILES.items():
            made.writestr(f"library/night/{name}", content)

    assert run(muster, tmp_path / "flat.zip").new == 1
    assert run(muster, tmp_path / "wrapped.zip").new == 1
    assert [one.code for one in rows(muster, Course)] == ["flat", "night"]


def linked() -> zipfile.ZipInfo:
    """An entry that is a symbolic link."""
    entry = zipfile.ZipInfo("quiet_hours/02-x.md")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil.md", "指到文件夹外面去了"),
        ("quiet_hours/../../evil.md", "指到文件夹外面去了"),
        ("/etc/evil.md", "指到文件夹外面去了"),
        ("..\\evil.md", "指到文件夹外面去了"),
        ("C:\\evil.md", "指到文件夹外面去了"),
        ("link", "是链接，不是文件"),
        ("bomb", "解开会大得离谱"),
        ("many", "最多 5000 个"),
        ("locked", "有密码"),
        ("cut", "打不开"),
        ("text", "打不开"),
        ("huge", "解开有 300.0 MB"),
    ],
)
def test_archives_that_are_no_plain_folders_are_refused(
    muster: Muster, tmp_path: Path, name: str, reason: str
) -> None:
    path = packed(tmp_path / "a.zip")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as made:
        if name == "link":
            made.writestr(linked(), "/etc/passwd")
        elif name == "bomb":
            made.writestr("quiet_hours/02-x.md", b"0" * 20_000_000)
        elif name == "many":
            for number in range(10_000):
                made.writestr(f"quiet_hours/{number}.md", b"")
        elif name == "huge":
            for number in range(150):
                made.writestr(f"quiet_hours/{number}.md", b"0" * 2_000_000)
        elif name not in ("locked", "cut", "text"):
            made.writestr(name, b"x")
    if name == "locked":
        content = bytearray(path.read_bytes())
        content[content.rindex(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(content)
    elif name == "cut":
        path.write_bytes(path.read_bytes()[:-300])
    elif name == "text":
        path.write_bytes(b"no archive")

    with pytest.raises(SettingsError, match=reason):
        run(muster, path)

    assert not rows(muster, Course)


def test_a_broken_file_in_an_archive_and_one_within_another_are_named(muster: Muster, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", **{"quiet_hours/in.zip": b"PK", "quiet_hours/sub/a.md": "# x"})
    content = path.read_bytes()
    place = content.index(b"questions.toml") + 20
    path.write_bytes(content[:place] + b"\xff\xff\xff\xff" + content[place + 4 :])

    found = said(muster, run(muster, path))

    assert any(line.startswith("quiet_hours/in.zip：不认识这个文件") for line in found)
    assert any(line.startswith("quiet_hours/sub/a.md：不认识这个文件") for line in found)
    assert "quiet_hours/questions.toml：文件坏了或没传完，换一份" in found


def test_names_packed_by_a_chinese_windows_are_read(muster: Muster, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, content in FILES.items():
            entry = zipfile.ZipInfo(f"XXXX/{name}")
            made.writestr(entry, content)
    path.write_bytes(path.read_bytes().replace(b"XXXX", "夜间".encode("gb18030")))

    assert run(muster, path).new == 1
    assert [one.code for one in rows(muster, Course)] == ["夜间"]


# --- workbooks -------------------------------------------------------------------------------------------


def workbook(path: Path, **pages: list[tuple[Any, ...]]) -> Path:
    """A workbook with these sheets."""
    with xlsxwriter.Workbook(str(path)) as book:
        for name, lines in pages.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(lines):
                for column, cell in enumerate(line):
                    sheet.write(number, column, cell)
    return path


COURSES = [
    ("课程编号", "标题", "类别", "合规必修", "角色", "及格分"),
    ("night", "夜间", "法律", "是", "催收员、外勤", 95),
]
LESSONS = [("课程编号", "标题", "内容"), ("night", "一课", "第一行\n第二行 ![图](clock.png)")]
ASKED = [
    ("课程编号", "题号", "题型", "题干", "选项A", "选项B", "选项C", "答案", "解析", "出处"),
    ("night", "q1", "单选", "可以吗", "可以", "不可以", "", "B", "不可以", "规定"),
    ("night", "q2", "多选", "哪些", "一", "二", "三", "A、C", "一和三", "规定"),
]


def test_a_workbook_becomes_courses_with_the_pictures_beside_it(muster: Muster, tmp_path: Path) -> None:
    (tmp_path / "clock.png").write_bytes(picture())

    report = run(muster, workbook(tmp_path / "a.xlsx", 课程=COURSES, 微课=LESSONS, 题目=ASKED))

    assert (report.new, report.refused) == (1, {})
    [version] = rows(muster, CourseVersion)
    assert (version.roles, version.pass_mark, version.draws) == (["collector", "field_rep"], 95, 2)


def test_what_is_wrong_in_a_workbook_is_said_with_sheet_and_row(muster: Muster, tmp_path: Path) -> None:
    courses = [*COURSES, ("other", "别的", "天文", "也许", "国王", "很多")]
    lessons = [*LESSONS, ("other", "二课", "字\n<b>"), ("nobody", "三课", "字")]
    asked = [*ASKED, ("other", "q1", "单选", "吗", "可以", "可以", "", "AB", "", "")]

    report = run(muster, workbook(tmp_path / "a.xlsx", 课程=courses, 微课=lessons, 题目=asked))

    assert said(muster, report) == [
        "night/微课 第 2 行「内容」里的第 2 行：没有「clock.png」这张图，放到一起或改名字",
        "other/微课 第 3 行「内容」里的第 2 行：不能用 HTML「<b>」"
        "，用 Markdown 写；要写出这些符号，前面加反斜杠",
        "other/课程 第 3 行：类别「天文」看不懂，写法律、规则、流程、技巧、投诉、话术或产品",
        "other/课程 第 3 行：合规必修「也许」看不懂，写是或否",
        "other/课程 第 3 行：及格分「很多」看不懂，请改",
        "other/课程 第 3 行：角色「国王」看不懂，写角色的名字，如催收员",
        "other/题目 第 4 行：缺少解析，补上",
        "other/题目 第 4 行：缺少出处，补上",
        "other/题目 第 4 行：选项重复，改掉一个",
        "other/题目 第 4 行：单选和判断只能有一个答案，写了 2 个；有几个对的请写成多选",
        "nobody/微课 第 4 行：没有「nobody」这门课",
    ]
    assert not rows(muster, Course)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "有密码，或者是旧的 .xls"),
        (b"PK\x03\x04 cut", "打不开"),
        (b"", "打不开"),
    ],
)
def test_workbooks_that_cannot_be_read_are_refused(
    muster: Muster, tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)

    with pytest.raises(SettingsError, match=reason):
        run(muster, tmp_path / "a.xlsx")


def test_a_workbook_that_unpacks_to_a_thousand_times_its_size_is_refused(
    muster: Muster, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "a.xlsx", 课程=COURSES, 微课=LESSONS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet9.xml", b" " * 50_000_000)

    with pytest.raises(SettingsError, match="解开会大得离谱"):
        run(muster, path)


def test_a_missing_sheet_or_column_is_named(muster: Muster, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="缺少工作表「微课」"):
        run(muster, workbook(tmp_path / "a.xlsx", 课程=COURSES))
    with pytest.raises(SettingsError, match="「微课」缺少列：内容"):
        run(muster, workbook(tmp_path / "b.xlsx", 课程=COURSES, 微课=[("课程编号", "标题")]))


def test_the_template_is_a_course_that_can_be_imported(muster: Muster, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(course_sheets.template(muster.policy))

    report = run(muster, tmp_path / "a.xlsx")

    assert (report.new, said(muster, report)) == (1, [])


def test_questions_of_a_course_come_as_a_table(muster: Muster, tmp_path: Path) -> None:
    run(muster, folder(tmp_path / "in"))
    head = "课程编号,题号,题型,题干,选项A,选项B,答案,解析,出处\n"
    table = tmp_path / "题目.csv"
    table.write_text(
        head + "quiet_hours,q3,单选,几点,21 点,23 点,A,21 点可以,规定\nnobody,q1,判断,吗,,,对,是,规定\n"
    )

    report = run(muster, table)

    assert (report.changed, said(muster, report)) == (1, ["nobody/题目.csv 第 3 行：没有「nobody」这门课"])
    newest = rows(muster, CourseVersion)[-1]
    with muster.database.reading() as session:
        assert [one.code for one in training.questions_of(session, newest.id)] == ["q3"]
        assert [one.title for one in training.lessons_of(session, newest.id)] == ["22 点到 8 点"]


# --- out again -------------------------------------------------------------------------------------------


def test_what_is_exported_is_the_same_when_it_is_imported(muster: Muster, tmp_path: Path) -> None:
    run(muster, folder(tmp_path / "in"))
    run(
        muster,
        folder(tmp_path / "more", "night", course__toml=COURSE + 'homework = "写一页"\nmonths_to = 3\n'),
    )

    count = export_courses(muster.database, tmp_path / "out", at=muster.clock.now())
    report = run(muster, tmp_path / "out")

    assert (count, report.unchanged, report.refused) == (2, 2, {})
    with pytest.raises(FileExistsError):
        export_courses(muster.database, tmp_path / "out", at=muster.clock.now())


LINE = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=20).filter(
    lambda one: training.invisible_in(one) is None
)
TEXT = st.lists(st.one_of(LINE, st.just("")), min_size=1, max_size=5).map("\n".join)


@st.composite
def drafts(draw: st.DrawFn) -> CourseDraft:
    """Any course."""
    where = Where("x")
    questions = []
    for number in range(draw(st.integers(0, 3))):
        options = draw(st.lists(LINE.map(str.strip).filter(bool), min_size=2, max_size=6, unique=True))
        kind = draw(st.sampled_from(QuestionKind))
        if kind is QuestionKind.JUDGE:
            options = ["对", "错"]
        several = kind is QuestionKind.MULTIPLE
        answer = draw(
            st.lists(
                st.integers(0, len(options) - 1),
                min_size=1,
                max_size=len(options) if several else 1,
                unique=True,
            )
        )
        questions.append(
            QuestionDraft(
                f"q{number}", kind, draw(TEXT), options, sorted(answer), draw(TEXT), draw(LINE), where
            )
        )
    return CourseDraft(
        code="any",
        title=draw(LINE),
        family=draw(st.sampled_from(Family)),
        where=where,
        kind=draw(st.sampled_from(CourseKind)),
        compliance=draw(st.booleans()),
        licence=draw(st.booleans()),
        roles=draw(st.lists(LINE, max_size=2)),
        dimensions=draw(st.lists(LINE, max_size=2)),
        months_from=draw(st.integers(0, 20)),
        months_to=draw(st.none() | st.integers(20, 40)),
        draws=draw(st.none() | st.integers(0, 3)),
        valid_days=draw(st.none() | st.integers(1, 900)),
        homework=draw(st.none() | TEXT),
        note=draw(LINE),
        lessons=[LessonDraft(draw(LINE), draw(TEXT), where) for _ in range(draw(st.integers(1, 3)))],
        questions=questions,
        pictures={"a.png": picture()},
    )


@hypothesis_settings(max_examples=150, deadline=None)
@hypothesis_given(drafts())
def test_any_course_is_the_same_after_writing_and_reading(draft: CourseDraft) -> None:
    whole = training.filled(draft, POLICY)
    files = write_folder(whole)

    read, problems = read_folder(CourseFiles("any", dict(files)))

    assert not problems
    assert read is not None
    again = training.filled(read, POLICY)
    assert training.digest_of(again) == training.digest_of(replace(whole, note=""))
    assert again.note == whole.note


def test_the_command_line_imports_and_exports(
    muster: Muster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("corp_id", "agent_id", "secret", "token", "encoding_aes_key"):
        monkeypatch.setenv(f"MUSTER_WECOM_{name.upper()}", str(tencent.SETTINGS[f"wecom_{name}"]))
    monkeypatch.setenv("MUSTER_DATABASE_URL", muster.settings.database)
    monkeypatch.setenv("MUSTER_MODE", "sandbox")
    monkeypatch.setenv("MUSTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    talk = CliRunner()

    assert "✓ 空表已写到" in talk.invoke(main, ["import", "courses", "空表.xlsx", "--template"]).output
    done = talk.invoke(main, ["import", "courses", str(folder(tmp_path / "in"))])
    assert "✓ 共 1 门课 = 新增 1 + 新版本 0 + 没变 0 + 没导入 0" in done.output
    assert "✓ 导出 1 门课到 out" in talk.invoke(main, ["export", "courses", "out"]).output
    refused = talk.invoke(main, ["import", "courses", str(folder(tmp_path / "bad", course__toml="x"))])
    assert refused.exit_code == 1
    assert "1 门课没有导入，1 处不对都写在" in refused.output
    assert talk.invoke(main, ["import", "courses", "nothing.pdf"]).exit_code == 1
