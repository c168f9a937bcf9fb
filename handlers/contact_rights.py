"""联系权: suspended after a breach, given back by who leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router
from handlers.meant import person_called
from handlers.parsing import Misunderstood, read_name
from jobs.base import CloseCards
from models import contact, staff
from models.staff import Employee

router = Router(texts="contact_rights")


@dataclass(frozen=True)
class WhySuspended:
    """Why somebody may contact no debtor."""

    why: str

    def __post_init__(self) -> None:
        """There is a reason."""
        if not self.why.strip():
            raise ValueError("why")


@router.command("暂停联系权", "停联系权", may="contact.lift", takes_args=True)
def suspend(ctx: Context) -> list[Part]:
    """暂停一个人的联系权：暂停联系权 张三 原因"""
    asked, _, why = read_name(ctx.args).partition(" ")
    if not asked:
        raise Misunderstood(usage=str(suspend.__doc__))
    person = person_called(ctx, "contact.lift", asked)
    if not why.strip():
        return [Reply("why_suspend", person=person)]
    return _suspended(ctx, person, why.strip())


@router.endpoint("POST", "/people/<account>/contact-rights/suspend", may="contact.lift", body=WhySuspended)
def suspend_by_api(ctx: Context) -> list[Part]:
    """暂停一个人的联系权"""
    return _suspended(ctx, person_called(ctx, "contact.lift", ctx.path["account"]), ctx.body.why.strip())


def _suspended(ctx: Context, person: Employee, why: str) -> list[Part]:
    made = contact.suspend_by_hand(
        ctx.session, actor=ctx.employee, employee=person, why=why, at=ctx.now, policy=ctx.policy
    )
    values: dict[str, Any] = {"person": person, "why": made.why}
    told: list[Part] = [Reply("suspended", **values, data={"suspended_since": made.since})]
    if person.id != ctx.employee.id:
        told.append(Notice(person, "contact_rights/yours_are_suspended", values))
    return told


@router.command("恢复联系权", "解除暂停", may="contact.lift", takes_args=True)
def restore(ctx: Context) -> list[Part]:
    """恢复一个人的联系权，如「恢复联系权 张三」"""
    asked = read_name(ctx.args)
    if not asked:
        raise Misunderstood(usage=str(restore.__doc__))
    return _restored(ctx, person_called(ctx, "contact.lift", asked))


@router.tap("restore_contact", may="contact.lift")
def restore_by_card(ctx: Context) -> list[Part]:
    """在卡片上恢复联系权"""
    person = ctx.session.get(Employee, int(ctx.args)) if ctx.args.isdecimal() else None
    if person is None:
        return [Reply("common/stale_key")]
    staff.with_posts(ctx.session, [person], at=ctx.now)
    return _restored(ctx, person)


@router.endpoint("POST", "/people/<account>/contact-rights/restore", may="contact.lift")
def restore_by_api(ctx: Context) -> list[Part]:
    """恢复一个人的联系权"""
    return _restored(ctx, person_called(ctx, "contact.lift", ctx.path["account"]))


def _restored(ctx: Context, person: Employee) -> list[Part]:
    contact.lift_suspension(ctx.session, actor=ctx.employee, employee=person, at=ctx.now, policy=ctx.policy)
    return [
        CloseCards(f"suspension:{person.id}", "contact_rights/restored_card"),
        Reply("restored", person=person),
        Notice(person, "contact_rights/yours_are_back", {"by": ctx.employee}),
    ]


@router.command("联系权", "谁停了联系权", may="contact.lift")
@router.endpoint("GET", "/contact-suspensions", may="contact.lift")
def list_suspended(ctx: Context) -> Reply:
    """看谁的联系权停着"""
    found = contact.suspended(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    lines: list[Mapping[str, Any]] = [
        {"account": person.wecom_id, "name": person.name, "since": one.since, "why": one.why}
        for one, person in found
    ]
    return Reply("list", lines=lines, data={"suspended": lines})
