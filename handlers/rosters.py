"""排班 and 我的班: who works which shift, from a day on or on single days, and one's own next days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router, to_confirm
from handlers.meant import person_called, unit_called
from handlers.parsing import Misunderstood
from handlers.roster_words import RosterSaid, read_roster, take_span, wants_two_weeks
from models import attendance, proposals, staff
from models.attendance import Arranged, RosterDay, Shift
from models.errors import DomainError
from models.staff import Employee

router = Router(texts="rosters")

MAY = attendance.ARRANGE
MINE = "attendance.check_in"
DAYS = 7
LONG = 14
"""So many days are shown at most."""


class NobodyNamed(DomainError):
    """A roster for nobody, or for a unit without people."""

    texts = "rosters"


@dataclass(frozen=True)
class Wanted:
    """Who shall work what: on single days, or from a day on."""

    people: Sequence[Employee]
    shift: Shift | None
    days: tuple[date, ...] = ()
    since: date | None = None
    by_roster: bool = False
    left_out: int = 0
    """Days off that lie in the stretch that was named."""


@dataclass(frozen=True)
class RosterWanted:
    """The accounts or the number of a unit; the name of a shift, none for days off; the days or the first."""

    people: tuple[str, ...] = ()
    unit: int | None = None
    shift: str | None = None
    days: tuple[date, ...] = ()
    since: date | None = None
    by_roster: bool = False

    def __post_init__(self) -> None:
        """Refuse what says no time, or two; the error names the field."""
        if bool(self.days) == (self.since is not None):
            raise ValueError("days, since")
        if self.since is not None and self.shift is None:
            raise ValueError("shift")


@router.command("排班", "安排班次", "排个班", may=MAY, takes_args=True)
def arrange(ctx: Context) -> list[Part]:
    """给人或单位排班，如「排班 张三 夜班 下周一起」"""
    if not ctx.args.strip():
        return [Reply("how", names=list(attendance.open_shift_names(ctx.session)))]
    said = read_roster(ctx.args, attendance.open_shift_names(ctx.session), ctx.now.date())
    if not said.names:
        raise Misunderstood(usage=str(arrange.__doc__))
    if said.unknown_shift is not None:
        raise attendance.ShiftNotFound(asked=said.unknown_shift)
    people = _people(ctx, said.names)
    if said.shift is None and not said.off:
        return [_only_look(ctx, said, people)]
    if said.off and not said.span.days:
        return [Reply("which_days_off", people=people)]
    wanted = _wanted(ctx, said, people)
    if len(people) == 1:
        return _arrange(ctx, wanted)
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="roster",
        arguments=_kept(wanted),
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    return [
        Reply(
            "confirm",
            wanted=wanted,
            times=_times(ctx, wanted),
            proposal=proposal,
            data=to_confirm(proposal),
        )
    ]


def _people(ctx: Context, names: Sequence[str]) -> list[Employee]:
    """Everybody named, those of a unit among them, each once."""
    found: dict[int, Employee] = {}
    for name in names:
        unit = unit_called(ctx, MAY, name)
        if unit is not None:
            found |= {one.id: one for one in _of_unit(ctx, unit.id)}
        else:
            person = person_called(ctx, MAY, name)
            found[person.id] = person
    if not found:
        raise NobodyNamed()
    return list(found.values())


def _of_unit(ctx: Context, unit_id: int) -> Sequence[Employee]:
    return attendance.scheduled_within(
        ctx.session,
        actor=ctx.employee,
        action=MAY,
        at=ctx.now,
        policy=ctx.policy,
        within=staff.belongs_to(unit_id, ctx.now),
        also_without=True,
    )


def _wanted(ctx: Context, said: RosterSaid, people: Sequence[Employee]) -> Wanted:
    """What is meant; of a stretch of days the shift is worked on workdays, where it has any."""
    shift = None if said.shift is None else attendance.open_shift(ctx.session, asked=said.shift)
    days = said.span.days
    if days and said.span.stretch and shift is not None:
        workdays = tuple(day for day in days if ctx.calendar.is_workday(day))
        return Wanted(people, shift, workdays or days, left_out=len(days) - len(workdays or days))
    if days or shift is None:
        return Wanted(people, shift, days)
    since = said.span.since or ctx.now.date() + timedelta(days=1)
    return Wanted(people, shift, since=since, by_roster=said.by_roster)


def _only_look(ctx: Context, said: RosterSaid, people: Sequence[Employee]) -> Reply:
    """Without a shift it is asked which, or somebody's next days are shown."""
    if len(people) > 1 or said.span.days or said.span.since or said.by_roster:
        names = list(attendance.open_shift_names(ctx.session))
        return Reply("which_shift", names=names, people=people)
    return _next_days(ctx, people[0], _coming(ctx.now.date(), LONG))


def _kept(wanted: Wanted) -> dict[str, Any]:
    return {
        "people": [person.id for person in wanted.people],
        "shift": None if wanted.shift is None else wanted.shift.id,
        "days": [day.toordinal() for day in wanted.days],
        "since": None if wanted.since is None else wanted.since.toordinal(),
        "by_roster": wanted.by_roster,
        "left_out": wanted.left_out,
    }


@router.confirmation("roster", may=MAY)
def arrange_confirmed(ctx: Context) -> list[Part]:
    """确认排班"""
    assert ctx.proposal is not None
    kept = ctx.proposal.arguments
    shift = None if kept["shift"] is None else attendance.open_shift(ctx.session, asked=int(kept["shift"]))
    wanted = Wanted(
        [ctx.session.get_one(Employee, one) for one in kept["people"]],
        shift,
        tuple(date.fromordinal(day) for day in kept["days"]),
        None if kept["since"] is None else date.fromordinal(kept["since"]),
        kept["by_roster"],
        kept["left_out"],
    )
    return _arrange(ctx, wanted)


