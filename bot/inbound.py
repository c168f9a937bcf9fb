"""Every message and event of both platforms in one shape (protocol section 2)."""

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.document import Fields
from bot.rejection import malformed
from handlers.base import Account, CardTap, Kind, Message, Place

KINDS = {
    "text": Kind.TEXT,
    "image": Kind.IMAGE,
    "voice": Kind.VOICE,
    "video": Kind.VIDEO,
    "shortvideo": Kind.VIDEO,
    "location": Kind.LOCATION,
    "link": Kind.LINK,
    "event": Kind.EVENT,
}

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "text": ("Content",),
    "image": ("MediaId",),
    "voice": ("MediaId",),
    "video": ("MediaId",),
    "shortvideo": ("MediaId",),
    "location": ("Location_X", "Location_Y"),
    "link": ("Url",),
    "event": ("Event",),
}
"""Elements without which a message of this type makes no sense."""

EVENT_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "click": ("EventKey",),
    "view": ("EventKey",),
    "location": ("Latitude", "Longitude"),
    "location_select": ("SendLocationInfo",),
    "template_card_event": ("EventKey", "TaskId"),
    "template_card_menu_event": ("EventKey", "TaskId"),
    "change_contact": ("ChangeType",),
}

EMPTY_ALLOWED = frozenset({"Content", "EventKey"})
NESTED = frozenset({"SendLocationInfo"})
"""Required elements that hold others; the rest hold text."""
EARLIEST = 946_684_800  # 2000-01-01
LATEST = 4_102_444_800  # 2100-01-01
LONGEST_SENDER = 128
"""The width of `candidate.openid`; a UserID has at most 64 (protocol 2.1)."""


def parse(account: Account, fields: Fields) -> Message:
    """The message in the document; unknown types become `Kind.UNKNOWN` and keep all their fields.

    Raises:
        Rejected: (400) an element that its type requires is missing or unreadable.
    """
    type_ = _text(fields, "MsgType").lower()
    sender = _text(fields, "FromUserName")
    if len(sender) > LONGEST_SENDER:
        raise malformed("FromUserName is too long")
    _text(fields, "ToUserName")
    sent_at = _moment(_text(fields, "CreateTime"))
    kind = KINDS.get(type_, Kind.UNKNOWN)
    key = _key(account, fields, sender, kind)
    _require(fields, REQUIRED.get(type_, ()))
    event = ""
    event_key = _optional(fields, "EventKey")
    if kind is Kind.EVENT:
        event = _text(fields, "Event").lower()
        _require(fields, EVENT_REQUIRED.get(event, ()))
    elif kind is Kind.TEXT and (option := _optional(fields, "bizmsgmenuid")):
        # An option of a menu message: its words come as a text, but it is a tap (protocol 2.7, 4.2).
        _message_id(fields)
        kind, event, event_key = Kind.EVENT, "click", option
    elif kind is not Kind.UNKNOWN:
        _message_id(fields)
    place = _place(kind, event, fields)
    return Message(
        account=account,
        key=key,
        sender=sender,
        kind=kind,
        sent_at=sent_at,
        event=event,
        text=_optional(fields, "Content") if kind is Kind.TEXT else "",
        event_key=event_key,
        place=place,
        card=_card(event, fields),
        act=_act(account, sender, kind, event),
        fields=fields,
    )


POINTS = frozenset({"Latitude", "Longitude", "Precision", "Location_X", "Location_Y", "Label", "Poiname"})
"""Where somebody was: used at once, and kept nowhere but in the check-in (domain.md 2.6)."""
MEMBER_KEPT = frozenset(
    {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "ChangeType"}
    | {"UserID", "NewUserID", "Department", "MainDepartment", "Status"}
)
"""What a change of a member is kept with: whom to read again, and no personal data (protocol 2.4)."""


