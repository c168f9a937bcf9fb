"""`muster import`: files of people into the database, row by row, with a reason for every row refused."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

from sqlalchemy.orm import Session

from config.settings import SettingsError
from models import attendance, staff
from models.staff import Role

COLUMNS = ("企业微信账号", "姓名", "角色", "团队", "上班", "下班")
ROLES = {
    "催收员": Role.COLLECTOR,
    "外勤": Role.FIELD_REP,
    "组长": Role.TEAM_LEADER,
    "主管": Role.SUPERVISOR,
    "人事": Role.HR_CITY,
    "管理员": Role.ADMIN,
}
EXAMPLE = ("zhangsan", "张三", "催收员", "催收一组", "09:00", "18:00")
REASON = "原因"
REFUSED = "-未导入"
LONGEST_ACCOUNT = 64
LONGEST_NAME = 100


@dataclass
class Report:
    """What became of a file: rows taken, and rows refused with their line number and reason."""

    taken: int = 0
    refused: list[tuple[int, Mapping[str, str], str]] = field(default_factory=list)


def template() -> str:
    """An empty employees file with one example row."""
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, EXAMPLE])
    return text.getvalue()


def import_employees(session: Session, path: Path) -> Report:
    """Enter or update everybody in the file; the same file twice changes nothing.

    Raises:
        SettingsError: the file cannot be read, or a column is missing.
    """
    report = Report()
    seen: dict[str, int] = {}
    for number, row in _rows(path):
        account = row[COLUMNS[0]].lower()
        try:
            if account in seen:
                raise _Refused(f"企业微信账号和第 {seen[account]} 行重复")
            seen[account] = number
            _enter(session, row)
        except _Refused as refused:
            report.refused.append((number, row, str(refused)))
        else:
            report.taken += 1
    return report


IMPORTS: Mapping[str, Callable[[Session, Path], Report]] = {"employees": import_employees}
"""Kind → what imports it."""


def write_refused(path: Path, report: Report) -> Path:
    """The refused rows beside the file, each with its reason, ready to be mended and imported again."""
    beside = path.with_name(f"{path.stem.removesuffix(REFUSED)}{REFUSED}.csv")
    with beside.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow((*COLUMNS, REASON))
        writer.writerows((*(row[name] for name in COLUMNS), reason) for _, row, reason in report.refused)
    return beside


class _Refused(Exception):
    """A row that is not taken, and why."""


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"读不了文件 {path}，请检查文件名和权限（{error.strerror}）。") from None
    if raw.startswith((b"PK", b"\xff\xfe", b"\xfe\xff", b"\xd0\xcf")):
        raise SettingsError(f"{path.name} 不是 CSV。请在 Excel 里「另存为」，类型选 CSV（逗号分隔）。")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")  # what Excel saves as CSV in China
    text = text.replace("\0", "")
    reader = csv.DictReader(io.StringIO(text), strict=False)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise SettingsError(
            f"{path.name} 缺少列：{'、'.join(missing)}。用 muster import employees --template 生成一份空表。"
        )
    return [
        (reader.line_num, {name: (row.get(name) or "").strip() for name in COLUMNS})
        for row in reader
        if any((value or "").strip() for value in row.values() if isinstance(value, str | None))
    ]


def _enter(session: Session, row: Mapping[str, str]) -> None:
    account, name, role, team, start, end = (row[column] for column in COLUMNS)
    if not account or len(account) > LONGEST_ACCOUNT or not set(account) <= _ACCOUNT_MARKS:
        raise _Refused("企业微信账号要 1–64 位字母、数字或 -_.@，在通讯录的成员详情里")
    if not name or len(name) > LONGEST_NAME:
        raise _Refused("姓名没有填，或者太长")
    if role not in ROLES:
        raise _Refused(f"角色只能是：{'、'.join(ROLES)}")
    if bool(start) != bool(end):
        raise _Refused("上班和下班要么都填，要么都不填")
    starts_at, ends_at = (_time(start), _time(end)) if start else (None, None)
    employee = staff.add_employee(
        session,
        wecom_id=account,
        name=name,
        role=ROLES[role],
        unit=staff.add_unit(session, name=team) if team else None,
    )
    if starts_at is not None and ends_at is not None:
        shift = attendance.add_shift(
            session, name=f"{starts_at:%H:%M}–{ends_at:%H:%M}", starts_at=starts_at, ends_at=ends_at
        )
        attendance.assign_shift(session, employee=employee, shift=shift)


_ACCOUNT_MARKS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@")


def _time(text: str) -> time:
    hour, _, minute = text.replace("：", ":").partition(":")
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise _Refused(f"看不懂时间「{text}」，写成 09:00") from None
