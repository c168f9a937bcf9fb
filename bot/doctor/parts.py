"""Checks of our own parts: database, migrations, Redis, workers and scheduler."""

import secrets
import socket
import time
from datetime import timedelta
from pathlib import Path

import redis
from rq import Queue
from rq.defaults import DEFAULT_WORKER_TTL
from rq.serializers import JSONSerializer
from rq.utils import as_text, utcparse
from rq.worker_registration import get_keys
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import SystemClock
from bot.database import Database
from bot.doctor.base import Checkup, Finding, blocked, failed, not_applicable, ok
from bot.files import object_store
from bot.migrations import current, head, is_known
from bot.queue import DELIVER
from bot.scheduler import ALIVE_KEY, ALIVE_SECONDS
from models import bootstrap, directory, staff, training
from models.directory import RunState
from models.files import StoreUnreachable
from models.proposals import without_second_factor
from models.secrecy import INFO
from models.staff import Role

FULL = 2
"""PRAGMA synchronous of a database that loses nothing in a power cut."""
CACHE_PAGES = 10
PAGE_BYTES = 4096
WAKE_SECONDS = 3.0
"""Within this time an idle worker takes a wake-up."""


def check_database(checkup: Checkup) -> Finding:
    """It answers, keeps what it is given, and takes a write (which is rolled back)."""
    database = checkup.database
    if database is None:
        return failed("doctor/database_address")
    if database.sqlite and not _file(database).exists():
        return failed("doctor/database_missing", path=str(_file(database)))
    try:
        connection = database.engine.connect()
    except SQLAlchemyError as error:
        return failed("doctor/database_unreachable", sqlite=database.sqlite, error=_said(error))
    with connection:
        try:
            _write_nothing(connection)
        except SQLAlchemyError as error:
            return failed("doctor/database_not_writable", sqlite=database.sqlite, error=_said(error))
        return _sqlite(connection) if database.sqlite else _postgresql(connection)


def _file(database: Database) -> Path:
    return Path(str(make_url(database.url).database).removeprefix("file:"))


def _said(error: SQLAlchemyError) -> str:
    """The first line of what the driver said."""
    lines = str(getattr(error, "orig", None) or type(error).__name__).splitlines()
    return lines[0] if lines else type(error).__name__


def _write_nothing(connection: Connection) -> None:
    """Write, and roll back; SQLite would keep so little in memory, and not see that the disk is full."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.exec_driver_sql(f"PRAGMA cache_size = {CACHE_PAGES}")
    connection.exec_driver_sql("CREATE TABLE muster_doctor (content TEXT)")
    connection.execute(
        text("INSERT INTO muster_doctor VALUES (:content)"),
        {"content": "." * CACHE_PAGES * PAGE_BYTES * 2 if sqlite else "."},
    )
    connection.rollback()


def _sqlite(connection: Connection) -> Finding:
    journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    if journal != "wal" or synchronous != FULL:
        return failed("doctor/database_not_durable", journal=journal)
    return ok("doctor/database_sqlite")


def _postgresql(connection: Connection) -> Finding:
    version = connection.exec_driver_sql("SHOW server_version").scalar()
    return ok("doctor/database_postgresql", version=version)


def check_migrations(checkup: Checkup) -> Finding:
    """The database is at the newest revision."""
    assert checkup.database is not None
    found = current(checkup.database)
    if found == head():
        return ok("doctor/migrations_at_head", revision=found)
    if found is not None and not is_known(found):
        return failed("doctor/migrations_ahead", revision=found)
    return failed("doctor/migrations_behind", revision=found, head=head())


def check_admin(checkup: Checkup) -> Finding:
    """Somebody administers; where nobody does, a code that makes the first one."""
    assert checkup.database is not None
    if INFO not in checkup.database.info:
        return blocked("settings")
    now = checkup.now()
    with checkup.database.reading() as session:
        admins = staff.holders(session, Role.ADMIN, unit_id=None, at=now)
    if admins:
        return ok("doctor/admin_there", count=len(admins))
    with checkup.database.writing() as session:
        return failed("doctor/admin_none", code=bootstrap.make_code(session, at=now))


def check_sync(checkup: Checkup) -> Finding:
    """The directory was read not long ago, to the end."""
    assert checkup.database is not None
    assert checkup.policy is not None
    with checkup.database.reading() as session:
        run = directory.latest_run(session)
    if run is None:
        return not_applicable("doctor/sync_none")
    if run.state == RunState.STOPPED:
        return failed("doctor/sync_stopped", at=run.finished_at, leaving=run.counts.get("leaving", 0))
    if run.state == RunState.FAILED:
        return failed("doctor/sync_failed", at=run.finished_at, error=run.error)
    old = timedelta(days=checkup.policy.doctor.sync_days)
    if checkup.now() - (run.finished_at or run.started_at) > old:
        return failed("doctor/sync_old", at=run.finished_at or run.started_at)
    if run.state == RunState.RUNNING:
        return ok("doctor/sync_running", done=run.done, total=run.total)
    without_post = run.counts.get("without_post", 0)
    return ok("doctor/sync_done", at=run.finished_at, total=run.total, without_post=without_post)


def check_second_factor(checkup: Checkup) -> Finding:
    """Whoever may do something sensitive has an authenticator (S0-61)."""
    assert checkup.database is not None
    assert checkup.policy is not None
    with checkup.database.reading() as session:
        count, without = without_second_factor(session, policy=checkup.policy, at=checkup.now())
    if not count:
        return not_applicable("doctor/second_factor_nobody")
    if not without:
        return ok("doctor/second_factor_all", count=count)
    if checkup.policy.security.second_factor_required:
        return failed("doctor/second_factor_missing", without=without)
    return ok("doctor/second_factor_advised", without=without)


def check_licence(checkup: Checkup) -> Finding:
    """There is a course that gives the licence to work; how many get no new cases (docs/pushes.md)."""
    assert checkup.database is not None
    assert checkup.policy is not None
    policy = checkup.policy
    if not policy.training.licence_required:
        return not_applicable("doctor/licence_off")
    with checkup.database.reading() as session:
        there = bool(training.licence_versions(session))
        people, without = training.barred_count(session, at=checkup.now(), policy=policy)
    if not there:
        return not_applicable("doctor/licence_no_course")
    return ok("doctor/licence_there", people=people, barred=without)


def check_redis(checkup: Checkup) -> Finding:
    """It answers and takes a write."""
    store, embedded = checkup.store, not checkup.settings.redis_url
    if store is None:
        return failed("doctor/redis_address")
    try:
        store.ping()
        store.set("muster:doctor", b"1", px=1000)
    except (redis.AuthenticationError, redis.exceptions.NoPermissionError):
        return failed("doctor/redis_password")
    except (redis.ConnectionError, redis.TimeoutError):
        return failed("doctor/redis_down", embedded=embedded)
    except redis.ResponseError as error:
        return failed("doctor/redis_refuses", error=str(error))
    return ok("doctor/redis_up", embedded=embedded)


def check_workers(checkup: Checkup) -> Finding:
    """At least one worker lives, by RQ's registry, or by what it does."""
    assert checkup.store is not None
    beats = _heartbeats(checkup.store)
    if beats:
        return ok("doctor/workers_alive", count=len(beats), seconds=max(round(min(beats)), 0))
    if _takes_a_wakeup(checkup.store):
        return ok("doctor/workers_unregistered")
    return failed("doctor/workers_none")


