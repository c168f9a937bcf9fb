"""What happens to a case beside the plain way: promises broken, debts waived, contact halted, people gone."""

from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.app import Muster
from models import cases, contact, handover, secrecy, staff
from models.base import SHANGHAI
from models.cases import (
    Assignment,
    AssignmentCause,
    Case,
    FollowUp,
    Halt,
    HaltKind,
    Payment,
    PromiseToPay,
    SettlementOffer,
    Signal,
)
from models.contact import ContactChannel, Debtor, DebtorContact
from models.errors import NotPermitted
from models.handover import Cause, registry
from models.staff import Employee, Post, Role
from tests.chat.floor import Floor
from tests.models.desk import Desk, history, owner, pays, refused, steps
from tests.simulator import Messenger, TestClock, rows

FRIDAY, SATURDAY = date(2026, 3, 6), date(2026, 3, 7)


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams and head office."""
    return Floor(muster, client, messenger, clock)


def promised(floor: Floor, amount: int = 100000) -> int:
    """A case of 张三 with a promise for Friday."""
    number = floor.case(owner="zhangsan")
    Desk(floor, "zhangsan").does(cases.promise, number, amount=amount, due_on=FRIDAY)
    return number


def settle(floor: Floor) -> list[str]:
    """What the nightly look makes of promises."""
    with floor.muster.database.writing() as session:
        found = cases.settle_promises(
            session, at=floor.clock.now(), policy=floor.policy, calendar=floor.calendar
        )
        return [promise.status for promise in found]


def statuses(floor: Floor) -> list[str]:
    """What has become of all promises."""
    return [promise.status for promise in rows(floor.muster, PromiseToPay)]


def test_a_promise_breaks_only_after_its_grace(floor: Floor) -> None:
    number = promised(floor)

    floor.clock.at("2026-03-07 23:59:59")
    in_grace = settle(floor)
    floor.clock.at("2026-03-08 09:00")
    after = settle(floor)

    case = floor.look(number)
    assert (in_grace, after, settle(floor)) == ([], ["broken"], [])
    assert case.status == "in_progress"
    assert case.next_at == datetime(2026, 3, 9, 9, tzinfo=SHANGHAI)


def test_a_promise_kept_in_part_is_told_apart(floor: Floor) -> None:
    number = promised(floor)
    pays(floor, "zhangsan", number, 40000)

    floor.clock.at("2026-03-08 09:00")

    assert settle(floor) == ["partial"]
    assert rows(floor.muster, PromiseToPay)[0].paid == 40000


def test_a_report_that_waits_for_finance_keeps_a_promise_from_breaking(floor: Floor) -> None:
    number = promised(floor)
    floor.clock.at("2026-03-07 10:00")
    Desk(floor, "zhangsan").does(cases.report_payment, number, amount=100000, paid_on=SATURDAY)

    floor.clock.at("2026-03-08 09:00")
    waiting = settle(floor)
    Desk(floor, "wukuaiji").decides(cases.reject_payment, Payment, "payment", reason="没有到账")
    rejected = settle(floor)

    assert (waiting, rejected) == ([], ["broken"])


def test_a_payment_told_late_still_keeps_the_promise(floor: Floor) -> None:
    number = promised(floor)
    floor.clock.at("2026-03-08 09:00")
    settle(floor)

    Desk(floor, "zhangsan").does(cases.report_payment, number, amount=100000, paid_on=SATURDAY)
    Desk(floor, "wukuaiji").decides(cases.confirm_payment, Payment, "payment")

    assert statuses(floor) == ["kept"]


def test_one_promise_at_a_time(floor: Floor) -> None:
    number = promised(floor)
    zhangsan = Desk(floor, "zhangsan")

    facts = refused(cases.PromiseOpen, lambda: zhangsan.does(cases.promise, number, amount=1, due_on=FRIDAY))
    zhangsan.does(cases.cancel_promise, number)
    zhangsan.does(cases.promise, number, amount=200000, due_on=FRIDAY)

    assert facts == {"number": number, "amount": 100000, "due_on": FRIDAY}
    assert statuses(floor) == ["cancelled", "open"]
    assert steps(floor, number)[-3:] == ["ptp", "in_progress", "ptp"]


@pytest.mark.parametrize(("days", "credited"), [(3, "zhangsan"), (4, "lisi")])
def test_a_promise_kept_soon_after_a_transfer_counts_for_who_made_it(
    floor: Floor, days: int, credited: str
) -> None:
    number = floor.case(owner="zhangsan")
    Desk(floor, "zhangsan").does(cases.promise, number, amount=100000, due_on=date(2026, 3, 9))
    Desk(floor, "leader").assigns({number: "lisi"}, cause=AssignmentCause.TRANSFER)

    floor.clock.at(f"2026-03-0{2 + days} 10:00")
    payment = pays(floor, "lisi", number, 100000)

    with floor.muster.database.reading() as session:
        credited_to = session.get_one(Payment, payment.id).credited_to_id
    assert credited_to == floor.employee(credited).id


def asks(floor: Floor, number: int, pay_amount: int) -> None:
    """张三 asks for a waiver by Friday."""
    Desk(floor, "zhangsan").does(
        cases.ask_settlement, number, pay_amount=pay_amount, pay_by=FRIDAY, reason="失业了"
    )


@pytest.mark.parametrize(
    ("pay_amount", "decider"), [(270000, "leader"), (269999, "boss"), (210000, "boss"), (209999, None)]
)
def test_who_is_asked_about_a_waiver(floor: Floor, pay_amount: int, decider: str | None) -> None:
    number = floor.case(owner="zhangsan")

    if decider is None:
        refused(cases.NobodyDecides, lambda: asks(floor, number, pay_amount))
        return
    asks(floor, number, pay_amount)

    [offer] = rows(floor.muster, SettlementOffer)
    assert offer.decider_id == floor.employee(decider).id
    assert offer.waived_amount == 300000 - pay_amount


def test_nobody_decides_about_their_own_request(floor: Floor) -> None:
    number = floor.case(owner="leader")

    Desk(floor, "leader").does(
        cases.ask_settlement, number, pay_amount=280000, pay_by=FRIDAY, reason="一次性还清"
    )

    assert rows(floor.muster, SettlementOffer)[0].decider_id == floor.employee("boss").id
    refused(
        cases.AboveTier,
        lambda: Desk(floor, "leader").decides(
            cases.decide_settlement, SettlementOffer, "offer", approved=True
        ),
    )


def test_an_approved_offer_paid_in_time_settles_the_case(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    asks(floor, number, 270000)

    outside = refused(
        cases.NoSuchOffer,
        lambda: Desk(floor, "leader2").decides(
            cases.decide_settlement, SettlementOffer, "offer", approved=True
        ),
    )
    Desk(floor, "leader").decides(cases.decide_settlement, SettlementOffer, "offer", approved=True)
    pays(floor, "zhangsan", number, 100000)
    half = floor.look(number).status
    pays(floor, "zhangsan", number, 170000)

    case = floor.look(number)
    assert (outside, half) == ({}, "in_progress")
    assert (case.status, case.balance, case.waived) == ("settled", 0, 30000)
    assert rows(floor.muster, SettlementOffer)[0].state == "paid"


def test_an_offer_paid_too_late_has_expired(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    asks(floor, number, 270000)
    Desk(floor, "leader").decides(cases.decide_settlement, SettlementOffer, "offer", approved=True)

    floor.clock.at("2026-03-08 09:00")
    with floor.muster.database.writing() as session:
        expired = cases.expire_offers(session, at=floor.clock.now(), policy=floor.policy)
    pays(floor, "zhangsan", number, 270000)

    assert [offer.state for offer in expired] == ["expired"]
    assert floor.look(number).balance == 30000


def expire(floor: Floor) -> list[str]:
    """What the nightly look makes of settlement offers."""
    with floor.muster.database.writing() as session:
        found = cases.expire_offers(session, at=floor.clock.now(), policy=floor.policy)
        return [offer.state for offer in found]


@pytest.mark.parametrize(
    ("paid_on", "status", "balance"), [(SATURDAY, "settled", 0), (date(2026, 3, 8), "in_progress", 30000)]
)
def test_money_on_the_day_of_grace_settles_as_long_as_the_offer_stands(
    floor: Floor, paid_on: date, status: str, balance: int
) -> None:
    number = floor.case(owner="zhangsan")
    asks(floor, number, 270000)
    Desk(floor, "leader").decides(cases.decide_settlement, SettlementOffer, "offer", approved=True)

    floor.clock.at(f"{paid_on} 00:20")
    expired = expire(floor)
    floor.clock.at(f"{paid_on} 12:00")
    pays(floor, "zhangsan", number, 270000)

    assert expired == ([] if paid_on == SATURDAY else ["expired"])
    assert (floor.look(number).status, floor.look(number).balance) == (status, balance)


@pytest.mark.parametrize(("reported", "expired"), [(270000, []), (269999, ["expired"])])
def test_an_offer_waits_for_finance_if_enough_was_reported_in_time(
    floor: Floor, reported: int, expired: list[str]
) -> None:
    number = floor.case(owner="zhangsan")
    asks(floor, number, 270000)
    Desk(floor, "leader").decides(cases.decide_settlement, SettlementOffer, "offer", approved=True)
    Desk(floor, "zhangsan").does(
        cases.report_payment, number, amount=reported, paid_on=floor.clock.now().date()
    )

    floor.clock.at("2026-03-10 00:20")

    assert expire(floor) == expired
    Desk(floor, "wukuaiji").decides(cases.confirm_payment, Payment, "payment")
    assert floor.look(number).status == ("in_progress" if expired else "settled")


def test_an_offer_expires_once_finance_has_not_found_the_money(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    asks(floor, number, 270000)
    Desk(floor, "leader").decides(cases.decide_settlement, SettlementOffer, "offer", approved=True)
    Desk(floor, "zhangsan").does(
        cases.report_payment, number, amount=270000, paid_on=floor.clock.now().date()
    )
    floor.clock.at("2026-03-10 00:20")

    Desk(floor, "wukuaiji").decides(cases.reject_payment, Payment, "payment", reason="没有到账")

    assert expire(floor) == ["expired"]


def test_a_refused_offer_leaves_everything_as_it_was(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    asks(floor, number, 270000)

    leader = Desk(floor, "leader")
    refused(
        cases.ReasonMissing,
        lambda: leader.decides(cases.decide_settlement, SettlementOffer, "offer", approved=False),
    )
    leader.decides(cases.decide_settlement, SettlementOffer, "offer", approved=False, reason="有能力还")

    assert floor.look(number).status == "in_progress"
    assert refused(
        cases.OfferDecided,
        lambda: leader.decides(cases.decide_settlement, SettlementOffer, "offer", approved=True),
    ) == {"number": number, "state": "refused"}


def test_a_dispute_stops_contact_until_a_supervisor_lets_it_go_on(floor: Floor) -> None:
    number = promised(floor)
    zhangsan = Desk(floor, "zhangsan")
    zhangsan.does(cases.plan_follow_up, number, due_at=floor.clock.now() + timedelta(hours=3))

    zhangsan.does(cases.halt, number, kind=HaltKind.DISPUTE, reason="说金额不对")
    stopped = floor.look(number)

    assert (stopped.status, stopped.next_at, owner(floor, number)) == ("disputed", None, "zhangsan")
    assert [follow_up.state for follow_up in rows(floor.muster, FollowUp)] == ["cancelled"]
    assert statuses(floor) == ["open"]
    refused(
        cases.WrongState,
        lambda: zhangsan.does(cases.plan_follow_up, number, due_at=floor.clock.now() + timedelta(hours=3)),
    )
    refused(NotPermitted, lambda: zhangsan.does(cases.resume, number, upheld=False))
    Desk(floor, "boss").does(cases.resume, number, upheld=False)
    assert floor.look(number).status == "ptp"
    assert [(halt.upheld, halt.closed_by_id) for halt in rows(floor.muster, Halt)] == [
        (False, floor.employee("boss").id)
    ]


def test_the_guard_knows_of_halts_and_ends(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")

    def rules() -> list[str]:
        with floor.muster.database.reading() as session:
            debtor = session.get_one(Debtor, floor.look(number).debtor_id)
            return [
                str(rule)
                for rule in contact.decide(
                    session,
                    debtor=debtor,
                    channel=ContactChannel.CALL,
                    at=floor.clock.now(),
                    policy=floor.policy,
                ).rules
            ]

    before = rules()
    Desk(floor, "zhangsan").does(cases.halt, number, kind=HaltKind.COMPLAINT, reason="要投诉")
    halted = rules()
    pays(floor, "zhangsan", number, 300000)

    assert (before, halted, rules()) == ([], ["halted"], ["ended"])


def test_a_death_goes_to_a_supervisor_and_comes_back(floor: Floor) -> None:
    card = floor.case(owner="zhangsan")
    loan = floor.case(product="消费贷")

    Desk(floor, "zhangsan").does(cases.halt, card, kind=HaltKind.DEATH, reason="家属说已去世")
    with_supervisor = [owner(floor, card), owner(floor, loan)]
    Desk(floor, "boss").does(cases.resume, card, upheld=None)

    assert with_supervisor == ["boss", "boss"]
    assert [owner(floor, card), owner(floor, loan)] == ["zhangsan", "zhangsan"]
    assert history(floor, card)[-2:] == [("boss", "dispute"), ("zhangsan", "dispute")]


def test_a_dispute_may_become_something_worse(floor: Floor) -> None:
    number = promised(floor)
    zhangsan = Desk(floor, "zhangsan")

    zhangsan.does(cases.halt, number, kind=HaltKind.COMPLAINT, reason="要投诉")
    again = refused(
        cases.AlreadyHalted,
        lambda: zhangsan.does(cases.halt, number, kind=HaltKind.DISPUTE, reason="金额不对"),
    )
    zhangsan.does(cases.halt, number, kind=HaltKind.SELF_HARM, reason="说不想活了")
    Desk(floor, "boss").does(cases.resume, number, upheld=None)

    assert again == {"number": number, "kind": "complaint"}
    assert floor.look(number).status == "ptp"
    assert [halt.status_before for halt in rows(floor.muster, Halt)] == ["ptp", "ptp"]


def reverses(floor: Floor) -> None:
    """Finance takes the newest payment back."""
    Desk(floor, "wukuaiji").decides(cases.reverse_payment, Payment, "payment", reason="银行退票")


def test_a_reversed_payment_brings_the_case_back_to_its_owner(floor: Floor) -> None:
    number = promised(floor, 300000)
    pays(floor, "zhangsan", number, 300000)
    paid = floor.look(number).status

    reverses(floor)

    case = floor.look(number)
    assert (paid, case.status, case.balance) == ("paid", "ptp", 300000)
    assert (owner(floor, number), statuses(floor)) == ("zhangsan", ["open"])
    assert sorted(payment.amount for payment in rows(floor.muster, Payment)) == [-300000, 300000]
    refused(cases.NotReversible, lambda: reverses(floor))


def test_a_reversed_payment_of_who_has_left_goes_to_a_supervisor(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    pays(floor, "zhangsan", number, 300000)
    with floor.muster.database.writing() as session:
        gone = session.get_one(Employee, floor.employee("zhangsan").id)
        gone.left_at = floor.clock.now()

    reverses(floor)

    assert (owner(floor, number), floor.look(number).status) == ("boss", "in_progress")
    assert history(floor, number)[-2:] == [("zhangsan", "assign"), ("boss", "reopen")]


def test_a_reversed_payment_follows_the_debtor(floor: Floor) -> None:
    card = floor.case(owner="zhangsan")
    loan = floor.case(product="消费贷")
    pays(floor, "zhangsan", card, 300000)
    Desk(floor, "leader").assigns({loan: "lisi"}, cause=AssignmentCause.TRANSFER)

    reverses(floor)

    assert (owner(floor, card), owner(floor, loan)) == ("lisi", "lisi")


def test_a_reversal_takes_the_waiver_back(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    asks(floor, number, 270000)
    Desk(floor, "leader").decides(cases.decide_settlement, SettlementOffer, "offer", approved=True)
    pays(floor, "zhangsan", number, 270000)

    reverses(floor)

    case = floor.look(number)
    assert (case.status, case.balance, case.waived) == ("in_progress", 300000, 0)


def test_returned_cases_are_over_and_only_a_supervisor_reopens_them(floor: Floor) -> None:
    number = promised(floor)
    Desk(floor, "zhangsan").does(cases.plan_follow_up, number, due_at=floor.clock.now() + timedelta(hours=3))
    asks(floor, number, 270000)
    at = floor.clock.now()

    with floor.muster.database.writing() as session:
        boss = staff.find_employee(session, "boss", at=at)
        assert boss is not None
        cases.return_cases(
            session, actor=boss, case_ids=[number], reason="甲方要求", at=at, policy=floor.policy
        )

    case = floor.look(number)
    assert (case.status, case.next_at, case.live_owner_id) == ("returned", None, None)
    assert statuses(floor) == ["cancelled"]
    assert [offer.state for offer in rows(floor.muster, SettlementOffer)] == ["withdrawn"]
    refused(NotPermitted, lambda: Desk(floor, "leader").does(cases.reopen, number, reason="误退"))
    refused(cases.NoSuchCase, lambda: Desk(floor, "farboss").does(cases.reopen, number, reason="误退"))
    Desk(floor, "boss").does(cases.reopen, number, reason="误退")
    assert (floor.look(number).status, owner(floor, number)) == ("in_progress", "zhangsan")


def test_retaining_has_a_reason_and_an_end(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    leader = Desk(floor, "leader")

    refused(
        cases.DayOutOfRange,
        lambda: leader.does(cases.retain, number, until=date(2026, 4, 2), reason="等回款"),
    )
    leader.does(cases.retain, number, until=date(2026, 4, 1), reason="等回款")

    assert floor.look(number).retained_until == date(2026, 4, 1)


def test_customer_service_reaches_the_owner_with_a_deadline(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")

    signal = Desk(floor, "zhengkefu").does(
        cases.send_signal,
        number,
        kind="willing_to_pay",
        amount=500000,
        pay_on=FRIDAY,
        words="这周能还",
        calendar=floor.calendar,
    )
    refused(
        cases.NoSuchCase,
        lambda: Desk(floor, "lisi").decides(cases.handle_signal, Signal, "signal"),
    )
    Desk(floor, "zhangsan").decides(cases.handle_signal, Signal, "signal")

    [handled] = rows(floor.muster, Signal)
    assert signal.due_at == floor.clock.now() + timedelta(minutes=5)
    assert handled.handled_by_id == floor.employee("zhangsan").id


def test_follow_ups_are_put_off_and_done(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    zhangsan = Desk(floor, "zhangsan")
    soon, later = floor.clock.now() + timedelta(hours=1), floor.clock.now() + timedelta(days=2)
    first = zhangsan.does(cases.plan_follow_up, number, due_at=later)
    second = zhangsan.does(cases.plan_follow_up, number, due_at=soon)

    earliest = floor.look(number).next_at
    with zhangsan.acting() as (session, actor, at):
        cases.snooze(
            session,
            actor=actor,
            follow_up_id=second.id,
            until=later + timedelta(days=1),
            at=at,
            policy=floor.policy,
        )
    put_off = floor.look(number).next_at
    with zhangsan.acting() as (session, actor, at):
        cases.finish_follow_up(session, actor=actor, follow_up_id=first.id, at=at, policy=floor.policy)

    assert (earliest, put_off, floor.look(number).next_at) == (soon, later, later + timedelta(days=1))


@pytest.mark.parametrize(
    ("outcome", "states"),
    [
        ("talked", ["done", "open"]),
        ("refused", ["done", "open"]),
        ("hung_up", ["done", "open"]),
        ("no_answer", ["open", "open"]),
        ("wrong_number", ["open", "open"]),
        ("third_party", ["open", "open"]),
    ],
)
def test_what_was_due_today_is_done_by_reaching_the_debtor(
    floor: Floor, outcome: str, states: list[str]
) -> None:
    number = floor.case(owner="zhangsan")
    zhangsan = Desk(floor, "zhangsan")
    tomorrow = floor.clock.now() + timedelta(days=1)
    for due_at in (floor.clock.now() + timedelta(hours=5), tomorrow):
        zhangsan.does(cases.plan_follow_up, number, due_at=due_at)

    today = floor.look(number).next_at
    zhangsan.does(cases.add_note, number, outcome=outcome)

    assert sorted(follow_up.state for follow_up in rows(floor.muster, FollowUp)) == states
    assert floor.look(number).next_at == (tomorrow if "done" in states else today)


def test_undoing_restores_everything_but_the_version(floor: Floor) -> None:
    numbers = [
        floor.case(name="甲", phone="13800138001"),
        floor.case(owner="zhangsan", name="乙", phone="13800138002", accepted=False),
        floor.case(owner="lisi", name="丙", phone="13800138003"),
    ]

    def standing() -> list[dict[str, object]]:
        skipped = ("version",)
        return [
            {
                column.key: getattr(floor.look(number), column.key)
                for column in Case.__table__.columns
                if column.key not in skipped
            }
            for number in numbers
        ]

    before = standing()
    floor.clock.at("11:00")
    batch = Desk(floor, "boss").assigns(dict.fromkeys(numbers, "zhaoliu"))
    moved = [owner(floor, number) for number in numbers]
    floor.clock.at("11:05")

    assert Desk(floor, "boss").undoes(batch) == 3
    assert moved == ["zhaoliu"] * 3
    assert standing() == before
    assert history(floor, numbers[0]) == [("boss", "import"), ("zhaoliu", "assign"), ("boss", "undo")]
    assert refused(cases.CannotUndo, lambda: Desk(floor, "boss").undoes(batch))["why"] == "done"


def test_what_has_moved_on_is_not_undone(floor: Floor) -> None:
    kept, moved = floor.case(name="甲", phone="13800138001"), floor.case(name="乙", phone="13800138002")
    batch = Desk(floor, "boss").assigns({kept: "zhangsan", moved: "lisi"})
    Desk(floor, "lisi").does(cases.accept, moved)

    facts = refused(cases.CannotUndo, lambda: Desk(floor, "boss").undoes(batch))

    assert facts == {"number": moved, "owner": "李四", "why": "moved"}
    assert owner(floor, kept) == "zhangsan"
    assert refused(cases.CannotUndo, lambda: Desk(floor, "leader").undoes(batch))["why"] == "other"


def test_who_may_not_assign_any_more_undoes_nothing(floor: Floor) -> None:
    number = floor.case(name="甲", phone="13800138001")
    batch = Desk(floor, "boss").assigns({number: "zhangsan"})
    with floor.muster.database.writing() as session:
        boss = staff.find_employee(session, "boss", at=floor.clock.now())
        assert boss is not None
        for post in session.scalars(select(Post).where(Post.employee_id == boss.id)):
            post.role = Role.COLLECTOR

    refused(NotPermitted, lambda: Desk(floor, "boss").undoes(batch))

    assert owner(floor, number) == "zhangsan"


def test_who_leaves_hands_over_cases_pools_and_approvals(floor: Floor) -> None:
    worked = promised(floor)
    sibling = floor.case(product="消费贷")
    pool = floor.case(name="丙", phone="13800138003")
    asks(floor, worked, 210000)
    at = floor.clock.now()

    with floor.muster.database.writing() as session:
        zhangsan, boss = (floor.employee(account) for account in ("zhangsan", "boss"))
        mine = handover.open_items(session, zhangsan.id, at)
        theirs = handover.open_items(session, boss.id, at)
        for account, to in (("zhangsan", "lisi"), ("boss", "farboss")):
            taker = floor.employee(to)
            for area, item_id in handover.open_items(session, floor.employee(account).id, at):
                if area != "leadership":
                    registered = registry.area(area)
                    assert registered.reassign(session, item_id, floor.employee(account).id, taker.id, at)
                    assert registered.owner_of(session, item_id, at) == taker.id

    assert [(area, item.values) for (area, _), item in mine.items()] == [
        ("cases", {"numbers": [worked, sibling], "name": "王*"})
    ]
    assert [area for area, _ in theirs] == ["case_pools", "leadership", "settlements"]
    assert (owner(floor, worked), owner(floor, sibling), owner(floor, pool)) == ("lisi", "lisi", "farboss")
    assert floor.look(worked).status == "ptp"
    assert history(floor, worked)[-1] == ("lisi", "handover")
    assert [row for row in rows(floor.muster, Assignment) if not row.before and row.number > 1] == []


def test_a_leaver_keeps_nothing(floor: Floor) -> None:
    for name, phone in (("甲", "13800138001"), ("乙", "13800138002")):
        floor.case(owner="zhangsan", name=name, phone=phone)
    at = floor.clock.now()

    with floor.muster.database.writing() as session:
        zhangsan = session.get_one(Employee, floor.employee("zhangsan").id)
        post = staff.main_post(session, zhangsan.id, at)
        assert post is not None
        one = handover.open_handover(
            session,
            employee=zhangsan,
            cause=Cause.SEPARATION,
            unit_id=post.unit_id,
            role=post.role,
            effective_at=at,
            at=at,
            by="system",
        )
        asked = {row.to_id for row in handover.lines(session, one.id)}
        carried = handover.carry_out(session, handover=one, at=at)
        left = handover.open_items(session, zhangsan.id, at)

    assert asked == {floor.employee("lisi").id, floor.employee("wangwu").id}
    assert (len(carried.moved), left) == (2, {})


def test_buckets_roll_with_the_days(floor: Floor) -> None:
    young, old = (
        floor.case(bucket=bucket, name=name, phone=phone)
        for bucket, name, phone in ((1, "甲", "13800138001"), (6, "乙", "13800138002"))
    )
    current = floor.case(bucket=0, name="丙", phone="13800138003")

    with floor.muster.database.writing() as session:
        first = cases.recompute_buckets(session, today=date(2026, 3, 18), limit=1)
        assert first is not None
        while first is not None:
            first = cases.recompute_buckets(session, today=date(2026, 3, 18), after=first, limit=1)

    assert [floor.look(number).bucket for number in (young, old, current)] == [2, 7, 0]
    assert floor.look(young).entry_bucket == 1


def test_a_returned_debtor_is_forgotten_in_time(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    Desk(floor, "zhangsan").does(cases.add_note, number, outcome="talked", words="说下周还")
    still_open = floor.case(owner="lisi", name="乙", phone="13800138002")
    at = floor.clock.now()

    def forget(day: str) -> list[int]:
        with floor.muster.database.writing() as session:
            moment = datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)
            return list(cases.redact_returned(session, at=moment, policy=floor.policy))

    with floor.muster.database.writing() as session:
        cases.return_cases(session, actor=None, case_ids=[number], reason="到期", at=at, policy=floor.policy)
    debtor_id = floor.look(number).debtor_id

    assert forget("2026-04-01 09:59") == []
    assert forget("2026-04-01 10:00") == [debtor_id]
    assert forget("2026-04-02 10:00") == []
    with floor.muster.database.reading() as session:
        debtor = session.get_one(Debtor, debtor_id)
        numbers = session.scalars(select(DebtorContact).where(DebtorContact.debtor_id == debtor_id)).all()
        assert secrecy.is_destroyed(session, debtor.subject)
        assert (debtor.name, debtor.name_hash, debtor.name_mask) == (None, None, "已删除")
        assert [(one.number, one.number_mask) for one in numbers] == [(None, "已删除")]
        assert session.get_one(Case, number).reference == "RC1001"
        assert session.get_one(Debtor, floor.look(still_open).debtor_id).redacted_at is None
    refused(cases.WrongState, lambda: Desk(floor, "boss").does(cases.reopen, number, reason="误退"))
