"""Whom a pseudonym stands for, looked up at the moment a message leaves: the outbox holds no numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Letter:
    """An e-mail to somebody."""

    address: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)


class People(Protocol):
    """Knows the people to whom messages go by their pseudonyms."""

    def phone(self, subject: str) -> str | None:
        """The number of somebody as it is now: 11 digits, or `+` and a country's code; None without one."""

    def letter(self, subject: str, payload: Mapping[str, Any]) -> Letter | None:
        """What an e-mail says, opened, and where it goes now; None if one of the two cannot be had."""
