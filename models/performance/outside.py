"""What other systems say that people did: taken once, corrected by what comes later, withdrawn as it came."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from models import audit, secrecy, staff
from models.base import in_chunks
from models.calendar import add_months
from models.errors import DomainError, NotFound
from models.performance.kinds import ResultKind, ResultState
from models.performance.tables import ExternalResult, ResultImport
from models.performance.windows import month_of
from models.policy import Policy
from models.staff import Employee

IMPORT = "performance.import_results"
LONGEST_ID, LONGEST_SYSTEM = 80, 40
FIRST_DAY = date(2000, 1, 1)
MOST: Mapping[ResultKind, int] = {
    ResultKind.PURCHASE: 10**13,
    ResultKind.LOAN: 10**13,
    ResultKind.OVERDUE: 10**13,
    ResultKind.TALK: 24 * 60,
    ResultKind.FEEDBACK: 100,
}
"""The most that makes sense: fen, minutes of a day, points."""
MONEY = (ResultKind.PURCHASE, ResultKind.LOAN, ResultKind.OVERDUE)
SIGNED = (ResultKind.PURCHASE, ResultKind.LOAN)
LONGEST_CYCLE = 36
"""A first visit lies at most so many months before what was signed."""
LOCK = 4530
"""The advisory lock of PostgreSQL: results are taken in one after the other."""
_PERSONAL = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx])(?!\d)|\S+@\S+\.\S+")
_SPACES = re.compile(r"\s+")


class NoSuchImport(NotFound):
    """Nothing came under this number."""

    texts = "external_results"


class ImportWithdrawn(DomainError):
    """It was withdrawn before (facts: number)."""

    texts = "external_results"


class Why(StrEnum):
    """Why a row is not taken; what to do about it stands in the texts."""

    NO_ID = "no_id"
    LONG = "long"
    PERSONAL = "personal"
    NO_KIND = "no_kind"
    NO_DAY = "no_day"
    DAY_AHEAD = "day_ahead"
    NO_AMOUNT = "no_amount"
    AMOUNT = "amount"
    NO_PERSON = "no_person"
    UNKNOWN_PERSON = "unknown_person"
    SEVERAL = "several"
    OWN = "own"
    NO_CUSTOMER = "no_customer"
    NO_LOAN = "no_loan"
    UNKNOWN_LOAN = "unknown_loan"
    OTHERS_LOAN = "others_loan"
    FIRST_VISIT = "first_visit"
    OTHER_KIND = "other_kind"
    TWICE = "twice"
    NO_SYSTEM = "no_system"


class Column(StrEnum):
    """What of a row is meant."""

    ID = "external_id"
    KIND = "kind"
    PERSON = "person"
    DAY = "day"
    AMOUNT = "amount"
    CUSTOMER = "customer"
    LOAN = "loan"
    FIRST_VISIT = "first_visit_on"
    SYSTEM = "system"


class Refusal(Exception):
    """A row is not taken: which column, and why."""

    def __init__(self, column: Column, why: Why, **facts: Any) -> None:
        super().__init__(why)
        self.column, self.why, self.facts = column, why, facts


@dataclass(frozen=True)
class Told:
    """One row of another system, read but not looked into."""

    kind: str
    day: date | None
    amount: int | None
    """Fen; minutes, points."""
    person: str = ""
    """Number or account. An overdue balance needs none: it is of who booked the loan."""
    external_id: str = ""
    """Empty of an overdue balance: its loan and its day make one."""
    customer: str = ""
    loan: str = ""
    first_visit_on: date | None = None
    system: str = ""


@dataclass(frozen=True)
class Total:
    """What another system says that somebody's rows of a month come to; of overdue balances, at its end."""

    person: str
    kind: str
    month: date
    count: int | None = None
    amount: int | None = None
    system: str = ""


@dataclass(frozen=True)
class Difference:
    """A total that is another one here."""

    person: str
    """The name; as it was told if nobody is known."""
    known: bool
    kind: str
    month: date
    told: tuple[int | None, int | None] | None
    """Count and amount; None: the other system says nothing of it."""
    held: tuple[int, int]


