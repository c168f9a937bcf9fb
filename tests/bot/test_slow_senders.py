"""The real web process: nobody who sends slowly, or not at all, holds up the others."""

import hashlib
import hmac
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.callbacks import MAX_BODY
from bot.hooks import RESULTS_PATH
from tests import tencent
from tests.bot.wire import WECOM, document

HALF_BODIES = 100
HALF_HEADERS = 20
ANSWERED_WITHIN = 1.0
CLOSED_WITHIN = 5.0
"""Both are requirements, in seconds."""
STOPPED_WITHIN = 8.0
RESULTS_KEY = "a-secret-of-the-tests"
ROOT = Path(__file__).parents[2]


@dataclass
class Server:
    """A running web process, and where it listens."""

    process: subprocess.Popen[bytes]
    port: int
    database: Path
    log: Path

    def connect(self) -> socket.socket:
        """A connection of one's own."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=CLOSED_WITHIN + 5)

    def request(self, raw: bytes) -> int:
        """The status of one request on a new connection."""
        with self.connect() as connection:
            connection.sendall(raw)
            return status_of(connection)

    def stored(self) -> int:
        """How many messages are in the database."""
        with closing(sqlite3.connect(self.database)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM inbound_message").fetchone()
        return int(count)


def status_of(connection: socket.socket) -> int:
    """Read one whole answer and return its status."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(65536)
        assert part, f"closed after {answer!r}"
        answer += part
    head, _, rest = answer.partition(b"\r\n\r\n")
    length = 0
    for header in head.lower().split(b"\r\n"):
        if header.startswith(b"content-length:"):
            length = int(header.partition(b":")[2])
    while len(rest) < length:
        rest += connection.recv(65536)
    return int(head.split(b" ", 2)[1])


def head(address: str, *headers: str, method: str = "POST") -> bytes:
    """The first lines of a request."""
    lines = [f"{method} {address} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: text/xml", *headers, "", ""]
    return "\r\n".join(lines).encode()


