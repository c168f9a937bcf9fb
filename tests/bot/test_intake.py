"""Messages that come in together: one commit for all, and each kept or undone as a whole."""

import asyncio
import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

import bot.intake
from bot.app import Muster, build
from bot.dispatch import Handled, Unavailable
from bot.inbound import parse
from config.settings import Settings
from handlers.base import Account, Context, Message, Reply, Router
from models import staff
from models.attendance import Shift
from models.errors import NotPermitted
from models.messaging import Channel, InboundMessage, OutboundMessage, OutboundState
from models.staff import Role
from tests import tencent
from tests.simulator import InlineWakeups, Messenger, TestClock, rows

PEOPLE = 12


def shift(name: str) -> Shift:
    """Something to enter."""
    return Shift(name=name)


def handlers() -> Router:
    """Some handlers that work and some that do not."""
    router = Router(texts="common")

    @router.command("好")
    def good(ctx: Context) -> Reply:
        """好"""
        ctx.session.add(shift(f"组{ctx.employee.name}"))
        return Reply("crashed")

    @router.command("不行")
    def refused(ctx: Context) -> Reply:
        """不行"""
        ctx.session.add(shift(f"不行{ctx.employee.name}"))
        ctx.session.flush()
        raise NotPermitted

    @router.command("坏")
    def broken(ctx: Context) -> Reply:
        """坏"""
        ctx.session.add(shift(f"坏{ctx.employee.name}"))
        ctx.session.flush()
        raise KeyError("bug")

    @router.command("撞")
    def clashing(ctx: Context) -> Reply:
        """撞"""
        ctx.session.add_all([shift("同名"), shift("同名")])
        ctx.session.flush()
        return Reply("crashed")

    return router


@pytest.fixture
def muster(settings: Settings, clock: TestClock, messenger: Messenger, muster: Muster) -> Iterator[Muster]:
    """The bot with those handlers, and people to use them."""
    wakeups = InlineWakeups()
    built = build(
        settings, clock=clock, messengers={Channel.WECOM: messenger}, wakeups=wakeups, router=handlers()
    )
    wakeups.muster = built
    with built.database.writing() as session:
        for n in range(PEOPLE):
            staff.add_employee(session, wecom_id=f"m{n}", name=f"员工{n}", role=Role.COLLECTOR)
    yield built
    built.close()


def said(text: str, number: int) -> Message:
    """What the n-th person says."""
    fields = {
        "ToUserName": tencent.CORP_ID, "FromUserName": f"m{number}", "CreateTime": "1772411400",
        "MsgType": "text", "Content": text, "MsgId": str(9_000 + number), "AgentID": "1000002",
    }  # fmt: skip
    return parse(Account.WECOM, fields)


def take(muster: Muster, messages: Sequence[Message]) -> list[Handled | BaseException]:
    """All at once, as the server does."""

    async def together() -> list[Handled | BaseException]:
        return await asyncio.gather(*map(muster.intake.take, messages), return_exceptions=True)

    return asyncio.run(together())


@contextmanager
def counted_commits(muster: Muster) -> Iterator[Callable[[], int]]:
    """How many commits there were in the block."""
    dialect = muster.database.engine.dialect
    original, count = dialect.do_commit, [0]

    def counting(connection: object) -> None:
        count[0] += 1
        original(connection)  # type: ignore[arg-type]

    dialect.do_commit = counting  # type: ignore[method-assign, assignment]
    try:
        yield lambda: count[0]
    finally:
        dialect.do_commit = original  # type: ignore[method-assign]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_messages_that_wait_share_a_commit(muster: Muster) -> None:
    muster.wakeups.deliver = lambda: None  # type: ignore[method-assign]
    with counted_commits(muster) as commits:
        assert take(muster, [said("好", n) for n in range(PEOPLE)]) == [Handled.DONE] * PEOPLE

    assert commits() == 1
    assert len(rows(muster, InboundMessage)) == len(rows(muster, Shift)) == PEOPLE