@router.endpoint("POST", "/attendance/roster", may=MAY, body=RosterWanted)
def arrange_by_api(ctx: Context) -> list[Part]:
    """给人排班：从某天起，或者某几天"""
    body: RosterWanted = ctx.body
    found = {one.id: one for one in (person_called(ctx, MAY, account) for account in body.people)}
    if body.unit is not None:
        unit = staff.find_unit_by_id(
            ctx.session, actor=ctx.employee, action=MAY, unit_id=body.unit, policy=ctx.policy
        )
        found |= {one.id: one for one in _of_unit(ctx, unit.id)}
    if not found:
        raise NobodyNamed()
    shift = None if body.shift is None else attendance.open_shift(ctx.session, asked=body.shift)
    people = list(found.values())
    return _arrange(ctx, Wanted(people, shift, body.days, body.since, body.by_roster))


def _arrange(ctx: Context, wanted: Wanted) -> list[Part]:
    done = _do(ctx, wanted)
    values: dict[str, Any] = {
        "wanted": wanted,
        "times": _times(ctx, wanted),
        "by": ctx.employee,
        "done": done,
        "same": len(wanted.people) - len(done.changed),
    }
    data = {
        "changed": [person.wecom_id for person in done.changed],
        "days": list(wanted.days),
        "since": wanted.since,
    }
    if not done.changed:
        return [Reply("nothing_new", **values, data=data)]
    proposals.remember(
        ctx.session,
        actor=ctx.employee,
        kind="roster",
        arguments=done.kept,
        cause=ctx.cause,
        at=ctx.now,
        minutes=ctx.policy.cases.undo_minutes,
    )
    told = [
        Notice(person, "rosters/yours", {**values, "own_days": done.own_days.get(person.id, 0)})
        for person in done.changed
        if person.id != ctx.employee.id
    ]
    return [Reply("arranged", **values, data=data), *told]


def _do(ctx: Context, wanted: Wanted) -> Arranged:
    if wanted.shift is not None and wanted.since is not None:
        return attendance.put_on_shift(
            ctx.session,
            actor=ctx.employee,
            people=wanted.people,
            shift=wanted.shift,
            since=wanted.since,
            at=ctx.now,
            policy=ctx.policy,
            by_roster=wanted.by_roster,
        )
    return attendance.put_on_days(
        ctx.session,
        actor=ctx.employee,
        people=wanted.people,
        days=wanted.days,
        shift=wanted.shift,
        at=ctx.now,
        policy=ctx.policy,
    )


def _times(ctx: Context, wanted: Wanted) -> attendance.ShiftTimes | None:
    """The shift as it is on the first of the days."""
    if wanted.shift is None:
        return None
    first = wanted.since or min(wanted.days, default=ctx.now.date())
    [hours, *_] = attendance.hours_from(ctx.session, wanted.shift, first)
    return attendance.ShiftTimes.of(wanted.shift, hours)


@router.inverse("roster", may=MAY)
def take_back(ctx: Context) -> list[Part]:
    """撤销刚才排的班"""
    assert ctx.undoable is not None
    people = attendance.take_back_arrangement(
        ctx.session, actor=ctx.employee, kept=ctx.undoable.arguments, at=ctx.now, policy=ctx.policy
    )
    told = [
        Notice(one, "rosters/as_before", {"by": ctx.employee}) for one in people if one.id != ctx.employee.id
    ]
    return [Reply("taken_back", people=people), *told]


@router.command("我的班", "我的班次", "我的排班", "我上什么班", "我的班表", may=MINE, takes_args=True)
@router.tap("my_roster", may=MINE)
def mine(ctx: Context) -> Reply:
    """看我这几天上什么班，如「我的班 下周」「我的班 两周」"""
    today = ctx.now.date()
    span, rest = take_span(ctx.args, today)
    days = span.days[:LONG] or _coming(span.since or today, LONG if wants_two_weeks(rest) else DAYS)
    return _next_days(ctx, ctx.employee, days)


@dataclass(frozen=True)
class HowLong:
    """The first day, today without one, and how many."""

    first: date | None = None
    days: int = DAYS


@router.endpoint("GET", "/attendance/my-roster", may=MINE, query=HowLong)
def mine_by_api(ctx: Context) -> Reply:
    """自己这几天上什么班"""
    many = max(1, min(ctx.query.days, attendance.LONGEST_DAYS))
    return _next_days(ctx, ctx.employee, _coming(ctx.query.first or ctx.now.date(), many))


def _coming(first: date, many: int) -> tuple[date, ...]:
    return tuple(first + timedelta(days=n) for n in range(many))


def _next_days(ctx: Context, person: Employee, days: Sequence[date]) -> Reply:
    found = attendance.roster_of(ctx.session, [person.id], days, at=ctx.now, calendar=ctx.calendar)[person.id]
    return Reply(
        "next_days",
        person=person,
        own=person.id == ctx.employee.id,
        has_shift=attendance.has_shift(ctx.session, person.id),
        days=found,
        today=ctx.now.date(),
        data={"days": [_as_data(one) for one in found]},
    )


def _as_data(one: RosterDay) -> Mapping[str, Any]:
    duty = one.duty
    return {
        "day": one.day,
        "shift": None if duty is None else duty.name,
        "starts_at": None if duty is None else duty.starts_at,
        "ends_at": None if duty is None else duty.ends_at,
        "on_leave": one.on_leave,
        "part_leave": one.part_leave,
    }
