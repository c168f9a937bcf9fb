"""The sample company: invented people of every role, entered through the product's own operations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import count, islice, repeat
from random import Random

from sqlalchemy.orm import Session

from bot.demo.city import EAST_BRANCH, HEAD_OFFICE, NORTH_BRANCH, Spot, scattered
from bot.demo.identities import Identity, identities
from bot.demo.names import invented, stream
from models import attendance, audit, locations, staff
from models import candidates as applications
from models.locations import Point
from models.policy import Policy
from models.staff import Role, Unit, UnitKind


@dataclass(frozen=True)
class Sample:
    """One invented employee."""

    userid: str
    name: str
    role: Role
    team: str
    shift: str
    position: str


@dataclass(frozen=True)
class Candidate:
    """One invented candidate."""

    openid: str
    name: str
    following: bool = False
    """Whether the person has followed the service account since before the demo."""
    scene: str | None = None
    """What brings the person to follow now: the scene of a QR code, "" for a search, None for nothing."""


NAME = "蓉城信诚服务"
SHIFTS = {"早班": (time(9, 0), time(18, 0)), "晚班": (time(13, 0), time(22, 0))}
EARLY, LATE = SHIFTS
LATE_SHARE = 0.3
"""How many of the invented collectors work the late shift."""
SENIOR_SHARE = 0.1
"""How many of them are seniors (domain.md 10)."""

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
    Sample("zhangwei", "张伟", Role.SUPERVISOR, "总部", "早班", "主管"),
    Sample("heting", "何婷", Role.HR_HEAD, "管理部", "早班", "人事"),
    Sample("itwang", "王工", Role.ADMIN, "管理部", "早班", "IT 管理员"),
)
"""Whom the README, its pictures and the tests know by name: theirs is what the visitor makes of them."""

POSTS = (
    ("催收一组", Role.COLLECTOR, "催收员", 4),
    ("催收二组", Role.COLLECTOR, "催收员", 6),
    ("外访组", Role.TEAM_LEADER, "组长", 1),
    ("外访组", Role.FIELD_REP, "外勤", 6),
    ("管理部", Role.HR_HEAD, "招聘专员", 1),
    ("管理部", Role.IT, "IT 运维", 1),
    ("管理部", Role.ADMINISTRATION, "行政", 1),
    ("管理部", Role.COMPLIANCE, "合规专员", 1),
    ("管理部", Role.FINANCE, "财务", 1),
    ("管理部", Role.QA, "质检", 1),
    ("管理部", Role.CUSTOMER_SERVICE, "客服", 1),
    ("城北分公司", Role.SUPERVISOR, "分公司主管", 1),
    ("城北分公司", Role.HR_CITY, "人事", 1),
    ("城北催收组", Role.TEAM_LEADER, "组长", 1),
    ("城北催收组", Role.COLLECTOR, "催收员", 9),
    ("城东分公司", Role.SUPERVISOR, "分公司主管", 1),
    ("城东分公司", Role.HR_CITY, "人事", 1),
    ("城东催收组", Role.TEAM_LEADER, "组长", 1),
    ("城东催收组", Role.COLLECTOR, "催收员", 8),
)
"""The posts beside these, and how many people hold each; a leader leads 8 to 15 (domain.md 10)."""
SPAN = 10
"""How many collectors the leader of a further team leads, when more people are wanted."""
EMPLOYEES = len(PEOPLE) + sum(number for *_, number in POSTS)

HEAD = "总部"
BRANCHES = {
    HEAD: ("催收一组", "催收二组", "外访组", "管理部"),
    "城北分公司": ("城北催收组",),
    "城东分公司": ("城东催收组",),
}
"""Branch → its teams. Whoever leads or serves a whole branch belongs to a team of the branch's name."""
SITES = {"总部": HEAD_OFFICE, "城北分公司": NORTH_BRANCH, "城东分公司": EAST_BRANCH}
GROWING = "城东分公司"
"""The branch of the further teams."""

OUTSIDER = ("newcomer", "钱新")
"""A member of the corp whom the product does not know: sees how to join."""

