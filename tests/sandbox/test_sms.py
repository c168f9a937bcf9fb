"""SMS: both vendors' signatures, codes, limits and receipts (protocol section 6)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from sandbox.client import Sandbox, SandboxError
from sandbox.platform import tencent
from tests.sandbox.scene import Bot

KEY_ID, SECRET, APP, SIGN = "AKIDdemo", "SKdemo", "1400000001", "演示"
PHONE = "+8613800000001"
TENCENT = {
    "secret": SECRET,
    "app_ids": [APP],
    "signs": [SIGN],
    "templates": {"1000001": "还有{1}天到期,{2}。", "1000002": "请回电"},
    "blacklist": ["13800009999"],
}
ALIYUN = {
    "secret": SECRET,
    "signs": [SIGN],
    "templates": {"SMS_1": "验证码${code}"},
    "blacklist": ["13800009999"],
}
SEND = {
    "PhoneNumberSet": [PHONE],
    "SmsSdkAppId": APP,
    "SignName": SIGN,
    "TemplateId": "1000001",
    "TemplateParamSet": ["3", "请处理"],
}


def test_the_signature_of_the_reference() -> None:
    body = (
        '{"PhoneNumberSet":["+8613800000000"],"SmsSdkAppId":"1400000001","SignName":"演示",'
        '"TemplateId":"1000001","TemplateParamSet":["3"]}'
    ).encode()
    headers = [("content-type", "application/json"), ("host", "sms.tencentcloudapi.com")]
    signed = tencent.signature("SKdemo", "1700000000", "2023-11-14", headers, "/", body)
    assert signed == "c70972e25da37418f46aa320c3cbbec128ac62eb126a56e7b1cc182f28e53d59"


class Tencent:
    """A caller that signs as 6.1 says, independently of the sandbox's own code."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.http = httpx.Client(base_url=sandbox.url, trust_env=False)

    def call(self, action: str, body: Any, secret: str = SECRET, **changes: Any) -> dict[str, Any]:
        """One request; ``changes`` replace parts of it after or before signing."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        host = f"{self.http.base_url.host}:{self.http.base_url.port}"
        timestamp = str(int(changes.get("at", time.time())))
        date = changes.get("date") or datetime.fromtimestamp(int(timestamp), UTC).strftime("%Y-%m-%d")
        canonical = (
            f"POST\n/\n\ncontent-type:application/json\nhost:{host}\n\ncontent-type;host\n"
            f"{hashlib.sha256(raw).hexdigest()}"
        )
        scope = f"{date}/sms/tc3_request"
        text = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"TC3{secret}".encode()
        for part in (date, "sms", "tc3_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        signed = hmac.new(key, text.encode(), "sha256").hexdigest()
        headers = {
            "Authorization": f"TC3-HMAC-SHA256 Credential={changes.get('key_id', KEY_ID)}/{scope}, "
            f"SignedHeaders=content-type;host, Signature={signed}",
            "Content-Type": "application/json",
            "X-TC-Action": action,
            "X-TC-Version": changes.get("version", "2021-01-11"),
            "X-TC-Timestamp": timestamp,
            "X-TC-Region": "ap-guangzhou",
        }
        answer: dict[str, Any] = self.http.post("/", content=changes.get("sent", raw), headers=headers).json()
        result: dict[str, Any] = answer["Response"]
        assert result["RequestId"]
        return result

    def code(self, body: dict[str, Any], **changes: Any) -> str:
        """The code of a send: of the request, or of its first number."""
        result = self.call("SendSms", body, **changes)
        return str((result.get("Error") or result["SendStatusSet"][0])["Code"])


class Aliyun:
    """A caller that signs as 6.2 says, in the new and the old way."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.http = httpx.Client(base_url=sandbox.url, trust_env=False)
        self._nonce = 0

    def nonce(self) -> str:
        """A nonce of its own for every request."""
        self._nonce += 1
        return f"{time.time_ns()}-{self._nonce}"

    def acs3(self, action: str, secret: str = SECRET, key_id: str = KEY_ID, **parameters: str) -> Any:
        """ACS3-HMAC-SHA256."""
        query = "&".join(
            f"{quote(k, safe='')}={quote(v, safe='-_.~')}" for k, v in sorted(parameters.items())
        )
        digest = hashlib.sha256(b"").hexdigest()
        headers = {
            "host": f"{self.http.base_url.host}:{self.http.base_url.port}",
            "x-acs-action": action,
            "x-acs-content-sha256": digest,
            "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": self.nonce(),
            "x-acs-version": "2017-05-25",
        }
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{digest}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signed = hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
        headers["Authorization"] = (
            f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signed}"
        )
        return self.http.post(f"/?{query}", headers=headers).json()

    def rpc(self, action: str, secret: str = SECRET, nonce: str = "", **parameters: str) -> Any:
        """The older RPC signature, fields in the form."""
        given = {
            "Action": action,
            "Version": "2017-05-25",
            "Format": "JSON",
            "AccessKeyId": KEY_ID,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": nonce or self.nonce(),
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **parameters,
        }
        query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(given.items()))
        text = f"POST&%2F&{quote(query, safe='-_.~')}"
        digest = hmac.digest(f"{secret}&".encode(), text.encode(), "sha1")
        return self.http.post("/", data={**given, "Signature": base64.b64encode(digest).decode()}).json()

    def send(self, **changes: str) -> Any:
        """SendSms."""
        fields = {"PhoneNumbers": "13800000001", "SignName": SIGN, "TemplateCode": "SMS_1"}
        return self.acs3("SendSms", **{**fields, "TemplateParam": '{"code":"12 号"}', **changes})


