"""Words that come with what people do to a case: they are heard like notes, and shown without numbers."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import cases
from models.cases import CaseStatus, SettlementOffer
from models.wording import WordingHit
from tests.chat.floor import PEOPLE, Floor
from tests.models.desk import Desk
from tests.simulator import Messenger, TestClock, rows

MOBILE = "13912345678"
MASKED = "139****5678"


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams, and head office with compliance and finance."""
    made = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    return made


def decline(floor: Floor, words: str) -> None:
    """张三 does not take a case that 赵组长 gave him."""
    number = floor.case()
    Desk(floor, "boss").assigns({number: "zhangsan"})
    floor.everybody_reads()
    floor["zhangsan"].says(f"拒绝 {number} {words}")


def dispute(floor: Floor, words: str) -> None:
    """The debtor disputes the debt."""
    floor["zhangsan"].says(f"争议 {floor.case(owner='zhangsan')} {words}")


def halt(floor: Floor, words: str) -> None:
    """Contact stops for what was said, whatever it is."""
    floor["zhangsan"].says(f"停催 {floor.case(owner='zhangsan')} 法院 {words}")


def retain(floor: Floor, words: str) -> None:
    """赵组长 leaves a case with 张三."""
    floor["leader"].says(f"留案 {floor.case(owner='zhangsan')} 到3月10号 因为{words}")


def give_back(floor: Floor, words: str) -> None:
    """钱主管 gives a case back to the creditor."""
    floor["boss"].says(f"退案 {floor.case(owner='zhangsan')} {words}")
    floor["boss"].says("确认")


def reopen(floor: Floor, words: str) -> None:
    """钱主管 opens a case again that was given back."""
    number = floor.case(owner="zhangsan")
    with Desk(floor, "boss").acting() as (session, boss, at):
        cases.return_cases(
            session, actor=boss, case_ids=[number], reason="甲方要求", at=at, policy=floor.policy
        )
    floor["boss"].says(f"重新打开 {number} {words}")


def reject(floor: Floor, words: str) -> None:
    """吴会计 finds no money."""
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"还款 {number} 500 今天")
    floor.everybody_reads()
    floor["wukuaiji"].says(f"不对 {number} {words}")


def reverse(floor: Floor, words: str) -> None:
    """吴会计 takes back what she had confirmed."""
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"还款 {number} 500 今天")
    floor["wukuaiji"].says(f"确认到账 {number}")
    floor.everybody_reads()
    floor["wukuaiji"].says(f"冲正 {number} {words}")
    floor["wukuaiji"].says("确认")


def ask(floor: Floor, words: str) -> None:
    """张三 asks for a waiver."""
    floor["zhangsan"].says(f"减免 {floor.case(owner='zhangsan')} 2800 3月10日 因为{words}")


def refuse(floor: Floor, words: str) -> None:
    """赵组长 does not grant a waiver."""
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"减免 {number} 2800 3月10日 因为生病")
    floor.everybody_reads()
    assert rows(floor.muster, SettlementOffer)
    floor["leader"].says(f"不同意减免 {number} {words}")


def follow_up(floor: Floor, words: str) -> None:
    """张三 plans what to do next."""
    floor["zhangsan"].says(f"下次 {floor.case(owner='zhangsan')} 明天下午3点 {words}")


def pass_on(floor: Floor, words: str) -> None:
    """郑客服 passes on what the debtor said."""
    floor["zhengkefu"].says(f"转告 {floor.case(owner='zhangsan')} {words}")


EVERYWHERE: list[Callable[[Floor, str], None]] = [
    decline, dispute, halt, retain, give_back, reopen, reject, reverse, ask, refuse, follow_up, pass_on,
]  # fmt: skip
GO_ON = [decline, retain, reopen, reject, reverse, ask, refuse, follow_up, pass_on]
"""What leaves a case open, so that it is the words that stop contact."""


@pytest.mark.parametrize("act", EVERYWHERE)
def test_a_full_mobile_reaches_nobodys_card(floor: Floor, act: Callable[[Floor, str], None]) -> None:
    act(floor, f"联系他爱人{MOBILE}吧")
    floor.clock.passes_to("10:07")
    floor.clock.passes_to("2026-03-03 15:01")

    told = "\n".join(line for account, *_ in PEOPLE for line in floor[account].reads())
    assert MOBILE not in told
    assert MASKED in told
    assert {hit.code for hit in rows(floor.muster, WordingHit)} == {"PII_LEAK"}


@pytest.mark.parametrize("act", EVERYWHERE)
def test_a_hint_at_suicide_is_told_at_once_wherever_it_is_written(
    floor: Floor, act: Callable[[Floor, str], None]
) -> None:
    act(floor, "客户说不想活了")
    floor.everybody_reads()
    floor.clock.passes_to("10:07")

    assert any("有人可能轻生或动手" in line for line in floor["fenghegui"].reads())
    case = floor.look(1001)
    if act in GO_ON:
        assert case.status == CaseStatus.SUSPENDED
        assert [one.kind for one in rows(floor.muster, cases.Halt)] == ["self_harm"]
    else:
        ended = {dispute: "disputed", halt: "suspended"}
        assert case.status == ended.get(act, "returned")
        assert len(rows(floor.muster, cases.Halt)) == (act in ended)


def test_a_follow_up_that_tells_of_danger_is_not_planned(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")

    floor["zhangsan"].says(f"下次 {number} 明天下午3点 客户说不想活了")

    floor["zhangsan"].sees(
        "1001 停催了：你写的话说明客户可能有危险，组长、主管和合规已经知道。先不要联系，这次跟进没有定。"
    )
    assert floor.look(number).next_at is None


def test_a_promise_of_safe_returns_is_told_to_compliance_too(floor: Floor) -> None:
    number = floor.case(owner="zhangsan")

    Desk(floor, "zhangsan").does(cases.add_note, number, outcome="other", words="我跟他讲这个产品保本保息")
    floor.clock.passes_to("10:07")

    for account in ("leader", "fenghegui"):
        assert any("承诺保本保息" in line for line in floor[account].reads())
