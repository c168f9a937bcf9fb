"""考勤 for those who lead: who has not checked in today."""

from handlers.base import Context, Reply, Router
from models import attendance

router = Router(texts="attendance")


@router.command("谁没打卡", "今天谁没打卡", "谁没来", "考勤", "今日考勤", may="attendance.see_team")
@router.tap("team_attendance", may="attendance.see_team")
def who_is_missing(ctx: Context) -> Reply:
    """看今天团队里谁还没打卡"""
    return _team(ctx)


@router.endpoint("GET", "/attendance/team", may="attendance.see_team")
def team_attendance(ctx: Context) -> Reply:
    """今天团队的考勤"""
    return _team(ctx)


def _team(ctx: Context) -> Reply:
    people = attendance.team_today(ctx.session, actor=ctx.employee, at=ctx.now, policy=ctx.policy)
    today = ctx.now.date()
    data = {
        "people": [
            {
                "account": one.employee.wecom_id,
                "name": one.employee.name,
                "starts_at": f"{one.starts_at:%H:%M}",
                "checked_in_at": one.check_in.at if one.check_in else None,
                "minutes_late": one.check_in.minutes_late if one.check_in else None,
            }
            for one in people
        ]
    }
    return Reply(
        "team",
        people=people,
        day=today,
        time=ctx.now.time(),
        workday=ctx.calendar.is_workday(today),
        data=data,
    )
