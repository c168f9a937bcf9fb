"""What somebody asked for and has to confirm before it happens."""

from models.proposals.erasing import erase_words
from models.proposals.operations import (
    CodeNeeded,
    NothingToConfirm,
    ProposalExpired,
    ProposalSettled,
    WrongCode,
    cancel,
    newest_open,
    propose,
    take,
)
from models.proposals.tables import Proposal, ProposalState

__all__ = [
    "CodeNeeded",
    "NothingToConfirm",
    "Proposal",
    "ProposalExpired",
    "ProposalSettled",
    "ProposalState",
    "WrongCode",
    "cancel",
    "erase_words",
    "newest_open",
    "propose",
    "take",
]
