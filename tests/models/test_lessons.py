"""Lessons and their pictures: what is refused, with its line, and what is shown whatever was written."""

import io
import re
import time
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from bot.policy import load_policy
from models import training
from models.training import CourseDraft, Family, LessonDraft, Where, Wrong
from models.training.markdown import PICTURES, html_of, lesson_problems, pictures_in, words_of
from models.training.pictures import media_type, picture_problems

HERE = Where("01-a.md", 3)
DIGEST = "0" * 64
TRAINING = load_policy().training


def picture(kind: str = "PNG", size: tuple[int, int] = (2, 2)) -> bytes:
    """A picture."""
    made = io.BytesIO()
    Image.new("RGB", size, "white").save(made, kind)
    return made.getvalue()


def wrongs(markdown: str, *names: str) -> list[tuple[int, Wrong]]:
    """What is wrong with a lesson, with the row it stands in."""
    found = lesson_problems(LessonDraft("课", markdown, HERE), {name: picture() for name in names})
    return [(one.where.row, one.wrong) for one in found]


# --- what is refused -------------------------------------------------------------------------------------

MALICIOUS = [
    ("<script>alert(1)</script>", [(3, Wrong.HTML)]),
    ("文字\n\n<div onclick=x>", [(5, Wrong.HTML)]),
    ("一行\n二行 <b onmouseover=x>", [(4, Wrong.HTML)]),
    ("<!-- 藏起来 -->", [(3, Wrong.HTML)]),
    ("<?php x ?>", [(3, Wrong.HTML)]),
    ("<![CDATA[x]]>", [(3, Wrong.HTML)]),
    ("<svg/onload=alert(1)>", []),  # no element for the parser: it is shown as these letters
    ("- 一\n- <img src=x onerror=y>", [(4, Wrong.HTML)]),
    ("一|二\n-|-\n三|<i>四</i>", [(5, Wrong.HTML), (5, Wrong.HTML)]),
    ("> 引用\n> <iframe src=//x>", [(4, Wrong.HTML)]),
    ("[点我](javascript:alert(1))", [(3, Wrong.LINK)]),
    ("[点我](JaVaScRiPt:alert(1))", [(3, Wrong.LINK)]),
    ("[点我](java\tscript:alert(1))", []),  # a tab ends the address, so that it is none
    ("[点我](&#106;avascript:alert(1))", [(3, Wrong.LINK)]),
    ("[点我](&#x6A;avascript&colon;alert(1))", [(3, Wrong.LINK)]),
    ("[点我](data:text/html;base64,PHNj)", [(3, Wrong.LINK)]),
    ("[点我](file:///etc/passwd)", [(3, Wrong.LINK)]),
    ("[点我](http://x.example)", [(3, Wrong.LINK)]),
    ("[点我](https://x.example)", [(3, Wrong.LINK)]),
    ("[点我](//x.example)", [(3, Wrong.LINK)]),
    ("[点我](\\\\x.example)", [(3, Wrong.LINK)]),
    ("[点我]( <javascript:x> )", [(3, Wrong.LINK)]),
    ("[点我](/app/checkin)", [(3, Wrong.LINK)]),
    ("[外 [里](http://a) 外](http://b)", [(3, Wrong.LINK)]),
    ("<https://x.example>", [(3, Wrong.LINK)]),
    ("<javascript:alert(1)>", [(3, Wrong.LINK)]),
    ("<a@b.example>", [(3, Wrong.LINK)]),
    ("[点我][一]\n\n[一]: javascript:alert(1)", [(5, Wrong.REFERENCE), (3, Wrong.LINK)]),
    ("![图][一]\n\n[一]: http://x.example/a.png", [(5, Wrong.REFERENCE), (3, Wrong.LINK)]),
    ("没人用\n\n[一]: http://x.example", [(5, Wrong.REFERENCE)]),
    ("![图](https://x.example/a.png)", [(3, Wrong.LINK)]),
    ("![图](//x.example/a.png)", [(3, Wrong.LINK)]),
    ("![图](data:image/png;base64,iVBO)", [(3, Wrong.LINK)]),
    ("![图](../a.png)", [(3, Wrong.LINK)]),
    ("![图](/app/lesson-pictures/a.png)", [(3, Wrong.LINK)]),
    ("![图](a.svg)", [(3, Wrong.LINK)]),
    ("![图](a.png?x=1)", [(3, Wrong.LINK)]),
    ("一\n\n![图](没有.png)", [(5, Wrong.PICTURE_MISSING)]),
    ("[![图](a.png)](http://x)", [(3, Wrong.LINK)]),
    ("字\u200b字", [(3, Wrong.INVISIBLE)]),
    ("字\n\u202e字", [(4, Wrong.INVISIBLE)]),
    ("字\x00字", [(3, Wrong.INVISIBLE)]),
    ("字\u2028字", [(3, Wrong.INVISIBLE)]),
    ("字\U000e0041", [(3, Wrong.INVISIBLE)]),
    ("java\u200dscript", [(3, Wrong.INVISIBLE)]),
    ("> " * 100 + "深", [(3, Wrong.NESTED)]),
    ("[" * 20_000, [(3, Wrong.NESTED)]),
    ("字" * 1_000_000, [(3, Wrong.TOO_LONG)]),
]

