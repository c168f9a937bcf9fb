"""The import of cases beside a bare batched insert of the rows that it makes, into the same schema."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks import case_files
from benchmarks.case_files import NOW
from benchmarks.company import settings_in
from benchmarks.table import Figure
from bot.app import keyring
from bot.database import Database
from bot.importing import Report, import_file
from bot.migrations import migrate
from bot.policy import load_policy, work_calendar
from models import staff
from models.base import Base, insert_all
from models.cases import Assignment, Case, CaseEvent, Placement
from models.contact import Creditor, Debtor, DebtorContact
from models.secrecy import PersonKey
from tests.servers import postgresql

LEAST = 0.15
TABLES: Sequence[type[Base]] = (Debtor, PersonKey, DebtorContact, Case, Assignment, CaseEvent)
"""In the order in which their rows can be inserted."""
BATCH = 5000
"""Rows of one transaction of the bare insert."""
PEOPLE = 20


def measure(folder: Path, rows: int) -> Iterator[Figure]:
    """Rows a second on both databases, with the stages of ours and the same file once more."""
    folder = folder / "case-import"
    folder.mkdir()
    file = case_files.write(folder / "cases.csv", rows)
    yield from _compare("SQLite", f"sqlite:///{folder / 'ours.db'}", f"sqlite:///{folder / 'bare.db'}", file)
    with postgresql() as ours, postgresql() as bare:
        yield from _compare("PostgreSQL", ours, bare, file)


def _compare(name: str, ours: str, bare: str, file: Path) -> Iterator[Figure]:
    database, other = _prepared(ours, file), _prepared(bare, file)
    report, seconds = imported(database, file)
    assert not report.refused
    again, further = imported(database, file)
    assert again.unchanged == report.new
    made = _rows_of(database)
    base = _bare_insert(other, made)
    rate, base_rate = report.new / seconds, report.new / base
    yield Figure(
        f"import of {report.new:,} cases on {name}",
        rate,
        "cases/s",
        "bare batched insert of the same rows",
        base_rate,
        f"≥ {LEAST:.2f}×",
        rate >= LEAST * base_rate,
    )
    for stage, took in report.seconds.items():
        yield Figure(f"import on {name}: {stage}", took, "s", "whole import", seconds)
    yield Figure(f"import on {name}: the same file again", further, "s", "whole import", seconds)
    database.close()
    other.close()


def _prepared(url: str, file: Path) -> Database:
    migrate(url)
    database = Database(url, keyring(settings_in(file.parent)))
    with database.writing() as session:
        case_files.company(session, PEOPLE)
    return database


def imported(database: Database, file: Path) -> tuple[Report, float]:
    """Import the file, and how long that took."""
    policy = load_policy()
    start = time.perf_counter()
    report = import_file(database, "cases", file, at=NOW, policy=policy, calendar=work_calendar(policy))
    return report, time.perf_counter() - start


def _rows_of(database: Database) -> Mapping[type[Base], list[dict[str, Any]]]:
    """All rows that the import has made."""
    with database.reading() as session:
        return {
            table: [dict(row) for row in session.execute(select(table.__table__)).mappings()]
            for table in TABLES
        }


def _bare_insert(database: Database, made: Mapping[type[Base], Sequence[Mapping[str, Any]]]) -> float:
    """Insert them with nothing else, in batches; creditor and placement are there already."""
    with database.writing() as session:
        session.add(Creditor(id=1, name=case_files.CREDITOR))
        session.flush()
        root = staff.ensure_root(session)
        session.add(
            Placement(
                creditor_id=1,
                number=case_files.PLACEMENT,
                unit_id=root.id,
                start_on=NOW.date(),
                end_on=NOW.date(),
                created_at=NOW,
            )
        )
    start = time.perf_counter()
    for table in TABLES:
        rows = made[table]
        for first in range(0, len(rows), BATCH):
            with database.writing() as session:
                insert_all(session, table, rows[first : first + BATCH])
    return time.perf_counter() - start
