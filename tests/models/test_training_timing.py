"""When people are pushed to and until when they have: rules for any days, any leave and any shift."""

from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.base import SHANGHAI
from models.training.timing import DAY, days_after, is_worked, next_within, nth_day_after, windows, without

START = date(2026, 9, 28)
DAYS = [START + timedelta(days=number) for number in range(1, 50)]
OFF = st.sets(st.sampled_from(DAYS), max_size=30)
QUIET = time(22), time(8)


def at(day: date, clock: time) -> datetime:
    """A moment in Shanghai."""
    return datetime.combine(day, clock, tzinfo=SHANGHAI)


@given(off=OFF, count=st.integers(1, 10))
def test_the_deadline_is_the_count_th_day_that_is_worked(off: set[date], count: int) -> None:
    found = nth_day_after(START, count, lambda day: day not in off)

    assert found is not None
    assert found not in off
    assert sum(1 for day in DAYS if day <= found and day not in off) == count


@given(off=OFF, more=OFF, count=st.integers(1, 5))
def test_leave_that_comes_later_moves_the_deadline_by_its_workdays_and_never_back(
    off: set[date], more: set[date], count: int
) -> None:
    before = nth_day_after(START, count, lambda day: day not in off)
    after = nth_day_after(START, count, lambda day: day not in off | more)

    assert before is not None
    if after is None:
        return
    assert after >= before
    lost = [day for day in days_after(START, lambda day: day not in off) if day <= after and day in more]
    worked = [day for day in days_after(START, lambda day: day not in off) if day <= after]
    assert len(worked) - len(lost) == count
    assert nth_day_after(START, count, lambda day: day not in off | more) == after, (
        "asked again it is the same"
    )


@given(
    begins=st.integers(0, 23),
    hours=st.integers(4, 12),
    leave=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)), max_size=3),
    after=st.integers(0, 60),
    before=st.integers(0, 60),
)
def test_nothing_comes_in_the_quiet_time_or_on_leave(
    begins: int, hours: int, leave: list[tuple[int, int]], after: int, before: int
) -> None:
    start = at(START, time(begins))
    duty = start, start + timedelta(hours=hours)
    away = [
        (at(START, time()) + timedelta(hours=first), at(START, time()) + timedelta(hours=first + length))
        for first, length in leave
    ]
    found = windows(duty, away, after=timedelta(minutes=after), before=timedelta(minutes=before), quiet=QUIET)

    for first, last in found:
        assert first < last
        assert QUIET[1] <= first.time() < QUIET[0]
        assert last <= at(first.date(), QUIET[0])
        assert all(last <= begin or end <= first for begin, end in away)
    if not away:
        assert found, "there is always a time to push to somebody who works"


@given(
    span=st.tuples(st.integers(0, 20), st.integers(1, 20)),
    taken=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=4),
)
def test_what_is_left_of_a_stretch_and_what_was_taken_make_it_up(
    span: tuple[int, int], taken: list[tuple[int, int]]
) -> None:
    zero = at(START, time())
    hour = timedelta(hours=1)
    whole = zero + span[0] * hour, zero + (span[0] + span[1]) * hour
    away = [(zero + first * hour, zero + (first + length) * hour) for first, length in taken]
    left = without(whole, away)

    for number in range(60):
        moment = zero + number * hour
        inside = whole[0] <= moment < whole[1] and not any(begin <= moment < end for begin, end in away)
        assert inside == any(begin <= moment < end for begin, end in left)


def test_half_a_day_of_leave_leaves_a_day_of_work() -> None:
    duty = at(START, time(9)), at(START, time(18))

    assert is_worked(duty, [(at(START, time(13, 30)), at(START, time(23)))])
    assert not is_worked(duty, [(at(START, time(13)), at(START, time(23)))])
    assert not is_worked(duty, [(at(START, time()), at(START + DAY, time()))])


def test_the_next_time_is_now_or_the_next_beginning() -> None:
    found = [(at(START, time(9)), at(START, time(12))), (at(START, time(13)), at(START, time(18)))]

    assert next_within(at(START, time(10)), found) == at(START, time(10))
    assert next_within(at(START, time(12)), found) == at(START, time(13))
    assert next_within(at(START, time(18)), found) is None
