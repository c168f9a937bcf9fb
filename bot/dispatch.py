"""One message, one transaction: entered and answered by its handler; or refused, or apologised for."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.database import Begin, Database, Undone, is_unavailable
from bot.handling import Handling, answers_of, note_command, note_refusal, reply_of
from bot.posting import Destination, Posting
from bot.receiving import AUTOMATIC_EVENTS, Receiving, asks
from bot.reporting import Reporting
from bot.routing import Routing
from handlers.base import (
    Account,
    Answer,
    Attachment,
    CloseCards,
    Context,
    Message,
    Notice,
    Page,
    Reply,
    Route,
    Stranger,
)
from models import audit, messaging
from models.errors import DomainError
from models.messaging import Channel, Outcome

log = structlog.get_logger("dispatch")


class Unavailable(Exception):
    """The database cannot take the message now."""


class Handled(StrEnum):
    """What the dispatcher did with a message."""

    DONE = "done"
    REPEATED = "repeated"
    PARKED = "parked"
    """It is durable, and answered in its turn."""


class Dispatcher:
    """Takes inbound messages through the handlers into the outbox."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        receiving: Receiving,
        routing: Routing,
        handling: Handling,
        posting: Posting,
        reporting: Reporting,
    ) -> None:
        self._database = database
        self._clock = clock
        self._receiving = receiving
        self._routing = routing
        self._handling = handling
        self._posting = posting
        self._reporting = reporting

    def handle(self, message: Message, begin: Begin | None = None, *, in_turn: bool = False) -> Handled:
        """Deal with one message, once, in what `begin` begins; in a transaction of its own without it.

        What a candidate says after something that is parked is parked too, unless it is its turn. A refusal
        becomes an answer. A bug rolls everything back, is apologised for and reported.

        Raises:
            Unavailable: the database is out of reach; the platform is asked to send the message again.
            Undone: what `begin` began was taken back together with other messages.
        """
        begin = begin or self._database.writing
        now = self._clock.now()
        try:
            try:
                with begin() as session:
                    if not in_turn and self._receiving.must_wait(session, message):
                        self._receiving.park(session, [message], now)
                        return Handled.PARKED
                    if not self._receiving.enter(session, message, now):
                        return Handled.REPEATED
                    self._answer(session, message, now)
            except DomainError as refusal:
                return self._refuse(message, now, refusal, begin)
        except Undone:
            raise
        except Exception as bug:
            if is_unavailable(bug):
                raise Unavailable from bug
            return self._apologise(message, now, bug, begin)
        return Handled.DONE

    def park(self, messages: Sequence[Message]) -> bool:
        """Keep messages of candidates, who are answered in their turn; whether others were before them.

        Raises:
            Unavailable: the database is out of reach; the platform is asked to send them again.
        """
        try:
            with self._database.writing() as session:
                others = messaging.anything_parked(session)
                self._receiving.park(session, messages, self._clock.now())
                return others
        except Exception as error:
            if is_unavailable(error):
                raise Unavailable from error
            raise

    # --- answered ------------------------------------------------------------------------------------

    def _answer(self, session: Session, message: Message, now: datetime) -> None:
        self._receiving.note_signs(session, message, now)
        me = self._receiving.identify(session, message, now)
        if me is None:
            self._answer_unknown_sender(session, message, now)
            return
        if not isinstance(me, Stranger) and self._receiving.is_other_half(session, message, now):
            messaging.conclude(session, key=message.key, outcome=Outcome.KEPT)
            return
        ctx = self._handling.context(session, me, now, message=message)
        route, ctx = self._routing.route(ctx, message)
        if route is None and isinstance(me, Stranger):
            self._answer_unknown_sender(session, message, now)
            return
        if route is None:
            self._answer_unrouted(ctx, message)
            return
        route, ctx = self._handling.confirmed(route, ctx)
        self._handling.check_right(me, route.may)
        answer = route.handler(ctx)
        _note_command(ctx, message, route)
        self._post_answer(ctx, message, route, answer)

    def _post_answer(self, ctx: Context, message: Message, route: Route, answer: Answer) -> None:
        if answer is None:
            messaging.conclude(ctx.session, key=message.key, outcome=Outcome.KEPT)
            return
        assert not isinstance(answer, Page), f"{route.name} answers a message with a page"
        parts = list(answer) if isinstance(answer, Sequence) else [answer]
        tapped = message.card.task_id if message.card else None
        # Cards that are over are closed before new ones about the same thing are posted.
        closing = [part for part in parts if isinstance(part, CloseCards)]
        self._posting.post_notices(ctx.session, message.key, closing, ctx.now, tapped)
        self._post_replies(ctx, message, answers_of(route, parts))
        self._posting.defer(ctx.session, message.key, ctx.me, parts, ctx.now)
        notices = [part for part in parts if isinstance(part, Notice)]
        self._posting.post_notices(ctx.session, message.key, notices, ctx.now)

    def _answer_unknown_sender(self, session: Session, message: Message, now: datetime) -> None:
        """Who is not in our books is told so once they ask or come; other events are only kept."""
        spoken = asks(message) or message.event == "subscribe"
        if message.account is not Account.WECOM or message.sender == "sys" or not spoken:
            messaging.conclude(session, key=message.key, outcome=Outcome.KEPT)
            return
        to = Destination(Channel.WECOM, message.sender)
        values = {"wecom_id": message.sender}
        self._posting.post_text(session, f"reply:{message.key}", to, "common/unknown_sender", values, now)
        messaging.conclude(session, key=message.key, outcome=Outcome.UNKNOWN_SENDER)

    def _answer_unrouted(self, ctx: Context, message: Message) -> None:
        """Nobody is left without an answer; events that nobody asked for are only kept."""
        reply = self._routing.guess(ctx, message)
        if reply is not None:
            self._post_replies(ctx, message, [reply])
        outcome = Outcome.KEPT if reply is None else Outcome.MISUNDERSTOOD
        messaging.conclude(ctx.session, key=message.key, outcome=outcome)

    def _post_replies(self, ctx: Context, message: Message, replies: Sequence[Reply | Attachment]) -> None:
        self._posting.post_answers(ctx.session, f"reply:{message.key}", ctx.me, replies, ctx.now, message)

    # --- refused -------------------------------------------------------------------------------------

    def _refuse(self, message: Message, now: datetime, refusal: DomainError, begin: Begin) -> Handled:
        """A rule said no: nothing the handler did is kept, and the person is told why.

        The first transaction is gone and another half of the same act may have come meanwhile, so
        dedupe and pairing are asked again.
        """
        log.info("refused", kind=message.kind, event_name=message.event, refusal=refusal.code())
        with begin() as session:
            if not self._receiving.enter(session, message, now):
                return Handled.REPEATED
            me = self._receiving.identify(session, message, now)
            silent = message.event in AUTOMATIC_EVENTS or self._receiving.is_other_half(session, message, now)
            if me is None or silent:
                messaging.conclude(session, key=message.key, outcome=Outcome.KEPT)
                return Handled.DONE
            ctx = self._handling.context(session, me, now, message=message)
            route, ctx = self._routing.route(ctx, message)
            if route is not None:
                _note_command(ctx, message, route, refusal)
            note_refusal(ctx, refusal)
            self._post_replies(ctx, message, [reply_of(refusal)])
            messaging.conclude(session, key=message.key, outcome=Outcome.REFUSED)
        return Handled.DONE

    # --- crashed -------------------------------------------------------------------------------------

    def _apologise(self, message: Message, now: datetime, bug: Exception, begin: Begin) -> Handled:
        """A handler crashed: nothing of it is kept, the person is told once, the maintainers too."""
        trace_id = secrets.token_hex(4)
        log.error("crashed", trace_id=trace_id, kind=message.kind, event_name=message.event, exc_info=bug)
        try:
            return self._post_apology(message, now, bug, trace_id, begin)
        except Exception as error:
            if is_unavailable(error):
                raise Unavailable from error
            raise

    def _post_apology(
        self, message: Message, now: datetime, bug: Exception, trace_id: str, begin: Begin
    ) -> Handled:
        with begin() as session:
            if not self._receiving.enter(session, message, now):
                return Handled.REPEATED
            messaging.conclude(session, key=message.key, outcome=Outcome.CRASHED)
            if asks(message) and message.account is not Account.CONTACTS:
                to = Destination(Channel(message.account), message.sender)
                self._posting.post_text(session, f"reply:{message.key}", to, "common/crashed", {}, now)
            handler = message.event_key or message.event or str(message.kind)
            self._reporting.tell_of_crash(session, f"crash:{message.key}", handler, bug, trace_id, now)
        return Handled.DONE


def _note_command(ctx: Context, message: Message, route: Route, refusal: DomainError | None = None) -> None:
    """Every command stands in the evidence trail: by what it changed, else by its own row."""
    if asks(message) and not isinstance(ctx.me, Stranger) and not audit.recorded(ctx.session):
        note_command(ctx, route, refusal)
