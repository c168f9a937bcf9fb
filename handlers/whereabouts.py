"""它知道我什么: what is kept of one's whereabouts, what one agreed to, and who looked."""

from datetime import timedelta

from handlers.base import CloseCards, Context, Reply, Router
from models import locations
from models.staff import Employee

router = Router(texts="whereabouts")


@router.command("它知道我什么", "我的位置记录", "定位记录", "谁看过我的轨迹", may="attendance.check_in")
@router.endpoint("GET", "/whereabouts", may="attendance.check_in")
def what_is_known(ctx: Context) -> Reply:
    """看记了我哪些位置、谁看过"""
    me = ctx.employee
    held = locations.holdings_of(ctx.session, me.id)
    days = ctx.policy.locations.readers_days
    since = ctx.now - timedelta(days=days)
    readings = locations.readers_of(ctx.session, me.id, since=since)
    readers = [(one, ctx.session.get_one(Employee, one.reader_id).name) for one in readings]
    today = locations.own_track(ctx.session, actor=me, day=ctx.now.date())
    agreed = locations.has_agreed(ctx.session, me.id, ctx.policy.locations)
    return Reply(
        "known",
        held=held,
        agreed=agreed,
        readers=readers,
        today=today,
        keep_days=ctx.policy.locations.keep_days,
        days=days,
        data={
            "agreed": agreed,
            "points": held.readable,
            "oldest": held.oldest,
            "readers": [{"name": name, "day": one.day, "at": one.at} for one, name in readers],
        },
    )


@router.command("同意定位", may="attendance.check_in")
@router.tap("agree_location", may="attendance.check_in")
@router.endpoint("POST", "/whereabouts/consent", may="attendance.check_in", success=201)
def agree(ctx: Context) -> list[Reply | CloseCards]:
    """同意打卡时用我的位置"""
    locations.agree(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy.locations)
    closing = CloseCards(f"location_consent:{ctx.employee.id}", "whereabouts/agreed_button")
    return [Reply("agreed", keep_days=ctx.policy.locations.keep_days), closing]


@router.tap("refuse_location", may="attendance.check_in")
def refuse(ctx: Context) -> list[Reply | CloseCards]:
    """不同意，照样能打卡"""
    closing = CloseCards(f"location_consent:{ctx.employee.id}", "whereabouts/refused_button")
    return [Reply("refused"), closing]


@router.command("撤回定位同意", "不同意定位", "取消定位", may="attendance.check_in")
@router.endpoint("DELETE", "/whereabouts/consent", may="attendance.check_in")
def withdraw(ctx: Context) -> Reply:
    """不再用我的位置，已记的点立刻删掉"""
    return Reply("withdrawn", emptied=locations.withdraw(ctx.session, actor=ctx.employee, at=ctx.now))
