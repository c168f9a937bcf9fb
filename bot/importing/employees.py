"""Employees from a table: who they are, where they work and when."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.importing import cells, units
from bot.importing.base import OPERATOR, Kind, RowByRow, Work
from bot.importing.cells import Refused
from models import attendance, audit, directory, secrecy, staff
from models.staff import ALWAYS, Employee, Role, Unit
from models.worktime import Hours

LONGEST_ACCOUNT = 64

ACCOUNT, NAME, ROLE, UNIT = "企业微信账号", "姓名", "角色", "单位"
TITLE, NUMBER, HIRED = "职务", "工号", "入职日期"
PHONE, ID_NUMBER, ADDRESS = "手机号", "身份证号", "住址"
START, END, FURTHER = "上班", "下班", "兼任"

_ACCOUNT_MARKS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@")


def _enter_employee(session: Session, work: Work, line: int, row: Mapping[str, str]) -> None:
    account, name = row[ACCOUNT], row[NAME]
    if not account or len(account) > LONGEST_ACCOUNT or not set(account) <= _ACCOUNT_MARKS:
        raise Refused("企业微信账号要 1–64 位字母、数字或 -_.@，在通讯录的成员详情里")
    work.first(ACCOUNT, account.lower(), line)
    if not name or len(name) > units.LONGEST_NAME:
        raise Refused("姓名没有填，或者太长")
    role = _role(work, row[ROLE])
    hours = _hours(row[START], row[END])
    further = [(_role(work, what), where) for what, where in _further(row[FURTHER])]
    hired = cells.day(row[HIRED], HIRED)
    number = _number(row[NUMBER])
    phone, id_number = cells.phone(row[PHONE]), cells.id_number(row[ID_NUMBER])
    known = staff.find_known(session, account)
    if known is not None and known.left_at is not None and known.left_at <= work.at:
        raise Refused("这个账号已经离职；人回来了的话，先由人事办理入职，再导入")
    _check_unique(session, work, line, known, number=number, phone=phone, id_number=id_number)
    unit = units.known_or_new(session, work, row[UNIT])
    employee, changed = _employee(session, known, account, name)
    changed |= _main_post(
        session, work, employee, role, unit, row[TITLE][: units.LONGEST_TITLE], known is None
    )
    for what, where in further:
        other = units.known_or_new(session, work, where) or staff.ensure_root(session)
        changed |= _further_post(session, work, employee, what, other)
    changed |= _facts(session, employee, number=number, hired=hired)
    changed |= _identity(session, employee, phone, id_number, row[ADDRESS])
    changed |= hours is not None and _shift(session, employee, *hours, work.at.date())
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
    work: Work,
    line: int,
    known: Employee | None,
    *,
    number: str,
    phone: str,
    id_number: str,
) -> None:
    """Refuse what somebody else has, in the file or in the database, without saying what it is.

    Raises:
        Refused: somebody does.
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
            raise Refused(f"{column}和已经登记的{secrecy.mask_name(other.name)}相同")


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
    work: Work,
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


def _further_post(session: Session, work: Work, employee: Employee, role: Role, unit: Unit) -> bool:
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


def _shift(session: Session, employee: Employee, start: time, end: time, today: date) -> bool:
    """Put somebody on a shift with these hours; who had others changes today, and the days before stay."""
    known = attendance.shift_of(session, employee.id, today)
    hours = Hours(start, end)
    if known is not None and known.hours == hours:
        return False
    shift = attendance.shift_with_hours(session, name=f"{start:%H:%M}–{end:%H:%M}", hours=hours, day=today)
    since = attendance.ALWAYS if known is None else today
    attendance.assign_shift(session, employee=employee, shift=shift, since=since)
    return True


def _further(text: str) -> Iterator[tuple[str, str]]:
    """(role, unit) of each further post in 「质检@总部；组长@催收一组」."""
    for part in filter(None, (part.strip() for part in re.split(r"[;；\n]", text))):
        role, at, unit = part.replace("＠", "@").partition("@")
        if not at or not unit.strip():
            raise Refused("兼任要写成「质检@总部；组长@催收一组」")
        yield role.strip(), unit.strip()


def _role(work: Work, text: str) -> Role:
    role = work.roles.get(cells.folded(text))
    if role is None:
        names = [work.policy.rights.roles[role].name for role in dict.fromkeys(work.roles.values())]
        raise Refused(f"角色只能是：{'、'.join(names)}")
    return role


def _hours(start: str, end: str) -> tuple[time, time] | None:
    if bool(start) != bool(end):
        raise Refused("上班和下班要么都填，要么都不填")
    return (cells.moment(start), cells.moment(end)) if start else None


def _number(text: str) -> str:
    said = cells.digits(text, NUMBER).upper()
    if said and not re.fullmatch(r"[A-Z0-9-]{1,20}", said):
        raise Refused("工号要 1–20 位字母、数字或 -")
    return said


EMPLOYEES = Kind(
    (ACCOUNT, NAME, ROLE, UNIT),
    (TITLE, NUMBER, HIRED, PHONE, ID_NUMBER, ADDRESS, START, END, FURTHER),
    (
        *("zhangsan", "张三", "催收员", "城北分公司/催收一组", "高级催收员", "E00001", "2026-03-09"),
        *("13800138000", "", "", "09:00", "18:00", ""),
    ),
    lambda work: RowByRow(work, _enter_employee),
    {"团队": UNIT},
)