@pytest.fixture
def tencent_sms(sandbox: Sandbox) -> Iterator[Tencent]:
    """A customer of Tencent."""
    sandbox.put_sms_account("tencent", KEY_ID, TENCENT)
    caller = Tencent(sandbox)
    yield caller
    caller.http.close()


@pytest.fixture
def aliyun_sms(sandbox: Sandbox) -> Iterator[Aliyun]:
    """A customer of Aliyun."""
    sandbox.put_sms_account("aliyun", KEY_ID, ALIYUN)
    caller = Aliyun(sandbox)
    yield caller
    caller.http.close()


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("AuthFailure.SignatureFailure", {"secret": "wrong"}),
        ("AuthFailure.SignatureFailure", {"sent": b"{}"}),
        ("AuthFailure.SignatureFailure", {"date": "2020-01-01"}),
        ("AuthFailure.SecretIdNotFound", {"key_id": "AKIDother"}),
        ("InternalError.RequestTimeException", {"at": 1700000000}),
        ("NoSuchVersion", {"version": "2019-07-11"}),
        ("Ok", {}),
    ],
)
def test_tencent_checks_who_asks(tencent_sms: Tencent, code: str, changes: dict[str, Any]) -> None:
    assert tencent_sms.code(SEND, **changes) == code


def test_tencent_bears_clocks_that_differ_a_little(tencent_sms: Tencent) -> None:
    assert tencent_sms.code(SEND, at=time.time() - 300) == "Ok"


def test_tencent_checks_actions_and_bodies(tencent_sms: Tencent) -> None:
    assert tencent_sms.call("SendMail", SEND)["Error"]["Code"] == "InvalidAction"
    assert tencent_sms.call("SendSms", b"{")["Error"]["Code"] == "FailedOperation.JsonParseFail"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("Ok", {}),
        ("Ok", {"TemplateId": "1000002", "TemplateParamSet": []}),
        ("MissingParameter.EmptyPhoneNumberSet", {"PhoneNumberSet": []}),
        ("LimitExceeded.PhoneNumberCountLimit", {"PhoneNumberSet": [PHONE] * 201}),
        (
            "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
            {"PhoneNumberSet": [PHONE, "+15551234567"]},
        ),
        ("InvalidParameterValue.IncorrectPhoneNumber", {"PhoneNumberSet": ["12345"]}),
        ("InvalidParameterValue.IncorrectPhoneNumber", {"PhoneNumberSet": ["+8612345678901"]}),
        ("InvalidParameterValue.IncorrectPhoneNumber", {"PhoneNumberSet": ["+99912345678"]}),
        ("InvalidParameterValue.ContentLengthLimit", {"SessionContext": "x" * 512}),
        ("UnauthorizedOperation.SmsSdkAppIdVerifyFail", {"SmsSdkAppId": "1"}),
        ("FailedOperation.SignatureIncorrectOrUnapproved", {"SignName": "别人"}),
        ("FailedOperation.TemplateUnapprovedOrNotExist", {"TemplateId": "9"}),
        ("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", {"TemplateParamSet": ["3"]}),
        ("InvalidParameterValue.TemplateParameterFormatError", {"TemplateParamSet": [3, "x"]}),
        (
            "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
            {"TemplateParamSet": ["3", "http://a.b"]},
        ),
        ("FailedOperation.PhoneNumberInBlacklist", {"PhoneNumberSet": ["+8613800009999"]}),
    ],
)
def test_tencent_codes(tencent_sms: Tencent, code: str, changes: dict[str, Any]) -> None:
    assert tencent_sms.code({**SEND, **changes}) == code


