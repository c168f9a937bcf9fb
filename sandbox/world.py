"""Everything the sandbox knows: corps, apps, members, accounts, followers, chats. In memory only."""

import asyncio
import itertools
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox.approvals import Approval, ApprovalTemplate
from sandbox.checkins import Checkin
from sandbox.clock import CHINA, Clock, iso
from sandbox.geo import DEFAULT_PLACES, Place
from sandbox.groups import GroupChat, Robot
from sandbox.settings import Settings
from sandbox.sms import SmsAccount, Text, Vendor, national

Json = dict[str, Any]
Direction = Literal["in", "out"]
GOODBYE = "goodbye"
MEDIA_LIFETIME = 3 * 86400
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
    chat: str = ""
    """The group chat it was said in; empty in the chat with an app or the account."""
    chat_name: str = ""
    sender: str = ""
    """Who said it in the group."""

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
            "chat": self.chat or None,
            "chat_name": self.chat_name or None,
            "sender": self.sender or None,
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
    trusted_ips: list[str] | None = None
    """Callers it accepts (60020 otherwise); none asks nobody."""
    trusted_domains: list[str] | None = None
    """Hosts its pages may have (50001 otherwise); none allows all."""
    miniprogram: str = ""
    """AppID of the mini-program linked to it."""
    checkin: bool = True
    """Whether it is listed among the apps that may read check-ins."""
    approval: bool = True
    """Whether it is listed among the apps that may use approvals, and hears of them."""
    menu: list[Json] = field(default_factory=list)
    task_ids: set[str] = field(default_factory=set)


@dataclass
class Contacts:
    """The contact-sync assistant of a corp."""

    secret: str
    callback: Callback | None = None
    restricted: bool = True
    full_events: bool = False
    """Whether its callback was set before 2022-08-15, so that member events carry every field (2.4)."""


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
    groups: dict[str, GroupChat] = field(default_factory=dict)
    approval_templates: dict[str, ApprovalTemplate] = field(default_factory=dict)
    approvals: dict[str, Approval] = field(default_factory=dict)
    vacations: list[Json] = field(default_factory=list)
    vacation_quotas: dict[str, dict[int, int]] = field(default_factory=dict)
    checkin_groups: dict[int, Json] = field(default_factory=dict)
    checkins: list[Checkin] = field(default_factory=list)
    schedules: dict[tuple[str, int], int] = field(default_factory=dict)
    """Schedule ids by lower-case userid and midnight."""

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

    def tagged(self, number: int) -> list[Member]:
        """Members with a tag, by name or by department."""
        tag = self.tags.get(number) or {}
        names = {str(userid).lower() for userid in tag.get("userlist") or ()}
        parties = set[int]().union(*(self.below(int(d)) for d in tag.get("partylist") or ()))
        return [m for n, m in self.members.items() if n in names or parties.intersection(m.department)]

    def seen_departments(self, app: App) -> set[int]:
        """Departments an app may see: those of its range and all below; without a range, every one."""
        if self.is_root_app(app):
            return set(self.departments)
        return set[int]().union(*(self.below(number) for number in app.departments or ()))

    def is_root_app(self, app: App) -> bool:
        """Whether the app's visible range is the root department (3.6)."""
        everybody = app.members is None and app.departments is None
        return everybody or 1 in (app.departments or ())

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
    left: int | None
    """How many more; none is no limit."""


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
    mobile: str = ""
    subscriptions: dict[str, int] = field(default_factory=dict)
    """Accepted subscription notices left, by template (4.4)."""
    notices_off: bool = False
    """Whether the person turned all subscription notices off."""
    once: set[tuple[str, int]] = field(default_factory=set)
    """Template and scene of one-time subscriptions not yet used."""

    @property
    def id(self) -> str:
        return self.openid


@dataclass
class Template:
    """A template of a service account; ``content`` holds ``{{name.DATA}}`` fields."""

    template_id: str
    title: str
    content: str
    kind: Literal["template", "subscribe"] = "template"
    """A template message, or a subscription notice."""
    long_term: bool = False
    """A long-term subscription: one accept, any number of messages."""


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
    conditional_menus: dict[int, Json] = field(default_factory=dict)
    trusted_ips: list[str] | None = None
    """Callers it accepts (40164 otherwise); none asks nobody."""
    trusted_domains: list[str] | None = None
    report_location: bool = False
    """Whether people let it see their place on entering the chat."""
    industry: tuple[int, int] = (1, 16)


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
    superseded: float | None = None
    """From when a newer token of a service account has taken its place (4.1)."""


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
    outsider: bool = False
    """Whether the person is no member of the corp: somebody in WeChat opened a corp's page."""


