"""Files that somebody sent and that belong to something else: a case."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audit
from models.errors import DomainError
from models.files import queries
from models.files.operations import FileGone, Opened, keep_file, look_into, remove_files
from models.files.rules import FileKind
from models.files.tables import MediaFetch, StoredFile
from models.policy import Policy
from models.staff import Employee


class NotFetchedYet(DomainError):
    """The file is still being fetched from the platform."""

    texts = "files"


def newest_unfiled(session: Session, *, actor: Employee, since: datetime) -> str | None:
    """The ticket of what somebody sent last and that belongs to nothing yet."""
    return session.scalars(
        select(StoredFile.ticket)
        .where(
            StoredFile.subject == actor.subject,
            StoredFile.about == "",
            StoredFile.decided_at.is_(None),
            StoredFile.created_at >= since,
        )
        .order_by(StoredFile.id.desc())
        .limit(1)
    ).one_or_none()


def file_under(
    session: Session,
    *,
    actor: Employee,
    ticket: str,
    subject: str,
    about: str,
    at: datetime,
    policy: Policy,
) -> StoredFile:
    """Keep a file of the actor's own under another person's key, as evidence about something.

    Raises:
        NotFetchedYet: as named; FileGone: there is none, it is somebody else's, or it belongs elsewhere;
        TooManyFiles: as many are kept as may be.
    """
    file = session.scalars(select(StoredFile).where(StoredFile.ticket == ticket)).one_or_none()
    if file is None:
        fetch = session.get(MediaFetch, ticket)
        if fetch is not None and fetch.subject == actor.subject:
            raise NotFetchedYet()
        raise FileGone()
    if file.subject != actor.subject or file.about or file.decided_at is not None:
        raise FileGone()
    name, content = queries.name_of(session, file), look_into(session, file)
    kept = keep_file(
        session,
        subject=subject,
        kind=FileKind.EVIDENCE,
        content=content,
        name=name,
        uploaded_by=actor.subject,
        at=at,
        policy=policy,
        about=about,
    )
    remove_files(session, [file])
    return kept


def open_about(session: Session, *, actor: Employee, file: StoredFile, at: datetime) -> Opened:
    """A file about something whose own rules allow the actor to see it; every look is recorded.

    Raises:
        FileGone: its person's data were deleted; FileUnavailable: the store does not answer.
    """
    content = look_into(session, file, at=at)
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="files.see",
        subject=file.subject,
        details={"file": file.id, "kind": file.kind},
    )
    session.flush()
    return Opened(file, queries.name_of(session, file), content)
