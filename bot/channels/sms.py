"""Text messages over Tencent Cloud or Aliyun, through the vendors' own clients (protocol 6).

The words are the template that the vendor approved: neutral, and without variables. An error that leaves
open whether the text went out is `Unreachable`: it is not repeated (docs/adr/0012), and the receipt may tell.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from bot.channels.base import GatewayError, NotSent, Parcel, Receipt, Unreachable
from bot.channels.errors import NO_ADDRESS
from bot.channels.people import People
from config.settings import Settings

READ_SECONDS = 8
CONNECT_SECONDS = 3
PULLED_AT_ONCE = 100
"""So many receipts Tencent gives at once."""
PAYLOAD: Mapping[str, Any] = {"msgtype": "sms"}
"""What the outbox holds of a text: the words are the vendor's template."""

NOT_CONNECTED = ("NewConnectionError", "ConnectTimeout", "NameResolutionError", "Failed to establish")
"""How the clients say that a request did not leave."""
PERHAPS_SENT = (
    *("InternalError.Timeout", "InternalError.SendAndRecvFail", "InternalError.OtherError"),
    *("isp.SYSTEM_ERROR", "isp.UNKNOWN"),
)
"""Words after which a text may have gone out all the same (protocol 6.1)."""


@dataclass(frozen=True)
class Fate:
    """What the vendor says became of a text."""

    serial: str
    session: str
    """Our own name of the message, as the vendor gives it back."""
    delivered: bool
    reason: str


@dataclass(frozen=True)
class Sent:
    """A text whose fate is not known."""

    phone: str
    at: datetime
    serial: str | None
    session: str


class Gateway(Protocol):
    """A vendor."""

    def send(self, phone: str, session: str) -> str:
        """Send the template to a number; returns the vendor's number of the text.

        Raises:
            GatewayError: it was refused. NotSent, Unreachable: there was no answer.
        """

    def fates(self, asked: Sequence[Sent]) -> Sequence[Fate]:
        """What is known by now, at least of those asked about.

        Raises:
            GatewayError, Unreachable: as for `send`.
        """

    def look(self) -> None:
        """Ask for something that changes nothing, to see whether the keys are right.

        Raises:
            GatewayError, Unreachable: as for `send`.
        """


class SmsMessenger:
    """Sends outbox rows as text messages."""

    def __init__(self, gateway: Gateway, people: People) -> None:
        self._gateway = gateway
        self._people = people

    def send(self, parcel: Parcel) -> Receipt:
        """Send the text to the number that the person has now."""
        phone = self._people.phone(parcel.recipient)
        if phone is None:
            raise GatewayError(NO_ADDRESS)
        return Receipt(self._gateway.send(phone, parcel.key))


def gateway_of(settings: Settings) -> Gateway | None:
    """The vendor of the settings; None where there is none. Its client is loaded here and not before."""
    if settings.sms_provider == "tencent":
        return TencentGateway(settings)
    return AliyunGateway(settings) if settings.sms_provider == "aliyun" else None


def refused(word: str, message: str) -> Exception:
    """What a vendor's word means for the message."""
    if any(sign in message for sign in NOT_CONNECTED):
        return NotSent(word)
    own = "." not in word and word.endswith(
        ("Error", "Timeout", "Exception")
    )  # of the client, not the vendor
    if own or word.startswith(PERHAPS_SENT):
        return Unreachable(word)
    return GatewayError(word, message)


