"""By clicking only: an employee checks in, the page works, a supervisor looks, a candidate writes."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Demo, keep, phone

pytestmark = pytest.mark.browser


def test_the_morning_by_clicking_only(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.sandbox.url}/?open=lihua,zhangwei,oSampleCandidate31")
    employee = phone(page, "lihua")
    demo.sandbox.set_clock("2026-03-02T08:50:00+08:00")
    expect(employee.get_by_test_id("messages")).to_contain_text("09:00 上班，还没打卡")
    with page.expect_response(lambda answer: "/lihua/open-chat" in answer.url):
        page.goto(page.url)  # opening the chat reports the location
    expect(employee.get_by_test_id("messages")).to_contain_text("09:00 上班，还没打卡")
    demo.sandbox.settle()
    employee.get_by_test_id("menu-check_in").click()
    expect(employee.get_by_test_id("messages")).to_contain_text("打卡成功")
    expect(employee.get_by_test_id("messages")).to_contain_text("已记录位置")

    supervisor = phone(page, "zhangwei")
    supervisor.get_by_test_id("menu-更多").click()
    supervisor.get_by_test_id("menu-team_attendance").click()
    expect(supervisor.get_by_test_id("messages")).to_contain_text("应到")

    candidate = phone(page, "oSampleCandidate31")
    expect(candidate.get_by_test_id("window")).to_contain_text("不可回复")
    candidate.get_by_test_id("menu-toggle").click()
    candidate.get_by_test_id("input").fill("帮助")
    candidate.get_by_test_id("input").press("Enter")
    expect(candidate.get_by_test_id("messages")).to_contain_text("你可以直接发给我")
    expect(candidate.get_by_test_id("window")).to_contain_text("4 条")
    keep(page, "phones")


def test_the_page_in_the_phone_checks_in_with_a_location(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.sandbox.url}/?open=sunli")
    employee = phone(page, "sunli")
    employee.get_by_test_id("menu-更多").click()
    employee.get_by_test_id("menu-打卡页面").click()
    inside = employee.frame_locator("iframe")
    expect(inside.locator("#place")).to_contain_text("已获取位置")

    inside.get_by_test_id("check-in").click()

    expect(inside.get_by_test_id("answer")).to_contain_text("打卡成功")
    keep(page, "page")


def test_without_a_signal_the_tap_waits_on_the_phone_and_is_sent_once(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.sandbox.url}/?open=wangfang")
    employee = phone(page, "wangfang")
    employee.get_by_test_id("menu-更多").click()
    employee.get_by_test_id("menu-打卡页面").click()
    inside = employee.frame_locator("iframe")
    expect(inside.locator("#place")).to_contain_text("已获取位置")
    page.context.set_offline(True)

    inside.get_by_test_id("check-in").click()

    expect(inside.get_by_test_id("answer")).to_contain_text("已存在手机里")
    expect(inside.get_by_test_id("waiting")).to_contain_text("上班打卡，等信号")
    keep(page, "no-signal")
    page.context.set_offline(False)
    expect(inside.get_by_test_id("answer")).to_contain_text("打卡成功", timeout=30_000)
    expect(inside.get_by_test_id("waiting")).to_be_hidden()
    expect(inside.locator(".what")).to_contain_text("下班打卡")


def test_a_visit_without_a_signal_waits_on_the_phone_and_is_sent_once(page: Page, demo: Demo) -> None:
    number = planned_visit(demo, "sunli")
    page.goto(f"{demo.sandbox.url}/?open=sunli")
    employee = phone(page, "sunli")
    employee.get_by_test_id("menu-更多").click()
    employee.get_by_test_id("menu-打卡页面").click()
    inside = employee.frame_locator("iframe")
    expect(inside.get_by_test_id("visits")).to_contain_text(f"{number} 客户")
    expect(inside.get_by_test_id("visits")).to_contain_text("谈分期")
    button = inside.locator(f'.visit[data-case="{number}"]')
    page.context.set_offline(True)

    button.click()
    expect(inside.get_by_test_id("answer")).to_contain_text("到了已存在手机里")
    button.click()

    expect(inside.get_by_test_id("answer")).to_contain_text("离开已存在手机里")
    expect(inside.get_by_test_id("waiting").locator("li")).to_have_count(2)
    expect(inside.get_by_test_id("waiting")).to_contain_text("到了客户")
    keep(page, "visit-no-signal")
    page.context.set_offline(False)
    expect(inside.get_by_test_id("answer")).to_contain_text("已离开客户", timeout=30_000)
    expect(inside.get_by_test_id("waiting")).to_be_hidden()
    expect(button).to_have_text("已离开")
    keep(page, "visit-sent")


def planned_visit(demo: Demo, account: str) -> str:
    """Somebody plans to see one of their customers today; the number of the case."""
    person = demo.sandbox.person(account)
    after = person.say("我的案件")["after"]
    person.wait(after, timeout=20)
    listed = json.dumps(person.inbox(after), ensure_ascii=False)
    found = re.search(r"(?<![0-9])([0-9]{1,5}) (?:客户)?[\u4e00-\u9fff]\*", listed)
    assert found is not None, listed
    after = person.say(f"计划上门 {found[1]} 今天下午3点 谈分期")["after"]
    person.wait(after, timeout=20)
    return found[1]


def test_a_location_chosen_on_the_map_checks_in_once(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.sandbox.url}/?open=zhenghao")
    employee = phone(page, "zhenghao")
    employee.get_by_test_id("menu-更多").click()
    employee.get_by_test_id("menu-check_in_here").click()
    employee.get_by_test_id("location-confirm").click()

    expect(employee.get_by_test_id("messages")).to_contain_text("打卡成功")
    page.wait_for_timeout(1500)

    assert "已经打过卡" not in employee.get_by_test_id("messages").inner_text()


def test_a_tap_is_followed_to_its_answer_in_the_control_room(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.sandbox.url}/control-room")
    expect(page.get_by_test_id("log-entry").first).to_be_visible()
    after = demo.sandbox.person("chenjie").tap_menu("check_in")["after"]
    demo.sandbox.person("chenjie").wait(after, timeout=20)

    answer = page.get_by_test_id("log-entry").filter(has_text="陈洁").filter(has_text="打卡成功").first
    steps = page.get_by_test_id("story-step").locator("b")
    answer.click()
    while_it_grows = 5
    while steps.count() < 3 and while_it_grows:  # the story is told as far as it is known when one asks
        page.wait_for_timeout(1000)
        answer.click()
        while_it_grows -= 1

    expect(steps.first).to_have_text("陈洁：点菜单")
    expect(steps.last).to_have_text("到了陈洁的手机")
    expect(page.get_by_test_id("story")).to_contain_text("一键打卡")
    expect(page.get_by_test_id("story")).to_contain_text("打卡成功")
    keep(page, "room")
