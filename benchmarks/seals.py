"""The evidence trail: rows sealed and verified a second, beside the bare hashing of as many."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.company import NoWakeups, Silent, hire, settings_in
from benchmarks.table import Figure
from bot.app import build
from bot.evidence import check_database
from models import audit
from models.audit import BEGINNING, Keys, Signer, content_hash, link
from models.base import SHANGHAI
from models.messaging import Channel

AT_ONCE = 500


def measure(folder: Path, count: int) -> Iterator[Figure]:
    """`count` rows, written before the clock starts."""
    settings = settings_in(folder / "seals")
    hire(settings, 1)
    muster = build(settings, messengers={Channel.WECOM: Silent()}, wakeups=NoWakeups())
    for first in range(0, count, AT_ONCE):
        with muster.database.writing() as session:
            for number in range(first, min(first + AT_ONCE, count)):
                audit.record(session, at=muster.clock.now(), **row(number))
    assert muster.trail is not None
    start = time.perf_counter()
    sealed = muster.trail.seal()
    seconds = time.perf_counter() - start
    keys = Keys(Signer(settings.audit_key_bytes).public_key)
    begun = time.perf_counter()
    verdict = check_database(muster.database, keys, [], lambda _done, _all: None)
    verified = time.perf_counter() - begun
    muster.close()
    if verdict.sealed != sealed or verdict.faults:
        raise RuntimeError(f"{verdict.faults} among {sealed} sealed rows")
    base = bare(count)
    rate, name = sealed / seconds, f"trail: {count:,} rows"
    yield Figure(f"{name} sealed", rate, "rows/s", "hashing alone", base, "≥ 1,000/s", rate >= 1000)
    yield Figure(f"{name} verified", sealed / verified, "rows/s", "hashing alone", base)


def row(number: int) -> dict[str, Any]:
    """What a change of a case enters."""
    return {
        "actor": f"employee:{number % 60}",
        "action": "cases.assign",
        "subject": f"employee:{number % 50}",
        "details": {"case": number, "from": number % 7},
    }


def bare(count: int) -> float:
    """Rows a second that are only hashed and chained."""
    at, last = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI), BEGINNING
    start = time.perf_counter()
    for number in range(1, count + 1):
        full = {**row(number), "id": number, "at": at, "outcome": "done", "cause": None, "personal": {}}
        last = link(last, number, content_hash(full))
    return count / (time.perf_counter() - start)
