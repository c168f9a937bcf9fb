"""`muster doctor`: looks at everything an installation needs and says what to click or set."""

from bot.doctor.base import Check, Checkup, Finding, Outcome
from bot.doctor.run import CHECKS, diagnose, examine

__all__ = ["CHECKS", "Check", "Checkup", "Finding", "Outcome", "diagnose", "examine"]
