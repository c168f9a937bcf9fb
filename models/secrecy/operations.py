"""Sealing and opening sensitive values, and the life of the keys behind them."""

import secrets
from datetime import datetime

from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import insert_once
from models.secrecy.keyring import KEY_BYTES, decrypt, encrypt, keyring_of
from models.secrecy.queries import key_of
from models.secrecy.tables import PersonKey


def seal(session: Session, subject: str, value: str | bytes | None) -> bytes | None:
    """A value of this person, sealed under the person's own key; nothing stays nothing.

    The key is made at the first use. Of somebody whose key was destroyed nothing can be sealed any more:
    the answer is None.
    """
    if value is None or value == "":
        return None
    key = key_of(session, subject) or _make_key(session, subject)
    if key is None:
        return None
    plain = value.encode() if isinstance(value, str) else value
    return encrypt(key, plain, subject.encode())


def open_sealed(session: Session, subject: str, sealed: bytes | None) -> bytes | None:
    """The bytes again; None if there are none, the key was destroyed, or somebody changed them."""
    if sealed is None:
        return None
    key = key_of(session, subject)
    if key is None:
        return None
    try:
        return decrypt(key, sealed, subject.encode())
    except InvalidTag:
        return None


def open_with(key: bytes, subject: str, sealed: bytes | None) -> str | None:
    """The same for text, with the person's key at hand (`keys_of`): for lists."""
    if sealed is None:
        return None
    try:
        return decrypt(key, sealed, subject.encode()).decode()
    except InvalidTag:
        return None


def open_text(session: Session, subject: str, sealed: bytes | None) -> str | None:
    """The same for text."""
    plain = open_sealed(session, subject, sealed)
    return None if plain is None else plain.decode()


def identity_hash(session: Session, kind: str, value: str) -> str:
    """The keyed hash by which equal values (of one kind: `phone`, `id_number`) are recognised."""
    return keyring_of(session).hash(kind, value)


def destroy_key(session: Session, subject: str, *, at: datetime) -> bool:
    """Make everything sealed of this person unreadable for good; False if it was so before."""
    insert_once(
        session, PersonKey, {"subject": subject, "field_key": "", "wrapped": None, "destroyed_at": at}
    )
    known = session.get(PersonKey, subject, populate_existing=True, with_for_update=True)
    assert known is not None
    there = known.wrapped is not None
    if there:
        known.wrapped, known.field_key, known.destroyed_at = None, "", at
        session.flush()
    return there


def rewrap(session: Session, *, limit: int) -> int:
    """Wrap up to `limit` keys anew that an older field key wraps; returns how many.

    Everybody may go on reading and writing meanwhile: both keys are configured.

    Raises:
        MissingKey: an older key is not configured any more.
    """
    keyring = keyring_of(session)
    old = session.scalars(
        select(PersonKey)
        .where(PersonKey.wrapped.is_not(None), PersonKey.field_key != keyring.newest)
        .order_by(PersonKey.subject)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in old:
        assert row.wrapped is not None
        key = keyring.unwrap(row.wrapped, row.field_key, row.subject)
        row.field_key, row.wrapped = keyring.wrap(key, row.subject)
    session.flush()
    return len(old)


def _make_key(session: Session, subject: str) -> bytes | None:
    """A new key, or the one that somebody else has made at the same moment; None after destruction."""
    field_key, wrapped = keyring_of(session).wrap(secrets.token_bytes(KEY_BYTES), subject)
    row = {"subject": subject, "field_key": field_key, "wrapped": wrapped, "destroyed_at": None}
    insert_once(session, PersonKey, row)
    return key_of(session, subject)
