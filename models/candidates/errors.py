"""What is refused about candidates, and the facts for the wording."""

from models.errors import DomainError, NotFound


class AnotherName(DomainError):
    """The same identity number is known under another name: a human has to look (facts: known, told)."""

    texts = "candidates"


class NumberTaken(DomainError):
    """Another application has this number (facts: number)."""

    texts = "candidates"


class CandidateNotFound(NotFound):
    """Nobody within reach is called so (facts: asked)."""

    texts = "candidates"


class SeveralCandidates(DomainError):
    """More than one within reach is called so (facts: asked, several)."""

    texts = "candidates"


class NoOpenApplication(DomainError):
    """There is no open application within reach that fits (facts: name)."""

    texts = "candidates"


class ApplicationSettled(DomainError):
    """The application was decided before (facts: state)."""

    texts = "candidates"


class AdmittedElsewhere(DomainError):
    """Another unit has admitted the person (facts: name, may_override)."""

    texts = "candidates"


class NothingToUndo(DomainError):
    """There is nothing of this kind to take back (facts: name)."""

    texts = "candidates"


class TooLateToUndo(DomainError):
    """The time for taking it back is over (facts: decided_at, limit, unit)."""

    texts = "candidates"


class BothAdmitted(DomainError):
    """Both rows have been admitted: one has to be taken back before they are merged."""

    texts = "candidates"


class MatchNotFound(NotFound):
    """There is no such pair, or not within reach: the two look the same."""

    texts = "candidates"


class MatchSettled(DomainError):
    """Somebody has decided this before (facts: state)."""

    texts = "candidates"


class NoPhoneKnown(DomainError):
    """Without a phone number nobody can be bound (facts: name)."""

    texts = "candidates"


class AlreadyBound(DomainError):
    """The person has a WeChat already (facts: name)."""

    texts = "candidates"


class SamePhone(DomainError):
    """The number is the one that is known."""

    texts = "candidates"


class NotBound(DomainError):
    """The follower does not stand for a person who applied."""

    texts = "candidates"
