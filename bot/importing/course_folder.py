"""A course as a folder: `course.toml`, lessons as Markdown, pictures, `questions.toml`; read and written."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.importing.course_files import COURSE, QUESTIONS, CourseFiles
from handlers.course_words import (
    RIGHT,
    WRONG,
    family_of,
    kind_of,
    question_kind_of,
    read_answer,
    written,
)
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
)

_LESSON = re.compile(r"\d{1,3}(?:[-_ ].*)?\.md", re.IGNORECASE | re.DOTALL)
_AT_LINE = re.compile(r"line (\d+)")
_TABLE = re.compile(r"^[ \t]*\[\[\s*question\s*\]\]", re.MULTILINE)
_TEXTS = ("title", "family", "kind", "homework", "homework_criteria", "note")
_FLAGS = ("compliance", "licence")
_LISTS = ("roles", "measures", "dimensions")
_NUMBERS = ("months_from", "months_to", "draws", "pass_mark", "minutes", "valid_days")
_QUESTION = ("code", "kind", "stem", "options", "answer", "explanation", "source")


@dataclass
class _Table:
    """A table of TOML while it is read: what does not fit is noted, and what is left over at the end."""

    values: Mapping[str, Any]
    where: Where
    problems: list[Problem]
    taken: set[str] = field(default_factory=set)

    def note(self, wrong: Wrong, what: str, **facts: str | int) -> None:
        """Note what is wrong with a value."""
        self.problems.append(Problem(self.where, wrong, {"what": what, **facts}))

    def text(self, name: str) -> str:
        """A text; a number is one, too."""
        self.taken.add(name)
        value = self.values.get(name, "")
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self.note(Wrong.UNKNOWN_VALUE, name, said=_said(value))
        return ""

    def flag(self, name: str) -> bool:
        """A yes or no."""
        self.taken.add(name)
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            self.note(Wrong.UNKNOWN_VALUE, name, said=_said(value))
        return value is True

    def number(self, name: str) -> int | None:
        """A whole number."""
        self.taken.add(name)
        value = self.values.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.note(Wrong.UNKNOWN_VALUE, name, said=_said(value))
        return None

    def words(self, name: str) -> Sequence[str]:
        """A list of texts."""
        self.taken.add(name)
        value = self.values.get(name, [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self.note(Wrong.UNKNOWN_VALUE, name, said=_said(value))
        return ()

    def rest(self) -> None:
        """Note every name that nobody asked for."""
        for name in self.values.keys() - self.taken:
            self.note(Wrong.UNKNOWN_VALUE, "name", said=name[:40])


def _said(value: object) -> str:
    return str(value)[:40]


def read_folder(course: CourseFiles) -> tuple[CourseDraft | None, Sequence[Problem]]:
    """The draft in the files of a course, and what could not be read; no draft without `course.toml`."""
    problems = list(course.problems)
    if COURSE not in course.files:
        if course.files or not problems:
            problems.append(Problem(Where(COURSE), Wrong.FILE_MISSING))
        return None, problems
    values = _toml(course.files[COURSE], COURSE, problems)
    if values is None:
        return None, problems
    table = _Table(values, Where(COURSE), problems)
    family, kind = table.text("family"), table.text("kind") or CourseKind.COURSE
    if not family:
        table.note(Wrong.MISSING, "family")
    elif family_of(family) is None:
        table.note(Wrong.UNKNOWN_VALUE, "family", said=family[:40])
    if kind_of(kind) is None:
        table.note(Wrong.UNKNOWN_VALUE, "kind", said=kind[:40])
    draft = CourseDraft(
        code=course.code,
        title=table.text("title"),
        family=family_of(family) or Family.RULES,
        where=Where(COURSE),
        kind=kind_of(kind) or CourseKind.COURSE,
        compliance=table.flag("compliance"),
        licence=table.flag("licence"),
        roles=table.words("roles"),
        measures=table.words("measures"),
        dimensions=table.words("dimensions"),
        months_from=table.number("months_from") or 0,
        months_to=table.number("months_to"),
        draws=table.number("draws"),
        pass_mark=table.number("pass_mark"),
        minutes=table.number("minutes"),
        valid_days=table.number("valid_days"),
        homework=table.text("homework") or None,
        homework_criteria=table.text("homework_criteria") or None,
        note=table.text("note"),
        lessons=_lessons(course, problems),
        questions=_questions(course, problems),
        pictures={
            name: content
            for name, content in course.files.items()
            if not name.lower().endswith((".md", ".toml"))
        },
    )
    table.rest()
    return draft, problems


def _toml(content: bytes, name: str, problems: list[Problem]) -> Mapping[str, Any] | None:
    text = _text(content, name, problems)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = _AT_LINE.search(str(error))
        problems.append(Problem(Where(name, int(line[1]) if line else 0), Wrong.SYNTAX))
        return None


def _text(content: bytes, name: str, problems: list[Problem]) -> str | None:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        problems.append(Problem(Where(name, row), Wrong.UNREADABLE, {"what": "utf8"}))
        return None


def _lessons(course: CourseFiles, problems: list[Problem]) -> Sequence[LessonDraft]:
    found = []
    for name in sorted((one for one in course.files if one.lower().endswith(".md")), key=_place):
        if not _LESSON.fullmatch(name):
            problems.append(Problem(Where(name), Wrong.STRANGE_FILE))
            continue
        text = _text(course.files[name], name, problems)
        if text is None:
            continue
        head, _, body = text.partition("\n")
        if not head.startswith("# "):
            problems.append(Problem(Where(name, 1), Wrong.NO_TITLE))
            continue
        empty = len(body) - len(body.lstrip("\n"))
        found.append(LessonDraft(head[2:].strip(), body.strip("\n"), Where(name, 2 + empty)))
    return found


def _place(name: str) -> tuple[int, str]:
    digits = re.match(r"\d+", name)
    return (int(digits[0]) if digits else 0, name)


def _questions(course: CourseFiles, problems: list[Problem]) -> Sequence[QuestionDraft]:
    content = course.files.get(QUESTIONS)
    values = None if content is None else _toml(content, QUESTIONS, problems)
    if content is None or values is None:
        return ()
    text = content.decode("utf-8-sig")
    rows = [text.count("\n", 0, found.start()) + 1 for found in _TABLE.finditer(text)]
    given = values.get("question", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        problems.append(Problem(Where(QUESTIONS), Wrong.SYNTAX))
        return ()
    for name in values.keys() - {"question"}:
        facts = {"what": "name", "said": name[:40]}
        problems.append(Problem(Where(QUESTIONS), Wrong.UNKNOWN_VALUE, facts))
    found = []
    for place, one in enumerate(given):
        row = rows[place] if len(rows) == len(given) else 0
        question = _question(_Table(one, Where(QUESTIONS, row), problems))
        if question is not None:
            found.append(question)
    return found


def _question(table: _Table) -> QuestionDraft | None:
    said = {name: table.text(name) for name in _QUESTION if name != "options"}
    options = table.words("options")
    table.rest()
    return question_of(said, options, table.where, table.problems)


def question_of(
    said: Mapping[str, str], options: Sequence[str], where: Where, problems: list[Problem]
) -> QuestionDraft | None:
    """The question that somebody wrote; None if its kind or its answer cannot be read, which is noted."""
    kind = question_kind_of(said["kind"])
    if kind is None:
        wrong = Wrong.UNKNOWN_VALUE if said["kind"] else Wrong.MISSING
        problems.append(Problem(where, wrong, {"what": "question_kind", "said": said["kind"][:40]}))
        return None
    if kind is QuestionKind.JUDGE and not options:
        options = (RIGHT, WRONG)
    answer = read_answer(said["answer"], options) if said["answer"].strip() else []
    if answer is None:
        problems.append(Problem(where, Wrong.UNKNOWN_VALUE, {"what": "answer", "said": said["answer"][:40]}))
        return None
    return QuestionDraft(
        said["code"], kind, said["stem"], options, answer, said["explanation"], said["source"], where
    )


# --- writing ---------------------------------------------------------------------------------------------


def write_folder(draft: CourseDraft) -> Mapping[str, bytes]:
    """The files of a course; read again they are the same draft."""
    files = {COURSE: _course_toml(draft).encode()}
    for place, lesson in enumerate(draft.lessons, start=1):
        files[f"{place:02d}-lesson.md"] = f"# {lesson.title}\n\n{lesson.markdown}\n".encode()
    if draft.questions:
        files[QUESTIONS] = "\n".join(map(_question_toml, draft.questions)).encode()
    return {**files, **draft.pictures}


def _course_toml(draft: CourseDraft) -> str:
    lines = []
    for name in (*_TEXTS, *_FLAGS, *_LISTS, *_NUMBERS):
        value = getattr(draft, name)
        if not (value is None or value is False or value == "" or (name in _LISTS and not value)):
            lines.append(f"{name} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _question_toml(question: QuestionDraft) -> str:
    values = {
        "code": question.code,
        "kind": question.kind,
        "stem": question.stem,
        "options": list(question.options),
        "answer": written(question.answer, question.options, question.kind),
        "explanation": question.explanation,
        "source": question.source,
    }
    return "\n".join(["[[question]]", *(f"{name} = {_value(value)}" for name, value in values.items()), ""])


def _value(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
