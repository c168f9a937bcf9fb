"""What is heard when applications go on by rank, end, or go on after all."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobs.base import Notice
from jobs.hiring import tell_decided
from models import candidates, recruiting
from models.candidates import Application
from models.policy import Policy
from models.recruiting import Process
from models.staff import Employee


def tell_cut(
    session: Session, passed: Sequence[int], code: str, at: datetime, policy: Policy
) -> list[Notice]:
    """Who goes on by rank hears that they passed and what comes next."""
    told: list[Notice] = []
    for id_ in passed:
        process = recruiting.process_of(session, id_, policy=policy)
        view = recruiting.view(session, process, at=at, policy=policy)
        told += tell_decided(session, view, process.stage(code), "", at, policy)
    return told


def tell_rejected(
    session: Session, application: Application, reason: str, at: datetime, policy: Policy
) -> list[Notice]:
    """Who applied hears that it ends here, why, and how a human looks again."""
    to = candidates.wechat_of(session, recruiting.person_of(session, application))
    if to is None:
        return []
    values = {
        "application": application,
        "unit": recruiting.unit_of(session, application),
        "reason": " ".join(reason.split()),
    }
    until = at + timedelta(days=policy.recruiting.answer_days)
    return [Notice(to, "endings/rejected_notice", values, expires_at=until)]


def tell_reopened(session: Session, application: Application, at: datetime, policy: Policy) -> list[Notice]:
    """Who applied hears that it goes on after all."""
    to = candidates.wechat_of(session, recruiting.person_of(session, application))
    if to is None:
        return []
    values = {"application": application, "unit": recruiting.unit_of(session, application)}
    until = at + timedelta(days=policy.recruiting.answer_days)
    return [Notice(to, "endings/reopened_notice", values, expires_at=until)]


def tell_goes_on(session: Session, process: Process, at: datetime, policy: Policy) -> list[Notice]:
    """HR and whoever holds the next interview hear that who gave up goes on after all."""
    application, stage = process.application, process.current
    unit = recruiting.unit_of(session, application)
    people = list(recruiting.who_answers(session, unit_id=unit.id, at=at, policy=policy))
    ahead = stage is not None and stage.starts_at is not None and stage.starts_at > at
    if stage is not None and ahead and stage.interviewer_id is not None:
        people.append(session.get_one(Employee, stage.interviewer_id))
    values = {
        "person": recruiting.person_of(session, application),
        "application": application,
        "unit": unit,
        "stage": stage if ahead else None,
    }
    return [Notice(one, "endings/goes_on_notice", values) for one in {one.id: one for one in people}.values()]
