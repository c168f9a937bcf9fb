"""Who owns a case: the one place where a case changes hands, set-wise, and where that is taken back.

Cases of one debtor always move together (domain.md 5.2). What is to be written is computed first; the rows
are taken in the order of their ids, debtors before cases.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import compress
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from models import audit, handover, staff, tally
from models.base import in_chunks, insert_once, run
from models.calendar import WorkCalendar
from models.cases.access import ASSIGN, WORK, name_of
from models.cases.errors import (
    CaseChanged,
    CaseClosed,
    NoSuchCase,
    OneDebtorOneOwner,
    OwnerGone,
)
from models.cases.kinds import STRETCHES, AssignmentCause, CaseStatus
from models.cases.passing import hand_follow_ups
from models.cases.rules import status_for_owner
from models.cases.tables import Assignment, AssignmentBatch, Case, CaseEvent, FollowUp
from models.contact import Debtor
from models.policy import Policy
from models.staff import Employee, Post, Unit
from models.worktime import Hours, add_work

RESTORED = (
    "owner_id",
    "unit_id",
    "status",
    "accept_by",
    "contact_by",
    "accepted_at",
    "assigned_at",
    "assigned_by_id",
    "declines",
)
"""What a change of owner changes of a case, and what undoing it restores."""
_MOMENTS = ("accept_by", "contact_by", "accepted_at", "assigned_at")
MOST_LISTED = 200
"""So many numbers of cases stand in the evidence trail; beyond that the batch names them."""


class Clash(Exception):
    """Rows that only this transaction could write were there already: nothing of it is kept."""


@dataclass(frozen=True)
class Held:
    """An open case, as it stands before it changes hands."""

    id: int
    debtor_id: int
    version: int
    balance: int
    values: Mapping[str, Any]
    """By the names of `RESTORED`."""

    @property
    def owner_id(self) -> int:
        """Who has it."""
        return int(self.values["owner_id"])

    @property
    def status(self) -> str:
        """Where it stands."""
        return str(self.values["status"])

    def snapshot(self) -> dict[str, Any]:
        """The same for keeping."""
        values = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in self.values.items()
        }
        return {**values, "version": self.version}


@dataclass(frozen=True)
class Move:
    """One case, and how it will stand."""

    held: Held
    values: Mapping[str, Any]
    why: Mapping[str, Any] = field(default_factory=dict)
    words: bytes | None = None
    """Sealed words of why, for the event."""


def assign(
    session: Session,
    *,
    to: Mapping[int, int],
    cause: AssignmentCause,
    by: Employee | None,
    at: datetime,
    key: str,
    policy: Policy,
    calendar: WorkCalendar,
    status: CaseStatus | None = None,
    strategy: str = "",
    seed: int = 0,
    details: Mapping[str, Any] | None = None,
    why: Mapping[int, Mapping[str, Any]] | None = None,
    versions: Mapping[int, int] | None = None,
    contact_by: datetime | None = None,
) -> AssignmentBatch:
    """Give cases (number → employee) to new owners: all of them, or none (domain.md 5.2, 5.3).

    Every other open case of the same debtors goes along. What was not accepted waits for being accepted; what
    was goes on as it stands, promises included; `status` (`POOL`, `ASSIGNED`) takes back also what is in
    progress. The same `key` again changes nothing and returns what it did before. `versions` are those that
    the asker has seen; `contact_by` is by when a supervisor wants them contacted.

    Raises:
        NotPermitted: the actor may not assign; NoSuchCase: a case is not there, or out of reach;
        staff.OutOfReach: a new owner is out of reach; CaseClosed: a case has ended; CaseChanged: one is not
        as it was seen; OneDebtorOneOwner: cases of one debtor were to go to different people; OwnerGone: a
        new owner has left.
    """
    known = session.scalars(select(AssignmentBatch).where(AssignmentBatch.key == key)).one_or_none()
    if known is not None:
        return known
    intended = intend(
        session,
        to=to,
        cause=cause,
        by=by,
        at=at,
        key=key,
        policy=policy,
        calendar=calendar,
        status=status,
        strategy=strategy,
        seed=seed,
        details=details,
        why=why,
        versions=versions,
        contact_by=contact_by,
    )
    fresh = insert_once(session, AssignmentBatch, intended.batch)
    made = session.scalars(select(AssignmentBatch).where(AssignmentBatch.key == key)).one()
    if fresh:
        move(session, intended.moves, cause=cause, by=by, at=at, batch_id=made.id)
        record_batch(session, made, by, at, numbers=[one.held.id for one in intended.moves])
    return made


@dataclass(frozen=True)
class Intended:
    """A change of owner, computed and not written."""

    batch: Mapping[str, Any]
    """The columns of its `AssignmentBatch`."""
    moves: Sequence[Move]


def intend(
    session: Session,
    *,
    to: Mapping[int, int],
    cause: AssignmentCause,
    by: Employee | None,
    at: datetime,
    key: str,
    policy: Policy,
    calendar: WorkCalendar,
    status: CaseStatus | None = None,
    strategy: str = "",
    seed: int = 0,
    details: Mapping[str, Any] | None = None,
    why: Mapping[int, Mapping[str, Any]] | None = None,
    versions: Mapping[int, int] | None = None,
    contact_by: datetime | None = None,
) -> Intended:
    """Compute what `assign` would write; the cases are taken for this transaction.

    Raises:
        NotPermitted, NoSuchCase, staff.OutOfReach, CaseClosed, CaseChanged, OneDebtorOneOwner, OwnerGone: as
        `assign` says.
    """
    held = take_households(session, to)
    _check_seen(session, to, held, versions or {})
    owners = _one_owner_each(to, held)
    people = _people(session, set(owners.values()), at)
    if by is not None:
        check_reach(session, by, cause, held.values(), people, at, policy)
    accept_by, first = deadlines(at, policy, calendar)
    moves = []
    for one in held.values():
        owner = owners[one.debtor_id]
        target = status_for_owner(one.status, cause, status)
        if owner == one.owner_id and target == one.status:
            continue
        values: dict[str, Any] = {**one.values, "owner_id": owner, "status": target, "assigned_at": at}
        values["assigned_by_id"] = None if by is None else by.id
        values["unit_id"] = people[owner] or one.values["unit_id"]
        if target == CaseStatus.ASSIGNED:
            values.update(accept_by=accept_by, contact_by=contact_by or first, accepted_at=None)
        elif target == CaseStatus.POOL:
            values.update(accept_by=None, contact_by=None, accepted_at=None)
            values["unit_id"] = one.values["unit_id"]
        elif contact_by is not None:
            values["contact_by"] = contact_by
        moves.append(Move(one, values, (why or {}).get(one.id, {})))
    batch = {
        "key": key,
        "cause": str(cause),
        "strategy": strategy,
        "seed": seed,
        "by_id": None if by is None else by.id,
        "at": at,
        "cases": len(moves),
        "amount": sum(move.held.balance for move in moves),
        "details": dict(details or {}),
        "undone_at": None,
    }
    return Intended(batch, moves)


def office_hours(policy: Policy) -> Hours:
    """The working hours by which deadlines of cases are counted."""
    return Hours(policy.reminders.work_starts_at, policy.reminders.work_ends_at)


def deadlines(at: datetime, policy: Policy, calendar: WorkCalendar) -> tuple[datetime, datetime]:
    """By when what is assigned now is to be accepted, and the debtor contacted for the first time."""
    accept_by = add_work(
        at, timedelta(hours=policy.cases.accept_hours), office_hours(policy), calendar.is_workday
    )
    return accept_by, handover.add_workdays(at, policy.cases.contact_workdays, calendar.is_workday)


def take_households(session: Session, numbers: Iterable[int]) -> Mapping[int, Held]:
    """All open cases of the debtors of these cases, for this transaction alone, by number.

    Raises:
        NoSuchCase: one is not there; CaseClosed: one has ended.
    """
    session.flush()
    debtors: dict[int, int] = {}
    for some in in_chunks(numbers):
        for id_, debtor_id in session.execute(select(Case.id, Case.debtor_id).where(Case.id.in_(some))):
            debtors[id_] = debtor_id
    held = take_debtors(session, debtors.values())
    for number in sorted(numbers):
        if number not in debtors:
            raise NoSuchCase(number=str(number))
        if number not in held:
            ended = session.scalars(select(Case.status).where(Case.id == number)).one()
            raise CaseClosed(number=number, status=ended)
    return held


_COLUMNS = [getattr(Case, name) for name in RESTORED]


def take_debtors(session: Session, debtors: Iterable[int]) -> dict[int, Held]:
    """All open cases of these debtors, for this transaction alone, by number."""
    ids = sorted(set(debtors))
    for some in in_chunks(ids):
        lock = select(Debtor.id).where(Debtor.id.in_(some)).order_by(Debtor.id)
        session.execute(lock.with_for_update()).all()
    held: dict[int, Held] = {}
    for some in in_chunks(ids):
        rows = session.execute(
            select(Case.id, Case.debtor_id, Case.version, Case.balance, *_COLUMNS)
            .where(Case.debtor_id.in_(some), Case.closed_at.is_(None))
            .order_by(Case.id)
            .with_for_update()
        )
        for id_, debtor_id, version, balance, *values in rows:
            held[id_] = Held(id_, debtor_id, version, balance, dict(zip(RESTORED, values, strict=True)))
    return held


def _check_seen(
    session: Session, to: Collection[int], held: Mapping[int, Held], versions: Mapping[int, int]
) -> None:
    for number in sorted(to):
        if versions.get(number, held[number].version) != held[number].version:
            raise CaseChanged(number=number, owner=name_of(session, held[number].owner_id))


def _one_owner_each(to: Mapping[int, int], held: Mapping[int, Held]) -> Mapping[int, int]:
    """Debtor → new owner.

    Raises:
        OneDebtorOneOwner: two were asked for.
    """
    owners: dict[int, int] = {}
    for number, owner in sorted(to.items()):
        if owners.setdefault(held[number].debtor_id, owner) != owner:
            raise OneDebtorOneOwner(number=number)
    return owners


def _people(session: Session, ids: Collection[int], at: datetime) -> Mapping[int, int | None]:
    """New owner → the unit of their main post.

    Raises:
        OwnerGone: one is not with the organisation any more.
    """
    units: dict[int, int | None] = dict.fromkeys(ids)
    for some in in_chunks(ids):
        for person in session.scalars(select(Employee).where(Employee.id.in_(some)).order_by(Employee.id)):
            if not person.is_here(at):
                raise OwnerGone(person=person.name)
        posts = select(Post.employee_id, Post.unit_id).where(Post.employee_id.in_(some), staff.held(at))
        for employee_id, unit_id in session.execute(posts.order_by(Post.is_main, Post.id.desc())):
            units[employee_id] = unit_id
    return units


def check_reach(
    session: Session,
    by: Employee,
    cause: AssignmentCause,
    held: Iterable[Held],
    people: Collection[int],
    at: datetime,
    policy: Policy,
) -> None:
    """Refuse unless somebody may give these cases to these people.

    Raises:
        NotPermitted, NoSuchCase, staff.OutOfReach: as `assign` says.
    """
    if cause == AssignmentCause.CLAIM:
        staff.require(by, WORK, policy.rights)
        if set(people) != {by.id}:
            raise staff.OutOfReach(action=WORK)
        return
    allowed = staff.require(by, ASSIGN, policy.rights)
    if allowed.everything:
        return
    cases = list(held)
    units = {int(one.values["unit_id"]) for one in cases}
    near = set(
        session.scalars(select(Unit.id).where(Unit.id.in_(units), staff.unit_in_reach(allowed, Unit.id)))
    )
    for one in cases:
        if one.values["unit_id"] not in near and one.owner_id != by.id:
            raise NoSuchCase(number=str(one.id))
    reached: set[int] = set()
    for some in in_chunks(people):
        there = select(Employee.id).where(Employee.id.in_(some), staff.person_in_reach(allowed, by, at))
        reached.update(session.scalars(there))
    if reached != set(people):
        raise staff.OutOfReach(action=ASSIGN)


def move(
    session: Session,
    moves: Sequence[Move],
    *,
    cause: AssignmentCause,
    by: Employee | None,
    at: datetime,
    batch_id: int | None = None,
) -> None:
    """Write changes of owner of cases that this transaction has taken: stretches, owners, states, events."""
    by_id = None if by is None else by.id
    stretches: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    last = open_stretches(session, [one.held.id for one in moves])
    for one in moves:
        id_, number, started_at = last[one.held.id]
        begins = max(at, started_at)
        ends.append({"stretch": id_, "ends": begins})
        stretches.append(
            {
                "case_id": one.held.id,
                "number": number + 1,
                "owner_id": one.values["owner_id"],
                "started_at": begins,
                "ended_at": None,
                "follows": number,
                "begins_where": begins,
                "cause": str(cause),
                "by_id": by_id,
                "batch_id": batch_id,
                "why": dict(one.why),
                "before": one.held.snapshot(),
                "balance": None if one.values["status"] == CaseStatus.POOL else one.held.balance,
            }
        )
    events = [
        {
            "case_id": one.held.id,
            "at": at,
            "by_id": by_id,
            "kind": str(cause),
            "from_status": one.held.status,
            "to_status": str(one.values["status"]),
            "details": {"owner": one.values["owner_id"]},
            "words": one.words,
        }
        for one in moves
        if one.held.status != one.values["status"]
    ]
    session.flush()
    connection = session.connection()
    changed = [
        {"case": one.held.id, **{f"new_{name}": one.values[name] for name in RESTORED}} for one in moves
    ]
    owners = {one.held.debtor_id: one.values["owner_id"] for one in moves}
    if moves:
        given = [(one.held.owner_id, end["ends"]) for one, end in zip(moves, ends, strict=True)]
        worked = [one.held.status != CaseStatus.POOL for one in moves]
        tally.touch(session, STRETCHES, compress(given, worked))
        hand_follow_ups(session, {one.held.id: one.values["owner_id"] for one in moves}, at)
        run(connection, _END, ends)
        run(connection, _OWN, [{"debtor": one, "owner": owner} for one, owner in sorted(owners.items())])
        run(connection, _CHANGE, changed)
    for table, made in ((Assignment, stretches), (CaseEvent, events)):
        if insert_once(session, table, made) != len(made):
            raise Clash(f"{len(made)} rows of {table.__tablename__} were to be written")
    forget(session, [one.held.id for one in moves], {one.held.debtor_id for one in moves})


_END = (
    update(Assignment)
    .where(Assignment.id == bindparam("stretch", required=True))
    .values(ended_at=bindparam("ends", required=True))
)
_OWN = (
    update(Debtor)
    .where(Debtor.id == bindparam("debtor", required=True))
    .values(owner_id=bindparam("owner", required=True))
)
_CHANGE = (
    update(Case)
    .where(Case.id == bindparam("case", required=True))
    .values(
        **{name: bindparam(f"new_{name}", required=True) for name in RESTORED},
        live_owner_id=bindparam("new_owner_id", required=True),
        version=Case.version + 1,
    )
)
"""Made once and kept: past SQLAlchemy on SQLite (models.base.run)."""


def open_stretches(session: Session, cases: Collection[int]) -> Mapping[int, tuple[int, int, datetime]]:
    """Case → id, number and beginning of its open stretch."""
    found: dict[int, tuple[int, int, datetime]] = {}
    for some in in_chunks(cases):
        rows = session.execute(
            select(Assignment.case_id, Assignment.id, Assignment.number, Assignment.started_at).where(
                Assignment.case_id.in_(some), Assignment.ended_at.is_(None)
            )
        )
        found.update({case_id: (id_, number, started_at) for case_id, id_, number, started_at in rows})
    return found


def forget(session: Session, cases: Iterable[int], debtors: Iterable[int]) -> None:
    """Let the session read again what was written past it."""
    changed: dict[type, set[int]] = {Case: set(cases), Debtor: set(debtors)}
    for state in session.identity_map.all_states():
        assert state.key is not None
        if state.class_ in (Assignment, FollowUp) or state.key[1][0] in changed.get(state.class_, ()):
            session.expire(state.obj())


def hand_on(
    session: Session,
    *,
    debtors: Iterable[int],
    from_id: int,
    to_id: int,
    cause: AssignmentCause,
    by: Employee | None,
    at: datetime,
) -> int:
    """Give all open cases of debtors to somebody as they stand, where they are with `from_id` still.

    Returns how many cases went.
    """
    session.flush()
    held = take_debtors(session, debtors)
    units = {} if not held else _people(session, {to_id}, at)
    moves = []
    for one in held.values():
        if one.owner_id == from_id and from_id != to_id:
            values = {**one.values, "owner_id": to_id, "assigned_at": at}
            values["assigned_by_id"] = None if by is None else by.id
            if one.status != CaseStatus.POOL:
                values["unit_id"] = units[to_id] or one.values["unit_id"]
            moves.append(Move(one, values))
    move(session, moves, cause=cause, by=by, at=at)
    return len(moves)


def record_batch(
    session: Session, batch: AssignmentBatch, by: Employee | None, at: datetime, *, numbers: Collection[int]
) -> None:
    """Enter a change of owner into the evidence trail."""
    listed = {} if len(numbers) > MOST_LISTED else {"numbers": sorted(numbers)}
    audit.record(
        session,
        at=at,
        actor=audit.SYSTEM if by is None else by.subject,
        action=f"cases.{batch.cause}",
        details={
            "batch": batch.id,
            "cases": batch.cases,
            "amount": batch.amount,
            "strategy": batch.strategy,
            "seed": batch.seed,
            **listed,
        },
    )


def restored(before: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a case as a snapshot has them."""
    values = {name: before[name] for name in RESTORED}
    for name in _MOMENTS:
        values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
    return values