HARMLESS = [
    "# 标题\n\n**粗** *斜* ~~删~~ `码`\n\n1. 一\n2. 二\n   - 里\n\n> 引用\n\n---",
    "一|二\n:-|-:\n三|四",
    "```\n<script>写给人看的</script>\n```",
    "行内 `<b>` 和 \\<b>",
    "3 < 5，5 > 3，AT&T，&lt;b&gt;",
    "网址写成文字：https://example.com 不会变成链接",
    "表情 👨‍👩‍👧 和 ❤️ 可以",
    "![图](a.png) 和 ![又](图-2.JPG)",
    "[方括号] 不是链接",
]


@pytest.mark.parametrize(("markdown", "expected"), MALICIOUS, ids=lambda one: repr(one)[:40])
def test_what_a_lesson_must_not_hold_is_named_with_its_line(
    markdown: str, expected: list[tuple[int, Wrong]]
) -> None:
    started = time.monotonic()

    assert wrongs(markdown, "a.png") == expected

    assert time.monotonic() - started < 5, "nobody keeps the parser busy"


@pytest.mark.parametrize("markdown", HARMLESS, ids=lambda one: one[:20])
def test_what_people_write_is_taken(markdown: str) -> None:
    assert wrongs(markdown, "a.png", "图-2.JPG") == []


def test_a_text_in_a_cell_names_the_line_within_it() -> None:
    cell = Where("微课", 7, "内容")

    [found] = lesson_problems(LessonDraft("课", "一\n\n<b>", cell), {})

    assert (found.where, found.facts["line"]) == (cell, 3)


# --- what is shown ---------------------------------------------------------------------------------------


class Shown(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", {}))

    def handle_decl(self, decl: str) -> None:
        self.elements.append(("declaration", {}))

    def handle_pi(self, data: str) -> None:
        self.elements.append(("instruction", {}))


TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "ul", "ol", "li", "blockquote"),
    *("pre", "code", "table", "thead", "tbody", "tr", "th", "td", "img"),
}


def assert_harmless(html: str) -> None:
    """No script, no handler, no style, no address but that of our own pictures."""
    for tag, attributes in Shown(html).elements:
        assert tag in TAGS, html
        allowed = {"img": {"src", "alt", "loading"}, "ol": {"start"}, "td": {"class"}, "th": {"class"}}
        assert attributes.keys() <= allowed.get(tag, set()), html
        if "src" in attributes:
            assert re.fullmatch(rf"{PICTURES}[0-9a-f]{{64}}", attributes["src"] or ""), html


PIECES = st.sampled_from(
    [
        *("<script>", "</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:x'>", "<!--", "-->"),
        *(
            "<svg/onload=x>",
            "<style>",
            "<![CDATA[",
            "]]>",
            "<?x",
            "?>",
            '"',
            "'",
            "&lt;",
            "&#106;",
            "&colon;",
        ),
        *(
            "[",
            "]",
            "(",
            ")",
            "![",
            "](",
            "javascript:x",
            "data:text/html,x",
            "//x.example",
            "http://x",
            "a.png",
        ),
        *("\n", "\n\n", "    ", "> ", "- ", "1. ", "# ", "|", "-|-", "```", "`", "*", "_", "~~", "\\", "\t"),
        *("[a]: javascript:x\n", "<javascript:x>", "<a@b.c>", "\u200b", "\x00", "\u202e", "字", " ", "\r\n"),
    ]
)


