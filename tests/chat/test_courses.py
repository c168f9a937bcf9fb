"""课程, 学 and 我的课程 as people ask, and the page on which a course is read."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import staff, training
from models.training import (
    Certificate,
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
from tests.models.test_lessons import assert_harmless, picture
from tests.simulator import Member, TestClock, rows

HERE = Where("x")
QUESTION = QuestionDraft(
    "q1", QuestionKind.JUDGE, "晚上十点可以打。", ["对", "错"], [1], "不可以。", "国标", HERE
)
QUIET = CourseDraft(
    "quiet_hours",
    "什么时候可以联系",
    Family.LAW,
    HERE,
    compliance=True,
    lessons=[
        LessonDraft("晚上十点以后", "**22:00–8:00** 不联系。\n\n![时间](clock.png)", HERE),
        LessonDraft("客户同意的时段", "同意的\n\n- 要留记录\n- 180 天有效", HERE),
    ],
    questions=[QUESTION],
    pictures={"clock.png": picture()},
)
TALK = replace(
    QUIET,
    code="opening",
    title="开场白怎么说",
    family=Family.SKILLS,
    compliance=False,
    roles=["collector"],
    lessons=QUIET.lessons[1:],
    pictures={},
)


@pytest.fixture
def courses(muster: Muster) -> None:
    """Two courses."""
    publish(muster, QUIET)
    publish(muster, TALK)


def publish(muster: Muster, draft: CourseDraft) -> int:
    """A version of a course, and its id."""
    with muster.database.writing() as session:
        done = training.publish(session, draft=draft, actor=None, at=muster.clock.now(), policy=muster.policy)
        return done.version.id


def given_to(muster: Muster, account: str, version_id: int, **values: Any) -> int:
    """An enrolment of somebody, and its id."""
    with muster.database.writing() as session:
        person = staff.find_known(session, account)
        assert person is not None
        version = session.get_one(CourseVersion, version_id)
        enrolment, _ = training.enrol(
            session, person=person, version=version, reason=PushReason.REGULATION, at=muster.clock.now()
        )
        for name, value in values.items():
            setattr(enrolment, name, value)
        return enrolment.id


def test_the_catalogue_is_told_with_what_there_is(alice: Member, courses: None) -> None:
    alice.says("有什么课？")

    alice.sees(
        "课程（2 门）\n"
        "· 开场白怎么说（技巧）\n"
        "· 什么时候可以联系（法律，必修）\n"
        "看一门：发「学 开场白怎么说」。\n"
        "只看一类：发「课程 法律」，还有技巧。"
    )


@pytest.mark.parametrize("said", ["课程 法律", "课程 法律知识", "学法律", "我想学法律", "法律的课"])
def test_a_family_is_asked_for(alice: Member, courses: None, said: str) -> None:
    alice.says(said)

    alice.sees("法律（1 门）\n· 什么时候可以联系（法律，必修）\n看一门：发「学 什么时候可以联系」。")


@pytest.mark.parametrize(
    "said",
    ["学 开场白", "课程 开场白怎么说", "学 opening", "学开场白", "想学开场白", "催收技巧里开场白的课"][:5],
)
def test_a_course_is_looked_at_taken_up_and_read_in_the_chat(
    alice: Member, courses: None, muster: Muster, said: str
) -> None:
    alice.says(said)
    alice.sees(
        "开场白怎么说\n技巧，第 1 版，3月2日 周一 发布\n[开始学]",
    )
    alice.taps_card("learn:2")
    button, answer = alice.reads()
    assert answer == "开场白怎么说\n已加到你的课程，没有期限，什么时候学都行。\n[在聊天里看]"
    assert button == "(按钮:已开始)"
    [enrolment] = rows(muster, Enrolment)
    assert (enrolment.reason, enrolment.due_at, enrolment.gates_at) == (PushReason.OWN, None, None)
    alice.taps_card(f"lesson:{enrolment.id}.0")
    alice.sees(
        "【客户同意的时段】\n同意的\n· 要留记录\n· 180 天有效",
        "全部看完了？\n客户同意的时段\n[读完了]",
    )
    alice.taps_card(f"course_read:{enrolment.id}")
    alice.sees(
        "(按钮:已读完)",
        "已记下你读完了「开场白怎么说」。发「考试」开始，抽 1 题，80 分算过。",
        "趁热考一下？\n也可以晚点再考，发「考试」就行。\n[开始考试]",
    )
    [enrolment] = rows(muster, Enrolment)
    assert enrolment.read_at == muster.clock.now()


def test_who_begins_twice_has_it_once(alice: Member, courses: None, muster: Muster) -> None:
    alice.says("学 开场白")
    alice.reads()
    alice.taps_card("learn:2")
    alice.reads()
    alice.taps("learn:2")

    assert "这门课在你的学习单上。" in alice.reads()[0]
    assert len(rows(muster, Enrolment)) == 1


def test_an_unknown_course_is_answered_with_those_like_it(alice: Member, courses: None) -> None:
    alice.says("学 开场")
    alice.reads()
    alice.says("学 联系时段")
    alice.says("学 留记录")
    alice.says("学 量子力学")

    alice.sees(
        "你说的「联系时段」是哪一门？发「学」加名字：\n· 什么时候可以联系",
        "你说的「留记录」是哪一门？发「学」加名字：\n· 开场白怎么说\n· 什么时候可以联系",
        "没有「量子力学」这门课。发「课程」看有哪些。",
    )


def test_several_courses_of_a_name_are_named(alice: Member, courses: None, muster: Muster) -> None:
    publish(muster, replace(TALK, code="opening_2", title="开场白再说"))

    alice.says("学 开场白")

    alice.sees("你说的「开场白」是哪一门？发「学」加名字：\n· 开场白怎么说\n· 开场白再说")


def test_a_long_catalogue_has_pages(alice: Member, muster: Muster) -> None:
    for number in range(10):
        publish(muster, replace(TALK, code=f"c{number}", title=f"第{number}课"))

    alice.says("课程 2")

    [told] = alice.reads()
    assert told.startswith("课程（第 2/2 页，共 10 门）\n· 第8课（技巧）\n· 第9课（技巧）\n")


def test_what_is_to_be_learned_stands_first_and_what_is_for_others_last(
    alice: Member, courses: None, muster: Muster
) -> None:
    publish(muster, replace(TALK, code="a_leading", title="带队", roles=["team_leader"]))
    given_to(muster, "AliceLi", 1)

    alice.says("课程")

    [told] = alice.reads()
    assert re.findall("· (.*)", told) == [
        "什么时候可以联系（法律，必修）·要学",
        "开场白怎么说（技巧）",
        "带队（技巧）·不是你的岗位",
    ]


def test_without_courses_that_is_said(alice: Member) -> None:
    alice.says("课程")
    alice.says("我的课程")

    alice.sees("现在没有课程。", "现在没有要学的。想学点什么，发「课程」。")


@pytest.mark.parametrize("said", ["我的课程", "我的培训", "我要学什么", "还有什么课没学"])
def test_own_courses_are_one_step_away_with_the_nearest_deadline_first(
    alice: Member, courses: None, muster: Muster, clock: TestClock, said: str
) -> None:
    given_to(muster, "AliceLi", 2)
    given_to(muster, "AliceLi", 1, due_at=clock.now() + timedelta(days=2), read_at=clock.now())

    alice.says(said)

    alice.sees(
        "要学的（2 门）：\n"
        "1. 什么时候可以联系（新规），3月4日 周三 08:30 前，读完了，差考试\n"
        "2. 开场白怎么说（新规），没有期限\n"
        "打开一门：发「学 什么时候可以联系」。"
    )


def test_what_is_done_and_certificates_are_told(
    alice: Member, courses: None, muster: Muster, clock: TestClock
) -> None:
    enrolment = given_to(muster, "AliceLi", 1, completed_at=clock.now())
    with muster.database.writing() as session:
        person = session.get_one(Enrolment, enrolment).employee_id
        session.add(
            Certificate(
                employee_id=person,
                course_id=1,
                version_id=1,
                licence=False,
                granted_at=clock.now(),
                expires_at=clock.now() + timedelta(days=365),
            )
        )

    alice.taps("my_courses")

    alice.sees(
        "现在没有要学的。想学点什么，发「课程」。\n"
        "学完的（1 门）：\n· 什么时候可以联系，3月2日 周一\n"
        "证书：\n· 什么时候可以联系，到 2027年3月2日 周二"
    )


def test_a_regulation_without_questions_is_done_when_it_is_read(
    alice: Member, muster: Muster, clock: TestClock
) -> None:
    version = publish(
        muster, replace(QUIET, kind=CourseKind.REGULATION, questions=[], code="news", compliance=False)
    )
    enrolment = given_to(muster, "AliceLi", version)

    alice.taps(f"course_read:{enrolment}")
    clock.at("08:31")
    alice.taps(f"course_read:{enrolment}")

    alice.sees("「什么时候可以联系」学完了。", "「什么时候可以联系」学完了。")
    [one] = rows(muster, Enrolment)
    assert one.completed_at == clock.now() - timedelta(minutes=1)


def test_nobody_reads_with_the_number_of_somebody_else(
    alice: Member, leader: Member, courses: None, muster: Muster
) -> None:
    enrolment = given_to(muster, "leader", 1)

    alice.taps(f"lesson:{enrolment}.0")
    alice.taps(f"course_read:{enrolment}")
    alice.taps("lesson:99")
    alice.taps("course_read:x")

    alice.sees(*["这一课不在你的学习单上了。发「我的课程」看现在要学什么。"] * 4)
    assert rows(muster, Enrolment)[0].read_at is None


# --- the page --------------------------------------------------------------------------------------------


def logs_in(client: FlaskClient, account: str) -> None:
    """As the silent login leaves it."""
    with client.session_transaction() as session:
        session["who"] = account
        session["fresh"] = True


@pytest.fixture
def browser(app: Any) -> FlaskClient:
    """A browser of its own."""
    return app.test_client()  # type: ignore[no-any-return]


def test_the_page_shows_the_lessons_and_takes_the_receipt(
    alice: Member, courses: None, muster: Muster, browser: FlaskClient
) -> None:
    enrolment = given_to(muster, "AliceLi", 1)
    logs_in(browser, "AliceLi")

    shown = browser.get(f"/app/courses/{enrolment}")

    html = shown.get_data(as_text=True)
    assert shown.status_code == 200
    assert "script-src 'self' 'nonce-" in shown.headers["Content-Security-Policy"]
    assert html.count('<article class="lesson"') == 2
    [source] = re.findall(r'<img src="(/app/lesson-pictures/[0-9a-f]{64})"', html)
    for article in re.findall(r"</h2>(.*?)<nav>", html, re.DOTALL):
        assert_harmless(article)
    token = re.search(r'data-token="([^"]+)"', html)
    assert token is not None
    took = browser.post(
        f"/api/v1/enrolments/{enrolment}/receipt",
        json={},
        headers={"Authorization": f"Bearer {token[1]}"},
    )
    assert took.get_json()["message"].startswith("已记下你读完了「什么时候可以联系」。")
    assert rows(muster, Enrolment)[0].read_at == muster.clock.now()

    seen = browser.get(source)
    assert (seen.status_code, seen.mimetype, seen.data) == (200, "image/png", picture())
    assert seen.headers["Cache-Control"] == "private, max-age=2592000, immutable"
    assert seen.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_pictures_and_pages_are_for_who_is_logged_in_and_employed(
    alice: Member, leader: Member, courses: None, muster: Muster, browser: FlaskClient
) -> None:
    enrolment = given_to(muster, "AliceLi", 1)
    [source] = rows(muster, training.LessonPicture)
    address = f"/app/lesson-pictures/{source.sha256}"

    assert browser.get(address).status_code == 404
    assert browser.get(f"/app/courses/{enrolment}").status_code == 302
    logs_in(browser, "nobody")
    assert browser.get(address).status_code == 404
    logs_in(browser, "leader")
    assert browser.get(f"/app/courses/{enrolment}").status_code == 403
    assert browser.get(address).status_code == 200
    assert browser.get(f"{address[:-1]}g").status_code == 404
    assert browser.get("/app/lesson-pictures/..%2f..%2fetc%2fpasswd").status_code == 404


def test_by_the_api_courses_are_listed_and_taken_up(
    alice: Member, courses: None, muster: Muster, browser: FlaskClient
) -> None:
    logs_in(browser, "AliceLi")

    listed = browser.get("/api/v1/courses").get_json()["result"]["courses"]
    begun = browser.post("/api/v1/courses/opening/enrolment", json={}).get_json()["result"]
    mine = browser.get("/api/v1/courses/mine").get_json()["result"]

    assert [(one["code"], one["family"], one["done"]) for one in listed] == [
        ("opening", "skills", False),
        ("quiet_hours", "law", False),
    ]
    assert begun == {"enrolment": 1, "version": 1, "is_new": True}
    assert [(one["title"], one["reason"]) for one in mine["open"]] == [("开场白怎么说", "own")]
    assert browser.post("/api/v1/courses/nothing/enrolment", json={}).status_code == 404


def test_the_name_of_an_erased_person_stands_in_no_course(muster: Muster, alice: Member) -> None:
    question = replace(QUESTION, stem="李爱丽可以打吗？", options=["李爱丽", "别人"])
    told = LessonDraft("李爱丽的做法", "李爱丽先报姓名。", HERE)
    publish(muster, replace(TALK, note="李爱丽写的", lessons=[told], questions=[question]))
    with muster.database.writing() as session:
        person = staff.find_known(session, "AliceLi")
        assert person is not None
        person.left_at = muster.clock.now()
        staff.end_posts(session, employee=person, at=muster.clock.now())

    with muster.database.writing() as session:
        person = staff.find_known(session, "AliceLi")
        assert person is not None
        staff.erase_person(session, person=person, actor=None, at=muster.clock.now(), policy=muster.policy)

    with muster.database.reading() as session:
        [(_, version)] = training.all_courses(session)
        [lesson] = training.lessons_of(session, version.id)
        [asked] = training.questions_of(session, version.id)
    assert (lesson.title, lesson.markdown) == ("已删除的做法", "已删除先报姓名。")
    assert (asked.stem, asked.options, version.note) == ("已删除可以打吗？", ["已删除", "别人"], "已删除写的")


def test_what_is_to_be_handed_in_makes_no_button(alice: Member, muster: Muster) -> None:
    publish(muster, replace(TALK, homework="写\n[点我](undo:1)\n一页"))

    alice.says("学 开场白")

    [card] = alice.reads()
    assert card.endswith("\n[开始学]"), card
