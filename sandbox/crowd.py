"""A crowd on the phones: everybody says something at once, and it is measured who was answered, and when.

``python -m sandbox.crowd --url http://127.0.0.1:8100 --people 200 --rounds 3 --text 帮助``
runs against any bot that answers in the chat it was asked in.
"""

import argparse
import asyncio
import json
import math
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

QUIET = 3.0
"""Real seconds between rounds, so that one round's late answers are not taken for the next one's."""


@dataclass
class Outcome:
    """What one crowd saw."""

    said: int = 0
    answered: int = 0
    refused: int = 0
    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    def percentile(self, share: float) -> float:
        """The latency that this share of the answers kept under (nearest rank), in seconds."""
        if not self.seconds:
            return math.nan
        ordered = sorted(self.seconds)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    def as_json(self) -> dict[str, Any]:
        """Counts, and latencies in milliseconds."""
        shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
        latency = {name: round(self.percentile(share) * 1000, 1) for name, share in shares.items()}
        return {
            "said": self.said,
            "answered": self.answered,
            "silent": self.said - self.answered - self.refused,
            "refused": self.refused,
            "answers_per_second": round(self.answered / self.elapsed, 1) if self.elapsed else 0.0,
            "latency_ms": latency if self.seconds else None,
        }


class Crowd:
    """People on the phones of one running sandbox."""

    def __init__(self, url: str, timeout: float) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=1000)
        self.timeout = timeout
        self.http = httpx.AsyncClient(base_url=url, limits=limits, timeout=timeout + 30, trust_env=False)

    async def close(self) -> None:
        """Give the connections back."""
        await self.http.aclose()

    async def people(self, home: str | None, count: int) -> list[tuple[str, str]]:
        """Ids and homes of up to ``count`` members of a corp (the first one, if none is named)."""
        everybody = (await self.http.get("/control/people")).json()["people"]
        members = [p for p in everybody if p["kind"] == "member" and p["status"] in (1, 4)]
        wanted = home or (members[0]["home"] if members else "")
        return [(p["id"], p["home"]) for p in members if p["home"] == wanted][:count]

    async def speak(self, people: list[tuple[str, str]], text: str) -> Outcome:
        """Everybody says it at once; waits until each is answered or ``timeout`` seconds passed."""
        outcome, started = Outcome(), time.perf_counter()
        await asyncio.gather(*(self._one(outcome, person, home, text) for person, home in people))
        outcome.elapsed = time.perf_counter() - started
        return outcome

    async def _one(self, outcome: Outcome, person: str, home: str, text: str) -> None:
        started, query = time.perf_counter(), {"home": home}
        outcome.said += 1
        said = await self.http.post(f"/control/people/{person}/say", params=query, json={"text": text})
        if said.is_error:
            outcome.refused += 1
            return
        after = {"after": said.json()["after"], "count": 1, "timeout": self.timeout}
        answer = await self.http.get(f"/control/people/{person}/inbox/wait", params={**query, **after})
        if answer.json().get("complete"):
            outcome.answered += 1
            outcome.seconds.append(time.perf_counter() - started)


async def run(url: str, home: str | None, people: int, rounds: int, text: str, timeout: float) -> Outcome:
    """All rounds, added up."""
    crowd, total = Crowd(url, timeout), Outcome()
    try:
        chosen = await crowd.people(home, people)
        for number in range(rounds):
            if number:
                await asyncio.sleep(QUIET)
            one = await crowd.speak(chosen, text)
            total.said += one.said
            total.answered += one.answered
            total.refused += one.refused
            total.seconds += one.seconds
            total.elapsed += one.elapsed
    finally:
        await crowd.close()
    return total


def main(arguments: list[str] | None = None) -> int:
    """Drive the crowd and print what it saw as JSON; 1 if somebody stayed without an answer."""
    parser = argparse.ArgumentParser(prog="sandbox.crowd", description="许多人同时说话，看有多少人得到回答")
    parser.add_argument("--url", default="http://127.0.0.1:8100", help="沙箱地址")
    parser.add_argument("--home", help="企业号，缺省为第一家企业")
    parser.add_argument("--people", type=int, default=200, help="最多多少人，缺省 200")
    parser.add_argument("--rounds", type=int, default=1, help="说几轮")
    parser.add_argument("--text", default="帮助", help="说什么")
    parser.add_argument("--timeout", type=float, default=60.0, help="每人最多等多少秒，上限 120")
    given = parser.parse_args(arguments)
    work = run(given.url, given.home, given.people, given.rounds, given.text, given.timeout)
    try:
        outcome = asyncio.run(work)
    except httpx.ConnectError:
        print(f"连不上沙箱：{given.url}", file=sys.stderr)
        return 2
    print(json.dumps(outcome.as_json(), ensure_ascii=False, indent=2))
    return 0 if outcome.said and outcome.answered == outcome.said else 1


if __name__ == "__main__":
    sys.exit(main())
