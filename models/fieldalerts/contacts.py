"""Alerts from what was written and who was contacted: claimed visits, and people on a list of risks."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import fieldwork, staff
from models.base import SHANGHAI, in_chunks
from models.calendar import WorkCalendar
from models.cases import ContactNote
from models.contact import SUSPECTED, ContactAttempt, Debtor, Direction, Rule
from models.fieldalerts.raising import keep_going, raise_alert
from models.fieldalerts.rules import Code, Contacted, repeated_contacts
from models.fieldalerts.tables import AlertState, FieldAlert
from models.policy import Policy
from models.staff import Employee, active

SETTLED_DAYS = 90
"""What was said of somebody on a list holds for so many days."""
NOT_THEM = "not_them"
"""The explanation that somebody else is meant."""


def raise_mismatches(
    session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[FieldAlert]:
    """Whose notes tell of visits without a check-in near there that day, since the last workday.

    What is no claim, and which check-in lets it stand, is decided as for 「上门核对」.
    """
    last = at.date() - timedelta(days=1)
    first = last
    while not calendar.is_workday(first):
        first -= timedelta(days=1)
    begin = datetime.combine(first, datetime.min.time(), tzinfo=SHANGHAI)
    authors = session.scalars(
        select(Employee)
        .where(Employee.id.in_(select(ContactNote.employee_id).where(ContactNote.at >= begin)), active(at))
        .order_by(Employee.id)
    ).all()
    people = {one.id: one for one in staff.with_posts(session, authors, at=at)}
    noted: dict[tuple[int, date], list[int]] = {}
    for one in fieldwork.unsupported_notes(session, people, first, last, policy=policy):
        day = one.note.at.astimezone(SHANGHAI).date()
        noted.setdefault((one.author.id, day), []).append(one.note.id)
    found = []
    for (employee_id, day), notes in sorted(noted.items()):
        alert = raise_alert(
            session,
            people[employee_id],
            Code.VISIT_MISMATCH,
            day,
            rests_on=list(notes),
            figures={"notes": len(notes)},
            at=at,
            policy=policy,
            calendar=calendar,
        )
        found += [alert] if alert is not None else []
    return found


def raise_risks(
    session: Session, *, at: datetime, policy: Policy, calendar: WorkCalendar
) -> Sequence[FieldAlert]:
    """Who contacted somebody on a list of risks today, and not for the first time (S4-21); the new alerts.

    More contacts of the same day make the alert longer, and no second one.
    """
    numbers, day = policy.field_alerts, at.astimezone(SHANGHAI).date()
    since = day - timedelta(days=numbers.risk_days - 1)
    settled = _settled(session, at - timedelta(days=SETTLED_DAYS))
    made: dict[int, list[Contacted]] = {}
    for one in _risky(session, since, day):
        if (one.employee_id, one.debtor_id) not in settled:
            contact = Contacted(one.id, one.debtor_id, one.at)
            made.setdefault(one.employee_id, []).append(contact)
    seen = {
        employee_id: repeated
        for employee_id, contacts in made.items()
        if (repeated := repeated_contacts(contacts, day, times=numbers.risk_contacts, days=numbers.risk_days))
    }
    people = session.scalars(select(Employee).where(Employee.id.in_(seen), active(at))).all()
    found = []
    for person in people:
        contacts = seen[person.id]
        rests_on = [one.id for one in contacts]
        figures = {"contacts": len(contacts), "customers": len({one.debtor for one in contacts})}
        if keep_going(session, person, Code.RISK_CUSTOMER, day, rests_on=rests_on, figures=figures):
            continue
        alert = raise_alert(
            session,
            person,
            Code.RISK_CUSTOMER,
            day,
            rests_on=list(rests_on),
            figures=figures,
            at=at,
            policy=policy,
            calendar=calendar,
        )
        found += [alert] if alert is not None else []
    return found


def _risky(session: Session, first: date, last: date) -> list[ContactAttempt]:
    """The contacts that we began with people who stood on a list at that moment.

    Who has the same name alone is flagged; who is on a list for certain was stopped, unless compliance has
    lifted that: then there is nothing to say.
    """
    listed = {
        id_: kind.endswith(SUSPECTED) or why == "risk"
        for id_, kind, why in session.execute(
            select(Debtor.id, Debtor.risk, Debtor.stopped_why).where(Debtor.risk != "")
        )
    }
    found: list[ContactAttempt] = []
    for some in in_chunks([id_ for id_, still in listed.items() if still]):
        found += session.scalars(
            select(ContactAttempt)
            .where(ContactAttempt.debtor_id.in_(some), ContactAttempt.day.between(first, last))
            .where(ContactAttempt.direction == Direction.OUT)
        )
    listed_then = {str(Rule.RISK), str(Rule.STOPPED)}
    found = [one for one in found if listed_then & set(one.flags)]
    return sorted(found, key=lambda one: (one.at, one.id))


def _settled(session: Session, since: datetime) -> set[tuple[int, int]]:
    """(person, debtor) about whom it was said lately that it is somebody else, or that it was no alarm."""
    alerts = session.scalars(
        select(FieldAlert).where(FieldAlert.code == Code.RISK_CUSTOMER, FieldAlert.raised_at >= since)
    ).all()
    ids = {
        id_
        for alert in alerts
        if alert.reason == NOT_THEM or alert.state == AlertState.FALSE_ALARM
        for id_ in alert.rests_on
    }
    found: set[tuple[int, int]] = set()
    for some in in_chunks(ids):
        rows = session.execute(
            select(ContactAttempt.employee_id, ContactAttempt.debtor_id).where(ContactAttempt.id.in_(some))
        )
        found |= {(employee_id, debtor_id) for employee_id, debtor_id in rows}
    return found
