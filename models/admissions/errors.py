"""What is refused between passing and the first day, and the facts for the wording."""

from models.errors import DomainError, NotFound


class NothingToConfirmYet(NotFound):
    """There is no such application that has passed everything, or not within reach (facts: none)."""

    texts = "admissions"


class NeedSettled(DomainError):
    """The department has answered, or the application is decided (facts: state)."""

    texts = "admissions"


class NotPassedYet(DomainError):
    """Something is still to be passed before an offer (facts: name)."""

    texts = "offers"


class NeedUnanswered(DomainError):
    """The department, or HR with the notice, comes first (facts: state, name)."""

    texts = "offers"


class CannotBeReached(DomainError):
    """The candidate has bound no WeChat, so that no offer can be answered (facts: name)."""

    texts = "offers"


class OfferStands(DomainError):
    """There is an offer for the application already (facts: name)."""

    texts = "offers"


class OfferElsewhere(DomainError):
    """Another unit has offered the person a job (facts: name, may_override)."""

    texts = "offers"


class OfferUnfinished(DomainError):
    """The pay is missing (facts: name)."""

    texts = "offers"


class UnknownRole(DomainError):
    """The job is none of the roles (facts: job, roles)."""

    texts = "offers"


class NoOffer(NotFound):
    """There is no such offer (facts: none)."""

    texts = "offers"


class OfferSettled(DomainError):
    """It was answered, taken back, or its time is over (facts: state)."""

    texts = "offers"


class TakenElsewhere(DomainError):
    """Another unit has admitted the person (facts: name)."""

    texts = "admissions"
