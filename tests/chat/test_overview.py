"""Which cases there are and how the work goes, asked in ordinary sentences."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """The two teams."""
    return Floor(muster, client, messenger, clock)


def test_a_leader_sees_what_somebody_has(floor: Floor) -> None:
    big = floor.case(owner="zhangsan", bucket=3, balance=1200000)
    small = floor.case(owner="zhangsan", bucket=3, balance=300000, name="李小红", phone="13800138001")
    floor.case(owner="zhangsan", bucket=1, name="赵小军", phone="13800138002")
    floor.case(owner="lisi", bucket=3, name="孙小美", phone="13800138003")

    floor["leader"].says("看看张三的M3")

    floor["leader"].sees(
        f"张三：M3 2 件，共 15,000 元。\n{big} 王* M3 12,000 元 跟进中\n{small} 李* M3 3,000 元 跟进中"
    )


def test_a_collector_sees_the_own_ones_alone(floor: Floor) -> None:
    number = floor.case(owner="zhangsan", bucket=2)
    floor.case(owner="lisi", bucket=2, name="孙小美", phone="13800138003")

    floor["zhangsan"].says("我手上的m2有哪些")

    floor["zhangsan"].sees(f"张三：M2 1 件，共 3,000 元。\n{number} 王* M2 3,000 元 跟进中")


def test_a_supervisor_sees_how_a_team_works(floor: Floor) -> None:
    floor.case(owner="zhangsan")
    floor.case(owner="lisi", accepted=False, name="孙小美", phone="13800138003")

    floor["boss"].says("一组今天干得怎么样")

    floor["boss"].sees(
        "一组，今天：\n跟了 0 件，催记 0 笔，承诺 0 笔 0 元，到账 0 元。\n"
        "赵组长：手上 0，跟了 0，催记 0，承诺 0，到账 0 元\n"
        "张三：手上 1，跟了 0，催记 0，承诺 0，到账 0 元\n"
        "李四：手上 1，跟了 0，催记 0，承诺 0，到账 0 元，没接单 1\n"
        "王五：手上 0，跟了 0，催记 0，承诺 0，到账 0 元"
    )
