"""Reads of the directory's runs and of what they found."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from models.directory.rules import is_too_much
from models.directory.tables import (
    DepartmentState,
    DirectoryChange,
    DirectoryDepartment,
    DirectoryMember,
    DirectoryRun,
    MemberState,
    RunState,
)
from models.policy import DirectoryPolicy
from models.staff import Employee, Post, active, held

HOLD = timedelta(seconds=20)
"""For so long a process that has taken up a run keeps it without a sign."""


def find_run(session: Session, id_: int) -> DirectoryRun | None:
    """The run with this number, as the database has it now."""
    return session.get(DirectoryRun, id_, populate_existing=True)


def latest_run(session: Session, *, state: RunState | None = None) -> DirectoryRun | None:
    """The newest run, or the newest in this state."""
    statement = select(DirectoryRun).order_by(DirectoryRun.id.desc()).limit(1)
    if state is not None:
        statement = statement.where(DirectoryRun.state == state)
    return session.scalars(statement).one_or_none()


def is_held_by(run: DirectoryRun, holder: str, now: datetime) -> bool:
    """Whether this process may go on with a run: nobody else is at it."""
    if run.holder in ("", holder) or run.held_until is None:
        return True
    return not now <= run.held_until <= now + HOLD


def anything_due(session: Session, *, holder: str, now: datetime) -> bool:
    """Whether there is something to read again, or a run that this process may go on with."""
    if session.scalar(select(DirectoryChange.id).limit(1)) is not None:
        return True
    run = latest_run(session, state=RunState.RUNNING)
    return run is not None and is_held_by(run, holder, now)


def pending_changes(session: Session, *, limit: int) -> Sequence[DirectoryChange]:
    """What is to be read again, oldest first."""
    return session.scalars(select(DirectoryChange).order_by(DirectoryChange.id).limit(limit)).all()


def unnamed(session: Session, *, run_id: int, limit: int) -> Sequence[int]:
    """Departments of a run whose name has not been asked for."""
    return session.scalars(
        select(DirectoryDepartment.id)
        .where(DirectoryDepartment.run_id == run_id, DirectoryDepartment.state == DepartmentState.LISTED)
        .order_by(DirectoryDepartment.id)
        .limit(limit)
    ).all()


def department_ids(session: Session, *, run_id: int, after: int, limit: int) -> Sequence[int]:
    """The departments of a run that the app sees, in the order of their numbers."""
    return session.scalars(
        select(DirectoryDepartment.id)
        .where(
            DirectoryDepartment.run_id == run_id,
            DirectoryDepartment.id > after,
            DirectoryDepartment.state == DepartmentState.NAMED,
        )
        .order_by(DirectoryDepartment.id)
        .limit(limit)
    ).all()


def listed(session: Session, *, run_id: int, state: MemberState, limit: int) -> Sequence[DirectoryMember]:
    """Members of a run that have come so far."""
    return session.scalars(
        select(DirectoryMember)
        .where(DirectoryMember.run_id == run_id, DirectoryMember.state == state)
        .order_by(DirectoryMember.key)
        .limit(limit)
    ).all()


def count_members(session: Session, *, run_id: int) -> int:
    """How many members a run has listed."""
    return int(
        session.scalar(
            select(func.count()).select_from(DirectoryMember).where(DirectoryMember.run_id == run_id)
        )
        or 0
    )


def leavers(session: Session, run: DirectoryRun, *, at: datetime, limit: int = -1) -> Sequence[Employee]:
    """Active employees whom the directory had before and has no more.

    Who was never in it is no leaver: mostly the UserID was mistyped; `unheard_of` counts them.
    """
    there = select(DirectoryMember.key).where(
        DirectoryMember.run_id == run.id, DirectoryMember.state != MemberState.GONE
    )
    had = Employee.directory_seen_at.is_not(None)
    statement = (
        select(Employee).where(active(at), had, Employee.wecom_key.not_in(there)).order_by(Employee.id)
    )
    return session.scalars(statement if limit < 0 else statement.limit(limit)).all()


def too_many_leavers(session: Session, run: DirectoryRun, *, at: datetime, policy: DirectoryPolicy) -> bool:
    """Whether so many would leave by this run that it has to be looked at first."""
    had = Employee.directory_seen_at.is_not(None)
    known = select(func.count()).select_from(Employee).where(active(at), had)
    leaving = len(leavers(session, run, at=at))
    return is_too_much(
        leaving,
        int(session.scalar(known) or 0),
        percent=policy.most_leavers_percent,
        fewest=policy.most_leavers_people,
    )


def without_post(session: Session, *, at: datetime) -> int:
    """How many active members of the directory hold no post, and so have no rights."""
    return int(session.scalar(select(func.count()).select_from(Employee).where(_lacks_post(at))) or 0)


def people_without_post(session: Session, *, at: datetime, limit: int) -> Sequence[Employee]:
    """The first of them, newest first."""
    statement = select(Employee).where(_lacks_post(at)).order_by(Employee.id.desc()).limit(limit)
    return session.scalars(statement).all()


def _lacks_post(at: datetime) -> ColumnElement[bool]:
    posts = exists().where(Post.employee_id == Employee.id, held(at))
    return active(at) & Employee.directory_seen_at.is_not(None) & ~posts


def unheard_of(session: Session, *, at: datetime) -> int:
    """How many active employees the directory has never had: mostly a UserID that was mistyped."""
    return int(
        session.scalar(
            select(func.count()).select_from(Employee).where(active(at), Employee.directory_seen_at.is_(None))
        )
        or 0
    )
