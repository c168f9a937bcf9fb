"""Answers what candidates said while more came in than could be answered at once (docs/adr/0027)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.database import Database
from bot.dispatch import Dispatcher
from bot.errands import PIECE_SECONDS
from bot.inbound import parse
from handlers.base import Account
from models import messaging
from models.messaging import ParkedMessage

AT_ONCE = 16
"""So many are taken at a time."""


class Parked:
    """An errand: takes what is parked, of each person in the order in which it was said.

    A process that dies loses nothing: what it took is free again after a while, and what it has answered has
    its key in the inbox.
    """

    name = "parked"

    def __init__(self, database: Database, dispatcher: Dispatcher, clock: Clock) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._clock = clock

    def is_due(self) -> bool:
        """Whether something is parked that nobody has taken."""
        with self._database.reading() as session:
            return messaging.to_be_taken(session, now=self._clock.now())

    def step(self) -> None:
        """Answer some of it."""
        until = time.monotonic() + PIECE_SECONDS
        while time.monotonic() < until:
            with self._database.writing() as session:
                taken = messaging.take_parked(session, now=self._clock.now(), limit=AT_ONCE)
            for one in taken:
                self._answer(one)
            if not taken:
                return

    def _answer(self, parked: ParkedMessage) -> None:
        @contextmanager
        def begin() -> Iterator[Session]:
            with self._database.writing() as session:
                messaging.unpark(session, key=parked.key)
                yield session

        self._dispatcher.handle(parse(Account(parked.account), parked.fields), begin, in_turn=True)
