"""`muster import`: tables of people into the database, row by row, with a reason for every row refused."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import sheets
from bot.database import Database
from bot.sheets import Line
from models import attendance, audit, candidates, directory, secrecy, staff
from models.policy import Policy
from models.staff import ALWAYS, Employee, Role, Unit, UnitKind

BATCH = 200
"""Rows of one transaction: what is done stays done if the import is broken off."""
OPERATOR = "operator"
REASON = "原因"
REFUSED = "-未导入"
LONGEST_ACCOUNT = 64
LONGEST_NAME = 100
LONGEST_TITLE = 50

ACCOUNT, NAME, ROLE, UNIT = "企业微信账号", "姓名", "角色", "单位"
TITLE, NUMBER, HIRED = "职务", "工号", "入职日期"
PHONE, ID_NUMBER, ADDRESS = "手机号", "身份证号", "住址"
START, END, FURTHER = "上班", "下班", "兼任"
PLACE, JOB, APPLIED, SOURCE = "应聘机构", "应聘岗位", "应聘日期", "来源"

_ACCOUNT_MARKS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@")
_AS_TEXT = "请把这一列的格式设成「文本」，再重新填一遍"
_FIRST_DAY = date(1899, 12, 30)
"""From which Excel counts days."""
_OLD_ROLES = {"人事": Role.HR_CITY}
"""What earlier templates called some roles."""

Say = Callable[[int], object]
"""Is told how many rows have been read."""


class _Refused(Exception):
    """Why a row is not taken."""


@dataclass
class Report:
    """What became of a file: how many rows of each kind, and those refused with line and reason."""

    columns: Sequence[str]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    recognised: int = 0
    """Candidates known by the same identity number."""
    possible: int = 0
    """Candidates who may be somebody known: a human decides."""
    refused: list[tuple[int, Mapping[str, str], str]] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many rows are in the database now."""
        return self.new + self.changed + self.unchanged

    @property
    def read(self) -> int:
        """How many rows there were."""
        return self.taken + len(self.refused)


@dataclass
class _Import:
    """One import under way: what its rows need, and what has come before."""

    policy: Policy
    at: datetime
    roles: Mapping[str, Role]
    report: Report
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    """(column, key) → the line that had it first."""

    def first(self, column: str, key: str, line: int) -> None:
        """Refuse what another line of the file has.

        Raises:
            _Refused: it does; the line is named, the value is not.
        """
        known = self.seen.setdefault((column, key), line)
        if known != line:
            raise _Refused(f"{column}和第 {known} 行重复")


Enter = Callable[[Session, _Import, int, Mapping[str, str]], None]


@dataclass(frozen=True)
class Kind:
    """A kind of table that can be imported."""

    needed: Sequence[str]
    optional: Sequence[str]
    example: Sequence[str]
    enter: Enter
    also: Mapping[str, str] = field(default_factory=dict)
    """Other names of columns."""

    @property
    def columns(self) -> Sequence[str]:
        """All columns in the order of the template."""
        return (*self.needed, *self.optional)


def template(kind: str) -> list[Sequence[str]]:
    """The rows of an empty table with one example."""
    return [KINDS[kind].columns, KINDS[kind].example]


def import_file(
    database: Database, kind: str, path: Path, *, at: datetime, policy: Policy, say: Say = lambda _: None
) -> Report:
    """Enter or update everybody in the file; the same file twice changes nothing.

    Each batch of rows is kept by itself, so that an import that is broken off is just run again.

    Raises:
        SettingsError: the file cannot be read, or a column is missing.
    """
    table = KINDS[kind]
    roles = {
        _folded(found.name): Role(role)
        for role, found in policy.rights.roles.items()
        if role != Role.CANDIDATE
    }
    old = {name: role for name, role in _OLD_ROLES.items() if name not in roles}
    work = _Import(policy, at, {**roles, **old}, Report(table.columns))
    lines = sheets.read(path, needed=table.needed, optional=table.optional, also=table.also)
    for batch in _batches(lines):
        with database.writing() as session:
            for number, row in batch:
                try:
                    table.enter(session, work, number, row)
                except _Refused as refused:
                    work.report.refused.append((number, row, str(refused)))
        say(work.report.read)
    with database.writing() as session:
        _record(session, kind, work)
    return work.report


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, BATCH)):
        yield batch


def _record(session: Session, kind: str, work: _Import) -> None:
    report = work.report
    counts = {
        "read": report.read,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "refused": len(report.refused),
    }
    audit.record(session, at=work.at, actor=OPERATOR, action=f"import.{kind}", details=counts)


