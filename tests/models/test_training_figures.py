"""What people learnt as figures: each case as docs/performance-figures.md works it, and what touches them."""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.app import Muster
from models import performance, tally, training
from models.base import SHANGHAI
from models.performance.queries import BEGINNING
from models.staff import Employee, Role
from models.training import Attempt, CourseVersion, Enrolment, PushReason
from tests.chat.floor import Floor
from tests.chat.quizzes import NIGHT, NOTICE, enrol, publish
from tests.models.test_measures import figure
from tests.simulator import Messenger, TestClock

DOCS = Path(__file__).parents[2] / "docs" / "performance-figures.md"
COURSES = {"甲": (NIGHT, "a"), "乙": (NIGHT, "b"), "丙": (NOTICE, "c")}
NONE = "0 / 0 = None"
EVENING = time(18)


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams and head office, on the tenth of March."""
    floor = Floor(muster, client, messenger, clock)
    clock.at("2026-03-10 10:00")
    return floor


def worked() -> list[list[str]]:
    """The cases that are worked by hand."""
    text = DOCS.read_text(encoding="utf-8").partition("**培训。**")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return lines[1:]


def _moment(day: str, at: time = EVENING) -> datetime:
    month, number = day.split("-")
    return datetime.combine(date(2026, int(month), int(number)), at, SHANGHAI)


def learns(floor: Floor, account: str, said: str) -> int:
    """「甲 3-05 考 40 80 学完 3-04」 comes true, act by act; the number of the enrolment."""
    draft, code = COURSES[said[0]]
    due = re.match(r". (\d+-\d+)", said)
    version = publish(floor.muster, draft, code=code, title=said[0])
    id_ = enrol(floor.muster, account, version, due_at=_moment(due[1]) if due else None)
    scores = re.search(r"考((?: \d+)+)", said)
    for number, score in enumerate(scores[1].split() if scores else (), 1):
        sits(floor, id_, number, int(score))
    for word, name in (("学完", "completed_at"), ("改", "due_at")):
        if found := re.search(word + r" (\d+-\d+)", said):
            changes(floor, id_, **{name: _moment(found[1], time(12))})
    if "收回" in said:
        changes(floor, id_, withdrawn_at=floor.clock.now())
    return id_


def sits(floor: Floor, enrolment: int, number: int, score: int | None) -> None:
    """A try is handed in with this score, or begun and no more."""
    now = floor.clock.now()
    with floor.muster.database.writing() as session:
        session.add(
            Attempt(
                enrolment_id=enrolment,
                number=number,
                started_at=now,
                ends_at=now + timedelta(minutes=10),
                questions=[],
                submitted_at=None if score is None else now,
                score=score,
                passed=None if score is None else score >= 80,
            )
        )


def changes(floor: Floor, enrolment: int, **more: datetime | None) -> None:
    """Something of an enrolment changes."""
    with floor.muster.database.writing() as session:
        row = session.get_one(Enrolment, enrolment)
        for name, value in more.items():
            setattr(row, name, value)


def nothing_to_repair(floor: Floor) -> bool:
    """Whether the night would find nothing to put right."""
    with floor.muster.database.writing() as session:
        person = floor.employee("zhangsan").id
        return not tally.count_anew(session, [person], BEGINNING, date(2026, 12, 31))


@pytest.mark.parametrize(("case", "courses", "score", "done"), worked(), ids=lambda one: str(one)[:20])
def test_what_was_due_as_worked_by_hand(floor: Floor, case: str, courses: str, score: str, done: str) -> None:
    for said in courses.split("；"):
        learns(floor, "zhangsan", said)

    assert figure(floor, "zhangsan", "training_score") == score.replace("没有数", NONE), case
    assert figure(floor, "zhangsan", "training_completion") == done.replace("没有数", NONE), case
    assert nothing_to_repair(floor)


def test_what_is_due_today_counts_from_tomorrow(floor: Floor) -> None:
    learns(floor, "zhangsan", "甲 3-10")
    assert figure(floor, "zhangsan", "training_score") == NONE

    floor.clock.at("2026-03-11 00:00")

    assert figure(floor, "zhangsan", "training_score") == "0 / 1 = 0.00"
    assert figure(floor, "zhangsan", "training_completion") == "0 / 1 = 0.00"


def test_a_try_that_is_only_begun_is_none(floor: Floor) -> None:
    id_ = learns(floor, "zhangsan", "甲 3-05")

    sits(floor, id_, 1, None)

    assert figure(floor, "zhangsan", "training_score") == "0 / 1 = 0.00"


def test_who_leaves_has_nothing_open_any_more(floor: Floor) -> None:
    learns(floor, "zhangsan", "甲 3-05 考 60")
    learns(floor, "zhangsan", "乙 3-04 考 90 学完 3-04")
    assert figure(floor, "zhangsan", "training_score") == "150 / 2 = 75.00"

    with floor.muster.database.writing() as session:
        zhangsan = session.get_one(Employee, floor.employee("zhangsan").id)
        zhangsan.left_at = floor.clock.now()
        session.flush()
        assert training.let_go(session, at=floor.clock.now()) == 1
        zhangsan.left_at = None  # so that he can be asked about

    assert figure(floor, "zhangsan", "training_score") == "90 / 1 = 90.00"
    assert nothing_to_repair(floor)


def test_whom_a_course_is_no_longer_for_has_nothing_open_of_it(floor: Floor) -> None:
    id_ = learns(floor, "zhangsan", "甲 3-05 考 60")
    with floor.muster.database.writing() as session:
        version = session.get_one(CourseVersion, session.get_one(Enrolment, id_).version_id)
        version.roles = [Role.FIELD_REP]
        session.get_one(Enrolment, id_).reason = PushReason.NEWCOMER
    with floor.muster.database.writing() as session:
        assert training.let_go(session, at=floor.clock.now()) == 1

    assert figure(floor, "zhangsan", "training_score") == NONE
    assert nothing_to_repair(floor)


def test_what_is_forgotten_after_years_counts_no_more(floor: Floor) -> None:
    learns(floor, "zhangsan", "甲 3-05 考 90 学完 3-04")

    with floor.muster.database.writing() as session:
        later = floor.clock.now().replace(year=2031, month=4)
        assert training.forget_receipts(session, at=later, years=5) == 1

    assert figure(floor, "zhangsan", "training_score") == NONE
    assert nothing_to_repair(floor)


def test_a_new_version_takes_the_place_of_the_old_one(floor: Floor) -> None:
    learns(floor, "zhangsan", "甲 3-05 考 60")

    newer = publish(floor.muster, NIGHT, code="a", title="甲", draws=4)
    enrol(floor.muster, "zhangsan", newer, PushReason.RENEWAL, due_at=_moment("3-09"))

    assert figure(floor, "zhangsan", "training_score") == "0 / 1 = 0.00"
    assert nothing_to_repair(floor)


def test_the_records_behind_a_score_name_the_best_try(floor: Floor) -> None:
    id_ = learns(floor, "zhangsan", "甲 3-05 考 40 80 80 学完 3-04")
    with floor.muster.database.reading() as session:
        [[title, version]] = session.execute(select(CourseVersion.title, CourseVersion.number)).all()
        known = performance.studied(session, [id_])[id_]

    assert (title, version) == ("甲", 1)
    assert (known.title, known.score, known.number) == ("甲", 80, 2)
    assert (known.due_at, known.completed_at) == (_moment("3-05"), _moment("3-04", time(12)))
