"""What is refused about hiring, and the facts for the wording."""

from models.errors import DomainError, NotFound


class ProcessNotFound(NotFound):
    """There is no such application, or not within reach: the two look the same."""

    texts = "recruiting_refusals"


class StageNotFound(NotFound):
    """The application has no such stage (facts: asked)."""

    texts = "recruiting_refusals"


class RequestNotFound(NotFound):
    """There is no such request, or not within reach: the two look the same."""

    texts = "recruiting_refusals"


class RemarkNotFound(NotFound):
    """There is no such remark, or not within reach: the two look the same."""

    texts = "recruiting_refusals"


class SlotNotFound(NotFound):
    """There is no such free time, or no longer (facts: none)."""

    texts = "recruiting_refusals"


class NoOpenProcess(DomainError):
    """Somebody has no application that is still open (facts: name)."""

    texts = "recruiting_refusals"


class SeveralProcesses(DomainError):
    """Somebody has several, and it was not said which one is meant (facts: name, several)."""

    texts = "recruiting_refusals"


class StageLocked(DomainError):
    """What has to be passed before is not (facts: stage, missing)."""

    texts = "recruiting_refusals"


class ProcessFrozen(DomainError):
    """A mandatory stage was missed (facts: stage)."""

    texts = "recruiting_refusals"


class ProcessSettled(DomainError):
    """The application was decided (facts: state)."""

    texts = "recruiting_refusals"


class StageSettled(DomainError):
    """The stage stands otherwise (facts: stage, status)."""

    texts = "recruiting_refusals"


class SaysNoReason(DomainError):
    """Such a decision takes a reason."""

    texts = "recruiting_refusals"


class CannotAsk(DomainError):
    """Another chance cannot be asked for now (facts: why, kind, days, ends_at)."""

    texts = "recruiting_refusals"


class RequestSettled(DomainError):
    """The request stands otherwise (facts: state)."""

    texts = "recruiting_refusals"


class AnswerStands(DomainError):
    """Somebody has gone on from the answer, so that it cannot be taken back (facts: none)."""

    texts = "recruiting_refusals"


class DecisionStands(DomainError):
    """A decision about a stage cannot be taken back (facts: stage, why).

    `why`: the application is `settled`, the candidate has handed in a `request`, a stage `went_on`, the
    department has `answered`, or it was decided `anew`.
    """

    texts = "recruiting_refusals"


class RequestUnfinished(DomainError):
    """Something is still to be said (facts: step)."""

    texts = "recruiting_refusals"


class UnknownReason(DomainError):
    """None of the reasons on offer (facts: reasons)."""

    texts = "recruiting_refusals"


class NotInTheFuture(DomainError):
    """A time that is over cannot be arranged (facts: starts_at)."""

    texts = "recruiting_refusals"


class SlotTaken(DomainError):
    """Somebody else was faster, or the interviewer is not free then (facts: starts_at)."""

    texts = "recruiting_refusals"


class TooManyChanges(DomainError):
    """The slot was changed as often as may be (facts: limit)."""

    texts = "recruiting_refusals"


class TooLateToChange(DomainError):
    """It is too close to the interview (facts: hours)."""

    texts = "recruiting_refusals"


class SheetIncomplete(DomainError):
    """A sheet scores every dimension of the job and no other (facts: missing, unknown)."""

    texts = "recruiting_refusals"


class NotTheInterviewer(DomainError):
    """Only who holds the stage fills in its sheet (facts: none)."""

    texts = "recruiting_refusals"


class TooEarly(DomainError):
    """It is too early to say that nobody came (facts: since)."""

    texts = "recruiting_refusals"


class CannotGoOn(DomainError):
    """Something has followed from giving up (facts: why)."""

    texts = "endings"


class NothingToReopen(DomainError):
    """No application of somebody was ended (facts: name)."""

    texts = "endings"


class DoubtNotFound(NotFound):
    """There is no such doubt, or not within reach: the two look the same."""

    texts = "doubts"


class DoubtSettled(DomainError):
    """It was answered (facts: state)."""

    texts = "doubts"


class DoubtStands(DomainError):
    """The same was asked, and HR has not answered (facts: dimension)."""

    texts = "doubts"


class UnknownDimension(DomainError):
    """The job has no such dimension, or several (facts: asked, names)."""

    texts = "doubts"


class NoCut(DomainError):
    """The stage has no cut (facts: stage)."""

    texts = "recruiting_refusals"
