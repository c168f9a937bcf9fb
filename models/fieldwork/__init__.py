"""Field work: visits to customers, and what they are worth as evidence (domain.md section 6)."""

from models.fieldwork.checking import Unsupported, unsupported_notes, unsupported_within
from models.fieldwork.confirming import confirm_place, take_back_place
from models.fieldwork.drawing import Drawing, draw
from models.fieldwork.errors import (
    NoSuchVisit,
    NothingMeasured,
    NotInside,
    PlaceMovedOn,
    StillInside,
    VisitNoted,
)
from models.fieldwork.operations import (
    add_photo,
    check_in,
    check_out,
    locate,
    take_back,
)
from models.fieldwork.places import Near, customers_near, keep_place, place_of, places_of_cases
from models.fieldwork.queries import Seen, seen, visit_going_on, visits_of
from models.fieldwork.rules import Lack, Needs, Verdict, VisitFacts, claims_visit, verdict
from models.fieldwork.tables import Visit, VisitState

__all__ = [
    "Drawing",
    "Lack",
    "Near",
    "Needs",
    "NoSuchVisit",
    "NotInside",
    "NothingMeasured",
    "PlaceMovedOn",
    "Seen",
    "StillInside",
    "Unsupported",
    "Verdict",
    "Visit",
    "VisitFacts",
    "VisitNoted",
    "VisitState",
    "add_photo",
    "check_in",
    "check_out",
    "claims_visit",
    "confirm_place",
    "customers_near",
    "draw",
    "keep_place",
    "locate",
    "place_of",
    "places_of_cases",
    "seen",
    "take_back",
    "take_back_place",
    "unsupported_notes",
    "unsupported_within",
    "verdict",
    "visit_going_on",
    "visits_of",
]
