"""Interview results as another system tells them: signed, once, in any order, and never half."""

import hashlib
import hmac
import itertools
import json
import random
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as some
from pydantic import SecretStr
from sqlalchemy import func, select, update
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from bot.app import Muster
from bot.web import create_app
from config.settings import Settings
from models.base import Base
from models.candidates import Application
from models.recruiting import InterviewResult, StageRecord, StageStatus
from tests.bot.test_metrics import figures
from tests.models.hiring import Branch
from tests.simulator import TestClock

PATH, SECRET = "/hooks/interview-results", "a-secret-of-the-tests"
in_this_database = limits(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings, with a key for results."""
    return settings.model_copy(update={"interview_webhook_secret": SecretStr(SECRET)})


@pytest.fixture
def branch(muster: Muster, clock: TestClock) -> Branch:
    """Two branches that hire."""
    return Branch(muster, clock)


class System:
    """The interview system."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def sends(self, body: bytes, signature: str | None = None) -> TestResponse:
        """A body, signed rightly unless told otherwise."""
        mine = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Muster-Signature": mine if signature is None else signature}
        return self.client.post(PATH, data=body, headers=headers)

    def tells(self, told: Any) -> Any:
        """Results that are taken; the answer."""
        answer = self.sends(json.dumps(told).encode())
        assert answer.status_code == 202, answer.get_data(as_text=True)
        return answer.get_json()


@pytest.fixture
def system(client: FlaskClient) -> System:
    """The interview system."""
    return System(client)


def counts(muster: Muster) -> dict[str, int]:
    """How many rows each table has."""
    with muster.database.reading() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def kept(muster: Muster) -> set[str]:
    """The ids of the events that are kept."""
    with muster.database.reading() as session:
        return set(session.scalars(select(InterviewResult.event_id)))


def test_one_result_moves_the_candidate_on_at_once(branch: Branch, system: System) -> None:
    rain = branch.applies("林小雨")

    answer = system.tells(branch.result("e-1", rain, score=82.5))

    assert answer == {"accepted": ["e-1"], "repeated": [], "refused": [], "reasons": {}}
    process = branch.process(rain)
    assert (process.row.current, process.row.base_score, process.row.adjusted_score) == (
        "first_interview",
        82.5,
        99,
    )


def test_the_same_again_changes_nothing(branch: Branch, system: System, muster: Muster) -> None:
    rain = branch.applies("林小雨")
    told = [branch.result("e-1", rain), branch.result("e-2", rain, type="no_show")]
    system.tells(told)
    before = counts(muster)

    answer = system.tells(told)

    assert answer["repeated"] == ["e-1", "e-2"]
    assert counts(muster) == before


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha256=" + "0" * 64, "md5=abc", "签名", "sha256=" + "é" * 64]
)
def test_a_forged_signature_leaves_nothing_but_a_count(
    branch: Branch,
    system: System,
    muster: Muster,
    client: FlaskClient,
    signature: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    body = json.dumps(branch.result("e-1", branch.applies("林小雨"))).encode()
    before, counted = counts(muster), figures(client, "interview_results_forged")
    capsys.readouterr()

    answer = system.sends(body, signature.encode().decode("latin-1"))

    assert (answer.status_code, answer.get_data()) == (403, b"")
    assert counts(muster) == before
    assert capsys.readouterr() == ("", "")
    [(name, count)] = figures(client, "interview_results_forged").items()
    assert count == counted[name] + 1


def test_a_signature_holds_for_its_own_body_alone(branch: Branch, system: System, muster: Muster) -> None:
    body = json.dumps(branch.result("e-1", branch.applies("林小雨"))).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()

    assert system.sends(body.replace(b"80", b"99"), signature).status_code == 403
    assert system.sends(body + b" ", signature).status_code == 403
    assert not kept(muster)


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (
            b'{"event_id": ',
            400,
            {"error": "malformed", "where": "line 1 column 14", "what": "Expecting value"},
        ),
        (b"\xff\xfe", 400, {"error": "malformed", "where": "byte 0", "what": "not_utf8"}),
        (b"17", 400, {"error": "malformed", "where": "", "what": "neither_object_nor_list"}),
        (b'[{"event_id": NaN}]', 400, {"error": "malformed", "where": "", "what": "not_a_number"}),
        (b"[" * 100_000, 400, {"error": "malformed", "where": "", "what": "nested_too_deeply"}),
        (b"[1]", 400, {"error": "malformed", "where": "[0]", "what": "not_an_object"}),
        (b"[{}]", 400, {"error": "malformed", "where": "[0].event_id", "what": "missing"}),
        (
            b'[{"event_id": "e", "type": "result"}, {"event_id": 7}]',
            400,
            {"error": "malformed", "where": "[1].event_id", "what": "missing"},
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_where_and_what(
    system: System, muster: Muster, body: bytes, status: int, told: dict[str, Any]
) -> None:
    answer = system.sends(body)

    assert (answer.status_code, answer.get_json()) == (status, told)
    assert not kept(muster)


def test_too_many_and_too_large_are_told_as_such(
    settings: Settings,
    muster: Muster,
    branch: Branch,
    system: System,
) -> None:
    few = replace(muster.policy.recruiting, most_results=2, most_kilobytes=2)
    small = System(create_app(replace(muster, policy=replace(muster.policy, recruiting=few))).test_client())
    told = [branch.result(f"e-{number}", "A1") for number in range(3)]

    answer = small.sends(json.dumps(told).encode())
    assert (answer.status_code, answer.get_json()) == (413, {"error": "too_many", "most": 2, "told": 3})
    answer = small.sends(b" " * 3000)
    assert (answer.status_code, answer.get_json()) == (413, {"error": "too_large", "most_bytes": 2048})
    assert system.tells([]) == {"accepted": [], "repeated": [], "refused": [], "reasons": {}}


def test_without_a_key_there_is_no_such_address(muster: Muster) -> None:
    closed = replace(
        muster, settings=muster.settings.model_copy(update={"interview_webhook_secret": SecretStr("")})
    )

    assert create_app(closed).test_client().post(PATH, data=b"{}").status_code == 404


def test_a_wrong_item_is_named_and_the_others_are_taken(
    branch: Branch, system: System, muster: Muster
) -> None:
    rain = branch.applies("林小雨")

    answer = system.tells(
        [
            branch.result("e-1", rain),
            branch.result("e-2", rain, occurred_at="2026-03-02T09:00:00"),
            branch.result("e-3", rain, stage="interview_of_nobody"),
            branch.result("e-1", rain),
        ]
    )

    assert answer == {
        "accepted": ["e-1"],
        "repeated": ["e-1"],
        "refused": ["e-2", "e-3"],
        "reasons": {
            "e-2": {"where": "occurred_at", "what": "no_time_zone"},
            "e-3": {"where": "stage", "what": "unknown"},
        },
    }
    assert kept(muster) == {"e-1"}


def test_ten_thousand_at_once_are_all_entered(branch: Branch, system: System) -> None:
    people = [branch.applies(f"候选{number}") for number in range(20)]
    told = [
        branch.result(
            f"e-{number:05}",
            people[number % 20],
            score=number % 101,
            occurred_at=(branch.now + timedelta(seconds=number)).isoformat(),
        )
        for number in range(10_000)
    ]
    random.Random(1).shuffle(told)

    answer = system.tells(told)

    assert len(answer["accepted"]) == 10_000
    for number, application in enumerate(people):
        stage = branch.stage(application)
        assert stage.result_event == f"e-{9980 + number:05}"
        assert stage.score == (9980 + number) % 101


values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "event_id",
    "type",
    "application_no",
    "stage",
    "occurred_at",
    "score",
    "dimensions",
    "report_url",
)
mutations = some.lists(
    some.tuples(some.integers(0, 3), some.sampled_from(FIELDS), some.one_of(values, some.just(...))),
    max_size=6,
)


@in_this_database
@given(mutations=mutations, seed=some.integers(0, 10_000))
def test_whatever_is_told_each_event_is_kept_once_or_named(
    branch: Branch, system: System, muster: Muster, mutations: list[tuple[int, str, Any]], seed: int
) -> None:
    items = [branch.result(f"e-{seed}-{number}", "A1") for number in range(4)]
    for place, field, value in mutations:
        if value is ...:
            items[place].pop(field, None)
        else:
            items[place][field] = value
    before = kept(muster)

    answer = system.sends(json.dumps(items).encode())

    if answer.status_code == 400:
        assert answer.get_json()["what"]
        assert kept(muster) == before
        return
    assert answer.status_code == 202
    told = answer.get_json()
    named = [*told["accepted"], *told["repeated"], *told["refused"]]
    assert set(named) == {item["event_id"].strip() for item in items}
    assert kept(muster) == before | set(told["accepted"])
    assert not before & set(told["accepted"])
    assert set(told["reasons"]) == set(told["refused"])
    again = system.tells(items)
    assert again["accepted"] == []
    assert set(again["refused"]) == set(told["refused"])


@in_this_database
@given(place=some.integers(0, 400), byte=some.integers(0, 255), cut=some.booleans())
def test_a_body_that_was_damaged_on_the_way_is_never_half_taken(
    branch: Branch, system: System, muster: Muster, place: int, byte: int, cut: bool
) -> None:
    body = json.dumps([branch.result("e-1", "A1"), branch.result("e-2", "A1")]).encode()
    place %= len(body)
    damaged = body[:place] if cut else body[:place] + bytes([byte]) + body[place + 1 :]
    before = counts(muster)
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()

    unsigned = system.sends(damaged, signature)
    assert unsigned.status_code == (202 if damaged == body else 403)
    if damaged != body:
        assert counts(muster) == before
    assert system.sends(damaged).status_code in (202, 400)


runs = itertools.count()
"""Each example of a property has numbers of its own."""


@in_this_database
@given(told=some.lists(values, max_size=4) | values)
def test_anything_that_is_json_is_answered_and_nothing_of_it_is_half_taken(
    branch: Branch, system: System, muster: Muster, told: Any
) -> None:
    before = counts(muster)
    answer = system.sends(json.dumps(told).encode())

    assert answer.status_code in (202, 400)
    assert counts(muster) == before, "none of it is a result"


@in_this_database
@given(body=some.binary(max_size=200), signature=some.text(max_size=80), said=some.booleans())
def test_whatever_is_forged_leaves_nothing_but_a_count(
    branch: Branch,
    system: System,
    muster: Muster,
    client: FlaskClient,
    body: bytes,
    signature: str,
    said: bool,
) -> None:
    if said:
        body = json.dumps(branch.result("e-1", "A1")).encode() + body
    before = counts(muster)
    [(name, counted)] = figures(client, "interview_results_forged").items()

    with capture_logs() as logs:
        answer = system.sends(body, "sha256=" + signature.encode().hex())

    assert (answer.status_code, answer.get_data()) == (403, b"")
    assert (counts(muster), logs) == (before, [])
    assert figures(client, "interview_results_forged") == {name: counted + 1}


@limits(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrivals=some.permutations([*(("told", number) for number in range(4)), ("applies", 0), ("applies", 1)]),
)
def test_results_and_applications_may_come_in_any_order(
    branch: Branch, system: System, arrivals: list[tuple[str, int]]
) -> None:
    """Two results for each of two numbers; of the two the later one counts."""
    applications: dict[str, int] = {}
    run = next(runs)
    for what, which in arrivals:
        number = f"N-{run}-{which % 2}"
        if what == "applies":
            applications[number] = branch.applies(f"候选{number}", number=number)
            continue
        minute = branch.now + timedelta(minutes=which)
        system.tells(
            branch.result(f"{number}-{which}", number, score=60 + which, occurred_at=minute.isoformat())
        )

    for number, application in applications.items():
        which = 2 + int(number.split("-")[2])
        stage = branch.stage(application)
        assert (stage.score, stage.result_event) == (60 + which, f"{number}-{which}")


def test_shuffled_replayed_and_cut_up_it_comes_to_the_same(
    branch: Branch, system: System, muster: Muster
) -> None:
    dice = random.Random(7)
    people = [branch.applies(f"候选{number}") for number in range(8)]
    told = [
        branch.result(
            f"e-{number:03}",
            dice.choice(people),
            score=dice.randrange(101),
            type=dice.choice(["result", "result", "no_show"]),
            occurred_at=(branch.now + timedelta(minutes=dice.randrange(10))).isoformat(),
        )
        for number in range(150)
    ]
    newest: dict[str, tuple[str, str, dict[str, Any]]] = {}
    for item in told:
        at = (item["occurred_at"], item["event_id"], item)
        newest[item["application_no"]] = max(
            newest.get(item["application_no"], at), at, key=lambda one: one[:2]
        )
    pile = told * 3
    dice.shuffle(pile)
    accepted: list[str] = []
    while pile:
        some_ = [pile.pop() for _ in range(min(len(pile), dice.randrange(1, 40)))]
        accepted += system.tells(some_)["accepted"]

    assert sorted(accepted) == sorted(item["event_id"] for item in told)
    for application in people:
        item = newest[f"A{application}"][2]
        stage = branch.stage(application)
        expected = StageStatus.COMPLETED
        if item["type"] == "no_show":
            expected = StageStatus.NO_SHOW
        elif item["score"] >= 60:
            expected = StageStatus.PASSED
        assert (stage.result_event, stage.status) == (item["event_id"], expected)


def test_two_calls_at_the_same_moment_keep_each_event_once(
    branch: Branch, app: Flask, muster: Muster
) -> None:
    rain = branch.applies("林小雨")
    told = [branch.result(f"e-{number:03}", rain, score=number % 101) for number in range(200)]
    accepted: list[str] = []

    def tell(turned: bool) -> None:
        accepted.extend(System(app.test_client()).tells(told[::-1] if turned else told)["accepted"])

    calls = [threading.Thread(target=tell, args=(turned,)) for turned in (False, True, False, True)]
    for call in calls:
        call.start()
    for call in calls:
        call.join()

    assert sorted(accepted) == [item["event_id"] for item in told]
    muster.runner.run_due()
    assert branch.stage(rain).result_event == "e-199"


def test_a_result_and_its_application_may_come_at_the_same_moment(branch: Branch, muster: Muster) -> None:
    branch.told(branch.result("e-1", "N-1", score=70))
    rain = branch.applies("林小雨")
    with branch.writing() as session:
        session.get_one(Application, rain).number = "N-1"

    branch.clock.passes_to("09:10")

    assert branch.stage(rain).score == 70


def test_absences_of_many_are_noted_within_minutes(branch: Branch, muster: Muster) -> None:
    people = [branch.applies(f"候选{number}") for number in range(450)]
    with branch.writing() as session:
        session.execute(
            update(StageRecord)
            .where(StageRecord.code == "ai_interview")
            .values(status=StageStatus.SCHEDULED, starts_at=branch.now + timedelta(minutes=10))
        )

    branch.clock.passes_to("09:31")

    with branch.muster.database.reading() as session:
        missed = select(func.count()).where(StageRecord.status == StageStatus.NO_SHOW)
        assert session.scalar(missed) == len(people)
