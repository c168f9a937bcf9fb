"""What a template says to whom, and when it may be said."""

from datetime import datetime, time, timedelta

import pytest

from bot.policy import load_notices, load_policy
from models.base import SHANGHAI
from models.notices.rules import (
    Facts,
    Latency,
    allowed_from,
    choose,
    classify,
    is_quiet,
    latency_of,
    proposal,
    remind_from,
    render,
    together,
    unknown_fields,
)

TEXTS = load_notices()
WORDS = """{姓名}，您好。
[岗位 技术、研发] 给技术的话。
［机构：城东］给城东的话。
[特长 抗压] 给能抗压的人。
[附注] 照样写出来。"""


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Facts(), "林小雨，您好。\n[附注] 照样写出来。"),
        (Facts("研发工程师"), "林小雨，您好。\n给技术的话。\n[附注] 照样写出来。"),
        (Facts("柜员", ("总部", "城东分公司")), "林小雨，您好。\n给城东的话。\n[附注] 照样写出来。"),
        (Facts(strength="抗压能力"), "林小雨，您好。\n给能抗压的人。\n[附注] 照样写出来。"),
    ],
)
def test_blocks_are_for_those_they_name(facts: Facts, said: str) -> None:
    assert render(WORDS, facts, {"name": "林小雨"}, TEXTS) == (said, [])


def test_only_what_somebody_reads_can_be_missing() -> None:
    words = "{姓名}\n[岗位 柜员] {地点}{时间}"

    assert render(words, Facts("客服"), {"name": "林小雨"}, TEXTS)[1] == []
    assert render(words, Facts("柜员"), {"name": "林小雨", "time": " "}, TEXTS)[1] == ["place", "time"]


def test_fields_that_nobody_fills_are_named() -> None:
    assert unknown_fields("{姓名} {工资} {工资}", TEXTS) == ["工资"]


@pytest.mark.parametrize(
    ("job", "score", "code"),
    [
        ("综合柜员", 85, "pass_teller"),
        ("综合柜员", 84.9, "pass"),
        ("综合柜员", None, "pass"),
        ("客户经理", 99, "pass"),
    ],
)
def test_job_and_score_choose_the_template(job: str, score: float | None, code: str) -> None:
    assert choose("pass", job=job, score=score, templates=TEXTS.templates) == code


def at(text: str) -> datetime:
    """A moment in March."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=SHANGHAI)


NIGHT = (time(21), time(8, 30))


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [("02T20:59", False), ("02T21:00", True), ("03T00:00", True), ("03T08:29", True), ("03T08:30", False)],
)
def test_quiet_hours(moment: str, quiet: bool) -> None:
    assert is_quiet(at(moment), *NIGHT) is quiet


@pytest.mark.parametrize(
    ("moment", "until", "allowed"),
    [
        ("02T20:00", "05T10:00", "02T20:00"),
        ("02T22:00", "05T10:00", "03T08:30"),
        ("03T02:00", "05T10:00", "03T08:30"),
        ("02T22:00", "03T08:30", "02T22:00"),
        ("03T06:30", "03T08:00", "03T06:30"),
    ],
)
def test_a_notice_waits_for_the_morning_unless_it_cannot(moment: str, until: str, allowed: str) -> None:
    assert allowed_from(at(moment), at(until), *NIGHT) == at(allowed)


def test_several_messages_of_one_delivery_count_as_the_best() -> None:
    assert together(["queued", "delivered"]) == "delivered"
    assert together(["failed", "queued"]) == "queued"
    assert together(["withdrawn", "failed"]) == "failed"


@pytest.mark.parametrize(
    ("words", "kind", "hits"),
    [
        ("收到，一定准时到", "expectation", ("准时", "收到")),
        ("ＯＫ", "expectation", ("ok",)),
        ("好的，几点到？", "question", ("?", "几点")),
        ("没收到链接", "question", ("没收到",)),
        ("不好意思，我不去了，谢谢", "refusal", ("不去",)),
        ("我不愿意来这么远", "refusal", ("不愿意",)),
        ("嗯", "other", ()),
    ],
)
def test_a_reply_is_what_its_words_say(words: str, kind: str, hits: tuple[str, ...]) -> None:
    assert classify(words, load_policy().notices.replies) == (kind, hits)


def test_latency_is_told_by_the_middle_and_by_nine_of_ten() -> None:
    minutes = [timedelta(minutes=one) for one in (1, 2, 3, 4, 5, 6, 7, 8, 130, 600)]

    assert latency_of(minutes, 120) == Latency(10, 6, 130, 2, 120)
    assert latency_of([], 120) == Latency(0, None, None, 0, 120)


@pytest.mark.parametrize(
    ("citing", "official", "texts", "told"),
    [
        (2, (10, 1), (10, 9), None),
        (3, (10, 8), (10, 9), "text_sooner"),
        (3, (10, 9), (10, 8), "follow_first"),
        (3, None, (10, 1), "text_sooner"),
        (3, None, None, "follow_first"),
    ],
)
def test_the_channel_by_which_more_arrive_is_proposed(
    citing: int, official: tuple[int, int] | None, texts: tuple[int, int] | None, told: str | None
) -> None:
    assert proposal(citing, 3, official, texts) == told


@pytest.mark.parametrize(
    ("starts_at", "hours", "reminded"),
    [
        ("04 15:00", 2, "04 13:00"),
        ("04 15:00", 24, "03 15:00"),
        ("04 10:00", 2, "04 08:30"),  # an hour and a half is enough to get ready
        ("04 09:30", 2, "04 08:30"),
        ("04 09:29", 2, "03 20:00"),  # less than half of it is left at the end of the night
        ("04 09:00", 2, "03 20:00"),
        ("04 08:00", 24, "03 08:30"),
        ("04 22:30", 2, "04 20:30"),
        ("04 23:30", 2, "04 20:00"),
    ],
)
def test_a_reminder_at_night_comes_before_it_or_in_good_time_after(
    starts_at: str, hours: int, reminded: str
) -> None:
    assert remind_from(at(starts_at), hours, *NIGHT) == at(reminded)
