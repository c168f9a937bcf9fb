"""A campaign: thousands of candidates are told of something while workers are killed.

Nobody hears of it twice over one channel, and nobody is lost: of whom no message reached HR has an item.
Real processes before the sandbox, whose clock they follow; what is counted is what lies on the phones.
"""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from bot.app import Muster, build
from bot.migrations import migrate
from config.settings import Settings
from models import candidates, messaging, notices, planning, staff
from models.base import SHANGHAI
from models.candidates import Application
from models.messaging import Channel, OutboundMessage
from models.notices import CandidateNotice, FollowUpItem
from models.planning import DueItem, JobRun
from models.staff import Candidate, Role, UnitKind
from tests.servers import postgresql, redis_at
from tests.simulator import InlineWakeups, Messenger, TestClock
from tests.survival.installation import LONG, Installation, installation

SEED = 20260302
CANDIDATES = 5000 if LONG else 120
FOLLOWING = CANDIDATES // 5
"""So many are on the service account; the others are reached by text messages."""
KILLS = 40 if LONG else 4
PATIENCE = 1500.0 if LONG else 240.0
WORKERS = ("worker-1", "worker-2")
APP_ID, SMS_KEY, SMS_APP = "wxcampaign00000001", "AKIDcampaign", "1400000001"
BEGINS = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind, for several processes."""
    if request.param == "sqlite":
        yield ""
        return
    with postgresql() as url:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE DATABASE campaign")
        yield url.replace("/postgres?", "/campaign?")


def phone(number: int) -> str:
    """A number of a candidate."""
    return f"154{number:08}"


def openid(number: int) -> str:
    """Somebody on the service account."""
    return f"oCampaign{number:06}"


class Campaign:
    """The company and its candidates before the processes start, and what is open afterwards."""

    def __init__(self, settings: Settings) -> None:
        clock, wakeups, phones = TestClock(), InlineWakeups(), Messenger()
        clock.at("08:40")
        channels = {str(channel): phones for channel in Channel}
        self.muster: Muster = build(settings, clock=clock, messengers=channels, wakeups=wakeups)
        wakeups.muster = clock.muster = self.muster
        with self.muster.database.writing() as session:
            root = staff.ensure_root(session)
            north = staff.add_unit(session, name="城北分公司", parent=root, kind=UnitKind.BRANCH)
            staff.add_employee(session, wecom_id="north", name="白城北", role=Role.HR_CITY, unit=north)
        for first in range(0, CANDIDATES, 100):
            self._enter(range(first, min(first + 100, CANDIDATES)), clock.now())

    def _enter(self, numbers: range, now: datetime) -> None:
        with self.muster.database.writing() as session:
            north = staff.find_unit(session, "城北分公司")
            assert north is not None
            for number in numbers:
                candidates.enter(
                    session, name=f"林{number}", phone=phone(number), id_number=None, address=None,
                    unit=north, job="柜员", applied_on=None, source="", at=now, actor="operator",
                    policy=self.muster.policy,
                )  # fmt: skip
            session.flush()
            for application in session.scalars(
                select(Application).order_by(Application.id.desc()).limit(len(numbers))
            ).all():
                person = session.get_one(Candidate, application.person_id)
                self._follow(session, person, now)
                for _ in range(2):  # asked for twice, told once
                    notices.plan(
                        session, person=person, application=application, event="campaign",
                        template="update", values={"answer": "笔试安排好了"}, at=now,
                        policy=self.muster.policy,
                    )  # fmt: skip

    @staticmethod
    def _follow(session: object, person: Candidate, now: datetime) -> None:
        """One of the first is on the service account and has just written to it."""
        number = int((person.name or "")[1:])
        if number < FOLLOWING:
            person.openid, person.followed_at, person.bound_at = openid(number), now, now
            messaging.receive(
                session, key=f"hello:{number}", account="official", sender=openid(number),  # type: ignore[arg-type]
                kind="text", event="", sent_at=now, received_at=now - timedelta(minutes=1),
                fields={},
            )  # fmt: skip

    def anything_open(self, now: datetime) -> bool:
        """Whether a due item or a message waits or is under way."""
        with self.muster.database.reading() as session:
            return planning.anything_due(session, now=now) or messaging.oldest_unsettled(session) is not None

    def what_is_open(self) -> Counter[tuple[str, ...]]:
        """What waits, for whoever wonders why it does."""
        with self.muster.database.reading() as session:
            waiting = session.scalars(select(OutboundMessage).where(OutboundMessage.settled_at.is_(None)))
            due = session.scalars(select(DueItem).where(DueItem.state == "due"))
            runs = session.scalars(select(JobRun).where(JobRun.state == "due"))
            return Counter(
                [
                    *((one.channel, one.state, one.error or "", one.held_reason or "") for one in waiting),
                    *((one.kind, f"{one.try_at:%H:%M}") for one in due),
                    *((one.name, f"{one.due_at:%H:%M}", one.error or "") for one in runs),
                ]
            )

    def followed_up(self) -> set[int]:
        """The numbers of the candidates whom HR has to call."""
        with self.muster.database.reading() as session:
            names = session.scalars(
                select(Candidate.name)
                .join(CandidateNotice, CandidateNotice.person_id == Candidate.id)
                .join(FollowUpItem, FollowUpItem.notice_id == CandidateNotice.id)
            ).all()
        return {int((name or "")[1:]) for name in names}


@pytest.mark.timeout(3600)
def test_a_campaign_reaches_everybody_once_whoever_is_killed(tmp_path: Path, database_url: str) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    with (
        redis_at(folder) as redis_url,
        installation(
            tmp_path,
            people=["north"],
            prepared=False,
            mode="sandbox",
            sandbox=True,
            database_url=database_url,
            redis_url=redis_url,
            official_app_id=APP_ID,
            official_secret="campaign-secret",
            official_token="campaign",
            official_mode="plain",
            sms_provider="tencent",
            sms_key_id=SMS_KEY,
            sms_key_secret="campaign-sms",
            sms_app_id=SMS_APP,
            sms_sign="信诚招聘",
            sms_template="1000001",
        ) as running,
    ):
        platform = running.settings.sandbox_url
        changed = {"official_api_base": f"{platform}/official", "sms_api_base": platform}
        running.settings = running.settings.model_copy(update=changed)
        running.settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        migrate(running.settings.database)
        campaign = Campaign(running.settings)
        open_accounts(running)
        running.start("scheduler")
        for name in WORKERS:
            running.start(name, "worker")
        running.sandbox.faults(accept_then_drop={"value": 1, "every": 40})

        killed = strike(running, campaign)
        for _ in range(26):  # two hours: whoever is silent gets a text, and what is lost is an item
            running.sandbox.advance(300)
            settle(running, campaign)

        texts = Counter(str(text["phone"])[-11:] for text in running.sandbox.texts())
        told = {
            number: sum("笔试安排好了" in str(one) for one in running.sandbox.person(openid(number)).inbox())
            for number in range(FOLLOWING)
        }
        items = campaign.followed_up()
        lost = [number for number in range(CANDIDATES) if not texts[phone(number)] and number not in items]
        print(
            f"\n{CANDIDATES} candidates, {killed} workers killed: {sum(told.values())} heard by the service "
            f"account, {sum(texts.values())} by text, {len(items)} for a human"
        )
        assert killed
        assert max(texts.values()) == 1
        assert max(told.values()) == 1
        assert lost == []
        assert len(items) <= killed * 130 + CANDIDATES // 20, "what workers held, and answers that were lost"
        campaign.muster.close()


def open_accounts(running: Installation) -> None:
    """The service account with its followers, who have just written, and the customer of the SMS gateway."""
    people = [{"openid": openid(number), "name": f"林{number}"} for number in range(FOLLOWING)]
    running.sandbox.set_clock(BEGINS.isoformat())
    running.sandbox.put_account(
        APP_ID,
        {"name": "信诚招聘", "original_id": "gh_campaign", "secret": "campaign-secret", "people": people},
    )
    account = {
        "secret": "campaign-sms",
        "app_ids": [SMS_APP],
        "signs": ["信诚招聘"],
        "templates": {"1000001": "您有一条新的进度更新，请打开微信服务号查看。"},
    }
    running.sandbox.put_sms_account("tencent", SMS_KEY, account)
    for number in range(FOLLOWING):
        running.sandbox.person(openid(number)).say("你好")


def now_of(running: Installation) -> datetime:
    """What the sandbox's clock says."""
    return datetime.fromtimestamp(running.sandbox.clock()["timestamp"], SHANGHAI)


def strike(running: Installation, campaign: Campaign) -> int:
    """Kill workers at random while there is something to send; returns how many."""
    rng, killed, until = random.Random(SEED), 0, time.monotonic() + PATIENCE
    running.wait_for(lambda: campaign.anything_open(now_of(running)), "the beginning")
    while campaign.anything_open(now_of(running)):
        assert time.monotonic() < until, campaign.what_is_open()
        time.sleep(rng.uniform(0.5, 2.5))
        if killed < KILLS:
            name = rng.choice(WORKERS)
            running.stop(name, signal.SIGKILL)
            running.start(name, "worker")
            killed += 1
        else:
            running.sandbox.advance(timedelta(seconds=35).total_seconds())
    return killed


def settle(running: Installation, campaign: Campaign) -> None:
    """Wait until nothing is open."""
    until = time.monotonic() + PATIENCE
    while campaign.anything_open(now_of(running)) and time.monotonic() < until:
        time.sleep(0.2)
