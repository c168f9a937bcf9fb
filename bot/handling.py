"""How a handler is called, whatever asked for it: a message, a page, an endpoint or a slow answer.

What it may use (`Handling.context`), whether the person may ask (`check_right`), what 「确认」 and 「撤销」
stand for (`confirmed`), and what stays of it in the evidence trail (`note_command`, `note_refusal`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any

from sqlalchemy.orm import Session

from bot.texts import Texts
from bot.understanding import Understanding
from handlers.asking import choose
from handlers.base import (
    Answer,
    Attachment,
    Audience,
    Command,
    Context,
    Notice,
    Page,
    Reply,
    Route,
    Router,
    Stranger,
)
from handlers.confirm import confirm, confirm_by_api, read_confirmation
from handlers.undo import undo, undo_by_api, undo_by_card
from models import audit, contact, distribution, messaging, proposals, staff
from models.audit import AuditOutcome
from models.calendar import WorkCalendar
from models.errors import DomainError, NotPermitted
from models.policy import Policy
from models.staff import Employee, Person


class Handling:
    """Everything that stands between a route and the call of its handler."""

    def __init__(
        self,
        router: Router,
        understanding: Understanding,
        texts: Texts,
        policy: Policy,
        calendar: WorkCalendar,
    ) -> None:
        self._router = router
        self._understanding = understanding
        self._texts = texts
        self._policy = policy
        self._calendar = calendar
        self._commands_of_roles: dict[frozenset[str], Sequence[Command]] = {}
        self._titles = router.titles()

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

    def check_right(self, me: Person | Stranger, action: str | None) -> None:
        """Refuse unless a role of this person includes the action; how far is the operation's to decide.

        Raises:
            NotPermitted: none does.
        """
        roles = staff.roles_of(me) if isinstance(me, Employee) else me.roles
        if action is not None and not staff.may(roles, action, self._policy.rights):
            raise NotPermitted(action=action)

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

    def make_deferred(self, kind: str, ctx: Context) -> Sequence[Reply | Attachment]:
        """The slow part of an answer; its session only reads. A refusal is an answer, too."""
        route = self._router.deferred[kind]
        try:
            self.check_right(ctx.me, route.may)
            answer = route.handler(ctx)
        except DomainError as refusal:
            return [reply_of(refusal)]
        return answers_of(route, list(answer) if isinstance(answer, Sequence) else [answer])

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

    def _undone(self, ctx: Context, actor: Employee) -> tuple[Route, Context]:
        """The handler that takes back what the actor did, once the messages about it are taken back."""
        given = ctx.path.get("id") or (int(ctx.args) if ctx.args.isdecimal() else None)
        if given is None:
            distribution.require_none_under_way(ctx.session, actor=actor, policy=ctx.policy)
        undoable = proposals.to_take_back(ctx.session, actor=actor, at=ctx.now, id_=given)
        if undoable.kind in self._router.ordered:
            return self._router.inverses[undoable.kind], replace(ctx, undoable=undoable)
        proposals.take_back(ctx.session, actor=actor, at=ctx.now, id_=undoable.id)
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
        return self._understanding.go_on(ctx, proposal, chosen, said)


def answers_of(route: Route, parts: Sequence[object]) -> list[Reply | Attachment]:
    """What of an answer goes to the person who asked, in its order."""
    return [
        _with_texts_of(route, part) if isinstance(part, Reply) else part
        for part in parts
        if isinstance(part, Reply | Attachment)
    ]


def block_of(route: Route, reply: Reply) -> str:
    """The full name of the reply's text block: the route's texts are left out where they are meant."""
    return reply.block if "/" in reply.block else f"{route.texts}/{reply.block}"


def reply_of(refusal: DomainError) -> Reply:
    """How a refusal is said."""
    return Reply(f"{refusal.texts}/{refusal.code()}", **refusal.facts)


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


def _with_texts_of(route: Route, reply: Reply) -> Reply:
    return Reply(
        block_of(route, reply),
        data=reply.data,
        cover=reply.cover,
        about=reply.about,
        brief=reply.brief,
        completing=reply.completing,
        **reply.values,
    )