PERMANENT = "permanent"
"""Kind of a file that has an address instead of a media_id: uploadimg, articles."""


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
        self.robots: dict[str, Robot] = {}
        self.sms_accounts: dict[tuple[Vendor, str], SmsAccount] = {}
        self.texts: list[Text] = []
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
        chat: GroupChat | None = None,
        sender: str = "",
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
            chat=chat.chatid if chat else "",
            chat_name=chat.name if chat else "",
            sender=sender,
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

    def post_in_group(
        self,
        group: GroupChat,
        *,
        sender: str,
        msgtype: str,
        content: Json,
        text: str,
        receivers: list[str],
        speaker: str = "",
    ) -> Json:
        """Say something in a group: a bubble on the phone of every receiver, and one line in the group."""
        number = str(self.number())
        for userid in receivers:
            mine = userid.lower() == speaker.lower()
            self.add_message(
                home=group.corp,
                agent_id=None,
                person=userid,
                direction="out" if mine else "in",
                msgtype=msgtype,
                content=content,
                text=text,
                id=number,
                chat=group,
                sender=sender,
            )
        said = {"id": number, "sender": sender, "msgtype": msgtype, "content": content, "text": text}
        entry = {"seq": self._seq, **said, "at": iso(self.clock.now())}
        group.messages.append(entry)
        self.wake()
        return entry

    # -- text messages --------------------------------------------------------------------------------------

    def add_text(self, text: Text) -> None:
        """An SMS left the gateway: it is on its way, or already known to have failed."""
        self.texts.append(text)
        self.change_text(text)

    def change_text(self, text: Text, **changes: Any) -> None:
        """Something became of an SMS; the phones with that number hear of it."""
        for name, value in changes.items():
            setattr(text, name, value)
        owners = [{"home": home.id, "person": person.id} for home, person in self.owners(text.phone)]
        self.feed.publish("sms", {**text.as_json(), "people": owners})
        self.wake()

    def next_text_seq(self) -> int:
        """The number of the next SMS; messages and SMS count together."""
        self._seq += 1
        return self._seq

    def owners(self, phone: str) -> list[tuple[Home, Person]]:
        """Everybody with this phone number."""
        return [(h, p) for h, p in self.people() if p.mobile and national(p.mobile) == national(phone)]

    def texts_of(self, phone: str) -> list[Text]:
        """Everything that arrived at a number, oldest first."""
        wanted = national(phone)
        return [t for t in self.texts if national(t.phone) == wanted] if wanted else []

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

    def move_chat(self, home: str, before: str, after: str) -> None:
        """A person goes by another id now."""
        messages = self.chats.pop((home, before), [])
        for message in messages:
            message.person = after
        if messages:
            self.chats[home, after] = messages
        for sending in self.sendings.values():
            if sending.corp == home and before in sending.receivers:
                sending.receivers = sending.receivers - {before} | {after}

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

    # -- files --------------------------------------------------------------------------------------------

    def live_media(self, home: str, media_id: Any, kind: str = "") -> Media | None:
        """The upload of this home with this id while it lives, of this kind if one is named (3.7, 4.5)."""
        media = self.media.get(str(media_id or ""))
        if media is None or media.home != home or media.kind == PERMANENT:
            return None
        if self.clock.timestamp() - media.created >= MEDIA_LIFETIME or kind not in ("", media.kind):
            return None
        return media

    # -- log ------------------------------------------------------------------------------------------------

    def record(self, kind: str, **fields: Any) -> Json:
        """Write one line of the traffic log, in platform time and the machine's, and show it to the pages."""
        self._log_number += 1
        both = {"at": iso(self.clock.now()), "real": datetime.now(CHINA).isoformat(timespec="milliseconds")}
        entry: Json = {"n": self._log_number, "kind": kind, **both, **fields}
        self.log.append(entry)
        self.feed.publish("log", entry)
        return entry
