"""What people say about attendance without knowing any command, and what it is taken for."""

import unicodedata
from datetime import date, time

import pytest

import handlers
from handlers.attendance_words import read_leave, read_overtime
from handlers.base import Audience
from tests.chat.floor import Floor
from tests.chat.test_rosters import confirms, floor

__all__ = ["floor"]
ROUTER = handlers.collect()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("我明天想请半天假看牙", "请假 明天 半天 假 看牙"),
        ("下周一到周三请年假", "请假 下周一到周三 年假"),
        ("我想请明天下午的假", "请假 明天下午 假"),
        ("下周二要请一天事假", "请假 下周二 一天 事假"),
        ("我发烧了今天来不了", "请假 今天 发烧"),
        ("今天不舒服，来不了了", "请假 今天 不舒服"),
        ("调休 下周五", "请假 下周五 调休"),
        ("请假批了吗", "我的申请"),
        ("能不能取消刚才的请假", "撤回申请"),
        ("昨天忘打卡了", "补卡 昨天"),
        ("昨天下班忘了打卡", "补卡 昨天 下班"),
        ("昨晚加班到十点算吗", "加班 昨晚 到十点"),
        ("今晚加班到九点 客户只有晚上有空", "加班 今晚 到九点 客户只有晚上有空"),
        ("下周三我上什么班", "我的班 下周三"),
        ("周末要上班吗", "我的班 周末"),
        ("明天我休息吗", "我的班 明天"),
        ("我这个月迟到几次", "我的考勤 这个月"),
        ("我今天迟到了吗", "我的考勤"),
        ("今天去了哪些客户", "我的轨迹 今天"),
        ("我今天要去哪", "今天拜访 今天"),
        ("谁看过我", "它知道我什么"),
        ("谁今天迟到了", "谁没打卡"),
        ("今天谁请假？", "谁没打卡"),
        ("下周谁上夜班", "排班表 下周"),
        ("有要批的吗", "待批"),
        ("谁在等我批", "待批"),
        ("张三的考勤", "考勤 张三"),
        ("一组这个月考勤", "考勤 一组 这个月"),
        ("张三上个月迟到几次", "考勤 张三 上个月"),
        ("张三今天去哪了", "轨迹 张三 今天"),
        ("王五的班", "排班 王五"),
        ("李四下周上什么班", "排班 李四"),
        ("帮我把李四下周排成夜班", "排班 李四 夜班 下周"),
        ("给王五排周六夜班", "排班 王五 夜班 周六"),
        ("让张三明天休息", "排班 张三 休息 明天"),
    ],
)
def test_a_sentence_is_taken_for_a_command(said: str, meant: str) -> None:
    assert taken_for(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "张三明天请假王五顶一下",
        "我明天请假，让王五顶一下",
        "客户说明天休息",
        "1024客户昨天加班没接",
        "他明天要上班",
        "给张三排周六加班",
        "李四和王五换一下班",
        "帮我看看1024",
    ],
)
def test_what_is_about_others_or_says_more_is_no_such_sentence(said: str) -> None:
    assert taken_for(said) == ""


def taken_for(said: str) -> str:
    """What one would have typed, or nothing."""
    for phrase in ROUTER.phrases:
        args = phrase.read(unicodedata.normalize("NFKC", said).strip("?"))
        if args is not None:
            return f"{phrase.word} {args}".strip()
    return ""


def test_every_phrase_means_a_word_that_a_handler_answers() -> None:
    assert {phrase.word for phrase in ROUTER.phrases} <= {
        word for audience, word in ROUTER.commands if audience is Audience.EMPLOYEE
    }


def test_half_a_day_is_asked_which_half_and_keeps_the_reason(floor: Floor) -> None:
    zhangsan, leader = floor["zhangsan"], floor["leader"]
    leader.says("排班 张三 早班 今天起")
    floor.everybody_reads()

    zhangsan.says("我明天想请半天假看牙")
    zhangsan.sees(
        "3月3日 周二 请半天，上午还是下午？\n点一个，或直接打字；不请了回复「取消」。\n"
        "[上午 看牙][下午 看牙][取消]"
    )
    confirms(zhangsan)
    leader.sees("张三事假：3月3日 周二 09:00 到 13:30\n看牙\n[同意][不同意]")
    zhangsan.news()

    zhangsan.says("能不能取消刚才的请假")
    assert zhangsan.reads()[-1] == "已撤回：事假：3月3日 周二 09:00 到 13:30。"


