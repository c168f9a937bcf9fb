"""Writes about the first administrator."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models import audit, secrecy, staff
from models.audit import AuditOutcome
from models.base import upsert
from models.bootstrap.tables import AdminCode, CodeOutcome
from models.staff import Employee, Role

DIGITS = 8
VALID = timedelta(hours=24)
MOST_WRONG = 5
_THE_ONE = 1


@dataclass(frozen=True)
class Attempt:
    """What came of saying a code."""

    outcome: CodeOutcome
    left: int = 0
    """How many more wrong ones there may be."""
    employee: Employee | None = None
    """The new administrator."""


def make_code(session: Session, *, at: datetime) -> str:
    """A code of eight digits that makes one administrator within a day; the one before is void."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    row = {
        "id": _THE_ONE,
        "code_hash": secrecy.identity_hash(session, "admin_code", code),
        "expires_at": at + VALID,
        "wrong": 0,
        "used_at": None,
    }
    upsert(session, AdminCode, "id", row)
    audit.record(session, at=at, actor="operator", action="bootstrap.make_code")
    return code


def try_code(
    session: Session, *, wecom_id: str, employee: Employee | None, code: str, at: datetime
) -> Attempt:
    """Make whoever says the right code an administrator; wrong ones are counted, so nothing is raised.

    Somebody unknown is entered under the UserID as a name, until the sync or an import brings the name.
    """
    if staff.holders(session, Role.ADMIN, unit_id=None, at=at):
        return Attempt(CodeOutcome.NOT_NEEDED)
    known = session.get(AdminCode, _THE_ONE, populate_existing=True, with_for_update=True)
    if known is None or known.used_at is not None or known.expires_at <= at or known.wrong >= MOST_WRONG:
        return _refused(session, Attempt(CodeOutcome.VOID), employee, at)
    said = secrecy.identity_hash(session, "admin_code", code)
    if not secrets.compare_digest(known.code_hash, said):
        known.wrong += 1
        session.flush()
        left = MOST_WRONG - known.wrong
        return _refused(session, Attempt(CodeOutcome.WRONG, left), employee, at)
    known.used_at = at
    root = staff.ensure_root(session)
    if employee is None:
        employee = staff.add_employee(
            session, wecom_id=wecom_id, name=wecom_id, role=Role.ADMIN, unit=root, since=at
        )
    else:
        is_main = not employee.posts
        staff.put_in_post(session, employee=employee, role=Role.ADMIN, unit=root, at=at, is_main=is_main)
    audit.record(
        session, at=at, actor=employee.subject, action="bootstrap.first_admin", subject=employee.subject
    )
    return Attempt(CodeOutcome.RIGHT, employee=employee)


def _refused(session: Session, attempt: Attempt, employee: Employee | None, at: datetime) -> Attempt:
    audit.record(
        session,
        at=at,
        actor="stranger" if employee is None else employee.subject,
        action="bootstrap.try_code",
        outcome=AuditOutcome.REFUSED,
        details={"outcome": attempt.outcome, "left": attempt.left},
    )
    return attempt
