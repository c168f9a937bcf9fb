"""Writes of the directory sync: runs, what was read, and the organisation that follows it.

Every piece may be done twice: a process may be killed between the platform's answer and the commit.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from models import audit, lifecycle, staff
from models.base import insert_once
from models.directory.queries import (
    HOLD,
    count_members,
    is_held_by,
    latest_run,
    leavers,
    listed,
    unheard_of,
    without_post,
)
from models.directory.rules import Department, Details, kind_of, role_of
from models.directory.tables import (
    ChangeKind,
    DepartmentState,
    DirectoryChange,
    DirectoryDepartment,
    DirectoryMember,
    DirectoryRun,
    MemberState,
    RunState,
    Source,
    Stage,
)
from models.lifecycle import Separation, SeparationState
from models.policy import DirectoryPolicy
from models.staff import Employee, Post, Role, Unit, UnitKind

COUNTED = (
    *("new", "back", "changed", "unchanged", "left", "left_but_listed"),
    *("units_new", "units_changed", "units_closed"),
)
"""What a run counts on its way."""
_KEYS_AT_ONCE = 400
_LONGEST_TITLE = 50


# --- runs ------------------------------------------------------------------------------------------------


def start(session: Session, *, at: datetime) -> DirectoryRun:
    """Begin to read the whole directory; a run that is under way goes on instead."""
    insert_once(
        session,
        DirectoryRun,
        {
            "source": "",
            "state": RunState.RUNNING,
            "stage": Stage.DEPARTMENTS,
            "cursor": "",
            "total": 0,
            "done": 0,
            "accepts_leavers": False,
            "counts": {},
            "error": "",
            "started_at": at,
            "holder": "",
        },
    )
    run = latest_run(session, state=RunState.RUNNING)
    assert run is not None
    return run


def accept(session: Session, *, at: datetime) -> DirectoryRun:
    """The same, for a person who has looked: in this run any number may leave."""
    run = start(session, at=at)
    run.accepts_leavers = True
    session.flush()
    audit.record(session, at=at, actor="operator", action="directory.accept_leavers", details={"run": run.id})
    return run


def claim(session: Session, *, holder: str, at: datetime) -> DirectoryRun | None:
    """The run under way, if this process may go on with it; it then has it for a while."""
    run = session.scalars(
        select(DirectoryRun).where(DirectoryRun.state == RunState.RUNNING).with_for_update()
    ).one_or_none()
    if run is None or not is_held_by(run, holder, at):
        return None
    run.holder, run.held_until = holder, at + HOLD
    session.flush()
    return run


def go_on(session: Session, run: DirectoryRun, stage: Stage) -> None:
    """The next stage of a run."""
    run.stage, run.cursor, run.done = stage, "", 0
    session.flush()


def stop(session: Session, run: DirectoryRun, *, leaving: int, at: datetime) -> None:
    """Too many would leave: nobody does before somebody has looked."""
    run.state, run.finished_at = RunState.STOPPED, at
    _count(run, leaving=leaving)
    session.flush()
    details = {"run": run.id, "leaving": leaving}
    audit.record(session, at=at, action="directory.stop", details=details)


def fail(session: Session, run: DirectoryRun, *, error: str, at: datetime) -> None:
    """The platform refuses until somebody changes the set-up; the next run begins anew."""
    run.state, run.error, run.finished_at = RunState.FAILED, error[:200], at
    session.flush()


def finish(session: Session, run: DirectoryRun, *, at: datetime) -> None:
    """Everything is dealt with: the counts are complete."""
    hidden = listed(session, run_id=run.id, state=MemberState.HIDDEN, limit=run.total)
    run.state, run.finished_at = RunState.DONE, at
    _count(
        run,
        **dict.fromkeys(COUNTED, 0),
        hidden=len(hidden),
        without_post=without_post(session, at=at),
        unheard_of=unheard_of(session, at=at),
    )
    session.flush()
    audit.record(session, at=at, action="directory.sync", details={"run": run.id, **run.counts})


def _count(run: DirectoryRun, **more: int) -> None:
    """Add to the counts of a run."""
    counts = dict(run.counts)
    for name, number in more.items():
        counts[name] = int(counts.get(name, 0)) + number
    run.counts = counts


# --- what was read ---------------------------------------------------------------------------------------


def note_departments(
    session: Session, run: DirectoryRun, departments: Iterable[Department], *, source: Source
) -> None:
    """Keep the tree as a run has found it, without names, and by whose list the run goes."""
    run.source = source
    for told in departments:
        row = session.get(DirectoryDepartment, told.id)
        if row is None:
            row = DirectoryDepartment(id=told.id, name="")
            session.add(row)
        row.run_id, row.parent_id, row.state = run.id, told.parent_id, DepartmentState.LISTED
    session.flush()


def note_known_departments(session: Session, run: DirectoryRun) -> None:
    """Ask, too, about departments that the app lists no more: gone, or just out of its range."""
    units = select(Unit).where(Unit.directory_id.is_not(None), Unit.closed_at.is_(None))
    for unit in session.scalars(units):
        assert unit.directory_id is not None
        row = session.get(DirectoryDepartment, unit.directory_id)
        if row is None:
            row = DirectoryDepartment(id=unit.directory_id, name="", parent_id=0)
            session.add(row)
        if row.run_id != run.id:
            row.run_id, row.state = run.id, DepartmentState.LISTED
    session.flush()


def note_department_names(
    session: Session, run: DirectoryRun, found: Mapping[int, Department | DepartmentState]
) -> None:
    """Keep what was said about departments: their names, or why there is none."""
    for id_, told in found.items():
        row = session.get(DirectoryDepartment, id_)
        if row is None or row.run_id != run.id:
            continue
        if isinstance(told, Department):
            row.name, row.parent_id, row.state = told.name, told.parent_id, DepartmentState.NAMED
        else:
            row.state = told
    session.flush()


def note_listed(
    session: Session, run: DirectoryRun, rows: Iterable[tuple[str, int | None]], *, cursor: str
) -> None:
    """Keep a page of the list, (UserID, department) each, and where the next one begins."""
    pages: dict[str, tuple[str, list[int]]] = {}
    for userid, department in rows:
        _, departments = pages.setdefault(userid.lower(), (userid, []))
        departments += [] if department is None else [department]
    known = _members(session, pages)
    for key, (userid, departments) in pages.items():
        member = known.get(key)
        if member is None:
            member = DirectoryMember(key=key, userid=userid, departments=[], state=MemberState.LISTED)
            session.add(member)
        if member.run_id != run.id:
            member.run_id, member.state, member.departments = run.id, MemberState.LISTED, []
        member.userid = userid
        member.departments = list(dict.fromkeys([*member.departments, *departments]))
    run.cursor = cursor
    session.flush()
    run.total = count_members(session, run_id=run.id)
    session.flush()


def note_details(session: Session, run: DirectoryRun, found: Mapping[str, Details | MemberState]) -> None:
    """Keep what was said about members of a run, by UserID: details, or that they are hidden."""
    known = _members(session, [userid.lower() for userid in found])
    for userid, told in found.items():
        member = known.get(userid.lower())
        if member is None or member.run_id != run.id or member.state == MemberState.GONE:
            continue
        if isinstance(told, Details):
            _keep_details(member, told)
            if told.has_left:
                member.state = MemberState.GONE
        else:
            member.state = told
    run.done += len(found)
    session.flush()


def _keep_details(member: DirectoryMember, told: Details) -> None:
    member.userid = told.userid
    member.details = {**asdict(told), "leads": sorted(told.leads)}
    member.departments = list(told.departments)
    member.state = MemberState.READ


def _members(session: Session, keys: Iterable[str]) -> dict[str, DirectoryMember]:
    found: dict[str, DirectoryMember] = {}
    wanted = list(keys)
    for first in range(0, len(wanted), _KEYS_AT_ONCE):
        some = wanted[first : first + _KEYS_AT_ONCE]
        for member in session.scalars(select(DirectoryMember).where(DirectoryMember.key.in_(some))):
            found[member.key] = member
    return found


# --- units -----------------------------------------------------------------------------------------------


def apply_departments(session: Session, run: DirectoryRun, *, at: datetime, policy: DirectoryPolicy) -> None:
    """Let the units follow the departments of a run: made, adopted, renamed, moved, closed."""
    rows = session.scalars(
        select(DirectoryDepartment).where(
            DirectoryDepartment.run_id == run.id, DirectoryDepartment.state == DepartmentState.NAMED
        )
    ).all()
    by_id = {row.id: row for row in rows}
    names = [row.name for row in rows]
    for row in sorted(rows, key=lambda one: (_depth(one, by_id), one.id)):
        what = _place(
            session,
            Department(row.id, row.parent_id, row.name),
            at=at,
            policy=policy,
            is_sole=names.count(row.name) == 1,
        )
        if what:
            _count(run, **{f"units_{what}": 1})
    for unit in _closing(session, run):
        _close(session, unit, at=at)
        _count(run, units_closed=1)
    session.flush()


def _depth(row: DirectoryDepartment, by_id: Mapping[int, DirectoryDepartment]) -> int:
    depth, at = 0, row
    while at.parent_id in by_id and at.parent_id != at.id and depth < len(by_id):
        depth, at = depth + 1, by_id[at.parent_id]
    return depth


def _closing(session: Session, run: DirectoryRun) -> Sequence[Unit]:
    """Units whose department is no more."""
    there = select(DirectoryDepartment.id).where(
        DirectoryDepartment.run_id == run.id, DirectoryDepartment.state != DepartmentState.GONE
    )
    return session.scalars(
        select(Unit)
        .where(Unit.directory_id.is_not(None), Unit.directory_id.not_in(there))
        .where(Unit.closed_at.is_(None), Unit.parent_id.is_not(None))
        .order_by(Unit.id)
    ).all()


def _close(session: Session, unit: Unit, *, at: datetime) -> None:
    unit.closed_at = at
    audit.record(session, at=at, action="directory.close_unit", details={"unit": unit.id})


def _place(
    session: Session, told: Department, *, at: datetime, policy: DirectoryPolicy, is_sole: bool = False
) -> str:
    """Bring one unit to where its department is; what that took: `new`, `changed` or nothing."""
    unit = _unit_of_department(session, told.id)
    if told.parent_id == 0 and unit is None:
        unit = staff.ensure_root(session, name=told.name)
        unit.directory_id = unit.directory_id or told.id
    parent = None if told.parent_id == 0 else _nearest(session, told.parent_id)
    kind = UnitKind(kind_of(told.name, policy.kinds) or UnitKind.TEAM)
    if unit is None:
        assert parent is not None
        unit = _adoptable(session, told.name, parent, is_sole=is_sole)
        if unit is None:
            _make_room(session, parent_id=parent.id, name=told.name, but=None)
            unit = staff.add_unit(session, name=told.name, parent=parent, kind=kind, directory_id=told.id)
            audit.record(session, at=at, action="directory.add_unit", details={"unit": unit.id})
            return "new"
        unit.directory_id = told.id
    return _follow(session, unit, told, parent, kind, at=at)


def _follow(
    session: Session, unit: Unit, told: Department, parent: Unit | None, kind: UnitKind, *, at: datetime
) -> str:
    """Rename, move and reopen a unit that is there."""
    before = (unit.name, unit.parent_id, unit.closed_at, unit.kind)
    moves = parent is not None and unit.parent_id is not None and unit.parent_id != parent.id
    if moves:
        assert parent is not None
        unit.name = f"{told.name[:80]}（{unit.id}）"
        session.flush()
        staff.move_unit(session, unit=unit, parent=parent)
    if unit.name != told.name:
        _make_room(session, parent_id=unit.parent_id, name=told.name, but=unit)
        unit.name = told.name
    unit.closed_at = None
    session.flush()
    if unit.parent_id is not None and kind is not UnitKind.TEAM:
        staff.change_kind(session, unit=unit, kind=kind)
    if (unit.name, unit.parent_id, unit.closed_at, unit.kind) == before:
        return ""
    audit.record(session, at=at, action="directory.change_unit", details={"unit": unit.id})
    return "changed"


def _make_room(session: Session, *, parent_id: int | None, name: str, but: Unit | None) -> None:
    """Whoever has this name in the same place gets another one; a department's own comes back in its turn."""
    other = session.scalars(select(Unit).where(Unit.parent_id == parent_id, Unit.name == name)).one_or_none()
    if other is not None and other is not but:
        other.name = f"{name[:80]}（{other.id}）"
        session.flush()


