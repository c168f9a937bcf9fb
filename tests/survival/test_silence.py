"""The platform says nothing for an hour: no hammering, and afterwards what is still wanted, once."""

from collections import Counter

import pytest

from bot.app import Muster
from bot.channels.base import NotSent, Unreachable
from models.messaging import OutboundMessage
from tests.simulator import Member, Messenger, TestClock, rows

MOST_CALLS = 30
"""For one message in 80 minutes: 2 s, doubling to 300 s, makes 22; a quarter of jitter a few more."""


@pytest.mark.parametrize(
    ("failure", "reminder_became"),
    [(NotSent("ConnectTimeoutError"), "withdrawn"), (Unreachable("ReadTimeoutError"), "uncertain")],
)
def test_after_an_hour_of_silence_answers_arrive_once_and_reminders_no_more(
    alice: Member,
    leader: Member,
    clock: TestClock,
    messenger: Messenger,
    muster: Muster,
    failure: Exception,
    reminder_became: str,
) -> None:
    messenger.fails_with = failure
    clock.passes_to("08:45")
    alice.says("帮助")
    for moment in moments("08:45", "10:05"):
        clock.passes_to(moment)
    leader.says("帮助")

    calls = Counter(id_ for parcel in messenger.calls for id_ in parcel.ids)
    assert max(calls.values()) <= MOST_CALLS
    assert sum(count >= 10 for count in calls.values()) == 2, "it has gone on trying"

    messenger.fails_with = None
    for moment in moments("10:05", "10:12"):
        clock.passes_to(moment)

    assert len(alice.reads()) == 1, "the answer"
    assert len(leader.reads()) == 1
    became = {(row.recipient, row.only_if): row.state for row in rows(muster, OutboundMessage)}
    assert became == {
        ("AliceLi", None): "accepted",
        ("leader", None): "accepted",
        ("AliceLi", "not_checked_in"): "withdrawn",
        ("leader", "not_checked_in"): reminder_became,
    }


def moments(first: str, last: str) -> list[str]:
    """Every twenty seconds from one moment to the other."""
    start, end = (int(text[:2]) * 180 + int(text[3:]) * 3 for text in (first, last))
    return [f"{n // 180:02}:{n // 3 % 60:02}:{n % 3 * 20:02}" for n in range(start, end)]
