"""Many people of a service account write at the same moment: their callbacks come as from the platform."""

import asyncio
import hashlib
import math
import time
from collections.abc import Mapping, Sequence
from threading import Event, Thread
from urllib.parse import urlencode

import httpx

from sandbox.client import Sandbox

AT_ONCE = 64
"""So many callbacks are under way at a time."""
TRIES, TRY_SECONDS = 4, 5.0
"""How often the platform tells of a message, and how long it waits each time (protocol 1.6)."""
LOOK_SECONDS = 0.3
ANSWER = "/message/custom/send"


class Crowd:
    """People, each of whom says one thing, all at once; who watches when each is answered."""

    def __init__(self, sandbox: Sandbox, address: str, token: str, saying: Mapping[str, str]) -> None:
        self._sandbox, self._address, self._token, self._saying = sandbox, address, token, saying
        self._after = {person: len(sandbox.person(person).inbox()) for person in saying}
        self._seen = max((entry["n"] for entry in sandbox.log()), default=0)
        self._sent_at = int(sandbox.clock()["timestamp"])
        self._asked_at: dict[str, float] = {}
        self._answered_at: dict[str, float] = {}
        self.calls = 0
        """So often the platform handed over what somebody had said."""
        self.given_up: list[str] = []
        """Whose message nobody took, however often it was handed over."""
        self._over = Event()
        self._threads = [Thread(target=lambda: asyncio.run(self._speak())), Thread(target=self._watch)]

    def begin(self) -> None:
        """Everybody begins to write."""
        for thread in self._threads:
            thread.start()

    async def _speak(self) -> None:
        waiting = iter(enumerate(self._saying.items()))
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with httpx.AsyncClient(limits=limits, timeout=None, trust_env=False) as http:

            async def line() -> None:
                for number, (person, text) in waiting:
                    self._asked_at[person] = time.monotonic()
                    if not await self._hand_over(http, number, person, text):
                        self.given_up.append(person)

            await asyncio.gather(*(line() for _ in range(AT_ONCE)))

    async def _hand_over(self, http: httpx.AsyncClient, number: int, person: str, text: str) -> bool:
        moment = str(self._sent_at)
        said = (
            f"<xml><ToUserName>gh_campaign</ToUserName><FromUserName>{person}</FromUserName>"
            f"<CreateTime>{moment}</CreateTime><MsgType>text</MsgType><Content>{text}</Content>"
            f"<MsgId>{9 * 10**9 + number}</MsgId></xml>"
        )
        signature = hashlib.sha1("".join(sorted((self._token, moment, "nonce"))).encode()).hexdigest()
        query = urlencode({"signature": signature, "timestamp": moment, "nonce": "nonce"})
        for _ in range(TRIES):
            self.calls += 1
            try:
                async with asyncio.timeout(TRY_SECONDS):
                    answer = await http.post(
                        f"{self._address}?{query}", content=said, headers={"content-type": "text/xml"}
                    )
                if answer.status_code == 200:
                    return True
            except (TimeoutError, httpx.HTTPError):
                continue
        return False

    def _watch(self) -> None:
        with Sandbox(self._sandbox.url) as sandbox:
            while not self._over.wait(LOOK_SECONDS):
                for entry in sandbox.log(after=self._seen, kind="api"):
                    self._seen = max(self._seen, entry["n"])
                    if entry["path"].endswith(ANSWER):
                        self._answered_at.setdefault(entry["request"]["touser"], time.monotonic())

    @property
    def answered(self) -> int:
        """How many have been answered."""
        return len(self._answered_at)

    @property
    def everybody_is_answered(self) -> bool:
        """Whether nobody waits any more."""
        return self._answered_at.keys() >= self._saying.keys()

    def answers(self, person: str) -> Sequence[str]:
        """What came to a phone since."""
        inbox = self._sandbox.person(person).inbox()[self._after[person] :]
        return [str(one["text"]) for one in inbox if one["direction"] == "in"]

    def waited(self, share: float) -> float:
        """Within so many seconds this share of the people was answered (nearest rank)."""
        ordered = sorted(self._answered_at[person] - asked for person, asked in self._asked_at.items())
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    def close(self) -> None:
        """Watch no more."""
        self._over.set()
        for thread in self._threads:
            thread.join()
