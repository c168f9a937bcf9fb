"""Hiring as operations: stages, results in any order, absences, requests, slots and remarks."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.app import Muster
from models import recruiting, staff
from models.base import SHANGHAI
from models.errors import NotPermitted
from models.recruiting import (
    InterviewResult,
    RequestKind,
    RequestStep,
    StageStatus,
    StopReason,
    Tag,
)
from tests.models.desk import refused
from tests.models.hiring import Branch
from tests.simulator import TestClock


@pytest.fixture
def branch(muster: Muster, clock: TestClock) -> Branch:
    """Two branches that hire."""
    return Branch(muster, clock)


def test_an_application_begins_its_flow(branch: Branch) -> None:
    process = branch.process(branch.applies("林小雨"))

    assert (process.row.flow, process.row.current, process.row.tag) == (
        "standard",
        "ai_interview",
        Tag.NOT_DONE,
    )
    assert [stage.name for stage in process.stages] == ["AI面试", "初试", "复试", "体检", "offer"]


def test_a_score_at_the_line_opens_the_next_stage(branch: Branch) -> None:
    rain = branch.applies("林小雨")

    branch.scores(rain, 60)

    process = branch.process(rain)
    assert (process.row.current, process.row.tag) == ("first_interview", Tag.DONE)
    assert (process.row.base_score, process.row.adjusted_score) == (60, 72)


def test_below_the_line_a_named_human_decides_and_says_why(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.scores(rain, 59)
    assert branch.stage(rain).status == StageStatus.COMPLETED

    facts = {"application_id": rain, "passed": True}
    refused(
        recruiting.SaysNoReason, lambda: branch.acts("north", recruiting.decide_stage, reason=" ", **facts)
    )
    branch.acts("north", recruiting.decide_stage, reason="作品很好", **facts)

    assert branch.process(rain).row.current == "first_interview"
    assert branch.stage(rain).decided_by == branch.employee("north").subject


def test_what_is_out_of_reach_does_not_exist(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    facts = {"passed": True, "reason": "好"}

    refused(
        recruiting.ProcessNotFound,
        lambda: branch.acts("east", recruiting.decide_stage, application_id=rain, **facts),
    )
    refused(
        recruiting.ProcessNotFound,
        lambda: branch.acts("east", recruiting.decide_stage, application_id=9999, **facts),
    )
    refused(NotPermitted, lambda: branch.acts("asker", recruiting.decide_stage, application_id=rain, **facts))


def test_who_is_not_there_after_a_quarter_of_an_hour_was_absent(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    start = branch.now + timedelta(hours=1)
    branch.acts("north", recruiting.schedule, application_id=rain, starts_at=start)

    branch.waits(hours=1, minutes=14)
    assert branch.stage(rain).status == StageStatus.SCHEDULED
    branch.waits(minutes=1)

    process = branch.process(rain)
    assert (process.stages[0].status, process.stages[0].missed_at) == (StageStatus.NO_SHOW, start)
    assert (process.row.frozen_why, process.row.current) == ("ai_interview", "ai_interview")
    with branch.writing() as session:
        [noted] = recruiting.own_remarks(session, person=branch.person(session, rain), at=branch.now)
        assert noted.remark.code == "missed"


def test_a_frozen_application_goes_on_only_by_an_approval_or_an_override(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.misses(rain)
    later = branch.in_days(1)

    told = refused(
        recruiting.ProcessFrozen,
        lambda: branch.acts("north", recruiting.schedule, application_id=rain, starts_at=later),
    )
    assert told == {"stage": "AI面试"}
    refused(
        recruiting.SaysNoReason,
        lambda: branch.acts("north", recruiting.override, application_id=rain, reason=""),
    )
    branch.acts("north", recruiting.override, application_id=rain, reason="实习报告出色")

    process = branch.process(rain)
    assert (process.stages[0].status, process.row.current) == (StageStatus.WAIVED, "first_interview")
    assert process.row.frozen_at is None


def test_a_result_that_comes_late_says_that_nobody_was_absent(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.misses(rain)

    branch.scores(rain, 75)

    process = branch.process(rain)
    assert (process.stages[0].status, process.stages[0].missed_at) == (StageStatus.PASSED, None)
    assert process.row.frozen_at is None
    with branch.writing() as session:
        person = branch.person(session, rain)
        assert not recruiting.own_remarks(session, person=person, at=branch.now)


def test_an_absence_costs_nothing_while_a_request_is_open(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    with branch.writing() as session:
        session.get_one(recruiting.HiringProcess, rain).screen_score = 80
    branch.misses(rain)
    assert branch.process(rain).row.adjusted_score == 68

    request = branch.hands_in(rain)
    assert branch.process(rain).row.adjusted_score == 80

    branch.acts("north", recruiting.refuse, request_id=request, reason="材料不足")
    assert branch.process(rain).row.adjusted_score == 68


def test_a_notice_that_did_not_arrive_excuses_and_stops_the_clock(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    with branch.writing() as session:
        session.get_one(recruiting.HiringProcess, rain).screen_score = 80
    branch.misses(rain)

    with branch.writing() as session:
        stage = session.get_one(recruiting.StageRecord, branch.stage(rain).id)
        recruiting.notice_failed(session, stage=stage, at=branch.now, policy=branch.policy)

    branch.waits(days=30)
    with branch.writing() as session:
        stage = session.get_one(recruiting.StageRecord, branch.stage(rain).id)
        window = recruiting.window(session, stage, at=branch.now, policy=branch.policy)
        assert (window.open, window.stopped_by) == (True, StopReason.NOTICE_FAILED)
        [noted] = recruiting.own_remarks(session, person=branch.person(session, rain), at=branch.now)
        assert noted.remark.not_at_fault
    assert branch.process(rain).row.adjusted_score == 80


def test_a_request_is_told_in_parts_over_days_and_answered_with_a_fresh_link(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.misses(rain)
    begin = {"application_id": rain, "kind": RequestKind.REMEDIAL, "policy": branch.policy}
    request = branch.asks(rain, recruiting.begin_request, **begin)
    say = {"request_id": request.id, "policy": branch.policy}
    branch.asks(rain, recruiting.say, text="我住院了", **say)
    branch.waits(days=2)
    again = branch.asks(rain, recruiting.begin_request, **begin)
    assert (again.id, again.step, again.reason_code) == (request.id, RequestStep.INTEREST, "ill")

    branch.asks(rain, recruiting.say, text="很想来", **say)
    with pytest.raises(recruiting.RequestUnfinished):
        branch.submits(rain, request.id)
    branch.asks(rain, recruiting.say, text="周五下午", **say)
    branch.asks(rain, recruiting.attach, request_id=request.id, ticket="ticket-1")
    branch.submits(rain, request.id)
    assert branch.stage(rain).status == StageStatus.REMEDIAL_REQUESTED

    answered = branch.acts("north", recruiting.approve, request_id=request.id, answer="可以")

    stage = branch.stage(rain)
    assert (stage.status, stage.link_expires_at) == (StageStatus.SCHEDULED, branch.now + timedelta(hours=72))
    assert branch.process(rain).row.frozen_at is None
    with branch.writing() as session:
        assert recruiting.stage_of_link(session, answered.link, at=branch.now) is not None
        assert recruiting.stage_of_link(session, answered.link, at=branch.in_days(3)) is None
        kept = session.get_one(recruiting.RemedialRequest, request.id)
        words = recruiting.words_of(session, kept)
        assert words == {"reason": "我住院了", "interest": "很想来", "wish": "周五下午", "answer": "可以"}
        assert recruiting.evidence_of(session, kept) == ["ticket-1"]


def test_the_last_minute_of_the_window_is_enough_and_our_delay_costs_nothing(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.misses(rain)
    missed_at = branch.stage(rain).missed_at
    assert missed_at is not None
    branch.clock.at((missed_at + timedelta(days=3)).replace(tzinfo=None).isoformat())

    request = branch.hands_in(rain, "alternative")
    branch.waits(days=14)
    branch.acts("north", recruiting.refuse, request_id=request, reason="不合适")

    with branch.writing() as session:
        stage = session.get_one(recruiting.StageRecord, branch.stage(rain).id)
        window = recruiting.window(session, stage, at=branch.now, policy=branch.policy)
    assert (window.open, window.ends_at) == (True, branch.now)
    branch.waits(minutes=1)
    facts = {"application_id": rain, "kind": RequestKind.ALTERNATIVE, "policy": branch.policy}
    told = refused(recruiting.CannotAsk, lambda: branch.asks(rain, recruiting.begin_request, **facts))
    assert told["why"] == "too_late"


def test_an_answer_is_due_in_workdays(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.misses(rain)
    branch.clock.at("2026-03-05 10:00")  # a Thursday

    request = branch.hands_in(rain)

    with branch.writing() as session:
        kept = session.get_one(recruiting.RemedialRequest, request)
        assert kept.remind_at == datetime(2026, 3, 6, 10, tzinfo=SHANGHAI)
        assert kept.due_at == datetime(2026, 3, 9, 10, tzinfo=SHANGHAI)
        assert not recruiting.to_remind(session, at=branch.now)
    branch.waits(days=1)
    with branch.writing() as session:
        assert [one.id for one in recruiting.to_remind(session, at=branch.now)] == [request]
        assert not recruiting.to_remind(session, at=branch.now)
        assert not recruiting.to_escalate(session, at=branch.now)
    branch.waits(days=3)
    with branch.writing() as session:
        assert [one.id for one in recruiting.to_escalate(session, at=branch.now)] == [request]
        assert not recruiting.to_escalate(session, at=branch.now)


def test_a_request_can_be_corrected_asked_back_and_withdrawn(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.misses(rain)
    request = branch.hands_in(rain)
    facts = {"request_id": request, "policy": branch.policy}

    branch.asks(rain, recruiting.correct, part=RequestStep.WISH, text="改成周六", **facts)
    branch.acts("north", recruiting.ask_back, request_id=request, question="有病历吗？")
    with branch.writing() as session:
        kept = session.get_one(recruiting.RemedialRequest, request)
        assert recruiting.words_of(session, kept)["wish"] == "改成周六"
        assert kept.due_at is None
    branch.submits(rain, request)
    branch.asks(rain, recruiting.withdraw, **facts)

    assert branch.stage(rain).status == StageStatus.NO_SHOW
    refused(recruiting.RequestSettled, lambda: branch.acts("north", recruiting.approve, request_id=request))
    assert branch.hands_in(rain) != request


def test_an_alternative_has_an_interviewer_and_a_quarter_of_an_hour(branch: Branch) -> None:
    rain = branch.applies("林小雨", "柜员")
    branch.misses(rain)
    request = branch.hands_in(rain, "alternative")
    asker, start = branch.employee("asker"), branch.in_days(1)

    branch.acts(
        "north", recruiting.approve_alternative, request_id=request, interviewer=asker, starts_at=start
    )

    stage = branch.stage(rain)
    assert (stage.status, stage.alternative) == (StageStatus.ALTERNATIVE, "simulation")
    assert (stage.starts_at, stage.ends_at) == (start, start + timedelta(minutes=15))
    branch.acts("north", recruiting.decide_stage, application_id=rain, passed=True, reason="")
    assert branch.process(rain).row.current == "first_interview"


def test_one_interviewer_holds_one_interview_at_a_time(branch: Branch) -> None:
    rain, cloud = branch.applies("林小雨"), branch.applies("云朵")
    for one in (rain, cloud):
        branch.misses(one)
    first, second = branch.hands_in(rain, "alternative"), branch.hands_in(cloud, "alternative")
    asker, start = branch.employee("asker"), branch.in_days(1)
    approve = recruiting.approve_alternative
    branch.acts("north", approve, request_id=first, interviewer=asker, starts_at=start)

    refused(
        recruiting.SlotTaken,
        lambda: branch.acts(
            "north", approve, request_id=second, interviewer=asker, starts_at=start + timedelta(minutes=14)
        ),
    )
    branch.acts(
        "north", approve, request_id=second, interviewer=asker, starts_at=start + timedelta(minutes=15)
    )


def test_one_approved_remedial_a_stage(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.misses(rain)
    branch.acts("north", recruiting.approve, request_id=branch.hands_in(rain))
    branch.misses(rain)

    facts = {"application_id": rain, "kind": RequestKind.REMEDIAL, "policy": branch.policy}
    told = refused(recruiting.CannotAsk, lambda: branch.asks(rain, recruiting.begin_request, **facts))

    assert told["why"] == "used"


def test_who_is_below_the_line_may_ask_for_a_second_look(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.scores(rain, 50)
    branch.acts("north", recruiting.decide_stage, application_id=rain, passed=False, reason="分数低")
    facts = {"application_id": rain, "kind": RequestKind.REVIEW, "policy": branch.policy}
    request = branch.asks(rain, recruiting.begin_request, **facts)
    branch.asks(rain, recruiting.say, request_id=request.id, text="声音没录上", policy=branch.policy)
    branch.submits(rain, request.id)

    refused(recruiting.SaysNoReason, lambda: branch.acts("north", recruiting.approve, request_id=request.id))
    branch.acts("north", recruiting.approve, request_id=request.id, answer="录音确实坏了")

    assert branch.process(rain).row.current == "first_interview"


def test_slots_are_chosen_changed_and_free_again(branch: Branch) -> None:
    rain, cloud = branch.applies("林小雨"), branch.applies("云朵")
    for one in (rain, cloud):
        branch.scores(one, 80)
    with branch.writing() as session:
        unit = staff.find_unit(session, "城北分公司")
        assert unit is not None
    asker = branch.employee("asker")
    slots = [
        branch.acts(
            "north",
            recruiting.offer_slot,
            unit=unit,
            stage_code="first_interview",
            interviewer=asker,
            starts_at=branch.in_days(2 + number),
        ).id
        for number in range(2)
    ]
    choose = {"policy": branch.policy}
    branch.asks(rain, recruiting.choose_slot, application_id=rain, slot_id=slots[0], **choose)
    refused(
        recruiting.SlotTaken,
        lambda: branch.asks(cloud, recruiting.choose_slot, application_id=cloud, slot_id=slots[0], **choose),
    )
    branch.asks(rain, recruiting.choose_slot, application_id=rain, slot_id=slots[1], **choose)

    stage = branch.stage(rain, "first_interview")
    assert (stage.status, stage.changes) == (StageStatus.SCHEDULED, 1)
    with branch.writing() as session:
        process = recruiting.process_of(session, cloud, policy=branch.policy)
        free = recruiting.free_slots(session, process=process, at=branch.now)
        assert [one.id for one in free] == [slots[0]]


def test_a_remark_is_never_without_the_candidates_side_and_readers_are_logged(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    note = branch.acts(
        "north", recruiting.remark, application_id=rain, code="unreachable", words="打了两次电话没人接"
    )
    branch.asks(rain, recruiting.explain_remark, remark_id=note.id, words="手机丢了")

    with branch.writing() as session:
        person = branch.person(session, rain)
        session.expunge(person)
    [seen] = branch.acts("north", recruiting.remarks_for_reader, person=person)
    assert (seen.words, seen.candidate_words) == ("打了两次电话没人接", "手机丢了")
    with branch.writing() as session:
        readings = session.scalars(select(recruiting.RemarkReading)).all()
        assert [one.reader_id for one in readings] == [branch.employee("north").id]
    branch.waits(days=1096)
    assert branch.acts("north", recruiting.remarks_for_reader, person=person) == []


def test_a_supplementary_stage_stands_before_the_current_one(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    branch.scores(rain, 80)

    for _ in range(5):
        branch.acts("north", recruiting.insert_stage, application_id=rain, name="模拟谈判")

    process = branch.process(rain)
    assert process.row.current == "supplementary_5"
    assert len({stage.position for stage in process.stages}) == 10


def test_the_list_begins_with_who_is_done_and_says_what_it_hides(branch: Branch) -> None:
    absent, best, good = branch.applies("缺席"), branch.applies("最好"), branch.applies("不错")
    branch.misses(absent)
    branch.scores(best, 82)
    branch.scores(good, 70)

    found = branch.acts(
        "north", lambda session, actor, at, policy: recruiting.queue(session, actor=actor, policy=policy)
    )
    assert [line.person.name for line in found.lines] == ["最好", "不错", "缺席"]
    hidden = branch.acts(
        "north",
        lambda session, actor, at, policy: recruiting.queue(
            session, actor=actor, policy=policy, hide_not_done=True
        ),
    )
    assert ([line.person.name for line in hidden.lines], hidden.hidden) == (["最好", "不错"], 1)


def test_results_for_an_application_that_is_not_known_yet_wait_for_it(branch: Branch) -> None:
    branch.told(branch.result("e-1", "N-77", score=88))

    rain = branch.applies("林小雨", number="N-77")

    assert branch.stage(rain).score == 88
    assert branch.process(rain).row.current == "first_interview"


@pytest.mark.parametrize("seed", range(6))
def test_results_in_any_order_cut_up_in_any_way_and_repeated_come_to_the_same(
    branch: Branch, seed: int
) -> None:
    dice = random.Random(seed)
    rain, cloud = branch.applies("林小雨"), branch.applies("云朵", number="C-1")
    items: list[dict[str, Any]] = []
    for number in range(24):
        moment = branch.now + timedelta(minutes=dice.randrange(6))
        one = dice.choice([str(f"A{rain}"), "C-1"])
        kind = dice.choice(["result", "result", "no_show"])
        score = dice.randrange(101) if kind == "result" else None
        facts = {"type": kind, "occurred_at": moment.isoformat(), "dimensions": None}
        items.append(branch.result(f"e-{number:02}", one, score=score, **facts))
    newest = {}
    for item in items:
        key = (item["occurred_at"], item["event_id"])
        newest[item["application_no"]] = max(newest.get(item["application_no"], (("", ""), {})), (key, item))

    pile = [*items, *dice.sample(items, 10)]
    dice.shuffle(pile)
    accepted = 0
    while pile:
        some, pile = pile[: dice.randrange(1, 9)], pile[9:] and pile[dice.randrange(1, 9) :]
        accepted += len(branch.told(*some).accepted)
    accepted += len(branch.told(*items).accepted)

    assert accepted == len(items)
    for number, application in ((f"A{rain}", rain), ("C-1", cloud)):
        if number not in newest:
            continue
        item = newest[number][1]
        stage = branch.stage(application)
        assert (stage.result_event, stage.score) == (item["event_id"], item["score"])
        if item["type"] == "no_show":
            assert stage.status == StageStatus.NO_SHOW
        else:
            passed = item["score"] >= 60
            assert stage.status == (StageStatus.PASSED if passed else StageStatus.COMPLETED)
            assert stage.missed_at is None
    with branch.writing() as session:
        states = dict(
            session.execute(select(InterviewResult.state, func.count()).group_by(InterviewResult.state)).all()
        )
    assert sum(states.values()) == len(items)
    assert states["applied"] == len(newest)


def test_a_wrong_item_is_refused_by_its_id_and_the_others_are_kept(branch: Branch) -> None:
    rain = branch.applies("林小雨")
    wrong = branch.result("bad", rain, score=500)

    taken = branch.told(branch.result("good", rain), wrong, branch.result("good", rain))

    assert taken.accepted == ["good"]
    assert taken.repeated == ["good"]
    assert taken.refused == {"bad": ("score", "not_a_score")}
    mended = branch.told({**wrong, "score": 50, "dimensions": None})
    assert mended.accepted == ["bad"]
