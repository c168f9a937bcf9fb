"""考试: card by card and by typed letters, in its time, its tries, and what it leads to."""

from datetime import timedelta

import pytest

from bot.app import Muster
from models.audit import AuditEvent
from models.training import (
    Attempt,
    AttemptAnswer,
    Certificate,
    Enrolment,
    QuestionDraft,
    QuestionKind,
)
from tests.chat.quizzes import HERE, enrol, letters, picks, places, publish, question
from tests.simulator import Member, TestClock, rows

INVITED = (
    "考试：夜间规则\n5 题，限时 10 分钟，90 分算过，还能考 {} 次。"
    "点了「开始」就计时，每题只算第一次的回答。\n[开始]"
)
PASSED = "✅ 通过：夜间规则 100 分（5 题对 5 题），90 分算过。\n证书到 2027年3月2日 周二，发「我的证书」看。"


@pytest.fixture(autouse=True)
def _later(clock: TestClock) -> None:
    """The half hour, when pushes are spread, is over."""
    clock.at("08:35")


@pytest.fixture
def enrolment(muster: Muster, alice: Member) -> int:
    """李爱丽 is to learn the rules of the night."""
    return enrol(muster, "AliceLi", publish(muster))


def begins(alice: Member) -> None:
    """Ask for the exam and begin it."""
    alice.says("考试")
    alice.reads()
    alice.taps_card(alice.last_card["button_list"][0]["key"])  # type: ignore[index]


def fails(muster: Muster, alice: Member) -> str:
    """Sit a whole exam with wrong answers; what was said last."""
    begins(alice)
    alice.reads()
    for shown in places(muster, right=False):
        picks(alice, shown)
        told = alice.reads()
    return told[-1]


def test_an_exam_is_passed_card_by_card(muster: Muster, alice: Member, enrolment: int) -> None:
    alice.says("考试")
    alice.sees(INVITED.format(3))
    alice.taps_card(f"exam:{enrolment}")
    started, first = alice.reads()
    assert started == "(按钮:已开始)"
    assert first.startswith("第 1/5 题（")
    assert "还剩 10 分钟" in first

    for shown in places(muster):
        picks(alice, shown)
        closed, told = alice.reads()[:2]
        assert closed == "(按钮:已答)"

    assert told == PASSED
    [certificate] = rows(muster, Certificate)
    assert (certificate.score, certificate.licence, certificate.revoked_at) == (100, False, None)
    [one] = rows(muster, Enrolment)
    assert one.read_by == "quiz"
    assert one.completed_at is not None
    actions = [row.action for row in rows(muster, AuditEvent)]
    for action in ("start_exam", "answer", "exam", "acknowledge", "complete", "certify"):
        assert f"training.{action}" in actions


def test_typed_answers_count_and_everything_else_means_what_it_means(
    muster: Muster, alice: Member, leader: Member, enrolment: int
) -> None:
    begins(alice)
    alice.reads()
    alice.says("打卡")
    assert "打卡成功" in alice.reads()[0]
    alice.says("请假")
    assert "请假" in alice.reads()[0]
    alice.says("今天天气不错啊")
    alice.reads()
    assert rows(muster, AttemptAnswer) == []

    for shown in places(muster):
        alice.says(letters(shown))
        told = alice.reads()

    assert told[0] == "(按钮:已答)"
    assert PASSED in told
    assert len(rows(muster, AttemptAnswer)) == 5


def test_a_word_that_is_no_answer_to_this_question_answers_nothing(
    muster: Muster, alice: Member, enrolment: int
) -> None:
    begins(alice)
    alice.reads()

    alice.says("E")
    alice.reads()

    assert rows(muster, AttemptAnswer) == []


def test_the_first_answer_stands(muster: Muster, alice: Member, enrolment: int) -> None:
    begins(alice)
    alice.reads()
    first = alice.last_card
    wrong, right = places(muster, right=False)[0], places(muster)[0]
    picks(alice, wrong)
    alice.reads()

    alice.last_card = first
    picks(alice, right)

    told = alice.reads()
    assert "这一题已经答过了，以第一次的为准。接着答：" in told
    assert any(one.startswith("第 2/5 题") for one in told)
    [kept] = rows(muster, AttemptAnswer)
    assert not kept.correct


def test_after_the_time_only_what_was_in_time_counts(
    muster: Muster, alice: Member, clock: TestClock, enrolment: int
) -> None:
    begins(alice)
    alice.reads()
    shown = places(muster)
    picks(alice, shown[0])
    alice.reads()
    clock.at("08:46")

    picks(alice, shown[1])

    closed, told = alice.reads()
    assert closed == "(按钮:已答)"
    assert told.startswith("⏰ 时间到了，按时间内答的算分。\n❌ 没有通过：夜间规则 20 分（5 题对 1 题）")
    assert told.endswith("还能考 2 次，3月3日 周二 08:45 以后发「考试 夜间规则」。")
    [attempt] = rows(muster, Attempt)
    assert attempt.submitted_at == attempt.ends_at
    assert len(rows(muster, AttemptAnswer)) == 1


