"""推送: a lesson reaches people at work, one a day; they read it; who does not is reminded, then gated."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Thread

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.app import Muster
from jobs.base import CloseCards, JobContext, Notice
from jobs.lessons import tend_training
from models import training, wording
from models.base import SHANGHAI
from models.staff import Employee, Post, Role
from models.training import (
    Audience,
    CourseDraft,
    CourseKind,
    CourseVersion,
    Enrolment,
    Family,
    LessonDraft,
    PushReason,
    QuestionDraft,
    QuestionKind,
    Where,
)
from models.wording import WordingText
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

HERE = Where("night")
QUESTION = QuestionDraft(
    "q1", QuestionKind.JUDGE, "晚上十点可以打。", ["对", "错"], [1], "不可以。", "国标", HERE
)
NIGHT = CourseDraft(
    code="night",
    title="夜间规则",
    family=Family.LAW,
    where=HERE,
    kind=CourseKind.REGULATION,
    lessons=[LessonDraft("晚上十点以后", "晚上十点到早上八点不联系。" * 40, HERE)],
    questions=[QUESTION],
)
TALK = CourseDraft(
    code="talk",
    title="开口三句话",
    family=Family.SKILLS,
    where=HERE,
    lessons=[LessonDraft("开口", "先说自己是谁。", HERE)],
    questions=[QUESTION],
)


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams of collectors, and their leaders; it is Monday at ten."""
    return Floor(muster, client, messenger, clock)


def publish(floor: Floor, draft: CourseDraft) -> CourseVersion:
    """The next version of a course, as it comes with the product: a regulation is not broadcast by itself."""
    with floor.muster.database.writing() as session:
        return training.publish(
            session, draft=draft, actor=None, at=floor.clock.now(), policy=floor.policy, delivered=True
        ).version


def enrolments(floor: Floor) -> Mapping[str, Enrolment]:
    """Account → the newest enrolment."""
    accounts = {one.id: one.wecom_id for one in rows(floor.muster, Employee)}
    return {accounts[one.employee_id]: one for one in rows(floor.muster, Enrolment)}


def passes(floor: Floor, *moments: str) -> None:
    """Only these ticks of the job happen on the way."""
    for moment in moments:
        floor.clock.at(moment)
        floor.clock.passes_to(moment)


def push_talk_to_zhangsan(floor: Floor) -> None:
    """The leader pushes a course to 张三, and it reaches him at 10:06."""
    publish(floor, TALK)
    floor["leader"].says("推送 开口三句话 给 张三")
    floor["leader"].says("确认")
    floor["leader"].news()
    passes(floor, "2026-03-02 10:06")


# --- pushing ----------------------------------------------------------------------------------------


def test_a_leader_pushes_a_course_to_the_team_and_it_comes_within_minutes(floor: Floor) -> None:
    publish(floor, TALK)
    leader, zhangsan = floor["leader"], floor["zhangsan"]

    leader.says("推送 开口三句话 给 一组")
    leader.sees(
        "把「开口三句话」推给 3 人？\n1 道题。3 个工作日内学完，只提醒。\n[确认][取消]",
    )
    leader.says("确认")
    leader.sees(
        "好的，3 人各在上班时间收到「开口三句话」，一人一天最多一课。"
        "推错了发「撤销」；看进度发「谁没学 开口三句话」。"
    )
    passes(floor, "2026-03-02 10:06")

    zhangsan.sees("开口三句话\n赵组长推给你的。约 1 分钟，学完答 1 题。\n[读完了]")
    zhangsan.taps_card(f"lesson_read:{enrolments(floor)['zhangsan'].id}")
    zhangsan.sees(
        "(按钮:已读)", "记下了：已读\n开口三句话（第 1 版）。再答 1 题就学完了，2 分钟以内。\n[开始答题]"
    )
    leader.says("谁没学 开口三句话")
    assert leader.reads()[0].startswith("开口三句话：0/3 学完，1 已读，0 人还没推到")


