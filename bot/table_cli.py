"""`muster import …` and `muster export …`: tables in and out on the command line."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from bot.course_cli import export_courses, import_courses
from bot.trail_cli import Failed

IMPORTED = click.Choice(
    [
        "employees",
        "candidates",
        "cases",
        "payments",
        "profiles",
        "risk",
        "results",
        "external-results",
        "roster",
        "targets",
        "courses",
    ]
)
EXPORTED = click.Choice(["employees", "candidates", "cases", "courses"])
SHOWN = 20
"""So many refused rows are shown; all of them stand in the file."""
GIVEN = {
    "creditor": "甲方",
    "placement": "批次",
    "unit": "催收单位",
    "start": "委案开始",
    "end": "委案到期",
    "declared_cases": "声明件数",
    "declared_amount": "声明金额",
    "system": "来源系统",
}
"""Option → the column it stands for."""


@click.command(name="import")
@click.argument("kind", type=IMPORTED)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--template", is_flag=True, help="不导入，写出一份空表（没给文件名就打印出来）")
@click.option("--creditor", help="案件：表里没有「甲方」一列时，都是哪个甲方的")
@click.option("--placement", help="案件：表里没有「批次」一列时，都是哪一批")
@click.option("--unit", help="案件：表里没有「催收单位」一列时，都放进哪个单位的案池")
@click.option("--start", help="案件：表里没有「委案开始」一列时，从哪天开始，如 2026-03-01")
@click.option("--end", help="案件：表里没有「委案到期」一列时，到哪天为止，如 2026-05-31")
@click.option("--declared-cases", help="案件：甲方说这一批有多少件，导完会核对")
@click.option("--declared-amount", help="案件：甲方说这一批一共多少元，导完会核对")
@click.option("--system", help="外部业绩记录：表里没有「来源系统」一列时，都是哪个系统的")
@click.option("--dry-run", is_flag=True, help="外部业绩记录：只预览，什么都不记")
@click.option("--withdraw", "number", type=int, help="外部业绩记录：撤回这个导入号带来的全部记录")
def import_(
    kind: str, file: Path | None, template: bool, dry_run: bool, number: int | None, **options: str | None
) -> None:
    """从 Excel(.xlsx)或 CSV 导入：员工、候选人、案件、还款、外部业绩、面试结果、排班表、目标、课程等。"""
    from bot import importing
    from bot.app import keyring, make_clock
    from bot.database import Database
    from bot.policy import load_policy, work_calendar
    from config.settings import load_settings

    if kind == "courses":
        if any(options.values()) or dry_run or number is not None:
            raise Failed("导入课程时不能指定别的。")
        import_courses(file, template=template)
        return
    if template:
        _write_template(file, importing.template(kind))
        return
    if number is not None:
        _withdraw(kind, number)
        return
    if file is None:
        raise Failed(f"请给出要导入的文件，例如 muster import {kind} 名单.xlsx；空表用 --template 生成。")
    table = importing.KINDS[kind]
    given = {GIVEN[name]: value for name, value in options.items() if value}
    strange = [name for name in given if name not in (*table.columns, *table.asks)]
    if strange:
        raise Failed(f"导入这种表时不能指定：{'、'.join(strange)}。")
    if dry_run and not table.previews:
        raise Failed("这种表不能预览，去掉 --dry-run 再试。")
    settings = load_settings()
    database = Database(settings.database, keyring(settings))
    say = progress() if sys.stdout.isatty() else (lambda _read, _expected: None)
    try:
        now = make_clock(settings, database).now()
        policy = load_policy()
        calendar = work_calendar(policy)
        report = importing.import_file(
            database,
            kind,
            file,
            at=now,
            policy=policy,
            calendar=calendar,
            given=given,
            say=say,
            preview=dry_run,
        )
    except KeyboardInterrupt:
        raise Failed("停在一半，前面的都记下了。再导入同一个文件就会接着做，已有的不会重复。") from None
    finally:
        database.close()
    if sys.stdout.isatty():
        click.echo()
    click.echo(
        f"✓ 共 {report.read} 行 = 新增 {report.new} + 更新 {report.changed} + 没变 {report.unchanged}"
        f" + 没导入 {len(report.refused)}"
    )
    for line in report.told:
        click.echo(f"  {line}")
    if report.refused:
        for number, _, reason in report.refused[:SHOWN]:
            click.echo(f"  第 {number} 行：{reason}", err=True)
        beside = importing.write_refused(file, report)
        raise Failed(f"{len(report.refused)} 行没有导入，原因写在 {beside}，改好后再导入这个文件即可。")
    if report.wrong:
        raise Failed(report.wrong)


def _withdraw(kind: str, number: int) -> None:
    from bot import importing
    from bot.app import keyring, make_clock
    from bot.database import Database
    from bot.policy import load_policy
    from bot.texts import Texts
    from config.settings import load_settings
    from models.performance import ImportWithdrawn, NoSuchImport

    if kind != "external-results":
        raise Failed("只有外部业绩记录（external-results）能整批撤回。")
    settings, texts = load_settings(), Texts()
    database = Database(settings.database, keyring(settings))
    try:
        now = make_clock(settings, database).now()
        done = importing.withdraw(database, number, at=now, policy=load_policy())
    except NoSuchImport as refused:
        raise Failed(texts.render("external_results/no_such_import", refused.facts)) from None
    except ImportWithdrawn as refused:
        raise Failed(texts.render("external_results/import_withdrawn", refused.facts)) from None
    finally:
        database.close()
    click.echo(f"✓ {texts.render('external_results/withdrawn', {'done': done})}")


def _write_template(file: Path | None, rows: Sequence[Sequence[str]]) -> None:
    from bot import sheets

    if file is None:
        click.echo(sheets.as_csv(rows), nl=False)
        return
    if file.exists():
        raise Failed(f"{file} 已经存在，没有覆盖。换一个文件名，或先把它移走。")
    sheets.write(file, rows)
    click.echo(f"✓ 空表已写到 {file}")


def progress(done: str = "已读") -> Callable[[int, int], None]:
    """Says over and over, in one line, how far a file has come."""
    start = time.monotonic()

    def say(read: int, expected: int) -> None:
        rate = read / max(time.monotonic() - start, 0.001)
        left = max(expected - read, 0) / rate
        line = f"{done} {read:,} 行，每秒 {rate:,.0f} 行，还要约 {_duration(left)}"
        click.echo(f"\r\033[K{line}", nl=False)

    return say


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} 秒" if seconds < 100 else f"{seconds / 60:.0f} 分钟"


@click.command()
@click.argument("kind", type=EXPORTED)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--full", is_flag=True, help="连同完整的手机号、身份证号、住址；要写理由，会留痕")
@click.option("--reason", default="", help="为什么要完整的，例如 报社保")
@click.option("--creditor", default="", help="案件：只要这个甲方的")
@click.option("--placement", default="", help="案件：只要这一批的")
@click.option("--ended", is_flag=True, help="案件：连同已经结束的")
def export(
    kind: str, file: Path, full: bool, reason: str, creditor: str, placement: str, ended: bool
) -> None:
    """把人员或案件导出成 Excel(.xlsx)或 CSV 文件，手机号等默认打码；课程导出成文件夹。"""
    from bot import exporting
    from bot.app import keyring, make_clock
    from bot.database import Database
    from bot.exporting_cases import Wanted, export_cases
    from bot.policy import load_policy
    from config.settings import load_settings

    if full and len(reason.strip()) < exporting.SHORTEST_REASON:
        raise Failed("完整导出要写清楚理由，例如 --full --reason 报社保。")
    if kind == "courses":
        if full or creditor or placement or ended:
            raise Failed("导出课程时不能指定别的。")
        export_courses(file)
        return
    if kind != "cases" and (creditor or placement or ended):
        raise Failed("--creditor、--placement 和 --ended 只在导出案件时用。")
    settings = load_settings()
    database = Database(settings.database, keyring(settings))
    try:
        now = make_clock(settings, database).now()
        why = reason.strip() if full else ""
        if kind == "cases":
            say = progress("已写") if sys.stdout.isatty() else (lambda _done, _expected: None)
            wanted = Wanted(creditor, placement, ended)
            written, count = export_cases(database, file, wanted=wanted, at=now, reason=why, say=say)
        else:
            written, count = exporting.export_file(
                database, kind, file, at=now, policy=load_policy(), reason=why
            )
    except KeyboardInterrupt:
        raise Failed("停在一半，没有留下文件。") from None
    except FileExistsError as taken:
        raise Failed(f"{taken} 已经存在，没有覆盖。换一个文件名，或先把它移走。") from None
    except OSError as error:
        raise Failed(f"写不了 {file}：{error.strerror}。") from None
    finally:
        database.close()
    if kind == "cases" and sys.stdout.isatty():
        click.echo()
    many = f"{count} 件案件" if kind == "cases" else f"{count} 人"
    click.echo(f"✓ 导出 {many}到 {written}" + ("，已留痕；用完请删除" if full else "，手机号等已打码"))
