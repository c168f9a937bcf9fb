"""Everything the sandbox knows: corps, apps, members, accounts, followers, chats. In memory only."""

import asyncio
import itertools
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox.clock import Clock, iso
from sandbox.geo import DEFAULT_PLACES, Place

Json = dict[str, Any]
Direction = Literal["in", "out"]
GOODBYE = "goodbye"
Mode = Literal["plain", "compatible", "secure"]


@dataclass
class Callback:
    """Where a callback goes and what protects it."""

    url: str
    token: str
    encoding_aes_key: str


@dataclass
class Message:
    """One bubble on one phone. ``in`` arrived at the phone, ``out`` was sent from it."""

    seq: int
    id: str
    home: str
    agent_id: int | None
    person: str
    direction: Direction
    msgtype: str
    content: Json
    text: str
    at: datetime
    revision: int
    recalled: bool = False
    updated: bool = False
    replace_text: str | None = None
    answered: Json | None = None

    def as_json(self) -> Json:
        """The message as the control interface and the phones read it."""
        return {
            "seq": self.seq,
            "revision": self.revision,
            "id": self.id,
            "home": self.home,
            "agent_id": self.agent_id,
            "person": self.person,
            "direction": self.direction,
            "msgtype": self.msgtype,
            "text": self.text,
            "content": self.content,
            "at": iso(self.at),
            "recalled": self.recalled,
            "updated": self.updated,
            "replace_text": self.replace_text,
            "answered": self.answered,
        }


@dataclass
class Member:
    """A member of a corp and the phone in the member's hand."""

    userid: str
    name: str
    department: list[int]
    position: str = ""
    mobile: str = ""
    avatar: str = ""
    status: int = 1
    place: Place | None = None
    extra: Json = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.userid


@dataclass
class App:
    """A self-built app of a corp."""

    agent_id: int
    name: str
    secret: str
    callback: Callback | None = None
    report_location: bool = False
    report_enter: bool = False
    legacy_fields: bool = False
    members: list[str] | None = None
    departments: list[int] | None = None
    menu: list[Json] = field(default_factory=list)
    task_ids: set[str] = field(default_factory=set)


@dataclass
class Contacts:
    """The contact-sync assistant of a corp."""

    secret: str
    callback: Callback | None = None
    restricted: bool = True


@dataclass
class Department:
    """A node of the corp's tree; the root is 1."""

    id: int
    name: str
    parentid: int = 0
    order: int = 0


@dataclass
class Corp:
    """One company in WeCom."""

    id: str
    name: str
    apps: dict[int, App] = field(default_factory=dict)
    contacts: Contacts | None = None
    departments: dict[int, Department] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    tags: dict[int, Json] = field(default_factory=dict)
    account_limit: int = 1000

    def member(self, userid: str) -> Member | None:
        """The member, whatever the case of the id."""
        return self.members.get(userid.lower())

    def below(self, department: int) -> set[int]:
        """The department and everything under it."""
        found = {department}
        growing = True
        while growing:
            more = {d.id for d in self.departments.values() if d.parentid in found} - found
            growing = bool(more)
            found |= more
        return found

    def visible(self, app: App) -> list[Member]:
        """Active members in the app's visible range; no range means everybody."""
        active = [member for member in self.members.values() if member.status in (1, 4)]
        if app.members is None and app.departments is None:
            return active
        names = {userid.lower() for userid in app.members or ()}
        parties = set[int]().union(*(self.below(d) for d in app.departments or ()))
        return [m for m in active if m.userid.lower() in names or parties.intersection(m.department)]


@dataclass
class Allowance:
    """Messages a service account may still send a person, until when (protocol 4.2)."""

    opened: float
    seconds: int
    left: int


@dataclass
class Follower:
    """A person in WeChat, as one service account knows them."""

    openid: str
    name: str
    following: bool = True
    followed_at: int = 0
    scene: str = ""
    accepts_templates: bool = True
    place: Place | None = None
    allowances: dict[str, Allowance] = field(default_factory=dict)
    unionid: str = ""

    @property
    def id(self) -> str:
        return self.openid


