"""补测, 替代流程 and 复核, told part by part on the service account."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import recruiting
from models.recruiting import RemedialRequest, RequestEvidence, RequestState, StageStatus
from tests.chat.applicants import Applicant, Office
from tests.simulator import Messenger, TestClock, rows

MISSED = (
    "AI面试（3月2日 周一 10:03）没有等到你\n应聘：催收员\n"
    "3月3日 周二 10:03 前告诉人事原因，最有机会再来一次。没收到通知也请说一声，不算你的责任。\n"
    "1. 告诉人事原因，申请补测\n2. 申请替代流程\n3. 问人事"
)
REASON = (
    "申请补测（第 1 步，共 3 步）：为什么没有参加？\n回复数字，或者直接打字说说。写到一半可以停，"
    "几天后接着写。\n"
    "1. 生病\n2. 考试\n3. 加班\n4. 家里有事\n5. 网络\n6. 没收到通知\n7. 其他\n8. 不申请了"
)
INTEREST = "第 2 步：为什么想要这份工作？\n请直接打字回复，一两句就好。\n1. 改原因\n2. 不申请了"
WISH = (
    "第 3 步：想什么时候补测？\n请直接打字，写具体一点，如「这周三下午两点以后都可以」。\n"
    "1. 改原因\n2. 不申请了"
)
EVIDENCE = (
    "有证明吗？\n病历、学校证明、加班证明都可以：直接把图片发过来，可以发几张。\n"
    "1. 没有，看看整份申请\n2. 改原因\n3. 不申请了"
)
WHOLE = (
    "补测申请写好了，请看一遍\n原因：生病\n为什么想要这份工作：喜欢和人打交道\n想怎么安排：周三下午都可以\n"
    "证明：没有\n还没有提交；还想补充就直接打字或发图片。\n"
    "1. 提交\n2. 改原因\n3. 改为什么想要这份工作\n4. 改想怎么安排\n5. 不申请了"
)


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Office:
    """Two branches that hire."""
    return Office(muster, client, messenger, clock)


def missed(office: Office) -> tuple[int, Applicant]:
    """Rain missed her AI interview, and has read that she did."""
    application = office.applies("林小雨")
    rain = office.candidate(application)
    rain.says("我的流程")
    rain.reads()
    office.misses_it(application)
    rain.sees(MISSED)
    return application, rain


def tells_all(rain: Applicant) -> None:
    """Everything a request asks for."""
    for said in ("补测", "1", "喜欢和人打交道", "周三下午都可以", "没有"):
        rain.says(said)


def test_a_request_is_told_part_by_part_and_handed_in(office: Office) -> None:
    application, rain = missed(office)
    north = office.member("north")

    rain.says("1")
    rain.says("1")
    rain.says("喜欢和人打交道")
    rain.says("周三下午都可以")
    rain.says("没有")
    rain.says("1")

    rain.sees(
        REASON,
        INTEREST,
        WISH,
        EVIDENCE,
        WHOLE,
        "补测申请交上去了\n人事会在 3月4日 周三 10:33 前答复，答复会发到这里。等答复的时间不算在你的期限里。"
        "\n"
        "写错了可以改，不想申请了可以撤回。\n1. 看我的申请\n2. 撤回申请",
    )
    assert office.stage(application).status == StageStatus.REMEDIAL_REQUESTED
    office.hours_pass(0.1)
    assert [card.splitlines()[0] for card in north.reads()] == ["林小雨申请补测（申请 1）"]


def test_everything_can_be_tapped_where_it_can_be_typed(office: Office) -> None:
    _, rain = missed(office)

    rain.taps_option("告诉人事原因，申请补测")
    rain.sees(REASON)
    rain.taps_option("生病")
    rain.sees(INTEREST)
    rain.says("喜欢和人打交道")
    rain.says("周三下午都可以")
    rain.sees(WISH, EVIDENCE)
    rain.taps_option("没有，看看整份申请")
    rain.sees(WHOLE)
    rain.taps_option("提交")
    assert rain.reads()[0].startswith("补测申请交上去了\n")


def test_a_draft_waits_for_days_and_commands_stay_commands(office: Office) -> None:
    _, rain = missed(office)
    rain.says("补测")
    rain.says("家里有事，回了一趟老家")
    rain.says("我的流程")
    assert "1. 接着写申请" in rain.reads()[-1]

    office.hours_pass(50)
    rain.reads()
    rain.says("想长期做下去")
    rain.sees(WISH)
    office.hours_pass(100)
    rain.taps("remedial")
    rain.sees(WISH)
    rain.says("下周任何一天")

    rain.sees(EVIDENCE)
    [request] = rows(office.muster, RemedialRequest)
    assert (request.reason_code, request.state) == ("family", RequestState.DRAFT)


def test_a_question_in_between_goes_to_hr_and_the_draft_goes_on(office: Office) -> None:
    _, rain = missed(office)
    rain.says("补测")
    rain.says("2")
    rain.says("问人事")
    rain.says("补测要多久？")
    rain.says("想长期做下去")

    read = rain.reads()
    assert read[-2].startswith("已经转给 城北分公司 的人事：「补测要多久？」")
    assert read[-1] == WISH


def test_a_picture_goes_into_the_request_with_its_kind(office: Office) -> None:
    _, rain = missed(office)
    for said in ("补测", "1", "喜欢和人打交道", "周三下午都可以"):
        rain.says(said)
    rain.reads()

    rain.sends_picture()
    rain.says("1")
    rain.says("1")

    asked, kept, whole = rain.reads()
    assert asked == (
        "收到你的图片\n会加密存好，也放进你的申请里了。请点一下它是什么；健康证明只有负责你的人事能看。\n"
        "1. 健康证明（含病历、诊断书）\n2. 学历证书\n3. 论文、项目报告\n4. 推荐信\n5. 工作截图、客户案例\n"
        "6. 从业资格证\n7. 其他材料"
    )
    assert kept == (
        "好的，记为「健康证明」，放在申请里了\n还有就接着发；没有了就看一遍、提交。\n1. 看整份申请\n2. 提交"
    )
    assert "证明：1 个文件" in whole
    assert len(rows(office.muster, RequestEvidence)) == 1


def test_what_was_said_is_corrected_before_and_after_it_is_handed_in(office: Office) -> None:
    _, rain = missed(office)
    tells_all(rain)
    rain.reads()

    rain.says("2")
    rain.says("4")
    rain.says("提交")
    rain.says("改安排")
    rain.says("周四也可以")

    anew, whole, submitted, again, changed = rain.reads()
    assert anew.startswith("改原因\n回复数字，或者直接打字。\n1. 生病\n")
    assert "原因：家里有事\n" in whole
    assert submitted.startswith("补测申请交上去了\n")
    assert again == "改想怎么安排\n请直接打字，新写的会代替原来的。\n1. 不改了"
    assert changed.startswith("补测申请已经交上去\n原因：家里有事\n")
    assert "想怎么安排：周四也可以\n" in changed
    rain.says("谢谢")
    rain.sees("不客气，有事随时说\n1. 看我的流程\n2. 问人事")


def test_a_request_is_withdrawn_and_can_be_made_again(office: Office) -> None:
    application, rain = missed(office)
    tells_all(rain)
    rain.says("提交")
    rain.reads()

    rain.says("撤回")

    rain.sees(
        "补测申请已经撤回\n还想申请，替代流程在 3月5日 周四 10:03 前，点一下就行。\n"
        "1. 申请补测\n2. 申请替代流程\n3. 看我的流程"
    )
    assert office.stage(application).status == StageStatus.NO_SHOW
    rain.says("1")
    rain.sees(REASON)


def test_a_second_request_shows_the_first(office: Office) -> None:
    _, rain = missed(office)
    tells_all(rain)
    rain.says("提交")
    rain.reads()

    rain.says("替代流程")

    [shown] = rain.reads()
    assert shown.startswith("补测申请已经交上去\n原因：生病\n")
    assert "人事会在 3月4日 周三 10:33 前答复。" in shown


def test_what_was_approved_once_is_not_given_again(office: Office) -> None:
    application, rain = missed(office)
    tells_all(rain)
    rain.says("提交")
    office.answers(recruiting.approve, request_id=1, answer="周三前做完")
    office.hours_pass(1)
    office.arranges(application)
    office.hours_pass(2)
    rain.reads()

    rain.says("补测")

    rain.sees(
        "现在不能申请补测\n这个环节已经批准过一次补测，规定只有一次。\n可以改为：\n"
        "1. 申请替代流程\n2. 看我的流程\n3. 问人事"
    )


def test_the_last_minute_of_the_window_counts_and_the_next_does_not(office: Office) -> None:
    _, rain = missed(office)
    cloud_application = office.applies("高远")
    cloud = office.candidate(cloud_application)
    office.clock.at("2026-03-05T10:02:30")

    rain.says("替代流程")
    rain.says("1")
    assert rain.reads()[0].startswith("申请替代流程（第 1 步，共 3 步）")
    office.clock.at("2026-03-05T10:04:00")
    rain.says("不申请了")
    rain.reads()
    rain.says("替代流程")

    rain.sees(
        "现在不能申请替代流程\n规定是缺席后 3 天内申请，3月5日 周四 10:03 已经截止。\n可以改为：\n"
        "1. 申请补测\n2. 看我的流程\n3. 问人事"
    )
    cloud.says("补测")
    cloud.sees("现在不能申请补测\n补测是给没有参加的人的，你现在的环节没有缺席。\n1. 看我的流程\n2. 问人事")


def test_the_due_date_is_counted_in_workdays(office: Office) -> None:
    office.clock.at("2026-09-29T10:03:00")
    application = office.applies("林小雨")
    rain = office.candidate(application)
    rain.says("我的流程")
    office.misses_it(application)
    rain.reads()

    tells_all(rain)
    rain.says("提交")

    assert "人事会在 10月8日 周四 11:33 前答复" in rain.reads()[-1]


def test_of_two_applications_the_missed_one_is_meant(office: Office) -> None:
    first = office.applies("林小雨")
    office.applies_too(first, "柜员")
    rain = office.candidate(first)
    rain.says("我的流程")
    office.misses_it(first)
    rain.reads()

    rain.says("补测")

    rain.sees(REASON)


def test_another_kind_instead_of_a_draft_is_asked_for(office: Office) -> None:
    _, rain = missed(office)
    rain.says("补测")
    rain.says("1")
    rain.reads()

    rain.says("替代流程")
    rain.says("2")

    asked, begun = rain.reads()
    assert asked == "你有一份没写完的补测申请\n1. 接着写补测\n2. 不要了，改申请替代流程"
    assert begun.startswith("申请替代流程（第 1 步，共 3 步）")


def test_who_has_not_written_is_reminded_in_the_evening_before(office: Office) -> None:
    _, rain = missed(office)

    office.hours_pass(8)
    rain.sees_nothing()
    office.hours_pass(1)

    rain.sees(MISSED.replace("AI面试（", "还来得及：AI面试（", 1))


def test_who_has_written_is_not_reminded(office: Office) -> None:
    _, rain = missed(office)
    tells_all(rain)
    rain.says("提交")
    rain.reads()

    office.hours_pass(20)

    rain.sees_nothing()


def test_below_the_line_a_second_look_is_asked_for(office: Office) -> None:
    application = office.applies("林小雨")
    rain = office.candidate(application)
    office.scores(application, 50)

    rain.says("复核")
    rain.says("中途断线，后半段没有录上")
    rain.says("提交")

    asked, whole, submitted = rain.reads()
    assert asked == "申请复核：为什么想请人再看一遍？\n请直接打字回复。\n1. 不申请了"
    assert whole.startswith("复核申请写好了，请看一遍\n原因：中途断线，后半段没有录上\n证明：没有\n")
    assert submitted.startswith("复核申请交上去了\n")
    office.answers(recruiting.approve, request_id=1, answer="重新看了录像，算通过")
    assert rain.reads()[-1] == ("复核有结果了：AI面试算通过\n人事说：重新看了录像，算通过\n1. 看我的流程")


def test_the_story_of_a_missed_interview(office: Office, client: FlaskClient) -> None:
    """S0: missed, prompted, told in parts, asked back, approved, made up, and on to the next stage."""
    application, rain = missed(office)
    tells_all(rain)
    rain.sends_picture()
    rain.says("1")
    rain.says("提交")
    rain.reads()

    office.hours_pass(3)
    office.answers(recruiting.ask_back, request_id=1, question="病历上的日期看不清，是哪天？")
    rain.sees(
        "人事想再问你一点\n关于你的补测申请：病历上的日期看不清，是哪天？\n直接打字或发图片回答，"
        "答好了点「提交」。\n"
        "1. 看整份申请\n2. 撤回申请"
    )
    rain.says("3月2日早上，急诊")
    [whole] = rain.reads()
    assert "想怎么安排：周三下午都可以\n补充：3月2日早上，急诊\n证明：1 个文件\n" in whole
    rain.says("1")
    assert rain.reads()[0].startswith("补测申请交上去了\n")

    office.hours_pass(20)
    answered = office.answers(recruiting.approve, request_id=1, answer="周三下午前做完就行")
    [told] = rain.reads()
    assert told == (
        "补测批准了：AI面试重新开放\n请在 3月6日 周五 09:33 前用下面的链接做完，过期作废，不要转给别人。\n"
        "人事说：周三下午前做完就行\n1. 看我的流程\n2. 问人事\n"
        f"开始AI面试:http://127.0.0.1:8000/app/interview/{answered.link}"
    )
    page = client.get(f"/app/interview/{answered.link}").get_data(as_text=True)
    assert "请在 3月6日 周五 09:33 之前做完" in page

    rain.taps("my_process")
    assert "现在：AI面试重新开放了，请在 3月6日 周五 09:33 前用发给你的链接做完" in rain.reads()[0]
    office.scores(application, 82)
    rain.taps("my_process")
    assert "现在：AI面试已通过，等初试的通知" in rain.reads()[0]
    gone = client.get(f"/app/interview/{answered.link}").get_data(as_text=True)
    assert "这个链接已经失效" in gone


def test_an_alternative_is_told_with_its_time_and_who_holds_it(office: Office) -> None:
    _, rain = missed(office)
    for said in ("替代流程", "5", "想长期做下去", "这周都可以", "没有", "提交"):
        rain.says(said)
    rain.reads()

    office.answers(
        recruiting.approve_alternative,
        request_id=1,
        interviewer=office.employee("asker"),
        starts_at=office.now + timedelta(days=1),
        place="城北 3 楼",
    )

    rain.sees(
        "替代流程批准了：情景模拟\n时间：3月3日 周二 10:33\n地点：城北 3 楼\n由面试官主持\n1. 看我的流程\n"
        "2. 问人事"
    )


def test_a_refusal_says_why_and_what_can_be_done(office: Office) -> None:
    _, rain = missed(office)
    tells_all(rain)
    rain.says("提交")
    rain.reads()

    office.answers(recruiting.refuse, request_id=1, reason="这个岗位已经招满")

    rain.sees(
        "你的补测申请没有批准\n原因：这个岗位已经招满\n有疑问可以问人事；「我的流程」里看还能做什么。\n"
        "1. 看我的流程\n2. 问人事"
    )
    rain.says("消息")
    assert "补测申请没有批准：这个岗位已经招满" in rain.reads()[0]


def test_what_hr_answers_waits_for_the_window(office: Office) -> None:
    _, rain = missed(office)
    tells_all(rain)
    rain.says("提交")
    rain.reads()
    office.hours_pass(49)

    answered = office.answers(recruiting.approve, request_id=1)
    rain.sees_nothing()
    office.hours_pass(30)
    rain.says("你好")

    read = rain.reads()
    assert any(answered.link is not None and answered.link in line for line in read)