@hypothesis_settings(max_examples=300, deadline=None)
@hypothesis_given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join)))
def test_whatever_is_written_the_page_is_harmless(markdown: str) -> None:
    assert_harmless(html_of(markdown, {"a.png": DIGEST, "x": "' onerror='x"}))
    words_of(markdown)


@pytest.mark.parametrize("markdown", [one for one, _ in MALICIOUS], ids=lambda one: repr(one)[:30])
def test_the_page_of_what_was_refused_would_be_harmless_too(markdown: str) -> None:
    assert_harmless(html_of(markdown[:3_000], {"a.png": DIGEST}))


def test_a_lesson_is_shown_as_it_was_meant() -> None:
    html = html_of("# 小标题\n\n一|二\n-|-:\n三|4\n\n![看这里](a.png)", {"a.png": DIGEST})

    assert "<h2>小标题</h2>" in html
    assert '<td class="right">4</td>' in html
    assert f'<img src="{PICTURES}{DIGEST}" alt="看这里" loading="lazy">' in html


def test_a_lesson_can_be_read_in_a_chat() -> None:
    text = "# 小标题\n\n**22 点**以后不打\n\n1. 一\n2. 二\n\n- 三\n\n一|二\n-|-\n三|四\n\n![图一](a.png)"

    assert words_of(text) == "【小标题】\n22 点以后不打\n1. 一\n2. 二\n· 三\n一｜二\n三｜四\n（图：图一）"


def test_the_pictures_of_a_text_are_those_it_shows() -> None:
    assert pictures_in("![a](a.png) `![b](b.png)` [c](c.png)\n\n    ![d](d.png)\n\n![a](a.png)") == ["a.png"]


# --- pictures --------------------------------------------------------------------------------------------


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


def bomb(side: int) -> bytes:
    """A PNG of a few hundred bytes that says it is `side` pixels wide and high."""
    head = side.to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return start + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def of_picture(content: bytes) -> list[Wrong]:
    """What is wrong with a picture."""
    return [one.wrong for one in picture_problems({"a.png": content}, TRAINING)]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_pictures_are_known_by_their_content(kind: str) -> None:
    assert of_picture(picture(kind)) == []
    assert media_type(picture(kind)) == f"image/{kind.lower()}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", Wrong.PICTURE_TYPE),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", Wrong.PICTURE_TYPE),
        (b"<html><script>", Wrong.PICTURE_TYPE),
        (b"%PDF-1.7", Wrong.PICTURE_TYPE),
        (picture("BMP"), Wrong.PICTURE_TYPE),
        (picture()[:40], Wrong.UNREADABLE),
        (picture("JPEG", (600, 600))[:-2000], Wrong.UNREADABLE),
        (b"\x89PNG\r\n\x1a\n<script>", Wrong.UNREADABLE),
        (b"GIF89a" + b"\0" * 30, Wrong.UNREADABLE),
        (picture("PNG", (4001, 1)), Wrong.PICTURE_TOO_WIDE),
        (bomb(9_000), Wrong.PICTURE_TOO_WIDE),
        (bomb(100_000), Wrong.PICTURE_TOO_WIDE),
        (bomb(3_000), Wrong.UNREADABLE),
        (picture() + b"\0" * 2_000_000, Wrong.PICTURE_TOO_BIG),
    ],
)
def test_other_pictures_are_refused(content: bytes, expected: Wrong) -> None:
    assert of_picture(content) == [expected]


def test_a_picture_nobody_shows_does_not_count() -> None:
    lesson = LessonDraft("课", "字", HERE)
    draft = CourseDraft("a", "题", Family.LAW, HERE, lessons=[lesson], homework="写一页")

    with_one = replace(draft, pictures={"a.png": picture()})

    assert not training.check_draft(with_one, TRAINING)
    assert training.filled(with_one, TRAINING) == training.filled(draft, TRAINING)
