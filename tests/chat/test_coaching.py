"""推荐课程, 复评 and 培训效果: what helps whom and why, the second look at starters, what a course did."""

from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import training
from models.coaching.rules import Change, Lack, Need, Offered, broken, choose, effect, lacks_of
from models.training import CourseDraft, Enrolment, Family, LessonDraft, PushReason, Where
from tests.chat.floor import Floor
from tests.models.desk import pays
from tests.simulator import Messenger, TestClock, rows

PEOPLE = ("zhangsan", "lisi", "wangwu")


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """A branch whose collectors have ten cases each, and three courses."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("10:05")
    for place, account in enumerate(PEOPLE, start=1):
        numbers = [
            floor.case(owner=account, name=f"客户{one}", phone=f"1380{place:03d}{one:04d}")
            for one in range(10)
        ]
        pays(floor, account, numbers[0], place * 30000)
    course(floor, "money", "怎样谈还款", measures=("recovery_rate_amount",))
    course(floor, "promises", "承诺要能兑现", measures=("ptp_kept_rate",))
    course(floor, "teams", "和同事配合", dimensions=("沟通协作",))
    floor.everybody_reads()
    clock.at("2026-03-09 10:05")
    return floor


def course(
    floor: Floor,
    code: str,
    title: str,
    *,
    measures: tuple[str, ...] = (),
    dimensions: tuple[str, ...] = (),
) -> None:
    """A course that is read and written about, without an exam."""
    where = Where(code)
    draft = CourseDraft(
        code=code,
        title=title,
        family=Family.SKILLS,
        where=where,
        measures=measures,
        dimensions=dimensions,
        homework="写下来。",
        lessons=[LessonDraft(title, "照着做。", where)],
    )
    with floor.muster.database.writing() as session:
        training.publish(session, draft=draft, actor=None, at=floor.clock.now(), policy=floor.policy)


def aims(floor: Floor, said: str) -> None:
    """A target is set, and nobody's news are part of the story."""
    floor["boss"].says(f"设目标 {said}")
    floor["boss"].says("确认")
    floor.everybody_reads()


def test_somebody_far_below_a_target_is_told_what_helps_and_why(floor: Floor) -> None:
    aims(floor, "催收员 回款率 4%")
    zhangsan = floor["zhangsan"]

    zhangsan.says("我该学什么")

    zhangsan.sees("推荐你学\n1. 怎样谈还款：回款率 1%，目标 4%。\n[怎样谈还款]")
    zhangsan.taps("take_course:1")
    zhangsan.sees("「怎样谈还款」已放进你的学习单，发「我的课程」开始学。")
    [enrolled] = rows(floor.muster, Enrolment)
    assert (enrolled.reason, enrolled.because) == (
        PushReason.WEAK_MEASURE,
        {"about": "recovery_rate_amount", "actual": "1.00", "target": "4"},
    )


def test_what_somebody_learns_already_is_not_suggested_again(floor: Floor) -> None:
    aims(floor, "催收员 回款率 4%")
    zhangsan = floor["zhangsan"]
    zhangsan.says("推荐课程")
    zhangsan.news()
    zhangsan.taps("take_course:1")
    zhangsan.news()

    zhangsan.says("推荐课程")

    zhangsan.sees("你最近没有明显的短板，也没有正好适合的新课。想自己挑，发「课程」看全部。")


def test_who_reaches_the_targets_is_left_alone(floor: Floor) -> None:
    aims(floor, "催收员 回款率 1%")

    floor["wangwu"].says("推荐课程")

    floor["wangwu"].sees("你最近没有明显的短板，也没有正好适合的新课。想自己挑，发「课程」看全部。")


def test_a_leader_gives_one_of_theirs_what_is_suggested(floor: Floor) -> None:
    aims(floor, "催收员 回款率 4%")

    floor["leader"].says("推荐课程 张三")

    floor["leader"].sees("推荐张三学\n1. 怎样谈还款：回款率 1%，目标 4%。\n[发第 1 门给他]")
    floor["leader"].taps("give_course:zhangsan.1")
    floor["leader"].sees("「怎样谈还款」已安排给张三，会在他上班时间推送（一天最多一课）。")


def test_colleagues_do_not_see_what_one_lacks(floor: Floor) -> None:
    floor["lisi"].says("推荐课程 张三")

    floor["lisi"].sees("「张三」：名单里没有，或者不在你的范围里。写姓名、工号或企业微信账号都可以。")


def test_once_a_week_courses_are_given_for_what_people_lack(floor: Floor, clock: TestClock) -> None:
    aims(floor, "催收员 回款率 4%")

    clock.at("2026-03-16 09:30")
    floor.everybody_reads()
    clock.passes_to("2026-03-16 09:40")

    [news] = [one for one in floor["leader"].reads() if "短板" in one]
    assert news == (
        "按最近的短板，这周给你的人安排了 3 门课，会在各自上班时间推送：\n"
        "· 张三：怎样谈还款（回款率 1%，目标 4%）\n"
        "· 李四：怎样谈还款（回款率 2%，目标 4%）\n"
        "· 王五：怎样谈还款（回款率 3%，目标 4%）\n"
        "一个人不合适学，当面说一声就行；课程不影响分案。"
    )
    assert len(rows(floor.muster, Enrolment)) == 3
    assert not [one for one in floor["boss"].reads() if "短板" in one], "what was given is not given twice"


