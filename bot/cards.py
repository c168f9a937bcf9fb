"""WeCom's five template cards from what a card text says (protocol 3.3)."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from bot.markup import Card, Question, WordingError

Body = dict[str, Any]
T = TypeVar("T")

TITLE, DESCRIPTION, BODY, ROW_NAME, ROW_VALUE = 36, 44, 160, 5, 30
FIGURE, FIGURE_NOTE, BUTTON, JUMP, OPTION, CHECKBOX_OPTION = 14, 22, 10, 18, 16, 17
LINE = 38
"""Characters that a phone shows of each part."""
BUTTONS, ROWS, JUMPS, QUESTIONS, OPTIONS, CHECKBOX_OPTIONS, LINES = 6, 6, 3, 3, 10, 20, 4
"""How many of each part a card may have."""
URL_BYTES, KEY_BYTES, OPTION_BYTES = 2048, 1024, 128

PARTS = {
    "text_notice": {"body", "rows", "links", "quote", "figure"},
    "news_notice": {"body", "rows", "links", "quote", "picture"},
    "button_interaction": {"body", "rows", "links", "quote", "buttons", "questions"},
    "vote_interaction": {"body", "buttons", "questions"},
    "multiple_interaction": {"body", "buttons", "questions"},
}
"""Which parts each card shows; the platform would drop or refuse the others."""


def template_card(card: Card, key: str, public_url: str) -> Body:
    """The template card for a text that has buttons or a link; `key` names the message.

    Raises:
        WordingError: the card has a part that its type does not show, or too many of one.
    """
    type_ = card_type(card)
    _check(card, type_)
    content: Body = {
        "card_type": type_,
        "task_id": task_id(key),
        "main_title": {"title": cut_words(card.title, TITLE)},
    }
    if card.rows:
        content["horizontal_content_list"] = [
            {
                "keyname": cut_words(row.name, ROW_NAME),
                "value": cut_words(row.value, ROW_VALUE),
                **({"type": 1, "url": full_url(row.target, public_url)} if row.target else {}),
            }
            for row in card.rows
        ]
    if card.quote:
        content["quote_area"] = {"type": 0, "quote_text": card.quote}
    if card.link:
        content["card_action"] = {"type": 1, "url": full_url(card.link[1], public_url)}
    return {**content, **_OWN_PARTS[type_](card, public_url)}


def card_type(card: Card) -> str:
    """The type by what is on the card: questions with one button, buttons, a picture, or words alone."""
    if card.questions and len(card.buttons) == 1:
        [*others, last] = card.questions
        return "vote_interaction" if not others and (last.several or not last.title) else _MULTIPLE
    if card.buttons:
        return "button_interaction"
    return "news_notice" if card.picture else "text_notice"


_MULTIPLE = "multiple_interaction"


def _check(card: Card, type_: str) -> None:
    if not card.title:
        raise WordingError("a card needs a title")
    for part in ("body", "rows", "links", "quote", "figure", "picture", "buttons", "questions"):
        if getattr(card, part) and part not in PARTS[type_]:
            raise WordingError(f"a card of the type {type_} shows no {part}")
    for what, found, most in (
        ("buttons", card.buttons, BUTTONS),
        ("rows", card.rows, ROWS),
        ("links", card.links, 1 if card.buttons else JUMPS),
        ("questions", card.questions, 1 if type_ == "button_interaction" else QUESTIONS),
    ):
        if len(found) > most:
            raise WordingError(f"a card of the type {type_} has at most {most} {what}")
    keys = [target for _, target in card.buttons] + [question.key for question in card.questions]
    if len(set(keys)) < len(keys) or any(len(key.encode()) > KEY_BYTES for key in keys):
        raise WordingError("the keys of a card differ and have at most 1024 bytes")
    for question in card.questions:
        _check_question(question, type_)


def _check_question(question: Question, type_: str) -> None:
    most = CHECKBOX_OPTIONS if type_ == "vote_interaction" else OPTIONS
    ids = [option.id for option in question.options]
    if not 1 <= len(ids) <= most:
        raise WordingError(f"the question {question.key} has 1 to {most} options")
    if len(set(ids)) < len(ids) or any(len(one.encode()) > OPTION_BYTES for one in ids):
        raise WordingError("the ids of options differ and have at most 128 bytes")
    if question.several and type_ != "vote_interaction":
        raise WordingError("several answers can be chosen where a card asks one question, with one button")
    if not question.several and sum(option.chosen for option in question.options) > 1:
        raise WordingError(f"the question {question.key} takes one answer")


def _text_notice(card: Card, public_url: str) -> Body:
    own: Body = {"sub_title_text": cut_words(card.body, BODY), "jump_list": _jumps(card.links, public_url)}
    if card.figure:
        number, what = card.figure
        own["emphasis_content"] = {
            "title": cut_words(number, FIGURE),
            "desc": cut_words(what, FIGURE_NOTE),
        }
    return own


def _news_notice(card: Card, public_url: str) -> Body:
    needed(card.link, "a card with a picture needs a link or buttons")
    first, *lines = [line for line in card.body.splitlines() if line.strip()] or [""]
    own: Body = {
        "main_title": {"title": cut_words(card.title, TITLE), "desc": cut_words(first, DESCRIPTION)},
        "card_image": {"url": full_url(card.picture, public_url)},
        "jump_list": _jumps(card.links, public_url),
    }
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], " ".join(lines[LINES - 1 :])]
    if lines:
        own["vertical_content_list"] = [{"title": cut_words(line, LINE)} for line in lines]
    return own


def _button_interaction(card: Card, _: str) -> Body:
    own: Body = {
        "sub_title_text": cut_words(card.body, BODY),
        "button_list": [
            {"text": cut_words(words, BUTTON), "key": key, "style": 1 if number == 0 else 2}
            for number, (words, key) in enumerate(card.buttons)
        ],
    }
    for question in card.questions:
        own["button_selection"] = _selection(question)
    return own


def _vote_interaction(card: Card, _: str) -> Body:
    [question] = card.questions
    return {
        **_asking(card),
        "checkbox": {
            "question_key": question.key,
            "mode": int(question.several),
            "option_list": [
                {"id": one.id, "text": cut_words(one.text, CHECKBOX_OPTION), "is_checked": one.chosen}
                for one in question.options
            ],
        },
    }


def _multiple_interaction(card: Card, _: str) -> Body:
    return {**_asking(card), "select_list": [_selection(question) for question in card.questions]}


def _asking(card: Card) -> Body:
    [(words, key)] = card.buttons
    return {
        "main_title": {"title": cut_words(card.title, TITLE), "desc": cut_words(card.body, DESCRIPTION)},
        "submit_button": {"text": cut_words(words, BUTTON), "key": key},
    }


def _selection(question: Question) -> Body:
    selection: Body = {
        "question_key": question.key,
        "title": question.title,
        "option_list": [{"id": one.id, "text": cut_words(one.text, OPTION)} for one in question.options],
    }
    chosen = next((one.id for one in question.options if one.chosen), None)
    return {**selection, "selected_id": chosen} if chosen else selection


_OWN_PARTS = {
    "text_notice": _text_notice,
    "news_notice": _news_notice,
    "button_interaction": _button_interaction,
    "vote_interaction": _vote_interaction,
    _MULTIPLE: _multiple_interaction,
}


def _jumps(links: Sequence[tuple[str, str]], public_url: str) -> list[Body]:
    return [
        {"type": 1, "title": cut_words(words, JUMP), "url": full_url(target, public_url)}
        for words, target in links
    ]


def task_id(key: str) -> str:
    """A card's task id: unique for the message, of the allowed characters (protocol 3.3)."""
    return "m-" + hashlib.sha256(key.encode()).hexdigest()[:40]


def cut_words(text: str, most: int) -> str:
    """The text in at most `most` characters, ending with … if there was more."""
    return text if len(text) <= most else text[: most - 1] + "…"


def needed(value: T | None, why: str) -> T:
    """The value, which must be there.

    Raises:
        WordingError: it is not.
    """
    if not value:
        raise WordingError(why)
    return value


_ADDRESS = re.compile(r"https?://")


def full_url(target: str, public_url: str) -> str:
    """The address of one of our paths, or the address itself.

    Raises:
        WordingError: it is none, or longer than the platform takes.
    """
    url = target if _ADDRESS.match(target) else public_url + target
    if not urlsplit(url).netloc or len(url.encode()) > URL_BYTES:
        raise WordingError("an address starts with / or http and has at most 2048 bytes")
    return url
