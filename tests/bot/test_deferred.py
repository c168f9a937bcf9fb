"""What follows an answer later: once, as an answer, whatever happens to the worker."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.app import Muster
from bot.deferred import LEASE, TRIES, DeferredAnswers
from handlers.base import Attachment, AttachmentKind, Context, Later, Reply, Router
from models import planning, staff
from models.errors import NotPermitted
from models.messaging import OutboundMessage, Priority
from models.planning import DeferredAnswer, RunState
from tests.simulator import Member, TestClock, rows

PICTURE = Attachment(AttachmentKind.IMAGE, "图.png", b"\x89PNG\r\n\x1a\n" + b"0" * 20)
APOLOGY = "抱歉，刚才说好的图片或文件没能做出来。我已经通知维护人员，请过一会儿再问一次。"


@pytest.fixture(autouse=True)
def sunday(clock: TestClock) -> None:
    """Nobody is reminded of anything."""
    clock.at("2026-03-01 08:30")


@pytest.fixture
def made() -> list[str]:
    """What was made, by the argument that named it."""
    return []


@pytest.fixture
def slow(muster: Muster, made: list[str]) -> Router:
    """「画图」 is promised at once and made later."""
    router = Router(texts="test")

    @router.command("画图")
    def ask(ctx: Context) -> list[Reply | Later]:
        """画一张图"""
        return [Reply("common/unsupported_kind", kind="image"), Later("picture", {"of": "一组"})]

    @router.later("picture")
    def draw(ctx: Context) -> Attachment:
        """The picture."""
        made.append(ctx.arguments["of"])
        return PICTURE

    muster.router.include(router)
    return router


def draws(muster: Muster, how: Callable[[Context], object]) -> None:
    """From now on the picture is made like this."""
    known = muster.router.deferred.pop("picture")
    router = Router(texts=known.texts)
    router.later("picture")(how)  # type: ignore[arg-type]
    muster.router.include(router)


def asks(alice: Member) -> None:
    """Ask, and read the promise."""
    alice.says("画图")
    assert len(alice.news()) == 1


def test_the_slow_part_follows_after_the_commit(
    slow: Router, alice: Member, clock: TestClock, made: list[str]
) -> None:
    asks(alice)
    assert made == [], "nobody draws while others wait"

    clock.passes_to("08:31")

    alice.sees("[image]")
    assert made == ["一组"]


def test_it_goes_as_an_answer_not_as_a_push(
    slow: Router, alice: Member, clock: TestClock, muster: Muster
) -> None:
    """The full hour holds pushes back."""
    clock.at("09:00")
    asks(alice)

    clock.passes_to("09:00:10")

    alice.sees("[image]")
    assert {message.priority for message in rows(muster, OutboundMessage)} == {Priority.ANSWER}


def test_a_message_that_comes_twice_asks_once(
    slow: Router, alice: Member, clock: TestClock, made: list[str]
) -> None:
    said = alice.message("text", Content="画图")
    alice.post(said)
    alice.post(said)
    assert len(alice.news()) == 1

    clock.passes_to("08:31")
    clock.passes_to("08:40")

    alice.sees("[image]")
    assert made == ["一组"]


def test_a_bug_is_apologised_for_once(
    slow: Router, alice: Member, maintainer: Member, muster: Muster, clock: TestClock
) -> None:
    def crash(ctx: Context) -> Reply:
        raise RuntimeError("机密")

    draws(muster, crash)
    asks(alice)

    clock.passes_to("08:31")
    clock.passes_to("09:40")

    alice.sees(APOLOGY)
    [report] = maintainer.news()
    assert "RuntimeError" in report.payload["markdown"]["content"]
    assert "机密" not in report.payload["markdown"]["content"]
    assert [row.state for row in rows(muster, DeferredAnswer)] == [RunState.FAILED]


def test_a_file_that_cannot_be_sent_is_apologised_for_too(
    slow: Router, alice: Member, maintainer: Member, muster: Muster, clock: TestClock
) -> None:
    draws(muster, lambda ctx: Reply("common/no_such_block"))
    asks(alice)

    clock.passes_to("08:31")

    alice.sees(APOLOGY)
    assert len(maintainer.news()) == 1


def test_a_refusal_is_an_answer(slow: Router, alice: Member, muster: Muster, clock: TestClock) -> None:
    def refuse(ctx: Context) -> Reply:
        raise NotPermitted(action="x")

    draws(muster, refuse)
    asks(alice)

    clock.passes_to("08:31")

    alice.sees("你没有这项权限，需要开通请联系 IT 管理员；回复「帮助」看看你能做什么。")


def test_a_killed_worker_s_part_is_made_by_another(
    slow: Router, alice: Member, muster: Muster, clock: TestClock, made: list[str]
) -> None:
    asks(alice)
    take(muster)  # and dies

    clock.passes_to("08:30:30")
    alice.sees_nothing()
    clock.passes_to("08:31:30")

    alice.sees("[image]")
    assert made == ["一组"]


def test_nobody_tries_for_ever(
    slow: Router, alice: Member, maintainer: Member, muster: Muster, clock: TestClock, made: list[str]
) -> None:
    """The part that kills every worker is given up."""
    asks(alice)
    for minute in range(TRIES):
        clock.at(f"08:{32 + 2 * minute}")
        take(muster)

    clock.passes_to("08:50")

    alice.sees(APOLOGY)
    assert len(maintainer.news()) == 1
    assert made == []


def test_two_workers_send_one_picture(slow: Router, alice: Member, muster: Muster, clock: TestClock) -> None:
    """The first takes so long that the second makes it, too."""
    errand = DeferredAnswers(
        muster.database, muster.handling, muster.posting, muster.reporting, clock, muster.policy
    )

    def dawdle(ctx: Context) -> Attachment:
        draws(muster, lambda ctx: PICTURE)
        clock.at("08:32")
        errand.step()
        return PICTURE

    draws(muster, dawdle)
    asks(alice)
    errand.step()
    muster.outbox.drain()

    alice.sees("[image]")


def test_who_has_left_gets_nothing(
    slow: Router, alice: Member, muster: Muster, clock: TestClock, made: list[str]
) -> None:
    asks(alice)
    with muster.database.writing() as session:
        known = staff.find_known(session, "AliceLi")
        assert known is not None
        known.left_at = clock.now()

    clock.passes_to("08:31")

    assert made == []
    assert [row.state for row in rows(muster, DeferredAnswer)] == [RunState.SKIPPED]


def test_a_clock_that_is_put_back_loses_nothing(
    slow: Router, alice: Member, muster: Muster, clock: TestClock
) -> None:
    clock.at("12:00")
    asks(alice)
    clock.at("09:01")

    clock.passes_to("09:02")

    alice.sees("[image]")


def test_what_is_finished_is_forgotten_in_time(
    slow: Router, alice: Member, muster: Muster, clock: TestClock
) -> None:
    asks(alice)
    clock.passes_to("08:31")
    alice.sees("[image]")

    with muster.database.writing() as session:
        planning.forget_finished(session, now=clock.now() + timedelta(days=31), keep_days=30)

    assert rows(muster, DeferredAnswer) == []


def take(muster: Muster) -> None:
    """A worker takes what waits, and is never heard of again."""
    with muster.database.writing() as session:
        assert planning.take_deferred(session, now=muster.clock.now(), lease=LEASE) is not None
