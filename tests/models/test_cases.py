"""A case from hand to hand: assigned, accepted, declined, promised, paid, stopped, returned, undone."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import cases, staff
from models.cases import (
    AssignmentCause,
    Case,
    CaseChanged,
    CaseClosed,
    CaseStatus,
    ContactNote,
    Filter,
    Payment,
    PromiseToPay,
)
from models.contact import ContactAttempt
from models.errors import DomainError
from models.staff import OutOfReach
from tests.chat.floor import Floor
from tests.models.desk import Desk, history, owner, pays, refused, steps
from tests.simulator import Messenger, TestClock, rows

FRIDAY = date(2026, 3, 6)


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams and head office."""
    return Floor(muster, client, messenger, clock)


def test_a_new_case_is_in_the_pool_of_a_supervisor(floor: Floor) -> None:
    number = floor.case()

    case = floor.look(number)
    assert number == 1001
    assert (case.status, case.bucket, case.balance) == ("pool", 1, 300000)
    assert owner(floor, number) == "boss"
    assert history(floor, number) == [("boss", "import")]


def test_the_same_reference_again_changes_nothing(floor: Floor) -> None:
    number = floor.case(reference="A-1")

    assert floor.case(reference="A-1") == number
    assert len(rows(floor.muster, Case)) == 1


def test_a_case_is_assigned_and_accepted(floor: Floor) -> None:
    number = floor.case()

    Desk(floor, "boss").assigns({number: "zhangsan"})
    assigned = floor.look(number)
    Desk(floor, "zhangsan").does(cases.accept, number, version=assigned.version)

    assert assigned.status == "assigned"
    assert assigned.accept_by is not None
    assert assigned.accept_by.isoformat() == "2026-03-02T14:00:00+08:00"
    accepted = floor.look(number)
    assert (accepted.status, accepted.accept_by, accepted.accepted_at) == (
        "in_progress",
        None,
        floor.clock.now(),
    )
    assert history(floor, number) == [("boss", "import"), ("zhangsan", "assign")]
    assert steps(floor, number) == ["pool", "assigned", "in_progress"]


def test_the_same_key_again_changes_nothing(floor: Floor) -> None:
    number = floor.case()

    first = Desk(floor, "boss").assigns({number: "zhangsan"}, key="twice")
    again = Desk(floor, "boss").assigns({number: "lisi"}, key="twice")

    assert again == first
    assert owner(floor, number) == "zhangsan"


def test_all_cases_of_a_debtor_go_together(floor: Floor) -> None:
    card, loan = floor.case(product="信用卡"), floor.case(product="消费贷")

    Desk(floor, "boss").assigns({card: "zhangsan"})
    late = floor.case(product="车贷")

    assert [owner(floor, number) for number in (card, loan, late)] == ["zhangsan"] * 3
    assert floor.look(late).status == "assigned"
    assert history(floor, late) == [("zhangsan", "import")]


def test_a_further_case_lies_in_the_pool_of_the_others_whatever_its_placement(floor: Floor) -> None:
    card, loan = floor.case(branch="城北分公司/一组"), floor.case(branch="城北分公司/二组")

    assert floor.look(loan).unit_id == floor.look(card).unit_id
    assert owner(floor, loan) == owner(floor, card)


def test_cases_of_a_debtor_do_not_go_to_two_people(floor: Floor) -> None:
    card, loan = floor.case(), floor.case()

    facts = refused(
        cases.OneDebtorOneOwner, lambda: Desk(floor, "boss").assigns({card: "zhangsan", loan: "lisi"})
    )

    assert facts == {"number": loan}
    assert owner(floor, card) == "boss"


def test_a_batch_goes_as_a_whole_or_not_at_all(floor: Floor) -> None:
    known, ended = floor.case(name="李大"), floor.case(name="李二", phone="13800138001", owner="zhangsan")
    with floor.muster.database.writing() as session:
        cases.return_cases(
            session, actor=None, case_ids=[ended], reason="到期", at=floor.clock.now(), policy=floor.policy
        )

    facts = refused(CaseClosed, lambda: Desk(floor, "boss").assigns({known: "lisi", ended: "lisi"}))

    assert facts == {"number": ended, "status": "returned"}
    assert owner(floor, known) == "boss"


