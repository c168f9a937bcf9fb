"""People: employees, teams, candidates and what each may do."""

from models.staff.operations import Recalled, add_employee, add_team, follow, recall_message, unfollow
from models.staff.queries import (
    find_by_name_or_account,
    find_candidate,
    find_employee,
    find_team,
    messages_to_employee,
    newest_recallable,
)
from models.staff.rules import Actor, may, require
from models.staff.tables import Candidate, Employee, Person, Role, Team

__all__ = [
    "Actor",
    "Candidate",
    "Employee",
    "Person",
    "Recalled",
    "Role",
    "Team",
    "add_employee",
    "add_team",
    "find_by_name_or_account",
    "find_candidate",
    "find_employee",
    "find_team",
    "follow",
    "may",
    "messages_to_employee",
    "newest_recallable",
    "recall_message",
    "require",
    "unfollow",
]
