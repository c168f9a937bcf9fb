"""上岗证, 分不到案子, 考试成绩: what people ask about where they stand, and the way out they are told."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import training
from models.policy import Policy
from models.training import (
    CourseDraft,
    CourseKind,
    CourseVersion,
    Enrolment,
    Family,
    LessonDraft,
    PushReason,
    QuestionDraft,
    QuestionKind,
    ReceiptBy,
    Where,
)
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

HERE = Where("licence")
QUESTION = QuestionDraft(
    "q1", QuestionKind.JUDGE, "晚上十点可以打。", ["对", "错"], [1], "不可以。", "国标", HERE
)
LICENCE = CourseDraft(
    code="licence",
    title="上岗考试：都要会的",
    family=Family.LAW,
    where=HERE,
    compliance=True,
    licence=True,
    roles=["collector", "field_rep"],
    lessons=[LessonDraft("上岗之前", "晚上十点以后不联系。", HERE)],
    questions=[QUESTION],
)
NIGHT = replace(LICENCE, code="night", title="夜间规则", licence=False, kind=CourseKind.REGULATION)
TALK = replace(NIGHT, code="talk", title="开口的三十秒：第一通电话", kind=CourseKind.COURSE, compliance=False)


@pytest.fixture(scope="session")
def policy(policy: Policy) -> Policy:
    """As delivered: collectors and field reps need a licence."""
    return replace(policy, training=replace(policy.training, licence_required=True))


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams of collectors, their leaders, and the course that gives the licence."""
    found = Floor(muster, client, messenger, clock)
    publish(found, LICENCE)
    return found


def publish(floor: Floor, draft: CourseDraft) -> CourseVersion:
    """The next version of a course, as it comes with the product."""
    with floor.muster.database.writing() as session:
        return training.publish(
            session, draft=draft, actor=None, at=floor.clock.now(), policy=floor.policy, delivered=True
        ).version


def licensed(floor: Floor, account: str, until: date) -> None:
    """Somebody has a licence from elsewhere."""
    with floor.muster.database.writing() as session:
        training.enter_licence(
            session, person=floor.employee(account), until=until, at=floor.clock.now(), actor="operator"
        )


def learns(floor: Floor, account: str, version: CourseVersion, **more: object) -> int:
    """Somebody has got a lesson."""
    with floor.muster.database.writing() as session:
        enrolment, _ = training.enrol(
            session,
            person=floor.employee(account),
            version=session.get_one(CourseVersion, version.id),
            reason=PushReason.ASSIGNED,
            at=floor.clock.now(),
        )
        enrolment.sent_at, enrolment.due_at = floor.clock.now(), floor.clock.now() + timedelta(days=3)
        for name, value in more.items():
            setattr(enrolment, name, value)
        return enrolment.id


def told(floor: Floor, account: str, said: str) -> str:
    """What somebody is told who says this; it is one message."""
    floor[account].says(said)
    [one] = floor[account].reads()
    return one


@pytest.mark.parametrize(
    "said",
    [
        "我为什么分不到案子",
        "怎么没有案子给我",
        "为啥不给我分案",
        "我被停案了？",
        "我能接案子吗",
        "分不到案子",
    ],
)
def test_who_gets_no_cases_is_told_why_and_the_way_out(floor: Floor, said: str) -> None:
    assert told(floor, "zhangsan", said) == (
        "没有有效的上岗证\n所以现在不分新案件，手上的 0 件照常。"
        "考过「上岗考试：都要会的」就有：1 题，限时 2 分钟，90 分算过。能考 3 次。\n[先看课][直接考]"
    )
    floor["zhangsan"].taps_card(floor["zhangsan"].last_card["button_list"][1]["key"])  # type: ignore[index]
    assert floor["zhangsan"].reads()[-1].startswith("第 1/1 题")


