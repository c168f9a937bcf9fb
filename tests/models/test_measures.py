"""Each measure over a small history, as docs/performance-figures.md works it by hand."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Barrier

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import attendance, cases, contact, performance, tally
from models.attendance import Act, Source
from models.cases import AssignmentCause, Case, FollowUp, Halt, HaltKind, Payment
from models.contact import ContactChannel, Debtor, Direction
from models.performance.queries import BEGINNING
from models.tally import Tally
from tests.chat.floor import Floor
from tests.models.desk import Desk, pays
from tests.simulator import Messenger, TestClock, rows

MARCH = (date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams and head office."""
    return Floor(muster, client, messenger, clock)


def figure(
    floor: Floor,
    account: str,
    measure: str,
    days: tuple[date, date] = MARCH,
    *,
    bucket: int | None = None,
) -> str:
    """A figure as it is worked by hand: parts, whole and value."""
    who = floor.employee(account).id
    with floor.muster.database.reading() as session:
        found = performance.figures(
            session,
            [who],
            *days,
            at=floor.clock.now(),
            calendar=floor.calendar,
            bucket=bucket,
        )[who][measure]
    whole = "" if found.denominator is None else f" / {found.denominator}"
    return f"{found.numerator}{whole} = {found.value}"


def dials(floor: Floor, account: str, number: int) -> None:
    """A number is dialled, and nothing said about it."""
    with Desk(floor, account).acting() as (session, actor, at):
        contact.record(
            session,
            actor=actor,
            debtor=session.get_one(Debtor, session.get_one(Case, number).debtor_id),
            contact=None,
            channel=ContactChannel.CALL,
            direction=Direction.OUT,
            at=at,
            policy=floor.policy,
        )


def test_what_was_recovered_of_what_was_assigned(floor: Floor) -> None:
    large = floor.case(owner="zhangsan", balance=300000)
    small = floor.case(owner="zhangsan", balance=100000, bucket=3, name="陈大文", phone="13900139000")
    floor.case(owner="lisi", balance=500000, name="何小姐", phone="13700137000")

    pays(floor, "zhangsan", large, 120000)
    pays(floor, "zhangsan", small, 100000)

    assert figure(floor, "zhangsan", "recovered_amount") == "220000 = 2200.00"
    assert figure(floor, "zhangsan", "recovery_rate_amount") == "220000 / 400000 = 55.00"
    assert figure(floor, "zhangsan", "recovery_rate_amount", bucket=1) == "120000 / 300000 = 40.00"
    assert figure(floor, "zhangsan", "recovery_rate_amount", bucket=3) == "100000 / 100000 = 100.00"
    assert figure(floor, "zhangsan", "recovery_rate_cases") == "1 / 2 = 50.00"
    assert figure(floor, "lisi", "recovery_rate_amount") == "0 / 500000 = 0.00"
    assert figure(floor, "boss", "recovery_rate_amount") == "0 / 0 = None"


