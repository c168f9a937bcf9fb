"""Thousands of notices at once: the look at what became of them stays small, and leaves nobody out."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from bot.app import Muster
from bot.policy import work_calendar
from jobs.base import JobContext
from jobs.notices import MORE, send_notices, tend_notices, watch_more
from models import notices, planning
from models.candidates import Application
from models.messaging import Channel, OutboundMessage
from models.notices import FollowUpItem, NoticeDelivery, watching
from models.planning import DueItem, RunState
from models.staff import Candidate
from tests.chat.recruiters import Recruiters
from tests.chat.test_hiring_cost import statements
from tests.simulator import Messenger, TestClock, rows

FEW, MANY = 4, 14


class Campaign:
    """A branch that hires, and what its candidates are told by text message."""

    def __init__(self, recruiters: Recruiters) -> None:
        self.recruiters, self.muster = recruiters, recruiters.muster
        self.now = self.muster.clock.now()
        self._calendar = work_calendar(self.muster.policy)

    def tells(self, count: int) -> None:
        """So many more are told of something; what becomes of it is open."""
        known = len(rows(self.muster, Application))
        applications = [self.recruiters.applies(f"候选{number}") for number in range(known, known + count)]
        with self.muster.database.writing() as session:
            for id_ in applications:
                application = session.get_one(Application, id_)
                notices.plan(
                    session,
                    person=session.get_one(Candidate, application.person_id),
                    application=application,
                    event="news",
                    template="update",
                    values={"answer": "笔试安排好了"},
                    at=self.now,
                    policy=self.muster.policy,
                )
            due = session.scalars(select(DueItem).where(DueItem.kind == notices.SEND)).all()
            send_notices(self._context(session), due)

    def became(self, state: str, error: str | None = None) -> None:
        """This is what the outbox says of all text messages."""
        with self.muster.database.writing() as session:
            texts = update(OutboundMessage).where(OutboundMessage.channel == Channel.SMS)
            session.execute(texts.values(state=state, error=error))

    def looks(self) -> int:
        """So many statements the look takes."""
        with self.muster.database.writing() as session, statements(self.muster) as count:
            tend_notices(self._context(session))
            return count()

    def goes_on(self) -> bool:
        """The look that was planned for what one did not get to; False if there is none."""
        with self.muster.database.writing() as session:
            due = session.scalars(
                select(DueItem).where(DueItem.kind == MORE, DueItem.state == RunState.DUE)
            ).all()
            planning.settle(session, [item.id for item in due], RunState.DONE)
            if due:
                watch_more(self._context(session), due)
            return bool(due)

    def _context(self, session: object) -> JobContext:
        return JobContext(session, self.now, self._calendar, self.muster.policy)  # type: ignore[arg-type]


@pytest.fixture
def campaign(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Campaign:
    """Nobody has been told of anything."""
    clock.at("09:00")
    return Campaign(Recruiters(muster, client, messenger, clock))


@pytest.mark.parametrize(
    ("state", "minutes"),
    [("intent", 1), ("accepted", 1), ("delivered", 1), ("failed", 1), ("intent", 90)],
    ids=["waiting", "accepted", "delivered", "failed", "stuck"],
)
def test_the_look_at_many_takes_the_questions_of_few(campaign: Campaign, state: str, minutes: int) -> None:
    def look_at(count: int) -> Sequence[int]:
        campaign.tells(count)
        campaign.became(state)
        campaign.now += timedelta(minutes=minutes)
        return [campaign.looks(), campaign.looks()]

    look_at(FEW)
    few = look_at(FEW)

    assert look_at(MANY) == few


def test_what_one_look_does_not_get_to_the_next_one_does(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "GONE_ON_AT_ONCE", 5)
    campaign.tells(MANY)
    campaign.became("failed", "1014 no such number")
    campaign.now += timedelta(minutes=1)

    campaign.looks()
    assert len(rows(campaign.muster, FollowUpItem)) == 5
    assert campaign.goes_on()
    assert campaign.goes_on()
    assert not campaign.goes_on()

    items = rows(campaign.muster, FollowUpItem)
    assert len(items) == MANY
    assert len({item.notice_id for item in items}) == MANY
    assert {str(item.details) for item in items} == {"{'reasons': {'sms': '1014'}}"}
    texts = [one for one in rows(campaign.muster, NoticeDelivery) if one.channel == Channel.SMS]
    assert {one.state for one in texts} == {"failed"}
