"""离职率 and 离职分析: how many leave, how early and why, as a short answer, a picture and a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from handlers.base import Attachment, AttachmentKind, Context, Later, Reply, Router
from handlers.drawing import Bars, Chart, Curve, Ranking, picture
from handlers.parsing import plain_name, wants_table
from handlers.periods import find_months
from jobs.spreadsheet import Cell, Sheet, attached
from models import turnover
from models.calendar import add_months
from models.staff import Unit
from models.turnover import POINTS, Cohort, Period, Rate, Report, last_day, percent

router = Router(texts="turnover")


@dataclass(frozen=True)
class Asked:
    """What the JSON API is asked: a unit by name, and a month as 2026-03, a quarter or a year in words."""

    unit: str = ""
    month: str = ""
    table: bool = False


@router.command(
    "离职率", "流失率", "离职分析", "离职原因", "离职统计", "离职报表", "人员流失",
    may="turnover.see", takes_args=True,
)  # fmt: skip
def show(ctx: Context) -> list[Reply | Later]:
    """看离职率，如「离职率 城东分公司 三月」"""
    return _answer(ctx, ctx.args)


@router.tap("turnover", may="turnover.see")
def tapped(ctx: Context) -> list[Reply | Later]:
    """看上月的离职率"""
    return _answer(ctx, ctx.args)


@router.endpoint("POST", "/turnover", may="turnover.see", body=Asked)
def figures(ctx: Context) -> list[Reply | Later]:
    """离职率：数字在回答里，图片或表格发到聊天"""
    body: Asked = ctx.body
    return _answer(ctx, f"{body.unit} {body.month}", table=body.table)


@dataclass(frozen=True)
class Looked:
    """The same, in the query of a request that only reads: there is no picture and no table."""

    unit: str = ""
    month: str = ""


@router.endpoint("GET", "/turnover", may="turnover.see", query=Looked)
def read_figures(ctx: Context) -> Reply:
    """离职率：只看数字"""
    report, _ = _asked(ctx, f"{ctx.query.unit} {ctx.query.month}")
    return Reply("figures", data=_data(report), **_values(ctx, report), table=False)


def _answer(ctx: Context, asked: str, *, table: bool = False) -> list[Reply | Later]:
    """The figures at once; the picture, or the table if that is wanted, a moment later."""
    wanted, rest = wants_table(asked)
    report, unit = _asked(ctx, rest)
    period = report.period
    arguments = {
        "unit": None if unit is None else unit.id,
        "first": period.first.isoformat(),
        "months": period.months,
    }
    reply = Reply("figures", data=_data(report), **_values(ctx, report), table=wanted or table)
    if wanted or table:
        turnover.note_export(
            ctx.session,
            actor=ctx.employee,
            unit_id=None if unit is None else unit.id,
            period=period,
            at=ctx.now,
            policy=ctx.policy,
        )
        return [reply, Later("turnover_table", arguments)]
    return [reply, Later("turnover_picture", arguments)]


def _asked(ctx: Context, asked: str) -> tuple[Report, Unit | None]:
    """The report on the unit and the months that the words name; last month, if they name none."""
    months, name = find_months(asked, ctx.now.date())
    first, count = months or (add_months(ctx.now.date().replace(day=1), -1), 1)
    unit = turnover.find_scope(ctx.session, actor=ctx.employee, asked=plain_name(name), policy=ctx.policy)
    return _report(ctx, unit, Period(first, count)), unit


def _report(ctx: Context, unit: Unit | None, period: Period) -> Report:
    return turnover.report(
        ctx.session, actor=ctx.employee, unit=unit, period=period, at=ctx.now, policy=ctx.policy
    )


def _asked_for(ctx: Context) -> Report:
    """The report that a deferred answer is about."""
    unit_id = ctx.arguments["unit"]
    unit = None if unit_id is None else ctx.session.get(Unit, unit_id)
    period = Period(date.fromisoformat(ctx.arguments["first"]), ctx.arguments["months"])
    return _report(ctx, unit, period)


def _values(ctx: Context, report: Report) -> Mapping[str, Any]:
    """What the words of the answer are made of."""
    rate = report.figures
    before = report.before
    change = None
    if rate.value is not None and before is not None and before.value is not None:
        change = percent(rate.value) - percent(before.value)  # type: ignore[operator]
    kept = report.survival.at(ctx.policy.turnover.early_days)
    return {
        "report": report,
        "percent": percent(rate.value),
        "average": _rounded(rate.average),
        "change": change,
        "annual": None if report.annual is None else percent(report.annual.value),
        "early": None if report.early is None else percent(report.early.share),
        "words": ctx.words("turnover/reason_words"),
        "kept": None if kept is None else [percent(share) for share in (kept.value, kept.low, kept.high)],
        "top": report.reasons.top[:3],
        "days_to_close": _rounded(report.days_to_close),
        "policy": ctx.policy.turnover,
        "under_way": report.as_of < report.period.ends_at,
    }


def _rounded(value: Fraction | None) -> str | None:
    """A number with one decimal at most, halves rounded up."""
    return None if value is None else str(percent(value / 100)).removesuffix(".0")


def _number(value: Fraction | float | None) -> float | None:
    """A percentage for JSON and for pictures."""
    exact = percent(value)
    return None if exact is None else float(exact)


def _data(report: Report) -> Mapping[str, Any]:
    """The figures for the JSON API."""
    rate, annual, early = report.figures, report.annual, report.early
    return {
        "unit": report.name,
        "first": report.period.first,
        "months": report.period.months,
        "as_of": report.as_of,
        "formula": rate.formula,
        "rate": _number(rate.value),
        "leavers": None if rate.hidden else rate.leavers,
        "headcount_start": None if rate.hidden else rate.start,
        "headcount_end": None if rate.hidden else rate.end,
        "rate_before": None if report.before is None else _number(report.before.value),
        "annual_rate": None if annual is None else _number(annual.value),
        "early_attrition": None if early is None else _number(early.share),
        "survival": {str(day): _number(step.value) for day in POINTS if (step := report.survival.at(day))},
        "median_days": report.survival.median,
        "reasons": [{"reason": reason, "people": people} for reason, people in report.reasons.top],
    }


@router.later("turnover_picture", may="turnover.see")
def draw(ctx: Context) -> Reply | Attachment:
    """The report as a picture."""
    report = _asked_for(ctx)
    words = ctx.words(
        "turnover/picture_words", report=report, policy=ctx.policy.turnover, until=last_day(report.as_of)
    )
    charts = [*_bars(report, words), *_curve(report, words), *_ranking(ctx, report, words)]
    if not charts:
        return Reply("nothing_to_draw", report=report, policy=ctx.policy.turnover)
    content = picture(words["title"], words["subtitle"], charts, words["note"])
    return Attachment(AttachmentKind.IMAGE, f"{words['file']}.png", content)


def _bars(report: Report, words: Mapping[str, str]) -> list[Chart]:
    """The months, and the annual rate as it stood at the end of each."""
    bars = [None if month is None else _number(month.value) for month, _ in report.months]
    line = [None if year is None else _number(year.value) for _, year in report.months]
    if all(value is None for value in bars):
        return []
    last = last_day(report.as_of).month
    labels = [f"{(last - len(bars) + n) % 12 + 1}{words['month']}" for n in range(len(bars))]
    return [Bars(words["months"], labels, bars, words["bars"], line, words["line"], "%")]


def _curve(report: Report, words: Mapping[str, str]) -> list[Chart]:
    """How long people stay."""
    survival = report.survival
    if not survival.people:
        return []
    steps = [(0, 1.0, 1.0, 1.0), *((s.day, s.value, s.low, s.high) for s in survival.steps)]
    marks = [(day, f"{day}{words['day']}") for day in POINTS]
    return [Curve(words["survival"], steps, survival.until, marks, words["band"])]


def _ranking(ctx: Context, report: Report, words: Mapping[str, str]) -> list[Chart]:
    """Why people left; what may not be told is one row at the end."""
    names = ctx.words("turnover/reason_words")
    told = report.reasons.told
    if told is None or not told.shown:
        return []
    rows = [(names[reason], people) for reason, people in told.shown.items()]
    if told.rest:
        rows.append((words["rest"], told.rest))
    return [Ranking(words["reasons"], rows, words["people"])]


@router.later("turnover_table", may="turnover.see")
def table(ctx: Context) -> Attachment:
    """The report as a file of tables."""
    report = _asked_for(ctx)
    words = ctx.words(
        "turnover/table_words",
        report=report,
        policy=ctx.policy.turnover,
        me=ctx.me,
        at=ctx.now,
        until=last_day(report.as_of),
        days_to_close=_rounded(report.days_to_close),
    )
    names = ctx.words("turnover/reason_words")
    sheets = [
        _monthly(report, words),
        _cohorts(report, words),
        _survival(report, words),
        _reasons(report, words, names),
        _list(report, words, names),
        Sheet(
            words["about"],
            _head(words, "about_head"),
            [(words[f"about{n}.name"], words[f"about{n}"]) for n in range(1, 20) if f"about{n}" in words],
            widths=(16, 90),
        ),
    ]
    return attached(words["file"], sheets, at=ctx.now)


def _head(words: Mapping[str, str], name: str) -> list[str]:
    return words[name].split("|")


def _share(value: Fraction | float | None) -> float | None:
    """A share as the table shows it: rounded half up to a tenth of a percent, as in the answer."""
    exact = percent(value)
    return None if exact is None else float(exact / 100)


def _monthly(report: Report, words: Mapping[str, str]) -> Sheet:
    rows: list[Sequence[Cell]] = []
    for month, year in report.months:
        if month is None:
            continue
        if month.hidden:
            rows.append([f"{month.period.first:%Y-%m}", words["hidden"]])
            continue
        annual = None if year is None else _share(year.value)
        rows.append([f"{month.period.first:%Y-%m}", month.start, month.end, *_rated(month), annual])
    return Sheet(words["months"], _head(words, "months_head"), rows, shares=frozenset({5, 6}))


def _rated(rate: Rate) -> Sequence[Cell]:
    return [rate.leavers, float(rate.average), _share(rate.value)]


def _cohorts(report: Report, words: Mapping[str, str]) -> Sheet:
    rows = [_cohort(cohort, f"{cohort.first:%Y-%m}") for cohort in report.cohorts if cohort.hired]
    if report.merged is not None:
        rows.append(_cohort(report.merged, words["merged"]))
    return Sheet(
        words["cohorts"],
        _head(words, "cohorts_head"),
        rows,
        shares=frozenset({5}),
        widths=(26, 14, 14, 12, 16, 14),
    )


def _cohort(cohort: Cohort, name: str) -> Sequence[Cell]:
    return [name, cohort.first, cohort.last, cohort.hired, cohort.gone, _share(cohort.share)]


def _survival(report: Report, words: Mapping[str, str]) -> Sheet:
    rows: list[Sequence[Cell]] = [
        (step.day, step.at_risk, step.events, _share(step.value), _share(step.low), _share(step.high))
        for step in report.survival.steps
    ]
    return Sheet(words["survival"], _head(words, "survival_head"), rows, shares=frozenset({3, 4, 5}))


def _reasons(report: Report, words: Mapping[str, str], names: Mapping[str, str]) -> Sheet:
    """The reasons; what is too small to be told is one row with its sum. Kinds where they may be summed."""
    told, head = report.reasons.told, _head(words, "reasons_head")
    if told is None:
        return Sheet(words["reasons"], head, [(words["hidden"],)], widths=(40,))
    rows: list[Sequence[Cell]] = [(names[reason], people) for reason, people in told.shown.items()]
    if told.rest:
        rows.append((words["rest"], told.rest))
    rows.append((words["sum"], report.reasons.total))
    rows += [(f"{words['of_it']}{names[kind]}", people) for kind, people in report.reasons.kinds.items()]
    return Sheet(words["reasons"], head, rows, widths=(44, 10))


def _list(report: Report, words: Mapping[str, str], names: Mapping[str, str]) -> Sheet:
    """Who left: numbers, never names; a reason only where its group may be told."""
    head = _head(words, "list_head")
    if report.reasons.told is None:
        return Sheet(words["list"], head, [(words["hidden"],)], widths=(30,))
    rows: list[Sequence[Cell]] = []
    for spell in sorted(report.leavers, key=lambda one: (one.leaving.at, one.person)):  # type: ignore[union-attr]
        assert spell.leaving is not None
        reason = spell.leaving.reason
        told = names[reason] if report.reasons.may_tell(reason) else words["not_told"]
        number = spell.number or f"#{spell.person}"
        rows.append((number, spell.unit, spell.hired_on, last_day(spell.leaving.at), told))
    return Sheet(words["list"], head, rows, widths=(14, 20, 14, 14, 24))
