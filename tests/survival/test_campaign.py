"""A campaign: thousands are told of something, and thousands write at once, while workers are killed.

Nobody hears of it twice over one channel, and nobody is lost: of whom no message reached HR has an item.
Whoever writes is answered once. Real processes before the sandbox, whose clock they follow; what is counted
is what lies on the phones.
"""

import os
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.survival.campaign import (
    CALLBACKS,
    TOKEN,
    WORKERS,
    Campaign,
    Trouble,
    campaign_in,
    job,
    now_of,
    openid,
    phone,
    told,
)
from tests.survival.crowd import Crowd
from tests.survival.installation import LONG, Installation

SEED = 20260302
CANDIDATES = 5000 if LONG else 120
FOLLOWING = CANDIDATES // 5
"""So many are on the service account; the others are reached by text messages."""
KILLS = 40 if LONG else 4
PATIENCE = 1500.0 if LONG else 240.0
WRITERS = 2000 if LONG else 60
CROWD_KILLS = 12 if LONG else 2
STILL = 3
"""After so many looks at which nothing has moved the clock goes on."""
HELD = timedelta(seconds=35)
"""What a killed worker held is looked at again after half a minute."""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_campaign_reaches_everybody_once_whoever_is_killed(tmp_path: Path, kind: str) -> None:
    with campaign_in(tmp_path, kind, people=CANDIDATES, following=FOLLOWING) as (running, campaign):
        campaign.plan_notices()
        running.start("scheduler")
        for name in WORKERS:
            running.start(name, "worker")
        running.sandbox.faults(accept_then_drop={"value": 1, "every": 40})
        began = time.monotonic()

        killed = strike(running, campaign)
        first = time.monotonic() - began
        for _ in range(26):  # two hours: whoever is silent gets a text, and what is lost is an item
            running.sandbox.advance(300)
            settle(running, campaign)

        texts = Counter(str(text["phone"])[-11:] for text in running.sandbox.texts())
        heard = told(running, FOLLOWING)
        items = campaign.followed_up()
        lost = [number for number in range(CANDIDATES) if not texts[phone(number)] and number not in items]
        print(
            f"\n{kind}: {CANDIDATES} candidates, {killed} workers killed, all were told after {first:.0f} s: "
            f"{sum(heard.values())} heard by the service account, {sum(texts.values())} by text, "
            f"{len(items)} for a human; load {os.getloadavg()[0]:.1f}"
        )
        assert killed
        assert max(texts.values()) == 1
        assert max(heard.values()) == 1
        assert lost == []
        assert len(items) <= killed * 130 + CANDIDATES // 20, "what workers held, and answers that were lost"


def strike(running: Installation, campaign: Campaign) -> int:
    """Kill workers at random while there is something to send; returns how many.

    Nobody is killed before something has moved since the last time, so that the work is gone through from
    its beginning to its end; and the clock goes on only where nothing moves any more, however busy the
    machine is.
    """
    trouble, until = Trouble(running, KILLS, SEED), time.monotonic() + PATIENCE
    running.wait_for(lambda: campaign.anything_open(now_of(running)), "the beginning")
    before, still = campaign.what_is_open(), 0
    while campaign.anything_open(now_of(running)):
        assert time.monotonic() < until, campaign.what_is_open()
        now = campaign.what_is_open()
        before, still = now, 0 if now != before else still + 1
        if still == 0:
            trouble.strikes()
            continue
        time.sleep(1.0)
        if still % STILL == 0:
            running.sandbox.advance(HELD.total_seconds())
    return trouble.killed


def settle(running: Installation, campaign: Campaign) -> None:
    """Wait until nothing is open."""
    until = time.monotonic() + PATIENCE
    while campaign.anything_open(now_of(running)) and time.monotonic() < until:
        time.sleep(0.2)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_whoever_writes_is_answered_once_and_rightly(tmp_path: Path, kind: str) -> None:
    with campaign_in(tmp_path, kind, people=CANDIDATES, following=WRITERS) as (running, campaign):
        running.start("web")
        running.wait_for(lambda: running.status("/readyz") == 200, "web")
        for name in ("scheduler", *WORKERS):
            running.start(name, name.partition("-")[0])
        running.wait_for(lambda: running.redis().scard("rq:workers") == len(WORKERS), "the workers")
        address = f"http://{running.settings.bind}{CALLBACKS}"
        saying = {openid(number): "我的流程" for number in range(WRITERS)}
        crowd = Crowd(running.sandbox, address, TOKEN, saying)
        trouble, until = Trouble(running, CROWD_KILLS, SEED), time.monotonic() + PATIENCE

        crowd.begin()
        while not crowd.everybody_is_answered and time.monotonic() < until:
            if not trouble.strikes():
                running.sandbox.advance(HELD.total_seconds())
        crowd.close()
        assert crowd.everybody_is_answered, (crowd.answered, crowd.given_up, campaign.what_is_open())
        settle(running, campaign)
        for _ in range(2):  # what was held by the killed is looked at again, and would come twice
            running.sandbox.advance(HELD.total_seconds())
            time.sleep(1.5)

        answers = {number: crowd.answers(openid(number)) for number in range(WRITERS)}
        print(
            f"\n{kind}: {WRITERS} of {CANDIDATES} wrote at once, {trouble.killed} workers killed, told "
            f"{crowd.calls} times; answered within {crowd.waited(0.5):.1f} s (p50), "
            f"{crowd.waited(0.99):.1f} s (p99), {crowd.waited(1):.1f} s (all); load {os.getloadavg()[0]:.1f}"
        )
        assert trouble.killed
        assert {number: len(got) for number, got in answers.items()} == dict.fromkeys(range(WRITERS), 1)
        assert [
            number for number, got in answers.items() if f"城北分公司 {job(number)}\n" not in got[0]
        ] == []