def _heartbeats(store: redis.Redis) -> list[float]:
    """Seconds since the last heartbeat of each worker that is registered and alive."""
    now = SystemClock().now()
    beats = []
    for key in get_keys(connection=store):
        # Not through RQ's Worker class: it would give our connections a timeout of minutes.
        values = store.hmget(key, "hostname", "pid", "last_heartbeat")
        hostname, pid, beat = (as_text(value or b"") for value in values)
        seconds = (now - utcparse(beat)).total_seconds() if beat else DEFAULT_WORKER_TTL
        if seconds < DEFAULT_WORKER_TTL and _has_process(hostname, pid):
            beats.append(seconds)
    return beats


def _takes_a_wakeup(store: redis.Redis) -> bool:
    """Whether a worker takes a wake-up: RQ registers it at its start, and a wiped Redis knows it no more."""
    queue = Queue(DELIVER, connection=store, serializer=JSONSerializer)
    job = queue.enqueue_call(f"bot.queue.{DELIVER}", result_ttl=0, failure_ttl=0)
    until = time.monotonic() + WAKE_SECONDS
    while job.id in queue.job_ids:
        if time.monotonic() > until:
            job.delete()
            return False
        time.sleep(0.05)
    return True


def _has_process(hostname: str, pid: str) -> bool:
    """Whether a worker's process is there, if it is of this machine: a killed one stays registered."""
    return hostname != socket.gethostname() or Path(f"/proc/{pid}").exists()


def check_scheduler(checkup: Checkup) -> Finding:
    """It has ticked lately."""
    assert checkup.store is not None
    left = checkup.store.ttl(ALIVE_KEY)
    if not isinstance(left, int) or left < 0:
        return failed("doctor/scheduler_none", seconds=ALIVE_SECONDS)
    return ok("doctor/scheduler_alive", seconds=ALIVE_SECONDS - left)


def check_files(checkup: Checkup) -> Finding:
    """The store of objects takes a write and gives it back, if one is configured."""
    store = object_store(checkup.settings)
    if store is None:
        return not_applicable("doctor/files_in_database")
    name, content = f"files/doctor-{secrets.token_hex(8)}", secrets.token_bytes(32)
    try:
        store.put(name, content)
        same = store.get(name) == content
        store.remove(name)
    except StoreUnreachable as error:
        return failed("doctor/files_failed", bucket=store.bucket, error=str(error))
    if not same:
        return failed("doctor/files_failed", bucket=store.bucket, error="other content")
    return ok("doctor/files_taken", bucket=store.bucket)
