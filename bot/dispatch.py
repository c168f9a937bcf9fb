"""One message, one transaction: dedupe, identity, routing, handler, outbox rows, commit."""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import wraps
from typing import Any

import structlog
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.database import Begin, Database, Undone, is_unavailable
from bot.inbound import keepable
from bot.logs import mask_values
from bot.texts import Texts
from bot.understanding import Understanding
from bot.wording import attachment_body, cover_use, official_bodies, wecom_bodies
from handlers.asking import choose
from handlers.base import (
    Account,
    Answer,
    Attachment,
    Audience,
    CloseCards,
    Command,
    Context,
    Kind,
    Later,
    Message,
    Notice,
    Page,
    Reply,
    Route,
    Router,
    Stranger,
)
from handlers.confirm import confirm, confirm_by_api, read_confirmation
from handlers.parsing import LONGEST, mentioned, nearest, normalise, readings
from handlers.undo import undo, undo_by_api, undo_by_card
from models import audit, contact, directory, distribution, messaging, planning, proposals, staff
from models.audit import AuditOutcome
from models.calendar import WorkCalendar
from models.directory import ChangeKind
from models.errors import DomainError, NotPermitted
from models.messaging import Channel, OutboundKind, Outcome, Outgoing, Priority
from models.policy import Policy
from models.staff import Employee, Person

AUTOMATIC_EVENTS = frozenset({"location", "enter_agent", "subscribe", "unsubscribe"})
"""Events that happen without a person asking for anything; a refusal of them is not spoken."""

ANSWERED_EVENTS = frozenset(
    {"click", "scancode_waitmsg", "template_card_event", "template_card_menu_event", "taskcard_click"}
)
"""Events by which a person asks for something; without a handler they get an answer all the same."""

OPENING_EVENTS = ANSWERED_EVENTS | {"subscribe", "scan"}
"""Events by which somebody becomes known as a candidate; a late receipt does not bring anybody back."""

LONGEST_USERID = 64

NUMBER = re.compile(r"[0-9 \-]+")
"""A text of digits alone; a handler of the event `number` deals with it."""

log = structlog.get_logger("dispatch")


class Unavailable(Exception):
    """The database cannot take the message now."""


class Handled(StrEnum):
    """What the dispatcher did with a message."""

    DONE = "done"
    REPEATED = "repeated"


@dataclass(frozen=True)
class Destination:
    """Where answers to a person go."""

    channel: Channel
    recipient: str