class Outcome(StrEnum):
    """What became of a row."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    """It is here just so."""
    CORRECTED = "corrected"
    """It took the place of an earlier one with the same id."""
    REFUSED = "refused"


@dataclass(frozen=True)
class Taken:
    """A row with what became of it."""

    told: Told
    outcome: Outcome
    refusal: Refusal | None = None


@dataclass
class Intake:
    """What became of everything that came together."""

    number: int | None = None
    """Of the import; None: nothing has changed, so that there is nothing to withdraw."""
    rows: list[Taken] = field(default_factory=list)
    differences: Sequence[Difference] = ()

    def count(self, outcome: Outcome) -> int:
        """How many rows came to this."""
        return sum(one.outcome is outcome for one in self.rows)

    @property
    def unknown(self) -> Sequence[str]:
        """Whom nobody knows, as they were told."""
        found = (
            one.told.person for one in self.rows if one.refusal and one.refusal.why is Why.UNKNOWN_PERSON
        )
        return list(dict.fromkeys(found))


def take_results(
    session: Session,
    rows: Sequence[Told],
    *,
    actor: Employee | None,
    at: datetime,
    policy: Policy,
    system: str = "",
    totals: Sequence[Total] = (),
    number: int | None = None,
    preview: bool = False,
) -> Intake:
    """Take what another system says, row by row; a row that is not right is refused and changes nothing else.

    Without an actor it is the operator who imports. `system` is that of rows that name none, `number` the
    import that these rows go on with. A preview says what would become of them, and keeps nothing.

    Raises:
        NotPermitted: the actor takes in no results.
    """
    if actor is not None:
        staff.require(actor, IMPORT, policy.rights)
    _one_by_one(session)
    nested = session.begin_nested() if preview else None
    intake = _Taking(session, actor, at, policy, system.strip(), number).all(rows)
    if totals:
        intake.differences = compare(session, totals, system=system.strip())
    if nested is not None:
        nested.rollback()
        intake.number = None
    return intake


def _one_by_one(session: Session) -> None:
    """Who comes second sees what the first one has taken (SQLite has one writer anyway)."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