def test_a_leader_assigns_within_the_team_only(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")

    refused(OutOfReach, lambda: Desk(floor, "leader").assigns({number: "zhaoliu"}))
    unknown = refused(cases.NoSuchCase, lambda: Desk(floor, "far").assigns({number: "yuansan"}))
    Desk(floor, "leader").assigns({number: "lisi"}, cause=AssignmentCause.TRANSFER)

    assert unknown == refused(cases.NoSuchCase, lambda: Desk(floor, "far").assigns({number: "yuansan"}))
    assert owner(floor, number) == "lisi"
    assert floor.look(number).status == "in_progress"


def test_who_comes_late_is_told_who_has_the_case(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", accepted=False)
    seen = floor.look(number).version

    Desk(floor, "leader").assigns({number: "lisi"}, versions={number: seen})

    late = {"number": number, "owner": "李四"}
    assert (
        refused(CaseChanged, lambda: Desk(floor, "zhangsan").does(cases.accept, number, version=seen)) == late
    )
    assert (
        refused(
            CaseChanged,
            lambda: Desk(floor, "leader").assigns({number: "wangwu"}, key="late", versions={number: seen}),
        )
        == late
    )


def test_a_declined_case_goes_back_to_who_assigned_it_and_then_to_a_supervisor(floor: Floor) -> None:
    number = floor.case()
    Desk(floor, "boss").assigns({number: "leader"})
    Desk(floor, "leader").assigns({number: "zhangsan"}, key="first")

    first = Desk(floor, "zhangsan").does(cases.decline, number, reason="客户是我亲戚")
    after_first = floor.look(number)
    Desk(floor, "leader").assigns({number: "lisi"}, key="second")
    second = Desk(floor, "lisi").does(cases.decline, number, reason="语言不通")

    assert (first.wecom_id, after_first.status, after_first.declines) == ("leader", "pool", 1)
    assert (second.wecom_id, floor.look(number).declines) == ("boss", 2)


def test_declining_takes_a_reason(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", accepted=False)

    refused(cases.ReasonMissing, lambda: Desk(floor, "zhangsan").does(cases.decline, number, reason=" "))


def test_a_note_records_the_contact_and_says_when_to_go_on(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    tomorrow = floor.clock.now() + timedelta(days=1)

    Desk(floor, "zhangsan").does(
        cases.add_note, number, outcome="no_answer", words="打了没人接", next_at=tomorrow
    )

    [note] = rows(floor.muster, ContactNote)
    [attempt] = rows(floor.muster, ContactAttempt)
    case = floor.look(number)
    assert (note.outcome, note.attempt_id, attempt.connected) == ("no_answer", attempt.id, False)
    assert (case.worked_at, case.contact_by, case.next_at) == (floor.clock.now(), None, tomorrow)
    assert "没人接".encode() not in note.words


def test_a_first_talk_without_naming_the_institution_is_flagged(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")

    for named in (False, True, False):
        Desk(floor, "zhangsan").does(cases.add_note, number, outcome="talked", identity_stated=named)

    flagged = ["identity_not_stated" in note.flags for note in rows(floor.muster, ContactNote)]
    assert flagged == [True, False, False]


def test_working_a_case_accepts_it(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", accepted=False)

    Desk(floor, "zhangsan").does(cases.promise, number, amount=100000, due_on=FRIDAY)

    assert steps(floor, number)[-2:] == ["in_progress", "ptp"]


@pytest.mark.parametrize(
    ("bucket", "amount", "due_on", "refusal"),
    [
        (1, 0, FRIDAY, cases.AmountOutOfRange),
        (1, 300001, FRIDAY, cases.AmountOutOfRange),
        (1, 300000, date(2026, 3, 1), cases.DayOutOfRange),
        (1, 300000, date(2026, 3, 2), None),
        (3, 300000, date(2026, 3, 9), None),
        (3, 300000, date(2026, 3, 10), cases.DayOutOfRange),
        (4, 300000, date(2026, 3, 17), None),
        (4, 300000, date(2026, 3, 18), cases.DayOutOfRange),
    ],
)
def test_what_may_be_promised(
    floor: Floor, bucket: int, amount: int, due_on: date, refusal: type[DomainError] | None
) -> None:
    number = floor.case(owner="zhangsan", bucket=bucket)

    def act() -> None:
        Desk(floor, "zhangsan").does(cases.promise, number, amount=amount, due_on=due_on)

    if refusal is None:
        act()
        assert floor.look(number).status == "ptp"
    else:
        refused(refusal, act)
        assert floor.look(number).status == "in_progress"


def test_a_promise_is_kept_as_soon_as_enough_is_paid(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    Desk(floor, "zhangsan").does(cases.promise, number, amount=100000, due_on=FRIDAY)

    pays(floor, "zhangsan", number, 60000)
    half = [promise.status for promise in rows(floor.muster, PromiseToPay)]
    pays(floor, "zhangsan", number, 40000)

    [promise] = rows(floor.muster, PromiseToPay)
    case = floor.look(number)
    assert half == ["open"]
    assert (promise.status, promise.paid) == ("kept", 100000)
    assert (case.status, case.balance) == ("in_progress", 200000)


def test_paid_in_full_ends_the_case(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    Desk(floor, "zhangsan").does(cases.plan_follow_up, number, due_at=floor.clock.now() + timedelta(hours=3))

    pays(floor, "zhangsan", number, 300000)

    case = floor.look(number)
    assert (case.status, case.balance, case.next_at, case.live_owner_id) == ("paid", 0, None, None)
    assert owner(floor, number) == "zhangsan"
    assert refused(
        CaseClosed, lambda: Desk(floor, "zhangsan").does(cases.promise, number, amount=1, due_on=FRIDAY)
    ) == {"number": number, "status": "paid"}


def test_only_finance_confirms_and_only_once(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    pays(floor, "zhangsan", number, 10000)

    again = refused(
        cases.PaymentDecided,
        lambda: Desk(floor, "wukuaiji").decides(cases.confirm_payment, Payment, "payment"),
    )

    assert again == {"number": number, "state": "confirmed"}
    assert floor.look(number).balance == 290000


def test_counts_and_filters(floor: Floor) -> None:
    big = floor.case(owner="zhangsan", name="甲", phone="13800138001", balance=500000, bucket=3)
    small = floor.case(owner="zhangsan", name="乙", phone="13800138002", balance=100000, accepted=False)
    pool = floor.case(name="丙", phone="13800138003", balance=900000)
    zhangsan, boss = floor.employee("zhangsan").id, floor.employee("boss").id
    now = floor.clock.now()

    with floor.muster.database.reading() as session:

        def found(**wanted: Any) -> list[int]:
            return list(cases.select_ids(session, Filter(**wanted), at=now))

        assert found() == [pool, big, small]
        assert found(limit=1) == [pool]
        assert found(owner_ids=[zhangsan]) == [big, small]
        assert found(buckets=[3]) == [big]
        assert found(not_accepted=True) == [small]
        assert found(statuses=[CaseStatus.POOL]) == [pool]
        assert found(amount_from=100001, amount_to=500000) == [big]
        assert cases.count_and_amount(session, Filter(owner_ids=[zhangsan]), at=now) == (2, 600000)
        counted = cases.counts(session, [zhangsan, boss], now)
        assert (counted[zhangsan].held, counted[zhangsan].not_accepted, counted[zhangsan].amount) == (
            2,
            1,
            600000,
        )
        assert (counted[boss].held, counted[boss].pool) == (0, 1)


def test_nobody_else_finds_a_case(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    at = floor.clock.now()

    def finds(account: str, asked: str, action: str = "cases.see") -> int:
        with floor.muster.database.reading() as session:
            actor = staff.find_employee(session, account, at=at)
            assert actor is not None
            return cases.find_case(
                session, actor=actor, number=asked, action=action, at=at, policy=floor.policy
            ).id

    for account in ("zhangsan", "leader", "boss", "wukuaiji"):
        assert finds(account, str(number)) == number
    for account in ("lisi", "leader2", "far", "yuansan"):
        assert refused(cases.NoSuchCase, lambda who=account: finds(who, str(number))) == {
            "number": str(number)
        }
        assert refused(cases.NoSuchCase, lambda who=account: finds(who, "9999")) == {"number": "9999"}
