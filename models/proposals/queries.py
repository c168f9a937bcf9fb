"""Reads about proposals and second factors."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.policy import Policy
from models.proposals.tables import Proposal, SecondFactor
from models.staff import Employee, Post, active, held


def newest_of_kind(session: Session, *, actor: Employee, kind: str, since: datetime) -> Sequence[Proposal]:
    """What somebody proposed of this kind since a moment, in whatever state, the newest first."""
    return session.scalars(
        select(Proposal)
        .where(Proposal.employee_id == actor.id, Proposal.kind == kind, Proposal.created_at >= since)
        .order_by(Proposal.id.desc())
    ).all()


def without_second_factor(session: Session, *, policy: Policy, at: datetime) -> tuple[int, Collection[str]]:
    """(how many people may do something sensitive, the accounts of those without an authenticator)."""
    sensitive = [name for name, action in policy.rights.actions.items() if action.sensitive]
    roles = [role for role in policy.rights.roles if any(policy.rights.scope(role, a) for a in sensitive)]
    rows = session.execute(
        select(Employee.wecom_id, SecondFactor.employee_id)
        .join(Post, Post.employee_id == Employee.id)
        .outerjoin(SecondFactor, SecondFactor.employee_id == Employee.id)
        .where(Post.role.in_(roles), held(at), active(at))
        .distinct()
        .order_by(Employee.wecom_id)
    ).all()
    return len(rows), [account for account, registered in rows if registered is None]