def test_tencent_accounts_have_a_balance_trusted_callers_and_short_variables(
    sandbox: Sandbox, tencent_sms: Tencent
) -> None:
    sandbox.put_sms_account("tencent", KEY_ID, {**TENCENT, "balance": 1})
    assert tencent_sms.code(SEND) == "Ok"
    assert tencent_sms.code({**SEND, "PhoneNumberSet": ["+8613800000002"]}) == (
        "FailedOperation.InsufficientBalanceInSmsPackage"
    )
    sandbox.settings(tencent_variable_chars=6)
    long = {**SEND, "PhoneNumberSet": ["+8613800000003"], "TemplateParamSet": ["3", "七个字真的太长"]}
    assert tencent_sms.code(long) == "InvalidParameterValue.TemplateParameterLengthLimit"
    sandbox.put_sms_account("tencent", KEY_ID, {**TENCENT, "trusted_ips": ["10.0.0.1"]})
    assert tencent_sms.code(SEND) == "UnauthorizedOperation.RequestIpNotInWhitelist"


@pytest.mark.parametrize(
    ("settings", "seconds", "codes"),
    [
        ({}, 0, ["Ok", "LimitExceeded.PhoneNumberThirtySecondLimit"]),
        ({}, 31, ["Ok", "Ok", "Ok", "Ok", "Ok", "LimitExceeded.PhoneNumberOneHourLimit"]),
        ({}, 3601, ["Ok"] * 5 + ["LimitExceeded.PhoneNumberSameContentDailyLimit"]),
        (
            {"tencent_same_content_per_day": 99},
            3601,
            ["Ok"] * 10 + ["LimitExceeded.PhoneNumberDailyLimit"],
        ),
    ],
)
def test_tencent_limits_per_number(
    sandbox: Sandbox, tencent_sms: Tencent, settings: dict[str, int], seconds: int, codes: list[str]
) -> None:
    sandbox.settings(**settings)
    sandbox.set_clock("2026-03-02T00:00:00+08:00", rate=0)
    seen = []
    for _ in codes:
        seen.append(tencent_sms.code(SEND))
        sandbox.advance(seconds)
    assert seen == codes
    assert tencent_sms.code({**SEND, "PhoneNumberSet": ["+8613800000002"]}) == "Ok"


def test_a_text_arrives_on_the_phone_with_that_number(sandbox: Sandbox, tencent_sms: Tencent) -> None:
    [row] = tencent_sms.call("SendSms", {**SEND, "SessionContext": "c1"})["SendStatusSet"]
    assert (row["Code"], row["Message"], row["Fee"], row["SessionContext"]) == ("Ok", "send success", 1, "c1")
    [text] = sandbox.wait_texts("13800000001")
    assert (text["text"], text["status"]) == ("【演示】还有3天到期,请处理。", "delivered")
    assert [t["serial"] for t in sandbox.person("LiHua").texts()] == [row["SerialNo"]]
    assert sandbox.person("zhangwei").texts() == []