class TencentGateway:
    """Tencent Cloud SMS, API 2021-01-11."""

    def __init__(self, settings: Settings) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from tencentcloud.common import credential
            from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
            from tencentcloud.common.profile.client_profile import ClientProfile
            from tencentcloud.common.profile.http_profile import HttpProfile
            from tencentcloud.sms.v20210111 import models
            from tencentcloud.sms.v20210111.sms_client import SmsClient

        self._models, self._error = models, TencentCloudSDKException
        self._settings = settings
        base = urlsplit(settings.sms_api_base)
        http = HttpProfile(
            protocol=base.scheme or "https",
            endpoint=base.netloc or "sms.tencentcloudapi.com",
            reqTimeout=READ_SECONDS,
            keepAlive=True,
        )
        keys = credential.Credential(settings.sms_key_id, settings.sms_key_secret.get_secret_value())
        self._client = SmsClient(keys, "ap-guangzhou", ClientProfile(httpProfile=http))

    def send(self, phone: str, session: str) -> str:
        """SendSms to one number."""
        request = self._models.SendSmsRequest()
        request.PhoneNumberSet = [phone if phone.startswith("+") else f"+86{phone}"]
        request.SmsSdkAppId, request.SignName = self._settings.sms_app_id, self._settings.sms_sign
        request.TemplateId, request.TemplateParamSet = self._settings.sms_template, []
        request.SessionContext = session
        [status] = self._call(self._client.SendSms, request).SendStatusSet
        if status.Code != "Ok":
            raise refused(status.Code, status.Message or "")
        return str(status.SerialNo)

    def fates(self, asked: Sequence[Sent]) -> Sequence[Fate]:  # noqa: ARG002
        """PullSmsSendStatus: the next receipts of the app, each given once."""
        return [
            Fate(row.SerialNo, row.SessionContext or "", row.ReportStatus == "SUCCESS", row.Description or "")
            for row in self._pull(PULLED_AT_ONCE)
        ]

    def look(self) -> None:
        """PullSmsSendStatus of no receipts: none is lost, and only the keys are looked at."""
        try:
            self._pull(0)
        except GatewayError as error:
            if not error.word.startswith("InvalidParameter"):
                raise

    def _pull(self, limit: int) -> Sequence[Any]:
        request = self._models.PullSmsSendStatusRequest()
        request.Limit, request.SmsSdkAppId = limit, self._settings.sms_app_id
        rows: Sequence[Any] = self._call(self._client.PullSmsSendStatus, request).PullSmsSendStatusSet or []
        return rows

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request)
        except self._error as error:
            raise refused(str(error.get_code()), str(error.get_message())) from None
        except OSError as error:  # the connection broke while the answer was read
            raise Unreachable(type(error).__name__) from None


class AliyunGateway:
    """Aliyun SMS, API 2017-05-25."""

    def __init__(self, settings: Settings) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from alibabacloud_dysmsapi20170525 import models
            from alibabacloud_dysmsapi20170525.client import Client
            from alibabacloud_tea_openapi.models import Config

        self._models = models
        self._settings = settings
        base = urlsplit(settings.sms_api_base)
        config = Config(
            access_key_id=settings.sms_key_id,
            access_key_secret=settings.sms_key_secret.get_secret_value(),
            protocol=base.scheme or "https",
            endpoint=base.netloc or "dysmsapi.aliyuncs.com",
            connect_timeout=CONNECT_SECONDS * 1000,
            read_timeout=READ_SECONDS * 1000,
        )
        self._client = Client(config)

    def send(self, phone: str, session: str) -> str:
        """SendSms to one number."""
        request = self._models.SendSmsRequest(
            phone_numbers=phone.removeprefix("+86"),
            sign_name=self._settings.sms_sign,
            template_code=self._settings.sms_template,
            out_id=session,
        )
        return str(self._call(self._client.send_sms, request).biz_id)

    def fates(self, asked: Sequence[Sent]) -> Sequence[Fate]:
        """QuerySendDetails of each text asked about."""
        found: list[Fate] = []
        for sent in asked:
            request = self._models.QuerySendDetailsRequest(
                phone_number=sent.phone.removeprefix("+86"),
                send_date=f"{sent.at:%Y%m%d}",
                page_size=50,
                current_page=1,
                biz_id=sent.serial,
            )
            body = self._call(self._client.query_send_details, request)
            rows = (body.sms_send_detail_dtos and body.sms_send_detail_dtos.sms_send_detail_dto) or []
            found += [
                Fate(sent.serial or "", row.out_id or "", row.send_status == DELIVERED, row.err_code or "")
                for row in rows
                if row.send_status in (FAILED, DELIVERED)
            ]
        return found

    def look(self) -> None:
        """QuerySendDetails of a number that nobody has."""
        request = self._models.QuerySendDetailsRequest(
            phone_number="13000000000", send_date="20260101", page_size=1, current_page=1
        )
        try:
            self._call(self._client.query_send_details, request)
        except GatewayError as error:
            if not error.word.startswith("isv.INVALID_PARAMETERS"):
                raise

    def _call(self, method: Any, request: Any) -> Any:
        try:
            body = method(request).body
        except Exception as error:  # the client has many kinds, and wraps some in others
            word = str(getattr(error, "code", None) or "ClientNetworkError")
            raise refused(word, str(error)) from None
        if body.code != "OK":
            raise refused(_with_span(body.code, body.message or ""), body.message or "")
        return body


FAILED, DELIVERED = 2, 3
"""SendStatus (protocol 6.2)."""


def _with_span(word: str, message: str) -> str:
    """Aliyun tells only in its message whether a number is over its limit of the minute or of the day."""
    return f"{word}.DAY" if word == "isv.BUSINESS_LIMIT_CONTROL" and "天级" in message else word
