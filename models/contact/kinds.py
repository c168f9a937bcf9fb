"""The kinds of contact and of those who are contacted."""

from enum import StrEnum


class Relation(StrEnum):
    """What somebody with a number is to the debtor (domain.md 2.3)."""

    DEBTOR = "debtor"
    JOINT_OBLIGOR = "joint_obligor"
    RELATED_THIRD_PARTY = "related_third_party"
    UNRELATED_THIRD_PARTY = "unrelated_third_party"


THIRD_PARTIES = (Relation.RELATED_THIRD_PARTY, Relation.UNRELATED_THIRD_PARTY)


class ContactChannel(StrEnum):
    """How somebody is reached; every one of them counts as collecting (domain.md 2.1)."""

    CALL = "call"
    SMS = "sms"
    WECOM = "wecom"
    LETTER = "letter"
    VISIT = "visit"


TEXTS = (ContactChannel.SMS, ContactChannel.WECOM)


class Direction(StrEnum):
    """Who began."""

    OUT = "out"
    IN = "in"


class Reached(StrEnum):
    """With whom somebody talked in the end."""

    DEBTOR = "debtor"
    JOINT_OBLIGOR = "joint_obligor"
    THIRD_PARTY = "third_party"
    NOBODY = "nobody"


class Purpose(StrEnum):
    """What an unrelated third party may be asked (domain.md 2.3); there is no other purpose."""

    LOCATE = "locate"
    RELAY = "relay"


class Rule(StrEnum):
    """The rules of contact, in the order in which they are told (docs/contact-rules.md)."""

    STOPPED = "stopped"
    """Nobody contacts the debtor at all: a request to stop, a risk list …"""
    HALTED = "halted"
    """A dispute, a complaint, a death …: contact rests until a supervisor lets it go on."""
    ENDED = "ended"
    """The debtor has no open case."""
    SUSPENDED = "suspended"
    """The contact rights of whoever asks are suspended."""
    REFUSED = "refused"
    """This person does not want to be contacted."""
    INVALID_NUMBER = "invalid_number"
    JOINT_OBLIGOR = "joint_obligor"
    THIRD_PARTY = "third_party"
    """The pack allows no third parties."""
    THIRD_PARTY_GATE = "third_party_gate"
    THIRD_PARTY_PURPOSE = "third_party_purpose"
    THIRD_PARTY_CHANNEL = "third_party_channel"
    THIRD_PARTY_CALLS = "third_party_calls"
    QUIET_HOURS = "quiet_hours"
    VISIT_HOURS = "visit_hours"
    CALLS_PER_DAY = "calls_per_day"
    OUTCOME_MISSING = "outcome_missing"
    """Calls without an outcome count as effective ones until somebody says what came of them."""
    CONTACTS_PER_DAY = "contacts_per_day"
    ATTEMPTS_PER_NUMBER = "attempts_per_number"
    TEXTS_PER_DAY = "texts_per_day"
    VISITS_PER_DAY = "visits_per_day"
    VISITS_PER_WEEK = "visits_per_week"
    GAP = "gap"
    RISK = "risk"
    """Somebody of this name or number is on a risk list."""
    HOLIDAY = "holiday"
    ENDED_LATE = "ended_late"
    """A call that was begun in time went on beyond it: noted, and no breach (domain.md 2.2)."""


NO_BREACH = frozenset({Rule.ENDED_LATE, Rule.HOLIDAY, Rule.RISK})
"""What is flagged and breaks nothing."""
