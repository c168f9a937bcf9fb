"""What a job is given and what it returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.calendar import WorkCalendar
from models.messaging import Attachment
from models.policy import Policy
from models.staff import Person


@dataclass(frozen=True)
class JobContext:
    """Everything a job may use. `now` is its planned moment, not the moment a worker got to it."""

    session: Session
    now: datetime
    calendar: WorkCalendar
    policy: Policy


@dataclass(frozen=True)
class Notice:
    """A message to somebody who did not ask: `block` is `feature/block` of the texts."""

    to: Person
    block: str
    values: Mapping[str, Any] = field(default_factory=dict)
    only_if: str | None = None
    """The name of the check in jobs/schedule.py that must still hold when the message leaves."""
    subject_id: int | None = None
    """What that check is about."""
    expires_at: datetime | None = None
    """From then on the message is no longer worth sending."""
    attachments: Sequence[Attachment] = ()
    """Files that follow, each a message of its own."""
    cover: Attachment | None = None
    """The picture of a text of a type that needs one (docs/adding-a-command.md)."""
    not_before: datetime | None = None
    """It waits until then, as for the end of the quiet hours."""
    about: str | None = None
    """Names what a card is about, such as `correction:17`, so that `CloseCards` finds it."""


@dataclass(frozen=True)
class CloseCards:
    """Somebody has dealt with it: everybody's card about it says so and can be tapped no more."""

    about: str
    block: str
    """`feature/block` of the words on the button."""
    values: Mapping[str, Any] = field(default_factory=dict)