def test_after_reading_the_card_leads_to_the_questions_or_to_the_homework(floor: Floor) -> None:
    for code, more in (("quiz", {}), ("work", {"questions": (), "homework": "写一段开场白。"})):
        publish(floor, replace(TALK, code=code, title=code, **more))
    floor["leader"].says("推送 quiz 给 张三")
    floor["leader"].says("确认")
    floor["leader"].says("推送 work 给 李四")
    floor["leader"].says("确认")
    passes(floor, "2026-03-02 10:06")
    for account, key, words in (
        ("zhangsan", "exam", "晚上十点可以打。"),
        ("lisi", "homework_hand_in", "写一段开场白。"),
    ):
        member, id_ = floor[account], enrolments(floor)[account].id
        member.news()
        member.taps_card(f"lesson_read:{id_}")
        member.news()

        member.taps_card(f"{key}:{id_}")

        assert words in "\n".join(member.reads())


def test_a_push_is_taken_back_from_those_who_have_not_begun(floor: Floor) -> None:
    publish(floor, TALK)
    leader = floor["leader"]
    leader.says("推送 开口三句话 给 张三、李四")
    leader.says("确认")
    leader.news()
    passes(floor, "2026-03-02 10:06")
    floor["zhangsan"].news()
    floor["zhangsan"].taps_card(f"lesson_read:{enrolments(floor)['zhangsan'].id}")
    floor["lisi"].news()

    leader.says("撤销")

    assert leader.reads()[0].startswith("已撤销：1 人不用学「开口三句话」了，1 人已经开始，留着。")
    passes(floor, "2026-03-02 10:16")
    floor["lisi"].sees("(按钮:已收回)")


def test_nobody_is_pushed_to_beyond_ones_reach_and_who_is_left_out_is_said(floor: Floor) -> None:
    publish(floor, replace(TALK, roles=["collector"]))
    leader = floor["leader"]
    leader.says("推送 开口三句话 给 赵六")
    assert "把「" not in leader.reads()[0]

    floor["boss"].says("推送 开口三句话 给 城北分公司")
    assert floor["boss"].reads()[0].startswith("把「开口三句话」推给 7 人？")
    card = floor["boss"].last_card
    assert card is not None
    lines = [f"{row['keyname']}：{row['value']}" for row in card["horizontal_content_list"]]
    assert lines == ["给：城北分公司", "马上推：7 人", "不是对象：2 人（赵组长、孙组长）"]
    floor["zhangsan"].says("推送 开口三句话 给 李四")
    assert "把「" not in floor["zhangsan"].reads()[0]


def test_one_lesson_a_day_and_a_regulation_the_same_day(floor: Floor) -> None:
    push_talk_to_zhangsan(floor)
    floor["zhangsan"].news()
    publish(floor, replace(TALK, code="second", title="第二课"))
    floor["leader"].says("推送 第二课 给 张三")
    floor["leader"].says("确认")
    publish(floor, NIGHT)
    floor["fenghegui"].says("推送 夜间规则 给 全员")
    floor["fenghegui"].says("确认")
    passes(floor, "2026-03-02 10:16")

    floor["zhangsan"].sees(
        "新规：夜间规则\n新规，今天就要知道。约 2 分钟，学完答 1 题。"
        "必修，过了期限不分新案件，手上的照常。\n[读完了]"
    )
    passes(floor, "2026-03-02 17:26", "2026-03-03 09:26")
    floor["zhangsan"].sees_nothing()
    passes(floor, "2026-03-03 09:36")
    assert floor["zhangsan"].reads()[-1].startswith("第二课\n")


def test_outside_work_nothing_comes(floor: Floor) -> None:
    publish(floor, NIGHT)
    floor.clock.at("2026-03-06 18:10")
    floor["fenghegui"].says("推送 夜间规则 给 张三")
    floor["fenghegui"].says("确认")
    passes(floor, "2026-03-06 18:26", "2026-03-07 10:06", "2026-03-09 08:46")
    floor["zhangsan"].sees_nothing()
    passes(floor, "2026-03-09 09:06")
    assert floor["zhangsan"].reads()[0].startswith("新规：夜间规则")


