"""Reads about WeCom's own check-in records: what they say beside ours."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import locations, secrecy, staff
from models.attendance import CheckIn
from models.base import in_chunks
from models.corroboration.rules import Exceptional, Found, Kind, Pair, Seen, differences
from models.corroboration.tables import OfficialRecord, RecordRun
from models.locations import LocationFix, Point
from models.policy import Policy
from models.staff import Employee, person_in_reach

SEE = "attendance.see_team"


def open_run(session: Session) -> RecordRun | None:
    """The run under way."""
    return session.scalars(select(RecordRun).where(RecordRun.finished_at.is_(None))).one_or_none()


def newest_run(session: Session) -> RecordRun | None:
    """The run that ended last."""
    return session.scalars(
        select(RecordRun)
        .where(RecordRun.finished_at.is_not(None))
        .order_by(RecordRun.finished_at.desc())
        .limit(1)
    ).one_or_none()


@dataclass(frozen=True)
class Match:
    """One day and kind of one person, both sides; `agrees` is None where one side is missing."""

    employee_id: int
    pair: Pair
    check_in_id: int | None
    agrees: bool | None


def matches(
    session: Session,
    employee_ids: Collection[int],
    *,
    since: datetime,
    until: datetime,
    policy: Policy,
) -> Sequence[Match]:
    """What both sides say of these people's days; three questions for any number of them."""
    theirs: dict[tuple[int, date, str], OfficialRecord] = {}
    ours: dict[tuple[int, date, str], CheckIn] = {}
    fixes: dict[int, LocationFix] = {}
    used: dict[int, set[str]] = defaultdict(set)
    first, last = since.date(), until.date()
    for chunk in in_chunks(employee_ids):
        records = session.scalars(
            select(OfficialRecord)
            .where(OfficialRecord.employee_id.in_(chunk), OfficialRecord.day.between(first, last))
            .order_by(OfficialRecord.at)
        )
        for record in records:
            if Exceptional.MISSED in record.exceptions:
                continue
            used[record.employee_id].add("theirs")
            key = (record.employee_id, record.day, record.kind)
            if record.kind == Kind.OUT or key not in theirs:
                theirs[key] = record
        checks = session.scalars(
            select(CheckIn).where(CheckIn.employee_id.in_(chunk), CheckIn.day.between(first, last))
        ).all()
        for check in checks:
            used[check.employee_id].add("ours")
            ours[check.employee_id, check.day, check.way] = check
        wanted = [check.fix_id for check in checks if check.fix_id is not None]
        for part in in_chunks(wanted):
            found = session.scalars(select(LocationFix).where(LocationFix.id.in_(part)))
            fixes |= {fix.id: fix for fix in found}
    told = []
    for key in sorted({*theirs, *ours}):
        employee_id, day, kind = key
        if kind == Kind.FIELD:
            continue
        told_there, told_here = theirs.get(key), ours.get(key)
        fix = None if told_here is None or told_here.fix_id is None else fixes.get(told_here.fix_id)
        seen = None
        if told_there is not None:
            seen = Seen(told_there.at, tuple(map(Exceptional, told_there.exceptions)))
        metres = _apart(session, employee_id, fix, told_there)
        moment = None if told_here is None else told_here.at
        pair = Pair(day, Kind(kind), moment, seen, metres, len(used[employee_id]) == 2)
        check_in_id = None if told_here is None else told_here.id
        told.append(Match(employee_id, pair, check_in_id, _agrees(pair, policy)))
    return told


def _agrees(pair: Pair, policy: Policy) -> bool | None:
    if pair.ours is None or pair.theirs is None:
        return None
    near = abs(pair.ours - pair.theirs.at) <= timedelta(minutes=policy.checkin.official_minutes)
    if not near:
        return None
    odd = {Exceptional.PLACE, Exceptional.DEVICE} & set(pair.theirs.exceptions)
    far = pair.metres is not None and pair.metres > policy.checkin.official_metres
    return not odd and not far


def _apart(
    session: Session, employee_id: int, fix: LocationFix | None, record: OfficialRecord | None
) -> int | None:
    if fix is None or record is None or record.sealed is None or fix.sealed is None:
        return None
    subject = f"employee:{employee_id}"
    mine, said = locations.point_of(session, subject, fix), secrecy.open_text(session, subject, record.sealed)
    if mine is None or said is None:
        return None
    there = json.loads(said)
    return round(locations.metres_between(mine, Point(there["latitude"], there["longitude"])))


def differences_within(
    session: Session,
    *,
    actor: Employee,
    days: tuple[date, date],
    at: datetime,
    policy: Policy,
) -> Mapping[Employee, Sequence[Found]]:
    """Where ours and WeCom's differ, of those within the actor's reach, by name; whole days alone.

    Raises:
        NotPermitted: the actor's role does not see a team.
    """
    allowed = staff.require(actor, SEE, policy.rights)
    people = session.scalars(
        select(Employee).where(person_in_reach(allowed, actor, at)).order_by(Employee.name, Employee.id)
    ).all()
    begin = datetime.combine(days[0], datetime.min.time(), tzinfo=at.tzinfo)
    end = datetime.combine(days[1], datetime.min.time(), tzinfo=at.tzinfo)
    found: dict[int, list[Found]] = defaultdict(list)
    for match in matches(session, [one.id for one in people], since=begin, until=end, policy=policy):
        found[match.employee_id] += differences(
            match.pair, minutes=policy.checkin.official_minutes, metres=policy.checkin.official_metres
        )
    return {one: found[one.id] for one in people if found.get(one.id)}
