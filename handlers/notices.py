"""通知模板, 通知进度, 通知待办: what candidates are told, what became of it, and what HR has to see to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.base import Audience, CloseCards, Context, Notice, Part, Reply, Router
from handlers.parsing import Misunderstood, read_name, read_verdict
from jobs.admissions import after_release, held_back
from models import candidates, notices, proposals
from models.notices import ItemView, NoticeTemplate, TemplateView
from models.staff import Employee

router = Router(texts="notices")

FOLLOW_UP = "notice_follow_up"
CARDS = 3
"""So many items come as cards; the others are named."""
_PAIR = re.compile(r"^\s*([^\s:：=]+)\s*[:：=\s]\s*(.+?)\s*$", re.DOTALL)


@dataclass(frozen=True)
class NewWords:
    """The words of a template."""

    words: str


@dataclass(frozen=True)
class Verdict:
    """Whether it is good."""

    accepted: bool


@dataclass(frozen=True)
class Values:
    """Values by their names in the templates."""

    values: dict[str, str]


# --- templates ---------------------------------------------------------------------------------------


@router.command("通知模板", "看通知模板", may="notices.send", takes_args=True)
def show_templates(ctx: Context) -> Reply:
    """看发给候选人的通知怎么写，如「通知模板 面试邀请」"""
    asked = read_name(ctx.args)
    if not asked:
        return _listed(ctx)
    view = notices.the_template(ctx.session, actor=ctx.employee, asked=asked, policy=ctx.policy)
    return Reply("template", view=view, data={"template": _template(view)})


@router.endpoint("GET", "/notice-templates", may="notices.send")
def list_templates(ctx: Context) -> Reply:
    """看发给候选人的全部通知模板"""
    return _listed(ctx)


def _listed(ctx: Context) -> Reply:
    views = notices.templates(ctx.session, actor=ctx.employee, policy=ctx.policy)
    return Reply("templates", views=views, data={"templates": [_template(view) for view in views]})


@router.command("改通知模板", "写通知模板", may="notices.write", takes_args=True)
def propose_template(ctx: Context) -> list[Part]:
    """改通知的话，如「改通知模板 面试邀请」换行写正文"""
    assert ctx.message is not None
    name, _, words = ctx.args.strip().partition(" ")
    _, _, lines = ctx.message.text.strip().partition("\n")
    if lines.strip():  # the lines of the words count, and only the message itself still has them
        words = lines.strip().removeprefix(name).strip()
    if not name or not words:
        raise Misunderstood(usage=(propose_template.__doc__ or "").strip())
    return _propose(ctx, name.rstrip(":："), words)


@router.endpoint("POST", "/notice-templates/<code>", may="notices.write", body=NewWords)
def post_template(ctx: Context) -> list[Part]:
    """改通知的话：别的人审过才用"""
    return _propose(ctx, str(ctx.path["code"]), ctx.body.words)


def _propose(ctx: Context, asked: str, words: str) -> list[Part]:
    made = notices.propose_template(
        ctx.session, actor=ctx.employee, asked=asked, words=words, at=ctx.now, policy=ctx.policy
    )
    name = ctx.policy.notice_texts.templates[made.code].name
    reviewers = notices.reviewers(ctx.session, template=made, at=ctx.now, policy=ctx.policy)
    values = {"template": made, "name": name, "by": ctx.employee}
    asked_of = [Notice(one, "notices/please_review", values, about=made.about) for one in reviewers]
    data = {"id": made.id, "version": made.version}
    return [Reply("template_proposed", template=made, name=name, people=len(reviewers), data=data), *asked_of]


@router.tap("template_good", may="notices.review")
def accept_template(ctx: Context) -> list[Part]:
    """点卡片，通过通知模板"""
    return _review(ctx, ctx.args, accepted=True)


@router.tap("template_bad", may="notices.review")
def refuse_template(ctx: Context) -> list[Part]:
    """点卡片，不通过通知模板"""
    return _review(ctx, ctx.args, accepted=False)


@router.command("审通知模板", may="notices.review", takes_args=True)
def review_template(ctx: Context) -> list[Part]:
    """审通知模板，如「审通知模板 面试邀请 通过」"""
    name, _, verdict = " ".join(ctx.args.split()).rpartition(" ")
    accepted, more = read_verdict(verdict)
    if accepted is None or more or not name:
        raise Misunderstood(usage=(review_template.__doc__ or "").strip())
    view = notices.the_template(ctx.session, actor=ctx.employee, asked=name, policy=ctx.policy)
    if view.proposed is None:
        return [Reply("nothing_proposed", view=view)]
    return _review(ctx, str(view.proposed.id), accepted=accepted)


@router.endpoint("POST", "/notice-templates/<int:id>/review", may="notices.review", body=Verdict)
def post_review(ctx: Context) -> list[Part]:
    """审通知模板"""
    return _review(ctx, str(ctx.path["id"]), accepted=ctx.body.accepted)


def _review(ctx: Context, asked: str, *, accepted: bool) -> list[Part]:
    if not asked.isdecimal():
        return [Reply("common/stale_key")]
    found = notices.review_template(
        ctx.session,
        actor=ctx.employee,
        template_id=int(asked),
        accepted=accepted,
        at=ctx.now,
        policy=ctx.policy,
    )
    name = ctx.policy.notice_texts.templates[found.code].name
    values: dict[str, Any] = {"name": name, "template": found, "accepted": accepted}
    closing = CloseCards(found.about, "notices/template_reviewed_button", values)
    return [Reply("template_reviewed", **values), closing, *_tell_author(ctx, found, values)]


def _tell_author(ctx: Context, found: NoticeTemplate, values: Mapping[str, Any]) -> list[Part]:
    author = ctx.session.get(Employee, found.proposed_by_id)
    return [Notice(author, "notices/your_template", {**values, "by": ctx.employee})] if author else []


# --- what became of them -----------------------------------------------------------------------------


@router.command("通知进度", "谁没收到", "谁没收到通知", "通知情况", may="notices.send")
@router.endpoint("GET", "/notices/progress", may="notices.send")
def show_progress(ctx: Context) -> Reply:
    """看通知送到没有、谁没收到"""
    found = notices.progress(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    data = {
        "notices": found.notices,
        "read": found.read,
        "unread": found.unread,
        "waiting": found.waiting,
        "channels": [
            {"channel": channel, "state": state, "count": count}
            for (channel, state), count in sorted(found.states.items())
        ],
        "unreached": [
            {"candidate": one.person.id, "notice": one.notice.id, "deliveries": dict(one.deliveries)}
            for one in found.unreached
        ],
    }
    return Reply("progress", progress=found, channels=_by_channel(found.states), data=data)


def _by_channel(states: Mapping[tuple[str, str], int]) -> Mapping[str, Mapping[str, int]]:
    told: dict[str, dict[str, int]] = {}
    for (channel, state), count in sorted(states.items()):
        told.setdefault(channel, {})[state] = count
    return told


@router.command("通知记录", "候选人通知", may="notices.send", takes_args=True)
@router.endpoint("GET", "/candidates/<int:id>/notices", may="notices.send")
def show_record(ctx: Context) -> Reply:
    """看给一个候选人发过什么，如「通知记录 林小雨」"""
    asked = str(ctx.path["id"]) if "id" in ctx.path else read_name(ctx.args)
    person = candidates.the_candidate(
        ctx.session, actor=ctx.employee, asked=asked, policy=ctx.policy, action="notices.send"
    )
    found = notices.record_of(ctx.session, person=person, policy=ctx.policy)
    told = [
        {
            "id": one.notice.id,
            "title": one.title,
            "state": one.notice.state,
            "read": one.notice.read_at is not None,
            "deliveries": dict(one.deliveries),
        }
        for one in found
    ]
    return Reply("record", person=person, found=found, data={"notices": told})


# --- following up ------------------------------------------------------------------------------------


@router.command("通知待办", "没送到的通知", "候选人待办", may="notices.send")
@router.endpoint("GET", "/follow-ups", may="notices.send")
def show_items(ctx: Context) -> list[Reply]:
    """看要人跟进的通知：没送到的、缺内容的、等您看的"""
    views, count = notices.follow_ups(ctx.session, actor=ctx.employee, policy=ctx.policy)
    data = {"count": count, "items": [_item(view) for view in views]}
    cards = [Reply("item", about=view.item.about, view=view) for view in views[:CARDS]]
    return [Reply("items", views=views, count=count, cards=CARDS, data=data), *cards]


@router.tap("follow_up_done", may="notices.send")
def finish_item(ctx: Context) -> list[Part]:
    """点卡片，已经联系过候选人"""
    return _finish(ctx, ctx.args)


@router.command("已跟进", may="notices.send", takes_args=True)
def finish_by_number(ctx: Context) -> list[Part]:
    """联系过了，如「已跟进 12」"""
    return _finish(ctx, read_name(ctx.args))


@router.endpoint("POST", "/follow-ups/<int:id>/done", may="notices.send")
def post_done(ctx: Context) -> list[Part]:
    """已经联系过候选人"""
    return _finish(ctx, str(ctx.path["id"]))


def _finish(ctx: Context, asked: str) -> list[Part]:
    item = notices.finish(
        ctx.session, actor=ctx.employee, item_id=_number(asked), at=ctx.now, policy=ctx.policy
    )
    view = notices.view(ctx.session, item, ctx.policy)
    minutes = ctx.policy.notices.undo_minutes
    undo = proposals.remember(
        ctx.session,
        actor=ctx.employee,
        kind=FOLLOW_UP,
        arguments={"item": item.id},
        cause=ctx.cause,
        at=ctx.now,
        minutes=minutes,
    )
    closing = CloseCards(item.about, "notices/followed_up_button")
    return [Reply("followed_up", view=view, undo=undo, minutes=minutes), closing]


@router.inverse(FOLLOW_UP, may="notices.send")
def reopen_item(ctx: Context) -> Reply:
    """撤销已跟进"""
    assert ctx.undoable is not None
    item = notices.reopen(
        ctx.session,
        actor=ctx.employee,
        item_id=ctx.undoable.arguments["item"],
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply("reopened", view=notices.view(ctx.session, item, ctx.policy))


@router.command("补通知", may="notices.send", takes_args=True)
def complete_notice(ctx: Context) -> list[Part]:
    """补上缺的内容，如「补通知 12 报到时间：3月9日」"""
    number, _, rest = " ".join(ctx.args.split()).partition(" ")
    pairs = [_PAIR.match(part) for part in re.split(r"[;；]", rest) if part.strip()]
    values = {pair[1]: pair[2] for pair in pairs if pair}
    if not number.isdecimal() or not values:
        raise Misunderstood(usage=(complete_notice.__doc__ or "").strip())
    return _complete(ctx, int(number), values)


@router.endpoint("POST", "/follow-ups/<int:id>/values", may="notices.send", body=Values)
def post_values(ctx: Context) -> list[Part]:
    """补上通知里缺的内容"""
    return _complete(ctx, int(ctx.path["id"]), ctx.body.values)


def _complete(ctx: Context, item_id: int, values: Mapping[str, str]) -> list[Part]:
    notice = notices.complete(
        ctx.session, actor=ctx.employee, item_id=item_id, values=values, at=ctx.now, policy=ctx.policy
    )
    item = notices.the_item(
        ctx.session, actor=ctx.employee, item_id=item_id, policy=ctx.policy, open_only=False
    )
    view = notices.view(ctx.session, item, ctx.policy)
    reply = Reply("completed", view=view, notice=notice, data={"state": notice.state})
    return [reply, *([CloseCards(item.about, "notices/completed_button")] if item.closed_at else [])]


@router.tap("notice_go", may="notices.send")
def release_notice(ctx: Context) -> list[Part]:
    """点卡片，把看过的通知发出去"""
    return _release(ctx, ctx.args, sends=True)


@router.tap("notice_no", may="notices.send")
def hold_notice_back(ctx: Context) -> list[Part]:
    """点卡片，不发这条通知"""
    return _release(ctx, ctx.args, sends=False)


@router.endpoint("POST", "/follow-ups/<int:id>/release", may="notices.send", body=Verdict)
def post_release(ctx: Context) -> list[Part]:
    """看过的通知发还是不发"""
    return _release(ctx, str(ctx.path["id"]), sends=ctx.body.accepted)


def _release(ctx: Context, asked: str, *, sends: bool) -> list[Part]:
    notice = notices.release(
        ctx.session, actor=ctx.employee, item_id=_number(asked), sends=sends, at=ctx.now, policy=ctx.policy
    )
    item = notices.the_item(
        ctx.session, actor=ctx.employee, item_id=_number(asked), policy=ctx.policy, open_only=False
    )
    view = notices.view(ctx.session, item, ctx.policy)
    values: dict[str, Any] = {"view": view, "notice": notice, "sends": sends}
    parts: list[Part] = [
        Reply("released", **values),
        CloseCards(item.about, "notices/released_button", {"sends": sends}),
        *after_release(
            ctx.session,
            actor=ctx.employee,
            notice=notice,
            at=ctx.now,
            policy=ctx.policy,
            calendar=ctx.calendar,
        ),
    ]
    held = None if sends else held_back(ctx.session, notice, ctx.policy)
    return parts if held is None else [*parts, Reply("admissions/held_back", about=held.chain.about, v=held)]


def _number(asked: str) -> int:
    if not asked.isdecimal() or len(asked) > 9:
        raise notices.ItemNotFound()
    return int(asked)


# --- the candidate -----------------------------------------------------------------------------------


@router.tap("notice_read", audience=Audience.CANDIDATE)
def read(ctx: Context) -> Reply:
    """知道了这条通知"""
    mine = ctx.args.isdecimal() and notices.read(
        ctx.session, person=ctx.candidate, notice_id=int(ctx.args), at=ctx.now
    )
    return Reply("read_thanks") if mine else Reply("common/stale_key")


def _template(view: TemplateView) -> Mapping[str, Any]:
    proposed = view.proposed
    return {
        "code": view.code,
        "name": view.name,
        "version": view.version,
        "words": view.words,
        "proposed": None if proposed is None else {"id": proposed.id, "words": proposed.words},
    }


def _item(view: ItemView) -> Mapping[str, Any]:
    return {
        "id": view.item.id,
        "kind": view.item.kind,
        "candidate": view.person.id,
        "notice": view.notice.id,
        "missing": list(view.missing),
        "reasons": dict(view.reasons),
    }