class _Taking:
    """Results as they are taken in, with all that they could meet."""

    def __init__(
        self,
        session: Session,
        actor: Employee | None,
        at: datetime,
        policy: Policy,
        system: str,
        number: int | None,
    ) -> None:
        self._session, self._actor, self._at, self._policy = session, actor, at, policy
        self._system, self._number = system, number
        self._people: Mapping[str, Sequence[Employee]] = {}
        self._held: dict[tuple[str, str], ExternalResult] = {}
        self._seen: set[tuple[str, str]] = set()
        self._chains = _Chains()

    def all(self, rows: Sequence[Told]) -> Intake:
        """Take them."""
        named = [self._named(row) for row in rows]
        self._people = people_called(self._session, {row.person for row in named})
        wanted: dict[str, set[str]] = defaultdict(set)
        for row in named:
            wanted[row.system] |= {row.external_id, row.loan}
        for system, ids in wanted.items():
            self._held |= _holding(self._session, system, ids)
        intake = Intake()
        for told in named:
            try:
                outcome = self._take(told)
            except Refusal as refusal:
                intake.rows.append(Taken(told, Outcome.REFUSED, refusal))
            else:
                intake.rows.append(Taken(told, outcome))
        self._session.flush()
        self._chains.mend(self._session)
        intake.number = self._number
        if self._number is not None and self._actor is not None:
            self._note(intake)
        return intake

    def _named(self, told: Told) -> Told:
        """The row as it is compared: no spaces around, and an id of its own."""
        plain = {
            name: _SPACES.sub(" ", getattr(told, name)).strip()
            for name in ("kind", "person", "external_id", "customer", "loan", "system")
        }
        plain["system"] = plain["system"] or self._system
        if told.kind == ResultKind.OVERDUE and not plain["external_id"] and told.day is not None:
            plain["external_id"] = f"{plain['loan']}@{told.day:%Y%m%d}" if plain["loan"] else ""
        return Told(**plain, day=told.day, amount=told.amount, first_visit_on=told.first_visit_on)

    def _take(self, told: Told) -> Outcome:
        kind = _check(told, self._at.date())
        key = (told.system, told.external_id)
        if key in self._seen:
            raise Refusal(Column.ID, Why.TWICE, id=told.external_id)
        person = self._person(told, kind)
        known = self._held.get(key)
        if known is not None and known.kind != kind:
            raise Refusal(Column.KIND, Why.OTHER_KIND, kind=known.kind)
        hashed = ""
        if told.customer:
            hashed = secrecy.identity_hash(self._session, "customer", f"{told.system}|{told.customer}")
        facts: dict[str, Any] = {
            "employee_id": person.id,
            "day": told.day,
            "amount": told.amount,
            "customer_hash": hashed,
            "loan": told.loan,
            "first_visit_on": told.first_visit_on,
        }
        self._seen.add(key)
        if known is not None and all(getattr(known, name) == value for name, value in facts.items()):
            return Outcome.REPEATED
        if known is not None:
            self._chains.touch(known)
            known.state = ResultState.CORRECTED
            self._session.flush()
        row = ExternalResult(
            **facts,
            import_id=self._import(),
            system=told.system,
            external_id=told.external_id,
            kind=kind,
            customer=secrecy.seal(self._session, person.subject, told.customer or None),
            state=ResultState.HOLDS,
            replaces_id=None if known is None else known.id,
        )
        self._session.add(row)
        self._held[key] = row
        self._chains.touch(row)
        return Outcome.ACCEPTED if known is None else Outcome.CORRECTED

    def _import(self) -> int:
        if self._number is None:
            made = ResultImport(
                at=self._at, by_id=None if self._actor is None else self._actor.id, system=self._system
            )
            self._session.add(made)
            self._session.flush()
            self._number = made.id
        return self._number

    def _person(self, told: Told, kind: ResultKind) -> Employee:
        """Who did it.

        Raises:
            Refusal: nobody says, nobody is known or within reach, or it is who imports.
        """
        named = self._somebody(told.person) if told.person else None
        if kind is ResultKind.OVERDUE:
            loan = self._held.get((told.system, told.loan))
            if loan is None or loan.kind != ResultKind.LOAN:
                raise Refusal(Column.LOAN, Why.UNKNOWN_LOAN, loan=told.loan)
            if named is not None and named.id != loan.employee_id:
                raise Refusal(Column.PERSON, Why.OTHERS_LOAN, loan=told.loan)
            named = self._session.get_one(Employee, loan.employee_id)
        if named is None:
            raise Refusal(Column.PERSON, Why.NO_PERSON)
        if self._actor is not None:
            if named.id == self._actor.id:
                raise Refusal(Column.PERSON, Why.OWN)
            allowed = staff.reach(self._actor, IMPORT, self._policy.rights)
            if not staff.covers_person(self._session, allowed, self._actor, named, at=self._at):
                raise Refusal(Column.PERSON, Why.UNKNOWN_PERSON, person=told.person)
        return named

    def _somebody(self, asked: str) -> Employee:
        found = self._people.get(asked, ())
        if not found:
            raise Refusal(Column.PERSON, Why.UNKNOWN_PERSON, person=asked)
        if len(found) > 1:
            raise Refusal(Column.PERSON, Why.SEVERAL, person=asked)
        return found[0]

    def _note(self, intake: Intake) -> None:
        assert self._actor is not None
        audit.record(
            self._session,
            at=self._at,
            actor=self._actor.subject,
            action="performance.import_results",
            details={
                "import": self._number,
                "system": self._system,
                **{one.value: intake.count(one) for one in Outcome},
            },
        )


