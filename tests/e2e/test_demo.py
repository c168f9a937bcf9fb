"""The demo from outside: real processes, real encrypted callbacks, real deliveries."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from bot.demo import company
from bot.demo.customers import customers
from models.staff import Role
from tests.e2e.conftest import ROOT, Demo, answers, start_demo, stop_demo


def read(demo: Demo, person: str, *, after: int = 0, count: int = 1) -> list[str]:
    """What a person's phone shows, once `count` messages have arrived."""
    inbox = demo.sandbox.call("GET", f"people/{person}/inbox/wait", after=after, count=count, timeout=50)
    return [message["text"] for message in inbox["messages"] if message["direction"] == "in"]


def told(demo: Demo, person: str, words: str) -> Any:
    """The message with these words on a person's phone, as soon as it is there; others may come before it."""
    for count in range(1, 30):
        inbox = demo.sandbox.call("GET", f"people/{person}/inbox/wait", count=count, timeout=50)
        arrived = [message for message in inbox["messages"] if message["direction"] == "in"]
        found = [message for message in arrived if words in message["text"]]
        if found:
            return found[-1]
    raise AssertionError(f"{person} was not told {words}")


def get(url: str) -> Any:
    """The JSON at an address."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def test_one_tap_is_answered(demo: Demo) -> None:
    phone = demo.sandbox.person("wangfang")
    phone.open_chat()
    after = phone.tap_menu("check_in")["after"]

    [answer] = read(demo, "wangfang", after=after)

    assert "打卡成功" in answer
    assert "📍 已记录位置" in answer


def test_a_stranger_and_a_candidate_are_answered(demo: Demo) -> None:
    demo.sandbox.person("newcomer").say("你好")
    demo.sandbox.person("oSampleCandidate01").say("帮助")

    assert "还没有给你安排岗位" in read(demo, "newcomer")[-1]
    assert "「帮助」" in read(demo, "oSampleCandidate01")[-1]


def test_the_company_is_all_there(demo: Demo) -> None:
    people = demo.sandbox.people()
    members = [person for person in people if person["kind"] == "member"]
    candidates = [person for person in people if person["kind"] != "member"]
    places = [place["label"] for place in demo.sandbox.call("GET", "places")["places"]]

    assert len(members) == 60 + 1, "and one whom the product does not know"
    assert all(person["departments"] and person["place"] for person in members if person["id"] != "newcomer")
    assert len(candidates) == 40
    assert {"金融城双塔", "城北分公司", customers(1)[0].door.label} <= set(places)


def test_people_have_been_here_before(demo: Demo) -> None:
    """Candidates came by a QR code and were welcomed; some people asked, and were answered."""
    followed = [person for person in company.candidates() if person.scene is not None]
    [leader] = [p for p in company.employees() if (p.team, p.role) == ("城北催收组", Role.TEAM_LEADER)]

    assert {read(demo, person.openid)[0][:11] for person in followed} == {"你好，欢迎关注招聘服务"}
    assert read(demo, leader.userid)


def test_everything_is_ready_and_the_menu_is_there(demo: Demo) -> None:
    assert get(f"{demo.url}/readyz") == {"database": True, "disk": True, "migrations": True, "queue": True}
    assert "/api/v1/checkins" in get(f"{demo.url}/api/openapi.json")["paths"]


def test_the_doctor_finds_no_fault(demo: Demo, tmp_path: Path) -> None:
    """With the settings of the running web process, which the demo made up."""
    command = ["pgrep", "-f", "-P", str(demo.process.pid), "bot web"]
    web = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]
    entries = Path(f"/proc/{web}/environ").read_bytes().decode().split("\0")
    environment = dict(entry.split("=", 1) for entry in entries if entry.startswith("MUSTER_"))

    def doctor() -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "bot", "doctor"]
        given = {**os.environ, **environment}
        return subprocess.run(
            command, env=given, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
        )

    until = time.monotonic() + 15
    while (found := doctor()).returncode and time.monotonic() < until:
        time.sleep(0.5)  # the menus are on their way

    assert "✗" not in found.stdout, found.stdout
    assert "✓ 菜单：和 config/menu.toml 一样。" in found.stdout
    assert (found.returncode, found.stderr) == (0, "")
    for name, value in environment.items():
        if name.endswith(("SECRET", "TOKEN", "KEY", "KEYS")) and value:
            assert value not in found.stdout, name


def test_the_clock_is_followed_and_what_is_due_on_the_way_happens(tmp_path: Path) -> None:
    demo = start_demo(tmp_path / "var")
    try:
        demo.sandbox.set_clock("2026-03-02T08:40:00+08:00")
        demo.sandbox.advance(11 * 60)

        reminder = told(demo, "chenjie", "09:00 上班，还没打卡")
        demo.sandbox.person("chenjie").tap_card("check_in", reminder["id"])

        assert "08:5" in told(demo, "chenjie", "打卡成功")["text"]
    finally:
        assert stop_demo(demo) == 0


def test_killed_children_come_back_and_nothing_is_lost(tmp_path: Path) -> None:
    demo = start_demo(tmp_path / "var")
    try:
        for name in ("worker", "scheduler", "web"):
            found = subprocess.run(
                ["pgrep", "-f", "-P", str(demo.process.pid), f"bot {name}"],
                capture_output=True,
                text=True,
                check=True,
            )
            for pid in found.stdout.split():
                subprocess.run(["kill", f"-{signal.SIGKILL.value}", pid], check=True)
        phone = demo.sandbox.person("fengxue")
        phone.say("打卡")

        assert "打卡成功" in read(demo, "fengxue")[-1]
    finally:
        assert stop_demo(demo) == 0
    assert not answers(f"{demo.url}/healthz"), "nothing of it is left"


def test_an_address_that_is_taken_is_named_at_once(demo: Demo, tmp_path: Path) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--bind", demo.bind, "--data-dir", str(tmp_path / "other")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert second.returncode == 1
    assert f"地址 {demo.bind} 用不了" in second.stderr


def test_two_demos_never_share_a_data_directory(demo: Demo) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--data-dir", str(demo.data_dir)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert second.returncode == 1
    assert "正被另一个点将使用" in second.stderr