def write_refused(path: Path, report: Report) -> Path:
    """The refused rows beside the file, each with its reason, ready to be mended and imported again."""
    suffix = ".xlsx" if path.suffix.lower() == ".xlsx" else ".csv"
    beside = path.with_name(f"{path.stem.removesuffix(REFUSED)}{REFUSED}{suffix}")
    rows = [[*(row[name] for name in report.columns), reason] for _, row, reason in report.refused]
    sheets.write(beside, [[*report.columns, REASON], *rows])
    return beside


# --- employees -------------------------------------------------------------------------------------------


def _enter_employee(session: Session, work: _Import, line: int, row: Mapping[str, str]) -> None:
    account, name = row[ACCOUNT], row[NAME]
    if not account or len(account) > LONGEST_ACCOUNT or not set(account) <= _ACCOUNT_MARKS:
        raise _Refused("企业微信账号要 1–64 位字母、数字或 -_.@，在通讯录的成员详情里")
    work.first(ACCOUNT, account.lower(), line)
    if not name or len(name) > LONGEST_NAME:
        raise _Refused("姓名没有填，或者太长")
    role = _role(work, row[ROLE])
    hours = _hours(row[START], row[END])
    further = [(_role(work, what), where) for what, where in _further(row[FURTHER])]
    hired = _date(row[HIRED], HIRED)
    number = _number(row[NUMBER])
    phone, id_number = _phone(row[PHONE]), _id_number(row[ID_NUMBER])
    known = staff.find_known(session, account)
    if known is not None and known.left_at is not None and known.left_at <= work.at:
        raise _Refused("这个账号已经离职；人回来了的话，先由人事办理入职，再导入")
    _check_unique(session, work, line, known, number=number, phone=phone, id_number=id_number)
    unit = _unit(session, work, row[UNIT])
    employee, changed = _employee(session, known, account, name)
    changed |= _main_post(session, work, employee, role, unit, row[TITLE][:LONGEST_TITLE], known is None)
    for what, where in further:
        other = _unit(session, work, where) or staff.ensure_root(session)
        changed |= _further_post(session, work, employee, what, other)
    changed |= _facts(session, employee, number=number, hired=hired)
    changed |= _identity(session, employee, phone, id_number, row[ADDRESS])
    changed |= hours is not None and _shift(session, employee, *hours)
    if known is None:
        work.report.new += 1
    elif changed:
        work.report.changed += 1
    else:
        work.report.unchanged += 1
        return
    details = {"role": role, "new": known is None}
    audit.record(
        session,
        at=work.at,
        actor=OPERATOR,
        action="import.employee",
        subject=employee.subject,
        details=details,
    )


def _check_unique(
    session: Session,
    work: _Import,
    line: int,
    known: Employee | None,
    *,
    number: str,
    phone: str,
    id_number: str,
) -> None:
    """Refuse what somebody else has, in the file or in the database, without saying what it is.

    Raises:
        _Refused: somebody does.
    """
    for column, stored, value in (
        (PHONE, Employee.phone_hash, phone and secrecy.identity_hash(session, "phone", phone)),
        (
            ID_NUMBER,
            Employee.id_hash,
            id_number and secrecy.identity_hash(session, "id_number", id_number),
        ),
        (NUMBER, Employee.number, number),
    ):
        if not value:
            continue
        work.first(column, value, line)
        others = session.scalars(select(Employee).where(stored == value).limit(2)).all()
        other = next((one for one in others if known is None or one.id != known.id), None)
        if other is not None:
            raise _Refused(f"{column}和已经登记的{secrecy.mask_name(other.name)}相同")


def _employee(session: Session, known: Employee | None, account: str, name: str) -> tuple[Employee, bool]:
    if known is None:
        known = Employee(wecom_id=account, wecom_key=account.lower(), name=name)
        session.add(known)
        session.flush()
        return known, True
    changed = known.name != name
    known.name = name
    session.flush()
    return known, changed


def _main_post(
    session: Session,
    work: _Import,
    employee: Employee,
    role: Role,
    unit: Unit | None,
    title: str,
    is_new: bool,
) -> bool:
    """The main post as the row says; an empty unit leaves somebody where they are."""
    person = staff.find_employee(session, employee.wecom_id, at=work.at)
    held = next((post for post in person.posts if post.is_main), None) if person is not None else None
    directory.keep_role(session, employee=employee)
    if unit is None:
        found = None if held is None else session.get(Unit, held.unit_id)
        unit = found or staff.ensure_root(session)
    if held is not None and (held.role, held.unit_id) == (role, unit.id) and title in ("", held.title):
        return False
    at = ALWAYS if is_new else work.at
    staff.put_in_post(session, employee=employee, role=role, unit=unit, title=title, at=at)
    return True


