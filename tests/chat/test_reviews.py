"""复习: what was answered wrongly comes back, each day for two minutes, until it sits; and the board."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import training
from models.training import (
    CourseDraft,
    Family,
    Learner,
    LessonDraft,
    QuestionDraft,
    QuestionKind,
    ReviewItem,
    Where,
)
from tests.chat.floor import Floor
from tests.simulator import Member, Messenger, TestClock, rows

HERE = Where("quiet")


def judge(code: str, stem: str, right: bool) -> QuestionDraft:
    """A question to be answered by 对 or 错."""
    answer = [0 if right else 1]
    return QuestionDraft(code, QuestionKind.JUDGE, stem, ["对", "错"], answer, "记住它。", "国标", HERE)


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with a course of two questions."""
    floor = Floor(muster, client, messenger, clock)
    draft = CourseDraft(
        code="quiet",
        title="夜间规则",
        family=Family.LAW,
        where=HERE,
        draws=2,
        lessons=[LessonDraft("晚上十点以后", "不联系。", HERE)],
        questions=[judge("q1", "晚上十点可以打。", False), judge("q2", "早上八点可以打。", True)],
    )
    with muster.database.writing() as session:
        training.publish(session, draft=draft, actor=None, at=clock.now(), policy=muster.policy)
    clock.at("2026-03-02 10:05")
    return floor


def answers(member: Member, *said: str) -> list[str]:
    """Say these one after the other, and read everything."""
    for one in said:
        member.says(one)
    return member.reads()


def sits_badly(floor: Floor, member: Member) -> None:
    """Sit the exam and answer 对 to both questions: one is wrong."""
    member.says("考试 夜间规则")
    member.taps("exam_course:1")
    answers(member, "对", "对")


def test_a_mistake_comes_back_the_next_day_at_ten(floor: Floor, clock: TestClock) -> None:
    zhangsan = floor["zhangsan"]
    sits_badly(floor, zhangsan)
    [item] = rows(floor.muster, ReviewItem)
    assert (item.question_code, item.reason) == ("q1", "mistake")

    clock.at("2026-03-03 09:55")
    clock.passes_to("2026-03-03 10:01")

    zhangsan.sees("今天的两分钟：1 题\n答错过的、要紧的题再来一遍，答完就讲解。\n[开始][不要每天发]")
    zhangsan.taps("review")
    zhangsan.sees("复习 1/1（判断）\n晚上十点可以打。\n[对][错]")
    zhangsan.says("错")
    zhangsan.sees(
        "(按钮:已答)",
        "✅ 对\n记住它。（国标）\n这题 3月4日 周三 以后再问你。\n\n今天 1 题对 1 题，连着学了 1 个工作日。",
    )
    zhangsan.says("复习")
    zhangsan.sees("今天没有要复习的了，下一次 3月4日 周三。想多学点，发「课程」。")


def test_a_wrong_answer_is_explained_and_comes_back_sooner(floor: Floor, clock: TestClock) -> None:
    zhangsan = floor["zhangsan"]
    sits_badly(floor, zhangsan)
    clock.at("2026-03-03 10:30")

    said = answers(zhangsan, "复习", "对")

    assert said[-1] == (
        "❌ 应该是：错\n记住它。（国标）\n这题 3月4日 周三 以后再问你。\n\n"
        "今天 1 题对 0 题，连着学了 1 个工作日。"
    )


def test_an_old_card_counts_once(floor: Floor, clock: TestClock) -> None:
    zhangsan = floor["zhangsan"]
    sits_badly(floor, zhangsan)
    clock.at("2026-03-03 10:30")
    answers(zhangsan, "复习", "错")

    zhangsan.taps("review_answer:1:0")

    assert zhangsan.reads()[0].startswith("这一题已经答过了，以第一次的为准。\n✅ 对\n")


def test_who_has_nothing_to_repeat_is_told_how_it_begins(floor: Floor) -> None:
    floor["lisi"].says("复习")

    floor["lisi"].sees("还没有要复习的题：考试里答错的、合规的题会自己回来。发「课程」先学一门。")


def test_nobody_is_asked_on_a_day_off(floor: Floor, clock: TestClock) -> None:
    zhangsan = floor["zhangsan"]
    sits_badly(floor, zhangsan)

    clock.at("2026-03-07 09:55")
    clock.passes_to("2026-03-07 10:05")

    zhangsan.sees_nothing()


def test_it_comes_at_the_own_time_or_not_at_all(floor: Floor, clock: TestClock) -> None:
    zhangsan = floor["zhangsan"]
    sits_badly(floor, zhangsan)

    zhangsan.says("复习时间 晚上11点")
    zhangsan.sees("复习时间要在 08:00 到 20:00 之间，如「复习时间 8:30」。")
    zhangsan.says("复习时间 14:20")
    zhangsan.sees("好，以后工作日 14:20 给你发两分钟的复习。不想要了发「不要复习」。")
    clock.at("2026-03-03 09:55")
    clock.passes_to("2026-03-03 10:05")
    zhangsan.sees_nothing()
    clock.passes_to("2026-03-03 14:21")
    assert zhangsan.reads()[0].startswith("今天的两分钟：1 题")

    zhangsan.says("不要复习")
    zhangsan.sees("好，每天的复习不发了。想练的时候发「复习」，要恢复发「要复习」。必修的课照常会来。")
    clock.at("2026-03-04 14:15")
    clock.passes_to("2026-03-04 14:21")
    zhangsan.sees_nothing()


def test_the_board_names_who_wants_to_be_named(floor: Floor, clock: TestClock) -> None:
    for account in ("zhangsan", "lisi"):
        sits_badly(floor, floor[account])
    clock.at("2026-03-03 10:30")
    for account in ("zhangsan", "lisi"):
        answers(floor[account], "复习", "错")
    floor["lisi"].says("不上榜")
    floor["lisi"].sees("好，学习榜上不写你的名字，名次只有你自己看得到。要恢复发「上榜」。")

    floor["wangwu"].says("学习榜")
    [shown] = floor["wangwu"].reads()
    assert "张三 3 分" in shown
    assert "李四" not in shown

    floor["lisi"].says("学习榜")
    assert "你第 1，3 分：学完 0 门，复习答对 1 题，连着 1 天。" in floor["lisi"].reads()[0]


def test_a_streak_lives_on_over_a_weekend(floor: Floor, clock: TestClock) -> None:
    zhangsan = floor["zhangsan"]
    sits_badly(floor, zhangsan)
    for day in (3, 4, 5, 6, 9):
        clock.at(f"2026-03-{day:02d} 10:30")
        with floor.muster.database.writing() as session:
            for item in session.query(ReviewItem):
                item.due_at = clock.now() - timedelta(minutes=1)
        answers(zhangsan, "复习", "对")

    [learner] = rows(floor.muster, Learner)
    assert (learner.streak, learner.best_streak) == (5, 5)
