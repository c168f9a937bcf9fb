"""From the last interview to the first day, from every phone: department, HR, administration, candidate."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import admissions, candidates, recruiting, secrecy
from models.admissions import ChainState, HiringChain
from models.staff import Role
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock, rows

PASS_NOTICE = (
    "「通过通知」发给林小雨？\n林小雨，恭喜您通过城北分公司催收员的面试！\n"
    "报到时间：{day} 08:30；联系人：白城北。\n面试官对您的沟通能力印象很深。\n"
    "有问题直接回复，我们会转给联系人。\n[发][不发]"
)
ASKED = (
    "林小雨过了面试，还要这个人吗？\n请在 3月2日 周一 11:03 前答复，之后人事发通知。\n"
    "[需要][改报到日][不需要了]"
)


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """The branch that hires, with its department and its administration."""
    office = Recruiters(muster, client, messenger, clock)
    office.joins("needs", "用经理", Role.HIRING_DEPARTMENT)
    office.joins("desk", "行政小何", Role.ADMINISTRATION)
    return office


@pytest.fixture
def rain(office: Recruiters) -> int:
    """林小雨 has everything behind her but the medical."""
    rain = office.applies("林小雨")
    office.scores(rain, 80)
    for code in ("first_interview", "second_interview"):
        office.acts(
            "north", recruiting.decide_stage, application_id=rain, passed=True, reason="好", code=code
        )
    office.candidate(rain).says("帮助")
    office.candidate(rain).reads()
    return rain


def passes(office: Recruiters, rain: int) -> None:
    """HR says that the last thing is passed, and everybody has read what they hear of that."""
    office["north"].says("通过 林小雨 体检")
    office["north"].says("确认")
    office["north"].reads()
    office.candidate(rain).reads()


def state(office: Recruiters) -> str:
    """Where the only application stands."""
    [chain] = rows(office.muster, HiringChain)
    return str(chain.state)


def test_a_pass_taken_back_asks_the_department_nothing_until_it_has_answered(
    office: Recruiters, rain: int
) -> None:
    passes(office, rain)
    office["needs"].reads()
    office.waits(seconds=1)
    office["north"].says("撤销")

    assert office["north"].reads()[-1].startswith("撤销了，林小雨的体检回到原来：还没安排。")
    assert rows(office.muster, HiringChain) == []
    office["needs"].taps_card("need_yes:1")
    assert office["needs"].reads()[-1].startswith("没有这个过了面试的人")
    office.waits(seconds=1)
    passes(office, rain)
    office["needs"].taps_card("need_yes:1")
    office["north"].reads()
    office["north"].says("撤销")
    assert (
        office["north"].reads()[-1]
        == "体检的判定撤不回了：用人部门已经答复了。要停，发「结束应聘」，写上原因。"
    )


def test_department_hr_and_administration_take_their_turns(office: Recruiters, rain: int) -> None:
    office["north"].says("通过 林小雨 体检")
    office["north"].says("确认")

    assert office["north"].reads()[-1] == (
        "林小雨的体检通过了\n下一步：offer。已请用经理确认还要不要人。已经告诉本人。\n[撤销]"
    )
    [card] = office["needs"].news()
    shown = card.payload["template_card"]
    assert shown["main_title"] == {"title": "林小雨过了面试，还要这个人吗？"}
    assert [f"{one['keyname']}：{one['value']}" for one in shown["horizontal_content_list"]] == [
        "候选人：林小雨（编号 1）",
        "职位：城北分公司 催收员",
        "推荐分：96（基础 80）",
        "强项：沟通表达 80",
        "弱项：抗压能力 55（要 70）",
        "报到：建议 3月16日 周一",
    ]

    office["needs"].taps_card("need_yes:1")
    office["needs"].sees(
        "(按钮:已确认需要)",
        "定了：林小雨 3月16日 周一 报到\n城北分公司 催收员。人事审完通知就发给本人，发了会告诉你。\n[撤销]",
    )
    office.hours_pass(0.1)
    office["north"].sees(PASS_NOTICE.format(day="3月16日 周一"))

    office["north"].taps_card("notice_go:1")
    office["north"].sees("(按钮:已发)", "给林小雨的「通过通知」3月2日 周一 09:09 发。")
    office["desk"].sees(
        "林小雨要来城北分公司做催收员，3月16日 周一 报到，通知已发给本人。请先准备：\n"
        "· 签合同，3月13日 周五 18:00 前\n· 做工牌，3月13日 周五 18:00 前\n"
        "· 安排工位，3月13日 周五 18:00 前\n· 备电脑和设备，3月13日 周五 18:00 前\n"
        "办好了发「我的待办」点一下；人不来了会告诉你。"
    )
    office["needs"].sees(
        "(按钮:通知已发)",
        "通过通知发给林小雨了（催收员，3月16日 周一 报到），行政开始准备。发「录用进度 林小雨」看到哪一步。",
    )
    office.hours_pass(1)
    assert (
        office.candidate(rain).reads()[-1].startswith("通过通知\n林小雨，恭喜您通过城北分公司催收员的面试！")
    )


def test_each_step_shows_its_owner_its_start_its_time_and_its_age(office: Recruiters, rain: int) -> None:
    passes(office, rain)
    office["needs"].says("录用进度")
    office.hours_pass(0.5)
    office["needs"].says("确认需求 林小雨 3月20日")
    office.hours_pass(0.1)
    office["north"].taps_card("notice_go:1")
    office["desk"].says("我的待办")
    office["desk"].reads()
    office["desk"].taps_card("step_done:1")
    for account in ("needs", "north", "desk"):
        office[account].reads()
    office.hours_pass(2)

    office["needs"].says("录用进度 林小雨")
    office["north"].says("录用进度")
    office["east"].says("录用进度 林小雨")

    told = (
        "林小雨（城北分公司 催收员），3月20日 周五 报到：\n"
        "✓ 用人部门确认需求：用经理，3月2日 周一 09:03 开始，3月2日 周一 11:03 前，用了 30 分钟\n"
        "✓ 人事审通知：白城北，3月2日 周一 09:33 开始，3月2日 周一 11:33 前，用了 6 分钟\n"
        "✓ 签合同：行政小何，3月2日 周一 09:39 开始，3月19日 周四 18:00 前，用了 0 分钟\n"
        "· 做工牌：行政小何，3月2日 周一 09:39 开始，3月19日 周四 18:00 前，已 2 小时\n"
        "· 安排工位：行政小何，3月2日 周一 09:39 开始，3月19日 周四 18:00 前，已 2 小时\n"
        "· 备电脑和设备：行政小何，3月2日 周一 09:39 开始，3月19日 周四 18:00 前，已 2 小时"
    )
    office["needs"].sees(told)
    office["north"].sees(told)
    assert office["east"].reads()[0].startswith("「林小雨」：没有这个候选人")
    status, listed = office.calls("needs", "GET", "/hiring-chains")
    assert (status, listed["chain"]["steps"][0]["owner"]) == (200, "needs")


def test_the_department_says_another_day_in_its_own_words(office: Recruiters, rain: int) -> None:
    passes(office, rain)
    office["needs"].sees(ASKED)

    office["needs"].taps_card("need_date:1")
    office["needs"].says("3月1日")
    office["needs"].taps_card("need_date:1")
    office["needs"].says("下周三")

    told = office["needs"].reads()
    assert (
        "林小雨哪天报到？\n直接回复日子，如「3月16日」「下周一」。建议 3月16日 周一；"
        "不做了回复「取消」。\n[取消]" in told
    )
    assert told[-1].startswith("定了：林小雨 3月11日 周三 报到\n")


def test_nobody_is_needed_any_more_and_hr_goes_on(office: Recruiters, rain: int) -> None:
    passes(office, rain)
    office["needs"].reads()

    office["needs"].taps_card("need_no:1")
    office["needs"].says("预算没批下来")

    assert office["needs"].reads()[-1] == (
        "告诉人事了：不需要林小雨\n原因：预算没批下来。接下来由人事决定，本人还不知道。\n[撤销]"
    )
    office["north"].sees(
        "用人部门不需要林小雨了\n原因：预算没批下来。可以再问一次；要结束，发「结束应聘 林小雨 原因」。\n"
        "[再问用人部门]"
    )
    office.candidate(rain).sees_nothing()

    office["north"].taps_card("need_again:1")
    office["north"].says("总部补了预算")
    assert office["north"].reads()[-1] == (
        "又问了用经理：要不要林小雨。没发的通知作废，答复后会有新的给你审。"
    )
    assert office["needs"].reads()[-1] == (
        "人事再问一次：要不要林小雨？\n原因：总部补了预算。请在 3月2日 周一 11:03 前答复，之后人事发通知。\n"
        "[需要][改报到日][不需要了]"
    )
    office["needs"].says("确认需求 林小雨")
    office.hours_pass(0.1)
    office["north"].sees(PASS_NOTICE.format(day="3月16日 周一"))


def test_an_answer_is_taken_back_while_nothing_has_left(office: Recruiters, rain: int) -> None:
    passes(office, rain)
    office["needs"].says("确认需求 林小雨")
    office.hours_pass(0.1)
    office["needs"].says("撤销")
    assert state(office) == ChainState.NEED
    assert office["needs"].reads()[-1].startswith("收回了，请再答一次：要不要林小雨？\n")

    office["north"].taps_card("notice_go:1")
    assert office["north"].reads()[-1].endswith("已经有人处理了。")

    office["needs"].says("确认需求 林小雨")
    office.hours_pass(0.1)
    office["north"].taps_card("notice_go:2")
    office["needs"].reads()
    office["needs"].says("撤销")
    office["needs"].sees("通知已经发给本人，改不了了。有变化请直接联系人事。")


def test_a_notice_that_hr_does_not_send_goes_back(office: Recruiters, rain: int) -> None:
    passes(office, rain)
    office["needs"].says("确认需求 林小雨")
    office["needs"].reads()
    office.hours_pass(0.1)
    office["north"].reads()

    office["north"].taps_card("notice_no:1")
    assert office["north"].reads()[-1] == (
        "通过通知没发给林小雨，怎么办？\n日子或岗位不对，退回用人部门，答复后会有新的通知；"
        "要结束，发「结束应聘 林小雨 原因」。\n[退回用人部门]"
    )
    office["north"].says("退回用人部门 林小雨 那天是培训日")

    [card] = office["needs"].news()[-1:]
    assert card.payload["template_card"]["sub_title_text"].startswith("原因：那天是培训日。请在")
    assert state(office) == ChainState.NEED


def test_who_does_not_answer_is_reminded_and_hr_hears_of_it(office: Recruiters, rain: int) -> None:
    passes(office, rain)
    office["needs"].sees(ASKED)

    office.hours_pass(1.1)
    assert office["needs"].reads()[0].startswith("还等着你：要不要林小雨？\n")
    office.hours_pass(1)
    office["north"].sees(
        "用经理超时没答复：要不要林小雨？\n应在 3月2日 周一 11:03 前答复，请催一下。"
        "你有权代答的，直接点，会留痕。\n[需要][改报到日][不需要了]"
    )
    office["north"].taps_card("need_yes:1")
    office.hours_pass(0.1)
    office["north"].reads()

    office.hours_pass(1.2)
    office["north"].sees(
        "给林小雨的通过通知还没发\n请在 3月2日 周一 13:09 前审完：发「通知待办」看内容，点「发」或「不发」。"
        "内容要改日子，退回用人部门。\n[退回用人部门]"
    )
    office.hours_pass(1)
    [late] = office["head"].reads()
    assert late.startswith("林小雨的「通过通知」超过 120 分钟还没发出\n")


def test_what_another_unit_has_admitted_is_asked_about_no_more(office: Recruiters, rain: int) -> None:
    passes(office, rain)
    office["needs"].says("确认需求 林小雨")
    office.hours_pass(0.1)
    office["north"].taps_card("notice_go:1")
    for account in ("needs", "north", "desk"):
        office[account].reads()
    east = office.applies_too(rain, "客服", unit="城东分公司")
    office.acts("east", candidates.admit, application_id=east)

    office.hours_pass(0.1)

    office["desk"].sees("林小雨的事撤销了，给你的待办不用办了。")
    assert state(office) == ChainState.ENDED
    office["north"].says("录用进度")
    office["north"].sees("没有过了面试、在办录用的人。")


def test_without_a_department_hr_is_asked(office: Recruiters) -> None:
    far = office.applies("高远", unit="城东分公司")
    office.scores(far, 80)
    for code in ("first_interview", "second_interview", "medical"):
        office.acts("east", recruiting.decide_stage, application_id=far, passed=True, reason="好", code=code)

    office.hours_pass(0.2)

    assert office["east"].reads()[0].startswith("高远过了面试，还要这个人吗？\n")
    office["needs"].says("岗位需求")
    office["needs"].sees("没有等你确认的。过了面试的人会自动发卡片给你。")
    office["asker"].says("确认需求 高远")
    assert office["asker"].reads()[0].startswith("你没有这项权限")


def test_a_teller_with_a_high_score_is_told_where_to_come_and_what_to_bring(office: Recruiters) -> None:
    known = replace(office.policy.admissions, addresses={"城北分公司": "砚池街 8 号"})
    office.policy = replace(office.policy, admissions=known)
    mia = office.applies("米小雅", job="柜员")
    office.scores(mia, 90)
    for stage in office.process(mia).stages[1:]:
        if stage.kind not in ("offer", "onboarding"):
            office.acts(
                "north",
                recruiting.decide_stage,
                application_id=mia,
                passed=True,
                reason="好",
                code=stage.code,
            )
    with office.writing() as session:
        admissions.begin_chains(session, at=office.now, policy=office.policy, calendar=office.muster.calendar)

    _, notice = office.acts(
        "needs", admissions.confirm_need, application_id=mia, calendar=office.muster.calendar
    )

    with office.muster.database.reading() as session:
        words = secrecy.open_text(session, f"candidate:{notice.person_id}", notice.words) or ""
    assert (notice.template, "地址：砚池街 8 号。" in words) == ("pass_teller", True)
    assert "请带上：身份证、学历证书、离职证明、银行卡。" in words
