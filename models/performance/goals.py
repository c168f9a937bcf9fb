"""Goals of probation: set by HR or whoever leads, followed live by them and the person (S2-25 … 28)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models import audit, fieldwork, staff
from models.base import in_chunks
from models.errors import DomainError, NotFound, NotPermitted
from models.performance.learning import share_learnt
from models.performance.rules import Goal, goals_reached, weights_left
from models.performance.tables import GoalStep, ProbationGoal, ProbationPlan
from models.policy import GoalKind, GoalLine, Policy
from models.staff import Employee

SET_GOALS = "performance.set_goals"
LONGEST_DAYS = 366
NEW_DAYS = 183
"""Who was hired so many days ago may still be on probation (six months at most)."""


class GoalWeights(DomainError):
    """The weights of the goals do not add up to a hundred (facts: whole, left; below 0 it is too much)."""

    texts = "goals"


class GoalTwice(DomainError):
    """The same goal stands there twice (facts: name)."""

    texts = "goals"


class GoalOutOfRange(DomainError):
    """No such goal can have this number (facts: name, unit, most)."""

    texts = "goals"


class GoalDays(DomainError):
    """The last day is over, or far away (facts: days, how many there may be)."""

    texts = "goals"


class OwnGoals(NotPermitted):
    """Nobody sets the own goals, or says how far they are."""

    texts = "goals"


class NoGoals(NotFound):
    """The person has no goals of probation (facts: person)."""

    texts = "goals"


class NoSuchGoal(NotFound):
    """The person has other goals (facts: person, names)."""

    texts = "goals"


class GoalCountsItself(DomainError):
    """It is counted from records, so that nobody says how far it is (facts: name, counts: of what)."""

    texts = "goals"


class GoalsChanged(NotFound):
    """What is to be taken back does not stand there any more."""

    texts = "goals"


@dataclass(frozen=True)
class GoalView:
    """A goal and how far it is."""

    code: str
    kind: GoalKind
    goal: Goal


@dataclass(frozen=True)
class PlanView:
    """Somebody's plan as it stands."""

    plan: ProbationPlan
    goals: Sequence[GoalView]
    reached: Decimal
    """In percent of the whole."""


def check_goals(
    session: Session,
    *,
    actor: Employee,
    person: Employee,
    lines: Sequence[GoalLine],
    ends_on: date,
    at: datetime,
    policy: Policy,
) -> ProbationPlan | None:
    """The plan that a new one would take the place of; refuse what `set_goals` would refuse.

    Raises:
        NotPermitted, staff.OutOfReach, OwnGoals: the actor sets no goals for this person; GoalWeights,
        GoalTwice, GoalOutOfRange, GoalDays: what cannot be.
    """
    _require(session, actor, person, at, policy)
    kinds = policy.performance.goal_kinds
    for line in lines:
        kind = kinds[line.kind]
        if not 0 < line.target <= kind.most:
            raise GoalOutOfRange(name=kind.words[0], unit=kind.unit, most=kind.most)
        if [one.kind for one in lines].count(line.kind) > 1:
            raise GoalTwice(name=kind.words[0])
    left = weights_left(line.weight for line in lines)
    if left or any(line.weight <= 0 for line in lines):
        raise GoalWeights(whole=100 - left, left=left)
    if not 0 <= (ends_on - at.date()).days <= LONGEST_DAYS:
        raise GoalDays(days=LONGEST_DAYS)
    return _plan(session, person.id)


def set_goals(
    session: Session,
    *,
    actor: Employee,
    person: Employee,
    lines: Sequence[GoalLine],
    ends_on: date,
    at: datetime,
    policy: Policy,
) -> ProbationPlan:
    """Give somebody goals from now on; a plan before it is over.

    They count from the day of hire if that is not long ago; else from today.

    Raises:
        As `check_goals` says.
    """
    before = check_goals(
        session, actor=actor, person=person, lines=lines, ends_on=ends_on, at=at, policy=policy
    )
    today = at.date()
    hired_on = person.hired_on
    new = hired_on is not None and 0 <= (today - hired_on).days <= NEW_DAYS
    since = hired_on if new and hired_on is not None else today
    if before is not None:
        before.over_at = at
        session.flush()
    plan = ProbationPlan(
        employee_id=person.id,
        starts_on=since,
        ends_on=ends_on,
        set_by_id=actor.id,
        set_at=at,
        replaces_id=None if before is None else before.id,
    )
    session.add(plan)
    session.flush()
    for line in lines:
        session.add(ProbationGoal(plan_id=plan.id, kind=line.kind, target=line.target, weight=line.weight))
    session.flush()
    _record(
        session,
        "performance.set_goals",
        actor,
        person,
        at,
        plan=plan.id,
        ends_on=ends_on.isoformat(),
        goals={line.kind: [line.target, line.weight] for line in lines},
    )
    return plan


