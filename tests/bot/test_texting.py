"""Text messages and letters: the way out, what an error means, and what became of them."""

import json
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.app import Muster
from bot.channels.base import ApiError, GatewayError, NotSent, Parcel, Unreachable
from bot.channels.email import EmailMessenger
from bot.channels.errors import Fault, fault_in
from bot.channels.people import Letter
from bot.channels.sms import PAYLOAD, SmsMessenger, gateway_of, refused
from bot.outbox import Outbox
from bot.texting import KnownPeople, TextReceipts
from config.settings import Settings
from models import candidates, messaging, secrecy, staff
from models.messaging import Channel, OutboundKind, OutboundMessage, Outgoing, Priority
from models.staff import Candidate
from sandbox.client import Sandbox
from tests.sandbox.scene import running_sandbox
from tests.simulator import TestClock, rows

RAIN = "15400010001"
SMS_SETTINGS = {
    "sms_key_id": "AKIDours",
    "sms_key_secret": "sms-secret-of-the-tests",
    "sms_app_id": "1400000001",
    "sms_sign": "信诚招聘",
}
NEUTRAL = "您有一条新的进度更新，请打开微信服务号查看。"
TEMPLATES = {"tencent": "1000001", "aliyun": "SMS_1"}
CLIENT_NOISE = ("ignore::DeprecationWarning", "ignore::ResourceWarning")

pytestmark = [pytest.mark.filterwarnings(line) for line in CLIENT_NOISE]


@pytest.fixture(scope="module")
def gateways() -> Iterator[str]:
    """The address of both vendors, played."""
    with running_sandbox() as (url, _):
        yield url


@pytest.fixture
def sandbox(gateways: str) -> Iterator[Sandbox]:
    """The controls of the sandbox, emptied."""
    with Sandbox(gateways) as control:
        control.reset()
        control.set_clock("2026-03-02T08:30:00+08:00")
        yield control


@pytest.fixture(params=["tencent", "aliyun"])
def vendor(request: pytest.FixtureRequest, sandbox: Sandbox) -> str:
    """A vendor at whose gateway we have an account."""
    name = str(request.param)
    account = {
        "secret": SMS_SETTINGS["sms_key_secret"],
        "app_ids": [SMS_SETTINGS["sms_app_id"]],
        "signs": [SMS_SETTINGS["sms_sign"]],
        "templates": {TEMPLATES[name]: NEUTRAL},
    }
    sandbox.put_sms_account(name, SMS_SETTINGS["sms_key_id"], account)
    return name


@pytest.fixture
def sms_settings(settings: Settings, vendor: str, sandbox: Sandbox) -> Settings:
    """The settings of an installation with text messages."""
    given = {**settings.model_dump(), **SMS_SETTINGS, "sms_provider": vendor}
    given |= {"sms_template": TEMPLATES[vendor], "sms_api_base": sandbox.url}
    return Settings(_env_file=None, **given)  # type: ignore[call-arg]


@dataclass
class Texting:
    """The outbox with a real client of the vendor."""

    muster: Muster
    outbox: Outbox
    receipts: TextReceipts

    def send(self, name: str = "first", *, after: str = "") -> OutboundMessage:
        """A text to 林小雨; the row as it is after it was handed over."""
        now = self.muster.clock.now()
        text = Outgoing(
            f"notice:{name}", Channel.SMS, "candidate:1", OutboundKind.MESSAGE, PAYLOAD, Priority.PUSH
        )
        with self.muster.database.writing() as session:
            messaging.post(session, [text], now=now, lifetime=timedelta(hours=1))
        self.outbox.drain()
        return self.row(name)

    def row(self, name: str = "first") -> OutboundMessage:
        """The row of a text."""
        return next(row for row in rows(self.muster, OutboundMessage) if row.key == f"notice:{name}")