def test_when_the_time_is_over_the_person_is_told(
    muster: Muster, alice: Member, clock: TestClock, enrolment: int
) -> None:
    begins(alice)
    alice.reads()

    clock.passes_to("08:45")

    told = [one for one in alice.reads() if "夜间规则" in one]
    assert len(told) == 1
    assert told[0].startswith("⏰ 时间到了，按时间内答的算分。\n❌ 没有通过：夜间规则 0 分（5 题对 0 题）")
    assert told[0].count("没有答") == 5


def test_mistakes_come_with_the_right_answer_and_its_source(
    muster: Muster, alice: Member, enrolment: int
) -> None:
    told = fails(muster, alice)

    assert "1. " in told
    assert "你答：" in told
    assert "应该是：错" in told
    assert "照规定办。（催收规范第3条）" in told


def test_between_two_tries_lies_a_day_and_after_the_third_a_lesson(
    muster: Muster, alice: Member, leader: Member, clock: TestClock, enrolment: int
) -> None:
    assert "还能考 2 次，3月3日 周二 08:35 以后" in fails(muster, alice)
    clock.at("2026-03-03T08:34")
    alice.says("考试")
    alice.sees("「夜间规则」3月3日 周二 08:35 以后才能再考（两次要隔开），还能考 2 次。先把错的看一遍。")
    alice.taps_card(f"exam:{enrolment}")
    assert "以后才能再考" in alice.reads()[0]
    leader.sees_nothing()
    clock.at("2026-03-03T08:35")
    fails(muster, alice)
    clock.at("2026-03-04T08:35")
    assert fails(muster, alice).endswith("次数用完了。已请带你的人当面讲一次，讲完就能再考。")

    leader.sees(
        "李爱丽要当面讲一次\n《夜间规则》考了几次都没有过。请当面讲一遍，讲完点下面的按钮，就可以再考。\n[已当面讲过]"
    )
    clock.at("2026-03-05T09:05")
    alice.says("考试 夜间规则")
    alice.sees("「夜间规则」3 次都没有过，要先当面讲一次。已请带你的人安排，讲完就能再考。")
    leader.taps_card(f"exam_taught:{enrolment}")
    leader.sees(
        "(按钮:已讲)", "记下了：《夜间规则》给李爱丽当面讲过，可以再考，已经告诉他。点错了发「撤销」。"
    )
    alice.sees("可以再考了：夜间规则\n赵组长给你讲过了，又能考 3 次。\n[开始]")
    leader.taps(f"exam_taught:{enrolment}")
    leader.sees("现在不用当面讲：还有次数可以考，或者已经过了。")

    begins(alice)
    alice.reads()
    for shown in places(muster):
        picks(alice, shown)
        told = alice.reads()
    assert "✅ 通过：夜间规则 100 分（5 题对 5 题），90 分算过。" in told[1]
    assert [one.number for one in rows(muster, Attempt)] == [1, 2, 3, 4]


def test_a_lesson_that_was_not_given_is_taken_back(
    muster: Muster, alice: Member, leader: Member, clock: TestClock, enrolment: int
) -> None:
    for day in (2, 3, 4):
        clock.at(f"2026-03-0{day}T09:05")
        fails(muster, alice)
    leader.reads()
    leader.taps_card(f"exam_taught:{enrolment}")
    leader.reads()
    alice.reads()

    leader.says("撤销")

    assert "撤销了，李爱丽还要当面讲一次《夜间规则》。" in leader.reads()
    assert "赵组长撤销了「已当面讲过」，《夜间规则》讲完才能再考。" in alice.reads()
    assert rows(muster, Enrolment)[0].rounds == 1


def test_a_reminder_of_the_course_leaves_the_card_of_the_live_lesson_open(
    muster: Muster, alice: Member, leader: Member, clock: TestClock, enrolment: int
) -> None:
    for day in (2, 3, 4):
        clock.at(f"2026-03-0{day}T09:05")
        fails(muster, alice)
    leader.reads()

    with muster.database.writing() as session:
        mine = session.get_one(Enrolment, enrolment)
        mine.sent_at = mine.card_at = mine.next_at = clock.now()
        mine.sent_on, mine.due_at = clock.now().date(), clock.now() + timedelta(days=5)
    clock.at("2026-03-05T10:06")
    clock.passes_to("2026-03-05T10:06")
    muster.runner.run_due()

    assert any("还没学完" in one for one in alice.reads())
    leader.sees_nothing()


