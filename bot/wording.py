"""From a rendered text to the platforms' message bodies, within their limits (protocol 3.2, 3.3, 4.2, 4.3).

What people wrote is cut at a limit, with an ellipsis. A text that cannot be what it wants to be is a mistake
of its author and raises `WordingError`, before anything is committed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards import cut_words, full_url, needed, template_card
from bot.markup import Card, Directive, WordingError, read_card, read_cards, read_directive
from models.messaging import Attachment, AttachmentKind, Channel

TEXT_BYTES = 2000
"""The longest text or markdown message in bytes of UTF-8: 2048 (protocol 3.2) less room for a mark."""
TITLE_BYTES, DESCRIPTION_BYTES, AUTHOR_BYTES = 128, 512, 64
MARKED_BYTES = 48
"""What is left free where a repeat gets its mark (docs/adr/0012)."""
ARTICLE_BYTES = 666 * 1024
ARTICLES = 8

Body = dict[str, Any]
Cover = Mapping[str, str]
"""What stands for the media id of the picture that belongs to a text."""


@dataclass(frozen=True)
class _Text:
    """A text with all that its body is made from."""

    directive: Directive
    public_url: str
    cover: Cover | None

    @property
    def cards(self) -> Sequence[Card]:
        """What the text holds, one for each title."""
        found = read_cards(self.directive.rest)
        if not found:
            raise WordingError(f"!{self.directive.name} needs a line with a title: # …")
        return found

    @property
    def card(self) -> Card:
        """The only thing the text holds."""
        if len(self.cards) > 1:
            raise WordingError(f"!{self.directive.name} takes one title")
        return self.cards[0]

    def argument(self, number: int, what: str) -> str:
        """What follows the name in the first line."""
        if len(self.directive.arguments) <= number:
            raise WordingError(f"!{self.directive.name} needs {what}")
        return self.directive.arguments[number]

    def picture(self) -> Cover:
        """The cover, which this type cannot do without."""
        if self.cover is None:
            raise WordingError(f"!{self.directive.name} needs a cover")
        return self.cover

    def url(self, card: Card) -> str:
        """The address that a card opens, which this type cannot do without."""
        return full_url(needed(card.link, f"!{self.directive.name} needs a link")[1], self.public_url)


def wecom_bodies(text: str, key: str, public_url: str, cover: Cover | None = None) -> list[Body]:
    """The WeCom message bodies for a text; `key` names the message and so the card's task.

    Raises:
        WordingError: the text is not what its type needs.
    """
    directive = read_directive(text)
    if directive is not None and directive.name == "markdown":
        return [{"msgtype": "markdown", "markdown": {"content": part}} for part in cut(directive.rest)]
    if directive is not None:
        return [_typed(_WECOM, _Text(directive, public_url, cover))]
    card = read_card(text)
    if card is not None and (card.buttons or card.links):
        return [{"msgtype": "template_card", "template_card": template_card(card, key, public_url)}]
    return [{"msgtype": "text", "text": {"content": part}} for part in cut(plain(text, public_url))]


def official_bodies(text: str, public_url: str, cover: Cover | None = None) -> list[Body]:
    """The service account's bodies for a text; one with a `template_id` is a template message.

    It has no template cards: buttons become a menu of options, a picture with a link an article.

    Raises:
        WordingError: the text is not what its type needs.
    """
    directive = read_directive(text)
    if directive is not None and directive.name not in ("markdown", "textcard"):
        return [_typed(_OFFICIAL, _Text(directive, public_url, cover))]
    card = read_card(text)
    if card is not None and card.questions:
        raise WordingError("the service account cannot ask questions on a card")
    if card is not None and card.buttons:
        return [_menu(card, public_url)]
    if card is not None and card.picture and card.links:
        return [_body("news", {"articles": [_article(card, public_url)]})]
    return [{"msgtype": "text", "text": {"content": part}} for part in cut(plain(text, public_url))]


def attachment_body(attachment: Attachment, media: Cover, cover: Cover | None = None) -> Body:
    """The body of a file as a message of its own; a video is called by its file's name."""
    content: Body = {"media_id": media}
    if attachment.kind is AttachmentKind.VIDEO:
        content["title"] = cut_bytes(attachment.name.rpartition(".")[0] or attachment.name, TITLE_BYTES)
        if cover is not None:
            content["thumb_media_id"] = cover
    return _body(attachment.kind, content)


def plain(text: str, public_url: str) -> str:
    """A text without markup, as a service-account message, a page or the JSON API shows it."""
    directive = read_directive(text)
    if directive is not None:
        text = directive.rest
    if directive is not None and directive.name == "markdown":
        return text
    cards = read_cards(text) if text.startswith("# ") else []
    return "\n".join(_in_words(card, public_url) for card in cards) if cards else text


def _in_words(card: Card, public_url: str) -> str:
    parts = [card.title, " ".join(card.figure or ()), card.body, card.quote]
    parts += [f"{row.name}:{row.value}" for row in card.rows]
    parts += [f"{words}:{full_url(target, public_url)}" for words, target in card.links]
    return "\n".join(part for part in parts if part)