def take_back_goals(
    session: Session, *, actor: Employee, plan_id: int, at: datetime, policy: Policy
) -> Employee:
    """Let a plan be over, and the one before it, if any, hold again; returns whose it was.

    Raises:
        NotPermitted, staff.OutOfReach: as `set_goals` says; GoalsChanged: another one has taken its place.
    """
    plan = session.get(ProbationPlan, plan_id, with_for_update=True)
    if plan is None or plan.over_at is not None or plan.set_by_id != actor.id:
        raise GoalsChanged()
    person = session.get_one(Employee, plan.employee_id)
    _require(session, actor, person, at, policy)
    plan.over_at = at
    session.flush()
    if plan.replaces_id is not None:
        session.get_one(ProbationPlan, plan.replaces_id).over_at = None
    session.flush()
    _record(session, "performance.take_back_goals", actor, person, at, plan=plan.id)
    return person


def note_progress(
    session: Session, *, actor: Employee, person: Employee, code: str, done: int, at: datetime, policy: Policy
) -> GoalStep:
    """Say how far somebody is with a goal: so many in all, or the level.

    Raises:
        NotPermitted, staff.OutOfReach, OwnGoals: as `set_goals` says; NoGoals, NoSuchGoal, GoalCountsItself,
        GoalOutOfRange: as named.
    """
    _require(session, actor, person, at, policy)
    plan = _plan(session, person.id)
    if plan is None:
        raise NoGoals(person=person.named)
    goals = {goal.kind: goal for goal in _goals(session, [plan])[plan.id]}
    kinds = policy.performance.goal_kinds
    if code not in goals:
        raise NoSuchGoal(person=person.named, names=[kinds[one].words[0] for one in goals if one in kinds])
    kind = kinds[code]
    if kind.counts:
        raise GoalCountsItself(name=kind.words[0], counts=kind.counts)
    if not 0 <= done <= kind.most:
        raise GoalOutOfRange(name=kind.words[0], unit=kind.unit, most=kind.most)
    step = GoalStep(goal_id=goals[code].id, done=done, noted_at=at, noted_by_id=actor.id)
    session.add(step)
    session.flush()
    _record(session, "performance.note_progress", actor, person, at, goal=goals[code].id, done=done)
    return step


def take_back_progress(
    session: Session, *, actor: Employee, step_id: int, at: datetime, policy: Policy
) -> tuple[Employee, str]:
    """Let what was said of a goal never have been said; returns whose it is, and its code.

    Raises:
        NotPermitted, staff.OutOfReach: as `note_progress` says; GoalsChanged: it is no more.
    """
    step = session.get(GoalStep, step_id)
    if step is None or step.noted_by_id != actor.id:
        raise GoalsChanged()
    goal = session.get_one(ProbationGoal, step.goal_id)
    plan = session.get_one(ProbationPlan, goal.plan_id)
    person = session.get_one(Employee, plan.employee_id)
    _require(session, actor, person, at, policy)
    session.delete(step)
    session.flush()
    _record(session, "performance.take_back_progress", actor, person, at, goal=goal.id)
    return person, goal.kind


def progress(session: Session, person: Employee, *, at: datetime, policy: Policy) -> PlanView | None:
    """How far somebody is with the own goals; None without any."""
    plan = _plan(session, person.id)
    return None if plan is None else _views(session, [plan], at, policy)[0]


def plans_within(
    session: Session, *, actor: Employee, at: datetime, policy: Policy
) -> Sequence[tuple[Employee, PlanView]]:
    """Everybody within reach who has goals that are not over, by name.

    Raises:
        NotPermitted: the actor sets no goals.
    """
    allowed = staff.require(actor, SET_GOALS, policy.rights)
    there = staff.person_in_reach(allowed, actor, at)
    return [one for one in _running(session, at, policy, there) if one[0].id != actor.id]


