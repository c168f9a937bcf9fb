"""The evidence trail: who did what, written in the same transaction as the change itself."""

from models.audit.operations import CAUSE, record, recorded
from models.audit.tables import AuditEvent, AuditOutcome

__all__ = ["CAUSE", "AuditEvent", "AuditOutcome", "record", "recorded"]
