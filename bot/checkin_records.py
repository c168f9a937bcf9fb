"""The errand that fetches the check-in records WeCom keeps: 100 people a call, 30 days (protocol 3.10)."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from bot.channels.base import ApiError
from bot.channels.errors import Fault, fault_in
from bot.channels.wecom import WeComClient
from bot.clock import Clock
from bot.database import Database
from bot.errands import PIECE_SECONDS
from models import corroboration
from models.base import SHANGHAI
from models.calendar import WorkCalendar
from models.corroboration import Record, RecordRun
from models.messaging import Channel
from models.policy import Policy

AT_ONCE = 100
"""So many people one call may name."""
ALL_KINDS = 3
"""Coming and going at the office, and outside."""
PASSING = (Fault.TRANSIENT, Fault.QUOTA, Fault.REFRESH)
"""What passes: the run goes on from here later."""

log = structlog.get_logger("checkin_records")


class CheckinRecords:
    """How far it has come stands in the database alone: it may be broken off at any moment."""

    name = "checkin_records"

    def __init__(
        self, database: Database, clock: Clock, policy: Policy, calendar: WorkCalendar, client: WeComClient
    ) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy
        self._calendar = calendar
        self._client = client

    def is_due(self) -> bool:
        """Whether a run is under way."""
        with self._database.reading() as session:
            return corroboration.open_run(session) is not None

    def step(self) -> None:
        """Fetch the records of the next people.

        Raises:
            ApiError, Unreachable: the platform is busy or out of reach; it goes on from here later.
        """
        until = time.monotonic() + PIECE_SECONDS
        while self._piece() and time.monotonic() < until:
            pass

    def _piece(self) -> bool:
        """The next people; whether there may be more."""
        with self._database.reading() as session:
            run = corroboration.open_run(session)
            if run is None:
                return False
            people = corroboration.next_people(session, run, limit=AT_ONCE)
            since, until = run.since, run.until
        try:
            records = self._fetched(people, since, until) if people else []
        except ApiError as error:
            if fault_in(Channel.WECOM, error) in PASSING:
                raise
            log.error("checkin_records_failed", code=error.code, error=error.message)
            self._keep(None, {}, error=f"{error.code} {error.message}"[:200])
            return False
        self._keep(records, people)
        return bool(people)

    def _keep(self, records: list[Record] | None, people: Mapping[str, int], error: str = "") -> None:
        now = self._clock.now()
        with self._database.writing() as session:
            run: RecordRun | None = corroboration.open_run(session)
            if run is None or (people and run.after_id >= max(people.values())):
                return  # another process was faster
            if people and records is not None:
                corroboration.keep_records(
                    session,
                    run,
                    records,
                    people=people,
                    at=now,
                    policy=self._policy,
                    calendar=self._calendar,
                )
                return
            corroboration.finish_run(run, at=now, error=error)
            log.info("checkin_records", new=run.records, error=error or None)

    def _fetched(self, people: Mapping[str, int], since: datetime, until: datetime) -> list[Record]:
        """The records of these people; whom the platform does not know is asked about by halves."""
        try:
            told = self._ask(list(people), since, until)
        except ApiError as error:
            if fault_in(Channel.WECOM, error) in (*PASSING, Fault.SETUP) or error.code == NOT_ALLOWED:
                raise
            if len(people) == 1:
                log.info("checkin_records_of_nobody", code=error.code)
                return []
            names = list(people.items())
            half = len(names) // 2
            return [
                *self._fetched(dict(names[:half]), since, until),
                *self._fetched(dict(names[half:]), since, until),
            ]
        return [record for row in told if (record := corroboration.record_of(row, SHANGHAI)) is not None]

    def _ask(self, names: list[str], since: datetime, until: datetime) -> list[dict[str, Any]]:
        body = {
            "opencheckindatatype": ALL_KINDS,
            "starttime": int(since.timestamp()),
            "endtime": int(until.timestamp()),
            "useridlist": names,
        }
        told = self._client.post("checkin/getcheckindata", data=body)
        return list(told.get("checkindata") or [])


NOT_ALLOWED = 301062
"""The app is not among those that may call the check-in interface."""
