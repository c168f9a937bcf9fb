"""排班表: who of a unit works when, in a few words and as a table that the import takes again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from handlers.base import Attachment, Context, Later, Reply, Router
from handlers.parsing import plain_name
from handlers.roster_words import read_table
from jobs.spreadsheet import Sheet, attached
from models import attendance, staff
from models.attendance import RosterDay
from models.staff import Employee, Unit

router = Router(texts="roster_sheet")

MAY = "attendance.see_team"
DAYS = 7


@router.command("排班表", "班表", "值班表", "谁上什么班", may=MAY, takes_args=True)
def show(ctx: Context) -> list[Reply | Later]:
    """看团队的班，如「排班表 二组 下周」"""
    today = ctx.now.date()
    span, rest = read_table(ctx.args, today)
    name = plain_name(rest)
    days = span.days or _from(span.since or today, DAYS)
    if len(days) > attendance.LONGEST_DAYS:
        raise attendance.TooManyDays(days=attendance.LONGEST_DAYS)
    return _show(ctx, _unit(ctx, name) if name else None, days)


@dataclass(frozen=True)
class Stretch:
    """The number of a unit, the first day, and how many: without them it is the team's next week."""

    unit: int | None = None
    first: date | None = None
    days: int = DAYS


@router.endpoint("GET", "/attendance/roster", may=MAY, query=Stretch)
def show_by_api(ctx: Context) -> Reply:
    """团队哪天谁上什么班"""
    query: Stretch = ctx.query
    unit = None
    if query.unit is not None:
        unit = staff.find_unit_by_id(
            ctx.session, actor=ctx.employee, action=MAY, unit_id=query.unit, policy=ctx.policy
        )
    many = max(1, min(query.days, attendance.LONGEST_DAYS))
    days = _from(query.first or ctx.now.date(), many)
    people, found = _everybody(ctx, unit, days)
    data = {
        "people": [
            {
                "account": person.wecom_id,
                "name": person.name,
                "days": [
                    {
                        "day": one.day,
                        "shift": None if one.duty is None else one.duty.name,
                        "on_leave": one.on_leave,
                    }
                    for one in found[person.id]
                ],
            }
            for person in people
        ]
    }
    return Reply("summary", **_summary(unit, people, found, days), data=data)


def _from(first: date, many: int) -> tuple[date, ...]:
    return tuple(first + timedelta(days=n) for n in range(many))


def _unit(ctx: Context, name: str) -> Unit:
    """The unit of that name within reach; of several the first."""
    return staff.find_units(ctx.session, actor=ctx.employee, action=MAY, asked=name, policy=ctx.policy)[0]


def _everybody(
    ctx: Context, unit: Unit | None, days: Sequence[date]
) -> tuple[Sequence[Employee], Mapping[int, Sequence[RosterDay]]]:
    people = attendance.scheduled_within(
        ctx.session,
        actor=ctx.employee,
        action=MAY,
        at=ctx.now,
        policy=ctx.policy,
        within=None if unit is None else staff.belongs_to(unit.id, ctx.now),
    )
    ids = [person.id for person in people]
    return people, attendance.roster_of(ctx.session, ids, days, at=ctx.now, calendar=ctx.calendar)


def _summary(
    unit: Unit | None,
    people: Sequence[Employee],
    found: Mapping[int, Sequence[RosterDay]],
    days: Sequence[date],
) -> dict[str, Any]:
    """Of each day how many work which shift, are on leave, and are off."""
    counts = []
    for number, day in enumerate(days):
        here = [found[person.id][number] for person in people]
        working = Counter(one.duty.name for one in here if one.duty is not None and not one.on_leave)
        leave = sum(one.on_leave for one in here)
        counts.append((day, sorted(working.items()), leave, len(here) - working.total() - leave))
    return {"unit": unit, "people": people, "days": days, "counts": counts}


def _show(ctx: Context, unit: Unit | None, days: Sequence[date]) -> list[Reply | Later]:
    people, found = _everybody(ctx, unit, days)
    reply = Reply("summary", **_summary(unit, people, found, days))
    if not people:
        return [reply]
    arguments = {
        "unit": None if unit is None else unit.id,
        "days": [day.toordinal() for day in days],
    }
    return [reply, Later("roster_sheet", arguments)]


@router.later("roster_sheet", may=MAY)
def sheet(ctx: Context) -> Attachment:
    """One row a person, one column a day, as the import takes it."""
    unit_id = ctx.arguments["unit"]
    unit = None if unit_id is None else ctx.session.get(Unit, unit_id)
    days = [date.fromordinal(one) for one in ctx.arguments["days"]]
    people, found = _everybody(ctx, unit, days)
    words = ctx.words("roster_sheet/words", unit=unit, first=days[0], last=days[-1])
    rows = [
        [person.name, person.wecom_id, *(_cell(one, words) for one in found[person.id])] for person in people
    ]
    head = [*words["head"].split("|"), *(f"{day:%Y-%m-%d}" for day in days)]
    table = Sheet(words["sheet"], head, rows, widths=(10, 14, *(12 for _ in days)), text_only=True)
    return attached(words["file"], [table], at=ctx.now)


def _cell(one: RosterDay, words: Mapping[str, str]) -> str:
    if one.duty is None:
        return words["off"]
    return words["leave"] if one.on_leave else one.duty.name
