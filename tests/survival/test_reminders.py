"""Reminders about cases are due while workers are killed: everybody hears of each exactly once.

Real processes: two workers and a scheduler before the sandbox, whose clock they follow; what is counted is
what lies on the phones.
"""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import cast

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import build
from bot.migrations import migrate
from config.settings import Settings
from models import cases, messaging, planning, staff
from models.base import SHANGHAI
from models.cases import Case, reminding
from models.messaging import Channel
from models.planning import DueItem
from models.staff import Role
from tests.chat.floor import PEOPLE, Floor
from tests.servers import postgresql, redis_at
from tests.simulator import InlineWakeups, Messenger, TestClock
from tests.survival.installation import LONG, Installation, installation

SEED = 20260302
KILLS = 12 if LONG else 2
"""How often a worker is killed at each of the moments, while something is to be done."""
KILLED_WITHIN = 0.6
"""So many seconds after it is seen that something is to be done."""
PATIENCE = 90.0
STEP = timedelta(seconds=35)
"""What a killed worker held is free again after half a minute."""
WORKERS = ("worker-1", "worker-2")
OTHERS = tuple(f"p{number:02}" for number in range(3))
COLLECTORS = ("zhangsan", "lisi", "wangwu", *OTHERS)
LEADER = "leader"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind, for several processes."""
    if request.param == "sqlite":
        yield ""
        return
    with postgresql() as url:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE DATABASE reminders")
        yield url.replace("/postgres?", "/reminders?")


def moment(text: str) -> datetime:
    """A moment of March 2026 in Shanghai."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=SHANGHAI)


class Floors:
    """The company before the processes start, and what is open in its database afterwards."""

    def __init__(self, settings: Settings) -> None:
        clock, wakeups = TestClock(), InlineWakeups()
        phones = Messenger()
        self.muster = build(
            settings,
            clock=clock,
            messengers={Channel.WECOM: phones, Channel.OFFICIAL: phones},
            wakeups=wakeups,
        )
        wakeups.muster = clock.muster = self.muster
        floor = Floor(self.muster, cast(FlaskClient, None), phones, clock)
        with self.muster.database.writing() as session:
            team = staff.find_unit(session, "城北分公司/一组")
            assert team is not None
            for account in OTHERS:
                staff.add_employee(session, wecom_id=account, name=account, role=Role.COLLECTOR, unit=team)
        self.case_of = {account: self._enter(floor, account) for account in COLLECTORS}
        """Who → the case that is not accepted."""

    def _enter(self, floor: Floor, account: str) -> int:
        """Four cases of somebody: one not accepted, one to follow up, two with promises."""
        about = {"name": f"王{account}", "branch": "城北分公司"}
        fresh, planned, promised, broken = (
            floor.case(owner=account, accepted=bool(number), phone=f"139{_digits(account)}{number}", **about)
            for number in range(4)
        )
        with self.muster.database.writing() as session:
            now = floor.clock.now()
            actor = staff.find_employee(session, account, at=now)
            assert actor is not None
            doing = {"actor": actor, "at": now, "policy": self.muster.policy}
            cases.plan_follow_up(session, case=_case(session, planned), due_at=moment("02 14:00"), **doing)
            for number, due_on in ((promised, date(2026, 3, 3)), (broken, date(2026, 3, 2))):
                cases.promise(session, case=_case(session, number), amount=100000, due_on=due_on, **doing)
        return fresh

    def anything_open(self, now: datetime) -> bool:
        """Whether a due item or a message waits or is under way."""
        with self.muster.database.reading() as session:
            return planning.anything_due(session, now=now) or messaging.oldest_unsettled(session) is not None

    def is_planned(self) -> bool:
        """Whether the scheduler has planned what falls due."""
        with self.muster.database.reading() as session:
            kinds = set(session.scalars(select(DueItem.kind).distinct()))
        return {reminding.ACCEPT, reminding.PROMISES_DUE, reminding.PROMISES_BROKEN} <= kinds

    def close(self) -> None:
        """Give its connections back."""
        self.muster.close()


def _digits(account: str) -> str:
    return f"{COLLECTORS.index(account):07}"


def _case(session: Session, number: int) -> Case:
    return session.get_one(Case, number)


