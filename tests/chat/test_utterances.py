"""What people type about cases, and what each sentence is understood to mean (docs/sentences.md).

`by_strangers*.toml` were written by people who had not seen the grammar, `by_authors.toml` by those who had.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from bot.app import Muster
from bot.understanding import Understanding
from handlers.asking import ask_back
from handlers.base import Account, Context, Kind, Message, Route
from handlers.meant_cases import scope
from handlers.overview import list_cases, progress
from handlers.sentences import Slots
from models import staff
from models.cases import Placement
from models.errors import DomainError, NotPermitted
from tests.chat.floor import PLACEMENTS, Floor
from tests.simulator import Messenger, TestClock

FILES = sorted((Path(__file__).parent / "utterances").glob("*.toml"))
LEAST = 0.95
"""The share of sentences that must be understood right, in each file and over all."""
ONLY_LOOKS = frozenset({"none", "ask", "list_cases", "progress", "detail", "why_me", "call", "cancel"})
"""Commands that change nothing."""
WHOSE = frozenset({"chase", "list_cases", "progress"})
IMPLIED = {"distribute": "pool", "claim": "pool"}
"""Command → the status of cases that it is about anyway."""


@dataclass(frozen=True)
class Heard:
    """What a sentence was understood to mean."""

    means: str
    slots: Mapping[str, Any]
    asks: str = ""
    choices: int = 0

    def is_right(self, told: Mapping[str, Any]) -> bool:
        """Whether it is what the file says.

        Of somebody out of reach it is said that there is nobody; behind 「案子」 a number is asked for.
        """
        if told["means"] == "none":
            shows = self.means == "detail" and not self.slots
            return self.means == "none" or shows or (self.means == "ask" and not self.choices)
        if told["means"] == "ask":
            return self.means == "ask" and self.asks == told.get("asks", self.asks)
        expected = in_one_shape(told["means"], told.get("slots", {}), told["by"])
        return self.means == told["means"] and expected == in_one_shape(self.means, self.slots, told["by"])


def in_one_shape(command: str, slots: Mapping[str, Any], by: str) -> Mapping[str, Any]:
    """Slots so that they can be compared: free words left out, people as lists, oneself as nobody named."""
    shaped: dict[str, Any] = {}
    for slot, value in slots.items():
        name = "who" if command in WHOSE and slot in ("person", "people", "team") else slot
        if name == "words":
            continue
        if name in ("from", "to", "person", "who", "without"):
            value = [value] if isinstance(value, str) else list(value)
            if name == "who" and value == [by]:
                continue
        if name == "days" and isinstance(value, dict):
            value = [value["first"], value["last"]]
        if name == "placement":
            name, value = "filter", {"placement": value}
        if name == "filter":
            wanted = {key: one for key, one in value.items() if one != IMPLIED.get(command)}
            wanted |= {key: sorted(one) for key, one in wanted.items() if isinstance(one, list)}
            if wanted:
                shaped[name] = wanted
            continue
        shaped[name] = value
    return shaped


def as_told(session: Session, slots: Slots) -> Mapping[str, Any]:
    """Slots in the words of the files."""
    told: dict[str, Any] = {slot: [one.wecom_id for one in some] for slot, some in slots.people.items()}
    told |= {slot: [team.name for team in some] for slot, some in slots.teams.items()}
    wanted, named = slots.filter, {}
    if wanted.placements:
        placement = session.get_one(Placement, wanted.placements[0])
        named["placement"] = placement.number
    for limit in ("amount_from", "amount_to"):
        if getattr(wanted, limit) is not None:
            named[limit] = getattr(wanted, limit) / 100
    if wanted.promise_due is not None:
        named["promise_due"] = wanted.promise_due.isoformat()
    for plain in ("buckets", "products"):
        if getattr(wanted, plain):
            named[plain] = list(getattr(wanted, plain))
    for plain in ("not_accepted", "not_worked_days", "status"):
        if getattr(wanted, plain):
            named[plain] = getattr(wanted, plain)
    values = {
        "cases": list(slots.cases),
        "filter": named,
        "count": slots.count,
        "part": slots.part,
        "amount": None if slots.amount is None else slots.amount / 100,
        "day": slots.day and slots.day.isoformat(),
        "days": slots.days and [day.isoformat() for day in slots.days],
        "moment": slots.moment and f"{slots.moment:%Y-%m-%dT%H:%M}",
        "deadline": slots.deadline and f"{slots.deadline:%Y-%m-%dT%H:%M}",
        "strategy": slots.strategy,
        "outcome": slots.outcome,
    }
    return told | {slot: value for slot, value in values.items() if value}


def heard(muster: Muster, ctx: Context, says: str) -> Heard:
    """What a person is understood to mean, on the way that every text goes."""
    assert ctx.message is not None
    route, ctx = muster.routing.route(ctx, ctx.message)
    if route is None:
        return Heard("none", {})
    try:
        muster.handling.check_right(ctx.me, route.may)
    except NotPermitted:
        return Heard("none", {})
    if route.handler is ask_back:
        assert ctx.ask is not None
        return Heard("ask", {}, ctx.ask.slot, len(ctx.ask.choices))
    if route.handler in (list_cases, progress):
        try:
            scope(ctx, "cases.see")
        except DomainError:
            return Heard("none", {})
    return Heard(command_of(muster.understanding, route), as_told(ctx.session, ctx.slots))


def command_of(understanding: Understanding, route: Route) -> str:
    """The name of the command that a route answers."""
    by_handler = {understanding.route_of(name).handler: name for name in understanding.commands}
    return by_handler.get(route.handler, route.name)


@pytest.fixture
def floor(muster: Muster, client: FlaskClient, messenger: Messenger, clock: TestClock) -> Floor:
    """The two teams, with cases of both products in both placements."""
    found = Floor(muster, client, messenger, clock)
    found.case(owner="zhangsan", product="信用卡")
    found.case(product="消费贷", placement=PLACEMENTS[1], name="李小红", phone="13800138001")
    with muster.database.writing() as session:
        boss = staff.find_employee(session, "boss", at=clock.now())
        for account, nickname in (("zhangsan", "三哥"), ("zhaoliu", "老六")):
            person = staff.find_employee(session, account, at=clock.now())
            assert boss is not None
            assert person is not None
            staff.give_nickname(
                session, actor=boss, person=person, said=nickname, at=clock.now(), policy=muster.policy
            )
    return found


def test_what_people_type_is_understood(floor: Floor, capsys: pytest.CaptureFixture[str]) -> None:
    right: dict[str, int] = {}
    count: dict[str, int] = {}
    wrong: list[str] = []
    done_wrongly: list[str] = []
    muster, now = floor.muster, floor.clock.now()
    with muster.database.reading() as session:
        for path in FILES:
            for told in tomllib.loads(path.read_text(encoding="utf-8"))["utterance"]:
                me = staff.find_employee(session, told["by"], at=now)
                assert me is not None
                message = Message(Account.WECOM, "key", told["by"], Kind.TEXT, now, text=told["says"])
                ctx = muster.handling.context(session, me, now, message=message)
                got = heard(muster, ctx, told["says"])
                count[path.stem] = count.get(path.stem, 0) + 1
                if got.is_right(told):
                    right[path.stem] = right.get(path.stem, 0) + 1
                    continue
                line = f"{told['by']}: {told['says']} -> {got}, not {told['means']} {told.get('slots', '')}"
                wrong.append(line)
                if got.means not in ONLY_LOOKS:
                    done_wrongly.append(line)

    with capsys.disabled():
        for name, many in count.items():
            print(f"\n{name}: {right[name]} of {many} right ({right[name] / many:.1%})", end="")
        print(f"; done wrongly: {len(done_wrongly)}")
    assert not done_wrongly
    assert sum(count.values()) >= 300
    assert sum(many for name, many in count.items() if "strangers" in name) * 3 >= sum(count.values())
    for name, many in count.items():
        assert right[name] >= LEAST * many, "\n".join(wrong)
