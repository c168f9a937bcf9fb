"""Performance that explains itself: figures, targets, scores and goals."""

from models.performance import sources as _sources  # noqa: F401 - they say what is counted
from models.performance.catalogue import CATALOGUE, Measure
from models.performance.kinds import KINDS, MOST, Kind
from models.performance.queries import Days, Record, figure_of, figures, records_of
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
    "CATALOGUE",
    "KINDS",
    "MOST",
    "Days",
    "Direction",
    "Figure",
    "Kind",
    "Measure",
    "OwnTarget",
    "Record",
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
    "figure_of",
    "figures",
    "records_of",
    "set_target",
    "standards",
    "take_back_target",
    "targets_within",
    "why",
]