def _adoptable(session: Session, name: str, parent: Unit, *, is_sole: bool) -> Unit | None:
    """A unit that was known by its name before: in the same place, or the only one there is."""
    free = select(Unit).where(Unit.name == name, Unit.directory_id.is_(None), Unit.parent_id.is_not(None))
    here = session.scalars(free.where(Unit.parent_id == parent.id)).one_or_none()
    if here is not None or not is_sole:
        return here
    anywhere = session.scalars(free.where(Unit.closed_at.is_(None)).limit(2)).all()
    if len(anywhere) != 1 or _lies_below(session, parent, anywhere[0]):
        return None
    return anywhere[0]


def _lies_below(session: Session, unit: Unit, above: Unit) -> bool:
    return any(one.id == unit.id for one in staff.units_below(session, above.id))


def _unit_of_department(session: Session, id_: int) -> Unit | None:
    return session.scalars(select(Unit).where(Unit.directory_id == id_)).one_or_none()


def _own_unit(session: Session, department: int) -> Unit | None:
    """The open unit of a department; None where the app does not see it."""
    unit = _unit_of_department(session, department)
    return None if unit is None or unit.closed_at is not None else unit


def _nearest(session: Session, department: int) -> Unit:
    """The unit of a department; of one that has none, that of the nearest above it, else the root."""
    for _ in range(50):
        unit = _own_unit(session, department)
        if unit is not None:
            return unit
        row = session.get(DirectoryDepartment, department)
        if row is None or row.parent_id == 0:
            break
        department = row.parent_id
    return staff.ensure_root(session)


