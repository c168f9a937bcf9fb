"""A visit to a debtor as its case sees it: the plan, the guard at the door, and the contact that it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import contact, handover
from models.calendar import WorkCalendar
from models.cases.access import WORK, record, require_case, require_open, take
from models.cases.kinds import FollowUpState
from models.cases.reminding import plan_follow_up as remind_of_follow_up
from models.cases.tables import Case, ContactNote, FollowUp
from models.cases.views import words_of
from models.cases.working import begin, set_next
from models.contact import ContactAttempt, ContactChannel, Debtor, Direction
from models.policy import Policy
from models.staff import Employee

VISIT = "visit"
"""The kind of a follow-up that is a visit."""


@dataclass(frozen=True)
class PlannedVisit:
    """A visit that somebody has planned and not made yet."""

    follow_up: FollowUp
    case: Case
    debtor: Debtor
    purpose: str
    """What it is about, in the words of who planned it; empty if nobody said."""

    @property
    def number(self) -> int:
        """The number of the case."""
        return self.case.id

    @property
    def name(self) -> str:
        """The debtor's masked name."""
        return self.debtor.name_mask


def planned_visits(session: Session, *, actor: Employee, day: datetime) -> Sequence[PlannedVisit]:
    """What the actor is to visit on the day of this moment, in the order of time: of their own cases, and of
    those of whom they stand in for."""
    begins = day.replace(hour=0, minute=0, second=0, microsecond=0)
    owners = [actor.id, *handover.stands_in_for(session, employee_id=actor.id, at=day)]
    rows = session.execute(
        select(FollowUp, Case, Debtor)
        .join(Case, Case.id == FollowUp.case_id)
        .join(Debtor, Debtor.id == Case.debtor_id)
        .where(Case.live_owner_id.in_(owners), FollowUp.kind == VISIT, FollowUp.state == FollowUpState.OPEN)
        .where(FollowUp.due_at >= begins, FollowUp.due_at < begins + timedelta(days=1))
        .order_by(FollowUp.due_at, FollowUp.id)
    )
    return [
        PlannedVisit(follow_up, case, debtor, words_of(session, case, follow_up.words))
        for follow_up, case, debtor in rows
    ]


def begin_visit(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    follow_up: FollowUp | None,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> ContactAttempt:
    """Somebody stands at the debtor's door: the guard is asked, the contact is recorded, the plan is done.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; CaseClosed: it has ended; ContactRefused: a
        visit is not lawful now, planned or not.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    require_open(case)
    debtor = session.get_one(Debtor, case.debtor_id)
    lifted = follow_up is not None and follow_up.lifted
    contact.require(
        session,
        debtor=debtor,
        channel=ContactChannel.VISIT,
        at=at,
        policy=policy,
        actor=actor,
        calendar=calendar,
        overridden=lifted,
    )
    begin(session, actor=actor, case=case, at=at)
    attempt = contact.record(
        session,
        actor=actor,
        debtor=debtor,
        contact=None,
        channel=ContactChannel.VISIT,
        direction=Direction.OUT,
        at=at,
        policy=policy,
        calendar=calendar,
        overridden=lifted,
    )
    if follow_up is not None:
        follow_up.state, follow_up.settled_at = FollowUpState.DONE, at
        set_next(session, case)
    return attempt


def take_back_visit(
    session: Session,
    *,
    actor: Employee,
    case: Case,
    attempt: ContactAttempt,
    follow_up: FollowUp | None,
    at: datetime,
    policy: Policy,
) -> bool:
    """It was a mistake, nobody was visited: the contact counts no more, and the plan stands again.

    False if something was noted about it; nothing is changed then. Nothing else may refer to the attempt.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`.
    """
    take(session, case)
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    noted = select(ContactNote.id).where(ContactNote.attempt_id == attempt.id).limit(1)
    if attempt.connected is not None or session.scalar(noted) is not None:
        return False
    gone = attempt.id
    session.delete(attempt)
    if follow_up is not None and follow_up.state == FollowUpState.DONE and case.closed_at is None:
        follow_up.state, follow_up.settled_at = FollowUpState.OPEN, None
        if follow_up.due_at > at:
            follow_up.owner_id = case.owner_id
        set_next(session, case)
        if follow_up.due_at > at:
            remind_of_follow_up(session, follow_up=follow_up, at=at, policy=policy)
    record(session, "cases.take_back_visit", case, actor, at, attempt=gone)
    session.flush()
    return True