def callback(number: int) -> bytes:
    """A whole callback."""
    words = f"<Content>你好</Content><MsgId>{number}</MsgId>"
    address, body = WECOM.callback(document("text", words))
    return head(address, f"Content-Length: {len(body)}") + body.encode()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(folder: Path, port: int, database: Path) -> dict[str, str]:
    """The settings of the process; Redis is not running."""
    settings = {
        "MODE": "sandbox",
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{database}",
        "REDIS_URL": f"unix://{folder / 'nobody.sock'}",
        "BIND": f"127.0.0.1:{port}",
        "WECOM_CORP_ID": tencent.CORP_ID,
        "WECOM_AGENT_ID": str(tencent.AGENT_ID),
        "WECOM_SECRET": "app-secret",
        "WECOM_TOKEN": tencent.TOKEN,
        "WECOM_ENCODING_AES_KEY": tencent.AES_KEY,
        "INTERVIEW_WEBHOOK_SECRET": RESULTS_KEY,
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
    return inherited | {f"MUSTER_{name}": value for name, value in settings.items()}


@contextmanager
def web_process(sqlite_template: Path, folder: Path) -> Iterator[Server]:
    """`python -m bot web` on a free port and a migrated SQLite file."""
    database, log, port = folder / "muster.db", folder / "log", free_port()
    shutil.copy(sqlite_template, database)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "web"],
            cwd=ROOT,
            env=environment(folder / "data", port, database),
            stdout=output,
            stderr=output,
        )
    running = Server(process, port, database, log)
    try:
        _wait_until_it_answers(running)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def server(sqlite_template: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of one's own."""
    with web_process(sqlite_template, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all the short tests."""
    with web_process(sqlite_template, tmp_path_factory.mktemp("web")) as running:
        yield running


def _wait_until_it_answers(server: Server) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        assert server.process.poll() is None, server.log.read_text()
        try:
            if server.request(head("/healthz", method="GET")) == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(server.log.read_text())


def test_half_sent_requests_hold_up_nobody_and_are_closed(server: Server) -> None:
    address, body = WECOM.callback(document("text", "<Content>a</Content><MsgId>1</MsgId>"))
    halves = [
        *[head(address, f"Content-Length: {len(body)}") + body[: len(body) // 2].encode()] * HALF_BODIES,
        *[head(address)[:-30]] * HALF_HEADERS,
    ]
    with ExitStack() as stack:
        stuck: list[tuple[socket.socket, float]] = []
        for half in halves:
            connection = stack.enter_context(server.connect())
            connection.sendall(half)
            stuck.append((connection, time.monotonic()))

        number = 10
        while time.monotonic() < stuck[0][1] + 3:  # all of them are still held
            number += 1
            started = time.monotonic()
            assert server.request(callback(number)) == 200
            assert time.monotonic() - started < ANSWERED_WITHIN
        assert number > 20

        for connection, since in stuck:
            left = since + CLOSED_WITHIN - time.monotonic()
            assert left > 0
            connection.settimeout(left)
            try:
                while connection.recv(65536):
                    pass
            except ConnectionResetError:
                pass

    assert server.stored() == number - 10
    log = server.log.read_text()
    assert log.count("the body takes too long") == HALF_BODIES
    assert "redis_unreachable" in log  # nobody could be woken, and nobody had to wait


def test_a_trickle_is_no_way_around_the_limit(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(head("/wecom/callback", "Content-Length: 1000"))
        started = time.monotonic()
        connection.settimeout(0.2)
        status = 0
        while not status and time.monotonic() - started < CLOSED_WITHIN:
            try:
                connection.sendall(b"<")
                status = status_of(connection)
            except TimeoutError:
                continue
        assert status == 408
    assert time.monotonic() - started < CLOSED_WITHIN


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(head("/wecom/callback", f"Content-Length: {MAX_BODY + 1}"), 413, id="declared"),
        pytest.param(
            head("/wecom/callback", "Transfer-Encoding: chunked")
            + (b"10000\r\n" + b"a" * 0x10000 + b"\r\n") * (MAX_BODY // 0x10000)
            + b"1\r\na\r\n",
            413,
            id="in chunks without an end",
        ),
        pytest.param(head("/wecom/callback", "Content-Length: -1"), 400, id="less than nothing"),
        pytest.param(head("/wecom/callback", f"Content-Length: {'9' * 40}"), 400, id="beyond all numbers"),
        pytest.param(head("/wecom/callback", "Transfer-Encoding: chunked") + b"zz\r\n", 400, id="no chunk"),
        pytest.param(head("/wecom/callback?echostr=回声", method="GET"), 400, id="a query of raw Chinese"),
        pytest.param(head("/wecom/callback?echostr=%ff", method="GET"), 400, id="a query of raw bytes"),
        pytest.param(head("/wecom/callback", "X-Name: 名字", method="GET"), 400, id="a header in Chinese"),
        pytest.param(head("/wecom/callback", "Content-Length: 0"), 400, id="no body"),
        pytest.param(head("/wecom/callback", method="BREW"), 400, id="another method"),
        pytest.param(head("/%2577ecom/callback", method="GET"), 404, id="a path encoded twice"),
        pytest.param(head("/%ff", method="GET"), 404, id="a path of raw bytes"),
        pytest.param(b"\x16\x03\x01\x02 no HTTP\r\n\r\n", 400, id="no HTTP"),
    ],
)
def test_what_no_client_sends_is_refused(shared: Server, raw: bytes, status: int) -> None:
    assert shared.request(raw) == status


def test_a_connection_may_be_used_again(shared: Server) -> None:
    before = shared.stored()
    with shared.connect() as connection:
        for number in range(20):
            connection.sendall(callback(1000 + number))
            assert status_of(connection) == 200
        connection.sendall(head("/wecom/callback", "Content-Length: 3") + b"abc")
        assert status_of(connection) == 400
        connection.sendall(callback(2000))
        assert status_of(connection) == 200
    assert shared.stored() == before + 21


def test_a_body_in_chunks_is_taken(shared: Server) -> None:
    before = shared.stored()
    whole = callback(3000)
    first, _, body = whole.partition(b"\r\n\r\n")
    first = first[: first.index(b"Content-Length")] + b"Transfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:])) + b"0\r\n\r\n"

    assert shared.request(first + chunks) == 200

    assert shared.stored() == before + 1


def test_a_peer_that_goes_away_half_way_leaves_nothing(shared: Server) -> None:
    before = shared.stored()
    for number in range(50):
        with shared.connect() as connection:
            connection.sendall(callback(4000 + number)[:-5])

    assert shared.request(callback(5000)) == 200
    assert shared.stored() == before + 1
    assert "request_crashed" not in shared.log.read_text()


@pytest.mark.parametrize("held", [0, 30], ids=["idle", "with half-sent bodies"])
def test_it_stops_when_told(server: Server, held: int) -> None:
    with ExitStack() as stack:
        for _ in range(held):
            connection = stack.enter_context(server.connect())
            connection.sendall(head("/wecom/callback", "Content-Length: 10") + b"half")
        assert server.request(callback(1)) == 200

        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(STOPPED_WITHIN) == 0
        print(f"stopped after {time.monotonic() - started:.1f} s")

    assert server.stored() == 1


def test_many_results_at_once_may_be_larger_than_a_callback(shared: Server) -> None:
    facts = {"type": "result", "application_no": "A1", "stage": "ai_interview", "score": 80}
    told = [
        {**facts, "event_id": f"e-{number}", "occurred_at": "2026-03-02T09:00:00+08:00"}
        for number in range(5000)
    ]
    body = json.dumps(told).encode()
    assert len(body) > MAX_BODY
    signature = hmac.new(RESULTS_KEY.encode(), body, hashlib.sha256).hexdigest()
    headers = (f"Content-Length: {len(body)}", f"X-Muster-Signature: sha256={signature}")

    assert shared.request(head(RESULTS_PATH, *headers) + body) == 202
    assert shared.request(head(RESULTS_PATH, f"Content-Length: {9 * 1024 * 1024}")) == 413
    with closing(sqlite3.connect(shared.database)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM interview_result").fetchone()
    assert count == 5000
