"""Lessons: Markdown without HTML, links or foreign pictures (docs/adr/0031), checked, shown and read aloud.

What a text may hold is what `_READS` names. The parser tells us line by line what else somebody wrote; what
is shown is cleaned once more by `nh3`, which knows nothing of the parser.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from models.training.content import (
    MOST_BRACKETS,
    MOST_MARKDOWN,
    LessonDraft,
    Problem,
    Where,
    Wrong,
    invisible_in,
)

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

PICTURES = "/app/lesson-pictures/"
"""Below this address our own pictures stand, by their SHA-256."""
PICTURE_NAME = re.compile(r"[\w-][\w.-]{0,58}\.(?:png|jpe?g|gif|webp)", re.IGNORECASE)
DEEPEST = 8
"""So deep lists and quotes may stand in each other."""
_PARSES = 200
"""So deep the parser looks; what is deeper has been refused long before."""

_TAGS = (
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "ul", "ol", "li", "blockquote"),
    *("pre", "code", "table", "thead", "tbody", "tr", "th", "td", "img"),
)
_SHOWN = re.compile(rf"{PICTURES}[0-9a-f]{{64}}")


@cache
def _parser(html: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt  # with the first lesson and not before: most processes show none

    parser = MarkdownIt("commonmark", {"html": html, "maxNesting": _PARSES}).enable(
        ["table", "strikethrough"]
    )
    # Every address becomes a token as it was written: it is looked at here, and nowhere else.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    return parser


def tidy(text: str) -> str:
    """A text with plain ends of lines and no empty ones around it."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def lesson_problems(lesson: LessonDraft, pictures: Mapping[str, bytes]) -> Iterator[Problem]:
    """What a lesson must not hold, with the line it stands in; `pictures` are those that come with it."""
    text = tidy(lesson.markdown)
    if len(text) > MOST_MARKDOWN:
        facts: dict[str, str | int] = {"what": "markdown", "most": MOST_MARKDOWN, "length": len(text)}
        yield Problem(lesson.where, Wrong.TOO_LONG, facts)
        return
    if text.count("[") > MOST_BRACKETS:
        yield _problem(lesson.where, Wrong.NESTED, 0, most=DEEPEST)
        return
    for number, line in enumerate(text.split("\n")):
        if invisible_in(line) is not None:
            yield _problem(lesson.where, Wrong.INVISIBLE, number, what="markdown")
    environment: dict[str, Mapping[str, Mapping[str, Sequence[int]]]] = {}
    tokens = _parser(True).parse(text, environment)
    for label, found in environment.get("references", {}).items():
        yield _problem(lesson.where, Wrong.REFERENCE, found["map"][0], said=label.lower()[:40])
    too_deep = next((token for token in tokens if token.level > 2 * DEEPEST), None)
    if too_deep is not None:
        yield _problem(lesson.where, Wrong.NESTED, (too_deep.map or [0])[0], most=DEEPEST)
    yield from _in_tokens(tokens, lesson.where, pictures)


def _in_tokens(tokens: "Sequence[Token]", where: Where, pictures: Mapping[str, bytes]) -> Iterator[Problem]:
    line = 0
    for token in tokens:
        if token.map is not None:
            line = token.map[0]
        if token.type == "html_block":
            yield _problem(where, Wrong.HTML, line, said=token.content.strip()[:40])
        down = 0
        for child in token.children or ():
            if child.type in ("softbreak", "hardbreak"):
                down += 1
            elif child.type == "html_inline":
                yield _problem(where, Wrong.HTML, line + down, said=child.content[:40])
            elif child.type == "link_open":
                yield _problem(where, Wrong.LINK, line + down, said=str(child.attrGet("href"))[:60])
            elif child.type == "image":
                name = str(child.attrGet("src"))
                if not PICTURE_NAME.fullmatch(name):
                    yield _problem(where, Wrong.LINK, line + down, said=name[:60])
                elif name not in pictures:
                    yield _problem(where, Wrong.PICTURE_MISSING, line + down, said=name)


def _problem(where: Where, wrong: Wrong, line: int, **facts: str | int) -> Problem:
    if where.column:
        return Problem(where, wrong, {**facts, "line": line + 1})
    return Problem(Where(where.file, where.row + line), wrong, facts)


def pictures_in(markdown: str) -> Sequence[str]:
    """The names of the pictures of a text, each once, in their order."""
    tokens = _parser(False).parse(tidy(markdown)[:MOST_MARKDOWN])
    names = [str(child.attrGet("src")) for child in _images(tokens)]
    return list(dict.fromkeys(name for name in names if PICTURE_NAME.fullmatch(name)))


def _images(tokens: "Sequence[Token]") -> "Iterator[Token]":
    for token in tokens:
        if token.type == "image":
            yield token
        else:
            yield from _images(token.children or ())


def html_of(markdown: str, pictures: Mapping[str, str]) -> str:
    """The text as HTML for a page, whatever it holds: no script, no style, no address but our own pictures.

    `pictures`: name → SHA-256. Headings begin at the second level, below the title of the page.
    """
    import nh3

    parser = _parser(False)
    tokens = parser.parse(tidy(markdown)[:MOST_MARKDOWN])
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        if "style" in token.attrs:
            token.attrs["class"] = str(token.attrs.pop("style")).removeprefix("text-align:")
    for image in _images(tokens):
        digest = pictures.get(str(image.attrGet("src")), "")
        image.attrs = {"src": f"{PICTURES}{digest}" if digest else "", "alt": "", "loading": "lazy"}
    return nh3.clean(
        parser.renderer.render(tokens, parser.options, {}),
        tags=set(_TAGS),
        attributes={"img": {"src", "alt", "loading"}, "ol": {"start"}},
        allowed_classes={name: {"left", "center", "right"} for name in ("th", "td")},
        attribute_filter=_attribute,
        url_schemes=set(),
        link_rel=None,
        strip_comments=True,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute; a picture that is not ours has none."""
    if (tag, name) == ("img", "src") and not _SHOWN.fullmatch(value):
        return None
    return value


def words_of(markdown: str) -> str:
    """The text as it can be read in a chat: plain, headings in brackets, a table row by row."""
    lines: list[str] = []
    marks: list[str] = []
    cells: list[str] | None = None
    fresh = False
    for token in _parser(False).parse(tidy(markdown)[:MOST_MARKDOWN]):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            marks.append("·" if token.type.startswith("bullet") else str(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            marks.pop()
        elif token.type == "list_item_open":
            fresh = True
        elif token.type == "list_item_close" and marks and marks[-1].isdecimal():
            marks[-1] = str(int(marks[-1]) + 1)
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close" and cells is not None:
            lines.append("｜".join(cells))
            cells = None
        elif token.type in ("fence", "code_block"):
            lines += token.content.rstrip("\n").split("\n")
        elif token.type == "inline":
            said = _plain(token.children or ())
            if cells is not None:
                cells.append(said)
                continue
            if fresh and marks:
                said = f"{marks[-1]}. {said}" if marks[-1].isdecimal() else f"{marks[-1]} {said}"
                fresh = False
            lines.append(said)
        elif token.type == "heading_open":
            lines.append("")
        elif token.type == "heading_close":
            lines[-1] = f"【{lines[-1]}】"
    return "\n".join(lines).strip("\n")


def _plain(children: "Sequence[Token]") -> str:
    parts = []
    for child in children:
        if child.type == "image":
            parts.append(f"（图：{child.content}）" if child.content else "（图）")
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        else:
            parts.append(child.content)
    return "".join(parts)
