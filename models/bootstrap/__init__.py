"""How the first administrator comes in: by a code that only the operator of the machine can read."""

from models.bootstrap.operations import Attempt, make_code, try_code
from models.bootstrap.tables import AdminCode, CodeOutcome

__all__ = ["AdminCode", "Attempt", "CodeOutcome", "make_code", "try_code"]
