"""Writes of proposals."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import DomainError
from models.proposals.tables import Proposal, ProposalState
from models.staff import Employee

MOST_WRONG_CODES = 5


class NothingToConfirm(DomainError):
    """The person has no open proposal, or this one is somebody else's."""

    texts = "proposals"


class ProposalExpired(DomainError):
    """The proposal was not confirmed in time."""

    texts = "proposals"


class ProposalSettled(DomainError):
    """The proposal was confirmed or cancelled before (facts: state)."""

    texts = "proposals"


class CodeNeeded(DomainError):
    """The code of the second factor is missing."""

    texts = "proposals"


class WrongCode(DomainError):
    """The code of the second factor is wrong."""

    texts = "proposals"


def propose(
    session: Session,
    *,
    actor: Employee,
    kind: str,
    arguments: Mapping[str, Any],
    at: datetime,
    minutes: int,
    needs_code: bool = False,
) -> Proposal:
    """Keep what the actor asked for until it is confirmed; valid for so many minutes."""
    proposal = Proposal(
        employee_id=actor.id,
        kind=kind,
        arguments=dict(arguments),
        needs_code=needs_code,
        created_at=at,
        expires_at=at + timedelta(minutes=minutes),
        state=ProposalState.OPEN,
        wrong_codes=0,
    )
    session.add(proposal)
    session.flush()
    return proposal


def newest_open(session: Session, *, actor: Employee, at: datetime) -> Proposal | None:
    """What the actor asked for last and has not confirmed yet."""
    return session.scalars(
        select(Proposal)
        .where(
            Proposal.employee_id == actor.id,
            Proposal.state == ProposalState.OPEN,
            Proposal.expires_at > at,
        )
        .order_by(Proposal.id.desc())
        .limit(1)
    ).one_or_none()


def take(
    session: Session, *, actor: Employee, id_: int, at: datetime, is_right: Callable[[], bool] | None = None
) -> Proposal:
    """Confirm a proposal, once; `is_right` tells whether the code given with it is, None if none was given.

    Raises:
        NothingToConfirm: there is none, or it is not the actor's.
        ProposalSettled: it was dealt with before.
        ProposalExpired: too late.
        CodeNeeded: it takes a code and none was given.
        WrongCode: the code is wrong.
    """
    proposal = _own(session, actor, id_)
    if proposal.state != ProposalState.OPEN:
        raise ProposalSettled(state=proposal.state)
    if proposal.expires_at <= at:
        raise ProposalExpired()
    if proposal.needs_code and is_right is None:
        raise CodeNeeded()
    if proposal.needs_code and is_right is not None and not is_right():
        raise WrongCode()
    proposal.state = ProposalState.CONFIRMED
    session.flush()
    return proposal


def cancel(session: Session, *, actor: Employee, id_: int) -> Proposal:
    """Drop a proposal; dropping it twice is dropping it once.

    Raises:
        NothingToConfirm: there is none, or it is not the actor's.
        ProposalSettled: it was confirmed before.
    """
    proposal = _own(session, actor, id_)
    if proposal.state == ProposalState.CONFIRMED:
        raise ProposalSettled(state=proposal.state)
    proposal.state = ProposalState.CANCELLED
    session.flush()
    return proposal


def _own(session: Session, actor: Employee, id_: int) -> Proposal:
    proposal = session.get(Proposal, id_, populate_existing=True, with_for_update=True)
    if proposal is None or proposal.employee_id != actor.id:
        raise NothingToConfirm()
    return proposal
