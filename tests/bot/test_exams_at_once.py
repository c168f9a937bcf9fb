"""Two phones, or fifty requests at once: one try, one answer a question, one result, one certificate."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from bot.app import Muster
from bot.miniapp import Tokens
from models.audit import AuditEvent
from models.messaging import OutboundMessage
from models.training import Attempt, AttemptAnswer, Certificate, Enrolment
from tests.chat.quizzes import enrol, places, publish
from tests.simulator import Given, Member, TestClock, rows

THREADS = 50

Call = Callable[[str, Any], tuple[int, Any]]


@pytest.fixture
def enrolment(muster: Muster, given: Given, clock: TestClock) -> int:
    """李爱丽 is to learn the rules of the night."""
    clock.at("08:35")
    given.employee("AliceLi", "李爱丽")
    return enrol(muster, "AliceLi", publish(muster))


@pytest.fixture
def call(app: Flask, muster: Muster) -> Call:
    """A request of her page: (status, what was answered)."""
    token = Tokens(muster).issue("AliceLi")

    def send(path: str, body: Any = None) -> tuple[int, Any]:
        client = app.test_client()
        told = client.post(f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {token}"})
        return told.status_code, told.get_json()

    return send


def at_once(*doings: Callable[[], object]) -> None:
    """Do all of it at the same moment."""
    barrier = threading.Barrier(len(doings))

    def do(doing: Callable[[], object]) -> None:
        barrier.wait(30)
        doing()

    threads = [threading.Thread(target=do, args=[doing]) for doing in doings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)


def tapped(app: Flask, muster: Muster, clock: TestClock, key: str, number: int, **more: Any) -> None:
    """A tap on a card, as one of many messages."""
    member = Member("AliceLi", app.test_client(), muster, clock)  # type: ignore[arg-type]
    address, body = member.callback(
        member.event(
            "template_card_event",
            EventKey=key,
            TaskId=f"card-{number}",
            CardType="vote_interaction",
            ResponseCode=f"rc-{number}",
            **more,
        )
    )
    told = app.test_client().post(address, data=body, content_type="text/xml")
    assert told.status_code == 200


def results(muster: Muster) -> list[str]:
    """What was said of a result, in the chat."""
    said = [one.payload.get("text", {}).get("content", "") for one in rows(muster, OutboundMessage)]
    return [one for one in said if "分算过" in one and "题对" in one]


def test_fifty_starts_by_the_page_are_one_try(muster: Muster, call: Call, enrolment: int) -> None:
    told: list[int] = []

    at_once(*[lambda: told.append(call(f"/exams/{enrolment}/start", None)[0])] * THREADS)

    assert told == [200] * THREADS
    [attempt] = rows(muster, Attempt)
    assert (attempt.number, attempt.submitted_at) == (1, None)


def test_fifty_starts_by_cards_are_one_try(
    app: Flask, muster: Muster, clock: TestClock, enrolment: int
) -> None:
    at_once(
        *[
            lambda number=number: tapped(app, muster, clock, f"exam:{enrolment}", number)
            for number in range(THREADS)
        ]
    )

    assert len(rows(muster, Attempt)) == 1


def test_fifty_answers_to_each_question_are_one_answer_and_one_result(
    muster: Muster, call: Call, enrolment: int
) -> None:
    """The first one stands, whichever it is: right and wrong ones come at once to the first question."""
    call(f"/exams/{enrolment}/start", None)
    right, wrong = places(muster), places(muster, right=False)
    [attempt] = rows(muster, Attempt)
    told: list[tuple[int, Any]] = []

    def answers(place: int, chosen: Any) -> Callable[[], object]:
        body = {"attempt": attempt.id, "place": place, "chosen": list(chosen)}
        return lambda: told.append(call("/exams/answers", body))

    at_once(*[answers(0, right[0]), answers(0, wrong[0])] * (THREADS // 2))
    for place in range(1, 4):
        at_once(*[answers(place, right[place])] * 10)
    told.clear()
    at_once(*[answers(4, right[4])] * THREADS)

    assert [status for status, _ in told] == [200] * THREADS
    outcomes = [answer["result"]["outcome"] for _, answer in told]
    assert len({one["score"] for one in outcomes}) == 1
    assert sum(answer["result"]["new"] for _, answer in told) == 1
    kept = rows(muster, AttemptAnswer)
    assert [one.place for one in sorted(kept, key=lambda one: one.place)] == [0, 1, 2, 3, 4]
    [over] = rows(muster, Attempt)
    assert over.score == (100 if all(one.correct for one in kept) else 80)
    assert len(rows(muster, Certificate)) == int(over.passed)
    exams = [one for one in rows(muster, AuditEvent) if one.action == "training.exam"]
    assert len(exams) == 1


def test_fifty_submissions_are_one_result_and_use_up_one_try(
    muster: Muster, call: Call, enrolment: int
) -> None:
    call(f"/exams/{enrolment}/start", None)
    [attempt] = rows(muster, Attempt)
    told: list[tuple[int, Any]] = []

    at_once(*[lambda: told.append(call("/exams/submit", {"attempt": attempt.id}))] * THREADS)

    assert [status for status, _ in told] == [200] * THREADS
    assert sum(answer["result"]["new"] for _, answer in told) == 1
    assert {answer["result"]["outcome"]["tries_left"] for _, answer in told} == {2}
    at_once(*[lambda: call(f"/exams/{enrolment}/start", None)] * 10)
    [over] = rows(muster, Attempt)
    assert (over.score, over.passed) == (0, False)


def test_the_chat_and_the_page_together_give_one_certificate(
    app: Flask, muster: Muster, call: Call, clock: TestClock, enrolment: int
) -> None:
    call(f"/exams/{enrolment}/start", None)
    shown = places(muster)
    [attempt] = rows(muster, Attempt)
    for place in range(4):
        call("/exams/answers", {"attempt": attempt.id, "place": place, "chosen": list(shown[place])})
    key = f"exam_answer:{attempt.id}.4"
    items = {
        "SelectedItem": {"QuestionKey": "choice", "OptionIds": {"OptionId": [str(one) for one in shown[4]]}}
    }
    last = {"attempt": attempt.id, "place": 4, "chosen": list(shown[4])}
    taps = [
        lambda number=number: tapped(
            app,
            muster,
            clock,
            f"{key}:{shown[4][0]}" if len(shown[4]) == 1 else key,
            number,
            SelectedItems=items,
        )
        for number in range(THREADS)
    ]

    at_once(*taps, *[lambda: call("/exams/answers", last)] * 5)

    [certificate] = rows(muster, Certificate)
    assert (certificate.attempt_id, certificate.score) == (attempt.id, 100)
    [one] = rows(muster, Enrolment)
    assert one.completed_at is not None
    assert len(results(muster)) <= 1
    with muster.database.reading() as session:
        done = select(AuditEvent).where(AuditEvent.action == "training.complete")
        assert len(session.scalars(done).all()) == 1


def test_the_end_of_the_time_and_a_submission_at_once_are_one_result(
    muster: Muster, call: Call, clock: TestClock, enrolment: int
) -> None:
    call(f"/exams/{enrolment}/start", None)
    [attempt] = rows(muster, Attempt)
    muster.scheduler.tick()
    clock.at("08:45")

    at_once(
        muster.scheduler.tick,
        *[lambda: call("/exams/submit", {"attempt": attempt.id})] * 10,
    )

    [over] = rows(muster, Attempt)
    assert over.submitted_at == over.ends_at
    exams = [one for one in rows(muster, AuditEvent) if one.action == "training.exam"]
    assert len(exams) == 1