# --- people ----------------------------------------------------------------------------------------------


def apply_members(
    session: Session, run: DirectoryRun, *, limit: int, at: datetime, policy: DirectoryPolicy
) -> int:
    """Let employees follow up to `limit` members of a run; returns how many there were."""
    members = listed(session, run_id=run.id, state=MemberState.READ, limit=limit)
    known = _known(session, members, at=at)
    counted = Counter(_apply(session, member, known, at=at, policy=policy) for member in members)
    _count(run, **counted)
    run.done += len(members)
    session.flush()
    return len(members)


@dataclass
class _Known:
    """What we have of some members: asked for together, since one by one it would take long."""

    employees: Mapping[str, Employee]
    """By their UserID in lower case."""
    posts: Mapping[int, list[Post]]
    """Those that are held or planned, by the employee."""
    units: dict[int, Unit | None] = field(default_factory=dict)
    """The open units of departments, as far as they were asked for."""

    def unit(self, session: Session, department: int) -> Unit | None:
        """The open unit of a department."""
        if department not in self.units:
            self.units[department] = _own_unit(session, department)
        return self.units[department]


def _known(session: Session, members: Sequence[DirectoryMember], *, at: datetime) -> _Known:
    keys = [member.key for member in members]
    people = session.scalars(select(Employee).where(Employee.wecom_key.in_(keys))).all()
    posts: dict[int, list[Post]] = {employee.id: [] for employee in people}
    still = or_(Post.ends_at.is_(None), Post.ends_at > at)
    for post in session.scalars(select(Post).where(Post.employee_id.in_(posts), still).order_by(Post.id)):
        posts[post.employee_id].append(post)
    return _Known({employee.wecom_key: employee for employee in people}, posts)


