"""What training says no to."""

from models.errors import DomainError, NotFound


class ContentRefused(DomainError):
    """The content cannot be published as it is (facts: problems, each with its place)."""

    texts = "courses"


class NoSuchCourse(NotFound):
    """There is no such course, or it is given to nobody any more (facts: asked)."""

    texts = "courses"


class NothingToLearn(NotFound):
    """The person has no such enrolment."""

    texts = "courses"


class CourseState(DomainError):
    """The course is given up already, or is given (facts: retired)."""

    texts = "courses"
