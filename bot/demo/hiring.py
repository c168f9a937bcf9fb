"""Candidates in different stages, bound to their phones, so that each 「我的流程」 says something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.demo.company import APPLICATIONS, Candidate, Sample, apply, candidates
from bot.demo.identities import Identity, identities
from models import candidates as applications
from models import recruiting, staff
from models.candidates import Application
from models.policy import Policy
from models.staff import Role


@dataclass(frozen=True)
class Standing:
    """How far somebody is: what the interview system told, and how many hours ago."""

    score: float | None = None
    missed: bool = False
    hours: int = 0


STANDINGS = (
    Standing(missed=True, hours=5),
    Standing(score=82, hours=26),
    Standing(score=52, hours=3),
    Standing(),
)
"""Of the known ones, and of as many invented ones as are named here: missed, passed, below the line, new."""
MORE = (("城东分公司", "柜员"), ("城北分公司", "催收员"))
"""Where the invented ones have applied, and for what."""
PASSED, HOURS = "S02", (10, 14, 16)
"""Who has passed the AI interview, and when tomorrow the next one can be."""
DIMENSIONS = ("沟通表达", "抗压能力", "逻辑思维")


def enter_standings(session: Session, employees: Sequence[Sample], *, at: datetime, policy: Policy) -> None:
    """Some have applied, are bound to a phone and stand somewhere; a second time changes nothing.

    Phone numbers are handed out in the order of `employees` and candidates.
    """
    people = candidates()[: len(STANDINGS)]
    keys = [*(person.userid for person in employees), *(person.openid for person in people)]
    known = list(identities(keys))[len(employees) :]
    told = []
    for person, identity, (branch, job), standing in zip(
        people, known, (*APPLICATIONS, *MORE), STANDINGS, strict=True
    ):
        number = f"S{person.openid[-2:]}"
        _enter(session, person, identity, branch, job, number, at, policy)
        told += _told(number, standing, at)
    recruiting.take_results(session, items=told, at=at, policy=policy)
    recruiting.apply_results(session, at=at, policy=policy)
    _offer_times(session, at, policy)


def _enter(
    session: Session,
    person: Candidate,
    identity: Identity,
    branch: str,
    job: str,
    number: str,
    at: datetime,
    policy: Policy,
) -> None:
    unit = apply(session, person.name, identity, branch=branch, job=job, at=at, policy=policy, number=number)
    [hr, *_] = staff.holders(session, Role.HR_CITY, unit_id=unit.id, at=at)
    row = applications.the_candidate(session, actor=hr, asked=person.name, policy=policy)
    if applications.wechat_of(session, row) is None:
        follower = staff.follow(session, openid=person.openid, at=at, scene=person.scene)
        code, _ = applications.make_code(session, actor=hr, person=row, at=at, policy=policy)
        applications.begin(session, follower=follower, code=code, at=at, policy=policy)
        applications.finish(session, follower=follower, tail=identity.phone[-4:], at=at, policy=policy)


def _told(number: str, standing: Standing, at: datetime) -> list[dict[str, Any]]:
    """What the interview system tells, in the words of the contract."""
    if standing.score is None and not standing.missed:
        return []
    return [
        {
            "event_id": f"sample-{number}",
            "type": "no_show" if standing.missed else "result",
            "application_no": number,
            "stage": "ai_interview",
            "occurred_at": (at - timedelta(hours=standing.hours)).isoformat(),
            "score": standing.score,
            "dimensions": {} if standing.missed else dict.fromkeys(DIMENSIONS, standing.score),
        }
    ]


def _offer_times(session: Session, at: datetime, policy: Policy) -> None:
    """Who passed can choose a time for the first interview."""
    [passed] = session.scalars(select(Application).where(Application.number == PASSED)).all()
    process = recruiting.process_of(session, passed.id, policy=policy)
    unit = recruiting.unit_of(session, passed)
    [hr, *_] = staff.holders(session, Role.HR_CITY, unit_id=unit.id, at=at)
    if process.current is None or recruiting.free_slots(session, process=process, at=at):
        return
    tomorrow = (at + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    for hour in HOURS:
        recruiting.offer_slot(
            session,
            actor=hr,
            unit=unit,
            stage_code=process.current.code,
            interviewer=hr,
            starts_at=tomorrow.replace(hour=hour),
            at=at,
            policy=policy,
            place=unit.name,
        )
