"""Job runs, due items and the timetable's progress."""

from models.planning.operations import (
    forget_after,
    forget_finished,
    move_clock,
    plan_due,
    plan_runs,
    postpone,
    reach,
    settle,
    unskip_after,
)
from models.planning.queries import anything_due, clock_offset, due_items, next_run, reached
from models.planning.tables import ClockOffset, DueItem, JobRun, RunState, TimetableMark

__all__ = [
    "ClockOffset",
    "DueItem",
    "JobRun",
    "RunState",
    "TimetableMark",
    "anything_due",
    "clock_offset",
    "due_items",
    "forget_after",
    "forget_finished",
    "move_clock",
    "next_run",
    "plan_due",
    "plan_runs",
    "postpone",
    "reach",
    "reached",
    "settle",
    "unskip_after",
]
