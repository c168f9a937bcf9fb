"""Coaching: which course helps whom, and what it did; it joins figures, assessments and training."""

from models.coaching.effects import Seen, effects, looked_at
from models.coaching.erasing import forget_dimensions
from models.coaching.reviewing import (
    COACH,
    NothingFound,
    OwnReview,
    PointsOutOfRange,
    review_dimension,
    starters_of,
    starters_to_review,
    take_back_review,
)
from models.coaching.rules import Effect, Lack, Need
from models.coaching.suggesting import (
    Finding,
    Suggestion,
    findings_of,
    suggestions,
    suggestions_within,
    take_up,
)
from models.coaching.tables import DimensionReview

__all__ = [
    "COACH",
    "DimensionReview",
    "Effect",
    "Finding",
    "Lack",
    "Need",
    "NothingFound",
    "OwnReview",
    "PointsOutOfRange",
    "Seen",
    "Suggestion",
    "effects",
    "findings_of",
    "forget_dimensions",
    "looked_at",
    "review_dimension",
    "starters_of",
    "starters_to_review",
    "suggestions",
    "suggestions_within",
    "take_back_review",
    "take_up",
]
