"""考勤 for those who lead: who has not checked in today."""

from handlers.base import Context, Reply, Router
from models import attendance

router = Router(texts="attendance")


@router.command("谁没打卡", "今天谁没打卡", "谁没来", "考勤", "今日考勤", may="attendance.see_team")
@router.tap("team_attendance", may="attendance.see_team")
def who_is_missing(ctx: Context) -> Reply:
    """看今天团队里谁还没打卡"""
    people = attendance.team_today(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    today = ctx.now.date()
    return Reply(
        "team", people=people, day=today, time=ctx.now.time(), workday=ctx.calendar.is_workday(today)
    )
