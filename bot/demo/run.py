"""Starting and joining the processes of the demo."""

import base64
import json
import secrets
import shutil
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from httpx import HTTPError

from bot.clock import SandboxClock
from bot.demo import caseload, company, hiring, history, learning, life, targets
from bot.demo.city import EAST_BRANCH, NORTH_BRANCH
from bot.demo.company import Sample
from bot.demo.customers import ON_THE_MAP, customers
from bot.logs import configure_logs
from bot.processes import (
    Child,
    Supervisor,
    lock_data_dir,
    need_free,
    prepare,
    start_processes,
    web_answers,
)
from config.settings import Settings, SettingsError, as_environment, isolated_settings
from sandbox.client import Sandbox, SandboxError

AGENT_ID = 1000002
CORP_ID = "wwmusterdemo000001"
APP_ID = "wxmusterdemo000001"
ORIGINAL_ID = "gh_musterdemo01"
ACCOUNTS = ("wecom", "wecom_contacts", "official")


def run_demo(
    bind: str, sandbox_bind: str, data_dir: Path, database_url: str, *, people: int, fresh: bool
) -> None:
    """Start everything, print the address of the phones, and keep it running until Ctrl-C.

    The company has so many employees (`people`).

    Raises:
        SettingsError: something did not start; the line says what.
    """
    folder = data_dir.resolve()
    lock = lock_data_dir(folder, "--data-dir")
    need_free(bind, "--bind")
    need_free(sandbox_bind, "--sandbox-bind")
    if fresh:
        _clear(folder)
    # The sandbox forgets its tokens and tickets when it stops, so what Redis kept of them is worth nothing.
    shutil.rmtree(folder / "redis", ignore_errors=True)
    kept = _secrets(folder)
    sandbox_url = f"http://{sandbox_bind}"
    settings = isolated_settings(
        mode="sandbox",
        data_dir=folder,
        database_url=database_url,
        bind=bind,
        public_url=f"http://{bind}",
        maintainers="itwang",
        wecom_corp_id=CORP_ID,
        wecom_agent_id=AGENT_ID,
        wecom_api_base=f"{sandbox_url}/wecom",
        official_app_id=APP_ID,
        official_api_base=f"{sandbox_url}/official",
        sms_provider="tencent",
        sms_key_id=company.SMS_KEY_ID,
        sms_key_secret=kept["sms_secret"],
        sms_app_id=company.SMS_APP_ID,
        sms_sign=company.SMS_SIGN,
        sms_template=company.SMS_TEMPLATE,
        sms_api_base=sandbox_url,
        open_base=f"{sandbox_url}/open",
        jssdk_url=f"{sandbox_url}/open/js/jweixin.js",
        sandbox_url=sandbox_url,
        **{name: value for name, value in kept.items() if name != "sms_secret"},
    )
    environment = as_environment(settings)
    configure_logs("demo", human=True)
    supervisor = Supervisor(lock)
    supervisor.watch_signals()
    try:
        click.echo("点将演示正在启动…")
        supervisor.add(Child("sandbox", [sys.executable, "-m", "sandbox", "--bind", sandbox_bind]))
        supervisor.wait_for(lambda: _answers(f"{sandbox_url}/healthz"), f"沙箱（{sandbox_bind}）")
        employees = company.employees(people)
        _configure_sandbox(sandbox_url, settings.public_url, kept, employees)
        prepare(supervisor, settings, environment)
        _enter_company(settings, employees)
        _enter_learning(settings, employees)
        _sync_directory(settings)
        start_processes(supervisor, settings, environment)
        supervisor.wait_for(lambda: web_answers(settings), f"网页进程（{settings.bind}）")
        _fill_chats(settings, employees)
        click.echo(
            f"\n✓ 演示已启动。请在浏览器里打开手机：\n\n    {sandbox_url}/?open=lihua,zhangwei\n\n"
            "  李华是催收员，张伟是主管。点「一键打卡」试试；按 Ctrl-C 停止。\n"
        )
        sys.stdout.flush()
        supervisor.run()
    except KeyboardInterrupt:
        pass
    finally:
        supervisor.stop()
        click.echo("✓ 已全部停止")


