"""How cases stand when months end: what roll rates are counted from (domain.md 4.1)."""

from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from models.base import insert_once
from models.cases import Case, CaseStatus, bucket_of, days_past_due
from models.cases.kinds import OPEN
from models.performance.tables import MonthEnd

HELD = [status for status in OPEN if status != CaseStatus.POOL]
PAID = (CaseStatus.PAID, CaseStatus.SETTLED)
LAST = bucket_of(10**6)
"""From here nothing rolls on."""


def note_month_end(session: Session, day: date, *, after: int, limit: int) -> int | None:
    """Note how so many cases with numbers above `after` stand at the end of a month.

    Those that somebody works, and those that were paid or settled since the month before. Once a case and
    month: what has been noted stays. Returns the number up to which it is done, None once nothing is left.
    """
    was = aliased(MonthEnd)
    before = day.replace(day=1) - timedelta(days=1)
    found = session.execute(
        select(Case, was)
        .outerjoin(was, (was.case_id == Case.id) & (was.day == before))
        .where(
            Case.id > after,
            or_(Case.status.in_(HELD), Case.status.in_(PAID) & was.id.is_not(None)),
        )
        .order_by(Case.id)
        .limit(limit)
    ).all()
    rows = []
    for case, last in found:
        ended = case.status in PAID
        compared = last is not None and last.owner_id == case.owner_id and last.balance > 0
        rolls = last is not None and compared and last.bucket < LAST
        if ended and not rolls:
            continue
        rows.append(
            {
                "case_id": case.id,
                "day": day,
                "owner_id": case.owner_id,
                "bucket": 0 if ended else bucket_of(days_past_due(case.overdue_since, day)),
                "balance": 0 if ended else case.balance,
                "was_bucket": last.bucket if last is not None and rolls else None,
                "was_balance": last.balance if last is not None and rolls else 0,
            }
        )
    insert_once(session, MonthEnd, rows)
    return found[-1][0].id if len(found) == limit else None