def test_what_is_overdue_is_named_and_nothing_in_the_way_is_said_too(floor: Floor) -> None:
    licensed(floor, "zhangsan", date(2026, 12, 31))
    assert told(floor, "zhangsan", "为什么不给我分案子").startswith(
        "没有什么挡着你：手上 0 件，最多 200 件，今天还能领"
    )

    learns(floor, "zhangsan", publish(floor, NIGHT), gates_at=floor.clock.now())

    assert told(floor, "zhangsan", "为什么不给我分案子") == (
        "必修的过了期限没学完\n所以现在不分新案件，手上的 0 件照常。学完马上恢复：\n· 夜间规则\n[学 夜间规则]"
    )
    assert told(floor, "leader", "张三能分案吗").startswith(
        "张三现在不能分新案件：必修的没学完（夜间规则）。"
    )


@pytest.mark.parametrize("said", ["上岗证什么时候到期", "我的上岗证", "我有上岗证吗", "上岗证"])
def test_the_day_of_the_licence_is_one_step_away(floor: Floor, said: str) -> None:
    licensed(floor, "zhangsan", date(2026, 12, 31))

    assert told(floor, "zhangsan", said) == (
        "你的上岗证有效，到 2026年12月31日 周四。\n"
        "2026年12月1日 周二 起推复训给你，到期前考过不影响分案。要证书图发「证书图」。"
    )
    assert told(floor, "leader", "张三的上岗证").startswith("张三：上岗证有效，到 2026年12月31日 周四。")
    assert told(floor, "leader2", "张三的上岗证").startswith("「张三」：名单里没有，或者不在你的范围里。")
    assert told(floor, "wukuaiji", said).startswith("你的岗位不用上岗证。")


@pytest.mark.parametrize("said", ["我要考上岗证", "怎么才能上岗", "上岗证怎么考"])
def test_who_wants_the_licence_is_led_to_the_exam(floor: Floor, said: str) -> None:
    assert told(floor, "zhangsan", said) == (
        "没有有效的上岗证\n考过「上岗考试：都要会的」就有：1 题，限时 2 分钟，90 分算过。能考 3 次。"
        "考到马上可以分新案件，手上的照常。\n[先看课][直接考]"
    )


@pytest.mark.parametrize("said", ["谁没有上岗证", "组里谁没考上岗证", "哪些人不能分案", "谁的上岗证快到期了"])
def test_a_leader_sees_who_has_none_and_whose_lapses(floor: Floor, said: str) -> None:
    licensed(floor, "zhangsan", date(2026, 12, 31))
    licensed(floor, "lisi", date(2026, 3, 9))

    assert told(floor, "leader", said) == (
        "你管的人里要上岗证的 3 人：\n现在不分新案件 1 人：\n· 王五，没有上岗证\n"
        "30 天内到期 1 人：\n· 李四，到 2026年3月9日 周一\n催一催发「催学习」。"
    )
    assert "没听懂" in told(floor, "zhangsan", said) or "权限" in told(floor, "zhangsan", said)


def test_after_a_failed_exam_one_asks_for_the_marks_the_mistakes_and_the_next_try(floor: Floor) -> None:
    zhangsan = floor["zhangsan"]
    assert "没过不要紧：每门能考 3 次，两次隔 24 小时" in told(floor, "zhangsan", "考试考不过怎么办")
    learns(floor, "zhangsan", rows(floor.muster, CourseVersion)[0])
    told(floor, "zhangsan", "考试 上岗考试")
    zhangsan.taps_card(zhangsan.last_card["button_list"][0]["key"])  # type: ignore[index]
    zhangsan.news()
    assert "正在考，还剩 2 分钟，到第 1/1 题。考试不能停也不能跳" in told(floor, "zhangsan", "退出考试")
    zhangsan.says("对")
    zhangsan.news()

    assert told(floor, "zhangsan", "我考了多少分").startswith(
        "考过的、在考的：\n· 上岗考试：都要会的：0 分，没过（90 分算过），还能考 2 次，3月3日 周二 10:00 以后"
    )
    assert told(floor, "zhangsan", "我错了哪些题").startswith(
        "上一次考试「上岗考试：都要会的」（3月2日 周一，0 分）错了 1 题：\n"
        "1. 晚上十点可以打。\n  你答：对\n  应该是：错\n"
    )
    assert "以后才能再考" in told(floor, "zhangsan", "再考一次")
    assert "考了 0 分没过，还能考 2 次" in told(floor, "leader", "张三考了多少分")
    assert "不在你的范围里" in told(floor, "leader2", "张三考了多少分")