def test_tencent_receipts_are_pulled_once(sandbox: Sandbox, tencent_sms: Tencent) -> None:
    phones = [PHONE, "+8613800000002"]
    sandbox.faults(out_of_reach={"value": True, "person": "13800000002"})
    sent = tencent_sms.call("SendSms", {**SEND, "PhoneNumberSet": phones, "SessionContext": "c"})
    assert sandbox.settle()
    pull = {"Limit": 10, "SmsSdkAppId": APP}
    rows = tencent_sms.call("PullSmsSendStatus", pull)["PullSmsSendStatusSet"]
    assert [(r["PhoneNumber"], r["ReportStatus"], r["SessionContext"]) for r in rows] == [
        (PHONE, "SUCCESS", "c"),
        ("+8613800000002", "FAIL", "c"),
    ]
    assert [r["SerialNo"] for r in rows] == [r["SerialNo"] for r in sent["SendStatusSet"]]
    assert tencent_sms.call("PullSmsSendStatus", pull)["PullSmsSendStatusSet"] == []
    refused = tencent_sms.call("PullSmsSendStatus", {**pull, "Limit": 101})
    assert refused["Error"]["Code"] == "InvalidParameterValue.InvalidParameters"


@pytest.mark.parametrize("vendor", ["tencent", "aliyun"])
def test_receipts_are_called_back_until_they_are_accepted(
    sandbox: Sandbox, bot: Bot, tencent_sms: Tencent, aliyun_sms: Aliyun, vendor: str
) -> None:
    sandbox.put_sms_account("tencent", KEY_ID, {**TENCENT, "receipts_url": f"{bot.url}/receipts"})
    sandbox.put_sms_account("aliyun", KEY_ID, {**ALIYUN, "receipts_url": f"{bot.url}/receipts"})
    bot.receipt_answer = "busy"
    if vendor == "tencent":
        assert tencent_sms.code({**SEND, "SessionContext": "c9"}) == "Ok"
    else:
        assert aliyun_sms.send(OutId="c9")["Code"] == "OK"
    assert sandbox.settle()
    assert len(bot.receipts) == 4
    receipt = bot.receipts[0]
    if vendor == "tencent":
        assert (receipt["mobile"], receipt["nationcode"], receipt["report_status"]) == (
            "13800000001",
            "86",
            "SUCCESS",
        )
    else:
        assert (receipt["phone_number"], receipt["success"], receipt["out_id"]) == ("13800000001", True, "c9")
    assert [entry["outcome"] for entry in sandbox.log(kind="receipt")] == ["not accepted"] * 4


def test_aliyun_in_both_signatures(sandbox: Sandbox, aliyun_sms: Aliyun) -> None:
    answer = aliyun_sms.send(OutId="o1")
    assert (answer["Code"], answer["Message"]) == ("OK", "OK")
    fields = {"PhoneNumbers": "8613800000002", "SignName": SIGN, "TemplateCode": "SMS_1"}
    older = aliyun_sms.rpc("SendSms", **fields, TemplateParam='{"code":"a&b=c"}')
    assert older["Code"] == "OK"
    assert [t["text"] for t in sandbox.wait_texts(count=2)] == ["【演示】验证码12 号", "【演示】验证码a&b=c"]
    day = sandbox.texts()[0]["at"][:10].replace("-", "")
    page = {"PhoneNumber": "13800000001", "SendDate": day, "PageSize": "10", "CurrentPage": "1"}
    rows = aliyun_sms.acs3("QuerySendDetails", **page)
    [row] = rows["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert (row["SendStatus"], row["OutId"], row["Content"]) == (3, "o1", "【演示】验证码12 号")
    assert (
        aliyun_sms.acs3("QuerySendDetails", **{**page, "PageSize": "51"})["Code"] == "isv.INVALID_PARAMETERS"
    )


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("OK", {}),
        ("isv.MOBILE_NUMBER_ILLEGAL", {"PhoneNumbers": "123"}),
        ("isv.MOBILE_COUNT_OVER_LIMIT", {"PhoneNumbers": ",".join(["13800000001"] * 1001)}),
        ("isv.SMS_SIGNATURE_ILLEGAL", {"SignName": "别人"}),
        ("isv.SMS_TEMPLATE_ILLEGAL", {"TemplateCode": "SMS_9"}),
        ("isv.INVALID_JSON_PARAM", {"TemplateParam": "{"}),
        ("isv.INVALID_JSON_PARAM", {"TemplateParam": "[]"}),
        ("isv.TEMPLATE_MISSING_PARAMETERS", {"TemplateParam": "{}"}),
        ("isv.BLACK_KEY_CONTROL_LIMIT", {"PhoneNumbers": "13800009999"}),
        ("SignatureDoesNotMatch", {"secret": "wrong"}),
        ("InvalidAccessKeyId.NotFound", {"key_id": "other"}),
    ],
)
def test_aliyun_codes(aliyun_sms: Aliyun, code: str, changes: dict[str, str]) -> None:
    assert aliyun_sms.send(**changes)["Code"] == code


