"""The morning peak: all check in within a few minutes, half in the chat, half on the page, and workers die.

The whole product as `muster up` runs it (SQLite, its own Redis), real callbacks, the silent login and the
page; the platform and the people are two small processes beside it. Everybody has a place of work, has agreed
to tell where they are, and checked in on the last workday, so that there is something to compare with.
"""

import itertools
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.company import TEAM_SHIFT, NoWakeups, as_request, settings_in, userid
from benchmarks.crowd import Tap, phone
from benchmarks.machine import (
    ROOT,
    Process,
    command_of,
    cpu_of_family,
    family,
    free_port,
    listens,
    running,
    wait_until,
)
from benchmarks.table import Figure, percentile
from bot.app import Muster, build
from bot.migrations import migrate
from config.settings import Settings, as_environment
from models import attendance, locations, staff
from models.attendance import Act, CheckIn, Source
from models.base import SHANGHAI
from models.locations import Fix, LocationFix, Origin, Point, WorkSite, canonical
from models.staff import Employee, Role
from tests import tencent

BEGINS = datetime(2026, 3, 2, 8, 54, tzinfo=SHANGHAI)
BEFORE = datetime(2026, 2, 27, 8, 55, tzinfo=SHANGHAI)
"""The check-ins of the last workday."""
OFFICE, DEGREE = Point(30.63, 104.07), 111_195.0
"""As a phone says it (WGS-84); metres of a degree."""
TWICE = 0.03
"""The share of taps that the platform hands over twice."""
STILL = 6.0
"""Seconds in which nothing is asked: what the processes use then is no check-in's."""
AT_ONCE = 500
"""So many people are entered in one transaction."""
PAUSE_MILLISECONDS = 40
"""How long the platform takes for an answer."""
GRACE_SECONDS = 90.0
LATEST = 2.0
"""Seconds within which 99 of 100 are to be answered."""
ANSWERED = "打卡成功"


@dataclass(frozen=True)
class Peak:
    """What came of a morning."""

    people: int
    seconds: float
    killed: int
    in_chat: Sequence[float]
    """Seconds from the tap to when the answer reached the platform."""
    on_page: Sequence[float]
    """Seconds from the tap to the answer on the page."""
    lost: Sequence[str]
    """Who has no check-in, or was not told of it."""
    doubled: Sequence[str]
    """Who has two, or was told twice."""
    grades: Mapping[str, int]
    again: int
    """So often the platform or a page had to send something again."""
    cpu: float
    """Seconds of the product's processes, without what they use when nothing is asked."""
    idle: float
    """The share of a core that they use then."""
    others: float
    """Seconds of the people and the platform."""

    @property
    def milliseconds(self) -> float:
        """CPU of one check-in, with its login or its location."""
        return self.cpu / self.people * 1000

    @property
    def cores(self) -> float:
        """How many cores all of it kept busy, on an average."""
        return self.idle + (self.cpu + self.others) / self.seconds


def measure(folder: Path, people: int, seconds: int) -> Iterator[Figure]:
    """One morning, with two workers killed."""
    seen = morning(folder / "peak", people=people, seconds=seconds, kills=2)
    for name, waits in (("menu tap to answer", seen.in_chat), ("page tap to answer", seen.on_page)):
        told = f"{percentile(waits, 0.5) * 1000:.0f}, {max(waits) * 1000:,.0f}"
        late = percentile(waits, 0.99)
        yield Figure(
            f"peak of {people:,}: {name}, p99 (p50, max: {told} ms)",
            late * 1000, "ms", floor="≤ 2,000 ms", met=late <= LATEST,
        )  # fmt: skip
    wrong = len(seen.lost) + len(seen.doubled)
    yield Figure(
        f"peak: lost or doubled, {seen.killed} workers killed", wrong, "people", floor="= 0", met=not wrong
    )
    yield Figure("peak: CPU of a check-in", seen.milliseconds, "ms")
    yield Figure("peak: cores busy, with platform and people", seen.cores, "cores")


