"""The report about their people that those who lead get, and 要日报, 不要日报."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from handlers.base import Attachment, AttachmentKind, Context, Later, Part, Reply, Router
from handlers.drawing import Bars, Chart, Ranking, picture
from handlers.performance_questions import Numbers, around, earned_by, key_of, names_of
from models import performance
from models.performance import CATALOGUE, SEE, Asked, Team, Window, month_of

router = Router(texts="team_reports")

PAID, KEPT = "recovered_amount", "ptp_kept_rate"
MOST = 15
"""People on a picture."""


@router.command("不要日报", "关日报", "关闭日报", "不收日报", "退订日报", "取消日报", may=SEE)
def switch_off(ctx: Context) -> Reply:
    """不收团队日报；再收发「要日报」"""
    return _choose(ctx, wanted=False)


@router.command("要日报", "开日报", "打开日报", "收日报", "订阅日报", may=SEE, hidden=True)
def switch_on(ctx: Context) -> Reply:
    """每个工作日早上收团队日报"""
    return _choose(ctx, wanted=True)


@router.tap("no_daily_report", may=SEE)
def tapped_off(ctx: Context) -> Reply:
    """点卡片不再收日报"""
    return _choose(ctx, wanted=False)


def _choose(ctx: Context, *, wanted: bool) -> Reply:
    changed = performance.choose_daily(
        ctx.session, actor=ctx.employee, wanted=wanted, at=ctx.now, policy=ctx.policy
    )
    if wanted:
        return Reply("on", changed=changed, at=ctx.policy.team_reports.daily_at)
    return Reply("off", changed=changed)


@router.command("日报", "团队日报", "看日报", "发日报", may=SEE)
def daily(ctx: Context) -> list[Part]:
    """马上看团队日报"""
    return _at_once(ctx, performance.days_told_of(ctx.now.date(), ctx.calendar), daily=True)


@router.command("周报", "团队周报", "团队报表", "看周报", "发周报", may=SEE)
def weekly(ctx: Context) -> list[Part]:
    """马上看团队周报"""
    return _at_once(ctx, performance.week_told_of(ctx.now.date(), ctx.calendar), daily=False)


def _at_once(ctx: Context, window: Window, *, daily: bool) -> list[Part]:
    unit = performance.led_by(ctx.session, ctx.employee, ctx.policy)
    if unit is None:
        raise performance.LeadsNobody()
    if not performance.team_of(around(ctx), unit, window, actor=ctx.employee).view.people:
        return [Reply("nobody_works", unit=unit)]
    until = ctx.now + timedelta(hours=1)
    days = {"first": window.first.isoformat(), "last": window.last.isoformat()}
    return [
        Reply("coming", unit=unit, daily=daily, window=window),
        Later("team_report", {"daily": daily, "until": until.isoformat(), **days}),
    ]


@router.later("team_report", may=SEE)
def report(ctx: Context) -> list[Part]:
    """The picture first, the words second; nothing where it is too late or nobody is led any more."""
    arguments = ctx.arguments
    unit = performance.led_by(ctx.session, ctx.employee, ctx.policy)
    if unit is None or ctx.now >= datetime.fromisoformat(arguments["until"]):
        return []
    window = Window(*(date.fromisoformat(arguments[end]) for end in ("first", "last")))
    team = performance.team_of(around(ctx), unit, window, actor=ctx.employee)
    if not team.view.people:
        return []
    charts = _charts(ctx, team, daily=arguments["daily"])
    reply = Reply(
        "report",
        unit=unit,
        v=team.view,
        daily=arguments["daily"],
        paid=_line(team, PAID),
        kept=_line(team, KEPT),
        learnt=team.learnt,
        overdue=sum(count for _, count in team.overdue),
        late=[(one.name, count) for one, count in team.overdue[: ctx.policy.team_reports.most_named]],
        unlike=_unlike(ctx, team),
        earned=[] if arguments["daily"] else earned_by(ctx, team.view.people, month_of(window.last)),
        key=key_of(unit, Asked(window)),
        now=ctx.now,
    )
    if not charts:
        return [reply]
    words = ctx.words("team_reports/drawn", unit=unit, v=team.view, now=ctx.now, daily=arguments["daily"])
    content = picture(words["title"], words["subtitle"], charts, words["note"])
    return [Attachment(AttachmentKind.IMAGE, f"{words['title']}.png", content), reply]


def _line(team: Team, measure: str) -> Mapping[str, Any]:
    line = team.view.line(measure)
    change = None if line is None else line.change
    before = None if line is None else line.before
    return {
        "unit": CATALOGUE[measure].unit,
        "value": None if line is None else line.figure.value,
        "before": before,
        "change": change,
        "percent": performance.rounded(change * 100 / abs(before)) if change is not None and before else None,
    }


def _unlike(ctx: Context, team: Team) -> Sequence[Mapping[str, Any]]:
    names = names_of(ctx)
    return [
        {
            "person": one.person.name,
            "name": names[one.measure],
            "unit": CATALOGUE[one.measure].unit,
            "value": one.value,
            "middle": one.comparison.middle,
        }
        for one in team.unlike[: ctx.policy.team_reports.most_named]
    ]


def _charts(ctx: Context, team: Team, *, daily: bool) -> Sequence[Chart]:
    """Of a week how it went, then what each person collected; of a day the latter alone."""
    charts: list[Chart] = []
    words = {**ctx.words("performance_pictures/signs"), **ctx.words("team_reports/charts")}
    view = team.view
    if not daily:
        paid, kept = (performance.trend(around(ctx), view.people, code, view.window) for code in (PAID, KEPT))
        bars = Numbers(ctx, words, PAID, [one.value for _, one in paid])
        line = Numbers(ctx, words, KEPT, [one.value for _, one in kept])
        labels = [ctx.words("performance_pictures/label", window=window)["label"] for window, _ in paid]
        if any(bars.shown):
            name = line.name if any(value is not None for value in line.shown) else ""
            charts.append(Bars(words["trend"], labels, bars.shown, bars.name, line.shown, name))
    values: list[Decimal | None] = [figure.value for _, figure in team.paid[:MOST]]
    if any(values):
        shown = Numbers(ctx, words, PAID, values)
        names = [person.name for person, _ in team.paid[:MOST]]
        rows = [(name, value or 0.0) for name, value in zip(names, shown.shown, strict=True)]
        charts.append(Ranking(f"{words['each']}{shown.name}", rows))
    return charts
