"""What every way out has in common: the parcel, the receipt, the errors, and one HTTP call."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any, Protocol
from urllib.parse import urlencode

import urllib3

from bot.channels import tokens
from bot.channels.tokens import Tokens
from models.messaging import OutboundKind

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 8.0
UPLOAD_TIMEOUT = 15.0
"""How long an upload may wait for its answer: the platform looks at the file first."""
DOWNLOAD_SECONDS = 20.0
"""How long a download may take in all."""
BUSY = -1
_LONG_NUMBER = re.compile(r"\d{5,}")
"""What may be a phone number in words of a gateway: those are kept, and numbers are not."""
REFUSAL_SECONDS = 30.0
"""For how long a refused token is not asked for again: too many failing calls block it (protocol 3.14)."""


@dataclass(frozen=True)
class Parcel:
    """Outbox rows on their way in one call, apart from the database.

    More than one row only where one call takes equal messages to many people (protocol 3.2).
    """

    ids: tuple[int, ...]
    kind: OutboundKind
    recipients: tuple[str, ...]
    """Whom each row is for, in the order of `ids`."""
    payload: Mapping[str, Any]
    unknown: bool = False
    """Whether an earlier attempt may have reached the platform."""
    repeat: int = 0
    """How many equal messages went to this person shortly before."""
    key: str = ""
    """Names the message at the platform, where it takes such a name."""
    attempts: tuple[int, ...] = ()
    """The how-manieth attempt it is for each row."""

    @property
    def recipient(self) -> str:
        """Whom the only row is for."""
        (only,) = self.recipients
        return only


@dataclass(frozen=True)
class Receipt:
    """What the platform said when it took the message."""

    msgid: str | None = None
    response_code: str | None = None
    refused: frozenset[str] = frozenset()
    """Receivers, in lower case, whom the platform did not reach although it took the message."""


class ApiError(Exception):
    """The platform answered with an error code (protocol 3.15, 4.6)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


class GatewayError(ApiError):
    """A way out whose errors are words (text messages) or another protocol's numbers (e-mail) refused."""

    def __init__(self, word: str, message: str = "") -> None:
        super().__init__(0, f"{word} {_LONG_NUMBER.sub('***', message)}".strip())
        self.word = word

    def __str__(self) -> str:
        return self.message


class TokenRefused(ApiError):
    """The token call itself was refused."""

    @property
    def rest_seconds(self) -> float:
        """For how long the token is better not asked for again."""
        return tokens.REST_SECONDS if self.code == BUSY else REFUSAL_SECONDS


class UploadRefused(ApiError):
    """A file was refused, before the message was handed over."""


class TooLarge(Exception):
    """What is to be downloaded is larger than it may be."""


class Unreachable(Exception):
    """The platform did not answer, or not with JSON; whether it acted is unknown."""


class NotSent(Unreachable):
    """The request did not even leave: no connection, or no token for it."""


class Messenger(Protocol):
    """A way out."""

    def send(self, parcel: Parcel) -> Receipt:
        """Hand one message to the platform.

        Raises:
            ApiError: it was refused.
            Unreachable: there was no answer.
        """


class Http:
    """Calls of the platform's JSON API with timeouts everywhere and connections kept open."""

    def __init__(self, base: str, connections: int = 32) -> None:
        self.base = base
        self._pool = urllib3.PoolManager(
            maxsize=connections,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
            retries=False,
        )

    def call(self, method: str, path: str, *, query: Mapping[str, Any], body: Any = None) -> dict[str, Any]:
        """One request; bodies go out as raw UTF-8 (error 40033 otherwise).

        Raises:
            NotSent: there is no connection.
            Unreachable: no answer, an HTTP error, or no JSON.
        """
        encoded = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"} if encoded else None
        return self._exchange(method, path, query, body=encoded, headers=headers)

    def upload(self, path: str, *, query: Mapping[str, Any], name: str, content: bytes) -> dict[str, Any]:
        """Hand over a file as the multipart part `media` (protocol 3.7).

        Raises:
            NotSent: there is no connection.
            Unreachable: no answer, an HTTP error, or no JSON.
        """
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=UPLOAD_TIMEOUT)
        return self._exchange("POST", path, query, fields={"media": (name, content)}, timeout=timeout)

    def download(self, url: str, *, query: Mapping[str, Any], most: int) -> dict[str, Any]:
        """A file of at most so many bytes: its `content` and `name`; or the JSON that came instead of one.

        `url` is a path of this API, or a whole address. Redirects are not followed.

        Raises:
            TooLarge: it is larger.
            NotSent: there is no connection.
            Unreachable: no answer, or an HTTP error.
        """
        address = url if "://" in url else f"{self.base}{url}"
        if query:
            address += f"?{urlencode(dict(query))}"
        try:
            answer = self._pool.request("GET", address, preload_content=False, redirect=False)
            try:
                return _downloaded(answer, most)
            finally:
                answer.close()
                answer.release_conn()
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(type(error).__name__) from None

    def _exchange(self, method: str, path: str, query: Mapping[str, Any], **request: Any) -> dict[str, Any]:
        url = f"{self.base}{path}?{urlencode(dict(query))}"
        try:
            answer = self._pool.request(method, url, **request)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(type(error).__name__) from None
        if answer.status != 200:
            raise Unreachable(f"HTTP {answer.status}")
        try:
            told = json.loads(answer.data)
        except ValueError:
            raise Unreachable("the answer is not JSON") from None
        if not isinstance(told, dict):
            raise Unreachable("the answer is not a JSON object")
        return told