def test_an_effect_takes_enough_people_on_both_sides(floor: Floor) -> None:
    floor["leader"].says("培训效果 怎样谈还款")
    floor.muster.runner.run_errands()
    floor.muster.outbox.drain()

    floor["leader"].sees(
        "「怎样谈还款」前后各 30 天：\n"
        "· 回款率：学完满 30 天的只有 0 人（或可比的同岗太少），两边各要 10 人才说。\n"
        "这只说明一起发生，不证明是培训带来的：肯学的人本来可能就不一样。"
    )


def test_it_is_asked_back_which_course_is_meant(floor: Floor) -> None:
    floor["leader"].says("培训效果")

    floor["leader"].sees("看哪一门的效果？写成「培训效果 怎样谈还款」，有：怎样谈还款、承诺要能兑现。")


def test_nobody_without_findings_is_reviewed(floor: Floor) -> None:
    floor["leader"].says("复评 张三 沟通 82")

    floor["leader"].sees("张三没有低于岗位要求的测评项，不用复评。")


OFFERED = [
    Offered(1, 1, frozenset(), frozenset({"a", "b"}), frozenset(), 0, None),
    Offered(2, 2, frozenset(), frozenset({"a"}), frozenset(), 0, None),
    Offered(3, 3, frozenset({"team_leader"}), frozenset({"a"}), frozenset(), 0, None),
    Offered(4, 4, frozenset(), frozenset(), frozenset(), 0, 3),
    Offered(5, 5, frozenset(), frozenset(), frozenset({"沟通"}), 12, None),
]


def lack(need: Need, about: str, points: int) -> Lack:
    """Something lacks so many points."""
    return Lack(need, about, Decimal(points))


@pytest.mark.parametrize(
    ("lacks", "role", "months", "rests", "chosen"),
    [
        ([lack(Need.WEAK_MEASURE, "a", 50)], "collector", 6, [], [2]),
        ([lack(Need.WEAK_MEASURE, "a", 50)], "collector", 6, [2], [1]),
        ([lack(Need.WEAK_MEASURE, "a", 50)], "collector", 6, [1, 2], []),
        ([lack(Need.WEAK_MEASURE, "a", 50), lack(Need.WEAK_MEASURE, "b", 20)], "collector", 6, [], [1, 2]),
        ([lack(Need.BROKEN_PROMISES, "a", 70), lack(Need.WEAK_MEASURE, "b", 20)], "collector", 6, [], [2, 1]),
        ([lack(Need.TENURE, "", 100)], "collector", 2, [], [4]),
        ([lack(Need.TENURE, "", 100)], "collector", 3, [], []),
        ([lack(Need.WEAK_DIMENSION, "沟通", 60)], "collector", 11, [], []),
        ([lack(Need.WEAK_DIMENSION, "沟通", 60)], "collector", 12, [], [5]),
        ([lack(Need.WEAK_DIMENSION, "逻辑", 60)], "collector", 12, [], []),
        ([], "collector", 12, [], []),
    ],
)
def test_courses_are_chosen_by_need_then_by_how_little_is_there(
    lacks: list[Lack], role: str, months: int, rests: list[int], chosen: list[int]
) -> None:
    found = choose(lacks, OFFERED, role=role, months=months, rests=rests, most=3)

    assert [one.offered.version for one in found] == chosen


@pytest.mark.parametrize(
    ("kept", "due", "told"),
    [(9, 10, False), (8, 10, True), (0, 9, False), (89, 100, True), (90, 100, False), (0, 0, False)],
)
def test_more_than_ten_percent_of_ten_promises_is_too_many(kept: int, due: int, told: bool) -> None:
    assert (broken(kept, due, percent=10, least=10) is not None) is told


def test_what_has_no_points_is_not_weak() -> None:
    points = {
        "a": (None, Decimal(1), None),
        "b": (Decimal(79), Decimal(1), Decimal(2)),
        "c": (Decimal(80), Decimal(1), Decimal(2)),
    }

    assert [one.about for one in lacks_of(points, weak=80)] == ["b"]


def changes(count: int, before: int, after: int, first: int) -> list[Change]:
    """So many people with the same change."""
    return [Change(first + one, Decimal(before), Decimal(after)) for one in range(count)]


def test_the_effect_is_the_difference_of_differences() -> None:
    peers = changes(10, 30, 32, first=100)

    found = effect([(own, peers) for own in changes(10, 30, 35, first=0)], least=10)

    assert found is not None
    assert (found.trained, found.peers, found.difference) == (10, 10, Decimal(3))


@pytest.mark.parametrize(("trained", "peers"), [(9, 10), (10, 9), (0, 0)])
def test_too_few_people_show_no_effect(trained: int, peers: int) -> None:
    others = changes(peers, 30, 32, first=100)

    assert effect([(own, others) for own in changes(trained, 30, 35, first=0)], least=10) is None
