"""Distribution: who gets which cases, and why (domain.md 5.3)."""

from models.distribution.asked import Asked, ask
from models.distribution.errors import (
    CapOutOfRange,
    ClaimLimit,
    ConflictKnown,
    NobodyToGiveTo,
    NoClaims,
    NoConflict,
    NoRoom,
    NothingToGive,
    PlanChanged,
    PoolEmpty,
    StillGivingOut,
)
from models.distribution.idling import IdleNews, idle_news, on_the_ladder
from models.distribution.operations import Claimable, Claimed, carry_out, claim, claimable
from models.distribution.plans import Barred, Line, Plan, again, simulate
from models.distribution.profiles import Profile, note_conflict, own_profile, set_cap, withdraw_conflict
from models.distribution.queries import members
from models.distribution.reasons import Reason, reason
from models.distribution.recycling import Recycled, note_rules, recycle, rules_in_force
from models.distribution.requests import Request
from models.distribution.rules import MISMATCHES, Barrier, Group, Limits, Outcome, Strategy, Worker
from models.distribution.runs import (
    Drafted,
    any_run,
    draft,
    finish,
    hold_run,
    note_told,
    order,
    refuse_run,
    require_none_under_way,
    take_run,
)
from models.distribution.sharing import share_out
from models.distribution.tables import DistributionRun, IdleDebtor, RecyclingRules
from models.distribution.telling import Got, Lost, Pool, Told, as_data, claim_key, pool, propose, told_of

__all__ = [
    "MISMATCHES",
    "Asked",
    "Barred",
    "Barrier",
    "CapOutOfRange",
    "ClaimLimit",
    "Claimable",
    "Claimed",
    "ConflictKnown",
    "DistributionRun",
    "Drafted",
    "Got",
    "Group",
    "IdleDebtor",
    "IdleNews",
    "Limits",
    "Line",
    "Lost",
    "NoClaims",
    "NoConflict",
    "NoRoom",
    "NobodyToGiveTo",
    "NothingToGive",
    "Outcome",
    "Plan",
    "PlanChanged",
    "Pool",
    "PoolEmpty",
    "Profile",
    "Reason",
    "Recycled",
    "RecyclingRules",
    "Request",
    "StillGivingOut",
    "Strategy",
    "Told",
    "Worker",
    "again",
    "any_run",
    "as_data",
    "ask",
    "carry_out",
    "claim",
    "claim_key",
    "claimable",
    "draft",
    "finish",
    "hold_run",
    "idle_news",
    "members",
    "note_conflict",
    "note_rules",
    "note_told",
    "on_the_ladder",
    "order",
    "own_profile",
    "pool",
    "propose",
    "reason",
    "recycle",
    "refuse_run",
    "require_none_under_way",
    "rules_in_force",
    "set_cap",
    "share_out",
    "simulate",
    "take_run",
    "told_of",
    "withdraw_conflict",
]
