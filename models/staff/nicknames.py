"""Nicknames: what people are called among colleagues."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from models import audit
from models.errors import DomainError
from models.policy import Policy
from models.redaction import Words
from models.staff.erasure import on_erase
from models.staff.queries import active, require_for_person
from models.staff.tables import Employee, Nickname, Person

NICKNAME = "people.nickname"
_FORM = re.compile(r"[\u4e00-\u9fffa-z0-9]{2,10}")


class NoNickname(DomainError):
    """The words are too long, too short, or a number (facts: said)."""

    texts = "nicknames"


class NicknameIsAName(DomainError):
    """Somebody is really called so, by name, account or number (facts: said)."""

    texts = "nicknames"


class TooManyNicknames(DomainError):
    """The person has as many as the policy allows (facts: name, most)."""

    texts = "nicknames"


class NicknameUnknown(DomainError):
    """The person is not called so (facts: name, said)."""

    texts = "nicknames"


def as_nickname(said: str) -> str:
    """The form in which nicknames are kept and compared: lower case, no blanks."""
    return "".join(said.split()).lower()


def give_nickname(
    session: Session, *, actor: Employee, person: Employee, said: str, at: datetime, policy: Policy
) -> Nickname:
    """Let a person be called so as well; the same again changes nothing.

    Raises:
        NotPermitted: not for this person; NoNickname, NicknameIsAName, TooManyNicknames: as they say.
    """
    require_for_person(session, actor=actor, action=NICKNAME, person=person, at=at, policy=policy)
    words = as_nickname(said)
    if not _FORM.fullmatch(words) or words.isdecimal():
        raise NoNickname(said=said)
    real = select(Employee.id).where(
        active(at), or_(Employee.name == words, Employee.wecom_key == words, Employee.number == words.upper())
    )
    if session.scalars(real).first() is not None:
        raise NicknameIsAName(said=said)
    known = session.scalars(select(Nickname).where(Nickname.employee_id == person.id)).all()
    same = next((one for one in known if one.words == words), None)
    if same is not None:
        return same
    if len(known) >= policy.sentences.nicknames:
        raise TooManyNicknames(name=person.name, most=policy.sentences.nicknames)
    given = Nickname(employee_id=person.id, words=words, given_at=at, given_by_id=actor.id)
    session.add(given)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action=NICKNAME,
        subject=person.subject,
        personal={person.subject: {"nickname": words}},
    )
    return given


def drop_nickname(
    session: Session, *, actor: Employee, person: Employee, said: str, at: datetime, policy: Policy
) -> None:
    """Nobody calls the person so any more.

    Raises:
        NotPermitted: not for this person; NicknameUnknown: the person is not called so.
    """
    require_for_person(session, actor=actor, action=NICKNAME, person=person, at=at, policy=policy)
    known = session.scalars(
        select(Nickname).where(Nickname.employee_id == person.id, Nickname.words == as_nickname(said))
    ).one_or_none()
    if known is None:
        raise NicknameUnknown(name=person.name, said=said)
    session.delete(known)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="people.drop_nickname",
        subject=person.subject,
        personal={person.subject: {"nickname": as_nickname(said)}},
    )


def nicknames_of(session: Session, ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    """What these people are called beside their names, in the order given."""
    found: dict[int, list[str]] = defaultdict(list)
    for first in range(0, len(ids), 500):
        some = ids[first : first + 500]
        rows = select(Nickname.employee_id, Nickname.words).where(Nickname.employee_id.in_(some))
        for employee_id, words in session.execute(rows.order_by(Nickname.id)):
            found[employee_id].append(words)
    return {employee_id: tuple(words) for employee_id, words in found.items()}


@on_erase
def forget_nicknames(session: Session, person: Person, _words: Words, _at: datetime) -> None:
    """An erased person is called nothing any more."""
    if isinstance(person, Employee):
        session.execute(delete(Nickname).where(Nickname.employee_id == person.id))