def _apply(
    session: Session, member: DirectoryMember, known: _Known, *, at: datetime, policy: DirectoryPolicy
) -> str:
    """Let one employee follow the directory; what that took, as it is counted."""
    details = member.details or {}
    employee = known.employees.get(member.key)
    what = "unchanged"
    if employee is None:
        employee = Employee(
            wecom_id=member.userid, wecom_key=member.key, name=details["name"] or member.userid
        )
        session.add(employee)
        session.flush()
        what = "new"
    elif employee.left_at is not None and employee.left_at <= at:
        if member.gone_at is None:  # people said that they left, and the directory is late
            member.state = MemberState.APPLIED
            return "left_but_listed"
        _bring_back(session, employee)
        member.given = None
        what = "back"
    if (details["name"] and employee.name != details["name"]) or employee.wecom_id != member.userid:
        employee.name, employee.wecom_id = details["name"] or employee.name, member.userid
        what = "changed" if what == "unchanged" else what
    employee.directory_seen_at, member.gone_at = at, None
    if _give_posts(session, employee, member, known, at=at, policy=policy) and what == "unchanged":
        what = "changed"
    member.state = MemberState.APPLIED
    if what != "unchanged":
        given = {name: value for name, value in (member.given or {}).items() if name != "position"}
        audit.record(
            session, at=at, action=f"directory.{what}", subject=employee.subject, details={"given": given}
        )
    return what


