"""What joining, moving and leaving refuse, with the facts for the wording."""

from models.errors import DomainError, NotFound


class NobodyCalled(NotFound):
    """No employee within reach has this name, account or number (facts: asked)."""

    texts = "lifecycle"


class SeveralCalled(DomainError):
    """More than one could be meant (facts: asked, people)."""

    texts = "lifecycle"


class InThePast(DomainError):
    """The moment named has passed (facts: at)."""

    texts = "lifecycle"


class AlreadyHere(DomainError):
    """The account belongs to somebody who works here (facts: account; person, None if out of reach)."""

    texts = "lifecycle"


class StillHandingOver(DomainError):
    """The former leaving is not closed yet (facts: account; person, None if out of reach)."""

    texts = "lifecycle"


class NotJoining(DomainError):
    """No joining of this person can be undone (facts: person)."""

    texts = "lifecycle"


class NobodyAnswerable(DomainError):
    """There is nobody who could be given a step (facts: none)."""

    texts = "lifecycle"


class NotYourStep(NotFound):
    """The step belongs to somebody else now, or was dropped (facts: none)."""

    texts = "lifecycle"


class StepDone(DomainError):
    """The step was done before (facts: at)."""

    texts = "lifecycle"


class SamePost(DomainError):
    """The person holds this post already (facts: person)."""

    texts = "lifecycle"


class NoPost(DomainError):
    """The person holds no post yet or any more (facts: person)."""

    texts = "lifecycle"


class MoveIsPlanned(DomainError):
    """The person is to move already (facts: person, at)."""

    texts = "lifecycle"


class NotMoving(DomainError):
    """No transfer of this person is planned (facts: person)."""

    texts = "lifecycle"


class IsLeaving(DomainError):
    """The person leaves (facts: person, at)."""

    texts = "lifecycle"


class NotLeaving(DomainError):
    """The person does not leave (facts: person)."""

    texts = "lifecycle"


class HasLeft(DomainError):
    """It cannot be undone any more: the last moment has passed (facts: person, at)."""

    texts = "lifecycle"


class StillHere(DomainError):
    """The last moment is still to come (facts: person, at)."""

    texts = "lifecycle"


class NothingMayBeLeft(DomainError):
    """The leaver still owns something (facts: person, counts: kind → number)."""

    texts = "lifecycle"


class EndBeforeStart(DomainError):
    """The last day lies before the first (facts: none)."""

    texts = "lifecycle"


class NotOnLeave(DomainError):
    """Nobody covers for this person (facts: person)."""

    texts = "lifecycle"


class PostHeld(DomainError):
    """The person holds this post already, or is to hold it (facts: person, unit, role, at, begun)."""

    texts = "posts"


class NotInPost(DomainError):
    """The person has no further post in this unit (facts: person, unit)."""

    texts = "posts"


class SeveralPosts(DomainError):
    """The person has more than one further post in this unit (facts: person, unit, roles)."""

    texts = "posts"


class EndsAlready(DomainError):
    """The end of this further post is planned already (facts: person, unit, role, at)."""

    texts = "posts"
