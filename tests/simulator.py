"""People to talk to in the tests: each says, taps and sees; the bot behind them is the real one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.app import Muster
from bot.channels.base import ApiError, NotSent, Parcel, Receipt
from models import attendance, staff
from models.base import SHANGHAI
from models.locations import ConsentAsked, LocationConsent
from models.messaging import OutboundKind
from models.staff import Employee, Role, Unit
from tests import tencent

MONDAY = datetime(2026, 3, 2, 8, 30, tzinfo=SHANGHAI)


class TestClock:
    """A clock that stands still until it is moved."""

    __test__ = False
    movable = True

    def __init__(self) -> None:
        self._now = MONDAY
        self.muster: Muster | None = None

    def now(self) -> datetime:
        """The current moment."""
        return self._now

    def refresh(self) -> None:
        """Nothing: everybody shares it."""

    def at(self, moment: str) -> None:
        """Jump, without anything happening on the way."""
        self._now = _moment(moment, self._now)

    def passes_to(self, moment: str) -> None:
        """Let time pass: what the timetable holds up to then happens."""
        assert self.muster is not None
        self.muster.scheduler.tick()
        self._now = _moment(moment, self._now)
        self.muster.scheduler.tick()


def _moment(text: str, now: datetime) -> datetime:
    if len(text) <= 8:
        return datetime.combine(now.date(), time.fromisoformat(text), tzinfo=SHANGHAI)
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@dataclass
class Messenger:
    """A channel that remembers instead of sending; `fails_with` makes it refuse."""

    inbox: dict[str, list[Parcel]] = field(default_factory=lambda: defaultdict(list))
    calls: list[Parcel] = field(default_factory=list)
    fails_with: Exception | None = None
    refused: frozenset[str] = frozenset()
    """Receivers, in lower case, whom the platform names as out of reach."""
    rejects_calls_with: frozenset[str] = frozenset()
    """Receivers because of whom it rejects a whole call."""
    out_of_line: frozenset[str] = frozenset()
    """Receivers whose platform cannot be reached at all."""

    def send(self, parcel: Parcel) -> Receipt:
        """Remember the message."""
        self.calls.append(parcel)
        if self.fails_with is not None:
            raise self.fails_with
        if self.out_of_line & set(parcel.recipients):
            raise NotSent("no connection")
        if self.rejects_calls_with & set(parcel.recipients):
            raise ApiError(40031, "invalid user id list")
        if parcel.kind is not OutboundKind.MENU:
            for recipient in parcel.recipients:
                if recipient.lower() not in self.refused:
                    self.inbox[recipient].append(parcel)
        return Receipt(f"msg-{parcel.ids[0]}", f"code-{parcel.ids[0]}", self.refused)


class InlineWakeups:
    """Wake-ups that do the work at once."""

    muster: Muster

    def deliver(self) -> None:
        """Send what is due."""
        self.muster.outbox.drain()

    def work(self) -> None:
        """Run what is due, then send."""
        self.muster.runner.run_due()
        self.muster.outbox.drain()
        self.muster.runner.run_errands()


@dataclass
class Person:
    """Somebody with a phone."""

    id: str
    client: FlaskClient
    messenger: Messenger
    clock: TestClock
    seen: int = 0
    last_card: Mapping[str, Any] | None = None

    def post(self, fields: Mapping[str, Any]) -> TestResponse:
        """Send a callback and expect it to be taken."""
        address, body = self.callback(fields)
        response = self.client.post(address, data=body, content_type="text/xml")
        assert (response.status_code, response.data) == (200, b""), response.status_code
        return response

    def callback(self, fields: Mapping[str, Any]) -> tuple[str, str]:
        """Address and body of the callback with these fields."""
        raise NotImplementedError

    def message(self, type_: str, **fields: Any) -> dict[str, Any]:
        """The fields of a message from this person."""
        return {**self.common(type_), **fields, "MsgId": next(tencent.message_ids)}

    def event(self, name: str, **fields: Any) -> dict[str, Any]:
        """The fields of an event from this person."""
        return {**self.common("event"), "Event": name, **fields}

    def common(self, type_: str) -> dict[str, Any]:
        """What every message has."""
        return {
            "ToUserName": "gh_demo",
            "FromUserName": self.id,
            "CreateTime": int(self.clock.now().timestamp()),
            "MsgType": type_,
        }

    def says(self, text: str) -> None:
        """Type a text."""
        self.post(self.message("text", Content=text))

    def taps(self, key: str) -> None:
        """Tap a menu item."""
        self.post(self.event("click", EventKey=key))

    def news(self) -> list[Parcel]:
        """What arrived since the last look."""
        arrived = self.messenger.inbox[self.id][self.seen :]
        self.seen += len(arrived)
        for parcel in arrived:
            if parcel.payload.get("msgtype") == "template_card":
                self.last_card = {**parcel.payload["template_card"], "response_code": f"code-{parcel.ids[0]}"}
        return arrived

    def reads(self) -> list[str]:
        """Everything unread, in order."""
        return [in_words(parcel) for parcel in self.news()]

    def sees(self, *texts: str) -> None:
        """Compare everything unread, in order, as full sentences."""
        assert self.reads() == list(texts)

    def sees_nothing(self) -> None:
        """Nothing arrived."""
        self.sees()


class Member(Person):
    """Somebody in the corp, on WeCom."""

    def callback(self, fields: Mapping[str, Any]) -> tuple[str, str]:
        """An encrypted callback of the app."""
        return tencent.wecom_callback({**fields, "ToUserName": tencent.CORP_ID, "AgentID": tencent.AGENT_ID})

    def taps_card(self, key: str, **more: Any) -> None:
        """Tap a button of the newest card."""
        assert self.last_card is not None
        self.post(
            self.event(
                "template_card_event",
                EventKey=key,
                TaskId=self.last_card["task_id"],
                CardType=self.last_card["card_type"],
                ResponseCode=self.last_card["response_code"],
                **more,
            )
        )

    def opens_chat(self, latitude: float, longitude: float) -> None:
        """Open the app's chat with location reporting on."""
        self.post(
            self.event("LOCATION", Latitude=latitude, Longitude=longitude, Precision=30, AppType="wxwork")
        )

    def sends_location(self, latitude: float, longitude: float, label: str) -> None:
        """Send a location as a message."""
        self.post(self.location_message(latitude, longitude, label))

    def location_message(self, latitude: float, longitude: float, label: str) -> dict[str, Any]:
        """The message of a location."""
        return self.message(
            "location", Location_X=latitude, Location_Y=longitude, Scale=16, Label=label, AppType="wxwork"
        )

    def location_event(self, latitude: float, longitude: float, label: str) -> dict[str, Any]:
        """The event of a location chosen from the menu."""
        return self.event(
            "location_select",
            EventKey="check_in_here",
            SendLocationInfo={
                "Location_X": latitude,
                "Location_Y": longitude,
                "Scale": 16,
                "Label": label,
                "Poiname": "",
            },
            AppType="wxwork",
        )


