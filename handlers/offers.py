"""发offer, 撤回offer, and what a candidate answers to one: 接受, 不接受 (S2-09, S2-10)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.base import Audience, Context, Handler, Part, Reply, Router, to_confirm
from handlers.casewords import take_case
from handlers.meant import ask_for_words
from handlers.meant_hiring import candidate_called, process_meant
from handlers.parsing import Misunderstood, read_reason, take_days
from jobs.offers import tell_accepted, tell_declined, tell_offered, tell_withdrawn
from models import admissions, candidates, enquiries, proposals, recruiting
from models.admissions import OfferState, OfferView, Terms
from models.candidates import Application

router = Router(texts="offers")


@dataclass(frozen=True)
class NewOffer:
    """What is offered; what is left out is filled in. `reason`: why in spite of an offer elsewhere."""

    pay: str
    benefits: str = ""
    documents: str = ""
    start_on: date | None = None
    role: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Reason:
    """Why."""

    reason: str


router.saying("offer_terms", "发offer", "{cases} {words}", "发offer {cases} {words}?")
router.saying("offer_back", "撤回offer", "{cases} {words}", "撤回offer {cases} {words}?")


# --- HR ----------------------------------------------------------------------------------------------


@router.command("发offer", "发录用通知", "发Offer", may="candidates.admit", takes_args=True)
def propose(ctx: Context) -> Reply:
    """发offer，如「发offer 林小雨 薪资 8000」"""
    number, rest = _meant(ctx, propose)
    before, reason = read_reason(rest)
    terms = _read_terms(ctx, before if reason else rest)
    if not terms.pay:
        return _ask_for_terms(ctx, number)
    return _preview(ctx, number, terms, reason)


def _ask_for_terms(ctx: Context, number: int) -> Reply:
    person = _person(ctx, number)
    given = Terms(pay="…")  # everything but the pay is known
    full, _ = admissions.check_offer(
        ctx.session,
        actor=ctx.employee,
        application_id=number,
        terms=given,
        at=ctx.now,
        policy=ctx.policy,
    )
    return Reply(
        "which_terms", person=person, terms=full, proposal=ask_for_words(ctx, "offer_terms", number=number)
    )


def _read_terms(ctx: Context, words: str) -> Terms:
    """What each label is followed by: 「薪资 8000 报到 3月16日」."""
    labels = {name: code for code, names in ctx.words("offers/labels").items() for name in names.split()}
    known = "|".join(sorted(labels, key=len, reverse=True))
    parts = re.split(rf"(?:^|[\s;；,，])({known})\s*[:：]?\s*", f" {words}")
    found = {labels[name]: said.strip(" ;；,，") for name, said in zip(parts[1::2], parts[2::2], strict=True)}
    days, _ = take_days(found.pop("start", ""), ctx.now.date())
    return Terms(**found, start_on=days[0] if days else None)


@router.endpoint("POST", "/applications/<int:id>/offer", may="candidates.admit", body=NewOffer)
def post_offer(ctx: Context) -> Reply:
    """发 offer：先得到 proposal，确认后才发"""
    body: NewOffer = ctx.body
    terms = Terms(body.pay, body.benefits, body.documents, body.start_on, body.role)
    return _preview(ctx, int(ctx.path["id"]), terms, body.reason)


def _preview(ctx: Context, number: int, terms: Terms, reason: str) -> Reply:
    full, role = admissions.check_offer(
        ctx.session,
        actor=ctx.employee,
        application_id=number,
        terms=terms,
        at=ctx.now,
        policy=ctx.policy,
        reason=reason,
    )
    person = _person(ctx, number)
    application = ctx.session.get_one(Application, number)
    unit = recruiting.unit_of(ctx.session, application)
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind="make_offer",
        arguments={
            "application": number,
            "terms": admissions.seal_terms(ctx.session, person, full, reason),
        },
        at=ctx.now,
        minutes=ctx.policy.candidates.confirm_minutes,
    )
    assert full.start_on is not None
    return Reply(
        "confirm_offer",
        person=person,
        terms=full,
        unit=unit,
        application=application,
        role=ctx.policy.rights.roles[role].name,
        days=ctx.policy.admissions.offer_days,
        proposal=proposal,
        data=to_confirm(proposal),
    )


@router.confirmation("make_offer", may="candidates.admit")
def make(ctx: Context) -> list[Part]:
    """发已经确认的 offer"""
    assert ctx.proposal is not None
    number = int(ctx.proposal.arguments["application"])
    terms, reason = admissions.open_terms(ctx.session, _person(ctx, number), ctx.proposal.arguments["terms"])
    view = admissions.make_offer(
        ctx.session,
        actor=ctx.employee,
        application_id=number,
        terms=terms,
        at=ctx.now,
        policy=ctx.policy,
        reason=reason,
    )
    return [Reply("made", v=view, data=_as_data(view)), *tell_offered(ctx.session, view, ctx.policy)]


@router.command("撤回offer", "撤回Offer", "取消offer", may="candidates.admit", takes_args=True)
def withdraw(ctx: Context) -> list[Part]:
    """撤回offer，如「撤回offer 林小雨 岗位取消」"""
    number, rest = _meant(ctx, withdraw)
    _, reason = read_reason(rest)
    if not (reason or rest):
        proposal = ask_for_words(ctx, "offer_back", number=number)
        return [Reply("why_withdraw", person=_person(ctx, number), proposal=proposal)]
    return _withdraw(ctx, number, reason or rest)


@router.endpoint("POST", "/applications/<int:id>/offer/withdrawal", may="candidates.admit", body=Reason)
def post_withdrawal(ctx: Context) -> list[Part]:
    """撤回还没接受的 offer，写原因"""
    return _withdraw(ctx, int(ctx.path["id"]), ctx.body.reason)


def _withdraw(ctx: Context, number: int, reason: str) -> list[Part]:
    view = admissions.withdraw_offer(
        ctx.session,
        actor=ctx.employee,
        application_id=number,
        reason=reason,
        at=ctx.now,
        policy=ctx.policy,
    )
    told = tell_withdrawn(ctx.session, view, ctx.policy)
    return [Reply("withdrawn", v=view, data=_as_data(view)), *told]


# --- who applied -------------------------------------------------------------------------------------


@router.command("我的offer", "offer", "录用通知", "我的录用", audience=Audience.CANDIDATE)
def mine(ctx: Context) -> Reply:
    """看我收到的 offer，接受或不接受"""
    found = admissions.own_offers(ctx.session, person=ctx.candidate)
    return _shown(ctx, found[0]) if found else Reply("none_yet")


@router.tap("offer", audience=Audience.CANDIDATE)
def show(ctx: Context) -> Reply:
    """看这份 offer"""
    return _shown(ctx, _own(ctx, ctx.args))


def _shown(ctx: Context, view: OfferView) -> Reply:
    if view.offer.state == OfferState.OPEN and view.offer.expires_at > ctx.now:
        return Reply("offer", v=view, how="")
    return Reply("past_offer", v=view, now=ctx.now)


@router.tap("offer_yes", audience=Audience.CANDIDATE)
def ask_whether(ctx: Context) -> Reply:
    """接受前再问一次"""
    return Reply("sure", v=_own(ctx, ctx.args, open_only=True))


@router.tap("offer_accept", audience=Audience.CANDIDATE)
def accept(ctx: Context) -> list[Part]:
    """接受 offer"""
    accepted = admissions.accept_offer(
        ctx.session,
        person=ctx.candidate,
        offer_id=_number(ctx.args),
        at=ctx.now,
        policy=ctx.policy,
        calendar=ctx.calendar,
    )
    joining = ctx.policy.joining
    reply = Reply(
        "accepted",
        v=accepted.view,
        employee=accepted.employee,
        handbook=joining.handbook,
        directions=joining.directions,
    )
    return [reply, *tell_accepted(ctx.session, accepted, ctx.now, ctx.policy)]


@router.tap("offer_no", audience=Audience.CANDIDATE)
def ask_why(ctx: Context) -> Reply:
    """不接受，问为什么"""
    view = _own(ctx, ctx.args, open_only=True)
    key = f"offer_why:{view.offer.id}"
    enquiries.await_words(ctx.session, candidate=ctx.candidate, key=key, at=ctx.now)
    return Reply("why_decline", v=view, reasons=list(ctx.policy.admissions.decline_reasons.items()))


@router.tap("offer_decline", audience=Audience.CANDIDATE)
def decline(ctx: Context) -> list[Part]:
    """点一个原因，不接受 offer"""
    number, _, code = ctx.args.partition(":")
    return _decline(ctx, number, ctx.policy.admissions.decline_reasons.get(code, ""))


@router.tap("offer_why", audience=Audience.CANDIDATE)
def decline_in_words(ctx: Context) -> list[Part]:
    """用自己的话说为什么不接受"""
    assert ctx.message is not None
    return _decline(ctx, ctx.args, ctx.message.text)


def _decline(ctx: Context, number: str, reason: str) -> list[Part]:
    view = admissions.decline_offer(
        ctx.session, person=ctx.candidate, offer_id=_number(number), reason=reason, at=ctx.now
    )
    enquiries.go_on(ctx.session, candidate=ctx.candidate, at=ctx.now)
    return [Reply("declined", v=view), *tell_declined(ctx.session, view, ctx.policy)]


# --- shared ------------------------------------------------------------------------------------------


def _own(ctx: Context, number: str, *, open_only: bool = False) -> OfferView:
    return admissions.own_offer(
        ctx.session, person=ctx.candidate, offer_id=_number(number), at=ctx.now if open_only else None
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 9 else 0


def _meant(ctx: Context, handler: Handler) -> tuple[int, str]:
    """(the number of the application, the rest of the words), by number or by the candidate's name.

    Raises:
        Misunderstood: neither is there.
    """
    number, rest = take_case(ctx.args)
    if number is not None:
        return number, rest
    name, _, rest = ctx.args.strip().partition(" ")
    if not name:
        raise Misunderstood(usage=(handler.__doc__ or "").strip())
    person = candidate_called(ctx, name, "candidates.admit")
    active = admissions.active_offer(ctx.session, person)
    if active is not None and handler is withdraw:
        return active.application_id, rest
    view, rest = process_meant(ctx, handler, "candidates.admit")
    return view.application.id, rest


def _person(ctx: Context, number: int) -> Any:
    application = ctx.session.get(Application, number)
    if application is None:
        raise candidates.NoOpenApplication(name=None)
    return recruiting.person_of(ctx.session, application)


def _as_data(view: OfferView) -> Mapping[str, Any]:
    """An offer in the JSON API."""
    return {
        "offer": view.offer.id,
        "application": view.application.id,
        "state": view.offer.state,
        "start_on": view.offer.start_on,
        "expires_at": view.offer.expires_at,
    }
