"""An installation to measure: settings, a migrated database, people, and callbacks Tencent could send."""

import base64
from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path

from bot.app import Muster, build
from bot.channels.base import Parcel, Receipt
from bot.migrations import migrate
from config.settings import Settings, isolated_settings
from models import attendance, staff
from models.staff import Role
from tests import tencent

MEMBERS = 1000
KEY = base64.b64encode(bytes(32)).decode()
TEAM_SHIFT = (time(9), time(18))


def settings_in(
    folder: Path, *, port: int = 1, platform: str = "http://127.0.0.1:9", redis: str = ""
) -> Settings:
    """Production settings on SQLite in a folder, with a platform on this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    return isolated_settings(
        mode="production",
        data_dir=folder,
        redis_url=redis,
        bind=f"127.0.0.1:{port}",
        secret_key="measured",
        field_keys=KEY,
        hash_key=KEY,
        audit_key=KEY,
        wecom_corp_id=tencent.CORP_ID,
        wecom_agent_id=tencent.AGENT_ID,
        wecom_secret="app-secret",
        wecom_token=tencent.TOKEN,
        wecom_encoding_aes_key=tencent.AES_KEY,
        wecom_api_base=platform,
    )


def userid(number: int) -> str:
    """The UserID of the n-th member."""
    return f"member{number:05d}"


def hire(settings: Settings, members: int = MEMBERS, *, shift: bool = False) -> None:
    """Bring the database to head and enter members."""
    migrate(settings.database)
    muster = build(settings, messengers={}, wakeups=NoWakeups())
    with muster.database.writing() as session:
        unit = staff.add_unit(session, name="一组")
        people = [
            staff.add_employee(session, wecom_id=userid(n), name=f"员工{n}", role=Role.COLLECTOR, unit=unit)
            for n in range(members)
        ]
        if shift:
            nine = attendance.add_shift(
                session, name="九点班", starts_at=TEAM_SHIFT[0], ends_at=TEAM_SHIFT[1]
            )
            for person in people:
                attendance.assign_shift(session, employee=person, shift=nine)
    muster.close()


def text_callbacks(count: int, *, first: int = 0, members: int = MEMBERS) -> Sequence[bytes]:
    """Whole HTTP requests, each a distinct encrypted text; every second one is the command 帮助."""
    requests = []
    for number in range(first, first + count):
        text = "帮助" if number % 2 else sentence(number)
        address, body = tencent.wecom_callback(fields(number, text, members))
        requests.append(as_request(address, body.encode()))
    return requests


def sentence(number: int) -> str:
    """Something nobody understands, different each time, and repeated in the answer."""
    return f"第{number}句话"


def fields(number: int, text: str, members: int = MEMBERS) -> dict[str, object]:
    """The document inside the n-th callback."""
    return {
        "ToUserName": tencent.CORP_ID,
        "FromUserName": userid(number % members),
        "CreateTime": 1_700_000_000 + number // 100,
        "MsgType": "text",
        "Content": text,
        "MsgId": 7_000_000_000_000_000_000 + number,
        "AgentID": tencent.AGENT_ID,
    }


def as_request(address: str, body: bytes) -> bytes:
    """The bytes of a POST."""
    head = f"POST {address} HTTP/1.1\r\nHost: bench\r\nContent-Type: text/xml\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class NoWakeups:
    """Nobody is woken: the measurement calls what it measures."""

    def deliver(self) -> None:
        """Nothing."""

    def work(self) -> None:
        """Nothing."""


class StillClock:
    """A clock that stands still."""

    movable = False

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """That moment."""
        return self._moment

    def refresh(self) -> None:
        """Nothing."""


class Silent:
    """A messenger that takes everything."""

    def send(self, parcel: Parcel) -> Receipt:
        """Take it."""
        return Receipt(f"m{parcel.ids[0]}")


__all__ = ["Muster", "NoWakeups", "Silent", "StillClock", "hire", "settings_in", "text_callbacks", "userid"]
