"""A branch that hires, for tests of operations: its people, who applied, and what they do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Muster
from bot.policy import work_calendar
from models import candidates, recruiting, staff
from models.candidates import Application
from models.policy import Policy
from models.recruiting import Process, StageRecord
from models.staff import Candidate, Employee, Role, UnitKind
from tests.simulator import TestClock

PEOPLE = (
    ("head", "何总部", Role.HR_HEAD, ""),
    ("north", "白城北", Role.HR_CITY, "城北分公司"),
    ("east", "冯城东", Role.HR_CITY, "城东分公司"),
    ("asker", "面试官", Role.INTERVIEWER, "城北分公司"),
    ("other", "另面试官", Role.INTERVIEWER, "城北分公司"),
)
GRANTED = ("recruiting.see", "recruiting.decide", "recruiting.override", "recruiting.interview")


def with_rights(policy: Policy) -> Policy:
    """A policy in which HR may do everything about hiring, and interviewers see and hold interviews."""
    roles = dict(policy.rights.roles)
    head, city, asker = roles[Role.HR_HEAD], roles[Role.HR_CITY], roles[Role.INTERVIEWER]
    roles[Role.HR_HEAD] = replace(head, all=head.all | set(GRANTED))
    roles[Role.HR_CITY] = replace(city, team=city.team | set(GRANTED))
    see = {"recruiting.see", "recruiting.interview"}
    roles[Role.INTERVIEWER] = replace(asker, team=asker.team | see)
    return replace(policy, rights=replace(policy.rights, roles=roles))


class Branch:
    """Everybody who hires in two branches, and who applied there."""

    def __init__(self, muster: Muster, clock: TestClock) -> None:
        self.muster, self.clock = muster, clock
        self.policy = with_rights(muster.policy)
        self.calendar = work_calendar(muster.policy)
        clock.at("09:00")
        with muster.database.writing() as session:
            for account, name, role, path in PEOPLE:
                unit = staff.ensure_root(session)
                for part in path.split("/") if path else []:
                    unit = staff.add_unit(session, name=part, parent=unit, kind=UnitKind.BRANCH)
                staff.add_employee(session, wecom_id=account, name=name, role=role, unit=unit)

    @property
    def now(self) -> datetime:
        """The moment."""
        return self.clock.now()

    def in_days(self, days: float) -> datetime:
        """So many days later."""
        return self.now + timedelta(days=days)

    def waits(self, **time: float) -> None:
        """Time passes, and what goes on by itself happens."""
        self.clock.at((self.now + timedelta(**time)).replace(tzinfo=None).isoformat())
        with self.muster.database.writing() as session:
            recruiting.apply_results(session, at=self.now, policy=self.policy)
            recruiting.mark_no_shows(session, at=self.now, policy=self.policy)

    def applies(
        self, name: str, job: str = "催收员", *, unit: str = "城北分公司", number: str | None = None
    ) -> int:
        """Somebody applies, and is bound to a WeChat; the id of the application."""
        with self.muster.database.writing() as session:
            there = staff.find_unit(session, unit)
            assert there is not None
            known = session.scalars(select(Candidate.id)).all()
            candidates.enter(
                session,
                name=name,
                phone=f"1540001{len(known):04d}",
                id_number=None,
                address=None,
                unit=there,
                job=job,
                applied_on=None,
                source="",
                at=self.now,
                actor="operator",
                policy=self.policy,
                number=number,
            )
            newest = session.scalars(select(Application).order_by(Application.id.desc()).limit(1)).one()
            session.get_one(Candidate, newest.person_id).openid = f"openid-{newest.person_id}"
            return newest.id

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction."""
        with self.muster.database.writing() as session:
            yield session

    def acts(self, account: str, operation: Callable[..., Any], **more: Any) -> Any:
        """Somebody of ours calls an operation."""
        with self.writing() as session:
            actor = staff.find_employee(session, account, at=self.now)
            assert actor is not None
            return operation(session, actor=actor, at=self.now, policy=self.policy, **more)

    def asks(self, application: int, operation: Callable[..., Any], **more: Any) -> Any:
        """Who applied calls an operation."""
        with self.writing() as session:
            return operation(session, person=self.person(session, application), at=self.now, **more)

    def person(self, session: Session, application: int) -> Candidate:
        """Who applied."""
        return session.get_one(Candidate, session.get_one(Application, application).person_id)

    def employee(self, account: str) -> Employee:
        """Somebody of ours."""
        with self.muster.database.reading() as session:
            found = staff.find_employee(session, account, at=self.now)
            assert found is not None
            return found

    def process(self, application: int) -> Process:
        """How an application stands."""
        with self.muster.database.reading() as session:
            found = recruiting.process_of(session, application, policy=self.policy)
            session.expunge_all()
            return found

    def stage(self, application: int, code: str = "ai_interview") -> StageRecord:
        """How one stage of it stands."""
        return self.process(application).stage(code)

    def told(self, *items: dict[str, Any]) -> recruiting.Taken:
        """The interview system tells results, and they are entered."""
        with self.writing() as session:
            taken = recruiting.take_results(session, items=list(items), at=self.now, policy=self.policy)
            recruiting.apply_results(session, at=self.now, policy=self.policy, limit=10_000)
        return taken

    def scores(self, application: int, score: float, **more: Any) -> None:
        """The AI interview is done with a score."""
        self.told(self.result(f"event-{application}-{score}", application, score=score, **more))

    def result(
        self, event: str, application: int | str, *, score: float | None = 80, **more: Any
    ) -> dict[str, Any]:
        """A result in the words of the contract."""
        number = application if isinstance(application, str) else f"A{application}"
        return {
            "event_id": event,
            "type": "result",
            "application_no": number,
            "stage": "ai_interview",
            "occurred_at": self.now.isoformat(),
            "score": score,
            "dimensions": {"沟通表达": score, "抗压能力": 55},
            "report_url": "https://interview.example/report/1",
            **more,
        }

    def misses(self, application: int) -> None:
        """The AI interview is arranged, and nobody comes."""
        later = self.now + timedelta(hours=1)
        self.acts("north", recruiting.schedule, application_id=application, starts_at=later)
        self.waits(hours=1, minutes=15)

    def hands_in(self, application: int, kind: str = "remedial") -> int:
        """Who missed it asks for another chance; the id of the request."""
        request = self.asks(
            application,
            recruiting.begin_request,
            application_id=application,
            kind=recruiting.RequestKind(kind),
            policy=self.policy,
        )
        for words in ("1", "很想做这份工作", "这周任何一天下午都可以"):
            self.asks(application, recruiting.say, request_id=request.id, text=words, policy=self.policy)
        self.submits(application, request.id)
        return int(request.id)

    def submits(self, application: int, request: int) -> None:
        """It is handed in."""
        self.asks(
            application,
            recruiting.submit,
            request_id=request,
            policy=self.policy,
            calendar=self.calendar,
        )
