"""Cases that nobody works: the owner is reminded, the supervisor told, and then somebody else gets them.

The rules are data (config/policy.toml, `[distribution] recycling`); a new one takes effect the day after it
was seen (domain.md 5.3).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from models import cases
from models.base import in_chunks, upsert
from models.calendar import WorkCalendar
from models.cases import Assignment, AssignmentBatch, AssignmentCause, Case, CaseStatus, Leading
from models.distribution.queries import households_of, members, workers
from models.distribution.rules import Group, Outcome, Placed, Strategy
from models.distribution.rungs import Rung, rung_of
from models.distribution.sharing import share_out
from models.distribution.tables import IdleDebtor, RecyclingRules
from models.policy import Policy
from models.staff import Unit

IDLE = (CaseStatus.ASSIGNED, CaseStatus.IN_PROGRESS)
"""States in which a case may be idle: with a promise or a halt there is something to wait for."""
DEBTORS = 100
"""So many debtors are looked at in one transaction."""


@dataclass
class Recycled:
    """What one piece of a night did: cases by who is to hear of it."""

    reminded: dict[int, list[int]] = field(default_factory=dict)
    """Owner → cases that will soon go to somebody else."""
    warned: dict[int, dict[int, list[int]]] = field(default_factory=dict)
    """Supervisor → owner → cases."""
    taken: dict[int, list[int]] = field(default_factory=dict)
    """Former owner → cases."""
    batches: list[int] = field(default_factory=list)
    """What was given to others."""
    stuck: dict[int, list[int]] = field(default_factory=dict)
    """Supervisor → cases that nobody was free to take."""
    come_to: int | None = None
    """The debtor after whom the next piece begins; None if this was the last."""


def note_rules(session: Session, *, policy: Policy, at: datetime) -> bool:
    """Remember the rules of the policy if they are new; they take effect the next day."""
    days = {str(bucket): days for bucket, days in sorted(policy.distribution.recycling_days.items())}
    newest = session.scalars(select(RecyclingRules).order_by(RecyclingRules.id.desc()).limit(1)).one_or_none()
    if newest is not None and newest.days == days:
        return False
    session.add(RecyclingRules(days=days, noted_at=at))
    session.flush()
    return True


def rules_in_force(session: Session, at: datetime) -> Mapping[int, int]:
    """Bucket → days: the newest rules that were seen before today; nothing if there were none."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    found = session.scalars(
        select(RecyclingRules.days)
        .where(RecyclingRules.noted_at < midnight)
        .order_by(RecyclingRules.id.desc())
        .limit(1)
    ).one_or_none()
    return {int(bucket): days for bucket, days in (found or {}).items()}


@dataclass(frozen=True)
class Idle:
    """A debtor whose cases nobody works."""

    debtor_id: int
    owner_id: int
    unit_id: int
    since: datetime
    left: int
    """Days until the cases go to somebody else; 0 and less: now."""
    case_ids: tuple[int, ...]


def recycle(
    session: Session, *, at: datetime, key: str, policy: Policy, calendar: WorkCalendar, after: int = 0
) -> Recycled:
    """Go one step of the ladder for the next debtors, by number, whose cases have been idle for long enough.

    Nobody loses cases without having been reminded, nor without the supervisor knowing. Who gets them is of
    the same team if possible, has the lowest load, and never the owner or the one before. If nobody is free
    they stay, and the supervisor is warned once.
    """
    rules = rules_in_force(session, at)
    done = Recycled()
    if not rules:
        return done
    idle_now = _idle_now(rules, at, policy)
    page = session.scalars(
        select(Case.debtor_id)
        .where(idle_now, Case.debtor_id > after)
        .distinct()
        .order_by(Case.debtor_id)
        .limit(DEBTORS)
    ).all()
    if len(page) == DEBTORS:
        done.come_to = page[-1]
    found = _idle(session, rules, and_(idle_now, Case.debtor_id.in_(page)), at=at, policy=policy)
    known = _known(session, after, done.come_to)
    _forget(session, known, {one.debtor_id for one in found})
    leading = Leading(session, at)
    due: list[Idle] = []
    for one in found:
        row = known.get(one.debtor_id)
        gone = row.step if row is not None and row.since == one.since else 0
        rung = rung_of(one.left, gone, policy.distribution)
        if rung == Rung.REMIND:
            done.reminded.setdefault(one.owner_id, []).extend(one.case_ids)
        elif rung == Rung.WARN:
            leader = leading.of(one.unit_id, but_for=one.owner_id)
            if leader is not None:
                done.warned.setdefault(leader.id, {}).setdefault(one.owner_id, []).extend(one.case_ids)
        elif rung == Rung.MOVE:
            due.append(one)
        if rung in (Rung.REMIND, Rung.WARN):
            _step(session, one, int(rung), at)
    if due:
        due = due[: max(0, policy.distribution.recycling_most - _moved_tonight(session, at))]
    _move(session, done, due, known, leading, at=at, key=f"{key}:{after}", policy=policy, calendar=calendar)
    return done


