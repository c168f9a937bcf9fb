"""人才档案 and 岗位匹配, as HR, interviewers and the hiring department read them."""

import io
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from bot.app import Muster
from bot.miniapp import Tokens
from models import messaging, recruiting, staff
from models.errors import NotPermitted
from models.messaging import OutboundMessage
from models.recruiting import RemarkReading
from models.staff import Role
from tests.chat.applicants import Office
from tests.simulator import Messenger, TestClock, rows

PICTURE = "[image]"
NONE_OF_YOURS = "「林小雨」：没有这个候选人，或者不在你的范围里。发「候选人」看你范围里的人。"


def newest_picture(muster: Muster) -> bytes:
    """The bytes of the picture that was sent last."""
    [*_, message] = rows(muster, OutboundMessage)
    with muster.database.reading() as session:
        content = messaging.kept_content(session, message.payload["image"]["media_id"]["attachment"])
    assert content is not None
    return content


@pytest.fixture
def office(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Office:
    """The branch that hires."""
    return Office(muster, client, messenger, clock)


@pytest.fixture
def rain(office: Office) -> int:
    """Somebody who did the AI interview."""
    application = office.applies("林小雨")
    office.told(
        office.result(
            "e1", application, score=80, dimensions={"沟通表达": 82, "抗压能力": 55.5, "逻辑思维": 74}
        )
    )
    return application


def test_everything_is_on_one_sheet_with_a_radar(office: Office, rain: int, muster: Muster) -> None:
    north = office.member("north")

    north.says("人才档案 林小雨")

    north.sees(
        "林小雨（编号 1）城北分公司 催收员\n"
        "现在：初试，还没安排\n"
        "推荐分 96 = 基础分 80 × 1.20（做了 AI 面试）\n"
        "沟通表达：AI 82（要求 70）\n"
        "抗压能力：AI 55.5（要求 70，差 14.5）\n"
        "逻辑思维：AI 74（要求 60）\n"
        "匹配 93%：3 项里 2 项达到要求，差距最大的是抗压能力（差 14.5）\n"
        "AI 报告：https://interview.example/report/1\n"
        "材料：没有\n"
        "背调：这个岗位的流程里没有\n"
        "备注：没有\n"
        "雷达图马上发来。",
    )
    office.hours_pass(0.02)
    north.sees(PICTURE)
    drawn = Image.open(io.BytesIO(newest_picture(muster)))
    assert drawn.width == 900


def test_what_interviewers_noted_stands_beside_the_ai(office: Office, rain: int) -> None:
    office.acts(
        "north",
        recruiting.schedule,
        application_id=rain,
        starts_at=office.now + timedelta(hours=1),
        interviewer=office.employee("asker"),
    )
    office.acts(
        "asker",
        recruiting.fill_sheet,
        application_id=rain,
        scores={"沟通表达": 80, "抗压能力": 72, "逻辑思维": 60},
        words="思路清楚",
    )
    asker = office.member("asker")

    asker.says("人才档案 林小雨")

    [told] = asker.reads()
    assert "现在：初试，有结果，等人定" in told
    assert "沟通表达：AI 82，面试官 80（要求 70）\n抗压能力：AI 55.5，面试官 72（要求 70）" in told
    assert "初试 面试官打分：沟通表达 80、抗压能力 72、逻辑思维 60；评语：思路清楚" in told
    assert "材料" not in told


def test_a_remark_is_never_without_the_other_side_and_who_read_it_is_kept(office: Office) -> None:
    rain = office.applies("林小雨")
    office.misses(rain)
    north = office.member("north")

    north.says("人才档案 林小雨")

    [told] = north.reads()
    assert "推荐分：还没有分数" in told
    assert "备注：\n3月2日 周一 缺席，没有说明原因\n　本人说：还没有说明" in told

    [remark] = office.asks(rain, recruiting.own_remarks)
    office.asks(rain, recruiting.explain_remark, remark_id=remark.remark.id, words="地铁停运了")
    north.says("人才档案 林小雨")

    [told] = north.reads()
    assert "　本人说：地铁停运了" in told
    with office.muster.database.reading() as session:
        readers = session.scalars(select(RemarkReading.reader_id)).all()
    assert set(readers) == {office.employee("north").id}


def test_the_score_says_why_an_absence_costs_nothing(office: Office) -> None:
    rain = office.applies("林小雨")
    with office.writing() as session:
        process = recruiting.process_of(session, rain, policy=office.policy)
        process.row.screen_score, process.row.hits = 90.0, ["催收"]
    office.misses(rain)
    north = office.member("north")

    north.says("人才档案 林小雨")
    [told] = north.reads()
    assert "推荐分 76.5 = 基础分 90 × 0.85（AI 面试缺席）" in told

    with office.writing() as session:
        stage = recruiting.process_of(session, rain, policy=office.policy).stages[0]
        recruiting.notice_failed(session, stage=stage, at=office.now, policy=office.policy)
    north.says("人才档案 林小雨")
    [told] = north.reads()
    assert "推荐分 90 = 基础分 90 × 1.00（缺席，通知没送到，不扣）" in told
    assert "缺席，没有说明原因（不是本人的原因）" in told


def test_the_hiring_department_reads_and_cannot_touch_the_background_check(office: Office, rain: int) -> None:
    with office.writing() as session:
        there = staff.find_unit(session, "城北分公司")
        assert there is not None
        staff.add_employee(
            session, wecom_id="needs", name="用人经理", role=Role.HIRING_DEPARTMENT, unit=there
        )
        [_, first, *_] = recruiting.process_of(session, rain, policy=office.policy).stages
        first.kind, first.name = "background", "背景调查"
    needs = office.member("needs")

    needs.says("人才档案 林小雨")

    [told] = needs.reads()
    assert "AI 报告：https://interview.example/report/1" in told
    assert "背调：还没开始（由人事填写，你可以看，不能改）" in told
    with office.writing() as session:
        actor = staff.find_employee(session, "needs", at=office.now)
        assert actor is not None
        with pytest.raises(NotPermitted):
            recruiting.decide_stage(
                session,
                actor=actor,
                application_id=rain,
                passed=True,
                reason="熟人",
                at=office.now,
                policy=office.muster.policy,
            )


def test_who_is_elsewhere_sees_nobody(office: Office, rain: int) -> None:
    east = office.member("east")

    east.says("人才档案 林小雨")
    east.sees(NONE_OF_YOURS)
    east.says("岗位匹配 林小雨")
    east.sees(NONE_OF_YOURS)


def test_the_fit_names_what_is_met_and_what_is_lacking(office: Office, rain: int) -> None:
    with office.writing() as session:
        process = recruiting.process_of(session, rain, policy=office.policy)
        process.row.screen_score, process.row.hits = 60.0, [process.version.keywords[0].words[0]]
        named = process.version.keywords[0].words[0]
        lacking = "、".join(one.words[0] for one in process.version.keywords[1:])
    north = office.member("north")

    north.says("岗位匹配 林小雨")

    north.sees(
        "林小雨和城北分公司 催收员\n"
        "匹配 93%：3 项里 2 项达到要求，差距最大的是抗压能力（差 14.5）\n"
        f"简历提到：{named}；没提到：{lacking}\n"
        "沟通表达：AI 82（要求 70）\n"
        "抗压能力：AI 55.5（要求 70，差 14.5）\n"
        "逻辑思维：AI 74（要求 60）\n"
        "只供参考，录不录取由人来定。"
    )


def test_of_several_applications_the_one_that_is_named_is_shown(office: Office, rain: int) -> None:
    office.applies_too(rain, "客服")
    north = office.member("north")

    north.says("人才档案 林小雨")
    [told] = north.reads()
    assert told.startswith("林小雨（编号 1）城北分公司 客服\n")
    assert "还应聘：城北分公司 催收员；看那一份发「人才档案 林小雨 城北分公司 催收员」" in told

    north.says("人才档案 林小雨 催收员")
    [told] = north.reads()
    assert told.startswith("林小雨（编号 1）城北分公司 催收员\n")

    north.says("人才档案 林小雨 司机")
    north.sees("林小雨在你的范围里没有这样的应聘。发「候选人 林小雨」看应聘了哪里。")


def test_the_api_gives_the_same(office: Office, rain: int, client: FlaskClient, muster: Muster) -> None:
    headers = {"Authorization": f"Bearer {Tokens(muster).issue('north')}"}

    told = client.post("/api/v1/candidates/1/talent-file", json={}, headers=headers).get_json()["result"]
    fit = client.get("/api/v1/candidates/1/fit", headers=headers).get_json()["result"]

    assert (told["file"]["adjusted_score"], told["file"]["why"]) == (96, "done")
    assert told["file"]["dimensions"] == fit["dimensions"]
    assert fit["fit_percent"] == 93
    office.hours_pass(0.02)
    office.member("north").sees(PICTURE)
