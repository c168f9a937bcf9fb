"""What people do to cases in tests of operations, each act in a transaction of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import cases, staff
from models.cases import Assignment, AssignmentBatch, AssignmentCause, Case, CaseEvent, Payment
from models.errors import DomainError
from models.staff import Employee
from tests.chat.floor import Floor
from tests.simulator import rows


class Desk:
    """What somebody does to cases, each act in a transaction of its own."""

    def __init__(self, floor: Floor, account: str) -> None:
        self.floor, self.account = floor, account

    @contextmanager
    def acting(self) -> Iterator[tuple[Session, Employee, datetime]]:
        """A transaction, the person, and the moment."""
        with self.floor.muster.database.writing() as session:
            at = self.floor.clock.now()
            actor = staff.find_employee(session, self.account, at=at)
            assert actor is not None
            yield session, actor, at

    def does(self, operation: Callable[..., Any], number: int, **more: Any) -> Any:
        """Call an operation about a case."""
        with self.acting() as (session, actor, at):
            case = session.get_one(Case, number)
            return operation(session, actor=actor, case=case, at=at, policy=self.floor.policy, **more)

    def decides(self, operation: Callable[..., Any], table: type, what: str, **more: Any) -> Any:
        """Call an operation about the newest row of a table."""
        with self.acting() as (session, actor, at):
            row = session.scalars(select(table).order_by(table.id.desc()).limit(1)).one()  # type: ignore[attr-defined]
            return operation(session, actor=actor, at=at, policy=self.floor.policy, **{what: row}, **more)

    def assigns(
        self, to: dict[int, str], *, cause: AssignmentCause = AssignmentCause.ASSIGN, **more: Any
    ) -> int:
        """Give cases to people; the number of the batch."""
        with self.acting() as (session, actor, at):
            people = {account: self.floor.employee(account).id for account in to.values()}
            batch = cases.assign(
                session,
                to={number: people[account] for number, account in to.items()},
                cause=cause,
                by=actor,
                at=at,
                policy=self.floor.policy,
                calendar=self.floor.calendar,
                **{"key": f"{self.account}:{at.isoformat()}", **more},
            )
            return batch.id

    def undoes(self, batch: int) -> int:
        """Take a batch back."""
        with self.acting() as (session, actor, at):
            return cases.undo_assignment(
                session,
                batch=session.get_one(AssignmentBatch, batch),
                actor=actor,
                at=at,
                policy=self.floor.policy,
            )


def owner(floor: Floor, number: int) -> str:
    """The account of who has a case."""
    with floor.muster.database.reading() as session:
        return session.get_one(Employee, session.get_one(Case, number).owner_id).wecom_id


def history(floor: Floor, number: int) -> list[tuple[str, str]]:
    """Who has had a case, and why."""
    with floor.muster.database.reading() as session:
        found = session.execute(
            select(Employee.wecom_id, Assignment.cause)
            .join(Employee, Employee.id == Assignment.owner_id)
            .where(Assignment.case_id == number)
            .order_by(Assignment.number)
        )
        return [(account, cause) for account, cause in found]


def steps(floor: Floor, number: int) -> list[str]:
    """Through which states a case has gone."""
    found = [row for row in rows(floor.muster, CaseEvent) if row.case_id == number]
    return [row.to_status for row in sorted(found, key=lambda row: row.id)]


def refused(refusal: type[DomainError], act: Callable[[], Any]) -> dict[str, Any]:
    """The facts with which something is refused."""
    with pytest.raises(refusal) as caught:
        act()
    return dict(caught.value.facts)


def pays(floor: Floor, account: str, number: int, amount: int) -> Payment:
    """Somebody reports a payment and finance confirms it."""
    Desk(floor, account).does(cases.report_payment, number, amount=amount, paid_on=floor.clock.now().date())
    confirmed = Desk(floor, "wukuaiji").decides(cases.confirm_payment, Payment, "payment")
    assert isinstance(confirmed, Payment)
    return confirmed
