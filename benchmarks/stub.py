"""Tencent's side, as little of it as can be: answers every call with success, after a pause.

`python -m benchmarks.stub PORT PAUSE_MILLISECONDS`. GET /arrivals tells when each message/send came in.
With pause `trivial` it only answers a fixed text: the server against which the generator finds its own limit.
"""

import asyncio
import json
import select
import socket
import sys
import time
from urllib.parse import parse_qs, urlsplit

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
ACCEPTED: dict[str, object] = {
    "errcode": 0,
    "errmsg": "ok",
    "access_token": "token",
    "ticket": "ticket",
    "expires_in": 7200,
    "msgid": "m",
}

arrivals: list[tuple[float, str]] = []


class Platform(asyncio.Protocol):
    """One connection."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].decode("latin-1")
            length = 0
            for line in head.split("\r\n")[1:]:
                name, _, value = line.partition(":")
                if name.lower() == "content-length":
                    length = int(value)
            if len(self._received) < end + 4 + length:
                return
            body = self._received[end + 4 : end + 4 + length]
            self._received = self._received[end + 4 + length :]
            self._answer(head.split(" ", 2)[1], body)

    def _answer(self, path: str, body: bytes) -> None:
        if path.startswith("/arrivals"):
            self._say(json.dumps(arrivals).encode())
            return
        if "message/send" in path:
            arrivals.append((time.monotonic(), body.decode()))
        told: dict[str, object] = ACCEPTED
        if "getuserinfo" in path:  # the code of the login is the name of who logs in
            told = {**ACCEPTED, "userid": parse_qs(urlsplit(path).query)["code"][0]}
        if self._pause:
            asyncio.get_running_loop().call_later(self._pause, self._say, json.dumps(told).encode())
        else:
            self._say(json.dumps(told).encode())

    def _say(self, body: bytes) -> None:
        assert self._transport is not None
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


async def play(port: int, pause: float) -> None:
    """Answer until stopped."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Platform(pause), "127.0.0.1", port)
    await server.serve_forever()


def answer_trivially(port: int) -> None:
    """One fixed answer to whatever arrives."""
    listener = socket.create_server(("127.0.0.1", port))
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    connections: dict[int, socket.socket] = {}
    while True:
        for number, _ in poll.poll():
            if number == listener.fileno():
                connection, _ = listener.accept()
                connections[connection.fileno()] = connection
                poll.register(connection, select.EPOLLIN)
            elif connections[number].recv(65536):
                connections[number].sendall(ANSWER)
            else:
                poll.unregister(number)
                connections.pop(number).close()


if __name__ == "__main__":
    if sys.argv[2] == "trivial":
        answer_trivially(int(sys.argv[1]))
    asyncio.run(play(int(sys.argv[1]), float(sys.argv[2]) / 1000))
