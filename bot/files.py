"""Files between the platforms, the database and a store of objects: fetched, moved and removed in pieces."""

import io
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
import urllib3

from bot.channels.base import ApiError, TooLarge, Unreachable
from bot.channels.media import STALE
from bot.clock import Clock
from bot.database import Database
from bot.posting import Posting
from config.settings import Settings
from jobs.base import Notice
from models import files
from models.errors import DomainError
from models.files import FileKind, FileTooLarge, MediaFetch, StoreUnreachable
from models.policy import Policy
from models.staff import Employee, Person

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 10.0
CONNECTIONS = 8
REMOVED_AT_ONCE = 20
NO_SUCH_MEDIA = frozenset({STALE, 40004, 41006})
"""The media id is unknown, too old, or none."""

log = structlog.get_logger("files")


class Downloads(Protocol):
    """An account whose media can be fetched."""

    def download(self, media_id: str, most: int) -> tuple[str, bytes]:
        """(name, content) of what somebody sent."""


class ObjectStore:
    """A bucket of an S3-compatible store, through the only client there is for it."""

    def __init__(self, url: str) -> None:
        from minio import Minio, error  # with the first store and not before: most installations have none

        self._failures = (error.MinioException, urllib3.exceptions.HTTPError, OSError, ValueError)
        parts = urlsplit(url)
        secure = parts.scheme == "s3+https"
        host = parts.netloc.rpartition("@")[2]
        self.bucket = parts.path.strip("/")
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
        self._client = Minio(
            host,
            access_key=unquote(parts.username or ""),
            secret_key=unquote(parts.password or ""),
            secure=secure,
            region=(parse_qs(parts.query).get("region") or ["us-east-1"])[0],
            http_client=urllib3.PoolManager(timeout=timeout, maxsize=CONNECTIONS, retries=False),
        )

    def put(self, name: str, content: bytes) -> None:
        """Write an object, or write it anew.

        Raises:
            StoreUnreachable: it may not be there.
        """
        try:
            self._client.put_object(self.bucket, name, io.BytesIO(content), len(content))
        except self._failures as error:
            raise StoreUnreachable(_words(error)) from None

    def get(self, name: str) -> bytes:
        """The bytes of an object.

        Raises:
            StoreUnreachable: they cannot be had now.
        """
        try:
            answer = self._client.get_object(self.bucket, name)
            try:
                return bytes(answer.read())
            finally:
                answer.close()
                answer.release_conn()
        except self._failures as error:
            raise StoreUnreachable(_words(error)) from None

    def remove(self, name: str) -> None:
        """Remove an object; one that is not there is removed.

        Raises:
            StoreUnreachable: it may still be there.
        """
        try:
            self._client.remove_object(self.bucket, name)
        except self._failures as error:
            raise StoreUnreachable(_words(error)) from None


def _words(error: Exception) -> str:
    """What went wrong, without addresses and keys."""
    code = getattr(error, "code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def object_store(settings: Settings) -> ObjectStore | None:
    """The store of the settings; None where files stay in the database."""
    url = settings.files_url.get_secret_value()
    return ObjectStore(url) if url else None


class MediaFetching:
    """The errand that fetches what people sent in chat, one at a time."""

    name = "media"

    def __init__(
        self,
        database: Database,
        posting: Posting,
        clock: Clock,
        policy: Policy,
        accounts: Mapping[str, Downloads],
    ) -> None:
        self._database = database
        self._posting = posting
        self._clock = clock
        self._policy = policy
        self._accounts = accounts

    def is_due(self) -> bool:
        """Whether something waits to be fetched now."""
        return self._next() is not None

    def step(self) -> None:
        """Fetch the one that waits longest, keep it and strike it off; or say why it is not kept.

        Raises:
            ApiError, Unreachable: the platform is busy or out of reach; it is asked for again later.
        """
        fetch = self._next()
        if fetch is None:
            return
        if self._clock.now() - fetch.asked_at > files.LIFE or fetch.channel not in self._accounts:
            self._drop(fetch, "files/media_gone")
            return
        most = files.most_bytes(FileKind(fetch.kind), self._policy.files)
        try:
            name, content = self._accounts[fetch.channel].download(fetch.media_id, most)
        except TooLarge:
            self._refuse(fetch, FileTooLarge(megabytes=self._policy.files.most_megabytes[fetch.kind]))
        except ApiError as error:
            if error.code in NO_SUCH_MEDIA:
                self._drop(fetch, "files/media_gone")
                return
            self._postpone(fetch)
            raise
        except Unreachable:
            self._postpone(fetch)
            raise
        else:
            self._keep(fetch, name, content)

    def _next(self) -> MediaFetch | None:
        with self._database.reading() as session:
            waiting = files.due_fetches(session, at=self._clock.now(), limit=1)
            return waiting[0] if waiting else None

    def _keep(self, fetch: MediaFetch, name: str, content: bytes) -> None:
        try:
            with self._database.writing() as session:
                files.finish_fetch(
                    session,
                    ticket=fetch.ticket,
                    content=content,
                    name=name,
                    at=self._clock.now(),
                    policy=self._policy,
                )
        except DomainError as refusal:
            self._refuse(fetch, refusal)

    def _refuse(self, fetch: MediaFetch, refusal: DomainError) -> None:
        self._drop(fetch, f"{refusal.texts}/{refusal.code()}", **refusal.facts)

    def _drop(self, fetch: MediaFetch, block: str, **values: object) -> None:
        """Strike off what is not kept, and tell the sender in the same transaction."""
        log.info("media_not_kept", why=block, channel=fetch.channel)
        now = self._clock.now()
        with self._database.writing() as session:
            if not files.drop_fetch(session, ticket=fetch.ticket):
                return
            sender = files.person_of(session, fetch.subject)
            if sender is not None and _can_be_told(sender):
                notice = Notice(sender, block, {"at": fetch.asked_at, **values})
                self._posting.post_notices(session, f"media:{fetch.ticket}", [notice], now)

    def _postpone(self, fetch: MediaFetch) -> None:
        with self._database.writing() as session:
            files.postpone_fetch(session, ticket=fetch.ticket, at=self._clock.now())


def _can_be_told(person: Person) -> bool:
    return person.left_at is None if isinstance(person, Employee) else person.openid is not None


class FileMoving:
    """The errand that moves sealed bytes into the store, and removes objects that no file refers to."""

    name = "files"

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store

    def is_due(self) -> bool:
        """Whether there is something to move or to remove."""
        with self._database.reading() as session:
            return files.waiting_to_move(session) or bool(files.abandoned(session, limit=1))

    def step(self) -> None:
        """Remove a few objects and move one file.

        Raises:
            Unreachable: the store is; everything is still where it was.
        """
        try:
            self._remove()
            self._move()
        except StoreUnreachable as error:
            raise Unreachable(f"store: {error}") from None

    def _remove(self) -> None:
        with self._database.reading() as session:
            names = files.abandoned(session, limit=REMOVED_AT_ONCE)
        for name in names:
            self._store.remove(name)
        if names:
            with self._database.writing() as session:
                files.forget_abandoned(session, names=names)

    def _move(self) -> None:
        with self._database.writing() as session:
            moving = files.begin_move(session)
        if moving is None:
            return
        self._store.put(moving.name, moving.content)
        with self._database.writing() as session:
            files.finish_move(session, moving)
