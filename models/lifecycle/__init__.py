"""Joining, moving and leaving."""

from models.lifecycle.operations import notice_departure
from models.lifecycle.tables import REASONS, Reason, ReasonKind, Separation, SeparationState

__all__ = ["REASONS", "Reason", "ReasonKind", "Separation", "SeparationState", "notice_departure"]
