"""A process that is back at once when it is killed: its parent has loaded everything, and forks it anew."""

import gc
import os
import signal
import sys
import time
from functools import cache

import structlog
from sqlalchemy.orm import configure_mappers

import handlers
from bot.policy import load_policy
from bot.processes import die_with_parent
from models.policy import Policy

SETTLED_SECONDS = 5.0
"""Killed sooner than this it is not forked again at once: whoever started us makes pauses."""

STOPPING = (signal.SIGINT, signal.SIGTERM)

log = structlog.get_logger("keeping")


@cache
def policy() -> Policy:
    """Read once before others fork: they share it, and the phrases of its wording filter."""
    return load_policy()


def load_all() -> None:
    """Load before forking what each child would load for itself; none of it is looked through again."""
    policy()
    handlers.collect()
    configure_mappers()
    gc.collect()
    gc.freeze()


def fork_again_if_killed() -> None:
    """Returns in a child, in a group of its own; we stay its parent and fork another one if it is killed.

    Told to stop, we tell the child, once, and end as it ends. Killed, we take it with us.
    """
    told: list[int] = []
    child = 0

    def stop(number: int, _frame: object) -> None:
        told.append(number)
        if child:
            os.kill(child, number)

    for number in STOPPING:
        signal.signal(number, stop)
    while True:
        began, parent = time.monotonic(), os.getpid()
        child = 0
        if (pid := os.fork()) == 0:
            return _be_a_child(parent)
        child = pid
        if told:  # between the fork and its number
            os.kill(child, told[-1])
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if told or code >= 0 or time.monotonic() - began < SETTLED_SECONDS:
            sys.exit(code if code >= 0 else 128 - code)
        log.warning("killed", pid=child, code=code)


def _be_a_child(parent: int) -> None:
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)
    os.setpgid(0, 0)
    die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
