"""An offer, from HR to the phone of who applied and on to the first day."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import candidates, recruiting
from models.admissions import Offer, OfferState
from models.lifecycle import ChecklistItem
from models.staff import Role
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock, rows

TEXT = (
    "岗位：城北分公司 催收员\n薪资：8000 元\n福利：五险一金、带薪年假\n报到：2026-03-16\n"
    "携带材料：身份证、学历证书、离职证明、银行卡"
)


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """The branch that hires, with its department, its administration and IT."""
    office = Recruiters(muster, client, messenger, clock)
    office.joins("needs", "用经理", Role.HIRING_DEPARTMENT)
    office.joins("desk", "行政小何", Role.ADMINISTRATION)
    office.joins("itli", "李工", Role.IT)
    office.joins("boss", "赵主管", Role.SUPERVISOR)
    return office


@pytest.fixture
def rain(office: Recruiters) -> int:
    """林小雨 has been told that she passed."""
    rain = office.applies("林小雨")
    office.scores(rain, 80)
    office.candidate(rain).says("帮助")
    for stage in ("初试", "复试", "体检"):
        office["north"].says(f"通过 林小雨 {stage} 好")
        office["north"].says("确认")
    office["needs"].says("确认需求 林小雨")
    office.hours_pass(0.1)
    office["north"].reads()
    office["north"].taps_card("notice_go:1")
    office["desk"].says("我的待办")
    office["desk"].reads()
    office["desk"].taps_card("step_done:1")
    reads_all(office, rain)
    return rain


def reads_all(office: Recruiters, rain: int) -> None:
    """Everybody has read everything."""
    for account in ("north", "needs", "desk", "itli", "boss", "head"):
        office[account].reads()
    office.candidate(rain).reads()


def offered(office: Recruiters, rain: int) -> None:
    """HR offers her the job, and she has not looked yet."""
    office["north"].says("发offer 林小雨 薪资 8000 元")
    office["north"].says("确认")
    for account in ("north", "needs"):
        office[account].reads()


def state(office: Recruiters) -> str:
    """How the only offer stands."""
    [offer] = rows(office.muster, Offer)
    return str(offer.state)


def test_an_offer_is_accepted_and_the_joining_begins_by_itself(office: Recruiters, rain: int) -> None:
    office["north"].says("发offer 林小雨")
    office["north"].says("薪资 8000 元")
    assert office["north"].reads()[-1] == (
        "发这份 offer 给林小雨？\n本人 5 天内在服务号里答复。接受后自动办入职：分配工号，请 IT 开账号。\n"
        "[确认][取消]"
    )
    office["north"].says("确认")

    office["north"].sees(
        "offer 发给林小雨了，等到 3月7日 周六 09:09；答复了会告诉你。要收回，发「撤回offer 林小雨 原因」。"
    )
    office["needs"].sees("offer 发给林小雨了（催收员，3月16日 周一 报到），等本人答复到 3月7日 周六 09:09。")
    rain_phone = office.candidate(rain)
    rain_phone.sees(
        f"你收到一份 offer\n{TEXT}\n请在 3月7日 周六 09:09 前答复。\n1. 接受\n2. 不接受\n3. 问人事"
    )
    rain_phone.says("1")
    rain_phone.sees(
        f"确定接受这份 offer？\n{TEXT}\n接受后我们就开始准备你的入职，你接受的就是上面这些内容。\n"
        "1. 确定接受\n2. 再想想"
    )
    rain_phone.says("1")

    rain_phone.sees(
        "欢迎加入，林小雨！你的接受记下了。\n3月16日 周一到城北分公司报到，工号 E00001。\n"
        "携带材料：身份证、学历证书、离职证明、银行卡\n"
        "企业微信账号正在给你开，报到那天就能用。之前有事回复「问人事」。"
    )
    told = (
        "林小雨接受了 offer（城北分公司 催收员），3月16日 周一 报到。入职已自动开始：工号 E00001，"
        "发「入职进度 E00001」看办到哪步。"
    )
    office["north"].sees(told)
    office["needs"].sees(told)
    [asked] = office["itli"].reads()
    assert asked.startswith("林小雨（账号 E00001）3月16日 周一到城北分公司报到，任催收员。请你：\n· 开账号，")
    assert "80" not in asked
    assert "沟通" not in asked
    steps = rows(office.muster, ChecklistItem)
    assert {one.process for one in steps} == {"joining"}
    assert sorted(one.key for one in steps if one.role == "administration") == [
        "badge",
        "contract",
        "desk",
        "equipment",
    ]
    office["north"].says("入职进度 E00001")
    assert "✓ 签合同：行政小何" in office["north"].reads()[0]
    [offer] = rows(office.muster, Offer)
    assert (offer.state, offer.answered_at, len(offer.text_hash)) == (OfferState.ACCEPTED, office.now, 64)

    rain_phone.says("我的offer")
    assert rain_phone.reads()[0].startswith(f"你接受了这份 offer\n{TEXT}\n接受的时间：3月2日 周一 09:09。")


def test_declining_asks_why_and_may_be_thought_over(office: Recruiters, rain: int) -> None:
    offered(office, rain)
    phone = office.candidate(rain)
    phone.reads()

    phone.says("2")
    phone.sees(
        "为什么不接受？\n回复数字，或者直接打字说说；说了原因就算不接受。\n1. 薪资不合适\n2. 有了别的工作\n"
        "3. 地点太远\n4. 时间不合适\n5. 其他\n6. 再想想"
    )
    phone.says("6")
    assert phone.reads()[0].startswith("你收到一份 offer\n")
    phone.says("2")
    phone.reads()
    phone.says("1")

    phone.sees("好的，告诉人事了\n谢谢你说明原因。改主意了可以问人事。\n1. 问人事")
    told = "林小雨没有接受 offer（城北分公司 催收员）：薪资不合适。可以谈好后再发一份。"
    office["north"].sees(told)
    office["needs"].sees(told)
    office["north"].says("发offer 林小雨 薪资 9000 元")
    office["north"].says("确认")
    assert office["north"].reads()[-1].startswith("offer 发给林小雨了")


def test_why_not_is_said_in_ones_own_words(office: Recruiters, rain: int) -> None:
    offered(office, rain)
    phone = office.candidate(rain)
    phone.reads()

    phone.says("2")
    phone.says("家里有人要照顾，走不开")

    assert "家里有人要照顾，走不开" in office["north"].reads()[0]
    assert state(office) == OfferState.DECLINED


def test_an_offer_that_nobody_answers_is_over(office: Recruiters, rain: int) -> None:
    offered(office, rain)
    phone = office.candidate(rain)
    phone.reads()

    for _ in range(25):
        phone.says("帮助")
        office.hours_pass(5)
    heard = [one.splitlines()[0] for one in phone.reads()]

    assert "这份 offer 还等你答复" in heard
    assert "你的 offer 到期了" in heard
    assert "给林小雨的 offer 到期了，没有答复（城北分公司 催收员）。" in office["north"].reads()
    phone.says("我的offer")
    assert phone.reads()[0].startswith("这份 offer 已经到期\n")


def test_hr_takes_an_offer_back_and_an_old_tap_says_so(office: Recruiters, rain: int) -> None:
    offered(office, rain)
    phone = office.candidate(rain)
    phone.reads()
    phone.says("1")
    phone.reads()

    office["north"].says("撤回offer 林小雨 编制取消")
    office["north"].sees("收回了给林小雨的 offer，已经告诉本人。要重新发，发「发offer 林小雨」。")
    assert phone.reads()[0].startswith("发给你的 offer 收回了\n应聘：城北分公司 催收员\n原因：编制取消\n")
    phone.taps("offer_accept:1")
    phone.sees("这份 offer 已经收回，不用再答复。有疑问请问人事。")
    assert state(office) == OfferState.WITHDRAWN


def test_one_active_offer_a_person_but_for_the_head_office(office: Recruiters, rain: int) -> None:
    offered(office, rain)
    reads_all(office, rain)
    east = office.applies_too(rain, "催收员", unit="城东分公司")
    for code in ("ai_interview", "first_interview", "second_interview", "medical"):
        office.acts("head", recruiting.decide_stage, application_id=east, passed=True, reason="好", code=code)

    office["east"].says("发offer 林小雨 薪资 8000")
    office["head"].says("发offer 林小雨 城东分公司 薪资 8000")
    office["head"].says("发offer 林小雨 城东分公司 薪资 8000 原因：总部调剂")
    office["head"].says("确认")

    office["east"].sees("林小雨已经有别的机构的 offer，一个人同时只能有一份。\n有疑问请联系总部人事。")
    told = office["head"].reads()
    assert told[0].endswith("确实要再发，写明原因：「发offer 林小雨 薪资 … 原因：……」。")
    assert told[-1].startswith("offer 发给林小雨了")
    assert [one.overrides for one in rows(office.muster, Offer)] == [False, True]


def test_nothing_is_offered_before_the_department_has_answered(office: Recruiters) -> None:
    far = office.applies("高远")
    office.scores(far, 80)

    office["north"].says("发offer 高远 薪资 8000")
    office["north"].sees("高远还有环节没过，不能发 offer。发「候选人进度 高远」看看。")
    for stage in ("初试", "复试", "体检"):
        office["north"].says(f"通过 高远 {stage} 好")
        office["north"].says("确认")
    office["north"].reads()
    office["north"].says("发offer 高远 薪资 8000")
    office["north"].sees("用人部门还没确认要不要高远。发「录用进度 高远」看在等谁。")
    office["east"].says("发offer 高远 薪资 8000")
    assert office["east"].reads()[0].startswith("「高远」：没有这个候选人")


def test_somebody_admitted_elsewhere_cannot_accept_any_more(office: Recruiters, rain: int) -> None:
    offered(office, rain)
    phone = office.candidate(rain)
    phone.reads()
    east = office.applies_too(rain, "客服", unit="城东分公司")
    office.acts("east", candidates.admit, application_id=east)

    phone.taps("offer_accept:1")

    phone.sees("你已经被另一家机构录取，这份不能再接受。有疑问请问人事。")
    office.hours_pass(0.2)
    assert state(office) == OfferState.WITHDRAWN
