"""Courses and who learns them, below the chat: versions, enrolments, receipts."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.app import Muster
from models import training
from models.staff import Employee
from models.training import (
    ContentRefused,
    CourseDraft,
    Family,
    LessonDraft,
    PushReason,
    QuestionDraft,
    QuestionKind,
    ReceiptBy,
    Where,
    Wrong,
)
from tests.simulator import Given, TestClock

HERE = Where("quiet_hours")
DRAFT = CourseDraft(
    code="quiet_hours",
    title="什么时候可以联系",
    family=Family.LAW,
    where=HERE,
    compliance=True,
    lessons=[LessonDraft("晚上十点以后", "**22:00–8:00** 不联系。", HERE)],
    questions=[
        QuestionDraft(
            "q1", QuestionKind.JUDGE, "晚上十点可以打。", ["对", "错"], [1], "不可以。", "国标", HERE
        )
    ],
)


def test_the_same_content_is_no_new_version(muster: Muster, clock: TestClock) -> None:
    with muster.database.writing() as session:
        first = training.publish(session, draft=DRAFT, actor=None, at=clock.now(), policy=muster.policy)
        again = training.publish(session, draft=DRAFT, actor=None, at=clock.now(), policy=muster.policy)
        changed = replace(DRAFT, title="什么时候能打")
        second = training.publish(session, draft=changed, actor=None, at=clock.now(), policy=muster.policy)

    assert (first.version.number, first.is_new, first.before) == (1, True, None)
    assert (again.version.id, again.is_new) == (first.version.id, False)
    assert (second.version.number, second.is_new, second.before) == (2, True, first.version)


def test_what_a_draft_leaves_open_is_as_the_policy_says(muster: Muster, clock: TestClock) -> None:
    with muster.database.writing() as session:
        version = training.publish(
            session, draft=DRAFT, actor=None, at=clock.now(), policy=muster.policy
        ).version

    assert (version.draws, version.pass_mark, version.minutes, version.valid_days) == (1, 90, 2, 365)


def test_everything_wrong_is_said_at_once(muster: Muster, clock: TestClock) -> None:
    question = DRAFT.questions[0]
    rows = [Where("quiet_hours", row) for row in (1, 2, 3)]
    broken = replace(
        DRAFT,
        lessons=[],
        questions=[
            replace(question, answer=[5], where=rows[0]),
            replace(question, stem="", code="q2", where=rows[1]),
            replace(question, where=rows[2]),
        ],
    )

    with muster.database.writing() as session, pytest.raises(ContentRefused) as refused:
        training.publish(session, draft=broken, actor=None, at=clock.now(), policy=muster.policy)

    found = {(one.where.row, one.wrong) for one in refused.value.facts["problems"]}
    assert found == {(0, Wrong.NO_LESSON), (1, Wrong.NO_SUCH_OPTION), (2, Wrong.MISSING), (3, Wrong.TWICE)}


def test_somebody_has_one_open_enrolment_of_a_course(muster: Muster, clock: TestClock, given: Given) -> None:
    given.employee("bob", "李四")
    with muster.database.writing() as session:
        bob = session.scalars(select(Employee).where(Employee.wecom_id == "bob")).one()
        version = training.publish(
            session, draft=DRAFT, actor=None, at=clock.now(), policy=muster.policy
        ).version
        own, is_new = training.enrol(
            session, person=bob, version=version, reason=PushReason.OWN, at=clock.now()
        )
        gate = clock.now().replace(hour=18)
        again, is_again_new = training.enrol(
            session, person=bob, version=version, reason=PushReason.REGULATION, at=clock.now(), gates_at=gate
        )
        newer = training.publish(
            session, draft=replace(DRAFT, title="改了"), actor=None, at=clock.now(), policy=muster.policy
        ).version
        fresh, _ = training.enrol(session, person=bob, version=newer, reason=PushReason.OWN, at=clock.now())

        assert (is_new, is_again_new) == (True, False)
        assert again is own
        assert (own.reason, own.gates_at, own.withdrawn_at) == (PushReason.REGULATION, gate, clock.now())
        assert [one.id for one in training.open_enrolments(session, bob)] == [fresh.id]
        assert training.acknowledge(session, person=bob, enrolment=fresh, by=ReceiptBy.BUTTON, at=clock.now())
        assert not training.acknowledge(
            session, person=bob, enrolment=fresh, by=ReceiptBy.QUIZ, at=clock.now()
        )
        assert fresh.completed_at is None, "there is an exam"
