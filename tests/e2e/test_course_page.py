"""A course on a phone 360 pixels wide: lesson by lesson, wide tables scroll, and one tap is the receipt."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from bot.app import Muster
from models.training import Enrolment, LessonDraft
from tests.chat.test_courses import HERE, QUIET, given_to, logs_in, publish
from tests.e2e.conftest import keep
from tests.models.test_lessons import picture
from tests.simulator import Member, rows

pytestmark = pytest.mark.browser

WIDE = (
    "| 时段 | 打电话 | 发消息 | 上门 | 说明 |\n|-|-|-|-|-:|\n"
    "| 8:00–21:00 | 可以 | 可以 | 可以 | 每天每个号码最多三次 |\n\n> 「您好」\n\n![图](clock.png)"
)


@pytest.fixture(params=["light", "dark"])
def handset(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone; a script error or a refusal of the content policy fails the test."""
    opened = browser.new_context(
        viewport={"width": 360, "height": 740}, color_scheme=request.param, device_scale_factor=2
    )
    page = opened.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda told: problems.append(told.text) if "Content Security" in told.text else None)
    yield page
    opened.close()
    assert problems == []


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the web application answers."""
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_course_is_read_on_a_phone(
    handset: Page, address: str, app: Flask, alice: Member, muster: Muster
) -> None:
    lessons = [LessonDraft("几点可以联系", WIDE, HERE), *QUIET.lessons[1:]]
    pictures = {"clock.png": picture("PNG", (900, 400))}
    version = publish(muster, replace(QUIET, lessons=lessons, pictures=pictures))
    enrolment = given_to(muster, "AliceLi", version)
    client: Any = app.test_client()
    logs_in(client, "AliceLi")
    handset.context.add_cookies(
        [{"name": "muster", "value": client.get_cookie("muster").value, "url": address}]
    )

    handset.goto(f"{address}/app/courses/{enrolment}")

    shown = handset.get_by_test_id("lesson")
    expect(shown.nth(0)).to_be_visible()
    expect(shown.nth(1)).to_be_hidden()
    expect(handset.get_by_test_id("read")).to_be_hidden()
    assert handset.evaluate("document.documentElement.scrollWidth") <= 360
    table = "document.querySelector('.lesson table')"
    assert handset.evaluate(f"{table}.scrollWidth > {table}.clientWidth"), "the table scrolls by itself"
    keep(handset, "course")
    before = handset.evaluate("getComputedStyle(document.querySelector('.course')).fontSize")
    handset.get_by_test_id("size").click()
    assert handset.evaluate("getComputedStyle(document.querySelector('.course')).fontSize") > before
    assert handset.evaluate("document.documentElement.scrollWidth") <= 360
    handset.get_by_test_id("next").click()
    expect(shown.nth(1)).to_be_visible()
    handset.get_by_test_id("read").click()
    expect(handset.get_by_test_id("answer")).to_contain_text("发「考试」开始")
    expect(handset.get_by_test_id("read")).to_have_text("已读完")
    expect(handset.get_by_test_id("exam")).to_have_attribute("href", f"/app/exams/{enrolment}")
    keep(handset, "course-read")
    [one] = rows(muster, Enrolment)
    assert one.read_at == muster.clock.now()
