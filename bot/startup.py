"""What every start waits for, and what is put right once at it."""

import secrets
import threading
from collections.abc import Callable
from datetime import timedelta

import redis
import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.app import Muster
from bot.database import Database, is_unavailable
from bot.menu import configured_channels, load_menus
from models import messaging
from models.messaging import Channel, OutboundKind, Outgoing

LIFETIME = timedelta(days=30)
"""How long a menu that the platform does not take is tried again."""

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


def publish_menus(muster: Muster) -> None:
    """Put the menus of all configured channels into the outbox."""
    menus = load_menus(muster.settings.public_url)
    start = secrets.token_hex(8)
    now = muster.clock.now()
    outgoing = [
        Outgoing(f"menu:{channel}:{start}", Channel(channel), "menu", OutboundKind.MENU, menus[channel])
        for channel in configured_channels(muster.settings)
        if channel in menus
    ]
    with muster.database.writing() as session:
        messaging.post(session, outgoing, now=now, lifetime=LIFETIME)