def plans_running(session: Session, *, at: datetime, policy: Policy) -> Sequence[tuple[Employee, PlanView]]:
    """Everybody who has goals that are not over, by name."""
    return _running(session, at, policy)


def _running(
    session: Session, at: datetime, policy: Policy, *among: ColumnElement[bool]
) -> Sequence[tuple[Employee, PlanView]]:
    found = session.execute(
        select(Employee, ProbationPlan)
        .join(ProbationPlan, ProbationPlan.employee_id == Employee.id)
        .where(ProbationPlan.over_at.is_(None), ProbationPlan.ends_on >= at.date(), staff.active(at), *among)
        .order_by(Employee.name, Employee.id)
    ).all()
    people = staff.with_posts(session, [person for person, _ in found], at=at)
    views = _views(session, [plan for _, plan in found], at, policy)
    return list(zip(people, views, strict=True))


def _plan(session: Session, person_id: int) -> ProbationPlan | None:
    return session.scalars(
        select(ProbationPlan).where(ProbationPlan.employee_id == person_id, ProbationPlan.over_at.is_(None))
    ).one_or_none()


def _views(
    session: Session, plans: Sequence[ProbationPlan], at: datetime, policy: Policy
) -> Sequence[PlanView]:
    goals, kinds = _goals(session, plans), policy.performance.goal_kinds
    said = _said(session, [goal.id for some in goals.values() for goal in some])
    views = []
    for plan in plans:
        told = []
        for goal in goals[plan.id]:
            kind = kinds.get(goal.kind) or GoalKind((goal.kind,), "")
            done = _counted(session, plan, kind, at, policy) if kind.counts else said.get(goal.id, 0)
            told.append(GoalView(goal.kind, kind, Goal(goal.target, goal.weight, done)))
        views.append(PlanView(plan, told, goals_reached(one.goal for one in told)))
    return views


def _goals(session: Session, plans: Sequence[ProbationPlan]) -> Mapping[int, Sequence[ProbationGoal]]:
    found: dict[int, list[ProbationGoal]] = {plan.id: [] for plan in plans}
    for chunk in in_chunks(found):
        of_plans = select(ProbationGoal).where(ProbationGoal.plan_id.in_(chunk)).order_by(ProbationGoal.id)
        for goal in session.scalars(of_plans):
            found[goal.plan_id].append(goal)
    return found


def _said(session: Session, goal_ids: Sequence[int]) -> Mapping[int, int]:
    """Goal → what was said of it last."""
    found: dict[int, int] = {}
    for chunk in in_chunks(goal_ids):
        for step in session.scalars(
            select(GoalStep).where(GoalStep.goal_id.in_(chunk)).order_by(GoalStep.id)
        ):
            found[step.goal_id] = step.done
    return found


def _counted(session: Session, plan: ProbationPlan, kind: GoalKind, at: datetime, policy: Policy) -> int:
    """How far the records of the time of the plan say that the person is."""
    if kind.counts == "visits":
        return _visits(session, plan, at, policy)
    return share_learnt(session, plan.employee_id, plan.starts_on, min(plan.ends_on, at.date()))


def _visits(session: Session, plan: ProbationPlan, at: datetime, policy: Policy) -> int:
    """How many valid visits the person made in the time of the plan."""
    last = min(plan.ends_on, at.date())
    made = fieldwork.visits_of(
        session, [plan.employee_id], plan.starts_on, last, at=at, policy=policy.fieldwork
    )
    return sum(one.verdict.valid for one in made)


def _require(session: Session, actor: Employee, person: Employee, at: datetime, policy: Policy) -> None:
    staff.require_for_person(session, actor=actor, action=SET_GOALS, person=person, at=at, policy=policy)
    if person.id == actor.id:
        raise OwnGoals(action=SET_GOALS)


def _record(
    session: Session, action: str, actor: Employee, person: Employee, at: datetime, **details: object
) -> None:
    audit.record(session, at=at, actor=actor.subject, action=action, subject=person.subject, details=details)