def test_aliyun_nonces_signatures_callers_and_balance(sandbox: Sandbox, aliyun_sms: Aliyun) -> None:
    fields = {"PhoneNumbers": "13800000001", "SignName": SIGN, "TemplateCode": "SMS_1"}
    fields["TemplateParam"] = '{"code":"1"}'
    assert aliyun_sms.rpc("SendSms", secret="wrong", **fields)["Code"] == "SignatureDoesNotMatch"
    assert aliyun_sms.rpc("SendSms", nonce="n", **fields)["Code"] == "OK"
    assert aliyun_sms.rpc("SendSms", nonce="n", **fields)["Code"] == "SignatureNonceUsed"
    assert aliyun_sms.http.post("/?AccessKeyId=x").json()["Code"] == "MissingSignature"
    http = aliyun_sms.http
    half = {"Authorization": "ACS3-HMAC-SHA256 Credential=x", "x-acs-action": "SendSms"}
    assert http.post("/", headers=half).json()["Code"] == "IncompleteSignature"
    old = {"Timestamp": "2020-01-01T00:00:00Z", **fields}
    assert aliyun_sms.rpc("SendSms", **old)["Code"] == "InvalidTimeStamp.Expired"
    assert aliyun_sms.rpc("SendSms", **{**old, "Timestamp": "soon"})["Code"] == "InvalidTimeStamp.Format"
    assert aliyun_sms.acs3("SendMail")["Code"] == "InvalidAction.NotFound"
    sandbox.put_sms_account("aliyun", KEY_ID, {**ALIYUN, "balance": 0})
    assert aliyun_sms.send()["Code"] == "isv.AMOUNT_NOT_ENOUGH"
    sandbox.put_sms_account("aliyun", KEY_ID, {**ALIYUN, "trusted_ips": ["10.0.0.1"]})
    assert aliyun_sms.send()["Code"] == "isp.RAM_PERMISSION_DENY"


@pytest.mark.parametrize(
    ("seconds", "good", "words"), [(0, 1, "分钟级"), (61, 5, "小时级"), (3601, 10, "天级")]
)
def test_aliyun_limits_per_number(
    sandbox: Sandbox, aliyun_sms: Aliyun, seconds: int, good: int, words: str
) -> None:
    sandbox.set_clock("2026-03-02T00:00:00+08:00", rate=0)
    for _ in range(good):
        assert aliyun_sms.send()["Code"] == "OK"
        sandbox.advance(seconds)
    answer = aliyun_sms.send()
    assert answer["Code"] == "isv.BUSINESS_LIMIT_CONTROL"
    assert words in answer["Message"]


def test_a_limit_that_refuses_uses_up_no_other(
    sandbox: Sandbox, tencent_sms: Tencent, aliyun_sms: Aliyun
) -> None:
    sandbox.set_clock("2026-03-02T00:00:00+08:00", rate=0)
    sandbox.settings(tencent_per_hour=2, tencent_per_thirty_seconds=99, tencent_same_content_per_day=1)
    assert tencent_sms.code(SEND) == "Ok"
    for _ in range(3):
        assert tencent_sms.code(SEND) == "LimitExceeded.PhoneNumberSameContentDailyLimit"
    assert tencent_sms.code({**SEND, "TemplateParamSet": ["2", "请处理"]}) == "Ok"
    assert aliyun_sms.send(PhoneNumbers="13800000002")["Code"] == "OK"
    batch = aliyun_sms.send(PhoneNumbers="13800000001,13800000002")
    assert batch["Code"] == "isv.BUSINESS_LIMIT_CONTROL"
    assert aliyun_sms.send(PhoneNumbers="13800000001")["Code"] == "OK"
    twice = aliyun_sms.send(PhoneNumbers="13800000003,13800000003")
    assert twice["Code"] == "isv.BUSINESS_LIMIT_CONTROL"


