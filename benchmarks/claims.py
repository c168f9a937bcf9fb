"""Synthetic notes and contacts for `benchmarks.tracks`: claimed visits, and people on a list of risks.

The sentences are written as people write, some of them in words that the policy reads wrongly; what happened
on the day is drawn, and decides what is true.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.policy import load_policy
from models.base import SHANGHAI
from models.fieldalerts.rules import Contacted, repeated_contacts
from models.fieldwork.rules import claims_visit, is_supported
from models.locations.rules import Point, metres_between, standing

PLAIN_CLAIMS = (
    "上门，家里没人", "今天上门拜访，本人在家，谈了分期", "去了他家，邻居说搬走了", "到他单位，保安不让进",
    "和本人当面谈了，承诺周五还", "登门两次，门口贴了通知书", "下午上门见到配偶，未透露欠款",
    "上门核实地址，房子已经出租", "面谈，本人说工资月底发", "去了客户的店，店员说老板出差",
    "到了客户家，家里有老人", "拜访客户，愿意先还两千", "电话不通，改上门，无人应门",
    "到客户家楼下，上门敲门没人应",
)  # fmt: skip
"""Claims in the words of the policy."""
OTHER_CLAIMS = ("敲门没人应", "在他家楼下等到八点没见到人")
"""Claims in words of their own."""
PLAIN_NOTES = (
    "没人接", "本人接听，说周五还", "约了明天上门", "客户不让上门", "计划下周去他家", "准备上门",
    "说可以面谈", "拒绝当面谈", "本人要求减免利息", "号码是空号", "说在外地，下周回来", "已还一部分，等对账",
    "配偶接听，未透露", "短信已送达，没有回复", "承诺十五号还三千", "说最近失业，想分期", "改天再上门",
    "想上门，先核实地址",
)  # fmt: skip
OTHER_NOTES = ("家人反感上门", "投诉上门时间太早")
"""No claims, though a word for a visit stands in them."""
UNUSUAL, TRICKY = 0.06, 0.02
"""The share of claims, and of other notes, in words of the second kind."""
CLAIMS = 0.15
"""Of notes, the share that tells of a visit."""
VISITED, FORGOTTEN, ELSEWHERE = 0.85, 0.04, 0.3
"""Of claimed visits, the share that was made; of those, without a check-in; of the others, one far away."""
UNRECORDED = 0.05
"""The share of contacts that nobody records."""
NAMESAKES = 0.1
"""Of flagged people, the share who only has the same name."""

Say = Callable[[bool, bool], None]
Seen = Callable[[random.Random, Point], tuple[Point, float]]
Move = Callable[[Point, float, float], Point]


def days_of_notes(rng: random.Random, count: int, say: Say, seen: Seen, moved: Move) -> None:
    """`say(true, said)` for days of notes: true is a claim without a check-in near the address that day."""
    words = load_policy().fieldwork
    home, fence = Point(30.63, 104.07), words.fence_metres
    for _ in range(count):
        true = said = False
        for _ in range(rng.randint(3, 8)):
            claim = rng.random() < CLAIMS
            unusual = rng.random() < (UNUSUAL if claim else TRICKY)
            kinds = (OTHER_CLAIMS, PLAIN_CLAIMS) if claim else (OTHER_NOTES, PLAIN_NOTES)
            note = rng.choice(kinds[0] if unusual else kinds[1])
            standings: list[str] = []
            there = claim and rng.random() < VISITED
            if there and rng.random() > FORGOTTEN:
                standings.append(_checked_in(rng, home, 0, fence, seen, moved))
            elif claim and rng.random() < ELSEWHERE:
                standings.append(_checked_in(rng, home, rng.uniform(900, 6000), fence, seen, moved))
            near = there and bool(standings)
            true = true or (claim and not near)
            read = claims_visit(note, claims=words.claim_words, not_yet=words.not_yet_words)
            said = said or (read and not is_supported(standings))
        say(true, said)


def _checked_in(rng: random.Random, home: Point, metres: float, fence: float, seen: Seen, moved: Move) -> str:
    point, accuracy = seen(rng, moved(home, metres, rng.uniform(0, 6.28)))
    return standing(metres_between(point, home), accuracy, fence)


def weeks_of_contacts(rng: random.Random, count: int, say: Say) -> None:
    """`say(true, said)` for somebody's week: true are two contacts with one who really is on a list."""
    numbers = load_policy().field_alerts
    monday = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
    for _ in range(count):
        made: list[Contacted] = []
        true = False
        for debtor in range(rng.randint(0, 2)):
            really = rng.random() > NAMESAKES
            today = 0
            for _ in range(rng.choice((1, 1, 2, 3))):
                at = monday + timedelta(
                    days=6 if not today else rng.randint(0, 6), minutes=rng.randint(0, 500)
                )
                today += 1
                if rng.random() > UNRECORDED:
                    made.append(Contacted(len(made), debtor, at))
            true = true or (really and today >= numbers.risk_contacts)
        found = repeated_contacts(
            made, (monday + timedelta(days=6)).date(), times=numbers.risk_contacts, days=numbers.risk_days
        )
        say(true, bool(found))
