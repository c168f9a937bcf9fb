"""The evidence trail: who did what, written in the same transaction as the change itself."""

from models.audit.operations import CAUSE, record, recorded
from models.audit.queries import (
    Evidence,
    Stretch,
    evidence_about,
    newest,
    newest_about,
    stretch_around,
)
from models.audit.rules import (
    BEGINNING,
    FIELDS,
    Head,
    Keys,
    NotAKey,
    Signer,
    content_hash,
    key_id,
    link,
    read_head,
    read_public_key,
)
from models.audit.sealing import anything_unsealed, newest_head, seal, unsealed_before
from models.audit.tables import SYSTEM, AuditEvent, AuditHead, AuditOutcome, AuditSeal
from models.audit.verifying import Fault, Verdict, stragglers, verify

__all__ = [
    "BEGINNING",
    "CAUSE",
    "FIELDS",
    "SYSTEM",
    "AuditEvent",
    "AuditHead",
    "AuditOutcome",
    "AuditSeal",
    "Evidence",
    "Fault",
    "Head",
    "Keys",
    "NotAKey",
    "Signer",
    "Stretch",
    "Verdict",
    "anything_unsealed",
    "content_hash",
    "evidence_about",
    "key_id",
    "link",
    "newest",
    "newest_about",
    "newest_head",
    "read_head",
    "read_public_key",
    "record",
    "recorded",
    "seal",
    "stragglers",
    "stretch_around",
    "unsealed_before",
    "verify",
]
