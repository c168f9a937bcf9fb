"""留痕 and 删除资料: what stands in the evidence trail about somebody, and deleting a person's data."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.base import Context, Reply, Router, to_confirm
from models import proposals, staff
from models.audit import AuditEvent
from models.staff import Employee

router = Router(texts="erasure")

IN_CHAT = 10
IN_API = 50


@router.command("留痕", may="audit.see", takes_args=True)
@router.endpoint("POST", "/people/<account>/trail", may="audit.see")
def trail(ctx: Context) -> Reply:
    """看某人最近的留痕，如「留痕 张三」"""
    asked = ctx.path.get("account", ctx.args)
    people = _people(ctx, "audit.see", asked)
    if len(people) != 1:
        return Reply("trail_of_whom", asked=asked, people=people, data={"events": []})
    [person] = people
    rows = staff.look_at_trail(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy, limit=IN_CHAT
    )
    who = staff.names_of(ctx.session, [name for row in rows for name in (row.actor, row.subject)])
    data = {"events": _as_data(ctx, rows)}
    return Reply("trail", person=person, rows=rows, who=who, names=_names(ctx), data=data)


@dataclass(frozen=True)
class Look:
    """Whose entries to look at: `employee:17`; of everybody if it is empty."""

    subject: str = ""


@router.endpoint("POST", "/audit/looks", may="audit.see", body=Look)
def look(ctx: Context) -> Reply:
    """看最近的留痕，这次查看也记下；人只用编号和掩码后的姓名"""
    if ctx.body.subject:
        people = _people(ctx, "audit.see", ctx.body.subject)
        if len(people) != 1:
            return Reply("trail_of_whom", data={"events": []}, asked=ctx.body.subject, people=people)
        rows = staff.look_at_trail(
            ctx.session, actor=ctx.employee, person=people[0], at=ctx.now, policy=ctx.policy, limit=IN_API
        )
        return Reply("newest", data={"events": _as_data(ctx, rows)}, count=len(rows))
    rows = staff.look_at_newest(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy, limit=IN_API)
    return Reply("newest", data={"events": _as_data(ctx, rows)}, count=len(rows))


def _people(ctx: Context, action: str, asked: str) -> Sequence[Employee]:
    """Whom the words name; nobody if there are none."""
    if not asked:
        return []
    return staff.find_anybody(
        ctx.session, actor=ctx.employee, action=action, asked=asked, at=ctx.now, policy=ctx.policy
    )


def _names(ctx: Context) -> dict[str, str]:
    asked = {f"command.{name}": title for name, title in ctx.titles.items()}
    return {name: action.name for name, action in ctx.policy.rights.actions.items()} | asked


def _as_data(ctx: Context, rows: Sequence[AuditEvent]) -> list[dict[str, object]]:
    who = staff.names_of(ctx.session, [name for row in rows for name in (row.actor, row.subject)])
    return [
        {
            "id": row.id,
            "at": row.at.isoformat(),
            "actor": row.actor,
            "actor_name": who.get(row.actor),
            "action": row.action,
            "subject": row.subject,
            "subject_name": who.get(row.subject or ""),
            "outcome": row.outcome,
            "cause": row.cause,
            "details": row.details,
        }
        for row in rows
    ]


@router.command("删除资料", may="people.erase", takes_args=True)
@router.endpoint("POST", "/people/<account>/erase", may="people.erase")
def propose_erasure(ctx: Context) -> Reply:
    """删除离职人员的资料，如「删除资料 张三」"""
    asked = ctx.path.get("account", ctx.args)
    people = _people(ctx, "people.erase", asked)
    if len(people) != 1:
        return Reply("erase_whom", asked=asked, people=people, data={"proposal": None})
    [person] = people
    staff.check_erasable(ctx.session, person=person, at=ctx.now)
    needs_code = proposals.needs_code(
        ctx.session, actor=ctx.employee, action="people.erase", policy=ctx.policy
    )
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="erase_person",
        arguments={"employee_id": person.id},
        at=ctx.now,
        minutes=ctx.policy.security.confirm_minutes,
        needs_code=needs_code,
    )
    return Reply("confirm_erasure", person=person, proposal=proposal, data=to_confirm(proposal))


@router.confirmation("erase_person", may="people.erase")
def erase(ctx: Context) -> Reply:
    """删除已经确认的人的资料"""
    assert ctx.proposal is not None
    person = ctx.session.get_one(Employee, ctx.proposal.arguments["employee_id"], populate_existing=True)
    staff.erase_person(ctx.session, person=person, at=ctx.now, actor=ctx.employee, policy=ctx.policy)
    return Reply("erased", person=person)