def _check(told: Told, today: date) -> ResultKind:
    """The kind of a row in which everything is there that it needs.

    Raises:
        Refusal: something is missing, or cannot be.
    """
    if told.kind not in list(ResultKind):
        raise Refusal(Column.KIND, Why.NO_KIND, kind=told.kind[:20])
    kind = ResultKind(told.kind)
    if not told.system:
        raise Refusal(Column.SYSTEM, Why.NO_SYSTEM)
    if kind is ResultKind.OVERDUE and not told.loan:
        raise Refusal(Column.LOAN, Why.NO_LOAN)
    if told.day is None:
        raise Refusal(Column.DAY, Why.NO_DAY)
    if not FIRST_DAY <= told.day <= today:
        raise Refusal(Column.DAY, Why.DAY_AHEAD, day=told.day)
    if not told.external_id:
        raise Refusal(Column.ID, Why.NO_ID)
    for column, value, most in (
        (Column.ID, told.external_id, LONGEST_ID),
        (Column.CUSTOMER, told.customer, LONGEST_ID),
        (Column.LOAN, told.loan, LONGEST_ID),
        (Column.SYSTEM, told.system, LONGEST_SYSTEM),
    ):
        if len(value) > most:
            raise Refusal(column, Why.LONG, most=most)
        if _PERSONAL.search(value):
            raise Refusal(column, Why.PERSONAL)
    if told.amount is None:
        raise Refusal(Column.AMOUNT, Why.NO_AMOUNT)
    least = 0 if kind in (ResultKind.OVERDUE, ResultKind.FEEDBACK) else 1
    if not least <= told.amount <= MOST[kind]:
        raise Refusal(Column.AMOUNT, Why.AMOUNT, kind=kind.value)
    if kind is ResultKind.PURCHASE and not told.customer:
        raise Refusal(Column.CUSTOMER, Why.NO_CUSTOMER)
    visited = told.first_visit_on
    if visited is not None and (
        kind not in SIGNED or not add_months(told.day, -LONGEST_CYCLE) <= visited <= told.day
    ):
        raise Refusal(Column.FIRST_VISIT, Why.FIRST_VISIT)
    return kind


def people_called(session: Session, asked: Collection[str]) -> Mapping[str, Sequence[Employee]]:
    """Number or account → who is called so, those who have left included."""
    found: dict[str, list[Employee]] = defaultdict(list)
    for some in in_chunks(one for one in asked if one):
        people = session.scalars(
            select(Employee).where(or_(Employee.number.in_(some), Employee.wecom_id.in_(some)))
        )
        for person in people:
            for name in {person.number, person.wecom_id} & set(some):
                if name:
                    found[name].append(person)
    return found


def _holding(session: Session, system: str, ids: Collection[str]) -> Mapping[tuple[str, str], ExternalResult]:
    found: dict[tuple[str, str], ExternalResult] = {}
    for some in in_chunks(one for one in ids if one):
        rows = session.scalars(
            select(ExternalResult).where(
                ExternalResult.system == system,
                ExternalResult.external_id.in_(some),
                ExternalResult.state == ResultState.HOLDS,
            )
        )
        found |= {(row.system, row.external_id): row for row in rows}
    return found


# --- what depends on what else is there ------------------------------------------------------------------


class _Chains:
    """Purchases of a customer from one person, balances of a loan: one row depends on the others."""

    def __init__(self) -> None:
        self._customers: set[tuple[int, str]] = set()
        self._loans: set[tuple[str, str]] = set()

    def touch(self, row: ExternalResult) -> None:
        """Have those put right to which a row belongs."""
        if row.kind == ResultKind.PURCHASE:
            self._customers.add((row.employee_id, row.customer_hash))
        elif row.kind == ResultKind.LOAN:
            self._loans.add((row.system, row.external_id))
        elif row.kind == ResultKind.OVERDUE:
            self._loans.add((row.system, row.loan))

    def mend(self, session: Session) -> None:
        """Put them right."""
        for employee_id, hashed in sorted(self._customers):
            _count_purchases(
                _rows(
                    session,
                    ExternalResult.kind == ResultKind.PURCHASE,
                    ExternalResult.employee_id == employee_id,
                    ExternalResult.customer_hash == hashed,
                )
            )
        for system, loan in sorted(self._loans):
            known = _holding(session, system, [loan]).get((system, loan))
            _follow_balances(
                session,
                known if known is not None and known.kind == ResultKind.LOAN else None,
                _rows(
                    session,
                    ExternalResult.kind == ResultKind.OVERDUE,
                    ExternalResult.system == system,
                    ExternalResult.loan == loan,
                ),
            )
        session.flush()


