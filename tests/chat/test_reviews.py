"""复习: what was answered wrongly comes back, each day for two minutes, until it sits; and the board."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import training, wording
from models.training import (
    CourseDraft,
    Enrolment,
    Family,
    Learner,
    LessonDraft,
    PushReason,
    QuestionDraft,
    QuestionKind,
    ReviewAnswer,
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


QUIET = CourseDraft(
    code="quiet",
    title="夜间规则",
    family=Family.LAW,
    where=HERE,
    draws=2,
    lessons=[LessonDraft("晚上十点以后", "不联系。", HERE)],
    questions=[judge("q1", "晚上十点可以打。", False), judge("q2", "早上八点可以打。", True)],
)


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch with a course of two questions."""
    floor = Floor(muster, client, messenger, clock)
    with muster.database.writing() as session:
        training.publish(session, draft=QUIET, actor=None, at=clock.now(), policy=muster.policy)
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


# --- two phones, new versions, conduct -------------------------------------------------------------------


def begins_review(floor: Floor, clock: TestClock, account: str = "zhangsan") -> ReviewAnswer:
    """Somebody has made a mistake, and is asked again the day after."""
    sits_badly(floor, floor[account])
    clock.at("2026-03-03 10:30")
    answers(floor[account], "复习")
    return rows(floor.muster, ReviewAnswer)[-1]


def at_once(*work: Callable[[], None]) -> None:
    """Do things on several phones at the same time."""
    threads = [Thread(target=one) for one in work]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def test_two_phones_that_begin_at_once_are_asked_one_question(floor: Floor, clock: TestClock) -> None:
    sits_badly(floor, floor["zhangsan"])
    clock.at("2026-03-03 10:30")
    zhangsan = floor.employee("zhangsan")

    def begin() -> None:
        with floor.muster.database.writing() as session:
            training.begin_review(session, actor=zhangsan, at=clock.now(), policy=floor.policy)

    at_once(*[begin] * 4)

    assert len(rows(floor.muster, ReviewAnswer)) == 1


def test_two_phones_that_answer_at_once_count_once(floor: Floor, clock: TestClock) -> None:
    asked = begins_review(floor, clock)
    zhangsan = floor.employee("zhangsan")
    found: list[bool] = []
    met = Barrier(4)

    def answer() -> None:
        with floor.muster.database.writing() as session:
            session.get(ReviewAnswer, asked.id)
            with suppress(BrokenBarrierError):  # on SQLite one writes at a time
                met.wait(1)
            done = training.answer_review(
                session, actor=zhangsan, answer_id=asked.id, shown=[1], at=clock.now(), policy=floor.policy
            )
            found.append(done.is_new)

    at_once(*[answer] * 4)

    assert sorted(found) == [False, False, False, True]
    [item] = rows(floor.muster, ReviewItem)
    assert item.right_in_a_row == 1


def test_a_question_that_is_asked_differently_by_now_is_asked_anew(floor: Floor, clock: TestClock) -> None:
    begins_review(floor, clock)
    clock.at("2026-03-03 10:40")
    draft = replace(
        QUIET,
        questions=[
            QuestionDraft(
                "q1",
                QuestionKind.SINGLE,
                "几点以后不能打？",
                ["八点", "九点", "十点"],
                [2],
                "记住。",
                "国标",
                HERE,
            ),
            QUIET.questions[1],
        ],
    )
    with floor.muster.database.writing() as session:
        training.publish(session, draft=draft, actor=None, at=clock.now(), policy=floor.policy)
    zhangsan = floor["zhangsan"]

    zhangsan.taps("review_answer:1:1")
    zhangsan.sees("这一题不在你的复习里了。发「复习」看今天的。")
    zhangsan.says("复习")

    zhangsan.reads()
    assert "几点以后不能打？" in str(zhangsan.last_card)
    assert rows(floor.muster, ReviewAnswer)[0].answered_at is None


@pytest.mark.parametrize("typed", ["", "0,1", "7"])
def test_what_is_no_choice_is_no_wrong_answer(floor: Floor, clock: TestClock, typed: str) -> None:
    asked = begins_review(floor, clock)

    with floor.muster.database.writing() as session, pytest.raises(training.ChoiceNotRead):
        training.answer_review(
            session,
            actor=floor.employee("zhangsan"),
            answer_id=asked.id,
            shown=[int(one) for one in typed.split(",") if one],
            at=clock.now(),
            policy=floor.policy,
        )

    assert rows(floor.muster, ReviewAnswer)[-1].answered_at is None


def test_a_streak_that_was_broken_is_not_praised(floor: Floor, clock: TestClock) -> None:
    begins_review(floor, clock)
    answers(floor["zhangsan"], "错")
    with floor.muster.database.writing() as session:
        [learner] = session.query(Learner)
        learner.streak = 9
        for item in session.query(ReviewItem):
            item.due_at = clock.now()
    clock.at("2026-03-09 09:55")
    clock.passes_to("2026-03-09 10:01")

    assert "连着学了" not in floor["zhangsan"].reads()[-1]
    floor["zhangsan"].says("学习榜")
    assert "连着 0 天" in floor["zhangsan"].reads()[-1]


def test_the_questions_of_a_course_that_conduct_led_to_come_back(floor: Floor, clock: TestClock) -> None:
    with floor.muster.database.writing() as session:
        training.publish(
            session,
            draft=replace(QUIET, code="wording-threat", title="不许威胁", family=Family.WORDING),
            actor=None,
            at=clock.now(),
            policy=floor.policy,
            delivered=True,
        )
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"催记 {number} 我说不还就让你好看")
    floor.muster.runner.run_due()
    [text] = rows(floor.muster, wording.WordingText)
    floor["leader"].reads()
    floor["leader"].says(f"确认违规 {text.id}")
    if not rows(floor.muster, Enrolment):
        with floor.muster.database.writing() as session:
            wording.review(
                session,
                actor=floor.employee("leader"),
                id_=text.id,
                decision=wording.Decision.CONFIRMED,
                at=clock.now(),
                policy=floor.policy,
            )
    zhangsan = floor["zhangsan"]
    zhangsan.reads()

    zhangsan.says("考试 不许威胁")
    zhangsan.taps("exam:1")
    zhangsan.reads()
    for _ in range(2):
        with floor.muster.database.reading() as session:
            [attempt] = session.query(training.Attempt)
            asked = training.next_question(session, attempt)
        assert asked is not None
        zhangsan.says("错" if "十点" in asked.stem else "对")
        zhangsan.reads()

    assert [one.reason for one in rows(floor.muster, Enrolment)] == [PushReason.CONDUCT]
    assert {one.question_code: one.reason for one in rows(floor.muster, ReviewItem)} == {
        "q1": "alert",
        "q2": "alert",
    }
