"""Sealing and opening sensitive values, and the life of the keys behind them."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import insert_all, insert_once
from models.secrecy.keyring import KEY_BYTES, Sealer, decrypt, encrypt, keyring_of
from models.secrecy.queries import key_of, keys_of
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


@dataclass(frozen=True)
class NewKey:
    """A key that was made up and is still to be kept."""

    sealer: Sealer
    row: Mapping[str, Any] = field(repr=False)


def new_keys(session: Session, subjects: Iterable[str]) -> Mapping[str, NewKey]:
    """Keys for people who have none yet; nothing is written before `keep_keys`.

    What takes time (making them up, and sealing with them) then needs no lock.
    """
    keyring, made = keyring_of(session), {}
    for subject in subjects:
        key = secrets.token_bytes(KEY_BYTES)
        field_key, wrapped = keyring.wrap(key, subject)
        row = {"subject": subject, "field_key": field_key, "wrapped": wrapped, "destroyed_at": None}
        made[subject] = NewKey(Sealer(subject, key), row)
    return made


def keep_keys(session: Session, keys: Iterable[NewKey]) -> None:
    """Keep keys that were made up; none of these people may have had one."""
    insert_all(session, PersonKey, [key.row for key in keys])


def sealers(session: Session, subjects: Collection[str]) -> Mapping[str, Sealer]:
    """Subject → what seals under the person's key, of those that have one.

    Raises:
        MissingKey: a field key that wraps one of them is not configured.
    """
    return {subject: Sealer(subject, key) for subject, key in keys_of(session, subjects).items()}


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
