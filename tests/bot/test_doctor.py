"""`muster doctor`: a healthy installation has no fault, and each planted fault has its own line.

The platform is a real sandbox in a process of its own, Redis and the databases are real, the web application
listens, a worker is registered as RQ does it, and the scheduler has ticked.
"""

import base64
import dataclasses
import os
import re
import resource
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner
from pydantic import SecretStr
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from bot.app import build, keyring
from bot.channels.base import ApiError
from bot.channels.official import OfficialClient
from bot.channels.wecom import WeComClient
from bot.cli import main
from bot.clock import SystemClock
from bot.database import Database
from bot.doctor import CHECKS, Checkup, examine
from bot.doctor.platform import OFFICIAL, WECOM, refused
from bot.menu import load_menus
from bot.policy import in_sandbox, load_policy
from bot.queue import DELIVER, WORK
from bot.scheduler import ALIVE_KEY
from bot.store import connect
from bot.texts import Texts
from bot.web import create_app
from config.settings import Settings, as_environment, load_settings
from models import directory, proposals, staff
from models.directory import RunState
from models.policy import Policy
from models.staff import Role
from sandbox.client import Sandbox
from tests import tencent
from tests.kept import Engines
from tests.objects import SECRET as objects_secret
from tests.objects import object_server
from tests.sandbox.scene import ROOT, free_port, running_sandbox
from tests.servers import empty

CORP_SECRET = "corp-secret-0123456789"
CONTACTS_SECRET = "contacts-secret-0123456789"
OFFICIAL_SECRET = "official-secret-0123456789"
DATABASE_PASSWORD = "database-password-0123456789"
KEY = base64.b64encode(b"k" * 32).decode()

Answer = tuple[int, dict[str, str], bytes]


@dataclasses.dataclass
class Report:
    """What a run of the doctor printed."""

    code: int
    output: str

    @property
    def entries(self) -> list[str]:
        """The lines with their signs, each with what is indented below it."""
        found: list[str] = []
        for line in self.output.splitlines():
            if line.startswith("    "):
                found[-1] += "\n" + line.strip()
            else:
                found.append(line)
        return found

    def of(self, label: str) -> str:
        """The entry with this name."""
        [entry] = [entry for entry in self.entries if entry[2:].startswith(f"{label}：")]
        return entry

    @property
    def faults(self) -> list[str]:
        """The entries that must be mended."""
        return [entry for entry in self.entries if entry.startswith("✗")]

    def only_fault(self, label: str) -> str:
        """The one entry that must be mended, which is this one."""
        assert self.code == 1, self.output
        [fault] = self.faults
        assert fault.startswith(f"✗ {label}："), fault
        return fault


