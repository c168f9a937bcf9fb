"""Words taken out of whole tables, page by page, on both databases."""

from datetime import timedelta

from bot.app import Muster
from models import messaging
from models.messaging import Channel, OutboundKind, OutboundMessage, Outgoing
from models.planning import JobRun, RunState
from models.redaction import Words, redact
from tests.simulator import MONDAY, rows

WORDS = Words(["张三丰", "zhang_sf"])


def test_more_rows_than_a_page_are_cleaned_and_the_others_left(muster: Muster) -> None:
    with muster.database.writing() as session:
        letters = [
            Outgoing(
                f"letter:{number}",
                Channel.WECOM,
                "AliceLi",
                OutboundKind.MESSAGE,
                {"msgtype": "text", "text": {"content": f"{'张三丰' if number % 2 else '张三'} {number}"}},
            )
            for number in range(900)
        ]
        messaging.post(session, letters, now=MONDAY, lifetime=timedelta(hours=1))
        assert redact(session, OutboundMessage.payload, WORDS) == 450
        assert redact(session, OutboundMessage.payload, WORDS) == 0

    told = sorted(row.payload["text"]["content"] for row in rows(muster, OutboundMessage))
    expected = [f"{'已删除' if number % 2 else '张三'} {number}" for number in range(900)]
    assert told == sorted(expected)


def test_a_table_with_a_key_of_two_columns_is_cleaned_too(muster: Muster) -> None:
    with muster.database.writing() as session:
        for number in range(450):
            at = MONDAY + timedelta(seconds=number)
            error = "KeyError: 张三丰" if number % 10 else "KeyError: zhangXsf"
            session.add(
                JobRun(
                    name="nothing", planned_at=at, state=RunState.FAILED, due_at=at, attempts=1, error=error
                )
            )
        session.flush()
        assert redact(session, JobRun.error, WORDS) == 405

    assert {row.error for row in rows(muster, JobRun)} == {"KeyError: 已删除", "KeyError: zhangXsf"}
