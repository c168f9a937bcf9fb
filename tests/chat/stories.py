"""The branch that hires and all around it: the interview system, three ways out, and time that runs."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask.testing import FlaskClient

from bot.app import Muster, build
from bot.web import create_app
from config.settings import Settings
from models import staff
from models.messaging import Channel
from tests.chat.recruiters import Recruiters
from tests.simulator import InlineWakeups, Messenger, TestClock

SECRET = "a-secret-of-the-stories"
STEP = timedelta(hours=12)
"""So often at least something is looked at while nobody does anything."""


class Story(Recruiters):
    """A branch with phones in which time runs, ways out break down, and the bot is started anew."""

    def __init__(
        self,
        muster: Muster,
        client: FlaskClient,
        messenger: Messenger,
        letterbox: Messenger,
        clock: TestClock,
        settings: Settings,
    ) -> None:
        super().__init__(muster, client, messenger, clock)
        self.wecom, self.letters, self._settings, self._first = messenger, letterbox, settings, muster

    def until(self, moment: str, *, step: timedelta = STEP) -> None:
        """Time runs up to then, as `03 10:00` or `10:00`, and what is due on the way happens at its time."""
        day, _, clock = moment.rpartition(" ")
        date = f"2026-{day if '-' in day else f'03-{day}'}" if day else f"{self.now:%Y-%m-%d}"
        end = datetime.fromisoformat(f"{date}T{clock}").replace(tzinfo=self.now.tzinfo)
        assert end > self.now
        while (left := end - self.now) > timedelta():
            later = self.now + min(left, step)
            self.clock.passes_to(later.replace(tzinfo=None).isoformat())

    def a_moment_passes(self, *, minutes: int = 3) -> None:
        """What was done just now is looked at and sent."""
        for _ in range(minutes):
            self.clock.passes_to((self.now + timedelta(minutes=1)).replace(tzinfo=None).isoformat())

    def restarts(self) -> None:
        """The bot is started anew: nothing is left of it but its database."""
        ways = dict.fromkeys((Channel.WECOM, Channel.OFFICIAL), self.wecom)
        ways |= dict.fromkeys((Channel.SMS, Channel.EMAIL), self.letters)
        wakeups = InlineWakeups()
        before = self.muster
        self.muster = build(
            self._settings,
            clock=self.clock,
            messengers=ways,
            wakeups=wakeups,
            policy=before.policy,
            texts=before.texts,
        )
        wakeups.muster = self.clock.muster = self.muster
        self.client.application = create_app(self.muster)
        before.close()

    def ends(self) -> None:
        """A bot that was started anew gives back its connections."""
        if self.muster is not self._first:
            self.muster.close()

    def interview_system_tells(self, application: int, score: float) -> None:
        """The result of an interview, as the interview system posts it."""
        body = json.dumps(self.result(f"event-{application}-{self.now:%d%H%M}", application, score=score))
        signed = "sha256=" + hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
        headers = {"X-Muster-Signature": signed}
        assert self.client.post("/hooks/interview-results", data=body, headers=headers).status_code == 202

    def has_mail(self, application: int) -> None:
        """Her mail address is known."""
        with self.writing() as session:
            staff.keep_identity(session, person=self.person(session, application), email="rain@example.com")

    def letters_to(self, application: int) -> Sequence[str]:
        """What went to somebody apart from the service account: `sms` and `email`, in its order."""
        with self.muster.database.reading() as session:
            subject = self.person(session, application).subject
        return [one.payload["msgtype"] for one in self.letters.inbox[subject]]
