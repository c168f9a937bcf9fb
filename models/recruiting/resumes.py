"""What a résumé says for a job: the words that were found, and what they are worth (S0-35, S2-01)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from models import secrecy
from models.policy import Policy
from models.recruiting import reading, rules
from models.recruiting.results import processes_of


@dataclass(frozen=True, slots=True)
class Resume:
    """A résumé, or what somebody says it is worth."""

    screen: float | None
    """Points out of 100; none: those of the words that are found."""
    text: str


def keep_resumes(session: Session, resumes: Mapping[int, Resume], *, at: datetime, policy: Policy) -> None:
    """Keep the résumés of applications (id → résumé), sealed; the scores follow."""
    if not resumes:
        return
    processes = processes_of(session, sorted(resumes), policy=policy)
    subjects = {reading.sealed_under(one.application) for one in processes}
    sealers = secrecy.sealers(session, subjects)
    with session.no_autoflush:
        for process in processes:
            told, row = resumes[process.application.id], process.row
            hits, points = rules.hits_of(process.version.keywords, told.text)
            row.hits = hits
            row.screen_score = float(points) if told.screen is None else told.screen
            sealer = sealers.get(reading.sealed_under(process.application))
            if told.text and sealer is not None:
                row.resume = sealer.seal(told.text)
            reading.follow(session, process, at=at)
    session.flush()


def resume_of(session: Session, process: reading.Process) -> str:
    """The text of a résumé; empty if there is none."""
    subject = reading.sealed_under(process.application)
    return secrecy.open_text(session, subject, process.row.resume) or ""
