"""A campaign before the sandbox: the branch that hires, everybody who applied, and what became of it."""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Muster, build
from bot.migrations import migrate
from config.settings import Settings
from models import candidates, messaging, notices, planning, staff
from models.base import SHANGHAI
from models.candidates import Applicant, Application
from models.messaging import Channel, OutboundMessage
from models.notices import CandidateNotice, FollowUpItem
from models.planning import DueItem, JobRun
from models.staff import Candidate, Role, UnitKind
from tests.servers import postgresql, redis_at
from tests.simulator import InlineWakeups, Messenger, TestClock
from tests.survival.installation import Installation, installation

WORKERS = ("worker-1", "worker-2")
APP_ID, SMS_KEY, SMS_APP = "wxcampaign00000001", "AKIDcampaign", "1400000001"
TOKEN = "campaign"
BEGINS = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
TOLD = "笔试安排好了"
AT_ONCE = 250
"""So many candidates are entered in one transaction."""
CALLBACKS = "/official/callback"


def phone(number: int) -> str:
    """A number of a candidate."""
    return f"154{number:08}"


def openid(number: int) -> str:
    """Somebody on the service account."""
    return f"oCampaign{number:06}"


def job(number: int) -> str:
    """What somebody applied for: nobody else did."""
    return f"柜员{number}号窗口"


@contextmanager
def empty_database(kind: str) -> Iterator[str]:
    """The address of an empty database of either kind, for several processes."""
    if kind == "sqlite":
        yield ""
        return
    with postgresql() as url:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE DATABASE campaign")
        yield url.replace("/postgres?", "/campaign?")


