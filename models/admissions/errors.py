"""What is refused between passing and the first day, and the facts for the wording."""

from models.errors import DomainError, NotFound


class NothingToConfirmYet(NotFound):
    """There is no such application that has passed everything, or not within reach (facts: none)."""

    texts = "admissions"


class NeedSettled(DomainError):
    """The department has answered, or the application is decided (facts: state)."""

    texts = "admissions"


class TakenElsewhere(DomainError):
    """Another unit has admitted the person (facts: name)."""

    texts = "admissions"
