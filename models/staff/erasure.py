"""Deleting what is known of a person, and who may look at the evidence about one."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from models import audit, messaging, secrecy
from models.audit import AuditEvent
from models.errors import DomainError, NotFound
from models.messaging import Channel
from models.planning import DeferredAnswer, JobRun
from models.policy import Policy
from models.redaction import ERASED, Words, redact
from models.staff.queries import covers_anybody, held, is_called, require_for_person
from models.staff.rules import OutOfReach, require
from models.staff.tables import Candidate, Employee, Person, Post

OPERATOR = "operator"
"""Whoever has the command line, in the evidence trail."""

Eraser = Callable[[Session, Person, Words, datetime], None]
Holdings = Callable[[Session, Person, datetime], Iterable[str]]
_erasers: list[Eraser] = []
_holdings: list[Holdings] = []


class NotLeftYet(DomainError):
    """Nobody's data are deleted while they are with the organisation (facts: left_at)."""

    texts = "erasure"


class StillHolds(DomainError):
    """The person still holds something that somebody else has to take over (facts: things)."""

    texts = "erasure"


class NotOnRecord(NotFound):
    """Nobody within reach is called so, and nobody who has left (facts: asked)."""

    texts = "erasure"


class AlreadyErased(DomainError):
    """The person's data were deleted before."""

    texts = "erasure"


def on_erase(eraser: Eraser) -> Eraser:
    """Let another area delete what it knows of a person: (session, person, words, at).

    It is called before the person's own row is blanked, so that it still finds the person's account; `words`
    are those that must not be readable anywhere (`models.redaction.redact`).
    """
    if eraser not in _erasers:
        _erasers.append(eraser)
    return eraser


def on_asking_what_is_held(holdings: Holdings) -> Holdings:
    """Let another area name (by codes) what a person still holds: then nothing may be erased."""
    if holdings not in _holdings:
        _holdings.append(holdings)
    return holdings


def check_erasable(session: Session, *, person: Person, at: datetime) -> None:
    """Refuse unless the person has left and holds nothing.

    Raises:
        AlreadyErased, NotLeftYet, StillHolds: as named.
    """
    if secrecy.is_destroyed(session, person.subject):
        raise AlreadyErased()
    things: list[str] = []
    if isinstance(person, Employee):
        if person.left_at is None or person.left_at > at:
            raise NotLeftYet(left_at=person.left_at)
        posts = select(Post.id).where(Post.employee_id == person.id, held(at))
        if session.execute(posts.limit(1)).first() is not None:
            things.append("post")
    for holdings in _holdings:
        things += holdings(session, person, at)
    if things:
        raise StillHolds(things=sorted(set(things)))


def erase_person(
    session: Session,
    *,
    person: Person,
    at: datetime,
    actor: Employee | None,
    policy: Policy,
    reason: str = "",
) -> None:
    """Delete a person for good (domain.md 2.5, PIPL art. 47): the key, and every readable value.

    The rows stay under the pseudonym, and so does the evidence trail, whose personal parts nobody can open
    any more. `actor` is None for the command line.

    Raises:
        NotPermitted: the actor may not, or not this person.
        AlreadyErased, NotLeftYet, StillHolds: as named.
    """
    if actor is not None:
        _require(session, actor, "people.erase", person, at, policy)
    check_erasable(session, person=person, at=at)
    make_unreadable(session, person=person, at=at)
    by = OPERATOR if actor is None else actor.subject
    audit.record(
        session,
        at=at,
        actor=by,
        action="people.erase",
        subject=person.subject,
        personal={by: {"reason": reason}} if reason else {},
    )
    session.flush()


def make_unreadable(session: Session, *, person: Person, at: datetime) -> None:
    """Delete what can be read of a row: every area's, the messages, the row itself and the key.

    Whether that is allowed is for `erase_person`; an area whose rows stand for one person calls it for the
    other rows from its eraser.
    """
    words = Words(_readable(session, person))
    for eraser in _erasers:
        eraser(session, person, words, at)
    if isinstance(person, Employee):
        session.execute(delete(DeferredAnswer).where(DeferredAnswer.employee_id == person.id))
        account, sender = Channel.WECOM, person.wecom_id
    else:
        account, sender = Channel.OFFICIAL, person.openid or ""
    messaging.erase_person(
        session, account=account, sender=sender or "?", subject=person.subject, words=words, at=at
    )
    for column in (JobRun.error, DeferredAnswer.arguments):
        redact(session, column, words)
    _blank(person)
    secrecy.destroy_key(session, person.subject, at=at)


