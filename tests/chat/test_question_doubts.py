"""题目有错: who learns says that a question is wrong, compliance looks at it, and both hear how it ended."""

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models.training import QuestionDoubt
from tests.chat.floor import Floor
from tests.chat.quizzes import enrol, letters, places, publish
from tests.simulator import Messenger, TestClock, rows


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams of collectors; 张三 is at an exam."""
    found = Floor(muster, client, messenger, clock)
    clock.at("10:06")
    number = enrol(muster, "zhangsan", publish(muster))
    zhangsan = found["zhangsan"]
    zhangsan.says("考试")
    zhangsan.news()
    zhangsan.taps_card(f"exam:{number}")
    zhangsan.news()
    return found


def ends(floor: Floor) -> None:
    """The exam is answered, all of it wrongly."""
    for shown in places(floor.muster, right=False):
        floor["zhangsan"].says(letters(shown))
    floor["zhangsan"].news()


def test_a_doubt_goes_to_compliance_and_its_answer_comes_back(floor: Floor) -> None:
    zhangsan, compliance = floor["zhangsan"], floor["fenghegui"]
    ends(floor)

    zhangsan.says("第2题答案不对，书上不是这样写的")

    assert zhangsan.reads()[0].startswith("收到，已请冯合规看这一题，看过马上告诉你：\n")
    whole, card = compliance.reads()
    assert whole.startswith("张三觉得《夜间规则》的这一题不对：书上不是这样写的\n")
    assert "\n现在的答案：" in whole
    assert card.startswith("这一题对不对？\n张三：书上不是这样写的\n[题没错][有错，会改]")
    [doubt] = rows(floor.muster, QuestionDoubt)
    compliance.taps_card(f"question_right:{doubt.id}")
    compliance.sees("(按钮:已处理)", "记下了，已告诉张三答案没有错。")
    [told] = zhangsan.reads()
    assert told.startswith("你报的题合规看过了：")
    assert "答案没有错，应该是：" in told

    compliance.taps_card(f"question_wrong:{doubt.id}")
    assert "有人看过了：题没有错。" in compliance.reads()
    zhangsan.says("第2题答案不对")
    assert "合规看过，答案没有错。" in zhangsan.reads()[0]
    assert compliance.reads() == []
    assert len(rows(floor.muster, QuestionDoubt)) == 1


def test_in_an_exam_the_question_on_the_table_is_meant_and_its_answer_is_not_told(floor: Floor) -> None:
    floor["zhangsan"].says("这题答案不对")

    told = floor["zhangsan"].reads()[0]
    assert told.endswith("考试照常，这一题先按你想的答。")
    floor["fenghegui"].news()
    [doubt] = rows(floor.muster, QuestionDoubt)
    floor["fenghegui"].taps_card(f"question_right:{doubt.id}")
    floor["fenghegui"].news()
    assert floor["zhangsan"].reads()[0].endswith("答案没有错，考完看讲解。")


def test_a_question_that_is_wrong_will_be_mended(floor: Floor) -> None:
    ends(floor)
    floor["zhangsan"].says("题目有错")
    floor["zhangsan"].news()
    floor["fenghegui"].news()
    [doubt] = rows(floor.muster, QuestionDoubt)

    floor["fenghegui"].taps_card(f"question_wrong:{doubt.id}")

    assert "改好整门课再发一遍「发课程」就是新版本" in floor["fenghegui"].reads()[-1]
    assert "确实有问题，会改。已经考的分不变" in floor["zhangsan"].reads()[0]


def test_who_has_answered_nothing_is_told_how_to_say_it(floor: Floor) -> None:
    floor["lisi"].says("这题答案不对")
    floor["lisi"].sees(
        "你还没有答过题。写成「题目有错 3 理由」，3 是上一次考试的第几题；刚答的那一题不用写数字。"
    )
    floor["zhangsan"].says("第99题不对")
    assert floor["zhangsan"].reads()[0].startswith("上一次考试没有第 99 题。")


def test_who_publishes_nothing_settles_nothing(floor: Floor) -> None:
    floor["zhangsan"].says("题目有错")
    floor["zhangsan"].news()
    floor["fenghegui"].news()
    [doubt] = rows(floor.muster, QuestionDoubt)

    floor["leader"].last_card = floor["fenghegui"].last_card
    floor["leader"].taps_card(f"question_right:{doubt.id}")

    floor["leader"].news()
    [doubt] = rows(floor.muster, QuestionDoubt)
    assert doubt.answered_at is None
