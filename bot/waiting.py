"""What every start waits for."""

import threading
from collections.abc import Callable

import redis
import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.database import Database, is_unavailable

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0

log = structlog.get_logger("startup")


def wait_for_database(database: Database, stop: threading.Event) -> bool:
    """Wait until the database answers, however long that takes; False if told to stop before.

    What does not heal by waiting is left to the first query, which says what it is.
    """

    def ask() -> str:
        try:
            database.engine.connect().close()
        except SQLAlchemyError as error:
            waits = is_unavailable(error) and not database.sqlite
            return type(error.orig if hasattr(error, "orig") else error).__name__ if waits else ""
        return ""

    return _wait("database", ask, stop)


def wait_for_redis(store: redis.Redis, stop: threading.Event) -> bool:
    """Wait until Redis answers, however long that takes; False if told to stop before."""

    def ask() -> str:
        try:
            store.ping()
        except redis.RedisError as error:
            return type(error).__name__
        return ""

    return _wait("redis", ask, stop)


def _wait(what: str, ask: Callable[[], str], stop: threading.Event) -> bool:
    """Ask with growing pauses until there is no error; each pause is logged."""
    pause = FIRST_PAUSE
    while error := ask():
        log.warning("waiting", what=what, error=error, again_in=pause)
        if stop.wait(pause):
            return False
        pause = min(pause * 2, LONGEST_PAUSE)
    return True
