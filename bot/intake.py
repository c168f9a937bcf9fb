"""The way in: callbacks that arrive together share one commit where the database has a single writer."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from bot.database import Database, Undone
from bot.dispatch import Dispatcher, Handled, Unavailable
from bot.queue import Wakeups
from handlers.base import Message

MOST = 16
"""How many messages share a commit at most."""
THREADS = 8
"""How many messages are handled at the same time where the database writes side by side."""
PATIENCE_SECONDS = 4.0
"""How long a callback waits for its commit; the platform hangs up after 5 seconds (protocol 1.6)."""

log = structlog.get_logger("intake")

Ticket = tuple[Message, "asyncio.Future[Handled]"]


class Intake:
    """Takes messages to the dispatcher, and wakes a worker for what they said.

    PostgreSQL writes side by side: there each message gets a thread. SQLite has one writer: there all
    messages that wait are handled on the event loop, between savepoints of their own, and committed together
    (docs/adr/0014). Each is still kept or undone as a whole, and nobody is told that a message was taken
    before it is durable. Nothing is awaited while the turn is held, and the loop never waits for the turn.
    """

    def __init__(self, database: Database, dispatcher: Dispatcher, wakeups: Wakeups) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._wakeups = wakeups
        self._waiting: list[Ticket] = []
        self._under_way = False
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="intake")

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
                if not self._database.sqlite:
                    return await loop.run_in_executor(self._threads, self.take_now, message)
                future: asyncio.Future[Handled] = loop.create_future()
                self._waiting.append((message, future))
                if not self._under_way:
                    self._under_way = True
                    loop.call_soon(self._begin, loop)
                return await future
        except TimeoutError as late:  # it may still be taken; a repeat then changes nothing
            raise Unavailable from late

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the turn if it is free; else a thread waits for it, and more messages gather meanwhile."""
        try:
            if self._database.turn.take_if_free():
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
