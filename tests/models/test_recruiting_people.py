"""Hiring as operations: sheets of interviewers, cuts with ties, the need, and how applications end."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import Muster
from models import recruiting, staff
from models.candidates import Application
from models.recruiting import RequestKind, StageStatus, Tag
from tests.models.desk import refused
from tests.models.hiring import Branch
from tests.simulator import TestClock

ALL = {"沟通表达": 80, "抗压能力": 60, "逻辑思维": 100}


@pytest.fixture
def branch(muster: Muster, clock: TestClock) -> Branch:
    """Two branches that hire."""
    return Branch(muster, clock)


def invited(branch: Branch, interviewer: str = "asker") -> int:
    """Somebody who passed the AI interview and is to be talked to by an interviewer."""
    rain = branch.applies("林小雨")
    branch.scores(rain, 80)
    branch.acts(
        "north",
        recruiting.schedule,
        application_id=rain,
        starts_at=branch.now + timedelta(hours=2),
        interviewer=branch.employee(interviewer),
    )
    return rain


def test_a_sheet_has_the_dimensions_of_the_job_and_a_human_decides(branch: Branch) -> None:
    rain = invited(branch)

    branch.acts("asker", recruiting.fill_sheet, application_id=rain, scores=ALL, words="思路清楚")

    stage = branch.stage(rain, "first_interview")
    assert (stage.status, stage.score) == (StageStatus.COMPLETED, 78)
    assert branch.process(rain).row.current == "first_interview"
    with branch.writing() as session:
        process = recruiting.process_of(session, rain, policy=branch.policy)
        [sheet] = recruiting.sheets_of(session, process, process.stage("first_interview"))
        assert (sheet.interviewer.name, sheet.words) == ("面试官", "思路清楚")
    branch.acts("north", recruiting.decide_stage, application_id=rain, passed=True, reason="")
    assert branch.process(rain).row.current == "second_interview"


@pytest.mark.parametrize(
    ("scores", "facts"),
    [
        ({**ALL, "颜值": 90}, {"missing": [], "unknown": ["颜值"]}),
        ({"沟通表达": 80, "抗压能力": 60}, {"missing": ["逻辑思维"], "unknown": []}),
        ({**ALL, "抗压能力": 101}, {"missing": ["抗压能力"], "unknown": []}),
    ],
)
def test_a_sheet_is_whole_or_is_none(branch: Branch, scores: dict[str, float], facts: dict[str, Any]) -> None:
    rain = invited(branch)

    told = refused(
        recruiting.SheetIncomplete,
        lambda: branch.acts("asker", recruiting.fill_sheet, application_id=rain, scores=scores, words=""),
    )

    assert told == facts


def test_only_who_holds_the_interview_fills_in_its_sheet(branch: Branch) -> None:
    rain = invited(branch)

    refused(
        recruiting.NotTheInterviewer,
        lambda: branch.acts("other", recruiting.fill_sheet, application_id=rain, scores=ALL, words=""),
    )


def test_an_alternative_scores_its_own_dimensions(branch: Branch) -> None:
    rain = branch.applies("林小雨", "柜员")
    branch.misses(rain)
    branch.acts(
        "north",
        recruiting.approve_alternative,
        request_id=branch.hands_in(rain, "alternative"),
        interviewer=branch.employee("asker"),
        starts_at=branch.in_days(1),
    )

    scores = {"沟通表达": 70, "岗位理解": 90}
    branch.acts("asker", recruiting.fill_sheet, application_id=rain, scores=scores, words="")
    branch.acts("north", recruiting.decide_stage, application_id=rain, passed=True, reason="")

    process = branch.process(rain)
    assert (process.stages[0].score, process.row.current, process.row.tag) == (
        80,
        "first_interview",
        Tag.DONE,
    )


def test_the_brief_names_the_weak_dimensions_with_questions(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.scores(rain, 80, dimensions={"沟通表达": 90, "抗压能力": 50, "逻辑思维": 55})

    with branch.writing() as session:
        actor = staff.find_employee(session, "asker", at=branch.now)
        assert actor is not None
        brief = recruiting.briefs_within(session, actor=actor, application_id=rain, policy=branch.policy)

    assert [(name, points, asked) for name, points, asked, _ in brief.weak] == [
        ("抗压能力", 50, 70),
        ("逻辑思维", 55, 60),
    ]
    assert all(questions for *_, questions in brief.weak)


def cut(branch: Branch, operation: Any = recruiting.make_cut) -> recruiting.Cut:
    """The cut of the developers."""
    with branch.writing() as session:
        unit = staff.find_unit(session, "城北分公司")
        assert unit is not None
        actor = staff.find_employee(session, "north", at=branch.now)
        facts = {"unit_id": unit.id, "job": "开发工程师", "stage_code": "ai_interview"}
        found = operation(session, actor=actor, at=branch.now, policy=branch.policy, **facts)
        return found if isinstance(found, recruiting.Cut) else found[0]


def test_the_best_go_on_with_everybody_who_is_level_and_nobody_is_rejected(branch: Branch) -> None:
    scores = (95, 90, 85, 85, 85, 70, 65, 62, 61, 40)
    people = {branch.applies(f"候选{number}", "开发工程师"): score for number, score in enumerate(scores)}
    for application, score in people.items():
        branch.scores(application, score)
        assert branch.stage(application).status == StageStatus.COMPLETED

    found = cut(branch)

    assert [one.score for one in found.ranked if one.inside] == [95, 90, 85, 85, 85]
    for application, score in people.items():
        expected = StageStatus.PASSED if score >= 85 else StageStatus.COMPLETED
        assert branch.stage(application).status == expected
    assert branch.process(next(iter(people))).row.current == "second_interview"


def test_later_ones_push_nobody_out_and_the_line_still_holds(branch: Branch) -> None:
    first = branch.applies("先来", "开发工程师")
    branch.scores(first, 50)
    cut(branch)
    assert branch.stage(first).status == StageStatus.COMPLETED
    second = branch.applies("后来", "开发工程师")
    branch.scores(second, 70)
    cut(branch)
    third = branch.applies("最后", "开发工程师")
    branch.scores(third, 99)

    cut(branch)

    assert branch.stage(second).status == StageStatus.PASSED
    assert branch.stage(third).status == StageStatus.PASSED


def test_a_job_without_a_cut_has_none(branch: Branch) -> None:
    branch.scores(branch.applies("林小雨", "柜员"), 80)

    refused(recruiting.NoCut, lambda: cut(branch))


def test_a_rejection_has_a_name_and_a_reason_and_waits_for_a_request(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.misses(rain)
    request = branch.hands_in(rain)
    reject = {"application_id": rain, "reason": "人已招满"}

    refused(recruiting.StageSettled, lambda: branch.acts("north", recruiting.reject, **reject))
    branch.acts("north", recruiting.refuse, request_id=request, reason="没有证明")
    refused(
        recruiting.SaysNoReason,
        lambda: branch.acts("north", recruiting.reject, application_id=rain, reason=""),
    )
    branch.acts("north", recruiting.reject, **reject)

    assert branch.process(rain).application.state == "rejected"
    facts = {"application_id": rain, "kind": RequestKind.REMEDIAL, "policy": branch.policy}
    refused(recruiting.ProcessSettled, lambda: branch.asks(rain, recruiting.begin_request, **facts))


def test_who_gives_up_is_tagged_as_such_and_nothing_is_open(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.misses(rain)
    branch.hands_in(rain)

    branch.asks(rain, recruiting.give_up, application_id=rain, policy=branch.policy)

    process = branch.process(rain)
    assert (process.application.state, process.row.tag) == ("withdrawn", Tag.GAVE_UP)
    waiting, total = branch.acts(
        "north",
        lambda session, actor, at, policy: recruiting.requests_within(session, actor=actor, policy=policy),
    )
    assert (list(waiting), total) == ([], 0)


def test_an_erased_person_leaves_figures_and_no_words(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.misses(rain)
    request = branch.hands_in(rain)
    branch.acts("north", recruiting.remark, application_id=rain, code="note", words="声音很小")

    with branch.writing() as session:
        person = branch.person(session, rain)
        staff.erase_person(session, person=person, at=branch.now, actor=None, policy=branch.policy)

    with branch.writing() as session:
        kept = session.get_one(recruiting.RemedialRequest, request)
        assert (kept.state, recruiting.words_of(session, kept)) == ("withdrawn", {})
        assert not session.scalars(select(recruiting.Remark)).all()
    assert branch.process(rain).application.state == "withdrawn"


def test_what_a_human_holds_the_human_says_who_came(branch: Branch) -> None:
    rain = invited(branch)
    branch.waits(hours=2, minutes=14)
    told = refused(recruiting.TooEarly, lambda: branch.acts("asker", recruiting.absent, application_id=rain))
    assert told["since"] == branch.now + timedelta(minutes=1)
    branch.waits(hours=1)
    assert branch.stage(rain, "first_interview").status == StageStatus.SCHEDULED
    refused(
        recruiting.NotTheInterviewer,
        lambda: branch.acts("other", recruiting.absent, application_id=rain),
    )

    branch.acts("asker", recruiting.absent, application_id=rain)

    assert branch.stage(rain, "first_interview").status == StageStatus.NO_SHOW
    assert branch.process(rain).row.frozen_why == "first_interview"


def test_words_are_read_after_two_rows_were_put_together(branch: Branch) -> None:
    first, second = branch.applies("林小雨"), branch.applies("林小雨", "客服")
    branch.scores(second, 50)
    branch.acts("north", recruiting.decide_stage, application_id=second, passed=True, reason="口头再测过")
    branch.misses(first)
    note = branch.acts("north", recruiting.remark, application_id=second, code="note", words="普通话很好")

    with branch.writing() as session:
        older, newer = branch.person(session, first), branch.person(session, second)
        newer.openid = None
        newer.merged_into_id = older.id
        session.get_one(Application, second).person_id = older.id
        session.flush()
        process = recruiting.process_of(session, second, policy=branch.policy)
        assert recruiting.reason_of(session, process, process.stages[0]) == "口头再测过"
        seen = recruiting.own_remarks(session, person=older, at=branch.now)
        assert {one.remark.code: one.words for one in seen} == {"missed": "", "note": "普通话很好"}
        explained = recruiting.explain_remark(
            session, person=older, remark_id=note.id, words="谢谢", at=branch.now
        )
        assert explained.candidate_said_at == branch.now
