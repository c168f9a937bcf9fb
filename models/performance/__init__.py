"""Performance that explains itself: figures, targets, scores and goals."""

from models.performance.kinds import KINDS, MOST, Kind
from models.performance.rules import Direction, Figure, Unit
from models.performance.tables import ANY_BUCKET, Target
from models.performance.targets import (
    OwnTarget,
    RoleHasNoTargets,
    Standard,
    TargetGone,
    TargetInThePast,
    TargetOutOfRange,
    TargetReasonNeeded,
    Wanted,
    check_target,
    concerned,
    set_target,
    standards,
    take_back_target,
    targets_within,
    why,
)

__all__ = [
    "ANY_BUCKET",
    "KINDS",
    "MOST",
    "Direction",
    "Figure",
    "Kind",
    "OwnTarget",
    "RoleHasNoTargets",
    "Standard",
    "Target",
    "TargetGone",
    "TargetInThePast",
    "TargetOutOfRange",
    "TargetReasonNeeded",
    "Unit",
    "Wanted",
    "check_target",
    "concerned",
    "set_target",
    "standards",
    "take_back_target",
    "targets_within",
    "why",
]
