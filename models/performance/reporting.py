"""The table of several people: all measures of each, what they make together, and what was paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from models import audit
from models.performance.around import Around, Asked, together
from models.performance.catalogue import CATALOGUE, Over, Term
from models.performance.looking import View, view_of, view_of_unit
from models.performance.queries import Record, records_of
from models.performance.rules import Figure
from models.staff import Employee
from models.staff import Unit as OrgUnit

PAID = "recovered_amount"
_PAID_TERM = Term("recovered", money=True, over=Over.PERIOD)


@dataclass(frozen=True)
class Report:
    """Everything that a table of performance is made from."""

    view: View
    measures: Sequence[str]
    """Codes, in the order of the catalogue."""
    rows: Sequence[tuple[Employee, Mapping[str, Figure]]]
    total: Mapping[str, Figure]
    """Of all rows: what is counted of everybody, over what it is counted over of everybody."""


def report_of(around: Around, subject: Employee | OrgUnit, asked: Asked, *, actor: Employee) -> Report:
    """All measures of those whom a question is about, by person; with a bucket those that know it.

    Raises:
        NotPermitted, staff.OutOfReach: the actor does not see the performance there.
    """
    window, bucket = asked.window, asked.bucket
    wanted = Asked(window, bucket=bucket)
    if isinstance(subject, OrgUnit):
        view = view_of_unit(around, subject, wanted, actor=actor)
    else:
        view = view_of(around, subject, wanted, actor=actor)
    measures = [code for code, one in CATALOGUE.items() if bucket is None or one.by_bucket]
    found = around.figures(view.people, window, measures, bucket)
    rows = [(one, found[one.id]) for one in view.people]
    return Report(view, measures, rows, together(found, view.people))


def note_export(session: Session, *, actor: Employee, report: Report, at: datetime) -> None:
    """Enter that the actor takes a report away as a table; the right was asked for when it was made."""
    view = report.view
    audit.record(
        session,
        at=at,
        actor=actor.subject,
        action="performance.export",
        subject=None if view.person is None else view.person.subject,
        details={
            "unit": None if view.unit is None else view.unit.id,
            "first": view.window.first.isoformat(),
            "last": view.window.last.isoformat(),
            "people": len(view.people),
        },
    )


def paid_behind(around: Around, report: Report) -> Sequence[tuple[Employee, Record]]:
    """The payments and reversals out of which the recovered amounts of a report were added up."""
    view = report.view
    return [
        (person, record)
        for person, _ in report.rows
        for record in records_of(
            around.session,
            person.id,
            PAID,
            view.window.first,
            view.window.last,
            at=around.at,
            bucket=view.bucket,
        )[_PAID_TERM]
    ]
