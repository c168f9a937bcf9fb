"""The business. Importing this package registers every table, so the metadata is always complete."""

from models import attendance, messaging, planning, staff

__all__ = ["attendance", "messaging", "planning", "staff"]
