"""What has become of the sample cases before the visitor comes: given out, worked, promised, paid."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.demo.company import PEOPLE, Sample, branch_of
from bot.demo.names import stream
from bot.demo.portfolio import AREAS, WORKERS, Debt, debts
from models import cases, staff
from models.calendar import WorkCalendar
from models.cases import (
    AssignmentCause,
    Case,
    CaseFacts,
    CaseStatus,
    ContactFacts,
    DebtorFacts,
    HaltKind,
    Incoming,
    Terms,
)
from models.contact import DebtorContact, Relation
from models.errors import DomainError
from models.policy import Policy
from models.staff import Employee, Role

OPERATOR = "operator"
BATCH = 500
TERM_DAYS = 90
KNOWN, OTHERS, WAITING = 20, 6, 10
"""How many cases the named people have taken on, and the others, and how many wait for being accepted."""
STORIES = {
    "nothing": 40,
    "no answer": 24,
    "talked": 12,
    "follow-up": 6,
    "promise for today": 6,
    "promise for later": 5,
    "part paid": 2,
    "reported": 2,
    "paid": 1,
    "disputed": 1,
    "settlement": 1,
}
"""Of a hundred cases that were taken on."""
SAID = {
    "no_answer": ("响了很久没人接", "两次都没人接，下午再打", "关机"),
    "talked": ("本人接的，说月底发工资", "承认欠款，说手头紧，愿意分两次还", "说刚换工作，下周再联系"),
    "busy": ("在开会，让晚点打", "在开车，约了晚上"),
    "refused": ("说利息太高，不肯还",),
}


@dataclass
class _Work:
    """What the stories need."""

    session: Session
    now: datetime
    policy: Policy
    calendar: WorkCalendar
    finance: Employee

    def day_before(self, day: date, workdays: int = 1) -> date:
        """So many workdays earlier."""
        while workdays:
            day -= timedelta(days=1)
            workdays -= self.calendar.is_workday(day)
        return day

    def moment(self, day: date, clock: time) -> datetime:
        """A time of day, in the zone of now."""
        return datetime.combine(day, clock, tzinfo=self.now.tzinfo)


def enter_cases(
    session: Session, people: Sequence[Sample], *, now: datetime, policy: Policy, calendar: WorkCalendar
) -> int:
    """Enter the cases and what was done about them; a second time changes nothing. Returns how many."""
    owed = list(debts(people, now.date()))
    if cases.creditor_id(session, owed[0].lender.name) is not None:
        return 0
    [finance] = staff.holders(session, Role.FINANCE, unit_id=None, at=now)[:1]
    work = _Work(session, now, policy, calendar, finance)
    _place(work, owed)
    for branch, workers in _workers(work, people).items():
        given = _give_out(work, branch, workers)
        for worker in workers:
            _tell_stories(work, worker, given[worker.id])
    return len(owed)


def _place(work: _Work, owed: Sequence[Debt]) -> None:
    """Everything into the pools, as an import would bring it."""
    at = work.moment(work.day_before(work.now.date(), 2), time(16))
    ordered = sorted(owed, key=_batch_of)
    for _, same in groupby(ordered, key=_batch_of):
        batch = list(same)
        unit = staff.find_unit(work.session, batch[0].branch)
        assert unit is not None
        placement = cases.bring_up_to_date(
            work.session,
            creditor=batch[0].lender.name,
            number=f"{batch[0].batch:%Y-%m}批-{batch[0].branch}",
            unit_id=unit.id,
            terms=Terms(batch[0].batch, batch[0].batch + timedelta(days=TERM_DAYS), batch[0].lender.permille),
            at=at,
            actor=OPERATOR,
        )
        rows = [
            Incoming(n, placement.id, placement.creditor_id, unit.id, *_facts(one))
            for n, one in enumerate(batch)
        ]
        for first in range(0, len(rows), BATCH):
            ready = cases.make_ready(work.session, rows[first : first + BATCH], at=at)
            cases.take_in(
                work.session, ready, at=at, policy=work.policy, calendar=work.calendar, actor=OPERATOR
            )


def _batch_of(debt: Debt) -> tuple[str, str, date]:
    return debt.lender.name, debt.branch, debt.batch


def _facts(debt: Debt) -> tuple[DebtorFacts, CaseFacts]:
    contacts = tuple(ContactFacts(one.number, one.relation, one.name) for one in debt.friends)
    debtor = DebtorFacts(
        debt.customer.name, debt.id_number, debt.customer.phone, debt.customer.address, contacts
    )
    facts = CaseFacts(
        reference=debt.reference,
        balance=debt.balance,
        principal=min(debt.principal, debt.balance),
        overdue_since=debt.overdue_since,
        product=debt.lender.product,
        area=AREAS[debt.branch],
        language="普通话",
    )
    return debtor, facts


def _workers(work: _Work, people: Sequence[Sample]) -> Mapping[str, Sequence[Employee]]:
    """Branch → who works cases there."""
    found: dict[str, list[Employee]] = {}
    for person in people:
        if person.role in WORKERS:
            employee = staff.find_employee(work.session, person.userid, at=work.now)
            if employee is not None:
                found.setdefault(branch_of(person.team), []).append(employee)
    return found


def _give_out(work: _Work, branch: str, workers: Sequence[Employee]) -> Mapping[int, Sequence[int]]:
    """Two rounds: what has been worked since the last workday, and what waits for being accepted.

    Returns employee → the numbers of the first round.
    """
    households = _pool(work, branch)
    stream(f"give out/{branch}").shuffle(households)
    named = {person.userid for person in PEOPLE}
    first = _deal(households, {one.id: KNOWN if one.wecom_id in named else OTHERS for one in workers})
    _assign(work, branch, "first", first, work.moment(work.day_before(work.now.date()), time(9, 20)))
    second = _deal(households, {one.id: WAITING for one in workers})
    _assign(work, branch, "second", second, _lately(work))
    return first


def _pool(work: _Work, branch: str) -> list[list[int]]:
    """The numbers in the pool of a branch, those of one debtor together."""
    unit = staff.find_unit(work.session, branch)
    assert unit is not None
    there = select(Case.debtor_id, Case.id).where(Case.unit_id == unit.id, Case.status == CaseStatus.POOL)
    found: dict[int, list[int]] = {}
    for debtor_id, number in work.session.execute(there.order_by(Case.id)):
        found.setdefault(debtor_id, []).append(number)
    return list(found.values())


def _deal(households: list[list[int]], wanted: Mapping[int, int]) -> Mapping[int, Sequence[int]]:
    """Take households from the end until everybody has about so many cases."""
    hands: dict[int, list[int]] = {id_: [] for id_ in wanted}
    for id_, hand in hands.items():
        while households and len(hand) < wanted[id_]:
            hand += households.pop()
    return hands


def _lately(work: _Work) -> datetime:
    """A while ago, if people are at work; else at the end of the last workday."""
    before = work.now - timedelta(minutes=25)
    if work.calendar.is_workday(before.date()) and time(9) <= before.time() <= time(18):
        return before
    return work.moment(work.day_before(work.now.date()), time(17, 40))


def _assign(work: _Work, branch: str, name: str, hands: Mapping[int, Sequence[int]], at: datetime) -> None:
    cases.assign(
        work.session,
        to={number: owner for owner, numbers in hands.items() for number in numbers},
        cause=AssignmentCause.ASSIGN,
        by=None,
        at=at,
        key=f"demo:{branch}:{name}",
        policy=work.policy,
        calendar=work.calendar,
    )


# --- stories ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scene:
    """One case of somebody, and when it was worked."""

    work: _Work
    actor: Employee
    case: Case
    rng: Random
    at: datetime

    def note(self, outcome: str, next_at: datetime | None = None) -> None:
        """Note a call to the debtor's own number."""
        contact_id = self.work.session.scalar(
            select(DebtorContact.id).where(
                DebtorContact.debtor_id == self.case.debtor_id, DebtorContact.relation == Relation.DEBTOR
            )
        )
        cases.add_note(
            self.work.session,
            actor=self.actor,
            case=self.case,
            at=self.at,
            policy=self.work.policy,
            outcome=outcome,
            words=self.rng.choice(SAID[outcome]),
            contact_id=contact_id,
            identity_stated=True,
            next_at=next_at,
        )

    def some(self, least: float, most: float) -> int:
        """A part of what is owed, in whole hundreds of yuan where there are as many."""
        part = int(self.case.balance * self.rng.uniform(least, most))
        return max(part // 10_000 * 10_000, min(part, 10_000)) or self.case.balance

    def promise(self, due_on: date) -> None:
        """The debtor promises a part."""
        self.note("talked")
        cases.promise(
            self.work.session,
            actor=self.actor,
            case=self.case,
            amount=self.some(0.1, 0.5),
            due_on=due_on,
            at=self.at,
            policy=self.work.policy,
        )

    def payment(self, amount: int, *, confirmed: bool) -> None:
        """The debtor has paid, as the owner reports; finance may have confirmed it."""
        work, at = self.work, self.at + timedelta(minutes=20)
        paid = cases.report_payment(
            work.session,
            actor=self.actor,
            case=self.case,
            amount=amount,
            paid_on=at.date(),
            at=at,
            policy=work.policy,
        )
        if confirmed:
            cases.confirm_payment(
                work.session,
                actor=work.finance,
                payment=paid,
                at=at + timedelta(minutes=40),
                policy=work.policy,
            )


def _tell_stories(work: _Work, worker: Employee, numbers: Sequence[int]) -> None:
    rng = stream(f"stories/{worker.wecom_id}")
    day = work.day_before(work.now.date())
    for place, number in enumerate(numbers):
        case = work.session.get_one(Case, number)
        accepted = work.moment(day, time(9, 30)) + timedelta(minutes=rng.randrange(20))
        cases.accept(work.session, actor=worker, case=case, at=accepted, policy=work.policy)
        [story] = rng.choices(list(STORIES), weights=list(STORIES.values()))
        at = work.moment(day, time(10)) + timedelta(minutes=15 * place + rng.randrange(15))
        with suppress(DomainError):  # such as a promise that would be due too late
            TELLINGS[story](_Scene(work, worker, case, rng, min(at, work.moment(day, time(17)))))


def _nothing(_scene: _Scene) -> None:
    """It was accepted, and that is all."""


def _no_answer(scene: _Scene) -> None:
    scene.note("no_answer")


def _talked(scene: _Scene) -> None:
    scene.note(scene.rng.choice(("talked", "busy", "refused")))


def _follow_up(scene: _Scene) -> None:
    work = scene.work
    next_at = work.moment(work.now.date(), time(scene.rng.randint(9, 17), scene.rng.choice((0, 30))))
    scene.note("busy", next_at if next_at > work.now else next_at + timedelta(days=1))


def _promise_for_today(scene: _Scene) -> None:
    scene.promise(scene.work.now.date())


def _promise_for_later(scene: _Scene) -> None:
    scene.promise(scene.work.now.date() + timedelta(days=scene.rng.randint(1, 4)))


def _part_paid(scene: _Scene) -> None:
    scene.note("talked")
    scene.payment(scene.some(0.1, 0.6), confirmed=True)


def _reported(scene: _Scene) -> None:
    scene.note("talked")
    scene.payment(scene.some(0.1, 0.6), confirmed=False)


def _paid(scene: _Scene) -> None:
    scene.note("talked")
    scene.payment(scene.case.balance, confirmed=True)


def _disputed(scene: _Scene) -> None:
    scene.note("refused")
    cases.halt(
        scene.work.session,
        actor=scene.actor,
        case=scene.case,
        kind=HaltKind.DISPUTE,
        reason="客户说有一笔还款没有算进去，要求核对账单",
        at=scene.at + timedelta(minutes=5),
        policy=scene.work.policy,
    )


def _settlement(scene: _Scene) -> None:
    scene.note("talked")
    cases.ask_settlement(
        scene.work.session,
        actor=scene.actor,
        case=scene.case,
        pay_amount=scene.case.balance * 92 // 100 // 100 * 100,
        pay_by=scene.work.now.date() + timedelta(days=5),
        reason="客户能一次付清，请减免一部分利息",
        at=scene.at + timedelta(minutes=5),
        policy=scene.work.policy,
    )


TELLINGS: Mapping[str, Callable[[_Scene], None]] = {
    "nothing": _nothing,
    "no answer": _no_answer,
    "talked": _talked,
    "follow-up": _follow_up,
    "promise for today": _promise_for_today,
    "promise for later": _promise_for_later,
    "part paid": _part_paid,
    "reported": _reported,
    "paid": _paid,
    "disputed": _disputed,
    "settlement": _settlement,
}
