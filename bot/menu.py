"""The menus of the app and the service account, as config/menu.toml says, put into the outbox."""

import tomllib
from pathlib import Path
from typing import Any

from config.settings import Settings

MENU_FILE = Path(__file__).parent.parent / "config" / "menu.toml"


def load_menus(public_url: str, path: Path = MENU_FILE) -> dict[str, dict[str, Any]]:
    """Channel → the body of menu/create, with page addresses made absolute."""
    channels = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        channel: {"button": [_button(button, public_url) for button in buttons]}
        for channel, buttons in channels.items()
    }


def menu_keys(path: Path = MENU_FILE) -> dict[str, set[tuple[str, str]]]:
    """Channel → every (type, key) that a menu item sends."""
    channels = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        channel: {
            (item["type"], item["key"])
            for button in buttons
            for item in (button.get("sub") or [button])
            if "key" in item
        }
        for channel, buttons in channels.items()
    }


def configured_channels(settings: Settings) -> list[str]:
    """The channels of this installation."""
    return ["wecom", *(["official"] if settings.official_app_id else [])]


def _button(button: dict[str, Any], public_url: str) -> dict[str, Any]:
    made = {name: value for name, value in button.items() if name != "sub"}
    if "url" in made and made["url"].startswith("/"):
        made["url"] = public_url + made["url"]
    if "sub" in button:
        made["sub_button"] = [_button(item, public_url) for item in button["sub"]]
    return made
