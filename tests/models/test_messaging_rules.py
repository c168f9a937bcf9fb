"""Rules of delivery as tables of cases and properties."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import SHANGHAI
from models.messaging import Window, has_allowance, mark, may_repeat, next_allowed

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
WINDOWS = (Window(3, timedelta(minutes=1)), Window(5, timedelta(hours=1)))


def ago(**span: float) -> datetime:
    """A moment before now."""
    return NOW - timedelta(**span)


@pytest.mark.parametrize(
    ("channel", "kind", "answer", "tried", "expected"),
    [
        ("wecom", "message", False, ago(minutes=1), True),
        ("wecom", "message", False, ago(hours=3, minutes=58), True),
        ("wecom", "message", False, ago(hours=4), False),
        ("wecom", "message", True, ago(hours=4), True),
        ("wecom", "card_update", False, ago(days=1), True),
        ("official", "template", False, ago(minutes=8), True),
        ("official", "template", False, ago(minutes=10), False),
        ("official", "message", False, ago(seconds=1), False),
        ("official", "message", True, ago(hours=1), True),
        ("wecom", "group", False, ago(seconds=1), False),
        ("wecom", "group_create", False, ago(days=1), True),
    ],
)
def test_what_may_be_repeated(channel: str, kind: str, answer: bool, tried: datetime, expected: bool) -> None:
    repeats = may_repeat(channel=channel, kind=kind, is_answer=answer, first_tried_at=tried, now=NOW)

    assert repeats is expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([], NOW),
        ([ago(seconds=10)] * 2, NOW),
        ([ago(seconds=50), ago(seconds=20), ago(seconds=10)], NOW + timedelta(seconds=10)),
        ([ago(seconds=60), ago(seconds=20), ago(seconds=10)], NOW),
        ([ago(minutes=n) for n in (50, 40, 30, 20, 10)], NOW + timedelta(minutes=10)),
    ],
)
def test_when_one_more_message_keeps_every_window(sent: list[datetime], expected: datetime) -> None:
    assert next_allowed(sent, WINDOWS, NOW) == expected


@given(st.lists(st.integers(0, 7200), max_size=40))
def test_no_window_is_ever_exceeded(offsets: list[int]) -> None:
    sent: list[datetime] = []
    for offset in sorted(offsets):
        at = next_allowed(sent, WINDOWS, NOW + timedelta(seconds=offset))
        if sent:
            at = max(at, sent[-1])
        sent.append(at)
    for window in WINDOWS:
        for at in sent:
            assert sum(at - window.span < one <= at for one in sent) <= window.most


@pytest.mark.parametrize(
    ("acts", "sent", "expected"),
    [
        ([], [], False),
        ([("message", ago(hours=47))], [], True),
        ([("message", ago(hours=48))], [], False),
        ([("message", ago(hours=1))], [ago(minutes=30)] * 4, True),
        ([("message", ago(hours=1))], [ago(minutes=30)] * 5, False),
        ([("message", ago(hours=1))], [ago(hours=2)] * 5, True),
        ([("menu", ago(seconds=59))], [], True),
        ([("menu", ago(seconds=61))], [], False),
        ([("follow", ago(seconds=5))], [ago(seconds=1)] * 3, False),
    ],
)
def test_when_a_candidate_may_be_written_to(
    acts: list[tuple[str, datetime]], sent: list[datetime], expected: bool
) -> None:
    assert has_allowance(acts, sent, NOW) is expected


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_marks_are_unseen_and_differ(one: int, other: int) -> None:
    assert mark(one).strip("\u200b\u200c") == ""
    assert (mark(one) == mark(other)) == (one == other)
    assert len(mark(one).encode()) <= 30