def applies(muster: Muster, phone: str | None = RAIN, email: str | None = None) -> None:
    """林小雨 applies."""
    with muster.database.writing() as session:
        candidates.enter(
            session, name="林小雨", phone=phone, id_number="99010119900307001X", address=None,
            unit=staff.add_unit(session, name="城北支公司"), job="柜员", applied_on=None, source="",
            at=muster.clock.now(), actor="operator", email=email, policy=muster.policy,
        )  # fmt: skip


@pytest.fixture
def texting(muster: Muster, sms_settings: Settings) -> Texting:
    """A bot that sends text messages, and a candidate."""
    applies(muster)
    gateway = gateway_of(sms_settings)
    assert gateway is not None
    messenger = SmsMessenger(gateway, KnownPeople(muster.database))
    alarm: Any = muster.reporting.report_refusal
    outbox = Outbox(
        muster.database, {Channel.SMS: messenger}, muster.clock, muster.policy, muster.calendar, alarm
    )
    return Texting(muster, outbox, TextReceipts(muster.database, muster.clock, gateway, first_pause=0.0))


def test_a_text_reaches_the_phone_and_its_receipt_says_so(
    texting: Texting,
    sandbox: Sandbox,
) -> None:
    sent = texting.send()
    assert sent.state == "accepted"
    assert texting.receipts.is_due()
    [text] = sandbox.wait_texts(RAIN)
    texting.receipts.step()

    assert text["text"] == f"【信诚招聘】{NEUTRAL}"
    assert texting.row().state == "delivered"
    assert not texting.receipts.is_due()


def test_the_number_is_in_no_row_and_is_the_one_that_holds_when_it_leaves(
    texting: Texting,
    sandbox: Sandbox,
) -> None:
    with texting.muster.database.writing() as session:
        person = session.get_one(Candidate, 1)
        candidates.correct_own_phone(
            session, person=person, phone="15400010099", at=texting.muster.clock.now()
        )

    sent = texting.send()

    assert [text["phone"][-11:] for text in sandbox.wait_texts("15400010099")] == ["15400010099"]
    kept = json.dumps([sent.payload, sent.recipient, sent.key, sent.msgid, sent.error])
    assert "154" not in kept


def test_a_number_out_of_reach_fails_by_its_receipt(
    texting: Texting,
    sandbox: Sandbox,
) -> None:
    sandbox.faults(out_of_reach={"value": True, "person": RAIN})
    texting.send()
    assert sandbox.settle()

    texting.receipts.step()

    assert texting.row().state == "failed"


def test_a_text_whose_answer_was_lost_is_not_repeated_and_known_by_its_receipt(
    texting: Texting,
    sandbox: Sandbox,
) -> None:
    sandbox.faults(accept_then_drop={"value": True, "times": 1})

    assert texting.send().state == "uncertain"
    assert len(sandbox.wait_texts(RAIN)) == 1
    texting.receipts.step()

    assert texting.row().state == "delivered"


def test_a_second_text_within_the_minute_waits(
    texting: Texting,
    clock: TestClock,
    sandbox: Sandbox,
) -> None:
    texting.send()
    held = texting.send("second")

    assert (held.state, held.held_reason) == ("held", "member_limit")


def test_a_vendor_that_does_not_answer_is_tried_again(texting: Texting, vendor: str) -> None:
    texting.outbox._messengers = {  # type: ignore[assignment]
        Channel.SMS: SmsMessenger(_closed(vendor), KnownPeople(texting.muster.database))
    }

    sent = texting.send()

    assert (sent.state, sent.unknown, sent.attempts) == ("intent", False, 1)


