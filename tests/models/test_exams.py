"""Exams below the chat: whatever people do in whatever order, no try and no answer too many."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.app import Muster
from models import training
from models.errors import DomainError
from models.staff import Employee, Role
from models.training import (
    Attempt,
    AttemptAnswer,
    Certificate,
    Enrolment,
    Homework,
    PushReason,
    Question,
    TriesOver,
    TryLater,
)
from tests.chat.quizzes import publish
from tests.simulator import Given, TestClock, rows

ACTS = st.one_of(
    st.sampled_from(["start", "submit", "lesson"]),
    st.tuples(st.just("answer"), st.integers(0, 4), st.booleans()),
    st.tuples(st.just("pass"), st.sampled_from([1, 5, 9, 11, 60 * 23, 60 * 24])),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(ACTS, max_size=40))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_sequence_of_acts_gets_an_answer_or_a_try_too_many(
    scene: tuple[Muster, int, int, int], acts: list[object]
) -> None:
    """A model counts beside it: first answers in time, three tries a round, a day between two of them."""
    muster, alice_id, leader_id, version_id = scene
    policy = muster.policy
    with muster.database.writing() as session:
        alice, leader = session.get_one(Employee, alice_id), session.get_one(Employee, leader_id)
        alice.posts = leader.posts = ()
        alice.posts, leader.posts = _posts(session, muster, "AliceLi"), _posts(session, muster, "leader")
        version = session.get_one(training.CourseVersion, version_id)
        now = muster.clock.now()
        enrolment, _ = training.enrol(session, person=alice, version=version, reason=PushReason.OWN, at=now)
        kept: dict[tuple[int, int], bool] = {}
        rounds, begun, last, passed = 1, 0, None, False
        running = None
        for act in acts:
            if running is not None and now >= running.ends_at:
                [closed] = training.close_ended(session, attempt_ids=[running.id], at=now, policy=policy)
                last, passed, running = closed.attempt.submitted_at, passed or closed.attempt.passed, None
            try:
                if act == "start":
                    sitting = training.start(
                        session, actor=alice, enrolment_id=enrolment.id, at=now, policy=policy
                    )
                    if sitting.is_new:
                        assert running is None
                        assert not passed
                        assert begun < 3 * rounds
                        assert last is None or begun == 3 * (rounds - 1) or now - last >= timedelta(days=1)
                        begun += 1
                    running = sitting.attempt
                elif act == "submit" and running is not None:
                    outcome = training.submit(
                        session, actor=alice, attempt_id=running.id, at=now, policy=policy
                    )
                    last, passed, running = now, passed or outcome.attempt.passed, None
                elif act == "lesson":
                    training.taught(session, actor=leader, enrolment_id=enrolment.id, at=now, policy=policy)
                    assert begun == 3 * rounds
                    rounds += 1
                elif act[0] == "answer" and running is not None:
                    _, place, right = act
                    id_, order = running.questions[place]
                    answer = session.get_one(Question, id_).answer
                    chosen = [order.index(one) for one in answer]
                    if not right:
                        chosen = [one for one in range(len(order)) if one not in chosen][:1]
                    answered = training.answer(
                        session,
                        actor=alice,
                        attempt_id=running.id,
                        place=place,
                        shown=chosen,
                        at=now,
                        policy=policy,
                    )
                    assert answered.is_new == ((running.number, place) not in kept)
                    kept.setdefault((running.number, place), right)
                    if answered.outcome is not None:
                        last, running = now, None
                        passed = passed or answered.outcome.attempt.passed
                elif act[0] == "pass":
                    now += timedelta(minutes=act[1])
            except DomainError:
                pass
        attempts = session.scalars(select(Attempt).where(Attempt.enrolment_id == enrolment.id)).all()
        assert len(attempts) == begun <= 3 * rounds
        for one in attempts:
            if one.submitted_at is not None:
                right = sum(kept.get((one.number, place), False) for place in range(5))
                assert one.score == 20 * right
                assert one.passed == (right == 5)
        count = select(func.count(AttemptAnswer.id)).join(Attempt).where(Attempt.enrolment_id == enrolment.id)
        assert session.scalar(count) == len(kept)
        assert sum(bool(one.passed) for one in attempts) <= 1
        granted = session.scalars(select(Certificate).where(Certificate.employee_id == alice.id)).all()
        assert len(granted) == int(passed)
        assert (enrolment.completed_at is not None) == passed
        session.rollback()


@pytest.fixture
def scene(muster: Muster, clock: TestClock, given: Given) -> tuple[Muster, int, int, int]:
    """李爱丽, her leader, and the course of the night; what an example does is rolled back."""
    given.employee("AliceLi", "李爱丽")
    given.employee("leader", "赵组长", role=Role.TEAM_LEADER)
    version = publish(muster)
    with muster.database.reading() as session:
        ids = {one.wecom_id: one.id for one in session.scalars(select(Employee))}
    return muster, ids["AliceLi"], ids["leader"], version.id


def _posts(session: object, muster: Muster, account: str) -> object:
    from models import staff

    found = staff.find_employee(session, account, at=muster.clock.now())  # type: ignore[arg-type]
    assert found is not None
    return found.posts


def test_what_is_refused_says_when_or_why(scene: tuple[Muster, int, int, int], clock: TestClock) -> None:
    muster, alice_id, _, version_id = scene
    now, policy = clock.now(), muster.policy
    with muster.database.writing() as session:
        alice = session.get_one(Employee, alice_id)
        alice.posts = _posts(session, muster, "AliceLi")  # type: ignore[assignment]
        version = session.get_one(training.CourseVersion, version_id)
        enrolment, _ = training.enrol(session, person=alice, version=version, reason=PushReason.OWN, at=now)
        for number in range(3):
            at = now + timedelta(days=number)
            sitting = training.start(session, actor=alice, enrolment_id=enrolment.id, at=at, policy=policy)
            assert sitting.attempt is not None
            training.submit(session, actor=alice, attempt_id=sitting.attempt.id, at=at, policy=policy)
            with pytest.raises(TryLater if number < 2 else TriesOver) as refused:
                training.start(session, actor=alice, enrolment_id=enrolment.id, at=at, policy=policy)
            if number < 2:
                assert refused.value.facts["next_at"] == at + timedelta(days=1)


def test_nothing_readable_is_left_of_homework(scene: tuple[Muster, int, int, int], clock: TestClock) -> None:
    from bot.policy import work_calendar
    from models import staff

    muster, alice_id, _, _ = scene
    version = publish(muster, code="opening", title="怎么开口", homework="写一段。")
    now = clock.now()
    with muster.database.writing() as session:
        alice = session.get_one(Employee, alice_id)
        alice.posts = _posts(session, muster, "AliceLi")  # type: ignore[assignment]
        version = session.get_one(training.CourseVersion, version.id)
        enrolment, _ = training.enrol(session, person=alice, version=version, reason=PushReason.OWN, at=now)
        view = training.hand_in(
            session,
            actor=alice,
            enrolment_id=enrolment.id,
            words="我姓李，这是我的作业",
            pictures_since=None,
            at=now,
            policy=muster.policy,
            calendar=work_calendar(muster.policy),
        )
        assert view.words == "我姓李，这是我的作业"

        staff.make_unreadable(session, person=alice, at=now)

    [homework] = rows(muster, Homework)
    assert (homework.words, homework.remark, homework.file_ids) == (None, None, [])
    assert len(rows(muster, Enrolment)) == 1