def _downloaded(answer: urllib3.BaseHTTPResponse, most: int) -> dict[str, Any]:
    """The file in an answer, read piece by piece and no longer than need be; or its JSON."""
    if answer.status != 200:
        raise Unreachable(f"HTTP {answer.status}")
    until = time.monotonic() + DOWNLOAD_SECONDS
    content = bytearray()
    for piece in answer.stream(64 * 1024):
        content += piece
        if len(content) > most:
            raise TooLarge
        if time.monotonic() > until:
            raise Unreachable("the download takes too long")
    type_ = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if type_ in ("application/json", "text/plain", "text/json"):
        told = _json_object(bytes(content))
        if told is not None and ("errcode" in told or "video_url" in told):
            return told
    return {"content": bytes(content), "name": _file_name(answer.headers.get("Content-Disposition", ""))}


def _json_object(content: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(content)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _file_name(disposition: str) -> str:
    message = Message()
    message["Content-Disposition"] = disposition
    return message.get_filename() or ""


class Refreshing:
    """Mixed into wechatpy's clients: our transport, the shared token, one bounded refresh (protocol 7.5)."""

    transport: Http
    tokens: Tokens
    token_errors: frozenset[int]
    """The codes that a fresh token cures; tried once."""

    def ask_token(self) -> dict[str, Any]:
        """What the platform says to the token call."""
        raise NotImplementedError

    def fetch_access_token(self) -> str:
        """A token where wechatpy asks for one."""
        return self.tokens.get()

    @property
    def access_token(self) -> str:
        """The shared token."""
        return self.tokens.get()

    def fetch_token(self) -> tuple[str, int]:
        """A new token and its life in seconds.

        Raises:
            TokenRefused: the platform gives none.
            Unreachable: it did not answer.
        """
        return read_token(self.ask_token())

    def upload(self, kind: str, name: str, content: bytes) -> str:
        """Hand a file to the platform for three days and return its media id (protocol 3.7, 4.5).

        Raises:
            UploadRefused: it was refused.
            Unreachable: there was no answer; nobody has seen anything yet.
        """

        def send(token: str) -> dict[str, Any]:
            query = {"access_token": token, "type": kind}
            return self.transport.upload("/cgi-bin/media/upload", query=query, name=name, content=content)

        told = self._with_token(send)
        if told.get("errcode"):
            raise UploadRefused(int(told["errcode"]), str(told.get("errmsg", "")))
        return str(told.get("media_id") or told["thumb_media_id"])

    def download(self, media_id: str, most: int) -> tuple[str, bytes]:
        """(name, content) of what somebody sent within the last three days (protocol 3.7, 4.5).

        Raises:
            ApiError: it was refused; 40007: it is not there any more.
            TooLarge: it has more than `most` bytes.
            Unreachable: there was no answer.
        """

        def send(token: str) -> dict[str, Any]:
            query = {"access_token": token, "media_id": media_id}
            return self.transport.download("/cgi-bin/media/get", query=query, most=most)

        told = succeed(self._with_token(send))
        if "video_url" in told:
            told = succeed(self.transport.download(str(told["video_url"]), query={}, most=most))
        if "content" not in told:
            raise Unreachable("the answer is no file")
        return str(told["name"]), bytes(told["content"])

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """What all of wechatpy's API methods go through.

        Raises:
            ApiError: the platform refused.
            Unreachable: the platform did not answer.
        """
        query = dict(kwargs.get("params") or {})
        body = kwargs.get("data")

        def send(token: str) -> dict[str, Any]:
            return self.transport.call(
                method.upper(),
                f"/cgi-bin/{url_or_endpoint}",
                query={**query, "access_token": token},
                body=body,
            )

        processor = kwargs.get("result_processor")
        checked = succeed(self._with_token(send))
        return processor(checked) if processor else checked

    def _with_token(self, send: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        """The answer to a call; where the token is what is wrong, to the same call with a fresh one."""
        try:
            token = self.tokens.get()
        except Unreachable as error:
            raise NotSent(f"no token: {error}") from None
        told = send(token)
        if int(told.get("errcode") or 0) not in self.token_errors:
            return told
        try:
            token = self.tokens.renew(refused=token)
        except Unreachable as error:
            raise NotSent(f"no token: {error}") from None
        return send(token)


def succeed(told: dict[str, Any]) -> dict[str, Any]:
    """The answer, if it is no error.

    Raises:
        ApiError: it is one.
    """
    if told.get("errcode"):
        raise ApiError(int(told["errcode"]), str(told.get("errmsg", "")))
    return told


def read_token(told: dict[str, Any]) -> tuple[str, int]:
    """Token and life in seconds from the answer of a token call.

    Raises:
        TokenRefused: there is none in it.
    """
    if told.get("errcode"):
        raise TokenRefused(int(told["errcode"]), str(told.get("errmsg", "")))
    return str(told["access_token"]), int(told["expires_in"])
