"""Tencent Cloud SMS, API 2021-01-11, signed with TC3-HMAC-SHA256 (protocol 6.1)."""

import hashlib
import hmac
import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any

from sandbox.envelope import same
from sandbox.platform.sms import SmsCall, SmsCenter, SmsRefusal
from sandbox.sms import MAINLAND, SmsAccount, Text, is_phone, national, split
from sandbox.world import Json

VERSION, SERVICE = "2021-01-11", "sms"
AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/([a-z]+)/tc3_request, ?"
    r"SignedHeaders=([a-z0-9;\-]+), ?Signature=([0-9a-f]{64})"
)
FIELD = re.compile(r"\{(\d+)\}")
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
NUMBERS, SESSION_BYTES, PULL = 200, 512, 100
SINGLE, PART = 70, 67
"""Characters of one SMS, and of each part of a longer one."""
MESSAGES = {"Ok": "send success"}
WHOLE_REQUEST = (
    "InternalError",
    "AuthFailure",
    "UnauthorizedOperation",
    "RequestLimitExceeded",
    "InvalidParameter",
)


def signature(
    secret: str, timestamp: str, date: str, headers: list[tuple[str, str]], path: str, body: bytes
) -> str:
    """TC3-HMAC-SHA256 of a POST (6.1)."""
    names = ";".join(name for name, _ in headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers)
    canonical = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{date}/{SERVICE}/tc3_request"
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for part in (date, SERVICE, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


class TencentSms:
    """Tencent's face of the gateway."""

    def __init__(self, center: SmsCenter) -> None:
        self.center = center
        self.world = center.world

    @staticmethod
    def shape_error(refusal: SmsRefusal, number: str) -> Json:
        """The body of a refused request."""
        return {
            "Response": {"Error": {"Code": refusal.code, "Message": refusal.message}, "RequestId": number}
        }

    async def answer(self, call: SmsCall) -> Json:
        """Check who asks, then do it."""
        call.action = call.request.headers.get("x-tc-action", "")
        account = self._account(call)
        try:
            call.body = json.loads(call.raw or b"{}")
        except ValueError as error:
            raise SmsRefusal("FailedOperation.JsonParseFail", "请求体不是 JSON") from error
        actions = {"SendSms": self._send, "PullSmsSendStatus": self._pull}
        if call.action not in actions:
            raise SmsRefusal("InvalidAction", f"没有接口 {call.action}")
        if call.request.headers.get("x-tc-version") != VERSION:
            raise SmsRefusal("NoSuchVersion", f"X-TC-Version 应为 {VERSION}")
        fault = self.center.faults.strike("sms_error", "/sms/tencent")
        if fault is not None and fault.word.startswith(WHOLE_REQUEST):
            raise SmsRefusal(fault.word)
        body = call.body if isinstance(call.body, dict) else {}
        answer = actions[call.action](account, body, fault.word if fault else "")
        return {"Response": {**answer, "RequestId": secrets.token_hex(16)}}

    def _account(self, call: SmsCall) -> SmsAccount:
        headers = call.request.headers
        match = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        timestamp = headers.get("x-tc-timestamp", "")
        if match is None or not timestamp.isdigit():
            raise SmsRefusal("AuthFailure.SignatureFailure", "Authorization 或 X-TC-Timestamp 不正确")
        call.key_id, date, service, signed, given = match.groups()
        account = self.world.sms_accounts.get(("tencent", call.key_id))
        if account is None:
            raise SmsRefusal("AuthFailure.SecretIdNotFound", "SecretId 不存在")
        names = signed.split(";")
        if service != SERVICE or not {"content-type", "host"} <= set(names) or names != sorted(names):
            raise SmsRefusal("AuthFailure.SignatureFailure", "签名范围不正确")
        if date != datetime.fromtimestamp(int(timestamp), UTC).strftime("%Y-%m-%d"):
            raise SmsRefusal("AuthFailure.SignatureFailure", "日期与 X-TC-Timestamp 不一致")
        values = [(name, headers.get(name, "").strip()) for name in names]
        values = [(name, value.lower() if name == "x-tc-action" else value) for name, value in values]
        expected = signature(account.secret, timestamp, date, values, "/", call.raw)
        if not same(expected, given):
            raise SmsRefusal("AuthFailure.SignatureFailure", "签名不正确")
        if not self.center.is_in_time(int(timestamp)):
            raise SmsRefusal("InternalError.RequestTimeException", "请求时间与服务器相差过大")
        if account.trusted_ips and call.caller not in account.trusted_ips:
            raise SmsRefusal("UnauthorizedOperation.RequestIpNotInWhitelist", "调用 IP 不在白名单")
        return account

    @staticmethod
    def _app(account: SmsAccount, body: Json) -> None:
        if str(body.get("SmsSdkAppId") or "") not in account.app_ids:
            raise SmsRefusal("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId 校验失败")

    # -- sending --------------------------------------------------------------------------------------------

    def _send(self, account: SmsAccount, body: Json, fault: str) -> Json:
        phones = body.get("PhoneNumberSet") or []
        if not isinstance(phones, list) or not phones:
            raise SmsRefusal("MissingParameter.EmptyPhoneNumberSet", "手机号为空")
        if len(phones) > NUMBERS:
            raise SmsRefusal("LimitExceeded.PhoneNumberCountLimit", f"一次最多 {NUMBERS} 个号码")
        domestic = [MAINLAND.fullmatch(national(str(phone))) is not None for phone in phones]
        foreign = [str(phone).startswith("+") and not str(phone).startswith("+86") for phone in phones]
        if any(domestic) and any(foreign):
            raise SmsRefusal("UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber")
        session = str(body.get("SessionContext") or "")
        if len(session.encode()) >= SESSION_BYTES:
            raise SmsRefusal("InvalidParameterValue.ContentLengthLimit", "SessionContext 过长")
        self._app(account, body)
        refused, text = self._content(account, body)
        return {
            "SendStatusSet": [
                self._send_one(account, str(phone), body, refused or fault, text) for phone in phones
            ]
        }

    def _content(self, account: SmsAccount, body: Json) -> tuple[str, str]:
        """A code that refuses every number, or the words to send."""
        template = account.templates.get(str(body.get("TemplateId") or ""))
        if body.get("SignName") not in account.signs:
            return "FailedOperation.SignatureIncorrectOrUnapproved", ""
        if template is None:
            return "FailedOperation.TemplateUnapprovedOrNotExist", ""
        values = body.get("TemplateParamSet") or []
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            return "InvalidParameterValue.TemplateParameterFormatError", ""
        if len(values) != len(set(FIELD.findall(template))):
            return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate", ""
        if any(LINK.search(value) for value in values):
            return "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", ""
        longest = self.world.settings.tencent_variable_chars
        if longest and any(len(value) > longest for value in values):
            return "InvalidParameterValue.TemplateParameterLengthLimit", ""
        return "", FIELD.sub(lambda match: values[int(match[1]) - 1], template)

    def _send_one(self, account: SmsAccount, phone: str, body: Json, refused: str, text: str) -> Json:
        code = refused or self._refusal(account, phone, text)
        session, serial = str(body.get("SessionContext") or ""), ""
        if not code:
            serial = f"2640:{self.world.number()}"
            self.center.accept(
                account, phone, str(body["SignName"]), str(body["TemplateId"]), text, serial, session
            )
        length = len(text) + len(str(body.get("SignName"))) + 2
        fee = 0 if code else 1 if length <= SINGLE else -(-length // PART)
        return {
            "SerialNo": serial,
            "PhoneNumber": phone,
            "Fee": fee,
            "SessionContext": session,
            "Code": code or "Ok",
            "Message": MESSAGES.get(code or "Ok", code),
            "IsoCode": "" if code else split(phone).iso,
        }

    def _refusal(self, account: SmsAccount, phone: str, text: str) -> str:
        if not is_phone(phone):
            return "InvalidParameterValue.IncorrectPhoneNumber"
        if national(phone) in {national(number) for number in account.blacklist}:
            return "FailedOperation.PhoneNumberInBlacklist"
        if account.balance is not None and account.balance <= 0:
            return "FailedOperation.InsufficientBalanceInSmsPackage"
        return self.center.over_tencent(account, phone, text)

    # -- receipts -------------------------------------------------------------------------------------------

    def _pull(self, account: SmsAccount, body: Json, fault: str) -> Json:
        limit: Any = body.get("Limit")
        if not isinstance(limit, int) or not 1 <= limit <= PULL:
            raise SmsRefusal("InvalidParameterValue.InvalidParameters", "Limit 应为 1 到 100")
        self._app(account, body)
        mine = [t for t in self.world.texts if (t.vendor, t.key_id) == ("tencent", account.key_id)]
        ready = [t for t in mine if t.received_at is not None and not t.pulled][:limit]
        for text in ready:
            text.pulled = True
        return {"PullSmsSendStatusSet": [status(text) for text in ready]}


def status(text: Text) -> Json:
    """One row of PullSmsSendStatus."""
    assert text.received_at is not None
    number = split(text.phone)
    return {
        "UserReceiveTime": int(text.received_at.timestamp()),
        "CountryCode": number.country_code,
        "SubscriberNumber": number.subscriber,
        "PhoneNumber": f"+{number.country_code}{number.subscriber}",
        "SerialNo": text.serial,
        "ReportStatus": "SUCCESS" if text.status == "delivered" else "FAIL",
        "Description": text.reason,
        "SessionContext": text.session,
    }
