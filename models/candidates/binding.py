"""How a WeChat comes to belong to a candidate: a code from HR, then the end of the phone number.

What goes wrong is an answer and no refusal: a refusal is rolled back, and with it the count of wrong tries.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models import audit, secrecy
from models.candidates import matching
from models.candidates.errors import AlreadyBound, NoPhoneKnown
from models.candidates.queries import require_for_candidate, root_of, rows_of, wechat_of
from models.candidates.rules import CODE_DIGITS, SCENE_PREFIX, TAIL_DIGITS, is_tail, scene_of
from models.candidates.tables import BindingCode, BindingPicture, BindingTry
from models.policy import Policy
from models.staff import Candidate, Employee

CODE, SCENE = "binding_code", "binding_scene"
"""The kinds of identity hashes."""


class Step(StrEnum):
    """How far a follower has come."""

    ASK_TAIL = "ask_tail"
    """The code is right; the end of the phone number is still to come."""
    BOUND = "bound"
    WRONG_CODE = "wrong_code"
    WRONG_TAIL = "wrong_tail"
    LOCKED = "locked"
    """Too many wrong codes."""
    VOID = "void"
    """Too many wrong ends: the code works no more."""
    EXPIRED = "expired"
    NO_CODE = "no_code"
    """An end was given before any code."""
    BOUND_BEFORE = "bound_before"
    """This WeChat is the person's already."""
    ANOTHER_WECHAT = "another_wechat"
    """The person has another WeChat."""
    ANOTHER_PERSON = "another_person"
    """This WeChat is another person's; a human compares the two."""


@dataclass(frozen=True)
class Progress:
    """Where a follower stands."""

    step: Step
    person: Candidate | None = None
    left: int = 0
    """How many tries are left."""
    until: datetime | None = None


def make_code(
    session: Session, *, actor: Employee, person: Candidate, at: datetime, policy: Policy
) -> tuple[str, datetime]:
    """A new code for a person and until when it works; earlier ones work no more.

    Raises:
        NotPermitted, OutOfReach: the actor may not, or not for this person.
        NoPhoneKnown: nobody could answer the second question.
        AlreadyBound: the person has a WeChat.
    """
    return _make(session, actor, person, CODE, f"{secrets.randbelow(10**CODE_DIGITS):08d}", at, policy)


def ask_for_picture(
    session: Session, *, actor: Employee, person: Candidate, at: datetime, policy: Policy
) -> datetime:
    """Have a QR code drawn for a person (the shell does); until when it will work.

    Raises:
        DomainError: as `make_code`.
    """
    scene = SCENE_PREFIX + secrets.token_hex(12)
    _, until = _make(session, actor, person, SCENE, scene, at, policy)
    code = _known(session, SCENE, scene)
    assert code is not None
    sealed = secrecy.seal(session, person.subject, scene)
    session.add(BindingPicture(code_id=code.id, employee_id=actor.id, scene=sealed, asked_at=at))
    session.flush()
    return until


def _make(
    session: Session,
    actor: Employee,
    person: Candidate,
    kind: str,
    secret: str,
    at: datetime,
    policy: Policy,
) -> tuple[str, datetime]:
    require_for_candidate(session, actor=actor, action="candidates.bind", person=person, policy=policy)
    if not _phones(session, person):
        raise NoPhoneKnown(name=person.name)
    if wechat_of(session, person) is not None:
        raise AlreadyBound(name=person.name)
    while _known(session, kind, secret) is not None:
        secret = f"{secrets.randbelow(10**CODE_DIGITS):08d}"
    ids = [row.id for row in rows_of(session, person)]
    session.execute(
        update(BindingCode)
        .where(BindingCode.candidate_id.in_(ids), BindingCode.ended_at.is_(None))
        .values(ended_at=at)
    )
    until = at + timedelta(hours=policy.candidates.code_hours)
    code = BindingCode(
        candidate_id=person.id,
        code_hash=secrecy.identity_hash(session, kind, secret),
        made_at=at,
        made_by=actor.subject,
        expires_at=until,
    )
    session.add(code)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="candidates.bind_code",
        subject=person.subject,
        details={"code": code.id, "kind": kind},
    )
    return secret, until


def begin(session: Session, *, follower: Candidate, code: str, at: datetime, policy: Policy) -> Progress:
    """A follower gives a code; many wrong ones, and no code of theirs is looked at for some hours."""
    trial = _trial(session, follower)
    if trial.locked_until is not None and trial.locked_until > at:
        return Progress(Step.LOCKED, until=trial.locked_until)
    found = _known(session, CODE, code)
    if found is not None and _works(found, at):
        return _go_on(session, follower, trial, found, at)
    trial.wrong_codes += 1
    left = policy.candidates.wrong_codes - trial.wrong_codes
    if left > 0:
        session.flush()
        return Progress(Step.WRONG_CODE, left=left)
    trial.wrong_codes, trial.code_id = 0, None
    trial.locked_until = at + timedelta(hours=policy.candidates.locked_hours)
    session.flush()
    return Progress(Step.LOCKED, until=trial.locked_until)


def begin_by_scene(session: Session, *, follower: Candidate, event_key: str, at: datetime) -> Progress | None:
    """A follower came by a QR code; None if it is none of ours for binding."""
    scene = scene_of(event_key)
    if not scene:
        return None
    if follower.scene == scene:
        follower.scene = None
    found = _known(session, SCENE, scene)
    if found is None or not _works(found, at):
        return Progress(Step.EXPIRED)
    return _go_on(session, follower, _trial(session, follower), found, at)


