"""Writes of files: keeping, looking, deciding, deleting."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models import audit, messaging, secrecy
from models.audit import SYSTEM
from models.base import insert_once
from models.errors import DomainError, NotFound
from models.files import queries, rules
from models.files.rules import DATABASE, FileKind, FileRefused
from models.files.tables import AbandonedObject, MediaFetch, StoredFile
from models.policy import Policy
from models.staff import Employee, Person

INFO = "files"
"""Where a session keeps the store of objects, if there is one."""
AT_ONCE = 500


class StoreUnreachable(Exception):
    """The store of objects did not answer, or refused."""


class FileStore(Protocol):
    """Where sealed bytes may be kept outside the database."""

    def get(self, name: str) -> bytes:
        """The bytes of an object.

        Raises:
            StoreUnreachable: they cannot be had now.
        """


class TooManyFiles(FileRefused):
    """The person has as many files as anybody may have (facts: most)."""


class FileGone(NotFound):
    """There is no such file (any more), or it is somebody else's."""

    texts = "files"


class FileUnavailable(DomainError):
    """The file exists, but its bytes cannot be had now."""

    texts = "files"


class NotDeletable(DomainError):
    """The file belongs to something else as its evidence; its owner does not delete it."""

    texts = "files"


class NothingToDecide(DomainError):
    """The person has handed in no health proof (facts: name)."""

    texts = "files"


@dataclass(frozen=True)
class Opened:
    """A file as it was handed in."""

    file: StoredFile
    name: str
    content: bytes = field(repr=False)


def keep_file(
    session: Session,
    *,
    subject: str,
    kind: FileKind,
    content: bytes,
    name: str,
    uploaded_by: str,
    at: datetime,
    policy: Policy,
    about: str = "",
    ticket: str | None = None,
) -> StoredFile:
    """Keep a file of a person, sealed; the same bytes about the same thing again are the same file (S0-28).

    Raises:
        FileEmpty, FileTooLarge, FileTypeRefused, TooManyFiles: as named.
        FileGone: the person's data were deleted.
    """
    media_type = rules.check_file(content, kind, policy.files)
    digest = secrecy.identity_hash(session, "file", f"{subject}\0{sha256(content).hexdigest()}")
    known = _same(session, subject, about, digest)
    if known is None:
        _check_count(session, subject, policy)
        sealed = secrecy.seal(session, subject, content)
        if sealed is None:
            raise FileGone()
        row = {
            "kind": kind,
            "subject": subject,
            "about": about,
            "media_type": media_type,
            "name": secrecy.seal(session, subject, rules.clean_name(name, media_type)),
            "size": len(content),
            "sha256": digest,
            "uploaded_by": uploaded_by,
            "created_at": at,
            "delete_after": rules.delete_after(kind, at, policy.files),
            "ticket": ticket or secrets.token_hex(8),
            "location": DATABASE,
            "content": sealed,
        }
        insert_once(session, StoredFile, row)
        known = _same(session, subject, about, digest)
        assert known is not None
        details = {"file": known.id, "kind": kind, "size": len(content), "type": media_type}
        audit.record(session, at=at, actor=uploaded_by, action="files.keep", subject=subject, details=details)
    elif ticket is not None:
        known.ticket = ticket
    session.flush()
    return known


def open_file(
    session: Session,
    *,
    actor: Person,
    id_: int,
    unit_ids: Collection[int],
    at: datetime,
    policy: Policy,
) -> Opened:
    """A file for somebody who looks at it; every look is recorded, also the owner's own (S4-46).

    Raises:
        FileGone: there is none, or its owner's data were deleted.
        FileUnavailable: the store does not answer.
        HealthOfOthers, NotPermitted, OutOfReach: the actor may not see it.
    """
    file = queries.find_file(session, id_)
    person = None if file is None else queries.person_of(session, file.subject)
    if file is None or person is None:
        raise FileGone()
    if file.subject != actor.subject:
        if not isinstance(actor, Employee):
            raise FileGone()
        queries.require_file(
            session, actor=actor, person=person, file=file, unit_ids=unit_ids, at=at, policy=policy
        )
    content = look_into(session, file, at=at)
    details = {"file": file.id, "kind": file.kind}
    audit.record(
        session, at=at, actor=actor.subject, action="files.see", subject=file.subject, details=details
    )
    session.flush()
    return Opened(file, queries.name_of(session, file), content)


def decide_health_proof(
    session: Session,
    *,
    actor: Employee,
    person: Person,
    unit_ids: Collection[int],
    passed: bool,
    at: datetime,
    policy: Policy,
) -> Sequence[StoredFile]:
    """Decide about the health proofs of a person: they are deleted some days after the first decision.

    Raises:
        HealthOfOthers, NotPermitted: somebody else decides.
        NothingToDecide: there are none.
    """
    proofs = proofs_to_decide(session, actor=actor, person=person, unit_ids=unit_ids, at=at, policy=policy)
    for file in proofs:
        if file.decided_at is None:
            file.delete_after = at + timedelta(days=policy.files.health_proof_days)
        file.decided_by, file.decided_at, file.passed = actor.subject, at, passed
    details = {"files": [file.id for file in proofs], "passed": passed}
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="files.decide_health",
        subject=person.subject,
        details=details,
    )
    session.flush()
    return proofs


