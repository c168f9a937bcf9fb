"""What happens to cases by themselves, at night: buckets roll, and who a debtor was is forgotten in time."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from models import audit, files, secrecy
from models.cases.kinds import CaseStatus
from models.cases.rules import LAST_BUCKET, bucket_begins
from models.cases.tables import Case
from models.contact import ContactAttempt, Debtor, DebtorContact
from models.policy import Policy
from models.redaction import ERASED

MOST_AT_ONCE = 5000
"""So many cases change their bucket in one transaction: no lock is held longer than a second."""
DAYS_OF_A_YEAR = 365


def recompute_buckets(
    session: Session, *, today: date, after: int = 0, limit: int = MOST_AT_ONCE
) -> int | None:
    """Let open cases with numbers above `after` be in the bucket of today, so many of them.

    Returns the number up to which it is done, None once nothing is left: each part may be a transaction of
    its own.
    """
    last = session.scalar(
        select(func.max(Case.id)).where(
            Case.id.in_(select(Case.id).where(Case.id > after).order_by(Case.id).limit(limit))
        )
    )
    if last is None:
        return None
    bucket = case(
        (or_(Case.overdue_since.is_(None), Case.overdue_since > today), 0),
        *(
            (Case.overdue_since <= bucket_begins(number, today), number)
            for number in range(LAST_BUCKET, 0, -1)
        ),
        else_=0,
    )
    session.execute(
        update(Case)
        .where(Case.id > after, Case.id <= last, Case.closed_at.is_(None), Case.bucket != bucket)
        .values(bucket=bucket)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    return last


def redact_returned(session: Session, *, at: datetime, policy: Policy, limit: int = 200) -> Sequence[int]:
    """Forget who debtors were whose cases have all gone back to the creditor (domain.md 2.5); returns their
    ids.

    So many days after the last return, and unless another case ended otherwise within the years for which its
    record has to be kept whole. The key is destroyed, so that nothing sealed can be read any more; masks and
    hashes go. What was done, when, by whom and for how much stays under the creditor's number of the account.
    """
    returned_by = at - timedelta(days=policy.retention.identity_days)
    kept_since = at - timedelta(days=policy.retention.collection_records_years * DAYS_OF_A_YEAR)
    of_debtor = Case.debtor_id == Debtor.id
    due = session.scalars(
        select(Debtor.id)
        .where(
            Debtor.redacted_at.is_(None),
            exists().where(of_debtor, Case.status == CaseStatus.RETURNED, Case.closed_at <= returned_by),
            ~exists().where(of_debtor, Case.closed_at.is_(None)),
            ~exists().where(of_debtor, Case.closed_at > returned_by),
            ~exists().where(of_debtor, Case.status != CaseStatus.RETURNED, Case.closed_at > kept_since),
        )
        .order_by(Debtor.id)
        .limit(limit)
        .with_for_update(of=Debtor)
    ).all()
    for debtor_id in due:
        _redact(session, debtor_id, at)
    return due


def _redact(session: Session, debtor_id: int, at: datetime) -> None:
    debtor = session.get_one(Debtor, debtor_id)
    secrecy.destroy_key(session, debtor.subject, at=at)
    files.forget_person(session, subject=debtor.subject)
    debtor.key_hash = f"redacted:{debtor.id}"
    debtor.name = debtor.id_number = debtor.address = debtor.place = None
    debtor.name_mask, debtor.district = ERASED, ""
    debtor.name_hash = debtor.id_hash = None
    debtor.redacted_at = at
    session.flush()
    for number in session.scalars(select(DebtorContact).where(DebtorContact.debtor_id == debtor.id)):
        number.name = number.number = None
        number.name_mask, number.number_mask = "", ERASED
        number.number_hash = f"redacted:{number.id}"
    session.execute(
        update(ContactAttempt)
        .where(ContactAttempt.debtor_id == debtor.id)
        .values(number_hash=None)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    audit.record(session, at=at, action="cases.redact", subject=debtor.subject)