@dataclasses.dataclass
class Installation:
    """A whole installation in production mode, with the sandbox as its platform."""

    settings: Settings
    sandbox: Sandbox
    store: redis.Redis

    def doctor(self, **changes: Any) -> Report:
        """Run `muster doctor` with these settings changed; no secret is ever printed."""
        environment = as_environment(self.settings)
        environment |= {f"MUSTER_{name.upper()}": str(value) for name, value in changes.items()}
        result = CliRunner().invoke(main, ["doctor"], env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        names = [
            name for name in Settings.model_fields if isinstance(getattr(self.settings, name), SecretStr)
        ]
        for secret in [environment[f"MUSTER_{name.upper()}"] for name in names] + [DATABASE_PASSWORD]:
            assert len(secret) < 6 or secret not in result.output
        assert "Traceback" not in result.output
        return Report(result.exit_code, result.output)

    def publish_menus(self, public_url: str = "") -> None:
        """Put our menus on the platform."""
        menus = load_menus(public_url or self.settings.public_url)
        wecom, official = WeComClient(self.settings), OfficialClient(self.settings)
        params = {"agentid": self.settings.wecom_agent_id}
        wecom.post("menu/create", params=params, data=menus["wecom"])
        official.post("menu/create", data=menus["official"])

    def put_corp(self, **app: Any) -> None:
        """Tell the sandbox of the corp."""
        settings = self.settings
        own = {"agent_id": tencent.AGENT_ID, "name": "点将", "secret": CORP_SECRET, "callback": None, **app}
        other = {"agent_id": 1000003, "name": "公告", "secret": "other-secret", "callback": None}
        body = {
            "name": "青禾资产服务",
            "apps": [own, other],
            "contacts": {"secret": CONTACTS_SECRET, "callback": None},
            "departments": [{"id": 1, "name": "青禾资产服务", "parentid": 0}],
            "members": [{"userid": "lihua", "name": "李华", "department": [1], "position": "催收员"}],
        }
        self.sandbox.put_corp(settings.wecom_corp_id, body)


@cache
def delivered() -> Policy:
    """The policy as it is delivered, read once."""
    return load_policy()


@cache
def words() -> Texts:
    """The texts, compiled once."""
    return Texts()


@cache
def engines() -> Engines:
    """What the running installations have compiled for the database; the doctor opens it by itself."""
    return Engines()


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor is a process of its own in life, and reads all files anew; here it has them from before."""
    monkeypatch.setattr("bot.doctor.run.load_policy", delivered)
    monkeypatch.setattr("bot.doctor.run.Texts", words)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    """The address of one sandbox."""
    with running_sandbox() as (url, _):
        yield url


def installation_settings(folder: Path, sandbox_url: str, database_url: str, redis_url: str) -> Settings:
    """The settings of a whole installation in production mode."""
    bind = f"127.0.0.1:{free_port()}"
    return load_settings(
        _env_file=None,
        data_dir=folder,
        database_url=database_url,
        redis_url=redis_url,
        bind=bind,
        public_url=f"http://{bind}",
        secret_key=secrets.token_urlsafe(32),
        field_keys=f"{KEY},{KEY}",
        hash_key=KEY,
        audit_key=KEY,
        wecom_corp_id=tencent.CORP_ID,
        wecom_agent_id=tencent.AGENT_ID,
        wecom_secret=CORP_SECRET,
        wecom_token=tencent.TOKEN,
        wecom_encoding_aes_key=tencent.AES_KEY,
        wecom_api_base=f"{sandbox_url}/wecom",
        wecom_contacts_secret=CONTACTS_SECRET,
        wecom_contacts_token=tencent.CONTACTS_TOKEN,
        wecom_contacts_encoding_aes_key=tencent.CONTACTS_AES_KEY,
        official_app_id=tencent.OFFICIAL_ID,
        official_secret=OFFICIAL_SECRET,
        official_token=tencent.OFFICIAL_TOKEN,
        official_encoding_aes_key=tencent.OFFICIAL_AES_KEY,
        official_api_base=f"{sandbox_url}/official",
    )


@contextmanager
def installed(settings: Settings, sandbox_url: str) -> Iterator[Installation]:
    """The installation, running."""
    store = connect(settings.redis)
    store.flushall()
    engine = engines().at(settings.database)
    parts = build(settings, policy=delivered(), texts=words(), engine=engine)
    with parts.database.writing() as session:
        staff.add_employee(session, wecom_id="itwang", name="王工", role=Role.ADMIN)
    web = make_server(settings.host, settings.port, create_app(parts), threaded=True)
    serving = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    stop = threading.Event()
    ticking = threading.Thread(target=parts.scheduler.run, args=(stop,))
    ticking.start()
    register_worker(settings.redis)
    with Sandbox(sandbox_url) as sandbox:
        sandbox.reset()
        sandbox.reset_clock()
        installation = Installation(settings, sandbox, store)
        installation.put_corp()
        account = {"name": "青禾招聘", "original_id": "gh_demo", "secret": OFFICIAL_SECRET, "callback": None}
        sandbox.put_account(settings.official_app_id, account)
        installation.publish_menus()
        until = time.monotonic() + 10
        while not store.get(ALIVE_KEY) and time.monotonic() < until:
            time.sleep(0.01)
        stop.set()
        yield installation
    web.shutdown()
    serving.join()
    ticking.join()
    web.server_close()
    parts.close()
    store.close()


def register_worker(address: str) -> None:
    """Register this process as a worker, the way RQ does."""
    store = connect(address)
    queues = [Queue(name, connection=store, serializer=JSONSerializer) for name in (DELIVER, WORK)]
    SimpleWorker(queues, connection=store, serializer=JSONSerializer).register_birth()
    store.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of our own, from which nothing else is read."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def healthy(folder: Path, sandbox_url: str, redis_url: str, sqlite_template: Path) -> Iterator[Installation]:
    """A healthy installation on SQLite."""
    shutil.copy(sqlite_template, folder / "muster.db")
    with installed(installation_settings(folder, sandbox_url, "", redis_url), sandbox_url) as running:
        yield running


@contextmanager
def answering(answer: Callable[[str], Answer], date: str = "") -> Iterator[str]:
    """The address of a server that answers GET with this: a reverse proxy, or the platform."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return date or super().date_time_string(timestamp)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def forward(base: str, path: str) -> Answer:
    """What another server says."""
    with urllib.request.urlopen(base + path, timeout=5) as told:
        return told.status, {}, told.read()


# --- healthy ---------------------------------------------------------------------------------------------


def test_a_healthy_installation_has_no_fault(healthy: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.doctor.run.load_policy", load_policy)
    monkeypatch.setattr("bot.doctor.run.Texts", Texts)
    report = healthy.doctor()

    assert report.code == 0, report.output
    assert report.faults == []
    assert [entry[2:].partition("：")[0] for entry in report.entries[:-1]] == [
        Texts().render("doctor/label", {"name": check.name}) for check in CHECKS
    ]
    assert "没有发现问题" in report.output
    assert "SQLite（WAL，断电不丢），可以写" in report.of("数据库")
    assert report.of("服务号模板").startswith("– 服务号模板：没有填 notices.official_template")
    assert report.of("短信").startswith("–")


def test_who_may_do_sensitive_things_without_an_authenticator_is_named(
    healthy: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(healthy.settings.database, keyring(healthy.settings))
    with database.writing() as session:
        admins = [
            staff.add_employee(session, wecom_id=who, name=who, role=staff.Role.ADMIN)
            for who in ("itwang", "itli")
        ]
        staff.add_employee(session, wecom_id="lihua", name="李华", role=staff.Role.COLLECTOR)
        proposals.register_second_factor(session, person=admins[0], at=staff.ALWAYS)
    advised = healthy.doctor().of("动态口令")
    policy = load_policy()
    strict = dataclasses.replace(
        policy, security=dataclasses.replace(policy.security, second_factor_required=True)
    )
    monkeypatch.setattr("bot.doctor.run.load_policy", lambda: strict)
    needed = healthy.doctor().of("动态口令")
    with database.writing() as session:
        known = staff.find_known(session, "itli")
        assert known is not None
        proposals.register_second_factor(session, person=known, at=staff.ALWAYS)
    database.close()

    assert advised.startswith("✓ 动态口令：这些人能做敏感操作，还没有登记身份验证器，建议登记：itli\n")
    assert needed.startswith("✗ 动态口令：这些人能做敏感操作，却没有登记身份验证器，现在做不了：itli\n")
    assert healthy.doctor().of("动态口令") == "✓ 动态口令：能做敏感操作的 2 人都登记了身份验证器。"


def test_a_healthy_installation_on_postgresql_has_no_fault(
    folder: Path, sandbox_url: str, redis_url: str, postgresql_url: str
) -> None:
    with closing(Database(postgresql_url)) as database:
        empty(database)
    settings = installation_settings(folder, sandbox_url, postgresql_url, redis_url)
    with installed(settings, sandbox_url) as installation:
        report = installation.doctor()

    assert (report.code, report.faults) == (0, [])
    assert report.of("数据库").startswith("✓ 数据库：PostgreSQL ")


def test_in_sandbox_mode_a_moved_clock_is_no_fault(healthy: Installation) -> None:
    url = healthy.sandbox.url
    healthy.sandbox.set_clock("2026-03-02T08:30:00+08:00")

    report = healthy.doctor(mode="sandbox", sandbox_url=url)

    assert (report.code, report.faults) == (0, [])
    assert "3月2日 周一 08:30，拨动过，恢复用 muster clock reset" in report.of("时钟")


def test_without_a_service_account_and_contact_sync_there_is_nothing_to_look_at(
    healthy: Installation,
) -> None:
    names = ["app_id", "secret", "token", "encoding_aes_key"]
    report = healthy.doctor(**{f"official_{name}": "" for name in names}, wecom_contacts_secret="")

    assert (report.code, report.faults) == (0, [])
    for label in ("服务号令牌", "服务号模板", "服务号菜单", "通讯录同步"):
        assert report.of(label).startswith("–")


def test_keys_that_are_missing_are_named_in_one_go(healthy: Installation) -> None:
    fault = healthy.doctor(secret_key="", field_keys="", hash_key="", audit_key="").of("密钥")

    for name in ("SECRET_KEY", "FIELD_KEYS", "HASH_KEY", "AUDIT_KEY"):
        assert f"缺少 MUSTER_{name}：" in fault


def test_a_shared_token_is_not_fetched_again(healthy: Installation) -> None:
    healthy.doctor()
    last = healthy.sandbox.log(kind="api")[-1]["n"]

    assert healthy.doctor().code == 0

    paths = [entry["path"] for entry in healthy.sandbox.log(after=last, kind="api")]
    assert "/wecom/cgi-bin/agent/get" in paths
    assert not [path for path in paths if path.endswith(("gettoken", "stable_token"))]


# --- settings and keys -----------------------------------------------------------------------------------


def test_every_wrong_setting_is_named_at_once(healthy: Installation) -> None:
    report = healthy.doctor(bind="8000", wecom_token="", wecom_encoding_aes_key="my-secret-key")

    fault = report.only_fault("设置")
    assert "3 处要改" in fault
    for line in ("MUSTER_BIND 不对", "MUSTER_WECOM_ENCODING_AES_KEY 不对", "缺少设置 MUSTER_WECOM_TOKEN"):
        assert line in fault
    assert "my-secret-key" not in report.output
    assert report.of("回调地址") == "– 回调地址：先解决上面的「设置」。"
    assert report.of("菜单").startswith("✓")


def test_a_broken_policy_file_is_named(healthy: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = healthy.settings.data_dir / "policy.toml"
    broken.write_text("[checkin]\n")
    monkeypatch.setattr("bot.doctor.run.load_policy", lambda: load_policy(broken))

    report = healthy.doctor()

    assert "策略文件 policy.toml 里的" in report.only_fault("设置")
    assert report.of("磁盘") == "– 磁盘：先解决上面的「设置」。"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"field_keys": f"{KEY},not-a-key"}, "MUSTER_FIELD_KEYS 不对，要 32 字节的 base64"),
        ({"hash_key": base64.b64encode(b"too short").decode()}, "MUSTER_HASH_KEY 不对，要 32 字节的 base64"),
        ({"audit_key": "密钥"}, "MUSTER_AUDIT_KEY 不对，要 32 字节的 base64"),
    ],
)
def test_a_key_that_is_wrong_is_named(healthy: Installation, changes: dict[str, str], line: str) -> None:
    assert line in healthy.doctor(**changes).of("密钥")


