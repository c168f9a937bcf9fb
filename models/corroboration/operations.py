"""Writes about WeCom's own check-in records: fetching them, and what they make of ours."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models import attendance, locations, secrecy
from models.attendance import CheckIn
from models.base import insert_once
from models.calendar import WorkCalendar
from models.corroboration.queries import matches, open_run
from models.corroboration.rules import Kind, Record
from models.corroboration.tables import OfficialRecord, RecordRun
from models.locations import LocationFix
from models.policy import Policy
from models.redaction import Words
from models.staff import Employee, Person, active, on_erase

LONGEST = timedelta(days=30)
"""So long a stretch one call may ask for (protocol 3.10)."""


def start_run(session: Session, *, at: datetime, policy: Policy) -> RecordRun:
    """Begin to fetch what is new since the last run that came through, or join the one under way.

    A day is asked for twice: records come late. Never more than 30 days.
    """
    under_way = open_run(session)
    if under_way is not None:
        return under_way
    last = session.scalars(
        select(RecordRun)
        .where(RecordRun.finished_at.is_not(None), RecordRun.error == "")
        .order_by(RecordRun.until.desc())
        .limit(1)
    ).one_or_none()
    since = at - timedelta(days=policy.checkin.official_days)
    if last is not None:
        since = max(since, last.until - timedelta(days=1))
    row = RecordRun(since=max(since, at - LONGEST), until=at, started_at=at, after_id=0, records=0, error="")
    session.add(row)
    session.flush()
    return row


def next_people(session: Session, run: RecordRun, *, limit: int) -> Mapping[str, int]:
    """UserID → employee of the next people to ask about, active ones alone."""
    rows = session.execute(
        select(Employee.wecom_id, Employee.id)
        .where(active(run.until), Employee.id > run.after_id)
        .order_by(Employee.id)
        .limit(limit)
    )
    return dict(rows.all())


def keep_records(
    session: Session,
    run: RecordRun,
    records: Sequence[Record],
    *,
    people: Mapping[str, int],
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> int:
    """Keep the records of these people and go on behind them; returns how many were new.

    A record that is known already changes nothing. Where ours lies beside it, the evidence of ours follows.
    """
    new = 0
    by_key = {userid.lower(): employee_id for userid, employee_id in people.items()}
    touched: set[int] = set()
    for one in records:
        employee_id = by_key.get(one.userid.lower())
        if employee_id is None:
            continue
        values = _values(session, one, employee_id, at, policy, calendar)
        if insert_once(session, OfficialRecord, values):
            new += 1
            touched.add(employee_id)
    _corroborate(session, touched, run, policy)
    run.records += new
    run.after_id = max([run.after_id, *people.values()])
    return new


def _values(
    session: Session,
    one: Record,
    employee_id: int,
    at: datetime,
    policy: Policy,
    calendar: WorkCalendar,
) -> dict[str, object]:
    subject = f"employee:{employee_id}"
    sealed = device = None
    keep = at - timedelta(days=policy.locations.keep_days) < one.at and locations.has_agreed(
        session, employee_id, policy.locations
    )
    if keep and one.latitude is not None and one.longitude is not None:
        said = {"latitude": one.latitude, "longitude": one.longitude, "place": one.place}
        sealed = secrecy.seal(session, subject, json.dumps(said))
    if keep and one.device:
        device = secrecy.identity_hash(session, "device", one.device)
    return {
        "employee_id": employee_id,
        "day": attendance.day_at(
            session,
            employee_id=employee_id,
            at=one.at,
            going=one.kind is Kind.OUT,
            policy=policy,
            calendar=calendar,
        ),
        "kind": one.kind,
        "at": one.at,
        "exceptions": list(one.exceptions),
        "sealed": sealed,
        "device_hash": device,
        "fetched_at": at,
    }


def _corroborate(session: Session, employee_ids: Collection[int], run: RecordRun, policy: Policy) -> None:
    """What lies beside a record is worth more; what it contradicts is worth less."""
    for match in matches(session, employee_ids, since=run.since, until=run.until, policy=policy):
        if match.agrees is None:
            continue
        fix_id = session.scalar(select(CheckIn.fix_id).where(CheckIn.id == match.check_in_id))
        fix = None if fix_id is None else session.get(LocationFix, fix_id)
        if fix is not None:
            locations.corroborate(fix, agrees=match.agrees)


def finish_run(run: RecordRun, *, at: datetime, error: str = "") -> None:
    """Everybody has been asked about, or the platform does not let us."""
    run.finished_at, run.error = at, error


def forget_records(session: Session, *, at: datetime, policy: Policy) -> int:
    """Empty the points of records that are older than policy allows, and drop runs of long ago."""
    before = at - timedelta(days=policy.locations.keep_days)
    done = session.execute(
        update(OfficialRecord)
        .where(OfficialRecord.sealed.is_not(None), OfficialRecord.at < before)
        .values(sealed=None, device_hash=None)
    )
    session.execute(
        delete(RecordRun).where(RecordRun.finished_at.is_not(None), RecordRun.finished_at < before)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


@locations.on_emptying
def empty_records(session: Session, employee_id: int) -> None:
    """The points of somebody who takes the consent back go."""
    session.execute(
        update(OfficialRecord)
        .where(OfficialRecord.employee_id == employee_id)
        .values(sealed=None, device_hash=None)
    )


@on_erase
def erase_records(session: Session, person: Person, _words: Words, _at: datetime) -> None:
    """Where an erased person was goes."""
    if isinstance(person, Employee):
        empty_records(session, person.id)
