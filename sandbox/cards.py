"""Template cards: validation with the 420xx codes of protocol 3.3, and what changes them."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from sandbox.envelope import Element
from sandbox.errors import ApiError
from sandbox.limits import size

Card = dict[str, Any]
INTERACTIVE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
TYPES = INTERACTIVE | {"text_notice", "news_notice"}
TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
KEY_BYTES, OPTION_ID_BYTES = 1024, 128


def needs_callback(card: Card) -> bool:
    """Whether a tap on the card calls back, so that the app must have a callback URL (43012)."""
    return card.get("card_type") in INTERACTIVE or bool(card.get("action_menu"))


def carries_response_code(card: Card) -> bool:
    """Whether message/send answers with a response_code for this card (3.2)."""
    return needs_callback(card)


def validate(card: Any, *, known_media: Callable[[str], bool], known_user: Callable[[str], bool]) -> Card:
    """The card, if it is one WeCom would take."""
    if not isinstance(card, dict):
        raise ApiError(40058, "template_card")
    kind = card.get("card_type")
    if kind not in TYPES:
        raise ApiError(42031)
    _Checker(card, known_media, known_user).check()
    return card


def is_web_address(url: object) -> bool:
    """Whether it is an http(s) URL of at most 2048 bytes."""
    if not isinstance(url, str) or size(url) > 2048:
        return False
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


class _Checker:
    def __init__(
        self, card: Card, known_media: Callable[[str], bool], known_user: Callable[[str], bool]
    ) -> None:
        self.card = card
        self.kind: str = card["card_type"]
        self.known_media = known_media
        self.known_user = known_user
        self.keys: set[str] = set()

    def check(self) -> None:
        self._task_id()
        self._source()
        self._main_title()
        self._action_menu()
        self._card_action()
        if self.kind in ("text_notice", "news_notice", "button_interaction"):
            self._quote_area()
            self._horizontal_list()
        if self.kind in ("text_notice", "news_notice"):
            self._jump_list()
        if self.kind == "news_notice":
            self._pictures()
            self._vertical_list()
        if self.kind == "button_interaction":
            self._button_selection()
            self._button_list()
        if self.kind == "vote_interaction":
            self._checkbox()
        if self.kind == "multiple_interaction":
            self._select_list()
        if self.kind in ("vote_interaction", "multiple_interaction"):
            self._submit_button()

    def _task_id(self) -> None:
        task_id = self.card.get("task_id")
        required = needs_callback(self.card)
        if (required or task_id) and not (isinstance(task_id, str) and TASK_ID.fullmatch(task_id)):
            raise ApiError(42014)

    def _source(self) -> None:
        self._number(self._object("source"), "desc_color", (0, 1, 2, 3), "source")

    def _main_title(self) -> None:
        title = self._object("main_title").get("title")
        if self.kind == "text_notice":
            if not title and not self.card.get("sub_title_text"):
                raise ApiError(42033, "main_title.title or sub_title_text")
        elif not title:
            raise ApiError(42033, "main_title.title")

    def _action_menu(self) -> None:
        if not self.card.get("action_menu"):
            return
        if self.kind not in ("text_notice", "news_notice", "button_interaction"):
            raise ApiError(40058, "action_menu is not supported by this card_type")
        actions = self._object("action_menu").get("action_list")
        if not isinstance(actions, list) or not 1 <= len(actions) <= 3:
            raise ApiError(40058, "action_menu.action_list must hold 1 to 3 actions")
        for action in actions:
            text, key = self._pair(action, "text", "key")
            if not text:
                raise ApiError(42020, "action_menu.action_list.text")
            if not key:
                raise ApiError(42017, "action_menu.action_list.key")
            if size(key) > KEY_BYTES:
                raise ApiError(42018, "action_menu.action_list.key")
            self._unique(key, 42051)

    def _card_action(self) -> None:
        required = self.kind in ("text_notice", "news_notice")
        action = self.card.get("card_action")
        if not action and not required:
            return
        if not isinstance(action, dict):
            raise ApiError(42045)
        if required and action.get("type") is None:
            raise ApiError(42045, "card_action.type")
        self._number(action, "type", (1, 2) if required else (0, 1, 2), "card_action", 42045)
        self._target(action, "card_action")

    def _quote_area(self) -> None:
        if self.card.get("quote_area"):
            self._target(self._object("quote_area"), "quote_area")

    def _horizontal_list(self) -> None:
        for item in self._list("horizontal_content_list", 6, 42035):
            if not item.get("keyname"):
                raise ApiError(42027)
            kind = self._number(item, "type", (0, 1, 2, 3), "horizontal_content_list")
            if kind == 1 and not is_web_address(item.get("url")):
                raise ApiError(42028, "horizontal_content_list.url")
            if kind == 2 and not self.known_media(str(item.get("media_id") or "")):
                raise ApiError(42029)
            if kind == 3 and not self.known_user(str(item.get("userid") or "")):
                raise ApiError(42050)

    def _jump_list(self) -> None:
        for item in self._list("jump_list", 3, 42042):
            if not item.get("title"):
                raise ApiError(42033, "jump_list.title")
            self._target(item, "jump_list")

    def _pictures(self) -> None:
        image, area = self._object("card_image"), self._object("image_text_area")
        if not image and not area:
            raise ApiError(42044, "card_image or image_text_area is required")
        if image:
            if not is_web_address(image.get("url")):
                raise ApiError(42044)
            ratio = image.get("aspect_ratio", 1.3)
            if type(ratio) not in (int, float) or not 1.3 <= ratio <= 2.25:
                raise ApiError(40058, "card_image.aspect_ratio must be 1.3 to 2.25")
        if area:
            if not is_web_address(area.get("image_url")):
                raise ApiError(42044, "image_text_area.image_url")
            self._target(area, "image_text_area")

    def _vertical_list(self) -> None:
        for item in self._list("vertical_content_list", 4, 42036):
            if not item.get("title"):
                raise ApiError(42033, "vertical_content_list.title")

    def _button_selection(self) -> None:
        selection = self._object("button_selection")
        if selection:
            self._question(selection)
            self._options(selection, 10, selected=selection.get("selected_id"))

    def _button_list(self) -> None:
        buttons = self.card.get("button_list")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 6:
            raise ApiError(40058, "button_list must hold 1 to 6 buttons")
        for button in buttons:
            text, key = self._pair(button, "text", "key")
            if not text:
                raise ApiError(42038)
            if self._number(button, "type", (0, 1), "button_list") == 1:
                if not is_web_address(button.get("url")):
                    raise ApiError(42028, "button_list.url")
            elif not key or size(key) > KEY_BYTES:
                raise ApiError(42039)
            else:
                self._unique(key, 42039)
            self._number(button, "style", (1, 2, 3, 4), "button_list")

    def _checkbox(self) -> None:
        checkbox = self._object("checkbox")
        self._question(checkbox)
        options = self._options(checkbox, 20)
        mode = self._number(checkbox, "mode", (0, 1), "checkbox")
        if mode == 0 and sum(1 for option in options if option.get("is_checked")) > 1:
            raise ApiError(40058, "checkbox of mode 0 has more than one is_checked")

    def _select_list(self) -> None:
        selects = self.card.get("select_list")
        if not isinstance(selects, list) or not 1 <= len(selects) <= 3:
            raise ApiError(42047)
        for select in selects:
            if not isinstance(select, dict):
                raise ApiError(42047)
            self._question(select)
            self._options(select, 10, selected=select.get("selected_id"))

    def _submit_button(self) -> None:
        text, key = self._pair(self._object("submit_button"), "text", "key")
        if not text:
            raise ApiError(42049)
        if not key or size(key) > KEY_BYTES:
            raise ApiError(42046)
        self._unique(key, 42046)

    def _object(self, name: str) -> dict[str, Any]:
        value = self.card.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise ApiError(40058, name)
        return value

    def _list(self, name: str, longest: int, code: int) -> list[dict[str, Any]]:
        items = self.card.get(name) or []
        if not isinstance(items, list) or len(items) > longest or not all(isinstance(i, dict) for i in items):
            raise ApiError(code)
        return items

    @staticmethod
    def _pair(holder: Any, first: str, second: str) -> tuple[str, str]:
        if not isinstance(holder, dict):
            return "", ""
        left, right = holder.get(first), holder.get(second)
        return left if isinstance(left, str) else "", right if isinstance(right, str) else ""

    @staticmethod
    def _number(
        holder: dict[str, Any], name: str, allowed: tuple[int, ...], where: str, code: int = 40058
    ) -> int:
        """A whole number of the card; one that is left out is the first allowed."""
        value = holder.get(name)
        if value is None:
            return allowed[0]
        if type(value) is not int or value not in allowed:
            raise ApiError(code, f"{where}.{name}")
        return value

    def _target(self, holder: dict[str, Any], name: str) -> None:
        kind = self._number(holder, "type", (0, 1, 2), name)
        if kind == 1 and not is_web_address(holder.get("url")):
            raise ApiError(42028, f"{name}.url")
        if kind == 2 and not holder.get("appid"):
            raise ApiError(42030, f"{name}.appid")

    def _question(self, holder: dict[str, Any]) -> None:
        key = holder.get("question_key")
        if not isinstance(key, str) or not key or size(key) > KEY_BYTES:
            raise ApiError(42043)
        self._unique(key, 42043)

    def _unique(self, key: str, code: int) -> None:
        if key in self.keys:
            raise ApiError(code, "key is used twice")
        self.keys.add(key)

    def _options(self, holder: dict[str, Any], longest: int, selected: Any = None) -> list[dict[str, Any]]:
        options = holder.get("option_list")
        if not isinstance(options, list) or not 1 <= len(options) <= longest:
            raise ApiError(42037)
        seen: set[str] = set()
        for option in options:
            name, text = self._pair(option, "id", "text")
            if not name or size(name) > OPTION_ID_BYTES or name in seen:
                raise ApiError(42040)
            if not text:
                raise ApiError(42041)
            seen.add(name)
        if selected and selected not in seen:
            raise ApiError(42040, "selected_id")
        return options


NAMES = {
    "AppId": "appid",
    "UserId": "userid",
    "MediaId": "media_id",
    "KeyName": "keyname",
    "CheckBox": "checkbox",
    "PagePath": "pagepath",
}
LISTS = frozenset(
    {
        "ActionList",
        "VerticalContentList",
        "HorizontalContentList",
        "JumpList",
        "ButtonList",
        "OptionList",
        "SelectList",
    }
)
NUMBERS = frozenset({"Type", "DescColor", "Style", "Mode"})
BOOLEANS = frozenset({"IsChecked", "Disable"})


def from_xml(element: Element) -> Card:
    """The JSON card behind a passive reply's ``TemplateCard`` (1.7: CamelCase, lists repeat bare)."""
    card: Card = {}
    for child in element:
        name = NAMES.get(child.tag) or re.sub(r"(?<!^)([A-Z])", r"_\1", child.tag).lower()
        value = _value(child)
        if child.tag in LISTS:
            card.setdefault(name, []).append(value)
        else:
            card[name] = value
    return card