def _further_post(session: Session, work: _Import, employee: Employee, role: Role, unit: Unit) -> bool:
    person = staff.find_employee(session, employee.wecom_id, at=work.at)
    assert person is not None
    if any((post.role, post.unit_id) == (role, unit.id) for post in person.posts):
        return False
    staff.put_in_post(session, employee=employee, role=role, unit=unit, at=work.at, is_main=False)
    return True


def _facts(session: Session, employee: Employee, *, number: str, hired: date | None) -> bool:
    before = (employee.number, employee.hired_on)
    employee.number = number or employee.number
    staff.set_hired_on(session, employee=employee, day=hired)
    session.flush()
    return before != (employee.number, employee.hired_on)


def _identity(session: Session, employee: Employee, phone: str, id_number: str, address: str) -> bool:
    """Seal what is new; the same again is not sealed again."""
    known = secrecy.open_text(session, employee.subject, employee.address)
    new = {
        "phone": phone if _is_new(session, "phone", phone, employee.phone_hash) else None,
        "id_number": id_number if _is_new(session, "id_number", id_number, employee.id_hash) else None,
        "address": address if address and address != known else None,
    }
    if not any(new.values()):
        return False
    staff.keep_identity(session, person=employee, **new)
    return True


def _is_new(session: Session, kind: str, value: str, known: str | None) -> bool:
    return bool(value) and secrecy.identity_hash(session, kind, value) != known


def _shift(session: Session, employee: Employee, start: time, end: time) -> bool:
    known = attendance.shift_of(session, employee.id)
    if known is not None and (known.starts_at, known.ends_at) == (start, end):
        return False
    shift = attendance.add_shift(session, name=f"{start:%H:%M}–{end:%H:%M}", starts_at=start, ends_at=end)
    attendance.assign_shift(session, employee=employee, shift=shift)
    return True


def _further(text: str) -> Iterator[tuple[str, str]]:
    """(role, unit) of each further post in 「质检@总部；组长@催收一组」."""
    for part in filter(None, (part.strip() for part in re.split(r"[;；\n]", text))):
        role, at, unit = part.replace("＠", "@").partition("@")
        if not at or not unit.strip():
            raise _Refused("兼任要写成「质检@总部；组长@催收一组」")
        yield role.strip(), unit.strip()


# --- candidates ------------------------------------------------------------------------------------------


def _enter_candidate(session: Session, work: _Import, _line: int, row: Mapping[str, str]) -> None:
    name, job = row[NAME], row[JOB]
    if not name or len(name) > LONGEST_NAME:
        raise _Refused("姓名没有填，或者太长")
    if not job or len(job) > LONGEST_TITLE:
        raise _Refused("应聘岗位没有填，或者太长")
    phone, id_number = _phone(row[PHONE]), _id_number(row[ID_NUMBER])
    if not phone and not id_number:
        raise _Refused("手机号和身份证号至少要填一个")
    applied_on = _date(row[APPLIED], APPLIED)
    unit = _known_unit(session, row[PLACE])
    if unit is None:
        raise _Refused(f"没有「{row[PLACE]}」这个机构，或者不止一个：写全路径，如 城北分公司/催收一组")
    try:
        entered = candidates.enter(
            session,
            name=name,
            phone=phone or None,
            id_number=id_number or None,
            address=row[ADDRESS] or None,
            unit=unit,
            job=job,
            applied_on=applied_on,
            source=row[SOURCE][:LONGEST_TITLE],
            at=work.at,
            actor=OPERATOR,
        )
    except candidates.AnotherName as refusal:
        raise _Refused(
            f"这个身份证号已登记在「{refusal.facts['known']}」名下，和这一行的姓名不一样，请人核对后再导"
        ) from None
    work.report.recognised += entered.recognised
    work.report.possible += entered.possible_match
    if entered.new:
        work.report.new += 1
    elif entered.changed:
        work.report.changed += 1
    else:
        work.report.unchanged += 1


# --- cells -----------------------------------------------------------------------------------------------


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _role(work: _Import, text: str) -> Role:
    role = work.roles.get(_folded(text))
    if role is None:
        names = [work.policy.rights.roles[role].name for role in dict.fromkeys(work.roles.values())]
        raise _Refused(f"角色只能是：{'、'.join(names)}")
    return role


def _path(text: str) -> list[str]:
    return [part.strip() for part in unicodedata.normalize("NFKC", text).split("/") if part.strip()]


def _known_unit(session: Session, text: str) -> Unit | None:
    """The unit that a path names, the root by its own name or as 总部; None if there is none or several."""
    parts = _path(text)
    root = staff.ensure_root(session)
    found = staff.find_unit(session, "/".join(parts)) if parts else None
    return found or (root if parts in ([root.name], [staff.ROOT_NAME]) else None)


