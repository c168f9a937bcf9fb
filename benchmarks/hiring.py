"""A campaign of 100,000 candidates with résumés, and 50,000 interview results by file and by webhook (S2-18).

Beside each stands a bare batched insert of the rows that it makes, into the same schema; what came in is
counted against what is there.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import func, select

from benchmarks.case_files import NOW
from benchmarks.case_import import BARE, BATCH
from benchmarks.company import NoWakeups, StillClock, settings_in
from benchmarks.hiring_files import branch, result, write_candidates, write_results
from benchmarks.meanwhile import Timed, lock
from benchmarks.table import Figure
from bot.app import build, keyring
from bot.hooks import RESULTS_PATH, SIGNATURE
from bot.importing import Report, import_file
from bot.migrations import migrate
from bot.policy import load_policy, work_calendar
from bot.web import create_app
from models import recruiting
from models.base import Base, insert_all
from models.candidates import Application
from models.recruiting import HiringProcess, InterviewResult, StageRecord
from models.secrecy import PersonKey
from models.staff import Candidate
from tests.servers import postgresql

CALL = 10_000
"""Results of one call."""
AT_ONCE = 200
"""Results entered in one transaction, as the workers do it."""
AGAIN = 0.5
"""An unchanged file costs at most so much of the first import."""
SECRET = "measured"
PEOPLE: Sequence[type[Base]] = (Candidate, PersonKey, Application, HiringProcess, StageRecord)
"""What an import of candidates makes, in the order in which it can be inserted."""


class Uncounted(Exception):
    """Something came in and is not there, or is there twice."""


def measure(folder: Path, candidates: int, *, on_postgresql: bool) -> Iterator[Figure]:
    """All of it on SQLite, and where asked for on PostgreSQL."""
    folder = folder / "hiring"
    folder.mkdir()
    name = "large.db"
    yield from _measure(
        "SQLite", [f"sqlite:///{folder / one}" for one in (name, "bare.db")], folder, candidates
    )
    if on_postgresql:
        with postgresql() as large, postgresql() as bare:
            yield from _measure("PostgreSQL", [large, bare], folder, candidates)


def _measure(name: str, urls: Sequence[str], folder: Path, count: int) -> Iterator[Figure]:
    large, bare = (_opened(url, folder) for url in urls)
    by_file, by_call = range(count // 2), range(count // 2, count)
    file = write_candidates(folder / "candidates.csv", count)
    results = write_results(folder / "results.csv", by_file)

    yield from _candidates(name, large, bare, file, count)
    yield from _results_by_file(name, large, bare, results, len(by_file))
    yield from _results_by_call(name, large, by_call, folder)
    _reconcile(large, InterviewResult, count)
    _reconcile(large, Candidate, count)
    with large.reading() as session:
        counted = recruiting.result_counts(session)
        scored = select(func.count()).where(StageRecord.result_event.is_not(None))
        entered = session.scalar(scored.select_from(StageRecord)) or 0
    if counted != {"applied": count} or entered != count:
        raise Uncounted(f"{counted}, {entered} stages of {count}")
    yield Figure(
        f"hiring on {name}: results entered and counted", entered, "of them", floor=f"= {count:,}", met=True
    )
    for database in (large, bare):
        database.close()


def _opened(url: str, folder: Path) -> Timed:
    migrate(url)
    database = Timed(url, keyring(settings_in(folder)))
    with database.writing() as session:
        branch(session)
    database.forget()
    return database


# --- candidates ------------------------------------------------------------------------------------------


def _candidates(name: str, large: Timed, bare: Timed, file: Path, count: int) -> Iterator[Figure]:
    what = f"candidates on {name}"
    with _memory() as memory:
        report, seconds = _imported(large, "candidates", file)
    if (report.new, report.taken, len(report.refused)) != (count, count, 0):
        raise Uncounted(report)
    longest = large.longest
    base = count / _bare_insert(bare, PEOPLE, large)
    yield Figure(f"import of {count:,} {what}, with résumés", count / seconds, "candidates/s", BARE, base)
    for stage, took in report.seconds.items():
        yield Figure(f"import of {what}: {stage}", took, "s", "whole import", seconds)
    yield from lock(f"import of {what}", longest)
    yield Figure(f"import of {what}: memory at its peak", memory[1], "MB", "before", memory[0])
    again, further = _imported(large, "candidates", file)
    if (again.unchanged, again.taken) != (count, count):
        raise Uncounted(again)
    yield Figure(
        f"import of {what}: the same file again",
        further,
        "s",
        "whole import",
        seconds,
        f"≤ {AGAIN}×",
        further <= AGAIN * seconds,
    )


def _imported(database: Timed, kind: str, file: Path) -> tuple[Report, float]:
    policy = load_policy()
    database.forget()
    start = time.perf_counter()
    report = import_file(database, kind, file, at=NOW, policy=policy, calendar=work_calendar(policy))
    return report, time.perf_counter() - start


def _bare_insert(bare: Timed, tables: Sequence[type[Base]], large: Timed) -> float:
    """Insert the same rows with nothing else, in batches; seconds."""
    took = 0.0
    for table in tables:
        for rows in _rows_of(large, table):
            start = time.perf_counter()
            with bare.writing() as session:
                insert_all(session, table, rows)
            took += time.perf_counter() - start
    return took


def _rows_of(database: Timed, table: type[Base]) -> Iterator[list[dict[str, Any]]]:
    """All rows of a table, so many at a time."""
    columns = table.__table__
    with database.reading() as session:
        found = session.execute(select(columns).execution_options(yield_per=BATCH)).mappings()
        for some in found.partitions(BATCH):
            yield [dict(row) for row in some]


# --- results ---------------------------------------------------------------------------------------------


def _results_by_file(name: str, large: Timed, bare: Timed, file: Path, count: int) -> Iterator[Figure]:
    what = f"results on {name}"
    with _memory() as memory:
        report, seconds = _imported(large, "results", file)
    if (report.new, report.taken) != (count, count):
        raise Uncounted(report)
    longest = large.longest
    base = count / _bare_insert(bare, (InterviewResult,), large)
    yield Figure(f"import of {count:,} {what}, entered", count / seconds, "results/s", BARE, base)
    yield from lock(f"import of {what}", longest)
    yield Figure(f"import of {what}: memory at its peak", memory[1], "MB", "before", memory[0])
    again, further = _imported(large, "results", file)
    if (again.unchanged, again.taken) != (count, count):
        raise Uncounted(again)
    yield Figure(
        f"import of {what}: the same file again",
        further,
        "s",
        "whole import",
        seconds,
        f"≤ {AGAIN}×",
        further <= AGAIN * seconds,
    )


def _results_by_call(name: str, large: Timed, candidates: range, folder: Path) -> Iterator[Figure]:
    """Each call twice, as a system tells that heard no answer; then they are entered as workers do."""
    tell = _told_by(large, folder)
    took, large_calls = [], [candidates[first : first + CALL] for first in range(0, len(candidates), CALL)]
    large.forget()
    with _memory() as memory:
        for call in large_calls:
            body = json.dumps([result(one) for one in call], ensure_ascii=False).encode()
            start = time.perf_counter()
            answer = tell(body)
            took.append(time.perf_counter() - start)
            if (len(answer["accepted"]), len(answer["repeated"])) != (len(call), 0):
                raise Uncounted(answer["reasons"])
            repeated = tell(body)
            if (len(repeated["accepted"]), len(repeated["repeated"])) != (0, len(call)):
                raise Uncounted(repeated["reasons"])
    kept = large.longest
    large.forget()
    policy, start, left = load_policy(), time.perf_counter(), AT_ONCE
    while left == AT_ONCE:
        with large.writing() as session:
            left = recruiting.apply_results(session, at=NOW, policy=policy, limit=AT_ONCE)
    seconds = time.perf_counter() - start
    what = f"results by calls of {CALL:,} on {name}"
    yield Figure(f"{len(candidates):,} {what}: kept", len(candidates) / sum(took), "results/s")
    yield Figure(f"{what}: slowest call", max(took) * 1000, "ms")
    yield from lock(f"{what}, kept", kept)
    yield Figure(f"{what}: memory at its peak", memory[1], "MB", "before", memory[0])
    yield Figure(f"{what}: entered", len(candidates) / seconds, "results/s")
    yield from lock(f"{what}, entered", large.longest)


def _told_by(database: Timed, folder: Path) -> Callable[[bytes], Mapping[str, Any]]:
    """What sends a signed call to the web application, and returns its answer."""
    settings = settings_in(folder / "web").model_copy(update={"interview_webhook_secret": SecretStr(SECRET)})
    muster = build(settings, clock=StillClock(NOW), messengers={}, wakeups=NoWakeups())
    client = create_app(replace(muster, database=database)).test_client()

    def tell(body: bytes) -> Mapping[str, Any]:
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        told = client.post(RESULTS_PATH, data=body, headers={SIGNATURE: signature})
        if told.status_code != 202:
            raise Uncounted(f"{told.status_code} {told.text[:200]}")
        answer: Mapping[str, Any] = told.get_json()
        return answer

    return tell


def _reconcile(database: Timed, table: type[Base], count: int) -> None:
    with database.reading() as session:
        there = session.scalar(select(func.count()).select_from(table))
    if there != count:
        raise Uncounted(f"{table.__tablename__}: {there} of {count}")


@contextmanager
def _memory() -> Iterator[list[float]]:
    """Megabytes that this process holds before the block, and at most within it."""
    Path("/proc/self/clear_refs").write_text("5")
    found = [_status("VmRSS")]
    yield found
    found.append(_status("VmHWM"))


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))