def test_a_question_is_never_the_answer_to_what_waits(floor: Floor) -> None:
    zhangsan, leader = floor["zhangsan"], floor["leader"]
    leader.says("排班 张三 早班 今天起")
    floor.everybody_reads()

    zhangsan.says("请病假 明天")
    assert zhangsan.reads() == [
        "已经发给赵组长\n病假：3月3日 周二 全天。批了马上告诉你；发「我的申请」看进度。\n[撤回申请][我的申请]"
    ]
    zhangsan.says("请假 后天上午")
    assert zhangsan.reads()[0].startswith("3月4日 周三 上午，请什么假？")
    zhangsan.says("周末要上班吗")
    zhangsan.sees("你的班：\n3月7日 周六 休息\n3月8日 周日 休息")
    zhangsan.says("家长会")
    assert "事假：3月4日 周三 09:00 到 13:30" in zhangsan.reads()[0]
    zhangsan.says("撤回申请")
    assert zhangsan.reads()[0].startswith("最近一个月的申请：\n· 事假：3月4日 周三 09:00 到 13:30，等着批")


def test_a_roster_in_a_sentence_is_arranged_and_taken_back(floor: Floor) -> None:
    leader = floor["leader"]
    leader.says("排班")
    leader.sees(
        "给谁排？写成「排班 张三 早班 下周一起」「排班 二组 早班 下周」「排班 张三 周六 休息」。"
        "班次有：早班、夜班。\n发「排班表」看大家怎么上。"
    )
    leader.says("帮我把李四下周一到周三排成夜班")
    assert leader.reads()[-1].startswith("✅ 李四3月9日 周一 到 3月11日 周三（3 天）上夜班")
    leader.says("撤销")
    assert leader.reads()[-1] == "撤销了，李四的班和原来一样，已经告诉本人。"


@pytest.mark.parametrize(
    ("today", "said", "first", "last"),
    [
        (date(2026, 3, 5), "下周一到周三 年假", date(2026, 3, 9), date(2026, 3, 11)),
        (date(2026, 3, 2), "下周一到周三 年假", date(2026, 3, 9), date(2026, 3, 11)),
        (date(2026, 3, 5), "明天到下周一 事假", date(2026, 3, 6), date(2026, 3, 9)),
        (date(2026, 3, 5), "3月9日到11日 年假", date(2026, 3, 9), date(2026, 3, 11)),
    ],
)
def test_the_days_of_a_leave(today: date, said: str, first: date, last: date) -> None:
    found = read_leave(said, today)

    assert (found.first, found.last, found.words) == (first, last, "")


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("今晚到九点 结案", time(21)),
        ("昨晚 到10点", time(22)),
        ("今晚到12点 结案", time(0)),
        ("今晚到十二点半", time(0, 30)),
        ("今晚到1点", time(1)),
        ("今天到20:30 结案", time(20, 30)),
    ],
)
def test_until_when_somebody_works_in_the_evening(said: str, until: time) -> None:
    assert read_overtime(said, date(2026, 3, 5), ()).hours == (None, until)


def test_what_cannot_be_corrected_is_said_before_a_reason_is_asked_for(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    floor["leader"].says("排班 张三 早班 今天起")
    zhangsan.news()

    zhangsan.says("昨天忘打卡了")
    zhangsan.sees("3月1日 周日 你休息，不用打卡，也就不用补。")


def test_words_behind_visits_that_are_no_day_are_not_passed_over(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    zhangsan.says("拜访小结 见到本人，说月底还")
    zhangsan.sees("没看懂后面的内容。正确的写法：看今天要拜访谁，如「拜访 明天」")


def test_a_month_without_any_duty_is_not_praised(floor: Floor) -> None:
    leader = floor["leader"]
    leader.says("排班 张三 早班 今天起")
    leader.news()

    leader.says("张三上个月的考勤")
    leader.sees("张三 2月1日 周日 到 2月28日 周六\n应出勤 0 天，出勤 0 天\n那些天没有要上的班，也没有打卡。")
