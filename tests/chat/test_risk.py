"""风险名单: added by hand, compared with everybody, and told."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models import cases, contact
from models.contact import Debtor, RiskEntry, Rule
from tests.chat.floor import Floor
from tests.rights.organisation import id_number
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two branches at work, at no full hour."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return floor


def told(floor: Floor) -> None:
    """The next tick of the timetable has come."""
    floor.clock.passes_to(f"{floor.clock.now() + timedelta(seconds=2):%H:%M:%S}")


def test_a_hit_by_phone_stops_everything_at_once(floor: Floor, muster: Muster) -> None:
    number = floor.case(owner="zhangsan", name="王小明", phone="13800138000")
    with muster.database.writing() as session:
        cases.plan_follow_up(
            session,
            actor=floor.employee("zhangsan"),
            case=session.get_one(cases.Case, number),
            due_at=floor.clock.now() + timedelta(hours=3),
            at=floor.clock.now(),
            policy=floor.policy,
        )
    floor["fenghegui"].says("加入风险名单 反洗钱名单 王小明 13800138000")
    floor["fenghegui"].sees("已登记 王*（反洗钱名单），编号 1。\n有 1 位债务人对上了，已停止联系。")
    told(floor)

    floor["zhangsan"].sees(
        f"你名下有 1 位债务人在风险名单上：\n王*（{number}）：反洗钱名单，已停止联系\n"
        "已停止联系的不要再打。只有姓名一样的先别跟，核对后要停就发「停止联系 案件编号 风险名单」。"
    )
    floor["fenghegui"].sees(
        f"风险名单对上了 1 位债务人：\n王*（{number}）：反洗钱名单，已停止联系\n"
        "核实不是同一个人，发「解除停止 案件编号」。"
    )
    with muster.database.reading() as session:
        [debtor] = session.query(Debtor).all()
        answer = contact.decide(
            session,
            debtor=debtor,
            channel=contact.ContactChannel.CALL,
            at=floor.clock.now(),
            policy=muster.policy,
        )
    assert (debtor.risk, debtor.stopped_why) == ("money_laundering", "risk")
    assert answer.rules == (Rule.STOPPED,)
    assert floor.look(number).next_at is None


def test_a_namesake_is_flagged_and_not_stopped(floor: Floor, muster: Muster) -> None:
    floor.case(owner="zhangsan", name="王小明")
    floor["fenghegui"].says("加入风险名单 失信名单 王小明")
    floor["fenghegui"].sees("已登记 王*（失信名单），编号 1。\n有 1 位债务人只有姓名一样，已标记，请核对。")
    told(floor)

    assert floor["zhangsan"].reads()[0].splitlines()[1].endswith("失信名单，只有姓名一样")
    floor.everybody_reads()
    [debtor] = rows(muster, Debtor)
    assert (debtor.risk, debtor.stopped_at) == ("dishonest?", None)


def test_who_comes_in_later_is_compared_and_what_compliance_lifted_stays(
    floor: Floor, muster: Muster
) -> None:
    floor["fenghegui"].says("加入风险名单 反洗钱名单 13800138000")
    floor["fenghegui"].sees("已登记 138****8000（反洗钱名单），编号 1。\n现有债务人里没有对上的。")
    floor.case(owner="zhangsan", phone="13800138000")
    floor.case(owner="lisi", name="李明", phone="13900139000")

    def screen() -> list[int]:
        with muster.database.writing() as session:
            hits = contact.screen_debtors(session, debtor_ids=[1, 2], at=floor.clock.now())
            return [hit.debtor_id for hit in hits]

    assert [one.stopped_why for one in rows(muster, Debtor)] == ["risk", ""]
    assert screen() == []
    with muster.database.writing() as session:
        contact.lift_stop(
            session,
            actor=floor.employee("fenghegui"),
            debtor=session.get_one(Debtor, 1),
            at=floor.clock.now(),
            policy=floor.policy,
        )
    assert screen() == []
    told(floor)
    floor.hears_only("zhangsan", "fenghegui")
    assert [one.stopped_at for one in rows(muster, Debtor)] == [None, None]


def test_one_debtor_alone_is_compared_at_entry(floor: Floor, muster: Muster) -> None:
    floor.case(name="王小明")
    with muster.database.writing() as session:
        contact.add_risk(
            session,
            kind="p2p",
            source="互金协会",
            name="王小明",
            number="13800138000",
            at=floor.clock.now(),
            policy=muster.policy,
        )
        debtor = session.get_one(Debtor, 1)
        hit = contact.screen_debtor(session, debtor=debtor, at=floor.clock.now())

        assert hit is not None
        assert (hit.kind, hit.certain, debtor.stopped_why) == ("p2p", True, "risk")


@pytest.mark.parametrize(
    "words",
    [
        "加入风险名单",
        "加入风险名单 失信名单",
        "加入风险名单 王小明",
        "加入风险名单 失信名单 王小明 李四 王五",
    ],
)
def test_a_line_that_says_too_little_is_asked_for_again(floor: Floor, words: str) -> None:
    floor["fenghegui"].says(words)

    floor["fenghegui"].sees("没看懂后面的内容。正确的写法：登记风险名单：加入风险名单 失信名单 名字 证件号")


def test_the_same_line_again_is_the_known_one(floor: Floor, muster: Muster) -> None:
    for _ in range(2):
        floor["fenghegui"].says(f"加入风险名单 失信名单 {id_number(7)} 王小明")
    floor.everybody_reads()

    assert len(rows(muster, RiskEntry)) == 1
    floor["fenghegui"].says("风险名单")
    floor["fenghegui"].sees(
        "风险名单上有：\n失信名单：1 条\n"
        "加一条发「加入风险名单 失信名单 姓名 证件号」，成批的请管理员用表格导入。"
    )


def test_a_line_is_taken_off(floor: Floor) -> None:
    floor["fenghegui"].says("加入风险名单 p2p 王小明")
    floor["fenghegui"].says("移出风险名单 1")
    floor["fenghegui"].says("移出风险名单 1")

    assert floor["fenghegui"].reads()[1:] == [
        "已把 王*（P2P）移出名单。因它停止联系的债务人不会自动恢复，核实后发「解除停止 案件编号」。",
        "风险名单里没有编号 1。",
    ]


def test_only_compliance_keeps_the_lists(floor: Floor) -> None:
    for account in ("boss", "zhangsan", "wukuaiji"):
        floor[account].says("加入风险名单 失信名单 王小明")
        [answer] = floor[account].reads()
        assert "权限" in answer


def test_the_same_by_the_api(floor: Floor, muster: Muster, client: FlaskClient) -> None:
    floor.case(owner="zhangsan", phone="13800138000")
    asks = {"headers": {"Authorization": f"Bearer {Tokens(muster).issue('fenghegui')}"}}
    line = {"kind": "p2p", "source": "互金协会名单", "number": "13800138000"}

    made = client.post("/api/v1/risk-list", json=line, **asks)
    assert (made.status_code, made.json["result"]) == (201, {"id": 1, "stopped": 1, "suspected": 0})
    assert client.post("/api/v1/risk-list", json={**line, "kind": "none"}, **asks).status_code == 409
    assert client.get("/api/v1/risk-list", **asks).json["result"] == {"counts": {"p2p": 1}}
    assert client.delete("/api/v1/risk-list/1", **asks).status_code == 200
    assert client.delete("/api/v1/risk-list/1", **asks).status_code == 404
    told(floor)
    floor.hears_only("zhangsan", "fenghegui")
