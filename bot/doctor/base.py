"""What every check has in common: what it is given, and what it returns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import redis
import urllib3
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.app import keyring, make_clock
from bot.channels.base import ApiError
from bot.channels.official import OfficialClient
from bot.channels.wecom import WeComClient
from bot.clock import Clock, SystemClock
from bot.database import Database
from bot.store import connect
from config.settings import Problem, Settings
from models.policy import Policy

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 5.0
SHORTEST_SECRET = 6
"""Shorter values of secrets are not looked for in what is printed: they would be found in every word."""


class Outcome(StrEnum):
    """The sign in front of a line."""

    OK = "✓"
    FAILED = "✗"
    NOT_APPLICABLE = "–"


@dataclass(frozen=True)
class Finding:
    """What a check found: the outcome and the text block that says what to do."""

    outcome: Outcome
    block: str
    values: Mapping[str, Any] = field(default_factory=dict)
    blocked_by: str = ""
    """The check that must be mended before this one can be made."""


def ok(block: str, **values: Any) -> Finding:
    """All is well."""
    return Finding(Outcome.OK, block, values)


def failed(block: str, **values: Any) -> Finding:
    """Something must be mended."""
    return Finding(Outcome.FAILED, block, values)


def not_applicable(block: str, **values: Any) -> Finding:
    """There is nothing to look at here."""
    return Finding(Outcome.NOT_APPLICABLE, block, values)


def blocked(by: str) -> Finding:
    """It cannot be told before another check is passed."""
    return Finding(Outcome.NOT_APPLICABLE, "doctor/blocked", {"by": by}, by)


class Checkup:
    """What the checks are given: the settings, what is wrong with them, and parts not yet connected."""

    def __init__(
        self,
        settings: Settings,
        problems: Sequence[Problem] = (),
        policy: Policy | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.problems = problems
        self.policy = policy
        self.clock = clock or SystemClock()
        self.database = _database(settings)
        self.store = _store(settings.redis)
        self.wecom = WeComClient(settings, self.store)
        self.official = OfficialClient(settings, self.store)
        self.app: Mapping[str, Any] | ApiError = {}
        """What agent/get said; asked once, by the check of the trusted IP."""
        self.web = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT), retries=False
        )

    def now(self) -> datetime:
        """The moment by the clock of the installation, which may have been moved in sandbox mode."""
        if self.settings.sandbox and self.database is not None:
            return make_clock(self.settings, self.database).now()
        return self.clock.now()

    def close(self) -> None:
        """Give back connections."""
        if self.database is not None:
            self.database.close()
        if self.store is not None:
            self.store.close()
        self.web.clear()

    def hide_secrets(self, text: str) -> str:
        """The text without any configured secret: an error of the database, say, may hold one."""
        values = [getattr(self.settings, name) for name in Settings.model_fields]
        found = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
        found |= {_password(url) for url in (self.settings.database_url, self.settings.redis_url)}
        for secret in sorted(found, key=len, reverse=True):
            if len(secret) >= SHORTEST_SECRET:
                text = text.replace(secret, "***")
        return text


@dataclass(frozen=True)
class Check:
    """One line of the registry."""

    name: str
    look: Callable[[Checkup], Finding]
    settings: tuple[str, ...] = ()
    """The settings that it reads: with one of them missing or malformed it is not made."""
    after: tuple[str, ...] = ()
    """The checks that must be passed before."""


def _database(settings: Settings) -> Database | None:
    """The database; None if the address is malformed."""
    try:
        return Database(settings.database, keyring(settings))
    except (ArgumentError, ImportError):
        return None


def _store(url: str) -> redis.Redis | None:
    """Redis; None if the address is malformed."""
    try:
        return connect(url)
    except ValueError:
        return None


def _password(url: str) -> str:
    try:
        return str(make_url(url).password or "") if url else ""
    except (ArgumentError, ValueError):
        return urlsplit(url).password or ""