def _bring_back(session: Session, employee: Employee) -> None:
    """The directory had lost somebody and has them again."""
    employee.left_at = None
    session.execute(
        update(Separation)
        .where(Separation.employee_id == employee.id, Separation.state == SeparationState.ANNOUNCED)
        .values(state=SeparationState.CANCELLED)
    )


def _give_posts(
    session: Session,
    employee: Employee,
    member: DirectoryMember,
    known: _Known,
    *,
    at: datetime,
    policy: DirectoryPolicy,
) -> bool:
    """Let the posts follow what the directory has changed; whether anything did.

    A role that came from an import or from a person stays, and so does what is planned for later.
    """
    details, before = member.details or {}, member.given or {}
    posts = known.posts.get(employee.id, [])
    if any(post.starts_at > at or (post.is_main and post.ends_at is not None) for post in posts):
        return False
    held = next((post for post in posts if post.is_main), None)
    main = details["main_department"]
    unit = known.unit(session, main)
    if unit is None and held is None:
        unit = _nearest(session, main)
    unit_id = held.unit_id if unit is None and held is not None else unit.id if unit is not None else 0
    leads = set(details["leads"])
    role = role_of(details["position"], leads=main in leads, roles=policy.roles)
    further = {}
    for department in details["departments"]:
        other = known.unit(session, department)
        found = role_of(details["position"], leads=department in leads, roles=policy.roles)
        if other is not None and other.id != unit_id and found is not None:
            further[other.id] = found
    wanted: dict[str, Any] = {
        "position": details["position"],
        "computed": role,
        "unit": unit_id,
        "further": {str(unit): found for unit, found in sorted(further.items())},
    }
    if all(before.get(name) == value for name, value in wanted.items()):
        return False
    changed = _give_main_post(session, employee, held, before, wanted, at=at)
    ids = _give_further_posts(session, employee, posts, before, further, wanted["position"], at=at)
    changed = changed or ids != list(before.get("posts", []))
    now = session.scalars(
        select(Post).where(Post.employee_id == employee.id, Post.is_main, Post.ends_at.is_(None))
    ).one_or_none()
    by_us = now is not None and _is_ours(held, before)
    member.given = {**wanted, "posts": ids, "post": now.id if now is not None and by_us else None}
    return changed


