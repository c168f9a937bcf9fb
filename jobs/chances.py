"""What candidates hear of missed interviews and of their requests, and what HR hears of both (S0-22)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobs.base import CloseCards, JobContext, Notice
from models import candidates, enquiries, planning, recruiting
from models.candidates import Application, ApplicationState
from models.enquiries import Enquiry
from models.planning import DueItem
from models.policy import Policy
from models.recruiting import Answered, RequestState, StageRecord, StageStatus
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
    to = candidates.wechat_of(ctx.session, person)
    if to is None or application.state != ApplicationState.OPEN or stage.missed_at is None:
        return []
    if stage.status != StageStatus.NO_SHOW or (again and _wrote(ctx.session, person, application)):
        return []
    until = stage.missed_at + timedelta(hours=ctx.policy.recruiting.write_hours)
    values = {"stage": stage, "application": application, "until": until, "again": again}
    return [
        Notice(
            to,
            "chances/missed",
            values,
            only_if="interview_still_missed",
            subject_id=stage.id,
            expires_at=until,
        )
    ]


def still_missed(ctx: JobContext, stage_id: int) -> bool:
    """Whether a stage is missed still, and nobody has begun to write about it."""
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
    to = candidates.wechat_of(session, recruiting.person_of(session, application))
    if to is None:
        return []
    if request.state == RequestState.ASKED_BACK:
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
    return [Notice(to, "chances/answered", values, expires_at=until)]


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


def tell_of_enquiry_answer(
    session: Session, enquiry: Enquiry, at: datetime, policy: Policy
) -> list[Notice | CloseCards]:
    """The candidate gets the answer, and the cards of the others are over."""
    application = session.get_one(Application, enquiry.application_id)
    to = candidates.wechat_of(session, recruiting.person_of(session, application))
    told: list[Notice | CloseCards] = [CloseCards(enquiry.about, "enquiries/closed")]
    if to is not None:
        question, answer = (_line(said) for said in enquiries.words_of(session, enquiry))
        until = at + timedelta(days=policy.recruiting.answer_days)
        values = {"enquiry": enquiry, "question": question, "answer": answer}
        told.append(Notice(to, "enquiries/answer", values, expires_at=until))
    return told


def _line(words: str) -> str:
    """What somebody wrote, in one line: nothing in it is taken for a button."""
    return " ".join(words.split())
