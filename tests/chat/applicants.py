"""A branch that hires, with everybody's phone: candidates on the service account, HR in WeCom."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.app import Muster
from bot.posting import Posting
from jobs.chances import tell_answer
from models import recruiting, staff
from models.candidates import Application
from models.messaging import OutboundKind
from models.recruiting import Answered
from tests.models.hiring import Branch
from tests.simulator import Follower, Member, Messenger, TestClock


class Applicant(Follower):
    """A candidate who reads menus: each as its words with the numbered options under them."""

    options: Mapping[str, str] = {}

    def reads(self) -> list[str]:
        """Everything unread, in order."""
        read = []
        for parcel in self.news():
            body = parcel.payload
            if parcel.kind is OutboundKind.TEMPLATE:
                read.append(f"(模板){next(iter(body['data'].values()))['value']}")
                continue
            if body.get("msgtype") != "msgmenu":
                read.append(str(body[body["msgtype"]].get("content", f"[{body['msgtype']}]")))
                continue
            menu = body["msgmenu"]
            self.options = {one["content"]: one["id"] for one in menu["list"]}
            words = [menu["head_content"], *self.options, menu["tail_content"]]
            read.append("\n".join(line for line in words if line))
        return read

    def post(self, fields: Mapping[str, Any]) -> TestResponse:
        """Act, a second after the last time: the platform counts what is sent after each act."""
        self.clock.at((self.clock.now() + timedelta(seconds=1)).replace(tzinfo=None).isoformat())
        return super().post(fields)

    def taps_option(self, words: str) -> None:
        """Tap an option of the newest menu that was read."""
        [key] = [key for content, key in self.options.items() if content.partition(". ")[2] == words]
        self.post(self.message("text", Content=words, bizmsgmenuid=key))

    def sends_picture(self, media: str = "m1") -> None:
        """Send a picture."""
        self.post(self.message("image", MediaId=media, PicUrl="http://p"))


class Office(Branch):
    """The branch, with phones."""

    def __init__(self, muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> None:
        super().__init__(muster, clock)
        self._client, self._messenger = client, messenger
        self._members: dict[str, Member] = {}
        self._applicants: dict[str, Applicant] = {}
        clock.at("09:03")

    def candidate(self, application: int) -> Applicant:
        """The phone of who applied."""
        with self.muster.database.reading() as session:
            openid = self.person(session, application).openid
        assert openid is not None
        return self._applicant(openid)

    def applies_too(self, first: int, job: str, *, unit: str = "城北分公司") -> int:
        """The same person applies once more; the id of the application."""
        with self.writing() as session:
            person, there = self.person(session, first), staff.find_unit(session, unit)
            assert there is not None
            application = Application(
                candidate_id=person.id, person_id=person.id, unit_id=there.id, job=job, entered_at=self.now
            )
            session.add(application)
            session.flush()
            recruiting.start_process(session, application, at=self.now, policy=self.policy)
            return application.id

    def stranger(self) -> Applicant:
        """Somebody who follows the account and is nobody yet."""
        return self._applicant("oNobody")

    def _applicant(self, openid: str) -> Applicant:
        return self._applicants.setdefault(
            openid, Applicant(openid, self._client, self._messenger, self.clock)
        )

    def member(self, account: str) -> Member:
        """The phone of somebody of ours."""
        return self._members.setdefault(account, Member(account, self._client, self._messenger, self.clock))

    def hours_pass(self, hours: float) -> None:
        """Time passes, and everything due on the way happens."""
        later = self.now + timedelta(hours=hours)
        self.clock.passes_to(later.replace(tzinfo=None).isoformat())

    def arranges(self, application: int, *, hours: float = 1) -> None:
        """HR arranges the current stage."""
        later = self.now + timedelta(hours=hours)
        self.acts("north", recruiting.schedule, application_id=application, starts_at=later)

    def offers(self, application: int, *, hours: float, place: str, stage: str = "ai_interview") -> None:
        """HR offers a time."""
        with self.muster.database.reading() as session:
            unit = recruiting.unit_of(session, self.process(application).application)
        self.acts(
            "north",
            recruiting.offer_slot,
            unit=unit,
            stage_code=stage,
            interviewer=self.employee("asker"),
            starts_at=self.now + timedelta(hours=hours),
            place=place,
        )

    def misses_it(self, application: int) -> None:
        """The AI interview is at ten, and nobody comes."""
        self.arranges(application)
        self.hours_pass(1.5)

    def answers(self, operation: Callable[..., Answered], **facts: Any) -> Answered:
        """HR answers a request, and the candidate hears of it."""
        posting: Posting = self.muster.posting
        with self.writing() as session:
            actor = staff.find_employee(session, "north", at=self.now)
            assert actor is not None
            answered = operation(session, actor=actor, at=self.now, policy=self.policy, **facts)
            told = tell_answer(session, answered, self.now, self.policy)
            key = f"test:{self.now.isoformat()}:{operation.__name__}"
            posting.post_notices(session, key, told, self.now)
        self.muster.outbox.drain()
        return answered
