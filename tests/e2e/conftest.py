"""The whole product as real processes: `muster demo` on free ports, with a data directory of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from bot.clock import REFRESH_SECONDS
from sandbox.client import Sandbox

ROOT = Path(__file__).parent.parent.parent
PICTURES = os.environ.get("MUSTER_PICTURES")
"""Where to put screenshots, if they are wanted."""
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Demo:
    """A running demo."""

    process: "subprocess.Popen[bytes]"
    bind: str
    sandbox: Sandbox
    data_dir: Path
    log: Path

    @property
    def url(self) -> str:
        """The product's address."""
        return f"http://{self.bind}"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether the address answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def start_demo(data_dir: Path, *options: str) -> Demo:
    """Start `muster demo` and wait until it says that it is up."""
    bind, sandbox_bind = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir.parent / f"{data_dir.name}.log"
    command = [sys.executable, "-m", "bot", "demo", "--bind", bind, "--sandbox-bind", sandbox_bind]
    with log.open("wb") as output:
        command += ["--data-dir", str(data_dir), *options]
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    until = time.monotonic() + 240
    try:
        while "演示已启动" not in log.read_text(encoding="utf-8"):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < until, log.read_text(encoding="utf-8")
            time.sleep(0.1)
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        raise
    return Demo(process, bind, Sandbox(f"http://{sandbox_bind}"), data_dir, log)


def stop_demo(demo: Demo) -> int:
    """Ctrl-C, and its exit code."""
    demo.sandbox.close()
    demo.process.send_signal(signal.SIGINT)
    try:
        return demo.process.wait(20)
    except subprocess.TimeoutExpired:
        demo.process.kill()
        raise


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all journeys; each uses people of its own."""
    running = start_demo(tmp_path_factory.mktemp("demo") / "var")
    running.sandbox.set_clock("2026-03-02T08:30:00+08:00")
    time.sleep(2 * REFRESH_SECONDS)  # until every process has noticed
    yield running
    assert stop_demo(running) == 0


@pytest.fixture(scope="session")
def chromium() -> str:
    """Debian's Chromium; its tests are left out where it is missing, but never in CI."""
    if CHROMIUM is None:
        if os.environ.get("MUSTER_REQUIRE_BROWSER"):
            pytest.fail("Chromium is missing, and browser tests may not be left out here")
        pytest.skip("Chromium is not installed")
    return CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for the tests of a file."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of a laptop's size; a script error on it fails the test."""
    opened = browser.new_page(viewport={"width": 1280, "height": 860})
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    opened.close()
    assert problems == []


def phone(page: Page, person: str) -> Locator:
    """Somebody's phone."""
    return page.get_by_test_id(f"phone-{person}")


def keep(page: Page, name: str) -> None:
    """Keep a screenshot, if they are wanted."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")