def test_each_is_kept_or_undone_as_a_whole(muster: Muster, messenger: Messenger) -> None:
    words = ["好", "不行", "坏", "撞"] * (PEOPLE // 4)

    assert take(muster, [said(word, n) for n, word in enumerate(words)]) == [Handled.DONE] * PEOPLE

    outcomes = {row.sender: row.outcome for row in rows(muster, InboundMessage)}
    of_word = {"好": "answered", "不行": "refused", "坏": "crashed", "撞": "crashed"}
    assert outcomes == {f"m{n}": of_word[word] for n, word in enumerate(words)}
    assert {made.name for made in rows(muster, Shift)} == {f"组员工{n}" for n in range(0, PEOPLE, 4)}
    assert all(len(messenger.inbox[f"m{n}"]) == 1 for n in range(PEOPLE)), "everybody is answered once"


def test_a_repeat_among_others_changes_nothing(muster: Muster, messenger: Messenger) -> None:
    first = said("好", 0)

    done = take(muster, [first, said("好", 1), first, said("好", 2)])

    assert sorted(map(str, done)) == ["done", "done", "done", "repeated"]
    assert len(messenger.inbox["m0"]) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_while_somebody_else_writes_the_platform_is_asked_to_send_again(
    muster: Muster, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.intake, "PATIENCE_SECONDS", 0.3)
    turn = Path(f"{make_url(muster.database.url).database}-turn")

    async def meanwhile() -> list[Handled | BaseException]:
        with turn.open("a") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            refused = await asyncio.gather(muster.intake.take(said("好", 0)), return_exceptions=True)
        await asyncio.sleep(0.3)  # now it is taken after all
        return [*refused, await muster.intake.take(said("好", 0)), await muster.intake.take(said("好", 1))]

    refused, repeated, done = asyncio.run(meanwhile())

    assert isinstance(refused, Unavailable)
    assert (repeated, done) == (Handled.REPEATED, Handled.DONE)
    assert [len(messenger.inbox[f"m{n}"]) for n in range(2)] == [1, 1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_when_the_commit_fails_nobody_is_told_that_it_was_taken(
    muster: Muster, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    def full(_connection: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    monkeypatch.setattr(muster.database.engine.dialect, "do_commit", full)
    done = take(muster, [said("好", n) for n in range(3)])
    monkeypatch.undo()

    assert all(isinstance(one, Unavailable) for one in done)
    assert rows(muster, InboundMessage) == rows(muster, OutboundMessage) == []
    assert take(muster, [said("好", n) for n in range(3)]) == [Handled.DONE] * 3
    assert {row.state for row in rows(muster, OutboundMessage)} == {OutboundState.ACCEPTED}


def test_one_that_cannot_even_be_apologised_for_does_not_take_the_others_with_it(
    muster: Muster, messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_too(*_: object) -> Handled:
        raise KeyError("another bug")

    monkeypatch.setattr(muster.dispatcher, "_post_apology", broken_too)

    done = take(muster, [said(word, n) for n, word in enumerate(["好", "坏", "不行", "好"])])

    assert isinstance(done[1], Exception)
    assert [done[0], *done[2:]] == [Handled.DONE] * 3
    assert {row.sender for row in rows(muster, InboundMessage)} == {"m0", "m2", "m3"}
    assert [len(messenger.inbox[f"m{n}"]) for n in range(4)] == [1, 0, 1, 1]


@pytest.mark.parametrize("turn_is_free", [True, False])
def test_a_message_is_taken_though_nobody_can_be_woken_for_it(
    muster: Muster, messenger: Messenger, monkeypatch: pytest.MonkeyPatch, turn_is_free: bool
) -> None:
    def broken() -> None:
        raise RuntimeError("can't start new thread")

    async def talk() -> list[Handled]:
        busy = muster.database.sqlite and not turn_is_free
        if busy:
            assert muster.database.turn.take_if_free()
        first = asyncio.ensure_future(muster.intake.take(said("好", 0)))
        await asyncio.sleep(0)
        if busy:
            muster.database.turn.give_back()
        handled = [await first]
        monkeypatch.undo()
        return [*handled, await muster.intake.take(said("好", 1))]

    monkeypatch.setattr(muster.wakeups, "deliver", broken)

    assert asyncio.run(talk()) == [Handled.DONE, Handled.DONE]
    assert [len(messenger.inbox[f"m{n}"]) for n in range(2)] == [1, 1], "the next wake-up is for both"


def test_what_is_said_is_answered_from_the_moment_it_is_durable(muster: Muster, clock: TestClock) -> None:
    clock.at("08:45")
    take(muster, [said("好", 0)])

    [row] = rows(muster, InboundMessage)
    assert isinstance(row.received_at, datetime)
    assert row.received_at == clock.now()
