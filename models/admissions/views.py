"""Somebody who passed, as the departments see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import lifecycle, recruiting, secrecy, staff
from models.admissions.chain import has_passed, the_chain
from models.admissions.tables import WAITING, ChainState, ChainStep, HiringChain, StepState
from models.candidates import Application
from models.policy import Policy
from models.recruiting import Process
from models.staff import Candidate, Employee, Unit


@dataclass(frozen=True)
class ChainView:
    """Somebody who passed, as the departments see them."""

    chain: HiringChain
    process: Process
    person: Candidate
    unit: Unit
    fit: recruiting.Fit
    score: recruiting.Score
    steps: Sequence[tuple[ChainStep, Employee, str]]
    """Step, owner, why not; in their order."""
    preparing: Sequence[tuple[lifecycle.ChecklistItem, Employee]]

    @property
    def open(self) -> ChainStep | None:
        """What somebody has to do now."""
        return next((step for step, _, _ in self.steps if step.state == StepState.OPEN), None)

    @property
    def passed(self) -> bool:
        """Whether everything is passed still: a stage may have been put in."""
        return has_passed(self.process)

    @property
    def said(self) -> str:
        """Why the newest step is asked once more, or was refused; empty if nothing was said."""
        return self.steps[-1][2] if self.steps else ""


def chain_view(session: Session, chain: HiringChain, *, policy: Policy) -> ChainView:
    """Everything about a chain."""
    application = session.get_one(Application, chain.application_id)
    process = recruiting.process_of(session, application.id, policy=policy)
    rows = session.execute(
        select(ChainStep, Employee)
        .join(Employee, Employee.id == ChainStep.owner_id)
        .where(ChainStep.application_id == application.id)
        .order_by(ChainStep.id)
    )
    under = recruiting.sealed_under(application)
    return ChainView(
        chain,
        process,
        recruiting.person_of(session, application),
        recruiting.unit_of(session, application),
        recruiting.fit_for(session, process),
        recruiting.score_of(session, process),
        [(step, owner, secrecy.open_text(session, under, step.words) or "") for step, owner in rows],
        lifecycle.steps_of(session, of=application),
    )


def view_within(
    session: Session, *, actor: Employee, application_id: int, action: str, policy: Policy
) -> ChainView:
    """The chain of an application within reach.

    Raises:
        NotPermitted, NothingToConfirmYet: the actor may not, or it is not within reach.
    """
    chain, _, _ = the_chain(session, actor, application_id, action, policy)
    return chain_view(session, chain, policy=policy)


def chains_within(
    session: Session,
    *,
    actor: Employee,
    action: str,
    policy: Policy,
    states: Sequence[ChainState] = WAITING,
    limit: int = 20,
) -> list[ChainView]:
    """The chains within reach that stand so, the oldest first.

    Raises:
        NotPermitted: the actor may not.
    """
    allowed = staff.require(actor, action, policy.rights)
    found = session.scalars(
        select(HiringChain)
        .join(Application, Application.id == HiringChain.application_id)
        .where(HiringChain.state.in_(states), staff.unit_in_reach(allowed, Application.unit_id))
        .order_by(HiringChain.begun_at, HiringChain.application_id)
        .limit(limit)
    ).all()
    return [chain_view(session, one, policy=policy) for one in found]
