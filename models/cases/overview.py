"""What leaders ask about the cases of others: which there are, who is to be reminded, what was done."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import audit, contact, staff
from models.base import in_chunks
from models.cases.access import ASSIGN, SEE
from models.cases.kinds import WORKED, PaymentState
from models.cases.queries import Counts, Filter, counts, select_ids
from models.cases.tables import Case, ContactNote, Payment, PromiseToPay
from models.contact import ContactChannel, ContactConsent, Debtor, Rule, decide
from models.policy import Policy
from models.staff import Employee, Post, Role, Unit, UnitTree

CALLERS = (Role.COLLECTOR, Role.FIELD_REP, Role.TEAM_LEADER)
"""Roles whose holders work cases."""


@dataclass(frozen=True)
class Scope:
    """Whose cases are asked about: these people, these units, or everybody."""

    owners: tuple[int, ...] = ()
    units: tuple[int, ...] = ()

    def within(self, filter_: Filter) -> Filter:
        """The filter, for these alone."""
        return replace(filter_, owner_ids=self.owners, unit_ids=self.units)


def scope_of(
    session: Session,
    *,
    actor: Employee,
    action: str,
    people: Collection[int] = (),
    unit_id: int | None = None,
    at: datetime,
    policy: Policy,
) -> Scope:
    """Whose cases an actor means: the people or the unit named, else all for whom they may do `action`.

    Raises:
        NotPermitted: no role of the actor includes the action; OutOfReach: not for these people or this unit.
    """
    allowed = staff.require(actor, action, policy.rights)
    if people:
        for person in session.scalars(select(Employee).where(Employee.id.in_(people)).order_by(Employee.id)):
            staff.require_for_person(session, actor=actor, action=action, person=person, at=at, policy=policy)
        return Scope(owners=tuple(people))
    if unit_id is not None:
        staff.require_for_unit(session, actor=actor, action=action, unit_id=unit_id, policy=policy)
        below = select(UnitTree.unit_id).where(UnitTree.ancestor_id == unit_id).order_by(UnitTree.unit_id)
        return Scope(units=tuple(session.scalars(below)))
    if allowed.everything:
        return Scope()
    if not (allowed.teams or allowed.subtrees):
        return Scope(owners=(actor.id,))
    near = select(Unit.id).where(staff.unit_in_reach(allowed, Unit.id)).order_by(Unit.id)
    return Scope(units=tuple(session.scalars(near)))


def workers_in(session: Session, scope: Scope, at: datetime) -> Sequence[int]:
    """The people of a scope who work cases, in the order of their ids."""
    if scope.owners:
        return scope.owners
    found = (
        select(Employee.id)
        .join(Post, Post.employee_id == Employee.id)
        .where(Post.role.in_(CALLERS), staff.held(at), staff.active(at))
        .distinct()
        .order_by(Employee.id)
    )
    return session.scalars(found.where(Post.unit_id.in_(scope.units)) if scope.units else found).all()


@dataclass(frozen=True)
class Listed:
    """A case in a list."""

    number: int
    name: str
    """Of the debtor, masked."""
    bucket: int
    balance: int
    status: str
    owner: str


def listed(session: Session, numbers: Sequence[int]) -> Sequence[Listed]:
    """These cases as a list shows them, in the order given."""
    rows = session.execute(
        select(Case, Debtor.name_mask, Employee.name)
        .join(Debtor, Debtor.id == Case.debtor_id)
        .join(Employee, Employee.id == Case.owner_id)
        .where(Case.id.in_(numbers))
    ).all()
    by_number = {
        case.id: Listed(case.id, name, case.bucket, case.balance, case.status, owner)
        for case, name, owner in rows
    }
    return [by_number[number] for number in numbers if number in by_number]


@dataclass(frozen=True)
class Quiet:
    """Cases of which the debtors may not be called at some hour."""

    cases: int
    until: datetime
    """When the last of them may be called again."""


def quiet_among(session: Session, *, numbers: Collection[int], at: datetime, policy: Policy) -> Quiet | None:
    """Which of these may not be called at `at` because of the hour, by their own rule packs and consents."""
    closed: dict[int, datetime] = {}
    by_creditor: dict[int, datetime | None] = {}
    for some in in_chunks(numbers):
        for number, creditor_id in session.execute(
            select(Case.id, Case.creditor_id).where(Case.id.in_(some))
        ):
            if creditor_id not in by_creditor:
                by_creditor[creditor_id] = contact.quiet_until(
                    session, creditor_id=creditor_id, at=at, policy=policy
                )
            until = by_creditor[creditor_id]
            if until is not None:
                closed[number] = until
    for some in in_chunks(closed):
        agreed = select(ContactConsent.debtor_id)
        with_consent = (
            select(Case.id, Debtor)
            .join(Debtor, Debtor.id == Case.debtor_id)
            .where(Case.id.in_(some), Debtor.id.in_(agreed))
        )
        for number, debtor in session.execute(with_consent):
            decision = decide(session, debtor=debtor, channel=ContactChannel.CALL, at=at, policy=policy)
            if Rule.QUIET_HOURS not in decision.rules:
                del closed[number]
            elif decision.next_at is not None:
                closed[number] = decision.next_at
    return Quiet(len(closed), max(closed.values())) if closed else None


@dataclass(frozen=True)
class Overdue:
    """What one person is reminded of."""

    person_id: int
    numbers: tuple[int, ...]
    not_accepted: int
    amount: int


MOST_CHASED = 2000
"""So many cases one reminder is about at most."""


def to_chase(
    session: Session,
    *,
    actor: Employee,
    scope: Scope,
    filter_: Filter,
    at: datetime,
    policy: Policy,
    among: Mapping[int, Collection[int]] | None = None,
) -> Sequence[Overdue]:
    """Who has cases of a kind that want a reminder, in the order of their ids; never the actor.

    Without anything in the filter: what waits for being accepted, what is promised for today, and what nobody
    has worked for as long as the policy allows. Of more than `MOST_CHASED` those that owe most. `among`
    (person → cases) leaves out what was not found before, and what that person has not any more: none of it
    is cut off.

    Raises:
        NotPermitted: the actor may not assign.
    """
    staff.require(actor, ASSIGN, policy.rights)
    if filter_ == Filter():
        idle = at - timedelta(days=policy.reminders.idle_workdays)
        wanted = [
            Filter(not_accepted=True),
            Filter(promise_due_on=at.date()),
            Filter(not_worked_since=idle),
        ]
    else:
        wanted = [filter_]
    numbers: dict[int, None] = {}
    for one in wanted:
        meant = replace(scope.within(one), statuses=one.statuses or WORKED)
        if among is None:
            numbers.update(dict.fromkeys(select_ids(session, replace(meant, limit=MOST_CHASED), at=at)))
            continue
        for some in in_chunks(number for known in among.values() for number in known):
            numbers.update(dict.fromkeys(select_ids(session, replace(meant, numbers=some), at=at)))
    before = None if among is None else {owner: frozenset(known) for owner, known in among.items()}
    of: dict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for some in in_chunks(numbers):
        rows = select(Case.id, Case.owner_id, Case.status, Case.balance).where(Case.id.in_(some))
        for number, owner, status, balance in session.execute(rows.order_by(Case.id)):
            if before is None or number in before.get(owner, ()):
                of[owner].append((number, status, balance))
    return [
        Overdue(
            owner,
            tuple(number for number, _, _ in some),
            sum(status == "assigned" for _, status, _ in some),
            sum(balance for _, _, balance in some),
        )
        for owner, some in sorted(of.items())
        if owner != actor.id
    ]


def note_chase(session: Session, *, actor: Employee, chased: Sequence[Overdue], at: datetime) -> None:
    """Enter into the evidence trail who was reminded of how many cases."""
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="cases.chase",
        details={str(one.person_id): len(one.numbers) for one in chased},
    )


@dataclass(frozen=True)
class Done:
    """What one person has, and what they did in a day."""

    person_id: int
    name: str
    has: Counts
    notes: int = 0
    cases_worked: int = 0
    promises: int = 0
    promised: int = 0
    payments: int = 0
    paid: int = 0
    """Confirmed, in fen."""


def progress(
    session: Session, *, actor: Employee, scope: Scope, day: date, at: datetime, policy: Policy
) -> Sequence[Done]:
    """What the people of a scope did on a day: notes, promises, confirmed payments; by id.

    Raises:
        NotPermitted: the actor may not see cases.
    """
    staff.require(actor, SEE, policy.rights)
    people = workers_in(session, scope, at)
    begins = datetime.combine(day, time(), tzinfo=at.tzinfo)
    ends = begins + timedelta(days=1)
    names = dict(_names(session, people))
    has = counts(session, people, at)
    notes = _notes(session, people, begins, ends)
    promises = _promises(session, people, begins, ends)
    payments = _payments(session, people, begins, ends)
    nothing = (0, 0)
    return [
        Done(
            person,
            names[person],
            has[person],
            *notes.get(person, nothing),
            *promises.get(person, nothing),
            *payments.get(person, nothing),
        )
        for person in people
    ]


def _names(session: Session, people: Sequence[int]) -> Sequence[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for some in in_chunks(people):
        rows = session.execute(select(Employee.id, Employee.name).where(Employee.id.in_(some)))
        found += [(id_, name) for id_, name in rows]
    return found


Sums = Mapping[int, tuple[int, int]]


def _notes(session: Session, people: Sequence[int], begins: datetime, ends: datetime) -> Sums:
    found: dict[int, tuple[int, int]] = {}
    for some in in_chunks(people):
        rows = session.execute(
            select(ContactNote.employee_id, func.count(), func.count(ContactNote.case_id.distinct()))
            .where(ContactNote.employee_id.in_(some), ContactNote.at >= begins, ContactNote.at < ends)
            .group_by(ContactNote.employee_id)
        )
        found |= {person: (int(many), int(worked)) for person, many, worked in rows}
    return found


def _promises(session: Session, people: Sequence[int], begins: datetime, ends: datetime) -> Sums:
    found: dict[int, tuple[int, int]] = {}
    for some in in_chunks(people):
        rows = session.execute(
            select(Case.live_owner_id, func.count(), func.sum(PromiseToPay.amount))
            .join(PromiseToPay, PromiseToPay.case_id == Case.id)
            .where(Case.live_owner_id.in_(some), PromiseToPay.made_at >= begins, PromiseToPay.made_at < ends)
            .group_by(Case.live_owner_id)
        )
        found |= {int(person or 0): (int(many), int(amount or 0)) for person, many, amount in rows}
    return found


def _payments(session: Session, people: Sequence[int], begins: datetime, ends: datetime) -> Sums:
    found: dict[int, tuple[int, int]] = {}
    for some in in_chunks(people):
        rows = session.execute(
            select(Payment.credited_to_id, func.count(), func.sum(Payment.amount))
            .where(
                Payment.credited_to_id.in_(some),
                Payment.posted_at >= begins,
                Payment.posted_at < ends,
                Payment.state == PaymentState.CONFIRMED,
            )
            .group_by(Payment.credited_to_id)
        )
        found |= {int(person or 0): (int(many), int(amount or 0)) for person, many, amount in rows}
    return found
