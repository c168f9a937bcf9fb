"""What who holds an interview hears of it: the brief before, and the sheet that is missing afterwards."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from jobs.base import JobContext, Notice
from models import planning, recruiting
from models.candidates import Application
from models.planning import DueItem
from models.policy import Policy
from models.recruiting import StageRecord
from models.staff import Employee

BRIEF, SHEET, SHEET_STILL = "interview_brief", "interview_sheet", "interview_sheet_still"
"""The kinds of due items: an interview comes up, is over, and its sheet is still missing."""
AHEAD = timedelta(minutes=10)
"""So much earlier than they are due briefs are planned: twice the pause between two looks."""
KEEP = timedelta(days=3)
"""A reminder of a sheet is worth sending for so long."""


def plan_interviews(session: Session, *, at: datetime, policy: Policy) -> None:
    """Plan what interviewers hear of the interviews that come up; what is planned stays as it is."""
    before = timedelta(minutes=policy.recruiting.brief_minutes)
    rows: list[tuple[str, int, datetime, datetime]] = []
    for stage in recruiting.interviews_between(session, since=at - KEEP, until=at + before + AHEAD):
        assert stage.starts_at is not None
        over = stage.ends_at or stage.starts_at
        later = over + timedelta(hours=policy.recruiting.sheet_remind_hours)
        if stage.starts_at > at:
            rows.append((BRIEF, stage.id, stage.starts_at - before, over))
        rows += [(SHEET, stage.id, over, over + KEEP), (SHEET_STILL, stage.id, later, later + KEEP)]
    planning.plan_due(session, rows)


def brief_interviewers(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """Before an interview: scores by dimension, what is weak, and what to ask (S2-05, S2-06)."""
    before = timedelta(minutes=ctx.policy.recruiting.brief_minutes)
    found = [(item, ctx.session.get(StageRecord, item.subject_id)) for item in items]
    notices = []
    for item, stage in found:
        if stage is None or stage.starts_at is None or stage.starts_at - before != item.due_at:
            continue
        process = recruiting.process_of(ctx.session, stage.application_id, policy=ctx.policy)
        if recruiting.awaits_sheet(stage) and process.current is stage:
            values = {**_values(ctx, stage), "outline": recruiting.brief(ctx.session, process, stage)}
            notices.append(
                Notice(
                    _holder(ctx, stage),
                    "interviews/brief",
                    values,
                    only_if="interview_still_held",
                    subject_id=stage.id,
                    expires_at=item.expires_at,
                )
            )
    return notices


def ask_for_sheets(ctx: JobContext, items: Sequence[DueItem]) -> list[Notice]:
    """After an interview, and a day later: one tap to score, another to say that nobody came."""
    notices = []
    for item in items:
        stage = ctx.session.get(StageRecord, item.subject_id)
        if stage is None or not recruiting.awaits_sheet(stage) or not _over(ctx, stage, item):
            continue
        notices.append(
            Notice(
                _holder(ctx, stage),
                "interviews/sheet_missing",
                {**_values(ctx, stage), "again": item.kind == SHEET_STILL},
                only_if="interview_still_held",
                subject_id=stage.id,
                expires_at=item.expires_at,
                about=stage.about,
            )
        )
    return notices


def still_held(ctx: JobContext, stage_id: int) -> bool:
    """Whether nobody has said yet what came of an interview."""
    stage = ctx.session.get(StageRecord, stage_id)
    return stage is not None and recruiting.awaits_sheet(stage)


def _over(ctx: JobContext, stage: StageRecord, item: DueItem) -> bool:
    """Whether the item is about the time for which the stage is arranged now."""
    over = stage.ends_at or stage.starts_at
    hours = ctx.policy.recruiting.sheet_remind_hours if item.kind == SHEET_STILL else 0
    return over is not None and over + timedelta(hours=hours) == item.due_at


def _holder(ctx: JobContext, stage: StageRecord) -> Employee:
    return ctx.session.get_one(Employee, stage.interviewer_id)


def _values(ctx: JobContext, stage: StageRecord) -> dict[str, Any]:
    application = ctx.session.get_one(Application, stage.application_id)
    return {
        "stage": stage,
        "application": application,
        "person": recruiting.person_of(ctx.session, application),
        "unit": recruiting.unit_of(ctx.session, application),
    }