def _value(child: Element) -> Any:
    if len(child):
        return from_xml(child)
    text = child.text or ""
    if child.tag in BOOLEANS:
        return text.strip().lower() in ("true", "1")
    if child.tag in NUMBERS and text.strip().isdigit():
        return int(text)
    if child.tag == "AspectRatio":
        return float(text or "1.3")
    if child.tag in ("Source", "MainTitle", "QuoteArea", "EmphasisContent", "CardAction", "ActionMenu"):
        return {}
    return text


def selected_items(card: Card, chosen: dict[str, list[str]]) -> list[dict[str, Any]]:
    """``SelectedItem`` elements of a submitted card, checked against its questions (2.3)."""
    items = []
    for question in questions(card):
        key = question["question_key"]
        ids = chosen.get(key)
        if ids is None:
            ids = preselected(question)
        known = {option["id"] for option in question["option_list"]}
        if not set(ids) <= known:
            raise ValueError(f"{key} 没有选项 {sorted(set(ids) - known)}")
        if ids:
            items.append({"QuestionKey": key, "OptionIds": {"OptionId": list(ids)}})
    return items


def questions(card: Card) -> list[dict[str, Any]]:
    """Everything on the card that can be chosen from."""
    found = [card[name] for name in ("button_selection", "checkbox") if card.get(name)]
    return found + list(card.get("select_list") or [])


def preselected(question: dict[str, Any]) -> list[str]:
    """What a question holds before anybody touches it."""
    if question.get("selected_id"):
        return [question["selected_id"]]
    return [option["id"] for option in question["option_list"] if option.get("is_checked")]


def tappable_keys(card: Card) -> list[str]:
    """Keys of the buttons that call back."""
    keys = [b["key"] for b in card.get("button_list") or [] if (b.get("type") or 0) == 0 and b.get("key")]
    submit = card.get("submit_button") or {}
    return keys + ([submit["key"]] if submit.get("key") else [])


def words_of(card: Card, key: str) -> str:
    """The words on the button or in the menu that have this key."""
    menu = (card.get("action_menu") or {}).get("action_list") or []
    tappable = [*(card.get("button_list") or []), card.get("submit_button") or {}, *menu]
    return next((str(one["text"]) for one in tappable if one.get("key") == key), "")


def menu_keys(card: Card) -> list[str]:
    """Keys of the card's top-right menu."""
    return [action["key"] for action in (card.get("action_menu") or {}).get("action_list") or []]