def _rows(session: Session, *which: Any) -> Sequence[ExternalResult]:
    return session.scalars(
        select(ExternalResult)
        .where(ExternalResult.state == ResultState.HOLDS, *which)
        .order_by(ExternalResult.day, ExternalResult.id)
    ).all()


def _count_purchases(rows: Iterable[ExternalResult]) -> None:
    """Number the days on which a customer bought; what is bought on the same day is one purchase."""
    days: dict[date, int] = {}
    for row in rows:
        if row.day in days:
            row.nth = 0
        else:
            row.nth = days[row.day] = len(days) + 1


def _follow_balances(session: Session, loan: ExternalResult | None, rows: Sequence[ExternalResult]) -> None:
    """Each balance stands until the next one, and is of who booked the loan; without it, nobody's."""
    following: Sequence[date | None] = [*(row.day for row in rows[1:]), None]
    for row, until in zip(rows, following, strict=False):
        row.until = until
        row.nth = 0 if loan is None else 1
        if loan is not None and row.employee_id != loan.employee_id:
            was = session.get_one(Employee, row.employee_id)
            who = session.get_one(Employee, loan.employee_id)
            customer = secrecy.open_text(session, was.subject, row.customer)
            row.customer = secrecy.seal(session, who.subject, customer)
            row.employee_id = loan.employee_id


# --- taken back --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Withdrawn:
    """What taking an import back has changed."""

    number: int
    gone: int
    restored: int
    """So many earlier rows count again."""
    stay: int
    """So many were corrected by a later import, which stays."""


@dataclass(frozen=True)
class ImportView:
    """An import as people see it."""

    entry: ResultImport
    by: Employee | None
    systems: Sequence[str]
    rows: int
    holding: int


def imports_listed(
    session: Session, *, actor: Employee, policy: Policy, limit: int = 6
) -> Sequence[ImportView]:
    """The newest imports first.

    Raises:
        NotPermitted: the actor takes in no results.
    """
    staff.require(actor, IMPORT, policy.rights)
    entries = session.scalars(select(ResultImport).order_by(ResultImport.id.desc()).limit(limit)).all()
    return [import_view(session, one) for one in entries]


def import_view(session: Session, entry: ResultImport) -> ImportView:
    """An import with who did it, and how much of it there is."""
    counts = session.execute(
        select(ExternalResult.system, ExternalResult.state, func.count())
        .where(ExternalResult.import_id == entry.id)
        .group_by(ExternalResult.system, ExternalResult.state)
        .order_by(ExternalResult.system)
    ).all()
    return ImportView(
        entry,
        None if entry.by_id is None else session.get_one(Employee, entry.by_id),
        list(dict.fromkeys(system for system, _, _ in counts)),
        sum(count for _, _, count in counts),
        sum(count for _, state, count in counts if state == ResultState.HOLDS),
    )


def import_called(session: Session, number: int, *, actor: Employee | None, policy: Policy) -> ImportView:
    """The import with this number that could be withdrawn.

    Raises:
        NotPermitted: the actor takes in no results; NoSuchImport: there is none; ImportWithdrawn: it was.
    """
    if actor is not None:
        staff.require(actor, IMPORT, policy.rights)
    entry = session.get(ResultImport, number)
    if entry is None:
        raise NoSuchImport(number=number)
    if entry.withdrawn_at is not None:
        raise ImportWithdrawn(number=number)
    return import_view(session, entry)


def withdraw_import(
    session: Session, number: int, *, actor: Employee | None, at: datetime, policy: Policy
) -> Withdrawn:
    """Take back everything that came under a number; what it corrected counts again.

    Raises:
        NotPermitted, NoSuchImport, ImportWithdrawn: as `import_called`.
    """
    _one_by_one(session)
    entry = import_called(session, number, actor=actor, policy=policy).entry
    rows = session.scalars(
        select(ExternalResult).where(ExternalResult.import_id == entry.id).order_by(ExternalResult.id)
    ).all()
    chains, gone, stay = _Chains(), [], 0
    for row in rows:
        if row.state == ResultState.HOLDS:
            gone.append(row)
        else:
            stay += 1
        chains.touch(row)
        row.state = ResultState.WITHDRAWN
    session.flush()
    restored = 0
    for row in gone:
        before = _before(session, row)
        if before is not None:
            before.state = ResultState.HOLDS
            chains.touch(before)
            restored += 1
    session.flush()
    chains.mend(session)
    entry.withdrawn_at = at
    entry.withdrawn_by_id = None if actor is None else actor.id
    audit.record(
        session,
        at=at,
        actor="operator" if actor is None else actor.subject,
        action="performance.withdraw_results",
        details={"import": number, "rows": len(gone), "restored": restored, "stay": stay},
    )
    return Withdrawn(number, len(gone), restored, stay)