def morning(folder: Path, *, people: int, seconds: float, kills: int, seed: int = 20260302) -> Peak:
    """Play it in a folder."""
    folder.mkdir(parents=True)
    port, platform = free_port(), free_port()
    address = f"http://127.0.0.1:{platform}"
    settings = settings_in(folder / "data", port=port, platform=address).model_copy(
        update={"mode": "sandbox", "open_base": address, "public_url": f"http://127.0.0.1:{port}"}
    )
    enter(settings, people)
    environment = as_environment(settings)
    subprocess.run(
        [sys.executable, "-m", "bot", "clock", "set", BEGINS.isoformat()],
        env={**os.environ, **environment}, cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    ahead = BEGINS - datetime.now(SHANGHAI)
    taps = taps_of(random.Random(seed), people, seconds)
    plan = folder / "taps"
    plan.write_bytes(pickle.dumps((taps, ahead)))
    log = folder / "log"
    with (
        running("benchmarks.stub", str(platform), str(PAUSE_MILLISECONDS), log=log, port=platform) as stub,
        running("bot", "up", log=log, environment=environment) as up,
    ):
        wait_until(lambda: listens(port) or up.poll() is not None, "muster up", 60)
        wait_until(lambda: "已启动" in log.read_text(errors="replace"), "muster up", 60)
        time.sleep(STILL)  # what was left to do from before
        before, stub_before = cpu_of_family(up.pid), cpu_of_family(stub.pid)
        time.sleep(STILL)
        began_with = cpu_of_family(up.pid)
        idle = (began_with - before) / STILL
        began = time.monotonic()
        told, killed = _play(plan, port, up, seconds, kills)
        chat = [tap.person for tap in taps if tap.clicked]
        answers = _answers(platform, chat)
        took = time.monotonic() - began
        cpu = cpu_of_family(up.pid) - began_with - idle * took
        others = told["cpu"] + cpu_of_family(stub.pid) - stub_before
        checked, grades = _kept(settings)
    tapped, waited = told["tapped_at"], told["waited"]
    heard = {person: len(answers.get(person, ())) for person in chat}
    everybody = [tap.person for tap in taps]
    lost = {one for one in everybody if not checked[one]} | {one for one in chat if not heard[one]}
    lost |= set(told["refused"]) | {one for one in everybody if one not in heard and one not in waited}
    doubled = {one for one in everybody if checked[one] > 1} | {one for one in chat if heard[one] > 1}
    return Peak(
        people=people,
        seconds=took,
        killed=killed,
        in_chat=[answers[one][0] - tapped[one] for one in chat if heard[one]],
        on_page=list(waited.values()),
        lost=sorted(lost),
        doubled=sorted(doubled),
        grades=grades,
        again=told["again"],
        cpu=cpu,
        idle=idle,
        others=others,
    )


def enter(settings: Settings, people: int) -> None:
    """Everybody with a shift, a place of work, the consent, and the check-in of the last workday."""
    migrate(settings.database)
    muster = build(settings, messengers={}, wakeups=NoWakeups())
    rng = random.Random(1)
    office = canonical(OFFICE.latitude, OFFICE.longitude, "wgs84")
    with muster.database.writing() as session:
        unit = staff.add_unit(session, name="一组")
        nine = attendance.add_shift(session, name="九点班", starts_at=TEAM_SHIFT[0], ends_at=TEAM_SHIFT[1])
        session.add(
            WorkSite(
                unit_id=unit.id, name="总部", latitude=office.latitude, longitude=office.longitude,
                radius=300, added_at=BEFORE - timedelta(days=30),
            )
        )  # fmt: skip
        unit_id, shift_id = unit.id, nine.id
    for first in range(0, people, AT_ONCE):
        with muster.database.writing() as session:
            team = session.get_one(staff.Unit, unit_id)
            shift = session.get_one(attendance.Shift, shift_id)
            for number in range(first, min(first + AT_ONCE, people)):
                person = staff.add_employee(
                    session, wecom_id=userid(number), name=f"员工{number}", role=Role.COLLECTOR, unit=team
                )
                attendance.assign_shift(session, employee=person, shift=shift)
                locations.agree(session, actor=person, at=BEFORE, policy=muster.policy.locations)
                _checked_in_before(session, muster, person, number, rng)
    muster.close()


def _checked_in_before(
    session: Session, muster: Muster, person: Employee, number: int, rng: random.Random
) -> None:
    point, accuracy = place(rng)
    session.flush()
    actor = staff.find_employee(session, person.wecom_id, at=BEFORE)
    assert actor is not None
    fix = Fix(point.latitude, point.longitude, Origin.PAGE, "wgs84", accuracy, device=phone(person.wecom_id))
    attendance.check_in(
        session,
        actor=actor,
        act=Act(BEFORE, Source.PAGE, fix, key=f"before-{number:08}"),
        policy=muster.policy,
        calendar=muster.calendar,
    )


def place(rng: random.Random) -> tuple[Point, float]:
    """Where a phone at work says that it is (WGS-84): some metres off, and how sure it is."""
    off = rng.triangular(5, 80, 5)
    latitude = OFFICE.latitude + rng.uniform(-off, off) / DEGREE
    longitude = OFFICE.longitude + rng.uniform(-off, off) / DEGREE
    return Point(latitude, longitude), float(round(max(5.0, off * rng.uniform(0.7, 1.8))))


def taps_of(rng: random.Random, people: int, seconds: float) -> list[Tap]:
    """Everybody in this time, more and more of them until shortly before the end; odd ones on the page."""
    moments = sorted(rng.triangular(0, seconds, seconds * 0.8) for _ in range(people))
    numbers = list(range(people))
    rng.shuffle(numbers)
    sent = itertools.count(int(BEGINS.timestamp()))
    taps = []
    for number, at in zip(numbers, moments, strict=True):
        (point, accuracy), person = place(rng), userid(number)
        tap = Tap(person, at, rng.uniform(1, 4), point.latitude, point.longitude, accuracy)
        if number % 2 == 0:
            moment = next(sent)
            opened = {
                "Latitude": point.latitude, "Longitude": point.longitude, "Precision": accuracy,
                "AppType": "wxwork",
            }  # fmt: skip
            tap = replace(
                tap,
                opened=callback(person, moment, "LOCATION", opened),
                clicked=callback(person, moment + 1, "click", {"EventKey": "check_in"}),
                twice=rng.random() < TWICE,
            )
        taps.append(tap)
    return taps


def callback(person: str, moment: int, event: str, more: Mapping[str, object]) -> bytes:
    """The bytes of an encrypted event."""
    address, body = tencent.wecom_callback(
        {
            "ToUserName": tencent.CORP_ID, "FromUserName": person, "CreateTime": moment,
            "MsgType": "event", "Event": event, **more, "AgentID": tencent.AGENT_ID,
        }
    )  # fmt: skip
    return as_request(address, body.encode())


def _play(plan: Path, port: int, up: Process, seconds: float, kills: int) -> tuple[Mapping[str, Any], int]:
    """Let them come, and kill the worker so many times; what they were told, and how often it died."""
    command = [sys.executable, "-m", "benchmarks.crowd", str(plan), str(port)]
    killed = 0
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as crowd:
        try:
            for number in range(kills):
                with suppress(subprocess.TimeoutExpired):
                    crowd.wait(seconds * 0.6 / kills * (1 + (number > 0)))
                killed += kill_worker(up)
            told, _ = crowd.communicate(timeout=seconds + GRACE_SECONDS)
        finally:
            crowd.kill()
    return json.loads(told), killed


def kill_worker(up: Process) -> bool:
    """SIGKILL the process of `muster up` that sends what is due; False if there is none at the moment."""
    workers = [pid for pid in family(up.pid) if command_of(pid)[1:4] == ["-m", "bot", "worker"]]
    if workers:
        os.kill(workers[-1], signal.SIGKILL)
    return bool(workers)


def _answers(platform: int, people: Sequence[str]) -> dict[str, list[float]]:
    """Person → when an answer to the tap reached the platform, each time; waits for the last of them."""
    found: dict[str, list[float]] = {}
    until = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < until:
        with urllib.request.urlopen(f"http://127.0.0.1:{platform}/arrivals", timeout=30) as answer:
            arrived = json.load(answer)
        found = {}
        for at, body in arrived:
            message = json.loads(body)
            if ANSWERED in json.dumps(message, ensure_ascii=False):
                for person in message["touser"].split("|"):
                    found.setdefault(person, []).append(at)
        if all(person in found for person in people):
            break
        time.sleep(1.0)
    return found


def _kept(settings: Settings) -> tuple[Counter[str], Counter[str]]:
    """Person → check-ins of that morning; and how many are worth what as evidence."""
    muster = build(settings, messengers={}, wakeups=NoWakeups())
    with muster.database.reading() as session:
        rows = session.execute(
            select(Employee.wecom_id, LocationFix.grade)
            .join(CheckIn, CheckIn.employee_id == Employee.id)
            .join(LocationFix, LocationFix.id == CheckIn.fix_id)
            .where(CheckIn.day == BEGINS.date())
        ).all()
    muster.close()
    return Counter(str(person) for person, _ in rows), Counter(str(grade) for _, grade in rows)
