"""招聘报表: absences by reason and how far people come, as text, picture and table."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from handlers.base import Attachment, AttachmentKind, Context, Later, Reply, Router
from handlers.drawing import Ranking, picture
from handlers.parsing import wants_table
from handlers.periods import find_months
from jobs.spreadsheet import Sheet, attached
from models import recruiting
from models.calendar import add_months
from models.recruiting import HiringReport

router = Router(texts="hiring_report")


@router.command("招聘报表", "招聘统计", "缺席原因", may="recruiting.see", takes_args=True)
def show(ctx: Context) -> list[Reply | Later]:
    """看缺席的原因和走到哪一步，如「招聘报表 三月」"""
    as_table, asked = wants_table(ctx.args)
    months, _ = find_months(asked, ctx.now.date())
    first, count = months or (ctx.now.date().replace(day=1), 1)
    since = datetime.combine(first, time(), tzinfo=ctx.now.tzinfo)
    until = datetime.combine(add_months(first, count), time(), tzinfo=ctx.now.tzinfo)
    found = _report(ctx, since, until)
    arguments = {"since": since.isoformat(), "until": until.isoformat()}
    told: list[Reply | Later] = [Reply("report", report=found, named=_named(ctx), data=_as_data(found))]
    if found.applied or found.missed:
        told.append(Later("hiring_table", arguments) if as_table else Later("hiring_picture", arguments))
    return told


@router.endpoint("GET", "/hiring-report", may="recruiting.see")
def get_report(ctx: Context) -> Reply:
    """本月的缺席原因和走到哪一步"""
    first = ctx.now.date().replace(day=1)
    since = datetime.combine(first, time(), tzinfo=ctx.now.tzinfo)
    found = _report(ctx, since, ctx.now)
    return Reply("report", report=found, named=_named(ctx), data=_as_data(found))


@router.later("hiring_picture", may="recruiting.see")
def draw(ctx: Context) -> Reply | Attachment:
    """The report as a picture."""
    found, named = _asked_for(ctx), _named(ctx)
    words = ctx.words("hiring_report/drawn", report=found)
    reasons = [(named[code], count) for code, count in found.reasons.items()]
    steps = [(one.name, one.reached) for one in found.steps if one.reached]
    charts = [Ranking(words[title], rows) for title, rows in (("reasons", reasons), ("steps", steps)) if rows]
    if not charts:
        return Reply("nothing_to_draw")
    content = picture(words["title"], words["subtitle"], charts, words["note"])
    return Attachment(AttachmentKind.IMAGE, f"{words['title']}.png", content)


@router.later("hiring_table", may="recruiting.see")
def table(ctx: Context) -> Attachment:
    """The report as a file of tables."""
    found, named = _asked_for(ctx), _named(ctx)
    words = ctx.words("hiring_report/drawn", report=found)
    notes = [words["subtitle"], words["note"]]
    sheets = [
        Sheet(
            words["reasons"],
            words["reasons_head"].split("、"),
            [(named[code], count) for code, count in found.reasons.items()],
            notes=notes,
        ),
        Sheet(
            words["steps"],
            words["steps_head"].split("、"),
            [(one.name, one.reached, one.passed) for one in found.steps],
            notes=notes,
        ),
    ]
    return attached(words["title"], sheets, at=ctx.now)


def _asked_for(ctx: Context) -> HiringReport:
    since, until = (datetime.fromisoformat(ctx.arguments[name]) for name in ("since", "until"))
    return _report(ctx, since, until)


def _report(ctx: Context, since: datetime, until: datetime) -> HiringReport:
    return recruiting.report(ctx.session, actor=ctx.employee, since=since, until=until, policy=ctx.policy)


def _named(ctx: Context) -> Mapping[str, str]:
    """Code of a reason → what it is called."""
    return {code: known[0] for code, known in ctx.policy.recruiting.reasons.items()} | dict(
        ctx.words("hiring_report/reason_words")
    )


def _as_data(found: HiringReport) -> Mapping[str, Any]:
    """The report in the JSON API."""
    return {
        "since": found.since,
        "until": found.until,
        "applied": found.applied,
        "missed": found.missed,
        "reasons": dict(found.reasons),
        "stages": [{"name": one.name, "reached": one.reached, "passed": one.passed} for one in found.steps],
    }
