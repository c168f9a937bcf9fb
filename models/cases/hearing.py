"""What is written about a case passes the wording filter before it is kept (domain.md section 3)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from models import wording
from models.cases.access import subject_of
from models.cases.errors import ReasonMissing
from models.cases.tables import Case
from models.policy import Policy
from models.staff import Employee
from models.wording import Examination

Stop = Callable[[Session, Employee, Case, str, datetime], None]
_stops: list[Stop] = []


def on_danger(stop: Stop) -> Stop:
    """Let another module stop what has to be stopped when a debtor hints at suicide or violence."""
    if stop not in _stops:
        _stops.append(stop)
    return stop


def hear(session: Session, words: str, policy: Policy) -> Examination:
    """What the filter says of words about a case; what is kept of them is `masked`."""
    return wording.read(session, words.strip(), policy)


def heed(session: Session, *, actor: Employee, case: Case, heard: Examination, at: datetime) -> None:
    """Keep the hits, so that people hear of them; contact stops at once if somebody may be in danger."""
    _keep(session, actor, case, heard, at)
    _stop(session, actor, case, heard, at)


def hear_reason(
    session: Session, *, actor: Employee, case: Case, reason: str, at: datetime, policy: Policy
) -> str:
    """The words that an operation takes as its reason, as they are kept: with numbers masked.

    Their hits are kept, so that people hear of them at once. Contact is not stopped by it, since the
    operation has yet to change the case: `heed_reason` does that afterwards.

    Raises:
        ReasonMissing: there are none.
    """
    if not reason.strip():
        raise ReasonMissing(number=case.id)
    heard = hear(session, reason, policy)
    _keep(session, actor, case, heard, at)
    return heard.masked


def heed_reason(
    session: Session, *, actor: Employee, case: Case, reason: str, at: datetime, policy: Policy
) -> None:
    """Stop contact if what `hear_reason` made of the words tells that somebody may be in danger.

    For after the operation's own change; not for one that halts or ends the case.
    """
    _stop(session, actor, case, hear(session, reason, policy), at)


def _keep(session: Session, actor: Employee, case: Case, heard: Examination, at: datetime) -> None:
    wording.keep_hits(
        session, author=actor, about=f"case:{case.id}", subject=subject_of(case), examination=heard, at=at
    )


def _stop(session: Session, actor: Employee, case: Case, heard: Examination, at: datetime) -> None:
    if wording.escalates(heard):
        for stop in _stops:
            stop(session, actor, case, heard.masked, at)
