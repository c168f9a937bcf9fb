"""停止联系, 同意时段, 计划上门, 联系规则: what stands about a debtor, and what is still possible today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from handlers.base import Context, Notice, Part, Reply, Router
from handlers.casewords import code_of, take_case
from handlers.meant import the_case
from handlers.parsing import Misunderstood, read_evidence, take_days, take_hours, take_time
from jobs.case_cards import close_case_cards
from models import cases, contact
from models.cases import Case, FollowUpState
from models.staff import Employee

router = Router(texts="contact")


@dataclass(frozen=True)
class Stop:
    """Why a debtor is not to be contacted any more: a code, and free words."""

    why: str
    words: str = ""


@dataclass(frozen=True)
class Agreed:
    """The hours a debtor has agreed to, up to and with a day, and what proves it."""

    begin: time
    end: time
    until: date
    evidence: str


@dataclass(frozen=True)
class Visit:
    """When somebody is to be visited, and what about."""

    due_at: datetime
    words: str = ""


# --- what stands about a debtor ------------------------------------------------------------------------


@router.command("停止联系", "不要再联系", "别再联系", may="cases.see", takes_args=True)
def stop(ctx: Context) -> list[Part]:
    """本人要求停止联系，如「停止联系 1024 本人要求」"""
    number, words = take_case(ctx.args)
    if number is None:
        raise Misunderstood(usage=str(stop.__doc__))
    case = the_case(ctx, "cases.see", number)
    why = code_of(words, ctx.policy.contact.stop_reasons)
    if not words:
        reasons = {code: names[0] for code, names in ctx.policy.contact.stop_reasons.items()}
        return [Reply("why_stop", number=case.id, reasons=reasons)]
    return _stop(ctx, case, why or "other", words)


@router.tap("stop_contact", may="cases.see")
def choose_reason(ctx: Context) -> list[Part]:
    """点选为什么停止联系"""
    number, _, why = ctx.args.partition(".")
    case = the_case(ctx, "cases.see", number)
    if why not in ctx.policy.contact.stop_reasons:
        return [Reply("common/stale_key")]
    return _stop(ctx, case, why, "")


@router.endpoint("POST", "/cases/<int:number>/stop-contact", may="cases.see", body=Stop)
def stop_by_api(ctx: Context) -> list[Part]:
    """停止联系一位债务人，马上生效，只有合规能解除"""
    body: Stop = ctx.body
    why = body.why if body.why in ctx.policy.contact.stop_reasons else "other"
    return _stop(ctx, the_case(ctx, "cases.see", ctx.path["number"]), why, body.words)


def _stop(ctx: Context, case: Case, why: str, words: str) -> list[Part]:
    debtor = cases.stop_contact(
        ctx.session, actor=ctx.employee, case=case, why=why, words=words, at=ctx.now, policy=ctx.policy
    )
    reason = ctx.policy.contact.stop_reasons[debtor.stopped_why][0]
    values: dict[str, Any] = {"number": case.id, "name": debtor.name_mask, "reason": reason}
    told = {**values, "person": ctx.employee}
    data = {"stopped_at": debtor.stopped_at, "why": debtor.stopped_why}
    return [
        *close_case_cards([case.id]),
        Reply("stopped", data=data, **values),
        *_unless_me(ctx, Notice(_owner(ctx, case), "contact/somebody_stopped", told)),
    ]


@router.command("解除停止", "解除停止联系", may="contact.rules", takes_args=True)
def lift(ctx: Context) -> list[Part]:
    """合规解除停止联系，如「解除停止 1024 已核实」"""
    number, words = take_case(ctx.args)
    if number is None:
        raise Misunderstood(usage=str(lift.__doc__))
    return _lifted(ctx, the_case(ctx, "contact.rules", number), words)


@router.endpoint("DELETE", "/cases/<int:number>/stop-contact", may="contact.rules")
def lift_by_api(ctx: Context) -> list[Part]:
    """解除停止联系"""
    return _lifted(ctx, the_case(ctx, "contact.rules", ctx.path["number"]), "")


def _lifted(ctx: Context, case: Case, words: str) -> list[Part]:
    debtor = cases.lift_stop(
        ctx.session, actor=ctx.employee, case=case, words=words, at=ctx.now, policy=ctx.policy
    )
    values: dict[str, Any] = {"number": case.id, "name": debtor.name_mask}
    told = {**values, "person": ctx.employee}
    return [
        *close_case_cards([case.id]),
        Reply("lifted", **values),
        *_unless_me(ctx, Notice(_owner(ctx, case), "contact/somebody_lifted", told)),
    ]


@router.command("同意时段", "登记同意", may="cases.work", takes_args=True)
def agree(ctx: Context) -> Reply:
    """登记本人同意的其他联系时段"""
    number, rest = take_case(ctx.args)
    hours, rest = take_hours(rest)
    days, rest = take_days(rest, ctx.now.date())
    if number is None or hours is None or not days:
        return Reply("how_to_agree", number=number or 1024)
    case = the_case(ctx, "cases.work", number)
    return _agreed(ctx, case, Agreed(*hours, days[-1], read_evidence(rest)))


@router.endpoint("POST", "/cases/<int:number>/consents", may="cases.work", body=Agreed, success=201)
def agree_by_api(ctx: Context) -> Reply:
    """登记本人同意的其他联系时段"""
    return _agreed(ctx, the_case(ctx, "cases.work", ctx.path["number"]), ctx.body)


def _agreed(ctx: Context, case: Case, said: Agreed) -> Reply:
    until = datetime.combine(said.until, time(), tzinfo=ctx.now.tzinfo) + timedelta(days=1)
    made = cases.agree_hours(
        ctx.session,
        actor=ctx.employee,
        case=case,
        begin=said.begin,
        end=said.end,
        expires_at=until,
        evidence=said.evidence,
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply(
        "agreed",
        number=case.id,
        consent=made,
        evidence=said.evidence,
        until=said.until,
        data={"consent": made.id},
    )


@router.command("撤回同意", "取消同意时段", may="cases.see", takes_args=True)
def withdraw(ctx: Context) -> Reply:
    """本人撤回同意的时段，如「撤回同意 1024」"""
    number, _ = take_case(ctx.args)
    if number is None:
        raise Misunderstood(usage=str(withdraw.__doc__))
    return _withdrawn(ctx, the_case(ctx, "cases.see", number))


@router.endpoint("DELETE", "/cases/<int:number>/consents", may="cases.see")
def withdraw_by_api(ctx: Context) -> Reply:
    """本人撤回全部同意，马上生效"""
    return _withdrawn(ctx, the_case(ctx, "cases.see", ctx.path["number"]))


def _withdrawn(ctx: Context, case: Case) -> Reply:
    count = cases.withdraw_hours(ctx.session, actor=ctx.employee, case=case, at=ctx.now, policy=ctx.policy)
    return Reply("withdrawn", number=case.id, count=count)


# --- visits --------------------------------------------------------------------------------------------


@router.command("计划上门", "约上门", "上门", may="cases.work", takes_args=True)
def plan_visit(ctx: Context) -> Reply:
    """定上门的时间，如「计划上门 1024 明天下午3点 谈分期」"""
    number, due_at, words = _moment(ctx, str(plan_visit.__doc__))
    return _planned(ctx, the_case(ctx, "cases.work", number), due_at, words)


@router.endpoint("POST", "/cases/<int:number>/visits", may="cases.work", body=Visit, success=201)
def plan_visit_by_api(ctx: Context) -> Reply:
    """定上门的时间，先过联系规则"""
    return _planned(ctx, the_case(ctx, "cases.work", ctx.path["number"]), ctx.body.due_at, ctx.body.words)


def _planned(ctx: Context, case: Case, due_at: datetime, words: str) -> Reply:
    planned = cases.plan_visit(
        ctx.session, actor=ctx.employee, case=case, due_at=due_at, words=words, at=ctx.now, policy=ctx.policy
    )
    if planned.state != FollowUpState.OPEN:
        return Reply("case_notes/stopped_instead", number=case.id)
    return Reply("visit_planned", number=case.id, due_at=planned.due_at, data={"follow_up": planned.id})


@router.command("放行上门", may="contact.lift", takes_args=True)
def allow_visit(ctx: Context) -> Reply:
    """主管放行一次上门，如「放行上门 1024 明天15点」"""
    number, due_at, _ = _moment(ctx, str(allow_visit.__doc__))
    return _allowed(ctx, the_case(ctx, "contact.lift", number), due_at)


@router.endpoint("POST", "/cases/<int:number>/visits/lift", may="contact.lift", body=Visit, success=201)
def allow_visit_by_api(ctx: Context) -> Reply:
    """主管放行一次上门：次数上限可以放行，时间和停止联系不能"""
    return _allowed(ctx, the_case(ctx, "contact.lift", ctx.path["number"]), ctx.body.due_at)


def _allowed(ctx: Context, case: Case, due_at: datetime) -> Reply:
    planned = cases.lift_visit(
        ctx.session, actor=ctx.employee, case=case, due_at=due_at, at=ctx.now, policy=ctx.policy
    )
    return Reply("visit_allowed", number=case.id, due_at=planned.due_at, data={"follow_up": planned.id})


# --- what is still possible ----------------------------------------------------------------------------


@router.command("联系规则", "还能打吗", "能不能打", may="cases.see", takes_args=True)
@router.tap("contact_rules", may="cases.see")
def show_rules(ctx: Context) -> Reply:
    """看今天还能怎么联系，如「联系规则 1024」"""
    number, _ = take_case(ctx.args)
    if number is None:
        raise Misunderstood(usage=str(show_rules.__doc__))
    return _rules(ctx, the_case(ctx, "cases.see", number))


@router.endpoint("GET", "/cases/<int:number>/contact-rules", may="cases.see")
def get_rules(ctx: Context) -> Reply:
    """一个案件用哪个规则包，今天还能联系几次，什么时候可以"""
    return _rules(ctx, the_case(ctx, "cases.see", ctx.path["number"]))


def _rules(ctx: Context, case: Case) -> Reply:
    debtor = ctx.session.get_one(contact.Debtor, case.debtor_id)
    left = contact.allowance(
        ctx.session, debtor=debtor, actor=ctx.employee, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
    )
    consents = contact.consents_of(ctx.session, debtor, ctx.now)
    decision = left.decision
    version = left.pack.on(ctx.now.date())
    data: Mapping[str, Any] = {
        "pack": decision.pack,
        "allowed": decision.allowed,
        "rules": list(decision.rules),
        "warnings": list(decision.warnings),
        "next_at": decision.next_at,
        "calls": {"made": left.calls, "most": left.calls_most},
        "texts": {"made": left.texts, "most": left.texts_most},
        "visits": {"made": left.visits, "most": left.visits_most},
        "lost_contact_at": debtor.lost_contact_at,
        "consents": [
            {"begin": f"{one.from_hour:%H:%M}", "end": f"{one.to_hour:%H:%M}", "until": one.expires_at}
            for one in consents
        ],
    }
    return Reply(
        "possible",
        number=case.id,
        debtor=debtor,
        left=left,
        decision=decision,
        hours=version.hours,
        consents=consents,
        now=ctx.now,
        data=data,
    )


def _owner(ctx: Context, case: Case) -> Employee:
    return ctx.session.get_one(Employee, case.owner_id)


def _unless_me(ctx: Context, notice: Notice) -> list[Part]:
    """Nobody is told of what they did themselves."""
    return [notice] if notice.to.id != ctx.employee.id else []


def _moment(ctx: Context, usage: str) -> tuple[int, datetime, str]:
    """The case, the moment and what it is about, of 「1024 明天下午3点 谈分期」."""
    number, rest = take_case(ctx.args)
    days, rest = take_days(rest, ctx.now.date())
    hour, words = take_time(rest)
    if number is None or hour is None:
        raise Misunderstood(usage=usage)
    day = days[0] if days else ctx.now.date()
    return number, datetime.combine(day, hour, tzinfo=ctx.now.tzinfo), words.strip()
