"""What every way out has in common: the parcel, the receipt, the errors, and one HTTP call."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import urllib3

from bot.channels.tokens import Tokens
from models.messaging import OutboundKind

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 8.0


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
        url = f"{self.base}{path}?{urlencode(dict(query))}"
        headers = {"Content-Type": "application/json; charset=utf-8"} if encoded else None
        try:
            answer = self._pool.request(method, url, body=encoded, headers=headers)
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


class Refreshing:
    """Mixed into wechatpy's clients: our transport, the shared token, one bounded refresh (protocol 7.5)."""

    transport: Http
    tokens: Tokens
    token_errors: frozenset[int]
    """The codes that a fresh token cures; tried once."""

    def fetch_access_token(self) -> str:
        """A token where wechatpy asks for one."""
        return self.tokens.get()

    @property
    def access_token(self) -> str:
        """The shared token."""
        return self.tokens.get()

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """What all of wechatpy's API methods go through.

        Raises:
            ApiError: the platform refused.
            Unreachable: the platform did not answer.
        """
        query = dict(kwargs.get("params") or {})
        body = kwargs.get("data")
        try:
            token = self.tokens.get()
        except Unreachable as error:
            raise NotSent(f"no token: {error}") from None
        told = self._once(method, url_or_endpoint, {**query, "access_token": token}, body)
        if int(told.get("errcode") or 0) in self.token_errors:
            try:
                token = self.tokens.renew(refused=token)
            except Unreachable as error:
                raise NotSent(f"no token: {error}") from None
            told = self._once(method, url_or_endpoint, {**query, "access_token": token}, body)
        processor = kwargs.get("result_processor")
        checked = succeed(told)
        return processor(checked) if processor else checked

    def _once(self, method: str, endpoint: str, query: dict[str, Any], body: Any) -> dict[str, Any]:
        return self.transport.call(method.upper(), f"/cgi-bin/{endpoint}", query=query, body=body)


def succeed(told: dict[str, Any]) -> dict[str, Any]:
    """The answer, if it is no error.

    Raises:
        ApiError: it is one.
    """
    if told.get("errcode"):
        raise ApiError(int(told["errcode"]), str(told.get("errmsg", "")))
    return told


def read_token(told: dict[str, Any]) -> tuple[str, int]:
    """Token and life in seconds from the answer of a token call."""
    checked = succeed(told)
    return str(checked["access_token"]), int(checked["expires_in"])
