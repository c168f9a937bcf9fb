"""Whom we may contact about a debt, when and how often: the guard (domain.md section 2)."""

from models.contact.tables import (
    ContactAttempt,
    ContactChannel,
    ContactConsent,
    ContactSuspension,
    Creditor,
    Debtor,
    DebtorContact,
    Direction,
    Purpose,
    Reached,
    Relation,
    RiskEntry,
)

__all__ = [
    "ContactAttempt",
    "ContactChannel",
    "ContactConsent",
    "ContactSuspension",
    "Creditor",
    "Debtor",
    "DebtorContact",
    "Direction",
    "Purpose",
    "Reached",
    "Relation",
    "RiskEntry",
]
