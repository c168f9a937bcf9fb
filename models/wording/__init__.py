"""What must not be said about or to debtors, in notes and in outgoing texts (domain.md section 3)."""

from models.wording.lexicon import MalformedPhrase, lexicon_of
from models.wording.rules import (
    PII,
    SELF_HARM,
    Allowed,
    Examination,
    Hit,
    Mode,
    blocking,
    escalates,
    examine,
)

__all__ = [
    "PII",
    "SELF_HARM",
    "Allowed",
    "Examination",
    "Hit",
    "MalformedPhrase",
    "Mode",
    "blocking",
    "escalates",
    "examine",
    "lexicon_of",
]
