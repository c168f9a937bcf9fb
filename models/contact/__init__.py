"""Whom we may contact about a debt, when and how often: the guard (domain.md section 2)."""

from models.contact.errors import ContactRefused
from models.contact.kinds import (
    NO_BREACH,
    THIRD_PARTIES,
    ContactChannel,
    Direction,
    Purpose,
    Reached,
    Relation,
    Rule,
)
from models.contact.operations import lose, note_refusal, record, require, settle
from models.contact.queries import (
    Allowance,
    allowance,
    consents_of,
    contacts_of,
    decide,
    on_deciding,
    pack_of,
    suspension_of,
)
from models.contact.rules import ContactDecision, contradictions
from models.contact.tables import (
    ContactAttempt,
    ContactConsent,
    ContactSuspension,
    Creditor,
    Debtor,
    DebtorContact,
    RiskEntry,
)

__all__ = [
    "NO_BREACH",
    "THIRD_PARTIES",
    "Allowance",
    "ContactAttempt",
    "ContactChannel",
    "ContactConsent",
    "ContactDecision",
    "ContactRefused",
    "ContactSuspension",
    "Creditor",
    "Debtor",
    "DebtorContact",
    "Direction",
    "Purpose",
    "Reached",
    "Relation",
    "RiskEntry",
    "Rule",
    "allowance",
    "consents_of",
    "contacts_of",
    "contradictions",
    "decide",
    "lose",
    "note_refusal",
    "on_deciding",
    "pack_of",
    "record",
    "require",
    "settle",
    "suspension_of",
]