# --- reminding and the gate -------------------------------------------------------------------------


def test_who_does_not_learn_is_reminded_twice_then_the_leader_hears_once_then_the_gate_closes(
    floor: Floor,
) -> None:
    publish(floor, NIGHT)
    floor["fenghegui"].says("推送 夜间规则 给 张三、李四")
    floor["fenghegui"].says("确认")
    passes(floor, "2026-03-02 10:06")
    floor["zhangsan"].news()
    mine = enrolments(floor)["zhangsan"]
    assert mine.due_at == mine.gates_at == datetime(2026, 3, 5, 18, tzinfo=SHANGHAI)
    floor["leader"].news()

    passes(floor, "2026-03-03 10:06", "2026-03-03 10:16")
    [closed, reminder] = floor["zhangsan"].reads()
    assert (closed, reminder.split("\n")[0]) == ("(按钮:看新的提醒)", "还没学完：夜间规则")
    passes(floor, "2026-03-04 10:06", "2026-03-04 10:16", "2026-03-05 10:06")
    assert len(floor["zhangsan"].reads()) == 2
    passes(floor, "2026-03-05 16:06", "2026-03-05 16:16", "2026-03-05 16:26")
    [card] = floor["leader"].reads()
    assert card == (
        "2 人还没学完\n· 张三：夜间规则，3 天了\n· 李四：夜间规则，3 天了\n"
        "必修的过了期限不分新案件。\n[再催一次]"
    )
    floor["zhangsan"].sees_nothing()

    passes(floor, "2026-03-06 09:36", "2026-03-06 09:46")
    floor["zhangsan"].sees("从现在起不分新案件\n「夜间规则」过了期限还没学完。手上的案件照常；学完马上恢复。")
    [card] = floor["leader"].reads()
    assert card.startswith("2 人不分新案件\n· 张三：「夜间规则」没学完，手上 0 件")
    passes(floor, "2026-03-07 09:26", "2026-03-09 09:36", "2026-03-09 09:46")
    floor["zhangsan"].sees("(按钮:请发「我的课程」)")
    assert floor["leader"].reads() == []

    with floor.muster.database.writing() as session:
        found = session.get_one(Enrolment, mine.id)
        training.complete(session, person=floor.employee("zhangsan"), enrolment=found, at=floor.clock.now())
    passes(floor, "2026-03-09 09:56")
    assert floor["zhangsan"].reads() == ["学完了，从现在起又可以分新案件给你了。"]
    assert floor["leader"].reads() == ["张三学完了，又可以分新案件给他了。"]


def test_the_leader_reminds_all_of_them_once_more(floor: Floor) -> None:
    publish(floor, NIGHT)
    floor["fenghegui"].says("推送 夜间规则 给 张三、李四")
    floor["fenghegui"].says("确认")
    passes(
        floor,
        "2026-03-02 10:06",
        "2026-03-03 10:16",
        "2026-03-04 10:16",
        "2026-03-05 16:06",
        "2026-03-05 16:16",
    )
    floor["leader"].news()
    floor["zhangsan"].news()

    floor["leader"].taps_card("lesson_nudge:1")

    assert floor["leader"].reads() == ["(按钮:已再催)", "好的，已再催：张三、李四。"]
    assert "还没学完：夜间规则" in floor["zhangsan"].reads()[-1]
    floor.clock.at("2026-03-05 16:18")
    floor["leader"].taps_card("lesson_nudge:1")
    assert "都刚催过" in floor["leader"].reads()[-1]


def test_leave_that_begins_later_moves_the_deadline_and_the_gate(floor: Floor) -> None:
    publish(floor, NIGHT)
    floor["fenghegui"].says("推送 夜间规则 给 张三")
    floor["fenghegui"].says("确认")
    passes(floor, "2026-03-02 10:06")
    floor["leader"].says("请假 张三 3月4日 到 3月5日 给 李四")
    floor["leader"].says("确认")
    passes(floor, "2026-03-05 10:06", "2026-03-05 10:16")

    moved = enrolments(floor)["zhangsan"]
    assert moved.due_at == moved.gates_at == datetime(2026, 3, 9, 18, tzinfo=SHANGHAI)
    assert moved.gates_at - timedelta(days=4) == datetime(2026, 3, 5, 18, tzinfo=SHANGHAI)


