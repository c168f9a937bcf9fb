"""The rules of cases, as tables."""

from datetime import date, datetime, timedelta

import pytest

from models.cases import CaseStatus, PtpStatus
from models.cases.kinds import ENDED, OPEN, AssignmentCause
from models.cases.rules import (
    TRANSITIONS,
    Trigger,
    bucket_begins,
    bucket_of,
    days_past_due,
    follow_each_other,
    promise_status,
    state_after,
    status_for_owner,
    tiers_for,
)
from models.policy import SettlementTier

MONDAY = date(2026, 3, 2)
POOL, ASSIGNED, WORKED, PTP = (
    CaseStatus.POOL,
    CaseStatus.ASSIGNED,
    CaseStatus.IN_PROGRESS,
    CaseStatus.PTP,
)


@pytest.mark.parametrize(
    ("dpd", "bucket"),
    [(-3, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (180, 6), (181, 7), (4000, 7)],
)
def test_days_past_due_make_the_bucket(dpd: int, bucket: int) -> None:
    assert bucket_of(dpd) == bucket


@pytest.mark.parametrize("dpd", [1, 30, 31, 60, 61, 90, 91, 150, 151, 180, 181, 182])
def test_a_bucket_begins_where_its_first_day_lies(dpd: int) -> None:
    since = MONDAY - timedelta(days=dpd - 1)

    assert days_past_due(since, MONDAY) == dpd
    assert since <= bucket_begins(bucket_of(dpd), MONDAY)
    assert bucket_of(dpd) == 7 or since > bucket_begins(bucket_of(dpd) + 1, MONDAY)


def test_what_has_ended_is_moved_by_nothing_but_money_and_supervisors() -> None:
    for trigger, ways in TRANSITIONS.items():
        for before, after in ways.items():
            if before in ENDED:
                assert trigger in (Trigger.REVERSE, Trigger.REOPEN)
                assert after in OPEN


@pytest.mark.parametrize(
    ("before", "trigger", "after"),
    [
        (POOL, Trigger.ASSIGN, ASSIGNED),
        (WORKED, Trigger.ASSIGN, None),
        (ASSIGNED, Trigger.ACCEPT, WORKED),
        (POOL, Trigger.ACCEPT, None),
        (ASSIGNED, Trigger.DECLINE, POOL),
        (WORKED, Trigger.DECLINE, None),
        (WORKED, Trigger.PROMISE, PTP),
        (PTP, Trigger.PROMISE, None),
        (PTP, Trigger.PROMISE_ENDED, WORKED),
        (PTP, Trigger.PAID, CaseStatus.PAID),
        (CaseStatus.DISPUTED, Trigger.PAID, CaseStatus.PAID),
        (CaseStatus.PAID, Trigger.PAID, None),
        (PTP, Trigger.DISPUTE, CaseStatus.DISPUTED),
        (CaseStatus.DISPUTED, Trigger.DISPUTE, None),
        (CaseStatus.DISPUTED, Trigger.SUSPEND, CaseStatus.SUSPENDED),
        (CaseStatus.SUSPENDED, Trigger.DISPUTE, None),
        (CaseStatus.SUSPENDED, Trigger.RETURN, CaseStatus.RETURNED),
        (CaseStatus.RETURNED, Trigger.RETURN, None),
        (CaseStatus.PAID, Trigger.REVERSE, WORKED),
        (CaseStatus.PAID, Trigger.REOPEN, None),
        (CaseStatus.RETURNED, Trigger.REOPEN, WORKED),
    ],
)
def test_where_a_trigger_leads(before: CaseStatus, trigger: Trigger, after: CaseStatus | None) -> None:
    assert state_after(before, trigger) == after


@pytest.mark.parametrize(
    ("before", "cause", "asked", "after"),
    [
        (POOL, AssignmentCause.ASSIGN, None, ASSIGNED),
        (POOL, AssignmentCause.CLAIM, None, ASSIGNED),
        (ASSIGNED, AssignmentCause.TRANSFER, None, ASSIGNED),
        (WORKED, AssignmentCause.TRANSFER, None, WORKED),
        (PTP, AssignmentCause.TRANSFER, None, PTP),
        (POOL, AssignmentCause.HANDOVER, None, POOL),
        (ASSIGNED, AssignmentCause.HANDOVER, None, ASSIGNED),
        (WORKED, AssignmentCause.RECYCLE, POOL, POOL),
        (PTP, AssignmentCause.RECYCLE, POOL, PTP),
        (CaseStatus.DISPUTED, AssignmentCause.RECYCLE, POOL, CaseStatus.DISPUTED),
    ],
)
def test_how_a_case_stands_with_its_new_owner(
    before: CaseStatus, cause: AssignmentCause, asked: CaseStatus | None, after: CaseStatus
) -> None:
    assert status_for_owner(before, cause, asked) == after


@pytest.mark.parametrize(
    ("paid", "today", "status"),
    [
        (0, "2026-03-06", PtpStatus.OPEN),
        (99999, "2026-03-07", PtpStatus.OPEN),
        (100000, "2026-03-02", PtpStatus.KEPT),
        (100000, "2026-03-09", PtpStatus.KEPT),
        (0, "2026-03-08", PtpStatus.BROKEN),
        (1, "2026-03-08", PtpStatus.PARTIAL),
        (99999, "2026-03-08", PtpStatus.PARTIAL),
    ],
)
def test_what_becomes_of_a_promise_due_on_friday(paid: int, today: str, status: PtpStatus) -> None:
    """A day of grace: Saturday still keeps it."""
    day = date.fromisoformat(today)

    assert promise_status(paid, 100000, 100, date(2026, 3, 6), 1, day) == status


@pytest.mark.parametrize(
    ("waived", "balance", "roles"),
    [
        (100, 1000, ["team_leader", "supervisor"]),
        (101, 1000, ["supervisor"]),
        (500, 1000, ["supervisor"]),
        (501, 1000, []),
        (5001, 100000, ["supervisor"]),
        (50001, 1000000, []),
    ],
)
def test_who_decides_about_a_waiver(waived: int, balance: int, roles: list[str]) -> None:
    tiers = (SettlementTier("team_leader", 10, 5000), SettlementTier("supervisor", 50, 50000))

    assert [tier.role for tier in tiers_for(waived, balance, tiers)] == roles


def test_stretches_follow_each_other() -> None:
    first, second, third = (datetime(2026, 3, day) for day in (1, 2, 3))  # noqa: DTZ001

    assert follow_each_other([(first, second), (second, None)])
    assert not follow_each_other([(first, second), (third, None)])
    assert not follow_each_other([(first, None), (second, None)])
    assert not follow_each_other([(first, second)])
    assert not follow_each_other([])
