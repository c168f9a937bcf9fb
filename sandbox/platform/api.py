"""What every API call passes through: faults, the JSON rules, the error shape, the log."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.errors import ApiError
from sandbox.faults import Faults
from sandbox.world import Json, World

ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u([0-9a-fA-F]{4})")
SECRETS = frozenset(
    {"access_token", "corpsecret", "secret", "ticket", "refresh_token", "user_ticket", "code", "echostr"}
)
HANG_SECONDS = 30.0
OK: Json = {"errcode": 0, "errmsg": "ok"}
# What reading a body of another shape than documented raises.
MISSHAPEN = (AttributeError, KeyError, TypeError, ValueError)


@dataclass
class Call:
    """One API request, as its handler sees it."""

    world: World
    request: Request
    path: str
    query: dict[str, str]
    body: Json
    caller: str
    name: str = ""
    home: str = ""

    def need(self, name: str, code: int) -> str:
        """A query parameter that must be there."""
        value = self.query.get(name, "")
        if not value:
            raise ApiError(code)
        return value


Handler = Callable[[Call], Awaitable[Json | Response]]


@dataclass(frozen=True)
class Endpoint:
    """A handler and the method it is called with."""

    method: str
    handler: Handler


class Dropped(Response):
    """Breaks the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise a body that never comes."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def out_of_order(faults: Faults, path: str) -> tuple[Response | None, str]:
    """What faults make of a request before it is looked at: a delay, no answer, a 5xx, or nothing."""
    if delay := faults.take("api_delay_ms", path):
        await asyncio.sleep(delay / 1000)
    if (hang := faults.take("api_timeout", path)) is not None:
        await asyncio.sleep(HANG_SECONDS if hang == 1 else hang)
        return Dropped(), "no answer (fault)"
    if status := faults.take("api_http_status", path):
        answer = Response("fault", status_code=int(status), media_type="text/plain")
        return answer, f"http {int(status)} (fault)"
    return None, ""


def is_accepted(answer: Json | Response) -> bool:
    """Whether the platform did what it was asked: no error code, no HTTP error."""
    if isinstance(answer, Response):
        return answer.status_code < 400
    return not answer.get("errcode")


class Gateway:
    """Serves one platform's table of endpoints."""

    def __init__(
        self,
        world: World,
        faults: Faults,
        name: str,
        endpoints: dict[str, Endpoint],
        shape_error: Callable[[ApiError, str], Json],
    ) -> None:
        self.world = world
        self.faults = faults
        self.name = name
        self.endpoints = endpoints
        self.shape_error = shape_error

    async def serve(self, request: Request) -> Response:
        """Answer one request."""
        path = request.path_params["path"]
        full = f"/{self.name}/{path}"
        caller = request.client.host if request.client else "127.0.0.1"
        call = Call(self.world, request, path, dict(request.query_params), {}, caller)
        started = time.perf_counter()
        broken, outcome = await out_of_order(self.faults, full)
        if broken is not None:
            self._log(call, full, started, outcome)
            return broken
        answer = await self._answer(call, full)
        if is_accepted(answer) and self.faults.take("accept_then_drop", full) is not None:
            self._log(call, full, started, "accepted, answer lost (fault)", answer)
            return Dropped()
        if isinstance(answer, Response):
            self._log(call, full, started, "ok")
            return answer
        self._log(call, full, started, "ok" if not answer.get("errcode") else str(answer["errcode"]), answer)
        return JSONResponse(answer)

    async def _answer(self, call: Call, full: str) -> Json | Response:
        try:
            if code := self.faults.take("api_errcode", full):
                raise ApiError(int(code))
            endpoint = self.endpoints.get(call.path)
            if endpoint is None:
                return Response("404 page not found", status_code=404, media_type="text/plain")
            if call.request.method != endpoint.method:
                raise ApiError(43001 if endpoint.method == "GET" else 43002)
            if endpoint.method == "POST" and "multipart/form-data" not in call.request.headers.get(
                "content-type", ""
            ):
                call.body = read_json(await call.request.body())
            return await endpoint.handler(call)
        except ApiError as error:
            return self.shape_error(error, call.caller)
        except MISSHAPEN as error:
            return self.shape_error(ApiError(40058, f"{type(error).__name__}: {error}"), call.caller)

    def _log(self, call: Call, path: str, started: float, outcome: str, answer: Any = None) -> None:
        self.world.record(
            "api",
            home=call.home,
            name=call.name,
            method=call.request.method,
            path=path,
            query=masked(call.query),
            request=masked(call.body),
            answer=masked(answer) if isinstance(answer, dict) else None,
            outcome=outcome,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )


def read_json(raw: bytes) -> Json:
    """The body as an object; escapes of non-ASCII are 40033, anything else unreadable 47001."""
    if not raw.strip():
        return {}
    if any(int(match, 16) > 0x7F for match in ESCAPE.findall(raw)):
        raise ApiError(40033)
    try:
        body = json.loads(raw.decode())
    except ValueError as error:
        raise ApiError(47001) from error
    if not isinstance(body, dict):
        raise ApiError(47001)
    return body


def masked(value: Any, name: str = "") -> Any:
    """A copy in which no secret can be read."""
    if isinstance(value, dict):
        return {key: masked(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    if name in SECRETS and isinstance(value, str) and value:
        return value[:4] + "…"
    return value
