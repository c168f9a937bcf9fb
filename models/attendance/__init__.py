"""Check-in, shifts and reminders."""

from models.attendance.operations import (
    REMINDER,
    AlreadyCheckedIn,
    LocationNeeded,
    add_shift,
    assign_shift,
    check_in,
    plan_reminders,
    report_location,
)
from models.attendance.queries import (
    Expected,
    expected,
    find_check_in,
    find_shift,
    hours_of,
    shift_of,
    team_today,
    todays_check_in,
)
from models.attendance.rules import reminder_due, shift_start
from models.attendance.tables import CheckIn, Shift, Source

__all__ = [
    "REMINDER",
    "AlreadyCheckedIn",
    "CheckIn",
    "Expected",
    "LocationNeeded",
    "Shift",
    "Source",
    "add_shift",
    "assign_shift",
    "check_in",
    "expected",
    "find_check_in",
    "find_shift",
    "hours_of",
    "plan_reminders",
    "reminder_due",
    "report_location",
    "shift_of",
    "shift_start",
    "team_today",
    "todays_check_in",
]
