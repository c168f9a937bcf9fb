"""What has happened before the visitor comes: who checked in today, who followed, who asked what."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

import httpx
from sqlalchemy.orm import Session

from bot.demo.company import PEOPLE, SCENES, SHIFTS, Candidate, Sample, place_of
from bot.demo.names import stream
from models import attendance, staff
from models.attendance import Act, Source, shift_start
from models.calendar import WorkCalendar
from models.errors import DomainError
from models.locations import Fix, Origin
from models.policy import Policy
from models.staff import Role
from sandbox.client import Sandbox

ARRIVALS = {"on time": 96, "late": 3, "absent": 1}
"""Of a hundred mornings (domain.md 10)."""
QUESTIONS = (
    ("城北催收组", Role.TEAM_LEADER, "谁没打卡"),
    ("城东分公司", Role.SUPERVISOR, "谁没打卡"),
    ("城北催收组", Role.COLLECTOR, "帮助"),
    ("外访组", Role.FIELD_REP, "大卡"),
    ("城东催收组", Role.COLLECTOR, "怎么用"),
)
"""Which invented employee asks what: at any hour, and so that it changes nothing."""
CANDIDATES_ASK = ("帮助", "面试结果什么时候出来？", "请问还招人吗")
LOOKS, WRITE = "我的流程", 4
"""What so many candidates ask at last: to who has written the service account may speak (48 hours)."""
PATIENCE_SECONDS = 10.0
"""How long the visitor waits at most for the last of these answers."""


def check_in_so_far(
    session: Session, people: Sequence[Sample], *, now: datetime, policy: Policy, calendar: WorkCalendar
) -> int:
    """Check in whoever has arrived today by `now`; a second time changes nothing. Returns how many did.

    On a day off nobody, before the shift nobody, and never one of the named people.
    """
    if not calendar.is_workday(now.date()):
        return 0
    count = 0
    for person, at in arrivals(people, now.date(), now):
        actor = staff.find_employee(session, person.userid, at=now)
        if at > now or actor is None:
            continue
        spot = place_of(person)
        fix = Fix(spot.latitude, spot.longitude, Origin.MESSAGE, "gcj02", place=spot.label)
        with suppress(DomainError):
            attendance.check_in(
                session,
                actor=actor,
                act=Act(at, Source.LOCATION, fix),
                policy=policy,
                calendar=calendar,
            )
            count += 1
    return count


def arrivals(people: Sequence[Sample], day: date, now: datetime) -> Iterator[tuple[Sample, datetime]]:
    """When each of the invented people arrives on that day, without the absent; in the time zone of `now`."""
    rng = stream(f"morning/{day}")
    for person in people:
        if person in PEOPLE:
            continue
        [how] = rng.choices(list(ARRIVALS), weights=list(ARRIVALS.values()))
        minutes = rng.uniform(6, 35) if how == "late" else rng.triangular(-25, 4, -5)
        if how != "absent":
            start = shift_start(day, SHIFTS[person.shift][0], now)
            yield person, start + timedelta(seconds=round(minutes * 60))


def hang_posters(official_api: str, app_id: str, secret: str) -> dict[str, str]:
    """Make the QR codes of the service account over its API; scene → ticket (protocol 4.5)."""
    with httpx.Client(base_url=f"{official_api}/cgi-bin/", timeout=10, trust_env=False) as http:
        asked = {"grant_type": "client_credential", "appid": app_id, "secret": secret}
        query = {"access_token": http.post("stable_token", json=asked).json()["access_token"]}
        tickets = {}
        for scene in SCENES:
            code = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
            tickets[scene] = http.post("qrcode/create", params=query, json=code).json()["ticket"]
    return tickets


def fill_chats(
    sandbox: Sandbox,
    corp_id: str,
    people: Sequence[Sample],
    app_id: str,
    candidates: Sequence[Candidate],
    tickets: Mapping[str, str],
) -> None:
    """Candidates follow and some people ask; waits until all are answered, as long as patience lasts."""
    answers: Counter[tuple[str, str]] = Counter()
    coming = [candidate for candidate in candidates if candidate.scene is not None]
    for candidate in coming:
        ticket = tickets[candidate.scene] if candidate.scene else None
        sandbox.person(candidate.openid, app_id).act("follow", ticket=ticket)
        answers[app_id, candidate.openid] += 1
    for candidate, question in zip(coming, CANDIDATES_ASK, strict=False):
        sandbox.person(candidate.openid, app_id).say(question)
        answers[app_id, candidate.openid] += 1
    for candidate in candidates[:WRITE]:
        if candidate.scene is None:
            phone = sandbox.person(candidate.openid, app_id)
            if not candidate.following:
                phone.act("follow", ticket=None)
                answers[app_id, candidate.openid] += 1
            phone.say(LOOKS)
            answers[app_id, candidate.openid] += 1
    for person, question in _questions(people):
        sandbox.person(person.userid, corp_id).say(question)
        answers[corp_id, person.userid] += 1
    until = time.monotonic() + PATIENCE_SECONDS
    for (home, someone), count in answers.items():
        sandbox.person(someone, home).wait(0, count, max(until - time.monotonic(), 0.0))


def _questions(people: Sequence[Sample]) -> Iterator[tuple[Sample, str]]:
    invented = [person for person in people if person not in PEOPLE]
    for team, role, question in QUESTIONS:
        yield next(person for person in invented if (person.team, person.role) == (team, role)), question
