"""The import of cases beside a bare batched insert of the rows that it makes, into the same schema."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks import case_files
from benchmarks.case_files import NOW
from bot.database import Database
from bot.importing import Report, import_file
from bot.policy import load_policy, work_calendar
from models import staff
from models.base import Base, insert_all
from models.cases import Assignment, Case, CaseEvent, Placement
from models.contact import Creditor, Debtor, DebtorContact
from models.secrecy import PersonKey

LEAST = 0.15
BARE = "bare batched insert of the same rows"
TABLES: Sequence[type[Base]] = (Debtor, PersonKey, DebtorContact, Case, Assignment, CaseEvent)
"""In the order in which their rows can be inserted."""
BATCH = 5000
"""Rows of one transaction of the bare insert."""


def imported(database: Database, file: Path) -> tuple[Report, float]:
    """Import the file, and how long that took."""
    policy = load_policy()
    start = time.perf_counter()
    report = import_file(database, "cases", file, at=NOW, policy=policy, calendar=work_calendar(policy))
    return report, time.perf_counter() - start


def rows_of(database: Database) -> Mapping[type[Base], list[dict[str, Any]]]:
    """All rows that the import has made."""
    with database.reading() as session:
        return {
            table: [dict(row) for row in session.execute(select(table.__table__)).mappings()]
            for table in TABLES
        }


def bare_insert(database: Database, made: Mapping[type[Base], Sequence[Mapping[str, Any]]]) -> float:
    """Insert them with nothing else, in batches; creditor and placement are there already."""
    there = _ground(database)
    rows_of_table = {
        table: [{**row, **{name: there[name] for name in there if name in row}} for row in rows]
        for table, rows in made.items()
    }
    start = time.perf_counter()
    for table in TABLES:
        rows = rows_of_table[table]
        for first in range(0, len(rows), BATCH):
            with database.writing() as session:
                insert_all(session, table, rows[first : first + BATCH])
    return time.perf_counter() - start


def _ground(database: Database) -> Mapping[str, int]:
    """Creditor, placement, pool owner and unit: column → the id that the rows refer to."""
    with database.writing() as session:
        boss = staff.find_employee(session, "boss", at=NOW)
        assert boss is not None
        creditor = Creditor(name=case_files.CREDITOR)
        session.add(creditor)
        session.flush()
        placement = Placement(
            creditor_id=creditor.id,
            number=case_files.PLACEMENT,
            unit_id=boss.posts[0].unit_id,
            start_on=NOW.date(),
            end_on=NOW.date(),
            created_at=NOW,
        )
        session.add(placement)
        session.flush()
        return {
            "creditor_id": creditor.id,
            "placement_id": placement.id,
            "unit_id": placement.unit_id,
            "owner_id": boss.id,
            "live_owner_id": boss.id,
        }
