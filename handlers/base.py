"""What a handler is given, what it returns, and how it is declared."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from handlers.sentences.values import Ask, Slots
from jobs.base import CloseCards, Notice
from models import audit
from models.calendar import WorkCalendar
from models.messaging import Attachment, AttachmentKind, TakenBack
from models.policy import Policy
from models.proposals import Proposal, Undoable
from models.staff import Candidate, Employee, Person


class Account(StrEnum):
    """Where a message came in."""

    WECOM = "wecom"
    CONTACTS = "contacts"
    OFFICIAL = "official"


class Kind(StrEnum):
    """What arrived."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    LOCATION = "location"
    LINK = "link"
    EVENT = "event"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Place:
    """A point in degrees as the phone reported it; accuracy in metres."""

    latitude: float
    longitude: float
    accuracy: float | None = None
    label: str | None = None


@dataclass(frozen=True)
class CardTap:
    """A button or submit on a template card; `selected` maps a question to the chosen options."""

    task_id: str
    card_type: str
    response_code: str
    selected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """Every inbound message and event in one shape (protocol section 2).

    `fields` is the whole document as the platform sent it, names and nesting kept.
    """

    account: Account
    key: str
    sender: str
    kind: Kind
    sent_at: datetime
    event: str = ""
    """The event's name in lower case; empty for messages."""
    text: str = ""
    event_key: str = ""
    place: Place | None = None
    card: CardTap | None = None
    act: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


class Audience(StrEnum):
    """Who talks to a handler."""

    EMPLOYEE = "employee"
    CANDIDATE = "candidate"
    STRANGER = "stranger"


@dataclass(frozen=True)
class Stranger:
    """A member of the corp whom we do not know; there are a few things they may say all the same."""

    wecom_id: str
    roles: frozenset[str] = frozenset()

    @property
    def subject(self) -> str:
        """The actor in the evidence trail: there is no pseudonym for somebody who is not known."""
        return "stranger"


class Reply:
    """The answer to the person who asked: a text block and its values.

    `data` is what the JSON API returns beside the wording; `cover` is the picture of a text of a type that
    needs one (docs/adding-a-command.md); `about` names what a card is about, so that `CloseCards` finds it;
    `brief` says that the text shows a full number, which is kept only until it has arrived;
    `completing` makes values of a deferred answer in the transaction that posts it.
    """

    def __init__(
        self,
        block: str,
        *,
        data: Mapping[str, Any] | None = None,
        cover: Attachment | None = None,
        about: str | None = None,
        brief: bool = False,
        completing: Callable[[Session, datetime], Mapping[str, Any]] | None = None,
        **values: Any,
    ) -> None:
        self.completing = completing
        self.block = block
        self.data = data
        self.cover = cover
        self.about = about
        self.brief = brief
        self.values = values


