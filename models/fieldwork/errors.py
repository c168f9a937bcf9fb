"""Refusals of visits."""

from models.errors import DomainError, NotFound


class StillInside(DomainError):
    """Another visit goes on (facts: number, name)."""

    texts = "visits"


class NotInside(DomainError):
    """No visit goes on that could be left."""

    texts = "visits"


class VisitNoted(DomainError):
    """Something was noted about the visit, so that it is no mistake any more (facts: number)."""

    texts = "visits"


class NoSuchVisit(NotFound):
    """There is no such visit, or it is out of reach."""

    texts = "visits"


class NothingMeasured(DomainError):
    """The visit has no readable location that could tell where the customer is."""

    texts = "visits"


class PlaceMovedOn(DomainError):
    """Somebody has said since where the customer is, or it was forgotten (facts: number)."""

    texts = "visits"
