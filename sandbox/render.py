"""Plain text of a message, as a test or a log reads it."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

BREAK = re.compile(r"<br\s*/?>|</div>(?!\s*$)")
TAG = re.compile(r"<[^>]+>")


def plain(content: str) -> str:
    """Text without its markup."""
    return unescape(TAG.sub("", BREAK.sub("\n", content)))


def render(msgtype: str, content: dict[str, Any]) -> str:
    """What a person would read on the phone, one line per part."""
    renderer = RENDERERS.get(msgtype)
    return renderer(content) if renderer else f"[{UNWRITTEN.get(msgtype, msgtype)}]"


def _lines(*parts: Any) -> str:
    return "\n".join(str(part) for part in parts if part)


def _text(content: dict[str, Any]) -> str:
    return plain(str(content.get("content", "")))


def _markdown(content: dict[str, Any]) -> str:
    return plain(str(content.get("content", "")))


def _textcard(content: dict[str, Any]) -> str:
    button = content.get("btntxt") or "详情"
    return _lines(content.get("title"), plain(str(content.get("description", ""))), f"[{button}]")


def _news(content: dict[str, Any]) -> str:
    return _lines(*(_lines(a.get("title"), a.get("description")) for a in content.get("articles") or []))


def _notice(content: dict[str, Any]) -> str:
    items = [f"{item.get('key')}:{item.get('value')}" for item in content.get("content_item") or []]
    return _lines(content.get("title"), content.get("description"), *items)


def _card(content: dict[str, Any]) -> str:
    title, emphasis = content.get("main_title") or {}, content.get("emphasis_content") or {}
    quote, area = content.get("quote_area") or {}, content.get("image_text_area") or {}
    lines = [(content.get("source") or {}).get("desc"), title.get("title"), title.get("desc")]
    lines += [emphasis.get("title"), emphasis.get("desc"), quote.get("title"), quote.get("quote_text")]
    lines += [area.get("title"), area.get("desc"), content.get("sub_title_text")]
    for item in content.get("vertical_content_list") or []:
        lines.append(_lines(item.get("title"), item.get("desc")))
    lines += [
        f"{i.get('keyname')}:{i.get('value') or ''}" for i in content.get("horizontal_content_list") or []
    ]
    for question in [
        content.get("button_selection"),
        content.get("checkbox"),
        *(content.get("select_list") or []),
    ]:
        if question:
            options = " / ".join(option.get("text", "") for option in question.get("option_list") or [])
            lines.append(f"{question.get('title') or '选择'}:{options}")
    lines += [f"→ {jump.get('title')}" for jump in content.get("jump_list") or []]
    lines += [f"[{button.get('text')}]" for button in content.get("button_list") or []]
    if content.get("submit_button"):
        lines.append(f"[{content['submit_button'].get('text')}]")
    if content.get("replace_text"):
        lines.append(f"[{content['replace_text']}]")
    return _lines(*lines)


def _location(content: dict[str, Any]) -> str:
    return f"[位置] {content.get('label') or ''}".strip()


def _msgmenu(content: dict[str, Any]) -> str:
    options = [f"[{option.get('content')}]" for option in content.get("list") or []]
    return _lines(content.get("head_content"), *options, content.get("tail_content"))


def _template(content: dict[str, Any]) -> str:
    return _lines(content.get("title"), content.get("body"))


def _link(content: dict[str, Any]) -> str:
    return _lines(content.get("title"), content.get("description"))


UNWRITTEN = {"image": "图片", "voice": "语音"}
RENDERERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "text": _text,
    "markdown": _markdown,
    "textcard": _textcard,
    "news": _news,
    "mpnews": _news,
    "miniprogram_notice": _notice,
    "template_card": _card,
    "location": _location,
    "msgmenu": _msgmenu,
    "template": _template,
    "link": _link,
    "notice": _text,
    "video": lambda content: _lines("[视频]", content.get("title")),
    "file": lambda content: _lines("[文件]", content.get("filename")),
    "music": lambda content: _lines("[音乐]", content.get("title")),
}
