"""Joining, moving and leaving."""

from models.lifecycle.tables import REASONS, Reason, ReasonKind, Separation, SeparationState

__all__ = ["REASONS", "Reason", "ReasonKind", "Separation", "SeparationState"]
