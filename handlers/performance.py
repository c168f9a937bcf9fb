"""业绩 and 排名: the figures of somebody or of a unit, the change, the place among peers, and a picture."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from handlers.base import Context, Later, Part, Reply, Router
from handlers.performance_questions import (
    Query,
    Question,
    Several,
    Subject,
    around,
    asked_again,
    asked_by,
    asked_in_chat,
    earned_by,
    key_of,
    names_of,
    subject_of,
    view_of,
    which,
)
from models import performance
from models.performance import CATALOGUE, SEE, Asked, Line, Ranked, Standing, View
from models.performance import Unit as Measured
from models.staff import Employee, Unit

router = Router(texts="performance")

ROWS = 6
"""So many figures stand on a card beside the first one."""
MOST = 15
"""Lines of a ranking."""
SHOWN_OUTLIERS = 2


@router.command(
    "业绩", "我的业绩", "看业绩", "业绩情况", "绩效", "我的绩效", may=SEE, takes_args=True,
)  # fmt: skip
@router.tap("my_performance", may=SEE)
@router.sentence(
    "performance",
    "<look>? {who}? <figures>",
    "<look>? {who}? <period> <figures>",
    "<look>? <period> {who}? <figures>",
    "<look>? {who}? <period> <collected>",
    "<look>? <period> {who}? <collected>",
    "<figures> {who}",
    anywhere=("{filter}", "<period>", "<everybody>"),
    may=SEE,
)
def show(ctx: Context) -> list[Part]:
    """看业绩，如「业绩」「张三上周业绩」「二组 M2 回款率」"""
    return _answer(ctx, asked_in_chat(ctx))


@router.command("排名", "业绩排名", "排行榜", "我的排名", may=SEE, takes_args=True)
@router.sentence(
    "ranking",
    "<look>? {who}? <rank>",
    "<look>? {who}? <period> <rank>",
    "<look>? <period> {who}? <rank>",
    "<look>? {who}? <figures> <rank>",
    anywhere=("{filter}", "<period>", "<everybody>", "<figures>"),
    may=SEE,
)
def rank(ctx: Context) -> list[Part]:
    """看排名，如「排名」「二组排名 上周」"""
    return _answer(ctx, asked_in_chat(ctx), ranking=True)


@router.tap("performance", may=SEE)
def tapped(ctx: Context) -> list[Part]:
    """点卡片看业绩"""
    found = asked_again(ctx, ctx.args)
    return [Reply("common/stale_key")] if found is None else _figures(ctx, found[0], found[1])


@router.tap("performance_rank", may=SEE)
def tapped_rank(ctx: Context) -> list[Part]:
    """点卡片看排名"""
    found = asked_again(ctx, ctx.args)
    return [Reply("common/stale_key")] if found is None else _places(ctx, found[0], found[1])


@router.endpoint("GET", "/performance", may=SEE, query=Query)
def get_own(ctx: Context) -> list[Part]:
    """看自己的业绩"""
    return [_shown(ctx, ctx.employee, _asked(asked_by(ctx, ctx.query.asked)))]


@router.endpoint("GET", "/people/<account>/performance", may=SEE, query=Query)
def get_person(ctx: Context) -> list[Part]:
    """看一个人的业绩"""
    question = asked_by(ctx, ctx.query.asked)
    subject = subject_of(ctx, Question(question.window, rest=ctx.path["account"]))
    return [
        which(ctx, subject, _asked(question), "performance")
        if isinstance(subject, Several)
        else _shown(ctx, subject, _asked(question))
    ]


@router.endpoint("GET", "/performance/ranking", may=SEE, query=Query)
def get_ranking(ctx: Context) -> list[Part]:
    """看一个单位的排名"""
    question = asked_by(ctx, ctx.query.asked)
    subject = subject_of(ctx, question)
    if isinstance(subject, Several):
        return [which(ctx, subject, _asked(question), "performance_rank")]
    return [_places(ctx, subject, _asked(question))[0]]


# --- answers ------------------------------------------------------------------------------------------


def _asked(question: Question) -> Asked:
    return Asked(question.window, question.measure, question.bucket)


def _answer(ctx: Context, question: Question, *, ranking: bool = False) -> list[Part]:
    if question.unclear:
        return [Reply("which_time", said=question.unclear)]
    if question.window.first > ctx.now.date():
        return [Reply("ahead", window=question.window)]
    asked = _asked(question)
    if asked.bucket is not None and asked.measure and not CATALOGUE[asked.measure].by_bucket:
        return [Reply("no_buckets", name=names_of(ctx)[asked.measure])]
    subject = subject_of(ctx, question)
    if isinstance(subject, Several):
        ranked = ranking or question.ranking
        return [which(ctx, subject, asked, "performance_rank" if ranked else "performance")]
    if ranking or question.ranking:
        return _places(ctx, subject, asked)
    return _figures(ctx, subject, asked)


def _figures(ctx: Context, subject: Subject, asked: Asked) -> list[Part]:
    return [_shown(ctx, subject, asked), Later("performance_picture", {"asked": key_of(subject, asked)})]


def _shown(ctx: Context, subject: Subject, asked: Asked) -> Reply:
    view = view_of(ctx, subject, asked)
    lines = [_line(ctx, one) for one in view.lines]
    found = _outliers(ctx, view)
    shown, also = _on_card(lines[1:])
    return Reply(
        "figures",
        who=subject.name,
        single=bool(asked.measure),
        v=view,
        first=lines[0] if lines else None,
        lines=shown,
        also=also,
        standing=_standing(ctx, view.standing),
        least=ctx.policy.performance,
        outliers=found[:SHOWN_OUTLIERS],
        more=len(found) - SHOWN_OUTLIERS,
        earned=_earned(ctx, view, single=bool(asked.measure)),
        key=key_of(subject, asked),
        now=ctx.now,
        data=_as_data(ctx, view),
    )


def _on_card(
    lines: Sequence[Mapping[str, Any]],
) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
    """The rows of a card, and what is known beyond them; where it is tight, what has no figure goes first."""
    left = list(lines)
    for one in reversed(lines):
        if len(left) > ROWS and one["value"] is None:
            left.remove(one)
    return left[:ROWS], left[ROWS:]


def _places(ctx: Context, subject: Subject, asked: Asked) -> list[Part]:
    """Of a unit, or of whoever leads one, everybody; of somebody, the own place alone."""
    unit = subject if isinstance(subject, Unit) else None
    if unit is None and isinstance(subject, Employee) and subject.role in performance.LEADING:
        unit = None if subject.unit_id is None else ctx.session.get(Unit, subject.unit_id)
    if unit is None:
        view = view_of(ctx, subject, asked)
        return [
            Reply(
                "own_place",
                who=subject.name,
                own=subject is ctx.employee,
                v=view,
                standing=_standing(ctx, view.standing),
                least=ctx.policy.performance,
                now=ctx.now,
                data=_as_data(ctx, view),
            )
        ]
    ranked = performance.ranking_of(around(ctx), unit, asked, actor=ctx.employee)
    reply = Reply(
        "ranking",
        unit=unit,
        window=asked.window,
        bucket=asked.bucket,
        groups=[_group(ctx, one) for one in ranked],
        most=MOST,
        least=ctx.policy.performance,
        now=ctx.now,
        data={"groups": [_group_data(one) for one in ranked]},
    )
    drawn = any(place.entrant.value for one in ranked for place in one.ranking.places)
    later = Later("performance_places", {"asked": key_of(unit, asked)})
    return [reply, later] if drawn else [reply]


def _line(ctx: Context, one: Line) -> Mapping[str, Any]:
    measure = CATALOGUE[one.measure]
    percent = None
    if measure.unit in (Measured.MONEY, Measured.COUNT) and one.change is not None and one.before:
        percent = performance.rounded(one.change * 100 / abs(one.before))
    return {
        "code": one.measure,
        "name": names_of(ctx)[one.measure],
        "unit": measure.unit,
        "value": one.figure.value,
        "change": one.change,
        "percent": percent,
        "target": one.target,
        "limit": measure.direction is performance.Direction.LOWER,
        "version": measure.version,
    }


def _standing(ctx: Context, standing: Standing | None) -> Mapping[str, Any] | None:
    if standing is None:
        return None
    unit = CATALOGUE[standing.measure].unit if standing.measure else Measured.MEAN
    better = None if unit is Measured.RATE else _ahead(standing)
    return {
        "unit": standing.unit.name,
        "by": names_of(ctx)[standing.measure] if standing.measure else "",
        "unit_of": unit,
        "rank": standing.place.rank,
        "shared": standing.place.shared,
        "peers": standing.peers,
        "running": standing.running,
        "public": standing.ranking.public,
        "mean": standing.ranking.mean,
        "cases": standing.cases,
        "customers": standing.customers,
        "days": standing.days,
        "eligible": standing.place.entrant.eligible,
        "ahead": better,
    }


def _ahead(standing: Standing) -> Decimal | None:
    """How far the next better place is away; None for the first."""
    rank, own = standing.place.rank, standing.place.entrant.value
    if rank is None or rank == 1 or own is None:
        return None
    better = [
        abs(place.entrant.value - own)
        for place in standing.ranking.places
        if place.rank is not None and place.rank < rank and place.entrant.value is not None
    ]
    return min(better, default=None)


def _group(ctx: Context, one: Ranked) -> Mapping[str, Any]:
    """The people of one role as a ranking shows them; what is compared is shown beside what it is made of."""
    unit = CATALOGUE[one.measure].unit if one.measure else Measured.MEAN
    twice = {name for name, some in Counter(who.name for who in one.people.values()).items() if some > 1}
    return {
        "role": ctx.policy.rights.roles[one.role].name,
        "by": names_of(ctx)[one.measure] if one.measure else "",
        "unit_of": unit,
        "shrunk": unit is Measured.RATE,
        "public": one.ranking.public,
        "mean": one.ranking.mean,
        "places": [
            {
                "name": _told_apart(one.people[place.entrant.person], twice),
                "rank": place.rank,
                "shared": place.shared,
                "value": one.value(place),
                "cases": one.figures[place.entrant.person]["cases_assigned"].numerator,
                "customers": _customers(one.figures[place.entrant.person]),
                "days": one.figures[place.entrant.person]["attended_days"].numerator,
                "eligible": place.entrant.eligible,
            }
            for place in one.ranking.places
        ],
    }


def _told_apart(person: Employee, twice: Collection[str]) -> str:
    """A name; with the account where another one has the same."""
    return f"{person.name}（{person.wecom_id}）" if person.name in twice else person.name


def _customers(own: Mapping[str, performance.Figure]) -> int:
    return own["customers"].numerator if "customers" in own else 0


def _earned(ctx: Context, view: View, *, single: bool) -> list[dict[str, Any]]:
    """What follows from the quality of these people's work, rule by rule; not where one figure is asked."""
    if single or view.bucket is not None:
        return []
    return earned_by(ctx, view.people, view.window)


