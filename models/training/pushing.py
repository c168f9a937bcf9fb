"""Pushing: many people are to learn a version, because somebody who leads says so or a rule does (S3-09)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, exists, or_, select, true, update
from sqlalchemy.orm import Session

from models import audit, staff
from models.base import in_chunks, insert_once
from models.calendar import add_months
from models.errors import NotFound
from models.policy import Policy, TrainingPolicy
from models.staff import Employee, Post
from models.training.enrolling import IS_OPEN, enrol, press, touch_figures
from models.training.errors import CourseState
from models.training.licence import concerns
from models.training.publishing import current_versions
from models.training.tables import (
    Attempt,
    Course,
    CourseKind,
    CourseVersion,
    Enrolment,
    Family,
    PushReason,
    TrainingPush,
)

PUSH = "training.push"
"""The right to have others learn something, and to see how far they are (config/rights.toml)."""
ASKED_FOR = (PushReason.ASSIGNED, PushReason.CONDUCT, PushReason.OWN)
"""What stays although the role of the person has changed."""
MOST_PLANNED = 100


class PushGone(NotFound):
    """There is no such push, it is somebody else's, or it was taken back."""

    texts = "pushes"


class NobodyToPush(NotFound):
    """Of those who were meant nobody is left to whom it could be pushed (facts: left_out)."""

    texts = "pushes"


@dataclass(frozen=True)
class Audience:
    """Who is meant: ids of people and units, roles, everybody new, or everybody."""

    people: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    newcomers: bool = False
    everybody: bool = False

    def details(self) -> dict[str, Any]:
        """As it is kept with the push."""
        said = {"people": self.people, "units": self.units, "roles": self.roles}
        found: dict[str, Any] = {name: list(values) for name, values in said.items() if values}
        return (
            found
            | ({"newcomers": True} if self.newcomers else {})
            | ({"everybody": True} if self.everybody else {})
        )

    @classmethod
    def of(cls, details: Mapping[str, Any]) -> "Audience":
        """The way back."""
        return cls(
            tuple(details.get("people", ())),
            tuple(details.get("units", ())),
            tuple(details.get("roles", ())),
            newcomers=bool(details.get("newcomers")),
            everybody=bool(details.get("everybody")),
        )


class LeftOut(StrEnum):
    """Why somebody who was meant does not get it."""

    NOT_FOR = "not_for"
    """It is for other roles."""
    LEARNING = "learning"
    """They have it and are not done."""
    PASSED = "passed"
    """They have done this very version."""


@dataclass(frozen=True)
class Plan:
    """Whom a push would reach, in the order of ids, and who is left out."""

    ids: Sequence[int]
    left_out: Mapping[LeftOut, Sequence[int]] = field(default_factory=dict)


def plan_push(
    session: Session,
    *,
    version: CourseVersion,
    audience: Audience,
    actor: Employee | None,
    at: datetime,
    policy: Policy,
) -> Plan:
    """Whom a push would reach; nothing is done yet. People beyond the actor's reach are not meant at all.

    Raises:
        NotPermitted: the actor pushes nothing; CourseState: the course is given to nobody any more.
    """
    if session.get_one(Course, version.course_id).retired_at is not None:
        raise CourseState(retired=True)
    within: ColumnElement[bool] = true()
    if actor is not None:
        within = staff.person_in_reach(staff.require(actor, PUSH, policy.rights), actor, at)
    named: set[int] = set()
    for some in in_chunks(audience.people):
        asked = select(Employee.id).where(Employee.id.in_(some), staff.active(at), within)
        named.update(session.scalars(asked))
    meant = _meant(audience, at, policy)
    others: set[int] = set()
    if meant is not None:
        others = set(session.scalars(select(Employee.id).where(meant, staff.active(at), within))) - named
        if actor is not None and not audience.everybody:
            others.discard(actor.id)
    for_them = _of_roles(session, others, version.roles, at)
    left = {LeftOut.NOT_FOR: sorted(others - for_them)}
    people = sorted(named | for_them)
    learning: set[int] = set()
    passed: set[int] = set()
    for some in in_chunks(people):
        known = select(Enrolment.employee_id, Enrolment.completed_at, Enrolment.reason).where(
            Enrolment.employee_id.in_(some),
            Enrolment.version_id == version.id,
            Enrolment.withdrawn_at.is_(None),
        )
        for employee_id, done, reason in session.execute(known):
            if done is not None:
                passed.add(employee_id)
            elif reason != PushReason.OWN:
                learning.add(employee_id)
    passed -= learning
    left |= {LeftOut.LEARNING: sorted(learning), LeftOut.PASSED: sorted(passed)}
    return Plan(
        [one for one in people if one not in learning and one not in passed],
        {why: ids for why, ids in left.items() if ids},
    )