# --- versions ----------------------------------------------------------------------------------------


def test_a_new_version_takes_over_what_is_open_and_is_learned_anew_by_who_had_passed(floor: Floor) -> None:
    first = publish(floor, NIGHT)
    floor["fenghegui"].says("推送 夜间规则 给 张三、李四")
    floor["fenghegui"].says("确认")
    passes(floor, "2026-03-02 10:06")
    with floor.muster.database.writing() as session:
        found = session.get_one(Enrolment, enrolments(floor)["zhangsan"].id)
        training.complete(session, person=floor.employee("zhangsan"), enrolment=found, at=floor.clock.now())
    floor["zhangsan"].news()
    second = publish(
        floor, replace(NIGHT, note="改到九点半", questions=[QUESTION, replace(QUESTION, code="q2")])
    )

    with floor.muster.database.writing() as session:
        version = session.get_one(CourseVersion, second.id)
        counts = training.supersede(session, version=version, at=floor.clock.now())

    assert counts == (1, 1)
    now = enrolments(floor)
    assert (now["lisi"].version_id, now["lisi"].reason) == (second.id, PushReason.REGULATION)
    assert (now["zhangsan"].version_id, now["zhangsan"].reason) == (second.id, PushReason.RENEWAL)
    passes(floor, "2026-03-02 10:16")
    assert "新规：夜间规则\n改到九点半。" in floor["zhangsan"].reads()[-1]

    floor["fenghegui"].says("回执 夜间规则 第1版")
    assert floor["fenghegui"].reads()[-1] == "夜间规则（第 1 版）的回执：2 人，0 人已读。表格马上发来。"
    floor.muster.runner.run_errands()
    floor.muster.outbox.drain()
    floor["fenghegui"].sees("[file]")
    assert first.number == 1


def test_a_regulation_that_is_published_reaches_everybody_it_concerns_by_itself(floor: Floor) -> None:
    with floor.muster.database.writing() as session:
        training.publish(
            session,
            draft=replace(NIGHT, roles=["collector"]),
            actor=None,
            at=floor.clock.now(),
            policy=floor.policy,
        )
    passes(floor, "2026-03-02 10:06", "2026-03-02 10:16")

    assert floor["zhangsan"].reads()[0].startswith("新规：夜间规则")
    assert floor["zhouqi"].reads()[0].startswith("新规：夜间规则")
    floor["leader"].sees_nothing()
    passes(floor, "2026-03-02 10:26")
    floor["zhangsan"].sees_nothing()


def test_who_leaves_and_who_changes_to_another_role_need_not_learn_it_any_more(floor: Floor) -> None:
    publish(floor, replace(NIGHT, roles=["collector"]))
    floor["fenghegui"].says("推送 夜间规则 给 二组")
    floor["fenghegui"].says("确认")
    with floor.muster.database.writing() as session:
        session.get_one(Employee, floor.employee("zhouqi").id).left_at = floor.clock.now()
        for post in session.scalars(select(Post).where(Post.employee_id == floor.employee("lisi2").id)):
            post.role = Role.QA
    passes(floor, "2026-03-02 10:06")

    withdrawn = {account for account, one in enrolments(floor).items() if one.withdrawn_at is not None}
    assert withdrawn == {"zhouqi", "lisi2"}


def test_a_confirmed_threat_brings_the_course_about_it(floor: Floor) -> None:
    publish(floor, replace(TALK, code="banned_conduct", title="不许威胁", family=Family.WORDING))
    number = floor.case(owner="zhangsan")
    floor["zhangsan"].says(f"催记 {number} 我说不还就让你好看")
    floor.muster.runner.run_due()
    [text] = rows(floor.muster, WordingText)
    with floor.muster.database.writing() as session:
        done = wording.review(
            session,
            actor=floor.employee("leader"),
            id_=text.id,
            decision=wording.Decision.NEEDS_TRAINING,
            at=floor.clock.now(),
            policy=floor.policy,
        )

    assert done.lesson is not None
    mine = enrolments(floor)["zhangsan"]
    assert (mine.reason, mine.because) == (PushReason.CONDUCT, {"rule": "THREAT"})


