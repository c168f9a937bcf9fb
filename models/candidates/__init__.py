"""Candidates and their applications."""

from models.candidates.operations import Entered, enter
from models.candidates.places import units_applied_to
from models.candidates.tables import Application

__all__ = ["Application", "Entered", "enter", "units_applied_to"]