def _is_ours(held: Post | None, before: Mapping[str, Any]) -> bool:
    """Whether the main post is one that the sync has given, or there is none."""
    return held is None or held.id == before.get("post")


def keep_role(session: Session, *, employee: Employee) -> None:
    """A person has said what somebody is: from now on the sync leaves the role alone."""
    member = session.get(DirectoryMember, employee.wecom_key)
    if member is not None and member.given is not None:
        member.given = {**member.given, "post": None}
        session.flush()


def _give_main_post(
    session: Session,
    employee: Employee,
    held: Post | None,
    before: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    at: datetime,
) -> bool:
    """The main post by the directory; whether it changed. Who loses a known position loses its rights."""
    role, by_us = wanted["computed"], _is_ours(held, before)
    if held is not None and not by_us:
        role = held.role
    if role is None:
        if held is not None:
            held.ends_at = at
        return held is not None
    title = wanted["position"][:_LONGEST_TITLE]
    same = held is not None and (held.role, held.unit_id) == (role, wanted["unit"])
    if held is not None and same and (not title or held.title == title or not by_us):
        return False
    unit = session.get(Unit, wanted["unit"])
    assert unit is not None
    kept = title if by_us or held is None else held.title or title
    staff.put_in_post(session, employee=employee, role=Role(role), unit=unit, at=at, title=kept)
    return True


def _give_further_posts(
    session: Session,
    employee: Employee,
    posts: Sequence[Post],
    before: Mapping[str, Any],
    further: Mapping[int, str],
    title: str,
    *,
    at: datetime,
) -> list[int]:
    """The further posts by the directory; those that came of it before and are not wanted any more end."""
    known = {(post.role, post.unit_id) for post in posts if not post.is_main}
    ours = set(before.get("posts", []))
    ids = []
    for unit_id, role in further.items():
        unit = session.get(Unit, unit_id)
        assert unit is not None
        post = staff.put_in_post(
            session,
            employee=employee,
            role=Role(role),
            unit=unit,
            at=at,
            title=title[:_LONGEST_TITLE],
            is_main=False,
        )
        if post.id in ours or (role, unit_id) not in known:
            ids.append(post.id)
    for post in posts:
        if post.id in ours and post.id not in ids:
            post.ends_at = at
    session.flush()
    return sorted(ids)


# --- leavers ---------------------------------------------------------------------------------------------


def apply_leavers(session: Session, run: DirectoryRun, *, limit: int, at: datetime) -> int:
    """Notice the departure of up to `limit` people whom the directory has no more; returns how many."""
    gone = leavers(session, run, at=at, limit=limit)
    for employee in gone:
        lifecycle.notice_departure(session, employee=employee, at=at)
    _count(run, left=len(gone))
    if len(gone) < limit:
        session.execute(
            update(DirectoryMember)
            .where(
                or_(
                    DirectoryMember.run_id.is_(None),
                    DirectoryMember.run_id != run.id,
                    DirectoryMember.state == MemberState.GONE,
                ),
                DirectoryMember.gone_at.is_(None),
            )
            .values(gone_at=at, state=MemberState.GONE)
        )
    session.flush()
    return len(gone)


# --- single changes --------------------------------------------------------------------------------------


def note_change(
    session: Session, *, kind: ChangeKind, key: str, at: datetime, new_key: str = "", deleted: bool = False
) -> None:
    """Keep that a member or a department is to be read again."""
    session.add(DirectoryChange(kind=kind, key=key, new_key=new_key, deleted=deleted, told_at=at))
    session.flush()