def _closed(vendor: str) -> Any:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {**SMS_SETTINGS, "sms_provider": vendor, "sms_template": "1"}
    return gateway_of(Settings(_env_file=None, sms_api_base=f"http://127.0.0.1:{port}", **given))  # type: ignore[arg-type, call-arg]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (refused("AuthFailure.SignatureFailure", ""), Fault.SETUP),
        (refused("UnauthorizedOperation.RequestIpNotInWhitelist", ""), Fault.SETUP),
        (refused("FailedOperation.InsufficientBalanceInSmsPackage", ""), Fault.SETUP),
        (refused("LimitExceeded.PhoneNumberThirtySecondLimit", ""), Fault.TRANSIENT),
        (refused("LimitExceeded.PhoneNumberDailyLimit", ""), Fault.RECEIVER),
        (refused("LimitExceeded.AppDailyLimit", ""), Fault.QUOTA),
        (refused("FailedOperation.ContainSensitiveWord", ""), Fault.ABUSE),
        (refused("FailedOperation.PhoneNumberInBlacklist", ""), Fault.RECEIVER),
        (refused("InvalidParameterValue.ContentLengthLimit", ""), Fault.CONTENT),
        (refused("isv.MOBILE_NUMBER_ILLEGAL", ""), Fault.RECEIVER),
        (refused("isv.BUSINESS_LIMIT_CONTROL", ""), Fault.TRANSIENT),
        (refused("isv.BUSINESS_LIMIT_CONTROL.DAY", ""), Fault.RECEIVER),
        (refused("isv.SMS_TEMPLATE_ILLEGAL", ""), Fault.SETUP),
        (refused("Throttling.User", ""), Fault.TRANSIENT),
        (GatewayError("smtp.451"), Fault.TRANSIENT),
        (GatewayError("smtp.receiver.550"), Fault.RECEIVER),
        (GatewayError("smtp.setup.535"), Fault.SETUP),
        (GatewayError("smtp.content.554"), Fault.CONTENT),
    ],
)
def test_what_a_word_asks_for(error: Exception, fault: Fault) -> None:
    assert isinstance(error, ApiError)
    assert fault_in(Channel.SMS, error) is fault


@pytest.mark.parametrize(
    ("word", "message", "kind"),
    [
        ("InternalError.Timeout", "", Unreachable),
        ("isp.SYSTEM_ERROR", "", Unreachable),
        ("ClientNetworkError", "Read timed out", Unreachable),
        ("ClientNetworkError", "NewConnectionError: refused", NotSent),
    ],
)
def test_what_leaves_it_open_whether_a_text_went_out(word: str, message: str, kind: type) -> None:
    assert type(refused(word, message)) is kind


def test_a_refusal_keeps_no_number() -> None:
    assert str(refused("isv.MOBILE_NUMBER_ILLEGAL", f"号码 {RAIN} 不对")) == (
        "isv.MOBILE_NUMBER_ILLEGAL 号码 *** 不对"
    )


def test_without_text_messages_in_the_settings_a_text_fails_and_nobody_is_alarmed(muster: Muster) -> None:
    text = Outgoing("notice:1", Channel.SMS, "candidate:1", OutboundKind.MESSAGE, PAYLOAD, Priority.PUSH)
    with muster.database.writing() as session:
        messaging.post(session, [text], now=muster.clock.now(), lifetime=timedelta(hours=1))
    alarmed: list[object] = []
    parts = (muster.database, {}, muster.clock, muster.policy, muster.calendar)
    Outbox(*parts, lambda *told: alarmed.append(told)).drain()

    [row] = rows(muster, OutboundMessage)
    assert (row.state, row.error, alarmed) == ("failed", "NotConfigured", [])


# --- e-mail ----------------------------------------------------------------------------------------------


@dataclass
class MailRoom:
    """A mail server in a few lines: it keeps letters, or answers a command otherwise, or hangs up."""

    letters: list[tuple[str, str]] = field(default_factory=list)
    says: dict[str, str] = field(default_factory=dict)
    port: int = 0

    def serve(self, listening: socket.socket) -> None:
        """Answer one connection after the other."""
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as lines:
                self._talk(lines)

    def _talk(self, lines: Any) -> None:
        to = ""

        def say(text: str) -> None:
            lines.write(f"{text}\r\n".encode())
            lines.flush()

        say("220 mail")
        for line in lines:
            command = line.decode().strip()
            verb = command.split(" ")[0].split(":")[0].upper()
            if verb in self.says:
                if not self.says[verb]:
                    return
                say(self.says[verb])
                continue
            if verb == "RCPT":
                to = command.partition("<")[2].rstrip(">")
            if verb == "DATA":
                say("354 go on")
                letter = b"".join(iter(lines.readline, b".\r\n")).decode()
                if self.says.get(".") == "":
                    return
                if "." not in self.says:
                    self.letters.append((to, letter))
                say(self.says.get(".", "250 kept"))
                continue
            say("221 bye" if verb == "QUIT" else "250 ok")
            if verb == "QUIT":
                return


