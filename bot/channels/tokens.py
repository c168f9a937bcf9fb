"""One shared access token per account, fetched by one process at a time (protocol 3.1, 4.1)."""

import secrets
import threading
import time
from collections.abc import Callable

import redis

LOCK_MILLISECONDS = 15_000
WAIT_SECONDS = 12.0
MARGIN_SECONDS = 120
"""A token is replaced this long before it expires."""
REST_SECONDS = 1.0
"""For so long after a failure nobody asks again: all who waited for that answer have it.

A failure may name its own time as `rest_seconds`.
"""

Fetch = Callable[[], tuple[str, int]]
"""Asks the platform for a token; returns it with its life in seconds."""


class Tokens:
    """The token in Redis, kept in the process as well; without Redis each process has its own."""

    def __init__(self, store: redis.Redis | None, name: str, fetch: Fetch) -> None:
        self._store = store
        self._key = f"muster:token:{name}"
        self._fetch = fetch
        self._token = ""
        self._expires_at = 0.0
        self._mutex = threading.Lock()
        self._failure: Exception | None = None
        self._rests_until = 0.0

    def get(self) -> str:
        """The current token, fetched if there is none."""
        if self._token and time.monotonic() < self._expires_at:
            return self._token
        with self._mutex:
            if self._token and time.monotonic() < self._expires_at:
                return self._token
            return self._renew(refused=None)

    def renew(self, refused: str) -> str:
        """Another token than the `refused` one; fetched only if nobody has done so meanwhile."""
        with self._mutex:
            if self._token and self._token != refused:
                return self._token
            return self._renew(refused=refused)

    def _renew(self, refused: str | None) -> str:
        if self._failure is not None and time.monotonic() < self._rests_until:
            raise self._failure
        self._failure = None
        try:
            try:
                return self._renew_shared(refused)
            except redis.RedisError:
                return self._keep(*self._fetch())
        except Exception as failure:
            self._failure = failure
            self._rests_until = time.monotonic() + getattr(failure, "rest_seconds", REST_SECONDS)
            raise

    def _renew_shared(self, refused: str | None) -> str:
        if self._store is None:
            return self._keep(*self._fetch())
        mine = secrets.token_hex(8)
        until = time.monotonic() + WAIT_SECONDS
        while True:
            if (known := self._read(refused)) is not None:
                return known
            if self._store.set(f"{self._key}:lock", mine, nx=True, px=LOCK_MILLISECONDS):
                break
            if time.monotonic() > until:
                return self._keep(*self._fetch())
            time.sleep(0.05)
        try:
            if (known := self._read(refused)) is not None:
                return known
            token, life = self._fetch()
            self._store.set(self._key, token, ex=max(life - MARGIN_SECONDS, 1))
            return self._keep(token, life)
        finally:
            if self._store.get(f"{self._key}:lock") == mine.encode():
                self._store.delete(f"{self._key}:lock")

    def _read(self, refused: str | None) -> str | None:
        assert self._store is not None
        stored = self._store.get(self._key)
        if not isinstance(stored, bytes) or stored.decode() == refused:
            return None
        return self._keep(stored.decode(), max(self._store.ttl(self._key), 1) + MARGIN_SECONDS)

    def _keep(self, token: str, life: int) -> str:
        self._token = token
        self._expires_at = time.monotonic() + max(life - MARGIN_SECONDS, 1)
        return token
