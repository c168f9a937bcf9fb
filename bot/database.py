"""The database: how it is opened, and the two kinds of transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

BUSY_MILLISECONDS = 5000
"""How long SQLite waits for its single writer."""
POOL_TIMEOUT_SECONDS = 3


class Database:
    """SQLite (WAL, fully durable) or PostgreSQL behind the same two transactions."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if self.sqlite else _postgresql(url)
        self._session = sessionmaker(self.engine, expire_on_commit=False, autoflush=True)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that commits at the end, or rolls back on any exception."""
        with self._session() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction for reads alone; on SQLite it does not take the writer's place."""
        with self._session() as session:
            session.connection(execution_options={"reading": True})
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def is_unavailable(error: BaseException) -> bool:
    """Whether the database is out of reach or busy, so that the same may work later; a bug is not that."""
    if isinstance(error, InterfaceError | PoolTimeoutError):
        return True
    if not isinstance(error, OperationalError):
        return False
    name = getattr(error.orig, "sqlite_errorname", None)
    return name is None or name not in ("SQLITE_ERROR", "SQLITE_MISUSE", "SQLITE_RANGE")


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": BUSY_MILLISECONDS / 1000},
        pool_timeout=POOL_TIMEOUT_SECONDS,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: str) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        connect_args={"connect_timeout": 5, "options": "-c statement_timeout=30000 -c timezone=UTC"},
    )
