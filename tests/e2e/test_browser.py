"""By clicking only: an employee checks in, the page works, a supervisor looks, a candidate writes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.e2e.conftest import Demo

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("MUSTER_PICTURES")
"""Where to put screenshots, if they are wanted."""


@pytest.fixture
def page(chromium: str, demo: Demo) -> Iterator[Page]:
    """A browser with the phones open."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        opened = browser.new_page(viewport={"width": 1280, "height": 860})
        problems: list[str] = []
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.goto(f"{demo.sandbox.url}/?open=lihua,zhangwei,oSampleCandidate01")
        yield opened
        browser.close()
        assert problems == []


def phone(page: Page, person: str) -> Locator:
    """Somebody's phone."""
    return page.get_by_test_id(f"phone-{person}")


def keep(page: Page, name: str) -> None:
    """Keep a screenshot, if they are wanted."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def test_the_morning_by_clicking_only(page: Page, demo: Demo) -> None:
    employee = phone(page, "lihua")
    demo.sandbox.set_clock("2026-03-02T08:50:00+08:00")
    expect(employee.get_by_test_id("messages")).to_contain_text("09:00 上班，还没打卡")
    page.goto(page.url)  # opening the chat reports the location
    expect(employee.get_by_test_id("messages")).to_contain_text("09:00 上班，还没打卡")
    demo.sandbox.settle()
    employee.get_by_test_id("menu-check_in").click()
    expect(employee.get_by_test_id("messages")).to_contain_text("打卡成功")
    expect(employee.get_by_test_id("messages")).to_contain_text("已记录位置")

    supervisor = phone(page, "zhangwei")
    supervisor.get_by_test_id("menu-考勤").click()
    supervisor.get_by_test_id("menu-team_attendance").click()
    expect(supervisor.get_by_test_id("messages")).to_contain_text("应到")

    candidate = phone(page, "oSampleCandidate01")
    candidate.get_by_test_id("menu-help").click()
    expect(candidate.get_by_test_id("messages")).to_contain_text("你可以直接发给我")
    keep(page, "phones")


def test_the_page_in_the_phone_checks_in_with_a_location(page: Page) -> None:
    page.goto(page.url.split("?")[0] + "?open=sunli")
    employee = phone(page, "sunli")
    employee.get_by_test_id("menu-考勤").click()
    employee.get_by_test_id("menu-打卡页面").click()
    inside = employee.frame_locator("iframe")
    expect(inside.locator("#place")).to_contain_text("已获取位置")
    keep(page, "page-before")

    inside.get_by_test_id("check-in").click()

    expect(inside.get_by_test_id("answer")).to_contain_text("打卡成功")
    keep(page, "page")


def test_a_location_chosen_on_the_map_checks_in_once(page: Page) -> None:
    page.goto(page.url.split("?")[0] + "?open=zhenghao")
    employee = phone(page, "zhenghao")
    employee.get_by_test_id("menu-考勤").click()
    employee.get_by_test_id("menu-check_in_here").click()
    employee.get_by_test_id("location-confirm").click()

    expect(employee.get_by_test_id("messages")).to_contain_text("打卡成功")
    page.wait_for_timeout(1500)

    assert "已经打过卡" not in employee.get_by_test_id("messages").inner_text()