def test_who_does_not_lead_them_gives_nobody_new_tries(
    muster: Muster, alice: Member, leader: Member, clock: TestClock, enrolment: int
) -> None:
    for day in (2, 3, 4):
        clock.at(f"2026-03-0{day}T09:05")
        fails(muster, alice)
    leader.reads()

    alice.taps(f"exam_taught:{enrolment}")

    assert "你没有这项权限" in alice.reads()[0]
    assert rows(muster, Enrolment)[0].rounds == 1


def test_a_newer_version_is_offered_instead(muster: Muster, alice: Member, enrolment: int) -> None:
    newer = publish(muster, note="加了节假日的规定", minutes=7)

    alice.taps(f"exam:{enrolment}")

    alice.sees("夜间规则有新版本了\n加了节假日的规定。旧版本不用再考，请考新的。\n[考新版本]")
    alice.taps_card(f"exam_course:{newer.course_id}")
    assert "还剩 7 分钟" in alice.reads()[1]
    old, new = rows(muster, Enrolment)
    assert old.withdrawn_at is not None
    assert new.version_id == newer.id


def test_an_exam_of_ones_own_will(muster: Muster, alice: Member) -> None:
    publish(muster)
    alice.says("考试")
    alice.sees("现在没有要考的。发「课程」看有哪些课，发「考试 课程名」就能考。")

    alice.says("考试 夜间")

    alice.sees("考试：夜间规则\n5 题，限时 10 分钟，90 分算过，可以考 3 次。点了「开始」就计时。\n[开始]")
    alice.taps_card(alice.last_card["button_list"][0]["key"])  # type: ignore[index]
    assert alice.reads()[1].startswith("第 1/5 题")
    [enrolment] = rows(muster, Enrolment)
    assert enrolment.reason == "own"


def test_who_has_passed_is_told_so(muster: Muster, alice: Member, enrolment: int) -> None:
    begins(alice)
    alice.reads()
    for shown in places(muster):
        picks(alice, shown)
        alice.reads()

    alice.says("考试 夜间规则")
    alice.taps(f"exam:{enrolment}")

    said = "「夜间规则」你已经过了（100 分），证书到 2027年3月2日 周二，不用再考。"
    alice.sees(said, said)
    alice.says("我的证书")
    alice.sees("你的证书：\n· 夜间规则，100 分，到 2027年3月2日 周二\n发「证书图 课程名」要一张图。")


def test_a_certificate_of_compliance_comes_as_a_picture(
    muster: Muster, alice: Member, clock: TestClock, enrolment: int
) -> None:
    begins(alice)
    alice.reads()
    for shown in places(muster):
        picks(alice, shown)
        alice.reads()
    clock.passes_to("08:36")
    assert "[image]" in alice.reads()

    alice.says("证书图 夜间")
    clock.passes_to("08:37")
    assert alice.reads() == ["《夜间规则》的证书马上发来。", "[image]"]
    alice.says("证书图 别的课")

    alice.sees("没有「别的课」的有效证书。发「我的证书」看有哪些。")


def test_long_options_are_printed_in_full_before_the_card(muster: Muster, alice: Member) -> None:
    long = QuestionDraft(
        "long",
        QuestionKind.SINGLE,
        "客户说自己在开会，" * 8 + "怎么办？",
        [f"挂断电话，然后{'再想一想，' * 10}第{number}种做法" for number in range(4)],
        [0],
        "说明。",
        "规范",
        HERE,
    )
    enrol(muster, "AliceLi", publish(muster, questions=[long], draws=1))
    begins(alice)

    whole, _, card = alice.reads()

    assert whole.startswith("第 1/1 题（单选），还剩 2 分钟\n客户说自己在开会，")
    for number in range(4):
        assert f"第{number}种做法" in whole
    assert card == "第 1/1 题（单选），还剩 2 分钟"
    assert alice.last_card is not None
    assert [one["text"] for one in alice.last_card["checkbox"]["option_list"]] == list("ABCD")


def test_a_question_that_looks_like_markup_breaks_no_card(muster: Muster, alice: Member) -> None:
    tricky = [question("m1", stem="- 时间：晚上"), question("m2", stem="[点我](https://a.example)")]
    enrol(muster, "AliceLi", publish(muster, questions=tricky, draws=2))
    begins(alice)

    told = alice.reads()
    picks(alice, [0])
    told += alice.reads()

    assert any("- 时间：晚上" in one for one in told)
    assert any("[点我](https://a.example)" in one for one in told)


def test_two_courses_are_asked_back(muster: Muster, alice: Member) -> None:
    enrol(muster, "AliceLi", publish(muster))
    enrol(muster, "AliceLi", publish(muster, code="day_rules", title="白天规则"))

    alice.says("考试")
    alice.sees("要考哪一门？\n1. 夜间规则\n2. 白天规则\n[1. 夜间规则][2. 白天规则]")
    alice.says("考试 规则")

    alice.sees("「规则」可能是这几门，请说全名，如「考试 白天规则」：\n· 白天规则\n· 夜间规则")