def _before(session: Session, row: ExternalResult) -> ExternalResult | None:
    """What a row took the place of, passing over what was withdrawn."""
    before = None if row.replaces_id is None else session.get_one(ExternalResult, row.replaces_id)
    while before is not None and before.state == ResultState.WITHDRAWN:
        before = None if before.replaces_id is None else session.get_one(ExternalResult, before.replaces_id)
    return before


# --- compared ----------------------------------------------------------------------------------------------


def compare(session: Session, totals: Sequence[Total], *, system: str = "") -> Sequence[Difference]:
    """Where what another system says is not what is here; also what is here and it does not mention.

    Only of the months, kinds and systems that the totals are about.
    """
    people = people_called(session, {one.person for one in totals})
    found: list[Difference] = []
    told: set[tuple[str, str, date, int]] = set()
    for one in totals:
        known = people.get(one.person, ())
        if len(known) != 1:
            found.append(Difference(one.person, False, one.kind, one.month, (one.count, one.amount), (0, 0)))
            continue
        [person] = known
        where = one.system or system
        held = _held_in(session, where, one.kind, one.month).get(person.id, (0, 0))
        told.add((where, one.kind, one.month, person.id))
        if one.count not in (None, held[0]) or one.amount not in (None, held[1]):
            found.append(Difference(person.name, True, one.kind, one.month, (one.count, one.amount), held))
    for where, kind, month in sorted({key[:3] for key in told}):
        for who, held in sorted(_held_in(session, where, kind, month).items()):
            if (where, kind, month, who) not in told:
                name = session.get_one(Employee, who).name
                found.append(Difference(name, True, kind, month, None, held))
    return found


def _held_in(session: Session, system: str, kind: str, month: date) -> Mapping[int, tuple[int, int]]:
    window = month_of(month)
    rows = select(ExternalResult.employee_id, func.count(), func.sum(ExternalResult.amount)).where(
        ExternalResult.system == system,
        ExternalResult.kind == kind,
        ExternalResult.state == ResultState.HOLDS,
    )
    if kind == ResultKind.OVERDUE:
        rows = rows.where(
            ExternalResult.day <= window.last,
            or_(ExternalResult.until.is_(None), ExternalResult.until > window.last),
            ExternalResult.amount > 0,
        )
    else:
        rows = rows.where(ExternalResult.day.between(window.first, window.last))
    found = session.execute(rows.group_by(ExternalResult.employee_id)).all()
    return {who: (count, int(amount)) for who, count, amount in found}


# --- shown -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Origin:
    """Where a record of another system comes from."""

    system: str
    external_id: str
    customer: str
    """Its number, masked."""
    corrected: bool
    """Whether it took the place of an earlier one."""


def origins(session: Session, ids: Collection[int]) -> Mapping[int, Origin]:
    """Id of an external result → where it comes from."""
    found: dict[int, Origin] = {}
    for some in in_chunks(ids):
        rows = session.execute(
            select(ExternalResult, Employee)
            .join(Employee, Employee.id == ExternalResult.employee_id)
            .where(ExternalResult.id.in_(some))
        )
        for row, person in rows:
            customer = secrecy.open_text(session, person.subject, row.customer) or ""
            found[row.id] = Origin(
                row.system, row.external_id, _masked(customer), corrected=row.replaces_id is not None
            )
    return found


def _masked(text: str) -> str:
    """Enough to know which one is meant to who has the list."""
    if len(text) <= 2:
        return "*" * len(text)
    return f"{text[0]}{'*' * min(len(text) - 2, 3)}{text[-1]}"
