"""A course before it is published: drafts, and everything that is wrong with one, by file and row.

Pure. A draft is read from a folder, a spreadsheet, a JSON request or a message; what is wrong is said of all
of it at once, so that nobody has to try again and again.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from models.training.tables import CourseKind, Family, QuestionKind

MOST_TITLE = 60
MOST_STEM = 300
MOST_OPTION = 120
MOST_EXPLANATION = 400
MOST_MARKDOWN = 20_000
"""Characters of a lesson; three to five minutes are about 1,500."""
MOST_HOMEWORK = 1_000
MOST_NOTE = 200
MOST_DIMENSION = 20
MOST_BRACKETS = 300
"""More of them than any lesson needs would keep the parser busy for seconds."""
OPTIONS = range(2, 7)
MOST_DRAWN = 50
CODE = re.compile(r"[\w][\w.-]*")
PERCENT = range(1, 101)
MONTHS = range(601)
MINUTES = range(1, 181)
DAYS = range(1, 3651)
_INVISIBLE = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff"
    "\\ufff9-\\ufffb\\U000e0000-\\U000e007f\\ud800-\\udfff]"
)
"""Marks that nobody sees, and that hide what a text says from whoever checks it."""


@dataclass(frozen=True)
class Where:
    """A place in what somebody gave us: file or sheet, and line or row from 1; 0: the whole of it."""

    file: str
    row: int = 0
    column: str = ""
    """The column, where a whole text stands in one cell: its lines are no rows."""


class Wrong(StrEnum):
    """What can be wrong with content; each has its sentence in texts."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    UNKNOWN_VALUE = "unknown_value"
    TWICE = "twice"
    FEW_QUESTIONS = "few_questions"
    NO_LESSON = "no_lesson"
    OPTION_COUNT = "option_count"
    NO_SUCH_OPTION = "no_such_option"
    ONE_ANSWER = "one_answer"
    HTML = "html"
    LINK = "link"
    PICTURE_MISSING = "picture_missing"
    PICTURE_TYPE = "picture_type"
    PICTURE_TOO_BIG = "picture_too_big"
    PICTURE_TOO_WIDE = "picture_too_wide"
    UNREADABLE = "unreadable"
    INVISIBLE = "invisible"
    NESTED = "nested"
    REFERENCE = "reference"
    NO_CHECK = "no_check"
    NO_TITLE = "no_title"
    STRANGE_FILE = "strange_file"
    FILE_TOO_BIG = "file_too_big"
    FILE_MISSING = "file_missing"
    LINKED_FILE = "linked_file"
    SYNTAX = "syntax"
    NO_SUCH_COURSE = "no_such_course"
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, what, and the facts of its sentence."""

    where: Where
    wrong: Wrong
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class LessonDraft:
    """A lesson: a title and Markdown without HTML."""

    title: str
    markdown: str
    where: Where


@dataclass(frozen=True)
class QuestionDraft:
    """A question; `answer` are places in `options` from 0, ascending."""

    code: str
    kind: QuestionKind
    stem: str
    options: Sequence[str]
    answer: Sequence[int]
    explanation: str
    source: str
    where: Where


@dataclass(frozen=True)
class CourseDraft:
    """Everything of a course; None of a number means: as the policy says."""

    code: str
    title: str
    family: Family
    where: Where
    kind: CourseKind = CourseKind.COURSE
    compliance: bool = False
    licence: bool = False
    roles: Sequence[str] = ()
    measures: Sequence[str] = ()
    dimensions: Sequence[str] = ()
    months_from: int = 0
    months_to: int | None = None
    draws: int | None = None
    pass_mark: int | None = None
    minutes: int | None = None
    valid_days: int | None = None
    homework: str | None = None
    homework_criteria: str | None = None
    note: str = ""
    lessons: Sequence[LessonDraft] = ()
    questions: Sequence[QuestionDraft] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """Name as the Markdown has it → its bytes."""


def problems(draft: CourseDraft) -> Iterator[Problem]:
    """What is wrong with words, numbers, questions and answers; Markdown and pictures have their own check.

    A course ends in questions or in homework (S3-10); a regulation may be read and no more.
    """
    yield from _text(draft.where, "code", draft.code, 40)
    if draft.code and not CODE.fullmatch(draft.code):
        yield Problem(draft.where, Wrong.UNKNOWN_VALUE, {"what": "code", "said": draft.code})
    yield from _text(draft.where, "title", draft.title, MOST_TITLE)
    for what, words, most in (
        ("homework", draft.homework, MOST_HOMEWORK),
        ("homework_criteria", draft.homework_criteria, MOST_HOMEWORK),
        ("note", draft.note, MOST_NOTE),
    ):
        if words:
            yield from _text(draft.where, what, words, most)
    for dimension in draft.dimensions:
        yield from _text(draft.where, "dimensions", dimension, MOST_DIMENSION)
    yield from _numbers(draft)
    if not draft.lessons:
        yield Problem(draft.where, Wrong.NO_LESSON)
    if draft.kind is CourseKind.COURSE and not draft.questions and not draft.homework:
        yield Problem(draft.where, Wrong.NO_CHECK)
    for lesson in draft.lessons:
        yield from _text(lesson.where, "lesson", lesson.title, MOST_TITLE)
        if not lesson.markdown.strip():
            yield Problem(lesson.where, Wrong.MISSING, {"what": "markdown"})
    seen: dict[str, Where] = {}
    for question in draft.questions:
        yield from _question(question)
        if question.code in seen:
            yield Problem(
                question.where, Wrong.TWICE, {"what": question.code, "row": seen[question.code].row}
            )
        seen.setdefault(question.code, question.where)
    if draft.draws is not None and draft.draws > len(draft.questions):
        facts = {"draws": draft.draws, "questions": len(draft.questions)}
        yield Problem(draft.where, Wrong.FEW_QUESTIONS, facts)


def _numbers(draft: CourseDraft) -> Iterator[Problem]:
    fewest = 0 if draft.homework or draft.kind is CourseKind.REGULATION else 1
    for what, said, allowed in (
        ("draws", draft.draws if draft.questions else None, range(fewest, MOST_DRAWN + 1)),
        ("pass_mark", draft.pass_mark, PERCENT),
        ("minutes", draft.minutes, MINUTES),
        ("valid_days", draft.valid_days, DAYS),
        ("months_from", draft.months_from, MONTHS),
        ("months_to", draft.months_to, range(draft.months_from, MONTHS.stop)),
    ):
        if said is not None and said not in allowed:
            facts: dict[str, str | int] = {
                "what": what,
                "said": said,
                "least": allowed.start,
                "most": allowed.stop - 1,
            }
            yield Problem(draft.where, Wrong.OUT_OF_RANGE, facts)


def invisible_in(text: str) -> int | None:
    """Where the first mark stands that nobody sees; None without one. A joined emoji is none."""
    for found in _INVISIBLE.finditer(text):
        joins = found[0] == "\u200d" and unicodedata.category(text[found.start() - 1 : found.start()] or " ")
        if joins not in ("So", "Mn", "Sk"):
            return found.start()
    return None


def _question(question: QuestionDraft) -> Iterator[Problem]:
    yield from _text(question.where, "question_code", question.code, 40)
    yield from _text(question.where, "stem", question.stem, MOST_STEM)
    yield from _text(question.where, "explanation", question.explanation, MOST_EXPLANATION)
    yield from _text(question.where, "source", question.source, 200)
    if len(question.options) not in OPTIONS:
        yield Problem(question.where, Wrong.OPTION_COUNT, {"count": len(question.options)})
    for option in question.options:
        yield from _text(question.where, "option", option, MOST_OPTION)
    if len(set(question.options)) < len(question.options):
        yield Problem(question.where, Wrong.TWICE, {"what": "option", "row": question.where.row})
    if not question.answer:
        yield Problem(question.where, Wrong.MISSING, {"what": "answer"})
    elif not set(question.answer) <= set(range(len(question.options))):
        yield Problem(question.where, Wrong.NO_SUCH_OPTION, {"count": len(question.options)})
    elif question.kind is not QuestionKind.MULTIPLE and len(question.answer) != 1:
        yield Problem(question.where, Wrong.ONE_ANSWER, {"count": len(question.answer)})


def _text(where: Where, what: str, said: str, most: int) -> Iterator[Problem]:
    if not said.strip():
        yield Problem(where, Wrong.MISSING, {"what": what})
    elif len(said) > most:
        yield Problem(where, Wrong.TOO_LONG, {"what": what, "most": most, "length": len(said)})
    elif invisible_in(said) is not None:
        yield Problem(where, Wrong.INVISIBLE, {"what": what})
