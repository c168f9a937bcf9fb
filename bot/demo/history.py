"""Two years of people who came and went before the visitor comes (domain.md 9 and 10)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from random import Random

from sqlalchemy.orm import Session

from bot.demo.company import Sample
from bot.demo.names import invented, stream
from models import staff
from models.base import SHANGHAI
from models.lifecycle import Reason, Separation, SeparationState
from models.staff import Employee, Unit

YEARS = 2
DRAW = 118
"""Which of many draws: one in which both years are as usual, also among only sixty people."""
SHAPE, SCALE_DAYS = 0.8, 840.0
"""Tenure: Weibull, so that early months are worst; about 39 % leave in a year, 15 % in three months."""
VACANT_DAYS = (3, 20)
RUN_UP_DAYS = 3000
"""So long before now each post was first filled: by then it no longer shows when that was."""
REASONS = {
    Reason.PAY: 26,
    Reason.PRESSURE: 24,
    Reason.GROWTH: 12,
    Reason.FAMILY: 8,
    Reason.RELOCATION: 5,
    Reason.HEALTH: 4,
    Reason.MANAGER: 4,
    Reason.PERFORMANCE: 8,
    Reason.COMPLIANCE: 3,
    Reason.CONTRACT_END: 4,
    Reason.UNKNOWN: 2,
}
"""Of a hundred leavings; pay and pressure come first (domain.md 9)."""
PROBATION_DAYS = 90
PROBATION_SHARE = 0.25
"""How many of those who go early did not pass the probation."""


@dataclass(frozen=True)
class Former:
    """Somebody who held a post before the one who holds it now."""

    successor: Sample
    hired_on: date
    left_on: date
    reason: Reason


def history(people: Sequence[Sample], today: date) -> tuple[dict[str, date], list[Former]]:
    """(UserID → since when today's people are employed, who left in the last years)."""
    hired: dict[str, date] = {}
    formers: list[Former] = []
    begin = today - timedelta(days=365 * YEARS)
    for person in people:
        rng = stream(f"history/{DRAW}/{person.userid}")
        start = today - timedelta(days=RUN_UP_DAYS + rng.randrange(1000))
        for came, went in _tenures(rng, start):
            if went >= today:
                hired[person.userid] = came
                break
            if went >= begin:
                formers.append(Former(person, came, went, _reason(rng, (went - came).days)))
    return hired, sorted(formers, key=lambda former: former.left_on)


def _tenures(rng: Random, start: date) -> Iterator[tuple[date, date]]:
    """Who holds a post one after the other: from, and the last day."""
    while True:
        left = start + timedelta(days=round(rng.weibullvariate(SCALE_DAYS, SHAPE)))
        yield start, left
        start = left + timedelta(days=rng.randint(*VACANT_DAYS))


def _reason(rng: Random, days: int) -> Reason:
    if days <= PROBATION_DAYS and rng.random() < PROBATION_SHARE:
        return Reason.PROBATION_FAILED
    [reason] = rng.choices(list(REASONS), weights=list(REASONS.values()))
    return reason


def enter_history(session: Session, people: Sequence[Sample], *, now: datetime) -> int:
    """Enter who left, and since when the others are there; a second time changes nothing.

    Returns how many left. They are no members of the corp: their accounts are `former…`.
    """
    if staff.find_known(session, _account(1)) is not None:
        return 0
    hired, formers = history(people, now.date())
    current = {person.userid: staff.find_employee(session, person.userid, at=now) for person in people}
    for userid, day in hired.items():
        employee = current[userid]
        if employee is not None:
            staff.set_hired_on(session, employee=employee, day=min(day, now.date()))
    places = {userid: None if one is None else one.unit_id for userid, one in current.items()}
    taken = [person.name for person in people]
    names = islice(invented(stream("former"), taken), len(formers))
    for number, (former, name) in enumerate(zip(formers, names, strict=True), start=1):
        session.flush()
        session.expunge_all()  # an UPDATE looks at everything that a session has ever seen
        place = places[former.successor.userid]
        unit = None if place is None else session.get(Unit, place)
        employee = staff.add_employee(
            session,
            wecom_id=_account(number),
            name=name.text,
            role=former.successor.role,
            unit=unit,
            title=former.successor.position,
            since=_at(former.hired_on, 9),
        )
        employee.number = f"F{number:05d}"
        staff.set_hired_on(session, employee=employee, day=former.hired_on)
        _leave(session, employee, former)
    return len(formers)


def _leave(session: Session, employee: Employee, former: Former) -> None:
    """The leaving, from its announcement to its close."""
    rng = stream(f"leaving/{employee.wecom_id}")
    left_at = _at(former.left_on, 18)
    staff.end_posts(session, employee=employee, at=left_at)
    employee.left_at = left_at
    session.add(
        Separation(
            employee_id=employee.id,
            announced_at=left_at - timedelta(days=rng.randint(1, 5)),
            announced_by="system",
            leaves_at=left_at,
            reason=former.reason,
            state=SeparationState.CLOSED,
            closed_at=left_at + timedelta(hours=rng.randint(0, 20)),
        )
    )


def _account(number: int) -> str:
    return f"former{number:03d}"


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=SHANGHAI)
