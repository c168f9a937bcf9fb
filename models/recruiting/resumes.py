"""What a résumé says for a job: the words that were found, and what they are worth (S0-35, S2-01)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from models import secrecy
from models.base import in_chunks
from models.candidates import Application
from models.policy import Policy
from models.recruiting import reading, rules
from models.recruiting.results import processes_of
from models.recruiting.tables import HiringProcess


@dataclass(frozen=True, slots=True)
class Resume:
    """A résumé, or what somebody says it is worth."""

    screen: float | None
    """Points out of 100; none: those of the words that are found."""
    text: str


def keep_resumes(
    session: Session, resumes: Mapping[int, Resume], *, at: datetime, policy: Policy
) -> Collection[int]:
    """Keep the résumés of applications (id → résumé), sealed; the scores follow. Those that say more or else.

    What stands there already is read and compared, and neither locked nor written.
    """
    changed = _changed(session, resumes, policy)
    processes = processes_of(session, sorted(changed), policy=policy) if changed else []
    subjects = {reading.sealed_under(one.application) for one in processes}
    sealers = secrecy.sealers(session, subjects)
    with session.no_autoflush:
        for process in processes:
            told, row = resumes[process.application.id], process.row
            row.hits, row.screen_score = changed[process.application.id]
            sealer = sealers.get(reading.sealed_under(process.application))
            if told.text and sealer is not None:
                row.resume = sealer.seal(told.text)
            reading.follow(session, process, at=at)
    session.flush()
    return changed.keys()


def _changed(
    session: Session, resumes: Mapping[int, Resume], policy: Policy
) -> Mapping[int, tuple[list[str], float]]:
    """Application → (the words that are found, the score) of those that are not known so."""
    changed: dict[int, tuple[list[str], float]] = {}
    for some in in_chunks(resumes):
        rows = session.execute(
            select(HiringProcess, Application.candidate_id)
            .join(Application, Application.id == HiringProcess.application_id)
            .where(HiringProcess.application_id.in_(some))
            .options(undefer(HiringProcess.resume))
        ).all()
        sealers = secrecy.sealers(session, {f"candidate:{candidate_id}" for _, candidate_id in rows})
        for row, candidate_id in rows:
            told = resumes[row.application_id]
            found, points = rules.hits_of(reading.version_of(row, policy).keywords, told.text)
            hits = list(found)
            screen = float(points) if told.screen is None else told.screen
            sealer = sealers.get(f"candidate:{candidate_id}")
            known = sealer.open(row.resume) if sealer is not None and row.resume is not None else None
            if (hits, screen) != (row.hits, row.screen_score) or (told.text and told.text != known):
                changed[row.application_id] = (hits, screen)
    return changed


def resume_of(session: Session, process: reading.Process) -> str:
    """The text of a résumé; empty if there is none."""
    subject = reading.sealed_under(process.application)
    return secrecy.open_text(session, subject, process.row.resume) or ""