@dataclass
class Template:
    """A template of a service account; ``content`` holds ``{{name.DATA}}`` fields."""

    template_id: str
    title: str
    content: str


@dataclass
class Account:
    """A service account."""

    id: str
    name: str
    original_id: str
    secret: str
    mode: Mode = "secure"
    callback: Callback | None = None
    templates: dict[str, Template] = field(default_factory=dict)
    people: dict[str, Follower] = field(default_factory=dict)
    menu: list[Json] = field(default_factory=list)
    menu_id: int = 0
    qrcodes: dict[str, Json] = field(default_factory=dict)


Home = Corp | Account
Person = Member | Follower


@dataclass
class Token:
    """An access token and what it may do."""

    value: str
    home: str
    scope: str
    expires: float
    agent_id: int | None = None


@dataclass
class Sending:
    """One accepted message/send: what recall and card updates refer to."""

    msgid: str
    corp: str
    agent_id: int
    at: float
    msgtype: str
    receivers: set[str]
    task_id: str = ""


@dataclass
class ResponseCode:
    """The right to change one card once (protocol 3.5)."""

    code: str
    msgid: str
    corp: str
    agent_id: int
    issued: float


@dataclass
class Grant:
    """An OAuth code on its way to being redeemed."""

    code: str
    home: str
    person: str
    scope: str
    issued: float
    agent_id: int | None = None
    used: bool = False


@dataclass
class Media:
    """An uploaded or photographed file, kept three days of platform time."""

    media_id: str
    home: str
    kind: str
    filename: str
    content_type: str
    data: bytes
    created: float


