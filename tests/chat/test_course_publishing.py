"""发新规 and 发课程 in one message, 停用课程 and 课程版本: content within the day, every version kept."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import Muster
from models import training
from models.audit import AuditEvent
from models.staff import Role
from models.training import Course, CourseKind, CourseVersion, Question
from tests.chat.test_courses import TALK, logs_in, publish
from tests.models.test_lessons import picture
from tests.simulator import Given, Member, Messenger, TestClock, rows

MESSAGE = """发新规
夜间联系新规
类别：法律
角色：催收员、外勤
说明：按国标改

**22 点到次日 8 点**不打电话、不发消息。
- 客户同意的时段除外

题：22:30 可以打吗？
A. 可以
B. 不可以
答案：B
解析：22 点以后不联系。
出处：国标 6.2
第2题：哪些时候不联系？
A、22:30 B、7:30 C、12:00
正确答案：AB
解析：22 点到 8 点之间。
题3：客户同意的时段除外。
答案：对
解析：同意要留记录。"""


@pytest.fixture
def officer(client: FlaskClient, messenger: Messenger, clock: TestClock, given: Given) -> Iterator[Member]:
    """Somebody of compliance."""
    given.employee("officer", "周合规", role=Role.COMPLIANCE)
    member = Member("officer", client, messenger, clock)
    yield member
    assert not member.news()


def test_a_regulation_is_published_within_one_message(officer: Member, muster: Muster) -> None:
    officer.says(MESSAGE)
    officer.sees(
        "发布「夜间联系新规」？\n这是一门新课。确认后就推给相关的人。\n[确认][取消]",
    )
    assert not rows(muster, Course)

    officer.says("确认")

    officer.sees("已发布「夜间联系新规」第 1 版。上班时间推给相关的人，谁读了发「回执 夜间联系新规」。")
    [course], [version] = rows(muster, Course), rows(muster, CourseVersion)
    assert (course.code, course.kind) == ("夜间联系新规", CourseKind.REGULATION)
    assert (version.title, version.family, version.roles, version.note, version.compliance) == (
        "夜间联系新规",
        "law",
        ["collector", "field_rep"],
        "按国标改",
        True,
    )
    assert (version.draws, version.pass_mark) == (3, 90)
    assert [(one.code, one.kind, one.options, one.answer, one.source) for one in rows(muster, Question)] == [
        ("q1", "single", ["可以", "不可以"], [1], "国标 6.2"),
        ("q2", "multiple", ["22:30", "7:30", "12:00"], [0, 1], "夜间联系新规"),
        ("q3", "judge", ["对", "错"], [0], "夜间联系新规"),
    ]
    with muster.database.reading() as session:
        [lesson] = training.lessons_of(session, version.id)
    assert lesson.markdown == "**22 点到次日 8 点**不打电话、不发消息。\n- 客户同意的时段除外"
    assert any(one.action == "training.publish" for one in rows(muster, AuditEvent))


def test_everything_wrong_is_named_with_its_line(officer: Member, muster: Muster) -> None:
    wrong = (
        MESSAGE.replace("类别：法律", "类别：天文")
        .replace("催收员、外勤", "国王")
        .replace("- 客户", "<b>客户</b> [看](http://x)")
        .replace("答案：B", "答案：C")
        .replace("答案：对", "答案：也许")
        .replace("解析：22 点到 8 点之间。\n", "")
    )

    officer.says(wrong)

    officer.sees(
        "有 8 处不对，没有发布：\n"
        "第 3 行：类别「天文」看不懂，写法律、规则、流程、技巧、投诉、话术或产品\n"
        "第 4 行：角色「国王」看不懂，写角色的名字，如催收员\n"
        "第 8 行：不能用 HTML「<b>」，用 Markdown 写；要写出这些符号，前面加反斜杠\n"
        "第 8 行：不能用 HTML「</b>」，用 Markdown 写；要写出这些符号，前面加反斜杠\n"
        "第 8 行：不能放链接或别处的图「http://x」，网址写成文字，图放在同一个文件夹\n"
        "第 10 行：答案不在选项里（有 2 个选项）\n"
        "第 16 行：缺少解析，补上\n"
        "第 19 行：答案「也许」看不懂，写 B、AC、对或错\n"
        "改好再发一遍。"
    )
    assert not rows(muster, Course)


def test_without_a_text_it_is_said_how(officer: Member) -> None:
    officer.says("发课程")

    [told] = officer.reads()
    assert told.startswith("把整门课写在一条消息里发给我：\n发课程 夜间联系新规\n")


def test_who_may_not_publish_is_refused(alice: Member, muster: Muster) -> None:
    alice.says(MESSAGE)

    [told] = alice.reads()
    assert "发布" not in told
    assert not rows(muster, Course)


def test_a_course_without_questions_is_refused_and_a_regulation_is_not(officer: Member) -> None:
    officer.says("发课程 早会\n每天九点开会。")
    officer.sees(
        "有 1 处不对，没有发布：\n第 1 行：没有题目也没有作业，每门课最后要有一个检查\n改好再发一遍。"
    )

    officer.says("发新规 早会\n每天九点开会。")
    officer.sees("发布「早会」？\n这是一门新课。确认后就推给相关的人。\n[确认][取消]")


def test_the_same_again_is_no_version_and_a_change_is_one(
    officer: Member, muster: Muster, clock: TestClock
) -> None:
    officer.says(MESSAGE)
    officer.says("确认")
    officer.reads()

    officer.says(MESSAGE)
    officer.sees("和现在的第 1 版一模一样，不用再发。")
    clock.at("09:00")
    officer.says(
        MESSAGE.replace("22:30 可以打吗？", "23:30 可以打吗？")
        .replace("不发消息", "也不发消息")
        .replace("按国标改", "题改了")
    )
    officer.sees("发布「夜间联系新规」？\n这是第 2 版，会替换第 1 版。确认后就推给相关的人。\n[确认][取消]")
    officer.says("确认")
    officer.sees("已发布「夜间联系新规」第 2 版。上班时间推给相关的人，谁读了发「回执 夜间联系新规」。")

    newest = rows(muster, CourseVersion)[-1]
    with muster.database.reading() as session:
        codes = {one.stem: one.code for one in training.questions_of(session, newest.id)}
    assert codes["23:30 可以打吗？"] not in ("q1", "q2", "q3"), "another question has another code"
    assert codes["客户同意的时段除外。"] == "q3"
    officer.says("课程版本 夜间联系")
    officer.sees(
        "「夜间联系新规」有 2 版：\n"
        "第 2 版，2026年3月2日 周一 09:00，周合规：课文、题目（题改了）\n"
        "第 1 版，2026年3月2日 周一 08:30，周合规（按国标改）"
    )


def test_a_course_is_given_up_and_comes_back(officer: Member, alice: Member, muster: Muster) -> None:
    publish(muster, TALK)

    officer.says("停用课程 开场白")
    officer.sees("停用「开场白怎么说」？\n不再给任何人；学过的记录、证书和各个版本都留着。\n[确认][取消]")
    officer.says("确认")
    officer.sees("已停用「开场白怎么说」，学过的记录都在。停错了发「撤销」。")
    alice.says("课程")
    alice.sees("现在没有课程。")
    officer.says("停用课程 开场白")
    officer.sees("这门课已经停用了。")
    officer.says("撤销")
    officer.sees("「开场白怎么说」又可以学了。")
    alice.says("课程")
    assert "开场白怎么说" in alice.reads()[0]


def test_a_course_nobody_knows_is_not_given_up(officer: Member, muster: Muster) -> None:
    publish(muster, TALK)

    officer.says("停用课程 开场怎么说")
    officer.says("课程版本 量子")

    officer.sees(
        "你说的「开场怎么说」是哪一门？发「学」加名字：\n· 开场白怎么说",
        "没有「量子」这门课。发「课程」看有哪些。",
    )


def test_what_the_product_brings_never_takes_the_place_of_their_own(muster: Muster) -> None:
    def bring(title: str) -> training.Published:
        with muster.database.writing() as session:
            return training.publish(
                session,
                draft=replace(TALK, title=title),
                actor=None,
                at=muster.clock.now(),
                policy=muster.policy,
                delivered=True,
            )

    assert bring("一").is_new
    assert bring("二").version.number == 2
    publish(muster, replace(TALK, title="自己的"))
    kept = bring("三")
    assert (kept.is_new, kept.version.title) == (False, "自己的")


# --- by the API ------------------------------------------------------------------------------------------


def request(**changed: Any) -> dict[str, Any]:
    """A course as the API takes it."""
    return {
        "code": "talk",
        "title": "开场白",
        "family": "skills",
        "lessons": [{"title": "一", "markdown": "字\n\n![图](a.png)"}],
        "questions": [
            {
                "code": "q1",
                "kind": "judge",
                "stem": "对吗",
                "answer": "对",
                "explanation": "对",
                "source": "书",
            }
        ],
        "pictures": {"a.png": base64.b64encode(picture()).decode()},
        **changed,
    }


def test_by_the_api_a_course_is_published(officer: Member, muster: Muster, app: Any) -> None:
    browser = app.test_client()
    logs_in(browser, "officer")

    done = browser.post("/api/v1/courses", json=request())
    refused = browser.post(
        "/api/v1/courses",
        json=request(pictures={"a.png": "%%"}, lessons=[{"title": "一", "markdown": "字\n<b>"}]),
    )
    told = browser.get("/api/v1/courses/talk/versions").get_json()["result"]["versions"]

    assert (done.status_code, done.get_json()["result"]) == (
        201,
        {"course": "talk", "version": 1, "id": 1, "is_new": True},
    )
    assert refused.status_code == 409
    assert refused.get_json()["error"]["message"] == (
        "有 2 处不对，没有发布：\na.png：图坏了或没传完，换一份\n"
        "lessons 1 第 2 行：不能用 HTML「<b>」，用 Markdown 写；要写出这些符号，前面加反斜杠\n改好再发一遍。"
    )
    assert [(one["number"], one["published_by"]) for one in told] == [(1, "officer")]
    assert browser.post("/api/v1/courses", json=request(family="x")).status_code == 422


def test_by_the_api_who_may_not_publish_is_refused(alice: Member, muster: Muster, app: Any) -> None:
    browser = app.test_client()
    logs_in(browser, "AliceLi")

    assert browser.post("/api/v1/courses", json=request()).status_code == 403
    assert not rows(muster, Course)


def test_a_regulation_reaches_who_it_concerns_on_the_same_day(
    officer: Member, alice: Member, muster: Muster, clock: TestClock
) -> None:
    officer.says(MESSAGE)
    officer.says("确认")
    officer.reads()

    for moment in ("09:00", "09:40", "09:50"):
        clock.passes_to(moment)

    told = alice.reads()
    assert any("夜间联系新规" in one for one in told), told
    officer.reads()
