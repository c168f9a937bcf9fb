"""What texts and letters need beside their way out: whose number it is now, and what became of a text."""

import json
import time
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog

from bot.channels.people import Letter
from bot.channels.sms import PULLED_AT_ONCE, Fate, Gateway, Sent
from bot.clock import Clock
from bot.database import Database
from models import candidates, messaging, secrecy
from models.messaging import Channel, Unreceipted

RECEIPT_SPAN = timedelta(days=2)
"""For so long after a text went out its receipt is asked for."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 600.0
"""Seconds between two looks for receipts: doubling while none comes."""
ASKED_AT_ONCE = 10
"""So many texts are asked about in one piece of the errand, where each takes a call."""

log = structlog.get_logger("texting")


class KnownPeople:
    """The people of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def phone(self, subject: str) -> str | None:
        """The number of somebody as it is now."""
        with self._database.reading() as session:
            return candidates.phone_of(session, subject)

    def letter(self, subject: str, payload: Mapping[str, Any]) -> Letter | None:
        """What an e-mail says, opened, and where it goes now."""
        with self._database.reading() as session:
            address = candidates.email_of(session, subject)
            opened = secrecy.open_text(session, subject, b64decode(payload.get("sealed", "")) or None)
        if not address or not opened:
            return None
        told = json.loads(opened)
        return Letter(address, told["subject"], told["text"])


class TextReceipts:
    """The errand that asks the vendor what became of texts."""

    name = "receipts"

    def __init__(
        self, database: Database, clock: Clock, gateway: Gateway, first_pause: float = FIRST_PAUSE
    ) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._first_pause = self._pause = first_pause
        self._looks_at = 0.0
        self._asked: dict[int, int] = {}
        """How often each text was asked about by this process."""
        self._newest = 0

    def is_due(self) -> bool:
        """Whether a text waits for its receipt and it is time to look."""
        if time.monotonic() < self._looks_at and not self._is_new():
            return False
        return bool(self._waiting())

    def step(self) -> None:
        """Ask about the texts asked about least, and write down what is known."""
        waiting = self._waiting()
        self._newest = max([self._newest, *(one.id for one in waiting)])
        asked = sorted(waiting, key=lambda one: (self._asked.get(one.id, 0), one.id))[:ASKED_AT_ONCE]
        self._asked = {one.id: self._asked.get(one.id, 0) for one in waiting}
        for one in asked:
            self._asked[one.id] += 1
        fates = self._gateway.fates(self._as_sent(asked))
        with self._database.writing() as session:
            found = _matched(fates, self._unsettled(session))
            messaging.note_fates(session, found, at=self._clock.now())
        if fates:
            log.info("text_receipts", told=len(fates), ours=len(found))
        if len(fates) >= PULLED_AT_ONCE:
            return  # there are more
        self._pause = self._first_pause if found else min(self._pause * 2, LONGEST_PAUSE)
        self._looks_at = time.monotonic() + self._pause

    def _is_new(self) -> bool:
        """Whether something went out since the last look: then the pauses begin anew."""
        newest = max((one.id for one in self._waiting()), default=0)
        if newest > self._newest:
            self._newest, self._pause = newest, self._first_pause
            self._looks_at = min(self._looks_at, time.monotonic() + self._first_pause)
        return time.monotonic() >= self._looks_at

    def _waiting(self) -> Sequence[Unreceipted]:
        with self._database.reading() as session:
            rows = self._unsettled(session)
        return [row for row in rows if row.state != messaging.OutboundState.SENDING]

    def _unsettled(self, session: Any) -> Sequence[Unreceipted]:
        since = self._clock.now() - RECEIPT_SPAN
        return messaging.without_receipt(session, channel=Channel.SMS, since=since)

    def _as_sent(self, rows: Sequence[Unreceipted]) -> Sequence[Sent]:
        with self._database.reading() as session:
            phones = {row.id: candidates.phone_of(session, row.recipient) for row in rows}
        return [
            Sent(phone, row.claimed_at, row.msgid, messaging.handle_of(row.key))
            for row in rows
            if (phone := phones[row.id]) is not None
        ]


def _matched(fates: Sequence[Fate], rows: Sequence[Unreceipted]) -> list[tuple[int, bool, str]]:
    """The messages that the receipts are about, by our own name of each; else by the vendor's."""
    by_handle = {messaging.handle_of(row.key): row.id for row in rows}
    by_serial = {row.msgid: row.id for row in rows if row.msgid}
    found: dict[int, tuple[int, bool, str]] = {}
    for fate in fates:
        id_ = by_handle.get(fate.session) if fate.session else by_serial.get(fate.serial)
        if id_ is not None:
            found[id_] = (id_, fate.delivered, fate.reason)
    return list(found.values())
