"""What HR hears of requests of candidates and by when, and what is heard of the answer (S0-25, S0-44)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from jobs.base import JobContext, Notice
from jobs.chances import answer_of, tell_answer
from jobs.doubts import tend_doubts
from jobs.hiring import event_of
from jobs.telling import tell
from models import notices, recruiting
from models.notices import Record
from models.policy import Policy
from models.recruiting import Answered, RemedialRequest, RequestFacts, StageStatus
from models.staff import Employee

WORDS = ("reason", "interest", "wish", "supplement", "question", "answer")


def tell_handed_in(session: Session, request: RemedialRequest, at: datetime, policy: Policy) -> list[Notice]:
    """The HR of the unit gets a request as a card; who is on leave is stood in for."""
    facts = recruiting.facts_of(session, request, at=at, policy=policy)
    people = recruiting.who_answers(session, unit_id=facts.unit.id, at=at, policy=policy)
    values = values_of(session, facts, policy)
    return [Notice(one, "requests/card", values, about=request.about) for one in people]


def tend_requests(ctx: JobContext) -> list[Notice]:
    """Remind HR of requests that wait for a workday, and tell the HR above of those that wait too long."""
    told: list[Notice] = []
    late = recruiting.to_escalate(ctx.session, at=ctx.now)
    for request in late:
        facts = recruiting.facts_of(ctx.session, request, at=ctx.now, policy=ctx.policy)
        people = recruiting.who_leads(ctx.session, unit_id=facts.unit.id, at=ctx.now, policy=ctx.policy)
        values = values_of(ctx.session, facts, ctx.policy)
        told += [Notice(one, "requests/late", values, about=request.about) for one in people]
    known = {one.id for one in late}
    for request in recruiting.to_remind(ctx.session, at=ctx.now):
        if request.id not in known:
            facts = recruiting.facts_of(ctx.session, request, at=ctx.now, policy=ctx.policy)
            people = recruiting.who_answers(ctx.session, unit_id=facts.unit.id, at=ctx.now, policy=ctx.policy)
            values = values_of(ctx.session, facts, ctx.policy)
            told += [Notice(one, "requests/waits", values, about=request.about) for one in people]
    return [*told, *tend_doubts(ctx)]


def values_of(session: Session, facts: RequestFacts, policy: Policy) -> dict[str, Any]:
    """What the texts about a request say: the facts, the words each in one line, the reason by its name.

    With what became of the invitation to what was missed, on each channel.
    """
    known = policy.recruiting.reasons.get(facts.request.reason_code or "", ())
    words = {part: " ".join(facts.words.get(part, "").split()) for part in WORDS}
    reason = known[0] if known else ""
    if words["reason"].isdecimal():
        words["reason"] = reason
    record = record_of(session, facts, policy)
    return {"f": facts, "words": words, "reason": reason, "record": record}


def record_of(session: Session, facts: RequestFacts, policy: Policy) -> Record | None:
    """The invitation to the stage that was missed, and what became of it on each channel (S0-41)."""
    if facts.stage.missed_at is None:
        return None
    event = event_of(facts.stage, facts.stage.missed_at)
    found = notices.record_of(session, person=facts.person, policy=policy, about=event)
    return next((one for one in found if one.notice.event == event), None)


def tell_decided(session: Session, answered: Answered, at: datetime, policy: Policy) -> list[Notice]:
    """The candidate hears what became of a request, and who holds an alternative hears of it."""
    stage = answered.stage
    told = tell_answer(session, answered, at, policy)
    if stage.interviewer_id is not None and stage.status == StageStatus.ALTERNATIVE:
        facts = recruiting.facts_of(session, answered.request, at=at, policy=policy)
        holder = session.get_one(Employee, stage.interviewer_id)
        told.append(Notice(holder, "requests/to_hold", {"f": facts}, about=stage.about))
    return told


def tell_taken_back(session: Session, answered: Answered, at: datetime, policy: Policy) -> list[Notice]:
    """The candidate hears that an answer counts no longer."""
    facts = recruiting.facts_of(session, answered.request, at=at, policy=policy)
    notices.stop(session, person=facts.person, event=answer_of(answered.request), at=at)
    _stop_invitation(session, facts, at, policy)
    return tell(
        session,
        person=facts.person,
        application=facts.application,
        event=f"{answered.request.about}:taken_back:{at:%Y%m%d%H%M%S}",
        template="request_taken_back",
        block="requests/taken_back_notice",
        values={"f": facts},
        at=at,
        policy=policy,
        until=at + timedelta(days=policy.recruiting.answer_days),
    )


def _stop_invitation(session: Session, facts: RequestFacts, at: datetime, policy: Policy) -> None:
    """An alternative that is taken back is not invited to any more; of what was missed the record stays."""
    missed = "" if facts.stage.missed_at is None else event_of(facts.stage, facts.stage.missed_at)
    about = f"{facts.stage.about}:"
    for one in notices.record_of(session, person=facts.person, policy=policy, about=about):
        if not missed or not one.notice.event.startswith(missed):
            notices.stop(session, person=facts.person, event=one.notice.event, at=at)
