"""What an erased person leaves behind in what was published: no course names them any more."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.redaction import Words, redact
from models.staff import Person, on_erase
from models.training.tables import CourseVersion, Enrolment, Lesson, Question


@on_erase
def erase_from_courses(session: Session, _person: Person, words: Words, _at: datetime) -> None:
    """Take the words of an erased person out of courses, and out of what people were told of a version.

    It is the one change that a version sees.
    """
    for column in (
        *(CourseVersion.title, CourseVersion.note, CourseVersion.homework, CourseVersion.homework_criteria),
        *(Lesson.title, Lesson.markdown, Lesson.pictures),
        *(Question.stem, Question.options, Question.explanation, Question.source),
        Enrolment.because,
    ):
        redact(session, column, words)
