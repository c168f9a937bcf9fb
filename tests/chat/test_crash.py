"""A bug in a handler: nothing of it stays, one apology, the maintainers know."""

from sqlalchemy import text

from bot.app import Muster
from handlers.base import Audience, Context, Reply, Router
from models.attendance import Shift
from models.errors import DomainError
from models.messaging import InboundMessage, OutboundMessage
from tests.simulator import Member, rows

broken = Router(texts="checkin")


@broken.command("炸")
def crash(ctx: Context) -> Reply:
    """总是出错"""
    ctx.session.add(Shift(name="半截"))
    ctx.session.flush()
    raise RuntimeError("13800001111 的机密")


def test_a_bug_rolls_back_apologises_once_and_tells_the_maintainer(
    alice: Member, maintainer: Member, muster: Muster
) -> None:
    muster.router.include(broken)
    said = alice.message("text", Content="炸")

    alice.post(said)
    alice.post(said)

    alice.sees("抱歉，系统刚才出了点问题，这次操作没有生效。我已经通知维护人员，请稍后再试。")
    [report] = maintainer.news()
    content = report.payload["markdown"]["content"]
    assert "RuntimeError" in content
    assert "13800001111" not in content
    assert "半截" not in [shift.name for shift in rows(muster, Shift)]
    assert [message.outcome for message in rows(muster, InboundMessage)] == ["crashed"]


def test_a_handler_that_names_a_missing_text_is_a_bug_too(
    alice: Member, maintainer: Member, muster: Muster
) -> None:
    router = Router(texts="checkin")
    router.command("错字")(lambda ctx: Reply("no_such_block"))
    muster.router.include(router)

    alice.says("错字")

    assert len(alice.news()) == 1
    assert len(maintainer.news()) == 1
    assert len(rows(muster, OutboundMessage)) == 2


def test_the_routes_of_a_test_do_not_leak(muster: Muster) -> None:
    assert (Audience.EMPLOYEE, "炸") not in muster.router.commands


def test_a_refusal_whose_text_is_broken_is_a_bug_too(
    alice: Member, maintainer: Member, muster: Muster
) -> None:
    class AlreadyCheckedIn(DomainError):
        texts = "checkin"

    def refuse(ctx: Context) -> Reply:
        raise AlreadyCheckedIn(wrong_name=1)

    router = Router(texts="checkin")
    router.command("拒")(refuse)
    muster.router.include(router)

    alice.says("拒")

    assert len(alice.news()) == 1
    assert len(maintainer.news()) == 1


def test_a_bug_in_a_query_is_not_taken_for_a_database_out_of_reach(
    alice: Member, maintainer: Member, muster: Muster
) -> None:
    def query(ctx: Context) -> Reply:
        ctx.session.execute(text("SELECT nope FROM employee"))
        return Reply("checked_in")

    router = Router(texts="checkin")
    router.command("查")(query)
    muster.router.include(router)

    alice.says("查")

    assert len(alice.news()) == 1
    assert len(maintainer.news()) == 1
