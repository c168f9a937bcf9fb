"""对比, 试算, 权重 and 指标: figures beside each other, what more money would make, how they count."""

from dataclasses import dataclass
from decimal import Decimal

from handlers.base import Context, Reply, Router
from handlers.casewords import take_amount
from handlers.parsing import Misunderstood
from handlers.performance_questions import (
    Query,
    Several,
    Subject,
    around,
    asked_by,
    called,
    names_beside,
    names_of,
    said,
    view_of,
    which,
    without_asking,
)
from models import lifecycle, performance, staff
from models.performance import CATALOGUE, SEE, Asked
from models.performance import Unit as Measured
from models.staff import Role

router = Router(texts="performance_beside")

MOST = 5
"""So many people or units beside each other."""
_PAID = performance.FIRST


@dataclass(frozen=True)
class Row:
    """One of those compared: the figures asked for, in their order."""

    name: str
    figures: list[tuple[str, Measured, Decimal | None]]


@router.command("对比", "业绩对比", may=SEE, takes_args=True)
def compare(ctx: Context) -> Reply:
    """几个人或几个组放在一起看，如「对比 张三 李四 上周」"""
    question = asked_by(ctx, without_asking(said(ctx)))
    if question.unclear:
        return Reply("performance/which_time", said=question.unclear)
    if question.window.first > ctx.now.date():
        return Reply("performance/ahead", window=question.window)
    names = names_beside(question.rest)
    if not 1 < len(names) <= MOST:
        raise Misunderstood(usage=str(compare.__doc__))
    asked = Asked(question.window, question.measure, question.bucket)
    subjects: list[Subject] = []
    for name in names:
        try:
            found = called(ctx, name)
        except (lifecycle.NobodyCalled, staff.OutOfReach):
            if ctx.employee.role in (Role.COLLECTOR, Role.FIELD_REP):
                return Reply("only_own")
            raise
        if isinstance(found, Several):
            return which(ctx, found, asked, "performance")
        subjects.append(found)
    measures = (asked.measure,) if asked.measure else _PAID
    rows = [_row(ctx, one, asked, measures) for one in subjects]
    best = measures[0]
    lower = CATALOGUE[best].direction is performance.Direction.LOWER
    rows.sort(key=lambda row: _order(row.figures[0][2], lower))
    return Reply("compared", rows=rows, window=asked.window, bucket=asked.bucket, now=ctx.now)


def _order(value: Decimal | None, lower: bool) -> tuple[bool, Decimal]:
    return value is None, Decimal(0) if value is None else (value if lower else -value)


def _row(ctx: Context, subject: Subject, asked: Asked, measures: tuple[str, ...]) -> Row:
    names = names_of(ctx)
    figures = []
    for code in measures:
        line = view_of(ctx, subject, Asked(asked.window, code, asked.bucket)).line(code)
        figures.append((names[code], CATALOGUE[code].unit, None if line is None else line.figure.value))
    return Row(subject.name, figures)


@router.command("试算", "业绩试算", may=SEE, takes_args=True)
def what_if(ctx: Context) -> Reply:
    """算算再收多少会到多少，如「试算 2000」"""
    return _tried(ctx, ctx.args)


@router.endpoint("GET", "/performance/what-if", may=SEE, query=Query)
def get_what_if(ctx: Context) -> Reply:
    """算算自己再收多少会到多少，如 asked=2000元"""
    return _tried(ctx, ctx.query.asked)


def _tried(ctx: Context, text: str) -> Reply:
    amount, _ = take_amount(text)
    if amount is None or amount <= 0:
        raise Misunderstood(usage=str(what_if.__doc__))
    window = performance.month_of(ctx.now.date())
    view = performance.view_of(around(ctx), ctx.employee, Asked(window), actor=ctx.employee)
    names = names_of(ctx)
    found = []
    for code in _PAID:
        line = view.line(code)
        if line is None:
            continue
        unit = CATALOGUE[code].unit
        then = performance.figure(code, unit, line.figure.numerator + amount, line.figure.denominator)
        found.append(
            {
                "name": names[code],
                "unit": unit,
                "value": line.figure.value,
                "then": then.value,
                "target": line.target,
                "reached": line.target is not None and then.value is not None and then.value >= line.target,
            }
        )
    return Reply(
        "what_if",
        amount=amount,
        window=window,
        found=found,
        now=ctx.now,
        data={
            "amount": amount,
            "figures": [
                {
                    "measure": code,
                    "value": None if one["value"] is None else float(one["value"]),
                    "then": None if one["then"] is None else float(one["then"]),
                }
                for code, one in zip(_PAID, found, strict=False)
            ],
        },
    )


@router.command("权重", "综合分", "综合分怎么算", "综合分怎么算的", may=SEE)
def weights(ctx: Context) -> Reply:
    """看综合分按哪些指标、各占多少"""
    values = ctx.policy.performance
    names = names_of(ctx)
    roles = {
        role: some for role, some in values.weights.items() if role == ctx.employee.role
    } or values.weights
    return Reply(
        "weights",
        roles=[
            (
                ctx.policy.rights.roles[role].name,
                [(names.get(code, code), part) for code, part in some.items()],
            )
            for role, some in roles.items()
        ],
        conduct=[names[code] for code in values.conduct_measures],
        least=values,
    )


@router.command("奖金", "提成", "工资", "我的提成", "我的奖金", "我的工资", may=SEE, hidden=True)
def pay(ctx: Context) -> Reply:
    """奖金、提成、工资问谁"""
    return Reply("pay")


@router.command("指标", "业绩指标", "有哪些指标", may=SEE)
def measures(ctx: Context) -> Reply:
    """看有哪些业绩指标"""
    return Reply("measures", names=list(dict.fromkeys(names_of(ctx)[code] for code in CATALOGUE)))
