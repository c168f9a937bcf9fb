"""`muster import courses` and `muster export courses` on the command line."""

from pathlib import Path

import click

from bot.trail_cli import Failed

SHOWN = 20
"""So many of the things that are wrong are shown; all of them stand in the file."""


def import_courses(file: Path | None, *, template: bool) -> None:
    """Publish the courses of a folder, an archive or a workbook, or write an empty workbook."""
    from bot.app import keyring, make_clock
    from bot.database import Database
    from bot.importing import course_sheets, courses
    from bot.policy import load_policy
    from bot.texts import Texts
    from config.settings import load_settings

    if file is None:
        raise Failed(
            "请给出文件夹、.zip 或 .xlsx，例如 muster import courses 课程.xlsx；空表用 --template 生成。"
        )
    policy = load_policy()
    if template:
        if file.exists():
            raise Failed(f"{file} 已经存在，没有覆盖。换一个文件名，或先把它移走。")
        if file.suffix.lower() != ".xlsx":
            raise Failed("空表是 Excel 文件，文件名写成 课程.xlsx 这样。")
        file.write_bytes(course_sheets.template(policy))
        click.echo(f"✓ 空表已写到 {file}")
        return
    settings, texts = load_settings(), Texts()
    database = Database(settings.database, keyring(settings))
    try:
        now = make_clock(settings, database).now()
        report = courses.import_courses(database, file, at=now, policy=policy, texts=texts)
    except KeyboardInterrupt:
        raise Failed("停在一半，前面的课程都发布了。再导入一次就会接着做，已有的不会重复。") from None
    finally:
        database.close()
    click.echo(
        f"✓ 共 {report.read} 门课 = 新增 {report.new} + 新版本 {report.changed} + 没变 {report.unchanged}"
        f" + 没导入 {len(report.refused)}"
    )
    for line in report.told:
        click.echo(f"  {line}")
    if report.refused:
        lines = [
            texts.render("courses/refused_line", {"code": code, "one": one})
            for code, problems in report.refused.items()
            for one in problems
        ]
        for line in lines[:SHOWN]:
            click.echo(f"  {line}", err=True)
        beside = courses.write_problems(file, report, texts)
        raise Failed(
            f"{len(report.refused)} 门课没有导入，{len(lines)} 处不对都写在 {beside}，改好后再导入即可。"
        )


def export_courses(folder: Path) -> None:
    """Write every course into a folder of its own."""
    from bot.app import keyring, make_clock
    from bot.database import Database
    from bot.importing import courses
    from config.settings import load_settings

    settings = load_settings()
    database = Database(settings.database, keyring(settings))
    try:
        count = courses.export_courses(database, folder, at=make_clock(settings, database).now())
    except FileExistsError as taken:
        raise Failed(f"{taken} 已经有东西，没有覆盖。换一个文件夹名。") from None
    except OSError as error:
        raise Failed(f"写不了 {folder}：{error.strerror}。") from None
    finally:
        database.close()
    click.echo(f"✓ 导出 {count} 门课到 {folder}，一门一个文件夹，改好后用 muster import courses 导入")
