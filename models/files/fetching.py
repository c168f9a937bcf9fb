"""Media from chat: asked for when the message comes, fetched from the platform afterwards."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models import audit
from models.files import rules
from models.files.operations import FileGone, TooManyFiles, keep_file
from models.files.rules import CHOSEN, FileKind
from models.files.tables import MediaFetch, StoredFile
from models.policy import Policy
from models.staff import Person

LIFE = timedelta(days=3)
"""How long the platforms keep what somebody sent (protocol 2.2)."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


def ask_for(
    session: Session,
    *,
    actor: Person,
    channel: str,
    media_id: str,
    kind: FileKind,
    at: datetime,
    policy: Policy,
) -> MediaFetch:
    """Ask for the media of a message to be fetched.

    Raises:
        TooManyFiles: as many wait already as anybody may have.
    """
    waiting = session.scalar(select(func.count()).where(MediaFetch.subject == actor.subject)) or 0
    if waiting >= policy.files.most_files:
        raise TooManyFiles(most=policy.files.most_files)
    fetch = MediaFetch(
        ticket=secrets.token_hex(8),
        channel=channel,
        media_id=media_id,
        subject=actor.subject,
        kind=kind,
        asked_at=at,
        next_at=at,
        attempts=0,
    )
    session.add(fetch)
    session.flush()
    return fetch


def choose_kind(
    session: Session, *, actor: Person, ticket: str, kind: FileKind, at: datetime, policy: Policy
) -> None:
    """Say what a file of one's own is, whether it has been fetched or not.

    Raises:
        FileGone: there is none, it is somebody else's, or it was decided about.
    """
    if kind not in CHOSEN:
        raise FileGone()
    fetch = session.get(MediaFetch, ticket, with_for_update=True)
    if fetch is not None and fetch.subject == actor.subject:
        fetch.kind = kind
        session.flush()
        return
    file = session.scalars(select(StoredFile).where(StoredFile.ticket == ticket)).one_or_none()
    if file is None or file.subject != actor.subject or file.about or file.decided_at is not None:
        raise FileGone()
    file.kind, file.delete_after = kind, rules.delete_after(kind, file.created_at, policy.files)
    details = {"file": file.id, "kind": kind}
    audit.record(
        session, at=at, actor=actor.subject, action="files.sort", subject=actor.subject, details=details
    )
    session.flush()


def due_fetches(session: Session, *, at: datetime, limit: int) -> Sequence[MediaFetch]:
    """What is to be fetched now, the longest waiting first."""
    return session.scalars(
        select(MediaFetch)
        .where(MediaFetch.next_at <= at)
        .order_by(MediaFetch.next_at, MediaFetch.ticket)
        .limit(limit)
    ).all()


def finish_fetch(
    session: Session, *, ticket: str, content: bytes, name: str, at: datetime, policy: Policy
) -> StoredFile | None:
    """Keep what was fetched and strike it off, both or neither; None if somebody else did.

    Raises:
        FileEmpty, FileTooLarge, FileTypeRefused, TooManyFiles, FileGone: it is not kept.
    """
    fetch = session.get(MediaFetch, ticket, with_for_update=True)
    if fetch is None:
        return None
    kept = keep_file(
        session,
        subject=fetch.subject,
        kind=FileKind(fetch.kind),
        content=content,
        name=name,
        uploaded_by=fetch.subject,
        at=at,
        policy=policy,
        ticket=ticket,
    )
    session.delete(fetch)
    session.flush()
    return kept


def drop_fetch(session: Session, *, ticket: str) -> bool:
    """Strike off what cannot be kept; False if somebody else did."""
    gone = session.execute(delete(MediaFetch).where(MediaFetch.ticket == ticket))
    return int(gone.rowcount) == 1  # type: ignore[attr-defined]


def postpone_fetch(session: Session, *, ticket: str, at: datetime) -> None:
    """Try again later, after a pause that doubles."""
    fetch = session.get(MediaFetch, ticket, with_for_update=True)
    if fetch is not None:
        fetch.next_at = at + min(FIRST_PAUSE * 2 ** min(fetch.attempts, 10), LONGEST_PAUSE)
        fetch.attempts += 1
        session.flush()