@pytest.mark.parametrize(
    ("phone", "iso", "code", "subscriber"),
    [
        ("+8613800000001", "CN", "86", "13800000001"),
        ("13800000001", "CN", "86", "13800000001"),
        ("+85251234567", "HK", "852", "51234567"),
        ("+15551234567", "US", "1", "5551234567"),
        ("+447911123456", "GB", "44", "7911123456"),
    ],
)
def test_a_number_keeps_its_country(
    sandbox: Sandbox, bot: Bot, tencent_sms: Tencent, phone: str, iso: str, code: str, subscriber: str
) -> None:
    sandbox.put_sms_account("tencent", KEY_ID, {**TENCENT, "receipts_url": f"{bot.url}/receipts"})
    [sent] = tencent_sms.call("SendSms", {**SEND, "PhoneNumberSet": [phone]})["SendStatusSet"]
    assert (sent["Code"], sent["IsoCode"]) == ("Ok", iso)
    assert sandbox.settle()
    [receipt] = bot.receipts
    assert (receipt["nationcode"], receipt["mobile"]) == (code, subscriber)
    pull = {"Limit": 10, "SmsSdkAppId": APP}
    [row] = tencent_sms.call("PullSmsSendStatus", pull)["PullSmsSendStatusSet"]
    assert (row["CountryCode"], row["SubscriberNumber"]) == (code, subscriber)
    assert row["PhoneNumber"] == f"+{code}{subscriber}"


def test_an_answer_is_lost_only_where_something_was_accepted(
    sandbox: Sandbox, tencent_sms: Tencent, aliyun_sms: Aliyun
) -> None:
    sandbox.faults(accept_then_drop={"times": 1})
    assert aliyun_sms.send(SignName="别人")["Code"] == "isv.SMS_SIGNATURE_ILLEGAL"
    assert tencent_sms.code({**SEND, "SignName": "别人"}) == "FailedOperation.SignatureIncorrectOrUnapproved"
    assert tencent_sms.code({**SEND, "PhoneNumberSet": []}) == "MissingParameter.EmptyPhoneNumberSet"
    with pytest.raises(httpx.TransportError):
        tencent_sms.code(SEND)
    assert tencent_sms.code({**SEND, "PhoneNumberSet": ["+8613800000002"]}) == "Ok"


def test_faults_of_the_gateways(sandbox: Sandbox, tencent_sms: Tencent, aliyun_sms: Aliyun) -> None:
    sandbox.faults(sms_error=[{"value": "FailedOperation.ContainSensitiveWord", "times": 1}])
    assert tencent_sms.code(SEND) == "FailedOperation.ContainSensitiveWord"
    sandbox.faults(sms_error={"value": "InternalError.Timeout", "times": 1})
    assert tencent_sms.call("SendSms", SEND)["Error"]["Code"] == "InternalError.Timeout"
    sandbox.faults(sms_error={"value": "isp.SYSTEM_ERROR", "path": "aliyun", "times": 1})
    assert aliyun_sms.send()["Code"] == "isp.SYSTEM_ERROR"
    sandbox.faults(api_http_status={"value": 503, "path": "/sms/aliyun"})
    with pytest.raises(ValueError, match="Expecting"):
        aliyun_sms.send()
    sandbox.faults(accept_then_drop={"path": "/sms/aliyun", "times": 1})
    with pytest.raises(httpx.TransportError):
        aliyun_sms.send()
    assert [t["text"] for t in sandbox.wait_texts()] == ["【演示】验证码12 号"]
    sandbox.faults(delivery_drop={"person": "LiHua"})
    assert tencent_sms.code(SEND) == "Ok"
    assert sandbox.settle()
    assert sandbox.texts()[-1]["status"] == "waiting"
    with pytest.raises(SandboxError, match="错误码文字"):
        sandbox.faults(sms_error=7)
    with pytest.raises(SandboxError, match="没有这家"):
        sandbox.put_sms_account("other", KEY_ID, TENCENT)
