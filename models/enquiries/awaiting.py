"""What the next free words of a candidate belong to, through restarts and days of silence."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from models import recruiting
from models.base import upsert
from models.enquiries.tables import AwaitedWords
from models.recruiting import RemedialRequest, RequestState
from models.staff import Candidate

REQUEST = "request_words"
"""The tap that takes words for a request."""


def await_words(session: Session, *, candidate: Candidate, key: str, at: datetime) -> None:
    """The next words that are no command are an answer to this, until something else is asked."""
    upsert(session, AwaitedWords, "candidate_id", {"candidate_id": candidate.id, "key": key, "at": at})


def awaited_words(session: Session, *, candidate: Candidate) -> str | None:
    """The tap that takes the next words; None if nothing was asked."""
    found = session.get(AwaitedWords, candidate.id, populate_existing=True)
    return None if found is None else found.key


def await_request(session: Session, *, candidate: Candidate, request: RemedialRequest, at: datetime) -> None:
    """The next words belong to a request."""
    await_words(session, candidate=candidate, key=f"{REQUEST}:{request.id}", at=at)


def go_on(session: Session, *, candidate: Candidate, at: datetime) -> None:
    """What was asked last is answered: words belong to the request that is being written, or to nothing."""
    request = recruiting.newest_request(session, person=candidate)
    if request is not None and request.state in (RequestState.DRAFT, RequestState.ASKED_BACK):
        await_request(session, candidate=candidate, request=request, at=at)
    else:
        session.execute(delete(AwaitedWords).where(AwaitedWords.candidate_id == candidate.id))