def test_a_session_key_that_can_be_guessed_is_named(healthy: Installation) -> None:
    assert "MUSTER_SECRET_KEY 太短" in healthy.doctor(secret_key="easy-to-guess").only_fault("密钥")


@pytest.fixture
def public_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody on this machine can enter."""
    path = Path(tempfile.mkdtemp(prefix="muster-doctor-"))
    path.chmod(0o755)
    monkeypatch.chdir(path)
    yield path
    shutil.rmtree(path)


def test_an_env_file_that_others_can_read_is_named(healthy: Installation, public_folder: Path) -> None:
    (public_folder / ".env").touch(mode=0o644)

    assert "运行 chmod 600 .env" in healthy.doctor().only_fault("密钥")

    (public_folder / ".env").chmod(0o600)
    assert healthy.doctor().code == 0


def test_a_data_directory_that_others_can_read_is_named(healthy: Installation, public_folder: Path) -> None:
    data = shutil.copytree(healthy.settings.data_dir, public_folder / "data")
    data.chmod(0o755)

    assert f"运行 chmod 700 {data}" in healthy.doctor(data_dir=data).only_fault("密钥")


# --- database --------------------------------------------------------------------------------------------


def test_a_database_that_is_not_there_yet_is_named(healthy: Installation, tmp_path: Path) -> None:
    report = healthy.doctor(data_dir=tmp_path / "elsewhere")

    assert "运行 muster migrate" in report.only_fault("数据库")
    assert report.of("数据库版本") == "– 数据库版本：先解决上面的「数据库」。"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("address", ["nonsense", "mysql://user@host/name"])
def test_an_address_of_no_database_is_named(healthy: Installation, address: str) -> None:
    assert "MUSTER_DATABASE_URL 写得不对" in healthy.doctor(database_url=address).only_fault("数据库")


def test_a_postgresql_that_is_down_is_named(healthy: Installation) -> None:
    address = f"postgresql+psycopg://muster:{DATABASE_PASSWORD}@127.0.0.1:{free_port()}/muster"

    report = healthy.doctor(database_url=address)

    assert "查 MUSTER_DATABASE_URL 的主机、用户、密码和库名" in report.only_fault("数据库")


def test_a_broken_sqlite_file_is_named(healthy: Installation, tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"this is no database" * 1000)

    report = healthy.doctor(database_url=f"sqlite:///{tmp_path}/broken.db")

    assert "打不开（file is not a database）" in report.only_fault("数据库")


def test_a_database_without_the_right_to_write_is_named(healthy: Installation, postgresql_url: str) -> None:
    database = Database(postgresql_url)
    with database.writing() as session:
        session.execute(text("DROP ROLE IF EXISTS doctor_reader"))
        session.execute(text("CREATE ROLE doctor_reader LOGIN"))
    database.close()

    report = healthy.doctor(database_url=postgresql_url.replace("postgres@", "doctor_reader@"))

    assert "查这个用户有没有建表的权限" in report.only_fault("数据库")


def test_a_read_only_sqlite_file_is_named(healthy: Installation) -> None:
    file = healthy.settings.data_dir / "muster.db"

    report = healthy.doctor(database_url=f"sqlite:///file:{file}?mode=ro&uri=true")

    assert "能读不能写（attempt to write a readonly database）" in report.only_fault("数据库")


def test_a_disk_without_room_for_the_database_is_named(healthy: Installation) -> None:
    """A limit on the size of files stands for the full disk: it needs no rights, and no disk."""
    limit = 40_000
    with closing(sqlite3.connect(healthy.settings.data_dir / "muster.db")) as other:
        other.execute("SELECT 1 FROM employee").fetchall()  # the shared index of the log is there

        told = subprocess.run(
            [sys.executable, "-m", "bot", "doctor"],
            cwd=healthy.settings.data_dir.parent,
            env={**os.environ, **as_environment(healthy.settings), "PYTHONPATH": str(ROOT)},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
            capture_output=True,
            text=True,
            check=False,
        )

    fault = Report(told.returncode, told.stdout).only_fault("数据库")
    assert "能读不能写" in fault
    assert "磁盘是否满了" in fault


def test_a_disk_on_which_sqlite_cannot_be_durable_is_named(healthy: Installation, tmp_path: Path) -> None:
    """A file system without shared memory, as network disks are: SQLite falls back from WAL."""
    copy = tmp_path / "network.db"
    with closing(sqlite3.connect(healthy.settings.data_dir / "muster.db")) as plain:
        plain.execute("VACUUM INTO ?", [str(copy)])

    report = healthy.doctor(database_url=f"sqlite:///file:{copy}?vfs=unix-dotfile&uri=true")

    assert "SQLite 用不了 WAL（现在是 delete）" in report.only_fault("数据库")


def test_a_database_before_its_first_migration_is_named(healthy: Installation, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()

    report = healthy.doctor(database_url=f"sqlite:///{tmp_path}/empty.db")

    assert "还没有建表。运行 muster migrate" in report.only_fault("数据库版本")


def test_a_database_newer_than_the_program_is_named(healthy: Installation) -> None:
    database = Database(healthy.settings.database)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()

    assert "数据库的版本 9999 比程序新" in healthy.doctor().only_fault("数据库版本")


def test_a_database_that_was_not_upgraded_is_named(
    healthy: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.doctor.parts.head", lambda: "9999")

    found = healthy.doctor().only_fault("数据库版本")

    assert "，程序要 9999。运行 muster migrate，然后重启点将" in found


# --- Redis, workers, scheduler ---------------------------------------------------------------------------


def test_a_redis_that_is_down_is_named(healthy: Installation) -> None:
    report = healthy.doctor(redis_url=f"redis://127.0.0.1:{free_port()}/0")

    assert "查 MUSTER_REDIS_URL 的主机和端口" in report.only_fault("Redis")
    assert report.of("后台进程") == "– 后台进程：先解决上面的「Redis」。"
    assert report.of("令牌").startswith("✓")


def test_the_embedded_redis_that_is_down_is_named(healthy: Installation) -> None:
    assert "随 make up（muster up）启动" in healthy.doctor(redis_url="").only_fault("Redis")


def test_an_address_of_no_redis_is_named(healthy: Installation) -> None:
    report = healthy.doctor(redis_url="redis://127.0.0.1:port/0")

    assert "MUSTER_REDIS_URL 写得不对" in report.only_fault("Redis")


def test_a_wrong_password_of_redis_is_named(healthy: Installation, redis_url: str) -> None:
    address = f"{redis_url}?username=muster&password={DATABASE_PASSWORD}"

    assert "用户名或密码不对" in healthy.doctor(redis_url=address).only_fault("Redis")


def test_a_redis_that_takes_no_writes_is_named(healthy: Installation) -> None:
    healthy.store.config_set("maxmemory", 1)
    try:
        fault = healthy.doctor().only_fault("Redis")
    finally:
        healthy.store.config_set("maxmemory", 0)

    assert "连得上，但不肯写" in fault


def test_missing_workers_are_named(healthy: Installation) -> None:
    for worker in SimpleWorker.all(connection=healthy.store):
        worker.register_death()

    assert "启动 make up（muster up）；分开跑的启动 muster worker" in healthy.doctor().only_fault("后台进程")


def test_a_worker_that_a_wiped_redis_forgot_is_seen_by_what_it_does(healthy: Installation) -> None:
    healthy.store.flushall()
    store = redis.Redis.from_url(healthy.settings.redis_url)

    def work() -> None:
        store.blpop([f"rq:queue:{DELIVER}"], timeout=20)

    worker = threading.Thread(target=work)
    worker.start()
    found = healthy.doctor().of("后台进程")
    worker.join()
    store.close()

    assert found.startswith("✓")
    assert "刚叫醒它一次，它接了" in found


def test_a_worker_that_was_killed_does_not_count(healthy: Installation) -> None:
    for worker in SimpleWorker.all(connection=healthy.store):
        worker.register_death()
    code = (
        "import redis; from rq import Queue, SimpleWorker;"
        f"store = redis.Redis.from_url('{healthy.settings.redis}');"
        "SimpleWorker([Queue('deliver', connection=store)], connection=store).register_birth()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert SimpleWorker.count(connection=healthy.store) == 1

    assert "没有在跑" in healthy.doctor().only_fault("后台进程")


def test_a_scheduler_that_stands_still_is_named(healthy: Installation) -> None:
    healthy.store.delete(ALIVE_KEY)

    assert "分开跑的启动 muster scheduler" in healthy.doctor().only_fault("定时进程")


# --- clock and disk --------------------------------------------------------------------------------------


def test_a_clock_that_drifts_is_named(healthy: Installation) -> None:
    base = healthy.settings.wecom_api_base
    with answering(lambda path: forward(base, path), date="Mon, 02 Mar 2020 00:30:00 GMT") as platform:
        report = healthy.doctor(wecom_api_base=platform, wecom_contacts_secret="")
    fault = report.only_fault("时钟")

    assert fault.startswith("✗ 时钟：比企业微信快 ")
    assert "timedatectl set-ntp true" in fault


def test_a_sandbox_that_is_down_is_named(healthy: Installation) -> None:
    address = f"http://127.0.0.1:{free_port()}"

    fault = healthy.doctor(mode="sandbox", sandbox_url=address).only_fault("时钟")

    assert "启动 muster sandbox，或改 MUSTER_SANDBOX_URL" in fault


def test_a_full_disk_is_named(healthy: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=123_456_789)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)

    assert "只剩 123 MB，不到 500 MB" in healthy.doctor().only_fault("磁盘")


# --- callback --------------------------------------------------------------------------------------------


def test_a_web_process_that_is_down_is_named(healthy: Installation) -> None:
    address = f"127.0.0.1:{free_port()}"
    healthy.publish_menus(f"http://{address}")

    report = healthy.doctor(bind=address, public_url=f"http://{address}")

    assert f"网页进程没有在跑（{address} 没有回答）" in report.only_fault("回调地址")


def test_a_proxy_that_is_down_is_named(healthy: Installation) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    healthy.publish_menus(address)

    fault = healthy.doctor(public_url=address).only_fault("回调地址")

    assert f"连接被拒绝：{address}/wecom/callback。网页进程在跑，问题在它前面。" in fault
    assert "查域名解析、证书、防火墙的 443 端口，反向代理是否在跑" in fault


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ((502, {}, b"Bad Gateway"), "反向代理里的转发地址要写成 127.0.0.1:"),
        ((301, {"Location": "https://elsewhere.example/"}, b""), "反向代理不要转址"),
        ((404, {}, b"not found"), "要把 /wecom/、/official/、/app/、/api/ 四个前缀原样转给点将"),
        ((200, {}, b"<html>welcome</html>"), "回答的不是点将（200）"),
        ((500, {}, b""), "回答的不是点将（500）"),
    ],
)
def test_a_proxy_that_does_not_forward_is_named(healthy: Installation, answer: Answer, line: str) -> None:
    with answering(lambda _: answer) as proxy:
        healthy.publish_menus(proxy)

        assert line in healthy.doctor(public_url=proxy).only_fault("回调地址")


def test_a_proxy_that_loses_the_query_is_named(healthy: Installation) -> None:
    def without_query(path: str) -> Answer:
        try:
            return forward(healthy.settings.public_url, path.partition("?")[0])
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, {}, b""

    with answering(without_query) as proxy:
        healthy.publish_menus(proxy)

        assert "丢掉或改写了问号后面的参数" in healthy.doctor(public_url=proxy).only_fault("回调地址")


def test_a_proxy_that_is_slow_is_named(healthy: Installation) -> None:
    def slowly(path: str) -> Answer:
        time.sleep(1.05)
        return forward(healthy.settings.public_url, path)

    with answering(slowly) as proxy:
        healthy.publish_menus(proxy)

        assert "企业微信只等 1 秒" in healthy.doctor(public_url=proxy).only_fault("回调地址")


def test_a_token_changed_without_a_restart_is_named(healthy: Installation) -> None:
    fault = healthy.doctor(wecom_token="anotherTok3n").only_fault("回调地址")

    assert "在跑的点将和这里的设置不一样" in fault


def test_an_encoding_key_changed_without_a_restart_is_named(healthy: Installation) -> None:
    fault = healthy.doctor(wecom_encoding_aes_key=tencent.OFFICIAL_AES_KEY).only_fault("回调地址")

    assert "改了 MUSTER_WECOM_ENCODING_AES_KEY 还没有重启点将" in fault


def test_a_public_address_that_only_this_machine_reaches_is_named(healthy: Installation) -> None:
    settings = healthy.settings.model_copy(update={"wecom_api_base": "https://qyapi.invalid"})
    [check] = [check for check in CHECKS if check.name == "callback"]
    checkup = Checkup(settings)

    [(_, finding)] = examine(checkup, [check])

    checkup.close()
    assert finding.block == "doctor/callback_local"
    assert "填反向代理的域名" in Texts().render(finding.block, finding.values)


# --- WeCom -----------------------------------------------------------------------------------------------


def test_a_platform_out_of_reach_is_named(healthy: Installation) -> None:
    port = free_port()

    report = healthy.doctor(wecom_api_base=f"http://127.0.0.1:{port}", wecom_contacts_secret="")

    assert f"连不上 127.0.0.1:{port}（连接被拒绝）" in report.only_fault("令牌")
    assert report.of("时钟").startswith("– 时钟：企业微信没有回答")
    assert report.of("菜单") == "– 菜单：先解决上面的「令牌」。"


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (40001, "自建 → 这个应用 → Secret 点「查看」，填到 MUSTER_WECOM_SECRET"),
        (40091, "自建 → 这个应用 → Secret 点「查看」，填到 MUSTER_WECOM_SECRET"),
        (40013, "我的企业 → 企业信息，页面最下面的「企业ID」，填到 MUSTER_WECOM_CORP_ID"),
        (50003, "应用被停用了（50003）"),
        (301007, "错误码 301007"),
        (45009, "-1 和 45009 过一会儿再查"),
    ],
)
def test_a_token_that_is_refused_is_named(healthy: Installation, code: int, line: str) -> None:
    healthy.sandbox.faults(api_errcode={"value": code, "path": "gettoken"})

    report = healthy.doctor(wecom_contacts_secret="")

    assert line in report.only_fault("令牌")


def test_a_wrong_secret_is_named(healthy: Installation) -> None:
    assert "MUSTER_WECOM_SECRET" in healthy.doctor(wecom_secret="wrong-secret-0123456789").only_fault("令牌")


def test_an_untrusted_address_is_named_with_the_address(healthy: Installation) -> None:
    healthy.sandbox.faults(
        api_errcode=[
            {"value": 60020, "path": f"wecom/cgi-bin/{path}"} for path in ("agent", "menu", "message")
        ]
    )

    report = healthy.doctor()

    assert "企业可信IP，把 127.0.0.1 加进去，约一分钟后生效" in report.only_fault("企业可信IP")
    assert report.of("菜单") == "– 菜单：先解决上面的「企业可信IP」。"


def test_the_id_of_another_app_is_named(healthy: Installation) -> None:
    report = healthy.doctor(wecom_agent_id=1000003)

    assert "AgentId 和 Secret 不是同一个应用的" in report.only_fault("应用")
    assert report.of("企业可信IP") == "– 企业可信IP：还没有验到，先解决下面的「应用」。"
    assert report.of("菜单") == "– 菜单：先解决上面的「应用」。"


def test_an_app_that_nobody_sees_is_named(healthy: Installation) -> None:
    healthy.put_corp(members=[], departments=[])

    assert "这个应用 → 可见范围" in healthy.doctor().only_fault("应用")


def test_a_missing_menu_is_named(healthy: Installation) -> None:
    WeComClient(healthy.settings).get("menu/delete", params={"agentid": tencent.AGENT_ID})

    assert "平台上还没有菜单" in healthy.doctor().only_fault("菜单")


def test_another_menu_is_named(healthy: Installation) -> None:
    menu = {"button": [{"type": "click", "name": "旧菜单", "key": "old"}]}
    WeComClient(healthy.settings).post("menu/create", params={"agentid": tencent.AGENT_ID}, data=menu)

    assert "和 config/menu.toml 不一样" in healthy.doctor().only_fault("菜单")


# --- service account and contacts ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (40001, "开发接口管理 → AppSecret，填到 MUSTER_OFFICIAL_SECRET"),
        (40125, "开发接口管理 → AppSecret，填到 MUSTER_OFFICIAL_SECRET"),
        (40013, "开发接口管理 → AppID，填到 MUSTER_OFFICIAL_APP_ID"),
        (40164, "开发接口管理 → IP白名单，把这台机器的出口 IP 加进去"),
    ],
)
def test_a_service_account_that_is_refused_is_named(healthy: Installation, code: int, line: str) -> None:
    healthy.sandbox.faults(api_errcode={"value": code, "path": "stable_token"})

    report = healthy.doctor()

    assert line in report.only_fault("服务号令牌")
    assert report.of("服务号菜单") == "– 服务号菜单：先解决上面的「服务号令牌」。"


def test_templates_that_cannot_be_read_are_named(
    healthy: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_values(monkeypatch, template="tmpl-1")
    healthy.sandbox.faults(api_errcode={"value": 45009, "path": "get_all_private_template"})

    assert "错误码 45009" in healthy.doctor().only_fault("服务号模板")


def test_an_account_without_the_right_to_templates_is_named(
    healthy: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_values(monkeypatch, template="tmpl-1")
    healthy.sandbox.faults(api_errcode={"value": 48001, "path": "get_all_private_template"})

    assert "账号没有模板消息的权限" in healthy.doctor().only_fault("服务号模板")


def test_a_missing_menu_of_the_service_account_is_named(healthy: Installation) -> None:
    OfficialClient(healthy.settings).get("menu/delete")

    assert "平台上还没有菜单" in healthy.doctor().only_fault("服务号菜单")


def test_a_service_account_without_the_right_to_a_menu_is_named(healthy: Installation) -> None:
    healthy.sandbox.faults(api_errcode={"value": 48001, "path": "official/cgi-bin/menu"})

    assert "要认证过的服务号" in healthy.doctor().only_fault("服务号菜单")


def test_a_wrong_secret_of_the_contact_sync_is_named(healthy: Installation) -> None:
    fault = healthy.doctor(wecom_contacts_secret="wrong-secret-0123456789").only_fault("通讯录同步")

    assert "管理工具 → 通讯录同步 → Secret 点「查看」，填到 MUSTER_WECOM_CONTACTS_SECRET" in fault


def test_the_secret_of_an_app_in_the_place_of_the_contact_sync_is_named(healthy: Installation) -> None:
    fault = healthy.doctor(wecom_contacts_secret="other-secret").only_fault("通讯录同步")

    assert "多半填成了应用的" in fault


@contextmanager
def writing(installation: Installation) -> Iterator[Session]:
    """Change something in its database."""
    database = Database(installation.settings.database)
    with database.writing() as session:
        yield session
    database.close()


def test_without_an_administrator_a_code_is_given_which_changes_each_time(healthy: Installation) -> None:
    with writing(healthy) as session:
        session.execute(text("UPDATE post SET role = 'collector'"))

    first, second = (healthy.doctor().only_fault("管理员") for _ in range(2))

    assert re.search(r"在企业微信里对点将发：管理员 \d{8}\n", first)
    assert first != second


def test_an_administrator_is_counted(healthy: Installation) -> None:
    assert healthy.doctor().of("管理员") == "✓ 管理员：1 位。"


def test_a_directory_that_was_never_read_is_no_fault(healthy: Installation) -> None:
    assert healthy.doctor().of("上次同步") == "– 上次同步：还没有同步过。运行 muster sync。"


def with_run(installation: Installation, state: RunState, *, days_ago: int = 0, **values: Any) -> None:
    """The last run of the directory ended like this."""
    at = SystemClock().now() - timedelta(days=days_ago)
    with writing(installation) as session:
        run = directory.start(session, at=at)
        run.state, run.finished_at = state, None if state is RunState.RUNNING else at
        for name, value in values.items():
            setattr(run, name, value)


@pytest.mark.parametrize(
    ("state", "more", "line"),
    [
        (RunState.STOPPED, {"counts": {"leaving": 31}}, "会有 31 人离开，太多了"),
        (RunState.FAILED, {"error": "48009 no permission"}, "被企业微信拒绝（48009 no permission）"),
        (RunState.DONE, {"days_ago": 4}, "后来再没有成功过"),
        (RunState.RUNNING, {"days_ago": 4}, "后来再没有成功过"),
    ],
)
def test_a_directory_that_could_not_be_read_is_named(
    healthy: Installation, state: RunState, more: dict[str, Any], line: str
) -> None:
    with_run(healthy, state, **more)

    assert line in healthy.doctor().only_fault("上次同步")


@pytest.mark.parametrize(
    ("state", "more", "line"),
    [
        (RunState.DONE, {"total": 60, "counts": {"without_post": 2}}, "60 人。其中 2 人还没有岗位"),
        (RunState.RUNNING, {"total": 60, "done": 12}, "正在进行（12/60）"),
    ],
)
def test_a_directory_that_was_read_is_told(
    healthy: Installation, state: RunState, more: dict[str, Any], line: str
) -> None:
    with_run(healthy, state, **more)

    report = healthy.doctor()

    assert report.faults == []
    assert line in report.of("上次同步")


@pytest.mark.parametrize(
    ("codes", "error", "ip"),
    [
        (
            WECOM,
            ApiError(60020, "not allow to access from your ip, hint: [1], from ip: 203.0.113.7, more"),
            1,
        ),
        (OFFICIAL, ApiError(40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist"), 1),
        (WECOM, ApiError(60020, "not allow to access from your ip"), 0),
    ],
)
def test_the_address_to_enter_is_read_from_the_refusal(
    codes: dict[int, str], error: ApiError, ip: int
) -> None:
    finding = refused(error, codes)

    assert finding.values["ip"] == ("203.0.113.7" if ip else "")
    assert ("203.0.113.7 加进去" in Texts().render(finding.block, finding.values)) == bool(ip)


# --- whatever happens ------------------------------------------------------------------------------------


def test_a_check_that_crashes_is_one_line_with_its_class(
    healthy: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: object) -> None:
        raise ZeroDivisionError(CORP_SECRET)

    monkeypatch.setattr("shutil.disk_usage", crash)

    assert "检查时程序出错（ZeroDivisionError）" in healthy.doctor().only_fault("磁盘")


def test_several_faults_are_all_told(healthy: Installation) -> None:
    healthy.store.delete(ALIVE_KEY)
    OfficialClient(healthy.settings).get("menu/delete")

    report = healthy.doctor(wecom_secret="wrong-secret-0123456789")

    assert [fault[2:].partition("：")[0] for fault in report.faults] == ["定时进程", "令牌", "服务号菜单"]
    assert "有 3 处要修" in report.output


def test_secrets_in_what_others_say_are_hidden(healthy: Installation) -> None:
    settings = healthy.settings.model_copy(
        update={"database_url": f"postgresql+psycopg://muster:{DATABASE_PASSWORD}@127.0.0.1/muster"}
    )
    checkup = Checkup(settings)
    checkup.close()

    assert checkup.hide_secrets(f"no {DATABASE_PASSWORD} and {CORP_SECRET}") == "no *** and ***"


def test_it_ends_in_time_when_everything_hangs(healthy: Installation) -> None:
    with socket.socket() as hanging:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen(100)
        address = f"127.0.0.1:{hanging.getsockname()[1]}"
        started = time.monotonic()

        report = healthy.doctor(
            database_url=f"postgresql+psycopg://muster:{DATABASE_PASSWORD}@{address}/muster",
            redis_url=f"redis://{address}/0",
            bind=address,
            public_url=f"http://{address}",
            wecom_api_base=f"http://{address}",
            official_api_base=f"http://{address}",
        )

    assert time.monotonic() - started < 20
    assert report.code == 1
    labels = [fault[2:].partition("：")[0] for fault in report.faults]
    assert labels == ["数据库", "Redis", "回调地址", "令牌", "服务号令牌", "通讯录同步"]


def test_what_does_not_answer_by_the_deadline_is_a_fault_and_what_waits_for_it_is_not(
    healthy: Installation,
) -> None:
    healthy.sandbox.faults(api_timeout={"value": 3, "path": "gettoken"})
    checks = [check for check in CHECKS if check.name in ("disk", "token", "ip", "app", "menu")]
    checkup = Checkup(healthy.settings, policy=load_policy())

    findings = dict(examine(checkup, checks, seconds=0.5))

    assert findings["disk"].block == "doctor/disk_free"
    assert findings["token"].block == "doctor/timed_out"
    assert {findings[name].blocked_by for name in ("ip", "app", "menu")} == {"token"}
    time.sleep(3)
    checkup.close()


# --- files -----------------------------------------------------------------------------------------------


def test_files_in_the_database_need_nothing(healthy: Installation) -> None:
    assert healthy.doctor().of("文件") == "– 文件：存在数据库里，没有配置对象存储。"


def test_a_store_of_objects_that_takes_files_is_named_and_left_as_it_was(healthy: Installation) -> None:
    with object_server() as objects:
        report = healthy.doctor(files_url=objects.url)

        assert report.code == 0, report.output
        assert report.of("文件") == "✓ 文件：对象存储的桶 muster-files 能写能读。"
        assert objects.objects == {}
        assert [method for method, _ in objects.requests] == ["PUT", "GET", "DELETE"]


def test_a_store_of_objects_that_is_down_is_named_with_what_to_do(healthy: Installation) -> None:
    with object_server() as objects:
        objects.stop()

        fault = healthy.doctor(files_url=objects.url).only_fault("文件")

    assert fault.startswith("✗ 文件：对象存储的桶 muster-files 写不进或读不出（")
    assert "看对象存储是不是开着、这台机器连不连得上；再看 MUSTER_FILES_URL 的地址、桶名、区域和密钥" in fault
    assert objects_secret not in fault


def test_a_store_of_objects_that_refuses_the_key_or_has_no_such_bucket_is_named(
    healthy: Installation,
) -> None:
    with object_server() as objects:
        other = objects.url.replace("/muster-files?", "/no-such-bucket?")
        missing = healthy.doctor(files_url=other).only_fault("文件")
        objects.refuses = True
        refused_key = healthy.doctor(files_url=objects.url).only_fault("文件")

    assert "桶 no-such-bucket 写不进或读不出（S3Error NoSuchBucket）" in missing
    assert "（S3Error AccessDenied）" in refused_key


# --- texts, mail, and what candidates are told by ---------------------------------------------------------

TEXTS = {
    "sms_provider": "tencent",
    "sms_key_id": "AKIDdoctor",
    "sms_key_secret": "sms-secret-0123456789",
    "sms_app_id": "1400000001",
    "sms_sign": "信诚招聘",
    "sms_template": "1000001",
}
ALIYUN = {**TEXTS, "sms_provider": "aliyun", "sms_app_id": "", "sms_template": "SMS_1000001"}


def texting(healthy: Installation, settings: dict[str, str], **changes: str) -> Report:
    """What the doctor says where texts go by the sandbox's gateway."""
    templates = {settings["sms_template"]: "您有一条新的进度更新，请打开微信服务号查看。"}
    body = {"secret": TEXTS["sms_key_secret"], "signs": [settings["sms_sign"]], "templates": templates}
    if settings["sms_app_id"]:
        body["app_ids"] = [settings["sms_app_id"]]
    healthy.sandbox.put_sms_account(settings["sms_provider"], settings["sms_key_id"], body)
    base = healthy.settings.wecom_api_base.removesuffix("/wecom")
    return healthy.doctor(**{**settings, "sms_api_base": base, **changes})


