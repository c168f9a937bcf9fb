"""Job runs, due items and the timetable's progress."""

from models.planning.operations import (
    defer,
    forget_after,
    forget_finished,
    move_clock,
    plan_due,
    plan_runs,
    postpone,
    reach,
    settle,
    settle_deferred,
    take_deferred,
    unskip_after,
)
from models.planning.queries import any_deferred, anything_due, clock_offset, due_items, next_run, reached
from models.planning.tables import ClockOffset, DeferredAnswer, DueItem, JobRun, RunState, TimetableMark

__all__ = [
    "ClockOffset",
    "DeferredAnswer",
    "DueItem",
    "JobRun",
    "RunState",
    "TimetableMark",
    "any_deferred",
    "anything_due",
    "clock_offset",
    "defer",
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
    "settle_deferred",
    "take_deferred",
    "unskip_after",
]
