"""Custom menus of both platforms: their rules and codes (protocol 3.8, 4.5)."""

from dataclasses import dataclass
from typing import Any

from sandbox.errors import ApiError
from sandbox.limits import size

KEYED = frozenset(
    {
        "click",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
    }
)
KEY_BYTES, URL_BYTES = 128, 1024


@dataclass(frozen=True)
class MenuRules:
    """Where the platforms differ."""

    top_name_bytes: int
    sub_name_bytes: int
    miniprogram: str
    extra: frozenset[str] = frozenset()


WECOM = MenuRules(16, 40, "view_miniprogram")
OFFICIAL = MenuRules(16, 60, "miniprogram", frozenset({"media_id", "article_id"}))


@dataclass(frozen=True)
class Codes:
    """What a button is refused with for its type, name, key and URL."""

    kind: int
    name: int
    key: int
    url: int


TOP, SUB = Codes(40017, 40018, 40019, 40020), Codes(40024, 40025, 40026, 40027)


def validate(body: dict[str, Any], rules: MenuRules) -> list[dict[str, Any]]:
    """The buttons, if the platform would take them."""
    buttons = body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise ApiError(40016)
    for button in buttons:
        _name(button, rules.top_name_bytes, TOP)
        children = button.get("sub_button")
        if not children:
            _action(button, rules, TOP)
            continue
        if not isinstance(children, list) or len(children) > 5:
            raise ApiError(40023)
        for child in children:
            _name(child, rules.sub_name_bytes, SUB)
            if child.get("sub_button"):
                raise ApiError(40022)
            _action(child, rules, SUB)
    return buttons


def _name(button: Any, longest: int, codes: Codes) -> None:
    if not isinstance(button, dict):
        raise ApiError(40016)
    name = button.get("name")
    if not isinstance(name, str) or not name:
        raise ApiError(41102)
    if size(name) > longest:
        raise ApiError(codes.name)


def _action(button: dict[str, Any], rules: MenuRules, codes: Codes) -> None:
    kind = button.get("type")
    if kind in KEYED:
        key = button.get("key")
        if not isinstance(key, str) or not key or size(key) > KEY_BYTES:
            raise ApiError(codes.key)
    elif kind == "view":
        url = button.get("url")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")) or size(url) > URL_BYTES:
            raise ApiError(codes.url)
    elif kind == rules.miniprogram:
        if not button.get("appid") or not button.get("pagepath"):
            raise ApiError(40058, "appid and pagepath")
    elif kind not in rules.extra:
        raise ApiError(codes.kind)


def leaves(buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every button that does something when tapped."""
    return [leaf for button in buttons for leaf in (button.get("sub_button") or [button])]
