"""拨打: one number, the guard is asked, the attempt counts; and what is said about numbers."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bot.app import Muster
from bot.channels.base import NotSent
from bot.miniapp import Tokens
from models import cases, contact, secrecy
from models.audit import AuditEvent
from models.cases import ContactNote
from models.contact import ContactAttempt, DebtorContact, Relation
from models.messaging import OutboundMessage
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

PHONE = "13800138000"


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two branches at work, at no full hour; 张三 has case 1001 of 王小明."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    floor.case(owner="zhangsan", name="王小明", phone=PHONE)
    return floor


def add_number(
    floor: Floor, number: str, relation: Relation = Relation.UNRELATED_THIRD_PARTY, name: str = "李大妈"
) -> int:
    """Another number about the debtor of case 1001; returns its id."""
    with floor.muster.database.writing() as session:
        debtor = session.get_one(contact.Debtor, 1)

        def seal(value: str) -> bytes | None:
            return secrecy.seal(session, debtor.subject, value)

        facts = cases.ContactFacts(number, relation, name)
        made = DebtorContact(debtor_id=1, **cases.contact_values(session, facts, seal))
        session.add(made)
        session.flush()
        return made.id


def says(floor: Floor, words: str, account: str = "zhangsan") -> list[str]:
    """What is answered to some words."""
    floor[account].says(words)
    return floor[account].reads()


def passes(floor: Floor, minutes: int) -> None:
    """Some time passes."""
    floor.clock.at(f"{floor.clock.now() + timedelta(minutes=minutes):%H:%M:%S}")


def dial_and_note(floor: Floor, outcome: str) -> None:
    """One call, with what came of it."""
    assert "138 0013 8000" not in says(floor, "拨打 1001")[0]
    floor["zhangsan"].taps_card(f"case_note:1001.{outcome}.y")
    floor["zhangsan"].reads()
    passes(floor, 11)


def test_one_number_is_shown_and_the_outcome_is_two_taps_away(floor: Floor, muster: Muster) -> None:
    zhangsan = floor["zhangsan"]
    zhangsan.says("拨打 1001")
    zhangsan.sees(
        f"1001 本人：{PHONE}\n已算一次拨打并留痕，打完点下面记结果。",
        "1001 本人，打完了怎么样？\n点一下就记好；想多写几句直接发「催记 1001 你要写的话」。\n"
        "[没人接][谈过了][在忙][拒绝还][别人接的][空号]",
    )
    zhangsan.taps_card("case_note:1001.no_answer..1")
    assert "(按钮:已记催记)" in zhangsan.reads()

    [attempt] = rows(muster, ContactAttempt)
    assert (attempt.connected, attempt.reached, attempt.flags) == (False, "nobody", [])
    with muster.database.reading() as session:
        [dialled] = session.scalars(select(AuditEvent).where(AuditEvent.action == "contact.dial")).all()
    assert (dialled.actor, dialled.subject) == ("employee:3", "debtor:1")
    assert dialled.details["attempt"] == attempt.id


def test_a_typed_note_is_about_the_call_that_was_begun(floor: Floor, muster: Muster) -> None:
    says(floor, "拨打 1001")
    says(floor, "催记 1001 谈过了，周五再联系")

    [attempt] = rows(muster, ContactAttempt)
    assert (attempt.connected, attempt.effective) == (True, True)


def test_a_correction_corrects_the_call_and_adds_none(floor: Floor, muster: Muster) -> None:
    says(floor, "催记 1001 谈过了")
    says(floor, "更正 1001 是别人接的")

    [attempt] = rows(muster, ContactAttempt)
    assert (attempt.connected, attempt.effective) == (True, False)


@pytest.mark.parametrize(
    ("hour", "shown", "told"),
    [
        ("07:59:59", False, "今天 08:00 以后可以。"),
        ("08:00:00", True, ""),
        ("21:59:59", True, ""),
        ("22:00:00", False, "明天 08:00 以后可以。"),
    ],
)
def test_at_the_edges_of_the_day(floor: Floor, hour: str, shown: bool, told: str) -> None:
    floor.clock.at(hour)
    [answer, *_] = says(floor, "拨打 1001")

    assert (PHONE in answer) is shown
    if not shown:
        assert answer == f"现在不能联系：只能在 08:00–22:00 联系（国家标准 2026.1）。\n{told}"


def test_the_fourth_call_waits_until_tomorrow(floor: Floor) -> None:
    for _ in range(3):
        dial_and_note(floor, "talked")

    assert says(floor, "拨打 1001") == [
        "现在不能联系：今天的有效通话已满 3 次（国家标准 2026.1）。\n明天 08:00 以后可以。"
    ]
    floor.clock.at("2026-03-03 08:00")
    assert PHONE in says(floor, "拨打 1001")[0]


def test_the_seventh_attempt_waits_until_tomorrow(floor: Floor) -> None:
    for _ in range(6):
        dial_and_note(floor, "no_answer")

    assert says(floor, "拨打 1001") == [
        "现在不能联系：这个号码今天已拨满 6 次（国家标准 2026.1）。\n明天 08:00 以后可以。"
    ]


def test_who_never_says_what_came_is_stopped(floor: Floor) -> None:
    for _ in range(3):
        says(floor, "拨打 1001")
        passes(floor, 11)

    assert says(floor, "拨打 1001") == [
        "现在不能联系：有 3 个电话还没记结果，先按接通算（国家标准 2026.1）。\n"
        "明天 08:00 以后可以。\n先把前面电话的结果记上，再拨。"
    ]
    says(floor, "催记 1001 没人接")
    assert PHONE in says(floor, "拨打 1001")[0]


def test_dialling_too_soon_is_spoken_of(floor: Floor) -> None:
    says(floor, "拨打 1001")
    passes(floor, 5)

    assert "提醒：刚拨过这个号码，别拨得太密。" in says(floor, "拨打 1001")[0]


def test_every_creditor_has_its_own_rules(floor: Floor) -> None:
    says(floor, "规则包 蓉城银行 内部从严", "fenghegui")
    floor.clock.at("21:30")

    assert says(floor, "拨打 1001") == [
        "现在不能联系：只能在 08:00–21:00 联系（内部从严 2026.1）。\n明天 08:00 以后可以。"
    ]


def test_a_card_tapped_late_is_about_its_own_call(floor: Floor, muster: Muster) -> None:
    zhangsan = floor["zhangsan"]
    add_number(floor, "13900139000")
    for _ in range(3):
        dial_and_note(floor, "no_answer")
    zhangsan.says("拨打 1001")
    zhangsan.taps("dial:1001.1")
    zhangsan.news()
    assert zhangsan.last_card is not None
    first = [one["key"] for one in zhangsan.last_card["button_list"]]
    zhangsan.taps("dial:1001.2.locate")
    zhangsan.news()

    zhangsan.taps(next(key for key in first if ".talked" in key))
    assert zhangsan.reads()[-1].startswith("记好了：1001 谈过了")

    *_, debtor, third = rows(muster, ContactAttempt)
    assert (debtor.contact_id, debtor.connected) == (1, True)
    assert (third.contact_id, third.connected) == (2, None)
    assert rows(muster, ContactNote)[-1].attempt_id == debtor.id


def test_third_parties_come_up_once_the_debtor_is_lost(floor: Floor, muster: Muster) -> None:
    zhangsan = floor["zhangsan"]
    add_number(floor, "13900139000")
    for _ in range(3):
        dial_and_note(floor, "no_answer")

    zhangsan.says("拨打 1001")
    zhangsan.sees(
        "拨打 1001 王*，打哪个？\n点一个号码，先过联系规则，再显示完整的号码，算一次拨打。\n"
        "[本人8000][联系人李*9000]"
    )
    zhangsan.taps_card("dial:1001.2")
    zhangsan.sees(
        "找联系人 李*做什么？\n只能问本人的联系方式，或请他转告本人回电；不能说欠款的事，也不能请他还。\n"
        "[问联系方式][请他转告]"
    )
    zhangsan.taps_card("dial:1001.2.relay")
    told = zhangsan.reads()
    assert told[1].startswith("1001 联系人 李*：13900139000\n只请转告回电，不说欠款。")
    assert told[2].endswith("[没人接][接通了][不愿被联系][空号]")

    zhangsan.taps_card("case_note:1001.third_party..4")
    zhangsan.reads()
    passes(floor, 11)
    zhangsan.says("拨打 1001")
    zhangsan.reads()
    zhangsan.taps_card("dial:1001.2.relay")
    zhangsan.sees(
        "现在不能联系：这位第三人已经接通过 1 次，到上限了（国家标准 2026.1）。\n4月1日 周三 08:00 以后可以。"
    )
    assert rows(muster, ContactAttempt)[-1].purpose == "relay"


def test_a_third_party_who_refuses_never_comes_up_again(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    assert says(floor, "不再联系 1001") == ["1001 没有登记第三人，或者都已记为不再联系。"]
    add_number(floor, "13900139000")
    zhangsan.says("不再联系 1001")
    zhangsan.sees("1001，谁不愿再被联系？\n点了以后他的号码不再出现，不能恢复。\n[联系人李*9000]")
    zhangsan.taps_card("refuse_contact:1001.2")
    zhangsan.sees("(按钮:已记下)", "记下了：1001 的联系人 李*不再联系，永远有效。")

    for _ in range(3):
        dial_and_note(floor, "no_answer")
    assert PHONE in says(floor, "拨打 1001")[0]


def test_a_dead_number_is_dialled_no_more_and_the_last_one_opens_the_gate(
    floor: Floor, muster: Muster
) -> None:
    zhangsan = floor["zhangsan"]
    zhangsan.says("号码失效 1001")
    zhangsan.sees(
        "记下了：本人 138****8000 失效\n1001 本人的号码都失效了，算失联，可以按规则找第三人。\n"
        "[点错了，还有效]"
    )
    assert rows(muster, contact.Debtor)[0].lost_contact_at is not None
    assert says(floor, "拨打 1001") == ["1001 没有能拨的号码。发「联系规则 1001」看详情。"]

    zhangsan.taps_card("valid_number:1001.1")
    zhangsan.sees("(按钮:已改回)", "改回来了：1001 的本人 138****8000 还有效。")
    assert PHONE in says(floor, "拨打 1001")[0]


def test_suspended_rights_show_no_number(floor: Floor) -> None:
    says(floor, "暂停联系权 张三 威胁客户", "boss")
    floor["zhangsan"].reads()

    assert says(floor, "拨打 1001") == ["现在不能联系：你的联系权暂停了（国家标准 2026.1）。\n请找主管恢复。"]


def test_a_halted_case_shows_no_number(floor: Floor) -> None:
    says(floor, "争议 1001 说金额不对")
    floor.everybody_reads()

    [answer] = says(floor, "拨打 1001")
    assert answer.startswith("现在不能联系：案件有异议或已暂停，联系先停下（国家标准 2026.1）。")


def test_a_case_of_others_is_as_unknown_as_none(floor: Floor) -> None:
    [of_others], [none] = says(floor, "拨打 1001", "yuansan"), says(floor, "拨打 9999", "yuansan")

    assert of_others == none.replace("9999", "1001")
    assert PHONE not in of_others


def test_there_is_a_limit_a_day(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact.dialling, "_dialled", lambda *_: 200)

    assert says(floor, "拨打 1001") == ["今天你已经拨了 200 次，到上限了，明天再拨。"]


def test_a_refused_ask_stands_in_the_trail(floor: Floor, muster: Muster) -> None:
    floor.clock.at("22:00")
    says(floor, "拨打 1001")

    with muster.database.reading() as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.action == "contact.refused")).one()
        shown = session.scalars(
            select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "contact.dial")
        ).one()
    assert (found.outcome, found.details["rules"]) == ("refused", ["quiet_hours"])
    assert shown == 0


def test_the_same_by_the_api(floor: Floor, muster: Muster, client: FlaskClient) -> None:
    add_number(floor, "13900139000")
    asks: dict[str, Any] = {"headers": {"Authorization": f"Bearer {Tokens(muster).issue('zhangsan')}"}}
    base = "/api/v1/cases/1001"

    listed = client.get(f"{base}/contacts", **asks).json["result"]["contacts"]
    assert [(one["relation"], one["number"]) for one in listed] == [
        ("debtor", "138****8000"),
        ("unrelated_third_party", "139****9000"),
    ]
    dialled = client.post(f"{base}/dial", json={"contact": 1}, **asks).json["result"]
    assert (dialled["phone"], dialled["attempt"]) == (PHONE, 1)
    third = client.post(f"{base}/dial", json={"contact": 2, "purpose": "relay"}, **asks)
    assert (third.status_code, third.json["error"]["code"]) == (409, "contact_refused")
    assert client.post(f"{base}/dial", json={"contact": 9}, **asks).status_code == 404
    assert client.post(f"{base}/contacts/2/refusal", json={}, **asks).status_code == 200
    assert client.post(f"{base}/contacts/1/refusal", json={}, **asks).status_code == 409
    assert client.post(f"{base}/contacts/1/invalid", json={}, **asks).status_code == 200
    assert client.delete(f"{base}/contacts/1/invalid", **asks).status_code == 200


def test_the_number_is_gone_from_the_outbox_soon_after_it_has_arrived(
    floor: Floor, clock: TestClock, messenger: Messenger
) -> None:
    def kept() -> list[bool]:
        """Of the messages to 张三, whether each still holds the number."""
        return [PHONE in str(one.payload) for one in rows(floor.muster, OutboundMessage)]

    messenger.fails_with = NotSent("down")
    floor["zhangsan"].says("拨打 1001")
    clock.passes_to("10:51")
    assert any(kept()), "it has not left yet"
    messenger.fails_with = None

    clock.passes_to("10:58")
    assert any(PHONE in text for text in floor["zhangsan"].reads())
    clock.passes_to("11:21")
    assert any(kept())
    clock.passes_to("11:31")

    assert not any(kept())
    emptied = [one for one in rows(floor.muster, OutboundMessage) if not one.payload]
    assert [(one.state, one.content) for one in emptied] == [("accepted", None)]
    floor.everybody_reads()
