"""Processes: started in a group of their own, measured through /proc, stopped by their id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.processes import die_with_parent

ROOT = Path(__file__).parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 30.0

Process = subprocess.Popen[bytes]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(ready: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it is not so in time.
    """
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


@contextmanager
def running(
    *arguments: str, log: Path, environment: Mapping[str, str] | None = None, port: int = 0
) -> Iterator[Process]:
    """`python -m …` in a process group of its own while the block runs; ready once it listens on `port`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    try:
        if port:
            wait_until(lambda: process.poll() is not None or listens(port), f"{arguments} does not listen")
            if process.poll() is not None:
                raise RuntimeError(f"{arguments} ended:\n{log.read_text(errors='replace')[-2000:]}")
        yield process
    finally:
        stop(process)


def stop(process: Process) -> None:
    """End a process politely, then whatever is left of its group."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(12)
        except subprocess.TimeoutExpired:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(3)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(5)


def output_of(*arguments: str, timeout: float = 120) -> str:
    """What `python -m …` prints."""
    command: Sequence[str] = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=timeout, text=True)
    return done.stdout


def _stats() -> Iterator[tuple[int, list[str]]]:
    """(id, fields after the name) of every process."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                yield int(entry.name), (entry / "stat").read_text().rpartition(")")[2].split()


def cpu_seconds(group: int) -> float:
    """CPU time used so far by the living processes of a group."""
    return sum(int(f[11]) + int(f[12]) for _, f in _stats() if int(f[2]) == group) / TICKS


def cpu_of_family(pid: int) -> float:
    """CPU time used so far by a process, its descendants, and those of them that have ended."""
    members = set(family(pid))
    used = (sum(int(value) for value in f[11:15]) for one, f in _stats() if one in members)
    return sum(used) / TICKS


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for child, fields in _stats():
        children.setdefault(int(fields[1]), []).append(child)
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def command_of(pid: int) -> list[str]:
    """The command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")


def pss_megabytes(pid: int) -> float:
    """The proportional memory of a process."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