def cut(text: str, limit: int = TEXT_BYTES) -> list[str]:
    """The text in pieces of at most `limit` bytes, cut between lines, or between characters if need be."""
    pieces: list[str] = []
    piece = ""
    for line in text.splitlines(keepends=True):
        if piece and len((piece + line).rstrip("\n").encode()) > limit:
            pieces.append(piece)
            piece = ""
        while len(line.rstrip("\n").encode()) > limit:
            head = line.encode()[:limit].decode(errors="ignore")
            pieces.append(head)
            line = line[len(head) :]
        piece += line
    if piece:
        pieces.append(piece)
    return [piece.rstrip("\n") for piece in pieces if piece.strip()]


def cut_bytes(text: str, limit: int) -> str:
    """The text in at most `limit` bytes of UTF-8, ending with … if there was more."""
    if len(text.encode()) <= limit:
        return text
    return text.encode()[: limit - len("…".encode())].decode(errors="ignore") + "…"


def _body(msgtype: str, content: Body) -> Body:
    return {"msgtype": str(msgtype), str(msgtype): content}


def _typed(builders: Mapping[str, Callable[[_Text], Body]], text: _Text) -> Body:
    builder = builders.get(text.directive.name)
    if builder is None:
        raise WordingError(f"!{text.directive.name} is no type of message that this account sends")
    return builder(text)


# --- WeCom ---------------------------------------------------------------------------------------------


def _textcard(text: _Text) -> Body:
    card = text.card
    words, _ = needed(card.link, "!textcard needs a link")
    description = needed(_description(card), "!textcard needs a description")
    return _body(
        "textcard",
        {
            "title": cut_bytes(card.title, TITLE_BYTES),
            "description": cut_bytes(description, DESCRIPTION_BYTES - MARKED_BYTES),
            "url": text.url(card),
            "btntxt": words[:4],
        },
    )


def _news(text: _Text) -> Body:
    cards = text.cards
    if len(cards) > ARTICLES:
        raise WordingError(f"!news takes at most {ARTICLES} articles")
    for card in cards:
        text.url(card)
    return _body("news", {"articles": [_article(card, text.public_url) for card in cards]})


def _article(card: Card, public_url: str) -> Body:
    article = {
        "title": cut_bytes(card.title, TITLE_BYTES - MARKED_BYTES),
        "description": cut_bytes(_description(card), DESCRIPTION_BYTES),
        "url": full_url(needed(card.link, "an article needs a link")[1], public_url),
    }
    return {**article, "picurl": full_url(card.picture, public_url)} if card.picture else article


def _mpnews(text: _Text) -> Body:
    """Articles that WeCom hosts: the body is HTML, the quote the digest."""
    if len(text.cards) > ARTICLES:
        raise WordingError(f"!mpnews takes at most {ARTICLES} articles")
    author = cut_bytes(" ".join(text.directive.arguments), AUTHOR_BYTES)
    return _body("mpnews", {"articles": [_hosted(card, author, text) for card in text.cards]})


def _hosted(card: Card, author: str, text: _Text) -> Body:
    content = needed(card.body, "an article needs a body")
    if len(content.encode()) > ARTICLE_BYTES:
        raise WordingError("an article has at most 666 KB")
    article = {
        "title": cut_bytes(card.title, TITLE_BYTES),
        "thumb_media_id": text.picture(),
        "author": author,
        "content": content,
        "digest": cut_bytes(card.quote, DESCRIPTION_BYTES),
    }
    if card.link:
        article["content_source_url"] = full_url(card.link[1], text.public_url)
    return article


NOTICE_TITLE = range(4, 13)
NOTICE_ROWS = range(1, 11)
NOTICE_KEY, NOTICE_VALUE = 10, 24
"""Characters of a row; six of the value's thirty are left for a mark."""


def _miniprogram_notice(text: _Text) -> Body:
    card = text.card
    title = cut_words(card.title, NOTICE_TITLE[-1])
    if len(title) not in NOTICE_TITLE or (card.body and len(card.body) < NOTICE_TITLE[0]):
        raise WordingError("title and description of !miniprogram have 4 to 12 characters")
    if len(card.rows) not in NOTICE_ROWS:
        raise WordingError("!miniprogram has 1 to 10 rows")
    content: Body = {
        "appid": text.argument(0, "the mini-program's app id"),
        "page": " ".join(text.directive.arguments[1:2]),
        "title": title,
        "content_item": [
            {"key": cut_words(row.name, NOTICE_KEY), "value": cut_words(row.value, NOTICE_VALUE)}
            for row in card.rows
        ],
    }
    if card.body:
        content["description"] = cut_words(card.body, NOTICE_TITLE[-1])
    return _body("miniprogram_notice", content)


def _description(card: Card) -> str:
    rows = [f"{row.name}：{row.value}" for row in card.rows]
    return "\n".join(part for part in (card.body, *rows) if part)


