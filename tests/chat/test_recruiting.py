"""Hiring as HR sees and steers it: the queue, one person's progress, verdicts, overrides, appointments."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import recruiting
from models.recruiting import StageStatus
from tests.chat.recruiters import Recruiters
from tests.simulator import Messenger, TestClock


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Recruiters:
    """The branch that hires."""
    return Recruiters(muster, client, messenger, clock)


def listens(office: Recruiters, application: int) -> None:
    """They have just written, so that they can be answered."""
    office.candidate(application).says("帮助")
    office.candidate(application).reads()


def test_the_queue_has_those_first_who_did_the_ai_interview(office: Recruiters) -> None:
    high, rain = office.applies("高远"), office.applies("林小雨")
    office.applies("别处人", unit="城东分公司")
    office.scores(rain, 80)
    office.misses_it(high)

    office["north"].says("招聘队列")
    office["asker"].says("招聘队列 只看做完的")

    first = "1. 林小雨（编号 2）城北分公司 催收员：初试，96 分（基础 80）"
    office["north"].sees(
        f"招聘队列 2 份，做完 AI 面试的在前：\n{first}\n"
        "2. 高远（编号 1）城北分公司 催收员：AI 面试没做，停着\n只看做完的，发「招聘队列 只看做完的」。"
    )
    office["asker"].sees(
        f"招聘队列 1 份，做完 AI 面试的在前：\n{first}\n"
        "只看做完的：没列出 1 份没做 AI 面试的，发「招聘队列」看全部。"
    )
    status, told = office.calls("north", "GET", "/hiring-queue?hide_not_done=true")
    assert (status, told["total"], told["hidden"]) == (200, 1, 1)


def test_the_progress_says_what_can_be_done_and_why_not(office: Recruiters) -> None:
    high = office.applies("高远")
    office.misses_it(high)

    office["north"].says("候选人进度 高远")
    office["east"].says("候选人进度 高远")

    office["north"].sees(
        "高远（编号 1）城北分公司 催收员，应聘号 A1\n1. AI面试：缺席，3月2日 周一 10:03\n2. 初试：还没安排\n"
        "3. 复试：还没安排\n4. 体检：还没安排\n5. offer：还没安排\n流程停着，从 3月2日 周一 10:32 起\n"
        "推荐分：还没有\n现在不能安排：缺席，流程停着，先办补测或替代流程\n"
        "可以判定：发「通过 高远 AI面试」或「不通过 高远 AI面试 原因」\n可以放行：发「放行 高远 原因」"
    )
    assert office["east"].reads()[0].startswith("「高远」：没有这个候选人")


def test_a_stage_is_passed_in_the_name_of_who_confirms(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.scores(rain, 50)
    listens(office, rain)

    office["north"].says("通过 林小雨 AI面试")
    office["north"].says("通过 林小雨 AI面试 录像里表达很好")
    office["north"].says("确认")

    office["north"].sees(
        "请写上理由，会留痕，候选人也可以要求复核。",
        "林小雨的AI面试算通过？\n原因：录像里表达很好。记在你名下，本人会知道下一步。\n[确认][取消]",
        "林小雨的AI面试通过了\n下一步：初试。已经告诉本人。\n[撤销]",
    )
    office.candidate(rain).sees(
        "AI面试通过了\n应聘：城北分公司 催收员\n下一步：初试，时间会另外通知你。\n1. 看我的流程\n2. 问人事"
    )
    assert office.stage(rain).decided_by == office.employee("north").subject


def test_who_is_not_passed_hears_why_and_may_ask_for_a_second_look(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.scores(rain, 80)
    listens(office, rain)

    office["north"].says("不通过 林小雨 初试")
    office["north"].says("不通过 林小雨 初试 沟通不顺畅")
    office["north"].says("确认")
    office["north"].reads()

    office.candidate(rain).sees(
        "初试没有通过\n应聘：城北分公司 催收员\n原因：沟通不顺畅\n有不同意见可以请人再看一遍。\n"
        "1. 申请复核\n2. 问人事"
    )
    office.candidate(rain).says("1")
    assert office.candidate(rain).reads()[0].startswith("申请复核")


def test_somebody_is_let_past_with_a_reason_that_stays(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.misses_it(rain)

    office["north"].says("放行 林小雨")
    office["north"].says("放行 林小雨 银行实习报告很好")
    office["north"].says("确认")

    office["north"].sees(
        "请写上理由，会留痕，候选人也可以要求复核。",
        "放行林小雨的AI面试？\n不管有没有做、过没过，直接往下走。原因：银行实习报告很好。"
        "谁放行的、为什么会一直留痕。\n[确认][取消]",
        "放行了林小雨的AI面试\n下一步：初试。已经告诉本人。\n[撤销]",
    )
    assert office.stage(rain).status == StageStatus.WAIVED
    assert office.process(rain).row.frozen_at is None


def test_a_decision_is_taken_back_while_nobody_has_gone_on_from_it(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.scores(rain, 80)
    listens(office, rain)
    office["north"].says("不通过 林小雨 初试 看错人了")
    office["north"].says("确认")
    office["north"].reads()
    office.candidate(rain).reads()

    office.waits(seconds=1)
    office["north"].says("撤销")

    office["north"].sees("撤销了，林小雨的初试回到原来：还没安排。已经告诉本人。")
    office.candidate(rain).sees(
        "刚才的初试结果人事收回了\n应聘：城北分公司 催收员\n先不要照它办，有新的结果会告诉你。\n"
        "1. 看我的流程\n2. 问人事"
    )
    assert office.stage(rain, "first_interview").status == StageStatus.PENDING
    office.waits(seconds=1)
    office["north"].says("通过 林小雨 初试 谈得很好")
    office["north"].says("确认")
    office["north"].says("安排面试 林小雨 周三 15:00 面试官 二楼会议室")
    office["north"].reads()
    office["north"].says("撤销")
    office["north"].sees(
        "初试的判定撤不回了：别的环节已经接着办了。"
        "看「候选人进度」，后面的环节可以「不通过」，整份可以「结束应聘」，都要写原因。"
    )


def test_who_was_let_past_by_mistake_stands_where_they_stood(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.misses_it(rain)
    listens(office, rain)
    frozen = office.process(rain).row.frozen_at
    office["north"].says("放行 林小雨 银行实习报告很好")
    office["north"].says("确认")
    office["north"].reads()

    office["north"].says("撤销")

    office["north"].sees("撤销了，林小雨的AI面试回到原来：缺席。已经告诉本人。")
    assert office.stage(rain).status == StageStatus.NO_SHOW
    assert office.process(rain).row.frozen_at == frozen


def test_at_night_hr_hears_when_the_candidate_will_and_what_is_taken_back_never_leaves(
    office: Recruiters, clock: TestClock
) -> None:
    rain = office.applies("林小雨")
    office.scores(rain, 80)
    listens(office, rain)
    clock.passes_to("2026-03-02T22:10")
    office["north"].says("不通过 林小雨 初试 看错人了")
    office["north"].says("确认")
    office["north"].reads()
    office["north"].says("撤销")

    office["north"].sees("撤销了，林小雨的初试回到原来：还没安排。还没发给本人，不发了。")
    office["north"].says("不通过 林小雨 初试 沟通不顺畅")
    office["north"].says("确认")
    assert office["north"].reads()[-1] == (
        "林小雨的初试没有通过\n夜里不打扰，3月3日 周二 08:30 发给本人。\n[撤销]"
    )
    clock.passes_to("2026-03-03T08:31")
    [told] = office.candidate(rain).reads()
    assert "原因：沟通不顺畅" in told


def test_what_cannot_leave_yet_is_not_promised(office: Recruiters, clock: TestClock) -> None:
    rain = office.applies("林小雨")
    office["north"].says("安排面试 林小雨 周三 15:00")
    assert "邀请缺内容，先不发：发「通知待办」补上就发。" in office["north"].reads()[0]
    office.scores(rain, 80)
    clock.passes_to("2026-03-02T22:10")

    office["north"].says("安排面试 林小雨 周三 15:00 面试官 二楼会议室")

    assert "邀请 3月3日 周二 08:30 从微信、短信发给本人。" in office["north"].reads()[-1]


def test_an_interview_is_arranged_and_everybody_hears(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.scores(rain, 80)
    listens(office, rain)

    office["north"].says("安排面试 林小雨 周三 15:00 面试官 二楼会议室")
    office["north"].says("放时间 初试 另面试官 周四 10:00")

    office["north"].sees(
        "林小雨的初试定在 3月4日 周三 15:00，面试官，二楼会议室。\n邀请从微信、短信发给本人。\n"
        "要改就再发一次「安排面试 林小雨 …」。",
        "放出了：城北分公司 初试，3月5日 周四 10:00，另面试官。走到这一步的候选人都能选，先选先得。",
    )
    office["asker"].sees(
        "请你面试：林小雨，应聘 城北分公司 催收员，初试\n时间：3月4日 周三 15:00\n地点：二楼会议室\n"
        "发「面试提纲 林小雨」看弱项和可以问的。"
    )
    office.hours_pass(0.1)
    [invited] = office.candidate(rain).reads()
    assert "初试安排在 3月4日 周三 15:00，地点：二楼会议室" in invited


def test_of_several_applications_the_words_say_which(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.applies_too(rain, "外勤")

    office["north"].says("放行 林小雨 材料很好")
    office["north"].says("放行 林小雨 外勤 材料很好")

    first, second = office["north"].reads()
    assert (
        first == "林小雨有几份应聘：城北分公司 外勤；城北分公司 催收员。请在姓名后面写上机构或岗位再说一次。"
    )
    assert second.startswith("放行林小雨的AI面试？\n不管有没有做、过没过，直接往下走。原因：材料很好。")


def test_remarks_are_never_without_the_candidates_side(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.misses_it(rain)
    office.asks(rain, recruiting.explain_remark, remark_id=1, words="那天发烧了")

    office["north"].says("写备注 林小雨 联系了，没有回应 打了两次")
    office["north"].says("候选人备注 林小雨")
    office["east"].says("候选人备注 林小雨")

    office["north"].sees(
        "记下了：林小雨，联系了，没有回应，打了两次。本人看得到，也可以写自己的说明；"
        "3月1日 周四（2029 年）到期删除。",
        "林小雨的备注（你看过会留痕）：\n"
        "3月2日 周一 10:33 应聘催收员：联系了，没有回应，打了两次\n　本人说：还没有说明\n"
        "3月2日 周一 10:03 应聘催收员：缺席，没有说明原因（自动记的）\n　本人说：那天发烧了",
    )
    assert office["east"].reads()[0].startswith("「林小雨」：没有这个候选人")


def test_an_interviewer_knows_the_weak_points_before(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.scores(rain, 80)

    office["asker"].says("面试提纲 林小雨")
    office["east"].says("面试提纲 林小雨")

    [brief] = office["asker"].reads()
    assert brief.startswith("林小雨的初试提纲（城北分公司 催收员）\nAI 面试各项（得分 / 岗位要求）：\n")
    assert "抗压能力 55 / " in brief
    assert "弱项「抗压能力」可以问：\n· " in brief
    assert office["east"].reads()[0].startswith("「林小雨」：没有这个候选人")
    status, told = office.calls("asker", "GET", "/candidates/1/brief")
    assert (status, told["brief"]["weak"][0]["name"]) == (200, "抗压能力")


def test_hr_puts_a_stage_in_before_the_next(office: Recruiters) -> None:
    rain = office.applies("林小雨")
    office.scores(rain, 80)

    office["north"].says("加测 林小雨 情景模拟 原因：抗压要再看看")
    office["asker"].says("加测 林小雨 情景模拟")
    office["north"].says("候选人进度 林小雨")

    inserted, progress = office["north"].reads()
    assert inserted.startswith("给林小雨加了「情景模拟」，排在初试前面，过了才往下走。")
    assert "\n2. 情景模拟：还没安排\n3. 初试：还没安排\n" in progress
    assert office["asker"].reads()[0].startswith("你没有这项权限")