def _unit(session: Session, work: _Import, text: str) -> Unit | None:
    """The unit that a path names, made below the root if it does not exist; None for an empty cell."""
    parts = _path(text)
    found = _known_unit(session, text)
    if found is not None or not parts:
        return found
    named = session.scalars(
        select(Unit.id).where(Unit.name == parts[-1], Unit.closed_at.is_(None)).limit(2)
    ).all()
    if len(named) > 1 and len(parts) == 1:
        raise _Refused(f"有几个单位都叫「{parts[-1]}」：写全路径，如 城北分公司/{parts[-1]}")
    if any(len(part) > LONGEST_NAME for part in parts):
        raise _Refused("单位的名字太长")
    unit, first = staff.ensure_root(session), staff.find_unit(session, parts[0])
    if parts[0] in (unit.name, staff.ROOT_NAME):
        parts = parts[1:]
    elif len(parts) > 1 and first is not None:
        unit, parts = first, parts[1:]
    for part in parts:
        kind = UnitKind(directory.kind_of(part, work.policy.directory.kinds) or UnitKind.TEAM)
        unit = staff.add_unit(session, name=part, parent=unit, kind=kind)
    return unit


def _hours(start: str, end: str) -> tuple[time, time] | None:
    if bool(start) != bool(end):
        raise _Refused("上班和下班要么都填，要么都不填")
    return (_time(start), _time(end)) if start else None


def _time(text: str) -> time:
    hour, _, minute = unicodedata.normalize("NFKC", text).partition(":")
    try:
        return time(int(hour), int(minute[:2]))
    except ValueError:
        raise _Refused(f"看不懂时间「{text}」，写成 09:00") from None


def _date(text: str, column: str) -> date | None:
    """A day as people and Excel write it: 2026-03-09, 2026.3.9, 2026年3月9日, 20260309, 46090."""
    said = unicodedata.normalize("NFKC", text).strip()
    if not said:
        return None
    found = re.fullmatch(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?", said)
    found = found or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", said)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
        if re.fullmatch(r"[2-7]\d{4}", said):
            return _FIRST_DAY + timedelta(days=int(said))
    except ValueError:
        pass
    raise _Refused(f"看不懂{column}「{text[:20]}」，写成 2026-03-09")


def _phone(text: str) -> str:
    said = _digits(text, PHONE)
    phone = secrecy.normal_phone(said)
    if said and not phone:
        raise _Refused(f"手机号「{_masked(said)}」不是 11 位的手机号")
    return phone


def _id_number(text: str) -> str:
    said = _digits(text, ID_NUMBER)
    number = secrecy.normal_id_number(said)
    if said and not number:
        raise _Refused(f"身份证号「{_masked(said)}」不对：要 18 位，最后一位要对得上。{_AS_TEXT}")
    return number


def _digits(text: str, column: str) -> str:
    """What was typed, also where a table program made a number of it.

    Raises:
        _Refused: digits were lost by that.
    """
    said = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"\d(?:\.\d+)?[eE]\+?\d+", said):
        raise _Refused(f"{column}被表格软件改成了数字，后面几位已经丢了。{_AS_TEXT}")
    return re.sub(r"^(\d+)\.0+$", r"\1", said)


def _number(text: str) -> str:
    said = _digits(text, NUMBER).upper()
    if said and not re.fullmatch(r"[A-Z0-9-]{1,20}", said):
        raise _Refused("工号要 1–20 位字母、数字或 -")
    return said


def _masked(text: str) -> str:
    """Enough of a wrong value to find it in the table."""
    return secrecy.mask_phone(text) if len(text) > 9 else f"{text[:1]}***"


KINDS: Mapping[str, Kind] = {
    "employees": Kind(
        (ACCOUNT, NAME, ROLE, UNIT),
        (TITLE, NUMBER, HIRED, PHONE, ID_NUMBER, ADDRESS, START, END, FURTHER),
        (
            *("zhangsan", "张三", "催收员", "城北分公司/催收一组", "高级催收员", "E00001", "2026-03-09"),
            *("13800138000", "", "", "09:00", "18:00", ""),
        ),
        _enter_employee,
        {"团队": UNIT},
    ),
    "candidates": Kind(
        (NAME, PHONE, PLACE, JOB),
        (ID_NUMBER, ADDRESS, APPLIED, SOURCE),
        ("李四", "13800138001", "城北分公司", "催收员", "", "", "2026-03-09", "校园招聘"),
        _enter_candidate,
    ),
}
"""What can be imported."""
