"""怎么算的 and 差多少: the records behind a figure, and how much more it takes to reach a target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from handlers.base import Context, Part, Reply, Router
from handlers.meant import person_called
from handlers.performance_questions import (
    Query,
    Several,
    Subject,
    around,
    asked_again,
    asked_by,
    asked_in_chat,
    gap_name_in,
    key_of,
    names_of,
    subject_of,
    view_of,
    which,
)
from handlers.performance_words import read_target
from models import cases, lifecycle, messaging, performance
from models.performance import (
    CATALOGUE,
    SEE,
    Asked,
    Explained,
    Figure,
    Gap,
    Over,
    Record,
    Studied,
    Term,
    View,
)

router = Router(texts="performance_reasons")

PAGE = 12
"""Records of one answer."""
BUTTONS = 6
NUMBERS = ("talked", "rating", "signing_days", "kept_days")
"""Of these each record is so many."""


# --- the records behind a figure ---------------------------------------------------------------------


@router.command("为什么", "怎么算", may=SEE, hidden=True)
@router.command("怎么算的", "业绩明细", "业绩怎么算的", may=SEE, takes_args=True)
@router.sentence(
    "performance_why",
    "{who}? <figures> <made>",
    "{who}? <period> <figures> <made>",
    "<period> {who}? <figures> <made>",
    "<why> {who}? <figures>",
    anywhere=("{filter}", "<period>"),
    may=SEE,
)
def why(ctx: Context) -> list[Part]:
    """看一个数怎么算的、是哪些记录，如「怎么算的 回款率」"""
    question = asked_in_chat(ctx)
    if question.unclear:
        return [Reply("performance/which_time", said=question.unclear)]
    if question.window.first > ctx.now.date():
        return [Reply("performance/ahead", window=question.window)]
    if not ctx.args and not question.measure and not question.rest and not ctx.slots.people:
        last = _asked_last(ctx)
        if last is not None:
            return _explained(ctx, *last)
    subject = subject_of(ctx, question)
    asked = Asked(question.window, question.measure, question.bucket)
    if isinstance(subject, Several):
        return [which(ctx, subject, asked, "performance_why")]
    return _explained(ctx, subject, asked, 0)


def _asked_last(ctx: Context) -> tuple[Subject, Asked, int] | None:
    """What a plain 「为什么」 is about: the figure that the newest card showed; None without one."""
    for key in messaging.newest_buttons(
        ctx.session,
        channel=messaging.Channel.WECOM,
        recipient=ctx.employee.wecom_id,
        since=ctx.now - timedelta(minutes=ctx.policy.sentences.ask_minutes),
    ):
        name, _, rest = key.partition(":")
        if name == "performance_why":
            return asked_again(ctx, rest)
    return None


@router.tap("performance_why", may=SEE)
def tapped(ctx: Context) -> list[Part]:
    """点卡片看一个数怎么算的"""
    found = asked_again(ctx, ctx.args)
    return [Reply("common/stale_key")] if found is None else _explained(ctx, *found)


@router.endpoint("GET", "/people/<account>/performance/records", may=SEE, query=Query)
def get_records(ctx: Context) -> list[Part]:
    """看一个数是从哪些记录来的，如 asked=回款率 十月"""
    question = asked_by(ctx, ctx.query.asked)
    person = person_called(ctx, SEE, ctx.path["account"])
    asked = Asked(question.window, question.measure or performance.FIRST[0], question.bucket)
    return _explained(ctx, person, asked, 0)


def _explained(ctx: Context, subject: Subject, asked: Asked, page: int) -> list[Part]:
    view = view_of(ctx, subject, asked)
    names = names_of(ctx)
    if not asked.measure:
        keys = [
            (names[one.measure], key_of(subject, asked, measure=one.measure)) for one in view.lines[:BUTTONS]
        ]
        return [Reply("which_measure", who=subject.name, v=view, keys=keys, now=ctx.now)]
    found = performance.explain(view, around(ctx), asked.measure)
    if found is None:
        return [Reply("no_figure", name=names[asked.measure])]
    rows = _rows(ctx, found)
    first = page * PAGE
    reply = Reply(
        "explained",
        who=subject.name,
        v=view,
        name=names[asked.measure],
        figure=_made(found.figure),
        version=CATALOGUE[asked.measure].version,
        formula=ctx.words("performance_words/formulas")[asked.measure],
        live=CATALOGUE[asked.measure].live,
        people=[(person.name, _made(one)) for person, one in found.by_person],
        rows=rows[first : first + PAGE],
        total=len(rows),
        page=page,
        now=ctx.now,
        data=_as_data(ctx, found),
    )
    left = len(rows) - first - PAGE
    if left <= 0:
        return [reply]
    return [reply, Reply("more", left=left, key=key_of(subject, asked, page=page + 1))]


def _made(figure: Figure) -> Mapping[str, Any]:
    """A figure with what it was made from, money as such."""
    measure = CATALOGUE[figure.measure]
    return {
        "unit": measure.unit,
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "money": any(term.money for term in measure.numerator),
    }


def _rows(ctx: Context, found: Explained) -> Sequence[Mapping[str, Any]]:
    """All records in the order of what is counted, the first of each kind with its heading."""
    parts = ctx.words("performance_words/parts")
    numbers = sorted({row.case_id for some in found.terms.values() for row in some if row.case_id})
    masked = {one.number: one.name for one in cases.listed(ctx.session, numbers)}
    outside = {row.id for term, some in found.terms.items() if _outside(term) for row in some}
    origins = performance.origins(ctx.session, outside)
    courses = performance.studied(ctx.session, _enrolments(found))
    rows = []
    for term, some in found.terms.items():
        before = term.over is Over.BEFORE
        for place, row in enumerate(some):
            rows.append(
                {
                    "heading": "" if place else parts["before" if before else term.part],
                    "count": len(some),
                    "part": term.part,
                    "day": row.day,
                    "case": row.case_id,
                    "debtor": masked.get(row.case_id or 0, ""),
                    "amount": row.value if term.money else None,
                    "sign": row.count if term.over is Over.AVERAGE else None,
                    "number": row.count if term.part in NUMBERS else None,
                    "origin": origins.get(row.id) if _outside(term) else None,
                    "course": courses.get(row.id) if term.part in performance.LEARNING_PARTS else None,
                }
            )
    return rows


def _enrolments(found: Explained) -> set[int]:
    parts = performance.LEARNING_PARTS
    return {row.id for term, some in found.terms.items() if term.part in parts for row in some}


def _outside(term: Term) -> bool:
    return term.part in performance.EXTERNAL_PARTS


def _as_data(ctx: Context, found: Explained) -> Mapping[str, Any]:
    courses = performance.studied(ctx.session, _enrolments(found))
    return {
        "measure": found.measure,
        "version": CATALOGUE[found.measure].version,
        "numerator": found.figure.numerator,
        "denominator": found.figure.denominator,
        "value": None if found.figure.value is None else float(found.figure.value),
        "records": [
            {
                **_record(term, row),
                **(_course(courses[row.id]) if term.part in performance.LEARNING_PARTS else {}),
            }
            for term, some in found.terms.items()
            for row in some
        ],
        "people": [
            {"account": person.wecom_id, "numerator": one.numerator, "denominator": one.denominator}
            for person, one in found.by_person
        ],
    }


def _course(one: Studied) -> Mapping[str, Any]:
    return {
        "course": one.title,
        "due_at": one.due_at,
        "score": one.score,
        "try": one.number,
        "completed_at": one.completed_at,
    }


def _record(term: Term, row: Record) -> Mapping[str, Any]:
    return {
        "part": term.part,
        "over": term.over,
        "id": row.id,
        "case": row.case_id,
        "day": row.day,
        "bucket": None if row.entry_bucket < 0 else row.entry_bucket,
        "value": row.value,
        "count": row.count,
    }


# --- how much more it takes -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Missing:
    """How far a figure is from its target."""

    name: str
    unit: str
    value: Decimal | None
    target: Decimal
    limit: bool
    money: bool
    gap: Gap | None


@router.command(
    "差多少", "再收多少到目标", "再收多少", "还差多少", "离目标多远",
    may=SEE, takes_args=True,
)  # fmt: skip
def gap(ctx: Context) -> list[Part]:
    """看再收多少到目标，也可以「再收多少到 40%」"""
    return [_gap_asked(ctx, ctx.args)]


@router.tap("performance_gap", may=SEE)
def tapped_gap(ctx: Context) -> list[Part]:
    """点卡片看还差多少"""
    found = asked_again(ctx, ctx.args)
    if found is None:
        return [Reply("common/stale_key")]
    subject, asked, _ = found
    return [_gaps(ctx, subject, view_of(ctx, subject, asked))]


@router.endpoint("GET", "/performance/gap", may=SEE, query=Query)
def get_gap(ctx: Context) -> Reply:
    """看自己再收多少到目标，也可以 asked=40%"""
    return _gap_asked(ctx, ctx.query.asked)


def _gap_asked(ctx: Context, text: str) -> Reply:
    measures = ctx.policy.performance.measures
    today = ctx.now.date()
    wanted = read_target(text, today, measures)
    if not wanted.measure and any(mark.isdigit() for mark in text):
        code = performance.FIRST["%" in text]
        wanted = read_target(f"{measures[code][0]} {text}", today, measures)
    question = asked_by(ctx, text)
    window = performance.month_of(today)
    if question.window.first > today:
        return Reply("performance/ahead", window=question.window)
    if question.window.months == 1:
        window = question.window
    asked = Asked(window, wanted.measure, question.bucket)
    rest = gap_name_in(asked_by(ctx, wanted.rest).rest)
    try:
        person = person_called(ctx, SEE, rest) if rest else ctx.employee
    except lifecycle.SeveralCalled as error:
        return which(ctx, Several(people=error.facts["people"]), asked, "performance_gap")
    view = view_of(ctx, person, asked)
    target = None if wanted.value is None else Decimal(wanted.value) / 100
    return _gaps(ctx, person, view, target)


def _gaps(ctx: Context, subject: Subject, view: View, target: Decimal | None = None) -> Reply:
    names = names_of(ctx)
    found = []
    for line in view.lines:
        aim = line.target if target is None else target
        measure = CATALOGUE[line.measure]
        if aim is None:
            continue
        found.append(
            Missing(
                names[line.measure],
                measure.unit,
                line.figure.value,
                aim,
                measure.direction is performance.Direction.LOWER,
                any(term.money for term in measure.numerator),
                performance.missing(view, line.measure, aim),
            )
        )
    return Reply(
        "gaps",
        who=subject.name,
        own=subject is ctx.employee,
        v=view,
        found=found,
        now=ctx.now,
        data={
            "gaps": [
                {
                    "measure": line.measure,
                    "target": float(one.target),
                    "missing": None if one.gap is None else one.gap.missing,
                    "room": None if one.gap is None else one.gap.room,
                }
                for line, one in zip(
                    (line for line in view.lines if target is not None or line.target is not None),
                    found,
                    strict=True,
                )
            ]
        },
    )
