"""找人, 电话, 组织, 名单 and 我的权限: people and units within reach, and what of them may be taken out."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.base import Attachment, Context, Part, Reply, Router, to_confirm
from handlers.parsing import Misunderstood, bare, read_export, read_name, sound
from jobs.spreadsheet import Sheet, attached
from models import proposals, secrecy, staff
from models.staff import Employee, Profile, Roster, Unit, UnitCount

router = Router(texts="people")

MOST_UNITS = 25
"""Lines of a tree that a phone still shows well; a longer one is cut at its depth."""
FULL_EXPORT = "export_people"
WIDTH = 18
"""Characters that a column of a list shows."""


@dataclass(frozen=True)
class Searched:
    """What is looked for."""

    q: str


@dataclass(frozen=True)
class Paged:
    """Which page of a list."""

    page: int = 1

    def __post_init__(self) -> None:
        """Pages begin with 1."""
        if not 1 <= self.page <= 100_000:
            raise ValueError("page")


@dataclass(frozen=True)
class ExportRequest:
    """The list of which unit, and whether with full values, for which reason."""

    unit: int
    full: bool = False
    reason: str = ""


@router.command("找人", "查人", "找一下", "查一下", "找同事", may="people.see", takes_args=True)
def find_people(ctx: Context) -> Reply:
    """找同事，如「找人 张三」，拼音、电话尾号也行"""
    asked = read_name(ctx.args)
    if not asked:
        raise Misunderstood(usage=_usage(find_people))
    found = _search(ctx, asked)
    if not found:
        raise staff.PersonNotFound(asked=asked)
    return _found(ctx, asked, found)


@router.endpoint("GET", "/people", may="people.see", query=Searched)
def search_people(ctx: Context) -> Reply:
    """找人：姓名、拼音、账号、工号、电话或尾号"""
    asked = read_name(ctx.query.q)
    found = _search(ctx, asked)
    if not found:
        return Reply("nobody", asked=asked, data={"people": []})
    return _found(ctx, asked, found)


@router.endpoint("GET", "/people/<account>", may="people.see")
def show_person(ctx: Context) -> Reply:
    """看一个人：单位、岗位，电话打码"""
    person = _person(ctx, "people.see", ctx.path["account"])
    return _found(ctx, person.name, [person])


@router.command("电话", "打电话", "查电话", may="people.reveal_phone", takes_args=True)
def show_phone(ctx: Context) -> Reply:
    """看一个人的完整电话，如「电话 张三」"""
    asked = read_name(ctx.args)
    if not asked:
        raise Misunderstood(usage=_usage(show_phone))
    found = _search(ctx, asked, "people.reveal_phone")
    if not found:
        raise staff.PersonNotFound(asked=asked)
    if len(found) > 1:
        return _found(ctx, asked, found)
    return _revealed(ctx, found[0])


@router.tap("phone", may="people.reveal_phone")
def tap_phone(ctx: Context) -> Reply:
    """点卡片看电话"""
    return _revealed(ctx, _person(ctx, "people.reveal_phone", ctx.args))


@router.endpoint("POST", "/people/<account>/phone", may="people.reveal_phone")
def post_phone(ctx: Context) -> Reply:
    """看一个人的完整电话：要打给他才看，每次留痕"""
    return _revealed(ctx, _person(ctx, "people.reveal_phone", ctx.path["account"]))


@router.command("组织", "组织架构", "架构", "部门", may="people.see", takes_args=True)
@router.tap("units", may="people.see")
def show_units(ctx: Context) -> Reply:
    """看我管得到的单位和人数"""
    below = None
    if asked := read_name(ctx.args):
        units = _units(ctx, "people.see", asked)
        if len(units) > 1:
            return _which_unit(asked, units)
        [below] = units
    return _tree(
        ctx, staff.units_in_reach(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, below=below)
    )


@router.endpoint("GET", "/units", may="people.see")
def list_units(ctx: Context) -> Reply:
    """我管得到的单位和人数"""
    return _tree(ctx, staff.units_in_reach(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy))


@router.command("名单", "人员名单", "花名册", "有哪些人", "有谁", may="people.see", takes_args=True)
def show_roster(ctx: Context) -> Sequence[Part]:
    """看一个单位的人，如「名单 城东催收组」"""
    asked = read_name(ctx.args)
    units = _units(ctx, "people.see", asked)
    if len(units) > 1:
        return [_which_unit(asked, units)]
    return _page(ctx, units[0], 1)


@router.tap("roster", may="people.see")
def turn_page(ctx: Context) -> Sequence[Part]:
    """名单的下一页"""
    unit_id, _, page = ctx.args.partition(":")
    if not unit_id.isdecimal() or not page.isdecimal():
        return [Reply("common/stale_key")]
    return _page(ctx, _unit(ctx, "people.see", int(unit_id)), max(int(page), 1))


@router.endpoint("GET", "/units/<int:id>/people", may="people.see", query=Paged)
def list_people(ctx: Context) -> Sequence[Part]:
    """一个单位的名单，每页 20 人，电话打码"""
    return _page(ctx, _unit(ctx, "people.see", ctx.path["id"]), ctx.query.page)


@router.command("我是谁", "我的权限", "我能做什么", "权限")
@router.tap("my_rights")
@router.endpoint("GET", "/me")
def show_my_rights(ctx: Context) -> Reply:
    """看我的岗位、能做什么、管到哪里"""
    [profile] = staff.profiles(ctx.session, [ctx.employee])
    granted = staff.rights_of(ctx.session, actor=ctx.employee, policy=ctx.policy)
    data = {
        **_as_data(profile),
        "posts": _posts(ctx, profile),
        "rights": [
            {"scope": one.scope.name.lower(), "unit": one.unit, "actions": one.actions} for one in granted
        ],
    }
    return Reply("my_rights", me=ctx.employee, posts=_posts(ctx, profile), granted=granted, data=data)


@router.command("导出名单", "导出人员", may="people.export", takes_args=True)
def export_by_word(ctx: Context) -> Sequence[Part]:
    """导出名单（打码），如「导出名单 城东催收组」"""
    asked, full, reason = read_export(ctx.args)
    units = _units(ctx, "people.export", asked)
    if len(units) > 1:
        return [_which_unit(asked, units)]
    return _export(ctx, units[0], full=full, reason=reason)


@router.endpoint("POST", "/people/export", may="people.export", body=ExportRequest)
def post_export(ctx: Context) -> Sequence[Part]:
    """导出名单到聊天里；完整的要写原因，再确认"""
    body: ExportRequest = ctx.body
    unit = _unit(ctx, "people.export", body.unit)
    return _export(ctx, unit, full=body.full, reason=body.reason)


@router.confirmation(FULL_EXPORT, may="people.export_full")
def export_in_full(ctx: Context) -> Sequence[Part]:
    """导出完整名单"""
    assert ctx.proposal is not None
    asked = ctx.proposal.arguments
    sealed = base64.b64decode(asked["reason"]) or None
    reason = secrecy.open_text(ctx.session, ctx.employee.subject, sealed) or ""
    unit = _unit(ctx, "people.export_full", asked["unit"])
    rows = staff.export_people(
        ctx.session, actor=ctx.employee, unit=unit, at=ctx.now, policy=ctx.policy, full=True, reason=reason
    )
    values = {"unit": unit.name, "by": ctx.employee, "at": ctx.now, "reason": reason}
    return [
        Reply("exported_in_full", unit=unit.name, count=len(rows), data={"people": len(rows)}),
        _sheet(ctx, ctx.words("people/full_sheet", **values), rows),
    ]


def _export(ctx: Context, unit: Unit, *, full: bool, reason: str) -> Sequence[Part]:
    me = ctx.employee
    if not full:
        rows = staff.export_people(ctx.session, actor=me, unit=unit, at=ctx.now, policy=ctx.policy)
        return [
            Reply("exported", unit=unit.name, count=len(rows), data={"people": len(rows)}),
            _sheet(ctx, ctx.words("people/masked_sheet", unit=unit.name, by=me, at=ctx.now), rows),
        ]
    staff.require_export(ctx.session, actor=me, unit=unit, full=True, reason=reason, policy=ctx.policy)
    needs_code = proposals.needs_code(ctx.session, actor=me, action="people.export_full", policy=ctx.policy)
    sealed = secrecy.seal(ctx.session, me.subject, reason.strip()) or b""
    minutes = ctx.policy.security.confirm_minutes
    proposal = proposals.propose(
        ctx.session,
        actor=me,
        kind=FULL_EXPORT,
        arguments={"unit": unit.id, "reason": base64.b64encode(sealed).decode()},
        at=ctx.now,
        minutes=minutes,
        needs_code=needs_code,
    )
    count = staff.roster(ctx.session, actor=me, unit=unit, at=ctx.now, policy=ctx.policy).total
    return [
        Reply(
            "confirm_full_export",
            proposal=proposal,
            unit=unit.name,
            count=count,
            reason=reason.strip(),
            minutes=minutes,
            data=to_confirm(proposal),
        )
    ]


def _sheet(ctx: Context, words: Mapping[str, str], rows: Sequence[Sequence[str]]) -> Attachment:
    """The list as a file, which says above the rows who took it out, when and for which reason."""
    notes = [words[name] for name in ("by", "reason") if name in words]
    head = words["head"].split("|")
    sheet = Sheet(words["sheet"], head, rows, notes, widths=[WIDTH] * len(head))
    return attached(words["file"], [sheet], at=ctx.now)


def _usage(handler: Any) -> str:
    """How a command is written: its own line of help."""
    return str(handler.__doc__)


def _search(ctx: Context, asked: str, action: str = "people.see") -> Sequence[Employee]:
    """Whom the words mean; the words people put around a name are left out if nobody is called so."""
    for words in dict.fromkeys((asked, asked.replace(" ", ""), bare(asked))):
        found = staff.search(
            ctx.session,
            actor=ctx.employee,
            asked=words,
            at=ctx.now,
            policy=ctx.policy,
            sound=sound,
            action=action,
        )
        if found:
            return found
    return []


def _person(ctx: Context, action: str, account: str) -> Employee:
    return staff.find_person(
        ctx.session, actor=ctx.employee, action=action, account=account, at=ctx.now, policy=ctx.policy
    )


def _units(ctx: Context, action: str, asked: str) -> Sequence[Unit]:
    return staff.find_units(ctx.session, actor=ctx.employee, action=action, asked=asked, policy=ctx.policy)


def _unit(ctx: Context, action: str, unit_id: int) -> Unit:
    return staff.find_unit_by_id(
        ctx.session, actor=ctx.employee, action=action, unit_id=unit_id, policy=ctx.policy
    )


def _which_unit(asked: str, units: Sequence[Unit]) -> Reply:
    data = {"units": [{"id": unit.id, "name": unit.name} for unit in units]}
    return Reply("which_unit", asked=asked, units=units, data=data)


def _found(ctx: Context, asked: str, found: Sequence[Employee]) -> Reply:
    profiles = staff.profiles(ctx.session, found[: staff.MOST_FOUND])
    data = {"people": [_as_data(profile) for profile in profiles]}
    if len(found) > 1:
        more = len(found) > staff.MOST_FOUND
        return Reply("several", asked=asked, profiles=profiles, more=more, data=data)
    [profile] = profiles
    may_call = bool(profile.phone) and staff.covers_person(
        ctx.session,
        staff.reach(ctx.employee, "people.reveal_phone", ctx.policy.rights),
        ctx.employee,
        profile.person,
        at=ctx.now,
    )
    return Reply("person", profile=profile, posts=_posts(ctx, profile), may_call=may_call, data=data)


def _revealed(ctx: Context, person: Employee) -> Reply:
    phone = staff.reveal_phone(ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy)
    if phone is None:
        return Reply("no_phone", person=person, data={"phone": None})
    return Reply("phone", person=person, phone=phone, data={"phone": phone}, brief=True)


def _tree(ctx: Context, lines: Sequence[UnitCount]) -> Reply:
    depth = max((line.depth for line in lines), default=0)
    shown = lines
    while len(shown) > MOST_UNITS and depth > 0:
        depth -= 1
        shown = [line for line in lines if line.depth <= depth]
    data = {
        "units": [
            {
                "id": line.unit.id,
                "name": line.unit.name,
                "kind": line.unit.kind,
                "parent": line.unit.parent_id,
                "depth": line.depth,
                "people": line.people,
            }
            for line in lines
        ]
    }
    hidden = len(lines) - len(shown[: 2 * MOST_UNITS])
    return Reply("units", lines=shown[: 2 * MOST_UNITS], hidden=hidden, data=data)


def _page(ctx: Context, unit: Unit, page: int) -> Sequence[Part]:
    found: Roster = staff.roster(
        ctx.session, actor=ctx.employee, unit=unit, at=ctx.now, policy=ctx.policy, page=page
    )
    data = {
        "unit": {"id": unit.id, "name": unit.name},
        "page": page,
        "total": found.total,
        "people": [_as_data(profile) for profile in found.people],
    }
    told: list[Part] = [Reply("roster", roster=found, data=data)]
    if found.left:
        told.append(Reply("roster_more", roster=found))
    return told


def _posts(ctx: Context, profile: Profile) -> Sequence[Mapping[str, str]]:
    roles = ctx.policy.rights.roles
    return [
        {"unit": unit, "role": roles[post.role].name, "title": post.title}
        for unit, post in zip(profile.units, profile.person.posts, strict=True)
    ]


def _as_data(profile: Profile) -> Mapping[str, Any]:
    """A person in the JSON API: masked, like everywhere."""
    person = profile.person
    return {
        "account": person.wecom_id,
        "name": person.name,
        "number": person.number,
        "units": profile.units,
        "phone": profile.phone,
        "id_number": profile.id_number,
        "address": profile.address,
    }
