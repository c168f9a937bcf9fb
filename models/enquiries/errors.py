"""What is refused about questions to HR."""

from models.errors import DomainError, NotFound


class EnquiryNotFound(NotFound):
    """There is no such question, or not within reach: the two look the same."""

    texts = "enquiries"


class EnquirySettled(DomainError):
    """Somebody has answered it (facts: answered_at)."""

    texts = "enquiries"


class NothingSaid(DomainError):
    """A question or an answer without words."""

    texts = "enquiries"