class Follower(Person):
    """A candidate, on the service account."""

    def callback(self, fields: Mapping[str, Any]) -> tuple[str, str]:
        """An encrypted callback of the service account."""
        return tencent.official_callback(fields)

    def follows(self, scene: str = "") -> None:
        """Follow the account, perhaps through a QR code."""
        key = {"EventKey": f"qrscene_{scene}", "Ticket": "t"} if scene else {"EventKey": ""}
        self.post(self.event("subscribe", **key))


def in_words(parcel: Parcel) -> str:
    """What a person reads on the phone."""
    body = parcel.payload
    if parcel.kind is OutboundKind.CARD_UPDATE:
        return f"(按钮:{body['button']['replace_name']})"
    if parcel.kind is OutboundKind.RECALL:
        return f"(撤回:{body['msgid']})"
    if body["msgtype"] == "template_card":
        card = body["template_card"]
        buttons = "".join(f"[{button['text']}]" for button in card.get("button_list", []))
        return f"{card['main_title']['title']}\n{card.get('sub_title_text', '')}\n{buttons}".strip()
    return str(body[body["msgtype"]].get("content", f"[{body['msgtype']}]"))


@dataclass
class Given:
    """Sets up what is so before the story begins."""

    muster: Muster

    def employee(
        self,
        wecom_id: str,
        name: str,
        *,
        role: Role = Role.COLLECTOR,
        team: str = "一组",
        shift: str = "09:00",
        agreed: bool = True,
        out: bool = False,
    ) -> None:
        """An employee with a shift of nine hours, who agreed to tell where they are when they check in.

        `out` says that they check out as well.
        """
        with self.muster.database.writing() as session:
            member = staff.add_employee(
                session, wecom_id=wecom_id, name=name, role=role, unit=self._team(session, team)
            )
            if shift:
                self._assign(session, member, shift, out)
            if agreed:
                now, version = self.muster.clock.now(), self.muster.policy.locations.consent_version
                session.add(LocationConsent(employee_id=member.id, version=version, given_at=now))
                session.add(ConsentAsked(employee_id=member.id, version=version, at=now))

    def shift(self, wecom_id: str, starts_at: str) -> None:
        """The employee works another shift from now on."""
        with self.muster.database.writing() as session:
            member = staff.find_employee(session, wecom_id, at=self.muster.clock.now())
            assert member is not None
            self._assign(session, member, starts_at)

    @staticmethod
    def _team(session: Any, name: str) -> Unit:
        return staff.add_unit(session, name=name)

    @staticmethod
    def _assign(session: Any, member: Employee, starts_at: str, out: bool = False) -> None:
        start = time.fromisoformat(starts_at)
        end = time((start.hour + 9) % 24, start.minute)
        shift = attendance.add_shift(session, name=f"{starts_at} 班", starts_at=start, ends_at=end)
        [hours] = attendance.hours_from(session, shift, attendance.ALWAYS)
        hours.needs_out = out
        attendance.assign_shift(session, employee=member, shift=shift)


def rows(muster: Muster, table: type) -> Sequence[Any]:
    """All rows of a table, in the order of their keys."""
    from sqlalchemy import inspect, select

    with muster.database.reading() as session:
        return session.scalars(select(table).order_by(*inspect(table).primary_key)).all()
