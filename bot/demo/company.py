"""The sample company: invented people of every role, entered through the product's own operations."""

from dataclasses import dataclass
from datetime import time

from sqlalchemy.orm import Session

from models import attendance, staff
from models.staff import Role


@dataclass(frozen=True)
class Sample:
    """One invented employee."""

    userid: str
    name: str
    role: Role
    team: str
    shift: str
    position: str


SHIFTS = {"早班": (time(9, 0), time(18, 0)), "晚班": (time(13, 0), time(22, 0))}
HOURS = {"早班": "09:00–18:00", "晚班": "13:00–22:00"}

PEOPLE = (
    Sample("lihua", "李华", Role.COLLECTOR, "催收一组", "早班", "催收员"),
    Sample("wangfang", "王芳", Role.COLLECTOR, "催收一组", "早班", "催收员"),
    Sample("chenjie", "陈洁", Role.COLLECTOR, "催收一组", "早班", "催收员"),
    Sample("liuyang", "刘洋", Role.COLLECTOR, "催收一组", "晚班", "催收员"),
    Sample("zhaolei", "赵磊", Role.TEAM_LEADER, "催收一组", "早班", "组长"),
    Sample("sunli", "孙丽", Role.COLLECTOR, "催收二组", "早班", "催收员"),
    Sample("zhouqiang", "周强", Role.COLLECTOR, "催收二组", "晚班", "催收员"),
    Sample("wumin", "吴敏", Role.TEAM_LEADER, "催收二组", "早班", "组长"),
    Sample("zhenghao", "郑浩", Role.FIELD_REP, "外访组", "早班", "外勤"),
    Sample("fengxue", "冯雪", Role.FIELD_REP, "外访组", "早班", "外勤"),
    Sample("zhangwei", "张伟", Role.SUPERVISOR, "管理部", "早班", "主管"),
    Sample("heting", "何婷", Role.HR, "管理部", "早班", "人事"),
    Sample("itwang", "王工", Role.ADMIN, "管理部", "早班", "IT 管理员"),
)

OFFICE = (30.584190, 104.062190, "金融城双塔")
"""Where everybody is in the morning: latitude, longitude (GCJ-02) and name."""

OUTSIDER = ("newcomer", "钱新")
"""A member of the corp whom the product does not know: sees how to join."""

CANDIDATES = (("oSampleCandidate01", "林小雨", True), ("oSampleCandidate02", "高远", False))
"""OpenID, name, whether the person follows the service account from the start."""


def enter(session: Session) -> None:
    """Enter everybody; a second time changes nothing."""
    shifts = {
        name: attendance.add_shift(session, name=name, starts_at=start, ends_at=end)
        for name, (start, end) in SHIFTS.items()
    }
    for person in PEOPLE:
        team = staff.add_team(session, name=person.team)
        employee = staff.add_employee(
            session, wecom_id=person.userid, name=person.name, role=person.role, team=team
        )
        attendance.assign_shift(session, employee=employee, shift=shifts[person.shift])


def corp_configuration(
    *, agent_id: int, secret: str, callback: dict[str, str], contacts: dict[str, object]
) -> dict[str, object]:
    """The sample company as the sandbox's control interface wants it."""
    teams = list(dict.fromkeys(person.team for person in PEOPLE))
    numbers = {team: number for number, team in enumerate(teams, start=2)}
    members: list[dict[str, object]] = [
        {
            "userid": person.userid,
            "name": person.name,
            "department": [numbers[person.team]],
            "position": person.position,
        }
        for person in PEOPLE
    ]
    members.append({"userid": OUTSIDER[0], "name": OUTSIDER[1], "department": [1], "position": "新同事"})
    return {
        "name": "蓉城信诚服务",
        "apps": [
            {
                "agent_id": agent_id,
                "name": "点将",
                "secret": secret,
                "callback": callback,
                "report_location": True,
                "report_enter": True,
            }
        ],
        "contacts": contacts,
        "departments": [
            {"id": 1, "name": "蓉城信诚服务", "parentid": 0},
            *({"id": number, "name": team, "parentid": 1} for team, number in numbers.items()),
        ],
        "members": members,
    }


def account_configuration(
    *, name: str, original_id: str, secret: str, callback: dict[str, str]
) -> dict[str, object]:
    """The service account as the sandbox's control interface wants it."""
    return {
        "name": name,
        "original_id": original_id,
        "secret": secret,
        "mode": "secure",
        "callback": callback,
        "templates": [],
        "people": [
            {"openid": openid, "name": person, "following": following}
            for openid, person, following in CANDIDATES
        ],
    }
