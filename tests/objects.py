"""A small store of objects for the tests, as S3 speaks: it can be stopped, started, and die in the middle."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

KEY, SECRET, BUCKET = "key-of-the-tests", "secret-of-the-tests", "muster-files"


class ObjectServer:
    """A bucket behind HTTP; its objects and its address stay over a stop and a start.

    Signatures are not computed again, but a request that bears none of our key is refused.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.dies_while_writing = False
        """At the next write: half of it is read, and the server is gone."""
        self.dies_before_answering = False
        """At the next write: the object is there, and the server is gone before it says so."""
        self.refuses = False
        """Every key is refused."""
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The setting that leads to it."""
        return f"s3+http://{KEY}:{SECRET}@127.0.0.1:{self._port}/{BUCKET}?region=cn-north-1"

    def start(self) -> None:
        """Listen, on the same port as before."""
        store = self

        class Handler(_Handler):
            objects = store

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = int(self._server.server_address[1])
        serve = {"poll_interval": 0.01}
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs=serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no longer; connections are refused from now on."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.socket.close()

    def names(self, method: str) -> list[str]:
        """The objects for which this was asked."""
        return [name for asked, name in self.requests if asked == method]


class _Handler(BaseHTTPRequestHandler):
    objects: ObjectServer

    def do_PUT(self) -> None:
        name = self._named()
        if name is None:
            return
        size, store = int(self.headers["Content-Length"]), self.objects
        if store.dies_while_writing:
            self.rfile.read(size // 2)
            store.dies_while_writing = False
            store.stop()
            return
        content = self.rfile.read(size)
        if hashlib.sha256(content).hexdigest() != self.headers["x-amz-content-sha256"]:
            self._fail(400, "XAmzContentSHA256Mismatch")
            return
        store.objects[name] = content
        if store.dies_before_answering:
            store.dies_before_answering = False
            store.stop()
            return
        self._answer(200, b"", ETag=_tag(content))

    def do_GET(self) -> None:
        name = self._named()
        if name == "":
            self._list()
        elif name is not None and name not in self.objects.objects:
            self._fail(404, "NoSuchKey")
        elif name is not None:
            self._give(self.objects.objects[name])

    def do_HEAD(self) -> None:
        name = self._named()
        if name is None:
            return
        if name and name not in self.objects.objects:
            self._answer(404, b"")
        else:
            self._give(self.objects.objects.get(name, b""))

    def do_DELETE(self) -> None:
        name = self._named()
        if name is not None:
            self.objects.objects.pop(name, None)
            self._answer(204, b"")

    def _named(self) -> str | None:
        """The object that is meant, empty for the bucket; None where the request has been refused."""
        bucket, _, name = unquote(urlsplit(self.path).path).strip("/").partition("/")
        self.objects.requests.append((self.command, name))
        credential = f"AWS4-HMAC-SHA256 Credential={KEY}/"
        if self.objects.refuses or not self.headers.get("Authorization", "").startswith(credential):
            self._fail(403, "AccessDenied")
        elif bucket != BUCKET:
            self._fail(404, "NoSuchBucket")
        else:
            return name
        return None

    def _list(self) -> None:
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if "location" in query:
            self._answer(200, b"<LocationConstraint>cn-north-1</LocationConstraint>")
            return
        prefix = query.get("prefix", [""])[0]
        found = [name for name in sorted(self.objects.objects) if name.startswith(prefix)]
        keys = "".join(f"<Contents><Key>{escape(name)}</Key></Contents>" for name in found)
        self._answer(200, f"<ListBucketResult><Name>{BUCKET}</Name>{keys}</ListBucketResult>".encode())

    def _give(self, content: bytes) -> None:
        self._answer(200, content, ETag=_tag(content))

    def _fail(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", formatdate(usegmt=True))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


@contextmanager
def object_server() -> Iterator[ObjectServer]:
    """A running store."""
    server = ObjectServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