@pytest.mark.parametrize(("settings", "name"), [(TEXTS, "腾讯云"), (ALIYUN, "阿里云")])
def test_texts_that_can_leave_are_no_fault(
    healthy: Installation, settings: dict[str, str], name: str
) -> None:
    report = texting(healthy, settings)

    assert (report.code, report.faults) == (0, [])
    assert report.of("短信").startswith(f"✓ 短信：{name}认得我们的密钥")
    assert "60 分钟后改发短信" in report.of("服务号模板")


@pytest.mark.parametrize("settings", [TEXTS, ALIYUN])
def test_a_wrong_key_of_the_texts_is_named(healthy: Installation, settings: dict[str, str]) -> None:
    fault = texting(healthy, settings, sms_key_secret="another-secret-9876543210").only_fault("短信")

    assert "核对 MUSTER_SMS_KEY_ID 和 MUSTER_SMS_KEY_SECRET" in fault


@pytest.mark.parametrize(
    ("settings", "word", "line"),
    [
        (TEXTS, "InternalError.RequestTimeException", "让机器自动对时"),
        (TEXTS, "UnauthorizedOperation.RequestIpNotInWhitelist", "把这台机器加进去"),
        (ALIYUN, "isp.RAM_PERMISSION_DENY", "给这个密钥开短信的权限"),
        (ALIYUN, "isv.OUT_OF_SERVICE", "看这个错误码的说明"),
    ],
)
def test_what_the_gateway_refuses_is_named(
    healthy: Installation, settings: dict[str, str], word: str, line: str
) -> None:
    healthy.sandbox.faults(sms_error={"value": word, "times": 5})

    fault = texting(healthy, settings).only_fault("短信")

    assert line in fault
    assert word in fault


