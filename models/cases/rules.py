"""Pure decisions about cases: states, buckets, deadlines, promises and who decides about a waiver."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from models.cases.kinds import OPEN, AssignmentCause, CaseStatus, PtpStatus
from models.policy import SettlementTier

LAST_BUCKET = 7
BUCKET_DAYS = 30


class Trigger(StrEnum):
    """What moves a case from one state to another (domain.md 5.1)."""

    ASSIGN = "assign"
    ACCEPT = "accept"
    DECLINE = "decline"
    PROMISE = "promise"
    PROMISE_ENDED = "promise_ended"
    PAID = "paid"
    SETTLED = "settled"
    DISPUTE = "dispute"
    SUSPEND = "suspend"
    RESUME = "resume"
    RETURN = "return"
    REVERSE = "reverse"
    REOPEN = "reopen"


HALTED = (CaseStatus.DISPUTED, CaseStatus.SUSPENDED)
_WORKED = (CaseStatus.POOL, CaseStatus.ASSIGNED, CaseStatus.IN_PROGRESS, CaseStatus.PTP)


def _all(states: Iterable[CaseStatus], to: CaseStatus) -> dict[CaseStatus, CaseStatus]:
    return dict.fromkeys(states, to)


TRANSITIONS: Mapping[Trigger, Mapping[CaseStatus, CaseStatus]] = {
    Trigger.ASSIGN: _all((CaseStatus.POOL, CaseStatus.ASSIGNED), CaseStatus.ASSIGNED),
    Trigger.ACCEPT: {CaseStatus.ASSIGNED: CaseStatus.IN_PROGRESS},
    Trigger.DECLINE: {CaseStatus.ASSIGNED: CaseStatus.POOL},
    Trigger.PROMISE: {CaseStatus.IN_PROGRESS: CaseStatus.PTP},
    Trigger.PROMISE_ENDED: {CaseStatus.PTP: CaseStatus.IN_PROGRESS},
    Trigger.PAID: _all(OPEN, CaseStatus.PAID),
    Trigger.SETTLED: _all(OPEN, CaseStatus.SETTLED),
    Trigger.DISPUTE: _all(_WORKED, CaseStatus.DISPUTED),
    Trigger.SUSPEND: _all((*_WORKED, CaseStatus.DISPUTED), CaseStatus.SUSPENDED),
    Trigger.RESUME: _all(HALTED, CaseStatus.IN_PROGRESS),
    Trigger.RETURN: _all(OPEN, CaseStatus.RETURNED),
    Trigger.REVERSE: _all((CaseStatus.PAID, CaseStatus.SETTLED), CaseStatus.IN_PROGRESS),
    Trigger.REOPEN: _all(
        (CaseStatus.SETTLED, CaseStatus.RETURNED, CaseStatus.CLOSED), CaseStatus.IN_PROGRESS
    ),
}
"""Trigger → state before → state after; what does not stand here does not happen."""


def state_after(status: str, trigger: Trigger) -> CaseStatus | None:
    """Where a trigger leads from a state; None if it leads nowhere from there."""
    return TRANSITIONS[trigger].get(CaseStatus(status))


KEEPING = (AssignmentCause.HANDOVER, AssignmentCause.DISPUTE, AssignmentCause.DECLINE)
"""Causes for which a case changes hands as it stands, accepted or not."""


def status_for_owner(status: str, cause: AssignmentCause, asked: CaseStatus | None) -> CaseStatus:
    """The state of a case in the hands of its new owner (domain.md 5.1).

    A case that was accepted stays as it is; `asked` (`POOL` or `ASSIGNED`) also takes back what is in
    progress, but leaves promises and halts alone.
    """
    now = CaseStatus(status)
    if asked is not None:
        return asked if now in (CaseStatus.POOL, CaseStatus.ASSIGNED, CaseStatus.IN_PROGRESS) else now
    if cause in KEEPING:
        return now
    return state_after(now, Trigger.ASSIGN) or now


def days_past_due(overdue_since: date | None, today: date) -> int:
    """Days past due: 1 on the first of them, 0 before."""
    return 0 if overdue_since is None else max(0, (today - overdue_since).days + 1)


def bucket_of(dpd: int) -> int:
    """M0…M7+ (domain.md section 1): 1–30 days are M1."""
    return 0 if dpd <= 0 else min(LAST_BUCKET, (dpd - 1) // BUCKET_DAYS + 1)


def bucket_begins(bucket: int, today: date) -> date:
    """The latest `overdue_since` of what is in this bucket (1…7) or a later one today."""
    return today - timedelta(days=(bucket - 1) * BUCKET_DAYS)


def promise_horizon(bucket: int, *, days: int, days_late: int, late_from: int) -> int:
    """How many days ahead a promise may be due (domain.md 5.1)."""
    return days_late if bucket >= late_from else days


def promise_deadline(due_on: date, grace_days: int) -> date:
    """The last day on which a payment still keeps the promise."""
    return due_on + timedelta(days=grace_days)


def is_kept(paid: int, amount: int, threshold_percent: int) -> bool:
    """Whether enough was paid (domain.md 4.1)."""
    return paid * 100 >= amount * threshold_percent


def promise_status(
    paid: int, amount: int, threshold_percent: int, due_on: date, grace_days: int, today: date
) -> PtpStatus:
    """What has become of a promise: kept as soon as enough was paid; not kept only after the grace."""
    if is_kept(paid, amount, threshold_percent):
        return PtpStatus.KEPT
    if today <= promise_deadline(due_on, grace_days):
        return PtpStatus.OPEN
    return PtpStatus.PARTIAL if paid > 0 else PtpStatus.BROKEN


def tiers_for(waived: int, balance: int, tiers: Sequence[SettlementTier]) -> Sequence[SettlementTier]:
    """The tiers that may decide about a waiver, the lowest first (domain.md 5.1: by amount tier)."""
    return [tier for tier in tiers if waived * 100 <= balance * tier.percent and waived <= tier.amount]


def offer_deadline(pay_by: date, grace_days: int) -> date:
    """The last day on which a payment counts towards a settlement offer: it expires after that day."""
    return pay_by + timedelta(days=grace_days)


def covers(waived: int, left: int) -> bool:
    """Whether what was approved to be waived takes care of all that is left; else somebody decides anew."""
    return left <= waived


def follow_each_other(stretches: Sequence[tuple[datetime, datetime | None]]) -> bool:
    """Whether stretches of time follow each other without gap or overlap, and only the last one is open."""
    return (
        bool(stretches)
        and stretches[-1][1] is None
        and all(earlier[1] == later[0] for earlier, later in pairwise(stretches))
    )
