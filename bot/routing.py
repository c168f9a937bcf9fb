"""Which handler a message is for: by its command word, as a sentence, by its button, or by its event."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.receiving import ANSWERED_EVENTS
from bot.understanding import Understanding
from handlers.base import Audience, Command, Context, Kind, Message, Reply, Route, Router, Stranger
from handlers.parsing import LONGEST, chosen, mentioned, nearest, normalise, readings
from models import enquiries, messaging, staff, training
from models.messaging import Channel
from models.policy import Policy
from models.staff import Candidate, Employee, Person
from models.training import QuestionKind

NUMBER = re.compile(r"[0-9 \-]+")
"""A text of digits alone; a handler of the event `number` deals with it."""


HEARD, GIVE_UP = "heard", "give_up"
"""The taps for words of a candidate that nothing waits for, and for those that end an application."""
TOPICS = "own_words/topics"
WHOLE = ("heard_thanks", "heard_hello")
"""The topics whose words must be all that is said."""
LONGEST_PHRASE = 60
"""What is longer is no phrase."""
LONGEST_ANSWER = 120
"""What is longer is no answer in an exam: an option has no more characters."""
SHORT = 12
"""Words not longer than this that give up are no part of a request, whatever was asked."""


@dataclass(frozen=True)
class _Phrased:
    """A command, and what is typed behind its word."""

    command: Command
    args: str
    asks: bool


class Routing:
    """Finds the handler of a message, or what to say where there is none. It only reads."""

    def __init__(self, router: Router, understanding: Understanding, policy: Policy) -> None:
        self._router = router
        self._understanding = understanding
        self._policy = policy
        self._beginnings = _beginnings(router)

    def route(self, ctx: Context, message: Message) -> tuple[Route | None, Context]:
        """The handler of a message, with what it is to be given; None if there is none."""
        audience = _audience(ctx.me)
        if message.kind is Kind.TEXT:
            return self._route_text(ctx, audience, message.text)
        if message.event in ANSWERED_EVENTS:
            key, _, args = message.event_key.partition(":")
            return self._router.taps.get((audience, key)), replace(ctx, args=args)
        name = message.event or f"{message.kind}_message"
        return self._router.events.get((audience, name)), ctx

    def guess(self, ctx: Context, message: Message) -> Reply | None:
        """What to say to a message without a handler; None for events that nobody asked for."""
        if message.kind is Kind.TEXT and isinstance(ctx.me, Employee) and not ctx.me.posts:
            return Reply("common/without_post", employee=ctx.me)
        if message.kind is Kind.TEXT:
            said = normalise(message.text)
            near = nearest(
                said, [word for command in ctx.commands for word in command.words if len(word) > 1]
            )
            usage = [] if near else _usage(ctx, said)
            return Reply("common/unknown_command", said=message.text.strip(), near=near, usage=usage)
        if message.event in ANSWERED_EVENTS:
            return Reply("common/stale_key")
        if message.kind is not Kind.EVENT:
            return Reply("common/unsupported_kind", kind=message.kind)
        return None

    def _route_text(self, ctx: Context, audience: Audience, text: str) -> tuple[Route | None, Context]:
        """The handler of a text: a command by its word, else the answer to a question, else a sentence.

        What candidates were asked last they answer by a number, by its words, or in words of their own; who
        was asked in an exam or a review answers by 「B」 or 「对」, and all else means what it always means.

        A word alone or apart is meant as it is; one that runs on, or that the person may not say,
        may also be the beginning of a sentence.
        """
        found = self._command(audience, text)
        if found is not None and found[2] and self._may_say(ctx.me, found[0]):
            return found[0], self._understanding.typed(ctx, found[0], found[1])
        if isinstance(ctx.me, Candidate):
            answer = self._answer_of_candidate(ctx, text)
            if answer is not None:
                return answer
        phrase = self._phrase(audience, text)
        waiting = None if phrase is not None and phrase.asks else self._understanding.waiting(ctx)
        if waiting is not None and self._understanding.is_answer(ctx, waiting, text):
            return self._router.taps[audience, "meant"], replace(ctx, args=str(waiting.id))
        if phrase is not None:
            return phrase.command, self._understanding.typed(ctx, phrase.command, phrase.args)
        answer = self._answer_of_employee(ctx, text)
        if answer is not None:
            return answer
        spoken = self._understanding.read(ctx, text)
        forbidden = found is not None and found[2]
        if spoken is not None and not (forbidden and spoken[1].ask is not None):
            return spoken
        if found is not None:
            return found[0], self._understanding.typed(ctx, found[0], found[1])
        if NUMBER.fullmatch(normalise(text)) and (audience, "number") in self._router.events:
            return self._router.events[audience, "number"], ctx
        if isinstance(ctx.me, Candidate):
            return self._router.taps.get((audience, _topic(ctx, text) or HEARD)), replace(ctx, args="")
        return None, ctx

    def _answer_of_candidate(self, ctx: Context, text: str) -> tuple[Route, Context] | None:
        """The tap that a text stands for: an option of the newest menu, or words that are waited for."""
        recipient = ctx.candidate.openid or ""
        options = messaging.newest_menu(ctx.session, channel=Channel.OFFICIAL, recipient=recipient)
        key = chosen(text, options)
        if key is None:
            key = enquiries.awaited_words(ctx.session, candidate=ctx.candidate) or ""
            if key.startswith(enquiries.REQUEST) and len(text) <= SHORT and _topic(ctx, text) == GIVE_UP:
                key = GIVE_UP
        name, _, args = key.partition(":")
        route = self._router.taps.get((Audience.CANDIDATE, name))
        return None if route is None else (route, replace(ctx, args=args))

    def _answer_of_employee(self, ctx: Context, text: str) -> tuple[Route, Context] | None:
        """The tap that a short answer stands for: to the open question of an exam, else of a review."""
        if not isinstance(ctx.me, Employee) or len(text) > LONGEST_ANSWER:
            return None
        attempt = training.open_try(ctx.session, ctx.me, ctx.now)
        asked: training.Asked | training.Reviewing | None
        if attempt is not None:
            asked, key = training.next_question(ctx.session, attempt), "exam_answer"
        else:
            asked, key = (
                training.open_review(ctx.session, ctx.me, ctx.now, ctx.policy.training),
                "review_answer",
            )
        if asked is None:
            return None
        several, judge = asked.kind == QuestionKind.MULTIPLE, asked.kind == QuestionKind.JUDGE
        shown = training.read_choice(text, asked.options, several=several, judge=judge)
        if shown is None:
            return None
        places = ",".join(str(one) for one in shown)
        return self._router.taps[Audience.EMPLOYEE, key], replace(ctx, args=f"{asked.named}:{places}")

    def _may_say(self, me: Person | Stranger, command: Command) -> bool:
        roles = staff.roles_of(me) if isinstance(me, Employee) else me.roles
        return command.may is None or staff.may(roles, command.may, self._policy.rights)

    def _command(self, audience: Audience, said: str) -> tuple[Command, str, bool] | None:
        """The command meant by a text, what follows its word, and whether the word stands alone or apart."""
        text = normalise(said)
        for form in readings(text) or [unicodedata.normalize("NFKC", said).strip()]:
            if (found := self._router.commands.get((audience, form))) is not None:
                return found, "", True
        plain = " ".join(said.split())
        lowered = plain.lower()
        for word in self._beginnings[audience]:
            if lowered.startswith(word):
                rest = plain[len(word) :]
                return self._router.commands[audience, word], rest.strip(), not rest[:1].isalnum()
        return None

    def _phrase(self, audience: Audience, said: str) -> _Phrased | None:
        """The command that a whole sentence of an employee means, and what is typed behind its word."""
        if audience is not Audience.EMPLOYEE or len(said) > LONGEST_PHRASE:
            return None
        plain = " ".join(unicodedata.normalize("NFKC", said).strip(" .!?。！？~～").split())
        for phrase in self._router.phrases:
            args = phrase.read(plain)
            if args is not None:
                return _Phrased(self._router.commands[audience, phrase.word], args, phrase.asks)
        return None


def _beginnings(router: Router) -> Mapping[Audience, Sequence[str]]:
    """The words that something may follow; the longest come first, as one may begin another."""
    words: dict[Audience, list[str]] = {audience: [] for audience in Audience}
    for (audience, word), command in router.commands.items():
        if command.takes_args:
            words[audience].append(word)
    return {audience: sorted(those, key=len, reverse=True) for audience, those in words.items()}


def _topic(ctx: Context, text: str) -> str | None:
    """The tap for what a candidate says in words of their own: the first whose words stand in it.

    Thanks and greetings must be all of it.
    """
    said = "".join(mark for mark in normalise(text) if mark.isalnum())
    for tap, words in ctx.words(TOPICS).items():
        known = words.split()
        if said in known if tap in WHOLE else any(word in said for word in known):
            return tap
    return None


def _usage(ctx: Context, said: str) -> list[Command]:
    """The commands that somebody wrote a sentence about."""
    command_of = {word: command for command in ctx.commands for word in command.words}
    return list(dict.fromkeys(command_of[word] for word in mentioned(said[:LONGEST], command_of)))


def _audience(me: Person | Stranger) -> Audience:
    if isinstance(me, Stranger):
        return Audience.STRANGER
    return Audience.EMPLOYEE if isinstance(me, Employee) else Audience.CANDIDATE
