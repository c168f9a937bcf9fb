"""Rule packs: whom a creditor's debtors may be contacted by, when and how often, as versioned data.

A pack is one file of config/rule_packs; each of its versions is whole and holds from a day on, until the next
one does (docs/contact-rules.md, ADR 0024).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum


class Mode(StrEnum):
    """What breaking a rule means."""

    REFUSE = "refuse"
    """It is refused."""
    ASK = "ask"
    """It is refused, unless somebody who may lift it says so."""
    WARN = "warn"
    """It is allowed, with a warning."""


@dataclass(frozen=True)
class _Entry:
    note: str
    source: str

    def __post_init__(self) -> None:
        """Every value says what it means and where it comes from."""
        if not self.note or not self.source:
            raise ValueError("note, source")


@dataclass(frozen=True)
class Hours(_Entry):
    """A part of the day in Asia/Shanghai: `begin` belongs to it, `end` does not (domain.md 2.2)."""

    begin: time
    end: time
    mode: Mode = Mode.REFUSE

    def __post_init__(self) -> None:
        """It lies within one day."""
        super().__post_init__()
        if not self.begin < self.end:
            raise ValueError("begin >= end")


@dataclass(frozen=True)
class Limit(_Entry):
    """How many at most (or, of a gap, how many minutes at least)."""

    value: int
    mode: Mode = Mode.REFUSE
    days: int = 1
    """Within how many days, this one counted."""

    def __post_init__(self) -> None:
        """Nothing negative."""
        super().__post_init__()
        if self.value < 0 or self.days < 1:
            raise ValueError("value < 0")


@dataclass(frozen=True)
class Choice(_Entry):
    """What is allowed out of several codes."""

    value: frozenset[str]


@dataclass(frozen=True)
class Switch(_Entry):
    """Whether something is so."""

    value: bool
    mode: Mode = Mode.REFUSE


@dataclass(frozen=True)
class Example:
    """A situation and what the version says of it; every one is tried when the packs are read."""

    says: str
    """The example in words."""
    at: datetime
    """Asia/Shanghai."""
    allowed: bool
    channel: str = "call"
    relation: str = "debtor"
    purpose: str = ""
    calls: int = 0
    """Effective calls to the debtor that day."""
    unsettled: int = 0
    """Calls to the debtor that day of which nobody has said what came."""
    attempts: int = 0
    """Dial attempts to the same number that day."""
    texts: int = 0
    visits: int = 0
    visits_in_week: int = 0
    minutes_ago: int | None = None
    """Since the last attempt at the same number."""
    reached_days_ago: int | None = None
    """Days since the third party was talked to."""
    lost_contact: bool = False
    refused: bool = False
    stopped: bool = False
    suspended: bool = False
    holiday: bool = False
    creditor_calls: int | None = None
    """The creditor's own lower number of effective calls."""
    consent: tuple[time, time] | None = None
    """Hours to which the debtor has agreed."""
    rules: tuple[str, ...] = ()
    """The rules it breaks."""
    warnings: tuple[str, ...] = ()
    next_at: datetime | None = None
    """The next lawful moment, where it is refused; none: it does not become lawful by itself."""


@dataclass(frozen=True)
class PackVersion:
    """All values of a pack from a day on. A limit that is left out does not exist."""

    version: str
    valid_from: date
    hours: Hours
    """When anybody may be contacted, by every channel."""
    visit_hours: Hours
    consent: Switch
    """Whether the debtor's consent lifts `hours`."""
    holiday: Switch
    """Whether statutory holidays are spoken of."""
    third_parties: Switch
    """Whether third parties may be asked at all, once the debtor is out of contact."""
    third_party_purposes: Choice
    third_party_channels: Choice
    joint_obligors: Switch
    """Whether guarantors and co-borrowers may be contacted; with the limits of the debtor."""
    lost_contact_attempts: Limit
    """After so many failed contacts in a row the debtor counts as out of contact."""
    third_party_calls: Limit
    """Connected calls to one third party within so many days."""
    calls: Limit | None = None
    """Effective calls per debtor and day, over all cases and agents of the creditor."""
    contacts: Limit | None = None
    """Contacts of any kind per debtor and day: effective calls, texts, letters, visits."""
    attempts: Limit | None = None
    """Dial attempts per number and day."""
    gap_minutes: Limit | None = None
    texts: Limit | None = None
    """SMS and WeCom messages per debtor and day."""
    visits: Limit | None = None
    visits_in_week: Limit | None = None
    """From Monday to Sunday."""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class RulePack:
    """A set of rules by which the debtors of a creditor live, with its versions."""

    name: str
    title: str
    """What people call it."""
    versions: Sequence[PackVersion] = field(default_factory=tuple)
    """From the oldest to the newest."""

    def __post_init__(self) -> None:
        """There is a version, and they follow each other."""
        days = [version.valid_from for version in self.versions]
        names = {version.version for version in self.versions}
        if not days or days != sorted(set(days)) or len(names) != len(days):
            raise ValueError("versions")

    def on(self, day: date) -> PackVersion:
        """The version in force on a day; before the first one, the first one."""
        valid = [version for version in self.versions if version.valid_from <= day]
        return valid[-1] if valid else self.versions[0]

    def named_on(self, day: date) -> str:
        """`name@version` of the version in force on a day."""
        return f"{self.name}@{self.on(day).version}"
