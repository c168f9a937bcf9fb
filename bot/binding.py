"""QR codes for binding: the platform is asked for the address, the picture goes to who asked for it."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
import structlog
from sqlalchemy.orm import Session

from bot.channels.base import ApiError
from bot.channels.errors import Fault, fault_in
from bot.channels.official import OfficialClient
from bot.clock import Clock
from bot.database import Database
from bot.posting import Posting
from handlers.base import Attachment, AttachmentKind, Notice
from models import candidates
from models.messaging import Channel

PASSING = frozenset({Fault.TRANSIENT, Fault.QUOTA})
LONGEST_SECONDS = 2_592_000
"""For so long a temporary QR code of the platform works (30 days)."""
FILE_NAME = "binding.png"
DOT = 8
"""Pixels of one module of the picture."""

log = structlog.get_logger("binding")


@dataclass(frozen=True)
class _Taken:
    """A picture to make, apart from the database."""

    id: int
    scene: str | None
    seconds: int


class BindingPictures:
    """An errand: makes one QR code after the other; a row says which are still to be made."""

    name = "binding_pictures"

    def __init__(
        self, database: Database, posting: Posting, clock: Clock, client: OfficialClient | None
    ) -> None:
        self._database = database
        self._posting = posting
        self._clock = clock
        self._client = client

    def is_due(self) -> bool:
        """Whether somebody waits for one."""
        with self._database.reading() as session:
            return candidates.any_picture_wanted(session)

    def step(self) -> None:
        """Make the one that was asked for first; who asked is told if that cannot be done.

        Raises:
            ApiError, Unreachable: the platform is busy or out of reach; it is asked again later.
        """
        taken = self._taken(self._clock.now())
        if taken is None:
            return
        if taken.scene is None or self._client is None:
            self._finish(taken.id, None, None)
            return
        body = {
            "expire_seconds": taken.seconds,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": taken.scene}},
        }
        try:
            told = self._client.post("qrcode/create", data=body)
        except ApiError as error:
            if fault_in(Channel.OFFICIAL, error) in PASSING:
                raise
            log.error("binding_picture_refused", code=error.code, error=error.message)
            self._finish(taken.id, None, error.code)
            return
        self._finish(taken.id, drawn(str(told["url"])), None)

    def _taken(self, now: datetime) -> _Taken | None:
        with self._database.reading() as session:
            wanted = candidates.next_picture(session, at=now)
            if wanted is None:
                return None
            seconds = int((wanted.expires_at - now).total_seconds())
            return _Taken(wanted.picture.id, wanted.scene, max(min(seconds, LONGEST_SECONDS), 1))

    def _finish(self, id_: int, picture: bytes | None, code: int | None) -> None:
        now = self._clock.now()
        with self._database.writing() as session:
            wanted = candidates.next_picture(session, at=now)
            if wanted is None or wanted.picture.id != id_:
                return
            if candidates.finish_picture(session, picture_id=id_, at=now):
                self._tell(session, wanted, picture, code, now)

    def _tell(
        self,
        session: Session,
        wanted: candidates.Wanted,
        picture: bytes | None,
        code: int | None,
        now: datetime,
    ) -> None:
        values: dict[str, Any] = {"person": wanted.person, "until": wanted.expires_at, "code": code}
        if picture is None:
            notice = Notice(wanted.employee, "candidates/picture_failed", values)
        else:
            image = Attachment(AttachmentKind.IMAGE, FILE_NAME, picture)
            notice = Notice(wanted.employee, "candidates/picture", values, attachments=[image])
        self._posting.post_notices(session, f"binding_picture:{wanted.picture.id}", [notice], now)


def drawn(address: str) -> bytes:
    """The QR code of an address as PNG."""
    file = io.BytesIO()
    segno.make(address, error="m").save(file, kind="png", scale=DOT, border=4)
    return file.getvalue()