@dataclass(frozen=True)
class Later:
    """The slow part of an answer (a picture, a table): a worker makes it once this message is committed.

    The handler declared by `Router.later(kind)` is given the arguments, as the person who asked; what it
    returns reaches them as an answer.
    """

    kind: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Ids, codes and dates; never personal values."""


def to_confirm(proposal: Proposal) -> Mapping[str, Any]:
    """What the JSON API is told of something that waits for a confirmation."""
    return {
        "proposal": proposal.id,
        "needs_code": proposal.needs_code,
        "expires_at": proposal.expires_at,
    }


class Page:
    """A page to show: the values of its template."""

    def __init__(self, **values: Any) -> None:
        self.values = values


Part = Reply | Attachment | Notice | CloseCards | Later
Answer = Part | Page | Sequence[Part] | None
Handler = Callable[["Context"], Answer]
Words = Callable[..., Mapping[str, str]]


def _no_words(block: str, **values: Any) -> Mapping[str, str]:
    raise LookupError(f"no texts at hand for {block}")


@dataclass(frozen=True)
class Context:
    """Everything a handler may use."""

    session: Session
    me: Person | Stranger
    now: datetime
    calendar: WorkCalendar
    policy: Policy
    message: Message | None = None
    """What was said or tapped; None for pages and the JSON API."""
    args: str = ""
    """What followed the command word, or the colon in the key of a button."""
    body: Any = None
    """The checked body of a JSON request."""
    path: Mapping[str, Any] = field(default_factory=dict)
    """The values of the endpoint's path: of `/people/<account>` the account."""
    query: Any = None
    """The checked query of a request, where the endpoint has one."""
    commands: Sequence["Command"] = ()
    """What this person may say."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What each route does, in a few Chinese words, by its name."""
    proposal: Proposal | None = None
    """What the person has just confirmed; for handlers declared by `Router.confirmation`."""
    slots: Slots = field(default_factory=Slots)
    """What a sentence named; for handlers declared by `Router.sentence`. Empty for plain command words."""
    ask: Ask | None = None
    """What of a sentence is unclear; for the handler that asks back."""
    sentence: str = ""
    """The whole sentence, where the message only answers what was asked about it."""
    undoable: Undoable | None = None
    """What the person takes back; for handlers declared by `Router.inverse`."""
    taken_back: TakenBack = field(default_factory=TakenBack)
    """Which messages were taken back with it."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """What `Later` was given; for handlers declared by `Router.later`."""
    words: Words = _no_words
    """`words("feature/block", value=…)`: a text block of lines `name=words` as a mapping, for what is drawn
    or written into tables."""

    @property
    def cause(self) -> str:
        """The key of the message or request that is answered: what is sent because of it begins so."""
        return str(self.session.info.get(audit.CAUSE, ""))

    @property
    def employee(self) -> Employee:
        """The employee who asks; handlers for employees may rely on it."""
        assert isinstance(self.me, Employee)
        return self.me

    @property
    def stranger(self) -> Stranger:
        """The unknown member who asks; handlers for strangers may rely on it."""
        assert isinstance(self.me, Stranger)
        return self.me

    @property
    def candidate(self) -> Candidate:
        """The candidate who asks; handlers for candidates may rely on it."""
        assert isinstance(self.me, Candidate)
        return self.me


@dataclass(frozen=True)
class Route:
    """A handler with its texts, its audience and the action its person must be allowed."""

    handler: Handler
    texts: str
    audience: Audience
    may: str | None

    @property
    def name(self) -> str:
        """The handler's name, for logs."""
        return f"{self.texts}.{self.handler.__name__}"

    @property
    def title(self) -> str:
        """What it does, in a few words for people: the beginning of the handler's docstring."""
        return re.split("[，,；：]", self.help)[0]

    @property
    def help(self) -> str:
        """The line shown by 帮助: the handler's docstring."""
        return (self.handler.__doc__ or "").strip().splitlines()[0]


@dataclass(frozen=True)
class Command(Route):
    """A handler for words; `takes_args` if something may follow the word, `hidden` if no help names it."""

    words: tuple[str, ...] = ()
    takes_args: bool = False
    hidden: bool = False

    @property
    def word(self) -> str:
        """The main word."""
        return self.words[0]

    @property
    def title(self) -> str:
        """The main word."""
        return self.word


@dataclass(frozen=True)
class Sentence(Route):
    """A handler for ordinary sentences (docs/sentences.md)."""

    command: str = ""
    forms: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    remark: bool = True


@dataclass(frozen=True)
class Saying:
    """Sentences that mean a command with a word: they are read, and written as one would type the command."""

    command: str
    word: str
    """The command's word."""
    args: str
    """What one would type behind it, from the slots."""
    forms: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    remark: bool = False


@dataclass(frozen=True)
class Phrase:
    """A whole sentence that means a command with a word: what stands in it is typed behind the word."""

    word: str
    """The command's word."""
    pattern: re.Pattern[str]
    args: str
    """What one would type behind it, from the groups of the pattern: `\\g<day>`."""
    asks: bool = False
    """It is a question, and never the answer to one."""

    def read(self, said: str) -> str | None:
        """What one would type behind the word instead of this sentence; None if it is another one."""
        found = self.pattern.fullmatch(said)
        return None if found is None else " ".join(found.expand(self.args).split())


@dataclass(frozen=True)
class Endpoint(Route):
    """A handler for `METHOD /api/v1<path>`; `body` and `query` are the dataclasses that its JSON and its
    query must fit. GET only reads."""

    method: str = "GET"
    path: str = ""
    body: type | None = None
    success: int = 200
    query: type | None = None


@dataclass(frozen=True)
class WebPage(Route):
    """A handler for `GET /app<path>`, shown with the page template of that name."""

    path: str = ""
    template: str = ""
    writes: bool = False
    """Whether opening it is noted."""


class DuplicateRoute(Exception):
    """Two handlers want the same word, key, event or path; the start is refused."""


