"""我的流程, 选时间, 备注, 消息 and 问人事, as candidates ask on the service account."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import staff
from models.enquiries import AwaitedWords, Enquiry
from tests.chat.applicants import Office
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Office:
    """Two branches that hire."""
    return Office(muster, client, messenger, clock)


def test_who_just_applied_sees_what_comes_next(office: Office) -> None:
    rain = office.candidate(office.applies("林小雨"))

    rain.taps("my_process")

    rain.sees(
        "城北分公司 催收员\n现在：等AI面试的通知\n下一步：初试\n最近更新：3月2日 周一 09:03（今天）\n"
        "1. 问人事"
    )


def test_who_passed_the_ai_interview_waits_for_the_next(office: Office) -> None:
    application = office.applies("林小雨")
    office.scores(application, 80)
    office.hours_pass(50)
    rain = office.candidate(application)

    rain.says("进度")

    rain.sees(
        "城北分公司 催收员\n现在：AI面试已通过，等初试的通知\n下一步：复试\n"
        "最近更新：3月2日 周一 09:03（2 天前）\n"
        "1. 问人事"
    )


def test_of_several_applications_one_is_chosen_by_its_number(office: Office) -> None:
    first = office.applies("林小雨")
    office.applies_too(first, "柜员")
    rain = office.candidate(first)

    rain.says("我的流程")
    rain.says("2")

    first_line, chosen = rain.reads()
    assert first_line.startswith("你有 2 份应聘\n1）城北分公司 柜员：等AI面试的通知\n2）城北分公司 催收员：")
    assert chosen.startswith("城北分公司 催收员\n现在：等AI面试的通知")


def test_an_unbound_follower_is_told_how_to_be_known(office: Office) -> None:
    nobody = office.stranger()

    for said in ("我的流程", "补测", "消息", "选时间", "问人事 几点面试"):
        nobody.says(said)

    unknown = (
        "还不知道你是哪位。请先发「绑定」加上人事给你的 8 位数字；没有绑定码，请联系通知你面试的招聘负责人。"
        "没绑定过的话，取消关注就会删掉全部记录。"
    )
    nobody.sees(*[unknown] * 5)


def test_a_question_reaches_hr_and_the_answer_comes_back(office: Office) -> None:
    application = office.applies("林小雨")
    rain, north = office.candidate(application), office.member("north")

    rain.taps("my_process")
    rain.says("1")
    rain.says("复试大概什么时候？")

    [_, what, passed_on] = rain.reads()
    assert what == "想问什么？\n请直接打字，我转给 城北分公司 的人事，答复会发到这里。\n1. 不问了"
    assert passed_on == (
        "已经转给 城北分公司 的人事：「复试大概什么时候？」。答复会发到这里，发「消息」也能看到。"
    )
    north.sees("林小雨问人事\n问：复试大概什么时候？\n[回复]")
    north.taps_card("enquiry_reply:1")
    north.sees("林小雨问：复试大概什么时候？\n请发「答复 1 你的话」，我转给本人。")

    office.hours_pass(3)
    north.says("答复 1 下周二，会提前一天通知")

    assert "已经答复林小雨。" in north.reads()
    rain.sees(
        "人事答复你\n你问的：复试大概什么时候？\n答复：下周二，会提前一天通知\n1. 再问一句\n2. 看我的流程"
    )
    rain.says("消息")
    rain.sees(
        "最近的消息\n3月2日 周一 12:03 你问「复试大概什么时候？」：下周二，会提前一天通知\n"
        "1. 看我的流程\n2. 问人事"
    )


def test_a_question_is_answered_once_and_only_within_reach(office: Office) -> None:
    rain = office.candidate(office.applies("林小雨"))
    north, east = office.member("north"), office.member("east")
    rain.says("问人事 要带什么")
    north.reads()

    east.says("答复 1 身份证")
    east.says("答复 99 身份证")
    north.says("答复 1")
    north.says("答复 1 身份证")
    north.says("答复 1 身份证")

    gone = "没有这个提问，或者不归你管。"
    east.sees(gone, gone)
    assert north.reads()[-1] == "已经有人答复了，3月2日 周一 09:03。"
    assert rain.reads()[-1].startswith("人事答复你\n你问的：要带什么\n答复：身份证")


def test_an_answer_waits_until_the_window_is_open_again(office: Office, messenger: Messenger) -> None:
    rain, north = office.candidate(office.applies("林小雨")), office.member("north")
    rain.says("问人事 要带什么")
    rain.reads()
    office.hours_pass(49)

    north.says("答复 1 身份证")
    rain.sees_nothing()
    office.hours_pass(20)
    rain.says("消息")

    assert [line.partition("\n")[0] for line in rain.reads()] == ["最近的消息", "人事答复你"]


def test_a_time_is_chosen_and_changed_by_number(office: Office) -> None:
    application = office.applies("林小雨")
    for hours in (30, 54):
        office.offers(application, hours=hours, place="城北 3 楼")
    rain = office.candidate(application)

    rain.taps("my_process")
    rain.says("1")
    rain.says("1")
    rain.says("改时间")
    rain.says("1")

    _, offered, chosen, again, changed = rain.reads()
    assert offered == (
        "AI面试：选一个时间\n点一下或回复数字。\n1. 3月3日 周二 15:03，城北 3 楼\n2. 3月4日 周三 15:03，"
        "城北 3 楼"
    )
    assert chosen == (
        "AI面试定在 3月3日 周二 15:03\n地点：城北 3 楼\n面试官：面试官\n还可以改 2 次，最晚在面试前 12 小时。"
        "\n"
        "1. 改时间\n2. 看我的流程"
    )
    assert again == (
        "AI面试：选一个时间\n现在定在 3月3日 周二 15:03。要改就点一下或回复数字。\n1. 3月4日 周三 15:03，"
        "城北 3 楼"
    )
    assert changed.startswith("AI面试定在 3月4日 周三 15:03\n")
    office.hours_pass(50)
    rain.says("改时间")
    office.offers(application, hours=30, place="城北 3 楼")
    rain.says("改时间")
    rain.says("1")
    invited, none_free, *_, too_late = rain.reads()
    assert "您应聘城北分公司催收员的AI面试安排在 3月4日 周三 15:03，地点：城北 3 楼。" in invited
    assert none_free.startswith("现在没有可以选的时间\n时间由人事放出来")
    assert too_late == "离面试不到 12 小时，不能自己改时间了。来不了请马上告诉人事。"


def test_the_own_side_stands_beside_a_remark(office: Office) -> None:
    application = office.applies("林小雨")
    rain = office.candidate(application)
    office.misses_it(application)
    rain.says("我的流程")
    rain.reads()

    rain.says("备注")
    rain.says("1")
    rain.says("那天手机坏了，不知道有面试")
    rain.says("备注")

    shown, ask, explained, again = rain.reads()
    assert shown == (
        "关于你的备注\n看备注的人一定同时看到你的说明。\n1）3月2日 周一：缺席，没有说明原因\n"
        "1. 写第 1 条的说明"
    )
    assert ask == "请写下你的说明\n直接打字回复，会放在备注旁边。\n1. 不写了"
    assert explained == "你的说明记下了\n以后谁看这条备注，都会同时看到。\n1. 看备注"
    assert "你的说明：那天手机坏了，不知道有面试\n1. 改第 1 条的说明" in again


def test_who_is_erased_leaves_no_words_with_hr(office: Office) -> None:
    application = office.applies("林小雨")
    rain = office.candidate(application)
    rain.says("问人事 我妈妈住院了，能改期吗")
    rain.says("问人事")
    with office.writing() as session:
        person = office.person(session, application)
        staff.erase_person(session, person=person, at=office.now, actor=None, policy=office.policy)

    assert [enquiry.words for enquiry in rows(office.muster, Enquiry)] == [None]
    assert rows(office.muster, AwaitedWords) == []
