"""From a rendered text to the platform's message body: text, markdown or template card.

A text that starts with `# ` is a card: the title, then the body, `- key: value` rows, and one line
`[words](key)` for each button. A card with no button but a link `[words](/path)` opens that page. A text that
starts with a line `!markdown` is markdown. Everything else is text, cut into messages that fit.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

TEXT_BYTES = 2000
"""The longest text or markdown message in bytes of UTF-8: 2048 (protocol 3.2) less room for a mark."""

_BUTTON = re.compile(r"^\[(?P<words>[^\]]+)\]\((?P<target>[^)\s]+)\)$")
_ROW = re.compile(r"^- (?P<name>[^:：]+)[:：]\s*(?P<value>.+)$")


@dataclass(frozen=True)
class Card:
    """What a card text says, before either platform's form."""

    title: str
    body: str
    rows: tuple[tuple[str, str], ...]
    buttons: tuple[tuple[str, str], ...]
    """(words, key)."""
    link: tuple[str, str] | None
    """(words, path)."""


def read_card(text: str) -> Card | None:
    """The card in a text, or None if the text is no card."""
    if not text.startswith("# "):
        return None
    title, _, rest = text.partition("\n")
    body: list[str] = []
    rows: list[tuple[str, str]] = []
    buttons: list[tuple[str, str]] = []
    link = None
    for line in rest.splitlines():
        if button := _BUTTON.match(line):
            if button["target"].startswith("/"):
                link = (button["words"], button["target"])
            else:
                buttons.append((button["words"], button["target"]))
        elif row := _ROW.match(line):
            rows.append((row["name"], row["value"]))
        else:
            body.append(line)
    return Card(title[2:].strip(), "\n".join(body).strip(), tuple(rows), tuple(buttons), link)


def wecom_bodies(text: str, key: str, public_url: str) -> list[dict[str, Any]]:
    """The WeCom message bodies for a text; `key` names the message and so the card's task."""
    if (card := read_card(text)) is not None and (card.buttons or card.link):
        return [{"msgtype": "template_card", "template_card": _template_card(card, key, public_url)}]
    if text.startswith("!markdown\n"):
        content = text.removeprefix("!markdown\n")
        return [{"msgtype": "markdown", "markdown": {"content": part}} for part in cut(content)]
    return [{"msgtype": "text", "text": {"content": part}} for part in cut(plain(text, public_url))]


def official_bodies(text: str, public_url: str) -> list[dict[str, Any]]:
    """The customer-service message bodies for a text: the service account has no such cards."""
    return [{"msgtype": "text", "text": {"content": part}} for part in cut(plain(text, public_url))]


def plain(text: str, public_url: str) -> str:
    """A text without markup, as a service-account message, a page or the JSON API shows it."""
    text = text.removeprefix("!markdown\n")
    card = read_card(text)
    if card is None:
        return text
    parts = [card.title, card.body, *(f"{name}:{value}" for name, value in card.rows)]
    if card.link:
        parts.append(f"{card.link[0]}:{public_url}{card.link[1]}")
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


def task_id(key: str) -> str:
    """A card's task id: unique for the message, of the allowed characters (protocol 3.3)."""
    return "m-" + hashlib.sha256(key.encode()).hexdigest()[:40]


def _template_card(card: Card, key: str, public_url: str) -> dict[str, Any]:
    content: dict[str, Any] = {
        "task_id": task_id(key),
        "main_title": {"title": card.title},
        "sub_title_text": card.body,
    }
    if card.rows:
        content["horizontal_content_list"] = [{"keyname": name, "value": value} for name, value in card.rows]
    action = {"type": 1, "url": public_url + card.link[1]} if card.link else None
    if card.buttons:
        content["card_type"] = "button_interaction"
        content["button_list"] = [
            {"text": words, "key": target, "style": 1 if number == 0 else 2}
            for number, (words, target) in enumerate(card.buttons)
        ]
    else:
        content["card_type"] = "text_notice"
        content["jump_list"] = (
            [{"type": 1, "title": card.link[0], "url": action["url"]}] if action and card.link else []
        )
    if action:
        content["card_action"] = action
    return content
