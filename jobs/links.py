"""Fresh links that nobody has used: both sides hear what becomes of that, and our fault is nobody's miss."""

from datetime import timedelta

from jobs.base import JobContext, Notice
from jobs.chances import answer_of
from jobs.requests import values_of
from jobs.telling import tell
from models import notices, recruiting
from models.recruiting import RemedialRequest, RequestFacts


def tend_links(ctx: JobContext) -> list[Notice]:
    """A link that is over was missed; one that did not arrive, or led nowhere, is for HR to give once more.

    Of a miss the candidate hears as of every other one (`jobs.chances`).
    """
    told: list[Notice] = []
    for stage, request in recruiting.lapsed_links(ctx.session, at=ctx.now, policy=ctx.policy):
        usable = bool(ctx.policy.recruiting.interview_address)
        facts = _facts(ctx, request)
        hr = recruiting.who_answers(ctx.session, unit_id=facts.unit.id, at=ctx.now, policy=ctx.policy)
        if usable and _arrived(ctx, facts):
            recruiting.miss_link(ctx.session, stage=stage, at=ctx.now, policy=ctx.policy)
            told += [Notice(one, "requests/link_unused", {"f": facts}, about=request.about) for one in hr]
            continue
        recruiting.ask_anew(
            ctx.session, stage=stage, request=request, at=ctx.now, policy=ctx.policy, calendar=ctx.calendar
        )
        values = {**values_of(ctx.session, _facts(ctx, request), ctx.policy), "usable": usable}
        told += [Notice(one, "requests/link_lost", values, about=request.about) for one in hr]
        told += _to_candidate(ctx, values["f"])
    return told


def _facts(ctx: JobContext, request: RemedialRequest) -> RequestFacts:
    return recruiting.facts_of(ctx.session, request, at=ctx.now, policy=ctx.policy)


def _arrived(ctx: JobContext, facts: RequestFacts) -> bool:
    """Whether the newest answer, with the link in it, has come to the candidate."""
    about = f"{answer_of(facts.request)}:"
    found = notices.record_of(ctx.session, person=facts.person, policy=ctx.policy, limit=1, about=about)
    return any(notices.was_reached(ctx.session, person=facts.person, event=one.notice.event) for one in found)


def _to_candidate(ctx: JobContext, facts: RequestFacts) -> list[Notice]:
    return tell(
        ctx.session,
        person=facts.person,
        application=facts.application,
        event=f"{facts.request.about}:link_lost:{ctx.now:%Y%m%d%H%M}",
        template="request_taken_back",
        block="chances/link_lost",
        values={"f": facts},
        at=ctx.now,
        policy=ctx.policy,
        until=ctx.now + timedelta(days=ctx.policy.recruiting.answer_days),
    )
