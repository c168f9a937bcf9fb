"""The licence to work and the gate: who gets no new cases, and what brings them back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.app import Muster
from models import cases, distribution, training
from models.cases import CaseStatus
from models.distribution import Barrier, Strategy
from models.policy import Policy
from models.staff import Employee, Post, Role
from models.training import (
    Bar,
    Course,
    CourseDraft,
    CourseVersion,
    Enrolment,
    Family,
    LessonDraft,
    PushReason,
    QuestionDraft,
    QuestionKind,
    Where,
)
from tests.chat.floor import Floor
from tests.simulator import Messenger, TestClock, rows

HERE = Where("licence")
LICENCE = CourseDraft(
    code="licence",
    title="上岗合规考试",
    family=Family.LAW,
    where=HERE,
    compliance=True,
    licence=True,
    lessons=[LessonDraft("上岗之前", "晚上十点以后不联系。", HERE)],
    questions=[
        QuestionDraft(
            "q1", QuestionKind.JUDGE, "晚上十点可以打。", ["对", "错"], [1], "不可以。", "国标", HERE
        )
    ],
)
COLLECTORS = ("zhangsan", "lisi", "wangwu")


@pytest.fixture(scope="session")
def policy(policy: Policy) -> Policy:
    """As delivered: collectors and field reps need a licence."""
    return replace(policy, training=replace(policy.training, licence_required=True))


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """Two teams of collectors, and their leaders."""
    return Floor(muster, client, messenger, clock)


def publish(floor: Floor, draft: CourseDraft = LICENCE) -> CourseVersion:
    """The next version of a course."""
    with floor.muster.database.writing() as session:
        return training.publish(
            session, draft=draft, actor=None, at=floor.clock.now(), policy=floor.policy
        ).version


def licensed(floor: Floor, account: str, until: date) -> None:
    """Somebody has a licence from elsewhere."""
    with floor.muster.database.writing() as session:
        training.enter_licence(
            session, person=floor.employee(account), until=until, at=floor.clock.now(), actor="operator"
        )


def bars(floor: Floor) -> Mapping[str, Bar]:
    """Account → what keeps them from new cases, of the first team."""
    ids = {floor.employee(account).id: account for account in COLLECTORS}
    with floor.muster.database.reading() as session:
        found = training.barred(session, ids, at=floor.clock.now(), policy=floor.policy)
    return {ids[id_]: bar for id_, bar in found.items()}


def tend(floor: Floor) -> int:
    """The rule runs."""
    with floor.muster.database.writing() as session:
        return training.tend_licences(
            session, at=floor.clock.now(), policy=floor.policy, calendar=floor.calendar
        )


def gates(floor: Floor) -> Mapping[str, datetime | None]:
    """Account → the gate of what is open."""
    accounts = {one.id: one.wecom_id for one in rows(floor.muster, Employee)}
    return {accounts[one.employee_id]: one.gates_at for one in rows(floor.muster, Enrolment)}


def test_without_a_course_that_gives_it_nobody_needs_a_licence(floor: Floor) -> None:
    assert (bars(floor), tend(floor)) == ({}, 0)


def test_a_licence_holds_through_its_last_day(floor: Floor) -> None:
    publish(floor)
    today = floor.clock.now().date()
    licensed(floor, "zhangsan", today)
    licensed(floor, "lisi", today - timedelta(days=1))

    assert bars(floor) == {"lisi": Bar.UNLICENSED, "wangwu": Bar.UNLICENSED}


def test_who_is_barred_is_given_nothing_by_whatever_way(floor: Floor) -> None:
    publish(floor)
    licensed(floor, "zhangsan", date(2026, 12, 31))
    [number, _] = [floor.case(), floor.case(name="李小红", phone="13900139000")]
    boss = floor["boss"]

    with floor.muster.database.reading() as session:
        plan = distribution.simulate(
            session,
            actor=floor.employee("boss"),
            filter=cases.Filter(statuses=(CaseStatus.POOL,)),
            to=[floor.employee(account).id for account in COLLECTORS],
            strategy=Strategy.EVEN,
            at=floor.clock.now(),
            policy=floor.policy,
        )
    assert [line.account for line in plan.lines] == ["zhangsan"]
    assert [(one.account, one.reason) for one in plan.barred] == [
        ("lisi", Barrier.UNLICENSED),
        ("wangwu", Barrier.UNLICENSED),
    ]

    boss.says(f"分案 {number} 给 李四")
    assert "没有有效的上岗证" in boss.reads()[0]
    floor["lisi"].says("领案 1")
    assert "没有有效的上岗证" in floor["lisi"].reads()[0]
    floor["lisi"].says("我能接什么")
    assert floor["lisi"].reads()[0].endswith("现在不会分案子给你：没有有效的上岗证。")


def test_who_has_worked_already_has_days_of_grace_and_a_newcomer_has_none(floor: Floor) -> None:
    publish(floor)
    with floor.muster.database.writing() as session:
        session.get_one(Employee, floor.employee("lisi").id).hired_on = floor.clock.now().date()

    assert tend(floor) == 8
    assert tend(floor) == 0, "nobody is enrolled twice"
    assert gates(floor)["zhangsan"] == datetime(2026, 3, 16, 18, tzinfo=floor.clock.now().tzinfo)
    assert bars(floor) == {"lisi": Bar.UNLICENSED}
    floor.clock.at("2026-03-16 18:00")
    assert bars(floor) == dict.fromkeys(COLLECTORS, Bar.UNLICENSED)


def test_the_renewal_comes_thirty_days_before_and_gates_when_the_licence_lapses(floor: Floor) -> None:
    publish(floor)
    for account in (*COLLECTORS, "zhaoliu", "zhouqi", "lisi2", "zhangwei", "yuansan"):
        licensed(floor, account, date(2026, 12, 31))
    licensed(floor, "wangwu", date(2026, 4, 1))
    assert tend(floor) == 0
    floor.clock.at("2026-03-03 10:00")

    assert tend(floor) == 1
    [renewal] = rows(floor.muster, Enrolment)
    assert (renewal.reason, renewal.because) == (PushReason.RENEWAL, {"until": "2026-04-01"})
    assert bars(floor) == {}
    floor.clock.at("2026-04-01 23:59")
    assert bars(floor) == {}
    floor.clock.at("2026-04-02 00:00")
    assert bars(floor) == {"wangwu": Bar.UNLICENSED}
    assert tend(floor) == 0, "the one that is open stays, with its gate"


def test_what_is_mandatory_gates_until_it_is_done(floor: Floor) -> None:
    rules = replace(LICENCE, code="night", title="夜间规则", licence=False)
    version = publish(floor, rules)
    person, at = floor.employee("zhangsan"), floor.clock.now()
    with floor.muster.database.writing() as session:
        training.enrol(
            session,
            person=person,
            version=session.get_one(CourseVersion, version.id),
            reason=PushReason.REGULATION,
            at=at,
            gates_at=at + timedelta(hours=8),
        )
    assert bars(floor) == {}
    floor.clock.at("18:00")
    assert bars(floor) == {"zhangsan": Bar.GATED}

    with floor.muster.database.writing() as session:
        training.complete(
            session, person=person, enrolment=session.scalars(select(Enrolment)).one(), at=floor.clock.now()
        )
    assert bars(floor) == {}


def test_a_licence_for_other_roles_is_asked_of_nobody_else(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.training.licence.MOST_AT_ONCE", 1)
    publish(floor, replace(LICENCE, roles=["field_rep"]))
    assert bars(floor) == {}

    publish(floor, replace(LICENCE, code="other", title="另一门", roles=["collector"]))
    with floor.muster.database.writing() as session:
        for one in session.scalars(select(Post).where(Post.employee_id == floor.employee("zhangsan").id)):
            one.role = Role.FIELD_REP
        training.retire(
            session,
            course=session.scalars(select(Course).where(Course.code == "licence")).one(),
            actor=floor.employee("fenghegui"),
            at=floor.clock.now(),
            policy=floor.policy,
        )
    assert bars(floor) == {"lisi": Bar.UNLICENSED, "wangwu": Bar.UNLICENSED}

    for _ in COLLECTORS:
        with floor.muster.database.writing() as session:
            training.tend_licences(
                session, at=floor.clock.now(), policy=floor.policy, calendar=floor.calendar
            )
    accounts = {one.id: one.wecom_id for one in rows(floor.muster, Employee)}
    enrolled = {accounts[one.employee_id] for one in rows(floor.muster, Enrolment)}
    assert len(enrolled) == len(COLLECTORS)
    assert "zhangsan" not in enrolled
