"""候选人, 录取, 待合并 and 改手机: candidates as HR and the hiring departments see and handle them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.base import Context, Part, Reply, Router, to_confirm
from handlers.parsing import Misunderstood, read_name, read_reason, take_phone
from jobs.candidates import tell_admitted, tell_undone
from models import candidates, proposals, secrecy
from models.candidates import Application, CandidateView, Decided, MatchView
from models.staff import Candidate, Unit

router = Router(texts="candidates")

MATCHES_AT_ONCE = 3


@dataclass(frozen=True)
class Search:
    """Whom to look for; the newest if it is empty."""

    asked: str = ""


@dataclass(frozen=True)
class Admission:
    """Which application is admitted, the only open one if none is named; and why, where another unit has."""

    application: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class NewPhone:
    """The number that is right."""

    phone: str


@router.command("候选人", "看候选人", "查候选人", may="candidates.see", takes_args=True)
def show(ctx: Context) -> Reply:
    """看候选人和应聘，如「候选人 林小雨」"""
    asked = read_name(ctx.args)
    if not asked:
        return Reply("newest", views=_views(ctx, _newest(ctx)))
    return _shown(ctx, asked)


@router.endpoint("GET", "/candidates/<int:id>", may="candidates.see")
def show_by_number(ctx: Context) -> Reply:
    """看一个候选人：应聘到哪里，联系方式打码"""
    return _shown(ctx, _asked(ctx))


def _shown(ctx: Context, asked: str) -> Reply:
    person = candidates.the_candidate(ctx.session, actor=ctx.employee, asked=asked, policy=ctx.policy)
    [view] = _views(ctx, [person])
    return Reply("candidate", view=view, data={"candidate": _as_data(view)})


@router.endpoint("POST", "/candidates/search", may="candidates.see", body=Search)
def search(ctx: Context) -> Reply:
    """找候选人：姓名或编号，空着是最新的；联系方式打码，没有权限的不给"""
    asked = read_name(ctx.body.asked)
    if not asked:
        found = _newest(ctx)
    else:
        found = candidates.search(ctx.session, actor=ctx.employee, asked=asked, policy=ctx.policy)
    views = _views(ctx, found)
    return Reply("newest", views=views, data={"candidates": [_as_data(view) for view in views]})


@router.command("联系方式", "候选人联系方式", may="candidates.see_contact", takes_args=True)
@router.endpoint("GET", "/candidates/<int:id>/contact", may="candidates.see_contact")
def show_contact(ctx: Context) -> Reply:
    """看候选人的联系方式（打码）"""
    [view] = _views(ctx, [_person(ctx, _asked(ctx), "candidates.see_contact")])
    data = {"phone": view.phone, "id_number": view.id_number, "address": view.address}
    return Reply("contact", view=view, data=data)


# --- admitting ---------------------------------------------------------------------------------------


@router.command("录取", "录用", may="candidates.admit", takes_args=True)
def propose_admission(ctx: Context) -> Reply:
    """录取候选人，如「录取 林小雨 城东分公司」"""
    rest, reason = read_reason(ctx.args)
    name, _, where = rest.partition(" ")
    person = _person(ctx, name, "candidates.admit")
    found = candidates.open_applications(ctx.session, actor=ctx.employee, person=person, policy=ctx.policy)
    fitting = [
        one for one in found if all(word in f"{one.unit} {one.application.job}" for word in where.split())
    ]
    if not fitting:
        raise candidates.NoOpenApplication(name=person.name)
    if len(fitting) > 1:
        return Reply("admit_which", person=person, found=fitting)
    return _preview(ctx, fitting[0].application.id, reason)


@router.endpoint("POST", "/candidates/<int:id>/admission", may="candidates.admit", body=Admission)
def post_admission(ctx: Context) -> Reply:
    """录取：先得到 proposal，确认后才算；有几份应聘要说是哪份"""
    body: Admission = ctx.body
    person = _person(ctx, _asked(ctx), "candidates.admit")
    found = candidates.open_applications(ctx.session, actor=ctx.employee, person=person, policy=ctx.policy)
    fitting = [one for one in found if body.application in (None, one.application.id)]
    if not fitting:
        raise candidates.NoOpenApplication(name=person.name)
    if len(fitting) > 1:
        data = {"proposal": None, "applications": [one.application.id for one in fitting]}
        return Reply("admit_which", person=person, found=fitting, data=data)
    return _preview(ctx, fitting[0].application.id, body.reason.strip())


@router.tap("admit", may="candidates.admit")
def choose_application(ctx: Context) -> Reply:
    """点卡片选录取哪一份应聘"""
    return _preview(ctx, int(ctx.args), "") if ctx.args.isdecimal() else Reply("common/stale_key")


def _preview(ctx: Context, application_id: int, reason: str) -> Reply:
    decided = candidates.check_admission(
        ctx.session, actor=ctx.employee, application_id=application_id, policy=ctx.policy, reason=reason
    )
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="admit_candidate",
        arguments={
            "application": application_id,
            "reason": candidates.seal_words(ctx.session, decided.person, reason),
        },
        at=ctx.now,
        minutes=ctx.policy.candidates.confirm_minutes,
    )
    return Reply(
        "confirm_admission",
        proposal=proposal,
        reason=reason,
        data=to_confirm(proposal),
        **_values(ctx, decided),
    )


@router.confirmation("admit_candidate", may="candidates.admit")
def admit(ctx: Context) -> list[Part]:
    """录取已经确认的候选人"""
    assert ctx.proposal is not None
    asked = ctx.proposal.arguments
    application = ctx.session.get(Application, asked["application"])
    person = ctx.session.get(Candidate, application.person_id) if application else None
    reason = candidates.open_words(ctx.session, person, asked["reason"]) if person else ""
    decided = candidates.admit(
        ctx.session,
        actor=ctx.employee,
        application_id=asked["application"],
        at=ctx.now,
        policy=ctx.policy,
        reason=reason,
    )
    told = tell_admitted(ctx.session, decided, ctx.now, ctx.policy, but_for=ctx.employee)
    hours = ctx.policy.candidates.undo_admission_hours
    return [Reply("admitted", hours=hours, **_values(ctx, decided)), *told]


@router.command("撤销录取", "取消录取", may="candidates.admit", takes_args=True)
@router.endpoint("DELETE", "/candidates/<int:id>/admission", may="candidates.admit")
def undo_admission(ctx: Context) -> list[Part]:
    """撤销刚才的录取，如「撤销录取 林小雨」"""
    name, _, where = _asked(ctx).partition(" ")
    person = _person(ctx, name, "candidates.admit")
    decided = candidates.undo_admission(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy, asked=where
    )
    told = tell_undone(ctx.session, decided, ctx.now, ctx.policy, but_for=ctx.employee)
    return [Reply("admission_undone", **_values(ctx, decided)), *told]


# --- the same person ---------------------------------------------------------------------------------


@router.command("待合并", "合并候选人", may="candidates.merge")
@router.endpoint("GET", "/candidate-matches", may="candidates.merge")
def show_matches(ctx: Context) -> list[Part]:
    """看疑似同一个人的候选人"""
    found = candidates.waiting(ctx.session, actor=ctx.employee, policy=ctx.policy, limit=MATCHES_AT_ONCE + 1)
    if not found:
        return [Reply("no_matches", data={"matches": []})]
    shown = found[:MATCHES_AT_ONCE]
    data = {"matches": [_match(view) for view in shown], "more": len(found) > len(shown)}
    cards: list[Part] = [Reply("match", view=view, data=data) for view in shown]
    return [*cards, Reply("more_matches")] if len(found) > MATCHES_AT_ONCE else cards


@router.tap("match_same", may="candidates.merge")
@router.endpoint("POST", "/candidate-matches/<int:id>/same", may="candidates.merge")
def put_together(ctx: Context) -> Reply:
    """点卡片：是同一个人"""
    asked = _asked(ctx)
    if not asked.isdecimal():
        return Reply("common/stale_key")
    person, _ = candidates.put_together(
        ctx.session, actor=ctx.employee, match_id=int(asked), at=ctx.now, policy=ctx.policy
    )
    return Reply("merged", person=person, days=ctx.policy.candidates.undo_merge_days)


@router.tap("match_other", may="candidates.merge")
@router.endpoint("POST", "/candidate-matches/<int:id>/other", may="candidates.merge")
def keep_apart(ctx: Context) -> Reply:
    """点卡片：不是同一个人"""
    asked = _asked(ctx)
    if not asked.isdecimal():
        return Reply("common/stale_key")
    candidates.keep_apart(ctx.session, actor=ctx.employee, match_id=int(asked), at=ctx.now, policy=ctx.policy)
    return Reply("kept_apart")


@router.command("撤销合并", may="candidates.merge", takes_args=True)
@router.endpoint("DELETE", "/candidates/<int:id>/merge", may="candidates.merge")
def undo_merge(ctx: Context) -> Reply:
    """把合并错的候选人分开，如「撤销合并 林小雨」"""
    person = _person(ctx, _asked(ctx), "candidates.merge")
    freed = candidates.undo_merge(
        ctx.session, actor=ctx.employee, person=person, at=ctx.now, policy=ctx.policy
    )
    return Reply("merge_undone", person=person, freed=freed)


# --- correcting --------------------------------------------------------------------------------------


@router.command("改手机", "改手机号", "改电话", may="candidates.correct", takes_args=True)
def propose_phone(ctx: Context) -> Reply:
    """改候选人的手机，如「改手机 林小雨 新号码」"""
    name, written = take_phone(ctx.args)
    phone = secrecy.normal_phone(written)
    if not name or not phone:
        raise Misunderstood(usage=(propose_phone.__doc__ or "").strip())
    return _ask_for_phone(ctx, name, phone)


@router.endpoint("POST", "/candidates/<int:id>/phone", may="candidates.correct", body=NewPhone)
def post_phone(ctx: Context) -> Reply:
    """改候选人的手机：先得到 proposal，确认后才算"""
    phone = secrecy.normal_phone(ctx.body.phone)
    if not phone:
        raise Misunderstood(usage=(propose_phone.__doc__ or "").strip())
    return _ask_for_phone(ctx, _asked(ctx), phone)


def _ask_for_phone(ctx: Context, asked: str, phone: str) -> Reply:
    person = _person(ctx, asked, "candidates.correct")
    before, sealed = candidates.ask_for_phone(
        ctx.session, actor=ctx.employee, person=person, phone=phone, at=ctx.now, policy=ctx.policy
    )
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="correct_candidate",
        arguments={"candidate": person.id, "phone": sealed},
        at=ctx.now,
        minutes=ctx.policy.candidates.confirm_minutes,
    )
    after = secrecy.mask_phone(phone)
    return Reply(
        "confirm_phone",
        person=person,
        before=before,
        after=after,
        proposal=proposal,
        data={**to_confirm(proposal), "before": before, "after": after},
    )


@router.confirmation("correct_candidate", may="candidates.correct")
def correct_phone(ctx: Context) -> Reply:
    """改已经确认的手机"""
    assert ctx.proposal is not None
    person = ctx.session.get_one(Candidate, ctx.proposal.arguments["candidate"], populate_existing=True)
    after = candidates.correct_phone(
        ctx.session,
        actor=ctx.employee,
        person=person,
        sealed=ctx.proposal.arguments["phone"],
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply("phone_corrected", person=person, after=after)


def _person(ctx: Context, asked: str, action: str) -> Candidate:
    return candidates.the_candidate(
        ctx.session, actor=ctx.employee, asked=asked, policy=ctx.policy, action=action
    )


def _asked(ctx: Context) -> str:
    """The number in the path of the request, or the words after the command or in the button."""
    return str(ctx.path["id"]) if "id" in ctx.path else read_name(ctx.args)


def _match(view: MatchView) -> Mapping[str, Any]:
    """Two that may be one, in the JSON API: masked."""
    return {
        "id": view.match.id,
        "people": [
            {
                "id": side.person.id,
                "name": side.person.name,
                "phone": side.phone,
                "id_number": side.id_number,
                "applications": [one.application.id for one in side.applications],
                "elsewhere": side.elsewhere,
            }
            for side in (view.older, view.newer)
        ],
    }


def _newest(ctx: Context) -> Sequence[Candidate]:
    return candidates.newest(ctx.session, actor=ctx.employee, policy=ctx.policy)


def _views(ctx: Context, people: Sequence[Candidate]) -> Sequence[CandidateView]:
    return candidates.views(ctx.session, people, actor=ctx.employee, policy=ctx.policy)


def _values(ctx: Context, decided: Decided) -> Mapping[str, Any]:
    unit = ctx.session.get_one(Unit, decided.application.unit_id)
    return {
        "person": decided.person,
        "application": decided.application,
        "unit": unit.name,
        "others": len(decided.others),
    }


def _as_data(view: CandidateView) -> Mapping[str, Any]:
    """A candidate in the JSON API; what may not be seen is null."""
    return {
        "id": view.person.id,
        "name": view.person.name,
        "phone": view.phone,
        "id_number": view.id_number,
        "address": view.address,
        "bound": view.bound,
        "applications": [
            {
                "id": one.application.id,
                "unit": one.unit,
                "job": one.application.job,
                "state": one.application.state,
                "admitted_elsewhere": one.elsewhere,
            }
            for one in view.applications
        ],
    }