class Dispatcher:
    """Takes inbound messages through the handlers into the outbox."""

    def __init__(
        self,
        database: Database,
        router: Router,
        texts: Texts,
        clock: Clock,
        policy: Policy,
        calendar: WorkCalendar,
        *,
        public_url: str,
        maintainers: Sequence[str],
    ) -> None:
        self._database = database
        self._router = router
        self._texts = texts
        self._clock = clock
        self._policy = policy
        self._calendar = calendar
        self._public_url = public_url
        self._maintainers = maintainers
        self._commands_of_roles: dict[frozenset[str], Sequence[Command]] = {}
        self._titles = router.titles()
        self.understanding = Understanding(router, policy)

    def handle(self, message: Message, begin: Begin | None = None) -> Handled:
        """Deal with one message, once, in what `begin` begins; in a transaction of its own without it.

        A refusal becomes an answer. A bug rolls everything back, is apologised for and reported.

        Raises:
            Unavailable: the database is out of reach; the platform is asked to send the message again.
            Undone: what `begin` began was taken back together with other messages.
        """
        begin = begin or self._database.writing
        now = self._clock.now()
        try:
            try:
                with begin() as session:
                    if not self._receive(session, message, now):
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

    def post_notices(
        self,
        session: Session,
        key: str,
        notices: Iterable[Notice | CloseCards],
        now: datetime,
        tapped: str | None = None,
    ) -> None:
        """Render notices into the outbox; `key` names what caused them, `tapped` the card that was tapped."""
        delivery = self._policy.delivery
        lifetime = timedelta(minutes=delivery.push_expires_minutes)
        outgoing: list[Outgoing] = []
        for number, notice in enumerate(notices):
            if isinstance(notice, CloseCards):
                button = {"replace_name": self._texts.render(notice.block, notice.values)}
                change = {"button": button}
                messaging.update_card(session, about=notice.about, change=change, now=now, but_for=tapped)
                continue
            if isinstance(notice.to, Employee) and not notice.to.is_here(now):
                continue  # who has left is told nothing any more
            to = _destination(notice.to)
            named = f"{key}:notice:{number}"
            text = self._texts.render(notice.block, notice.values)
            until = notice.expires_at or now + lifetime
            when: dict[str, Any] = {
                "priority": Priority.PUSH,
                "only_if": notice.only_if,
                "subject_id": notice.subject_id,
                "expires_at": until,
            }
            cover = _cover(session, to, notice.cover, until)
            outgoing += self._outgoing(to, text, named, cover=cover, about=notice.about, **when)
            outgoing += [
                _file(session, to, attachment, f"{named}:file:{place}", until, **when)
                for place, attachment in enumerate(notice.attachments)
            ]
        per_second = delivery.pushes_per_second
        messaging.post(session, outgoing, now=now, lifetime=lifetime, per_second=per_second)

    def post_files(
        self,
        session: Session,
        key: str,
        me: Person,
        files: Sequence[Attachment],
        now: datetime,
    ) -> None:
        """Files that belong to an answer of the JSON API go into the chat of the person who asked."""
        to = _destination(me)
        lifetime = timedelta(minutes=self._policy.delivery.answer_expires_minutes)
        outgoing = [
            _file(session, to, file, f"{key}:file:{number}", now + lifetime)
            for number, file in enumerate(files)
        ]
        messaging.post(session, outgoing, now=now, lifetime=lifetime)

    def tell_maintainers(
        self, session: Session, key: str, block: str, values: dict[str, Any], now: datetime
    ) -> None:
        """Put a report for every maintainer into the outbox."""
        outgoing: list[Outgoing] = []
        text = self._texts.render(block, values)
        for maintainer in self._maintainers:
            to = Destination(Channel.WECOM, maintainer)
            outgoing += self._outgoing(to, text, f"{key}:maintainer:{maintainer}")
        lifetime = timedelta(minutes=self._policy.delivery.answer_expires_minutes)
        messaging.post(session, outgoing, now=now, lifetime=lifetime)

    def report_refusal(self, session: Session, channel: str, code: int, error: str, now: datetime) -> None:
        """Tell the maintainers, once a day, that the platform refuses calls until somebody acts."""
        log.error("calls_refused", channel=channel, code=code, error=error)
        values = {"channel": channel, "code": code, "at": now}
        self.tell_maintainers(
            session, f"refused:{channel}:{code}:{now:%Y%m%d}", "common/refused_calls", values, now
        )

    def report_crash(self, handler: str, bug: Exception) -> str:
        """Log a bug and tell the maintainers; returns the id under which it is found in the log."""
        trace_id = secrets.token_hex(4)
        log.error("crashed", trace_id=trace_id, handler=handler, exc_info=bug)
        now = self._clock.now()
        with self._database.writing() as session:
            self.tell_of_crash(session, f"crash:{trace_id}", handler, bug, trace_id, now)
        return trace_id

    def tell_of_crash(
        self, session: Session, key: str, handler: str, bug: Exception, trace_id: str, now: datetime
    ) -> None:
        """Tell the maintainers of a bug; `key` names what it came of."""
        values = {"handler": handler, "error": type(bug).__name__, "trace_id": trace_id}
        safe = {**mask_values(values), "at": now}
        self.tell_maintainers(session, key, "common/crash_notice", safe, now)

    def context(self, session: Session, me: Person | Stranger, now: datetime, **more: Any) -> Context:
        """What a handler of this person may use."""
        return Context(
            session=session,
            me=me,
            now=now,
            calendar=self._calendar,
            policy=self._policy,
            commands=self._commands(me),
            words=self._texts.words,
            titles=self._titles,
            **more,
        )

    def defer(
        self, session: Session, key: str, me: Person | Stranger, parts: Iterable[object], now: datetime
    ) -> None:
        """Enter the slow parts of an answer: a worker makes them after the commit (docs/adr/0022)."""
        lifetime = timedelta(minutes=self._policy.delivery.answer_expires_minutes)
        for number, later in enumerate(part for part in parts if isinstance(part, Later)):
            assert isinstance(me, Employee), "only employees are answered later"
            planning.defer(
                session,
                key=f"later:{key}:{number}",
                kind=later.kind,
                employee_id=me.id,
                arguments=later.arguments,
                at=now,
                expires_at=now + lifetime,
            )

    def make_deferred(self, kind: str, ctx: Context) -> Sequence[Reply | Attachment]:
        """The slow part of an answer; its session only reads. A refusal is an answer, too."""
        route = self._router.deferred[kind]
        try:
            self.check_right(ctx.me, route.may)
            answer = route.handler(ctx)
        except DomainError as refusal:
            return [Reply(f"{refusal.texts}/{refusal.code()}", **refusal.facts)]
        return _answers(route, list(answer) if isinstance(answer, Sequence) else [answer])

    def post_answers(
        self,
        session: Session,
        key: str,
        me: Person | Stranger,
        answers: Sequence[Reply | Attachment],
        now: datetime,
        message: Message | None = None,
    ) -> None:
        """Render answers to somebody into the outbox; `key` names what they answer."""
        to = _destination(me) if message is None else _origin(me, message)
        lifetime = timedelta(minutes=self._policy.delivery.answer_expires_minutes)
        until = now + lifetime
        outgoing: list[Outgoing] = []
        for number, answer in enumerate(answers):
            named = f"{key}:{number}"
            if isinstance(answer, Attachment):
                outgoing.append(_file(session, to, answer, named, until))
                continue
            if message is not None:
                outgoing += self._card_updates(to, message, answer)
            text = self._texts.render(answer.block, answer.values)
            cover = _cover(session, to, answer.cover, until)
            outgoing += self._outgoing(to, text, named, cover=cover, about=answer.about)
        messaging.post(session, outgoing, now=now, lifetime=lifetime)

    def _commands(self, me: Person | Stranger) -> Sequence[Command]:
        """What a person of these roles may say."""
        if isinstance(me, Stranger):
            return ()
        roles = staff.roles_of(me) if isinstance(me, Employee) else me.roles
        if roles not in self._commands_of_roles:
            audience = Audience.EMPLOYEE if isinstance(me, Employee) else Audience.CANDIDATE
            self._commands_of_roles[roles] = tuple(
                command
                for command in self._router.commands_of(audience)
                if not command.hidden
                and (command.may is None or staff.may(roles, command.may, self._policy.rights))
            )
        return self._commands_of_roles[roles]

    def _receive(self, session: Session, message: Message, now: datetime) -> bool:
        session.info[audit.CAUSE] = message.key
        return messaging.receive(
            session,
            key=message.key,
            account=message.account,
            sender=message.sender,
            kind=message.kind,
            event=message.event,
            sent_at=message.sent_at,
            received_at=now,
            fields=keepable(message),
            act=message.act,
        )

    @staticmethod
    def _note_directory_change(session: Session, message: Message, now: datetime) -> None:
        """A change in the directory asks to read somebody again; what else it says is not believed (2.4)."""
        if message.account is not Account.CONTACTS or message.event != "change_contact":
            return
        what, _, of = str(message.fields.get("ChangeType", "")).partition("_")
        deleted = what == "delete"
        if of == "user":
            key, new_key = (str(message.fields.get(name) or "") for name in ("UserID", "NewUserID"))
            if 0 < len(key) <= LONGEST_USERID and len(new_key) <= LONGEST_USERID:
                kind = ChangeKind.MEMBER
                directory.note_change(session, kind=kind, key=key, new_key=new_key, deleted=deleted, at=now)
        elif of == "party":
            number = str(message.fields.get("Id") or "")
            if re.fullmatch(r"[0-9]{1,9}", number):
                kind = ChangeKind.DEPARTMENT
                directory.note_change(session, kind=kind, key=number, deleted=deleted, at=now)

    def _answer(self, session: Session, message: Message, now: datetime) -> None:
        self._note_signs(session, message, now)
        self._note_directory_change(session, message, now)
        me = self._identify(session, message, now)
        if me is None:
            self._answer_unknown_sender(session, message, now)
            return
        if not isinstance(me, Stranger) and self._is_other_half(session, message, now):
            messaging.conclude(session, key=message.key, outcome=Outcome.KEPT)
            return
        ctx = self.context(session, me, now, message=message)
        route, ctx = self.route(ctx, message)
        if route is None and isinstance(me, Stranger):
            self._answer_unknown_sender(session, message, now)
            return
        if route is None:
            self._answer_unrouted(ctx, message)
            return
        route, ctx = self.confirmed(route, ctx)
        self.check_right(me, route.may)
        answer = route.handler(ctx)
        self._note_command(ctx, message, route)
        self._post_answer(ctx, message, route, answer)

    def confirmed(self, route: Route, ctx: Context) -> tuple[Route, Context]:
        """For 「确认」 the handler that carries the proposal out, for 「撤销」 the one that takes it back.

        For the answer to a question it is the one of the sentence; every other route stays as it is.

        Raises:
            DomainError: there is nothing to confirm, to undo or to answer; the subclass says why.
        """
        if not isinstance(ctx.me, Employee):
            return route, ctx
        if route.handler in (undo, undo_by_card, undo_by_api):
            return self._undone(ctx, ctx.me)
        if route.handler is choose:
            return self._answered(ctx, ctx.me)
        if route.handler is confirm:
            id_, code = read_confirmation(
                ctx.args, by_card=ctx.message is None or ctx.message.card is not None
            )
        elif route.handler is confirm_by_api:
            id_, code = ctx.path["id"], ctx.body.code
        else:
            return route, ctx
        actor = ctx.me
        if id_ is None:
            newest = proposals.newest_open(ctx.session, actor=actor, at=ctx.now)
            if newest is None:
                raise proposals.NothingToConfirm()
            id_ = newest.id

        def is_right() -> bool:
            return proposals.use_code(ctx.session, actor=actor, code=code, at=ctx.now)

        proposal = proposals.take(
            ctx.session, actor=actor, id_=id_, at=ctx.now, is_right=is_right if code else None
        )
        return self._router.confirmations[proposal.kind], replace(ctx, proposal=proposal)

    def _undone(self, ctx: Context, actor: Employee) -> tuple[Route, Context]:
        """The handler that takes back what the actor did, once the messages about it are taken back."""
        given = ctx.path.get("id") or (int(ctx.args) if ctx.args.isdecimal() else None)
        if given is None:
            distribution.require_none_under_way(ctx.session, actor=actor, policy=ctx.policy)
        undoable = proposals.take_back(ctx.session, actor=actor, at=ctx.now, id_=given)
        taken = messaging.recall_because(ctx.session, cause=undoable.cause, at=ctx.now)
        inverse = self._router.inverses[undoable.kind]
        kept = [staff.find_employee(ctx.session, wecom_id, at=ctx.now) for wecom_id in taken.kept_by]
        told = [
            Notice(person, "undo/never_mind", {"by": actor, "at": undoable.done_at})
            for person in kept
            if person is not None and person.id != actor.id
        ]

        @wraps(inverse.handler)
        def handler(inner: Context) -> Answer:
            answer = inverse.handler(inner)
            parts = list(answer) if isinstance(answer, Sequence) else [answer]
            return [part for part in (*parts, *told) if part is not None and not isinstance(part, Page)]

        return replace(inverse, handler=handler), replace(ctx, undoable=undoable, taken_back=taken)

    def _answered(self, ctx: Context, actor: Employee) -> tuple[Route, Context]:
        """The sentence again, with the answer that was tapped or typed."""
        id_, _, choice = ctx.args.partition(".")
        proposal = proposals.take(
            ctx.session, actor=actor, id_=int(id_) if id_.isdecimal() else 0, at=ctx.now
        )
        said = ctx.message.text if ctx.message is not None else ""
        chosen = int(choice) if choice.isdecimal() else None
        return self.understanding.go_on(ctx, proposal, chosen, said)

    def check_right(self, me: Person | Stranger, action: str | None) -> None:
        """Refuse unless a role of this person includes the action; how far is the operation's to decide.

        Raises:
            NotPermitted: none does.
        """
        roles = staff.roles_of(me) if isinstance(me, Employee) else me.roles
        if action is not None and not staff.may(roles, action, self._policy.rights):
            raise NotPermitted(action=action)

    @staticmethod
    def _note_command(
        ctx: Context, message: Message, route: Route, refusal: DomainError | None = None
    ) -> None:
        """Every command stands in the evidence trail: by what it changed, else by its own row."""
        asked = message.kind is not Kind.EVENT or message.event in ANSWERED_EVENTS
        if asked and not isinstance(ctx.me, Stranger) and not audit.recorded(ctx.session):
            note_command(ctx, route, refusal)

    def _refuse(self, message: Message, now: datetime, refusal: DomainError, begin: Begin) -> Handled:
        """A rule said no: nothing the handler did is kept, and the person is told why.

        The first transaction is gone and another half of the same act may have come meanwhile, so
        dedupe and pairing are asked again.
        """
        log.info("refused", kind=message.kind, event_name=message.event, refusal=refusal.code())
        with begin() as session:
            if not self._receive(session, message, now):
                return Handled.REPEATED
            me = self._identify(session, message, now)
            silent = message.event in AUTOMATIC_EVENTS or self._is_other_half(session, message, now)
            if me is None or silent:
                messaging.conclude(session, key=message.key, outcome=Outcome.KEPT)
                return Handled.DONE
            route, ctx = self.route(self.context(session, me, now, message=message), message)
            if route is not None:
                self._note_command(ctx, message, route, refusal)
            note_refusal(ctx, refusal)
            self._post_replies(ctx, message, [Reply(f"{refusal.texts}/{refusal.code()}", **refusal.facts)])
            messaging.conclude(session, key=message.key, outcome=Outcome.REFUSED)
        return Handled.DONE

    def _note_signs(self, session: Session, message: Message, now: datetime) -> None:
        """What the message tells about earlier ones of ours: tapped, delivered, or a window opened."""
        if message.card is not None:
            messaging.note_answered(session, reference=message.card.task_id)
        if message.account is not Account.OFFICIAL:
            return
        if message.event == "templatesendjobfinish":
            status = str(message.fields.get("Status", "")).replace(" ", "")
            msgid = str(message.fields.get("MsgID", ""))
            messaging.note_receipt(session, msgid=msgid, delivered=status == "success", status=status)
        elif message.kind is not Kind.EVENT or message.event in ANSWERED_EVENTS | AUTOMATIC_EVENTS:
            messaging.free_window(session, recipient=message.sender, now=now)

    def _identify(self, session: Session, message: Message, now: datetime) -> Person | Stranger | None:
        """The person behind the sender; a follower of the service account is entered on first sight."""
        if message.account is Account.OFFICIAL:
            follower = staff.find_candidate(session, message.sender)
            if message.event and message.event not in OPENING_EVENTS:
                return follower
            scene = (
                message.event_key.removeprefix("qrscene_") or None if message.event == "subscribe" else None
            )
            return follower or staff.follow(session, openid=message.sender, at=now, scene=scene)
        if message.account is Account.WECOM:
            known = staff.find_employee(session, message.sender, at=now, lock=not self._database.sqlite)
            return known or (Stranger(message.sender) if message.sender != "sys" else None)
        return None

    def _is_other_half(self, session: Session, message: Message, now: datetime) -> bool:
        if message.act is None:
            return False
        since = now - timedelta(seconds=self._policy.inbox.other_half_seconds)
        return messaging.is_other_half(
            session, key=message.key, act=message.act, kind=message.kind, since=since
        )

    def route(self, ctx: Context, message: Message) -> tuple[Route | None, Context]:
        """The handler of a message, with what it is to be given; None if there is none. It only reads."""
        audience = _audience(ctx.me)
        if message.kind is Kind.TEXT:
            return self._route_text(ctx, audience, message.text)
        if message.event in ANSWERED_EVENTS:
            key, _, args = message.event_key.partition(":")
            return self._router.taps.get((audience, key)), replace(ctx, args=args)
        name = message.event or f"{message.kind}_message"
        return self._router.events.get((audience, name)), ctx

    def _route_text(self, ctx: Context, audience: Audience, text: str) -> tuple[Route | None, Context]:
        """The handler of a text: a command by its word, else a sentence, else the answer to a question.

        A word alone or apart is meant as it is; one that runs on, or that the person may not say,
        may also be the beginning of a sentence.
        """
        found = self._command(audience, text)
        if found is not None and found[2] and self._may_say(ctx.me, found[0]):
            return found[0], replace(ctx, args=found[1])
        waiting = self.understanding.waiting(ctx)
        if waiting is not None and self.understanding.is_answer(ctx, waiting, text):
            return self._router.taps[audience, "meant"], replace(ctx, args=str(waiting.id))
        spoken = self.understanding.read(ctx, text)
        forbidden = found is not None and found[2]
        if spoken is not None and not (forbidden and spoken[1].ask is not None):
            return spoken
        if found is not None:
            return found[0], replace(ctx, args=found[1])
        if NUMBER.fullmatch(normalise(text)) and (audience, "number") in self._router.events:
            return self._router.events[audience, "number"], ctx
        return None, ctx

    def _may_say(self, me: Person | Stranger, command: Command) -> bool:
        roles = staff.roles_of(me) if isinstance(me, Employee) else me.roles
        return command.may is None or staff.may(roles, command.may, self._policy.rights)

    def _command(self, audience: Audience, said: str) -> tuple[Command, str, bool] | None:
        """The command meant by a text, what follows its word, and whether the word stands alone or apart."""
        text = normalise(said)
        for form in readings(text) or [unicodedata.normalize("NFKC", said).strip()]:
            if (found := self._router.commands.get((audience, form))) is not None:
                return found, "", True
        words = sorted(
            (
                word
                for (who, word), command in self._router.commands.items()
                if who == audience and command.takes_args
            ),
            key=len,
            reverse=True,
        )
        plain = " ".join(said.split())
        for word in words:
            if plain.lower().startswith(word):
                rest = plain[len(word) :]
                return self._router.commands[audience, word], rest.strip(), not rest[:1].isalnum()
        return None

    def _answer_unknown_sender(self, session: Session, message: Message, now: datetime) -> None:
        asked = message.kind is not Kind.EVENT or message.event in ANSWERED_EVENTS
        if (
            message.account is Account.WECOM
            and message.sender != "sys"
            and (asked or message.event == "subscribe")
        ):
            text = self._texts.render("common/unknown_sender", {"wecom_id": message.sender})
            to = Destination(Channel.WECOM, message.sender)
            lifetime = timedelta(minutes=self._policy.delivery.answer_expires_minutes)
            messaging.post(
                session, self._outgoing(to, text, f"reply:{message.key}"), now=now, lifetime=lifetime
            )
            messaging.conclude(session, key=message.key, outcome=Outcome.UNKNOWN_SENDER)
            return
        messaging.conclude(session, key=message.key, outcome=Outcome.KEPT)

    def _answer_unrouted(self, ctx: Context, message: Message) -> None:
        """Nobody is left without an answer; events that nobody asked for are only kept."""
        if message.kind is Kind.TEXT and isinstance(ctx.me, Employee) and not ctx.me.posts:
            reply = Reply("common/without_post", employee=ctx.me)
            outcome = Outcome.MISUNDERSTOOD
        elif message.kind is Kind.TEXT:
            said = normalise(message.text)
            near = nearest(said, self._words(ctx))
            usage = [] if near else self._usage(ctx, said)
            reply = Reply("common/unknown_command", said=message.text.strip(), near=near, usage=usage)
            outcome = Outcome.MISUNDERSTOOD
        elif message.event in ANSWERED_EVENTS:
            reply, outcome = Reply("common/stale_key"), Outcome.MISUNDERSTOOD
        elif message.kind is not Kind.EVENT:
            reply, outcome = Reply("common/unsupported_kind", kind=message.kind), Outcome.MISUNDERSTOOD
        else:
            messaging.conclude(ctx.session, key=message.key, outcome=Outcome.KEPT)
            return
        self._post_replies(ctx, message, [reply])
        messaging.conclude(ctx.session, key=message.key, outcome=outcome)

    def _usage(self, ctx: Context, said: str) -> list[Command]:
        """The commands that somebody wrote a sentence about."""
        command_of = {word: command for command in ctx.commands for word in command.words}
        return list(dict.fromkeys(command_of[word] for word in mentioned(said[:LONGEST], command_of)))

    def _words(self, ctx: Context) -> list[str]:
        return [word for command in ctx.commands for word in command.words if len(word) > 1]

    def _post_answer(self, ctx: Context, message: Message, route: Route, answer: Answer) -> None:
        if answer is None:
            messaging.conclude(ctx.session, key=message.key, outcome=Outcome.KEPT)
            return
        assert not isinstance(answer, Page), f"{route.name} answers a message with a page"
        parts = list(answer) if isinstance(answer, Sequence) else [answer]
        tapped = message.card.task_id if message.card else None
        # Cards that are over are closed before new ones about the same thing are posted.
        closing = [part for part in parts if isinstance(part, CloseCards)]
        self.post_notices(ctx.session, message.key, closing, ctx.now, tapped)
        self._post_replies(ctx, message, _answers(route, parts))
        self.defer(ctx.session, message.key, ctx.me, parts, ctx.now)
        notices = [part for part in parts if isinstance(part, Notice)]
        self.post_notices(ctx.session, message.key, notices, ctx.now)

    def _post_replies(self, ctx: Context, message: Message, replies: Sequence[Reply | Attachment]) -> None:
        self.post_answers(ctx.session, f"reply:{message.key}", ctx.me, replies, ctx.now, message)

    def _card_updates(self, to: Destination, message: Message, reply: Reply) -> list[Outgoing]:
        """The tapped card gets a new button text, where the texts have one for this answer."""
        button = f"{reply.block}_button"
        if message.card is None or not message.card.response_code or not self._texts.has(button):
            return []
        payload = {
            "response_code": message.card.response_code,
            "button": {"replace_name": self._texts.render(button, reply.values)},
        }
        key = f"card:{message.key}"
        ends = message.sent_at + messaging.CARD_SPAN
        return [Outgoing(key, to.channel, to.recipient, OutboundKind.CARD_UPDATE, payload, expires_at=ends)]

    def _outgoing(
        self, to: Destination, text: str, key: str, *, cover: Mapping[str, str] | None = None, **more: Any
    ) -> list[Outgoing]:
        if to.channel is Channel.WECOM:
            bodies = wecom_bodies(text, key, self._public_url, cover)
        else:
            bodies = official_bodies(text, self._public_url, cover)
        return [
            Outgoing(f"{key}:{number}", to.channel, to.recipient, _kind(body), body, **more)
            for number, body in enumerate(bodies)
        ]

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
            if not self._receive(session, message, now):
                return Handled.REPEATED
            messaging.conclude(session, key=message.key, outcome=Outcome.CRASHED)
            asked = message.kind is not Kind.EVENT or message.event in ANSWERED_EVENTS
            if asked and message.account is not Account.CONTACTS:
                to = Destination(Channel(message.account), message.sender)
                text = self._texts.render("common/crashed", {})
                lifetime = timedelta(minutes=self._policy.delivery.answer_expires_minutes)
                messaging.post(
                    session, self._outgoing(to, text, f"reply:{message.key}"), now=now, lifetime=lifetime
                )
            handler = message.event_key or message.event or str(message.kind)
            self.tell_of_crash(session, f"crash:{message.key}", handler, bug, trace_id, now)
        return Handled.DONE


