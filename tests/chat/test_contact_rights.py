"""暂停联系权 and 恢复联系权."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.app import Muster
from bot.miniapp import Tokens
from models import contact, staff
from models.audit import AuditEvent
from models.contact import ContactSuspension
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two branches at work, at no full hour."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return floor


def test_a_supervisor_suspends_and_gives_back(floor: Floor, muster: Muster) -> None:
    boss, zhangsan = floor["boss"], floor["zhangsan"]
    boss.says("暂停联系权 张三")
    boss.sees("为什么停？请写上原因，如「暂停联系权 张三 威胁客户」。")

    boss.says("暂停联系权 张三 威胁客户")
    boss.sees("张三的联系权已暂停，不能再拨号。想恢复发「恢复联系权 张三」。")
    zhangsan.sees(
        "你的联系权暂停了：威胁客户。\n暂时不能拨号和联系客户，案件还在你名下，催记照常能记。请找主管恢复。"
    )
    boss.says("联系权")
    boss.sees(
        "联系权停着的有 1 人：\n张三（zhangsan），3月2日 周一 起，威胁客户\n恢复发「恢复联系权 姓名」。"
    )

    boss.says("恢复联系权 张三")
    boss.sees("张三的联系权已恢复。")
    zhangsan.sees("钱主管恢复了你的联系权，可以继续联系客户了。")
    boss.says("恢复联系权 张三")
    boss.sees("张三的联系权没有停，不用恢复。")
    boss.says("联系权")
    boss.sees("没有人的联系权停着。")

    [row] = rows(muster, ContactSuspension)
    assert (row.why, row.lifted_at) == ("威胁客户", floor.clock.now())
    with muster.database.reading() as session:
        told = session.scalars(select(AuditEvent.action).where(AuditEvent.subject == "employee:3")).all()
    assert list(told) == ["contact.suspend", "contact.lift"]


def test_suspending_again_keeps_the_first_reason(floor: Floor, muster: Muster) -> None:
    for why in ("威胁客户", "又来一次"):
        floor["boss"].says(f"暂停联系权 张三 {why}")
    floor.everybody_reads()

    assert [row.why for row in rows(muster, ContactSuspension)] == ["威胁客户"]


@pytest.mark.parametrize("words", ["恢复联系权 远三", "恢复联系权 没有这个人"])
def test_who_is_out_of_reach_is_as_unknown_as_nobody(floor: Floor, words: str) -> None:
    floor["boss"].says(words)

    [answer] = floor["boss"].reads()
    assert answer.startswith(f"「{words.split()[1]}」")


def test_nobody_gives_the_own_rights_back(floor: Floor, muster: Muster) -> None:
    with muster.database.writing() as session:
        boss = staff.find_known(session, "boss")
        assert boss is not None
        contact.suspend(session, employee=boss, why="用语", at=floor.clock.now(), by=None)

    floor["boss"].says("恢复联系权 钱主管")

    floor["boss"].sees("自己的联系权要请上级恢复。")


def test_collectors_suspend_nobody(floor: Floor) -> None:
    floor["zhangsan"].says("暂停联系权 李四 抢我案子")

    [answer] = floor["zhangsan"].reads()
    assert "权限" in answer


def test_the_same_by_the_api(floor: Floor, muster: Muster, client: FlaskClient) -> None:
    asks = {"headers": {"Authorization": f"Bearer {Tokens(muster).issue('boss')}"}}
    path = "/api/v1/people/zhangsan/contact-rights"

    assert client.post(f"{path}/suspend", json={"why": " "}, **asks).status_code == 422
    assert client.post(f"{path}/suspend", json={"why": "威胁客户"}, **asks).status_code == 200
    [listed] = client.get("/api/v1/contact-suspensions", **asks).json["result"]["suspended"]
    assert (listed["account"], listed["why"]) == ("zhangsan", "威胁客户")
    assert client.post(f"{path}/restore", json={}, **asks).status_code == 200
    assert client.post(f"{path}/restore", json={}, **asks).status_code == 409
    floor.everybody_reads()
