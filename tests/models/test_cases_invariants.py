"""Whatever people do to cases, in any order: one owner, no gap, every fen accounted for (domain.md 5.2)."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import create_engine, event, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from bot.policy import load_policy, work_calendar
from models import cases, handover, secrecy, staff
from models.base import SHANGHAI, Base
from models.cases import (
    Assignment,
    AssignmentBatch,
    AssignmentCause,
    Case,
    CaseEvent,
    CaseFacts,
    CaseStatus,
    DebtorFacts,
    FollowUp,
    Halt,
    HaltKind,
    OfferState,
    Payment,
    PaymentState,
    PromiseToPay,
    PtpStatus,
    SettlementOffer,
)
from models.cases.kinds import ENDED
from models.cases.ownership import RESTORED
from models.cases.rules import HALTED, follow_each_other
from models.contact import Debtor
from models.errors import DomainError
from models.secrecy import Keyring
from models.staff import Employee, Role, UnitKind

MONDAY = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
POLICY = load_policy()
CALENDAR = work_calendar(POLICY)
EXAMPLES, PROOFS, STEPS = 12, 200, 30
PEOPLE = (
    ("boss", Role.SUPERVISOR, ""),
    ("manager", Role.MANAGER, ""),
    ("leader", Role.TEAM_LEADER, "一组"),
    ("zhangsan", Role.COLLECTOR, "一组"),
    ("lisi", Role.COLLECTOR, "一组"),
    ("wangwu", Role.COLLECTOR, "一组"),
    ("finance", Role.FINANCE, ""),
)
WORKERS = ("leader", "zhangsan", "lisi", "wangwu")
DEBTORS = ("甲方方", "乙方方", "丙方方")

workers = st.sampled_from(WORKERS)
numbers = st.integers(1, 6)
some = st.lists(numbers, min_size=1, max_size=4, unique=True)
amounts = st.sampled_from([1, 20000, 50000, 100000])


@contextmanager
def refusals_are_answers() -> Iterator[None]:
    """Whoever is refused is told so, and nothing has changed."""
    try:
        yield
    except DomainError:
        return


class Floor(RuleBasedStateMachine):
    """A team, its leaders and finance, and six cases of three debtors."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        Base.metadata.create_all(self.engine)
        self.now = MONDAY
        self.batches = 0

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Kept as a whole or not at all; what the database defers is checked at its end."""
        keys = {secrecy.INFO: Keyring([b"k" * 32], b"h" * 32)}
        with Session(self.engine, info=keys, expire_on_commit=False) as session, session.begin():
            yield session

    def who(self, session: Session, account: str) -> Employee | None:
        """Somebody who has not left."""
        return staff.find_employee(session, account, at=self.now)

    def act(self, operation: Callable[..., Any], account: str, number: int, **more: Any) -> None:
        """Somebody does something to a case, or is refused."""
        with refusals_are_answers(), self.transaction() as session:
            actor = self.who(session, account)
            if actor is not None:
                case = session.get_one(Case, number)
                operation(session, actor=actor, case=case, at=self.now, policy=POLICY, **more)

    def decide(self, operation: Callable[..., Any], account: str, row: Any, what: str, **more: Any) -> None:
        """Somebody decides about something somebody else has asked for, or is refused."""
        with refusals_are_answers(), self.transaction() as session:
            actor = self.who(session, account)
            found = session.scalars(row).first()
            if actor is not None and found is not None:
                operation(session, actor=actor, at=self.now, policy=POLICY, **{what: found}, **more)

    def later(self) -> None:
        """A minute passes."""
        self.now += timedelta(minutes=1)

    @initialize()
    def begin(self) -> None:
        """Two cases of each debtor in the pool."""
        with self.transaction() as session:
            branch = staff.add_unit(session, name="城北分公司", kind=UnitKind.BRANCH)
            for account, role, team in PEOPLE:
                unit = staff.add_unit(session, name=team, parent=branch) if team else branch
                if account == "finance":
                    unit = staff.ensure_root(session)
                staff.add_employee(session, wecom_id=account, name=account, role=role, unit=unit)
            placement = cases.open_placement(
                session,
                creditor=cases.creditor_called(session, "蓉城银行"),
                number="2026-03",
                unit=branch,
                start_on=date(2026, 3, 1),
                end_on=date(2026, 6, 30),
                at=self.now,
            )
            for number in range(6):
                cases.place(
                    session,
                    placement=placement,
                    debtor=DebtorFacts(name=DEBTORS[number // 2], phone=f"1380013800{number // 2}"),
                    facts=CaseFacts(reference=str(number), balance=100000),
                    at=self.now,
                    policy=POLICY,
                    calendar=CALENDAR,
                )
        self.later()

    @rule(
        by=st.sampled_from(["boss", "manager", "leader", ""]),
        which=some,
        to=workers,
        cause=st.sampled_from([AssignmentCause.ASSIGN, AssignmentCause.TRANSFER, AssignmentCause.RECYCLE]),
        asked=st.sampled_from([None, CaseStatus.POOL, CaseStatus.ASSIGNED]),
        undo=st.booleans(),
    )
    def assign(
        self, by: str, which: list[int], to: str, cause: AssignmentCause, asked: CaseStatus | None, undo: bool
    ) -> None:
        """Cases are given to somebody; it is perhaps taken back at once, and then all is as it was."""
        before = self.standing()
        self.batches += 1
        key = f"batch:{self.batches}"
        with refusals_are_answers(), self.transaction() as session:
            actor = self.who(session, by) if by else None
            taker = session.scalars(
                select(Employee).where(Employee.wecom_id == ("boss" if asked == "pool" else to))
            ).one()
            cases.assign(
                session,
                to=dict.fromkeys(which, taker.id),
                cause=cause,
                by=actor,
                at=self.now,
                key=key,
                policy=POLICY,
                calendar=CALENDAR,
                status=asked,
            )
        if undo:
            self.later()
            self.undo(key)
            assert self.standing() == before
        self.later()

    def undo(self, key: str) -> None:
        """Take a batch back, if there is one."""
        with self.transaction() as session:
            batch = session.scalars(select(AssignmentBatch).where(AssignmentBatch.key == key)).one_or_none()
            if batch is not None:
                cases.undo_assignment(session, batch=batch, actor=None, at=self.now, policy=POLICY)

    @rule(back=st.integers(0, 3))
    def undo_some(self, back: int) -> None:
        """An older batch is taken back, unless something has happened since."""
        with refusals_are_answers():
            self.undo(f"batch:{self.batches - back}")
        self.later()

    def standing(self) -> list[tuple[Any, ...]]:
        """How every case stands, its version apart."""
        with self.transaction() as session:
            columns = [getattr(Case, name) for name in (*RESTORED, "next_at", "balance", "live_owner_id")]
            rows = session.execute(select(Case.id, *columns).order_by(Case.id))
            return [tuple(row) for row in rows]

    @rule(who=workers, number=numbers)
    def accept(self, who: str, number: int) -> None:
        self.act(cases.accept, who, number)

    @rule(who=workers, number=numbers)
    def decline(self, who: str, number: int) -> None:
        self.act(cases.decline, who, number, reason="亲戚")
        self.later()

    @rule(who=workers, number=numbers, outcome=st.sampled_from(["no_answer", "talked"]), again=st.booleans())
    def note(self, who: str, number: int, outcome: str, again: bool) -> None:
        next_at = self.now + timedelta(hours=30) if again else None
        self.act(cases.add_note, who, number, outcome=outcome, next_at=next_at)

    @rule(who=workers, number=numbers, hours=st.integers(1, 50))
    def plan(self, who: str, number: int, hours: int) -> None:
        self.act(cases.plan_follow_up, who, number, due_at=self.now + timedelta(hours=hours))

    @rule(who=workers, number=numbers, amount=amounts, days=st.integers(0, 7))
    def promise(self, who: str, number: int, amount: int, days: int) -> None:
        due_on = self.now.date() + timedelta(days=days)
        self.act(cases.promise, who, number, amount=amount, due_on=due_on)

    @rule(who=workers, number=numbers)
    def cancel_promise(self, who: str, number: int) -> None:
        self.act(cases.cancel_promise, who, number)

    @rule(who=workers, number=numbers, amount=amounts, at_once=st.booleans())
    def pay(self, who: str, number: int, amount: int, at_once: bool) -> None:
        self.act(cases.report_payment, who, number, amount=amount, paid_on=self.now.date())
        if at_once:
            self.confirm()

    @rule()
    def confirm(self) -> None:
        reported = select(Payment).where(Payment.state == PaymentState.REPORTED).order_by(Payment.id)
        self.decide(cases.confirm_payment, "finance", reported, "payment")

    @rule()
    def reject(self) -> None:
        reported = select(Payment).where(Payment.state == PaymentState.REPORTED).order_by(Payment.id)
        self.decide(cases.reject_payment, "finance", reported, "payment", reason="没到账")

    @rule()
    def reverse(self) -> None:
        posted = select(Payment).where(Payment.posted_at.is_not(None), Payment.amount > 0)
        newest = posted.order_by(Payment.id.desc())
        self.decide(cases.reverse_payment, "finance", newest, "payment", reason="退票")
        self.later()

    @rule(who=workers, number=numbers, percent=st.sampled_from([50, 75, 95]))
    def ask(self, who: str, number: int, percent: int) -> None:
        amount = 1000 * percent
        self.act(
            cases.ask_settlement,
            who,
            number,
            pay_amount=amount,
            pay_by=self.now.date() + timedelta(days=3),
            reason="困难",
        )

    @rule(who=st.sampled_from(["boss", "leader", "manager"]), approved=st.booleans())
    def answer(self, who: str, approved: bool) -> None:
        asked = select(SettlementOffer).where(SettlementOffer.state == OfferState.ASKED)
        self.decide(
            cases.decide_settlement,
            who,
            asked,
            "offer",
            approved=approved,
            reason="可以" if approved else "不行",
        )

    @rule(who=workers, number=numbers, kind=st.sampled_from(HaltKind))
    def halt(self, who: str, number: int, kind: HaltKind) -> None:
        self.act(cases.halt, who, number, kind=kind, reason="本人说的")
        self.later()

    @rule(number=numbers, upheld=st.sampled_from([None, True, False]))
    def resume(self, number: int, upheld: bool | None) -> None:
        self.act(cases.resume, "manager", number, upheld=upheld)
        self.later()

    @rule(which=some)
    def send_back(self, which: list[int]) -> None:
        with refusals_are_answers(), self.transaction() as session:
            actor = self.who(session, "manager")
            cases.return_cases(
                session, actor=actor, case_ids=which, reason="召回", at=self.now, policy=POLICY
            )

    @rule(number=numbers)
    def reopen(self, number: int) -> None:
        self.act(cases.reopen, "manager", number, reason="误退")
        self.later()

    @rule(who=workers, to=workers)
    def hand_over(self, who: str, to: str) -> None:
        """All that somebody has goes to somebody else, item by item."""
        with refusals_are_answers(), self.transaction() as session:
            ids = dict(session.execute(select(Employee.wecom_id, Employee.id)).all())  # type: ignore[arg-type]
            for (area, item_id), _ in sorted(handover.open_items(session, ids[who], self.now).items()):
                if area in ("cases", "case_pools", "settlements") and who != to:
                    registered = handover.registry.area(area)
                    assert registered.reassign(session, item_id, ids[who], ids[to], self.now)
                    assert registered.owner_of(session, item_id, self.now) in (ids[to], None)
        self.later()

    @rule(who=st.sampled_from(["zhangsan", "lisi", "boss"]))
    def leave(self, who: str) -> None:
        """Somebody leaves, and whoever leads has what they had."""
        with self.transaction() as session:
            gone = self.who(session, who)
            if gone is None:
                return
            manager = self.who(session, "manager")
            assert manager is not None
            for (area, item_id), _ in sorted(handover.open_items(session, gone.id, self.now).items()):
                if area in ("cases", "case_pools", "settlements"):
                    handover.registry.area(area).reassign(session, item_id, gone.id, manager.id, self.now)
            gone.left_at = self.now
        self.later()

    @rule(days=st.integers(1, 4))
    def time_passes(self, days: int) -> None:
        """Days pass, and what happens by itself happens."""
        self.now += timedelta(days=days)
        with self.transaction() as session:
            cases.settle_promises(session, at=self.now, policy=POLICY, calendar=CALENDAR)
            cases.expire_offers(session, at=self.now, policy=POLICY)
            cases.recompute_buckets(session, today=self.now.date())

    @invariant()
    def everything_holds(self) -> None:
        """The invariants of domain.md 5.2, and whatever else has to be so."""
        if self.now == MONDAY:
            return
        with self.transaction() as session:
            for case in session.scalars(select(Case).order_by(Case.id)):
                check_ownership(session, case)
                check_money(session, case)
                check_state(session, case)
                check_events(session, case)
            here = {one.id for one in session.scalars(select(Employee).where(staff.active(self.now)))}
            assert set(session.scalars(select(Case.owner_id).where(Case.closed_at.is_(None)))) <= here


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")


def check_ownership(session: Session, case: Case) -> None:
    """Exactly one owner, without gap or overlap, and one for all open cases of a debtor."""
    history = session.scalars(
        select(Assignment).where(Assignment.case_id == case.id).order_by(Assignment.number)
    ).all()
    assert [row.number for row in history] == list(range(1, len(history) + 1))
    assert follow_each_other([(row.started_at, row.ended_at) for row in history])
    assert history[-1].owner_id == case.owner_id
    if case.closed_at is None:
        assert case.live_owner_id == case.owner_id
        assert session.get_one(Debtor, case.debtor_id).owner_id == case.owner_id


def check_money(session: Session, case: Case) -> None:
    """What is owed is what was placed, without what was waived and what has come in."""
    paid = session.scalar(
        select(func.coalesce(func.sum(Payment.amount), 0)).where(
            Payment.case_id == case.id, Payment.state == PaymentState.CONFIRMED
        )
    )
    assert case.balance == case.placed_balance - case.waived - (paid or 0)
    assert case.balance >= 0
    for known in session.scalars(select(PromiseToPay).where(PromiseToPay.case_id == case.id)):
        towards = session.scalar(
            select(func.coalesce(func.sum(Payment.amount), 0)).where(
                Payment.promise_id == known.id, Payment.state == PaymentState.CONFIRMED
            )
        )
        assert known.paid == towards
        if known.status == PtpStatus.KEPT:
            assert known.paid >= known.amount
        if known.status in (PtpStatus.OPEN, PtpStatus.BROKEN, PtpStatus.PARTIAL):
            assert known.paid < known.amount


def check_state(session: Session, case: Case) -> None:
    """What is open about a case goes with its state."""

    def count(table: Any, *conditions: Any) -> int:
        return session.scalar(select(func.count()).where(table.case_id == case.id, *conditions)) or 0

    promises = count(PromiseToPay, PromiseToPay.status == PtpStatus.OPEN)
    halts = count(Halt, Halt.closed_at.is_(None))
    offers = count(SettlementOffer, SettlementOffer.state.in_((OfferState.ASKED, OfferState.APPROVED)))
    assert promises <= 1
    assert promises == 0 or case.status in (CaseStatus.PTP, *HALTED)
    assert promises == 1 or case.status != CaseStatus.PTP
    assert halts == (1 if case.status in HALTED else 0)
    earliest = session.scalar(
        select(func.min(FollowUp.due_at)).where(FollowUp.case_id == case.id, FollowUp.state == "open")
    )
    assert case.next_at == earliest
    if case.status in ENDED:
        assert (promises, halts, offers, earliest) == (0, 0, 0, None)
        assert case.status == CaseStatus.RETURNED or case.balance == 0
    else:
        assert case.balance > 0
    assert (case.accept_by is not None) <= (case.status in (CaseStatus.ASSIGNED, *HALTED))


def check_events(session: Session, case: Case) -> None:
    """Every change of state is written down: each begins where the one before it led."""
    events = session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
    ).all()
    reached = functools.reduce(lambda status, row: _step(status, row), events, "")
    assert reached == case.status


def _step(status: str, row: CaseEvent) -> str:
    assert row.from_status == status, (row.kind, row.from_status, status)
    return row.to_status


def run(examples: int) -> None:
    """So many floors, each with up to thirty things that people do."""
    run_state_machine_as_test(
        Floor,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_invariants_hold_whatever_people_do() -> None:
    run(EXAMPLES)


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_the_invariants_hold_for_long() -> None:
    run(PROOFS)
