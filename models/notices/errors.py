"""What can be refused about notices."""

from models.errors import DomainError, NotFound


class TemplateNotFound(NotFound):
    """There is no such template (facts: asked, names)."""

    texts = "notices"


class UnknownFields(DomainError):
    """The new words name values that nobody fills in (facts: names, known)."""

    texts = "notices"


class NothingChanged(DomainError):
    """The new words are those in force."""

    texts = "notices"


class TemplateSettled(DomainError):
    """Somebody has reviewed it, or newer words were proposed (facts: state)."""

    texts = "notices"


class OwnProposal(DomainError):
    """Somebody else than who wrote it reviews a template."""

    texts = "notices"


class ItemNotFound(NotFound):
    """There is no such item, or not within reach."""

    texts = "notices"


class ItemSettled(DomainError):
    """Somebody has seen to it (facts: closed_at)."""

    texts = "notices"


class NotMissing(DomainError):
    """Nothing is missing that could be completed with this (facts: names)."""

    texts = "notices"