def test_having_read_can_be_said(floor: Floor) -> None:
    assert told(floor, "zhangsan", "我读完了").startswith("现在没有要你回「读完了」的。")
    learns(floor, "zhangsan", publish(floor, NIGHT))

    assert told(floor, "zhangsan", "我读完了").startswith("记下了：已读\n夜间规则")

    [one] = rows(floor.muster, Enrolment)
    assert one.read_by == ReceiptBy.BUTTON
    learns(floor, "lisi", publish(floor, TALK))
    learns(floor, "lisi", rows(floor.muster, CourseVersion)[1])
    assert told(floor, "lisi", "学完了").startswith("读完了哪一门？")
    floor["lisi"].taps_card(f"lesson_read:{rows(floor.muster, Enrolment)[-1].id}")
    assert "记下了：已读\n夜间规则" in floor["lisi"].reads()[-1]


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("把开口的三十秒发给我组里学", "把「开口的三十秒：第一通电话」推给 3 人？"),
        ("让张三学开口的三十秒", "把「开口的三十秒：第一通电话」推给 1 人？"),
        ("给张三、李四安排开口的三十秒", "把「开口的三十秒：第一通电话」推给 2 人？"),
        ("安排张三今天考上岗证", "把「上岗考试：都要会的」推给 1 人？"),
        ("全员学新规", "把「夜间规则」推给 3 人？"),
        ("让赵六学开口的三十秒", "「赵六」：名单里没有，或者不在你的范围里。"),
        (
            "把开口三十秒推给张三",
            "没有叫「开口三十秒」的课，是不是下面哪一门？换成这个名字再说一遍：\n· 开口的三十秒",
        ),
    ],
)
def test_pushing_is_said_as_people_say_it(floor: Floor, said: str, begins: str) -> None:
    publish(floor, NIGHT)
    publish(floor, TALK)

    assert told(floor, "leader", said).startswith(begins)
    assert not rows(floor.muster, Enrolment)


def test_who_has_not_learned_is_listed_and_reminded_in_one_sentence(floor: Floor) -> None:
    assert told(floor, "leader", "谁还没学").startswith("你管的人里没有收到了还没学完的。")
    learns(floor, "zhangsan", publish(floor, TALK))
    learns(floor, "zhaoliu", rows(floor.muster, CourseVersion)[1])
    floor.clock.at("16:16")

    assert told(floor, "leader", "谁还没学") == (
        "收到了还没学完的 1 人：\n· 张三：开口的三十秒\n催一催发「催学习」；只看一课发「谁没学 课程名」。"
    )
    assert told(floor, "leader", "催一下没学的") == "好的，已再催：张三。"
    assert "还没学完：开口的三十秒" in floor["zhangsan"].reads()[0]
    assert floor["zhaoliu"].reads() == []
    assert told(floor, "leader", "催一下没学的").startswith("都刚催过或学完了")


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("不想每天收到题目", "每天的复习不发了"),
        ("以后别每天发题", "每天的复习不发了"),
        ("每天的题改到早上九点", "工作日 09:00 给你发两分钟的复习"),
        ("早上8点半发题", "工作日 08:30 给你发两分钟的复习"),
        ("每天的题几点来", "给你发两分钟的复习（有要复习的题才发）"),
        ("恢复每天的题", "有要复习的题，工作日 10:00 左右发给你"),
        ("今天学什么", "现在没有要学的"),
        ("有没有讲上岗之前的课", "上岗考试：都要会的"),
        ("考试要考多少分", "合规的 90 分算过"),
    ],
)
def test_what_people_say_about_learning(floor: Floor, said: str, part: str) -> None:
    assert part in told(floor, "zhangsan", said)
