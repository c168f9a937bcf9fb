"""Whether a note says that somebody was at the customer's (S4-03)."""

import pytest

from bot.policy import load_policy
from models.fieldwork import claims_visit

FIELDWORK = load_policy().fieldwork


@pytest.mark.parametrize(
    "words",
    [
        "上门，家里没人",
        "今天上门拜访，本人在家",
        "去了他家，邻居说搬走了",
        "到他单位，保安不让进",
        "和本人当面谈了分期",
        "电话没人接，下午上门见到本人",
        "约好的，登门时不在",
    ],
)
def test_a_visit_is_claimed(words: str) -> None:
    assert claims_visit(words, claims=FIELDWORK.claim_words, not_yet=FIELDWORK.not_yet_words)


@pytest.mark.parametrize(
    "words",
    [
        "没人接",
        "本人接听，说周五还",
        "约了明天上门",
        "客户不让上门",
        "计划下周去他家",
        "准备上门",
        "还没上门",
        "说可以面谈",
        "拒绝当面谈",
        "问上门费用怎么算",
        "说之前有人上门找过他",
        "怕上门影响孩子",
        "",
    ],
)
def test_a_plan_or_a_denial_is_no_claim(words: str) -> None:
    assert not claims_visit(words, claims=FIELDWORK.claim_words, not_yet=FIELDWORK.not_yet_words)
