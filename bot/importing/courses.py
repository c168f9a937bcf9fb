"""`muster import courses`: folders, zip files, workbooks and tables of questions become versions of courses.

Each course is published whole or not at all, in a transaction of its own; everything wrong with all of them
is said at once.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import sheets
from bot.database import Database
from bot.importing import course_sheets
from bot.importing.base import OPERATOR, REASON, REFUSED
from bot.importing.course_files import of_path
from bot.importing.course_folder import read_folder, write_folder
from bot.texts import Texts
from config.settings import SettingsError
from models import audit, training
from models.policy import Policy
from models.training import Course, CourseDraft, Problem, Where, Wrong

KIND = "courses"
WORKBOOK = ".xlsx"
TABLE = ".csv"


@dataclass
class CourseReport:
    """What became of the courses: how many of each kind, and what is wrong with the others."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    told: list[str] = field(default_factory=list)
    """A line for each version that was published."""
    refused: dict[str, Sequence[Problem]] = field(default_factory=dict)
    """Code of a course → everything that is wrong with it."""

    @property
    def read(self) -> int:
        """How many courses there were."""
        return self.new + self.changed + self.unchanged + len(self.refused)


def import_courses(
    database: Database, path: Path, *, at: datetime, policy: Policy, texts: Texts
) -> CourseReport:
    """Publish what a folder, a zip file, a workbook or a table of questions holds.

    Raises:
        SettingsError: it cannot be read, or is none of these.
    """
    report = CourseReport()
    for code, draft, unread in _found(database, path, policy):
        wrong = [*unread, *(training.everything_wrong(draft, policy) if draft is not None else ())]
        if draft is None or wrong:
            report.refused[code] = [*report.refused.get(code, ()), *_sorted(wrong)]
            continue
        with database.writing() as session:
            done = training.publish(session, draft=draft, actor=None, at=at, policy=policy)
            if not done.is_new:
                report.unchanged += 1
                continue
            report.new += done.before is None
            report.changed += done.before is not None
            report.told.append(texts.render("courses/imported", {"code": code, "version": done.version}))
    with database.writing() as session:
        counts = {
            "read": report.read,
            "new": report.new,
            "changed": report.changed,
            "unchanged": report.unchanged,
            "refused": len(report.refused),
        }
        audit.record(session, at=at, actor=OPERATOR, action=f"import.{KIND}", details=counts)
    return report


def _sorted(problems: Sequence[Problem]) -> Sequence[Problem]:
    once = {(one.where, one.wrong, tuple(sorted(one.facts.items()))): one for one in problems}
    return sorted(once.values(), key=lambda one: (one.where.file, one.where.row))


def _found(database: Database, path: Path, policy: Policy) -> course_sheets.Found:
    ending = path.suffix.lower()
    if path.is_dir() or ending == ".zip":
        return [(one.code, *read_folder(one)) for one in of_path(path, policy.training)]
    if ending == WORKBOOK:
        return course_sheets.read_workbook(path, policy)
    if ending == TABLE:
        return list(_questions(database, path))
    raise SettingsError(f"{path.name} 不能导入：要一个文件夹、.zip、.xlsx，或者一张题目的 .csv。")


def _questions(database: Database, path: Path) -> Iterator[tuple[str, CourseDraft | None, Sequence[Problem]]]:
    """The courses of a table of questions: each as it is, with these questions in the place of its own."""
    table = sheets.read(path, needed=course_sheets.QUESTION_NEEDED, optional=course_sheets.QUESTION_COLUMNS)
    rows: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    for row, line in table.lines:
        rows.setdefault(line[course_sheets.CODE].strip(), []).append((row, line))
    for code, lines in rows.items():
        with database.reading() as session:
            course = session.scalars(select(Course).where(Course.code == code)).one_or_none()
            known = None if course is None else training.draft_of(session, course)
        if known is None:
            wrong = Problem(
                Where(path.name, lines[0][0]), Wrong.NO_SUCH_COURSE, {"what": "code", "said": code[:40]}
            )
            yield code, None, [wrong]
            continue
        problems: list[Problem] = []
        found = [course_sheets.read_question(line, row, problems) for row, line in lines]
        yield code, replace(known, questions=[one for one in found if one], draws=None), problems


def write_problems(path: Path, report: CourseReport, texts: Texts) -> Path:
    """Everything that is wrong, as a table beside what was imported."""
    beside = path.with_name(f"{path.stem}{REFUSED}{TABLE}")
    with beside.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["课程", "文件或工作表", "行", REASON])
        for code, problems in report.refused.items():
            for one in problems:
                reason = texts.render("courses/problem", {"one": one})
                row = [code, one.where.file, str(one.where.row or ""), reason]
                writer.writerow([f"'{cell}" if cell.startswith(sheets.FORMULA) else cell for cell in row])
    return beside


def export_courses(database: Database, folder: Path, *, at: datetime) -> int:
    """Write every course still given as a folder of its own, and return how many there are.

    Raises:
        FileExistsError: the folder is there already and holds something; OSError: it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(folder)
    with database.writing() as session:
        drafts = _given(session)
        details = {"count": len(drafts), "full": False}
        audit.record(session, at=at, actor=OPERATOR, action=f"export.{KIND}", details=details)
    for draft in drafts:
        home = folder / draft.code
        home.mkdir(parents=True)
        for name, content in write_folder(draft).items():
            (home / name).write_bytes(content)
    return len(drafts)


def _given(session: Session) -> Sequence[CourseDraft]:
    found = session.scalars(select(Course).where(Course.retired_at.is_(None)).order_by(Course.code))
    return [draft for course in found.all() if (draft := training.draft_of(session, course)) is not None]
