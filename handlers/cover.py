"""请假 and 代班: an employee's own leave, and who sees to somebody's work meanwhile."""

import re
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

from handlers.asked import asked
from handlers.attendance_words import LeaveSaid, first_name, is_cover, kind_of_word, read_leave
from handlers.base import CloseCards, Context, Notice, Part, Reply, Router, to_confirm
from handlers.casewords import take_case
from handlers.meant import argument_of, ask_for_words, keep_for_undo, person_called
from handlers.parsing import read_cover
from jobs.handover import ask, told_of_return, withdrawn
from models import attendance, handover, lifecycle, proposals, staff
from models.attendance import Asked, AskedState, LeaveKind, LeavePart, RequestSettled
from models.handover import Cause, ItemState
from models.staff import Employee

router = Router(texts="cover")

OWN = "attendance.check_in"
PARTS = (None, LeavePart.MORNING, LeavePart.AFTERNOON)
BUTTONS = (LeaveKind.ANNUAL, LeaveKind.SICK, LeaveKind.PERSONAL, LeaveKind.COMPENSATORY, LeaveKind.OTHER)
"""The kinds of leave that have a button; the others are typed."""

STAND_INS = 5
"""So many who could stand in have a button; the others are typed."""

router.saying("cover_leave", "安排代班", "{cases} {words}", "安排代班 {cases} {words}?")
router.saying("leave_kind", "请假", "{cases} {words}", "请假 {cases} {words}?")


@dataclass(frozen=True)
class LeaveRequest:
    """The first and the last day of a leave, and the account of who sees to the work meanwhile."""

    cover: str
    first: date
    last: date


