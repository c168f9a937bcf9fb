"""The database: how it is opened, and the two kinds of transaction."""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from models import files, tally
from models.files import FileStore
from models.secrecy import INFO, Keyring

BUSY_MILLISECONDS = 5000
"""How long SQLite waits for its single writer."""
POOL_TIMEOUT_SECONDS = 3

Begin = Callable[[], AbstractContextManager[Session]]
"""Begins something that is kept or undone as a whole: a transaction, or its like within one."""


class NoTurn(Exception):
    """The turn to write did not come: another thread took too long, or its file cannot be made."""


class Undone(Exception):
    """The database took back a whole transaction, and with it what was finished in it."""


class Database:
    """SQLite (WAL, fully durable) or PostgreSQL behind the same two transactions."""

    def __init__(
        self,
        url: str,
        keyring: Keyring | None = None,
        store: FileStore | None = None,
        engine: Engine | None = None,
    ) -> None:
        """Open it; `engine` is one that `open_engine` has made for it before."""
        self.url = url
        self.info: dict[str, Any] = {} if keyring is None else {INFO: keyring}
        if store is not None:
            self.info[files.INFO] = store
        self.sqlite = is_sqlite(url)
        self.engine = engine or open_engine(url)
        self._session = sessionmaker(self.engine, expire_on_commit=False, autoflush=True, info=self.info)
        self.turn = Turn(make_url(url).database if self.sqlite else None)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that commits at the end, or rolls back on any exception.

        What people's records add up to is counted anew before that (models/tally).

        Raises:
            NoTurn: the turn did not come in time (SQLite).
        """
        with self.turn, self._session() as session, session.begin():
            yield session
            tally.recount(session)

    @contextmanager
    def writing_together(self) -> Iterator[Begin]:
        """One transaction for several small ones, each of which is kept or undone as a whole (SQLite).

        All of them are durable once the block ends, and none is if it ends with an exception. The caller
        has the turn.
        """
        with self.engine.begin() as connection:
            yield lambda: _within(connection, self.info)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction for reads alone; on SQLite it does not take the writer's place."""
        with self._session() as session:
            session.connection(execution_options={"reading": True})
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self.turn.close()


@contextmanager
def _within(connection: Connection, info: dict[str, Any]) -> Iterator[Session]:
    """A session of its own between two marks of the transaction under way.

    The marks go straight to the driver: SQLAlchemy's own savepoints cost as much as the work between them.

    Raises:
        Undone: an error in a statement took the whole transaction with it.
    """
    raw = connection.connection.dbapi_connection
    assert raw is not None
    with Session(
        connection, join_transaction_mode="rollback_only", expire_on_commit=False, info=info
    ) as session:
        raw.execute("SAVEPOINT one")
        try:
            yield session
            tally.recount(session)
        except BaseException as error:
            if not raw.in_transaction:
                raise Undone from error
            raw.execute("ROLLBACK TO one")
            raise
        finally:
            if raw.in_transaction:
                raw.execute("RELEASE one")


class Turn:
    """Writers of one SQLite file go one after the other, woken when it is free; elsewhere nobody waits.

    SQLite itself lets them sleep and try again, which costs the unlucky ones hundreds of milliseconds.
    """

    def __init__(self, database: str | None) -> None:
        self._path = f"{database}-turn" if database and database != ":memory:" else None
        self._mine = threading.Lock()
        self._file: int | None = None

    def take(self) -> None:
        """Take the turn, waiting for it a little if need be.

        Raises:
            NoTurn: it did not come in time.
        """
        if self.take_if_free():
            return
        if not self._mine.acquire(timeout=BUSY_MILLISECONDS / 1000):
            raise NoTurn
        came: Future[None] = Future()
        try:
            threading.Thread(target=self._wait, args=(came,), name="turn", daemon=True).start()
            came.result(BUSY_MILLISECONDS / 1000)
        except TimeoutError:  # whoever it comes to then passes it on
            came.add_done_callback(self._pass_on)
            raise NoTurn from None
        except (OSError, RuntimeError) as error:
            self._mine.release()
            raise NoTurn from error

    def take_in_the_end(self) -> None:
        """Take the turn, however long that takes: for a thread that has nothing else to do.

        Raises:
            NoTurn: its file cannot be made.
        """
        if self._path is None:
            return
        self._mine.acquire()
        try:
            fcntl.flock(self._open(), fcntl.LOCK_EX)
        except OSError as error:
            self._mine.release()
            raise NoTurn from error

    def take_if_free(self) -> bool:
        """Take the turn, unless somebody has it.

        Raises:
            NoTurn: its file cannot be made.
        """
        if self._path is None:
            return True
        if not self._mine.acquire(blocking=False):
            return False
        try:
            fcntl.flock(self._open(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._mine.release()
            return False
        except OSError as error:
            self._mine.release()
            raise NoTurn from error
        return True

    def _pass_on(self, came: "Future[None]") -> None:
        if came.exception():
            self._mine.release()
        else:
            self.give_back()

    def _open(self) -> int:
        if self._file is None:
            assert self._path is not None
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        return self._file

    def _wait(self, came: "Future[None]") -> None:
        try:
            fcntl.flock(self._open(), fcntl.LOCK_EX)
        except OSError as error:
            came.set_exception(error)
        else:
            came.set_result(None)

    def give_back(self) -> None:
        """The next writer's turn."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self._mine.release()

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, *_: object) -> None:
        self.give_back()

    def close(self) -> None:
        """Give back the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_unavailable(error: BaseException) -> bool:
    """Whether the database is out of reach or busy, so that the same may work later; a bug is not that."""
    if isinstance(error, InterfaceError | PoolTimeoutError | NoTurn):
        return True
    if not isinstance(error, OperationalError | sqlite3.OperationalError):
        return False
    name = getattr(getattr(error, "orig", error), "sqlite_errorname", None)
    return name is None or name not in ("SQLITE_ERROR", "SQLITE_MISUSE", "SQLITE_RANGE")


def is_sqlite(url: str) -> bool:
    """Whether the address is that of a SQLite file; all others are of PostgreSQL."""
    return make_url(url).get_backend_name() == "sqlite"


def open_engine(url: str) -> Engine:
    """What connects to the database at an address, as all of the bot does."""
    return _sqlite(url) if is_sqlite(url) else _postgresql(url)


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
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
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