@pytest.mark.parametrize("settings", [TEXTS, ALIYUN])
def test_a_gateway_that_is_not_there_is_named(healthy: Installation, settings: dict[str, str]) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"

    assert "MUSTER_SMS_API_BASE 填得对不对" in texting(healthy, settings, sms_api_base=nobody).only_fault(
        "短信"
    )


def test_a_mail_server_that_is_not_there_is_named(healthy: Installation) -> None:
    url = f"smtp://127.0.0.1:{free_port()}?from=hr@example.com"

    assert "连不上 127.0.0.1" in healthy.doctor(smtp_url=url).only_fault("邮件")


def with_values(monkeypatch: pytest.MonkeyPatch, *, address: str = "", template: str = "") -> None:
    """An administrator has written these values into policy.toml."""
    policy = load_policy()
    changed = dataclasses.replace(
        policy,
        notices=dataclasses.replace(policy.notices, official_template=template),
        recruiting=dataclasses.replace(policy.recruiting, interview_address=address),
    )
    monkeypatch.setattr("bot.doctor.run.load_policy", lambda: changed)


def test_a_demo_has_an_address_for_its_interviews() -> None:
    policy = load_policy()
    named = dataclasses.replace(policy.recruiting, interview_address="https://i.example/{number}")

    assert in_sandbox(policy).recruiting.interview_address == "https://interview.example/{number}"
    assert in_sandbox(dataclasses.replace(policy, recruiting=named)).recruiting == named