SCENES = ("campus-2026", "job-fair", "referral", "office-poster")
"""The QR codes of the service account: where somebody heard of the job."""
CANDIDATES = 40
KNOWN_CANDIDATES = (
    Candidate("oSampleCandidate01", "林小雨", following=True),
    Candidate("oSampleCandidate02", "高远"),
)
APPLICATIONS = (("城东分公司", "催收员"), ("城北分公司", "外勤"))
"""Where the known ones have applied, and for what."""


def employees(number: int = EMPLOYEES) -> tuple[Sample, ...]:
    """The first `number` employees, the named ones before all; the first are always the same."""
    rng = stream("employees")
    taken = {OUTSIDER[1], *(c.name for c in KNOWN_CANDIDATES)}
    taken |= {known for person in PEOPLE for known in (person.userid, person.name)}
    vacancies = zip(_posts(), invented(rng, taken), strict=False)
    hired = (_hire(rng, *post, name.text, name.pinyin) for post, name in vacancies)
    return (*PEOPLE, *islice(hired, number - len(PEOPLE)))


def _posts() -> Iterator[tuple[str, Role, str]]:
    for team, role, position, number in POSTS:
        yield from repeat((team, role, position), number)
    for further in count(1):
        yield f"支援{further}组", Role.TEAM_LEADER, "组长"
        yield from repeat((f"支援{further}组", Role.COLLECTOR, "催收员"), SPAN)


def _hire(rng: Random, team: str, role: Role, position: str, name: str, userid: str) -> Sample:
    shift = EARLY
    if role is Role.COLLECTOR:
        shift = LATE if rng.random() < LATE_SHARE else EARLY
        position = f"高级{position}" if rng.random() < SENIOR_SHARE else position
    return Sample(userid, name, role, team, shift, position)


def branch_of(team: str) -> str:
    """The branch a team belongs to."""
    found = (branch for branch, teams in BRANCHES.items() if team == branch or team in teams)
    return next(found, GROWING)


ARRANGER = "itwang"
"""Whoever sets the places of work."""


def place_of(person: Sample) -> Spot:
    """Where somebody's phone is from the start: in the office, all over the building."""
    site = SITES[branch_of(person.team)]
    return site if person in PEOPLE else scattered(stream(f"place/{person.userid}"), site)


def candidates() -> tuple[Candidate, ...]:
    """All candidates: most come by a QR code, some by a search, and a few only look."""
    rng = stream("candidates")
    taken = {person.name for person in employees()} | {c.name for c in KNOWN_CANDIDATES}
    names = islice(invented(rng, taken), CANDIDATES - len(KNOWN_CANDIDATES))
    numbered = enumerate(names, start=len(KNOWN_CANDIDATES) + 1)
    return KNOWN_CANDIDATES + tuple(
        Candidate(f"oSampleCandidate{number:02d}", name.text, scene=_scene(rng)) for number, name in numbered
    )


def _scene(rng: Random) -> str | None:
    [kind] = rng.choices(("code", "search", "looking"), weights=(65, 23, 12))
    return rng.choice(SCENES) if kind == "code" else "" if kind == "search" else None


def enter(session: Session, people: Sequence[Sample]) -> None:
    """Enter everybody; a second time changes nothing."""
    shifts = {
        name: attendance.add_shift(session, name=name, starts_at=start, ends_at=end)
        for name, (start, end) in SHIFTS.items()
    }
    units = _units(session, people)
    known = identities([person.userid for person in people])
    for person, identity in zip(people, known, strict=True):
        employee = staff.add_employee(
            session,
            wecom_id=person.userid,
            name=person.name,
            role=person.role,
            unit=units[person.team],
            title=person.position,
        )
        staff.keep_identity(
            session,
            person=employee,
            phone=identity.phone,
            id_number=identity.id_number,
            address=identity.address,
        )
        attendance.assign_shift(session, employee=employee, shift=shifts[person.shift])


