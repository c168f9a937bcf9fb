"""Many people at once on PostgreSQL: whoever comes late is told so, and nothing is lost or done twice."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Muster
from models import cases, staff
from models.cases import (
    AssignmentCause,
    Case,
    CaseChanged,
    CaseStatus,
    HaltKind,
    Payment,
    PaymentState,
    WrongState,
)
from models.errors import DomainError
from models.staff import Employee
from tests.chat.floor import Floor
from tests.models.test_cases_invariants import check_events, check_money, check_ownership, check_state
from tests.simulator import Messenger, TestClock

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
THREADS, ACTS = 6, 25
TEAM = ("zhangsan", "lisi", "wangwu")


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams and head office."""
    return Floor(muster, client, messenger, clock)


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What comes of acts that begin at the same moment; a refusal is its answer."""
    barrier = Barrier(len(acts))

    def act(what: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return what()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


class Hand:
    """Somebody who acts, each time in a transaction of their own."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.at = floor.clock.now()

    def does(self, account: str, operation: Callable[..., Any], number: int, **more: Any) -> Any:
        """Call an operation about a case."""
        with self.floor.muster.database.writing() as session:
            return operation(
                session,
                actor=self.who(session, account),
                case=session.get_one(Case, number),
                at=self.at,
                policy=self.floor.policy,
                **more,
            )

    def who(self, session: Session, account: str) -> Employee:
        """Somebody with an account."""
        found = staff.find_employee(session, account, at=self.at)
        assert found is not None
        return found

    def gives(
        self, to: dict[int, str], *, by: str, key: str, cause: AssignmentCause, **more: Any
    ) -> list[int]:
        """Give cases to people; who has them then."""
        with self.floor.muster.database.writing() as session:
            people = {account: self.who(session, account).id for account in to.values()}
            batch = cases.assign(
                session,
                to={number: people[account] for number, account in to.items()},
                cause=cause,
                by=self.who(session, by),
                at=self.at,
                key=key,
                policy=self.floor.policy,
                calendar=self.floor.calendar,
                **more,
            )
            return [batch.id]

    def confirms(self) -> None:
        """Finance confirms the oldest report."""
        with self.floor.muster.database.writing() as session:
            reported = select(Payment).where(Payment.state == PaymentState.REPORTED).order_by(Payment.id)
            payment = session.scalars(reported).first()
            if payment is not None:
                cases.confirm_payment(
                    session,
                    actor=self.who(session, "wukuaiji"),
                    payment=payment,
                    at=self.at,
                    policy=self.floor.policy,
                )


def test_of_two_who_claim_a_case_one_has_it(floor: Floor) -> None:
    number = floor.case()
    hand = Hand(floor)
    seen = {number: floor.look(number).version}

    def claims(account: str) -> Callable[[], Any]:
        return lambda: hand.gives(
            {number: account}, by=account, key=account, cause=AssignmentCause.CLAIM, versions=seen
        )

    answers = at_once([claims(account) for account in TEAM])

    late = [answer for answer in answers if isinstance(answer, CaseChanged)]
    with floor.muster.database.reading() as session:
        owner = session.get_one(Employee, floor.look(number).owner_id)
    assert len(late) == 2
    assert all(refusal.facts == {"number": number, "owner": owner.name} for refusal in late)
    assert owner.wecom_id in TEAM


def test_a_case_is_accepted_once(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", accepted=False)
    hand = Hand(floor)

    answers = at_once([lambda: hand.does("zhangsan", cases.accept, number)] * 3)

    assert [type(answer) for answer in answers if isinstance(answer, DomainError)] == [WrongState] * 2


def test_the_same_batch_sent_twice_at_once_is_one(floor: Floor) -> None:
    number = floor.case()
    hand = Hand(floor)

    answers = at_once(
        [
            lambda: hand.gives({number: "zhangsan"}, by="boss", key="once", cause=AssignmentCause.ASSIGN)
            for _ in range(3)
        ]
    )

    assert answers == [answers[0]] * 3
    with floor.muster.database.reading() as session:
        check_ownership(session, session.get_one(Case, number))
        assert floor.look(number).version == 2


def test_one_payment_is_confirmed_once(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    hand = Hand(floor)
    hand.does("zhangsan", cases.report_payment, number, amount=100000, paid_on=hand.at.date())

    at_once([hand.confirms] * 4)

    assert floor.look(number).balance == 200000


def test_whatever_many_do_at_once_everything_holds(floor: Floor) -> None:
    numbers = [
        floor.case(owner=TEAM[place % 3] if place % 2 else None, name=name, phone=f"1380013800{place}")
        for place, name in enumerate(("甲方方", "乙方方", "丙方方", "丁方方"))
        for _ in range(2)
    ]
    hand = Hand(floor)

    def acts_of(thread: int) -> Counter[str]:
        dice = random.Random(thread)
        done: Counter[str] = Counter()
        for turn in range(ACTS):
            act = _any_act(hand, dice, numbers, f"{thread}:{turn}")
            try:
                act()
                done["done"] += 1
            except DomainError:
                done["refused"] += 1
        return done

    with ThreadPoolExecutor(THREADS) as pool:
        done = sum(pool.map(acts_of, range(THREADS)), Counter[str]())

    assert done.total() == THREADS * ACTS
    assert done["done"] > THREADS
    with floor.muster.database.reading() as session:
        for number in numbers:
            case = session.get_one(Case, number)
            check_ownership(session, case)
            check_money(session, case)
            check_state(session, case)
            check_events(session, case)


def _any_act(hand: Hand, dice: random.Random, numbers: list[int], key: str) -> Callable[[], Any]:
    """Something that somebody might do now."""
    number, who = dice.choice(numbers), dice.choice(TEAM)
    several = dice.sample(numbers, 3)
    day = hand.at.date()

    def gives() -> Any:
        return hand.gives(
            dict.fromkeys(several, who), by="boss", key=key, cause=dice.choice(list(AssignmentCause))
        )

    def takes_back() -> Any:
        return hand.gives(
            dict.fromkeys(several, "boss"),
            by="boss",
            key=key,
            cause=AssignmentCause.RECYCLE,
            status=CaseStatus.POOL,
        )

    def reports() -> Any:
        hand.does(who, cases.report_payment, number, amount=1000, paid_on=day)

    acts: list[Callable[[], Any]] = [
        gives,
        takes_back,
        reports,
        hand.confirms,
        hand.confirms,
        lambda: hand.gives({number: who}, by=who, key=key, cause=AssignmentCause.CLAIM),
        lambda: hand.does(who, cases.accept, number),
        lambda: hand.does(who, cases.decline, number, reason="亲戚"),
        lambda: hand.does(who, cases.add_note, number, outcome="talked"),
        lambda: hand.does(who, cases.promise, number, amount=1000, due_on=day + timedelta(days=2)),
        lambda: hand.does(who, cases.halt, number, kind=HaltKind.DEATH, reason="家属说的"),
        lambda: hand.does("boss", cases.resume, number, upheld=None),
    ]
    return dice.choice(acts)