class Feed:
    """Tells listening browser pages and long polls that something changed."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Json]] = set()

    def publish(self, event: str, data: Json) -> None:
        """Hand an event to everyone listening; one who does not keep up loses the oldest."""
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait({"event": event, "data": data})

    def listen(self) -> asyncio.Queue[Json]:
        """Start listening."""
        queue: asyncio.Queue[Json] = asyncio.Queue(maxsize=2000)
        self._listeners.add(queue)
        return queue

    def close(self) -> None:
        """Send everyone home: the sandbox is stopping."""
        self.publish(GOODBYE, {})

    def leave(self, queue: asyncio.Queue[Json]) -> None:
        """Stop listening."""
        self._listeners.discard(queue)


@dataclass
class Settings:
    """Switches of the platform that the protocol leaves open."""

    callback_timeout: float = 5.0
    callback_retries: int = 3
    callback_retry_seconds: float = 5.0
    callback_retry_non_200: bool = True


class World:
    """The whole state of one sandbox."""

    def __init__(self, public_url: str = "http://127.0.0.1:8100") -> None:
        self.clock = Clock()
        self.feed = Feed()
        self.public_url = public_url
        self.stopping = False
        self._numbers = itertools.count(secrets.randbelow(10**12) + 10**18)
        self.clear()

    def clear(self) -> None:
        """Forget everything but who is listening."""
        self.settings = Settings()
        self.clock.reset()
        self.corps: dict[str, Corp] = {}
        self.accounts: dict[str, Account] = {}
        self.chats: dict[tuple[str, str], list[Message]] = {}
        self.tokens: dict[str, Token] = {}
        self.tickets: dict[str, Token] = {}
        self.sendings: dict[str, Sending] = {}
        self.response_codes: dict[str, ResponseCode] = {}
        self.grants: dict[str, Grant] = {}
        self.media: dict[str, Media] = {}
        self.places: list[Place] = list(DEFAULT_PLACES)
        self.log: deque[Json] = deque(maxlen=5000)
        self._log_number = 0
        self._revision = 0
        self._seq = 0
        self._sleepers: list[asyncio.Event] = []

    def stop(self) -> None:
        """Let every open stream and every waiting request end."""
        self.stopping = True
        self.feed.close()
        self.wake()

    @property
    def last_seq(self) -> int:
        """Number of the newest bubble anywhere."""
        return self._seq

    @property
    def last_revision(self) -> int:
        """Number of the newest change anywhere."""
        return self._revision

    # -- identities -----------------------------------------------------------------------------------------

    def number(self) -> int:
        """A new 64-bit message number."""
        return next(self._numbers)

    def home(self, home_id: str) -> Home | None:
        """The corp or the service account with this id."""
        return self.corps.get(home_id) or self.accounts.get(home_id)

    def people(self) -> Iterator[tuple[Home, Person]]:
        """Everybody with a phone, corp by corp, then account by account."""
        for corp in self.corps.values():
            for member in corp.members.values():
                yield corp, member
        for account in self.accounts.values():
            for follower in account.people.values():
                yield account, follower

    def find(self, person_id: str, home_id: str | None = None) -> list[tuple[Home, Person]]:
        """All who go by this id, in one home if given."""
        return [
            (home, person)
            for home, person in self.people()
            if person.id.lower() == person_id.lower() and home_id in (None, home.id)
        ]

    # -- chats ----------------------------------------------------------------------------------------------

    def add_message(
        self,
        *,
        home: str,
        agent_id: int | None,
        person: str,
        direction: Direction,
        msgtype: str,
        content: Json,
        text: str,
        id: str = "",
    ) -> Message:
        """Put a new bubble on a phone."""
        self._seq += 1
        self._revision += 1
        message = Message(
            seq=self._seq,
            id=id or str(self.number()),
            home=home,
            agent_id=agent_id,
            person=person,
            direction=direction,
            msgtype=msgtype,
            content=content,
            text=text,
            at=self.clock.now(),
            revision=self._revision,
        )
        self.chats.setdefault((home, person), []).append(message)
        self._announce(message)
        return message

    def change_message(self, message: Message, **changes: Any) -> None:
        """Change a bubble that is already on a phone."""
        for name, value in changes.items():
            setattr(message, name, value)
        self._revision += 1
        message.revision = self._revision
        self._announce(message)

    def _announce(self, message: Message) -> None:
        self.feed.publish("message", message.as_json())
        self.wake()

    def wake(self) -> None:
        """Let everyone who waits look again."""
        sleepers, self._sleepers = self._sleepers, []
        for event in sleepers:
            event.set()

    async def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait in real time until the condition holds, looking again whenever a message changes."""
        deadline = asyncio.get_running_loop().time() + timeout
        while not condition() and not self.stopping:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            event = asyncio.Event()
            self._sleepers.append(event)
            try:
                await asyncio.wait_for(event.wait(), left)
            except TimeoutError:
                self._sleepers = [sleeper for sleeper in self._sleepers if sleeper is not event]
        return condition()

    def chat(self, home: str, person: str) -> list[Message]:
        """All bubbles of one phone in one home, oldest first."""
        return self.chats.get((home, person), [])

    def drop_chat(self, home: str, person: str) -> None:
        """Forget a phone's bubbles."""
        self.chats.pop((home, person), None)

    def copies(self, msgid: str, corp: str) -> list[Message]:
        """Every phone's copy of one sending."""
        sending = self.sendings.get(msgid)
        receivers = sending.receivers if sending else set()
        return [m for person in receivers for m in self.chat(corp, person) if m.id == msgid]

    def issue_response_code(self, msgid: str, corp: str, agent_id: int) -> str:
        """A new single-use right to change the card."""
        code = secrets.token_urlsafe(32)
        self.response_codes[code] = ResponseCode(code, msgid, corp, agent_id, self.clock.timestamp())
        return code

    # -- log ------------------------------------------------------------------------------------------------

    def record(self, kind: str, **fields: Any) -> Json:
        """Write one line of the traffic log and show it to listening pages."""
        self._log_number += 1
        entry: Json = {"n": self._log_number, "kind": kind, "at": iso(self.clock.now()), **fields}
        self.log.append(entry)
        self.feed.publish("log", entry)
        self.wake()
        return entry
