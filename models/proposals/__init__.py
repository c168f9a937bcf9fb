"""What somebody asked for and has to confirm before it happens."""

from models.proposals.erasing import erase_words, forget_second_factor
from models.proposals.operations import (
    CodeNeeded,
    NothingToConfirm,
    ProposalExpired,
    ProposalSettled,
    SecondFactorKnown,
    SecondFactorLocked,
    SecondFactorMissing,
    WrongCode,
    cancel,
    needs_code,
    newest_open,
    note_refusal,
    propose,
    register_second_factor,
    remove_second_factor,
    take,
    use_code,
)
from models.proposals.queries import without_second_factor
from models.proposals.rules import otpauth_address
from models.proposals.tables import Proposal, ProposalState, SecondFactor

__all__ = [
    "CodeNeeded",
    "NothingToConfirm",
    "Proposal",
    "ProposalExpired",
    "ProposalSettled",
    "ProposalState",
    "SecondFactor",
    "SecondFactorKnown",
    "SecondFactorLocked",
    "SecondFactorMissing",
    "WrongCode",
    "cancel",
    "erase_words",
    "forget_second_factor",
    "needs_code",
    "newest_open",
    "note_refusal",
    "otpauth_address",
    "propose",
    "register_second_factor",
    "remove_second_factor",
    "take",
    "use_code",
    "without_second_factor",
]
