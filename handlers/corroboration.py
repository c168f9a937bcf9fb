"""打卡核对: where our check-ins and WeCom's own records differ."""

from dataclasses import dataclass
from datetime import date, timedelta

from handlers.base import Context, Reply, Router
from handlers.parsing import Misunderstood, take_days
from handlers.periods import find_months
from models import corroboration
from models.calendar import add_months

router = Router(texts="corroboration")

MAY = "attendance.see_team"


@dataclass(frozen=True)
class Stretch:
    """The first and the last day; without them it is yesterday."""

    first: date | None = None
    last: date | None = None


@router.command("打卡核对", "核对打卡", "考勤核对", may=MAY, takes_args=True)
def compare(ctx: Context) -> Reply:
    """和企业微信的打卡记录核对，如「打卡核对 三月」"""
    yesterday = ctx.now.date() - timedelta(days=1)
    days, rest = take_days(ctx.args, ctx.now.date())
    if days:
        return _compared(ctx, days[0], days[-1])
    months, rest = find_months(rest, ctx.now.date())
    if rest.strip():
        raise Misunderstood(usage=str(compare.__doc__))
    if months is None:
        return _compared(ctx, yesterday, yesterday)
    until = add_months(*months) - timedelta(days=1)
    return _compared(ctx, months[0], min(until, ctx.now.date()))


@router.endpoint("GET", "/attendance/differences", may=MAY, query=Stretch)
def compare_by_api(ctx: Context) -> Reply:
    """和企业微信的打卡记录不一致的地方"""
    yesterday = ctx.now.date() - timedelta(days=1)
    first = ctx.query.first or yesterday
    return _compared(ctx, first, ctx.query.last or first)


def _compared(ctx: Context, first: date, last: date) -> Reply:
    found = corroboration.differences_within(
        ctx.session, actor=ctx.employee, days=(first, last), at=ctx.now, policy=ctx.policy
    )
    data = {
        "differences": [
            {
                "account": person.wecom_id,
                "day": one.day,
                "way": one.kind,
                "difference": one.difference,
                "ours": one.ours,
                "theirs": one.theirs,
                "metres": one.metres,
                "exceptions": list(one.exceptions),
            }
            for person, listed in found.items()
            for one in listed
        ]
    }
    return Reply(
        "compared",
        first=first,
        last=last,
        found=found,
        run=corroboration.newest_run(ctx.session),
        days=ctx.policy.checkin.official_days,
        data=data,
    )