def _meant(audience: Audience, at: datetime, policy: Policy) -> ColumnElement[bool] | None:
    if audience.everybody:
        return true()
    meant = [staff.belongs_to(unit, at) for unit in audience.units]
    if audience.roles:
        holding = select(Post.employee_id).where(Post.role.in_(audience.roles), staff.held(at))
        meant.append(Employee.id.in_(holding))
    if audience.newcomers:
        since = at.date() - timedelta(days=policy.training.newcomer_days)
        meant.append(Employee.hired_on >= since)
    return or_(*meant) if meant else None


def _of_roles(session: Session, ids: Collection[int], roles: Sequence[str], at: datetime) -> set[int]:
    if not roles:
        return set(ids)
    found: set[int] = set()
    for some in in_chunks(ids):
        holding = select(Post.employee_id).where(
            Post.employee_id.in_(some), Post.role.in_(roles), staff.held(at)
        )
        found.update(session.scalars(holding))
    return found


@dataclass(frozen=True)
class Pushed:
    """What came of a push."""

    push: TrainingPush
    plan: Plan


def push(
    session: Session,
    *,
    version: CourseVersion,
    audience: Audience,
    reason: PushReason,
    actor: Employee | None,
    at: datetime,
    policy: Policy,
    because: Mapping[str, Any] | None = None,
) -> Pushed:
    """Have people learn a version; each gets it at their next working time (jobs/lessons.py).

    `actor` is None for rules and the command line. Whoever has it already, or has done this version, is left
    out; an older version that is open gives way to it.

    Raises:
        NotPermitted, CourseState: as `plan_push` says; NobodyToPush: nobody is left.
    """
    plan = plan_push(session, version=version, audience=audience, actor=actor, at=at, policy=policy)
    if not plan.ids:
        raise NobodyToPush(left_out={why: len(ids) for why, ids in plan.left_out.items()})
    kept = TrainingPush(
        version_id=version.id,
        reason=reason,
        audience=audience.details(),
        pushed_by_id=None if actor is None else actor.id,
        pushed_at=at,
    )
    session.add(kept)
    session.flush()
    enrol_many(session, ids=plan.ids, version=version, reason=reason, because=because, push_id=kept.id, at=at)
    audit.record(
        session,
        at=at,
        actor=audit.SYSTEM if actor is None else actor.subject,
        action=PUSH,
        details={"push": kept.id, "version": version.id, "reason": str(reason), "people": len(plan.ids)},
    )
    return Pushed(kept, plan)


def broadcast(
    session: Session, *, version: CourseVersion, actor: Employee | None, at: datetime, policy: Policy
) -> Pushed | None:
    """Tell a regulation to everybody it concerns; None if nobody is left who has not got it.

    Raises:
        NotPermitted: the actor pushes nothing.
    """
    try:
        return push(
            session,
            version=version,
            audience=Audience(everybody=True),
            reason=PushReason.REGULATION,
            actor=actor,
            at=at,
            policy=policy,
        )
    except NobodyToPush:
        return None


def enrol_many(
    session: Session,
    *,
    ids: Collection[int],
    version: CourseVersion,
    reason: PushReason,
    at: datetime,
    because: Mapping[str, Any] | None = None,
    push_id: int | None = None,
) -> None:
    """What `enrol` does for one, for any number of people with a few questions."""
    for some in in_chunks(sorted(ids)):
        known = session.scalars(
            select(Enrolment)
            .where(Enrolment.employee_id.in_(some), Enrolment.course_id == version.course_id, IS_OPEN)
            .order_by(Enrolment.id)
            .with_for_update()
        ).all()
        stays = set()
        for one in known:
            if one.version_id == version.id:
                stays.add(one.employee_id)
                press(one, version=version, reason=reason, because=because, push_id=push_id, at=at)
            else:
                one.withdrawn_at = at
                one.next_at = at if one.card_at is not None or one.gate_told_at is not None else None
        session.flush()
        rows = [
            {
                "employee_id": id_,
                "version_id": version.id,
                "course_id": version.course_id,
                "push_id": push_id,
                "reason": reason,
                "because": dict(because or {}),
                "planned_at": at,
                "reminded": 0,
                "rounds": 1,
                "next_at": None if reason is PushReason.OWN else at,
            }
            for id_ in some
            if id_ not in stays
        ]
        insert_once(session, Enrolment, rows)


