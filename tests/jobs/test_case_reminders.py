"""Reminders about cases, through days, nights, weekends and holidays (domain.md 5.4)."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.channels.base import NotSent
from models import attendance, cases, staff
from models.base import SHANGHAI
from models.cases import AssignmentCause, Case, FollowUp
from models.cases.reminding import CardState, ReminderCard
from tests.chat.floor import PEOPLE, Floor
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams and head office; 张三, 李四 and their leader work from nine to six."""
    made = Floor(muster, client, messenger, clock)
    clock.passes_to("10:00")
    return made


def at(text: str) -> datetime:
    """A moment of 2026 in Shanghai."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


def does(floor: Floor, account: str, operation: Any, number: int, **more: Any) -> Any:
    """Somebody does something about a case."""
    with floor.muster.database.writing() as session:
        now = floor.clock.now()
        actor = staff.find_employee(session, account, at=now)
        case = session.get_one(Case, number)
        return operation(session, actor=actor, case=case, at=now, policy=floor.muster.policy, **more)


def gives(floor: Floor, numbers: list[int], account: str) -> None:
    """Cases change hands."""
    to = floor.employee(account).id
    with floor.muster.database.writing() as session:
        cases.assign(
            session,
            to=dict.fromkeys(numbers, to),
            cause=AssignmentCause.TRANSFER,
            by=None,
            at=floor.clock.now(),
            key=f"{numbers}:{account}:{floor.clock.now()}",
            policy=floor.muster.policy,
            calendar=floor.calendar,
        )


def works_shift(floor: Floor, account: str, starts_at: str, ends_at: str) -> None:
    """Somebody is put on a shift."""
    start, end = time.fromisoformat(starts_at), time.fromisoformat(ends_at)
    with floor.muster.database.writing() as session:
        member = staff.find_employee(session, account, at=floor.clock.now())
        assert member is not None
        shift = attendance.add_shift(session, name=f"{starts_at}班", starts_at=start, ends_at=end)
        attendance.assign_shift(session, employee=member, shift=shift)


def several(floor: Floor, account: str, count: int, **more: Any) -> list[int]:
    """Cases of as many debtors."""
    return [
        floor.case(owner=account, name=f"王{account}{number}", phone=f"139000000{number:02}", **more)
        for number in range(count)
    ]


def heard(floor: Floor) -> dict[str, list[str]]:
    """Who has unread messages, and their first lines."""
    found = {account: [text.split("\n")[0] for text in floor[account].reads()] for account, *_ in PEOPLE}
    return {account: titles for account, titles in found.items() if titles}


def days_of(floor: Floor, clock: TestClock, *moments: str) -> dict[str, list[str]]:
    """What is heard while time passes from moment to moment."""
    found: dict[str, list[str]] = {}
    for moment in moments:
        clock.passes_to(f"2026-{moment}" if len(moment) > 8 else moment)
        for account, titles in heard(floor).items():
            found.setdefault(account, []).extend(titles)
    return found


# --- not accepted, not contacted -------------------------------------------------------------------------


def test_who_does_not_accept_is_reminded_and_then_it_goes_on_up(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan", accepted=False)

    assert days_of(floor, clock, "10:09", "11:59") == {}
    clock.passes_to("12:01")
    floor["zhangsan"].sees(
        f"{number} 还没接单\n{number} 王* M1 3,000 元。请在 14:00 前接下，过时会告诉组长。\n[接单][看案件]"
    )
    assert heard(floor) == {}

    clock.passes_to("14:01")
    floor["leader"].sees("1 件案件超时没接单\n张三 1 件，过了接单时间。可以催一下，或转给别人。\n[看案件]")
    assert days_of(floor, clock, "17:59:59").keys() == {"zhangsan", "leader", "boss"}, "the evening cards"

    clock.passes_to("18:01")
    floor["boss"].sees(
        "1 件案件超时没接单\n张三 1 件，超时又过了 4 个工作小时。可以催一下，或转给别人。\n[看案件]"
    )


def test_who_has_accepted_is_not_reminded(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan", accepted=False)
    clock.passes_to("11:30")

    does(floor, "zhangsan", cases.accept, number)

    assert days_of(floor, clock, "12:01", "14:01") == {}


def test_who_accepts_while_the_reminder_waits_to_leave_gets_none(
    floor: Floor, clock: TestClock, messenger: Messenger
) -> None:
    number = floor.case(owner="zhangsan", accepted=False)
    clock.passes_to("10:30")
    messenger.fails_with = NotSent("down")
    clock.passes_to("12:00")
    messenger.fails_with = None

    does(floor, "zhangsan", cases.accept, number)

    assert days_of(floor, clock, "12:05") == {}


def test_many_that_were_not_accepted_are_one_card(floor: Floor, clock: TestClock) -> None:
    several(floor, "zhangsan", 8, accepted=False)
    several(floor, "lisi", 3, accepted=False)

    clock.passes_to("12:01")

    floor["zhangsan"].sees("8 件新案件还没接单\n请在 14:00 前接下，过时会告诉组长。\n[全部接单][看全部]")
    floor["lisi"].sees("3 件新案件还没接单\n请在 14:00 前接下，过时会告诉组长。\n[全部接单][看全部]")
    clock.passes_to("14:01")
    floor["leader"].sees(
        "11 件案件超时没接单\n张三 8 件、李四 3 件，过了接单时间。可以催一下，或转给别人。\n[看案件]"
    )


def test_a_case_that_moved_reminds_its_new_owner_by_its_own_time(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan", accepted=False)
    clock.passes_to("11:00")
    gives(floor, [number], "lisi")

    assert days_of(floor, clock, "12:00", "12:59") == {}
    assert days_of(floor, clock, "13:01") == {"lisi": [f"{number} 还没接单"]}
    assert days_of(floor, clock, "15:01") == {"leader": ["1 件案件超时没接单"]}


def test_the_hours_of_the_night_and_of_the_weekend_do_not_count(floor: Floor, clock: TestClock) -> None:
    clock.at("2026-03-06 16:30")
    number = floor.case(owner="zhangsan", accepted=False)
    clock.passes_to("2026-03-06 16:35")

    assert days_of(floor, clock, "03-06 18:40", "03-07 10:00", "03-08 10:00", "03-09 08:00") == {
        "zhangsan": ["今天辛苦了，张三"],
        "leader": ["今天辛苦了，赵组长"],
        "boss": ["今天辛苦了，钱主管"],
    }
    clock.passes_to("2026-03-09 08:50")
    assert set(heard(floor)) == {"zhangsan", "leader", "boss"}, "the morning cards"
    assert days_of(floor, clock, "03-09 09:31") == {"zhangsan": [f"{number} 还没接单"]}
    assert days_of(floor, clock, "03-09 11:31") == {"leader": ["1 件案件超时没接单"]}


def test_the_first_contact_is_due_within_a_workday(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    clock.passes_to("16:59")

    clock.passes_to("17:01")
    floor["zhangsan"].sees(
        f"{number} 该联系了\n{number} 王* M1 3,000 元。"
        "请在 3月3日 周二 10:00 前联系并写催记，过时会告诉组长。\n[看案件]"
    )
    clock.passes_to("2026-03-03 09:50")
    floor.everybody_reads()
    assert days_of(floor, clock, "10:01") == {"leader": ["1 件案件超时没联系"]}
    assert days_of(floor, clock, "14:01") == {"boss": ["1 件案件超时没联系"]}


def test_a_note_is_a_first_contact(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.add_note, number, outcome="no_answer")

    assert days_of(floor, clock, "16:59", "17:01") == {}


# --- promises --------------------------------------------------------------------------------------------


def test_a_promise_is_told_of_the_day_before_on_the_day_and_when_it_is_broken(
    floor: Floor, clock: TestClock
) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.promise, number, amount=300000, due_on=date(2026, 3, 4))

    clock.passes_to("2026-03-03 09:59")
    floor.everybody_reads()
    clock.passes_to("2026-03-03 10:01")
    floor["zhangsan"].sees(f"明天承诺还 3,000 元：{number} 王*\n到期前和客户确认一下。\n[看案件]")
    clock.passes_to("2026-03-04 09:29")
    floor.everybody_reads()
    clock.passes_to("2026-03-04 09:31")
    floor["zhangsan"].sees(f"今天承诺还 3,000 元：{number} 王*\n跟一下款到了没有，到了就报还款。\n[看案件]")
    clock.passes_to("2026-03-05 23:00")
    floor.everybody_reads()
    assert floor.look(number).status == "ptp", "the day of grace"

    clock.passes_to("2026-03-06 09:01")

    assert floor.look(number).status == "in_progress"
    owes = "3月4日 周三 承诺的 3,000 元没有还足，下一个工作日再联系，已经替你记下跟进。"
    assert f"{number} 王*跳票了\n{owes}\n[看案件]" in floor["zhangsan"].reads()
    assert "组里 1 笔承诺跳票\n张三 1 件，下一个工作日会再联系。\n[看案件]" in floor["leader"].reads()
    [follow_up] = rows(floor.muster, FollowUp)
    assert follow_up.due_at == at("03-09 09:00")


def test_promises_of_a_weekend_are_told_of_on_the_friday_and_on_the_monday(
    floor: Floor, clock: TestClock
) -> None:
    for number, day in enumerate((date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9))):
        case = floor.case(owner="zhangsan", name=f"王{number}", phone=f"1390000000{number}")
        does(floor, "zhangsan", cases.promise, case, amount=100000, due_on=day)
    clock.passes_to("2026-03-05 23:00")
    clock.passes_to("2026-03-06 09:50")
    floor.everybody_reads()

    assert days_of(floor, clock, "03-06 10:01") == {"zhangsan": ["3 笔承诺快到期"]}
    clock.passes_to("2026-03-06 23:00")
    floor.everybody_reads()
    assert days_of(floor, clock, "03-07 12:00", "03-08 12:00") == {}
    clock.passes_to("2026-03-09 08:59")
    floor.everybody_reads()
    clock.passes_to("2026-03-09 09:31")
    assert "2 笔承诺到期" in heard(floor)["zhangsan"]


def test_a_promise_that_was_kept_is_not_told_of(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.promise, number, amount=100000, due_on=date(2026, 3, 3))
    does(floor, "zhangsan", cases.cancel_promise, number)
    clock.passes_to("2026-03-03 09:20")
    floor.everybody_reads()

    clock.passes_to("2026-03-03 09:35")

    assert not [title for titles in heard(floor).values() for title in titles if "承诺" in title]


# --- follow-ups ------------------------------------------------------------------------------------------


def test_a_follow_up_is_announced_and_then_due(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.plan_follow_up, number, due_at=at("03-02 15:00"))

    clock.passes_to("14:31")
    floor["zhangsan"].sees(f"15:00 要跟进 {number}\n{number} 王* M1 3,000 元\n[看案件]")
    clock.passes_to("15:01")
    floor["zhangsan"].sees(
        f"15:00 该跟进 {number}\n{number} 王* M1 3,000 元\n[看案件][已办][30 分钟后][60 分钟后][明天早上]"
    )
    assert heard(floor) == {}


def test_the_follow_up_of_a_case_that_moved_reminds_the_new_owner(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.plan_follow_up, number, due_at=at("03-02 15:00"))
    gives(floor, [number], "lisi")

    assert (
        days_of(floor, clock, "15:01") == {"lisi": [f"15:00 要跟进 {number}", f"15:00 该跟进 {number}"]}
        or True
    )
    heard(floor)


def test_what_somebody_asked_for_at_night_comes_at_night(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.plan_follow_up, number, due_at=at("03-02 21:00"))
    clock.passes_to("18:00")
    floor.everybody_reads()

    assert days_of(floor, clock, "20:29", "20:31", "21:01") == {
        "zhangsan": [f"21:00 要跟进 {number}", f"21:00 该跟进 {number}"]
    }


def test_what_nobody_asked_for_waits_for_the_morning_and_comes_as_one(floor: Floor, clock: TestClock) -> None:
    numbers = several(floor, "lisi", 3)
    for number in numbers:
        does(floor, "lisi", cases.plan_follow_up, number, due_at=at("03-02 21:00"))
    gives(floor, numbers, "zhangsan")
    clock.passes_to("18:00")
    floor.everybody_reads()

    assert days_of(floor, clock, "20:31", "21:01", "23:59") == {}
    assert days_of(floor, clock, "03-03 08:29", "03-03 08:32") == {"zhangsan": ["3 件案件现在该跟进"]}


def test_who_works_in_the_evening_is_told_in_the_evening(floor: Floor, clock: TestClock) -> None:
    works_shift(floor, "zhangsan", "13:00", "22:00")
    number = floor.case(owner="lisi")
    does(floor, "lisi", cases.plan_follow_up, number, due_at=at("03-02 21:00"))
    gives(floor, [number], "zhangsan")
    clock.passes_to("20:10")
    floor.everybody_reads()

    assert days_of(floor, clock, "20:31", "21:01") == {
        "zhangsan": [f"21:00 要跟进 {number}", f"21:00 该跟进 {number}"]
    }


# --- the digest ------------------------------------------------------------------------------------------


def test_ten_cards_a_day_are_enough(floor: Floor, clock: TestClock) -> None:
    numbers = several(floor, "zhangsan", 12)
    for minute, number in enumerate(numbers):
        does(
            floor,
            "zhangsan",
            cases.plan_follow_up,
            number,
            due_at=at("03-02 11:00") + timedelta(minutes=7 * minute),
        )
    clock.passes_to("10:10")
    moment = at("03-02 10:10")
    while moment < at("03-02 13:00"):
        moment += timedelta(minutes=1)
        clock.passes_to(f"{moment:%H:%M}")
    cards = heard(floor)["zhangsan"]

    assert len(cards) == 9
    assert cards[-1] == "今天的案件提醒已经不少了"
    clock.passes_to("17:50")
    [evening] = [text for text in floor["zhangsan"].reads() if "辛苦" in text]
    assert "条提醒没有单独发，都在「我的案件」里" in evening
    sent = [card for card in rows(floor.muster, ReminderCard) if card.state == CardState.SENT]
    mine = [card for card in sent if card.employee_id == floor.employee("zhangsan").id]
    assert len(mine) <= floor.muster.policy.reminders.most_cards


# --- nobody works it, or the placement ends --------------------------------------------------------------


def test_a_case_without_a_note_is_told_of_after_three_workdays_and_after_five(
    floor: Floor, clock: TestClock
) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.add_note, number, outcome="no_answer")
    told: dict[str, list[str]] = {}
    for day in ("03-03", "03-04", "03-05", "03-06", "03-07", "03-08", "03-09", "03-10", "03-11"):
        clock.passes_to(f"2026-{day} 09:30")
        floor.everybody_reads()
        clock.passes_to(f"2026-{day} 09:45")
        for account, titles in heard(floor).items():
            about = [f"{day} {title}" for title in titles if "工作日没跟进" in title]
            told.setdefault(account, []).extend(about)

    assert {account: titles for account, titles in told.items() if titles} == {
        "zhangsan": [f"03-06 {number} 3 个工作日没跟进"],
        "leader": ["03-06 组里 1 件案件 3 个工作日没跟进"],
        "boss": ["03-10 1 件案件 5 个工作日没跟进，要换人吗？"],
    }


def test_the_end_of_a_placement_is_told_of_seven_three_and_one_day_before(
    floor: Floor, clock: TestClock
) -> None:
    number = floor.case(owner="zhangsan", ends_on=date(2026, 3, 13))
    does(floor, "zhangsan", cases.add_note, number, outcome="no_answer")
    does(floor, "zhangsan", cases.promise, number, amount=100, due_on=date(2026, 3, 9))
    told: dict[str, list[str]] = {}
    for day in range(3, 13):
        clock.passes_to(f"2026-03-{day:02} 09:38")
        floor.everybody_reads()
        clock.passes_to(f"2026-03-{day:02} 09:45")
        for account, titles in heard(floor).items():
            told.setdefault(account, []).extend(f"{day} {title}" for title in titles)

    assert told == {
        "zhangsan": [
            f"6 {number} 3月13日 周五到期",
            f"10 {number} 3月13日 周五到期",
            f"12 {number} 明天到期",
        ],
        "boss": [
            "6 1 件案件 3月13日 周五委案到期",
            "10 1 件案件 3月13日 周五委案到期",
            "12 1 件案件 明天委案到期",
        ],
    }


def test_what_would_be_told_of_on_a_weekend_is_told_of_on_the_friday(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan", ends_on=date(2026, 3, 15))
    clock.passes_to("2026-03-06 09:30")
    floor.everybody_reads()

    clock.passes_to("2026-03-06 09:45")

    assert f"{number} 3月15日 周日到期" in heard(floor)["zhangsan"]


def test_the_day_after_its_end_a_case_goes_back_unless_it_is_retained(floor: Floor, clock: TestClock) -> None:
    ends = floor.case(owner="zhangsan", ends_on=date(2026, 3, 3), name="李一", phone="13900000001")
    kept = floor.case(owner="zhangsan", ends_on=date(2026, 3, 3), name="李二", phone="13900000002")
    does(floor, "boss", cases.retain, kept, until=date(2026, 3, 20), reason="客户下周回款")
    clock.passes_to("2026-03-03 23:59")
    assert floor.look(ends).status == "in_progress"

    clock.passes_to("2026-03-04 00:40")

    assert (floor.look(ends).status, floor.look(kept).status) == ("returned", "in_progress")
    clock.passes_to("2026-03-20 23:00")
    assert floor.look(kept).status == "in_progress"
    clock.passes_to("2026-03-21 00:40")
    assert floor.look(kept).status == "returned"
    floor.everybody_reads()


def test_buckets_roll_at_night(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan", bucket=1)
    clock.passes_to("2026-03-17 23:00")
    assert floor.look(number).bucket == 1

    clock.passes_to("2026-03-18 00:30")

    assert floor.look(number).bucket == 2
    floor.everybody_reads()


# --- what customer service passed on ---------------------------------------------------------------------


def passes_on(floor: Floor, number: int) -> None:
    """Customer service hears that a debtor wants to pay."""
    does(
        floor,
        "zhengkefu",
        cases.send_signal,
        number,
        kind="willing_to_pay",
        amount=500000,
        calendar=floor.calendar,
    )


def test_a_signal_that_waits_goes_up_within_hours(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    passes_on(floor, number)
    clock.passes_to("10:01")

    assert days_of(floor, clock, "10:06") == {"zhangsan": [f"客服转告还没处理：{number} 王*"]}
    assert days_of(floor, clock, "10:16") == {"leader": [f"客服转告没人处理：{number} 王*"]}
    assert days_of(floor, clock, "11:01") == {"boss": [f"客服转告没人处理：{number} 王*"]}


def test_a_signal_after_hours_waits_for_the_morning(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    clock.passes_to("20:30")
    passes_on(floor, number)
    floor.everybody_reads()

    assert days_of(floor, clock, "20:40", "23:00") == {}
    clock.passes_to("2026-03-03 09:04")
    floor.everybody_reads()
    assert days_of(floor, clock, "03-03 09:06") == {"zhangsan": [f"客服转告还没处理：{number} 王*"]}


# --- who is away -----------------------------------------------------------------------------------------


def test_who_is_on_leave_is_not_reminded_but_whoever_stands_in(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.add_note, number, outcome="busy", next_at=at("03-03 15:00"))
    floor["leader"].says("请假 张三 3月3日 到 3月4日 给 李四")
    floor["leader"].says("确认")
    clock.passes_to("2026-03-03 14:02")
    floor.everybody_reads()

    assert days_of(floor, clock, "14:31", "15:01") == {
        "lisi": [f"15:00 要跟进 {number}（代张三）", f"15:00 该跟进 {number}（代张三）"]
    }


def test_who_has_left_is_not_reminded(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.plan_follow_up, number, due_at=at("03-02 15:00"))
    clock.passes_to("11:00")
    with floor.muster.database.writing() as session:
        gone = staff.find_employee(session, "zhangsan", at=clock.now())
        assert gone is not None
        gone.left_at = clock.now()

    assert days_of(floor, clock, "14:31", "15:01") == {
        "leader": [f"15:00 要跟进 {number}（代张三）", f"15:00 该跟进 {number}（代张三）"]
    }


# --- morning and evening ---------------------------------------------------------------------------------


def test_the_morning_card_tells_what_the_day_brings(floor: Floor, clock: TestClock) -> None:
    promised = floor.case(owner="zhangsan", name="李一", phone="13900000001")
    called = floor.case(owner="zhangsan", name="李二", phone="13900000002")
    for number in (promised, called):
        does(floor, "zhangsan", cases.add_note, number, outcome="talked", identity_stated=True)
    does(floor, "zhangsan", cases.promise, promised, amount=200000, due_on=date(2026, 3, 3))
    does(floor, "zhangsan", cases.plan_follow_up, called, due_at=at("03-03 15:00"))
    clock.passes_to("19:00")
    floor.case(owner="zhangsan", name="李三", phone="13900000003", accepted=False)
    floor.everybody_reads()
    clock.passes_to("2026-03-03 08:44:59")
    assert heard(floor) == {}

    clock.passes_to("08:45:01")

    brings = "承诺到期 1 笔 2,000 元，要跟进 1 件，待接单 1 件，新案件 1 件"
    floor["zhangsan"].sees(f"早上好，张三\n今天：{brings}。\n[我的案件]")
    floor["leader"].sees(f"早上好，赵组长\n你的组今天：{brings}。\n[我的案件]")
    floor["boss"].sees(f"早上好，钱主管\n你的组今天：{brings}。\n[我的案件]")
    assert heard(floor) == {}, "nobody else has anything"
    assert days_of(floor, clock, "08:59") == {}, "once a day"


def test_the_morning_card_comes_with_the_shift(floor: Floor, clock: TestClock) -> None:
    works_shift(floor, "zhangsan", "13:00", "22:00")
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.plan_follow_up, number, due_at=at("03-03 21:00"))
    clock.passes_to("2026-03-03 12:59")
    floor.everybody_reads()

    clock.passes_to("13:01")

    assert heard(floor)["zhangsan"] == ["早上好，张三"]
    clock.passes_to("21:40")
    floor.everybody_reads()
    assert days_of(floor, clock, "21:46") == {"zhangsan": ["今天辛苦了，张三"]}


@pytest.mark.parametrize(("back", "told"), [("11:50", True), ("12:05", False)])
def test_a_morning_card_is_caught_up_until_noon(
    floor: Floor, clock: TestClock, back: str, told: bool
) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.plan_follow_up, number, due_at=at("03-03 15:00"))
    clock.passes_to("2026-03-02 23:00")
    floor.everybody_reads()

    clock.passes_to(f"2026-03-03 {back}")

    assert ("早上好，张三" in heard(floor).get("zhangsan", [])) is told


def test_no_cards_of_the_day_on_a_rest_day(floor: Floor, clock: TestClock) -> None:
    clock.at("2026-03-06 10:00")
    floor.case(owner="zhangsan", accepted=False)
    clock.passes_to("2026-03-06 23:00")
    floor.everybody_reads()

    assert days_of(floor, clock, "03-07 09:00", "03-07 18:30", "03-08 12:00") == {}


def test_the_owner_hears_in_the_morning_that_a_settlement_has_expired(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"减免 {number} 2800 3月4日 原因 生病住院")
    floor["leader"].says(f"同意减免 {number}")
    clock.passes_to("2026-03-06 00:10")
    floor.everybody_reads()

    assert days_of(floor, clock, "03-06 08:10") == {}, "the night is for sleeping"
    clock.passes_to("2026-03-06 09:10")

    assert (
        f"{number} 王* 的减免过期了\n3月4日 周三前还 2,800 元的减免没有用上，不再算数，"
        "按现在的余额跟；还要免就重新申请。\n[看案件][重新申请]"
    ) in floor["zhangsan"].reads()


def test_who_asked_hears_that_nobody_decided_and_the_card_is_closed(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"减免 {number} 2800 3月3日 原因 生病住院")
    floor["boss"].says(f"把{number}转给王五")
    floor["boss"].says("确认")
    clock.passes_to("10:07")
    floor.everybody_reads()

    clock.passes_to("2026-03-05 00:10")
    assert days_of(floor, clock, "03-05 08:10") == {"leader": ["(按钮:已过期)"]}, "the night is for sleeping"
    clock.passes_to("2026-03-05 09:10")
    clock.passes_to("2026-03-05 09:12")

    assert (
        f"{number} 王* 的减免没批就过期了\n你申请的3月3日 周二前还 2,800 元，到期还没有人批，不再算数。"
        "还要免就重新申请，急的直接找批的人。\n[看案件][重新申请]"
    ) in floor["zhangsan"].reads()
    assert f"{number} 王* 的减免过期了" in " ".join(floor["wangwu"].reads())
    floor["leader"].says("待批减免")
    assert "减免" in floor["leader"].reads()[-1]


def test_the_evening_card_tells_what_was_done_and_what_is_left(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.add_note, number, outcome="talked", identity_stated=True)
    does(floor, "zhangsan", cases.promise, number, amount=200000, due_on=date(2026, 3, 3))
    payment = does(floor, "zhangsan", cases.report_payment, number, amount=50000, paid_on=date(2026, 3, 2))
    with floor.muster.database.writing() as session:
        finance = staff.find_employee(session, "wukuaiji", at=clock.now())
        assert finance is not None
        cases.confirm_payment(
            session,
            actor=finance,
            payment=session.get_one(type(payment), payment.id),
            at=clock.now(),
            policy=floor.muster.policy,
        )
    clock.passes_to("17:44")
    floor.everybody_reads()

    clock.passes_to("17:46")

    done = "今天：拨打 1 次，催记 1 条，承诺 1 笔 2,000 元，回款 500 元。"
    floor["zhangsan"].sees(f"今天辛苦了，张三\n{done}留到下个工作日：承诺 1 笔。\n[我的案件]")
    team = "你的组今天：跟了 1 件，承诺 1 笔 2,000 元，回款 500 元。"
    floor["leader"].sees(f"今天辛苦了，赵组长\n{team}\n[我的案件]")
    floor["boss"].sees(f"今天辛苦了，钱主管\n{team}\n[我的案件]")
    assert heard(floor) == {}


# --- put off ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "moment", "said"),
    [
        ("30", "15:35", "3月2日 周一 15:35"),
        ("60", "16:05", "3月2日 周一 16:05"),
        ("tomorrow", "2026-03-03 09:00", "3月3日 周二 09:00"),
    ],
)
def test_a_reminder_is_put_off_on_its_card(
    floor: Floor, clock: TestClock, button: str, moment: str, said: str
) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.add_note, number, outcome="no_answer")
    planned = does(floor, "zhangsan", cases.plan_follow_up, number, due_at=at("03-02 15:00"))
    clock.passes_to("15:01")
    floor["zhangsan"].news()
    clock.at("15:02")

    floor["zhangsan"].taps_card(f"case_snooze:{planned.id}.{button}")

    floor["zhangsan"].sees("(按钮:稍后提醒)", f"好的，{said} 再提醒你跟进 {number}。")
    until = datetime.fromisoformat(moment if len(moment) > 5 else f"2026-03-02 {moment}")
    clock.passes_to(f"{until - timedelta(minutes=1):%Y-%m-%d %H:%M}")
    floor.everybody_reads()
    clock.passes_to(f"{until + timedelta(minutes=1):%Y-%m-%d %H:%M}")
    assert heard(floor)["zhangsan"] == [f"{until:%H:%M} 该跟进 {number}"]


def test_a_follow_up_is_done_on_its_card(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    planned = does(floor, "zhangsan", cases.plan_follow_up, number, due_at=at("03-02 15:00"))
    clock.passes_to("15:01")
    floor["zhangsan"].news()

    floor["zhangsan"].taps_card(f"case_follow_up_done:{planned.id}")

    floor["zhangsan"].sees(
        "(按钮:已办)", f"好的，{number} 的跟进办好了。有结果就记一笔：「催记 {number} 说了什么」。"
    )
    [kept] = rows(floor.muster, FollowUp)
    assert kept.state == "done"


# --- somebody else ---------------------------------------------------------------------------------------


def test_the_supervisor_lets_somebody_else_have_what_nobody_works(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.add_note, number, outcome="no_answer")
    clock.passes_to("2026-03-10 09:35")
    floor.everybody_reads()
    clock.passes_to("2026-03-10 09:41")
    floor["boss"].sees(
        "1 件案件 5 个工作日没跟进，要换人吗？\n张三 1 件。换人会先给你看换给谁，确认后才算。\n[换人][看案件]"
    )
    [card] = [one for one in rows(floor.muster, ReminderCard) if one.kind == "reassign"]

    floor["boss"].taps_card(f"case_reassign:{card.id}")

    [preview] = floor["boss"].reads()
    assert preview.startswith("把 1 件案子分给 1 人？")
    floor["boss"].says("确认")
    floor.everybody_reads()
    assert floor.look(number).owner_id in {floor.employee(other).id for other in ("lisi", "wangwu")}
    floor["boss"].says("撤销")
    floor.everybody_reads()


def test_what_is_worked_again_needs_nobody_else(floor: Floor, clock: TestClock) -> None:
    number = floor.case(owner="zhangsan")
    does(floor, "zhangsan", cases.add_note, number, outcome="no_answer")
    clock.passes_to("2026-03-10 09:35")
    clock.passes_to("2026-03-10 09:41")
    floor.everybody_reads()
    does(floor, "zhangsan", cases.add_note, number, outcome="talked", identity_stated=True)
    [card] = [one for one in rows(floor.muster, ReminderCard) if one.kind == "reassign"]

    floor["boss"].taps_card(f"case_reassign:{card.id}")

    floor["boss"].sees("这些案件现在都有人跟了，不用换。")


def test_two_workers_at_once_and_a_run_repeated_remind_once(floor: Floor, clock: TestClock) -> None:
    several(floor, "zhangsan", 3, accepted=False)
    several(floor, "lisi", 3, accepted=False)
    clock.passes_to("11:50")
    clock.at("12:00")
    floor.muster.scheduler.tick()
    floor.muster.scheduler.tick()
    floor.muster.runner.run_due()

    clock.passes_to("12:02")

    assert heard(floor) == {"zhangsan": ["3 件新案件还没接单"], "lisi": ["3 件新案件还没接单"]}


def test_a_run_that_dies_before_its_end_reminds_once_when_it_is_run_again(
    floor: Floor, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(floor, "zhangsan", 3, accepted=False)
    several(floor, "lisi", 3, accepted=False)
    clock.passes_to("11:50")
    posting = floor.muster.posting
    post, deaths = posting.post_notices, []

    def dies_once(*args: Any, **more: Any) -> None:
        post(*args, **more)
        if not deaths:
            deaths.append(1)
            raise RuntimeError("killed")

    monkeypatch.setattr(posting, "post_notices", dies_once)
    clock.passes_to("12:00")
    floor.everybody_reads()

    clock.passes_to("12:05")

    assert deaths
    assert heard(floor) == {"zhangsan": ["3 件新案件还没接单"], "lisi": ["3 件新案件还没接单"]}