@pytest.fixture
def mail_room() -> Iterator[MailRoom]:
    """A mail server."""
    room = MailRoom()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        room.port = listening.getsockname()[1]
        thread = threading.Thread(target=room.serve, args=(listening,), daemon=True)
        thread.start()
        yield room
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


class Neighbours:
    """Knows one mail address."""

    def phone(self, subject: str) -> str | None:
        """No numbers."""
        return None

    def letter(self, subject: str, payload: Any) -> Letter | None:
        """A letter to 林小雨."""
        return Letter("rain@example.com", "面试通知", "明天 10:00 见。") if subject == "candidate:1" else None


PARCEL = Parcel((1,), OutboundKind.MESSAGE, ("candidate:1",), {"msgtype": "email"}, key="k1")


def mail(room: MailRoom) -> EmailMessenger:
    """The way out to the mail server."""
    url = f"smtp://127.0.0.1:{room.port}?from=hr@example.com"
    return EmailMessenger(Settings(_env_file=None, smtp_url=url), Neighbours())  # type: ignore[call-arg, arg-type]


def test_a_letter_is_handed_over(mail_room: MailRoom) -> None:
    receipt = mail(mail_room).send(PARCEL)

    [(to, letter)] = mail_room.letters
    assert (to, receipt.msgid) == ("rain@example.com", "<k1@example.com>")
    assert "From: hr@example.com" in letter


@pytest.mark.parametrize(
    ("says", "kind", "word"),
    [
        ({"MAIL": "553 not you"}, GatewayError, "smtp.setup.553"),
        ({"RCPT": "550 nobody"}, GatewayError, "smtp.receiver.550"),
        ({"RCPT": "451 later"}, GatewayError, "smtp.451"),
        ({".": "554 spam"}, GatewayError, "smtp.content.554"),
        ({"DATA": "451 later"}, GatewayError, "smtp.451"),
        ({"RCPT": ""}, NotSent, "SMTPServerDisconnected"),
        ({".": ""}, Unreachable, "SMTPServerDisconnected"),
    ],
)
def test_what_a_mail_server_says_tells_whether_the_letter_left(
    mail_room: MailRoom, says: dict[str, str], kind: type, word: str
) -> None:
    mail_room.says = says

    with pytest.raises(kind) as failure:
        mail(mail_room).send(PARCEL)

    assert type(failure.value) is kind
    assert str(failure.value) == word
    assert not mail_room.letters


def test_no_letter_leaves_without_an_address(mail_room: MailRoom) -> None:
    with pytest.raises(GatewayError, match="NoAddress"):
        mail(mail_room).send(Parcel((1,), OutboundKind.MESSAGE, ("candidate:2",), {"msgtype": "email"}))


def test_what_a_letter_says_is_sealed_until_it_leaves(muster: Muster) -> None:
    applies(muster, email="rain@example.com")
    told = json.dumps({"subject": "面试通知", "text": "明天 10:00 见。"})
    with muster.database.writing() as session:
        sealed = b64encode(secrecy.seal(session, "candidate:1", told) or b"").decode()
    people = KnownPeople(muster.database)

    assert people.letter("candidate:1", {"sealed": sealed}) == Letter(
        "rain@example.com", "面试通知", "明天 10:00 见。"
    )
    assert people.letter("candidate:2", {"sealed": sealed}) is None
