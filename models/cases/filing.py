"""Files that belong to a case (S3-38), sealed under the debtor's key."""

from datetime import datetime

from sqlalchemy.orm import Session

from models import files
from models.cases.access import SEE, WORK, find_case, require_case, subject_of
from models.cases.tables import Case
from models.files import FileGone, Opened, StoredFile
from models.policy import Policy
from models.staff import Employee

ABOUT = "case:"
"""What a file is about that belongs to a case, before its number."""


def file_into(
    session: Session, *, actor: Employee, case: Case, ticket: str, at: datetime, policy: Policy
) -> StoredFile:
    """Put a file that the actor has sent to a case that the actor works.

    Raises:
        NotPermitted, NoSuchCase, CaseChanged: as `find_case`; NotFetchedYet, FileGone, TooManyFiles: as
        `files.file_under`.
    """
    require_case(session, actor=actor, case=case, actions=(WORK,), at=at, policy=policy)
    return files.file_under(
        session,
        actor=actor,
        ticket=ticket,
        subject=subject_of(case),
        about=f"{ABOUT}{case.id}",
        at=at,
        policy=policy,
    )


def open_case_file(
    session: Session, *, actor: Employee, file_id: int, at: datetime, policy: Policy
) -> tuple[Opened, Case]:
    """A file of a case for somebody who may see the case, with the case; the look is recorded.

    Raises:
        FileGone: there is none; NotPermitted, NoSuchCase: as `find_case`.
    """
    file = files.find_file(session, file_id)
    if file is None or not file.about.startswith(ABOUT):
        raise FileGone()
    number = file.about.removeprefix(ABOUT)
    case = find_case(session, actor=actor, number=number, action=SEE, at=at, policy=policy)
    return files.open_about(session, actor=actor, file=file, at=at), case
