"""The people of a morning, a process of its own: each checks in once, from the chat or from the page.

`python -m benchmarks.crowd FILE PORT` reads what each does and when, and prints JSON: when each tapped, how
long those on the page waited, and what was refused. Who taps late because the ones before have no answer yet
is timed from when they wanted to tap.
"""

import asyncio
import json
import pickle
import re
import sys
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

TRIES, TRY_SECONDS = 4, 5.0
"""How often the platform hands over a callback, and how long it waits each time (protocol 1.6)."""
PAGE_TRIES, PAGE_PAUSE = 8, 15.0
"""The page sends again what it could not deliver after so many seconds."""
PHONES = 64
"""So many connections are open at most."""

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]

TOKEN = re.compile(rb'data-token="([^"]+)"')
STATE = re.compile(r"state=([0-9a-f]+)")


@dataclass(frozen=True)
class Tap:
    """What somebody does: opens the app `at` seconds after the beginning, and taps `later` seconds after."""

    person: str
    at: float
    later: float
    latitude: float
    longitude: float
    accuracy: float
    opened: bytes = b""
    """The callback of the location, as it goes over the wire; empty on the page."""
    clicked: bytes = b""
    """The callback of the tap; the platform hands it over twice if `twice`."""
    twice: bool = False


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: bytes
    body: bytes

    def header(self, name: bytes) -> str:
        """The first header of this name."""
        found = re.search(rb"(?im)^" + name + rb": (.*?)\r?$", self.headers)
        return found[1].decode() if found else ""


@dataclass
class Told:
    """What came of it all."""

    tapped_at: dict[str, float] = field(default_factory=dict)
    waited: dict[str, float] = field(default_factory=dict)
    """Person on the page → seconds from the tap to the answer."""
    refused: list[str] = field(default_factory=list)
    """Whose tap was not taken, however often it was sent."""
    again: int = 0
    """So often something had to be sent again."""


class Crowd:
    """Everybody, before one server."""

    def __init__(self, port: int, ahead: timedelta) -> None:
        self._port, self._ahead = port, ahead
        self._lines: asyncio.Queue[Line | None] = asyncio.LifoQueue()
        for _ in range(PHONES):
            self._lines.put_nowait(None)
        self.told = Told()

    async def check_in(self, begin: float, tap: Tap) -> None:
        """One person."""
        await asyncio.sleep(begin + tap.at - time.monotonic())
        try:
            if tap.clicked:
                await self._in_the_chat(begin, tap)
            else:
                await self._on_the_page(begin, tap)
        except (OSError, asyncio.IncompleteReadError):
            self.told.refused.append(tap.person)

    async def _in_the_chat(self, begin: float, tap: Tap) -> None:
        opening = asyncio.create_task(self._hand_over(tap.opened))
        await asyncio.sleep(begin + tap.at + tap.later - time.monotonic())
        self.told.tapped_at[tap.person] = begin + tap.at + tap.later
        taken = await self._hand_over(tap.clicked)
        if tap.twice:
            taken = await self._hand_over(tap.clicked) and taken
        if not (taken and await opening):
            self.told.refused.append(tap.person)

    async def _hand_over(self, callback: bytes) -> bool:
        """As the platform does: until it is taken, a few times."""
        for number in range(TRIES):
            self.told.again += number > 0
            try:
                async with asyncio.timeout(TRY_SECONDS):
                    answer = await self._ask(callback)
                if answer.status == 200:
                    return True
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(1)
            except TimeoutError:
                continue
        return False

    async def _on_the_page(self, begin: float, tap: Tap) -> None:
        """The silent login, the page, and its one button."""
        first = await self._ask(get("/app/checkin"))
        state = STATE.search(first.header(b"location"))
        assert state is not None, first
        cookie = first.header(b"set-cookie").partition(";")[0]
        second = await self._ask(get(f"/app/login?code={tap.person}&state={state[1]}", cookie))
        cookie = second.header(b"set-cookie").partition(";")[0]
        page = await self._ask(get("/app/checkin", cookie))
        token = TOKEN.search(page.body)
        assert token is not None, page
        await asyncio.sleep(begin + tap.at + tap.later - time.monotonic())
        tapped = begin + tap.at + tap.later
        self.told.tapped_at[tap.person] = tapped
        content = {
            "way": "in",
            "key": str(uuid.uuid4()),
            "device": phone(tap.person),
            "latitude": tap.latitude,
            "longitude": tap.longitude,
            "accuracy": tap.accuracy,
            "coord_type": "wgs84",
            "at": (datetime.now(UTC) + self._ahead).isoformat(),
        }
        for number in range(PAGE_TRIES):
            if number:
                self.told.again += 1
                await asyncio.sleep(PAGE_PAUSE)
            sent = {**content, "sent_at": (datetime.now(UTC) + self._ahead).isoformat()}
            try:
                answer = await self._ask(post("/api/v1/checkins", token[1].decode(), json.dumps(sent)))
            except (OSError, asyncio.IncompleteReadError):
                continue
            if answer.status < 500:
                if answer.status == 201:
                    self.told.waited[tap.person] = time.monotonic() - tapped
                break
        if tap.person not in self.told.waited:
            self.told.refused.append(tap.person)

    async def _ask(self, request: bytes) -> Answer:
        """Send a request over a connection that is free, and read the whole answer.

        A connection that the server has given up meanwhile is made anew, as a browser does.
        """
        line = await self._lines.get()
        try:
            if line is not None:
                with suppress(OSError, asyncio.IncompleteReadError):
                    return await _answer(line, request)
                line[1].close()
            line = await asyncio.open_connection("127.0.0.1", self._port)
            return await _answer(line, request)
        except BaseException:
            if line is not None:
                line[1].close()
            line = None
            raise
        finally:
            self._lines.put_nowait(line)


async def _answer(line: Line, request: bytes) -> Answer:
    reader, writer = line
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    answer = Answer(int(head.split(b" ", 2)[1]), head, b"")
    length = int(answer.header(b"content-length") or 0)
    return replace(answer, body=await reader.readexactly(length) if length else b"")


def phone(person: str) -> str:
    """By what the page knows this phone again."""
    return f"phone-{person}"


def get(address: str, cookie: str = "") -> bytes:
    """The bytes of a GET."""
    more = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {address} HTTP/1.1\r\nHost: bench\r\n{more}\r\n".encode()


def post(address: str, token: str, body: str) -> bytes:
    """The bytes of a POST of the page."""
    content = body.encode()
    head = (
        f"POST {address} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def play(taps: list[Tap], port: int, ahead: timedelta) -> Told:
    """Everybody checks in at their time."""
    crowd = Crowd(port, ahead)
    begin = time.monotonic() + 0.5
    await asyncio.gather(*(crowd.check_in(begin, tap) for tap in taps))
    return crowd.told


def main() -> None:
    """Play, and print what came of it."""
    file, port = sys.argv[1:]
    taps, ahead = pickle.loads(Path(file).read_bytes())
    told = asyncio.run(play(taps, int(port), ahead))
    print(json.dumps({**vars(told), "cpu": time.process_time()}))


if __name__ == "__main__":
    main()
