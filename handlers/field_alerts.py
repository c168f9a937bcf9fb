"""外勤提醒: one tap explains it; whoever leads sees what nobody explained, and reminds in one step."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.base import CloseCards, Context, Notice, Reply, Router
from models import fieldalerts
from models.fieldalerts import REASONS, AlertState, Explanation, FieldAlert, Ground
from models.staff import Employee

router = Router(texts="field_alerts")

MINE = "attendance.check_in"
TEAM = "field_alerts.decide"


@router.command("外勤提醒", "我的提醒", may=MINE)
def mine(ctx: Context) -> Reply:
    """看自己的外勤提醒"""
    alerts = [
        (one, fieldalerts.words_of(ctx.session, one), fieldalerts.grounds_of(ctx.session, one))
        for one in fieldalerts.own_alerts(ctx.session, actor=ctx.employee)
    ]
    return Reply("mine", alerts=alerts)


@router.tap("explain_alert", may=MINE)
def explain(ctx: Context) -> list[Reply | CloseCards]:
    """点一下说明当时在做什么"""
    number, _, reason = ctx.args.partition(".")
    return _explain(ctx, int(number) if number.isdigit() else 0, reason)


@dataclass(frozen=True)
class Explained:
    """What it was, and words to it."""

    reason: Explanation
    words: str = ""


@router.endpoint("POST", "/field-alerts/<int:number>/explanation", may=MINE, body=Explained)
def explain_by_api(ctx: Context) -> list[Reply | CloseCards]:
    """说明一条外勤提醒"""
    return _explain(ctx, ctx.path["number"], ctx.body.reason, ctx.body.words)


def _explain(ctx: Context, number: int, reason: str, words: str = "") -> list[Reply | CloseCards]:
    if reason not in REASONS:
        raise fieldalerts.AlertNotFound()
    alert = fieldalerts.explain(
        ctx.session, actor=ctx.employee, alert_id=number, reason=reason, at=ctx.now, words=words
    )
    return [Reply("explained", alert=alert), CloseCards(alert.about, "field_alerts/explained_button")]


@router.command("外勤异常", "外勤预警", "停留提醒", may=TEAM)
@router.tap("field_alerts", may=TEAM)
def team(ctx: Context) -> Reply:
    """看团队还没处理的外勤提醒"""
    found = fieldalerts.alerts_within(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    fieldalerts.look([alert for alert, _ in found], at=ctx.now)
    return Reply("team", alerts=_with_grounds(ctx, found))


@router.endpoint("GET", "/field-alerts", may=TEAM)
def team_by_api(ctx: Context) -> Reply:
    """团队还没处理的外勤提醒"""
    found = fieldalerts.alerts_within(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    data = {"alerts": [_data(alert, person) for alert, person in found]}
    return Reply("team", alerts=_with_grounds(ctx, found), data=data)


def _with_grounds(
    ctx: Context, found: Sequence[tuple[FieldAlert, Employee]]
) -> Sequence[tuple[FieldAlert, Employee, Sequence[Ground]]]:
    return [(alert, person, fieldalerts.grounds_of(ctx.session, alert)) for alert, person in found]


@router.tap("alert_remind", may=TEAM)
def remind(ctx: Context) -> list[Reply | Notice | CloseCards]:
    """一步提醒本人"""
    alert = _decide(ctx, AlertState.HANDLED)
    person = ctx.session.get_one(Employee, alert.employee_id)
    values = {"alert": alert, "leader": ctx.employee, "person": person}
    return [
        Reply("reminded", person=person),
        Notice(person, "field_alerts/reminder", values),
        CloseCards(alert.about, "field_alerts/reminded_button"),
    ]


@router.tap("alert_fine", may=TEAM)
def fine(ctx: Context) -> list[Reply | CloseCards]:
    """知道了，不用处理"""
    alert = _decide(ctx, AlertState.HANDLED)
    return [Reply("noted", alert=alert), CloseCards(alert.about, "field_alerts/noted_button")]


@router.tap("alert_false", may=TEAM)
def false_alarm(ctx: Context) -> list[Reply | CloseCards]:
    """误报"""
    alert = _decide(ctx, AlertState.FALSE_ALARM)
    return [Reply("false_alarm", alert=alert), CloseCards(alert.about, "field_alerts/false_alarm_button")]


@dataclass(frozen=True)
class Decided:
    """What became of it."""

    false_alarm: bool = False


@router.endpoint("POST", "/field-alerts/<int:number>/decision", may=TEAM, body=Decided)
def decide_by_api(ctx: Context) -> list[Reply | CloseCards]:
    """处理一条外勤提醒"""
    state = AlertState.FALSE_ALARM if ctx.body.false_alarm else AlertState.HANDLED
    alert = _decide(ctx, state, ctx.path["number"])
    return [Reply("noted", alert=alert), CloseCards(alert.about, "field_alerts/noted_button")]


def _decide(ctx: Context, state: AlertState, number: int | None = None) -> FieldAlert:
    if number is None:
        number = int(ctx.args) if ctx.args.isdigit() else 0
    return fieldalerts.decide(
        ctx.session, actor=ctx.employee, alert_id=number, state=state, at=ctx.now, policy=ctx.policy
    )


def _data(alert: FieldAlert, person: Employee) -> dict[str, object]:
    return {
        "id": alert.id,
        "account": person.wecom_id,
        "code": alert.code,
        "day": alert.day,
        "state": alert.state,
        "begins_at": alert.begins_at,
        "ends_at": alert.ends_at,
        "figures": alert.figures,
        "rests_on": alert.rests_on,
        "reason": alert.reason,
    }