def take_back_push(
    session: Session, *, actor: Employee, push_id: int, at: datetime, policy: Policy
) -> tuple[TrainingPush, int, int]:
    """Take back what nobody has begun: the push, from how many it was taken, and how many keep it.

    Raises:
        NotPermitted: the actor pushes nothing; PushGone: it is not theirs, or it was taken back.
    """
    staff.require(actor, PUSH, policy.rights)
    found = session.get(TrainingPush, push_id, with_for_update=True)
    if found is None or found.pushed_by_id != actor.id or found.withdrawn_at is not None:
        raise PushGone()
    found.withdrawn_at = at
    begun = exists().where(Attempt.enrolment_id == Enrolment.id)
    rows = session.scalars(
        select(Enrolment)
        .where(Enrolment.push_id == push_id, IS_OPEN, Enrolment.read_at.is_(None), ~begun)
        .order_by(Enrolment.id)
        .with_for_update()
    ).all()
    for one in rows:
        one.withdrawn_at = at
        one.next_at = at if one.card_at is not None or one.gate_told_at is not None else None
    session.flush()
    kept = select(Enrolment.id).where(Enrolment.push_id == push_id, Enrolment.withdrawn_at.is_(None))
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="training.take_back_push",
        details={"push": push_id, "people": len(rows)},
    )
    return found, len(rows), len(session.scalars(kept).all())


# --- what changes by itself -----------------------------------------------------------------------------


def supersede(
    session: Session,
    *,
    version: CourseVersion,
    at: datetime,
    relearn: bool | None = None,
) -> tuple[int, int]:
    """A new version is there: how many go on with it, and how many who had done the old one learn it anew.

    What is open moves to the new version and is pushed anew; a gate that is closed, and that of a licence,
    stays. `relearn` None: law, compliance and regulations are learned anew, the rest is not.
    """
    course = session.get_one(Course, version.course_id)
    which = Enrolment.course_id == version.course_id, Enrolment.version_id != version.id, IS_OPEN
    older = session.execute(
        select(
            *(Enrolment.employee_id, Enrolment.push_id, Enrolment.reason, Enrolment.because),
            *(Enrolment.gates_at, Enrolment.gate_told_at),
        )
        .where(*which)
        .order_by(Enrolment.id)
        .with_for_update()
    ).all()
    rows = []
    for one in older:
        stays = one.gates_at is not None and (version.licence or one.gates_at <= at)
        rows.append(
            {
                "employee_id": one.employee_id,
                "version_id": version.id,
                "course_id": version.course_id,
                "push_id": one.push_id,
                "reason": one.reason,
                "because": dict(one.because),
                "planned_at": at,
                "gates_at": one.gates_at if stays else None,
                "gate_told_at": one.gate_told_at if stays else None,
                "reminded": 0,
                "rounds": 1,
                "next_at": None if one.reason == PushReason.OWN else at,
            }
        )
    touch_figures(session, *which)
    woken = case((Enrolment.card_at.is_not(None), at), else_=None)
    session.execute(
        update(Enrolment)
        .where(*which)
        .values(withdrawn_at=at, next_at=woken)
        .execution_options(synchronize_session=False)
    )
    insert_once(session, Enrolment, rows)
    anew = version.compliance or course.kind == CourseKind.REGULATION if relearn is None else relearn
    if not anew:
        return len(rows), 0
    done = set(
        session.scalars(
            select(Enrolment.employee_id)
            .join(Employee, Employee.id == Enrolment.employee_id)
            .where(
                Enrolment.course_id == version.course_id,
                Enrolment.completed_at.is_not(None),
                staff.active(at),
            )
            .distinct()
        )
    )
    known = session.scalars(select(Enrolment.employee_id).where(Enrolment.version_id == version.id))
    again = _of_roles(session, done, version.roles, at) - set(known)
    because = {"version": version.number, "note": version.note}
    if again:
        enrol_many(session, ids=again, version=version, reason=PushReason.RENEWAL, because=because, at=at)
    return len(rows), len(again)