def apply_changes(
    session: Session,
    ids: Sequence[int],
    *,
    members: Mapping[str, Details | MemberState],
    departments: Mapping[int, Department | DepartmentState],
    at: datetime,
    policy: DirectoryPolicy,
) -> None:
    """Follow what was read again; the rows that asked for it (`ids`) are done with."""
    changes = session.scalars(
        select(DirectoryChange).where(DirectoryChange.id.in_(ids)).order_by(DirectoryChange.id)
    ).all()
    for change in changes:
        if change.kind == ChangeKind.DEPARTMENT:
            _apply_department_change(session, departments.get(int(change.key)), change, at, policy)
        else:
            _apply_member_change(session, change, members, at, policy)
        session.delete(change)
        session.flush()


def _apply_department_change(
    session: Session,
    told: Department | DepartmentState | None,
    change: DirectoryChange,
    at: datetime,
    policy: DirectoryPolicy,
) -> None:
    if isinstance(told, Department):
        row = session.get(DirectoryDepartment, told.id)
        run = latest_run(session)
        if row is None and run is not None:
            row = DirectoryDepartment(id=told.id, run_id=run.id, parent_id=told.parent_id)
            session.add(row)
        if row is not None and run is not None:
            row.run_id, row.name, row.parent_id = run.id, told.name, told.parent_id
            row.state = DepartmentState.NAMED
            session.flush()
        _place(session, told, at=at, policy=policy)
    elif told is DepartmentState.GONE:
        row = session.get(DirectoryDepartment, int(change.key))
        if row is not None:
            row.state = DepartmentState.GONE
        unit = _unit_of_department(session, int(change.key))
        if unit is not None and unit.parent_id is not None and unit.closed_at is None:
            _close(session, unit, at=at)


def _apply_member_change(
    session: Session,
    change: DirectoryChange,
    found: Mapping[str, Details | MemberState],
    at: datetime,
    policy: DirectoryPolicy,
) -> None:
    key = change.key.lower()
    if change.new_key:
        _rename(session, key, change.new_key, found, at=at)
        key = change.new_key.lower()
    told = found.get(key)
    if isinstance(told, Details) and not told.has_left:
        member = session.get(DirectoryMember, key)
        if member is None:
            member = DirectoryMember(key=key, userid=told.userid, departments=[])
            session.add(member)
        run = latest_run(session, state=RunState.RUNNING)
        if run is not None:
            member.run_id = run.id
        _keep_details(member, told)
        session.flush()
        _apply(session, member, _known(session, [member], at=at), at=at, policy=policy)
    elif isinstance(told, Details) or (change.deleted and told is MemberState.HIDDEN):
        _leave(session, key, at=at)


def _leave(session: Session, key: str, *, at: datetime) -> None:
    member = session.get(DirectoryMember, key)
    if member is not None:
        member.state, member.run_id, member.gone_at = MemberState.GONE, None, at
    employee = staff.find_known(session, key)
    if employee is not None and (employee.left_at is None or employee.left_at > at):
        lifecycle.notice_departure(session, employee=employee, at=at)


def _rename(
    session: Session, key: str, new: str, found: Mapping[str, Details | MemberState], *, at: datetime
) -> None:
    """The same person under another UserID, if the directory says so too and nobody else has it."""
    employee, taken = staff.find_known(session, key), staff.find_known(session, new)
    told = found.get(new.lower())
    other_case = new.lower() == key
    if employee is None or not isinstance(told, Details) or (taken is not None and not other_case):
        return
    employee.wecom_id, employee.wecom_key = told.userid, new.lower()
    member, other = session.get(DirectoryMember, key), session.get(DirectoryMember, new.lower())
    if other is not None and not other_case:  # a run has listed the new one a moment ago
        session.delete(other)
        session.flush()
    if member is not None:
        member.key, member.userid = new.lower(), told.userid
    session.flush()
    audit.record(session, at=at, action="directory.rename", subject=employee.subject)
