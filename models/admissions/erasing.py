"""What is left between the departments once a person was erased: moments, and nothing that could be read."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.admissions.tables import ChainState, ChainStep, HiringChain, Offer, OfferState, StepState
from models.candidates import Application, rows_of
from models.redaction import Words
from models.staff import Candidate, Person, on_erase


@on_erase
def end_chains(session: Session, person: Person, _words: Words, at: datetime) -> None:
    """Nobody has to answer anything about an erased person any more, and no reason stays."""
    if not isinstance(person, Candidate):
        return
    ids = [row.id for row in rows_of(session, person)]
    mine = select(Application.id).where(Application.person_id.in_(ids))
    session.execute(
        update(HiringChain).where(HiringChain.application_id.in_(mine)).values(state=ChainState.ENDED)
    )
    session.execute(update(Offer).where(Offer.application_id.in_(mine)).values(words=None, why=None))
    session.execute(
        update(Offer)
        .where(Offer.application_id.in_(mine), Offer.state == OfferState.OPEN)
        .values(state=OfferState.WITHDRAWN, answered_at=at)
    )
    steps = ChainStep.application_id.in_(mine)
    session.execute(update(ChainStep).where(steps).values(words=None))
    session.execute(
        update(ChainStep)
        .where(steps, ChainStep.state == StepState.OPEN)
        .values(state=StepState.DROPPED, done_at=at)
    )
