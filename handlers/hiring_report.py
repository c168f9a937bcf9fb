"""招聘报表: absences, how far people come, and what notices come to, as text, picture and table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from handlers.base import Attachment, AttachmentKind, Context, Later, Part, Reply, Router
from handlers.drawing import Chart, Ranking, picture
from handlers.parsing import plain_name, wants_table
from handlers.periods import find_days
from jobs.spreadsheet import Cell, Sheet, attached
from models import notices, recruiting, secrecy
from models.calendar import add_months
from models.notices import NoticeReport
from models.recruiting import HiringReport
from models.staff import Unit

router = Router(texts="hiring_report")


@dataclass(frozen=True)
class Looked:
    """A unit by its name, and a time in words; this month if there is none."""

    unit: str = ""
    month: str = ""


@dataclass(frozen=True)
class Found:
    """A report with what asks for it again."""

    hiring: HiringReport
    told: NoticeReport | None
    arguments: Mapping[str, Any]

    @property
    def empty(self) -> bool:
        """Whether nothing happened."""
        return not (self.hiring.applied or self.hiring.missed or (self.told and self.told.records))

    @property
    def key(self) -> str:
        """The tap that sends the records."""
        one = self.arguments
        return f"hiring_records:{one['since']}:{one['until']}:{one['unit'] or 0}"


@router.command(
    "招聘报表", "招聘统计", "招聘漏斗", "缺席原因", "通知送达率", "通知回复率",
    may="recruiting.see", takes_args=True,
)  # fmt: skip
def show(ctx: Context) -> list[Part]:
    """看缺席原因、进度和通知，如「招聘报表 三月」"""
    as_table, asked = wants_table(ctx.args)
    found = _asked(ctx, asked)
    told: list[Part] = [Reply("report", **_values(ctx, found), data=_as_data(found))]
    if found.empty:
        return told
    if as_table:
        return [*told, _records(ctx, found.arguments)]
    return [*told, Reply("records", key=found.key), Later("hiring_picture", found.arguments)]


@router.tap("hiring_records", may="recruiting.see")
def show_records(ctx: Context) -> list[Part]:
    """点卡片，看报表的每一条记录"""
    since, until, unit = [*ctx.args.split(":"), "", "", ""][:3]
    try:
        days = [date.fromisoformat(one).isoformat() for one in (since, until)]
    except ValueError:
        return [Reply("common/stale_key")]
    number = int(unit) if unit.isdecimal() else 0
    arguments = {"since": days[0], "until": days[1], "unit": number or None}
    return [Reply("records_come"), _records(ctx, arguments)]


def _records(ctx: Context, arguments: Mapping[str, Any]) -> Later:
    since, until = (_midnight(ctx, date.fromisoformat(arguments[name])) for name in ("since", "until"))
    recruiting.note_export(ctx.session, actor=ctx.employee, since=since, until=until, at=ctx.now)
    return Later("hiring_table", arguments)


@router.endpoint("GET", "/hiring-report", may="recruiting.see", query=Looked)
def get_report(ctx: Context) -> Reply:
    """缺席原因、各环节和通知的数字"""
    found = _asked(ctx, f"{ctx.query.unit} {ctx.query.month}")
    return Reply("report", **_values(ctx, found), data=_as_data(found))


@router.later("hiring_picture", may="recruiting.see")
def draw(ctx: Context) -> Reply | Attachment:
    """The report as a picture."""
    found = _asked_for(ctx)
    named = _named(ctx)
    words = ctx.words("hiring_report/drawn", **_values(ctx, found))
    replies = ctx.words("hiring_report/reply_words")
    channels = ctx.words("hiring_report/channel_words")
    told = found.told
    charts: list[Chart] = []

    def rank(title: str, rows: Sequence[tuple[str, int]], unit: str = "") -> None:
        if rows:
            charts.append(Ranking(words[title], rows, unit))

    rank("reasons", [(named.get(code, code), count) for code, count in found.hiring.reasons.items()])
    rank("steps", [(one.name, one.reached) for one in found.hiring.steps if one.reached])
    if told is not None and told.sent:
        shares = [(name, _percent(one.reached, one.sent) or 0) for name, one in told.channels.items()]
        rank("delivered", [(channels.get(name, name), share) for name, share in shares], "%")
        rank("replies", [(replies.get(kind, kind), count) for kind, count in told.kinds.items()])
    if not charts:
        return Reply("nothing_to_draw")
    content = picture(words["title"], words["subtitle"], charts, words["note"])
    return Attachment(AttachmentKind.IMAGE, f"{words['title']}.png", content)


@router.later("hiring_table", may="recruiting.see")
def table(ctx: Context) -> Attachment:
    """The report as a file of tables, a sheet of records behind each figure."""
    found = _asked_for(ctx)
    words = ctx.words("hiring_report/drawn", **_values(ctx, found))
    rows = {**_hiring_rows(ctx, found.hiring), **(_notice_rows(ctx, found.told) if found.told else {})}
    notes = [words["subtitle"], words["note"]]
    sheets = [
        Sheet(
            words[name],
            words[f"{name}_head"].split("、"),
            lines or [(words["none"],)],
            notes=[*notes, words[f"{name}_note"]] if f"{name}_note" in words else notes,
        )
        for name, lines in rows.items()
    ]
    return attached(words["title"], sheets, at=ctx.now)


def _hiring_rows(ctx: Context, report: HiringReport) -> Mapping[str, Sequence[Sequence[Cell]]]:
    """Sheet → its rows, of what everybody sees who sees hiring."""
    named = _named(ctx)
    least = ctx.policy.recruiting.strong_score
    return {
        "reasons": [(named.get(code, code), count) for code, count in report.reasons.items()],
        "absences": [
            (
                one.application.called,
                secrecy.mask_name(one.person.name),
                one.stage,
                one.at.replace(tzinfo=None).isoformat(" ", "minutes"),
                named.get(one.reason, one.reason),
            )
            for one in report.absences
        ],
        "steps": [(one.name, one.reached, one.passed, one.waiting, one.days) for one in report.steps],
        "recruiters": [(one.name, one.stages, one.requests) for one in report.recruiters],
        "strengths": [
            (one.name, least, *one.strong, _percent(*one.strong), *one.everybody, _percent(*one.everybody))
            for one in report.strengths
        ],
    }


def _notice_rows(ctx: Context, told: NoticeReport) -> Mapping[str, Sequence[Sequence[Cell]]]:
    """The same of what only those see who follow notices up."""
    replies = ctx.words("hiring_report/reply_words")
    channels = ctx.words("hiring_report/channel_words")
    states = ctx.words("hiring_report/state_words")
    templates = ctx.policy.notice_texts.templates

    def called(code: str) -> str:
        return templates[code].name if code in templates else code

    return {
        "channels": [
            (channels.get(name, name), one.sent, one.reached, _percent(one.reached, one.sent))
            for name, one in told.channels.items()
        ],
        "templates": [
            (
                called(code),
                one.sent,
                one.reached,
                one.seen,
                one.replied,
                _percent(one.replied, one.sent),
                *(one.kinds.get(kind, 0) for kind in replies),
            )
            for code, one in told.templates.items()
        ],
        "notices": [
            (
                one.notice.id,
                one.notice.application_id,
                secrecy.mask_name(one.person.name),
                called(one.notice.template),
                one.notice.created_at.replace(tzinfo=None).isoformat(" ", "minutes"),
                None if one.waited is None else round(one.waited.total_seconds() / 60),
                " ".join(
                    f"{channels.get(name, name)}{states.get(state, state)}"
                    for name, state in one.states.items()
                ),
                one.notice.repeats,
                "；".join(
                    f"{replies.get(reply.kind, reply.kind)}（{'、'.join(reply.hits)}）"
                    if reply.hits
                    else replies.get(reply.kind, reply.kind)
                    for reply in one.replies
                ),
            )
            for one in told.records
        ],
    }


# --- what is asked ---------------------------------------------------------------------------------------


def _asked(ctx: Context, asked: str) -> Found:
    """The report on the unit and the time that the words name; this month if they name none."""
    days, rest = find_days(asked, ctx.now.date())
    first = ctx.now.date().replace(day=1)
    since, until = days or (first, add_months(first, 1))
    name = plain_name(rest)
    unit = recruiting.find_scope(ctx.session, actor=ctx.employee, asked=name, policy=ctx.policy)
    return _report(ctx, since, until, unit)


def _asked_for(ctx: Context) -> Found:
    """The report that a deferred answer is about."""
    since, until = (date.fromisoformat(ctx.arguments[name]) for name in ("since", "until"))
    unit_id = ctx.arguments["unit"]
    return _report(ctx, since, until, None if unit_id is None else ctx.session.get(Unit, unit_id))


def _report(ctx: Context, first: date, end: date, unit: Unit | None) -> Found:
    since, until = _midnight(ctx, first), _midnight(ctx, end)
    if since > ctx.now:
        raise recruiting.PeriodAhead(first=first)
    scope: dict[str, Any] = {"since": since, "until": until, "policy": ctx.policy, "unit": unit}
    found = recruiting.report(ctx.session, actor=ctx.employee, **scope)
    citing = sum(found.reasons.get(code, 0) for code in (recruiting.NOT_RECEIVED, notices.NOT_TOLD))
    told = notices.notice_report(ctx.session, actor=ctx.employee, absent=citing, **scope)
    arguments = {
        "since": first.isoformat(),
        "until": end.isoformat(),
        "unit": None if unit is None else unit.id,
    }
    return Found(found, told, arguments)


def _midnight(ctx: Context, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ctx.now.tzinfo)


def _named(ctx: Context) -> Mapping[str, str]:
    """Code of a reason → what it is called."""
    return {code: known[0] for code, known in ctx.policy.recruiting.reasons.items()} | dict(
        ctx.words("hiring_report/reason_words")
    )


def _percent(part: int, whole: int) -> int | None:
    """Whole per cent, a half goes up; None of nothing."""
    return None if not whole else (part * 200 + whole) // (whole * 2)


def _values(ctx: Context, found: Found) -> dict[str, Any]:
    """What the words of the answer are made of."""
    told = found.told
    return {
        "report": found.hiring,
        "told": told,
        "last": found.hiring.until - timedelta(days=1),
        "named": _named(ctx),
        "kinds": ctx.words("hiring_report/reply_words"),
        "delivered": _percent(told.reached, told.sent) if told else None,
        "seen": _percent(told.seen, told.sent) if told else None,
        "replied": _percent(told.replied, told.sent) if told else None,
        "late": _percent(told.latency.late, told.latency.count) if told else None,
        "numbers": ctx.policy.notices,
    }


def _as_data(found: Found) -> Mapping[str, Any]:
    """The report in the JSON API."""
    report, told = found.hiring, found.told
    data: dict[str, Any] = {
        "since": report.since,
        "until": report.until,
        "unit": report.unit,
        "applied": report.applied,
        "admitted": report.admitted,
        "missed": report.missed,
        "reasons": dict(report.reasons),
        "stages": [
            {
                "name": one.name,
                "reached": one.reached,
                "passed": one.passed,
                "waiting": one.waiting,
                "median_days": one.days,
            }
            for one in report.steps
        ],
        "recruiters": [
            {"name": one.name, "stages": one.stages, "requests": one.requests} for one in report.recruiters
        ],
        "strengths": [
            {"name": one.name, "strong": list(one.strong), "everybody": list(one.everybody)}
            for one in report.strengths
        ],
        "notices": None,
    }
    if told is not None:
        data["notices"] = {
            "sent": told.sent,
            "reached": told.reached,
            "seen": told.seen,
            "replied": told.replied,
            "replies": dict(told.kinds),
            "latency_minutes": {"median": told.latency.median, "p90": told.latency.ninth},
            "late": told.latency.late,
            "target_minutes": told.latency.target,
            "duplicates_prevented": told.prevented,
            "duplicates": told.doubled,
            "withdrawn": told.ended,
            "withdrawn_not_notified": told.lost,
            "proposal": told.proposal,
        }
    return data
