"""The disk is full: 500 to what cannot be kept, nothing half-done, and afterwards everybody once."""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.survival.installation import LONG, ROOT, Installation, installation

DISK_MEGABYTES = 64


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of a few megabytes; False where none may be mounted."""
    folder.mkdir(mode=0o700)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=700", "tmpfs", str(folder)]
    mounted = not subprocess.run(command, capture_output=True, check=False).returncode
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Write until there is no room."""
    with (folder / "ballast").open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def limit_files(muster: Installation, size: int) -> None:
    """No process of ours may make a file longer than this: the full disk of those who may not mount one."""
    ours = set(muster.everything()) - set(muster.children("redis"))
    for pid in ours:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.parametrize("kind", ["disk", "limit"])
def test_with_a_full_disk_the_platform_sends_again_until_there_is_room(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "disk"
    with ExitStack() as stack:
        mounted = stack.enter_context(small_disk(folder))
        if kind == "disk" and not mounted:
            pytest.skip("no file system may be mounted here; the other kind is run")
        if kind == "limit" and mounted and not LONG:
            pytest.skip("the real disk is enough here")
        muster = stack.enter_context(installation(folder))
        muster.sandbox.settings(callback_retry_seconds=3, callback_retries=10)
        muster.up()
        talk = muster.talk()
        talk.everybody_says("还有地方")
        muster.everybody_is_answered_once(talk)
        full, roomy = _ways(muster, folder, kind)

        full()
        _talk_until_refused(muster, talk.everybody_says, full)

        if kind == "disk":
            assert muster.status("/readyz") == 503
            assert "只剩 0 MB" in muster.doctor()
        assert muster.status("/healthz") == 200
        roomy()
        muster.everybody_is_answered_once(talk, seconds=100)
        assert set(muster.outcomes()) == {"ok", "http 500"}
        assert muster.status("/readyz") == 200
        muster.ends_cleanly()


def _ways(muster: Installation, folder: Path, kind: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """How to take all the room, and how to give it back."""
    if kind == "disk":
        return lambda: fill(folder), (folder / "ballast").unlink
    log = muster.settings.data_dir / "muster.db-wal"
    return lambda: limit_files(muster, log.stat().st_size), lambda: limit_files(
        muster, resource.RLIM_INFINITY
    )


def _talk_until_refused(
    muster: Installation, everybody_says: Callable[[str], None], full: Callable[[], None]
) -> None:
    """SQLite still has room in the log it has written before: talk until that is used up."""
    for number in range(50):
        if "http 500" in muster.outcomes():
            return
        everybody_says(f"没有地方的第{number}句")
        full()
    raise AssertionError(muster.outcomes())


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    code = (
        "import structlog; from bot.logs import configure_logs; configure_logs('test');"
        "[structlog.get_logger().warning('event') for _ in range(3000)]; print('went on')"
    )
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=False,
        )

    assert told.stdout == "went on\n"
