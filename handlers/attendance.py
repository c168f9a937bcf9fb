"""考勤: one's own days and the team's, as answers, and as a monthly sheet whose totals can be traced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from handlers.base import Attachment, Context, Later, Reply, Router
from handlers.meant import person_called, unit_called
from handlers.parsing import Misunderstood, plain_name, wants_table
from handlers.periods import Months, find_months
from jobs.spreadsheet import Cell, Sheet, attached
from models import attendance, staff
from models.attendance import DayStatus, Mark, Overtime, OvertimeKind, Totals, minutes_by_kind
from models.calendar import add_months
from models.staff import Employee, Unit

router = Router(texts="attendance")

MINE = "attendance.check_in"
TEAM = "attendance.see_team"


@router.command("谁没打卡", "今天谁没打卡", "谁没来", "今日考勤", may=TEAM)
@router.tap("team_attendance", may=TEAM)
def who_is_missing(ctx: Context) -> Reply:
    """看今天团队里谁还没打卡"""
    return _team(ctx)


@router.endpoint("GET", "/attendance/team", may=TEAM)
def team_attendance(ctx: Context) -> Reply:
    """今天团队的考勤"""
    return _team(ctx)


def _team(ctx: Context) -> Reply:
    people = attendance.team_today(
        ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    )
    data = {
        "people": [
            {
                "account": one.employee.wecom_id,
                "name": one.employee.name,
                "starts_at": f"{one.starts_at:%H:%M}",
                "checked_in_at": one.check_in.at if one.check_in else None,
                "minutes_late": one.check_in.minutes_late if one.check_in else None,
                "on_leave": one.on_leave,
            }
            for one in people
        ]
    }
    anybody = attendance.people_within(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    extra = attendance.off_but_here(
        ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    )
    return Reply(
        "team",
        people=people,
        extra=extra,
        anybody=bool(anybody),
        day=ctx.now.date(),
        now=ctx.now,
        data=data,
    )


@router.command("我的考勤", "考勤记录", "我这个月考勤", "我的打卡", "打卡记录", may=MINE, takes_args=True)
@router.tap("my_attendance", may=MINE)
def mine(ctx: Context) -> Reply:
    """看自己的考勤，如「我的考勤 三月」"""
    months, _ = find_months(ctx.args, ctx.now.date())
    return _person(ctx, ctx.employee, months)


@dataclass(frozen=True)
class Month:
    """A month as 2026-03 or in words; without one it is this month."""

    month: str = ""


@router.endpoint("GET", "/attendance", may=MINE, query=Month)
def mine_by_api(ctx: Context) -> Reply:
    """自己的考勤"""
    months, _ = find_months(ctx.query.month, ctx.now.date())
    return _person(ctx, ctx.employee, months)


@router.command("考勤", "考勤表", "月考勤", may=TEAM, takes_args=True)
def show(ctx: Context) -> Reply | list[Reply | Later]:
    """看考勤，如「考勤 张三 三月」「考勤表 一组 三月」"""
    months, rest = find_months(ctx.args, ctx.now.date())
    _, rest = wants_table(rest)
    name = plain_name(rest)
    if not name and months is None and ctx.args.strip():
        raise Misunderstood(usage=str(show.__doc__))
    if not name and months is None:
        return _team(ctx)
    if name and (unit := _unit(ctx, name)) is not None:
        return _sheet(ctx, unit, months)
    if name:
        return _person(ctx, person_called(ctx, TEAM, name), months)
    return _sheet(ctx, None, months)


@router.endpoint("GET", "/people/<account>/attendance", may=TEAM, query=Month)
def show_by_api(ctx: Context) -> Reply:
    """一个人的考勤"""
    months, _ = find_months(ctx.query.month, ctx.now.date())
    return _person(ctx, person_called(ctx, TEAM, ctx.path["account"]), months)


def _unit(ctx: Context, name: str) -> Unit | None:
    """The one unit of that very name within reach."""
    return unit_called(ctx, TEAM, name)


def _days(ctx: Context, months: Months | None) -> list[date]:
    """The days of the months so far; without any, of this month."""
    first, count = months or (ctx.now.date().replace(day=1), 1)
    until = min(add_months(first, count) - timedelta(days=1), ctx.now.date())
    return [first + timedelta(days=n) for n in range((until - first).days + 1)]


def _person(ctx: Context, person: Employee, months: Months | None) -> Reply:
    """One person's days, those that want a word first."""
    days = _days(ctx, months)
    found = attendance.day_statuses(
        ctx.session, [person.id], days, at=ctx.now, policy=ctx.policy.checkin, calendar=ctx.calendar
    )
    overtime = _overtime(ctx, found).get(person.id, ())
    totals = Totals.of(found[person.id])
    return Reply(
        "month",
        person=person,
        own=person.id == ctx.employee.id,
        has_shift=attendance.has_shift(ctx.session, person.id),
        days=days,
        today=next((one for one in found[person.id] if one.day == ctx.now.date()), None),
        totals=totals,
        overtime=minutes_by_kind(overtime),
        unpublished=ctx.calendar.unpublished(days[0], days[-1]) if days else None,
        data=_data(totals, overtime),
    )


def _overtime(ctx: Context, found: Mapping[int, Sequence[DayStatus]]) -> Mapping[int, Sequence[Overtime]]:
    return attendance.overtime_of(ctx.session, found, policy=ctx.policy.checkin, calendar=ctx.calendar)