def _known(session: Session, after: int, until: int | None) -> Mapping[int, IdleDebtor]:
    """How far the debtors have come whose numbers lie in between."""
    known = select(IdleDebtor).where(IdleDebtor.debtor_id > after)
    if until is not None:
        known = known.where(IdleDebtor.debtor_id <= until)
    return {row.debtor_id: row for row in session.scalars(known)}


def _moved_tonight(session: Session, at: datetime) -> int:
    """How many debtors have gone to somebody else since midnight."""
    batches = session.scalars(
        select(AssignmentBatch.id).where(
            AssignmentBatch.cause == AssignmentCause.RECYCLE,
            AssignmentBatch.at >= at.replace(hour=0, minute=0, second=0, microsecond=0),
        )
    ).all()
    numbers = select(Assignment.case_id).where(Assignment.batch_id.in_(batches))
    return session.scalar(select(func.count(Case.debtor_id.distinct())).where(Case.id.in_(numbers))) or 0


def _idle_now(rules: Mapping[int, int], at: datetime, policy: Policy) -> ColumnElement[bool]:
    """Whether a case has been idle for so long that something may be due."""
    soonest = min(rules.values()) - policy.distribution.recycling_remind_days
    before = at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=soonest - 1)
    return and_(
        Case.closed_at.is_(None),
        Case.status.in_(IDLE),
        or_(Case.worked_at.is_(None), Case.worked_at < before),
        or_(Case.assigned_at.is_(None), Case.assigned_at < before),
        or_(Case.retained_until.is_(None), Case.retained_until < at.date()),
    )


def _idle(
    session: Session, rules: Mapping[int, int], these: ColumnElement[bool], *, at: datetime, policy: Policy
) -> Sequence[Idle]:
    """Debtors of whom every open case has been idle for so long that something is due, by number."""
    rows = session.execute(
        select(
            Case.id,
            Case.debtor_id,
            Case.owner_id,
            Case.unit_id,
            Case.bucket,
            Case.worked_at,
            Case.assigned_at,
            Case.created_at,
        ).where(these)
    ).all()
    by_debtor: dict[int, list[Idle]] = {}
    for id_, debtor_id, owner_id, unit_id, bucket, worked_at, assigned_at, created_at in rows:
        if bucket not in rules:
            continue
        since = max(moment for moment in (worked_at, assigned_at, created_at) if moment is not None)
        left = rules[bucket] - (at.date() - since.date()).days
        one = Idle(debtor_id, owner_id, unit_id, since, left, (id_,))
        by_debtor.setdefault(debtor_id, []).append(one)
    complete = _complete(session, by_debtor)
    together = (
        Idle(
            debtor_id,
            some[0].owner_id,
            some[0].unit_id,
            max(one.since for one in some),
            max(one.left for one in some),
            tuple(sorted(one.case_ids[0] for one in some)),
        )
        for debtor_id, some in sorted(by_debtor.items())
        if debtor_id in complete
    )
    return [one for one in together if one.left <= policy.distribution.recycling_remind_days]


def _complete(session: Session, by_debtor: Mapping[int, Collection[Idle]]) -> set[int]:
    """Debtors of whom no open case is left out: one that is worked keeps all of them with their owner."""
    open_cases: Counter[int] = Counter()
    for some in in_chunks(by_debtor):
        open_cases.update(
            session.scalars(select(Case.debtor_id).where(Case.debtor_id.in_(some), Case.closed_at.is_(None)))
        )
    return {debtor for debtor, found in by_debtor.items() if len(found) == open_cases[debtor]}


