"""Homework: what somebody hands in for a course, and what whoever leads them says to it (S3-29)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import audit, files, planning, secrecy, staff
from models.calendar import WorkCalendar
from models.files import FileKind, MediaFetch, StoredFile
from models.policy import Policy
from models.staff import Employee, Role
from models.training.enrolling import IS_OPEN, LEARN, enrolment_of
from models.training.errors import (
    HomeworkAccepted,
    HomeworkEmpty,
    HomeworkSettled,
    HomeworkWaits,
    NoHomework,
    NoSuchHomework,
    NoWayBack,
    OwnHomework,
    PicturesOnTheirWay,
    RemarkNeeded,
)
from models.training.exams import KEPT_DUE, REVIEW, finish
from models.training.tables import Certificate, CourseVersion, Enrolment, Homework, HomeworkState
from models.worktime import next_workday

WAITS = "homework_waits"
CLIMBS = "homework_climbs"
"""Kinds of the due items: whoever is to look at it is reminded, and the next leader hears of it."""
LONGEST = 2000
"""Characters of the words; the rest is cut."""
MOST_PICTURES = 9


@dataclass(frozen=True)
class HomeworkView:
    """Homework with what people need to look at it."""

    homework: Homework
    person: Employee
    enrolment: Enrolment
    version: CourseVersion
    words: str
    remark: str
    reviewer: Employee | None

    @property
    def about(self) -> str:
        """How cards name it (`Notice.about`)."""
        return f"homework:{self.homework.id}"


def homework_to_do(session: Session, person: Employee) -> Sequence[tuple[Enrolment, CourseVersion]]:
    """The open enrolments of somebody that want homework which is neither accepted nor being looked at."""
    settled = select(Homework.enrolment_id).where(
        Homework.state.in_([HomeworkState.ACCEPTED, HomeworkState.WAITING])
    )
    found = session.execute(
        select(Enrolment, CourseVersion)
        .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
        .where(
            Enrolment.employee_id == person.id,
            IS_OPEN,
            CourseVersion.homework.is_not(None),
            Enrolment.id.not_in(settled),
        )
        .order_by(Enrolment.id)
    ).all()
    return [(enrolment, version) for enrolment, version in found]


def may_hand_in(
    session: Session, *, actor: Employee, enrolment_id: int, policy: Policy, lock: bool = False
) -> tuple[Enrolment, CourseVersion]:
    """The enrolment for which somebody may hand in homework now.

    Raises:
        NotPermitted: the actor learns nothing; NothingToLearn: it is none of theirs.
        NoHomework, HomeworkWaits, HomeworkAccepted: as named.
    """
    staff.require(actor, LEARN, policy.rights)
    enrolment = enrolment_of(session, person=actor, enrolment_id=enrolment_id, lock=lock)
    version = session.get_one(CourseVersion, enrolment.version_id)
    if not version.homework:
        raise NoHomework(title=version.title)
    newest = session.scalars(
        select(Homework).where(Homework.enrolment_id == enrolment.id).order_by(Homework.id.desc()).limit(1)
    ).first()
    if newest is not None and newest.state == HomeworkState.WAITING:
        raise HomeworkWaits(title=version.title, handed_in_at=newest.handed_in_at)
    if newest is not None and newest.state == HomeworkState.ACCEPTED:
        raise HomeworkAccepted(title=version.title)
    return enrolment, version


def hand_in(
    session: Session,
    *,
    actor: Employee,
    enrolment_id: int,
    words: str,
    pictures_since: datetime | None,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> HomeworkView:
    """Hand in words, and the pictures that were sent since a moment and belong to nothing else.

    Raises:
        NotPermitted, NothingToLearn, NoHomework, HomeworkWaits, HomeworkAccepted: as `may_hand_in` says.
        HomeworkEmpty: neither words nor pictures. PicturesOnTheirWay: one is still being fetched.
    """
    enrolment, _ = may_hand_in(session, actor=actor, enrolment_id=enrolment_id, policy=policy, lock=True)
    pictures = [] if pictures_since is None else pictures_sent(session, actor, pictures_since)
    said = words.strip()[:LONGEST]
    if not said and not pictures:
        raise HomeworkEmpty()
    homework = Homework(
        enrolment_id=enrolment.id,
        words=secrecy.seal(session, actor.subject, said) if said else None,
        file_ids=[one.id for one in pictures],
        handed_in_at=at,
        state=HomeworkState.WAITING,
    )
    session.add(homework)
    session.flush()
    for one in pictures:
        one.about = f"homework:{homework.id}"
    first = next_workday(at.date(), calendar.is_workday)
    second = next_workday(first, calendar.is_workday)
    planning.plan_due(
        session,
        [
            (kind, homework.id, moment, moment + KEPT_DUE)
            for kind, day in ((WAITS, first), (CLIMBS, second))
            for moment in [at.replace(year=day.year, month=day.month, day=day.day)]
        ],
    )
    _record(session, "training.hand_in", actor, actor, homework, at)
    return view_of(session, homework)


def pictures_sent(session: Session, person: Employee, since: datetime) -> Sequence[StoredFile]:
    """The pictures somebody sent since a moment that belong to nothing yet, the oldest first.

    Raises:
        PicturesOnTheirWay: one is still being fetched.
    """
    fetching = select(MediaFetch.ticket).where(
        MediaFetch.subject == person.subject, MediaFetch.kind == FileKind.PHOTO, MediaFetch.asked_at >= since
    )
    if session.scalar(fetching.limit(1)) is not None:
        raise PicturesOnTheirWay()
    return session.scalars(
        select(StoredFile)
        .where(
            StoredFile.subject == person.subject,
            StoredFile.kind == FileKind.PHOTO,
            StoredFile.about == "",
            StoredFile.decided_at.is_(None),
            StoredFile.created_at >= since,
        )
        .order_by(StoredFile.id)
        .limit(MOST_PICTURES)
    ).all()


def reviewers_of(
    session: Session, person: Employee, at: datetime, *, higher: bool = False
) -> Sequence[Employee]:
    """Who looks at the homework of somebody: the nearest leaders, never the person; else the administrators.

    `higher`: the leaders next above those.
    """
    post = staff.main_post(session, person.id, at)
    unit_id = None if post is None else post.unit_id
    wanted = 1 if higher else 0
    for role in (Role.TEAM_LEADER, Role.SUPERVISOR, Role.MANAGER) if unit_id is not None else ():
        found = [one for one in staff.holders(session, role, unit_id=unit_id, at=at) if one.id != person.id]
        if found and wanted == 0:
            return found
        wanted -= bool(found)
    return [one for one in staff.holders(session, Role.ADMIN, unit_id=None, at=at) if one.id != person.id]


def homework_waiting(
    session: Session, *, actor: Employee, at: datetime, policy: Policy
) -> Sequence[HomeworkView]:
    """What waits for somebody to look at it within the actor's reach, the oldest first; never their own.

    Raises:
        NotPermitted: the actor looks at none.
    """
    allowed = staff.require(actor, REVIEW, policy.rights)
    found = session.scalars(
        select(Homework)
        .join(Enrolment, Enrolment.id == Homework.enrolment_id)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .where(
            Homework.state == HomeworkState.WAITING,
            Enrolment.withdrawn_at.is_(None),
            staff.person_in_reach(allowed, actor, at),
            Employee.id != actor.id,
        )
        .order_by(Homework.id)
    ).all()
    return [view_of(session, one) for one in found]


def homework_within(
    session: Session, *, actor: Employee, homework_id: int, at: datetime, policy: Policy, lock: bool = False
) -> HomeworkView:
    """Homework of somebody within the actor's reach.

    Raises:
        NotPermitted: the actor looks at none; OwnHomework: it is their own; NoSuchHomework: there is none.
    """
    allowed = staff.require(actor, REVIEW, policy.rights)
    homework = session.get(Homework, homework_id)
    if homework is None:
        raise NoSuchHomework()
    if lock:
        session.get_one(Enrolment, homework.enrolment_id, with_for_update=True, populate_existing=True)
        session.refresh(homework)
    view = view_of(session, homework)
    if view.person.id == actor.id:
        raise OwnHomework(action=REVIEW)
    if not staff.covers_anybody(session, allowed, actor, view.person, at=at):
        raise NoSuchHomework()
    return view


def decide_homework(
    session: Session,
    *,
    actor: Employee,
    homework_id: int,
    accepts: bool,
    remark: str,
    at: datetime,
    policy: Policy,
) -> HomeworkView:
    """Accept homework, or return it with a remark. With the last thing missing the course is done.

    Raises:
        NotPermitted, OwnHomework, NoSuchHomework: as `homework_within` says.
        HomeworkSettled: somebody was faster. RemarkNeeded: who returns it says why.
    """
    view = homework_within(session, actor=actor, homework_id=homework_id, at=at, policy=policy, lock=True)
    homework = view.homework
    if homework.state != HomeworkState.WAITING:
        raise HomeworkSettled(state=homework.state)
    if not accepts and not remark.strip():
        raise RemarkNeeded()
    homework.state = HomeworkState.ACCEPTED if accepts else HomeworkState.RETURNED
    homework.reviewed_by_id, homework.reviewed_at = actor.id, at
    said = remark.strip()[:LONGEST]
    homework.remark = secrecy.seal(session, view.person.subject, said) if said else None
    session.flush()
    _record(session, "training.review", actor, view.person, homework, at, accepts=accepts)
    if accepts:
        finish(session, person=view.person, enrolment=view.enrolment, at=at)
    return view_of(session, homework)


def reopen_homework(
    session: Session, *, actor: Employee, homework_id: int, at: datetime, policy: Policy
) -> HomeworkView:
    """Take a decision back: it waits again, and what it concluded is open again.

    Raises:
        NotPermitted, OwnHomework, NoSuchHomework: as `homework_within` says.
        NoWayBack: something new was handed in, or the course was begun anew.
    """
    view = homework_within(session, actor=actor, homework_id=homework_id, at=at, policy=policy, lock=True)
    homework, enrolment = view.homework, view.enrolment
    newer = select(Homework.id).where(Homework.enrolment_id == enrolment.id, Homework.id > homework.id)
    again = select(Enrolment.id).where(
        Enrolment.employee_id == enrolment.employee_id,
        Enrolment.course_id == enrolment.course_id,
        Enrolment.id > enrolment.id,
    )
    if homework.state == HomeworkState.WAITING or any(
        session.scalar(one.limit(1)) is not None for one in (newer, again)
    ):
        raise NoWayBack()
    decided = homework.reviewed_at
    if enrolment.completed_at is not None and enrolment.completed_at == decided:
        enrolment.completed_at = None
        enrolment.next_at = None if enrolment.sent_on is None else at
        own = (Certificate.employee_id == enrolment.employee_id, Certificate.course_id == enrolment.course_id)
        before = update(Certificate).where(*own, Certificate.revoked_at == decided)
        session.execute(before.values(revoked_at=None))
        given = session.scalars(select(Certificate).where(*own, Certificate.granted_at == decided)).all()
        for certificate in given:
            session.delete(certificate)
    homework.state, homework.reviewed_by_id, homework.reviewed_at = HomeworkState.WAITING, None, None
    homework.remark = None
    session.flush()
    _record(session, "training.review", actor, view.person, homework, at, taken_back=True)
    return view_of(session, homework)


def view_of(session: Session, homework: Homework) -> HomeworkView:
    """Homework with its words opened."""
    enrolment = session.get_one(Enrolment, homework.enrolment_id)
    person = session.get_one(Employee, enrolment.employee_id)
    return HomeworkView(
        homework,
        person,
        enrolment,
        session.get_one(CourseVersion, enrolment.version_id),
        secrecy.open_text(session, person.subject, homework.words) or "",
        secrecy.open_text(session, person.subject, homework.remark) or "",
        None if homework.reviewed_by_id is None else session.get(Employee, homework.reviewed_by_id),
    )


def pictures_of(session: Session, view: HomeworkView) -> Sequence[StoredFile]:
    """The pictures of homework; those deleted meanwhile are left out."""
    found = [files.find_file(session, id_) for id_ in view.homework.file_ids]
    return [one for one in found if one is not None]


def still_waiting(session: Session, ids: Sequence[int]) -> Sequence[HomeworkView]:
    """Which of these nobody has looked at."""
    found = session.scalars(
        select(Homework)
        .join(Enrolment, Enrolment.id == Homework.enrolment_id)
        .where(
            Homework.id.in_(ids),
            Homework.state == HomeworkState.WAITING,
            Enrolment.withdrawn_at.is_(None),
        )
        .order_by(Homework.id)
    ).all()
    return [view_of(session, one) for one in found]


def _record(
    session: Session,
    action: str,
    actor: Employee,
    person: Employee,
    homework: Homework,
    at: datetime,
    **more: object,
) -> None:
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=action,
        subject=person.subject,
        details={"homework": homework.id, "enrolment": homework.enrolment_id, **more},
    )
