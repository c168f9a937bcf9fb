"""What the maintainers are told: bugs, failed jobs and calls that the platform refuses."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.database import Database
from bot.logs import mask_values
from bot.posting import Destination, Posting
from models.messaging import Channel

log = structlog.get_logger("reporting")


class Reporting:
    """Writes reports for the maintainers into the outbox."""

    def __init__(
        self, database: Database, posting: Posting, clock: Clock, maintainers: Sequence[str]
    ) -> None:
        self._database = database
        self._posting = posting
        self._clock = clock
        self._maintainers = maintainers

    def tell_maintainers(
        self, session: Session, key: str, block: str, values: Mapping[str, Any], now: datetime
    ) -> None:
        """A report for every maintainer; `key` names what it comes of."""
        for maintainer in self._maintainers:
            to = Destination(Channel.WECOM, maintainer)
            self._posting.post_text(session, f"{key}:maintainer:{maintainer}", to, block, values, now)

    def report_refusal(
        self, session: Session, channel: str, code: int | str, error: str, now: datetime
    ) -> None:
        """Tell the maintainers, once a day, that the platform refuses calls until somebody acts."""
        log.error("calls_refused", channel=channel, code=code, error=error)
        values = {"channel": channel, "code": code, "at": now}
        key = f"refused:{channel}:{code}:{now:%Y%m%d}"
        self.tell_maintainers(session, key, "common/refused_calls", values, now)

    def report_crash(self, handler: str, bug: Exception) -> None:
        """Log a bug and tell the maintainers, in a transaction of its own."""
        trace_id = secrets.token_hex(4)
        log.error("crashed", trace_id=trace_id, handler=handler, exc_info=bug)
        now = self._clock.now()
        with self._database.writing() as session:
            self.tell_of_crash(session, f"crash:{trace_id}", handler, bug, trace_id, now)

    def tell_of_crash(
        self, session: Session, key: str, handler: str, bug: Exception, trace_id: str, now: datetime
    ) -> None:
        """Tell the maintainers of a bug that stands in the log under `trace_id`."""
        values = {"handler": handler, "error": type(bug).__name__, "trace_id": trace_id}
        safe = {**mask_values(values), "at": now}
        self.tell_maintainers(session, key, "common/crash_notice", safe, now)