def let_go(session: Session, *, at: datetime) -> int:
    """Take back what those who have left, or changed to roles it is not for, have not done; how many."""
    left = (IS_OPEN, Enrolment.employee_id.in_(select(Employee.id).where(Employee.left_at <= at)))
    touch_figures(session, *left)
    taken = session.execute(
        update(Enrolment)
        .where(*left)
        .values(withdrawn_at=at, next_at=None)
        .execution_options(synchronize_session=False)
    )
    count = int(taken.rowcount)  # type: ignore[attr-defined]
    versions = session.scalars(
        select(CourseVersion).where(CourseVersion.id.in_(select(Enrolment.version_id).where(IS_OPEN)))
    ).all()
    here = select(Post.employee_id).where(staff.held(at))
    for version in versions:
        if version.roles:
            others = (
                IS_OPEN,
                Enrolment.version_id == version.id,
                Enrolment.reason.not_in(ASKED_FOR),
                Enrolment.employee_id.in_(here),
                Enrolment.employee_id.not_in(here.where(Post.role.in_(version.roles))),
            )
            touch_figures(session, *others)
            changed = session.execute(
                update(Enrolment)
                .where(*others)
                .values(withdrawn_at=at, next_at=at)
                .execution_options(synchronize_session=False)
            )
            count += int(changed.rowcount)  # type: ignore[attr-defined]
    return count


def plan_newcomers(session: Session, *, at: datetime) -> int:
    """Plan what somebody learns about the work in their first months, in the month it is for (S3-28, S2-22).

    Each course once, and again to who left before it was done and is hired back; they come one a day. How
    many people got something.
    """
    planned = 0
    today = at.date()
    for version in current_versions(session).values():
        if version.family != Family.PROCESS:
            continue
        kind = session.get_one(Course, version.course_id).kind
        if kind != CourseKind.COURSE or version.licence:
            continue
        last = _months_before(today, version.months_from)
        first = _months_before(today, version.months_from + 1)
        people = session.scalars(
            select(Employee)
            .where(
                Employee.hired_on > first,
                Employee.hired_on <= last,
                staff.active(at),
                ~exists().where(
                    Enrolment.employee_id == Employee.id,
                    Enrolment.course_id == version.course_id,
                    Enrolment.withdrawn_at.is_(None),
                ),
            )
            .order_by(Employee.id)
            .limit(MOST_PLANNED)
        ).all()
        ids = [
            person.id
            for person in staff.with_posts(session, people, at=at)
            if person.posts and concerns(version, person)
        ]
        if ids:
            because = {"month": version.months_from}
            enrol_many(session, ids=ids, version=version, reason=PushReason.NEWCOMER, because=because, at=at)
            planned += len(ids)
    return planned


def _months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last of that month where it has no such day."""
    first = add_months(day.replace(day=1), -months)
    last = add_months(first, 1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def plan_conduct(
    session: Session, *, person: Employee, rule: str, at: datetime, policy: TrainingPolicy
) -> tuple[CourseVersion, Enrolment] | None:
    """Have somebody learn how it is said after a hit was confirmed (domain.md section 3, rules 5 and 6).

    The course that the policy names for the rule, else the first about wording, else about the law, that is
    for them; None where there is none.
    """
    [person] = staff.with_posts(session, [person], at=at)
    named = policy.conduct_courses.get(rule)
    fitting = [
        version
        for version in current_versions(session).values()
        if version.family in (Family.WORDING, Family.LAW)
        and not version.licence
        and concerns(version, person)
    ]
    codes = dict(session.execute(select(Course.id, Course.code)).all())

    def fits(version: CourseVersion) -> tuple[bool, bool, str]:
        code = codes[version.course_id]
        return (
            code != named,
            version.family != Family.WORDING,
            code,
        )

    if not fitting:
        return None
    version = min(fitting, key=fits)
    found, _ = enrol(
        session, person=person, version=version, reason=PushReason.CONDUCT, because={"rule": rule}, at=at
    )
    return version, found
