"""Reads of keys."""

from collections.abc import Collection, Mapping

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from models.base import find
from models.secrecy.keyring import keyring_of
from models.secrecy.tables import PersonKey

_BY_SUBJECT = select(PersonKey).where(PersonKey.subject == bindparam("subject"))
MOST_AT_ONCE = 500


def key_of(session: Session, subject: str) -> bytes | None:
    """The key of one person; None if there is none (any more).

    Raises:
        MissingKey: the field key that wraps it is not configured.
    """
    row = find(session, _BY_SUBJECT, {"subject": subject})
    if row is None or row.wrapped is None:
        return None
    return keyring_of(session).unwrap(row.wrapped, row.field_key, subject)


def keys_of(session: Session, subjects: Collection[str]) -> Mapping[str, bytes]:
    """Subject → key, of those that have one: for lists, in few questions.

    Raises:
        MissingKey: a field key that wraps one of them is not configured.
    """
    keyring = keyring_of(session)
    wanted = sorted(set(subjects))
    found: dict[str, bytes] = {}
    for first in range(0, len(wanted), MOST_AT_ONCE):
        some = wanted[first : first + MOST_AT_ONCE]
        for row in session.scalars(select(PersonKey).where(PersonKey.subject.in_(some))):
            if row.wrapped is not None:
                found[row.subject] = keyring.unwrap(row.wrapped, row.field_key, row.subject)
    return found


def key_counts(session: Session) -> Mapping[str, int]:
    """Id of a field key → how many persons' keys it wraps."""
    counted = session.execute(
        select(PersonKey.field_key, func.count())
        .where(PersonKey.wrapped.is_not(None))
        .group_by(PersonKey.field_key)
    )
    return {key: int(count) for key, count in counted}


def is_destroyed(session: Session, subject: str) -> bool:
    """Whether the key of this person was destroyed."""
    row = session.get(PersonKey, subject, populate_existing=True)
    return row is not None and row.destroyed_at is not None
