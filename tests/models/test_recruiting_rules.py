"""Hiring as pure decisions: windows, scores, cuts, and what a result must look like."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.policy import load_policy
from models.flows import flow_for
from models.recruiting import rules
from models.recruiting.kinds import RequestKind, StageStatus, StopReason
from models.recruiting.rules import Malformed, Standing, Stop, Window, window_of

FLOWS = load_policy().flows
STANDARD = FLOWS["standard"].versions[-1]
MISSED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def after(hours: float) -> datetime:
    """So many hours after the miss."""
    return MISSED + timedelta(hours=hours)


def stop(begin: float, end: float | None, why: StopReason = StopReason.PENDING_REQUEST) -> Stop:
    """A stretch in hours after the miss."""
    return Stop(why, after(begin), None if end is None else after(end))


@pytest.mark.parametrize(
    ("job", "flow"),
    [
        ("催收员", "standard"),
        ("外勤", "standard"),
        ("柜员", "teller"),
        ("综合柜员", "teller"),
        ("客户经理", "account_manager"),
        ("产品经理", "account_manager"),
        ("风险经理", "risk"),
        ("风控专员", "risk"),
        ("开发工程师", "technology"),
    ],
)
def test_every_job_has_its_flow(job: str, flow: str) -> None:
    assert flow_for(FLOWS, job).name in {flow, "account_manager" if "经理" in job else flow}


@pytest.mark.parametrize(
    ("says", "stops", "at", "open_", "ends"),
    [
        ("nothing stops it", [], 71, True, 72),
        ("the last moment belongs to it", [], 72, True, 72),
        ("one hour too late", [], 73, False, 72),
        ("a request of a day puts it off by a day", [stop(10, 34)], 95, True, 96),
        ("and no longer", [stop(10, 34)], 97, False, 96),
        ("while it is open there is no end", [stop(10, None)], 500, True, None),
        ("two at once count once", [stop(10, 34), stop(20, 30)], 96, True, 96),
        ("two that overlap count together", [stop(10, 30), stop(20, 40)], 102, True, 102),
        ("one after the other both count", [stop(10, 20), stop(30, 40)], 92, True, 92),
        ("what was before the miss counts from it", [stop(-20, 5)], 77, True, 77),
        ("what ended before the miss counts for nothing", [stop(-20, -5)], 73, False, 72),
        ("what begins after the end opens it no more", [stop(80, None)], 90, False, 72),
        ("a request in the last minute stops it", [stop(72, None)], 400, True, None),
        ("and leaves its last moment only", [stop(72, 120)], 121, False, 120),
    ],
)
def test_the_window_of_three_days(
    says: str, stops: list[Stop], at: float, open_: bool, ends: float | None
) -> None:
    found = window_of(MISSED, stops, at=after(at), days=3)

    assert (found.open, found.ends_at) == (open_, None if ends is None else after(ends)), says


def test_before_a_miss_there_is_no_window() -> None:
    found = window_of(None, [stop(0, None)], at=after(1), days=3)

    assert not found.open
    assert not found.begun


hours = some.integers(-50, 200)
stretches = some.lists(
    some.tuples(hours, some.one_of(some.none(), some.integers(0, 100))).map(
        lambda pair: stop(pair[0], None if pair[1] is None else pair[0] + pair[1])
    ),
    max_size=5,
)


@given(stretches, stretches, hours)
def test_more_stops_never_shorten_the_window(mine: list[Stop], more: list[Stop], at: int) -> None:
    fewer = window_of(MISSED, mine, at=after(at), days=3)
    all_of_them = window_of(MISSED, [*mine, *more], at=after(at), days=3)

    assert all_of_them.open or not fewer.open


@given(stretches, hours)
def test_the_order_of_stops_means_nothing(stops: list[Stop], at: int) -> None:
    found = window_of(MISSED, stops, at=after(at), days=3)
    turned = window_of(MISSED, stops[::-1], at=after(at), days=3)

    assert (found.open, found.ends_at) == (turned.open, turned.ends_at)


@pytest.mark.parametrize(
    ("ai", "screen", "done", "missed", "spared", "base", "adjusted", "why"),
    [
        (70, None, True, False, "", 70, 84, "done"),
        (90, None, True, False, "", 90, 100, "done"),
        (70, 80, True, False, "", 76, 91.2, "done"),
        (None, 80, False, False, "", 80, 80, "not_due"),
        (None, 80, False, True, "", 80, 68, "missed"),
        (None, 80, False, True, "request_open", 80, 80, "request_open"),
        (None, 80, False, True, "not_at_fault", 80, 80, "not_at_fault"),
        (None, None, False, True, "", None, None, "missed"),
        (59.95, None, True, False, "", 59.95, 71.9, "done"),
        (0, 0, True, False, "", 0, 0, "done"),
    ],
)
def test_the_recommended_score(
    ai: float | None,
    screen: float | None,
    done: bool,
    missed: bool,
    spared: str,
    base: float | None,
    adjusted: float | None,
    why: str,
) -> None:
    found = rules.score_of(STANDARD, ai=ai, screen=screen, done=done, missed=missed, spared=spared)

    assert (found.base, found.adjusted, found.why) == (base, adjusted, why)


@pytest.mark.parametrize(
    ("scores", "share", "in_"),
    [
        ({}, 30, set()),
        ({1: 50}, 30, {1}),
        ({1: 90, 2: 80, 3: 70, 4: 60, 5: 50, 6: 40, 7: 30, 8: 20, 9: 10, 10: 0}, 30, {1, 2, 3}),
        ({1: 90, 2: 80, 3: 70, 4: 70, 5: 70, 6: 40, 7: 30, 8: 20, 9: 10, 10: 0}, 30, {1, 2, 3, 4, 5}),
        ({1: 60, 2: 60, 3: 60}, 30, {1, 2, 3}),
        ({1: 90, 2: 80, 3: 70}, 100, {1, 2, 3}),
        ({1: 90, 2: 80, 3: 70, 4: 60}, 30, {1, 2}),
    ],
)
def test_the_best_share_with_everybody_who_is_level(
    scores: dict[int, float], share: int, in_: set[int]
) -> None:
    assert rules.best(scores, share) == in_


@given(some.dictionaries(some.integers(1, 50), some.integers(0, 100).map(float)), some.integers(1, 100))
def test_nobody_outside_the_cut_is_as_good_as_somebody_inside(scores: dict[int, float], share: int) -> None:
    inside = rules.best(scores, share)

    assert all(scores[one] < min(scores[in_] for in_ in inside) for one in scores.keys() - inside)


@pytest.mark.parametrize(
    ("score", "line", "share", "status"),
    [
        (60, 60, None, StageStatus.PASSED),
        (59.9, 60, None, StageStatus.COMPLETED),
        (100, None, None, StageStatus.COMPLETED),
        (95, 60, 30, StageStatus.COMPLETED),
    ],
)
def test_a_score_never_rejects(
    score: float, line: int | None, share: int | None, status: StageStatus
) -> None:
    assert rules.status_after(score, pass_line=line, top_share=share) == status


@dataclass
class At:
    """A stage as the rules see it."""

    code: str
    status: str
    position: int
    kind: str = "interview"
    mandatory: bool = True


def standing(**given_: Any) -> Standing:
    """How an application stands."""
    window = Window(open=True, ends_at=after(72))
    return Standing(**{"open": True, "frozen": False, "window": window, "open_request": False, **given_})


@pytest.mark.parametrize(
    ("status", "kind", "more", "why"),
    [
        ("no_show", "remedial", {}, ""),
        ("no_show", "alternative", {}, ""),
        ("no_show", "review", {}, "no_result"),
        ("no_show", "remedial", {"open_request": True}, "request_open"),
        ("no_show", "remedial", {"used": frozenset({"remedial"})}, "used"),
        ("no_show", "alternative", {"used": frozenset({"remedial"})}, ""),
        ("no_show", "alternative", {"window": Window(open=False, ends_at=after(72))}, "too_late"),
        ("no_show", "remedial", {"window": Window(open=False, ends_at=after(72))}, ""),
        ("no_show", "remedial", {"late": True}, "too_late"),
        ("pending", "remedial", {}, "not_missed"),
        ("completed", "review", {}, ""),
        ("failed", "review", {}, ""),
    ],
)
def test_what_a_candidate_may_ask_for(status: str, kind: str, more: dict[str, Any], why: str) -> None:
    stage = At("ai_interview", status, 10, kind="ai_interview")

    assert rules.ask_why_not(stage, standing(**more), RequestKind(kind)) == why


def test_only_the_ai_interview_has_an_alternative() -> None:
    stage = At("medical", "no_show", 40, kind="medical")

    assert rules.ask_why_not(stage, standing(), RequestKind.ALTERNATIVE) == "no_ai_stage"


def test_what_stands_in_the_way_is_named() -> None:
    stages = [At("ai_interview", "passed", 10), At("first_interview", "pending", 20)]
    stages += [At("second_interview", "pending", 30), At("medical", "pending", 40)]

    assert rules.missing_for(STANDARD, stages, "first_interview") == []
    assert rules.missing_for(STANDARD, stages, "medical") == ["second_interview"]


def test_an_inserted_stage_is_needed_by_what_comes_after() -> None:
    stages = [At("ai_interview", "passed", 10), At("supplementary_1", "pending", 15)]
    stages += [At("first_interview", "pending", 20)]

    assert rules.missing_for(STANDARD, stages, "supplementary_1") == []
    assert rules.missing_for(STANDARD, stages, "first_interview") == ["supplementary_1"]


GOOD: dict[str, Any] = {
    "event_id": "e-1",
    "type": "result",
    "application_no": "A17",
    "stage": "ai_interview",
    "occurred_at": "2026-03-02T09:00:00+08:00",
    "score": 80,
    "dimensions": {"沟通表达": 80.5},
    "report_url": "https://interview.example/1",
}


@pytest.mark.parametrize(
    ("field", "value", "where", "what"),
    [
        ("type", "cancelled", "type", "unknown"),
        ("type", ["result"], "type", "unknown"),
        ("application_no", "", "application_no", "missing"),
        ("application_no", 17, "application_no", "missing"),
        ("application_no", "x" * 41, "application_no", "not_as_agreed"),
        ("stage", None, "stage", "missing"),
        ("occurred_at", "yesterday", "occurred_at", "not_a_moment"),
        ("occurred_at", "2026-03-02T09:00:00", "occurred_at", "no_time_zone"),
        ("occurred_at", "0001-01-01T00:00:00+08:00", "occurred_at", "not_a_moment"),
        ("occurred_at", 1_700_000_000, "occurred_at", "not_a_moment"),
        ("score", None, "score", "missing"),
        ("score", 101, "score", "not_a_score"),
        ("score", -0.1, "score", "not_a_score"),
        ("score", True, "score", "not_a_score"),
        ("score", float("nan"), "score", "not_a_score"),
        ("score", "80", "score", "not_a_score"),
        ("dimensions", ["沟通表达"], "dimensions", "not_as_agreed"),
        ("dimensions", {"沟通表达": "good"}, "dimensions.沟通表达", "not_a_score"),
        ("dimensions", {"x" * 51: 1}, "dimensions", "not_as_agreed"),
        ("report_url", "javascript:alert(1)", "report_url", "not_as_agreed"),
    ],
)
def test_what_is_not_as_agreed_is_named(field: str, value: Any, where: str, what: str) -> None:
    with pytest.raises(Malformed) as caught:
        rules.result_of({**GOOD, field: value})

    assert (caught.value.where, caught.value.what) == (where, what)


def test_a_result_is_read() -> None:
    found = rules.result_of({**GOOD, "vendor_note": "passed over"})

    assert (found.event_id, found.score, found.dimensions) == ("e-1", 80.0, {"沟通表达": 80.5})


@pytest.mark.parametrize(
    ("number", "id_"),
    [("A17", 17), ("17", None), ("A", None), ("A017", None), ("A1２", None), ("A12345678901", None)],
)
def test_a_number_that_was_made_of_an_id(number: str, id_: int | None) -> None:
    assert rules.number_as_id(number) == id_


@pytest.mark.parametrize(
    ("missed", "reminded"),
    [
        ("2026-03-02T14:00", "2026-03-03T10:00"),
        ("2026-03-02T12:30", "2026-03-03T08:30"),
        ("2026-03-02T12:29", "2026-03-02T19:00"),
        ("2026-03-02T10:00", "2026-03-02T19:00"),
        ("2026-03-02T00:00", "2026-03-02T19:00"),
        ("2026-03-01T23:59", "2026-03-02T19:59"),
        ("2026-03-02T23:00", "2026-03-03T19:00"),
        ("2026-03-02T19:30", "2026-03-03T15:30"),
    ],
)
def test_who_missed_a_stage_is_reminded_before_the_day_is_over_and_never_at_night(
    missed: str, reminded: str
) -> None:
    moment = datetime.fromisoformat(missed).replace(tzinfo=UTC)
    night = (time(20), time(8, 30))

    found = rules.remind_at(moment, hours=24, before=4, night=night)

    assert found == datetime.fromisoformat(reminded).replace(tzinfo=UTC)
