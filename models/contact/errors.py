"""Refusals of the guard."""

from models.errors import DomainError


class ContactRefused(DomainError):
    """A rule of contact says no (facts: rule, rules, limits, pack, title, begin, end, why, at, next_at,
    can_be_lifted, debtor_id, contact_id, channel).

    That it was asked stands in the evidence trail all the same (`note_refusal`).
    """

    texts = "contact"
