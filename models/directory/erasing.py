"""What the directory said of a person who is erased."""

from datetime import datetime

from sqlalchemy import delete, func, or_
from sqlalchemy.orm import Session

from models.directory.tables import ChangeKind, DirectoryChange, DirectoryMember, DirectoryRun
from models.redaction import Words, redact
from models.staff import Employee, Person, on_erase


@on_erase
def forget_member(session: Session, person: Person, words: Words, _at: datetime) -> None:
    """Delete what the directory said of an erased person, and take their words out of what runs noted."""
    if isinstance(person, Employee):
        keys = (DirectoryChange.key, DirectoryChange.new_key)
        session.execute(delete(DirectoryMember).where(DirectoryMember.key == person.wecom_key))
        session.execute(
            delete(DirectoryChange).where(
                DirectoryChange.kind == ChangeKind.MEMBER,
                or_(*(func.lower(key) == person.wecom_key for key in keys)),
            )
        )
    redact(session, DirectoryRun.error, words)