def _clear(folder: Path) -> None:
    """Remove the last demo's data; the lock stays, since we hold it."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def _secrets(folder: Path) -> dict[str, str]:
    """The made-up secrets of the demo, made once and kept in its folder."""
    path = folder / "demo-secrets.json"
    if not path.exists():
        made = {f"{name}_secret": secrets.token_urlsafe(24) for name in ACCOUNTS}
        for name in ACCOUNTS:
            made[f"{name}_token"] = secrets.token_hex(12)
            made[f"{name}_encoding_aes_key"] = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    kept: dict[str, str] = json.loads(path.read_text())
    if "sms_secret" not in kept:  # made by a release without text messages
        kept["sms_secret"] = secrets.token_urlsafe(24)
        path.write_text(json.dumps(kept))
    return kept


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def _talking_to(sandbox_url: str) -> Iterator[Sandbox]:
    try:
        with Sandbox(sandbox_url, timeout=30) as sandbox:
            yield sandbox
    except (SandboxError, HTTPError) as error:
        raise SettingsError(f"沙箱没有接受样例公司：{error}") from None


def _configure_sandbox(
    sandbox_url: str, public_url: str, kept: dict[str, str], employees: Sequence[Sample]
) -> None:
    """Tell the sandbox of the corp, of the service account, and of the city they work in."""

    def callback(name: str, path: str) -> dict[str, str]:
        return {
            "url": public_url + path,
            "token": kept[f"{name}_token"],
            "encoding_aes_key": kept[f"{name}_encoding_aes_key"],
        }

    corp = company.corp_configuration(
        employees,
        agent_id=AGENT_ID,
        secret=kept["wecom_secret"],
        callback=callback("wecom", "/wecom/callback"),
        contacts={
            "secret": kept["wecom_contacts_secret"],
            "callback": callback("wecom_contacts", "/wecom/contacts"),
        },
    )
    account = company.account_configuration(
        name="信诚招聘",
        original_id=ORIGINAL_ID,
        secret=kept["official_secret"],
        callback=callback("official", "/official/callback"),
    )
    doors = [NORTH_BRANCH, EAST_BRANCH, *(customer.door for customer in customers(ON_THE_MAP))]
    with _talking_to(sandbox_url) as sandbox:
        sandbox.put_corp(CORP_ID, corp)
        sandbox.put_account(APP_ID, account)
        sandbox.put_sms_account("tencent", company.SMS_KEY_ID, company.sms_account(kept["sms_secret"]))
        landmarks = sandbox.call("GET", "places")["places"]
        sandbox.call("PUT", "places", {"places": [*landmarks, *(door.as_json() for door in doors)]})


def _enter_company(settings: Settings, employees: Sequence[Sample]) -> None:
    """Everybody into the database, and what the day has brought so far."""
    from bot.app import keyring
    from bot.database import Database
    from bot.policy import load_policy, work_calendar

    database, policy = Database(settings.database, keyring(settings)), load_policy()
    now, calendar = SandboxClock(settings.sandbox_url).now(), work_calendar(policy)
    with database.writing() as session:
        company.enter(session, employees)
        company.arrange_places(session, employees, at=now, policy=policy)
        targets.enter_targets(session, at=now, policy=policy)
        company.enter_candidates(session, employees, at=now, policy=policy)
        hiring.enter_standings(session, employees, at=now, policy=policy)
        history.enter_history(session, employees, now=now)
        life.check_in_so_far(session, employees, now=now, policy=policy, calendar=calendar)
        caseload.enter_cases(session, employees, now=now, policy=policy, calendar=calendar)
    database.close()


def _enter_learning(settings: Settings, employees: Sequence[Sample]) -> None:
    """The courses that come with the product, and what people have learned of them."""
    from bot.app import build
    from bot.startup import publish_library

    muster = build(settings)
    try:
        publish_library(muster)
        with muster.database.writing() as session:
            learning.enter_learning(session, employees, now=muster.clock.now(), policy=muster.policy)
    finally:
        muster.close()


def _sync_directory(settings: Settings) -> None:
    """The organisation follows the sandbox's directory, as it would a real one."""
    from bot.app import build
    from bot.syncing import Unfinished, follow

    muster = build(settings)
    try:
        follow(muster, lambda _: None)
    except Unfinished as problem:
        raise SettingsError(f"样例公司的通讯录没有同步完：{problem}") from None
    finally:
        muster.close()


def _fill_chats(settings: Settings, employees: Sequence[Sample]) -> None:
    """Some life on the phones, so that nobody meets empty ones."""
    secret = settings.official_secret.get_secret_value()
    with _talking_to(settings.sandbox_url) as sandbox:
        tickets = life.hang_posters(settings.official_api_base, APP_ID, secret)
        life.fill_chats(sandbox, CORP_ID, employees, APP_ID, company.candidates(), tickets)
