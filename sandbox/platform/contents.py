"""Bodies of WeCom messages: what each msgtype must hold and where it is cut (protocol 3.2)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from sandbox.errors import ApiError
from sandbox.limits import cut, size
from sandbox.platform import media
from sandbox.platform.api import Call
from sandbox.world import PERMANENT, Json

PATH_BYTES, ARTICLE_BYTES = 128, 666 * 1024
TEXT_BYTES, TITLE_BYTES, DESCRIPTION_BYTES, URL_BYTES = 2048, 128, 512, 2048
SAFE_TYPES = frozenset({"text", "image", "video", "file", "mpnews"})
OFFICE = (".doc", ".docx", ".ppt", ".pptx", ".xls", ".xlsx")
SAFE_ENDINGS = (".txt", ".pdf", *OFFICE, ".xml", ".jpg", ".jpeg", ".png", ".bmp", ".gif")
"""Endings of files that may be confidential."""


def check_safe(msgtype: str, safe: Any) -> None:
    """``safe`` is 0 to 2, and only some types may be confidential."""
    if type(safe) is not int or safe not in (0, 1, 2):
        raise ApiError(40058, "safe")
    if safe and (msgtype not in SAFE_TYPES or (safe == 2 and msgtype != "mpnews")):
        raise ApiError(40074)


def web_address(url: Any) -> None:
    """A URL with scheme, of at most 2048 bytes."""
    if not isinstance(url, str) or not url:
        raise ApiError(41010)
    if size(url) > URL_BYTES:
        raise ApiError(40058, "url")
    if urlsplit(url).scheme not in ("http", "https"):
        raise ApiError(45034)


def _written(content: Json) -> str:
    text = content.get("content")
    if not isinstance(text, str) or not text.strip():
        raise ApiError(44004)
    return text


def text(content: Json) -> Json:
    """Text, cut beyond 2048 bytes."""
    return {**content, "content": cut(_written(content), TEXT_BYTES)}


def markdown(content: Json) -> Json:
    """Markdown, refused beyond 2048 bytes."""
    if size(_written(content)) > TEXT_BYTES:
        raise ApiError(45002)
    return content


def textcard(content: Json) -> Json:
    """A card with title, description and link."""
    title, description = content.get("title"), content.get("description")
    if not isinstance(title, str) or not title:
        raise ApiError(41016)
    if not isinstance(description, str) or not description:
        raise ApiError(41033)
    web_address(content.get("url"))
    shown = {"title": cut(title, TITLE_BYTES), "description": cut(description, DESCRIPTION_BYTES)}
    return {**content, **shown, "btntxt": str(content.get("btntxt") or "详情")[:4]}


def _articles(content: Json) -> list[Json]:
    articles = content.get("articles")
    if not isinstance(articles, list) or not articles:
        raise ApiError(40058, "articles")
    if len(articles) > 8:
        raise ApiError(45008)
    if not all(isinstance(article, dict) and article.get("title") for article in articles):
        raise ApiError(41016)
    return articles


def news(content: Json) -> Json:
    """One to eight articles."""
    shown = []
    for article in _articles(content):
        path = str(article.get("pagepath") or "")
        if not (article.get("appid") and path):
            web_address(article.get("url"))
        if size(path) > PATH_BYTES:
            raise ApiError(40058, "pagepath")
        title = cut(str(article["title"]), TITLE_BYTES)
        description = cut(str(article.get("description") or ""), DESCRIPTION_BYTES)
        shown.append({**article, "title": title, "description": description})
    return {**content, "articles": shown}


def miniprogram_notice(content: Json) -> Json:
    """A notice of a mini-program."""
    if not content.get("appid"):
        raise ApiError(40058, "appid")
    title = content.get("title")
    if not isinstance(title, str) or not 4 <= len(title) <= 12:
        raise ApiError(90204, "title")
    description = content.get("description") or ""
    if description and not 4 <= len(str(description)) <= 12:
        raise ApiError(90205, "description")
    items = content.get("content_item") or []
    if not isinstance(items, list) or len(items) > 10:
        raise ApiError(90206, "content_item")
    for item in items:
        key, value = (str(item.get(name) or "") for name in ("key", "value"))
        if not 1 <= len(key) <= 10:
            raise ApiError(90206, "content_item.key")
        if not 1 <= len(value) <= 30:
            raise ApiError(90207, "content_item.value")
    return content


def mpnews(call: Call, content: Json) -> Json:
    """One to eight articles that WeCom hosts: each gets a page of its own."""
    shown = []
    for article in _articles(content):
        if not isinstance(article.get("content"), str) or not article["content"]:
            raise ApiError(44004)
        if size(article["content"]) > ARTICLE_BYTES:
            raise ApiError(45002)
        thumb = media.find(call, article.get("thumb_media_id"), "image")
        page = media.store(call, PERMANENT, "article.html", "text/html", article["content"].encode())
        more = {
            "title": cut(str(article["title"]), TITLE_BYTES),
            "author": cut(str(article.get("author") or ""), 64),
        }
        more["digest"] = cut(str(article.get("digest") or ""), DESCRIPTION_BYTES)
        more["url"] = f"{call.world.public_url}/articles/{page.media_id}"
        more["picurl"] = f"{call.world.public_url}/media/{thumb.media_id}"
        shown.append({**{k: v for k, v in article.items() if k != "content"}, **more})
    return {**content, "articles": shown}


def file(call: Call, content: Json) -> Json:
    """An uploaded file of the kind the message names."""
    kept = media.find(call, content.get("media_id"), call.body["msgtype"])
    if kept.kind == "file" and call.body.get("safe") and not kept.filename.lower().endswith(SAFE_ENDINGS):
        raise ApiError(40074, "confidential files are txt, pdf, office documents and pictures")
    title = cut(str(content.get("title") or ""), TITLE_BYTES)
    description = cut(str(content.get("description") or ""), DESCRIPTION_BYTES)
    shown = {"media_id": kept.media_id, "filename": kept.filename}
    return {**shown, "title": title, "description": description}


PLAIN: dict[str, Callable[[Json], Json]] = {
    "text": text,
    "markdown": markdown,
    "textcard": textcard,
    "news": news,
    "miniprogram_notice": miniprogram_notice,
}
UPLOADED: dict[str, Callable[[Call, Json], Json]] = {
    "mpnews": mpnews,
    "image": file,
    "voice": file,
    "video": file,
    "file": file,
}


def read(call: Call, msgtype: str, content: Any) -> Json:
    """The content of a message whose type is known, as the phone will show it."""
    if not isinstance(content, dict):
        raise ApiError(44004 if msgtype in ("text", "markdown") else 40058, msgtype)
    if msgtype in PLAIN:
        return PLAIN[msgtype](content)
    return UPLOADED[msgtype](call, content)
