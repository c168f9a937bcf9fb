"""The way in: callbacks that arrive together share one commit where the database has a single writer."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from bot.database import Database, Undone
from bot.dispatch import Dispatcher, Handled, Unavailable
from bot.queue import Wakeups
from handlers.base import Account, Message

MOST = 16
"""How many messages share a commit at most."""
THREADS = 8
"""How many messages are handled at the same time where the database writes side by side."""
PATIENCE_SECONDS = 4.0
"""How long a callback waits for its commit; the platform hangs up after 5 seconds (protocol 1.6)."""

CROWDED = 16
"""So many messages under way in a process: what candidates say beyond that is parked (docs/adr/0027)."""
PARKED_AT_ONCE = 500
"""So many are parked in one transaction."""

log = structlog.get_logger("intake")

Ticket = tuple[Message, "asyncio.Future[Handled]"]


class Intake:
    """Takes messages to the dispatcher, and wakes a worker for what they said.

    PostgreSQL writes side by side: there each message gets a thread. SQLite has one writer: there all
    messages that wait are handled on the event loop, between savepoints of their own, and committed together
    (docs/adr/0014). Each is still kept or undone as a whole, and nobody is told that a message was taken
    before it is durable. Nothing is awaited while the turn is held, and the loop never waits for the turn.

    In a rush what candidates say is only made durable, which takes a small part of the time of an answer, and
    the workers answer it: the platform gives a message up after a few tries of five seconds.
    """

    def __init__(self, database: Database, dispatcher: Dispatcher, wakeups: Wakeups) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._wakeups = wakeups
        self._waiting: list[Ticket] = []
        self._under_way = False
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="intake")
        self._in_hand = 0
        self._to_park: list[Ticket] = []
        self._parks = False
        self._rush = False
        self._parking = threading.Lock()
        self._parker = ThreadPoolExecutor(1, thread_name_prefix="parking")

    def take_now(self, message: Message) -> Handled:
        """Deal with one message, once, in this thread.

        Raises:
            Unavailable: the database is out of reach; the platform is asked to send the message again.
        """
        handled = self._dispatcher.handle(message)
        self._wake()
        return handled

    def _wake(self) -> None:
        """Wake a worker; if that cannot be, the sweep does it a moment later."""
        try:
            self._wakeups.deliver()
        except Exception:
            log.exception("wakeup_failed")

    async def take(self, message: Message) -> Handled:
        """Deal with one message, once; when this returns it is durable.

        Raises:
            Unavailable: the database is out of reach or busy; the platform is asked to send it again.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if message.account is Account.OFFICIAL and self._is_crowded():
                    return await self._park(message, loop)
                self._in_hand += 1
                try:
                    return await self._take(message, loop)
                finally:
                    self._in_hand -= 1
        except TimeoutError as late:  # it may still be taken; a repeat then changes nothing
            raise Unavailable from late

    async def _take(self, message: Message, loop: asyncio.AbstractEventLoop) -> Handled:
        if not self._database.sqlite:
            return await loop.run_in_executor(self._threads, self.take_now, message)
        future: asyncio.Future[Handled] = loop.create_future()
        self._waiting.append((message, future))
        if not self._under_way:
            self._under_way = True
            loop.call_soon(self._begin, loop)
        return await future

    def _is_crowded(self) -> bool:
        """Whether there is a rush: it lasts until what was parked is answered."""
        self._rush = self._rush or max(self._in_hand, len(self._waiting)) >= CROWDED
        return self._rush

    async def _park(self, message: Message, loop: asyncio.AbstractEventLoop) -> Handled:
        future: asyncio.Future[Handled] = loop.create_future()
        with self._parking:
            self._to_park.append((message, future))
            first = len(self._to_park) == 1
        if first:
            self._parker.submit(self._park_waiting, loop)
        return await future

    def _park_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        """Park what has gathered while the one before was under way."""
        self._parks = True
        with self._parking:
            tickets, self._to_park = self._to_park, []
        try:
            self._park_all(tickets, loop)
        finally:
            self._parks = False
        self._wake()

    def _park_all(self, tickets: list[Ticket], loop: asyncio.AbstractEventLoop) -> None:
        for first in range(0, len(tickets), PARKED_AT_ONCE):
            some = tickets[first : first + PARKED_AT_ONCE]
            try:
                self._rush = self._dispatcher.park([message for message, _ in some])
            except Exception as error:
                loop.call_soon_threadsafe(_refuse, some, error)
                continue
            for _, future in some:
                loop.call_soon_threadsafe(_tell, future, Handled.PARKED)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the turn if it is free; else a thread waits for it, and more messages gather meanwhile.

        What is to be parked goes first: it is quick, and many wait for it.
        """
        try:
            if not self._parks and self._database.turn.take_if_free():
                self._handle_waiting(loop)
            else:
                self._threads.submit(self._wait_for_turn, loop)
        except Exception as error:
            self._give_up(error)

    def _wait_for_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._database.turn.take_in_the_end()
        except Exception as error:
            loop.call_soon_threadsafe(self._give_up, error)
        else:
            loop.call_soon_threadsafe(self._handle_waiting, loop)

    def _give_up(self, error: Exception) -> None:
        self._under_way = False
        tickets, self._waiting = self._waiting, []
        _refuse(tickets, error)

    def _handle_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        """Handle what waits in one transaction, with the turn in hand, and give the turn back."""
        tickets, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            try:
                done = self._take_together([message for message, _ in tickets])
            finally:
                self._database.turn.give_back()
            for (_, future), handled in zip(tickets, done, strict=True):
                _tell(future, handled)
            self._wake()
        except Undone:
            self._threads.submit(self._take_apart, tickets, loop)
        except Exception as error:
            _refuse(tickets, error)
        finally:
            self._under_way = bool(self._waiting)
            if self._waiting:
                loop.call_soon(self._begin, loop)

    def _take_together(self, messages: Sequence[Message]) -> list[Handled]:
        """Handle messages in one transaction.

        Raises:
            Undone: one of them cannot be handled, or took the transaction with it; none was.
        """
        with self._database.writing_together() as begin:
            try:
                return [self._dispatcher.handle(message, begin) for message in messages]
            except Exception as error:
                raise Undone from error

    def _take_apart(self, tickets: list[Ticket], loop: asyncio.AbstractEventLoop) -> None:
        """Handle each message in a transaction of its own."""
        for message, future in tickets:
            try:
                handled = self.take_now(message)
            except Exception as error:
                loop.call_soon_threadsafe(_refuse, [(message, future)], error)
            else:
                loop.call_soon_threadsafe(_tell, future, handled)


def _tell(future: "asyncio.Future[Handled]", handled: Handled) -> None:
    if not future.done():
        future.set_result(handled)


def _refuse(tickets: list[Ticket], error: Exception) -> None:
    """Let the platform send these again."""
    if not isinstance(error, Unavailable):
        log.error("intake_failed", exc_info=error)
    for _, future in tickets:
        if not future.done():
            refusal = Unavailable()
            refusal.__cause__ = error.__cause__ if isinstance(error, Unavailable) else error
            future.set_exception(refusal)
