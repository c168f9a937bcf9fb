"""The whole product as real processes: memory when idle, and how long a tap waits for its answer."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.callbacks import save
from benchmarks.company import as_request, fields, hire, sentence, settings_in
from benchmarks.machine import (
    Process,
    command_of,
    family,
    free_port,
    listens,
    output_of,
    pss_megabytes,
    running,
    wait_until,
)
from benchmarks.table import Figure, percentile
from config.settings import as_environment
from tests import tencent
from tests.servers import redis_at

PER_SECOND = 50
WARM_UP = 50
IDLE_SECONDS = 4.0
GRACE_SECONDS = 20.0


def measure(folder: Path, seconds: int, *, memory: bool, taps: bool) -> Iterator[Figure]:
    """Memory of the idle processes, and the taps of `seconds` seconds."""
    platform = free_port()
    with (
        running("benchmarks.stub", str(platform), "0", log=folder / "log", port=platform),
        installation(folder / "installation", platform) as (process, port),
    ):
        time.sleep(IDLE_SECONDS)
        if memory:
            yield from weigh(process, folder)
        if taps:
            waits = tap(folder, port, platform, seconds)
    if taps:
        with redis_at(folder) as redis:
            told = output_of("benchmarks.noop", redis, "lag", str(PER_SECOND * 5), str(PER_SECOND))
        rq = [wait * 1000 for wait in json.loads(told)]
        for share, floor in ((0.5, 30), (0.99, 150)):
            value = percentile(waits, share) * 1000
            yield Figure(
                f"tap to answer: p{share * 100:.0f} at {PER_SECOND}/s",
                value,
                "ms",
                "RQ no-op, enqueue to start",
                percentile(rq, share),
                f"≤ {floor} ms",
                value <= floor,
            )


@contextmanager
def installation(folder: Path, platform: int) -> Iterator[tuple[Process, int]]:
    """`muster up`: supervisor, Redis, web, worker, scheduler."""
    port = free_port()
    settings = settings_in(folder, port=port, platform=f"http://127.0.0.1:{platform}")
    hire(settings)
    environment = as_environment(settings)
    with running("bot", "up", log=folder / "log", environment=environment) as process:
        wait_until(lambda: listens(port) or process.poll() is not None, "muster up")
        wait_until(lambda: "已启动" in (folder / "log").read_text(errors="replace"), "muster up")
        yield process, port


def weigh(process: Process, folder: Path) -> Iterator[Figure]:
    """PSS of every process, beside the echo server's."""
    weights: dict[str, float] = {}
    for pid in family(process.pid):
        name = name_of(command_of(pid))
        weights[name] = weights.get(name, 0) + pss_megabytes(pid)
    port = free_port()
    with running("benchmarks.echo", str(port), log=folder / "log", port=port) as echo:
        time.sleep(1)
        base = sum(pss_megabytes(pid) for pid in family(echo.pid))
    for name, weight in weights.items():
        yield Figure(f"idle memory: {name}", weight, "MB")
    total = sum(weights.values())
    yield Figure("idle memory: all", total, "MB", "wechatpy echo", base, "≤ 350 MB", total <= 350)


def name_of(command: list[str]) -> str:
    """What a process is, by its command line."""
    if "redis-server" in command[0]:
        return "redis"
    for name in ("web", "worker", "scheduler"):
        if command[1:4] == ["-m", "bot", name]:
            return name
    return "supervisor" if command[1:4] == ["-m", "bot", "up"] else "web, granian workers"


def tap(folder: Path, port: int, platform: int, seconds: int) -> list[float]:
    """Seconds from when each message was due to be sent until its answer reached the platform."""
    count = WARM_UP + PER_SECOND * seconds
    requests = []
    for number in range(count):
        address, body = tencent.wecom_callback(fields(number, sentence(number)))
        requests.append(as_request(address, body.encode()))
    file = save(folder / "taps", requests)
    told = json.loads(
        output_of("benchmarks.generator", str(file), str(port), str(PER_SECOND), str(WARM_UP), "0")
    )
    found: dict[int, float] = {}

    def all_there() -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{platform}/arrivals", timeout=5) as answer:
            for at, body in json.load(answer):
                if match := re.search(r"第(\d+)句话", body):
                    found.setdefault(int(match[1]), at)
        return len(found) >= count

    wait_until(all_there, "answers are missing", GRACE_SECONDS)
    return [found[number] - told["sent_at"][number] for number in range(WARM_UP, count)]
