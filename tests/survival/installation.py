"""A whole installation of real processes before a sandbox, and everything that can be done to it."""

import base64
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from bot.database import Database
from bot.migrations import migrate
from config.settings import Settings, as_environment, isolated_settings
from models import staff
from models.staff import Role
from sandbox.client import Sandbox
from tests.sandbox.scene import free_port, running_sandbox
from tests.survival.talk import Count, Talk

ROOT = Path(__file__).parents[2]
CORP_ID, AGENT_ID = "wwsurvival00000001", 1000002
PEOPLE = tuple(f"p{number:02}" for number in range(20))
STARTED = "点将已启动"
STOP_SECONDS = 10
"""Within this time `muster up` has ended, whatever was going on."""
LONG = bool(os.environ.get("MUSTER_SURVIVAL"))
"""Whether the stories are to last as long as they do in life (`make survival-long`)."""


@dataclass
class Installation:
    """One installation; `up` runs all of it, `start` single processes."""

    settings: Settings
    sandbox: Sandbox
    platform: "subprocess.Popen[bytes]"
    """The process of the sandbox: stopped, it is a platform that has fallen silent."""
    folder: Path
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    # --- running -------------------------------------------------------------------------------------

    def up(self, seconds: float = 60) -> None:
        """Start `muster up` and wait until it says so."""
        self.start("up")
        self.wait_until_up(seconds)

    def wait_until_up(self, seconds: float = 60) -> None:
        """Wait until `muster up` says that everything runs."""
        self.wait_for(lambda: self.log("up").count(STARTED) > self._starts, "muster up", seconds)
        self._starts += 1

    _starts: int = 0

    def start(self, name: str, command: str = "", **environment: str) -> None:
        """Start one process (`up`, `web`, `worker`, `scheduler`); `command` where several run the same."""
        with self._log_file(name).open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "bot", command or name],
                cwd=ROOT,
                env={**os.environ, **as_environment(self.settings), **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def stop(self, name: str = "up", number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Tell a process to end; its exit code, and how long it took."""
        process = self.processes.pop(name)
        started = time.monotonic()
        process.send_signal(number)
        return process.wait(30), time.monotonic() - started

    def ends_cleanly(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop `muster up`: exit code 0, in time, and nothing of it is left."""
        everything = self.everything()
        code, seconds = self.stop(number=number)
        assert code == 0
        assert seconds < STOP_SECONDS
        assert not [pid for pid in everything if is_alive(pid)]

    def kill(self, name: str) -> None:
        """SIGKILL a child of `muster up`, with what it started; it must have been there."""
        [pid] = self.children(name)
        os.killpg(pid, signal.SIGKILL)

    def children(self, name: str = "") -> list[int]:
        """The process ids of the children of `muster up`, all or those of this name."""
        parent = self.processes["up"].pid
        found = children_of(parent)
        return [pid for pid in found if not name or _is(pid, name)]

    def everything(self) -> list[int]:
        """All processes that `muster up` started, at any depth."""
        found, queue = [], [self.processes["up"].pid]
        while queue:
            below = children_of(queue.pop())
            found += below
            queue += below
        return found

    # --- looking -------------------------------------------------------------------------------------

    def talk(self, people: Sequence[str] = PEOPLE) -> Talk:
        """A conversation, counted from here on."""
        return Talk(self.sandbox, people)

    def log(self, name: str = "up") -> str:
        """What a process has printed so far."""
        path = self._log_file(name)
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def callbacks(self) -> list[dict[str, Any]]:
        """Every attempt of the platform to hand over a callback."""
        return self.sandbox.log(kind="callback")

    def outcomes(self) -> dict[str, int]:
        """How the attempts to hand over a callback ended → how many."""
        found: dict[str, int] = {}
        for attempt in self.callbacks():
            found[attempt["outcome"]] = found.get(attempt["outcome"], 0) + 1
        return found

    def sends(self) -> list[str]:
        """To whom a message was handed to the platform, each time, whatever it said."""
        calls = self.sandbox.log(kind="api")
        sent = [
            call["request"].get("touser", "?") for call in calls if call["path"].endswith("/message/send")
        ]
        return [person for people in sent for person in people.split("|")]

    def status(self, path: str) -> int:
        """The status of a GET; 0 if nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{self.settings.bind}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return int(error.code)
        except OSError:
            return 0

    def doctor(self) -> str:
        """What `muster doctor` prints."""
        given = {**os.environ, **as_environment(self.settings)}
        command = [sys.executable, "-m", "bot", "doctor"]
        return subprocess.run(
            command, env=given, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        ).stdout

    def redis(self) -> redis.Redis:
        """Its Redis."""
        return redis.Redis.from_url(self.settings.redis)

    def wait_for(self, ready: Any, what: str, seconds: float = 60) -> None:
        """Until it is so."""
        until = time.monotonic() + seconds
        while not ready():
            logs = "\n".join(f"--- {name}\n{self.log(name)[-3000:]}" for name in self.processes)
            assert time.monotonic() < until, f"{what} did not happen\n{logs}"
            time.sleep(0.1)

    def everybody_is_answered_once(self, talk: Talk, seconds: float = 60) -> None:
        """Wait for the answers, then a little more for those that come twice."""
        talk.wait(seconds)
        time.sleep(1)
        assert talk.count() == Count(), f"{talk.count()}\n{self.log('up')[-3000:]}"

    def _log_file(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def close(self) -> None:
        """End whatever still runs."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.platform.send_signal(signal.SIGCONT)


@contextmanager
def installation(
    folder: Path, *, people: Sequence[str] = PEOPLE, prepared: bool = True, **settings: Any
) -> Iterator[Installation]:
    """An installation in production mode that has not been started, with these people in its company."""
    with running_sandbox() as (sandbox_url, platform):
        bind = f"127.0.0.1:{free_port()}"
        token, key = secrets.token_hex(8), base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        given = isolated_settings(
            **{
                "data_dir": folder / "data",
                "bind": bind,
                "public_url": f"http://{bind}",
                "secret_key": secrets.token_hex(32),
                **{name: made_key() for name in ("field_keys", "hash_key", "audit_key")},
                "wecom_corp_id": CORP_ID,
                "wecom_agent_id": AGENT_ID,
                "wecom_secret": "survival-secret",
                "wecom_token": token,
                "wecom_encoding_aes_key": key,
                "wecom_api_base": f"{sandbox_url}/wecom",
                "sandbox_url": sandbox_url,
                **settings,
            }
        )
        callback = {"url": f"http://{bind}/wecom/callback", "token": token, "encoding_aes_key": key}
        app = {"agent_id": AGENT_ID, "name": "点将", "secret": "survival-secret", "callback": callback}
        body = {
            "name": "青禾资产服务",
            "apps": [app],
            "contacts": None,
            "departments": [{"id": 1, "name": "青禾资产服务", "parentid": 0}],
            "members": [
                {"userid": one, "name": one, "department": [1], "position": "催收员"} for one in people
            ],
        }
        with Sandbox(sandbox_url) as sandbox:
            sandbox.put_corp(CORP_ID, body)
            made = Installation(given, sandbox, platform, folder)
            if prepared:
                prepare(given, people)
            try:
                yield made
            finally:
                made.close()


def made_key() -> str:
    """A key of 32 bytes."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def prepare(settings: Settings, people: Sequence[str] = PEOPLE) -> None:
    """Make the database and enter the company: collectors without a shift, so that nobody is reminded."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(settings.database)
    database = Database(settings.database)
    with database.writing() as session:
        team = staff.add_unit(session, name="一组")
        for person in people:
            staff.add_employee(session, wecom_id=person, name=person, role=Role.COLLECTOR, unit=team)
    database.close()


def children_of(pid: int) -> list[int]:
    """The process ids of its children."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def is_alive(pid: int) -> bool:
    """Whether the process is there and not just a name waiting to be forgotten."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _is(pid: int, name: str) -> bool:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return "redis-server" in line if name == "redis" else name in line.split("\0")