def _outliers(ctx: Context, view: View) -> list[Mapping[str, Any]]:
    """Of people whom the asker leads: whose figures are unlike their own past."""
    if view.person is not None and view.person.id == ctx.employee.id and len(view.people) < 2:
        return []
    names = names_of(ctx)
    return [
        {
            "person": one.person.name,
            "name": names[one.measure],
            "unit": CATALOGUE[one.measure].unit,
            "value": one.value,
            "middle": one.comparison.middle,
        }
        for one in performance.outliers(around(ctx), view.people, view.window)
    ]


def _as_data(ctx: Context, view: View) -> Mapping[str, Any]:
    standing, score = view.standing, view.score
    return {
        "first": view.window.first,
        "last": view.window.last,
        "as_of": ctx.now,
        "loaded_at": view.loaded_at,
        "bucket": view.bucket,
        "people": len(view.people),
        "figures": [
            {
                "measure": one.measure,
                "version": CATALOGUE[one.measure].version,
                "numerator": one.figure.numerator,
                "denominator": one.figure.denominator,
                "value": _number(one.figure.value),
                "before": _number(one.before),
                "target": _number(one.target),
            }
            for one in view.lines
        ],
        "score": None
        if score is None
        else {
            "value": _number(score.value),
            "covered": _number(score.covered),
            "lowered": score.lowered,
            "capped": score.capped,
        },
        "place": None
        if standing is None
        else {
            "measure": standing.measure or "score",
            "rank": standing.place.rank if standing.ranking.public else None,
            "shared": standing.place.shared,
            "peers": standing.peers,
            "running": standing.running,
            "mean": _number(standing.ranking.mean),
        },
    }


def _group_data(one: Ranked) -> Mapping[str, Any]:
    return {
        "role": one.role,
        "measure": one.measure or "score",
        "public": one.ranking.public,
        "mean": _number(one.ranking.mean),
        "places": [
            {
                "account": one.people[place.entrant.person].wecom_id,
                "rank": place.rank if one.ranking.public else None,
                "value": _number(one.value(place)),
                "compared": _number(place.entrant.value),
                "eligible": place.entrant.eligible,
            }
            for place in one.ranking.places
        ],
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
