"""Alerts of field work: neutral, explained by one tap, and each with what it rests on."""

from models.fieldalerts.contacts import raise_mismatches, raise_risks
from models.fieldalerts.operations import (
    REASONS,
    AlertNotFound,
    AlertSettled,
    Explanation,
    decide,
    explain,
    forget_words,
    look,
    raise_low_visits,
    raise_silence,
    raise_stops,
    to_tell,
)
from models.fieldalerts.queries import Ground, alerts_within, find_alert, grounds_of, own_alerts, words_of
from models.fieldalerts.rules import Code
from models.fieldalerts.tables import AlertState, FieldAlert

__all__ = [
    "REASONS",
    "AlertNotFound",
    "AlertSettled",
    "AlertState",
    "Code",
    "Explanation",
    "FieldAlert",
    "Ground",
    "alerts_within",
    "decide",
    "explain",
    "find_alert",
    "forget_words",
    "grounds_of",
    "look",
    "own_alerts",
    "raise_low_visits",
    "raise_mismatches",
    "raise_risks",
    "raise_silence",
    "raise_stops",
    "to_tell",
    "words_of",
]
