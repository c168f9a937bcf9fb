"""Pure decisions about delivery: what may be repeated, and when the platform has room for a message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

WECOM_KEY_LIFE = timedelta(hours=4)
"""How long the platform suppresses a repeat of the same content to the same member (protocol 3.2)."""
TEMPLATE_KEY_LIFE = timedelta(minutes=10)
"""How long `client_msg_id` suppresses a repeat (protocol 4.3)."""
WECOM_KEY_MEMORY = WECOM_KEY_LIFE + timedelta(minutes=5)
"""For so long we take the platform to remember: its clock and its moment of taking are not ours."""
KEY_MARGIN = timedelta(minutes=1)
"""Repeats stop this long before a key expires."""

WECOM, OFFICIAL = "wecom", "official"
MESSAGE, TEMPLATE, GROUP = "message", "template", "group"


def key_life(channel: str, kind: str) -> timedelta | None:
    """For how long the platform tells a repeat from a new message.

    None where it cannot: customer-service messages, texts, letters and messages to a group chat have no key.
    Card updates, recalls and menus may be repeated at any time, since doing them twice is doing them once.
    """
    if kind == GROUP:
        return None
    if channel == WECOM:
        return WECOM_KEY_LIFE if kind == MESSAGE else timedelta.max
    if kind == TEMPLATE:
        return TEMPLATE_KEY_LIFE
    return None if kind == MESSAGE else timedelta.max


def may_repeat(*, channel: str, kind: str, is_answer: bool, first_tried_at: datetime, now: datetime) -> bool:
    """Whether a message whose fate is unknown may be sent again (docs/adr/0012).

    While the platform suppresses repeats it appears once. Where it does not, an answer goes at least
    once and a push that nobody asked for at most once.
    """
    life = key_life(channel, kind)
    if life is not None and (life == timedelta.max or now - first_tried_at < life - KEY_MARGIN):
        return True
    return is_answer


def handle_of(key: str) -> str:
    """The name by which a platform that takes one knows the message with this key."""
    return sha256(key.encode()).hexdigest()[:32]


MARKS = ("\u200b", "\u200c")
"""Two characters without width: the digits of a repeat's number."""


def mark(number: int) -> str:
    """What nobody sees and makes the content of the `number`th equal message differ; empty for 0."""
    return "".join(MARKS[int(digit)] for digit in f"{number:b}") if number else ""


GISTS = {
    "text": ("content",),
    "markdown": ("content",),
    "textcard": ("title",),
    "news": ("articles", 0, "title"),
    "mpnews": ("articles", 0, "title"),
    "template_card": ("main_title", "title"),
    "miniprogram_notice": ("title",),
    "video": ("title",),
    "file": ("media_id", "name"),
    "msgmenu": ("head_content",),
}
"""Where each type of message says what it is about."""


def gist(payload: Mapping[str, Any]) -> str:
    """The words by which somebody recognises a message; empty for pictures and voice."""
    type_ = str(payload.get("msgtype", ""))
    found: Any = payload.get(type_) if type_ in GISTS else ""
    for step in GISTS.get(type_, ()):
        found = found[step]
    return str(found).strip("".join(MARKS))


@dataclass(frozen=True)
class Window:
    """At most `most` messages within `span`."""

    most: int
    span: timedelta


def next_allowed(sent_at: Sequence[datetime], windows: Sequence[Window], now: datetime) -> datetime:
    """The earliest moment at which one more message keeps every window; `now` if it does already.

    `sent_at` are the moments of earlier messages, in any order.
    """
    moment = now
    for window in windows:
        recent = sorted(at for at in sent_at if at > now - window.span)
        if len(recent) >= window.most:
            moment = max(moment, recent[len(recent) - window.most] + window.span)
    return moment


@dataclass(frozen=True)
class Allowance:
    """What an act of a candidate opens for customer-service messages (protocol 4.2)."""

    messages: int
    span: timedelta


ALLOWANCES = {
    "message": Allowance(5, timedelta(hours=48)),
    "menu": Allowance(3, timedelta(minutes=1)),
    "follow": Allowance(3, timedelta(minutes=1)),
    "scan": Allowance(3, timedelta(minutes=1)),
}
ACTS = {
    "click": "menu",
    "scancode_push": "menu",
    "scancode_waitmsg": "menu",
    "subscribe": "follow",
    "scan": "scan",
}
"""Event → the kind of act it is; every message counts as `message`."""


def act_of(kind: str, event: str) -> str | None:
    """The act by which a candidate opens a window; None for events that open none."""
    return ACTS.get(event) if kind == "event" else "message"


def has_allowance(acts: Sequence[tuple[str, datetime]], sent_at: Sequence[datetime], now: datetime) -> bool:
    """Whether a customer-service message is allowed now: some window is open and not used up.

    `acts` are what the candidate did (act, moment), `sent_at` when messages went out.
    """
    for act, at in acts:
        allowance = ALLOWANCES[act]
        if now - at < allowance.span and sum(sent >= at for sent in sent_at) < allowance.messages:
            return True
    return False
