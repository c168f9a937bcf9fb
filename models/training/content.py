"""A course before it is published: drafts, and everything that is wrong with one, by file and row.

Pure. A draft is read from a folder, a spreadsheet, a JSON request or a message; what is wrong is said of all
of it at once, so that nobody has to try again and again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from models.training.tables import CourseKind, Family, QuestionKind

MOST_TITLE = 60
MOST_STEM = 300
MOST_OPTION = 120
MOST_EXPLANATION = 400
OPTIONS = range(2, 7)


@dataclass(frozen=True)
class Where:
    """A place in what somebody gave us: file or sheet, and line or row from 1; 0: the whole of it."""

    file: str
    row: int = 0


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
    """What is wrong with words, questions and answers; Markdown and pictures have their own check."""
    yield from _text(draft.where, "code", draft.code, 40)
    yield from _text(draft.where, "title", draft.title, MOST_TITLE)
    if not draft.lessons:
        yield Problem(draft.where, Wrong.NO_LESSON)
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
