"""规则 and 规则包: what the rules are, and by which a creditor's debtors live."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from bot.miniapp import Tokens
from models.contact import Creditor
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

STRICT = """【内部从严 2026.1】
时间 08:00–21:00，每天都一样，所有方式都算
和本人说上话：每天最多 3 次，电话、消息、上门加在一起最多 3 次
同一个号码：每天最多拨 6 次，隔 10 分钟
短信和企业微信：每天最多 2 条
上门：每天 1 次，每周 2 次，再多要主管放行
第三人：连续 3 次联系不上本人才能找，只问联系方式或请转告，30 天最多接通 1 次
担保人、共同借款人：不联系"""


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two branches at work, with a case of 蓉城银行."""
    floor = Floor(muster, client, messenger, clock)
    floor.case(owner="zhangsan")
    return floor


def test_everybody_may_know_the_rules(floor: Floor) -> None:
    floor["zhangsan"].says("规则")

    [answer] = floor["zhangsan"].reads()
    assert answer.startswith("【国家标准 2026.1】没有另外指定就用它\n时间 08:00–22:00，")
    assert STRICT in answer
    assert answer.endswith("发「联系规则 1024」看某个案件今天还能做什么。")


def test_compliance_chooses_the_pack_of_a_creditor(floor: Floor, muster: Muster) -> None:
    compliance = floor["fenghegui"]
    compliance.says("规则包")
    compliance.sees(
        "委托方和规则包：\n蓉城银行：国家标准\n"
        "要改就发「规则包 委托方 国家标准」，后面可以写每天次数；规则包有：国家标准、内部从严。"
    )

    compliance.says("规则包 蓉城银行 内部从严 每天2次")
    compliance.sees(
        "蓉城银行从现在起用「内部从严」2026.1，有效通话每天最多 2 次：\n" + STRICT.split("\n", 1)[1]
    )

    [creditor] = rows(muster, Creditor)
    assert (creditor.pack, creditor.calls_per_day) == ("strict", 2)
    compliance.says("规则包")
    assert "蓉城银行：内部从严，有效通话每天最多 2 次" in compliance.reads()[0]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("规则包 月球银行 国家标准", "没有「月球银行」这个委托方。发「规则包」看有哪些。"),
        (
            "规则包 蓉城银行 月球标准",
            "没有「月球标准」这个规则包。有：国家标准（standard）、内部从严（strict）。",
        ),
        (
            "规则包 蓉城银行 国家标准 5次",
            "委托方的有效通话次数只能比规则包更少：填 1 到 3，或者不填。",
        ),
    ],
)
def test_what_there_is_not_is_said(floor: Floor, words: str, answer: str) -> None:
    floor["fenghegui"].says(words)

    floor["fenghegui"].sees(answer)


def test_the_same_by_the_api(floor: Floor, muster: Muster, client: FlaskClient) -> None:
    asks = {"headers": {"Authorization": f"Bearer {Tokens(muster).issue('fenghegui')}"}}
    body = {"pack": "strict", "calls_per_day": 1}

    chosen = client.put("/api/v1/creditors/1/rule-pack", json=body, **asks)
    assert chosen.json["result"] == {"creditor": 1, "pack": "strict", "calls_per_day": 1}
    assert client.put("/api/v1/creditors/9/rule-pack", json=body, **asks).status_code == 404
    [line] = client.get("/api/v1/creditors", **asks).json["result"]["creditors"]
    assert (line["name"], line["title"]) == ("蓉城银行", "内部从严")
    packs = client.get("/api/v1/rule-packs", **asks).json["result"]["packs"]
    assert [(pack["name"], pack["limits"]["calls"]) for pack in packs] == [("standard", 3), ("strict", 3)]
    floor.everybody_reads()
