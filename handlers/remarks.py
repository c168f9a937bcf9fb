"""候选人备注 and 写备注: what is noted of candidates, never without their own side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.base import Context, Reply, Router
from handlers.parsing import Misunderstood, read_name
from models import candidates, recruiting
from models.candidates import ApplicationState
from models.recruiting import RemarkView
from models.staff import Candidate

router = Router(texts="remarks")


@dataclass(frozen=True)
class NewRemark:
    """A code of policy.toml `[recruiting]` `remarks`, and free words."""

    code: str
    words: str = ""


@router.command("候选人备注", "看备注", may="recruiting.see", takes_args=True)
def show(ctx: Context) -> Reply:
    """看备注和本人的说明，如「候选人备注 林小雨」"""
    return _show(ctx, read_name(ctx.args))


@router.endpoint("POST", "/candidates/<int:id>/remarks/read", may="recruiting.see")
def read(ctx: Context) -> Reply:
    """看一个候选人的备注和本人的说明；谁看过会留痕"""
    return _show(ctx, str(ctx.path["id"]))


def _show(ctx: Context, asked: str) -> Reply:
    person = _person(ctx, asked, "recruiting.see")
    found = recruiting.remarks_for_reader(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    named = ctx.policy.recruiting.remarks
    return Reply("remarks", person=person, views=found, named=named, data={"remarks": _as_data(found)})


@router.command("写备注", "记备注", may="recruiting.decide", takes_args=True)
def write(ctx: Context) -> Reply:
    """记一笔，如「写备注 林小雨 联系了，没有回应」"""
    name, _, words = ctx.args.strip().partition(" ")
    if not name or not words.strip():
        raise Misunderstood(usage=(write.__doc__ or "").strip())
    named = ctx.policy.recruiting.remarks
    code = next((code for code, known in named.items() if words.startswith(known)), "note")
    rest = words.removeprefix(named[code]) if code != "note" else words
    return _write(ctx, name, code, rest.strip(" ,，。:："))


@router.endpoint("POST", "/candidates/<int:id>/remarks", may="recruiting.decide", body=NewRemark)
def post_remark(ctx: Context) -> Reply:
    """记一笔：固定的代码加自由的话"""
    code = ctx.body.code if ctx.body.code in ctx.policy.recruiting.remarks else "note"
    return _write(ctx, str(ctx.path["id"]), code, ctx.body.words)


def _write(ctx: Context, asked: str, code: str, words: str) -> Reply:
    person = _person(ctx, asked, "recruiting.decide")
    views = recruiting.processes_of_person(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    if not views:
        raise recruiting.NoOpenProcess(name=person.name)
    open_ones = [view for view in views if view.application.state == ApplicationState.OPEN]
    kept = recruiting.remark(
        ctx.session,
        actor=ctx.employee,
        application_id=(open_ones or views)[0].application.id,
        code=code,
        words=words,
        at=ctx.now,
        policy=ctx.policy,
    )
    name = ctx.policy.recruiting.remarks[code]
    return Reply("written", person=person, name=name, remark=kept, words=words, data={"remark": kept.id})


def _person(ctx: Context, asked: str, action: str) -> Candidate:
    return candidates.the_candidate(
        ctx.session, actor=ctx.employee, asked=asked, policy=ctx.policy, action=action
    )


def _as_data(found: Any) -> list[Mapping[str, Any]]:
    views: list[RemarkView] = list(found)
    return [
        {
            "id": one.remark.id,
            "code": one.remark.code,
            "words": one.words,
            "at": one.remark.at,
            "author": one.remark.author,
            "candidate_words": one.candidate_words,
            "not_at_fault": one.remark.not_at_fault,
            "expires_at": one.remark.expires_at,
            "application": one.application.id,
        }
        for one in views
    ]
