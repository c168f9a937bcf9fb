"""Writes of proposals."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import audit, secrecy
from models.errors import DomainError
from models.policy import Policy
from models.proposals.rules import matching_step, new_secret
from models.proposals.tables import Proposal, ProposalState, SecondFactor, Undoable, UndoState
from models.staff import Employee

MOST_WRONG_CODES = 5
"""So many wrong codes cancel a proposal."""
MOST_WRONG_IN_A_ROW = 20
"""So many in a row, over all proposals, and the authenticator has to be registered anew."""


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
    """The code of the second factor is wrong (facts: proposal_id, left)."""

    texts = "proposals"


class SecondFactorMissing(DomainError):
    """Sensitive actions take an authenticator here, and the person has registered none."""

    texts = "proposals"


class SecondFactorLocked(DomainError):
    """So many codes were wrong that somebody is guessing (facts: account)."""

    texts = "proposals"


class SecondFactorKnown(DomainError):
    """The person has registered an authenticator before."""

    texts = "proposals"


class NothingToUndo(DomainError):
    """The person has done nothing lately that can be taken back, or this one is somebody else's."""

    texts = "undo"


class UndoExpired(DomainError):
    """It was too long ago to be taken back (facts: minutes)."""

    texts = "undo"


class AlreadyUndone(DomainError):
    """It was taken back before."""

    texts = "undo"


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
        raise WrongCode(proposal_id=proposal.id, left=max(MOST_WRONG_CODES - proposal.wrong_codes - 1, 0))
    proposal.state = ProposalState.CONFIRMED
    session.flush()
    return proposal


def remember(
    session: Session,
    *,
    actor: Employee,
    kind: str,
    arguments: Mapping[str, Any],
    cause: str,
    at: datetime,
    minutes: int,
) -> Undoable:
    """Keep what was just done so that the actor can take it back within so many minutes.

    `cause` is the key of the message that did it: what was said because of it is taken back, too.
    """
    undoable = Undoable(
        employee_id=actor.id,
        kind=kind,
        arguments=dict(arguments),
        cause=cause,
        done_at=at,
        expires_at=at + timedelta(minutes=minutes),
        state=UndoState.OPEN,
    )
    session.add(undoable)
    session.flush()
    return undoable


def to_take_back(session: Session, *, actor: Employee, at: datetime, id_: int | None = None) -> Undoable:
    """What can be taken back: that with this id, else the newest, for this transaction alone.

    Raises:
        NothingToUndo: there is none, or it is not the actor's.
        AlreadyUndone: it was taken back before.
        UndoExpired: too late.
    """
    wanted = select(Undoable).where(Undoable.employee_id == actor.id)
    if id_ is None:
        wanted = wanted.where(Undoable.state == UndoState.OPEN).order_by(Undoable.id.desc()).limit(1)
    else:
        wanted = wanted.where(Undoable.id == id_)
    undoable = session.scalars(
        wanted.with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if undoable is None:
        raise NothingToUndo()
    if undoable.state != UndoState.OPEN:
        raise AlreadyUndone()
    if undoable.expires_at <= at:
        if id_ is None:
            raise NothingToUndo()
        raise UndoExpired(minutes=round((undoable.expires_at - undoable.done_at).total_seconds() / 60))
    return undoable


def take_back(session: Session, *, actor: Employee, at: datetime, id_: int | None = None) -> Undoable:
    """Mark something as taken back, once: that with this id, else the newest; the caller restores it.

    Raises:
        NothingToUndo, AlreadyUndone, UndoExpired: as `to_take_back` says.
    """
    undoable = to_take_back(session, actor=actor, at=at, id_=id_)
    undoable.state = UndoState.UNDONE
    session.flush()
    return undoable


def note_refusal(session: Session, *, refusal: DomainError) -> None:
    """Count a wrong code, in the transaction that keeps the refusal; the fifth one cancels the proposal.

    The transaction in which it was told to be wrong is undone, so that it cannot count there.
    """
    if not isinstance(refusal, WrongCode):
        return
    proposal = session.get(
        Proposal, refusal.facts["proposal_id"], populate_existing=True, with_for_update=True
    )
    if proposal is not None:
        session.execute(
            update(SecondFactor)
            .where(SecondFactor.employee_id == proposal.employee_id)
            .values(wrong_codes=SecondFactor.wrong_codes + 1)
        )
    if proposal is None or proposal.state != ProposalState.OPEN:
        return
    proposal.wrong_codes += 1
    if proposal.wrong_codes >= MOST_WRONG_CODES:
        proposal.state = ProposalState.CANCELLED
    session.flush()


def needs_code(session: Session, *, actor: Employee, action: str, policy: Policy) -> bool:
    """Whether this actor's confirmation of `action` takes the code of an authenticator (S0-61).

    It does where the action is sensitive and the actor has registered one.

    Raises:
        SecondFactorMissing: the action is sensitive, none is registered, and the policy insists on one.
    """
    if not policy.rights.actions[action].sensitive:
        return False
    if session.get(SecondFactor, actor.id) is not None:
        return True
    if policy.security.second_factor_required:
        raise SecondFactorMissing(account=actor.wecom_id)
    return False


def register_second_factor(session: Session, *, person: Employee, at: datetime) -> str:
    """Give somebody an authenticator; returns its secret in base 32, which is shown this once.

    Raises:
        SecondFactorKnown: there is one; it has to be removed first.
    """
    if session.get(SecondFactor, person.id) is not None:
        raise SecondFactorKnown(name=person.name)
    secret = new_secret()
    sealed = secrecy.seal(session, person.subject, secret)
    assert sealed is not None, "the person's key was destroyed"
    session.add(
        SecondFactor(employee_id=person.id, secret=sealed, registered_at=at, last_used=0, wrong_codes=0)
    )
    session.flush()
    audit.record(session, at=at, action="second_factor.register", subject=person.subject)
    return secret


def remove_second_factor(session: Session, *, person: Employee, at: datetime) -> bool:
    """Take somebody's authenticator away; False if there was none."""
    known = session.get(SecondFactor, person.id)
    if known is None:
        return False
    session.delete(known)
    session.flush()
    audit.record(session, at=at, action="second_factor.remove", subject=person.subject)
    return True


def use_code(session: Session, *, actor: Employee, code: str, at: datetime) -> bool:
    """Whether the actor's authenticator shows this code now; a code works once.

    Raises:
        SecondFactorLocked: too many were wrong before.
    """
    factor = session.get(SecondFactor, actor.id, populate_existing=True, with_for_update=True)
    if factor is None:
        return False
    if factor.wrong_codes >= MOST_WRONG_IN_A_ROW:
        raise SecondFactorLocked(account=actor.wecom_id)
    secret = secrecy.open_text(session, actor.subject, factor.secret)
    step = None if secret is None else matching_step(secret, code, at=at, after=factor.last_used)
    if step is None:
        return False
    factor.last_used, factor.wrong_codes = step, 0
    session.flush()
    return True


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