@dataclass(frozen=True)
class OwnLeave:
    """From which to which day, half a day or hours of one, which kind, and why."""

    first: date
    last: date
    kind: LeaveKind
    reason: str
    part: LeavePart | None = None
    begins: str = ""
    ends: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no time of day; the error names the field."""
        for name, value in (("begins", self.begins), ("ends", self.ends)):
            try:
                time.fromisoformat(value or "00:00")
            except ValueError:
                raise ValueError(name) from None
        if bool(self.begins) != bool(self.ends):
            raise ValueError("ends")


@router.command("请假", "休假", "我要请假", "请个假", "请事假", "请病假", "请年假", may=OWN, takes_args=True)
def leave(ctx: Context) -> list[Part]:
    """请假，如「请假 明天下午 看病」"""
    if is_cover(ctx.args, ctx.now.date()) or _names_another(ctx):
        return [_propose(ctx)]
    kept = _KEPT.match(ctx.args)
    said = read_leave(ctx.args if kept is None else ctx.args[kept.end() :], ctx.now.date())
    if kept is not None:
        said = _opened(ctx, kept, said)
    elif said.kind is None and ctx.message is not None:
        said = replace(said, kind=kind_of_word(ctx.message.text))
    if said.first is None:
        return [
            Reply(
                "leave/when",
                covers=staff.may(staff.roles_of(ctx.employee), "people.cover", ctx.policy.rights),
            )
        ]
    return _own(ctx, said)


@router.tap("leave_when", may=OWN)
def choose_when(ctx: Context) -> list[Part]:
    """点选什么时候请假"""
    days, _, part = ctx.args.partition(".")
    if not days.isdecimal() or part not in ("day", *LeavePart):
        return [Reply("common/stale_key")]
    day = ctx.now.date() + timedelta(days=int(days))
    return _own(ctx, LeaveSaid(day, day, LeavePart(part) if part in set(LeavePart) else None))


@router.endpoint("POST", "/attendance/leave", may=OWN, body=OwnLeave, success=201)
def post_own_leave(ctx: Context) -> list[Part]:
    """自己请假"""
    body: OwnLeave = ctx.body
    hours = (time.fromisoformat(body.begins), time.fromisoformat(body.ends)) if body.begins else None
    said = LeaveSaid(body.first, body.last, body.part, hours, 0, body.kind, body.reason)
    return _ask_leave(ctx, said, body.kind)


_KEPT = re.compile(r"^(\d{8})(\d{8})([012])(\d{4})(\d{4})(?:\s+|$)")
"""A leave as one number while its kind is asked for: first and last day, part, hours."""


def _names_another(ctx: Context) -> bool:
    """Whether a leader means somebody else, without saying who stands in."""
    name = first_name(ctx.args, ctx.now.date())
    if not name or not staff.may(staff.roles_of(ctx.employee), "people.cover", ctx.policy.rights):
        return False
    found = staff.find_by_name_or_account(ctx.session, name, at=ctx.now)
    return any(one.id != ctx.employee.id for one in found)


def _opened(ctx: Context, kept: re.Match[str], said: LeaveSaid) -> LeaveSaid:
    first, last = (date(int(day[:4]), int(day[4:6]), int(day[6:])) for day in (kept[1], kept[2]))
    begin, end = (time(int(clock[:2]), int(clock[2:])) for clock in (kept[4], kept[5]))
    hours = (begin, end) if begin != end else None
    return replace(
        said, first=first, last=last, part=said.part or PARTS[int(kept[3])], hours=hours, workdays=0
    )


def _own(ctx: Context, said: LeaveSaid) -> list[Part]:
    """Ask for the kind if nothing says it; else for the leave."""
    assert said.first is not None
    last = said.last or said.first
    if said.workdays:
        last, left = said.first, said.workdays - 1
        while left > 0 and (last - said.first).days < 365:
            last += timedelta(days=1)
            left -= ctx.calendar.is_workday(last)
    said = replace(said, last=last)
    if said.half:
        return _ask_half(ctx, said)
    names = ctx.words("leave/kind_names")
    if said.kind is not None:
        return _ask_leave(ctx, replace(said, words=said.words or names[said.kind]), said.kind)
    if said.words:
        return _ask_leave(ctx, said, LeaveKind.PERSONAL)
    choices = tuple(names[kind] for kind in BUTTONS)
    proposal = ask_for_words(ctx, "leave_kind", number=_kept(said), choices=choices)
    values: dict[str, Any] = {"first": said.first, "last": last, "part": said.part, "hours": said.hours}
    return [Reply("leave/which_kind", **values, names=choices, proposal=proposal)]


def _ask_half(ctx: Context, said: LeaveSaid) -> list[Part]:
    """Ask which half of the day; the rest of what was said is in each choice."""
    kinds, halves = ctx.words("leave/kind_names"), ctx.words("leave/half_names")
    more = [*([kinds[said.kind]] if said.kind is not None else []), *([said.words] if said.words else [])]
    choices = tuple(" ".join((halves[part], *more)) for part in LeavePart)
    proposal = ask_for_words(ctx, "leave_kind", number=_kept(said), choices=choices)
    return [Reply("leave/which_half", day=said.first, names=choices, proposal=proposal)]


def _kept(said: LeaveSaid) -> int:
    """A leave as one number (`_KEPT`)."""
    begin, end = said.hours or (time(), time())
    days = f"{said.first:%Y%m%d}{said.last:%Y%m%d}"
    return int(f"{days}{PARTS.index(said.part)}{begin:%H%M}{end:%H%M}")


def _ask_leave(ctx: Context, said: LeaveSaid, kind: LeaveKind) -> list[Part]:
    assert said.first is not None
    view = attendance.ask_leave(
        ctx.session,
        actor=ctx.employee,
        first=said.first,
        last=said.last or said.first,
        kind=kind,
        words=said.words,
        part=said.part,
        hours=said.hours,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    return asked(ctx, view)


@router.command("代班", may="people.cover", takes_args=True)
def propose(ctx: Context) -> Reply:
    """安排代班：代班 李四 3月9日 到 3月13日 给 王五"""
    return _propose(ctx)


def _propose(ctx: Context) -> Reply:
    names, days = read_cover(ctx.args, ctx.now.date())
    if len(names) != 2 or not days:
        return Reply("how_to_cover")
    person = person_called(ctx, "people.cover", names[0])
    cover = person_called(ctx, "people.cover", names[1])
    return _preview(ctx, person, cover, days[0], days[-1])


@router.command("安排代班", may="people.cover", takes_args=True)
@router.tap("cover_leave", may="people.cover")
def cover_leave(ctx: Context) -> Reply:
    """按批了的请假安排代班，如「安排代班 3 王五」"""
    number, name = take_case(ctx.args)
    if number is None:
        return Reply("how_to_cover")
    view = attendance.request_within(
        ctx.session,
        actor=ctx.employee,
        request_id=number,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    request = view.request
    if view.kind is not Asked.LEAVE or request.state != AskedState.APPROVED:
        raise RequestSettled(state=request.state, kind=request.kind)
    first = max(request.day, ctx.now.date())
    if name:
        return _preview(ctx, view.person, person_called(ctx, "people.cover", name), first, view.last_day)
    found = lifecycle.stand_ins(
        ctx.session,
        actor=ctx.employee,
        employee=view.person,
        first=first,
        last=view.last_day,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    ids = [one.id for one in found]
    away = attendance.away_between(ctx.session, ids, request.begins_at, request.ends_at)
    people = [one for one in found if one.id not in away and one.id != ctx.employee.id][:STAND_INS]
    choices = [one.wecom_id for one in people]
    proposal = ask_for_words(ctx, "cover_leave", number=number, choices=choices)
    return Reply("who_covers", v=view, first=first, people=people, proposal=proposal)


@router.endpoint("POST", "/people/<account>/leave", may="people.cover", body=LeaveRequest)
def post_leave(ctx: Context) -> Reply:
    """安排代班：先得到 proposal，确认后才算"""
    body: LeaveRequest = ctx.body
    person = person_called(ctx, "people.cover", ctx.path["account"])
    cover = person_called(ctx, "people.cover", body.cover)
    return _preview(ctx, person, cover, body.first, body.last)


def _preview(ctx: Context, person: Employee, cover: Employee, first: date, last: date) -> Reply:
    lifecycle.require_cover(
        ctx.session, actor=ctx.employee, employee=person, cover=cover, at=ctx.now, policy=ctx.policy
    )
    leave = lifecycle.read_leave(first=first, last=last, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar)
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="cover",
        arguments={
            "person": person.id,
            "cover": cover.id,
            "first": first.isoformat(),
            "last": last.isoformat(),
        },
        at=ctx.now,
        minutes=ctx.policy.people.confirm_minutes,
    )
    items = handover.open_items(ctx.session, person.id, ctx.now)
    return Reply(
        "preview",
        proposal=proposal,
        person=person,
        stand_in=cover,
        first=first,
        last=last,
        leave=leave,
        counts=lifecycle.counted(items),
        minutes=ctx.policy.cases.undo_minutes,
        unpublished=ctx.calendar.unpublished(first, last),
        data=to_confirm(proposal),
    )


@router.confirmation("cover", may="people.cover")
def arrange(ctx: Context) -> list[Part]:
    """确认代班"""
    assert ctx.proposal is not None
    arguments = ctx.proposal.arguments
    person = ctx.session.get_one(Employee, arguments["person"])
    cover = ctx.session.get_one(Employee, arguments["cover"])
    one = lifecycle.arrange_cover(
        ctx.session,
        actor=ctx.employee,
        employee=person,
        cover=cover,
        first=date.fromisoformat(arguments["first"]),
        last=date.fromisoformat(arguments["last"]),
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    lines = handover.lines(ctx.session, one.id)
    values: dict[str, Any] = {"person": person, "stand_in": cover, "handover": one, "lines": len(lines)}
    keep_for_undo(ctx, "cover", person=person.id)
    told: list[Part] = []
    if person.id != ctx.employee.id:
        told.append(Notice(person, "cover/you_are_covered", values))
    asked = [row for row in lines if row.state == ItemState.PROPOSED and row.to_id == cover.id]
    if not asked and cover.id != ctx.employee.id:
        told.append(Notice(cover, "cover/you_will_cover", values))
    return [Reply("arranged", **values), *told, *ask(ctx.session, lines, ctx.now)]


@router.command("销假", "取消代班", "取消请假", may=OWN, takes_args=True)
def come_back(ctx: Context) -> list[Part]:
    """不请了或提前回来：「销假」，或「销假 李四」"""
    mine = None if ctx.args else attendance.own_leave_now(ctx.session, actor=ctx.employee, at=ctx.now)
    if mine is None:
        return _end_named(ctx)
    view = attendance.withdraw(
        ctx.session,
        actor=ctx.employee,
        request_id=mine.id,
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    told: list[Part] = [
        CloseCards(view.request.about, "attendance_requests/withdrawn_button"),
        Reply("attendance_requests/withdrawn", v=view),
    ]
    if view.decider is not None:
        told.append(Notice(view.decider, "attendance_requests/withdrawn_notice", {"v": view}))
    return told


@router.endpoint("DELETE", "/people/<account>/leave", may="people.cover")
def end(ctx: Context) -> list[Part]:
    """提前结束一个人的假"""
    return _end_named(ctx)


def _end_named(ctx: Context) -> list[Part]:
    return _end(
        ctx, person_called(ctx, "people.cover", ctx.path.get("account", ctx.args) or ctx.employee.wecom_id)
    )


@router.inverse("cover", may="people.cover")
def take_back(ctx: Context) -> list[Part]:
    """撤销代班"""
    return _end(ctx, ctx.session.get_one(Employee, argument_of(ctx, "person")))


def _end(ctx: Context, person: Employee) -> list[Part]:
    before = handover.open_handover_of(ctx.session, employee_id=person.id, cause=Cause.LEAVE)
    had_begun = before is not None and before.begun_at is not None
    one, carried = lifecycle.end_cover(
        ctx.session, actor=ctx.employee, employee=person, at=ctx.now, policy=ctx.policy
    )
    reply = Reply("ended", person=person, returned=len(carried.returned), had_begun=had_begun)
    if had_begun:
        told = told_of_return(ctx.session, one, carried)
        return [reply, *[notice for notice in told if notice.to.id != ctx.employee.id]]
    asked = [] if one.cover_id is None else [one.cover_id]
    return [reply, *withdrawn(ctx.session, one, [id_ for id_ in asked if id_ != ctx.employee.id])]
