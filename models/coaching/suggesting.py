"""What somebody might learn next, and why: figures, assessments, tenure (S3-28, S4-18, S4-28, S2-22)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import admissions, performance, recruiting, staff, training
from models.base import in_chunks
from models.coaching import rules
from models.coaching.rules import Choice, Lack, Need, Offered
from models.coaching.tables import DimensionReview
from models.performance import SEE, Around, Window
from models.policy import Policy
from models.staff import Employee
from models.training import CourseKind, CourseVersion, Enrolment, PushReason

REASONS = {
    Need.BROKEN_PROMISES: PushReason.BROKEN_PROMISES,
    Need.WEAK_MEASURE: PushReason.WEAK_MEASURE,
    Need.WEAK_DIMENSION: PushReason.WEAK_DIMENSION,
    Need.TENURE: PushReason.NEWCOMER,
}


@dataclass(frozen=True)
class Finding:
    """A dimension in which somebody had less than the job asks for, when they were hired or later."""

    dimension: str
    points: Decimal
    requirement: Decimal
    reviewed: bool = False
    """Whether the leader has looked at it since (S2-23)."""


@dataclass(frozen=True)
class Suggestion:
    """A version for somebody, and what speaks for it."""

    version: CourseVersion
    lack: Lack

    @property
    def reason(self) -> PushReason:
        """As an enrolment has it."""
        return REASONS[self.lack.need]

    @property
    def because(self) -> Mapping[str, Any]:
        """As an enrolment has it: codes and figures."""
        lack = self.lack
        found: dict[str, Any] = {"about": lack.about}
        for name in ("actual", "target", "dimension_points"):
            value = getattr(lack, name)
            if value is not None:
                found[name] = str(value)
        return {**found, "dimension": lack.dimension} if lack.dimension else found


def suggestions_within(
    around: Around, *, actor: Employee, person: Employee, action: str = SEE
) -> Sequence[Suggestion]:
    """What somebody might learn next, the most pressing first.

    Raises:
        NotPermitted, staff.OutOfReach: the actor may not do `action` to this person (else: see figures).
    """
    staff.require_for_person(
        around.session, actor=actor, action=action, person=person, at=around.at, policy=around.policy
    )
    [person] = staff.with_posts(around.session, [person], at=around.at)
    return suggestions(around, [person]).get(person.id, ())


def suggestions(
    around: Around, people: Sequence[Employee], *, needs: Sequence[Need] = tuple(Need)
) -> Mapping[int, Sequence[Suggestion]]:
    """Person → what they might learn next; nobody is there with nothing. For jobs: no right is asked.

    What somebody is learning, or was given within `training.weak_rests_days`, is not suggested again.
    """
    session, policy = around.session, around.policy
    courses = training.current_versions(session, kind=CourseKind.COURSE)
    versions = {one.id: one for one in courses.values() if not one.licence}
    if not versions:
        return {}
    offered = [_offered(one) for one in versions.values()]
    rests = _resting(session, people, around.at, policy)
    found = _findings(session, people, policy)
    lacks = _lacks(around, people, found, versions.values())
    chosen: dict[int, Sequence[Suggestion]] = {}
    for person in people:
        choices = rules.choose(
            [one for one in lacks[person.id] if one.need in needs],
            offered,
            role=person.role,
            months=months_of_service(person, around.at),
            rests=rests.get(person.id, ()),
            most=policy.training.suggest_most,
        )
        if choices:
            chosen[person.id] = [_suggestion(one, versions) for one in choices]
    return chosen


def take_up(session: Session, *, person: Employee, suggestion: Suggestion, at: datetime) -> Enrolment:
    """Have somebody learn what is suggested, with the reason for them to see."""
    enrolment, _ = training.enrol(
        session,
        person=person,
        version=suggestion.version,
        reason=suggestion.reason,
        because=suggestion.because,
        at=at,
    )
    return enrolment


def _suggestion(choice: Choice, versions: Mapping[int, CourseVersion]) -> Suggestion:
    return Suggestion(versions[choice.offered.version], choice.lack)


def _offered(version: CourseVersion) -> Offered:
    return Offered(
        version.id,
        version.course_id,
        frozenset(version.roles),
        frozenset(version.measures),
        frozenset(version.dimensions),
        version.months_from,
        version.months_to,
    )


def months_of_service(person: Employee, at: datetime) -> int:
    """Whole months since the day of hire; many where nobody knows that day."""
    hired_on = person.hired_on
    if hired_on is None:
        return 1200
    return max(performance.month_of_service(hired_on, at.date()) - 1, 0)


def _resting(
    session: Session, people: Sequence[Employee], at: datetime, policy: Policy
) -> Mapping[int, set[int]]:
    """Person → courses that they learn now, or were given not long ago."""
    since = at - timedelta(days=policy.training.weak_rests_days)
    found: dict[int, set[int]] = {}
    for some in in_chunks([one.id for one in people]):
        rows = session.execute(
            select(Enrolment.employee_id, Enrolment.course_id).where(
                Enrolment.employee_id.in_(some),
                Enrolment.withdrawn_at.is_(None),
                or_(training.IS_OPEN, Enrolment.planned_at >= since, Enrolment.completed_at >= since),
            )
        )
        for person, course in rows:
            found.setdefault(person, set()).add(course)
    return found


def _lacks(
    around: Around,
    people: Sequence[Employee],
    findings: Mapping[int, Sequence[Finding]],
    versions: Collection[CourseVersion],
) -> Mapping[int, list[Lack]]:
    values = around.policy.training
    today = around.at.date()
    scored = performance.scored(around, people, window_of(today, values.suggest_from_day))
    lately = Window(today - timedelta(days=values.suggest_days), today - timedelta(days=1))
    kept = around.figures(people, lately, ["ptp_kept_rate"])
    found: dict[int, list[Lack]] = {}
    for person in people:
        mine = findings.get(person.id, ())
        lacks: list[Lack] = [
            Lack(
                Need.WEAK_DIMENSION,
                one.dimension,
                one.points,
                one.points,
                one.requirement,
            )
            for one in mine
        ]
        due = kept[person.id]["ptp_kept_rate"]
        many = rules.broken(
            due.numerator,
            due.denominator or 0,
            percent=values.broken_promise_percent,
            least=values.broken_promise_least,
        )
        score = scored.get(person.id)
        points = (
            {one.part.measure: (one.points, one.part.actual, one.part.target) for one in score.parts}
            if score is not None
            else {}
        )
        weak = rules.lacks_of(points, weak=values.weak_score)
        if many is not None:
            lacks.append(many)
            weak = [one for one in weak if one.about != many.about]
        lacks += [_with_finding(one, mine, versions) for one in weak]
        lacks.append(Lack(Need.TENURE, "", Decimal(100)))
        found[person.id] = lacks
    return found


def window_of(today: date, from_day: int) -> Window:
    """The days whose figures are held against targets: this month so far, early in it the month before."""
    yesterday = today - timedelta(days=1)
    if today.day >= from_day:
        return Window(today.replace(day=1), yesterday)
    return performance.month_of(yesterday.replace(day=1) - timedelta(days=1) if today.day > 1 else yesterday)


def _with_finding(lack: Lack, findings: Sequence[Finding], versions: Collection[CourseVersion]) -> Lack:
    """The weak measure beside what the assessment found in a dimension of the same course (S2-31)."""
    for version in versions:
        for one in findings:
            if lack.about in version.measures and one.dimension in version.dimensions:
                return Lack(
                    lack.need,
                    lack.about,
                    lack.points,
                    lack.actual,
                    lack.target,
                    one.dimension,
                    one.points,
                )
    return lack


# --- assessments --------------------------------------------------------------------------------------


def findings_of(session: Session, person: Employee, policy: Policy) -> Sequence[Finding]:
    """In which dimensions somebody had, or still has, less than their job asks for; the widest gap first."""
    return _findings(session, [person], policy).get(person.id, ())


def _findings(
    session: Session, people: Sequence[Employee], policy: Policy
) -> Mapping[int, Sequence[Finding]]:
    applications = admissions.applications_of(session, [one.id for one in people])
    found: dict[int, Sequence[Finding]] = {}
    for person, application in applications.items():
        reviews = reviews_of(session, person)
        gaps = []
        for one in recruiting.fit_for(
            session, recruiting.process_of(session, application, policy=policy)
        ).known:
            assert one.points is not None
            review = reviews.get(one.name)
            points = Decimal(str(one.points)) if review is None else Decimal(review.points)
            if points < one.requirement:
                gaps.append(Finding(one.name, points, Decimal(one.requirement), review is not None))
        if gaps:
            found[person] = sorted(gaps, key=lambda one: one.points - one.requirement)
    return found


def reviews_of(session: Session, person_id: int) -> Mapping[str, DimensionReview]:
    """Dimension → the newest review of somebody."""
    rows = session.scalars(
        select(DimensionReview).where(DimensionReview.employee_id == person_id).order_by(DimensionReview.id)
    )
    return {one.dimension: one for one in rows}
