"""Alerts of field work: neutral, explained by one tap, and each with what it rests on."""

from models.fieldalerts.operations import (
    REASONS,
    AlertNotFound,
    AlertSettled,
    decide,
    explain,
    forget_words,
    look,
    raise_low_visits,
    raise_silence,
    raise_stops,
    to_tell,
)
from models.fieldalerts.queries import alerts_within, find_alert, own_alerts, words_of
from models.fieldalerts.rules import Code
from models.fieldalerts.tables import AlertState, FieldAlert

__all__ = [
    "REASONS",
    "AlertNotFound",
    "AlertSettled",
    "AlertState",
    "Code",
    "FieldAlert",
    "alerts_within",
    "decide",
    "explain",
    "find_alert",
    "forget_words",
    "look",
    "own_alerts",
    "raise_low_visits",
    "raise_silence",
    "raise_stops",
    "to_tell",
    "words_of",
]
