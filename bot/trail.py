"""Sealing the evidence trail in the scheduler's tick, and publishing its ends outside the database."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import structlog

from bot.clock import Clock
from bot.database import Database
from bot.texts import Texts
from models import audit, messaging
from models.audit import Head, Signer
from models.messaging import Channel, OutboundKind, Outgoing, Priority
from models.policy import AuditPolicy

HEADS_FILE = "audit-heads.log"
"""In the data directory: one signed end of the chain a line."""
BATCH = 100
"""So many rows are sealed in one transaction: the only writer of SQLite is soon free again."""
MOST_BATCHES = 50
"""In one tick; what is left waits for the next one."""
TAIL_BYTES = 4096

log = structlog.get_logger("trail")


class Trail:
    """Seals what is new, and publishes the end of the chain; two of them do no harm."""

    def __init__(
        self,
        database: Database,
        signer: Signer,
        clock: Clock,
        policy: AuditPolicy,
        texts: Texts,
        heads_file: Path,
    ) -> None:
        self._database = database
        self._signer = signer
        self._clock = clock
        self._policy = policy
        self._texts = texts
        self._file = heads_file
        self._in_file: int | None = None
        """The newest position in the file; None until it was read."""
        self._posted = (0, 0)
        """The newest interval and position for which the group was told."""

    def tick(self) -> None:
        """Seal what is new and publish what is to be."""
        self.seal(MOST_BATCHES)
        self.publish()

    def seal(self, most_batches: int | None = None) -> int:
        """Seal what is new, batch after batch; returns how many rows."""
        sealed = 0
        while most_batches is None or most_batches > 0:
            with self._database.reading() as session:
                if not audit.anything_unsealed(session):
                    break
            with self._database.writing() as session:
                count = audit.seal(session, signer=self._signer, at=self._clock.now(), limit=BATCH)
            if not count:  # another sealer is at work
                break
            sealed += count
            most_batches = None if most_batches is None else most_batches - 1
        return sealed

    def publish(self) -> None:
        """Write the newest end into the file, and hand it to the group chat when its time has come."""
        with self._database.reading() as session:
            head = audit.newest_head(session)
        if head is None:
            return
        self._write(head)
        self._post(head)

    def _write(self, head: Head) -> None:
        if self._in_file is None or not self._file.exists():
            self._in_file = max((known.position for known in newest_in(self._file)), default=0)
        if head.position > self._in_file:
            append(self._file, head.line())
            self._in_file = head.position

    def _post(self, head: Head) -> None:
        if not self._policy.group_chat:
            return
        now = self._clock.now()
        every = timedelta(minutes=self._policy.group_minutes)
        interval = int(now.timestamp() // every.total_seconds())
        if interval == self._posted[0] or head.position == self._posted[1]:
            return
        text = self._texts.render("audit/head_published", {"head": head})
        message = Outgoing(
            f"audit:head:{self._policy.group_chat}:{interval}",
            Channel.WECOM,
            self._policy.group_chat,
            OutboundKind.GROUP,
            {"msgtype": "text", "text": {"content": text}},
            priority=Priority.PUSH,
        )
        with self._database.writing() as session:
            messaging.post(session, [message], now=now, lifetime=every)
        self._posted = (interval, head.position)


def append(path: Path, line: str) -> None:
    """Add a line that stays, whatever happens to the machine; a torn line before it stays a line apart."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(file).st_size
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        os.write(file, f"{chr(10) if torn else ''}{line}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)
    if is_new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def newest_in(path: Path) -> Sequence[Head]:
    """The last heads of the file; none if there is no file."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(max(path.stat().st_size - TAIL_BYTES, 0))
        return list(heads_in(file.read().decode(errors="replace").splitlines()))
    return []


def heads_in(lines: Iterable[str]) -> Iterator[Head]:
    """The heads among lines of text: of the file, or of what was copied from the group chat."""
    for line in lines:
        head = audit.read_head(line.strip())
        if head is not None:
            yield head
