"""Who is told: nobody who has left or is on leave, but whoever stands in, or leads."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import attendance, handover
from models.calendar import WorkCalendar
from models.cases.reminding.rules import Step, push_hours
from models.handover import Cause, Handover, HandoverState
from models.policy import Policy
from models.staff import Employee, Role
from models.worktime import Hours, next_working, spans

ROLES = {
    Step.LEADER: (Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER),
    Step.SUPERVISOR: (Role.SUPERVISOR, Role.MANAGER),
    Step.MANAGER: (Role.MANAGER,),
}
"""Step → the roles of which the nearest is told, the first of these before the others in one unit."""


class People:
    """Who is told of what at one moment; asks the database once for each."""

    def __init__(self, session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar) -> None:
        self._session, self.at, self._policy = session, at, policy
        self._is_workday = calendar.is_workday
        self._people: dict[int, Employee | None] = {}
        self._shifts: dict[int, Hours | None] = {}
        self._above: dict[tuple[int, Step], Sequence[Employee]] = {}
        leaves = select(Handover.employee_id, Handover.cover_id).where(
            Handover.cause == Cause.LEAVE,
            Handover.state == HandoverState.OPEN,
            Handover.effective_at <= at,
            Handover.returns_at > at,
        )
        self._away: dict[int, int | None] = {row[0]: row[1] for row in session.execute(leaves)}

    def load(self, employee_ids: Collection[int]) -> None:
        """Ask for many at once."""
        missing = set(employee_ids) - self._people.keys()
        if not missing:
            return
        found = self._session.scalars(select(Employee).where(Employee.id.in_(missing))).all()
        self._people |= dict.fromkeys(missing) | {person.id: person for person in found}
        self._shifts |= dict.fromkeys(missing) | dict(
            attendance.hours_of(self._session, missing, self.at.date())
        )

    def person(self, employee_id: int) -> Employee | None:
        """Somebody, wherever they are."""
        self.load([employee_id])
        return self._people[employee_id]

    def is_here(self, employee_id: int) -> bool:
        """Whether somebody has not left and is not on leave."""
        person = self.person(employee_id)
        return person is not None and person.is_here(self.at) and employee_id not in self._away

    def receiver(self, employee_id: int, unit_id: int | None) -> Employee | None:
        """Who is told instead of somebody who is away: the stand-in, else who leads the unit."""
        if self.is_here(employee_id):
            return self.person(employee_id)
        cover = self._away.get(employee_id)
        if cover is not None and self.is_here(cover):
            return self.person(cover)
        return None if unit_id is None else self.above(Step.LEADER, unit_id, but_for=employee_id)

    def stand_ins(self) -> Mapping[int, Sequence[int]]:
        """Who is here and stands in → those they stand in for now."""
        found: dict[int, list[int]] = {}
        for person, cover in self._away.items():
            if cover is not None and self.is_here(cover):
                found.setdefault(cover, []).append(person)
        return found

    def above(self, step: Step, unit_id: int, *, but_for: int) -> Employee | None:
        """Who is told at a step of the ladder: the nearest who is here, and not who is complained of."""
        key = (unit_id, step)
        if key not in self._above:
            self._above[key] = handover.nearest(self._session, ROLES[step], unit_id=unit_id, at=self.at)
        for one in self._above[key]:
            cover = self._away.get(one.id)
            for id_ in (one.id, cover):
                if id_ is not None and id_ != but_for and self.is_here(id_):
                    return self.person(id_)
        return None

    def shift(self, employee_id: int) -> Hours | None:
        """The hours of somebody's shift."""
        self.load([employee_id])
        return self._shifts[employee_id]

    def work_hours(self, employee_id: int) -> Hours:
        """Somebody's working hours: of the shift, else the usual ones."""
        reminders = self._policy.reminders
        return self.shift(employee_id) or Hours(reminders.work_starts_at, reminders.work_ends_at)

    def may_be_told(self, employee_id: int) -> bool:
        """Whether now is a time at which somebody may be told what can wait."""
        return self.told_from(employee_id) == self.at

    def told_from(self, employee_id: int) -> datetime:
        """From when on somebody may be told what can wait."""
        return next_working(self.at, self._push_hours(employee_id), self._is_workday)

    def told_until(self, employee_id: int) -> datetime:
        """Until when what is told now, or from then on, is still told."""
        _, end = next(spans(self.at, self._push_hours(employee_id), self._is_workday))
        return end

    def _push_hours(self, employee_id: int) -> Hours:
        return push_hours(self.shift(employee_id), self._policy.reminders)
