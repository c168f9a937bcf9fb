"""The page of an exam in a real browser: two phones at once, no signal, the end of the time."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from bot.app import Muster
from models.training import Attempt, AttemptAnswer, Certificate
from tests.chat.quizzes import enrol, places, publish
from tests.e2e.conftest import PICTURES
from tests.simulator import Given, TestClock, rows

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """The pages, served."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)


@pytest.fixture
def enrolment(muster: Muster, given: Given, clock: TestClock) -> int:
    """李爱丽 is to learn the rules of the night."""
    clock.at("08:35")
    given.employee("AliceLi", "李爱丽")
    return enrol(muster, "AliceLi", publish(muster))


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone."""
    with browser.new_context(viewport=PHONE) as context:  # type: ignore[arg-type]
        yield context


def opens(context: BrowserContext, app: Flask, url: str, enrolment: int) -> Page:
    """Open the page, logged in as 李爱丽."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookie = signer.dumps({"who": "AliceLi", "fresh": True})
    context.add_cookies([{"name": "muster", "value": cookie, "url": url}])
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if "Content Security" in line.text else None)
    page.goto(f"{url}/app/exams/{enrolment}")
    assert problems == []
    return page


def shoots(page: Page, name: str) -> None:
    """A screenshot, where they are wanted; nothing runs out of the screen to the right."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def taps(page: Page, place: int, shown: list[int]) -> None:
    """Answer the question at this place."""
    line = page.locator(f'li[data-place="{place}"]')
    for option in shown:
        line.locator(f'button[data-option="{option}"]').click()
    if line.locator(".settle").count():
        line.locator(".settle").click()


def test_an_exam_is_passed_on_the_page(
    app: Flask, muster: Muster, phone: BrowserContext, url: str, enrolment: int
) -> None:
    page = opens(phone, app, url, enrolment)
    expect(page.get_by_test_id("said")).to_contain_text("点「开始」就计时")
    shoots(page, "exam-start")
    page.get_by_test_id("start").dblclick()
    expect(page.locator(".questions li")).to_have_count(5)
    expect(page.get_by_test_id("left")).to_contain_text("还剩")
    shoots(page, "exam-questions")

    shown = [list(one) for one in places(muster)]
    for place in range(4):
        taps(page, place, shown[place])
        expect(page.locator(f'li[data-place="{place}"] .state')).to_have_text("已存下")
    shoots(page, "exam-answered")
    taps(page, 4, shown[4])

    expect(page.get_by_test_id("result")).to_contain_text("100 分（5 题对 5 题）")
    shoots(page, "exam-passed")
    assert len(rows(muster, Attempt)) == 1
    assert len(rows(muster, Certificate)) == 1


def test_two_phones_sit_one_exam(
    app: Flask, muster: Muster, browser: Browser, phone: BrowserContext, url: str, enrolment: int
) -> None:
    one = opens(phone, app, url, enrolment)
    with browser.new_context(viewport=PHONE) as context:  # type: ignore[arg-type]
        other = opens(context, app, url, enrolment)
        one.get_by_test_id("start").click()
        other.get_by_test_id("start").click()
        expect(one.locator(".questions li")).to_have_count(5)
        expect(other.locator(".questions li")).to_have_count(5)
        right = [list(found) for found in places(muster)]
        wrong = [list(found) for found in places(muster, right=False)]
        taps(one, 0, wrong[0])
        expect(one.locator('li[data-place="0"] .state')).to_have_text("已存下")
        taps(other, 0, right[0])  # Too late: the other phone shows what stands.
        expect(other.locator('li[data-place="0"] .state')).to_have_text("已存下")
        stands = other.locator(f'li[data-place="0"] button[data-option="{wrong[0][0]}"]')
        expect(stands).to_have_attribute("aria-pressed", "true")
        for place in (1, 2):
            taps(one, place, right[place])
        for place in (3, 4):
            taps(other, place, right[place])

        expect(other.get_by_test_id("result")).to_contain_text("80 分（5 题对 4 题）")
        shoots(other, "exam-failed")

    assert len(rows(muster, Attempt)) == 1
    assert len(rows(muster, AttemptAnswer)) == 5


def test_answers_wait_for_a_signal(
    app: Flask, muster: Muster, phone: BrowserContext, url: str, enrolment: int
) -> None:
    page = opens(phone, app, url, enrolment)
    page.get_by_test_id("start").click()
    expect(page.locator(".questions li")).to_have_count(5)
    shown = [list(one) for one in places(muster)]
    phone.set_offline(True)
    for place in range(4):
        taps(page, place, shown[place])
    expect(page.get_by_test_id("waiting")).to_contain_text("没有信号：4 题已存在手机里")
    shoots(page, "exam-offline")
    assert rows(muster, AttemptAnswer) == []

    phone.set_offline(False)

    expect(page.locator('li[data-place="3"] .state')).to_have_text("已存下", timeout=20_000)
    assert len(rows(muster, AttemptAnswer)) == 4
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_test_id("submit").click()
    expect(page.get_by_test_id("result")).to_contain_text("80 分（5 题对 4 题）")


def test_the_page_hands_in_when_the_time_is_over(
    app: Flask, muster: Muster, phone: BrowserContext, url: str, enrolment: int, clock: TestClock
) -> None:
    page = opens(phone, app, url, enrolment)
    page.get_by_test_id("start").click()
    expect(page.locator(".questions li")).to_have_count(5)
    taps(page, 0, list(places(muster)[0]))
    expect(page.locator('li[data-place="0"] .state')).to_have_text("已存下")

    clock.at("08:44:59")
    page.close()
    page = opens(phone, app, url, enrolment)
    expect(page.locator(".questions li")).to_have_count(5)
    clock.at("08:45")

    expect(page.get_by_test_id("result")).to_contain_text("时间到了，按时间内答的算分。", timeout=10_000)
    expect(page.get_by_test_id("result")).to_contain_text("20 分（5 题对 1 题）")
    shoots(page, "exam-over")
