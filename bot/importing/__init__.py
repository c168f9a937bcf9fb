"""`muster import`: tables into the database, row by row, with a reason for every row refused."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from bot.database import Database
from bot.importing.base import Kind, Report, Say, import_table, write_refused
from bot.importing.candidates import CANDIDATES
from bot.importing.cases import CASES
from bot.importing.employees import EMPLOYEES
from bot.importing.external_results import EXTERNAL_RESULTS
from bot.importing.payments import PAYMENTS
from bot.importing.profiles import PROFILES
from bot.importing.results import RESULTS
from bot.importing.risk import RISK
from bot.importing.roster import ROSTER
from bot.importing.targets import TARGETS
from models import performance
from models.calendar import WorkCalendar
from models.performance import Withdrawn
from models.policy import Policy

__all__ = ["KINDS", "Report", "import_file", "template", "withdraw", "write_refused"]

KINDS: Mapping[str, Kind] = {
    "employees": EMPLOYEES,
    "candidates": CANDIDATES,
    "cases": CASES,
    "payments": PAYMENTS,
    "profiles": PROFILES,
    "risk": RISK,
    "targets": TARGETS,
    "results": RESULTS,
    "external-results": EXTERNAL_RESULTS,
    "roster": ROSTER,
}
"""What can be imported."""


def template(kind: str) -> list[Sequence[str]]:
    """The rows of an empty table with one example."""
    return KINDS[kind].template()


def import_file(
    database: Database,
    kind: str,
    path: Path,
    *,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
    given: Mapping[str, str] | None = None,
    say: Say = lambda _read, _expected: None,
    preview: bool = False,
) -> Report:
    """Take what a file holds; the same file twice changes nothing. A preview keeps nothing.

    Raises:
        SettingsError: the file cannot be read, or a column is missing.
    """
    return import_table(
        database,
        kind,
        KINDS[kind],
        path,
        at=at,
        policy=policy,
        calendar=calendar,
        given=given or {},
        say=say,
        preview=preview,
    )


def withdraw(database: Database, number: int, *, at: datetime, policy: Policy) -> Withdrawn:
    """Take back what an import of external results brought.

    Raises:
        performance.NoSuchImport, performance.ImportWithdrawn: there is nothing to take back.
    """
    with database.writing() as session:
        return performance.withdraw_import(session, number, actor=None, at=at, policy=policy)
