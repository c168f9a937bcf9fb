"""What questions share, in exams and in reviews: what a card shows in full, and which options were chosen."""

from collections.abc import Sequence

from handlers.base import Context
from models.training import LETTERS, QuestionKind

__all__ = ["LETTERS", "fits_on_card", "letters_of", "places_in"]

STEM, OPTION, JUDGED = 44, 14, 140
"""Characters of a question that a card shows in full; a longer one comes as a message before the card."""
MARKS = "#-!?>[(*"
"""A line that begins so would be markup on a card."""


def fits_on_card(kind: QuestionKind, stem: str, options: Sequence[str]) -> bool:
    """Whether a card shows the question with all its options, uncut and unmistakable."""
    most = JUDGED if kind == QuestionKind.JUDGE else STEM
    lines = [stem, *options]
    plain = all("\n" not in one and one[:1] not in MARKS for one in lines)
    return plain and len(stem) <= most and all(len(one) <= OPTION for one in options)


def places_in(ctx: Context, typed: str) -> list[int]:
    """The options chosen on a card, or typed as `0,2`: places in the order shown, from 0."""
    if ctx.message is not None and ctx.message.card is not None and not typed:
        chosen = [one for ids in ctx.message.card.selected.values() for one in ids]
    else:
        chosen = [one for one in typed.split(",") if one]
    return [int(one) for one in chosen if one.isdecimal()]


def letters_of(shown: Sequence[int]) -> str:
    """What people call these options: AC."""
    return "".join(LETTERS[one] for one in sorted(set(shown)) if one < len(LETTERS))
