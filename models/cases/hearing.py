"""What is written about a case passes the wording filter before it is kept (domain.md section 3)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from models import wording
from models.cases.access import subject_of
from models.cases.tables import Case
from models.policy import Policy
from models.staff import Employee
from models.wording import Examination

Stop = Callable[[Session, Employee, Case, str, datetime, Policy], None]
_stops: list[Stop] = []


def on_danger(stop: Stop) -> Stop:
    """Let another module stop what has to be stopped when a debtor hints at suicide or violence."""
    if stop not in _stops:
        _stops.append(stop)
    return stop


def hear(session: Session, words: str, policy: Policy) -> Examination:
    """What the filter says of words about a case; what is kept of them is `masked`."""
    return wording.read(session, words.strip(), policy)


def heed(
    session: Session, *, actor: Employee, case: Case, heard: Examination, at: datetime, policy: Policy
) -> None:
    """Keep the hits, so that people hear of them; contact stops at once if somebody may be in danger."""
    wording.keep_hits(
        session, author=actor, about=f"case:{case.id}", subject=subject_of(case), examination=heard, at=at
    )
    if wording.escalates(heard):
        for stop in _stops:
            stop(session, actor, case, heard.masked, at, policy)
