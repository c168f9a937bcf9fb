"""Refusals: what a business rule says no to, as classes that carry the facts for the wording."""

import re
from typing import Any


class DomainError(Exception):
    """A rule said no. The text block named after the class tells the person why.

    Subclasses take keyword arguments; each becomes an attribute and a value for the text block.
    The class-level `texts` names the text file that holds the block.
    """

    texts = "common"

    def __init__(self, **facts: Any) -> None:
        super().__init__(type(self).__name__)
        self.facts = facts

    @classmethod
    def code(cls) -> str:
        """The name of the refusal in snake case: the text block and the code in the JSON API."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class NotFound(DomainError):
    """There is no such thing, or not for this person: the two are never told apart."""


class NotPermitted(DomainError):
    """The person's role does not include this action (deny is the default)."""