def test_what_candidates_are_told_by_and_is_not_set_up_is_said(healthy: Installation) -> None:
    report = healthy.doctor()

    assert report.of("面试网址").startswith("– 面试网址：没有填 recruiting.interview_address")
    assert "https://interview.example.com/?no={number}" in report.of("面试网址")
    assert "短信也没有开，会列进人事的「通知待办」" in report.of("服务号模板")


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("https://i.example/?no={number}", "✓ 面试网址：候选人从这里进面试：https://i.example/?no=A1"),
        ("https://i.example/", "✓ 面试网址：候选人从这里进面试：https://i.example/（没有 {number}，人人"),
        ("i.example/{number}", "✗ 面试网址：recruiting.interview_address 写得不对（i.example/{number}）"),
    ],
)  # fmt: skip
def test_the_address_of_the_interview_is_looked_at(
    healthy: Installation, monkeypatch: pytest.MonkeyPatch, address: str, line: str
) -> None:
    with_values(monkeypatch, address=address)

    assert healthy.doctor().of("面试网址").startswith(line)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("{{thing1.DATA}} {{time2.DATA}}", "✓ 服务号模板：notices.official_template 在服务号里"),
        ("{{thing1.DATA}} {{date9.DATA}}", "✗ 服务号模板：模板里没有 time2 这个字段"),
        ("", "✗ 服务号模板：服务号里没有 tmpl-1 这个模板（平台上有 0 个）"),
    ],
)
def test_the_template_for_who_has_not_written_is_looked_for(
    healthy: Installation, monkeypatch: pytest.MonkeyPatch, content: str, line: str
) -> None:
    with_values(monkeypatch, template="tmpl-1")
    templates = [{"template_id": "tmpl-1", "title": "进度", "content": content}] if content else []
    account = {"name": "青禾招聘", "original_id": "gh_demo", "secret": OFFICIAL_SECRET, "callback": None}
    healthy.sandbox.put_account(healthy.settings.official_app_id, {**account, "templates": templates})
    healthy.publish_menus()

    assert healthy.doctor().of("服务号模板").startswith(line)
