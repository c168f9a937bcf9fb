"""A month of lessons for two hundred people in fast time, over Mid-Autumn and National Day of 2026.

The job is driven at moments around and within working hours; some of its runs die before they commit and
run again. What the people see is compared with what the calendar, the shifts and the leave say by themselves.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

import pytest
from sqlalchemy import select

from bot.app import Muster
from bot.policy import work_calendar
from jobs.base import JobContext, Notice
from jobs.lessons import GATED, LAGGARDS, MORE, tell_of_gated, tell_of_laggards, tend_more, tend_training
from models import attendance, planning, staff, training
from models.attendance import Asked, AskedState, AttendanceRequest
from models.base import SHANGHAI
from models.planning import DueItem, RunState
from models.policy import Policy
from models.staff import Employee, Role
from models.training import (
    Audience,
    Certificate,
    CourseDraft,
    CourseKind,
    CourseVersion,
    Enrolment,
    Family,
    LessonDraft,
    PushReason,
    QuestionDraft,
    QuestionKind,
    ReceiptBy,
    Where,
)
from tests.simulator import TestClock, rows

DAY = timedelta(days=1)
FIRST, LAST = date(2026, 9, 21), date(2026, 10, 16)
OFF = {date(2026, 9, 25), *(date(2026, 10, day) for day in range(1, 8))}
WORKED = {date(2026, 10, 10)}
"""What is known of these weeks beside Monday to Friday, written down here and not asked of the product."""
TICKS = ("06:05", "09:05", "09:35", "11:05", "13:35", "15:05", "16:05", "17:05", "18:05", "21:05", "22:35")
TEAMS, EACH = 10, 20
EVENING = {3, 13}
"""Places in each team that work from 13:00 to 22:00; place 7 has no shift at all."""
NEVER = {0, 10}
"""They never read anything."""
LEAVE = [(date(2026, 9, 23), date(2026, 9, 28)), (date(2026, 10, 9), date(2026, 10, 9))]
"""Of places 2 and 10."""
HERE = Where("course")
RULES = [date(2026, 9, 22), date(2026, 9, 30)]
"""Regulations are published then, at ten, and at four on the eve of the holidays."""
MONDAYS = [date(2026, 9, 21), date(2026, 9, 28), date(2026, 10, 12)]


def draft(code: str, **more: object) -> CourseDraft:
    """A course of one lesson and one question."""
    question = QuestionDraft("q1", QuestionKind.JUDGE, "对吗。", ["对", "错"], [0], "对。", "规范", HERE)
    values = {"family": Family.SKILLS, "lessons": [LessonDraft("一课", "一句话。", HERE)], **more}
    return CourseDraft(code=code, title=code, where=HERE, questions=[question], **values)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def policy(policy: Policy) -> Policy:
    """As delivered: a licence is needed."""
    return replace(policy, training=replace(policy.training, licence_required=True))


@dataclass
class Someone:
    """Who somebody is, and what became of them."""

    id: int
    place: int
    leader: int
    leave: Sequence[tuple[date, date]] = ()
    gone: datetime | None = None
    newcomer: bool = False
    seen: list[tuple[datetime, str, int]] = field(default_factory=list)
    """What arrived: when, which block, which enrolment."""

    @property
    def hours(self) -> tuple[time, time]:
        """When they work."""
        return (time(13), time(22)) if self.place in EVENING else (time(9), time(18))

    def works_on(self, day: date) -> bool:
        """By the calendar of this test and their leave."""
        workday = (day.weekday() < 5 or day in WORKED) and day not in OFF
        return workday and not any(first <= day <= last for first, last in self.leave)

    def works_at(self, moment: datetime) -> bool:
        """Whether they are at work."""
        begin, end = self.hours
        return self.works_on(moment.date()) and begin <= moment.time() < end

    def nth_end(self, day: date, count: int) -> datetime:
        """The end of the count-th day they work after a day."""
        while count:
            day += DAY
            count -= self.works_on(day)
        return datetime.combine(day, self.hours[1], tzinfo=SHANGHAI)


class Month:
    """Two hundred people, their leaders, and the job."""

    def __init__(self, muster: Muster) -> None:
        self.muster, self.policy = muster, muster.policy
        self.calendar = work_calendar(self.policy)
        self.people: dict[int, Someone] = {}
        self.leaders: dict[int, list[tuple[datetime, str, list[int]]]] = defaultdict(list)
        self.random = Random(26)
        self._kinds: dict[int, CourseKind] = {}
        with muster.database.writing() as session:
            shifts = {
                begin: attendance.add_shift(
                    session, name=f"{begin} 班", starts_at=time(begin), ends_at=time(end)
                )
                for begin, end in ((9, 18), (13, 22))
            }
            begin = datetime.combine(FIRST, time(), tzinfo=SHANGHAI)
            for team in range(TEAMS):
                unit = staff.add_unit(session, name=f"第{team}组")
                leader = staff.add_employee(
                    session, wecom_id=f"l{team}", name=f"组长{team}", role=Role.TEAM_LEADER, unit=unit
                )
                for place in range(EACH):
                    person = staff.add_employee(
                        session,
                        wecom_id=f"p{team}_{place}",
                        name=f"员工{team}_{place}",
                        role=Role.COLLECTOR,
                        unit=unit,
                    )
                    if place != 7:
                        attendance.assign_shift(
                            session, employee=person, shift=shifts[13 if place in EVENING else 9]
                        )
                    one = Someone(person.id, place, leader.id, newcomer=place == 5)
                    person.hired_on = FIRST if one.newcomer else date(2024, 3, 1)
                    if place in (2, 10):
                        one.leave = [
                            (date(2026, 9, 23), date(2026, 9, 28)),
                            (date(2026, 10, 9), date(2026, 10, 9)),
                        ]
                    if place == 19:
                        one.gone = begin + timedelta(days=4, hours=18)
                        person.left_at = one.gone
                    if not one.newcomer:
                        until = datetime(2027, 6, 30, tzinfo=SHANGHAI)
                        session.add(
                            Certificate(
                                employee_id=person.id, licence=True, granted_at=begin, expires_at=until
                            )
                        )
                    self.people[person.id] = one
                    session.add_all(self._leave(one))

    @staticmethod
    def _leave(one: Someone) -> Iterator[AttendanceRequest]:
        for first, last in one.leave:
            begins_at = datetime.combine(first, time(), tzinfo=SHANGHAI)
            yield AttendanceRequest(
                kind=Asked.LEAVE,
                employee_id=one.id,
                day=first,
                begins_at=begins_at,
                ends_at=datetime.combine(last + DAY, time(), tzinfo=SHANGHAI),
                state=AskedState.APPROVED,
                asked_at=begins_at,
            )

    def publish(self, at: datetime, one: CourseDraft) -> CourseVersion:
        """A course is published."""
        with self.muster.database.writing() as session:
            version = training.publish(session, draft=one, actor=None, at=at, policy=self.policy).version
            self._kinds[version.id] = one.kind
            return version

    def push(self, at: datetime, version: CourseVersion) -> None:
        """Everybody is pushed it: a regulation to all it concerns, a course to the collectors."""
        with self.muster.database.writing() as session:
            found = session.get_one(CourseVersion, version.id)
            if self._kinds[version.id] is CourseKind.REGULATION:
                training.broadcast(session, version=found, actor=None, at=at, policy=self.policy)
            else:
                training.push(
                    session,
                    version=found,
                    audience=Audience(roles=(Role.COLLECTOR,)),
                    reason=PushReason.ASSIGNED,
                    actor=None,
                    at=at,
                    policy=self.policy,
                )

    def tick(self, at: datetime) -> None:
        """The job runs, once it has died in the middle; then people do what they do."""
        if self.random.random() < 0.2:
            with pytest.raises(Killed):
                self._die(at)
        with self.muster.database.writing() as session:
            told = list(tend_training(self._context(session, at)))
        self._deliver(at, told)
        while self._due(at + timedelta(minutes=1), MORE):
            with self.muster.database.writing() as session:
                items = self._take(session, at + timedelta(minutes=1), MORE)
                told = list(tend_more(self._context(session, at), items))
            self._deliver(at, told)
        later = at + timedelta(minutes=10)
        for kind, job in ((LAGGARDS, tell_of_laggards), (GATED, tell_of_gated)):
            if self._due(later, kind):
                with self.muster.database.writing() as session:
                    items = self._take(session, later, kind)
                    told = list(job(self._context(session, later), items))
                self._deliver(later, told)

    def _die(self, at: datetime) -> None:
        with self.muster.database.writing() as session:
            tend_training(self._context(session, at))
            raise Killed

    def _context(self, session: object, at: datetime) -> JobContext:
        return JobContext(session, at, self.calendar, self.policy)  # type: ignore[arg-type]

    def _due(self, at: datetime, kind: str) -> bool:
        with self.muster.database.reading() as session:
            due = select(DueItem.id).where(
                DueItem.kind == kind, DueItem.state == RunState.DUE, DueItem.due_at <= at
            )
            return session.scalars(due.limit(1)).first() is not None

    @staticmethod
    def _take(session: object, at: datetime, kind: str) -> Sequence[DueItem]:
        due = select(DueItem).where(DueItem.kind == kind, DueItem.state == RunState.DUE, DueItem.due_at <= at)
        items = session.scalars(due).all()  # type: ignore[attr-defined]
        planning.settle(session, [item.id for item in items], RunState.DONE)  # type: ignore[arg-type]
        return items

    def _deliver(self, at: datetime, told: Sequence[object]) -> None:
        for notice in told:
            if not isinstance(notice, Notice):
                continue
            someone = self.people.get(notice.to.id)
            if someone is None:
                about = [line.person.id for line in notice.values.get("people", ())]
                self.leaders[notice.to.id].append((at, notice.block, about))
            else:
                enrolment = notice.values.get("enrolment")
                someone.seen.append((at, notice.block, 0 if enrolment is None else enrolment.id))

    def learn(self, at: datetime) -> None:
        """Whoever learns at all does what they have been pushed, with some delay, and passes."""
        with self.muster.database.writing() as session:
            waiting = session.scalars(
                select(Enrolment).where(training.IS_OPEN, Enrolment.sent_at < at).order_by(Enrolment.id)
            ).all()
            for one in waiting:
                someone = self.people.get(one.employee_id)
                if someone is None or someone.place in NEVER or not someone.works_at(at):
                    continue
                if self.random.random() < 0.6:
                    person = session.get_one(Employee, one.employee_id)
                    training.acknowledge(session, person=person, enrolment=one, by=ReceiptBy.BUTTON, at=at)
                    training.complete(session, person=person, enrolment=one, at=at)
                    version = session.get_one(CourseVersion, one.version_id)
                    if version.licence:
                        until = at + timedelta(days=365)
                        session.add(
                            Certificate(
                                employee_id=person.id,
                                course_id=one.course_id,
                                version_id=version.id,
                                licence=True,
                                granted_at=at,
                                expires_at=until,
                            )
                        )

    def barred(self, at: datetime) -> Mapping[int, training.Bar]:
        """Who gets no new cases."""
        with self.muster.database.reading() as session:
            return training.barred(session, list(self.people), at=at, policy=self.policy)

    def regulations(self) -> set[int]:
        """Their versions."""
        return {id_ for id_, kind in self._kinds.items() if kind is CourseKind.REGULATION}


class Killed(Exception):
    """The worker died."""


def moments() -> Iterator[datetime]:
    """Every tick of the month."""
    day = FIRST
    while day <= LAST:
        for clock in TICKS:
            yield datetime.combine(day, time.fromisoformat(clock), tzinfo=SHANGHAI)
        day += DAY


@pytest.mark.proof
def test_a_month_of_lessons_for_two_hundred_people(muster: Muster, clock: TestClock) -> None:
    month = Month(muster)
    start = datetime.combine(FIRST, time(6), tzinfo=SHANGHAI)
    month.publish(
        start, draft("licence", family=Family.LAW, licence=True, compliance=True, roles=["collector"])
    )
    for number in range(4):
        month.publish(start, draft(f"process-{number}", family=Family.PROCESS, roles=["collector"]))
    at_ten = {(day, "11:05"): f"rule-{number}" for number, day in enumerate(RULES[:1])}
    at_ten[RULES[1], "16:05"] = "rule-eve"
    for moment in moments():
        code = at_ten.get((moment.date(), f"{moment:%H:%M}"))
        if code:
            month.push(
                moment, month.publish(moment, draft(code, family=Family.LAW, kind=CourseKind.REGULATION))
            )
        if moment.date() in MONDAYS and moment.hour == 9 and moment.minute == 5:
            month.push(moment, month.publish(moment, draft(f"week-{moment:%m%d}")))
        month.tick(moment)
        month.learn(moment + timedelta(minutes=20))

    enrolments = {one.id: one for one in rows(muster, Enrolment)}
    regulations = month.regulations()
    end = datetime.combine(LAST, time(23), tzinfo=SHANGHAI)
    for someone in month.people.values():
        everything_in_its_time(someone, enrolments, regulations)
        deadlines_hold(someone, enrolments, muster)
        if someone.gone is None:
            both_rules_on_the_first_working_day(someone, enrolments, regulations)
    nobody_reads_in_vain(month, enrolments)
    never = {one.id for one in month.people.values() if one.place in NEVER and one.gone is None}
    assert never == set(month.barred(end))
    leaders_hear_once(month, enrolments)
    newcomers_begin_with_the_licence(month, enrolments, muster)


def everything_in_its_time(
    someone: Someone, enrolments: Mapping[int, Enrolment], regulations: set[int]
) -> None:
    """Nothing in quiet time, on a day off, on leave or after they left; one lesson a day."""
    lessons: dict[date, list[bool]] = defaultdict(list)
    for at, block, id_ in someone.seen:
        assert time(8) <= at.time() < time(22), (someone, at, block)
        assert someone.gone is None or at < someone.gone, (someone, at, block)
        if block in ("pushes/lesson", "pushes/reminder", "pushes/gated"):
            assert someone.works_at(at), (someone, at, block)
        if block == "pushes/lesson":
            lessons[at.date()].append(enrolments[id_].version_id in regulations)
    for day, kinds in lessons.items():
        assert kinds.count(False) <= 1, (someone, day)
        if True in kinds:
            assert False not in kinds[kinds.index(True) :], (someone, day, "a course after a regulation")


def deadlines_hold(someone: Someone, enrolments: Mapping[int, Enrolment], muster: Muster) -> None:
    """The deadline is the end of the third day they work after the push, whatever lies between."""
    for one in enrolments.values():
        if one.employee_id == someone.id and one.sent_on is not None and one.reason != PushReason.LICENCE:
            assert one.due_at == someone.nth_end(one.sent_on, 3), (someone, one.sent_on, one.due_at)
            assert one.gates_at in (None, one.due_at)


def both_rules_on_the_first_working_day(
    someone: Someone, enrolments: Mapping[int, Enrolment], regulations: set[int]
) -> None:
    """A regulation reaches them the same day if they work then, else the next day they work."""
    sent = [
        one
        for one in enrolments.values()
        if one.employee_id == someone.id and one.version_id in regulations and one.withdrawn_at is None
    ]
    assert len(sent) == 2, someone
    for one in sent:
        day = one.planned_at.date()
        last = datetime.combine(day, someone.hours[1], tzinfo=SHANGHAI)
        while not someone.works_on(day) or last <= one.planned_at:
            day += DAY
            last = datetime.combine(day, someone.hours[1], tzinfo=SHANGHAI)
        assert one.sent_on == day, (someone, one.planned_at, one.sent_on)


def nobody_reads_in_vain(month: Month, enrolments: Mapping[int, Enrolment]) -> None:
    """Whoever did it has a receipt, and who never does was reminded twice and told of the gate."""
    for one in enrolments.values():
        someone = month.people.get(one.employee_id)
        if someone is None or someone.gone is not None:
            continue
        if one.completed_at is not None:
            assert (one.read_at, one.read_by) == (one.completed_at, ReceiptBy.BUTTON)
        over = one.gates_at is not None and one.gates_at.date() < LAST - timedelta(days=3)
        if someone.place in NEVER and over and one.sent_on is not None:
            assert one.reminded == 2, (someone, one.sent_on)
            assert one.leader_told_at is not None
            assert one.gate_told_at is not None
            assert [id_ for _, block, id_ in someone.seen if block == "pushes/gated"].count(one.id) == 1


def leaders_hear_once(month: Month, enrolments: Mapping[int, Enrolment]) -> None:
    """One list a day at most, of their own people."""
    for leader, told in month.leaders.items():
        lists = [at.date() for at, block, _ in told if block == "pushes/laggards"]
        assert len(lists) == len(set(lists)), (leader, told)
        for _, _, about in told:
            assert all(month.people[id_].leader == leader for id_ in about)


def newcomers_begin_with_the_licence(
    month: Month, enrolments: Mapping[int, Enrolment], muster: Muster
) -> None:
    """The licence comes first, then the courses about the work, one a day, all of them."""
    codes = {one.id: one.title for one in rows(muster, CourseVersion)}
    for someone in month.people.values():
        if someone.newcomer and someone.gone is None:
            sent = sorted(
                (at, codes[enrolments[id_].version_id])
                for at, block, id_ in someone.seen
                if block == "pushes/lesson"
            )
            assert sent[0][1] == "licence"
            assert {code for _, code in sent if code.startswith("process")} == {
                f"process-{number}" for number in range(4)
            }
