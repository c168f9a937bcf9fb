"""What training says no to."""

from collections.abc import Sequence

from models.errors import DomainError, NotFound, NotPermitted


class ContentRefused(DomainError):
    """The content cannot be published as it is (facts: problems, each with its place)."""

    texts = "courses"


class NoSuchCourse(NotFound):
    """There is no such course, or it is given to nobody any more.

    Facts: asked; near: titles like it; again: whether the same sentence is to be said again with one of them.
    """

    texts = "courses"

    def __init__(self, *, asked: str, near: Sequence[str] = (), again: bool = False) -> None:
        super().__init__(asked=asked, near=near, again=again)


class NothingToLearn(NotFound):
    """The person has no such enrolment."""

    texts = "courses"


class CourseState(DomainError):
    """The course is given up already, or is given (facts: retired)."""

    texts = "courses"


class NoExam(DomainError):
    """The course asks no questions (facts: title)."""

    texts = "exams"


class AlreadyPassed(DomainError):
    """They have passed it (facts: title, score, expires_at)."""

    texts = "exams"


class TryLater(DomainError):
    """Between two tries lies a gap (facts: title, next_at, left)."""

    texts = "exams"


class TriesOver(DomainError):
    """All tries are used up; there is a live lesson first (facts: title, tries)."""

    texts = "exams"


class Superseded(DomainError):
    """A newer version has taken the place of this one (facts: title, course, note)."""

    texts = "exams"


class ChoiceNotRead(DomainError):
    """The choice fits the question not (facts: several, judge, count)."""

    texts = "exams"


class NoOpenExam(NotFound):
    """There is no such try."""

    texts = "exams"


class NothingToTeach(DomainError):
    """There are tries left, or it is done: no live lesson is waited for."""

    texts = "exams"


class NoHomework(DomainError):
    """The course wants none (facts: title)."""

    texts = "homework"


class HomeworkEmpty(DomainError):
    """Neither words nor pictures."""

    texts = "homework"


class PicturesOnTheirWay(DomainError):
    """A picture that was sent has not been fetched yet."""

    texts = "homework"


class HomeworkWaits(DomainError):
    """What was handed in before is still to be looked at (facts: title, handed_in_at)."""

    texts = "homework"


class HomeworkAccepted(DomainError):
    """It was accepted before (facts: title)."""

    texts = "homework"


class NoSuchHomework(NotFound):
    """There is none of this number within reach."""

    texts = "homework"


class HomeworkSettled(DomainError):
    """Somebody was faster (facts: state)."""

    texts = "homework"


class RemarkNeeded(DomainError):
    """Who returns homework says what is missing."""

    texts = "homework"


class OwnHomework(NotPermitted):
    """Nobody looks at their own homework, or teaches themselves."""

    texts = "homework"


class NoWayBack(DomainError):
    """It cannot be taken back any more: things have gone on."""

    texts = "homework"
