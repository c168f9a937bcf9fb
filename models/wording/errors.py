"""What the wording filter and the review of its hits refuse, with the facts for the texts."""

from models.errors import DomainError, NotFound


class WordingBlocked(DomainError):
    """An outgoing text says what must not be said (facts: rule, words, rewrite, code)."""

    texts = "wording"


class NoSuchText(NotFound):
    """There is no such text, or its author is not within reach: they look the same."""

    texts = "wording"


class OwnWords(DomainError):
    """Nobody judges what they have written themselves."""

    texts = "wording"


class AlreadyReviewed(DomainError):
    """Somebody was faster (facts: person, decision, at)."""

    texts = "wording"


class NoSuchRule(DomainError):
    """No rule has this code or name, or none that has words to let pass (facts: asked, rules)."""

    texts = "wording"


class AllowanceNeedsMore(DomainError):
    """To let words pass takes words of at least two letters, and a reason."""

    texts = "wording"


class AlreadyAllowed(DomainError):
    """These words pass already (facts: words, rule)."""

    texts = "wording"


class NoSuchAllowance(NotFound):
    """There is no such entry, or it was taken back."""

    texts = "wording"