def keepable(message: Message) -> Fields:
    """The fields that are kept: everything but places and the personal data of changed members."""
    if str(message.fields.get("ChangeType", "")).endswith("_user"):
        return {name: value for name, value in message.fields.items() if name in MEMBER_KEPT}
    return dict(message.fields) if message.place is None else _without_points(message.fields)


def _without_points(fields: Mapping[str, Any]) -> Fields:
    return {
        name: _without_points(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if name not in POINTS
    }


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise malformed(f"{name} is missing")
    return value


def _optional(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def _require(fields: Fields, names: tuple[str, ...]) -> None:
    for name in names:
        value = fields.get(name)
        if value is None or (value == "" and name not in EMPTY_ALLOWED):
            raise malformed(f"{name} is missing")
        if not isinstance(value, dict if name in NESTED else str):
            raise malformed(f"{name} is not what it should be")


def _moment(text: str) -> datetime:
    if not text.isascii() or not text.isdigit() or len(text) > 12 or not EARLIEST <= int(text) <= LATEST:
        raise malformed("CreateTime is not a moment in this century")
    return datetime.fromtimestamp(int(text), UTC)


def _message_id(fields: Fields) -> str:
    """MsgId, or MsgID as some payloads write it (protocol 2.7)."""
    value = fields.get("MsgId") or fields.get("MsgID")
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise malformed("MsgId is missing")
    return value


def _key(account: Account, fields: Fields, sender: str, kind: Kind) -> str:
    """The dedupe key: the id of a message; of anything else all it says.

    A re-sent callback carries the same document (protocol 1.6), two different events in one second do not.
    """
    message_id = fields.get("MsgId") or fields.get("MsgID")
    if isinstance(message_id, str) and kind is not Kind.EVENT:
        identity: Any = [account, sender, message_id]
    else:
        identity = [account, fields]
    text = json.dumps(identity, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _place(kind: Kind, event: str, fields: Fields) -> Place | None:
    if kind is Kind.LOCATION:
        return _point(fields, "Location_X", "Location_Y", label=_optional(fields, "Label"))
    if event == "location":
        return _point(fields, "Latitude", "Longitude", accuracy=_optional(fields, "Precision"))
    if event == "location_select":
        info = fields["SendLocationInfo"]
        label = _optional(info, "Poiname") or _optional(info, "Label")
        return _point(info, "Location_X", "Location_Y", label=label)
    return None


def _point(fields: Fields, latitude: str, longitude: str, *, label: str = "", accuracy: str = "") -> Place:
    place = Place(
        _number(_text(fields, latitude)),
        _number(_text(fields, longitude)),
        _number(accuracy) if accuracy else None,
        label or None,
    )
    if not (-90 <= place.latitude <= 90 and -180 <= place.longitude <= 180):
        raise malformed("the location is not on earth")
    return place


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise malformed("a coordinate is not a number") from None
    if not math.isfinite(number):
        raise malformed("a coordinate is not a number")
    return number


def _card(event: str, fields: Fields) -> CardTap | None:
    if event not in {"template_card_event", "template_card_menu_event"}:
        return None
    selected = {}
    items = fields.get("SelectedItems")
    for item in _many(items.get("SelectedItem") if isinstance(items, dict) else None):
        if isinstance(item, dict):
            options = item.get("OptionIds")
            ids = _many(options.get("OptionId") if isinstance(options, dict) else None)
            selected[_optional(item, "QuestionKey")] = tuple(o for o in ids if isinstance(o, str))
    return CardTap(
        task_id=_optional(fields, "TaskId"),
        card_type=_optional(fields, "CardType"),
        response_code=_optional(fields, "ResponseCode"),
        selected=selected,
    )


def _many(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _act(account: Account, sender: str, kind: Kind, event: str) -> str | None:
    """What the event and the message of one menu location have in common (protocol 2.3)."""
    if kind is not Kind.LOCATION and event != "location_select":
        return None
    text = f"{account}\0{sender.lower()}\0location"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
