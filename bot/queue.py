"""RQ: a job is a wake-up that drains rows. The rows are in the database; Redis may lose everything."""

import contextlib
import threading
import time
from typing import Protocol

import redis
import structlog
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from bot.runner import Runner

DELIVER = "deliver"
WORK = "work"
PENDING_MILLISECONDS = 2000
"""How long a wake-up that has been asked for keeps others from being asked for."""
PAUSE_AFTER_ERROR_SECONDS = 1.0
JOB_TTL_SECONDS = 600
PAUSE_SECONDS = 0.002
"""Between two questions to Redis: under load one is asked for many messages."""

log = structlog.get_logger("queue")


class Wakeups(Protocol):
    """Asks a worker to look into the database."""

    def deliver(self) -> None:
        """There are messages to send."""

    def work(self) -> None:
        """There are job runs or due items."""


class RqWakeups:
    """Wake-ups through RQ; many within a moment become one. Without Redis the sweep does it later.

    Asking is left to a thread: nobody waits for Redis, and whoever asks meanwhile is asked for once.
    """

    def __init__(self, store: redis.Redis) -> None:
        self._store = store
        self._asked = dict.fromkeys((DELIVER, WORK), False)
        self._ask = threading.Condition()
        self._thread: threading.Thread | None = None
        self._queues = {
            name: Queue(name, connection=store, serializer=JSONSerializer) for name in (DELIVER, WORK)
        }
        self._resting_until = 0.0

    def deliver(self) -> None:
        """Wake a worker for the outbox."""
        self._leave(DELIVER)

    def work(self) -> None:
        """Wake a worker for what the timetable holds."""
        self._leave(WORK)

    def _leave(self, name: str) -> None:
        """Leave it to the thread."""
        with self._ask:
            self._asked[name] = True
            self._ask.notify()
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="wakeups", daemon=True)
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        while True:
            with self._ask:
                while not any(self._asked.values()):
                    self._ask.wait()
                names = [name for name, asked in self._asked.items() if asked]
                self._asked = dict.fromkeys(self._asked, False)
            for name in names:
                self._wake(name)
            time.sleep(PAUSE_SECONDS)

    def _wake(self, name: str) -> None:
        if time.monotonic() < self._resting_until:
            return
        try:
            if self._store.set(_pending(name), b"1", nx=True, px=PENDING_MILLISECONDS):
                self._queues[name].enqueue_call(
                    f"bot.queue.{name}",
                    result_ttl=0,
                    failure_ttl=JOB_TTL_SECONDS,
                    ttl=JOB_TTL_SECONDS,
                    timeout=-1,
                )
        except Exception as error:  # also what redis-py raises when the process gives back its connections
            self._resting_until = time.monotonic() + PAUSE_AFTER_ERROR_SECONDS
            log.warning("redis_unreachable", error=type(error).__name__)


def queue_depths(store: redis.Redis) -> dict[str, int]:
    """Queue → wake-ups that wait in it; empty while Redis is out of reach."""
    try:
        return {name: int(Queue(name, connection=store).count) for name in (DELIVER, WORK)}
    except redis.RedisError:
        return {}


def _pending(name: str) -> str:
    return f"muster:pending:{name}"


_runner: Runner | None = None
_store: redis.Redis | None = None


def deliver() -> None:
    """RQ job: send what is due."""
    _look(DELIVER)


def work() -> None:
    """RQ job: run what is due."""
    _look(WORK)


def _look(name: str) -> None:
    """Whatever woke us: answers leave first, then the timetable has its turn, and what it said leaves."""
    assert _runner is not None, "the worker process binds it first"
    assert _store is not None
    _store.delete(_pending(name))
    _runner.clock.refresh()
    _runner.outbox.drain()
    if _runner.anything_due():
        if _runner.run_due():
            _runner.outbox.drain()
        _runner.run_errands()


class Worker(SimpleWorker):
    """Told to stop, it does not first send everything that is due."""

    def handle_warm_shutdown_request(self) -> None:
        """Runs in the signal handler."""
        assert _runner is not None
        _runner.stop()

    def set_shutdown_requested_date(self) -> None:
        """Runs there too: without Redis it would break off what is being sent before it is noted."""
        with contextlib.suppress(redis.RedisError):
            super().set_shutdown_requested_date()  # type: ignore[no-untyped-call]


def run_worker(runner: Runner, store: redis.Redis) -> None:
    """Work until told to stop: answers before the timetable."""
    global _runner, _store
    _runner, _store = runner, store
    worker_connection = redis.Redis(connection_pool=_patient_pool(store))
    worker = Worker(
        [Queue(name, connection=worker_connection, serializer=JSONSerializer) for name in (DELIVER, WORK)],
        connection=worker_connection,
        serializer=JSONSerializer,
    )
    worker.work(with_scheduler=False, logging_level="WARNING")


def _patient_pool(store: redis.Redis) -> redis.ConnectionPool:
    """Connections without a read timeout: the worker waits for jobs on them."""
    pool = store.connection_pool
    kwargs = {k: v for k, v in pool.connection_kwargs.items() if k != "socket_timeout"}
    return redis.ConnectionPool(connection_class=pool.connection_class, **kwargs)
