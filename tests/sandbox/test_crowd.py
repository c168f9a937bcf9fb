"""Two hundred phones at once: every message reaches the bot, every answer its phone."""

import json

import pytest

from sandbox import crowd
from sandbox.client import Sandbox
from tests.sandbox.scene import CORP, Bot, Received, corp_body


def crowd_of(bot: Bot, count: int) -> dict[str, object]:
    people = [{"userid": f"member{n:03d}", "name": f"成员{n}", "department": [2]} for n in range(count)]
    return corp_body(bot.url, members=people)


def test_two_hundred_people_at_once(sandbox: Sandbox, bot: Bot, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(received: Received) -> tuple[int, str]:
        fields = {"MsgType": "text", "Content": f"{received['FromUserName']}:{received['Content']}"}
        return 200, bot.reply(received, **fields)

    bot.answer = answer
    sandbox.settings(callback_timeout=30.0)
    sandbox.put_corp("wwcrowd", {"name": "临时", "members": []})
    sandbox.put_corp(CORP, crowd_of(bot, 200))
    assert sandbox.settle(60)
    bot.received.clear()
    assert crowd.main(["--url", sandbox.url, "--home", CORP, "--text", "打卡", "--timeout", "60"]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert (seen["said"], seen["answered"], seen["silent"], seen["refused"]) == (200, 200, 0, 0)
    assert 0 < seen["latency_ms"]["p50"] <= seen["latency_ms"]["p99"] <= seen["latency_ms"]["max"]
    assert len({received["FromUserName"] for received in bot.events("text")}) == 200
    for name in ("member000", "member199"):
        assert [m["text"] for m in sandbox.person(name, CORP).inbox()][-1] == f"{name}:打卡"


def test_silence_is_reported(sandbox: Sandbox, bot: Bot, capsys: pytest.CaptureFixture[str]) -> None:
    assert crowd.main(["--url", sandbox.url, "--people", "1", "--timeout", "1"]) == 1
    seen = json.loads(capsys.readouterr().out)
    assert (seen["said"], seen["answered"], seen["silent"], seen["latency_ms"]) == (1, 0, 1, None)
    assert crowd.main(["--url", "http://127.0.0.1:9"]) == 2


@pytest.mark.parametrize(("share", "seconds"), [(0.5, 3.0), (0.9, 5.0), (1.0, 5.0), (0.2, 1.0), (0.01, 1.0)])
def test_percentiles(share: float, seconds: float) -> None:
    assert crowd.Outcome(seconds=[5.0, 1.0, 3.0, 2.0, 4.0]).percentile(share) == seconds
