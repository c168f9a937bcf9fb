"""The generator, a process of its own: sends prepared requests over eight connections and times the answers.

`python -m benchmarks.generator FILE PORT RATE WARM_UP PID` prints JSON. With rate 0 each connection sends its
next request once it has the answer; else requests are sent at that rate and timed from when they were due.
"""

import json
import pickle
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import cpu_seconds

CONNECTIONS = 8
STALL_SECONDS = 20.0
LIMIT_SECONDS = 10.0
"""Without a rate nothing more is sent after this time: a slow server is measured over fewer requests."""


def main() -> None:
    """Send, and print what came of it."""
    file, port, rate, warm_up, group = sys.argv[1:]
    requests: Sequence[bytes] = pickle.loads(Path(file).read_bytes())
    print(json.dumps(send(requests, int(port), float(rate), int(warm_up), int(group))))


def send(requests: Sequence[bytes], port: int, rate: float, warm_up: int, group: int) -> dict[str, object]:
    """Send all requests; the first `warm_up` of them are not counted."""
    poll = select.epoll()
    connections = {}
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)
    idle, due_at = deque(connections), [0.0] * len(requests)
    under_way: dict[int, int] = {}
    begun: dict[int, bytes] = {}
    took: list[float] = []
    refused = sent = answered = 0
    cpu = began = 0.0
    start = heard = time.monotonic()
    total = len(requests)
    while answered < total:
        now = time.monotonic()
        if not rate and now > start + LIMIT_SECONDS:
            total = sent
        while idle and sent < total and (not rate or now >= start + sent / rate):
            if sent == warm_up:
                cpu, began = cpu_seconds(group) if group else 0.0, now
            number = idle.popleft()
            due_at[sent] = start + sent / rate if rate else time.monotonic()
            connections[number].sendall(requests[sent])
            under_way[number] = sent
            sent += 1
        wait = 1.0
        if rate and idle and sent < total:
            wait = max(start + sent / rate - time.monotonic(), 0.0)
        for number, _ in poll.poll(wait):
            part = connections[number].recv(65536)
            now = heard = time.monotonic()
            if not part:
                raise ConnectionError("the server closed a connection")
            answer = begun.pop(number, b"") + part
            if not whole(answer):
                begun[number] = answer
                continue
            request = under_way.pop(number)
            answered += 1
            idle.append(number)
            refused += not answer.startswith(b"HTTP/1.1 200")
            if request >= warm_up:
                took.append(now - due_at[request])
        if time.monotonic() - heard > STALL_SECONDS:
            raise TimeoutError(f"no answer for {STALL_SECONDS} s")
    seconds = time.monotonic() - began
    used = cpu_seconds(group) - cpu if group else 0.0
    return {"seconds": seconds, "cpu": used, "took": took, "refused": refused, "sent_at": due_at}


def whole(answer: bytes) -> bool:
    """Whether an answer has come completely."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = answer[:end].lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r", 1)[0]) if at >= 0 else 0
    return len(answer) >= end + 4 + length


if __name__ == "__main__":
    main()
