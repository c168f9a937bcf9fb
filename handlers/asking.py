"""A sentence half understood: what is unclear is asked back, and the answer continues it."""

from typing import Any

from handlers.base import Answer, Context, Reply, Router
from handlers.meant import SENTENCE, sealed
from handlers.sentences import pack
from models import proposals
from models.errors import DomainError

router = Router(texts="asking")


class AnswerFirst(DomainError):
    """Somebody confirms while a question back is still open."""

    texts = "asking"


def ask_back(ctx: Context) -> Reply:
    """问清楚一句话里没说清的地方"""
    ask = ctx.ask
    assert ask is not None
    if not ask.slot:
        return Reply("lost")
    seal = sealed(ctx)
    if ask.slot == "command":
        choices: list[Any] = [{"command": choice.value} for choice in ask.choices]
    else:
        choices = [pack(choice.value, seal) for choice in ask.choices]
    proposal = proposals.propose(
        ctx.session,
        actor=ctx.employee,
        kind=SENTENCE,
        arguments={
            "command": ask.command,
            "slot": ask.slot,
            "choices": choices,
            "values": {slot: pack(value, seal) for slot, value in ask.raw.items()},
            "said": seal(ask.said),
            "sentence": seal(ctx.sentence or ("" if ctx.message is None else ctx.message.text)),
        },
        at=ctx.now,
        minutes=ctx.policy.sentences.ask_minutes,
    )
    return Reply("ask", proposal=proposal, slot=ask.slot, said=ask.said, choices=ask.choices)


@router.tap("meant")
def choose(ctx: Context) -> Answer:
    """选了一句话的意思"""
    raise AssertionError("the dispatcher takes it to the handler of the sentence")


@router.confirmation(SENTENCE)
def confirm_too_early(ctx: Context) -> Reply:
    """还没有选就确认"""
    raise AnswerFirst()
