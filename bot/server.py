"""HTTP: granian in front, the WSGI application behind, and nobody who can hold up the others.

A body is read without occupying a worker thread, with a time limit and a cap, before the application is
called; a peer that sends half a body waits on its own.
"""

import asyncio
import contextvars
import io
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]
from granian.server import Server

from bot.app import build
from bot.callbacks import MAX_BODY, Callbacks, not_taken
from bot.dispatch import Unavailable
from bot.hooks import RESULTS_PATH, largest_body
from bot.intake import Intake
from bot.keeping import load_all, policy
from bot.logs import configure_logs
from bot.processes import die_with_parent
from bot.rejection import Rejected, malformed, too_large
from bot.web import create_app
from config.settings import Settings, load_settings

BODY_SECONDS = 2.4
"""How long a request may take to send its body."""
LARGE_BODY_SECONDS = 15.0
"""The same for a path whose bodies may be large."""
LARGE_AT_ONCE = 8
"""So many large bodies are read at once: together they stay within memory."""
HEADER_MILLISECONDS = 2400
THREADS = 8
WORKERS = 2
BACKLOG = 2048
MAX_REQUESTS = 1024

log = structlog.get_logger("server")

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]


class Gateway:
    """An RSGI application: callbacks are read here and their commit awaited; all else is WSGI in a thread."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        callbacks: Callbacks,
        intake: Intake,
        *,
        largest: Mapping[str, int],
    ) -> None:
        """`largest` names the paths whose bodies may be larger than a callback's."""
        self._largest = largest
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._application = application
        self._callbacks = callbacks
        self._intake = intake
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="web")

    async def __call__(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http":
            return
        try:
            body = await self._read(scope, protocol)
            if scope.path in self._callbacks.paths:
                answer = await self._take(scope, body)
            else:
                loop = asyncio.get_running_loop()
                run = contextvars.copy_context().run  # what the logs say of every line
                answer = await loop.run_in_executor(self._threads, run, self._run, _environ(scope, body))
        except Rejected as rejected:
            log.warning("request_rejected", status=rejected.status, reason=rejected.reason)
            protocol.response_empty(rejected.status, [("connection", "close")])
        except Exception:  # granian would answer the same, and say nothing
            log.exception("request_crashed")
            protocol.response_empty(500, [("connection", "close")])
        else:
            protocol.response_bytes(*answer)

    async def _read(self, scope: Any, protocol: Any) -> bytes:
        limit = self._largest.get(scope.path)
        if limit is None:
            return await _body(scope, protocol, MAX_BODY, BODY_SECONDS)
        async with self._large:
            return await _body(scope, protocol, limit, LARGE_BODY_SECONDS)

    async def _take(self, scope: Any, body: bytes) -> "Answer":
        """Answer a callback once what it brought is durable."""
        query: dict[str, str] = {}
        for name, value in parse_qsl(scope.query_string, keep_blank_values=True):
            query.setdefault(name, value)
        type_ = scope.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            read = self._callbacks.read(scope.path, scope.method, query, type_, body)
            if isinstance(read, bytes):
                return 200, [("content-type", "text/plain; charset=utf-8")], read
            await self._intake.take(read)
        except Rejected as rejected:  # it is logged, and the connection is as good as before
            return rejected.status, [], b""
        except Unavailable as error:
            return not_taken(error), [], b""
        return 200, [], b""

    def _run(self, environ: dict[str, Any]) -> "Answer":
        started: list[tuple[int, Headers]] = []

        def start_response(status: str, headers: Headers, _error: object = None) -> Callable[[bytes], None]:
            started[:] = [(int(status[:3]), [(name.lower(), value) for name, value in headers])]
            return lambda _chunk: None

        chunks = self._application(environ, start_response)
        try:
            content = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        status, headers = started[0]
        return status, headers, content


async def _body(scope: Any, protocol: Any, limit: int, seconds: float) -> bytes:
    """The whole body, within its time and its cap.

    Raises:
        Rejected: (400) it ends early, (408) it takes too long, (413) it is over the cap.
    """
    declared = scope.headers.get("content-length")
    if declared is not None and int(declared) > limit:
        raise too_large("the body is over the cap")
    if scope.method in ("GET", "HEAD"):
        return b""
    try:
        async with asyncio.timeout(seconds):
            body = await _read(protocol, limit) if declared is None else await protocol()
    except TimeoutError:
        raise Rejected(408, "the body takes too long") from None
    except ProtocolClosed:
        raise malformed("the body is cut off") from None
    if declared is not None and len(body) < int(declared):
        raise malformed("the body is cut off")
    return bytes(body)


async def _read(protocol: Any, limit: int) -> bytes:
    """A body of undeclared length, up to the cap."""
    body = bytearray()
    async for part in protocol:
        body += part
        if len(body) > limit:
            raise too_large("the body is over the cap")
    return bytes(body)


def _environ(scope: Any, body: bytes) -> dict[str, Any]:
    """The WSGI environment of a request (PEP 3333)."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _bytes_as_text(scope.path),
        "QUERY_STRING": _bytes_as_text(scope.query_string),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = name.upper().replace("-", "_")
        if key == "CONTENT_LENGTH":
            continue
        if key != "CONTENT_TYPE":
            key = f"HTTP_{key}"
        text = _bytes_as_text(value)
        environ[key] = f"{environ[key]},{text}" if key in environ and key != "HTTP_COOKIE" else text
    return environ


def _bytes_as_text(text: str) -> str:
    """WSGI hands on bytes as text of one character each."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def application() -> Gateway:
    """What each granian worker serves."""
    die_with_parent()
    settings = load_settings()
    configure_logs("web", human=settings.sandbox)
    muster = build(settings, policy=policy())
    largest = {RESULTS_PATH: largest_body(muster)} if settings.interview_webhook_secret else {}
    return Gateway(create_app(muster), Callbacks(settings), muster.intake, largest=largest)


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    load_all()
    Server(
        "bot.server:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        workers=WORKERS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        websockets=False,
        backlog=BACKLOG,
        backpressure=MAX_REQUESTS,
        respawn_failed_workers=True,
        workers_kill_timeout=5,
        log_enabled=False,
    ).serve()
