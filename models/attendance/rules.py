"""Pure decisions about shifts, lateness, and what became of a workday."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum


def shift_start(day: date, starts_at: time, at: datetime) -> datetime:
    """The moment the shift of `day` starts, in the time zone of `at`."""
    return datetime.combine(day, starts_at, tzinfo=at.tzinfo)


def reminder_due(start: datetime, minutes_before: int) -> datetime:
    """When the reminder for a shift that starts at `start` is due."""
    return start - timedelta(minutes=minutes_before)


@dataclass(frozen=True)
class Duty:
    """The shift somebody works on one day."""

    name: str
    starts_at: datetime
    ends_at: datetime
    rest_minutes: int = 0
    """The break inside, which is no work."""
    flex_minutes: int = 0
    """So much earlier or later than the start one may come, and goes as much earlier or later."""
    needs_out: bool = True
    """Whether the end of work is to be checked out as well."""

    @property
    def middle(self) -> datetime:
        """Where the first half ends and the second begins."""
        return self.starts_at + (self.ends_at - self.starts_at) / 2

    def moved(self, first: datetime | None) -> "Duty":
        """The duty as it is for who came at `first`: a flexible shift moves with them within its bounds."""
        if first is None or not self.flex_minutes:
            return self
        bound = timedelta(minutes=self.flex_minutes)
        shift = max(-bound, min(bound, first - self.starts_at))
        return Duty(
            self.name, self.starts_at + shift, self.ends_at + shift, self.rest_minutes, 0, self.needs_out
        )


class Mark(StrEnum):
    """What became of a workday; a day may have several, the gravest first (domain.md 6.3)."""

    ABSENT = "absent"
    HALF_DAY_ABSENT = "half_day_absent"
    MISSING_IN = "missing_in"
    MISSING_OUT = "missing_out"
    LATE = "late"
    EARLY_LEAVE = "early_leave"
    FIELD = "field"
    """In the field instead of the office."""
    NORMAL = "normal"
    LEAVE = "leave"
    PART_LEAVE = "part_leave"
    REST = "rest"
    PENDING = "pending"
    """The day is not over, or has not begun."""


FAULTS = (
    Mark.ABSENT,
    Mark.HALF_DAY_ABSENT,
    Mark.MISSING_IN,
    Mark.MISSING_OUT,
    Mark.LATE,
    Mark.EARLY_LEAVE,
)
"""What somebody may want to explain or correct."""


@dataclass(frozen=True)
class Bounds:
    """The numbers of policy.toml, in minutes (domain.md 6.3)."""

    grace: int
    late: int
    """Up to so much it is late, or an early leave."""
    half_day: int
    """From so much on the day counts as absent; between the two half a day."""
    out_after: int
    """So long after the end a check-out is waited for."""
    overtime_from: int
    """Less than this after the end is no overtime."""


@dataclass(frozen=True)
class DayFacts:
    """What is known of one person and one day."""

    day: date
    duty: Duty | None
    """None on a day off."""
    first_in: datetime | None = None
    last_out: datetime | None = None
    field_in: datetime | None = None
    field_out: datetime | None = None
    """The first and the last sign of life at customers."""
    leave: Sequence[tuple[datetime, datetime]] = ()


@dataclass(frozen=True)
class DayStatus:
    """What became of a day, and the minutes that it rests on."""

    day: date
    marks: tuple[Mark, ...]
    duty: Duty | None = None
    """The duty as it counted: moved by a flexible start, and without what was leave."""
    first_in: datetime | None = None
    last_out: datetime | None = None
    minutes_late: int = 0
    minutes_early: int = 0
    minutes_worked: int = 0
    over: tuple[datetime, datetime] | None = None
    """After the end of the duty, or on a day off, as far as the check-ins bear it out: overtime, if somebody
    says so. None if it is less than counts."""
    minutes_leave: int = 0

    @property
    def minutes_over(self) -> int:
        """The minutes of `over`."""
        return 0 if self.over is None else _minutes(*self.over)

    @property
    def mark(self) -> Mark:
        """The gravest."""
        return self.marks[0]

    @property
    def is_fault(self) -> bool:
        """Whether the person may want to explain or correct it."""
        return self.mark in FAULTS

    @property
    def attended(self) -> bool:
        """Whether the person was at work that day."""
        return self.first_in is not None or Mark.FIELD in self.marks or Mark.MISSING_IN in self.marks


def day_status(facts: DayFacts, *, now: datetime, bounds: Bounds) -> DayStatus:
    """What became of a day as far as `now` can tell (domain.md 6.3, requirement area checkin).

    A planned visit that begins within the shift stands for both check-ins at the office: whenever it was,
    nobody is late for it, and nobody left early who did not check out.
    """
    came, went = facts.first_in, facts.last_out
    in_field = came is None and facts.field_in is not None
    first, last = came or facts.field_in, went or (facts.field_out if in_field else None)
    if facts.duty is None:
        worked = _minutes(first, last)
        over = _over(first, last, first, bounds)
        return DayStatus(facts.day, (Mark.REST,), None, first, last, minutes_worked=worked, over=over)
    leave = _clipped(facts.leave, facts.duty)
    on_leave = sum((_minutes(begin, end) for begin, end in leave), 0)
    duty = _without(facts.duty, leave)
    if duty is None:
        over = _over(first, last, facts.duty.ends_at, bounds)
        return DayStatus(facts.day, (Mark.LEAVE,), None, first, last, over=over, minutes_leave=on_leave)
    instead = in_field and first is not None and first < duty.ends_at
    home_early = duty.ends_at < facts.duty.ends_at
    whole = facts.duty
    if not instead or _within_flex(first, duty):
        duty, whole = duty.moved(first), facts.duty.moved(first)
    ends_at = whole.ends_at if home_early else duty.ends_at
    late = 0 if instead else _beyond(first, duty.starts_at, bounds.grace)
    judged = last is not None and duty.needs_out and not (instead and went is None)
    early = _beyond(duty.ends_at, last, bounds.grace) if judged else 0
    found = set[Mark]()
    if in_field:
        found.add(Mark.FIELD)
    if leave:
        found.add(Mark.PART_LEAVE)
    found |= _arrival(first, last, late, duty, now, bounds)
    if instead and went is None:
        found |= {Mark.PENDING} if duty.needs_out and now < duty.ends_at else set()
    else:
        found |= _departure(first, last, early, duty, now, bounds)
    if not found & {*FAULTS, Mark.PENDING, Mark.FIELD}:
        found.add(Mark.NORMAL)
    return DayStatus(
        day=facts.day,
        marks=tuple(mark for mark in Mark if mark in found),
        duty=duty,
        first_in=first,
        last_out=last,
        minutes_late=late,
        minutes_early=early,
        minutes_worked=_worked(first, last, duty),
        over=_over(first, last, ends_at, bounds),
        minutes_leave=on_leave,
    )


def left_of(duty: Duty, leave: Iterable[tuple[datetime, datetime]]) -> Duty | None:
    """What leave leaves of a duty, without its beginning and its end; None if nothing."""
    return _without(duty, _clipped(leave, duty))


def _within_flex(first: datetime | None, duty: Duty) -> bool:
    return first is not None and first <= duty.starts_at + timedelta(minutes=duty.flex_minutes)


def _arrival(
    first: datetime | None, last: datetime | None, late: int, duty: Duty, now: datetime, bounds: Bounds
) -> set[Mark]:
    if first is not None:
        return _graded(late, Mark.LATE, bounds)
    if last is not None:
        return {Mark.MISSING_IN}
    return {Mark.PENDING} if now < duty.ends_at else {Mark.ABSENT}


def _departure(
    first: datetime | None, last: datetime | None, early: int, duty: Duty, now: datetime, bounds: Bounds
) -> set[Mark]:
    if not duty.needs_out or (first is None and last is None):
        return set()
    if last is not None and (now >= duty.ends_at or not early):
        return _graded(early, Mark.EARLY_LEAVE, bounds)
    if last is not None or now < duty.ends_at + timedelta(minutes=bounds.out_after):
        return {Mark.PENDING}
    return {Mark.MISSING_OUT}


def _graded(minutes: int, mild: Mark, bounds: Bounds) -> set[Mark]:
    if not minutes:
        return set()
    if minutes <= bounds.late:
        return {mild}
    return {Mark.HALF_DAY_ABSENT} if minutes < bounds.half_day else {Mark.ABSENT}


def minutes_late(at: datetime, start: datetime, grace_minutes: int) -> int:
    """Whole minutes after the start; 0 within the grace (domain.md 6.3)."""
    return _beyond(at, start, grace_minutes)


def _beyond(later: datetime | None, earlier: datetime | None, grace: int) -> int:
    """Whole minutes by which `later` lies behind; 0 within the grace."""
    if later is None or earlier is None:
        return 0
    minutes = int((later - earlier).total_seconds() // 60)
    return minutes if minutes > grace else 0


def _minutes(begin: datetime | None, end: datetime | None) -> int:
    if begin is None or end is None or end <= begin:
        return 0
    return int((end - begin).total_seconds() // 60)


def _over(
    first: datetime | None, last: datetime | None, since: datetime | None, bounds: Bounds
) -> tuple[datetime, datetime] | None:
    """From `since` or from coming, whichever is later, to going; None without both, or below the least."""
    if first is None or last is None or since is None:
        return None
    begin = max(first, since)
    return (begin, last) if _minutes(begin, last) >= bounds.overtime_from else None


def _worked(first: datetime | None, last: datetime | None, duty: Duty) -> int:
    """Minutes from coming to going, without the break where it lies between."""
    span = _minutes(first, last)
    around = first is not None and last is not None and first < duty.middle < last
    return max(0, span - duty.rest_minutes) if around else span


def _clipped(leave: Iterable[tuple[datetime, datetime]], duty: Duty) -> list[tuple[datetime, datetime]]:
    """The stretches of leave inside the duty, in their order, those that touch made one."""
    merged: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(leave):
        begin, end = max(begin, duty.starts_at), min(end, duty.ends_at)
        if begin >= end:
            continue
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _without(duty: Duty, leave: Sequence[tuple[datetime, datetime]]) -> Duty | None:
    """The duty without leave at its beginning and its end; None if nothing is left of it."""
    start, end = duty.starts_at, duty.ends_at
    for begin, until in leave:
        if begin <= start:
            start = max(start, until)
    for begin, until in reversed(leave):
        if until >= end:
            end = min(end, begin)
    if start >= end:
        return None
    if (start, end) == (duty.starts_at, duty.ends_at):
        return duty
    half = end - start <= (duty.ends_at - duty.starts_at) / 2
    rest = 0 if half else duty.rest_minutes
    return Duty(duty.name, start, end, rest, duty.flex_minutes, duty.needs_out)


@dataclass(frozen=True)
class Totals:
    """What a stretch of days comes to; each number lists the days it was made from."""

    days: tuple[DayStatus, ...]
    by_mark: dict[Mark, tuple[date, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, days: Iterable[DayStatus]) -> "Totals":
        """The totals of these days."""
        kept = tuple(days)
        found: dict[Mark, list[date]] = {}
        for one in kept:
            for mark in one.marks:
                found.setdefault(mark, []).append(one.day)
        return cls(kept, {mark: tuple(listed) for mark, listed in found.items()})

    def days_with(self, *marks: Mark) -> tuple[date, ...]:
        """The days that have one of these marks."""
        return tuple(one.day for one in self.days if set(one.marks) & set(marks))

    @property
    def expected(self) -> int:
        """Days with a duty that are over: leave counts as expected, days off and what is to come do not."""
        return sum(not set(one.marks) & {Mark.REST, Mark.PENDING} for one in self.days)

    @property
    def attended(self) -> int:
        """Days at work, days off among them."""
        return sum(one.attended for one in self.days)

    @property
    def rate(self) -> float | None:
        """Attended shifts ÷ (scheduled − approved leave), domain.md 4.1; None without any."""
        due = [one for one in self.days if not set(one.marks) & {Mark.REST, Mark.PENDING, Mark.LEAVE}]
        return sum(one.attended and Mark.ABSENT not in one.marks for one in due) / len(due) if due else None

    def minutes(self, name: str) -> int:
        """The sum of one of the minutes of a day, `minutes_over` for example."""
        return sum(getattr(one, name) for one in self.days)

    @property
    def longest_absence(self) -> int:
        """Workdays absent in a row (domain.md 6.3: three in a row are only reported)."""
        longest = run = 0
        for one in self.days:
            if set(one.marks) & {Mark.REST, Mark.LEAVE}:
                continue
            run = run + 1 if Mark.ABSENT in one.marks else 0
            longest = max(longest, run)
        return longest


def day_of_coming(at: datetime, duties: Iterable[tuple[date, Duty]], early: timedelta) -> date:
    """The day that coming at a moment belongs to (domain.md 6.3): the nearest start whose hours hold it.

    Outside all hours it is the calendar day.
    """
    near = [
        (abs(at - duty.starts_at), day) for day, duty in duties if duty.starts_at - early <= at < duty.ends_at
    ]
    return min(near)[1] if near else at.date()


def day_of_going(
    at: datetime, duties: Iterable[tuple[date, Duty]], after: timedelta, came: Iterable[date]
) -> date:
    """The day that going at a moment belongs to: one on which the person came, the nearest end of it first.

    Outside all hours it is the newest day on which the person came within a day, else the calendar day.
    """
    came = set(came)
    near = [
        (day not in came, abs(at - duty.ends_at), day)
        for day, duty in duties
        if duty.starts_at < at <= duty.ends_at + after
    ]
    if near:
        return min(near)[2]
    recent = [day for day in came if timedelta(0) <= at.date() - day <= timedelta(days=1)]
    return max(recent, default=at.date())
