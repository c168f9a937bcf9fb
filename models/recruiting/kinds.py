"""The kinds and states of hiring."""

from enum import StrEnum

SEE, DECIDE, OVERRIDE = "recruiting.see", "recruiting.decide", "recruiting.override"
INTERVIEW, CONFIRM_NEED = "recruiting.interview", "recruiting.confirm_need"
"""The rights that operations ask for (config/rights.toml)."""


class StageStatus(StrEnum):
    """What became of a stage."""

    PENDING = "pending"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    """A result is there, and a named human decides what it means."""
    PASSED = "passed"
    FAILED = "failed"
    """A named human decided so."""
    NO_SHOW = "no_show"
    REMEDIAL_REQUESTED = "remedial_requested"
    ALTERNATIVE = "alternative"
    """Something else stands in for it and is arranged."""
    WAIVED = "waived"


class Tag(StrEnum):
    """How far somebody is with the AI interview; everybody has exactly one (S0-08)."""

    DONE = "done"
    NOT_DONE = "not_done"
    GAVE_UP = "gave_up"


class ResultState(StrEnum):
    """What became of a result from outside."""

    RECEIVED = "received"
    """It is kept, and still to be entered."""
    APPLIED = "applied"
    SUPERSEDED = "superseded"
    """A newer one of the same stage counts."""
    WAITING = "waiting"
    """No application has this number yet."""
    REFUSED = "refused"
    """The application has no such stage."""


class RequestKind(StrEnum):
    """What somebody asks for who missed a stage."""

    REMEDIAL = "remedial"
    """The same stage once more (S0-27)."""
    ALTERNATIVE = "alternative"
    """Something else in its place (S0-31)."""
    REVIEW = "review"
    """That a human looks again at a result."""


class RequestState(StrEnum):
    """How far a request is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ASKED_BACK = "asked_back"
    """HR wants to know more; our clock stands meanwhile."""
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class RequestStep(StrEnum):
    """What a draft asks for next (S0-23)."""

    REASON = "reason"
    INTEREST = "interest"
    WISH = "wish"
    EVIDENCE = "evidence"
    """All is said; files may follow until it is handed in."""
    SUPPLEMENT = "supplement"
    """What is said besides, also as an answer to what HR asked back; it is never asked for."""


class DoubtState(StrEnum):
    """What became of a department's doubt."""

    OPEN = "open"
    INSERTED = "inserted"
    """HR has put a stage in."""
    REFUSED = "refused"


class StopReason(StrEnum):
    """Why a candidate's time stands still."""

    PENDING_REQUEST = "pending_request"
    NOTICE_FAILED = "notice_failed"
    OUR_DELAY = "our_delay"