class Campaign:
    """Who applied, before the processes start, and what is open afterwards.

    `following` of the `people` are on the service account and have just written to it.
    """

    def __init__(self, settings: Settings, people: int, following: int) -> None:
        clock, wakeups, phones = TestClock(), InlineWakeups(), Messenger()
        clock.at("08:40")
        self.now = clock.now()
        self.people, self.following = people, following
        channels = {str(channel): phones for channel in Channel}
        self.muster: Muster = build(settings, clock=clock, messengers=channels, wakeups=wakeups)
        wakeups.muster = clock.muster = self.muster
        with self.muster.database.writing() as session:
            root = staff.ensure_root(session)
            north = staff.add_unit(session, name="城北分公司", parent=root, kind=UnitKind.BRANCH)
            staff.add_employee(session, wecom_id="north", name="白城北", role=Role.HR_CITY, unit=north)
            self._north = north.id
        for first in range(0, people, AT_ONCE):
            self._enter(range(first, min(first + AT_ONCE, people)))

    def _enter(self, numbers: range) -> None:
        applicants = [
            Applicant(
                line=number, name=f"林{number}", phone=phone(number), id_number=None, address=None,
                unit_id=self._north, job=job(number), applied_on=None, source="",
            )
            for number in numbers
        ]  # fmt: skip
        policy, now = self.muster.policy, self.now
        with self.muster.database.reading() as session:
            ready = candidates.make_ready(session, applicants, at=now)
        with self.muster.database.writing() as session:
            candidates.take_in(session, ready, at=now, policy=policy, actor="operator")
            ids = [row["id"] for row in ready.people]
            people = session.scalars(select(Candidate).where(Candidate.id.in_(ids)).order_by(Candidate.id))
            for number, person in zip(numbers, people.all(), strict=True):
                if number < self.following:
                    self._follow(session, person, number)

    def _follow(self, session: Session, person: Candidate, number: int) -> None:
        person.openid, person.followed_at, person.bound_at = openid(number), self.now, self.now
        messaging.receive(
            session, key=f"hello:{number}", account="official", sender=openid(number), kind="text",
            event="", sent_at=self.now, received_at=self.now - timedelta(minutes=1), fields={},
        )  # fmt: skip

    def plan_notices(self) -> None:
        """Everybody is to be told; it is asked for twice."""
        with self.muster.database.reading() as session:
            ids = session.scalars(select(Application.id).order_by(Application.id)).all()
        for first in range(0, len(ids), 50):
            with self.muster.database.writing() as session:
                for id_ in ids[first : first + 50]:
                    application = session.get_one(Application, id_)
                    person = session.get_one(Candidate, application.person_id)
                    for _ in range(2):
                        notices.plan(
                            session, person=person, application=application, event="campaign",
                            template="update", values={"answer": TOLD}, at=self.now,
                            policy=self.muster.policy,
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


@contextmanager
def campaign_in(
    folder: Path, kind: str, *, people: int, following: int, **settings: Any
) -> Iterator[tuple[Installation, Campaign]]:
    """A campaign with its database, Redis and platform; no process of ours runs yet."""
    redis_folder = folder / "redis"
    redis_folder.mkdir()
    with (
        empty_database(kind) as database_url,
        redis_at(redis_folder) as redis_url,
        installation(
            folder,
            people=["north"],
            prepared=False,
            mode="sandbox",
            sandbox=True,
            database_url=database_url,
            redis_url=redis_url,
            official_app_id=APP_ID,
            official_secret="campaign-secret",
            official_token=TOKEN,
            official_mode="plain",
            sms_provider="tencent",
            sms_key_id=SMS_KEY,
            sms_key_secret="campaign-sms",
            sms_app_id=SMS_APP,
            sms_sign="信诚招聘",
            sms_template="1000001",
            **settings,
        ) as running,
    ):
        platform = running.settings.sandbox_url
        changed = {"official_api_base": f"{platform}/official", "sms_api_base": platform}
        running.settings = running.settings.model_copy(update=changed)
        running.settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        migrate(running.settings.database)
        campaign = Campaign(running.settings, people, following)
        _open_accounts(running, following)
        try:
            yield running, campaign
        finally:
            campaign.muster.close()


def _open_accounts(running: Installation, following: int) -> None:
    """The service account with its followers, who have just written, and the customer of the SMS gateway."""
    people = [{"openid": openid(number), "name": f"林{number}"} for number in range(following)]
    running.sandbox.set_clock(BEGINS.isoformat())
    account: dict[str, Any] = {
        "name": "信诚招聘",
        "original_id": "gh_campaign",
        "secret": "campaign-secret",
        "mode": "plain",
        "people": people,
    }
    running.sandbox.put_account(APP_ID, account)
    for number in range(following):
        running.sandbox.person(openid(number)).say("你好")
    texts = {
        "secret": "campaign-sms",
        "app_ids": [SMS_APP],
        "signs": ["信诚招聘"],
        "templates": {"1000001": "您有一条新的进度更新，请打开微信服务号查看。"},
    }
    running.sandbox.put_sms_account("tencent", SMS_KEY, texts)


def now_of(running: Installation) -> datetime:
    """What the sandbox's clock says."""
    return datetime.fromtimestamp(running.sandbox.clock()["timestamp"], SHANGHAI)


def told(running: Installation, following: int) -> Mapping[int, int]:
    """Number → how often the notice lies in the chat with the service account."""
    return {
        number: sum(TOLD in str(one) for one in running.sandbox.person(openid(number)).inbox())
        for number in range(following)
    }


class Trouble:
    """Kills a random worker and starts another one in its place, so many times at most."""

    def __init__(self, running: Installation, most: int, seed: int) -> None:
        self._running, self._most, self._rng = running, most, random.Random(seed)
        self.killed = 0

    def strikes(self) -> bool:
        """After a moment one is killed; False if it was enough."""
        time.sleep(self._rng.uniform(0.5, 2.5))
        if self.killed >= self._most:
            return False
        name = self._rng.choice(WORKERS)
        self._running.stop(name, signal.SIGKILL)
        self._running.start(name, "worker")
        self.killed += 1
        return True
