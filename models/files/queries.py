"""Reads of files, and who may see which."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import secrecy, staff
from models.errors import NotFound, NotPermitted
from models.files.rules import GUARDED, OPEN_TO_LEADERS
from models.files.tables import StoredFile
from models.policy import Policy
from models.staff import Candidate, Employee, OutOfReach, Person, Post, UnitTree

SEE = "files.see"
SEE_HEALTH = "files.see_health"


class HealthOfOthers(NotPermitted):
    """Only the HR who decides about the person sees a health proof (domain.md 2.5; S0-48)."""

    texts = "files"


class NobodyOfThatName(NotFound):
    """Nobody within reach is called so (facts: asked)."""

    texts = "files"


def person_of(session: Session, subject: str) -> Person | None:
    """The person behind a pseudonym; an employee without posts."""
    kind, _, number = subject.partition(":")
    if not number.isdecimal() or len(number) > 9:
        return None
    if kind == "employee":
        return session.get(Employee, int(number))
    return session.get(Candidate, int(number)) if kind == "candidate" else None


def find_people(session: Session, asked: str, *, at: datetime) -> Sequence[Person]:
    """Employees and candidates with this name, account, number or pseudonym."""
    if (person := person_of(session, asked)) is not None:
        return [person]
    named = session.scalars(
        select(Candidate)
        .where(Candidate.name == asked, Candidate.merged_into_id.is_(None))
        .order_by(Candidate.id)
    )
    return [*staff.find_by_name_or_account(session, asked, at=at), *named]


def units_of(session: Session, person: Employee, *, at: datetime) -> Sequence[int]:
    """The units in which an employee holds posts."""
    held = staff.held(at)
    return session.scalars(select(Post.unit_id).where(Post.employee_id == person.id, held)).all()


def deciding_hr(
    session: Session, *, unit_ids: Collection[int], at: datetime, policy: Policy
) -> frozenset[int]:
    """The employees who hold HR nearest to each of these units: they decide about health proofs."""
    roles = [role for role in policy.rights.roles if policy.rights.scope(role, SEE_HEALTH) is not None]
    found: set[int] = set()
    for unit_id in unit_ids:
        holders = session.execute(
            select(UnitTree.depth, Post.employee_id)
            .join(Post, Post.unit_id == UnitTree.ancestor_id)
            .join(Employee, Employee.id == Post.employee_id)
            .where(UnitTree.unit_id == unit_id, Post.role.in_(roles), staff.held(at), staff.active(at))
            .order_by(UnitTree.depth)
        ).all()
        found |= {employee_id for depth, employee_id in holders if depth == holders[0][0]}
    return frozenset(found)


def files_of(session: Session, subject: str) -> Sequence[StoredFile]:
    """Every file of a person, newest first."""
    return session.scalars(
        select(StoredFile).where(StoredFile.subject == subject).order_by(StoredFile.id.desc())
    ).all()


def files_about(session: Session, subject: str, about: str) -> Sequence[StoredFile]:
    """What is kept of a person about one thing, newest first."""
    return session.scalars(
        select(StoredFile)
        .where(StoredFile.subject == subject, StoredFile.about == about)
        .order_by(StoredFile.id.desc())
    ).all()


def own_files(session: Session, *, actor: Person) -> Sequence[StoredFile]:
    """The actor's own files, newest first."""
    return files_of(session, actor.subject)


def find_file(session: Session, id_: int) -> StoredFile | None:
    """The file with this number."""
    return session.get(StoredFile, id_)


def visible_files(
    session: Session,
    *,
    actor: Employee,
    person: Person,
    unit_ids: Collection[int],
    at: datetime,
    policy: Policy,
) -> Sequence[StoredFile]:
    """The files of a person that the actor may see, newest first; `unit_ids` are where the person belongs
    or applied (S0-29).

    Raises:
        NotPermitted: the actor sees nobody's files; OutOfReach: not this person's.
    """
    _require_reach(session, actor, person, unit_ids, at, policy)
    found = files_of(session, person.subject)
    guarded = any(one.kind in GUARDED for one in found)
    decides = guarded and _decides(session, actor, person, unit_ids, at, policy)
    return [one for one in found if _sees(actor, person, one, decides, policy)]


def require_file(
    session: Session,
    *,
    actor: Employee,
    person: Person,
    file: StoredFile,
    unit_ids: Collection[int],
    at: datetime,
    policy: Policy,
) -> None:
    """Refuse unless the actor may see this file.

    Raises:
        HealthOfOthers: it is a health proof about which somebody else decides.
        NotPermitted, OutOfReach: as named.
    """
    guarded = file.kind in GUARDED
    decides = guarded and _decides(session, actor, person, unit_ids, at, policy)
    if not guarded:
        _require_reach(session, actor, person, unit_ids, at, policy)
    if not _sees(actor, person, file, decides, policy):
        raise HealthOfOthers(action=SEE_HEALTH) if guarded else OutOfReach(action=SEE)


def require_decider(
    session: Session, *, actor: Employee, unit_ids: Collection[int], at: datetime, policy: Policy
) -> None:
    """Refuse unless the actor decides about health proofs of somebody who belongs to these units.

    Raises:
        HealthOfOthers: somebody else does.
        NotPermitted: the actor is no HR.
    """
    staff.require(actor, SEE_HEALTH, policy.rights)
    if actor.id not in deciding_hr(session, unit_ids=unit_ids, at=at, policy=policy):
        raise HealthOfOthers(action=SEE_HEALTH)


def name_of(session: Session, file: StoredFile) -> str:
    """The name of a file; a plain one where it cannot be read any more."""
    return secrecy.open_text(session, file.subject, file.name) or "file"


def _require_reach(
    session: Session,
    actor: Employee,
    person: Person,
    unit_ids: Collection[int],
    at: datetime,
    policy: Policy,
) -> None:
    allowed = staff.require(actor, SEE, policy.rights)
    if isinstance(person, Employee):
        if not staff.covers_person(session, allowed, actor, person, at=at):
            raise OutOfReach(action=SEE)
    elif not any(staff.covers_unit(session, allowed, unit_id) for unit_id in unit_ids):
        raise OutOfReach(action=SEE)


def _sees(actor: Employee, person: Person, file: StoredFile, decides: bool, policy: Policy) -> bool:
    """Whether the actor sees a file of somebody within reach; `decides` about their health proofs, or not."""
    is_hr = bool(staff.reach(actor, SEE_HEALTH, policy.rights))
    if file.kind in GUARDED:
        decided = is_hr and file.subject != actor.subject and file.decided_by == actor.subject
        return decides or decided
    return is_hr or (isinstance(person, Employee) and file.kind in OPEN_TO_LEADERS)


def _decides(
    session: Session,
    actor: Employee,
    person: Person,
    unit_ids: Collection[int],
    at: datetime,
    policy: Policy,
) -> bool:
    """Whether the actor decides about the health proofs of somebody else."""
    if not staff.reach(actor, SEE_HEALTH, policy.rights) or person.subject == actor.subject:
        return False
    return actor.id in deciding_hr(session, unit_ids=unit_ids, at=at, policy=policy)
