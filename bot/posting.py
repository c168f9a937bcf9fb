"""What is said becomes rows of the outbox: replies, notices, files, changed cards and slow answers.

Nothing is sent here. Every function works in the session it is given, and `key` names what the rows come of:
the same key twice is one row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.texts import Texts
from bot.wording import attachment_body, cover_use, official_bodies, wecom_bodies
from handlers.base import Account, Attachment, CloseCards, Later, Message, Notice, Reply, Stranger
from models import messaging, planning
from models.messaging import Channel, OutboundKind, Outgoing, Priority
from models.policy import DeliveryPolicy
from models.staff import Employee, Person


@dataclass(frozen=True)
class Destination:
    """Where messages to a person go."""

    channel: Channel
    recipient: str


class Posting:
    """Renders what is said and puts it into the outbox."""

    def __init__(self, texts: Texts, delivery: DeliveryPolicy, *, public_url: str) -> None:
        self._texts = texts
        self._delivery = delivery
        self._public_url = public_url

    def post_answers(
        self,
        session: Session,
        key: str,
        me: Person | Stranger,
        answers: Sequence[Reply | Attachment],
        now: datetime,
        message: Message | None = None,
    ) -> None:
        """Answers to somebody, in their order; those to a `message` go where it came from."""
        to = _destination(me) if message is None else _origin(me, message)
        until = now + self._answer_lifetime
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
            outgoing += self._outgoing(to, text, named, cover=cover, about=answer.about, brief=answer.brief)
        messaging.post(session, outgoing, now=now, lifetime=self._answer_lifetime)

    def post_text(
        self,
        session: Session,
        key: str,
        to: Destination,
        block: str,
        values: Mapping[str, Any],
        now: datetime,
    ) -> None:
        """One text to an address, whoever is behind it."""
        outgoing = self._outgoing(to, self._texts.render(block, values), key)
        messaging.post(session, outgoing, now=now, lifetime=self._answer_lifetime)

    def post_files(
        self, session: Session, key: str, me: Person, files: Sequence[Attachment], now: datetime
    ) -> None:
        """Files that belong to an answer of the JSON API go into the chat of the person who asked."""
        to = _destination(me)
        until = now + self._answer_lifetime
        outgoing = [
            _file(session, to, file, f"{key}:file:{number}", until) for number, file in enumerate(files)
        ]
        messaging.post(session, outgoing, now=now, lifetime=self._answer_lifetime)

    def post_notices(
        self,
        session: Session,
        key: str,
        notices: Iterable[Notice | CloseCards],
        now: datetime,
        tapped: str | None = None,
    ) -> None:
        """Notices to anybody, and cards that are over; `tapped` is the card whose tap caused them."""
        lifetime = timedelta(minutes=self._delivery.push_expires_minutes)
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
                "not_before": notice.not_before,
            }
            cover = _cover(session, to, notice.cover, until)
            outgoing += self._outgoing(to, text, named, cover=cover, about=notice.about, **when)
            outgoing += [
                _file(session, to, attachment, f"{named}:file:{place}", until, **when)
                for place, attachment in enumerate(notice.attachments)
            ]
        per_second = self._delivery.pushes_per_second
        messaging.post(session, outgoing, now=now, lifetime=lifetime, per_second=per_second)

    def defer(
        self, session: Session, key: str, me: Person | Stranger, parts: Iterable[object], now: datetime
    ) -> None:
        """Enter the slow parts of an answer: a worker makes them after the commit (docs/adr/0022)."""
        for number, later in enumerate(part for part in parts if isinstance(part, Later)):
            assert isinstance(me, Employee), "only employees are answered later"
            planning.defer(
                session,
                key=f"later:{key}:{number}",
                kind=later.kind,
                employee_id=me.id,
                arguments=later.arguments,
                at=now,
                expires_at=now + self._answer_lifetime,
            )

    @property
    def _answer_lifetime(self) -> timedelta:
        return timedelta(minutes=self._delivery.answer_expires_minutes)

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