def _go_on(
    session: Session, follower: Candidate, trial: BindingTry, code: BindingCode, at: datetime
) -> Progress:
    """The code is right: ask for the phone, unless it is no longer needed or somebody else's."""
    obstacle = _obstacle(session, follower, code, at)
    if obstacle is not None:
        return obstacle
    trial.code_id = code.id
    session.flush()
    return Progress(Step.ASK_TAIL)


def _obstacle(session: Session, follower: Candidate, code: BindingCode, at: datetime) -> Progress | None:
    person, mine = _person(session, code), root_of(session, follower)
    if mine.id == person.id:
        code.ended_at = at
        session.flush()
        return Progress(Step.BOUND_BEFORE, person)
    if mine.name is not None:
        matching.note(session, person=person, others=[mine], at=at)
        return Progress(Step.ANOTHER_PERSON)
    if wechat_of(session, person) is not None:
        return Progress(Step.ANOTHER_WECHAT)
    return None


def awaits_tail(session: Session, *, follower: Candidate) -> bool:
    """Whether the follower was asked for the end of the phone number."""
    trial = session.get(BindingTry, follower.id)
    return trial is not None and trial.code_id is not None


def finish(session: Session, *, follower: Candidate, tail: str, at: datetime, policy: Policy) -> Progress:
    """The follower gives the end of the phone number; if it is right, the WeChat is the person's."""
    trial = _trial(session, follower)
    if trial.code_id is None:
        return Progress(Step.NO_CODE)
    code = session.get(BindingCode, trial.code_id, populate_existing=True, with_for_update=True)
    assert code is not None
    if not _works(code, at):
        trial.code_id = None
        session.flush()
        return Progress(Step.EXPIRED)
    if len(tail) < TAIL_DIGITS:
        return Progress(Step.ASK_TAIL)
    person = _person(session, code)
    if not any(is_tail(phone, tail) for phone in _phones(session, person)):
        return _wrong_tail(session, trial, code, at, policy)
    obstacle = _obstacle(session, follower, code, at)
    if obstacle is not None:
        return obstacle
    code.ended_at = at
    _absorb(session, follower, person, at)
    audit.record(
        session,
        at=at,
        actor=person.subject,
        action="candidates.bind",
        subject=person.subject,
        details={"code": code.id, "follower": follower.subject},
    )
    return Progress(Step.BOUND, person)


def _wrong_tail(
    session: Session, trial: BindingTry, code: BindingCode, at: datetime, policy: Policy
) -> Progress:
    code.wrong_tails += 1
    left = policy.candidates.wrong_tails - code.wrong_tails
    if left <= 0:
        code.ended_at, trial.code_id = at, None
    session.flush()
    return Progress(Step.WRONG_TAIL, left=left) if left > 0 else Progress(Step.VOID)


def _absorb(session: Session, follower: Candidate, person: Candidate, at: datetime) -> None:
    """The follower's row becomes part of the person; what comes from that WeChat is the person's."""
    openid, followed_at, scene = follower.openid, follower.followed_at, follower.scene
    follower.openid = follower.followed_at = follower.scene = None
    follower.merged_into_id = person.id
    session.flush()
    person.openid, person.followed_at, person.bound_at = openid, followed_at, at
    person.scene = person.scene or scene
    session.execute(delete(BindingTry).where(BindingTry.follower_id == follower.id))
    session.flush()


def _trial(session: Session, follower: Candidate) -> BindingTry:
    known = session.get(BindingTry, follower.id, populate_existing=True, with_for_update=True)
    if known is None:
        known = BindingTry(follower_id=follower.id, wrong_codes=0)
        session.add(known)
        session.flush()
    return known


def _known(session: Session, kind: str, secret: str) -> BindingCode | None:
    said = secrecy.identity_hash(session, kind, secret)
    return session.scalars(
        select(BindingCode)
        .where(BindingCode.code_hash == said)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _works(code: BindingCode, at: datetime) -> bool:
    return code.ended_at is None and code.expires_at > at


def _person(session: Session, code: BindingCode) -> Candidate:
    row = session.get(Candidate, code.candidate_id)
    assert row is not None
    return root_of(session, row)


def _phones(session: Session, person: Candidate) -> list[str]:
    opened = (secrecy.open_text(session, row.subject, row.phone) for row in rows_of(session, person))
    return [phone for phone in opened if phone]


# --- pictures ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """A QR code that somebody waits for."""

    picture: BindingPicture
    employee: Employee
    person: Candidate
    scene: str | None
    """None if it is of no use any more."""
    expires_at: datetime


def any_picture_wanted(session: Session) -> bool:
    """Whether somebody waits for a QR code."""
    return (
        session.scalar(select(BindingPicture.id).where(BindingPicture.done_at.is_(None)).limit(1)) is not None
    )


def next_picture(session: Session, *, at: datetime) -> Wanted | None:
    """The QR code that somebody has waited for longest."""
    picture = session.scalars(
        select(BindingPicture).where(BindingPicture.done_at.is_(None)).order_by(BindingPicture.id).limit(1)
    ).one_or_none()
    if picture is None:
        return None
    code, employee = session.get(BindingCode, picture.code_id), session.get(Employee, picture.employee_id)
    assert code is not None
    assert employee is not None
    subject = f"candidate:{code.candidate_id}"
    scene = secrecy.open_text(session, subject, picture.scene) if _works(code, at) else None
    return Wanted(picture, employee, _person(session, code), scene, code.expires_at)


def finish_picture(session: Session, *, picture_id: int, at: datetime) -> bool:
    """The picture was made, or never will be; False if another process was faster."""
    picture = session.get(BindingPicture, picture_id, populate_existing=True, with_for_update=True)
    if picture is None or picture.done_at is not None:
        return False
    picture.done_at, picture.scene = at, None
    session.flush()
    return True