def test_receipts_are_kept_for_five_years_and_not_a_day_less(floor: Floor) -> None:
    publish(floor, NIGHT)
    floor["fenghegui"].says("推送 夜间规则 给 张三")
    floor["fenghegui"].says("确认")
    with floor.muster.database.writing() as session:
        found = session.get_one(Enrolment, enrolments(floor)["zhangsan"].id)
        training.complete(session, person=floor.employee("zhangsan"), enrolment=found, at=floor.clock.now())

    for day, left in (
        (datetime(2031, 3, 2, 9, tzinfo=SHANGHAI), 1),
        (datetime(2031, 3, 3, tzinfo=SHANGHAI), 0),
    ):
        with floor.muster.database.writing() as session:
            training.forget_receipts(session, at=day, years=floor.policy.training.receipt_years)
        assert len(rows(floor.muster, Enrolment)) == left


def test_a_weak_figure_is_said_with_the_lesson(floor: Floor) -> None:
    version = publish(floor, TALK)
    with floor.muster.database.writing() as session:
        training.enrol(
            session,
            person=floor.employee("zhangsan"),
            version=session.get_one(CourseVersion, version.id),
            reason=PushReason.BROKEN_PROMISES,
            because={"about": "ptp_kept_rate", "actual": "12.5", "target": "10"},
            at=floor.clock.now(),
        )
    passes(floor, "2026-03-02 10:06")

    floor["zhangsan"].sees(
        "开口三句话\n最近跳票 12.5%，超过 10%，学这一课。约 1 分钟，学完答 1 题。\n[读完了]"
    )


