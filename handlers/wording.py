"""话术待审, 话术统计, 检查话术, 放行话术: what must not be said, who judges it, how good the rules are."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from handlers.base import CloseCards, Context, Notice, Part, Reply, Router
from handlers.parsing import read_reason
from handlers.periods import find_months
from jobs.wording import about_text, told_values
from models import cases, staff, wording
from models.wording import Decision, Flagged, Mode, WordingAllowance

router = Router(texts="wording")

PAGE = 5
"""A card takes six buttons; the last one leads on."""


@dataclass(frozen=True)
class Verdict:
    """What is to be thought of the hits of a text, or of one of them."""

    decision: Decision
    hit: int | None = None


@dataclass(frozen=True)
class Draft:
    """A text that somebody is about to send."""

    text: str


@dataclass(frozen=True)
class Entry:
    """Words to let pass for a rule, and why."""

    rule: str
    words: str
    reason: str


@dataclass(frozen=True)
class Period:
    """From a day to another, both counted; the last 30 days if none is named."""

    first: date | None = None
    last: date | None = None


# --- what waits for a review -----------------------------------------------------------------------------


@router.command("话术待审", "待审话术", "话术审核", may="wording.review")
@router.tap("wording_list", may="wording.review")
@router.endpoint("GET", "/wording/texts", may="wording.review")
def list_waiting(ctx: Context) -> Reply:
    """看组里待审的话术"""
    found = wording.to_review(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    start = int(ctx.args) if ctx.args.isdecimal() else 0
    shown = found[start : start + PAGE]
    following = start + PAGE
    return Reply(
        "waiting",
        found=[told_values(one, ctx.policy.wording) for one in shown],
        total=len(found),
        start=start,
        following=following if following < len(found) else None,
        data={"texts": [_line(ctx, one) for one in found]},
    )


def _line(ctx: Context, one: Flagged) -> dict[str, Any]:
    return {
        "id": one.text.id,
        "about": one.text.about,
        "author": one.author.wecom_id,
        "name": one.author.name,
        "at": one.text.at,
        "due_at": wording.due_at(one.text, ctx.policy, ctx.calendar),
        "words": one.words,
        "version": one.text.version,
        "hits": [
            {
                "id": hit.id,
                "rule": hit.code,
                "severity": hit.severity,
                "start": hit.begins,
                "end": hit.ends,
                "quoted": hit.quoted,
                "decision": hit.decision,
            }
            for hit in one.hits
        ],
    }


@router.tap("wording_text", may="wording.review")
@router.endpoint("GET", "/wording/texts/<int:id>", may="wording.review")
def show_text(ctx: Context) -> Reply:
    """看一条待审的话"""
    found = _found(ctx, ctx.path.get("id", ctx.args))
    return Reply("one", data={"text": _line(ctx, found)}, **told_values(found, ctx.policy.wording))


def _found(ctx: Context, asked: int | str) -> Flagged:
    id_ = int(asked) if str(asked).isdecimal() else 0
    return wording.find_text(ctx.session, actor=ctx.employee, id_=id_, at=ctx.now, policy=ctx.policy)


@router.tap("wording_review", may="wording.review")
def decide(ctx: Context) -> list[Part]:
    """点选属实、误报或需要培训"""
    number, _, said = ctx.args.partition(".")
    if not number.isdecimal() or said not in set(Decision):
        return [Reply("common/stale_key")]
    return _decide(ctx, int(number), Decision(said), None)


@router.endpoint("POST", "/wording/texts/<int:id>/review", may="wording.review", body=Verdict)
def post_review(ctx: Context) -> list[Part]:
    """给一条话术下结论，写 hit 就只是其中一处"""
    body: Verdict = ctx.body
    return _decide(ctx, ctx.path["id"], body.decision, body.hit)


def _decide(ctx: Context, id_: int, decision: Decision, hit: int | None) -> list[Part]:
    done = wording.review(
        ctx.session,
        actor=ctx.employee,
        id_=id_,
        decision=decision,
        at=ctx.now,
        policy=ctx.policy,
        hit_id=hit,
    )
    values = {
        **told_values(done.flagged, ctx.policy.wording),
        "decision": decision,
        "suspended": done.suspended,
        "lesson": done.lesson,
    }
    may_allow = staff.may(staff.roles_of(ctx.employee), wording.ALLOW, ctx.policy.rights)
    told: list[Part] = [
        Reply(
            "reviewed",
            may_allow=may_allow,
            data={"text": id_, "hits": [one.id for one in done.hits], "suspended": done.suspended},
            **values,
        )
    ]
    if done.suspended:
        told.append(Notice(done.flagged.author, "wording/rights_taken", values))
    if not done.flagged.open:
        told.append(CloseCards(about_text(id_), "wording/reviewed_button", values))
    return told


# --- before something is sent ----------------------------------------------------------------------------


@router.command("检查话术", "话术检查", takes_args=True)
def check(ctx: Context) -> Reply:
    """发之前先看能不能这么说，如「检查话术 …」"""
    return _check(ctx, ctx.args) if ctx.args else Reply("how_to_check")


@router.endpoint("POST", "/wording/check", body=Draft)
def post_check(ctx: Context) -> Reply:
    """发之前先看能不能这么说"""
    body: Draft = ctx.body
    return _check(ctx, body.text)


def _check(ctx: Context, text: str) -> Reply:
    seen = wording.read(ctx.session, text, ctx.policy, mode=Mode.OUTGOING)
    rules = ctx.policy.wording.rules
    found = [
        {"words": seen.words(hit), "rule": rules[hit.code].name, "code": hit.code, "severity": hit.severity}
        for hit in seen.hits
    ]
    blocking = wording.blocking(seen)
    worst = blocking or (seen.hits[0] if seen.hits else None)
    rewrite = rules[worst.code].rewrite if worst else ""
    data = {"hits": found, "blocked": blocking is not None, "rewrite": rewrite, "masked": seen.masked}
    return Reply("checked", found=found, blocked=blocking is not None, rewrite=rewrite, data=data)


# --- what may be said after all --------------------------------------------------------------------------


@router.command("放行话术", "话术放行", may="wording.allow", takes_args=True)
def allow(ctx: Context) -> Reply:
    """放行误报的话，如「放行话术 规则 那几个字 原因：…」"""
    if not ctx.args:
        return _allowances(ctx)
    said, reason = read_reason(ctx.args)
    rule, _, words = said.strip().partition(" ")
    return _allow(ctx, rule, words, reason)


@router.endpoint("POST", "/wording/allowances", may="wording.allow", body=Entry)
def post_allowance(ctx: Context) -> Reply:
    """误报的话以后放行"""
    body: Entry = ctx.body
    return _allow(ctx, body.rule, body.words, body.reason)


def _allow(ctx: Context, rule: str, words: str, reason: str) -> Reply:
    made = wording.allow(
        ctx.session,
        actor=ctx.employee,
        rule=rule,
        words=words,
        reason=reason,
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply("allowed", one=made, rule=_name(ctx, made), data={"allowance": made.id})


def _name(ctx: Context, one: WordingAllowance) -> str:
    rule = ctx.policy.wording.rules.get(one.code)
    return one.code if rule is None else rule.name


@router.tap("wording_allowances", may="wording.allow")
@router.endpoint("GET", "/wording/allowances", may="wording.allow")
def list_allowances(ctx: Context) -> Reply:
    """看放行了哪些话"""
    return _allowances(ctx)


def _allowances(ctx: Context) -> Reply:
    found = wording.allowances(ctx.session, actor=ctx.employee, policy=ctx.policy)
    start = int(ctx.args) if ctx.args.isdecimal() else 0
    following = start + PAGE
    return Reply(
        "allowances",
        found=[(one, _name(ctx, one)) for one in found[start : start + PAGE]],
        total=len(found),
        following=following if following < len(found) else None,
        data={
            "allowances": [
                {"id": one.id, "rule": one.code, "words": one.words, "reason": one.reason, "at": one.added_at}
                for one in found
            ]
        },
    )


@router.tap("wording_forbid", may="wording.allow")
@router.endpoint("DELETE", "/wording/allowances/<int:id>", may="wording.allow")
def forbid(ctx: Context) -> Reply:
    """不再放行"""
    asked = ctx.path.get("id", ctx.args)
    id_ = int(asked) if str(asked).isdecimal() else 0
    taken = wording.forbid(ctx.session, actor=ctx.employee, id_=id_, at=ctx.now, policy=ctx.policy)
    return Reply("forbidden", one=taken, rule=_name(ctx, taken), data={"allowance": taken.id})


# --- how good the rules are ------------------------------------------------------------------------------


@router.command("话术统计", may="wording.review", takes_args=True)
def statistics(ctx: Context) -> Reply:
    """看各条规则的准确率，如「话术统计 三月」"""
    months, rest = find_months(ctx.args, ctx.now.date())
    if rest:
        return Reply("which_months", asked=rest)
    if months is None:
        return _statistics(ctx, None, None)
    first, count = months
    number = first.year * 12 + first.month - 1 + count
    return _statistics(ctx, first, date(number // 12, number % 12 + 1, 1) - timedelta(days=1))


@router.endpoint("GET", "/wording/figures", may="wording.review", query=Period)
def get_figures(ctx: Context) -> Reply:
    """各条规则的命中和准确率"""
    asked: Period = ctx.query
    return _statistics(ctx, asked.first, asked.last)


def _statistics(ctx: Context, first: date | None, last: date | None) -> Reply:
    last = last or ctx.now.date()
    first = first or last - timedelta(days=ctx.policy.cases.wording_days - 1)
    since = datetime.combine(first, time(), tzinfo=ctx.now.tzinfo)
    until = datetime.combine(last, time(), tzinfo=ctx.now.tzinfo) + timedelta(days=1)
    notes = cases.notes_written(
        ctx.session,
        actor=ctx.employee,
        action=wording.REVIEW,
        since=since,
        until=until,
        at=ctx.now,
        policy=ctx.policy,
    )
    rows = wording.figures(
        ctx.session,
        actor=ctx.employee,
        since=since,
        until=until,
        notes=notes,
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply(
        "figures",
        rows=rows,
        notes=notes,
        first=first,
        last=last,
        data={
            "first": first,
            "last": last,
            "notes": notes,
            "rules": [
                {
                    "rule": row.code,
                    "hits": row.hits,
                    "reviewed": row.reviewed,
                    "confirmed": row.confirmed,
                    "false_positive": row.false_positive,
                    "needs_training": row.needs_training,
                    "precision": row.precision,
                    "per_thousand": row.per_thousand,
                }
                for row in rows
            ],
        },
    )