def _data(totals: Totals, overtime: Sequence[Overtime]) -> Mapping[str, Any]:
    return {
        "expected": totals.expected,
        "attended": totals.attended,
        "rate": totals.rate,
        "marks": {mark.value: list(days) for mark, days in totals.by_mark.items()},
        "minutes": {
            name: totals.minutes(name)
            for name in ("minutes_late", "minutes_early", "minutes_worked", "minutes_over", "minutes_leave")
        },
        "overtime": [
            {"day": one.day, "kind": one.kind, "approved": one.approved, "minutes": one.minutes}
            for one in overtime
        ],
        "days": [
            {
                "day": one.day,
                "marks": list(one.marks),
                "in": one.first_in,
                "out": one.last_out,
                "minutes_late": one.minutes_late,
                "minutes_early": one.minutes_early,
                "minutes_worked": one.minutes_worked,
                "minutes_over": one.minutes_over,
            }
            for one in totals.days
        ],
    }


def _sheet(ctx: Context, unit: Unit | None, months: Months | None) -> list[Reply | Later]:
    """How the unit did, in a few words; the sheet a moment later."""
    days = _days(ctx, months)
    people, found = _everybody(ctx, unit, days)
    totals = {person: Totals.of(found[person.id]) for person in people}
    arguments = {
        "unit": None if unit is None else unit.id,
        "first": days[0].isoformat() if days else ctx.now.date().isoformat(),
        "last": days[-1].isoformat() if days else ctx.now.date().isoformat(),
    }
    reply = Reply("unit_month", unit=unit, days=days, totals=totals)
    return [reply, Later("attendance_sheet", arguments)] if people and days else [reply]


def _everybody(
    ctx: Context, unit: Unit | None, days: Sequence[date]
) -> tuple[Sequence[Employee], Mapping[int, Sequence[DayStatus]]]:
    people = attendance.people_within(
        ctx.session,
        actor=ctx.employee,
        at=ctx.now,
        policy=ctx.policy,
        within=None if unit is None else staff.belongs_to(unit.id, ctx.now),
    )
    found = attendance.day_statuses(
        ctx.session,
        [person.id for person in people],
        days,
        at=ctx.now,
        policy=ctx.policy.checkin,
        calendar=ctx.calendar,
    )
    return people, found


SUMS = (
    Mark.LATE,
    Mark.EARLY_LEAVE,
    Mark.HALF_DAY_ABSENT,
    Mark.ABSENT,
    Mark.MISSING_IN,
    Mark.MISSING_OUT,
    Mark.FIELD,
    Mark.LEAVE,
    Mark.PART_LEAVE,
)
"""The columns of the sheet that count days."""


@router.later("attendance_sheet", may=TEAM)
def sheet(ctx: Context) -> Attachment:
    """The month as a file: the totals, and every day that they were made from."""
    unit_id = ctx.arguments["unit"]
    unit = None if unit_id is None else ctx.session.get(Unit, unit_id)
    first, last = (date.fromisoformat(ctx.arguments[end]) for end in ("first", "last"))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    people, found = _everybody(ctx, unit, days)
    overtime = {
        id_: {one.day: one for one in listed if one.approved and one.minutes}
        for id_, listed in _overtime(ctx, found).items()
    }
    words = ctx.words("attendance/sheet_words", unit=unit, first=first, last=last, me=ctx.me, at=ctx.now)
    names = ctx.words("attendance/mark_words")
    return attached(
        words["file"],
        [_totals(people, found, overtime, words, names), _list(people, found, overtime, words, names)],
        at=ctx.now,
    )


def _totals(
    people: Sequence[Employee],
    found: Mapping[int, Sequence[DayStatus]],
    overtime: Mapping[int, Mapping[date, Overtime]],
    words: Mapping[str, str],
    names: Mapping[str, str],
) -> Sheet:
    rows: list[Sequence[Cell]] = []
    for person in people:
        totals = Totals.of(found[person.id])
        counts = [len(totals.days_with(mark)) for mark in SUMS]
        spent = ("minutes_worked", "minutes_over", "minutes_leave")
        kinds = minutes_by_kind(overtime.get(person.id, {}).values())
        rows.append(
            (
                person.number or "",
                person.name,
                totals.expected,
                totals.attended,
                totals.rate,
                totals.minutes("minutes_late"),
                totals.minutes("minutes_early"),
                *counts,
                *(round(totals.minutes(name) / 60, 1) for name in spent),
                *(kinds.get(kind, 0) for kind in OvertimeKind),
            )
        )
    head = [*words["head"].split("|"), *(names[mark] for mark in SUMS), *words["hours"].split("|")]
    notes = [words["note"], words["trace"]]
    return Sheet(words["totals"], head, rows, notes=notes, shares=frozenset({4}), widths=(10, 12))


def _hours(one: DayStatus) -> str:
    if one.duty is None:
        return ""
    return f"{one.duty.name} {one.duty.starts_at:%H:%M}–{one.duty.ends_at:%H:%M}"


def _list(
    people: Sequence[Employee],
    found: Mapping[int, Sequence[DayStatus]],
    overtime: Mapping[int, Mapping[date, Overtime]],
    words: Mapping[str, str],
    names: Mapping[str, str],
) -> Sheet:
    rows: list[Sequence[Cell]] = [
        (
            person.number or "",
            person.name,
            one.day,
            _hours(one),
            "" if one.first_in is None else f"{one.first_in:%H:%M}",
            "" if one.last_out is None else f"{one.last_out:%H:%M}",
            "、".join(names[mark] for mark in one.marks),
            one.minutes_late,
            one.minutes_early,
            one.minutes_worked,
            one.minutes_over,
            one.minutes_leave,
            0 if extra is None else extra.minutes,
            "" if extra is None else names[extra.kind],
        )
        for person in people
        for one in found[person.id]
        for extra in (overtime.get(person.id, {}).get(one.day),)
    ]
    return Sheet(words["days"], words["days_head"].split("|"), rows, widths=(10, 12, 12, 22, 8, 8, 18))
