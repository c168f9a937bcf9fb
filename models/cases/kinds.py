"""The kinds and states that cases and what belongs to them go through."""

from enum import StrEnum

STRETCHES, FOLLOW_UPS, PROMISES = "stretches", "follow_ups", "promises"
PAYMENTS, COMPLAINTS = "payments", "complaints"
"""What people's figures are counted from, among cases (models/tally)."""


class CaseStatus(StrEnum):
    """Where a case stands (domain.md 5.1). Visits, calls and notes are activities, not states."""

    POOL = "pool"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    PTP = "ptp"
    DISPUTED = "disputed"
    SUSPENDED = "suspended"
    PAID = "paid"
    SETTLED = "settled"
    RETURNED = "returned"
    CLOSED = "closed"


OPEN = (
    CaseStatus.POOL,
    CaseStatus.ASSIGNED,
    CaseStatus.IN_PROGRESS,
    CaseStatus.PTP,
    CaseStatus.DISPUTED,
    CaseStatus.SUSPENDED,
)
WORKED = (CaseStatus.ASSIGNED, CaseStatus.IN_PROGRESS, CaseStatus.PTP)
"""States in which somebody works a case."""
ENDED = (CaseStatus.PAID, CaseStatus.SETTLED, CaseStatus.RETURNED, CaseStatus.CLOSED)


class AssignmentCause(StrEnum):
    """Why a case came to an owner."""

    IMPORT = "import"
    ASSIGN = "assign"
    CLAIM = "claim"
    TRANSFER = "transfer"
    DECLINE = "decline"
    RECYCLE = "recycle"
    HANDOVER = "handover"
    DISPUTE = "dispute"
    REOPEN = "reopen"
    UNDO = "undo"


class PtpStatus(StrEnum):
    """The life of a promise to pay."""

    OPEN = "open"
    KEPT = "kept"
    PARTIAL = "partial"
    BROKEN = "broken"
    CANCELLED = "cancelled"


class PaymentState(StrEnum):
    """The life of a payment report: the balance changes when finance confirms it (S3-33)."""

    REPORTED = "reported"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class OfferState(StrEnum):
    """The life of a settlement offer."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    PAID = "paid"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class HaltKind(StrEnum):
    """Why contact about a case is stopped; the first two lead to `DISPUTED`, the others to `SUSPENDED`."""

    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    DEATH = "death"
    ILLNESS = "illness"
    DISASTER = "disaster"
    LEGAL = "legal"
    SELF_HARM = "self_harm"


class SignalKind(StrEnum):
    """What customer service passes on."""

    WILLING_TO_PAY = "willing_to_pay"
    QUESTION = "question"
    HARDSHIP = "hardship"
    COMPLAINT = "complaint"


class FollowUpState(StrEnum):
    """The life of a planned follow-up."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"