_WECOM: Mapping[str, Callable[[_Text], Body]] = {
    "textcard": _textcard,
    "news": _news,
    "mpnews": _mpnews,
    "miniprogram": _miniprogram_notice,
}


# --- the service account -------------------------------------------------------------------------------


def _menu(card: Card, public_url: str) -> Body:
    """The buttons as numbered options: a tap on one comes back as the tap of its key (bot/inbound.py), and so
    does its number (bot/routing.py)."""
    head = Card(card.title, card.body, card.rows, quote=card.quote, figure=card.figure)
    tail = Card("", links=card.links)
    content: Body = {
        "head_content": cut_bytes(_in_words(head, public_url), TEXT_BYTES),
        "list": [
            {"id": target, "content": f"{number}. {words}"}
            for number, (words, target) in enumerate(card.buttons, 1)
        ],
        "tail_content": _in_words(tail, public_url),
    }
    return _body("msgmenu", content)


def _one_article(text: _Text) -> Body:
    text.url(text.card)
    return _body("news", {"articles": [_article(text.card, text.public_url)]})


def _music(text: _Text) -> Body:
    url = text.argument(0, "the address of the music")
    content: Body = {
        "title": cut_bytes(text.card.title, TITLE_BYTES),
        "description": cut_bytes(text.card.body, DESCRIPTION_BYTES),
        "musicurl": url,
        "hqmusicurl": url,
        "thumb_media_id": text.picture(),
    }
    return _body("music", content)


def _miniprogrampage(text: _Text) -> Body:
    content: Body = {
        "title": cut_bytes(text.card.title, TITLE_BYTES),
        "appid": text.argument(0, "the mini-program's app id"),
        "pagepath": text.argument(1, "the page"),
        "thumb_media_id": text.picture(),
    }
    return _body("miniprogrampage", content)


def _published(text: _Text) -> Body:
    return _body("mpnewsarticle", {"article_id": text.argument(0, "the id of the article")})


def _voucher(text: _Text) -> Body:
    return _body("wxcard", {"card_id": text.argument(0, "the id of the card")})


_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class _Value:
    """What the value of a template may hold (protocol 4.3)."""

    most: int
    form: re.Pattern[str] | None = None
    """What it must look like; None for any words."""
    latin: int | None = None
    """The cap without Chinese characters, where it differs."""


_VALUES = {
    "thing": _Value(20),
    "const": _Value(20),
    "name": _Value(10, latin=20),
    "phrase": _Value(5, re.compile(r"[\u4e00-\u9fff]+")),
    "character_string": _Value(32, re.compile(r"[\x20-\x7e]+")),
    "number": _Value(32, re.compile(r"-?\d+(\.\d+)?")),
    "amount": _Value(32, re.compile(r"[¥￥$]?\d{1,10}(\.\d+)?元?")),
    "phone_number": _Value(17, re.compile(r"[+\-\d ]+")),
    "time": _Value(32, re.compile(r".*\d.*")),
    "date": _Value(32, re.compile(r".*\d.*")),
}
_WORDS = frozenset({"thing", "phrase", "name"})
EMPTY = "无"
"""What stands where somebody wrote nothing: the platform refuses empty values (40250)."""


def _template(text: _Text) -> Body:
    """A template message: the rows are its values, named as in the template."""
    rows = [row for line in text.directive.rest.splitlines() for row in _values(line)]
    if not rows:
        raise WordingError("!template needs rows: - thing1：…")
    body: Body = {
        "template_id": text.argument(0, "the id of the template"),
        "data": {name: {"value": _value(name, value)} for name, value in rows},
    }
    links = _LINK.search(text.directive.rest)
    return {**body, "url": full_url(links[1], text.public_url)} if links else body


_LINK = re.compile(r"^\[[^\]]+\]\((\S+)\)$", re.MULTILINE)
_NAMED = re.compile(r"^- (?P<name>[A-Za-z_]+\d*)[:：][ \t]*(?P<value>.*)$")


def _values(line: str) -> list[tuple[str, str]]:
    found = _NAMED.match(line)
    return [(found["name"], found["value"].strip())] if found else []


def _value(name: str, value: str) -> str:
    type_ = name.rstrip("0123456789")
    rule = _VALUES.get(type_, _Value(20))
    most = rule.latin if rule.latin and not _CHINESE.search(value) else rule.most
    if not value and type_ in _WORDS:
        return EMPTY
    # An ellipsis is no Chinese word and no character of a code: those are cut bare.
    kept = value[:most] if rule.form else cut_words(value, most)
    if not kept or (rule.form and not rule.form.fullmatch(kept)):
        raise WordingError(f"{name} cannot be {value!r}")
    return kept


_OFFICIAL: Mapping[str, Callable[[_Text], Body]] = {
    "news": _one_article,
    "music": _music,
    "miniprogram": _miniprogrampage,
    "article": _published,
    "voucher": _voucher,
    "template": _template,
}


def cover_use(channel: Channel) -> str:
    """As what the cover of a text is uploaded."""
    return "thumb" if channel is Channel.OFFICIAL else AttachmentKind.IMAGE
