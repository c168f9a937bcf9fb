"""Reminders of one instant: from due to committed in the outbox, beside the bare insert of as many rows."""

import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.company import NoWakeups, Silent, StillClock, hire, settings_in
from benchmarks.table import Figure
from bot.app import build
from models import planning
from models.attendance import REMINDER
from models.base import SHANGHAI
from models.messaging import Channel, OutboundMessage
from models.staff import Employee

START = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)  # a Monday


def measure(folder: Path, count: int) -> Iterator[Figure]:
    """`count` due items of one instant."""
    settings = settings_in(folder / "reminders")
    hire(settings, count, shift=True)
    muster = build(
        settings, messengers={Channel.WECOM: Silent()}, wakeups=NoWakeups(), clock=StillClock(START)
    )
    due = START - timedelta(minutes=muster.policy.checkin.reminder_minutes_before)
    with muster.database.writing() as session:
        people = session.scalars(select(Employee.id)).all()
        late = START + timedelta(hours=1)
        planning.plan_due(session, [(REMINDER, person, due, late) for person in people])
    start = time.monotonic()
    muster.runner.run_due()
    seconds = time.monotonic() - start
    with muster.database.reading() as session:
        rows = session.scalars(select(func.count()).select_from(OutboundMessage)).one()
    muster.close()
    if rows != count:
        raise RuntimeError(f"{rows} outbox rows for {count} reminders")
    base = bare_insert(folder / "reminders" / "muster.db")
    name = f"reminders: {count:,} of one instant"
    yield Figure(name, seconds, "s", "bare INSERT of the same rows", base, "≤ 5 s", seconds <= 5)


def bare_insert(file: Path) -> float:
    """Seconds to insert the same rows once more, in one commit, through sqlite3 alone."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    table = OutboundMessage.__tablename__
    rows = connection.execute(f"SELECT * FROM {table}").fetchall()
    names = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
    marks = ", ".join("?" * len(names))
    connection.execute(f"DELETE FROM {table}")
    start = time.monotonic()
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
    connection.execute("COMMIT")
    seconds = time.monotonic() - start
    connection.close()
    return seconds
