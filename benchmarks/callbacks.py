"""The whole path of a callback, beside a bare Flask and wechatpy echo under the same gateway."""

import json
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.company import hire, settings_in, text_callbacks
from benchmarks.machine import free_port, output_of, running
from benchmarks.table import Figure, percentile
from config.settings import as_environment
from tests.servers import redis_at

WARM_UP = 300
PACE = 200
PACED_SECONDS = 5
ROUNDS = 2


@dataclass(frozen=True)
class Side:
    """What one server did."""

    rate: float
    cpu_micros: float
    p50: float
    p99: float


def measure(folder: Path, count: int) -> Iterator[Figure]:
    """Figures over `count` callbacks a round."""
    rounds = [save(folder / f"requests{n}", text_callbacks(count, first=n * count)) for n in range(ROUNDS)]
    paced_count = WARM_UP + PACE * PACED_SECONDS
    paced = save(folder / "paced", text_callbacks(paced_count, first=ROUNDS * count))
    port = free_port()
    with running("benchmarks.stub", str(port), "trivial", log=folder / "log", port=port):
        ceiling = max(generate(file, port).rate for file in rounds)
    port = free_port()
    with running("benchmarks.echo", str(port), log=folder / "log", port=port) as server:
        echo = middle([generate(file, port, server.pid) for file in rounds])
        echo_paced = generate(paced, port, server.pid, PACE)
    with web(folder / "callbacks") as (port, group):
        ours = middle([generate(file, port, group) for file in rounds])
        ours_paced = generate(paced, port, group, PACE)
    counted = ceiling >= 3 * max(echo.rate, ours.rate)
    yield Figure(
        "generator against a trivial server", ceiling, "callbacks/s", "faster side", max(echo.rate, ours.rate)
    )
    yield Figure(
        "callbacks: whole path",
        ours.rate,
        "callbacks/s",
        "wechatpy echo",
        echo.rate,
        "≥ 0.25×",
        ours.rate >= 0.25 * echo.rate,
        counted,
    )
    yield Figure("callbacks: server CPU", ours.cpu_micros, "µs", "wechatpy echo", echo.cpu_micros)
    yield Figure("callbacks: p50, 8 connections", ours.p50, "ms", "wechatpy echo", echo.p50, counted=counted)
    yield Figure("callbacks: p99, 8 connections", ours.p99, "ms", "wechatpy echo", echo.p99, counted=counted)
    yield Figure(f"callbacks: p50 at {PACE}/s", ours_paced.p50, "ms", "wechatpy echo", echo_paced.p50)
    met = ours_paced.p99 <= 3 * echo_paced.p99
    yield Figure(
        f"callbacks: p99 at {PACE}/s", ours_paced.p99, "ms", "wechatpy echo", echo_paced.p99, "≤ 3×", met
    )


@contextmanager
def web(folder: Path) -> Iterator[tuple[int, int]]:
    """A real web process on SQLite with a real Redis; yields its port and its process group."""
    folder.mkdir()
    with redis_at(folder) as redis:
        port = free_port()
        settings = settings_in(folder, port=port, redis=redis)
        hire(settings)
        environment = as_environment(settings)
        with running("bot", "web", log=folder / "log", environment=environment, port=port) as server:
            yield port, server.pid


def save(file: Path, requests: Sequence[bytes]) -> Path:
    """Everything encrypted beforehand: the generator only sends."""
    file.write_bytes(pickle.dumps(requests))
    return file


def generate(file: Path, port: int, group: int = 0, rate: float = 0) -> Side:
    """Run the generator."""
    told = json.loads(
        output_of("benchmarks.generator", str(file), str(port), str(rate), str(WARM_UP), str(group))
    )
    if told["refused"]:
        raise RuntimeError(f"{told['refused']} callbacks were not answered with 200")
    took = told["took"]
    return Side(
        len(took) / told["seconds"],
        told["cpu"] / len(took) * 1e6,
        percentile(took, 0.5) * 1000,
        percentile(took, 0.99) * 1000,
    )


def middle(sides: Sequence[Side]) -> Side:
    """The mean of the rounds, figure by figure."""
    count = len(sides)
    return Side(
        sum(side.rate for side in sides) / count,
        sum(side.cpu_micros for side in sides) / count,
        sum(side.p50 for side in sides) / count,
        sum(side.p99 for side in sides) / count,
    )
