"""The business. Importing this package registers every table, so the metadata is always complete."""

from models import (
    attendance,
    audit,
    bootstrap,
    candidates,
    cases,
    contact,
    directory,
    files,
    handover,
    lifecycle,
    messaging,
    planning,
    proposals,
    secrecy,
    staff,
    turnover,
)

__all__ = [
    "attendance",
    "audit",
    "bootstrap",
    "candidates",
    "cases",
    "contact",
    "directory",
    "files",
    "handover",
    "lifecycle",
    "messaging",
    "planning",
    "proposals",
    "secrecy",
    "staff",
    "turnover",
]
