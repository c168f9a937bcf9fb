"""What candidates hear of missed interviews and of their requests, and what HR hears of both (S0-22)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobs.base import CloseCards, JobContext, Notice
from jobs.hiring import event_of, invite, stage_told_of
from jobs.telling import tell
from models import candidates, enquiries, notices, planning, recruiting
from models.candidates import Application, ApplicationState
from models.enquiries import Enquiry
from models.planning import DueItem
from models.policy import Policy
from models.recruiting import Answered, RemedialRequest, RequestState, StageRecord, StageStatus
from models.staff import Candidate, Employee

MISSED, MISSED_STILL = "interview_missed", "interview_missed_still"
"""The kinds of due items: a stage was missed, and its candidate has not written yet."""


def plan_prompts(session: Session, *, at: datetime, policy: Policy) -> None:
    """Plan what those are told who missed a stage of late; what is planned stays as it is."""
    values, quiet = policy.recruiting, policy.reminders
    span = timedelta(hours=values.write_hours)
    rows: list[tuple[str, int, datetime, datetime]] = []
    for stage in recruiting.missed_between(session, since=at - span, until=at):
        assert stage.missed_at is not None
        until = stage.missed_at + span
        later = recruiting.remind_at(
            stage.missed_at,
            hours=values.write_hours,
            before=values.write_remind_hours,
            night=(quiet.quiet_from, quiet.quiet_to),
        )
        rows.append((MISSED, stage.id, stage.missed_at, until))
        if later > stage.missed_at:
            rows.append((MISSED_STILL, stage.id, later, until))
    planning.plan_due(session, rows)


def prompt_missed(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Who missed a stage hears of it at once, with one tap to write to HR."""
    notices = []
    for item in items:
        stage = ctx.session.get(StageRecord, item.subject_id)
        if stage is not None and stage.missed_at == item.due_at:
            notices += _prompt(ctx, stage, again=False)
    return notices


