"""Files on their way: uploaded when they are sent, and not again while the platform keeps them."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import redis

from bot.channels.base import ApiError, NotSent, Parcel, Receipt, Unreachable

LIFE_SECONDS = 3 * 86_400 - 3_600
"""How long a media id is used: the platforms' three days (protocol 3.7, 4.5) less an hour."""
STALE = 40007
"""A media id that is unknown or too old."""
WAIT_SECONDS = 10.0
"""How long one message waits for another that uploads the same file."""

Content = Callable[[str], bytes | None]
"""Finds the bytes of an attachment by its hash."""
Upload = Callable[[str, str, bytes], str]
"""Hands (type, file name, bytes) to the platform; returns the media id."""


def no_content(_: str) -> None:
    """For who sends no files."""


class Media:
    """The media ids of one account, shared through Redis; without Redis each process has its own.

    In a payload an attachment stands where its media id will: `{"attachment": hash, "as": type, "name": …}`.
    A message that waited for days so gets the id of a file that the platform still has.
    """

    def __init__(self, store: redis.Redis | None, account: str, upload: Upload) -> None:
        self._store = store
        self._prefix = f"muster:media:{account}"
        self._upload = upload
        self._known: dict[str, tuple[str, float]] = {}
        self._locks = [threading.Lock() for _ in range(16)]

    def deliver(self, parcel: Parcel, content: Content, send: Callable[[Parcel], Receipt]) -> Receipt:
        """Send the parcel with media ids in it; an id the platform has lost is replaced once.

        Raises:
            ApiError: the platform refused a file or the message.
            NotSent: a file could not be uploaded; the message did not leave.
            Unreachable: nobody knows whether the message arrived.
        """
        used: dict[str, str] = {}

        def filled() -> Parcel:
            return replace(parcel, payload=self._filled(parcel.payload, parcel.repeat, content, used))

        first = filled()
        try:
            return send(first)
        except ApiError as error:
            if error.code != STALE or not used:
                raise
        self._forget(used)
        return send(filled())

    def _filled(self, value: Any, repeat: int, content: Content, used: dict[str, str]) -> Any:
        if isinstance(value, list):
            return [self._filled(one, repeat, content, used) for one in value]
        if not isinstance(value, Mapping):
            return value
        if "attachment" not in value:
            return {name: self._filled(one, repeat, content, used) for name, one in value.items()}
        # The same file once more within hours gets an id of its own, or the platform would suppress it
        # as a repeat (docs/adr/0013).
        key = f"{self._prefix}:{value['as']}:{value['attachment']}:{repeat}:{value['name']}"
        used[key] = self._id(key, value, content)
        return used[key]

    def _id(self, key: str, wanted: Mapping[str, Any], content: Content) -> str:
        if (known := self._read(key)) is not None:
            return known
        lock = self._locks[hash(key) % len(self._locks)]
        if not lock.acquire(timeout=WAIT_SECONDS):
            raise NotSent("another message is uploading")
        try:
            if (known := self._read(key)) is not None:
                return known
            found = content(wanted["attachment"])
            if found is None:
                raise ApiError(STALE, "the attachment is no longer kept")
            return self._keep(key, self._upload(wanted["as"], wanted["name"], found))
        except Unreachable as error:
            raise NotSent(f"not uploaded: {error}") from None
        finally:
            lock.release()

    def _read(self, key: str) -> str | None:
        media_id, until = self._known.get(key, ("", 0.0))
        if time.monotonic() < until:
            return media_id
        stored, left = self._shared(key)
        if stored is not None:
            self._known[key] = (stored, time.monotonic() + left)
        return stored

    def _shared(self, key: str) -> tuple[str | None, int]:
        if self._store is None:
            return None, 0
        try:
            stored = self._store.get(key)
            left = self._store.ttl(key)
        except redis.RedisError:
            return None, 0
        return (stored.decode(), int(left)) if isinstance(stored, bytes) else (None, 0)

    def _keep(self, key: str, media_id: str) -> str:
        """Remember a new id; where another process was faster, its id is the one that all use."""
        now = time.monotonic()
        for name, (_, until) in list(self._known.items()):
            if until <= now:
                self._known.pop(name, None)
        try:
            if self._store is not None and not self._store.set(key, media_id, nx=True, ex=LIFE_SECONDS):
                media_id = self._shared(key)[0] or media_id
        except redis.RedisError:
            pass  # this process remembers it
        self._known[key] = (media_id, now + LIFE_SECONDS)
        return media_id

    def _forget(self, used: Mapping[str, str]) -> None:
        for key, media_id in used.items():
            self._known.pop(key, None)
            try:
                if self._store is not None and self._store.get(key) == media_id.encode():
                    self._store.delete(key)
            except redis.RedisError:
                continue  # the fresh id is kept by this process