def _forget(session: Session, known: Mapping[int, IdleDebtor], idle_now: Collection[int]) -> None:
    for some in in_chunks(set(known) - set(idle_now)):
        session.execute(delete(IdleDebtor).where(IdleDebtor.debtor_id.in_(some)))


def _step(session: Session, one: Idle, step: int, at: datetime) -> None:
    row = {"debtor_id": one.debtor_id, "since": one.since, "step": step, "stepped_at": at}
    upsert(session, IdleDebtor, "debtor_id", row)


def _move(
    session: Session,
    done: Recycled,
    due: Sequence[Idle],
    known: Mapping[int, IdleDebtor],
    leading: Leading,
    *,
    at: datetime,
    key: str,
    policy: Policy,
    calendar: WorkCalendar,
) -> None:
    """Give the cases of each unit to somebody else of it, and what is left to the units beside it."""
    by_unit: dict[int, list[Idle]] = {}
    for one in due:
        by_unit.setdefault(one.unit_id, []).append(one)
    for unit_id, some in sorted(by_unit.items()):
        groups = _groups(session, some)
        unit = session.get_one(Unit, unit_id)
        for near in (unit_id, unit.parent_id):
            if not groups or near is None:
                continue
            outcome = _shared(session, groups, near, at, policy)
            _give(session, done, outcome, f"{key}:{unit_id}:{near}", at, policy, calendar)
            groups = [left.group for left in outcome.left]
        _note_stuck(session, done, groups, some, known, leading, at)


def _groups(session: Session, some: Sequence[Idle]) -> list[Group]:
    found = households_of(session, [one.debtor_id for one in some]).groups
    return [found[one.debtor_id] for one in some if found[one.debtor_id].owner_id == one.owner_id]


def _shared(session: Session, groups: Sequence[Group], unit_id: int, at: datetime, policy: Policy) -> Outcome:
    previous = _previous(session, [number for one in groups for number in one.case_ids])
    people = workers(session, members(session, [unit_id], at), at=at, policy=policy, previous=previous)
    return share_out(groups, people, Strategy.LOAD, seed=0)


def _previous(session: Session, case_ids: Collection[int]) -> Mapping[int, Collection[int]]:
    """Employee → debtors whose cases they had before the owner of now."""
    found: dict[int, set[int]] = {}
    for some in in_chunks(case_ids):
        rows = session.execute(
            select(Assignment.owner_id, Case.debtor_id)
            .join(Case, Case.id == Assignment.case_id)
            .where(Assignment.case_id.in_(some), Assignment.ended_at.is_not(None))
        )
        for owner_id, debtor_id in rows:
            found.setdefault(owner_id, set()).add(debtor_id)
    return found


def _give(
    session: Session,
    done: Recycled,
    outcome: Outcome,
    key: str,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> None:
    if not outcome.placed:
        return
    batch = cases.assign(
        session,
        to=outcome.targets,
        cause=AssignmentCause.RECYCLE,
        by=None,
        at=at,
        key=key,
        policy=policy,
        calendar=calendar,
        status=CaseStatus.ASSIGNED,
        strategy=str(Strategy.LOAD),
        why={number: _why(outcome, one) for one in outcome.placed for number in one.group.case_ids},
    )
    done.batches.append(batch.id)
    for one in outcome.placed:
        done.taken.setdefault(one.group.owner_id, []).extend(one.group.case_ids)


def _why(outcome: Outcome, placed: Placed) -> dict[str, int]:
    return {
        "place": placed.place,
        "of": len(outcome.placed),
        "candidates": placed.candidates,
        "load": placed.load_before,
    }


def _note_stuck(
    session: Session,
    done: Recycled,
    groups: Sequence[Group],
    some: Sequence[Idle],
    known: Mapping[int, IdleDebtor],
    leading: Leading,
    at: datetime,
) -> None:
    """Warn of what nobody was free to take, once."""
    by_debtor = {one.debtor_id: one for one in some}
    for group in groups:
        one = by_debtor[group.debtor_id]
        if known[one.debtor_id].step >= Rung.MOVE:
            continue
        _step(session, one, int(Rung.MOVE), at)
        leader = leading.of(one.unit_id, but_for=one.owner_id)
        if leader is not None:
            done.stuck.setdefault(leader.id, []).extend(one.case_ids)