def remind_missed(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Who has not written hears of it once more, before the time for it is over."""
    stages = [ctx.session.get(StageRecord, item.subject_id) for item in items]
    return [notice for stage in stages if stage is not None for notice in _prompt(ctx, stage, again=True)]


def _prompt(ctx: JobContext, stage: StageRecord, *, again: bool) -> list[Notice]:
    application = ctx.session.get_one(Application, stage.application_id)
    person = recruiting.person_of(ctx.session, application)
    if application.state != ApplicationState.OPEN or stage.missed_at is None:
        return []
    if stage.status != StageStatus.NO_SHOW or (again and _wrote(ctx.session, person, application)):
        return []
    until = stage.missed_at + timedelta(hours=ctx.policy.recruiting.write_hours)
    process = recruiting.process_of(ctx.session, application.id, policy=ctx.policy)
    view = recruiting.view(ctx.session, process, at=ctx.now, policy=ctx.policy)
    values = {
        "stage": stage,
        "application": application,
        "until": until,
        "again": again,
        "can": [one.code for one in view.actions if one.allowed],
        "link_over": stage.missed_at == stage.link_expires_at,
    }
    return tell(
        ctx.session,
        person=person,
        application=application,
        event=f"{MISSED_STILL if again else MISSED}:{stage.id}:{stage.missed_at:%Y%m%d%H%M}",
        template="missed",
        block="chances/missed",
        values=values,
        at=ctx.now,
        policy=ctx.policy,
        until=until,
    )


def still_wanted(ctx: JobContext, event: str) -> bool:
    """Whether what is told of an event is still of use.

    Of a miss it is while nobody has begun to write of it, of an appointment while that is arranged.
    """
    kind, _, rest = event.partition(":")
    if kind in (MISSED, MISSED_STILL):
        return _still_missed(ctx, int(rest.partition(":")[0]))
    arranged = ":".join(event.split(":")[:3])
    stage = stage_told_of(ctx.session, arranged)
    if stage is None or not arranged.rpartition(":")[2].isdecimal():
        return True
    if stage.status not in (StageStatus.SCHEDULED, StageStatus.ALTERNATIVE) or stage.starts_at is None:
        return False
    return arranged == event_of(stage, stage.starts_at)


def _still_missed(ctx: JobContext, stage_id: int) -> bool:
    stage = ctx.session.get(StageRecord, stage_id)
    if stage is None or stage.status != StageStatus.NO_SHOW:
        return False
    application = ctx.session.get_one(Application, stage.application_id)
    process = recruiting.process_of(ctx.session, application.id, policy=ctx.policy)
    return recruiting.view(ctx.session, process, at=ctx.now, policy=ctx.policy).request is None


def _wrote(session: Session, person: Candidate, application: Application) -> bool:
    """Whether a request or a question about the application came."""
    asked = [one.application_id for one in enquiries.enquiries_of(session, person=person)]
    asked += [one.application_id for one in recruiting.requests_of(session, person=person)]
    return application.id in asked


# --- what HR answers -----------------------------------------------------------------------------------


def tell_answer(session: Session, answered: Answered, at: datetime, policy: Policy) -> list[Notice]:
    """The candidate hears what became of a request; a fresh link is in it and kept nowhere else (S0-44).

    Words that follow belong to the request again where HR asked back.
    """
    request, stage = answered.request, answered.stage
    application = session.get_one(Application, request.application_id)
    person = recruiting.person_of(session, application)
    to = candidates.wechat_of(session, person)
    if to is not None and request.state == RequestState.ASKED_BACK:
        enquiries.await_request(session, candidate=to, request=request, at=at)
    words = recruiting.words_of(session, request)
    holder = None if stage.interviewer_id is None else session.get_one(Employee, stage.interviewer_id)
    values = {
        "request": request,
        "stage": stage,
        "application": application,
        "answer": _line(words.get("answer", "")),
        "question": _line(words.get("question", "")),
        "link": answered.link,
        "interviewer": "" if holder is None else holder.name,
    }
    until = at + timedelta(days=policy.recruiting.answer_days)
    if answered.link is not None and stage.link_expires_at is not None:
        until = stage.link_expires_at
    if stage.status == StageStatus.ALTERNATIVE and stage.starts_at is not None:
        process = recruiting.process_of(session, application.id, policy=policy)
        view = recruiting.view(session, process, at=at, policy=policy)
        invite(session, view, stage, at, policy)
    return tell(
        session,
        person=person,
        application=application,
        event=f"{answer_of(request)}:{request.changed_at:%Y%m%d%H%M%S}",
        template="request_answered",
        block="chances/answered",
        values=values,
        at=at,
        policy=policy,
        until=until,
    )


def answer_of(request: RemedialRequest) -> str:
    """How what is told of the answers to a request is called: `notices.stop` finds them by it."""
    return f"{request.about}:answer"


# --- questions to a human ------------------------------------------------------------------------------


def tell_hr_of_enquiry(session: Session, enquiry: Enquiry, at: datetime, policy: Policy) -> list[Notice]:
    """The HR of the unit gets a question as a card."""
    application = session.get_one(Application, enquiry.application_id)
    values = {
        "enquiry": enquiry,
        "person": recruiting.person_of(session, application),
        "application": application,
        "unit": recruiting.unit_of(session, application),
        "words": _line(enquiries.words_of(session, enquiry)[0]),
    }
    found = candidates.responsible(session, unit_id=application.unit_id, at=at, policy=policy)
    return [Notice(one, "enquiries/asked", values, about=enquiry.about) for one in found]


def tell_hr_who_gave_up(
    session: Session, application: Application, at: datetime, policy: Policy
) -> list[Notice]:
    """The HR of the unit hears that somebody applies no more, and who was to hold the interview."""
    person = recruiting.person_of(session, application)
    unit = recruiting.unit_of(session, application)
    values = {"person": person, "application": application, "unit": unit}
    people = list(candidates.responsible(session, unit_id=application.unit_id, at=at, policy=policy))
    stage = recruiting.process_of(session, application.id, policy=policy).current
    if stage is not None and stage.interviewer_id is not None:
        holder = session.get_one(Employee, stage.interviewer_id)
        people += [holder] if holder.id not in {one.id for one in people} else []
    return [Notice(one, "own_words/gave_up_notice", values) for one in people]


def tell_of_enquiry_answer(
    session: Session, enquiry: Enquiry, at: datetime, policy: Policy
) -> list[Notice | CloseCards]:
    """The candidate gets the answer, and the cards of the others are over."""
    application = session.get_one(Application, enquiry.application_id)
    question, answer = (_line(said) for said in enquiries.words_of(session, enquiry))
    told = tell(
        session,
        person=recruiting.person_of(session, application),
        # who asks is answered, also about an application of which nothing more is told
        application=application if notices.may_be_told(session, application) else None,
        event=f"{enquiry.about}:answer",
        template="enquiry_answered",
        block="enquiries/answer",
        values={"enquiry": enquiry, "question": question, "answer": answer},
        at=at,
        policy=policy,
        until=at + timedelta(days=policy.recruiting.answer_days),
    )
    return [CloseCards(enquiry.about, "enquiries/closed"), *told]


def _line(words: str) -> str:
    """What somebody wrote, in one line: nothing in it is taken for a button."""
    return " ".join(words.split())