def test_a_reversal_takes_away_on_its_own_day(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", balance=100000)
    pays(floor, "zhangsan", number, 100000)
    floor.clock.at("2026-04-02 10:00")
    Desk(floor, "wukuaiji").decides(cases.reverse_payment, Payment, "payment", reason="退票")

    april = (date(2026, 4, 1), date(2026, 4, 30))
    assert figure(floor, "zhangsan", "recovered_amount") == "100000 = 1000.00"
    assert figure(floor, "zhangsan", "recovered_amount", april) == "-100000 = -1000.00"
    assert figure(floor, "zhangsan", "cases_settled") == "1 = 1.00"
    assert figure(floor, "zhangsan", "cases_settled", april) == "-1 = -1.00"
    assert figure(floor, "zhangsan", "cases_assigned", april) == "1 = 1.00"


def test_a_case_counts_for_everybody_who_had_it_with_what_was_owed_then(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", balance=300000)
    pays(floor, "zhangsan", number, 100000)
    floor.clock.at("2026-03-10 10:00")
    Desk(floor, "boss").assigns({number: "lisi"}, cause=AssignmentCause.TRANSFER)

    later = (date(2026, 3, 11), date(2026, 3, 20))
    assert figure(floor, "zhangsan", "recovery_rate_amount") == "100000 / 300000 = 33.33"
    assert figure(floor, "lisi", "recovery_rate_amount") == "0 / 200000 = 0.00"
    assert figure(floor, "zhangsan", "cases_assigned", later) == "0 = 0.00"
    assert figure(floor, "lisi", "cases_assigned", later) == "1 = 1.00"


def test_a_batch_that_is_taken_back_leaves_what_was_there(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", balance=300000)
    floor.clock.at("2026-03-03 10:00")
    batch = Desk(floor, "boss").assigns({number: "lisi"}, cause=AssignmentCause.TRANSFER)
    floor.clock.at("2026-03-03 10:05")
    Desk(floor, "boss").undoes(batch)

    tomorrow = (date(2026, 3, 4), date(2026, 3, 31))
    assert figure(floor, "lisi", "cases_assigned", tomorrow) == "0 = 0.00"
    assert figure(floor, "zhangsan", "cases_assigned", tomorrow) == "1 = 1.00"


def test_calls_and_what_came_of_them(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    other = floor.case(owner="zhangsan", name="陈大文", phone="13900139000")
    zhangsan = Desk(floor, "zhangsan")
    zhangsan.does(cases.add_note, number, outcome="no_answer")
    floor.clock.at("10:30")
    zhangsan.does(cases.add_note, number, outcome="talked")
    dials(floor, "zhangsan", other)

    assert figure(floor, "zhangsan", "attempts") == "3 = 3.00"
    assert figure(floor, "zhangsan", "connect_rate") == "1 / 3 = 33.33"
    assert figure(floor, "zhangsan", "rpc_rate") == "1 / 1 = 100.00"
    assert figure(floor, "zhangsan", "note_coverage") == "1 / 2 = 50.00"

    [note] = [row for row in rows(floor.muster, cases.ContactNote) if row.outcome == "talked"]
    zhangsan.does(cases.add_note, number, outcome="no_answer", corrects=note.id)

    assert figure(floor, "zhangsan", "attempts") == "3 = 3.00"
    assert figure(floor, "zhangsan", "connect_rate") == "0 / 3 = 0.00"


def test_promises_count_on_the_last_day_on_which_they_can_be_kept(floor: Floor) -> None:
    kept = floor.case(owner="zhangsan")
    broken = floor.case(owner="zhangsan", name="陈大文", phone="13900139000")
    partly = floor.case(owner="zhangsan", name="何小姐", phone="13700137000")
    zhangsan = Desk(floor, "zhangsan")
    for number in (kept, broken, partly):
        zhangsan.does(cases.add_note, number, outcome="talked")
        zhangsan.does(cases.promise, number, amount=100000, due_on=date(2026, 3, 4))
    assert figure(floor, "zhangsan", "ptp_rate") == "3 / 3 = 100.00"
    assert figure(floor, "zhangsan", "ptp_kept_rate") == "0 / 0 = None"

    pays(floor, "zhangsan", kept, 100000)
    pays(floor, "zhangsan", partly, 40000)
    floor.clock.at("2026-03-06 09:00")
    with floor.muster.database.writing() as session:
        now = floor.clock.now()
        cases.settle_promises(session, at=now, policy=floor.policy, calendar=floor.calendar)

    assert figure(floor, "zhangsan", "ptp_kept_rate") == "1 / 3 = 33.33"
    assert figure(floor, "zhangsan", "ptp_partial_rate") == "1 / 3 = 33.33"
    fifth = (date(2026, 3, 5), date(2026, 3, 5))
    assert figure(floor, "zhangsan", "ptp_kept_rate", fifth) == "1 / 3 = 33.33"
    Desk(floor, "zhangsan").does(cases.promise, broken, amount=100000, due_on=date(2026, 3, 9))
    Desk(floor, "zhangsan").does(cases.cancel_promise, broken)
    assert figure(floor, "zhangsan", "ptp_rate") == "3 / 3 = 100.00"


def test_a_promise_kept_just_after_a_transfer_counts_for_who_got_it(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    Desk(floor, "zhangsan").does(cases.promise, number, amount=100000, due_on=date(2026, 3, 4))
    Desk(floor, "boss").assigns({number: "lisi"}, cause=AssignmentCause.TRANSFER)
    floor.clock.at("2026-03-03 10:00")
    pays(floor, "lisi", number, 100000)

    assert figure(floor, "zhangsan", "recovered_amount") == "100000 = 1000.00"
    assert figure(floor, "lisi", "recovered_amount") == "0 = 0.00"
    assert figure(floor, "zhangsan", "ptp_kept_rate") == "1 / 1 = 100.00"


def test_days_from_a_promise_to_its_payment(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", balance=300000)
    Desk(floor, "zhangsan").does(cases.promise, number, amount=100000, due_on=date(2026, 3, 4))
    floor.clock.at("2026-03-03 10:00")
    pays(floor, "zhangsan", number, 100000)
    assert figure(floor, "zhangsan", "ptp_cycle") == "1 / 1 = 1.00"

    Desk(floor, "wukuaiji").decides(cases.reverse_payment, Payment, "payment", reason="退票")

    assert figure(floor, "zhangsan", "ptp_cycle") == "0 / 0 = None"


def test_what_rolls_on_from_one_end_of_a_month_to_the_next(floor: Floor) -> None:
    first = floor.case(owner="zhangsan", balance=300000)
    paid = floor.case(owner="zhangsan", balance=100000, name="陈大文", phone="13900139000")
    given_away = floor.case(owner="zhangsan", balance=200000, bucket=3, name="何小姐", phone="13700137000")

    def month_ends(day: date) -> None:
        with floor.muster.database.writing() as session:
            done = performance.note_month_end(session, day, after=0, limit=2)
            while done is not None:
                done = performance.note_month_end(session, day, after=done, limit=2)

    month_ends(MARCH[1])
    floor.clock.at("2026-04-02 10:00")
    pays(floor, "zhangsan", paid, 100000)
    Desk(floor, "boss").assigns({given_away: "lisi"}, cause=AssignmentCause.TRANSFER)
    april = (date(2026, 4, 1), date(2026, 4, 30))
    month_ends(april[1])
    month_ends(april[1])

    assert figure(floor, "zhangsan", "roll_rate") == "0 / 0 = None"
    assert figure(floor, "zhangsan", "roll_rate", april) == "300000 / 400000 = 75.00"
    assert figure(floor, "zhangsan", "roll_rate", april, bucket=2) == "300000 / 400000 = 75.00"
    assert figure(floor, "lisi", "roll_rate", april) == "0 / 0 = None"
    noted = [row for row in rows(floor.muster, performance.MonthEnd) if row.case_id == first]
    assert [(row.bucket, row.balance, row.was_bucket) for row in noted] == [(2, 300000, None), (3, 300000, 2)]


def test_follow_ups_are_of_whose_they_were_when_due(floor: Floor) -> None:
    in_time = floor.case(owner="zhangsan")
    late = floor.case(owner="zhangsan", name="陈大文", phone="13900139000")
    given_away = floor.case(owner="zhangsan", name="何小姐", phone="13700137000")
    zhangsan = Desk(floor, "zhangsan")
    for number in (in_time, late, given_away):
        zhangsan.does(cases.plan_follow_up, number, due_at=floor.clock.now() + timedelta(hours=6))
    Desk(floor, "boss").assigns({given_away: "lisi"}, cause=AssignmentCause.TRANSFER)
    plans = {row.case_id: row.id for row in rows(floor.muster, FollowUp)}

    def done(account: str, number: int) -> None:
        with Desk(floor, account).acting() as (session, actor, at):
            cases.finish_follow_up(
                session, actor=actor, follow_up_id=plans[number], at=at, policy=floor.policy
            )

    floor.clock.at("15:00")
    done("zhangsan", in_time)
    floor.clock.at("17:00")
    done("zhangsan", late)

    assert figure(floor, "zhangsan", "followup_timeliness") == "1 / 2 = 50.00"
    assert figure(floor, "lisi", "followup_timeliness") == "0 / 0 = None"
    floor.clock.at("2026-03-03 09:00")
    assert figure(floor, "lisi", "followup_timeliness") == "0 / 1 = 0.00"


def test_upheld_complaints_to_a_hundred_cases_held(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    floor.case(owner="zhangsan", name="陈大文", phone="13900139000")
    Desk(floor, "zhengkefu").does(cases.halt, number, kind=HaltKind.COMPLAINT, reason="态度")
    floor.clock.at("2026-03-04 10:00")
    assert figure(floor, "zhangsan", "complaints") == "1 = 1.00"
    held = (date(2026, 3, 2), date(2026, 3, 31))
    assert figure(floor, "zhangsan", "complaints_per_100", held) == "0 / 2 = 0.00"

    Desk(floor, "boss").does(cases.resume, number, upheld=True)

    assert [row.owner_id for row in rows(floor.muster, Halt)] == [floor.employee("zhangsan").id]
    assert figure(floor, "zhangsan", "complaints_per_100", held) == "1 / 2 = 50.00"
    assert figure(floor, "zhangsan", "complaints_per_100") == "1 / 2 = 50.00"


def test_days_at_work(floor: Floor) -> None:
    with floor.muster.database.writing() as session:
        shift = attendance.add_shift(session, name="九点班", starts_at=time(9), ends_at=time(18))
        attendance.assign_shift(session, employee=floor.employee("zhangsan"), shift=shift)
    for day in ("2026-03-02", "2026-03-04"):
        floor.clock.at(f"{day} 08:55")
        with Desk(floor, "zhangsan").acting() as (session, actor, at):
            attendance.check_in(
                session,
                actor=actor,
                act=Act(at, Source.WORD),
                policy=floor.policy,
                calendar=floor.calendar,
            )

    assert figure(floor, "zhangsan", "attended_days") == "2 = 2.00"
    assert figure(floor, "zhangsan", "attendance_rate") == "2 / 3 = 66.67"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_two_who_write_at_once_nothing_is_lost(floor: Floor) -> None:
    numbers = [
        floor.case(owner="zhangsan", name=f"客户{one}", phone=f"1380013801{one}", balance=1000)
        for one in range(8)
    ]
    for number in numbers:
        Desk(floor, "zhangsan").does(
            cases.report_payment, number, amount=1000, paid_on=floor.clock.now().date()
        )
    barrier = Barrier(len(numbers))
    payments = [row.id for row in rows(floor.muster, Payment)]

    def confirm(payment: int) -> None:
        barrier.wait()
        with Desk(floor, "wukuaiji").acting() as (session, actor, at):
            found = session.get_one(Payment, payment)
            cases.confirm_payment(session, actor=actor, payment=found, at=at, policy=floor.policy)

    with ThreadPoolExecutor(len(payments)) as pool:
        list(pool.map(confirm, payments))

    assert figure(floor, "zhangsan", "recovered_amount") == "8000 = 80.00"
    assert figure(floor, "zhangsan", "cases_settled") == "8 = 8.00"
    with floor.muster.database.writing() as session:
        people = [floor.employee("zhangsan").id]
        assert not tally.count_anew(session, people, BEGINNING, MARCH[1])


def test_whatever_was_changed_past_the_operations_is_found(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")
    pays(floor, "zhangsan", number, 100000)
    with floor.muster.database.writing() as session:
        session.execute(Tally.__table__.delete().where(Tally.measure == "recovered"))  # type: ignore[attr-defined]
    who = floor.employee("zhangsan").id

    with floor.muster.database.writing() as session:
        found = tally.count_anew(session, [who], *MARCH)

    assert [(one.measure, one.was, one.now, one.of_month) for one in found] == [
        ("recovered", (0, 0), (100000, 1), False),
        ("recovered", (200000, 2), (100000, 1), True),
    ]
    assert figure(floor, "zhangsan", "recovered_amount") == "100000 = 1000.00"


def test_targets_know_measures_as_figures_do() -> None:
    known = {code: measure for code, measure in performance.CATALOGUE.items() if code in performance.KINDS}

    assert {code: (one.unit, one.direction) for code, one in known.items()} == {
        code: (performance.KINDS[code].unit, performance.KINDS[code].direction) for code in known
    }