def test_nobody_is_pushed_two_lessons_by_two_workers_at_once(floor: Floor) -> None:
    for code in ("one", "two"):
        version = publish(floor, replace(TALK, code=code, title=code))
        with floor.muster.database.writing() as session:
            training.push(
                session,
                version=session.get_one(CourseVersion, version.id),
                audience=Audience(roles=("collector",)),
                reason=PushReason.ASSIGNED,
                actor=None,
                at=floor.clock.now(),
                policy=floor.policy,
            )
    told: list[Notice | CloseCards] = []

    def work() -> None:
        with floor.muster.database.writing() as session:
            ctx = JobContext(session, floor.clock.now(), floor.calendar, floor.policy)
            told.extend(tend_training(ctx))

    workers = [Thread(target=work) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    pushed = [one.to.id for one in told if isinstance(one, Notice) and one.block == "pushes/lesson"]
    assert len(pushed) == len(set(pushed)) == 8


# --- taken up by oneself, and pushed all the same --------------------------------------------------------


def learns(floor: Floor, account: str, title: str) -> None:
    """Somebody finds a course and begins it."""
    floor[account].says(f"学 {title}")
    course = rows(floor.muster, training.Course)[-1]
    floor[account].taps(f"learn:{course.id}")
    floor[account].reads()


def test_who_begins_what_was_planned_for_them_is_pushed_it_all_the_same(floor: Floor) -> None:
    publish(floor, NIGHT)
    floor["fenghegui"].says("推送 夜间规则 给 张三、李四")
    floor["fenghegui"].says("确认")
    learns(floor, "zhangsan", "夜间规则")

    passes(floor, "2026-03-02 10:06")

    for account in ("zhangsan", "lisi"):
        assert floor[account].reads()[-1].startswith("新规：夜间规则"), account
        assert enrolments(floor)[account].gates_at == datetime(2026, 3, 5, 18, tzinfo=SHANGHAI)


def test_nobody_escapes_what_is_mandatory_by_taking_it_up_before(floor: Floor) -> None:
    publish(floor, NIGHT)
    learns(floor, "zhangsan", "夜间规则")

    floor["fenghegui"].says("推送 夜间规则 给 张三")
    floor["fenghegui"].says("确认")
    passes(floor, "2026-03-02 10:06", "2026-03-03 10:16")

    mine = enrolments(floor)["zhangsan"]
    assert (mine.reason, mine.reminded) == (PushReason.REGULATION, 1)
    assert mine.gates_at == datetime(2026, 3, 5, 18, tzinfo=SHANGHAI)
    assert "还没学完：夜间规则" in floor["zhangsan"].reads()[-1]


@pytest.mark.parametrize("before", [PushReason.OWN, PushReason.WEAK_MEASURE])
def test_what_conduct_asks_for_gates_although_it_was_learned_for_less(
    floor: Floor, before: PushReason
) -> None:
    version = publish(floor, replace(TALK, code="wording-threat", title="不许威胁", family=Family.WORDING))

    def enrol(reason: PushReason) -> None:
        with floor.muster.database.writing() as session:
            training.enrol(
                session,
                person=floor.employee("zhangsan"),
                version=session.get_one(CourseVersion, version.id),
                reason=reason,
                at=floor.clock.now(),
            )

    enrol(before)
    passes(floor, "2026-03-02 10:06")
    assert enrolments(floor)["zhangsan"].gates_at is None

    enrol(PushReason.CONDUCT)
    passes(floor, "2026-03-03 10:06")

    [mine] = rows(floor.muster, Enrolment)
    assert mine.gates_at == datetime(2026, 3, 6, 18, tzinfo=SHANGHAI)
    floor["zhangsan"].reads()


def test_each_leader_hears_of_a_lock_once_also_when_the_list_is_late(floor: Floor) -> None:
    publish(floor, NIGHT)
    floor["fenghegui"].says("推送 夜间规则 给 张三")
    floor["fenghegui"].says("确认")
    passes(floor, "2026-03-02 10:06", "2026-03-06 09:36")
    floor["leader"].reads()

    floor.clock.at("2026-03-06 11:36")
    floor.clock.passes_to("2026-03-06 11:36")

    assert [card.split("\n")[1] for card in floor["leader"].reads() if card.startswith("1 人不分新案件")] == [
        "· 张三：「夜间规则」没学完，手上 0 件"
    ]


def test_what_is_confirmed_is_the_version_of_that_moment_and_a_course_given_up_is_pushed_to_nobody(
    floor: Floor,
) -> None:
    publish(floor, TALK)
    leader, officer = floor["leader"], floor["fenghegui"]
    leader.says("推送 开口三句话 给 张三")
    second = publish(floor, replace(TALK, note="改了一句", lessons=[LessonDraft("开口", "先问好。", HERE)]))
    leader.says("确认")
    leader.reads()
    assert enrolments(floor)["zhangsan"].version_id == second.id

    leader.says("推送 开口三句话 给 李四")
    officer.says("停用课程 开口三句话")
    officer.says("确认")
    leader.reads()
    leader.says("确认")
    assert "这门课已经停用了。" in leader.reads()[-1]
    leader.says("推送 开口三句话 给 李四")
    assert "这门课已经停用了。" in leader.reads()[-1]
    assert "lisi" not in enrolments(floor)


def test_who_is_hired_back_gets_what_was_left_undone(floor: Floor) -> None:
    publish(floor, replace(TALK, code="process-first", family=Family.PROCESS))
    now = floor.clock.now()

    def planned() -> int:
        with floor.muster.database.writing() as session:
            training.let_go(session, at=now)
            return training.plan_newcomers(session, at=now)

    def changes(**values: object) -> None:
        with floor.muster.database.writing() as session:
            person = session.get_one(Employee, floor_id)
            for name, value in values.items():
                setattr(person, name, value)

    floor_id = floor.employee("zhangsan").id
    changes(hired_on=now.date())
    assert (planned(), planned()) == (1, 0)

    changes(left_at=now)
    assert planned() == 0
    changes(left_at=None)
    assert (planned(), planned()) == (1, 0)
