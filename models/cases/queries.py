"""Reads over many cases: by filter, by owner."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session

from models.base import in_chunks
from models.cases.kinds import OPEN, CaseStatus, PtpStatus
from models.cases.tables import Case, PromiseToPay


@dataclass(frozen=True)
class Filter:
    """Which cases are meant; what is left empty does not matter. Amounts in fen, of what is owed now."""

    owner_ids: Collection[int] = ()
    unit_ids: Collection[int] = ()
    """The units in whose pool they are, or whose members work them; units below them are to be named too."""
    buckets: Collection[int] = ()
    statuses: Collection[CaseStatus] = ()
    """Empty: every open one."""
    products: Collection[str] = ()
    areas: Collection[str] = ()
    placement_ids: Collection[int] = ()
    amount_from: int | None = None
    amount_to: int | None = None
    not_accepted: bool = False
    not_worked_since: datetime | None = None
    """No note was made since then, and who has it has had it since then."""
    promise_due_on: date | None = None
    """An open promise is due on this day."""
    limit: int | None = None
    numbers: Collection[int] = ()
    """These alone."""

    def as_json(self) -> dict[str, Any]:
        """The same for keeping in a proposal or a batch: ids, codes, amounts and dates."""
        plain = {name: _plain(value) for name, value in asdict(self).items()}
        return {name: value for name, value in plain.items() if value not in (None, [], False)}

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> "Filter":
        """What `as_json` made."""
        kinds = {one.name: str(one.type) for one in fields(Filter)}
        return Filter(**{name: _read(kinds[name], value) for name, value in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple | list | frozenset) else value


def _read(kind: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, str) and "datetime" in kind:
        return datetime.fromisoformat(value)
    if isinstance(value, str) and "date" in kind:
        return date.fromisoformat(value)
    return value


def select_ids(session: Session, filter_: Filter, *, at: datetime, after: int = 0) -> Sequence[int]:
    """The numbers of the cases meant but for the first so many: the highest balance first, then by number."""
    found = (
        select(Case.id).where(*conditions(filter_, at)).order_by(Case.balance.desc(), Case.id).offset(after)
    )
    return session.scalars(found if filter_.limit is None else found.limit(filter_.limit)).all()


def count_and_amount(session: Session, filter_: Filter, *, at: datetime) -> tuple[int, int]:
    """How many cases are meant, and how many fen they owe; without regard to the limit."""
    count, amount = session.execute(
        select(func.count(), func.coalesce(func.sum(Case.balance), 0)).where(*conditions(filter_, at))
    ).one()
    return int(count), int(amount)


def conditions(filter_: Filter, at: datetime) -> Sequence[ColumnElement[bool]]:
    """What a case must be like to be one of those that the filter means, whatever its limit."""
    wanted: list[ColumnElement[bool]] = []
    statuses = filter_.statuses or OPEN
    if set(statuses) <= set(OPEN):
        wanted.append(Case.closed_at.is_(None))
        if filter_.owner_ids:
            wanted.append(Case.live_owner_id.in_(filter_.owner_ids))
    elif filter_.owner_ids:
        wanted.append(Case.owner_id.in_(filter_.owner_ids))
    if filter_.statuses:
        wanted.append(Case.status.in_([str(status) for status in filter_.statuses]))
    for column, values in (
        (Case.id, filter_.numbers),
        (Case.unit_id, filter_.unit_ids),
        (Case.bucket, filter_.buckets),
        (Case.product, filter_.products),
        (Case.area, filter_.areas),
        (Case.placement_id, filter_.placement_ids),
    ):
        if values:
            wanted.append(column.in_(values))
    if filter_.amount_from is not None:
        wanted.append(Case.balance >= filter_.amount_from)
    if filter_.amount_to is not None:
        wanted.append(Case.balance <= filter_.amount_to)
    if filter_.not_accepted:
        wanted.append(Case.status == CaseStatus.ASSIGNED)
    if filter_.not_worked_since is not None:
        since = min(at, filter_.not_worked_since)
        wanted += [
            or_(Case.worked_at.is_(None), Case.worked_at < since),
            or_(Case.assigned_at.is_(None), Case.assigned_at < since),
            Case.status.in_([CaseStatus.ASSIGNED, CaseStatus.IN_PROGRESS, CaseStatus.PTP]),
        ]
    if filter_.promise_due_on is not None:
        wanted.append(
            exists().where(
                PromiseToPay.case_id == Case.id,
                PromiseToPay.status == PtpStatus.OPEN,
                PromiseToPay.due_on == filter_.promise_due_on,
            )
        )
    return wanted


@dataclass(frozen=True)
class Counts:
    """What somebody has; the pool apart."""

    held: int = 0
    not_accepted: int = 0
    promised: int = 0
    halted: int = 0
    due_today: int = 0
    """A follow-up is due by the end of the day."""
    amount: int = 0
    """Fen owed in all."""
    pool: int = 0
    """Cases in the pool that a supervisor holds; not among `held`."""


def counts(session: Session, owner_ids: Collection[int], at: datetime) -> Mapping[int, Counts]:
    """Employee → what they have: one question of an index, whatever others have."""
    ends = at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    found = {owner: Counts() for owner in owner_ids}
    for some in in_chunks(owner_ids):
        for row in session.execute(_counted(some, ends)):
            owner, *numbers = (int(number or 0) for number in row)
            found[owner] = Counts(*numbers)
    return found


def _counted(owners: Sequence[int], ends: datetime) -> Select[*tuple[Any, ...]]:
    in_pool = Case.status == CaseStatus.POOL

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    counted: Select[*tuple[Any, ...]] = (
        select(
            Case.live_owner_id,
            number(~in_pool),
            number(Case.status == CaseStatus.ASSIGNED),
            number(Case.status == CaseStatus.PTP),
            number(Case.status.in_([CaseStatus.DISPUTED, CaseStatus.SUSPENDED])),
            number(~in_pool & (Case.next_at < ends)),
            func.sum(case((in_pool, 0), else_=Case.balance)),
            number(in_pool),
        )
        .where(Case.live_owner_id.in_(owners))
        .group_by(Case.live_owner_id)
    )
    return counted