class Router:
    """Collects the handlers of one feature, or of all of them."""

    def __init__(self, texts: str = "common") -> None:
        self.texts = texts
        self.commands: dict[tuple[Audience, str], Command] = {}
        self.taps: dict[tuple[Audience, str], Route] = {}
        self.events: dict[tuple[Audience, str], Route] = {}
        self.endpoints: dict[tuple[str, str], Endpoint] = {}
        self.pages: dict[str, WebPage] = {}
        self.confirmations: dict[str, Route] = {}
        self.deferred: dict[str, Route] = {}
        self.sentences: dict[str, Sentence] = {}
        self.inverses: dict[str, Route] = {}
        self.ordered: set[str] = set()
        """Kinds that a worker takes back."""
        self.sayings: dict[str, Saying] = {}
        self.phrases: list[Phrase] = []

    def command(
        self,
        *words: str,
        may: str | None = None,
        audience: Audience = Audience.EMPLOYEE,
        takes_args: bool = False,
        hidden: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Answer these words. The docstring's first line is what 帮助 shows."""

        def declare(handler: Handler) -> Handler:
            command = Command(handler, self.texts, audience, may, words, takes_args, hidden)
            for word in words:
                self._add(self.commands, (audience, word), command)
            return handler

        return declare

    def tap(
        self, key: str, *, may: str | None = None, audience: Audience = Audience.EMPLOYEE
    ) -> Callable[[Handler], Handler]:
        """Answer a menu item or card button with this key; a button `key:17` leaves `17` in `args`."""

        def declare(handler: Handler) -> Handler:
            self._add(self.taps, (audience, key), Route(handler, self.texts, audience, may))
            return handler

        return declare

    def event(
        self, name: str, *, may: str | None = None, audience: Audience = Audience.EMPLOYEE
    ) -> Callable[[Handler], Handler]:
        """Deal with an event of this name (lower case), or a message of this kind."""

        def declare(handler: Handler) -> Handler:
            self._add(self.events, (audience, name), Route(handler, self.texts, audience, may))
            return handler

        return declare

    def confirmation(self, kind: str, *, may: str | None = None) -> Callable[[Handler], Handler]:
        """Carry out a proposal of this kind once it is confirmed; it stands in `ctx.proposal`."""

        def declare(handler: Handler) -> Handler:
            self._add(self.confirmations, kind, Route(handler, self.texts, Audience.EMPLOYEE, may))
            return handler

        return declare

    def sentence(
        self,
        command: str,
        *forms: str,
        anywhere: Sequence[str] = (),
        needs: Sequence[str] = (),
        may: str | None = None,
        remark: bool = True,
    ) -> Callable[[Handler], Handler]:
        """Answer ordinary sentences of these forms; what they name stands in `ctx.slots`.

        `{slot}` is a slot (`handlers/sentences/forms.py` lists them), `a|b` are words of which one stands
        there, `<give>` those of `vocabulary.WORDS`, and `?` lets one be missing. What is in `anywhere` may
        stand between any two elements. What is in `needs` (`a|b`: one of both) is asked back if missing.
        `remark`: whether words that change nothing may follow.
        """

        def declare(handler: Handler) -> Handler:
            sentence = Sentence(
                handler,
                self.texts,
                Audience.EMPLOYEE,
                may,
                command,
                forms,
                tuple(anywhere),
                tuple(needs),
                remark,
            )
            self._add(self.sentences, command, sentence)
            return handler

        return declare

    def saying(
        self,
        command: str,
        word: str,
        args: str,
        *forms: str,
        anywhere: Sequence[str] = (),
        needs: Sequence[str] = (),
        remark: bool = False,
    ) -> None:
        """Let sentences of these forms mean the command with this word; see `sentence`.

        What was said is written as one would type it behind the word: `args`, such as `"{cases} {amount}"`.
        """
        said = Saying(command, word, args, forms, tuple(anywhere), tuple(needs), remark)
        if command in self.sayings:
            raise DuplicateRoute(f"{command} is said twice")
        self.sayings[command] = said

    def phrase(self, word: str, args: str, *patterns: str, asks: bool = False) -> None:
        """Let sentences that one of these patterns fits as a whole mean the command with this word.

        They are for what nobody types by rule: 「我明天想请半天假看牙」. Commands come first, and what
        answers the question that waits, unless the sentence `asks` something itself.
        """
        self.phrases += [Phrase(word, re.compile(pattern), args, asks) for pattern in patterns]

    def inverse(
        self, kind: str, *, may: str | None = None, by_worker: bool = False
    ) -> Callable[[Handler], Handler]:
        """Take back what `proposals.remember(kind=…)` kept; it stands in `ctx.undoable`.

        The messages that were sent because of it are taken back before the handler is called. With
        `by_worker` the handler only orders it, and all of that happens together when a worker does it.
        """

        def declare(handler: Handler) -> Handler:
            if by_worker:
                self.ordered.add(kind)
            self._add(self.inverses, kind, Route(handler, self.texts, Audience.EMPLOYEE, may))
            return handler

        return declare

    def later(self, kind: str, *, may: str | None = None) -> Callable[[Handler], Handler]:
        """Make the slow part of an answer (`Later`); what it was given stands in `ctx.arguments`.

        It runs in a worker and only reads: nothing that it writes is kept.
        """

        def declare(handler: Handler) -> Handler:
            self._add(self.deferred, kind, Route(handler, self.texts, Audience.EMPLOYEE, may))
            return handler

        return declare

    def endpoint(
        self,
        method: str,
        path: str,
        *,
        may: str | None = None,
        body: type | None = None,
        success: int = 200,
        query: type | None = None,
    ) -> Callable[[Handler], Handler]:
        """Answer a request of the JSON API; parts of the path in angle brackets stand in `ctx.path`."""

        def declare(handler: Handler) -> Handler:
            endpoint = Endpoint(
                handler, self.texts, Audience.EMPLOYEE, may, method, path, body, success, query
            )
            self._add(self.endpoints, (method, path), endpoint)
            return handler

        return declare

    def page(
        self,
        path: str,
        template: str,
        *,
        may: str | None = None,
        anybody: bool = False,
        writes: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Show a page inside WeCom; parts of the path in angle brackets stand in `ctx.path`.

        With `anybody` nobody has to log in: the secret in the path is what opens it; with `writes` the
        handler may note that it was opened.
        """
        audience = Audience.STRANGER if anybody else Audience.EMPLOYEE

        def declare(handler: Handler) -> Handler:
            self._add(self.pages, path, WebPage(handler, self.texts, audience, may, path, template, writes))
            return handler

        return declare

    def include(self, other: "Router") -> None:
        """Take over all routes of another router.

        Raises:
            DuplicateRoute: a word, key, event or path is taken.
        """
        for mine, theirs in (
            (self.commands, other.commands),
            (self.taps, other.taps),
            (self.events, other.events),
            (self.endpoints, other.endpoints),
            (self.pages, other.pages),
            (self.confirmations, other.confirmations),
            (self.deferred, other.deferred),
            (self.sentences, other.sentences),
            (self.inverses, other.inverses),
        ):
            for key, route in theirs.items():
                self._add(mine, key, route)
        self.ordered |= other.ordered
        self.phrases += other.phrases
        for name, said in other.sayings.items():
            if name in self.sayings or name in self.sentences:
                raise DuplicateRoute(f"{name} is said twice")
            self.sayings[name] = said

    def commands_of(self, audience: Audience) -> list[Command]:
        """The commands of an audience in the order they were declared, each once."""
        return list(dict.fromkeys(c for (who, _), c in self.commands.items() if who == audience))

    def titles(self) -> dict[str, str]:
        """What each route does, in a few words for people, by its name."""
        tables = (
            self.confirmations,
            self.inverses,
            self.taps,
            self.events,
            self.endpoints,
            self.pages,
            self.sentences,
            self.commands,
        )
        return {route.name: route.title for table in tables for route in table.values()}

    @staticmethod
    def _add(table: Any, key: Any, route: Route) -> None:
        if key in table:
            raise DuplicateRoute(f"{key} is claimed by {table[key].name} and by {route.name}")
        table[key] = route


__all__ = [
    "Account",
    "Answer",
    "Attachment",
    "AttachmentKind",
    "Audience",
    "CardTap",
    "CloseCards",
    "Command",
    "Context",
    "DuplicateRoute",
    "Endpoint",
    "Handler",
    "Kind",
    "Later",
    "Message",
    "Notice",
    "Page",
    "Part",
    "Place",
    "Reply",
    "Route",
    "Router",
    "Saying",
    "Sentence",
    "Stranger",
    "WebPage",
    "to_confirm",
]