def _require(
    session: Session, actor: Employee, action: str, person: Person, at: datetime, policy: Policy
) -> None:
    if isinstance(person, Employee):
        require_for_person(session, actor=actor, action=action, person=person, at=at, policy=policy)
    else:
        require(actor, action, policy.rights)


def _readable(session: Session, person: Person) -> list[str | None]:
    """What others may have written down about the person."""
    opened = [
        secrecy.open_text(session, person.subject, sealed)
        for sealed in (person.phone, person.id_number, person.address)
    ]
    if isinstance(person, Employee):
        return [person.name, person.wecom_id, person.number, *opened]
    return [person.name, person.openid, *opened, secrecy.open_text(session, person.subject, person.email)]


def _blank(person: Person) -> None:
    person.name = ERASED
    person.phone = person.id_number = person.address = None
    person.phone_hash = person.id_hash = None
    if isinstance(person, Employee):
        person.wecom_id = f"erased-{person.id}"
        person.wecom_key = person.wecom_id
        person.number = person.phone_tail_hash = None
    else:
        person.openid = person.followed_at = person.scene = person.bound_at = person.email = None


def find_anybody(
    session: Session, *, actor: Employee, action: str, asked: str, at: datetime, policy: Policy
) -> Sequence[Employee]:
    """Those with this name, UserID, number or pseudonym, here or gone, for whom the actor may do `action`.

    Raises:
        NotPermitted: no role of the actor includes the action.
        NotOnRecord: there is nobody, or not within reach: the two look the same.
    """
    allowed = require(actor, action, policy.rights)
    kind, _, number = asked.partition(":")
    by_id = int(number) if kind == "employee" and number.isdecimal() else 0
    named = session.scalars(
        select(Employee).where(or_(is_called(asked), Employee.id == by_id)).order_by(Employee.id)
    ).all()
    found = [person for person in named if covers_anybody(session, allowed, actor, person, at=at)]
    if not found:
        raise NotOnRecord(asked=asked)
    return found


def look_at_trail(
    session: Session, *, actor: Employee, person: Employee, at: datetime, policy: Policy, limit: int
) -> Sequence[AuditEvent]:
    """The newest entries about a person, newest first; the look is itself recorded (S4-46).

    Raises:
        NotPermitted: the actor may not, or not this person.
    """
    _require(session, actor, "audit.see", person, at, policy)
    found = audit.newest_about(session, subject=person.subject, limit=limit)
    audit.record(session, at=at, actor=actor.subject, action="audit.see", subject=person.subject)
    return found


def look_at_newest(
    session: Session, *, actor: Employee, at: datetime, policy: Policy, limit: int
) -> Sequence[AuditEvent]:
    """The newest entries of all, newest first; the look is itself recorded.

    Raises:
        NotPermitted: the actor may not see everybody's.
    """
    if not require(actor, "audit.see", policy.rights).everything:
        raise OutOfReach(action="audit.see")
    found = audit.newest(session, limit=limit)
    audit.record(session, at=at, actor=actor.subject, action="audit.see")
    return found


def names_of(session: Session, subjects: Iterable[str | None]) -> dict[str, str]:
    """Pseudonym → masked name, of the employees and candidates among them."""
    ids: dict[str, set[int]] = {"employee": set(), "candidate": set()}
    for subject in subjects:
        kind, _, number = (subject or "").partition(":")
        if kind in ids and number.isdecimal():
            ids[kind].add(int(number))
    people: list[Person] = []
    people += session.scalars(select(Employee).where(Employee.id.in_(ids["employee"])))
    people += session.scalars(select(Candidate).where(Candidate.id.in_(ids["candidate"])))
    return {
        person.subject: ERASED if person.name == ERASED else secrecy.mask_name(person.name)
        for person in people
    }