class Trouble:
    """Kills a random worker while something is to be done, and starts another one in its place."""

    def __init__(self, running: Installation, floors: Floors) -> None:
        self._running, self._floors = running, floors
        self._rng = random.Random(SEED)
        self.hits: Counter[str] = Counter()
        """Moment → how many were killed."""

    def strikes(self, what: str) -> None:
        """One is killed, if there is anything to do and it was not enough yet."""
        now = datetime.fromtimestamp(self._running.sandbox.clock()["timestamp"], SHANGHAI)
        if self.hits[what] >= KILLS or not self._floors.anything_open(now):
            return
        time.sleep(self._rng.uniform(0, KILLED_WITHIN))
        name = self._rng.choice(WORKERS)
        self._running.stop(name, signal.SIGKILL)
        self._running.start(name, "worker")
        self.hits[what] += 1


class Phones:
    """What lies on them."""

    def __init__(self, running: Installation) -> None:
        self._sandbox = running.sandbox

    def told(self, phrase: str) -> "Counter[str]":
        """Person → how many messages with these words."""
        found: Counter[str] = Counter()
        for person in (*COLLECTORS, LEADER):
            inbox = self._sandbox.person(person).inbox()
            found[person] = sum(phrase in str(one["text"]) for one in inbox if one["direction"] == "in")
        return +found


def expected(floors: Floors) -> dict[str, dict[str, dict[str, int]]]:
    """Moment → words on a phone → who is to have them, once."""
    owners, leader = dict.fromkeys(COLLECTORS, 1), {LEADER: 1}
    warned = {f"{number} 还没接单": {account: 1} for account, number in floors.case_of.items()}
    return {
        "02 12:00": warned,
        "02 14:00": {"超时没接单": leader, "该跟进": owners},
        "03 09:30": {"承诺还": owners},
        "04 09:00": {"跳票了": owners, "笔承诺跳票": leader},
    }


@pytest.mark.timeout(600)
def test_who_is_to_be_reminded_is_reminded_once_whoever_is_killed(tmp_path: Path, database_url: str) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    people = [*(account for account, *_ in PEOPLE), *OTHERS]
    with (
        redis_at(folder) as redis_url,
        installation(
            tmp_path,
            people=people,
            prepared=False,
            mode="sandbox",
            sandbox=True,
            database_url=database_url,
            redis_url=redis_url,
        ) as running,
    ):
        running.settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        migrate(running.settings.database)
        floors = Floors(running.settings)
        running.sandbox.set_clock(moment("02 11:30").isoformat())
        running.start("scheduler")
        for name in WORKERS:
            running.start(name, "worker")
        due = expected(floors)
        trouble, phones = Trouble(running, floors), Phones(running)
        running.sandbox.faults(
            api_delay_ms={"value": 300, "path": "message/send"},
            accept_then_drop={"value": 1, "every": 5, "path": "message/send"},
        )
        running.wait_for(lambda: floors.is_planned(), "planning")

        for when, wanted in due.items():
            running.sandbox.set_clock((moment(when) - timedelta(seconds=2)).isoformat())
            arrive(running, trouble, phones, when, wanted)

        running.sandbox.faults()
        for _ in range(2):  # what was held by the killed is looked at again, and would come twice
            running.sandbox.advance(STEP.total_seconds())
            time.sleep(1.5)
        for wanted in due.values():
            for phrase, whom in wanted.items():
                assert phones.told(phrase) == whom, phrase
        print(f"\nkilled while reminders were due: {dict(trouble.hits)}")
        assert all(trouble.hits[when] for when in due), trouble.hits
        floors.close()


def arrive(
    running: Installation, trouble: Trouble, phones: Phones, when: str, wanted: dict[str, dict[str, int]]
) -> None:
    """Let it become that time and kill workers meanwhile, until everybody has heard."""
    until, step_at = time.monotonic() + PATIENCE, time.monotonic() + 3
    while any(phones.told(phrase) != whom for phrase, whom in wanted.items()):
        trouble.strikes(when)
        if time.monotonic() > step_at:
            running.sandbox.advance(STEP.total_seconds())
            step_at = time.monotonic() + 3
        assert time.monotonic() < until, {phrase: phones.told(phrase) for phrase in wanted}
        time.sleep(0.3)
