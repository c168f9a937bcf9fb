"""What is fetched from the platform piece by piece: each piece is short, and answers go in between."""

import time
from collections.abc import Sequence
from typing import Protocol

import structlog

from bot.channels.base import ApiError, Unreachable
from bot.database import is_unavailable

PIECE_SECONDS = 0.5
"""For about so long one piece may take: a worker sends answers between two."""
REST_SECONDS = 30.0
"""After a failure an errand rests for so long."""

log = structlog.get_logger("errands")


class Errand(Protocol):
    """Something that calls the platform and keeps how far it has come in the database.

    It may be broken off at any moment, and goes on from there in any process.
    """

    @property
    def name(self) -> str:
        """Its name in the log."""

    def is_due(self) -> bool:
        """Whether there is something to do."""

    def step(self) -> None:
        """Do a piece of it, about `PIECE_SECONDS` long.

        Raises:
            ApiError, Unreachable: the platform did not go along; it is tried again later.
        """


class Errands:
    """All errands of a process."""

    def __init__(self, errands: Sequence[Errand]) -> None:
        self._errands = errands
        self._rests_until: dict[str, float] = {}

    def anything_due(self) -> bool:
        """Whether one of them has something to do and does not rest."""
        return any(errand.is_due() for errand in self._awake())

    def step(self) -> bool:
        """Do a piece of each that is due; whether anything was done."""
        done = False
        for errand in self._awake():
            if not errand.is_due():
                continue
            try:
                errand.step()
                done = True
            except (ApiError, Unreachable) as error:
                log.warning("errand_rests", errand=errand.name, error=str(error))
                self._rests_until[errand.name] = time.monotonic() + REST_SECONDS
            except Exception as bug:
                if is_unavailable(bug):
                    raise
                log.exception("errand_failed", errand=errand.name)
                self._rests_until[errand.name] = time.monotonic() + REST_SECONDS
        return done

    def _awake(self) -> Sequence[Errand]:
        now = time.monotonic()
        return [errand for errand in self._errands if self._rests_until.get(errand.name, 0.0) <= now]
