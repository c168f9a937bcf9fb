"""The morning: five thousand people are to be reminded at the same minute."""

import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import pytest
from flask.testing import FlaskClient

import bot.app
from bot.app import Muster
from bot.channels.base import Parcel, Receipt
from bot.policy import load_policy
from models import attendance, staff
from models.messaging import OutboundMessage
from models.staff import Role
from tests.simulator import Member, Messenger, TestClock, rows
from tests.survival.installation import LONG

PEOPLE = 5000
FEWER = PEOPLE if LONG else 500


@dataclass
class Stamping(Messenger):
    """Notes when each message left."""

    clock: TestClock = field(default_factory=TestClock)
    left: list[tuple[str, datetime]] = field(default_factory=list)

    def send(self, parcel: Parcel) -> Receipt:
        """Note it."""
        self.left += [(recipient, self.clock.now()) for recipient in parcel.recipients]
        return super().send(parcel)


@pytest.fixture
def messenger(clock: TestClock) -> Stamping:
    """Where all messages end up."""
    return Stamping(clock=clock)


def enter(muster: Muster, people: int, starts_at: str) -> list[str]:
    """Everybody works this shift."""
    names = [f"w{number:04}" for number in range(people)]
    with muster.database.writing() as session:
        team = staff.add_unit(session, name="一组")
        start = time.fromisoformat(starts_at)
        shift = attendance.add_shift(session, name="早班", starts_at=start, ends_at=time(18))
        for name in names:
            member = staff.add_employee(session, wecom_id=name, name=name, role=Role.COLLECTOR, unit=team)
            attendance.assign_shift(session, employee=member, shift=shift)
    return names


def minutes_pass(clock: TestClock, seconds: int) -> None:
    """Second by second."""
    for _ in range(seconds):
        clock.passes_to(f"{clock.now() + timedelta(seconds=1):%H:%M:%S}")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("starts_at", "before"), [("09:00", "08:49:59"), ("09:10", "08:59:59")])
def test_everybody_is_reminded_exactly_once_and_nobody_early(
    muster: Muster, client: FlaskClient, clock: TestClock, messenger: Stamping, starts_at: str, before: str
) -> None:
    """At 09:00 the platform does not like to be pushed to: those leave over the minute after it."""
    people = PEOPLE if muster.database.sqlite and starts_at == "09:00" else FEWER
    names = enter(muster, people, starts_at)
    clock.passes_to("08:33")
    clock.passes_to(before)
    early = Member(names[17], client, messenger, clock)
    early.says("打卡")
    assert "打卡成功" in early.reads()[0]
    assert [name for name, _ in messenger.left] == [names[17]]
    messenger.left.clear()
    was = clock.now()

    minutes_pass(clock, 120)

    assert Counter(name for name, _ in messenger.left) == dict.fromkeys(set(names) - {names[17]}, 1)
    moments = [at for _, at in messenger.left]
    assert min(moments) > was
    assert not [at for at in moments if at.minute in (0, 30)]
    rate = muster.policy.delivery.pushes_per_second
    assert max(Counter(moments[5 * rate + rate :]).values(), default=0) <= 2 * rate, "room for answers"
    if starts_at == "09:10":
        assert len(set(moments)) >= 40, "spread over the next minute"


def test_the_limit_of_the_account_holds_back_the_rest_and_late_reminders_are_not_sent(
    muster: Muster, clock: TestClock, messenger: Stamping
) -> None:
    allowed = muster.policy.governor.account_limit * muster.policy.governor.per_account_day
    assert allowed == 200
    enter(muster, 300, "09:00")
    clock.passes_to("08:33")

    clock.passes_to("08:50")
    minutes_pass(clock, 90)
    assert len(messenger.left) == allowed
    assert Counter(row.held_reason for row in rows(muster, OutboundMessage)) == {
        None: allowed,
        "account_limit": 100,
    }
    clock.passes_to("2026-03-03 00:01")

    assert len(messenger.left) == allowed
    states = Counter(row.state for row in rows(muster, OutboundMessage))
    assert states == {"accepted": allowed, "withdrawn": 100}


@pytest.fixture(autouse=True)
def _policy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The story about the limit has an account of few messages."""
    if "limit" in request.node.name:
        policy = load_policy()
        small = dataclasses.replace(policy.governor, account_limit=1, per_account_day=200)
        monkeypatch.setattr(bot.app, "load_policy", lambda: dataclasses.replace(policy, governor=small))