def note_command(ctx: Context, route: Route, refusal: DomainError | None = None) -> None:
    """Enter into the evidence trail that somebody asked for something, and whether it was refused."""
    audit.record(
        ctx.session,
        at=ctx.now,
        actor=ctx.me.subject,
        action=f"command.{route.name}"[:60],
        outcome=AuditOutcome.REFUSED if refusal else AuditOutcome.DONE,
        details={"refusal": refusal.code()} if refusal else {},
        personal={ctx.me.subject: {"args": ctx.args}} if ctx.args else {},
    )


def note_refusal(ctx: Context, refusal: DomainError) -> None:
    """Keep what a refusal leaves behind though all else of it is undone: wrong codes, refused contacts."""
    proposals.note_refusal(ctx.session, refusal=refusal)
    contact.note_refusal(ctx.session, actor=ctx.me.subject, refusal=refusal, at=ctx.now)


def _audience(me: Person | Stranger) -> Audience:
    if isinstance(me, Stranger):
        return Audience.STRANGER
    return Audience.EMPLOYEE if isinstance(me, Employee) else Audience.CANDIDATE


def _destination(person: Person | Stranger) -> Destination:
    if isinstance(person, Employee | Stranger):
        return Destination(Channel.WECOM, person.wecom_id)
    assert person.openid is not None, "a candidate without the service account gets no message there"
    return Destination(Channel.OFFICIAL, person.openid)


