"""Applies passive replies to the phone (protocol 1.7, 1.8)."""

from typing import Any

from sandbox import cards
from sandbox.envelope import Element, EnvelopeError, parse_xml, text_of
from sandbox.errors import ApiError
from sandbox.limits import cut
from sandbox.render import render
from sandbox.world import Message, World

TEXT_BYTES = 2048
OFFICIAL_ONLY = frozenset({"music", "transfer_customer_service"})
OFFICIAL_OUTAGE = "该公众号提供的服务出现故障，请稍后再试"


class ReplyTaker:
    """Reads one reply and changes the phone of the person it answers."""

    def __init__(
        self, world: World, home: str, agent_id: int | None, person: str, card: Message | None = None
    ) -> None:
        self.world = world
        self.home = home
        self.agent_id = agent_id
        self.person = person
        self.card = card

    def take(self, xml: str) -> None:
        """Apply the reply; anything malformed is an ``EnvelopeError``."""
        root = parse_xml(xml)
        if text_of(root, "ToUserName").lower() != self.person.lower():
            raise EnvelopeError("ToUserName is not the person being answered")
        kind = text_of(root, "MsgType")
        if kind == "update_button":
            self._update_button(root)
        elif kind == "update_template_card":
            self._update_card(root)
        elif kind in OFFICIAL_ONLY and self.agent_id is not None:
            raise EnvelopeError(f"MsgType {kind} is for service accounts only")
        elif kind == "transfer_customer_service":
            return
        elif self.card is not None:
            raise EnvelopeError("a card event takes update replies only")
        else:
            self._say(kind, root)

    def fail(self) -> None:
        """Nothing usable came: a service account's follower is told so, a member sees nothing."""
        if self.agent_id is None:
            self._add("notice", {"content": OFFICIAL_OUTAGE})

    def _say(self, kind: str, root: Element) -> None:
        if kind == "text":
            content = text_of(root, "Content")
            if not content:
                raise EnvelopeError("text reply without Content")
            self._add("text", {"content": cut(content, TEXT_BYTES)})
        elif kind in ("image", "voice", "video"):
            media_id = text_of(root, f"{kind.capitalize()}/MediaId")
            self._need_media(media_id, kind)
            self._add(kind, {"media_id": media_id, "title": text_of(root, "Video/Title")})
        elif kind == "music":
            self._need_media(text_of(root, "Music/ThumbMediaId"), "thumb")
            self._add("music", {"title": text_of(root, "Music/Title")})
        elif kind == "news":
            articles = [
                {
                    "title": text_of(item, "Title"),
                    "description": text_of(item, "Description"),
                    "url": text_of(item, "Url"),
                    "picurl": text_of(item, "PicUrl"),
                }
                for item in root.findall("Articles/item")
            ]
            if not articles or text_of(root, "ArticleCount") != str(len(articles)):
                raise EnvelopeError("ArticleCount does not match")
            self._add("news", {"articles": articles})
        else:
            raise EnvelopeError(f"MsgType {kind!r} is not a passive reply")

    def _need_media(self, media_id: str, kind: str) -> None:
        if self.world.live_media(self.home, media_id, kind) is None:
            raise EnvelopeError(f"{media_id!r} is no {kind} of this account")

    def _update_button(self, root: Element) -> None:
        name = text_of(root, "Button/ReplaceName")
        if self.card is None or not name:
            raise EnvelopeError("update_button needs a card event and Button/ReplaceName")
        if self.card.content.get("card_type") not in cards.INTERACTIVE:
            raise EnvelopeError("this card has no buttons")
        self.world.change_message(self.card, replace_text=name, updated=True)

    def _update_card(self, root: Element) -> None:
        element = root.find("TemplateCard")
        if self.card is None or element is None:
            raise EnvelopeError("update_template_card needs a card event and TemplateCard")
        card = cards.from_xml(element)
        card.setdefault("task_id", self.card.content.get("task_id", ""))
        try:
            replace_card(self.world, self.card, card)
        except ApiError as error:
            raise EnvelopeError(str(error)) from error

    def _add(self, msgtype: str, content: dict[str, Any]) -> None:
        self.world.add_message(
            home=self.home,
            agent_id=self.agent_id,
            person=self.person,
            direction="in",
            msgtype=msgtype,
            content=content,
            text=render(msgtype, content),
        )


def replace_card(world: World, message: Message, card: cards.Card) -> None:
    """Put another card in a bubble's place, after validating it."""
    corp = world.corps[message.home]
    cards.validate(
        card,
        known_media=lambda media_id: world.live_media(corp.id, media_id) is not None,
        known_user=lambda userid: corp.member(userid) is not None,
    )
    world.change_message(
        message,
        content=card,
        text=render("template_card", card),
        updated=True,
        replace_text=card.get("replace_text") or None,
        answered=None,
    )
