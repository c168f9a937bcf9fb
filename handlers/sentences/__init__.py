"""Ordinary sentences, understood: one grammar with typed slots (docs/sentences.md)."""

from handlers.sentences.filters import Books, buckets, scattered
from handlers.sentences.forms import FormError
from handlers.sentences.keeping import pack, unpack
from handlers.sentences.lexing import joined
from handlers.sentences.moments import Times
from handlers.sentences.numbers import amounts, counts
from handlers.sentences.people import Directory, Known
from handlers.sentences.understanding import (
    Pattern,
    World,
    conclude,
    pattern,
    read_answer,
    understand,
)
from handlers.sentences.values import Ask, Choice, Criteria, Reading, Slots, Team, Understood

__all__ = [
    "Ask",
    "Books",
    "Choice",
    "Criteria",
    "Directory",
    "FormError",
    "Known",
    "Pattern",
    "Reading",
    "Slots",
    "Team",
    "Times",
    "Understood",
    "World",
    "amounts",
    "buckets",
    "conclude",
    "counts",
    "joined",
    "pack",
    "pattern",
    "read_answer",
    "scattered",
    "understand",
    "unpack",
]
