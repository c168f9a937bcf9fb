"""The command line: `muster …`. Each command says what it did and exits non-zero when it did not."""

import signal
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import click

from bot.table_cli import export, import_
from bot.trail_cli import audit, erase, keys
from config.settings import Settings, SettingsError, load_settings


class Muster(click.Group):
    """Turns what is wrong with the settings or the database into one line instead of a trace."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except SettingsError as problem:
            fail(str(problem))
        except Exception as problem:
            if not type(problem).__module__.startswith("sqlalchemy."):
                raise
            first = str(problem).splitlines()[0]
            fail(f"数据库用不了：{first}。地址在 MUSTER_DATABASE_URL；还没建好的话先运行 muster migrate。")


def fail(line: str) -> NoReturn:
    """Say what is wrong and exit with 1."""
    click.echo(f"✗ {line}", err=True)
    sys.exit(1)


@click.group(cls=Muster, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """点将 Muster:企业微信里的点名、派活和提醒。"""


@main.command()
def up() -> None:
    """在一台机器上启动全部进程；Ctrl-C 全部停止。"""
    from bot.logs import configure_logs
    from bot.processes import Supervisor, lock_data_dir, need_free, prepare, start_processes, web_answers

    settings = load_settings()
    configure_logs("up", human=settings.sandbox)
    supervisor = Supervisor(lock_data_dir(settings.data_dir))
    supervisor.watch_signals()
    need_free(settings.bind, "MUSTER_BIND")
    try:
        prepare(supervisor, settings, {})
        start_processes(supervisor, settings, {})
        supervisor.wait_for(lambda: web_answers(settings), "网页进程")
        click.echo(f"✓ 点将已启动，监听 {settings.bind},对外地址 {settings.public_url}")
        supervisor.run()
    except KeyboardInterrupt:
        pass
    finally:
        supervisor.stop()
        click.echo("✓ 已全部停止")


@main.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="点将的 地址:端口")
@click.option("--sandbox-bind", default="127.0.0.1:8100", show_default=True, help="手机页面的 地址:端口")
@click.option("--data-dir", default="var/demo", show_default=True, type=click.Path(path_type=Path))
@click.option("--database-url", default="", help="不填用 SQLite；也可以给一个空的 PostgreSQL 库")
@click.option(
    "--people", default=60, show_default=True, type=click.IntRange(60, 1000), help="样例公司有多少员工"
)
@click.option("--fresh", is_flag=True, help="先清空上一次演示的数据")
def demo(bind: str, sandbox_bind: str, data_dir: Path, database_url: str, people: int, fresh: bool) -> None:
    """演示：沙箱、样例公司和网页上的手机，什么都不用配置。"""
    from bot.demo import run_demo

    run_demo(bind, sandbox_bind, data_dir, database_url, people=people, fresh=fresh)


@main.command()
def web() -> None:
    """只启动网页进程。"""
    from bot.server import serve

    serve(load_settings())


@main.command()
@click.option("--sole", is_flag=True, help="没有别的后台进程：上一个没发完的马上接着处理")
def worker(sole: bool) -> None:
    """只启动后台进程。"""
    from bot.app import build
    from bot.keeping import fork_again_if_killed, load_all, policy
    from bot.logs import configure_logs
    from bot.queue import run_worker
    from bot.waiting import wait_for_database, wait_for_redis

    settings = load_settings()
    configure_logs("worker", human=settings.sandbox)
    load_all()
    fork_again_if_killed()
    muster = build(settings, policy=policy())
    never = threading.Event()  # a signal ends it here, where nothing is in flight
    wait_for_database(muster.database, never)
    wait_for_redis(muster.store, never)
    if sole:
        muster.outbox.release_left_behind(at_once=True)
    run_worker(muster.runner, muster.store)


@main.command()
def scheduler() -> None:
    """只启动定时进程。"""
    from bot.app import build
    from bot.logs import configure_logs
    from bot.startup import publish_library, publish_menus
    from bot.waiting import wait_for_database

    settings = load_settings()
    configure_logs("scheduler", human=settings.sandbox)
    muster = build(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if wait_for_database(muster.database, stop):
        publish_menus(muster)
        publish_library(muster)
    muster.scheduler.run(stop)


@main.command()
@click.option("--bind", default="127.0.0.1:8100", show_default=True, help="地址:端口")
def sandbox(bind: str) -> None:
    """只启动沙箱(企业微信、服务号和网页手机)。"""
    import runpy

    sys.argv = ["sandbox", "--bind", bind]
    runpy.run_module("sandbox", run_name="__main__")


@main.command()
def migrate() -> None:
    """把数据库升级到最新版本。"""
    from bot.app import keyring
    from bot.migrations import migrate as to_head

    settings = load_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    click.echo(f"✓ 数据库已是最新版本 {to_head(settings.database, keyring(settings))}")


@main.command()
def doctor() -> None:
    """逐项检查设置、数据库、进程和平台，说明该点哪里、填什么。"""
    from bot.doctor import diagnose

    if not diagnose(click.echo):
        sys.exit(1)


@main.command()
@click.option("--status", is_flag=True, help="只看上次同步怎么样，不开始新的")
@click.option("--accept-leavers", is_flag=True, help="因为离开的人太多停下来、核对过以后，照通讯录办")
def sync(status: bool, accept_leavers: bool) -> None:
    """把企业微信通讯录里的部门和成员同步过来。"""
    from bot import syncing
    from bot.app import build

    muster = build(load_settings())
    try:
        if status:
            click.echo(f"✓ {syncing.status(muster)}")
            return
        say = _say_over if sys.stdout.isatty() else click.echo
        line = syncing.follow(muster, say, accept_leavers=accept_leavers)
        click.echo(f"\n✓ {line}" if sys.stdout.isatty() else f"✓ {line}")
    except syncing.Unfinished as problem:
        fail(str(problem))
    except KeyboardInterrupt:
        fail("停在一半。已读的都记着：后台进程会接着做，也可以再运行 muster sync。")
    finally:
        muster.close()


def _say_over(line: str) -> None:
    """Say it in the place of the line before."""
    click.echo(f"\r\033[K{line}", nl=False)


@main.command("second-factor")
@click.argument("account")
@click.option("--remove", is_flag=True, help="手机丢了或换了：先去掉原来的，再登记一次")
def second_factor(account: str, remove: bool) -> None:
    """给某人登记动态口令（身份验证器），敏感操作确认时要用。"""
    from bot.second_factor import enrol, take_away

    done = take_away(load_settings(), account) if remove else enrol(load_settings(), account, click.echo)
    click.echo(f"✓ {done}")


for command in (audit, keys, erase, import_, export):
    main.add_command(command)


@main.group()
def clock() -> None:
    """查看或拨动时钟(只在沙箱模式)。"""


def _sandbox_settings() -> Settings:
    settings = load_settings(complete=False)
    if not settings.sandbox:
        fail("只有沙箱模式(MUSTER_MODE=sandbox)才能看和拨时钟。生产环境用机器自己的时间。")
    return settings


def _say_clock(settings: Settings) -> None:
    from bot.app import make_clock
    from bot.database import Database

    now = make_clock(settings, Database(settings.database)).now()
    click.echo(f"✓ 现在是 {now:%Y-%m-%d %H:%M:%S}(上海时间)")


@clock.command()
def show() -> None:
    """显示当前时间。"""
    _say_clock(_sandbox_settings())


@clock.command(name="set")
@click.argument("moment")
def set_(moment: str) -> None:
    """拨到某个时刻，例如 2026-03-02T08:45。"""
    from bot.moving import move_to
    from models.base import SHANGHAI

    settings = _sandbox_settings()
    try:
        wanted = datetime.fromisoformat(moment)
    except ValueError:
        fail(f"看不懂时刻「{moment}」。写成 2026-03-02T08:45 这样。")
    move_to(settings, wanted if wanted.tzinfo else wanted.replace(tzinfo=SHANGHAI))
    _say_clock(settings)


@clock.command()
@click.argument("duration")
def advance(duration: str) -> None:
    """往前拨一段，例如 30m、2h、1d。"""
    from bot.moving import advance_by

    settings = _sandbox_settings()
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    number, unit = duration[:-1], duration[-1:]
    try:
        seconds = float(number) * units[unit]
    except (ValueError, KeyError):
        fail(f"看不懂时长「{duration}」。写成 30m、2h 或 1d 这样。")
    if seconds < 0:
        fail("只能往前拨。要回到现在，用 muster clock reset。")
    advance_by(settings, timedelta(seconds=seconds))
    _say_clock(settings)


@clock.command()
def reset() -> None:
    """回到机器自己的时间。"""
    from bot.moving import reset as put_back

    settings = _sandbox_settings()
    put_back(settings)
    _say_clock(settings)
