"""Moving sealed bytes from the database into a store of objects, so that none is lost and none left over."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from models.base import insert_once
from models.files.rules import DATABASE
from models.files.tables import AbandonedObject, StoredFile


@dataclass(frozen=True)
class Moving:
    """Sealed bytes on their way."""

    id: int
    name: str
    content: bytes = field(repr=False)


def waiting_to_move(session: Session) -> bool:
    """Whether bytes stand in the database."""
    return bool(session.scalar(select(exists().where(StoredFile.content.is_not(None)))))


def begin_move(session: Session) -> Moving | None:
    """The next file to move, its object named before it is written: whoever deletes the file knows of it."""
    file = session.scalars(
        select(StoredFile)
        .where(StoredFile.content.is_not(None))
        .order_by(StoredFile.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if file is None or file.content is None:
        return None
    if file.location == DATABASE:
        file.location = f"files/{file.id}-{secrets.token_hex(8)}"
        session.flush()
    return Moving(file.id, file.location, file.content)


def finish_move(session: Session, moved: Moving) -> None:
    """The object is there: the bytes leave the database. If the file is gone, so must the object."""
    file = session.get(StoredFile, moved.id, with_for_update=True, populate_existing=True)
    if file is None or file.location != moved.name:
        insert_once(session, AbandonedObject, {"name": moved.name})
        return
    file.content = None
    session.flush()


def abandoned(session: Session, *, limit: int) -> Sequence[str]:
    """The objects to remove."""
    return session.scalars(select(AbandonedObject.name).order_by(AbandonedObject.name).limit(limit)).all()


def forget_abandoned(session: Session, *, names: Sequence[str]) -> None:
    """They are removed."""
    session.execute(delete(AbandonedObject).where(AbandonedObject.name.in_(names)))
