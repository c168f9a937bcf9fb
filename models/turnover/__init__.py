"""Turnover: how many leave, how early, why, and how long people stay."""

from models.turnover.operations import note_export
from models.turnover.queries import SEE, PeriodAhead, Report, UnknownScope, WhichUnit, find_scope, report
from models.turnover.rules import (
    POINTS,
    Cohort,
    Period,
    Rate,
    Reasons,
    Spell,
    Step,
    Survival,
    last_day,
    percent,
)

__all__ = [
    "POINTS",
    "SEE",
    "Cohort",
    "Period",
    "PeriodAhead",
    "Rate",
    "Reasons",
    "Report",
    "Spell",
    "Step",
    "Survival",
    "UnknownScope",
    "WhichUnit",
    "find_scope",
    "last_day",
    "note_export",
    "percent",
    "report",
]