def _origin(me: Person | Stranger, message: Message) -> Destination:
    """Where the answer to a message goes: to the WeChat it came from, whosever that turned out to be."""
    if message.account is Account.OFFICIAL:
        return Destination(Channel.OFFICIAL, message.sender)
    return _destination(me)


def _answers(route: Route, parts: Sequence[object]) -> list[Reply | Attachment]:
    """What goes to the person who asked, in its order."""
    return [
        _with_texts_of(route, part) if isinstance(part, Reply) else part
        for part in parts
        if isinstance(part, Reply | Attachment)
    ]


def _with_texts_of(route: Route, reply: Reply) -> Reply:
    """The reply with its block named in full."""
    if "/" in reply.block:
        return reply
    return Reply(
        f"{route.texts}/{reply.block}",
        data=reply.data,
        cover=reply.cover,
        about=reply.about,
        **reply.values,
    )


def _kind(body: Mapping[str, Any]) -> OutboundKind:
    return OutboundKind.TEMPLATE if "template_id" in body else OutboundKind.MESSAGE


def _cover(
    session: Session, to: Destination, cover: Attachment | None, until: datetime
) -> Mapping[str, str] | None:
    """What stands for the picture that belongs to a text; its bytes are kept until then."""
    if cover is None:
        return None
    return messaging.attach(
        session, attachment=cover, channel=to.channel, use=cover_use(to.channel), until=until
    )


def _file(
    session: Session, to: Destination, attachment: Attachment, key: str, until: datetime, **more: Any
) -> Outgoing:
    """A file as a message of its own; its bytes are kept until then.

    Raises:
        DomainError: this account does not take it; the subclass says why.
    """
    media = messaging.attach(
        session, attachment=attachment, channel=to.channel, use=attachment.kind, until=until
    )
    cover = _cover(session, to, attachment.cover, until) if to.channel is Channel.OFFICIAL else None
    body = attachment_body(attachment, media, cover)
    return Outgoing(key, to.channel, to.recipient, OutboundKind.MESSAGE, body, **more)
