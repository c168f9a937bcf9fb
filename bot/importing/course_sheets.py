"""Courses as a workbook: sheets 课程, 微课 and 题目, put together by the code of the course."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bot import sheets
from bot.importing.course_files import check_archive, pictures_beside
from bot.importing.course_folder import question_of
from config.settings import SettingsError
from handlers.course_words import (
    FAMILIES,
    KINDS,
    QUESTION_KINDS,
    family_of,
    kind_of,
    listed,
    plain,
    yes_or_no,
)
from jobs.spreadsheet import Sheet, workbook
from models.policy import Policy, TrainingPolicy
from models.staff import Role
from models.training import (
    CourseDraft,
    CourseKind,
    Family,
    LessonDraft,
    Problem,
    QuestionDraft,
    QuestionKind,
    Where,
    Wrong,
    pictures_in,
)

CODE = "课程编号"
COURSES, LESSONS, QUESTIONS = "课程", "微课", "题目"
TITLE, TEXT = "标题", "内容"
_COURSE = {
    "code": CODE,
    "title": TITLE,
    "family": "类别",
    "kind": "类型",
    "compliance": "合规必修",
    "licence": "上岗证",
    "roles": "角色",
    "measures": "指标",
    "dimensions": "维度",
    "months_from": "入职满几个月",
    "months_to": "到几个月",
    "draws": "抽几题",
    "pass_mark": "及格分",
    "minutes": "限时分钟",
    "valid_days": "证书天数",
    "homework": "作业",
    "homework_criteria": "作业标准",
    "note": "这次改了什么",
}
_OPTIONS = tuple(f"选项{letter}" for letter in "ABCDEF")
_QUESTION = {
    "code": "题号",
    "kind": "题型",
    "stem": "题干",
    "answer": "答案",
    "explanation": "解析",
    "source": "出处",
}
_NEEDED: Mapping[str, Sequence[str]] = {
    COURSES: (CODE, TITLE, "类别"),
    LESSONS: (CODE, TITLE, TEXT),
    QUESTIONS: (CODE, "题号", "题型", "题干", "答案"),
}
WIDTH = 18

Rows = Sequence[tuple[int, Mapping[str, str]]]
Found = Sequence[tuple[str, CourseDraft | None, Sequence[Problem]]]
"""Code of a course, its draft, and what could not be read."""


def read_workbook(path: Path, policy: Policy) -> Found:
    """The courses of a workbook.

    Raises:
        SettingsError: it cannot be read, or a sheet or column is missing.
    """
    if not path.is_file():
        raise SettingsError(f"读不了文件 {path}，请检查文件名和权限。")
    with path.open("rb") as opened:
        if opened.read(4) == b"\xd0\xcf\x11\xe0":
            raise SettingsError(f"{path.name} 有密码，或者是旧的 .xls：去掉密码、另存为 .xlsx 再导入。")
    check_archive(path).close()
    pages = sheets.all_sheets(path)
    lines = {name: _lines(path, pages, name) for name in (COURSES, LESSONS, QUESTIONS)}
    found: dict[str, tuple[CourseDraft, list[Problem]]] = {}
    astray: dict[str, list[Problem]] = {}
    for row, line in lines[COURSES]:
        where = Where(COURSES, row)
        problems: list[Problem] = []
        draft = _course(line, where, problems, policy)
        if draft.code in found:
            known = found[draft.code][0].where.row
            found[draft.code][1].append(Problem(where, Wrong.TWICE, {"what": CODE, "row": known}))
        else:
            found[draft.code] = (draft, problems)
    for name in (LESSONS, QUESTIONS):
        for row, line in lines[name]:
            code = line[CODE].strip()
            if code in found:
                found[code] = (_with(found[code][0], name, row, line, found[code][1]), found[code][1])
            else:
                facts = {"what": CODE, "said": code[:40]}
                wrong = Problem(Where(name, row), Wrong.NO_SUCH_COURSE, facts)
                astray.setdefault(code, []).append(wrong)
    return [
        *(_with_pictures(path, draft, problems, policy.training) for draft, problems in found.values()),
        *((code, None, problems) for code, problems in astray.items()),
    ]


def _lines(path: Path, pages: Mapping[str, Sequence[Sequence[str]]], name: str) -> Rows:
    page = pages.get(name)
    if page is None:
        if name == QUESTIONS:
            return []
        raise SettingsError(f"{path.name} 缺少工作表「{name}」。用 --template 生成一份空表。")
    head = [re.sub(r"[\s*]+", "", cell) for cell in page[0]] if page else []
    missing = [column for column in _NEEDED[name] if column not in head]
    if missing:
        raise SettingsError(
            f"{path.name} 的「{name}」缺少列：{'、'.join(missing)}。用 --template 生成一份空表。"
        )
    wanted = (*_COURSE.values(), TEXT, *_QUESTION.values(), *_OPTIONS)
    return [
        (number, {**dict.fromkeys(wanted, ""), **dict(zip(head, row, strict=False))})
        for number, row in enumerate(page[1:], start=2)
        if any(row)
    ]


def _course(line: Mapping[str, str], where: Where, problems: list[Problem], policy: Policy) -> CourseDraft:
    def note(what: str, said: str) -> None:
        problems.append(Problem(where, Wrong.UNKNOWN_VALUE, {"what": what, "said": said[:40]}))

    said = {name: line[column].strip() for name, column in _COURSE.items()}
    family, kind = family_of(said["family"]), kind_of(said["kind"] or CourseKind.COURSE)
    if not said["family"]:
        problems.append(Problem(where, Wrong.MISSING, {"what": "family"}))
    elif family is None:
        note("family", said["family"])
    if kind is None:
        note("kind", said["kind"])
    flags = {}
    for name in ("compliance", "licence"):
        flags[name] = yes_or_no(said[name])
        if flags[name] is None:
            note(name, said[name])
    numbers: dict[str, int | None] = {}
    for name in ("months_from", "months_to", "draws", "pass_mark", "minutes", "valid_days"):
        numbers[name] = int(said[name]) if re.fullmatch(r"\d{1,6}", said[name], re.ASCII) else None
        if said[name] and numbers[name] is None:
            note(name, said[name])
    return CourseDraft(
        code=said["code"],
        title=said["title"],
        family=family or Family.RULES,
        where=where,
        kind=kind or CourseKind.COURSE,
        compliance=bool(flags["compliance"]),
        licence=bool(flags["licence"]),
        roles=_roles(said["roles"], policy),
        measures=_measures(said["measures"], policy),
        dimensions=listed(said["dimensions"]),
        months_from=numbers["months_from"] or 0,
        months_to=numbers["months_to"],
        draws=numbers["draws"],
        pass_mark=numbers["pass_mark"],
        minutes=numbers["minutes"],
        valid_days=numbers["valid_days"],
        homework=said["homework"] or None,
        homework_criteria=said["homework_criteria"] or None,
        note=said["note"],
    )


def _roles(said: str, policy: Policy) -> Sequence[str]:
    named = {plain(one.name): role for role, one in policy.rights.roles.items() if role != Role.CANDIDATE}
    return tuple(named.get(plain(word), word) for word in listed(said))


def _measures(said: str, policy: Policy) -> Sequence[str]:
    named = {plain(word): code for code, words in policy.performance.measures.items() for word in words}
    return tuple(named.get(plain(word), word) for word in listed(said))


def _with(
    draft: CourseDraft, name: str, row: int, line: Mapping[str, str], problems: list[Problem]
) -> CourseDraft:
    if name == LESSONS:
        lesson = LessonDraft(line[TITLE], line[TEXT], Where(LESSONS, row, TEXT))
        return replace(draft, lessons=[*draft.lessons, lesson])
    question = read_question(line, row, problems)
    return draft if question is None else replace(draft, questions=[*draft.questions, question])


def read_question(line: Mapping[str, str], row: int, problems: list[Problem]) -> QuestionDraft | None:
    """The question in a row of a table; None if it cannot be read, which is noted."""
    said = {name: line.get(column, "") for name, column in _QUESTION.items()}
    options = [line.get(column, "") for column in _OPTIONS]
    while options and not options[-1]:
        options.pop()
    return question_of(said, options, Where(QUESTIONS, row), problems)


def _with_pictures(
    path: Path, draft: CourseDraft, problems: list[Problem], policy: TrainingPolicy
) -> tuple[str, CourseDraft, Sequence[Problem]]:
    """Pictures of a workbook lie beside it."""
    names = list(dict.fromkeys(name for one in draft.lessons for name in pictures_in(one.markdown)))
    pictures = {}
    for found in pictures_beside(path, names, policy):
        if isinstance(found, Problem):
            problems.append(found)
        else:
            pictures[found[0]] = found[1]
    return draft.code, replace(draft, pictures=pictures), problems


QUESTION_COLUMNS = (CODE, "题号", "题型", "题干", *_OPTIONS, "答案", "解析", "出处")
QUESTION_NEEDED = tuple(_NEEDED[QUESTIONS])


def template(policy: Policy) -> bytes:
    """An empty workbook with one course as an example."""
    course = {
        CODE: "night_calls",
        TITLE: "晚上几点以后不能联系",
        "类别": FAMILIES[Family.LAW][0],
        "类型": KINDS[CourseKind.COURSE][0],
        "合规必修": "是",
        "上岗证": "否",
        "角色": "、".join(policy.rights.roles[role].name for role in (Role.COLLECTOR, Role.FIELD_REP)),
        "抽几题": "2",
    }
    lesson = (
        course[CODE],
        "22 点到次日 8 点",
        "**22:00 到次日 8:00** 不打电话、不发消息。\n\n- 客户同意的时段除外\n- 同意要留记录",
    )
    single, judge = QUESTION_KINDS[QuestionKind.SINGLE][0], QUESTION_KINDS[QuestionKind.JUDGE][0]
    blank = ("",) * 6
    questions = (
        (
            course[CODE],
            "q1",
            single,
            "晚上 22:30 客户欠款逾期，可以打电话吗？",
            "可以",
            "不可以",
            *blank[2:],
            "B",
            "22 点以后不联系。",
            "公司规定第 3 条",
        ),
        (
            course[CODE],
            "q2",
            judge,
            "客户书面同意 22 点后联系，可以在约定时段联系。",
            *blank,
            "对",
            "同意的时段除外，要留记录。",
            "公司规定第 3 条",
        ),
    )
    return workbook(
        [
            Sheet(
                COURSES,
                tuple(_COURSE.values()),
                [[course.get(one, "") for one in _COURSE.values()]],
                widths=[WIDTH] * len(_COURSE),
                text_only=True,
            ),
            Sheet(LESSONS, (CODE, TITLE, TEXT), [lesson], widths=[WIDTH, WIDTH, 80], text_only=True),
            Sheet(
                QUESTIONS, QUESTION_COLUMNS, questions, widths=[WIDTH] * len(QUESTION_COLUMNS), text_only=True
            ),
        ]
    )