def health_proofs(session: Session, person: Person) -> Sequence[StoredFile]:
    """The health proofs of a person, newest first."""
    return [one for one in queries.files_of(session, person.subject) if one.kind == FileKind.HEALTH_PROOF]


def proofs_to_decide(
    session: Session,
    *,
    actor: Employee,
    person: Person,
    unit_ids: Collection[int],
    at: datetime,
    policy: Policy,
) -> Sequence[StoredFile]:
    """The health proofs about which the actor may decide.

    Raises:
        HealthOfOthers, NotPermitted: somebody else decides.
        NothingToDecide: there are none.
    """
    queries.require_decider(session, actor=actor, unit_ids=unit_ids, at=at, policy=policy)
    proofs = health_proofs(session, person)
    if not proofs:
        raise NothingToDecide(name=person.name)
    return proofs


def own_file(session: Session, *, actor: Person, id_: int) -> StoredFile:
    """A file of one's own that one may delete.

    Raises:
        FileGone: there is none, or it is somebody else's.
        NotDeletable: it is the evidence of something.
    """
    file = queries.find_file(session, id_)
    if file is None or file.subject != actor.subject:
        raise FileGone()
    if file.about:
        raise NotDeletable()
    return file


def delete_own(session: Session, *, actor: Person, id_: int, at: datetime) -> None:
    """Delete a file of one's own.

    Raises:
        FileGone: there is none, or it is somebody else's.
        NotDeletable: it is the evidence of something.
    """
    file = own_file(session, actor=actor, id_=id_)
    remove_files(session, [file])
    details = {"file": id_, "kind": file.kind}
    audit.record(
        session, at=at, actor=actor.subject, action="files.delete", subject=actor.subject, details=details
    )


def delete_expired(session: Session, *, at: datetime, policy: Policy) -> int:
    """Delete what has been kept long enough, and copies for lookers that nobody waits for; how many files.

    Each deletion is recorded.
    """
    expired = session.scalars(
        select(StoredFile)
        .where(StoredFile.delete_after <= at)
        .order_by(StoredFile.delete_after, StoredFile.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for file in expired:
        details = {"file": file.id, "kind": file.kind}
        audit.record(
            session, at=at, actor=SYSTEM, action="files.expire", subject=file.subject, details=details
        )
    remove_files(session, expired)
    _forget_copies(session, before=at - timedelta(minutes=policy.delivery.answer_expires_minutes))
    return len(expired)


def forget_person(session: Session, *, subject: str) -> None:
    """Delete every file of a person, and what still waits to be fetched."""
    session.execute(delete(MediaFetch).where(MediaFetch.subject == subject))
    remove_files(session, queries.files_of(session, subject))


def _forget_copies(session: Session, *, before: datetime) -> None:
    copied = session.scalars(select(StoredFile).where(StoredFile.copied_at < before).limit(AT_ONCE)).all()
    for file in copied:
        assert file.copy_sha256 is not None
        messaging.forget_content(session, digest=file.copy_sha256)
        file.copy_sha256, file.copied_at = None, None
    session.flush()


def remove_files(session: Session, removed: Sequence[StoredFile]) -> None:
    """Delete rows with their bytes; an object in the store is named to be removed there."""
    for file in removed:
        if file.copy_sha256 is not None:
            messaging.forget_content(session, digest=file.copy_sha256)
        if file.location != DATABASE:
            insert_once(session, AbandonedObject, {"name": file.location})
        session.delete(file)
    session.flush()


def look_into(session: Session, file: StoredFile, *, at: datetime | None = None) -> bytes:
    """The bytes of a file; with `at` a copy of them goes to somebody then.

    Raises:
        FileGone: its person's data were deleted; FileUnavailable: the store does not answer.
    """
    content = secrecy.open_sealed(session, file.subject, _sealed(session, file))
    if content is None:
        raise FileGone()
    if at is not None:
        file.copy_sha256, file.copied_at = sha256(content).hexdigest(), at
    return content


def _sealed(session: Session, file: StoredFile) -> bytes:
    if file.content is not None:
        return file.content
    store: FileStore | None = session.info.get(INFO)
    if store is None:
        raise FileUnavailable()
    try:
        return store.get(file.location)
    except StoreUnreachable:
        raise FileUnavailable() from None


def _same(session: Session, subject: str, about: str, digest: str) -> StoredFile | None:
    return session.scalars(
        select(StoredFile).where(
            StoredFile.subject == subject, StoredFile.about == about, StoredFile.sha256 == digest
        )
    ).one_or_none()


def _check_count(session: Session, subject: str, policy: Policy) -> None:
    count = session.scalar(select(func.count()).where(StoredFile.subject == subject)) or 0
    if count >= policy.files.most_files:
        raise TooManyFiles(most=policy.files.most_files)
