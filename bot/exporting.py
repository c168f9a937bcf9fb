"""`muster export`: lists of people as tables, masked unless the operator gives a reason, which is kept."""

import getpass
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import sheets
from bot.database import Database
from models import attendance, audit, candidates, secrecy, staff
from models.policy import Policy
from models.staff import Candidate, Employee, Unit

OPERATOR = "operator"
SHORTEST_REASON = 2
EMPLOYEES = (
    *("企业微信账号", "姓名", "角色", "单位", "职务", "工号", "入职日期"),
    *("手机号", "身份证号", "住址", "上班", "下班", "兼任"),
)
CANDIDATES = ("姓名", "手机号", "应聘机构", "应聘岗位", "身份证号", "住址", "应聘日期", "来源", "邮箱")

Masks = Mapping[str, Callable[[str | None], str]]
MASKED: Masks = {
    "phone": secrecy.mask_phone,
    "id_number": secrecy.mask_id_number,
    "address": secrecy.mask_address,
    "email": secrecy.mask_email,
}
FULL: Masks = {name: lambda text: text or "" for name in MASKED}


def export_file(
    database: Database, kind: str, path: Path, *, at: datetime, policy: Policy, reason: str = ""
) -> tuple[Path, int]:
    """Write everybody of a kind to a table; with a reason in full, which the file and its name then say.

    Returns where it was written, and how many people there are. It is in the evidence trail before the
    file is there.

    Raises:
        FileExistsError: the file is there already; OSError: it cannot be written.
    """
    if reason:
        path = full_path(path, at, reason)
    if path.exists():
        raise FileExistsError(path)
    columns, rows_of = KINDS[kind]
    with database.writing() as session:
        rows = list(rows_of(session, at, policy, FULL if reason else MASKED))
        record(session, kind, at=at, reason=reason, count=len(rows))
    before = [before_full(at, reason)] if reason else []
    sheets.write(path, [columns, *rows], before=before)
    return path, len(rows)


def full_path(path: Path, at: datetime, reason: str) -> Path:
    """The name of a file with full values says so, and why."""
    return path.with_name(f"{path.stem}-完整-{at:%Y%m%d}-{_in_a_name(reason)}{path.suffix}")


def before_full(at: datetime, reason: str) -> str:
    """What stands first in a file with full values."""
    return f"{at:%Y-%m-%d %H:%M} 由 {_operator()} 完整导出，理由：{reason}。用完请删除。"


def _in_a_name(reason: str) -> str:
    return re.sub(r"[^\w\u4e00-\u9fff]+", "_", reason)[:20]


def _operator() -> str:
    """Who is at the shell."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"


def record(session: Session, kind: str, *, at: datetime, reason: str, count: int) -> None:
    """Enter an export into the evidence trail."""
    details = {"count": count, "full": bool(reason)}
    words = {OPERATOR: {"reason": reason, "by": _operator()}}
    audit.record(session, at=at, actor=OPERATOR, action=f"export.{kind}", details=details, personal=words)


def _employees(session: Session, at: datetime, policy: Policy, masks: Masks) -> Iterator[Sequence[str]]:
    people = session.scalars(select(Employee).where(staff.active(at)).order_by(Employee.wecom_key))
    names = {role: found.name for role, found in policy.rights.roles.items()}
    paths = unit_paths(session)
    for person in staff.with_posts(session, people, at=at):
        main = next((post for post in person.posts if post.is_main), None)
        shift = attendance.shift_of(session, person.id, at.date())
        further = [f"{names[post.role]}@{paths[post.unit_id]}" for post in person.posts if not post.is_main]
        yield (
            person.wecom_id,
            person.name,
            names[main.role] if main else "",
            paths[main.unit_id] if main else "",
            main.title if main else "",
            person.number or "",
            f"{person.hired_on:%Y-%m-%d}" if person.hired_on else "",
            *_sealed(session, person, masks),
            f"{shift.hours.starts_at:%H:%M}" if shift else "",
            f"{shift.hours.ends_at:%H:%M}" if shift else "",
            "；".join(further),
        )


def _candidates(session: Session, _at: datetime, _: Policy, masks: Masks) -> Iterator[Sequence[str]]:
    paths = unit_paths(session)
    entered = session.execute(
        select(Candidate, candidates.Application)
        .join(candidates.Application, candidates.Application.candidate_id == Candidate.id)
        .order_by(candidates.Application.id)
    )
    for person, application in entered:
        phone, id_number, address = _sealed(session, person, masks)
        day = application.applied_on
        yield (
            person.name or "",
            phone,
            paths[application.unit_id],
            application.job,
            id_number,
            address,
            f"{day:%Y-%m-%d}" if day else "",
            application.source,
            masks["email"](secrecy.open_text(session, person.subject, person.email)),
        )


def _sealed(session: Session, person: Employee | Candidate, masks: Masks) -> tuple[str, str, str]:
    """Phone, identity number and address as they may be shown."""
    phone, id_number, address = (
        masks[name](secrecy.open_text(session, person.subject, getattr(person, name)))
        for name in ("phone", "id_number", "address")
    )
    return phone, id_number, address


def unit_paths(session: Session) -> Mapping[int, str]:
    """Unit → its path below the root, as an import takes it; the root is 总部."""
    found = {}
    for unit in session.scalars(select(Unit)):
        below = staff.unit_path(session, unit)[1:]
        found[unit.id] = "/".join(below) or staff.ROOT_NAME
    return found


KINDS: Mapping[
    str, tuple[Sequence[str], Callable[[Session, datetime, Policy, Masks], Iterator[Sequence[str]]]]
] = {"employees": (EMPLOYEES, _employees), "candidates": (CANDIDATES, _candidates)}
"""What can be exported: the columns, and what makes the rows."""