def arrange_places(session: Session, people: Sequence[Sample], *, at: datetime, policy: Policy) -> None:
    """The buildings are places of work, and everybody agreed to tell where they are when they check in.

    A second time changes nothing.
    """
    actor = staff.find_employee(session, ARRANGER, at=at)
    root = staff.root_unit(session)
    assert actor is not None
    assert root is not None
    known = {site.name for site in locations.sites_within(session, actor=actor, policy=policy)}
    for branch, spot in SITES.items():
        unit = staff.find_unit(session, branch) or root
        if spot.label not in known:
            point = Point(spot.latitude, spot.longitude)
            locations.add_site(
                session, actor=actor, unit=unit, name=spot.label, point=point, at=at, policy=policy
            )
    for person in people:
        employee = staff.find_known(session, person.userid)
        assert employee is not None
        if not locations.has_agreed(session, employee.id, policy.locations):
            locations.agree(session, actor=employee, at=at, policy=policy.locations)


def enter_candidates(session: Session, people: Sequence[Sample], *, at: datetime, policy: Policy) -> None:
    """The candidates who are known by name have applied; a second time changes nothing."""
    keys = [*(person.userid for person in people), *(one.openid for one in KNOWN_CANDIDATES)]
    known = list(identities(keys))[len(people) :]
    for person, identity, (branch, job) in zip(KNOWN_CANDIDATES, known, APPLICATIONS, strict=True):
        apply(session, person.name, identity, branch=branch, job=job, at=at, policy=policy)


def apply(
    session: Session,
    name: str,
    identity: Identity,
    *,
    branch: str,
    job: str,
    at: datetime,
    policy: Policy,
    number: str | None = None,
) -> Unit:
    """Somebody has applied today for a job in a branch; returns the branch."""
    unit = staff.find_unit(session, branch)
    assert unit is not None
    applications.enter(
        session,
        name=name,
        phone=identity.phone,
        id_number=identity.id_number,
        address=identity.address,
        unit=unit,
        job=job,
        applied_on=at.date(),
        source="",
        at=at,
        actor=audit.SYSTEM,
        policy=policy,
        number=number,
    )
    return unit


def _units(session: Session, people: Sequence[Sample]) -> Mapping[str, Unit]:
    """The organisation: the company, its head office and branches, and the teams in each."""
    root = staff.ensure_root(session, name=NAME)
    units = {
        branch: staff.add_unit(session, name=branch, parent=root, kind=UnitKind.BRANCH) for branch in BRANCHES
    }
    for team in _in_order(person.team for person in people):
        if team not in units:
            units[team] = staff.add_unit(session, name=team, parent=units[branch_of(team)])
    return units


def corp_configuration(
    people: Sequence[Sample],
    *,
    agent_id: int,
    secret: str,
    callback: dict[str, str],
    contacts: dict[str, object],
) -> dict[str, object]:
    """The sample company as the sandbox's control interface wants it."""
    numbers = {
        name: number for number, name in enumerate(_in_order([*BRANCHES, *(p.team for p in people)]), start=2)
    }
    members: list[dict[str, object]] = [
        {
            "userid": person.userid,
            "name": person.name,
            "department": [numbers[person.team]],
            "position": person.position,
            "place": place_of(person).as_json(),
        }
        for person in people
    ]
    members.append({"userid": OUTSIDER[0], "name": OUTSIDER[1], "department": [1], "position": "新同事"})
    return {
        "name": NAME,
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
            {"id": 1, "name": NAME, "parentid": 0},
            *(
                {"id": number, "name": name, "parentid": 1 if name in BRANCHES else numbers[branch_of(name)]}
                for name, number in numbers.items()
            ),
        ],
        "members": members,
    }


SMS_KEY_ID, SMS_APP_ID, SMS_SIGN, SMS_TEMPLATE = "AKIDdemo", "1400000001", "信诚招聘", "1000001"


def sms_account(secret: str) -> dict[str, object]:
    """The customer of the SMS gateway as the sandbox's control interface wants it."""
    return {
        "secret": secret,
        "app_ids": [SMS_APP_ID],
        "signs": [SMS_SIGN],
        "templates": {SMS_TEMPLATE: "您有一条新的进度更新，请打开微信服务号查看。"},
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
            {"openid": person.openid, "name": person.name, "following": person.following}
            for person in candidates()
        ],
    }


def _in_order(names: "Iterator[str] | Sequence[str]") -> list[str]:
    """Each name once, where it came first."""
    return list(dict.fromkeys(names))
