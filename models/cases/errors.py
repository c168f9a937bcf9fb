"""Why something about a case is refused. Facts are plain values; `number` is the number of the case."""

from models.errors import DomainError, NotFound

TEXTS = "case_refusals"


class NoSuchCase(NotFound):
    """There is no such case, or not for this person (facts: number)."""

    texts = TEXTS


class NoSuchPayment(NotFound):
    """There is no such payment, or not for this person."""

    texts = TEXTS


class NoSuchOffer(NotFound):
    """There is no such settlement offer, or not for this person."""

    texts = TEXTS


class NoSuchFollowUp(NotFound):
    """There is no such planned follow-up, or it is done, or not for this person."""

    texts = TEXTS


class NoSuchSignal(NotFound):
    """There is no such word from customer service, or not for this person."""

    texts = TEXTS


class CaseClosed(DomainError):
    """The case has ended: nothing is done about it any more (facts: number, status)."""

    texts = TEXTS


class CaseChanged(DomainError):
    """Somebody was faster: the case is not as it was when the person looked (facts: number, owner)."""

    texts = TEXTS


class WrongState(DomainError):
    """That does not go with the state of the case (facts: number, status)."""

    texts = TEXTS


class OneDebtorOneOwner(DomainError):
    """Cases of one debtor were to go to different people (facts: number)."""

    texts = TEXTS


class OwnerGone(DomainError):
    """Nothing can be given to who has left (facts: person)."""

    texts = TEXTS


class NoSupervisor(DomainError):
    """Nobody leads the unit or one above it, so that nobody can hold its pool."""

    texts = TEXTS


class ReasonMissing(DomainError):
    """It takes a reason (facts: number)."""

    texts = TEXTS


class UnknownOutcome(DomainError):
    """There is no such outcome of a contact (facts: outcome)."""

    texts = TEXTS


class AmountOutOfRange(DomainError):
    """The amount has to be more than nothing and at most `most` fen (facts: number, most)."""

    texts = TEXTS


class DayOutOfRange(DomainError):
    """The day has to lie between two (facts: number, first, last)."""

    texts = TEXTS


class TimeHasPassed(DomainError):
    """The moment has passed (facts: number)."""

    texts = TEXTS


class PromiseOpen(DomainError):
    """There is an open promise already (facts: number, amount, due_on)."""

    texts = TEXTS


class NoPromise(DomainError):
    """There is no open promise (facts: number)."""

    texts = TEXTS


class PaymentDecided(DomainError):
    """The payment report was confirmed or rejected before (facts: number, state)."""

    texts = TEXTS


class OwnReport(DomainError):
    """Who reported a payment does not confirm it: somebody else in finance does (facts: number)."""

    texts = TEXTS


class NotReversible(DomainError):
    """The payment was not confirmed, or has been reversed before (facts: number)."""

    texts = TEXTS


class OfferOpen(DomainError):
    """There is a settlement offer already (facts: number, pay_amount, pay_by)."""

    texts = TEXTS


class OfferDecided(DomainError):
    """The settlement offer was decided before (facts: number, state)."""

    texts = TEXTS


class NobodyDecides(DomainError):
    """Nobody may decide about a waiver of this amount (facts: number)."""

    texts = TEXTS


class AboveTier(DomainError):
    """The waiver takes somebody of a higher tier, or somebody else than who asked (facts: number)."""

    texts = TEXTS


class AlreadyHalted(DomainError):
    """Contact about the case is stopped already (facts: number, kind)."""

    texts = TEXTS


class NotHalted(DomainError):
    """Contact about the case is not stopped (facts: number)."""

    texts = TEXTS


class CannotUndo(DomainError):
    """A change of owner cannot be taken back (facts: number, owner, why).

    `why` is `done` (it was taken back before), `moved` (the case has gone on since), `gone` (the owner before
    has left) or `other` (somebody else made it).
    """

    texts = TEXTS


class NothingPlaced(NotFound):
    """No open case of this placement is within the actor's reach (facts: placement: what it was called)."""

    texts = TEXTS
