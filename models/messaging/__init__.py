"""The inbox ledger and the outbox."""

from models.messaging.operations import (
    Outgoing,
    accept,
    claim,
    conclude,
    fail,
    post,
    receive,
    release_left_behind,
    retry,
    withdraw,
)
from models.messaging.queries import (
    anything_to_send,
    inbound_counts,
    is_other_half,
    oldest_unsettled,
    outbox_counts,
    sendable,
    unsettled,
)
from models.messaging.tables import (
    Channel,
    InboundMessage,
    OutboundKind,
    OutboundMessage,
    OutboundState,
    Outcome,
    Priority,
)

__all__ = [
    "Channel",
    "InboundMessage",
    "OutboundKind",
    "OutboundMessage",
    "OutboundState",
    "Outcome",
    "Outgoing",
    "Priority",
    "accept",
    "anything_to_send",
    "claim",
    "conclude",
    "fail",
    "inbound_counts",
    "is_other_half",
    "oldest_unsettled",
    "outbox_counts",
    "post",
    "receive",
    "release_left_behind",
    "retry",
    "sendable",
    "unsettled",
    "withdraw",
]
